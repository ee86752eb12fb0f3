/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* md_capi_*: what CryptDeriveKey would make, of a session key's bytes or of data. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/wincrypt.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t data[] = "apple-camshaft";
#define DATA span_of(data, sizeof(data) - 1)
#define BITS(bits) ((uint32_t)(bits) << 16)
#define CREATE(bits) (BITS(bits) | CRYPT_CREATE_SALT)

/* A hash of the data; returns its length. */
static size_t hashed(const char *name, uint8_t ret_value[64])
{
	size_t len = 64;

	ck_assert_int_eq(EVP_Q_digest(ossl_context(), name, NULL, data, sizeof(data) - 1, ret_value, &len), 1);
	return len;
}

/* The key of both sources is these bytes, and its salt their end. */
static void is(const struct md_capi *capi, enum md_key_alg alg, struct span expected, size_t salt_len)
{
	struct md_key *base = host_import(MD_KEY_GENERIC, DATA);
	struct md_capi_shape shape;

	ck_assert_md(md_capi_shape(capi, &shape), MD_OK);
	ck_assert_int_eq(shape.alg, alg);
	ck_assert_uint_eq(shape.key_len, expected.len);
	ck_assert_uint_eq(shape.salt_len, salt_len);
	for (int from_data = 0; from_data < 2; from_data++) {
		uint8_t salt[MD_CAPI_SALT_MAX];
		struct md_key *key = NULL;

		ck_assert_md(from_data ? md_capi_derive_data(host_card, DATA, capi, &key, salt)
				       : md_capi_derive(base, capi, &key, salt),
			     MD_OK);
		ck_assert_int_eq(md_key_alg(key), alg);
		host_key_is(key, expected);
		ck_assert_mem_eq(salt, expected.data + expected.len - salt_len, salt_len);
		md_key_release(key);
	}
	md_key_release(base);
}

START_TEST(the_leading_bytes_of_the_hash_are_the_key)
{
	static const struct {
		enum md_hash hash;
		const char *name;
	} hashes[] = { { MD_HASH_MD5, "MD5" },
		       { MD_HASH_SHA1, "SHA1" },
		       { MD_HASH_SHA256, "SHA256" },
		       { MD_HASH_SHA384, "SHA384" },
		       { MD_HASH_SHA512, "SHA512" } };

	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		uint8_t value[64];
		const size_t len = hashed(hashes[i].name, value);

		is(&(struct md_capi){ hashes[i].hash, CALG_RC2, 0 }, MD_KEY_RC2, span_of(value, 16), 0);
		is(&(struct md_capi){ hashes[i].hash, CALG_RC4, BITS(56) }, MD_KEY_RC4, span_of(value, 7), 0);
		is(&(struct md_capi){ hashes[i].hash, CALG_RC4, BITS(40) | CRYPT_NO_SALT }, MD_KEY_RC4,
		   span_of(value, 5), 0);
		if (len >= 32)
			is(&(struct md_capi){ hashes[i].hash, CALG_AES_256, 0 }, MD_KEY_AES, span_of(value, 32), 0);
	}
}
END_TEST

START_TEST(a_salt_stands_behind_the_key)
{
	uint8_t value[64];
	uint8_t zeros[16] = { 0 };

	(void)hashed("SHA1", value);
	memcpy(zeros, value, 5);
	is(&(struct md_capi){ MD_HASH_SHA1, CALG_RC2, BITS(40) }, MD_KEY_RC2, span_of(zeros, 16), 11);
	is(&(struct md_capi){ MD_HASH_SHA1, CALG_RC2, CREATE(40) }, MD_KEY_RC2, span_of(value, 16), 11);
	is(&(struct md_capi){ MD_HASH_SHA1, CALG_RC4, CREATE(56) }, MD_KEY_RC4, span_of(value, 16), 9);
	is(&(struct md_capi){ MD_HASH_SHA1, CALG_RC4, CREATE(128) }, MD_KEY_RC4, span_of(value, 16), 0);
}
END_TEST

