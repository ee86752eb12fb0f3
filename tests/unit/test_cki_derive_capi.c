/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CKM_MINIDRIVER_CAPI_DERIVE: keys as CryptDeriveKey makes them, of a key's bytes and of data. */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/pkcs11-vendor.h"
#include "tests/unit/cki_env.h"

#define BITS(bits) ((CK_ULONG)(bits) << 16)

static CK_BYTE password[] = "PasswordGoesHere";
#define PASSWORD_LEN (sizeof(password) - 1)

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE rc2 = CKK_RC2;

static CK_MINIDRIVER_CAPI_DERIVE_PARAMS params_of(CK_MECHANISM_TYPE hash, CK_ULONG alg, CK_ULONG flags)
{
	return (CK_MINIDRIVER_CAPI_DERIVE_PARAMS){ .hash = hash, .algId = alg, .flags = flags };
}

static CK_RV derive(CK_MINIDRIVER_CAPI_DERIVE_PARAMS *params, CK_ATTRIBUTE *templ, CK_ULONG count,
		    CK_OBJECT_HANDLE *ret_key)
{
	const struct env_derivation d = { .mechanism = CKM_MINIDRIVER_CAPI_DERIVE,
					  .base = env_import(CKK_GENERIC_SECRET, password, PASSWORD_LEN),
					  .param = params,
					  .param_len = sizeof(*params),
					  .templ = templ,
					  .count = count };

	return env_derive_key(&d, ret_key);
}

static CK_RV generate(CK_MINIDRIVER_CAPI_DERIVE_PARAMS *params, CK_ATTRIBUTE *templ, CK_ULONG count,
		      CK_OBJECT_HANDLE *ret_key)
{
	CK_MECHANISM mechanism = { CKM_MINIDRIVER_CAPI_DERIVE, params, sizeof(*params) };

	return env.f->C_GenerateKey(env.session, &mechanism, templ, count, ret_key);
}

/* Both ways to a key, extractable. */
static CK_OBJECT_HANDLE made(CK_MINIDRIVER_CAPI_DERIVE_PARAMS params, int way)
{
	CK_ATTRIBUTE templ[] = { { CKA_SENSITIVE, &no, sizeof(no) }, { CKA_EXTRACTABLE, &yes, sizeof(yes) } };
	CK_OBJECT_HANDLE key = 0;

	if (way == 0) {
		env_ok(derive(&params, templ, 2, &key));
		return key;
	}
	params.pData = password;
	params.ulDataLen = PASSWORD_LEN;
	env_ok(generate(&params, templ, 2, &key));
	return key;
}

/* PasswordDeriveBytesTests.cs of dotnet/runtime, run on Windows. */
static const struct {
	CK_MECHANISM_TYPE hash;
	CK_ULONG alg;
	CK_ULONG flags;
	CK_KEY_TYPE type;
	const char *key;
} windows[] = {
	{ CKM_SHA_1, CK_MINIDRIVER_CAPI_3DES, BITS(192), CKK_DES3, "97628a641949d99dced35db0abce20f21ff4da9b46e00bce" },
	{ CKM_SHA_1, CK_MINIDRIVER_CAPI_RC2, BITS(128), CKK_RC2, "b0695d8d98f5844b9650a9f68eff105b" },
	{ CKM_SHA256, CK_MINIDRIVER_CAPI_RC2, BITS(128), CKK_RC2, "cf4a1ca60093e71d6b740dbb962b3c66" },
	{ CKM_MD5, CK_MINIDRIVER_CAPI_RC2, BITS(128), CKK_RC2, "84f4b6854cdf896a86fb493b852b6e1f" },
	{ CKM_SHA_1, CK_MINIDRIVER_CAPI_DES, BITS(64), CKK_DES, "b0685d8c98f4854a" },
};

static size_t hex(const char *text, uint8_t *ret_bytes)
{
	size_t len = 0;

	for (; text[2 * len] != '\0'; len++) {
		unsigned byte = 0;

		ck_assert_int_eq(sscanf(text + 2 * len, "%2x", &byte), 1);
		ret_bytes[len] = (uint8_t)byte;
	}
	return len;
}

