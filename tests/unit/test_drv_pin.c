/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static void set_up(void)
{
	fake_reset();
	fake_personalise();
	harness_open_described();
	fake_reset_counts();
}

static BYTE pin_bytes[32];
static DWORD attempts;

static DWORD verify_ex(PIN_ID id, DWORD flags, const char *pin)
{
	PBYTE session = NULL;
	DWORD session_len = 0;

	attempts = 77;
	memcpy(pin_bytes, pin, strlen(pin));
	return harness_card->pfnCardAuthenticateEx(harness_card, id, flags, strlen(pin) != 0 ? pin_bytes : NULL,
						   (DWORD)strlen(pin), &session, &session_len, &attempts);
}

static DWORD verify(LPCWSTR user, const char *pin)
{
	attempts = 77;
	memcpy(pin_bytes, pin, strlen(pin));
	return harness_card->pfnCardAuthenticatePin(harness_card, user, pin_bytes, (DWORD)strlen(pin), &attempts);
}

static PIN_SET authenticated(void)
{
	PIN_SET set = 0xFF;
	DWORD len;

	ck_assert_code(harness_card->pfnCardGetProperty(harness_card, CP_CARD_AUTHENTICATED_STATE, (PBYTE)&set,
							sizeof(set), &len, 0),
		       ERROR_SUCCESS);
	return set;
}

START_TEST(the_right_pin_logs_in_and_the_wrong_one_counts_down)
{
	ck_assert_uint_eq(authenticated(), PIN_SET_NONE);
	ck_assert_code(verify_ex(ROLE_USER, 0, "111111"), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, 2);
	ck_assert_uint_eq(authenticated(), PIN_SET_NONE);
	ck_assert_code(verify(wszCARD_USER_USER, FAKE_PIN), ERROR_SUCCESS);
	ck_assert_uint_eq(attempts, 3);
	ck_assert_uint_eq(authenticated(), CREATE_PIN_SET(ROLE_USER));
	ck_assert(fake_logged_in());
}
END_TEST

START_TEST(a_blocked_pin_says_so)
{
	ck_assert_code(verify(wszCARD_USER_USER, "111111"), SCARD_W_WRONG_CHV);
	ck_assert_code(verify(wszCARD_USER_USER, "111111"), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, 1);
	ck_assert_code(verify(wszCARD_USER_USER, "111111"), SCARD_W_CHV_BLOCKED);
	ck_assert_uint_eq(attempts, 0);
	ck_assert_code(verify(wszCARD_USER_USER, FAKE_PIN), SCARD_W_CHV_BLOCKED);
	ck_assert(!fake_logged_in());
}
END_TEST

