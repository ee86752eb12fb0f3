/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A mixed load of sixteen threads: sessions come and go, keys are made, derived, wrapped, used, found, copied and
 * destroyed, while one thread logs out and in and another takes the card away and puts it back. Whatever a call
 * answers must be one of the codes that such a world explains, and what comes out of calls that succeeded must be
 * right. Built with --enable-sanitizers=thread it shows that no two threads touch the same memory unguarded.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "pkcs11/aead_params.h"
#include "tests/unit/cki_env.h"

#define THREADS 16u
#define ROUNDS 1500u
#define SECONDS_MAX 20 /* for machines and sanitizers that are slow */
#define TEXT 96u

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_BYTE key_bytes[32] = "a key of 32 bytes, more or less.";
static CK_BYTE text[TEXT] = "what all of them encrypt and sign";
static CK_BYTE expected_cbc[TEXT];
static CK_BYTE expected_mac[16];
static CK_BYTE iv[16];

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE { CKA_KEY_TYPE, &aes, sizeof(aes) }

static atomic_uint wrong;       /* results that nothing explains */
static atomic_ulong strange_rv; /* the last such code */
static atomic_uint done;        /* chains of calls that came to their end */
static atomic_uint taken;       /* times that the card was away, or somebody logged out */
static atomic_bool over;
static CK_OBJECT_HANDLE shared; /* a public key of a session that nobody closes, while its card stays */

/* What a call may answer when its session, key, login or card can go at any moment. */
static bool explained(CK_RV rv)
{
	static const CK_RV codes[] = {
		CKR_OK, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT,
		CKR_USER_NOT_LOGGED_IN, CKR_USER_ALREADY_LOGGED_IN, CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID,
		CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_OPERATION_NOT_INITIALIZED,
	};

	for (size_t i = 0; i < ARRAY_COUNT(codes); i++)
		if (codes[i] == rv)
			return true;
	return false;
}

static bool fine(CK_RV rv)
{
	if (rv == CKR_OK)
		return true;
	if (!explained(rv)) {
		atomic_store(&strange_rv, rv);
		atomic_fetch_add(&wrong, 1);
	}
	return false;
}

static void expect(bool good)
{
	atomic_fetch_add(good ? &done : &wrong, 1);
}

static bool create(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE, { CKA_VALUE, key_bytes, 16 } };

	return fine(env.f->C_CreateObject(session, templ, 3, key));
}

/* ---- chains of calls -------------------------------------------------------------------------------- */

static void encrypt(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	CK_BYTE out[TEXT];
	CK_ULONG first = 32;
	CK_ULONG rest = sizeof(out) - 32;
	CK_ULONG last = 0;

	if (fine(env.f->C_EncryptInit(session, &cbc, key)) &&
	    fine(env.f->C_EncryptUpdate(session, text, 32, out, &first)) &&
	    fine(env.f->C_EncryptUpdate(session, text + 32, TEXT - 32, out + 32, &rest)) &&
	    fine(env.f->C_EncryptFinal(session, NULL, &last)))
		expect(first + rest == TEXT && memcmp(out, expected_cbc, TEXT) == 0);
}

static void mac(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM cmac = { CKM_AES_CMAC, NULL, 0 };
	CK_BYTE tag[16];
	CK_ULONG len = sizeof(tag);

	if (fine(env.f->C_SignInit(session, &cmac, key)) && fine(env.f->C_Sign(session, text, TEXT, tag, &len)) &&
	    fine(env.f->C_VerifyInit(session, &cmac, key)) && fine(env.f->C_Verify(session, text, TEXT, tag, len)))
		expect(memcmp(tag, expected_mac, 16) == 0);
}

