/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Public keys of anybody's through the extension table; and a card that pads by itself. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define RSA_KEY 3 /* of the usual card */
#define BLOCK 256u

static BYTE data[300];
static BYTE modulus[BLOCK];
static BYTE exponent[8];
static BYTE signature[BLOCK];
static BCRYPT_PKCS1_PADDING_INFO sha256 = { BCRYPT_SHA256_ALGORITHM };
static BCRYPT_PKCS1_PADDING_INFO no_hash = { NULL };
static BCRYPT_PSS_PADDING_INFO pss = { BCRYPT_SHA256_ALGORITHM, 32 };

static size_t take_number(const char *name, BYTE *bytes, size_t room)
{
	BIGNUM *number = NULL;
	int len;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(fake_pkey(RSA_KEY), name, &number), 1);
	len = BN_num_bytes(number);
	ck_assert_int_le(len, (int)room);
	ck_assert_int_eq(BN_bn2bin(number, bytes), len);
	BN_free(number);
	return (size_t)len;
}

static CARD_EXT_VERIFY_INFO request(void)
{
	return (CARD_EXT_VERIFY_INFO){
		.pbModulus = modulus,
		.cbModulus = take_number("n", modulus, sizeof(modulus)),
		.pbPublicExponent = exponent,
		.cbPublicExponent = take_number("e", exponent, sizeof(exponent)),
		.dwPaddingType = CARD_PADDING_PKCS1,
		.pPaddingInfo = &sha256,
		.pbData = data,
		.cbData = 32,
		.pbSignature = signature,
		.cbSignature = sizeof(signature),
	};
}

/* Signed by the card as the request says, and turned round. */
static void sign(const CARD_EXT_VERIFY_INFO *info)
{
	CARD_SIGNING_INFO signing = { .dwVersion = CARD_SIGNING_INFO_CURRENT_VERSION,
				      .bContainerIndex = RSA_KEY,
				      .dwKeySpec = AT_SIGNATURE,
				      .dwSigningFlags = CARD_PADDING_INFO_PRESENT,
				      .dwPaddingType = info->dwPaddingType,
				      .pPaddingInfo = (LPVOID)(uintptr_t)info->pPaddingInfo,
				      .pbData = data,
				      .cbData = (DWORD)info->cbData };

	ck_assert_code(harness_card->pfnCardSignData(harness_card, &signing), ERROR_SUCCESS);
	for (size_t i = 0; i < BLOCK; i++)
		signature[i] = signing.pbSignedData[BLOCK - 1 - i];
	harness_free(signing.pbSignedData);
}

static DWORD verify(const CARD_EXT_VERIFY_INFO *info)
{
	const unsigned before = fake_commands();
	const DWORD err = harness_keys()->pfnVerify(info);

	ck_assert_uint_eq(fake_commands(), before);
	return err;
}

static void set_up(void)
{
	harness_open();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (BYTE)i;
}

START_TEST(what_the_card_signs_is_verified)
{
	const struct {
		DWORD type;
		const void *info;
		SIZE_T len;
	} paddings[] = {
		{ CARD_PADDING_PKCS1, &sha256, 32 },
		{ CARD_PADDING_PKCS1, &no_hash, 51 },
		{ CARD_PADDING_PSS, &pss, 32 },
		{ CARD_PADDING_NONE, NULL, BLOCK },
	};

	for (size_t i = 0; i < ARRAY_COUNT(paddings); i++) {
		CARD_EXT_VERIFY_INFO info = request();

		info.dwPaddingType = paddings[i].type;
		info.pPaddingInfo = paddings[i].info;
		info.cbData = paddings[i].len;
		sign(&info);
		ck_assert_code(verify(&info), ERROR_SUCCESS);
		data[5] ^= 1;
		ck_assert_code(verify(&info), SCARD_E_INVALID_VALUE);
		data[5] ^= 1;
		signature[7] ^= 1;
		ck_assert_code(verify(&info), SCARD_E_INVALID_VALUE);
	}
}
END_TEST

