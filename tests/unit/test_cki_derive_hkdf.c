/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CKM_HKDF_DERIVE and CKM_HKDF_DATA against OpenSSL, each member of the parameter, and what becomes of the result. */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_OBJECT_CLASS data_class = CKO_DATA;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_KEY_TYPE hkdf_type = CKK_HKDF;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE des3 = CKK_DES3;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

static const uint8_t ikm[] = "input keying material of any length";
static const uint8_t salt[] = "salt";
static uint8_t info[100000] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

/* Both steps with a salt of bytes, and an info. */
static CKI_HKDF_PARAMS both(void)
{
	return (CKI_HKDF_PARAMS){
		.bExtract = CK_TRUE,
		.bExpand = CK_TRUE,
		.prfHashMechanism = CKM_SHA256,
		.ulSaltType = CKF_HKDF_SALT_DATA,
		.pSalt = (CK_BYTE *)(uintptr_t)salt,
		.ulSaltLen = sizeof(salt),
		.pInfo = info,
		.ulInfoLen = 10,
	};
}

static struct env_derivation with(const CKI_HKDF_PARAMS *params, CK_OBJECT_HANDLE base)
{
	return (struct env_derivation){
		.mechanism = CKM_HKDF_DERIVE, .param = params, .param_len = sizeof(*params), .base = base
	};
}

/* OpenSSL's HKDF; salt or info NULL: none. */
struct expected {
	const char *mode;
	const char *hash;
	const void *key;
	size_t key_len;
	const void *salt;
	size_t salt_len;
	size_t info_len;
};

