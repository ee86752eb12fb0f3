/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/kdf.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

/* OpenSSL's names, and the lengths, of md.h's hashes. */
static const struct {
	const char *name;
	size_t len;
} hashes[] = {
	[MD_HASH_MD5] = { "MD5", 16 },		 [MD_HASH_SHA1] = { "SHA1", 20 },
	[MD_HASH_SHA224] = { "SHA224", 28 },	 [MD_HASH_SHA256] = { "SHA256", 32 },
	[MD_HASH_SHA384] = { "SHA384", 48 },	 [MD_HASH_SHA512] = { "SHA512", 64 },
	[MD_HASH_SHA3_224] = { "SHA3-224", 28 }, [MD_HASH_SHA3_256] = { "SHA3-256", 32 },
	[MD_HASH_SHA3_384] = { "SHA3-384", 48 }, [MD_HASH_SHA3_512] = { "SHA3-512", 64 },
	[MD_HASH_SHA512_224] = { "SHA512-224", 28 }, [MD_HASH_SHA512_256] = { "SHA512-256", 32 },
};

static uint8_t joined[512];
static size_t joined_len;
static void join(struct span part)
{
	if (part.len != 0)
		memcpy(joined + joined_len, part.data, part.len);
	joined_len += part.len;
}

/* The two one-step KDFs differ in where the counter stands. */
static void expected_key(const struct md_kdf_plan *plan, struct span z, uint8_t *ret_key)
{
	for (uint8_t counter = 1, *at = ret_key; at < ret_key + plan->key_len; counter++) {
		const uint8_t number[4] = { 0, 0, 0, counter };
		uint8_t block[64];
		size_t len = sizeof(block);
		const size_t left = (size_t)(ret_key + plan->key_len - at);

		joined_len = 0;
		join(plan->kdf == MD_KDF_X963 ? z : span_of(number, 4));
		join(plan->kdf == MD_KDF_X963 ? span_of(number, 4) : z);
		join(plan->info);
		ck_assert_int_eq(
			EVP_Q_digest(ossl_context(), hashes[plan->hash].name, NULL, joined, joined_len, block, &len),
			1);
		len = len < left ? len : left;
		memcpy(at, block, len);
		at += len;
	}
}

static void check_plan(size_t container, const struct md_kdf_plan *plan)
{
	struct md_agreement *agreement = host_agree(container, fake_point(container));
	struct md_key *key = NULL;
	uint8_t expected[512];
	uint8_t z[66];
	const size_t z_len = fake_own_z(container, z);

	ck_assert_uint_eq(md_agreement_secret_len(agreement), z_len);
	ck_assert_md(md_derive(agreement, plan, &key), MD_OK);
	md_agreement_destroy(agreement);
	ck_assert_int_eq(md_key_alg(key), plan->alg);
	if (plan->kdf == MD_KDF_RAW)
		memcpy(expected, z + z_len - plan->key_len, plan->key_len);
	else
		expected_key(plan, span_of(z, z_len), expected);
	host_key_is(key, span_of(expected, plan->key_len));
	md_key_release(key);
}

START_TEST(every_kdf_hash_curve_and_length_gives_the_right_key)
{
	static const size_t lens[] = { 1, 16, 24, 32, 33, 64, 200 };

	for (size_t container = 0; container < 3; container++) {
		for (unsigned hash = MD_HASH_MD5; hash <= MD_HASH_SHA512_256; hash += test_step(3)) {
			for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
				check_plan(container, &(struct md_kdf_plan){ .kdf = MD_KDF_X963,
									     .hash = (enum md_hash)hash,
									     .info = span_of("shared", 6),
									     .key_len = lens[i] });
				check_plan(container, &(struct md_kdf_plan){ .kdf = MD_KDF_CONCAT,
									     .hash = (enum md_hash)hash,
									     .key_len = lens[i] });
			}
		}
		for (size_t len = 1; len <= 32; len += test_step(5))
			check_plan(container, &(struct md_kdf_plan){ .kdf = MD_KDF_RAW, .key_len = len });
		check_plan(container, &(struct md_kdf_plan){ .kdf = MD_KDF_RAW, .alg = MD_KEY_AES, .key_len = 24 });
	}
}
END_TEST

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

