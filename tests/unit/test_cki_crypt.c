/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_Encrypt* and C_Decrypt* with session keys, against OpenSSL. */
#include "config.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

static const uint8_t key_bytes[32] = "a key of just thirty-two bytes..";
static CK_BYTE iv[16] = "sixteen bytes iv";

static const struct {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
	size_t key_len;
	size_t iv_len;
	const char *cipher;
	bool pads;
} rows[] = {
	{ CKM_AES_ECB, CKK_AES, 16, 0, "AES-128-ECB", false },
	{ CKM_AES_CBC, CKK_AES, 24, 16, "AES-192-CBC", false },
	{ CKM_AES_CBC_PAD, CKK_AES, 32, 16, "AES-256-CBC", true },
	{ CKM_DES3_ECB, CKK_DES3, 24, 0, "DES-EDE3-ECB", false },
	{ CKM_DES3_CBC, CKK_DES3, 24, 8, "DES-EDE3-CBC", false },
	{ CKM_DES3_CBC_PAD, CKK_DES3, 24, 8, "DES-EDE3-CBC", true },
};

static CK_MECHANISM mechanism_of(size_t row)
{
	return (CK_MECHANISM){ rows[row].mechanism, rows[row].iv_len != 0 ? iv : NULL, rows[row].iv_len };
}

static size_t encrypt_outside(size_t row, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, rows[row].cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int got = 0;
	int last = 0;

	ck_assert_int_eq(EVP_EncryptInit_ex(ctx, cipher, NULL, key_bytes, iv), 1);
	EVP_CIPHER_CTX_set_padding(ctx, rows[row].pads);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &got, in, (int)len), 1);
	ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, out + got, &last), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return (size_t)(got + last);
}

static void check_once(size_t row, size_t len)
{
	CK_OBJECT_HANDLE key = env_import(rows[row].type, key_bytes, rows[row].key_len);
	CK_MECHANISM mechanism = mechanism_of(row);
	CK_BYTE text[100];
	CK_BYTE expected[128];
	CK_BYTE cipher[128];
	CK_BYTE got[128];
	CK_ULONG cipher_len = 0;
	CK_ULONG got_len;

	memset(text, 'x', sizeof(text));
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_Encrypt(env.session, text, len, NULL, &cipher_len));
	ck_assert_uint_eq(encrypt_outside(row, text, len, expected), cipher_len);
	if (cipher_len != 0) {
		got_len = cipher_len - 1;
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Encrypt(env.session, text, len, cipher, &got_len));
		ck_assert_uint_eq(got_len, cipher_len);
	}
	env_ok(env.f->C_Encrypt(env.session, text, len, cipher, &cipher_len));
	ck_assert_mem_eq(cipher, expected, cipher_len);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Encrypt(env.session, text, len, cipher, &cipher_len));
	env_ok(env.f->C_DecryptInit(env.session, &mechanism, key));
	/* room for exactly what comes out */
	got_len = len;
	env_ok(env.f->C_Decrypt(env.session, cipher, cipher_len, got, &got_len));
	ck_assert_uint_eq(got_len, len);
	ck_assert_mem_eq(got, text, len);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Decrypt(env.session, cipher, cipher_len, got, &got_len));
	env_ok(env.f->C_DestroyObject(env.session, key));
}

START_TEST(one_shot_equals_openssl_both_ways)
{
	env_start_logged_in();
	for (size_t row = 0; row < ENV_COUNT(rows); row++) {
		for (size_t len = 0; len <= 48; len++)
			if (rows[row].pads || len % 16 == 0)
				check_once(row, len);
	}
	env_stop();
}
END_TEST

/* In pieces of `step` bytes. */
static void check_parts(size_t row, size_t len, size_t step)
{
	CK_OBJECT_HANDLE key = env_import(rows[row].type, key_bytes, rows[row].key_len);
	CK_MECHANISM mechanism = mechanism_of(row);
	CK_BYTE text[100];
	CK_BYTE expected[128];
	CK_BYTE got[160];
	CK_ULONG total = 0;
	CK_ULONG part;
	size_t expected_len;

	memset(text, 'y', sizeof(text));
	expected_len = encrypt_outside(row, text, len, expected);
	env_ok(env.f->C_DecryptInit(env.session, &mechanism, key));
	for (size_t at = 0; at < expected_len; at += step) {
		size_t now = expected_len - at < step ? expected_len - at : step;

		part = sizeof(got) - total;
		env_ok(env.f->C_DecryptUpdate(env.session, expected + at, now, got + total, &part));
		total += part;
	}
	part = sizeof(got) - total;
	env_ok(env.f->C_DecryptFinal(env.session, got + total, &part));
	ck_assert_uint_eq(total + part, len);
	ck_assert_mem_eq(got, text, len);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DecryptFinal(env.session, got, &part));
	env_ok(env.f->C_DestroyObject(env.session, key));
}

START_TEST(parts_of_any_size_give_the_whole)
{
	env_start_logged_in();
	for (size_t row = 0; row < ENV_COUNT(rows); row++)
		for (size_t step = 1; step <= 64; step += 7)
			check_parts(row, 64, step);
	check_parts(2, 61, 13);
	check_parts(2, 0, 16);
	env_stop();
}
END_TEST

