/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_hash.h"
#include "minidriver/kdf.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define ROUNDS_MAX 255u

static uint8_t z[66];
static size_t z_len;
static struct harness_base agreement;
static struct harness_base key;
static uint8_t okm[ROUNDS_MAX * 64];

static void set_up(void)
{
	harness_open();
	agreement = HARNESS_INDEX(harness_agree(2));
	z_len = fake_own_z(2, z);
	key = HARNESS_KEY(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)));
}

/* ---- OpenSSL's own HKDF ----------------------------------------------------------------------------- */

struct hkdf {
	const char *mode;
	const struct hash *hash;
	struct span ikm;
	struct span salt;
	struct span info;
};

static OSSL_PARAM octets(const char *name, struct span bytes)
{
	static uint8_t nothing;

	return OSSL_PARAM_construct_octet_string(name, bytes.len != 0 ? (void *)(uintptr_t)bytes.data : &nothing,
						 bytes.len);
}

static void openssl_hkdf(const struct hkdf *hkdf, uint8_t *ret_okm, size_t len)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("mode", (char *)(uintptr_t)hkdf->mode, 0),
		OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t)hkdf->hash->ossl, 0),
		octets("key", hkdf->ikm),
		octets("salt", hkdf->salt),
		octets("info", hkdf->info),
		OSSL_PARAM_END,
	};
	EVP_KDF *kdf = EVP_KDF_fetch(ossl_context(), "HKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);

	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(EVP_KDF_derive(context, ret_okm, len, params), 1);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

static void both_give(LPCWSTR kdf, struct harness_list *list, struct span expected)
{
	harness_gives(agreement, kdf, list, expected);
	harness_gives(key, kdf, list, expected);
}

static void check_hash(const struct hash *hash, size_t len)
{
	const DWORD bits = (DWORD)(8 * len);
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	harness_name(&list, hash->name);
	harness_dword(&list, KDF_KEYBITLENGTH, &bits);
	openssl_hkdf(&(struct hkdf){ "EXPAND_ONLY", hash, span_of(z, z_len), SPAN_EMPTY, SPAN_EMPTY }, okm, len);
	both_give(CARD_EXT_KDF_HKDF_EXPAND, &list, span_of(okm, len));
	openssl_hkdf(&(struct hkdf){ "EXTRACT_AND_EXPAND", hash, span_of(z, z_len), SPAN_EMPTY, SPAN_EMPTY }, okm, len);
	both_give(BCRYPT_KDF_HKDF, &list, span_of(okm, len));
	harness_param(&list, KDF_HKDF_SALT, "salt", 4);
	harness_param(&list, KDF_HKDF_INFO, "info", 4);
	openssl_hkdf(&(struct hkdf){ "EXTRACT_AND_EXPAND", hash, span_of(z, z_len), span_of("salt", 4),
				     span_of("info", 4) },
		     okm, len);
	both_give(BCRYPT_KDF_HKDF, &list, span_of(okm, len));
}

START_TEST(each_hash_gives_what_openssl_gives)
{
	static const size_t lens[] = { 1, 16, 32, 65, 200 };

	for (unsigned id = HASH_MD5; id <= HASH_SHA512_256; id++) {
		for (size_t i = 0; i < ARRAY_COUNT(lens); i++)
			check_hash(hash_of((enum hash_id)id), lens[i]);
		check_hash(hash_of((enum hash_id)id), ROUNDS_MAX * hash_of((enum hash_id)id)->len);
	}
}
END_TEST

START_TEST(each_length_up_to_three_hashes_is_a_beginning_of_the_longest)
{
	openssl_hkdf(&(struct hkdf){ "EXTRACT_AND_EXPAND", hash_of(HASH_SHA256), span_of(z, z_len), span_of("s", 1),
				     span_of("i", 1) },
		     okm, 96);
	for (DWORD len = 1; len <= 96; len++) {
		const DWORD bits = 8 * len;
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		harness_param(&list, KDF_HKDF_INFO, "i", 1);
		harness_dword(&list, KDF_KEYBITLENGTH, &bits);
		harness_param(&list, KDF_HKDF_SALT, "s", 1);
		harness_name(&list, BCRYPT_SHA256_ALGORITHM);
		both_give(BCRYPT_KDF_HKDF, &list, span_of(okm, len));
	}
}
END_TEST

START_TEST(without_a_length_it_is_one_hash_or_what_the_key_wants)
{
	const CARD_KEY_HANDLE base = key.key;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = BCRYPT_KDF_HKDF, .pwszAlgId = CARD_AES_ALGORITHM, .dwKeyLen = 192,
				 .pParameterList = &list.desc };
	CARD_EXT_KEY_INFO made;

	harness_name(&list, BCRYPT_SHA1_ALGORITHM);
	openssl_hkdf(&(struct hkdf){ "EXTRACT_AND_EXPAND", hash_of(HASH_SHA1), span_of(z, z_len), SPAN_EMPTY,
				     SPAN_EMPTY },
		     okm, 20);
	both_give(BCRYPT_KDF_HKDF, &list, span_of(okm, 20));
	ck_assert_code(harness_keys()->pfnKeyDerive(harness_card, base, &info), ERROR_SUCCESS);
	ck_assert_code(harness_keys()->pfnKeyInfo(harness_card, info.hKey, &made), ERROR_SUCCESS);
	ck_assert_uint_eq(made.cbKey, 24);
}
END_TEST

