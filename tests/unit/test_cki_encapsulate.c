/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_EncapsulateKey and C_DecapsulateKey with ECDH (PKCS#11 3.2). */
#include "config.h"

#include <string.h>

#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_BYTE shared[] = "shared";
static CK_ULONG key_len = 32;

#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

static CK_ATTRIBUTE templ[] = {
	{ CKA_CLASS, &secret_class, sizeof(secret_class) },
	{ CKA_KEY_TYPE, &aes, sizeof(aes) },
	{ CKA_VALUE_LEN, &key_len, sizeof(key_len) },
};

static CK_OBJECT_HANDLE public_key;

static void start(void)
{
	env_start_logged_in();
	public_key = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
}

static CK_RV encapsulate(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_BYTE *ciphertext, CK_ULONG *len,
			 CK_OBJECT_HANDLE *secret)
{
	return C_EncapsulateKey(env.session, mechanism, key, templ, ENV_COUNT(templ), ciphertext, len, secret);
}

static CK_RV decapsulate(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_BYTE *ciphertext, CK_ULONG len,
			 CK_OBJECT_HANDLE *secret)
{
	return C_DecapsulateKey(env.session, mechanism, key, templ, ENV_COUNT(templ), ciphertext, len, secret);
}

static void both_have_the_same(CK_OBJECT_HANDLE a, CK_OBJECT_HANDLE b)
{
	CK_BYTE first[64];
	CK_BYTE second[64];
	size_t len = env_attribute(a, CKA_VALUE, first, sizeof(first));

	ck_assert_uint_eq(env_attribute(b, CKA_VALUE, second, sizeof(second)), len);
	ck_assert_uint_eq(len, key_len);
	ck_assert_mem_eq(first, second, len);
}

START_TEST(what_the_public_key_encapsulates_the_private_key_opens)
{
	static const CK_ULONG kdfs[] = { CKD_NULL, CKD_SHA1_KDF, CKD_SHA256_KDF, CKD_SHA384_KDF_SP800 };

	start();
	for (size_t i = 0; i < ENV_COUNT(kdfs); i++) {
		CK_ECDH1_DERIVE_PARAMS params = { .kdf = kdfs[i] };
		CK_MECHANISM mechanism = { i % 2 != 0 ? CKM_ECDH1_DERIVE : CKM_ECDH1_COFACTOR_DERIVE, &params,
					   sizeof(params) };
		CK_BYTE ciphertext[65];
		CK_ULONG len = 0;
		CK_OBJECT_HANDLE ours = 0;
		CK_OBJECT_HANDLE theirs = 0;
		unsigned long before = env_card_commands();

		if (kdfs[i] != CKD_NULL)
			params.pSharedData = shared, params.ulSharedDataLen = sizeof(shared);
		env_ok(encapsulate(&mechanism, public_key, NULL, &len, NULL));
		ck_assert_uint_eq(len, 65);
		len = 64;
		env_rv(CKR_BUFFER_TOO_SMALL, encapsulate(&mechanism, public_key, ciphertext, &len, &ours));
		ck_assert_uint_eq(len, 65);
		ck_assert_uint_eq(ours, 0);
		env_ok(encapsulate(&mechanism, public_key, ciphertext, &len, &ours));
		ck_assert_uint_eq(env_card_commands(), before);
		env_ok(decapsulate(&mechanism, env.key, ciphertext, len, &theirs));
		both_have_the_same(ours, theirs);
		/* the same as deriving with the ciphertext as the other side's public data */
		params.pPublicData = ciphertext, params.ulPublicDataLen = len;
		env_ok(env.f->C_DeriveKey(env.session, &mechanism, env.key, templ, ENV_COUNT(templ), &theirs));
		both_have_the_same(ours, theirs);
	}
	env_stop();
}
END_TEST

START_TEST(an_encapsulated_key_can_be_sensitive)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_SHA256_KDF };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_ATTRIBUTE closed[] = { { CKA_KEY_TYPE, &aes, sizeof(aes) }, FLAG(CKA_SENSITIVE, yes),
				  FLAG(CKA_EXTRACTABLE, no) };
	CK_BYTE ciphertext[65];
	CK_BYTE value[64];
	CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof(value) };
	CK_ULONG len = sizeof(ciphertext);
	CK_OBJECT_HANDLE key = 0;

	start();
	env_ok(C_EncapsulateKey(env.session, &mechanism, public_key, closed, ENV_COUNT(closed), ciphertext, &len, &key));
	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, key, &read, 1));
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 32);
	ck_assert(!env_flag(key, CKA_ALWAYS_SENSITIVE) && !env_flag(key, CKA_NEVER_EXTRACTABLE));
	env_ok(C_DecapsulateKey(env.session, &mechanism, env.key, closed, ENV_COUNT(closed), ciphertext, len, &key));
	ck_assert(env_flag(key, CKA_ALWAYS_SENSITIVE) && env_flag(key, CKA_NEVER_EXTRACTABLE));
	env_stop();
}
END_TEST

