/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks for a secret in the process's own memory: in every byte of every writable mapping (heap, stacks, static
 * data, whatever a library mapped). It keeps the bytes it looks for masked, so it does not find itself.
 *
 *     struct memory_scan *scan = memory_scan_new(z.data, z.len);
 *     secret_clear(&z);
 *     ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 0);
 *     memory_scan_free(scan);
 */
#ifndef MDP_TESTS_MEMORY_SCAN_H
#define MDP_TESTS_MEMORY_SCAN_H

#include <stddef.h>

#include "base/span.h"

struct memory_scan;

/* Remember, masked, what to look for: len bytes, at least 8. The caller's own copy is left alone. Never NULL. */
struct memory_scan *memory_scan_new(const void *bytes, size_t len);

/*
 * The same for the bytes written as text, the way libopensc's log does: "A1 B2 " and so on, two digits in upper
 * case and a blank for each byte. len is at least 3.
 */
struct memory_scan *memory_scan_new_text(const void *bytes, size_t len);

void memory_scan_free(struct memory_scan *scan);

/*
 * How often the bytes occur in writable memory, not counting occurrences that begin inside one of the `except`
 * buffers. Each one is reported on standard error: where it is, and in which mapping.
 * Mappings of 16 GiB and more are left out: only the shadow memory of a sanitizer is that large.
 */
size_t memory_scan_count(const struct memory_scan *scan, const struct span *except, size_t except_count);

#endif
