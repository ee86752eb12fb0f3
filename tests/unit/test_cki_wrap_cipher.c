/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_WrapKey, C_UnwrapKey and their authenticated forms with the mechanisms that encrypt. What comes out is compared
 * with C_Encrypt, whose answers test_vectors_cipher knows.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/aead_params.h"
#include "pkcs11/mech_table.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_KEY_TYPE des = CKK_DES;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }
#define PARAM(type, params) { type, &(params), sizeof(params) }

static CK_BYTE kek_bytes[32] = "a wrapping key of 32 bytes......";
static CK_BYTE key_bytes[64] = "keys of up to sixty-four bytes: these are the first ones of them";
static CK_BYTE iv[16] = "sixteen bytes iv";
static CK_BYTE aad[5] = "extra";
static CK_BYTE tag[16];
static struct cki_ctr_params ctr = { .counter_bits_count = 32, .block = "sixteen bytes..." };
static struct cki_gcm_params gcm = { .iv = iv, .iv_size = 12, .aad = aad, .aad_size = 5, .tag_bits_count = 96 };
static struct cki_gcm_wrap_params gcm_wrap = { .iv = iv, .iv_size = 12, .aad = aad, .aad_size = 5,
					       .tag_bits_count = 96 };
static struct cki_ccm_params ccm = { .nonce = iv, .nonce_size = 13, .aad = aad, .aad_size = 5, .mac_size = 8 };
static struct cki_ccm_wrap_params ccm_wrap = { .data_size_ignored = 4711, .nonce = iv, .nonce_size = 13, .aad = aad,
					       .aad_size = 5, .mac_size = 8 };
static struct cki_chacha20_poly1305_params poly = { .nonce = iv, .nonce_size = 96, .aad = aad, .aad_size = 5 };
static struct cki_gcm_message_params gcm_message = { .iv = iv, .iv_size = 12, .tag = tag, .tag_bits_count = 96 };
static struct cki_ccm_message_params ccm_message = { .nonce = iv, .nonce_size = 13, .mac = tag, .mac_size = 8 };
static struct cki_chacha20_poly1305_message_params poly_message = { .nonce = iv, .nonce_size = 96, .tag = tag };

static const struct row {
	CK_MECHANISM mechanism;
	CK_MECHANISM encryption; /* the same for C_EncryptInit */
	CK_KEY_TYPE kek_type;
	size_t kek_len;
	size_t unit;  /* zero bytes fill up to so many */
	size_t padding; /* PKCS #7 does */
	size_t tag_len;
} rows[] = {
	{ { CKM_AES_ECB, NULL, 0 }, { CKM_AES_ECB, NULL, 0 }, CKK_AES, 16, 16, 0, 0 },
	{ { CKM_AES_CBC, iv, 16 }, { CKM_AES_CBC, iv, 16 }, CKK_AES, 24, 16, 0, 0 },
	{ { CKM_AES_CBC_PAD, iv, 16 }, { CKM_AES_CBC_PAD, iv, 16 }, CKK_AES, 32, 1, 16, 0 },
	{ PARAM(CKM_AES_CTR, ctr), PARAM(CKM_AES_CTR, ctr), CKK_AES, 16, 1, 0, 0 },
	{ PARAM(CKM_AES_GCM, gcm), PARAM(CKM_AES_GCM, gcm), CKK_AES, 16, 1, 0, 12 },
	{ PARAM(CKM_AES_GCM, gcm_wrap), PARAM(CKM_AES_GCM, gcm), CKK_AES, 32, 1, 0, 12 },
	{ PARAM(CKM_AES_CCM, ccm), PARAM(CKM_AES_CCM, ccm), CKK_AES, 16, 1, 0, 8 },
	{ PARAM(CKM_AES_CCM, ccm_wrap), PARAM(CKM_AES_CCM, ccm), CKK_AES, 16, 1, 0, 8 },
	{ { CKM_DES3_ECB, NULL, 0 }, { CKM_DES3_ECB, NULL, 0 }, CKK_DES2, 16, 8, 0, 0 },
	{ { CKM_DES3_CBC, iv, 8 }, { CKM_DES3_CBC, iv, 8 }, CKK_DES3, 24, 8, 0, 0 },
	{ { CKM_DES3_CBC_PAD, iv, 8 }, { CKM_DES3_CBC_PAD, iv, 8 }, CKK_DES3, 24, 1, 8, 0 },
	{ PARAM(CKM_CHACHA20_POLY1305, poly), PARAM(CKM_CHACHA20_POLY1305, poly), CKK_CHACHA20, 32, 1, 0, 16 },
};

