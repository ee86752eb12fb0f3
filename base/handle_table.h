/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handles that are never pointers: an index and a generation. A handle that was removed is refused from then
 * on, also when its place has been given to something else. 0 is never a handle.
 *
 * The values are counted by the table's user: get() runs the table's `hold` on the value while the table is
 * locked, so that a value found cannot vanish between the look-up and its use; remove() gives the table's own
 * reference back to the caller. Look-up, insertion and removal take constant time. get() takes no lock of the whole
 * table: threads that look up different handles do not disturb each other.
 */
#ifndef MDP_BASE_HANDLE_TABLE_H
#define MDP_BASE_HANDLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/*
 * As wide as CK_ULONG and ULONG_PTR: 32 bits of index and 32 of generation on 64-bit machines, 20 and 12 on
 * 32-bit ones.
 */
typedef unsigned long handle_t;

struct handle_table;

/* Take one more reference on a value; called with its entry locked, so it may only count. */
typedef void (*handle_hold_fn)(void *value);

/* Make an empty table. hold may be NULL. Returns NULL for want of memory. */
struct handle_table *handle_table_new(handle_hold_fn hold) MUST_USE;
/*
 * The same for a user with a lock of its own, who holds it around every other call than get(), which needs none. Such a
 * table may outlive lock_use_functions().
 */
struct handle_table *handle_table_new_bare(handle_hold_fn hold) MUST_USE;

/* Free a table; values still in it are not touched (empty it first). NULL is allowed. */
void handle_table_free(struct handle_table *table);

/* Put a value in; the reference the caller holds becomes the table's. Returns 0 for want of memory or of handles. */
handle_t handle_table_add(struct handle_table *table, void *value) MUST_USE;

/* The value of a handle, held once more for the caller; NULL if the handle is stale or never was one. */
void *handle_table_get(struct handle_table *table, handle_t handle) MUST_USE;

/*
 * The same, with `take` instead of the table's `hold`; what take() returns goes to *ret_taken. Under the entry's lock:
 * it may only count.
 */
typedef bool (*handle_take_fn)(void *value);
void *handle_table_take(struct handle_table *table, handle_t handle, handle_take_fn take, bool *ret_taken) MUST_USE;

/* Take a value out; the table's reference goes to the caller. NULL if the handle is stale or never was one. */
void *handle_table_remove(struct handle_table *table, handle_t handle) MUST_USE;

/*
 * The next handle after `after` (0 to begin) in table order, with its value held for the caller; 0 at the end.
 * Entries added or removed in between may or may not be seen; no entry is seen twice.
 */
handle_t handle_table_next(struct handle_table *table, handle_t after, void **ret_value) MUST_USE;

/* How many handles are alive. */
size_t handle_table_count(struct handle_table *table);

#endif
