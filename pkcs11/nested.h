/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Templates that are the value of an attribute: CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE
 * (PKCS#11 3.2 4.11). A caller's one, with its pointers, is copied and packed into plain bytes, which are copied,
 * compared and freed as any other value is. None of them holds another, or a secret.
 */
#ifndef MDP_PKCS11_NESTED_H
#define MDP_PKCS11_NESTED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/secret.h"
#include "base/span.h"
#include "pkcs11/attrs.h"
#include "pkcs11/pkcs11_compat.h"

/* Attributes in one. All their bytes together are CKI_ATTRIBUTE_MAX at most. */
#define CKI_NESTED_MAX 64u

bool cki_is_nested(CK_ATTRIBUTE_TYPE type);

/*
 * Pack a caller's template. Errors: CKR_ATTRIBUTE_VALUE_INVALID (NULL, a length that is none of CK_ATTRIBUTEs, too many
 * or too long, or what a key so made or so sought could not have), CKR_HOST_MEMORY.
 */
CK_RV cki_nested_pack(const CK_ATTRIBUTE *attribute, struct secret *ret_packed);
/* The attributes of a packed template; for want of memory: attrs->failed. */
void cki_nested_unpack(struct span packed, struct attrs *attrs);
/*
 * Answer C_GetAttributeValue (PKCS#11 3.2 5.7.5): lengths, outer and inner, where pointers are NULL, else the values.
 * Inner types are written, whatever they were. Errors: CKR_BUFFER_TOO_SMALL, outer or inner.
 */
CK_RV cki_nested_give(struct span packed, CK_ATTRIBUTE *attribute);

#endif
