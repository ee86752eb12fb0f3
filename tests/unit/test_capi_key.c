/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptDeriveKey, CryptGenKey and the parameters of keys. */
#include "config.h"

#include <string.h>

#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"

/* SHA-1 of "apple-camshaft", which capi_derive derives from; by `openssl sha1`. */
static const BYTE value[] = { 0x1f, 0x60, 0x07, 0x90, 0x5e, 0xd7, 0x81, 0x88, 0x9e, 0xd4,
			      0x8c, 0x5a, 0x1b, 0x2c, 0xb0, 0x9d, 0x75, 0xd0, 0x07, 0x7a };

static const char *const kinds[] = { "base", "strong", "enhanced", "aes" };
enum kind { BASE = 0, STRONG, ENHANCED, AES, KINDS };
static HCRYPTPROV providers[KINDS];

static void set_up(void)
{
	capi_setup();
	for (size_t i = 0; i < KINDS; i++)
		providers[i] = capi_open(kinds[i]);
}

static void tear_down(void)
{
	for (size_t i = 0; i < KINDS; i++)
		capi_close(providers[i]);
	capi_teardown();
}

static void set_number(HCRYPTKEY key, DWORD param, DWORD number)
{
	capi_good(CryptSetKeyParam(key, param, (const BYTE *)&number, 0));
}

/* ---- lengths ---------------------------------------------------------------------------------------- */

/* What a length in bits is answered with; 0: a key. */
static DWORD derive_bits(enum kind kind, ALG_ID alg, DWORD bits, DWORD *ret_len)
{
	const HCRYPTHASH hash = capi_hash(providers[kind], CALG_SHA1, SPAN_EMPTY);
	HCRYPTKEY key = 0;
	DWORD err = 0;

	SetLastError(0);
	if (CryptDeriveKey(providers[kind], alg, hash, bits << 16 | CRYPT_NO_SALT, &key)) {
		*ret_len = capi_key_number(key, KP_KEYLEN);
		capi_good(CryptDestroyKey(key));
	} else {
		err = GetLastError();
		ck_assert_uint_eq(key, 0);
	}
	capi_good(CryptDestroyHash(hash));
	return err;
}

START_TEST(rc2_and_rc4_have_any_whole_bytes_between_40_bits_and_the_providers_most)
{
	static const DWORD most[] = { [BASE] = 56, [STRONG] = 128, [ENHANCED] = 128, [AES] = 128 };
	static const ALG_ID algs[] = { CALG_RC2, CALG_RC4 };

	for (size_t i = 0; i < (size_t)KINDS * ARRAY_COUNT(algs); i++) {
		const enum kind kind = (enum kind)(i / 2);
		DWORD len = 0;

		for (DWORD bits = 1; bits <= 256; bits++) {
			const bool good = bits >= 40 && bits <= most[kind] && bits % 8 == 0;

			ck_assert_uint_eq(derive_bits(kind, algs[i % 2], bits, &len), good ? 0 : NTE_BAD_DATA);
			ck_assert(!good || len == bits);
		}
		ck_assert_uint_eq(derive_bits(kind, algs[i % 2], 0xFFFF, &len), NTE_BAD_DATA);
		ck_assert_uint_eq(derive_bits(kind, algs[i % 2], 0, &len), 0);
		ck_assert_uint_eq(len, kind == BASE ? 40 : 128);
	}
}
END_TEST

static const struct {
	ALG_ID alg;
	DWORD bits;
	DWORD with_parity; /* 0: it has none */
	bool base;
	bool aes_only;
} fixed[] = {
	{ CALG_DES, 56, 64, true, false },        { CALG_3DES_112, 112, 128, false, false },
	{ CALG_3DES, 168, 192, false, false },    { CALG_AES_128, 128, 0, false, true },
	{ CALG_AES_192, 192, 0, false, true },    { CALG_AES_256, 256, 0, false, true },
};

