/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a derived key has of its base key, of its template and of itself: the rules of CKM_ECDH1_DERIVE sentence by
 * sentence, key check values, and CKA_ALLOWED_MECHANISMS at each use.
 */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE des = CKK_DES;
static CK_KEY_TYPE des2 = CKK_DES2;
static CK_KEY_TYPE des3 = CKK_DES3;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

/* A private key that has been outside. */
#define IMPORTED_HEX "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"
#define IMPORTED_ID "imported"

static struct env_peer peer;

/* The usual card and one key more; logged in. */
static void start(void)
{
	const struct fake_key imported = {
		.type = CRD_KEY_EC, .curve = "prime256v1", .private_hex = IMPORTED_HEX, .usage = CRD_USE_DERIVE,
		.id = IMPORTED_ID, .label = IMPORTED_ID,
	};

	env_card();
	(void)fake_add_key(&imported);
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env.slot = 0;
	env.session = env_session(0);
	env_login();
	env_peer_make(&peer, ENV_P256, "P-256");
}

static void stop(void)
{
	env_peer_free(&peer);
	env_stop();
}

static CK_OBJECT_HANDLE find_imported(void)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_BYTE id[] = IMPORTED_ID;
	CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, id, sizeof(id) - 1 } };
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, wanted, ENV_COUNT(wanted)));
	env_ok(env.f->C_FindObjects(env.session, &key, 1, &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	ck_assert_uint_eq(count, 1);
	return key;
}

static CK_RV agree(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *templ, CK_ULONG count,
		   CK_OBJECT_HANDLE *key)
{
	CK_ECDH1_DERIVE_PARAMS params = {
		.kdf = CKD_NULL, .ulPublicDataLen = peer.point_len, .pPublicData = peer.point,
	};
	CK_MECHANISM mechanism = { type, &params, sizeof(params) };

	return env.f->C_DeriveKey(env.session, &mechanism, base, templ, count, key);
}

static CK_OBJECT_HANDLE agree_ok(CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_OBJECT_HANDLE key = 0;

	env_ok(agree(CKM_ECDH1_DERIVE, env.key, templ, count, &key));
	return key;
}

/* ---- CKM_ECDH1_DERIVE and CKM_ECDH1_COFACTOR_DERIVE (PKCS#11 3.2 6.3.20, 6.3.21) ---------------------- */

static void check_history(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE base, unsigned bits)
{
	CK_BBOOL sensitive = bits & 1;
	CK_BBOOL extractable = bits >> 1 & 1;
	CK_ATTRIBUTE templ[] = { FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable) };
	CK_OBJECT_HANDLE key = 0;

	env_ok(agree(type, base, templ, ENV_COUNT(templ), &key));
	/* either value, as the template says */
	ck_assert_int_eq(env_flag(key, CKA_SENSITIVE), sensitive);
	ck_assert_int_eq(env_flag(key, CKA_EXTRACTABLE), extractable);
	/* false if the base key's is, else what CKA_SENSITIVE is */
	ck_assert_int_eq(env_flag(key, CKA_ALWAYS_SENSITIVE), env_flag(base, CKA_ALWAYS_SENSITIVE) && sensitive);
	/* likewise, and the opposite of CKA_EXTRACTABLE */
	ck_assert_int_eq(env_flag(key, CKA_NEVER_EXTRACTABLE), env_flag(base, CKA_NEVER_EXTRACTABLE) && !extractable);
	/* no derived key is local (5.18.5), and then no mechanism has generated it (4.8.2) */
	ck_assert(!env_flag(key, CKA_LOCAL));
	ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
}

START_TEST(an_agreed_key_remembers_its_base_key_and_itself)
{
	CK_OBJECT_HANDLE imported;

	start();
	imported = find_imported();
	ck_assert(env_flag(env.key, CKA_ALWAYS_SENSITIVE) && env_flag(env.key, CKA_NEVER_EXTRACTABLE));
	ck_assert(!env_flag(imported, CKA_ALWAYS_SENSITIVE) && !env_flag(imported, CKA_NEVER_EXTRACTABLE));
	for (unsigned bits = 0; bits < 4; bits++) {
		check_history(CKM_ECDH1_DERIVE, env.key, bits);
		check_history(CKM_ECDH1_COFACTOR_DERIVE, env.key, bits);
		check_history(CKM_ECDH1_DERIVE, imported, bits);
		check_history(CKM_ECDH1_COFACTOR_DERIVE, imported, bits);
	}
	stop();
}
END_TEST

