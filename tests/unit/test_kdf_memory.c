/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/ossl.h"
#include "base/wipe.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/freed_memory.h"
#include "tests/unit/memory_scan.h"
#include "tests/unit/test.h"

#define SECRET_LEN 32u
#define BLOCK_LEN 16u

/* A session key of fresh bytes, which only the store has afterwards. */
static CARD_KEY_HANDLE secret_key(LPCWSTR alg, struct memory_scan **ret_scan)
{
	uint8_t value[SECRET_LEN];
	CARD_KEY_HANDLE key;

	ck_assert_int_eq(RAND_bytes_ex(ossl_context(), value, sizeof(value), 0), 1);
	*ret_scan = memory_scan_new(value, sizeof(value));
	key = harness_import(alg, span_of(value, sizeof(value)));
	wipe(value, sizeof(value));
	wipe_stack();
	return key;
}

static size_t count_and_free(struct memory_scan *scan)
{
	const size_t count = memory_scan_count(scan, NULL, 0);

	memory_scan_free(scan);
	return count;
}

static LPCWSTR alg_for(const struct kdf_ops *ops)
{
	return ops == &kdf_encrypt ? CARD_AES_ALGORITHM : CARD_EXT_GENERIC_SECRET_ALGORITHM;
}

/* A key schedule, which begins with the key, waits with the key for the next use. */
static size_t at_rest(const struct kdf_ops *ops)
{
	return ops == &kdf_encrypt ? 1 : 0;
}

/* The derived bytes are the caller's: noted and wiped. NULL: too short to look for. */
static struct memory_scan *derive(const struct harness_base *base, const struct kdf_ops *ops)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = ops->name,
				 .pParameterList = &list.desc };
	struct memory_scan *scan = NULL;

	harness_fill(ops, &list);
	ck_assert_code(harness_derive_from(*base, &info), ERROR_SUCCESS);
	if (info.cbDerivedKey >= 16)
		scan = memory_scan_new(info.pbDerivedKey, info.cbDerivedKey);
	wipe(info.pbDerivedKey, info.cbDerivedKey);
	harness_free(info.pbDerivedKey);
	return scan;
}

START_TEST(no_kdf_leaves_its_secret_or_its_key_in_memory)
{
	for (size_t row = 0; kdf_row(row) != NULL && freed_memory_comes_back(); row++) {
		const struct kdf_ops *ops = kdf_row(row);
		struct harness_base base = { .from_key = true };
		struct memory_scan *secret;
		struct memory_scan *derived;

		base.key = secret_key(alg_for(ops), &secret);
		ck_assert_uint_eq(memory_scan_count(secret, NULL, 0), 1);
		derived = derive(&base, ops);
		ck_assert_msg(memory_scan_count(secret, NULL, 0) == 1 + at_rest(ops), "row %zu", row);
		if (at_rest(ops) != 0)
			ck_assert_uint_eq(memory_scan_count(derived, NULL, 0), 0);
		ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, base.key), ERROR_SUCCESS);
		ck_assert_msg(count_and_free(secret) == 0, "row %zu", row);
		ck_assert_msg(derived == NULL || count_and_free(derived) == 0, "row %zu", row);
	}
}
END_TEST

/* The last block that CBC gave is what the context would chain to the next; here it is part of a key. */
START_TEST(enciphered_data_does_not_stay_with_the_key_that_enciphered_it)
{
	static const uint8_t iv[BLOCK_LEN] = { 1 };
	static const uint8_t data[2 * BLOCK_LEN] = { 2 };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = CARD_EXT_KDF_ENCRYPT_DATA,
				 .pParameterList = &list.desc };
	struct harness_base base = { .from_key = true };
	struct memory_scan *secret;
	struct memory_scan *last;

	base.key = secret_key(CARD_AES_ALGORITHM, &secret);
	harness_param(&list, KDF_GENERIC_PARAMETER, data, sizeof(data));
	harness_param(&list, CARD_EXT_KDF_IV, iv, sizeof(iv));
	ck_assert_code(harness_derive_from(base, &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbDerivedKey, sizeof(data));
	last = memory_scan_new(info.pbDerivedKey + BLOCK_LEN, BLOCK_LEN);
	ck_assert_uint_ge(memory_scan_count(last, NULL, 0), 1);
	wipe(info.pbDerivedKey, info.cbDerivedKey);
	harness_free(info.pbDerivedKey);
	if (freed_memory_comes_back())
		ck_assert_uint_eq(memory_scan_count(last, NULL, 0), 0);
	memory_scan_free(last);
	memory_scan_free(secret);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, base.key), ERROR_SUCCESS);
}
END_TEST

START_TEST(joined_secrets_and_salt_keys_leave_nothing_either)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = BCRYPT_KDF_HMAC, .pParameterList = &list.desc,
				 .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM };
	struct harness_base base = { .from_key = true };
	struct memory_scan *scans[3];
	CARD_KEY_HANDLE second;
	CARD_KEY_HANDLE salt;

	base.key = secret_key(CARD_EXT_GENERIC_SECRET_ALGORITHM, &scans[0]);
	second = secret_key(CARD_EXT_GENERIC_SECRET_ALGORITHM, &scans[1]);
	salt = secret_key(CARD_EXT_GENERIC_SECRET_ALGORITHM, &scans[2]);
	harness_param(&list, CARD_EXT_KDF_SESSION_KEY, &second, sizeof(second));
	harness_param(&list, CARD_EXT_KDF_SALT_KEY, &salt, sizeof(salt));
	ck_assert_code(harness_derive_from(base, &info), ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(scans) && freed_memory_comes_back(); i++)
		ck_assert_uint_eq(memory_scan_count(scans[i], NULL, 0), 1);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, base.key), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, second), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, salt), ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(scans); i++)
		ck_assert_uint_eq(count_and_free(scans[i]), 0);
}
END_TEST

START_TEST(the_end_of_a_context_wipes_its_keys)
{
	struct memory_scan *scan;

	(void)secret_key(CARD_EXT_GENERIC_SECRET_ALGORITHM, &scan);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 1);
	ck_assert_code(harness_card->pfnCardDeleteContext(harness_card), ERROR_SUCCESS);
	ck_assert_uint_eq(count_and_free(scan), 0);
}
END_TEST

/* Z as the card gave it; the fake card has computed it in this process, so what counts is what remains. */
START_TEST(the_end_of_a_context_wipes_its_agreements)
{
	struct memory_scan *scan;
	uint8_t z[66];
	const size_t z_len = fake_own_z(0, z);

	scan = memory_scan_new(z, z_len);
	wipe(z, sizeof(z));
	(void)harness_agree(0);
	(void)harness_agree(0);
	ck_assert_uint_ge(memory_scan_count(scan, NULL, 0), 2);
	ck_assert_code(harness_card->pfnCardDeleteContext(harness_card), ERROR_SUCCESS);
	wipe_stack();
	if (freed_memory_comes_back())
		ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 0);
	memory_scan_free(scan);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, no_kdf_leaves_its_secret_or_its_key_in_memory);
	tcase_add_test(tc, enciphered_data_does_not_stay_with_the_key_that_enciphered_it);
	tcase_add_test(tc, joined_secrets_and_salt_keys_leave_nothing_either);
	tcase_add_test(tc, the_end_of_a_context_wipes_its_keys);
	tcase_add_test(tc, the_end_of_a_context_wipes_its_agreements);
}

TEST_MAIN("minidriver/kdf_memory", add)
