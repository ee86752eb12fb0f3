/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/handle_table.h"
#include "tests/unit/test.h"

struct counted {
	atomic_int holds;
};

static void hold(void *value)
{
	struct counted *counted = value;

	atomic_fetch_add(&counted->holds, 1);
}

START_TEST(a_removed_handle_is_refused_also_after_reuse)
{
	struct handle_table *table = handle_table_new(NULL);
	int first = 1;
	int other = 2;
	handle_t stale;

	stale = handle_table_add(table, &first);
	ck_assert_uint_ne(stale, 0);
	ck_assert_ptr_eq(handle_table_remove(table, stale), &first);
	ck_assert_ptr_null(handle_table_get(table, stale));
	ck_assert_ptr_null(handle_table_remove(table, stale));
	for (int i = 0; i < 1000; i++) {
		const handle_t now = handle_table_add(table, &other);

		ck_assert_uint_ne(now, stale);
		ck_assert_ptr_null(handle_table_get(table, stale));
		ck_assert_ptr_eq(handle_table_remove(table, now), &other);
	}
	handle_table_free(table);
}
END_TEST

START_TEST(zero_and_foreign_numbers_are_no_handles)
{
	struct handle_table *table = handle_table_new(NULL);
	int value = 1;
	const handle_t handle = handle_table_add(table, &value);

	ck_assert_ptr_null(handle_table_get(table, 0));
	ck_assert_ptr_null(handle_table_get(table, 1)); /* right index, generation 0 */
	ck_assert_ptr_null(handle_table_get(table, handle + 1));
	ck_assert_ptr_null(handle_table_get(table, ~(handle_t)0));
	ck_assert_ptr_eq(handle_table_get(table, handle), &value);
	ck_assert_uint_eq(handle_table_add(table, NULL), 0);
	handle_table_free(table);
}
END_TEST

START_TEST(get_and_next_hold_the_value)
{
	struct handle_table *table = handle_table_new(hold);
	struct counted values[40] = { 0 };
	void *found = NULL;
	size_t seen = 0;

	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		ck_assert_uint_ne(handle_table_add(table, &values[i]), 0);
	ck_assert_uint_eq(handle_table_count(table), ARRAY_COUNT(values));
	for (handle_t h = handle_table_next(table, 0, &found); h != 0; h = handle_table_next(table, h, &found)) {
		ck_assert_ptr_eq(found, &values[seen]);
		ck_assert_ptr_eq(handle_table_get(table, h), &values[seen]);
		ck_assert_int_eq(values[seen].holds, 2);
		seen++;
	}
	ck_assert_uint_eq(seen, ARRAY_COUNT(values));
	handle_table_free(table);
}
END_TEST

static void *churn(void *argument)
{
	struct handle_table *table = argument;
	struct counted mine = { 0 };

	for (int i = 0; i < 20000; i++) {
		const handle_t handle = handle_table_add(table, &mine);

		ck_assert_ptr_eq(handle_table_get(table, handle), &mine);
		ck_assert_ptr_eq(handle_table_remove(table, handle), &mine);
	}
	ck_assert_int_eq(mine.holds, 20000);
	return NULL;
}

START_TEST(threads_do_not_meet)
{
	struct handle_table *table = handle_table_new(hold);
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, table), 0);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(handle_table_count(table), 0);
	handle_table_free(table);
}
END_TEST

static bool take(void *value)
{
	struct counted *counted = value;

	return atomic_fetch_add(&counted->holds, 100) != 0;
}

START_TEST(take_counts_in_its_own_way)
{
	struct handle_table *table = handle_table_new(hold);
	struct counted value = { 0 };
	const handle_t handle = handle_table_add(table, &value);
	bool taken = true;

	ck_assert_ptr_eq(handle_table_take(table, handle, take, &taken), &value);
	ck_assert(!taken);
	ck_assert_ptr_eq(handle_table_take(table, handle, take, &taken), &value);
	ck_assert(taken);
	ck_assert_int_eq(value.holds, 200);
	ck_assert_ptr_null(handle_table_take(table, handle + 1, take, &taken));
	handle_table_free(table);
}
END_TEST

static atomic_bool grown;

static void *look_up(void *argument)
{
	void **given = argument;
	struct handle_table *table = given[0];
	const handle_t *first = given[1];

	while (!atomic_load(&grown))
		ck_assert_ptr_eq(handle_table_get(table, *first), given[2]);
	return NULL;
}

/* Of a bare table too: only changes are its user's to guard. */
START_TEST(look_ups_go_on_while_the_table_grows)
{
	struct handle_table *table = _i == 0 ? handle_table_new(hold) : handle_table_new_bare(hold);
	struct counted value = { 0 };
	handle_t first = handle_table_add(table, &value);
	void *given[] = { table, &first, &value };
	const size_t many = 50000 / test_step(10);
	pthread_t threads[4];

	atomic_store(&grown, false);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, look_up, given), 0);
	for (size_t i = 1; i < many; i++)
		ck_assert_uint_ne(handle_table_add(table, &value), 0);
	atomic_store(&grown, true);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(handle_table_count(table), many);
	handle_table_free(table);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_removed_handle_is_refused_also_after_reuse);
	tcase_add_test(tc, zero_and_foreign_numbers_are_no_handles);
	tcase_add_test(tc, get_and_next_hold_the_value);
	tcase_add_test(tc, threads_do_not_meet);
	tcase_add_test(tc, take_counts_in_its_own_way);
	tcase_add_loop_test(tc, look_ups_go_on_while_the_table_grows, 0, 2);
}

TEST_MAIN("base/handle_table", add)
