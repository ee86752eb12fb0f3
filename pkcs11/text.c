/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/text.h"

#include <string.h>

void cki_text_pad(CK_UTF8CHAR *field, size_t field_len, const char *text)
{
	size_t len = strlen(text);

	if (len > field_len) {
		len = field_len;
		/* 10xxxxxx continues a character: the cut must be before its first byte. */
		while (len > 0 && ((unsigned char)text[len] & 0xc0u) == 0x80u)
			len--;
	}
	memset(field, ' ', field_len);
	memcpy(field, text, len);
}

void cki_text_pad_tail(CK_CHAR *field, size_t field_len, const char *text)
{
	size_t len = strlen(text);

	cki_text_pad(field, field_len, len > field_len ? text + (len - field_len) : text);
}