/* What the template does not say takes a default. */
START_TEST(without_a_word_an_agreed_key_is_readable)
{
	CK_OBJECT_HANDLE key;

	start();
	key = agree_ok(NULL, 0);
	ck_assert(!env_flag(key, CKA_SENSITIVE) && env_flag(key, CKA_EXTRACTABLE));
	ck_assert(!env_flag(key, CKA_ALWAYS_SENSITIVE) && !env_flag(key, CKA_NEVER_EXTRACTABLE));
	stop();
}
END_TEST

/* What a key was once it stays in memory: changes afterwards do not rewrite it. */
START_TEST(a_key_made_sensitive_later_was_not_always)
{
	CK_ATTRIBUTE change[] = { FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 0;

	start();
	key = agree_ok(NULL, 0);
	env_ok(env.f->C_SetAttributeValue(env.session, key, change, ENV_COUNT(change)));
	ck_assert(env_flag(key, CKA_SENSITIVE) && !env_flag(key, CKA_ALWAYS_SENSITIVE));
	ck_assert(!env_flag(key, CKA_EXTRACTABLE) && !env_flag(key, CKA_NEVER_EXTRACTABLE));
	env_ok(env.f->C_CopyObject(env.session, key, NULL, 0, &copy));
	ck_assert(!env_flag(copy, CKA_ALWAYS_SENSITIVE) && !env_flag(copy, CKA_NEVER_EXTRACTABLE));
	stop();
}
END_TEST

START_TEST(a_session_key_remembers_through_a_chain)
{
	CK_MECHANISM sha256 = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CK_ATTRIBUTE strict[] = { FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	CK_OBJECT_HANDLE first;
	CK_OBJECT_HANDLE second = 0;
	CK_OBJECT_HANDLE third = 0;

	start();
	first = agree_ok(strict, 2);
	env_ok(env.f->C_DeriveKey(env.session, &sha256, first, strict, 2, &second));
	ck_assert(env_flag(second, CKA_ALWAYS_SENSITIVE) && env_flag(second, CKA_NEVER_EXTRACTABLE));
	env_ok(env.f->C_DeriveKey(env.session, &sha256, agree_ok(NULL, 0), strict, 2, &third));
	ck_assert(!env_flag(third, CKA_ALWAYS_SENSITIVE) && !env_flag(third, CKA_NEVER_EXTRACTABLE));
	stop();
}
END_TEST

/* Private as the base key is, unless the template says otherwise. */
START_TEST(an_agreed_key_is_private_by_default)
{
	CK_MECHANISM sha256 = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CK_ATTRIBUTE public[] = { FLAG(CKA_PRIVATE, no) };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE derived = 0;

	start();
	ck_assert(env_flag(agree_ok(NULL, 0), CKA_PRIVATE));
	key = agree_ok(public, 1);
	ck_assert(!env_flag(key, CKA_PRIVATE));
	env_ok(env.f->C_DeriveKey(env.session, &sha256, key, NULL, 0, &derived));
	ck_assert(!env_flag(derived, CKA_PRIVATE));
	stop();
}
END_TEST

/* ---- types, lengths, parity -------------------------------------------------------------------------- */

static const struct {
	CK_KEY_TYPE *type;
	size_t len;
	bool parity;
} shapes[] = {
	{ &generic, 32, false }, { &aes, 32, false }, { &des, 8, true }, { &des2, 16, true }, { &des3, 24, true },
};

/* Truncation follows the key type, and takes the leading bytes away. */
START_TEST(each_type_takes_its_length_from_the_trailing_end)
{
	start();
	for (size_t i = 0; i < ENV_COUNT(shapes); i++) {
		CK_ATTRIBUTE templ[] = { TYPE(*shapes[i].type) };
		const size_t len = shapes[i].len;
		const uint8_t mask = shapes[i].parity ? 0xfe : 0xff;
		uint8_t value[32];

		ck_assert_uint_eq(env_attribute(agree_ok(templ, 1), CKA_VALUE, value, sizeof(value)), len);
		for (size_t at = 0; at < len; at++) {
			ck_assert_uint_eq(value[at] & mask, peer.z[32 - len + at] & mask);
			ck_assert(!shapes[i].parity || (__builtin_popcount(value[at]) & 1) == 1);
		}
	}
	stop();
}
END_TEST

/* ---- CKA_CHECK_VALUE (PKCS#11 3.2 4.11) --------------------------------------------------------------- */

static void encrypted_zeros(const char *cipher, const uint8_t *key, uint8_t *ret_block)
{
	static const uint8_t zeros[16];
	EVP_CIPHER *evp = EVP_CIPHER_fetch(NULL, cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	ck_assert_int_eq(EVP_EncryptInit_ex2(ctx, evp, key, NULL, NULL), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(ctx, 0), 1);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, ret_block, &len, zeros, EVP_CIPHER_get_block_size(evp)), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(evp);
}

static void expect_check_value(CK_OBJECT_HANDLE key, const uint8_t *expected)
{
	uint8_t value[8];

	ck_assert_uint_eq(env_attribute(key, CKA_CHECK_VALUE, value, sizeof(value)), 3);
	ck_assert_mem_eq(value, expected, 3);
}

static CK_OBJECT_HANDLE import_with(CK_KEY_TYPE type, const uint8_t *value, size_t len, CK_ATTRIBUTE more)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(type), { CKA_VALUE, (void *)(uintptr_t)value, len }, more };
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	return key;
}

