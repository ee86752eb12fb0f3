/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_DeriveKey: every row of the map against OpenSSL, every way to ask wrongly, and the life of a derived key. */
#include "config.h"

#include <string.h>

#include "pkcs11/derive_map.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_KEY_TYPE des3 = CKK_DES3;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

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

static void expect_value(CK_OBJECT_HANDLE key, const uint8_t *value, size_t len)
{
	CK_BYTE got[1024];

	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, value, len);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), len);
}

static CK_OBJECT_HANDLE derive(CK_ULONG kdf, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_OBJECT_HANDLE key = 0;

	env_ok(env_derive(&peer, kdf, NULL, 0, templ, count, &key));
	ck_assert_uint_ne(key, 0);
	return key;
}

/* Refused with this code, without a handle and without a card command. */
static void refuse(CK_RV expected, CK_ULONG kdf, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	unsigned long before = env_card_commands();
	CK_OBJECT_HANDLE key = 77;

	env_rv(expected, env_derive(&peer, kdf, NULL, 0, templ, count, &key));
	ck_assert_uint_eq(key, 77);
	ck_assert_uint_eq(env_card_commands(), before);
}

static CK_RV derive_raw(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };

	return env.f->C_DeriveKey(env.session, mechanism, base, templ, ENV_COUNT(templ), key);
}

static CK_RV derive_point(CK_BYTE *point, CK_ULONG len, CK_OBJECT_HANDLE *key)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL, .ulPublicDataLen = len, .pPublicData = point };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };

	return derive_raw(&mechanism, env.key, key);
}

static void check_row(const struct derive_row *row, const void *info, size_t info_len, CK_ULONG len)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), LEN(len) };
	CK_ECDH1_DERIVE_PARAMS params = {
		.kdf = row->ckd,
		.ulSharedDataLen = info_len,
		.pSharedData = (CK_BYTE *)(uintptr_t)info,
		.ulPublicDataLen = peer.point_len,
		.pPublicData = peer.point,
	};
	CK_MECHANISM mechanism = { row->mechanism, &params, sizeof(params) };
	CK_OBJECT_HANDLE key = 0;
	uint8_t expected[400];

	env_ok(env.f->C_DeriveKey(env.session, &mechanism, env.key, templ, ENV_COUNT(templ), &key));
	env_kdf(row->kdf == MD_KDF_X963 ? "X963KDF" : "SSKDF", env_digest(row->hash), &peer, info, info_len,
		expected, len);
	expect_value(key, expected, len);
	env_ok(env.f->C_DestroyObject(env.session, key));
}

START_TEST(every_row_of_the_map_gives_what_openssl_computes)
{
	static uint8_t info[5000];
	const struct derive_row *row;

	memset(info, 0x5a, sizeof(info));
	start();
	for (size_t i = 0; (row = cki_derive_map_row(i)) != NULL; i++) {
		if (row->usual_len == 0 || cki_derive_map_find(row->mechanism, row->ckd) == NULL)
			continue;
		check_row(row, NULL, 0, 32);
		check_row(row, "shared", 6, 1);
		check_row(row, info, sizeof(info), 400);
		check_row(row, info, 1, row->usual_len);
		check_row(row, info, 100, row->usual_len + 1);
	}
	stop();
}
END_TEST

START_TEST(a_key_is_derived_from_a_session_key_by_its_hash)
{
	static const uint8_t sha256[32] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	CK_MECHANISM mechanism = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;

	start();
	env_ok(env.f->C_DeriveKey(env.session, &mechanism, env_import(CKK_GENERIC_SECRET, "abc", 3), NULL, 0, &key));
	expect_value(key, sha256, sizeof(sha256));
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_DeriveKey(env.session, &mechanism, env.key, NULL, 0, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_DeriveKey(env.session, &mechanism, env.key, NULL, 0, NULL));
	stop();
}
END_TEST

START_TEST(class_and_key_type_are_enough)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };

	start();
	expect_value(derive(CKD_NULL, templ, 2), peer.z, 32);
	stop();
}
END_TEST

