/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/tlv.h"

#include "card/softcard/buffer.h"

#define MORE_TAG_BYTES 0x1Fu
#define LONG_LENGTH 0x80u
#define LENGTH_BYTES_MAX 3u
#define TAG_BYTES_MAX 3u
#define HEADER_MAX (TAG_BYTES_MAX + 1 + LENGTH_BYTES_MAX)

static bool take_byte(struct span *rest, uint8_t *ret_byte)
{
	if (rest->len == 0)
		return false;
	*ret_byte = *rest->data;
	*rest = span_of(rest->data + 1, rest->len - 1);
	return true;
}

static bool take_tag(struct span *rest, uint32_t *ret_tag)
{
	uint8_t byte;

	if (!take_byte(rest, &byte))
		return false;
	*ret_tag = byte;
	if ((byte & MORE_TAG_BYTES) != MORE_TAG_BYTES)
		return true;
	for (size_t i = 1; i < TAG_BYTES_MAX; i++) {
		if (!take_byte(rest, &byte))
			return false;
		*ret_tag = *ret_tag << 8 | byte;
		if ((byte & 0x80u) == 0)
			return true;
	}
	return false;
}

static bool take_length(struct span *rest, size_t *ret_len)
{
	uint8_t byte;
	size_t count;

	if (!take_byte(rest, &byte))
		return false;
	*ret_len = byte;
	if (byte < LONG_LENGTH)
		return true;
	count = byte - LONG_LENGTH;
	if (count == 0 || count > LENGTH_BYTES_MAX)
		return false;
	*ret_len = 0;
	for (size_t i = 0; i < count; i++) {
		if (!take_byte(rest, &byte))
			return false;
		*ret_len = *ret_len << 8 | byte;
	}
	return true;
}

bool tlv_take(struct span *rest, struct tlv *ret_tlv)
{
	struct span at = *rest;
	uint32_t tag;
	size_t len;

	if (!take_tag(&at, &tag) || !take_length(&at, &len) || len > at.len)
		return false;
	*ret_tlv = (struct tlv){ .tag = tag, .value = span_of(at.data, len) };
	*rest = span_of(at.data + len, at.len - len);
	return true;
}

bool tlv_find(struct span bytes, uint32_t tag, struct span *ret_value)
{
	struct tlv tlv;

	while (tlv_take(&bytes, &tlv)) {
		if (tlv.tag == tag) {
			*ret_value = tlv.value;
			return true;
		}
	}
	return false;
}

bool tlv_only(struct span bytes, uint32_t tag, struct span *ret_value)
{
	struct tlv tlv;

	if (!tlv_take(&bytes, &tlv) || tlv.tag != tag || bytes.len != 0)
		return false;
	*ret_value = tlv.value;
	return true;
}

/* Write a number in as few bytes as it needs, at least one. Returns how many. */
static size_t write_number(uint8_t *at, uint32_t number)
{
	size_t count = 1;

	while (count < sizeof(number) && number >> (8 * count) != 0)
		count++;
	for (size_t i = 0; i < count; i++)
		at[i] = (uint8_t)(number >> (8 * (count - 1 - i)));
	return count;
}

bool tlv_put(struct secret *out, uint32_t tag, struct span value)
{
	uint8_t header[HEADER_MAX];
	const size_t before = out->len;
	size_t len;

	if (tag > 0xFFFFFFu || value.len > 0xFFFFFFu)
		return false;
	len = write_number(header, tag);
	if (value.len < LONG_LENGTH) {
		header[len++] = (uint8_t)value.len;
	} else {
		const size_t count = write_number(header + len + 1, (uint32_t)value.len);
		header[len] = (uint8_t)(LONG_LENGTH + count);
		len += 1 + count;
	}
	if (!buffer_add(out, span_of(header, len)))
		return false;
	if (buffer_add(out, value))
		return true;
	secret_truncate(out, before);
	return false;
}
