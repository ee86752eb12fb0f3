/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

/* A good request on container 0, for a test to spoil. */
struct request {
	BYTE blob[HARNESS_BLOB_MAX];
	CARD_DH_AGREEMENT_INFO info;
};

static void prepare(struct request *r)
{
	memset(r, 0, sizeof(*r));
	r->info.dwVersion = CARD_DH_AGREEMENT_INFO_VERSION;
	r->info.dwPublicKey = (DWORD)harness_blob(0, fake_point(4), r->blob);
	r->info.pbPublicKey = r->blob;
}

/* The code, and that the card was not asked. */
static DWORD refused(struct request *r)
{
	const unsigned before = fake_calls(FAKE_ECDH);
	const DWORD err = harness_card->pfnCardConstructDHAgreement(harness_card, &r->info);

	ck_assert_uint_eq(fake_calls(FAKE_ECDH), before);
	return err;
}

static DWORD destroy(BYTE index)
{
	return harness_card->pfnCardDestroyDHAgreement(harness_card, index, 0);
}

START_TEST(only_version_two_is_taken)
{
	static const DWORD versions[] = { 0, 1, 3, 0xFFFFFFFF };
	struct request r;

	for (size_t i = 0; i < ARRAY_COUNT(versions); i++) {
		prepare(&r);
		r.info.dwVersion = versions[i];
		ck_assert_code(refused(&r), ERROR_REVISION_MISMATCH);
	}
}
END_TEST

