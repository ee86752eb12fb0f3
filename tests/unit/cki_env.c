/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/cki_env.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/fake_card.h"

struct env env;

static const char *config_name;
static bool config_value;

void env_config(const char *name, bool value)
{
	config_name = name;
	config_value = value;
}

void env_card(void)
{
	const struct fake_key signer = { .type = CRD_KEY_EC, .curve = "prime256v1", .usage = CRD_USE_SIGN,
					 .label = "sign" };

	fake_reset();
	fake_personalise();
	(void)fake_add_key(&signer);
	if (config_name != NULL)
		fake_set_config(config_name, config_value);
}

void env_stop(void)
{
	env_ok(env.f->C_Finalize(NULL));
	config_name = NULL;
	fake_clear();
}

void env_take_card(void)
{
	fake_remove_card(0);
}

void env_put_card(void)
{
	fake_insert_card(0);
}

unsigned long env_card_operations(void)
{
	return fake_calls(FAKE_ECDH) + fake_calls(FAKE_SIGN_RAW);
}

unsigned long env_card_commands(void)
{
	return fake_commands();
}

void env_begin(void)
{
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env.slot = 0;
	env.session = env_session(0);
}

void env_start(void)
{
	env_card();
	env_begin();
}

void env_login(void)
{
	CK_UTF8CHAR pin[] = ENV_PIN;

	env_ok(env.f->C_Login(env.session, CKU_USER, pin, strlen(ENV_PIN)));
	env.key = env_find(env.session, CKO_PRIVATE_KEY, ENV_P256);
	ck_assert_uint_ne(env.key, 0);
}

void env_start_logged_in(void)
{
	env_start();
	env_login();
}

CK_SESSION_HANDLE env_session(CK_FLAGS flags)
{
	CK_SESSION_HANDLE session = 0;

	env_ok(env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &session));
	return session;
}

CK_OBJECT_HANDLE env_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, enum env_key key)
{
	CK_BYTE id = (CK_BYTE)key;
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, &id, sizeof(id) } };
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(session, templ, ENV_COUNT(templ)));
	env_ok(env.f->C_FindObjects(session, &found, 1, &count));
	env_ok(env.f->C_FindObjectsFinal(session));
	return count == 1 ? found : 0;
}

size_t env_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *buffer, size_t room)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };
	size_t len;

	env_ok(env.f->C_GetAttributeValue(env.session, object, &attribute, 1));
	len = attribute.ulValueLen;
	ck_assert_uint_le(len, room);
	attribute.pValue = buffer;
	env_ok(env.f->C_GetAttributeValue(env.session, object, &attribute, 1));
	ck_assert_uint_eq(attribute.ulValueLen, len);
	return len;
}

bool env_flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL flag = 2;

	ck_assert_uint_eq(env_attribute(object, type, &flag, sizeof(flag)), sizeof(flag));
	ck_assert_uint_le(flag, 1);
	return flag == CK_TRUE;
}

CK_ULONG env_number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG number = 0;

	ck_assert_uint_eq(env_attribute(object, type, &number, sizeof(number)), sizeof(number));
	return number;
}

static EVP_PKEY *public_key(const char *curve, const uint8_t *point, size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)curve, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point, len),
		OSSL_PARAM_END,
	};

	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

void env_peer_agree(struct env_peer *peer, const uint8_t *card_point, size_t card_point_len, const char *curve)
{
	EVP_PKEY *card = public_key(curve, card_point, card_point_len);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer->key, NULL);

	peer->z_len = sizeof(peer->z);
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, card), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, peer->z, &peer->z_len), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(card);
}

void env_peer_make(struct env_peer *peer, enum env_key card_key, const char *curve)
{
	uint8_t der[140];
	size_t der_len;
	size_t head;

	memset(peer, 0, sizeof(*peer));
	peer->key = EVP_EC_gen(curve);
	ck_assert_ptr_nonnull(peer->key);
	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(peer->key, OSSL_PKEY_PARAM_PUB_KEY, peer->point,
							 sizeof(peer->point), &peer->point_len), 1);
	/* OpenSSL gives the point in the form of the group, uncompressed by default. */
	ck_assert_uint_eq(peer->point[0], 4);
	peer->compressed_len = 1 + (peer->point_len - 1) / 2;
	peer->compressed[0] = (uint8_t)(2 | (peer->point[peer->point_len - 1] & 1));
	memcpy(peer->compressed + 1, peer->point + 1, peer->compressed_len - 1);
	der_len = env_attribute(env_find(env.session, CKO_PUBLIC_KEY, card_key), CKA_EC_POINT, der, sizeof(der));
	head = der[1] > 0x7f ? 3 : 2;
	env_peer_agree(peer, der + head, der_len - head, curve);
}

