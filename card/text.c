/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/text.h"

#include <stdint.h>
#include <string.h>

/* RFC 3629 4: the first byte decides the length, and bounds the second. */
struct utf8_lead {
	uint8_t first, last;
	uint8_t len;
	uint8_t second_min, second_max;
};

static const struct utf8_lead leads[] = {
	{ 0x20, 0x7e, 1, 0, 0 },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct utf8_lead *find_lead(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	return NULL;
}

/* The length of the well-formed character at the start of len bytes (len > 0), or 0. */
static size_t character_len(const uint8_t *bytes, size_t len)
{
	const struct utf8_lead *lead = find_lead(bytes[0]);

	if (lead == NULL || lead->len > len)
		return 0;
	if (lead->len > 1 && (bytes[1] < lead->second_min || bytes[1] > lead->second_max))
		return 0;
	for (size_t i = 2; i < lead->len; i++)
		if (bytes[i] < 0x80 || bytes[i] > 0xbf)
			return 0;
	return lead->len;
}

void text_copy(char *to, size_t room, const char *from, size_t from_len)
{
	const size_t len = from != NULL ? strnlen(from, from_len) : 0;
	size_t in = 0, out = 0;

	while (in < len) {
		const size_t whole = character_len((const uint8_t *)from + in, len - in);
		const size_t step = whole != 0 ? whole : 1;

		if (out + step >= room)
			break;
		if (whole != 0)
			memcpy(to + out, from + in, step);
		else
			to[out] = '?';
		in += step;
		out += step;
	}
	while (out > 0 && to[out - 1] == ' ')
		out--;
	to[out] = '\0';
}
