/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two ways to a new session key: from a hash, and from random bytes. */
#include "config.h"

#include "minidriver/capi.h"
#include "minidriver/kdf_capi.h"

/* A key that was asked for. */
struct wish {
	const struct capi_alg *alg;
	DWORD flags;
	size_t len;
	size_t salt_len;
};

static DWORD read_wish(const struct capi_provider *provider, ALG_ID id, DWORD flags, struct wish *ret_wish)
{
	const enum capi_kind_of_provider kind = provider->csp->kind;
	const struct capi_alg *alg = capi_alg_find(kind, id);
	DWORD err;

	if (alg == NULL)
		return NTE_BAD_ALGID;
	if ((flags & CAPI_LOW_FLAGS & ~CAPI_KEY_FLAGS) != 0)
		return NTE_BAD_FLAGS;
	/* its owner would have to be asked each time; sdk-api, CryptGenKey */
	if ((flags & CRYPT_USER_PROTECTED) != 0 && provider->silent)
		return NTE_SILENT_CONTEXT;
	*ret_wish = (struct wish){ .alg = alg, .flags = flags & CAPI_LOW_FLAGS };
	err = capi_alg_len(alg, kind, flags >> CAPI_LENGTH_SHIFT, &ret_wish->len);
	if (err == ERROR_SUCCESS)
		ret_wish->salt_len = capi_alg_salt_len(alg, kind, ret_wish->len, ret_wish->flags);
	return err;
}

/* The key of its bytes and its salt. */
static DWORD give(struct capi_provider *provider, const struct wish *wish, struct span value, struct span salt,
		  HCRYPTKEY *ret_handle)
{
	AUTO_KEY *key = NULL;
	DWORD err = capi_key_new(provider, wish->alg, wish->flags, &key);

	if (err == ERROR_SUCCESS)
		err = capi_stored_make(provider, wish->alg->key_alg, value, &key->bare);
	if (err != ERROR_SUCCESS)
		return err;
	key->len = value.len;
	err = capi_key_set_salt(key, salt);
	return err != ERROR_SUCCESS ? err : capi_handle_add(&key->object, ret_handle);
}

static const uint8_t zero_salt[CAPI_SALT_LEN];

/* ---- from a hash ------------------------------------------------------------------------------------ */

/* What the hash value has behind the key: the shortest of the hashes has as much as key and salt. */
static struct span rest(const struct capi_hash *hash, const struct wish *wish)
{
	return wish->salt_len != 0 ? span_of(hash->value.data + wish->len, wish->salt_len) : SPAN_EMPTY;
}

static DWORD derive_locked(struct capi_hash *hash, const struct wish *wish, HCRYPTKEY *ret_handle)
{
	AUTO_SECRET value = SECRET_INIT;
	const bool create = (wish->flags & CRYPT_CREATE_SALT) != 0;
	const struct span salt = create ? rest(hash, wish) : span_of(zero_salt, wish->salt_len);
	DWORD err;

	if (!secret_alloc(&value, wish->len))
		return NTE_NO_MEMORY;
	err = kdf_capi_from_value(&(struct kdf_capi){ .hash = hash_of(hash->alg->hash),
						      .value = secret_span(&hash->value),
						      .expand = capi_alg_expands(wish->alg, hash->alg),
						      .out = value.data,
						      .out_len = value.len });
	if (err != ERROR_SUCCESS)
		return capi_error(err);
	return give(hash->object.provider, wish, secret_span(&value), salt, ret_handle);
}

static DWORD derive(HCRYPTPROV handle, ALG_ID id, HCRYPTHASH hash_handle, DWORD flags, HCRYPTKEY *ret_handle)
{
	AUTO_PROVIDER *provider = NULL;
	AUTO_HASH *hash = NULL;
	struct wish wish;
	DWORD err = capi_find_provider(handle, &provider);

	if (err == ERROR_SUCCESS && hash_handle == 0)
		err = ERROR_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = capi_find_hash_of(provider, hash_handle, &hash);
	if (err != ERROR_SUCCESS)
		return err;
	if (ret_handle == NULL)
		return ERROR_INVALID_PARAMETER;
	err = read_wish(provider, id, flags, &wish);
	if (err != ERROR_SUCCESS)
		return err;
	LOCKED(&hash->object.lock);
	err = capi_hash_finish(hash);
	return err != ERROR_SUCCESS ? err : derive_locked(hash, &wish, ret_handle);
}

EXPORT BOOL WINAPI CryptDeriveKey(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTHASH hBaseData, DWORD dwFlags,
				  HCRYPTKEY *phKey)
{
	return capi_result(derive(hProv, Algid, hBaseData, dwFlags, phKey));
}

/* ---- from random bytes ------------------------------------------------------------------------------ */

static DWORD generate(HCRYPTPROV handle, ALG_ID id, DWORD flags, HCRYPTKEY *ret_handle)
{
	AUTO_PROVIDER *provider = NULL;
	AUTO_SECRET value = SECRET_INIT;
	uint8_t salt[CAPI_SALT_LEN] = { 0 };
	struct wish wish;
	DWORD err = capi_find_provider(handle, &provider);

	if (err == ERROR_SUCCESS && ret_handle == NULL)
		err = ERROR_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = read_wish(provider, id, flags, &wish);
	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(&value, wish.len))
		return NTE_NO_MEMORY;
	if (md_random(value.data, value.len) != MD_OK)
		return NTE_FAIL;
	if ((flags & CRYPT_CREATE_SALT) != 0 && md_random(salt, wish.salt_len) != MD_OK)
		return NTE_FAIL;
	return give(provider, &wish, secret_span(&value), span_of(salt, wish.salt_len), ret_handle);
}

EXPORT BOOL WINAPI CryptGenKey(HCRYPTPROV hProv, ALG_ID Algid, DWORD dwFlags, HCRYPTKEY *phKey)
{
	return capi_result(generate(hProv, Algid, dwFlags, phKey));
}