START_TEST(updates_answer_lengths_and_keep_their_state)
{
	CK_MECHANISM mechanism = mechanism_of(2);
	CK_OBJECT_HANDLE key;
	CK_BYTE text[20] = "twenty bytes of text";
	CK_BYTE out[64];
	CK_BYTE expected[64];
	CK_ULONG len = 0;
	CK_ULONG last = 0;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 32);
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_EncryptUpdate(env.session, text, 20, NULL, &len));
	ck_assert_uint_ge(len, 16);
	last = 1;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_EncryptUpdate(env.session, text, 20, out, &last));
	ck_assert_uint_eq(last, len);
	env_ok(env.f->C_EncryptUpdate(env.session, text, 20, out, &len));
	ck_assert_uint_eq(len, 16);
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Encrypt(env.session, text, 20, out, &last));
	env_ok(env.f->C_EncryptFinal(env.session, NULL, &last));
	ck_assert_uint_eq(last, 16);
	last = 15;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_EncryptFinal(env.session, out + len, &last));
	env_ok(env.f->C_EncryptFinal(env.session, out + len, &last));
	ck_assert_uint_eq(encrypt_outside(2, text, 20, expected), len + last);
	ck_assert_mem_eq(out, expected, len + last);
	env_stop();
}
END_TEST

START_TEST(data_that_does_not_fit_the_mode_is_refused)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_MECHANISM pad = mechanism_of(2);
	CK_BYTE data[48] = { 0 };
	CK_BYTE out[64];
	CK_ULONG len = sizeof(out);
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 32);
	env_ok(env.f->C_EncryptInit(env.session, &cbc, key));
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Encrypt(env.session, data, 17, out, &len));
	env_ok(env.f->C_EncryptInit(env.session, &cbc, key));
	env_ok(env.f->C_EncryptUpdate(env.session, data, 17, out, &len));
	len = sizeof(out);
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_EncryptFinal(env.session, out, &len));
	env_ok(env.f->C_DecryptInit(env.session, &cbc, key));
	len = sizeof(out);
	env_rv(CKR_ENCRYPTED_DATA_LEN_RANGE, env.f->C_Decrypt(env.session, data, 17, out, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pad, key));
	env_rv(CKR_ENCRYPTED_DATA_LEN_RANGE, env.f->C_Decrypt(env.session, data, 0, out, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pad, key));
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, data, 48, out, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Decrypt(env.session, data, 48, out, &len));
	env_stop();
}
END_TEST

START_TEST(beginning_refuses_precisely)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_MECHANISM bad_iv = { CKM_AES_CBC, iv, 15 };
	CK_MECHANISM unknown = { CKM_CAMELLIA_CBC, NULL, 0 };
	CK_MECHANISM derive = { CKM_ECDH1_DERIVE, NULL, 0 };
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE no_encrypt = { CKA_ENCRYPT, &no, sizeof(no) };
	CK_BYTE data[16] = { 0 };
	CK_ULONG len = 16;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 32);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptInit(env.session, NULL, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_EncryptInit(env.session, &bad_iv, key));
	env_rv(CKR_MECHANISM_INVALID, env.f->C_EncryptInit(env.session, &unknown, key));
	env_rv(CKR_MECHANISM_INVALID, env.f->C_DecryptInit(env.session, &derive, key));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_EncryptInit(env.session, &cbc, 4711));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_EncryptInit(env.session, &cbc, env.key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT,
	       env.f->C_EncryptInit(env.session, &cbc, env_import(CKK_GENERIC_SECRET, key_bytes, 16)));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptUpdate(env.session, data, 16, data, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptFinal(env.session, data, &len));
	env_ok(env.f->C_EncryptInit(env.session, &cbc, key));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_EncryptInit(env.session, &cbc, key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Encrypt(env.session, NULL, 16, data, &len));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Encrypt(env.session, data, 16, data, NULL));
	env_ok(env.f->C_EncryptInit(env.session, NULL, key));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Encrypt(env.session, data, 16, data, &len));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &no_encrypt, 1));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_EncryptInit(env.session, &cbc, key));
	env_ok(env.f->C_DecryptInit(env.session, &cbc, key));
	env_stop();
}
END_TEST

START_TEST(in_place_works)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_BYTE data[64];
	CK_BYTE expected[64];
	CK_ULONG len = sizeof(data);
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 24);
	memset(data, 'z', sizeof(data));
	(void)encrypt_outside(1, data, sizeof(data), expected);
	env_ok(env.f->C_EncryptInit(env.session, &cbc, key));
	env_ok(env.f->C_Encrypt(env.session, data, sizeof(data), data, &len));
	ck_assert_mem_eq(data, expected, sizeof(data));
	env_stop();
}
END_TEST

