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
	ck_assert_code(verify_ex(ROLE_USER, 0, ""), SCARD_E_INVALID_PARAMETER); /* this reader has none */
	fake_set_pad(FAKE_PIN);
	ck_assert_code(verify_ex(ROLE_USER, 0, ""), ERROR_SUCCESS);
	ck_assert(fake_verified(0));
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

/* ---- new values ------------------------------------------------------------------------------------- */

struct change {
	DWORD flags;
	PIN_ID authenticating;
	const char *authentication;
	PIN_ID target;
	const char *value;
	DWORD retries;
};

static DWORD change_ex(const struct change *with)
{
	BYTE authentication[32];
	BYTE value[32];

	attempts = 77;
	memcpy(authentication, with->authentication, strlen(with->authentication));
	memcpy(value, with->value, strlen(with->value));
	return harness_card->pfnCardChangeAuthenticatorEx(
		harness_card, with->flags, with->authenticating,
		strlen(with->authentication) != 0 ? authentication : NULL,
		(DWORD)strlen(with->authentication), with->target, strlen(with->value) != 0 ? value : NULL,
		(DWORD)strlen(with->value), with->retries, &attempts);
}

static DWORD change_user(DWORD flags, const char *authentication, const char *value)
{
	return change_ex(&(struct change){ flags, ROLE_USER, authentication, ROLE_USER, value, 0 });
}

static DWORD unblock_user(const char *puk, const char *value)
{
	return change_ex(&(struct change){ PIN_CHANGE_FLAG_UNBLOCK, ROLE_ADMIN, puk, ROLE_USER, value, 0 });
}

static void block(void)
{
	for (int i = 0; i < 3; i++)
		ck_assert_code(verify_ex(ROLE_USER, 0, "111111"), i < 2 ? SCARD_W_WRONG_CHV : SCARD_W_CHV_BLOCKED);
}

