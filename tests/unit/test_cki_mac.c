/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_Sign* and C_Verify* with session keys: the rules. What the MACs are is in test_vectors_mac.
 */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/unit/cki_env.h"

static CK_MECHANISM sha256_hmac = { CKM_SHA256_HMAC, NULL, 0 };
static CK_BYTE text[200] = "what is signed";
static const uint8_t key_bytes[64] = "the bytes of a key, of which there are sixty-four at the most..";

static CK_OBJECT_HANDLE secret(void)
{
	return env_import(CKK_GENERIC_SECRET, key_bytes, 32);
}

static void expected_hmac(CK_ULONG len, CK_BYTE tag[32])
{
	unsigned tag_len = 0;

	ck_assert_ptr_nonnull(HMAC(EVP_sha256(), key_bytes, 32, text, len, tag, &tag_len));
	ck_assert_uint_eq(tag_len, 32);
}

/* The key of these attributes beside the usual ones. */
static CK_OBJECT_HANDLE key_with(CK_KEY_TYPE type, size_t len, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE templ[8] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE, (void *)(uintptr_t)key_bytes, len },
	};
	CK_OBJECT_HANDLE key = 0;

	ck_assert_uint_le(count, 5);
	memcpy(templ + 3, attributes, count * sizeof(*attributes));
	env_ok(env.f->C_CreateObject(env.session, templ, 3 + count, &key));
	return key;
}

/* ---- the course of an operation ---------------------------------------------------------------------- */

START_TEST(asking_for_the_length_and_too_little_room_keep_the_operation)
{
	CK_BYTE expected[32];
	CK_BYTE tag[40];
	CK_ULONG len = 0;

	env_start();
	expected_hmac(100, expected);
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_Sign(env.session, text, 100, NULL, &len));
	ck_assert_uint_eq(len, 32);
	for (len = 0; len < 32; len++) {
		CK_ULONG room = len;

		memset(tag, 0xEE, sizeof(tag));
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Sign(env.session, text, 100, tag, &room));
		ck_assert_uint_eq(room, 32);
		ck_assert_uint_eq(tag[0], 0xEE);
	}
	len = 40;
	env_ok(env.f->C_Sign(env.session, text, 100, tag, &len));
	ck_assert_uint_eq(len, 32);
	ck_assert_mem_eq(tag, expected, 32);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Sign(env.session, text, 100, tag, &len));
	/* the same in parts */
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_SignUpdate(env.session, text, 60));
	env_ok(env.f->C_SignFinal(env.session, NULL, &len));
	ck_assert_uint_eq(len, 32);
	env_ok(env.f->C_SignUpdate(env.session, text + 60, 40));
	len = 31;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_SignFinal(env.session, tag, &len));
	ck_assert_uint_eq(len, 32);
	env_ok(env.f->C_SignFinal(env.session, tag, &len));
	ck_assert_mem_eq(tag, expected, 32);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignFinal(env.session, tag, &len));
	env_stop();
}
END_TEST

START_TEST(the_signature_may_stand_where_the_data_stood)
{
	CK_BYTE expected[32];
	CK_BYTE area[200];
	CK_ULONG len = sizeof(area);

	env_start();
	expected_hmac(100, expected);
	memcpy(area, text, sizeof(area));
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_Sign(env.session, area, 100, area, &len));
	ck_assert_mem_eq(area, expected, 32);
	env_stop();
}
END_TEST

START_TEST(no_data_has_a_signature_too)
{
	CK_BYTE expected[32];
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);

	env_start();
	expected_hmac(0, expected);
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_Sign(env.session, NULL, 0, tag, &len));
	ck_assert_mem_eq(tag, expected, 32);
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_SignFinal(env.session, tag, &len));
	ck_assert_mem_eq(tag, expected, 32);
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_SignUpdate(env.session, NULL, 0));
	env_ok(env.f->C_SignFinal(env.session, tag, &len));
	ck_assert_mem_eq(tag, expected, 32);
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_VerifyFinal(env.session, tag, len));
	env_stop();
}
END_TEST

