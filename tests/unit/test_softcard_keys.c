/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/ossl.h"
#include "card/softcard/keys.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_crypt.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

static void setup(void)
{
	ck_assert(ossl_acquire());
}

static void teardown(void)
{
	ossl_release();
}

START_TEST(each_kind_is_found_by_its_names_and_its_identifier)
{
	for (size_t i = 0; i < key_kind_count; i++) {
		const struct key_kind *kind = &key_kinds[i];

		/* what PIV has not is not found by an identifier of PIV's */
		ck_assert_ptr_eq(key_kind_by_id(kind->id), kind->id != 0 ? kind : NULL);
		ck_assert_ptr_eq(key_kind_by_name(kind->name), kind);
		ck_assert(kind->alias == NULL || key_kind_by_name(kind->alias) == kind);
		ck_assert_uint_eq(kind->unit_len, (kind->bits + 7) / 8);
	}
	ck_assert_ptr_eq(key_kind_by_name("ec:p-256"), key_kind_by_id(0x11));
	ck_assert_ptr_null(key_kind_by_id(0x06));
	ck_assert_ptr_null(key_kind_by_name("RSA:1024"));
	ck_assert_ptr_null(key_kind_by_name(""));
}
END_TEST

START_TEST(a_generated_key_is_of_its_kind)
{
	static const char *const kinds[] = { "EC:prime256v1", "RSA:2048", "EC:secp384r1",
					     "EC:secp521r1", "X25519",	      "Ed25519" };

	/* not RSA where some are taken only */
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i += test_step(2)) {
		AUTO_SECRET pkcs8 = SECRET_INIT;
		AUTO(key_free) EVP_PKEY *pkey = NULL;

		ck_assert(key_generate(key_kind_by_name(kinds[i]), &pkcs8));
		pkey = key_unpack(secret_span(&pkcs8));
		ck_assert_ptr_nonnull(pkey);
		ck_assert_ptr_eq(key_kind_of(pkey), key_kind_by_name(kinds[i]));
	}
}
END_TEST

START_TEST(a_key_of_no_kind_of_the_card_has_no_kind)
{
	AUTO(key_free) EVP_PKEY *curve = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1");
	AUTO(key_free) EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	AUTO(key_free) EVP_PKEY *x448 = EVP_PKEY_Q_keygen(NULL, NULL, "X448");

	ck_assert_ptr_null(key_kind_of(curve));
	ck_assert_ptr_null(key_kind_of(rsa));
	ck_assert_ptr_null(key_kind_of(x448));
}
END_TEST

START_TEST(bytes_that_are_no_key_are_refused)
{
	AUTO_SECRET pkcs8 = SECRET_INIT;

	ck_assert_ptr_null(key_unpack(SPAN_EMPTY));
	ck_assert_ptr_null(key_unpack(span_of("0123", 4)));
	ck_assert(key_generate(key_kind_by_name("EC:P-256"), &pkcs8));
	ck_assert_ptr_null(key_unpack(span_of(pkcs8.data, pkcs8.len - 1)));
}
END_TEST

START_TEST(the_public_part_is_the_keys)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	AUTO(key_free) EVP_PKEY *rsa = fixture_key("RSA:2048");
	AUTO_SECRET out = SECRET_INIT;
	AUTO_SECRET rsa_out = SECRET_INIT;
	BIGNUM *modulus = NULL;
	uint8_t bytes[256];
	struct span value;

	ck_assert(key_put_public(pkey, &out));
	ck_assert(tlv_only(secret_span(&out), 0x86, &value));
	ck_assert_uint_eq(value.len, 65);
	ck_assert_uint_eq(value.data[0], 4);
	ck_assert(key_put_public(rsa, &rsa_out));
	ck_assert(tlv_find(secret_span(&rsa_out), 0x81, &value));
	ck_assert_int_eq(EVP_PKEY_get_bn_param(rsa, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
	ck_assert_int_eq(BN_bn2binpad(modulus, bytes, sizeof(bytes)), sizeof(bytes));
	ck_assert(span_equal(value, span_of(bytes, sizeof(bytes))));
	ck_assert(tlv_find(secret_span(&rsa_out), 0x82, &value));
	ck_assert(span_equal(value, span_of("\1\0\1", 3)));
	BN_free(modulus);
}
END_TEST

START_TEST(rsa_takes_exactly_what_is_below_the_modulus)
{
	AUTO(key_free) EVP_PKEY *rsa = fixture_key("RSA:2048");
	AUTO_SECRET out = SECRET_INIT;
	uint8_t input[257];

	memset(input, 0xFF, sizeof(input));
	ck_assert_int_eq(key_rsa_raw(rsa, span_of(input, 256), &out), KEY_BAD_INPUT);
	input[0] = 0;
	ck_assert_int_eq(key_rsa_raw(rsa, span_of(input, 255), &out), KEY_BAD_INPUT);
	ck_assert_int_eq(key_rsa_raw(rsa, span_of(input, 257), &out), KEY_BAD_INPUT);
	ck_assert_int_eq(key_rsa_raw(rsa, SPAN_EMPTY, &out), KEY_BAD_INPUT);
	ck_assert_ptr_null(out.data);
	ck_assert_int_eq(key_rsa_raw(rsa, span_of(input, 256), &out), KEY_OK);
	ck_assert_uint_eq(out.len, 256);
}
END_TEST

START_TEST(ecdsa_takes_one_byte_up_to_the_field)
{
	static const struct {
		size_t len;
		enum key_result result;
	} cases[] = { { 0, KEY_BAD_INPUT }, { 1, KEY_OK }, { 20, KEY_OK }, { 32, KEY_OK }, { 33, KEY_BAD_INPUT } };
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	uint8_t hash[33] = { 7 };

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		AUTO_SECRET signature = SECRET_INIT;

		ck_assert_int_eq(key_ecdsa_sign(pkey, span_of(hash, cases[i].len), &signature), cases[i].result);
		ck_assert(cases[i].result != KEY_OK ||
			  crypt_verify(pkey, span_of(hash, cases[i].len), secret_span(&signature)));
	}
}
END_TEST

