/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t key_bytes[32] = { 1, 2, 3 };
static const uint8_t iv[16] = { 9, 8, 7 };
static uint8_t text[100];

static struct md_cipher *begin(struct md_key *key, enum md_cipher_mode mode, bool encrypt)
{
	const size_t block = md_key_alg(key) == MD_KEY_AES ? 16 : 8;
	const struct md_cipher_params params = { .mode = mode, .encrypt = encrypt,
						 .iv = mode == MD_CIPHER_ECB ? SPAN_EMPTY : span_of(iv, block) };
	struct md_cipher *cipher = NULL;

	ck_assert_md(md_cipher_begin(key, &params, &cipher), MD_OK);
	ck_assert_uint_eq(md_cipher_block(cipher), block);
	return cipher;
}

static size_t run(struct md_cipher *cipher, struct span in, uint8_t *out)
{
	size_t len = 0;
	size_t last = 0;
	const size_t promised = md_cipher_update_len(cipher, in.len);

	ck_assert_md(md_cipher_update(cipher, in, out, &len), MD_OK);
	ck_assert_uint_eq(len, promised);
	ck_assert_uint_le(md_cipher_finish_len(cipher), md_cipher_block(cipher));
	{
		const size_t most = md_cipher_finish_len(cipher);

		ck_assert_md(md_cipher_finish(cipher, out + len, &last), MD_OK);
		ck_assert_uint_le(last, most);
	}
	md_cipher_free(cipher);
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

		for (unsigned mode = 0; mode < MD_CIPHER_COUNT; mode++) {
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

START_TEST(the_key_may_be_released_while_the_cipher_runs)
{
	struct md_key *key = host_import(MD_KEY_AES, span_of(key_bytes, 16));
	struct md_cipher *cipher = begin(key, MD_CIPHER_CBC_PAD, true);
	uint8_t out[128];

	md_key_release(key);
	ck_assert_uint_eq(run(cipher, span_of(text, 20), out), 32);
}
END_TEST

START_TEST(errors_are_told)
{
	struct md_key *key = host_import(MD_KEY_AES, span_of(key_bytes, 16));
	struct md_key *generic = host_import(MD_KEY_GENERIC, span_of(key_bytes, 16));
	struct md_cipher *cipher = NULL;
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
	ck_assert_ptr_null(cipher);
	cipher = begin(key, MD_CIPHER_CBC, true);
	ck_assert_md(md_cipher_update(cipher, span_of(text, 17), out, &len), MD_OK);
	ck_assert_md(md_cipher_finish(cipher, out, &len), MD_E_INVALID_PARAMETER);
	md_cipher_free(cipher);
	cipher = begin(key, MD_CIPHER_CBC_PAD, false);
	ck_assert_md(md_cipher_update(cipher, span_of(text, 16), out, &len), MD_OK);
	ck_assert_md(md_cipher_finish(cipher, out, &len), MD_E_INVALID_VALUE);
	md_cipher_free(cipher);
	md_cipher_free(NULL);
	md_key_release(key);
	md_key_release(generic);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, each_mode_goes_there_and_back);
	tcase_add_test(tc, the_key_may_be_released_while_the_cipher_runs);
	tcase_add_test(tc, errors_are_told);
}

TEST_MAIN("minidriver/host_cipher", add)
