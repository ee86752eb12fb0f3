/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_Digest*: the rules, and the operation state. What the digests are is in test_vectors_mac. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/unit/cki_env.h"

static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_BYTE text[200] = "what is digested";

static void expected_digest(const void *data, size_t len, CK_BYTE digest[32])
{
	unsigned digest_len = 0;

	ck_assert_int_eq(EVP_Digest(data, len, digest, &digest_len, EVP_sha256(), NULL), 1);
	ck_assert_uint_eq(digest_len, 32);
}

START_TEST(asking_for_the_length_and_too_little_room_keep_the_operation)
{
	CK_BYTE expected[32];
	CK_BYTE digest[40];
	CK_ULONG len = 0;

	env_start();
	expected_digest(text, 100, expected);
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_Digest(env.session, text, 100, NULL, &len));
	ck_assert_uint_eq(len, 32);
	len = 31;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Digest(env.session, text, 100, digest, &len));
	ck_assert_uint_eq(len, 32);
	len = 40;
	env_ok(env.f->C_Digest(env.session, text, 100, digest, &len));
	ck_assert_uint_eq(len, 32);
	ck_assert_mem_eq(digest, expected, 32);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Digest(env.session, text, 100, digest, &len));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_DigestUpdate(env.session, text, 30));
	env_ok(env.f->C_DigestFinal(env.session, NULL, &len));
	ck_assert_uint_eq(len, 32);
	len = 0;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_DigestFinal(env.session, digest, &len));
	env_ok(env.f->C_DigestUpdate(env.session, text + 30, 70));
	env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	ck_assert_mem_eq(digest, expected, 32);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestFinal(env.session, digest, &len));
	env_stop();
}
END_TEST

START_TEST(the_digest_may_stand_where_the_data_stood)
{
	CK_BYTE expected[32];
	CK_BYTE area[200];
	CK_ULONG len = sizeof(area);

	env_start();
	expected_digest(text, sizeof(text), expected);
	memcpy(area, text, sizeof(area));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_Digest(env.session, area, sizeof(area), area, &len));
	ck_assert_mem_eq(area, expected, 32);
	env_stop();
}
END_TEST

START_TEST(no_data_has_a_digest_too)
{
	CK_BYTE expected[32];
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);

	env_start();
	expected_digest("", 0, expected);
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_Digest(env.session, NULL, 0, digest, &len));
	ck_assert_mem_eq(digest, expected, 32);
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	ck_assert_mem_eq(digest, expected, 32);
	env_stop();
}
END_TEST

START_TEST(calls_out_of_place_are_refused)
{
	CK_MECHANISM with_param = { CKM_SHA256, text, 4 };
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);

	env_start();
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Digest(env.session, text, 1, digest, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestUpdate(env.session, text, 1));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestKey(env.session, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestFinal(env.session, digest, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestInit(env.session, NULL));
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_DigestInit(env.session, &with_param));
	env_rv(CKR_MECHANISM_INVALID, env.f->C_DigestInit(env.session, &hmac));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_DigestInit(env.session, &sha256));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Digest(env.session, NULL, 1, digest, &len));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Digest(env.session, text, 1, digest, NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_DigestUpdate(env.session, NULL, 1));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_DigestFinal(env.session, digest, NULL));
	env_ok(env.f->C_DigestUpdate(env.session, text, 1));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Digest(env.session, text, 1, digest, &len));
	env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_DigestInit(env.session, NULL));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestUpdate(env.session, text, 1));
	env_stop();
}
END_TEST

/* ---- keys ------------------------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE key_with(const CK_ATTRIBUTE *attribute)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE, text, 40 },
		*attribute,
	};
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	return key;
}

static void digests_as_data(CK_OBJECT_HANDLE key)
{
	CK_BYTE expected[32];
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);

	expected_digest(text, 40, expected);
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_DigestKey(env.session, key));
	env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	ck_assert_mem_eq(digest, expected, 32);
}

/* Refused, and the operation is at its end. */
static void refuses(CK_RV expected, CK_OBJECT_HANDLE key)
{
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_rv(expected, env.f->C_DigestKey(env.session, key));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DigestUpdate(env.session, text, 1));
}

