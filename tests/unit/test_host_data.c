/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t oid[] = { 0x2B, 0x06, 0x01 };
static const uint8_t bytes[] = { 1, 2, 3, 4 };

static void open_with_data(void)
{
	fake_reset();
	(void)fake_add_pin("PIN", FAKE_PIN, 3, false);
	(void)fake_add_data(&(struct fake_data){ .label = "first", .application = "one", .oid = span_of(oid, sizeof(oid)),
						 .bytes = span_of(bytes, sizeof(bytes)) });
	(void)fake_add_data(&(struct fake_data){ .label = "second", .application = "", .is_private = true });
	host_open_described();
}

START_TEST(data_objects_are_described)
{
	const struct md_data *data = md_data(host_card, 0);

	ck_assert_uint_eq(md_data_count(host_card), 2);
	ck_assert_str_eq(data->label, "first");
	ck_assert_str_eq(data->application, "one");
	ck_assert(span_equal(data->oid, span_of(oid, sizeof(oid))));
	ck_assert(!data->is_private);
	data = md_data(host_card, 1);
	ck_assert_str_eq(data->label, "second");
	ck_assert_str_eq(data->application, "");
	ck_assert_uint_eq(data->oid.len, 0);
	ck_assert(data->is_private);
	ck_assert_ptr_null(md_data(host_card, 2));
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

START_TEST(a_data_object_is_read_once)
{
	struct span first = SPAN_EMPTY;
	struct span second = SPAN_EMPTY;

	ck_assert_md(md_data_read(host_card, 0, &first), MD_OK);
	ck_assert_md(md_data_read(host_card, 0, &second), MD_OK);
	ck_assert(span_equal(first, span_of(bytes, sizeof(bytes))));
	ck_assert_ptr_eq(first.data, second.data);
	ck_assert_uint_eq(fake_calls(FAKE_DATA_READ), 1);
}
END_TEST

START_TEST(a_private_one_is_read_after_the_pin_also_if_it_is_empty)
{
	struct span read = span_of(bytes, 1);

	ck_assert_md(md_data_read(host_card, 1, &read), MD_W_CARD_NOT_AUTHENTICATED);
	host_login();
	ck_assert_md(md_data_read(host_card, 1, &read), MD_OK);
	ck_assert_uint_eq(read.len, 0);
	ck_assert_md(md_data_read(host_card, 1, &read), MD_OK);
	ck_assert_uint_eq(fake_calls(FAKE_DATA_READ), 2);
}
END_TEST

START_TEST(a_data_object_that_cannot_be_read_can_be_read_later)
{
	struct span read = SPAN_EMPTY;

	ck_assert_md(md_data_read(host_card, 2, &read), MD_E_FILE_NOT_FOUND);
	fake_fail(FAKE_DATA_READ, CE_CARD, 1);
	ck_assert_md(md_data_read(host_card, 0, &read), MD_E_COMM_DATA_LOST);
	ck_assert_ptr_null(read.data);
	ck_assert_md(md_data_read(host_card, 0, &read), MD_OK);
	fake_remove_card(0);
	ck_assert_md(md_data_read(host_card, 0, &read), MD_OK);
	ck_assert_md(md_data_read(host_card, 1, &read), MD_W_REMOVED_CARD);
}
END_TEST

START_TEST(the_tries_of_a_pin_are_asked_for_once)
{
	ck_assert_md(md_pin_ask(host_card, 0), MD_OK);
	ck_assert_md(md_pin_ask(host_card, 0), MD_OK);
	ck_assert_uint_eq(fake_commands(), 1);
	ck_assert_md(md_pin_ask(host_card, 9), MD_E_INVALID_PARAMETER);
	fake_remove_card(0);
	ck_assert_uint_eq(fake_commands(), 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, open_with_data, host_close);
	tcase_add_test(tc, data_objects_are_described);
	tcase_add_test(tc, a_data_object_is_read_once);
	tcase_add_test(tc, a_private_one_is_read_after_the_pin_also_if_it_is_empty);
	tcase_add_test(tc, a_data_object_that_cannot_be_read_can_be_read_later);
	tcase_add_test(tc, the_tries_of_a_pin_are_asked_for_once);
}

TEST_MAIN("minidriver/host_data", add)