static const uint8_t key_bytes[32] = {
	0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
	0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, 0x08, 0x19, 0x2a, 0x3b, 0x4c, 0x5d, 0x6e, 0x7f,
};

START_TEST(a_block_ciphers_check_value_is_of_encrypted_zeros)
{
	/* FIPS 46-3 and the AES of zeros by zeros, as every book has them */
	static const uint8_t of_des[3] = { 0xd5, 0xd4, 0x4f };
	static const uint8_t of_zero_aes[3] = { 0x66, 0xe9, 0x4b };
	static const uint8_t zeros[16];
	static const struct {
		CK_KEY_TYPE *type;
		size_t len;
		const char *cipher;
	} keys[] = {
		{ &aes, 16, "AES-128-ECB" }, { &aes, 24, "AES-192-ECB" }, { &aes, 32, "AES-256-ECB" },
		{ &des2, 16, "DES-EDE-ECB" }, { &des3, 24, "DES-EDE3-ECB" },
	};
	uint8_t block[16];
	uint8_t value[32];

	start();
	for (size_t i = 0; i < ENV_COUNT(keys); i++) {
		CK_OBJECT_HANDLE key = env_import(*keys[i].type, key_bytes, keys[i].len);

		(void)env_attribute(key, CKA_VALUE, value, sizeof(value));
		encrypted_zeros(keys[i].cipher, value, block);
		expect_check_value(key, block);
	}
	expect_check_value(env_import(des, key_bytes, 8), of_des);
	expect_check_value(env_import(aes, zeros, 16), of_zero_aes);
	stop();
}
END_TEST

START_TEST(any_other_keys_check_value_is_of_its_hash)
{
	static const size_t lengths[] = { 1, 3, 20, 32 };
	uint8_t digest[20];

	start();
	for (size_t i = 0; i < ENV_COUNT(lengths); i++) {
		ck_assert_int_eq(EVP_Digest(key_bytes, lengths[i], digest, NULL, EVP_sha1(), NULL), 1);
		expect_check_value(env_import(generic, key_bytes, lengths[i]), digest);
		expect_check_value(env_import(CKK_SHA256_HMAC, key_bytes, lengths[i]), digest);
	}
	stop();
}
END_TEST

/* It is there also where the key may not encrypt, and it shows nothing of the key. */
START_TEST(a_secret_keys_check_value_is_shown)
{
	CK_ATTRIBUTE templ[] = {
		TYPE(aes), FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no), FLAG(CKA_ENCRYPT, no),
	};
	unsigned long before;
	uint8_t block[16];
	CK_OBJECT_HANDLE key;

	start();
	key = agree_ok(templ, ENV_COUNT(templ));
	encrypted_zeros("AES-256-ECB", peer.z, block);
	before = env_card_commands();
	expect_check_value(key, block);
	expect_check_value(key, block);
	ck_assert_uint_eq(env_card_commands(), before);
	stop();
}
END_TEST

