/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/wide.h"

size_t wide_len(LPCWSTR text)
{
	size_t len = 0;

	while (text[len] != 0)
		len++;
	return len;
}

bool wide_equal(LPCWSTR text, LPCWSTR name)
{
	size_t i = 0;

	while (name[i] != 0 && text[i] == name[i])
		i++;
	return text[i] == name[i];
}

bool wide_is(struct span bytes, LPCWSTR name)
{
	const size_t size = wide_size(name);

	return bytes.len >= size && bytes.len % sizeof(WCHAR) == 0 && memcmp(bytes.data, name, size) == 0;
}

/* The character that begins at *inout_at, which moves on; 0: none that is one. */
static uint32_t next_character(LPCWSTR text, size_t *inout_at)
{
	const uint32_t first = text[(*inout_at)++];
	uint32_t second;

	if (first < 0xD800u || first > 0xDFFFu)
		return first;
	second = text[*inout_at];
	if (first > 0xDBFFu || second < 0xDC00u || second > 0xDFFFu)
		return 0;
	(*inout_at)++;
	return 0x10000u + ((first - 0xD800u) << 10) + (second - 0xDC00u);
}

/* RFC 3629, 3. */
static size_t encode(uint32_t character, char ret_bytes[4])
{
	static const uint32_t ends[] = { 0x80u, 0x800u, 0x10000u, 0x110000u };
	static const uint8_t leads[] = { 0x00u, 0xC0u, 0xE0u, 0xF0u };
	size_t len = 1;

	while (character >= ends[len - 1])
		len++;
	for (size_t i = len - 1; i > 0; i--) {
		ret_bytes[i] = (char)(0x80u | (character & 0x3Fu));
		character >>= 6;
	}
	ret_bytes[0] = (char)(leads[len - 1] | character);
	return len;
}

bool wide_to_utf8(LPCWSTR text, char *ret_text, size_t room)
{
	size_t from = 0;
	size_t to = 0;

	while (text[from] != 0) {
		const uint32_t character = next_character(text, &from);
		char bytes[4];
		size_t len;

		if (character == 0)
			return false;
		len = encode(character, bytes);
		if (len >= room - to)
			return false;
		memcpy(ret_text + to, bytes, len);
		to += len;
	}
	ret_text[to] = '\0';
	return true;
}