START_TEST(verification_tells_length_and_value_apart)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE tag[40];

	env_start();
	key = secret();
	expected_hmac(100, tag);
	for (CK_ULONG len = 0; len <= 40; len++) {
		CK_RV expected = len == 32 ? CKR_OK : CKR_SIGNATURE_LEN_RANGE;

		env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
		env_rv(expected, env.f->C_Verify(env.session, text, 100, tag, len));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Verify(env.session, text, 100, tag, 32));
		env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
		env_ok(env.f->C_VerifyUpdate(env.session, text, 100));
		env_rv(expected, env.f->C_VerifyFinal(env.session, tag, len));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_VerifyFinal(env.session, tag, 32));
	}
	for (size_t i = 0; i < 32; i++) {
		tag[i] ^= 1;
		env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
		env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, text, 100, tag, 32));
		tag[i] ^= 1;
	}
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
	env_rv(CKR_SIGNATURE_INVALID, env.f->C_Verify(env.session, text, 99, tag, 32));
	env_stop();
}
END_TEST

START_TEST(one_part_does_not_follow_several)
{
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);
	CK_BYTE expected[32];

	env_start();
	expected_hmac(50, expected);
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_SignUpdate(env.session, text, 50));
	env_ok(env.f->C_VerifyUpdate(env.session, text, 50));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Sign(env.session, text, 50, tag, &len));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_Verify(env.session, text, 50, expected, 32));
	env_ok(env.f->C_SignFinal(env.session, tag, &len));
	ck_assert_mem_eq(tag, expected, 32);
	env_ok(env.f->C_VerifyFinal(env.session, tag, len));
	env_stop();
}
END_TEST

START_TEST(calls_without_their_operation_are_refused)
{
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);

	env_start();
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignUpdate(env.session, text, 1));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignFinal(env.session, tag, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Verify(env.session, text, 1, tag, 32));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_VerifyUpdate(env.session, text, 1));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_VerifyFinal(env.session, tag, 32));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_VerifyInit(env.session, NULL, 0));
	/* one of each kind at a time, and NULL ends it */
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, secret()));
	env_rv(CKR_OPERATION_ACTIVE, env.f->C_VerifyInit(env.session, &sha256_hmac, secret()));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Sign(env.session, text, 1, tag, &len));
	env_ok(env.f->C_VerifyInit(env.session, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Verify(env.session, text, 1, tag, 32));
	/* bad pointers are told before anything is done, and change nothing */
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, secret()));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Sign(env.session, NULL, 1, tag, &len));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Sign(env.session, text, 1, tag, NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SignUpdate(env.session, NULL, 1));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_SignFinal(env.session, tag, NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Verify(env.session, NULL, 1, tag, 32));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Verify(env.session, text, 1, NULL, 32));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_VerifyUpdate(env.session, NULL, 1));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_VerifyFinal(env.session, NULL, 32));
	env_ok(env.f->C_Sign(env.session, text, 1, tag, &len));
	env_ok(env.f->C_Verify(env.session, text, 1, tag, len));
	env_stop();
}
END_TEST

START_TEST(session_cancel_ends_what_its_flags_name)
{
	CK_INTERFACE *found = NULL;
	CK_FUNCTION_LIST_3_0 *f;
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);

	env_start();
	env_ok(C_GetInterface(NULL, NULL, &found, 0));
	f = found->pFunctionList;
	env_ok(f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_ok(f->C_VerifyInit(env.session, &sha256_hmac, secret()));
	env_ok(f->C_DigestInit(env.session, &sha256));
	env_ok(f->C_SessionCancel(env.session, CKF_VERIFY | CKF_ENCRYPT));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f->C_Verify(env.session, text, 1, tag, 32));
	env_rv(CKR_OPERATION_ACTIVE, f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_rv(CKR_OPERATION_ACTIVE, f->C_DigestInit(env.session, &sha256));
	env_ok(f->C_SessionCancel(env.session, CKF_SIGN | CKF_DIGEST));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f->C_Sign(env.session, text, 1, tag, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f->C_DigestFinal(env.session, tag, &len));
	env_stop();
}
END_TEST

/* ---- keys ------------------------------------------------------------------------------------------- */

static CK_RV init(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_RV sign = env.f->C_SignInit(env.session, mechanism, key);
	CK_RV verify = env.f->C_VerifyInit(env.session, mechanism, key);

	ck_assert_uint_eq(sign, verify);
	if (sign == CKR_OK) {
		env_ok(env.f->C_SignInit(env.session, NULL, 0));
		env_ok(env.f->C_VerifyInit(env.session, NULL, 0));
	}
	return sign;
}

