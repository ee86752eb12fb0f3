/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The OpenPGP application, command by command; OpenSSL is the other side. */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "card/softcard/buffer.h"
#include "card/softcard/keys.h"
#include "card/softcard/openpgp.h"
#include "card/softcard/openpgp_algorithms.h"
#include "card/softcard/openpgp_objects.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_crypt.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

#define SELECT "00A4040006D27600012401"
#define VERIFY_SIGN "0020008106313233343536"
#define VERIFY_OTHER "0020008206313233343536"
#define VERIFY_WRONG "0020008206393939393939"
#define VERIFY_PW3 "00200083083132333435363738"
#define READ_DEC "0047810002B80000"
#define RSA_LEN 256u

static const char *const keys[] = { "b6:ED25519", "b8:X25519", "a4:EC:P-256", NULL };
static struct fixture *fixture;

static void setup(void)
{
	fixture = fixture_new_openpgp(keys);
}

static void teardown(void)
{
	fixture_free(fixture);
}

static void exchange(const char *const *others)
{
	teardown();
	fixture = fixture_new_openpgp(others);
}

/* A header of four bytes, data, and room for any answer. */
static unsigned send(const char *header, struct span data)
{
	AUTO_SECRET command = SECRET_INIT;

	fixture_read_hex(header, &command);
	ck_assert(buffer_add_byte(&command, 0) && buffer_add_byte(&command, (uint8_t)(data.len >> 8)) &&
		  buffer_add_byte(&command, (uint8_t)data.len) && buffer_add(&command, data) &&
		  buffer_add_byte(&command, 0) && buffer_add_byte(&command, 0));
	return fixture_send(fixture, secret_span(&command));
}

static unsigned get(const char *tag)
{
	char command[32];

	(void)snprintf(command, sizeof(command), "00CA%s000000", tag);
	return fixture_hex(fixture, command);
}

static void verify_all(void)
{
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_SIGN), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_OTHER), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_PW3), SW_OK);
}

/* The public key of a reference such as "B8", the value of 86. */
static void read_point(const char *reference, struct secret *ret_point)
{
	char command[32];
	struct span value;

	(void)snprintf(command, sizeof(command), "0047810002%s0000", reference);
	ck_assert_uint_eq(fixture_hex(fixture, command), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x7F49, &value) && tlv_only(value, 0x86, &value));
	ck_assert(secret_set(ret_point, value));
}

static EVP_PKEY *string_key(const char *type, const struct secret *bytes)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_type(OBJ_sn2nid(type)), NULL, bytes->data, bytes->len);

	ck_assert_ptr_nonnull(pkey);
	return pkey;
}

/* A6 { 7F49 { 86 point } } */
static unsigned decipher_point(struct span point, struct secret *ret_z)
{
	AUTO_SECRET key = SECRET_INIT;
	AUTO_SECRET outer = SECRET_INIT;
	AUTO_SECRET data = SECRET_INIT;
	unsigned sw;

	ck_assert(tlv_put(&key, 0x86, point) && tlv_put(&outer, 0x7F49, secret_span(&key)) &&
		  tlv_put(&data, 0xA6, secret_span(&outer)));
	sw = send("002A8086", secret_span(&data));
	if (sw == SW_OK)
		ck_assert(secret_set(ret_z, fixture->data));
	return sw;
}

/* --- selection and objects ------------------------------------------------------------------------------------ */

START_TEST(the_application_is_selected_by_the_beginning_of_its_name)
{
	struct span aid;

	ck_assert_uint_eq(fixture_hex(fixture, SELECT "00"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x6F, &aid) && tlv_only(aid, 0x84, &aid));
	ck_assert_uint_eq(aid.len, 16);
	ck_assert_mem_eq(aid.data, "\xD2\x76\x00\x01\x24\x01\x03\x04", 8);
	ck_assert_uint_eq(fixture_hex(fixture, "00A4040005D276000124"), SW_NOT_FOUND);
	ck_assert_uint_eq(fixture_hex(fixture, "00A4040006D27600012402"), SW_NOT_FOUND);
	ck_assert_uint_eq(fixture_hex(fixture, "00A4040009A00000030800001000"), SW_NOT_FOUND);
	ck_assert_uint_eq(fixture_hex(fixture, "00A4000006D27600012401"), SW_WRONG_P1_P2);
	ck_assert_uint_eq(fixture_hex(fixture, "00A40400"), SW_WRONG_LENGTH);
	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF055C035FC107"), SW_WRONG_INS);
}
END_TEST

