/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/lock.h"
#include "tests/unit/test.h"

static int made;
static int held;

static unsigned long create(void **ret_mutex)
{
	static int mutex;

	made++;
	*ret_mutex = &mutex;
	return 0;
}

static unsigned long refuse(void **ret_mutex)
{
	(void)ret_mutex;
	return 5;
}

static unsigned long destroy(void *mutex)
{
	(void)mutex;
	made--;
	return 0;
}

static unsigned long take(void *mutex)
{
	(void)mutex;
	held++;
	return 0;
}

static unsigned long give(void *mutex)
{
	(void)mutex;
	held--;
	return 0;
}

START_TEST(an_applications_mutexes_are_used)
{
	static const struct lock_functions functions = { create, destroy, take, give };
	struct lock lock;

	lock_use_functions(&functions);
	ck_assert(lock_init(&lock));
	ck_assert_int_eq(made, 1);
	{
		LOCKED(&lock);
		ck_assert_int_eq(held, 1);
	}
	ck_assert_int_eq(held, 0);
	lock_destroy(&lock);
	ck_assert_int_eq(made, 0);
	lock_destroy(&lock); /* a second time does nothing */
	ck_assert_int_eq(made, 0);
	lock_use_functions(NULL);
}
END_TEST

START_TEST(a_refused_mutex_is_an_error)
{
	static const struct lock_functions functions = { refuse, destroy, take, give };
	struct lock lock;

	lock_use_functions(&functions);
	ck_assert(!lock_init(&lock));
	lock_use_functions(NULL);
	ck_assert(lock_init(&lock));
	lock_destroy(&lock);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_applications_mutexes_are_used);
	tcase_add_test(tc, a_refused_mutex_is_an_error);
}

TEST_MAIN("base/lock", add)
