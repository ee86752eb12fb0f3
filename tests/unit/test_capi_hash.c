/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptCreateHash and what is done with a hash. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "minidriver/capi.h"
#include "tests/unit/capi_scene.h"
#include "tests/unit/vectors.h"

/* RFC 1320, RFC 1321, FIPS 180: of "abc". */
static const struct {
	ALG_ID id;
	const char *value;
} abc[] = {
	{ CALG_MD4, "a448017aaf21d8525fc10ae87aa6729d" },
	{ CALG_MD5, "900150983cd24fb0d6963f7d28e17f72" },
	{ CALG_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ CALG_SHA_256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ CALG_SHA_384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			"8086072ba1e7cc2358baeca134c825a7" },
	{ CALG_SHA_512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

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

static HCRYPTHASH begin(ALG_ID id)
{
	HCRYPTHASH hash = 0;

	capi_good(CryptCreateHash(provider, id, 0, 0, &hash));
	return hash;
}

static void value_is(HCRYPTHASH hash, const char *hex)
{
	BYTE value[64];
	char found[129] = "";
	DWORD len = sizeof(value);

	capi_good(CryptGetHashParam(hash, HP_HASHVAL, value, &len, 0));
	for (DWORD i = 0; i < len; i++)
		(void)snprintf(found + (size_t)2 * i, 3, "%02x", value[i]);
	ck_assert_str_eq(found, hex);
}

static DWORD number(HCRYPTHASH hash, DWORD param)
{
	DWORD value = 0;
	DWORD len = sizeof(value);

	capi_good(CryptGetHashParam(hash, param, (BYTE *)&value, &len, 0));
	ck_assert_uint_eq(len, sizeof(value));
	return value;
}

START_TEST(each_algorithm_hashes_at_once_and_in_pieces)
{
	for (size_t i = 0; i < ARRAY_COUNT(abc); i++) {
		const HCRYPTHASH once = begin(abc[i].id);
		const HCRYPTHASH pieces = begin(abc[i].id);

		ck_assert_uint_eq(number(once, HP_ALGID), abc[i].id);
		ck_assert_uint_eq(number(once, HP_HASHSIZE), strlen(abc[i].value) / 2);
		capi_good(CryptHashData(once, (const BYTE *)"abc", 3, 0));
		for (size_t at = 0; at < 3; at++) {
			capi_good(CryptHashData(pieces, (const BYTE *)"abc" + at, 1, CRYPT_USERDATA));
			capi_good(CryptHashData(pieces, NULL, 0, 0));
		}
		value_is(once, abc[i].value);
		value_is(pieces, abc[i].value);
		value_is(once, abc[i].value);
		capi_good(CryptDestroyHash(once));
		capi_good(CryptDestroyHash(pieces));
	}
}
END_TEST

START_TEST(what_is_no_hash_here_is_refused)
{
	static const ALG_ID unknown[] = { 0, CALG_MAC, CALG_HMAC, CALG_RC2, CALG_AES_128, CALG_RSA_SIGN, 0x8008, ~0u };
	const HCRYPTPROV strong = capi_open("strong");
	HCRYPTHASH hash = 42;

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		capi_bad(CryptCreateHash(provider, unknown[i], 0, 0, &hash), NTE_BAD_ALGID);
	capi_bad(CryptCreateHash(strong, CALG_SHA_256, 0, 0, &hash), NTE_BAD_ALGID);
	capi_bad(CryptCreateHash(strong, CALG_SHA_384, 0, 0, &hash), NTE_BAD_ALGID);
	capi_bad(CryptCreateHash(strong, CALG_SHA_512, 0, 0, &hash), NTE_BAD_ALGID);
	capi_bad(CryptCreateHash(provider, CALG_SHA1, 0, 1, &hash), NTE_BAD_FLAGS);
	capi_bad(CryptCreateHash(provider, CALG_SHA1, 0, 0, NULL), ERROR_INVALID_PARAMETER);
	capi_bad(CryptCreateHash(provider, CALG_SHA1, 42, 0, &hash), ERROR_INVALID_PARAMETER);
	ck_assert_uint_eq(hash, 42);
	capi_close(strong);
}
END_TEST

START_TEST(a_key_that_no_hash_wants_must_still_be_one_of_the_provider)
{
	const HCRYPTPROV other = capi_open("aes");
	const HCRYPTKEY key = capi_derive(provider, CALG_AES_128, 0);
	HCRYPTHASH hash = 0;

	capi_good(CryptCreateHash(provider, CALG_SHA1, key, 0, &hash));
	capi_good(CryptDestroyHash(hash));
	capi_bad(CryptCreateHash(other, CALG_SHA1, key, 0, &hash), NTE_BAD_KEY);
	capi_good(CryptDestroyKey(key));
	capi_close(other);
}
END_TEST

START_TEST(a_hash_whose_value_was_asked_for_takes_no_more)
{
	const HCRYPTHASH hash = begin(CALG_SHA1);
	DWORD len = 0;

	capi_good(CryptHashData(hash, (const BYTE *)"abc", 3, 0));
	capi_good(CryptGetHashParam(hash, HP_HASHVAL, NULL, &len, 0));
	ck_assert_uint_eq(len, 20);
	capi_bad(CryptHashData(hash, (const BYTE *)"d", 1, 0), NTE_BAD_HASH_STATE);
	capi_bad(CryptHashData(hash, NULL, 0, 0), NTE_BAD_HASH_STATE);
	value_is(hash, abc[2].value);
	capi_good(CryptDestroyHash(hash));
}
END_TEST

START_TEST(parameters_are_checked)
{
	const HCRYPTHASH hash = begin(CALG_SHA1);
	BYTE value[20];
	DWORD len = sizeof(value);

	capi_bad(CryptHashData(hash, NULL, 1, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptHashData(hash, value, 0, 2), NTE_BAD_FLAGS);
	capi_bad(CryptGetHashParam(hash, HP_HASHVAL, value, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptGetHashParam(hash, HP_HASHVAL, value, &len, 1), NTE_BAD_FLAGS);
	capi_bad(CryptGetHashParam(hash, 0, value, &len, 0), NTE_BAD_TYPE);
	capi_bad(CryptGetHashParam(hash, 5, value, &len, 0), NTE_BAD_TYPE);
	len = 3;
	capi_bad(CryptGetHashParam(hash, HP_ALGID, value, &len, 0), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, 4);
	len = 19;
	capi_bad(CryptGetHashParam(hash, HP_HASHVAL, value, &len, 0), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, 20);
	capi_good(CryptGetHashParam(hash, HP_HASHVAL, value, &len, 0));
	capi_good(CryptDestroyHash(hash));
}
END_TEST

START_TEST(a_value_that_is_set_finishes_the_hash_and_can_be_set_anew)
{
	const HCRYPTHASH hash = begin(CALG_MD5);
	BYTE value[16];

	memset(value, 0xAB, sizeof(value));
	capi_bad(CryptSetHashParam(hash, HP_HASHVAL, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptSetHashParam(hash, HP_HASHVAL, value, 1), NTE_BAD_FLAGS);
	capi_bad(CryptSetHashParam(hash, HP_ALGID, value, 0), NTE_BAD_TYPE);
	capi_good(CryptHashData(hash, (const BYTE *)"forgotten", 9, 0));
	capi_good(CryptSetHashParam(hash, HP_HASHVAL, value, 0));
	value_is(hash, "abababababababababababababababab");
	capi_bad(CryptHashData(hash, value, 1, 0), NTE_BAD_HASH_STATE);
	memset(value, 0xCD, sizeof(value));
	capi_good(CryptSetHashParam(hash, HP_HASHVAL, value, 0));
	value_is(hash, "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd");
	capi_good(CryptDestroyHash(hash));
}
END_TEST

START_TEST(a_copy_goes_its_own_way)
{
	for (size_t i = 0; i < ARRAY_COUNT(abc); i++) {
		const HCRYPTHASH hash = begin(abc[i].id);
		HCRYPTHASH copy = 0;
		HCRYPTHASH finished = 0;

		capi_good(CryptHashData(hash, (const BYTE *)"ab", 2, 0));
		capi_good(CryptDuplicateHash(hash, NULL, 0, &copy));
		capi_good(CryptHashData(hash, (const BYTE *)"x", 1, 0));
		capi_good(CryptDestroyHash(hash));
		capi_good(CryptHashData(copy, (const BYTE *)"c", 1, 0));
		value_is(copy, abc[i].value);
		capi_good(CryptDuplicateHash(copy, NULL, 0, &finished));
		capi_good(CryptDestroyHash(copy));
		value_is(finished, abc[i].value);
		capi_bad(CryptHashData(finished, (const BYTE *)"c", 1, 0), NTE_BAD_HASH_STATE);
		capi_good(CryptDestroyHash(finished));
	}
}
END_TEST

START_TEST(a_copy_wants_nothing_in_what_is_reserved)
{
	const HCRYPTHASH hash = begin(CALG_SHA1);
	DWORD reserved = 0;
	HCRYPTHASH copy = 42;

	capi_bad(CryptDuplicateHash(hash, &reserved, 0, &copy), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDuplicateHash(hash, NULL, 1, &copy), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDuplicateHash(hash, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
	ck_assert_uint_eq(copy, 42);
	capi_good(CryptDestroyHash(hash));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, each_algorithm_hashes_at_once_and_in_pieces);
	tcase_add_test(tc, what_is_no_hash_here_is_refused);
	tcase_add_test(tc, a_key_that_no_hash_wants_must_still_be_one_of_the_provider);
	tcase_add_test(tc, a_hash_whose_value_was_asked_for_takes_no_more);
	tcase_add_test(tc, parameters_are_checked);
	tcase_add_test(tc, a_value_that_is_set_finishes_the_hash_and_can_be_set_anew);
	tcase_add_test(tc, a_copy_goes_its_own_way);
	tcase_add_test(tc, a_copy_wants_nothing_in_what_is_reserved);
}

TEST_MAIN("minidriver/capi_hash", add)
