/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/object.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/secret.h"
#include "pkcs11/error.h"
#include "pkcs11/nested.h"
#include "pkcs11/token.h"

struct object {
	struct object_link link; /* the first member: a ring is made of these */
	atomic_ulong references;
	const struct object_kind *kind;
	struct token *token; /* held */
	size_t index;
	CK_OBJECT_HANDLE handle; /* of an object in a ring */
	CK_SESSION_HANDLE owner;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE key_type;
	bool is_private;
	struct md_key *key; /* held */
	atomic_uint known;   /* booleans that the object has, by number, for those who take no lock; changes under it */
	atomic_uint granted; /* those that are true, and more; likewise */
	struct lock lock;    /* of what follows */
	bool loaded;
	unsigned long epoch;
	struct attrs attrs; /* the last: a new object has all before it zero */
};

struct object *cki_object_new(const struct object_kind *kind, struct token *token, size_t index)
{
	/* not calloc(), which takes several times as long for blocks of this size */
	struct object *object = malloc(sizeof(*object));

	if (object == NULL)
		return NULL;
	memset(object, 0, offsetof(struct object, attrs));
	cki_attrs_init(&object->attrs);
	if (!lock_init(&object->lock)) {
		free(object);
		return NULL;
	}
	atomic_init(&object->references, 1);
	object->kind = kind;
	object->token = cki_token_hold(token);
	object->index = index;
	cki_object_ring_init(&object->link);
	return object;
}

struct object *cki_object_hold(struct object *object)
{
	(void)atomic_fetch_add(&object->references, 1);
	return object;
}

void cki_object_hold_value(void *object)
{
	(void)cki_object_hold(object);
}

void cki_object_release(struct object *object)
{
	if (object == NULL || atomic_fetch_sub(&object->references, 1) != 1)
		return;
	md_key_release(object->key);
	cki_attrs_clear(&object->attrs);
	lock_destroy(&object->lock);
	cki_token_release(object->token);
	free(object);
}

void cki_object_release_cleanup(struct object **object)
{
	cki_object_release(*object);
}

struct attrs *cki_object_attrs(struct object *object)
{
	return &object->attrs;
}

void cki_object_give_key(struct object *object, struct md_key *key)
{
	object->key = key;
}

/* What is granted beside the booleans that are true, which have the bits of their numbers. */
#define ANY_MECHANISM (1u << 31)
#define NO_TEMPLATES (1u << 30)
_Static_assert(CKI_ATTR_BOOLEAN_COUNT <= 30, "the booleans and two more are bits of 32");

#define TEMPLATES (CKI_ATTR_BIT(WRAP_TEMPLATE) | CKI_ATTR_BIT(UNWRAP_TEMPLATE) | CKI_ATTR_BIT(DERIVE_TEMPLATE))

/*
 * What is granted is written before what is known and read after it, so that nobody takes a boolean that has just come
 * for one that is false. What is known stays so.
 */
static void note_locked(struct object *object)
{
	const struct attrs *attrs = &object->attrs;
	unsigned granted = (unsigned)cki_attrs_true(attrs);

	if (!cki_attrs_has(attrs, CKA_ALLOWED_MECHANISMS))
		granted |= ANY_MECHANISM;
	if ((attrs->there & TEMPLATES) == 0)
		granted |= NO_TEMPLATES;
	atomic_store_explicit(&object->granted, granted, memory_order_relaxed);
	atomic_store_explicit(&object->known, (unsigned)cki_attrs_booleans(attrs), memory_order_release);
}

/* 0: no boolean that could be known. */
static unsigned bit_of(CK_ATTRIBUTE_TYPE type)
{
	const enum cki_attr number = cki_attr_number(type);

	return number < CKI_ATTR_BOOLEAN_COUNT ? 1u << number : 0;
}

/* False: it must be asked with the object locked. */
static bool is_known(const struct object *object, unsigned bit)
{
	return (atomic_load_explicit(&object->known, memory_order_acquire) & bit) != 0;
}