START_TEST(a_pin_is_changed_by_itself)
{
	ck_assert_code(change_user(PIN_CHANGE_FLAG_CHANGEPIN, "111111", "654321"), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, 2);
	ck_assert(fake_pin_is(0, FAKE_PIN));
	ck_assert_code(change_user(PIN_CHANGE_FLAG_CHANGEPIN | CARD_PIN_SILENT_CONTEXT, FAKE_PIN, "654321"),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(attempts, 3);
	ck_assert(fake_pin_is(0, "654321"));
	ck_assert_code(change_ex(&(struct change){ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_ADMIN, FAKE_PUK, ROLE_ADMIN,
						   "87654321", 0 }),
		       ERROR_SUCCESS);
	ck_assert(fake_pin_is(1, "87654321"));
}
END_TEST

START_TEST(the_puk_unblocks_the_users_pin)
{
	block();
	ck_assert_code(change_user(PIN_CHANGE_FLAG_CHANGEPIN, FAKE_PIN, "654321"), SCARD_W_CHV_BLOCKED);
	ck_assert_uint_eq(attempts, 0);
	ck_assert_code(unblock_user("99999999", "654321"), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, 2);
	ck_assert_int_eq(fake_tries(0), 0);
	ck_assert_code(unblock_user(FAKE_PUK, "654321"), ERROR_SUCCESS);
	ck_assert_int_eq(fake_tries(0), 3);
	ck_assert_code(verify_ex(ROLE_USER, 0, "654321"), ERROR_SUCCESS);
}
END_TEST

START_TEST(only_a_pin_that_may_gives_a_new_value)
{
	static const struct change wrong[] = {
		{ 0, ROLE_USER, FAKE_PIN, ROLE_USER, "654321", 0 },
		{ 3, ROLE_USER, FAKE_PIN, ROLE_USER, "654321", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN | 8, ROLE_USER, FAKE_PIN, ROLE_USER, "654321", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_ADMIN, FAKE_PUK, ROLE_USER, "654321", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_USER, FAKE_PIN, ROLE_USER, "654321", 5 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_USER, FAKE_PIN, 3, "654321", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, 99, FAKE_PIN, 99, "654321", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_USER, FAKE_PIN, ROLE_USER, "123", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_USER, "123", ROLE_USER, "654321", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN, ROLE_USER, FAKE_PIN, ROLE_USER, "1234567890123", 0 },
		{ PIN_CHANGE_FLAG_CHANGEPIN | CARD_PIN_SILENT_CONTEXT, ROLE_USER, "", ROLE_USER, "", 0 },
		{ PIN_CHANGE_FLAG_UNBLOCK, ROLE_USER, FAKE_PIN, ROLE_USER, "654321", 0 },
		{ PIN_CHANGE_FLAG_UNBLOCK, ROLE_USER, FAKE_PIN, ROLE_ADMIN, "654321", 0 },
		{ PIN_CHANGE_FLAG_UNBLOCK, 99, FAKE_PUK, ROLE_USER, "654321", 0 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		ck_assert_code(change_ex(&wrong[i]), SCARD_E_INVALID_PARAMETER);
		ck_assert_uint_eq(attempts, 77);
	}
	ck_assert_int_eq(fake_tries(0), 3);
	ck_assert_int_eq(fake_tries(1), 3);
}
END_TEST

START_TEST(by_name_only_the_users_pin_gets_a_new_value)
{
	PCARD_DATA c = harness_card;
	BYTE pin[] = { '1', '2', '3', '4', '5', '6' };
	BYTE puk[] = { '1', '2', '3', '4', '5', '6', '7', '8' };
	BYTE value[] = { '6', '5', '4', '3', '2', '1' };

	ck_assert_code(c->pfnCardChangeAuthenticator(c, wszCARD_USER_USER, value, 6, value, 6, 0,
						     CARD_AUTHENTICATE_PIN_PIN, &attempts), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(attempts, 2);
	ck_assert_code(c->pfnCardChangeAuthenticator(c, wszCARD_USER_USER, pin, 6, value, 6, 0,
						     CARD_AUTHENTICATE_PIN_PIN, &attempts), ERROR_SUCCESS);
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_USER, puk, 8, pin, 6, 0, CARD_AUTHENTICATE_PIN_PIN),
		       ERROR_SUCCESS);
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_USER, puk, 8, pin, 6, 0,
					    CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_USER, puk, 8, pin, 6, 0, 4), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_USER, puk, 8, pin, 6, 1, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_ADMIN, puk, 8, pin, 6, 0, 0), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(c->pfnCardUnblockPin(c, u"nobody", puk, 8, pin, 6, 0, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardUnblockPin(c, NULL, puk, 8, pin, 6, 0, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_USER, NULL, 8, pin, 6, 0, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardChangeAuthenticator(c, wszCARD_USER_USER, pin, 6, NULL, 6, 0, 0, NULL),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert(fake_pin_is(0, FAKE_PIN));
}
END_TEST

START_TEST(a_pin_that_none_unblocks_stays_blocked)
{
	BYTE puk[] = { '1', '2', '3', '4', '5', '6', '7', '8' };
	PCARD_DATA c;

	harness_close();
	fake_reset();
	(void)fake_add_pin("User", "1111", 3, false);
	harness_open_described();
	c = harness_card;
	ck_assert_code(c->pfnCardUnblockPin(c, wszCARD_USER_USER, puk, 8, puk, 8, 0, 0), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(unblock_user(FAKE_PUK, "2222"), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_puk_is_not_verified_by_itself)
{
	ck_assert_code(verify_ex(ROLE_ADMIN, 0, FAKE_PUK), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_int_eq(fake_tries(1), 3);
}
END_TEST

START_TEST(the_authenticated_state_is_the_cards)
{
	ck_assert_code(verify_ex(ROLE_USER, 0, FAKE_PIN), ERROR_SUCCESS);
	ck_assert_uint_eq(authenticated(), CREATE_PIN_SET(ROLE_USER));
	fake_forget_pins();
	ck_assert_uint_eq(authenticated(), PIN_SET_NONE);
	/* a card that does not tell: as it was left here */
	ck_assert_code(verify_ex(ROLE_USER, 0, FAKE_PIN), ERROR_SUCCESS);
	fake_fail(FAKE_PIN_STATUS, CE_NOT_SUPPORTED, 1);
	ck_assert_uint_eq(authenticated(), CREATE_PIN_SET(ROLE_USER));
}
END_TEST

START_TEST(a_reset_is_another_way_to_forget)
{
	PCARD_DATA c = harness_card;

	ck_assert_code(verify_ex(ROLE_USER, 0, FAKE_PIN), ERROR_SUCCESS);
	ck_assert_code(c->pfnCardDeauthenticateEx(c, CREATE_PIN_SET(ROLE_USER), CARD_EXT_DEAUTHENTICATE_BY_RESET),
		       ERROR_SUCCESS);
	ck_assert(!fake_logged_in());
	ck_assert_uint_eq(fake_calls(FAKE_CARD_RESET), 1);
	ck_assert_uint_eq(fake_calls(FAKE_LOGOUT), 0);
	ck_assert_uint_eq(authenticated(), PIN_SET_NONE);
	fake_fail(FAKE_CARD_RESET, CE_SHARING, 1);
	ck_assert_code(c->pfnCardDeauthenticateEx(c, CREATE_PIN_SET(ROLE_USER), CARD_EXT_DEAUTHENTICATE_BY_RESET),
		       SCARD_E_SHARING_VIOLATION);
}
END_TEST

static PIN_INFO pin_info(PIN_ID id)
{
	PIN_INFO info;
	DWORD len;

	ck_assert_code(harness_card->pfnCardGetProperty(harness_card, CP_CARD_PIN_INFO, (PBYTE)&info, sizeof(info),
							&len, id),
		       ERROR_SUCCESS);
	return info;
}

START_TEST(pins_say_what_they_are_for)
{
	harness_close();
	fake_reset();
	fake_set_pad("1111");
	fake_set_pin_caching(false);
	(void)fake_add_pin("User", "1111", 3, false);
	(void)fake_add_pin("SO", "87654321", 5, true);
	(void)fake_add_pin("Further", "2222", 3, false);
	fake_set_unblocked_by(0, 1, false);
	harness_open_described();
	ck_assert_int_eq(pin_info(ROLE_USER).PinType, ExternalPinType);
	ck_assert_int_eq(pin_info(ROLE_USER).PinCachePolicy.PinCachePolicyType, PinCacheNone);
	ck_assert_uint_eq(pin_info(ROLE_USER).dwUnblockPermission, CREATE_PIN_SET(ROLE_ADMIN));
	ck_assert_int_eq(pin_info(ROLE_ADMIN).PinPurpose, AdministratorPin);
	ck_assert_int_eq(pin_info(3).PinPurpose, AuthenticationPin);
	ck_assert_uint_eq(pin_info(3).dwUnblockPermission, PIN_SET_NONE);
	ck_assert_uint_eq(pin_info(3).dwChangePermission, CREATE_PIN_SET(3));
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
	tcase_add_test(tc, a_pin_is_changed_by_itself);
	tcase_add_test(tc, the_puk_unblocks_the_users_pin);
	tcase_add_test(tc, only_a_pin_that_may_gives_a_new_value);
	tcase_add_test(tc, by_name_only_the_users_pin_gets_a_new_value);
	tcase_add_test(tc, a_pin_that_none_unblocks_stays_blocked);
	tcase_add_test(tc, a_puk_is_not_verified_by_itself);
	tcase_add_test(tc, the_authenticated_state_is_the_cards);
	tcase_add_test(tc, a_reset_is_another_way_to_forget);
	tcase_add_test(tc, pins_say_what_they_are_for);
}

TEST_MAIN("minidriver/drv_pin", add)
