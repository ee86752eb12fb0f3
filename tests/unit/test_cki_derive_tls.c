/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TLS derivations from session keys: known answers, OpenSSL on the other side, and every way to ask wrongly. */
#include "config.h"

#include <string.h>

#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE des3 = CKK_DES3;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }
#define MECHANISM(type, params) { type, &(params), sizeof(params) }

#define NOT_WRITTEN 77u

/*
 * TLS 1.2 PRF with SHA-256, from the NIST CAVP vectors (tls.zip, in OpenSSL's evpkdf_tls12_prf.txt): the master secret
 * of a handshake, and its key block.
 */
static const uint8_t pre_master[48] = {
	0xf8, 0x93, 0x8e, 0xcc, 0x9e, 0xde, 0xbc, 0x50, 0x30, 0xc0, 0xc6, 0xa4, 0x41, 0xe2, 0x13, 0xcd,
	0x24, 0xe6, 0xf7, 0x70, 0xa5, 0x0d, 0xda, 0x07, 0x87, 0x6f, 0x8d, 0x55, 0xda, 0x06, 0x2b, 0xca,
	0xdb, 0x38, 0x6b, 0x41, 0x1f, 0xd4, 0xfe, 0x43, 0x13, 0xa6, 0x04, 0xfc, 0xe6, 0xc1, 0x7f, 0xbc,
};
static CK_BYTE client_hello[32] = {
	0x36, 0xc1, 0x29, 0xd0, 0x1a, 0x32, 0x00, 0x89, 0x4b, 0x91, 0x79, 0xfa, 0xac, 0x58, 0x9d, 0x98,
	0x35, 0xd5, 0x87, 0x75, 0xf9, 0xb5, 0xea, 0x35, 0x87, 0xcb, 0x8f, 0xd0, 0x36, 0x4c, 0xae, 0x8c,
};
static CK_BYTE server_hello[32] = {
	0xf6, 0xc9, 0x57, 0x5e, 0xd7, 0xdd, 0xd7, 0x3e, 0x1f, 0x7d, 0x16, 0xec, 0xa1, 0x15, 0x41, 0x58,
	0x12, 0xa4, 0x3c, 0x2b, 0x74, 0x7d, 0xaa, 0xaa, 0xe0, 0x43, 0xab, 0xfb, 0x50, 0x05, 0x3f, 0xce,
};
static const uint8_t master_secret[48] = {
	0x20, 0x2c, 0x88, 0xc0, 0x0f, 0x84, 0xa1, 0x7a, 0x20, 0x02, 0x70, 0x79, 0x60, 0x47, 0x87, 0x46,
	0x11, 0x76, 0x45, 0x55, 0x39, 0xe7, 0x05, 0xbe, 0x73, 0x08, 0x90, 0x60, 0x2c, 0x28, 0x9a, 0x50,
	0x01, 0xe3, 0x4e, 0xeb, 0x3a, 0x04, 0x3e, 0x5d, 0x52, 0xa6, 0x5e, 0x66, 0x12, 0x51, 0x88, 0xbf,
};
static CK_BYTE client_random[32] = {
	0x62, 0xe1, 0xfd, 0x91, 0xf2, 0x3f, 0x55, 0x8a, 0x60, 0x5f, 0x28, 0x47, 0x8c, 0x58, 0xcf, 0x72,
	0x63, 0x7b, 0x89, 0x78, 0x4d, 0x95, 0x9d, 0xf7, 0xe9, 0x46, 0xd3, 0xf0, 0x7b, 0xd1, 0xb6, 0x16,
};
static CK_BYTE server_random[32] = {
	0xae, 0x6c, 0x80, 0x6f, 0x8a, 0xd4, 0xd8, 0x07, 0x84, 0x54, 0x9d, 0xff, 0x28, 0xa4, 0xb5, 0x8f,
	0xd8, 0x37, 0x68, 0x1a, 0x51, 0xd9, 0x28, 0xc3, 0xe3, 0x0e, 0xe5, 0xff, 0x14, 0xf3, 0x98, 0x68,
};
static const uint8_t key_block[128] = {
	0xd0, 0x61, 0x39, 0x88, 0x9f, 0xff, 0xac, 0x1e, 0x3a, 0x71, 0x86, 0x5f, 0x50, 0x4a, 0xa5, 0xd0,
	0xd2, 0xa2, 0xe8, 0x95, 0x06, 0xc6, 0xf2, 0x27, 0x9b, 0x67, 0x0c, 0x3e, 0x1b, 0x74, 0xf5, 0x31,
	0x01, 0x6a, 0x25, 0x30, 0xc5, 0x1a, 0x3a, 0x0f, 0x7e, 0x1d, 0x65, 0x90, 0xd0, 0xf0, 0x56, 0x6b,
	0x2f, 0x38, 0x7f, 0x8d, 0x11, 0xfd, 0x4f, 0x73, 0x1c, 0xdd, 0x57, 0x2d, 0x2e, 0xae, 0x92, 0x7f,
	0x6f, 0x2f, 0x81, 0x41, 0x0b, 0x25, 0xe6, 0x96, 0x0b, 0xe6, 0x89, 0x85, 0xad, 0xd6, 0xc3, 0x84,
	0x45, 0xad, 0x9f, 0x8c, 0x64, 0xbf, 0x80, 0x68, 0xbf, 0x9a, 0x66, 0x79, 0x48, 0x5d, 0x96, 0x6f,
	0x1a, 0xd6, 0xf6, 0x8b, 0x43, 0x49, 0x5b, 0x10, 0xa6, 0x83, 0x75, 0x5e, 0xa2, 0xb8, 0x58, 0xd7,
	0x0c, 0xca, 0xc7, 0xec, 0x8b, 0x05, 0x3c, 0x6b, 0xd4, 0x1c, 0xa2, 0x99, 0xd4, 0xe5, 0x19, 0x28,
};

#define HELLOS { client_hello, 32, server_hello, 32 }
#define RANDOMS { client_random, 32, server_random, 32 }

static CK_RV derive(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *templ, CK_ULONG count,
		    CK_OBJECT_HANDLE *key)
{
	return env.f->C_DeriveKey(env.session, mechanism, base, templ, count, key);
}

static CK_OBJECT_HANDLE derive_ok(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base)
{
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;

	env_ok(derive(mechanism, base, NULL, 0, &key));
	ck_assert_uint_ne(key, CK_INVALID_HANDLE);
	return key;
}

static void refuse(CK_RV expected, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base)
{
	CK_OBJECT_HANDLE key = NOT_WRITTEN;

	env_rv(expected, derive(mechanism, base, NULL, 0, &key));
	ck_assert_uint_eq(key, NOT_WRITTEN);
}

static void expect_value(CK_OBJECT_HANDLE key, const uint8_t *value, size_t len)
{
	CK_BYTE got[256];

	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, value, len);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), len);
}

