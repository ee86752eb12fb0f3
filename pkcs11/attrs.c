/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/attrs.h"

#include <stdlib.h>
#include <string.h>

#define BIT(number) (UINT64_C(1) << (number))

static const CK_BBOOL booleans[] = { [false] = CK_FALSE, [true] = CK_TRUE };

void cki_attrs_init(struct attrs *attrs)
{
	/* all but the items: nobody reads one that is not counted */
	memset(attrs, 0, offsetof(struct attrs, first));
}

/* ---- items --------------------------------------------------------------------------------------------- */

static const struct attr *items_of(const struct attrs *attrs)
{
	return attrs->more != NULL ? attrs->more : attrs->first;
}

static struct attr *items_to_change(struct attrs *attrs)
{
	return attrs->more != NULL ? attrs->more : attrs->first;
}

static struct span value_of(const struct attr *item)
{
	return span_of(item->len <= ATTR_SMALL ? item->value.small : item->value.data, item->len);
}

static void free_value(struct attr *item)
{
	if (item->len > ATTR_SMALL)
		free(item->value.data);
}

/* Where the item of an attribute is; attrs->count: it has none. */
static size_t find_item(const struct attrs *attrs, enum cki_attr number, CK_ATTRIBUTE_TYPE type)
{
	const struct attr *items = items_of(attrs);
	const size_t count = attrs->count;
	size_t i = 0;

	if ((attrs->apart & BIT(number)) == 0)
		return count;
	while (i < count && items[i].type != type)
		i++;
	return i;
}

static bool make_room(struct attrs *attrs)
{
	const size_t room = attrs->more != NULL ? attrs->room * 2 : 4 * ATTRS_FIRST;
	struct attr *items;

	if (attrs->count < (attrs->more != NULL ? attrs->room : ATTRS_FIRST))
		return true;
	items = reallocarray(attrs->more, room, sizeof(*items));
	if (items == NULL)
		return false;
	if (attrs->more == NULL)
		memcpy(items, attrs->first, sizeof(attrs->first));
	attrs->more = items;
	attrs->room = room;
	return true;
}

/* It stays where it is in the words of bits. */
static void drop_item(struct attrs *attrs, enum cki_attr number, CK_ATTRIBUTE_TYPE type)
{
	struct attr *items = items_to_change(attrs);
	const size_t at = find_item(attrs, number, type);

	if (at == attrs->count)
		return;
	free_value(&items[at]);
	items[at] = items[--attrs->count];
}

/* The item, whose value is owned, becomes the set's instead of what the set has of the attribute. */
static void place(struct attrs *attrs, enum cki_attr number, struct attr *made)
{
	const size_t at = find_item(attrs, number, made->type);

	if (at == attrs->count && !make_room(attrs)) {
		free_value(made);
		attrs->failed = true;
		return;
	}
	if (at == attrs->count)
		attrs->count++;
	else
		free_value(&items_to_change(attrs)[at]);
	items_to_change(attrs)[at] = *made;
	attrs->there |= BIT(number);
	attrs->apart |= BIT(number);
}

static bool copy_value(struct attr *item, struct span value)
{
	uint8_t *to = item->value.small;

	if (value.len > ATTR_SMALL) {
		to = malloc(value.len);
		item->value.data = to;
	}
	if (to == NULL)
		return false;
	item->len = (uint32_t)value.len;
	if (value.len != 0)
		memcpy(to, value.data, value.len);
	return true;
}

/* ---- setting ------------------------------------------------------------------------------------------- */

static void set_empty(struct attrs *attrs, enum cki_attr number)
{
	drop_item(attrs, number, cki_attr_types[number]);
	attrs->there |= BIT(number);
	attrs->apart &= ~BIT(number);
}

static void set_item(struct attrs *attrs, enum cki_attr number, CK_ATTRIBUTE_TYPE type, struct span value)
{
	struct attr made;

	made.type = (uint32_t)type;
	/* the copy first: the value may be one of this very set */
	if (type > UINT32_MAX || value.len > UINT32_MAX || !copy_value(&made, value))
		attrs->failed = true;
	else
		place(attrs, number, &made);
}

static void set(struct attrs *attrs, enum cki_attr number, CK_ATTRIBUTE_TYPE type, struct span value)
{
	if (number >= CKI_ATTR_BOOLEAN_COUNT && (number == CKI_ATTR_OTHER || value.len != 0))
		set_item(attrs, number, type, value);
	else if (number >= CKI_ATTR_BOOLEAN_COUNT)
		set_empty(attrs, number);
	else if (value.len == sizeof(CK_BBOOL) && value.data[0] <= CK_TRUE)
		cki_attrs_set_bools(attrs, BIT(number), value.data[0] == CK_TRUE);
	else
		attrs->failed = true;
}

void cki_attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
	set(attrs, cki_attr_number(type), type, value);
}

void cki_attrs_set_text(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const char *text)
{
	cki_attrs_set(attrs, type, span_of(text, strlen(text)));
}

void cki_attrs_set_ulong(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	struct attr made;

	if (type > UINT32_MAX) {
		attrs->failed = true;
		return;
	}
	made.type = (uint32_t)type;
	made.len = sizeof(value);
	memcpy(made.value.small, &value, sizeof(value));
	place(attrs, cki_attr_number(type), &made);
}

