/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every unit test program shares: a main() for one Check suite.
 *
 *     static void add(TCase *tc) { tcase_add_test(tc, rule); ... }
 *     TEST_MAIN("base/secret", add)
 *
 * Under valgrind a program takes thirty times as long. There TEST_THIN is set in the environment, and tests that repeat
 * one path of the code with many values take fewer values; without it all are taken.
 */
#ifndef MDP_TESTS_TEST_H
#define MDP_TESTS_TEST_H

#include <check.h>
#include <stdlib.h>

#define TEST_TIMEOUT_SECONDS 120

/* The step through many values: 1, or the given one where only some are to be taken. */
static inline unsigned test_step(unsigned thin)
{
	return getenv("TEST_THIN") == NULL ? 1 : thin;
}

#define TEST_MAIN(name, add)                                       \
	int main(void)                                             \
	{                                                          \
		Suite *suite = suite_create(name);                 \
		TCase *tc = tcase_create(name);                    \
		SRunner *runner;                                   \
		int failed;                                        \
		tcase_set_timeout(tc, TEST_TIMEOUT_SECONDS);       \
		add(tc);                                           \
		suite_add_tcase(suite, tc);                        \
		runner = srunner_create(suite);                    \
		srunner_run_all(runner, CK_ENV);                   \
		failed = srunner_ntests_failed(runner);            \
		srunner_free(runner);                              \
		return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;  \
	}

#endif
