/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_Digest*. No card command, no login. As PKCS#11 3.0 5.2 has it, an output pointer of NULL asks for the length and
 * CKR_BUFFER_TOO_SMALL lets the operation go on; every other error ends it.
 */
#ifndef MDP_PKCS11_DIGEST_H
#define MDP_PKCS11_DIGEST_H

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"

struct session;

/*
 * C_DigestInit; a mechanism of NULL ends the operation. Errors: CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED
 * (nothing to end), CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_HOST_MEMORY.
 */
CK_RV cki_digest_init(struct session *session, const CK_MECHANISM *mechanism);
/* C_Digest. Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (parts were given: it goes on). */
CK_RV cki_digest_once(struct session *session, struct span data, CK_BYTE *digest, CK_ULONG *inout_len);
CK_RV cki_digest_update(struct session *session, struct span part);
/*
 * C_DigestKey. Errors: also CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN, CKR_KEY_INDIGESTIBLE (no session key, or
 * CKA_ALLOWED_MECHANISMS leaves the digest out).
 */
CK_RV cki_digest_key(struct session *session, CK_OBJECT_HANDLE key);
CK_RV cki_digest_final(struct session *session, CK_BYTE *digest, CK_ULONG *inout_len);

/*
 * C_GetOperationState (PKCS#11 3.0 5.6.5). Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_BUFFER_TOO_SMALL,
 * CKR_STATE_UNSAVEABLE (another operation is under way, a key was digested, or more than CKI_DIGEST_STATE_MAX bytes).
 */
CK_RV cki_digest_save(struct session *session, CK_BYTE *state, CK_ULONG *inout_len);
/* C_SetOperationState; ends what is under way. Errors: CKR_SAVED_STATE_INVALID, and then nothing is ended. */
CK_RV cki_digest_restore(struct session *session, struct span state);

#endif
