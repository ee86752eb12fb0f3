/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/capi.h"

/* ---- keys in the store ------------------------------------------------------------------------------ */

struct capi_stored {
	atomic_uint refs;
	struct capi_provider *provider; /* whose key it is; whoever holds this holds that, too */
	CARD_KEY_HANDLE handle;
};

DWORD capi_stored_take(struct capi_provider *provider, CARD_KEY_HANDLE handle, struct capi_stored **ret_stored)
{
	struct capi_stored *stored = calloc(1, sizeof(*stored));

	if (stored == NULL) {
		(void)provider->data->pfnCardDestroyKey(provider->data, handle);
		return NTE_NO_MEMORY;
	}
	atomic_init(&stored->refs, 1);
	stored->provider = provider;
	stored->handle = handle;
	*ret_stored = stored;
	return ERROR_SUCCESS;
}

DWORD capi_stored_make(struct capi_provider *provider, LPCWSTR key_alg, struct span value,
		       struct capi_stored **ret_stored)
{
	CARD_KEY_HANDLE handle = 0;
	const DWORD err = host_key_import(provider->data, key_alg, value, &handle);

	return err != ERROR_SUCCESS ? capi_error(err) : capi_stored_take(provider, handle, ret_stored);
}

struct capi_stored *capi_stored_hold(struct capi_stored *stored)
{
	if (stored != NULL)
		atomic_fetch_add(&stored->refs, 1);
	return stored;
}

void capi_stored_release(struct capi_stored *stored)
{
	if (stored == NULL || atomic_fetch_sub(&stored->refs, 1) != 1)
		return;
	(void)stored->provider->data->pfnCardDestroyKey(stored->provider->data, stored->handle);
	free(stored);
}

CARD_KEY_HANDLE capi_stored_handle(const struct capi_stored *stored)
{
	return stored->handle;
}

DWORD capi_stored_read(const struct capi_stored *stored, struct secret *ret_value)
{
	const CARD_EXT_SESSION_KEYS *keys = stored->provider->keys;
	PCARD_DATA data = stored->provider->data;
	CARD_EXT_KEY_INFO info;
	SIZE_T len = 0;
	DWORD err = keys->pfnKeyInfo(data, stored->handle, &info);

	if (err != ERROR_SUCCESS)
		return capi_error(err);
	if (!secret_alloc(ret_value, info.cbKey))
		return NTE_NO_MEMORY;
	err = keys->pfnKeyExport(data, stored->handle, ret_value->data, ret_value->len, &len);
	return capi_error(err);
}

/* ---- lives ------------------------------------------------------------------------------------------ */

static void free_key(struct capi_object *object)
{
	struct capi_key *key = (struct capi_key *)object;

	if (key->stream != NULL)
		object->provider->keys->pfnCipherDestroy(key->stream);
	capi_stored_release(key->salted);
	capi_stored_release(key->bare);
	host_bytes_clear(&key->rsa.modulus);
	host_bytes_clear(&key->rsa.exponent);
}

DWORD capi_key_new(struct capi_provider *provider, const struct capi_alg *alg, DWORD flags, struct capi_key **ret_key)
{
	struct capi_key *key = calloc(1, sizeof(*key));

	if (key == NULL || !capi_object_init(&key->object, CAPI_KEY, provider)) {
		free(key);
		return NTE_NO_MEMORY;
	}
	key->object.free = free_key;
	key->alg = alg;
	key->permissions = CRYPT_ENCRYPT | CRYPT_DECRYPT | CRYPT_READ | CRYPT_WRITE | CRYPT_MAC;
	if ((flags & CRYPT_EXPORTABLE) != 0)
		key->permissions |= CRYPT_EXPORT;
	key->mode = alg != NULL && alg->block != 0 ? CRYPT_MODE_CBC : 0;
	*ret_key = key;
	return ERROR_SUCCESS;
}

CARD_KEY_HANDLE capi_key_handle(const struct capi_key *key)
{
	return capi_stored_handle(key->salted != NULL ? key->salted : key->bare);
}

