/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

START_TEST(big_endian_gives_the_trailing_bytes_of_z)
{
	for (BYTE container = 0; container < 3; container++) {
		const BYTE index = harness_agree(container);
		uint8_t z[66];
		const size_t z_len = fake_own_z(container, z);

		harness_derive_gives(CARD_EXT_KDF_RAW_SECRET_BE, 0, NULL, index, span_of(z, z_len));
		for (DWORD len = 1; len <= z_len; len++) {
			struct harness_list list = { .desc = { .cBuffers = 0 } };
			const DWORD bits = 8 * len;

			harness_dword(&list, KDF_KEYBITLENGTH, &bits);
			harness_derive_gives(CARD_EXT_KDF_RAW_SECRET_BE, 0, &list, index,
					     span_of(z + z_len - len, len));
		}
	}
}
END_TEST

START_TEST(more_than_z_is_refused)
{
	static const DWORD lens[] = { 8 * 33, 8 * 66, 0xFFFFFFF8 };
	const BYTE index = harness_agree(0);

	for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		uint8_t key[64];
		size_t len;

		harness_dword(&list, KDF_KEYBITLENGTH, &lens[i]);
		ck_assert_code(harness_derive(CARD_EXT_KDF_RAW_SECRET_BE, 0, &list, index, key, &len),
			       SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

/* The first n bytes of TRUNCATE are the n least significant, in the other order. */
START_TEST(little_endian_keys_hold_the_least_significant_bytes)
{
	const CARD_EXT_SESSION_KEYS *table = harness_keys();
	CARD_DERIVE_KEY info = { .dwVersion = 2,
				 .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = BCRYPT_KDF_RAW_SECRET,
				 .bSecretAgreementIndex = harness_agree(2),
				 .pwszAlgId = CARD_AES_ALGORITHM,
				 .dwKeyLen = 128 };
	uint8_t z[66];
	uint8_t key[16];
	size_t len;
	const size_t z_len = fake_own_z(2, z);

	ck_assert_code(harness_card->pfnCardDeriveKey(harness_card, &info), ERROR_SUCCESS);
	ck_assert_code(table->pfnKeyExport(harness_card, info.hKey, key, sizeof(key), &len), ERROR_SUCCESS);
	for (size_t i = 0; i < sizeof(key); i++)
		ck_assert_uint_eq(key[i], z[z_len - 1 - i]);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, big_endian_gives_the_trailing_bytes_of_z);
	tcase_add_test(tc, more_than_z_is_refused);
	tcase_add_test(tc, little_endian_keys_hold_the_least_significant_bytes);
}

TEST_MAIN("minidriver/kdf_truncate", add)
