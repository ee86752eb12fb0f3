/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card provider: containers by name, PINs, and keys encrypted to the card. */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"
#include "tests/unit/vectors.h"

#define RSA_KEY 3u
#define ON_READER "\\\\.\\" CAPI_READER

static BOOL open_card(HCRYPTPROV *provider, const char *container, DWORD flags)
{
	return CryptAcquireContextA(provider, container, MS_SCARD_PROV_A, PROV_RSA_FULL, flags);
}

static HCRYPTPROV opened(const char *container, DWORD flags)
{
	HCRYPTPROV provider = 0;

	capi_good(open_card(&provider, container, flags));
	return provider;
}

static void give_pin(HCRYPTPROV provider)
{
	capi_good(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)FAKE_PIN, 0));
}

static void text_is(HCRYPTPROV provider, DWORD param, const char *expected)
{
	char text[300];
	DWORD len = sizeof(text);

	capi_good(CryptGetProvParam(provider, param, (BYTE *)text, &len, 0));
	ck_assert_str_eq(text, expected);
}

/* ---- naming a container ----------------------------------------------------------------------------- */

START_TEST(a_container_is_named_by_reader_and_name)
{
	char guid[64];
	char name[128];
	DWORD len = sizeof(guid);
	HCRYPTPROV provider = opened(ON_READER "\\rsa", 0);

	text_is(provider, PP_SMARTCARD_READER, CAPI_READER);
	capi_good(CryptGetProvParam(provider, PP_CONTAINER, (BYTE *)guid, &len, 0));
	capi_close(provider);
	(void)snprintf(name, sizeof(name), ON_READER "\\%s", guid);
	{
		const char *const names[] = { ON_READER, ON_READER "\\", "rsa", guid, name, NULL, "" };

		for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
			provider = opened(names[i], CRYPT_SILENT);
			text_is(provider, PP_SMARTCARD_READER, CAPI_READER);
			text_is(provider, PP_CONTAINER, guid);
			text_is(provider, PP_UNIQUE_CONTAINER, guid);
			capi_close(provider);
		}
	}
	capi_good(CryptAcquireContextW(&provider, u"\\\\.\\Fake Reader 00\\rsa", MS_SCARD_PROV_W, PROV_RSA_FULL, 0));
	text_is(provider, PP_CONTAINER, guid);
	capi_close(provider);
}
END_TEST

START_TEST(containers_are_listed)
{
	const HCRYPTPROV provider = opened(NULL, 0);
	char name[300];
	DWORD len = sizeof(name);
	size_t count = 0;

	for (DWORD flags = CRYPT_FIRST; CryptGetProvParam(provider, PP_ENUMCONTAINERS, (BYTE *)name, &len, flags);
	     flags = CRYPT_NEXT, len = sizeof(name), count++)
		ck_assert_uint_eq(len, strlen(name) + 1);
	ck_assert_uint_eq(GetLastError(), ERROR_NO_MORE_ITEMS);
	ck_assert_uint_eq(count, 5);
	capi_close(provider);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
	HCRYPTPROV p = 42;

	capi_bad(open_card(&p, ON_READER "\\nothing", 0), NTE_BAD_KEYSET);
	capi_bad(open_card(&p, "nothing", 0), NTE_BAD_KEYSET);
	capi_bad(open_card(&p, "\\\\.\\No Reader\\rsa", 0), SCARD_E_UNKNOWN_READER);
	capi_bad(open_card(&p, "\\\\.\\Fake Reader 0\\rsa", 0), SCARD_E_UNKNOWN_READER);
	capi_bad(open_card(&p, "\\\\.\\\\rsa", 0), SCARD_E_UNKNOWN_READER);
	capi_bad(open_card(&p, ON_READER "\\new", CRYPT_NEWKEYSET), SCARD_E_UNSUPPORTED_FEATURE);
	capi_bad(open_card(&p, ON_READER "\\rsa", CRYPT_DELETEKEYSET), SCARD_E_UNSUPPORTED_FEATURE);
	capi_bad(open_card(&p, "rsa", CRYPT_VERIFYCONTEXT), NTE_BAD_FLAGS);
	fake_remove_card(0);
	capi_bad(open_card(&p, ON_READER "\\rsa", 0), SCARD_E_NO_SMARTCARD);
	capi_bad(open_card(&p, NULL, 0), SCARD_E_NO_SMARTCARD);
	ck_assert_uint_eq(p, 42);
}
END_TEST

