/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/card_registry.h"

#include <pthread.h>
#include <stdlib.h>

struct entry {
	struct card_system *system; /* of a system's entry; else NULL */
	handle_t system_handle;     /* of a card's entry; else 0 */
	struct registered_card card;
};

/* Process-wide and older than any C_Initialize, so it is a plain mutex and not a struct lock. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct handle_table *table; /* only while something is in it */

static void unlock(pthread_mutex_t **locked)
{
	(void)pthread_mutex_unlock(*locked);
}
static pthread_mutex_t *lock(void)
{
	(void)pthread_mutex_lock(&mutex);
	return &mutex;
}
#define REGISTRY_LOCKED() AUTO(unlock) UNUSED pthread_mutex_t *locked_here_ = lock()

static void drop_empty_locked(void)
{
	if (table == NULL || handle_table_count(table) != 0)
		return;
	handle_table_free(table);
	table = NULL;
}

static handle_t add_locked(const struct entry *values)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	handle_t handle;

	if (entry == NULL)
		return 0;
	*entry = *values;
	if (table == NULL)
		table = handle_table_new(NULL);
	handle = table != NULL ? handle_table_add(table, entry) : 0;
	if (handle == 0) {
		free(entry);
		drop_empty_locked();
	}
	return handle;
}

static const struct entry *get_locked(handle_t handle)
{
	return table != NULL ? handle_table_get(table, handle) : NULL;
}

handle_t card_registry_add_system(struct card_system *system)
{
	REGISTRY_LOCKED();
	return add_locked(&(struct entry){ .system = system });
}

handle_t card_registry_add_card(handle_t system, const struct card_ops *ops, struct card *card)
{
	const struct entry *owner;

	REGISTRY_LOCKED();
	owner = get_locked(system);
	if (owner == NULL || owner->system == NULL)
		return 0;
	return add_locked(&(struct entry){ .system_handle = system, .card = { .ops = ops, .card = card } });
}

bool card_registry_find(handle_t system, handle_t card, struct registered_card *ret_card)
{
	const struct entry *entry;

	REGISTRY_LOCKED();
	entry = get_locked(card);
	if (entry == NULL || entry->card.card == NULL || entry->system_handle != system || get_locked(system) == NULL)
		return false;
	*ret_card = entry->card;
	return true;
}

void card_registry_remove(handle_t handle)
{
	REGISTRY_LOCKED();
	if (table == NULL)
		return;
	free(handle_table_remove(table, handle));
	drop_empty_locked();
}
