/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that RSA keys of a card do but wrapping: signatures with every padding and hash, signatures that give their data
 * back, decryption; and what their public keys do. OpenSSL is the other side.
 */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

#define RSA_KEY 3 /* of the fake card */
#define BLOCK 256u

static CK_BYTE message[] = "a message of some length, to be signed in parts";
#define MESSAGE_LEN (sizeof(message) - 1)

static const struct hash {
	CK_MECHANISM_TYPE digest;
	CK_MECHANISM_TYPE pkcs1;
	CK_MECHANISM_TYPE pss;
	CK_RSA_PKCS_MGF_TYPE mgf;
	const char *name;
} hashes[] = {
	{ CKM_MD5, CKM_MD5_RSA_PKCS, 0, 0, "MD5" },
	{ CKM_SHA_1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKG_MGF1_SHA1, "SHA1" },
	{ CKM_SHA224, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKG_MGF1_SHA224, "SHA224" },
	{ CKM_SHA256, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKG_MGF1_SHA256, "SHA256" },
	{ CKM_SHA384, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKG_MGF1_SHA384, "SHA384" },
	{ CKM_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKG_MGF1_SHA512, "SHA512" },
	{ CKM_SHA3_224, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS, CKG_MGF1_SHA3_224, "SHA3-224" },
	{ CKM_SHA3_256, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS, CKG_MGF1_SHA3_256, "SHA3-256" },
	{ CKM_SHA3_384, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS, CKG_MGF1_SHA3_384, "SHA3-384" },
	{ CKM_SHA3_512, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS, CKG_MGF1_SHA3_512, "SHA3-512" },
};

static CK_OBJECT_HANDLE private;
static CK_OBJECT_HANDLE public;

static void find_keys(enum env_key id)
{
	private = env_find(env.session, CKO_PRIVATE_KEY, id);
	public = env_find(env.session, CKO_PUBLIC_KEY, id);
}

static void start(void)
{
	env_start_logged_in();
	find_keys(ENV_RSA);
}

/* The same with one more RSA key, which is the one that is used. */
#define EXTRA_KEY 7
static void start_with(const struct fake_key *key)
{
	env_card();
	ck_assert_uint_eq(fake_add_key(key), EXTRA_KEY - 1);
	ck_assert_uint_eq(C_Initialize(NULL), CKR_OK);
	ck_assert_uint_eq(C_GetFunctionList(&env.f), CKR_OK);
	env.session = env_session(0);
	env_login();
	find_keys(EXTRA_KEY);
}

/* ---- signatures ------------------------------------------------------------------------------------- */

static bool openssl_verifies(const struct hash *hash, bool pss, int salt_len, CK_BYTE *signature, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key = NULL;
	bool good;

	ck_assert_int_eq(EVP_DigestVerifyInit_ex(context, &key, hash->name, NULL, NULL, fake_pkey(RSA_KEY), NULL), 1);
	if (pss) {
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(key, salt_len), 1);
	}
	good = EVP_DigestVerify(context, signature, len, message, MESSAGE_LEN) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

/* In two parts; one card operation. */
static void sign_in_parts(CK_MECHANISM *mechanism, CK_BYTE signature[BLOCK])
{
	const unsigned long before = env_card_commands();
	CK_ULONG len = 0;

	env_ok(env.f->C_SignInit(env.session, mechanism, private));
	env_ok(env.f->C_SignUpdate(env.session, message, 10));
	env_ok(env.f->C_SignUpdate(env.session, message + 10, MESSAGE_LEN - 10));
	env_ok(env.f->C_SignFinal(env.session, NULL, &len));
	ck_assert_uint_eq(len, BLOCK);
	len = BLOCK - 1;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_SignFinal(env.session, signature, &len));
	ck_assert_uint_eq(env_card_commands(), before);
	env_ok(env.f->C_SignFinal(env.session, signature, &len));
	ck_assert_uint_eq(env_card_commands(), before + 1);
}

