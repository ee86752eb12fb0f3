/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/secret.h"
#include "base/wipe.h"
#include "tests/unit/test.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

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

static void add(TCase *tc)
{
	tcase_add_test(tc, a_copy_is_equal_and_moves);
	tcase_add_test(tc, truncation_wipes_the_tail);
	tcase_add_test(tc, an_empty_secret_is_a_secret);
	tcase_add_test(tc, want_of_memory_leaves_it_empty);
	tcase_add_test(tc, wipe_clears_all_of_it);
}

TEST_MAIN("base/secret", add)
