/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/text.h"

#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/unit/test.h"

static void check_copy(const char *from, size_t from_len, size_t room, const char *expected)
{
	char to[64];

	memset(to, '#', sizeof(to));
	text_copy(to, room, from, from_len);
	ck_assert_str_eq(to, expected);
	ck_assert_int_eq(to[room], '#');
}

START_TEST(plain_text_is_copied_and_ended)
{
	check_copy("PIV_II", SIZE_MAX, 32, "PIV_II");
	check_copy("PIV_II", 3, 32, "PIV");
	check_copy("", SIZE_MAX, 32, "");
	check_copy(NULL, 0, 32, "");
	check_copy(NULL, SIZE_MAX, 1, "");
}
END_TEST

START_TEST(what_does_not_fit_is_left_out_by_whole_characters)
{
	check_copy("abcdef", SIZE_MAX, 4, "abc");
	check_copy("abcdef", SIZE_MAX, 1, "");
	check_copy("a\xc3\xa4z", SIZE_MAX, 3, "a");
	check_copy("a\xc3\xa4z", SIZE_MAX, 4, "a\xc3\xa4");
	check_copy("\xf0\x9f\x94\x91", SIZE_MAX, 5, "\xf0\x9f\x94\x91");
	check_copy("\xf0\x9f\x94\x91", SIZE_MAX, 4, "");
}
END_TEST

START_TEST(bytes_that_are_not_utf8_become_question_marks)
{
	check_copy("M\xfcller", SIZE_MAX, 32, "M?ller");         /* ISO 8859-1 */
	check_copy("\xc0\x80", SIZE_MAX, 32, "??");              /* overlong NUL */
	check_copy("\xe0\x80\x80", SIZE_MAX, 32, "???");         /* overlong */
	check_copy("\xed\xa0\x80", SIZE_MAX, 32, "???");         /* surrogate */
	check_copy("\xf4\x90\x80\x80", SIZE_MAX, 32, "????");    /* beyond U+10FFFF */
	check_copy("\xe2\x82", SIZE_MAX, 32, "??");              /* cut off */
	check_copy("\xe2\x82\xac", 2, 32, "??");                 /* cut off by from_len */
	check_copy("a\nb\x7f", SIZE_MAX, 32, "a?b?");            /* control characters */
}
END_TEST

START_TEST(the_bounds_of_each_length_are_well_formed)
{
	static const char *const texts[] = {
		"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
	};

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		check_copy(texts[i], SIZE_MAX, 32, texts[i]);
}
END_TEST

START_TEST(blanks_at_the_end_are_dropped)
{
	check_copy("label   ", SIZE_MAX, 32, "label");
	check_copy("   ", SIZE_MAX, 32, "");
	check_copy(" a b ", SIZE_MAX, 32, " a b");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, plain_text_is_copied_and_ended);
	tcase_add_test(tc, what_does_not_fit_is_left_out_by_whole_characters);
	tcase_add_test(tc, bytes_that_are_not_utf8_become_question_marks);
	tcase_add_test(tc, the_bounds_of_each_length_are_well_formed);
	tcase_add_test(tc, blanks_at_the_end_are_dropped);
}

TEST_MAIN("card/text", add)
