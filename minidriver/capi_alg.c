/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/capi.h"
#include "minidriver/wide.h"

#define BITS_IN_BYTE 8u
#define SALTED_LEN 5u  /* 40 bits */
#define FILLED_LEN 16u /* a key and its salt */

/* Lengths: sdk-api, "Base Provider Key Lengths", "Strong ..", "Enhanced Provider Algorithms", "AES Provider ..". */
static const struct capi_alg algs[] = {
#define ONE(length) { length, length, length }
#define FROM_40                                                                                                    \
	{ [CAPI_BASE] = { 40, 40, 56 }, [CAPI_STRONG] = { 40, 128, 128 }, [CAPI_ENHANCED] = { 40, 128, 128 },      \
	  [CAPI_AES] = { 40, 128, 128 } }
	{ .id = CALG_RC2, .name = "RC2", .long_name = "RSA Data Security's RC2", .key_alg = CARD_EXT_RC2_ALGORITHM,
	  .block = 8, .salted = true, .bits = FROM_40 },
	{ .id = CALG_RC4, .name = "RC4", .long_name = "RSA Data Security's RC4", .key_alg = CARD_EXT_RC4_ALGORITHM,
	  .salted = true, .bits = FROM_40 },
	{ .id = CALG_DES, .name = "DES", .long_name = "Data Encryption Standard (DES)",
	  .key_alg = CARD_EXT_DES_ALGORITHM, .block = 8, .stored = 64,
	  .bits = { [CAPI_BASE] = ONE(56), [CAPI_STRONG] = ONE(56), [CAPI_ENHANCED] = ONE(56), [CAPI_AES] = ONE(56) } },
	{ .id = CALG_3DES_112, .name = "3DES TWO KEY", .long_name = "Two Key Triple DES",
	  .key_alg = CARD_3DES_112_ALGORITHM, .block = 8, .stored = 128,
	  .bits = { [CAPI_STRONG] = ONE(112), [CAPI_ENHANCED] = ONE(112), [CAPI_AES] = ONE(112) } },
	{ .id = CALG_3DES, .name = "3DES", .long_name = "Three Key Triple DES", .key_alg = CARD_3DES_ALGORITHM,
	  .block = 8, .stored = 192, .expanded = true,
	  .bits = { [CAPI_STRONG] = ONE(168), [CAPI_ENHANCED] = ONE(168), [CAPI_AES] = ONE(168) } },
	{ .id = CALG_AES_128, .name = "AES 128", .long_name = "Advanced Encryption Standard (128)",
	  .key_alg = CARD_AES_ALGORITHM, .block = 16, .expanded = true, .bits = { [CAPI_AES] = ONE(128) } },
	{ .id = CALG_AES_192, .name = "AES 192", .long_name = "Advanced Encryption Standard (192)",
	  .key_alg = CARD_AES_ALGORITHM, .block = 16, .expanded = true, .bits = { [CAPI_AES] = ONE(192) } },
	{ .id = CALG_AES_256, .name = "AES 256", .long_name = "Advanced Encryption Standard (256)",
	  .key_alg = CARD_AES_ALGORITHM, .block = 16, .expanded = true, .bits = { [CAPI_AES] = ONE(256) } },
#undef ONE
#undef FROM_40
};

static const struct capi_hash_alg hashes[] = {
	{ CALG_MD2, "MD2", "Message Digest 2 (MD2)", HASH_MD2, .sha2 = false },
	{ CALG_MD4, "MD4", "Message Digest 4 (MD4)", HASH_MD4, .sha2 = false },
	{ CALG_MD5, "MD5", "Message Digest 5 (MD5)", HASH_MD5, .sha2 = false },
	{ CALG_SHA1, "SHA-1", "Secure Hash Algorithm (SHA-1)", HASH_SHA1, .sha2 = false },
	{ CALG_SHA_256, "SHA-256", "Secure Hash Algorithm (SHA-256)", HASH_SHA256, .sha2 = true },
	{ CALG_SHA_384, "SHA-384", "Secure Hash Algorithm (SHA-384)", HASH_SHA384, .sha2 = true },
	{ CALG_SHA_512, "SHA-512", "Secure Hash Algorithm (SHA-512)", HASH_SHA512, .sha2 = true },
};

static bool served(const struct capi_alg *alg, enum capi_kind_of_provider kind)
{
	const struct key_alg *key_alg = key_alg_by_name(alg->key_alg);

	return alg->bits[kind].most != 0 && key_alg != NULL && (!key_alg->legacy || ossl_legacy());
}

