/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELECT, GET DATA, PUT DATA, the objects, and what reset and selection do to the security status. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "card/softcard/buffer.h"
#include "card/softcard/piv_objects.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

#define GET_CHUID "00CB3FFF055C035FC10200"
#define GET_PRINTED "00CB3FFF055C035FC10900"

static const char *const keys[] = { "9d:EC:P-256", NULL };
static struct fixture *fixture;

static void setup(void)
{
	fixture = fixture_new(keys);
}

static void teardown(void)
{
	fixture_free(fixture);
}

static const struct {
	const char *command;
	unsigned sw;
} answers[] = {
	/* SELECT */
	{ "00A404000BA000000308000010000100", SW_MORE },
	{ "00A404000BA00000030800001000010000", SW_OK },
	{ "00A4040009A0000003080000100000", SW_OK },
	{ "00A404000AA000000308000010000100", SW_OK },
	{ "00A404000BA00000030800001000010100", SW_NOT_FOUND },
	{ "00A404000CA0000003080000100001000000", SW_NOT_FOUND },
	{ "00A4040005A000000308", SW_NOT_FOUND },
	{ "00A4040006D2760001240100", SW_NOT_FOUND },
	{ "00A4000009A00000030800001000", SW_WRONG_P1_P2 },
	{ "00A4040C09A00000030800001000", SW_WRONG_P1_P2 },
	{ "00A4040000", SW_WRONG_LENGTH },
	/* GET DATA */
	{ GET_CHUID, SW_OK },
	{ "00CB3FFF035C017E00", SW_OK },
	{ "00CB3FFF055C035FC10C00", SW_OK },
	{ "00CB3FFF055C035FC10100", SW_NOT_FOUND },
	{ "00CB3FFF055C035FC1FF00", SW_NOT_FOUND },
	{ "00CB3FFF045C025FC100", SW_NOT_FOUND },
	{ "00CB3FFE055C035FC10200", SW_WRONG_P1_P2 },
	{ "00CB003F055C035FC10200", SW_WRONG_P1_P2 },
	{ "00CB3FFF00", SW_WRONG_LENGTH },
	{ "00CB3FFF055D035FC10200", SW_WRONG_DATA },
	{ "00CB3FFF055C045FC10200", SW_WRONG_DATA },
	{ "00CB3FFF025C0000", SW_WRONG_DATA },
	{ "00CB3FFF065C045FC1020100", SW_WRONG_DATA },
	{ "00CB3FFF065C035FC1020000", SW_WRONG_DATA },
	{ "00CB3FFF055C035FC10300", SW_SECURITY_STATUS },
	{ "00CB3FFF055C035FC10800", SW_SECURITY_STATUS },
	{ "00CB3FFF055C035FC12100", SW_SECURITY_STATUS },
	{ GET_PRINTED, SW_SECURITY_STATUS },
	/* PUT DATA and GENERATE without the card management key */
	{ "00DB3FFF075C035FC1095300", SW_SECURITY_STATUS },
	{ "00DB3FFE075C035FC1095300", SW_WRONG_P1_P2 },
	{ "0047009A05AC0380011100", SW_SECURITY_STATUS },
	/* others */
	{ "00B0000000", SW_WRONG_INS },
	{ "00CA7F6800", SW_WRONG_INS },
	{ "0084000008", SW_WRONG_INS },
	{ "80CB3FFF055C035FC10200", SW_WRONG_CLA },
	{ "10CB3FFF055C035FC102", SW_NO_CHAINING },
	{ "10B00000", SW_WRONG_INS },
	{ "00", SW_WRONG_LENGTH },
};

START_TEST(each_command_has_its_status_word)
{
	const unsigned sw = fixture_hex(fixture, answers[_i].command);

	/* What is announced only for want of Le is right whatever its length. */
	if ((answers[_i].sw & 0xFF00u) == SW_MORE)
		ck_assert_uint_eq(sw & 0xFF00u, SW_MORE);
	else
		ck_assert_uint_eq(sw, answers[_i].sw);
}
END_TEST

