/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define DATA_LEN 96u /* whole blocks of both */

static uint8_t data[DATA_LEN + 16];
static const uint8_t value[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 };
static const uint8_t iv[16] = { 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9 };

static const struct {
	LPCWSTR alg;
	size_t len;
	size_t block;
} ciphers[] = {
	{ CARD_AES_ALGORITHM, 16, 16 }, { CARD_AES_ALGORITHM, 24, 16 },    { CARD_AES_ALGORITHM, 32, 16 },
	{ CARD_3DES_ALGORITHM, 24, 8 }, { CARD_3DES_112_ALGORITHM, 16, 8 },
};

static void set_up(void)
{
	harness_open();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
}

static struct harness_base base_of(LPCWSTR alg, size_t len)
{
	return HARNESS_KEY(harness_import(alg, span_of(value, len)));
}

/* The same by the table's cipher. */
static void encrypt(CARD_KEY_HANDLE key, struct span start, size_t len, uint8_t *ret_bytes)
{
	const CARD_EXT_SESSION_KEYS *t = harness_keys();
	const CARD_EXT_CIPHER_INFO info = { .dwMode = start.len != 0 ? CARD_EXT_MODE_CBC : CARD_EXT_MODE_ECB,
					    .fEncrypt = TRUE, .pbIV = start.data, .cbIV = start.len };
	PCARD_EXT_CIPHER cipher = NULL;
	uint8_t block[16];
	SIZE_T written = 0;

	ck_assert_code(t->pfnCipherBegin(harness_card, key, &info, &cipher), ERROR_SUCCESS);
	ck_assert_code(t->pfnCipherUpdate(cipher, data, len, ret_bytes, &written), ERROR_SUCCESS);
	ck_assert_uint_eq(written, len);
	ck_assert_code(t->pfnCipherFinish(cipher, block, &written), ERROR_SUCCESS);
	ck_assert_uint_eq(written, 0);
	t->pfnCipherDestroy(cipher);
}

static void list_of(struct harness_list *list, size_t data_len, struct span start)
{
	list->desc.cBuffers = 0;
	harness_param(list, KDF_GENERIC_PARAMETER, data, data_len);
	if (start.len != 0)
		harness_param(list, CARD_EXT_KDF_IV, start.data, start.len);
}

START_TEST(each_cipher_encrypts_in_ecb_and_from_an_iv_in_cbc)
{
	for (size_t i = 0; i < ARRAY_COUNT(ciphers); i++) {
		const struct harness_base base = base_of(ciphers[i].alg, ciphers[i].len);

		for (size_t len = ciphers[i].block; len <= DATA_LEN; len += ciphers[i].block) {
			const struct span start = span_of(iv, ciphers[i].block);
			struct harness_list list;
			uint8_t expected[DATA_LEN];

			encrypt(base.key, SPAN_EMPTY, len, expected);
			list_of(&list, len, SPAN_EMPTY);
			harness_gives(base, CARD_EXT_KDF_ENCRYPT_DATA, &list, span_of(expected, len));
			encrypt(base.key, start, len, expected);
			list_of(&list, len, start);
			harness_gives(base, CARD_EXT_KDF_ENCRYPT_DATA, &list, span_of(expected, len));
		}
	}
}
END_TEST

