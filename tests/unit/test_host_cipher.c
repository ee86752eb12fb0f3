/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/ossl.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t key_bytes[64] = { 1, 2, 3 };
static const uint8_t iv[16] = { 9, 8, 7 };
static uint8_t text[100];

static struct md_cipher begin(struct md_key *key, enum md_cipher_mode mode, bool encrypt)
{
	const size_t block = md_key_alg(key) == MD_KEY_AES ? 16 : 8;
	const struct md_cipher_params params = { .mode = mode, .encrypt = encrypt,
						 .iv = mode == MD_CIPHER_ECB ? SPAN_EMPTY : span_of(iv, block) };
	struct md_cipher cipher = { NULL, NULL };

	ck_assert_md(md_cipher_begin(key, &params, &cipher), MD_OK);
	return cipher;
}

static size_t run(struct md_cipher cipher, struct span in, uint8_t *out)
{
	size_t len = 0;
	size_t last = 0;
	const size_t promised = md_cipher_update_len(&cipher, in.len);

	ck_assert_md(md_cipher_update(&cipher, in, out, &len), MD_OK);
	ck_assert_uint_eq(len, promised);
	ck_assert_uint_le(md_cipher_finish_len(&cipher), (size_t)16);
	{
		const size_t most = md_cipher_finish_len(&cipher);

		ck_assert_md(md_cipher_finish(&cipher, out + len, &last), MD_OK);
		ck_assert_uint_le(last, most);
	}
	md_cipher_end(&cipher);
	return len + last;
}

START_TEST(each_mode_goes_there_and_back)
{
	static const struct {
		enum md_key_alg alg;
		size_t len;
	} kinds[] = {
		{ MD_KEY_AES, 16 }, { MD_KEY_AES, 24 }, { MD_KEY_AES, 32 }, { MD_KEY_DES3, 24 }, { MD_KEY_DES2, 16 }
	};

	for (size_t kind = 0; kind < ARRAY_COUNT(kinds); kind++) {
		struct md_key *key = host_import(kinds[kind].alg, span_of(key_bytes, kinds[kind].len));

		for (unsigned mode = 0; mode <= MD_CIPHER_CBC_PAD; mode++) {
			const size_t text_len = mode == MD_CIPHER_CBC_PAD ? 77 : 96;
			uint8_t encrypted[128];
			uint8_t back[128];
			size_t len =
				run(begin(key, (enum md_cipher_mode)mode, true), span_of(text, text_len), encrypted);

			ck_assert_uint_ge(len, text_len);
			ck_assert_mem_ne(encrypted, text, text_len);
			len = run(begin(key, (enum md_cipher_mode)mode, false), span_of(encrypted, len), back);
			ck_assert_uint_eq(len, text_len);
			ck_assert_mem_eq(back, text, len);
		}
		md_key_release(key);
	}
}
END_TEST

