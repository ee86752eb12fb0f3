/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PINs through PKCS#11, on the card in memory: who may do what, what a wrong one costs, and what is kept. */
#include "config.h"

#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

enum { USER_PIN = 0, PUK = 1 };

static CK_UTF8CHAR *utf8(const char *text)
{
	static CK_UTF8CHAR buffers[4][64];
	static size_t next;
	CK_UTF8CHAR *buffer = buffers[next++ % ENV_COUNT(buffers)];

	memcpy(buffer, text, strlen(text) + 1);
	return buffer;
}

static CK_RV login(CK_USER_TYPE user, const char *pin)
{
	return env.f->C_Login(env.session, user, utf8(pin), strlen(pin));
}

static CK_RV set_pin(const char *old_pin, const char *new_pin)
{
	return env.f->C_SetPIN(env.session, utf8(old_pin), strlen(old_pin), utf8(new_pin), strlen(new_pin));
}

static CK_RV init_pin(const char *pin)
{
	return env.f->C_InitPIN(env.session, utf8(pin), strlen(pin));
}

static CK_STATE state(void)
{
	CK_SESSION_INFO info;

	env_ok(env.f->C_GetSessionInfo(env.session, &info));
	return info.state;
}

static CK_FLAGS token_flags(void)
{
	CK_TOKEN_INFO info;

	env_ok(env.f->C_GetTokenInfo(env.slot, &info));
	return info.flags;
}

static CK_RV sign(enum env_key key)
{
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
	CK_BYTE digest[32] = { 1 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	CK_RV rv = env.f->C_SignInit(env.session, &mechanism, env_find(env.session, CKO_PRIVATE_KEY, key));

	return rv != CKR_OK ? rv : env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len);
}

/* A read/write session alone. */
static void start_writing(void)
{
	env_start();
	env_ok(env.f->C_CloseSession(env.session));
	env.session = env_session(CKF_RW_SESSION);
}

static void block_user(void)
{
	env_rv(CKR_PIN_INCORRECT, login(CKU_USER, "111111"));
	env_rv(CKR_PIN_INCORRECT, login(CKU_USER, "111111"));
	env_rv(CKR_PIN_LOCKED, login(CKU_USER, "111111"));
	fake_reset_counts();
}

/* ---- the security officer --------------------------------------------------------------------------- */

START_TEST(the_security_officer_unblocks_the_users_pin)
{
	start_writing();
	block_user();
	ck_assert(token_flags() & CKF_USER_PIN_LOCKED);
	env_ok(login(CKU_SO, FAKE_PUK));
	ck_assert_uint_eq(fake_commands(), 0); /* a PUK cannot be verified */
	ck_assert_uint_eq(state(), CKS_RW_SO_FUNCTIONS);
	env_ok(init_pin("654321"));
	ck_assert(!(token_flags() & CKF_USER_PIN_LOCKED));
	env_ok(init_pin("765432"));
	env_ok(env.f->C_Logout(env.session));
	ck_assert_uint_eq(state(), CKS_RW_PUBLIC_SESSION);
	env_rv(CKR_PIN_INCORRECT, login(CKU_USER, "654321"));
	env_ok(login(CKU_USER, "765432"));
	env_ok(sign(ENV_P256));
	env_stop();
}
END_TEST

START_TEST(a_wrong_puk_costs_one_try_and_logs_the_security_officer_out)
{
	start_writing();
	env_ok(login(CKU_SO, "99999999"));
	env_rv(CKR_PIN_INCORRECT, init_pin("654321"));
	ck_assert_int_eq(fake_tries(PUK), 2);
	ck_assert(token_flags() & CKF_SO_PIN_COUNT_LOW);
	env_rv(CKR_USER_NOT_LOGGED_IN, init_pin("654321"));
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Logout(env.session));
	ck_assert_uint_eq(state(), CKS_RW_PUBLIC_SESSION);
	ck_assert_int_eq(fake_tries(PUK), 2);
	env_ok(login(CKU_SO, "99999999"));
	env_rv(CKR_PIN_INCORRECT, init_pin("654321"));
	ck_assert(token_flags() & CKF_SO_PIN_FINAL_TRY);
	env_ok(login(CKU_SO, "99999999"));
	env_rv(CKR_PIN_LOCKED, init_pin("654321"));
	ck_assert(token_flags() & CKF_SO_PIN_LOCKED);
	env_rv(CKR_PIN_LOCKED, login(CKU_SO, FAKE_PUK));
	ck_assert(fake_pin_is(USER_PIN, FAKE_PIN));
	env_stop();
}
END_TEST