START_TEST(the_second_reader_is_searched_too)
{
	HCRYPTPROV provider;

	fake_remove_card(0);
	(void)fake_add_reader("Second Reader", true);
	provider = opened("rsa", 0);
	text_is(provider, PP_SMARTCARD_READER, "Second Reader");
	capi_close(provider);
}
END_TEST

START_TEST(without_a_container_no_card_is_needed)
{
	HCRYPTPROV provider = opened(ON_READER "\\", CRYPT_VERIFYCONTEXT);
	HCRYPTKEY key = 0;

	text_is(provider, PP_SMARTCARD_READER, CAPI_READER);
	capi_bad(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
	capi_close(provider);
	fake_remove_card(0);
	provider = opened(NULL, CRYPT_VERIFYCONTEXT);
	key = capi_derive(provider, CALG_AES_256, 0);
	capi_bad(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)FAKE_PIN, 0), NTE_NO_KEY);
	capi_close(provider);
}
END_TEST

START_TEST(session_keys_live_beside_the_card)
{
	const HCRYPTPROV provider = opened(NULL, 0);
	const HCRYPTPROV software = capi_open("aes");
	BYTE data[2][32] = { { 0 }, { 0 } };

	for (size_t i = 0; i < 2; i++) {
		const HCRYPTKEY key = capi_derive(i == 0 ? provider : software, CALG_AES_256, 0);
		DWORD len = 20;

		capi_good(CryptEncrypt(key, 0, TRUE, 0, data[i], &len, 32));
		capi_good(CryptDestroyKey(key));
	}
	ck_assert_mem_eq(data[0], data[1], 32);
	ck_assert_uint_eq(fake_calls(FAKE_RSA_DECRYPT), 0);
	capi_close(provider);
	capi_close(software);
}
END_TEST

/* ---- the container's key ---------------------------------------------------------------------------- */

START_TEST(the_key_of_a_container_is_its_rsa_key)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const HCRYPTPROV ec = opened("derive 256", 0);
	HCRYPTKEY key = 0;
	HCRYPTKEY sign = 0;

	capi_good(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
	capi_good(CryptGetUserKey(provider, AT_SIGNATURE, &sign));
	ck_assert_uint_eq(capi_key_number(key, KP_ALGID), CALG_RSA_KEYX);
	ck_assert_uint_eq(capi_key_number(sign, KP_ALGID), CALG_RSA_SIGN);
	ck_assert_uint_eq(capi_key_number(key, KP_KEYLEN), 8u * (DWORD)EVP_PKEY_get_size(fake_pkey(RSA_KEY)));
	capi_bad(CryptGetUserKey(provider, AT_KEYEXCHANGE, NULL), ERROR_INVALID_PARAMETER);
	capi_bad(CryptGetUserKey(provider, 0, &key), NTE_NO_KEY);
	capi_bad(CryptGetUserKey(provider, 3, &key), NTE_NO_KEY);
	capi_bad(CryptGetUserKey(ec, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
	capi_bad(CryptGetUserKey(ec, AT_SIGNATURE, &key), NTE_NO_KEY);
	capi_close(provider);
	capi_close(ec);
}
END_TEST

START_TEST(its_public_half_is_the_cards)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	BIGNUM *n = NULL;
	BYTE expected[512];
	BYTE found[600];
	DWORD len = sizeof(found);
	HCRYPTKEY key = 0;
	int modulus_len;

	capi_good(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key));
	capi_good(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, found, &len));
	ck_assert_int_eq(EVP_PKEY_get_bn_param(fake_pkey(RSA_KEY), OSSL_PKEY_PARAM_RSA_N, &n), 1);
	modulus_len = BN_bn2lebinpad(n, expected, BN_num_bytes(n));
	ck_assert_uint_eq(len, sizeof(BLOBHEADER) + sizeof(RSAPUBKEY) + (size_t)modulus_len);
	ck_assert_mem_eq(found + sizeof(BLOBHEADER) + sizeof(RSAPUBKEY), expected, (size_t)modulus_len);
	BN_free(n);
	capi_close(provider);
}
END_TEST

/* ---- keys encrypted to the card --------------------------------------------------------------------- */