START_TEST(secret_keys_are_digested_sensitive_ones_too)
{
	CK_BBOOL yes = CK_TRUE;
	CK_BBOOL no = CK_FALSE;
	CK_MECHANISM_TYPE allowed[] = { CKM_SHA256, CKM_AES_CBC };
	const CK_ATTRIBUTE attributes[] = {
		{ CKA_SENSITIVE, &yes, sizeof(yes) },
		{ CKA_EXTRACTABLE, &no, sizeof(no) },
		{ CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed) },
	};
	const CK_ATTRIBUTE others = { CKA_ALLOWED_MECHANISMS, &allowed[1], sizeof(allowed[1]) };

	env_start();
	for (size_t i = 0; i < ARRAY_COUNT(attributes); i++)
		digests_as_data(key_with(&attributes[i]));
	refuses(CKR_KEY_INDIGESTIBLE, key_with(&others));
	env_stop();
}
END_TEST

START_TEST(what_is_no_secret_key_is_indigestible)
{
	CK_OBJECT_HANDLE gone;

	env_start_logged_in();
	refuses(CKR_KEY_INDIGESTIBLE, env.key);
	refuses(CKR_KEY_INDIGESTIBLE, env_find(env.session, CKO_PUBLIC_KEY, ENV_P256));
	refuses(CKR_KEY_INDIGESTIBLE, env_find(env.session, CKO_CERTIFICATE, ENV_P256));
	refuses(CKR_KEY_HANDLE_INVALID, 4711);
	gone = env_import(CKK_GENERIC_SECRET, text, 20);
	env_ok(env.f->C_DestroyObject(env.session, gone));
	refuses(CKR_KEY_HANDLE_INVALID, gone);
	env_ok(env.f->C_Logout(env.session));
	refuses(CKR_KEY_HANDLE_INVALID, env.key);
	env_stop();
}
END_TEST

START_TEST(the_digest_of_a_key_is_no_longer_of_one_part)
{
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);

	env_start();
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_DigestKey(env.session, env_import(CKK_AES, text, 16)));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Digest(env.session, text, 1, digest, &len));
	env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	env_stop();
}
END_TEST

START_TEST(a_digest_needs_no_login_and_outlives_logout)
{
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);

	env_start_logged_in();
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_DigestUpdate(env.session, text, 10));
	env_ok(env.f->C_Logout(env.session));
	env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	env_stop();
}
END_TEST

/* ---- the operation state ---------------------------------------------------------------------------- */

static CK_BYTE state[1024];

/* The state of a digest over so many bytes of the text. */
static CK_ULONG save_digest_of(size_t len)
{
	CK_ULONG needed = 0;
	CK_ULONG state_len = sizeof(state);

	env_ok(env.f->C_DigestInit(env.session, &sha256));
	if (len != 0)
		env_ok(env.f->C_DigestUpdate(env.session, text, len));
	env_ok(env.f->C_GetOperationState(env.session, NULL, &needed));
	env_ok(env.f->C_GetOperationState(env.session, state, &state_len));
	ck_assert_uint_eq(state_len, needed);
	return state_len;
}

static void finishes_with(CK_SESSION_HANDLE session, size_t from, size_t to)
{
	CK_BYTE expected[32];
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);

	expected_digest(text, to, expected);
	env_ok(env.f->C_DigestUpdate(session, text + from, to - from));
	env_ok(env.f->C_DigestFinal(session, digest, &len));
	ck_assert_mem_eq(digest, expected, 32);
}

START_TEST(a_saved_digest_goes_on_in_each_session_that_takes_it)
{
	CK_SESSION_HANDLE other;
	CK_ULONG len;

	env_start();
	env_ok(env.f->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &other));
	len = save_digest_of(100);
	env_ok(env.f->C_SetOperationState(other, state, len, 0, 0));
	finishes_with(other, 100, 150);
	finishes_with(env.session, 100, 200);
	env_ok(env.f->C_SetOperationState(other, state, len, 0, 0));
	finishes_with(other, 100, 100);
	len = save_digest_of(0);
	env_ok(env.f->C_DigestInit(env.session, NULL));
	env_ok(env.f->C_SetOperationState(other, state, len, 0, 0));
	finishes_with(other, 0, 120);
	env_stop();
}
END_TEST

START_TEST(a_digest_with_no_part_yet_is_restored_as_one)
{
	CK_BYTE digest[32];
	CK_ULONG len = sizeof(digest);
	CK_ULONG state_len;

	env_start();
	state_len = save_digest_of(0);
	env_ok(env.f->C_SetOperationState(env.session, state, state_len, 0, 0));
	env_ok(env.f->C_Digest(env.session, text, 10, digest, &len));
	state_len = save_digest_of(10);
	env_ok(env.f->C_SetOperationState(env.session, state, state_len, 0, 0));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Digest(env.session, text, 10, digest, &len));
	env_stop();
}
END_TEST