/* How many objects the session sees. */
static size_t object_count(void)
{
	CK_OBJECT_HANDLE found[64];
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, NULL, 0));
	env_ok(env.f->C_FindObjects(env.session, found, ENV_COUNT(found), &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	ck_assert_uint_lt(count, ENV_COUNT(found));
	return count;
}

/* A base key with these two attributes; what was created was never always sensitive. */
static CK_OBJECT_HANDLE import_as(const void *value, size_t len, CK_BBOOL sensitive, CK_BBOOL extractable)
{
	CK_ATTRIBUTE templ[] = {
		CLASS, TYPE(generic), { CKA_VALUE, (void *)(uintptr_t)value, len },
		FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable),
	};
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	return key;
}

/* A base key of 48 bytes that has been inside all its life: from the card's. */
static CK_OBJECT_HANDLE agree_as(CK_BBOOL sensitive, CK_BBOOL extractable)
{
	static CK_ULONG len = 48;
	struct env_peer peer;
	CK_ATTRIBUTE templ[] = {
		CLASS, TYPE(generic), LEN(len), FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable),
	};
	CK_OBJECT_HANDLE key = 0;

	env_peer_make(&peer, ENV_P256, "P-256");
	env_ok(env_derive(&peer, CKD_SHA256_KDF, NULL, 0, templ, ENV_COUNT(templ), &key));
	env_peer_free(&peer);
	return key;
}

/* ---- master secrets --------------------------------------------------------------------------------- */

START_TEST(a_master_secret_of_tls12_is_what_the_vectors_say)
{
	CK_VERSION version = { 9, 9 };
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, &version, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, params);
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = derive_ok(&mechanism, env_import(generic, pre_master, sizeof(pre_master)));
	expect_value(key, master_secret, sizeof(master_secret));
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	ck_assert_uint_eq(version.major, pre_master[0]);
	ck_assert_uint_eq(version.minor, pre_master[1]);
	env_stop();
}
END_TEST

START_TEST(the_version_need_not_be_asked_for)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, params);

	env_start_logged_in();
	expect_value(derive_ok(&mechanism, env_import(generic, pre_master, 48)), master_secret, 48);
	env_stop();
}
END_TEST

/* The params structure at an odd address. */
START_TEST(parameters_may_stand_at_any_address)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_BYTE odd[sizeof(params) + 1];
	CK_MECHANISM mechanism = { CKM_TLS12_MASTER_KEY_DERIVE, odd + 1, sizeof(params) };

	memcpy(odd + 1, &params, sizeof(params));
	env_start_logged_in();
	expect_value(derive_ok(&mechanism, env_import(generic, pre_master, 48)), master_secret, 48);
	env_stop();
}
END_TEST

static const struct {
	CK_MECHANISM_TYPE mechanism;
	const char *name;
	size_t len;
} prf_hashes[] = {
	{ CKM_SHA_1, "SHA1", 20 }, { CKM_SHA224, "SHA2-224", 28 }, { CKM_SHA256, "SHA2-256", 32 },
	{ CKM_SHA384, "SHA2-384", 48 }, { CKM_SHA512, "SHA2-512", 64 }, { CKM_SHA3_256, "SHA3-256", 32 },
};

/* From agreed secrets of any length, with each hash. */
START_TEST(diffie_hellman_forms_take_secrets_of_any_length)
{
	static const size_t lengths[] = { 1, 32, 47, 48, 66, 200 };
	uint8_t secret[200];
	uint8_t seed[64];
	uint8_t expected[48];

	memset(secret, 0xa7, sizeof(secret));
	memcpy(seed, client_hello, 32);
	memcpy(seed + 32, server_hello, 32);
	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(lengths); i++) {
		CK_OBJECT_HANDLE base = env_import(generic, secret, lengths[i]);
		struct env_prf prf = { NULL, secret, lengths[i], "master secret", seed, sizeof(seed) };
		CKI_SSL3_MASTER_KEY_DERIVE_PARAMS tls10 = { HELLOS, NULL };
		CK_MECHANISM old = MECHANISM(CKM_TLS_MASTER_KEY_DERIVE_DH, tls10);

		for (size_t h = 0; h < ENV_COUNT(prf_hashes); h++) {
			CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, prf_hashes[h].mechanism };
			CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE_DH, params);

			prf.hash = prf_hashes[h].name;
			env_tls_prf(&prf, expected, sizeof(expected));
			expect_value(derive_ok(&mechanism, base), expected, sizeof(expected));
		}
		prf.hash = "MD5-SHA1";
		env_tls_prf(&prf, expected, sizeof(expected));
		expect_value(derive_ok(&old, base), expected, sizeof(expected));
	}
	env_stop();
}
END_TEST

START_TEST(the_extended_forms_derive_from_the_session_hash)
{
	CK_BYTE session_hash[64];
	CK_VERSION version;
	uint8_t expected[48];

	memset(session_hash, 0x3c, sizeof(session_hash));
	env_start_logged_in();
	for (size_t h = 0; h < ENV_COUNT(prf_hashes); h++) {
		CK_OBJECT_HANDLE base = env_import(generic, pre_master, 48);
		struct env_prf prf = { prf_hashes[h].name, pre_master, 48, "extended master secret", session_hash,
				       prf_hashes[h].len };
		CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS params = {
			prf_hashes[h].mechanism, session_hash, prf_hashes[h].len, &version,
		};
		CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, params);

		env_tls_prf(&prf, expected, sizeof(expected));
		version = (CK_VERSION){ 0, 0 };
		expect_value(derive_ok(&mechanism, base), expected, 48);
		ck_assert_uint_eq(version.major, pre_master[0]);
		ck_assert_uint_eq(version.minor, pre_master[1]);
		mechanism.mechanism = CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH;
		params.pVersion = NULL;
		expect_value(derive_ok(&mechanism, base), expected, 48);
	}
	env_stop();
}
END_TEST

START_TEST(tls10_tells_the_version_too)
{
	CK_VERSION version = { 0, 0 };
	CKI_SSL3_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, &version };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_MASTER_KEY_DERIVE, params);
	struct env_prf prf = { "MD5-SHA1", pre_master, 48, "master secret", NULL, 64 };
	uint8_t seed[64];
	uint8_t expected[48];
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE allowed = { CKA_ALLOWED_MECHANISMS, NULL, 0 };

	memcpy(seed, client_hello, 32);
	memcpy(seed + 32, server_hello, 32);
	prf.seed = seed;
	env_tls_prf(&prf, expected, sizeof(expected));
	env_start_logged_in();
	key = derive_ok(&mechanism, env_import(generic, pre_master, 48));
	expect_value(key, expected, 48);
	ck_assert_uint_eq(version.major, pre_master[0]);
	ck_assert_uint_eq(version.minor, pre_master[1]);
	/* what a master secret may do is said for TLS 1.2 only */
	env_rv(CKR_ATTRIBUTE_TYPE_INVALID, env.f->C_GetAttributeValue(env.session, key, &allowed, 1));
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.40.4: they are for pre-master secrets of 48 bytes with the version in front. */
START_TEST(the_rsa_forms_take_48_bytes_only)
{
	CK_VERSION version = { 9, 9 };
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS tls12 = { HELLOS, &version, CKM_SHA256 };
	CKI_SSL3_MASTER_KEY_DERIVE_PARAMS tls10 = { HELLOS, &version };
	CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS extended = { CKM_SHA256, client_hello, 32, &version };
	CK_MECHANISM mechanisms[] = {
		MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, tls12),
		MECHANISM(CKM_TLS_MASTER_KEY_DERIVE, tls10),
		MECHANISM(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, extended),
	};
	uint8_t longer[49] = { 3, 3 };

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++) {
		refuse(CKR_KEY_SIZE_RANGE, &mechanisms[i], env_import(generic, pre_master, 47));
		refuse(CKR_KEY_SIZE_RANGE, &mechanisms[i], env_import(generic, longer, 49));
		refuse(CKR_KEY_TYPE_INCONSISTENT, &mechanisms[i], env_import(aes, pre_master, 32));
	}
	ck_assert_uint_eq(version.major, 9);
	ck_assert_uint_eq(version.minor, 9);
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.40.5: pVersion has to be NULL, because no version is in the secret. */
START_TEST(the_diffie_hellman_forms_have_no_version)
{
	CK_VERSION version = { 9, 9 };
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS tls12 = { HELLOS, &version, CKM_SHA256 };
	CKI_SSL3_MASTER_KEY_DERIVE_PARAMS tls10 = { HELLOS, &version };
	CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS extended = { CKM_SHA256, client_hello, 32, &version };
	CK_MECHANISM mechanisms[] = {
		MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE_DH, tls12),
		MECHANISM(CKM_TLS_MASTER_KEY_DERIVE_DH, tls10),
		MECHANISM(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, extended),
	};

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++)
		refuse(CKR_MECHANISM_PARAM_INVALID, &mechanisms[i], env_import(generic, pre_master, 48));
	ck_assert_uint_eq(version.major, 9);
	env_stop();
}
END_TEST