START_TEST(the_security_officer_and_the_user_exclude_each_other)
{
	CK_SESSION_HANDLE other;

	start_writing();
	env_ok(login(CKU_SO, FAKE_PUK));
	env_rv(CKR_USER_ALREADY_LOGGED_IN, login(CKU_SO, FAKE_PUK));
	env_rv(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, login(CKU_USER, FAKE_PIN));
	env_rv(CKR_SESSION_READ_WRITE_SO_EXISTS,
	       env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &other));
	ck_assert_uint_eq(env_find(env.session, CKO_PRIVATE_KEY, ENV_P256), 0);
	other = env_session(CKF_RW_SESSION);
	env_ok(env.f->C_Logout(other));
	env_ok(login(CKU_USER, FAKE_PIN));
	env_rv(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, login(CKU_SO, FAKE_PUK));
	env_rv(CKR_USER_NOT_LOGGED_IN, init_pin("654321"));
	env_ok(env.f->C_Logout(env.session));
	other = env_session(0);
	env_rv(CKR_SESSION_READ_ONLY_EXISTS, login(CKU_SO, FAKE_PUK));
	env_ok(env.f->C_CloseSession(other));
	env_ok(login(CKU_SO, FAKE_PUK));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_UNBLOCK), 0);
	env_ok(env.f->C_CloseAllSessions(env.slot));
	env.session = env_session(0);
	ck_assert_uint_eq(state(), CKS_RO_PUBLIC_SESSION);
	env_stop();
}
END_TEST

static void start_described(void)
{
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env.slot = 0;
	env.session = env_session(CKF_RW_SESSION);
}

START_TEST(a_security_officers_pin_that_the_card_verifies_is_verified)
{
	fake_reset();
	(void)fake_add_pin("User", FAKE_PIN, 3, false);
	(void)fake_add_pin("Admin", "87654321", 3, true);
	fake_set_unblocked_by(0, 1, false);
	start_described();
	env_rv(CKR_PIN_INCORRECT, login(CKU_SO, "99999999"));
	ck_assert_int_eq(fake_tries(1), 2);
	env_ok(login(CKU_SO, "87654321"));
	ck_assert(fake_verified(1));
	env_ok(init_pin("654321"));
	ck_assert(fake_pin_is(0, "654321"));
	env_ok(set_pin("87654321", "12121212"));
	ck_assert(fake_pin_is(1, "12121212"));
	env_ok(init_pin("765432"));
	env_ok(env.f->C_Logout(env.session));
	ck_assert(!fake_logged_in());
	env_stop();
}
END_TEST

START_TEST(a_card_without_a_security_officer_says_so)
{
	fake_reset();
	(void)fake_add_pin("User", FAKE_PIN, 3, false);
	start_described();
	env_rv(CKR_USER_TYPE_INVALID, login(CKU_SO, FAKE_PUK));
	env_stop();
	fake_reset();
	start_described();
	env_rv(CKR_USER_PIN_NOT_INITIALIZED, login(CKU_USER, FAKE_PIN));
	env_rv(CKR_USER_PIN_NOT_INITIALIZED, set_pin(FAKE_PIN, "654321"));
	env_stop();
}
END_TEST

/* ---- C_SetPIN --------------------------------------------------------------------------------------- */

START_TEST(the_user_changes_the_pin_and_stays_logged_in)
{
	start_writing();
	env_ok(login(CKU_USER, FAKE_PIN));
	env_rv(CKR_PIN_INCORRECT, set_pin("111111", "654321"));
	ck_assert_int_eq(fake_tries(USER_PIN), 2);
	env_ok(set_pin(FAKE_PIN, "654321"));
	ck_assert_uint_eq(state(), CKS_RW_USER_FUNCTIONS);
	env_ok(sign(ENV_P256));
	fake_forget_pins();
	env_ok(sign(ENV_P256)); /* the new one is kept */
	ck_assert_int_eq(fake_tries(USER_PIN), 3);
	env_stop();
}
END_TEST

START_TEST(nobody_logged_in_changes_the_users_pin_and_leaves_the_card_closed)
{
	start_writing();
	env_ok(set_pin(FAKE_PIN, "654321"));
	ck_assert(!fake_logged_in());
	ck_assert_uint_eq(state(), CKS_RW_PUBLIC_SESSION);
	env_ok(login(CKU_USER, "654321"));
	env_stop();
}
END_TEST

START_TEST(the_security_officer_changes_the_puk)
{
	start_writing();
	env_ok(login(CKU_SO, FAKE_PUK));
	env_ok(set_pin(FAKE_PUK, "87654321"));
	ck_assert(fake_pin_is(PUK, "87654321"));
	ck_assert(fake_pin_is(USER_PIN, FAKE_PIN));
	env_ok(init_pin("654321")); /* by the new one */
	env_stop();
}
END_TEST