START_TEST(other_ciphers_have_one_length_and_des_counts_it_with_or_without_parity)
{
	for (size_t i = 0; i < KINDS * ARRAY_COUNT(fixed); i++) {
		const enum kind kind = (enum kind)(i % KINDS);
		const size_t f = i / KINDS;
		const bool there = fixed[f].aes_only ? kind == AES : kind != BASE || fixed[f].base;
		const DWORD stored = fixed[f].with_parity != 0 ? fixed[f].with_parity : fixed[f].bits;
		const DWORD wrong = fixed[f].with_parity != 0 ? NTE_BAD_FLAGS : NTE_BAD_DATA;

		for (DWORD bits = 0; bits <= 300; bits++) {
			const bool good = bits == 0 || bits == fixed[f].bits || bits == stored;
			DWORD len = 0;

			ck_assert_uint_eq(derive_bits(kind, fixed[f].alg, bits, &len),
					  !there ? NTE_BAD_ALGID : good ? 0 : wrong);
			ck_assert(!there || !good || len == stored);
		}
	}
}
END_TEST

START_TEST(what_is_no_cipher_is_refused)
{
	static const ALG_ID unknown[] = { 0, CALG_RC5, CALG_AES, CALG_RSA_SIGN, CALG_RSA_KEYX, CALG_SHA1, CALG_MAC,
					  CALG_SCHANNEL_ENC_KEY, ~0u };
	HCRYPTKEY key = 42;

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++) {
		const HCRYPTHASH hash = capi_hash(providers[AES], CALG_SHA1, SPAN_EMPTY);

		capi_bad(CryptDeriveKey(providers[AES], unknown[i], hash, 0, &key), NTE_BAD_ALGID);
		capi_bad(CryptGenKey(providers[AES], unknown[i], 0, &key), NTE_BAD_ALGID);
		/* a refusal has not finished the hash */
		capi_good(CryptHashData(hash, (const BYTE *)"x", 1, 0));
		capi_good(CryptDestroyHash(hash));
	}
	capi_bad(CryptGenKey(providers[AES], AT_KEYEXCHANGE, 0, &key), NTE_BAD_ALGID);
	ck_assert_uint_eq(key, 42);
}
END_TEST

/* ---- handles and flags ------------------------------------------------------------------------------ */

START_TEST(a_key_is_derived_from_a_hash_of_the_same_provider)
{
	const HCRYPTHASH hash = capi_hash(providers[STRONG], CALG_SHA1, SPAN_EMPTY);
	HCRYPTKEY key = 42;

	capi_bad(CryptDeriveKey(providers[AES], CALG_RC4, hash, 0, &key), NTE_BAD_HASH);
	capi_bad(CryptDeriveKey(providers[STRONG], CALG_RC4, 0, 0, &key), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDeriveKey(providers[STRONG], CALG_RC4, providers[STRONG], 0, &key), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDeriveKey(providers[STRONG], CALG_RC4, hash, 0, NULL), ERROR_INVALID_PARAMETER);
	capi_bad(CryptGenKey(providers[STRONG], CALG_RC4, 0, NULL), ERROR_INVALID_PARAMETER);
	ck_assert_uint_eq(key, 42);
	capi_good(CryptDestroyHash(hash));
	capi_bad(CryptDeriveKey(providers[STRONG], CALG_RC4, hash, 0, &key), ERROR_INVALID_PARAMETER);
}
END_TEST

START_TEST(a_derivation_finishes_the_hash_whose_value_stays)
{
	const HCRYPTHASH hash = capi_hash(providers[STRONG], CALG_SHA1, span_of("apple-camshaft", 14));
	BYTE found[20];
	DWORD len = sizeof(found);
	HCRYPTKEY keys[2] = { 0, 0 };

	capi_good(CryptDeriveKey(providers[STRONG], CALG_RC4, hash, CRYPT_EXPORTABLE, &keys[0]));
	capi_bad(CryptHashData(hash, found, 1, 0), NTE_BAD_HASH_STATE);
	capi_good(CryptGetHashParam(hash, HP_HASHVAL, found, &len, 0));
	ck_assert_mem_eq(found, value, sizeof(value));
	capi_good(CryptDeriveKey(providers[STRONG], CALG_RC4, hash, CRYPT_EXPORTABLE, &keys[1]));
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(capi_export(keys[i], found, sizeof(found)), 16);
		ck_assert_mem_eq(found, value, 16);
		capi_good(CryptDestroyKey(keys[i]));
	}
	capi_good(CryptDestroyHash(hash));
}
END_TEST

