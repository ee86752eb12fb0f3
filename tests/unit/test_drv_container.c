/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static CONTAINER_INFO info_of(BYTE container)
{
	CONTAINER_INFO info = { .dwVersion = CONTAINER_INFO_CURRENT_VERSION };

	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, container, 0, &info), ERROR_SUCCESS);
	return info;
}

static void info_free(const CONTAINER_INFO *info)
{
	harness_free(info->pbSigPublicKey);
	harness_free(info->pbKeyExPublicKey);
}

static void check_ec_blob(PBYTE blob, DWORD len, ULONG magic, BYTE container)
{
	const struct span point = fake_point(container);
	BCRYPT_ECCKEY_BLOB header;

	ck_assert_ptr_nonnull(blob);
	ck_assert_uint_eq(len, sizeof(header) + point.len - 1);
	memcpy(&header, blob, sizeof(header));
	ck_assert_uint_eq(header.dwMagic, magic);
	ck_assert_uint_eq(header.cbKey, (point.len - 1) / 2);
	ck_assert_mem_eq(blob + sizeof(header), point.data + 1, point.len - 1);
}

START_TEST(an_ec_key_that_signs_and_agrees_has_both_blobs)
{
	const CONTAINER_INFO info = info_of(0);

	check_ec_blob(info.pbSigPublicKey, info.cbSigPublicKey, BCRYPT_ECDSA_PUBLIC_P256_MAGIC, 0);
	check_ec_blob(info.pbKeyExPublicKey, info.cbKeyExPublicKey, BCRYPT_ECDH_PUBLIC_P256_MAGIC, 0);
	info_free(&info);
}
END_TEST

START_TEST(an_ec_key_that_does_one_has_one)
{
	CONTAINER_INFO info = info_of(1);

	check_ec_blob(info.pbKeyExPublicKey, info.cbKeyExPublicKey, BCRYPT_ECDH_PUBLIC_P384_MAGIC, 1);
	ck_assert_ptr_null(info.pbSigPublicKey);
	ck_assert_uint_eq(info.cbSigPublicKey, 0);
	info_free(&info);
	info = info_of(2);
	check_ec_blob(info.pbKeyExPublicKey, info.cbKeyExPublicKey, BCRYPT_ECDH_PUBLIC_P521_MAGIC, 2);
	info_free(&info);
	info = info_of(4);
	check_ec_blob(info.pbSigPublicKey, info.cbSigPublicKey, BCRYPT_ECDSA_PUBLIC_P256_MAGIC, 4);
	ck_assert_ptr_null(info.pbKeyExPublicKey);
	info_free(&info);
}
END_TEST

START_TEST(an_rsa_key_is_a_little_endian_public_key_blob)
{
	const CONTAINER_INFO info = info_of(3);
	const struct card_key_info *key = card_default_ops()->key(NULL, 3);
	RSA_PUBLICKEYBLOB header;

	ck_assert_ptr_null(info.pbSigPublicKey);
	ck_assert_uint_eq(info.cbKeyExPublicKey, sizeof(header) + 256);
	memcpy(&header, info.pbKeyExPublicKey, sizeof(header));
	ck_assert_uint_eq(header.bType, 6);
	ck_assert_uint_eq(header.bVersion, 2);
	ck_assert_uint_eq(header.aiKeyAlg, CALG_RSA_KEYX);
	ck_assert_uint_eq(header.magic, 0x31415352);
	ck_assert_uint_eq(header.bitlen, 2048);
	ck_assert_uint_eq(header.pubexp, 65537);
	for (size_t i = 0; i < 256; i++)
		ck_assert_uint_eq(info.pbKeyExPublicKey[sizeof(header) + i], key->modulus.data[255 - i]);
	info_free(&info);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	CONTAINER_INFO info = { .dwVersion = 1 };

	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, 0, 0, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardGetContainerInfo(NULL, 0, 0, &info), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, 0, 1, &info), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, 5, 0, &info), SCARD_E_NO_KEY_CONTAINER);
	info.dwVersion = 2;
	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, 0, 0, &info), ERROR_REVISION_MISMATCH);
	info.dwVersion = 0;
	ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, 0, 0, &info), ERROR_SUCCESS);
	info_free(&info);
}
END_TEST

