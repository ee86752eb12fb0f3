/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The KDF CAPI_KDF, from agreements and from session keys. */
#include "config.h"

#include <string.h>

#include "minidriver/drv_hash.h"
#include "minidriver/kdf_capi.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

static const struct {
	LPCWSTR name;
	const char *ossl;
	size_t len;
} hashes[] = {
	{ BCRYPT_MD5_ALGORITHM, "MD5", 16 },       { BCRYPT_SHA1_ALGORITHM, "SHA1", 20 },
	{ BCRYPT_SHA256_ALGORITHM, "SHA256", 32 }, { BCRYPT_SHA384_ALGORITHM, "SHA384", 48 },
	{ BCRYPT_SHA512_ALGORITHM, "SHA512", 64 },
};

static uint8_t z[66];
static size_t z_len;
static struct harness_base agreement;
static struct harness_base key;

static void set_up(void)
{
	harness_open();
	agreement = HARNESS_INDEX(harness_agree(1));
	z_len = fake_own_z(1, z);
	key = HARNESS_KEY(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)));
}

/* H(36.. XOR h) || H(5C.. XOR h), written down a second time. */
static void expanded(const char *hash, struct span value, uint8_t *ret_halves)
{
	for (size_t half = 0; half < 2; half++) {
		uint8_t block[64];
		uint8_t digest[64];
		size_t len;

		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (half == 0 ? 0x36 : 0x5C) ^ (i < value.len ? value.data[i] : 0);
		len = harness_digest(hash, span_of(block, sizeof(block)), digest);
		memcpy(ret_halves + half * len, digest, len);
	}
}

/* A list points into itself: it is filled where it stays. */
static void fill(struct harness_list *list, size_t hash, const DWORD *bits)
{
	harness_name(list, hashes[hash].name);
	if (bits != NULL)
		harness_dword(list, KDF_KEYBITLENGTH, bits);
}

static void both_give(size_t hash, const DWORD *bits, struct span expected)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	fill(&list, hash, bits);
	harness_gives(agreement, BCRYPT_CAPI_KDF_ALGORITHM, &list, expected);
	harness_gives(key, BCRYPT_CAPI_KDF_ALGORITHM, &list, expected);
}

START_TEST(up_to_the_hash_its_leading_bytes_and_beyond_it_the_expansion)
{
	for (size_t h = 0; h < ARRAY_COUNT(hashes); h++) {
		uint8_t value[64];
		uint8_t halves[128];
		const size_t len = harness_digest(hashes[h].ossl, span_of(z, z_len), value);

		ck_assert_uint_eq(len, hashes[h].len);
		expanded(hashes[h].ossl, span_of(value, len), halves);
		both_give(h, NULL, span_of(value, len));
		for (size_t n = 1; n <= 2 * len; n += n == 1 || n == len || n == 2 * len - 1 ? 1 : 7) {
			const DWORD bits = (DWORD)(8 * n);

			both_give(h, &bits, span_of(n <= len ? value : halves, n));
		}
	}
}
END_TEST

START_TEST(more_than_two_hashes_are_refused)
{
	for (size_t h = 0; h < ARRAY_COUNT(hashes); h++) {
		const DWORD bits[] = { (DWORD)(8 * (2 * hashes[h].len + 1)), 0xFFFFFFF8 };

		for (size_t i = 0; i < ARRAY_COUNT(bits); i++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };

			fill(&list, h, &bits[i]);
			ck_assert_code(harness_refuses(agreement, BCRYPT_CAPI_KDF_ALGORITHM, &list),
				       SCARD_E_INVALID_PARAMETER);
			ck_assert_code(harness_refuses(key, BCRYPT_CAPI_KDF_ALGORITHM, &list),
				       SCARD_E_INVALID_PARAMETER);
		}
	}
}
END_TEST

/* A key of a session key with flags of dwFlags; its bytes. */
static void derive_key(DWORD flags, struct harness_list *list, LPCWSTR alg, struct span expected)
{
	CARD_DERIVE_KEY info = { .dwVersion = 2,
				 .dwFlags = CARD_RETURN_KEY_HANDLE | flags,
				 .pwszKDF = BCRYPT_CAPI_KDF_ALGORITHM,
				 .pParameterList = &list->desc,
				 .pwszAlgId = (LPWSTR)(uintptr_t)alg,
				 .dwKeyLen = (DWORD)(8 * expected.len) };
	uint8_t found[64];
	size_t len;

	ck_assert_code(harness_derive_from(key, &info), ERROR_SUCCESS);
	ck_assert_code(harness_keys()->pfnKeyExport(harness_card, info.hKey, found, sizeof(found), &len),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, expected.len);
	ck_assert_mem_eq(found, expected.data, len);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, info.hKey), ERROR_SUCCESS);
}

START_TEST(the_flag_for_aes_expands_what_is_long_enough)
{
	for (size_t h = 0; h < ARRAY_COUNT(hashes); h++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t value[64];
		uint8_t halves[128];
		uint8_t found[128];
		size_t found_len;
		const size_t len = harness_digest(hashes[h].ossl, span_of(z, z_len), value);

		fill(&list, h, NULL);
		expanded(hashes[h].ossl, span_of(value, len), halves);
		derive_key(BCRYPT_CAPI_AES_FLAG, &list, CARD_AES_ALGORITHM, span_of(halves, 16));
		derive_key(0, &list, CARD_AES_ALGORITHM, span_of(value, 16));
		ck_assert_code(harness_derive(BCRYPT_CAPI_KDF_ALGORITHM, BCRYPT_CAPI_AES_FLAG, &list, agreement.index,
					      found, &found_len),
			       ERROR_SUCCESS);
		ck_assert_uint_eq(found_len, len);
		ck_assert_mem_eq(found, halves, len);
	}
}
END_TEST