/* FIPS 197, appendix C.1; SP 800-38A, F.2.1 (CBC-AES128, first block). */
START_TEST(the_standards_examples_come_out)
{
	static const struct {
		const char *key, *iv, *data, *okm;
	} cases[] = {
		{ "000102030405060708090a0b0c0d0e0f", "", "00112233445566778899aabbccddeeff",
		  "69c4e0d86a7b0430d8cdb78070b4c55a" },
		{ "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
		  "6bc1bee22e409f96e93d7e117393172a", "7649abac8119b246cee98e9b12e9197d" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		uint8_t key[16], start[16], expected[16];
		const size_t start_len = harness_hex(cases[i].iv, start, sizeof(start));
		struct harness_base base = { .from_key = true };
		struct harness_list list;

		(void)harness_hex(cases[i].key, key, sizeof(key));
		(void)harness_hex(cases[i].data, data, sizeof(data));
		(void)harness_hex(cases[i].okm, expected, sizeof(expected));
		base.key = harness_import(CARD_AES_ALGORITHM, span_of(key, sizeof(key)));
		list_of(&list, 16, span_of(start, start_len));
		harness_gives(base, CARD_EXT_KDF_ENCRYPT_DATA, &list, span_of(expected, sizeof(expected)));
	}
}
END_TEST

START_TEST(the_keys_own_mode_and_iv_are_not_asked)
{
	const struct harness_base base = base_of(CARD_AES_ALGORITHM, 16);
	BYTE own_iv[16] = { 9 };
	struct harness_list list;
	uint8_t expected[16];

	encrypt(base.key, SPAN_EMPTY, sizeof(expected), expected);
	ck_assert_code(harness_card->pfnCardSetKeyProperty(harness_card, base.key, CKP_INITIALIZATION_VECTOR, own_iv,
							   sizeof(own_iv), 0),
		       ERROR_SUCCESS);
	list_of(&list, sizeof(expected), SPAN_EMPTY);
	harness_gives(base, CARD_EXT_KDF_ENCRYPT_DATA, &list, span_of(expected, sizeof(expected)));
}
END_TEST

static void is_refused(struct harness_base base, struct harness_list *list)
{
	ck_assert_code(harness_refuses(base, CARD_EXT_KDF_ENCRYPT_DATA, list), SCARD_E_INVALID_PARAMETER);
}

START_TEST(data_is_whole_blocks_and_an_iv_one_block)
{
	for (size_t i = 0; i < ARRAY_COUNT(ciphers); i++) {
		const struct harness_base base = base_of(ciphers[i].alg, ciphers[i].len);
		struct harness_list list;

		for (size_t len = 0; len <= 2 * ciphers[i].block; len++) {
			list_of(&list, len, SPAN_EMPTY);
			if (len % ciphers[i].block != 0 || len == 0)
				is_refused(base, &list);
		}
		for (size_t len = 0; len <= sizeof(iv); len++) {
			list.desc.cBuffers = 0;
			harness_param(&list, KDF_GENERIC_PARAMETER, data, 16);
			harness_param(&list, CARD_EXT_KDF_IV, iv, len);
			if (len != ciphers[i].block)
				is_refused(base, &list);
		}
	}
}
END_TEST

START_TEST(what_is_no_key_of_a_block_cipher_is_refused)
{
	const struct harness_base bases[] = {
		{ .index = harness_agree(0) }, /* 32 bytes, but no key */
		{ .from_key = true },
		base_of(CARD_EXT_GENERIC_SECRET_ALGORITHM, 16),
	};
	struct harness_list list;

	list_of(&list, 16, SPAN_EMPTY);
	for (size_t i = 0; i < ARRAY_COUNT(bases); i++)
		is_refused(bases[i], &list);
}
END_TEST

START_TEST(a_key_may_hold_fewer_bytes_than_are_encrypted)
{
	const struct harness_base base = base_of(CARD_AES_ALGORITHM, 16);
	struct harness_list list;
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = CARD_EXT_KDF_ENCRYPT_DATA, .pParameterList = &list.desc,
				 .pwszAlgId = CARD_AES_ALGORITHM, .dwKeyLen = 192 };
	uint8_t expected[32];
	uint8_t key[24];
	SIZE_T len = 0;

	encrypt(base.key, SPAN_EMPTY, sizeof(expected), expected);
	list_of(&list, sizeof(expected), SPAN_EMPTY);
	ck_assert_code(harness_derive_from(base, &info), ERROR_SUCCESS);
	ck_assert_code(harness_keys()->pfnKeyExport(harness_card, info.hKey, key, sizeof(key), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(key));
	ck_assert_mem_eq(key, expected, len);
	info.dwKeyLen = 256;
	list_of(&list, 16, SPAN_EMPTY);
	ck_assert_code(harness_derive_from(base, &info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_cipher_encrypts_in_ecb_and_from_an_iv_in_cbc);
	tcase_add_test(tc, the_standards_examples_come_out);
	tcase_add_test(tc, the_keys_own_mode_and_iv_are_not_asked);
	tcase_add_test(tc, data_is_whole_blocks_and_an_iv_one_block);
	tcase_add_test(tc, what_is_no_key_of_a_block_cipher_is_refused);
	tcase_add_test(tc, a_key_may_hold_fewer_bytes_than_are_encrypted);
}

TEST_MAIN("minidriver/kdf_encrypt", add)
