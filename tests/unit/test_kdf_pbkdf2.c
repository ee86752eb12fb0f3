/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_hash.h"
#include "minidriver/kdf.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static uint8_t z[66];
static size_t z_len;
static struct harness_base agreement;
static struct harness_base key;

static void set_up(void)
{
	harness_open();
	agreement = HARNESS_INDEX(harness_agree(2));
	z_len = fake_own_z(2, z);
	key = HARNESS_KEY(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)));
}

static void both_give(struct harness_list *list, struct span expected)
{
	harness_gives(agreement, BCRYPT_PBKDF2_ALGORITHM, list, expected);
	harness_gives(key, BCRYPT_PBKDF2_ALGORITHM, list, expected);
}

static void both_refuse(struct harness_list *list)
{
	ck_assert_code(harness_refuses(agreement, BCRYPT_PBKDF2_ALGORITHM, list), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_refuses(key, BCRYPT_PBKDF2_ALGORITHM, list), SCARD_E_INVALID_PARAMETER);
}

static void openssl_pbkdf2(const char *digest, struct span password, const char *salt, int iterations, struct span out)
{
	EVP_MD *md = EVP_MD_fetch(ossl_context(), digest, NULL);

	ck_assert_int_eq(PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.len, (const uint8_t *)salt,
					   (int)strlen(salt), iterations, md, (int)out.len,
					   (uint8_t *)(uintptr_t)out.data),
			 1);
	EVP_MD_free(md);
}

START_TEST(each_hash_length_and_count_gives_what_openssl_gives)
{
	static const size_t lens[] = { 1, 13, 16, 20, 64, 65, 200 };
	const uint64_t counts[] = { 1, 2, 1000 / test_step(100) };

	for (unsigned id = HASH_MD5; id <= HASH_SHA512_256; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);

		for (size_t i = 0; i < ARRAY_COUNT(lens) * ARRAY_COUNT(counts); i++) {
			const size_t len = lens[i % ARRAY_COUNT(lens)];
			const uint64_t count = counts[i / ARRAY_COUNT(lens)];
			const DWORD bits = (DWORD)(8 * len);
			struct harness_list list = { .desc = { .cBuffers = 0 } };
			uint8_t expected[200];

			if (count > 2 && len > 20)
				continue;
			harness_dword(&list, KDF_KEYBITLENGTH, &bits);
			harness_param(&list, KDF_ITERATION_COUNT, &count, sizeof(count));
			harness_param(&list, KDF_SALT, "salt", 4);
			harness_name(&list, hash->name);
			openssl_pbkdf2(hash->ossl, span_of(z, z_len), "salt", (int)count, span_of(expected, len));
			both_give(&list, span_of(expected, len));
		}
	}
}
END_TEST

START_TEST(without_a_count_it_is_10000_and_without_a_length_one_hash)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t expected[32];

	openssl_pbkdf2("SHA256", span_of(z, z_len), "salt", 10000, span_of(expected, 32));
	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	harness_param(&list, KDF_SALT, "salt", 4);
	both_give(&list, span_of(expected, 32));
}
END_TEST

START_TEST(password_and_salt_may_be_empty)
{
	static const uint64_t one = 1;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t expected[20];

	openssl_pbkdf2("SHA1", span_of("", 0), "", 1, span_of(expected, 20));
	harness_name(&list, BCRYPT_SHA1_ALGORITHM);
	harness_param(&list, KDF_ITERATION_COUNT, &one, sizeof(one));
	harness_gives(HARNESS_KEY(0), BCRYPT_PBKDF2_ALGORITHM, &list, span_of(expected, 20));
	harness_param(&list, KDF_SALT, NULL, 0);
	harness_gives(HARNESS_KEY(0), BCRYPT_PBKDF2_ALGORITHM, &list, span_of(expected, 20));
	openssl_pbkdf2("SHA1", span_of(z, z_len), "", 1, span_of(expected, 20));
	both_give(&list, span_of(expected, 20));
}
END_TEST

