/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "minidriver/capi.h"

static const CARD_EXT_SESSION_KEYS *table_of(const struct capi_hash *hash)
{
	return hash->object.provider->keys;
}

static void free_hash(struct capi_object *object)
{
	struct capi_hash *hash = (struct capi_hash *)object;

	table_of(hash)->pfnDigestDestroy(hash->digest);
	secret_clear(&hash->value);
}

static DWORD new_hash(struct capi_provider *provider, const struct capi_hash_alg *alg, struct capi_hash **ret_hash)
{
	struct capi_hash *hash = calloc(1, sizeof(*hash));

	if (hash == NULL || !capi_object_init(&hash->object, CAPI_HASH, provider)) {
		free(hash);
		return NTE_NO_MEMORY;
	}
	hash->object.free = free_hash;
	hash->alg = alg;
	*ret_hash = hash;
	return ERROR_SUCCESS;
}

/* ---- hashing ---------------------------------------------------------------------------------------- */

DWORD capi_hash_open(const struct capi_hash *hash)
{
	return hash->digest != NULL ? ERROR_SUCCESS : NTE_BAD_HASH_STATE;
}

DWORD capi_hash_feed(struct capi_hash *hash, struct span bytes)
{
	const DWORD err = capi_hash_open(hash);

	if (err != ERROR_SUCCESS || bytes.len == 0)
		return err;
	return capi_error(table_of(hash)->pfnDigestUpdate(hash->digest, bytes.data, bytes.len));
}

static void end(struct capi_hash *hash, struct secret *value)
{
	secret_move(&hash->value, value);
	table_of(hash)->pfnDigestDestroy(hash->digest);
	hash->digest = NULL;
}

DWORD capi_hash_finish(struct capi_hash *hash)
{
	AUTO_SECRET value = SECRET_INIT;
	DWORD err;

	if (hash->digest == NULL)
		return ERROR_SUCCESS;
	if (!secret_alloc(&value, table_of(hash)->pfnDigestLen(hash->digest)))
		return NTE_NO_MEMORY;
	err = table_of(hash)->pfnDigestFinish(hash->digest, NULL, 0, value.data);
	if (err == ERROR_SUCCESS)
		end(hash, &value);
	return capi_error(err);
}

/* ---- creation --------------------------------------------------------------------------------------- */

static DWORD create(HCRYPTPROV handle, ALG_ID id, HCRYPTKEY key_handle, DWORD flags, HCRYPTHASH *ret_handle)
{
	AUTO_PROVIDER *provider = NULL;
	AUTO_KEY *key = NULL;
	AUTO_HASH *hash = NULL;
	const struct capi_hash_alg *alg;
	DWORD err = capi_find_provider(handle, &provider);

	if (err != ERROR_SUCCESS)
		return err;
	if (ret_handle == NULL)
		return ERROR_INVALID_PARAMETER;
	if (flags != 0)
		return NTE_BAD_FLAGS;
	alg = capi_hash_alg_find(provider->csp->kind, id);
	if (alg == NULL)
		return NTE_BAD_ALGID;
	/* none of these hashes takes a key; but a handle that is none is not let pass */
	err = capi_find_key_of(provider, key_handle, &key);
	if (err == ERROR_SUCCESS)
		err = new_hash(provider, alg, &hash);
	if (err == ERROR_SUCCESS)
		err = capi_error(table_of(hash)->pfnDigestBegin(hash_of(alg->hash)->name, &hash->digest));
	return err != ERROR_SUCCESS ? err : capi_handle_add(&hash->object, ret_handle);
}

EXPORT BOOL WINAPI CryptCreateHash(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTKEY hKey, DWORD dwFlags, HCRYPTHASH *phHash)
{
	return capi_result(create(hProv, Algid, hKey, dwFlags, phHash));
}

/* What the original has come to: so much of the data, or the value. */
static DWORD copy(struct capi_hash *from, struct capi_hash *to)
{
	LOCKED(&from->object.lock);
	if (from->digest == NULL)
		return secret_set(&to->value, secret_span(&from->value)) ? ERROR_SUCCESS : NTE_NO_MEMORY;
	return capi_error(table_of(from)->pfnDigestCopy(from->digest, &to->digest));
}

static DWORD duplicate(HCRYPTHASH handle, HCRYPTHASH *ret_handle)
{
	AUTO_HASH *from = NULL;
	AUTO_HASH *to = NULL;
	DWORD err = capi_find_hash(handle, &from);

	if (err == ERROR_SUCCESS)
		err = new_hash(from->object.provider, from->alg, &to);
	if (err == ERROR_SUCCESS)
		err = copy(from, to);
	return err != ERROR_SUCCESS ? err : capi_handle_add(&to->object, ret_handle);
}

