/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/vectors: the reader of known answers, on a file whose content is known. */
#include "config.h"

#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

#define FILE_NAME "ecc-cdh-nist.vec"

START_TEST(records_are_counted)
{
	AUTO_VECTORS *v = vectors_load(FILE_NAME);

	ck_assert_uint_eq(vectors_in_file(v), 125);
}
END_TEST

START_TEST(values_are_text_and_bytes)
{
	static const uint8_t begin[] = { 0xf1, 0x7d, 0x3f, 0xea };
	AUTO_VECTORS *v = vectors_load(FILE_NAME);
	struct span d = vectors_bytes(v, 0, "d");

	ck_assert_str_eq(vectors_text(v, 0, "curve"), "P-192");
	ck_assert(vectors_is(v, 0, "curve", "P-192"));
	ck_assert(!vectors_is(v, 0, "curve", "P-256"));
	ck_assert_uint_eq(d.len, 24);
	ck_assert_mem_eq(d.data, begin, sizeof(begin));
}
END_TEST

START_TEST(records_are_apart)
{
	AUTO_VECTORS *v = vectors_load(FILE_NAME);
	const size_t last = vectors_count(v) - 1;

	ck_assert_str_eq(vectors_text(v, last, "curve"), "P-521");
	ck_assert_uint_eq(vectors_bytes(v, last, "z").len, 66);
	ck_assert_uint_gt(vectors_line(v, last), vectors_line(v, last - 1));
}
END_TEST

START_TEST(an_absent_key_is_told)
{
	AUTO_VECTORS *v = vectors_load(FILE_NAME);

	ck_assert(vectors_has(v, 0, "z"));
	ck_assert(!vectors_has(v, 0, "okm"));
	ck_assert(!vectors_is(v, 0, "okm", ""));
}
END_TEST

START_TEST(an_empty_value_is_no_bytes)
{
	AUTO_VECTORS *v = vectors_load("x963-nist.vec");

	ck_assert_uint_eq(vectors_bytes(v, 0, "info").len, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, records_are_counted);
	tcase_add_test(tc, values_are_text_and_bytes);
	tcase_add_test(tc, records_are_apart);
	tcase_add_test(tc, an_absent_key_is_told);
	tcase_add_test(tc, an_empty_value_is_no_bytes);
}

TEST_MAIN("tests/vectors", add)