/* A blob as somebody else makes it, who has the public key alone: OpenSSL encrypts. */
static DWORD simple_blob(ALG_ID alg, struct span value, bool oaep, BYTE ret_blob[600])
{
	const BLOBHEADER header = { .bType = SIMPLEBLOB, .bVersion = CUR_BLOB_VERSION, .aiKeyAlg = alg };
	const ALG_ID keyx = CALG_RSA_KEYX;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(RSA_KEY), NULL);
	BYTE cipher[512];
	size_t len = sizeof(cipher);

	ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(context, cipher, &len, value.data, value.len), 1);
	EVP_PKEY_CTX_free(context);
	memcpy(ret_blob, &header, sizeof(header));
	memcpy(ret_blob + sizeof(header), &keyx, sizeof(keyx));
	for (size_t i = 0; i < len; i++)
		ret_blob[sizeof(header) + sizeof(keyx) + i] = cipher[len - 1 - i];
	return (DWORD)(sizeof(header) + sizeof(keyx) + len);
}

static const BYTE value[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98,
			      0x76, 0x54, 0x32, 0x10, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE };

START_TEST(the_card_decrypts_a_key)
{
	static const struct {
		ALG_ID alg;
		size_t len;
		bool oaep;
	} rows[] = { { CALG_RC4, 5, false },     { CALG_RC2, 16, false }, { CALG_DES, 8, false },
		     { CALG_3DES, 24, true },    { CALG_AES_128, 16, false }, { CALG_AES_192, 24, true } };
	const HCRYPTPROV provider = opened("rsa", 0);

	give_pin(provider);
	for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
		const size_t r = i / 2;
		BYTE blob[600];
		BYTE found[32];
		const DWORD len = simple_blob(rows[r].alg, span_of(value, rows[r].len), rows[r].oaep, blob);
		HCRYPTKEY with = 0;
		HCRYPTKEY key = 0;

		if (i % 2 != 0)
			capi_good(CryptGetUserKey(provider, AT_KEYEXCHANGE, &with));
		capi_good(CryptImportKey(provider, blob, len, with,
					 CRYPT_EXPORTABLE | (rows[r].oaep ? CRYPT_OAEP : 0), &key));
		ck_assert_uint_eq(capi_export(key, found, sizeof(found)), rows[r].len);
		ck_assert_mem_eq(found, value, rows[r].len);
		capi_good(CryptDestroyKey(key));
		if (with != 0)
			capi_good(CryptDestroyKey(with));
	}
	ck_assert_uint_eq(fake_calls(FAKE_RSA_DECRYPT), 2 * ARRAY_COUNT(rows));
	capi_close(provider);
}
END_TEST

START_TEST(a_blob_of_windows_is_decrypted)
{
	AUTO_VECTORS *vectors = vectors_load("capi-simpleblob-windows.vec");
	const struct span blob = vectors_bytes(vectors, 0, "blob");
	const struct span text = vectors_bytes(vectors, 0, "ciphertext");
	const struct span plain = vectors_bytes(vectors, 0, "plain");
	const struct fake_key spec = { .type = CRD_KEY_RSA,
				       .private_hex = vectors_text(vectors, 0, "private-exponent"),
				       .modulus_hex = vectors_text(vectors, 0, "modulus"),
				       .usage = CRD_USE_DECRYPT | CRD_USE_UNWRAP,
				       .label = "windows" };
	HCRYPTPROV provider;
	HCRYPTKEY key = 0;
	BYTE data[16];
	DWORD len = (DWORD)text.len;

	(void)fake_add_key(&spec);
	provider = opened("windows", 0);
	give_pin(provider);
	capi_good(CryptImportKey(provider, blob.data, (DWORD)blob.len, 0, 0, &key));
	ck_assert_uint_eq(capi_key_number(key, KP_KEYLEN), 56);
	memcpy(data, text.data, text.len);
	capi_good(CryptDecrypt(key, 0, TRUE, 0, data, &len));
	ck_assert_uint_eq(len, plain.len);
	ck_assert_mem_eq(data, plain.data, plain.len);
	capi_good(CryptDestroyKey(key));
	capi_close(provider);
}
END_TEST