START_TEST(an_operation_ends_with_the_login_of_its_private_key)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_BYTE data[16] = { 0 };
	CK_ULONG len = 16;

	env_start_logged_in();
	env_ok(env.f->C_EncryptInit(env.session, &cbc, env_import(CKK_AES, key_bytes, 24)));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Encrypt(env.session, data, 16, data, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Encrypt(env.session, data, 16, data, &len));
	env_stop();
}
END_TEST

START_TEST(an_operation_goes_on_when_its_key_object_is_destroyed)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_BYTE data[16] = { 0 };
	CK_BYTE expected[16];
	CK_ULONG len = 16;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 24);
	(void)encrypt_outside(1, data, 16, expected);
	env_ok(env.f->C_EncryptInit(env.session, &cbc, key));
	env_ok(env.f->C_DestroyObject(env.session, key));
	env_ok(env.f->C_Encrypt(env.session, data, 16, data, &len));
	ck_assert_mem_eq(data, expected, 16);
	env_stop();
}
END_TEST

static CK_OBJECT_HANDLE shared_key;

static void *encrypt_often(void *failures)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_BYTE data[1024];
	CK_SESSION_HANDLE session = 0;
	CK_ULONG len;
	int *failed = failures;

	memset(data, 1, sizeof(data));
	*failed += env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK;
	for (int i = 0; i < 200; i++) {
		len = sizeof(data);
		*failed += env.f->C_EncryptInit(session, &cbc, shared_key) != CKR_OK;
		*failed += env.f->C_Encrypt(session, data, sizeof(data), data, &len) != CKR_OK;
	}
	*failed += env.f->C_CloseSession(session) != CKR_OK;
	return NULL;
}

START_TEST(threads_work_side_by_side_in_their_sessions)
{
	pthread_t threads[4];
	int failures[4] = { 0 };

	env_start_logged_in();
	shared_key = env_import(CKK_AES, key_bytes, 24);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, encrypt_often, &failures[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(failures[i], 0);
	}
	env_stop();
}
END_TEST

static void *derive_slowly(void *result)
{
	struct env_peer *peer = result;
	CK_OBJECT_HANDLE key = 0;

	return env_derive(peer, CKD_NULL, NULL, 0, NULL, 0, &key) == CKR_OK ? result : NULL;
}

static void wait_for_the_card(void)
{
	while (fake_inside(FAKE_ECDH) == 0)
		sched_yield();
}

START_TEST(session_keys_work_while_the_card_is_busy)
{
	CK_MECHANISM cbc = mechanism_of(1);
	CK_BYTE data[16] = { 0 };
	CK_SESSION_HANDLE session;
	CK_SESSION_INFO info;
	CK_ULONG len = 16;
	struct env_peer peer;
	pthread_t thread;
	void *result = NULL;

	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
	session = env_session(0);
	shared_key = env_import(CKK_AES, key_bytes, 24);
	fake_slow(FAKE_ECDH, 1500);
	ck_assert_int_eq(pthread_create(&thread, NULL, derive_slowly, &peer), 0);
	wait_for_the_card();
	for (int i = 0; i < 100; i++) {
		env_ok(env.f->C_EncryptInit(session, &cbc, shared_key));
		env_ok(env.f->C_Encrypt(session, data, 16, data, &len));
		env_ok(env.f->C_GetSessionInfo(env.session, &info));
		ck_assert_uint_eq(env_number(shared_key, CKA_VALUE_LEN), 24);
	}
	/* all that while the card was still at it */
	ck_assert_uint_eq(fake_inside(FAKE_ECDH), 1);
	pthread_join(thread, &result);
	ck_assert_ptr_nonnull(result);
	env_peer_free(&peer);
	env_stop();
}
END_TEST

START_TEST(finalize_waits_for_calls_that_are_under_way)
{
	struct env_peer peer;
	pthread_t thread;
	void *result = NULL;

	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
	fake_slow(FAKE_ECDH, 300);
	ck_assert_int_eq(pthread_create(&thread, NULL, derive_slowly, &peer), 0);
	wait_for_the_card();
	env_ok(env.f->C_Finalize(NULL));
	ck_assert_uint_eq(fake_inside(FAKE_ECDH), 0);
	pthread_join(thread, &result);
	ck_assert_ptr_nonnull(result);
	env_peer_free(&peer);
	fake_clear();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, one_shot_equals_openssl_both_ways);
	tcase_add_test(tc, parts_of_any_size_give_the_whole);
	tcase_add_test(tc, updates_answer_lengths_and_keep_their_state);
	tcase_add_test(tc, data_that_does_not_fit_the_mode_is_refused);
	tcase_add_test(tc, beginning_refuses_precisely);
	tcase_add_test(tc, in_place_works);
	tcase_add_test(tc, an_operation_ends_with_the_login_of_its_private_key);
	tcase_add_test(tc, an_operation_goes_on_when_its_key_object_is_destroyed);
	tcase_add_test(tc, threads_work_side_by_side_in_their_sessions);
	tcase_add_test(tc, session_keys_work_while_the_card_is_busy);
	tcase_add_test(tc, finalize_waits_for_calls_that_are_under_way);
}

TEST_MAIN("pkcs11/crypt", add)