START_TEST(an_empty_template_makes_a_generic_secret)
{
	CK_ATTRIBUTE templ[] = { TYPE(generic) };
	CK_OBJECT_HANDLE key;

	start();
	expect_value(derive(CKD_NULL, templ, 1), peer.z, 32);
	key = derive(CKD_NULL, NULL, 0);
	expect_value(key, peer.z, 32);
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	ck_assert_uint_eq(env_number(key, CKA_CLASS), CKO_SECRET_KEY);
	stop();
}
END_TEST

START_TEST(raw_truncation_takes_the_leading_bytes_away)
{
	CK_ULONG len;
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), LEN(len) };

	start();
	for (len = 1; len <= 32; len++)
		expect_value(derive(CKD_NULL, templ, 3), peer.z + 32 - len, len);
	len = 33;
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_NULL, templ, 3);
	len = ~0ul;
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_NULL, templ, 3);
	len = 0;
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_NULL, templ, 3);
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_SHA256_KDF, templ, 3);
	stop();
}
END_TEST

static void has_odd_parity(const CK_BYTE *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(__builtin_parity(bytes[i]), 1);
}

START_TEST(without_a_length_a_key_has_its_natural_one)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };
	uint8_t expected[64];
	CK_BYTE got[24];

	start();
	expect_value(derive(CKD_NULL, templ, 2), peer.z, 32);
	env_kdf("X963KDF", "SHA1", &peer, NULL, 0, expected, 32);
	expect_value(derive(CKD_SHA1_KDF, templ, 2), expected, 32);
	templ[1] = (CK_ATTRIBUTE)TYPE(generic);
	env_kdf("X963KDF", "SHA512", &peer, NULL, 0, expected, 64);
	expect_value(derive(CKD_SHA512_KDF, templ, 2), expected, 64);
	templ[1] = (CK_ATTRIBUTE)TYPE(des3);
	ck_assert_uint_eq(env_attribute(derive(CKD_SHA256_KDF, templ, 2), CKA_VALUE, got, sizeof(got)), 24);
	has_odd_parity(got, sizeof(got));
	stop();
}
END_TEST

START_TEST(lengths_that_a_type_cannot_have_are_refused)
{
	CK_ULONG len = 17;
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), LEN(len) };
	CK_ULONG natural = 24;

	start();
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_SHA256_KDF, templ, 3);
	templ[1] = (CK_ATTRIBUTE)TYPE(des3);
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_SHA256_KDF, templ, 3);
	templ[2] = (CK_ATTRIBUTE)LEN(natural);
	(void)derive(CKD_SHA256_KDF, templ, 3);
	stop();
}
END_TEST

/* The minidriver counts a key's bits in 32 bits; what does not fit costs no card operation. */
START_TEST(a_length_beyond_any_session_key_is_refused_before_the_card)
{
	CK_ULONG lens[] = { (CK_ULONG)MD_KEY_LEN_MAX + 1, 0x80000000ul, ~0ul };

	start();
	for (size_t i = 0; i < ENV_COUNT(lens); i++) {
		CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), LEN(lens[i]) };

		refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_SHA512_KDF, templ, ENV_COUNT(templ));
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_SHA1_KDF_SP800, templ, ENV_COUNT(templ));
	}
	stop();
}
END_TEST

START_TEST(the_peers_point_may_be_raw_der_or_compressed)
{
	CK_BYTE der[2 + 133] = { 0x04 };
	CK_OBJECT_HANDLE key = 0;

	start();
	env_ok(derive_point(peer.point, peer.point_len, &key));
	expect_value(key, peer.z, 32);
	der[1] = (CK_BYTE)peer.point_len;
	memcpy(der + 2, peer.point, peer.point_len);
	env_ok(derive_point(der, 2 + peer.point_len, &key));
	expect_value(key, peer.z, 32);
	env_ok(derive_point(peer.compressed, peer.compressed_len, &key));
	expect_value(key, peer.z, 32);
	der[1] = (CK_BYTE)peer.compressed_len;
	memcpy(der + 2, peer.compressed, peer.compressed_len);
	env_ok(derive_point(der, 2 + peer.compressed_len, &key));
	expect_value(key, peer.z, 32);
	stop();
}
END_TEST

