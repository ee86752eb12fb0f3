/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads: session keys while the card is busy, calls that meet in one session, keys and sessions that end while they
 * are used. Counted, not timed.
 */
#include "config.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

#define THREADS 8u
#define ROUNDS 50u

static CK_BYTE key_bytes[32] = "a key of just thirty-two bytes..";
static CK_BYTE iv[16] = "sixteen bytes iv";
static CK_OBJECT_HANDLE shared_key;
static atomic_uint rounds;

/* ---- the card is busy ---------------------------------------------------------------------------------- */

static void *derive_slowly(void *result)
{
	struct env_peer *peer = result;
	CK_OBJECT_HANDLE key = 0;

	return env_derive(peer, CKD_NULL, NULL, 0, NULL, 0, &key) == CKR_OK ? result : NULL;
}

static void wait_for_the_card(enum fake_op op)
{
	while (fake_inside(op) == 0)
		sched_yield();
}

/* Everything that a session key can do without the card. */
static unsigned long use_keys(CK_SESSION_HANDLE session)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_MECHANISM sha = { CKM_SHA256, NULL, 0 };
	CK_MECHANISM wrap = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_BYTE data[64] = { 1 };
	CK_ULONG len = sizeof(data);
	CK_ATTRIBUTE value = { CKA_VALUE, data, 32 };
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) },
				 { CKA_KEY_TYPE, &type, sizeof(type) },
				 { CKA_VALUE, key_bytes, sizeof(key_bytes) } };
	CK_OBJECT_HANDLE key = 0;
	unsigned long failed = 0;

	failed += env.f->C_EncryptInit(session, &cbc, shared_key) != CKR_OK;
	failed += env.f->C_Encrypt(session, data, 32, data, &len) != CKR_OK;
	failed += env.f->C_CreateObject(session, templ, ENV_COUNT(templ), &key) != CKR_OK;
	failed += env.f->C_GetAttributeValue(session, key, &value, 1) != CKR_OK;
	len = sizeof(data);
	failed += env.f->C_SignInit(session, &hmac, key) != CKR_OK;
	failed += env.f->C_Sign(session, data, 32, data, &len) != CKR_OK;
	len = sizeof(data);
	failed += env.f->C_WrapKey(session, &wrap, shared_key, key, data, &len) != CKR_OK;
	len = sizeof(data);
	failed += env.f->C_DigestInit(session, &sha) != CKR_OK;
	failed += env.f->C_Digest(session, data, 32, data, &len) != CKR_OK;
	failed += env.f->C_DestroyObject(session, key) != CKR_OK;
	return failed;
}

static void *work(void *failures)
{
	CK_SESSION_HANDLE session = 0;
	unsigned long *failed = failures;

	*failed += env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK;
	for (unsigned i = 0; i < ROUNDS; i++) {
		*failed += use_keys(session);
		atomic_fetch_add(&rounds, 1);
	}
	*failed += env.f->C_CloseSession(session) != CKR_OK;
	return NULL;
}

START_TEST(eight_threads_work_while_another_waits_for_the_card)
{
	unsigned long failures[THREADS] = { 0 };
	pthread_t threads[THREADS];
	struct env_peer peer;
	pthread_t slow;
	void *result = NULL;

	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
	shared_key = env_import(CKK_AES, key_bytes, sizeof(key_bytes));
	atomic_store(&rounds, 0);
	fake_hold(FAKE_ECDH, true);
	ck_assert_int_eq(pthread_create(&slow, NULL, derive_slowly, &peer), 0);
	wait_for_the_card(FAKE_ECDH);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &failures[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		ck_assert_uint_eq(failures[i], 0);
	}
	/* all that each of them had to do is done, and the card is still at its command: none of it waited for that */
	ck_assert_uint_eq(atomic_load(&rounds), THREADS * ROUNDS);
	ck_assert_uint_eq(fake_inside(FAKE_ECDH), 1);
	fake_hold(FAKE_ECDH, false);
	(void)pthread_join(slow, &result);
	ck_assert_ptr_nonnull(result);
	env_peer_free(&peer);
	env_stop();
}
END_TEST

/* ---- one session --------------------------------------------------------------------------------------- */

static CK_RV make_mutex(void **mutex)
{
	pthread_mutex_t *made = malloc(sizeof(*made));

	ck_assert_ptr_nonnull(made);
	ck_assert_int_eq(pthread_mutex_init(made, NULL), 0);
	*mutex = made;
	return CKR_OK;
}
static CK_RV destroy_mutex(void *mutex)
{
	ck_assert_int_eq(pthread_mutex_destroy(mutex), 0);
	free(mutex);
	return CKR_OK;
}
static CK_RV take_mutex(void *mutex)
{
	return pthread_mutex_lock(mutex) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}
static CK_RV give_mutex(void *mutex)
{
	return pthread_mutex_unlock(mutex) == 0 ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

/* Loop tests run each way: with the system's mutexes and with the application's. */
static void start(bool with_mutexes)
{
	CK_C_INITIALIZE_ARGS args = { make_mutex, destroy_mutex, take_mutex, give_mutex, 0, NULL };

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(with_mutexes ? &args : NULL));
	env.slot = 0;
	env.session = env_session(0);
	env_login();
	atomic_store(&rounds, 0);
}