START_TEST(requests_are_checked)
{
	CK_ECDH1_DERIVE_PARAMS good = { .kdf = CKD_NULL };
	CK_ECDH1_DERIVE_PARAMS params = good;
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_MECHANISM other = { CKM_AES_CBC, NULL, 0 };
	CK_BYTE ciphertext[65] = { 4 };
	CK_ULONG len = sizeof(ciphertext);
	CK_OBJECT_HANDLE key = 0;
	unsigned long before;

	start();
	before = env_card_commands();
	env_rv(CKR_ARGUMENTS_BAD, encapsulate(&mechanism, public_key, ciphertext, NULL, &key));
	env_rv(CKR_ARGUMENTS_BAD, encapsulate(&mechanism, public_key, ciphertext, &len, NULL));
	env_rv(CKR_ARGUMENTS_BAD, encapsulate(NULL, public_key, ciphertext, &len, &key));
	env_rv(CKR_ARGUMENTS_BAD, decapsulate(&mechanism, env.key, NULL, 65, &key));
	env_rv(CKR_ARGUMENTS_BAD, decapsulate(&mechanism, env.key, ciphertext, 65, NULL));
	env_rv(CKR_MECHANISM_INVALID, encapsulate(&other, public_key, ciphertext, &len, &key));
	env_rv(CKR_MECHANISM_INVALID, decapsulate(&other, env.key, ciphertext, len, &key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, encapsulate(&mechanism, env.key, ciphertext, &len, &key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, decapsulate(&mechanism, public_key, ciphertext, len, &key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT,
	       encapsulate(&mechanism, env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA), ciphertext, &len, &key));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED,
	       encapsulate(&mechanism, env_find(env.session, CKO_PUBLIC_KEY, ENV_SIGNER), ciphertext, &len, &key));
	env_rv(CKR_KEY_HANDLE_INVALID, encapsulate(&mechanism, 0x7777, ciphertext, &len, &key));
	params.pPublicData = ciphertext;
	env_rv(CKR_MECHANISM_PARAM_INVALID, encapsulate(&mechanism, public_key, ciphertext, &len, &key));
	params = good, params.ulPublicDataLen = 65;
	env_rv(CKR_MECHANISM_PARAM_INVALID, decapsulate(&mechanism, env.key, ciphertext, len, &key));
	params = good, params.kdf = 0x99;
	env_rv(CKR_MECHANISM_PARAM_INVALID, encapsulate(&mechanism, public_key, ciphertext, &len, &key));
	params = good;
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, decapsulate(&mechanism, env.key, ciphertext, 64, &key));
	env_rv(CKR_WRAPPED_KEY_INVALID, decapsulate(&mechanism, env.key, ciphertext, 65, &key));
	ck_assert_uint_eq(env_card_commands(), before);
	ck_assert_uint_eq(key, 0);
	env_stop();
}
END_TEST

START_TEST(the_keys_say_what_they_do)
{
	CK_MECHANISM_INFO info;

	start();
	ck_assert(env_flag(public_key, CKA_ENCAPSULATE) && env_flag(env.key, CKA_DECAPSULATE));
	ck_assert(!env_flag(env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA), CKA_ENCAPSULATE));
	ck_assert(!env_flag(env_find(env.session, CKO_PRIVATE_KEY, ENV_SIGNER), CKA_DECAPSULATE));
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_ECDH1_DERIVE, &info));
	ck_assert_uint_eq(info.flags & (CKF_ENCAPSULATE | CKF_DECAPSULATE), CKF_ENCAPSULATE | CKF_DECAPSULATE);
	env_stop();
}
END_TEST

START_TEST(no_validation_is_claimed)
{
	CK_FLAGS flags = 7;

	env_start();
	env_ok(C_GetSessionValidationFlags(env.session, CKS_LAST_VALIDATION_OK, &flags));
	ck_assert_uint_eq(flags, 0);
	env_rv(CKR_ARGUMENTS_BAD, C_GetSessionValidationFlags(env.session, 2, &flags));
	env_rv(CKR_ARGUMENTS_BAD, C_GetSessionValidationFlags(env.session, CKS_LAST_VALIDATION_OK, NULL));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, what_the_public_key_encapsulates_the_private_key_opens);
	tcase_add_test(tc, an_encapsulated_key_can_be_sensitive);
	tcase_add_test(tc, requests_are_checked);
	tcase_add_test(tc, the_keys_say_what_they_do);
	tcase_add_test(tc, no_validation_is_claimed);
}

TEST_MAIN("pkcs11/encapsulate", add)