START_TEST(requests_to_verify_are_checked)
{
	const CARD_EXT_VERIFY_INFO good = request();
	CARD_EXT_VERIFY_INFO info = good;

	sign(&good);
	ck_assert_code(verify(NULL), SCARD_E_INVALID_PARAMETER);
	info.pbSignature = NULL;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.cbSignature--;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.pbData = NULL;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.cbData--;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.pPaddingInfo = NULL;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.dwPaddingType = CARD_PADDING_OAEP;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.pbPublicExponent = NULL;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.cbPublicExponent = 0;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.cbModulus = 0, info.cbSignature = 0;
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info = good, info.pbModulus = NULL; /* and no curve */
	ck_assert_code(verify(&info), SCARD_E_INVALID_PARAMETER);
	info.pbParameters = data, info.cbParameters = 5, info.pbPoint = data, info.cbPoint = 65;
	ck_assert_code(verify(&info), SCARD_E_UNSUPPORTED_FEATURE);
	memset(signature, 0xFF, sizeof(signature));
	ck_assert_code(verify(&good), SCARD_E_INVALID_VALUE);
}
END_TEST

START_TEST(a_signature_is_opened)
{
	CARD_EXT_VERIFY_INFO info = request();
	BYTE recovered[BLOCK];
	SIZE_T len = 50;

	info.pPaddingInfo = &no_hash;
	info.cbData = 51;
	sign(&info);
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, recovered, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 51);
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, recovered, &len), ERROR_SUCCESS);
	ck_assert_mem_eq(recovered, data, 51);
	info.dwPaddingType = CARD_PADDING_NONE;
	len = BLOCK;
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, recovered, &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, BLOCK);
	ck_assert_uint_eq(recovered[1], 1);
	info.dwPaddingType = CARD_PADDING_PSS, info.pPaddingInfo = &pss;
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, recovered, &len), SCARD_E_INVALID_PARAMETER);
	info.dwPaddingType = CARD_PADDING_PKCS1, info.pPaddingInfo = &no_hash;
	signature[9] ^= 1;
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, recovered, &len), SCARD_E_INVALID_VALUE);
	ck_assert_code(harness_keys()->pfnVerifyRecover(NULL, recovered, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, NULL, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_keys()->pfnVerifyRecover(&info, recovered, NULL), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(data_is_encrypted_to_a_public_key)
{
	const CARD_EXT_VERIFY_INFO key = request();
	CARD_EXT_RSA_WRAP_INFO info = { key.pbModulus, key.cbModulus, key.pbPublicExponent, key.cbPublicExponent,
					CARD_PADDING_PKCS1, NULL };
	BYTE encrypted[BLOCK];
	CARD_RSA_DECRYPT_INFO back = { .dwVersion = CARD_RSA_KEY_DECRYPT_INFO_VERSION_TWO,
				       .bContainerIndex = RSA_KEY,
				       .dwKeySpec = AT_KEYEXCHANGE,
				       .pbData = encrypted,
				       .cbData = BLOCK,
				       .dwPaddingType = CARD_PADDING_PKCS1 };
	SIZE_T len = BLOCK - 1;

	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, data, 20, encrypted, &len), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, BLOCK);
	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, data, 20, encrypted, &len), ERROR_SUCCESS);
	for (size_t i = 0; i < BLOCK / 2; i++) {
		const BYTE other = encrypted[i];

		encrypted[i] = encrypted[BLOCK - 1 - i];
		encrypted[BLOCK - 1 - i] = other;
	}
	ck_assert_code(harness_card->pfnCardRSADecrypt(harness_card, &back), ERROR_SUCCESS);
	ck_assert_uint_eq(back.cbData, 20);
	for (size_t i = 0; i < 20; i++)
		ck_assert_uint_eq(encrypted[i], data[19 - i]);
	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, data, BLOCK - 10, encrypted, &len),
		       SCARD_E_INVALID_PARAMETER);
	info.dwPadding = CARD_PADDING_NONE;
	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, data, BLOCK - 1, encrypted, &len),
		       SCARD_E_INVALID_PARAMETER);
	memset(data, 0xFF, sizeof(data));
	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, data, BLOCK, encrypted, &len), SCARD_E_INVALID_VALUE);
	ck_assert_code(harness_keys()->pfnEncryptRsa(NULL, data, 20, encrypted, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, NULL, 20, encrypted, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_keys()->pfnEncryptRsa(&info, data, 20, encrypted, NULL), SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* ---- what the card leaves to us --------------------------------------------------------------------- */

static DWORD paddings(void)
{
	DWORD value = 0;
	DWORD len = 0;

	ck_assert_code(harness_card->pfnCardGetProperty(harness_card, CP_PADDING_SCHEMES, (PBYTE)&value, sizeof(value),
							&len, CARD_ASYMMETRIC_OPERATION),
		       ERROR_SUCCESS);
	return value;
}

START_TEST(padding_schemes_are_those_of_the_keys)
{
	ck_assert_uint_eq(paddings(), CARD_PADDING_NONE | CARD_PADDING_PKCS1 | CARD_PADDING_PSS | CARD_PADDING_OAEP);
}
END_TEST

START_TEST(a_card_that_pads_is_not_asked_for_other_paddings)
{
	const struct fake_key pads = { .type = CRD_KEY_RSA, .usage = CRD_USE_SIGN | CRD_USE_DECRYPT, .pads = true };
	BCRYPT_OAEP_PADDING_INFO oaep = { .pszAlgId = BCRYPT_SHA1_ALGORITHM };
	CARD_SIGNING_INFO signing = { .dwVersion = CARD_SIGNING_INFO_CURRENT_VERSION,
				      .dwKeySpec = AT_SIGNATURE,
				      .dwSigningFlags = CARD_PADDING_INFO_PRESENT,
				      .dwPaddingType = CARD_PADDING_PSS,
				      .pPaddingInfo = &pss,
				      .pbData = data,
				      .cbData = 32 };
	CARD_RSA_DECRYPT_INFO decrypting = { .dwVersion = CARD_RSA_KEY_DECRYPT_INFO_VERSION_TWO,
					     .dwKeySpec = AT_KEYEXCHANGE,
					     .pbData = data,
					     .cbData = BLOCK,
					     .pPaddingInfo = &oaep,
					     .dwPaddingType = CARD_PADDING_OAEP };
	DWORD of_key = 0;
	DWORD len = 0;

	signing.bContainerIndex = decrypting.bContainerIndex = (BYTE)fake_add_key(&pads);
	ck_assert_code(harness_card->pfnCardSignData(harness_card, &signing), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(harness_card->pfnCardRSADecrypt(harness_card, &decrypting), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_uint_eq(fake_commands(), 0);
	ck_assert_code(harness_card->pfnCardGetContainerProperty(harness_card, signing.bContainerIndex,
								 CCP_EXT_PADDINGS, (PBYTE)&of_key,
								 sizeof(of_key), &len, 0),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(of_key, CARD_PADDING_PKCS1);
	signing.dwPaddingType = CARD_PADDING_PKCS1, signing.pPaddingInfo = &sha256;
	ck_assert_code(harness_card->pfnCardSignData(harness_card, &signing), ERROR_SUCCESS);
	harness_free(signing.pbSignedData);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, what_the_card_signs_is_verified);
	tcase_add_test(tc, requests_to_verify_are_checked);
	tcase_add_test(tc, a_signature_is_opened);
	tcase_add_test(tc, data_is_encrypted_to_a_public_key);
	tcase_add_test(tc, padding_schemes_are_those_of_the_keys);
	tcase_add_test(tc, a_card_that_pads_is_not_asked_for_other_paddings);
}

TEST_MAIN("minidriver/drv_verify", add)
