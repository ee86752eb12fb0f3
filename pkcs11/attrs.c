/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/attrs.h"

#include <stdlib.h>
#include <string.h>

static struct attr *find(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < attrs->count; i++)
		if (attrs->items[i].type == type)
			return &attrs->items[i];
	return NULL;
}

static bool make_room(struct attrs *attrs)
{
	size_t room = attrs->room == 0 ? 32 : attrs->room * 2;
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

void cki_attrs_set(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
	struct attr *attr = find(attrs, type);
	uint8_t *data = NULL;

	if (value.len != 0) {
		data = malloc(value.len);
		if (data == NULL) {
			attrs->failed = true;
			return;
		}
		memcpy(data, value.data, value.len);
	}
	if (attr == NULL) {
		if (!make_room(attrs)) {
			free(data);
			attrs->failed = true;
			return;
		}
		attr = &attrs->items[attrs->count++];
		*attr = (struct attr){ .type = type };
	}
	free(attr->data);
	attr->data = data;
	attr->len = value.len;
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
	if (find(attrs, type) == NULL)
		cki_attrs_set_bool(attrs, type, value);
}

void cki_attrs_default_empty(struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	if (find(attrs, type) == NULL)
		cki_attrs_set(attrs, type, SPAN_EMPTY);
}

void cki_attrs_remove(struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	struct attr *attr = find(attrs, type);

	if (attr == NULL)
		return;
	free(attr->data);
	*attr = attrs->items[--attrs->count];
}

void cki_attrs_merge(struct attrs *to, const struct attrs *from)
{
	for (size_t i = 0; i < from->count; i++)
		cki_attrs_set(to, from->items[i].type, span_of(from->items[i].data, from->items[i].len));
	to->failed = to->failed || from->failed;
}

const struct attr *cki_attrs_get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	return find(attrs, type);
}

bool cki_attrs_bool(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool fallback)
{
	const struct attr *attr = find(attrs, type);

	return attr != NULL && attr->len == sizeof(CK_BBOOL) ? *attr->data != CK_FALSE : fallback;
}

CK_ULONG cki_attrs_ulong(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback)
{
	const struct attr *attr = find(attrs, type);
	CK_ULONG value;

	if (attr == NULL || attr->len != sizeof(value))
		return fallback;
	memcpy(&value, attr->data, sizeof(value));
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
		free(attrs->items[i].data);
	free(attrs->items);
	*attrs = (struct attrs)ATTRS_INIT;
}
