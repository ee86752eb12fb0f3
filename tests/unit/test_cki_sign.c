/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_Sign with the card's keys, verified by OpenSSL from the public key the card shows. */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
static CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };
static CK_BYTE digest[32] = "a digest of thirty-two bytes....";
static CK_UTF8CHAR good_pin[] = ENV_PIN;

static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

static EVP_PKEY *ec_public(enum env_key id)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	CK_BYTE der[140];
	size_t len = env_attribute(env_find(env.session, CKO_PUBLIC_KEY, id), CKA_EC_POINT, der, sizeof(der));

	OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, der + 2, len - 2);
	return build("EC", builder);
}

static EVP_PKEY *rsa_public(void)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	CK_OBJECT_HANDLE object = env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA);
	CK_BYTE bytes[512];
	BIGNUM *n = BN_bin2bn(bytes, (int)env_attribute(object, CKA_MODULUS, bytes, sizeof(bytes)), NULL);
	BIGNUM *e = BN_bin2bn(bytes, (int)env_attribute(object, CKA_PUBLIC_EXPONENT, bytes, sizeof(bytes)), NULL);
	EVP_PKEY *key;

	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
	key = build("RSA", builder);
	BN_free(n);
	BN_free(e);
	return key;
}

static int verified(EVP_PKEY *key, const uint8_t *signature, size_t len, bool pkcs1)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int result;

	ck_assert_int_eq(EVP_PKEY_verify_init(ctx), 1);
	if (pkcs1)
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	result = EVP_PKEY_verify(ctx, signature, len, digest, sizeof(digest));
	EVP_PKEY_CTX_free(ctx);
	return result;
}

static void check_ecdsa(enum env_key id, CK_BYTE *raw, size_t len)
{
	EVP_PKEY *key = ec_public(id);
	ECDSA_SIG *parts = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int der_len;

	ck_assert_uint_eq(len, 64);
	ECDSA_SIG_set0(parts, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
	der_len = i2d_ECDSA_SIG(parts, &der);
	ck_assert_int_eq(verified(key, der, (size_t)der_len, false), 1);
	OPENSSL_free(der);
	ECDSA_SIG_free(parts);
	EVP_PKEY_free(key);
}

START_TEST(ecdsa_signs_a_digest)
{
	CK_BYTE signature[132];
	CK_ULONG len = 0;
	unsigned long operations;

	env_start_logged_in();
	operations = env_card_operations();
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_ok(env.f->C_Sign(env.session, digest, sizeof(digest), NULL, &len));
	ck_assert_uint_eq(len, 64);
	len = 63;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	ck_assert_uint_eq(len, 64);
	ck_assert_uint_eq(env_card_operations(), operations);
	env_ok(env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	ck_assert_uint_eq(env_card_operations(), operations + 1);
	check_ecdsa(ENV_P256, signature, len);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	env_stop();
}
END_TEST

START_TEST(rsa_signs_what_it_is_given)
{
	CK_BYTE signature[512];
	CK_BYTE long_data[512] = { 0 };
	CK_ULONG len = sizeof(signature);
	CK_OBJECT_HANDLE key;
	EVP_PKEY *public;

	env_start_logged_in();
	key = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	public = rsa_public();
	env_ok(env.f->C_SignInit(env.session, &rsa, key));
	env_ok(env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	ck_assert_int_eq(verified(public, signature, len, true), 1);
	signature[10] ^= 1;
	ck_assert_int_ne(verified(public, signature, len, true), 1);
	EVP_PKEY_free(public);
	env_ok(env.f->C_SignInit(env.session, &rsa, key));
	len = sizeof(signature);
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Sign(env.session, long_data, sizeof(long_data), signature, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	env_stop();
}
END_TEST

static CK_RV sign_with(CK_OBJECT_HANDLE key)
{
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);

	env_ok(env.f->C_SignInit(env.session, &ecdsa, key));
	return env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len);
}

/* A private object's handle dies at the logout. */
static CK_OBJECT_HANDLE log_in_again(void)
{
	env_ok(env.f->C_Logout(env.session));
	env_ok(env.f->C_Login(env.session, CKU_USER, good_pin, strlen(ENV_PIN)));
	return env_find(env.session, CKO_PRIVATE_KEY, ENV_ALWAYS);
}

START_TEST(the_pin_of_a_login_serves_the_first_use_of_a_key_that_always_asks)
{
	CK_UTF8CHAR bad_pin[] = "999999";
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_find(env.session, CKO_PRIVATE_KEY, ENV_ALWAYS);
	env_ok(env.f->C_SignInit(env.session, &ecdsa, key));
	env_ok(env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	check_ecdsa(ENV_ALWAYS, signature, len);
	env_rv(CKR_USER_NOT_LOGGED_IN, sign_with(key));
	/* not the second use of any key */
	key = log_in_again();
	env_ok(sign_with(env_find(env.session, CKO_PRIVATE_KEY, ENV_P256)));
	env_rv(CKR_USER_NOT_LOGGED_IN, sign_with(key));
	/* not where a wrong one was given for this use */
	key = log_in_again();
	env_ok(env.f->C_SignInit(env.session, &ecdsa, key));
	env_rv(CKR_PIN_INCORRECT, env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, bad_pin, 6));
	len = sizeof(signature);
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	env_stop();
}
END_TEST

START_TEST(a_key_that_always_asks_gets_its_pin_each_time)
{
	CK_BYTE signature[64];
	CK_UTF8CHAR bad_pin[] = "999999";
	CK_ULONG len = sizeof(signature);
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = env_find(env.session, CKO_PRIVATE_KEY, ENV_ALWAYS);
	env_ok(sign_with(key));
	env_ok(env.f->C_SignInit(env.session, &ecdsa, key));
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	for (int i = 0; i < 2; i++) {
		env_ok(env.f->C_SignInit(env.session, &ecdsa, key));
		env_rv(CKR_PIN_INCORRECT, env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, bad_pin, 6));
		env_ok(env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, good_pin, strlen(ENV_PIN)));
		len = sizeof(signature);
		env_ok(env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
		check_ecdsa(ENV_ALWAYS, signature, len);
	}
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, good_pin,
							     strlen(ENV_PIN)));
	env_stop();
}
END_TEST