/* Each member of the randoms wrong in its turn. */
static void refuse_randoms(CKI_SSL3_RANDOM_DATA *randoms, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base)
{
	const CKI_SSL3_RANDOM_DATA good = *randoms;
	static const CK_ULONG lengths[] = { 0, 31, 33, CK_UNAVAILABLE_INFORMATION };

	randoms->pClientRandom = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	*randoms = good;
	randoms->pServerRandom = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	*randoms = good;
	for (size_t i = 0; i < ENV_COUNT(lengths); i++) {
		randoms->ulClientRandomLen = lengths[i];
		refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
		*randoms = good;
		randoms->ulServerRandomLen = lengths[i];
		refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
		*randoms = good;
	}
}

static void refuse_hashes(CK_MECHANISM_TYPE *hash, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base)
{
	static const CK_MECHANISM_TYPE wrong[] = { 0, CKM_SHA256_HMAC, CKM_AES_CBC, CKM_BLAKE2B_160, 0x7777, ~0ul };
	const CK_MECHANISM_TYPE good = *hash;

	for (size_t i = 0; i < ENV_COUNT(wrong); i++) {
		*hash = wrong[i];
		refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	}
	*hash = good;
}

static void refuse_lengths(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base)
{
	const CK_MECHANISM good = *mechanism;

	mechanism->pParameter = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	mechanism->ulParameterLen = 0;
	refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	*mechanism = good;
	mechanism->ulParameterLen--;
	refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	*mechanism = good;
	mechanism->ulParameterLen++;
	refuse(CKR_MECHANISM_PARAM_INVALID, mechanism, base);
	*mechanism = good;
}

START_TEST(each_member_of_the_parameters_is_checked)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS tls12 = { HELLOS, NULL, CKM_SHA256 };
	CKI_SSL3_MASTER_KEY_DERIVE_PARAMS tls10 = { HELLOS, NULL };
	CK_MECHANISM mechanisms[] = {
		MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, tls12),
		MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE_DH, tls12),
		MECHANISM(CKM_TLS_MASTER_KEY_DERIVE, tls10),
		MECHANISM(CKM_TLS_MASTER_KEY_DERIVE_DH, tls10),
	};
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, pre_master, 48);
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++) {
		refuse_lengths(&mechanisms[i], base);
		refuse_randoms(i < 2 ? &tls12.RandomInfo : &tls10.RandomInfo, &mechanisms[i], base);
		if (i < 2)
			refuse_hashes(&tls12.prfHashMechanism, &mechanisms[i], base);
		(void)derive_ok(&mechanisms[i], base);
	}
	env_stop();
}
END_TEST

START_TEST(the_session_hash_has_the_length_of_its_hash)
{
	CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS params = { CKM_SHA256, client_hello, 32, NULL };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, params);
	static const CK_ULONG lengths[] = { 0, 31, 33, 48, CK_UNAVAILABLE_INFORMATION };
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, pre_master, 48);
	refuse_lengths(&mechanism, base);
	refuse_hashes(&params.prfHashMechanism, &mechanism, base);
	for (size_t i = 0; i < ENV_COUNT(lengths); i++) {
		params.ulSessionHashLen = lengths[i];
		refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	}
	params.ulSessionHashLen = 32;
	params.pSessionHash = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.40.4: a template may say so, and nothing else. */
START_TEST(a_master_secret_is_a_generic_secret_of_48_bytes)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE_DH, params);
	static CK_ULONG master_len = 48;
	static CK_ULONG other_len = 47;
	CK_ATTRIBUTE said[] = { CLASS, TYPE(generic), LEN(master_len) };
	CK_ATTRIBUTE shorter[] = { LEN(other_len) };
	CK_ATTRIBUTE for_aes[] = { TYPE(aes) };
	CK_OBJECT_HANDLE key = NOT_WRITTEN;
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, pre_master, 48);
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&mechanism, base, shorter, 1, &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&mechanism, base, for_aes, 1, &key));
	env_rv(CKR_ARGUMENTS_BAD, derive(&mechanism, base, said, 3, NULL));
	ck_assert_uint_eq(key, NOT_WRITTEN);
	env_ok(derive(&mechanism, base, said, ENV_COUNT(said), &key));
	expect_value(key, master_secret, 48);
	env_stop();
}
END_TEST

START_TEST(a_master_secret_may_do_what_tls12_does_with_it)
{
	static const CK_MECHANISM_TYPE wanted[] = {
		CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_SAFE_DERIVE, CKM_TLS_KDF, CKM_TLS_MAC, CKM_TLS12_KDF,
		CKM_TLS12_MAC,
	};
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, params);
	CK_MECHANISM hash = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CKI_TLS_PRF_PARAMS prf_params = { client_random, 32, client_hello, 32, NULL, NULL };
	CK_MECHANISM prf = MECHANISM(CKM_TLS_PRF, prf_params);
	CK_MECHANISM_TYPE got[ENV_COUNT(wanted)];
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = derive_ok(&mechanism, env_import(generic, pre_master, 48));
	ck_assert_uint_eq(env_attribute(key, CKA_ALLOWED_MECHANISMS, got, sizeof(got)), sizeof(wanted));
	ck_assert_mem_eq(got, wanted, sizeof(wanted));
	refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &hash, key);
	refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &prf, key);
	refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &mechanism, key);
	env_stop();
}
END_TEST

