/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_Encrypt* and C_Decrypt* of every mechanism: what is refused and with which code, and how an operation lives. That
 * what comes out is right is test_vectors_cipher's.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pkcs11/cipher_params.h"
#include "pkcs11/mech_table.h"
#include "tests/unit/cki_env.h"

#define TEXT_MAX 256u

static CK_BYTE key_bytes[128];
static CK_BYTE iv[16];
static CK_BYTE aad[20];
static CK_BYTE text[TEXT_MAX];

static struct cki_ctr_params ctr = { .counter_bits_count = 128 };
static struct cki_gcm_params gcm = { .iv = iv, .iv_size = 12, .aad = aad, .aad_size = 20, .tag_bits_count = 128 };
static struct cki_ccm_params ccm = { .data_size = 64, .nonce = iv, .nonce_size = 12, .aad = aad, .aad_size = 20,
				     .mac_size = 16 };
static struct cki_chacha20_params chacha20 = { .counter = iv, .counter_bits_count = 32, .nonce = iv, .nonce_bits = 96 };
static struct cki_chacha20_poly1305_params poly1305 = { .nonce = iv, .nonce_size = 96, .aad = aad, .aad_size = 20 };
static CK_ULONG effective_bits = 128;
static struct cki_rc2_cbc_params rc2_cbc = { .effective_bits = 64 };

/* What a mechanism takes; len is a good length of plain text, added what encryption adds to it. */
static const struct row {
	CK_MECHANISM mechanism;
	CK_KEY_TYPE type;
	size_t key_len;
	size_t len;
	size_t added;
	size_t unit;     /* lengths that are no multiple are refused; 0: any length is good */
	size_t least;    /* shorter is refused */
	bool no_param;   /* may be absent */
	bool authentic;  /* a changed bit is noticed */
} rows[] = {
	{ { CKM_AES_ECB, NULL, 0 }, CKK_AES, 16, 64, 0, 16, 0, true, false },
	{ { CKM_AES_CBC, iv, 16 }, CKK_AES, 24, 64, 0, 16, 0, false, false },
	{ { CKM_AES_CBC_PAD, iv, 16 }, CKK_AES, 32, 60, 4, 0, 0, false, false },
	{ { CKM_AES_CTR, &ctr, sizeof(ctr) }, CKK_AES, 16, 61, 0, 0, 0, false, false },
	{ { CKM_AES_CTS, iv, 16 }, CKK_AES, 16, 61, 0, 0, 16, false, false },
	{ { CKM_AES_OFB, iv, 16 }, CKK_AES, 16, 61, 0, 0, 0, false, false },
	{ { CKM_AES_CFB1, iv, 16 }, CKK_AES, 16, 61, 0, 0, 0, false, false },
	{ { CKM_AES_CFB8, iv, 16 }, CKK_AES, 16, 61, 0, 0, 0, false, false },
	{ { CKM_AES_CFB128, iv, 16 }, CKK_AES, 16, 61, 0, 0, 0, false, false },
	{ { CKM_AES_GCM, &gcm, sizeof(gcm) }, CKK_AES, 16, 61, 16, 0, 0, false, true },
	{ { CKM_AES_CCM, &ccm, sizeof(ccm) }, CKK_AES, 16, 64, 16, 0, 64, false, true },
	{ { CKM_AES_XTS, iv, 16 }, CKK_AES_XTS, 64, 61, 0, 0, 16, false, false },
	{ { CKM_AES_KEY_WRAP, NULL, 0 }, CKK_AES, 16, 64, 8, 8, 16, true, true },
	{ { CKM_AES_KEY_WRAP_PAD, NULL, 0 }, CKK_AES, 16, 61, 11, 0, 1, true, true },
	{ { CKM_AES_KEY_WRAP_KWP, NULL, 0 }, CKK_AES, 16, 61, 11, 0, 1, true, true },
	{ { CKM_AES_KEY_WRAP_PKCS7, NULL, 0 }, CKK_AES, 16, 61, 11, 0, 8, true, true },
	{ { CKM_DES3_ECB, NULL, 0 }, CKK_DES2, 16, 64, 0, 8, 0, true, false },
	{ { CKM_DES3_CBC, iv, 8 }, CKK_DES3, 24, 64, 0, 8, 0, false, false },
	{ { CKM_DES3_CBC_PAD, iv, 8 }, CKK_DES3, 24, 60, 4, 0, 0, false, false },
	{ { CKM_CHACHA20, &chacha20, sizeof(chacha20) }, CKK_CHACHA20, 32, 61, 0, 0, 0, false, false },
	{ { CKM_CHACHA20_POLY1305, &poly1305, sizeof(poly1305) }, CKK_CHACHA20, 32, 61, 16, 0, 0, false, true },
	{ { CKM_DES_ECB, NULL, 0 }, CKK_DES, 8, 64, 0, 8, 0, true, false },
	{ { CKM_DES_CBC, iv, 8 }, CKK_DES, 8, 64, 0, 8, 0, false, false },
	{ { CKM_DES_CBC_PAD, iv, 8 }, CKK_DES, 8, 60, 4, 0, 0, false, false },
	{ { CKM_RC2_ECB, &effective_bits, sizeof(effective_bits) }, CKK_RC2, 16, 64, 0, 8, 0, false, false },
	{ { CKM_RC2_CBC, &rc2_cbc, sizeof(rc2_cbc) }, CKK_RC2, 13, 64, 0, 8, 0, false, false },
	{ { CKM_RC2_CBC_PAD, &rc2_cbc, sizeof(rc2_cbc) }, CKK_RC2, 128, 60, 4, 0, 0, false, false },
	{ { CKM_RC4, NULL, 0 }, CKK_RC4, 5, 61, 0, 0, 0, true, false },
};

