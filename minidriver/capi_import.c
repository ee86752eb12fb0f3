/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/capi.h"

#define RSA_BITS_LEAST 384u   /* as the providers of Windows have it */
#define RSA_BITS_MOST 16384u
#define RC2_MOST 128u         /* bytes: imported encrypted, RC2 keys may be as long as RFC 2268 lets them */

/* One CryptImportKey, its blob's header read. */
struct import {
	struct capi_provider *provider;
	struct capi_key *with; /* NULL: not named */
	DWORD flags;
	BLOBHEADER header;
	struct span rest; /* what follows the header */
};

static DWORD take(struct import *import, void *ret_value, size_t size)
{
	if (import->rest.len < size)
		return NTE_BAD_DATA;
	memcpy(ret_value, import->rest.data, size);
	import->rest = span_of(import->rest.data + size, import->rest.len - size);
	return ERROR_SUCCESS;
}

/* ---- session keys ----------------------------------------------------------------------------------- */

/* A key of so many bytes: is it one that this provider has? */
static DWORD check_len(const struct import *import, const struct capi_alg *alg, size_t len)
{
	const enum capi_kind_of_provider kind = import->provider->csp->kind;
	size_t made = 0;

	if (alg->id == CALG_RC2 && import->header.bType == SIMPLEBLOB)
		return len * 8 >= alg->bits[kind].least && len <= RC2_MOST ? ERROR_SUCCESS : NTE_BAD_DATA;
	/* 0 would be the usual length */
	if (len == 0 || len > UINT16_MAX)
		return NTE_BAD_DATA;
	return capi_alg_len(alg, kind, (DWORD)len * 8, &made);
}

/* The rest of the way of a key whose bytes are in the store. */
static DWORD finish(const struct import *import, struct capi_key *key, size_t len, HCRYPTKEY *ret_handle)
{
	static const uint8_t zero_salt[CAPI_SALT_LEN];
	const enum capi_kind_of_provider kind = import->provider->csp->kind;
	const DWORD salt_flags = import->flags & CRYPT_NO_SALT;
	DWORD err;

	key->len = len;
	/* Base keeps what is longer than its own keys as weak as those (Wine's tests, run on Windows) */
	if (key->alg->id == CALG_RC2 && kind == CAPI_BASE && len * 8 > key->alg->bits[kind].most)
		key->effective_bits = key->alg->bits[kind].usual;
	err = capi_key_set_salt(key, span_of(zero_salt, capi_alg_salt_len(key->alg, kind, len, salt_flags)));
	return err != ERROR_SUCCESS ? err : capi_handle_add(&key->object, ret_handle);
}

static DWORD new_key(const struct import *import, struct capi_key **ret_key)
{
	const struct capi_alg *alg = capi_alg_find(import->provider->csp->kind, import->header.aiKeyAlg);

	return alg != NULL ? capi_key_new(import->provider, alg, import->flags, ret_key) : NTE_BAD_ALGID;
}

static DWORD import_plain(struct import *import, HCRYPTKEY *ret_handle)
{
	AUTO_KEY *key = NULL;
	DWORD len = 0;
	DWORD err = take(import, &len, sizeof(len));

	if (err == ERROR_SUCCESS && len > import->rest.len)
		err = NTE_BAD_DATA;
	if (err == ERROR_SUCCESS && import->with != NULL)
		err = NTE_BAD_KEY;
	if (err == ERROR_SUCCESS)
		err = new_key(import, &key);
	if (err == ERROR_SUCCESS)
		err = check_len(import, key->alg, len);
	if (err == ERROR_SUCCESS)
		err = capi_stored_make(import->provider, key->alg->key_alg, span_of(import->rest.data, len),
				       &key->bare);
	return err != ERROR_SUCCESS ? err : finish(import, key, len, ret_handle);
}

