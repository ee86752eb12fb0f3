/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/error.h"
#include "tests/unit/test.h"

START_TEST(every_card_error_has_a_code_that_md_h_knows)
{
	for (int err = 0; err < CE_COUNT; err++) {
		const DWORD code = error_from_card((card_err)err);

		ck_assert_int_eq(err == CE_OK, code == ERROR_SUCCESS);
		ck_assert_uint_eq((DWORD)error_to_md(code), code);
		ck_assert_str_ne(md_err_name(error_to_md(code)), "?");
	}
}
END_TEST

START_TEST(numbers_that_are_no_errors_are_unexpected)
{
	ck_assert_uint_eq(error_from_card(CE_COUNT), SCARD_E_UNEXPECTED);
	ck_assert_uint_eq(error_from_card((card_err)1000), SCARD_E_UNEXPECTED);
	ck_assert_int_eq(error_to_md(1), MD_E_UNEXPECTED);
	ck_assert_int_eq(error_to_md(0x80100001), MD_E_UNEXPECTED);
	ck_assert_int_eq(error_to_md(0xFFFFFFFF), MD_E_UNEXPECTED);
}
END_TEST

START_TEST(every_error_has_its_name)
{
	static const struct {
		md_err err;
		const char *name;
	} list[] = {
#define X(name, value, text) { name, #name },
		MD_ERROR_LIST(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_COUNT(list); i++) {
		ck_assert_str_eq(md_err_name(list[i].err), list[i].name);
		ck_assert_int_eq(error_to_md((DWORD)list[i].err), list[i].err);
		for (size_t j = 0; j < i; j++)
			ck_assert_int_ne(list[i].err, list[j].err);
	}
	ck_assert_str_eq(md_err_name((md_err)1), "?");
}
END_TEST

START_TEST(what_callers_branch_on_is_told_apart)
{
	ck_assert_uint_eq(error_from_card(CE_PIN_WRONG), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(error_from_card(CE_PIN_BLOCKED), SCARD_W_CHV_BLOCKED);
	ck_assert_uint_eq(error_from_card(CE_PIN_LENGTH), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(error_from_card(CE_NOT_ALLOWED), SCARD_W_SECURITY_VIOLATION);
	ck_assert_uint_eq(error_from_card(CE_NOT_AUTHENTICATED), SCARD_W_CARD_NOT_AUTHENTICATED);
	ck_assert_uint_eq(error_from_card(CE_CARD_REMOVED), SCARD_W_REMOVED_CARD);
	ck_assert_uint_eq(error_from_card(CE_NO_MEMORY), SCARD_E_NO_MEMORY);
	ck_assert_uint_eq(error_from_card(CE_BUFFER), ERROR_INSUFFICIENT_BUFFER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_card_error_has_a_code_that_md_h_knows);
	tcase_add_test(tc, numbers_that_are_no_errors_are_unexpected);
	tcase_add_test(tc, every_error_has_its_name);
	tcase_add_test(tc, what_callers_branch_on_is_told_apart);
}

TEST_MAIN("minidriver/error", add)
