/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_params.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static struct kdf_params params;

static DWORD read_list(struct harness_list *list)
{
	return kdf_params_read(&list->desc, &params);
}

/* A list of one parameter. */
static DWORD read_one(ULONG type, const void *data, size_t len)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	harness_param(&list, type, data, len);
	return read_list(&list);
}

START_TEST(no_list_and_an_empty_list_give_nothing)
{
	NCryptBufferDesc empty = { 0 };

	ck_assert_code(kdf_params_read(NULL, &params), ERROR_SUCCESS);
	ck_assert_uint_eq(params.given, 0);
	ck_assert_code(kdf_params_read(&empty, &params), ERROR_SUCCESS);
	ck_assert_uint_eq(params.given, 0);
	empty.cBuffers = 1;
	ck_assert_code(kdf_params_read(&empty, &params), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_version_of_the_list_is_not_looked_at)
{
	struct harness_list list = { .desc = { .ulVersion = 0xDEADBEEF } };

	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	ck_assert_code(read_list(&list), ERROR_SUCCESS);
	ck_assert_int_eq(params.hash->id, HASH_SHA256);
}
END_TEST

START_TEST(unknown_types_are_wrong)
{
	static const ULONG types[] = { KDF_PARAMS, KDF_PARAMS + 1, 0x100, 0x80000000, 0xFFFFFFFF };

	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		ck_assert_code(read_one(types[i], "x", 1), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(null_bytes_with_a_length_are_wrong_for_every_type)
{
	for (ULONG type = 0; type < KDF_PARAMS; type++)
		ck_assert_code(read_one(type, NULL, 8), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(read_one(KDF_PARTYUINFO, NULL, 0), ERROR_SUCCESS);
	ck_assert_uint_ne(params.given & KDF_BIT(KDF_PARTYUINFO), 0);
}
END_TEST

START_TEST(what_is_no_list_of_things_stands_there_once)
{
	for (ULONG index = 0; index < KDF_PARAMS; index++) {
		const ULONG type = harness_type(index);
		const bool often = type == KDF_SECRET_PREPEND || type == KDF_SECRET_APPEND || type == KDF_SECRET_HANDLE ||
				   type == CARD_EXT_KDF_FIELD_BYTES || type == CARD_EXT_KDF_FIELD_KEY ||
				   type == CARD_EXT_KDF_SESSION_KEY;
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		harness_value(type, false, &list);
		harness_value(type, false, &list);
		ck_assert_code(read_list(&list), often ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		list.desc.cBuffers = 1;
		ck_assert_code(read_list(&list), ERROR_SUCCESS);
		ck_assert_uint_eq(params.given, KDF_BIT(type));
	}
}
END_TEST

START_TEST(there_are_only_so_many_keys_among_the_fields)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	for (size_t i = 0; i < KDF_FIELD_KEYS_MAX; i++)
		harness_value(CARD_EXT_KDF_FIELD_KEY, false, &list);
	ck_assert_code(read_list(&list), ERROR_SUCCESS);
	ck_assert_uint_eq(params.field_key_count, KDF_FIELD_KEYS_MAX);
	harness_value(CARD_EXT_KDF_FIELD_KEY, false, &list);
	ck_assert_code(read_list(&list), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(numbers_handles_and_structures_have_their_size)
{
	static const ULONG types[] = { KDF_ITERATION_COUNT, KDF_SECRET_HANDLE, CARD_EXT_KDF_SESSION_KEY,
				       CARD_EXT_KDF_SALT_KEY, CARD_EXT_KDF_BIT_OFFSET, CARD_EXT_KDF_FIELD_COUNTER,
				       CARD_EXT_KDF_FIELD_KEY };
	static const uint8_t bytes[16] = { 1 };
	CARD_EXT_KDF_COUNTER counter = { .cbWidth = 0 };
	uint64_t none = 0;

	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		for (size_t len = 0; len <= sizeof(bytes); len++)
			ck_assert_code(read_one(types[i], bytes, len),
				       len == 8 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
	}
	ck_assert_code(read_one(KDF_ITERATION_COUNT, &none, sizeof(none)), SCARD_E_INVALID_PARAMETER);
	for (counter.cbWidth = 0; counter.cbWidth <= 9; counter.cbWidth++)
		ck_assert_code(read_one(CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter)),
			       counter.cbWidth >= 1 && counter.cbWidth <= 8 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
	ck_assert_code(read_one(CARD_EXT_KDF_FIELD_CHAIN, bytes, 1), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_hash_is_one_of_the_names_with_its_nul)
{
	static const WCHAR sha256[] = u"SHA256";
	static const WCHAR longer[] = u"SHA256\0x";
	uint8_t shifted[sizeof(sha256) + 1];

	ck_assert_code(read_one(KDF_HASH_ALGORITHM, sha256, sizeof(sha256)), ERROR_SUCCESS);
	ck_assert_code(read_one(KDF_HASH_ALGORITHM, longer, sizeof(longer)), ERROR_SUCCESS);
	for (size_t len = 0; len < sizeof(sha256); len++)
		ck_assert_code(read_one(KDF_HASH_ALGORITHM, sha256, len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(read_one(KDF_HASH_ALGORITHM, longer, sizeof(sha256) + 1), SCARD_E_INVALID_PARAMETER);
	memcpy(shifted + 1, sha256, sizeof(sha256));
	ck_assert_code(read_one(KDF_HASH_ALGORITHM, shifted + 1, sizeof(sha256)), ERROR_SUCCESS);
}
END_TEST

START_TEST(unknown_hashes_are_wrong)
{
	static const LPCWSTR names[] = { u"", u"MD4", u"MD2", u"RNG", u"sha256", u"SHA-256", u"SHA2", u"SHA2560" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		harness_name(&list, names[i]);
		ck_assert_code(read_list(&list), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(each_hash_of_the_table_is_found_by_its_name)
{
	for (unsigned id = 0; id < HASH_COUNT; id++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		harness_name(&list, hash_of((enum hash_id)id)->name);
		if (!hash_available(hash_of((enum hash_id)id))) {
			ck_assert(hash_of((enum hash_id)id)->sized || hash_of((enum hash_id)id)->legacy);
			ck_assert_code(read_list(&list), SCARD_E_INVALID_PARAMETER);
			continue;
		}
		ck_assert_code(read_list(&list), ERROR_SUCCESS);
		ck_assert_int_eq(params.hash->id, id);
	}
}
END_TEST

START_TEST(a_dword_has_four_bytes)
{
	static const uint8_t bytes[8] = { 0x08, 0x00, 0x00, 0x00 };

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		const DWORD expected = len == 4 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;

		ck_assert_code(read_one(KDF_KEYBITLENGTH, bytes, len), expected);
		ck_assert_code(read_one(KDF_TLS_PRF_PROTOCOL, bytes, len), expected);
	}
}
END_TEST

START_TEST(a_key_length_is_whole_bytes)
{
	for (DWORD bits = 0; bits <= 64; bits++) {
		const bool good = bits != 0 && bits % 8 == 0;

		ck_assert_code(read_one(KDF_KEYBITLENGTH, &bits, sizeof(bits)),
			       good ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
		if (good)
			ck_assert_uint_eq(params.out_len, bits / 8);
	}
}
END_TEST

static bool collect(void *context, struct span bytes)
{
	char *text = context;

	strncat(text, (const char *)bytes.data, bytes.len);
	return strlen(text) < 6;
}

START_TEST(repeated_parameters_come_in_list_order_and_stop_at_a_failure)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	char text[32] = "";

	harness_param(&list, KDF_SECRET_APPEND, "ab", 2);
	harness_param(&list, KDF_SECRET_PREPEND, "xy", 2);
	harness_param(&list, KDF_SECRET_APPEND, NULL, 0);
	harness_param(&list, KDF_SECRET_APPEND, "cde", 3);
	ck_assert_code(read_list(&list), ERROR_SUCCESS);
	ck_assert(kdf_params_feed(&params, KDF_SECRET_APPEND, collect, text));
	ck_assert_str_eq(text, "abcde");
	ck_assert(!kdf_params_feed(&params, KDF_SECRET_APPEND, collect, text));
	ck_assert_str_eq(text, "abcdeab");
	text[0] = '\0';
	ck_assert(kdf_params_feed(&params, KDF_SECRET_PREPEND, collect, text));
	ck_assert_str_eq(text, "xy");
}
END_TEST

/* A letter for each field, and its bytes. */
static bool collect_field(void *context, ULONG type, struct span bytes)
{
	static const char letters[] = "BCH"; /* in the order of the types */
	char *text = context;

	strncat(text, &letters[type - CARD_EXT_KDF_FIELD_BYTES], 1);
	if (type == CARD_EXT_KDF_FIELD_BYTES && bytes.len != 0)
		strncat(text, (const char *)bytes.data, bytes.len);
	return strlen(text) < 9;
}

START_TEST(fields_of_all_types_come_in_list_order_and_stop_at_a_failure)
{
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 4 };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	char text[32] = "";

	harness_param(&list, CARD_EXT_KDF_FIELD_BYTES, "ab", 2);
	harness_param(&list, CARD_EXT_KDF_IV, "xy", 2);
	harness_param(&list, CARD_EXT_KDF_FIELD_CHAIN, NULL, 0);
	harness_param(&list, CARD_EXT_KDF_FIELD_BYTES, NULL, 0);
	harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	harness_param(&list, CARD_EXT_KDF_FIELD_BYTES, "c", 1);
	ck_assert_code(read_list(&list), ERROR_SUCCESS);
	ck_assert(kdf_params_feed_fields(&params, collect_field, text));
	ck_assert_str_eq(text, "BabHBCBc");
	ck_assert(!kdf_params_feed_fields(&params, collect_field, text));
	ck_assert_str_eq(text, "BabHBCBcBab");
	text[0] = '\0';
	ck_assert_code(kdf_params_read(NULL, &params), ERROR_SUCCESS);
	ck_assert(kdf_params_feed_fields(&params, collect_field, text));
	ck_assert_str_eq(text, "");
}
END_TEST

static void set_up(void)
{
	ck_assert(ossl_acquire());
}

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, ossl_release);
	tcase_add_test(tc, no_list_and_an_empty_list_give_nothing);
	tcase_add_test(tc, the_version_of_the_list_is_not_looked_at);
	tcase_add_test(tc, unknown_types_are_wrong);
	tcase_add_test(tc, null_bytes_with_a_length_are_wrong_for_every_type);
	tcase_add_test(tc, what_is_no_list_of_things_stands_there_once);
	tcase_add_test(tc, a_hash_is_one_of_the_names_with_its_nul);
	tcase_add_test(tc, unknown_hashes_are_wrong);
	tcase_add_test(tc, each_hash_of_the_table_is_found_by_its_name);
	tcase_add_test(tc, a_dword_has_four_bytes);
	tcase_add_test(tc, a_key_length_is_whole_bytes);
	tcase_add_test(tc, there_are_only_so_many_keys_among_the_fields);
	tcase_add_test(tc, numbers_handles_and_structures_have_their_size);
	tcase_add_test(tc, repeated_parameters_come_in_list_order_and_stop_at_a_failure);
	tcase_add_test(tc, fields_of_all_types_come_in_list_order_and_stop_at_a_failure);
}

TEST_MAIN("minidriver/drv_params", add)