START_TEST(points_that_are_none_never_reach_the_card)
{
	CK_BYTE bad[133];
	CK_BYTE infinity = 0;
	CK_BYTE spki[91] = { 0x30, 0x59, 0x30, 0x13 };
	CK_OBJECT_HANDLE key = 77;
	unsigned long before;

	start();
	before = env_card_commands();
	memcpy(bad, peer.point, peer.point_len);
	bad[peer.point_len - 1] ^= 1;
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(bad, peer.point_len, &key));
	memcpy(bad, peer.point, peer.point_len);
	for (CK_ULONG len = 1; len < peer.point_len; len++)
		if (len != 33)
			env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(bad, len, &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(bad, peer.point_len + 1, &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(&infinity, 1, &key));
	memcpy(spki + 26, peer.point, peer.point_len);
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(spki, sizeof(spki), &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(NULL, 65, &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(peer.point, 0, &key));
	ck_assert_uint_eq(key, 77);
	ck_assert_uint_eq(env_card_commands(), before);
	stop();
}
END_TEST

START_TEST(kdfs_nobody_knows_are_refused)
{
	static const CK_ULONG unknown[] = { 0, CKD_SHA1_KDF_ASN1, CKD_SHA1_KDF_CONCATENATE, CKD_CPDIVERSIFY_KDF,
					    0x1b, 0x99, ~0ul };
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };

	start();
	for (size_t i = 0; i < ENV_COUNT(unknown); i++)
		refuse(CKR_MECHANISM_PARAM_INVALID, unknown[i], templ, 2);
	stop();
}
END_TEST

START_TEST(parameters_are_checked_before_the_card_is_asked)
{
	CK_BYTE shared[4] = { 0 };
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE key = 77;
	unsigned long before;

	start();
	before = env_card_commands();
	params.ulPublicDataLen = peer.point_len;
	params.pPublicData = peer.point;
	params.ulSharedDataLen = 4;
	params.pSharedData = shared;
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_raw(&mechanism, env.key, &key));
	params.kdf = CKD_SHA256_KDF;
	params.pSharedData = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_raw(&mechanism, env.key, &key));
	params.ulSharedDataLen = 0;
	for (mechanism.ulParameterLen = 0; mechanism.ulParameterLen <= sizeof(params) + 1; mechanism.ulParameterLen++)
		if (mechanism.ulParameterLen != sizeof(params))
			env_rv(CKR_MECHANISM_PARAM_INVALID, derive_raw(&mechanism, env.key, &key));
	mechanism = (CK_MECHANISM){ CKM_ECDH1_DERIVE, NULL, sizeof(params) };
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_raw(&mechanism, env.key, &key));
	mechanism = (CK_MECHANISM){ CKM_ECDH1_DERIVE, NULL, 0 };
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_raw(&mechanism, env.key, &key));
	mechanism = (CK_MECHANISM){ CKM_ECDSA, &params, sizeof(params) };
	env_rv(CKR_MECHANISM_INVALID, derive_raw(&mechanism, env.key, &key));
	mechanism.mechanism = CKM_ECMQV_DERIVE;
	env_rv(CKR_MECHANISM_INVALID, derive_raw(&mechanism, env.key, &key));
	mechanism.mechanism = CKM_ECDH1_DERIVE;
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_DeriveKey(env.session, NULL, env.key, NULL, 0, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_DeriveKey(env.session, &mechanism, env.key, NULL, 2, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_DeriveKey(env.session, &mechanism, env.key, NULL, 0, NULL));
	ck_assert_uint_eq(key, 77);
	ck_assert_uint_eq(env_card_commands(), before);
	stop();
}
END_TEST

START_TEST(an_empty_shared_data_pointer_is_no_shared_data)
{
	CK_BYTE nothing = 0;
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };
	CK_OBJECT_HANDLE key = 0;

	start();
	env_ok(env_derive(&peer, CKD_NULL, &nothing, 0, templ, 2, &key));
	expect_value(key, peer.z, 32);
	stop();
}
END_TEST

START_TEST(unaligned_parameters_are_read)
{
	CK_BYTE space[sizeof(CK_ECDH1_DERIVE_PARAMS) + 1];
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, space + 1, sizeof(params) };
	CK_OBJECT_HANDLE key = 0;

	start();
	params.ulPublicDataLen = peer.point_len;
	params.pPublicData = peer.point;
	memcpy(space + 1, &params, sizeof(params));
	env_ok(derive_raw(&mechanism, env.key, &key));
	expect_value(key, peer.z, 32);
	stop();
}
END_TEST