/* The container whose key decrypts. */
static DWORD find_container(const struct import *import, const struct md_container **ret_container)
{
	struct capi_provider *provider = import->provider;
	const struct md_container *container =
		provider->card != NULL ? md_container(provider->card, provider->index) : NULL;

	if (import->with != NULL && !(import->with->alg == NULL && import->with->rsa.of_container &&
				      import->with->rsa.id == CALG_RSA_KEYX))
		return NTE_BAD_KEY;
	if (container == NULL || container->type != MD_PUBLIC_RSA)
		return NTE_NO_KEY;
	*ret_container = container;
	return ERROR_SUCCESS;
}

/* The card decrypts, and the key goes into the store without passing here. */
static DWORD unwrap(const struct import *import, const struct capi_alg *alg, struct secret *wrapped,
		    CARD_KEY_HANDLE *ret_key)
{
	static const BCRYPT_OAEP_PADDING_INFO oaep = { .pszAlgId = BCRYPT_SHA1_ALGORITHM };
	BCRYPT_OAEP_PADDING_INFO padding = oaep;
	PCARD_DATA data = import->provider->data;
	const bool is_oaep = (import->flags & CRYPT_OAEP) != 0;

	return data->pfnCardImportSessionKey(data, (BYTE)import->provider->index, is_oaep ? &padding : NULL,
					     CARD_EXT_RAW_KEY_BLOB, alg->key_alg, ret_key, wrapped->data,
					     (DWORD)wrapped->len, is_oaep ? CARD_PADDING_OAEP : CARD_PADDING_PKCS1);
}

static bool wants_pin(DWORD err)
{
	return err == SCARD_W_CARD_NOT_AUTHENTICATED || err == SCARD_W_SECURITY_VIOLATION;
}

static DWORD unwrap_with_pin(const struct import *import, const struct capi_alg *alg, struct secret *wrapped,
			     CARD_KEY_HANDLE *ret_key)
{
	DWORD err = unwrap(import, alg, wrapped, ret_key);

	if (!wants_pin(err))
		return capi_error(err);
	err = capi_card_ask_pin(import->provider);
	return err != ERROR_SUCCESS ? err : capi_error(unwrap(import, alg, wrapped, ret_key));
}

/* How long what came out of the card is, and whether it may be. */
static DWORD look_at(const struct import *import, const struct capi_key *key, size_t *ret_len)
{
	const struct capi_provider *provider = import->provider;
	CARD_EXT_KEY_INFO info;
	const DWORD err = provider->keys->pfnKeyInfo(provider->data, capi_stored_handle(key->bare), &info);

	if (err != ERROR_SUCCESS)
		return capi_error(err);
	*ret_len = info.cbKey;
	return check_len(import, key->alg, info.cbKey);
}

static DWORD import_wrapped(const struct import *import, struct secret *wrapped, HCRYPTKEY *ret_handle)
{
	AUTO_KEY *key = NULL;
	CARD_KEY_HANDLE handle = 0;
	size_t len = 0;
	DWORD err = new_key(import, &key);

	if (err == ERROR_SUCCESS)
		err = unwrap_with_pin(import, key->alg, wrapped, &handle);
	if (err == ERROR_SUCCESS)
		err = capi_stored_take(import->provider, handle, &key->bare);
	if (err == ERROR_SUCCESS)
		err = look_at(import, key, &len);
	return err != ERROR_SUCCESS ? err : finish(import, key, len, ret_handle);
}

static DWORD import_simple(struct import *import, HCRYPTKEY *ret_handle)
{
	const struct md_container *container = NULL;
	AUTO_SECRET wrapped = SECRET_INIT;
	ALG_ID id = 0;
	DWORD err = take(import, &id, sizeof(id));

	if (err == ERROR_SUCCESS && id != CALG_RSA_KEYX)
		err = NTE_BAD_ALGID;
	if (err == ERROR_SUCCESS)
		err = find_container(import, &container);
	if (err == ERROR_SUCCESS && import->rest.len < container->modulus.len)
		err = NTE_BAD_DATA;
	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_set(&wrapped, span_of(import->rest.data, container->modulus.len)))
		return NTE_NO_MEMORY;
	secret_reverse(&wrapped);
	return import_wrapped(import, &wrapped, ret_handle);
}

/* ---- public keys ------------------------------------------------------------------------------------ */