START_TEST(a_length_the_card_does_not_take_spends_no_try)
{
	ck_assert_code(verify_ex(ROLE_USER, 0, "123"), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(attempts, 77);
	ck_assert_code(verify_ex(ROLE_USER, 0, "1234567890123"), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify_ex(ROLE_USER, 0, "111111"), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, 2);
}
END_TEST

START_TEST(a_count_that_is_not_known_is_told_as_such_and_none_need_be_asked_for)
{
	fake_fail(FAKE_PIN_VERIFY, CE_PIN_WRONG, 1);
	ck_assert_code(verify_ex(ROLE_USER, 0, FAKE_PIN), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, CARD_EXT_NOT_KNOWN);
	ck_assert_code(harness_card->pfnCardAuthenticateEx(harness_card, ROLE_USER, 0, pin_bytes, 6, NULL, NULL, NULL),
		       ERROR_SUCCESS);
}
END_TEST

START_TEST(users_pins_and_flags_that_are_none_are_wrong)
{
	ck_assert_code(verify(NULL, FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify(u"use", FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify(u"anonymous", FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify(wszCARD_USER_ADMIN, FAKE_PUK), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(verify_ex(ROLE_EVERYONE, 0, FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify_ex(3, 0, FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify_ex(32, 0, FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify_ex(0xFFFFFFFF, 0, FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify_ex(ROLE_USER, 1, FAKE_PIN), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(verify_ex(ROLE_USER, CARD_AUTHENTICATE_GENERATE_SESSION_PIN, FAKE_PIN),
		       SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(verify_ex(ROLE_USER, CARD_AUTHENTICATE_SESSION_PIN, FAKE_PIN), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(verify_ex(ROLE_USER, CARD_PIN_SILENT_CONTEXT, ""), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardAuthenticateEx(harness_card, ROLE_USER, 0, NULL, 6, NULL, NULL, NULL),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 0);
	ck_assert_code(verify_ex(ROLE_USER, CARD_PIN_SILENT_CONTEXT, FAKE_PIN), ERROR_SUCCESS);
}
END_TEST

START_TEST(no_pin_asks_the_readers_pad)
{
	ck_assert_code(verify_ex(ROLE_USER, 0, ""), SCARD_E_UNSUPPORTED_FEATURE); /* this reader has none */
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 1);
	fake_fail(FAKE_PIN_VERIFY, CE_CANCELLED, 1);
	ck_assert_code(verify_ex(ROLE_USER, 0, ""), SCARD_E_CANCELLED);
}
END_TEST

START_TEST(deauthentication_forgets)
{
	PCARD_DATA c = harness_card;

	ck_assert_code(verify_ex(ROLE_USER, 0, FAKE_PIN), ERROR_SUCCESS);
	ck_assert_code(c->pfnCardDeauthenticate(c, wszCARD_USER_USER, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardDeauthenticate(c, NULL, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardDeauthenticateEx(c, PIN_SET_NONE, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardDeauthenticateEx(c, PIN_SET_ALL_ROLES, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert(fake_logged_in());
	ck_assert_code(c->pfnCardDeauthenticate(c, wszCARD_USER_USER, 0), ERROR_SUCCESS);
	ck_assert(!fake_logged_in());
	ck_assert_uint_eq(authenticated(), PIN_SET_NONE);
	ck_assert_code(verify_ex(ROLE_USER, 0, FAKE_PIN), ERROR_SUCCESS);
	fake_fail(FAKE_LOGOUT, CE_NOT_SUPPORTED, 1);
	ck_assert_code(c->pfnCardDeauthenticateEx(c, CREATE_PIN_SET(ROLE_USER), 0), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_uint_eq(authenticated(), CREATE_PIN_SET(ROLE_USER));
	ck_assert_code(c->pfnCardDeauthenticateEx(c, CREATE_PIN_SET(ROLE_USER), 0), ERROR_SUCCESS);
	ck_assert(!fake_logged_in());
}
END_TEST

START_TEST(further_pins_are_numbered_from_three)
{
	PIN_SET set = 0;
	DWORD len;

	harness_close();
	fake_reset();
	(void)fake_add_pin("SO", "87654321", 5, true);
	(void)fake_add_pin("User", "1111", 3, false);
	(void)fake_add_pin("Sign", "2222", 3, false);
	(void)fake_add_pin("Other SO", "3333", 3, true);
	harness_open_described();
	ck_assert_code(
		harness_card->pfnCardGetProperty(harness_card, CP_CARD_LIST_PINS, (PBYTE)&set, sizeof(set), &len, 0),
		ERROR_SUCCESS);
	ck_assert_uint_eq(set, 0x1E);
	ck_assert_code(verify(wszCARD_USER_USER, "1111"), ERROR_SUCCESS);
	ck_assert_code(verify_ex(ROLE_ADMIN, 0, "87654321"), ERROR_SUCCESS);
	ck_assert_code(verify_ex(3, 0, "2222"), ERROR_SUCCESS);
	ck_assert_code(verify_ex(4, 0, "3333"), ERROR_SUCCESS);
	ck_assert_uint_eq(authenticated(), 0x1E);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, the_right_pin_logs_in_and_the_wrong_one_counts_down);
	tcase_add_test(tc, a_blocked_pin_says_so);
	tcase_add_test(tc, a_length_the_card_does_not_take_spends_no_try);
	tcase_add_test(tc, a_count_that_is_not_known_is_told_as_such_and_none_need_be_asked_for);
	tcase_add_test(tc, users_pins_and_flags_that_are_none_are_wrong);
	tcase_add_test(tc, no_pin_asks_the_readers_pad);
	tcase_add_test(tc, deauthentication_forgets);
	tcase_add_test(tc, further_pins_are_numbered_from_three);
}

TEST_MAIN("minidriver/drv_pin", add)
