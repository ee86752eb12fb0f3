/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session keys wrapped to keys of the card: RSA, and the two mechanisms that wrap in two steps. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }
#define RSA_KEY 3 /* of the fake card */

static const uint8_t key_bytes[32] = "a key of just thirty-two bytes..";
static uint8_t label[] = "label";

static CK_RSA_PKCS_OAEP_PARAMS oaep_sha1 = { CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 };
static CK_RSA_PKCS_OAEP_PARAMS oaep_sha256 = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, label, 5 };
static CK_RSA_PKCS_OAEP_PARAMS oaep_mixed = { CKM_SHA256, CKG_MGF1_SHA1, 0, NULL, 0 };

static CK_OBJECT_HANDLE rsa_private;
static CK_OBJECT_HANDLE rsa_public;
static CK_OBJECT_HANDLE ec_public;

static void start(void)
{
	env_start_logged_in();
	rsa_private = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	rsa_public = env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA);
	ec_public = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
}

/* To the card's key, by OpenSSL alone. hash NULL: PKCS #1 v1.5. */
static void encrypt_outside(const char *hash, const char *mgf, size_t label_len, size_t len, uint8_t ret_cipher[256])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, fake_pkey(RSA_KEY), NULL);
	size_t cipher_len = 256;

	ck_assert_int_eq(EVP_PKEY_encrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(
				 context, hash != NULL ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING), 1);
	if (hash != NULL) {
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md_name(context, hash, NULL), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, mgf, NULL), 1);
	}
	if (label_len != 0)
		ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_memdup(label, label_len),
								  (int)label_len), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(context, ret_cipher, &cipher_len, key_bytes, len), 1);
	EVP_PKEY_CTX_free(context);
}

static CK_RV unwrap(CK_OBJECT_HANDLE kek, CK_MECHANISM *mechanism, uint8_t *wrapped, size_t len,
		    CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };

	return env.f->C_UnwrapKey(env.session, mechanism, kek, wrapped, len, templ, ENV_COUNT(templ), key);
}

static void expect_value(CK_OBJECT_HANDLE key, size_t len)
{
	CK_BYTE got[64];

	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, key_bytes, len);
}

START_TEST(the_card_unwraps_what_openssl_encrypted)
{
	static const struct {
		CK_RSA_PKCS_OAEP_PARAMS *params;
		const char *hash;
		const char *mgf;
		size_t label_len;
	} cases[] = {
		{ NULL, NULL, NULL, 0 },
		{ &oaep_sha1, "SHA1", "SHA1", 0 },
		{ &oaep_sha256, "SHA256", "SHA256", 5 },
		{ &oaep_mixed, "SHA256", "SHA1", 0 },
	};

	start();
	for (size_t i = 0; i < ENV_COUNT(cases); i++) {
		CK_MECHANISM mechanism = { cases[i].params != NULL ? CKM_RSA_PKCS_OAEP : CKM_RSA_PKCS, cases[i].params,
					   cases[i].params != NULL ? sizeof(oaep_sha1) : 0 };
		uint8_t wrapped[256];
		CK_OBJECT_HANDLE key = 0;
		unsigned long before = env_card_operations();

		encrypt_outside(cases[i].hash, cases[i].mgf, cases[i].label_len, 32, wrapped);
		env_ok(unwrap(rsa_private, &mechanism, wrapped, sizeof(wrapped), &key));
		expect_value(key, 32);
		ck_assert(!env_flag(key, CKA_ALWAYS_SENSITIVE) && !env_flag(key, CKA_NEVER_EXTRACTABLE));
		ck_assert_uint_le(env_card_operations() - before, 1);
		wrapped[17] ^= 1;
		key = 0;
		env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(rsa_private, &mechanism, wrapped, sizeof(wrapped), &key));
		env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(rsa_private, &mechanism, wrapped, 255, &key));
		ck_assert_uint_eq(key, 0);
	}
	env_stop();
}
END_TEST

