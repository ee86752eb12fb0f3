/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that continue two operations at once. */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "tests/unit/cki_env.h"

#define TEXT_LEN 96u

static CK_BYTE iv[16] = "sixteen bytes iv";
static CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
static CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
static CK_BYTE text[TEXT_LEN] = "what is encrypted and digested at once";
static CK_OBJECT_HANDLE aes;
static CK_OBJECT_HANDLE secret;

/* What the two operations give when they are done one after the other. */
static CK_BYTE cipher_text[TEXT_LEN];
static CK_BYTE digest[32];
static CK_BYTE tag[32];

static void start(void)
{
	CK_ULONG len = TEXT_LEN;

	env_start();
	aes = env_import(CKK_AES, "sixteen byte key", 16);
	secret = env_import(CKK_GENERIC_SECRET, "another key", 11);
	env_ok(env.f->C_EncryptInit(env.session, &cbc, aes));
	env_ok(env.f->C_Encrypt(env.session, text, TEXT_LEN, cipher_text, &len));
	len = 32;
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_Digest(env.session, text, TEXT_LEN, digest, &len));
	env_ok(env.f->C_SignInit(env.session, &hmac, secret));
	env_ok(env.f->C_Sign(env.session, text, TEXT_LEN, tag, &len));
}

typedef CK_RV (*dual_fn)(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len);

/* All of it, in parts; in place if the area is given. */
static void run(dual_fn dual, const CK_BYTE *in, const CK_BYTE *expected, size_t step, bool in_place)
{
	CK_BYTE out[TEXT_LEN];
	CK_ULONG done = 0;

	memcpy(out, in, TEXT_LEN);
	for (size_t at = 0; at < TEXT_LEN; at += step) {
		CK_BYTE part[TEXT_LEN];
		CK_ULONG part_len = TEXT_LEN - at < step ? TEXT_LEN - at : step;
		CK_BYTE *to = in_place ? part : out + done;
		CK_ULONG len = in_place ? sizeof(part) : TEXT_LEN - done;

		memcpy(part, in + at, part_len);
		env_ok(dual(env.session, part, part_len, to, &len));
		if (in_place)
			memcpy(out + done, part, len);
		done += len;
	}
	ck_assert_uint_eq(done, TEXT_LEN);
	ck_assert_mem_eq(out, expected, TEXT_LEN);
}

static void end_digest(void)
{
	CK_BYTE got[32];
	CK_ULONG len = sizeof(got);

	env_ok(env.f->C_DigestFinal(env.session, got, &len));
	ck_assert_mem_eq(got, digest, 32);
}

static void end_sign(void)
{
	CK_BYTE got[32];
	CK_ULONG len = sizeof(got);

	env_ok(env.f->C_SignFinal(env.session, got, &len));
	ck_assert_mem_eq(got, tag, 32);
}

static void end_crypt(bool encrypts)
{
	CK_BYTE got[16];
	CK_ULONG len = sizeof(got);

	env_ok(encrypts ? env.f->C_EncryptFinal(env.session, got, &len) : env.f->C_DecryptFinal(env.session, got, &len));
	ck_assert_uint_eq(len, 0);
}

START_TEST(each_pair_gives_what_its_halves_give)
{
	static const size_t steps[] = { 1, 15, 16, 40, TEXT_LEN };

	start();
	for (size_t i = 0; i < 2 * ARRAY_COUNT(steps); i++) {
		size_t step = steps[i / 2];
		bool in_place = i % 2 != 0;

		env_ok(env.f->C_DigestInit(env.session, &sha256));
		env_ok(env.f->C_EncryptInit(env.session, &cbc, aes));
		run(env.f->C_DigestEncryptUpdate, text, cipher_text, step, in_place);
		end_crypt(true);
		end_digest();
		env_ok(env.f->C_DigestInit(env.session, &sha256));
		env_ok(env.f->C_DecryptInit(env.session, &cbc, aes));
		run(env.f->C_DecryptDigestUpdate, cipher_text, text, step, in_place);
		end_crypt(false);
		end_digest();
		env_ok(env.f->C_SignInit(env.session, &hmac, secret));
		env_ok(env.f->C_EncryptInit(env.session, &cbc, aes));
		run(env.f->C_SignEncryptUpdate, text, cipher_text, step, in_place);
		end_crypt(true);
		end_sign();
		env_ok(env.f->C_VerifyInit(env.session, &hmac, secret));
		env_ok(env.f->C_DecryptInit(env.session, &cbc, aes));
		run(env.f->C_DecryptVerifyUpdate, cipher_text, text, step, in_place);
		end_crypt(false);
		env_ok(env.f->C_VerifyFinal(env.session, tag, 32));
	}
	env_stop();
}
END_TEST