/* A client that wants no bytes of the key block read allows CKM_TLS12_KEY_SAFE_DERIVE alone (PKCS#11 3.2 6.40.7). */
START_TEST(a_template_may_allow_fewer_mechanisms_and_not_others)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, params);
	CK_MECHANISM_TYPE safe[] = { CKM_TLS12_KEY_SAFE_DERIVE };
	CK_MECHANISM_TYPE other[] = { CKM_TLS12_KEY_SAFE_DERIVE, CKM_SHA256_KEY_DERIVATION };
	CK_ATTRIBUTE narrower[] = { { CKA_ALLOWED_MECHANISMS, safe, sizeof(safe) } };
	CK_ATTRIBUTE wider[] = { { CKA_ALLOWED_MECHANISMS, other, sizeof(other) } };
	CKI_SSL3_KEY_MAT_OUT out = { 0 };
	CKI_TLS12_KEY_MAT_PARAMS keys = { 160, 128, 0, CK_FALSE, RANDOMS, &out, CKM_SHA256 };
	CK_MECHANISM expansion = MECHANISM(CKM_TLS12_KEY_AND_MAC_DERIVE, keys);
	CK_ATTRIBUTE for_aes[] = { TYPE(aes) };
	CK_OBJECT_HANDLE key = NOT_WRITTEN;
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, pre_master, 48);
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&mechanism, base, wider, 1, &key));
	env_ok(derive(&mechanism, base, narrower, 1, &key));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, derive(&expansion, key, for_aes, 1, NULL));
	expansion.mechanism = CKM_TLS12_KEY_SAFE_DERIVE;
	env_ok(derive(&expansion, key, for_aes, 1, NULL));
	env_stop();
}
END_TEST

/*
 * PKCS#11 3.2 6.40.4: sensitive and extractable as the template says or by default; always sensitive and never
 * extractable when the base key was and the derived key is.
 */
START_TEST(a_master_secret_remembers_its_pre_master_secret)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE_DH, params);

	env_start_logged_in();
	for (unsigned bits = 0; bits < 16; bits++) {
		CK_BBOOL sensitive = bits & 1;
		CK_BBOOL extractable = bits >> 1 & 1;
		bool inside = (bits >> 2 & 1) != 0;
		CK_BBOOL strict = bits >> 3 & 1;
		CK_OBJECT_HANDLE base = inside ? agree_as(strict, !strict) : import_as(pre_master, 48, strict, !strict);
		CK_ATTRIBUTE templ[] = { FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable) };
		CK_OBJECT_HANDLE key = 0;

		env_ok(derive(&mechanism, base, templ, ENV_COUNT(templ), &key));
		ck_assert_int_eq(env_flag(key, CKA_SENSITIVE), sensitive);
		ck_assert_int_eq(env_flag(key, CKA_EXTRACTABLE), extractable);
		ck_assert_int_eq(env_flag(key, CKA_ALWAYS_SENSITIVE), inside && strict && sensitive);
		ck_assert_int_eq(env_flag(key, CKA_NEVER_EXTRACTABLE), inside && strict && !extractable);
		ck_assert(!env_flag(key, CKA_LOCAL));
		ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
		ck_assert(env_flag(key, CKA_PRIVATE));
	}
	env_stop();
}
END_TEST

/* ---- key blocks ------------------------------------------------------------------------------------- */

/* What a derivation of keys was given, and all it can write. */
struct block {
	CKI_SSL3_KEY_MAT_OUT out;
	CK_BYTE iv_client[24];
	CK_BYTE iv_server[24];
	CKI_TLS12_KEY_MAT_PARAMS params;
	CK_MECHANISM mechanism;
};

static void block_init(struct block *block, CK_ULONG mac_bits, CK_ULONG key_bits, CK_ULONG iv_bits)
{
	memset(block, 0xee, sizeof(*block));
	block->out = (CKI_SSL3_KEY_MAT_OUT){
		NOT_WRITTEN, NOT_WRITTEN, NOT_WRITTEN, NOT_WRITTEN, block->iv_client, block->iv_server,
	};
	block->params = (CKI_TLS12_KEY_MAT_PARAMS){
		mac_bits, key_bits, iv_bits, CK_FALSE, RANDOMS, &block->out, CKM_SHA256,
	};
	block->mechanism = (CK_MECHANISM)MECHANISM(CKM_TLS12_KEY_AND_MAC_DERIVE, block->params);
}

static void expect_untouched(const struct block *block)
{
	for (size_t i = 0; i < sizeof(block->iv_client); i++) {
		ck_assert_uint_eq(block->iv_client[i], 0xee);
		ck_assert_uint_eq(block->iv_server[i], 0xee);
	}
	ck_assert_uint_eq(block->out.hClientMacSecret, NOT_WRITTEN);
	ck_assert_uint_eq(block->out.hServerMacSecret, NOT_WRITTEN);
	ck_assert_uint_eq(block->out.hClientKey, NOT_WRITTEN);
	ck_assert_uint_eq(block->out.hServerKey, NOT_WRITTEN);
}

static CK_RV derive_aes(struct block *block, CK_OBJECT_HANDLE base)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };

	return derive(&block->mechanism, base, templ, ENV_COUNT(templ), NULL);
}

/* All or nothing: no object more, no handle, no byte. */
static void refuse_block(CK_RV expected, struct block *block, CK_OBJECT_HANDLE base)
{
	const size_t before = object_count();

	env_rv(expected, derive_aes(block, base));
	expect_untouched(block);
	ck_assert_uint_eq(object_count(), before);
}

START_TEST(a_key_block_of_tls12_is_what_the_vectors_say)
{
	struct block block;

	block_init(&block, 160, 256, 80);
	env_start_logged_in();
	env_ok(derive_aes(&block, env_import(generic, master_secret, 48)));
	expect_value(block.out.hClientMacSecret, key_block, 20);
	expect_value(block.out.hServerMacSecret, key_block + 20, 20);
	expect_value(block.out.hClientKey, key_block + 40, 32);
	expect_value(block.out.hServerKey, key_block + 72, 32);
	ck_assert_mem_eq(block.iv_client, key_block + 104, 10);
	ck_assert_mem_eq(block.iv_server, key_block + 114, 10);
	ck_assert_uint_eq(block.iv_client[10], 0xee);
	ck_assert_uint_eq(block.iv_server[10], 0xee);
	ck_assert_ptr_eq(block.out.pIVClient, block.iv_client);
	ck_assert_ptr_eq(block.out.pIVServer, block.iv_server);
	env_stop();
}
END_TEST

/* 6.40.6: phKey is not needed and best NULL; where it is not it is left alone. */
START_TEST(the_handle_of_the_call_is_not_used)
{
	struct block block;
	CK_OBJECT_HANDLE key = NOT_WRITTEN;
	CK_ATTRIBUTE templ[] = { TYPE(aes) };

	block_init(&block, 160, 128, 0);
	env_start_logged_in();
	env_ok(derive(&block.mechanism, env_import(generic, master_secret, 48), templ, 1, &key));
	ck_assert_uint_eq(key, NOT_WRITTEN);
	ck_assert_uint_ne(block.out.hServerKey, NOT_WRITTEN);
	env_stop();
}
END_TEST