static bool hash_served(const struct capi_hash_alg *alg, enum capi_kind_of_provider kind)
{
	return (!alg->sha2 || kind == CAPI_AES) && hash_available(hash_of(alg->hash));
}

const struct capi_alg *capi_alg_row(enum capi_kind_of_provider kind, ALG_ID id)
{
	for (size_t i = 0; i < ARRAY_COUNT(algs); i++) {
		if (algs[i].id == id)
			return algs[i].bits[kind].most != 0 ? &algs[i] : NULL;
	}
	return NULL;
}

const struct capi_alg *capi_alg_find(enum capi_kind_of_provider kind, ALG_ID id)
{
	const struct capi_alg *alg = capi_alg_row(kind, id);

	return alg != NULL && served(alg, kind) ? alg : NULL;
}

const struct capi_hash_alg *capi_hash_alg_find(enum capi_kind_of_provider kind, ALG_ID id)
{
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		if (hashes[i].id == id)
			return hash_served(&hashes[i], kind) ? &hashes[i] : NULL;
	}
	return NULL;
}

const struct capi_hash_alg *capi_hash_alg_named(LPCWSTR name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(hashes); i++) {
		if (wide_equal(name, hash_of(hashes[i].hash)->name))
			return &hashes[i];
	}
	return NULL;
}

DWORD capi_alg_len(const struct capi_alg *alg, enum capi_kind_of_provider kind, DWORD bits, size_t *ret_len)
{
	const struct capi_bits *lengths = &alg->bits[kind];

	if (bits == 0)
		bits = lengths->usual;
	if (alg->stored != 0) {
		if (bits != lengths->usual && bits != alg->stored)
			return NTE_BAD_FLAGS;
		bits = alg->stored;
	} else if (bits < lengths->least || bits > lengths->most || bits % BITS_IN_BYTE != 0) {
		return NTE_BAD_DATA;
	}
	*ret_len = bits / BITS_IN_BYTE;
	return ERROR_SUCCESS;
}

/*
 * A key of 40 bits has 11 bytes of salt, zero unless asked for; a salt that is asked for fills any key up to 128 bits.
 * Enhanced alone understands CRYPT_CREATE_SALT for 40 bits as no salt at all (Wine's tests, run on Windows).
 */
size_t capi_alg_salt_len(const struct capi_alg *alg, enum capi_kind_of_provider kind, size_t key_len, DWORD flags)
{
	const bool created = (flags & CRYPT_CREATE_SALT) != 0;

	if (!alg->salted || key_len > FILLED_LEN)
		return 0;
	if (key_len != SALTED_LEN)
		return created ? FILLED_LEN - key_len : 0;
	if (created)
		return kind == CAPI_ENHANCED ? 0 : CAPI_SALT_LEN;
	return (flags & CRYPT_NO_SALT) != 0 ? 0 : CAPI_SALT_LEN;
}

/* ---- enumeration ------------------------------------------------------------------------------------ */

static void describe(PROV_ENUMALGS_EX *alg, const char *name, const char *long_name)
{
	(void)snprintf(alg->szName, sizeof(alg->szName), "%s", name);
	(void)snprintf(alg->szLongName, sizeof(alg->szLongName), "%s", long_name);
	alg->dwNameLen = (DWORD)strlen(alg->szName) + 1;
	alg->dwLongNameLen = (DWORD)strlen(alg->szLongName) + 1;
}

bool capi_alg_enum(enum capi_kind_of_provider kind, size_t index, PROV_ENUMALGS_EX *ret_alg)
{
	memset(ret_alg, 0, sizeof(*ret_alg));
	for (size_t i = 0; i < ARRAY_COUNT(algs); i++) {
		if (!served(&algs[i], kind) || index-- != 0)
			continue;
		ret_alg->aiAlgid = algs[i].id;
		ret_alg->dwDefaultLen = algs[i].bits[kind].usual;
		ret_alg->dwMinLen = algs[i].bits[kind].least;
		ret_alg->dwMaxLen = algs[i].bits[kind].most;
		describe(ret_alg, algs[i].name, algs[i].long_name);
		return true;
	}
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		if (!hash_served(&hashes[i], kind) || index-- != 0)
			continue;
		ret_alg->aiAlgid = hashes[i].id;
		ret_alg->dwDefaultLen = (DWORD)hash_of(hashes[i].hash)->len * BITS_IN_BYTE;
		ret_alg->dwMinLen = ret_alg->dwDefaultLen;
		ret_alg->dwMaxLen = ret_alg->dwDefaultLen;
		describe(ret_alg, hashes[i].name, hashes[i].long_name);
		return true;
	}
	return false;
}
