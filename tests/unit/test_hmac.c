/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/hmac.h"
#include "tests/unit/test.h"

static const uint8_t key[200] = { 1, 2, 3 };
static const uint8_t text[300] = { 9, 8, 7 };

static const enum hash_id ids[] = { HASH_MD5,      HASH_SHA1,     HASH_SHA224,     HASH_SHA256,     HASH_SHA384,
				    HASH_SHA512,   HASH_SHA3_224, HASH_SHA3_256,   HASH_SHA3_512,   HASH_SHA512_224,
				    HASH_SHA512_256, HASH_BLAKE2B_512 };
/* about the lengths of the blocks: 64, 72, 128, 144 */
static const size_t key_lens[] = { 0, 1, 63, 64, 65, 72, 73, 128, 129, 144, 145, 200 };

static void set_up(void)
{
	ck_assert(ossl_acquire());
}

static void check_result(struct hmac *hmac, const struct hash *hash, size_t key_len, size_t text_len)
{
	const size_t half = text_len / 2;
	uint8_t expected[64];
	uint8_t got[64];
	size_t len = 0;

	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), "HMAC", NULL, hash->ossl, NULL, key, key_len, text, text_len,
					expected, sizeof(expected), &len));
	ck_assert_uint_eq(hmac->len, len);
	ck_assert(hmac_feed(hmac, span_of(text, half)));
	ck_assert(hmac_feed(hmac, SPAN_EMPTY));
	ck_assert(hmac_feed(hmac, span_of(text + half, text_len - half)));
	ck_assert(hmac_finish(hmac, got));
	ck_assert_mem_eq(got, expected, len);
}

START_TEST(each_hash_and_length_of_key_agrees_with_openssl)
{
	const struct hash *hash = hash_of(ids[_i]);

	for (size_t i = 0; i < ARRAY_COUNT(key_lens); i++) {
		AUTO(hmac_end) struct hmac hmac = HMAC_INIT;

		ck_assert_uint_eq(hmac_key(&hmac, hash, span_of(key, key_lens[i])), ERROR_SUCCESS);
		/* before and after it is prepared, and prepared twice */
		for (size_t round = 0; round < 3; round++) {
			check_result(&hmac, hash, key_lens[i], 300);
			check_result(&hmac, hash, key_lens[i], 1);
			check_result(&hmac, hash, key_lens[i], 300);
			ck_assert(hmac_prepare(&hmac));
		}
	}
}
END_TEST

START_TEST(nothing_fed_is_the_result_of_no_bytes)
{
	AUTO(hmac_end) struct hmac hmac = HMAC_INIT;
	uint8_t fed[32];
	uint8_t not_fed[32];

	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA256), span_of(key, 32)), ERROR_SUCCESS);
	ck_assert(hmac_finish(&hmac, not_fed));
	ck_assert(hmac_feed(&hmac, SPAN_EMPTY));
	ck_assert(hmac_finish(&hmac, fed));
	ck_assert_mem_eq(fed, not_fed, sizeof(fed));
}
END_TEST

START_TEST(what_is_forgotten_is_not_in_the_next_result)
{
	AUTO(hmac_end) struct hmac hmac = HMAC_INIT;

	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA1), span_of(key, 20)), ERROR_SUCCESS);
	for (size_t round = 0; round < 2; round++) {
		hmac_forget(&hmac);
		ck_assert(hmac_feed(&hmac, span_of(key, 7)));
		hmac_forget(&hmac);
		check_result(&hmac, hash_of(HASH_SHA1), 20, 31);
		ck_assert(hmac_feed(&hmac, span_of(key, 7)));
		ck_assert(hmac_prepare(&hmac));
	}
	check_result(&hmac, hash_of(HASH_SHA1), 20, 31);
}
END_TEST

START_TEST(a_key_is_changed_also_amid_a_result_and_with_the_hash)
{
	AUTO(hmac_end) struct hmac hmac = HMAC_INIT;

	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA512), span_of(key, 20)), ERROR_SUCCESS);
	ck_assert(hmac_feed(&hmac, span_of(text, 5)));
	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA512), span_of(key, 150)), ERROR_SUCCESS);
	check_result(&hmac, hash_of(HASH_SHA512), 150, 31);
	ck_assert(hmac_prepare(&hmac));
	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA512), span_of(key, 21)), ERROR_SUCCESS);
	check_result(&hmac, hash_of(HASH_SHA512), 21, 31);
	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_MD5), span_of(key, 150)), ERROR_SUCCESS);
	check_result(&hmac, hash_of(HASH_MD5), 150, 31);
}
END_TEST

START_TEST(a_result_may_be_fed_and_overwritten)
{
	AUTO(hmac_end) struct hmac hmac = HMAC_INIT;
	uint8_t chained[20];
	uint8_t expected[20];
	size_t len = 0;

	memcpy(chained, text, sizeof(chained));
	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), "HMAC", NULL, "SHA1", NULL, key, 20, text, 20, expected,
					sizeof(expected), &len));
	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA1), span_of(key, 20)), ERROR_SUCCESS);
	ck_assert(hmac_feed(&hmac, span_of(chained, sizeof(chained))));
	ck_assert(hmac_finish(&hmac, chained));
	ck_assert_mem_eq(chained, expected, sizeof(chained));
}
END_TEST

START_TEST(the_end_leaves_it_as_it_began)
{
	struct hmac hmac = HMAC_INIT;

	hmac_end(&hmac);
	ck_assert_uint_eq(hmac_key(&hmac, hash_of(HASH_SHA1), span_of(key, 20)), ERROR_SUCCESS);
	ck_assert(hmac_prepare(&hmac));
	ck_assert(hmac_feed(&hmac, span_of(text, 5)));
	hmac_end(&hmac);
	ck_assert_ptr_null(hmac.pads.data);
	ck_assert_ptr_null(hmac.fed.inside);
	ck_assert_ptr_null(hmac.keyed[HMAC_INNER].inside);
	ck_assert_ptr_null(hmac.keyed[HMAC_OUTER].inside);
	hmac_end(&hmac);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, ossl_release);
	tcase_add_loop_test(tc, each_hash_and_length_of_key_agrees_with_openssl, 0, ARRAY_COUNT(ids));
	tcase_add_test(tc, nothing_fed_is_the_result_of_no_bytes);
	tcase_add_test(tc, what_is_forgotten_is_not_in_the_next_result);
	tcase_add_test(tc, a_key_is_changed_also_amid_a_result_and_with_the_hash);
	tcase_add_test(tc, a_result_may_be_fed_and_overwritten);
	tcase_add_test(tc, the_end_leaves_it_as_it_began);
}

TEST_MAIN("minidriver/hmac", add)
