/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/ossl_dispatch, ossl_cipher and ossl_digest: what the provider's own functions give is what EVP gives. */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_cipher.h"
#include "base/ossl_digest.h"
#include "base/ossl_dispatch.h"
#include "base/ossl_fetch.h"
#include "tests/unit/test.h"

#define DATA_LEN 96u
#define TAG_LEN 16u

static const uint8_t key_bytes[64] = { 1, 2, 3, 4, 5, 6, 7, 8, [32] = 9, 10, 11, 12 };
static const uint8_t iv_bytes[16] = { 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36 };
static const uint8_t data[DATA_LEN] = "what is enciphered here and hashed there, for as long as six of AES' blocks are";

/* ---- tables -------------------------------------------------------------------------------------------- */

static const OSSL_PROVIDER *default_provider(void)
{
	return EVP_CIPHER_get0_provider(ossl_cipher("AES-128-CBC")->evp);
}

START_TEST(a_table_is_found_by_each_of_its_names_and_in_any_case)
{
	const OSSL_DISPATCH *table;

	ck_assert(ossl_acquire());
	table = ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "SHA2-256");
	ck_assert_ptr_nonnull(table);
	ck_assert_ptr_eq(ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "sha256"), table);
	ck_assert_ptr_eq(ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "2.16.840.1.101.3.4.2.1"), table);
	ck_assert_ptr_ne(ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "SHA2-512"), table);
	ossl_release();
}
END_TEST

START_TEST(a_piece_of_a_name_finds_nothing)
{
	ck_assert(ossl_acquire());
	ck_assert_ptr_null(ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "SHA2-25"));
	ck_assert_ptr_null(ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "2-256"));
	ck_assert_ptr_null(ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "AES-128-CBC"));
	ck_assert_ptr_null(ossl_dispatch(default_provider(), OSSL_OP_CIPHER, "RC4"));
	ossl_release();
}
END_TEST

START_TEST(a_function_that_a_table_lacks_is_none)
{
	const OSSL_DISPATCH *table;

	ck_assert(ossl_acquire());
	table = ossl_dispatch(default_provider(), OSSL_OP_DIGEST, "SHA2-256");
	ck_assert_ptr_nonnull(ossl_dispatch_function(table, OSSL_FUNC_DIGEST_NEWCTX));
	ck_assert_ptr_null(ossl_dispatch_function(table, 9999));
	ossl_release();
}
END_TEST

