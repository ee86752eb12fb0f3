/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_Sign*: by the card's keys, and MACs with session keys. A key with CKA_ALWAYS_AUTHENTICATE wants
 * C_Login(CKU_CONTEXT_SPECIFIC) between C_SignInit and C_Sign or C_SignFinal. C_SignInit and C_SignUpdate are in
 * signing.h.
 */
#ifndef MDP_PKCS11_SIGN_H
#define MDP_PKCS11_SIGN_H

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"

/*
 * C_Sign and C_SignRecover, the whole at once; signature NULL asks for the length. Errors: CKR_OPERATION_NOT_INITIALIZED,
 * CKR_OPERATION_ACTIVE (parts were given: the operation goes on), CKR_USER_NOT_LOGGED_IN (also: the key's own PIN was
 * not given), CKR_BUFFER_TOO_SMALL (the operation goes on), CKR_DATA_LEN_RANGE, CKR_KEY_FUNCTION_NOT_PERMITTED, the
 * card's.
 */
CK_RV cki_sign_once(struct session *session, enum cki_operation kind, struct span data, CK_BYTE *signature,
		    CK_ULONG *inout_len);
/* C_SignFinal. Errors: as cki_sign_once; CKR_FUNCTION_NOT_SUPPORTED (a mechanism of one part, which ends so). */
CK_RV cki_sign_final(struct session *session, CK_BYTE *signature, CK_ULONG *inout_len);
/*
 * C_Login(CKU_CONTEXT_SPECIFIC), for a decryption too. Errors: CKR_OPERATION_NOT_INITIALIZED (none under way whose key
 * wants it),
 * as cki_token_login.
 */
CK_RV cki_sign_authenticate(struct session *session, const CK_UTF8CHAR *pin, CK_ULONG pin_len);

#endif