/* Of a boolean that is not known, false says nothing. */
static bool is_granted(const struct object *object, unsigned bits)
{
	return (atomic_load_explicit(&object->granted, memory_order_relaxed) & bits) == bits;
}

void cki_object_seal(struct object *object, CK_SESSION_HANDLE owner)
{
	object->owner = owner;
	object->class = cki_attrs_ulong(&object->attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	object->key_type = cki_attrs_ulong(&object->attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	object->is_private = (cki_attrs_true(&object->attrs) & CKI_ATTR_BIT(PRIVATE)) != 0;
	note_locked(object);
}

/* ---- the ring ------------------------------------------------------------------------------------------ */

void cki_object_ring_init(struct object_link *ring)
{
	ring->before = ring;
	ring->after = ring;
}

void cki_object_enter_ring(struct object *object, struct object_link *ring)
{
	object->link.before = ring->before;
	object->link.after = ring;
	ring->before->after = &object->link;
	ring->before = &object->link;
}

void cki_object_leave_ring(struct object *object)
{
	object->link.before->after = object->link.after;
	object->link.after->before = object->link.before;
	cki_object_ring_init(&object->link);
}

CK_OBJECT_HANDLE cki_object_ring_pop(struct object_link *ring)
{
	struct object *object = (struct object *)ring->after;

	if (ring->after == ring)
		return CK_INVALID_HANDLE;
	cki_object_leave_ring(object);
	return object->handle;
}

void cki_object_set_handle(struct object *object, CK_OBJECT_HANDLE handle)
{
	object->handle = handle;
}

/* ---- what an object is --------------------------------------------------------------------------------- */

bool cki_object_renew(struct object *object, unsigned long epoch)
{
	LOCKED(&object->lock);
	bool first = object->epoch != epoch;

	object->epoch = epoch;
	return first;
}

struct token *cki_object_token(const struct object *object)
{
	return object->token;
}

size_t cki_object_index(const struct object *object)
{
	return object->index;
}

struct md_key *cki_object_key(const struct object *object)
{
	return object->key;
}

CK_OBJECT_CLASS cki_object_class(const struct object *object)
{
	return object->class;
}

CK_KEY_TYPE cki_object_key_type(const struct object *object)
{
	return object->key_type;
}

bool cki_object_private(const struct object *object)
{
	return object->is_private;
}

CK_SESSION_HANDLE cki_object_owner(const struct object *object)
{
	return object->owner;
}

bool cki_object_bool(struct object *object, CK_ATTRIBUTE_TYPE type, bool fallback)
{
	const unsigned bit = bit_of(type);

	if (is_known(object, bit))
		return is_granted(object, bit);
	LOCKED(&object->lock);
	return cki_attrs_bool(&object->attrs, type, fallback);
}

static bool allows(const struct object *object, CK_MECHANISM_TYPE mechanism)
{
	struct span allowed;

	if (!cki_attrs_get(&object->attrs, CKA_ALLOWED_MECHANISMS, &allowed))
		return true;
	for (size_t at = 0; at + sizeof(mechanism) <= allowed.len; at += sizeof(mechanism))
		if (memcmp(allowed.data + at, &mechanism, sizeof(mechanism)) == 0)
			return true;
	return false;
}

bool cki_object_allows(struct object *object, CK_MECHANISM_TYPE mechanism)
{
	if (is_granted(object, ANY_MECHANISM))
		return true;
	LOCKED(&object->lock);
	return allows(object, mechanism);
}

bool cki_object_permits(struct object *object, CK_ATTRIBUTE_TYPE use, CK_MECHANISM_TYPE mechanism)
{
	if (bit_of(use) != 0 && is_granted(object, bit_of(use) | ANY_MECHANISM))
		return true;
	LOCKED(&object->lock);
	return cki_attrs_bool(&object->attrs, use, true) && allows(object, mechanism);
}

void cki_object_copy_attrs(struct object *object, struct attrs *to)
{
	LOCKED(&object->lock);
	cki_attrs_merge(to, &object->attrs);
}

void cki_object_copy_some(struct object *object, const CK_ATTRIBUTE_TYPE *types, size_t count, struct attrs *to)
{
	LOCKED(&object->lock);

	for (size_t i = 0; i < count; i++) {
		struct span value;

		if (cki_attrs_get(&object->attrs, types[i], &value))
			cki_attrs_set(to, types[i], value);
	}
}

/* With the object locked: what it says and what the caller says, if that may be. */
static CK_RV merge_changes(const struct object *object, const struct attrs *changes, object_rule *rule,
			   struct attrs *to)
{
	CK_RV rv = rule(&object->attrs, changes);

	if (rv != CKR_OK)
		return rv;
	cki_attrs_merge(to, &object->attrs);
	cki_attrs_merge(to, changes);
	return to->failed ? CKR_HOST_MEMORY : CKR_OK;
}

CK_RV cki_object_copy_changed(struct object *object, const struct attrs *changes, object_rule *rule, struct attrs *to)
{
	LOCKED(&object->lock);
	return merge_changes(object, changes, rule, to);
}

CK_RV cki_object_change(struct object *object, const struct attrs *changes, object_rule *rule)
{
	LOCKED(&object->lock);
	AUTO_ATTRS changed = ATTRS_INIT;
	struct attrs before = object->attrs;
	CK_RV rv = merge_changes(object, changes, rule, &changed);

	if (rv != CKR_OK)
		return rv;
	object->attrs = changed;
	changed = before;
	note_locked(object);
	return CKR_OK;
}

static bool is_late(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < object->kind->late_count; i++)
		if (object->kind->late[i] == type)
			return true;
	return false;
}

/* The check value of a session key whose template did not say that it has none; computed when it is first asked for. */
static CK_RV compute_check_value(struct object *object)
{
	uint8_t value[MD_CHECK_VALUE_LEN];
	CK_RV rv = cki_error(CKI_CALL_KEY, md_key_check_value(object->key, value));

	if (rv != CKR_OK)
		return rv;
	cki_attrs_set(&object->attrs, CKA_CHECK_VALUE, span_of(value, sizeof(value)));
	if (!object->attrs.failed)
		return CKR_OK;
	object->attrs.failed = false;
	return CKR_HOST_MEMORY;
}

/* Find an attribute, fetched from the card or computed if it must be; with the object locked. */
static CK_RV look_up(struct object *object, CK_ATTRIBUTE_TYPE type, struct span *ret_value)
{
	if (!object->loaded && is_late(object, type)) {
		AUTO_ATTRS late = ATTRS_INIT;
		CK_RV rv = object->kind->load(object->token, object->index, &late);

		if (rv != CKR_OK)
			return rv;
		cki_attrs_merge(&object->attrs, &late);
		note_locked(object);
		if (object->attrs.failed) {
			object->attrs.failed = false;
			return CKR_HOST_MEMORY;
		}
		object->loaded = true;
	}
	if (type == CKA_CHECK_VALUE && object->key != NULL && !cki_attrs_has(&object->attrs, type)) {
		CK_RV rv = compute_check_value(object);

		if (rv != CKR_OK)
			return rv;
	}
	return cki_attrs_get(&object->attrs, type, ret_value) ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID;
}

/* The bytes of a session key or of derived data, or the parts of a private key that never leave a card. */
static bool is_secret(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	if (object->class == CKO_SECRET_KEY || (object->class == CKO_DATA && object->key != NULL))
		return type == CKA_VALUE;
	return object->class == CKO_PRIVATE_KEY &&
	       (type == CKA_VALUE || (type >= CKA_PRIVATE_EXPONENT && type <= CKA_COEFFICIENT));
}

static bool may_show(struct object *object)
{
	if (object->key == NULL || object->class == CKO_DATA)
		return object->key != NULL;
	return !cki_attrs_bool(&object->attrs, CKA_SENSITIVE, true) &&
	       cki_attrs_bool(&object->attrs, CKA_EXTRACTABLE, false);
}

static CK_RV read_secret(struct object *object, CK_ATTRIBUTE *attribute)
{
	CK_ULONG room = attribute->ulValueLen;
	CK_RV rv;

	if (!may_show(object)) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_ATTRIBUTE_SENSITIVE;
	}
	rv = cki_attr_give(attribute, span_of(NULL, md_key_len(object->key)));
	if (rv != CKR_OK || attribute->pValue == NULL)
		return rv;
	rv = cki_error(CKI_CALL_KEY, md_key_read(object->key, attribute->pValue, room));
	if (rv != CKR_OK)
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return rv;
}

