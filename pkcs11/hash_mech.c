/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/hash_mech.h"

#include "base/compiler.h"

static const struct {
	CK_MECHANISM_TYPE digest;
	CK_MECHANISM_TYPE hmac;
	enum md_hash hash;
} hashes[] = {
	{ CKM_SHA_1, CKM_SHA_1_HMAC, MD_HASH_SHA1 },
	{ CKM_SHA224, CKM_SHA224_HMAC, MD_HASH_SHA224 },
	{ CKM_SHA256, CKM_SHA256_HMAC, MD_HASH_SHA256 },
	{ CKM_SHA384, CKM_SHA384_HMAC, MD_HASH_SHA384 },
	{ CKM_SHA512, CKM_SHA512_HMAC, MD_HASH_SHA512 },
	{ CKM_SHA512_224, CKM_SHA512_224_HMAC, MD_HASH_SHA512_224 },
	{ CKM_SHA512_256, CKM_SHA512_256_HMAC, MD_HASH_SHA512_256 },
	{ CKM_SHA3_224, CKM_SHA3_224_HMAC, MD_HASH_SHA3_224 },
	{ CKM_SHA3_256, CKM_SHA3_256_HMAC, MD_HASH_SHA3_256 },
	{ CKM_SHA3_384, CKM_SHA3_384_HMAC, MD_HASH_SHA3_384 },
	{ CKM_SHA3_512, CKM_SHA3_512_HMAC, MD_HASH_SHA3_512 },
};

enum md_hash cki_hash_of_digest(CK_MECHANISM_TYPE digest)
{
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++)
		if (hashes[i].digest == digest && md_hash_available(hashes[i].hash))
			return hashes[i].hash;
	return MD_HASH_NONE;
}

enum md_hash cki_hash_of_hmac(CK_MECHANISM_TYPE hmac)
{
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++)
		if (hashes[i].hmac == hmac && md_hash_available(hashes[i].hash))
			return hashes[i].hash;
	return MD_HASH_NONE;
}
