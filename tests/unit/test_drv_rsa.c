/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CardRSADecrypt, CardImportSessionKey, and keys encrypted to RSA keys. */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define RSA_CONTAINER 3

static BYTE label_bytes[] = { 'l', 'a', 'b', 'e', 'l' };
static BYTE key_bytes[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };

static void set_up(void)
{
	harness_open();
	fake_reset_counts();
}

/* What anybody encrypts to the card's key. */
struct how {
	int padding;
	const char *hash;
	const char *mgf;
	struct span label;
};

static void encrypt(size_t key, const struct how *how, struct span plain, BYTE ret_cipher[256])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(key), NULL);
	size_t len = 256;

	ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, how->padding), 1);
	if (how->hash != NULL) {
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md_name(context, how->hash, NULL), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, how->mgf, NULL), 1);
	}
	if (how->label.len != 0) {
		void *label = OPENSSL_memdup(how->label.data, how->label.len);

		ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)how->label.len), 1);
	}
	ck_assert_int_eq(EVP_PKEY_encrypt(context, ret_cipher, &len, plain.data, plain.len), 1);
	ck_assert_uint_eq(len, 256);
	EVP_PKEY_CTX_free(context);
}

static const struct how pkcs1 = { .padding = RSA_PKCS1_PADDING };

START_TEST(rsa_decrypts_in_place_little_endian)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(3), NULL);
	BYTE plain[256] = { 0, 2, 3 };
	BYTE cipher[256];
	BYTE data[256];
	size_t len = sizeof(cipher);
	CARD_RSA_DECRYPT_INFO info = { .dwVersion = 1,
				       .bContainerIndex = 3,
				       .dwKeySpec = AT_KEYEXCHANGE,
				       .pbData = data,
				       .cbData = sizeof(data) };

	ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(context, cipher, &len, plain, sizeof(plain)), 1);
	EVP_PKEY_CTX_free(context);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = cipher[255 - i];
	ck_assert_code(harness_card->pfnCardRSADecrypt(harness_card, &info), ERROR_SUCCESS);
	for (size_t i = 0; i < sizeof(data); i++)
		ck_assert_uint_eq(data[i], plain[255 - i]);
}
END_TEST

START_TEST(rsa_decryption_checks_its_request)
{
	PCARD_DATA c = harness_card;
	BYTE data[256] = { 1 };
	const CARD_RSA_DECRYPT_INFO good = { .dwVersion = 2,
					     .bContainerIndex = 3,
					     .dwKeySpec = AT_KEYEXCHANGE,
					     .pbData = data,
					     .cbData = 256,
					     .dwPaddingType = CARD_PADDING_NONE };
	CARD_RSA_DECRYPT_INFO info = good;

	ck_assert_code(c->pfnCardRSADecrypt(c, NULL), SCARD_E_INVALID_PARAMETER);
	info.pbData = NULL;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_INVALID_PARAMETER);
	info = good, info.dwVersion = 3;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), ERROR_REVISION_MISMATCH);
	info = good, info.dwPaddingType = CARD_PADDING_PSS;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_UNSUPPORTED_FEATURE);
	info = good, info.dwPaddingType = CARD_PADDING_OAEP;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_INVALID_PARAMETER);
	info = good, info.dwPaddingType = 0;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_INVALID_PARAMETER);
	info = good, info.bContainerIndex = 0;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_INVALID_PARAMETER);
	info = good, info.bContainerIndex = 9;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_NO_KEY_CONTAINER);
	info = good, info.cbData = 255;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_INVALID_PARAMETER);
	info = good, info.dwKeySpec = AT_SIGNATURE;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(fake_commands(), 0);
	info = good;
	ck_assert_code(c->pfnCardRSADecrypt(c, &info), ERROR_SUCCESS);
}
END_TEST