/* Every HMAC mechanism, and the key type that is its own. */
static const struct {
	CK_MECHANISM_TYPE hmac;
	CK_MECHANISM_TYPE general;
	CK_KEY_TYPE own;
	CK_ULONG len;
} hmacs[] = {
#define HMAC_ROW(name, len) { CKM_##name##_HMAC, CKM_##name##_HMAC_GENERAL, CKK_##name##_HMAC, len }
	HMAC_ROW(MD5, 16), HMAC_ROW(SHA_1, 20), HMAC_ROW(SHA224, 28), HMAC_ROW(SHA256, 32), HMAC_ROW(SHA384, 48),
	HMAC_ROW(SHA512, 64), HMAC_ROW(SHA512_224, 28), HMAC_ROW(SHA512_256, 32), HMAC_ROW(SHA3_224, 28),
	HMAC_ROW(SHA3_256, 32), HMAC_ROW(SHA3_384, 48), HMAC_ROW(SHA3_512, 64), HMAC_ROW(BLAKE2B_512, 64),
#undef HMAC_ROW
};

START_TEST(hmac_takes_generic_secrets_and_its_own_keys)
{
	CK_OBJECT_HANDLE generic;
	CK_OBJECT_HANDLE hkdf;
	CK_OBJECT_HANDLE aes;

	env_start();
	generic = secret();
	hkdf = env_import(CKK_HKDF, key_bytes, 32);
	aes = env_import(CKK_AES, key_bytes, 32);
	for (size_t i = 0; i < ARRAY_COUNT(hmacs); i++) {
		CK_ULONG len = hmacs[i].len;
		CK_MECHANISM mechanisms[] = { { hmacs[i].hmac, NULL, 0 }, { hmacs[i].general, &len, sizeof(len) } };

		for (size_t m = 0; m < 2; m++) {
			env_rv(CKR_OK, init(&mechanisms[m], generic));
			env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&mechanisms[m], hkdf));
			env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&mechanisms[m], aes));
			for (size_t k = 0; k < ARRAY_COUNT(hmacs); k++) {
				CK_OBJECT_HANDLE key = env_import(hmacs[k].own, key_bytes, 20);

				env_rv(k == i ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT, init(&mechanisms[m], key));
				env_ok(env.f->C_DestroyObject(env.session, key));
			}
		}
	}
	env_stop();
}
END_TEST

START_TEST(general_lengths_are_one_to_all)
{
	CK_BYTE bytes[sizeof(CK_ULONG) + 1];
	CK_MECHANISM unaligned = { CKM_SHA256_HMAC_GENERAL, bytes + 1, sizeof(CK_ULONG) };
	CK_ULONG len = 10;
	CK_BYTE tag[64];
	CK_OBJECT_HANDLE key;

	env_start();
	key = secret();
	for (size_t i = 0; i < ARRAY_COUNT(hmacs); i++) {
		CK_MECHANISM general = { hmacs[i].general, &len, sizeof(len) };

		for (len = 0; len <= hmacs[i].len + 2; len++)
			env_rv(len == 0 || len > hmacs[i].len ? CKR_MECHANISM_PARAM_INVALID : CKR_OK,
			       init(&general, key));
		len = ~0ul;
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&general, key));
		len = 10;
		general.ulParameterLen--;
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&general, key));
		general.ulParameterLen += 2;
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&general, key));
		general = (CK_MECHANISM){ hmacs[i].general, NULL, sizeof(len) };
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&general, key));
		general = (CK_MECHANISM){ hmacs[i].general, NULL, 0 };
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&general, key));
		general = (CK_MECHANISM){ hmacs[i].hmac, &len, sizeof(len) };
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&general, key));
	}
	memcpy(bytes + 1, &len, sizeof(len));
	env_ok(env.f->C_SignInit(env.session, &unaligned, key));
	len = sizeof(tag);
	env_ok(env.f->C_Sign(env.session, text, 4, tag, &len));
	ck_assert_uint_eq(len, 10);
	env_stop();
}
END_TEST