static void message(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE nonce[12] = { 0 };
	CK_BYTE tag[16];
	struct cki_gcm_message_params params = { .iv = nonce, .iv_size = 12, .iv_generator = CKG_GENERATE, .tag = tag,
						 .tag_bits_count = 128 };
	CK_MECHANISM aead = { CKM_AES_GCM, NULL, 0 };
	CK_BYTE sealed[TEXT];
	CK_BYTE opened[TEXT];
	CK_ULONG len = sizeof(sealed);

	if (fine(C_MessageEncryptInit(session, &aead, key)) && fine(C_MessageDecryptInit(session, &aead, key)) &&
	    fine(C_EncryptMessage(session, &params, sizeof(params), NULL, 0, text, TEXT, sealed, &len)) &&
	    fine(C_DecryptMessage(session, &params, sizeof(params), NULL, 0, sealed, len, opened, &len)))
		expect(len == TEXT && memcmp(opened, text, TEXT) == 0);
	(void)fine(C_SessionCancel(session, CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT));
}

static void wrap(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE templ[] = { CLASS, TYPE };
	CK_BYTE wrapped[32];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE back = 0;

	if (!fine(env.f->C_WrapKey(session, &kw, key, key, wrapped, &len)) ||
	    !fine(env.f->C_UnwrapKey(session, &kw, key, wrapped, len, templ, 2, &back)))
		return;
	encrypt(session, back);
	(void)fine(env.f->C_DestroyObject(session, back));
}

static void derive(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM sha256 = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CK_BYTE value[32];
	CK_ATTRIBUTE attribute = { CKA_VALUE, value, sizeof(value) };
	CK_OBJECT_HANDLE derived = 0;

	if (!fine(env.f->C_DeriveKey(session, &sha256, key, NULL, 0, &derived)))
		return;
	if (fine(env.f->C_GetAttributeValue(session, derived, &attribute, 1)))
		expect(attribute.ulValueLen == 32);
	(void)fine(env.f->C_DestroyObject(session, derived));
}

static void find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key UNUSED)
{
	CK_ATTRIBUTE templ[] = { CLASS };
	CK_OBJECT_HANDLE found[8];
	CK_ULONG count = 0;

	if (!fine(env.f->C_FindObjectsInit(session, templ, 1)))
		return;
	if (fine(env.f->C_FindObjects(session, found, 8, &count)))
		expect(count <= 8);
	(void)fine(env.f->C_FindObjectsFinal(session));
}

static void copy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE label[] = "copy";
	CK_ATTRIBUTE change = { CKA_LABEL, label, 4 };
	CK_OBJECT_HANDLE twin = 0;

	if (!fine(env.f->C_CopyObject(session, key, &change, 1, &twin)))
		return;
	mac(session, twin);
	if (fine(env.f->C_SetAttributeValue(session, twin, &change, 1)))
		expect(true);
	(void)fine(env.f->C_DestroyObject(session, twin));
}

static void digest(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE out[32];
	CK_ULONG len = sizeof(out);

	if (fine(env.f->C_DigestInit(session, &sha256)) && fine(env.f->C_DigestKey(session, key)) &&
	    fine(env.f->C_DigestFinal(session, out, &len)))
		expect(len == 32);
	(void)fine(C_SessionCancel(session, CKF_DIGEST));
}

static void (*const chains[])(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) = { encrypt, mac, message, wrap, derive,
										    find, copy, digest };

/* ---- threads ---------------------------------------------------------------------------------------- */

static bool late(const struct timespec *begin)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - begin->tv_sec > SECONDS_MAX;
}

static void *work(void *argument)
{
	const size_t number = (size_t)(uintptr_t)argument;
	struct timespec begin;

	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	for (size_t i = 0; i < ROUNDS && !late(&begin); i++) {
		CK_SESSION_HANDLE session = 0;
		CK_OBJECT_HANDLE key = 0;

		if (!fine(env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &session)))
			continue;
		if (create(session, &key)) {
			chains[(number + i) % ARRAY_COUNT(chains)](session, key);
			chains[(number + 3 * i) % ARRAY_COUNT(chains)](session, shared);
		}
		if (i % 3 == 0)
			(void)fine(env.f->C_DestroyObject(session, key));
		(void)fine(env.f->C_CloseSession(session));
	}
	return NULL;
}

