/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv_key_alg.h"
#include "minidriver/drv_key_store.h"
#include "minidriver/wide.h"
#include "minidriver/wide.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static const BYTE value[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* A blob with a header of the test's choice. */
static DWORD import(LPCWSTR type, LPCWSTR alg, const BCRYPT_KEY_DATA_BLOB_HEADER *header, DWORD len)
{
	BYTE blob[sizeof(*header) + sizeof(value)];
	CARD_KEY_HANDLE handle = 0;
	DWORD err;

	memcpy(blob, header, sizeof(*header));
	memcpy(blob + sizeof(*header), value, sizeof(value));
	err = harness_card->pfnMDImportSessionKey(harness_card, type, alg, &handle, blob, len);
	ck_assert_int_eq(err == ERROR_SUCCESS, handle != 0);
	return err;
}

START_TEST(a_key_data_blob_becomes_a_key)
{
	const BCRYPT_KEY_DATA_BLOB_HEADER good = { BCRYPT_KEY_DATA_BLOB_MAGIC, 1, 16 };
	BCRYPT_KEY_DATA_BLOB_HEADER header = good;
	CARD_KEY_HANDLE handle = 0;

	ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &header, 28), ERROR_SUCCESS);
	for (DWORD len = 0; len <= 40; len++) {
		if (len != 28)
			ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &header, len),
				       SCARD_E_INVALID_PARAMETER);
	}
	header.dwMagic++;
	ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &header, 28), SCARD_E_INVALID_PARAMETER);
	header = good, header.dwVersion = 2;
	ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &header, 28), SCARD_E_INVALID_PARAMETER);
	header = good, header.cbKeyData = 0xFFFFFFF4; /* header and data wrap round to 0 */
	ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &header, 28), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(import(u"OpaqueKeyBlob", CARD_AES_ALGORITHM, &good, 28), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(import(NULL, CARD_AES_ALGORITHM, &good, 28), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, u"RC5", &good, 28), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, NULL, &good, 28), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnMDImportSessionKey(harness_card, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM,
							   &handle, NULL, 28),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnMDImportSessionKey(NULL, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &handle,
							   (PBYTE)&header, sizeof(header)),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnMDImportSessionKey(harness_card, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, NULL,
							   (PBYTE)&header, sizeof(header)),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(handle, 0);
	ck_assert_uint_eq(key_store_count(), 1);
}
END_TEST

START_TEST(each_algorithm_takes_its_lengths_only)
{
	for (size_t row = 0; key_alg_row(row) != NULL; row++) {
		const struct key_alg *alg = key_alg_row(row);

		for (ULONG len = 0; len <= 40; len++) {
			const bool rc = wide_equal(alg->name, CARD_EXT_RC2_ALGORITHM) ||
					wide_equal(alg->name, CARD_EXT_RC4_ALGORITHM);
			const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, 1, len };
			const bool good = alg->any_length || rc ? len != 0
					  : wide_equal(alg->name, CARD_EXT_XTS_AES_ALGORITHM) ? len == 32
					  : wide_equal(alg->name, CARD_AES_ALGORITHM)
						  ? len == 16 || len == 24 || len == 32
						  : len == key_alg_only_len(alg);

			ck_assert_code(import(BCRYPT_KEY_DATA_BLOB, alg->name, &header, 12 + len),
				       good ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		}
	}
}
END_TEST

