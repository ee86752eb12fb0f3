/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/wipe.h"
#include "tests/unit/test.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

START_TEST(a_copy_is_equal_and_moves)
{
	AUTO_SECRET a = SECRET_INIT;
	AUTO_SECRET b = SECRET_INIT;

	ck_assert(secret_set(&a, span_of(bytes, sizeof(bytes))));
	ck_assert(secret_equal(secret_span(&a), span_of(bytes, sizeof(bytes))));
	secret_move(&b, &a);
	ck_assert_ptr_null(a.data);
	ck_assert_uint_eq(a.len, 0);
	ck_assert(secret_equal(secret_span(&b), span_of(bytes, sizeof(bytes))));
	ck_assert(!secret_equal(secret_span(&b), span_of(bytes, sizeof(bytes) - 1)));
	b.data[7] ^= 1;
	ck_assert(!secret_equal(secret_span(&b), span_of(bytes, sizeof(bytes))));
}
END_TEST

START_TEST(truncation_wipes_the_tail)
{
	AUTO_SECRET a = SECRET_INIT;
	static const uint8_t zero[5];

	ck_assert(secret_set(&a, span_of(bytes, sizeof(bytes))));
	secret_truncate(&a, 3);
	ck_assert_uint_eq(a.len, 3);
	ck_assert_mem_eq(a.data + 3, zero, sizeof(zero));
	secret_truncate(&a, 9); /* no growth */
	ck_assert_uint_eq(a.len, 3);
}
END_TEST

START_TEST(an_empty_secret_is_a_secret)
{
	AUTO_SECRET a = SECRET_INIT;

	ck_assert(secret_alloc(&a, 0));
	ck_assert_ptr_nonnull(a.data);
	ck_assert_uint_eq(a.len, 0);
	ck_assert(secret_equal(secret_span(&a), SPAN_EMPTY));
	secret_clear(&a);
	secret_clear(&a);
}
END_TEST

START_TEST(want_of_memory_leaves_it_empty)
{
	AUTO_SECRET a = SECRET_INIT;

	ck_assert(secret_set(&a, span_of(bytes, sizeof(bytes))));
	ck_assert(!secret_alloc(&a, SIZE_MAX / 2));
	ck_assert_ptr_null(a.data);
	ck_assert_uint_eq(a.len, 0);
}
END_TEST

START_TEST(wipe_clears_all_of_it)
{
	uint8_t buffer[sizeof(bytes)];
	static const uint8_t zero[sizeof(bytes)];

	memcpy(buffer, bytes, sizeof(bytes));
	wipe(buffer, sizeof(buffer));
	ck_assert_mem_eq(buffer, zero, sizeof(zero));
	wipe(NULL, 0);
}
END_TEST

/* A sanitizer's runtime takes mlock() away from the program, and says that it was done. */
static bool locks_really(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return false;
#endif
#endif
	return true;
}

/* What the kernel says of the page: "lo" locked, "dd" not dumped, "wf" zeroed in a child. */
static bool page_has(const void *page, const char *flag)
{
	AUTO(file_close) FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long begin = 0;
	bool inside = false;
	char line[512];

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		char dash;

		if (sscanf(line, "%lx%c", &begin, &dash) == 2 && dash == '-')
			inside = begin == (unsigned long)(uintptr_t)page;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			return strstr(line, flag) != NULL;
	}
	return false;
}

START_TEST(a_locked_copy_is_in_a_page_of_its_own_that_is_neither_swapped_nor_dumped)
{
	AUTO_SECRET a = SECRET_INIT;
	AUTO_SECRET b = SECRET_INIT;

	ck_assert(secret_set_locked(&a, span_of(bytes, sizeof(bytes))));
	ck_assert(secret_equal(secret_span(&a), span_of(bytes, sizeof(bytes))));
	ck_assert_uint_eq((uintptr_t)a.data % 4096, 0);
	ck_assert(page_has(a.data, " lo") || !locks_really());
	ck_assert(page_has(a.data, " dd"));
	ck_assert(page_has(a.data, " wf"));
	secret_move(&b, &a);
	ck_assert_ptr_null(a.data);
	ck_assert(secret_equal(secret_span(&b), span_of(bytes, sizeof(bytes))));
	ck_assert(secret_set(&b, span_of(bytes, 3)));
	ck_assert(!page_has(b.data, " lo"));
	ck_assert(secret_set_locked(&b, SPAN_EMPTY));
	ck_assert_ptr_nonnull(b.data);
	ck_assert_uint_eq(b.len, 0);
	ck_assert(!secret_set_locked(&b, span_of(bytes, SIZE_MAX / 2)));
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(a_child_finds_a_locked_copy_zeroed)
{
	AUTO_SECRET a = SECRET_INIT;
	pid_t child;
	int status = 0;

	ck_assert(secret_set_locked(&a, span_of(bytes, sizeof(bytes))));
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		const bool zero = a.data[0] == 0 && a.data[7] == 0;

		secret_clear(&a);
		_exit(zero ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_uint_eq(a.data[0], 1);
}
END_TEST

START_TEST(where_no_memory_can_be_locked_there_is_no_locked_copy)
{
	struct rlimit before;
	struct rlimit none;
	AUTO_SECRET a = SECRET_INIT;

	if (geteuid() == 0 || !locks_really())
		return; /* the limit is not for the superuser */
	ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &before), 0);
	none = (struct rlimit){ 0, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	ck_assert(!secret_set_locked(&a, span_of(bytes, sizeof(bytes))));
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &before), 0);
	ck_assert_ptr_null(a.data);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_copy_is_equal_and_moves);
	tcase_add_test(tc, truncation_wipes_the_tail);
	tcase_add_test(tc, an_empty_secret_is_a_secret);
	tcase_add_test(tc, want_of_memory_leaves_it_empty);
	tcase_add_test(tc, wipe_clears_all_of_it);
	tcase_add_test(tc, a_locked_copy_is_in_a_page_of_its_own_that_is_neither_swapped_nor_dumped);
	tcase_add_test(tc, a_child_finds_a_locked_copy_zeroed);
	tcase_add_test(tc, where_no_memory_can_be_locked_there_is_no_locked_copy);
}

TEST_MAIN("base/secret", add)
