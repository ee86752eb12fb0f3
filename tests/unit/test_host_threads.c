/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

#define THREADS 8u
#define SLOW_MS 1000u

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *slow_agreement(void *unused)
{
	md_agreement_destroy(host_agree(0, fake_point(0)));
	return unused;
}

/* A whole life of a session key: import, encrypt, unwrap, read. */
static void use_a_key(void)
{
	static const uint8_t bytes[24] = { 0x1F, 0xA6, 0x8B, 0x0A, 0x81, 0x12, 0xB4, 0x47, 0xAE, 0xF3, 0x4B, 0xD8,
					   0xFB, 0x5A, 0x7B, 0x82, 0x9D, 0x3E, 0x86, 0x23, 0x71, 0xD2, 0xCF, 0xE5 };
	static const uint8_t kek_bytes[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	const struct md_cipher_params ecb = { .mode = MD_CIPHER_ECB, .encrypt = true };
	const struct md_cipher_params kw = { .mode = MD_CIPHER_KW };
	struct md_key *kek = host_import(MD_KEY_AES, span_of(kek_bytes, 16));
	struct md_key *key = NULL;
	struct md_cipher cipher = { NULL, NULL };
	uint8_t out[16];
	size_t len;

	ck_assert_md(md_key_unwrap(kek, &kw, span_of(bytes, 24), MD_KEY_AES, 0, &key), MD_OK);
	md_key_release(kek);
	ck_assert_md(md_cipher_begin(key, &ecb, &cipher), MD_OK);
	ck_assert_md(md_cipher_update(&cipher, span_of(bytes, 16), out, &len), MD_OK);
	md_cipher_end(&cipher);
	ck_assert_md(md_key_read(key, out, sizeof(out)), MD_OK);
	ck_assert_uint_eq(out[1], 0x11);
	md_key_release(key);
}

static atomic_uint rounds;
static void *cipher_until_done(void *unused)
{
	for (size_t i = 0; i < 50; i++) {
		use_a_key();
		atomic_fetch_add(&rounds, 1);
	}
	return unused;
}

START_TEST(session_keys_do_not_wait_for_the_card)
{
	pthread_t slow;
	pthread_t threads[THREADS];

	atomic_store(&rounds, 0);
	fake_slow(FAKE_ECDH, SLOW_MS);
	ck_assert_int_eq(pthread_create(&slow, NULL, slow_agreement, NULL), 0);
	while (fake_inside(FAKE_ECDH) == 0)
		(void)usleep(1000);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, cipher_until_done, NULL), 0);
	/* all work is done before the card answers, or else something waited for it */
	while (atomic_load(&rounds) == 0)
		(void)usleep(100);
	ck_assert_uint_eq(fake_inside(FAKE_ECDH), 1);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(atomic_load(&rounds), THREADS * 50);
	ck_assert_int_eq(pthread_join(slow, NULL), 0);
}
END_TEST

START_TEST(card_commands_wait_for_each_other)
{
	pthread_t threads[3];
	const double begun = now();

	fake_slow(FAKE_ECDH, 100);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, slow_agreement, NULL), 0);
	while (now() - begun < 0.2)
		ck_assert_uint_le(fake_inside(FAKE_ECDH), 1);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert(now() - begun >= 0.3);
}
END_TEST

START_TEST(derivation_does_not_wait_for_the_card)
{
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_X963, .hash = MD_HASH_SHA256, .alg = MD_KEY_AES, .key_len = 32
	};
	struct md_agreement *agreement = host_agree(0, fake_point(0));
	struct md_key *key = NULL;
	pthread_t slow;

	fake_slow(FAKE_ECDH, SLOW_MS);
	ck_assert_int_eq(pthread_create(&slow, NULL, slow_agreement, NULL), 0);
	while (fake_inside(FAKE_ECDH) == 0)
		(void)usleep(1000);
	ck_assert_md(md_derive(agreement, &plan, &key), MD_OK);
	md_agreement_destroy(agreement);
	md_key_release(key);
	ck_assert_uint_eq(fake_inside(FAKE_ECDH), 1);
	ck_assert_int_eq(pthread_join(slow, NULL), 0);
}
END_TEST

static struct md_key *shared;
static atomic_bool stop;
static void *read_shared(void *unused)
{
	const struct md_cipher_params ecb = { .mode = MD_CIPHER_ECB, .encrypt = true };

	while (!atomic_load(&stop)) {
		struct md_cipher cipher = { NULL, NULL };
		uint8_t bytes[16];
		const md_err err = md_key_read(shared, bytes, sizeof(bytes));

		ck_assert(err == MD_OK || err == MD_E_INVALID_HANDLE);
		if (md_cipher_begin(shared, &ecb, &cipher) == MD_OK)
			md_cipher_end(&cipher);
	}
	return unused;
}

START_TEST(the_card_may_go_while_its_keys_are_used)
{
	static const uint8_t bytes[16] = { 0 };
	pthread_t threads[THREADS];

	shared = host_import(MD_KEY_AES, span_of(bytes, 16));
	atomic_store(&stop, false);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_shared, NULL), 0);
	(void)usleep(20000);
	md_card_release(host_card);
	host_card = NULL;
	(void)usleep(20000);
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	md_key_release(shared);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, session_keys_do_not_wait_for_the_card);
	tcase_add_test(tc, card_commands_wait_for_each_other);
	tcase_add_test(tc, derivation_does_not_wait_for_the_card);
	tcase_add_test(tc, the_card_may_go_while_its_keys_are_used);
}

TEST_MAIN("minidriver/host threads", add)
