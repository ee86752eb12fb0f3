/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "minidriver/drv_key_store.h"
#include "minidriver/wide.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static const DWORD handle_flag = CARD_RETURN_KEY_HANDLE;

static CARD_DERIVE_KEY request(BYTE index)
{
	return (CARD_DERIVE_KEY){ .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .pwszKDF = BCRYPT_KDF_HASH,
				  .bSecretAgreementIndex = index };
}

static DWORD derive(CARD_DERIVE_KEY *info)
{
	return harness_card->pfnCardDeriveKey(harness_card, info);
}

/* The code, and that nothing was written. */
static DWORD refused(CARD_DERIVE_KEY info)
{
	const CARD_DERIVE_KEY before = info;
	const DWORD err = derive(&info);

	ck_assert_mem_eq(&info, &before, sizeof(info));
	return err;
}

static void export_key(CARD_KEY_HANDLE handle, uint8_t *ret_bytes, size_t expected_len)
{
	size_t len = 0;

	ck_assert_code(harness_keys()->pfnKeyExport(harness_card, handle, ret_bytes, expected_len, &len),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, expected_len);
}

START_TEST(version_zero_is_one_and_newer_than_two_is_a_mismatch)
{
	static const DWORD newer[] = { 3, 7, 0x80000000, 0xFFFFFFFF };
	CARD_DERIVE_KEY info = request(harness_agree(0));

	for (DWORD version = 0; version <= 2; version++) {
		info.dwVersion = version;
		info.pbDerivedKey = NULL;
		ck_assert_code(derive(&info), ERROR_SUCCESS);
		ck_assert_uint_eq(info.cbDerivedKey, 20);
		harness_free(info.pbDerivedKey);
	}
	for (size_t i = 0; i < ARRAY_COUNT(newer); i++) {
		info = request(info.bSecretAgreementIndex);
		info.dwVersion = newer[i];
		ck_assert_code(refused(info), ERROR_REVISION_MISMATCH);
	}
}
END_TEST

