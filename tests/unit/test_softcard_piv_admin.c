/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "card/softcard/buffer.h"
#include "card/softcard/piv_commands.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_crypt.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

#define WITNESS 0x80u
#define CHALLENGE 0x81u
#define RESPONSE 0x82u
#define DELETE "00DB3FFF075C035FC1095300" /* works with the card management key alone */

static const uint8_t key_bytes[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

static const struct {
	uint8_t algorithm;
	size_t key_len;
	size_t block_len;
	const char *cipher;
} admin[] = {
	{ .algorithm = 0x03, .key_len = 24, .block_len = 8, .cipher = "DES-EDE3-ECB" },
	{ .algorithm = 0x08, .key_len = 16, .block_len = 16, .cipher = "AES-128-ECB" },
	{ .algorithm = 0x0A, .key_len = 24, .block_len = 16, .cipher = "AES-192-ECB" },
	{ .algorithm = 0x0C, .key_len = 32, .block_len = 16, .cipher = "AES-256-ECB" },
};

static const char *const no_keys[] = { NULL };
static struct fixture *fixture;

/* A card whose management key is that of a row. */
static struct span begin(int row)
{
	const struct span key = span_of(key_bytes, admin[row].key_len);

	fixture = fixture_new_admin(no_keys, admin[row].algorithm, key);
	return key;
}

static void teardown(void)
{
	fixture_free(fixture);
}

/* Send 7C { tag: value, tag: value }; a value whose data is NULL is left out. */
static unsigned ask(int row, unsigned tag1, struct span value1, unsigned tag2, struct span value2)
{
	AUTO_SECRET inner = SECRET_INIT;
	AUTO_SECRET template = SECRET_INIT;
	AUTO_SECRET answer = SECRET_INIT;
	char header[9];
	unsigned sw;

	(void)snprintf(header, sizeof(header), "0087%02X9B", (unsigned)admin[row].algorithm);
	ck_assert(tlv_put(&inner, tag1, value1));
	ck_assert(tag2 == 0 || tlv_put(&inner, tag2, value2));
	ck_assert(tlv_put(&template, 0x7C, secret_span(&inner)));
	sw = fixture_chain(fixture, header, secret_span(&template), &answer);
	return sw;
}

/* What stands under a tag in the last answer. */
static struct span told(unsigned tag)
{
	struct span value;

	ck_assert(tlv_only(fixture->data, 0x7C, &value) && tlv_only(value, tag, &value));
	return value;
}

START_TEST(external_authentication_with_each_algorithm)
{
	const struct span key = begin(_i);
	AUTO_SECRET response = SECRET_INIT;

	ck_assert_uint_eq(fixture_hex(fixture, DELETE), SW_SECURITY_STATUS);
	ck_assert_uint_eq(ask(_i, CHALLENGE, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	ck_assert_uint_eq(told(CHALLENGE).len, admin[_i].block_len);
	crypt_block(admin[_i].cipher, true, key, told(CHALLENGE), &response);
	ck_assert_uint_eq(ask(_i, RESPONSE, secret_span(&response), 0, SPAN_EMPTY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, DELETE), SW_OK);
	/* The same response again answers nothing. */
	ck_assert_uint_eq(ask(_i, RESPONSE, secret_span(&response), 0, SPAN_EMPTY), SW_CONDITIONS);
}
END_TEST

START_TEST(mutual_authentication_with_each_algorithm)
{
	const struct span key = begin(_i);
	const struct span challenge = span_of("abcdefghijklmnop", admin[_i].block_len);
	AUTO_SECRET witness = SECRET_INIT;
	AUTO_SECRET expected = SECRET_INIT;

	ck_assert_uint_eq(ask(_i, WITNESS, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	crypt_block(admin[_i].cipher, false, key, told(WITNESS), &witness);
	ck_assert_uint_eq(ask(_i, WITNESS, secret_span(&witness), CHALLENGE, challenge), SW_OK);
	crypt_block(admin[_i].cipher, true, key, challenge, &expected);
	ck_assert(span_equal(told(RESPONSE), secret_span(&expected)));
	ck_assert_uint_eq(fixture_hex(fixture, DELETE), SW_OK);
}
END_TEST

START_TEST(internal_authentication_proves_the_key_and_gives_no_rights)
{
	const struct span key = begin(_i);
	const struct span challenge = span_of("abcdefghijklmnop", admin[_i].block_len);
	AUTO_SECRET expected = SECRET_INIT;

	ck_assert_uint_eq(ask(_i, CHALLENGE, challenge, RESPONSE, SPAN_EMPTY), SW_OK);
	crypt_block(admin[_i].cipher, true, key, challenge, &expected);
	ck_assert(span_equal(told(RESPONSE), secret_span(&expected)));
	ck_assert_uint_eq(fixture_hex(fixture, DELETE), SW_SECURITY_STATUS);
}
END_TEST

START_TEST(the_cards_own_proof_cannot_be_played_back_to_it)
{
	AUTO_SECRET challenge = SECRET_INIT;
	AUTO_SECRET proof = SECRET_INIT;

	(void)begin(_i);
	ck_assert_uint_eq(ask(_i, CHALLENGE, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	ck_assert(secret_set(&challenge, told(CHALLENGE)));
	ck_assert_uint_eq(ask(_i, CHALLENGE, secret_span(&challenge), RESPONSE, SPAN_EMPTY), SW_OK);
	ck_assert(secret_set(&proof, told(RESPONSE)));
	ck_assert_uint_eq(ask(_i, RESPONSE, secret_span(&proof), 0, SPAN_EMPTY), SW_CONDITIONS);
	ck_assert_uint_eq(fixture_hex(fixture, DELETE), SW_SECURITY_STATUS);
}
END_TEST

START_TEST(a_wrong_answer_gives_no_rights_and_takes_the_ones_there_are)
{
	const struct span key = begin(_i);
	AUTO_SECRET response = SECRET_INIT;

	ck_assert_uint_eq(ask(_i, CHALLENGE, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	crypt_block(admin[_i].cipher, true, key, told(CHALLENGE), &response);
	ck_assert_uint_eq(ask(_i, RESPONSE, secret_span(&response), 0, SPAN_EMPTY), SW_OK);
	ck_assert_uint_eq(ask(_i, CHALLENGE, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	crypt_block(admin[_i].cipher, true, key, told(CHALLENGE), &response);
	response.data[0] ^= 1;
	ck_assert_uint_eq(ask(_i, RESPONSE, secret_span(&response), 0, SPAN_EMPTY), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, DELETE), SW_SECURITY_STATUS);
	ck_assert_uint_eq(ask(_i, WITNESS, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	ck_assert_uint_eq(ask(_i, WITNESS, secret_span(&response), CHALLENGE, secret_span(&response)),
			  SW_SECURITY_STATUS);
}
END_TEST

START_TEST(the_witness_is_not_the_answer)
{
	AUTO_SECRET witness = SECRET_INIT;

	(void)begin(_i);
	ck_assert_uint_eq(ask(_i, WITNESS, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	ck_assert(secret_set(&witness, told(WITNESS)));
	ck_assert_uint_eq(ask(_i, WITNESS, secret_span(&witness), CHALLENGE, secret_span(&witness)),
			  SW_SECURITY_STATUS);
}
END_TEST

static const struct {
	const char *command;
	unsigned sw;
} answers[] = {
	{ "0087089B047C02810000", SW_WRONG_P1_P2 },                  /* another algorithm */
	{ "0087119B047C02810000", SW_WRONG_P1_P2 },
	{ "0087009B047C02810000", SW_OK },                           /* a random number, whatever the key */
	{ "0087039B0C7C0A8208000102030405060700", SW_CONDITIONS },   /* nothing was asked */
	{ "0087039B167C148008000102030405060781080001020304050607" "00", SW_CONDITIONS },
	{ "0087039B047C02820000", SW_WRONG_DATA },
	{ "0087039B027C0000", SW_WRONG_DATA },
	{ "0087039B047C02850000", SW_WRONG_DATA },
	{ "0087039B077C05810101820000", SW_WRONG_DATA },             /* not a block */
	{ "0087039B067C048000820000", SW_WRONG_DATA },
	{ "0087039B067C048000810000", SW_OK },                       /* both to be given: the witness is */
	{ "0087039B", SW_WRONG_LENGTH },
};

START_TEST(each_command_has_its_status_word)
{
	(void)begin(0);
	ck_assert_uint_eq(fixture_hex(fixture, answers[_i].command), answers[_i].sw);
}
END_TEST

START_TEST(challenges_differ)
{
	AUTO_SECRET first = SECRET_INIT;

	(void)begin(1);
	ck_assert_uint_eq(ask(1, CHALLENGE, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	ck_assert(secret_set(&first, told(CHALLENGE)));
	ck_assert_uint_eq(ask(1, CHALLENGE, SPAN_EMPTY, 0, SPAN_EMPTY), SW_OK);
	ck_assert(!span_equal(secret_span(&first), told(CHALLENGE)));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, external_authentication_with_each_algorithm, 0, (int)ARRAY_COUNT(admin));
	tcase_add_loop_test(tc, mutual_authentication_with_each_algorithm, 0, (int)ARRAY_COUNT(admin));
	tcase_add_loop_test(tc, internal_authentication_proves_the_key_and_gives_no_rights, 0, (int)ARRAY_COUNT(admin));
	tcase_add_loop_test(tc, the_cards_own_proof_cannot_be_played_back_to_it, 0, (int)ARRAY_COUNT(admin));
	tcase_add_loop_test(tc, a_wrong_answer_gives_no_rights_and_takes_the_ones_there_are, 0,
			    (int)ARRAY_COUNT(admin));
	tcase_add_loop_test(tc, the_witness_is_not_the_answer, 0, (int)ARRAY_COUNT(admin));
	tcase_add_loop_test(tc, each_command_has_its_status_word, 0, (int)ARRAY_COUNT(answers));
	tcase_add_test(tc, challenges_differ);
}

TEST_MAIN("card/softcard/piv_admin", add)