START_TEST(a_check_value_in_a_template_is_right_or_refused)
{
	CK_BYTE value[3] = { 0 };
	CK_ATTRIBUTE templ[] = {
		CLASS, TYPE(aes), { CKA_VALUE, (void *)(uintptr_t)key_bytes, 16 }, { CKA_CHECK_VALUE, value, 3 },
	};
	CK_ATTRIBUTE derived[] = { TYPE(aes), { CKA_CHECK_VALUE, value, 3 } };
	CK_OBJECT_HANDLE key = 77;
	uint8_t block[16];

	start();
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, agree(CKM_ECDH1_DERIVE, env.key, derived, 2, &key));
	ck_assert_uint_eq(key, 77);
	encrypted_zeros("AES-128-ECB", key_bytes, block);
	memcpy(value, block, sizeof(value));
	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	expect_check_value(key, block);
	encrypted_zeros("AES-256-ECB", peer.z, block);
	memcpy(value, block, sizeof(value));
	expect_check_value(agree_ok(derived, 2), block);
	for (CK_ULONG len = 1; len < 5; len++) {
		derived[1].ulValueLen = len;
		if (len != 3)
			env_rv(CKR_ATTRIBUTE_VALUE_INVALID, agree(CKM_ECDH1_DERIVE, env.key, derived, 2, &key));
	}
	stop();
}
END_TEST

/* One of no length in a template says that there is to be none. */
START_TEST(an_empty_check_value_means_none)
{
	const CK_ATTRIBUTE none = { CKA_CHECK_VALUE, NULL, 0 };
	CK_ATTRIBUTE change[] = { none };
	CK_BYTE wrong[3] = { 1, 2, 3 };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 0;
	uint8_t value[8];
	uint8_t block[16];

	start();
	key = import_with(aes, key_bytes, 16, none);
	ck_assert_uint_eq(env_attribute(key, CKA_CHECK_VALUE, value, sizeof(value)), 0);
	/* and in C_SetAttributeValue it takes away what there is */
	key = env_import(aes, key_bytes, 16);
	encrypted_zeros("AES-128-ECB", key_bytes, block);
	expect_check_value(key, block);
	env_ok(env.f->C_CopyObject(env.session, key, change, 1, &copy));
	ck_assert_uint_eq(env_attribute(copy, CKA_CHECK_VALUE, value, sizeof(value)), 0);
	env_ok(env.f->C_SetAttributeValue(env.session, key, change, 1));
	ck_assert_uint_eq(env_attribute(key, CKA_CHECK_VALUE, value, sizeof(value)), 0);
	change[0] = (CK_ATTRIBUTE){ CKA_CHECK_VALUE, wrong, 3 };
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, env.f->C_SetAttributeValue(env.session, key, change, 1));
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, env.f->C_CopyObject(env.session, key, change, 1, &copy));
	stop();
}
END_TEST