/* Each padding: its number, its structure, and how OpenSSL makes it. */
static const CARD_EXT_OAEP_PADDING_INFO oaep_infos[] = {
	{ { BCRYPT_SHA1_ALGORITHM, NULL, 0 }, BCRYPT_SHA1_ALGORITHM },
	{ { BCRYPT_SHA256_ALGORITHM, label_bytes, sizeof(label_bytes) }, BCRYPT_SHA256_ALGORITHM },
	{ { BCRYPT_SHA256_ALGORITHM, NULL, 0 }, BCRYPT_SHA1_ALGORITHM },
};

static const struct {
	DWORD type;
	const CARD_EXT_OAEP_PADDING_INFO *info;
	struct how how;
} paddings[] = {
	{ CARD_PADDING_PKCS1, NULL, { RSA_PKCS1_PADDING, NULL, NULL, { NULL, 0 } } },
	{ CARD_PADDING_OAEP, &oaep_infos[0], { RSA_PKCS1_OAEP_PADDING, "SHA1", "SHA1", { NULL, 0 } } },
	{ CARD_PADDING_OAEP, &oaep_infos[1],
	  { RSA_PKCS1_OAEP_PADDING, "SHA256", "SHA256", { label_bytes, sizeof(label_bytes) } } },
	{ CARD_EXT_PADDING_OAEP_MGF1, &oaep_infos[2], { RSA_PKCS1_OAEP_PADDING, "SHA256", "SHA1", { NULL, 0 } } },
};

static LPVOID info_of(size_t i)
{
	return (LPVOID)(uintptr_t)paddings[i].info;
}

START_TEST(each_padding_is_taken_off)
{
	for (size_t i = 0; i < ARRAY_COUNT(paddings); i++) {
		for (size_t len = 0; len <= sizeof(key_bytes); len += 16) {
			BYTE cipher[256];
			BYTE data[256];
			CARD_RSA_DECRYPT_INFO info = { .dwVersion = 2,
						       .bContainerIndex = RSA_CONTAINER,
						       .dwKeySpec = AT_KEYEXCHANGE,
						       .pbData = data,
						       .cbData = sizeof(data),
						       .pPaddingInfo = info_of(i),
						       .dwPaddingType = paddings[i].type };

			encrypt(RSA_CONTAINER, &paddings[i].how, span_of(key_bytes, len), cipher);
			for (size_t j = 0; j < sizeof(data); j++)
				data[j] = cipher[255 - j];
			ck_assert_code(harness_card->pfnCardRSADecrypt(harness_card, &info), ERROR_SUCCESS);
			ck_assert_uint_eq(info.cbData, len);
			for (size_t j = 0; j < len; j++)
				ck_assert_uint_eq(data[j], key_bytes[len - 1 - j]);
		}
	}
}
END_TEST

static DWORD import(size_t i, LPCWSTR blob_type, LPCWSTR alg, BYTE cipher[256], PCARD_KEY_HANDLE ret_handle)
{
	return harness_card->pfnCardImportSessionKey(harness_card, RSA_CONTAINER, info_of(i), blob_type, alg,
						     ret_handle, cipher, 256, paddings[i].type);
}

static void key_is(CARD_KEY_HANDLE handle, struct span expected)
{
	BYTE value[64];
	SIZE_T len = 0;

	ck_assert_code(harness_keys()->pfnKeyExport(harness_card, handle, value, sizeof(value), &len), ERROR_SUCCESS);
	ck_assert_uint_eq(len, expected.len);
	ck_assert_mem_eq(value, expected.data, len);
}

START_TEST(an_encrypted_key_goes_into_the_store)
{
	for (size_t i = 0; i < ARRAY_COUNT(paddings); i++) {
		BYTE cipher[256];
		CARD_KEY_HANDLE handle = 0;

		encrypt(RSA_CONTAINER, &paddings[i].how, span_of(key_bytes, 16), cipher);
		ck_assert_code(import(i, CARD_EXT_RAW_KEY_BLOB, CARD_AES_ALGORITHM, cipher, &handle), ERROR_SUCCESS);
		key_is(handle, span_of(key_bytes, 16));
		cipher[200] ^= 1;
		handle = 0;
		ck_assert_code(import(i, CARD_EXT_RAW_KEY_BLOB, CARD_AES_ALGORITHM, cipher, &handle),
			       SCARD_E_INVALID_VALUE);
		ck_assert_uint_eq(handle, 0);
	}
}
END_TEST