START_TEST(the_base_key_must_be_able_and_allowed)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE stale;
	CK_OBJECT_HANDLE key = 77;
	unsigned long before;

	start();
	before = env_card_commands();
	params.ulPublicDataLen = peer.point_len;
	params.pPublicData = peer.point;
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED,
	       derive_raw(&mechanism, env_find(env.session, CKO_PRIVATE_KEY, ENV_SIGNER), &key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, derive_raw(&mechanism, env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA),
						     &key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, derive_raw(&mechanism, env_find(env.session, CKO_PUBLIC_KEY, ENV_P256),
						     &key));
	env_rv(CKR_KEY_HANDLE_INVALID, derive_raw(&mechanism, 0, &key));
	env_rv(CKR_KEY_HANDLE_INVALID, derive_raw(&mechanism, ~0ul, &key));
	ck_assert_uint_eq(env_card_commands(), before);
	stale = env.key;
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_KEY_HANDLE_INVALID, derive_raw(&mechanism, stale, &key));
	ck_assert_uint_eq(key, 77);
	stop();
}
END_TEST

START_TEST(another_keys_curve_is_not_this_keys)
{
	struct env_peer other;
	CK_OBJECT_HANDLE key = 77;

	start();
	env_peer_make(&other, ENV_P384, "P-384");
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(other.point, other.point_len, &key));
	ck_assert_uint_eq(key, 77);
	env.key = env_find(env.session, CKO_PRIVATE_KEY, ENV_P384);
	env_ok(derive_point(other.point, other.point_len, &key));
	expect_value(key, other.z, 48);
	env_peer_free(&other);
	env_peer_make(&other, ENV_P521, "P-521");
	env.key = env_find(env.session, CKO_PRIVATE_KEY, ENV_P521);
	env_ok(derive_point(other.point, other.point_len, &key));
	expect_value(key, other.z, 66);
	env_peer_free(&other);
	stop();
}
END_TEST

START_TEST(one_derivation_is_one_card_operation)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };
	unsigned long operations;
	unsigned long commands;

	start();
	(void)derive(CKD_NULL, templ, 2);
	operations = env_card_operations();
	commands = env_card_commands();
	(void)derive(CKD_SHA256_KDF, templ, 2);
	ck_assert_uint_eq(env_card_operations(), operations + 1);
	ck_assert_uint_eq(env_card_commands(), commands + 1);
	stop();
}
END_TEST

START_TEST(derive_without_cka_token_makes_session_object)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), FLAG(CKA_TOKEN, yes) };
	CK_SESSION_HANDLE read_only;

	start();
	ck_assert(!env_flag(derive(CKD_NULL, templ, 2), CKA_TOKEN));
	refuse(CKR_SESSION_READ_ONLY, CKD_NULL, templ, 3);
	read_only = env.session;
	env.session = env_session(CKF_RW_SESSION);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKD_NULL, templ, 3);
	templ[2] = (CK_ATTRIBUTE)FLAG(CKA_TOKEN, no);
	(void)derive(CKD_NULL, templ, 3);
	env.session = read_only;
	(void)derive(CKD_NULL, templ, 3);
	stop();
}
END_TEST