START_TEST(flags_of_other_providers_change_nothing)
{
	static const DWORD flags[] = { CRYPT_UPDATE_KEY, CRYPT_SERVER, CRYPT_USER_PROTECTED,
				       CRYPT_UPDATE_KEY | CRYPT_SERVER | CRYPT_USER_PROTECTED };

	for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
		const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_RC4, flags[i] | CRYPT_EXPORTABLE);
		BYTE found[20];

		ck_assert_uint_eq(capi_export(key, found, sizeof(found)), 16);
		ck_assert_mem_eq(found, value, 16);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
	const HCRYPTHASH hash = capi_hash(providers[STRONG], CALG_SHA1, SPAN_EMPTY);
	const DWORD known = CRYPT_EXPORTABLE | CRYPT_USER_PROTECTED | CRYPT_CREATE_SALT | CRYPT_UPDATE_KEY |
			    CRYPT_NO_SALT | CRYPT_SERVER;

	for (DWORD flag = 1; flag < 0x10000; flag <<= 1) {
		HCRYPTKEY key = 0;

		if ((flag & known) == 0) {
			capi_bad(CryptDeriveKey(providers[STRONG], CALG_RC4, hash, flag, &key), NTE_BAD_FLAGS);
			capi_bad(CryptGenKey(providers[STRONG], CALG_RC4, flag, &key), NTE_BAD_FLAGS);
			continue;
		}
		capi_good(CryptDeriveKey(providers[STRONG], CALG_RC4, hash, flag, &key));
		capi_good(CryptDestroyKey(key));
		capi_good(CryptGenKey(providers[STRONG], CALG_RC4, flag, &key));
		capi_good(CryptDestroyKey(key));
	}
	capi_good(CryptDestroyHash(hash));
}
END_TEST

START_TEST(a_silent_provider_protects_no_key_by_asking)
{
	HCRYPTPROV silent = 0;
	HCRYPTHASH hash;
	HCRYPTKEY key = 0;

	capi_good(CryptAcquireContextA(&silent, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT | CRYPT_SILENT));
	hash = capi_hash(silent, CALG_SHA1, SPAN_EMPTY);
	capi_bad(CryptDeriveKey(silent, CALG_RC4, hash, CRYPT_USER_PROTECTED, &key), NTE_SILENT_CONTEXT);
	capi_bad(CryptGenKey(silent, CALG_RC4, CRYPT_USER_PROTECTED, &key), NTE_SILENT_CONTEXT);
	capi_close(silent);
}
END_TEST

/* ---- bytes ------------------------------------------------------------------------------------------ */