static void begin(void)
{
	for (size_t i = 0; i < sizeof(key_bytes); i++)
		key_bytes[i] = (CK_BYTE)(3 * i + 1);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (CK_BYTE)(5 * i);
	memset(ctr.block, 0, sizeof(ctr.block));
	env_config("legacy_ciphers", true);
	env_start_logged_in();
}

static bool wraps(const struct row *row)
{
	return row->mechanism.mechanism >= CKM_AES_KEY_WRAP && row->mechanism.mechanism <= CKM_AES_KEY_WRAP_PKCS7;
}

static CK_OBJECT_HANDLE key_for(const struct row *row)
{
	return env_import(row->type, key_bytes, row->key_len);
}

static CK_RV encrypt_init(const struct row *row, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = row->mechanism;

	return env.f->C_EncryptInit(env.session, &mechanism, key);
}
static CK_RV decrypt_init(const struct row *row, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = row->mechanism;

	return env.f->C_DecryptInit(env.session, &mechanism, key);
}

static CK_ULONG encrypted(const struct row *row, CK_OBJECT_HANDLE key, CK_BYTE *out)
{
	CK_ULONG len = TEXT_MAX;

	env_ok(encrypt_init(row, key));
	env_ok(env.f->C_Encrypt(env.session, text, row->len, out, &len));
	ck_assert_uint_eq(len, row->len + row->added);
	return len;
}

START_TEST(every_encrypting_mechanism_of_the_table_is_tested_here)
{
	size_t found = 0;

	for (size_t i = 0; cki_mech_row(i) != NULL; i++)
		/* test_cki_rsa tries those of public keys */
		found += (cki_mech_row(i)->flags & CKF_ENCRYPT) != 0 && cki_mech_row(i)->card_keys == 0;
	ck_assert_uint_eq(found, ENV_COUNT(rows));
}
END_TEST

START_TEST(a_length_can_be_asked_for_and_too_little_room_changes_nothing)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		CK_BYTE cipher[TEXT_MAX];
		CK_BYTE got[TEXT_MAX];
		CK_ULONG full = row->len + row->added;
		CK_ULONG len = 0;

		env_ok(encrypt_init(row, key));
		env_ok(env.f->C_Encrypt(env.session, text, row->len, NULL, &len));
		ck_assert_uint_eq(len, full);
		len = full - 1;
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Encrypt(env.session, text, row->len, cipher, &len));
		ck_assert_uint_eq(len, full);
		env_ok(env.f->C_Encrypt(env.session, text, row->len, cipher, &len));
		ck_assert_uint_eq(len, full);
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Encrypt(env.session, text, row->len, cipher, &len));
		env_ok(decrypt_init(row, key));
		len = 0;
		env_ok(env.f->C_Decrypt(env.session, cipher, full, NULL, &len));
		ck_assert_uint_ge(len, row->len);
		len = row->len - 1;
		env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_Decrypt(env.session, cipher, full, got, &len));
		ck_assert_uint_eq(len, row->len);
		env_ok(env.f->C_Decrypt(env.session, cipher, full, got, &len));
		ck_assert_uint_eq(len, row->len);
		ck_assert_mem_eq(got, text, len);
		env_ok(env.f->C_DestroyObject(env.session, key));
	}
	env_stop();
}
END_TEST

/* A part, its length asked for first. */
static CK_ULONG part(CK_RV (*update)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *), CK_BYTE *in,
		     CK_ULONG in_len, CK_BYTE *out)
{
	CK_ULONG needed = 0;
	CK_ULONG len;

	env_ok(update(env.session, in, in_len, NULL, &needed));
	if (needed != 0) {
		len = needed - 1;
		env_rv(CKR_BUFFER_TOO_SMALL, update(env.session, in, in_len, out, &len));
		ck_assert_uint_eq(len, needed);
	}
	len = needed;
	env_ok(update(env.session, in, in_len, out, &len));
	ck_assert_uint_eq(len, needed);
	return len;
}

static CK_ULONG last(CK_RV (*final)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *), CK_BYTE *out)
{
	CK_ULONG needed = 0;
	CK_RV rv = final(env.session, NULL, &needed);

	env_ok(rv);
	if (needed == 0)
		return 0; /* that was the end */
	env_ok(final(env.session, out, &needed));
	return needed;
}

