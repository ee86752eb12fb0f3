/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/handle_table.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/lock.h"

#define INDEX_BITS (sizeof(handle_t) >= 8 ? 32u : 20u)
#define INDEX_MASK ((handle_t)((UINT64_C(1) << INDEX_BITS) - 1))
#define GENERATION_MASK (~(handle_t)0 >> INDEX_BITS)
#define FIRST_ROOM 16u
#define NONE SIZE_MAX

struct entry {
	void *value;         /* NULL: free */
	handle_t generation; /* of the present or the next user of this place */
	size_t next_free;
};

struct handle_table {
	struct lock lock;
	handle_hold_fn hold;
	struct entry *entries;
	size_t room;
	size_t count;
	size_t first_free;
	size_t last_free; /* places are reused oldest first, so that generations last */
};

struct handle_table *handle_table_new(handle_hold_fn hold)
{
	struct handle_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	if (!lock_init(&table->lock)) {
		free(table);
		return NULL;
	}
	table->hold = hold;
	table->first_free = NONE;
	table->last_free = NONE;
	return table;
}

void handle_table_free(struct handle_table *table)
{
	if (table == NULL)
		return;
	lock_destroy(&table->lock);
	free(table->entries);
	free(table);
}

static void push_free_locked(struct handle_table *table, size_t index)
{
	table->entries[index].next_free = NONE;
	if (table->last_free == NONE)
		table->first_free = index;
	else
		table->entries[table->last_free].next_free = index;
	table->last_free = index;
}

static bool grow_locked(struct handle_table *table)
{
	const size_t room = table->room != 0 ? table->room * 2 : FIRST_ROOM;
	struct entry *entries;

	if (room > INDEX_MASK)
		return false;
	entries = realloc(table->entries, room * sizeof(*entries));
	if (entries == NULL)
		return false;
	table->entries = entries;
	for (size_t i = table->room; i < room; i++) {
		entries[i] = (struct entry){ .generation = 1 };
		push_free_locked(table, i);
	}
	table->room = room;
	return true;
}

static handle_t handle_of(const struct handle_table *table, size_t index)
{
	/* index + 1: so that no handle is 0, whatever the generation */
	return (table->entries[index].generation << INDEX_BITS) | (handle_t)(index + 1);
}

/* The entry of a live handle, or NULL. */
static struct entry *find_locked(struct handle_table *table, handle_t handle)
{
	const size_t index = (size_t)(handle & INDEX_MASK) - 1;

	if ((handle & INDEX_MASK) == 0 || index >= table->room || table->entries[index].value == NULL)
		return NULL;
	return handle_of(table, index) == handle ? &table->entries[index] : NULL;
}

handle_t handle_table_add(struct handle_table *table, void *value)
{
	size_t index;

	LOCKED(&table->lock);
	if (value == NULL || (table->first_free == NONE && !grow_locked(table)))
		return 0;
	index = table->first_free;
	table->first_free = table->entries[index].next_free;
	if (table->first_free == NONE)
		table->last_free = NONE;
	table->entries[index].value = value;
	table->count++;
	return handle_of(table, index);
}

void *handle_table_get(struct handle_table *table, handle_t handle)
{
	const struct entry *entry;

	LOCKED(&table->lock);
	entry = find_locked(table, handle);
	if (entry == NULL)
		return NULL;
	if (table->hold != NULL)
		table->hold(entry->value);
	return entry->value;
}

void *handle_table_remove(struct handle_table *table, handle_t handle)
{
	struct entry *entry;
	void *value;

	LOCKED(&table->lock);
	entry = find_locked(table, handle);
	if (entry == NULL)
		return NULL;
	value = entry->value;
	entry->value = NULL;
	table->count--;
	/* A place whose generations are used up is never given out again: no handle ever means two things. */
	if (entry->generation < GENERATION_MASK) {
		entry->generation++;
		push_free_locked(table, (size_t)(entry - table->entries));
	}
	return value;
}

handle_t handle_table_next(struct handle_table *table, handle_t after, void **ret_value)
{
	LOCKED(&table->lock);
	for (size_t i = (size_t)(after & INDEX_MASK); i < table->room; i++) {
		if (table->entries[i].value == NULL)
			continue;
		if (table->hold != NULL)
			table->hold(table->entries[i].value);
		*ret_value = table->entries[i].value;
		return handle_of(table, i);
	}
	return 0;
}

size_t handle_table_count(struct handle_table *table)
{
	LOCKED(&table->lock);
	return table->count;
}
