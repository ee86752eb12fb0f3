/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ends of session keys and of what is done with them: sessions, logging out, the card, other threads. */
#include "config.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "pkcs11/aead_params.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

#define SLOW_MS 300u

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_BBOOL no = CK_FALSE;
static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE text[64];
static CK_BYTE iv[16];
static CK_BYTE tag[16];
static struct cki_gcm_message_params gcm = { .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 128 };
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static CK_MECHANISM cmac = { CKM_AES_CMAC, NULL, 0 };
static CK_MECHANISM aead = { CKM_AES_GCM, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };

static CK_OBJECT_HANDLE public_key(void)
{
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &secret_class, sizeof(secret_class) },
				 { CKA_KEY_TYPE, &aes, sizeof(aes) },
				 { CKA_VALUE, key_bytes, 16 }, { CKA_PRIVATE, &no, sizeof(no) } };
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_CreateObject(env.session, templ, 4, &key));
	return key;
}

/* ---- operations with keys, each begun and gone on with ----------------------------------------------- */

static CK_RV begin_encrypt(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return env.f->C_EncryptInit(session, &ecb, key);
}
static CK_RV go_on_encrypt(CK_SESSION_HANDLE session)
{
	CK_BYTE out[64];
	CK_ULONG len = sizeof(out);

	return env.f->C_EncryptUpdate(session, text, 32, out, &len);
}
static CK_RV begin_decrypt(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return env.f->C_DecryptInit(session, &ecb, key);
}
static CK_RV go_on_decrypt(CK_SESSION_HANDLE session)
{
	CK_BYTE out[64];
	CK_ULONG len = sizeof(out);

	return env.f->C_DecryptUpdate(session, text, 32, out, &len);
}
static CK_RV begin_sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return env.f->C_SignInit(session, &cmac, key);
}
static CK_RV go_on_sign(CK_SESSION_HANDLE session)
{
	return env.f->C_SignUpdate(session, text, 32);
}
static CK_RV begin_verify(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return env.f->C_VerifyInit(session, &cmac, key);
}
static CK_RV go_on_verify(CK_SESSION_HANDLE session)
{
	return env.f->C_VerifyUpdate(session, text, 32);
}
static CK_RV begin_verify_signature(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return C_VerifySignatureInit(session, &cmac, key, tag, sizeof(tag));
}
static CK_RV go_on_verify_signature(CK_SESSION_HANDLE session)
{
	return C_VerifySignatureUpdate(session, text, 32);
}
static CK_RV begin_messages(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_RV rv = C_MessageEncryptInit(session, &aead, key);

	return rv != CKR_OK ? rv : C_EncryptMessageBegin(session, &gcm, sizeof(gcm), NULL, 0);
}
static CK_RV go_on_messages(CK_SESSION_HANDLE session)
{
	CK_BYTE out[64];
	CK_ULONG len = sizeof(out);

	return C_EncryptMessageNext(session, &gcm, sizeof(gcm), text, 32, out, &len, 0);
}
static CK_RV begin_opening(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_RV rv = C_MessageDecryptInit(session, &aead, key);

	return rv != CKR_OK ? rv : C_DecryptMessageBegin(session, &gcm, sizeof(gcm), NULL, 0);
}
static CK_RV go_on_opening(CK_SESSION_HANDLE session)
{
	CK_BYTE out[64];
	CK_ULONG len = sizeof(out);

	return C_DecryptMessageNext(session, &gcm, sizeof(gcm), text, 32, out, &len, 0);
}

static const struct operation {
	CK_RV (*begin)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
	CK_RV (*go_on)(CK_SESSION_HANDLE session);
} operations[] = {
	{ begin_encrypt, go_on_encrypt },
	{ begin_decrypt, go_on_decrypt },
	{ begin_sign, go_on_sign },
	{ begin_verify, go_on_verify },
	{ begin_verify_signature, go_on_verify_signature },
	{ begin_messages, go_on_messages },
	{ begin_opening, go_on_opening },
};

START_TEST(an_operation_finishes_with_a_key_that_was_destroyed)
{
	const struct operation *operation = &operations[_i];
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 16);
	env_ok(operation->begin(env.session, key));
	env_ok(operation->go_on(env.session));
	env_ok(env.f->C_DestroyObject(env.session, key));
	env_ok(operation->go_on(env.session));
	env_rv(CKR_KEY_HANDLE_INVALID, operation->begin(env_session(0), key));
	env_stop();
}
END_TEST

START_TEST(an_operation_goes_on_when_the_session_of_its_key_is_closed)
{
	const struct operation *operation = &operations[_i];
	CK_SESSION_HANDLE user;

	env_start_logged_in();
	user = env_session(0);
	env_ok(operation->begin(user, env_import(CKK_AES, key_bytes, 16)));
	env_ok(env.f->C_CloseSession(env.session));
	env_ok(operation->go_on(user));
	env.session = user;
	env_stop();
}
END_TEST