START_TEST(an_unwrapped_key_has_the_length_and_type_of_its_template)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), { CKA_VALUE_LEN, &len, sizeof(len) } };
	uint8_t wrapped[256];
	CK_OBJECT_HANDLE key = 0;

	start();
	encrypt_outside(NULL, NULL, 0, 32, wrapped);
	env_rv(CKR_WRAPPED_KEY_INVALID,
	       env.f->C_UnwrapKey(env.session, &mechanism, rsa_private, wrapped, 256, templ, 3, &key));
	len = 32;
	env_ok(env.f->C_UnwrapKey(env.session, &mechanism, rsa_private, wrapped, 256, templ, 3, &key));
	/* no AES key has 20 bytes */
	encrypt_outside(NULL, NULL, 0, 20, wrapped);
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(rsa_private, &mechanism, wrapped, 256, &key));
	env_stop();
}
END_TEST

/* Wrap with the public key, unwrap with the private one. */
static void there_and_back(CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private, CK_MECHANISM *mechanism, size_t len)
{
	CK_OBJECT_HANDLE key = env_import(CKK_GENERIC_SECRET, key_bytes, len);
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };
	CK_OBJECT_HANDLE back = 0;
	uint8_t wrapped[512];
	uint8_t again[512];
	CK_ULONG needed = 0;
	CK_ULONG wrapped_len = 3;
	unsigned long before = env_card_operations();

	env_ok(env.f->C_WrapKey(env.session, mechanism, public, key, NULL, &needed));
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_WrapKey(env.session, mechanism, public, key, wrapped, &wrapped_len));
	ck_assert_uint_eq(wrapped_len, needed);
	env_ok(env.f->C_WrapKey(env.session, mechanism, public, key, wrapped, &wrapped_len));
	ck_assert_uint_eq(wrapped_len, needed);
	env_ok(env.f->C_WrapKey(env.session, mechanism, public, key, again, &wrapped_len));
	ck_assert_mem_ne(wrapped, again, needed);
	ck_assert_uint_eq(env_card_operations(), before);
	env_ok(env.f->C_UnwrapKey(env.session, mechanism, private, wrapped, needed, templ, 2, &back));
	expect_value(back, len);
	env_ok(env.f->C_DestroyObject(env.session, back));
	wrapped[needed - 1] ^= 1;
	env_rv(CKR_WRAPPED_KEY_INVALID,
	       env.f->C_UnwrapKey(env.session, mechanism, private, wrapped, needed, templ, 2, &back));
	env_ok(env.f->C_DestroyObject(env.session, key));
}

START_TEST(a_key_wrapped_to_the_cards_rsa_key_comes_back)
{
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	CK_MECHANISM oaep = { CKM_RSA_PKCS_OAEP, &oaep_sha256, sizeof(oaep_sha256) };

	start();
	for (size_t len = 1; len <= 32; len += 31) {
		there_and_back(rsa_public, rsa_private, &pkcs1, len);
		there_and_back(rsa_public, rsa_private, &oaep, len);
	}
	env_stop();
}
END_TEST

START_TEST(rsa_aes_key_wrap_goes_there_and_back)
{
	struct cki_rsa_aes_key_wrap_params params = { .pOAEPParams = &oaep_sha1 };
	CK_MECHANISM mechanism = { CKM_RSA_AES_KEY_WRAP, &params, sizeof(params) };

	start();
	for (params.ulAESKeyBits = 128; params.ulAESKeyBits <= 256; params.ulAESKeyBits += 64) {
		there_and_back(rsa_public, rsa_private, &mechanism, 1);
		there_and_back(rsa_public, rsa_private, &mechanism, 32);
	}
	env_stop();
}
END_TEST