/* The authenticated forms; `plain` is the row of the same encryption. */
static const struct authenticated {
	CK_MECHANISM mechanism;
	CK_KEY_TYPE kek_type;
	CK_MECHANISM encryption;
	size_t tag_len;
} authenticated[] = {
	{ PARAM(CKM_AES_GCM, gcm_message), CKK_AES, PARAM(CKM_AES_GCM, gcm), 12 },
	{ PARAM(CKM_AES_CCM, ccm_message), CKK_AES, PARAM(CKM_AES_CCM, ccm), 8 },
	{ PARAM(CKM_CHACHA20_POLY1305, poly_message), CKK_CHACHA20, PARAM(CKM_CHACHA20_POLY1305, poly), 16 },
};

static size_t wrapped_len(const struct row *row, size_t len)
{
	if (row->padding != 0)
		return (len / row->padding + 1) * row->padding;
	return (len + row->unit - 1) / row->unit * row->unit + row->tag_len;
}

static void begin(void)
{
	memcpy(iv, "sixteen bytes iv", sizeof(iv));
	memset(tag, 0, sizeof(tag));
	env_start_logged_in();
}

static void encrypt(CK_OBJECT_HANDLE kek, CK_MECHANISM mechanism, size_t len, CK_BYTE *out, CK_ULONG *ret_len)
{
	CK_BYTE text[80] = { 0 };

	ccm.data_size = len;
	memcpy(text, key_bytes, len);
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, kek));
	env_ok(env.f->C_Encrypt(env.session, text, len, out, ret_len));
}

static CK_RV unwrap(const CK_MECHANISM *given, CK_OBJECT_HANDLE kek, CK_BYTE *wrapped, size_t len, CK_KEY_TYPE *type,
		    CK_ULONG value_len, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(*type), { CKA_VALUE_LEN, &value_len, sizeof(value_len) } };
	CK_MECHANISM mechanism = *given;

	return env.f->C_UnwrapKey(env.session, &mechanism, kek, wrapped, len, templ, value_len != 0 ? 3 : 2, key);
}

static void expect_value(CK_OBJECT_HANDLE key, size_t len)
{
	CK_BYTE got[80];

	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	ck_assert_mem_eq(got, key_bytes, len);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), len);
}

START_TEST(every_wrapping_mechanism_of_session_keys_is_tested)
{
	for (size_t i = 0; cki_mech_row(i) != NULL; i++) {
		const struct mech *mech = cki_mech_row(i);
		bool found = mech->type >= CKM_AES_KEY_WRAP && mech->type <= CKM_AES_KEY_WRAP_PKCS7;

		if ((mech->flags & CKF_WRAP) == 0 || mech->card_keys != 0)
			continue;
		for (size_t j = 0; j < ENV_COUNT(rows); j++)
			found = found || rows[j].mechanism.mechanism == mech->type;
		ck_assert_msg(found, "0x%lx has no row", mech->type);
	}
}
END_TEST