START_TEST(signing_refuses_precisely)
{
	CK_MECHANISM no_row = { CKM_DSA, NULL, 0 };
	CK_MECHANISM with_param = { CKM_ECDSA, digest, 4 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);

	env_start_logged_in();
	env_rv(CKR_MECHANISM_INVALID, env.f->C_SignInit(env.session, &no_row, env.key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &with_param, env.key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_SignInit(env.session, &rsa, env.key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_SignInit(env.session, &ecdsa, env_find(env.session,
											  CKO_PUBLIC_KEY, ENV_P256)));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_SignInit(env.session, &ecdsa, 4711));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED,
	       env.f->C_SignInit(env.session, &ecdsa, env_find(env.session, CKO_PRIVATE_KEY, ENV_P384)));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignInit(env.session, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignUpdate(env.session, digest, 4));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignFinal(env.session, signature, &len));
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Sign(env.session, NULL, 32, signature, &len));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, env.f->C_SignUpdate(env.session, digest, 4));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Sign(env.session, digest, 32, signature, &len));
	env_stop();
}
END_TEST

START_TEST(logout_ends_a_signature_under_way)
{
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	unsigned long operations;

	env_start_logged_in();
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_ok(env.f->C_Logout(env.session));
	operations = env_card_operations();
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	ck_assert_uint_eq(env_card_operations(), operations);
	env_stop();
}
END_TEST

START_TEST(the_card_gone_while_signing_is_noticed)
{
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	CK_SESSION_INFO info;

	env_start_logged_in();
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_take_card();
	env_rv(CKR_DEVICE_REMOVED, env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_GetSessionInfo(env.session, &info));
	env_stop();
}
END_TEST

/* ---- with the hash computed here -------------------------------------------------------------------- */

static CK_BYTE long_text[300] = "what is hashed and then signed";

static const struct {
	CK_MECHANISM_TYPE rsa;
	CK_MECHANISM_TYPE ecdsa;
	const char *hash;
} hashing[] = {
	{ CKM_SHA1_RSA_PKCS, CKM_ECDSA_SHA1, "SHA1" },
	{ CKM_SHA224_RSA_PKCS, CKM_ECDSA_SHA224, "SHA224" },
	{ CKM_SHA256_RSA_PKCS, CKM_ECDSA_SHA256, "SHA256" },
	{ CKM_SHA384_RSA_PKCS, CKM_ECDSA_SHA384, "SHA384" },
	{ CKM_SHA512_RSA_PKCS, CKM_ECDSA_SHA512, "SHA512" },
	{ CKM_SHA3_224_RSA_PKCS, CKM_ECDSA_SHA3_224, "SHA3-224" },
	{ CKM_SHA3_256_RSA_PKCS, CKM_ECDSA_SHA3_256, "SHA3-256" },
	{ CKM_SHA3_384_RSA_PKCS, CKM_ECDSA_SHA3_384, "SHA3-384" },
	{ CKM_SHA3_512_RSA_PKCS, CKM_ECDSA_SHA3_512, "SHA3-512" },
};

