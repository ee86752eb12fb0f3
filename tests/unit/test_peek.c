/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "base/peek.h"
#include "tests/unit/test.h"

START_TEST(what_is_there_is_read)
{
	const unsigned long there = 12345;
	unsigned long got = 0;

	errno = 77;
	ck_assert(peek_ulong((uintptr_t)&there, &got));
	ck_assert_uint_eq(got, 12345);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(an_address_that_is_not_aligned_is_none)
{
	const unsigned long there[2] = { 1, 2 };
	unsigned long got = 55;

	for (uintptr_t off = 1; off < sizeof(there[0]); off++)
		ck_assert(!peek_ulong((uintptr_t)there + off, &got));
	ck_assert(!peek_ulong(0, &got));
	ck_assert(!peek_ulong(UINTPTR_MAX, &got));
	ck_assert_uint_eq(got, 55);
}
END_TEST

/* valgrind watches what the kernel is told, and complains of just what is asked here. */
START_TEST(what_cannot_be_read_is_not)
{
	const long size = sysconf(_SC_PAGESIZE);
	uint8_t *page = mmap(NULL, 2 * (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long got = 55;

	ck_assert_ptr_ne(page, MAP_FAILED);
	ck_assert_int_eq(mprotect(page + size, (size_t)size, PROT_NONE), 0);
	ck_assert(peek_ulong((uintptr_t)page + (uintptr_t)size - sizeof(got), &got));
	ck_assert_uint_eq(got, 0);
	got = 55;
	errno = 77;
	ck_assert(!peek_ulong((uintptr_t)page + (uintptr_t)size, &got));
	ck_assert_int_eq(errno, 77);
	ck_assert_int_eq(munmap(page, 2 * (size_t)size), 0);
	ck_assert(!peek_ulong((uintptr_t)page, &got));
	ck_assert(!peek_ulong(UINTPTR_MAX - sizeof(got) + 1, &got));
	ck_assert_uint_eq(got, 55);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, what_is_there_is_read);
	tcase_add_test(tc, an_address_that_is_not_aligned_is_none);
	if (RUNNING_ON_VALGRIND == 0)
		tcase_add_test(tc, what_cannot_be_read_is_not);
}

TEST_MAIN("base/peek", add)