START_TEST(select_answers_with_the_property_template)
{
	struct span template;
	struct span pix;
	struct span authority;

	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_SELECT), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x61, &template));
	ck_assert(tlv_find(template, 0x4F, &pix));
	ck_assert(span_equal(pix, span_of(piv_aid.data + 5, 6)));
	ck_assert(tlv_find(template, 0x79, &authority));
	ck_assert(tlv_only(authority, 0x4F, &authority));
	ck_assert(span_equal(authority, span_of(piv_aid.data, 5)));
}
END_TEST

/* Extended length of Lc and Le is the same command. */
START_TEST(get_data_in_extended_length)
{
	struct span content;

	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF0000055C035FC1020000"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x53, &content));
}
END_TEST

START_TEST(the_chuid_has_a_fasc_n_of_no_agency_and_a_guid_of_its_own)
{
	static const uint8_t nines[] = { 0xD4, 0xE7, 0x39 };
	struct fixture *other = fixture_new(keys);
	struct span content;
	struct span fasc_n;
	struct span guid;
	struct span other_guid;

	ck_assert_uint_eq(fixture_hex(fixture, GET_CHUID), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x53, &content));
	ck_assert(tlv_find(content, 0x30, &fasc_n));
	ck_assert_uint_eq(fasc_n.len, 25);
	ck_assert_mem_eq(fasc_n.data, nines, sizeof(nines));
	ck_assert(tlv_find(content, 0x34, &guid));
	ck_assert_uint_eq(guid.len, 16);
	ck_assert_uint_eq(guid.data[6] >> 4, 4);
	ck_assert_uint_eq(fixture_hex(other, GET_CHUID), SW_OK);
	ck_assert(tlv_only(other->data, 0x53, &content) && tlv_find(content, 0x34, &other_guid));
	ck_assert(!span_equal(guid, other_guid));
	fixture_free(other);
}
END_TEST

/* Five bits a digit: four, least significant first, and odd parity; the longitudinal check makes all columns even. */
START_TEST(the_fasc_n_has_right_parities)
{
	struct span content;
	struct span fasc_n;
	unsigned columns = 0;

	ck_assert_uint_eq(fixture_hex(fixture, GET_CHUID), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x53, &content) && tlv_find(content, 0x30, &fasc_n));
	for (unsigned digit = 0; digit < 40; digit++) {
		unsigned bits = 0;

		for (unsigned bit = digit * 5; bit < digit * 5 + 5; bit++)
			bits = bits << 1 | (fasc_n.data[bit / 8] >> (7 - bit % 8) & 1u);
		ck_assert_int_eq(__builtin_popcount(bits) % 2, 1);
		columns ^= bits >> 1;
	}
	ck_assert_uint_eq(columns, 0);
}
END_TEST

START_TEST(the_discovery_object_says_application_pin_alone)
{
	struct span content;
	struct span policy;

	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF035C017E00"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x7E, &content));
	ck_assert(tlv_find(content, 0x5F2F, &policy));
	ck_assert(span_equal(policy, span_of("\x40\x00", 2)));
}
END_TEST

START_TEST(a_long_answer_comes_in_pieces)
{
	AUTO_SECRET object = SECRET_INIT;
	struct span certificate;

	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF055C035FC10B08") & 0xFF00u, SW_MORE);
	ck_assert_uint_eq(fixture->data.len, 8);
	ck_assert_uint_eq(fixture_chain(fixture, "00CB3FFF", span_of("\x5C\x03\x5F\xC1\x0B", 5), &object), SW_OK);
	ck_assert(piv_read_certificate(secret_span(&object), &certificate));
	ck_assert_uint_eq(certificate.data[0], 0x30);
}
END_TEST