START_TEST(parts_ask_for_lengths_and_give_what_the_whole_gives)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		CK_BYTE whole[TEXT_MAX];
		CK_BYTE cipher[TEXT_MAX];
		CK_BYTE got[TEXT_MAX];
		CK_ULONG full = encrypted(row, key, whole);
		CK_ULONG at = 0;

		env_ok(encrypt_init(row, key));
		at += part(env.f->C_EncryptUpdate, text, 23, cipher);
		env_rv(CKR_OPERATION_ACTIVE, env.f->C_Encrypt(env.session, text, 1, cipher, &full));
		at += part(env.f->C_EncryptUpdate, text + 23, 0, cipher + at);
		at += part(env.f->C_EncryptUpdate, text + 23, row->len - 23, cipher + at);
		at += last(env.f->C_EncryptFinal, cipher + at);
		ck_assert_uint_eq(at, full);
		ck_assert_mem_eq(cipher, whole, full);
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptFinal(env.session, cipher, &full));
		env_ok(decrypt_init(row, key));
		at = part(env.f->C_DecryptUpdate, cipher, 30, got);
		/* not one byte of what is not known to be authentic */
		ck_assert(!row->authentic || at == 0);
		at += part(env.f->C_DecryptUpdate, cipher + 30, row->len + row->added - 30, got + at);
		ck_assert(!row->authentic || at == 0);
		at += last(env.f->C_DecryptFinal, got + at);
		ck_assert_uint_eq(at, row->len);
		ck_assert_mem_eq(got, text, at);
		env_ok(env.f->C_DestroyObject(env.session, key));
	}
	env_stop();
}
END_TEST

START_TEST(a_null_mechanism_ends_an_operation_at_any_point)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		CK_OBJECT_HANDLE key = key_for(&rows[i]);
		CK_BYTE out[TEXT_MAX];
		CK_ULONG len = sizeof(out);

		for (int parts = 0; parts < 2; parts++) {
			env_ok(encrypt_init(&rows[i], key));
			env_rv(CKR_OPERATION_ACTIVE, encrypt_init(&rows[i], key));
			if (parts != 0)
				env_ok(env.f->C_EncryptUpdate(env.session, text, 20, out, &len));
			env_ok(env.f->C_EncryptInit(env.session, NULL, 0));
			env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptInit(env.session, NULL, 0));
			len = sizeof(out);
		}
	}
	env_stop();
}
END_TEST

START_TEST(parameters_of_a_wrong_length_are_refused_for_each)
{
	static CK_BYTE large[256];

	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		CK_MECHANISM mechanism = row->mechanism;
		const bool gcm_row = mechanism.mechanism == CKM_AES_GCM;
		const bool wrap = wraps(row);

		for (CK_ULONG len = 0; len <= 130; len++) {
			bool good = len == row->mechanism.ulParameterLen || (len == 0 && row->no_param) ||
				    (gcm_row && len == sizeof(struct cki_gcm_short_params));

			if (good || wrap)
				continue;
			mechanism = (CK_MECHANISM){ row->mechanism.mechanism, large, len };
			env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_EncryptInit(env.session, &mechanism, key));
			env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_DecryptInit(env.session, &mechanism, key));
			mechanism.pParameter = NULL;
			env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_EncryptInit(env.session, &mechanism, key));
		}
		mechanism = (CK_MECHANISM){ row->mechanism.mechanism, NULL, row->mechanism.ulParameterLen };
		if (mechanism.ulParameterLen != 0)
			env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_EncryptInit(env.session, &mechanism, key));
		mechanism.ulParameterLen = ~(CK_ULONG)0;
		mechanism.pParameter = large;
		env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_EncryptInit(env.session, &mechanism, key));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptInit(env.session, NULL, key));
	}
	env_stop();
}
END_TEST

START_TEST(keys_of_other_types_and_keys_that_may_not_are_refused_for_each)
{
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE forbid[] = { { CKA_ENCRYPT, &no, sizeof(no) }, { CKA_DECRYPT, &no, sizeof(no) } };

	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		CK_OBJECT_HANDLE generic = env_import(CKK_GENERIC_SECRET, key_bytes, 16);
		CK_OBJECT_HANDLE other = row->type == CKK_AES ? env_import(CKK_CHACHA20, key_bytes, 32)
							       : env_import(CKK_AES, key_bytes, 32);

		env_rv(CKR_KEY_TYPE_INCONSISTENT, encrypt_init(row, generic));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, decrypt_init(row, generic));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, encrypt_init(row, other));
		env_rv(CKR_KEY_TYPE_INCONSISTENT, decrypt_init(row, env.key));
		env_rv(CKR_KEY_HANDLE_INVALID, encrypt_init(row, 4711));
		env_ok(env.f->C_SetAttributeValue(env.session, key, &forbid[0], 1));
		env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, encrypt_init(row, key));
		env_ok(decrypt_init(row, key));
		env_ok(env.f->C_DecryptInit(env.session, NULL, 0));
		env_ok(env.f->C_SetAttributeValue(env.session, key, &forbid[1], 1));
		env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, decrypt_init(row, key));
	}
	env_stop();
}
END_TEST

START_TEST(allowed_mechanisms_are_kept_to)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_MECHANISM_TYPE only[] = { CKM_AES_GCM, CKM_AES_CTR };
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
				 { CKA_VALUE, key_bytes, 16 }, { CKA_ALLOWED_MECHANISMS, only, sizeof(only) } };
	CK_OBJECT_HANDLE key = 0;

	begin();
	env_ok(env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), &key));
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const CK_MECHANISM_TYPE mechanism = rows[i].mechanism.mechanism;

		if (rows[i].type != CKK_AES)
			continue;
		env_rv(mechanism == only[0] || mechanism == only[1] ? CKR_OK : CKR_KEY_FUNCTION_NOT_PERMITTED,
		       encrypt_init(&rows[i], key));
		(void)env.f->C_EncryptInit(env.session, NULL, 0);
	}
	env_stop();
}
END_TEST

