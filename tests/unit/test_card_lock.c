/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What we make of the ways libopensc's sc_lock() can end. The program's own sc_lock() stands before the
 * library's, and passes on unless told otherwise.
 */
#include "config.h"

#include <dlfcn.h>
#include <string.h>

#include "card/card.h"
#include "card/opensc_compat.h"
#include "tests/unit/softcard_fixture.h"
#include "tests/unit/test.h"

#define PIN "123456"

static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };
static struct softcard_fixture fixture;
static const struct card_ops *ops;
static struct card_system *card_system;
static struct card *card;
static bool answer_instead;
static int answer;

int sc_lock(struct sc_card *locked)
{
	int (*library_lock)(struct sc_card *);
	void *found = dlsym(RTLD_NEXT, "sc_lock");

	if (answer_instead)
		return answer;
	ck_assert_ptr_nonnull(found);
	memcpy(&library_lock, &found, sizeof(library_lock));
	return library_lock(locked);
}

static void setup(void)
{
	softcard_fixture_make(&fixture, "--pin " PIN " --key 9e:EC:prime256v1");
	ops = card_default_ops();
	ck_assert_int_eq(ops->system_open(&params, &card_system), CE_OK);
	ck_assert_int_eq(ops->readers_refresh(card_system, &(size_t){ 0 }), CE_OK);
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
}

static void teardown(void)
{
	answer_instead = false;
	ops->disconnect(card);
	ops->system_close(card_system);
	softcard_fixture_end(&fixture);
}

static card_err verify(void)
{
	return ops->pin_verify(card, 0, span_of(PIN, sizeof(PIN) - 1), NULL);
}

/* OpenSC 0.23: the driver could not select its application, and the result of the unlocking is returned. */
START_TEST(a_lock_that_is_none_is_an_error_and_is_not_unlocked)
{
	answer_instead = true;
	answer = SC_SUCCESS;
	ck_assert_int_eq(ops->begin(card), CE_CARD);
	ck_assert_int_eq(verify(), CE_CARD);
	ck_assert_int_eq(ops->logout(card), CE_CARD);
	ops->end(card);
	answer_instead = false;
	/* With the card's mutex left locked, this would wait for ever. */
	ck_assert_int_eq(verify(), CE_OK);
	ck_assert_int_eq(ops->check(card), CE_OK);
}
END_TEST

START_TEST(a_lock_that_is_refused_says_why)
{
	static const struct {
		int answer;
		card_err err;
	} rows[] = {
		{ SC_ERROR_READER_LOCKED, CE_SHARING },
		{ SC_ERROR_UNKNOWN, CE_CARD },
		{ SC_ERROR_TRANSMIT_FAILED, CE_TRANSMIT },
	};

	answer_instead = true;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		answer = rows[i].answer;
		ck_assert_int_eq(ops->begin(card), rows[i].err);
	}
	answer_instead = false;
	ck_assert_int_eq(ops->check(card), CE_OK);
	ck_assert_int_eq(verify(), CE_OK);
}
END_TEST

static void gone_for_good(int why, card_err err)
{
	answer_instead = true;
	answer = why;
	ck_assert_int_eq(ops->begin(card), err);
	answer_instead = false;
	ck_assert_int_eq(ops->check(card), CE_CARD_REMOVED);
	ck_assert_int_eq(verify(), CE_CARD_REMOVED);
}

START_TEST(a_card_said_to_be_removed_stays_so_until_connected_again)
{
	gone_for_good(SC_ERROR_CARD_REMOVED, CE_CARD_REMOVED);
}
END_TEST

START_TEST(a_card_that_is_not_there_was_removed)
{
	gone_for_good(SC_ERROR_CARD_NOT_PRESENT, CE_CARD_REMOVED);
}
END_TEST

START_TEST(a_reader_said_to_be_gone_takes_its_card_along)
{
	gone_for_good(SC_ERROR_READER_DETACHED, CE_NO_READER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_lock_that_is_none_is_an_error_and_is_not_unlocked);
	tcase_add_test(tc, a_lock_that_is_refused_says_why);
	tcase_add_test(tc, a_card_said_to_be_removed_stays_so_until_connected_again);
	tcase_add_test(tc, a_card_that_is_not_there_was_removed);
	tcase_add_test(tc, a_reader_said_to_be_gone_takes_its_card_along);
}

TEST_MAIN("card/lock", add)
