/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/integration/second_opinion.h"

#include "base/compiler.h"

static const struct p11_hash hashes[] = {
	{ CKM_SHA_1, CKM_SHA_1_HMAC, "SHA1", "SHA1", 20 },
	{ CKM_SHA224, CKM_SHA224_HMAC, "SHA224", "SHA224", 28 },
	{ CKM_SHA256, CKM_SHA256_HMAC, "SHA256", "SHA256", 32 },
	{ CKM_SHA384, CKM_SHA384_HMAC, "SHA384", "SHA384", 48 },
	{ CKM_SHA512, CKM_SHA512_HMAC, "SHA512", "SHA512", 64 },
	{ CKM_SHA3_224, CKM_SHA3_224_HMAC, "SHA3-224", "SHA3_224", 28 },
	{ CKM_SHA3_256, CKM_SHA3_256_HMAC, "SHA3-256", "SHA3_256", 32 },
	{ CKM_SHA3_384, CKM_SHA3_384_HMAC, "SHA3-384", "SHA3_384", 48 },
	{ CKM_SHA3_512, CKM_SHA3_512_HMAC, "SHA3-512", "SHA3_512", 64 },
};

const struct p11_hash *p11_hash_find(CK_MECHANISM_TYPE hash_or_hmac)
{
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++)
		if (hashes[i].hash == hash_or_hmac || hashes[i].hmac == hash_or_hmac)
			return &hashes[i];
	return NULL;
}

const struct p11_hash *p11_hash_at(size_t i)
{
	return i < ARRAY_COUNT(hashes) ? &hashes[i] : NULL;
}

#define X963(d, h, len) { d, #d, h, false, len }
#define CONCAT(d, h, len) { d, #d, h, true, len }

static const struct p11_ckd ckds[] = {
	{ CKD_NULL, "CKD_NULL", NULL, false, 0 },
	X963(CKD_SHA1_KDF, "SHA1", 20),
	X963(CKD_SHA224_KDF, "SHA224", 28),
	X963(CKD_SHA256_KDF, "SHA256", 32),
	X963(CKD_SHA384_KDF, "SHA384", 48),
	X963(CKD_SHA512_KDF, "SHA512", 64),
	X963(CKD_SHA3_224_KDF, "SHA3-224", 28),
	X963(CKD_SHA3_256_KDF, "SHA3-256", 32),
	X963(CKD_SHA3_384_KDF, "SHA3-384", 48),
	X963(CKD_SHA3_512_KDF, "SHA3-512", 64),
	CONCAT(CKD_SHA1_KDF_SP800, "SHA1", 20),
	CONCAT(CKD_SHA224_KDF_SP800, "SHA224", 28),
	CONCAT(CKD_SHA256_KDF_SP800, "SHA256", 32),
	CONCAT(CKD_SHA384_KDF_SP800, "SHA384", 48),
	CONCAT(CKD_SHA512_KDF_SP800, "SHA512", 64),
	CONCAT(CKD_SHA3_224_KDF_SP800, "SHA3-224", 28),
	CONCAT(CKD_SHA3_256_KDF_SP800, "SHA3-256", 32),
	CONCAT(CKD_SHA3_384_KDF_SP800, "SHA3-384", 48),
	CONCAT(CKD_SHA3_512_KDF_SP800, "SHA3-512", 64),
	X963(CKD_BLAKE2B_160_KDF, "BLAKE2B-160", 20),
	X963(CKD_BLAKE2B_256_KDF, "BLAKE2B-256", 32),
	X963(CKD_BLAKE2B_384_KDF, "BLAKE2B-384", 48),
	X963(CKD_BLAKE2B_512_KDF, "BLAKE2B-512", 64),
};

const struct p11_ckd *p11_ckd_find(CK_ULONG ckd)
{
	for (size_t i = 0; i < ARRAY_COUNT(ckds); i++)
		if (ckds[i].ckd == ckd)
			return &ckds[i];
	return NULL;
}

const struct p11_ckd *p11_ckd_at(size_t i)
{
	return i < ARRAY_COUNT(ckds) ? &ckds[i] : NULL;
}

/* PKCS#11 3.1, 6.29.3: CKP_PKCS5_PBKD2_HMAC_*; 2 is GOST's. */
static const struct p11_pbkdf2_prf pbkdf2_prfs[] = {
	{ 1, "SHA1" },   { 3, "SHA224" }, { 4, "SHA256" },     { 5, "SHA384" },
	{ 6, "SHA512" }, { 7, "SHA512-224" }, { 8, "SHA512-256" },
};

const struct p11_pbkdf2_prf *p11_pbkdf2_prf_at(size_t i)
{
	return i < ARRAY_COUNT(pbkdf2_prfs) ? &pbkdf2_prfs[i] : NULL;
}

/* Base and Strong Provider Key Lengths, AES Provider Algorithms (Windows documentation) */
static const struct capi_cipher capi_ciphers[] = {
	{ 0x6602, CKK_RC2, 40, 128, 16, .expanded = false },  { 0x6801, CKK_RC4, 40, 128, 16, .expanded = false },
	{ 0x6601, CKK_DES, 64, 64, 8, .expanded = false },    { 0x6609, CKK_DES2, 128, 128, 16, .expanded = false },
	{ 0x6603, CKK_DES3, 192, 192, 24, .expanded = true }, { 0x660E, CKK_AES, 128, 128, 16, .expanded = true },
	{ 0x660F, CKK_AES, 192, 192, 24, .expanded = true },  { 0x6610, CKK_AES, 256, 256, 32, .expanded = true },
};

const struct capi_cipher *capi_cipher_find(CK_ULONG alg_id)
{
	for (size_t i = 0; i < ARRAY_COUNT(capi_ciphers); i++)
		if (capi_ciphers[i].alg_id == alg_id)
			return &capi_ciphers[i];
	return NULL;
}

const struct capi_cipher *capi_cipher_at(size_t i)
{
	return i < ARRAY_COUNT(capi_ciphers) ? &capi_ciphers[i] : NULL;
}

static const struct p11_hash capi_hashes[] = {
	{ CKM_MD5, CKM_MD5_HMAC, "MD5", "MD5", 16 },
	{ CKM_SHA_1, CKM_SHA_1_HMAC, "SHA1", "SHA1", 20 },
	{ CKM_SHA256, CKM_SHA256_HMAC, "SHA256", "SHA256", 32 },
	{ CKM_SHA384, CKM_SHA384_HMAC, "SHA384", "SHA384", 48 },
	{ CKM_SHA512, CKM_SHA512_HMAC, "SHA512", "SHA512", 64 },
};

const struct p11_hash *capi_hash_find(CK_MECHANISM_TYPE hash)
{
	for (size_t i = 0; i < ARRAY_COUNT(capi_hashes); i++)
		if (capi_hashes[i].hash == hash)
			return &capi_hashes[i];
	return NULL;
}

const struct p11_hash *capi_hash_at(size_t i)
{
	return i < ARRAY_COUNT(capi_hashes) ? &capi_hashes[i] : NULL;
}