START_TEST(a_wrapped_key_is_its_encrypted_value_and_comes_back)
{
	const struct row *row = &rows[_i];
	CK_MECHANISM mechanism = row->mechanism;
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE back = 0;
	CK_BYTE expected[128];
	CK_BYTE wrapped[128];
	CK_ULONG expected_len;
	CK_ULONG len;

	begin();
	kek = env_import(row->kek_type, kek_bytes, row->kek_len);
	for (size_t size = 1; size <= 64; size++) {
		expected_len = sizeof(expected);
		encrypt(kek, row->encryption, (size + row->unit - 1) / row->unit * row->unit, expected, &expected_len);
		key = env_import(CKK_GENERIC_SECRET, key_bytes, size);
		/* keys' zero bytes begin where the key ends, not where the text above does */
		if (row->unit != 1 && size % row->unit != 0)
			expected_len = 0;
		len = 0;
		env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, key, NULL, &len));
		ck_assert_uint_eq(len, wrapped_len(row, size));
		len--;
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_WrapKey(env.session, &mechanism, kek, key, wrapped, &len));
		ck_assert_uint_eq(len, wrapped_len(row, size));
		env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, key, wrapped, &len));
		ck_assert_uint_eq(len, wrapped_len(row, size));
		if (expected_len != 0)
			ck_assert_mem_eq(wrapped, expected, len);
		env_ok(unwrap(&mechanism, kek, wrapped, len, &generic, size, &back));
		expect_value(back, size);
		ck_assert(!env_flag(back, CKA_LOCAL));
		env_ok(env.f->C_DestroyObject(env.session, back));
		env_ok(env.f->C_DestroyObject(env.session, key));
	}
	env_stop();
}
END_TEST

START_TEST(zero_bytes_fill_what_is_no_whole_block)
{
	CK_BYTE text[32] = { 0 };
	CK_BYTE wrapped[32];
	CK_BYTE clear[32];
	CK_ULONG len = sizeof(wrapped);
	CK_ULONG clear_len = sizeof(clear);
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_OBJECT_HANDLE kek;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	env_ok(env.f->C_WrapKey(env.session, &ecb, kek, env_import(CKK_GENERIC_SECRET, key_bytes, 21), wrapped, &len));
	env_ok(env.f->C_DecryptInit(env.session, &ecb, kek));
	env_ok(env.f->C_Decrypt(env.session, wrapped, len, clear, &clear_len));
	memcpy(text, key_bytes, 21);
	ck_assert_uint_eq(clear_len, 32);
	ck_assert_mem_eq(clear, text, 32);
	env_stop();
}
END_TEST

START_TEST(where_a_filled_key_ends_its_type_or_the_template_says)
{
	CK_BYTE wrapped[48];
	CK_ULONG len = sizeof(wrapped);
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, 16 };
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key = 77;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	env_ok(env.f->C_WrapKey(env.session, &cbc, kek, env_import(CKK_GENERIC_SECRET, key_bytes, 32), wrapped, &len));
	env_rv(CKR_TEMPLATE_INCOMPLETE, unwrap(&cbc, kek, wrapped, 32, &generic, 0, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 32, &generic, 16, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 32, &generic, 33, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 32, &generic, ~0ul, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 31, &generic, 31, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 0, &generic, 1, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 32, &des, 0, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&cbc, kek, wrapped, 48, &aes, 0, &key));
	ck_assert_uint_eq(key, 77);
	env_ok(unwrap(&cbc, kek, wrapped, 32, &generic, 17, &key));
	expect_value(key, 17);
	env_ok(unwrap(&cbc, kek, wrapped, 32, &aes, 0, &key));
	expect_value(key, 32);
	env_ok(unwrap(&cbc, kek, wrapped, 32, &aes, 24, &key));
	expect_value(key, 24);
	env_ok(unwrap(&cbc, kek, wrapped, 16, &des, 0, &key));
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 8);
	env_stop();
}
END_TEST

START_TEST(a_padded_key_that_is_damaged_is_refused)
{
	CK_BYTE wrapped[48];
	CK_ULONG len = sizeof(wrapped);
	CK_MECHANISM pad = { CKM_AES_CBC_PAD, iv, 16 };
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key = 77;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	env_ok(env.f->C_WrapKey(env.session, &pad, kek, env_import(CKK_AES, key_bytes, 16), wrapped, &len));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&pad, kek, wrapped, len, &generic, 32, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&pad, kek, wrapped, len, &generic, 15, &key));
	/* within what padding may hide, but not what is there */
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&pad, kek, wrapped, len, &generic, 17, &key));
	wrapped[len - 17] ^= 1;
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(&pad, kek, wrapped, len, &aes, 0, &key));
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