START_TEST(keys_are_found_by_their_check_value)
{
	CK_BYTE value[3];
	CK_ATTRIBUTE wanted = { CKA_CHECK_VALUE, value, sizeof(value) };
	CK_OBJECT_HANDLE found[4];
	CK_ULONG count = 0;
	uint8_t block[16];

	start();
	(void)env_import(aes, key_bytes + 1, 16);
	found[1] = env_import(aes, key_bytes, 16);
	encrypted_zeros("AES-128-ECB", key_bytes, block);
	memcpy(value, block, sizeof(value));
	env_ok(env.f->C_FindObjectsInit(env.session, &wanted, 1));
	env_ok(env.f->C_FindObjects(env.session, found + 2, 2, &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(found[2], found[1]);
	stop();
}
END_TEST

START_TEST(keys_of_the_card_have_no_check_value)
{
	CK_ATTRIBUTE attribute = { CKA_CHECK_VALUE, NULL, 0 };

	start();
	env_rv(CKR_ATTRIBUTE_TYPE_INVALID, env.f->C_GetAttributeValue(env.session, env.key, &attribute, 1));
	stop();
}
END_TEST

/* ---- CKA_ALLOWED_MECHANISMS --------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE allow(CK_KEY_TYPE type, CK_MECHANISM_TYPE mechanism)
{
	CK_ATTRIBUTE templ[] = { TYPE(type), { CKA_ALLOWED_MECHANISMS, &mechanism, sizeof(mechanism) } };

	return agree_ok(templ, ENV_COUNT(templ));
}

static CK_RV use(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key)
{
	CK_BYTE buffer[64] = { 0 };
	CK_ULONG len = sizeof(buffer);
	CK_MECHANISM mechanism = { type, NULL, 0 };
	CK_OBJECT_HANDLE other = 0;
	CK_RV rv;

	switch (type) {
	case CKM_AES_ECB:
		rv = env.f->C_EncryptInit(env.session, &mechanism, key);
		if (rv == CKR_OK)
			env_ok(env.f->C_Encrypt(env.session, buffer, 16, buffer, &len));
		len = sizeof(buffer);
		env_rv(rv, env.f->C_DecryptInit(env.session, &mechanism, key));
		if (rv == CKR_OK)
			env_ok(env.f->C_Decrypt(env.session, buffer, 16, buffer, &len));
		return rv;
	case CKM_AES_KEY_WRAP:
		rv = env.f->C_WrapKey(env.session, &mechanism, key, env_import(generic, key_bytes, 32), buffer, &len);
		if (rv == CKR_OK) {
			CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };

			return env.f->C_UnwrapKey(env.session, &mechanism, key, buffer, len, templ, 2, &other);
		}
		env_rv(rv, env.f->C_UnwrapKey(env.session, &mechanism, key, buffer, 40, NULL, 0, &other));
		return rv;
	case CKM_SHA256_HMAC:
		rv = env.f->C_SignInit(env.session, &mechanism, key);
		if (rv == CKR_OK)
			env_ok(env.f->C_Sign(env.session, buffer, 16, buffer + 16, &len));
		env_rv(rv, env.f->C_VerifyInit(env.session, &mechanism, key));
		if (rv == CKR_OK)
			env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, buffer, 15, buffer + 16, len));
		return rv;
	default:
		return env.f->C_DeriveKey(env.session, &mechanism, key, NULL, 0, &other);
	}
}

START_TEST(each_use_asks_whether_the_mechanism_is_allowed)
{
	static const struct {
		CK_KEY_TYPE *type;
		CK_MECHANISM_TYPE mechanism;
		CK_MECHANISM_TYPE other;
	} uses[] = {
		{ &aes, CKM_AES_ECB, CKM_AES_CBC },
		{ &aes, CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP },
		{ &generic, CKM_SHA256_HMAC, CKM_SHA384_HMAC },
		{ &generic, CKM_SHA256_KEY_DERIVATION, CKM_SHA384_KEY_DERIVATION },
		{ &aes, CKM_SHA256_KEY_DERIVATION, CKM_AES_ECB },
	};

	start();
	for (size_t i = 0; i < ENV_COUNT(uses); i++) {
		env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, use(uses[i].mechanism, allow(*uses[i].type, uses[i].other)));
		env_ok(use(uses[i].mechanism, allow(*uses[i].type, uses[i].mechanism)));
	}
	stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_agreed_key_remembers_its_base_key_and_itself);
	tcase_add_test(tc, without_a_word_an_agreed_key_is_readable);
	tcase_add_test(tc, a_key_made_sensitive_later_was_not_always);
	tcase_add_test(tc, a_session_key_remembers_through_a_chain);
	tcase_add_test(tc, an_agreed_key_is_private_by_default);
	tcase_add_test(tc, each_type_takes_its_length_from_the_trailing_end);
	tcase_add_test(tc, a_block_ciphers_check_value_is_of_encrypted_zeros);
	tcase_add_test(tc, any_other_keys_check_value_is_of_its_hash);
	tcase_add_test(tc, a_secret_keys_check_value_is_shown);
	tcase_add_test(tc, a_check_value_in_a_template_is_right_or_refused);
	tcase_add_test(tc, an_empty_check_value_means_none);
	tcase_add_test(tc, keys_are_found_by_their_check_value);
	tcase_add_test(tc, keys_of_the_card_have_no_check_value);
	tcase_add_test(tc, each_use_asks_whether_the_mechanism_is_allowed);
}

TEST_MAIN("pkcs11/history", add)
