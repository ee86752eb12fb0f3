/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/error.h"
#include "minidriver/host.h"

static const LPCWSTR alg_names[] = {
	[MD_KEY_GENERIC] = CARD_EXT_GENERIC_SECRET_ALGORITHM,
	[MD_KEY_AES] = CARD_AES_ALGORITHM,
	[MD_KEY_DES3] = CARD_3DES_ALGORITHM,
	[MD_KEY_DES2] = CARD_3DES_112_ALGORITHM,
	[MD_KEY_DES] = CARD_EXT_DES_ALGORITHM,
	[MD_KEY_RC2] = CARD_EXT_RC2_ALGORITHM,
	[MD_KEY_RC4] = CARD_EXT_RC4_ALGORITHM,
	[MD_KEY_CHACHA20] = CARD_EXT_CHACHA20_ALGORITHM,
	[MD_KEY_AES_XTS] = CARD_EXT_XTS_AES_ALGORITHM,
};
_Static_assert(ARRAY_COUNT(alg_names) == MD_KEY_ALG_COUNT, "a name for each kind of key");

LPCWSTR host_key_alg_name(enum md_key_alg alg)
{
	return (unsigned)alg < MD_KEY_ALG_COUNT ? alg_names[alg] : NULL;
}

md_err host_key_make_sized(struct md_card *card, CARD_KEY_HANDLE handle, enum md_key_alg alg, size_t len,
			   struct md_key **ret_key)
{
	struct md_key *key = malloc(sizeof(*key));

	if (key == NULL) {
		(void)card->data.pfnCardDestroyKey(&card->data, handle);
		return MD_E_NO_MEMORY;
	}
	*key = (struct md_key){ .card = card, .handle = handle, .alg = alg, .len = len };
	atomic_init(&key->refs, 1);
	atomic_init(&key->number, 0);
	host_card_hold_memory(card);
	*ret_key = key;
	return MD_OK;
}

md_err host_key_make(struct md_card *card, CARD_KEY_HANDLE handle, enum md_key_alg alg, struct md_key **ret_key)
{
	CARD_EXT_KEY_INFO info;
	const DWORD err = card->session_keys->pfnKeyInfo(&card->data, handle, &info);

	if (err == ERROR_SUCCESS)
		return host_key_make_sized(card, handle, alg, info.cbKey, ret_key);
	(void)card->data.pfnCardDestroyKey(&card->data, handle);
	return error_to_md(err);
}

struct md_key *md_key_hold(struct md_key *key)
{
	atomic_fetch_add(&key->refs, 1);
	return key;
}

void md_key_release(struct md_key *key)
{
	if (key == NULL || atomic_fetch_sub(&key->refs, 1) != 1)
		return;
	/* refused, and rightly so, when the context is gone and has taken its keys along */
	(void)key->card->data.pfnCardDestroyKey(&key->card->data, key->handle);
	host_card_release_memory(key->card);
	free(key);
}

uint64_t md_key_number(struct md_key *key)
{
	return atomic_fetch_add(&key->number, 1);
}

size_t md_key_len(const struct md_key *key)
{
	return key->len;
}

enum md_key_alg md_key_alg(const struct md_key *key)
{
	return key->alg;
}

md_err md_key_read(const struct md_key *key, uint8_t *buffer, size_t room)
{
	size_t len = 0;

	return error_to_md(key->card->session_keys->pfnKeyExport(&key->card->data, key->handle, buffer, room, &len));
}

/* ---- the check value -------------------------------------------------------------------------------- */

static void key_cleanup(struct md_key **key)
{
	md_key_release(*key);
}

static md_err read_derived(struct md_key *key, struct md_kdf_plan *plan, uint8_t ret_value[MD_CHECK_VALUE_LEN])
{
	AUTO(key_cleanup) struct md_key *value = NULL;
	md_err err;

	plan->alg = MD_KEY_GENERIC;
	plan->key_len = MD_CHECK_VALUE_LEN;
	err = md_key_derive(key, plan, &value);
	return err != MD_OK ? err : md_key_read(value, ret_value, MD_CHECK_VALUE_LEN);
}

static md_err encrypt_zeros(struct md_key *key, size_t block, uint8_t ret_value[MD_CHECK_VALUE_LEN])
{
	static const uint8_t zeros[16];
	struct md_kdf_plan plan = { .kdf = MD_KDF_ENCRYPT, .info = span_of(zeros, block) };

	return read_derived(key, &plan, ret_value);
}

