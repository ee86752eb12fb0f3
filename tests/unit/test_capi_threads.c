/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptoAPI in many threads: on objects of their own, on the same ones, and on ones that somebody is ending. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"

#define THREADS 8u
#define ROUNDS 200u

static HCRYPTPROV provider;
static HCRYPTKEY shared_key;
static HCRYPTHASH shared_hash;
static BYTE expected[32];
static atomic_uint failures;
static atomic_bool ending;

static void run(void *(*thread)(void *))
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, thread, (void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(atomic_load(&failures), 0);
}

/* Check's assertions are the main thread's. */
static void expect(bool good)
{
	if (!good)
		atomic_fetch_add(&failures, 1);
}

static bool encrypts(HCRYPTKEY key)
{
	BYTE data[32] = { 0 };
	DWORD len = 20;

	return CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)) && len == 32 &&
	       memcmp(data, expected, sizeof(data)) == 0;
}

static bool derive(HCRYPTPROV from, HCRYPTKEY *ret_key)
{
	HCRYPTHASH hash = 0;
	const bool good = CryptCreateHash(from, CALG_SHA1, 0, 0, &hash) &&
			  CryptHashData(hash, (const BYTE *)"apple-camshaft", 14, 0) &&
			  CryptDeriveKey(from, CALG_AES_128, hash, CRYPT_EXPORTABLE, ret_key);

	return CryptDestroyHash(hash) && good;
}

static void make_shared(void)
{
	DWORD len = 20;

	atomic_store(&ending, false);
	provider = capi_open("aes");
	shared_key = capi_derive(provider, CALG_AES_128, CRYPT_EXPORTABLE);
	shared_hash = capi_hash(provider, CALG_SHA1, SPAN_EMPTY);
	memset(expected, 0, sizeof(expected));
	capi_good(CryptEncrypt(shared_key, 0, TRUE, 0, expected, &len, sizeof(expected)));
}

static void set_up(void)
{
	capi_setup();
	atomic_store(&failures, 0);
	make_shared();
}

static void tear_down(void)
{
	capi_close(provider);
	capi_teardown();
}

static void *own_objects(void *context)
{
	(void)context;
	for (size_t i = 0; i < ROUNDS; i++) {
		HCRYPTPROV own = 0;
		HCRYPTKEY key = 0;

		expect(CryptAcquireContextA(&own, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT) && derive(own, &key) &&
		       encrypts(key));
		expect(i % 2 == 0 || CryptDestroyKey(key));
		expect(CryptReleaseContext(own, 0));
	}
	return NULL;
}

START_TEST(threads_with_objects_of_their_own_do_not_meet)
{
	run(own_objects);
}
END_TEST

static void *same_objects(void *context)
{
	const BYTE byte = 1;

	for (size_t i = 0; i < ROUNDS; i++) {
		HCRYPTKEY copy = 0;
		DWORD mode = CRYPT_MODE_CBC;

		SetLastError((DWORD)(uintptr_t)context);
		expect(encrypts(shared_key));
		expect(CryptHashData(shared_hash, &byte, 1, 0));
		expect(CryptDuplicateKey(shared_key, NULL, 0, &copy) && encrypts(copy) && CryptDestroyKey(copy));
		expect(CryptSetKeyParam(shared_key, KP_MODE, (const BYTE *)&mode, 0));
		expect(GetLastError() == (DWORD)(uintptr_t)context);
	}
	return NULL;
}

START_TEST(threads_take_turns_on_one_key_and_one_hash)
{
	static BYTE ones[THREADS * ROUNDS];
	BYTE found[2][20];
	HCRYPTHASH all;

	memset(ones, 1, sizeof(ones));
	run(same_objects);
	all = capi_hash(provider, CALG_SHA1, span_of(ones, sizeof(ones)));
	for (size_t i = 0; i < 2; i++) {
		DWORD len = 20;

		capi_good(CryptGetHashParam(i == 0 ? all : shared_hash, HP_HASHVAL, found[i], &len, 0));
	}
	ck_assert_mem_eq(found[0], found[1], 20);
}
END_TEST

/* Whatever a call meets, it succeeds or says that the handle is none. */
static void *used_while_ended(void *context)
{
	if (context == NULL) {
		expect(CryptReleaseContext(provider, 0));
		atomic_store(&ending, true);
		return NULL;
	}
	for (size_t i = 0; i < ROUNDS || !atomic_load(&ending); i++) {
		HCRYPTKEY key = 0;

		expect(encrypts(shared_key) || GetLastError() == ERROR_INVALID_PARAMETER);
		expect(CryptGenKey(provider, CALG_AES_128, 0, &key) || GetLastError() == ERROR_INVALID_PARAMETER);
		expect(key == 0 || CryptDestroyKey(key) || GetLastError() == ERROR_INVALID_PARAMETER);
	}
	return NULL;
}

START_TEST(a_provider_ends_while_others_use_it)
{
	for (size_t i = 0; i < 20; i++) {
		run(used_while_ended);
		ck_assert_uint_eq(capi_handle_count(), 0);
		make_shared();
	}
}
END_TEST

static HCRYPTKEY ended_by_all;

static void *end_the_same(void *ret_ended)
{
	(void)ret_ended;
	if (CryptDestroyKey(ended_by_all))
		atomic_fetch_add(&failures, 1);
	return NULL;
}

START_TEST(of_many_threads_one_ends_a_key)
{
	for (size_t i = 0; i < 50; i++) {
		pthread_t threads[THREADS];

		ended_by_all = capi_derive(provider, CALG_AES_128, 0);
		for (size_t t = 0; t < THREADS; t++)
			ck_assert_int_eq(pthread_create(&threads[t], NULL, end_the_same, NULL), 0);
		for (size_t t = 0; t < THREADS; t++)
			ck_assert_int_eq(pthread_join(threads[t], NULL), 0);
		ck_assert_uint_eq(atomic_exchange(&failures, 0), 1);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, threads_with_objects_of_their_own_do_not_meet);
	tcase_add_test(tc, threads_take_turns_on_one_key_and_one_hash);
	tcase_add_test(tc, a_provider_ends_while_others_use_it);
	tcase_add_test(tc, of_many_threads_one_ends_a_key);
}

TEST_MAIN("minidriver/capi_threads", add)
