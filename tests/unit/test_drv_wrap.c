/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv_key_store.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static const CARD_EXT_SESSION_KEYS *table;
static const CARD_EXT_CIPHER_INFO kw = { .dwMode = CARD_EXT_MODE_KW };
static const CARD_EXT_CIPHER_INFO kwp = { .dwMode = CARD_EXT_MODE_KWP };
static BYTE bytes[64];

static void set_up(void)
{
	harness_open();
	table = harness_keys();
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (BYTE)i;
}

static CARD_KEY_HANDLE hex_key(LPCWSTR alg, const char *hex)
{
	BYTE value[64];

	return harness_import(alg, span_of(value, harness_hex(hex, value, sizeof(value))));
}

/* RFC 3394, 4 and RFC 5649, 6 */
static const struct {
	const CARD_EXT_CIPHER_INFO *wrap;
	const char *kek;
	const char *key;
	const char *wrapped;
} vectors[] = {
	{ &kw, "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
	  "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5" },
	{ &kw, "000102030405060708090A0B0C0D0E0F1011121314151617", "00112233445566778899AABBCCDDEEFF",
	  "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D" },
	{ &kw, "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
	  "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
	  "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21" },
	{ &kwp, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "c37b7e6492584340bed12207808941155068f738",
	  "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a" },
	{ &kwp, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", "466f7250617369",
	  "afbeb0f07dfbf5419200f2ccb50bb24f" },
};

START_TEST(the_rfcs_vectors_wrap_and_unwrap)
{
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM };

	for (size_t i = 0; i < ARRAY_COUNT(vectors); i++) {
		const CARD_KEY_HANDLE kek = hex_key(CARD_AES_ALGORITHM, vectors[i].kek);
		const CARD_KEY_HANDLE key = hex_key(CARD_EXT_GENERIC_SECRET_ALGORITHM, vectors[i].key);
		CARD_KEY_HANDLE unwrapped = 0;
		BYTE expected[64];
		BYTE got[64];
		SIZE_T len = sizeof(got);
		const size_t expected_len = harness_hex(vectors[i].wrapped, expected, sizeof(expected));

		ck_assert_code(table->pfnKeyWrap(harness_card, kek, vectors[i].wrap, key, got, &len), ERROR_SUCCESS);
		ck_assert_uint_eq(len, expected_len);
		ck_assert_mem_eq(got, expected, len);
		ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, vectors[i].wrap, expected, expected_len, &wish,
						   &unwrapped),
			       ERROR_SUCCESS);
		ck_assert_code(table->pfnKeyExport(harness_card, unwrapped, got, sizeof(got), &len), ERROR_SUCCESS);
		ck_assert_uint_eq(len, harness_hex(vectors[i].key, expected, sizeof(expected)));
		ck_assert_mem_eq(got, expected, len);
	}
}
END_TEST

START_TEST(every_changed_bit_fails_the_integrity_check)
{
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM };

	for (size_t i = 0; i < ARRAY_COUNT(vectors); i++) {
		const CARD_KEY_HANDLE kek = hex_key(CARD_AES_ALGORITHM, vectors[i].kek);
		BYTE wrapped[64];
		const size_t len = harness_hex(vectors[i].wrapped, wrapped, sizeof(wrapped));
		const size_t before = key_store_count();

		for (size_t bit = 0; bit < 8 * len; bit++) {
			CARD_KEY_HANDLE out = 0;

			wrapped[bit / 8] ^= (BYTE)(1u << bit % 8);
			ck_assert_code(
				table->pfnKeyUnwrap(harness_card, kek, vectors[i].wrap, wrapped, len, &wish, &out),
				SCARD_E_INVALID_VALUE);
			ck_assert_uint_eq(out, 0);
			wrapped[bit / 8] ^= (BYTE)(1u << bit % 8);
		}
		ck_assert_uint_eq(key_store_count(), before);
	}
}
END_TEST

