/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key that an object of class CKO_PUBLIC_KEY shows, the card's or a session's, and that of a private one's pair. */
#ifndef MDP_PKCS11_PUBLIC_KEY_H
#define MDP_PKCS11_PUBLIC_KEY_H

#include <stddef.h>

#include "base/compiler.h"
#include "minidriver/md.h"
#include "pkcs11/attrs.h"
#include "pkcs11/pkcs11_compat.h"

struct object;
struct session;

struct public_key {
	struct md_public key; /* borrows from attrs */
	struct attrs attrs;
};
#define PUBLIC_INIT { .attrs = ATTRS_INIT }
void cki_public_clear(struct public_key *public);
#define AUTO_PUBLIC AUTO(cki_public_clear) struct public_key

/* Errors: CKR_KEY_TYPE_INCONSISTENT (no such key, or attributes are missing), CKR_HOST_MEMORY. */
CK_RV cki_public_read(struct object *object, struct public_key *ret_public);
/* What md.h calls a CKA_KEY_TYPE; 0: no type of a public key. */
enum md_public_type cki_public_type(CK_KEY_TYPE type);
/* Bits of an RSA key's modulus, or 255 and 448 for the curves of RFC 7748 and RFC 8032; 0 for others. */
size_t cki_object_bits(struct object *key);

/*
 * C_CreateObject of class CKO_PUBLIC_KEY: a session object that verifies, encrypts and wraps. Errors: the template's,
 * CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED, CKR_HOST_MEMORY.
 */
CK_RV cki_public_create(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count,
			CK_OBJECT_HANDLE *ret_handle);

#endif
