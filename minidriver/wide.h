/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The little that is done with 16-bit text: names are compared once, at the door, with the rows of a table.
 */
#ifndef MDP_MINIDRIVER_WIDE_H
#define MDP_MINIDRIVER_WIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/wintypes.h"

/* Characters before the NUL. */
size_t wide_len(LPCWSTR text) MUST_USE;

/* Bytes of a text with its NUL. */
static inline size_t wide_size(LPCWSTR text)
{
	return (wide_len(text) + 1) * sizeof(WCHAR);
}

/* Equality of two texts; of `text` no more characters are read than `name` has, with its NUL. */
bool wide_equal(LPCWSTR text, LPCWSTR name) MUST_USE;

/* Whether bytes, which need not be aligned, begin with `name` and its NUL. */
bool wide_is(struct span bytes, LPCWSTR name) MUST_USE;

/* UTF-8 of a text, with NUL. False: it does not fit, or a half of a surrogate pair stands alone. */
bool wide_to_utf8(LPCWSTR text, char *ret_text, size_t room) MUST_USE;

#endif