/* By the module itself, at once and in parts, and no other signature; no card command. */
static void check_verify(CK_MECHANISM *mechanism, CK_BYTE signature[BLOCK])
{
	const unsigned long before = env_card_commands();

	env_ok(env.f->C_VerifyInit(env.session, mechanism, public));
	env_ok(env.f->C_Verify(env.session, message, MESSAGE_LEN, signature, BLOCK));
	env_ok(env.f->C_VerifyInit(env.session, mechanism, public));
	env_ok(env.f->C_VerifyUpdate(env.session, message, MESSAGE_LEN));
	env_ok(env.f->C_VerifyFinal(env.session, signature, BLOCK));
	env_ok(C_VerifySignatureInit(env.session, mechanism, public, signature, BLOCK));
	env_ok(C_VerifySignature(env.session, message, MESSAGE_LEN));
	env_ok(env.f->C_VerifyInit(env.session, mechanism, public));
	env_rv(CKR_SIGNATURE_LEN_RANGE, env.f->C_Verify(env.session, message, MESSAGE_LEN, signature, BLOCK - 1));
	env_ok(env.f->C_VerifyInit(env.session, mechanism, public));
	env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, message, MESSAGE_LEN - 1, signature, BLOCK));
	signature[BLOCK / 2] ^= 1;
	env_ok(env.f->C_VerifyInit(env.session, mechanism, public));
	env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, message, MESSAGE_LEN, signature, BLOCK));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Verify(env.session, message, MESSAGE_LEN, signature, BLOCK));
	ck_assert_uint_eq(env_card_commands(), before);
}

START_TEST(each_hash_signs_with_pkcs1)
{
	CK_BYTE signature[BLOCK];

	start();
	for (size_t i = 0; i < ENV_COUNT(hashes); i++) {
		CK_MECHANISM mechanism = { hashes[i].pkcs1, NULL, 0 };

		sign_in_parts(&mechanism, signature);
		ck_assert(openssl_verifies(&hashes[i], false, 0, signature, BLOCK));
		check_verify(&mechanism, signature);
	}
	env_stop();
}
END_TEST

START_TEST(each_hash_signs_with_pss)
{
	CK_BYTE signature[BLOCK];

	start();
	for (size_t i = 1; i < ENV_COUNT(hashes); i++) {
		const int digest_len = EVP_MD_get_size(EVP_get_digestbyname(hashes[i].name));
		const int salts[] = { 0, digest_len, (int)BLOCK - digest_len - 2 };

		for (size_t j = 0; j < ENV_COUNT(salts); j++) {
			CK_RSA_PKCS_PSS_PARAMS params = { hashes[i].digest, hashes[i].mgf, (CK_ULONG)salts[j] };
			CK_MECHANISM mechanism = { hashes[i].pss, &params, sizeof(params) };

			sign_in_parts(&mechanism, signature);
			ck_assert(openssl_verifies(&hashes[i], true, salts[j], signature, BLOCK));
			check_verify(&mechanism, signature);
		}
	}
	env_stop();
}
END_TEST

START_TEST(pss_signs_a_digest_with_another_hash_for_the_mask)
{
	CK_RSA_PKCS_PSS_PARAMS params = { CKM_SHA256, CKG_MGF1_SHA1, 20 };
	CK_MECHANISM mechanism = { CKM_RSA_PKCS_PSS, &params, sizeof(params) };
	EVP_PKEY_CTX *context;
	CK_BYTE signature[BLOCK];
	CK_ULONG len = sizeof(signature);

	start();
	context = EVP_PKEY_CTX_new_from_pkey(NULL, fake_pkey(RSA_KEY), NULL);
	env_ok(env.f->C_SignInit(env.session, &mechanism, private));
	env_ok(env.f->C_Sign(env.session, message, 32, signature, &len));
	ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 20), 1);
	ck_assert_int_eq(EVP_PKEY_verify(context, signature, len, message, 32), 1);
	EVP_PKEY_CTX_free(context);
	env_ok(env.f->C_VerifyInit(env.session, &mechanism, public));
	env_ok(env.f->C_Verify(env.session, message, 32, signature, len));
	env_ok(env.f->C_VerifyInit(env.session, &mechanism, public));
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Verify(env.session, message, 31, signature, len));
	params.sLen = 21;
	env_ok(env.f->C_VerifyInit(env.session, &mechanism, public));
	env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, message, 32, signature, len));
	env_ok(env.f->C_SignInit(env.session, &mechanism, private));
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Sign(env.session, message, 20, signature, &len));
	env_stop();
}
END_TEST

