/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys as CryptoAPI derives them, in the steps that the table has: the KDF CAPI_KDF, and what joins a salt to a key. */
#include "config.h"

#include "minidriver/capi.h"
#include "minidriver/host.h"
#include "minidriver/host_kdf.h"
#include "minidriver/wide.h"

_Static_assert(MD_CAPI_SALT_MAX == CAPI_SALT_LEN, "a salt of CryptDeriveKey");

/* What struct md_capi means. */
struct wish {
	enum md_hash hash;
	enum md_key_alg alg;
	size_t len;      /* without salt */
	size_t salt_len;
	bool created;    /* the salt is what the hash has left; else zero bytes */
	bool expand;
};

static enum md_key_alg alg_of(const struct capi_alg *row)
{
	enum md_key_alg alg = MD_KEY_GENERIC;

	while (alg < MD_KEY_ALG_COUNT && !wide_equal(host_key_alg_name(alg), row->key_alg))
		alg++;
	return alg;
}

static md_err read_wish(const struct md_capi *capi, struct wish *ret_wish)
{
	const struct capi_hash_alg *hash = capi_hash_alg_named(host_hash_name(capi->hash));
	const struct capi_alg *alg = capi_alg_row(CAPI_AES, capi->alg_id);

	if (hash == NULL || alg == NULL || (capi->flags & CAPI_LOW_FLAGS & ~CAPI_KEY_FLAGS) != 0)
		return MD_E_INVALID_PARAMETER;
	*ret_wish = (struct wish){ .hash = capi->hash,
				   .alg = alg_of(alg),
				   .created = (capi->flags & CRYPT_CREATE_SALT) != 0,
				   .expand = capi_alg_expands(alg, hash) };
	if (capi_alg_len(alg, CAPI_AES, capi->flags >> CAPI_LENGTH_SHIFT, &ret_wish->len) != ERROR_SUCCESS)
		return MD_E_INVALID_PARAMETER;
	ret_wish->salt_len = capi_alg_salt_len(alg, CAPI_AES, ret_wish->len, capi->flags & CAPI_LOW_FLAGS);
	return MD_OK;
}

md_err md_capi_shape(const struct md_capi *capi, struct md_capi_shape *ret_shape)
{
	struct wish wish;
	const md_err err = read_wish(capi, &wish);

	if (err == MD_OK)
		*ret_shape = (struct md_capi_shape){ .alg = wish.alg,
						     .key_len = wish.len + wish.salt_len,
						     .salt_len = wish.salt_len };
	return err;
}

static void key_cleanup(struct md_key **key)
{
	md_key_release(*key);
}

static struct md_kdf_plan plan_of(const struct wish *wish, enum md_key_alg alg, size_t len)
{
	return (struct md_kdf_plan){
		.kdf = MD_KDF_CAPI, .hash = wish->hash, .expand = wish->expand, .alg = alg, .key_len = len
	};
}

/* The salt that a key has behind its first bytes. */
static md_err read_salt(struct md_key *key, const struct wish *wish, uint8_t *ret_salt)
{
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_EXTRACT, .bit_offset = wish->len * 8, .alg = MD_KEY_GENERIC, .key_len = wish->salt_len
	};
	AUTO(key_cleanup) struct md_key *salt = NULL;
	const md_err err = md_key_derive(key, &plan, &salt);

	return err != MD_OK ? err : md_key_read(salt, ret_salt, wish->salt_len);
}

/* What is hashed: a session key, or data for the keys of a card. */
struct source {
	struct md_key *base; /* NULL: data */
	struct md_card *card;
	struct span data;
};

static md_err derive(const struct source *source, const struct md_kdf_plan *plan, struct md_key **ret_key)
{
	if (source->base != NULL)
		return md_key_derive(source->base, plan, ret_key);
	return md_password_derive(source->card, source->data, plan, ret_key);
}

/* Both from the hash: one key, whose end is the salt. */
static md_err derive_created(const struct source *source, const struct wish *wish, struct md_key **ret_key,
			     uint8_t *ret_salt)
{
	const struct md_kdf_plan plan = plan_of(wish, wish->alg, wish->len + wish->salt_len);
	AUTO(key_cleanup) struct md_key *key = NULL;
	md_err err = derive(source, &plan, &key);

	if (err == MD_OK && wish->salt_len != 0)
		err = read_salt(key, wish, ret_salt);
	if (err == MD_OK)
		*ret_key = STEAL(key);
	return err;
}

static md_err derive_zero_salted(const struct source *source, const struct wish *wish, struct md_key **ret_key,
				 uint8_t *ret_salt)
{
	static const uint8_t zero[CAPI_SALT_LEN];
	const struct md_kdf_plan plan = plan_of(wish, MD_KEY_GENERIC, wish->len);
	const struct md_kdf_plan join = { .kdf = MD_KDF_JOIN,
					  .append = span_of(zero, wish->salt_len),
					  .alg = wish->alg,
					  .key_len = wish->len + wish->salt_len };
	AUTO(key_cleanup) struct md_key *bare = NULL;
	md_err err = derive(source, &plan, &bare);

	if (err == MD_OK)
		err = md_key_derive(bare, &join, ret_key);
	if (err == MD_OK)
		memcpy(ret_salt, zero, wish->salt_len);
	return err;
}

static md_err derive_wish(const struct source *source, const struct md_capi *capi, struct md_key **ret_key,
			  uint8_t *ret_salt)
{
	struct wish wish;
	const md_err err = read_wish(capi, &wish);

	if (err != MD_OK)
		return err;
	return wish.salt_len == 0 || wish.created ? derive_created(source, &wish, ret_key, ret_salt)
						  : derive_zero_salted(source, &wish, ret_key, ret_salt);
}

md_err md_capi_derive(struct md_key *base, const struct md_capi *capi, struct md_key **ret_key, uint8_t *ret_salt)
{
	return derive_wish(&(struct source){ .base = base }, capi, ret_key, ret_salt);
}

md_err md_capi_derive_data(struct md_card *card, struct span data, const struct md_capi *capi, struct md_key **ret_key,
			   uint8_t *ret_salt)
{
	return derive_wish(&(struct source){ .card = card, .data = data }, capi, ret_key, ret_salt);
}