/* At once and in parts; the codes are the same. */
static void expect_length(const struct row *row, CK_OBJECT_HANDLE key, size_t len, CK_RV expected)
{
	CK_BYTE out[TEXT_MAX];
	CK_ULONG room = sizeof(out);
	CK_RV rv;

	env_ok(encrypt_init(row, key));
	rv = env.f->C_Encrypt(env.session, text, len, out, &room);
	ck_assert_msg(rv == expected, "0x%lx with %zu bytes at once: 0x%lx", row->mechanism.mechanism, len, rv);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_Encrypt(env.session, text, len, out, &room));
	env_ok(encrypt_init(row, key));
	room = sizeof(out);
	rv = env.f->C_EncryptUpdate(env.session, text, len, out, &room);
	if (rv == CKR_OK) {
		CK_ULONG more = sizeof(out) - room;

		rv = env.f->C_EncryptFinal(env.session, out + room, &more);
	}
	ck_assert_msg(rv == expected, "0x%lx with %zu bytes in parts: 0x%lx", row->mechanism.mechanism, len, rv);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_EncryptFinal(env.session, out, &room));
}

START_TEST(plain_text_of_every_length_goes_or_is_refused)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		const bool exactly = row->mechanism.mechanism == CKM_AES_CCM;

		for (size_t len = 0; len <= 100; len++) {
			const bool good = (row->unit == 0 || len % row->unit == 0) && len >= row->least &&
					  (!exactly || len == row->len);

			expect_length(row, key, len, good ? CKR_OK : CKR_DATA_LEN_RANGE);
		}
	}
	env_stop();
}
END_TEST

START_TEST(encrypted_data_of_a_wrong_length_is_refused)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		const CK_MECHANISM_TYPE type = row->mechanism.mechanism;
		const size_t block = row->type == CKK_AES && !wraps(row) ? 16 : 8;
		const bool blocks = row->unit != 0 || row->added == 4 || wraps(row);
		/* and the shortest there is */
		const size_t least = wraps(row) ? (type == CKM_AES_KEY_WRAP_PAD || type == CKM_AES_KEY_WRAP_KWP ? 16u : 24u)
				     : row->added == 4  ? block
				     : row->added == 16 ? 16 + row->least
							: row->least;

		for (size_t len = 0; len <= 100; len++) {
			const bool right = len >= least && (!blocks || len % block == 0) &&
					   (type != CKM_AES_CCM || len == 80);
			CK_BYTE out[TEXT_MAX];
			CK_ULONG room = sizeof(out);
			CK_RV rv;

			env_ok(decrypt_init(row, key));
			rv = env.f->C_Decrypt(env.session, text, len, out, &room);
			ck_assert_msg((rv == CKR_ENCRYPTED_DATA_LEN_RANGE) == !right, "0x%lx with %zu bytes: 0x%lx",
				      type, len, rv);
			ck_assert(rv == CKR_OK || rv == CKR_ENCRYPTED_DATA_INVALID || !right);
		}
	}
	env_stop();
}
END_TEST

static bool all_zero(const CK_BYTE *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* The same mistake at once, and in parts. */
static void expect_not_authentic(const struct row *row, CK_OBJECT_HANDLE key, CK_BYTE *cipher, CK_ULONG len)
{
	CK_BYTE out[TEXT_MAX] = { 0 };
	CK_ULONG room = sizeof(out);

	env_ok(decrypt_init(row, key));
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, cipher, len, out, &room));
	ck_assert(all_zero(out, sizeof(out)));
	env_ok(decrypt_init(row, key));
	room = sizeof(out);
	env_ok(env.f->C_DecryptUpdate(env.session, cipher, len, out, &room));
	ck_assert_uint_eq(room, 0);
	room = sizeof(out);
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_DecryptFinal(env.session, out, &room));
	ck_assert(all_zero(out, sizeof(out)));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DecryptFinal(env.session, out, &room));
}

START_TEST(every_changed_bit_of_authentic_data_is_noticed_and_nothing_is_given)
{
	begin();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		CK_OBJECT_HANDLE key = key_for(row);
		const bool has_aad = row->added == 16;
		CK_BYTE cipher[TEXT_MAX];
		CK_ULONG len;

		if (!row->authentic)
			continue;
		len = encrypted(row, key, cipher);
		for (CK_ULONG bit = 0; bit < 8 * len; bit += 3) {
			cipher[bit / 8] ^= (CK_BYTE)(1u << bit % 8);
			expect_not_authentic(row, key, cipher, len);
			cipher[bit / 8] ^= (CK_BYTE)(1u << bit % 8);
		}
		for (size_t bit = 0; has_aad && bit < 8 * sizeof(aad); bit += 7) {
			aad[bit / 8] ^= (CK_BYTE)(1u << bit % 8);
			expect_not_authentic(row, key, cipher, len);
			aad[bit / 8] ^= (CK_BYTE)(1u << bit % 8);
		}
		if (has_aad) {
			iv[3] ^= 1;
			expect_not_authentic(row, key, cipher, len);
			iv[3] ^= 1;
		}
		memset(cipher + len, 0, sizeof(cipher) - len);
		if (row->mechanism.mechanism == CKM_AES_GCM)
			expect_not_authentic(row, key, cipher, len + 1);
	}
	env_stop();
}
END_TEST

