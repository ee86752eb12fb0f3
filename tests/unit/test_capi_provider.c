/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CryptAcquireContext and what is asked of a provider; handles, and the error of each thread. */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "minidriver/capi.h"
#include "minidriver/wide.h"
#include "tests/unit/capi_scene.h"

/* ---- opening ---------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	LPCWSTR wide;
	DWORD type;
} providers[] = {
	{ MS_DEF_PROV_A, MS_DEF_PROV_W, PROV_RSA_FULL },
	{ MS_STRONG_PROV_A, MS_STRONG_PROV_W, PROV_RSA_FULL },
	{ MS_ENHANCED_PROV_A, MS_ENHANCED_PROV_W, PROV_RSA_FULL },
	{ MS_SCARD_PROV_A, MS_SCARD_PROV_W, PROV_RSA_FULL },
	{ MS_ENH_RSA_AES_PROV_A, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES },
	{ MS_ENH_RSA_AES_PROV_XP_A, MS_ENH_RSA_AES_PROV_XP_W, PROV_RSA_AES },
};

static void is_called(HCRYPTPROV provider, const char *name)
{
	char found[128];
	DWORD len = 0;

	capi_good(CryptGetProvParam(provider, PP_NAME, NULL, &len, 0));
	ck_assert_uint_eq(len, strlen(name) + 1);
	len--;
	capi_bad(CryptGetProvParam(provider, PP_NAME, (BYTE *)found, &len, 0), ERROR_MORE_DATA);
	ck_assert_uint_eq(len, strlen(name) + 1);
	capi_good(CryptGetProvParam(provider, PP_NAME, (BYTE *)found, &len, 0));
	ck_assert_str_eq(found, name);
	capi_close(provider);
}

START_TEST(each_provider_is_opened_by_its_name_in_both_forms)
{
	HCRYPTPROV provider = 0;

	for (size_t i = 0; i < ARRAY_COUNT(providers); i++) {
		capi_good(CryptAcquireContextA(&provider, NULL, providers[i].name, providers[i].type,
					       CRYPT_VERIFYCONTEXT));
		is_called(provider, providers[i].name);
		capi_good(CryptAcquireContextW(&provider, NULL, providers[i].wide, providers[i].type,
					       CRYPT_VERIFYCONTEXT | CRYPT_SILENT | CRYPT_MACHINE_KEYSET));
		is_called(provider, providers[i].name);
	}
}
END_TEST

START_TEST(each_type_has_its_usual_provider)
{
	HCRYPTPROV provider = 0;

	capi_good(CryptAcquireContextA(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
	is_called(provider, MS_STRONG_PROV_A);
	capi_good(CryptAcquireContextA(&provider, "", "", PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
	is_called(provider, MS_ENH_RSA_AES_PROV_A);
	capi_good(CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT));
	is_called(provider, MS_ENH_RSA_AES_PROV_A);
}
END_TEST

START_TEST(what_is_wrong_with_type_name_and_flags_is_said)
{
	static const DWORD flags[] = { 1, 2, 4, 0x100, 0x10000, 0x10000000, 0x70000000, 0xE0000000,
				       CRYPT_VERIFYCONTEXT | 1, CRYPT_VERIFYCONTEXT | CRYPT_DELETEKEYSET,
				       CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET };
	HCRYPTPROV p = 42;

	capi_bad(CryptAcquireContextA(NULL, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT), ERROR_INVALID_PARAMETER);
	capi_bad(CryptAcquireContextW(NULL, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT), ERROR_INVALID_PARAMETER);
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, 0, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE);
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, 1000, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE);
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, ~0u, CRYPT_VERIFYCONTEXT), NTE_BAD_PROV_TYPE);
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, 999, CRYPT_VERIFYCONTEXT), NTE_PROV_TYPE_NOT_DEF);
	capi_bad(CryptAcquireContextA(&p, NULL, "no provider", PROV_RSA_FULL, CRYPT_VERIFYCONTEXT),
		 NTE_KEYSET_NOT_DEF);
	capi_bad(CryptAcquireContextA(&p, NULL, MS_DEF_PROV_A, PROV_RSA_AES, CRYPT_VERIFYCONTEXT),
		 NTE_PROV_TYPE_NO_MATCH);
	capi_bad(CryptAcquireContextA(&p, NULL, MS_ENH_RSA_AES_PROV_A, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT),
		 NTE_PROV_TYPE_NO_MATCH);
	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		capi_bad(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, flags[i]), NTE_BAD_FLAGS);
	capi_bad(CryptAcquireContextA(&p, "container", NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT), NTE_BAD_FLAGS);
	ck_assert_uint_eq(p, 42);
}
END_TEST

START_TEST(names_that_are_no_text_or_too_long_are_refused)
{
	static const WCHAR half[] = { u'a', 0xD800, 0 };
	static const WCHAR other_half[] = { 0xDC00, u'a', 0 };
	WCHAR wide[1100];
	char narrow[1100];
	HCRYPTPROV p = 0;

	for (size_t i = 0; i < ARRAY_COUNT(wide); i++)
		wide[i] = u'x';
	memset(narrow, 'x', sizeof(narrow));
	wide[ARRAY_COUNT(wide) - 1] = 0;
	narrow[sizeof(narrow) - 1] = '\0';
	capi_bad(CryptAcquireContextW(&p, half, NULL, PROV_RSA_FULL, 0), NTE_BAD_KEYSET_PARAM);
	capi_bad(CryptAcquireContextW(&p, NULL, other_half, PROV_RSA_FULL, 0), NTE_BAD_KEYSET_PARAM);
	capi_bad(CryptAcquireContextW(&p, wide, NULL, PROV_RSA_FULL, 0), NTE_BAD_KEYSET_PARAM);
	capi_bad(CryptAcquireContextW(&p, NULL, wide, PROV_RSA_FULL, 0), NTE_BAD_KEYSET_PARAM);
	capi_bad(CryptAcquireContextA(&p, narrow, NULL, PROV_RSA_FULL, 0), NTE_BAD_KEYSET_PARAM);
	capi_bad(CryptAcquireContextA(&p, NULL, narrow, PROV_RSA_FULL, 0), NTE_KEYSET_NOT_DEF);
}
END_TEST

/* ---- containers ------------------------------------------------------------------------------------- */