START_TEST(parameters_of_pss_are_checked)
{
	static const struct {
		CK_MECHANISM_TYPE mechanism;
		CK_RSA_PKCS_PSS_PARAMS params;
		CK_ULONG len;
	} wrong[] = {
		{ CKM_RSA_PKCS_PSS, { CKM_SHA256, CKG_MGF1_SHA256, 32 }, 0 },
		{ CKM_RSA_PKCS_PSS, { CKM_SHA256, CKG_MGF1_SHA256, 32 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) - 1 },
		{ CKM_RSA_PKCS_PSS, { CKM_SHA256, CKG_MGF1_SHA256, 32 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) + 1 },
		{ CKM_RSA_PKCS_PSS, { CKM_RSA_PKCS, CKG_MGF1_SHA256, 32 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) },
		{ CKM_RSA_PKCS_PSS, { CKM_SHA256, 0, 32 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) },
		{ CKM_RSA_PKCS_PSS, { CKM_SHA256, CKG_MGF1_SHA256, BLOCK - 33 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) },
		{ CKM_RSA_PKCS_PSS, { CKM_SHA256, CKG_MGF1_SHA256, (CK_ULONG)-1 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) },
		{ CKM_SHA256_RSA_PKCS_PSS, { CKM_SHA_1, CKG_MGF1_SHA1, 20 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) },
		{ CKM_SHA256_RSA_PKCS, { CKM_SHA256, CKG_MGF1_SHA256, 32 }, sizeof(CK_RSA_PKCS_PSS_PARAMS) },
	};

	start();
	for (size_t i = 0; i < ENV_COUNT(wrong); i++) {
		CK_BYTE bytes[sizeof(CK_RSA_PKCS_PSS_PARAMS) + 1] = { 0 };
		CK_MECHANISM mechanism = { wrong[i].mechanism, bytes, wrong[i].len };

		memcpy(bytes, &wrong[i].params, sizeof(wrong[i].params));
		env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &mechanism, private));
		env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_VerifyInit(env.session, &mechanism, public));
		mechanism.pParameter = NULL;
		mechanism.ulParameterLen = sizeof(CK_RSA_PKCS_PSS_PARAMS);
		env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &mechanism, private));
	}
	env_stop();
}
END_TEST

START_TEST(verifying_refuses_precisely)
{
	CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BYTE signature[BLOCK] = { 0 };

	start();
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_VerifyInit(env.session, &rsa, private));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_VerifyInit(env.session, &ecdsa, public));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_VerifyInit(env.session, &rsa, 4711));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, C_VerifyRecoverInit(env.session, &rsa, public));
	env_rv(CKR_MECHANISM_INVALID, C_VerifyRecoverInit(env.session, &ecdsa, public));
	env_ok(env.f->C_VerifyInit(env.session, &rsa, public));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_VerifyInit(env.session, &rsa, public));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, env.f->C_VerifyUpdate(env.session, message, 3));
	env_ok(env.f->C_VerifyInit(env.session, &rsa, public));
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Verify(env.session, signature, BLOCK - 10, signature, BLOCK));
	env_ok(env.f->C_VerifyInit(env.session, &rsa, public));
	memset(signature, 0xFF, sizeof(signature)); /* no smaller number than the modulus */
	env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, message, 32, signature, BLOCK));
	env_stop();
}
END_TEST

