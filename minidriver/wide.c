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
