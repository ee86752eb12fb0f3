/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole key schedules from the card's agreement down to traffic, with every secret sensitive and unextractable: what is
 * right is seen by use alone, against OpenSSL on the other side; and the card is asked for the agreement and no more.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }
#define STRICT FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no)
#define MECHANISM(type, params) { type, &(params), sizeof(params) }

#define MASTER_LEN 48
#define MAC_LEN 32
#define KEY_LEN 16
#define IV_LEN 16
#define GCM_IV_LEN 12
#define TAG_LEN 16
#define BLOCK_LEN (2 * (MAC_LEN + KEY_LEN + IV_LEN))
#define TEXT_LEN 64

static CK_BYTE client_random[32] = "the client's random, 32 bytes..";
static CK_BYTE server_random[32] = "the server's random, 32 bytes..";
static CK_BYTE text[TEXT_LEN] = "what the client says to the server, in whole blocks of sixteen!";

static CK_RV derive(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *templ, CK_ULONG count,
		    CK_OBJECT_HANDLE *key)
{
	return env.f->C_DeriveKey(env.session, mechanism, base, templ, count, key);
}

/* A secret that nobody reads, and that has never been anything else. */
static void expect_secret(CK_OBJECT_HANDLE key)
{
	CK_BYTE value[256];
	CK_ATTRIBUTE attribute = { CKA_VALUE, value, sizeof(value) };

	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
	ck_assert_uint_eq(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert(env_flag(key, CKA_SENSITIVE) && !env_flag(key, CKA_EXTRACTABLE));
	ck_assert(env_flag(key, CKA_ALWAYS_SENSITIVE) && env_flag(key, CKA_NEVER_EXTRACTABLE));
}

/* The pre-master secret: one operation of the card, and the last one. */
static CK_OBJECT_HANDLE agree(const struct env_peer *with)
{
	CK_ATTRIBUTE templ[] = { TYPE(generic), STRICT };
	const unsigned long before = env_card_operations();
	CK_OBJECT_HANDLE key = 0;

	env_ok(env_derive(with, CKD_NULL, NULL, 0, templ, ENV_COUNT(templ), &key));
	ck_assert_uint_eq(env_card_operations(), before + 1);
	expect_secret(key);
	return key;
}

/* ---- the other side, by OpenSSL ----------------------------------------------------------------------- */

static void aes_cbc(bool encrypt, const uint8_t *key, const uint8_t *iv, const uint8_t *in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	ck_assert_int_eq(EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(ctx, 0), 1);
	ck_assert_int_eq(EVP_CipherUpdate(ctx, out, &len, in, TEXT_LEN), 1);
	ck_assert_int_eq(len, TEXT_LEN);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* data || tag */
static void aes_gcm(const uint8_t *key, const uint8_t *iv, const uint8_t *in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	ck_assert_int_eq(EVP_EncryptInit_ex2(ctx, cipher, key, iv, NULL), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &len, in, TEXT_LEN), 1);
	ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, out + TEXT_LEN, &len), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, out + TEXT_LEN), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

static void prf(const uint8_t *secret, size_t secret_len, const char *label, const void *seed, size_t seed_len,
		uint8_t *out, size_t out_len)
{
	const struct env_prf request = { "SHA2-256", secret, secret_len, label, seed, seed_len };

	env_tls_prf(&request, out, out_len);
}

static void hkdf(const struct env_peer *with, const void *salt, size_t salt_len, const void *info, size_t info_len,
		 uint8_t *out, size_t out_len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)"SHA2-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)with->z, with->z_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, salt_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info, info_len),
		OSSL_PARAM_END,
	};

	ck_assert_int_eq(EVP_KDF_derive(ctx, out, out_len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

/* ---- what the keys are seen by ------------------------------------------------------------------------ */

/* Both directions: what one side encrypts the other reads. */
static void expect_cipher(CK_OBJECT_HANDLE key, const uint8_t *value, CK_BYTE *iv)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, IV_LEN };
	CK_BYTE got[TEXT_LEN];
	CK_ULONG len = sizeof(got);
	uint8_t expected[TEXT_LEN];

	aes_cbc(true, value, iv, text, expected);
	env_ok(env.f->C_EncryptInit(env.session, &cbc, key));
	env_ok(env.f->C_Encrypt(env.session, text, TEXT_LEN, got, &len));
	ck_assert_uint_eq(len, TEXT_LEN);
	ck_assert_mem_eq(got, expected, TEXT_LEN);
	env_ok(env.f->C_DecryptInit(env.session, &cbc, key));
	env_ok(env.f->C_Decrypt(env.session, expected, TEXT_LEN, got, &len));
	ck_assert_mem_eq(got, text, TEXT_LEN);
}

