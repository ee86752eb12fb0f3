/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Encryption with RSA public keys, by OpenSSL, and decryption with the card's private keys (PKCS#11 3.0 2.1.6 to 2.1.8).
 * The data comes in one part.
 */
#ifndef MDP_PKCS11_CRYPT_RSA_H
#define MDP_PKCS11_CRYPT_RSA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"

struct crypt_rsa;
struct mech;
struct object;
struct session;

/*
 * The key that is to be used. Errors: CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN, CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_FUNCTION_NOT_PERMITTED.
 */
CK_RV cki_crypt_rsa_find_key(struct session *session, const struct mech *mech, bool encrypt, CK_OBJECT_HANDLE handle,
			     struct object **ret_key);
/* Begin with a key, which is borrowed; a label is copied. Errors: CKR_MECHANISM_PARAM_INVALID, CKR_HOST_MEMORY. */
CK_RV cki_crypt_rsa_begin(struct object *key, const CK_MECHANISM *mechanism, struct crypt_rsa **ret_rsa);
/*
 * out NULL asks for the most that can come out, without a card command. What the card has decrypted is kept when there is
 * too little room for it: asked again with the same data it is not decrypted again. Errors: CKR_BUFFER_TOO_SMALL
 * (*inout_len is what is needed), CKR_DATA_LEN_RANGE, CKR_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE,
 * CKR_ENCRYPTED_DATA_INVALID, CKR_USER_NOT_LOGGED_IN (the key's own PIN was not given), the card's.
 */
CK_RV cki_crypt_rsa_once(struct crypt_rsa *rsa, struct span in, CK_BYTE *out, size_t *inout_len);
/* The key's own PIN. Errors: CKR_OPERATION_NOT_INITIALIZED (the key does not want it), as cki_token_login. */
CK_RV cki_crypt_rsa_authenticate(struct crypt_rsa *rsa, const CK_UTF8CHAR *pin, CK_ULONG pin_len);
/* NULL is allowed. */
void cki_crypt_rsa_free(struct crypt_rsa *rsa);

#endif