START_TEST(null_names_and_flags_are_wrong)
{
	CARD_DERIVE_KEY info = request(harness_agree(0));

	ck_assert_code(harness_card->pfnCardDeriveKey(harness_card, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardDeriveKey(NULL, &info), SCARD_E_INVALID_PARAMETER);
	info.pwszKDF = NULL;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	for (unsigned bit = 0; bit < 32; bit++) {
		const DWORD flag = (DWORD)1 << bit;

		info = request(info.bSecretAgreementIndex);
		info.dwFlags = flag;
		if (flag == CARD_BUFFER_SIZE_ONLY)
			continue;
		/* the HMAC flag means nothing to HASH; a handle needs an algorithm */
		ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(a_key_needs_version_two)
{
	const BYTE index = harness_agree(0);

	for (DWORD version = 0; version <= 2; version++) {
		CARD_DERIVE_KEY info = request(index);

		info.dwVersion = version;
		info.dwFlags = handle_flag;
		info.pwszKDF = BCRYPT_KDF_RAW_SECRET;
		info.pwszAlgId = CARD_AES_ALGORITHM;
		if (version < CARD_DERIVE_KEY_VERSION_TWO)
			ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
		else
			ck_assert_code(derive(&info), ERROR_SUCCESS);
	}
}
END_TEST

START_TEST(each_key_has_its_own_handle)
{
	CARD_DERIVE_KEY info = request(harness_agree(0));
	CARD_KEY_HANDLE handles[20];

	info.dwFlags = handle_flag;
	info.pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM;
	for (size_t i = 0; i < ARRAY_COUNT(handles); i++) {
		info.hKey = 0;
		ck_assert_code(derive(&info), ERROR_SUCCESS);
		for (size_t earlier = 0; earlier < i; earlier++)
			ck_assert_uint_ne(info.hKey, handles[earlier]);
		handles[i] = info.hKey;
	}
	ck_assert_uint_eq(key_store_count(), ARRAY_COUNT(handles));
	for (size_t i = 0; i < ARRAY_COUNT(handles); i++)
		ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, handles[i]), ERROR_SUCCESS);
	ck_assert_uint_eq(key_store_count(), 0);
}
END_TEST

START_TEST(no_list_at_all_is_sha1_of_z)
{
	const struct harness_base base = { .index = harness_agree(0) };
	uint8_t digest[64];
	uint8_t z[66];

	(void)harness_digest("SHA1", span_of(z, fake_own_z(0, z)), digest);
	harness_gives(base, BCRYPT_KDF_HASH, NULL, span_of(digest, 20));
}
END_TEST

START_TEST(an_unknown_kdf_is_a_wrong_parameter)
{
	static const LPCWSTR names[] = { u"", u"HAS", u"HASH2", u"hash", u"CAPI_KDF", u"HKDF_EXTRACT", u"SHA256" };
	CARD_DERIVE_KEY info = request(harness_agree(0));

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		info.pwszKDF = names[i];
		ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(every_unknown_index_is_refused)
{
	const BYTE index = harness_agree(0);

	for (unsigned i = 0; i < 256; i++) {
		if (i != index)
			ck_assert_code(refused(request((BYTE)i)), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(a_caller_of_version_one_gives_48_bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t size = offsetof(CARD_DERIVE_KEY, pwszAlgId);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const CARD_DERIVE_KEY values = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = BCRYPT_KDF_HASH,
					 .bSecretAgreementIndex = harness_agree(0) };
	PCARD_DERIVE_KEY info;

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	info = (PCARD_DERIVE_KEY)(void *)(pages + page - size);
	memcpy((void *)info, &values, size);
	ck_assert_code(derive(info), ERROR_SUCCESS);
	ck_assert_uint_eq(info->cbDerivedKey, 20);
	harness_free(info->pbDerivedKey);
	info->dwFlags = CARD_BUFFER_SIZE_ONLY;
	ck_assert_code(derive(info), ERROR_SUCCESS);
	info->dwFlags = CARD_RETURN_KEY_HANDLE;
	ck_assert_code(derive(info), SCARD_E_INVALID_PARAMETER);
	(void)munmap(pages, 2 * page);
}
END_TEST

START_TEST(buffer_size_only_gives_the_length_and_no_key)
{
	CARD_DERIVE_KEY info = request(harness_agree(2));

	info.dwFlags = CARD_BUFFER_SIZE_ONLY;
	info.pwszKDF = BCRYPT_KDF_RAW_SECRET;
	ck_assert_code(derive(&info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbDerivedKey, 66);
	ck_assert_ptr_null(info.pbDerivedKey);
	info.dwFlags |= CARD_RETURN_KEY_HANDLE;
	info.pwszAlgId = CARD_AES_ALGORITHM;
	info.dwKeyLen = 192;
	ck_assert_code(derive(&info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbDerivedKey, 24);
	ck_assert_uint_eq(info.hKey, 0);
	ck_assert_uint_eq(key_store_count(), 0);
	ck_assert_uint_eq(harness_allocs(), 0);
}
END_TEST

START_TEST(a_handle_holds_the_leading_bytes_and_no_bytes_come_back)
{
	CARD_DERIVE_KEY info = request(harness_agree(0));
	uint8_t whole[20];
	uint8_t key[16];
	size_t len;

	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, NULL, info.bSecretAgreementIndex, whole, &len),
		       ERROR_SUCCESS);
	info.dwFlags = handle_flag;
	info.pwszAlgId = CARD_AES_ALGORITHM;
	info.dwKeyLen = 128;
	ck_assert_code(derive(&info), ERROR_SUCCESS);
	ck_assert_uint_ne(info.hKey, 0);
	ck_assert_ptr_null(info.pbDerivedKey);
	ck_assert_uint_eq(info.cbDerivedKey, 0);
	export_key(info.hKey, key, sizeof(key));
	ck_assert_mem_eq(key, whole, sizeof(key));
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, info.hKey), ERROR_SUCCESS);
}
END_TEST

START_TEST(key_lengths_are_bits_that_suit_algorithm_and_kdf)
{
	static const struct {
		LPCWSTR kdf;
		LPCWSTR alg;
		DWORD bits;
		size_t len; /* 0: refused */
	} cases[] = {
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 128, 16 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 192, 24 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 256, 32 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 0, 32 }, /* what the KDF gives of itself */
		{ BCRYPT_KDF_HASH, CARD_AES_ALGORITHM, 0, 0 },        /* 20 bytes are no AES key */
		{ BCRYPT_KDF_HASH, CARD_AES_ALGORITHM, 256, 0 },      /* more than SHA-1 gives */
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 16, 0 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 129, 0 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_AES_ALGORITHM, 136, 0 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_3DES_ALGORITHM, 192, 24 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_3DES_ALGORITHM, 0, 24 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_3DES_ALGORITHM, 168, 0 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_3DES_112_ALGORITHM, 128, 16 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_EXT_DES_ALGORITHM, 64, 8 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_EXT_GENERIC_SECRET_ALGORITHM, 8, 1 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_EXT_GENERIC_SECRET_ALGORITHM, 256, 32 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_EXT_GENERIC_SECRET_ALGORITHM, 264, 0 },
		{ BCRYPT_KDF_RAW_SECRET, CARD_EXT_GENERIC_SECRET_ALGORITHM, 0, 32 },
		{ CARD_EXT_KDF_RAW_SECRET_BE, CARD_EXT_GENERIC_SECRET_ALGORITHM, 256, 32 },
		{ CARD_EXT_KDF_RAW_SECRET_BE, CARD_EXT_GENERIC_SECRET_ALGORITHM, 264, 0 },
		{ CARD_EXT_KDF_RAW_SECRET_BE, CARD_EXT_GENERIC_SECRET_ALGORITHM, 0xFFFFFFF8, 0 },
		{ BCRYPT_KDF_RAW_SECRET, u"RC5", 128, 0 },
		{ BCRYPT_KDF_RAW_SECRET, NULL, 128, 0 },
	};
	const BYTE index = harness_agree(0);

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		CARD_DERIVE_KEY info = request(index);
		CARD_EXT_KEY_INFO key;

		info.dwFlags = handle_flag;
		info.pwszKDF = cases[i].kdf;
		info.pwszAlgId = cases[i].alg;
		info.dwKeyLen = cases[i].bits;
		if (cases[i].len == 0) {
			ck_assert_msg(refused(info) == SCARD_E_INVALID_PARAMETER, "case %zu", i);
			continue;
		}
		ck_assert_msg(derive(&info) == ERROR_SUCCESS, "case %zu", i);
		ck_assert_code(harness_keys()->pfnKeyInfo(harness_card, info.hKey, &key), ERROR_SUCCESS);
		ck_assert_uint_eq(key.cbKey, cases[i].len);
	}
}
END_TEST

