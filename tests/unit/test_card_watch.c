/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for readers and cards: over the real libopensc with a software card, and with no card service at all. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "card/card.h"
#include "tests/unit/softcard_fixture.h"
#include "tests/unit/test.h"

#define WAITERS 4u

static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };
static struct softcard_fixture fixture;
static const struct card_ops *ops;
static struct card_system *card_system;

static void open_system(void)
{
	size_t count = 0;

	ops = card_default_ops();
	ck_assert_int_eq(ops->system_open(&params, &card_system), CE_OK);
	ck_assert_int_eq(ops->readers_refresh(card_system, &count), CE_OK);
}

static void setup(void)
{
	softcard_fixture_make(&fixture, "--pin 123456");
	open_system();
}

static void teardown(void)
{
	ops->system_close(card_system);
	softcard_fixture_end(&fixture);
}

static struct card_watch *watch(void)
{
	struct card_watch *made = NULL;

	ck_assert_int_eq(ops->watch_open(card_system, &made), CE_OK);
	return made;
}

static bool present(void)
{
	struct card_reader_info info;

	ck_assert_int_eq(ops->reader_info(card_system, 0, &info), CE_OK);
	return info.card_present;
}

/* A watch may return early, so that it is asked until the card is as expected. */
static void wait_until(struct card_watch *on, bool expected)
{
	do {
		ck_assert(ops->watch_wait(on));
	} while (present() != expected);
}

START_TEST(a_watch_notices_the_card)
{
	struct card_watch *on = watch();

	ck_assert(ops->watch_wait(on));
	ck_assert(present());
	softcard_fixture_take_out(&fixture);
	wait_until(on, false);
	softcard_fixture_put_in(&fixture);
	wait_until(on, true);
	ops->watch_close(on);
}
END_TEST

static atomic_uint inside;

static void *wait_for_ever(void *argument)
{
	struct card_watch *on = watch();

	(void)argument;
	(void)atomic_fetch_add(&inside, 1);
	while (ops->watch_wait(on))
		continue;
	ops->watch_close(on);
	(void)atomic_fetch_sub(&inside, 1);
	return NULL;
}

static void cancel_all(void)
{
	pthread_t threads[WAITERS];

	for (unsigned i = 0; i < WAITERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_ever, NULL), 0);
	while (atomic_load(&inside) != WAITERS)
		(void)usleep(1000);
	while (atomic_load(&inside) != 0) {
		ops->watches_cancel(card_system);
		(void)usleep(1000);
	}
	for (unsigned i = 0; i < WAITERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

START_TEST(cancelling_ends_every_watch)
{
	cancel_all();
}
END_TEST

START_TEST(after_the_cancelling_no_watch_waits)
{
	struct card_watch *on = watch();

	ops->watches_cancel(card_system);
	ck_assert(!ops->watch_wait(on));
	ops->watch_close(on);
	on = watch();
	ck_assert(!ops->watch_wait(on));
	ops->watch_close(on);
	ops->watch_close(NULL);
}
END_TEST

START_TEST(a_missing_argument_is_refused)
{
	struct card_watch *on = NULL;

	ck_assert_int_eq(ops->watch_open(NULL, &on), CE_INVALID_ARGUMENT);
	ck_assert_int_eq(ops->watch_open(card_system, NULL), CE_INVALID_ARGUMENT);
	ck_assert_ptr_null(on);
}
END_TEST

START_TEST(a_service_that_does_not_run_is_asked_again_and_can_be_cancelled)
{
	struct card_watch *on;

	teardown();
	ck_assert_int_eq(setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1), 0);
	open_system();
	on = watch();
	ck_assert(ops->watch_wait(on));
	ck_assert(ops->watch_wait(on));
	ops->watch_close(on);
	cancel_all();
	ops->system_close(card_system);
	setup();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_watch_notices_the_card);
	tcase_add_test(tc, cancelling_ends_every_watch);
	tcase_add_test(tc, after_the_cancelling_no_watch_waits);
	tcase_add_test(tc, a_missing_argument_is_refused);
	tcase_add_test(tc, a_service_that_does_not_run_is_asked_again_and_can_be_cancelled);
}

TEST_MAIN("card/watch", add)