/* From keys of bytes to bytes, for the KDFs that need no hash to be checked; the last is FIPS 197, appendix C.1. */
START_TEST(the_plain_kdfs_derive_from_session_keys)
{
	static const struct {
		const char *name;
		struct md_kdf_plan plan;
		enum md_key_alg base_alg;
		struct span base;
		struct span expected;
	} cases[] = {
		{ "JOIN", { .kdf = MD_KDF_JOIN, .prepend = BYTES("ab"), .append = BYTES("cd") }, MD_KEY_GENERIC,
		  BYTES("key"), BYTES("abkeycd") },
		{ "JOIN, leading", { .kdf = MD_KDF_JOIN, .append = BYTES("cd") }, MD_KEY_GENERIC, BYTES("key"),
		  BYTES("keyc") },
		{ "XOR", { .kdf = MD_KDF_XOR, .info = BYTES("\x89\xab\xcd\xef") }, MD_KEY_GENERIC,
		  BYTES("\x01\x23\x45\x67"), BYTES("\x88\x88\x88\x88") },
		{ "EXTRACT", { .kdf = MD_KDF_EXTRACT, .bit_offset = 21 }, MD_KEY_GENERIC, BYTES("\x32\x9f\x84\xa9"),
		  BYTES("\x95\x26") },
		{ "EXTRACT from 0", { .kdf = MD_KDF_EXTRACT }, MD_KEY_GENERIC, BYTES("key"), BYTES("ke") },
		{ "XOF", { .kdf = MD_KDF_XOF, .hash = MD_HASH_SHAKE128 }, MD_KEY_GENERIC,
		  BYTES("\x84\xe9\x50\x05\x18\x76\x05\x0d\xc8\x51\xfb\xd9\x9e\x62\x47\xb8"),
		  BYTES("\x85\x99\xbd\x89\xf6\x3a\x84\x8c\x49\xca\x59\x3e\xc3\x7a\x12\xc6") },
		{ "ENCRYPT",
		  { .kdf = MD_KDF_ENCRYPT,
		    .info = BYTES("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff") },
		  MD_KEY_AES, BYTES("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"),
		  BYTES("\x69\xc4\xe0\xd8\x6a\x7b\x04\x30\xd8\xcd\xb7\x80\x70\xb4\xc5\x5a") },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct md_kdf_plan plan = cases[i].plan;
		struct md_key *base = NULL;
		struct md_key *key = NULL;

		plan.alg = MD_KEY_GENERIC;
		plan.key_len = cases[i].expected.len;
		ck_assert_md(md_key_import(host_card, cases[i].base_alg, cases[i].base, &base), MD_OK);
		ck_assert_msg(md_key_derive(base, &plan, &key) == MD_OK, "%s", cases[i].name);
		host_key_is(key, cases[i].expected);
		ck_assert_uint_ge(md_kdf_max_len(&plan, cases[i].base.len), plan.key_len);
		md_key_release(key);
		md_key_release(base);
	}
}
END_TEST

START_TEST(a_second_key_joins_the_first_behind_it)
{
	struct md_kdf_plan plan = { .kdf = MD_KDF_JOIN, .append = BYTES("."), .alg = MD_KEY_GENERIC, .key_len = 10 };
	struct md_key *base = NULL;
	struct md_key *key = NULL;

	ck_assert_md(md_key_import(host_card, MD_KEY_GENERIC, span_of("first", 5), &base), MD_OK);
	ck_assert_md(md_key_import(host_card, MD_KEY_GENERIC, span_of("next", 4), &plan.second), MD_OK);
	ck_assert_md(md_key_derive(base, &plan, &key), MD_OK);
	host_key_is(key, span_of("firstnext.", 10));
	md_key_release(key);
	plan.key_len = 11;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 5), 10);
	ck_assert_md(md_key_derive(base, &plan, &key), MD_E_INVALID_PARAMETER);
	md_key_release(plan.second);
	md_key_release(base);
}
END_TEST

