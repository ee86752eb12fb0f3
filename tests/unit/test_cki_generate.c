/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_GenerateKey: each mechanism, its template, and PBKDF2 against OpenSSL with both forms of its parameter. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "pkcs11/pbkdf2.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_OBJECT_CLASS data_class = CKO_DATA;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE des3 = CKK_DES3;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

static CK_OBJECT_HANDLE generate(CK_MECHANISM_TYPE type, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	const unsigned long before = env_card_commands();
	CK_MECHANISM mechanism = { type, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_GenerateKey(env.session, &mechanism, templ, count, &key));
	ck_assert_uint_ne(key, 0);
	ck_assert_uint_eq(env_card_commands(), before);
	return key;
}

static void refuse_mechanism(CK_RV expected, CK_MECHANISM *mechanism, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	const CK_ULONG keys = env_count(CKO_SECRET_KEY);
	const unsigned long before = env_card_commands();
	CK_OBJECT_HANDLE key = 77;

	env_rv(expected, env.f->C_GenerateKey(env.session, mechanism, templ, count, &key));
	ck_assert_uint_eq(key, 77);
	ck_assert_uint_eq(env_count(CKO_SECRET_KEY), keys);
	ck_assert_uint_eq(env_card_commands(), before);
}

static void refuse(CK_RV expected, CK_MECHANISM_TYPE type, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_MECHANISM mechanism = { type, NULL, 0 };

	refuse_mechanism(expected, &mechanism, templ, count);
}

