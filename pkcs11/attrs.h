/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A set of attributes that owns its values: what an object has, or what a template said. It holds no secret:
 * the bytes of a key stay behind md.h.
 */
#ifndef MDP_PKCS11_ATTRS_H
#define MDP_PKCS11_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"

#define ATTR_SMALL 8u /* bytes: a boolean, a number, a date */

/* A key has some thirty of these: so they are small, and most of them have no memory of their own. */
struct attr {
	uint32_t type; /* every type that we keep fits */
	uint32_t len;
	union {
		uint8_t small[ATTR_SMALL]; /* up to as many bytes */
		uint8_t *data;             /* more: owned */
	} value;
};

static inline const uint8_t *cki_attr_value(const struct attr *attr)
{
	return attr->len <= ATTR_SMALL ? attr->value.small : attr->value.data;
}
/* The bytes, borrowed until the set changes. */
static inline struct span cki_attr_span(const struct attr *attr)
{
	return span_of(cki_attr_value(attr), attr->len);
}

#define ATTRS_PLACES 64u

struct attrs {
	struct attr *items;
	size_t count;
	size_t room;
	uint8_t places[ATTRS_PLACES]; /* by the mixed type: 1 + where in items the first of them is; 0: there is none */
	bool failed; /* memory ran out while something was set: the set is not complete */
};

#define ATTRS_INIT { NULL, 0, 0, { 0 }, false }
#define AUTO_ATTRS AUTO(cki_attrs_clear) struct attrs

/*
 * Set an attribute to a copy of bytes, instead of what it was. For want of memory: attrs->failed, and nothing else
 * changes.
 */
void cki_attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value);
void cki_attrs_set_text(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const char *text);
void cki_attrs_set_ulong(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void cki_attrs_set_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value);
/* The same, but only where the attribute is not there yet. */
void cki_attrs_default_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value);
void cki_attrs_default_empty(struct attrs *attrs, CK_ATTRIBUTE_TYPE type);
/* Take an attribute away, if it is there. */
void cki_attrs_remove(struct attrs *attrs, CK_ATTRIBUTE_TYPE type);
/* Set each attribute of from in to. */
void cki_attrs_merge(struct attrs *to, const struct attrs *from);

/* NULL if it is not there. The result lives until the set changes. */
const struct attr *cki_attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type);
/* The value of one, or the fallback where it is not there or of another size. */
bool cki_attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback);
CK_ULONG cki_attrs_ulong(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback);

/*
 * Answer C_GetAttributeValue for one attribute with a value: its length, and its bytes where there is a pointer.
 * Errors: CKR_BUFFER_TOO_SMALL, with CK_UNAVAILABLE_INFORMATION.
 */
CK_RV cki_attr_give(CK_ATTRIBUTE *attribute, struct span value);

/* Free the values; the set is empty and may be used again. */
void cki_attrs_clear(struct attrs *attrs);

#endif