START_TEST(a_key_whose_tag_is_wrong_is_refused)
{
	const struct row *row = &rows[_i];
	CK_MECHANISM mechanism = row->mechanism;
	CK_BYTE wrapped[48];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key = 77;

	if (row->tag_len == 0)
		return;
	begin();
	kek = env_import(row->kek_type, kek_bytes, row->kek_len);
	env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, env_import(CKK_AES, key_bytes, 16), wrapped, &len));
	for (size_t i = 0; i < len; i++) {
		wrapped[i] ^= 0x40;
		env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(&mechanism, kek, wrapped, len, &aes, 0, &key));
		wrapped[i] ^= 0x40;
	}
	aad[0] ^= 1;
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap(&mechanism, kek, wrapped, len, &aes, 0, &key));
	aad[0] ^= 1;
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&mechanism, kek, wrapped, len, &generic, 15, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&mechanism, kek, wrapped, row->tag_len, &generic, 0, &key));
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap(&mechanism, kek, wrapped, 0, &generic, 0, &key));
	ck_assert_uint_eq(key, 77);
	env_ok(unwrap(&mechanism, kek, wrapped, len, &aes, 16, &key));
	env_stop();
}
END_TEST

/* ---- parameters ------------------------------------------------------------------------------------- */

static CK_RV try_wrap(CK_MECHANISM mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key)
{
	CK_BYTE wrapped[64];
	CK_ULONG len = sizeof(wrapped);

	return env.f->C_WrapKey(env.session, &mechanism, kek, key, wrapped, &len);
}

static CK_RV try_authenticated(CK_MECHANISM mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key)
{
	CK_BYTE wrapped[64];
	CK_ULONG len = sizeof(wrapped);

	return C_WrapKeyAuthenticated(env.session, &mechanism, kek, key, aad, sizeof(aad), wrapped, &len);
}

