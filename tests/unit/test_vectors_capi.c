/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptoAPI against what Windows answered. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"
#include "tests/unit/vectors.h"

#define DATA_LEN 512u

static bool has_md2(HCRYPTPROV provider)
{
	HCRYPTHASH hash = 0;

	if (!CryptCreateHash(provider, CALG_MD2, 0, 0, &hash)) {
		ck_assert_uint_eq(GetLastError(), NTE_BAD_ALGID);
		return false;
	}
	capi_good(CryptDestroyHash(hash));
	return true;
}

/*
 * A hash with this value. OpenSSL is usually built without MD2: then an MD5 hash is given MD2's value, which derives
 * the same wherever the value is not expanded.
 */
static HCRYPTHASH hash_with_value(HCRYPTPROV provider, ALG_ID alg, struct span value)
{
	HCRYPTHASH hash = 0;

	if (alg == CALG_MD2 && !has_md2(provider))
		alg = CALG_MD5;
	capi_good(CryptCreateHash(provider, alg, 0, 0, &hash));
	capi_good(CryptSetHashParam(hash, HP_HASHVAL, value.data, 0));
	return hash;
}

static void make_data(struct vectors *vectors, size_t record, BYTE data[DATA_LEN])
{
	const unsigned first = (unsigned)strtoul(vectors_text(vectors, record, "first-data-byte"), NULL, 10);

	for (unsigned i = 0; i < DATA_LEN; i++)
		data[i] = (BYTE)(first + i);
}

static HCRYPTHASH hash_data(HCRYPTPROV provider, struct vectors *vectors, size_t record, const BYTE *data)
{
	const ALG_ID alg = capi_number(vectors_text(vectors, record, "hash"));
	const struct span value = vectors_bytes(vectors, record, "hash-value");
	BYTE found[64];
	DWORD len = sizeof(found);
	HCRYPTHASH hash;

	if (alg == CALG_MD2 && !has_md2(provider))
		return hash_with_value(provider, alg, value);
	hash = capi_hash(provider, alg, span_of(data, DATA_LEN));
	capi_good(CryptGetHashParam(hash, HP_HASHVAL, found, &len, 0));
	ck_assert_uint_eq(len, value.len);
	ck_assert_mem_eq(found, value.data, len);
	return hash;
}

/* Whether a row can be computed: 3DES and AES from MD2 need MD2 itself. */
static bool computable(HCRYPTPROV provider, struct vectors *vectors, size_t record)
{
	const ALG_ID alg = capi_number(vectors_text(vectors, record, "alg"));

	if (!vectors_is(vectors, record, "hash", "CALG_MD2") || has_md2(provider))
		return true;
	return alg != CALG_3DES && alg != CALG_AES_128 && alg != CALG_AES_192 && alg != CALG_AES_256;
}

static bool is_aes(ALG_ID alg)
{
	return alg == CALG_AES_128 || alg == CALG_AES_192 || alg == CALG_AES_256;
}

static void check_row(HCRYPTPROV provider, bool aes, struct vectors *vectors, size_t record)
{
	const ALG_ID alg = capi_number(vectors_text(vectors, record, "alg"));
	const DWORD expected = aes && is_aes(alg) ? 0 : capi_number(vectors_text(vectors, record, "error"));
	BYTE data[DATA_LEN];
	HCRYPTHASH hash;
	HCRYPTKEY key = 0;
	DWORD len = 4;

	make_data(vectors, record, data);
	hash = hash_data(provider, vectors, record, data);
	if (expected != 0) {
		capi_bad(CryptDeriveKey(provider, alg, hash, 0, &key), expected);
	} else if (computable(provider, vectors, record)) {
		const struct span text = vectors_bytes(vectors, record, "ciphertext");

		capi_good(CryptDeriveKey(provider, alg, hash, 0, &key));
		ck_assert_uint_eq(capi_key_number(key, KP_MODE), alg == CALG_RC4 ? 0 : CRYPT_MODE_CBC);
		capi_good(CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)));
		ck_assert_uint_eq(len, text.len);
		ck_assert_uint_eq(len, strtoul(vectors_text(vectors, record, "block-length"), NULL, 10));
		ck_assert_msg(memcmp(data, text.data, len) == 0, "line %zu", vectors_line(vectors, record));
		capi_good(CryptDestroyKey(key));
	}
	capi_good(CryptDestroyHash(hash));
}

static void check_table(const char *kind, bool aes)
{
	AUTO_VECTORS *vectors = vectors_load("capi-derive-windows.vec");
	const HCRYPTPROV provider = capi_open(kind);
	size_t rows = 0;

	for (size_t i = 0; i < vectors_count(vectors); i++) {
		/* SHA-2 is the RSA-AES provider's */
		if (!aes && vectors_is(vectors, i, "hash", "CALG_SHA_256"))
			continue;
		check_row(provider, aes, vectors, i);
		rows++;
	}
	if (vectors_count(vectors) == vectors_in_file(vectors))
		ck_assert_uint_eq(rows, aes ? 60 : 48);
	capi_close(provider);
}

START_TEST(each_row_of_windows_table_derives_the_same)
{
	check_table("aes", true);
}
END_TEST