START_TEST(selecting_forgets_what_was_verified)
{
	verify_all();
	ck_assert_uint_eq(fixture_hex(fixture, "00200082"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, SELECT "00"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00200081"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, "00200082"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, "00200083"), SW_TRIES_LEFT | 3);
	verify_all();
	softcard_reset(fixture->card);
	ck_assert_uint_eq(fixture_hex(fixture, "00200082"), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(application_data_say_which_keys_there_are)
{
	static const uint8_t ed25519[] = { 0x16, 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01 };
	static const uint8_t x25519[] = { 0x12, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01 };
	static const uint8_t p256[] = { 0x13, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07 };
	const uint8_t zeros[20] = { 0 };
	struct span all;
	struct span value;

	ck_assert_uint_eq(get("006E"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x6E, &all) && tlv_find(all, 0x73, &all));
	ck_assert(tlv_find(all, 0xC1, &value) && span_equal(value, span_of(ed25519, sizeof(ed25519))));
	ck_assert(tlv_find(all, 0xC2, &value) && span_equal(value, span_of(x25519, sizeof(x25519))));
	ck_assert(tlv_find(all, 0xC3, &value) && span_equal(value, span_of(p256, sizeof(p256))));
	ck_assert(tlv_find(all, 0xC4, &value) && span_equal(value, span_of("\x01\x40\x40\x40\x03\x00\x03", 7)));
	ck_assert(tlv_find(all, 0xC5, &value));
	ck_assert_uint_eq(value.len, 60);
	for (size_t i = 0; i < 3; i++)
		ck_assert_mem_ne(value.data + 20 * i, zeros, 20);
	ck_assert(tlv_find(all, 0xCD, &value));
	ck_assert_uint_eq(value.len, 12);
}
END_TEST

START_TEST(objects_are_read_by_their_tags)
{
	static const char *const tags[] = { "004F", "0065", "006E", "007A", "00C4", "00FA", "5F52", "7F66",
					    "7F74", "005E", "5F50", "0101", "0102", "7F21", "00C5" };

	for (size_t i = 0; i < ARRAY_COUNT(tags); i++)
		ck_assert_uint_eq(get(tags[i]), SW_OK);
	ck_assert_uint_eq(get("00D6"), SW_NO_REFERENCE);
	ck_assert_uint_eq(get("7F22"), SW_NO_REFERENCE);
	ck_assert_uint_eq(get("0103"), SW_SECURITY_STATUS);
	ck_assert_uint_eq(get("0104"), SW_SECURITY_STATUS);
	verify_all();
	ck_assert_uint_eq(get("0103"), SW_OK);
	ck_assert_uint_eq(get("0104"), SW_OK);
}
END_TEST

START_TEST(certificates_are_chosen_by_select_data)
{
	size_t len[3];

	for (unsigned i = 0; i < 3; i++) {
		char command[48];

		(void)snprintf(command, sizeof(command), "00A5%02X040660045C027F21", i);
		ck_assert_uint_eq(fixture_hex(fixture, command), SW_OK);
		ck_assert_uint_eq(get("7F21"), SW_OK);
		len[i] = fixture->data.len;
	}
	ck_assert(len[0] > 0 && len[1] == 0 && len[2] > 0); /* X25519 signs no certificate */
	ck_assert_uint_eq(fixture_hex(fixture, "00A503040660045C027F21"), SW_WRONG_P1_P2);
	ck_assert_uint_eq(fixture_hex(fixture, "00A500040660045C027F22"), SW_NO_REFERENCE);
	ck_assert_uint_eq(fixture_hex(fixture, "00A500040460025C00"), SW_NO_REFERENCE);
	ck_assert_uint_eq(fixture_hex(fixture, "00A5000402FFFF"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "00A500040660045C027F21"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00CC7F21000000"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00CC7F21000000"), SW_OK);
	ck_assert_uint_eq(fixture->data.len, len[2]);
	ck_assert_uint_eq(fixture_hex(fixture, "00CC7F21000000"), SW_NO_REFERENCE);
}
END_TEST

START_TEST(objects_are_put_by_who_may)
{
	struct span value;

	ck_assert_uint_eq(fixture_hex(fixture, "00DA005B03414243"), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA010103414243"), SW_SECURITY_STATUS);
	verify_all();
	ck_assert_uint_eq(fixture_hex(fixture, "00DA005B03414243"), SW_OK);
	ck_assert_uint_eq(get("0065"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x65, &value) && tlv_find(value, 0x5B, &value));
	ck_assert(span_equal(value, span_of("ABC", 3)));
	ck_assert_uint_eq(fixture_hex(fixture, "00DA010103414243"), SW_OK);
	ck_assert_uint_eq(get("0101"), SW_OK);
	ck_assert(span_equal(fixture->data, span_of("ABC", 3)));
	ck_assert_uint_eq(fixture_hex(fixture, "00DA5F35023939"), SW_WRONG_LENGTH);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00C50101"), SW_NO_REFERENCE);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00C40102"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00CF0401020304"), SW_OK);
	ck_assert_uint_eq(get("00CD"), SW_OK);
	ck_assert_mem_eq(fixture->data.data + 4, "\x01\x02\x03\x04", 4);
}
END_TEST

START_TEST(attributes_of_another_kind_take_the_key_away)
{
	const uint8_t zeros[20] = { 0 };

	verify_all();
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00C20B122B060104019755010501"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, READ_DEC), SW_OK); /* the same as before */
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00C20A162B06010401DA470F01"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00C209122A8648CE3D030107"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, READ_DEC), SW_NO_REFERENCE);
	ck_assert_uint_eq(get("00C5"), SW_OK);
	ck_assert_mem_eq(fixture->data.data + 20, zeros, 20);
	ck_assert_mem_ne(fixture->data.data, zeros, 20);
}
END_TEST

/* --- passwords -------------------------------------------------------------------------------------------------- */

START_TEST(both_uses_of_pw1_share_its_tries)
{
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, "00200081"), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_SIGN), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00200082"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, "0020008205313233343" "5"), SW_WRONG_DATA); /* too short: no try */
	ck_assert_uint_eq(fixture_hex(fixture, "00200082"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, "00200084"), SW_NO_REFERENCE);
	ck_assert_uint_eq(fixture_hex(fixture, "00200181"), SW_WRONG_P1_P2);
	ck_assert_uint_eq(fixture_hex(fixture, "0020FF81"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00200081"), SW_TRIES_LEFT | 3);
	for (unsigned left = 2; left < 3; left--)
		ck_assert_uint_eq(fixture_hex(fixture, VERIFY_WRONG), SW_TRIES_LEFT | left);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_OTHER), SW_BLOCKED);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_SIGN), SW_BLOCKED);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_PW3), SW_OK);
}
END_TEST