/* What a carrier sends, the KDF of its name takes. */
START_TEST(each_carrier_has_its_kdf)
{
	struct md_kdf_carrier carrier;

	for (size_t i = 0; md_kdf_carrier(i, &carrier); i++) {
		WCHAR name[sizeof(carrier.name)] = { 0 };

		for (size_t c = 0; carrier.name[c] != '\0'; c++)
			name[c] = (WCHAR)carrier.name[c];
		ck_assert_msg(kdf_by_name(name) != NULL, "%s", carrier.name);
	}
}
END_TEST

START_TEST(a_derivation_is_one_card_command)
{
	struct md_agreement *agreement = host_agree(0, fake_point(4));
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_X963, .hash = MD_HASH_SHA256, .alg = MD_KEY_AES, .key_len = 32
	};

	for (size_t i = 0; i < 5; i++) {
		struct md_key *key = NULL;

		ck_assert_md(md_derive(agreement, &plan, &key), MD_OK);
		md_key_release(key);
	}
	md_agreement_destroy(agreement);
	ck_assert_uint_eq(fake_commands(), 1);
}
END_TEST

START_TEST(wrong_plans_are_refused_and_give_no_key)
{
	static const struct md_kdf_plan plans[] = {
		{ .kdf = MD_KDF_RAW, .key_len = 0 },
		{ .kdf = MD_KDF_RAW, .key_len = 33 },
		{ .kdf = MD_KDF_RAW, .hash = MD_HASH_SHA1, .key_len = 16 },
		{ .kdf = MD_KDF_RAW, .info = { (const uint8_t *)"x", 1 }, .key_len = 16 },
		{ .kdf = MD_KDF_X963, .key_len = 16 },
		{ .kdf = MD_KDF_CONCAT, .key_len = 16 },
		{ .kdf = MD_KDF_COUNT, .hash = MD_HASH_SHA1, .key_len = 16 },
		{ .kdf = MD_KDF_X963, .hash = MD_HASH_COUNT, .key_len = 16 },
		{ .kdf = MD_KDF_X963, .hash = MD_HASH_SHA1, .key_len = 0 },
		{ .kdf = MD_KDF_X963, .hash = MD_HASH_SHA1, .key_len = (size_t)MD_KEY_LEN_MAX + 1 },
		{ .kdf = MD_KDF_X963, .hash = MD_HASH_SHA1, .alg = MD_KEY_AES, .key_len = 17 },
		{ .kdf = MD_KDF_X963, .hash = MD_HASH_SHA1, .alg = MD_KEY_DES3, .key_len = 16 },
		{ .kdf = MD_KDF_X963, .hash = MD_HASH_SHA1, .alg = MD_KEY_ALG_COUNT, .key_len = 16 },
	};
	struct md_agreement *agreement = host_agree(0, fake_point(0));

	for (size_t i = 0; i < ARRAY_COUNT(plans); i++) {
		struct md_key *key = NULL;

		ck_assert_md(md_derive(agreement, &plans[i], &key), MD_E_INVALID_PARAMETER);
		ck_assert_ptr_null(key);
	}
	md_agreement_destroy(agreement);
}
END_TEST