START_TEST(parameters_are_checked_before_anything_is_wrapped)
{
	struct cki_ctr_params no_counter = { .counter_bits_count = 0 };
	struct cki_ctr_params long_counter = { .counter_bits_count = 129 };
	struct cki_gcm_wrap_params bad[] = { gcm_wrap, gcm_wrap, gcm_wrap, gcm_wrap, gcm_wrap, gcm_wrap, gcm_wrap,
					     gcm_wrap };
	struct cki_gcm_params bad_old[] = { gcm, gcm, gcm };
	struct cki_ccm_wrap_params bad_ccm[] = { ccm_wrap, ccm_wrap, ccm_wrap, ccm_wrap };
	struct cki_gcm_message_params bad_message[] = { gcm_message, gcm_message, gcm_message, gcm_message };
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	key = env_import(CKK_AES, key_bytes, 16);
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap((CK_MECHANISM){ CKM_AES_ECB, iv, 16 }, kek, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap((CK_MECHANISM){ CKM_AES_CBC, iv, 15 }, kek, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap((CK_MECHANISM){ CKM_AES_CBC, NULL, 16 }, kek, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap((CK_MECHANISM)PARAM(CKM_AES_CTR, no_counter), kek, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap((CK_MECHANISM)PARAM(CKM_AES_CTR, long_counter), kek, key));
	bad[0].iv = NULL;
	bad[1].iv_size = 0;
	bad[2].iv_size = 129;
	bad[3].aad = NULL;
	bad[4].tag_bits_count = 97;
	bad[5].tag_bits_count = ~0ul - 7;
	bad[6].iv_generator = 5;
	bad[7].iv_generator = CKG_GENERATE;
	bad[7].iv_fixed_bits = 96;
	for (size_t i = 0; i < ENV_COUNT(bad); i++)
		ck_assert_msg(try_wrap((CK_MECHANISM)PARAM(CKM_AES_GCM, bad[i]), kek, key) ==
			      CKR_MECHANISM_PARAM_INVALID, "wrap parameter %zu", i);
	bad_old[0].iv = NULL;
	bad_old[1].tag_bits_count = 40;
	bad_old[2].tag_bits_count = ~0ul - 7;
	for (size_t i = 0; i < ENV_COUNT(bad_old); i++)
		ck_assert_msg(try_wrap((CK_MECHANISM)PARAM(CKM_AES_GCM, bad_old[i]), kek, key) ==
			      CKR_MECHANISM_PARAM_INVALID, "parameter %zu", i);
	bad_ccm[0].nonce_size = 6;
	bad_ccm[1].nonce_size = 14;
	bad_ccm[2].mac_size = 5;
	bad_ccm[3].mac_size = ~0ul;
	for (size_t i = 0; i < ENV_COUNT(bad_ccm); i++)
		ck_assert_msg(try_wrap((CK_MECHANISM)PARAM(CKM_AES_CCM, bad_ccm[i]), kek, key) ==
			      CKR_MECHANISM_PARAM_INVALID, "CCM parameter %zu", i);
	bad_message[0].tag = NULL;
	bad_message[1].tag_bits_count = 136;
	bad_message[2].iv = NULL;
	bad_message[3].iv_size = ~0ul;
	for (size_t i = 0; i < ENV_COUNT(bad_message); i++)
		ck_assert_msg(try_authenticated((CK_MECHANISM)PARAM(CKM_AES_GCM, bad_message[i]), kek, key) ==
			      CKR_MECHANISM_PARAM_INVALID, "message parameter %zu", i);
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_authenticated((CK_MECHANISM)PARAM(CKM_AES_GCM, gcm_wrap), kek, key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, try_authenticated((CK_MECHANISM){ CKM_AES_GCM, NULL, 0 }, kek, key));
	env_stop();
}
END_TEST

START_TEST(a_wrong_parameter_is_said_before_what_else_is_wrong)
{
	struct cki_ctr_params long_counter = { .counter_bits_count = 129 };
	CK_MECHANISM wrong[] = {
		{ CKM_AES_CBC, iv, 15 },
		{ CKM_AES_ECB, iv, 16 },
		{ CKM_AES_KEY_WRAP, iv, 3 },
		PARAM(CKM_AES_CTR, long_counter),
	};
	CK_KEY_TYPE impossible = CKK_RSA;
	CK_BYTE wrapped[24] = { 0 };
	CK_OBJECT_HANDLE back = 77;
	CK_OBJECT_HANDLE kek;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	for (size_t i = 0; i < ENV_COUNT(wrong); i++) {
		CK_ULONG len = 5;

		env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap(wrong[i], kek, 0));
		env_rv(CKR_MECHANISM_PARAM_INVALID, try_wrap(wrong[i], kek, env.key));
		env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_WrapKey(env.session, &wrong[i], kek, kek, NULL, &len));
		ck_assert_uint_eq(len, 5);
		env_rv(CKR_MECHANISM_PARAM_INVALID, unwrap(&wrong[i], kek, wrapped, 0, &aes, 0, &back));
		env_rv(CKR_MECHANISM_PARAM_INVALID, unwrap(&wrong[i], kek, wrapped, 24, &impossible, 0, &back));
		ck_assert_uint_eq(back, 77);
	}
	env_stop();
}
END_TEST

START_TEST(the_wrapping_key_may_be_of_another_type_for_no_mechanism)
{
	const struct row *row = &rows[_i];
	CK_MECHANISM mechanism = row->mechanism;
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE back = 77;
	CK_BYTE wrapped[64];

	begin();
	key = env_import(CKK_GENERIC_SECRET, key_bytes, 16);
	env_rv(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, try_wrap(mechanism, key, key));
	env_rv(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, unwrap(&mechanism, key, wrapped, 32, &aes, 0, &back));
	env_rv(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, try_wrap(mechanism, env.key, key));
	ck_assert_uint_eq(back, 77);
	env_stop();
}
END_TEST

/* ---- nonces ----------------------------------------------------------------------------------------- */

START_TEST(a_wrapping_key_counts_its_nonces)
{
	CK_BYTE nonce[12] = "fixed???????";
	CK_BYTE expected[12] = { 'f', 'i', 'x', 'e' };
	struct cki_gcm_wrap_params params = { .iv = nonce, .iv_size = 12, .iv_fixed_bits = 32,
					      .iv_generator = CKG_GENERATE_COUNTER, .tag_bits_count = 128 };
	CK_MECHANISM mechanism = PARAM(CKM_AES_GCM, params);
	CK_ULONG len = 0;
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE copy = 0;
	CK_OBJECT_HANDLE key;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	key = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_CopyObject(env.session, kek, NULL, 0, &copy));
	for (CK_BYTE i = 0; i < 3; i++) {
		env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, key, NULL, &len));
		env_ok(try_wrap(mechanism, i == 1 ? copy : kek, key));
		expected[11] = i;
		ck_assert_mem_eq(nonce, expected, 12);
	}
	/* 2 bits have 4 values, 3 of which are used up */
	params.iv_fixed_bits = 94;
	env_ok(try_wrap(mechanism, kek, key));
	env_rv(CKR_DATA_LEN_RANGE, try_wrap(mechanism, kek, key));
	env_stop();
}
END_TEST