/* What each mechanism makes; a fixed length need not be said. */
static const struct {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
	CK_ULONG fixed;
	CK_ULONG good[3];
	CK_ULONG bad[3];
} generators[] = {
	{ CKM_DES_KEY_GEN, CKK_DES, 8, { 8 }, { 7, 16, 24 } },
	{ CKM_DES2_KEY_GEN, CKK_DES2, 16, { 16 }, { 8, 24, 1 } },
	{ CKM_DES3_KEY_GEN, CKK_DES3, 24, { 24 }, { 8, 16, 23 } },
	{ CKM_RC2_KEY_GEN, CKK_RC2, 0, { 1, 16, 128 }, { 0, 129, ~0ul } },
	{ CKM_RC4_KEY_GEN, CKK_RC4, 0, { 1, 16, 256 }, { 0, 257, ~0ul } },
	{ CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, 0, { 32, 64 }, { 0, 16, 48 } },
	{ CKM_AES_KEY_GEN, CKK_AES, 0, { 16, 24, 32 }, { 0, 17, 64 } },
	{ CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 32, { 32 }, { 16, 31, 64 } },
	{ CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, 0, { 1, 100, 4000 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_HKDF_KEY_GEN, CKK_HKDF, 0, { 1, 32, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC, 0, { 1, 20, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC, 0, { 1, 28, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC, 0, { 1, 32, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC, 0, { 1, 48, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC, 0, { 1, 64, 65 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC, 0, { 1, 28, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC, 0, { 1, 32, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC, 0, { 1, 28, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC, 0, { 1, 32, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC, 0, { 1, 48, 64 }, { 0, ~0ul, 0x20000000 } },
	{ CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC, 0, { 1, 64, 65 }, { 0, ~0ul, 0x20000000 } },
};

static bool has_parity(size_t row)
{
	const CK_KEY_TYPE type = generators[row].type;

	return type == CKK_DES || type == CKK_DES2 || type == CKK_DES3;
}

static void expect_key(CK_OBJECT_HANDLE key, size_t row, CK_ULONG len)
{
	uint8_t got[4000];

	ck_assert_uint_eq(env_number(key, CKA_CLASS), CKO_SECRET_KEY);
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), generators[row].type);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), len);
	ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), generators[row].mechanism);
	ck_assert(env_flag(key, CKA_LOCAL) && !env_flag(key, CKA_TOKEN));
	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), len);
	for (size_t i = 0; i < len && has_parity(row); i++)
		ck_assert_int_eq(__builtin_parity(got[i]), 1);
}

START_TEST(each_mechanism_makes_its_type_in_its_lengths)
{
	CK_ULONG len;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_MECHANISM_INFO info;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(generators); i++) {
		env_ok(env.f->C_GetMechanismInfo(env.slot, generators[i].mechanism, &info));
		ck_assert_uint_eq(info.flags, CKF_GENERATE);
		for (size_t j = 0; j < 3 && generators[i].good[j] != 0; j++) {
			len = generators[i].good[j];
			expect_key(generate(generators[i].mechanism, templ, 1), i, len);
		}
		for (size_t j = 0; j < 3; j++) {
			len = generators[i].bad[j];
			refuse(CKR_ATTRIBUTE_VALUE_INVALID, generators[i].mechanism, templ, 1);
		}
		if (generators[i].fixed != 0)
			expect_key(generate(generators[i].mechanism, NULL, 0), i, generators[i].fixed);
		else
			refuse(CKR_TEMPLATE_INCOMPLETE, generators[i].mechanism, NULL, 0);
	}
	env_stop();
}
END_TEST

START_TEST(the_template_may_say_what_follows_and_nothing_else)
{
	CK_ULONG len = 16;
	CK_ATTRIBUTE same[] = { LEN(len), { CKA_CLASS, &secret_class, sizeof(secret_class) }, TYPE(aes) };
	CK_ATTRIBUTE other_type[] = { LEN(len), TYPE(generic) };
	CK_ATTRIBUTE other_class[] = { LEN(len), { CKA_CLASS, &data_class, sizeof(data_class) } };
	CK_ATTRIBUTE value[] = { LEN(len), { CKA_VALUE, &len, sizeof(len) } };
	CK_ATTRIBUTE local[] = { LEN(len), FLAG(CKA_LOCAL, yes) };
	CK_ATTRIBUTE unknown[] = { LEN(len), { 0x7777, &len, sizeof(len) } };
	CK_ATTRIBUTE to_token[] = { LEN(len), FLAG(CKA_TOKEN, yes) };

	env_start();
	(void)generate(CKM_AES_KEY_GEN, same, 3);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKM_AES_KEY_GEN, other_type, 2);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKM_AES_KEY_GEN, other_class, 2);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKM_AES_KEY_GEN, value, 2);
	refuse(CKR_ATTRIBUTE_READ_ONLY, CKM_AES_KEY_GEN, local, 2);
	refuse(CKR_ATTRIBUTE_TYPE_INVALID, CKM_AES_KEY_GEN, unknown, 2);
	refuse(CKR_SESSION_READ_ONLY, CKM_AES_KEY_GEN, to_token, 2);
	env.session = env_session(CKF_RW_SESSION);
	refuse(CKR_TEMPLATE_INCONSISTENT, CKM_AES_KEY_GEN, to_token, 2);
	env_stop();
}
END_TEST

START_TEST(a_generated_key_has_always_been_what_it_is)
{
	env_start();
	env_expect_flags(env_generate(16, true, false), "SeAN");
	env_expect_flags(env_generate(16, true, true), "SEAn");
	env_expect_flags(env_generate(16, false, false), "seaN");
	env_expect_flags(env_generate(16, false, true), "sEan");
	env_expect_hidden(env_generate(16, true, true));
	env_stop();
}
END_TEST

START_TEST(keys_are_public_before_login_and_private_after)
{
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[] = { LEN(len), FLAG(CKA_PRIVATE, yes) };

	env_start();
	ck_assert(!env_flag(generate(CKM_AES_KEY_GEN, templ, 1), CKA_PRIVATE));
	refuse(CKR_USER_NOT_LOGGED_IN, CKM_AES_KEY_GEN, templ, 2);
	env_login();
	ck_assert(env_flag(generate(CKM_AES_KEY_GEN, templ, 1), CKA_PRIVATE));
	templ[1] = (CK_ATTRIBUTE)FLAG(CKA_PRIVATE, no);
	ck_assert(!env_flag(generate(CKM_AES_KEY_GEN, templ, 2), CKA_PRIVATE));
	env_stop();
}
END_TEST