static void compute(const struct expected *e, uint8_t *out, size_t out_len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[6];
	size_t n = 0;

	params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, (char *)(uintptr_t)e->mode, 0);
	params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)e->hash, 0);
	params[n++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)e->key, e->key_len);
	if (e->salt != NULL)
		params[n++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)e->salt,
								e->salt_len);
	if (e->info_len != 0)
		params[n++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, e->info_len);
	params[n] = OSSL_PARAM_construct_end();
	ck_assert_int_eq(EVP_KDF_derive(ctx, out, out_len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static const struct {
	CK_MECHANISM_TYPE mechanism;
	const char *name;
	size_t len;
} hashes[] = {
	{ CKM_SHA_1, "SHA1", 20 }, { CKM_SHA224, "SHA2-224", 28 }, { CKM_SHA256, "SHA2-256", 32 },
	{ CKM_SHA384, "SHA2-384", 48 }, { CKM_SHA512, "SHA2-512", 64 }, { CKM_SHA512_224, "SHA2-512/224", 28 },
	{ CKM_SHA512_256, "SHA2-512/256", 32 }, { CKM_SHA3_224, "SHA3-224", 28 }, { CKM_SHA3_256, "SHA3-256", 32 },
	{ CKM_SHA3_384, "SHA3-384", 48 }, { CKM_SHA3_512, "SHA3-512", 64 },
};

static CK_OBJECT_HANDLE base_key(void)
{
	return env_import(CKK_HKDF, ikm, sizeof(ikm));
}

START_TEST(both_steps_give_what_openssl_computes_with_every_hash)
{
	static const size_t lens[] = { 1, 16, 100, 2000 };
	CKI_HKDF_PARAMS params = both();
	uint8_t out[2000];

	env_start();
	for (size_t i = 0; i < ENV_COUNT(hashes); i++) {
		for (size_t j = 0; j < ENV_COUNT(lens); j++) {
			CK_ULONG len = lens[j];
			CK_ATTRIBUTE templ[] = { LEN(len) };
			struct env_derivation d = with(&params, base_key());

			params.prfHashMechanism = hashes[i].mechanism;
			d.templ = templ;
			d.count = 1;
			compute(&(struct expected){ "EXTRACT_AND_EXPAND", hashes[i].name, ikm, sizeof(ikm), salt,
						    sizeof(salt), 10 },
				out, len);
			env_expect_value(env_derived(&d), out, len);
		}
	}
	env_stop();
}
END_TEST

START_TEST(extraction_alone_is_one_hash_long)
{
	CKI_HKDF_PARAMS params = both();
	struct env_derivation d;
	CK_OBJECT_HANDLE key;
	uint8_t out[64];

	env_start();
	d = with(&params, base_key());
	params.bExpand = CK_FALSE;
	for (size_t i = 0; i < ENV_COUNT(hashes); i++) {
		params.prfHashMechanism = hashes[i].mechanism;
		compute(&(struct expected){ "EXTRACT_ONLY", hashes[i].name, ikm, sizeof(ikm), salt, sizeof(salt), 0 },
			out, hashes[i].len);
		key = env_derived(&d);
		env_expect_value(key, out, hashes[i].len);
		ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	}
	env_stop();
}
END_TEST

START_TEST(expansion_alone_takes_the_base_key_for_the_pseudorandom_key)
{
	CKI_HKDF_PARAMS params = both();
	CK_ULONG len = 42;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(hkdf_type) };
	struct env_derivation d;
	CK_OBJECT_HANDLE key;
	uint8_t prk[32];
	uint8_t out[42];

	env_start();
	memset(prk, 0x5c, sizeof(prk));
	params.bExtract = CK_FALSE;
	d = with(&params, env_import(CKK_GENERIC_SECRET, prk, sizeof(prk)));
	d.templ = templ;
	d.count = ENV_COUNT(templ);
	compute(&(struct expected){ "EXPAND_ONLY", "SHA2-256", prk, sizeof(prk), NULL, 0, 10 }, out, sizeof(out));
	key = env_derived(&d);
	env_expect_value(key, out, sizeof(out));
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_HKDF);
	/* The salt is not looked at. */
	params.ulSaltType = 99;
	params.pSalt = NULL;
	env_expect_value(env_derived(&d), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(no_salt_is_a_salt_of_zeros)
{
	CKI_HKDF_PARAMS params = both();
	struct env_derivation d;
	uint8_t zeros[32] = { 0 };
	uint8_t out[32];

	env_start();
	d = with(&params, base_key());
	compute(&(struct expected){ "EXTRACT_AND_EXPAND", "SHA2-256", ikm, sizeof(ikm), zeros, sizeof(zeros), 10 }, out,
		sizeof(out));
	params.ulSaltType = CKF_HKDF_SALT_NULL;
	env_expect_value(env_derived(&d), out, sizeof(out));
	params.ulSaltType = CKF_HKDF_SALT_DATA;
	params.ulSaltLen = 0;
	env_expect_value(env_derived(&d), out, sizeof(out));
	params.pSalt = NULL;
	env_expect_value(env_derived(&d), out, sizeof(out));
	params.ulSaltLen = sizeof(zeros);
	params.pSalt = zeros;
	env_expect_value(env_derived(&d), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(the_salt_may_be_a_key)
{
	CKI_HKDF_PARAMS params = both();
	struct env_derivation d;
	uint8_t out[32];

	env_start();
	d = with(&params, base_key());
	params.ulSaltType = CKF_HKDF_SALT_KEY;
	params.hSaltKey = env_import(CKK_HKDF, salt, sizeof(salt));
	compute(&(struct expected){ "EXTRACT_AND_EXPAND", "SHA2-256", ikm, sizeof(ikm), salt, sizeof(salt), 10 }, out,
		sizeof(out));
	env_expect_value(env_derived(&d), out, sizeof(out));
	params.bExpand = CK_FALSE;
	compute(&(struct expected){ "EXTRACT_ONLY", "SHA2-256", ikm, sizeof(ikm), salt, sizeof(salt), 0 }, out,
		sizeof(out));
	env_expect_value(env_derived(&d), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(a_salt_key_must_derive_too)
{
	CKI_HKDF_PARAMS params = both();
	CK_ATTRIBUTE no_derive = FLAG(CKA_DERIVE, no);
	CK_MECHANISM_TYPE other = CKM_SHA256_KEY_DERIVATION;
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &secret_class, sizeof(secret_class) }, TYPE(generic),
		{ CKA_VALUE, (void *)(uintptr_t)salt, sizeof(salt) }, { CKA_ALLOWED_MECHANISMS, &other, sizeof(other) },
	};
	struct env_derivation d;

	env_start_logged_in();
	d = with(&params, base_key());
	params.ulSaltType = CKF_HKDF_SALT_KEY;
	params.hSaltKey = 0;
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	params.hSaltKey = ~0ul;
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	params.hSaltKey = env.key;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &params.hSaltKey));
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &d);
	params.hSaltKey = env_import(CKK_HKDF, salt, sizeof(salt));
	env_ok(env.f->C_SetAttributeValue(env.session, params.hSaltKey, &no_derive, 1));
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &d);
	env_ok(env.f->C_DestroyObject(env.session, params.hSaltKey));
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	env_stop();
}
END_TEST