START_TEST(a_stale_or_foreign_handle_is_refused_by_every_function)
{
	const CARD_EXT_SESSION_KEYS *t = harness_keys();
	const CARD_KEY_HANDLE stale = harness_import(CARD_AES_ALGORITHM, span_of(value, 16));
	const CARD_KEY_HANDLE good = harness_import(CARD_AES_ALGORITHM, span_of(value, 16));
	const CARD_KEY_HANDLE handles[] = { stale, 0, 1, good + 1, ~(CARD_KEY_HANDLE)0 };
	const CARD_EXT_CIPHER_INFO wrap = { .dwMode = CARD_EXT_MODE_KW };
	const CARD_EXT_CIPHER_INFO cipher = { .dwMode = CARD_EXT_MODE_ECB };
	CARD_DERIVE_KEY derive = { .dwVersion = 1, .pwszKDF = BCRYPT_KDF_HASH };
	CARD_EXT_KEY_INFO info = { .pwszAlgId = CARD_AES_ALGORITHM };
	PCARD_DATA c = harness_card;

	ck_assert_code(c->pfnCardDestroyKey(c, stale), ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(handles); i++) {
		CARD_EXT_CIPHER *out = NULL;
		CARD_KEY_HANDLE other = 0;
		BYTE bytes[64];
		SIZE_T size = sizeof(bytes);
		DWORD len = 0;

		ck_assert_code(c->pfnCardDestroyKey(c, handles[i]), SCARD_E_INVALID_HANDLE);
		ck_assert_code(c->pfnCardGetKeyProperty(c, handles[i], CKP_BLOCK_LENGTH, bytes, 4, &len, 0),
			       SCARD_E_INVALID_HANDLE);
		ck_assert_code(c->pfnCardSetKeyProperty(c, handles[i], CKP_INITIALIZATION_VECTOR, bytes, 16, 0),
			       SCARD_E_INVALID_HANDLE);
		ck_assert_code(t->pfnKeyInfo(c, handles[i], &info), SCARD_E_INVALID_HANDLE);
		ck_assert_code(t->pfnKeyExport(c, handles[i], bytes, sizeof(bytes), &size), SCARD_E_INVALID_HANDLE);
		ck_assert_code(t->pfnKeyWrap(c, handles[i], &wrap, good, bytes, &size), SCARD_E_INVALID_HANDLE);
		ck_assert_code(t->pfnKeyWrap(c, good, &wrap, handles[i], bytes, &size), SCARD_E_INVALID_HANDLE);
		ck_assert_code(t->pfnKeyUnwrap(c, handles[i], &wrap, bytes, 24, &info, &other), SCARD_E_INVALID_HANDLE);
		ck_assert_code(t->pfnCipherBegin(c, handles[i], &cipher, &out), SCARD_E_INVALID_HANDLE);
		/* 0 is the empty secret there */
		if (handles[i] != 0)
			ck_assert_code(t->pfnKeyDerive(c, handles[i], &derive), SCARD_E_INVALID_HANDLE);
		ck_assert_ptr_null(derive.pbDerivedKey);
		ck_assert_ptr_null(out);
	}
	ck_assert_code(t->pfnKeyInfo(c, good, &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbKey, 16);
	ck_assert_uint_eq(info.cbBlock, 16);
}
END_TEST

START_TEST(a_key_belongs_to_its_context)
{
	const CARD_KEY_HANDLE mine = harness_import(CARD_AES_ALGORITHM, span_of(value, 16));
	CARD_DATA other = harness_unacquired();
	CARD_EXT_KEY_INFO info;

	ck_assert_code(CardAcquireContext(&other, 0), ERROR_SUCCESS);
	ck_assert_code(harness_keys()->pfnKeyInfo(&other, mine, &info), SCARD_E_INVALID_HANDLE);
	ck_assert_code(other.pfnCardDestroyKey(&other, mine), SCARD_E_INVALID_HANDLE);
	ck_assert_code(other.pfnCardDeleteContext(&other), ERROR_SUCCESS);
	ck_assert_code(harness_keys()->pfnKeyInfo(harness_card, mine, &info), ERROR_SUCCESS);
}
END_TEST

START_TEST(the_end_of_a_context_ends_its_keys_and_only_those)
{
	const CARD_KEY_HANDLE mine = harness_import(CARD_AES_ALGORITHM, span_of(value, 16));
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, 1, 16 };
	const CARD_EXT_SESSION_KEYS *t = harness_keys();
	CARD_DATA other = harness_unacquired();
	CARD_KEY_HANDLE theirs[40];
	CARD_EXT_KEY_INFO info;
	BYTE blob[sizeof(header) + 16] = { 0 };

	memcpy(blob, &header, sizeof(header));
	ck_assert_code(CardAcquireContext(&other, 0), ERROR_SUCCESS);
	for (size_t i = 0; i < ARRAY_COUNT(theirs); i++)
		ck_assert_code(other.pfnMDImportSessionKey(&other, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &theirs[i],
							   blob, sizeof(blob)),
			       ERROR_SUCCESS);
	ck_assert_uint_eq(key_store_count(), 41);
	ck_assert_code(other.pfnCardDeleteContext(&other), ERROR_SUCCESS);
	ck_assert_uint_eq(key_store_count(), 1);
	for (size_t i = 0; i < ARRAY_COUNT(theirs); i++)
		ck_assert_code(t->pfnKeyInfo(&other, theirs[i], &info), SCARD_E_INVALID_HANDLE);
	ck_assert_code(t->pfnKeyInfo(harness_card, mine, &info), ERROR_SUCCESS);
}
END_TEST

