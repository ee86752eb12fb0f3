/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_key_store.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/handle_table.h"
#include "base/ossl.h"

struct key_owner {
	atomic_uint refs;
	PCARD_DATA card_data; /* compared only; it may be gone */
	bool ended;           /* under the store's mutex */
};

/*
 * Process-wide and older than any C_Initialize, so it is a plain mutex and not a struct lock. The table is made once
 * and stays, empty, when nobody uses it: so whoever looks a key up need not ask whether it is there still.
 */
static pthread_mutex_t mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static _Atomic(struct handle_table *) table;

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
	if (atomic_fetch_sub(&owner->refs, 1) != 1)
		return;
	ossl_release();
	free(owner);
}

static void hold_value(void *value)
{
	session_key_hold(value);
}

/* So that a module that is loaded and unloaded again and again leaves nothing behind. */
static __attribute__((destructor)) void free_table(void)
{
	handle_table_free(atomic_exchange(&table, NULL));
}

static bool have_table_locked(void)
{
	if (atomic_load(&table) == NULL)
		atomic_store(&table, handle_table_new_bare(hold_value));
	return atomic_load(&table) != NULL;
}

struct key_owner *key_store_open(PCARD_DATA card_data)
{
	struct key_owner *owner = calloc(1, sizeof(*owner));

	STORE_LOCKED();
	if (owner == NULL)
		return NULL;
	if (!have_table_locked() || !ossl_acquire()) {
		free(owner);
		return NULL;
	}
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
}

static struct session_key *make_key(struct key_owner *owner, const struct key_alg *alg)
{
	/* by malloc(): glibc's calloc() passes by the thread's own free blocks */
	struct session_key *key = malloc(sizeof(*key));

	if (key == NULL)
		return NULL;
	*key = (struct session_key){ .owner = owner, .alg = alg, .chaining = alg->chaining };
	atomic_init(&key->refs, 1);
	atomic_init(&key->revoked, false);
	for (size_t i = 0; i < KEY_STORE_RESTING; i++)
		atomic_init(&key->resting[i], NULL);
	atomic_fetch_add(&owner->refs, 1);
	return key;
}

/* The store's reference on the key becomes the table's. */
static DWORD add(struct session_key *key, handle_t *ret_handle)
{
	STORE_LOCKED();
	if (key->owner->ended)
		return SCARD_E_INVALID_HANDLE;
	*ret_handle = handle_table_add(table, key);
	return *ret_handle != 0 ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

DWORD key_store_add(struct key_owner *owner, const struct key_alg *alg, struct secret *value,
		    PCARD_KEY_HANDLE ret_handle)
{
	AUTO_SESSION_KEY *key = NULL;
	handle_t handle;
	DWORD err;

	if (!key_alg_takes(alg, value->len))
		return SCARD_E_INVALID_PARAMETER;
	key = make_key(owner, alg);
	if (key == NULL)
		return SCARD_E_NO_MEMORY;
	/* before anybody can find it */
	secret_move(&key->value, value);
	key_alg_set_parity(alg, &key->value);
	key->ciphers = key_alg_ciphers(alg, key->value.len);
	err = add(key, &handle);
	if (err != ERROR_SUCCESS) {
		secret_move(value, &key->value);
		return err;
	}
	(void)STEAL(key);
	*ret_handle = handle;
	return ERROR_SUCCESS;
}

DWORD key_store_find(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct session_key **ret_key)
{
	struct handle_table *keys = atomic_load_explicit(&table, memory_order_acquire);
	AUTO_SESSION_KEY *key = NULL;

	if (card_data == NULL)
		return SCARD_E_INVALID_PARAMETER;
	key = keys != NULL ? handle_table_get(keys, handle) : NULL;
	if (key == NULL || key->owner->card_data != card_data)
		return SCARD_E_INVALID_HANDLE;
	*ret_key = STEAL(key);
	return ERROR_SUCCESS;
}

DWORD key_store_remove(PCARD_DATA card_data, CARD_KEY_HANDLE handle)
{
	AUTO_SESSION_KEY *key = NULL;
	const DWORD err = key_store_find(card_data, handle, &key);

	if (err != ERROR_SUCCESS)
		return err;
	STORE_LOCKED();
	if (atomic_load(&key->revoked))
		return SCARD_E_INVALID_HANDLE;
	revoke_locked(handle);
	return ERROR_SUCCESS;
}

size_t key_store_count(void)
{
	STORE_LOCKED();
	return table != NULL ? handle_table_count(table) : 0;
}

/* ---- operations at rest -------------------------------------------------------------------------------- */

static bool put(struct session_key *key, size_t place, struct key_rest *rest)
{
	struct key_rest *empty = NULL;

	return atomic_load_explicit(&key->resting[place], memory_order_relaxed) == NULL &&
	       atomic_compare_exchange_strong(&key->resting[place], &empty, rest);
}

struct key_rest *session_key_wake(struct session_key *key, const struct key_rest_kind *kind, const void *wanted)
{
	for (size_t i = 0; i < KEY_STORE_RESTING; i++) {
		struct key_rest *rest;

		if (atomic_load_explicit(&key->resting[i], memory_order_relaxed) == NULL)
			continue;
		rest = atomic_exchange(&key->resting[i], NULL);
		if (rest == NULL)
			continue;
		if (rest->kind == kind && kind->fits(rest, wanted))
			return rest;
		if (!put(key, i, rest))
			session_key_rest(key, rest);
	}
	return NULL;
}

void session_key_rest(struct session_key *key, struct key_rest *rest)
{
	for (size_t i = 0; i < KEY_STORE_RESTING; i++) {
		if (put(key, i, rest))
			return;
	}
	rest = atomic_exchange(&key->resting[0], rest);
	if (rest != NULL)
		rest->kind->free(rest);
}

static void free_resting(struct session_key *key)
{
	for (size_t i = 0; i < KEY_STORE_RESTING; i++) {
		struct key_rest *rest = atomic_load(&key->resting[i]);

		if (rest != NULL)
			rest->kind->free(rest);
	}
}

void session_key_hold(struct session_key *key)
{
	atomic_fetch_add(&key->refs, 1);
}

void session_key_release(struct session_key *key)
{
	if (key == NULL || atomic_fetch_sub(&key->refs, 1) != 1)
		return;
	free_resting(key);
	secret_clear(&key->value);
	owner_release(key->owner);
	free(key);
}
