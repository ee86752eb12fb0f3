/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_hash.h"

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/wide.h"

static const struct hash hashes[] = {
	[HASH_MD5] = { HASH_MD5, BCRYPT_MD5_ALGORITHM, "MD5", .len = 16 },
	[HASH_SHA1] = { HASH_SHA1, BCRYPT_SHA1_ALGORITHM, "SHA1", .len = 20 },
	[HASH_SHA224] = { HASH_SHA224, CARD_EXT_SHA224_ALGORITHM, "SHA2-224", .len = 28 },
	[HASH_SHA256] = { HASH_SHA256, BCRYPT_SHA256_ALGORITHM, "SHA2-256", .len = 32 },
	[HASH_SHA384] = { HASH_SHA384, BCRYPT_SHA384_ALGORITHM, "SHA2-384", .len = 48 },
	[HASH_SHA512] = { HASH_SHA512, BCRYPT_SHA512_ALGORITHM, "SHA2-512", .len = 64 },
	[HASH_SHA3_224] = { HASH_SHA3_224, CARD_EXT_SHA3_224_ALGORITHM, "SHA3-224", .len = 28 },
	[HASH_SHA3_256] = { HASH_SHA3_256, BCRYPT_SHA3_256_ALGORITHM, "SHA3-256", .len = 32 },
	[HASH_SHA3_384] = { HASH_SHA3_384, BCRYPT_SHA3_384_ALGORITHM, "SHA3-384", .len = 48 },
	[HASH_SHA3_512] = { HASH_SHA3_512, BCRYPT_SHA3_512_ALGORITHM, "SHA3-512", .len = 64 },
	[HASH_SHA512_224] = { HASH_SHA512_224, CARD_EXT_SHA512_224_ALGORITHM, "SHA2-512/224", .len = 28 },
	[HASH_SHA512_256] = { HASH_SHA512_256, CARD_EXT_SHA512_256_ALGORITHM, "SHA2-512/256", .len = 32 },
	[HASH_BLAKE2B_160] = { HASH_BLAKE2B_160, CARD_EXT_BLAKE2B_160_ALGORITHM, "BLAKE2B-512", .len = 20, .sized = true },
	[HASH_BLAKE2B_256] = { HASH_BLAKE2B_256, CARD_EXT_BLAKE2B_256_ALGORITHM, "BLAKE2B-512", .len = 32, .sized = true },
	[HASH_BLAKE2B_384] = { HASH_BLAKE2B_384, CARD_EXT_BLAKE2B_384_ALGORITHM, "BLAKE2B-512", .len = 48, .sized = true },
	[HASH_BLAKE2B_512] = { HASH_BLAKE2B_512, CARD_EXT_BLAKE2B_512_ALGORITHM, "BLAKE2B-512", .len = 64 },
	[HASH_SHAKE128] = { HASH_SHAKE128, BCRYPT_SHAKE128_ALGORITHM, "SHAKE-128", .len = 32, .xof = true },
	[HASH_SHAKE256] = { HASH_SHAKE256, BCRYPT_SHAKE256_ALGORITHM, "SHAKE-256", .len = 64, .xof = true },
	[HASH_MD2] = { HASH_MD2, BCRYPT_MD2_ALGORITHM, "MD2", .len = 16, .legacy = true },
	[HASH_MD4] = { HASH_MD4, BCRYPT_MD4_ALGORITHM, "MD4", .len = 16, .legacy = true },
};
_Static_assert(ARRAY_COUNT(hashes) == HASH_COUNT, "a row for each hash");

const struct hash *hash_of(enum hash_id id)
{
	return &hashes[(unsigned)id < HASH_COUNT ? id : HASH_SHA1];
}

static const struct hash *if_available(const struct hash *hash)
{
	return hash != NULL && hash_available(hash) ? hash : NULL;
}

/* What the host side names is the very string of this table. */
static const struct hash *find_string(const void *name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(hashes); i++) {
		if (name == hashes[i].name)
			return &hashes[i];
	}
	return NULL;
}

const struct hash *hash_by_name(struct span bytes)
{
	const struct hash *hash = find_string(bytes.data);

	if (hash != NULL && wide_is(bytes, hash->name))
		return if_available(hash);
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		if (wide_is(bytes, hashes[i].name))
			return if_available(&hashes[i]);
	}
	return NULL;
}

const struct hash *hash_named(LPCWSTR name)
{
	const struct hash *hash = find_string(name);

	for (size_t i = 0; hash == NULL && name != NULL && i < ARRAY_COUNT(hashes); i++) {
		if (wide_equal(name, hashes[i].name))
			hash = &hashes[i];
	}
	return if_available(hash);
}

bool hash_start(const struct ossl_digest_context *context, const struct hash *hash)
{
	return hash->sized ? ossl_digest_start_sized(context, hash->len) : ossl_digest_start(context);
}

bool hash_begin(struct ossl_digest_context *context, const struct hash *hash)
{
	const struct ossl_digest *digest = ossl_digest(hash->ossl);

	return digest != NULL && ossl_digest_begin(context, digest) && hash_start(context, hash);
}

bool hash_available(const struct hash *hash)
{
	const struct ossl_digest *digest;

	if (hash->legacy && !ossl_legacy())
		return false;
	digest = ossl_digest(hash->ossl);
	return digest != NULL && (!hash->sized || digest->takes_len);
}
