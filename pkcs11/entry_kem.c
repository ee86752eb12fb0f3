/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.2 5.18.8 and 5.18.9, encapsulation; 5.6.9, validation flags. */
#include "config.h"

#include "pkcs11/encapsulate.h"
#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"

CK_RV C_EncapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE public_key,
		       CK_ATTRIBUTE *templ, CK_ULONG count, CK_BYTE *ciphertext, CK_ULONG *ciphertext_len,
		       CK_OBJECT_HANDLE *key)
{
	const struct derive_request request = {
		.mechanism = mechanism, .base = public_key, .templ = templ, .count = count
	};

	SESSION_CALL(session,
		     mechanism != NULL && CKI_RUN(templ, count) && ciphertext_len != NULL &&
			     (key != NULL || ciphertext == NULL),
		     cki_encapsulate_key(gate.session, &request,
					 &(struct encapsulation){ ciphertext, ciphertext_len }, key));
}

CK_RV C_DecapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE private_key,
		       CK_ATTRIBUTE *templ, CK_ULONG count, CK_BYTE *ciphertext, CK_ULONG ciphertext_len,
		       CK_OBJECT_HANDLE *key)
{
	const struct derive_request request = {
		.mechanism = mechanism, .base = private_key, .templ = templ, .count = count
	};

	SESSION_CALL(session, mechanism != NULL && CKI_RUN(templ, count) && ciphertext != NULL && key != NULL,
		     cki_decapsulate_key(gate.session, &request, span_of(ciphertext, ciphertext_len), key));
}

static CK_RV validation_flags(CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS *ret_flags)
{
	if (type != CKS_LAST_VALIDATION_OK)
		return CKR_ARGUMENTS_BAD;
	/* this token has no validation */
	*ret_flags = 0;
	return CKR_OK;
}

CK_RV C_GetSessionValidationFlags(CK_SESSION_HANDLE session, CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS *flags)
{
	SESSION_CALL(session, flags != NULL, validation_flags(type, flags));
}