START_TEST(the_most_bytes_are_known_beforehand)
{
	struct md_kdf_plan plan = { .kdf = MD_KDF_RAW };

	ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 32);
	plan.hash = MD_HASH_SHA1;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
	plan.kdf = MD_KDF_COUNT;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
	plan.kdf = MD_KDF_X963;
	plan.hash = MD_HASH_NONE;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
	plan.hash = MD_HASH_COUNT;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 32), 0);
	for (unsigned hash = MD_HASH_MD5; hash <= MD_HASH_SHA512_256; hash++) {
		plan.hash = (enum md_hash)hash;
		ck_assert_uint_eq(md_kdf_max_len(&plan, 32), (size_t)0xFFFFFFFF * hashes[hash].len);
	}
	/* the PRF of TLS gives as much as is asked for, with each hash that HMAC can be computed with */
	plan.kdf = MD_KDF_TLS_PRF;
	plan.hash = MD_HASH_NONE;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 48), SIZE_MAX);
	plan.hash = MD_HASH_SHA384;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 48), SIZE_MAX);
	plan.hash = MD_HASH_BLAKE2B_256;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 48), 0);
	plan.hash = MD_HASH_SHAKE128;
	ck_assert_uint_eq(md_kdf_max_len(&plan, 48), 0);
}
END_TEST

START_TEST(agreements_run_out_at_256_and_come_back)
{
	static struct md_agreement *agreements[256];
	struct md_agreement *one_more = NULL;
	struct md_point peer;

	for (size_t i = 0; i < 256; i++)
		agreements[i] = host_agree(0, fake_point(0));
	ck_assert_md(md_point_decode(md_container(host_card, 0)->ec_params, fake_point(0), &peer), MD_OK);
	ck_assert_md(md_agree(host_card, 0, &peer, &one_more), MD_E_NO_MEMORY);
	ck_assert_ptr_null(one_more);
	for (size_t i = 0; i < 256; i++)
		md_agreement_destroy(agreements[i]);
	md_agreement_destroy(host_agree(0, fake_point(0)));
	md_agreement_destroy(NULL);
}
END_TEST

START_TEST(agreement_errors_are_told)
{
	struct md_agreement *agreement = NULL;
	struct md_point peer;

	ck_assert_md(md_point_decode(md_container(host_card, 0)->ec_params, fake_point(0), &peer), MD_OK);
	ck_assert_md(md_agree(host_card, 1, &peer, &agreement), MD_E_INVALID_PARAMETER); /* another curve */
	ck_assert_md(md_agree(host_card, 3, &peer, &agreement), MD_E_NO_KEY_CONTAINER);  /* RSA */
	ck_assert_md(md_agree(host_card, 9, &peer, &agreement), MD_E_NO_KEY_CONTAINER);
	ck_assert_md(md_agree(host_card, MD_NO_INDEX, &peer, &agreement), MD_E_NO_KEY_CONTAINER);
	ck_assert_md(md_agree(host_card, 256, &peer, &agreement), MD_E_NO_KEY_CONTAINER);
	ck_assert_uint_eq(fake_commands(), 0);
	ck_assert_md(md_agree(host_card, 4, &peer, &agreement), MD_W_SECURITY_VIOLATION);
	ck_assert_md(md_pin_logout(host_card), MD_OK);
	ck_assert_md(md_agree(host_card, 0, &peer, &agreement), MD_W_CARD_NOT_AUTHENTICATED);
	fake_remove_card(0);
	ck_assert_md(md_agree(host_card, 0, &peer, &agreement), MD_W_REMOVED_CARD);
	ck_assert_ptr_null(agreement);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, every_kdf_hash_curve_and_length_gives_the_right_key);
	tcase_add_test(tc, the_plain_kdfs_derive_from_session_keys);
	tcase_add_test(tc, a_second_key_joins_the_first_behind_it);
	tcase_add_test(tc, each_carrier_has_its_kdf);
	tcase_add_test(tc, a_derivation_is_one_card_command);
	tcase_add_test(tc, wrong_plans_are_refused_and_give_no_key);
	tcase_add_test(tc, the_most_bytes_are_known_beforehand);
	tcase_add_test(tc, agreements_run_out_at_256_and_come_back);
	tcase_add_test(tc, agreement_errors_are_told);
}

TEST_MAIN("minidriver/host_derive", add)