START_TEST(the_flag_is_of_no_other_kdf)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t found[64];
	size_t len;

	fill(&list, 1, NULL);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, BCRYPT_CAPI_AES_FLAG, &list, agreement.index, found, &len),
		       SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(keys_of_the_des_family_get_odd_parity)
{
	static const struct {
		LPCWSTR alg;
		size_t len;
	} des[] = { { CARD_EXT_DES_ALGORITHM, 8 }, { CARD_3DES_112_ALGORITHM, 16 }, { CARD_3DES_ALGORITHM, 24 } };
	uint8_t value[64];
	uint8_t halves[128];
	const size_t len = harness_digest("SHA1", span_of(z, z_len), value);

	expanded("SHA1", span_of(value, len), halves);
	for (size_t d = 0; d < ARRAY_COUNT(des); d++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t expected[24];

		fill(&list, 1, NULL);
		memcpy(expected, des[d].len <= len ? value : halves, des[d].len);
		for (size_t i = 0; i < des[d].len; i++) {
			expected[i] &= 0xFE;
			expected[i] |= (uint8_t)(__builtin_popcount(expected[i]) % 2 == 0);
		}
		derive_key(0, &list, des[d].alg, span_of(expected, des[d].len));
	}
}
END_TEST

/* What is wrong with a list: no hash, one with too long a block, one whose length is a parameter, other parameters. */
START_TEST(a_hash_of_64_bytes_at_most_and_nothing_else_is_taken)
{
	static const LPCWSTR bad[] = { BCRYPT_SHAKE128_ALGORITHM, u"SHA-1", u"" };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct harness_list more = { .desc = { .cBuffers = 0 } };

	ck_assert_code(harness_refuses(key, BCRYPT_CAPI_KDF_ALGORITHM, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_refuses(key, BCRYPT_CAPI_KDF_ALGORITHM, &list), SCARD_E_INVALID_PARAMETER);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct harness_list wrong = { .desc = { .cBuffers = 0 } };

		harness_name(&wrong, bad[i]);
		ck_assert_code(harness_refuses(key, BCRYPT_CAPI_KDF_ALGORITHM, &wrong), SCARD_E_INVALID_PARAMETER);
	}
	fill(&more, 1, NULL);
	harness_param(&more, KDF_SECRET_PREPEND, "x", 1);
	ck_assert_code(harness_refuses(key, BCRYPT_CAPI_KDF_ALGORITHM, &more), SCARD_E_INVALID_PARAMETER);
}
END_TEST

static const struct hash *hash_of_vector(const struct vectors *vectors, size_t record)
{
	ck_assert(vectors_is(vectors, record, "hash", "SHA1"));
	return hash_of(HASH_SHA1);
}

START_TEST(data_give_what_windows_gives)
{
	AUTO_VECTORS *vectors = vectors_load("kdf-capi-windows.vec");

	ck_assert_uint_eq(vectors_count(vectors), 2);
	for (size_t i = 0; i < vectors_count(vectors); i++) {
		const struct span data = vectors_bytes(vectors, i, "data");
		const struct span expected = vectors_bytes(vectors, i, "key");
		const DWORD bits = (DWORD)(8 * expected.len);
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		struct harness_base base = HARNESS_KEY(0);
		uint8_t value[64];
		uint8_t found[64];

		fill(&list, 1, &bits);
		if (data.len != 0)
			base = HARNESS_KEY(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, data));
		harness_gives(base, BCRYPT_CAPI_KDF_ALGORITHM, &list, expected);
		/* and what CryptDeriveKey calls, with a value that is hashed already */
		ck_assert_uint_eq(harness_digest("SHA1", data, value), 20);
		ck_assert_code(kdf_capi_from_value(&(struct kdf_capi){ .hash = hash_of_vector(vectors, i),
								       .value = span_of(value, 20),
								       .out = found,
								       .out_len = expected.len }),
			       ERROR_SUCCESS);
		ck_assert_mem_eq(found, expected.data, expected.len);
	}
}
END_TEST

START_TEST(a_value_of_another_length_than_the_hashs_is_refused)
{
	static const uint8_t value[64];
	uint8_t found[64];

	for (size_t len = 0; len <= sizeof(value); len++) {
		const struct kdf_capi request = {
			.hash = hash_of(HASH_SHA1), .value = span_of(value, len), .out = found, .out_len = 1
		};

		ck_assert_code(kdf_capi_from_value(&request), len == 20 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, up_to_the_hash_its_leading_bytes_and_beyond_it_the_expansion);
	tcase_add_test(tc, more_than_two_hashes_are_refused);
	tcase_add_test(tc, the_flag_for_aes_expands_what_is_long_enough);
	tcase_add_test(tc, the_flag_is_of_no_other_kdf);
	tcase_add_test(tc, keys_of_the_des_family_get_odd_parity);
	tcase_add_test(tc, a_hash_of_64_bytes_at_most_and_nothing_else_is_taken);
	tcase_add_test(tc, data_give_what_windows_gives);
	tcase_add_test(tc, a_value_of_another_length_than_the_hashs_is_refused);
}

TEST_MAIN("minidriver/kdf_capi", add)
