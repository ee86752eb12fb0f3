/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of RFC 7748 and RFC 8032 as PKCS#11 objects: what they say of themselves, C_DeriveKey, C_Sign; OpenSSL is the
 * other side.
 */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "pkcs11/derive_map.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

/* What is added to the card in memory; the CKA_ID of each is one byte. */
enum { X25519 = 7, X448 = 8, ED25519 = 9 };

static const struct montgomery {
	int id;
	const char *curve;
	CK_ULONG width;
	CK_BYTE params[5];
} curves[] = {
	{ X25519, "X25519", 32, { 0x06, 0x03, 0x2B, 0x65, 0x6E } },
	{ X448, "X448", 56, { 0x06, 0x03, 0x2B, 0x65, 0x6F } },
};

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static struct env_peer peer;

static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class, int id)
{
	return env_find(env.session, class, (enum env_key)id);
}

static void start(void)
{
	const struct fake_key keys[] = {
		{ .type = CRD_KEY_MONTGOMERY, .curve = "X25519", .usage = CRD_USE_DERIVE, .label = "x25519" },
		{ .type = CRD_KEY_MONTGOMERY, .curve = "X448", .usage = CRD_USE_DERIVE, .label = "x448" },
		{ .type = CRD_KEY_EDWARDS, .curve = "ED25519", .usage = CRD_USE_SIGN, .label = "ed25519" },
	};

	env_card();
	for (size_t i = 0; i < ENV_COUNT(keys); i++)
		(void)fake_add_key(&keys[i]);
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env.slot = 0;
	env.session = env_session(0);
	env_login();
}

static void stop(void)
{
	env_peer_free(&peer);
	env_stop();
}

/* The other side of an agreement with one of the curves' keys, which becomes env.key. */
static void make_peer(const struct montgomery *curve)
{
	const struct span card_point = fake_point((size_t)curve->id - 1);
	EVP_PKEY *card = EVP_PKEY_new_raw_public_key_ex(NULL, curve->curve, NULL, card_point.data, card_point.len);
	EVP_PKEY_CTX *ctx;

	env_peer_free(&peer);
	peer = (struct env_peer){ .key = EVP_PKEY_Q_keygen(NULL, NULL, curve->curve) };
	peer.point_len = sizeof(peer.point);
	peer.z_len = sizeof(peer.z);
	ck_assert_int_eq(EVP_PKEY_get_raw_public_key(peer.key, peer.point, &peer.point_len), 1);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer.key, NULL);
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, card), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, peer.z, &peer.z_len), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(card);
	env.key = find(CKO_PRIVATE_KEY, curve->id);
	ck_assert_uint_ne(env.key, 0);
}

static void expect_value(CK_OBJECT_HANDLE key, const uint8_t *value, size_t len)
{
	CK_BYTE got[512];

	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, value, len);
}

START_TEST(montgomery_keys_are_objects_that_derive)
{
	const struct montgomery *curve = &curves[_i];
	CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY, CKO_PRIVATE_KEY };
	CK_MECHANISM_TYPE allowed[8];
	CK_BYTE bytes[64];

	start();
	for (size_t i = 0; i < ENV_COUNT(classes); i++) {
		const CK_OBJECT_HANDLE key = find(classes[i], curve->id);

		ck_assert_uint_ne(key, 0);
		ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_EC_MONTGOMERY);
		ck_assert(env_flag(key, CKA_DERIVE));
		ck_assert_uint_eq(env_attribute(key, CKA_EC_PARAMS, bytes, sizeof(bytes)), sizeof(curve->params));
		ck_assert_mem_eq(bytes, curve->params, sizeof(curve->params));
		ck_assert_uint_eq(env_attribute(key, CKA_EC_POINT, bytes, sizeof(bytes)), 2 + curve->width);
		ck_assert_uint_eq(bytes[0], 0x04);
		ck_assert_uint_eq(bytes[1], curve->width);
		ck_assert_mem_eq(bytes + 2, fake_point((size_t)curve->id - 1).data, curve->width);
		ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), CKM_EC_MONTGOMERY_KEY_PAIR_GEN);
	}
	env.key = find(CKO_PRIVATE_KEY, curve->id);
	ck_assert(!env_flag(env.key, CKA_SIGN) && !env_flag(env.key, CKA_DECRYPT));
	ck_assert_uint_ge(env_attribute(env.key, CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed)), 2 * sizeof(allowed[0]));
	ck_assert_uint_eq(allowed[0], CKM_ECDH1_DERIVE);
	ck_assert_uint_eq(allowed[1], CKM_ECDH1_COFACTOR_DERIVE);
	stop();
}
END_TEST

static void check_row(const struct derive_row *row, const void *info, size_t info_len, CK_ULONG len)
{
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &secret_class, sizeof(secret_class) },
		{ CKA_KEY_TYPE, &generic, sizeof(generic) },
		{ CKA_VALUE_LEN, &len, sizeof(len) },
	};
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
	if (row->usual_len == 0) {
		expect_value(key, peer.z + peer.z_len - len, len);
	} else {
		env_kdf(row->kdf == MD_KDF_X963 ? "X963KDF" : "SSKDF", env_digest(row->hash), &peer, info, info_len,
			expected, len);
		expect_value(key, expected, len);
	}
	env_ok(env.f->C_DestroyObject(env.session, key));
}