START_TEST(des_keys_get_odd_parity)
{
	CARD_DERIVE_KEY info = request(harness_agree(0));
	uint8_t key[24];
	uint8_t z[66];

	info.dwFlags = handle_flag;
	info.pwszKDF = CARD_EXT_KDF_RAW_SECRET_BE;
	info.pwszAlgId = CARD_3DES_ALGORITHM;
	ck_assert_code(derive(&info), ERROR_SUCCESS);
	export_key(info.hKey, key, sizeof(key));
	ck_assert_uint_eq(fake_own_z(0, z), 32);
	for (size_t i = 0; i < sizeof(key); i++) {
		ck_assert_int_eq(__builtin_parity(key[i]), 1);
		ck_assert_uint_eq(key[i] | 1u, z[8 + i] | 1u);
	}
}
END_TEST

/* An agreement, or for the KDF that encrypts a key of AES; made when first asked for. */
static struct {
	bool made;
	struct harness_base agreed;
	struct harness_base aes;
} bases;

static struct harness_base base_for(const struct kdf_ops *ops)
{
	static const uint8_t key[16];

	if (!bases.made) {
		bases.made = true;
		bases.agreed = HARNESS_INDEX(harness_agree(0));
		bases.aes = (struct harness_base){
			.from_key = true, .key = harness_import(CARD_AES_ALGORITHM, span_of(key, sizeof(key))) };
	}
	return ops == &kdf_encrypt ? bases.aes : bases.agreed;
}

