/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GENERAL AUTHENTICATE with private keys, and GENERATE ASYMMETRIC KEY PAIR; OpenSSL is the other side. */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <string.h>

#include "card/softcard/buffer.h"
#include "card/softcard/keys.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_crypt.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

#define CHALLENGE 0x81u
#define EXPONENTIATION 0x85u

static const char *const keys[] = {
	"9a:EC:P-256", "9c:EC:P-384", "9d:EC:P-256", "9e:EC:P-384", "82:EC:P-384", "95:RSA:2048", NULL,
};
static struct fixture *fixture;

static void setup(void)
{
	fixture = fixture_new(keys);
}

static void teardown(void)
{
	fixture_free(fixture);
}

/* 7C { 82 empty, tag input } under a header such as "008711 9A"; the value of 82 in the answer. */
static unsigned authenticate(const char *header, unsigned tag, struct span input, struct secret *ret_result)
{
	AUTO_SECRET inner = SECRET_INIT;
	AUTO_SECRET template = SECRET_INIT;
	AUTO_SECRET answer = SECRET_INIT;
	struct span value;
	unsigned sw;

	ck_assert(tlv_put(&inner, 0x82, SPAN_EMPTY) && tlv_put(&inner, tag, input));
	ck_assert(tlv_put(&template, 0x7C, secret_span(&inner)));
	sw = fixture_chain(fixture, header, secret_span(&template), &answer);
	if (sw != SW_OK)
		return sw;
	ck_assert(tlv_only(secret_span(&answer), 0x7C, &value) && tlv_only(value, 0x82, &value));
	ck_assert(secret_set(ret_result, value));
	return SW_OK;
}

static void verify_pin(void)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
}

static void check_ecdsa(const char *header, uint8_t reference, size_t hash_len)
{
	AUTO(key_free) EVP_PKEY *public_key = fixture_public_key(fixture, reference);
	AUTO_SECRET signature = SECRET_INIT;
	uint8_t hash[48];

	memset(hash, 0xA5, sizeof(hash));
	ck_assert_uint_eq(authenticate(header, CHALLENGE, span_of(hash, hash_len), &signature), SW_OK);
	ck_assert(crypt_verify(public_key, span_of(hash, hash_len), secret_span(&signature)));
	hash[0] ^= 1;
	ck_assert(!crypt_verify(public_key, span_of(hash, hash_len), secret_span(&signature)));
}

START_TEST(ecdsa_signatures_are_the_keys)
{
	verify_pin();
	check_ecdsa("0087119A", 0x9A, 32);
	check_ecdsa("0087119A", 0x9A, 20);
	verify_pin();
	check_ecdsa("0087149C", 0x9C, 48);
}
END_TEST

static void check_ecdh(const char *header, uint8_t reference, const char *group)
{
	AUTO(key_free) EVP_PKEY *public_key = fixture_public_key(fixture, reference);
	AUTO_SECRET point = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;
	AUTO_SECRET other_z = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *peer = crypt_ec_key(group, &point);

	ck_assert_uint_eq(authenticate(header, EXPONENTIATION, secret_span(&point), &z), SW_OK);
	crypt_agree(peer, public_key, &other_z);
	ck_assert(span_equal(secret_span(&z), secret_span(&other_z)));
}

START_TEST(ecdh_is_what_the_other_side_computes)
{
	verify_pin();
	check_ecdh("0087119D", 0x9D, "prime256v1");
	check_ecdh("00871482", 0x82, "secp384r1");
}
END_TEST

static void check_rsa(const char *header, uint8_t reference, size_t len)
{
	AUTO(key_free) EVP_PKEY *public_key = fixture_public_key(fixture, reference);
	AUTO_SECRET input = SECRET_INIT;
	AUTO_SECRET result = SECRET_INIT;
	AUTO_SECRET back = SECRET_INIT;

	ck_assert(secret_alloc(&input, len));
	memset(input.data + 1, 0x3C, len - 1);
	ck_assert_uint_eq(authenticate(header, CHALLENGE, secret_span(&input), &result), SW_OK);
	ck_assert_uint_eq(result.len, len);
	crypt_rsa_public(public_key, secret_span(&result), &back);
	ck_assert(span_equal(secret_span(&back), secret_span(&input)));
}

START_TEST(rsa_of_each_length_is_undone_by_the_public_key)
{
	fixture_import(fixture, 0x83, "RSA:3072");
	fixture_import(fixture, 0x84, "RSA:4096");
	verify_pin();
	check_rsa("00870795", 0x95, 256);
	check_rsa("00870583", 0x83, 384);
	if (test_step(2) == 1)
		check_rsa("00871684", 0x84, 512);
}
END_TEST

START_TEST(extended_length_does_it_in_one_command)
{
	AUTO_SECRET command = SECRET_INIT;
	static const uint8_t zeros[254];

	verify_pin();
	fixture_read_hex("00870795" "00010A" "7C820106" "8200" "81820100" "0001", &command);
	ck_assert(buffer_add(&command, span_of(zeros, sizeof(zeros))));
	ck_assert(buffer_add(&command, span_of("\0\0", 2)));
	ck_assert_uint_eq(fixture_send(fixture, secret_span(&command)), SW_OK);
	ck_assert_uint_eq(fixture->data.len, 4 + 4 + 256);
}
END_TEST

