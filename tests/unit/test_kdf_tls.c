/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/kdf.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define MASTER_LEN 48u

static const DWORD tls10 = TLS1_PROTOCOL_VERSION;
static const DWORD tls11 = TLS1_1_PROTOCOL_VERSION;
static const DWORD tls12 = TLS1_2_PROTOCOL_VERSION;

static uint8_t seed[64];
static uint8_t z[66];
static size_t z_len;
static BYTE agreement;

static void set_up(void)
{
	harness_open();
	agreement = harness_agree(0);
	z_len = fake_own_z(0, z);
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
}

static void hmac(const char *digest, struct span key, struct span a, struct span b, uint8_t ret_mac[64],
		 size_t *ret_len)
{
	uint8_t data[8192];

	ck_assert_uint_le(a.len + b.len, sizeof(data));
	memcpy(data, a.data, a.len);
	memcpy(data + a.len, b.data, b.len);
	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), "HMAC", NULL, digest, NULL, key.data, key.len, data,
					a.len + b.len, ret_mac, 64, ret_len));
}

/* RFC 5246, 5: P_hash, written down a second time, XORed into the output. */
static void p_hash(const char *digest, struct span secret, struct span label_seed, uint8_t *out, size_t out_len)
{
	const struct span none = span_of("", 0);
	uint8_t a[64];
	uint8_t block[64];
	size_t len;

	hmac(digest, secret, label_seed, none, a, &len);
	for (size_t at = 0; at < out_len; at += len) {
		hmac(digest, secret, span_of(a, len), label_seed, block, &len);
		for (size_t i = 0; i < len && at + i < out_len; i++)
			out[at + i] ^= block[i];
		hmac(digest, secret, span_of(a, len), none, a, &len);
	}
}

/* RFC 2246, 5 for digest NULL: MD5 and SHA-1 over halves that share the middle byte of an odd length. */
static void prf_of(const char *digest, struct span secret, struct span label_seed, uint8_t *out, size_t out_len)
{
	const size_t half = (secret.len + 1) / 2;

	memset(out, 0, out_len);
	if (digest != NULL) {
		p_hash(digest, secret, label_seed, out, out_len);
		return;
	}
	p_hash("MD5", span_of(secret.data, half), label_seed, out, out_len);
	p_hash("SHA1", span_of(secret.data + secret.len - half, half), label_seed, out, out_len);
}

static void prf(const char *digest, struct span secret, const char *label, uint8_t out[MASTER_LEN])
{
	uint8_t data[6000];

	memcpy(data, label, strlen(label));
	memcpy(data + strlen(label), seed, sizeof(seed));
	prf_of(digest, secret, span_of(data, strlen(label) + sizeof(seed)), out, MASTER_LEN);
}

static struct harness_list *list_of(const char *label, size_t seed_len)
{
	static struct harness_list list;

	memset(&list, 0, sizeof(list));
	harness_param(&list, KDF_TLS_PRF_LABEL, label, strlen(label));
	harness_param(&list, KDF_TLS_PRF_SEED, seed, seed_len);
	return &list;
}

static DWORD code(struct harness_list *list)
{
	uint8_t key[64];
	size_t len;

	return harness_derive(BCRYPT_KDF_TLS_PRF, 0, list, agreement, key, &len);
}