START_TEST(a_generated_nonce_opens_what_was_wrapped_with_it)
{
	static const CK_ULONG generators[] = { CKG_GENERATE, CKG_GENERATE_COUNTER, CKG_GENERATE_RANDOM,
					       CKG_GENERATE_COUNTER_XOR };
	CK_BYTE nonce[12] = "twelve bytes";
	struct cki_ccm_wrap_params params = { .nonce = nonce, .nonce_size = 12, .mac_size = 16 };
	CK_MECHANISM mechanism = PARAM(CKM_AES_CCM, params);
	CK_BYTE wrapped[64];
	CK_ULONG len;
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE back = 0;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	for (size_t i = 0; i < ENV_COUNT(generators); i++) {
		CK_BYTE before[12];

		memcpy(before, nonce, 12);
		params.nonce_generator = generators[i];
		params.nonce_fixed_bits = 20;
		len = sizeof(wrapped);
		env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, env_import(CKK_AES, key_bytes, 32), wrapped,
					&len));
		ck_assert_mem_eq(before, nonce, 2);
		ck_assert_uint_eq(before[2] & 0xf0, nonce[2] & 0xf0);
		ck_assert_mem_ne(before, nonce, 12);
		env_ok(unwrap(&mechanism, kek, wrapped, len, &aes, 0, &back));
		expect_value(back, 32);
	}
	env_stop();
}
END_TEST

/* ---- authenticated ---------------------------------------------------------------------------------- */

static CK_RV unwrap_authenticated(CK_MECHANISM mechanism, CK_OBJECT_HANDLE kek, CK_BYTE *wrapped, size_t len,
				  CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };

	return C_UnwrapKeyAuthenticated(env.session, &mechanism, kek, wrapped, len, templ, 2, aad, sizeof(aad), key);
}