START_TEST(containers_are_made_opened_and_deleted)
{
	HCRYPTPROV p = 0;
	HCRYPTPROV again = 0;
	char name[64];
	DWORD len = sizeof(name);

	capi_bad(CryptAcquireContextA(&p, "mine", NULL, PROV_RSA_FULL, 0), NTE_BAD_KEYSET);
	capi_good(CryptAcquireContextA(&p, "mine", NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET));
	capi_bad(CryptAcquireContextA(&again, "mine", NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET), NTE_EXISTS);
	capi_good(CryptAcquireContextW(&again, u"mine", NULL, PROV_RSA_FULL, 0));
	capi_good(CryptGetProvParam(again, PP_CONTAINER, (BYTE *)name, &len, 0));
	ck_assert_str_eq(name, "mine");
	len = sizeof(name);
	capi_good(CryptGetProvParam(again, PP_ENUMCONTAINERS, (BYTE *)name, &len, CRYPT_FIRST));
	ck_assert_str_eq(name, "mine");
	len = sizeof(name);
	capi_bad(CryptGetProvParam(again, PP_ENUMCONTAINERS, (BYTE *)name, &len, CRYPT_NEXT), ERROR_NO_MORE_ITEMS);
	capi_close(p);
	capi_close(again);
	p = 42;
	capi_good(CryptAcquireContextA(&p, "mine", NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET));
	capi_bad(CryptAcquireContextA(&p, "mine", NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET), NTE_BAD_KEYSET);
	capi_bad(CryptAcquireContextA(&p, "mine", NULL, PROV_RSA_FULL, 0), NTE_BAD_KEYSET);
}
END_TEST

START_TEST(the_default_container_is_there_until_it_is_deleted)
{
	HCRYPTPROV p = 0;
	HCRYPTKEY key = 0;

	capi_good(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, 0));
	capi_bad(CryptGetUserKey(p, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
	capi_close(p);
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET), NTE_EXISTS);
	capi_good(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET));
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, 0), NTE_BAD_KEYSET);
	capi_bad(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, CRYPT_DELETEKEYSET), NTE_BAD_KEYSET);
	capi_good(CryptAcquireContextA(&p, NULL, NULL, PROV_RSA_FULL, CRYPT_NEWKEYSET));
	capi_close(p);
}
END_TEST

