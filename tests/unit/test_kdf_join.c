/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

/* JOIN, XOR and EXTRACT_BITS: the KDFs that keep the secret's bits as they are. */
static uint8_t z[66];
static size_t z_len;
static struct harness_base bases[2]; /* an agreement, and a key of the same bytes */

static void set_up(void)
{
	harness_open();
	z_len = fake_own_z(2, z);
	bases[0] = HARNESS_INDEX(harness_agree(2));
	bases[1] = (struct harness_base){
		.from_key = true, .key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)) };
}

static void gives(LPCWSTR kdf, struct harness_list *list, struct span expected)
{
	for (size_t i = 0; i < ARRAY_COUNT(bases); i++)
		harness_gives(bases[i], kdf, list, expected);
}

static void is_refused(LPCWSTR kdf, struct harness_list *list)
{
	for (size_t i = 0; i < ARRAY_COUNT(bases); i++)
		ck_assert_code(harness_refuses(bases[i], kdf, list), SCARD_E_INVALID_PARAMETER);
}

/* A key of some bits from the agreement. */
static DWORD derive_key(LPCWSTR kdf, struct harness_list *list, DWORD bits, CARD_KEY_HANDLE *ret_key)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = kdf, .pParameterList = &list->desc,
				 .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM, .dwKeyLen = bits };
	const DWORD err = harness_derive_from(bases[0], &info);

	*ret_key = info.hKey;
	return err;
}

/* Each number of leading bytes can be had as a key, and not one more than there are. */
static void leading_bytes_are(LPCWSTR kdf, struct harness_list *list, struct span expected)
{
	CARD_KEY_HANDLE key = 0;

	for (DWORD len = 1; len <= expected.len; len++) {
		uint8_t bytes[256];
		SIZE_T got = 0;

		ck_assert_code(derive_key(kdf, list, 8 * len, &key), ERROR_SUCCESS);
		ck_assert_code(harness_keys()->pfnKeyExport(harness_card, key, bytes, sizeof(bytes), &got),
			       ERROR_SUCCESS);
		ck_assert(span_equal(span_of(bytes, got), span_of(expected.data, len)));
	}
	ck_assert_code(derive_key(kdf, list, (DWORD)(8 * (expected.len + 1)), &key), SCARD_E_INVALID_PARAMETER);
}

/* ---- JOIN ------------------------------------------------------------------------------------------- */

START_TEST(join_puts_prepends_before_and_appends_behind_in_list_order)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t joined[128];

	gives(CARD_EXT_KDF_JOIN, &list, span_of(z, z_len));
	harness_param(&list, KDF_SECRET_APPEND, "c", 1);
	harness_param(&list, KDF_SECRET_PREPEND, "aa", 2);
	harness_param(&list, KDF_SECRET_APPEND, NULL, 0);
	harness_param(&list, KDF_SECRET_APPEND, "ddd", 3);
	harness_param(&list, KDF_SECRET_PREPEND, "b", 1);
	memcpy(joined, "aab", 3);
	memcpy(joined + 3, z, z_len);
	memcpy(joined + 3 + z_len, "cddd", 4);
	gives(CARD_EXT_KDF_JOIN, &list, span_of(joined, z_len + 7));
	leading_bytes_are(CARD_EXT_KDF_JOIN, &list, span_of(joined, z_len + 7));
}
END_TEST

START_TEST(join_of_nothing_gives_no_key)
{
	const struct harness_base nothing = { .from_key = true };
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	ck_assert_code(harness_refuses(nothing, CARD_EXT_KDF_JOIN, NULL), SCARD_E_INVALID_PARAMETER);
	harness_param(&list, KDF_SECRET_APPEND, NULL, 0);
	ck_assert_code(harness_refuses(nothing, CARD_EXT_KDF_JOIN, &list), SCARD_E_INVALID_PARAMETER);
	harness_param(&list, KDF_SECRET_APPEND, "x", 1);
	harness_gives(nothing, CARD_EXT_KDF_JOIN, &list, span_of("x", 1));
}
END_TEST

/* Only lengths are added up before that is known, so the bytes need not be there. */
START_TEST(join_of_more_than_a_dword_counts_is_refused)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	harness_param(&list, KDF_SECRET_APPEND, "x", 0xFFFFFFFF);
	is_refused(CARD_EXT_KDF_JOIN, &list);
	harness_param(&list, KDF_SECRET_PREPEND, "x", 0xFFFFFFFF);
	is_refused(CARD_EXT_KDF_JOIN, &list);
}
END_TEST