START_TEST(keys_ask_for_the_pin_as_their_policy_says)
{
	AUTO_SECRET result = SECRET_INIT;
	AUTO_SECRET point = SECRET_INIT;
	static const uint8_t hash[32] = { 1 };
	const struct span input = span_of(hash, sizeof(hash));

	crypt_ec_point("prime256v1", &point);
	/* 9E: never */
	ck_assert_uint_eq(authenticate("0087149E", CHALLENGE, input, &result), SW_OK);
	ck_assert_uint_eq(authenticate("0087119A", CHALLENGE, input, &result), SW_SECURITY_STATUS);
	ck_assert_uint_eq(authenticate("0087149C", CHALLENGE, input, &result), SW_SECURITY_STATUS);
	ck_assert_uint_eq(authenticate("0087119D", EXPONENTIATION, secret_span(&point), &result), SW_SECURITY_STATUS);
	verify_pin();
	/* 9C: each use takes a verification */
	ck_assert_uint_eq(authenticate("0087149C", CHALLENGE, input, &result), SW_OK);
	ck_assert_uint_eq(authenticate("0087149C", CHALLENGE, input, &result), SW_SECURITY_STATUS);
	/* the others: once */
	ck_assert_uint_eq(authenticate("0087119A", CHALLENGE, input, &result), SW_OK);
	ck_assert_uint_eq(authenticate("0087119A", CHALLENGE, input, &result), SW_OK);
	ck_assert_uint_eq(authenticate("0087119D", EXPONENTIATION, secret_span(&point), &result), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_OK);
	/* a use of another key comes between the PIN and 9C */
	verify_pin();
	ck_assert_uint_eq(authenticate("0087119A", CHALLENGE, input, &result), SW_OK);
	ck_assert_uint_eq(authenticate("0087149C", CHALLENGE, input, &result), SW_SECURITY_STATUS);
	/* 9E and reading do not */
	verify_pin();
	ck_assert_uint_eq(authenticate("0087149E", CHALLENGE, input, &result), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF035C017E00"), SW_OK);
	ck_assert_uint_eq(authenticate("0087149C", CHALLENGE, input, &result), SW_OK);
}
END_TEST

START_TEST(a_point_off_the_curve_is_6a80)
{
	AUTO_SECRET point = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;

	crypt_ec_point("prime256v1", &point);
	verify_pin();
	point.data[point.len - 1] ^= 1;
	ck_assert_uint_eq(authenticate("0087119D", EXPONENTIATION, secret_span(&point), &z), SW_WRONG_DATA);
	ck_assert_uint_eq(authenticate("0087119D", EXPONENTIATION, span_of(point.data, 64), &z), SW_WRONG_DATA);
	ck_assert_uint_eq(authenticate("0087119D", EXPONENTIATION, SPAN_EMPTY, &z), SW_WRONG_DATA);
	ck_assert_ptr_null(z.data);
}
END_TEST

/* With the PIN verified. */
static const struct {
	const char *command;
	unsigned sw;
} answers[] = {
	{ "0087119A047C02820000", SW_WRONG_DATA },               /* nothing to sign */
	{ "0087119A067C048101AA820000", SW_WRONG_LENGTH },       /* Lc says less */
	{ "0087119A077C058101AA820000", SW_OK },
	{ "0087119A057C038101AA00", SW_WRONG_DATA },             /* no response is asked for */
	{ "0087119A087C068101AA8201AA00", SW_WRONG_DATA },       /* a response is given */
	{ "0087119A0A7C088101AA8101AA820000", SW_WRONG_DATA },   /* two challenges */
	{ "0087119A097C078000820081018A00", SW_WRONG_DATA },     /* a witness */
	{ "0087119A087C0682008601AA00", SW_WRONG_DATA },         /* no such object */
	{ "0087119A097C078200810185008600", SW_WRONG_DATA },
	{ "0087119A087C058200810185" "00" "00", SW_WRONG_DATA }, /* what follows the template */
	{ "0087119A00", SW_WRONG_LENGTH },
	{ "0087119A027D0000", SW_WRONG_DATA },
	{ "0087119A057C82000000" "00", SW_WRONG_DATA },
	{ "0087149A077C058101AA820000", SW_WRONG_P1_P2 },        /* not the key's algorithm */
	{ "0087079A077C058101AA820000", SW_WRONG_P1_P2 },
	{ "0087119F077C058101AA820000", SW_NO_REFERENCE },
	{ "00871180077C058101AA820000", SW_NO_REFERENCE },
	{ "00871183077C058101AA820000", SW_NO_REFERENCE },       /* an empty slot */
	{ "0087119D077C058101AA820000", SW_WRONG_DATA },         /* 9D agrees, it does not sign */
	{ "00870795077C058101AA820000", SW_WRONG_DATA },         /* RSA takes a whole modulus */
};

START_TEST(each_command_has_its_status_word)
{
	verify_pin();
	ck_assert_uint_eq(fixture_hex(fixture, answers[_i].command), answers[_i].sw);
}
END_TEST

START_TEST(a_signing_key_does_not_agree)
{
	AUTO_SECRET point = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;

	crypt_ec_point("prime256v1", &point);
	verify_pin();
	ck_assert_uint_eq(authenticate("0087119A", EXPONENTIATION, secret_span(&point), &z), SW_WRONG_DATA);
	ck_assert_uint_eq(authenticate("00870795", EXPONENTIATION, secret_span(&point), &z), SW_WRONG_DATA);
}
END_TEST

/* The public key of a generated elliptic curve key, as OpenSSL reads it. */
static EVP_PKEY *public_of_point(struct span point)
{
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char group[] = "prime256v1";
	uint8_t bytes[65];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes)),
		OSSL_PARAM_construct_end(),
	};

	ck_assert_uint_eq(point.len, sizeof(bytes));
	memcpy(bytes, point.data, sizeof(bytes));
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

