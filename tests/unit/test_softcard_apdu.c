/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/apdu.h"
#include "card/softcard/buffer.h"
#include "tests/unit/test.h"

#define SPAN(...) span_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define INS_CHAINS 0x10u
#define INS_ALONE 0x20u
#define INS_ANSWER 0x30u /* answers with as many bytes as its data, two bytes, say */

static uint8_t answer[APDU_ANSWER_MAX];

/* An application that remembers what it was given. */
struct recorder {
	unsigned runs;
	uint8_t ins;
	struct secret data;
	size_t le;
};

static unsigned may_chain(void *self UNUSED, uint8_t ins)
{
	if (ins != INS_CHAINS && ins != INS_ALONE && ins != INS_ANSWER)
		return SW_WRONG_INS;
	return ins == INS_ALONE ? SW_NO_CHAINING : SW_OK;
}

static unsigned run(void *self, const struct apdu *apdu, struct secret *out)
{
	struct recorder *recorder = self;

	recorder->runs++;
	recorder->ins = apdu->ins;
	recorder->le = apdu->le;
	ck_assert(secret_set(&recorder->data, apdu->data));
	if (apdu->ins != INS_ANSWER)
		return apdu->ins == INS_CHAINS || apdu->ins == INS_ALONE ? SW_OK : SW_WRONG_INS;
	for (unsigned i = 0; i < ((unsigned)apdu->p1 << 8 | apdu->p2); i++)
		ck_assert(buffer_add_byte(out, (uint8_t)i));
	return SW_OK;
}

static struct recorder recorder;
static struct apdu_engine engine;
static const struct apdu_application application = { &recorder, may_chain, run };

static void teardown(void)
{
	apdu_engine_reset(&engine);
	secret_clear(&recorder.data);
	recorder = (struct recorder){ .runs = 0 };
}

static unsigned sw_of(size_t len)
{
	return (unsigned)answer[len - 2] << 8 | answer[len - 1];
}

static unsigned send(struct span command)
{
	return sw_of(apdu_engine_transmit(&engine, &application, command, answer));
}

START_TEST(the_seven_cases_are_read)
{
	static uint8_t longest[4 + 3 + 65535 + 2] = { 0, 1, 2, 3, 0, 0xFF, 0xFF };
	struct apdu apdu;

	ck_assert(apdu_parse(SPAN(0, 1, 2, 3), &apdu));
	ck_assert(apdu.data.len == 0 && apdu.le == 0);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 5), &apdu));
	ck_assert(apdu.data.len == 0 && apdu.le == 5);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 0), &apdu));
	ck_assert(apdu.data.len == 0 && apdu.le == 256);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 1, 9), &apdu));
	ck_assert(apdu.data.len == 1 && apdu.data.data[0] == 9 && apdu.le == 0);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 1, 9, 0), &apdu));
	ck_assert(apdu.data.len == 1 && apdu.le == 256);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 0, 1, 2), &apdu));
	ck_assert(apdu.data.len == 0 && apdu.le == 0x102);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 0, 0, 0), &apdu));
	ck_assert(apdu.data.len == 0 && apdu.le == 65536);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 0, 0, 1, 9), &apdu));
	ck_assert(apdu.data.len == 1 && apdu.data.data[0] == 9 && apdu.le == 0);
	ck_assert(apdu_parse(SPAN(0, 1, 2, 3, 0, 0, 1, 9, 0, 0), &apdu));
	ck_assert(apdu.data.len == 1 && apdu.le == 65536);
	ck_assert(apdu_parse(span_of(longest, sizeof(longest)), &apdu));
	ck_assert(apdu.data.len == 65535 && apdu.le == 65536);
	ck_assert(apdu.cla == 0 && apdu.ins == 1 && apdu.p1 == 2 && apdu.p2 == 3);
}
END_TEST

START_TEST(lengths_of_no_case_are_6700)
{
	ck_assert_uint_eq(send(SPAN_EMPTY), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 2, 1)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 1, 1, 0, 0)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 0, 1)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 0, 0, 0, 1)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 0, 0, 2, 1)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 0, 0, 1, 1, 0)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0, 0, 0, 1, 1, 0, 0, 0)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(recorder.runs, 0);
}
END_TEST