START_TEST(cmac_takes_its_ciphers_keys)
{
	CK_ULONG len = 4;
	const struct {
		CK_MECHANISM_TYPE type;
		bool des;
		bool general;
	} rows[] = { { CKM_AES_CMAC, false, false }, { CKM_AES_CMAC_GENERAL, false, true },
		     { CKM_DES3_CMAC, true, false }, { CKM_DES3_CMAC_GENERAL, true, true } };

	env_start();
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		CK_RV aes = rows[i].des ? CKR_KEY_TYPE_INCONSISTENT : CKR_OK;
		CK_RV des = rows[i].des ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
		CK_MECHANISM m = { rows[i].type, rows[i].general ? &len : NULL, rows[i].general ? sizeof(len) : 0 };
		CK_MECHANISM wrong = { rows[i].type, rows[i].general ? NULL : &len, rows[i].general ? 0 : sizeof(len) };

		for (size_t key_len = 16; key_len <= 32; key_len += 8)
			env_rv(aes, init(&m, env_import(CKK_AES, key_bytes, key_len)));
		env_rv(des, init(&m, env_import(CKK_DES3, key_bytes, 24)));
		env_rv(des, init(&m, env_import(CKK_DES2, key_bytes, 16)));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&m, env_import(CKK_DES, key_bytes, 8)));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&m, secret()));
		env_rv(CKR_MECHANISM_PARAM_INVALID,
		       init(&wrong, env_import(rows[i].des ? CKK_DES3 : CKK_AES, key_bytes, 24)));
		for (len = 0; rows[i].general && len <= 18; len++) {
			CK_ULONG most = rows[i].des ? 8 : 16;

			env_rv(len == 0 || len > most ? CKR_MECHANISM_PARAM_INVALID : CKR_OK,
			       init(&m, env_import(rows[i].des ? CKK_DES3 : CKK_AES, key_bytes, 24)));
		}
		len = 4;
	}
	env_stop();
}
END_TEST

START_TEST(gmac_reads_both_forms_of_its_parameter)
{
	static const CK_ULONG tag_bits[] = { 32, 64, 96, 104, 112, 120, 128 };
	CK_BYTE iv[130] = "an initial value";
	CK_GCM_PARAMS good = { .pIv = iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128 };
	CK_GCM_PARAMS gcm = good;
	CK_MECHANISM with_params = { CKM_AES_GMAC, &gcm, sizeof(gcm) };
	CK_MECHANISM with_iv = { CKM_AES_GMAC, iv, 12 };
	CK_BYTE tag[16];
	CK_ULONG len = sizeof(tag);
	CK_OBJECT_HANDLE key;

	env_start();
	key = env_import(CKK_AES, key_bytes, 16);
	env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&with_iv, secret()));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&with_iv, env_import(CKK_DES3, key_bytes, 24)));
	for (with_iv.ulParameterLen = 0; with_iv.ulParameterLen <= 40; with_iv.ulParameterLen++)
		env_rv(with_iv.ulParameterLen == 12 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID, init(&with_iv, key));
	with_iv.ulParameterLen = 12;
	with_iv.pParameter = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init(&with_iv, key));
	with_iv.pParameter = iv;
	for (gcm.ulTagBits = 0; gcm.ulTagBits <= 144; gcm.ulTagBits++) {
		bool listed = false;

		for (size_t i = 0; i < ARRAY_COUNT(tag_bits); i++)
			listed = listed || gcm.ulTagBits == tag_bits[i];
		env_rv(listed ? CKR_OK : CKR_MECHANISM_PARAM_INVALID, init(&with_params, key));
	}
	gcm = good, gcm.ulTagBits = ~0ul - 7;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init(&with_params, key));
	gcm = good, gcm.pIv = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init(&with_params, key));
	for (gcm = good, gcm.ulIvLen = 0; gcm.ulIvLen <= 129; gcm.ulIvLen++)
		env_rv(gcm.ulIvLen >= 1 && gcm.ulIvLen <= 128 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID,
		       init(&with_params, key));
	gcm = good, gcm.pAAD = text, gcm.ulAADLen = 1;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init(&with_params, key));
	gcm = good;
	env_ok(env.f->C_SignInit(env.session, &with_params, key));
	env_ok(env.f->C_Sign(env.session, text, 30, tag, &len));
	env_ok(env.f->C_VerifyInit(env.session, &with_iv, key));
	env_ok(env.f->C_Verify(env.session, text, 30, tag, len));
	env_stop();
}
END_TEST

struct tls_mac_params {
	CK_MECHANISM_TYPE prf_hash;
	CK_ULONG mac_len;
	CK_ULONG side;
};

