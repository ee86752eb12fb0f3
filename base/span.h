/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A borrowed run of bytes. The owner is somebody else and outlives the call it is passed to.
 */
#ifndef MDP_BASE_SPAN_H
#define MDP_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data; /* may be NULL only when len is 0 */
	size_t len;          /* bytes */
};

#define SPAN_EMPTY ((struct span){ NULL, 0 })

static inline struct span span_of(const void *data, size_t len)
{
	return (struct span){ (const uint8_t *)data, len };
}

/* Equality of public bytes; secrets are compared with secret_equal(). */
static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#endif
