/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "card/softcard/piv_commands.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

#define STATUS "00200080"
#define CHANGE_PIN "0024008010313233343536FFFF363534333231FFFF"
#define CHANGE_PIN_WRONG "0024008010393939393939FFFF363534333231FFFF"
#define VERIFY_CHANGED "0020008008363534333231FFFF"
#define CHANGE_PUK "0024008110" "3132333435363738" "3837363534333231"
#define CHANGE_PUK_WRONG "0024008110" "3932333435363738" "3837363534333231"
#define UNBLOCK "002C008010" "3132333435363738" "363534333231FFFF"
#define UNBLOCK_WRONG "002C008010" "3932333435363738" "363534333231FFFF"

static const char *const no_keys[] = { NULL };
static struct fixture *fixture;

static void setup(void)
{
	fixture = fixture_new(no_keys);
}

static void teardown(void)
{
	fixture_free(fixture);
}

static void block(const char *command)
{
	ck_assert_uint_eq(fixture_hex(fixture, command), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, command), SW_TRIES_LEFT | 1);
	ck_assert_uint_eq(fixture_hex(fixture, command), SW_TRIES_LEFT | 0);
	ck_assert_uint_eq(fixture_hex(fixture, command), SW_BLOCKED);
}

static const struct {
	const char *command;
	unsigned sw;
} answers[] = {
	{ STATUS, SW_TRIES_LEFT | 3 },
	{ "0020008000", SW_TRIES_LEFT | 3 },
	{ FIXTURE_VERIFY, SW_OK },
	{ "0020FF80", SW_OK },
	{ "0020FF8008313233343536FFFF", SW_WRONG_DATA },
	{ "00200180", SW_WRONG_P1_P2 },
	{ "0020000008313233343536FFFF", SW_NO_REFERENCE },
	{ "0020008108313233343536FFFF", SW_NO_REFERENCE },
	{ "0020009B", SW_NO_REFERENCE },
	{ "0020008007313233343536FF", SW_WRONG_DATA },
	{ "0020008009313233343536FFFFFF", SW_WRONG_DATA },
	{ "0020008006313233343536", SW_WRONG_DATA },
	{ "0024018010313233343536FFFF363534333231FFFF", SW_WRONG_P1_P2 },
	{ "0024009B10313233343536FFFF363534333231FFFF", SW_NO_REFERENCE },
	{ "002400800F313233343536FFFF363534333231FF", SW_WRONG_DATA },
	{ "00240080", SW_WRONG_DATA },
	{ "0024008010313233343536FFFF3635343332FFFFFF", SW_WRONG_DATA },
	{ "0024008010313233343536FFFF363534333261FFFF", SW_WRONG_DATA },
	{ "0024008010313233343536FFFF363534FF333231FF", SW_WRONG_DATA },
	{ CHANGE_PIN, SW_OK },
	{ CHANGE_PUK, SW_OK },
	{ "002C018010313233343536373836353433323100FF", SW_WRONG_P1_P2 },
	{ "002C0081103132333435363738363534333231FFFF", SW_NO_REFERENCE },
	{ "002C00800F3132333435363738363534333231FF", SW_WRONG_DATA },
	{ "002C008010313233343536373836353433FFFFFFFF", SW_WRONG_DATA },
	{ UNBLOCK, SW_OK },
};

START_TEST(each_command_has_its_status_word)
{
	ck_assert_uint_eq(fixture_hex(fixture, answers[_i].command), answers[_i].sw);
	/* None of these was a wrong guess, so none cost a try. */
	ck_assert_uint_eq(fixture_pin_tries(fixture), 3);
}
END_TEST

START_TEST(a_pin_that_is_formed_wrongly_is_a_wrong_pin)
{
	ck_assert_uint_eq(fixture_hex(fixture, "0020008008616263646566FFFF"), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, "00200080083132333435360000"), SW_TRIES_LEFT | 1);
}
END_TEST

START_TEST(tries_are_counted_down_and_given_back_by_the_right_pin)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_pin_tries(fixture), 2);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_OK);
	ck_assert_uint_eq(fixture_pin_tries(fixture), 3);
}
END_TEST

START_TEST(a_blocked_pin_refuses_the_right_one)
{
	block(FIXTURE_VERIFY_WRONG);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_BLOCKED);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_BLOCKED);
	ck_assert_uint_eq(fixture_hex(fixture, CHANGE_PIN), SW_BLOCKED);
	softcard_reset(fixture->card);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_BLOCKED);
}
END_TEST