START_TEST(a_password_is_changed_by_who_knows_it)
{
	ck_assert_uint_eq(fixture_hex(fixture, "002400810D39393939393961626364656667"), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, "002400810B3132333435366162636465"), SW_WRONG_DATA); /* new: 5 bytes */
	ck_assert_uint_eq(fixture_hex(fixture, "00200081"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, "002400820D31323334353661626364656667"), SW_NO_REFERENCE);
	ck_assert_uint_eq(fixture_hex(fixture, "002400810D31323334353661626364656667"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_SIGN), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, "002000810761626364656667"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00240083103132333435363738" "3837363534333231"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_PW3), SW_TRIES_LEFT | 2);
}
END_TEST

START_TEST(pw1_is_reset_by_pw3_or_the_resetting_code)
{
	for (unsigned i = 0; i < 3; i++)
		(void)fixture_hex(fixture, VERIFY_WRONG);
	ck_assert_uint_eq(fixture_hex(fixture, "002C028106363534333231"), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, "002C00810E3132333435363738363534333231"), SW_BLOCKED); /* no code */
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_PW3), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "002C0281053635343332"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "002C028106363534333231"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "0020008206363534333231"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00D30731323334353637"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00D3083132333435363738"), SW_OK);
	ck_assert_uint_eq(get("00C4"), SW_OK);
	ck_assert_uint_eq(fixture->data.data[5], 3);
	softcard_reset(fixture->card);
	ck_assert_uint_eq(fixture_hex(fixture, "002C00810E3938373635343332313233343536"), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, "002C00810E3132333435363738313233343536"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_OTHER), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "002C0181"), SW_WRONG_P1_P2);
	ck_assert_uint_eq(fixture_hex(fixture, "002C028206363534333231"), SW_NO_REFERENCE);
}
END_TEST