START_TEST(the_call_is_checked)
{
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, &len, sizeof(len) };
	CK_OBJECT_HANDLE key = 77;

	env_start();
	refuse_mechanism(CKR_MECHANISM_PARAM_INVALID, &mechanism, templ, 1);
	mechanism = (CK_MECHANISM){ CKM_AES_KEY_GEN, NULL, 0 };
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GenerateKey(env.session, NULL, templ, 1, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GenerateKey(env.session, &mechanism, NULL, 1, &key));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GenerateKey(env.session, &mechanism, templ, 1, NULL));
	env_rv(CKR_SESSION_HANDLE_INVALID, env.f->C_GenerateKey(0, &mechanism, templ, 1, &key));
	refuse(CKR_MECHANISM_INVALID, CKM_AES_CBC, templ, 1);
	refuse(CKR_MECHANISM_INVALID, CKM_SHA256_KEY_DERIVATION, templ, 1);
	refuse(CKR_MECHANISM_INVALID, CKM_RSA_PKCS_KEY_PAIR_GEN, templ, 1);
	refuse(CKR_MECHANISM_INVALID, ~0ul, templ, 1);
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

START_TEST(generated_keys_differ_and_work)
{
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_BYTE in[16] = { 0 };
	CK_BYTE out[2][16];
	CK_ULONG out_len;

	env_start();
	for (size_t i = 0; i < 2; i++) {
		out_len = sizeof(out[i]);
		env_ok(env.f->C_EncryptInit(env.session, &ecb, generate(CKM_AES_KEY_GEN, templ, 1)));
		env_ok(env.f->C_Encrypt(env.session, in, sizeof(in), out[i], &out_len));
	}
	ck_assert_mem_ne(out[0], out[1], 16);
	env_stop();
}
END_TEST

START_TEST(no_key_is_made_on_a_card_that_is_gone)
{
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_OBJECT_HANDLE key = 77;
	CK_SLOT_INFO info;
	CK_RV rv;

	env_start();
	env_take_card();
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	rv = env.f->C_GenerateKey(env.session, &mechanism, templ, 1, &key);
	ck_assert_msg(rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_DEVICE_REMOVED, "0x%lx", rv);
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

/* ---- PBKDF2 ----------------------------------------------------------------------------------------- */

static CK_UTF8CHAR password[] = "correct horse";
static CK_BYTE salt[] = "battery staple";

static CKI_PKCS5_PBKD2_PARAMS2 good_params(void)
{
	return (CKI_PKCS5_PBKD2_PARAMS2){
		.saltSource = CKZ_SALT_SPECIFIED,
		.pSaltSourceData = salt,
		.ulSaltSourceDataLen = sizeof(salt),
		.iterations = 1000,
		.prf = CKP_PKCS5_PBKD2_HMAC_SHA256,
		.pPassword = password,
		.ulPasswordLen = sizeof(password),
	};
}

static CK_OBJECT_HANDLE from_password(const CKI_PKCS5_PBKD2_PARAMS2 *params, CK_ATTRIBUTE *templ, CK_ULONG count)
{
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, (void *)(uintptr_t)params, sizeof(*params) };
	CK_OBJECT_HANDLE key = 0;

	env_ok(env.f->C_GenerateKey(env.session, &mechanism, templ, count, &key));
	return key;
}

static void compute(const CKI_PKCS5_PBKD2_PARAMS2 *params, const char *hash, size_t password_len, uint8_t *out,
		    size_t len)
{
	EVP_MD *md = EVP_MD_fetch(NULL, hash, NULL);

	ck_assert_int_eq(PKCS5_PBKDF2_HMAC((const char *)params->pPassword, (int)password_len, params->pSaltSourceData,
					   (int)params->ulSaltSourceDataLen, (int)params->iterations, md, (int)len,
					   out), 1);
	EVP_MD_free(md);
}