START_TEST(each_row_of_windows_table_is_the_same_with_the_full_providers)
{
	check_table("strong", false);
	check_table("enhanced", false);
}
END_TEST

/* ---- lengths, salts, modes, exported keys ----------------------------------------------------------- */

static const char *const kinds[] = { "base", "strong", "enhanced", "aes" };

static bool observed(struct vectors *vectors, size_t record, const char *kind)
{
	const ALG_ID alg = capi_number(vectors_text(vectors, record, "alg"));
	const bool base = strcmp(kind, "base") == 0;
	const bool aes = strcmp(kind, "aes") == 0;

	if ((is_aes(alg) || vectors_is(vectors, record, "hash", "CALG_SHA_256")) && !aes)
		return false;
	if (base && (alg == CALG_3DES || alg == CALG_3DES_112 || vectors_is(vectors, record, "bits", "128")))
		return false;
	if (!vectors_has(vectors, record, "provider"))
		return true;
	if (vectors_is(vectors, record, "provider", "not base"))
		return !base;
	return vectors_is(vectors, record, "provider", kind);
}

static void set_number(HCRYPTKEY key, DWORD param, DWORD number)
{
	capi_good(CryptSetKeyParam(key, param, (const BYTE *)&number, 0));
}

static void set_up(HCRYPTKEY key, struct vectors *vectors, size_t record)
{
	if (vectors_has(vectors, record, "mode"))
		set_number(key, KP_MODE, capi_number(vectors_text(vectors, record, "mode")));
	if (vectors_has(vectors, record, "effective"))
		set_number(key, KP_EFFECTIVE_KEYLEN,
			   (DWORD)strtoul(vectors_text(vectors, record, "effective"), NULL, 10));
	if (vectors_has(vectors, record, "salt-len")) {
		DWORD len = 0;

		capi_good(CryptGetKeyParam(key, KP_SALT, NULL, &len, 0));
		ck_assert_uint_eq(len, strtoul(vectors_text(vectors, record, "salt-len"), NULL, 10));
	}
}

static void check_encryption(HCRYPTKEY key, struct vectors *vectors, size_t record)
{
	const struct span plain = vectors_bytes(vectors, record, "plain");
	const struct span text = vectors_bytes(vectors, record, "ciphertext");
	BYTE data[64];
	DWORD len = (DWORD)plain.len;

	memcpy(data, plain.data, plain.len);
	capi_good(CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)));
	ck_assert_uint_eq(len, text.len);
	ck_assert_msg(memcmp(data, text.data, len) == 0, "line %zu", vectors_line(vectors, record));
	capi_good(CryptDecrypt(key, 0, TRUE, 0, data, &len));
	ck_assert_uint_eq(len, plain.len);
	ck_assert_mem_eq(data, plain.data, len);
}

static void check_export(HCRYPTKEY key, struct vectors *vectors, size_t record)
{
	const struct span expected = vectors_bytes(vectors, record, "key");
	BYTE found[64];

	ck_assert_uint_eq(capi_export(key, found, sizeof(found)), expected.len);
	ck_assert_msg(memcmp(found, expected.data, expected.len) == 0, "line %zu", vectors_line(vectors, record));
}

static void check_key(HCRYPTPROV provider, struct vectors *vectors, size_t record)
{
	const DWORD bits = (DWORD)strtoul(vectors_text(vectors, record, "bits"), NULL, 10);
	const DWORD flags =
		vectors_has(vectors, record, "flags") ? capi_number(vectors_text(vectors, record, "flags")) : 0;
	const HCRYPTHASH hash = hash_with_value(provider, capi_number(vectors_text(vectors, record, "hash")),
						vectors_bytes(vectors, record, "hash-value"));
	HCRYPTKEY key = 0;

	capi_good(CryptDeriveKey(provider, capi_number(vectors_text(vectors, record, "alg")), hash,
				 bits << 16 | flags | CRYPT_EXPORTABLE, &key));
	set_up(key, vectors, record);
	if (vectors_has(vectors, record, "key"))
		check_export(key, vectors, record);
	else
		check_encryption(key, vectors, record);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyHash(hash));
}

START_TEST(keys_have_the_bytes_salts_and_modes_that_windows_gives_them)
{
	AUTO_VECTORS *vectors = vectors_load("capi-keys-windows.vec");
	size_t checked = 0;

	for (size_t k = 0; k < ARRAY_COUNT(kinds); k++) {
		const HCRYPTPROV provider = capi_open(kinds[k]);

		for (size_t i = 0; i < vectors_count(vectors); i++) {
			if (!observed(vectors, i, kinds[k]) ||
			    (vectors_has(vectors, i, "expands-with") && !has_md2(provider)))
				continue;
			check_key(provider, vectors, i);
			checked++;
		}
		capi_close(provider);
	}
	if (vectors_count(vectors) == vectors_in_file(vectors))
		ck_assert_uint_ge(checked, 50);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, capi_setup, capi_teardown);
	tcase_add_test(tc, each_row_of_windows_table_derives_the_same);
	tcase_add_test(tc, each_row_of_windows_table_is_the_same_with_the_full_providers);
	tcase_add_test(tc, keys_have_the_bytes_salts_and_modes_that_windows_gives_them);
}

TEST_MAIN("vectors of CryptoAPI", add)