START_TEST(an_info_may_be_long_or_missing)
{
	CKI_HKDF_PARAMS params = both();
	struct env_derivation d;
	uint8_t out[32];

	env_start();
	d = with(&params, base_key());
	params.ulInfoLen = sizeof(info);
	(void)env_derived(&d);
	params.ulInfoLen = 1000;
	compute(&(struct expected){ "EXTRACT_AND_EXPAND", "SHA2-256", ikm, sizeof(ikm), salt, sizeof(salt), 1000 }, out,
		sizeof(out));
	env_expect_value(env_derived(&d), out, sizeof(out));
	params.pInfo = NULL;
	params.ulInfoLen = 0;
	compute(&(struct expected){ "EXTRACT_AND_EXPAND", "SHA2-256", ikm, sizeof(ikm), salt, sizeof(salt), 0 }, out,
		sizeof(out));
	env_expect_value(env_derived(&d), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(every_member_of_the_parameter_is_checked)
{
	const CKI_HKDF_PARAMS good = both();
	CKI_HKDF_PARAMS params = good;
	struct env_derivation d;

	env_start();
	d = with(&params, base_key());
	params.bExtract = params.bExpand = CK_FALSE;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.bExtract = 2;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.bExpand = 2;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.prfHashMechanism = CKM_SHA256_HMAC;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params.prfHashMechanism = CKM_MD5;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params.prfHashMechanism = ~0ul;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	for (params.ulSaltType = 0; params.ulSaltType < 9; params.ulSaltType++)
		if (params.ulSaltType != CKF_HKDF_SALT_NULL && params.ulSaltType != CKF_HKDF_SALT_DATA &&
		    params.ulSaltType != CKF_HKDF_SALT_KEY)
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.pSalt = NULL;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.ulSaltLen = ~0ul;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.pInfo = NULL;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	params.ulInfoLen = ~0ul;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = good;
	for (d.param_len = 0; d.param_len <= sizeof(params) + 1; d.param_len++)
		if (d.param_len != sizeof(params))
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	d.param_len = sizeof(params);
	d.param = NULL;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	env_stop();
}
END_TEST

START_TEST(an_unaligned_parameter_is_read)
{
	uint8_t space[sizeof(CKI_HKDF_PARAMS) + 1];
	const CKI_HKDF_PARAMS params = both();
	struct env_derivation d = { .mechanism = CKM_HKDF_DERIVE, .param = space + 1, .param_len = sizeof(params) };

	env_start();
	memcpy(space + 1, &params, sizeof(params));
	d.base = base_key();
	(void)env_derived(&d);
	env_stop();
}
END_TEST

START_TEST(lengths_and_types_are_what_the_template_says)
{
	CKI_HKDF_PARAMS params = both();
	CK_ULONG len = 255 * 20;
	CK_ULONG value_len = 24;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	CK_BYTE bytes[24];
	struct env_derivation d;
	CK_OBJECT_HANDLE key;

	env_start();
	d = with(&params, base_key());
	ck_assert_uint_eq(env_number(env_derived(&d), CKA_VALUE_LEN), 32);
	d.templ = templ;
	d.count = 2;
	params.prfHashMechanism = CKM_SHA_1;
	ck_assert_uint_eq(env_number(env_derived(&d), CKA_VALUE_LEN), 255 * 20);
	len++;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	len = ~0ul;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	len = 0;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	params.bExpand = CK_FALSE;
	len = 20;
	(void)env_derived(&d);
	len = 21;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	params.bExpand = CK_TRUE;
	templ[0] = (CK_ATTRIBUTE)TYPE(aes);
	d.count = 1;
	ck_assert_uint_eq(env_number(env_derived(&d), CKA_VALUE_LEN), 32);
	templ[0] = (CK_ATTRIBUTE)TYPE(des3);
	key = env_derived(&d);
	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, bytes, sizeof(bytes)), 24);
	for (size_t i = 0; i < sizeof(bytes); i++)
		ck_assert_int_eq(__builtin_parity(bytes[i]), 1);
	templ[1] = (CK_ATTRIBUTE)LEN(value_len);
	d.count = 2;
	(void)env_derived(&d);
	value_len = 16;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	env_stop();
}
END_TEST