START_TEST(each_protocol_has_its_prf)
{
	static const struct {
		DWORD protocol;
		LPCWSTR hash;
		const char *digest;
	} cases[] = {
		{ 0, NULL, NULL },
		{ TLS1_PROTOCOL_VERSION, NULL, NULL },
		{ TLS1_1_PROTOCOL_VERSION, NULL, NULL },
		{ TLS1_2_PROTOCOL_VERSION, NULL, "SHA256" },
		{ TLS1_2_PROTOCOL_VERSION, BCRYPT_SHA256_ALGORITHM, "SHA256" },
		{ TLS1_2_PROTOCOL_VERSION, BCRYPT_SHA384_ALGORITHM, "SHA384" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct harness_list *list = list_of("master secret", sizeof(seed));
		uint8_t expected[MASTER_LEN];

		harness_dword(list, KDF_TLS_PRF_PROTOCOL, &cases[i].protocol);
		if (cases[i].hash != NULL)
			harness_name(list, cases[i].hash);
		prf(cases[i].digest, span_of(z, z_len), "master secret", expected);
		harness_derive_gives(BCRYPT_KDF_TLS_PRF, 0, list, agreement, span_of(expected, sizeof(expected)));
	}
}
END_TEST

START_TEST(without_a_protocol_it_is_tls_1_0_and_an_empty_label_is_one)
{
	uint8_t expected[MASTER_LEN];

	prf(NULL, span_of(z, z_len), "slithy toves", expected);
	harness_derive_gives(BCRYPT_KDF_TLS_PRF, 0, list_of("slithy toves", sizeof(seed)), agreement,
			     span_of(expected, sizeof(expected)));
	prf(NULL, span_of(z, z_len), "", expected);
	harness_derive_gives(BCRYPT_KDF_TLS_PRF, 0, list_of("", sizeof(seed)), agreement,
			     span_of(expected, sizeof(expected)));
}
END_TEST

/* No curve has a field of an odd number of bytes, so the row is called itself. */
START_TEST(halves_of_an_odd_secret_share_a_byte)
{
	for (size_t len = 1; len <= z_len; len++) {
		struct harness_list *list = list_of("odd", sizeof(seed));
		uint8_t expected[MASTER_LEN];
		uint8_t got[MASTER_LEN];
		struct kdf_params params;

		harness_dword(list, KDF_TLS_PRF_PROTOCOL, &tls10);
		ck_assert_code(kdf_params_read(&list->desc, &params), ERROR_SUCCESS);
		ck_assert_code(kdf_check(&kdf_tls_prf, &params, 0), ERROR_SUCCESS);
		ck_assert_code(kdf_tls_prf.derive(&(struct kdf_request){
				       .params = &params, .z = span_of(z, len), .out = got, .out_len = sizeof(got) }),
			       ERROR_SUCCESS);
		prf(NULL, span_of(z, len), "odd", expected);
		ck_assert_mem_eq(got, expected, sizeof(got));
	}
}
END_TEST

START_TEST(the_seed_has_64_bytes)
{
	for (size_t len = 0; len < sizeof(seed); len++)
		ck_assert_code(code(list_of("x", len)), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(code(list_of("x", sizeof(seed))), ERROR_SUCCESS);
}
END_TEST

START_TEST(other_protocols_and_hashes_are_wrong)
{
	static const DWORD protocols[] = { 1, 0x0002, 0x0300, 0x0304, 0xFEFF, 0xFFFFFFFF };
	struct harness_list *list;

	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		list = list_of("x", sizeof(seed));
		harness_dword(list, KDF_TLS_PRF_PROTOCOL, &protocols[i]);
		ck_assert_code(code(list), SCARD_E_INVALID_PARAMETER);
	}
	list = list_of("x", sizeof(seed));
	harness_name(list, BCRYPT_SHA256_ALGORITHM); /* TLS 1.0 has no choice */
	ck_assert_code(code(list), SCARD_E_INVALID_PARAMETER);
	list = list_of("x", sizeof(seed));
	harness_dword(list, KDF_TLS_PRF_PROTOCOL, &tls12);
	harness_name(list, BCRYPT_SHA512_ALGORITHM);
	ck_assert_code(code(list), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_label_may_have_any_length)
{
	static char label[5001];

	for (size_t len = 900; len < sizeof(label); len += 100) {
		uint8_t expected[MASTER_LEN];

		memset(label, 'l', len);
		prf(NULL, span_of(z, z_len), label, expected);
		harness_derive_gives(BCRYPT_KDF_TLS_PRF, 0, list_of(label, sizeof(seed)), agreement,
				     span_of(expected, sizeof(expected)));
	}
}
END_TEST

/* ---- TLS_PRF_EX ------------------------------------------------------------------------------------- */

#define LONGEST 1000u

static uint8_t long_bytes[3000];

/* A question of the unbounded PRF; a length of 0: none is given. */
struct question {
	const DWORD *protocol;
	LPCWSTR hash;
	const char *digest;
	size_t label_len;
	size_t seed_len;
	DWORD bits;
};

static void ask(const struct question *q, struct harness_list *list)
{
	list->desc.cBuffers = 0;
	if (q->protocol != NULL)
		harness_dword(list, KDF_TLS_PRF_PROTOCOL, q->protocol);
	if (q->hash != NULL)
		harness_name(list, q->hash);
	if (q->label_len != 0)
		harness_param(list, KDF_TLS_PRF_LABEL, long_bytes, q->label_len);
	if (q->seed_len != 0)
		harness_param(list, KDF_TLS_PRF_SEED, long_bytes + q->label_len, q->seed_len);
	if (q->bits != 0)
		harness_dword(list, KDF_KEYBITLENGTH, &q->bits);
}

static void check_ex(const struct harness_base *base, const struct question *q)
{
	const size_t len = q->bits != 0 ? q->bits / 8 : MASTER_LEN;
	struct harness_list list;
	uint8_t expected[LONGEST];

	for (size_t i = 0; i < sizeof(long_bytes); i++)
		long_bytes[i] = (uint8_t)(i * 31 + i / 256);
	ask(q, &list);
	prf_of(q->digest, span_of(z, z_len), span_of(long_bytes, q->label_len + q->seed_len), expected, len);
	harness_gives(*base, CARD_EXT_KDF_TLS_PRF, &list, span_of(expected, len));
}

START_TEST(label_seed_and_result_may_have_any_length)
{
	static const size_t lens[] = { 0, 1, 13, 63, 64, 65, 1024, 1500 };
	static const DWORD bits[] = { 0, 8, 8 * 12, 8 * 47, 8 * 49, 8 * LONGEST };
	const struct harness_base bases[] = {
		{ .index = agreement },
		{ .from_key = true, .key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)) },
	};

	for (size_t l = 0; l < ARRAY_COUNT(lens); l++) {
		for (size_t s = 0; s < ARRAY_COUNT(lens); s++) {
			const struct question old = { .protocol = &tls11, .label_len = lens[l], .seed_len = lens[s],
						      .bits = bits[(l + s) % ARRAY_COUNT(bits)] };
			const struct question new = { .protocol = &tls12, .digest = "SHA256", .label_len = lens[l],
						      .seed_len = lens[s],
						      .bits = bits[(l + 2 * s) % ARRAY_COUNT(bits)] };

			check_ex(&bases[s % 2], &old);
			check_ex(&bases[l % 2], &new);
		}
	}
}
END_TEST