START_TEST(what_is_wrong_with_a_new_pin_costs_no_try)
{
	CK_UTF8CHAR longest[300];

	memset(longest, '1', sizeof(longest));
	env_start();
	env_rv(CKR_SESSION_READ_ONLY, set_pin(FAKE_PIN, "654321"));
	env_rv(CKR_USER_NOT_LOGGED_IN, init_pin("654321"));
	env.session = env_session(CKF_RW_SESSION);
	env_rv(CKR_PIN_LEN_RANGE, set_pin(FAKE_PIN, "123"));
	env_rv(CKR_PIN_LEN_RANGE, set_pin("123", "654321"));
	env_rv(CKR_PIN_LEN_RANGE, set_pin(FAKE_PIN, ""));
	env_rv(CKR_PIN_LEN_RANGE, env.f->C_SetPIN(env.session, utf8(FAKE_PIN), 6, longest, sizeof(longest)));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SetPIN(env.session, NULL, 0, utf8("654321"), 6));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SetPIN(env.session, utf8(FAKE_PIN), 6, NULL, 6));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SetPIN(env.session, NULL, 0, NULL, 0)); /* no pad */
	fake_fail(FAKE_PIN_CHANGE, CE_DATA_INVALID, 1);
	env_rv(CKR_PIN_INVALID, set_pin(FAKE_PIN, "abcdef"));
	ck_assert_int_eq(fake_tries(USER_PIN), 3);
	ck_assert(fake_pin_is(USER_PIN, FAKE_PIN));
	env_stop();
}
END_TEST

START_TEST(a_blocked_pin_is_unblocked_by_setting_it_only_where_the_user_wants_it)
{
	start_writing();
	block_user();
	env_rv(CKR_PIN_LOCKED, set_pin(FAKE_PUK, "654321"));
	ck_assert_int_eq(fake_tries(PUK), 3);
	env_stop();
	env_config("unblock_by_set_pin", true);
	start_writing();
	env_rv(CKR_PIN_INCORRECT, set_pin(FAKE_PUK, "654321")); /* it is not blocked */
	env_ok(login(CKU_USER, FAKE_PIN));
	env_ok(env.f->C_Logout(env.session));
	block_user();
	env_rv(CKR_PIN_INCORRECT, set_pin("99999999", "654321"));
	ck_assert_int_eq(fake_tries(PUK), 2);
	env_ok(set_pin(FAKE_PUK, "654321"));
	env_ok(login(CKU_USER, "654321"));
	env_stop();
}
END_TEST

/* ---- what another program does in between ----------------------------------------------------------- */

START_TEST(a_card_that_has_forgotten_the_pin_gets_it_again)
{
	env_start_logged_in();
	fake_forget_pins();
	fake_reset_counts();
	env_ok(sign(ENV_P256));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 1);
	env_ok(sign(ENV_P256));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 1);
	ck_assert_uint_eq(state(), CKS_RO_USER_FUNCTIONS);
	env_stop();
}
END_TEST

START_TEST(an_agreement_gets_the_pin_again_too)
{
	struct env_peer peer;
	CK_OBJECT_HANDLE key = 0;

	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
	fake_forget_pins();
	env_ok(env_derive(&peer, CKD_NULL, NULL, 0, NULL, 0, &key));
	env_peer_free(&peer);
	env_stop();
}
END_TEST

START_TEST(a_pin_that_another_program_has_changed_costs_one_try)
{
	env_start_logged_in();
	fake_forget_pins();
	fake_set_pin(USER_PIN, "999999");
	env_rv(CKR_USER_NOT_LOGGED_IN, sign(ENV_P256));
	ck_assert_int_eq(fake_tries(USER_PIN), 2);
	ck_assert_uint_eq(state(), CKS_RO_PUBLIC_SESSION);
	ck_assert_uint_eq(env_find(env.session, CKO_PRIVATE_KEY, ENV_P256), 0);
	ck_assert_int_eq(fake_tries(USER_PIN), 2);
	env_ok(login(CKU_USER, "999999"));
	env_ok(sign(ENV_P256));
	env_stop();
}
END_TEST

static void expect_nothing_kept(void)
{
	fake_forget_pins();
	fake_reset_counts();
	env_rv(CKR_USER_NOT_LOGGED_IN, sign(ENV_P256));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 0);
	env_stop();
}