/* ---- parameters ------------------------------------------------------------------------------------- */

static DWORD number(HCRYPTPROV provider, DWORD param)
{
	DWORD value = 0;
	DWORD len = sizeof(value);

	capi_good(CryptGetProvParam(provider, param, (BYTE *)&value, &len, 0));
	ck_assert_uint_eq(len, sizeof(value));
	return value;
}

START_TEST(a_provider_tells_what_it_is)
{
	const HCRYPTPROV provider = capi_open("aes");

	ck_assert_uint_eq(number(provider, PP_PROVTYPE), PROV_RSA_AES);
	ck_assert_uint_eq(number(provider, PP_VERSION), 0x200);
	ck_assert_uint_eq(number(provider, PP_IMPTYPE), CRYPT_IMPL_SOFTWARE);
	ck_assert_uint_eq(number(provider, PP_KEYSPEC), AT_KEYEXCHANGE | AT_SIGNATURE);
	capi_close(provider);
}
END_TEST

/* Every algorithm that is listed can be had, with each length that is listed. */
static size_t check_listed(HCRYPTPROV provider)
{
	PROV_ENUMALGS_EX alg;
	DWORD flags = CRYPT_FIRST;
	size_t count = 0;

	for (DWORD len = sizeof(alg); CryptGetProvParam(provider, PP_ENUMALGS_EX, (BYTE *)&alg, &len, flags); count++) {
		HCRYPTHASH hash = 0;
		HCRYPTKEY key = 0;

		ck_assert_uint_eq(alg.dwNameLen, strlen(alg.szName) + 1);
		ck_assert_uint_eq(alg.dwLongNameLen, strlen(alg.szLongName) + 1);
		if (GET_ALG_CLASS(alg.aiAlgid) == ALG_CLASS_HASH) {
			capi_good(CryptCreateHash(provider, alg.aiAlgid, 0, 0, &hash));
			capi_good(CryptDestroyHash(hash));
		} else {
			capi_good(CryptGenKey(provider, alg.aiAlgid, alg.dwMinLen << 16, &key));
			capi_good(CryptDestroyKey(key));
			capi_good(CryptGenKey(provider, alg.aiAlgid, alg.dwMaxLen << 16, &key));
			capi_good(CryptDestroyKey(key));
		}
		flags = 0;
	}
	ck_assert_uint_eq(GetLastError(), ERROR_NO_MORE_ITEMS);
	return count;
}

static bool lists(HCRYPTPROV provider, ALG_ID id, DWORD bits)
{
	PROV_ENUMALGS alg;
	DWORD len = sizeof(alg);
	DWORD flags = CRYPT_FIRST;

	for (; CryptGetProvParam(provider, PP_ENUMALGS, (BYTE *)&alg, &len, flags); flags = 0) {
		if (alg.aiAlgid == id)
			return alg.dwBitLen == bits;
	}
	return false;
}

START_TEST(algorithms_are_listed_with_their_lengths)
{
	static const struct {
		const char *kind;
		size_t least; /* without MD2 and MD4 */
		DWORD rc2_bits;
	} rows[] = { { "base", 5, 40 }, { "strong", 7, 128 }, { "enhanced", 7, 128 }, { "aes", 13, 128 } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const HCRYPTPROV provider = capi_open(rows[i].kind);

		ck_assert_uint_ge(check_listed(provider), rows[i].least);
		ck_assert_uint_le(check_listed(provider), rows[i].least + 2);
		ck_assert(lists(provider, CALG_RC2, rows[i].rc2_bits));
		ck_assert(lists(provider, CALG_SHA1, 160));
		ck_assert_int_eq(lists(provider, CALG_3DES, 168), i != 0);
		ck_assert_int_eq(lists(provider, CALG_AES_256, 256), i == 3);
		capi_close(provider);
	}
}
END_TEST