START_TEST(des_keys_have_odd_parity)
{
	static const struct {
		ALG_ID alg;
		size_t len;
	} rows[] = { { CALG_DES, 8 }, { CALG_3DES_112, 16 }, { CALG_3DES, 24 } };

	for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
		HCRYPTKEY key = 0;
		BYTE found[24];

		if (i % 2 == 0)
			key = capi_derive(providers[STRONG], rows[i / 2].alg, CRYPT_EXPORTABLE);
		else
			capi_good(CryptGenKey(providers[STRONG], rows[i / 2].alg, CRYPT_EXPORTABLE, &key));
		ck_assert_uint_eq(capi_export(key, found, sizeof(found)), rows[i / 2].len);
		for (size_t at = 0; at < rows[i / 2].len; at++) {
			ck_assert_int_eq(__builtin_popcount(found[at]) % 2, 1);
			ck_assert(i >= 4 || i % 2 != 0 || (found[at] & 0xFE) == (value[at] & 0xFE));
		}
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(random_keys_are_not_the_same_twice)
{
	for (size_t i = 0; i < ARRAY_COUNT(fixed); i++) {
		BYTE found[2][32];

		for (size_t k = 0; k < 2; k++) {
			HCRYPTKEY key = 0;

			capi_good(CryptGenKey(providers[AES], fixed[i].alg, CRYPT_EXPORTABLE, &key));
			(void)capi_export(key, found[k], sizeof(found[k]));
			capi_good(CryptDestroyKey(key));
		}
		ck_assert_mem_ne(found[0], found[1], 8);
	}
}
END_TEST

/* ---- salt ------------------------------------------------------------------------------------------- */

/* The salt of a key; returns its length. */
static DWORD salt_of(HCRYPTKEY key, BYTE salt[24])
{
	DWORD len = 24;

	capi_good(CryptGetKeyParam(key, KP_SALT, salt, &len, 0));
	return len;
}

START_TEST(forty_bits_have_eleven_zero_bytes_of_salt_unless_none_is_asked_for)
{
	static const ALG_ID algs[] = { CALG_RC2, CALG_RC4 };
	static const BYTE zero[11];

	for (size_t i = 0; i < (size_t)KINDS * ARRAY_COUNT(algs); i++) {
		HCRYPTKEY key = capi_derive(providers[i / 2], algs[i % 2], 40 << 16 | CRYPT_EXPORTABLE);
		BYTE salt[24];

		ck_assert_uint_eq(salt_of(key, salt), 11);
		ck_assert_mem_eq(salt, zero, 11);
		ck_assert_uint_eq(capi_key_number(key, KP_KEYLEN), 40);
		ck_assert_uint_eq(capi_export(key, salt, sizeof(salt)), 5);
		ck_assert_mem_eq(salt, value, 5);
		capi_good(CryptDestroyKey(key));
		key = capi_derive(providers[i / 2], algs[i % 2], 40 << 16 | CRYPT_NO_SALT);
		ck_assert_uint_eq(salt_of(key, salt), 0);
		capi_good(CryptDestroyKey(key));
		key = capi_derive(providers[i / 2], algs[i % 2], 48 << 16);
		ck_assert_uint_eq(salt_of(key, salt), 0);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(a_created_salt_is_what_the_hash_goes_on_with)
{
	static const DWORD bits[] = { 40, 56, 72, 128 };

	for (size_t i = 0; i < KINDS * ARRAY_COUNT(bits); i++) {
		const enum kind kind = (enum kind)(i % KINDS);
		const DWORD len = bits[i / KINDS] / 8;
		/* Enhanced has none for 40 bits; else it fills the key up to 128 */
		const DWORD expected = kind == ENHANCED && len == 5 ? 0 : 16 - len;
		HCRYPTKEY key;
		BYTE salt[24];

		if (kind == BASE && len > 7)
			continue;
		key = capi_derive(providers[kind], CALG_RC4, bits[i / KINDS] << 16 | CRYPT_CREATE_SALT);
		ck_assert_uint_eq(salt_of(key, salt), expected);
		ck_assert_mem_eq(salt, value + len, expected);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(a_random_keys_salt_is_zero_or_random)
{
	static const BYTE zero[11];
	HCRYPTKEY key = 0;
	BYTE salts[2][24];

	capi_good(CryptGenKey(providers[STRONG], CALG_RC4, 40 << 16, &key));
	ck_assert_uint_eq(salt_of(key, salts[0]), 11);
	ck_assert_mem_eq(salts[0], zero, 11);
	capi_good(CryptDestroyKey(key));
	for (size_t i = 0; i < 2; i++) {
		capi_good(CryptGenKey(providers[STRONG], CALG_RC4, 40 << 16 | CRYPT_CREATE_SALT, &key));
		ck_assert_uint_eq(salt_of(key, salts[i]), 11);
		capi_good(CryptDestroyKey(key));
	}
	ck_assert_mem_ne(salts[0], salts[1], 11);
	capi_good(CryptGenKey(providers[ENHANCED], CALG_RC4, 40 << 16 | CRYPT_CREATE_SALT, &key));
	ck_assert_uint_eq(salt_of(key, salts[0]), 0);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptGenKey(providers[AES], CALG_RC2, 96 << 16 | CRYPT_CREATE_SALT, &key));
	ck_assert_uint_eq(salt_of(key, salts[0]), 4);
	capi_good(CryptDestroyKey(key));
}
END_TEST

static void encrypt_zeros(HCRYPTKEY key, BYTE data[16])
{
	DWORD len = 16;

	memset(data, 0, 16);
	capi_good(CryptEncrypt(key, 0, TRUE, 0, data, &len, 16));
	ck_assert_uint_eq(len, 16);
}

/* A key of 5 bytes with a salt of 11 is the key of all 16. */
static void salted_is(HCRYPTKEY key, enum kind kind, const BYTE *salt)
{
	BYTE joined[16];
	BYTE expected[16];
	BYTE found[16];
	HCRYPTKEY whole;

	memcpy(joined, value, 5);
	memcpy(joined + 5, salt, 11);
	whole = capi_import(providers[kind == BASE ? STRONG : kind], CALG_RC4, span_of(joined, sizeof(joined)));
	encrypt_zeros(whole, expected);
	encrypt_zeros(key, found);
	ck_assert_mem_eq(found, expected, sizeof(expected));
	capi_good(CryptDestroyKey(whole));
}

START_TEST(a_salt_that_is_set_joins_the_key)
{
	static const BYTE salt[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

	for (enum kind kind = BASE; kind < KINDS; kind++) {
		const HCRYPTKEY key = capi_derive(providers[kind], CALG_RC4, 40 << 16);
		CRYPT_INTEGER_BLOB blob = { .cbData = sizeof(salt), .pbData = (BYTE *)(uintptr_t)salt };
		BYTE found[24];

		capi_good(CryptSetKeyParam(key, KP_SALT, salt, 0));
		salted_is(key, kind, salt);
		/* what Windows' providers tell of it differs */
		ck_assert_uint_eq(salt_of(key, found), kind <= STRONG ? 11 : 0);
		capi_good(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0));
		salted_is(key, kind, salt);
		ck_assert_uint_eq(salt_of(key, found), 11);
		ck_assert_mem_eq(found, salt, 11);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(a_salt_has_24_bytes_at_most_and_may_be_taken_off)
{
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_RC2, 40 << 16 | CRYPT_EXPORTABLE);
	const HCRYPTKEY bare = capi_derive(providers[STRONG], CALG_RC2, 40 << 16 | CRYPT_NO_SALT);
	BYTE bytes[25] = { 9 };
	BYTE expected[16];
	BYTE found[24];
	DWORD len = 8;

	for (DWORD salt_len = 0; salt_len <= 24; salt_len++) {
		CRYPT_INTEGER_BLOB blob = { .cbData = salt_len, .pbData = salt_len != 0 ? bytes : NULL };

		capi_good(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0));
		ck_assert_uint_eq(salt_of(key, found), salt_len);
		ck_assert_uint_eq(capi_export(key, found, sizeof(found)), 5);
	}
	capi_bad(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&(CRYPT_INTEGER_BLOB){ 25, bytes }, 0), NTE_BAD_DATA);
	capi_bad(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&(CRYPT_INTEGER_BLOB){ 1, NULL }, 0),
		 ERROR_INVALID_PARAMETER);
	ck_assert_uint_eq(salt_of(key, found), 24);
	capi_good(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&(CRYPT_INTEGER_BLOB){ 0, NULL }, 0));
	memset(expected, 0, sizeof(expected));
	memset(found, 0, sizeof(found));
	capi_good(CryptEncrypt(bare, 0, TRUE, 0, expected, &len, sizeof(expected)));
	len = 8;
	capi_good(CryptEncrypt(key, 0, TRUE, 0, found, &len, sizeof(found)));
	ck_assert_mem_eq(found, expected, 16);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyKey(bare));
}
END_TEST