START_TEST(foreign_classes_are_refused_by_what_they_ask)
{
	ck_assert_uint_eq(send(SPAN(0x80, INS_ALONE, 0, 0)), SW_WRONG_CLA);
	ck_assert_uint_eq(send(SPAN(0xFF, 0xCA, 0, 0, 0)), SW_WRONG_CLA);
	ck_assert_uint_eq(send(SPAN(0x20, INS_ALONE, 0, 0)), SW_WRONG_CLA);
	ck_assert_uint_eq(send(SPAN(0x0C, INS_ALONE, 0, 0)), SW_NO_SECURE_MESSAGING);
	ck_assert_uint_eq(send(SPAN(0x01, INS_ALONE, 0, 0)), SW_NO_LOGICAL_CHANNEL);
	ck_assert_uint_eq(send(SPAN(0x01, 0xC0, 0, 0, 0)), SW_NO_LOGICAL_CHANNEL);
	ck_assert_uint_eq(send(SPAN(0x00, 0x77, 0, 0)), SW_WRONG_INS);
	ck_assert_uint_eq(recorder.runs, 1);
}
END_TEST

START_TEST(a_chain_is_run_once_with_all_its_data)
{
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 1, 2, 2, 'a', 'b')), SW_OK);
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 1, 2, 1, 'c')), SW_OK);
	ck_assert_uint_eq(recorder.runs, 0);
	ck_assert_uint_eq(send(SPAN(0x00, INS_CHAINS, 1, 2, 2, 'd', 'e', 7)), SW_OK);
	ck_assert_uint_eq(recorder.runs, 1);
	ck_assert_uint_eq(recorder.le, 7);
	ck_assert(span_equal(secret_span(&recorder.data), span_of("abcde", 5)));
	ck_assert_uint_eq(send(SPAN(0x00, INS_CHAINS, 1, 2, 1, 'f')), SW_OK);
	ck_assert_uint_eq(recorder.data.len, 1);
}
END_TEST

START_TEST(a_chain_may_end_without_data)
{
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 1, 2, 2, 'a', 'b')), SW_OK);
	ck_assert_uint_eq(send(SPAN(0x00, INS_CHAINS, 1, 2)), SW_OK);
	ck_assert(span_equal(secret_span(&recorder.data), span_of("ab", 2)));
}
END_TEST

START_TEST(another_command_ends_a_chain_and_runs)
{
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 1, 2, 2, 'a', 'b')), SW_OK);
	ck_assert_uint_eq(send(SPAN(0x00, INS_ALONE, 1, 2, 1, 'c')), SW_OK);
	ck_assert_uint_eq(recorder.ins, INS_ALONE);
	ck_assert_uint_eq(recorder.data.len, 1);
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 1, 2, 2, 'a', 'b')), SW_OK);
	ck_assert_uint_eq(send(SPAN(0x00, INS_CHAINS, 1, 3, 1, 'c')), SW_OK);
	ck_assert_uint_eq(recorder.data.len, 1);
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 1, 2, 2, 'a', 'b')), SW_OK);
	ck_assert_uint_eq(send(SPAN(0x00)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0x00, INS_CHAINS, 1, 2, 1, 'c')), SW_OK);
	ck_assert_uint_eq(recorder.data.len, 1);
}
END_TEST

START_TEST(what_may_not_chain_is_6884)
{
	ck_assert_uint_eq(send(SPAN(0x10, INS_ALONE, 1, 2, 1, 'a')), SW_NO_CHAINING);
	ck_assert_uint_eq(send(SPAN(0x10, 0x77, 1, 2, 1, 'a')), SW_WRONG_INS);
	ck_assert_uint_eq(recorder.runs, 0);
}
END_TEST

START_TEST(a_chain_has_an_end)
{
	static uint8_t command[4 + 3 + 0x4000] = { 0x10, INS_CHAINS, 0, 0, 0, 0x40, 0x00 };

	for (unsigned i = 0; i < APDU_CHAIN_MAX / 0x4000; i++)
		ck_assert_uint_eq(send(span_of(command, sizeof(command))), SW_OK);
	ck_assert_uint_eq(send(SPAN(0x10, INS_CHAINS, 0, 0, 1, 'x')), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0x00, INS_CHAINS, 0, 0, 1, 'x')), SW_OK);
	ck_assert_uint_eq(recorder.data.len, 1);
}
END_TEST

