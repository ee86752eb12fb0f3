/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv_hash.h"
#include "minidriver/kdf.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static BYTE agreement;

static void set_up(void)
{
	harness_open();
	agreement = harness_agree(1);
}

/* One block by the means of CNG alone: HASH with APPEND(counter || SharedInfo). */
static size_t block_by_hash(const struct hash *hash, uint8_t counter, struct span info, uint8_t ret_block[64])
{
	const uint8_t bytes[4] = { 0, 0, 0, counter };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	size_t len;

	harness_name(&list, hash->name);
	harness_param(&list, KDF_SECRET_APPEND, bytes, sizeof(bytes));
	harness_param(&list, KDF_SECRET_APPEND, info.data, info.len);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, &list, agreement, ret_block, &len), ERROR_SUCCESS);
	return len;
}

static void check_against_hash(const struct hash *hash, struct span info, size_t out_len)
{
	const DWORD bits = (DWORD)(8 * out_len);
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t key[512];
	uint8_t block[64];
	size_t len;

	harness_name(&list, hash->name);
	harness_param(&list, KDF_GENERIC_PARAMETER, info.data, info.len);
	harness_dword(&list, KDF_KEYBITLENGTH, &bits);
	ck_assert_code(harness_derive(CARD_EXT_KDF_X963, 0, &list, agreement, key, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, out_len);
	for (size_t at = 0; at < out_len; at += hash->len) {
		const size_t block_len = block_by_hash(hash, (uint8_t)(at / hash->len + 1), info, block);
		const size_t part = out_len - at < block_len ? out_len - at : block_len;

		ck_assert_mem_eq(key + at, block, part);
	}
}

START_TEST(each_block_is_hash_with_counter_and_shared_info_appended)
{
	static const size_t lens[] = { 1, 16, 24, 32, 64, 65, 200 };

	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);

		for (size_t i = 0; i < ARRAY_COUNT(lens) && !hash->xof && hash_available(hash); i++) {
			check_against_hash(hash, span_of("shared info", 11), lens[i]);
			check_against_hash(hash, SPAN_EMPTY, lens[i]);
		}
	}
}
END_TEST

START_TEST(without_a_length_it_is_one_hash)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t key[64];
	uint8_t block[64];
	size_t len;

	harness_name(&list, BCRYPT_SHA384_ALGORITHM);
	ck_assert_code(harness_derive(CARD_EXT_KDF_X963, 0, &list, agreement, key, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 48);
	(void)block_by_hash(hash_of(HASH_SHA384), 1, SPAN_EMPTY, block);
	ck_assert_mem_eq(key, block, 48);
}
END_TEST

START_TEST(nothing_is_a_secret_too)
{
	const struct harness_base nothing = { .from_key = true };
	static const uint8_t data[] = { 0, 0, 0, 1, 'i' };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t digest[64];

	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	harness_param(&list, KDF_GENERIC_PARAMETER, "i", 1);
	(void)harness_digest("SHA256", span_of(data, sizeof(data)), digest);
	harness_gives(nothing, CARD_EXT_KDF_X963, &list, span_of(digest, 32));
}
END_TEST

START_TEST(the_most_is_two_to_the_32_less_one_hashes)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct kdf_params params;

	harness_name(&list, BCRYPT_SHA1_ALGORITHM);
	ck_assert_code(kdf_params_read(&list.desc, &params), ERROR_SUCCESS);
	ck_assert_uint_eq(kdf_x963.max_len(&params, 32), (size_t)0xFFFFFFFF * 20);
	ck_assert_uint_eq(kdf_concat.max_len(&params, 32), (size_t)0xFFFFFFFF * 20);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_block_is_hash_with_counter_and_shared_info_appended);
	tcase_add_test(tc, without_a_length_it_is_one_hash);
	tcase_add_test(tc, nothing_is_a_secret_too);
	tcase_add_test(tc, the_most_is_two_to_the_32_less_one_hashes);
}

TEST_MAIN("minidriver/kdf_x963", add)