START_TEST(base_keys_are_hkdf_keys_and_generic_secrets)
{
	CKI_HKDF_PARAMS params = both();
	CK_ATTRIBUTE no_derive = FLAG(CKA_DERIVE, no);
	struct env_derivation d;

	env_start_logged_in();
	d = with(&params, env_import(CKK_GENERIC_SECRET, ikm, 1));
	(void)env_derived(&d);
	d.base = env_import(CKK_AES, ikm, 16);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = env_import(CKK_SHA256_HMAC, ikm, 16);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = env.key;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = 0;
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	d.base = base_key();
	env_ok(env.f->C_SetAttributeValue(env.session, d.base, &no_derive, 1));
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &d);
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.62.3: the template may say either, and the new key remembers what the base key has been. */
START_TEST(sensitivity_is_the_templates_and_history_the_base_keys)
{
	CKI_HKDF_PARAMS params = both();
	CK_ATTRIBUTE closed[] = { FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE open[] = { FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	struct env_derivation d;
	CK_OBJECT_HANDLE key;

	env_start();
	d = with(&params, env_generate(32, true, false));
	d.count = 2;
	d.templ = closed;
	key = env_derived(&d);
	env_expect_flags(key, "SeAN");
	env_expect_hidden(key);
	d.templ = open;
	env_expect_flags(env_derived(&d), "sEan");
	d.count = 0;
	env_expect_flags(env_derived(&d), "sEan");
	d.base = env_generate(32, false, true);
	d.templ = closed;
	d.count = 2;
	env_expect_flags(env_derived(&d), "Sean");
	env_stop();
}
END_TEST

/* ---- CKM_HKDF_DATA ---------------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE derive_data(CKI_HKDF_PARAMS *params, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	struct env_derivation d = with(params, base);

	d.mechanism = CKM_HKDF_DATA;
	d.templ = templ;
	d.count = count;
	return env_derived(&d);
}

START_TEST(data_is_an_object_that_shows_its_value)
{
	CKI_HKDF_PARAMS params = both();
	CK_ULONG len = 12;
	char label[] = "iv";
	char application[] = "tls";
	uint8_t oid[] = { 0x06, 0x01, 0x2a };
	CK_ATTRIBUTE templ[] = {
		LEN(len), { CKA_CLASS, &data_class, sizeof(data_class) }, { CKA_LABEL, label, 2 },
		{ CKA_APPLICATION, application, 3 }, { CKA_OBJECT_ID, oid, sizeof(oid) }, FLAG(CKA_TOKEN, no),
	};
	CK_ATTRIBUTE value_len = { CKA_VALUE_LEN, NULL, 0 };
	uint8_t out[12];
	uint8_t got[8];
	CK_OBJECT_HANDLE data;

	env_start();
	data = derive_data(&params, base_key(), templ, ENV_COUNT(templ));
	compute(&(struct expected){ "EXTRACT_AND_EXPAND", "SHA2-256", ikm, sizeof(ikm), salt, sizeof(salt), 10 }, out,
		sizeof(out));
	env_expect_value(data, out, sizeof(out));
	ck_assert_uint_eq(env_number(data, CKA_CLASS), CKO_DATA);
	ck_assert(!env_flag(data, CKA_TOKEN) && !env_flag(data, CKA_PRIVATE));
	ck_assert(env_flag(data, CKA_MODIFIABLE) && env_flag(data, CKA_COPYABLE) && env_flag(data, CKA_DESTROYABLE));
	ck_assert_uint_eq(env_attribute(data, CKA_LABEL, got, sizeof(got)), 2);
	ck_assert_uint_eq(env_attribute(data, CKA_APPLICATION, got, sizeof(got)), 3);
	ck_assert_mem_eq(got, "tls", 3);
	ck_assert_uint_eq(env_attribute(data, CKA_OBJECT_ID, got, sizeof(got)), sizeof(oid));
	env_rv(CKR_ATTRIBUTE_TYPE_INVALID, env.f->C_GetAttributeValue(env.session, data, &value_len, 1));
	env_stop();
}
END_TEST

START_TEST(data_is_one_hash_long_by_default)
{
	CKI_HKDF_PARAMS params = both();
	uint8_t got[64];
	CK_OBJECT_HANDLE data;

	env_start();
	data = derive_data(&params, base_key(), NULL, 0);
	ck_assert_uint_eq(env_attribute(data, CKA_VALUE, got, sizeof(got)), 32);
	ck_assert_uint_eq(env_attribute(data, CKA_APPLICATION, got, sizeof(got)), 0);
	ck_assert_uint_eq(env_attribute(data, CKA_OBJECT_ID, got, sizeof(got)), 0);
	env_stop();
}
END_TEST

START_TEST(data_of_a_sensitive_key_may_be_read)
{
	CKI_HKDF_PARAMS params = both();
	uint8_t got[64];

	env_start();
	ck_assert_uint_eq(env_attribute(derive_data(&params, env_generate(32, true, false), NULL, 0), CKA_VALUE, got,
					sizeof(got)), 32);
	env_stop();
}
END_TEST

START_TEST(data_is_found_copied_changed_and_destroyed)
{
	CKI_HKDF_PARAMS params = both();
	char label[] = "copy";
	CK_ATTRIBUTE change = { CKA_LABEL, label, 4 };
	CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &data_class, sizeof(data_class) }, { CKA_VALUE, NULL, 32 } };
	uint8_t value[32];
	uint8_t got[64];
	CK_OBJECT_HANDLE found[4];
	CK_OBJECT_HANDLE data;
	CK_OBJECT_HANDLE copy = 0;
	CK_ULONG count = 0;
	CK_ULONG size = 0;

	env_start();
	data = derive_data(&params, base_key(), NULL, 0);
	ck_assert_uint_eq(env_attribute(data, CKA_VALUE, value, sizeof(value)), 32);
	env_ok(env.f->C_CopyObject(env.session, data, &change, 1, &copy));
	ck_assert_uint_ne(copy, data);
	env_expect_value(copy, value, sizeof(value));
	wanted[1].pValue = value;
	env_ok(env.f->C_FindObjectsInit(env.session, wanted, 2));
	env_ok(env.f->C_FindObjects(env.session, found, 4, &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	ck_assert_uint_eq(count, 2);
	env_ok(env.f->C_SetAttributeValue(env.session, data, &change, 1));
	ck_assert_uint_eq(env_attribute(data, CKA_LABEL, got, sizeof(got)), 4);
	env_ok(env.f->C_GetObjectSize(env.session, data, &size));
	ck_assert_uint_gt(size, 32);
	env_ok(env.f->C_DestroyObject(env.session, data));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_DestroyObject(env.session, data));
	env_expect_value(copy, value, sizeof(value));
	env_stop();
}
END_TEST

START_TEST(what_only_keys_have_is_no_attribute_of_data)
{
	CKI_HKDF_PARAMS params = both();
	CK_ATTRIBUTE templ;
	struct env_derivation d;
	CK_OBJECT_HANDLE data;
	CK_ULONG len = 12;

	env_start();
	d = with(&params, base_key());
	d.mechanism = CKM_HKDF_DATA;
	d.templ = &templ;
	d.count = 1;
	templ = (CK_ATTRIBUTE)FLAG(CKA_SENSITIVE, yes);
	env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	templ = (CK_ATTRIBUTE)TYPE(generic);
	env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	templ = (CK_ATTRIBUTE){ CKA_CLASS, &secret_class, sizeof(secret_class) };
	env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	templ = (CK_ATTRIBUTE){ CKA_VALUE, info, 4 };
	env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	templ = (CK_ATTRIBUTE){ 0x7777, info, 4 };
	env_refuse(CKR_ATTRIBUTE_TYPE_INVALID, &d);
	templ = (CK_ATTRIBUTE)FLAG(CKA_TOKEN, yes);
	env_refuse(CKR_SESSION_READ_ONLY, &d);
	templ = (CK_ATTRIBUTE){ CKA_APPLICATION, NULL, 4 };
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	templ = (CK_ATTRIBUTE)FLAG(CKA_PRIVATE, yes);
	env_refuse(CKR_USER_NOT_LOGGED_IN, &d);
	len = 255 * 32 + 1;
	templ = (CK_ATTRIBUTE)LEN(len);
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	data = derive_data(&params, base_key(), NULL, 0);
	len = 12;
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, data, &templ, 1));
	templ = (CK_ATTRIBUTE){ CKA_VALUE, info, 4 };
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, data, &templ, 1));
	templ = (CK_ATTRIBUTE)FLAG(CKA_DERIVE, yes);
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_CopyObject(env.session, data, &templ, 1, &data));
	d.mechanism = CKM_HKDF_DERIVE;
	templ = (CK_ATTRIBUTE){ CKA_CLASS, &data_class, sizeof(data_class) };
	env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	templ = (CK_ATTRIBUTE){ CKA_APPLICATION, info, 4 };
	env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	env_stop();
}
END_TEST

static CK_OBJECT_HANDLE create_data(const void *value, size_t len)
{
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &data_class, sizeof(data_class) },
		{ CKA_VALUE, (void *)(uintptr_t)value, len },
	};
	CK_OBJECT_HANDLE data = 0;

	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &data));
	return data;
}

/* PKCS#11 3.2 6.62.3: TLS 1.3 extracts from zeros where it has no secret. */
START_TEST(data_of_one_hash_may_be_the_base_with_a_salt)
{
	CKI_HKDF_PARAMS params = both();
	uint8_t zeros[33] = { 0 };
	uint8_t out[32];
	struct env_derivation d;
	CK_OBJECT_HANDLE key;

	env_start();
	d = with(&params, create_data(zeros, 32));
	compute(&(struct expected){ "EXTRACT_AND_EXPAND", "SHA2-256", zeros, 32, salt, sizeof(salt), 10 }, out,
		sizeof(out));
	key = env_derived(&d);
	env_expect_value(key, out, sizeof(out));
	env_expect_flags(key, "sEan");
	params.ulSaltType = CKF_HKDF_SALT_NULL;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = both();
	params.bExtract = CK_FALSE;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	params = both();
	params.prfHashMechanism = CKM_SHA384;
	env_refuse(CKR_KEY_SIZE_RANGE, &d);
	params = both();
	d.base = create_data(zeros, 33);
	env_refuse(CKR_KEY_SIZE_RANGE, &d);
	d.base = create_data(NULL, 0);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = create_data(zeros, 32);
	d.mechanism = CKM_SHA256_KEY_DERIVATION;
	d.param_len = 0;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	env_stop();
}
END_TEST

START_TEST(data_can_be_created_without_a_value)
{
	CK_ATTRIBUTE change = { CKA_VALUE, NULL, 0 };
	CK_OBJECT_HANDLE data;
	CK_OBJECT_HANDLE copy = 0;
	uint8_t got[4];

	env_start();
	data = create_data(NULL, 0);
	ck_assert_uint_eq(env_attribute(data, CKA_VALUE, got, sizeof(got)), 0);
	env_ok(env.f->C_CopyObject(env.session, data, NULL, 0, &copy));
	ck_assert_uint_eq(env_attribute(copy, CKA_VALUE, got, sizeof(got)), 0);
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, data, &change, 1));
	env_stop();
}
END_TEST

