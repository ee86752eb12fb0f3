/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Slots, tokens, sessions, login, and the card that goes away. */
#include "config.h"

#include <string.h>

#include "tests/unit/cki_env.h"

static CK_UTF8CHAR good_pin[] = ENV_PIN;
static CK_UTF8CHAR bad_pin[] = "654321";

static CK_RV login(CK_UTF8CHAR *pin)
{
	return env.f->C_Login(env.session, CKU_USER, pin, strlen((char *)pin));
}

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	env_ok(env.f->C_GetSessionInfo(session, &info));
	return info.state;
}

START_TEST(slots_follow_the_two_call_convention)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 0;
	CK_ULONG with_token = 0;

	env_start();
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetSlotList(CK_FALSE, slots, NULL));
	env_ok(env.f->C_GetSlotList(CK_FALSE, NULL, &count));
	ck_assert_uint_ge(count, 1);
	env_ok(env.f->C_GetSlotList(CK_TRUE, NULL, &with_token));
	ck_assert_uint_eq(with_token, 1);
	count = 0;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_GetSlotList(CK_TRUE, slots, &count));
	ck_assert_uint_eq(count, 1);
	env_ok(env.f->C_GetSlotList(CK_TRUE, slots, &count));
	ck_assert_uint_eq(slots[0], 0);
	env_stop();
}
END_TEST

START_TEST(a_slot_outlives_its_card)
{
	CK_SLOT_INFO info;
	CK_ULONG before = 0;
	CK_ULONG after = 0;

	env_start();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	ck_assert_uint_eq(info.flags, CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE | CKF_HW_SLOT);
	env_ok(env.f->C_GetSlotList(CK_FALSE, NULL, &before));
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	ck_assert_uint_eq(info.flags, CKF_REMOVABLE_DEVICE | CKF_HW_SLOT);
	env_ok(env.f->C_GetSlotList(CK_FALSE, NULL, &after));
	ck_assert_uint_eq(before, after);
	env_ok(env.f->C_GetSlotList(CK_TRUE, NULL, &after));
	ck_assert_uint_eq(after, 0);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetSlotInfo(env.slot, NULL));
	env_rv(CKR_SLOT_ID_INVALID, env.f->C_GetSlotInfo(4711, &info));
	env_stop();
}
END_TEST

START_TEST(a_token_tells_its_flags)
{
	CK_TOKEN_INFO info;

	env_start();
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert_uint_eq(info.flags, CKF_TOKEN_INITIALIZED | CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED);
	ck_assert_uint_eq(info.ulMaxSessionCount, CK_EFFECTIVELY_INFINITE);
	ck_assert_uint_eq(info.ulSessionCount, 1);
	ck_assert_uint_eq(info.ulRwSessionCount, 0);
	ck_assert_uint_ge(info.ulMaxPinLen, strlen(ENV_PIN));
	ck_assert_uint_le(info.ulMinPinLen, strlen(ENV_PIN));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetTokenInfo(env.slot, NULL));
	env_rv(CKR_SLOT_ID_INVALID, env.f->C_GetTokenInfo(4711, &info));
	env_take_card();
	env_rv(CKR_TOKEN_NOT_PRESENT, env.f->C_GetTokenInfo(env.slot, &info));
	env_stop();
}
END_TEST

START_TEST(mechanisms_are_those_of_the_table_and_the_card)
{
	CK_MECHANISM_TYPE list[256];
	CK_MECHANISM_INFO info;
	CK_ULONG count = 0;
	CK_ULONG all;

	env_start();
	env_ok(env.f->C_GetMechanismList(env.slot, NULL, &count));
	ck_assert_uint_gt(count, 2);
	all = count;
	count = 1;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_GetMechanismList(env.slot, list, &count));
	ck_assert_uint_eq(count, all);
	env_ok(env.f->C_GetMechanismList(env.slot, list, &count));
	for (CK_ULONG i = 0; i < count; i++)
		env_ok(env.f->C_GetMechanismInfo(env.slot, list[i], &info));
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_ECDH1_DERIVE, &info));
	ck_assert_uint_eq(info.flags & (CKF_HW | CKF_DERIVE | CKF_SIGN), CKF_HW | CKF_DERIVE);
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_AES_KEY_WRAP, &info));
	ck_assert_uint_eq(info.flags, CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP);
	env_rv(CKR_MECHANISM_INVALID, env.f->C_GetMechanismInfo(env.slot, CKM_RC4, &info));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetMechanismInfo(env.slot, CKM_ECDSA, NULL));
	env_rv(CKR_SLOT_ID_INVALID, env.f->C_GetMechanismList(4711, NULL, &count));
	env_stop();
}
END_TEST