START_TEST(want_of_memory_leaves_nothing_behind)
{
	for (unsigned nth = 1; nth <= 2; nth++) {
		CONTAINER_INFO info = { .dwVersion = 1 };
		DWORD len = 0;

		harness_fail_alloc(nth);
		ck_assert_code(harness_card->pfnCardGetContainerInfo(harness_card, 0, 0, &info), SCARD_E_NO_MEMORY);
		ck_assert_ptr_null(info.pbSigPublicKey);
		ck_assert_ptr_null(info.pbKeyExPublicKey);
		ck_assert_uint_eq(harness_alive(), 0);
		harness_fail_alloc(nth);
		ck_assert_code(harness_card->pfnCardGetContainerProperty(harness_card, 0, CCP_CONTAINER_INFO,
									 (PBYTE)&info, sizeof(info), &len, 0),
			       SCARD_E_NO_MEMORY);
		ck_assert_uint_eq(harness_alive(), 0);
	}
	harness_fail_alloc(0);
}
END_TEST

static DWORD property(BYTE container, LPCWSTR name, void *data, DWORD room, DWORD *ret_len)
{
	return harness_card->pfnCardGetContainerProperty(harness_card, container, name, data, room, ret_len, 0);
}

START_TEST(container_info_is_a_property_too)
{
	CONTAINER_INFO info;
	DWORD len = 0;

	ck_assert_code(property(1, CCP_CONTAINER_INFO, NULL, 0, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, sizeof(info));
	ck_assert_code(property(1, CCP_CONTAINER_INFO, &info, sizeof(info) - 1, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(harness_alive(), 0);
	ck_assert_code(property(1, CCP_CONTAINER_INFO, &info, sizeof(info), &len), ERROR_SUCCESS);
	check_ec_blob(info.pbKeyExPublicKey, info.cbKeyExPublicKey, BCRYPT_ECDH_PUBLIC_P384_MAGIC, 1);
	info_free(&info);
}
END_TEST

static DWORD number(BYTE container, LPCWSTR name)
{
	DWORD value = 0;
	DWORD len = 0;

	ck_assert_code(property(container, name, &value, sizeof(value), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(value));
	return value;
}

START_TEST(properties_say_what_the_card_says)
{
	static const BYTE p384[] = { 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22 };
	BYTE bytes[64];
	DWORD len = 0;

	ck_assert_uint_eq(number(0, CCP_PIN_IDENTIFIER), ROLE_USER);
	ck_assert_uint_eq(number(0, CCP_EXT_KEY_USAGE), CARD_EXT_USE_DERIVE | CARD_EXT_USE_SIGN);
	ck_assert_uint_eq(number(3, CCP_EXT_KEY_USAGE), CARD_EXT_USE_DECRYPT | CARD_EXT_USE_UNWRAP | CARD_EXT_USE_SIGN);
	ck_assert_uint_eq(number(0, CCP_EXT_ALWAYS_AUTHENTICATE), FALSE);
	ck_assert_uint_eq(number(4, CCP_EXT_ALWAYS_AUTHENTICATE), TRUE);
	ck_assert_uint_eq(number(0, CCP_EXT_GENERATED_ON_CARD), TRUE);
	ck_assert_code(property(1, CCP_EXT_EC_PARAMETERS, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(p384));
	ck_assert_mem_eq(bytes, p384, len);
	ck_assert_code(property(3, CCP_EXT_EC_PARAMETERS, NULL, 0, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 0);
	ck_assert_code(property(1, CCP_EXT_KEY_LABEL, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 10);
	ck_assert_mem_eq(bytes, "derive 384", len);
	ck_assert_code(property(1, CCP_EXT_PUBLIC_LABEL, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 10);
	ck_assert_mem_eq(bytes, "derive 384", len);
	ck_assert_code(property(4, CCP_EXT_KEY_ID, bytes, sizeof(bytes), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 1);
	ck_assert_uint_eq(bytes[0], 5);
}
END_TEST

/* ---- with whom a signature key's owner agrees ------------------------------------------------------- */

static void another_card(const char *const curves[], const unsigned usages[], size_t count)
{
	harness_close();
	fake_reset();
	for (size_t i = 0; i < count; i++) {
		(void)fake_add_key(&(struct fake_key){
			.type = CRD_KEY_EC, .curve = curves[i], .usage = usages[i], .no_pin = true });
	}
	harness_open_described();
}

static DWORD associated(BYTE container, BYTE *ret_index)
{
	DWORD len = 0;
	const DWORD err = property(container, CCP_ASSOCIATED_ECDH_KEY, ret_index, 1, &len);

	if (err == ERROR_SUCCESS)
		ck_assert_uint_eq(len, 1);
	return err;
}

START_TEST(the_associated_container_is_itself_else_of_its_curve_else_the_first)
{
	static const char *const curves[] = { "secp384r1", "prime256v1", "prime256v1", "prime256v1", "secp521r1" };
	static const unsigned usages[] = { CRD_USE_DERIVE, CRD_USE_SIGN, CRD_USE_DERIVE,
					   CRD_USE_DERIVE | CRD_USE_SIGN, CRD_USE_SIGN };
	static const BYTE expected[] = { 0xFF, 2, 0xFF, 3, 0 };
	DWORD len = 0;

	another_card(curves, usages, ARRAY_COUNT(curves));
	for (BYTE i = 0; i < ARRAY_COUNT(expected); i++) {
		BYTE index = 0xFF;

		ck_assert_code(associated(i, &index),
			       expected[i] != 0xFF ? ERROR_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE);
		ck_assert_uint_eq(index, expected[i]);
	}
	ck_assert_code(property(1, CCP_ASSOCIATED_ECDH_KEY, NULL, 0, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 1);
}
END_TEST

START_TEST(rsa_keys_and_cards_that_agree_with_nobody_have_no_associated_container)
{
	static const char *const curves[] = { "prime256v1" };
	static const unsigned usages[] = { CRD_USE_SIGN };
	BYTE index = 0xFF;

	ck_assert_code(associated(3, &index), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(associated(5, &index), SCARD_E_NO_KEY_CONTAINER);
	another_card(curves, usages, 1);
	ck_assert_code(associated(0, &index), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_uint_eq(index, 0xFF);
}
END_TEST

START_TEST(property_arguments_are_checked)
{
	BYTE bytes[4];
	DWORD len = 0;

	ck_assert_code(property(0, u"No Such", bytes, 4, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(property(0, NULL, bytes, 4, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(property(0, CCP_EXT_KEY_USAGE, NULL, 4, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(property(0, CCP_EXT_KEY_USAGE, bytes, 4, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(property(5, CCP_EXT_KEY_USAGE, bytes, 4, &len), SCARD_E_NO_KEY_CONTAINER);
	ck_assert_code(property(0, CCP_EXT_KEY_USAGE, bytes, 3, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 4);
	ck_assert_code(harness_card->pfnCardGetContainerProperty(harness_card, 0, CCP_EXT_KEY_USAGE, bytes, 4, &len, 1),
		       SCARD_E_INVALID_PARAMETER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, an_ec_key_that_signs_and_agrees_has_both_blobs);
	tcase_add_test(tc, an_ec_key_that_does_one_has_one);
	tcase_add_test(tc, an_rsa_key_is_a_little_endian_public_key_blob);
	tcase_add_test(tc, wrong_arguments_are_refused);
	tcase_add_test(tc, want_of_memory_leaves_nothing_behind);
	tcase_add_test(tc, container_info_is_a_property_too);
	tcase_add_test(tc, properties_say_what_the_card_says);
	tcase_add_test(tc, the_associated_container_is_itself_else_of_its_curve_else_the_first);
	tcase_add_test(tc, rsa_keys_and_cards_that_agree_with_nobody_have_no_associated_container);
	tcase_add_test(tc, property_arguments_are_checked);
}

TEST_MAIN("minidriver/drv_container", add)