START_TEST(ciphers_without_salt_have_none_whatever_is_set)
{
	static const ALG_ID algs[] = { CALG_DES, CALG_3DES, CALG_AES_256 };
	BYTE salt[25] = { 1 };

	for (size_t i = 0; i < ARRAY_COUNT(algs); i++) {
		const HCRYPTKEY key = capi_derive(providers[AES], algs[i], CRYPT_CREATE_SALT);
		CRYPT_INTEGER_BLOB blob = { 25, salt };
		BYTE found[24];
		BYTE before[32] = { 0 };
		BYTE after[32] = { 0 };
		DWORD lens[] = { 7, 7 };

		ck_assert_uint_eq(salt_of(key, found), 0);
		capi_good(CryptEncrypt(key, 0, TRUE, 0, before, &lens[0], sizeof(before)));
		capi_bad(CryptSetKeyParam(key, KP_SALT, salt, 0), NTE_BAD_KEY);
		capi_bad(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0), NTE_BAD_DATA);
		blob.cbData = 24;
		capi_good(CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, 0));
		ck_assert_uint_eq(salt_of(key, found), 0);
		capi_good(CryptEncrypt(key, 0, TRUE, 0, after, &lens[1], sizeof(after)));
		ck_assert_uint_eq(lens[0], lens[1]);
		ck_assert_mem_eq(before, after, sizeof(before));
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