/* --- keys ------------------------------------------------------------------------------------------------------- */

START_TEST(x25519_is_what_the_other_side_computes)
{
	AUTO_SECRET card_point = SECRET_INIT;
	AUTO_SECRET own_point = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;
	AUTO_SECRET expected = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	AUTO(key_free) EVP_PKEY *card = NULL;
	size_t len = 32;

	ck_assert(secret_alloc(&own_point, len) && EVP_PKEY_get_raw_public_key(own, own_point.data, &len) == 1);
	read_point("B8", &card_point);
	card = string_key("X25519", &card_point);
	ck_assert_uint_eq(decipher_point(secret_span(&own_point), &z), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_SIGN), SW_OK); /* not that use */
	ck_assert_uint_eq(decipher_point(secret_span(&own_point), &z), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_OTHER), SW_OK);
	ck_assert_uint_eq(decipher_point(secret_span(&own_point), &z), SW_OK);
	crypt_agree(own, card, &expected);
	ck_assert(secret_equal(secret_span(&z), secret_span(&expected)));
}
END_TEST

START_TEST(peers_that_are_none_are_wrong_data)
{
	const uint8_t bytes[64] = { 0 };
	AUTO_SECRET z = SECRET_INIT;

	verify_all();
	ck_assert_uint_eq(decipher_point(span_of(bytes, 32), &z), SW_WRONG_DATA); /* of small order */
	ck_assert_uint_eq(decipher_point(span_of(bytes, 31), &z), SW_WRONG_DATA);
	ck_assert_uint_eq(decipher_point(span_of(bytes, 33), &z), SW_WRONG_DATA);
	ck_assert_uint_eq(decipher_point(SPAN_EMPTY, &z), SW_WRONG_DATA);
	ck_assert_uint_eq(send("002A8086", span_of("\xA6\x02\x7F\x49", 4)), SW_WRONG_DATA);
	ck_assert_uint_eq(send("002A8086", span_of("\x00\x01", 2)), SW_WRONG_DATA); /* for RSA */
	ck_assert_uint_eq(fixture_hex(fixture, "002A8086"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "002A8087"), SW_WRONG_P1_P2);
}
END_TEST

