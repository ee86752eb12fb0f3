/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptEncrypt and CryptDecrypt, against OpenSSL where it has the mode, and in pieces. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"

static const BYTE key_bytes[32] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA,
				    0x98, 0x76, 0x54, 0x32, 0x10, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA,
				    0xDC, 0xFE, 0x07, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80 };
static const BYTE iv[16] = { 0xF0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

/* OpenSSL's names; NULL: it has no such mode. */
static const struct {
	ALG_ID alg;
	DWORD len;
	DWORD block;
	const char *cbc;
	const char *ecb;
	const char *cfb;
} ciphers[] = {
	{ CALG_RC2, 16, 8, "RC2-CBC", "RC2-ECB", NULL },
	{ CALG_DES, 8, 8, "DES-CBC", "DES-ECB", "DES-CFB8" },
	{ CALG_3DES_112, 16, 8, "DES-EDE-CBC", "DES-EDE-ECB", NULL },
	{ CALG_3DES, 24, 8, "DES-EDE3-CBC", "DES-EDE3-ECB", "DES-EDE3-CFB8" },
	{ CALG_AES_128, 16, 16, "AES-128-CBC", "AES-128-ECB", "AES-128-CFB8" },
	{ CALG_AES_192, 24, 16, "AES-192-CBC", "AES-192-ECB", "AES-192-CFB8" },
	{ CALG_AES_256, 32, 16, "AES-256-CBC", "AES-256-ECB", "AES-256-CFB8" },
};
static const DWORD modes[] = { CRYPT_MODE_CBC, CRYPT_MODE_ECB, CRYPT_MODE_CFB };

static const char *ossl_name(size_t cipher, DWORD mode)
{
	if (mode == CRYPT_MODE_CBC)
		return ciphers[cipher].cbc;
	return mode == CRYPT_MODE_ECB ? ciphers[cipher].ecb : ciphers[cipher].cfb;
}

static HCRYPTPROV provider;
static BYTE plain[200];

static void set_up(void)
{
	capi_setup();
	provider = capi_open("aes");
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (BYTE)(3 * i + 1);
}

static void tear_down(void)
{
	capi_close(provider);
	capi_teardown();
}

static HCRYPTKEY key_of(size_t cipher, DWORD mode)
{
	const HCRYPTKEY key = capi_import(provider, ciphers[cipher].alg, span_of(key_bytes, ciphers[cipher].len));

	capi_good(CryptSetKeyParam(key, KP_MODE, (const BYTE *)&mode, 0));
	capi_good(CryptSetKeyParam(key, KP_IV, iv, 0));
	return key;
}

static HCRYPTKEY rc4(void)
{
	return capi_import(provider, CALG_RC4, span_of(key_bytes, 16));
}

/* The plain text's beginning with PKCS #5 padding, encrypted by OpenSSL; returns the length. */
static DWORD by_openssl(size_t cipher, const char *name, DWORD len, BYTE *ret_text)
{
	const DWORD block = ciphers[cipher].block;
	const DWORD padded = (len / block + 1) * block;
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(ossl_context(), name, NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done = 0;

	memcpy(ret_text, plain, len);
	memset(ret_text + len, (int)(padded - len), padded - len);
	ck_assert_msg(fetched != NULL, "OpenSSL has no %s", name);
	ck_assert_int_eq(EVP_EncryptInit_ex2(context, fetched, key_bytes, iv, NULL), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(context, 0), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(context, ret_text, &done, ret_text, (int)padded), 1);
	ck_assert_int_eq(done, (int)padded);
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(fetched);
	return padded;
}

/* In place, in pieces of so many blocks (0: at once); returns the length. */
static DWORD encrypt(HCRYPTKEY key, DWORD piece, DWORD len, BYTE *data, DWORD room)
{
	DWORD at = 0;
	DWORD last;

	memcpy(data, plain, len);
	for (; piece != 0 && len - at > piece; at += piece) {
		DWORD done = piece;

		capi_good(CryptEncrypt(key, 0, FALSE, 0, data + at, &done, room - at));
		ck_assert_uint_eq(done, piece);
	}
	last = len - at;
	capi_good(CryptEncrypt(key, 0, TRUE, 0, data + at, &last, room - at));
	return at + last;
}

static void decrypt_is(HCRYPTKEY key, DWORD piece, BYTE *data, DWORD len, DWORD plain_len)
{
	DWORD at = 0;
	DWORD last;

	for (; piece != 0 && len - at > piece; at += piece) {
		DWORD done = piece;

		capi_good(CryptDecrypt(key, 0, FALSE, 0, data + at, &done));
		ck_assert_uint_eq(done, piece);
	}
	last = len - at;
	capi_good(CryptDecrypt(key, 0, TRUE, 0, data + at, &last));
	ck_assert_uint_eq(at + last, plain_len);
	ck_assert_mem_eq(data, plain, plain_len);
}

START_TEST(each_cipher_and_mode_at_once_and_in_pieces)
{
	static const DWORD lens[] = { 0, 1, 7, 8, 15, 16, 17, 31, 32, 100 };

	for (size_t i = 0; i < ARRAY_COUNT(ciphers) * ARRAY_COUNT(modes) * ARRAY_COUNT(lens); i++) {
		const size_t c = i % ARRAY_COUNT(ciphers);
		const DWORD mode = modes[i / ARRAY_COUNT(ciphers) % ARRAY_COUNT(modes)];
		const DWORD len = lens[i / ARRAY_COUNT(ciphers) / ARRAY_COUNT(modes)];
		const char *name = ossl_name(c, mode);
		const HCRYPTKEY key = key_of(c, mode);
		BYTE once[160];
		BYTE pieces[160];
		BYTE expected[160];
		const DWORD once_len = encrypt(key, 0, len, once, sizeof(once));

		ck_assert_uint_eq(once_len, (len / ciphers[c].block + 1) * ciphers[c].block);
		if (name != NULL) {
			ck_assert_uint_eq(by_openssl(c, name, len, expected), once_len);
			ck_assert_mem_eq(once, expected, once_len);
		}
		for (DWORD blocks = 1; blocks <= 3; blocks++) {
			const DWORD piece = blocks * ciphers[c].block;

			ck_assert_uint_eq(encrypt(key, piece, len, pieces, sizeof(pieces)), once_len);
			ck_assert_mem_eq(pieces, once, once_len);
			decrypt_is(key, piece, pieces, once_len, len);
		}
		decrypt_is(key, 0, once, once_len, len);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(a_stream_goes_on_until_its_end_and_begins_again)
{
	const HCRYPTKEY key = rc4();
	BYTE once[200];
	BYTE pieces[200];

	ck_assert_uint_eq(encrypt(key, 0, sizeof(plain), once, sizeof(once)), sizeof(plain));
	ck_assert_mem_ne(once, plain, sizeof(plain));
	for (DWORD piece = 1; piece <= 64; piece *= 3) {
		ck_assert_uint_eq(encrypt(key, piece, sizeof(plain), pieces, sizeof(pieces)), sizeof(plain));
		ck_assert_mem_eq(pieces, once, sizeof(once));
		decrypt_is(key, piece + 1, pieces, sizeof(pieces), sizeof(plain));
	}
	capi_good(CryptDestroyKey(key));
}
END_TEST

/* KP_MODE_BITS is kept, but pieces are of 8 bits (Wine's tests, run on Windows). */
START_TEST(the_width_of_cfb_is_8_bits_whatever_is_set)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CFB);
	const DWORD width = 128;
	BYTE before[64];
	BYTE after[64];
	const DWORD len = encrypt(key, 0, 40, before, sizeof(before));

	capi_good(CryptSetKeyParam(key, KP_MODE_BITS, (const BYTE *)&width, 0));
	ck_assert_uint_eq(encrypt(key, 0, 40, after, sizeof(after)), len);
	ck_assert_mem_eq(after, before, len);
	capi_good(CryptDestroyKey(key));
}
END_TEST

/* ---- lengths ---------------------------------------------------------------------------------------- */

START_TEST(the_length_can_be_asked_for_first)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	const HCRYPTKEY stream = rc4();

	for (DWORD len = 0; len <= 64; len++) {
		DWORD asked = len;

		capi_good(CryptEncrypt(key, 0, TRUE, 0, NULL, &asked, 0));
		ck_assert_uint_eq(asked, (len / 16 + 1) * 16);
		asked = len;
		capi_good(CryptEncrypt(stream, 0, TRUE, 0, NULL, &asked, 12345));
		ck_assert_uint_eq(asked, len);
		asked = 16 * len;
		capi_good(CryptEncrypt(key, 0, FALSE, 0, NULL, &asked, 0));
		ck_assert_uint_eq(asked, 16 * len);
	}
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyKey(stream));
}
END_TEST