void capi_key_restart(struct capi_key *key)
{
	memcpy(key->chain, key->iv, sizeof(key->chain));
	if (key->stream != NULL)
		key->object.provider->keys->pfnCipherDestroy(key->stream);
	key->stream = NULL;
	key->stream_at = 0;
}

EXPORT BOOL WINAPI CryptDestroyKey(HCRYPTKEY hKey)
{
	return capi_result(capi_handle_remove(hKey, CAPI_KEY));
}

/* ---- salt ------------------------------------------------------------------------------------------- */

static DWORD store_salted(struct capi_key *key, struct span salt, struct capi_stored **ret_stored)
{
	AUTO_SECRET bare = SECRET_INIT;
	AUTO_SECRET joined = SECRET_INIT;
	const DWORD err = capi_stored_read(key->bare, &bare);

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(&joined, bare.len + salt.len))
		return NTE_NO_MEMORY;
	memcpy(joined.data, bare.data, bare.len);
	memcpy(joined.data + bare.len, salt.data, salt.len);
	return capi_stored_make(key->object.provider, key->alg->key_alg, secret_span(&joined), ret_stored);
}

DWORD capi_key_set_salt(struct capi_key *key, struct span salt)
{
	struct capi_stored *salted = NULL;

	if (salt.len != 0) {
		const DWORD err = store_salted(key, salt, &salted);

		if (err != ERROR_SUCCESS)
			return err;
		memcpy(key->salt, salt.data, salt.len);
	}
	capi_key_restart(key); /* while the cipher's key is still there */
	capi_stored_release(key->salted);
	key->salted = salted;
	key->salt_len = salt.len;
	key->salt_untold = false;
	return ERROR_SUCCESS;
}

/* ---- copies ----------------------------------------------------------------------------------------- */

/* The stream begins anew when it is needed, and is brought to where it was. */
static void copy_state(const struct capi_key *from, struct capi_key *to)
{
	to->permissions = from->permissions;
	to->len = from->len;
	to->bare = capi_stored_hold(from->bare);
	to->salted = capi_stored_hold(from->salted);
	memcpy(to->salt, from->salt, sizeof(to->salt));
	to->salt_len = from->salt_len;
	to->salt_untold = from->salt_untold;
	to->mode = from->mode;
	to->mode_bits = from->mode_bits;
	to->effective_bits = from->effective_bits;
	memcpy(to->iv, from->iv, sizeof(to->iv));
	memcpy(to->chain, from->chain, sizeof(to->chain));
	to->stream_at = from->stream_at;
}

static DWORD copy_rsa(const struct capi_rsa *from, struct capi_rsa *to)
{
	to->id = from->id;
	to->of_container = from->of_container;
	to->index = from->index;
	return host_bytes_set(&to->modulus, host_bytes_span(&from->modulus)) &&
			       host_bytes_set(&to->exponent, host_bytes_span(&from->exponent))
		       ? ERROR_SUCCESS
		       : NTE_NO_MEMORY;
}

static DWORD copy(struct capi_key *from, struct capi_key *to)
{
	LOCKED(&from->object.lock);
	copy_state(from, to);
	return from->alg == NULL ? copy_rsa(&from->rsa, &to->rsa) : ERROR_SUCCESS;
}

static DWORD duplicate(HCRYPTKEY handle, HCRYPTKEY *ret_handle)
{
	AUTO_KEY *from = NULL;
	AUTO_KEY *to = NULL;
	DWORD err = capi_find_key(handle, &from);

	if (err == ERROR_SUCCESS)
		err = capi_key_new(from->object.provider, from->alg, 0, &to);
	if (err == ERROR_SUCCESS)
		err = copy(from, to);
	return err != ERROR_SUCCESS ? err : capi_handle_add(&to->object, ret_handle);
}

EXPORT BOOL WINAPI CryptDuplicateKey(HCRYPTKEY hKey, DWORD *pdwReserved, DWORD dwFlags, HCRYPTKEY *phKey)
{
	if (pdwReserved != NULL || dwFlags != 0 || phKey == NULL)
		return capi_result(ERROR_INVALID_PARAMETER);
	return capi_result(duplicate(hKey, phKey));
}
