/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/hash_name.h"

#include "base/compiler.h"

struct name {
	CK_MECHANISM_TYPE mechanism;
	enum md_hash hash;
};

static const struct name digests[] = {
	{ CKM_MD5, MD_HASH_MD5 },
	{ CKM_SHA_1, MD_HASH_SHA1 },
	{ CKM_SHA224, MD_HASH_SHA224 },
	{ CKM_SHA256, MD_HASH_SHA256 },
	{ CKM_SHA384, MD_HASH_SHA384 },
	{ CKM_SHA512, MD_HASH_SHA512 },
	{ CKM_SHA512_224, MD_HASH_SHA512_224 },
	{ CKM_SHA512_256, MD_HASH_SHA512_256 },
	{ CKM_SHA3_224, MD_HASH_SHA3_224 },
	{ CKM_SHA3_256, MD_HASH_SHA3_256 },
	{ CKM_SHA3_384, MD_HASH_SHA3_384 },
	{ CKM_SHA3_512, MD_HASH_SHA3_512 },
};

static const struct name hmacs[] = {
	{ CKM_SHA_1_HMAC, MD_HASH_SHA1 },
	{ CKM_SHA224_HMAC, MD_HASH_SHA224 },
	{ CKM_SHA256_HMAC, MD_HASH_SHA256 },
	{ CKM_SHA384_HMAC, MD_HASH_SHA384 },
	{ CKM_SHA512_HMAC, MD_HASH_SHA512 },
	{ CKM_SHA512_224_HMAC, MD_HASH_SHA512_224 },
	{ CKM_SHA512_256_HMAC, MD_HASH_SHA512_256 },
	{ CKM_SHA3_224_HMAC, MD_HASH_SHA3_224 },
	{ CKM_SHA3_256_HMAC, MD_HASH_SHA3_256 },
	{ CKM_SHA3_384_HMAC, MD_HASH_SHA3_384 },
	{ CKM_SHA3_512_HMAC, MD_HASH_SHA3_512 },
};

static enum md_hash find(const struct name *names, size_t count, CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].mechanism == mechanism)
			return md_hash_available(names[i].hash) ? names[i].hash : MD_HASH_NONE;
	return MD_HASH_NONE;
}

enum md_hash cki_hash_of_digest(CK_MECHANISM_TYPE mechanism)
{
	return find(digests, ARRAY_COUNT(digests), mechanism);
}

enum md_hash cki_hash_of_hmac(CK_MECHANISM_TYPE mechanism)
{
	return find(hmacs, ARRAY_COUNT(hmacs), mechanism);
}
