/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static BYTE digest[600];

static void set_up(void)
{
	harness_open();
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (BYTE)(i + 1);
}

static CARD_SIGNING_INFO request(BYTE container, DWORD spec, DWORD len)
{
	return (CARD_SIGNING_INFO){ .dwVersion = CARD_SIGNING_INFO_CURRENT_VERSION,
				    .bContainerIndex = container,
				    .dwKeySpec = spec,
				    .pbData = digest,
				    .cbData = len };
}

static DWORD sign(CARD_SIGNING_INFO *info)
{
	return harness_card->pfnCardSignData(harness_card, info);
}

/* The code, and that the card was not asked. */
static DWORD refused(CARD_SIGNING_INFO info)
{
	const unsigned before = fake_calls(FAKE_SIGN_RAW);
	const DWORD err = sign(&info);

	ck_assert_uint_eq(fake_calls(FAKE_SIGN_RAW), before);
	ck_assert_ptr_null(info.pbSignedData);
	return err;
}

/* The block inside an RSA signature, big-endian. */
static void open_rsa(const CARD_SIGNING_INFO *info, BYTE ret_block[256])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(3), NULL);
	BYTE big_endian[256];
	size_t len = 256;

	ck_assert_uint_eq(info->cbSignedData, 256);
	for (size_t i = 0; i < 256; i++)
		big_endian[i] = info->pbSignedData[255 - i];
	ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(context, ret_block, &len, big_endian, 256), 1);
	EVP_PKEY_CTX_free(context);
	harness_free(info->pbSignedData);
}

static void expect_pkcs1(const BYTE block[256], const void *prefix, size_t prefix_len, size_t len)
{
	const size_t at = 256 - len - prefix_len;

	ck_assert_uint_eq(block[0], 0);
	ck_assert_uint_eq(block[1], 1);
	for (size_t i = 2; i < at - 1; i++)
		ck_assert_uint_eq(block[i], 0xFF);
	ck_assert_uint_eq(block[at - 1], 0);
	ck_assert_mem_eq(block + at, prefix, prefix_len);
	ck_assert_mem_eq(block + at + prefix_len, digest, len);
}

static const BYTE sha256_prefix[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

START_TEST(rsa_is_padded_here_and_comes_little_endian)
{
	BCRYPT_PKCS1_PADDING_INFO padding = { .pszAlgId = NULL };
	CARD_SIGNING_INFO info;
	BYTE block[256];

	for (DWORD len = 1; len <= 245; len += 61) {
		info = request(3, AT_KEYEXCHANGE, len);
		info.dwSigningFlags = CARD_PADDING_INFO_PRESENT;
		info.dwPaddingType = CARD_PADDING_PKCS1;
		info.pPaddingInfo = &padding;
		ck_assert_code(sign(&info), ERROR_SUCCESS);
		open_rsa(&info, block);
		expect_pkcs1(block, "", 0, len);
	}
	info.cbData = 246;
	info.pbSignedData = NULL;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_named_hash_brings_its_digest_info)
{
	static const struct {
		LPCWSTR name;
		ALG_ID alg;
		DWORD len;
	} hashes[] = {
		{ BCRYPT_MD5_ALGORITHM, CALG_MD5, 16 },       { BCRYPT_SHA1_ALGORITHM, CALG_SHA1, 20 },
		{ BCRYPT_SHA256_ALGORITHM, CALG_SHA_256, 32 }, { BCRYPT_SHA384_ALGORITHM, CALG_SHA_384, 48 },
		{ BCRYPT_SHA512_ALGORITHM, CALG_SHA_512, 64 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		BCRYPT_PKCS1_PADDING_INFO padding = { .pszAlgId = hashes[i].name };
		CARD_SIGNING_INFO info = request(3, AT_SIGNATURE, hashes[i].len);
		BYTE by_name[256];
		BYTE by_alg[256];

		info.dwSigningFlags = CARD_PADDING_INFO_PRESENT;
		info.dwPaddingType = CARD_PADDING_PKCS1;
		info.pPaddingInfo = &padding;
		ck_assert_code(sign(&info), ERROR_SUCCESS);
		open_rsa(&info, by_name);
		info = request(3, AT_SIGNATURE, hashes[i].len);
		info.dwVersion = 1;
		info.aiHashAlg = hashes[i].alg;
		ck_assert_code(sign(&info), ERROR_SUCCESS);
		open_rsa(&info, by_alg);
		ck_assert_mem_eq(by_name, by_alg, sizeof(by_name));
		if (hashes[i].len == 32)
			expect_pkcs1(by_name, sha256_prefix, sizeof(sha256_prefix), 32);
		info.pbSignedData = NULL;
		info.cbData--; /* not that hash's length */
		ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	}
}
END_TEST

START_TEST(a_hash_may_stand_without_its_digest_info)
{
	CARD_SIGNING_INFO info = request(3, AT_SIGNATURE, 32);
	BYTE block[256];

	info.dwVersion = 1;
	info.aiHashAlg = CALG_SHA_256;
	info.dwSigningFlags = CRYPT_NOHASHOID;
	ck_assert_code(sign(&info), ERROR_SUCCESS);
	open_rsa(&info, block);
	expect_pkcs1(block, "", 0, 32);
	info.pbSignedData = NULL;
	info.cbData = 31; /* still not that hash's length */
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

/* Signatures are little-endian. */
static bool pss_verifies(const CARD_SIGNING_INFO *info, const char *hash, const char *mgf, int salt_len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(3), NULL);
	BYTE big_endian[256];
	bool good;

	for (size_t i = 0; i < 256; i++)
		big_endian[i] = info->pbSignedData[255 - i];
	ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(context, EVP_get_digestbyname(hash)), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_get_digestbyname(mgf)), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_len), 1);
	good = EVP_PKEY_verify(context, big_endian, 256, info->pbData, info->cbData) == 1;
	EVP_PKEY_CTX_free(context);
	return good;
}