CK_RV cki_object_read(struct object *object, CK_ATTRIBUTE *attribute)
{
	LOCKED(&object->lock);
	struct span value = SPAN_EMPTY;
	CK_RV rv;

	if (is_secret(object, attribute->type))
		return read_secret(object, attribute);
	rv = look_up(object, attribute->type, &value);
	if (rv == CKR_OK && cki_is_nested(attribute->type))
		return cki_nested_give(value, attribute);
	if (rv == CKR_OK)
		return cki_attr_give(attribute, value);
	attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return rv;
}

static bool secret_matches(struct object *object, const CK_ATTRIBUTE *wanted)
{
	AUTO_SECRET value = SECRET_INIT;

	if (!may_show(object) || md_key_len(object->key) != wanted->ulValueLen ||
	    !secret_alloc(&value, md_key_len(object->key)) ||
	    md_key_read(object->key, value.data, value.len) != MD_OK)
		return false;
	return secret_equal(secret_span(&value), span_of(wanted->pValue, wanted->ulValueLen));
}

static bool nested_matches(struct span packed, const CK_ATTRIBUTE *wanted)
{
	AUTO_SECRET other = SECRET_INIT;

	return cki_nested_pack(wanted, &other) == CKR_OK && span_equal(packed, secret_span(&other));
}