/* By CryptDeriveKey of Windows: PasswordDeriveBytesTests.cs of dotnet/runtime; "PasswordGoesHere", SHA-1. */
START_TEST(aes_and_3des_from_older_hashes_are_expanded)
{
	static const uint8_t expected[] = { 0x97, 0x62, 0x8A, 0x64, 0x19, 0x49, 0xD9, 0x9D, 0xCE, 0xD3, 0x5D, 0xB0,
					    0xAB, 0xCE, 0x20, 0xF2, 0x1F, 0xF4, 0xDA, 0x9B, 0x46, 0xE0, 0x0B, 0xCE };
	const struct md_capi des = { MD_HASH_SHA1, CALG_3DES, 0 };
	const struct md_capi aes = { MD_HASH_SHA1, CALG_AES_128, 0 };
	uint8_t salt[MD_CAPI_SALT_MAX];
	uint8_t found[16];
	struct md_key *key = NULL;

	ck_assert_md(md_capi_derive_data(host_card, span_of("PasswordGoesHere", 16), &des, &key, salt), MD_OK);
	host_key_is(key, span_of(expected, sizeof(expected)));
	md_key_release(key);
	ck_assert_md(md_capi_derive_data(host_card, span_of("PasswordGoesHere", 16), &aes, &key, salt), MD_OK);
	ck_assert_md(md_key_read(key, found, sizeof(found)), MD_OK);
	for (size_t i = 0; i < sizeof(found); i++)
		ck_assert_uint_eq(found[i] & 0xFE, expected[i] & 0xFE); /* without DES' parity */
	md_key_release(key);
}
END_TEST

START_TEST(what_cryptderivekey_would_not_make_is_refused)
{
	static const struct md_capi bad[] = {
		{ MD_HASH_NONE, CALG_RC2, 0 },
		{ MD_HASH_SHA224, CALG_RC2, 0 },
		{ MD_HASH_SHA3_256, CALG_RC2, 0 },
		{ MD_HASH_COUNT, CALG_RC2, 0 },
		{ MD_HASH_SHA1, 0, 0 },
		{ MD_HASH_SHA1, CALG_AES, 0 },
		{ MD_HASH_SHA1, CALG_RC5, 0 },
		{ MD_HASH_SHA1, CALG_RC2, BITS(32) },
		{ MD_HASH_SHA1, CALG_RC2, BITS(41) },
		{ MD_HASH_SHA1, CALG_RC2, BITS(136) },
		{ MD_HASH_SHA1, CALG_DES, BITS(40) },
		{ MD_HASH_SHA1, CALG_AES_128, BITS(192) },
		{ MD_HASH_SHA1, CALG_RC2, 0x8000 },
		{ MD_HASH_SHA1, CALG_RC2, CRYPT_OAEP },
	};
	struct md_key *base = host_import(MD_KEY_GENERIC, DATA);

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		uint8_t salt[MD_CAPI_SALT_MAX];
		struct md_capi_shape shape;
		struct md_key *key = NULL;

		ck_assert_md(md_capi_shape(&bad[i], &shape), MD_E_INVALID_PARAMETER);
		ck_assert_md(md_capi_derive(base, &bad[i], &key, salt), MD_E_INVALID_PARAMETER);
		ck_assert_md(md_capi_derive_data(host_card, DATA, &bad[i], &key, salt), MD_E_INVALID_PARAMETER);
		ck_assert_ptr_null(key);
	}
	md_key_release(base);
}
END_TEST

START_TEST(nothing_can_be_hashed_too)
{
	static const uint8_t md5_of_nothing[] = { 0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04,
						  0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e };
	const struct md_capi capi = { MD_HASH_MD5, CALG_RC4, 0 };
	uint8_t salt[MD_CAPI_SALT_MAX];
	struct md_key *key = NULL;

	ck_assert_md(md_capi_derive_data(host_card, SPAN_EMPTY, &capi, &key, salt), MD_OK);
	host_key_is(key, span_of(md5_of_nothing, sizeof(md5_of_nothing)));
	md_key_release(key);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, the_leading_bytes_of_the_hash_are_the_key);
	tcase_add_test(tc, a_salt_stands_behind_the_key);
	tcase_add_test(tc, aes_and_3des_from_older_hashes_are_expanded);
	tcase_add_test(tc, what_cryptderivekey_would_not_make_is_refused);
	tcase_add_test(tc, nothing_can_be_hashed_too);
}

TEST_MAIN("minidriver/host_capi", add)