START_TEST(each_nist_curve_agrees)
{
	static const struct {
		const char *const keys[2];
		const char *group;
	} curves[] = {
		{ { "b8:EC:P-256", NULL }, "prime256v1" },
		{ { "b8:EC:P-384", NULL }, "secp384r1" },
		{ { "b8:EC:P-521", NULL }, "secp521r1" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(curves); i++) {
		AUTO_SECRET point = SECRET_INIT;
		AUTO_SECRET z = SECRET_INIT;
		AUTO_SECRET expected = SECRET_INIT;
		AUTO(key_free) EVP_PKEY *own = crypt_ec_key(curves[i].group, &point);
		AUTO(key_free) EVP_PKEY *card = NULL;

		exchange(curves[i].keys);
		verify_all();
		card = fixture_public_key(fixture, OPENPGP_KEY_DECIPHER);
		ck_assert_uint_eq(decipher_point(secret_span(&point), &z), SW_OK);
		crypt_agree(own, card, &expected);
		ck_assert(secret_equal(secret_span(&z), secret_span(&expected)));
		point.data[point.len - 1] ^= 1;
		ck_assert_uint_eq(decipher_point(secret_span(&point), &z), SW_WRONG_DATA);
	}
}
END_TEST

START_TEST(ed25519_signs_and_is_counted)
{
	static const uint8_t message[] = "what is signed";
	AUTO_SECRET point = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct span value;

	read_point("B6", &point);
	pkey = string_key("ED25519", &point);
	ck_assert_uint_eq(send("002A9E9A", span_of(message, sizeof(message))), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_SIGN), SW_OK);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(send("002A9E9A", span_of(message, sizeof(message))), SW_OK);
		ck_assert_int_eq(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey), 1);
		ck_assert_int_eq(EVP_DigestVerify(ctx, fixture->data.data, fixture->data.len, message, sizeof(message)), 1);
	}
	EVP_MD_CTX_free(ctx);
	ck_assert_uint_eq(get("007A"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x7A, &value) && tlv_only(value, 0x93, &value));
	ck_assert(span_equal(value, span_of("\x00\x00\x02", 3)));
}
END_TEST

START_TEST(pw1_for_one_signature_is_used_up_by_it)
{
	verify_all();
	ck_assert_uint_eq(fixture_hex(fixture, "00DA00C40100"), SW_OK);
	ck_assert_uint_eq(send("002A9E9A", span_of("m", 1)), SW_OK);
	ck_assert_uint_eq(send("002A9E9A", span_of("m", 1)), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, "00200082"), SW_OK);
}
END_TEST

START_TEST(the_authentication_key_signs_plainly)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_public_key(fixture, OPENPGP_KEY_AUTHENTICATION);
	uint8_t hash[33]; /* one more than may be */
	AUTO_SECRET der = SECRET_INIT;
	AUTO_SECRET numbers = SECRET_INIT;
	struct span r;
	struct span s;

	memset(hash, 0x5A, sizeof(hash));
	ck_assert_uint_eq(send("00880000", span_of(hash, 32)), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_OTHER), SW_OK);
	ck_assert_uint_eq(send("00880000", span_of(hash, 33)), SW_WRONG_DATA);
	ck_assert_uint_eq(send("00880001", span_of(hash, 32)), SW_WRONG_P1_P2);
	do { /* until neither number needs a zero in front, for the sake of a short test */
		ck_assert_uint_eq(send("00880000", span_of(hash, 32)), SW_OK);
		ck_assert_uint_eq(fixture->data.len, 64);
	} while (fixture->data.data[0] >= 0x80 || fixture->data.data[0] == 0 || fixture->data.data[32] >= 0x80 ||
		 fixture->data.data[32] == 0);
	r = span_of(fixture->data.data, 32);
	s = span_of(fixture->data.data + 32, 32);
	ck_assert(tlv_put(&numbers, 0x02, r) && tlv_put(&numbers, 0x02, s) && tlv_put(&der, 0x30, secret_span(&numbers)));
	ck_assert(crypt_verify(pkey, span_of(hash, 32), secret_span(&der)));
}
END_TEST