/* The same with AES-GCM: data and tag are what OpenSSL makes of them, and come back. */
static void expect_gcm(CK_OBJECT_HANDLE key, const uint8_t *value, CK_BYTE *iv)
{
	CK_GCM_PARAMS params = { .pIv = iv, .ulIvLen = GCM_IV_LEN, .ulIvBits = 8 * GCM_IV_LEN, .ulTagBits = 8 * TAG_LEN };
	CK_MECHANISM gcm = MECHANISM(CKM_AES_GCM, params);
	CK_BYTE got[TEXT_LEN + TAG_LEN];
	CK_ULONG len = sizeof(got);
	uint8_t expected[TEXT_LEN + TAG_LEN];

	aes_gcm(value, iv, text, expected);
	env_ok(env.f->C_EncryptInit(env.session, &gcm, key));
	env_ok(env.f->C_Encrypt(env.session, text, TEXT_LEN, got, &len));
	ck_assert_uint_eq(len, sizeof(expected));
	ck_assert_mem_eq(got, expected, sizeof(expected));
	env_ok(env.f->C_DecryptInit(env.session, &gcm, key));
	env_ok(env.f->C_Decrypt(env.session, expected, sizeof(expected), got, &len));
	ck_assert_uint_eq(len, TEXT_LEN);
	ck_assert_mem_eq(got, text, TEXT_LEN);
}

static void expect_mac(CK_OBJECT_HANDLE key, const uint8_t *value)
{
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_BYTE got[32];
	CK_ULONG len = sizeof(got);
	uint8_t expected[32];

	ck_assert_ptr_nonnull(HMAC(EVP_sha256(), value, MAC_LEN, text, TEXT_LEN, expected, NULL));
	env_ok(env.f->C_SignInit(env.session, &hmac, key));
	env_ok(env.f->C_Sign(env.session, text, TEXT_LEN, got, &len));
	ck_assert_uint_eq(len, 32);
	ck_assert_mem_eq(got, expected, 32);
	env_ok(env.f->C_VerifyInit(env.session, &hmac, key));
	env_ok(env.f->C_Verify(env.session, text, TEXT_LEN, expected, 32));
}

/* The "finished" message of a side: 1 the server, 2 the client. */
static void expect_finished(CK_OBJECT_HANDLE key, const uint8_t *master, CK_ULONG side)
{
	struct {
		CK_MECHANISM_TYPE hash;
		CK_ULONG len;
		CK_ULONG side;
	} params = { CKM_SHA256, 12, side };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_MAC, params);
	CK_BYTE handshake[32];
	CK_BYTE got[12];
	CK_ULONG len = sizeof(got);
	uint8_t expected[12];

	memset(handshake, 0x61, sizeof(handshake));
	prf(master, MASTER_LEN, side == 1 ? "server finished" : "client finished", handshake, sizeof(handshake),
	    expected, sizeof(expected));
	env_ok(env.f->C_SignInit(env.session, &mechanism, key));
	env_ok(env.f->C_Sign(env.session, handshake, sizeof(handshake), got, &len));
	ck_assert_uint_eq(len, 12);
	ck_assert_mem_eq(got, expected, 12);
}

/* An exporter's key, which is as secret as the master secret. */
static void expect_export(CK_OBJECT_HANDLE key, const uint8_t *master)
{
	static CK_ULONG key_len = KEY_LEN;
	CK_BYTE label[] = "EXPORTER-chain";
	CKI_TLS_KDF_PARAMS params = {
		CKM_SHA256, label, sizeof(label) - 1, { client_random, 32, server_random, 32 }, NULL, 0,
	};
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_KDF, params);
	CK_ATTRIBUTE templ[] = { TYPE(aes), LEN(key_len) };
	CK_BYTE iv[IV_LEN] = { 0 };
	CK_OBJECT_HANDLE exported = 0;
	uint8_t seed[64];
	uint8_t expected[KEY_LEN];

	memcpy(seed, client_random, 32);
	memcpy(seed + 32, server_random, 32);
	prf(master, MASTER_LEN, "EXPORTER-chain", seed, sizeof(seed), expected, sizeof(expected));
	env_ok(derive(&mechanism, key, templ, ENV_COUNT(templ), &exported));
	expect_secret(exported);
	expect_cipher(exported, expected, iv);
}