START_TEST(ecdh_aes_key_wrap_goes_there_and_back)
{
	struct cki_ecdh_aes_key_wrap_params params = { .kdf = CKD_NULL };
	CK_MECHANISM mechanism = { CKM_ECDH_AES_KEY_WRAP, &params, sizeof(params) };

	start();
	for (params.ulAESKeyBits = 128; params.ulAESKeyBits <= 256; params.ulAESKeyBits += 64) {
		params = (struct cki_ecdh_aes_key_wrap_params){ params.ulAESKeyBits, CKD_NULL, 0, NULL };
		there_and_back(ec_public, env.key, &mechanism, 32);
		params = (struct cki_ecdh_aes_key_wrap_params){ params.ulAESKeyBits, CKD_SHA256_KDF, 5, label };
		there_and_back(ec_public, env.key, &mechanism, 1);
		params.kdf = CKD_SHA384_KDF_SP800;
		there_and_back(ec_public, env.key, &mechanism, 32);
	}
	env_stop();
}
END_TEST

static void refuse_wrap(CK_RV rv, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key)
{
	uint8_t wrapped[512];
	CK_ULONG len = sizeof(wrapped);

	env_rv(rv, env.f->C_WrapKey(env.session, mechanism, kek, key, wrapped, &len));
}

START_TEST(parameters_are_checked_before_the_card)
{
	CK_MECHANISM oaep = { CKM_RSA_PKCS_OAEP, NULL, 0 };
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, label, 5 };
	CK_RSA_PKCS_OAEP_PARAMS bad = oaep_sha1;
	uint8_t wrapped[256] = { 0 };
	CK_OBJECT_HANDLE key = 0;
	unsigned long before;

	start();
	before = env_card_commands();
#define REFUSED(mechanism) \
	env_rv(CKR_MECHANISM_PARAM_INVALID, unwrap(rsa_private, mechanism, wrapped, sizeof(wrapped), &key))
	REFUSED(&pkcs1);
	REFUSED(&oaep);
	oaep.pParameter = &bad, oaep.ulParameterLen = sizeof(bad) - 1;
	REFUSED(&oaep);
	oaep.ulParameterLen = sizeof(bad);
	bad.hashAlg = CKM_AES_CBC;
	REFUSED(&oaep);
	bad = oaep_sha1, bad.mgf = 0x99;
	REFUSED(&oaep);
	bad = oaep_sha1, bad.source = 2;
	REFUSED(&oaep);
	bad = oaep_sha1, bad.source = 0, bad.pSourceData = label, bad.ulSourceDataLen = 5;
	REFUSED(&oaep);
	bad = oaep_sha1, bad.ulSourceDataLen = 5;
	REFUSED(&oaep);
#undef REFUSED
	ck_assert_uint_eq(env_card_commands(), before);
	env_stop();
}
END_TEST

START_TEST(the_two_step_mechanisms_check_their_parameters)
{
	struct cki_rsa_aes_key_wrap_params rsa = { 128, NULL };
	struct cki_ecdh_aes_key_wrap_params ecdh = { 128, 0x99, 0, NULL };
	CK_MECHANISM rsa_aes = { CKM_RSA_AES_KEY_WRAP, &rsa, sizeof(rsa) };
	CK_MECHANISM ecdh_aes = { CKM_ECDH_AES_KEY_WRAP, &ecdh, sizeof(ecdh) };
	uint8_t wrapped[512] = { 0 };
	CK_OBJECT_HANDLE key;

	start();
	key = env_import(CKK_AES, key_bytes, 16);
	refuse_wrap(CKR_MECHANISM_PARAM_INVALID, &rsa_aes, rsa_public, key);
	rsa.pOAEPParams = &oaep_sha1, rsa.ulAESKeyBits = 129;
	refuse_wrap(CKR_MECHANISM_PARAM_INVALID, &rsa_aes, rsa_public, key);
	rsa.ulAESKeyBits = 128, rsa_aes.ulParameterLen--;
	refuse_wrap(CKR_MECHANISM_PARAM_INVALID, &rsa_aes, rsa_public, key);
	rsa_aes.ulParameterLen++;
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(rsa_private, &rsa_aes, wrapped, 256, &key));
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(rsa_private, &rsa_aes, wrapped, 280, &key));
	refuse_wrap(CKR_MECHANISM_PARAM_INVALID, &ecdh_aes, ec_public, key);
	ecdh.kdf = CKD_NULL, ecdh.ulSharedDataLen = 5, ecdh.pSharedData = label;
	refuse_wrap(CKR_MECHANISM_PARAM_INVALID, &ecdh_aes, ec_public, key);
	ecdh.kdf = CKD_SHA1_KDF, ecdh.pSharedData = NULL;
	refuse_wrap(CKR_MECHANISM_PARAM_INVALID, &ecdh_aes, ec_public, key);
	ecdh.ulSharedDataLen = 0;
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(env.key, &ecdh_aes, wrapped, 65, &key));
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(env.key, &ecdh_aes, wrapped, 89, &key));
	env_stop();
}
END_TEST