START_TEST(every_length_goes_there_and_back_or_is_refused)
{
	const CARD_KEY_HANDLE kek = harness_import(CARD_AES_ALGORITHM, span_of(bytes, 32));
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM };

	for (size_t key_len = 1; key_len <= 64; key_len++) {
		const CARD_KEY_HANDLE key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(bytes, key_len));

		for (size_t i = 0; i < 2; i++) {
			const CARD_EXT_CIPHER_INFO *wrap = i == 0 ? &kw : &kwp;
			const bool good = i == 1 || (key_len % 8 == 0 && key_len >= 16);
			CARD_KEY_HANDLE back = 0;
			BYTE wrapped[80];
			BYTE got[80];
			SIZE_T len = 0;

			ck_assert_code(table->pfnKeyWrap(harness_card, kek, wrap, key, NULL, &len),
				       good ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
			if (!good)
				continue;
			ck_assert_uint_eq(len, (key_len + 7) / 8 * 8 + 8);
			len--;
			ck_assert_code(table->pfnKeyWrap(harness_card, kek, wrap, key, wrapped, &len),
				       ERROR_INSUFFICIENT_BUFFER);
			ck_assert_code(table->pfnKeyWrap(harness_card, kek, wrap, key, wrapped, &len), ERROR_SUCCESS);
			ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, wrap, wrapped, len, &wish, &back),
				       ERROR_SUCCESS);
			ck_assert_code(table->pfnKeyExport(harness_card, back, got, sizeof(got), &len), ERROR_SUCCESS);
			ck_assert_uint_eq(len, key_len);
			ck_assert_mem_eq(got, bytes, len);
		}
	}
}
END_TEST

START_TEST(wrapped_data_of_a_wrong_length_is_a_wrong_parameter)
{
	const CARD_KEY_HANDLE kek = harness_import(CARD_AES_ALGORITHM, span_of(bytes, 16));
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM };
	CARD_KEY_HANDLE out = 0;

	for (size_t len = 0; len <= 64; len++) {
		ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, &kw, bytes, len, &wish, &out),
			       len % 8 == 0 && len >= 24 ? SCARD_E_INVALID_VALUE : SCARD_E_INVALID_PARAMETER);
		ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, &kwp, bytes, len, &wish, &out),
			       len % 8 == 0 && len >= 16 ? SCARD_E_INVALID_VALUE : SCARD_E_INVALID_PARAMETER);
	}
	ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, &kw, NULL, 24, &wish, &out), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_new_key_must_suit_its_algorithm_and_its_length)
{
	const CARD_KEY_HANDLE kek = harness_import(CARD_AES_ALGORITHM, span_of(bytes, 16));
	const CARD_KEY_HANDLE key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(bytes, 24));
	static const struct {
		LPCWSTR alg;
		size_t len;
		DWORD code;
	} cases[] = {
		{ CARD_AES_ALGORITHM, 0, ERROR_SUCCESS },
		{ CARD_AES_ALGORITHM, 24, ERROR_SUCCESS },
		{ CARD_AES_ALGORITHM, 16, SCARD_E_INVALID_PARAMETER },
		{ CARD_AES_ALGORITHM, 17, SCARD_E_INVALID_PARAMETER },
		{ CARD_3DES_ALGORITHM, 0, ERROR_SUCCESS },
		{ CARD_3DES_112_ALGORITHM, 0, SCARD_E_INVALID_PARAMETER },
		{ CARD_EXT_DES_ALGORITHM, 0, SCARD_E_INVALID_PARAMETER },
		{ CARD_EXT_GENERIC_SECRET_ALGORITHM, 24, ERROR_SUCCESS },
		{ CARD_EXT_GENERIC_SECRET_ALGORITHM, 23, SCARD_E_INVALID_PARAMETER },
		{ u"RC5", 0, SCARD_E_INVALID_PARAMETER },
		{ NULL, 0, SCARD_E_INVALID_PARAMETER },
	};
	BYTE wrapped[32];
	SIZE_T len = sizeof(wrapped);

	ck_assert_code(table->pfnKeyWrap(harness_card, kek, &kw, key, wrapped, &len), ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const CARD_EXT_KEY_INFO wish = { .pwszAlgId = cases[i].alg, .cbKey = cases[i].len };
		CARD_KEY_HANDLE out = 0;

		ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, &kw, wrapped, len, &wish, &out), cases[i].code);
		ck_assert_int_eq(out != 0, cases[i].code == ERROR_SUCCESS);
	}
}
END_TEST