EXPORT BOOL WINAPI CryptDuplicateHash(HCRYPTHASH hHash, DWORD *pdwReserved, DWORD dwFlags, HCRYPTHASH *phHash)
{
	if (pdwReserved != NULL || dwFlags != 0 || phHash == NULL)
		return capi_result(ERROR_INVALID_PARAMETER);
	return capi_result(duplicate(hHash, phHash));
}

EXPORT BOOL WINAPI CryptDestroyHash(HCRYPTHASH hHash)
{
	return capi_result(capi_handle_remove(hHash, CAPI_HASH));
}

/* ---- data and parameters ---------------------------------------------------------------------------- */

static DWORD add(HCRYPTHASH handle, struct span bytes, DWORD flags)
{
	AUTO_HASH *hash = NULL;
	const DWORD err = capi_find_hash(handle, &hash);

	if (err != ERROR_SUCCESS)
		return err;
	if (bytes.data == NULL && bytes.len != 0)
		return ERROR_INVALID_PARAMETER;
	if ((flags & ~CRYPT_USERDATA) != 0)
		return NTE_BAD_FLAGS;
	LOCKED(&hash->object.lock);
	return capi_hash_feed(hash, bytes);
}

EXPORT BOOL WINAPI CryptHashData(HCRYPTHASH hHash, const BYTE *pbData, DWORD dwDataLen, DWORD dwFlags)
{
	return capi_result(add(hHash, span_of(pbData, dwDataLen), dwFlags));
}

/* Who asks how long the value is, or for the value, has finished the hash. */
static DWORD answer_value(struct capi_hash *hash, const struct capi_answer *answer)
{
	const DWORD err = capi_hash_finish(hash);

	return err != ERROR_SUCCESS ? err : capi_answer(answer, secret_span(&hash->value));
}

static DWORD get_param(HCRYPTHASH handle, DWORD param, const struct capi_answer *answer, DWORD flags)
{
	AUTO_HASH *hash = NULL;
	const DWORD err = capi_find_hash(handle, &hash);
	DWORD size;

	if (err != ERROR_SUCCESS)
		return err;
	if (answer->inout_len == NULL)
		return ERROR_INVALID_PARAMETER;
	if (flags != 0)
		return NTE_BAD_FLAGS;
	LOCKED(&hash->object.lock);
	switch (param) {
	case HP_ALGID:
		return capi_answer(answer, span_of(&hash->alg->id, sizeof(hash->alg->id)));
	case HP_HASHSIZE:
		size = (DWORD)hash_of(hash->alg->hash)->len;
		return capi_answer(answer, span_of(&size, sizeof(size)));
	case HP_HASHVAL:
		return answer_value(hash, answer);
	default:
		return NTE_BAD_TYPE;
	}
}

EXPORT BOOL WINAPI CryptGetHashParam(HCRYPTHASH hHash, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags)
{
	return capi_result(
		get_param(hHash, dwParam, &(struct capi_answer){ .data = pbData, .inout_len = pdwDataLen }, dwFlags));
}

static DWORD set_value(struct capi_hash *hash, const BYTE *bytes)
{
	AUTO_SECRET value = SECRET_INIT;

	if (!secret_set(&value, span_of(bytes, hash_of(hash->alg->hash)->len)))
		return NTE_NO_MEMORY;
	end(hash, &value);
	return ERROR_SUCCESS;
}

static DWORD set_param(HCRYPTHASH handle, DWORD param, const BYTE *bytes, DWORD flags)
{
	AUTO_HASH *hash = NULL;
	const DWORD err = capi_find_hash(handle, &hash);

	if (err != ERROR_SUCCESS)
		return err;
	if (bytes == NULL)
		return ERROR_INVALID_PARAMETER;
	if (flags != 0)
		return NTE_BAD_FLAGS;
	if (param != HP_HASHVAL)
		return NTE_BAD_TYPE;
	LOCKED(&hash->object.lock);
	return set_value(hash, bytes);
}

EXPORT BOOL WINAPI CryptSetHashParam(HCRYPTHASH hHash, DWORD dwParam, const BYTE *pbData, DWORD dwFlags)
{
	return capi_result(set_param(hHash, dwParam, pbData, dwFlags));
}
