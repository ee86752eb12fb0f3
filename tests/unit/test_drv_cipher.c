/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define DATA_MAX 160u

static const CARD_EXT_SESSION_KEYS *table;
static BYTE data[DATA_MAX];
static BYTE iv[16];

/* The kinds of keys, and OpenSSL's names to compare with. */
static const struct {
	LPCWSTR alg;
	size_t key_len;
	size_t block;
	const char *ecb;
	const char *cbc;
} kinds[] = {
	{ CARD_AES_ALGORITHM, 16, 16, "AES-128-ECB", "AES-128-CBC" },
	{ CARD_AES_ALGORITHM, 24, 16, "AES-192-ECB", "AES-192-CBC" },
	{ CARD_AES_ALGORITHM, 32, 16, "AES-256-ECB", "AES-256-CBC" },
	{ CARD_3DES_ALGORITHM, 24, 8, "DES-EDE3-ECB", "DES-EDE3-CBC" },
	{ CARD_3DES_112_ALGORITHM, 16, 8, "DES-EDE-ECB", "DES-EDE-CBC" },
};

static void set_up(void)
{
	harness_open();
	table = harness_keys();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (BYTE)(i * 7 + 3);
	for (size_t i = 0; i < sizeof(iv); i++)
		iv[i] = (BYTE)(0xA0 + i);
}

static CARD_KEY_HANDLE key_of(size_t kind)
{
	return harness_import(kinds[kind].alg, span_of(data, kinds[kind].key_len));
}

static CARD_EXT_CIPHER_INFO info_of(size_t kind, DWORD mode, bool encrypt)
{
	const bool cbc = mode == CARD_EXT_MODE_CBC || mode == CARD_EXT_MODE_CBC_PAD;

	return (CARD_EXT_CIPHER_INFO){ .dwMode = mode, .fEncrypt = encrypt, .pbIV = cbc ? iv : NULL,
				       .cbIV = cbc ? kinds[kind].block : 0 };
}

