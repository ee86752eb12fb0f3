/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers from tests/vectors: files of records, each a run of `key = value` lines ended by an empty line;
 * lines that begin with # are comments. A file that cannot be read, a key that is not there and a value that is
 * not hexadecimal where bytes are asked for end the test with a message that names file and line.
 */
#ifndef MDP_TESTS_VECTORS_H
#define MDP_TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/span.h"

struct vectors;

/* Read tests/vectors/NAME. The result is the caller's; never NULL. */
struct vectors *vectors_load(const char *name);
/* Free; for AUTO(vectors_free). NULL is allowed. */
void vectors_free(struct vectors **vectors);
#define AUTO_VECTORS AUTO(vectors_free) struct vectors

size_t vectors_count(const struct vectors *vectors);
/* How many the file has: more than vectors_count() only where tests are thinned (test.h). */
size_t vectors_in_file(const struct vectors *vectors);
/* Whether a record has a key. */
bool vectors_has(const struct vectors *vectors, size_t record, const char *key);
/* The value as text, borrowed. */
const char *vectors_text(const struct vectors *vectors, size_t record, const char *key);
/* Whether a record has a key with exactly this value. */
bool vectors_is(const struct vectors *vectors, size_t record, const char *key, const char *value);
/* The value decoded from hexadecimal, borrowed from the file's structure. An empty value is no bytes. */
struct span vectors_bytes(const struct vectors *vectors, size_t record, const char *key);
/* The line in the file where a record begins, for messages. */
size_t vectors_line(const struct vectors *vectors, size_t record);

#endif