START_TEST(an_encrypted_blob_is_opened_and_checked)
{
	BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1, 32 };
	BYTE blob[12 + 32];
	BYTE cipher[256];
	CARD_KEY_HANDLE handle = 0;

	memcpy(blob, &header, sizeof(header));
	memcpy(blob + sizeof(header), key_bytes, 32);
	encrypt(RSA_CONTAINER, &pkcs1, span_of(blob, sizeof(blob)), cipher);
	ck_assert_code(import(0, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, cipher, &handle), ERROR_SUCCESS);
	key_is(handle, span_of(key_bytes, 32));
	blob[0] ^= 1;
	encrypt(RSA_CONTAINER, &pkcs1, span_of(blob, sizeof(blob)), cipher);
	ck_assert_code(import(0, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, cipher, &handle), SCARD_E_INVALID_VALUE);
	encrypt(RSA_CONTAINER, &pkcs1, span_of(key_bytes, 15), cipher);
	ck_assert_code(import(0, CARD_EXT_RAW_KEY_BLOB, CARD_AES_ALGORITHM, cipher, &handle), SCARD_E_INVALID_VALUE);
	encrypt(RSA_CONTAINER, &pkcs1, span_of(key_bytes, 0), cipher);
	ck_assert_code(import(0, CARD_EXT_RAW_KEY_BLOB, CARD_EXT_GENERIC_SECRET_ALGORITHM, cipher, &handle),
		       SCARD_E_INVALID_VALUE);
}
END_TEST

START_TEST(an_import_checks_its_request_before_the_card)
{
	PCARD_DATA c = harness_card;
	BYTE cipher[256] = { 0 };
	CARD_KEY_HANDLE handle = 0;
	CARD_EXT_OAEP_PADDING_INFO unknown = { { u"MD4", NULL, 0 }, u"MD4" };
	CARD_EXT_OAEP_PADDING_INFO no_label = { { BCRYPT_SHA1_ALGORITHM, NULL, 4 }, BCRYPT_SHA1_ALGORITHM };

#define IMPORT(container, info, type, alg, out, in, len, flags) \
	c->pfnCardImportSessionKey(c, container, info, type, alg, out, in, len, flags)
#define RAW CARD_EXT_RAW_KEY_BLOB
#define AES CARD_AES_ALGORITHM
	ck_assert_code(IMPORT(3, NULL, u"blob", AES, &handle, cipher, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, NULL, AES, &handle, cipher, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, u"RC6", &handle, cipher, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, NULL, &handle, cipher, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, NULL, cipher, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, NULL, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, cipher, 255, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, cipher, 0, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, cipher, 256, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, cipher, 256, CARD_PADDING_NONE), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, cipher, 256, CARD_PADDING_OAEP), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, &unknown, RAW, AES, &handle, cipher, 256, CARD_PADDING_OAEP),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, &no_label, RAW, AES, &handle, cipher, 256, CARD_PADDING_OAEP),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(3, NULL, RAW, AES, &handle, cipher, 256, CARD_PADDING_PSS),
		       SCARD_E_UNSUPPORTED_FEATURE);
	/* "ECC keys cannot be used" (v7 specification, CardImportSessionKey) */
	ck_assert_code(IMPORT(0, NULL, RAW, AES, &handle, cipher, 256, 2), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(IMPORT(99, NULL, RAW, AES, &handle, cipher, 256, 2), SCARD_E_NO_KEY_CONTAINER);
#undef IMPORT
	ck_assert_uint_eq(fake_commands(), 0);
	ck_assert_uint_eq(handle, 0);
}
END_TEST