START_TEST(keys_are_those_of_windows)
{
	env_start();
	for (size_t i = 0; i < 2 * ENV_COUNT(windows); i++) {
		const size_t w = i / 2;
		const CK_OBJECT_HANDLE key = made(params_of(windows[w].hash, windows[w].alg, windows[w].flags), i % 2);
		uint8_t value[32];
		const size_t len = hex(windows[w].key, value);

		ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), windows[w].type);
		ck_assert_uint_eq(env_attribute(key, CKA_MINIDRIVER_SALT, value + 24, 8), 0);
		if (windows[w].type == CKK_RC2) {
			env_expect_value(key, value, len);
		} else { /* DES keys have no CKA_VALUE_LEN */
			uint8_t found[32];

			ck_assert_uint_eq(env_attribute(key, CKA_VALUE, found, sizeof(found)), len);
			ck_assert_mem_eq(found, value, len);
		}
	}
	env_stop();
}
END_TEST

/* What CryptDeriveKey cuts from the hash, the mechanisms of the standard give, too. */
START_TEST(the_hashes_of_the_standard_give_what_is_not_expanded)
{
	static const struct {
		CK_MECHANISM_TYPE mechanism;
		CK_MECHANISM_TYPE hash;
		CK_ULONG alg;
		CK_KEY_TYPE type;
		CK_ULONG len; /* 0: the type has one */
	} rows[] = {
		{ CKM_MD5_KEY_DERIVATION, CKM_MD5, CK_MINIDRIVER_CAPI_RC2, CKK_RC2, 16 },
		{ CKM_MD5_KEY_DERIVATION, CKM_MD5, CK_MINIDRIVER_CAPI_3DES_112, CKK_DES2, 0 },
		{ CKM_SHA1_KEY_DERIVATION, CKM_SHA_1, CK_MINIDRIVER_CAPI_RC4, CKK_RC4, 16 },
		{ CKM_SHA1_KEY_DERIVATION, CKM_SHA_1, CK_MINIDRIVER_CAPI_DES, CKK_DES, 0 },
		{ CKM_SHA256_KEY_DERIVATION, CKM_SHA256, CK_MINIDRIVER_CAPI_AES_256, CKK_AES, 32 },
		{ CKM_SHA384_KEY_DERIVATION, CKM_SHA384, CK_MINIDRIVER_CAPI_AES_192, CKK_AES, 24 },
		{ CKM_SHA512_KEY_DERIVATION, CKM_SHA512, CK_MINIDRIVER_CAPI_3DES, CKK_DES3, 0 },
	};

	env_start();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		CK_KEY_TYPE type = rows[i].type;
		CK_ULONG len = rows[i].len;
		CK_ATTRIBUTE templ[] = { { CKA_SENSITIVE, &no, sizeof(no) },
					 { CKA_EXTRACTABLE, &yes, sizeof(yes) },
					 { CKA_KEY_TYPE, &type, sizeof(type) },
					 { CKA_VALUE_LEN, &len, sizeof(len) } };
		const struct env_derivation d = { .mechanism = rows[i].mechanism,
						  .base = env_import(CKK_GENERIC_SECRET, password, PASSWORD_LEN),
						  .templ = templ,
						  .count = len != 0 ? 4 : 3 };
		const CK_OBJECT_HANDLE ours = made(params_of(rows[i].hash, rows[i].alg, 0), 0);
		CK_OBJECT_HANDLE key = 0;
		uint8_t values[2][32];
		size_t value_len;

		env_ok(env_derive_key(&d, &key));
		ck_assert_uint_eq(env_number(ours, CKA_KEY_TYPE), type);
		value_len = env_attribute(ours, CKA_VALUE, values[0], sizeof(values[0]));
		ck_assert_uint_eq(env_attribute(key, CKA_VALUE, values[1], sizeof(values[1])), value_len);
		ck_assert_mem_eq(values[0], values[1], value_len);
	}
	env_stop();
}
END_TEST

START_TEST(a_salt_is_behind_the_key_and_can_be_read)
{
	static const struct {
		CK_ULONG flags;
		size_t key_len;
		size_t salt_len;
		bool from_hash;
	} rows[] = { { BITS(40), 5, 11, false },
		     { BITS(40) | CK_MINIDRIVER_CAPI_NO_SALT, 5, 0, false },
		     { BITS(40) | CK_MINIDRIVER_CAPI_CREATE_SALT, 5, 11, true },
		     { BITS(72) | CK_MINIDRIVER_CAPI_CREATE_SALT, 9, 7, true },
		     { BITS(128) | CK_MINIDRIVER_CAPI_CREATE_SALT, 16, 0, true },
		     { 0, 16, 0, false } };
	uint8_t value[20];
	size_t len = sizeof(value);

	ck_assert_int_eq(EVP_Q_digest(NULL, "SHA1", NULL, password, PASSWORD_LEN, value, &len), 1);
	env_start();
	for (size_t i = 0; i < 2 * ENV_COUNT(rows); i++) {
		const size_t r = i / 2;
		const CK_OBJECT_HANDLE key = made(params_of(CKM_SHA_1, CK_MINIDRIVER_CAPI_RC4, rows[r].flags), i % 2);
		uint8_t expected[32] = { 0 };
		uint8_t salt[32];

		memcpy(expected, value, rows[r].key_len + (rows[r].from_hash ? rows[r].salt_len : 0));
		env_expect_value(key, expected, rows[r].key_len + rows[r].salt_len);
		ck_assert_uint_eq(env_attribute(key, CKA_MINIDRIVER_SALT, salt, sizeof(salt)), rows[r].salt_len);
		ck_assert_mem_eq(salt, expected + rows[r].key_len, rows[r].salt_len);
	}
	env_stop();
}
END_TEST