START_TEST(every_kdf_of_both_mechanisms_takes_the_secret_as_it_is)
{
	const struct derive_row *row;
	unsigned rows = 0;

	start();
	make_peer(&curves[_i]);
	for (size_t i = 0; (row = cki_derive_map_row(i)) != NULL; i++) {
		if ((row->mechanism != CKM_ECDH1_DERIVE && row->mechanism != CKM_ECDH1_COFACTOR_DERIVE) ||
		    cki_derive_map_find(row->mechanism, row->ckd) == NULL)
			continue;
		rows++;
		check_row(row, NULL, 0, 32);
		check_row(row, NULL, 0, 1);
		if (row->usual_len != 0)
			check_row(row, "shared", 6, 300);
	}
	ck_assert_uint_ge(rows, 2 * 19);
	stop();
}
END_TEST

static CK_RV derive_point(const CK_BYTE *point, CK_ULONG len, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &secret_class, sizeof(secret_class) },
		{ CKA_KEY_TYPE, &generic, sizeof(generic) },
	};
	CK_ECDH1_DERIVE_PARAMS params = {
		.kdf = CKD_NULL,
		.ulPublicDataLen = len,
		.pPublicData = (CK_BYTE *)(uintptr_t)point,
	};
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };

	return env.f->C_DeriveKey(env.session, &mechanism, env.key, templ, ENV_COUNT(templ), key);
}

START_TEST(the_peers_key_comes_raw_or_in_a_der_string)
{
	const CK_ULONG width = curves[_i].width;
	CK_BYTE octets[64] = { 0x04, (CK_BYTE)width };
	CK_BYTE bits[64] = { 0x03, (CK_BYTE)(width + 1), 0x00 };
	CK_OBJECT_HANDLE key = 0;

	start();
	make_peer(&curves[_i]);
	memcpy(octets + 2, peer.point, width);
	memcpy(bits + 3, peer.point, width);
	env_ok(derive_point(peer.point, width, &key));
	expect_value(key, peer.z, width);
	env_ok(derive_point(octets, width + 2, &key));
	expect_value(key, peer.z, width);
	env_ok(derive_point(bits, width + 3, &key));
	expect_value(key, peer.z, width);
	stop();
}
END_TEST

START_TEST(a_peer_that_is_none_costs_no_command_and_makes_no_key)
{
	CK_BYTE bytes[140] = { 0 };
	CK_OBJECT_HANDLE key = 77;
	unsigned long before;

	start();
	make_peer(&curves[_i]);
	before = env_card_commands();
	for (CK_ULONG len = 1; len < sizeof(bytes); len++)
		env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(bytes, len, &key)); /* also that of order 2 */
	bytes[0] = 1;
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(bytes, curves[_i].width, &key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, derive_point(NULL, curves[_i].width, &key));
	ck_assert_uint_eq(key, 77);
	ck_assert_uint_eq(env_card_commands(), before);
	stop();
}
END_TEST

START_TEST(a_key_longer_than_the_secret_is_refused)
{
	CK_ULONG len = curves[_i].width + 1;
	CK_ATTRIBUTE templ[] = {
		{ CKA_CLASS, &secret_class, sizeof(secret_class) },
		{ CKA_KEY_TYPE, &generic, sizeof(generic) },
		{ CKA_VALUE_LEN, &len, sizeof(len) },
	};
	CK_OBJECT_HANDLE key = 0;

	start();
	make_peer(&curves[_i]);
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, env_derive(&peer, CKD_NULL, NULL, 0, templ, ENV_COUNT(templ), &key));
	len--;
	env_ok(env_derive(&peer, CKD_NULL, NULL, 0, templ, ENV_COUNT(templ), &key));
	expect_value(key, peer.z, curves[_i].width);
	stop();
}
END_TEST

START_TEST(what_the_public_key_encapsulates_the_private_key_opens)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_SHA256_KDF };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &secret_class, sizeof(secret_class) },
				 { CKA_KEY_TYPE, &generic, sizeof(generic) } };
	CK_BYTE ciphertext[56];
	CK_ULONG len = sizeof(ciphertext);
	CK_OBJECT_HANDLE ours = 0;
	CK_OBJECT_HANDLE theirs = 0;
	CK_BYTE value[64];

	start();
	make_peer(&curves[_i]);
	env_ok(C_EncapsulateKey(env.session, &mechanism, find(CKO_PUBLIC_KEY, curves[_i].id), templ, ENV_COUNT(templ),
				ciphertext, &len, &ours));
	ck_assert_uint_eq(len, curves[_i].width);
	env_ok(C_DecapsulateKey(env.session, &mechanism, env.key, templ, ENV_COUNT(templ), ciphertext, len, &theirs));
	ck_assert_uint_eq(env_attribute(ours, CKA_VALUE, value, sizeof(value)), 32);
	expect_value(theirs, value, 32);
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, C_DecapsulateKey(env.session, &mechanism, env.key, templ, ENV_COUNT(templ),
							   ciphertext, len - 1, &theirs));
	memset(ciphertext, 0, sizeof(ciphertext));
	env_rv(CKR_WRAPPED_KEY_INVALID, C_DecapsulateKey(env.session, &mechanism, env.key, templ, ENV_COUNT(templ),
							 ciphertext, len, &theirs));
	stop();
}
END_TEST

