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

#include "base/compiler.h"
#include "base/span.h"
#include "pkcs11/attr_number.h"
#include "pkcs11/pkcs11_compat.h"

#define ATTR_SMALL 24u /* bytes: a number, a date, most names */

struct attr {
	uint32_t type; /* every type that we keep fits */
	uint32_t len;
	union {
		uint8_t small[ATTR_SMALL]; /* up to as many bytes */
		uint8_t *data;             /* more: owned */
	} value;
};

#define ATTRS_FIRST 8u /* what a session key has that is neither a boolean nor empty, and more */

/*
 * A key has some thirty attributes, two thirds of them booleans and some of the others empty: these are bits, and the
 * rest is in the set itself. Only the functions below know how; sets may be moved by assignment. A boolean that has a
 * number is CK_TRUE or CK_FALSE, as templates are checked to say, and is never set to anything else.
 */
struct attrs {
	uint64_t there; /* by number: the attributes of the set; CKI_ATTR_OTHER: perhaps some without a number */
	uint64_t apart; /* those of them that have an item; of the others, what is no boolean is empty */
	uint64_t truth; /* the booleans among them that are true */
	struct attr *more; /* instead of first, once that was full */
	size_t room;       /* of more */
	size_t count;      /* of items */
	bool failed; /* something could not be set: the set is not complete */
	struct attr first[ATTRS_FIRST];
};

#define ATTRS_INIT { .count = 0 }
#define AUTO_ATTRS AUTO(cki_attrs_clear) struct attrs

/* What ATTRS_INIT does, where there is no initialiser. */
void cki_attrs_init(struct attrs *attrs);

/*
 * Set an attribute to a copy of bytes, instead of what it was. For want of memory, or for a boolean that is none:
 * attrs->failed, and nothing else changes.
 */
void cki_attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value);
void cki_attrs_set_text(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const char *text);
void cki_attrs_set_ulong(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void cki_attrs_set_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value);
/* Set it if it is not there yet. False: it is there with another value. */
bool cki_attrs_add(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value) MUST_USE;
/* Set it if it is not there yet, and else leave it. */
void cki_attrs_default_ulong(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void cki_attrs_default_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value);
/* Some at once, which are bits by number: of booleans; of others than booleans. */
static inline void cki_attrs_set_bools(struct attrs *attrs, uint64_t which, bool value)
{
	attrs->there |= which;
	attrs->truth = value ? attrs->truth | which : attrs->truth & ~which;
}
static inline void cki_attrs_default_bools(struct attrs *attrs, uint64_t which, bool value)
{
	cki_attrs_set_bools(attrs, which & ~attrs->there, value);
}
static inline void cki_attrs_default_empty(struct attrs *attrs, uint64_t which)
{
	attrs->there |= which;
}
/* Take an attribute away, if it is there. */
void cki_attrs_remove(struct attrs *attrs, CK_ATTRIBUTE_TYPE type);
/* Set each attribute of from in to. */
void cki_attrs_merge(struct attrs *to, const struct attrs *from);

bool cki_attrs_has(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type);
/* False: it is not there, and *ret_value is unchanged. The bytes are borrowed until the set changes. */
bool cki_attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span *ret_value) MUST_USE;
/* The value of one, or the fallback where it is not there or of another size. */
bool cki_attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback);
CK_ULONG cki_attrs_ulong(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback);
/* How many it has. */
size_t cki_attrs_count(const struct attrs *attrs);

/* The booleans that have a number, as bits: which of them are there, and which of these are true. */
static inline uint64_t cki_attrs_booleans(const struct attrs *attrs)
{
	return attrs->there & CKI_ATTR_BOOLEAN_BITS;
}
static inline uint64_t cki_attrs_true(const struct attrs *attrs)
{
	return attrs->truth;
}

/*
 * All of them, in no order that means anything: *inout_at is 0 at first, and for this function alone. False at the end.
 * The set must not change meanwhile.
 */
struct attrs_entry {
	CK_ATTRIBUTE_TYPE type;
	struct span value;
};
bool cki_attrs_next(const struct attrs *attrs, size_t *inout_at, struct attrs_entry *ret_entry) MUST_USE;

/*
 * Answer C_GetAttributeValue for one attribute with a value: its length, and its bytes where there is a pointer.
 * Errors: CKR_BUFFER_TOO_SMALL, with CK_UNAVAILABLE_INFORMATION.
 */
CK_RV cki_attr_give(CK_ATTRIBUTE *attribute, struct span value);

/* Free the values; the set is empty and may be used again. */
void cki_attrs_clear(struct attrs *attrs);

#endif