void env_peer_free(struct env_peer *peer)
{
	EVP_PKEY_free(peer->key);
	peer->key = NULL;
}

const char *env_digest(enum md_hash hash)
{
	static const char *const names[MD_HASH_COUNT] = {
		[MD_HASH_SHA1] = "SHA1", [MD_HASH_SHA224] = "SHA2-224", [MD_HASH_SHA256] = "SHA2-256",
		[MD_HASH_SHA384] = "SHA2-384", [MD_HASH_SHA512] = "SHA2-512", [MD_HASH_SHA3_224] = "SHA3-224",
		[MD_HASH_SHA3_256] = "SHA3-256", [MD_HASH_SHA3_384] = "SHA3-384", [MD_HASH_SHA3_512] = "SHA3-512",
		[MD_HASH_BLAKE2B_160] = "BLAKE2B-512/20", [MD_HASH_BLAKE2B_256] = "BLAKE2B-512/32",
		[MD_HASH_BLAKE2B_384] = "BLAKE2B-512/48", [MD_HASH_BLAKE2B_512] = "BLAKE2B-512",
	};

	return names[hash];
}

/* ANSI X9.63 with "NAME/LENGTH", a hash that has to be told its length: OpenSSL's KDF takes names only. */
static void sized_x963(const char *hash, const struct env_peer *peer, const void *info, size_t info_len, uint8_t *out,
		       size_t out_len)
{
	char name[32];
	size_t len = strtoul(strchr(hash, '/') + 1, NULL, 10);
	const OSSL_PARAM size[] = { OSSL_PARAM_construct_size_t(OSSL_DIGEST_PARAM_SIZE, &len), OSSL_PARAM_END };
	EVP_MD *md;

	(void)snprintf(name, sizeof(name), "%.*s", (int)(strchr(hash, '/') - hash), hash);
	md = EVP_MD_fetch(NULL, name, NULL);
	for (uint8_t counter = 1; out_len != 0; counter++) {
		const uint8_t number[4] = { 0, 0, 0, counter };
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		uint8_t block[EVP_MAX_MD_SIZE];
		size_t part = out_len < len ? out_len : len;

		ck_assert(EVP_DigestInit_ex2(ctx, md, size) == 1 && EVP_DigestUpdate(ctx, peer->z, peer->z_len) == 1 &&
			  EVP_DigestUpdate(ctx, number, sizeof(number)) == 1 &&
			  EVP_DigestUpdate(ctx, info, info_len) == 1 && EVP_DigestFinal_ex(ctx, block, NULL) == 1);
		memcpy(out, block, part);
		out += part;
		out_len -= part;
		EVP_MD_CTX_free(ctx);
	}
	EVP_MD_free(md);
}

static void named_kdf(const char *name, const char *hash, const struct env_peer *peer, const void *info,
		      size_t info_len, uint8_t *out, size_t out_len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)peer->z, peer->z_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info, info_len),
		OSSL_PARAM_END,
	};

	if (info_len == 0)
		params[2] = OSSL_PARAM_construct_end();
	ck_assert_int_eq(EVP_KDF_derive(ctx, out, out_len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

void env_kdf(const char *name, const char *hash, const struct env_peer *peer, const void *info, size_t info_len,
	     uint8_t *out, size_t out_len)
{
	if (strchr(hash, '/') != NULL)
		sized_x963(hash, peer, info, info_len, out, out_len);
	else
		named_kdf(name, hash, peer, info, info_len, out, out_len);
}

void env_tls_prf(const struct env_prf *prf, uint8_t *out, size_t out_len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)prf->hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)prf->secret,
						  prf->secret_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)prf->label,
						  strlen(prf->label)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)prf->seed, prf->seed_len),
		OSSL_PARAM_END,
	};

	if (prf->seed_len == 0)
		params[3] = OSSL_PARAM_construct_end();
	ck_assert_int_eq(EVP_KDF_derive(ctx, out, out_len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

CK_RV env_derive(const struct env_peer *peer, CK_ULONG kdf, const void *info, size_t info_len, CK_ATTRIBUTE *templ,
		 CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CK_ECDH1_DERIVE_PARAMS params = {
		.kdf = kdf,
		.ulSharedDataLen = info_len,
		.pSharedData = (CK_BYTE *)(uintptr_t)info,
		.ulPublicDataLen = peer->point_len,
		.pPublicData = (CK_BYTE *)(uintptr_t)peer->point,
	};
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };

	return env.f->C_DeriveKey(env.session, &mechanism, env.key, templ, count, key);
}

CK_OBJECT_HANDLE env_import(CK_KEY_TYPE type, const void *value, size_t len)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE, (void *)(uintptr_t)value, len },
	};
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	ck_assert_uint_ne(key, 0);
	return key;
}

