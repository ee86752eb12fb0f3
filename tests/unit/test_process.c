/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "tests/unit/test.h"

/* What a child finds: 0 when the number is its own, twice, and its own child's too. */
static int child_finds(int depth)
{
	int status = 0;
	pid_t child;

	if (process_id() != (long)getpid() || process_id() != (long)getpid())
		return 1;
	if (depth == 0)
		return 0;
	child = fork();
	if (child == 0)
		_exit(child_finds(depth - 1));
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static void expect_right(pid_t child)
{
	int status = -1;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(process_id(), (long)getpid());
}

START_TEST(it_is_what_getpid_says_and_stays_so)
{
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(process_id(), (long)getpid());
}
END_TEST

START_TEST(children_and_theirs_are_told_apart)
{
	pid_t child;

	ck_assert_int_eq(process_id(), (long)getpid());
	child = fork();
	if (child == 0)
		_exit(child_finds(2));
	expect_right(child);
}
END_TEST

/* The C library's fork handlers do not run here. */
START_TEST(a_child_that_the_c_library_did_not_see_is_told_apart)
{
	pid_t child;

	ck_assert_int_eq(process_id(), (long)getpid());
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		_exit(child_finds(0));
	expect_right(child);
}
END_TEST

static void *ask_often(void *wrong)
{
	for (int i = 0; i < 10000; i++)
		*(int *)wrong += process_id() != (long)getpid();
	return NULL;
}

START_TEST(threads_agree)
{
	pthread_t threads[4];
	int wrong[4] = { 0 };

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &wrong[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(wrong[i], 0);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, it_is_what_getpid_says_and_stays_so);
	tcase_add_test(tc, children_and_theirs_are_told_apart);
	tcase_add_test(tc, a_child_that_the_c_library_did_not_see_is_told_apart);
	tcase_add_test(tc, threads_agree);
}

TEST_MAIN("base/process", add)