/* Who may begin finishes it, and nobody else's data come in between. */
static void *digest_in_the_shared_session(void *failures)
{
	static const CK_BYTE zeros[16];
	CK_MECHANISM sha = { CKM_SHA256, NULL, 0 };
	unsigned long *failed = failures;
	CK_BYTE expected[32];
	CK_BYTE out[32];

	ck_assert_int_eq(EVP_Digest(zeros, sizeof(zeros), expected, NULL, EVP_sha256(), NULL), 1);
	for (unsigned done = 0; done < ROUNDS;) {
		CK_BYTE data[16] = { 0 };
		CK_ULONG len = sizeof(out);
		const CK_RV rv = env.f->C_DigestInit(env.session, &sha);

		if (rv == CKR_OPERATION_ACTIVE) {
			sched_yield();
			continue;
		}
		*failed += rv != CKR_OK || env.f->C_Digest(env.session, data, sizeof(data), out, &len) != CKR_OK ||
			   memcmp(out, expected, sizeof(out)) != 0;
		done++;
	}
	return NULL;
}

START_TEST(calls_in_one_session_take_turns)
{
	unsigned long failures[THREADS] = { 0 };
	pthread_t threads[THREADS];

	start(_i != 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, digest_in_the_shared_session, &failures[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		ck_assert_uint_eq(failures[i], 0);
	}
	env_stop();
}
END_TEST

static void *sign_slowly(void *result)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BYTE hash[32] = { 1 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);

	if (env.f->C_SignInit(env.session, &ecdsa, env.key) != CKR_OK)
		return NULL;
	return env.f->C_Sign(env.session, hash, sizeof(hash), signature, &len) == CKR_OK ? result : NULL;
}

static void *digest_after_the_card(void *result)
{
	CK_MECHANISM sha = { CKM_SHA256, NULL, 0 };
	const CK_RV rv = env.f->C_DigestInit(env.session, &sha);

	/* its turn came when the card had answered */
	return (rv == CKR_OK || rv == CKR_OPERATION_ACTIVE) && fake_inside(FAKE_SIGN_RAW) == 0 ? result : NULL;
}

START_TEST(a_call_waits_for_the_one_that_its_session_is_in)
{
	pthread_t waiting[3];
	pthread_t slow;
	void *result = NULL;

	start(_i != 0);
	fake_slow(FAKE_SIGN_RAW, 200);
	ck_assert_int_eq(pthread_create(&slow, NULL, sign_slowly, &waiting), 0);
	wait_for_the_card(FAKE_SIGN_RAW);
	for (size_t i = 0; i < ENV_COUNT(waiting); i++)
		ck_assert_int_eq(pthread_create(&waiting[i], NULL, digest_after_the_card, &waiting), 0);
	for (size_t i = 0; i < ENV_COUNT(waiting); i++) {
		(void)pthread_join(waiting[i], &result);
		ck_assert_ptr_nonnull(result);
	}
	(void)pthread_join(slow, &result);
	ck_assert_ptr_nonnull(result);
	env_stop();
}
END_TEST

/* ---- keys and sessions that end ------------------------------------------------------------------------ */

static atomic_ulong passing_session;
static atomic_ulong passing_key;
static atomic_bool stop;

static bool worked_or_gone(CK_RV rv)
{
	return rv == CKR_OK || rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_SESSION_CLOSED ||
	       rv == CKR_KEY_HANDLE_INVALID;
}

/* Whatever is there at the moment, another's session and another's key: each call works or says what is gone. */
static void *use_what_passes(void *failures)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	unsigned long *failed = failures;
	CK_BYTE data[16] = { 0 };

	while (!atomic_load(&stop)) {
		const CK_SESSION_HANDLE session = atomic_load(&passing_session);
		CK_ULONG len = sizeof(data);
		CK_RV rv = env.f->C_EncryptInit(session, &cbc, atomic_load(&passing_key));

		*failed += rv != CKR_OPERATION_ACTIVE && !worked_or_gone(rv);
		rv = env.f->C_Encrypt(session, data, sizeof(data), data, &len);
		*failed += rv != CKR_OPERATION_NOT_INITIALIZED && !worked_or_gone(rv);
		atomic_fetch_add(&rounds, 1);
	}
	return NULL;
}

static void let_pass(CK_OBJECT_HANDLE *last)
{
	CK_SESSION_HANDLE session = env_session(0);
	CK_OBJECT_HANDLE other;

	*last = env_import(CKK_AES, key_bytes, sizeof(key_bytes)); /* of env.session */
	env_ok(env.f->C_CopyObject(session, *last, NULL, 0, &other));
	atomic_store(&passing_key, other);
	atomic_store(&passing_session, session);
	sched_yield();
	env_ok(env.f->C_DestroyObject(env.session, *last));
	env_ok(env.f->C_CloseSession(session));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_DestroyObject(env.session, other));
}

START_TEST(sessions_and_keys_end_while_others_use_them)
{
	unsigned long failures[THREADS] = { 0 };
	pthread_t threads[THREADS];
	CK_OBJECT_HANDLE last = 0;

	start(_i != 0);
	atomic_store(&stop, false);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_what_passes, &failures[i]), 0);
	for (unsigned i = 0; i < 4 * ROUNDS; i++)
		let_pass(&last);
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		ck_assert_uint_eq(failures[i], 0);
	}
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, eight_threads_work_while_another_waits_for_the_card);
	tcase_add_loop_test(tc, calls_in_one_session_take_turns, 0, 2);
	tcase_add_loop_test(tc, a_call_waits_for_the_one_that_its_session_is_in, 0, 2);
	tcase_add_loop_test(tc, sessions_and_keys_end_while_others_use_them, 0, 2);
}

TEST_MAIN("pkcs11/threads", add)
