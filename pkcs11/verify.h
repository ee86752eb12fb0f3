/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_Verify and C_VerifyFinal; C_VerifyInit and C_VerifyUpdate are in signing.h.
 */
#ifndef MDP_PKCS11_VERIFY_H
#define MDP_PKCS11_VERIFY_H

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"

struct session;

/*
 * Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (parts were given: the operation goes on); all others end
 * the operation: CKR_USER_NOT_LOGGED_IN, CKR_SIGNATURE_LEN_RANGE (no signature has this length), CKR_SIGNATURE_INVALID.
 */
CK_RV cki_verify_once(struct session *session, struct span data, struct span signature);
/* Errors: as cki_verify_once; CKR_FUNCTION_NOT_SUPPORTED (a mechanism of one part). */
CK_RV cki_verify_final(struct session *session, struct span signature);

/*
 * The same where the signature comes first (PKCS#11 3.2 5.15.7). Errors of the beginning: as cki_signing_init; of the
 * end: as cki_verify_once and cki_verify_final.
 */
CK_RV cki_verify_signature_init(struct session *session, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
				struct span signature);
CK_RV cki_verify_signature_once(struct session *session, struct span data);
CK_RV cki_verify_signature_final(struct session *session);

/*
 * C_VerifyRecover; data NULL asks for the most there can be. Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_BUFFER_TOO_SMALL
 * (the operation goes on), CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID.
 */
CK_RV cki_verify_recover(struct session *session, struct span signature, CK_BYTE *data, CK_ULONG *inout_len);

#endif