static void expect_block(CK_OBJECT_HANDLE master_key, const uint8_t *master)
{
	CK_BYTE iv_client[IV_LEN];
	CK_BYTE iv_server[IV_LEN];
	CKI_SSL3_KEY_MAT_OUT out = { .pIVClient = iv_client, .pIVServer = iv_server };
	CKI_TLS12_KEY_MAT_PARAMS params = {
		8 * MAC_LEN, 8 * KEY_LEN, 8 * IV_LEN, CK_FALSE, { client_random, 32, server_random, 32 }, &out,
		CKM_SHA256,
	};
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_KEY_AND_MAC_DERIVE, params);
	CK_ATTRIBUTE templ[] = { TYPE(aes) };
	uint8_t seed[64];
	uint8_t block[BLOCK_LEN];

	memcpy(seed, server_random, 32);
	memcpy(seed + 32, client_random, 32);
	prf(master, MASTER_LEN, "key expansion", seed, sizeof(seed), block, sizeof(block));
	env_ok(derive(&mechanism, master_key, templ, ENV_COUNT(templ), NULL));
	for (size_t i = 0; i < 4; i++)
		expect_secret((&out.hClientMacSecret)[i]);
	ck_assert_mem_eq(iv_client, block + 2 * (MAC_LEN + KEY_LEN), IV_LEN);
	ck_assert_mem_eq(iv_server, block + 2 * (MAC_LEN + KEY_LEN) + IV_LEN, IV_LEN);
	expect_mac(out.hClientMacSecret, block);
	expect_mac(out.hServerMacSecret, block + MAC_LEN);
	expect_cipher(out.hClientKey, block + 2 * MAC_LEN, iv_client);
	expect_cipher(out.hServerKey, block + 2 * MAC_LEN + KEY_LEN, iv_server);
}

/* From the master secret down. */
static void expect_schedule(CK_OBJECT_HANDLE master_key, const uint8_t *master)
{
	expect_secret(master_key);
	expect_finished(master_key, master, 1);
	expect_finished(master_key, master, 2);
	expect_export(master_key, master);
	expect_block(master_key, master);
}

/* ---- the chains --------------------------------------------------------------------------------------- */

static struct env_peer peer;

static void start(void)
{
	env_start_logged_in();
	env_peer_make(&peer, ENV_P256, "P-256");
}

static void stop(void)
{
	env_peer_free(&peer);
	env_stop();
}

/* From an agreement to traffic, by a derivation of a master secret; away: the card is gone after the agreement. */
static void expect_tls(CK_MECHANISM *mechanism, const uint8_t *master, bool away)
{
	CK_ATTRIBUTE templ[] = { STRICT };
	const CK_OBJECT_HANDLE pre_master = agree(&peer);
	const unsigned long before = env_card_commands();
	CK_OBJECT_HANDLE key = 0;

	if (away)
		env_take_card();
	env_ok(derive(mechanism, pre_master, templ, ENV_COUNT(templ), &key));
	expect_schedule(key, master);
	ck_assert_uint_eq(env_card_commands(), before);
}

static void expect_tls12(bool away)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { { client_random, 32, server_random, 32 }, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE_DH, params);
	uint8_t seed[64];
	uint8_t master[MASTER_LEN];

	memcpy(seed, client_random, 32);
	memcpy(seed + 32, server_random, 32);
	prf(peer.z, peer.z_len, "master secret", seed, sizeof(seed), master, sizeof(master));
	expect_tls(&mechanism, master, away);
}

START_TEST(tls12_from_the_card_to_traffic)
{
	start();
	expect_tls12(false);
	stop();
}
END_TEST

/* There is nothing to ask it for. */
START_TEST(what_follows_an_agreement_does_not_wait_for_the_card)
{
	start();
	expect_tls12(true);
	stop();
}
END_TEST

START_TEST(tls12_with_the_extended_master_secret_from_the_card_to_traffic)
{
	CK_BYTE session_hash[32] = "the hash of the handshake so far";
	CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS params = { CKM_SHA256, session_hash, 32, NULL };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, params);
	uint8_t master[MASTER_LEN];

	start();
	prf(peer.z, peer.z_len, "extended master secret", session_hash, 32, master, sizeof(master));
	expect_tls(&mechanism, master, false);
	stop();
}
END_TEST