START_TEST(a_wrong_pin_ends_the_verified_state)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_TRIES_LEFT | 2);
}
END_TEST

START_TEST(logout_ends_the_verified_state_and_costs_nothing)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, "0020FF80"), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(a_changed_pin_is_the_pin)
{
	ck_assert_uint_eq(fixture_hex(fixture, CHANGE_PIN), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_OK);
	softcard_reset(fixture->card);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_CHANGED), SW_OK);
}
END_TEST

START_TEST(a_wrong_old_pin_changes_nothing_but_a_try)
{
	ck_assert_uint_eq(fixture_hex(fixture, CHANGE_PIN_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
}
END_TEST

START_TEST(the_puk_unblocks_the_pin_and_does_not_verify_it)
{
	block(FIXTURE_VERIFY_WRONG);
	ck_assert_uint_eq(fixture_hex(fixture, UNBLOCK), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_TRIES_LEFT | 3);
	ck_assert_uint_eq(fixture_hex(fixture, VERIFY_CHANGED), SW_OK);
}
END_TEST

START_TEST(the_puk_has_tries_of_its_own)
{
	block(UNBLOCK_WRONG);
	ck_assert_uint_eq(fixture_hex(fixture, UNBLOCK), SW_BLOCKED);
	ck_assert_uint_eq(fixture_hex(fixture, CHANGE_PUK), SW_BLOCKED);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
}
END_TEST

START_TEST(a_wrong_puk_ends_the_verified_state)
{
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, UNBLOCK_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_TRIES_LEFT | 3);
}
END_TEST

START_TEST(a_changed_puk_is_the_puk)
{
	ck_assert_uint_eq(fixture_hex(fixture, CHANGE_PUK_WRONG), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, CHANGE_PUK), SW_OK);
	ck_assert_uint_eq(fixture_hex(fixture, UNBLOCK), SW_TRIES_LEFT | 2);
	ck_assert_uint_eq(fixture_hex(fixture, "002C0080103837363534333231363534333231FFFF"), SW_OK);
}
END_TEST

START_TEST(a_pin_blocked_by_another_connection_is_no_longer_verified_here)
{
	AUTO(softcard_close) struct softcard *other = NULL;
	AUTO_SECRET wrong = SECRET_INIT;
	size_t len;

	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
	ck_assert_int_eq(softcard_open(fixture->path, &other), STORE_OK);
	fixture_read_hex(FIXTURE_VERIFY_WRONG, &wrong);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(softcard_transmit(other, secret_span(&wrong), fixture->answer, &len), STORE_OK);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_BLOCKED);
}
END_TEST

/* A card that cannot write the loss of a try down does not say whether the PIN is right. */
START_TEST(no_comparison_without_the_loss_written_down)
{
	char successor[FIXTURE_PATH_MAX + 32];

	(void)snprintf(successor, sizeof(successor), "%s.new", fixture->path);
	ck_assert_int_eq(mkdir(successor, 0700), 0);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_MEMORY_FAILURE);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY_WRONG), SW_MEMORY_FAILURE);
	ck_assert_uint_eq(fixture_hex(fixture, STATUS), SW_TRIES_LEFT | 3);
	ck_assert_int_eq(rmdir(successor), 0);
	ck_assert_uint_eq(fixture_hex(fixture, FIXTURE_VERIFY), SW_OK);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_command_has_its_status_word, 0, (int)ARRAY_COUNT(answers));
	tcase_add_test(tc, a_pin_that_is_formed_wrongly_is_a_wrong_pin);
	tcase_add_test(tc, tries_are_counted_down_and_given_back_by_the_right_pin);
	tcase_add_test(tc, a_blocked_pin_refuses_the_right_one);
	tcase_add_test(tc, a_wrong_pin_ends_the_verified_state);
	tcase_add_test(tc, logout_ends_the_verified_state_and_costs_nothing);
	tcase_add_test(tc, a_changed_pin_is_the_pin);
	tcase_add_test(tc, a_wrong_old_pin_changes_nothing_but_a_try);
	tcase_add_test(tc, the_puk_unblocks_the_pin_and_does_not_verify_it);
	tcase_add_test(tc, the_puk_has_tries_of_its_own);
	tcase_add_test(tc, a_wrong_puk_ends_the_verified_state);
	tcase_add_test(tc, a_changed_puk_is_the_puk);
	tcase_add_test(tc, a_pin_blocked_by_another_connection_is_no_longer_verified_here);
	tcase_add_test(tc, no_comparison_without_the_loss_written_down);
}

TEST_MAIN("card/softcard/piv_pin", add)