void cki_attrs_set_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
	const enum cki_attr number = cki_attr_number(type);

	if (number < CKI_ATTR_BOOLEAN_COUNT)
		cki_attrs_set_bools(attrs, BIT(number), value);
	else
		set(attrs, number, type, span_of(&booleans[value], sizeof(CK_BBOOL)));
}

static bool get(const struct attrs *attrs, enum cki_attr number, CK_ATTRIBUTE_TYPE type, struct span *ret_value)
{
	size_t at;

	if ((attrs->there & BIT(number)) == 0)
		return false;
	if ((attrs->apart & BIT(number)) == 0) {
		*ret_value = number < CKI_ATTR_BOOLEAN_COUNT
				     ? span_of(&booleans[(attrs->truth >> number) & 1], sizeof(CK_BBOOL))
				     : SPAN_EMPTY;
		return true;
	}
	at = find_item(attrs, number, type);
	if (at == attrs->count)
		return false;
	*ret_value = value_of(&items_of(attrs)[at]);
	return true;
}

bool cki_attrs_add(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
	const enum cki_attr number = cki_attr_number(type);
	struct span before;

	if (get(attrs, number, type, &before))
		return span_equal(before, value);
	set(attrs, number, type, value);
	return true;
}

void cki_attrs_default_ulong(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	if (!cki_attrs_has(attrs, type))
		cki_attrs_set_ulong(attrs, type, value);
}

void cki_attrs_default_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
	if (!cki_attrs_has(attrs, type))
		cki_attrs_set_bool(attrs, type, value);
}

void cki_attrs_remove(struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	const enum cki_attr number = cki_attr_number(type);

	drop_item(attrs, number, type);
	if (number == CKI_ATTR_OTHER)
		return;
	attrs->there &= ~BIT(number);
	attrs->apart &= ~BIT(number);
	attrs->truth &= ~BIT(number);
}

void cki_attrs_merge(struct attrs *to, const struct attrs *from)
{
	struct attrs_entry entry;
	size_t at = 0;

	while (cki_attrs_next(from, &at, &entry))
		cki_attrs_set(to, entry.type, entry.value);
	to->failed = to->failed || from->failed;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

bool cki_attrs_has(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	const enum cki_attr number = cki_attr_number(type);

	if (number != CKI_ATTR_OTHER)
		return (attrs->there & BIT(number)) != 0;
	return find_item(attrs, number, type) != attrs->count;
}

bool cki_attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span *ret_value)
{
	return get(attrs, cki_attr_number(type), type, ret_value);
}

bool cki_attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback)
{
	const enum cki_attr number = cki_attr_number(type);
	struct span value;

	if (number < CKI_ATTR_BOOLEAN_COUNT)
		return (attrs->there & BIT(number)) != 0 ? (attrs->truth & BIT(number)) != 0 : fallback;
	return get(attrs, number, type, &value) && value.len == sizeof(CK_BBOOL) ? value.data[0] != CK_FALSE
										   : fallback;
}

CK_ULONG cki_attrs_ulong(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback)
{
	const size_t at = find_item(attrs, cki_attr_number(type), type);
	const struct attr *item = &items_of(attrs)[at];
	CK_ULONG value;

	if (at == attrs->count || item->len != sizeof(value))
		return fallback;
	memcpy(&value, item->value.small, sizeof(value));
	return value;
}

size_t cki_attrs_count(const struct attrs *attrs)
{
	const uint64_t without_item = attrs->there & ~attrs->apart;

	return attrs->count + (size_t)__builtin_popcountll(without_item);
}

/* First what is bits, by number, and then the items. */
bool cki_attrs_next(const struct attrs *attrs, size_t *inout_at, struct attrs_entry *ret_entry)
{
	const uint64_t bits = *inout_at < CKI_ATTR_OTHER ? (attrs->there & ~attrs->apart) >> *inout_at : 0;
	const struct attr *item;

	if (bits != 0) {
		const enum cki_attr number = (enum cki_attr)(*inout_at + (size_t)__builtin_ctzll(bits));

		*inout_at = (size_t)number + 1;
		ret_entry->type = cki_attr_types[number];
		return get(attrs, number, ret_entry->type, &ret_entry->value);
	}
	if (*inout_at < CKI_ATTR_OTHER)
		*inout_at = CKI_ATTR_OTHER;
	if (*inout_at - CKI_ATTR_OTHER >= attrs->count)
		return false;
	item = &items_of(attrs)[(*inout_at)++ - CKI_ATTR_OTHER];
	*ret_entry = (struct attrs_entry){ .type = item->type, .value = value_of(item) };
	return true;
}

CK_RV cki_attr_give(CK_ATTRIBUTE *attribute, struct span value)
{
	CK_ULONG room = attribute->ulValueLen;

	attribute->ulValueLen = value.len;
	if (attribute->pValue == NULL)
		return CKR_OK;
	if (room < value.len) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (value.len != 0 && value.data != NULL)
		memcpy(attribute->pValue, value.data, value.len);
	return CKR_OK;
}

void cki_attrs_clear(struct attrs *attrs)
{
	struct attr *items = items_to_change(attrs);

	for (size_t i = 0; i < attrs->count; i++)
		free_value(&items[i]);
	free(attrs->more);
	cki_attrs_init(attrs);
}