START_TEST(tls_1_2_takes_each_hash_that_hmac_takes)
{
	const struct harness_base base = { .index = agreement };

	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);
		const struct question q = { .protocol = &tls12, .hash = hash->name, .digest = hash->ossl,
					    .label_len = 10, .seed_len = 100, .bits = 8 * 300 };
		struct harness_list list;

		ask(&q, &list);
		if (hash->xof || hash->sized || hash->legacy)
			ck_assert_code(harness_refuses(base, CARD_EXT_KDF_TLS_PRF, &list), SCARD_E_INVALID_PARAMETER);
		else
			check_ex(&base, &q);
	}
}
END_TEST

START_TEST(the_unbounded_prf_begins_as_windows_does)
{
	struct harness_list *list = list_of("master secret", sizeof(seed));
	uint8_t master[MASTER_LEN];

	prf(NULL, span_of(z, z_len), "master secret", master);
	harness_gives(HARNESS_INDEX(agreement), BCRYPT_KDF_TLS_PRF, list, span_of(master, sizeof(master)));
	harness_gives(HARNESS_INDEX(agreement), CARD_EXT_KDF_TLS_PRF, list, span_of(master, sizeof(master)));
}
END_TEST

START_TEST(an_empty_secret_is_one)
{
	const struct harness_base nothing = { .from_key = true };
	struct harness_list *list = list_of("x", sizeof(seed));
	uint8_t expected[MASTER_LEN];

	prf(NULL, span_of("", 0), "x", expected);
	harness_gives(nothing, BCRYPT_KDF_TLS_PRF, list, span_of(expected, sizeof(expected)));
	harness_dword(list, KDF_TLS_PRF_PROTOCOL, &tls12);
	prf("SHA256", span_of("", 0), "x", expected);
	harness_gives(nothing, CARD_EXT_KDF_TLS_PRF, list, span_of(expected, sizeof(expected)));
}
END_TEST

START_TEST(the_unbounded_prf_refuses_other_protocols_and_hashes_too)
{
	static const DWORD protocols[] = { 1, 0x0002, 0x0300, 0x0304, 0xFEFF, 0xFFFFFFFF };
	const struct harness_base base = { .index = agreement };
	const struct question hashed[] = { { .hash = BCRYPT_SHA256_ALGORITHM },
					   { .protocol = &tls10, .hash = BCRYPT_SHA256_ALGORITHM },
					   { .protocol = &tls11, .hash = BCRYPT_MD5_ALGORITHM } };
	struct harness_list list;

	for (size_t i = 0; i < ARRAY_COUNT(protocols); i++) {
		ask(&(struct question){ .protocol = &protocols[i], .label_len = 1 }, &list);
		ck_assert_code(harness_refuses(base, CARD_EXT_KDF_TLS_PRF, &list), SCARD_E_INVALID_PARAMETER);
	}
	for (size_t i = 0; i < ARRAY_COUNT(hashed); i++) {
		ask(&hashed[i], &list);
		ck_assert_code(harness_refuses(base, CARD_EXT_KDF_TLS_PRF, &list), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_protocol_has_its_prf);
	tcase_add_test(tc, without_a_protocol_it_is_tls_1_0_and_an_empty_label_is_one);
	tcase_add_test(tc, halves_of_an_odd_secret_share_a_byte);
	tcase_add_test(tc, the_seed_has_64_bytes);
	tcase_add_test(tc, other_protocols_and_hashes_are_wrong);
	tcase_add_test(tc, a_label_may_have_any_length);
	tcase_add_test(tc, label_seed_and_result_may_have_any_length);
	tcase_add_test(tc, tls_1_2_takes_each_hash_that_hmac_takes);
	tcase_add_test(tc, the_unbounded_prf_begins_as_windows_does);
	tcase_add_test(tc, an_empty_secret_is_one);
	tcase_add_test(tc, the_unbounded_prf_refuses_other_protocols_and_hashes_too);
}

TEST_MAIN("minidriver/kdf_tls", add)