static CK_RV init_with(CK_MECHANISM_TYPE type, void *structure, size_t len, CK_OBJECT_HANDLE key)
{
	/* one byte beside its place: callers' structures need not be aligned */
	CK_BYTE shifted[sizeof(struct cki_gcm_params) + 1];
	CK_MECHANISM mechanism = { type, shifted + 1, len };
	CK_RV rv;

	memcpy(shifted + 1, structure, len);
	rv = env.f->C_EncryptInit(env.session, &mechanism, key);
	if (rv == CKR_OK)
		env_ok(env.f->C_EncryptInit(env.session, NULL, 0));
	return rv;
}

START_TEST(gcm_takes_both_layouts_and_refuses_what_it_cannot_do)
{
	static CK_BYTE long_iv[130];
	struct cki_gcm_short_params brief = { .iv = iv, .iv_size = 12, .aad = aad, .aad_size = 20,
					      .tag_bits_count = 96 };
	struct cki_gcm_params full = { .iv = iv, .iv_size = 12, .aad = aad, .aad_size = 20, .tag_bits_count = 96 };
	CK_MECHANISM with = { CKM_AES_GCM, &full, sizeof(full) };
	CK_MECHANISM without = { CKM_AES_GCM, &brief, sizeof(brief) };
	CK_BYTE one[64];
	CK_BYTE other[64];
	CK_ULONG len = sizeof(one);
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_EncryptInit(env.session, &with, key));
	env_ok(env.f->C_Encrypt(env.session, text, 30, one, &len));
	ck_assert_uint_eq(len, 42);
	env_ok(env.f->C_EncryptInit(env.session, &without, key));
	env_ok(env.f->C_Encrypt(env.session, text, 30, other, &len));
	ck_assert_mem_eq(one, other, 42);
	for (full.iv_bits_ignored = 0; full.iv_bits_ignored < 200; full.iv_bits_ignored += 96)
		env_ok(init_with(CKM_AES_GCM, &full, sizeof(full), key));
	for (full.tag_bits_count = 0; full.tag_bits_count <= 300; full.tag_bits_count++) {
		const CK_ULONG bits = full.tag_bits_count;
		const bool good = bits == 32 || bits == 64 || (bits >= 96 && bits <= 128 && bits % 8 == 0);

		env_rv(good ? CKR_OK : CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_GCM, &full, sizeof(full), key));
	}
	full.tag_bits_count = 128;
	full.iv = long_iv;
	for (full.iv_size = 0; full.iv_size <= sizeof(long_iv); full.iv_size++)
		env_rv(full.iv_size >= 1 && full.iv_size <= 128 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID,
		       init_with(CKM_AES_GCM, &full, sizeof(full), key));
	full.iv_size = ~(CK_ULONG)0;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_GCM, &full, sizeof(full), key));
	full.iv_size = 12;
	full.aad = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_GCM, &full, sizeof(full), key));
	full.aad_size = 0;
	env_ok(init_with(CKM_AES_GCM, &full, sizeof(full), key));
	full.iv = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_GCM, &full, sizeof(full), key));
	env_stop();
}
END_TEST

START_TEST(what_the_parameter_points_to_is_copied)
{
	CK_BYTE nonce[12] = { 1 };
	CK_BYTE more[3] = { 2 };
	struct cki_gcm_params params = { .iv = nonce, .iv_size = 12, .aad = more, .aad_size = 3,
					 .tag_bits_count = 128 };
	CK_MECHANISM mechanism = { CKM_AES_GCM, &params, sizeof(params) };
	CK_BYTE one[64];
	CK_BYTE other[64];
	CK_ULONG len = sizeof(one);
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_AES, key_bytes, 32);
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_Encrypt(env.session, text, 30, one, &len));
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	memset(nonce, 0xFF, sizeof(nonce));
	memset(more, 0xFF, sizeof(more));
	memset(&params, 0xFF, sizeof(params));
	env_ok(env.f->C_Encrypt(env.session, text, 30, other, &len));
	ck_assert_mem_eq(one, other, len);
	env_stop();
}
END_TEST

START_TEST(ccm_lengths_are_checked)
{
	struct cki_ccm_params params = ccm;
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_AES, key_bytes, 16);
	for (params.mac_size = 0; params.mac_size <= 40; params.mac_size++)
		env_rv(params.mac_size >= 4 && params.mac_size <= 16 && params.mac_size % 2 == 0
			       ? CKR_OK
			       : CKR_MECHANISM_PARAM_INVALID,
		       init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.mac_size = 8;
	for (params.nonce_size = 0; params.nonce_size <= 16; params.nonce_size++)
		env_rv(params.nonce_size >= 7 && params.nonce_size <= 13 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID,
		       init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.nonce_size = 13;
	params.data_size = 65535;
	env_ok(init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.data_size = 65536;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.data_size = ~(CK_ULONG)0;
	params.nonce_size = 7;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.data_size = 64;
	params.nonce = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.nonce = iv;
	params.aad = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_CCM, &params, sizeof(params), key));
	params.aad_size = 0;
	env_ok(init_with(CKM_AES_CCM, &params, sizeof(params), key));
	env_stop();
}
END_TEST