static bool text_verified(EVP_PKEY *key, const char *hash, const uint8_t *signature, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	ck_assert_int_eq(EVP_DigestVerifyInit_ex(ctx, NULL, hash, NULL, NULL, key, NULL), 1);
	good = EVP_DigestVerify(ctx, signature, len, long_text, sizeof(long_text)) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

static bool raw_text_verified(EVP_PKEY *key, const char *hash, const CK_BYTE *raw, size_t len)
{
	ECDSA_SIG *parts = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int der_len;
	bool good;

	ECDSA_SIG_set0(parts, BN_bin2bn(raw, (int)len / 2, NULL), BN_bin2bn(raw + len / 2, (int)len / 2, NULL));
	der_len = i2d_ECDSA_SIG(parts, &der);
	good = text_verified(key, hash, der, (size_t)der_len);
	OPENSSL_free(der);
	ECDSA_SIG_free(parts);
	return good;
}

/* In one part or in several; the card is asked once. */
static size_t sign_text(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, size_t step, CK_BYTE signature[512])
{
	CK_MECHANISM mechanism = { type, NULL, 0 };
	unsigned long operations = env_card_operations();
	CK_ULONG len = 0;
	CK_ULONG needed = 0;

	env_ok(env.f->C_SignInit(env.session, &mechanism, key));
	if (step == 0) {
		env_ok(env.f->C_Sign(env.session, long_text, sizeof(long_text), NULL, &needed));
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Sign(env.session, long_text, sizeof(long_text), signature, &len));
		len = 512;
		env_ok(env.f->C_Sign(env.session, long_text, sizeof(long_text), signature, &len));
	} else {
		for (size_t at = 0; at < sizeof(long_text); at += step)
			env_ok(env.f->C_SignUpdate(env.session, long_text + at, step));
		env_ok(env.f->C_SignFinal(env.session, NULL, &needed));
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_SignFinal(env.session, signature, &len));
		len = 512;
		env_ok(env.f->C_SignFinal(env.session, signature, &len));
	}
	ck_assert_uint_eq(len, needed);
	ck_assert_uint_eq(env_card_operations(), operations + 1);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignUpdate(env.session, long_text, 1));
	return len;
}

START_TEST(the_card_signs_a_hash_computed_here)
{
	static const size_t steps[] = { 0, 1, 100, 300 };
	CK_BYTE signature[512];
	CK_OBJECT_HANDLE rsa_key;
	EVP_PKEY *rsa_pub;
	EVP_PKEY *ec_pub;

	env_start_logged_in();
	rsa_key = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	rsa_pub = rsa_public();
	ec_pub = ec_public(ENV_P256);
	for (size_t i = 0; i < ENV_COUNT(hashing); i++) {
		for (size_t s = 0; s < ENV_COUNT(steps); s++) {
			size_t len = sign_text(hashing[i].rsa, rsa_key, steps[s], signature);

			ck_assert(text_verified(rsa_pub, hashing[i].hash, signature, len));
			signature[9] ^= 1;
			ck_assert(!text_verified(rsa_pub, hashing[i].hash, signature, len));
			len = sign_text(hashing[i].ecdsa, env.key, steps[s], signature);
			ck_assert(raw_text_verified(ec_pub, hashing[i].hash, signature, len));
			signature[9] ^= 1;
			ck_assert(!raw_text_verified(ec_pub, hashing[i].hash, signature, len));
		}
	}
	EVP_PKEY_free(rsa_pub);
	EVP_PKEY_free(ec_pub);
	env_stop();
}
END_TEST

START_TEST(a_hash_is_signed_by_the_rules_of_its_key)
{
	CK_MECHANISM hashed = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_MECHANISM hashed_rsa = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_MECHANISM with_param = { CKM_ECDSA_SHA256, digest, 4 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	CK_OBJECT_HANDLE always;

	env_start_logged_in();
	always = env_find(env.session, CKO_PRIVATE_KEY, ENV_ALWAYS);
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &with_param, env.key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_SignInit(env.session, &hashed_rsa, env.key));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED,
	       env.f->C_SignInit(env.session, &hashed, env_find(env.session, CKO_PRIVATE_KEY, ENV_P384)));
	env_ok(env.f->C_SignInit(env.session, &hashed, always));
	env_ok(env.f->C_SignUpdate(env.session, long_text, 100));
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_SignFinal(env.session, signature, &len));
	env_ok(env.f->C_SignInit(env.session, &hashed, always));
	env_ok(env.f->C_SignUpdate(env.session, long_text, 300));
	env_ok(env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, good_pin, strlen(ENV_PIN)));
	env_ok(env.f->C_SignFinal(env.session, signature, &len));
	env_ok(env.f->C_SignInit(env.session, &hashed, env.key));
	env_ok(env.f->C_SignUpdate(env.session, long_text, 100));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Sign(env.session, long_text, 100, signature, &len));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_SignUpdate(env.session, long_text, 100));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignFinal(env.session, signature, &len));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_card_signs_a_hash_computed_here);
	tcase_add_test(tc, a_hash_is_signed_by_the_rules_of_its_key);
	tcase_add_test(tc, ecdsa_signs_a_digest);
	tcase_add_test(tc, rsa_signs_what_it_is_given);
	tcase_add_test(tc, the_pin_of_a_login_serves_the_first_use_of_a_key_that_always_asks);
	tcase_add_test(tc, a_key_that_always_asks_gets_its_pin_each_time);
	tcase_add_test(tc, signing_refuses_precisely);
	tcase_add_test(tc, logout_ends_a_signature_under_way);
	tcase_add_test(tc, the_card_gone_while_signing_is_noticed);
}

TEST_MAIN("pkcs11/sign", add)
