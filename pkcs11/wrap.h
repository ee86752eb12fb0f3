/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_WrapKey and C_UnwrapKey among session keys. No card command, no lock of a slot.
 */
#ifndef MDP_PKCS11_WRAP_H
#define MDP_PKCS11_WRAP_H

#include <stdbool.h>

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"

struct session;

struct unwrap_request {
	const CK_MECHANISM *mechanism;
	CK_OBJECT_HANDLE unwrapping;
	struct span wrapped;
	const CK_ATTRIBUTE *templ;
	CK_ULONG count;
	bool authenticated;     /* C_UnwrapKeyAuthenticated */
	struct span associated; /* its data */
};

/*
 * *ret_handle is written on success only. Errors: CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
 * CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED,
 * CKR_WRAPPED_KEY_LEN_RANGE (also if CKA_VALUE_LEN is not what was wrapped), CKR_WRAPPED_KEY_INVALID,
 * CKR_TEMPLATE_INCOMPLETE (nothing says how long the key is), the template's.
 */
CK_RV cki_unwrap_key(struct session *session, const struct unwrap_request *request, CK_OBJECT_HANDLE *ret_handle);

struct wrap_request {
	const CK_MECHANISM *mechanism;
	CK_OBJECT_HANDLE wrapping;
	CK_OBJECT_HANDLE key;
	bool authenticated;     /* C_WrapKeyAuthenticated */
	struct span associated; /* its data */
};

/*
 * buffer NULL asks for the length. *inout_len is written on success and on CKR_BUFFER_TOO_SMALL. Errors:
 * CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_WRAPPING_KEY_HANDLE_INVALID,
 * CKR_WRAPPING_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID (also: not what the
 * wrapping key's CKA_WRAP_TEMPLATE says),
 * CKR_KEY_NOT_WRAPPABLE, CKR_KEY_UNEXTRACTABLE, CKR_KEY_SIZE_RANGE.
 */
CK_RV cki_wrap_key(struct session *session, const struct wrap_request *request, CK_BYTE *buffer, CK_ULONG *inout_len);

#endif