/* ---- XOR -------------------------------------------------------------------------------------------- */

START_TEST(xor_is_as_long_as_the_shorter)
{
	uint8_t data[100];
	uint8_t expected[66];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(7 * i + 1);
	for (size_t i = 0; i < z_len; i++)
		expected[i] = z[i] ^ data[i];
	for (size_t len = 1; len <= sizeof(data); len++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		const struct span part = span_of(expected, len < z_len ? len : z_len);

		harness_param(&list, KDF_GENERIC_PARAMETER, data, len);
		gives(CARD_EXT_KDF_XOR, &list, part);
		if (len == 20)
			leading_bytes_are(CARD_EXT_KDF_XOR, &list, part);
	}
}
END_TEST

START_TEST(xor_with_nothing_gives_no_key)
{
	const struct harness_base nothing = { .from_key = true };
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	harness_param(&list, KDF_GENERIC_PARAMETER, NULL, 0);
	is_refused(CARD_EXT_KDF_XOR, &list);
	list.desc.cBuffers = 0;
	harness_param(&list, KDF_GENERIC_PARAMETER, "data", 4);
	ck_assert_code(harness_refuses(nothing, CARD_EXT_KDF_XOR, &list), SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* ---- EXTRACT_BITS ----------------------------------------------------------------------------------- */

static unsigned bit_of(const uint8_t *bytes, size_t bit)
{
	return bytes[bit / 8] >> (7 - bit % 8) & 1u;
}

START_TEST(extraction_starts_at_each_bit_and_goes_around_the_end)
{
	for (uint64_t offset = 0; offset < 8 * z_len; offset++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t expected[66] = { 0 };

		for (size_t bit = 0; bit < 8 * z_len; bit++)
			expected[bit / 8] |=
				(uint8_t)(bit_of(z, (size_t)(offset + bit) % (8 * z_len)) << (7 - bit % 8));
		harness_param(&list, CARD_EXT_KDF_BIT_OFFSET, &offset, sizeof(offset));
		gives(CARD_EXT_KDF_EXTRACT_BITS, &list, span_of(expected, z_len));
		if (offset == 21)
			leading_bytes_are(CARD_EXT_KDF_EXTRACT_BITS, &list, span_of(expected, z_len));
	}
}
END_TEST

START_TEST(extraction_from_behind_the_last_bit_is_refused)
{
	const uint64_t offsets[] = { 8 * z_len, 8 * z_len + 1, (uint64_t)1 << 32, (uint64_t)1 << 61, UINT64_MAX };
	const struct harness_base nothing = { .from_key = true };
	const uint64_t zero = 0;
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	for (size_t i = 0; i < ARRAY_COUNT(offsets); i++) {
		list.desc.cBuffers = 0;
		harness_param(&list, CARD_EXT_KDF_BIT_OFFSET, &offsets[i], sizeof(offsets[i]));
		is_refused(CARD_EXT_KDF_EXTRACT_BITS, &list);
	}
	list.desc.cBuffers = 0;
	harness_param(&list, CARD_EXT_KDF_BIT_OFFSET, &zero, sizeof(zero));
	ck_assert_code(harness_refuses(nothing, CARD_EXT_KDF_EXTRACT_BITS, &list), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(no_length_but_the_keys_own_is_taken)
{
	static const LPCWSTR kdfs[] = { CARD_EXT_KDF_JOIN, CARD_EXT_KDF_XOR, CARD_EXT_KDF_EXTRACT_BITS };
	const DWORD bits = 64;

	for (size_t i = 0; i < ARRAY_COUNT(kdfs); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		harness_fill(kdf_by_name(kdfs[i]), &list);
		harness_dword(&list, KDF_KEYBITLENGTH, &bits);
		is_refused(kdfs[i], &list);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, join_puts_prepends_before_and_appends_behind_in_list_order);
	tcase_add_test(tc, join_of_nothing_gives_no_key);
	tcase_add_test(tc, join_of_more_than_a_dword_counts_is_refused);
	tcase_add_test(tc, xor_is_as_long_as_the_shorter);
	tcase_add_test(tc, xor_with_nothing_gives_no_key);
	tcase_add_test(tc, extraction_starts_at_each_bit_and_goes_around_the_end);
	tcase_add_test(tc, extraction_from_behind_the_last_bit_is_refused);
	tcase_add_test(tc, no_length_but_the_keys_own_is_taken);
}

TEST_MAIN("minidriver/kdf_join", add)