/* How long an answer is, what Le asks for, and what comes: so many bytes and a status word. */
static const struct {
	uint16_t len;
	uint8_t le;
	uint16_t given;
	unsigned sw;
} answers[] = {
	{ .len = 0, .le = 0, .given = 0, .sw = 0x9000 },
	{ .len = 1, .le = 0, .given = 1, .sw = 0x9000 },
	{ .len = 255, .le = 0, .given = 255, .sw = 0x9000 },
	{ .len = 256, .le = 0, .given = 256, .sw = 0x9000 },
	{ .len = 257, .le = 0, .given = 256, .sw = 0x6101 },
	{ .len = 511, .le = 0, .given = 256, .sw = 0x61FF },
	{ .len = 512, .le = 0, .given = 256, .sw = 0x6100 },
	{ .len = 4000, .le = 0, .given = 256, .sw = 0x6100 },
	{ .len = 10, .le = 8, .given = 8, .sw = 0x6102 },
	{ .len = 8, .le = 8, .given = 8, .sw = 0x9000 },
	{ .len = 8, .le = 9, .given = 8, .sw = 0x9000 },
};

START_TEST(an_answer_comes_in_pieces_as_asked_for)
{
	const uint8_t command[] = { 0, INS_ANSWER, (uint8_t)(answers[_i].len >> 8), (uint8_t)answers[_i].len,
				    answers[_i].le };
	size_t len = apdu_engine_transmit(&engine, &application, span_of(command, sizeof(command)), answer);
	size_t total = len - 2;

	ck_assert_uint_eq(total, answers[_i].given);
	ck_assert_uint_eq(sw_of(len), answers[_i].sw);
	while ((sw_of(len) & 0xFF00u) == SW_MORE) {
		len = apdu_engine_transmit(&engine, &application, SPAN(0, 0xC0, 0, 0, 0), answer);
		for (size_t i = 0; i < len - 2; i++)
			ck_assert_uint_eq(answer[i], (uint8_t)(total + i));
		total += len - 2;
	}
	ck_assert_uint_eq(sw_of(len), SW_OK);
	ck_assert_uint_eq(total, answers[_i].len);
	ck_assert_uint_eq(send(SPAN(0, 0xC0, 0, 0, 0)), SW_CONDITIONS);
}
END_TEST

START_TEST(without_le_an_answer_is_announced)
{
	ck_assert_uint_eq(send(SPAN(0, INS_ANSWER, 0, 20)), 0x6114);
	ck_assert_uint_eq(send(SPAN(0, 0xC0, 0, 0, 20)), SW_OK);
	ck_assert_uint_eq(answer[19], 19);
}
END_TEST

START_TEST(extended_le_takes_all_at_once)
{
	const size_t len =
		apdu_engine_transmit(&engine, &application, SPAN(0, INS_ANSWER, 0xFF, 0xFF, 0, 0, 0), answer);

	ck_assert_uint_eq(len, 65535 + 2);
	ck_assert_uint_eq(sw_of(len), SW_OK);
}
END_TEST

START_TEST(another_command_drops_what_is_left_of_an_answer)
{
	ck_assert_uint_eq(send(SPAN(0, INS_ANSWER, 1, 1, 0)), 0x6101);
	ck_assert_uint_eq(send(SPAN(0, INS_ALONE, 0, 0)), SW_OK);
	ck_assert_uint_eq(send(SPAN(0, 0xC0, 0, 0, 0)), SW_CONDITIONS);
}
END_TEST

START_TEST(get_response_is_checked)
{
	ck_assert_uint_eq(send(SPAN(0, INS_ANSWER, 1, 1, 0)), 0x6101);
	ck_assert_uint_eq(send(SPAN(0, 0xC0, 1, 0, 0)), SW_WRONG_P1_P2);
	ck_assert_uint_eq(send(SPAN(0, 0xC0, 0, 0, 1, 1, 0)), SW_WRONG_LENGTH);
	ck_assert_uint_eq(send(SPAN(0, 0xC0, 0, 0, 0)), SW_OK);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, the_seven_cases_are_read);
	tcase_add_test(tc, lengths_of_no_case_are_6700);
	tcase_add_test(tc, foreign_classes_are_refused_by_what_they_ask);
	tcase_add_test(tc, a_chain_is_run_once_with_all_its_data);
	tcase_add_test(tc, a_chain_may_end_without_data);
	tcase_add_test(tc, another_command_ends_a_chain_and_runs);
	tcase_add_test(tc, what_may_not_chain_is_6884);
	tcase_add_test(tc, a_chain_has_an_end);
	tcase_add_loop_test(tc, an_answer_comes_in_pieces_as_asked_for, 0, (int)ARRAY_COUNT(answers));
	tcase_add_test(tc, without_le_an_answer_is_announced);
	tcase_add_test(tc, extended_le_takes_all_at_once);
	tcase_add_test(tc, another_command_drops_what_is_left_of_an_answer);
	tcase_add_test(tc, get_response_is_checked);
}

TEST_MAIN("card/softcard/apdu", add)
