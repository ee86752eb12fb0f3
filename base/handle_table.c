/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/handle_table.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/spin.h"

#define INDEX_BITS (sizeof(handle_t) >= 8 ? 32u : 20u)
#define INDEX_MASK ((handle_t)((UINT64_C(1) << INDEX_BITS) - 1))
#define GENERATION_MASK (~(handle_t)0 >> INDEX_BITS)
#define FIRST_ROOM 16u
#define CHUNKS 28u /* each twice as large as the one before: more than INDEX_MASK entries */
#define STRIPES 32u
#define CACHE_LINE 64u
#define NONE SIZE_MAX

struct entry {
	void *value;     /* NULL: free */
	handle_t handle; /* of the present or the next user of this place */
	size_t next_free;
};

/* What guards value and handle of every STRIPES-th entry: neighbours are in different cache lines. */
struct stripe {
	_Alignas(CACHE_LINE) struct spin spin;
};

struct handle_table {
	struct stripe stripes[STRIPES];
	/* Entries never move. A chunk appears under the lock, and whoever sees it may read on. */
	_Atomic(struct entry *) chunks[CHUNKS];
	handle_hold_fn hold;
	bool bare;
	struct lock lock; /* of what follows, and of changes */
	size_t room;
	size_t count;
	size_t first_free;
	size_t last_free; /* places are reused oldest first, so that generations last */
};

static void leave(struct handle_table **table)
{
	if (!(*table)->bare)
		lock_release(&(*table)->lock);
}
static struct handle_table *enter(struct handle_table *table)
{
	if (!table->bare)
		lock_acquire(&table->lock);
	return table;
}
#define TABLE_LOCKED(table) AUTO(leave) UNUSED struct handle_table *locked_here_ = enter(table)

static struct handle_table *make(handle_hold_fn hold, bool bare)
{
	struct handle_table *table = aligned_alloc(CACHE_LINE, sizeof(*table));

	if (table == NULL)
		return NULL;
	memset(table, 0, sizeof(*table));
	if (!bare && !lock_init(&table->lock)) {
		free(table);
		return NULL;
	}
	table->bare = bare;
	table->hold = hold;
	table->first_free = NONE;
	table->last_free = NONE;
	return table;
}

struct handle_table *handle_table_new(handle_hold_fn hold)
{
	return make(hold, false);
}

struct handle_table *handle_table_new_bare(handle_hold_fn hold)
{
	return make(hold, true);
}

void handle_table_free(struct handle_table *table)
{
	if (table == NULL)
		return;
	lock_destroy(&table->lock);
	for (size_t i = 0; i < CHUNKS; i++)
		free(atomic_load(&table->chunks[i]));
	free(table);
}

/* ---- entries ------------------------------------------------------------------------------------------- */

/* Chunk c begins at entry FIRST_ROOM * (2^c - 1). */
static unsigned chunk_of(size_t index)
{
	return (unsigned)(63 - __builtin_clzll((unsigned long long)(index / FIRST_ROOM + 1)));
}

static size_t chunk_begin(unsigned chunk)
{
	return FIRST_ROOM * (((size_t)1 << chunk) - 1);
}

/* NULL: no chunk has it. */
static struct entry *entry_at(struct handle_table *table, size_t index)
{
	const unsigned chunk = chunk_of(index);
	struct entry *entries;

	if (chunk >= CHUNKS)
		return NULL;
	entries = atomic_load_explicit(&table->chunks[chunk], memory_order_acquire);
	return entries != NULL ? &entries[index - chunk_begin(chunk)] : NULL;
}

static struct spin *spin_of(struct handle_table *table, size_t index)
{
	return &table->stripes[index % STRIPES].spin;
}

/* index + 1: so that no handle is 0, whatever the generation. */
static handle_t first_handle(size_t index)
{
	return ((handle_t)1 << INDEX_BITS) | (handle_t)(index + 1);
}

static size_t index_of(handle_t handle)
{
	return (size_t)(handle & INDEX_MASK) - 1;
}

/* NULL: it never was a handle. */
static struct entry *entry_of(struct handle_table *table, handle_t handle)
{
	return (handle & INDEX_MASK) != 0 ? entry_at(table, index_of(handle)) : NULL;
}

