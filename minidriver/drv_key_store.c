/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_key_store.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/handle_table.h"
#include "minidriver/drv_cipher.h"
#include "minidriver/drv_mac.h"

struct key_owner {
	atomic_uint refs;
	PCARD_DATA card_data; /* compared only; it may be gone */
	bool ended;           /* under the store's mutex */
};

/* Process-wide and older than any C_Initialize, so it is a plain mutex and not a struct lock. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct handle_table *table;
static unsigned contexts;

static void unlock(pthread_mutex_t **locked)
{
	(void)pthread_mutex_unlock(*locked);
}
static pthread_mutex_t *lock(void)
{
	(void)pthread_mutex_lock(&mutex);
	return &mutex;
}
#define STORE_LOCKED() AUTO(unlock) UNUSED pthread_mutex_t *locked_here_ = lock()

static void owner_release(struct key_owner *owner)
{
	if (atomic_fetch_sub(&owner->refs, 1) == 1)
		free(owner);
}

static void hold_value(void *value)
{
	session_key_hold(value);
}

struct key_owner *key_store_open(PCARD_DATA card_data)
{
	struct key_owner *owner = calloc(1, sizeof(*owner));

	STORE_LOCKED();
	if (owner == NULL)
		return NULL;
	if (table == NULL)
		table = handle_table_new(hold_value);
	if (table == NULL) {
		free(owner);
		return NULL;
	}
	contexts++;
	atomic_init(&owner->refs, 1);
	owner->card_data = card_data;
	return owner;
}

static void revoke_locked(CARD_KEY_HANDLE handle)
{
	struct session_key *key = handle_table_remove(table, handle);

	if (key == NULL)
		return;
	atomic_store(&key->revoked, true);
	session_key_release(key);
}

static void revoke_all_locked(const struct key_owner *owner)
{
	void *value = NULL;

	for (handle_t h = handle_table_next(table, 0, &value); h != 0; h = handle_table_next(table, h, &value)) {
		AUTO_SESSION_KEY *key = value;

		if (key->owner == owner)
			revoke_locked(h);
	}
}

void key_store_close(struct key_owner *owner)
{
	STORE_LOCKED();
	if (owner == NULL)
		return;
	owner->ended = true;
	revoke_all_locked(owner);
	owner_release(owner);
	if (--contexts != 0)
		return;
	handle_table_free(table);
	table = NULL;
}

static struct session_key *make_key(struct key_owner *owner, const struct key_alg *alg)
{
	struct session_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	if (!lock_init(&key->properties_lock)) {
		free(key);
		return NULL;
	}
	atomic_init(&key->refs, 1);
	atomic_init(&key->revoked, false);
	for (size_t i = 0; i < KEY_STORE_IDLE_MACS; i++)
		atomic_init(&key->idle_macs[i], NULL);
	atomic_fetch_add(&owner->refs, 1);
	key->owner = owner;
	key->alg = alg;
	key->chaining = alg->chaining;
	return key;
}

DWORD key_store_add(struct key_owner *owner, const struct key_alg *alg, struct secret *value,
		    PCARD_KEY_HANDLE ret_handle)
{
	AUTO_SESSION_KEY *key = NULL;
	handle_t handle;

	STORE_LOCKED();
	if (!key_alg_takes(alg, value->len))
		return SCARD_E_INVALID_PARAMETER;
	if (owner->ended)
		return SCARD_E_INVALID_HANDLE;
	key = make_key(owner, alg);
	if (key == NULL)
		return SCARD_E_NO_MEMORY;
	handle = handle_table_add(table, key);
	if (handle == 0)
		return SCARD_E_NO_MEMORY;
	secret_move(&key->value, value);
	key_alg_set_parity(alg, &key->value);
	(void)STEAL(key);
	*ret_handle = handle;
	return ERROR_SUCCESS;
}

static DWORD find_locked(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct session_key **ret_key)
{
	AUTO_SESSION_KEY *key = NULL;

	if (card_data == NULL)
		return SCARD_E_INVALID_PARAMETER;
	key = table != NULL ? handle_table_get(table, handle) : NULL;
	if (key == NULL || key->owner->card_data != card_data)
		return SCARD_E_INVALID_HANDLE;
	*ret_key = STEAL(key);
	return ERROR_SUCCESS;
}

DWORD key_store_find(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct session_key **ret_key)
{
	STORE_LOCKED();
	return find_locked(card_data, handle, ret_key);
}

DWORD key_store_remove(PCARD_DATA card_data, CARD_KEY_HANDLE handle)
{
	AUTO_SESSION_KEY *key = NULL;
	DWORD err;

	STORE_LOCKED();
	err = find_locked(card_data, handle, &key);
	if (err == ERROR_SUCCESS)
		revoke_locked(handle);
	return err;
}

size_t key_store_count(void)
{
	STORE_LOCKED();
	return table != NULL ? handle_table_count(table) : 0;
}

void session_key_hold(struct session_key *key)
{
	atomic_fetch_add(&key->refs, 1);
}

void session_key_release(struct session_key *key)
{
	if (key == NULL || atomic_fetch_sub(&key->refs, 1) != 1)
		return;
	drv_cipher_end_resting(key);
	for (size_t i = 0; i < KEY_STORE_IDLE_MACS; i++)
		drv_mac_free_idle(atomic_load(&key->idle_macs[i]));
	secret_clear(&key->value);
	lock_destroy(&key->properties_lock);
	owner_release(key->owner);
	free(key);
}
