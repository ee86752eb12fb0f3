/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The owner of secret bytes. Every PIN, every shared secret Z and every session key lives in one of these:
 * its length is inside, its end of life overwrites it, and it is compared in constant time.
 *
 *     AUTO_SECRET z = SECRET_INIT;
 *     if (!secret_alloc(&z, 32)) return ...;
 */
#ifndef MDP_BASE_SECRET_H
#define MDP_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"

struct secret {
	uint8_t *data; /* owned; NULL when nothing is held */
	size_t len;    /* bytes that count */
	size_t room;   /* bytes allocated, never less than len */
	bool locked;   /* in pages of its own: secret_set_locked() */
};

#define SECRET_INIT { NULL, 0, 0, false }
#define AUTO_SECRET AUTO(secret_clear) struct secret

/*
 * Make room for exactly len bytes, zeroed; what was held before is wiped first. A length of 0 is allowed and
 * gives a non-NULL pointer. On failure the secret is empty.
 * Returns false only for want of memory.
 */
bool secret_alloc(struct secret *secret, size_t len) MUST_USE;

/* Become a copy of bytes (which may not overlap what the secret holds). Returns false only for want of memory. */
bool secret_set(struct secret *secret, struct span bytes) MUST_USE;

/*
 * The same for bytes that are kept for long, a page at most: in memory that is never written to a swap device or to a
 * core file, and that a forked child finds zeroed. Returns false also where the system locks no more memory
 * (RLIMIT_MEMLOCK); the secret is empty then.
 */
bool secret_set_locked(struct secret *secret, struct span bytes) MUST_USE;

/* Keep only the first len bytes (len <= secret->len); the rest is wiped at once. */
void secret_truncate(struct secret *secret, size_t len);

/* Move what *from holds to *to; what *to held is wiped, *from is empty afterwards. */
void secret_move(struct secret *to, struct secret *from);

/* secret_clear()'s part, for one that holds something. */
void secret_wipe(struct secret *secret);
/* Wipe and free. The secret is empty and may be used again. */
static inline void secret_clear(struct secret *secret)
{
	if (secret->data != NULL)
		secret_wipe(secret);
}

/* Turn the bytes round: big-endian to little-endian and back. */
void secret_reverse(struct secret *secret);

/* The bytes, borrowed until the secret changes. */
static inline struct span secret_span(const struct secret *secret)
{
	return span_of(secret->data, secret->len);
}

/* Compare in time that depends on the lengths only. */
bool secret_equal(struct span a, struct span b) MUST_USE;

#endif