START_TEST(rsa_signs_and_deciphers_with_padding)
{
	static const char *const rsa[] = { "b6:RSA:2048", "b8:RSA:2048", "a4:RSA:2048", NULL };
	uint8_t block[RSA_LEN];
	AUTO_SECRET back = SECRET_INIT;
	AUTO_SECRET data = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;

	exchange(rsa);
	pkey = fixture_public_key(fixture, OPENPGP_KEY_SIGNATURE);
	verify_all();
	memset(block, 0xFF, sizeof(block));
	memset(block + RSA_LEN - 51, 0x33, 51);
	block[0] = 0, block[1] = 1, block[RSA_LEN - 52] = 0;
	ck_assert_uint_eq(send("002A9E9A", span_of(block + RSA_LEN - 51, 51)), SW_OK);
	crypt_rsa_public(pkey, fixture->data, &back);
	ck_assert(span_equal(secret_span(&back), span_of(block, RSA_LEN)));
	ck_assert_uint_eq(send("002A9E9A", span_of(block, 103)), SW_WRONG_DATA); /* more than 40 % */
	block[1] = 2;
	crypt_rsa_public(pkey, span_of(block, RSA_LEN), &back);
	ck_assert(buffer_add_byte(&data, 0) && buffer_add(&data, secret_span(&back)));
	ck_assert_uint_eq(send("002A8086", secret_span(&data)), SW_OK);
	ck_assert(span_equal(fixture->data, span_of(block + RSA_LEN - 51, 51)));
	block[1] = 1;
	crypt_rsa_public(pkey, span_of(block, RSA_LEN), &back);
	ck_assert(span_equal(span_of(data.data, 1), span_of("", 1)));
	memcpy(data.data + 1, back.data, RSA_LEN);
	ck_assert_uint_eq(send("002A8086", secret_span(&data)), SW_WRONG_DATA);
}
END_TEST

START_TEST(manage_security_environment_exchanges_the_keys)
{
	static const char *const two[] = { "b8:EC:P-256", "a4:EC:P-384", NULL };
	AUTO_SECRET small = SECRET_INIT;
	AUTO_SECRET large = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;

	exchange(two);
	verify_all();
	crypt_ec_point("prime256v1", &small);
	crypt_ec_point("secp384r1", &large);
	ck_assert_uint_eq(decipher_point(secret_span(&small), &z), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "002241B803830103"), SW_OK);
	ck_assert_uint_eq(decipher_point(secret_span(&small), &z), SW_WRONG_DATA);
	ck_assert_uint_eq(decipher_point(secret_span(&large), &z), SW_OK);
	ck_assert_uint_eq(z.len, 48);
	ck_assert_uint_eq(fixture_hex(fixture, "002241B803830102"), SW_OK);
	ck_assert_uint_eq(decipher_point(secret_span(&small), &z), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "002241A403830102"), SW_OK);
	ck_assert_uint_eq(send("00880000", span_of("12345678901234567890123456789012", 32)), SW_OK);
	ck_assert_uint_eq(fixture->data.len, 64);
	ck_assert_uint_eq(fixture_hex(fixture, "002241A403830101"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "002241B603830102"), SW_WRONG_P1_P2);
}
END_TEST

START_TEST(a_key_is_generated_by_who_knows_pw3)
{
	AUTO_SECRET before = SECRET_INIT;
	AUTO_SECRET after = SECRET_INIT;

	read_point("B8", &before);
	ck_assert_uint_eq(fixture_hex(fixture, "0047800002B80000"), SW_SECURITY_STATUS);
	verify_all();
	ck_assert_uint_eq(fixture_hex(fixture, "0047800002B80000"), SW_OK);
	read_point("B8", &after);
	ck_assert_uint_eq(after.len, 32);
	ck_assert(!span_equal(secret_span(&before), secret_span(&after)));
	ck_assert_uint_eq(fixture_hex(fixture, "0047800005B603840101" "00"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "0047810002B50000"), SW_WRONG_DATA);
	ck_assert_uint_eq(fixture_hex(fixture, "0047820002B80000"), SW_WRONG_P1_P2);
}
END_TEST

START_TEST(challenges_are_random_and_as_long_as_asked)
{
	uint8_t first[32];

	ck_assert_uint_eq(fixture_hex(fixture, "0084000020"), SW_OK);
	ck_assert_uint_eq(fixture->data.len, 32);
	memcpy(first, fixture->data.data, 32);
	ck_assert_uint_eq(fixture_hex(fixture, "0084000020"), SW_OK);
	ck_assert_mem_ne(fixture->data.data, first, 32);
	ck_assert_uint_eq(fixture_hex(fixture, "00840000"), SW_WRONG_LENGTH);
	ck_assert_uint_eq(fixture_hex(fixture, "00840000000401"), SW_WRONG_LENGTH);
	ck_assert_uint_eq(fixture_hex(fixture, "0084000100"), SW_WRONG_P1_P2);
}
END_TEST