START_TEST(too_little_room_changes_nothing)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	const HCRYPTKEY stream = rc4();
	BYTE data[48];
	BYTE expected[48];
	DWORD len = 32;

	memcpy(data, plain, sizeof(data));
	capi_bad(CryptEncrypt(key, 0, TRUE, 0, data, &len, 47), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, 48);
	ck_assert_mem_eq(data, plain, sizeof(data));
	len = 10;
	capi_bad(CryptEncrypt(stream, 0, TRUE, 0, data, &len, 9), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, 10);
	len = 32;
	capi_good(CryptEncrypt(key, 0, TRUE, 0, data, &len, 48));
	ck_assert_uint_eq(by_openssl(4, "AES-128-CBC", 32, expected), 48);
	ck_assert_mem_eq(data, expected, 48);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyKey(stream));
}
END_TEST

START_TEST(pieces_before_the_last_are_whole_blocks)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	BYTE data[64] = { 0 };

	for (DWORD len = 1; len < 48; len++) {
		DWORD in_out = len;

		if (len % 16 == 0)
			continue;
		capi_bad(CryptEncrypt(key, 0, FALSE, 0, data, &in_out, sizeof(data)), NTE_BAD_DATA);
		capi_bad(CryptDecrypt(key, 0, FALSE, 0, data, &in_out), NTE_BAD_DATA);
		capi_bad(CryptDecrypt(key, 0, TRUE, 0, data, &in_out), NTE_BAD_DATA);
		ck_assert_uint_eq(in_out, len);
	}
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(nothing_is_no_last_piece_to_decrypt)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	BYTE data[16] = { 0 };
	DWORD len = 0;

	capi_bad(CryptDecrypt(key, 0, TRUE, 0, data, &len), NTE_BAD_LEN);
	capi_good(CryptDecrypt(key, 0, FALSE, 0, data, &len));
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(nothing_ends_a_stream_that_encrypts_and_none_that_decrypts)
{
	const HCRYPTKEY key = rc4();
	BYTE data[200];
	DWORD len = 10;

	(void)encrypt(key, 0, sizeof(data), data, sizeof(data));
	capi_good(CryptDecrypt(key, 0, FALSE, 0, (BYTE[10]){ 0 }, &len));
	len = 0;
	capi_bad(CryptDecrypt(key, 0, TRUE, 0, (BYTE[1]){ 0 }, &len), NTE_BAD_LEN);
	capi_good(CryptEncrypt(key, 0, TRUE, 0, (BYTE[1]){ 0 }, &len, 0));
	ck_assert_uint_eq(len, 0);
	decrypt_is(key, 0, data, sizeof(data), sizeof(data));
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(more_than_a_length_can_say_is_refused)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	DWORD len = ~0u;

	capi_bad(CryptEncrypt(key, 0, TRUE, 0, NULL, &len, 0), NTE_BAD_LEN);
	len = 0xFFFFFFF0;
	capi_bad(CryptEncrypt(key, 0, TRUE, 0, NULL, &len, 0), NTE_BAD_LEN);
	len = 0xFFFFFFEF;
	capi_good(CryptEncrypt(key, 0, TRUE, 0, NULL, &len, 0));
	ck_assert_uint_eq(len, 0xFFFFFFF0);
	capi_good(CryptDestroyKey(key));
}
END_TEST