START_TEST(raw_rsa_takes_numbers_smaller_than_the_modulus)
{
	CK_MECHANISM raw = { CKM_RSA_X_509, NULL, 0 };
	CK_BYTE signature[BLOCK];
	CK_BYTE opened[BLOCK];
	CK_BYTE large[BLOCK + 1];
	CK_ULONG len = sizeof(signature);

	start();
	env_ok(env.f->C_SignInit(env.session, &raw, private));
	env_ok(env.f->C_Sign(env.session, message, 32, signature, &len));
	ck_assert_uint_eq(len, BLOCK);
	env_ok(env.f->C_VerifyInit(env.session, &raw, public));
	env_ok(env.f->C_Verify(env.session, message, 32, signature, len));
	/* what the public key makes of it is the data behind zeros, and the private key makes the signature of that */
	env_ok(env.f->C_EncryptInit(env.session, &raw, public));
	env_ok(env.f->C_Encrypt(env.session, signature, len, opened, &len));
	for (size_t i = 0; i < BLOCK - 32; i++)
		ck_assert_uint_eq(opened[i], 0);
	ck_assert_mem_eq(opened + BLOCK - 32, message, 32);
	env_ok(env.f->C_DecryptInit(env.session, &raw, private));
	env_ok(env.f->C_Decrypt(env.session, opened, len, opened, &len));
	ck_assert_mem_eq(opened, signature, BLOCK);
	memset(large, 0xFF, sizeof(large));
	env_ok(env.f->C_SignInit(env.session, &raw, private));
	env_rv(CKR_DATA_INVALID, env.f->C_Sign(env.session, large, BLOCK, signature, &len));
	env_ok(env.f->C_SignInit(env.session, &raw, private));
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Sign(env.session, large, BLOCK + 1, signature, &len));
	env_ok(env.f->C_EncryptInit(env.session, &raw, public));
	env_rv(CKR_DATA_INVALID, env.f->C_Encrypt(env.session, large, BLOCK, signature, &len));
	env_ok(env.f->C_EncryptInit(env.session, &raw, public));
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Encrypt(env.session, large, BLOCK + 1, signature, &len));
	env_stop();
}
END_TEST

static const struct fake_key recovers = {
	.type = CRD_KEY_RSA, .usage = CRD_USE_SIGN_RECOVER, .no_certificate = true
};

START_TEST(a_signature_gives_its_data_back)
{
	CK_MECHANISM mechanisms[] = { { CKM_RSA_PKCS, NULL, 0 }, { CKM_RSA_X_509, NULL, 0 } };
	CK_BYTE signature[BLOCK];
	CK_BYTE data[BLOCK];
	CK_ULONG len;

	start_with(&recovers);
	ck_assert(env_flag(private, CKA_SIGN_RECOVER) && env_flag(public, CKA_VERIFY_RECOVER));
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++) {
		const size_t expected = i == 0 ? 40 : BLOCK;
		const unsigned long before = env_card_commands();

		env_rv(CKR_OPERATION_NOT_INITIALIZED, C_SignRecover(env.session, message, 40, signature, &len));
		env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_SignInit(env.session, &mechanisms[i], private));
		env_ok(C_SignRecoverInit(env.session, &mechanisms[i], private));
		env_ok(C_SignRecover(env.session, message, 40, NULL, &len));
		ck_assert_uint_eq(len, BLOCK);
		ck_assert_uint_eq(env_card_commands(), before);
		env_ok(C_SignRecover(env.session, message, 40, signature, &len));
		ck_assert_uint_eq(env_card_commands(), before + 1);
		env_ok(C_VerifyRecoverInit(env.session, &mechanisms[i], public));
		env_ok(C_VerifyRecover(env.session, signature, BLOCK, NULL, &len));
		ck_assert_uint_eq(len, BLOCK);
		len = 39;
		env_rv(CKR_BUFFER_TOO_SMALL, C_VerifyRecover(env.session, signature, BLOCK, data, &len));
		ck_assert_uint_eq(len, expected);
		env_ok(C_VerifyRecover(env.session, signature, BLOCK, data, &len));
		ck_assert_uint_eq(len, expected);
		ck_assert_mem_eq(data + len - 40, message, 40);
		env_rv(CKR_OPERATION_NOT_INITIALIZED, C_VerifyRecover(env.session, signature, BLOCK, data, &len));
		env_ok(C_VerifyRecoverInit(env.session, &mechanisms[i], public));
		env_rv(CKR_SIGNATURE_LEN_RANGE, C_VerifyRecover(env.session, signature, BLOCK - 1, data, &len));
	}
	memset(signature, 1, sizeof(signature));
	len = sizeof(data);
	env_ok(C_VerifyRecoverInit(env.session, &mechanisms[0], public));
	env_rv(CKR_SIGNATURE_INVALID, C_VerifyRecover(env.session, signature, BLOCK, data, &len));
	env_stop();
}
END_TEST