/* The public half of the card's key, big-endian. */
static void take_public(BYTE modulus[256], BYTE exponent[8], CARD_EXT_RSA_WRAP_INFO *info)
{
	BIGNUM *n = NULL;
	BIGNUM *e = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(fake_pkey(RSA_CONTAINER), OSSL_PKEY_PARAM_RSA_N, &n), 1);
	ck_assert_int_eq(EVP_PKEY_get_bn_param(fake_pkey(RSA_CONTAINER), OSSL_PKEY_PARAM_RSA_E, &e), 1);
	ck_assert_int_eq(BN_bn2binpad(n, modulus, 256), 256);
	*info = (CARD_EXT_RSA_WRAP_INFO){ .pbModulus = modulus,
					  .cbModulus = 256,
					  .pbPublicExponent = exponent,
					  .cbPublicExponent = (SIZE_T)BN_bn2bin(e, exponent) };
	BN_free(n);
	BN_free(e);
}

START_TEST(what_is_wrapped_to_a_key_of_the_card_comes_back)
{
	const CARD_KEY_HANDLE key = harness_import(CARD_AES_ALGORITHM, span_of(key_bytes, 32));
	BYTE modulus[256];
	BYTE exponent[8];
	CARD_EXT_RSA_WRAP_INFO info;

	take_public(modulus, exponent, &info);
	for (size_t i = 0; i < ARRAY_COUNT(paddings); i++) {
		BYTE wrapped[256];
		SIZE_T len = 255;
		CARD_KEY_HANDLE back = 0;

		info.dwPadding = paddings[i].type;
		info.pPaddingInfo = info_of(i);
		ck_assert_code(harness_keys()->pfnKeyWrapRsa(harness_card, &info, key, wrapped, &len),
			       ERROR_INSUFFICIENT_BUFFER);
		ck_assert_uint_eq(len, 256);
		len = 0;
		ck_assert_code(harness_keys()->pfnKeyWrapRsa(harness_card, &info, key, NULL, &len), ERROR_SUCCESS);
		ck_assert_uint_eq(len, 256);
		ck_assert_code(harness_keys()->pfnKeyWrapRsa(harness_card, &info, key, wrapped, &len), ERROR_SUCCESS);
		ck_assert_code(import(i, RAW, AES, wrapped, &back), ERROR_SUCCESS);
		key_is(back, span_of(key_bytes, 32));
	}
}
END_TEST

START_TEST(wrapping_to_an_rsa_key_checks_its_request)
{
	const CARD_KEY_HANDLE key = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(key_bytes, 32));
	static const BYTE one[] = { 1 };
	static const BYTE small[64] = { 0xC0, [63] = 1 };
	BYTE modulus[256];
	BYTE exponent[8];
	BYTE wrapped[256];
	BYTE large[54] = { 1 };
	SIZE_T len = 256;
	CARD_EXT_RSA_WRAP_INFO good;
	CARD_EXT_RSA_WRAP_INFO info;

#define WRAP(handle) harness_keys()->pfnKeyWrapRsa(harness_card, &info, handle, wrapped, &len)
	take_public(modulus, exponent, &good);
	good.dwPadding = CARD_PADDING_PKCS1;
	info = good;
	ck_assert_code(WRAP(0), SCARD_E_INVALID_HANDLE);
	ck_assert_code(WRAP(key + 1), SCARD_E_INVALID_HANDLE);
	ck_assert_code(harness_keys()->pfnKeyWrapRsa(harness_card, NULL, key, wrapped, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_keys()->pfnKeyWrapRsa(harness_card, &info, key, wrapped, NULL), SCARD_E_INVALID_PARAMETER);
	info.pbModulus = NULL;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	info = good, info.cbModulus = 63;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	info = good, info.pbPublicExponent = one, info.cbPublicExponent = 1;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	info = good, info.cbPublicExponent = 0;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	info = good, info.dwPadding = CARD_PADDING_NONE;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	info = good, info.dwPadding = CARD_PADDING_OAEP;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	/* 32 bytes do not fit into a block of 64 with OAEP and SHA-256 */
	info = good, info.pbModulus = small, info.cbModulus = sizeof(small), info.dwPadding = CARD_PADDING_OAEP;
	info.pPaddingInfo = &oaep_infos[1], len = 64;
	ck_assert_code(WRAP(key), SCARD_E_INVALID_PARAMETER);
	info.dwPadding = CARD_PADDING_PKCS1;
	ck_assert_code(WRAP(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(large, sizeof(large)))),
		       SCARD_E_INVALID_PARAMETER);
	info = good, len = 256;
	ck_assert_code(WRAP(key), ERROR_SUCCESS);