/* ---- what is wrong ---------------------------------------------------------------------------------- */

START_TEST(modes_that_nobody_has_are_refused_when_they_are_used)
{
	static const DWORD unknown[] = { 0, CRYPT_MODE_OFB, CRYPT_MODE_CTS, 99 };
	BYTE data[32] = { 0 };
	DWORD len = 16;

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++) {
		const HCRYPTKEY key = key_of(4, unknown[i]);

		capi_bad(CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)), NTE_BAD_ALGID);
		capi_bad(CryptDecrypt(key, 0, TRUE, 0, data, &len), NTE_BAD_ALGID);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(wrong_padding_leaves_the_data_and_ends_the_message)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	const HCRYPTKEY ecb = key_of(4, CRYPT_MODE_ECB);
	BYTE data[32];
	BYTE before[32];

	for (unsigned last = 0; last < 256; last++) {
		DWORD len = 16;

		memset(data, 0, sizeof(data));
		data[15] = (BYTE)last;
		capi_good(CryptEncrypt(ecb, 0, FALSE, 0, data, &len, sizeof(data)));
		memcpy(before, data, sizeof(before));
		if (last == 1) {
			capi_good(CryptDecrypt(ecb, 0, TRUE, 0, data, &len));
			ck_assert_uint_eq(len, 15);
			continue;
		}
		capi_bad(CryptDecrypt(ecb, 0, TRUE, 0, data, &len), NTE_BAD_DATA);
		ck_assert_uint_eq(len, 16);
		ck_assert_mem_eq(data, before, sizeof(data));
	}
	capi_good(CryptDestroyKey(ecb));
	/* a piece, then wrong padding: the next message begins with the initial value */
	for (DWORD len = 16, i = 0; i < 2; i++, len = 16)
		ck_assert_int_eq(CryptDecrypt(key, 0, i == 1, 0, data, &len), i == 0);
	ck_assert_uint_eq(GetLastError(), NTE_BAD_DATA);
	{
		const DWORD len = encrypt(key, 0, 20, data, sizeof(data));

		ck_assert_uint_eq(by_openssl(4, "AES-128-CBC", 20, before), len);
		ck_assert_mem_eq(data, before, len);
	}
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(flags_and_pointers_are_checked)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	BYTE data[32] = { 0 };
	DWORD len = 16;

	capi_bad(CryptEncrypt(key, 0, TRUE, 1, data, &len, sizeof(data)), NTE_BAD_FLAGS);
	capi_bad(CryptEncrypt(key, 0, TRUE, CRYPT_OAEP | 1, data, &len, sizeof(data)), NTE_BAD_FLAGS);
	capi_bad(CryptDecrypt(key, 0, TRUE, 1, data, &len), NTE_BAD_FLAGS);
	capi_bad(CryptEncrypt(key, 0, TRUE, 0, data, NULL, sizeof(data)), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDecrypt(key, 0, TRUE, 0, data, NULL), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDecrypt(key, 0, TRUE, 0, NULL, &len), ERROR_INVALID_PARAMETER);
	capi_good(CryptEncrypt(key, 0, TRUE, CRYPT_OAEP, data, &len, sizeof(data)));
	capi_good(CryptDestroyKey(key));
}
END_TEST

