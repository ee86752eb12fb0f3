/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/kdf.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

/* SP 800-56A, 5.8.1, written down a second time. */
static void expect(const char *digest, struct span z, struct span info, struct span out)
{
	uint8_t data[256];
	uint8_t block[64];
	size_t at = 0;

	for (uint8_t counter = 1; at < out.len; counter++) {
		size_t len;

		memcpy(data, (const uint8_t[]){ 0, 0, 0, counter }, 4);
		memcpy(data + 4, z.data, z.len);
		memcpy(data + 4 + z.len, info.data, info.len);
		len = harness_digest(digest, span_of(data, 4 + z.len + info.len), block);
		len = len < out.len - at ? len : out.len - at;
		ck_assert_mem_eq(out.data + at, block, len);
		at += len;
	}
}

static void fill(struct harness_list *list)
{
	harness_param(list, KDF_PARTYVINFO, "v", 1);
	harness_param(list, KDF_SUPPPRIVINFO, "private", 7);
	harness_param(list, KDF_ALGORITHMID, "alg", 3);
	harness_param(list, KDF_SUPPPUBINFO, "public", 6);
	harness_param(list, KDF_PARTYUINFO, "uu", 2);
}

START_TEST(other_info_is_joined_in_the_standards_order)
{
	static const DWORD bits = 8 * 100;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t key[100];
	uint8_t z[66];
	size_t len;
	const size_t z_len = fake_own_z(1, z);

	fill(&list);
	harness_name(&list, BCRYPT_SHA1_ALGORITHM);
	harness_dword(&list, KDF_KEYBITLENGTH, &bits);
	ck_assert_code(harness_derive(BCRYPT_KDF_SP80056A_CONCAT, 0, &list, harness_agree(1), key, &len),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(key));
	expect("SHA1", span_of(z, z_len), span_of("alguuvpublicprivate", 19), span_of(key, len));
}
END_TEST

START_TEST(without_a_hash_the_curve_decides)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };

	for (BYTE container = 0; container < 3; container++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t key[64];
		uint8_t z[66];
		size_t len;
		const size_t z_len = fake_own_z(container, z);

		fill(&list);
		ck_assert_code(
			harness_derive(BCRYPT_KDF_SP80056A_CONCAT, 0, &list, harness_agree(container), key, &len),
			ERROR_SUCCESS);
		ck_assert_uint_eq(len, container == 0 ? 32 : container == 1 ? 48 : 64);
		expect(digests[container], span_of(z, z_len), span_of("alguuvpublicprivate", 19), span_of(key, len));
	}
}
END_TEST

START_TEST(all_parts_may_be_empty_but_the_first_three_must_be_there)
{
	static const ULONG required[] = { KDF_ALGORITHMID, KDF_PARTYUINFO, KDF_PARTYVINFO };
	const BYTE index = harness_agree(0);
	uint8_t key[64];
	uint8_t z[66];
	size_t len;
	const size_t z_len = fake_own_z(0, z);

	for (size_t missing = 0; missing <= ARRAY_COUNT(required); missing++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		DWORD err;

		for (size_t i = 0; i < ARRAY_COUNT(required); i++) {
			if (i != missing)
				harness_param(&list, required[i], NULL, 0);
		}
		err = harness_derive(BCRYPT_KDF_SP80056A_CONCAT, 0, &list, index, key, &len);
		ck_assert_code(err, missing < ARRAY_COUNT(required) ? SCARD_E_INVALID_PARAMETER : ERROR_SUCCESS);
	}
	expect("SHA256", span_of(z, z_len), span_of("", 0), span_of(key, len));
}
END_TEST

/* One block by the means of CNG's oldest KDF: HASH with PREPEND(counter) and APPEND(OtherInfo). */
static void block_by_hash(const struct hash *hash, BYTE index, uint8_t counter, uint8_t ret_block[64])
{
	const uint8_t bytes[4] = { 0, 0, 0, counter };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	size_t len;

	harness_name(&list, hash->name);
	harness_param(&list, KDF_SECRET_PREPEND, bytes, sizeof(bytes));
	harness_param(&list, KDF_SECRET_APPEND, "alguuvpublicprivate", 19);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, &list, index, ret_block, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, hash->len);
}

START_TEST(each_hash_of_the_table_makes_blocks_of_its_own_length)
{
	static const DWORD bits = 8 * 150;
	const BYTE index = harness_agree(1);

	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t expected[256];

		if (hash->xof || !hash_available(hash))
			continue;
		for (size_t at = 0; at < bits / 8; at += hash->len)
			block_by_hash(hash, index, (uint8_t)(at / hash->len + 1), expected + at);
		fill(&list);
		harness_name(&list, hash->name);
		harness_dword(&list, KDF_KEYBITLENGTH, &bits);
		harness_gives(HARNESS_INDEX(index), BCRYPT_KDF_SP80056A_CONCAT, &list, span_of(expected, bits / 8));
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, other_info_is_joined_in_the_standards_order);
	tcase_add_test(tc, without_a_hash_the_curve_decides);
	tcase_add_test(tc, each_hash_of_the_table_makes_blocks_of_its_own_length);
	tcase_add_test(tc, all_parts_may_be_empty_but_the_first_three_must_be_there);
}

TEST_MAIN("minidriver/kdf_concat", add)
