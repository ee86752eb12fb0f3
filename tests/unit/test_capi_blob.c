/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptExportKey, CryptImportKey without a card: keys in the clear, public RSA keys, what is wrong with a blob. */
#include "config.h"

#include <string.h>

#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"

#define ROOM 512u

static HCRYPTPROV provider;

static void set_up(void)
{
	capi_setup();
	provider = capi_open("aes");
}

static void tear_down(void)
{
	capi_close(provider);
	capi_teardown();
}

struct blob {
	BYTE bytes[ROOM];
	DWORD len;
};

static void put(struct blob *blob, const void *bytes, size_t len)
{
	memcpy(blob->bytes + blob->len, bytes, len);
	blob->len += (DWORD)len;
}

static struct blob header(BYTE type, ALG_ID alg)
{
	const BLOBHEADER head = { .bType = type, .bVersion = CUR_BLOB_VERSION, .aiKeyAlg = alg };
	struct blob blob = { .len = 0 };

	put(&blob, &head, sizeof(head));
	return blob;
}

static struct blob plain_blob(ALG_ID alg, DWORD len)
{
	struct blob blob = header(PLAINTEXTKEYBLOB, alg);

	put(&blob, &len, sizeof(len));
	for (DWORD i = 0; i < len && i < 300; i++)
		put(&blob, &(BYTE){ (BYTE)(i + 1) }, 1);
	return blob;
}

/* A number that is no product of primes, but odd and as long as it says. */
static struct blob public_blob(ALG_ID alg, DWORD bits)
{
	struct blob blob = header(PUBLICKEYBLOB, alg);
	const RSAPUBKEY pub = { .magic = RSA1_MAGIC, .bitlen = bits, .pubexp = 0x010001 };

	put(&blob, &pub, sizeof(pub));
	for (DWORD i = 0; i < bits / 8; i++)
		put(&blob, &(BYTE){ 0xC1 }, 1);
	return blob;
}

static HCRYPTKEY import(const struct blob *blob, DWORD flags)
{
	HCRYPTKEY key = 0;

	capi_good(CryptImportKey(provider, blob->bytes, blob->len, 0, flags, &key));
	return key;
}

static void refused(const struct blob *blob, DWORD flags, DWORD err)
{
	HCRYPTKEY key = 42;

	SetLastError(0);
	ck_assert_int_eq(CryptImportKey(provider, blob->bytes, blob->len, 0, flags, &key), FALSE);
	ck_assert_msg(GetLastError() == err, "%08x instead of %08x", (unsigned)GetLastError(), (unsigned)err);
	ck_assert_uint_eq(key, 42);
}

/* ---- the layout ------------------------------------------------------------------------------------- */

START_TEST(a_plain_blob_is_header_length_and_key)
{
	/* type 8, version 2, reserved, CALG_AES_128, 16 */
	static const BYTE expected[12] = { 8, 2, 0, 0, 0x0E, 0x66, 0, 0, 16, 0, 0, 0 };
	const struct blob blob = plain_blob(CALG_AES_128, 16);
	const HCRYPTKEY key = import(&blob, CRYPT_EXPORTABLE);
	BYTE found[ROOM];
	DWORD len = 0;

	capi_good(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, NULL, &len));
	ck_assert_uint_eq(len, 28);
	len = 27;
	capi_bad(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, found, &len), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, 28);
	capi_good(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, found, &len));
	ck_assert_mem_eq(found, expected, sizeof(expected));
	ck_assert_mem_eq(found, blob.bytes, blob.len);
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(keys_of_each_cipher_go_out_and_come_in_again)
{
	static const ALG_ID algs[] = { CALG_RC2,  CALG_RC4,     CALG_DES,     CALG_3DES_112,
				       CALG_3DES, CALG_AES_128, CALG_AES_192, CALG_AES_256 };

	for (size_t i = 0; i < ARRAY_COUNT(algs); i++) {
		HCRYPTKEY key = 0;
		HCRYPTKEY again;
		struct blob blob = { .len = ROOM };
		BYTE data[2][32] = { { 0 }, { 0 } };

		capi_good(CryptGenKey(provider, algs[i], CRYPT_EXPORTABLE, &key));
		capi_good(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob.bytes, &blob.len));
		again = import(&blob, 0);
		ck_assert_uint_eq(capi_key_number(again, KP_ALGID), algs[i]);
		ck_assert_uint_eq(capi_key_number(again, KP_KEYLEN), capi_key_number(key, KP_KEYLEN));
		for (size_t k = 0; k < 2; k++) {
			DWORD len = 15;

			capi_good(CryptEncrypt(k == 0 ? key : again, 0, TRUE, 0, data[k], &len, 32));
		}
		ck_assert_mem_eq(data[0], data[1], 16);
		capi_bad(CryptExportKey(again, 0, PLAINTEXTKEYBLOB, 0, NULL, &blob.len), NTE_BAD_KEY_STATE);
		capi_good(CryptDestroyKey(key));
		capi_good(CryptDestroyKey(again));
	}
}
END_TEST