START_TEST(logging_out_ends_what_private_keys_do_in_every_session)
{
	const struct operation *operation = &operations[_i];
	CK_SESSION_HANDLE other;

	env_start_logged_in();
	other = env_session(0);
	env_ok(operation->begin(other, env_import(CKK_AES, key_bytes, 16)));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, operation->go_on(other));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, operation->go_on(other));
	env_stop();
}
END_TEST

START_TEST(logging_in_again_does_not_bring_it_back)
{
	const struct operation *operation = &operations[_i];

	env_start_logged_in();
	env_ok(operation->begin(env.session, env_import(CKK_AES, key_bytes, 16)));
	env_ok(env.f->C_Logout(env.session));
	env_login();
	env_rv(CKR_USER_NOT_LOGGED_IN, operation->go_on(env.session));
	/* and one that nobody asked about is no obstacle to the next */
	env_ok(operation->begin(env.session, env_import(CKK_AES, key_bytes, 16)));
	env_ok(env.f->C_Logout(env.session));
	env_ok(operation->begin(env.session, public_key()));
	env_ok(operation->go_on(env.session));
	env_stop();
}
END_TEST

START_TEST(logging_out_leaves_what_public_keys_do)
{
	const struct operation *operation = &operations[_i];

	env_start_logged_in();
	env_ok(operation->begin(env.session, public_key()));
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_Logout(env.session));
	env_ok(operation->go_on(env.session));
	env_ok(env.f->C_DigestUpdate(env.session, text, 10));
	env_stop();
}
END_TEST

START_TEST(the_card_takes_keys_and_operations_along)
{
	const struct operation *operation = &operations[_i];
	CK_SLOT_INFO info;
	CK_SESSION_HANDLE before;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_import(CKK_AES, key_bytes, 16);
	before = env.session;
	env_ok(operation->begin(before, key));
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	env_rv(CKR_DEVICE_REMOVED, operation->go_on(before));
	env_rv(CKR_SESSION_HANDLE_INVALID, operation->go_on(before));
	env_put_card();
	env.session = env_session(0);
	env_rv(CKR_SESSION_HANDLE_INVALID, operation->go_on(before));
	env_rv(CKR_KEY_HANDLE_INVALID, operation->begin(env.session, key));
	env_stop();
}
END_TEST

START_TEST(a_session_without_an_operation_goes_with_the_card_and_says_nothing)
{
	CK_SESSION_INFO session_info;
	CK_SLOT_INFO info;
	CK_SESSION_HANDLE idle;
	CK_SESSION_HANDLE ended;

	env_start_logged_in();
	idle = env_session(0);
	ended = env_session(0);
	env_ok(begin_sign(ended, env_import(CKK_AES, key_bytes, 16)));
	env_ok(env.f->C_SignInit(ended, NULL, 0));
	env_ok(begin_sign(env.session, env_import(CKK_AES, key_bytes, 16)));
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	env_rv(CKR_SESSION_HANDLE_INVALID, go_on_sign(idle));
	env_rv(CKR_SESSION_HANDLE_INVALID, go_on_sign(ended));
	/* what is no operation does not hear of it, and leaves it to be heard */
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_GetSessionInfo(env.session, &session_info));
	env_rv(CKR_DEVICE_REMOVED, go_on_sign(env.session));
	env_put_card();
	env.session = env_session(0);
	env_stop();
}
END_TEST

/* ---- a second thread that waits for the session ------------------------------------------------------ */

struct waiter {
	pthread_t thread;
	CK_RV rv;
};

static CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };

/* Signs with the card, which takes its time, and holds the session meanwhile. */
static void *sign_slowly(void *argument)
{
	struct waiter *waiter = argument;
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);

	waiter->rv = env.f->C_Sign(env.session, text, 32, signature, &len);
	return NULL;
}

static void *encrypt_meanwhile(void *argument)
{
	struct waiter *waiter = argument;

	waiter->rv = go_on_encrypt(env.session);
	return NULL;
}

static void nap(unsigned milliseconds)
{
	struct timespec time = { .tv_sec = 0, .tv_nsec = (long)milliseconds * 1000000 };

	(void)nanosleep(&time, NULL);
}