/* A key of each kind and parameters for each mode; key_bytes is long enough for all. */
static const struct {
	struct md_cipher_params params;
	enum md_key_alg alg;
	size_t key_len;
} modes[] = {
	[MD_CIPHER_ECB] = { { .iv = { NULL, 0 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_CBC] = { { .iv = { iv, 16 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_CBC_PAD] = { { .iv = { iv, 16 } }, MD_KEY_AES, 24 },
	[MD_CIPHER_CTS] = { { .iv = { iv, 16 } }, MD_KEY_AES, 32 },
	[MD_CIPHER_CTR] = { { .iv = { iv, 16 }, .counter_bits = 128 }, MD_KEY_AES, 16 },
	[MD_CIPHER_OFB] = { { .iv = { iv, 16 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_CFB1] = { { .iv = { iv, 16 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_CFB8] = { { .iv = { iv, 16 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_CFB128] = { { .iv = { iv, 16 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_GCM] = { { .iv = { iv, 12 }, .aad = { iv, 16 }, .tag_len = 12 }, MD_KEY_AES, 16 },
	[MD_CIPHER_CCM] = { { .iv = { iv, 13 }, .aad = { iv, 16 }, .tag_len = 8, .data_len = 32 }, MD_KEY_AES, 16 },
	[MD_CIPHER_XTS] = { { .iv = { iv, 16 } }, MD_KEY_AES_XTS, 32 },
	[MD_CIPHER_KW] = { { .iv = { NULL, 0 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_KWP] = { { .iv = { NULL, 0 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_KW_PKCS7] = { { .iv = { NULL, 0 } }, MD_KEY_AES, 16 },
	[MD_CIPHER_RC4] = { { .iv = { NULL, 0 } }, MD_KEY_RC4, 16 },
	[MD_CIPHER_CHACHA20] = { { .iv = { iv, 16 }, .counter_bits = 32 }, MD_KEY_CHACHA20, 32 },
	[MD_CIPHER_CHACHA20_POLY1305] = { { .iv = { iv, 12 }, .tag_len = 16 }, MD_KEY_CHACHA20, 32 },
};

START_TEST(every_mode_encrypts_at_once_and_wraps_a_key)
{
	_Static_assert(ARRAY_COUNT(modes) == MD_CIPHER_COUNT, "all modes");
	ck_assert(ossl_legacy_acquire());
	for (unsigned mode = 0; mode < MD_CIPHER_COUNT; mode++) {
		struct md_cipher_params params = modes[mode].params;
		struct md_key *key = host_import(modes[mode].alg, span_of(key_bytes, modes[mode].key_len));
		struct md_key *inner = host_import(MD_KEY_AES, span_of(key_bytes, 32));
		struct md_key *back = NULL;
		struct md_cipher cipher = { NULL, NULL };
		uint8_t encrypted[80];
		uint8_t wrapped[80];
		size_t len = sizeof(encrypted);
		size_t wrapped_len = 0;

		params.mode = (enum md_cipher_mode)mode;
		params.encrypt = true;
		ck_assert_md(md_cipher_begin(key, &params, &cipher), MD_OK);
		ck_assert_md(md_cipher_once(&cipher, span_of(key_bytes, 32), encrypted, &len), MD_OK);
		md_cipher_end(&cipher);
		/* what wrapping does not look at */
		params.encrypt = false;
		params.data_len = 99;
		ck_assert_md(md_key_wrap(key, &params, inner, NULL, &wrapped_len), MD_OK);
		ck_assert_uint_eq(wrapped_len, len);
		wrapped_len--;
		ck_assert_md(md_key_wrap(key, &params, inner, wrapped, &wrapped_len), MD_E_INSUFFICIENT_BUFFER);
		ck_assert_uint_eq(wrapped_len, len);
		ck_assert_md(md_key_wrap(key, &params, inner, wrapped, &wrapped_len), MD_OK);
		ck_assert_mem_eq(wrapped, encrypted, len);
		ck_assert_md(md_key_unwrap(key, &params, span_of(wrapped, len), MD_KEY_AES, 32, &back), MD_OK);
		host_key_is(back, span_of(key_bytes, 32));
		md_key_release(back);
		md_key_release(inner);
		md_key_release(key);
	}
	ossl_legacy_release();
}
END_TEST

START_TEST(wrapping_in_whole_blocks_adds_zero_bytes_and_unwrapping_takes_them_off)
{
	const struct md_cipher_params ecb = { .mode = MD_CIPHER_ECB };
	const struct md_cipher_params gcm = { .mode = MD_CIPHER_GCM, .iv = { iv, 12 }, .tag_len = 16 };
	struct md_key *key = host_import(MD_KEY_AES, span_of(key_bytes, 16));
	struct md_key *inner = host_import(MD_KEY_GENERIC, span_of(key_bytes, 19));
	struct md_key *back = NULL;
	uint8_t wrapped[64];
	size_t len = sizeof(wrapped);

	ck_assert_md(md_key_wrap(key, &ecb, inner, wrapped, &len), MD_OK);
	ck_assert_uint_eq(len, 32);
	ck_assert_md(md_key_unwrap(key, &ecb, span_of(wrapped, 32), MD_KEY_GENERIC, 19, &back), MD_OK);
	host_key_is(back, span_of(key_bytes, 19));
	md_key_release(back);
	ck_assert_md(md_key_unwrap(key, &ecb, span_of(wrapped, 32), MD_KEY_AES, 0, &back), MD_OK);
	ck_assert_uint_eq(md_key_len(back), 32);
	md_key_release(back);
	ck_assert_md(md_key_unwrap(key, &ecb, span_of(wrapped, 32), MD_KEY_GENERIC, 16, &back), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_unwrap(key, &ecb, span_of(wrapped, 32), MD_KEY_GENERIC, 33, &back), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_key_unwrap(key, &ecb, span_of(wrapped, 31), MD_KEY_GENERIC, 0, &back), MD_E_INVALID_PARAMETER);
	len = sizeof(wrapped);
	ck_assert_md(md_key_wrap(key, &gcm, inner, wrapped, &len), MD_OK);
	wrapped[3] ^= 1;
	ck_assert_md(md_key_unwrap(key, &gcm, span_of(wrapped, len), MD_KEY_GENERIC, 0, &back), MD_E_TAG_MISMATCH);
	ck_assert_md(md_key_unwrap(key, &gcm, span_of(wrapped, 15), MD_KEY_GENERIC, 0, &back), MD_E_INVALID_PARAMETER);
	md_key_release(inner);
	md_key_release(key);
}
END_TEST

START_TEST(the_key_may_be_released_while_the_cipher_runs)
{
	struct md_key *key = host_import(MD_KEY_AES, span_of(key_bytes, 16));
	struct md_cipher cipher = begin(key, MD_CIPHER_CBC_PAD, true);
	uint8_t out[128];

	md_key_release(key);
	ck_assert_uint_eq(run(cipher, span_of(text, 20), out), 32);
}
END_TEST

START_TEST(errors_are_told)
{
	struct md_key *key = host_import(MD_KEY_AES, span_of(key_bytes, 16));
	struct md_key *generic = host_import(MD_KEY_GENERIC, span_of(key_bytes, 16));
	struct md_cipher cipher = { NULL, NULL };
	uint8_t out[64];
	size_t len;

	ck_assert_md(md_cipher_begin(key, &(struct md_cipher_params){ .mode = MD_CIPHER_CBC }, &cipher),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_cipher_begin(key, &(struct md_cipher_params){ .mode = MD_CIPHER_CBC, .iv = span_of(iv, 8) },
				     &cipher),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_cipher_begin(key, &(struct md_cipher_params){ .mode = MD_CIPHER_ECB, .iv = span_of(iv, 16) },
				     &cipher),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_cipher_begin(key, &(struct md_cipher_params){ .mode = MD_CIPHER_COUNT }, &cipher),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_cipher_begin(generic, &(struct md_cipher_params){ .mode = MD_CIPHER_ECB }, &cipher),
		     MD_E_UNSUPPORTED_FEATURE);
	ck_assert_ptr_null(cipher.key);
	cipher = begin(key, MD_CIPHER_CBC, true);
	ck_assert_md(md_cipher_update(&cipher, span_of(text, 17), out, &len), MD_OK);
	ck_assert_md(md_cipher_finish(&cipher, out, &len), MD_E_INVALID_PARAMETER);
	md_cipher_end(&cipher);
	cipher = begin(key, MD_CIPHER_CBC_PAD, false);
	ck_assert_md(md_cipher_update(&cipher, span_of(text, 16), out, &len), MD_OK);
	ck_assert_md(md_cipher_finish(&cipher, out, &len), MD_E_INVALID_VALUE);
	md_cipher_end(&cipher);
	md_cipher_end(&(struct md_cipher){ NULL, NULL });
	md_key_release(key);
	md_key_release(generic);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, each_mode_goes_there_and_back);
	tcase_add_test(tc, every_mode_encrypts_at_once_and_wraps_a_key);
	tcase_add_test(tc, wrapping_in_whole_blocks_adds_zero_bytes_and_unwrapping_takes_them_off);
	tcase_add_test(tc, the_key_may_be_released_while_the_cipher_runs);
	tcase_add_test(tc, errors_are_told);
}

TEST_MAIN("minidriver/host_cipher", add)