START_TEST(no_pin_is_kept_where_the_configuration_forbids_it)
{
	env_config("use_pin_caching", false);
	env_start_logged_in();
	expect_nothing_kept();
}
END_TEST

START_TEST(what_opensc_is_configured_to_keep_counts_where_nothing_is_said_to_us)
{
	env_card();
	fake_set_pin_caching(false);
	start_described();
	env_login();
	expect_nothing_kept();
}
END_TEST

START_TEST(our_own_word_counts_before_that_of_opensc)
{
	env_config("use_pin_caching", true);
	env_card();
	fake_set_pin_caching(false);
	start_described();
	env_login();
	fake_forget_pins();
	env_ok(sign(ENV_P256));
	env_stop();
}
END_TEST

/* ---- the end of a login ----------------------------------------------------------------------------- */

START_TEST(logging_out_closes_the_card_even_if_only_a_reset_can)
{
	env_start_logged_in();
	env_ok(env.f->C_Logout(env.session));
	ck_assert(!fake_logged_in());
	ck_assert_uint_eq(fake_calls(FAKE_CARD_RESET), 0);
	env_login();
	fake_fail(FAKE_LOGOUT, CE_NOT_SUPPORTED, 1);
	env_ok(env.f->C_Logout(env.session));
	ck_assert(!fake_logged_in());
	ck_assert_uint_eq(fake_calls(FAKE_CARD_RESET), 1);
	/* another program is at work with the card: it is left alone, and our caller is logged out all the same */
	env_login();
	fake_fail(FAKE_LOGOUT, CE_NOT_SUPPORTED, 1);
	fake_fail(FAKE_CARD_RESET, CE_SHARING, 1);
	env_ok(env.f->C_Logout(env.session));
	ck_assert_uint_eq(state(), CKS_RO_PUBLIC_SESSION);
	env_stop();
}
END_TEST

/* ---- the reader's pad ------------------------------------------------------------------------------- */

START_TEST(a_pad_asks_for_every_pin)
{
	env_card();
	fake_set_pad(FAKE_PIN);
	start_described();
	ck_assert(token_flags() & CKF_PROTECTED_AUTHENTICATION_PATH);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Login(env.session, CKU_USER, NULL, 6));
	env_rv(CKR_PIN_LEN_RANGE, login(CKU_USER, ""));
	env_ok(env.f->C_Login(env.session, CKU_USER, NULL, 0));
	env_ok(sign(ENV_P256));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SetPIN(env.session, NULL, 0, utf8("654321"), 6));
	env_ok(env.f->C_SetPIN(env.session, NULL, 0, NULL, 0));
	/* what nobody here has seen is not kept */
	fake_forget_pins();
	fake_reset_counts();
	env_rv(CKR_USER_NOT_LOGGED_IN, sign(ENV_P256));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 0);
	fake_set_pad("111111");
	env_rv(CKR_PIN_INCORRECT, env.f->C_Login(env.session, CKU_USER, NULL, 0));
	fake_fail(FAKE_PIN_VERIFY, CE_CANCELLED, 1);
	env_rv(CKR_FUNCTION_CANCELED, env.f->C_Login(env.session, CKU_USER, NULL, 0));
	fake_fail(FAKE_PIN_VERIFY, CE_TIMEOUT, 1);
	env_rv(CKR_FUNCTION_CANCELED, env.f->C_Login(env.session, CKU_USER, NULL, 0));
	fake_set_pad(FAKE_PUK);
	env_ok(env.f->C_Login(env.session, CKU_SO, NULL, 0));
	env_ok(env.f->C_InitPIN(env.session, NULL, 0));
	ck_assert(fake_pin_is(USER_PIN, FAKE_PUK));
	env_stop();
}
END_TEST

/* ---- keys that ask always --------------------------------------------------------------------------- */

static void begin_always(void)
{
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };

	env_ok(env.f->C_SignInit(env.session, &mechanism, env_find(env.session, CKO_PRIVATE_KEY, ENV_ALWAYS)));
}

static CK_RV finish_always(void)
{
	CK_BYTE digest[32] = { 1 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);

	return env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len);
}

START_TEST(a_pin_for_one_use_serves_it_whatever_another_program_did_and_no_other)
{
	env_start_logged_in();
	begin_always();
	env_ok(login(CKU_CONTEXT_SPECIFIC, FAKE_PIN));
	fake_forget_pins();
	fake_reset_counts();
	env_ok(finish_always());
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 1);
	begin_always();
	env_rv(CKR_USER_NOT_LOGGED_IN, finish_always());
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 1);
	/* the login's own PIN is not enough for such a key, but for the others it is */
	fake_forget_pins();
	env_ok(sign(ENV_P256));
	env_stop();
}
END_TEST