START_TEST(templates_that_contradict_are_refused)
{
	CK_OBJECT_CLASS other = CKO_PRIVATE_KEY;
	CK_KEY_TYPE rsa = CKK_RSA;
	CK_ULONG len = 16;
	CK_ATTRIBUTE wrong_class[] = { { CKA_CLASS, &other, sizeof(other) }, TYPE(generic) };
	CK_ATTRIBUTE wrong_type[] = { CLASS, TYPE(rsa) };
	CK_ATTRIBUTE twice[] = { CLASS, TYPE(generic), TYPE(aes) };
	CK_ATTRIBUTE value[] = { CLASS, TYPE(generic), { CKA_VALUE, &len, sizeof(len) } };
	CK_ATTRIBUTE local[] = { CLASS, TYPE(generic), FLAG(CKA_LOCAL, yes) };
	CK_ATTRIBUTE trusted[] = { CLASS, TYPE(generic), FLAG(CKA_TRUSTED, yes) };
	CK_ATTRIBUTE unknown[] = { CLASS, TYPE(generic), { 0x7777, &len, sizeof(len) } };
	CK_ATTRIBUTE null_value[] = { CLASS, { CKA_KEY_TYPE, NULL, sizeof(aes) } };

	start();
	refuse(CKR_TEMPLATE_INCONSISTENT, CKD_NULL, wrong_class, 2);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKD_NULL, wrong_type, 2);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKD_NULL, twice, 3);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKD_NULL, value, 3);
	refuse(CKR_ATTRIBUTE_READ_ONLY, CKD_NULL, local, 3);
	refuse(CKR_ATTRIBUTE_READ_ONLY, CKD_NULL, trusted, 3);
	refuse(CKR_ATTRIBUTE_TYPE_INVALID, CKD_NULL, unknown, 3);
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, CKD_NULL, null_value, 2);
	stop();
}
END_TEST

START_TEST(a_derived_key_has_permissive_defaults)
{
	static const CK_ATTRIBUTE_TYPE allowed[] = {
		CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE, CKA_EXTRACTABLE,
		CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE, CKA_PRIVATE,
	};
	static const CK_ATTRIBUTE_TYPE not_so[] = {
		CKA_TOKEN, CKA_SENSITIVE, CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_TRUSTED,
		CKA_WRAP_WITH_TRUSTED,
	};
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes), FLAG(CKA_WRAP, yes), FLAG(CKA_ENCRYPT, no) };
	CK_OBJECT_HANDLE key;

	start();
	key = derive(CKD_SHA256_KDF, templ, 3);
	for (size_t i = 0; i < ENV_COUNT(allowed); i++)
		ck_assert_msg(env_flag(key, allowed[i]), "0x%lx", allowed[i]);
	for (size_t i = 0; i < ENV_COUNT(not_so); i++)
		ck_assert_msg(!env_flag(key, not_so[i]), "0x%lx", not_so[i]);
	ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), CK_UNAVAILABLE_INFORMATION);
	ck_assert(!env_flag(derive(CKD_SHA256_KDF, templ, 4), CKA_ENCRYPT));
	stop();
}
END_TEST

static void value_is_hidden(CK_OBJECT_HANDLE key)
{
	CK_BYTE value[64];
	CK_ATTRIBUTE attribute = { CKA_VALUE, value, sizeof(value) };

	memset(value, 0xee, sizeof(value));
	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
	ck_assert_uint_eq(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(value[0], 0xee);
	attribute = (CK_ATTRIBUTE){ CKA_VALUE, NULL, 0 };
	env_rv(CKR_ATTRIBUTE_SENSITIVE, env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
	ck_assert_uint_gt(env_number(key, CKA_VALUE_LEN), 0);
}

START_TEST(sensitive_or_unextractable_values_are_not_shown)
{
	CK_ATTRIBUTE sensitive[] = { CLASS, TYPE(generic), FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE unextractable[] = { CLASS, TYPE(generic), FLAG(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE both[] = { CLASS, TYPE(generic), FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	CK_OBJECT_HANDLE key;

	start();
	value_is_hidden(derive(CKD_NULL, sensitive, 3));
	value_is_hidden(derive(CKD_NULL, unextractable, 3));
	key = derive(CKD_NULL, both, 4);
	value_is_hidden(key);
	ck_assert_int_eq(env_flag(key, CKA_ALWAYS_SENSITIVE), env_flag(env.key, CKA_ALWAYS_SENSITIVE));
	ck_assert_int_eq(env_flag(key, CKA_NEVER_EXTRACTABLE), env_flag(env.key, CKA_NEVER_EXTRACTABLE));
	stop();
}
END_TEST

START_TEST(the_configuration_can_make_sensitive_the_default)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	CK_OBJECT_HANDLE key;

	env_config("sensitive_session_keys", true);
	start();
	key = derive(CKD_NULL, templ, 2);
	ck_assert(env_flag(key, CKA_SENSITIVE));
	ck_assert(!env_flag(key, CKA_EXTRACTABLE));
	value_is_hidden(key);
	expect_value(derive(CKD_NULL, templ, 4), peer.z, 32);
	stop();
}
END_TEST

START_TEST(a_value_is_found_only_if_it_may_be_read)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE wanted;
	CK_OBJECT_HANDLE readable;
	CK_OBJECT_HANDLE found[4];
	CK_ULONG count = 0;

	start();
	wanted = (CK_ATTRIBUTE){ CKA_VALUE, peer.z, 32 };
	readable = derive(CKD_NULL, templ, 2);
	(void)derive(CKD_NULL, templ, 3);
	env_ok(env.f->C_FindObjectsInit(env.session, &wanted, 1));
	env_ok(env.f->C_FindObjects(env.session, found, 4, &count));
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(found[0], readable);
	stop();
}
END_TEST

START_TEST(a_derived_key_is_seen_by_all_sessions_and_dies_with_its_own)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };
	CK_SESSION_HANDLE maker;
	CK_SESSION_HANDLE other;
	CK_OBJECT_HANDLE key;

	start();
	other = env.session;
	maker = env.session = env_session(0);
	key = derive(CKD_NULL, templ, 2);
	env_ok(env.f->C_GetAttributeValue(other, key, &attribute, 1));
	env_ok(env.f->C_CloseSession(maker));
	env.session = other;
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(other, key, &attribute, 1));
	key = derive(CKD_NULL, templ, 2);
	env_ok(env.f->C_DestroyObject(env_session(0), key));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_DestroyObject(other, key));
	stop();
}
END_TEST