START_TEST(an_authenticated_wrap_has_its_tag_apart)
{
	const struct authenticated *row = &authenticated[_i];
	CK_MECHANISM mechanism = row->mechanism;
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE back = 77;
	CK_BYTE expected[64];
	CK_ULONG expected_len = sizeof(expected);
	CK_BYTE wrapped[64];
	CK_ULONG len = 0;

	begin();
	kek = env_import(row->kek_type, kek_bytes, 32);
	key = env_import(CKK_AES, key_bytes, 32);
	encrypt(kek, row->encryption, 32, expected, &expected_len);
	env_ok(C_WrapKeyAuthenticated(env.session, &mechanism, kek, key, aad, sizeof(aad), NULL, &len));
	ck_assert_uint_eq(len, 32);
	len = 31;
	env_rv(CKR_BUFFER_TOO_SMALL, C_WrapKeyAuthenticated(env.session, &mechanism, kek, key, aad, sizeof(aad),
							    wrapped, &len));
	ck_assert_uint_eq(len, 32);
	env_ok(C_WrapKeyAuthenticated(env.session, &mechanism, kek, key, aad, sizeof(aad), wrapped, &len));
	ck_assert_uint_eq(len, 32);
	ck_assert_mem_eq(wrapped, expected, 32);
	ck_assert_mem_eq(tag, expected + 32, row->tag_len);
	env_ok(unwrap_authenticated(mechanism, kek, wrapped, len, &back));
	expect_value(back, 32);
	back = 77;
	for (size_t i = 0; i < row->tag_len; i++) {
		tag[i] ^= 1;
		env_rv(CKR_WRAPPED_KEY_INVALID, unwrap_authenticated(mechanism, kek, wrapped, len, &back));
		tag[i] ^= 1;
	}
	aad[4] ^= 1;
	env_rv(CKR_WRAPPED_KEY_INVALID, unwrap_authenticated(mechanism, kek, wrapped, len, &back));
	aad[4] ^= 1;
	env_rv(CKR_WRAPPED_KEY_LEN_RANGE, unwrap_authenticated(mechanism, kek, wrapped, 0, &back));
	ck_assert_uint_eq(back, 77);
	env_stop();
}
END_TEST

START_TEST(an_authenticated_wrap_refuses_precisely)
{
	CK_MECHANISM mechanism = PARAM(CKM_AES_GCM, gcm_message);
	CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(aes) };
	CK_BYTE wrapped[64];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key;

	begin();
	kek = env_import(CKK_AES, kek_bytes, 16);
	key = env_import(CKK_AES, key_bytes, 16);
	env_rv(CKR_MECHANISM_INVALID, try_authenticated(kw, kek, key));
	env_rv(CKR_MECHANISM_INVALID, unwrap_authenticated(kw, kek, wrapped, 24, &key));
	env_rv(CKR_ARGUMENTS_BAD, C_WrapKeyAuthenticated(env.session, NULL, kek, key, aad, 5, wrapped, &len));
	env_rv(CKR_ARGUMENTS_BAD, C_WrapKeyAuthenticated(env.session, &mechanism, kek, key, NULL, 5, wrapped, &len));
	env_rv(CKR_ARGUMENTS_BAD, C_WrapKeyAuthenticated(env.session, &mechanism, kek, key, aad, 5, wrapped, NULL));
	env_rv(CKR_SESSION_HANDLE_INVALID, C_WrapKeyAuthenticated(4711, &mechanism, kek, key, aad, 5, wrapped, &len));
	env_rv(CKR_WRAPPING_KEY_HANDLE_INVALID, try_authenticated(mechanism, 4711, key));
	env_rv(CKR_KEY_HANDLE_INVALID, try_authenticated(mechanism, kek, 4711));
	env_rv(CKR_KEY_UNEXTRACTABLE, try_authenticated(mechanism, kek, env.key));
	env_rv(CKR_ARGUMENTS_BAD, C_UnwrapKeyAuthenticated(env.session, &mechanism, kek, NULL, 16, templ, 2, aad, 5,
							   &key));
	env_rv(CKR_ARGUMENTS_BAD, C_UnwrapKeyAuthenticated(env.session, &mechanism, kek, wrapped, 16, NULL, 2, aad, 5,
							   &key));
	env_rv(CKR_ARGUMENTS_BAD, C_UnwrapKeyAuthenticated(env.session, &mechanism, kek, wrapped, 16, templ, 2, NULL, 5,
							   &key));
	env_rv(CKR_ARGUMENTS_BAD, C_UnwrapKeyAuthenticated(env.session, &mechanism, kek, wrapped, 16, templ, 2, aad, 5,
							   NULL));
	env_stop();
}
END_TEST