static bool matches_one(struct object *object, const CK_ATTRIBUTE *wanted)
{
	struct span value = SPAN_EMPTY;

	if (is_secret(object, wanted->type))
		return secret_matches(object, wanted);
	if (look_up(object, wanted->type, &value) != CKR_OK)
		return false;
	if (cki_is_nested(wanted->type))
		return nested_matches(value, wanted);
	return span_equal(value, span_of(wanted->pValue, wanted->ulValueLen));
}

bool cki_object_matches(struct object *object, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	LOCKED(&object->lock);

	/* What needs the card comes last: most objects are out before it. */
	for (CK_ULONG i = 0; i < count; i++)
		if (!is_late(object, templ[i].type) && !matches_one(object, &templ[i]))
			return false;
	for (CK_ULONG i = 0; i < count; i++)
		if (is_late(object, templ[i].type) && !matches_one(object, &templ[i]))
			return false;
	return true;
}

bool cki_object_matches_attrs(struct object *object, const struct attrs *wanted)
{
	struct attrs_entry entry;
	size_t at = 0;

	while (cki_attrs_next(wanted, &at, &entry)) {
		const CK_ATTRIBUTE one = { entry.type, (CK_BYTE *)(uintptr_t)entry.value.data, entry.value.len };

		if (!cki_object_matches(object, &one, 1))
			return false;
	}
	return true;
}

bool cki_object_may_have_templates(const struct object *object)
{
	return !is_granted(object, NO_TEMPLATES);
}

CK_RV cki_object_template(struct object *object, CK_ATTRIBUTE_TYPE type, struct attrs *to)
{
	struct span value;

	if (!cki_object_may_have_templates(object))
		return CKR_OK;
	LOCKED(&object->lock);
	if (cki_attrs_get(&object->attrs, type, &value))
		cki_nested_unpack(value, to);
	return to->failed ? CKR_HOST_MEMORY : CKR_OK;
}

size_t cki_object_size(struct object *object)
{
	LOCKED(&object->lock);
	size_t size = object->key != NULL ? md_key_len(object->key) : 0;

	struct attrs_entry entry;
	size_t at = 0;

	while (cki_attrs_next(&object->attrs, &at, &entry))
		size += entry.value.len;
	return size;
}