START_TEST(an_enumeration_goes_on_only_when_something_was_given)
{
	const HCRYPTPROV provider = capi_open("strong");
	PROV_ENUMALGS first;
	PROV_ENUMALGS alg;
	DWORD len = sizeof(first);

	capi_good(CryptGetProvParam(provider, PP_ENUMALGS, (BYTE *)&first, &len, CRYPT_FIRST));
	capi_good(CryptGetProvParam(provider, PP_ENUMALGS, NULL, &len, CRYPT_FIRST));
	ck_assert_uint_eq(len, sizeof(alg));
	len = 1;
	capi_bad(CryptGetProvParam(provider, PP_ENUMALGS, (BYTE *)&alg, &len, 0), ERROR_MORE_DATA);
	capi_good(CryptGetProvParam(provider, PP_ENUMALGS, (BYTE *)&alg, &len, 0));
	ck_assert_uint_eq(alg.aiAlgid, first.aiAlgid);
	capi_good(CryptGetProvParam(provider, PP_ENUMALGS, (BYTE *)&alg, &len, CRYPT_NEXT));
	ck_assert_uint_ne(alg.aiAlgid, first.aiAlgid);
	capi_close(provider);
}
END_TEST

START_TEST(parameters_that_a_provider_has_not_are_refused)
{
	static const DWORD unknown[] = { 0, 7, 1000, PP_SMARTCARD_READER, ~0u };
	const HCRYPTPROV provider = capi_open("strong");
	BYTE buffer[256];
	DWORD len = sizeof(buffer);

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		capi_bad(CryptGetProvParam(provider, unknown[i], buffer, &len, 0), NTE_BAD_TYPE);
	capi_bad(CryptGetProvParam(provider, PP_NAME, buffer, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptGetProvParam(provider, PP_NAME, buffer, &len, CRYPT_FIRST), NTE_BAD_FLAGS);
	capi_bad(CryptGetProvParam(provider, PP_ENUMALGS, buffer, &len, 4), NTE_BAD_FLAGS);
	capi_bad(CryptSetProvParam(provider, PP_KEYEXCHANGE_PIN, (const BYTE *)"123456", 0), NTE_NO_KEY);
	capi_bad(CryptSetProvParam(provider, PP_NAME, (const BYTE *)"x", 0), NTE_BAD_TYPE);
	capi_bad(CryptSetProvParam(provider, PP_CLIENT_HWND, buffer, 1), NTE_BAD_FLAGS);
	capi_good(CryptSetProvParam(provider, PP_CLIENT_HWND, buffer, 0));
	capi_close(provider);
}
END_TEST

START_TEST(random_bytes_are_not_the_same_twice)
{
	const HCRYPTPROV provider = capi_open("base");
	BYTE one[32] = { 0 };
	BYTE other[32] = { 0 };

	capi_good(CryptGenRandom(provider, sizeof(one), one));
	capi_good(CryptGenRandom(provider, sizeof(other), other));
	ck_assert_mem_ne(one, other, sizeof(one));
	capi_good(CryptGenRandom(provider, 0, NULL));
	capi_bad(CryptGenRandom(provider, 1, NULL), ERROR_INVALID_PARAMETER);
	capi_close(provider);
}
END_TEST

/* ---- handles ---------------------------------------------------------------------------------------- */

START_TEST(a_provider_lives_as_long_as_it_is_referred_to)
{
	const HCRYPTPROV provider = capi_open("strong");
	DWORD reserved = 0;

	capi_bad(CryptContextAddRef(provider, &reserved, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptContextAddRef(provider, NULL, 1), ERROR_INVALID_PARAMETER);
	capi_good(CryptContextAddRef(provider, NULL, 0));
	capi_close(provider);
	ck_assert_uint_eq(number(provider, PP_PROVTYPE), PROV_RSA_FULL);
	capi_close(provider);
	capi_bad(CryptContextAddRef(provider, NULL, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptReleaseContext(provider, 0), ERROR_INVALID_PARAMETER);
}
END_TEST

START_TEST(flags_do_not_stop_a_release)
{
	const HCRYPTPROV provider = capi_open("strong");

	capi_bad(CryptReleaseContext(provider, 1), NTE_BAD_FLAGS);
	capi_bad(CryptReleaseContext(provider, 0), ERROR_INVALID_PARAMETER);
}
END_TEST

START_TEST(keys_and_hashes_end_with_their_provider)
{
	const HCRYPTPROV provider = capi_open("aes");
	const HCRYPTPROV other = capi_open("aes");
	const HCRYPTKEY key = capi_derive(provider, CALG_AES_128, 0);
	const HCRYPTKEY others_key = capi_derive(other, CALG_AES_128, 0);
	const HCRYPTHASH hash = capi_hash(provider, CALG_SHA1, SPAN_EMPTY);
	BYTE data[32] = { 0 };
	DWORD len = 4;

	capi_close(provider);
	capi_bad(CryptEncrypt(key, 0, TRUE, 0, data, &len, sizeof(data)), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDestroyKey(key), ERROR_INVALID_PARAMETER);
	capi_bad(CryptHashData(hash, data, 1, 0), ERROR_INVALID_PARAMETER);
	capi_bad(CryptDestroyHash(hash), ERROR_INVALID_PARAMETER);
	capi_good(CryptEncrypt(others_key, 0, TRUE, 0, data, &len, sizeof(data)));
	capi_close(other);
}
END_TEST

/* Each function with a handle of one of the wrong kinds. */
static void wrong_handle(ULONG_PTR handle, bool provider, bool hash, bool key)
{
	HCRYPTKEY k = 0;
	HCRYPTHASH h = 0;
	BYTE b[64] = { 0 };
	DWORD len = sizeof(b);

	if (!provider) {
		capi_bad(CryptReleaseContext(handle, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptContextAddRef(handle, NULL, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptGenRandom(handle, 1, b), ERROR_INVALID_PARAMETER);
		capi_bad(CryptGetProvParam(handle, PP_NAME, b, &len, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptSetProvParam(handle, PP_CLIENT_HWND, b, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptGetUserKey(handle, AT_KEYEXCHANGE, &k), ERROR_INVALID_PARAMETER);
		capi_bad(CryptCreateHash(handle, CALG_MD5, 0, 0, &h), ERROR_INVALID_PARAMETER);
		capi_bad(CryptDeriveKey(handle, CALG_RC4, 0, 0, &k), ERROR_INVALID_PARAMETER);
		capi_bad(CryptGenKey(handle, CALG_RC4, 0, &k), ERROR_INVALID_PARAMETER);
		capi_bad(CryptImportKey(handle, b, sizeof(b), 0, 0, &k), ERROR_INVALID_PARAMETER);
	}
	if (!hash) {
		capi_bad(CryptHashData(handle, b, 1, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptGetHashParam(handle, HP_HASHVAL, b, &len, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptSetHashParam(handle, HP_HASHVAL, b, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptDuplicateHash(handle, NULL, 0, &h), ERROR_INVALID_PARAMETER);
		capi_bad(CryptDestroyHash(handle), ERROR_INVALID_PARAMETER);
	}
	if (!key) {
		capi_bad(CryptGetKeyParam(handle, KP_ALGID, b, &len, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptSetKeyParam(handle, KP_IV, b, 0), ERROR_INVALID_PARAMETER);
		capi_bad(CryptDuplicateKey(handle, NULL, 0, &k), ERROR_INVALID_PARAMETER);
		capi_bad(CryptEncrypt(handle, 0, TRUE, 0, b, &len, sizeof(b)), ERROR_INVALID_PARAMETER);
		capi_bad(CryptDecrypt(handle, 0, TRUE, 0, b, &len), ERROR_INVALID_PARAMETER);
		capi_bad(CryptExportKey(handle, 0, PLAINTEXTKEYBLOB, 0, b, &len), ERROR_INVALID_PARAMETER);
		capi_bad(CryptDestroyKey(handle), ERROR_INVALID_PARAMETER);
	}
}

START_TEST(handles_of_nothing_and_of_another_type_are_refused)
{
	static const ULONG_PTR never[] = { 0, 1, 42, (ULONG_PTR)-1, 0x100000000 };
	const HCRYPTPROV provider = capi_open("strong");
	const HCRYPTKEY key = capi_derive(provider, CALG_3DES, 0);
	const HCRYPTHASH hash = capi_hash(provider, CALG_SHA1, SPAN_EMPTY);

	for (size_t i = 0; i < ARRAY_COUNT(never); i++)
		wrong_handle(never[i] == provider || never[i] == key || never[i] == hash ? 0 : never[i], false, false,
			     false);
	wrong_handle(provider, true, false, false);
	wrong_handle(hash, false, true, false);
	wrong_handle(key, false, false, true);
	capi_good(CryptDestroyKey(key));
	capi_good(CryptDestroyHash(hash));
	wrong_handle(key, false, false, false);
	wrong_handle(hash, false, false, false);
	capi_close(provider);
	wrong_handle(provider, false, false, false);
}
END_TEST

START_TEST(a_number_is_not_given_out_twice)
{
	const HCRYPTPROV provider = capi_open("strong");
	HCRYPTHASH last = 0;

	for (size_t i = 0; i < 1000; i++) {
		const HCRYPTHASH hash = capi_hash(provider, CALG_SHA1, SPAN_EMPTY);

		ck_assert_uint_ne(hash, last);
		capi_good(CryptDestroyHash(hash));
		capi_bad(CryptDestroyHash(hash), ERROR_INVALID_PARAMETER);
		last = hash;
	}
	capi_close(provider);
}
END_TEST

/* ---- errors ----------------------------------------------------------------------------------------- */

static void *another_thread(void *ret_error)
{
	*(DWORD *)ret_error = GetLastError();
	SetLastError(7);
	return NULL;
}

START_TEST(the_last_error_is_the_threads_own_and_stays_with_success)
{
	const HCRYPTPROV provider = capi_open("strong");
	DWORD seen = 42;
	pthread_t thread;

	SetLastError(NTE_BAD_UID);
	capi_close(provider);
	ck_assert_uint_eq(GetLastError(), NTE_BAD_UID);
	ck_assert_int_eq(pthread_create(&thread, NULL, another_thread, &seen), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(seen, 0);
	ck_assert_uint_eq(GetLastError(), NTE_BAD_UID);
}
END_TEST

/* ---- OpenSSL without its legacy provider ------------------------------------------------------------ */

START_TEST(without_the_legacy_provider_what_it_computes_is_not_there)
{
	static const ALG_ID legacy[] = { CALG_RC2, CALG_RC4, CALG_DES };
	HCRYPTPROV provider;
	HCRYPTHASH hash = 0;
	HCRYPTKEY key = 0;

	ck_assert_int_eq(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
	provider = capi_open("strong");
	ck_assert_int_eq(unsetenv("OPENSSL_MODULES"), 0);
	for (size_t i = 0; i < ARRAY_COUNT(legacy); i++)
		capi_bad(CryptGenKey(provider, legacy[i], 0, &key), NTE_BAD_ALGID);
	capi_bad(CryptCreateHash(provider, CALG_MD4, 0, 0, &hash), NTE_BAD_ALGID);
	ck_assert(!lists(provider, CALG_RC2, 128));
	key = capi_derive(provider, CALG_3DES, 0);
	capi_close(provider);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, capi_setup, capi_teardown);
	tcase_add_test(tc, each_provider_is_opened_by_its_name_in_both_forms);
	tcase_add_test(tc, each_type_has_its_usual_provider);
	tcase_add_test(tc, what_is_wrong_with_type_name_and_flags_is_said);
	tcase_add_test(tc, names_that_are_no_text_or_too_long_are_refused);
	tcase_add_test(tc, containers_are_made_opened_and_deleted);
	tcase_add_test(tc, the_default_container_is_there_until_it_is_deleted);
	tcase_add_test(tc, a_provider_tells_what_it_is);
	tcase_add_test(tc, algorithms_are_listed_with_their_lengths);
	tcase_add_test(tc, an_enumeration_goes_on_only_when_something_was_given);
	tcase_add_test(tc, parameters_that_a_provider_has_not_are_refused);
	tcase_add_test(tc, random_bytes_are_not_the_same_twice);
	tcase_add_test(tc, a_provider_lives_as_long_as_it_is_referred_to);
	tcase_add_test(tc, flags_do_not_stop_a_release);
	tcase_add_test(tc, keys_and_hashes_end_with_their_provider);
	tcase_add_test(tc, handles_of_nothing_and_of_another_type_are_refused);
	tcase_add_test(tc, a_number_is_not_given_out_twice);
	tcase_add_test(tc, the_last_error_is_the_threads_own_and_stays_with_success);
	tcase_add_test(tc, without_the_legacy_provider_what_it_computes_is_not_there);
}

TEST_MAIN("minidriver/capi_provider", add)
