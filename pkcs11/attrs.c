/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/attrs.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 40u /* what a session key has */

/* The factor, found by trying, gives each attribute that a session object can have a place of its own. */
static size_t place_of(CK_ATTRIBUTE_TYPE type)
{
	return (uint32_t)((uint32_t)type * UINT32_C(0x94C05053)) / (UINT32_MAX / ATTRS_PLACES + 1);
}

static void note_place(struct attrs *attrs, size_t i)
{
	uint8_t *place = &attrs->places[place_of(attrs->items[i].type)];

	if (*place == 0)
		*place = (uint8_t)(i < UINT8_MAX ? i + 1 : UINT8_MAX);
}

static struct attr *find(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	const size_t place = attrs->places[place_of(type)];

	if (place == 0)
		return NULL;
	if (attrs->items[place - 1].type == type)
		return &attrs->items[place - 1];
	for (size_t i = 0; i < attrs->count; i++)
		if (attrs->items[i].type == type)
			return &attrs->items[i];
	return NULL;
}

static bool make_room(struct attrs *attrs)
{
	size_t room = attrs->room == 0 ? FIRST_ROOM : attrs->room * 2;
	struct attr *items;

	if (attrs->count < attrs->room)
		return true;
	items = reallocarray(attrs->items, room, sizeof(*items));
	if (items == NULL)
		return false;
	attrs->items = items;
	attrs->room = room;
	return true;
}

static void free_value(struct attr *attr)
{
	if (attr->len > ATTR_SMALL)
		free(attr->value.data);
}

static bool copy_value(struct attr *attr, struct span value)
{
	uint8_t *to = attr->value.small;

	if (value.len > ATTR_SMALL) {
		to = malloc(value.len);
		attr->value.data = to;
	}
	if (to == NULL)
		return false;
	attr->len = (uint32_t)value.len;
	if (value.len != 0)
		memcpy(to, value.data, value.len);
	return true;
}

/* The attribute, which is not there yet, becomes the set's. */
static void append(struct attrs *attrs, struct attr *made)
{
	if (!make_room(attrs)) {
		free_value(made);
		attrs->failed = true;
		return;
	}
	attrs->items[attrs->count] = *made;
	note_place(attrs, attrs->count++);
}

/* attr NULL: it is not there yet. */
static void put(struct attrs *attrs, struct attr *attr, CK_ATTRIBUTE_TYPE type, struct span value)
{
	struct attr made = { .type = (uint32_t)type };

	/* the copy first: the value may be one of this very set */
	if (type > UINT32_MAX || value.len > UINT32_MAX || !copy_value(&made, value)) {
		attrs->failed = true;
		return;
	}
	if (attr != NULL) {
		free_value(attr);
		*attr = made;
		return;
	}
	append(attrs, &made);
}

void cki_attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
	put(attrs, find(attrs, type), type, value);
}

void cki_attrs_set_text(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const char *text)
{
	cki_attrs_set(attrs, type, span_of(text, strlen(text)));
}

void cki_attrs_set_ulong(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	cki_attrs_set(attrs, type, span_of(&value, sizeof(value)));
}

void cki_attrs_set_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
	CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;

	cki_attrs_set(attrs, type, span_of(&byte, sizeof(byte)));
}

void cki_attrs_default_bool(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
	struct attr made = { .type = (uint32_t)type, .len = sizeof(CK_BBOOL) };

	if (find(attrs, type) != NULL)
		return;
	made.value.small[0] = value ? CK_TRUE : CK_FALSE;
	append(attrs, &made);
}

void cki_attrs_default_empty(struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	if (find(attrs, type) == NULL)
		put(attrs, NULL, type, SPAN_EMPTY);
}

void cki_attrs_remove(struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	struct attr *attr = find(attrs, type);

	if (attr == NULL)
		return;
	free_value(attr);
	*attr = attrs->items[--attrs->count];
	memset(attrs->places, 0, sizeof(attrs->places));
	for (size_t i = 0; i < attrs->count; i++)
		note_place(attrs, i);
}

void cki_attrs_merge(struct attrs *to, const struct attrs *from)
{
	for (size_t i = 0; i < from->count; i++)
		cki_attrs_set(to, from->items[i].type, cki_attr_span(&from->items[i]));
	to->failed = to->failed || from->failed;
}

const struct attr *cki_attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	return find(attrs, type);
}

bool cki_attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback)
{
	const struct attr *attr = find(attrs, type);

	return attr != NULL && attr->len == sizeof(CK_BBOOL) ? *cki_attr_value(attr) != CK_FALSE : fallback;
}

CK_ULONG cki_attrs_ulong(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback)
{
	const struct attr *attr = find(attrs, type);
	CK_ULONG value;

	if (attr == NULL || attr->len != sizeof(value))
		return fallback;
	memcpy(&value, cki_attr_value(attr), sizeof(value));
	return value;
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
	for (size_t i = 0; i < attrs->count; i++)
		free_value(&attrs->items[i]);
	free(attrs->items);
	*attrs = (struct attrs)ATTRS_INIT;
}