static void set_up(void)
{
	harness_open();
	bases.made = false;
}

static DWORD derive_from(const struct harness_base *base, const struct kdf_ops *ops, struct harness_list *list)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION, .pwszKDF = ops->name,
				 .pParameterList = &list->desc };
	const DWORD err = harness_derive_from(*base, &info);

	ck_assert_int_eq(err == ERROR_SUCCESS, info.pbDerivedKey != NULL);
	ck_assert_int_eq(err == ERROR_SUCCESS, info.cbDerivedKey != 0);
	harness_free(info.pbDerivedKey);
	return err;
}

START_TEST(each_kdf_of_the_table_survives_want_of_memory)
{
	for (size_t row = 0; kdf_row(row) != NULL; row++) {
		const struct harness_base base = base_for(kdf_row(row));
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		unsigned calls;

		harness_fill(kdf_row(row), &list);
		calls = harness_allocs();
		ck_assert_msg(derive_from(&base, kdf_row(row), &list) == ERROR_SUCCESS, "row %zu", row);
		calls = harness_allocs() - calls;
		ck_assert_uint_eq(calls, 1);
		for (unsigned nth = 1; nth <= calls; nth++) {
			harness_fail_alloc(nth);
			ck_assert_code(derive_from(&base, kdf_row(row), &list), SCARD_E_NO_MEMORY);
			ck_assert_uint_eq(harness_alive(), 0);
		}
		ck_assert_code(derive_from(&base, kdf_row(row), &list), ERROR_SUCCESS);
	}
	ck_assert_uint_eq(key_store_count(), 1);
}
END_TEST

static void leave_out(ULONG type, struct harness_list *list)
{
	for (ULONG i = 0; i < list->desc.cBuffers; i++) {
		if (list->buffers[i].BufferType == type)
			list->buffers[i] = list->buffers[--list->desc.cBuffers];
	}
}

START_TEST(each_kdf_refuses_what_it_does_not_take_and_misses_what_it_needs)
{
	for (size_t row = 0; kdf_row(row) != NULL; row++) {
		const struct kdf_ops *ops = kdf_row(row);
		const struct harness_base base = base_for(ops);

		for (ULONG i = 0; i < KDF_PARAMS; i++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };

			harness_fill(ops, &list);
			if ((ops->required & KDF_BIT(harness_type(i))) != 0)
				leave_out(harness_type(i), &list);
			else if (((ops->optional | KDF_FURTHER_SECRETS) & KDF_BIT(harness_type(i))) == 0)
				harness_value(harness_type(i), ops->xof, &list);
			else
				continue;
			ck_assert_msg(derive_from(&base, ops, &list) == SCARD_E_INVALID_PARAMETER,
				      "row %zu type %#x", row, (unsigned)harness_type(i));
		}
	}
}
END_TEST

/* ---- what a list can have wrong, at the table ------------------------------------------------------- */

/* A list for a KDF that takes a type, but without it. */
static void fill_without(const struct kdf_ops *ops, ULONG type, struct harness_list *list)
{
	list->desc.cBuffers = 0;
	harness_fill(ops, list);
	leave_out(type, list);
	list->desc.pBuffers = list->buffers;
}

static bool takes(const struct kdf_ops *ops, ULONG type)
{
	return ((ops->required | ops->optional | KDF_FURTHER_SECRETS) & KDF_BIT(type)) != 0;
}