START_TEST(a_refused_pin_for_one_use_costs_one_try)
{
	env_start_logged_in();
	begin_always();
	env_rv(CKR_PIN_INCORRECT, login(CKU_CONTEXT_SPECIFIC, "111111"));
	ck_assert_int_eq(fake_tries(USER_PIN), 2);
	env_rv(CKR_USER_NOT_LOGGED_IN, finish_always());
	ck_assert_int_eq(fake_tries(USER_PIN), 2);
	begin_always();
	env_rv(CKR_PIN_LEN_RANGE, login(CKU_CONTEXT_SPECIFIC, "1"));
	env_ok(login(CKU_CONTEXT_SPECIFIC, FAKE_PIN));
	env_ok(finish_always());
	env_rv(CKR_OPERATION_NOT_INITIALIZED, login(CKU_CONTEXT_SPECIFIC, FAKE_PIN));
	env_stop();
}
END_TEST

/* ---- C_LoginUser ------------------------------------------------------------------------------------ */

static CK_RV login_user(CK_USER_TYPE user, const char *pin, const char *name)
{
	return C_LoginUser(env.session, user, utf8(pin), strlen(pin), utf8(name), strlen(name));
}

START_TEST(a_user_is_named_by_the_label_of_the_pin)
{
	start_writing();
	env_rv(CKR_ARGUMENTS_BAD, C_LoginUser(env.session, CKU_USER, utf8(FAKE_PIN), 6, NULL, 3));
	env_rv(CKR_USER_TYPE_INVALID, login_user(CKU_USER, FAKE_PIN, "nobody"));
	env_rv(CKR_USER_TYPE_INVALID, login_user(CKU_USER, FAKE_PIN, "PUK"));
	env_ok(login_user(CKU_USER, FAKE_PIN, "PIN"));
	env_rv(CKR_USER_ALREADY_LOGGED_IN, login_user(CKU_USER, FAKE_PIN, ""));
	env_ok(env.f->C_Logout(env.session));
	env_ok(login_user(CKU_SO, FAKE_PUK, "PUK"));
	env_ok(env.f->C_Logout(env.session));
	env_ok(C_LoginUser(env.session, CKU_USER, utf8(FAKE_PIN), 6, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, login_user(CKU_CONTEXT_SPECIFIC, FAKE_PIN, "PIN"));
	env_rv(CKR_USER_TYPE_INVALID, login_user(99, FAKE_PIN, ""));
	env_rv(CKR_SESSION_HANDLE_INVALID, C_LoginUser(env.session + 1, CKU_USER, NULL, 0, NULL, 0));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_security_officer_unblocks_the_users_pin);
	tcase_add_test(tc, a_wrong_puk_costs_one_try_and_logs_the_security_officer_out);
	tcase_add_test(tc, the_security_officer_and_the_user_exclude_each_other);
	tcase_add_test(tc, a_security_officers_pin_that_the_card_verifies_is_verified);
	tcase_add_test(tc, a_card_without_a_security_officer_says_so);
	tcase_add_test(tc, the_user_changes_the_pin_and_stays_logged_in);
	tcase_add_test(tc, nobody_logged_in_changes_the_users_pin_and_leaves_the_card_closed);
	tcase_add_test(tc, the_security_officer_changes_the_puk);
	tcase_add_test(tc, what_is_wrong_with_a_new_pin_costs_no_try);
	tcase_add_test(tc, a_blocked_pin_is_unblocked_by_setting_it_only_where_the_user_wants_it);
	tcase_add_test(tc, a_card_that_has_forgotten_the_pin_gets_it_again);
	tcase_add_test(tc, an_agreement_gets_the_pin_again_too);
	tcase_add_test(tc, a_pin_that_another_program_has_changed_costs_one_try);
	tcase_add_test(tc, no_pin_is_kept_where_the_configuration_forbids_it);
	tcase_add_test(tc, what_opensc_is_configured_to_keep_counts_where_nothing_is_said_to_us);
	tcase_add_test(tc, our_own_word_counts_before_that_of_opensc);
	tcase_add_test(tc, logging_out_closes_the_card_even_if_only_a_reset_can);
	tcase_add_test(tc, a_pad_asks_for_every_pin);
	tcase_add_test(tc, a_pin_for_one_use_serves_it_whatever_another_program_did_and_no_other);
	tcase_add_test(tc, a_refused_pin_for_one_use_costs_one_try);
	tcase_add_test(tc, a_user_is_named_by_the_label_of_the_pin);
}

TEST_MAIN("pkcs11/pin", add)