START_TEST(sessions_are_serial_and_many)
{
	CK_SESSION_HANDLE session = 77;
	CK_TOKEN_INFO info;

	env_start();
	env_rv(CKR_SESSION_PARALLEL_NOT_SUPPORTED, env.f->C_OpenSession(env.slot, 0, NULL, NULL, &session));
	env_rv(CKR_SLOT_ID_INVALID, env.f->C_OpenSession(4711, CKF_SERIAL_SESSION, NULL, NULL, &session));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, NULL));
	ck_assert_uint_eq(session, 77);
	for (int i = 0; i < 1000; i++)
		(void)env_session(i % 2 == 0 ? 0 : CKF_RW_SESSION);
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert_uint_eq(info.ulSessionCount, 1001);
	ck_assert_uint_eq(info.ulRwSessionCount, 500);
	env_ok(env.f->C_CloseAllSessions(env.slot));
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert_uint_eq(info.ulSessionCount, 0);
	env_rv(CKR_SLOT_ID_INVALID, env.f->C_CloseAllSessions(4711));
	env_stop();
}
END_TEST

START_TEST(session_info_sends_no_command)
{
	CK_SESSION_INFO info;
	unsigned long before;

	env_start();
	before = env_card_commands();
	env_ok(env.f->C_GetSessionInfo(env.session, &info));
	ck_assert_uint_eq(env_card_commands(), before);
	ck_assert_uint_eq(info.slotID, env.slot);
	ck_assert_uint_eq(info.flags, CKF_SERIAL_SESSION);
	ck_assert_uint_eq(info.state, CKS_RO_PUBLIC_SESSION);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetSessionInfo(env.session, NULL));
	env_stop();
}
END_TEST

START_TEST(login_is_for_all_sessions_of_the_token)
{
	CK_SESSION_HANDLE writing;

	env_start();
	writing = env_session(CKF_RW_SESSION);
	ck_assert_uint_eq(state_of(writing), CKS_RW_PUBLIC_SESSION);
	env_ok(login(good_pin));
	ck_assert_uint_eq(state_of(env.session), CKS_RO_USER_FUNCTIONS);
	ck_assert_uint_eq(state_of(writing), CKS_RW_USER_FUNCTIONS);
	env_rv(CKR_USER_ALREADY_LOGGED_IN, env.f->C_Login(writing, CKU_USER, good_pin, strlen(ENV_PIN)));
	env_ok(env.f->C_Logout(writing));
	ck_assert_uint_eq(state_of(env.session), CKS_RO_PUBLIC_SESSION);
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Logout(env.session));
	env_stop();
}
END_TEST

START_TEST(wrong_pins_count_down_to_the_lock)
{
	CK_TOKEN_INFO info;

	env_start();
	env_rv(CKR_PIN_INCORRECT, login(bad_pin));
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert(info.flags & CKF_USER_PIN_COUNT_LOW);
	ck_assert_uint_eq(state_of(env.session), CKS_RO_PUBLIC_SESSION);
	env_rv(CKR_PIN_INCORRECT, login(bad_pin));
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert(info.flags & CKF_USER_PIN_FINAL_TRY);
	ck_assert(login(bad_pin) != CKR_OK);
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert(info.flags & CKF_USER_PIN_LOCKED);
	env_rv(CKR_PIN_LOCKED, login(good_pin));
	env_stop();
}
END_TEST

START_TEST(a_pin_the_card_cannot_take_costs_no_try)
{
	CK_UTF8CHAR longest[300];
	CK_TOKEN_INFO info;

	memset(longest, '1', sizeof(longest));
	env_start();
	env_rv(CKR_PIN_LEN_RANGE, env.f->C_Login(env.session, CKU_USER, longest, sizeof(longest)));
	env_rv(CKR_PIN_LEN_RANGE, env.f->C_Login(env.session, CKU_USER, longest, 0));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Login(env.session, CKU_USER, NULL, 6));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Login(env.session, CKU_USER, NULL, 0));
	env_rv(CKR_SESSION_READ_ONLY_EXISTS, env.f->C_Login(env.session, CKU_SO, good_pin, 6));
	env_rv(CKR_USER_TYPE_INVALID, env.f->C_Login(env.session, 99, good_pin, 6));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, good_pin, 6));
	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	ck_assert_uint_eq(info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY), 0);
	env_stop();
}
END_TEST