START_TEST(long_commands_may_come_in_a_chain)
{
	static const char *const rsa[] = { "b8:RSA:2048", NULL };
	AUTO_SECRET answer = SECRET_INIT;
	AUTO_SECRET data = SECRET_INIT;
	AUTO_SECRET back = SECRET_INIT;
	uint8_t block[RSA_LEN];
	AUTO(key_free) EVP_PKEY *pkey = NULL;

	exchange(rsa);
	pkey = fixture_public_key(fixture, OPENPGP_KEY_DECIPHER);
	verify_all();
	memset(block, 0xFF, sizeof(block));
	block[0] = 0, block[1] = 2, block[RSA_LEN - 2] = 0;
	crypt_rsa_public(pkey, span_of(block, RSA_LEN), &back);
	ck_assert(buffer_add_byte(&data, 0) && buffer_add(&data, secret_span(&back)));
	ck_assert_uint_eq(fixture_chain(fixture, "002A8086", secret_span(&data), &answer), SW_OK);
	ck_assert(span_equal(secret_span(&answer), span_of("\xFF", 1)));
	ck_assert_uint_eq(fixture_hex(fixture, "1020008106313233343536"), SW_NO_CHAINING);
}
END_TEST

/* --- what belongs together ---------------------------------------------------------------------------------------- */

START_TEST(attributes_and_kinds_are_one_to_one)
{
	static const uint8_t references[] = { OPENPGP_KEY_SIGNATURE, OPENPGP_KEY_DECIPHER, OPENPGP_KEY_AUTHENTICATION };
	unsigned pairs = 0;

	for (size_t r = 0; r < ARRAY_COUNT(references); r++) {
		for (size_t k = 0; k < key_kind_count; k++) {
			AUTO_SECRET attributes = SECRET_INIT;

			if (!openpgp_put_attributes(references[r], &key_kinds[k], &attributes))
				continue;
			pairs++;
			ck_assert_ptr_eq(openpgp_kind(references[r], secret_span(&attributes)), &key_kinds[k]);
		}
	}
	ck_assert_uint_eq(pairs, 3 * 7); /* all but Ed25519 to decrypt and X25519 to sign */
	ck_assert_ptr_null(openpgp_kind(OPENPGP_KEY_SIGNATURE, SPAN_EMPTY));
	ck_assert_ptr_null(openpgp_kind(OPENPGP_KEY_SIGNATURE, span_of("\x01", 1)));
	ck_assert_ptr_nonnull(openpgp_kind(OPENPGP_KEY_SIGNATURE, span_of("\x01\x08\x00\x00\x11\x03", 6)));
}
END_TEST

/* RFC 9580, appendix A.1: a version 4 key of algorithm 22, with the time of its making and its fingerprint. */
START_TEST(fingerprints_are_those_of_openpgp_software)
{
	static const uint8_t sample[] = { 0x3F, 0x09, 0x89, 0x94, 0xBD, 0xD9, 0x16, 0xED, 0x40, 0x53, 0x19,
					  0x79, 0x34, 0xE4, 0xA8, 0x7C, 0x80, 0x73, 0x3A, 0x12, 0x80, 0xD6,
					  0x2F, 0x80, 0x10, 0x99, 0x2E, 0x43, 0xEE, 0x3B, 0x24, 0x06 };
	static const uint8_t expected[] = { 0xC9, 0x59, 0xBD, 0xBA, 0xFA, 0x32, 0xA2, 0xF8, 0x9A, 0x15,
					    0x3B, 0x67, 0x8C, 0xFD, 0xE1, 0x21, 0x97, 0x96, 0x5A, 0x9A };
	AUTO(key_free) EVP_PKEY *pkey =
		EVP_PKEY_new_raw_public_key_ex(ossl_context(), "ED25519", NULL, sample, sizeof(sample));
	uint8_t fingerprint[OPENPGP_FINGERPRINT_LEN];

	ck_assert_ptr_nonnull(pkey);
	ck_assert(openpgp_fingerprint(OPENPGP_KEY_SIGNATURE, pkey, 0x53F35F0B, fingerprint));
	ck_assert_mem_eq(fingerprint, expected, sizeof(expected));
	ck_assert(!openpgp_fingerprint(OPENPGP_KEY_DECIPHER, pkey, 1, fingerprint));
}
END_TEST