/* An AEAD suite: keys and the implicit parts of the nonces. */
START_TEST(without_mac_keys_their_handles_are_invalid)
{
	struct block block;

	block_init(&block, 0, 128, 32);
	env_start_logged_in();
	env_ok(derive_aes(&block, env_import(generic, master_secret, 48)));
	ck_assert_uint_eq(block.out.hClientMacSecret, CK_INVALID_HANDLE);
	ck_assert_uint_eq(block.out.hServerMacSecret, CK_INVALID_HANDLE);
	expect_value(block.out.hClientKey, key_block, 16);
	expect_value(block.out.hServerKey, key_block + 16, 16);
	ck_assert_mem_eq(block.iv_client, key_block + 32, 4);
	ck_assert_mem_eq(block.iv_server, key_block + 36, 4);
	env_stop();
}
END_TEST

/* A suite with the NULL cipher. */
START_TEST(without_cipher_keys_their_handles_are_invalid)
{
	struct block block;

	block_init(&block, 256, 0, 0);
	block.out.pIVClient = NULL;
	block.out.pIVServer = NULL;
	env_start_logged_in();
	env_ok(derive_aes(&block, env_import(generic, master_secret, 48)));
	expect_value(block.out.hClientMacSecret, key_block, 32);
	expect_value(block.out.hServerMacSecret, key_block + 32, 32);
	ck_assert_uint_eq(block.out.hClientKey, CK_INVALID_HANDLE);
	ck_assert_uint_eq(block.out.hServerKey, CK_INVALID_HANDLE);
	env_stop();
}
END_TEST

START_TEST(the_safe_form_gives_no_initial_values)
{
	struct block block;

	block_init(&block, 160, 128, 128);
	block.mechanism.mechanism = CKM_TLS12_KEY_SAFE_DERIVE;
	env_start_logged_in();
	env_ok(derive_aes(&block, env_import(generic, master_secret, 48)));
	expect_value(block.out.hServerMacSecret, key_block + 20, 20);
	expect_value(block.out.hServerKey, key_block + 56, 16);
	ck_assert_uint_eq(block.iv_client[0], 0xee);
	ck_assert_uint_eq(block.iv_server[0], 0xee);
	/* nor does it look at what would be theirs */
	block_init(&block, 160, 128, 7);
	block.mechanism.mechanism = CKM_TLS12_KEY_SAFE_DERIVE;
	block.out.pIVClient = NULL;
	env_ok(derive_aes(&block, env_import(generic, master_secret, 48)));
	env_stop();
}
END_TEST

START_TEST(tls10_has_a_key_block_of_its_own)
{
	uint8_t seed[64];
	uint8_t expected[136];
	struct env_prf prf = { "MD5-SHA1", master_secret, 48, "key expansion", seed, sizeof(seed) };
	struct block block;
	CKI_SSL3_KEY_MAT_PARAMS params;
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_KEY_AND_MAC_DERIVE, params);
	CK_ATTRIBUTE templ[] = { TYPE(aes) };

	memcpy(seed, server_random, 32);
	memcpy(seed + 32, client_random, 32);
	env_tls_prf(&prf, expected, sizeof(expected));
	block_init(&block, 0, 0, 0);
	params = (CKI_SSL3_KEY_MAT_PARAMS){ 160, 256, 128, CK_FALSE, RANDOMS, &block.out };
	env_start_logged_in();
	env_ok(derive(&mechanism, env_import(generic, master_secret, 48), templ, 1, NULL));
	expect_value(block.out.hClientMacSecret, expected, 20);
	expect_value(block.out.hServerMacSecret, expected + 20, 20);
	expect_value(block.out.hClientKey, expected + 40, 32);
	expect_value(block.out.hServerKey, expected + 72, 32);
	ck_assert_mem_eq(block.iv_client, expected + 104, 16);
	ck_assert_mem_eq(block.iv_server, expected + 120, 16);
	/* of TLS 1.0 a key for MACs derives too (6.39.6) */
	ck_assert(env_flag(block.out.hClientMacSecret, CKA_DERIVE));
	params.bIsExport = CK_TRUE;
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive(&mechanism, env_import(generic, master_secret, 48), templ, 1, NULL));
	env_stop();
}
END_TEST

START_TEST(des3_keys_of_a_key_block_get_their_parity)
{
	struct block block;
	CK_ATTRIBUTE templ[] = { TYPE(des3) };
	uint8_t value[24];

	block_init(&block, 160, 192, 64);
	env_start_logged_in();
	env_ok(derive(&block.mechanism, env_import(generic, master_secret, 48), templ, 1, NULL));
	ck_assert_uint_eq(env_attribute(block.out.hClientKey, CKA_VALUE, value, sizeof(value)), sizeof(value));
	for (size_t i = 0; i < sizeof(value); i++) {
		ck_assert_int_eq(__builtin_popcount(value[i]) & 1, 1);
		ck_assert_int_eq(value[i] & 0xfe, key_block[40 + i] & 0xfe);
	}
	ck_assert_mem_eq(block.iv_server, key_block + 96, 8);
	env_stop();
}
END_TEST

START_TEST(lengths_of_a_key_block_are_checked)
{
	static const CK_ULONG wrong[] = { 1, 7, 129, CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION - 7 };
	struct block block;
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, master_secret, 48);
	for (size_t i = 0; i < ENV_COUNT(wrong); i++) {
		block_init(&block, wrong[i], 128, 128);
		refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
		block_init(&block, 160, wrong[i], 128);
		refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
		block_init(&block, 160, 128, wrong[i]);
		refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	}
	/* no cipher has an initial value so long: it would be bytes of keys */
	block_init(&block, 160, 128, 136);
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	block_init(&block, 0, 0, 128);
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	block_init(&block, 0, 0, 0);
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	/* not a length of AES */
	block_init(&block, 160, 136, 128);
	refuse_block(CKR_TEMPLATE_INCONSISTENT, &block, base);
	env_stop();
}
END_TEST

START_TEST(pointers_and_hashes_of_a_key_block_are_checked)
{
	struct block block;
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, master_secret, 48);
	block_init(&block, 160, 128, 128);
	refuse_lengths(&block.mechanism, base);
	refuse_randoms(&block.params.RandomInfo, &block.mechanism, base);
	refuse_hashes(&block.params.prfHashMechanism, &block.mechanism, base);
	block.params.bIsExport = CK_TRUE;
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	block.params.bIsExport = CK_FALSE;
	block.params.pReturnedKeyMaterial = NULL;
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	block.params.pReturnedKeyMaterial = &block.out;
	block.out.pIVClient = NULL;
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	block.out.pIVClient = block.iv_client;
	block.out.pIVServer = NULL;
	refuse_block(CKR_MECHANISM_PARAM_INVALID, &block, base);
	block.out.pIVServer = block.iv_server;
	refuse_block(CKR_KEY_SIZE_RANGE, &block, env_import(generic, master_secret, 47));
	refuse_block(CKR_KEY_TYPE_INCONSISTENT, &block, env_import(aes, master_secret, 32));
	refuse_block(CKR_KEY_HANDLE_INVALID, &block, 0x7fff);
	env_ok(derive_aes(&block, base));
	env_stop();
}
END_TEST