START_TEST(the_generic_parameter_is_the_salt_unless_there_is_one)
{
	static const uint64_t one = 1;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t expected[20];

	openssl_pbkdf2("SHA1", span_of(z, z_len), "salt", 1, span_of(expected, 20));
	harness_name(&list, BCRYPT_SHA1_ALGORITHM);
	harness_param(&list, KDF_ITERATION_COUNT, &one, sizeof(one));
	harness_param(&list, KDF_GENERIC_PARAMETER, "salt", 4);
	both_give(&list, span_of(expected, 20));
	harness_param(&list, KDF_SALT, "salt", 4);
	both_refuse(&list);
}
END_TEST

START_TEST(a_count_has_64_bits_and_is_not_0)
{
	static const uint64_t counts[] = { 1, 0xFFFFFFFF, 0x100000000, UINT64_MAX };
	static const uint64_t none = 0;
	struct harness_list zero = { .desc = { .cBuffers = 0 } };
	struct harness_list narrow = { .desc = { .cBuffers = 0 } };

	for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		harness_name(&list, BCRYPT_SHA512_ALGORITHM);
		harness_param(&list, KDF_ITERATION_COUNT, &counts[i], sizeof(counts[i]));
		ck_assert_uint_eq(harness_size(key, BCRYPT_PBKDF2_ALGORITHM, &list), 64);
	}
	harness_name(&zero, BCRYPT_SHA512_ALGORITHM);
	harness_param(&zero, KDF_ITERATION_COUNT, &none, sizeof(none));
	both_refuse(&zero);
	harness_name(&narrow, BCRYPT_SHA512_ALGORITHM);
	harness_param(&narrow, KDF_ITERATION_COUNT, &counts[0], 4);
	both_refuse(&narrow);
}
END_TEST

/* A salt that is longer than an int is refused before it is read. */
START_TEST(lengths_end_where_openssl_counts_in_an_int)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	static const DWORD longest = 0xFFFFFFF8;
	struct kdf_params params = { .hash = hash_of(HASH_SHA1) };

	harness_name(&list, BCRYPT_SHA1_ALGORITHM);
	harness_dword(&list, KDF_KEYBITLENGTH, &longest);
	ck_assert_uint_eq(harness_size(key, BCRYPT_PBKDF2_ALGORITHM, &list), longest / 8);
	ck_assert_uint_eq(kdf_pbkdf2.max_len(&params, INT_MAX), INT_MAX);
	ck_assert_uint_eq(kdf_pbkdf2.max_len(&params, (size_t)INT_MAX + 1), 0);
	harness_param(&list, KDF_SALT, "salt", INT_MAX);
	ck_assert_uint_eq(harness_size(key, BCRYPT_PBKDF2_ALGORITHM, &list), longest / 8);
	list.buffers[list.desc.cBuffers - 1].cbBuffer = (ULONG)INT_MAX + 1;
	both_refuse(&list);
}
END_TEST

START_TEST(a_hash_is_required_and_no_shake)
{
	static const LPCWSTR hashes[] = { BCRYPT_SHAKE128_ALGORITHM, CARD_EXT_BLAKE2B_256_ALGORITHM, u"MD4" };
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	both_refuse(NULL);
	harness_param(&list, KDF_SALT, "salt", 4);
	both_refuse(&list);
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		struct harness_list bad = { .desc = { .cBuffers = 0 } };

		harness_name(&bad, hashes[i]);
		both_refuse(&bad);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_hash_length_and_count_gives_what_openssl_gives);
	tcase_add_test(tc, without_a_count_it_is_10000_and_without_a_length_one_hash);
	tcase_add_test(tc, password_and_salt_may_be_empty);
	tcase_add_test(tc, the_generic_parameter_is_the_salt_unless_there_is_one);
	tcase_add_test(tc, a_count_has_64_bits_and_is_not_0);
	tcase_add_test(tc, lengths_end_where_openssl_counts_in_an_int);
	tcase_add_test(tc, a_hash_is_required_and_no_shake);
}

TEST_MAIN("minidriver/kdf_pbkdf2", add)