START_TEST(the_macs_of_tls_check_their_parameter)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_TLS_MAC, CKM_TLS12_MAC };
	const struct tls_mac_params good = { CKM_SHA256, 12, 1 };
	struct tls_mac_params params;
	CK_OBJECT_HANDLE key;

	env_start();
	key = secret();
	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		CK_MECHANISM m = { types[i], &params, sizeof(params) };

		params = good;
		env_rv(CKR_OK, init(&m, key));
		env_rv(CKR_OK, init(&m, env_import(CKK_GENERIC_SECRET, key_bytes, 1)));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&m, env_import(CKK_SHA256_HMAC, key_bytes, 32)));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&m, env_import(CKK_AES, key_bytes, 32)));
		for (params.side = 0; params.side <= 3; params.side++)
			env_rv(params.side == 1 || params.side == 2 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID, init(&m, key));
		for (params = good, params.mac_len = 0; params.mac_len <= 40; params.mac_len++)
			env_rv(params.mac_len >= 12 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID, init(&m, key));
		params.mac_len = 0xFFFF;
		env_rv(CKR_OK, init(&m, key));
		params.mac_len = 0x10000;
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&m, key));
		/* verify_data of TLS 1.0 and 1.1 is 12 bytes long */
		for (params.prf_hash = CKM_TLS_PRF, params.mac_len = 0; params.mac_len <= 40; params.mac_len++)
			env_rv(params.mac_len == 12 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID, init(&m, key));
		params = good, params.prf_hash = CKM_SHA256_HMAC;
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&m, key));
		params = good;
		m.ulParameterLen--;
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&m, key));
		m = (CK_MECHANISM){ types[i], NULL, sizeof(params) };
		env_rv(CKR_MECHANISM_PARAM_INVALID, init(&m, key));
	}
	env_stop();
}
END_TEST

START_TEST(a_key_signs_and_verifies_only_if_it_may)
{
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE no_sign = { CKA_SIGN, &no, sizeof(no) };
	CK_ATTRIBUTE no_verify = { CKA_VERIFY, &no, sizeof(no) };
	CK_MECHANISM_TYPE other = CKM_SHA512_HMAC;
	CK_MECHANISM_TYPE both[] = { CKM_SHA512_HMAC, CKM_SHA256_HMAC };
	CK_ATTRIBUTE only_other = { CKA_ALLOWED_MECHANISMS, &other, sizeof(other) };
	CK_ATTRIBUTE allows = { CKA_ALLOWED_MECHANISMS, both, sizeof(both) };
	CK_OBJECT_HANDLE key;

	env_start();
	key = key_with(CKK_GENERIC_SECRET, 32, &no_sign, 1);
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_SignInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_VerifyInit(env.session, NULL, 0));
	key = key_with(CKK_GENERIC_SECRET, 32, &no_verify, 1);
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_VerifyInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_SignInit(env.session, NULL, 0));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, init(&sha256_hmac, key_with(CKK_GENERIC_SECRET, 32, &only_other, 1)));
	env_rv(CKR_OK, init(&sha256_hmac, key_with(CKK_GENERIC_SECRET, 32, &allows, 1)));
	env_stop();
}
END_TEST

START_TEST(what_is_no_session_key_makes_no_mac)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_MECHANISM unknown = { 0x12345, NULL, 0 };
	CK_MECHANISM digest = { CKM_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE gone;

	env_start_logged_in();
	env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&sha256_hmac, env.key));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, init(&sha256_hmac, env_find(env.session, CKO_PUBLIC_KEY, ENV_P256)));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_SignInit(env.session, &ecdsa, secret()));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_VerifyInit(env.session, &ecdsa, env.key));
	env_rv(CKR_MECHANISM_INVALID, init(&unknown, secret()));
	env_rv(CKR_MECHANISM_INVALID, init(&digest, secret()));
	env_rv(CKR_KEY_HANDLE_INVALID, init(&sha256_hmac, 4711));
	gone = secret();
	env_ok(env.f->C_DestroyObject(env.session, gone));
	env_rv(CKR_KEY_HANDLE_INVALID, init(&sha256_hmac, gone));
	env_stop();
}
END_TEST

START_TEST(logout_ends_what_a_private_key_does)
{
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);

	env_start_logged_in();
	for (int parts = 0; parts < 2; parts++) {
		CK_OBJECT_HANDLE key = secret();

		ck_assert(env_flag(key, CKA_PRIVATE));
		env_ok(env.f->C_SignInit(env.session, &sha256_hmac, key));
		env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
		env_ok(env.f->C_Logout(env.session));
		if (parts == 0) {
			env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Sign(env.session, text, 1, tag, &len));
			env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_Verify(env.session, text, 1, tag, 32));
		} else {
			env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_SignUpdate(env.session, text, 1));
			env_rv(CKR_USER_NOT_LOGGED_IN, env.f->C_VerifyUpdate(env.session, text, 1));
		}
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignFinal(env.session, tag, &len));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_VerifyFinal(env.session, tag, 32));
		env_login();
	}
	env_stop();
}
END_TEST

