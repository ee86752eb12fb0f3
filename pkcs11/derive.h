/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_DeriveKey: a card's ECDH key, or a session key, becomes a session key. The families of mechanisms are in derive_*.c
 * (derive_scheme.h), the table that names them in derive_map.c.
 */
#ifndef MDP_PKCS11_DERIVE_H
#define MDP_PKCS11_DERIVE_H

#include "pkcs11/pkcs11_compat.h"

struct session;

struct derive_request {
	const CK_MECHANISM *mechanism;
	CK_OBJECT_HANDLE base;
	const CK_ATTRIBUTE *templ;
	CK_ULONG count;
};

/*
 * *ret_handle is written on success only; it may be NULL where a mechanism's results go where its parameter says
 * (else CKR_ARGUMENTS_BAD). Errors: CKR_MECHANISM_INVALID, CKR_KEY_HANDLE_INVALID,
 * CKR_USER_NOT_LOGGED_IN, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_MECHANISM_PARAM_INVALID
 * (length, kdf, shared data with CKD_NULL, pointers, point), CKR_CURVE_NOT_SUPPORTED, CKR_ATTRIBUTE_VALUE_INVALID
 * (also: longer than the derivation gives), the template's, the card's.
 */
CK_RV cki_derive_key(struct session *session, const struct derive_request *request, CK_OBJECT_HANDLE *ret_handle);

#endif