START_TEST(a_password_gives_what_openssl_computes_with_every_prf)
{
	static const struct {
		CK_ULONG prf;
		const char *hash;
	} prfs[] = {
		{ CKP_PKCS5_PBKD2_HMAC_SHA1, "SHA1" }, { CKP_PKCS5_PBKD2_HMAC_SHA224, "SHA2-224" },
		{ CKP_PKCS5_PBKD2_HMAC_SHA256, "SHA2-256" }, { CKP_PKCS5_PBKD2_HMAC_SHA384, "SHA2-384" },
		{ CKP_PKCS5_PBKD2_HMAC_SHA512, "SHA2-512" }, { CKP_PKCS5_PBKD2_HMAC_SHA512_224, "SHA2-512/224" },
		{ CKP_PKCS5_PBKD2_HMAC_SHA512_256, "SHA2-512/256" },
	};
	CKI_PKCS5_PBKD2_PARAMS2 params = good_params();
	CK_ULONG len = 100;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	uint8_t out[100];
	CK_OBJECT_HANDLE key;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(prfs); i++) {
		params.prf = prfs[i].prf;
		compute(&params, prfs[i].hash, sizeof(password), out, sizeof(out));
		key = from_password(&params, templ, 2);
		env_expect_value(key, out, sizeof(out));
		env_expect_flags(key, "sEan");
		ck_assert(env_flag(key, CKA_LOCAL));
		ck_assert_uint_eq(env_number(key, CKA_KEY_GEN_MECHANISM), CKM_PKCS5_PBKD2);
	}
	params.iterations = 1;
	compute(&params, "SHA2-512/256", sizeof(password), out, sizeof(out));
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(passwords_and_salts_may_be_empty)
{
	CKI_PKCS5_PBKD2_PARAMS2 params = good_params();
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	uint8_t out[32];

	env_start();
	params.pPassword = NULL;
	params.ulPasswordLen = 0;
	compute(&params, "SHA2-256", 0, out, sizeof(out));
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	params.pPassword = password;
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	params = good_params();
	params.pSaltSourceData = NULL;
	params.ulSaltSourceDataLen = 0;
	compute(&params, "SHA2-256", sizeof(password), out, sizeof(out));
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(a_password_makes_any_type_of_key)
{
	CKI_PKCS5_PBKD2_PARAMS2 params = good_params();
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, &params, sizeof(params) };
	CK_ULONG len = 16;
	CK_ATTRIBUTE templ[] = { TYPE(aes), LEN(len) };
	uint8_t out[24];
	uint8_t got[24];
	CK_OBJECT_HANDLE key;

	env_start();
	compute(&params, "SHA2-256", sizeof(password), out, sizeof(out));
	env_expect_value(from_password(&params, templ, 2), out, 16);
	refuse_mechanism(CKR_TEMPLATE_INCOMPLETE, &mechanism, templ, 1);
	refuse_mechanism(CKR_TEMPLATE_INCOMPLETE, &mechanism, templ + 1, 1);
	refuse_mechanism(CKR_TEMPLATE_INCOMPLETE, &mechanism, NULL, 0);
	len = 17;
	refuse_mechanism(CKR_ATTRIBUTE_VALUE_INVALID, &mechanism, templ, 2);
	templ[0] = (CK_ATTRIBUTE)TYPE(des3);
	key = from_password(&params, templ, 1);
	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), 24);
	for (size_t i = 0; i < sizeof(got); i++) {
		ck_assert_int_eq(__builtin_parity(got[i]), 1);
		ck_assert_uint_eq(got[i] & 0xfe, out[i] & 0xfe);
	}
	env_stop();
}
END_TEST

/* PKCS#11 2.20's structure: the length of the password is where a pointer points. */
START_TEST(the_older_structure_is_told_by_its_pointer)
{
	CKI_PKCS5_PBKD2_PARAMS2 params = good_params();
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, &params, sizeof(params) };
	CK_ULONG password_len = sizeof(password);
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	uint8_t out[32];

	env_start();
	compute(&params, "SHA2-256", sizeof(password), out, sizeof(out));
	params.ulPasswordLen = (CK_ULONG)(uintptr_t)&password_len;
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	password_len = 0;
	compute(&params, "SHA2-256", 0, out, sizeof(out));
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	password_len = CKI_PASSWORD_MAX + 1;
	refuse_mechanism(CKR_MECHANISM_PARAM_INVALID, &mechanism, templ, 2);
	params.ulPasswordLen++;
	refuse_mechanism(CKR_MECHANISM_PARAM_INVALID, &mechanism, templ, 2);
	env_stop();
}
END_TEST