CK_OBJECT_HANDLE env_generate(CK_ULONG len, bool sensitive, bool extractable)
{
	CK_BBOOL is_sensitive = sensitive;
	CK_BBOOL is_extractable = extractable;
	CK_ATTRIBUTE templ[] = {
		{ CKA_VALUE_LEN, &len, sizeof(len) },
		{ CKA_SENSITIVE, &is_sensitive, sizeof(is_sensitive) },
		{ CKA_EXTRACTABLE, &is_extractable, sizeof(is_extractable) },
	};
	CK_MECHANISM mechanism = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_GenerateKey(env.session, &mechanism, templ, ENV_COUNT(templ), &key));
	ck_assert_uint_ne(key, 0);
	return key;
}

CK_RV env_derive_key(const struct env_derivation *derivation, CK_OBJECT_HANDLE *key)
{
	CK_MECHANISM mechanism = { derivation->mechanism, (void *)(uintptr_t)derivation->param,
				   derivation->param_len };

	return env.f->C_DeriveKey(env.session, &mechanism, derivation->base, derivation->templ, derivation->count, key);
}

CK_OBJECT_HANDLE env_derived(const struct env_derivation *derivation)
{
	const unsigned long before = env_card_commands();
	CK_OBJECT_HANDLE key = 0;

	env_ok(env_derive_key(derivation, &key));
	ck_assert_uint_ne(key, 0);
	ck_assert_uint_eq(env_card_commands(), before);
	return key;
}

void env_refuse(CK_RV expected, const struct env_derivation *derivation)
{
	const unsigned long commands = env_card_commands();
	const CK_ULONG keys = env_count(CKO_SECRET_KEY);
	const CK_ULONG data = env_count(CKO_DATA);
	CK_OBJECT_HANDLE key = 77;

	env_rv(expected, env_derive_key(derivation, &key));
	ck_assert_uint_eq(key, 77);
	ck_assert_uint_eq(env_count(CKO_SECRET_KEY), keys);
	ck_assert_uint_eq(env_count(CKO_DATA), data);
	ck_assert_uint_eq(env_card_commands(), commands);
}

void env_expect_value(CK_OBJECT_HANDLE object, const void *value, size_t len)
{
	CK_BYTE got[4096];

	ck_assert_uint_eq(env_attribute(object, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, value, len);
	if (env_number(object, CKA_CLASS) == CKO_SECRET_KEY)
		ck_assert_uint_eq(env_number(object, CKA_VALUE_LEN), len);
}

void env_expect_hidden(CK_OBJECT_HANDLE key)
{
	CK_BYTE value[4096];
	CK_ATTRIBUTE attribute = { CKA_VALUE, value, sizeof(value) };

	memset(value, 0xee, sizeof(value));
	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
	ck_assert_uint_eq(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	for (size_t i = 0; i < sizeof(value); i++)
		ck_assert_uint_eq(value[i], 0xee);
}

void env_expect_flags(CK_OBJECT_HANDLE key, const char *flags)
{
	static const CK_ATTRIBUTE_TYPE types[] = {
		CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE,
	};
	char got[] = "sean";

	for (size_t i = 0; i < ENV_COUNT(types); i++)
		if (env_flag(key, types[i]))
			got[i] = (char)(got[i] - 'a' + 'A');
	ck_assert_str_eq(got, flags);
}

CK_ULONG env_count(CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE templ = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE found[512];
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, &templ, 1));
	env_ok(env.f->C_FindObjects(env.session, found, ENV_COUNT(found), &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	return count;
}