START_TEST(pss_is_padded_here)
{
	static const ULONG salts[] = { 0, 32, 222 };
	BCRYPT_PSS_PADDING_INFO padding = { .pszAlgId = BCRYPT_SHA256_ALGORITHM };
	CARD_EXT_PSS_PADDING_INFO with_mgf = { { BCRYPT_SHA256_ALGORITHM, 20 }, BCRYPT_SHA1_ALGORITHM };
	CARD_SIGNING_INFO info;

	for (size_t i = 0; i < ARRAY_COUNT(salts); i++) {
		info = request(3, AT_SIGNATURE, 32);
		info.dwSigningFlags = CARD_PADDING_INFO_PRESENT;
		info.dwPaddingType = CARD_PADDING_PSS;
		info.pPaddingInfo = &padding;
		padding.cbSalt = salts[i];
		ck_assert_code(sign(&info), ERROR_SUCCESS);
		ck_assert(pss_verifies(&info, "SHA256", "SHA256", (int)salts[i]));
		harness_free(info.pbSignedData);
	}
	info.pbSignedData = NULL;
	info.dwPaddingType = CARD_EXT_PADDING_PSS_MGF1;
	info.pPaddingInfo = &with_mgf;
	ck_assert_code(sign(&info), ERROR_SUCCESS);
	ck_assert(pss_verifies(&info, "SHA256", "SHA1", 20));
	harness_free(info.pbSignedData);
}
END_TEST

START_TEST(pss_is_checked_before_the_card_is_asked)
{
	BCRYPT_PSS_PADDING_INFO padding = { BCRYPT_SHA256_ALGORITHM, 223 };
	CARD_EXT_PSS_PADDING_INFO with_mgf = { { BCRYPT_SHA256_ALGORITHM, 20 }, NULL };
	CARD_SIGNING_INFO info = request(3, AT_SIGNATURE, 32);

	info.dwSigningFlags = CARD_PADDING_INFO_PRESENT;
	info.dwPaddingType = CARD_PADDING_PSS;
	info.pPaddingInfo = &padding;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER); /* the salt */
	padding.cbSalt = 0xFFFFFFFFu;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	padding.cbSalt = 32;
	info.cbData = 20;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info.cbData = 32;
	padding.pszAlgId = u"SHA257";
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	padding.pszAlgId = NULL;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	padding.pszAlgId = BCRYPT_SHAKE256_ALGORITHM;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info.dwPaddingType = CARD_EXT_PADDING_PSS_MGF1;
	info.pPaddingInfo = &with_mgf;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info.pPaddingInfo = NULL;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_block_may_be_signed_as_it_is)
{
	CARD_SIGNING_INFO info = request(3, AT_SIGNATURE, 256);
	BYTE block[256];

	digest[0] = 0;
	info.dwSigningFlags = CARD_PADDING_INFO_PRESENT;
	info.dwPaddingType = CARD_PADDING_NONE;
	ck_assert_code(sign(&info), ERROR_SUCCESS);
	open_rsa(&info, block);
	ck_assert_mem_eq(block, digest, 256);
	info.pbSignedData = NULL;
	info.cbData = 255;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(ecdsa_is_r_and_s_and_a_long_digest_is_cut)
{
	static const DWORD lens[] = { 20, 32, 48, 64 };

	for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
		CARD_SIGNING_INFO info = request(0, AT_ECDSA_P256, lens[i]);

		ck_assert_code(sign(&info), ERROR_SUCCESS);
		ck_assert_uint_eq(info.cbSignedData, 64);
		ck_assert(fake_ecdsa_verifies(0, span_of(digest, lens[i]), span_of(info.pbSignedData, 64)));
		info.pbSignedData[5] ^= 1;
		ck_assert(!fake_ecdsa_verifies(0, span_of(digest, lens[i]), span_of(info.pbSignedData, 64)));
		harness_free(info.pbSignedData);
	}
}
END_TEST