START_TEST(logout_ends_private_session_keys_only)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), FLAG(CKA_PRIVATE, no) };
	CK_ATTRIBUTE attribute = { CKA_CLASS, NULL, 0 };
	CK_OBJECT_HANDLE is_private;
	CK_OBJECT_HANDLE is_public;

	start();
	is_private = derive(CKD_NULL, templ, 2);
	is_public = derive(CKD_NULL, templ, 3);
	env_ok(env.f->C_Logout(env.session));
	env_ok(env.f->C_GetAttributeValue(env.session, is_public, &attribute, 1));
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, is_private, &attribute, 1));
	env_login();
	env_rv(CKR_OBJECT_HANDLE_INVALID, env.f->C_GetAttributeValue(env.session, is_private, &attribute, 1));
	stop();
}
END_TEST

START_TEST(a_card_that_is_gone_is_noticed_and_takes_its_keys_along)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic) };
	CK_OBJECT_HANDLE key;
	CK_SESSION_INFO info;

	start();
	(void)derive(CKD_NULL, templ, 2);
	env_take_card();
	key = 77;
	env_rv(CKR_DEVICE_REMOVED, env_derive(&peer, CKD_NULL, NULL, 0, templ, 2, &key));
	ck_assert_uint_eq(key, 77);
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_GetSessionInfo(env.session, &info));
	stop();
}
END_TEST

