/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/nested.h"

#include <string.h>

#include "base/compiler.h"
#include "pkcs11/template.h"

/* What stands before the bytes of each attribute. */
struct header {
	CK_ATTRIBUTE_TYPE type;
	CK_ULONG len;
};

/* Which call's rules the attributes of each must obey. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	enum template_use use;
} kinds[] = {
	{ CKA_WRAP_TEMPLATE, TEMPLATE_MATCH },
	{ CKA_UNWRAP_TEMPLATE, TEMPLATE_UNWRAP },
	{ CKA_DERIVE_TEMPLATE, TEMPLATE_DERIVE },
};

bool cki_is_nested(CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (kinds[i].type == type)
			return true;
	return false;
}

static enum template_use use_of(CK_ATTRIBUTE_TYPE type)
{
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (kinds[i].type == type)
			return kinds[i].use;
	return TEMPLATE_MATCH;
}

/* ---- packing ---------------------------------------------------------------------------------------- */

/* A caller's template: its array, which may stand at any address and change meanwhile, and what it says. */
struct inner {
	CK_ATTRIBUTE said[CKI_NESTED_MAX];
	CK_ULONG count;
	struct attrs attrs;
};

static CK_RV read_array(const CK_ATTRIBUTE *attribute, struct inner *inner)
{
	inner->count = attribute->ulValueLen / sizeof(CK_ATTRIBUTE);
	if (attribute->ulValueLen % sizeof(CK_ATTRIBUTE) != 0 || inner->count > CKI_NESTED_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (inner->count == 0)
		return CKR_OK;
	if (attribute->pValue == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	memcpy(inner->said, attribute->pValue, attribute->ulValueLen);
	for (CK_ULONG i = 0; i < inner->count; i++)
		if (cki_is_nested(inner->said[i].type))
			return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

static CK_RV read_inner(const CK_ATTRIBUTE *attribute, struct inner *inner)
{
	CK_RV rv = read_array(attribute, inner);

	if (rv == CKR_OK)
		rv = cki_template_read(use_of(attribute->type), inner->said, inner->count, &inner->attrs);
	return rv == CKR_OK || rv == CKR_HOST_MEMORY ? rv : CKR_ATTRIBUTE_VALUE_INVALID;
}

static size_t packed_len(const struct attrs *attrs)
{
	struct attrs_entry entry;
	size_t len = 0;
	size_t at = 0;

	while (cki_attrs_next(attrs, &at, &entry))
		len += sizeof(struct header) + entry.value.len;
	return len;
}

static uint8_t *write_one(uint8_t *to, CK_ATTRIBUTE_TYPE type, struct span value)
{
	const struct header header = { .type = type, .len = value.len };

	memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	if (value.len != 0)
		memcpy(to, value.data, value.len);
	return to + value.len;
}

/* In the caller's order, in which they are given back; what the caller says twice is one. */
static void write_all(struct inner *inner, uint8_t *to)
{
	for (CK_ULONG i = 0; i < inner->count; i++) {
		const CK_ATTRIBUTE_TYPE type = inner->said[i].type;
		struct span value;

		if (!cki_attrs_get(&inner->attrs, type, &value))
			continue;
		to = write_one(to, type, value);
		cki_attrs_remove(&inner->attrs, type);
	}
}

static void inner_clear(struct inner *inner)
{
	cki_attrs_clear(&inner->attrs);
}

CK_RV cki_nested_pack(const CK_ATTRIBUTE *attribute, struct secret *ret_packed)
{
	AUTO(inner_clear) struct inner inner = { .count = 0 };
	CK_RV rv = read_inner(attribute, &inner);

	if (rv != CKR_OK)
		return rv;
	if (packed_len(&inner.attrs) > CKI_ATTRIBUTE_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (!secret_alloc(ret_packed, packed_len(&inner.attrs)))
		return CKR_HOST_MEMORY;
	write_all(&inner, ret_packed->data);
	return CKR_OK;
}

/* ---- unpacking -------------------------------------------------------------------------------------- */

/* Take the first attribute off; false at the end. */
static bool next(struct span *rest, CK_ATTRIBUTE_TYPE *ret_type, struct span *ret_value)
{
	struct header header;

	if (rest->len == 0)
		return false;
	memcpy(&header, rest->data, sizeof(header));
	*ret_type = header.type;
	*ret_value = span_of(rest->data + sizeof(header), header.len);
	*rest = span_of(ret_value->data + header.len, rest->len - sizeof(header) - header.len);
	return true;
}

void cki_nested_unpack(struct span packed, struct attrs *attrs)
{
	CK_ATTRIBUTE_TYPE type;
	struct span value;

	while (next(&packed, &type, &value))
		cki_attrs_set(attrs, type, value);
}

static size_t count_of(struct span packed)
{
	CK_ATTRIBUTE_TYPE type;
	struct span value;
	size_t count = 0;

	while (next(&packed, &type, &value))
		count++;
	return count;
}

static CK_RV give_inner(CK_ATTRIBUTE_TYPE type, struct span value, uint8_t *at)
{
	CK_ATTRIBUTE inner;
	CK_RV rv;

	memcpy(&inner, at, sizeof(inner));
	inner.type = type;
	rv = cki_attr_give(&inner, value);
	memcpy(at, &inner, sizeof(inner));
	return rv;
}

CK_RV cki_nested_give(struct span packed, CK_ATTRIBUTE *attribute)
{
	const CK_ULONG needed = count_of(packed) * sizeof(CK_ATTRIBUTE);
	const CK_ULONG room = attribute->ulValueLen;
	uint8_t *at = attribute->pValue;
	CK_ATTRIBUTE_TYPE type;
	struct span value;
	CK_RV result = CKR_OK;

	attribute->ulValueLen = needed;
	if (at == NULL)
		return CKR_OK;
	if (room < needed) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	for (; next(&packed, &type, &value); at += sizeof(CK_ATTRIBUTE)) {
		CK_RV rv = give_inner(type, value, at);

		if (result == CKR_OK)
			result = rv;
	}
	return result;
}
