/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "card/opensc_internal.h"
#include "tests/unit/test.h"

#define CODES_AT_LEAST 80

/* Every `#define SC_ERROR_NAME -NNNN` of the header we are compiled with has a row. */
START_TEST(every_code_of_errors_h_has_a_row)
{
	FILE *header = fopen(OPENSC_ERRORS_H, "re");
	char line[256];
	char name[128];
	int code, count = 0;

	ck_assert_ptr_nonnull(header);
	while (fgets(line, sizeof(line), header) != NULL) {
		if (sscanf(line, "#define SC_ERROR_%127s %d", name, &code) != 2)
			continue;
		ck_assert_msg(opensc_error_known(code), "SC_ERROR_%s (%d) has no row", name, code);
		ck_assert_int_ne(opensc_error(code), CE_OK);
		ck_assert_uint_lt((unsigned)opensc_error(code), CE_COUNT);
		count++;
	}
	(void)fclose(header);
	ck_assert_int_ge(count, CODES_AT_LEAST);
}
END_TEST

/* Numbers that libopensc keeps free, or has never given out. */
static bool free_number(const char *words)
{
	return strncmp(words, "Unknown error", 13) == 0 || strcmp(words, "UNUSED") == 0;
}

/* What libopensc can put into words it can return. */
START_TEST(every_code_libopensc_has_words_for_has_a_row)
{
	int count = 0;

	for (int code = -1000; code > -2100; code--) {
		if (free_number(sc_strerror(code)))
			continue;
		ck_assert_msg(opensc_error_known(code), "%d (%s) has no row", code, sc_strerror(code));
		count++;
	}
	ck_assert_int_ge(count, CODES_AT_LEAST);
}
END_TEST

START_TEST(a_result_that_is_not_negative_is_success)
{
	ck_assert_int_eq(opensc_error(SC_SUCCESS), CE_OK);
	ck_assert_int_eq(opensc_error(1), CE_OK);
	ck_assert_int_eq(opensc_error(0x7fffffff), CE_OK);
}
END_TEST

START_TEST(a_code_without_a_row_is_a_card_error)
{
	static const int codes[] = { -1, -1099, -1102, -1199, -1301, -1899, -2000, -0x7fffffff, -0x7fffffff - 1 };

	for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
		ck_assert(!opensc_error_known(codes[i]));
		ck_assert_int_eq(opensc_error(codes[i]), CE_CARD);
	}
}
END_TEST

START_TEST(the_codes_that_decide_what_a_user_sees)
{
	static const struct {
		int from;
		card_err to;
	} rows[] = {
		{ SC_ERROR_PIN_CODE_INCORRECT, CE_PIN_WRONG },
		{ SC_ERROR_AUTH_METHOD_BLOCKED, CE_PIN_BLOCKED },
		{ SC_ERROR_INVALID_PIN_LENGTH, CE_PIN_LENGTH },
		{ SC_ERROR_SECURITY_STATUS_NOT_SATISFIED, CE_NOT_AUTHENTICATED },
		{ SC_ERROR_CARD_REMOVED, CE_CARD_REMOVED },
		{ SC_ERROR_READER_REATTACHED, CE_CARD_REMOVED },
		{ SC_ERROR_READER_DETACHED, CE_NO_READER },
		{ SC_ERROR_CARD_NOT_PRESENT, CE_NO_CARD },
		{ SC_ERROR_READER_LOCKED, CE_SHARING },
		{ SC_ERROR_KEYPAD_CANCELLED, CE_CANCELLED },
		{ SC_ERROR_KEYPAD_TIMEOUT, CE_TIMEOUT },
		{ SC_ERROR_INVALID_CARD, CE_UNKNOWN_CARD },
		{ SC_ERROR_PKCS15_APP_NOT_FOUND, CE_UNKNOWN_CARD },
		{ SC_ERROR_NOT_ALLOWED, CE_NOT_ALLOWED },
		{ SC_ERROR_NOT_SUPPORTED, CE_NOT_SUPPORTED },
		{ SC_ERROR_OUT_OF_MEMORY, CE_NO_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		ck_assert_int_eq(opensc_error(rows[i].from), rows[i].to);
}
END_TEST

START_TEST(every_error_has_its_name_and_other_numbers_have_none)
{
	static const char *const names[] = {
#define X(name, text) #name,
		CE_LIST(X)
#undef X
	};

	ck_assert_uint_eq(ARRAY_COUNT(names), CE_COUNT);
	for (int i = 0; i < CE_COUNT; i++)
		ck_assert_str_eq(card_err_name((card_err)i), names[i]);
	ck_assert_str_eq(card_err_name((card_err)CE_COUNT), "?");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_code_of_errors_h_has_a_row);
	tcase_add_test(tc, every_code_libopensc_has_words_for_has_a_row);
	tcase_add_test(tc, a_result_that_is_not_negative_is_success);
	tcase_add_test(tc, a_code_without_a_row_is_a_card_error);
	tcase_add_test(tc, the_codes_that_decide_what_a_user_sees);
	tcase_add_test(tc, every_error_has_its_name_and_other_numbers_have_none);
}

TEST_MAIN("card/error", add)
