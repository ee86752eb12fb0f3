/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_Encrypt* and C_Decrypt*. With session keys no card command, no lock of a slot: sessions work side by side. With RSA
 * keys (crypt_rsa.h) the data comes in one part, and C_EncryptUpdate and the like are CKR_FUNCTION_NOT_SUPPORTED.
 *
 * kind is CKI_OPERATION_ENCRYPT or CKI_OPERATION_DECRYPT. As PKCS#11 3.0 5.2 has it, an output pointer of NULL asks for
 * the length, and neither that nor CKR_BUFFER_TOO_SMALL ends an operation; every other result of a one-shot or
 * final call does.
 */
#ifndef MDP_PKCS11_CRYPT_H
#define MDP_PKCS11_CRYPT_H

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"

struct mech;
struct object;

/*
 * The session key that a mechanism is to be used with; permission: CKA_ENCRYPT or CKA_DECRYPT. Errors:
 * CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED.
 */
CK_RV cki_crypt_find_key(struct session *session, const struct mech *mech, CK_ATTRIBUTE_TYPE permission,
			 CK_OBJECT_HANDLE handle, struct object **ret_key);
/*
 * mechanism NULL ends what is under way (CKR_OPERATION_NOT_INITIALIZED: nothing is). Errors: CKR_OPERATION_ACTIVE,
 * CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_HOST_MEMORY.
 */
CK_RV cki_crypt_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		     CK_OBJECT_HANDLE key);
/*
 * The whole at once. Errors: CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE (an update was made),
 * CKR_BUFFER_TOO_SMALL, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID (the padding),
 * CKR_USER_NOT_LOGGED_IN (a private key, logged out), CKR_DEVICE_REMOVED.
 */
CK_RV cki_crypt_once(struct session *session, enum cki_operation kind, struct span in, CK_BYTE *out,
		     CK_ULONG *inout_len);
CK_RV cki_crypt_update(struct session *session, enum cki_operation kind, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len);
/*
 * C_Login(CKU_CONTEXT_SPECIFIC) for a decryption under way. Errors: CKR_OPERATION_NOT_INITIALIZED (there is none whose
 * key wants it), as cki_token_login.
 */
CK_RV cki_crypt_authenticate(struct session *session, const CK_UTF8CHAR *pin, CK_ULONG pin_len);
CK_RV cki_crypt_final(struct session *session, enum cki_operation kind, CK_BYTE *out, CK_ULONG *inout_len);

#endif
