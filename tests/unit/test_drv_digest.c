/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv_hash.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static const CARD_EXT_SESSION_KEYS *table;
static const BYTE data[100] = "what is digested";

static void set_up(void)
{
	harness_open();
	table = harness_keys();
}

static PCARD_EXT_DIGEST begin(LPCWSTR hash)
{
	PCARD_EXT_DIGEST digest = NULL;

	ck_assert_code(table->pfnDigestBegin(hash, &digest), ERROR_SUCCESS);
	return digest;
}

static void ends_as(PCARD_EXT_DIGEST digest, const char *name, struct span in)
{
	uint8_t expected[64];
	uint8_t got[64];
	const size_t len = harness_digest(name, in, expected);

	ck_assert_uint_eq(table->pfnDigestLen(digest), len);
	ck_assert_code(table->pfnDigestFinish(digest, NULL, 0, got), ERROR_SUCCESS);
	ck_assert_mem_eq(got, expected, len);
	table->pfnDigestDestroy(digest);
}

START_TEST(each_hash_agrees_with_openssl)
{
	for (unsigned id = 0; id < HASH_COUNT; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);
		PCARD_EXT_DIGEST digest = NULL;

		if (hash->xof || !hash_available(hash)) {
			ck_assert_code(table->pfnDigestBegin(hash->name, &digest), SCARD_E_INVALID_PARAMETER);
			continue;
		}
		digest = begin(hash->name);
		ck_assert_uint_eq(table->pfnDigestLen(digest), hash->len);
		ck_assert_uint_eq(table->pfnDigestLen(digest), hash->len);
		ck_assert_code(table->pfnDigestUpdate(digest, data, 33), ERROR_SUCCESS);
		ck_assert_code(table->pfnDigestUpdate(digest, NULL, 0), ERROR_SUCCESS);
		ck_assert_code(table->pfnDigestUpdate(digest, data + 33, 67), ERROR_SUCCESS);
		/* the shorter BLAKE2b have no name of their own to compare by */
		if (hash->sized)
			table->pfnDigestDestroy(digest);
		else
			ends_as(digest, hash->ossl, span_of(data, 100));
	}
}
END_TEST

START_TEST(a_key_is_digested_like_data)
{
	const CARD_KEY_HANDLE key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(data + 10, 40));
	PCARD_EXT_DIGEST digest = begin(BCRYPT_SHA256_ALGORITHM);

	ck_assert_code(table->pfnDigestUpdate(digest, data, 10), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestKey(digest, harness_card, key), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestUpdate(digest, data + 50, 50), ERROR_SUCCESS);
	ends_as(digest, "SHA2-256", span_of(data, 100));
	digest = begin(BCRYPT_SHA256_ALGORITHM);
	ck_assert_code(table->pfnDigestKey(digest, harness_card, 4711), SCARD_E_INVALID_HANDLE);
	ck_assert_code(table->pfnDigestKey(digest, NULL, key), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, key), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestKey(digest, harness_card, key), SCARD_E_INVALID_HANDLE);
	/* what was refused has left nothing in it */
	ends_as(digest, "SHA2-256", SPAN_EMPTY);
}
END_TEST

START_TEST(a_restart_forgets_the_data_and_refuses_where_a_key_went_in)
{
	const CARD_KEY_HANDLE key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(data, 40));
	PCARD_EXT_DIGEST digest = begin(BCRYPT_SHA256_ALGORITHM);
	PCARD_EXT_DIGEST copy = NULL;
	uint8_t out[64];

	ck_assert_code(table->pfnDigestUpdate(digest, data, 20), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestRestart(digest), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestFinish(digest, data, 30, out), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestRestart(digest), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestRestart(digest), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestUpdate(digest, data, 50), ERROR_SUCCESS);
	ends_as(digest, "SHA2-256", span_of(data, 50));
	digest = begin(BCRYPT_SHA256_ALGORITHM);
	ck_assert_code(table->pfnDigestKey(digest, harness_card, key), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestRestart(digest), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestCopy(digest, &copy), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestRestart(copy), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestRestart(NULL), SCARD_E_INVALID_PARAMETER);
	ends_as(digest, "SHA2-256", span_of(data, 40));
	ends_as(copy, "SHA2-256", span_of(data, 40));
}
END_TEST

START_TEST(a_copy_goes_its_own_way)
{
	PCARD_EXT_DIGEST digest = begin(BCRYPT_SHA1_ALGORITHM);
	PCARD_EXT_DIGEST copy = NULL;
	uint8_t out[64];

	ck_assert_code(table->pfnDigestUpdate(digest, data, 20), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestCopy(digest, &copy), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestUpdate(digest, data + 20, 30), ERROR_SUCCESS);
	ends_as(digest, "SHA1", span_of(data, 50));
	ends_as(copy, "SHA1", span_of(data, 20));
	digest = begin(BCRYPT_SHA1_ALGORITHM);
	ck_assert_code(table->pfnDigestCopy(digest, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestCopy(NULL, &copy), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestFinish(digest, NULL, 0, out), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestCopy(digest, &copy), SCARD_E_INVALID_PARAMETER);
	table->pfnDigestDestroy(digest);
}
END_TEST

START_TEST(what_is_asked_is_checked)
{
	PCARD_EXT_DIGEST digest = NULL;
	uint8_t out[64];

	ck_assert_code(table->pfnDigestBegin(u"SHA257", &digest), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestBegin(NULL, &digest), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestBegin(BCRYPT_MD5_ALGORITHM, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_ptr_null(digest);
	digest = begin(BCRYPT_MD5_ALGORITHM);
	ck_assert_code(table->pfnDigestUpdate(digest, NULL, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestUpdate(NULL, data, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestFinish(digest, NULL, 0, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestFinish(NULL, NULL, 0, out), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestFinish(digest, NULL, 1, out), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestFinish(digest, NULL, 0, out), ERROR_SUCCESS);
	ck_assert_code(table->pfnDigestFinish(digest, NULL, 0, out), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(table->pfnDigestUpdate(digest, data, 1), SCARD_E_INVALID_PARAMETER);
	table->pfnDigestDestroy(digest);
	table->pfnDigestDestroy(NULL);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, each_hash_agrees_with_openssl);
	tcase_add_test(tc, a_key_is_digested_like_data);
	tcase_add_test(tc, a_restart_forgets_the_data_and_refuses_where_a_key_went_in);
	tcase_add_test(tc, a_copy_goes_its_own_way);
	tcase_add_test(tc, what_is_asked_is_checked);
}

TEST_MAIN("minidriver/drv_digest", add)