START_TEST(null_and_flags_are_wrong)
{
	struct request r;

	ck_assert_code(harness_card->pfnCardConstructDHAgreement(harness_card, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardConstructDHAgreement(NULL, &r.info), SCARD_E_INVALID_PARAMETER);
	prepare(&r), r.info.dwFlags = 1;
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
	prepare(&r), r.info.pbPublicKey = NULL;
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_container_that_is_not_there_or_holds_no_ec_key_is_no_key_container)
{
	struct request r;

	prepare(&r), r.info.bContainerIndex = 5;
	ck_assert_code(refused(&r), SCARD_E_NO_KEY_CONTAINER);
	prepare(&r), r.info.bContainerIndex = 255;
	ck_assert_code(refused(&r), SCARD_E_NO_KEY_CONTAINER);
	prepare(&r), r.info.bContainerIndex = 3;
	ck_assert_code(refused(&r), SCARD_E_NO_KEY_CONTAINER);
}
END_TEST

START_TEST(every_wrong_length_of_the_blob_is_refused)
{
	struct request r;
	DWORD right;

	prepare(&r);
	right = r.info.dwPublicKey;
	for (DWORD len = 0; len <= HARNESS_BLOB_MAX; len++) {
		if (len == right)
			continue;
		r.info.dwPublicKey = len;
		ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
	}
	r.info.dwPublicKey = 0xFFFFFFFF;
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(magic_and_width_must_be_the_containers)
{
	static const ULONG magics[] = { 0, BCRYPT_ECDH_PUBLIC_P384_MAGIC, BCRYPT_ECDH_PUBLIC_P521_MAGIC,
					BCRYPT_ECDSA_PUBLIC_P256_MAGIC, BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC, 0x324B4345 };
	static const ULONG widths[] = { 0, 31, 33, 48, 66, 0xFFFFFFFF };
	BCRYPT_ECCKEY_BLOB header;
	struct request r;

	for (size_t i = 0; i < ARRAY_COUNT(magics); i++) {
		prepare(&r);
		memcpy(&header, r.blob, sizeof(header));
		header.dwMagic = magics[i];
		memcpy(r.blob, &header, sizeof(header));
		ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
	}
	for (size_t i = 0; i < ARRAY_COUNT(widths); i++) {
		prepare(&r);
		memcpy(&header, r.blob, sizeof(header));
		header.cbKey = widths[i];
		memcpy(r.blob, &header, sizeof(header));
		ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
	}
	/* a whole key of another curve */
	prepare(&r);
	r.info.dwPublicKey = (DWORD)harness_blob(1, fake_point(1), r.blob);
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_point_off_the_curve_never_reaches_the_card)
{
	struct request r;

	prepare(&r);
	r.blob[r.info.dwPublicKey - 1] ^= 1;
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
	prepare(&r);
	memset(r.blob + sizeof(BCRYPT_ECCKEY_BLOB), 0, 64);
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
	prepare(&r);
	memset(r.blob + sizeof(BCRYPT_ECCKEY_BLOB), 0xFF, 64);
	ck_assert_code(refused(&r), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_blob_need_not_be_aligned)
{
	BYTE shifted[HARNESS_BLOB_MAX + 1];
	struct request r;

	prepare(&r);
	memcpy(shifted + 1, r.blob, r.info.dwPublicKey);
	r.info.pbPublicKey = shifted + 1;
	ck_assert_code(harness_card->pfnCardConstructDHAgreement(harness_card, &r.info), ERROR_SUCCESS);
}
END_TEST

START_TEST(what_the_card_answers_is_told_and_no_place_is_lost)
{
	static const struct {
		card_err from;
		DWORD to;
	} errors[] = {
		{ CE_NOT_ALLOWED, SCARD_W_SECURITY_VIOLATION },
		{ CE_NOT_AUTHENTICATED, SCARD_W_CARD_NOT_AUTHENTICATED },
		{ CE_NOT_FOUND, SCARD_E_NO_KEY_CONTAINER },
		{ CE_CARD_REMOVED, SCARD_W_REMOVED_CARD },
		{ CE_CARD, SCARD_E_UNEXPECTED },
		{ CE_DATA_INVALID, SCARD_E_INVALID_VALUE },
		{ CE_NO_MEMORY, SCARD_E_NO_MEMORY },
	};
	BYTE index;

	for (size_t round = 0; round < 300; round++) {
		const size_t i = round % ARRAY_COUNT(errors);

		fake_fail(FAKE_ECDH, errors[i].from, 1);
		ck_assert_code(harness_construct(0, fake_point(0), &index), errors[i].to);
	}
	for (size_t i = 0; i < 256; i++)
		(void)harness_agree(0);
}
END_TEST

START_TEST(a_key_without_the_usage_or_the_pin_is_refused)
{
	BYTE index;

	ck_assert_code(harness_construct(4, fake_point(4), &index), SCARD_W_SECURITY_VIOLATION);
	ck_assert_code(harness_card->pfnCardDeauthenticateEx(harness_card, PIN_SET_ALL_ROLES, 0), ERROR_SUCCESS);
	ck_assert_code(harness_construct(0, fake_point(0), &index), SCARD_W_CARD_NOT_AUTHENTICATED);
}
END_TEST

START_TEST(all_256_indexes_serve_and_the_257th_agreement_is_refused_before_the_card)
{
	bool seen[256] = { false };
	BYTE index = 0;
	uint8_t key[32];
	size_t len;
	unsigned calls;

	for (size_t i = 0; i < 256; i++) {
		index = harness_agree(0);
		ck_assert(!seen[index]);
		seen[index] = true;
	}
	calls = fake_calls(FAKE_ECDH);
	ck_assert_code(harness_construct(0, fake_point(0), &index), SCARD_E_NO_MEMORY);
	ck_assert_uint_eq(fake_calls(FAKE_ECDH), calls);
	for (unsigned i = 0; i < 256; i++)
		ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, NULL, (BYTE)i, key, &len), ERROR_SUCCESS);
	ck_assert_code(destroy(200), ERROR_SUCCESS);
	ck_assert_uint_eq(harness_agree(0), 200);
	for (unsigned i = 0; i < 256; i++)
		ck_assert_code(destroy((BYTE)i), ERROR_SUCCESS);
	for (unsigned i = 0; i < 256; i++)
		ck_assert_code(destroy((BYTE)i), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_stale_index_is_refused_also_after_the_next_agreement)
{
	const BYTE stale = harness_agree(0);
	uint8_t key[32];
	size_t len;
	BYTE next;

	ck_assert_code(destroy(stale), ERROR_SUCCESS);
	ck_assert_code(destroy(stale), SCARD_E_INVALID_PARAMETER);
	next = harness_agree(0);
	ck_assert_uint_ne(next, stale);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, NULL, stale, key, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardDestroyDHAgreement(harness_card, next, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardDestroyDHAgreement(NULL, next, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(destroy(next), ERROR_SUCCESS);
}
END_TEST

START_TEST(an_index_of_another_context_is_refused)
{
	CARD_DATA other = harness_unacquired();
	const BYTE index = harness_agree(0);
	CARD_DERIVE_KEY info = { .dwVersion = 1, .pwszKDF = BCRYPT_KDF_HASH, .bSecretAgreementIndex = index };

	ck_assert_code(CardAcquireContext(&other, 0), ERROR_SUCCESS);
	ck_assert_code(other.pfnCardDeriveKey(&other, &info), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(other.pfnCardDestroyDHAgreement(&other, index, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(other.pfnCardDeleteContext(&other), ERROR_SUCCESS);
	ck_assert_code(destroy(index), ERROR_SUCCESS);
}
END_TEST

START_TEST(the_reserved_members_are_not_looked_at)
{
	BYTE reserved[4] = { 1, 2, 3, 4 };
	struct request r;

	prepare(&r);
	r.info.pbReserved = reserved;
	r.info.cbReserved = sizeof(reserved);
	ck_assert_code(harness_card->pfnCardConstructDHAgreement(harness_card, &r.info), ERROR_SUCCESS);
	prepare(&r);
	r.info.cbReserved = 0xFFFFFFFF;
	ck_assert_code(harness_card->pfnCardConstructDHAgreement(harness_card, &r.info), ERROR_SUCCESS);
}
END_TEST

START_TEST(an_agreement_is_used_and_destroyed_without_the_pin)
{
	const BYTE index = harness_agree(0);
	uint8_t key[32];
	size_t len;

	ck_assert_code(harness_card->pfnCardDeauthenticateEx(harness_card, PIN_SET_ALL_ROLES, 0), ERROR_SUCCESS);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, NULL, index, key, &len), ERROR_SUCCESS);
	ck_assert_code(destroy(index), ERROR_SUCCESS);
	ck_assert_code(destroy(index), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(an_agreement_is_destroyed_when_the_card_is_gone)
{
	const BYTE index = harness_agree(0);

	fake_remove_card(0);
	ck_assert_code(destroy(index), ERROR_SUCCESS);
}
END_TEST

START_TEST(destroying_takes_no_flag)
{
	const BYTE index = harness_agree(0);

	for (unsigned bit = 0; bit < 32; bit++)
		ck_assert_code(harness_card->pfnCardDestroyDHAgreement(harness_card, index, (DWORD)1 << bit),
			       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(destroy(index), ERROR_SUCCESS);
}
END_TEST

#define THREADS 4u
#define ROUNDS 150u

#define P256_LEN 32u

static atomic_uint wrong;
static const CARD_EXT_SESSION_KEYS *table;

/* Whether a key is Z; it is destroyed. */
static bool key_is(CARD_KEY_HANDLE key, const uint8_t expected[P256_LEN])
{
	uint8_t bytes[P256_LEN];
	SIZE_T len = 0;

	return table->pfnKeyExport(harness_card, key, bytes, sizeof(bytes), &len) == ERROR_SUCCESS &&
	       len == sizeof(bytes) && memcmp(bytes, expected, len) == 0 &&
	       harness_card->pfnCardDestroyKey(harness_card, key) == ERROR_SUCCESS;
}

/* Agree, derive and destroy; nothing here may end the test from a thread of its own. */
static void *work(void *argument)
{
	const uint8_t *expected = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		CARD_DERIVE_KEY info = { .dwVersion = 2, .pwszKDF = CARD_EXT_KDF_RAW_SECRET_BE,
					 .dwFlags = CARD_RETURN_KEY_HANDLE,
					 .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM };
		struct request r;

		memset(&r, 0, sizeof(r));
		r.info.dwVersion = CARD_DH_AGREEMENT_INFO_VERSION;
		r.info.dwPublicKey = (DWORD)harness_blob(0, fake_point(0), r.blob);
		r.info.pbPublicKey = r.blob;
		if (harness_card->pfnCardConstructDHAgreement(harness_card, &r.info) != ERROR_SUCCESS) {
			atomic_fetch_add(&wrong, 1);
			continue;
		}
		info.bSecretAgreementIndex = r.info.bSecretAgreementIndex;
		/* a key, not bytes: the harness counts its memory without a lock */
		if (harness_card->pfnCardDeriveKey(harness_card, &info) != ERROR_SUCCESS ||
		    !key_is(info.hKey, expected) || destroy(info.bSecretAgreementIndex) != ERROR_SUCCESS)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

START_TEST(threads_agree_derive_and_destroy_at_once)
{
	pthread_t threads[THREADS];
	uint8_t z[66];
	bool seen[256] = { false };

	ck_assert_uint_eq(fake_own_z(0, z), P256_LEN);
	table = harness_keys();
	atomic_store(&wrong, 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, z), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(atomic_load(&wrong), 0);
	/* and none of the 256 was lost */
	for (size_t i = 0; i < 256; i++) {
		const BYTE index = harness_agree(0);

		ck_assert(!seen[index]);
		seen[index] = true;
	}
}
END_TEST

START_TEST(each_agreement_is_one_card_command)
{
	(void)harness_agree(0);
	(void)harness_agree(1);
	(void)harness_agree(2);
	ck_assert_uint_eq(fake_commands(), 3);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, only_version_two_is_taken);
	tcase_add_test(tc, null_and_flags_are_wrong);
	tcase_add_test(tc, a_container_that_is_not_there_or_holds_no_ec_key_is_no_key_container);
	tcase_add_test(tc, every_wrong_length_of_the_blob_is_refused);
	tcase_add_test(tc, magic_and_width_must_be_the_containers);
	tcase_add_test(tc, a_point_off_the_curve_never_reaches_the_card);
	tcase_add_test(tc, the_blob_need_not_be_aligned);
	tcase_add_test(tc, what_the_card_answers_is_told_and_no_place_is_lost);
	tcase_add_test(tc, a_key_without_the_usage_or_the_pin_is_refused);
	tcase_add_test(tc, all_256_indexes_serve_and_the_257th_agreement_is_refused_before_the_card);
	tcase_add_test(tc, a_stale_index_is_refused_also_after_the_next_agreement);
	tcase_add_test(tc, an_index_of_another_context_is_refused);
	tcase_add_test(tc, the_reserved_members_are_not_looked_at);
	tcase_add_test(tc, an_agreement_is_used_and_destroyed_without_the_pin);
	tcase_add_test(tc, an_agreement_is_destroyed_when_the_card_is_gone);
	tcase_add_test(tc, destroying_takes_no_flag);
	tcase_add_test(tc, threads_agree_derive_and_destroy_at_once);
	tcase_add_test(tc, each_agreement_is_one_card_command);
}

TEST_MAIN("minidriver/drv_agreement", add)