START_TEST(authenticated_data_alone_has_a_tag)
{
	begin();
	ccm.data_size = 0;
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		CK_OBJECT_HANDLE key = key_for(&rows[i]);
		CK_BYTE tag[16];
		CK_ULONG len = sizeof(tag);
		CK_ULONG none = 0;

		if (!rows[i].authentic || rows[i].added != 16)
			continue;
		env_ok(encrypt_init(&rows[i], key));
		env_ok(env.f->C_Encrypt(env.session, NULL, 0, tag, &len));
		ck_assert_uint_eq(len, 16);
		env_ok(decrypt_init(&rows[i], key));
		env_ok(env.f->C_Decrypt(env.session, tag, 16, text, &none));
		ck_assert_uint_eq(none, 0);
		env_ok(decrypt_init(&rows[i], key));
		none = sizeof(text);
		env_ok(env.f->C_DecryptUpdate(env.session, tag, 16, text, &none));
		env_ok(env.f->C_DecryptFinal(env.session, NULL, &none));
		ck_assert_uint_eq(none, 0);
		tag[15] ^= 1;
		env_ok(decrypt_init(&rows[i], key));
		env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, tag, 16, text, &none));
	}
	ccm.data_size = 64;
	env_stop();
}
END_TEST

START_TEST(a_counter_is_not_used_twice)
{
	struct cki_ctr_params params = { .counter_bits_count = 2, .block = { [15] = 1 } };
	CK_MECHANISM mechanism = { CKM_AES_CTR, &params, sizeof(params) };
	CK_BYTE out[TEXT_MAX];
	CK_ULONG len = sizeof(out);
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_AES, key_bytes, 16);
	/* the example of the text: two bits that start as 1 are good for three blocks */
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_Encrypt(env.session, text, 48, out, &len));
	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	len = sizeof(out);
	env_rv(CKR_DATA_LEN_RANGE, env.f->C_Encrypt(env.session, text, 49, out, &len));
	env_ok(env.f->C_DecryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_DecryptUpdate(env.session, text, 40, out, &len));
	len = sizeof(out);
	env_rv(CKR_ENCRYPTED_DATA_LEN_RANGE, env.f->C_DecryptUpdate(env.session, text, 9, out, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_DecryptUpdate(env.session, text, 1, out, &len));
	for (params.counter_bits_count = 0; params.counter_bits_count <= 130; params.counter_bits_count++)
		env_rv(params.counter_bits_count >= 1 && params.counter_bits_count <= 128 ? CKR_OK
										       : CKR_MECHANISM_PARAM_INVALID,
		       init_with(CKM_AES_CTR, &params, sizeof(params), key));
	params.counter_bits_count = (CK_ULONG)1 << 32 | 1;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_AES_CTR, &params, sizeof(params), key));
	env_stop();
}
END_TEST

static void chacha(CK_OBJECT_HANDLE key, struct cki_chacha20_params *params, CK_BYTE *out)
{
	CK_MECHANISM mechanism = { CKM_CHACHA20, params, sizeof(*params) };
	CK_ULONG len = TEXT_MAX;

	env_ok(env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_Encrypt(env.session, text, 200, out, &len));
	ck_assert_uint_eq(len, 200);
}

START_TEST(chacha20_has_its_variants)
{
	static CK_BYTE nonce[12] = { 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	static CK_BYTE counter[8] = { 9 };
	const CK_ULONG sizes[] = { 0, 8, 11, 12, 13, 64, 95, 96, 97, 192 };
	struct cki_chacha20_params ietf = { counter, 32, nonce, 96 };
	struct cki_chacha20_params original = { counter, 64, nonce + 4, 64 };
	struct cki_chacha20_params brief = { counter, 32, nonce + 4, 64 };
	struct cki_chacha20_params params;
	struct cki_chacha20_poly1305_params aead = { nonce, 12, NULL, 0 };
	CK_BYTE one[TEXT_MAX];
	CK_BYTE other[TEXT_MAX];
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_CHACHA20, key_bytes, 32);
	chacha(key, &ietf, one);
	chacha(key, &original, other);
	ck_assert_mem_eq(one, other, 200);
	chacha(key, &brief, other);
	ck_assert_mem_eq(one, other, 200);
	/* from 2^32 - 1 on only the original goes on */
	memset(counter, 0xFF, 4);
	chacha(key, &original, other);
	for (CK_ULONG len = 64; len <= 65; len++) {
		CK_ULONG room = sizeof(other);

		env_ok(env.f->C_EncryptInit(env.session, &(CK_MECHANISM){ CKM_CHACHA20, &ietf, sizeof(ietf) }, key));
		env_rv(len == 64 ? CKR_OK : CKR_DATA_LEN_RANGE, env.f->C_Encrypt(env.session, text, len, other, &room));
	}
	params = ietf, params.counter_bits_count = 64;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_CHACHA20, &params, sizeof(params), key));
	params = ietf, params.nonce_bits = 192;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_CHACHA20, &params, sizeof(params), key));
	params = ietf, params.nonce = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_CHACHA20, &params, sizeof(params), key));
	params = ietf, params.counter = NULL;
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_CHACHA20, &params, sizeof(params), key));
	for (size_t i = 0; i < ENV_COUNT(sizes); i++) {
		aead.nonce_size = sizes[i];
		env_rv(sizes[i] == 12 || sizes[i] == 96 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID,
		       init_with(CKM_CHACHA20_POLY1305, &aead, sizeof(aead), key));
	}
	aead = (struct cki_chacha20_poly1305_params){ NULL, 12, NULL, 0 };
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_CHACHA20_POLY1305, &aead, sizeof(aead), key));
	aead = (struct cki_chacha20_poly1305_params){ nonce, 12, NULL, 1 };
	env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_CHACHA20_POLY1305, &aead, sizeof(aead), key));
	env_stop();
}
END_TEST