/* ---- parameters ------------------------------------------------------------------------------------- */

START_TEST(a_new_key_has_windows_parameters)
{
	static const BYTE zero[16];

	for (size_t i = 0; i < ARRAY_COUNT(fixed); i++) {
		const HCRYPTKEY key = capi_derive(providers[AES], fixed[i].alg, i % 2 == 0 ? CRYPT_EXPORTABLE : 0);
		const DWORD block = fixed[i].aes_only ? 16 : 8;
		const DWORD permissions = CRYPT_ENCRYPT | CRYPT_DECRYPT | CRYPT_READ | CRYPT_WRITE | CRYPT_MAC;
		BYTE iv[16];
		DWORD len = sizeof(iv);

		ck_assert_uint_eq(capi_key_number(key, KP_ALGID), fixed[i].alg);
		ck_assert_uint_eq(capi_key_number(key, KP_BLOCKLEN), 8 * block);
		ck_assert_uint_eq(capi_key_number(key, KP_MODE), CRYPT_MODE_CBC);
		ck_assert_uint_eq(capi_key_number(key, KP_MODE_BITS), 0);
		ck_assert_uint_eq(capi_key_number(key, KP_PADDING), PKCS5_PADDING);
		ck_assert_uint_eq(capi_key_number(key, KP_PERMISSIONS), permissions | (i % 2 == 0 ? CRYPT_EXPORT : 0));
		ck_assert_uint_eq(capi_key_number(key, KP_EFFECTIVE_KEYLEN), capi_key_number(key, KP_KEYLEN));
		capi_good(CryptGetKeyParam(key, KP_IV, iv, &len, 0));
		ck_assert_uint_eq(len, block);
		ck_assert_mem_eq(iv, zero, block);
		capi_good(CryptDestroyKey(key));
	}
}
END_TEST

START_TEST(a_stream_has_no_mode_and_no_block)
{
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_RC4, 0);
	BYTE iv[16] = { 0 };
	DWORD len = sizeof(iv);

	ck_assert_uint_eq(capi_key_number(key, KP_MODE), 0);
	ck_assert_uint_eq(capi_key_number(key, KP_BLOCKLEN), 0);
	capi_good(CryptGetKeyParam(key, KP_IV, iv, &len, 0));
	ck_assert_uint_eq(len, 0);
	capi_good(CryptSetKeyParam(key, KP_IV, iv, 0));
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(parameters_that_are_set_can_be_read)
{
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_3DES, 0);
	static const BYTE iv[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	BYTE found[8];
	DWORD len = sizeof(found);

	set_number(key, KP_MODE, CRYPT_MODE_ECB);
	ck_assert_uint_eq(capi_key_number(key, KP_MODE), CRYPT_MODE_ECB);
	set_number(key, KP_MODE_BITS, 8);
	ck_assert_uint_eq(capi_key_number(key, KP_MODE_BITS), 8);
	set_number(key, KP_PADDING, PKCS5_PADDING);
	capi_good(CryptSetKeyParam(key, KP_IV, iv, 0));
	capi_good(CryptGetKeyParam(key, KP_IV, found, &len, 0));
	ck_assert_mem_eq(found, iv, sizeof(iv));
	capi_good(CryptDestroyKey(key));
}
END_TEST

START_TEST(export_is_never_added_to_permissions_and_never_lost)
{
	const HCRYPTKEY closed = capi_derive(providers[STRONG], CALG_3DES, 0);
	const HCRYPTKEY open = capi_derive(providers[STRONG], CALG_3DES, CRYPT_EXPORTABLE);
	const DWORD with_export = CRYPT_ENCRYPT | CRYPT_EXPORT;

	capi_bad(CryptSetKeyParam(closed, KP_PERMISSIONS, (const BYTE *)&with_export, 0), NTE_BAD_DATA);
	ck_assert_uint_eq(capi_key_number(closed, KP_PERMISSIONS) & CRYPT_EXPORT, 0);
	set_number(closed, KP_PERMISSIONS, CRYPT_DECRYPT);
	ck_assert_uint_eq(capi_key_number(closed, KP_PERMISSIONS), CRYPT_DECRYPT);
	set_number(open, KP_PERMISSIONS, CRYPT_ENCRYPT);
	ck_assert_uint_eq(capi_key_number(open, KP_PERMISSIONS), with_export);
	set_number(open, KP_PERMISSIONS, with_export);
	capi_good(CryptDestroyKey(closed));
	capi_good(CryptDestroyKey(open));
}
END_TEST