static void value_is_refused(ULONG type, const void *data, size_t len)
{
	for (size_t row = 0; kdf_row(row) != NULL; row++) {
		const struct kdf_ops *ops = kdf_row(row);
		const struct harness_base base = base_for(ops);
		struct harness_list list;

		if (!takes(ops, type))
			continue;
		fill_without(ops, type, &list);
		harness_param(&list, type, data, len);
		ck_assert_code(harness_refuses(base, ops->name, &list), SCARD_E_INVALID_PARAMETER);
	}
}

START_TEST(bytes_at_null_are_wrong_at_the_table)
{
	for (ULONG i = 0; i < KDF_PARAMS; i++)
		value_is_refused(harness_type(i), NULL, 8);
}
END_TEST

START_TEST(names_without_nul_and_unknown_ones_are_wrong_at_the_table)
{
	static const LPCWSTR names[] = { u"", u"RNG", u"MD2", u"MD4", u"sha256", u"SHA-256", u"INVALID" };
	static const WCHAR good[] = BCRYPT_SHA256_ALGORITHM;

	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		value_is_refused(KDF_HASH_ALGORITHM, names[i], wide_size(names[i]));
	for (size_t len = 0; len < sizeof(good); len++)
		value_is_refused(KDF_HASH_ALGORITHM, good, len);
}
END_TEST

START_TEST(numbers_of_another_size_are_wrong_at_the_table)
{
	static const struct {
		ULONG type;
		size_t size;
	} numbers[] = {
		{ KDF_TLS_PRF_PROTOCOL, 4 },       { KDF_KEYBITLENGTH, 4 },
		{ KDF_ITERATION_COUNT, 8 },        { KDF_SECRET_HANDLE, 8 },
		{ CARD_EXT_KDF_SESSION_KEY, 8 },   { CARD_EXT_KDF_SALT_KEY, 8 },
		{ CARD_EXT_KDF_BIT_OFFSET, 8 },    { CARD_EXT_KDF_FIELD_COUNTER, 8 },
		{ CARD_EXT_KDF_FIELD_CHAIN, 0 },   { CARD_EXT_KDF_FIELD_KEY, 8 },
	};
	static const uint8_t bytes[16] = { 8 };

	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		for (size_t len = 0; len <= 9; len++) {
			if (len != numbers[i].size)
				value_is_refused(numbers[i].type, bytes, len);
		}
	}
}
END_TEST

START_TEST(numbers_that_say_nothing_are_wrong_at_the_table)
{
	static const DWORD bits[] = { 0, 1, 7, 9, 129 };
	static const CARD_EXT_KDF_COUNTER counters[] = { { .cbWidth = 0 }, { .cbWidth = 9 }, { .cbWidth = ~0u } };
	static const uint64_t none;

	for (size_t i = 0; i < ARRAY_COUNT(bits); i++)
		value_is_refused(KDF_KEYBITLENGTH, &bits[i], sizeof(bits[i]));
	for (size_t i = 0; i < ARRAY_COUNT(counters); i++)
		value_is_refused(CARD_EXT_KDF_FIELD_COUNTER, &counters[i], sizeof(counters[i]));
	value_is_refused(KDF_ITERATION_COUNT, &none, sizeof(none));
}
END_TEST

START_TEST(what_stands_there_twice_is_wrong_at_the_table)
{
	for (ULONG i = 0; i < KDF_PARAMS; i++) {
		for (size_t row = 0; kdf_row(row) != NULL; row++) {
			const struct kdf_ops *ops = kdf_row(row);
			const struct harness_base base = base_for(ops);
			struct harness_list list;

			if (!takes(ops, harness_type(i)) || (KDF_REPEATED & KDF_BIT(harness_type(i))) != 0)
				continue;
			fill_without(ops, harness_type(i), &list);
			harness_value(harness_type(i), ops->xof, &list);
			harness_value(harness_type(i), ops->xof, &list);
			ck_assert_code(harness_refuses(base, ops->name, &list), SCARD_E_INVALID_PARAMETER);
		}
	}
}
END_TEST