static const char *const curves[] = { "prime256v1", "secp384r1" };

START_TEST(ecdh_is_what_the_other_side_computes)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key(_i == 0 ? "EC:prime256v1" : "EC:secp384r1");
	AUTO(key_free) EVP_PKEY *peer = NULL;
	AUTO_SECRET point = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;
	AUTO_SECRET other_z = SECRET_INIT;

	peer = crypt_ec_key(curves[_i], &point);
	ck_assert_int_eq(key_ecdh(pkey, secret_span(&point), &z), KEY_OK);
	crypt_agree(peer, pkey, &other_z);
	ck_assert(span_equal(secret_span(&z), secret_span(&other_z)));
}
END_TEST

START_TEST(ecdh_refuses_what_is_no_point_of_the_curve)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:prime256v1");
	AUTO(key_free) EVP_PKEY *rsa = fixture_key("RSA:2048");
	AUTO(key_free) EVP_PKEY *peer = NULL;
	AUTO(key_free) EVP_PKEY *other = NULL;
	AUTO_SECRET point = SECRET_INIT;
	AUTO_SECRET foreign = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;

	peer = crypt_ec_key("prime256v1", &point);
	other = crypt_ec_key("secp384r1", &foreign);
	ck_assert_int_eq(key_ecdh(pkey, secret_span(&foreign), &z), KEY_BAD_INPUT);
	ck_assert_int_eq(key_ecdh(rsa, secret_span(&point), &z), KEY_BAD_INPUT);
	ck_assert_int_eq(key_ecdh(pkey, span_of(point.data, 64), &z), KEY_BAD_INPUT);
	ck_assert_int_eq(key_ecdh(pkey, span_of(point.data, 1), &z), KEY_BAD_INPUT);
	ck_assert_int_eq(key_ecdh(pkey, SPAN_EMPTY, &z), KEY_BAD_INPUT);
	point.data[64] ^= 1; /* off the curve */
	ck_assert_int_eq(key_ecdh(pkey, secret_span(&point), &z), KEY_BAD_INPUT);
	point.data[64] ^= 1;
	point.data[0] = 6; /* the hybrid form is no form of PIV */
	ck_assert_int_eq(key_ecdh(pkey, secret_span(&point), &z), KEY_BAD_INPUT);
	memset(point.data, 0, point.len);
	ck_assert_int_eq(key_ecdh(pkey, secret_span(&point), &z), KEY_BAD_INPUT);
	point.data[0] = 4; /* x = y = 0 */
	ck_assert_int_eq(key_ecdh(pkey, secret_span(&point), &z), KEY_BAD_INPUT);
	ck_assert_ptr_null(z.data);
}
END_TEST

/* Each family does what it can, and nothing else. */
START_TEST(keys_do_what_their_family_can)
{
	AUTO(key_free) EVP_PKEY *rsa = fixture_key("RSA:2048");
	AUTO(key_free) EVP_PKEY *ec = fixture_key("EC:P-256");
	AUTO(key_free) EVP_PKEY *x25519 = fixture_key("X25519");
	AUTO(key_free) EVP_PKEY *ed25519 = fixture_key("Ed25519");
	EVP_PKEY *const all[] = { rsa, ec, x25519, ed25519 };
	uint8_t u[32] = { 9 };
	AUTO_SECRET out = SECRET_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
		ck_assert_int_eq(key_rsa_sign(all[i], span_of(u, 32), &out), all[i] == rsa ? KEY_OK : KEY_BAD_INPUT);
		ck_assert_int_eq(key_ecdsa_sign(all[i], span_of(u, 32), &out), all[i] == ec ? KEY_OK : KEY_BAD_INPUT);
		ck_assert_int_eq(key_ecdsa_sign_plain(all[i], span_of(u, 32), &out),
				 all[i] == ec ? KEY_OK : KEY_BAD_INPUT);
		ck_assert_int_eq(key_eddsa_sign(all[i], span_of(u, 32), &out),
				 all[i] == ed25519 ? KEY_OK : KEY_BAD_INPUT);
		ck_assert_int_eq(key_ecdh(all[i], span_of(u, 32), &out), all[i] == x25519 ? KEY_OK : KEY_BAD_INPUT);
		ck_assert_int_eq(key_rsa_decrypt(all[i], span_of(u, 32), &out), KEY_BAD_INPUT);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_kind_is_found_by_its_names_and_its_identifier);
	tcase_add_test(tc, a_generated_key_is_of_its_kind);
	tcase_add_test(tc, a_key_of_no_kind_of_the_card_has_no_kind);
	tcase_add_test(tc, bytes_that_are_no_key_are_refused);
	tcase_add_test(tc, the_public_part_is_the_keys);
	tcase_add_test(tc, rsa_takes_exactly_what_is_below_the_modulus);
	tcase_add_test(tc, ecdsa_takes_one_byte_up_to_the_field);
	tcase_add_loop_test(tc, ecdh_is_what_the_other_side_computes, 0, (int)ARRAY_COUNT(curves));
	tcase_add_test(tc, ecdh_refuses_what_is_no_point_of_the_curve);
	tcase_add_test(tc, keys_do_what_their_family_can);
}

TEST_MAIN("card/softcard/keys", add)