START_TEST(the_length_alone_needs_no_data_and_no_card)
{
	CARD_SIGNING_INFO info = request(0, AT_ECDSA_P256, 0);

	info.dwSigningFlags = CARD_BUFFER_SIZE_ONLY;
	info.pbData = NULL;
	ck_assert_code(refused(info), ERROR_SUCCESS);
	ck_assert_code(sign(&info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbSignedData, 64);
	info.bContainerIndex = 3;
	info.dwKeySpec = AT_SIGNATURE;
	ck_assert_code(sign(&info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbSignedData, 256);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

START_TEST(wrong_requests_never_reach_the_card)
{
	CARD_SIGNING_INFO info;

	ck_assert_code(harness_card->pfnCardSignData(harness_card, NULL), SCARD_E_INVALID_PARAMETER);
	info = request(0, AT_ECDSA_P256, 32), info.dwVersion = 3;
	ck_assert_code(refused(info), ERROR_REVISION_MISMATCH);
	info = request(0, AT_ECDSA_P256, 32), info.pbData = NULL;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(0, AT_ECDSA_P256, 0);
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(0, AT_ECDSA_P256, 32), info.dwSigningFlags = 2;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(9, AT_ECDSA_P256, 32);
	ck_assert_code(refused(info), SCARD_E_NO_KEY_CONTAINER);
	info = request(0, AT_ECDSA_P384, 32);
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(0, AT_SIGNATURE, 32);
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(3, AT_ECDSA_P256, 32);
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(3, AT_SIGNATURE, 32), info.aiHashAlg = 0x8001;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(3, AT_SIGNATURE, 32), info.dwSigningFlags = CARD_PADDING_INFO_PRESENT,
	info.dwPaddingType = CARD_PADDING_PSS;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER); /* and no pPaddingInfo */
	info.dwPaddingType = CARD_PADDING_PKCS1; /* and no pPaddingInfo */
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info.dwPaddingType = CARD_PADDING_OAEP;
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info.dwPaddingType = CARD_PADDING_NONE, info.dwVersion = 1; /* version 1 has no padding information */
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
	info = request(2, AT_ECDSA_P521, 67);
	ck_assert_code(refused(info), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(the_cards_refusal_is_told)
{
	CARD_SIGNING_INFO info = request(1, AT_ECDSA_P384, 32);

	ck_assert_code(sign(&info), SCARD_W_SECURITY_VIOLATION);
	info = request(0, AT_ECDSA_P256, 32);
	fake_fail(FAKE_SIGN_RAW, CE_CARD_REMOVED, 1);
	ck_assert_code(sign(&info), SCARD_W_REMOVED_CARD);
	fake_fail(FAKE_SIGN_RAW, CE_NOT_FOUND, 1);
	ck_assert_code(sign(&info), SCARD_E_NO_KEY_CONTAINER);
	harness_fail_alloc(1);
	ck_assert_code(sign(&info), SCARD_E_NO_MEMORY);
	ck_assert_ptr_null(info.pbSignedData);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, rsa_is_padded_here_and_comes_little_endian);
	tcase_add_test(tc, a_named_hash_brings_its_digest_info);
	tcase_add_test(tc, a_hash_may_stand_without_its_digest_info);
	tcase_add_test(tc, pss_is_padded_here);
	tcase_add_test(tc, pss_is_checked_before_the_card_is_asked);
	tcase_add_test(tc, a_block_may_be_signed_as_it_is);
	tcase_add_test(tc, ecdsa_is_r_and_s_and_a_long_digest_is_cut);
	tcase_add_test(tc, the_length_alone_needs_no_data_and_no_card);
	tcase_add_test(tc, wrong_requests_never_reach_the_card);
	tcase_add_test(tc, the_cards_refusal_is_told);
}

TEST_MAIN("minidriver/drv_sign", add)