static void both_begin(struct waiter *signer, struct waiter *encrypter)
{
	env_ok(begin_encrypt(env.session, env_import(CKK_AES, key_bytes, 16)));
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	fake_slow(FAKE_SIGN_RAW, SLOW_MS);
	ck_assert_int_eq(pthread_create(&signer->thread, NULL, sign_slowly, signer), 0);
	while (fake_inside(FAKE_SIGN_RAW) == 0)
		nap(1);
	ck_assert_int_eq(pthread_create(&encrypter->thread, NULL, encrypt_meanwhile, encrypter), 0);
	nap(SLOW_MS / 6);
}

static void both_end(struct waiter *signer, struct waiter *encrypter)
{
	(void)pthread_join(signer->thread, NULL);
	(void)pthread_join(encrypter->thread, NULL);
	fake_slow(FAKE_SIGN_RAW, 0);
}

START_TEST(a_call_that_waits_hears_that_its_session_was_closed)
{
	struct waiter signer;
	struct waiter encrypter;
	CK_SESSION_HANDLE other;

	env_start_logged_in();
	other = env_session(0);
	both_begin(&signer, &encrypter);
	env_ok(env.f->C_CloseSession(env.session));
	both_end(&signer, &encrypter);
	env_rv(CKR_SESSION_CLOSED, encrypter.rv);
	env_ok(signer.rv);
	env.session = other;
	env_stop();
}
END_TEST

START_TEST(a_call_that_waits_hears_that_the_card_has_gone)
{
	struct waiter signer;
	struct waiter encrypter;
	CK_SLOT_INFO info;

	env_start_logged_in();
	both_begin(&signer, &encrypter);
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	both_end(&signer, &encrypter);
	env_rv(CKR_DEVICE_REMOVED, encrypter.rv);
	env_stop();
}
END_TEST

START_TEST(logging_out_ends_an_operation_whose_call_waits)
{
	struct waiter signer;
	struct waiter encrypter;
	CK_SESSION_HANDLE other;

	env_start_logged_in();
	other = env_session(0);
	both_begin(&signer, &encrypter);
	env_ok(env.f->C_Logout(other));
	both_end(&signer, &encrypter);
	ck_assert(encrypter.rv == CKR_OK || encrypter.rv == CKR_USER_NOT_LOGGED_IN);
	ck_assert_uint_ne(go_on_encrypt(env.session), CKR_OK);
	env_stop();
}
END_TEST

/* ---- the handles ------------------------------------------------------------------------------------- */

START_TEST(a_key_dies_with_its_session)
{
	CK_SESSION_HANDLE first;
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };

	env_start_logged_in();
	first = env.session;
	key = env_import(CKK_AES, key_bytes, 16);
	env.session = env_session(0);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 16);
	env_ok(env.f->C_CloseSession(first));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
	env_stop();
}
END_TEST

START_TEST(logging_out_destroys_private_keys_and_no_others)
{
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };
	CK_OBJECT_HANDLE private;
	CK_OBJECT_HANDLE public;

	env_start_logged_in();
	private = env_import(CKK_AES, key_bytes, 16);
	public = public_key();
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, private, &attribute, 1));
	env_ok(env.f->C_GetAttributeValue(env.session, public, &attribute, 1));
	env_login();
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, private, &attribute, 1));
	env_stop();
}
END_TEST

START_TEST(nothing_survives_the_end_of_the_module)
{
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = public_key();
	env_ok(begin_messages(env.session, key));
	env_ok(begin_sign(env.session, key));
	env_ok(env.f->C_Finalize(NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, go_on_messages(env.session));
	env_ok(env.f->C_Initialize(NULL));
	env.session = env_session(0);
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	const int all = (int)ENV_COUNT(operations);

	tcase_add_loop_test(tc, an_operation_finishes_with_a_key_that_was_destroyed, 0, all);
	tcase_add_loop_test(tc, an_operation_goes_on_when_the_session_of_its_key_is_closed, 0, all);
	tcase_add_loop_test(tc, logging_out_ends_what_private_keys_do_in_every_session, 0, all);
	tcase_add_loop_test(tc, logging_in_again_does_not_bring_it_back, 0, all);
	tcase_add_loop_test(tc, logging_out_leaves_what_public_keys_do, 0, all);
	tcase_add_loop_test(tc, the_card_takes_keys_and_operations_along, 0, all);
	tcase_add_test(tc, a_session_without_an_operation_goes_with_the_card_and_says_nothing);
	tcase_add_test(tc, a_call_that_waits_hears_that_its_session_was_closed);
	tcase_add_test(tc, a_call_that_waits_hears_that_the_card_has_gone);
	tcase_add_test(tc, logging_out_ends_an_operation_whose_call_waits);
	tcase_add_test(tc, a_key_dies_with_its_session);
	tcase_add_test(tc, logging_out_destroys_private_keys_and_no_others);
	tcase_add_test(tc, nothing_survives_the_end_of_the_module);
}

TEST_MAIN("pkcs11/lifetime", add)