START_TEST(unknown_types_are_wrong_at_the_table)
{
	static const ULONG types[] = { KDF_PARAMS_CNG, KDF_PARAMS, 0x100, CARD_EXT_KDF_IV - 1,
				       CARD_EXT_KDF_IV + KDF_PARAMS_EXT, 0xFFFFFFFF };

	for (size_t row = 0; kdf_row(row) != NULL; row++) {
		const struct harness_base base = base_for(kdf_row(row));

		for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };

			harness_fill(kdf_row(row), &list);
			harness_param(&list, types[i], "x", 1);
			ck_assert_code(harness_refuses(base, kdf_row(row)->name, &list), SCARD_E_INVALID_PARAMETER);
		}
	}
}
END_TEST

START_TEST(a_list_without_its_buffers_is_wrong_and_its_version_is_not_looked_at)
{
	const struct harness_base base = { .index = harness_agree(0) };
	struct harness_list list = { .desc = { .ulVersion = 0xDEADBEEF, .cBuffers = 1 } };

	ck_assert_code(harness_refuses(base, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
	list.desc.cBuffers = 0xFFFFFFFF;
	ck_assert_code(harness_refuses(base, BCRYPT_KDF_HASH, &list), SCARD_E_INVALID_PARAMETER);
	list.desc.cBuffers = 0;
	ck_assert_code(derive_from(&base, &kdf_hash, &list), ERROR_SUCCESS);
	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	ck_assert_code(derive_from(&base, &kdf_hash, &list), ERROR_SUCCESS);
}
END_TEST

START_TEST(derivation_sends_no_card_command_and_leaves_the_agreement)
{
	const BYTE index = harness_agree(0);
	uint8_t first[20];
	uint8_t second[20];
	size_t len;

	fake_reset_counts();
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, NULL, index, first, &len), ERROR_SUCCESS);
	fake_remove_card(0);
	ck_assert_code(harness_derive(BCRYPT_KDF_HASH, 0, NULL, index, second, &len), ERROR_SUCCESS);
	ck_assert_mem_eq(first, second, sizeof(first));
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, version_zero_is_one_and_newer_than_two_is_a_mismatch);
	tcase_add_test(tc, null_names_and_flags_are_wrong);
	tcase_add_test(tc, a_key_needs_version_two);
	tcase_add_test(tc, each_key_has_its_own_handle);
	tcase_add_test(tc, no_list_at_all_is_sha1_of_z);
	tcase_add_test(tc, an_unknown_kdf_is_a_wrong_parameter);
	tcase_add_test(tc, bytes_at_null_are_wrong_at_the_table);
	tcase_add_test(tc, names_without_nul_and_unknown_ones_are_wrong_at_the_table);
	tcase_add_test(tc, numbers_of_another_size_are_wrong_at_the_table);
	tcase_add_test(tc, numbers_that_say_nothing_are_wrong_at_the_table);
	tcase_add_test(tc, what_stands_there_twice_is_wrong_at_the_table);
	tcase_add_test(tc, unknown_types_are_wrong_at_the_table);
	tcase_add_test(tc, a_list_without_its_buffers_is_wrong_and_its_version_is_not_looked_at);
	tcase_add_test(tc, every_unknown_index_is_refused);
	tcase_add_test(tc, a_caller_of_version_one_gives_48_bytes);
	tcase_add_test(tc, buffer_size_only_gives_the_length_and_no_key);
	tcase_add_test(tc, a_handle_holds_the_leading_bytes_and_no_bytes_come_back);
	tcase_add_test(tc, key_lengths_are_bits_that_suit_algorithm_and_kdf);
	tcase_add_test(tc, des_keys_get_odd_parity);
	tcase_add_test(tc, each_kdf_of_the_table_survives_want_of_memory);
	tcase_add_test(tc, each_kdf_refuses_what_it_does_not_take_and_misses_what_it_needs);
	tcase_add_test(tc, derivation_sends_no_card_command_and_leaves_the_agreement);
}

TEST_MAIN("minidriver/drv_derive", add)
