/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MACs and digests through md.h. */
#include "config.h"

#include <string.h>

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t bytes[64] = "sixty-four bytes that are now a key and now the data of one ...";
static const struct md_mac_params hmac = { .kind = MD_MAC_HMAC, .hash = MD_HASH_SHA256 };

static struct md_mac *begin(struct md_key *key, const struct md_mac_params *params)
{
	struct md_mac *mac = NULL;

	ck_assert_md(md_mac_begin(key, params, &mac), MD_OK);
	return mac;
}

static md_err refused(struct md_key *key, const struct md_mac_params *params)
{
	struct md_mac *mac = NULL;
	const md_err err = md_mac_begin(key, params, &mac);

	ck_assert_ptr_null(mac);
	return err;
}

START_TEST(what_one_makes_another_verifies)
{
	const struct {
		struct md_mac_params params;
		enum md_key_alg alg;
		size_t key_len;
		size_t len;
	} kinds[] = {
		{ hmac, MD_KEY_GENERIC, 40, 32 },
		{ { .kind = MD_MAC_HMAC, .hash = MD_HASH_SHA512, .len = 20 }, MD_KEY_GENERIC, 1, 20 },
		{ { .kind = MD_MAC_CMAC }, MD_KEY_AES, 32, 16 },
		{ { .kind = MD_MAC_CMAC }, MD_KEY_DES2, 16, 8 },
		{ { .kind = MD_MAC_GMAC, .iv = { bytes, 12 } }, MD_KEY_AES, 24, 16 },
		{ { .kind = MD_MAC_TLS_FINISHED, .label = { bytes, 15 }, .len = 12 }, MD_KEY_GENERIC, 48, 12 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		struct md_key *key = host_import(kinds[i].alg, span_of(bytes, kinds[i].key_len));
		struct md_mac *mac = begin(key, &kinds[i].params);
		uint8_t tag[64];

		ck_assert_uint_eq(md_mac_len(mac), kinds[i].len);
		ck_assert_md(md_mac_update(mac, span_of(bytes, 50)), MD_OK);
		ck_assert_md(md_mac_finish(mac, SPAN_EMPTY, tag), MD_OK);
		md_mac_free(mac);
		for (size_t spoilt = 0; spoilt <= kinds[i].len; spoilt++) {
			mac = begin(key, &kinds[i].params);
			ck_assert_md(md_mac_update(mac, span_of(bytes, 20)), MD_OK);
			tag[spoilt % kinds[i].len] ^= spoilt < kinds[i].len ? 1 : 0;
			ck_assert_md(md_mac_verify(mac, span_of(bytes + 20, 30), span_of(tag, kinds[i].len)),
				     spoilt < kinds[i].len ? MD_E_INVALID_VALUE : MD_OK);
			tag[spoilt % kinds[i].len] ^= spoilt < kinds[i].len ? 1 : 0;
			md_mac_free(mac);
		}
		md_key_release(key);
	}
}
END_TEST

START_TEST(a_mac_of_another_length_is_told_apart)
{
	struct md_key *key = host_import(MD_KEY_GENERIC, span_of(bytes, 20));

	for (size_t len = 0; len <= 64; len++) {
		struct md_mac *mac = begin(key, &hmac);

		ck_assert_md(md_mac_verify(mac, SPAN_EMPTY, span_of(bytes, len)),
			     len == 32 ? MD_E_INVALID_VALUE : MD_E_INVALID_PARAMETER);
		md_mac_free(mac);
	}
	md_key_release(key);
}
END_TEST

START_TEST(the_key_may_be_released_while_the_mac_runs)
{
	struct md_key *key = host_import(MD_KEY_GENERIC, span_of(bytes, 20));
	struct md_mac *mac = begin(key, &hmac);
	uint8_t tag[32];

	md_key_release(key);
	ck_assert_md(md_mac_update(mac, span_of(bytes, 5)), MD_OK);
	ck_assert_md(md_mac_finish(mac, SPAN_EMPTY, tag), MD_OK);
	md_mac_free(mac);
	md_mac_free(NULL);
}
END_TEST

START_TEST(errors_are_told)
{
	struct md_key *aes = host_import(MD_KEY_AES, span_of(bytes, 16));
	struct md_key *generic = host_import(MD_KEY_GENERIC, span_of(bytes, 16));

	ck_assert_md(refused(aes, &hmac), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(refused(generic, &(struct md_mac_params){ .kind = MD_MAC_CMAC }), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(refused(generic, &(struct md_mac_params){ .kind = MD_MAC_COUNT }), MD_E_INVALID_PARAMETER);
	ck_assert_md(refused(generic, &(struct md_mac_params){ .kind = MD_MAC_HMAC }), MD_E_INVALID_PARAMETER);
	ck_assert_md(refused(generic, &(struct md_mac_params){ .kind = MD_MAC_HMAC, .hash = MD_HASH_COUNT }),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(refused(generic, &(struct md_mac_params){ .kind = MD_MAC_HMAC, .hash = MD_HASH_MD5, .len = 17 }),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(refused(aes, &(struct md_mac_params){ .kind = MD_MAC_GMAC }), MD_E_INVALID_PARAMETER);
	md_key_release(aes);
	md_key_release(generic);
}
END_TEST

START_TEST(digests_take_data_and_keys)
{
	struct md_key *key = host_import(MD_KEY_GENERIC, span_of(bytes + 10, 20));
	struct md_digest *plain = NULL;
	struct md_digest *mixed = NULL;
	struct md_digest *copy = NULL;
	uint8_t one[MD_DIGEST_MAX];
	uint8_t two[MD_DIGEST_MAX];

	for (unsigned hash = MD_HASH_NONE + 1; hash < MD_HASH_SHAKE128; hash++) {
		if (!md_hash_available((enum md_hash)hash)) {
			ck_assert_md(md_digest_begin(host_card, (enum md_hash)hash, &plain), MD_E_INVALID_PARAMETER);
			continue;
		}
		ck_assert_md(md_digest_begin(host_card, (enum md_hash)hash, &plain), MD_OK);
		ck_assert_md(md_digest_begin(host_card, (enum md_hash)hash, &mixed), MD_OK);
		ck_assert_uint_le(md_digest_len(plain), MD_DIGEST_MAX);
		ck_assert_md(md_digest_update(plain, span_of(bytes, 64)), MD_OK);
		ck_assert_md(md_digest_update(mixed, span_of(bytes, 10)), MD_OK);
		ck_assert_md(md_digest_key(mixed, key), MD_OK);
		ck_assert_md(md_digest_copy(mixed, &copy), MD_OK);
		ck_assert_md(md_digest_update(mixed, span_of(bytes, 64)), MD_OK);
		ck_assert_md(md_digest_update(copy, span_of(bytes + 30, 34)), MD_OK);
		ck_assert_md(md_digest_finish(plain, SPAN_EMPTY, one), MD_OK);
		ck_assert_md(md_digest_finish(copy, SPAN_EMPTY, two), MD_OK);
		ck_assert_mem_eq(one, two, md_digest_len(plain));
		md_digest_free(plain);
		md_digest_free(mixed);
		md_digest_free(copy);
	}
	ck_assert_md(md_digest_begin(host_card, MD_HASH_NONE, &plain), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_digest_begin(host_card, MD_HASH_SHAKE128, &plain), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_digest_begin(host_card, MD_HASH_COUNT, &plain), MD_E_INVALID_PARAMETER);
	md_digest_free(NULL);
	md_key_release(key);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, what_one_makes_another_verifies);
	tcase_add_test(tc, a_mac_of_another_length_is_told_apart);
	tcase_add_test(tc, the_key_may_be_released_while_the_mac_runs);
	tcase_add_test(tc, errors_are_told);
	tcase_add_test(tc, digests_take_data_and_keys);
}

TEST_MAIN("minidriver/host_mac", add)