static void nap(void)
{
	const struct timespec time = { .tv_sec = 0, .tv_nsec = 3000000 };

	(void)nanosleep(&time, NULL);
}

static void *log_out_and_in(void *argument UNUSED)
{
	CK_UTF8CHAR pin[] = ENV_PIN;

	while (!atomic_load(&over)) {
		CK_SESSION_HANDLE session = 0;

		if (fine(env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &session))) {
			(void)fine(env.f->C_Login(session, CKU_USER, pin, strlen(ENV_PIN)));
			nap();
			if (fine(env.f->C_Logout(session)))
				atomic_fetch_add(&taken, 1);
			(void)fine(env.f->C_CloseSession(session));
		}
		nap();
	}
	return NULL;
}

static void *take_and_put_the_card(void *argument UNUSED)
{
	while (!atomic_load(&over)) {
		CK_SLOT_INFO info;

		for (int i = 0; i < 8; i++)
			nap();
		env_take_card();
		(void)fine(env.f->C_GetSlotInfo(env.slot, &info));
		nap();
		env_put_card();
		atomic_fetch_add(&taken, 1);
	}
	return NULL;
}

static void expectations(void)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	CK_MECHANISM cmac = { CKM_AES_CMAC, NULL, 0 };
	CK_ULONG len = TEXT;

	/* valgrind runs the tests in one process */
	atomic_store(&over, false);
	atomic_store(&done, 0);
	atomic_store(&taken, 0);
	env_start();
	shared = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_EncryptInit(env.session, &cbc, shared));
	env_ok(env.f->C_Encrypt(env.session, text, TEXT, expected_cbc, &len));
	len = 16;
	env_ok(env.f->C_SignInit(env.session, &cmac, shared));
	env_ok(env.f->C_Sign(env.session, text, TEXT, expected_mac, &len));
}

static void run(bool card_goes)
{
	pthread_t threads[THREADS];
	CK_ATTRIBUTE all[] = { CLASS };
	CK_OBJECT_HANDLE found[4];
	CK_ULONG count = 0;

	expectations();
	for (size_t i = 0; i < THREADS - 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i), 0);
	ck_assert_int_eq(pthread_create(&threads[THREADS - 2], NULL, log_out_and_in, NULL), 0);
	ck_assert_int_eq(pthread_create(&threads[THREADS - 1], NULL,
					card_goes ? take_and_put_the_card : log_out_and_in, NULL), 0);
	for (size_t i = 0; i < THREADS - 2; i++)
		(void)pthread_join(threads[i], NULL);
	atomic_store(&over, true);
	(void)pthread_join(threads[THREADS - 2], NULL);
	(void)pthread_join(threads[THREADS - 1], NULL);
	ck_assert_msg(atomic_load(&wrong) == 0, "%u results are wrong, the last code was 0x%lx", atomic_load(&wrong),
		      atomic_load(&strange_rv));
	ck_assert_uint_gt(atomic_load(&done), THREADS);
	ck_assert_uint_gt(atomic_load(&taken), 1);
	/* the sessions that made them took their keys along */
	env.session = env_session(0);
	env_ok(env.f->C_FindObjectsInit(env.session, all, 1));
	env_ok(env.f->C_FindObjects(env.session, found, 4, &count));
	ck_assert_uint_eq(count, card_goes ? 0 : 1);
	env_stop();
}

START_TEST(sixteen_threads_and_logins_that_come_and_go)
{
	run(false);
}
END_TEST

START_TEST(sixteen_threads_and_a_card_that_comes_and_goes)
{
	run(true);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, sixteen_threads_and_logins_that_come_and_go);
	tcase_add_test(tc, sixteen_threads_and_a_card_that_comes_and_goes);
}

TEST_MAIN("pkcs11/load", add)