START_TEST(the_half_of_the_pair_the_type_and_the_use_are_checked)
{
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	uint8_t wrapped[256] = { 0 };
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE kept[] = { CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)key_bytes, 16 },
				FLAG(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE trusting[] = { CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)key_bytes, 16 },
				    FLAG(CKA_WRAP_WITH_TRUSTED, yes) };

	start();
	key = env_import(CKK_AES, key_bytes, 16);
	refuse_wrap(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, &pkcs1, rsa_private, key);
	refuse_wrap(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, &pkcs1, ec_public, key);
	refuse_wrap(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, &pkcs1, key, key);
	refuse_wrap(CKR_WRAPPING_KEY_HANDLE_INVALID, &pkcs1, 0x7777, key);
	refuse_wrap(CKR_KEY_HANDLE_INVALID, &pkcs1, rsa_public, 0x7777);
	refuse_wrap(CKR_KEY_UNEXTRACTABLE, &pkcs1, rsa_public, rsa_private);
	env_rv(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, unwrap(rsa_public, &pkcs1, wrapped, 256, &key));
	env_rv(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, unwrap(env.key, &pkcs1, wrapped, 256, &key));
	env_rv(CKR_UNWRAPPING_KEY_HANDLE_INVALID, unwrap(0x7777, &pkcs1, wrapped, 256, &key));
	env_ok(env.f->C_CreateObject(env.session, kept, ENV_COUNT(kept), &key));
	refuse_wrap(CKR_KEY_UNEXTRACTABLE, &pkcs1, rsa_public, key);
	env_ok(env.f->C_CreateObject(env.session, trusting, ENV_COUNT(trusting), &key));
	refuse_wrap(CKR_KEY_NOT_WRAPPABLE, &pkcs1, rsa_public, key);
	env_stop();
}
END_TEST

START_TEST(a_removed_card_and_a_logout_end_unwrapping)
{
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	uint8_t wrapped[256];
	CK_OBJECT_HANDLE key = 0;

	start();
	encrypt_outside(NULL, NULL, 0, 16, wrapped);
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_UNWRAPPING_KEY_HANDLE_INVALID, unwrap(rsa_private, &pkcs1, wrapped, 256, &key));
	env_login();
	rsa_private = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	env_ok(unwrap(rsa_private, &pkcs1, wrapped, 256, &key));
	env_take_card();
	env_rv(CKR_DEVICE_REMOVED, unwrap(rsa_private, &pkcs1, wrapped, 256, &key));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_card_unwraps_what_openssl_encrypted);
	tcase_add_test(tc, an_unwrapped_key_has_the_length_and_type_of_its_template);
	tcase_add_test(tc, a_key_wrapped_to_the_cards_rsa_key_comes_back);
	tcase_add_test(tc, rsa_aes_key_wrap_goes_there_and_back);
	tcase_add_test(tc, ecdh_aes_key_wrap_goes_there_and_back);
	tcase_add_test(tc, parameters_are_checked_before_the_card);
	tcase_add_test(tc, the_two_step_mechanisms_check_their_parameters);
	tcase_add_test(tc, the_half_of_the_pair_the_type_and_the_use_are_checked);
	tcase_add_test(tc, a_removed_card_and_a_logout_end_unwrapping);
}

TEST_MAIN("pkcs11/wrap_card", add)