START_TEST(keys_go_where_they_can_be_used_and_passwords_have_their_lengths)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("X25519");
	AUTO(state_free) struct state *state = NULL;
	struct personalise_card card = {
		.applet = STATE_OPENPGP,
		.pin = span_of("123456", 6),
		.puk = span_of("12345678", 8),
		.pin_tries = 3,
		.puk_tries = 3,
	};
	struct personalise_key key = { .reference = OPENPGP_KEY_SIGNATURE, .pkey = pkey, .subject = "x" };
	uint8_t long_one[STATE_PASSWORD_MAX + 1] = { 0 };
	struct span der;

	ck_assert_int_eq(personalise_new(&card, &state), PERSONALISE_OK);
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_KEY);
	key.reference = 0x9D;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_KEY);
	key.reference = OPENPGP_KEY_DECIPHER;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	ck_assert(!personalise_certificate(state, OPENPGP_KEY_DECIPHER, &der));
	ck_assert_int_eq(personalise_set_pin(state, span_of("12345", 5)), PERSONALISE_BAD_PIN);
	ck_assert_int_eq(personalise_set_pin(state, span_of(long_one, sizeof(long_one))), PERSONALISE_BAD_PIN);
	ck_assert_int_eq(personalise_set_pin(state, span_of(long_one, STATE_PASSWORD_MAX)), PERSONALISE_OK);
	ck_assert_int_eq(personalise_set_puk(state, span_of("1234567", 7)), PERSONALISE_BAD_PUK);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_application_is_selected_by_the_beginning_of_its_name);
	tcase_add_test(tc, selecting_forgets_what_was_verified);
	tcase_add_test(tc, application_data_say_which_keys_there_are);
	tcase_add_test(tc, objects_are_read_by_their_tags);
	tcase_add_test(tc, certificates_are_chosen_by_select_data);
	tcase_add_test(tc, objects_are_put_by_who_may);
	tcase_add_test(tc, attributes_of_another_kind_take_the_key_away);
	tcase_add_test(tc, both_uses_of_pw1_share_its_tries);
	tcase_add_test(tc, a_password_is_changed_by_who_knows_it);
	tcase_add_test(tc, pw1_is_reset_by_pw3_or_the_resetting_code);
	tcase_add_test(tc, x25519_is_what_the_other_side_computes);
	tcase_add_test(tc, peers_that_are_none_are_wrong_data);
	tcase_add_test(tc, each_nist_curve_agrees);
	tcase_add_test(tc, ed25519_signs_and_is_counted);
	tcase_add_test(tc, pw1_for_one_signature_is_used_up_by_it);
	tcase_add_test(tc, the_authentication_key_signs_plainly);
	tcase_add_test(tc, rsa_signs_and_deciphers_with_padding);
	tcase_add_test(tc, manage_security_environment_exchanges_the_keys);
	tcase_add_test(tc, a_key_is_generated_by_who_knows_pw3);
	tcase_add_test(tc, challenges_are_random_and_as_long_as_asked);
	tcase_add_test(tc, long_commands_may_come_in_a_chain);
	tcase_add_test(tc, attributes_and_kinds_are_one_to_one);
	tcase_add_test(tc, fingerprints_are_those_of_openpgp_software);
	tcase_add_test(tc, keys_go_where_they_can_be_used_and_passwords_have_their_lengths);
}

TEST_MAIN("card/softcard/openpgp", add)