START_TEST(a_key_block_takes_four_keys_or_none)
{
	static CK_ULONG wrong_len = 32;
	CK_ATTRIBUTE templates[][2] = {
		{ TYPE(aes), LEN(wrong_len) },
		{ TYPE(aes), FLAG(CKA_TOKEN, yes) },
		{ TYPE(aes), FLAG(CKA_SENSITIVE, yes) },
		{ TYPE(aes), FLAG(CKA_EXTRACTABLE, no) },
		{ TYPE(aes), FLAG(CKA_MODULUS, yes) },
		{ TYPE(des3), FLAG(CKA_ENCRYPT, yes) },
	};
	static const CK_RV expected[] = {
		CKR_TEMPLATE_INCONSISTENT, CKR_SESSION_READ_ONLY, CKR_TEMPLATE_INCONSISTENT, CKR_TEMPLATE_INCONSISTENT,
		CKR_TEMPLATE_INCONSISTENT, CKR_TEMPLATE_INCONSISTENT,
	};
	struct block block;
	CK_OBJECT_HANDLE base;
	size_t before;

	env_start_logged_in();
	base = env_import(generic, master_secret, 48);
	block_init(&block, 160, 128, 128);
	before = object_count();
	for (size_t i = 0; i < ENV_COUNT(templates); i++) {
		env_rv(expected[i], derive(&block.mechanism, base, templates[i], 2, NULL));
		expect_untouched(&block);
		ck_assert_uint_eq(object_count(), before);
	}
	env_ok(derive_aes(&block, base));
	ck_assert_uint_eq(object_count(), before + 4);
	env_stop();
}
END_TEST

/* What fails when the keys are there already leaves none of them. */
START_TEST(a_key_block_that_fails_late_leaves_nothing)
{
	CK_BYTE check_value[3] = { 1, 2, 3 };
	CK_ATTRIBUTE templ[] = { TYPE(aes), { CKA_CHECK_VALUE, check_value, sizeof(check_value) } };
	struct block block;
	CK_OBJECT_HANDLE base;
	size_t before;

	env_start_logged_in();
	base = env_import(generic, master_secret, 48);
	block_init(&block, 160, 128, 128);
	before = object_count();
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, derive(&block.mechanism, base, templ, ENV_COUNT(templ), NULL));
	expect_untouched(&block);
	ck_assert_uint_eq(object_count(), before);
	env_stop();
}
END_TEST

static void expect_uses(CK_OBJECT_HANDLE key, bool mac)
{
	ck_assert_int_eq(env_flag(key, CKA_SIGN), mac);
	ck_assert_int_eq(env_flag(key, CKA_VERIFY), mac);
	ck_assert_int_eq(env_flag(key, CKA_ENCRYPT), !mac);
	ck_assert_int_eq(env_flag(key, CKA_DECRYPT), !mac);
	ck_assert_int_eq(env_flag(key, CKA_DERIVE), !mac);
	ck_assert(!env_flag(key, CKA_WRAP) && !env_flag(key, CKA_UNWRAP));
	ck_assert_uint_eq(env_number(key, CKA_CLASS), CKO_SECRET_KEY);
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), mac ? CKK_GENERIC_SECRET : CKK_AES);
}

/* 6.40.6: keys for MACs are generic secrets that sign and verify; the others encrypt, decrypt and derive. */
START_TEST(the_four_keys_are_for_what_they_are_made_for)
{
	CK_MECHANISM_TYPE cbc[] = { CKM_AES_CBC };
	CK_BYTE label[] = "traffic";
	CK_ATTRIBUTE templ[] = {
		TYPE(aes), { CKA_LABEL, label, 7 }, { CKA_ALLOWED_MECHANISMS, cbc, sizeof(cbc) },
	};
	CK_ATTRIBUTE allowed = { CKA_ALLOWED_MECHANISMS, NULL, 0 };
	CK_BYTE text[7];
	CK_BYTE ids[4][40];
	struct block block;

	block_init(&block, 160, 128, 0);
	env_start_logged_in();
	env_ok(derive(&block.mechanism, env_import(generic, master_secret, 48), templ, ENV_COUNT(templ), NULL));
	expect_uses(block.out.hClientMacSecret, true);
	expect_uses(block.out.hServerMacSecret, true);
	expect_uses(block.out.hClientKey, false);
	expect_uses(block.out.hServerKey, false);
	for (size_t i = 0; i < 4; i++) {
		CK_OBJECT_HANDLE key = (&block.out.hClientMacSecret)[i];

		ck_assert_uint_eq(env_attribute(key, CKA_LABEL, text, sizeof(text)), 7);
		ck_assert_mem_eq(text, label, 7);
		memset(ids[i], 0, sizeof(ids[i]));
		(void)env_attribute(key, CKA_UNIQUE_ID, ids[i], sizeof(ids[i]));
		for (size_t j = 0; j < i; j++)
			ck_assert_mem_ne(ids[i], ids[j], sizeof(ids[i]));
	}
	/* the template's list is of the cipher's mechanisms */
	env_rv(CKR_ATTRIBUTE_TYPE_INVALID,
	       env.f->C_GetAttributeValue(env.session, block.out.hServerMacSecret, &allowed, 1));
	env_ok(env.f->C_GetAttributeValue(env.session, block.out.hServerKey, &allowed, 1));
	ck_assert_uint_eq(allowed.ulValueLen, sizeof(cbc));
	env_stop();
}
END_TEST

START_TEST(a_template_says_more_of_the_cipher_keys_alone)
{
	CK_ATTRIBUTE templ[] = { TYPE(aes), FLAG(CKA_WRAP, yes), FLAG(CKA_DECRYPT, no), FLAG(CKA_SIGN, yes) };
	struct block block;

	block_init(&block, 160, 128, 0);
	env_start_logged_in();
	env_ok(derive(&block.mechanism, env_import(generic, master_secret, 48), templ, ENV_COUNT(templ), NULL));
	ck_assert(env_flag(block.out.hClientKey, CKA_WRAP) && env_flag(block.out.hClientKey, CKA_SIGN));
	ck_assert(!env_flag(block.out.hClientKey, CKA_DECRYPT) && !env_flag(block.out.hClientKey, CKA_UNWRAP));
	expect_uses(block.out.hClientMacSecret, true);
	env_stop();
}
END_TEST