/* With its stripe locked; NULL: the handle is stale. */
static void *value_of(const struct entry *entry, handle_t handle)
{
	return entry->handle == handle ? entry->value : NULL;
}

void *handle_table_take(struct handle_table *table, handle_t handle, handle_take_fn take, bool *ret_taken)
{
	const struct entry *entry = entry_of(table, handle);
	struct spin *spin = spin_of(table, index_of(handle));
	void *value;

	if (entry == NULL)
		return NULL;
	spin_acquire(spin);
	value = value_of(entry, handle);
	if (value != NULL)
		*ret_taken = take(value);
	spin_release(spin);
	return value;
}

void *handle_table_get(struct handle_table *table, handle_t handle)
{
	const struct entry *entry = entry_of(table, handle);
	struct spin *spin = spin_of(table, index_of(handle));
	void *value;

	if (entry == NULL)
		return NULL;
	spin_acquire(spin);
	value = value_of(entry, handle);
	if (value != NULL && table->hold != NULL)
		table->hold(value);
	spin_release(spin);
	return value;
}

static void put(struct handle_table *table, struct entry *entry, void *value, handle_t handle)
{
	struct spin *spin = spin_of(table, index_of(handle));

	spin_acquire(spin);
	entry->value = value;
	entry->handle = handle;
	spin_release(spin);
}

/* ---- changes ------------------------------------------------------------------------------------------- */

static void push_free_locked(struct handle_table *table, struct entry *entry, size_t index)
{
	entry->next_free = NONE;
	if (table->last_free == NONE)
		table->first_free = index;
	else
		entry_at(table, table->last_free)->next_free = index;
	table->last_free = index;
}

static bool grow_locked(struct handle_table *table)
{
	const size_t room = table->room != 0 ? table->room * 2 + FIRST_ROOM : FIRST_ROOM;
	const unsigned chunk = chunk_of(table->room);
	struct entry *entries;

	if (room > INDEX_MASK || chunk >= CHUNKS)
		return false;
	entries = calloc(room - table->room, sizeof(*entries));
	if (entries == NULL)
		return false;
	for (size_t i = 0; i < room - table->room; i++)
		entries[i].handle = first_handle(table->room + i);
	atomic_store_explicit(&table->chunks[chunk], entries, memory_order_release);
	for (size_t i = 0; i < room - table->room; i++)
		push_free_locked(table, &entries[i], table->room + i);
	table->room = room;
	return true;
}

handle_t handle_table_add(struct handle_table *table, void *value)
{
	struct entry *entry;

	TABLE_LOCKED(table);
	if (value == NULL || (table->first_free == NONE && !grow_locked(table)))
		return 0;
	entry = entry_at(table, table->first_free);
	table->first_free = entry->next_free;
	if (table->first_free == NONE)
		table->last_free = NONE;
	table->count++;
	put(table, entry, value, entry->handle);
	return entry->handle;
}

void *handle_table_remove(struct handle_table *table, handle_t handle)
{
	struct entry *entry = entry_of(table, handle);
	void *value;

	if (entry == NULL)
		return NULL;
	TABLE_LOCKED(table);
	value = entry->value;
	if (value == NULL || entry->handle != handle)
		return NULL;
	table->count--;
	/* A place whose generations are used up is never given out again: no handle ever means two things. */
	if (handle >> INDEX_BITS < GENERATION_MASK) {
		put(table, entry, NULL, handle + ((handle_t)1 << INDEX_BITS));
		push_free_locked(table, entry, index_of(handle));
	} else {
		put(table, entry, NULL, handle);
	}
	return value;
}

handle_t handle_table_next(struct handle_table *table, handle_t after, void **ret_value)
{
	TABLE_LOCKED(table);
	for (size_t i = (size_t)(after & INDEX_MASK); i < table->room; i++) {
		const struct entry *entry = entry_at(table, i);

		if (entry->value == NULL)
			continue;
		/* nobody takes it out meanwhile */
		if (table->hold != NULL)
			table->hold(entry->value);
		*ret_value = entry->value;
		return entry->handle;
	}
	return 0;
}

size_t handle_table_count(struct handle_table *table)
{
	TABLE_LOCKED(table);
	return table->count;
}