START_TEST(what_one_provider_encrypts_the_card_decrypts)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const HCRYPTPROV software = capi_open("aes");
	const HCRYPTKEY key = capi_derive(software, CALG_AES_256, CRYPT_EXPORTABLE);
	HCRYPTKEY user = 0;
	HCRYPTKEY to = 0;
	BYTE expected[32];
	BYTE found[32];
	BYTE blob[600];
	DWORD len = sizeof(blob);

	give_pin(provider);
	capi_good(CryptGetUserKey(provider, AT_KEYEXCHANGE, &user));
	capi_good(CryptExportKey(user, 0, PUBLICKEYBLOB, 0, blob, &len));
	capi_good(CryptImportKey(software, blob, len, 0, 0, &to));
	ck_assert_uint_eq(capi_export(key, expected, sizeof(expected)), 32);
	for (DWORD flags = 0; flags <= CRYPT_OAEP; flags += CRYPT_OAEP) {
		HCRYPTKEY again = 0;

		len = 0;
		capi_good(CryptExportKey(key, to, SIMPLEBLOB, flags, NULL, &len));
		ck_assert_uint_eq(len, 12u + (DWORD)EVP_PKEY_get_size(fake_pkey(RSA_KEY)));
		capi_good(CryptExportKey(key, to, SIMPLEBLOB, flags, blob, &len));
		capi_good(CryptImportKey(provider, blob, len, user, flags | CRYPT_EXPORTABLE, &again));
		ck_assert_uint_eq(capi_export(again, found, sizeof(found)), 32);
		ck_assert_mem_eq(found, expected, 32);
		/* the other padding is none */
		capi_bad(CryptImportKey(provider, blob, len, user, flags ^ CRYPT_OAEP, &again), NTE_BAD_DATA);
		if (flags == CRYPT_OAEP)
			break;
	}
	capi_close(provider);
	capi_close(software);
}
END_TEST

/* RC2 keys that others made may have up to 128 bytes; they decrypt, but the provider makes none so strong. */
START_TEST(a_long_rc2_key_only_decrypts)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	BYTE blob[600];
	BYTE data[16] = { 0 };
	DWORD len = 4;
	HCRYPTKEY key = 0;

	give_pin(provider);
	capi_good(CryptImportKey(provider, blob, simple_blob(CALG_RC2, span_of(value, 17), false, blob), 0, 0, &key));
	ck_assert_uint_eq(capi_key_number(key, KP_KEYLEN), 136);
	capi_bad(CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)), NTE_BAD_KEY);
	len = 8;
	capi_good(CryptDecrypt(key, 0, FALSE, 0, data, &len));
	capi_close(provider);
}
END_TEST

START_TEST(what_the_card_decrypts_must_be_a_key)
{
	static const struct {
		ALG_ID alg;
		size_t len;
		DWORD err;
	} rows[] = {
		{ CALG_AES_128, 15, NTE_BAD_DATA }, { CALG_AES_128, 24, NTE_BAD_DATA }, { CALG_RC4, 4, NTE_BAD_DATA },
		{ CALG_RC4, 17, NTE_BAD_DATA },     { CALG_RC2, 4, NTE_BAD_DATA },      { CALG_RC5, 16, NTE_BAD_ALGID },
	};
	const HCRYPTPROV provider = opened("rsa", 0);
	BYTE blob[600];
	HCRYPTKEY key = 42;
	DWORD len;

	give_pin(provider);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		len = simple_blob(rows[i].alg, span_of(value, rows[i].len), false, blob);
		capi_bad(CryptImportKey(provider, blob, len, 0, 0, &key), rows[i].err);
	}
	len = simple_blob(CALG_AES_128, span_of(value, 16), false, blob);
	capi_bad(CryptImportKey(provider, blob, len - 1, 0, 0, &key), NTE_BAD_DATA);
	ck_assert_uint_eq(key, 42);
	capi_close(provider);
}
END_TEST

START_TEST(only_the_containers_exchange_key_decrypts)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const HCRYPTPROV ec = opened("derive 256", 0);
	BYTE blob[600];
	const DWORD len = simple_blob(CALG_AES_128, span_of(value, 16), false, blob);
	HCRYPTKEY sign = 0;
	HCRYPTKEY key = 0;

	give_pin(provider);
	capi_good(CryptGetUserKey(provider, AT_SIGNATURE, &sign));
	capi_bad(CryptImportKey(provider, blob, len, sign, 0, &key), NTE_BAD_KEY);
	capi_bad(CryptImportKey(ec, blob, len, 0, 0, &key), NTE_NO_KEY);
	capi_bad(CryptImportKey(ec, blob, len, sign, 0, &key), NTE_BAD_KEY);
	capi_close(provider);
	capi_close(ec);
}
END_TEST