/* 6.40.6: the four attributes are the base key's, and the template may not say otherwise. */
START_TEST(the_four_keys_are_as_secret_as_their_master_secret)
{
	env_start_logged_in();
	for (unsigned bits = 0; bits < 8; bits++) {
		CK_BBOOL sensitive = bits & 1;
		CK_BBOOL extractable = bits >> 1 & 1;
		CK_BBOOL other_sensitive = !sensitive;
		CK_BBOOL other_extractable = !extractable;
		bool inside = (bits >> 2 & 1) != 0;
		CK_OBJECT_HANDLE base = inside ? agree_as(sensitive, extractable)
					       : import_as(master_secret, 48, sensitive, extractable);
		CK_ATTRIBUTE same[] = {
			TYPE(aes), FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable),
		};
		CK_ATTRIBUTE other[] = { TYPE(aes), FLAG(CKA_SENSITIVE, other_sensitive) };
		CK_ATTRIBUTE third[] = { TYPE(aes), FLAG(CKA_EXTRACTABLE, other_extractable) };
		struct block block;

		block_init(&block, 160, 128, 0);
		env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&block.mechanism, base, other, 2, NULL));
		env_rv(CKR_TEMPLATE_INCONSISTENT, derive(&block.mechanism, base, third, 2, NULL));
		expect_untouched(&block);
		env_ok(derive(&block.mechanism, base, same, bits & 1 ? 3 : 1, NULL));
		for (size_t i = 0; i < 4; i++) {
			CK_OBJECT_HANDLE key = (&block.out.hClientMacSecret)[i];

			ck_assert_int_eq(env_flag(key, CKA_SENSITIVE), sensitive);
			ck_assert_int_eq(env_flag(key, CKA_EXTRACTABLE), extractable);
			ck_assert_int_eq(env_flag(key, CKA_ALWAYS_SENSITIVE), inside && sensitive);
			ck_assert_int_eq(env_flag(key, CKA_NEVER_EXTRACTABLE), inside && !extractable);
			ck_assert(!env_flag(key, CKA_LOCAL));
		}
	}
	env_stop();
}
END_TEST

/* ---- exporters and the PRF -------------------------------------------------------------------------- */

static void expect_export(const CKI_TLS_KDF_PARAMS *params, const char *hash, const uint8_t *seed, size_t seed_len)
{
	static CK_ULONG len = 100;
	CK_MECHANISM mechanism = { CKM_TLS_KDF, (void *)(uintptr_t)params, sizeof(*params) };
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_OBJECT_HANDLE base = env_import(generic, master_secret, 48);
	struct env_prf prf = { hash, master_secret, 48, "EXPERIMENTAL test", seed, seed_len };
	CK_OBJECT_HANDLE key = 0;
	uint8_t expected[100];

	env_tls_prf(&prf, expected, sizeof(expected));
	env_ok(derive(&mechanism, base, templ, 1, &key));
	expect_value(key, expected, sizeof(expected));
	mechanism.mechanism = CKM_TLS12_KDF;
	env_ok(derive(&mechanism, base, templ, 1, &key));
	expect_value(key, expected, sizeof(expected));
}

/* RFC 5705 4: no context, a context of no bytes, and one of some, are three different things. */
START_TEST(an_exporter_knows_no_context_from_an_empty_one)
{
	CK_BYTE label[] = "EXPERIMENTAL test";
	CK_BYTE context[300];
	CKI_TLS_KDF_PARAMS params = { CKM_SHA384, label, sizeof(label) - 1, RANDOMS, NULL, 0 };
	uint8_t seed[64 + 2 + sizeof(context)] = { 0 };

	memset(context, 0x55, sizeof(context));
	memcpy(seed, client_random, 32);
	memcpy(seed + 32, server_random, 32);
	env_start_logged_in();
	expect_export(&params, "SHA2-384", seed, 64);
	params.pContextData = context;
	expect_export(&params, "SHA2-384", seed, 66);
	params.ulContextDataLength = sizeof(context);
	seed[64] = sizeof(context) >> 8;
	seed[65] = sizeof(context) & 0xff;
	memcpy(seed + 66, context, sizeof(context));
	expect_export(&params, "SHA2-384", seed, sizeof(seed));
	params.prfMechanism = CKM_TLS_PRF;
	expect_export(&params, "MD5-SHA1", seed, sizeof(seed));
	env_stop();
}
END_TEST

START_TEST(each_member_of_an_exporters_parameters_is_checked)
{
	static CK_BYTE context[65536];
	CK_BYTE label[] = "EXPERIMENTAL test";
	CKI_TLS_KDF_PARAMS params = { CKM_SHA256, label, sizeof(label) - 1, RANDOMS, NULL, 0 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_KDF, params);
	CK_ATTRIBUTE templ[] = { TYPE(aes) };
	CK_OBJECT_HANDLE key = NOT_WRITTEN;
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, master_secret, 48);
	refuse_lengths(&mechanism, base);
	refuse_randoms(&params.RandomInfo, &mechanism, base);
	refuse_hashes(&params.prfMechanism, &mechanism, base);
	params.ulContextDataLength = 1;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params.pContextData = context;
	params.ulContextDataLength = sizeof(context);
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params.ulContextDataLength = sizeof(context) - 1;
	env_ok(derive(&mechanism, base, templ, 1, &key));
	key = NOT_WRITTEN;
	params.pLabel = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params.pLabel = label;
	params.ulLabelLength = 0;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params.ulLabelLength = CK_UNAVAILABLE_INFORMATION;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params.ulLabelLength = 5;
	/* nothing says how long the key is to be */
	refuse(CKR_TEMPLATE_INCOMPLETE, &mechanism, base);
	refuse(CKR_KEY_TYPE_INCONSISTENT, &mechanism, env_import(aes, master_secret, 32));
	env_rv(CKR_ARGUMENTS_BAD, derive(&mechanism, base, templ, 1, NULL));
	env_stop();
}
END_TEST

/* 6.40.8: a sensitive key's exports are sensitive, an unextractable one's unextractable. */
START_TEST(an_exported_key_is_bound_to_its_base_key)
{
	CK_BYTE label[] = "label";
	CKI_TLS_KDF_PARAMS params = { CKM_SHA256, label, 5, RANDOMS, NULL, 0 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_KDF, params);

	env_start_logged_in();
	for (unsigned bits = 0; bits < 32; bits++) {
		CK_BBOOL base_sensitive = bits & 1;
		CK_BBOOL base_extractable = bits >> 1 & 1;
		CK_BBOOL sensitive = bits >> 2 & 1;
		CK_BBOOL extractable = bits >> 3 & 1;
		bool inside = (bits >> 4 & 1) != 0;
		bool lax = (base_sensitive && !sensitive) || (!base_extractable && extractable);
		CK_OBJECT_HANDLE base = inside ? agree_as(base_sensitive, base_extractable)
					       : import_as(master_secret, 48, base_sensitive, base_extractable);
		CK_ATTRIBUTE templ[] = {
			TYPE(aes), FLAG(CKA_SENSITIVE, sensitive), FLAG(CKA_EXTRACTABLE, extractable),
		};
		CK_OBJECT_HANDLE key = 0;

		env_rv(lax ? CKR_TEMPLATE_INCONSISTENT : CKR_OK, derive(&mechanism, base, templ, 3, &key));
		if (!lax) {
			ck_assert_int_eq(env_flag(key, CKA_SENSITIVE), sensitive);
			ck_assert_int_eq(env_flag(key, CKA_EXTRACTABLE), extractable);
		}
		env_ok(derive(&mechanism, base, templ, 1, &key));
		ck_assert_int_eq(env_flag(key, CKA_SENSITIVE), base_sensitive);
		ck_assert_int_eq(env_flag(key, CKA_EXTRACTABLE), base_extractable);
		ck_assert_int_eq(env_flag(key, CKA_ALWAYS_SENSITIVE), inside && base_sensitive);
		ck_assert_int_eq(env_flag(key, CKA_NEVER_EXTRACTABLE), inside && !base_extractable);
		ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 32);
	}
	env_stop();
}
END_TEST