START_TEST(effective_bits_are_rc2s_and_40_with_base)
{
	static const DWORD good[] = { 1, 40, 56, 128, 1023, 1024 };
	static const DWORD bad[] = { 0, 1025, ~0u };
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_RC2, 0);
	const HCRYPTKEY base = capi_derive(providers[BASE], CALG_RC2, 56 << 16);
	const HCRYPTKEY des = capi_derive(providers[STRONG], CALG_3DES, 0);
	const DWORD forty = 40;

	ck_assert_uint_eq(capi_key_number(key, KP_EFFECTIVE_KEYLEN), 128);
	for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
		set_number(key, KP_EFFECTIVE_KEYLEN, good[i]);
		ck_assert_uint_eq(capi_key_number(key, KP_EFFECTIVE_KEYLEN), good[i]);
		if (good[i] != 40)
			capi_bad(CryptSetKeyParam(base, KP_EFFECTIVE_KEYLEN, (const BYTE *)&good[i], 0), NTE_BAD_DATA);
		ck_assert(good[i] == 1 || capi_key_number(base, KP_EFFECTIVE_KEYLEN) == 40);
	}
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		capi_bad(CryptSetKeyParam(key, KP_EFFECTIVE_KEYLEN, (const BYTE *)&bad[i], 0), NTE_BAD_DATA);
		ck_assert_uint_eq(capi_key_number(key, KP_EFFECTIVE_KEYLEN), 1024);
	}
	set_number(base, KP_EFFECTIVE_KEYLEN, 40);
	capi_bad(CryptSetKeyParam(des, KP_EFFECTIVE_KEYLEN, (const BYTE *)&forty, 0), NTE_BAD_TYPE);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyKey(base));
	capi_good(CryptDestroyKey(des));
}
END_TEST

