/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_hash.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static uint8_t z[66];
static size_t z_len;
static BYTE agreement;

static uint8_t joined[512];
static size_t joined_len;

static void set_up(void)
{
	harness_open();
	joined_len = 0;
	agreement = harness_agree(2);
	z_len = fake_own_z(2, z);
}

static void join(const void *bytes, size_t len)
{
	memcpy(joined + joined_len, bytes, len);
	joined_len += len;
}

static size_t hmac(const char *digest, struct span key, uint8_t ret_mac[64])
{
	size_t len = 0;

	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), "HMAC", NULL, digest, NULL, key.data, key.len, joined,
					joined_len, ret_mac, 64, &len));
	return len;
}

START_TEST(each_hash_of_the_table_hashes_z)
{
	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t digest[64];

		if (hash->xof || hash->sized || hash->legacy)
			continue;
		harness_name(&list, hash->name);
		ck_assert_uint_eq(harness_digest(hash->ossl, span_of(z, z_len), digest), hash->len);
		harness_derive_gives(BCRYPT_KDF_HASH, 0, &list, agreement, span_of(digest, hash->len));
	}
}
END_TEST

START_TEST(hmac_takes_each_hash_that_is_whole)
{
	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);
		const struct harness_base base = { .index = agreement };
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t mac[64];

		harness_name(&list, hash->name);
		harness_param(&list, KDF_HMAC_KEY, "key", 3);
		if (hash->xof || hash->sized || hash->legacy) {
			ck_assert_code(harness_refuses(base, BCRYPT_KDF_HMAC, &list), SCARD_E_INVALID_PARAMETER);
			continue;
		}
		joined_len = 0;
		join(z, z_len);
		ck_assert_uint_eq(hmac(hash->ossl, span_of("key", 3), mac), hash->len);
		harness_gives(base, BCRYPT_KDF_HMAC, &list, span_of(mac, hash->len));
	}
}
END_TEST

/* Debian 12 has 3.0 and Debian 13 has 3.5: both must be as documented. */
START_TEST(the_shorter_blake2b_need_openssl_3_2)
{
	const bool there = OpenSSL_version_num() >= 0x30200000L;

	ck_assert_int_eq(hash_available(hash_of(HASH_BLAKE2B_160)), there);
	ck_assert_int_eq(hash_available(hash_of(HASH_BLAKE2B_256)), there);
	ck_assert_int_eq(hash_available(hash_of(HASH_BLAKE2B_384)), there);
	ck_assert(hash_available(hash_of(HASH_BLAKE2B_512)));
}
END_TEST

/* What is available does not depend on which context was asked first, or on there being none meanwhile. */
START_TEST(availability_outlives_openssls_context)
{
	bool before[HASH_COUNT];

	for (unsigned id = 0; id < HASH_COUNT; id++)
		before[id] = hash_available(hash_of((enum hash_id)id));
	harness_close();
	for (unsigned id = 0; id < HASH_COUNT; id++)
		ck_assert(!hash_available(hash_of((enum hash_id)id)));
	harness_open();
	for (unsigned id = 0; id < HASH_COUNT; id++)
		ck_assert_int_eq(hash_available(hash_of((enum hash_id)id)), before[id]);
}
END_TEST

/* sdk-api, BCryptDeriveKey: A(01) P(04 05) A(10 11 12) P(20..23) */
static void mixed_list(struct harness_list *list)
{
	static const uint8_t a1[] = { 0x01 };
	static const uint8_t p1[] = { 0x04, 0x05 };
	static const uint8_t a2[] = { 0x10, 0x11, 0x12 };
	static const uint8_t p2[] = { 0x20, 0x21, 0x22, 0x23 };

	harness_param(list, KDF_SECRET_APPEND, a1, sizeof(a1));
	harness_param(list, KDF_SECRET_PREPEND, p1, sizeof(p1));
	harness_param(list, KDF_SECRET_APPEND, a2, sizeof(a2));
	harness_param(list, KDF_SECRET_PREPEND, p2, sizeof(p2));
	join("\x04\x05\x20\x21\x22\x23", 6);
	join(z, z_len);
	join("\x01\x10\x11\x12", 4);
}

START_TEST(prepend_and_append_are_joined_in_list_order)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t digest[64];

	mixed_list(&list);
	(void)harness_digest("SHA1", span_of(joined, joined_len), digest);
	harness_derive_gives(BCRYPT_KDF_HASH, 0, &list, agreement, span_of(digest, 20));
}
END_TEST

START_TEST(hmac_takes_the_same_and_sha1_is_its_default)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t mac[64];

	mixed_list(&list);
	harness_param(&list, KDF_HMAC_KEY, "key", 3);
	ck_assert_uint_eq(hmac("SHA1", span_of("key", 3), mac), 20);
	harness_derive_gives(BCRYPT_KDF_HMAC, 0, &list, agreement, span_of(mac, 20));
}
END_TEST

START_TEST(an_empty_hmac_key_is_a_key)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t mac[64];

	harness_name(&list, BCRYPT_SHA512_ALGORITHM);
	harness_param(&list, KDF_HMAC_KEY, NULL, 0);
	join(z, z_len);
	ck_assert_uint_eq(hmac("SHA512", span_of("", 0), mac), 64);
	harness_derive_gives(BCRYPT_KDF_HMAC, 0, &list, agreement, span_of(mac, 64));
}
END_TEST

START_TEST(the_secret_is_the_key_when_the_flag_says_so)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t mac[64];

	harness_name(&list, BCRYPT_SHA384_ALGORITHM);
	join(z, z_len);
	ck_assert_uint_eq(hmac("SHA384", span_of(z, z_len), mac), 48);
	harness_derive_gives(BCRYPT_KDF_HMAC, KDF_USE_SECRET_AS_HMAC_KEY_FLAG, &list, agreement, span_of(mac, 48));
}
END_TEST

START_TEST(hmac_needs_exactly_one_key_and_hash_takes_none)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t key[64];
	size_t len;

	ck_assert_code(harness_derive(BCRYPT_KDF_HMAC, 0, &list, agreement, key, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_derive(BCRYPT_KDF_HMAC, 0, NULL, agreement, key, &len), SCARD_E_INVALID_PARAMETER);
	harness_param(&list, KDF_HMAC_KEY, "key", 3);
	ck_assert_code(harness_derive(BCRYPT_KDF_HMAC, KDF_USE_SECRET_AS_HMAC_KEY_FLAG, &list, agreement, key, &len),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, &list, agreement, key, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, KDF_USE_SECRET_AS_HMAC_KEY_FLAG, NULL, agreement, key, &len),
		       SCARD_E_INVALID_PARAMETER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_hash_of_the_table_hashes_z);
	tcase_add_test(tc, hmac_takes_each_hash_that_is_whole);
	tcase_add_test(tc, the_shorter_blake2b_need_openssl_3_2);
	tcase_add_test(tc, availability_outlives_openssls_context);
	tcase_add_test(tc, prepend_and_append_are_joined_in_list_order);
	tcase_add_test(tc, hmac_takes_the_same_and_sha1_is_its_default);
	tcase_add_test(tc, an_empty_hmac_key_is_a_key);
	tcase_add_test(tc, the_secret_is_the_key_when_the_flag_says_so);
	tcase_add_test(tc, hmac_needs_exactly_one_key_and_hash_takes_none);
}

TEST_MAIN("minidriver/kdf_hash", add)
