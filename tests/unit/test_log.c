/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/test.h"

#define SHOWN_MAX 4096u

/*
 * What the four levels and one overlong line write to standard error with that environment; the level is asked
 * once in a process.
 */
static const char *shown_with(const char *level)
{
	static char buffers[2][SHOWN_MAX]; /* so that two can be compared */
	static unsigned turn;
	char *shown = buffers[turn++ % 2];
	char overlong[1000];
	int ends[2];
	ssize_t len;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)(level != NULL ? setenv("MINIDRIVER_PKCS11_DEBUG", level, 1) : unsetenv("MINIDRIVER_PKCS11_DEBUG"));
		memset(overlong, 'x', sizeof(overlong) - 1);
		overlong[sizeof(overlong) - 1] = '\0';
		log_error("here", "number %d", 1);
		log_warn("here", "number %d", 2);
		log_info("here", "number %d", 3);
		log_debug("here", "%s", overlong);
		_exit(0);
	}
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	len = read(ends[0], shown, SHOWN_MAX - 1);
	ck_assert_int_ge(len, 0);
	shown[len] = '\0';
	(void)close(ends[0]);
	return shown;
}

START_TEST(errors_alone_are_shown_unless_asked)
{
	ck_assert_str_eq(shown_with(NULL), "minidriver-pkcs11: error: here: number 1\n");
	ck_assert_str_eq(shown_with("error"), "minidriver-pkcs11: error: here: number 1\n");
	ck_assert_str_eq(shown_with("1"), "minidriver-pkcs11: error: here: number 1\n");
}
END_TEST

START_TEST(a_level_shows_itself_and_what_is_graver)
{
	ck_assert_str_eq(shown_with("warn"), "minidriver-pkcs11: error: here: number 1\n"
					     "minidriver-pkcs11: warn: here: number 2\n");
	ck_assert_str_eq(shown_with("2"), shown_with("WARN"));
	ck_assert_ptr_nonnull(strstr(shown_with("info"), "info: here: number 3\n"));
	ck_assert_ptr_null(strstr(shown_with("info"), "debug"));
}
END_TEST

START_TEST(an_overlong_line_is_cut_and_not_lost)
{
	const char *debug = strstr(shown_with("debug"), "minidriver-pkcs11: debug: here: xxx");

	ck_assert_ptr_nonnull(debug);
	ck_assert_uint_lt(strlen(debug), 600);
	ck_assert_int_eq(debug[strlen(debug) - 1], '\n');
	ck_assert_ptr_nonnull(strstr(shown_with("anything else"), "debug: here: xxx"));
}
END_TEST

START_TEST(an_area_has_a_level_of_its_own)
{
	ck_assert_str_eq(shown_with("there=debug"), shown_with("error"));
	ck_assert_str_eq(shown_with("here=2"), shown_with("warn"));
	ck_assert_str_eq(shown_with("debug,here=info"), shown_with("info"));
	ck_assert_str_eq(shown_with("here=Info,debug"), shown_with("info"));
	ck_assert_str_eq(shown_with("warn,there=debug,other=info"), shown_with("warn"));
	ck_assert_str_eq(shown_with("hereabouts=debug,her=debug"), shown_with("error"));
	ck_assert_str_eq(shown_with(",,warn,"), shown_with("warn"));
	ck_assert_str_eq(shown_with(""), shown_with("error"));
	ck_assert_str_eq(shown_with("an_area_with_a_name_that_is_too_long=debug"), shown_with("error"));
}
END_TEST

START_TEST(errno_is_kept)
{
	errno = ENOTTY;
	log_debug("here", "not shown");
	ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, errors_alone_are_shown_unless_asked);
	tcase_add_test(tc, a_level_shows_itself_and_what_is_graver);
	tcase_add_test(tc, an_overlong_line_is_cut_and_not_lost);
	tcase_add_test(tc, an_area_has_a_level_of_its_own);
	tcase_add_test(tc, errno_is_kept);
}

TEST_MAIN("base/log", add)