START_TEST(what_is_wrong_with_a_parameter_is_said)
{
	static const DWORD unknown[] = { 0, 11, 18, 20, 1000, ~0u };
	static const DWORD read_only[] = { KP_ALGID, KP_BLOCKLEN, KP_KEYLEN };
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_3DES, 0);
	const DWORD padding = 2;
	BYTE buffer[32] = { 0 };
	DWORD len = sizeof(buffer);

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++) {
		capi_bad(CryptGetKeyParam(key, unknown[i], buffer, &len, 0), NTE_BAD_TYPE);
		capi_bad(CryptSetKeyParam(key, unknown[i], buffer, 0), NTE_BAD_TYPE);
	}
	for (size_t i = 0; i < ARRAY_COUNT(read_only); i++)
		capi_bad(CryptSetKeyParam(key, read_only[i], buffer, 0), NTE_BAD_TYPE);
	capi_bad(CryptGetKeyParam(key, KP_SALT_EX, buffer, &len, 0), NTE_BAD_TYPE);
	capi_bad(CryptGetKeyParam(key, KP_ALGID, buffer, &len, 1), NTE_BAD_FLAGS);
	capi_bad(CryptSetKeyParam(key, KP_IV, buffer, 1), NTE_BAD_FLAGS);
	capi_bad(CryptGetKeyParam(key, KP_ALGID, buffer, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptSetKeyParam(key, KP_IV, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptSetKeyParam(key, KP_EFFECTIVE_KEYLEN, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptSetKeyParam(key, KP_PADDING, (const BYTE *)&padding, 0), NTE_BAD_DATA);
	len = 7;
	capi_bad(CryptGetKeyParam(key, KP_IV, buffer, &len, 0), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, 8);
	capi_good(CryptGetKeyParam(key, KP_IV, NULL, &len, 0));
	ck_assert_uint_eq(len, 8);
	capi_good(CryptDestroyKey(key));
}
END_TEST

/* ---- copies ----------------------------------------------------------------------------------------- */

START_TEST(a_copy_has_everything_and_goes_its_own_way)
{
	static const BYTE iv[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_RC2, 40 << 16 | CRYPT_EXPORTABLE);
	HCRYPTKEY copy = 0;
	BYTE found[24];
	BYTE expected[24];

	capi_good(CryptSetKeyParam(key, KP_IV, iv, 0));
	set_number(key, KP_EFFECTIVE_KEYLEN, 77);
	set_number(key, KP_MODE, CRYPT_MODE_CFB);
	capi_good(CryptDuplicateKey(key, NULL, 0, &copy));
	ck_assert_uint_eq(capi_key_number(copy, KP_EFFECTIVE_KEYLEN), 77);
	ck_assert_uint_eq(capi_key_number(copy, KP_MODE), CRYPT_MODE_CFB);
	ck_assert_uint_eq(capi_key_number(copy, KP_PERMISSIONS), capi_key_number(key, KP_PERMISSIONS));
	ck_assert_uint_eq(salt_of(copy, found), 11);
	ck_assert_uint_eq(capi_export(copy, found, sizeof(found)), 5);
	for (size_t i = 0; i < 2; i++) {
		BYTE *data = i == 0 ? expected : found;
		DWORD len = 16;

		memset(data, 7, 16);
		capi_good(CryptEncrypt(i == 0 ? key : copy, 0, TRUE, 0, data, &len, 24));
	}
	ck_assert_mem_eq(found, expected, 24);
	set_number(key, KP_MODE, CRYPT_MODE_ECB);
	capi_good(CryptDestroyKey(key));
	ck_assert_uint_eq(capi_key_number(copy, KP_MODE), CRYPT_MODE_CFB);
	capi_good(CryptDestroyKey(copy));
}
END_TEST

START_TEST(a_copy_wants_nothing_in_what_is_reserved)
{
	const HCRYPTKEY key = capi_derive(providers[STRONG], CALG_RC2, 0);
	HCRYPTKEY copy = 42;
	DWORD reserved = 0;

	capi_bad(CryptDuplicateKey(key, &reserved, 0, &copy), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDuplicateKey(key, NULL, 1, &copy), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDuplicateKey(key, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
	ck_assert_uint_eq(copy, 42);
	capi_good(CryptDestroyKey(key));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, rc2_and_rc4_have_any_whole_bytes_between_40_bits_and_the_providers_most);
	tcase_add_test(tc, other_ciphers_have_one_length_and_des_counts_it_with_or_without_parity);
	tcase_add_test(tc, what_is_no_cipher_is_refused);
	tcase_add_test(tc, a_key_is_derived_from_a_hash_of_the_same_provider);
	tcase_add_test(tc, a_derivation_finishes_the_hash_whose_value_stays);
	tcase_add_test(tc, flags_of_other_providers_change_nothing);
	tcase_add_test(tc, unknown_flags_are_refused);
	tcase_add_test(tc, a_silent_provider_protects_no_key_by_asking);
	tcase_add_test(tc, des_keys_have_odd_parity);
	tcase_add_test(tc, random_keys_are_not_the_same_twice);
	tcase_add_test(tc, forty_bits_have_eleven_zero_bytes_of_salt_unless_none_is_asked_for);
	tcase_add_test(tc, a_created_salt_is_what_the_hash_goes_on_with);
	tcase_add_test(tc, a_random_keys_salt_is_zero_or_random);
	tcase_add_test(tc, a_salt_that_is_set_joins_the_key);
	tcase_add_test(tc, a_salt_has_24_bytes_at_most_and_may_be_taken_off);
	tcase_add_test(tc, ciphers_without_salt_have_none_whatever_is_set);
	tcase_add_test(tc, a_new_key_has_windows_parameters);
	tcase_add_test(tc, a_stream_has_no_mode_and_no_block);
	tcase_add_test(tc, parameters_that_are_set_can_be_read);
	tcase_add_test(tc, export_is_never_added_to_permissions_and_never_lost);
	tcase_add_test(tc, effective_bits_are_rc2s_and_40_with_base);
	tcase_add_test(tc, what_is_wrong_with_a_parameter_is_said);
	tcase_add_test(tc, a_copy_has_everything_and_goes_its_own_way);
	tcase_add_test(tc, a_copy_wants_nothing_in_what_is_reserved);
}

TEST_MAIN("minidriver/capi_key", add)