/* ---- PINs ------------------------------------------------------------------------------------------- */

static BOOL import(HCRYPTPROV provider)
{
	BYTE blob[600];
	const DWORD len = simple_blob(CALG_AES_128, span_of(value, 16), false, blob);
	HCRYPTKEY key = 0;

	return CryptImportKey(provider, blob, len, 0, 0, &key) && CryptDestroyKey(key);
}

START_TEST(a_key_wants_its_pin)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const HCRYPTPROV silent = opened("rsa", CRYPT_SILENT);

	capi_bad(import(silent), NTE_SILENT_CONTEXT);
	capi_bad(import(provider), SCARD_W_CARD_NOT_AUTHENTICATED);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)"654321", 0), SCARD_W_WRONG_CHV);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)"", 0), SCARD_E_INVALID_PARAMETER);
	give_pin(provider);
	capi_good(import(provider));
	capi_good(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, NULL, 0));
	capi_bad(import(provider), SCARD_W_CARD_NOT_AUTHENTICATED);
	capi_good(CryptSetProvParam(silent, PP_SIGNATURE_PIN, (const BYTE *)FAKE_PIN, 0));
	capi_good(import(silent));
	capi_close(provider);
	capi_close(silent);
}
END_TEST

START_TEST(wrong_pins_block_the_card)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const BYTE *wrong = (const BYTE *)"000000";

	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, wrong, 0), SCARD_W_WRONG_CHV);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, wrong, 0), SCARD_W_WRONG_CHV);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, wrong, 0), SCARD_W_CHV_BLOCKED);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)FAKE_PIN, 0), SCARD_W_CHV_BLOCKED);
	capi_close(provider);
}
END_TEST

START_TEST(a_pad_is_asked_where_there_is_one)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const HCRYPTPROV silent = opened("rsa", CRYPT_SILENT);

	fake_set_pad("111111");
	capi_bad(import(silent), NTE_SILENT_CONTEXT);
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 0);
	capi_bad(import(provider), SCARD_W_WRONG_CHV);
	fake_set_pad(FAKE_PIN);
	capi_good(import(provider));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 2);
	capi_good(import(provider));
	ck_assert_uint_eq(fake_calls(FAKE_PIN_VERIFY), 2);
	capi_close(provider);
	capi_close(silent);
}
END_TEST

START_TEST(a_card_that_is_gone_is_gone)
{
	const HCRYPTPROV provider = opened("rsa", 0);
	const HCRYPTKEY key = capi_derive(provider, CALG_AES_128, 0);

	give_pin(provider);
	fake_remove_card(0);
	capi_bad(import(provider), SCARD_W_REMOVED_CARD);
	capi_good(CryptDestroyKey(key));
	capi_close(provider);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, capi_card_setup, capi_teardown);
	tcase_add_test(tc, a_container_is_named_by_reader_and_name);
	tcase_add_test(tc, containers_are_listed);
	tcase_add_test(tc, what_is_not_there_is_said);
	tcase_add_test(tc, the_second_reader_is_searched_too);
	tcase_add_test(tc, without_a_container_no_card_is_needed);
	tcase_add_test(tc, session_keys_live_beside_the_card);
	tcase_add_test(tc, the_key_of_a_container_is_its_rsa_key);
	tcase_add_test(tc, its_public_half_is_the_cards);
	tcase_add_test(tc, the_card_decrypts_a_key);
	tcase_add_test(tc, a_blob_of_windows_is_decrypted);
	tcase_add_test(tc, what_one_provider_encrypts_the_card_decrypts);
	tcase_add_test(tc, a_long_rc2_key_only_decrypts);
	tcase_add_test(tc, what_the_card_decrypts_must_be_a_key);
	tcase_add_test(tc, only_the_containers_exchange_key_decrypts);
	tcase_add_test(tc, a_key_wants_its_pin);
	tcase_add_test(tc, wrong_pins_block_the_card);
	tcase_add_test(tc, a_pad_is_asked_where_there_is_one);
	tcase_add_test(tc, a_card_that_is_gone_is_gone);
}

TEST_MAIN("minidriver/capi_card", add)