START_TEST(rc2_has_1_to_1024_effective_bits)
{
	const CK_ULONG bad[] = { 0, 1025, (CK_ULONG)1 << 32 | 128, ~(CK_ULONG)0 };
	const CK_ULONG good[] = { 1, 40, 1024 };
	struct cki_rc2_cbc_params cbc = { .effective_bits = 0 };
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_RC2, key_bytes, 16);
	for (size_t i = 0; i < ENV_COUNT(bad); i++) {
		CK_ULONG bits = cbc.effective_bits = bad[i];

		env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_RC2_ECB, &bits, sizeof(bits), key));
		env_rv(CKR_MECHANISM_PARAM_INVALID, init_with(CKM_RC2_CBC, &cbc, sizeof(cbc), key));
	}
	for (size_t i = 0; i < ENV_COUNT(good); i++) {
		CK_ULONG bits = cbc.effective_bits = good[i];

		env_ok(init_with(CKM_RC2_ECB, &bits, sizeof(bits), key));
		env_ok(init_with(CKM_RC2_CBC_PAD, &cbc, sizeof(cbc), key));
	}
	env_stop();
}
END_TEST

START_TEST(an_xts_key_needs_two_halves)
{
	CK_MECHANISM mechanism = { CKM_AES_XTS, iv, 16 };
	CK_OBJECT_HANDLE key;

	begin();
	memset(key_bytes, 1, sizeof(key_bytes));
	key = env_import(CKK_AES_XTS, key_bytes, 32);
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_EncryptInit(env.session, &mechanism, key));
	env_ok(env.f->C_DecryptInit(env.session, &mechanism, key));
	env_stop();
}
END_TEST

START_TEST(key_wraps_encrypt_what_they_wrap)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_KWP,
						   CKM_AES_KEY_WRAP_PKCS7 };
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG value_len = 0;
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
				 { CKA_VALUE_LEN, &value_len, sizeof(value_len) } };
	CK_OBJECT_HANDLE kek;

	begin();
	kek = env_import(CKK_AES, key_bytes, 32);
	for (size_t i = 0; i < ENV_COUNT(types); i++) {
		const bool plain = types[i] == CKM_AES_KEY_WRAP;

		for (size_t len = plain ? 16 : 8; len <= 40; len += plain ? 8 : 1) {
			CK_OBJECT_HANDLE inner = env_import(CKK_GENERIC_SECRET, text, len);
			CK_OBJECT_HANDLE back = 0;
			CK_MECHANISM mechanism = { types[i], NULL, 0 };
			CK_BYTE wrapped[64];
			CK_BYTE cipher[64];
			CK_ULONG wrapped_len = sizeof(wrapped);
			CK_ULONG cipher_len = sizeof(cipher);

			env_ok(env.f->C_WrapKey(env.session, &mechanism, kek, inner, wrapped, &wrapped_len));
			env_ok(env.f->C_EncryptInit(env.session, &mechanism, kek));
			env_ok(env.f->C_Encrypt(env.session, text, len, cipher, &cipher_len));
			ck_assert_uint_eq(cipher_len, wrapped_len);
			ck_assert_mem_eq(cipher, wrapped, cipher_len);
			for (value_len = len > 9 ? len - 9 : 1; value_len <= len + 9; value_len++) {
				CK_RV rv = env.f->C_UnwrapKey(env.session, &mechanism, kek, wrapped, wrapped_len,
							      templ, 3, &back);

				ck_assert_int_eq(rv == CKR_OK, value_len == len);
				if (rv != CKR_OK)
					ck_assert(rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_WRAPPED_KEY_LEN_RANGE);
			}
			env_ok(env.f->C_UnwrapKey(env.session, &mechanism, kek, wrapped, wrapped_len, templ, 2, &back));
			ck_assert_uint_eq(env_attribute(back, CKA_VALUE, cipher, sizeof(cipher)), len);
			ck_assert_mem_eq(cipher, text, len);
		}
	}
	env_stop();
}
END_TEST