START_TEST(the_prf_gives_its_bytes_to_the_caller)
{
	CK_BYTE label[] = "client finished";
	CK_BYTE output[2000];
	CK_ULONG len = 12;
	CKI_TLS_PRF_PARAMS params = { client_random, 32, label, sizeof(label) - 1, output, &len };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_PRF, params);
	struct env_prf prf = { "MD5-SHA1", master_secret, 47, "client finished", client_random, 32 };
	uint8_t expected[2000];
	CK_OBJECT_HANDLE base;
	size_t before;

	env_start_logged_in();
	base = env_import(generic, master_secret, 47);
	before = object_count();
	memset(output, 0xee, sizeof(output));
	env_ok(derive(&mechanism, base, NULL, 0, NULL));
	env_tls_prf(&prf, expected, sizeof(expected));
	ck_assert_uint_eq(len, 12);
	ck_assert_mem_eq(output, expected, 12);
	ck_assert_uint_eq(output[12], 0xee);
	len = sizeof(output);
	env_ok(derive(&mechanism, base, NULL, 0, NULL));
	ck_assert_mem_eq(output, expected, sizeof(output));
	params.ulSeedLen = 0;
	params.pSeed = NULL;
	prf.seed_len = 0;
	env_tls_prf(&prf, expected, sizeof(expected));
	env_ok(derive(&mechanism, base, NULL, 0, NULL));
	ck_assert_mem_eq(output, expected, sizeof(output));
	ck_assert_uint_eq(object_count(), before);
	env_stop();
}
END_TEST

START_TEST(each_member_of_the_prfs_parameters_is_checked)
{
	CK_BYTE label[] = "label";
	CK_BYTE output[16];
	CK_ULONG len = sizeof(output);
	const CKI_TLS_PRF_PARAMS good = { client_random, 32, label, 5, output, &len };
	CKI_TLS_PRF_PARAMS params = good;
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS_PRF, params);
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = env_import(generic, master_secret, 48);
	memset(output, 0xee, sizeof(output));
	refuse_lengths(&mechanism, base);
	params.pSeed = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params = good;
	params.pLabel = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params = good;
	params.ulSeedLen = CK_UNAVAILABLE_INFORMATION;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params = good;
	params.ulLabelLen = CK_UNAVAILABLE_INFORMATION;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params = good;
	params.pOutput = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params = good;
	params.pulOutputLen = NULL;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	params = good;
	len = 0;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	len = CK_UNAVAILABLE_INFORMATION;
	refuse(CKR_MECHANISM_PARAM_INVALID, &mechanism, base);
	ck_assert_uint_eq(output[0], 0xee);
	refuse(CKR_KEY_TYPE_INCONSISTENT, &mechanism, env_import(aes, master_secret, 32));
	env_stop();
}
END_TEST

START_TEST(a_key_that_may_not_derive_does_not)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = { HELLOS, NULL, CKM_SHA256 };
	CK_MECHANISM mechanism = MECHANISM(CKM_TLS12_MASTER_KEY_DERIVE, params);
	CK_ATTRIBUTE templ[] = {
		CLASS, TYPE(generic), { CKA_VALUE, (void *)(uintptr_t)pre_master, 48 }, FLAG(CKA_DERIVE, no),
	};
	CK_OBJECT_HANDLE base = 0;

	env_start_logged_in();
	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &base));
	refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &mechanism, base);
	refuse(CKR_KEY_TYPE_INCONSISTENT, &mechanism, env.key);
	env_stop();
}
END_TEST

START_TEST(the_mechanisms_say_the_size_of_their_keys)
{
	static const CK_MECHANISM_TYPE sized[] = {
		CKM_TLS12_MASTER_KEY_DERIVE, CKM_TLS12_MASTER_KEY_DERIVE_DH, CKM_TLS_MASTER_KEY_DERIVE,
		CKM_TLS_MASTER_KEY_DERIVE_DH, CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE,
		CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, CKM_TLS12_KEY_AND_MAC_DERIVE,
	};
	CK_MECHANISM_INFO info;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(sized); i++) {
		env_ok(env.f->C_GetMechanismInfo(env.slot, sized[i], &info));
		ck_assert_uint_eq(info.ulMinKeySize, 48);
		ck_assert_uint_eq(info.ulMaxKeySize, 48);
		ck_assert_uint_eq(info.flags, CKF_DERIVE);
	}
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_master_secret_of_tls12_is_what_the_vectors_say);
	tcase_add_test(tc, the_version_need_not_be_asked_for);
	tcase_add_test(tc, parameters_may_stand_at_any_address);
	tcase_add_test(tc, diffie_hellman_forms_take_secrets_of_any_length);
	tcase_add_test(tc, the_extended_forms_derive_from_the_session_hash);
	tcase_add_test(tc, tls10_tells_the_version_too);
	tcase_add_test(tc, the_rsa_forms_take_48_bytes_only);
	tcase_add_test(tc, the_diffie_hellman_forms_have_no_version);
	tcase_add_test(tc, each_member_of_the_parameters_is_checked);
	tcase_add_test(tc, the_session_hash_has_the_length_of_its_hash);
	tcase_add_test(tc, a_master_secret_is_a_generic_secret_of_48_bytes);
	tcase_add_test(tc, a_master_secret_may_do_what_tls12_does_with_it);
	tcase_add_test(tc, a_template_may_allow_fewer_mechanisms_and_not_others);
	tcase_add_test(tc, a_master_secret_remembers_its_pre_master_secret);
	tcase_add_test(tc, a_key_block_of_tls12_is_what_the_vectors_say);
	tcase_add_test(tc, the_handle_of_the_call_is_not_used);
	tcase_add_test(tc, without_mac_keys_their_handles_are_invalid);
	tcase_add_test(tc, without_cipher_keys_their_handles_are_invalid);
	tcase_add_test(tc, the_safe_form_gives_no_initial_values);
	tcase_add_test(tc, tls10_has_a_key_block_of_its_own);
	tcase_add_test(tc, des3_keys_of_a_key_block_get_their_parity);
	tcase_add_test(tc, lengths_of_a_key_block_are_checked);
	tcase_add_test(tc, pointers_and_hashes_of_a_key_block_are_checked);
	tcase_add_test(tc, a_key_block_takes_four_keys_or_none);
	tcase_add_test(tc, a_key_block_that_fails_late_leaves_nothing);
	tcase_add_test(tc, the_four_keys_are_for_what_they_are_made_for);
	tcase_add_test(tc, a_template_says_more_of_the_cipher_keys_alone);
	tcase_add_test(tc, the_four_keys_are_as_secret_as_their_master_secret);
	tcase_add_test(tc, an_exporter_knows_no_context_from_an_empty_one);
	tcase_add_test(tc, each_member_of_an_exporters_parameters_is_checked);
	tcase_add_test(tc, an_exported_key_is_bound_to_its_base_key);
	tcase_add_test(tc, the_prf_gives_its_bytes_to_the_caller);
	tcase_add_test(tc, each_member_of_the_prfs_parameters_is_checked);
	tcase_add_test(tc, a_key_that_may_not_derive_does_not);
	tcase_add_test(tc, the_mechanisms_say_the_size_of_their_keys);
}

TEST_MAIN("pkcs11/derive TLS", add)
