/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/host.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t bytes[64] = { 0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87,
				   0x98, 0xA9, 0xBA, 0xCB, 0xDC, 0xED, 0xFE, 0x0F };

START_TEST(imported_keys_hold_their_bytes)
{
	static const struct {
		enum md_key_alg alg;
		size_t len;
	} good[] = {
		{ MD_KEY_GENERIC, 1 }, { MD_KEY_GENERIC, 64 }, { MD_KEY_AES, 16 },  { MD_KEY_AES, 24 },
		{ MD_KEY_AES, 32 },    { MD_KEY_DES3, 24 },    { MD_KEY_DES2, 16 }, { MD_KEY_DES, 8 },
		{ MD_KEY_RC2, 1 },     { MD_KEY_RC2, 64 },     { MD_KEY_RC4, 5 },   { MD_KEY_CHACHA20, 32 },
		{ MD_KEY_AES_XTS, 32 }, { MD_KEY_AES_XTS, 64 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
		struct md_key *key = host_import(good[i].alg, span_of(bytes, good[i].len));
		uint8_t got[64];

		ck_assert_int_eq(md_key_alg(key), good[i].alg);
		ck_assert_uint_eq(md_key_len(key), good[i].len);
		ck_assert_md(md_key_read(key, got, good[i].len - 1), MD_E_INSUFFICIENT_BUFFER);
		ck_assert_md(md_key_read(key, got, good[i].len), MD_OK);
		for (size_t j = 0; j < good[i].len; j++) {
			if (good[i].alg >= MD_KEY_DES3 && good[i].alg <= MD_KEY_DES)
				ck_assert_int_eq(__builtin_parity(got[j]), 1);
			ck_assert_uint_eq(got[j] & 0xFE, bytes[j] & 0xFE);
		}
		md_key_release(key);
	}
}
END_TEST

START_TEST(keys_of_wrong_lengths_are_refused)
{
	static const size_t lens[] = { 0, 7, 9, 15, 17, 23, 25, 31, 33, 63 };
	static const uint8_t many[257];
	struct md_key *key = NULL;

	for (unsigned alg = MD_KEY_AES; alg < MD_KEY_ALG_COUNT; alg++) {
		for (size_t i = 0; i < ARRAY_COUNT(lens) && alg != MD_KEY_RC2 && alg != MD_KEY_RC4; i++)
			ck_assert_md(md_key_import(host_card, (enum md_key_alg)alg, span_of(bytes, lens[i]), &key),
				     MD_E_INVALID_PARAMETER);
	}
	ck_assert_md(md_key_import(host_card, MD_KEY_RC2, SPAN_EMPTY, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_import(host_card, MD_KEY_RC2, span_of(many, 129), &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_import(host_card, MD_KEY_RC4, SPAN_EMPTY, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_import(host_card, MD_KEY_RC4, span_of(many, 257), &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_import(host_card, MD_KEY_GENERIC, SPAN_EMPTY, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_import(host_card, MD_KEY_ALG_COUNT, span_of(bytes, 16), &key), MD_E_INVALID_PARAMETER);
	ck_assert_ptr_null(key);
}
END_TEST

START_TEST(generated_keys_have_the_length_and_the_parity_asked_for)
{
	static const struct {
		enum md_key_alg alg;
		size_t len;
	} good[] = {
		{ MD_KEY_GENERIC, 1 }, { MD_KEY_GENERIC, 1000 }, { MD_KEY_AES, 16 },  { MD_KEY_AES, 24 },
		{ MD_KEY_AES, 32 },    { MD_KEY_DES3, 24 },      { MD_KEY_DES2, 16 }, { MD_KEY_DES, 8 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
		struct md_key *key = NULL;
		uint8_t got[1000];

		ck_assert_md(md_key_generate(host_card, good[i].alg, good[i].len, &key), MD_OK);
		ck_assert_int_eq(md_key_alg(key), good[i].alg);
		ck_assert_uint_eq(md_key_len(key), good[i].len);
		ck_assert_md(md_key_read(key, got, sizeof(got)), MD_OK);
		for (size_t j = 0; j < good[i].len && good[i].alg >= MD_KEY_DES3; j++)
			ck_assert_int_eq(__builtin_parity(got[j]), 1);
		md_key_release(key);
	}
}
END_TEST

START_TEST(generated_keys_differ)
{
	uint8_t got[2][32];

	for (size_t i = 0; i < 2; i++) {
		struct md_key *key = NULL;

		ck_assert_md(md_key_generate(host_card, MD_KEY_AES, 32, &key), MD_OK);
		ck_assert_md(md_key_read(key, got[i], 32), MD_OK);
		md_key_release(key);
	}
	ck_assert_mem_ne(got[0], got[1], 32);
}
END_TEST

START_TEST(keys_that_cannot_be_are_not_generated)
{
	struct md_key *key = NULL;

	ck_assert_md(md_key_generate(host_card, MD_KEY_GENERIC, 0, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_generate(host_card, MD_KEY_GENERIC, (size_t)MD_KEY_LEN_MAX + 1, &key),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_generate(host_card, MD_KEY_GENERIC, SIZE_MAX, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_generate(host_card, MD_KEY_AES, 17, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_generate(host_card, MD_KEY_DES3, 16, &key), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_generate(host_card, MD_KEY_ALG_COUNT, 16, &key), MD_E_INVALID_PARAMETER);
	ck_assert_ptr_null(key);
}
END_TEST

/* What FIPS 197's and FIPS 46-3's tables begin with for these keys, and the hash of one byte. */
START_TEST(check_values_are_of_encrypted_zeros_or_of_the_hash)
{
	static const uint8_t zeros[32];
	static const uint8_t of_des[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF };
	static const struct {
		enum md_key_alg alg;
		struct span key;
		uint8_t value[MD_CHECK_VALUE_LEN];
	} known[] = {
		{ MD_KEY_AES, { zeros, 16 }, { 0x66, 0xE9, 0x4B } },
		{ MD_KEY_AES, { zeros, 24 }, { 0xAA, 0xE0, 0x69 } },
		{ MD_KEY_AES, { zeros, 32 }, { 0xDC, 0x95, 0xC0 } },
		{ MD_KEY_DES, { of_des, 8 }, { 0xD5, 0xD4, 0x4F } },
		{ MD_KEY_DES, { zeros, 8 }, { 0x8C, 0xA6, 0x4D } },
		{ MD_KEY_DES2, { zeros, 16 }, { 0x8C, 0xA6, 0x4D } },
		{ MD_KEY_DES3, { zeros, 24 }, { 0x8C, 0xA6, 0x4D } },
		{ MD_KEY_GENERIC, { zeros, 1 }, { 0x5B, 0xA9, 0x3C } },
	};

	for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
		struct md_key *key = host_import(known[i].alg, known[i].key);
		uint8_t got[MD_CHECK_VALUE_LEN] = { 0 };

		ck_assert_md(md_key_check_value(key, got), MD_OK);
		ck_assert_mem_eq(got, known[i].value, sizeof(got));
		md_key_release(key);
	}
}
END_TEST

START_TEST(a_key_lives_as_long_as_its_last_reference)
{
	struct md_key *key = host_import(MD_KEY_AES, span_of(bytes, 16));

	ck_assert_ptr_eq(md_key_hold(key), key);
	md_key_release(key);
	host_key_is(key, span_of(bytes, 16));
	md_key_release(key);
	md_key_release(NULL);
}
END_TEST

/* The way of a CMS message: ECDH, X9.63, unwrap by AES-KW, decrypt CBC. */
START_TEST(a_derived_key_unwraps_a_content_key)
{
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_X963, .hash = MD_HASH_SHA1, .info = span_of("info", 4), .alg = MD_KEY_AES, .key_len = 32
	};
	const struct md_cipher_params kw = { .mode = MD_CIPHER_KW };
	struct md_agreement *agreement = host_agree(0, fake_point(4));
	struct md_key *content = host_import(MD_KEY_AES, span_of(bytes, 16));
	struct md_key *kek = NULL;
	struct md_key *unwrapped = NULL;
	uint8_t wrapped[24];
	size_t len = 0;

	ck_assert_md(md_derive(agreement, &plan, &kek), MD_OK);
	md_agreement_destroy(agreement);
	ck_assert_md(md_key_wrap(kek, &kw, content, NULL, &len), MD_OK);
	ck_assert_uint_eq(len, 24);
	len = 23;
	ck_assert_md(md_key_wrap(kek, &kw, content, wrapped, &len), MD_E_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 24);
	ck_assert_md(md_key_wrap(kek, &kw, content, wrapped, &len), MD_OK);
	ck_assert_md(md_key_unwrap(kek, &kw, span_of(wrapped, len), MD_KEY_AES, 16, &unwrapped), MD_OK);
	host_key_is(unwrapped, span_of(bytes, 16));
	wrapped[7] ^= 1;
	ck_assert_md(md_key_unwrap(kek, &kw, span_of(wrapped, len), MD_KEY_AES, 16, &unwrapped), MD_E_INVALID_VALUE);
	md_key_release(kek);
	md_key_release(content);
	md_key_release(unwrapped);
}
END_TEST

START_TEST(wrapping_errors_are_told)
{
	const struct md_cipher_params kw = { .mode = MD_CIPHER_KW };
	const struct md_cipher_params kwp = { .mode = MD_CIPHER_KWP };
	const struct md_cipher_params unknown = { .mode = MD_CIPHER_COUNT };
	const struct md_cipher_params bad_iv = { .mode = MD_CIPHER_KWP, .iv = { bytes, 8 } };
	struct md_key *aes = host_import(MD_KEY_AES, span_of(bytes, 16));
	struct md_key *generic = host_import(MD_KEY_GENERIC, span_of(bytes, 20));
	struct md_card *other_card = NULL;
	struct md_key *foreign = NULL;
	struct md_key *out = NULL;
	uint8_t wrapped[64];
	size_t len = sizeof(wrapped);

	ck_assert_md(md_key_wrap(generic, &kw, aes, wrapped, &len), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(md_key_unwrap(generic, &kw, span_of(bytes, 24), MD_KEY_AES, 0, &out), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(md_key_wrap(aes, &kw, generic, wrapped, &len), MD_E_INVALID_PARAMETER); /* 20 bytes */
	ck_assert_md(md_key_wrap(aes, &kwp, generic, wrapped, &len), MD_OK);
	ck_assert_uint_eq(len, 32);
	ck_assert_md(md_key_unwrap(aes, &kwp, span_of(wrapped, len), MD_KEY_AES, 0, &out), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_unwrap(aes, &kwp, span_of(wrapped, len), MD_KEY_ALG_COUNT, 0, &out),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_wrap(aes, &unknown, generic, wrapped, &len), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_wrap(aes, &bad_iv, generic, wrapped, &len), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_unwrap(aes, &kw, span_of(bytes, 23), MD_KEY_AES, 0, &out), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_card_acquire(host_md, 0, &other_card), MD_OK);
	ck_assert_md(md_key_import(other_card, MD_KEY_AES, span_of(bytes, 16), &foreign), MD_OK);
	ck_assert_md(md_key_wrap(aes, &kw, foreign, wrapped, &len), MD_E_INVALID_HANDLE);
	ck_assert_ptr_null(out);
	md_key_release(foreign);
	md_card_release(other_card);
	md_key_release(aes);
	md_key_release(generic);
}
END_TEST

START_TEST(keys_outlive_their_card_and_answer_invalid_handle)
{
	const struct md_cipher_params kw = { .mode = MD_CIPHER_KW };
	const struct md_cipher_params ecb = { .mode = MD_CIPHER_ECB, .encrypt = true };
	struct md_key *key = host_import(MD_KEY_AES, span_of(bytes, 16));
	struct md_key *other = host_import(MD_KEY_AES, span_of(bytes, 16));
	struct md_cipher running = { NULL, NULL };
	struct md_cipher cipher = { NULL, NULL };
	struct md_key *out = NULL;
	uint8_t buffer[64];
	size_t len = sizeof(buffer);

	ck_assert_md(md_cipher_begin(key, &ecb, &running), MD_OK);
	md_card_release(host_card);
	host_card = NULL;
	ck_assert_uint_eq(md_key_len(key), 16);
	ck_assert_md(md_key_read(key, buffer, sizeof(buffer)), MD_E_INVALID_HANDLE);
	ck_assert_md(md_key_check_value(key, buffer), MD_E_INVALID_HANDLE);
	ck_assert_md(md_key_wrap(key, &kw, other, buffer, &len), MD_E_INVALID_HANDLE);
	ck_assert_md(md_key_unwrap(key, &kw, span_of(bytes, 24), MD_KEY_AES, 0, &out), MD_E_INVALID_HANDLE);
	ck_assert_md(md_cipher_begin(key, &ecb, &cipher), MD_E_INVALID_HANDLE);
	ck_assert_md(md_cipher_update(&running, span_of(bytes, 16), buffer, &len), MD_E_INVALID_HANDLE);
	md_cipher_end(&running);
	md_key_release(key);
	md_key_release(other);
}
END_TEST

START_TEST(the_hosts_memory_is_wiped_and_keeps_its_bytes_when_it_moves)
{
	uint8_t *block = host_alloc(16);
	uint8_t *moved;

	ck_assert_ptr_nonnull(block);
	memcpy(block, bytes, 16);
	moved = host_realloc(block, 32);
	ck_assert_ptr_nonnull(moved);
	ck_assert_mem_eq(moved, bytes, 16);
	moved = host_realloc(moved, 8);
	ck_assert_mem_eq(moved, bytes, 8);
	host_free(moved);
	block = host_realloc(NULL, 4);
	ck_assert_ptr_nonnull(block);
	host_free(block);
	host_free(NULL);
	ck_assert_ptr_null(host_alloc(SIZE_MAX));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, imported_keys_hold_their_bytes);
	tcase_add_test(tc, keys_of_wrong_lengths_are_refused);
	tcase_add_test(tc, generated_keys_have_the_length_and_the_parity_asked_for);
	tcase_add_test(tc, generated_keys_differ);
	tcase_add_test(tc, keys_that_cannot_be_are_not_generated);
	tcase_add_test(tc, check_values_are_of_encrypted_zeros_or_of_the_hash);
	tcase_add_test(tc, a_key_lives_as_long_as_its_last_reference);
	tcase_add_test(tc, a_derived_key_unwraps_a_content_key);
	tcase_add_test(tc, wrapping_errors_are_told);
	tcase_add_test(tc, keys_outlive_their_card_and_answer_invalid_handle);
	tcase_add_test(tc, the_hosts_memory_is_wiped_and_keeps_its_bytes_when_it_moves);
}

TEST_MAIN("minidriver/host_key", add)