START_TEST(objects_that_need_the_pin_are_read_with_it)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, GET_PRINTED), SW_NOT_FOUND);
	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, "00DB3FFF0A5C035FC10953030101AA"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, GET_PRINTED), SW_OK);
	ck_assert_uint_eq(fixture->data.len, 5);
	ck_assert_uint_eq(fixture_hex(fixture, "0020FF80"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, GET_PRINTED), SW_SECURITY_STATUS);
}
END_TEST

START_TEST(an_object_written_is_there_after_power_loss_and_an_empty_one_is_not)
{
	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, "00DB3FFF0A5C035FC1065303040102"), SW_OK);
	softcard_close(&fixture->card);
	ck_assert_int_eq(softcard_open(fixture->path, &fixture->card), STORE_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF055C035FC10600"), SW_OK);
	ck_assert(span_equal(fixture->data, span_of("\x53\x03\x04\x01\x02", 5)));
	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, "00DB3FFF075C035FC1065300"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF055C035FC10600"), SW_NOT_FOUND);
}
END_TEST

START_TEST(a_large_object_is_written_in_a_chain_and_one_too_large_refused)
{
	static uint8_t bytes[STATE_OBJECT_MAX + 16];
	AUTO_SECRET data = SECRET_INIT;
	AUTO_SECRET answer = SECRET_INIT;

	fixture_admin(fixture);
	fixture_read_hex("5C035FC106", &data);
	ck_assert(tlv_put(&data, 0x53, span_of(bytes, 5000)));
	ck_assert_uint_eq(fixture_chain(fixture, "00DB3FFF", secret_span(&data), &answer), SW_OK);
	ck_assert_uint_eq(fixture_chain(fixture, "00CB3FFF", span_of("\x5C\x03\x5F\xC1\x06", 5), &answer), SW_OK);
	ck_assert(span_equal(secret_span(&answer), span_of(data.data + 5, data.len - 5)));
	fixture_read_hex("5C035FC106", &data);
	ck_assert(tlv_put(&data, 0x53, span_of(bytes, STATE_OBJECT_MAX)));
	ck_assert_uint_eq(fixture_chain(fixture, "00DB3FFF", secret_span(&data), &answer), SW_NO_MEMORY);
	ck_assert_uint_eq(fixture_chain(fixture, "00CB3FFF", span_of("\x5C\x03\x5F\xC1\x06", 5), &answer), SW_OK);
	ck_assert_uint_eq(answer.len, 5004);
}
END_TEST

static const struct {
	const char *command;
	unsigned sw;
} puts_[] = {
	{ "00DB3FFF00", SW_WRONG_LENGTH },
	{ "00DB3FFF055C035FC109", SW_WRONG_DATA },
	{ "00DB3FFF075C035FC1095400", SW_WRONG_DATA },
	{ "00DB3FFF085C035FC109530000", SW_WRONG_DATA },
	{ "00DB3FFF025300", SW_WRONG_DATA },
	{ "00DB3FFF085C035FC109530200", SW_WRONG_DATA },
	{ "00DB3FFF075C035FFF005300", SW_NOT_SUPPORTED },
	{ "00DB3FFF065C029B035300", SW_NOT_SUPPORTED },
	{ "00DB3FFF147E124F0BA0000003080000100001005F2F024000", SW_OK },
	{ "00DB3FFF175C017E7E124F0BA0000003080000100001005F2F024000", SW_OK },
	{ "00DB3FFF147E124F0BA0000003080000100001005F2F026020", SW_WRONG_DATA },
	{ "00DB3FFF027E00", SW_WRONG_DATA },
	{ "00DB3FFF067F61030201005300", SW_WRONG_LENGTH },
	{ "00DB3FFF067F6103020100", SW_OK },
};

START_TEST(each_put_has_its_status_word)
{
	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, puts_[_i].command), puts_[_i].sw);
}
END_TEST

START_TEST(another_application_ends_the_security_status_and_gets_the_commands)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_SELECT_OTHER), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, GET_CHUID), SW_WRONG_INS);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_WRONG_INS);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_SELECT), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(selecting_again_or_in_vain_keeps_the_security_status)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_SELECT), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "00A4040006D2760001240100"), SW_NOT_FOUND);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_OK);
}
END_TEST