static CK_ULONG count_secret_keys(void)
{
	CK_ATTRIBUTE templ = CLASS;
	CK_OBJECT_HANDLE found[8];
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, &templ, 1));
	env_ok(env.f->C_FindObjects(env.session, found, ENV_COUNT(found), &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	return count;
}

static const struct {
	card_err err;
	CK_RV rv;
} card_errors[] = {
	{ CE_NO_MEMORY, CKR_HOST_MEMORY }, { CE_TRANSMIT, CKR_DEVICE_ERROR }, { CE_CARD, CKR_DEVICE_ERROR },
	{ CE_DATA_INVALID, CKR_OK }, { CE_SHARING, CKR_DEVICE_ERROR }, { CE_NOT_ALLOWED,
									 CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ CE_NOT_SUPPORTED, CKR_MECHANISM_INVALID }, { CE_TIMEOUT, CKR_DEVICE_ERROR }, { CE_CARD_RESET, CKR_OK },
	{ CE_NOT_AUTHENTICATED, CKR_USER_NOT_LOGGED_IN },
};

START_TEST(a_card_that_fails_leaves_no_key)
{
	CK_OBJECT_HANDLE key = 77;

	for (size_t i = 0; i < ENV_COUNT(card_errors); i++) {
		CK_RV rv;

		env_config("use_pin_caching", false);
		start();
		fake_fail(FAKE_ECDH, card_errors[i].err, 1);
		rv = env_derive(&peer, CKD_NULL, NULL, 0, NULL, 0, &key);
		/* CKR_OK stands for: any error */
		ck_assert_msg(card_errors[i].rv == CKR_OK ? rv != CKR_OK : rv == card_errors[i].rv, "%zu: 0x%lx", i,
			      rv);
		ck_assert_uint_eq(key, 77);
		ck_assert_uint_eq(count_secret_keys(), 0);
		stop();
	}
}
END_TEST

START_TEST(a_card_that_has_forgotten_the_pin_can_be_logged_in_again)
{
	CK_OBJECT_HANDLE key = 0;
	CK_SESSION_INFO info;

	env_config("use_pin_caching", false);
	start();
	fake_fail(FAKE_ECDH, CE_NOT_AUTHENTICATED, 1);
	env_rv(CKR_USER_NOT_LOGGED_IN, env_derive(&peer, CKD_NULL, NULL, 0, NULL, 0, &key));
	env_ok(env.f->C_GetSessionInfo(env.session, &info));
	ck_assert_uint_eq(info.state, CKS_RO_PUBLIC_SESSION);
	env_login();
	env_ok(env_derive(&peer, CKD_NULL, NULL, 0, NULL, 0, &key));
	expect_value(key, peer.z, 32);
	stop();
}
END_TEST

START_TEST(a_thousand_derivations_leave_nothing_behind)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };

	start();
	for (int i = 0; i < 1000; i++)
		env_ok(env.f->C_DestroyObject(env.session, derive(CKD_SHA256_KDF, templ, 2)));
	stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_row_of_the_map_gives_what_openssl_computes);
	tcase_add_test(tc, a_key_is_derived_from_a_session_key_by_its_hash);
	tcase_add_test(tc, class_and_key_type_are_enough);
	tcase_add_test(tc, an_empty_template_makes_a_generic_secret);
	tcase_add_test(tc, raw_truncation_takes_the_leading_bytes_away);
	tcase_add_test(tc, without_a_length_a_key_has_its_natural_one);
	tcase_add_test(tc, lengths_that_a_type_cannot_have_are_refused);
	tcase_add_test(tc, a_length_beyond_any_session_key_is_refused_before_the_card);
	tcase_add_test(tc, the_peers_point_may_be_raw_der_or_compressed);
	tcase_add_test(tc, points_that_are_none_never_reach_the_card);
	tcase_add_test(tc, kdfs_nobody_knows_are_refused);
	tcase_add_test(tc, parameters_are_checked_before_the_card_is_asked);
	tcase_add_test(tc, an_empty_shared_data_pointer_is_no_shared_data);
	tcase_add_test(tc, unaligned_parameters_are_read);
	tcase_add_test(tc, the_base_key_must_be_able_and_allowed);
	tcase_add_test(tc, another_keys_curve_is_not_this_keys);
	tcase_add_test(tc, one_derivation_is_one_card_operation);
	tcase_add_test(tc, derive_without_cka_token_makes_session_object);
	tcase_add_test(tc, templates_that_contradict_are_refused);
	tcase_add_test(tc, a_derived_key_has_permissive_defaults);
	tcase_add_test(tc, sensitive_or_unextractable_values_are_not_shown);
	tcase_add_test(tc, the_configuration_can_make_sensitive_the_default);
	tcase_add_test(tc, a_value_is_found_only_if_it_may_be_read);
	tcase_add_test(tc, a_derived_key_is_seen_by_all_sessions_and_dies_with_its_own);
	tcase_add_test(tc, logout_ends_private_session_keys_only);
	tcase_add_test(tc, a_card_that_is_gone_is_noticed_and_takes_its_keys_along);
	tcase_add_test(tc, a_card_that_fails_leaves_no_key);
	tcase_add_test(tc, a_card_that_has_forgotten_the_pin_can_be_logged_in_again);
	tcase_add_test(tc, a_thousand_derivations_leave_nothing_behind);
}

TEST_MAIN("pkcs11/derive", add)
