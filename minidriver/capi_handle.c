/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/handle_table.h"
#include "minidriver/capi.h"

/*
 * One table for all types, made once and kept: a table made anew would give out again the numbers of the one before,
 * and a stale handle would be taken for one of them.
 */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct handle_table *table;

static void make_table(void)
{
	table = handle_table_new(capi_hold);
}

static bool has_table(void)
{
	(void)pthread_once(&once, make_table);
	return table != NULL;
}

/* ---- objects ---------------------------------------------------------------------------------------- */

bool capi_object_init(struct capi_object *object, enum capi_type type, struct capi_provider *provider)
{
	if (!lock_init(&object->lock))
		return false;
	object->type = type;
	atomic_init(&object->refs, 1);
	if (provider != NULL)
		capi_hold(provider);
	object->provider = provider;
	return true;
}

void capi_hold(void *object)
{
	atomic_fetch_add(&((struct capi_object *)object)->refs, 1);
}

void capi_release(struct capi_object *object)
{
	struct capi_provider *provider;

	if (object == NULL || atomic_fetch_sub(&object->refs, 1) != 1)
		return;
	provider = object->provider;
	object->free(object);
	lock_destroy(&object->lock);
	free(object);
	capi_release_provider(&provider);
}

/* ---- handles ---------------------------------------------------------------------------------------- */

DWORD capi_handle_add(struct capi_object *object, ULONG_PTR *ret_handle)
{
	handle_t handle = 0;

	capi_hold(object);
	if (has_table())
		handle = handle_table_add(table, object);
	if (handle == 0) {
		capi_release(object);
		return NTE_NO_MEMORY;
	}
	/* the provider was closed while this was made: whoever comes second takes it out */
	if (object->provider != NULL && atomic_load(&object->provider->closed)) {
		capi_release(handle_table_remove(table, handle));
		return ERROR_INVALID_PARAMETER;
	}
	*ret_handle = handle;
	return ERROR_SUCCESS;
}

static struct capi_object *find(ULONG_PTR handle, enum capi_type type)
{
	struct capi_object *object = has_table() ? handle_table_get(table, handle) : NULL;

	if (object == NULL || object->type == type)
		return object;
	capi_release(object);
	return NULL;
}

DWORD capi_find_provider(HCRYPTPROV handle, struct capi_provider **ret_provider)
{
	*ret_provider = (struct capi_provider *)find(handle, CAPI_PROVIDER);
	return *ret_provider != NULL ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

DWORD capi_find_hash(HCRYPTHASH handle, struct capi_hash **ret_hash)
{
	*ret_hash = (struct capi_hash *)find(handle, CAPI_HASH);
	return *ret_hash != NULL ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

DWORD capi_find_key(HCRYPTKEY handle, struct capi_key **ret_key)
{
	*ret_key = (struct capi_key *)find(handle, CAPI_KEY);
	return *ret_key != NULL ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

DWORD capi_find_hash_of(const struct capi_provider *provider, HCRYPTHASH handle, struct capi_hash **ret_hash)
{
	const DWORD err = handle != 0 ? capi_find_hash(handle, ret_hash) : ERROR_SUCCESS;

	if (err != ERROR_SUCCESS || *ret_hash == NULL || (*ret_hash)->object.provider == provider)
		return err;
	return NTE_BAD_HASH;
}

DWORD capi_find_key_of(const struct capi_provider *provider, HCRYPTKEY handle, struct capi_key **ret_key)
{
	const DWORD err = handle != 0 ? capi_find_key(handle, ret_key) : ERROR_SUCCESS;

	if (err != ERROR_SUCCESS || *ret_key == NULL || (*ret_key)->object.provider == provider)
		return err;
	return NTE_BAD_KEY;
}

DWORD capi_handle_remove(ULONG_PTR handle, enum capi_type type)
{
	struct capi_object *object = find(handle, type);

	if (object == NULL)
		return ERROR_INVALID_PARAMETER;
	capi_release(object);
	/* of two threads that take the same handle out one finds it gone */
	object = handle_table_remove(table, handle);
	capi_release(object);
	return object != NULL ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

void capi_handles_end(struct capi_provider *provider)
{
	void *value = NULL;

	atomic_store(&provider->closed, true);
	for (handle_t h = handle_table_next(table, 0, &value); h != 0; h = handle_table_next(table, h, &value)) {
		struct capi_object *object = value;

		if (object->provider == provider)
			capi_release(handle_table_remove(table, h));
		capi_release(object);
	}
}

size_t capi_handle_count(void)
{
	return has_table() ? handle_table_count(table) : 0;
}
