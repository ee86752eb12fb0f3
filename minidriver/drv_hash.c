/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_hash.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/wide.h"

static const struct hash hashes[] = {
	[HASH_MD5] = { HASH_MD5, BCRYPT_MD5_ALGORITHM, "MD5", 16 },
	[HASH_SHA1] = { HASH_SHA1, BCRYPT_SHA1_ALGORITHM, "SHA1", 20 },
	[HASH_SHA224] = { HASH_SHA224, CARD_EXT_SHA224_ALGORITHM, "SHA2-224", 28 },
	[HASH_SHA256] = { HASH_SHA256, BCRYPT_SHA256_ALGORITHM, "SHA2-256", 32 },
	[HASH_SHA384] = { HASH_SHA384, BCRYPT_SHA384_ALGORITHM, "SHA2-384", 48 },
	[HASH_SHA512] = { HASH_SHA512, BCRYPT_SHA512_ALGORITHM, "SHA2-512", 64 },
	[HASH_SHA3_224] = { HASH_SHA3_224, CARD_EXT_SHA3_224_ALGORITHM, "SHA3-224", 28 },
	[HASH_SHA3_256] = { HASH_SHA3_256, CARD_EXT_SHA3_256_ALGORITHM, "SHA3-256", 32 },
	[HASH_SHA3_384] = { HASH_SHA3_384, CARD_EXT_SHA3_384_ALGORITHM, "SHA3-384", 48 },
	[HASH_SHA3_512] = { HASH_SHA3_512, CARD_EXT_SHA3_512_ALGORITHM, "SHA3-512", 64 },
	[HASH_SHA512_224] = { HASH_SHA512_224, CARD_EXT_SHA512_224_ALGORITHM, "SHA2-512/224", 28 },
	[HASH_SHA512_256] = { HASH_SHA512_256, CARD_EXT_SHA512_256_ALGORITHM, "SHA2-512/256", 32 },
	[HASH_BLAKE2B_512] = { HASH_BLAKE2B_512, CARD_EXT_BLAKE2B_512_ALGORITHM, "BLAKE2B-512", 64 },
};
_Static_assert(ARRAY_COUNT(hashes) == HASH_COUNT, "a row for each hash");

const struct hash *hash_of(enum hash_id id)
{
	return &hashes[(unsigned)id < HASH_COUNT ? id : HASH_SHA1];
}

const struct hash *hash_by_name(struct span bytes)
{
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		if (wide_is(bytes, hashes[i].name))
			return &hashes[i];
	}
	return NULL;
}

const struct hash *hash_by_text(LPCWSTR name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(hashes); i++) {
		if (wide_equal(name, hashes[i].name))
			return &hashes[i];
	}
	return NULL;
}