/* ---- encryption ------------------------------------------------------------------------------------- */

static CK_BYTE label[] = "label";
static CK_RSA_PKCS_OAEP_PARAMS oaep_sha1 = { CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 };
static CK_RSA_PKCS_OAEP_PARAMS oaep_label = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, label, 5 };
static CK_RSA_PKCS_OAEP_PARAMS oaep_mixed = { CKM_SHA512, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 0 };

static struct {
	CK_MECHANISM mechanism;
	int padding;
	const char *hash;
	const char *mgf;
	size_t label_len;
	size_t most;
} cases[] = {
	{ { CKM_RSA_PKCS, NULL, 0 }, RSA_PKCS1_PADDING, NULL, NULL, 0, BLOCK - 11 },
	{ { CKM_RSA_PKCS_OAEP, &oaep_sha1, sizeof(oaep_sha1) }, RSA_PKCS1_OAEP_PADDING, "SHA1", "SHA1", 0, BLOCK - 42 },
	{ { CKM_RSA_PKCS_OAEP, &oaep_label, sizeof(oaep_label) }, RSA_PKCS1_OAEP_PADDING, "SHA256", "SHA256", 5,
	  BLOCK - 66 },
	{ { CKM_RSA_PKCS_OAEP, &oaep_mixed, sizeof(oaep_mixed) }, RSA_PKCS1_OAEP_PADDING, "SHA512", "SHA1", 0,
	  BLOCK - 130 },
};

static EVP_PKEY_CTX *outside(size_t i, bool encrypt)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, fake_pkey(RSA_KEY), NULL);

	ck_assert_int_eq(encrypt ? EVP_PKEY_encrypt_init(context) : EVP_PKEY_decrypt_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, cases[i].padding), 1);
	if (cases[i].hash != NULL) {
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md_name(context, cases[i].hash, NULL), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, cases[i].mgf, NULL), 1);
	}
	if (cases[i].label_len != 0)
		ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_memdup(label, cases[i].label_len),
								  (int)cases[i].label_len), 1);
	return context;
}

static void encrypt_outside(size_t i, const CK_BYTE *data, size_t len, CK_BYTE encrypted[BLOCK])
{
	EVP_PKEY_CTX *context = outside(i, true);
	size_t encrypted_len = BLOCK;

	ck_assert_int_eq(EVP_PKEY_encrypt(context, encrypted, &encrypted_len, data, len), 1);
	EVP_PKEY_CTX_free(context);
}

