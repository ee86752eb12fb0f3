/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/buffer.h"
#include "card/softcard/tlv.h"
#include "tests/unit/test.h"

#define SPAN(...) span_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

START_TEST(takes_tags_of_one_two_and_three_bytes)
{
	struct span rest = SPAN(0x7C, 0x01, 0xAA, 0x5F, 0x2F, 0x00, 0x5F, 0xC1, 0x02, 0x01, 0xBB);
	struct tlv tlv;

	ck_assert(tlv_take(&rest, &tlv));
	ck_assert_uint_eq(tlv.tag, 0x7C);
	ck_assert_uint_eq(tlv.value.len, 1);
	ck_assert(tlv_take(&rest, &tlv));
	ck_assert_uint_eq(tlv.tag, 0x5F2F);
	ck_assert_uint_eq(tlv.value.len, 0);
	ck_assert(tlv_take(&rest, &tlv));
	ck_assert_uint_eq(tlv.tag, 0x5FC102);
	ck_assert_uint_eq(tlv.value.data[0], 0xBB);
	ck_assert(!tlv_take(&rest, &tlv));
}
END_TEST

static const struct {
	const uint8_t bytes[6];
	size_t len;
} malformed[] = {
	{ { 0 }, 0 },                            /* nothing */
	{ { 0x7C }, 1 },                         /* no length */
	{ { 0x5F }, 1 },                         /* half a tag */
	{ { 0x5F, 0xC1, 0x82, 0x03, 0x00 }, 5 }, /* a tag of four bytes */
	{ { 0x7C, 0x02, 0x00 }, 3 },             /* longer than what there is */
	{ { 0x7C, 0x80, 0x00, 0x00 }, 4 },       /* indefinite length */
	{ { 0x7C, 0x81 }, 2 },                   /* half a length */
	{ { 0x7C, 0x84, 0, 0, 0, 0 }, 6 },       /* a length of four bytes */
	{ { 0x7C, 0x83, 0xFF, 0xFF, 0xFF }, 5 }, /* much longer than what there is */
};

START_TEST(malformed_bytes_are_refused_and_left)
{
	struct span rest = span_of(malformed[_i].bytes, malformed[_i].len);
	struct tlv tlv;

	ck_assert(!tlv_take(&rest, &tlv));
	ck_assert_uint_eq(rest.len, malformed[_i].len);
}
END_TEST

START_TEST(find_stops_where_bytes_are_malformed)
{
	struct span value;

	ck_assert(tlv_find(SPAN(0x01, 0x00, 0x02, 0x01, 0x55), 0x02, &value));
	ck_assert_uint_eq(value.data[0], 0x55);
	ck_assert(!tlv_find(SPAN(0x01, 0x00), 0x02, &value));
	ck_assert(!tlv_find(SPAN(0x01, 0x80, 0x02, 0x01, 0x55), 0x02, &value));
}
END_TEST

START_TEST(only_refuses_what_follows)
{
	struct span value;

	ck_assert(tlv_only(SPAN(0x53, 0x01, 0x55), 0x53, &value));
	ck_assert(!tlv_only(SPAN(0x53, 0x01, 0x55, 0x00), 0x53, &value));
	ck_assert(!tlv_only(SPAN(0x54, 0x01, 0x55), 0x53, &value));
}
END_TEST

static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536 };

START_TEST(put_is_taken_back_at_each_length_of_the_length)
{
	static const size_t header_lens[] = { 2, 2, 2, 3, 3, 4, 4, 5 };
	AUTO_SECRET value = SECRET_INIT;
	AUTO_SECRET out = SECRET_INIT;
	struct span got;

	ck_assert(secret_alloc(&value, lengths[_i]));
	ck_assert(tlv_put(&out, 0x53, secret_span(&value)));
	ck_assert_uint_eq(out.len, header_lens[_i] + lengths[_i]);
	ck_assert(tlv_only(secret_span(&out), 0x53, &got));
	ck_assert_uint_eq(got.len, lengths[_i]);
}
END_TEST

START_TEST(put_refuses_a_value_that_three_length_bytes_cannot_tell)
{
	AUTO_SECRET out = SECRET_INIT;
	const uint8_t byte = 0;

	ck_assert(!tlv_put(&out, 0x53, span_of(&byte, 0x1000000)));
	ck_assert(!tlv_put(&out, 0x1000000, SPAN_EMPTY));
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(buffer_keeps_what_it_had_when_it_grows)
{
	AUTO_SECRET buffer = SECRET_INIT;

	for (unsigned i = 0; i < 3000; i++)
		ck_assert(buffer_add_byte(&buffer, (uint8_t)i));
	ck_assert_uint_eq(buffer.len, 3000);
	for (unsigned i = 0; i < 3000; i++)
		ck_assert_uint_eq(buffer.data[i], (uint8_t)i);
	ck_assert(buffer_add(&buffer, SPAN_EMPTY));
	ck_assert_uint_eq(buffer.len, 3000);
	ck_assert(!buffer_add(&buffer, span_of(buffer.data, SIZE_MAX / 2)));
	ck_assert_uint_eq(buffer.len, 3000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, takes_tags_of_one_two_and_three_bytes);
	tcase_add_loop_test(tc, malformed_bytes_are_refused_and_left, 0, (int)ARRAY_COUNT(malformed));
	tcase_add_test(tc, find_stops_where_bytes_are_malformed);
	tcase_add_test(tc, only_refuses_what_follows);
	tcase_add_loop_test(tc, put_is_taken_back_at_each_length_of_the_length, 0, (int)ARRAY_COUNT(lengths));
	tcase_add_test(tc, put_refuses_a_value_that_three_length_bytes_cannot_tell);
	tcase_add_test(tc, buffer_keeps_what_it_had_when_it_grows);
}

TEST_MAIN("card/softcard/tlv", add)