START_TEST(export_needs_the_room)
{
	const CARD_KEY_HANDLE key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(value, 33));
	const CARD_EXT_SESSION_KEYS *t = harness_keys();
	BYTE bytes[40];
	SIZE_T len = 0;

	ck_assert_code(t->pfnKeyExport(harness_card, key, bytes, 32, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 33);
	ck_assert_code(t->pfnKeyExport(harness_card, key, NULL, 0, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_code(t->pfnKeyExport(harness_card, key, NULL, 33, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(t->pfnKeyExport(harness_card, key, bytes, 33, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(t->pfnKeyExport(harness_card, key, bytes, 33, &len), ERROR_SUCCESS);
	ck_assert_mem_eq(bytes, value, 33);
	ck_assert_code(t->pfnKeyInfo(harness_card, key, NULL), SCARD_E_INVALID_PARAMETER);
}
END_TEST

static DWORD get(CARD_KEY_HANDLE key, LPCWSTR name, BYTE *bytes, DWORD room, DWORD *ret_len)
{
	return harness_card->pfnCardGetKeyProperty(harness_card, key, name, bytes, room, ret_len, 0);
}

static DWORD set(CARD_KEY_HANDLE key, LPCWSTR name, const void *bytes, DWORD len)
{
	BYTE copy[64];

	memcpy(copy, bytes, len);
	return harness_card->pfnCardSetKeyProperty(harness_card, key, name, copy, len, 0);
}

START_TEST(mode_and_iv_are_kept_and_the_block_is_told)
{
	const CARD_KEY_HANDLE key = harness_import(CARD_AES_ALGORITHM, span_of(value, 16));
	static const WCHAR ecb[] = BCRYPT_CHAIN_MODE_ECB;
	static const WCHAR cbc[] = CARD_CHAIN_MODE_CBC;
	BYTE bytes[64];
	DWORD len = 0;
	DWORD block;

	ck_assert_code(get(key, CKP_CHAINING_MODE, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(cbc));
	ck_assert_mem_eq(bytes, cbc, len);
	ck_assert_code(set(key, CKP_CHAINING_MODE, ecb, sizeof(ecb)), ERROR_SUCCESS);
	ck_assert_code(get(key, CKP_CHAINING_MODE, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_mem_eq(bytes, ecb, sizeof(ecb));
	ck_assert_code(get(key, CKP_CHAINING_MODE, bytes, len - 1, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_code(set(key, CKP_CHAINING_MODE, ecb, sizeof(ecb) - 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(key, CKP_CHAINING_MODE, u"ChainingModeN/A", 32), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(key, CKP_CHAINING_MODE, u"ChainingModeXYZ", 32), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(key, CKP_INITIALIZATION_VECTOR, value, 16), ERROR_SUCCESS);
	ck_assert_code(get(key, CKP_INITIALIZATION_VECTOR, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 16);
	ck_assert_mem_eq(bytes, value, 16);
	ck_assert_code(set(key, CKP_INITIALIZATION_VECTOR, value, 15), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(key, CKP_INITIALIZATION_VECTOR, value, 17), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(key, CKP_BLOCK_LENGTH, (BYTE *)&block, sizeof(block), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(block, 16);
	ck_assert_code(set(key, CKP_BLOCK_LENGTH, &block, sizeof(block)), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(key_property_arguments_are_checked)
{
	const CARD_KEY_HANDLE aes = harness_import(CARD_AES_ALGORITHM, span_of(value, 16));
	const CARD_KEY_HANDLE generic = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(value, 16));
	PCARD_DATA c = harness_card;
	BYTE bytes[64];
	DWORD len;

	ck_assert_code(get(aes, u"KeyValue", bytes, sizeof(bytes), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(aes, NULL, bytes, sizeof(bytes), &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(aes, CKP_BLOCK_LENGTH, NULL, 4, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(aes, CKP_BLOCK_LENGTH, bytes, 4, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(generic, CKP_BLOCK_LENGTH, bytes, 4, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(generic, CKP_INITIALIZATION_VECTOR, bytes, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetKeyProperty(c, aes, CKP_BLOCK_LENGTH, bytes, 4, &len, 1),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardSetKeyProperty(c, aes, CKP_INITIALIZATION_VECTOR, bytes, 16, 1),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardSetKeyProperty(c, aes, CKP_INITIALIZATION_VECTOR, NULL, 16, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetKeyProperty(NULL, aes, CKP_BLOCK_LENGTH, bytes, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardSetKeyProperty(NULL, aes, CKP_INITIALIZATION_VECTOR, bytes, 16, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardDestroyKey(NULL, aes), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(aes, u"KeyValue", bytes, 16), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(set(aes, NULL, bytes, 16), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(get(aes, CKP_CHAINING_MODE, NULL, 0, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, sizeof(BCRYPT_CHAIN_MODE_CBC));
}
END_TEST

START_TEST(algorithm_properties_are_those_of_ciphers)
{
	PCARD_DATA c = harness_card;
	BYTE bytes[64];
	DWORD block = 0;
	DWORD len = 0;

	ck_assert_code(
		c->pfnCardGetAlgorithmProperty(c, CARD_3DES_ALGORITHM, CKP_BLOCK_LENGTH, (PBYTE)&block, 4, &len, 0),
		ERROR_SUCCESS);
	ck_assert_uint_eq(block, 8);
	ck_assert_code(
		c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_CHAINING_MODE, bytes, sizeof(bytes), &len, 0),
		ERROR_SUCCESS);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, bytes, 3, &len, 0),
		       ERROR_INSUFFICIENT_BUFFER);
	ck_assert_code(
		c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_INITIALIZATION_VECTOR, bytes, 64, &len, 0),
		SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, u"RC5", CKP_BLOCK_LENGTH, bytes, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, NULL, CKP_BLOCK_LENGTH, bytes, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, NULL, bytes, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, bytes, 4, &len, 1),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(NULL, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, bytes, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, bytes, 4, NULL, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, NULL, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, u"KeyLength", bytes, 4, &len, 0),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetAlgorithmProperty(c, CARD_EXT_GENERIC_SECRET_ALGORITHM, CKP_BLOCK_LENGTH, bytes, 4,
						      &len, 0),
		       SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_table_of_algorithms_names_each_once_and_knows_its_ciphers)
{
	for (size_t row = 0; key_alg_row(row) != NULL; row++) {
		const struct key_alg *alg = key_alg_row(row);

		ck_assert_ptr_eq(key_alg_by_name(alg->name), alg);
		for (size_t len = 0; len <= 300; len++) {
			const bool good = key_alg_takes(alg, len);
			const bool blocks = good && (alg->block == 8 || wide_equal(alg->name, CARD_AES_ALGORITHM));
			const bool aes = good && wide_equal(alg->name, CARD_AES_ALGORITHM);

			ck_assert_int_eq(key_alg_cipher(alg, len, KEY_CIPHER_ECB) != NULL, blocks);
			ck_assert_int_eq(key_alg_cipher(alg, len, KEY_CIPHER_CBC) != NULL, blocks);
			for (enum key_cipher cipher = KEY_CIPHER_CFB1; cipher <= KEY_CIPHER_KWP; cipher++)
				if (cipher != KEY_CIPHER_XTS)
					ck_assert_int_eq(key_alg_cipher(alg, len, cipher) != NULL, aes);
			if (good && alg->block != 0)
				ck_assert_ptr_nonnull(key_alg_cipher(alg, len, alg->chaining));
			ck_assert_ptr_null(key_alg_cipher(alg, len, KEY_CIPHER_COUNT));
		}
	}
	ck_assert_ptr_null(key_alg_by_name(NULL));
	ck_assert_ptr_null(key_alg_by_name(u""));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, a_key_data_blob_becomes_a_key);
	tcase_add_test(tc, each_algorithm_takes_its_lengths_only);
	tcase_add_test(tc, a_stale_or_foreign_handle_is_refused_by_every_function);
	tcase_add_test(tc, a_key_belongs_to_its_context);
	tcase_add_test(tc, the_end_of_a_context_ends_its_keys_and_only_those);
	tcase_add_test(tc, export_needs_the_room);
	tcase_add_test(tc, mode_and_iv_are_kept_and_the_block_is_told);
	tcase_add_test(tc, key_property_arguments_are_checked);
	tcase_add_test(tc, algorithm_properties_are_those_of_ciphers);
	tcase_add_test(tc, the_table_of_algorithms_names_each_once_and_knows_its_ciphers);
}

TEST_MAIN("minidriver/drv_session_key", add)