START_TEST(the_most_is_255_hashes)
{
	static const LPCWSTR names[] = { BCRYPT_KDF_HKDF, CARD_EXT_KDF_HKDF_EXPAND };

	for (unsigned id = HASH_MD5; id <= HASH_SHA512_256; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);
		const DWORD most = (DWORD)(8 * ROUNDS_MAX * hash->len);
		const DWORD more = most + 8;

		for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
			struct harness_list good = { .desc = { .cBuffers = 0 } };
			struct harness_list bad = { .desc = { .cBuffers = 0 } };

			harness_name(&good, hash->name);
			harness_dword(&good, KDF_KEYBITLENGTH, &most);
			ck_assert_uint_eq(harness_size(key, names[i], &good), most / 8);
			harness_name(&bad, hash->name);
			harness_dword(&bad, KDF_KEYBITLENGTH, &more);
			ck_assert_code(harness_refuses(key, names[i], &bad), SCARD_E_INVALID_PARAMETER);
			ck_assert_code(harness_refuses(agreement, names[i], &bad), SCARD_E_INVALID_PARAMETER);
		}
	}
}
END_TEST

START_TEST(extract_and_then_expand_is_both)
{
	struct harness_list extract = { .desc = { .cBuffers = 0 } };
	struct harness_list expand = { .desc = { .cBuffers = 0 } };
	struct harness_list whole = { .desc = { .cBuffers = 0 } };
	const DWORD bits = 800;
	uint8_t prk[48];

	openssl_hkdf(&(struct hkdf){ "EXTRACT_ONLY", hash_of(HASH_SHA384), span_of(z, z_len), span_of("salt", 4),
				     SPAN_EMPTY },
		     prk, sizeof(prk));
	harness_name(&extract, BCRYPT_SHA384_ALGORITHM);
	harness_param(&extract, KDF_HMAC_KEY, "salt", 4);
	both_give(BCRYPT_KDF_HMAC, &extract, span_of(prk, sizeof(prk)));

	openssl_hkdf(&(struct hkdf){ "EXPAND_ONLY", hash_of(HASH_SHA384), span_of(prk, sizeof(prk)), SPAN_EMPTY,
				     span_of("info", 4) },
		     okm, 100);
	harness_name(&expand, BCRYPT_SHA384_ALGORITHM);
	harness_param(&expand, KDF_HKDF_INFO, "info", 4);
	harness_dword(&expand, KDF_KEYBITLENGTH, &bits);
	harness_gives(HARNESS_KEY(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(prk, sizeof(prk)))),
		      CARD_EXT_KDF_HKDF_EXPAND, &expand, span_of(okm, 100));
	whole = expand;
	whole.desc.pBuffers = whole.buffers;
	harness_param(&whole, KDF_HKDF_SALT, "salt", 4);
	both_give(BCRYPT_KDF_HKDF, &whole, span_of(okm, 100));
}
END_TEST