START_TEST(the_last_session_takes_the_login_with_it)
{
	CK_SESSION_HANDLE second;

	env_start_logged_in();
	second = env_session(0);
	env_ok(env.f->C_CloseSession(env.session));
	ck_assert_uint_eq(state_of(second), CKS_RO_USER_FUNCTIONS);
	env_ok(env.f->C_CloseSession(second));
	ck_assert_uint_eq(state_of(env_session(0)), CKS_RO_PUBLIC_SESSION);
	env_stop();
}
END_TEST

START_TEST(logout_makes_private_handles_stale)
{
	CK_OBJECT_HANDLE before;
	CK_OBJECT_HANDLE cert;
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };

	env_start_logged_in();
	before = env.key;
	cert = env_find(env.session, CKO_CERTIFICATE, ENV_P256);
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, before, &attribute, 1));
	ck_assert_uint_eq(env_find(env.session, CKO_PRIVATE_KEY, ENV_P256), 0);
	env_login();
	ck_assert_uint_ne(env.key, before);
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, before, &attribute, 1));
	ck_assert_uint_eq(env_find(env.session, CKO_CERTIFICATE, ENV_P256), cert);
	/* each private key is there once, under one handle */
	for (enum env_key key = ENV_P256; key <= ENV_SIGNER; key++)
		ck_assert_uint_ne(env_find(env.session, CKO_PRIVATE_KEY, key), 0);
	env_stop();
}
END_TEST

START_TEST(a_card_taken_out_closes_its_sessions)
{
	CK_SESSION_INFO info;
	CK_SLOT_INFO slot;

	env_start_logged_in();
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &slot));
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_GetSessionInfo(env.session, &info));
	env_rv(CKR_TOKEN_NOT_PRESENT, env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &env.session));
	env_put_card();
	env.session = env_session(0);
	ck_assert_uint_eq(state_of(env.session), CKS_RO_PUBLIC_SESSION);
	env_login();
	env_stop();
}
END_TEST

START_TEST(a_card_changed_unseen_is_another_token)
{
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE old;

	env_start_logged_in();
	old = env.session;
	env_take_card();
	env_put_card();
	env.session = env_session(0);
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_GetSessionInfo(old, &info));
	ck_assert_uint_eq(state_of(env.session), CKS_RO_PUBLIC_SESSION);
	env_stop();
}
END_TEST

START_TEST(slot_events_are_told_once)
{
	CK_SLOT_ID slot = 99;

	env_start();
	env_rv(CKR_NO_EVENT, env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	ck_assert_uint_eq(slot, 99);
	env_take_card();
	env_ok(env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	ck_assert_uint_eq(slot, env.slot);
	env_rv(CKR_NO_EVENT, env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	env_put_card();
	env_ok(env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &slot));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, slots_follow_the_two_call_convention);
	tcase_add_test(tc, a_slot_outlives_its_card);
	tcase_add_test(tc, a_token_tells_its_flags);
	tcase_add_test(tc, mechanisms_are_those_of_the_table_and_the_card);
	tcase_add_test(tc, sessions_are_serial_and_many);
	tcase_add_test(tc, session_info_sends_no_command);
	tcase_add_test(tc, login_is_for_all_sessions_of_the_token);
	tcase_add_test(tc, wrong_pins_count_down_to_the_lock);
	tcase_add_test(tc, a_pin_the_card_cannot_take_costs_no_try);
	tcase_add_test(tc, the_last_session_takes_the_login_with_it);
	tcase_add_test(tc, logout_makes_private_handles_stale);
	tcase_add_test(tc, a_card_taken_out_closes_its_sessions);
	tcase_add_test(tc, a_card_changed_unseen_is_another_token);
	tcase_add_test(tc, slot_events_are_told_once);
}

TEST_MAIN("pkcs11/slot", add)