START_TEST(what_openssl_encrypts_the_card_decrypts)
{
	static const size_t lens[] = { 0, 1, 47 };
	CK_BYTE encrypted[BLOCK];
	CK_BYTE data[BLOCK];

	start();
	for (size_t i = 0; i < ENV_COUNT(cases); i++) {
		for (size_t j = 0; j < ENV_COUNT(lens); j++) {
			const unsigned long before = env_card_commands();
			CK_ULONG len = 0;

			encrypt_outside(i, message, lens[j], encrypted);
			env_ok(env.f->C_DecryptInit(env.session, &cases[i].mechanism, private));
			env_ok(env.f->C_Decrypt(env.session, encrypted, BLOCK, NULL, &len));
			ck_assert_uint_eq(len, cases[i].most);
			ck_assert_uint_eq(env_card_commands(), before);
			env_ok(env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
			ck_assert_uint_eq(len, lens[j]);
			ck_assert_mem_eq(data, message, len);
			ck_assert_uint_eq(env_card_commands(), before + 1);
			env_rv(CKR_OPERATION_NOT_INITIALIZED,
			       env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
		}
	}
	env_stop();
}
END_TEST

START_TEST(what_a_public_key_encrypts_openssl_decrypts)
{
	CK_BYTE encrypted[BLOCK];
	CK_BYTE data[BLOCK] = { 1, 2, 3 };
	CK_BYTE back[BLOCK];

	start();
	for (size_t i = 0; i < ENV_COUNT(cases); i++) {
		const unsigned long before = env_card_commands();
		EVP_PKEY_CTX *context = outside(i, false);
		size_t back_len = sizeof(back);
		CK_ULONG len = 0;

		env_ok(env.f->C_EncryptInit(env.session, &cases[i].mechanism, public));
		env_ok(env.f->C_Encrypt(env.session, data, cases[i].most, NULL, &len));
		ck_assert_uint_eq(len, BLOCK);
		len = BLOCK - 1;
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Encrypt(env.session, data, cases[i].most, encrypted, &len));
		env_ok(env.f->C_Encrypt(env.session, data, cases[i].most, encrypted, &len));
		ck_assert_int_eq(EVP_PKEY_decrypt(context, back, &back_len, encrypted, len), 1);
		ck_assert_uint_eq(back_len, cases[i].most);
		ck_assert_mem_eq(back, data, back_len);
		EVP_PKEY_CTX_free(context);
		env_ok(env.f->C_EncryptInit(env.session, &cases[i].mechanism, public));
		env_rv(CKR_DATA_LEN_RANGE,
		       env.f->C_Encrypt(env.session, data, cases[i].most + 1, encrypted, &len));
		ck_assert_uint_eq(env_card_commands(), before);
	}
	env_stop();
}
END_TEST

START_TEST(too_little_room_costs_one_card_command_and_no_second)
{
	CK_BYTE encrypted[BLOCK];
	CK_BYTE data[BLOCK];
	unsigned long before;
	CK_ULONG len = 3;

	start();
	encrypt_outside(0, message, 16, encrypted);
	before = env_card_commands();
	env_ok(env.f->C_DecryptInit(env.session, &cases[0].mechanism, private));
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	ck_assert_uint_eq(len, 16);
	env_ok(env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	ck_assert_mem_eq(data, message, 16);
	ck_assert_uint_eq(env_card_commands(), before + 1);
	/* other data is other work */
	env_ok(env.f->C_DecryptInit(env.session, &cases[0].mechanism, private));
	len = 3;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	encrypt_outside(0, message + 1, 16, encrypted);
	env_ok(env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	ck_assert_mem_eq(data, message + 1, 16);
	ck_assert_uint_eq(env_card_commands(), before + 3);
	env_stop();
}
END_TEST

START_TEST(decryption_refuses_precisely)
{
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	CK_MECHANISM with_param = { CKM_RSA_PKCS, label, 5 };
	CK_MECHANISM pss = { CKM_RSA_PKCS_PSS, NULL, 0 };
	CK_RSA_PKCS_OAEP_PARAMS wrong_source = { CKM_SHA_1, CKG_MGF1_SHA1, 2, NULL, 0 };
	CK_RSA_PKCS_OAEP_PARAMS no_label = { CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, NULL, 5 };
	CK_MECHANISM oaep = { CKM_RSA_PKCS_OAEP, &wrong_source, sizeof(wrong_source) };
	CK_BYTE encrypted[BLOCK];
	CK_BYTE data[BLOCK];
	CK_ULONG len = sizeof(data);
	unsigned long before;

	start();
	before = env_card_commands();
	env_rv(CKR_MECHANISM_INVALID, env.f->C_DecryptInit(env.session, &pss, private));
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_DecryptInit(env.session, &with_param, private));
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_DecryptInit(env.session, &oaep, private));
	oaep.pParameter = &no_label;
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_EncryptInit(env.session, &oaep, public));
	oaep.ulParameterLen = 0;
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_DecryptInit(env.session, &oaep, private));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_DecryptInit(env.session, &pkcs1, public));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_DecryptInit(env.session, &pkcs1, env.key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_EncryptInit(env.session, &pkcs1, private));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_DecryptInit(env.session, &pkcs1, 4711));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_DecryptInit(env.session, &pkcs1, private));
	env_rv(CKR_ENCRYPTED_DATA_LEN_RANGE, env.f->C_Decrypt(env.session, encrypted, BLOCK - 1, data, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, env.f->C_DecryptUpdate(env.session, encrypted, BLOCK, data, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, env.f->C_DecryptFinal(env.session, data, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DecryptFinal(env.session, data, &len));
	env_ok(env.f->C_EncryptInit(env.session, &pkcs1, public));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, env.f->C_EncryptUpdate(env.session, data, 1, encrypted, &len));
	ck_assert_uint_eq(env_card_commands(), before);
	encrypt_outside(1, message, 16, encrypted);
	env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
	len = sizeof(data);
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	env_ok(env.f->C_DecryptInit(env.session, &cases[2].mechanism, private));
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	env_stop();
}
END_TEST

static const struct fake_key asks = {
	.type = CRD_KEY_RSA, .usage = CRD_USE_DECRYPT, .no_certificate = true, .always_authenticate = true
};

START_TEST(a_key_that_always_asks_decrypts_once_for_each_pin)
{
	CK_UTF8CHAR pin[] = ENV_PIN;
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	CK_BYTE encrypted[BLOCK];
	CK_BYTE data[BLOCK];

	start_with(&asks);
	encrypt_outside(0, message, 16, encrypted);
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_SignInit(env.session, &pkcs1, private));
	for (int i = 0; i < 2; i++) {
		CK_ULONG len = sizeof(data);

		env_rv(CKR_OPERATION_NOT_INITIALIZED,
		       env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, pin, strlen(ENV_PIN)));
		env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
		env_ok(env.f->C_Login(env.session, CKU_CONTEXT_SPECIFIC, pin, strlen(ENV_PIN)));
		env_ok(env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
		ck_assert_mem_eq(data, message, 16);
		env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
		len = sizeof(data);
		env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Decrypt(env.session, encrypted, BLOCK, data, &len));
	}
	env_stop();
}
END_TEST