/* ---- ciphers ------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	size_t key_len;
	size_t iv_len;
	bool tags;
} ciphers[] = {
	{ "AES-128-ECB", 16, 0, false }, { "AES-192-CBC", 24, 16, false }, { "AES-256-CBC", 32, 16, false },
	{ "AES-256-CTR", 32, 16, false }, { "AES-128-OFB", 16, 16, false }, { "AES-128-CFB", 16, 16, false },
	{ "AES-128-CFB8", 16, 16, false }, { "AES-128-CFB1", 16, 16, false }, { "AES-256-XTS", 64, 16, false },
	{ "DES-EDE3-CBC", 24, 8, false }, { "DES-EDE-ECB", 16, 0, false }, { "ChaCha20", 32, 16, false },
	{ "AES-128-GCM", 16, 12, true }, { "AES-256-GCM", 32, 16, true }, { "ChaCha20-Poly1305", 32, 12, true },
};

static void encrypt_with_evp(int i, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t iv_len = ciphers[i].iv_len;
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &iv_len), OSSL_PARAM_END };
	int len = 0;

	ck_assert_int_eq(EVP_EncryptInit_ex2(context, ossl_cipher(ciphers[i].name)->evp, NULL, NULL,
					     ciphers[i].tags ? params : NULL),
			 1);
	ck_assert_int_eq(EVP_EncryptInit_ex2(context, NULL, key_bytes, iv_len != 0 ? iv_bytes : NULL, NULL), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(context, 0), 1);
	if (ciphers[i].tags)
		ck_assert_int_eq(EVP_EncryptUpdate(context, NULL, &len, iv_bytes, sizeof(iv_bytes)), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(context, out, &len, data, DATA_LEN), 1);
	ck_assert_int_eq(len, DATA_LEN);
	ck_assert_int_eq(EVP_EncryptFinal_ex(context, out + len, &len), 1);
	if (ciphers[i].tags)
		ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag), 1);
	EVP_CIPHER_CTX_free(context);
}

static bool run(const struct ossl_cipher_context *context, int i, struct span in, uint8_t *out)
{
	if (!ciphers[i].tags)
		return ossl_cipher_run(context, in, out);
	return ossl_cipher_update(context, span_of(iv_bytes, sizeof(iv_bytes)), NULL) && ossl_cipher_update(context, in, out) &&
	       ossl_cipher_finish(context);
}

START_TEST(a_cipher_gives_what_evp_gives_and_takes_it_back)
{
	const struct span key = span_of(key_bytes, ciphers[_i].key_len);
	const struct span iv = span_of(iv_bytes, ciphers[_i].iv_len);
	struct ossl_cipher_context context;
	uint8_t expected[DATA_LEN];
	uint8_t expected_tag[TAG_LEN];
	uint8_t out[DATA_LEN];
	uint8_t tag[TAG_LEN];

	ck_assert(ossl_acquire());
	encrypt_with_evp(_i, expected, expected_tag);
	ck_assert(ossl_cipher_begin(&context, ossl_cipher(ciphers[_i].name)));
	ck_assert(ossl_cipher_set(&context, true, key, iv));
	ck_assert(run(&context, _i, span_of(data, DATA_LEN), out));
	ck_assert_mem_eq(out, expected, DATA_LEN);
	if (ciphers[_i].tags) {
		ck_assert(ossl_cipher_get_tag(&context, tag, TAG_LEN));
		ck_assert_mem_eq(tag, expected_tag, TAG_LEN);
	}
	/* once more from the beginning, with the key it has */
	ck_assert(ossl_cipher_set(&context, true, SPAN_EMPTY, iv));
	ck_assert(run(&context, _i, span_of(data, DATA_LEN), out));
	ck_assert_mem_eq(out, expected, DATA_LEN);
	ossl_cipher_end(&context);

	ck_assert(ossl_cipher_begin(&context, ossl_cipher(ciphers[_i].name)));
	ck_assert(ossl_cipher_set(&context, false, key, iv));
	ck_assert(!ciphers[_i].tags || ossl_cipher_expect_tag(&context, span_of(tag, TAG_LEN)));
	ck_assert(run(&context, _i, span_of(expected, DATA_LEN), out));
	ck_assert_mem_eq(out, data, DATA_LEN);
	ossl_cipher_end(&context);
	ck_assert_ptr_null(context.inside);
	ossl_cipher_end(&context);
	ossl_release();
}
END_TEST

START_TEST(a_wrong_tag_is_refused)
{
	const struct span key = span_of(key_bytes, ciphers[_i].key_len);
	const struct span iv = span_of(iv_bytes, ciphers[_i].iv_len);
	struct ossl_cipher_context context;
	uint8_t encrypted[DATA_LEN];
	uint8_t tag[TAG_LEN];
	uint8_t out[DATA_LEN];

	if (!ciphers[_i].tags)
		return;
	ck_assert(ossl_acquire());
	encrypt_with_evp(_i, encrypted, tag);
	tag[TAG_LEN - 1] ^= 1;
	ck_assert(ossl_cipher_begin(&context, ossl_cipher(ciphers[_i].name)));
	ck_assert(ossl_cipher_set(&context, false, key, iv));
	ck_assert(ossl_cipher_expect_tag(&context, span_of(tag, TAG_LEN)));
	ck_assert(!run(&context, _i, span_of(encrypted, DATA_LEN), out));
	ossl_cipher_end(&context);
	ossl_release();
}
END_TEST

START_TEST(the_iv_goes_on_with_the_last_block)
{
	struct ossl_cipher_context context;
	uint8_t out[DATA_LEN];
	uint8_t iv[16];

	ck_assert(ossl_acquire());
	ck_assert(ossl_cipher_begin(&context, ossl_cipher("AES-128-CBC")));
	ck_assert(ossl_cipher_set(&context, true, span_of(key_bytes, 16), span_of(iv_bytes, 16)));
	ck_assert(ossl_cipher_run(&context, span_of(data, DATA_LEN), out));
	ck_assert(ossl_cipher_get_iv(&context, iv, sizeof(iv)));
	ck_assert_mem_eq(iv, out + DATA_LEN - sizeof(iv), sizeof(iv));
	ossl_cipher_end(&context);
	ossl_release();
}
END_TEST