/* ---- the rules of the keys -------------------------------------------------------------------------- */

START_TEST(the_rules_of_the_keys_hold_for_each_mechanism)
{
	const struct row *row = &rows[_i];
	CK_MECHANISM mechanism = row->mechanism;
	CK_MECHANISM_TYPE other = CKM_AES_OFB;
	CK_BYTE id[2] = "id";
	CK_ATTRIBUTE wanted[] = { { CKA_ID, id, sizeof(id) } };
	CK_ATTRIBUTE given[] = { FLAG(CKA_EXTRACTABLE, no) };
	CK_ATTRIBUTE templ[] = { CLASS, { CKA_KEY_TYPE, (void *)(uintptr_t)&row->kek_type, sizeof(row->kek_type) },
				 { CKA_VALUE, kek_bytes, row->kek_len },
				 { CKA_WRAP_TEMPLATE, wanted, sizeof(wanted) },
				 { CKA_UNWRAP_TEMPLATE, given, sizeof(given) } };
	CK_ATTRIBUTE limited[] = { templ[0], templ[1], templ[2], { CKA_ALLOWED_MECHANISMS, &other, sizeof(other) } };
	CK_ATTRIBUTE set_id = { CKA_ID, id, sizeof(id) };
	CK_ATTRIBUTE trusted_only = FLAG(CKA_WRAP_WITH_TRUSTED, yes);
	CK_BYTE wrapped[64];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek = 0;
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE back = 0;

	begin();
	key = env_import(CKK_AES, key_bytes, 32);
	env_ok(env.f->C_CreateObject(env.session, limited, 4, &kek));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, try_wrap(mechanism, kek, key));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, unwrap(&mechanism, kek, wrapped, 32, &aes, 0, &back));
	env_ok(env.f->C_CreateObject(env.session, templ, 5, &kek));
	env_rv(CKR_KEY_HANDLE_INVALID, try_wrap(mechanism, kek, key));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &set_id, 1));
	env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, key, wrapped, &len));
	env_ok(unwrap(&mechanism, kek, wrapped, len, &aes, 0, &back));
	ck_assert(!env_flag(back, CKA_EXTRACTABLE));
	env_rv(CKR_KEY_UNEXTRACTABLE, try_wrap(mechanism, kek, back));
	env_ok(env.f->C_SetAttributeValue(env.session, key, &trusted_only, 1));
	env_rv(CKR_KEY_NOT_WRAPPABLE, try_wrap(mechanism, kek, key));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	const int all = (int)ENV_COUNT(rows);

	tcase_add_test(tc, every_wrapping_mechanism_of_session_keys_is_tested);
	tcase_add_loop_test(tc, a_wrapped_key_is_its_encrypted_value_and_comes_back, 0, all);
	tcase_add_test(tc, zero_bytes_fill_what_is_no_whole_block);
	tcase_add_test(tc, where_a_filled_key_ends_its_type_or_the_template_says);
	tcase_add_test(tc, a_padded_key_that_is_damaged_is_refused);
	tcase_add_loop_test(tc, a_key_whose_tag_is_wrong_is_refused, 0, all);
	tcase_add_test(tc, parameters_are_checked_before_anything_is_wrapped);
	tcase_add_test(tc, a_wrong_parameter_is_said_before_what_else_is_wrong);
	tcase_add_loop_test(tc, the_wrapping_key_may_be_of_another_type_for_no_mechanism, 0, all);
	tcase_add_test(tc, a_wrapping_key_counts_its_nonces);
	tcase_add_test(tc, a_generated_nonce_opens_what_was_wrapped_with_it);
	tcase_add_loop_test(tc, an_authenticated_wrap_has_its_tag_apart, 0, (int)ENV_COUNT(authenticated));
	tcase_add_test(tc, an_authenticated_wrap_refuses_precisely);
	tcase_add_loop_test(tc, the_rules_of_the_keys_hold_for_each_mechanism, 0, all);
}

TEST_MAIN("pkcs11/wrap_cipher", add)