/* ---- what a card says it can ------------------------------------------------------------------------ */

static CK_FLAGS flags_of(CK_MECHANISM_TYPE mechanism)
{
	CK_MECHANISM_INFO info = { .flags = 0 };
	const CK_RV rv = env.f->C_GetMechanismInfo(env.slot, mechanism, &info);

	ck_assert(rv == CKR_OK || rv == CKR_MECHANISM_INVALID);
	return info.flags;
}

static void start_with_only(const struct fake_key *key)
{
	fake_reset();
	(void)fake_add_pin("PIN", ENV_PIN, 3, false);
	(void)fake_add_key(key);
	ck_assert_uint_eq(C_Initialize(NULL), CKR_OK);
	ck_assert_uint_eq(C_GetFunctionList(&env.f), CKR_OK);
	env.session = env_session(0);
	ck_assert_uint_eq(C_Login(env.session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)ENV_PIN, strlen(ENV_PIN)), CKR_OK);
	find_keys((enum env_key)1);
}

START_TEST(mechanisms_show_what_the_keys_may_do)
{
	start();
	ck_assert_uint_eq(flags_of(CKM_RSA_PKCS), CKF_HW | CKF_SIGN | CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_ENCRYPT |
							  CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP);
	ck_assert_uint_eq(flags_of(CKM_RSA_X_509),
			  CKF_HW | CKF_SIGN | CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_ENCRYPT | CKF_DECRYPT);
	ck_assert_uint_eq(flags_of(CKM_SHA256_RSA_PKCS_PSS), CKF_HW | CKF_SIGN | CKF_VERIFY);
	ck_assert_uint_eq(flags_of(CKM_EDDSA), 0);
	env_stop();
}
END_TEST