START_TEST(the_longest_password_is_a_length_and_not_a_pointer)
{
	static CK_UTF8CHAR longest[CKI_PASSWORD_MAX];
	CKI_PKCS5_PBKD2_PARAMS2 params = good_params();
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	uint8_t out[32];

	env_start();
	memset(longest, 'x', sizeof(longest));
	params.pPassword = longest;
	params.ulPasswordLen = sizeof(longest);
	compute(&params, "SHA2-256", sizeof(longest), out, sizeof(out));
	env_expect_value(from_password(&params, templ, 2), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(every_member_of_the_password_parameter_is_checked)
{
	const CKI_PKCS5_PBKD2_PARAMS2 good = good_params();
	CKI_PKCS5_PBKD2_PARAMS2 params = good;
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, &params, sizeof(params) };
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };

	env_start();
#define REFUSED_WITH(member, value)                                                                     \
	do {                                                                                            \
		params = good;                                                                          \
		params.member = (value);                                                                \
		refuse_mechanism(CKR_MECHANISM_PARAM_INVALID, &mechanism, templ, ENV_COUNT(templ));     \
	} while (0)
	REFUSED_WITH(saltSource, 0);
	REFUSED_WITH(saltSource, 2);
	REFUSED_WITH(pSaltSourceData, NULL);
	REFUSED_WITH(ulSaltSourceDataLen, ~0ul);
	REFUSED_WITH(iterations, 0);
	REFUSED_WITH(iterations, ~0ul);
	REFUSED_WITH(iterations, 0x100000000ul);
	REFUSED_WITH(prf, 0);
	REFUSED_WITH(prf, CKP_PKCS5_PBKD2_HMAC_GOSTR3411);
	REFUSED_WITH(prf, 9);
	REFUSED_WITH(ulPrfDataLen, 1);
	REFUSED_WITH(pPassword, NULL);
	REFUSED_WITH(ulPasswordLen, ~0ul);
	REFUSED_WITH(ulPasswordLen, CKI_PASSWORD_MAX + 2);
#undef REFUSED_WITH
	params = good;
	for (mechanism.ulParameterLen = 0; mechanism.ulParameterLen <= sizeof(params) + 1; mechanism.ulParameterLen++)
		if (mechanism.ulParameterLen != sizeof(params))
			refuse_mechanism(CKR_MECHANISM_PARAM_INVALID, &mechanism, templ, 2);
	mechanism = (CK_MECHANISM){ CKM_PKCS5_PBKD2, NULL, sizeof(params) };
	refuse_mechanism(CKR_MECHANISM_PARAM_INVALID, &mechanism, templ, 2);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_mechanism_makes_its_type_in_its_lengths);
	tcase_add_test(tc, the_template_may_say_what_follows_and_nothing_else);
	tcase_add_test(tc, a_generated_key_has_always_been_what_it_is);
	tcase_add_test(tc, keys_are_public_before_login_and_private_after);
	tcase_add_test(tc, the_call_is_checked);
	tcase_add_test(tc, generated_keys_differ_and_work);
	tcase_add_test(tc, no_key_is_made_on_a_card_that_is_gone);
	tcase_add_test(tc, a_password_gives_what_openssl_computes_with_every_prf);
	tcase_add_test(tc, passwords_and_salts_may_be_empty);
	tcase_add_test(tc, a_password_makes_any_type_of_key);
	tcase_add_test(tc, the_older_structure_is_told_by_its_pointer);
	tcase_add_test(tc, the_longest_password_is_a_length_and_not_a_pointer);
	tcase_add_test(tc, every_member_of_the_password_parameter_is_checked);
}

TEST_MAIN("pkcs11/generate", add)
