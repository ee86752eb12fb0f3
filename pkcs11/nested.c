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

/* The caller's array may stand at any address. */
static CK_RV read_inner(const CK_ATTRIBUTE *attribute, struct attrs *ret_inner)
{
	const CK_ULONG count = attribute->ulValueLen / sizeof(CK_ATTRIBUTE);
	CK_ATTRIBUTE inner[CKI_NESTED_MAX];
	CK_RV rv;

	if (attribute->ulValueLen % sizeof(CK_ATTRIBUTE) != 0 || count > CKI_NESTED_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (count == 0)
		return CKR_OK;
	if (attribute->pValue == NULL)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	memcpy(inner, attribute->pValue, attribute->ulValueLen);
	for (CK_ULONG i = 0; i < count; i++)
		if (cki_is_nested(inner[i].type))
			return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = cki_template_read(use_of(attribute->type), inner, count, ret_inner);
	return rv == CKR_OK || rv == CKR_HOST_MEMORY ? rv : CKR_ATTRIBUTE_VALUE_INVALID;
}

static size_t packed_len(const struct attrs *inner)
{
	size_t len = 0;

	for (size_t i = 0; i < inner->count; i++)
		len += sizeof(struct header) + inner->items[i].len;
	return len;
}

CK_RV cki_nested_pack(const CK_ATTRIBUTE *attribute, struct secret *ret_packed)
{
	AUTO_ATTRS inner = ATTRS_INIT;
	uint8_t *at;
	CK_RV rv = read_inner(attribute, &inner);

	if (rv != CKR_OK)
		return rv;
	if (packed_len(&inner) > CKI_ATTRIBUTE_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (!secret_alloc(ret_packed, packed_len(&inner)))
		return CKR_HOST_MEMORY;
	at = ret_packed->data;
	for (size_t i = 0; i < inner.count; i++) {
		const struct attr *attr = &inner.items[i];
		const struct header header = { .type = attr->type, .len = attr->len };

		memcpy(at, &header, sizeof(header));
		at += sizeof(header);
		if (attr->len != 0)
			memcpy(at, cki_attr_value(attr), attr->len);
		at += attr->len;
	}
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