/* ---- the hash --------------------------------------------------------------------------------------- */

static void hash_is(HCRYPTHASH hash, DWORD len)
{
	const HCRYPTHASH direct = capi_hash(provider, CALG_SHA_256, span_of(plain, len));
	BYTE expected[32];
	BYTE found[32];
	DWORD size = sizeof(found);

	capi_good(CryptGetHashParam(direct, HP_HASHVAL, expected, &size, 0));
	capi_good(CryptGetHashParam(hash, HP_HASHVAL, found, &size, 0));
	ck_assert_mem_eq(found, expected, sizeof(found));
	capi_good(CryptDestroyHash(direct));
	capi_good(CryptDestroyHash(hash));
}

START_TEST(the_plain_text_is_hashed_both_ways)
{
	const HCRYPTKEY keys[] = { key_of(4, CRYPT_MODE_CBC), rc4() };

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		const HCRYPTHASH out = capi_hash(provider, CALG_SHA_256, SPAN_EMPTY);
		const HCRYPTHASH in = capi_hash(provider, CALG_SHA_256, SPAN_EMPTY);
		BYTE data[64];
		DWORD len = 32;
		DWORD last = 5;
		DWORD asked = 5;

		memcpy(data, plain, sizeof(data));
		capi_good(CryptEncrypt(keys[i], out, FALSE, 0, data, &len, sizeof(data)));
		/* asking for a length hashes nothing */
		capi_good(CryptEncrypt(keys[i], out, TRUE, 0, NULL, &asked, 0));
		capi_good(CryptEncrypt(keys[i], out, TRUE, 0, data + 32, &last, 32));
		hash_is(out, 37);
		capi_good(CryptDecrypt(keys[i], in, FALSE, 0, data, &len));
		capi_good(CryptDecrypt(keys[i], in, TRUE, 0, data + 32, &last));
		hash_is(in, 37);
		capi_good(CryptDestroyKey(keys[i]));
	}
}
END_TEST