START_TEST(a_destroyed_key_finishes_what_it_began)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE expected[32];
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);

	env_start();
	key = secret();
	expected_hmac(20, expected);
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_SignUpdate(env.session, text, 10));
	env_ok(env.f->C_DestroyObject(env.session, key));
	env_ok(env.f->C_SignUpdate(env.session, text + 10, 10));
	env_ok(env.f->C_SignFinal(env.session, tag, &len));
	ck_assert_mem_eq(tag, expected, 32);
	env_stop();
}
END_TEST

START_TEST(the_card_gone_takes_its_operations_along)
{
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);
	CK_SLOT_INFO info;

	env_start();
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, secret()));
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	env_rv(CKR_DEVICE_REMOVED, env.f->C_Sign(env.session, text, 1, tag, &len));
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_Sign(env.session, text, 1, tag, &len));
	env_stop();
}
END_TEST

START_TEST(macs_need_no_card_command)
{
	CK_OBJECT_HANDLE key;
	CK_BYTE tag[32];
	CK_ULONG len = sizeof(tag);
	unsigned long commands;

	env_start();
	key = secret();
	commands = env_card_commands();
	env_ok(env.f->C_SignInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_Sign(env.session, text, 100, tag, &len));
	env_ok(env.f->C_VerifyInit(env.session, &sha256_hmac, key));
	env_ok(env.f->C_Verify(env.session, text, 100, tag, len));
	ck_assert_uint_eq(env_card_commands(), commands);
	env_stop();
}
END_TEST

/* ---- threads ---------------------------------------------------------------------------------------- */

#define THREADS 4u
#define ROUNDS 300u

struct worker {
	pthread_t thread;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_BYTE expected[32];
	unsigned wrong;
};

static void *work(void *argument)
{
	struct worker *worker = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		CK_BYTE tag[32];
		CK_ULONG len = sizeof(tag);

		if (env.f->C_SignInit(worker->session, &sha256_hmac, worker->key) != CKR_OK ||
		    env.f->C_SignUpdate(worker->session, text, 50) != CKR_OK ||
		    env.f->C_SignUpdate(worker->session, text + 50, 50) != CKR_OK ||
		    env.f->C_SignFinal(worker->session, tag, &len) != CKR_OK ||
		    memcmp(tag, worker->expected, 32) != 0 ||
		    env.f->C_VerifyInit(worker->session, &sha256_hmac, worker->key) != CKR_OK ||
		    env.f->C_Verify(worker->session, text, 100, tag, len) != CKR_OK)
			worker->wrong++;
	}
	return NULL;
}

START_TEST(sessions_use_one_key_side_by_side)
{
	struct worker workers[THREADS];
	CK_OBJECT_HANDLE key;

	env_start();
	key = secret();
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .session = env_session(0), .key = key };
		expected_hmac(100, workers[i].expected);
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
		ck_assert_uint_eq(workers[i].wrong, 0);
	}
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, asking_for_the_length_and_too_little_room_keep_the_operation);
	tcase_add_test(tc, the_signature_may_stand_where_the_data_stood);
	tcase_add_test(tc, no_data_has_a_signature_too);
	tcase_add_test(tc, verification_tells_length_and_value_apart);
	tcase_add_test(tc, one_part_does_not_follow_several);
	tcase_add_test(tc, calls_without_their_operation_are_refused);
	tcase_add_test(tc, session_cancel_ends_what_its_flags_name);
	tcase_add_test(tc, hmac_takes_generic_secrets_and_its_own_keys);
	tcase_add_test(tc, general_lengths_are_one_to_all);
	tcase_add_test(tc, cmac_takes_its_ciphers_keys);
	tcase_add_test(tc, gmac_reads_both_forms_of_its_parameter);
	tcase_add_test(tc, the_macs_of_tls_check_their_parameter);
	tcase_add_test(tc, a_key_signs_and_verifies_only_if_it_may);
	tcase_add_test(tc, what_is_no_session_key_makes_no_mac);
	tcase_add_test(tc, logout_ends_what_a_private_key_does);
	tcase_add_test(tc, a_destroyed_key_finishes_what_it_began);
	tcase_add_test(tc, the_card_gone_takes_its_operations_along);
	tcase_add_test(tc, macs_need_no_card_command);
	tcase_add_test(tc, sessions_use_one_key_side_by_side);
}

TEST_MAIN("pkcs11/mac", add)