START_TEST(a_card_that_pads_does_nothing_without_its_padding)
{
	static const struct fake_key pads = {
		.type = CRD_KEY_RSA, .usage = CRD_USE_SIGN | CRD_USE_DECRYPT | CRD_USE_UNWRAP, .pads = true
	};
	CK_RSA_PKCS_PSS_PARAMS params = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
	CK_MECHANISM pss = { CKM_SHA256_RSA_PKCS_PSS, &params, sizeof(params) };
	CK_MECHANISM raw = { CKM_RSA_X_509, NULL, 0 };
	CK_MECHANISM pkcs1 = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_MECHANISM_TYPE allowed[64];
	CK_BYTE signature[BLOCK];
	size_t len;

	start_with_only(&pads);
	ck_assert_uint_eq(flags_of(CKM_SHA256_RSA_PKCS_PSS), CKF_VERIFY);
	ck_assert_uint_eq(flags_of(CKM_RSA_X_509), CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_ENCRYPT);
	ck_assert_uint_eq(flags_of(CKM_RSA_PKCS_OAEP), CKF_ENCRYPT | CKF_WRAP);
	ck_assert_uint_eq(flags_of(CKM_RSA_AES_KEY_WRAP), CKF_WRAP);
	ck_assert_uint_eq(flags_of(CKM_SHA256_RSA_PKCS), CKF_HW | CKF_SIGN | CKF_VERIFY);
	env_rv(CKR_MECHANISM_INVALID, env.f->C_SignInit(env.session, &pss, private));
	env_rv(CKR_MECHANISM_INVALID, env.f->C_SignInit(env.session, &raw, private));
	env_rv(CKR_MECHANISM_INVALID, env.f->C_DecryptInit(env.session, &cases[1].mechanism, private));
	len = env_attribute(private, CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)) / sizeof(allowed[0]);
	for (size_t i = 0; i < len; i++)
		ck_assert(allowed[i] != CKM_RSA_X_509 && allowed[i] != CKM_RSA_PKCS_OAEP &&
			  allowed[i] != CKM_RSA_PKCS_PSS);
	sign_in_parts(&pkcs1, signature);
	check_verify(&pkcs1, signature);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_hash_signs_with_pkcs1);
	tcase_add_test(tc, each_hash_signs_with_pss);
	tcase_add_test(tc, pss_signs_a_digest_with_another_hash_for_the_mask);
	tcase_add_test(tc, parameters_of_pss_are_checked);
	tcase_add_test(tc, verifying_refuses_precisely);
	tcase_add_test(tc, raw_rsa_takes_numbers_smaller_than_the_modulus);
	tcase_add_test(tc, a_signature_gives_its_data_back);
	tcase_add_test(tc, what_openssl_encrypts_the_card_decrypts);
	tcase_add_test(tc, what_a_public_key_encrypts_openssl_decrypts);
	tcase_add_test(tc, too_little_room_costs_one_card_command_and_no_second);
	tcase_add_test(tc, decryption_refuses_precisely);
	tcase_add_test(tc, a_key_that_always_asks_decrypts_once_for_each_pin);
	tcase_add_test(tc, mechanisms_show_what_the_keys_may_do);
	tcase_add_test(tc, a_card_that_pads_does_nothing_without_its_padding);
}

TEST_MAIN("pkcs11/rsa", add)