START_TEST(a_hash_that_takes_no_more_stops_it_before_anything_changes)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	const HCRYPTHASH hash = capi_hash(provider, CALG_SHA_256, SPAN_EMPTY);
	const HCRYPTPROV other = capi_open("aes");
	const HCRYPTHASH others = capi_hash(other, CALG_SHA_256, SPAN_EMPTY);
	BYTE data[48];
	DWORD len = 32;
	DWORD size = 0;

	memcpy(data, plain, sizeof(data));
	capi_good(CryptGetHashParam(hash, HP_HASHVAL, NULL, &size, 0));
	capi_bad(CryptEncrypt(key, hash, TRUE, 0, data, &len, sizeof(data)), NTE_BAD_HASH_STATE);
	capi_bad(CryptDecrypt(key, hash, TRUE, 0, data, &len), NTE_BAD_HASH_STATE);
	capi_bad(CryptEncrypt(key, others, TRUE, 0, data, &len, sizeof(data)), NTE_BAD_HASH);
	capi_bad(CryptDecrypt(key, others, TRUE, 0, data, &len), NTE_BAD_HASH);
	capi_bad(CryptEncrypt(key, 42, TRUE, 0, data, &len, sizeof(data)), ERROR_INVALID_PARAMETER);
	ck_assert_mem_eq(data, plain, sizeof(data));
	ck_assert_uint_eq(len, 32);
	capi_close(other);
	capi_good(CryptDestroyHash(hash));
	capi_good(CryptDestroyKey(key));
}
END_TEST

/* ---- in the middle of a message --------------------------------------------------------------------- */

START_TEST(an_initial_value_in_the_middle_begins_anew)
{
	const HCRYPTKEY key = key_of(4, CRYPT_MODE_CBC);
	BYTE data[64] = { 0 };
	BYTE expected[64];
	DWORD len = 16;

	capi_good(CryptEncrypt(key, 0, FALSE, 0, data, &len, sizeof(data)));
	capi_good(CryptSetKeyParam(key, KP_IV, iv, 0));
	len = encrypt(key, 0, 20, data, sizeof(data));
	ck_assert_uint_eq(by_openssl(4, "AES-128-CBC", 20, expected), len);
	ck_assert_mem_eq(data, expected, len);
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(a_copy_goes_on_where_its_original_was)
{
	static BYTE whole[20000];
	static BYTE half[20000];
	const HCRYPTKEY keys[] = { key_of(4, CRYPT_MODE_CBC), key_of(4, CRYPT_MODE_CFB), rc4() };

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		HCRYPTKEY copy = 0;
		DWORD len = sizeof(whole);
		DWORD first = sizeof(half) / 2;

		if (i == 1)
			len = first * 2;
		memset(whole, 1, sizeof(whole));
		memset(half, 1, sizeof(half));
		capi_good(CryptEncrypt(keys[i], 0, FALSE, 0, whole, &len, sizeof(whole)));
		capi_good(CryptSetKeyParam(keys[i], KP_IV, iv, 0));
		capi_good(CryptEncrypt(keys[i], 0, FALSE, 0, half, &first, sizeof(half)));
		capi_good(CryptDuplicateKey(keys[i], NULL, 0, &copy));
		/* what the original goes on with is nothing to the copy */
		len = 16;
		capi_good(CryptEncrypt(keys[i], 0, TRUE, 0, (BYTE[32]){ 0 }, &len, 32));
		capi_good(CryptDestroyKey(keys[i]));
		capi_good(CryptEncrypt(copy, 0, FALSE, 0, half + first, &first, sizeof(half) - first));
		ck_assert_mem_eq(half, whole, sizeof(half));
		capi_good(CryptDestroyKey(copy));
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, each_cipher_and_mode_at_once_and_in_pieces);
	tcase_add_test(tc, a_stream_goes_on_until_its_end_and_begins_again);
	tcase_add_test(tc, the_width_of_cfb_is_8_bits_whatever_is_set);
	tcase_add_test(tc, the_length_can_be_asked_for_first);
	tcase_add_test(tc, too_little_room_changes_nothing);
	tcase_add_test(tc, pieces_before_the_last_are_whole_blocks);
	tcase_add_test(tc, nothing_is_no_last_piece_to_decrypt);
	tcase_add_test(tc, nothing_ends_a_stream_that_encrypts_and_none_that_decrypts);
	tcase_add_test(tc, more_than_a_length_can_say_is_refused);
	tcase_add_test(tc, modes_that_nobody_has_are_refused_when_they_are_used);
	tcase_add_test(tc, wrong_padding_leaves_the_data_and_ends_the_message);
	tcase_add_test(tc, flags_and_pointers_are_checked);
	tcase_add_test(tc, the_plain_text_is_hashed_both_ways);
	tcase_add_test(tc, a_hash_that_takes_no_more_stops_it_before_anything_changes);
	tcase_add_test(tc, an_initial_value_in_the_middle_begins_anew);
	tcase_add_test(tc, a_copy_goes_on_where_its_original_was);
}

TEST_MAIN("minidriver/capi_encrypt", add)