START_TEST(a_salt_of_a_sensitive_key_can_be_read_and_never_changed)
{
	CK_MINIDRIVER_CAPI_DERIVE_PARAMS params = params_of(CKM_SHA_1, CK_MINIDRIVER_CAPI_RC2, BITS(40));
	CK_ATTRIBUTE templ[] = { { CKA_SENSITIVE, &yes, sizeof(yes) }, { CKA_EXTRACTABLE, &no, sizeof(no) } };
	CK_BYTE salt[11] = { 1 };
	CK_ATTRIBUTE changed = { CKA_MINIDRIVER_SALT, salt, sizeof(salt) };
	CK_OBJECT_HANDLE key = 0;

	env_start();
	env_ok(derive(&params, templ, 2, &key));
	env_expect_hidden(key);
	ck_assert_uint_eq(env_attribute(key, CKA_MINIDRIVER_SALT, salt, sizeof(salt)), sizeof(salt));
	ck_assert_uint_ne(env.f->C_SetAttributeValue(env.session, key, &changed, 1), CKR_OK);
	ck_assert_uint_ne(derive(&params, &changed, 1, &key), CKR_OK);
	ck_assert_uint_ne(generate(&params, &changed, 1, &key), CKR_OK);
	env_stop();
}
END_TEST

START_TEST(a_template_may_say_type_and_length_and_no_others)
{
	CK_MINIDRIVER_CAPI_DERIVE_PARAMS params = params_of(CKM_SHA_1, CK_MINIDRIVER_CAPI_AES_192, 0);
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ULONG len = 24;
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) },
				 { CKA_VALUE_LEN, &len, sizeof(len) },
				 { CKA_KEY_TYPE, &aes, sizeof(aes) } };
	CK_OBJECT_HANDLE key = 42;

	env_start();
	for (CK_ULONG count = 0; count <= 3; count++) {
		env_ok(derive(&params, templ, count, &key));
		ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 24);
		env_ok(generate(&params, templ, count, &key));
		ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_AES);
	}
	key = 42;
	len = 16;
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&params, templ, 3, &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, generate(&params, templ, 3, &key));
	templ[2].pValue = &rc2;
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&params, templ + 2, 1, &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, generate(&params, templ + 2, 1, &key));
	ck_assert_uint_eq(key, 42);
	env_stop();
}
END_TEST