START_TEST(the_salt_can_be_a_session_key)
{
	const CARD_KEY_HANDLE salt = harness_import(CARD_AES_ALGORITHM, span_of("0123456789abcdef", 16));
	struct harness_list hkdf = { .desc = { .cBuffers = 0 } };
	struct harness_list hmac = { .desc = { .cBuffers = 0 } };
	uint8_t prk[32];

	openssl_hkdf(&(struct hkdf){ "EXTRACT_AND_EXPAND", hash_of(HASH_SHA256), span_of(z, z_len),
				     span_of("0123456789abcdef", 16), SPAN_EMPTY },
		     okm, 32);
	harness_name(&hkdf, BCRYPT_SHA256_ALGORITHM);
	harness_param(&hkdf, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
	both_give(BCRYPT_KDF_HKDF, &hkdf, span_of(okm, 32));

	openssl_hkdf(&(struct hkdf){ "EXTRACT_ONLY", hash_of(HASH_SHA256), span_of(z, z_len),
				     span_of("0123456789abcdef", 16), SPAN_EMPTY },
		     prk, 32);
	harness_name(&hmac, BCRYPT_SHA256_ALGORITHM);
	harness_param(&hmac, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
	both_give(BCRYPT_KDF_HMAC, &hmac, span_of(prk, 32));

	/* it must be alive, a handle, and the only one that says what the salt is */
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, salt), ERROR_SUCCESS);
	ck_assert_code(harness_refuses(key, BCRYPT_KDF_HKDF, &hkdf), SCARD_E_INVALID_HANDLE);
	ck_assert_code(harness_refuses(agreement, BCRYPT_KDF_HMAC, &hmac), SCARD_E_INVALID_HANDLE);
	hkdf.buffers[1].cbBuffer = sizeof(salt) - 1;
	ck_assert_code(harness_refuses(key, BCRYPT_KDF_HKDF, &hkdf), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(one_salt_and_one_key_at_most)
{
	const CARD_KEY_HANDLE salt = harness_import(CARD_AES_ALGORITHM, span_of("0123456789abcdef", 16));
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct harness_list hmac = { .desc = { .cBuffers = 0 } };
	uint8_t bytes[64];
	size_t len;

	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	harness_param(&list, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
	ck_assert_uint_eq(harness_size(key, BCRYPT_KDF_HKDF, &list), 32);
	harness_param(&list, KDF_HKDF_SALT, NULL, 0);
	ck_assert_code(harness_refuses(key, BCRYPT_KDF_HKDF, &list), SCARD_E_INVALID_PARAMETER);
	harness_name(&hmac, BCRYPT_SHA256_ALGORITHM);
	harness_param(&hmac, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
	ck_assert_code(harness_derive(BCRYPT_KDF_HMAC, KDF_USE_SECRET_AS_HMAC_KEY_FLAG, &hmac, agreement.index, bytes,
				      &len),
		       SCARD_E_INVALID_PARAMETER);
	harness_param(&hmac, KDF_HMAC_KEY, "key", 3);
	ck_assert_code(harness_refuses(key, BCRYPT_KDF_HMAC, &hmac), SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* T(1) by the definition: OpenSSL 3.0's HKDF ends at 2048 bytes of info. */
START_TEST(the_info_may_be_longer_than_openssl_takes)
{
	static uint8_t info[5001];
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t expected[64];
	size_t len = 0;

	memset(info, 0x5A, sizeof(info));
	harness_name(&list, BCRYPT_SHA512_ALGORITHM);
	harness_param(&list, KDF_HKDF_INFO, info, 5000);
	info[5000] = 1;
	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), "HMAC", NULL, "SHA512", NULL, z, z_len, info, sizeof(info),
					expected, sizeof(expected), &len));
	both_give(CARD_EXT_KDF_HKDF_EXPAND, &list, span_of(expected, len));
}
END_TEST

START_TEST(an_empty_secret_and_empty_parameters_are_allowed)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	openssl_hkdf(&(struct hkdf){ "EXTRACT_AND_EXPAND", hash_of(HASH_SHA256), SPAN_EMPTY, SPAN_EMPTY, SPAN_EMPTY },
		     okm, 32);
	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	harness_gives(HARNESS_KEY(0), BCRYPT_KDF_HKDF, &list, span_of(okm, 32));
	harness_param(&list, KDF_HKDF_SALT, NULL, 0);
	harness_param(&list, KDF_HKDF_INFO, NULL, 0);
	harness_gives(HARNESS_KEY(0), BCRYPT_KDF_HKDF, &list, span_of(okm, 32));
}
END_TEST

START_TEST(a_hash_is_required_and_no_shake)
{
	static const LPCWSTR names[] = { BCRYPT_KDF_HKDF, CARD_EXT_KDF_HKDF_EXPAND };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		ck_assert_code(harness_refuses(key, names[i], NULL), SCARD_E_INVALID_PARAMETER);
		ck_assert_code(harness_refuses(agreement, names[i], &list), SCARD_E_INVALID_PARAMETER);
		harness_name(&list, BCRYPT_SHAKE256_ALGORITHM);
		ck_assert_code(harness_refuses(key, names[i], &list), SCARD_E_INVALID_PARAMETER);
		list.desc.cBuffers = 0;
		harness_name(&list, CARD_EXT_BLAKE2B_256_ALGORITHM);
		ck_assert_code(harness_refuses(key, names[i], &list), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_hash_gives_what_openssl_gives);
	tcase_add_test(tc, each_length_up_to_three_hashes_is_a_beginning_of_the_longest);
	tcase_add_test(tc, without_a_length_it_is_one_hash_or_what_the_key_wants);
	tcase_add_test(tc, the_most_is_255_hashes);
	tcase_add_test(tc, extract_and_then_expand_is_both);
	tcase_add_test(tc, the_salt_can_be_a_session_key);
	tcase_add_test(tc, one_salt_and_one_key_at_most);
	tcase_add_test(tc, the_info_may_be_longer_than_openssl_takes);
	tcase_add_test(tc, an_empty_secret_and_empty_parameters_are_allowed);
	tcase_add_test(tc, a_hash_is_required_and_no_shake);
}

TEST_MAIN("minidriver/kdf_hkdf", add)