START_TEST(reset_forgets_all_but_the_file)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	fixture_admin(fixture);
	ck_assert_uint_eq(fixture_hex(fixture, "00CB3FFF055C035FC10B08") & 0xFF00u, SW_MORE);
	softcard_reset(fixture->card);
	ck_assert_uint_eq(fixture_hex(fixture, "00C0000000"), SW_CONDITIONS);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080"), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, "00DB3FFF075C035FC1095300"), SW_SECURITY_STATUS);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_SELECT_OTHER), SW_OK);
	softcard_reset(fixture->card);
	ck_assert_uint_eq(fixture_hex(fixture, GET_CHUID), SW_OK);
}
END_TEST

START_TEST(two_connections_know_nothing_of_each_others_pin)
{
	AUTO(softcard_close) struct softcard *other = NULL;
	size_t len = 0;

	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_int_eq(softcard_open(fixture->path, &other), STORE_OK);
	ck_assert_int_eq(softcard_transmit(other, span_of("\x00\x20\x00\x80", 4), fixture->answer, &len), STORE_OK);
	ck_assert_uint_eq(fixture->answer[0], 0x63);
}
END_TEST

START_TEST(another_card_in_the_file_is_noticed)
{
	size_t len = 0;

	ck_assert(softcard_is_present(fixture->card));
	fixture_make_card(fixture->path, keys, PERSONALISE_ADMIN_ALGORITHM, personalise_admin_key);
	ck_assert(!softcard_is_present(fixture->card));
	ck_assert_int_eq(softcard_transmit(fixture->card, span_of("\x00\x20\x00\x80", 4), fixture->answer, &len),
			 STORE_ABSENT);
}
END_TEST

START_TEST(the_atr_is_well_formed_and_no_pivkeys)
{
	uint8_t check = 0;

	for (size_t i = 1; i < softcard_atr.len; i++)
		check ^= softcard_atr.data[i];
	ck_assert_uint_eq(check, 0);
	ck_assert_uint_eq(softcard_atr.data[0], 0x3B);
	ck_assert_uint_eq(softcard_atr.len, 6 + (softcard_atr.data[1] & 0xFu) + 1);
	ck_assert(!span_equal(softcard_atr, span_of("\x3B\x80\x80\x01\x01", 5)));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_command_has_its_status_word, 0, (int)ARRAY_COUNT(answers));
	tcase_add_test(tc, select_answers_with_the_property_template);
	tcase_add_test(tc, get_data_in_extended_length);
	tcase_add_test(tc, the_chuid_has_a_fasc_n_of_no_agency_and_a_guid_of_its_own);
	tcase_add_test(tc, the_fasc_n_has_right_parities);
	tcase_add_test(tc, the_discovery_object_says_application_pin_alone);
	tcase_add_test(tc, a_long_answer_comes_in_pieces);
	tcase_add_test(tc, objects_that_need_the_pin_are_read_with_it);
	tcase_add_test(tc, an_object_written_is_there_after_power_loss_and_an_empty_one_is_not);
	tcase_add_test(tc, a_large_object_is_written_in_a_chain_and_one_too_large_refused);
	tcase_add_loop_test(tc, each_put_has_its_status_word, 0, (int)ARRAY_COUNT(puts_));
	tcase_add_test(tc, another_application_ends_the_security_status_and_gets_the_commands);
	tcase_add_test(tc, selecting_again_or_in_vain_keeps_the_security_status);
	tcase_add_test(tc, reset_forgets_all_but_the_file);
	tcase_add_test(tc, two_connections_know_nothing_of_each_others_pin);
	tcase_add_test(tc, another_card_in_the_file_is_noticed);
	tcase_add_test(tc, the_atr_is_well_formed_and_no_pivkeys);
}

TEST_MAIN("card/softcard/piv", add)
