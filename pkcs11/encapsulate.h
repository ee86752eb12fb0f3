/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_EncapsulateKey and C_DecapsulateKey with CKM_ECDH1_DERIVE and CKM_ECDH1_COFACTOR_DERIVE: the ciphertext is the public
 * point of a key pair made for this once, in the form that C_DeriveKey takes (PKCS#11 3.2, ECDH).
 */
#ifndef MDP_PKCS11_ENCAPSULATE_H
#define MDP_PKCS11_ENCAPSULATE_H

#include "base/span.h"
#include "pkcs11/derive.h"
#include "pkcs11/pkcs11_compat.h"

struct session;

struct encapsulation {
	CK_BYTE *ciphertext;   /* NULL: only the length is asked for */
	CK_ULONG *inout_len;
};

/*
 * request->base is a public key. No card command. Errors: CKR_MECHANISM_INVALID, CKR_KEY_HANDLE_INVALID,
 * CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED (CKA_ENCAPSULATE), CKR_MECHANISM_PARAM_INVALID (also public
 * data), CKR_BUFFER_TOO_SMALL, the template's.
 */
CK_RV cki_encapsulate_key(struct session *session, const struct derive_request *request,
			  const struct encapsulation *encapsulation, CK_OBJECT_HANDLE *ret_handle);
/*
 * request->base is a private key of the card. Errors: the same (CKA_DECAPSULATE); CKR_WRAPPED_KEY_INVALID (a point that
 * is none), CKR_WRAPPED_KEY_LEN_RANGE, the card's.
 */
CK_RV cki_decapsulate_key(struct session *session, const struct derive_request *request, struct span ciphertext,
			  CK_OBJECT_HANDLE *ret_handle);

#endif