START_TEST(hkdf_from_the_card_to_a_cipher)
{
	static CK_ULONG key_len = KEY_LEN;
	CK_BYTE salt[] = "salt";
	CK_BYTE info[] = "info";
	CKI_HKDF_PARAMS params = {
		.bExtract = CK_TRUE, .bExpand = CK_TRUE, .prfHashMechanism = CKM_SHA256,
		.ulSaltType = CKF_HKDF_SALT_DATA, .pSalt = salt, .ulSaltLen = 4, .pInfo = info, .ulInfoLen = 4,
	};
	CK_MECHANISM mechanism = MECHANISM(CKM_HKDF_DERIVE, params);
	CK_ATTRIBUTE templ[] = { TYPE(aes), LEN(key_len), STRICT };
	CK_BYTE iv[IV_LEN] = "initial value..";
	CK_OBJECT_HANDLE agreed;
	CK_OBJECT_HANDLE key = 0;
	unsigned long before;
	uint8_t expected[KEY_LEN];

	start();
	hkdf(&peer, salt, 4, info, 4, expected, sizeof(expected));
	agreed = agree(&peer);
	before = env_card_commands();
	env_ok(derive(&mechanism, agreed, templ, ENV_COUNT(templ), &key));
	expect_secret(key);
	expect_cipher(key, expected, iv);
	expect_gcm(key, expected, iv);
	ck_assert_uint_eq(env_card_commands(), before);
	stop();
}
END_TEST

/* The same in two steps, with the pseudorandom key as an object of its own. */
START_TEST(hkdf_in_two_steps_from_the_card_to_a_cipher)
{
	static CK_ULONG key_len = KEY_LEN;
	CK_BYTE salt[] = "salt";
	CK_BYTE info[] = "info";
	CKI_HKDF_PARAMS extract = {
		.bExtract = CK_TRUE, .prfHashMechanism = CKM_SHA256, .ulSaltType = CKF_HKDF_SALT_DATA, .pSalt = salt,
		.ulSaltLen = 4,
	};
	CKI_HKDF_PARAMS expand = {
		.bExpand = CK_TRUE, .prfHashMechanism = CKM_SHA256, .ulSaltType = CKF_HKDF_SALT_NULL, .pInfo = info,
		.ulInfoLen = 4,
	};
	CK_MECHANISM first = MECHANISM(CKM_HKDF_DERIVE, extract);
	CK_MECHANISM second = MECHANISM(CKM_HKDF_DERIVE, expand);
	CK_ATTRIBUTE strict[] = { STRICT };
	CK_ATTRIBUTE templ[] = { TYPE(aes), LEN(key_len), STRICT };
	CK_BYTE iv[IV_LEN] = "initial value..";
	CK_OBJECT_HANDLE prk = 0;
	CK_OBJECT_HANDLE key = 0;
	uint8_t expected[KEY_LEN];

	start();
	hkdf(&peer, salt, 4, info, 4, expected, sizeof(expected));
	env_ok(derive(&first, agree(&peer), strict, ENV_COUNT(strict), &prk));
	expect_secret(prk);
	env_ok(derive(&second, prk, templ, ENV_COUNT(templ), &key));
	expect_secret(key);
	expect_gcm(key, expected, iv);
	stop();
}
END_TEST

/* What an agreed key says of the keys that follow from it they cannot get rid of. */
START_TEST(a_partitioned_chain_stays_partitioned)
{
	CK_ATTRIBUTE for_derived[] = { STRICT };
	CK_ATTRIBUTE templ[] = { TYPE(generic), STRICT, { CKA_DERIVE_TEMPLATE, for_derived, sizeof(for_derived) } };
	CK_MECHANISM sha256 = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CK_ATTRIBUTE readable[] = { FLAG(CKA_SENSITIVE, no) };
	CK_OBJECT_HANDLE key = 0;
	CK_OBJECT_HANDLE derived = 0;

	start();
	env_ok(env_derive(&peer, CKD_NULL, NULL, 0, templ, ENV_COUNT(templ), &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&sha256, key, readable, 1, &derived));
	env_ok(derive(&sha256, key, NULL, 0, &derived));
	expect_secret(derived);
	stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, tls12_from_the_card_to_traffic);
	tcase_add_test(tc, tls12_with_the_extended_master_secret_from_the_card_to_traffic);
	tcase_add_test(tc, what_follows_an_agreement_does_not_wait_for_the_card);
	tcase_add_test(tc, hkdf_from_the_card_to_a_cipher);
	tcase_add_test(tc, hkdf_in_two_steps_from_the_card_to_a_cipher);
	tcase_add_test(tc, a_partitioned_chain_stays_partitioned);
}

TEST_MAIN("pkcs11/chain", add)