START_TEST(bytes_behind_the_key_are_not_looked_at)
{
	struct blob blob = plain_blob(CALG_AES_128, 16);
	HCRYPTKEY key;
	BYTE found[32];

	put(&blob, "behind", 6);
	key = import(&blob, CRYPT_EXPORTABLE);
	ck_assert_uint_eq(capi_export(key, found, sizeof(found)), 16);
	ck_assert_mem_eq(found, blob.bytes + 12, 16);
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(imported_keys_of_40_bits_have_their_salt)
{
	const struct blob blob = plain_blob(CALG_RC4, 5);
	static const BYTE zero[11];
	BYTE salt[24];
	DWORD len = sizeof(salt);
	HCRYPTKEY key = import(&blob, 0);

	capi_good(CryptGetKeyParam(key, KP_SALT, salt, &len, 0));
	ck_assert_uint_eq(len, 11);
	ck_assert_mem_eq(salt, zero, 11);
	capi_good(CryptDestroyKey(key));
	key = import(&blob, CRYPT_NO_SALT);
	capi_good(CryptGetKeyParam(key, KP_SALT, NULL, &len, 0));
	ck_assert_uint_eq(len, 0);
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(a_public_key_goes_in_and_out)
{
	static const ALG_ID algs[] = { CALG_RSA_KEYX, CALG_RSA_SIGN };

	for (size_t i = 0; i < ARRAY_COUNT(algs); i++) {
		const struct blob blob = public_blob(algs[i], 1024);
		const HCRYPTKEY key = import(&blob, 0);
		BYTE found[ROOM] = { 0 };
		DWORD len = sizeof(found);
		HCRYPTKEY copy = 0;

		ck_assert_uint_eq(capi_key_number(key, KP_ALGID), algs[i]);
		ck_assert_uint_eq(capi_key_number(key, KP_KEYLEN), 1024);
		ck_assert_uint_eq(capi_key_number(key, KP_BLOCKLEN), 1024);
		capi_good(CryptDuplicateKey(key, NULL, 0, &copy));
		capi_good(CryptDestroyKey(key));
		capi_good(CryptExportKey(copy, 0, PUBLICKEYBLOB, 0, found, &len));
		ck_assert_uint_eq(len, blob.len);
		ck_assert_mem_eq(found, blob.bytes, len);
		len = sizeof(found);
		capi_bad(CryptEncrypt(copy, 0, TRUE, 0, found, &len, len), NTE_BAD_KEY);
		capi_bad(CryptDecrypt(copy, 0, TRUE, 0, found, &len), NTE_BAD_KEY);
		capi_bad(CryptGetKeyParam(copy, KP_IV, found, &len, 0), NTE_BAD_TYPE);
		capi_bad(CryptSetKeyParam(copy, KP_IV, found, 0), NTE_BAD_TYPE);
		capi_bad(CryptExportKey(copy, 0, PLAINTEXTKEYBLOB, 0, found, &len), NTE_BAD_KEY);
		capi_good(CryptDestroyKey(copy));
	}
}
END_TEST

/* ---- importing what is wrong ------------------------------------------------------------------------ */

START_TEST(a_blob_that_ends_too_early_is_bad_data)
{
	const struct blob blobs[] = { plain_blob(CALG_AES_128, 16), public_blob(CALG_RSA_KEYX, 512) };

	for (size_t b = 0; b < ARRAY_COUNT(blobs); b++) {
		struct blob blob = blobs[b];
		const DWORD whole = blob.len;

		for (blob.len = 1; blob.len < whole; blob.len++)
			refused(&blob, 0, NTE_BAD_DATA);
	}
}
END_TEST

START_TEST(each_field_of_the_header_is_checked)
{
	struct blob blob = plain_blob(CALG_AES_128, 16);
	static const BYTE types[] = { 0, 2, PRIVATEKEYBLOB, OPAQUEKEYBLOB, 0xA, 0xFF };
	static const BYTE zeros[100];

	for (unsigned version = 0; version < 256; version++) {
		blob.bytes[1] = (BYTE)version;
		if (version != CUR_BLOB_VERSION)
			refused(&blob, 0, NTE_BAD_VER);
	}
	blob = plain_blob(CALG_AES_128, 16);
	blob.bytes[3] = 1;
	refused(&blob, 0, NTE_BAD_DATA);
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		blob = header(types[i], CALG_AES_128);
		put(&blob, zeros, sizeof(zeros));
		refused(&blob, 0, NTE_BAD_TYPE);
	}
}
END_TEST

START_TEST(an_algorithm_that_the_provider_has_not_is_refused)
{
	static const ALG_ID algs[] = { 0, CALG_AES, CALG_RC5, CALG_SHA1, CALG_HMAC, CALG_RSA_KEYX };
	const struct blob bad_public = public_blob(CALG_AES_128, 512);

	for (size_t i = 0; i < ARRAY_COUNT(algs); i++) {
		const struct blob blob = plain_blob(algs[i], 16);

		refused(&blob, 0, NTE_BAD_ALGID);
	}
	/* sdk-api, CryptImportKey, on NTE_BAD_DATA */
	refused(&bad_public, 0, NTE_BAD_DATA);
}
END_TEST

START_TEST(keys_have_the_lengths_of_their_cipher)
{
	static const struct {
		ALG_ID alg;
		DWORD good; /* 0: 5 to 16 */
		DWORD err;
	} rows[] = {
		{ CALG_RC2, 0, NTE_BAD_DATA },        { CALG_RC4, 0, NTE_BAD_DATA },
		{ CALG_DES, 8, NTE_BAD_FLAGS },       { CALG_3DES_112, 16, NTE_BAD_FLAGS },
		{ CALG_3DES, 24, NTE_BAD_FLAGS },     { CALG_AES_128, 16, NTE_BAD_DATA },
		{ CALG_AES_192, 24, NTE_BAD_DATA },   { CALG_AES_256, 32, NTE_BAD_DATA },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (DWORD len = 0; len <= 40; len++) {
			const struct blob blob = plain_blob(rows[i].alg, len);
			const bool without_parity = rows[i].err == NTE_BAD_FLAGS && len * 8 == rows[i].good * 7;
			const bool good = rows[i].good != 0 ? len == rows[i].good : len >= 5 && len <= 16;

			if (good)
				capi_good(CryptDestroyKey(import(&blob, 0)));
			else
				refused(&blob, 0, len == 0 || without_parity ? NTE_BAD_DATA : rows[i].err);
		}
	}
}
END_TEST

/* The bits of DES without parity name its length in dwFlags; no key has so few bytes. */
START_TEST(a_des_key_without_room_for_parity_is_bad_data)
{
	static const struct {
		ALG_ID alg;
		DWORD len;
	} rows[] = { { CALG_DES, 7 }, { CALG_3DES_112, 14 }, { CALG_3DES, 21 } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct blob blob = plain_blob(rows[i].alg, rows[i].len);

		refused(&blob, 0, NTE_BAD_DATA);
	}
}
END_TEST

START_TEST(lengths_that_lie_are_bad_data)
{
	static const DWORD lies[] = { 17, 0xFFFF, 0x10000, 0x20000010, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF };
	struct blob blob = plain_blob(CALG_AES_128, 16);

	for (size_t i = 0; i < ARRAY_COUNT(lies); i++) {
		memcpy(blob.bytes + sizeof(BLOBHEADER), &lies[i], sizeof(lies[i]));
		refused(&blob, 0, NTE_BAD_DATA);
	}
}
END_TEST

START_TEST(public_keys_are_rsa_and_as_long_as_they_say)
{
	static const DWORD bits[] = { 0, 8, 376, 513, 16392, 0x80000000, ~0u };
	struct blob blob = public_blob(CALG_RSA_KEYX, 512);
	RSAPUBKEY pub;

	memcpy(&pub, blob.bytes + sizeof(BLOBHEADER), sizeof(pub));
	for (size_t i = 0; i < ARRAY_COUNT(bits); i++) {
		RSAPUBKEY bad = pub;

		bad.bitlen = bits[i];
		memcpy(blob.bytes + sizeof(BLOBHEADER), &bad, sizeof(bad));
		refused(&blob, 0, NTE_BAD_DATA);
	}
	blob = public_blob(CALG_RSA_KEYX, 512);
	blob.bytes[sizeof(BLOBHEADER)] ^= 1; /* the magic number */
	refused(&blob, 0, NTE_BAD_DATA);
	blob = public_blob(CALG_RSA_KEYX, 512);
	memset(blob.bytes + sizeof(BLOBHEADER) + 8, 0, 4); /* the exponent */
	refused(&blob, 0, NTE_BAD_DATA);
	blob = public_blob(CALG_RSA_KEYX, 512);
	blob.bytes[blob.len - 1] = 0; /* the modulus' first byte */
	refused(&blob, 0, NTE_BAD_DATA);
}
END_TEST

START_TEST(flags_pointers_and_other_keys_are_checked)
{
	const struct blob blob = plain_blob(CALG_AES_128, 16);
	const struct blob rsa = public_blob(CALG_RSA_KEYX, 512);
	const struct blob simple = header(SIMPLEBLOB, CALG_AES_128);
	const HCRYPTKEY key = import(&blob, 0);
	HCRYPTKEY other = 0;

	refused(&blob, 0x80, NTE_BAD_FLAGS);
	refused(&blob, CRYPT_CREATE_SALT, NTE_BAD_FLAGS);
	capi_bad(CryptImportKey(provider, NULL, 10, 0, 0, &other), ERROR_INVALID_PARAMETER);
	capi_bad(CryptImportKey(provider, blob.bytes, 0, 0, 0, &other), ERROR_INVALID_PARAMETER);
	capi_bad(CryptImportKey(provider, blob.bytes, blob.len, 0, 0, NULL), ERROR_INVALID_PARAMETER);
	capi_bad(CryptImportKey(provider, blob.bytes, blob.len, key, 0, &other), NTE_BAD_KEY);
	capi_bad(CryptImportKey(provider, rsa.bytes, rsa.len, key, 0, &other), NTE_BAD_KEY);
	capi_bad(CryptImportKey(provider, blob.bytes, blob.len, 42, 0, &other), ERROR_INVALID_PARAMETER);
	refused(&simple, 0, NTE_BAD_DATA);
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(an_encrypted_key_needs_a_card)
{
	struct blob blob = header(SIMPLEBLOB, CALG_AES_128);
	const struct blob rsa = public_blob(CALG_RSA_KEYX, 512);
	const ALG_ID keyx = CALG_RSA_KEYX;
	const HCRYPTKEY public_key = import(&rsa, 0);
	HCRYPTKEY key = 0;

	put(&blob, &keyx, sizeof(keyx));
	put(&blob, rsa.bytes, 128);
	refused(&blob, 0, NTE_NO_KEY);
	capi_bad(CryptImportKey(provider, blob.bytes, blob.len, public_key, 0, &key), NTE_BAD_KEY);
	blob.bytes[sizeof(BLOBHEADER) + 1] = 0x24; /* CALG_RSA_SIGN */
	refused(&blob, 0, NTE_BAD_ALGID);
	capi_good(CryptDestroyKey(public_key));
}
END_TEST

/* ---- exporting what is wrong ------------------------------------------------------------------------ */

START_TEST(exports_are_checked)
{
	static const DWORD types[] = { 0, PRIVATEKEYBLOB, OPAQUEKEYBLOB, 0xA, ~0u };
	const struct blob blob = plain_blob(CALG_AES_128, 16);
	const struct blob short_rsa = public_blob(CALG_RSA_KEYX, 384);
	const struct blob signing = public_blob(CALG_RSA_SIGN, 1024);
	const HCRYPTPROV other = capi_open("strong");
	const HCRYPTKEY key = import(&blob, CRYPT_EXPORTABLE);
	const HCRYPTKEY closed = import(&blob, 0);
	const HCRYPTKEY others = capi_derive(other, CALG_3DES, 0);
	const HCRYPTKEY sign = import(&signing, 0);
	DWORD len = 0;

	ck_assert_uint_ne(short_rsa.len, 0);
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		capi_bad(CryptExportKey(key, 0, types[i], 0, NULL, &len), NTE_BAD_TYPE);
	capi_bad(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
	capi_bad(CryptExportKey(key, 0, PLAINTEXTKEYBLOB, CRYPT_OAEP, NULL, &len), NTE_BAD_FLAGS);
	capi_bad(CryptExportKey(key, 0, SIMPLEBLOB, 1, NULL, &len), NTE_BAD_FLAGS);
	capi_bad(CryptExportKey(key, 0, SIMPLEBLOB, 0, NULL, &len), NTE_NO_KEY);
	capi_bad(CryptExportKey(key, closed, SIMPLEBLOB, 0, NULL, &len), NTE_NO_KEY);
	capi_bad(CryptExportKey(key, closed, PLAINTEXTKEYBLOB, 0, NULL, &len), NTE_BAD_KEY);
	capi_bad(CryptExportKey(key, others, SIMPLEBLOB, 0, NULL, &len), NTE_BAD_KEY);
	capi_bad(CryptExportKey(key, sign, SIMPLEBLOB, 0, NULL, &len), NTE_BAD_KEY);
	capi_bad(CryptExportKey(key, 42, SIMPLEBLOB, 0, NULL, &len), ERROR_INVALID_PARAMETER);
	capi_bad(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, NULL, &len), NTE_BAD_KEY);
	capi_bad(CryptExportKey(closed, 0, PLAINTEXTKEYBLOB, 0, NULL, &len), NTE_BAD_KEY_STATE);
	capi_bad(CryptExportKey(closed, sign, SIMPLEBLOB, 0, NULL, &len), NTE_BAD_KEY_STATE);
	capi_close(other);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyKey(closed));
	capi_good(CryptDestroyKey(sign));
}
END_TEST

START_TEST(a_key_that_does_not_fit_into_the_rsa_block_is_bad_data)
{
	const struct blob blob = plain_blob(CALG_AES_256, 32);
	const struct blob rsa = public_blob(CALG_RSA_KEYX, 512);
	const HCRYPTKEY key = import(&blob, CRYPT_EXPORTABLE);
	const HCRYPTKEY to = import(&rsa, 0);
	BYTE found[ROOM];
	DWORD len = sizeof(found);

	/* OAEP with SHA-1 takes 64 - 42 bytes */
	capi_bad(CryptExportKey(key, to, SIMPLEBLOB, CRYPT_OAEP, found, &len), NTE_BAD_DATA);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyKey(to));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_plain_blob_is_header_length_and_key);
	tcase_add_test(tc, keys_of_each_cipher_go_out_and_come_in_again);
	tcase_add_test(tc, bytes_behind_the_key_are_not_looked_at);
	tcase_add_test(tc, imported_keys_of_40_bits_have_their_salt);
	tcase_add_test(tc, a_public_key_goes_in_and_out);
	tcase_add_test(tc, a_blob_that_ends_too_early_is_bad_data);
	tcase_add_test(tc, each_field_of_the_header_is_checked);
	tcase_add_test(tc, an_algorithm_that_the_provider_has_not_is_refused);
	tcase_add_test(tc, keys_have_the_lengths_of_their_cipher);
	tcase_add_test(tc, a_des_key_without_room_for_parity_is_bad_data);
	tcase_add_test(tc, lengths_that_lie_are_bad_data);
	tcase_add_test(tc, public_keys_are_rsa_and_as_long_as_they_say);
	tcase_add_test(tc, flags_pointers_and_other_keys_are_checked);
	tcase_add_test(tc, an_encrypted_key_needs_a_card);
	tcase_add_test(tc, exports_are_checked);
	tcase_add_test(tc, a_key_that_does_not_fit_into_the_rsa_block_is_bad_data);
}

TEST_MAIN("minidriver/capi_blob", add)