static void both_refuse(CK_MINIDRIVER_CAPI_DERIVE_PARAMS params)
{
	CK_OBJECT_HANDLE key = 42;

	env_rv(CKR_MECHANISM_PARAM_INVALID, derive(&params, NULL, 0, &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, generate(&params, NULL, 0, &key));
	ck_assert_uint_eq(key, 42);
}

START_TEST(what_cryptderivekey_would_not_make_is_a_wrong_parameter)
{
	static const CK_MECHANISM_TYPE hashes[] = { 0, CKM_SHA224, CKM_SHA3_256, CKM_AES_CBC, CKM_SHA_1_HMAC, ~0ul };
	static const CK_ULONG algs[] = { 0, 0x660D, 0x6611, 0x8004, 0xA400, 0x100006601, ~0ul };
	static const CK_ULONG flags[] = { BITS(32), BITS(41), BITS(136), 0x8000, 0x100000000, ~0ul };

	env_start();
	for (size_t i = 0; i < ENV_COUNT(hashes); i++)
		both_refuse(params_of(hashes[i], CK_MINIDRIVER_CAPI_RC2, 0));
	for (size_t i = 0; i < ENV_COUNT(algs); i++)
		both_refuse(params_of(CKM_SHA_1, algs[i], 0));
	for (size_t i = 0; i < ENV_COUNT(flags); i++)
		both_refuse(params_of(CKM_SHA_1, CK_MINIDRIVER_CAPI_RC2, flags[i]));
	both_refuse(params_of(CKM_SHA_1, CK_MINIDRIVER_CAPI_DES, BITS(40)));
	both_refuse(params_of(CKM_SHA_1, CK_MINIDRIVER_CAPI_AES_128, BITS(256)));
	env_stop();
}
END_TEST

START_TEST(data_stand_in_for_a_key_and_not_beside_one)
{
	CK_MINIDRIVER_CAPI_DERIVE_PARAMS params = params_of(CKM_MD5, CK_MINIDRIVER_CAPI_RC2, 0);
	CK_MECHANISM bad[] = { { CKM_MINIDRIVER_CAPI_DERIVE, NULL, 0 },
			       { CKM_MINIDRIVER_CAPI_DERIVE, NULL, sizeof(params) },
			       { CKM_MINIDRIVER_CAPI_DERIVE, &params, sizeof(params) - 1 },
			       { CKM_MINIDRIVER_CAPI_DERIVE, &params, sizeof(params) + 1 } };
	CK_OBJECT_HANDLE key = 42;

	env_start();
	params.pData = password;
	params.ulDataLen = PASSWORD_LEN;
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive(&params, NULL, 0, &key));
	params.pData = NULL;
	both_refuse(params);
	params.ulDataLen = 0;
	for (size_t i = 0; i < ENV_COUNT(bad); i++) {
		env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_GenerateKey(env.session, &bad[i], NULL, 0, &key));
		env_rv(CKR_MECHANISM_PARAM_INVALID,
		       env.f->C_DeriveKey(env.session, &bad[i], env_import(CKK_AES, password, 16), NULL, 0, &key));
	}
	ck_assert_uint_eq(key, 42);
	/* nothing is data, too */
	env_ok(generate(&params, NULL, 0, &key));
	env_stop();
}
END_TEST

START_TEST(a_base_key_must_allow_it)
{
	CK_MINIDRIVER_CAPI_DERIVE_PARAMS params = params_of(CKM_MD5, CK_MINIDRIVER_CAPI_RC2, 0);
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_MECHANISM_TYPE only = CKM_SHA1_KEY_DERIVATION;
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) },
				 { CKA_KEY_TYPE, &type, sizeof(type) },
				 { CKA_VALUE, password, PASSWORD_LEN },
				 { CKA_DERIVE, &no, sizeof(no) },
				 { CKA_ALLOWED_MECHANISMS, &only, sizeof(only) } };
	CK_MECHANISM mechanism = { CKM_MINIDRIVER_CAPI_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE base = 0;
	CK_OBJECT_HANDLE key = 42;

	env_start();
	env_ok(env.f->C_CreateObject(env.session, templ, 4, &base));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_DeriveKey(env.session, &mechanism, base, NULL, 0, &key));
	templ[3].pValue = &yes;
	env_ok(env.f->C_CreateObject(env.session, templ, 5, &base));
	ck_assert_uint_ne(env.f->C_DeriveKey(env.session, &mechanism, base, NULL, 0, &key), CKR_OK);
	ck_assert_uint_eq(key, 42);
	env_stop();
}
END_TEST

START_TEST(the_mechanism_derives_and_generates)
{
	CK_MECHANISM_INFO info;

	env_start();
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_MINIDRIVER_CAPI_DERIVE, &info));
	ck_assert_uint_eq(info.flags & (CKF_DERIVE | CKF_GENERATE), CKF_DERIVE | CKF_GENERATE);
	ck_assert_uint_eq(env_card_commands(), 0);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, keys_are_those_of_windows);
	tcase_add_test(tc, the_hashes_of_the_standard_give_what_is_not_expanded);
	tcase_add_test(tc, a_salt_is_behind_the_key_and_can_be_read);
	tcase_add_test(tc, a_salt_of_a_sensitive_key_can_be_read_and_never_changed);
	tcase_add_test(tc, a_template_may_say_type_and_length_and_no_others);
	tcase_add_test(tc, what_cryptderivekey_would_not_make_is_a_wrong_parameter);
	tcase_add_test(tc, data_stand_in_for_a_key_and_not_beside_one);
	tcase_add_test(tc, a_base_key_must_allow_it);
	tcase_add_test(tc, the_mechanism_derives_and_generates);
}

TEST_MAIN("pkcs11/derive_capi", add)
