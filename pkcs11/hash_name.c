/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/hash_name.h"

#include "base/compiler.h"

static const struct {
	CK_MECHANISM_TYPE mechanism;
	enum md_hash hash;
} digests[] = {
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

enum md_hash cki_hash_of_digest(CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i < ARRAY_COUNT(digests); i++)
		if (digests[i].mechanism == mechanism)
			return md_hash_available(digests[i].hash) ? digests[i].hash : MD_HASH_NONE;
	return MD_HASH_NONE;
}