static bool set_reversed(struct host_bytes *to, struct span from)
{
	while (from.len != 0 && from.data[from.len - 1] == 0)
		from.len--;
	if (!host_bytes_alloc(to, from.len))
		return false;
	for (size_t i = 0; i < from.len; i++)
		to->data[i] = from.data[from.len - 1 - i];
	return true;
}

static DWORD check_public(const struct import *import, const RSAPUBKEY *pub)
{
	const ALG_ID id = import->header.aiKeyAlg;

	if (import->with != NULL)
		return NTE_BAD_KEY;
	if (id != CALG_RSA_KEYX && id != CALG_RSA_SIGN)
		return NTE_BAD_DATA;
	if (pub->magic != RSA1_MAGIC || pub->bitlen < RSA_BITS_LEAST || pub->bitlen > RSA_BITS_MOST ||
	    pub->bitlen % 8 != 0 || pub->pubexp == 0 || import->rest.len < pub->bitlen / 8)
		return NTE_BAD_DATA;
	return ERROR_SUCCESS;
}

static DWORD import_public(struct import *import, HCRYPTKEY *ret_handle)
{
	AUTO_KEY *key = NULL;
	RSAPUBKEY pub;
	DWORD err = take(import, &pub, sizeof(pub));

	if (err == ERROR_SUCCESS)
		err = check_public(import, &pub);
	if (err == ERROR_SUCCESS)
		err = capi_key_new(import->provider, NULL, import->flags, &key);
	if (err != ERROR_SUCCESS)
		return err;
	key->rsa.id = import->header.aiKeyAlg;
	if (!set_reversed(&key->rsa.modulus, span_of(import->rest.data, pub.bitlen / 8)) ||
	    !set_reversed(&key->rsa.exponent, span_of(&pub.pubexp, sizeof(pub.pubexp))))
		return NTE_NO_MEMORY;
	/* a modulus with zero bytes in front is not as long as it says */
	if (key->rsa.modulus.len != pub.bitlen / 8)
		return NTE_BAD_DATA;
	return capi_handle_add(&key->object, ret_handle);
}

/* ---- CryptImportKey --------------------------------------------------------------------------------- */

#define KNOWN_FLAGS (CRYPT_EXPORTABLE | CRYPT_USER_PROTECTED | CRYPT_NO_SALT | CRYPT_OAEP)

static DWORD import_blob(struct import *import, HCRYPTKEY *ret_handle)
{
	const DWORD err = take(import, &import->header, sizeof(import->header));

	if (err != ERROR_SUCCESS)
		return err;
	if (import->header.bVersion != CUR_BLOB_VERSION)
		return NTE_BAD_VER;
	if (import->header.reserved != 0)
		return NTE_BAD_DATA;
	if ((import->flags & ~KNOWN_FLAGS) != 0)
		return NTE_BAD_FLAGS;
	switch (import->header.bType) {
	case PLAINTEXTKEYBLOB:
		return import_plain(import, ret_handle);
	case SIMPLEBLOB:
		return import_simple(import, ret_handle);
	case PUBLICKEYBLOB:
		return import_public(import, ret_handle);
	default:
		return NTE_BAD_TYPE;
	}
}

static void release(struct import *import)
{
	capi_release_key(&import->with);
	capi_release_provider(&import->provider);
}

EXPORT BOOL WINAPI CryptImportKey(HCRYPTPROV hProv, const BYTE *pbData, DWORD dwDataLen, HCRYPTKEY hPubKey,
				  DWORD dwFlags, HCRYPTKEY *phKey)
{
	AUTO(release) struct import import = { .flags = dwFlags, .rest = span_of(pbData, dwDataLen) };
	DWORD err = capi_find_provider(hProv, &import.provider);

	if (err == ERROR_SUCCESS && (pbData == NULL || dwDataLen == 0 || phKey == NULL))
		err = ERROR_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = capi_find_key_of(import.provider, hPubKey, &import.with);
	if (err == ERROR_SUCCESS)
		err = import_blob(&import, phKey);
	return capi_result(err);
}