START_TEST(a_key_of_another_length_is_refused)
{
	struct ossl_cipher_context context;

	ck_assert(ossl_acquire());
	ck_assert(ossl_cipher_begin(&context, ossl_cipher("AES-128-CBC")));
	ck_assert(!ossl_cipher_set(&context, true, span_of(key_bytes, 24), SPAN_EMPTY));
	ossl_cipher_end(&context);
	ossl_release();
}
END_TEST

/* ---- hashes -------------------------------------------------------------------------------------------- */

static const char *const digests[] = { "MD5", "SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512", "SHA2-512/256",
				       "SHA3-256", "SHA3-512", "BLAKE2B-512" };

START_TEST(a_hash_gives_what_evp_gives)
{
	const struct ossl_digest *digest;
	struct ossl_digest_context context;
	struct ossl_digest_context copy;
	uint8_t expected[EVP_MAX_MD_SIZE];
	uint8_t out[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	ck_assert(ossl_acquire());
	digest = ossl_digest(digests[_i]);
	ck_assert_ptr_nonnull(digest);
	ck_assert_int_eq(EVP_Digest(data, DATA_LEN, expected, &len, digest->evp, NULL), 1);
	ck_assert_uint_eq(digest->block, (size_t)EVP_MD_get_block_size(digest->evp));
	ck_assert(ossl_digest_begin(&context, digest));
	/* the second time as the first, and in parts, one of them empty */
	for (size_t round = 0; round < 2; round++) {
		ck_assert(ossl_digest_start(&context));
		ck_assert(ossl_digest_feed(&context, span_of(data, 7)));
		ck_assert(ossl_digest_feed(&context, SPAN_EMPTY));
		ck_assert(ossl_digest_copy(&context, &copy));
		ck_assert(ossl_digest_feed(&context, span_of(data + 7, DATA_LEN - 7)));
		ck_assert(ossl_digest_finish(&context, out, len));
		ck_assert_mem_eq(out, expected, len);
		ck_assert(ossl_digest_feed(&copy, span_of(data + 7, DATA_LEN - 7)));
		ck_assert(ossl_digest_finish(&copy, out, len));
		ck_assert_mem_eq(out, expected, len);
		ossl_digest_end(&copy);
	}
	ossl_digest_end(&context);
	ossl_digest_end(&context);
	ossl_release();
}
END_TEST

START_TEST(a_length_is_obeyed_where_it_is_said_to_be)
{
	const struct ossl_digest *digest;
	struct ossl_digest_context context;
	uint8_t out[20];

	ck_assert(ossl_acquire());
	digest = ossl_digest("BLAKE2B-512");
	ck_assert(!ossl_digest("SHA2-256")->takes_len);
	ck_assert(ossl_digest_begin(&context, digest));
	ck_assert(!digest->takes_len || ossl_digest_start_sized(&context, sizeof(out)));
	ck_assert(!digest->takes_len || ossl_digest_finish(&context, out, sizeof(out)));
	ossl_digest_end(&context);
	ossl_release();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_table_is_found_by_each_of_its_names_and_in_any_case);
	tcase_add_test(tc, a_piece_of_a_name_finds_nothing);
	tcase_add_test(tc, a_function_that_a_table_lacks_is_none);
	tcase_add_loop_test(tc, a_cipher_gives_what_evp_gives_and_takes_it_back, 0, ARRAY_COUNT(ciphers));
	tcase_add_loop_test(tc, a_wrong_tag_is_refused, 0, ARRAY_COUNT(ciphers));
	tcase_add_test(tc, the_iv_goes_on_with_the_last_block);
	tcase_add_test(tc, a_key_of_another_length_is_refused);
	tcase_add_loop_test(tc, a_hash_gives_what_evp_gives, 0, ARRAY_COUNT(digests));
	tcase_add_test(tc, a_length_is_obeyed_where_it_is_said_to_be);
}

TEST_MAIN("base/ossl_direct", add)