START_TEST(the_two_paddings_of_key_wraps_do_not_open_each_other)
{
	CK_MECHANISM pad = { CKM_AES_KEY_WRAP_PAD, NULL, 0 };
	CK_MECHANISM pkcs7 = { CKM_AES_KEY_WRAP_PKCS7, NULL, 0 };
	CK_MECHANISM plain = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_BYTE cipher[64];
	CK_BYTE out[64];
	CK_ULONG len = sizeof(cipher);
	CK_ULONG room = sizeof(out);
	CK_OBJECT_HANDLE key;

	begin();
	key = env_import(CKK_AES, key_bytes, 16);
	env_ok(env.f->C_EncryptInit(env.session, &pkcs7, key));
	env_ok(env.f->C_Encrypt(env.session, text, 30, cipher, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pad, key));
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, cipher, len, out, &room));
	/* RFC 3394 without anything on top opens it, padding and all */
	env_ok(env.f->C_DecryptInit(env.session, &plain, key));
	env_ok(env.f->C_Decrypt(env.session, cipher, len, out, &room));
	ck_assert_uint_eq(room, 32);
	ck_assert_mem_eq(out, text, 30);
	ck_assert_uint_eq(out[31], 2);
	env_ok(env.f->C_EncryptInit(env.session, &pad, key));
	len = sizeof(cipher);
	env_ok(env.f->C_Encrypt(env.session, text, 30, cipher, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs7, key));
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, cipher, len, out, &room));
	/* wrapped whole blocks whose end is no padding */
	env_ok(env.f->C_EncryptInit(env.session, &plain, key));
	len = sizeof(cipher);
	env_ok(env.f->C_Encrypt(env.session, text, 32, cipher, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs7, key));
	env_rv(CKR_ENCRYPTED_DATA_INVALID, env.f->C_Decrypt(env.session, cipher, len, out, &room));
	env_stop();
}
END_TEST

static bool listed(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_TYPE list[200];
	CK_ULONG count = ENV_COUNT(list);

	env_ok(env.f->C_GetMechanismList(env.slot, list, &count));
	for (CK_ULONG i = 0; i < count; i++)
		if (list[i] == type)
			return true;
	return false;
}

static void expect_offered(bool legacy_too)
{
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		const CK_KEY_TYPE type = rows[i].type;
		const bool offered = legacy_too || (type != CKK_DES && type != CKK_RC2 && type != CKK_RC4);
		CK_OBJECT_HANDLE key = key_for(&rows[i]); /* exists in any case */
		CK_MECHANISM_INFO info;

		ck_assert_int_eq(listed(rows[i].mechanism.mechanism), offered);
		env_rv(offered ? CKR_OK : CKR_MECHANISM_INVALID,
		       env.f->C_GetMechanismInfo(env.slot, rows[i].mechanism.mechanism, &info));
		if (offered)
			ck_assert_uint_eq(info.flags & (CKF_ENCRYPT | CKF_DECRYPT | CKF_HW), CKF_ENCRYPT | CKF_DECRYPT);
		env_rv(offered ? CKR_OK : CKR_MECHANISM_INVALID, encrypt_init(&rows[i], key));
		(void)env.f->C_EncryptInit(env.session, NULL, 0);
	}
}

START_TEST(legacy_ciphers_are_offered_only_if_the_configuration_says_so)
{
	begin();
	expect_offered(true);
	env_stop();
	env_start_logged_in();
	expect_offered(false);
	env_stop();
	begin();
	expect_offered(true);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_encrypting_mechanism_of_the_table_is_tested_here);
	tcase_add_test(tc, a_length_can_be_asked_for_and_too_little_room_changes_nothing);
	tcase_add_test(tc, parts_ask_for_lengths_and_give_what_the_whole_gives);
	tcase_add_test(tc, a_null_mechanism_ends_an_operation_at_any_point);
	tcase_add_test(tc, parameters_of_a_wrong_length_are_refused_for_each);
	tcase_add_test(tc, keys_of_other_types_and_keys_that_may_not_are_refused_for_each);
	tcase_add_test(tc, allowed_mechanisms_are_kept_to);
	tcase_add_test(tc, plain_text_of_every_length_goes_or_is_refused);
	tcase_add_test(tc, encrypted_data_of_a_wrong_length_is_refused);
	tcase_add_test(tc, every_changed_bit_of_authentic_data_is_noticed_and_nothing_is_given);
	tcase_add_test(tc, gcm_takes_both_layouts_and_refuses_what_it_cannot_do);
	tcase_add_test(tc, what_the_parameter_points_to_is_copied);
	tcase_add_test(tc, ccm_lengths_are_checked);
	tcase_add_test(tc, authenticated_data_alone_has_a_tag);
	tcase_add_test(tc, a_counter_is_not_used_twice);
	tcase_add_test(tc, chacha20_has_its_variants);
	tcase_add_test(tc, rc2_has_1_to_1024_effective_bits);
	tcase_add_test(tc, an_xts_key_needs_two_halves);
	tcase_add_test(tc, key_wraps_encrypt_what_they_wrap);
	tcase_add_test(tc, the_two_paddings_of_key_wraps_do_not_open_each_other);
	tcase_add_test(tc, legacy_ciphers_are_offered_only_if_the_configuration_says_so);
}

TEST_MAIN("pkcs11/cipher", add)
