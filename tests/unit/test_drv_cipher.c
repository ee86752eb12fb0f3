/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/err.h>
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
#define MODE_NONE (CARD_EXT_MODE_CHACHA20_POLY1305 + 1)

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

				for (size_t s = 0; s < ARRAY_COUNT(steps); s += test_step(4)) {
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

/* One cipher enciphers and deciphers them all, also after a message that nobody ended. */
START_TEST(each_message_of_a_key_begins_with_its_own_iv)
{
	static const size_t lens[] = { 16, 112, 0, 48, 16, 96 };

	for (size_t kind = 0; kind < ARRAY_COUNT(kinds); kind++) {
		const CARD_KEY_HANDLE key = key_of(kind);

		for (size_t i = 0; i < 4 * ARRAY_COUNT(lens); i++) {
			const DWORD mode = i % 2 == 0 ? CARD_EXT_MODE_CBC : CARD_EXT_MODE_CBC_PAD;
			CARD_EXT_CIPHER_INFO info = info_of(kind, mode, true);
			const struct span in = span_of(data + i, lens[i % ARRAY_COUNT(lens)]);
			PCARD_EXT_CIPHER unended = NULL;
			BYTE expected[2 * DATA_MAX];
			BYTE got[2 * DATA_MAX];
			size_t expected_len;
			size_t len;

			iv[i % 8] ^= (BYTE)(i + 1);
			expected_len = reference(kind, mode, in, expected);
			ck_assert_code(run(key, &info, in, i % 3 == 0 ? DATA_MAX : 16, got, &len), ERROR_SUCCESS);
			ck_assert_uint_eq(len, expected_len);
			ck_assert_mem_eq(got, expected, len);
			ck_assert_code(table->pfnCipherBegin(harness_card, key, &info, &unended), ERROR_SUCCESS);
			ck_assert_code(table->pfnCipherUpdate(unended, data, 24, got, &len), ERROR_SUCCESS);
			table->pfnCipherDestroy(unended);
			info.fEncrypt = FALSE;
			ck_assert_code(run(key, &info, span_of(expected, expected_len), i % 3 == 1 ? DATA_MAX : 32, got,
					   &len), ERROR_SUCCESS);
			ck_assert_uint_eq(len, in.len);
			ck_assert_mem_eq(got, in.data, len);
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
	info = info_of(0, MODE_NONE, true);
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

START_TEST(each_mode_takes_its_own_parameters_only)
{
	static BYTE long_iv[130];
	static const BYTE aad[3] = { 1, 2, 3 };
	const DWORD wrong = SCARD_E_INVALID_PARAMETER;
	const CARD_KEY_HANDLE aes = key_of(0);
	const CARD_KEY_HANDLE xts = harness_import(CARD_EXT_XTS_AES_ALGORITHM, span_of(data, 32));
	const CARD_KEY_HANDLE chacha = harness_import(CARD_EXT_CHACHA20_ALGORITHM, span_of(data, 32));
	const struct {
		CARD_KEY_HANDLE key;
		DWORD mode;
		SIZE_T least, most;       /* of iv */
		uint32_t tags;
		bool iv_absent;
	} rows[] = {
		{ aes, CARD_EXT_MODE_CTS, 16, 16, 0, false },      { aes, CARD_EXT_MODE_OFB, 16, 16, 0, false },
		{ aes, CARD_EXT_MODE_CFB1, 16, 16, 0, false },     { aes, CARD_EXT_MODE_CFB8, 16, 16, 0, false },
		{ aes, CARD_EXT_MODE_CFB128, 16, 16, 0, false },   { aes, CARD_EXT_MODE_CTR, 16, 16, 0, false },
		{ aes, CARD_EXT_MODE_GCM, 1, 128, 0x1F110, false }, { aes, CARD_EXT_MODE_CCM, 7, 13, 0x15550, false },
		{ aes, CARD_EXT_MODE_KW, 8, 8, 0, true },          { aes, CARD_EXT_MODE_KWP, 4, 4, 0, true },
		{ aes, CARD_EXT_MODE_KW_PKCS7, 8, 8, 0, true },    { xts, CARD_EXT_MODE_XTS, 16, 16, 0, false },
		{ chacha, CARD_EXT_MODE_CHACHA20, 16, 16, 0, false },
		{ chacha, CARD_EXT_MODE_CHACHA20_POLY1305, 12, 12, 0x10000, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		CARD_EXT_CIPHER_INFO info = { .dwMode = rows[i].mode, .fEncrypt = TRUE, .pbIV = long_iv,
					      .pbAuthData = aad, .cbAuthData = 3, .cbTag = 16, .cCounterBits = 32 };

		for (info.cbIV = 0; info.cbIV <= sizeof(long_iv); info.cbIV++) {
			const bool good = (info.cbIV >= rows[i].least && info.cbIV <= rows[i].most) ||
					  (info.cbIV == 0 && rows[i].iv_absent);

			ck_assert_code(begin(rows[i].key, &info), good ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		}
		info.cbIV = rows[i].least;
		for (info.cbTag = 0; rows[i].tags != 0 && info.cbTag <= 40; info.cbTag++)
			ck_assert_code(begin(rows[i].key, &info),
				       (UINT64_C(1) << info.cbTag & rows[i].tags) != 0 ? ERROR_SUCCESS : wrong);
		info.cbTag = 16;
		info.pbAuthData = NULL;
		ck_assert_code(begin(rows[i].key, &info), rows[i].tags != 0 ? wrong : ERROR_SUCCESS);
		info.cbAuthData = 0;
		info.pbIV = NULL;
		ck_assert_code(begin(rows[i].key, &info), SCARD_E_INVALID_PARAMETER);
		/* and no other key has the mode */
		info.pbIV = long_iv;
		ck_assert_code(begin(key_of(3), &info),
			       rows[i].mode == CARD_EXT_MODE_CTS ? wrong : SCARD_E_UNSUPPORTED_FEATURE);
	}
}
END_TEST

START_TEST(counters_have_their_bits_and_ccm_its_length)
{
	const CARD_KEY_HANDLE chacha = harness_import(CARD_EXT_CHACHA20_ALGORITHM, span_of(data, 32));
	CARD_EXT_CIPHER_INFO ctr = { .dwMode = CARD_EXT_MODE_CTR, .pbIV = iv, .cbIV = 16 };
	CARD_EXT_CIPHER_INFO stream = { .dwMode = CARD_EXT_MODE_CHACHA20, .pbIV = iv, .cbIV = 16 };
	CARD_EXT_CIPHER_INFO ccm = { .dwMode = CARD_EXT_MODE_CCM, .pbIV = iv, .cbIV = 13, .cbTag = 16 };

	for (DWORD bits = 0; bits <= 130; bits++) {
		ctr.cCounterBits = stream.cCounterBits = bits;
		ck_assert_code(begin(key_of(0), &ctr),
			       bits >= 1 && bits <= 128 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		ck_assert_code(begin(chacha, &stream),
			       bits == 32 || bits == 64 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
	}
	/* SP 800-38C: 15 - 13 bytes for the length */
	ccm.cbData = 0xFFFF;
	ck_assert_code(begin(key_of(0), &ccm), ERROR_SUCCESS);
	ccm.cbData = 0x10000;
	ck_assert_code(begin(key_of(0), &ccm), SCARD_E_INVALID_PARAMETER);
	ccm.cbIV = 12;
	ck_assert_code(begin(key_of(0), &ccm), ERROR_SUCCESS);
	ccm.cbIV = 7;
	ccm.cbData = ~(SIZE_T)0;
	ck_assert_code(begin(key_of(0), &ccm), SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* So many blocks, at once and in parts; the codes. */
static void expect_counted(const CARD_EXT_CIPHER_INFO *info, CARD_KEY_HANDLE key, size_t unit, size_t blocks)
{
	static BYTE text[64 * 64];
	static BYTE out[64 * 64];
	PCARD_EXT_CIPHER cipher = NULL;
	SIZE_T len = sizeof(out);

	ck_assert_code(table->pfnCipherBegin(harness_card, key, info, &cipher), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherOnce(cipher, text, blocks * unit, out, &len), ERROR_SUCCESS);
	table->pfnCipherDestroy(cipher);
	ck_assert_code(table->pfnCipherBegin(harness_card, key, info, &cipher), ERROR_SUCCESS);
	len = sizeof(out);
	memset(out, 0xEE, sizeof(out));
	ck_assert_code(table->pfnCipherOnce(cipher, text, blocks * unit + 1, out, &len), ERROR_ARITHMETIC_OVERFLOW);
	ck_assert_uint_eq(out[0], 0xEE);
	table->pfnCipherDestroy(cipher);
	ck_assert_code(table->pfnCipherBegin(harness_card, key, info, &cipher), ERROR_SUCCESS);
	for (size_t at = 0; at < blocks * unit; at++)
		ck_assert_code(table->pfnCipherUpdate(cipher, text, 1, out, &len), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherUpdate(cipher, text, 1, out, &len), ERROR_ARITHMETIC_OVERFLOW);
	ck_assert_code(table->pfnCipherUpdate(cipher, text, 0, out, &len), ERROR_SUCCESS);
	table->pfnCipherDestroy(cipher);
}

START_TEST(a_counter_that_would_begin_anew_is_refused_before_it_does)
{
	const CARD_KEY_HANDLE aes = key_of(2);
	const CARD_KEY_HANDLE chacha = harness_import(CARD_EXT_CHACHA20_ALGORITHM, span_of(data, 32));
	CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_CTR, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16 };

	for (DWORD bits = 1; bits <= 128; bits++) {
		/* all ones: one block; and the last bit but the first five clear: as many as those count */
		memset(iv, 0xFF, sizeof(iv));
		info.cCounterBits = bits;
		expect_counted(&info, aes, 16, 1);
		iv[15] = 0xE1;
		expect_counted(&info, aes, 16, bits < 5 ? ((size_t)1 << bits) - 1 : 31);
	}
	info.dwMode = CARD_EXT_MODE_CHACHA20;
	for (info.cCounterBits = 32; info.cCounterBits <= 64; info.cCounterBits += 32) {
		memset(iv, 0xFF, sizeof(iv));
		iv[0] = 0xFE;
		expect_counted(&info, chacha, 64, 2);
	}
}
END_TEST

START_TEST(ciphertext_stealing_is_cs1_in_every_length_and_step)
{
	const CARD_KEY_HANDLE key = key_of(1);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(ossl_context(), "AES-192-CBC-CTS", NULL);

	for (size_t in_len = 16; in_len <= 100; in_len++) {
		EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
		BYTE expected[DATA_MAX];
		BYTE got[2 * DATA_MAX];
		int expected_len = 0;

		/* OpenSSL's is CS1 unless it is told otherwise */
		ck_assert_int_eq(EVP_EncryptInit_ex2(context, cipher, data, iv, NULL), 1);
		ck_assert_int_eq(EVP_EncryptUpdate(context, expected, &expected_len, data, (int)in_len), 1);
		EVP_CIPHER_CTX_free(context);
		for (size_t step = 1; step <= 65; step++) {
			CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_CTS, .fEncrypt = TRUE, .pbIV = iv,
						      .cbIV = 16 };
			size_t len;

			ck_assert_code(run(key, &info, span_of(data, in_len), step, got, &len), ERROR_SUCCESS);
			ck_assert_uint_eq(len, in_len);
			ck_assert_mem_eq(got, expected, len);
			info.fEncrypt = FALSE;
			ck_assert_code(run(key, &info, span_of(expected, in_len), step, got, &len), ERROR_SUCCESS);
			ck_assert_uint_eq(len, in_len);
			ck_assert_mem_eq(got, data, len);
		}
	}
	for (size_t in_len = 0; in_len < 16; in_len++) {
		const CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_CTS, .pbIV = iv, .cbIV = 16 };
		BYTE out[32];
		size_t len;

		ck_assert_code(run(key, &info, span_of(data, in_len), 16, out, &len), SCARD_E_INVALID_PARAMETER);
	}
	EVP_CIPHER_free(cipher);
}
END_TEST

static DWORD at_once(CARD_KEY_HANDLE key, const CARD_EXT_CIPHER_INFO *info, struct span in, BYTE *out, SIZE_T *len)
{
	PCARD_EXT_CIPHER cipher = NULL;
	DWORD err;

	ck_assert_code(table->pfnCipherBegin(harness_card, key, info, &cipher), ERROR_SUCCESS);
	err = table->pfnCipherOnce(cipher, in.data, in.len, out, len);
	table->pfnCipherDestroy(cipher);
	return err;
}

/* What rests with a key must not be taken for something else. */
START_TEST(ciphers_of_one_key_in_turn_never_disturb_each_other)
{
	static const BYTE other_iv[16] = { 7, 7, 7 };
	const CARD_EXT_CIPHER_INFO infos[] = {
		{ .dwMode = CARD_EXT_MODE_ECB, .fEncrypt = TRUE },
		{ .dwMode = CARD_EXT_MODE_CBC, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CBC, .fEncrypt = TRUE, .pbIV = other_iv, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CBC_PAD, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CTR, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16, .cCounterBits = 128 },
		{ .dwMode = CARD_EXT_MODE_GCM, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 12, .cbTag = 16 },
		{ .dwMode = CARD_EXT_MODE_GCM, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 12, .cbTag = 4 },
		{ .dwMode = CARD_EXT_MODE_GCM, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16, .cbTag = 16, .pbAuthData = iv,
		  .cbAuthData = 5 },
		{ .dwMode = CARD_EXT_MODE_CCM, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 12, .cbTag = 16, .cbData = 48 },
		{ .dwMode = CARD_EXT_MODE_CCM, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 7, .cbTag = 8, .cbData = 48 },
		{ .dwMode = CARD_EXT_MODE_KW, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 8 },
		{ .dwMode = CARD_EXT_MODE_KW, .fEncrypt = TRUE },
		{ .dwMode = CARD_EXT_MODE_KWP, .fEncrypt = TRUE },
	};
	const CARD_KEY_HANDLE key = key_of(0);

	for (unsigned turn = 0; turn < 4 * ARRAY_COUNT(infos) * ARRAY_COUNT(infos); turn++) {
		const CARD_EXT_CIPHER_INFO *info = &infos[turn * 7 / 3 % ARRAY_COUNT(infos)];
		CARD_EXT_CIPHER_INFO back = *info;
		BYTE fresh[128];
		BYTE got[128];
		SIZE_T fresh_len = sizeof(fresh);
		SIZE_T len = sizeof(got);

		/* a key that nothing rests with */
		ck_assert_code(at_once(key_of(0), info, span_of(data, 48), fresh, &fresh_len), ERROR_SUCCESS);
		ck_assert_code(at_once(key, info, span_of(data, 48), got, &len), ERROR_SUCCESS);
		ck_assert_uint_eq(len, fresh_len);
		ck_assert_mem_eq(got, fresh, len);
		back.fEncrypt = FALSE;
		if (turn % 5 == 0)
			got[len - 1] ^= 1; /* a failure in between leaves nothing behind either */
		len = sizeof(fresh);
		(void)at_once(key, &back, span_of(got, fresh_len), fresh, &len);
		if (turn % 5 != 0) {
			ck_assert_uint_eq(len, 48);
			ck_assert_mem_eq(fresh, data, 48);
		}
	}
}
END_TEST

START_TEST(many_ciphers_of_one_key_at_the_same_time_are_their_own)
{
	const CARD_KEY_HANDLE key = key_of(0);
	const CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_CTR, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16,
					    .cCounterBits = 128 };
	PCARD_EXT_CIPHER ciphers[10];
	BYTE expected[64];
	BYTE got[64];
	SIZE_T len = sizeof(expected);

	ck_assert_code(at_once(key, &info, span_of(data, 64), expected, &len), ERROR_SUCCESS);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_COUNT(ciphers); i++)
			ck_assert_code(table->pfnCipherBegin(harness_card, key, &info, &ciphers[i]), ERROR_SUCCESS);
		for (size_t at = 0; at < 64; at += 8) {
			for (size_t i = 0; i < ARRAY_COUNT(ciphers); i++) {
				ck_assert_code(table->pfnCipherUpdate(ciphers[i], data + at, 8, got, &len),
					       ERROR_SUCCESS);
				ck_assert_mem_eq(got, expected + at, 8);
			}
		}
		for (size_t i = 0; i < ARRAY_COUNT(ciphers); i++)
			table->pfnCipherDestroy(ciphers[i]);
	}
}
END_TEST

START_TEST(a_whole_message_without_room_leaves_the_cipher_as_it_began)
{
	const CARD_EXT_CIPHER_INFO encrypt = { .dwMode = CARD_EXT_MODE_CBC_PAD, .fEncrypt = TRUE, .pbIV = iv,
					       .cbIV = 16 };
	const CARD_EXT_CIPHER_INFO decrypt = { .dwMode = CARD_EXT_MODE_CBC_PAD, .pbIV = iv, .cbIV = 16 };
	PCARD_EXT_CIPHER cipher = NULL;
	BYTE text[48];
	BYTE got[48];
	SIZE_T len = sizeof(text);

	ck_assert_code(at_once(key_of(0), &encrypt, span_of(data, 37), text, &len), ERROR_SUCCESS);
	ck_assert_code(table->pfnCipherBegin(harness_card, key_of(0), &decrypt, &cipher), ERROR_SUCCESS);
	len = 0;
	ck_assert_code(table->pfnCipherOnce(cipher, text, 48, NULL, &len), ERROR_SUCCESS);
	ck_assert_uint_ge(len, 37);
	for (SIZE_T room = 0; room < 37; room++) {
		len = room;
		ck_assert_code(table->pfnCipherOnce(cipher, text, 48, got, &len), ERROR_INSUFFICIENT_BUFFER);
		ck_assert_uint_eq(len, 37);
	}
	ck_assert_code(table->pfnCipherOnce(cipher, NULL, 48, got, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherOnce(cipher, text, 48, got, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnCipherOnce(NULL, text, 48, got, &len), SCARD_E_INVALID_PARAMETER);
	len = 37;
	ck_assert_code(table->pfnCipherOnce(cipher, text, 48, got, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 37);
	ck_assert_mem_eq(got, data, 37);
	ck_assert_code(table->pfnCipherOnce(cipher, text, 48, got, &len), SCARD_E_INVALID_PARAMETER);
	table->pfnCipherDestroy(cipher);
}
END_TEST

START_TEST(legacy_ciphers_are_there_while_somebody_wants_them)
{
	const CARD_KEY_HANDLE des = harness_import(CARD_EXT_DES_ALGORITHM, span_of(data, 8));
	const CARD_KEY_HANDLE rc2 = harness_import(CARD_EXT_RC2_ALGORITHM, span_of(data, 128));
	const CARD_KEY_HANDLE rc4 = harness_import(CARD_EXT_RC4_ALGORITHM, span_of(data, 5));
	const CARD_EXT_CIPHER_INFO ecb = { .dwMode = CARD_EXT_MODE_ECB, .fEncrypt = TRUE, .cEffectiveBits = 1024 };
	CARD_EXT_CIPHER_INFO bits = { .dwMode = CARD_EXT_MODE_ECB, .fEncrypt = TRUE };
	const CARD_EXT_CIPHER_INFO stream = { .dwMode = CARD_EXT_MODE_RC4, .fEncrypt = TRUE };

	for (int turn = 0; turn < 3; turn++) {
		ck_assert(!ossl_legacy());
		ck_assert_code(begin(des, &ecb), SCARD_E_UNSUPPORTED_FEATURE);
		ck_assert_code(begin(rc2, &ecb), SCARD_E_UNSUPPORTED_FEATURE);
		ck_assert_code(begin(rc4, &stream), SCARD_E_UNSUPPORTED_FEATURE);
		ck_assert(ossl_legacy_acquire());
		ck_assert(ossl_legacy_acquire());
		ossl_legacy_release();
		ck_assert(ossl_legacy());
		ck_assert_code(begin(des, &ecb), ERROR_SUCCESS);
		ck_assert_code(begin(rc2, &ecb), ERROR_SUCCESS);
		ck_assert_code(begin(rc4, &stream), ERROR_SUCCESS);
		ck_assert_code(begin(rc4, &ecb), SCARD_E_UNSUPPORTED_FEATURE);
		bits.cEffectiveBits = 0;
		ck_assert_code(begin(rc2, &bits), SCARD_E_INVALID_PARAMETER);
		bits.cEffectiveBits = 1025;
		ck_assert_code(begin(rc2, &bits), SCARD_E_INVALID_PARAMETER);
		ossl_legacy_release();
	}
}
END_TEST

START_TEST(an_xts_key_whose_halves_are_the_same_encrypts_nothing)
{
	BYTE twice[32];
	CARD_EXT_CIPHER_INFO info = { .dwMode = CARD_EXT_MODE_XTS, .fEncrypt = TRUE, .pbIV = iv, .cbIV = 16 };
	CARD_KEY_HANDLE key;

	memset(twice, 5, sizeof(twice));
	key = harness_import(CARD_EXT_XTS_AES_ALGORITHM, span_of(twice, 32));
	ck_assert_code(begin(key, &info), SCARD_W_SECURITY_VIOLATION);
	info.fEncrypt = FALSE;
	ck_assert_code(begin(key, &info), ERROR_SUCCESS);
}
END_TEST

START_TEST(the_keys_own_mode_may_be_any_that_cng_has)
{
	static const struct {
		LPCWSTR name;
		CARD_EXT_CIPHER_INFO same;
		SIZE_T nonce;
	} rows[] = {
		{ BCRYPT_CHAIN_MODE_CFB, { .dwMode = CARD_EXT_MODE_CFB8, .pbIV = iv, .cbIV = 16 }, 0 },
		{ BCRYPT_CHAIN_MODE_GCM, { .dwMode = CARD_EXT_MODE_GCM, .pbIV = iv, .cbIV = 12, .cbTag = 16 }, 12 },
		{ BCRYPT_CHAIN_MODE_CCM,
		  { .dwMode = CARD_EXT_MODE_CCM, .pbIV = iv, .cbIV = 12, .cbTag = 16, .cbData = 48 }, 12 },
		{ BCRYPT_CHAIN_MODE_CBC, { .dwMode = CARD_EXT_MODE_CBC, .pbIV = iv, .cbIV = 16 }, 0 },
	};
	const CARD_KEY_HANDLE key = key_of(0);
	const CARD_KEY_HANDLE des3 = key_of(3);

	ck_assert_code(harness_card->pfnCardSetKeyProperty(harness_card, key, CKP_INITIALIZATION_VECTOR, iv, 16, 0),
		       ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		CARD_EXT_CIPHER_INFO same = rows[i].same;
		CARD_EXT_CIPHER_INFO own = rows[i].same;
		WCHAR name[32];
		BYTE expected[80];
		BYTE got[80];
		SIZE_T expected_len = sizeof(expected);
		SIZE_T len = sizeof(got);

		memcpy(name, rows[i].name, 32);
		ck_assert_code(harness_card->pfnCardSetKeyProperty(harness_card, key, CKP_CHAINING_MODE, (PBYTE)name,
								   32, 0),
			       ERROR_SUCCESS);
		own.dwMode = CARD_EXT_MODE_KEY;
		own.cbIV = rows[i].nonce;
		same.fEncrypt = own.fEncrypt = TRUE;
		ck_assert_code(at_once(key, &same, span_of(data, 48), expected, &expected_len), ERROR_SUCCESS);
		ck_assert_code(at_once(key, &own, span_of(data, 48), got, &len), ERROR_SUCCESS);
		ck_assert_uint_eq(len, expected_len);
		ck_assert_mem_eq(got, expected, len);
		/* where the key says the iv, the caller does not; where the caller does, it is needed */
		own.cbIV = rows[i].nonce != 0 ? 0 : 16;
		ck_assert_code(begin(key, &own), SCARD_E_INVALID_PARAMETER);
		if (rows[i].nonce != 0)
			ck_assert_code(harness_card->pfnCardSetKeyProperty(harness_card, des3, CKP_CHAINING_MODE,
									   (PBYTE)name, 32, 0),
				       SCARD_E_INVALID_PARAMETER);
	}
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

/* Data that nobody encrypted, at once and in parts; the application's own error must be all that is in the queue. */
static void expect_quiet(CARD_KEY_HANDLE key, const CARD_EXT_CIPHER_INFO *info)
{
	BYTE out[DATA_MAX];
	SIZE_T len = sizeof(out);
	PCARD_EXT_CIPHER cipher = NULL;

	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 77);
	(void)at_once(key, info, span_of(data, 64), out, &len);
	ck_assert_code(table->pfnCipherBegin(harness_card, key, info, &cipher), ERROR_SUCCESS);
	(void)table->pfnCipherUpdate(cipher, data, 64, out, &len);
	(void)table->pfnCipherFinish(cipher, out, &len);
	table->pfnCipherDestroy(cipher);
	ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()), 77);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(openssls_queue_of_errors_stays_as_it_was)
{
	static const CARD_EXT_CIPHER_INFO infos[] = {
		{ .dwMode = CARD_EXT_MODE_ECB }, { .dwMode = CARD_EXT_MODE_CBC, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CBC_PAD, .cbIV = 16 }, { .dwMode = CARD_EXT_MODE_CTS, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CTR, .cbIV = 16, .cCounterBits = 1 }, { .dwMode = CARD_EXT_MODE_OFB, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CFB1, .cbIV = 16 }, { .dwMode = CARD_EXT_MODE_CFB8, .cbIV = 16 },
		{ .dwMode = CARD_EXT_MODE_CFB128, .cbIV = 16 }, { .dwMode = CARD_EXT_MODE_GCM, .cbIV = 12, .cbTag = 16 },
		{ .dwMode = CARD_EXT_MODE_CCM, .cbIV = 12, .cbTag = 16, .cbData = 48 }, { .dwMode = CARD_EXT_MODE_KW },
		{ .dwMode = CARD_EXT_MODE_KWP }, { .dwMode = CARD_EXT_MODE_KW_PKCS7 },
	};
	static const CARD_EXT_CIPHER_INFO chacha[] = {
		{ .dwMode = CARD_EXT_MODE_CHACHA20, .cbIV = 16, .cCounterBits = 32 },
		{ .dwMode = CARD_EXT_MODE_CHACHA20_POLY1305, .cbIV = 12, .cbTag = 16 },
	};
	CARD_EXT_CIPHER_INFO xts = { .dwMode = CARD_EXT_MODE_XTS, .pbIV = iv, .cbIV = 16 };
	BYTE twice[32] = { 0 };

	for (size_t i = 0; i < ARRAY_COUNT(infos); i++) {
		CARD_EXT_CIPHER_INFO info = infos[i];

		info.pbIV = iv;
		expect_quiet(key_of(0), &info);
	}
	for (size_t i = 0; i < ARRAY_COUNT(chacha); i++) {
		CARD_EXT_CIPHER_INFO info = chacha[i];

		info.pbIV = iv;
		expect_quiet(harness_import(CARD_EXT_CHACHA20_ALGORITHM, span_of(data, 32)), &info);
	}
	expect_quiet(harness_import(CARD_EXT_XTS_AES_ALGORITHM, span_of(twice, sizeof(twice))), &xts);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, every_kind_mode_length_and_step_agrees_with_openssl_both_ways);
	tcase_add_test(tc, each_message_of_a_key_begins_with_its_own_iv);
	tcase_add_test(tc, output_that_overlaps_input_is_right_wherever_it_begins);
	tcase_add_test(tc, input_that_is_not_whole_blocks_is_refused_at_the_end);
	tcase_add_test(tc, only_right_padding_is_accepted);
	tcase_add_test(tc, the_keys_own_mode_and_iv_can_be_used);
	tcase_add_test(tc, modes_and_ivs_are_checked);
	tcase_add_test(tc, each_mode_takes_its_own_parameters_only);
	tcase_add_test(tc, counters_have_their_bits_and_ccm_its_length);
	tcase_add_test(tc, a_counter_that_would_begin_anew_is_refused_before_it_does);
	tcase_add_test(tc, ciphertext_stealing_is_cs1_in_every_length_and_step);
	tcase_add_test(tc, ciphers_of_one_key_in_turn_never_disturb_each_other);
	tcase_add_test(tc, many_ciphers_of_one_key_at_the_same_time_are_their_own);
	tcase_add_test(tc, a_whole_message_without_room_leaves_the_cipher_as_it_began);
	tcase_add_test(tc, legacy_ciphers_are_there_while_somebody_wants_them);
	tcase_add_test(tc, an_xts_key_whose_halves_are_the_same_encrypts_nothing);
	tcase_add_test(tc, the_keys_own_mode_may_be_any_that_cng_has);
	tcase_add_test(tc, a_cipher_ends_with_its_key_and_with_its_context);
	tcase_add_test(tc, a_finished_cipher_takes_nothing_more);
	tcase_add_test(tc, openssls_queue_of_errors_stays_as_it_was);
}

TEST_MAIN("minidriver/drv_cipher", add)