/* What OpenSSL gives, in one go. */
static size_t reference(size_t kind, DWORD mode, struct span in, BYTE *out)
{
	EVP_CIPHER *cipher =
		EVP_CIPHER_fetch(ossl_context(), mode == CARD_EXT_MODE_ECB ? kinds[kind].ecb : kinds[kind].cbc, NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	BYTE key[32];
	SIZE_T key_len;
	int len = 0;
	int last = 0;

	ck_assert_code(table->pfnKeyExport(harness_card, key_of(kind), key, sizeof(key), &key_len), ERROR_SUCCESS);
	ck_assert_int_eq(EVP_EncryptInit_ex2(context, cipher, key, iv, NULL), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(context, mode == CARD_EXT_MODE_CBC_PAD), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(context, out, &len, in.data, (int)in.len), 1);
	ck_assert_int_eq(EVP_EncryptFinal_ex(context, out + len, &last), 1);
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(cipher);
	return (size_t)(len + last);
}

/* Through the table in pieces of `step` bytes, in place or not. Returns the finish's code. */
static DWORD run(CARD_KEY_HANDLE key, const CARD_EXT_CIPHER_INFO *info, struct span in, size_t step, BYTE *out,
		 size_t *ret_len)
{
	PCARD_EXT_CIPHER cipher = NULL;
	size_t written = 0;
	SIZE_T len = 0;
	DWORD err;

	ck_assert_code(table->pfnCipherBegin(harness_card, key, info, &cipher), ERROR_SUCCESS);
	for (size_t at = 0; at < in.len; at += step) {
		const size_t part = in.len - at < step ? in.len - at : step;
		const SIZE_T promised = table->pfnCipherUpdateLen(cipher, part);
		BYTE piece[2 * DATA_MAX];

		memcpy(piece, in.data + at, part);
		/* in place: the piece is input and output at once */
		ck_assert_code(table->pfnCipherUpdate(cipher, piece, part, piece, &len), ERROR_SUCCESS);
		ck_assert_uint_eq(len, promised);
		memcpy(out + written, piece, len);
		written += len;
	}
	len = 0;
	err = table->pfnCipherFinish(cipher, out + written, &len);
	table->pfnCipherDestroy(cipher);
	*ret_len = written + (err == ERROR_SUCCESS ? len : 0);
	return err;
}

START_TEST(every_kind_mode_length_and_step_agrees_with_openssl_both_ways)
{
	static const DWORD modes[] = { CARD_EXT_MODE_ECB, CARD_EXT_MODE_CBC, CARD_EXT_MODE_CBC_PAD };
	static const size_t steps[] = { 1, 5, 8, 15, 16, 17, 31, 32, 33, DATA_MAX };

	for (size_t kind = 0; kind < ARRAY_COUNT(kinds); kind++) {
		const CARD_KEY_HANDLE key = key_of(kind);

		for (size_t m = 0; m < ARRAY_COUNT(modes); m++) {
			const size_t unit = modes[m] == CARD_EXT_MODE_CBC_PAD ? 7 : kinds[kind].block;

			for (size_t in_len = 0; in_len <= 112; in_len += unit) {
				BYTE expected[2 * DATA_MAX];
				BYTE got[2 * DATA_MAX];
				const size_t expected_len = reference(kind, modes[m], span_of(data, in_len), expected);

				for (size_t s = 0; s < ARRAY_COUNT(steps); s++) {
					CARD_EXT_CIPHER_INFO info = info_of(kind, modes[m], true);
					size_t len;

					ck_assert_code(run(key, &info, span_of(data, in_len), steps[s], got, &len),
						       ERROR_SUCCESS);
					ck_assert_uint_eq(len, expected_len);
					ck_assert_mem_eq(got, expected, len);
					info.fEncrypt = FALSE;
					ck_assert_code(
						run(key, &info, span_of(expected, expected_len), steps[s], got, &len),
						ERROR_SUCCESS);
					ck_assert_uint_eq(len, in_len);
					ck_assert_mem_eq(got, data, len);
				}
			}
		}
	}
}
END_TEST

START_TEST(output_that_overlaps_input_is_right_wherever_it_begins)
{
	const CARD_KEY_HANDLE key = key_of(0);
	const CARD_EXT_CIPHER_INFO info = info_of(0, CARD_EXT_MODE_CBC, true);
	BYTE expected[2 * DATA_MAX];

	ck_assert_uint_eq(reference(0, CARD_EXT_MODE_CBC, span_of(data, 96), expected), 96);
	for (size_t first = 0; first < 16; first++) {
		for (size_t shift = 0; shift <= 64; shift += 8) {
			BYTE area[3 * DATA_MAX];
			PCARD_EXT_CIPHER cipher = NULL;
			SIZE_T len = 0;

			ck_assert_code(table->pfnCipherBegin(harness_card, key, &info, &cipher), ERROR_SUCCESS);
			ck_assert_code(table->pfnCipherUpdate(cipher, data, first, area, &len), ERROR_SUCCESS);
			ck_assert_uint_eq(len, 0);
			memcpy(area + 32, data + first, 96 - first);
			ck_assert_code(table->pfnCipherUpdate(cipher, area + 32, 96 - first, area + shift, &len),
				       ERROR_SUCCESS);
			ck_assert_uint_eq(len, 96);
			ck_assert_mem_eq(area + shift, expected, 96);
			table->pfnCipherDestroy(cipher);
		}
	}
}
END_TEST

START_TEST(input_that_is_not_whole_blocks_is_refused_at_the_end)
{
	static const DWORD modes[] = { CARD_EXT_MODE_ECB, CARD_EXT_MODE_CBC };
	BYTE out[DATA_MAX];
	size_t len;

	for (size_t m = 0; m < ARRAY_COUNT(modes); m++) {
		for (size_t in_len = 1; in_len < 48; in_len++) {
			const CARD_EXT_CIPHER_INFO info = info_of(0, modes[m], in_len % 2 == 0);

			ck_assert_code(run(key_of(0), &info, span_of(data, in_len), DATA_MAX, out, &len),
				       in_len % 16 == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		}
	}
	for (size_t in_len = 0; in_len < 48; in_len++) {
		const CARD_EXT_CIPHER_INFO info = info_of(0, CARD_EXT_MODE_CBC_PAD, false);

		if (in_len % 16 != 0 || in_len == 0)
			ck_assert_code(run(key_of(0), &info, span_of(data, in_len), DATA_MAX, out, &len),
				       SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(only_right_padding_is_accepted)
{
	const CARD_KEY_HANDLE key = key_of(0);
	const CARD_EXT_CIPHER_INFO encrypt = info_of(0, CARD_EXT_MODE_CBC, true);
	const CARD_EXT_CIPHER_INFO decrypt = info_of(0, CARD_EXT_MODE_CBC_PAD, false);

	for (unsigned last = 0; last < 256; last++) {
		for (unsigned spoilt = 0; spoilt <= 16; spoilt++) {
			BYTE plain[16];
			BYTE cipher[16];
			BYTE out[16];
			size_t len;
			unsigned count;
			bool good;

			memset(plain, (int)last, sizeof(plain));
			if (spoilt != 0)
				plain[16 - spoilt] ^= 0x80;
			count = plain[15];
			good = count >= 1 && count <= 16;
			for (unsigned i = 0; good && i < count; i++)
				good = plain[15 - i] == count;
			ck_assert_code(run(key, &encrypt, span_of(plain, 16), 16, cipher, &len), ERROR_SUCCESS);
			ck_assert_code(run(key, &decrypt, span_of(cipher, 16), 16, out, &len),
				       good ? ERROR_SUCCESS : SCARD_E_INVALID_VALUE);
			if (good)
				ck_assert_uint_eq(len, 16 - count);
		}
	}
}
END_TEST

START_TEST(the_keys_own_mode_and_iv_can_be_used)
{
	const CARD_KEY_HANDLE key = key_of(0);
	const CARD_EXT_CIPHER_INFO own = { .dwMode = CARD_EXT_MODE_KEY, .fEncrypt = TRUE };
	WCHAR ecb[] = BCRYPT_CHAIN_MODE_ECB;
	BYTE expected[2 * DATA_MAX];
	BYTE got[2 * DATA_MAX];
	size_t len;

	ck_assert_code(harness_card->pfnCardSetKeyProperty(harness_card, key, CKP_INITIALIZATION_VECTOR, iv, 16, 0),
		       ERROR_SUCCESS);
	(void)reference(0, CARD_EXT_MODE_CBC, span_of(data, 48), expected);
	ck_assert_code(run(key, &own, span_of(data, 48), 16, got, &len), ERROR_SUCCESS);
	ck_assert_mem_eq(got, expected, 48);
	ck_assert_code(
		harness_card->pfnCardSetKeyProperty(harness_card, key, CKP_CHAINING_MODE, (PBYTE)ecb, sizeof(ecb), 0),
		ERROR_SUCCESS);
	(void)reference(0, CARD_EXT_MODE_ECB, span_of(data, 48), expected);
	ck_assert_code(run(key, &own, span_of(data, 48), 16, got, &len), ERROR_SUCCESS);
	ck_assert_mem_eq(got, expected, 48);
}
END_TEST

static DWORD begin(CARD_KEY_HANDLE key, const CARD_EXT_CIPHER_INFO *info)
{
	PCARD_EXT_CIPHER cipher = NULL;
	const DWORD err = table->pfnCipherBegin(harness_card, key, info, &cipher);

	ck_assert_int_eq(err == ERROR_SUCCESS, cipher != NULL);
	table->pfnCipherDestroy(cipher);
	return err;
}

START_TEST(modes_and_ivs_are_checked)
{
	const CARD_KEY_HANDLE key = key_of(0);
	CARD_EXT_CIPHER_INFO info;
	PCARD_EXT_CIPHER cipher = NULL;

	for (SIZE_T len = 0; len <= 17; len++) {
		info = info_of(0, CARD_EXT_MODE_CBC, true), info.cbIV = len;
		ck_assert_code(begin(key, &info), len == 16 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		info = info_of(0, CARD_EXT_MODE_ECB, true), info.pbIV = iv, info.cbIV = len;
		ck_assert_code(begin(key, &info), len == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
	}
	info = info_of(0, CARD_EXT_MODE_CBC, true), info.pbIV = NULL;
	ck_assert_code(begin(key, &info), SCARD_E_INVALID_PARAMETER);
	info = info_of(0, 4, true);
	ck_assert_code(begin(key, &info), SCARD_E_INVALID_PARAMETER);
	info = info_of(0, CARD_EXT_MODE_ECB, true);
	ck_assert_code(begin(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(data, 16)), &info),
		       SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(begin(harness_import(CARD_EXT_DES_ALGORITHM, span_of(data, 8)), &info),
		       SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(table->pfnCipherBegin(harness_card, key, NULL, &cipher), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherBegin(harness_card, key, &info, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherBegin(NULL, key, &info, &cipher), SCARD_E_INVALID_PARAMETER);
	table->pfnCipherDestroy(NULL);
}
END_TEST

START_TEST(a_cipher_ends_with_its_key_and_with_its_context)
{
	const CARD_EXT_CIPHER_INFO info = info_of(0, CARD_EXT_MODE_CBC_PAD, true);
	PCARD_EXT_CIPHER first = NULL;
	PCARD_EXT_CIPHER second = NULL;
	const CARD_KEY_HANDLE key = key_of(0);
	BYTE out[64];
	SIZE_T len;

	ck_assert_code(table->pfnCipherBegin(harness_card, key, &info, &first), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherBegin(harness_card, key_of(1), &info, &second), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, key), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherUpdate(first, data, 16, out, &len), SCARD_E_INVALID_HANDLE);
	ck_assert_code(table->pfnCipherFinish(first, out, &len), SCARD_E_INVALID_HANDLE);
	ck_assert_code(table->pfnCipherUpdate(second, data, 16, out, &len), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardDeleteContext(harness_card), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherUpdate(second, data, 16, out, &len), SCARD_E_INVALID_HANDLE);
	table->pfnCipherDestroy(first);
	table->pfnCipherDestroy(second);
}
END_TEST

START_TEST(a_finished_cipher_takes_nothing_more)
{
	const CARD_EXT_CIPHER_INFO info = info_of(0, CARD_EXT_MODE_CBC_PAD, true);
	PCARD_EXT_CIPHER cipher = NULL;
	BYTE out[64];
	SIZE_T len;

	ck_assert_code(table->pfnCipherBegin(harness_card, key_of(0), &info, &cipher), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherUpdate(cipher, NULL, 4, out, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherUpdate(cipher, data, 16, NULL, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherUpdate(cipher, data, 4, out, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherUpdate(NULL, data, 4, out, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherUpdate(cipher, NULL, 0, NULL, &len), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherFinish(cipher, NULL, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherFinish(cipher, out, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherFinish(cipher, out, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 16);
	ck_assert_code(table->pfnCipherFinish(cipher, out, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherUpdate(cipher, data, 4, out, &len), SCARD_E_INVALID_PARAMETER);
	table->pfnCipherDestroy(cipher);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, every_kind_mode_length_and_step_agrees_with_openssl_both_ways);
	tcase_add_test(tc, output_that_overlaps_input_is_right_wherever_it_begins);
	tcase_add_test(tc, input_that_is_not_whole_blocks_is_refused_at_the_end);
	tcase_add_test(tc, only_right_padding_is_accepted);
	tcase_add_test(tc, the_keys_own_mode_and_iv_can_be_used);
	tcase_add_test(tc, modes_and_ivs_are_checked);
	tcase_add_test(tc, a_cipher_ends_with_its_key_and_with_its_context);
	tcase_add_test(tc, a_finished_cipher_takes_nothing_more);
}

TEST_MAIN("minidriver/drv_cipher", add)
