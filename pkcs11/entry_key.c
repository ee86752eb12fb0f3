/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.18, key management functions, and 3.2's. */
#include "config.h"

#include "pkcs11/derive.h"
#include "pkcs11/gate.h"
#include "pkcs11/generate.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/wrap.h"

CK_RV C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *templ, CK_ULONG count,
		    CK_OBJECT_HANDLE *key)
{
	SESSION_CALL(session, mechanism != NULL && CKI_RUN(templ, count) && key != NULL,
		     cki_generate_key(gate.session, mechanism, templ, count, key));
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *templ,
		  CK_ULONG count,
		  CK_OBJECT_HANDLE *key)
{
	const struct derive_request request = { .mechanism = mechanism, .base = base, .templ = templ, .count = count };

	SESSION_CALL(session, mechanism != NULL && CKI_RUN(templ, count),
		     cki_derive_key(gate.session, &request, key));
}

CK_RV C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key,
		CK_BYTE *wrapped, CK_ULONG *wrapped_len)
{
	const struct wrap_request request = { .mechanism = mechanism, .wrapping = wrapping, .key = key };

	SESSION_CALL(session, mechanism != NULL && wrapped_len != NULL,
		     cki_wrap_key(gate.session, &request, wrapped, wrapped_len));
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping, CK_BYTE *wrapped,
		  CK_ULONG wrapped_len, CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	const struct unwrap_request request = {
		.mechanism = mechanism,
		.unwrapping = unwrapping,
		.wrapped = span_of(wrapped, wrapped_len),
		.templ = templ,
		.count = count,
	};

	SESSION_CALL(session, mechanism != NULL && wrapped != NULL && CKI_RUN(templ, count) && key != NULL,
		     cki_unwrap_key(gate.session, &request, key));
}

CK_RV C_WrapKeyAuthenticated(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping,
			     CK_OBJECT_HANDLE key, CK_BYTE *associated, CK_ULONG associated_len, CK_BYTE *wrapped,
			     CK_ULONG *wrapped_len)
{
	const struct wrap_request request = {
		.mechanism = mechanism,
		.wrapping = wrapping,
		.key = key,
		.authenticated = true,
		.associated = span_of(associated, associated_len),
	};

	SESSION_CALL(session, mechanism != NULL && CKI_RUN(associated, associated_len) && wrapped_len != NULL,
		     cki_wrap_key(gate.session, &request, wrapped, wrapped_len));
}

CK_RV C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping,
			       CK_BYTE *wrapped, CK_ULONG wrapped_len, CK_ATTRIBUTE *templ, CK_ULONG count,
			       CK_BYTE *associated, CK_ULONG associated_len, CK_OBJECT_HANDLE *key)
{
	const struct unwrap_request request = {
		.mechanism = mechanism,
		.unwrapping = unwrapping,
		.wrapped = span_of(wrapped, wrapped_len),
		.templ = templ,
		.count = count,
		.authenticated = true,
		.associated = span_of(associated, associated_len),
	};

	SESSION_CALL(session, mechanism != NULL && wrapped != NULL && CKI_RUN(templ, count) &&
		     CKI_RUN(associated, associated_len) && key != NULL,
		     cki_unwrap_key(gate.session, &request, key));
}