/* OpenSSL's default provider has no DES; with the same key three times triple DES is DES. */
static md_err encrypt_zeros_des(struct md_key *key, uint8_t ret_value[MD_CHECK_VALUE_LEN])
{
	const struct md_kdf_plan twice = {
		.kdf = MD_KDF_JOIN,
		.second = key,
		.alg = MD_KEY_DES2,
		.key_len = 2 * key->len,
	};
	AUTO(key_cleanup) struct md_key *triple = NULL;
	const md_err err = md_key_derive(key, &twice, &triple);

	return err != MD_OK ? err : encrypt_zeros(triple, 8, ret_value);
}

md_err md_key_check_value(struct md_key *key, uint8_t ret_value[MD_CHECK_VALUE_LEN])
{
	struct md_kdf_plan hash = { .kdf = MD_KDF_HASH, .hash = MD_HASH_SHA1 };

	switch (key->alg) {
	case MD_KEY_AES:
		return encrypt_zeros(key, 16, ret_value);
	case MD_KEY_DES3:
	case MD_KEY_DES2:
		return encrypt_zeros(key, 8, ret_value);
	case MD_KEY_DES:
		return encrypt_zeros_des(key, ret_value);
	case MD_KEY_GENERIC:
	case MD_KEY_ALG_COUNT:
	default:
		return read_derived(key, &hash, ret_value);
	}
}

/* ---- making and wrapping ---------------------------------------------------------------------------- */

/* The blob that the table takes: a header and the key. */
static bool pack_blob(struct span value, struct secret *ret_blob)
{
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { .dwMagic = BCRYPT_KEY_DATA_BLOB_MAGIC,
						     .dwVersion = BCRYPT_KEY_DATA_BLOB_VERSION1,
						     .cbKeyData = (ULONG)value.len };

	if (!secret_alloc(ret_blob, sizeof(header) + value.len))
		return false;
	memcpy(ret_blob->data, &header, sizeof(header));
	if (value.len != 0)
		memcpy(ret_blob->data + sizeof(header), value.data, value.len);
	return true;
}

DWORD host_key_import(PCARD_DATA data, LPCWSTR key_alg, struct span value, CARD_KEY_HANDLE *ret_handle)
{
	AUTO_SECRET blob = SECRET_INIT;

	if (!pack_blob(value, &blob))
		return SCARD_E_NO_MEMORY;
	return data->pfnMDImportSessionKey(data, BCRYPT_KEY_DATA_BLOB, key_alg, ret_handle, blob.data,
					   (DWORD)blob.len);
}

md_err md_key_import(struct md_card *card, enum md_key_alg alg, struct span value, struct md_key **ret_key)
{
	const LPCWSTR name = host_key_alg_name(alg);
	CARD_KEY_HANDLE handle = 0;
	DWORD err;

	if (name == NULL || value.len > UINT32_MAX - sizeof(BCRYPT_KEY_DATA_BLOB_HEADER))
		return MD_E_INVALID_PARAMETER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	err = host_key_import(&card->data, name, value, &handle);
	return err != ERROR_SUCCESS ? error_to_md(err) : host_key_make_sized(card, handle, alg, value.len, ret_key);
}

/* ---- wrapping --------------------------------------------------------------------------------------- */

md_err md_key_unwrap(struct md_key *wrapping, const struct md_cipher_params *params, struct span wrapped,
		     enum md_key_alg alg, size_t key_len, struct md_key **ret_key)
{
	struct md_card *card = wrapping->card;
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = host_key_alg_name(alg), .cbKey = key_len };
	CARD_EXT_CIPHER_INFO info;
	CARD_KEY_HANDLE handle = 0;
	md_err err = host_pack_cipher(params, &info);

	if (err == MD_OK)
		err = error_to_md(card->session_keys->pfnKeyUnwrap(&card->data, wrapping->handle, &info, wrapped.data,
								   wrapped.len, &wish, &handle));
	return err != MD_OK ? err : host_key_make(card, handle, alg, ret_key);
}

md_err md_key_wrap(struct md_key *wrapping, const struct md_cipher_params *params, struct md_key *key, uint8_t *buffer,
		   size_t *inout_len)
{
	struct md_card *card = wrapping->card;
	CARD_EXT_CIPHER_INFO info;
	const md_err err = host_pack_cipher(params, &info);

	if (err != MD_OK)
		return err;
	/* a store knows its own keys only: a key of another card is a foreign handle */
	if (key->card != card)
		return MD_E_INVALID_HANDLE;
	return error_to_md(
		card->session_keys->pfnKeyWrap(&card->data, wrapping->handle, &info, key->handle, buffer, inout_len));
}
