/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/kdf_prf.h"
#include "tests/unit/test.h"

static const uint8_t key[200] = { 1, 2, 3 };
static const uint8_t text[300] = { 9, 8, 7 };

static void set_up(void)
{
	ck_assert(ossl_acquire());
}

/* The result by OpenSSL in one call. */
static size_t expected_of(const struct hash *hash, size_t key_len, size_t text_len, uint8_t ret_mac[64])
{
	static const char *const ciphers[] = { [16] = "AES-128-CBC", [24] = "AES-192-CBC", [32] = "AES-256-CBC" };
	const char *inside = hash != NULL ? hash->ossl : ciphers[key_len];
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("cipher", (char *)(uintptr_t)inside, 0),
				OSSL_PARAM_END };
	size_t len = 0;

	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), hash != NULL ? "HMAC" : "CMAC", NULL,
					hash != NULL ? inside : NULL, hash != NULL ? NULL : params, key, key_len, text,
					text_len, ret_mac, 64, &len));
	return len;
}

static void check_result(struct kdf_prf *prf, const struct hash *hash, size_t key_len, size_t text_len)
{
	const size_t half = text_len / 2;
	uint8_t expected[64];
	uint8_t got[64];

	ck_assert(kdf_prf_start(prf));
	ck_assert(kdf_prf_feed(prf, span_of(text, half)));
	ck_assert(kdf_prf_feed(prf, SPAN_EMPTY));
	ck_assert(kdf_prf_feed(prf, span_of(text + half, text_len - half)));
	ck_assert(kdf_prf_finish(prf, got));
	ck_assert_uint_eq(expected_of(hash, key_len, text_len, expected), prf->len);
	ck_assert_mem_eq(got, expected, prf->len);
}

START_TEST(one_key_gives_any_number_of_results)
{
	for (unsigned id = HASH_MD5; id <= HASH_SHA512_256; id++) {
		static const size_t key_lens[] = { 0, 1, 64, 65, 128, 129, 200 };
		const struct hash *hash = hash_of((enum hash_id)id);

		for (size_t i = 0; i < ARRAY_COUNT(key_lens); i++) {
			AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;

			ck_assert_uint_eq(kdf_prf_key(&prf, hash, span_of(key, key_lens[i])), ERROR_SUCCESS);
			check_result(&prf, hash, key_lens[i], 300);
			check_result(&prf, hash, key_lens[i], 0);
			check_result(&prf, hash, key_lens[i], 300);
		}
	}
}
END_TEST

START_TEST(aes_cmac_takes_the_three_lengths_of_aes)
{
	for (size_t len = 0; len <= sizeof(key); len++) {
		AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
		const bool aes = len == 16 || len == 24 || len == 32;

		ck_assert_int_eq(kdf_prf_takes(NULL, len), aes);
		ck_assert_uint_eq(kdf_prf_key(&prf, NULL, span_of(key, len)),
				  aes ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		if (!aes)
			continue;
		check_result(&prf, NULL, len, 300);
		check_result(&prf, NULL, len, 0);
		check_result(&prf, NULL, len, 16);
	}
}
END_TEST

START_TEST(a_key_can_be_changed)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;

	ck_assert_uint_eq(kdf_prf_key(&prf, hash_of(HASH_SHA512), span_of(key, 20)), ERROR_SUCCESS);
	ck_assert(kdf_prf_start(&prf));
	ck_assert_uint_eq(kdf_prf_key(&prf, NULL, span_of(key, 16)), ERROR_SUCCESS);
	check_result(&prf, NULL, 16, 31);
	ck_assert_uint_eq(kdf_prf_key(&prf, hash_of(HASH_SHA1), span_of(key, 21)), ERROR_SUCCESS);
	check_result(&prf, hash_of(HASH_SHA1), 21, 31);
}
END_TEST

START_TEST(hmac_has_no_shortened_and_no_extendable_hash)
{
	static const enum hash_id none[] = { HASH_BLAKE2B_160, HASH_BLAKE2B_256, HASH_BLAKE2B_384, HASH_SHAKE128,
					     HASH_SHAKE256 };
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(none); i++) {
		ck_assert_uint_eq(kdf_prf_check(hash_of(none[i])), SCARD_E_INVALID_PARAMETER);
		ck_assert_uint_eq(kdf_prf_key(&prf, hash_of(none[i]), span_of(key, 16)), SCARD_E_INVALID_PARAMETER);
	}
	for (unsigned id = HASH_MD5; id <= HASH_SHA512_256; id++)
		ck_assert_uint_eq(kdf_prf_check(hash_of((enum hash_id)id)), ERROR_SUCCESS);
	ck_assert_uint_eq(kdf_prf_check(hash_of(HASH_BLAKE2B_512)), ERROR_SUCCESS);
	ck_assert_uint_eq(kdf_prf_check(NULL), ERROR_SUCCESS);
}
END_TEST

START_TEST(a_key_longer_than_an_int_is_refused_before_it_is_read)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;

	ck_assert(kdf_prf_takes(hash_of(HASH_SHA1), INT_MAX));
	ck_assert(!kdf_prf_takes(hash_of(HASH_SHA1), (size_t)INT_MAX + 1));
	ck_assert_uint_eq(kdf_prf_key(&prf, hash_of(HASH_SHA1), span_of(key, (size_t)INT_MAX + 1)),
			  SCARD_E_INVALID_PARAMETER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, ossl_release);
	tcase_add_test(tc, one_key_gives_any_number_of_results);
	tcase_add_test(tc, aes_cmac_takes_the_three_lengths_of_aes);
	tcase_add_test(tc, a_key_can_be_changed);
	tcase_add_test(tc, hmac_has_no_shortened_and_no_extendable_hash);
	tcase_add_test(tc, a_key_longer_than_an_int_is_refused_before_it_is_read);
}

TEST_MAIN("minidriver/kdf_prf", add)