#undef WRAP
}
END_TEST

/* ---- agreement with a pair of our own --------------------------------------------------------------- */

static const BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };

START_TEST(an_ephemeral_agreement_is_what_the_card_agrees_with_the_public_point)
{
	const struct span point = fake_point(0);
	const CARD_EXT_POINT_INFO peer = { p256, sizeof(p256), point.data, point.len };
	BYTE first[65];
	BYTE second[65];
	BYTE z[32];
	SIZE_T len = sizeof(first);
	CARD_KEY_HANDLE secret = 0;
	BYTE index;
	size_t z_len;

	ck_assert_code(harness_keys()->pfnAgreeEphemeral(harness_card, &peer, first, &len, &secret), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 65);
	ck_assert_uint_eq(fake_commands(), 0);
	ck_assert_code(harness_construct(0, span_of(first, 65), &index), ERROR_SUCCESS);
	ck_assert_code(harness_derive(CARD_EXT_KDF_RAW_SECRET_BE, 0, NULL, index, z, &z_len), ERROR_SUCCESS);
	key_is(secret, span_of(z, z_len));
	ck_assert_code(harness_keys()->pfnAgreeEphemeral(harness_card, &peer, second, &len, &secret), ERROR_SUCCESS);
	ck_assert_mem_ne(first, second, 65);
}
END_TEST

START_TEST(an_ephemeral_agreement_checks_its_peer)
{
	struct span point = fake_point(0);
	BYTE bad[65];
	BYTE out[65];
	SIZE_T len = sizeof(out);
	CARD_KEY_HANDLE secret = 0;
	CARD_EXT_POINT_INFO peer = { p256, sizeof(p256), point.data, point.len };

#define AGREE() harness_keys()->pfnAgreeEphemeral(harness_card, &peer, out, &len, &secret)
	len = 64;
	ck_assert_code(AGREE(), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 65);
	memcpy(bad, point.data, 65);
	bad[64] ^= 1;
	peer.pbPoint = bad;
	ck_assert_code(AGREE(), SCARD_E_INVALID_PARAMETER);
	peer.pbPoint = point.data, peer.cbPoint = 64;
	ck_assert_code(AGREE(), SCARD_E_INVALID_PARAMETER);
	peer.cbPoint = 65, peer.cbParameters = 9;
	ck_assert_code(AGREE(), SCARD_E_UNSUPPORTED_FEATURE);
	peer.cbParameters = sizeof(p256), peer.pbParameters = NULL;
	ck_assert_code(AGREE(), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_keys()->pfnAgreeEphemeral(harness_card, NULL, out, &len, &secret),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(secret, 0);
#undef AGREE
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, rsa_decrypts_in_place_little_endian);
	tcase_add_test(tc, rsa_decryption_checks_its_request);
	tcase_add_test(tc, each_padding_is_taken_off);
	tcase_add_test(tc, an_encrypted_key_goes_into_the_store);
	tcase_add_test(tc, an_encrypted_blob_is_opened_and_checked);
	tcase_add_test(tc, an_import_checks_its_request_before_the_card);
	tcase_add_test(tc, what_is_wrapped_to_a_key_of_the_card_comes_back);
	tcase_add_test(tc, wrapping_to_an_rsa_key_checks_its_request);
	tcase_add_test(tc, an_ephemeral_agreement_is_what_the_card_agrees_with_the_public_point);
	tcase_add_test(tc, an_ephemeral_agreement_checks_its_peer);
}

TEST_MAIN("minidriver/drv_rsa", add)