START_TEST(without_output_the_other_half_gets_nothing)
{
	CK_BYTE out[TEXT_LEN];
	CK_ULONG len = 0;

	start();
	env_ok(env.f->C_DigestInit(env.session, &sha256));
	env_ok(env.f->C_SignInit(env.session, &hmac, secret));
	env_ok(env.f->C_EncryptInit(env.session, &cbc, aes));
	env_ok(env.f->C_DigestEncryptUpdate(env.session, text, TEXT_LEN, NULL, &len));
	ck_assert_uint_eq(len, TEXT_LEN);
	len = TEXT_LEN - 1;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_DigestEncryptUpdate(env.session, text, TEXT_LEN, out, &len));
	ck_assert_uint_eq(len, TEXT_LEN);
	len = 0;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_SignEncryptUpdate(env.session, text, TEXT_LEN, out, &len));
	env_ok(env.f->C_DigestEncryptUpdate(env.session, text, TEXT_LEN, out, &len));
	ck_assert_mem_eq(out, cipher_text, TEXT_LEN);
	end_digest();
	env_ok(env.f->C_SignUpdate(env.session, text, TEXT_LEN));
	end_sign();
	end_crypt(true);
	env_ok(env.f->C_VerifyInit(env.session, &hmac, secret));
	env_ok(env.f->C_DecryptInit(env.session, &cbc, aes));
	env_ok(env.f->C_DecryptVerifyUpdate(env.session, cipher_text, TEXT_LEN, NULL, &len));
	len = 15;
	env_rv(CKR_BUFFER_TOO_SMALL, env.f->C_DecryptVerifyUpdate(env.session, cipher_text, TEXT_LEN, out, &len));
	env_ok(env.f->C_DecryptVerifyUpdate(env.session, cipher_text, TEXT_LEN, out, &len));
	env_ok(env.f->C_VerifyFinal(env.session, tag, 32));
	env_stop();
}
END_TEST

START_TEST(both_operations_must_be_there)
{
	static const struct {
		size_t offset;
		bool encrypts;
		char with;
	} rows[] = {
		{ offsetof(CK_FUNCTION_LIST, C_DigestEncryptUpdate), true, 'd' },
		{ offsetof(CK_FUNCTION_LIST, C_DecryptDigestUpdate), false, 'd' },
		{ offsetof(CK_FUNCTION_LIST, C_SignEncryptUpdate), true, 's' },
		{ offsetof(CK_FUNCTION_LIST, C_DecryptVerifyUpdate), false, 'v' },
	};
	CK_BYTE out[TEXT_LEN];

	start();
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		CK_ULONG len = sizeof(out);
		dual_fn dual;

		memcpy(&dual, (const char *)env.f + rows[i].offset, sizeof(dual));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, dual(env.session, text, 16, out, &len));
		env_ok(rows[i].encrypts ? env.f->C_EncryptInit(env.session, &cbc, aes)
					: env.f->C_DecryptInit(env.session, &cbc, aes));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, dual(env.session, text, 16, out, &len));
		env_ok(rows[i].with == 'd'   ? env.f->C_DigestInit(env.session, &sha256)
		       : rows[i].with == 's' ? env.f->C_SignInit(env.session, &hmac, secret)
					     : env.f->C_VerifyInit(env.session, &hmac, secret));
		env_rv(CKR_ARGUMENTS_BAD, dual(env.session, NULL, 16, out, &len));
		env_rv(CKR_ARGUMENTS_BAD, dual(env.session, text, 16, out, NULL));
		env_ok(dual(env.session, text, 16, out, &len));
		env_ok(rows[i].encrypts ? env.f->C_EncryptInit(env.session, NULL, 0)
					: env.f->C_DecryptInit(env.session, NULL, 0));
		env_rv(CKR_OPERATION_NOT_INITIALIZED, dual(env.session, text, 16, out, &len));
		env_ok(rows[i].with == 'd'   ? env.f->C_DigestInit(env.session, NULL)
		       : rows[i].with == 's' ? env.f->C_SignInit(env.session, NULL, 0)
					     : env.f->C_VerifyInit(env.session, NULL, 0));
	}
	env_stop();
}
END_TEST

START_TEST(a_mechanism_of_one_part_takes_no_part_in_it)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BYTE out[TEXT_LEN];
	CK_ULONG len = sizeof(out);

	start();
	env_login();
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_ok(env.f->C_EncryptInit(env.session, &cbc, aes));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, env.f->C_SignEncryptUpdate(env.session, text, 16, out, &len));
	/* the encryption has not moved */
	env_ok(env.f->C_EncryptUpdate(env.session, text, TEXT_LEN, out, &len));
	ck_assert_mem_eq(out, cipher_text, TEXT_LEN);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_pair_gives_what_its_halves_give);
	tcase_add_test(tc, without_output_the_other_half_gets_nothing);
	tcase_add_test(tc, both_operations_must_be_there);
	tcase_add_test(tc, a_mechanism_of_one_part_takes_no_part_in_it);
}

TEST_MAIN("pkcs11/dual", add)