START_TEST(a_generated_key_signs_after_power_loss)
{
	AUTO_SECRET signature = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *public_key = NULL;
	static const uint8_t hash[32] = { 9 };
	struct span point;

	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, "0047009A05AC0380011100"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x7F49, &point) && tlv_only(point, 0x86, &point));
	public_key = public_of_point(point);
	softcard_close(&fixture->card);
	ck_assert_int_eq(softcard_open(fixture->path, &fixture->card), STORE_OK);
	verify_pin();
	ck_assert_uint_eq(authenticate("0087119A", CHALLENGE, span_of(hash, sizeof(hash)), &signature), SW_OK);
	ck_assert(crypt_verify(public_key, span_of(hash, sizeof(hash)), secret_span(&signature)));
}
END_TEST

START_TEST(a_generated_rsa_key_is_told_as_modulus_and_exponent)
{
	AUTO_SECRET answer = SECRET_INIT;
	struct span template;
	struct span value;

	fixture_admin(fixture);
	ck_assert_uint_eq(
		fixture_chain(fixture, "00470095", span_of("\xAC\x08\x80\x01\x07\x81\x03\x01\x00\x01", 10), &answer),
		SW_OK);
	ck_assert(tlv_only(secret_span(&answer), 0x7F49, &template));
	ck_assert(tlv_find(template, 0x81, &value));
	ck_assert_uint_eq(value.len, 256);
	ck_assert(tlv_find(template, 0x82, &value));
	ck_assert_uint_eq(value.len, 3);
}
END_TEST

static const struct {
	const char *command;
	unsigned sw;
} generates[] = {
	{ "0047009B05AC0380011100", SW_WRONG_P1_P2 },
	{ "0047019A05AC0380011100", SW_WRONG_P1_P2 },
	{ "0047009A00", SW_WRONG_LENGTH },
	{ "0047009A05AC0380010600", SW_WRONG_DATA },             /* RSA 1024 */
	{ "0047009A05AC0380019900", SW_WRONG_DATA },
	{ "0047009A05AD0380011100", SW_WRONG_DATA },
	{ "0047009A06AC048002111100", SW_WRONG_DATA },
	{ "0047009A02AC0000", SW_WRONG_DATA },
	{ "0047009A08AC0680010781010300", SW_WRONG_DATA },       /* exponent 3 */
	{ "0047009A08AC0680011181010300", SW_WRONG_DATA },       /* an exponent for a curve */
	{ "0047009A06AC038001110000", SW_WRONG_DATA },
};

START_TEST(each_generate_has_its_status_word)
{
	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, generates[_i].command), generates[_i].sw);
}
END_TEST

/* Each has a card of its own, with a key to import for each slot. */
static void add_some(TCase *tc, const TTest *test, size_t count)
{
	for (size_t i = 0; i < count; i += test_step(6))
		tcase_add_loop_test(tc, test, (int)i, (int)i + 1);
}

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ecdsa_signatures_are_the_keys);
	tcase_add_test(tc, ecdh_is_what_the_other_side_computes);
	tcase_add_test(tc, rsa_of_each_length_is_undone_by_the_public_key);
	tcase_add_test(tc, extended_length_does_it_in_one_command);
	tcase_add_test(tc, keys_ask_for_the_pin_as_their_policy_says);
	tcase_add_test(tc, a_point_off_the_curve_is_6a80);
	add_some(tc, each_command_has_its_status_word, ARRAY_COUNT(answers));
	tcase_add_test(tc, a_signing_key_does_not_agree);
	tcase_add_test(tc, a_generated_key_signs_after_power_loss);
	tcase_add_test(tc, a_generated_rsa_key_is_told_as_modulus_and_exponent);
	add_some(tc, each_generate_has_its_status_word, ARRAY_COUNT(generates));
}

TEST_MAIN("card/softcard/piv_auth", add)