START_TEST(an_initial_value_of_the_callers_is_used_and_checked)
{
	const CARD_KEY_HANDLE kek = harness_import(CARD_AES_ALGORITHM, span_of(bytes, 16));
	const CARD_KEY_HANDLE key = harness_import(CARD_AES_ALGORITHM, span_of(bytes, 16));
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = CARD_AES_ALGORITHM };

	for (SIZE_T iv_len = 0; iv_len <= 9; iv_len++) {
		for (size_t i = 0; i < 2; i++) {
			const CARD_EXT_CIPHER_INFO wrap = { .dwMode =
								  i == 0 ? CARD_EXT_MODE_KW : CARD_EXT_MODE_KWP,
							  .pbIV = bytes,
							  .cbIV = iv_len };
			const bool good = iv_len == 0 || iv_len == (i == 0 ? 8 : 4);
			CARD_KEY_HANDLE out = 0;
			BYTE wrapped[32];
			SIZE_T len = sizeof(wrapped);

			ck_assert_code(table->pfnKeyWrap(harness_card, kek, &wrap, key, wrapped, &len),
				       good ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
			if (!good)
				continue;
			ck_assert_code(table->pfnKeyUnwrap(harness_card, kek, &wrap, wrapped, len, &wish, &out),
				       ERROR_SUCCESS);
			ck_assert_code(
				table->pfnKeyUnwrap(harness_card, kek, i == 0 ? &kw : &kwp, wrapped, len, &wish, &out),
				iv_len == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_VALUE);
		}
	}
}
END_TEST

START_TEST(only_aes_keys_wrap_and_arguments_are_checked)
{
	const CARD_KEY_HANDLE generic = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(bytes, 16));
	const CARD_KEY_HANDLE des3 = harness_import(CARD_3DES_ALGORITHM, span_of(bytes, 24));
	const CARD_KEY_HANDLE aes = harness_import(CARD_AES_ALGORITHM, span_of(bytes, 16));
	const CARD_EXT_CIPHER_INFO unknown = { .dwMode = CARD_EXT_MODE_CHACHA20_POLY1305 + 1 };
	const CARD_EXT_CIPHER_INFO null_iv = { .dwMode = CARD_EXT_MODE_KW, .cbIV = 8 };
	const CARD_EXT_KEY_INFO wish = { .pwszAlgId = CARD_AES_ALGORITHM };
	CARD_KEY_HANDLE out = 0;
	SIZE_T len = 64;

	ck_assert_code(table->pfnKeyWrap(harness_card, generic, &kw, aes, bytes, &len), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(table->pfnKeyUnwrap(harness_card, des3, &kw, bytes, 24, &wish, &out),
		       SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(table->pfnKeyWrap(harness_card, aes, &unknown, aes, bytes, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnKeyWrap(harness_card, aes, NULL, aes, bytes, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnKeyWrap(harness_card, aes, &null_iv, aes, bytes, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnKeyWrap(harness_card, aes, &kw, aes, bytes, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnKeyUnwrap(harness_card, aes, &kw, bytes, 24, NULL, &out), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnKeyUnwrap(harness_card, aes, &kw, bytes, 24, &wish, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(out, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, the_rfcs_vectors_wrap_and_unwrap);
	tcase_add_test(tc, every_changed_bit_fails_the_integrity_check);
	tcase_add_test(tc, every_length_goes_there_and_back_or_is_refused);
	tcase_add_test(tc, wrapped_data_of_a_wrong_length_is_a_wrong_parameter);
	tcase_add_test(tc, the_new_key_must_suit_its_algorithm_and_its_length);
	tcase_add_test(tc, an_initial_value_of_the_callers_is_used_and_checked);
	tcase_add_test(tc, only_aes_keys_wrap_and_arguments_are_checked);
}

TEST_MAIN("minidriver/drv_wrap", add)