START_TEST(restoring_ends_what_is_under_way)
{
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_ULONG len;

	env_start();
	key = env_import(CKK_GENERIC_SECRET, text, 20);
	len = save_digest_of(50);
	env_ok(env.f->C_DigestUpdate(env.session, text, 1));
	env_ok(env.f->C_SignInit(env.session, &hmac, key));
	env_ok(env.f->C_SetOperationState(env.session, state, len, 0, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignUpdate(env.session, text, 1));
	finishes_with(env.session, 50, 60);
	env_stop();
}
END_TEST

START_TEST(too_little_room_for_the_state_tells_how_much)
{
	CK_BYTE small[100];
	CK_ULONG small_len = sizeof(small);
	CK_ULONG len;

	env_start();
	len = save_digest_of(100);
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_GetOperationState(env.session, small, &small_len));
	ck_assert_uint_eq(small_len, len);
	finishes_with(env.session, 100, 200);
	env_stop();
}
END_TEST

START_TEST(only_digests_of_data_and_not_too_much_are_saved)
{
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_ULONG len = 0;

	env_start();
	key = env_import(CKK_GENERIC_SECRET, text, 20);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetOperationState(env.session, text, NULL));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_FindObjectsInit(env.session, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	env_ok(env.f->C_VerifyInit(env.session, &hmac, key));
	env_rv(CKR_STATE_UNSAVEABLE, env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_rv(CKR_STATE_UNSAVEABLE, env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_VerifyInit(env.session, NULL, 0));
	env_ok(env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_DigestKey(env.session, key));
	env_rv(CKR_STATE_UNSAVEABLE, env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_DigestInit(env.session, NULL));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	for (size_t taken = 0; taken < (size_t)256 * 1024; taken += 128)
		env_ok(env.f->C_DigestUpdate(env.session, text, 128));
	env_ok(env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_DigestUpdate(env.session, text, 1));
	env_rv(CKR_STATE_UNSAVEABLE, env.f->C_GetOperationState(env.session, NULL, &len));
	env_ok(env.f->C_DigestInit(env.session, NULL));
	save_digest_of(10);
	env_stop();
}
END_TEST

START_TEST(what_is_no_saved_state_is_refused_and_ends_nothing)
{
	CK_OBJECT_HANDLE key;
	CK_ULONG len;

	env_start();
	key = env_import(CKK_GENERIC_SECRET, text, 20);
	len = save_digest_of(20);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SetOperationState(env.session, NULL, 4, 0, 0));
	env_rv(CKR_SAVED_STATE_INVALID, env.f->C_SetOperationState(env.session, text, sizeof(text), 0, 0));
	for (size_t i = 0; i < len - 20; i++)
		env_rv(CKR_SAVED_STATE_INVALID, env.f->C_SetOperationState(env.session, state, i, 0, 0));
	env_rv(CKR_KEY_NOT_NEEDED, env.f->C_SetOperationState(env.session, state, len, key, 0));
	env_rv(CKR_KEY_NOT_NEEDED, env.f->C_SetOperationState(env.session, state, len, 0, key));
	for (size_t i = 0; i < len - 20; i++) {
		state[i] ^= 1;
		env_rv(CKR_SAVED_STATE_INVALID, env.f->C_SetOperationState(env.session, state, len, 0, 0));
		state[i] ^= 1;
	}
	finishes_with(env.session, 20, 40);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, asking_for_the_length_and_too_little_room_keep_the_operation);
	tcase_add_test(tc, the_digest_may_stand_where_the_data_stood);
	tcase_add_test(tc, no_data_has_a_digest_too);
	tcase_add_test(tc, calls_out_of_place_are_refused);
	tcase_add_test(tc, secret_keys_are_digested_sensitive_ones_too);
	tcase_add_test(tc, what_is_no_secret_key_is_indigestible);
	tcase_add_test(tc, the_digest_of_a_key_is_no_longer_of_one_part);
	tcase_add_test(tc, a_digest_needs_no_login_and_outlives_logout);
	tcase_add_test(tc, a_saved_digest_goes_on_in_each_session_that_takes_it);
	tcase_add_test(tc, a_digest_with_no_part_yet_is_restored_as_one);
	tcase_add_test(tc, restoring_ends_what_is_under_way);
	tcase_add_test(tc, too_little_room_for_the_state_tells_how_much);
	tcase_add_test(tc, only_digests_of_data_and_not_too_much_are_saved);
	tcase_add_test(tc, what_is_no_saved_state_is_refused_and_ends_nothing);
}

TEST_MAIN("pkcs11/digest", add)