START_TEST(data_is_private_where_its_base_key_is)
{
	CKI_HKDF_PARAMS params = both();
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };
	CK_OBJECT_HANDLE data;

	env_start_logged_in();
	data = derive_data(&params, base_key(), NULL, 0);
	ck_assert(env_flag(data, CKA_PRIVATE));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, data, &attribute, 1));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, both_steps_give_what_openssl_computes_with_every_hash);
	tcase_add_test(tc, extraction_alone_is_one_hash_long);
	tcase_add_test(tc, expansion_alone_takes_the_base_key_for_the_pseudorandom_key);
	tcase_add_test(tc, no_salt_is_a_salt_of_zeros);
	tcase_add_test(tc, the_salt_may_be_a_key);
	tcase_add_test(tc, a_salt_key_must_derive_too);
	tcase_add_test(tc, an_info_may_be_long_or_missing);
	tcase_add_test(tc, every_member_of_the_parameter_is_checked);
	tcase_add_test(tc, an_unaligned_parameter_is_read);
	tcase_add_test(tc, lengths_and_types_are_what_the_template_says);
	tcase_add_test(tc, base_keys_are_hkdf_keys_and_generic_secrets);
	tcase_add_test(tc, sensitivity_is_the_templates_and_history_the_base_keys);
	tcase_add_test(tc, data_is_an_object_that_shows_its_value);
	tcase_add_test(tc, data_is_one_hash_long_by_default);
	tcase_add_test(tc, data_of_a_sensitive_key_may_be_read);
	tcase_add_test(tc, data_is_found_copied_changed_and_destroyed);
	tcase_add_test(tc, what_only_keys_have_is_no_attribute_of_data);
	tcase_add_test(tc, data_of_one_hash_may_be_the_base_with_a_salt);
	tcase_add_test(tc, data_can_be_created_without_a_value);
	tcase_add_test(tc, data_is_private_where_its_base_key_is);
}

TEST_MAIN("pkcs11/derive_hkdf", add)