START_TEST(what_the_public_key_wraps_the_private_key_unwraps)
{
	static const CK_BYTE secret[24] = "twenty-four bytes of it";
	struct cki_ecdh_aes_key_wrap_params params = { .ulAESKeyBits = 256, .kdf = CKD_SHA256_KDF };
	CK_MECHANISM mechanism = { CKM_ECDH_AES_KEY_WRAP, &params, sizeof(params) };
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &secret_class, sizeof(secret_class) },
				 { CKA_KEY_TYPE, &generic, sizeof(generic) } };
	CK_BYTE wrapped[128];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE key = 0;

	start();
	make_peer(&curves[_i]);
	env_ok(env.f->C_WrapKey(env.session, &mechanism, find(CKO_PUBLIC_KEY, curves[_i].id),
				env_import(CKK_GENERIC_SECRET, secret, sizeof(secret)), wrapped, &len));
	ck_assert_uint_eq(len, curves[_i].width + sizeof(secret) + 8);
	env_ok(env.f->C_UnwrapKey(env.session, &mechanism, env.key, wrapped, len, templ, ENV_COUNT(templ), &key));
	expect_value(key, secret, sizeof(secret));
	stop();
}
END_TEST

START_TEST(an_edwards_key_signs_the_message_itself)
{
	static CK_BYTE message[] = "not a digest";
	CK_MECHANISM mechanism = { CKM_EDDSA, NULL, 0 };
	CK_MECHANISM with_parameter = { CKM_EDDSA, message, 1 };
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	CK_MECHANISM_INFO info;
	CK_OBJECT_HANDLE key;

	start();
	key = find(CKO_PRIVATE_KEY, ED25519);
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_EC_EDWARDS);
	ck_assert(env_flag(key, CKA_SIGN) && !env_flag(key, CKA_DERIVE));
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_EDDSA, &info));
	ck_assert((info.flags & CKF_SIGN) != 0 && (info.flags & CKF_HW) != 0);
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &with_parameter, key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_SignInit(env.session, &ecdsa, key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_SignInit(env.session, &mechanism, find(CKO_PRIVATE_KEY, X25519)));
	env_ok(env.f->C_SignInit(env.session, &mechanism, key));
	env_ok(env.f->C_Sign(env.session, message, sizeof(message), signature, &len));
	ck_assert_uint_eq(len, 64);
	ck_assert_int_eq(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, fake_pkey(ED25519 - 1)), 1);
	ck_assert_int_eq(EVP_DigestVerify(ctx, signature, len, message, sizeof(message)), 1);
	EVP_MD_CTX_free(ctx);
	stop();
}
END_TEST

START_TEST(an_edwards_key_derives_nothing)
{
	CK_OBJECT_HANDLE key = 77;

	start();
	make_peer(&curves[0]);
	env.key = find(CKO_PRIVATE_KEY, ED25519);
	env_rv(CKR_KEY_TYPE_INCONSISTENT, derive_point(peer.point, peer.point_len, &key));
	ck_assert_uint_eq(key, 77);
	stop();
}
END_TEST

/* A card without such keys does not say that it signs by EdDSA. */
START_TEST(eddsa_is_offered_where_the_card_has_the_key)
{
	CK_MECHANISM_INFO info;

	env_start();
	env_rv(CKR_MECHANISM_INVALID, env.f->C_GetMechanismInfo(env.slot, CKM_EDDSA, &info));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, montgomery_keys_are_objects_that_derive, 0, ENV_COUNT(curves));
	tcase_add_loop_test(tc, every_kdf_of_both_mechanisms_takes_the_secret_as_it_is, 0, ENV_COUNT(curves));
	tcase_add_loop_test(tc, the_peers_key_comes_raw_or_in_a_der_string, 0, ENV_COUNT(curves));
	tcase_add_loop_test(tc, a_peer_that_is_none_costs_no_command_and_makes_no_key, 0, ENV_COUNT(curves));
	tcase_add_loop_test(tc, a_key_longer_than_the_secret_is_refused, 0, ENV_COUNT(curves));
	tcase_add_loop_test(tc, what_the_public_key_encapsulates_the_private_key_opens, 0, ENV_COUNT(curves));
	tcase_add_loop_test(tc, what_the_public_key_wraps_the_private_key_unwraps, 0, ENV_COUNT(curves));
	tcase_add_test(tc, an_edwards_key_signs_the_message_itself);
	tcase_add_test(tc, an_edwards_key_derives_nothing);
	tcase_add_test(tc, eddsa_is_offered_where_the_card_has_the_key);
}

TEST_MAIN("pkcs11/montgomery", add)
