/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Public keys that verify on curves, the card's and those that C_CreateObject makes; and what else these do. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
static CK_KEY_TYPE rsa_type = CKK_RSA;
static CK_KEY_TYPE ec_type = CKK_EC;
static CK_KEY_TYPE edwards_type = CKK_EC_EDWARDS;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_BYTE message[] = "a message of some length, to be verified in parts";
#define MESSAGE_LEN (sizeof(message) - 1)
#define PLACES 6u /* of a template, before what a test adds */

/* The template of a session's copy of a public key of the card. */
struct copy {
	CK_BYTE first[512];
	CK_BYTE second[512];
	CK_ATTRIBUTE templ[PLACES + 2];
	CK_ULONG count;
};

static void copy_template(CK_OBJECT_HANDLE key, struct copy *copy)
{
	const CK_KEY_TYPE type = env_number(key, CKA_KEY_TYPE);
	CK_KEY_TYPE *of_type = type == CKK_RSA ? &rsa_type : type == CKK_EC ? &ec_type : &edwards_type;
	const CK_ATTRIBUTE_TYPE parts[] = { type == CKK_RSA ? CKA_MODULUS : CKA_EC_PARAMS,
					    type == CKK_RSA ? CKA_PUBLIC_EXPONENT : CKA_EC_POINT };

	copy->templ[0] = (CK_ATTRIBUTE){ CKA_CLASS, &public_class, sizeof(public_class) };
	copy->templ[1] = (CK_ATTRIBUTE){ CKA_KEY_TYPE, of_type, sizeof(*of_type) };
	copy->templ[2] = (CK_ATTRIBUTE){ parts[0], copy->first,
					 env_attribute(key, parts[0], copy->first, sizeof(copy->first)) };
	copy->templ[3] = (CK_ATTRIBUTE){ parts[1], copy->second,
					 env_attribute(key, parts[1], copy->second, sizeof(copy->second)) };
	copy->count = 4;
}

static CK_RV create(struct copy *copy, CK_OBJECT_HANDLE *ret_key)
{
	return env.f->C_CreateObject(env.session, copy->templ, copy->count, ret_key);
}

static CK_OBJECT_HANDLE created(CK_OBJECT_HANDLE key)
{
	CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
	struct copy copy;

	copy_template(key, &copy);
	env_ok(create(&copy, &made));
	return made;
}

static void expect(CK_RV expected, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, size_t len, CK_BYTE *signature,
		   CK_ULONG signature_len)
{
	env_ok(env.f->C_VerifyInit(env.session, mechanism, key));
	env_rv(expected, env.f->C_Verify(env.session, message, len, signature, signature_len));
}

static CK_ULONG sign(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, size_t len, CK_BYTE signature[256])
{
	const unsigned long before = env_card_commands();
	CK_ULONG signature_len = 256;

	env_ok(env.f->C_SignInit(env.session, mechanism, key));
	env_ok(env.f->C_Sign(env.session, message, len, signature, &signature_len));
	ck_assert_uint_eq(env_card_commands(), before + 1);
	return signature_len;
}

START_TEST(ecdsa_is_verified_with_each_hash)
{
	static const CK_MECHANISM_TYPE types[] = {
		CKM_ECDSA,        CKM_ECDSA_SHA1,     CKM_ECDSA_SHA224,   CKM_ECDSA_SHA256,   CKM_ECDSA_SHA384,
		CKM_ECDSA_SHA512, CKM_ECDSA_SHA3_224, CKM_ECDSA_SHA3_256, CKM_ECDSA_SHA3_384, CKM_ECDSA_SHA3_512,
	};
	CK_OBJECT_HANDLE keys[2];

	env_start_logged_in();
	keys[0] = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
	keys[1] = created(keys[0]);
	for (size_t i = 0; i < ENV_COUNT(types); i++) {
		CK_MECHANISM mechanism = { types[i], NULL, 0 };
		CK_BYTE signature[256];
		const CK_ULONG len = sign(&mechanism, env.key, 32, signature);
		const unsigned long before = env_card_commands();

		for (size_t j = 0; j < ENV_COUNT(keys); j++) {
			expect(CKR_OK, &mechanism, keys[j], 32, signature, len);
			expect(CKR_SIGNATURE_INVALID, &mechanism, keys[j], 31, signature, len);
			expect(CKR_SIGNATURE_LEN_RANGE, &mechanism, keys[j], 32, signature, len - 1);
			signature[len - 1] ^= 1;
			expect(CKR_SIGNATURE_INVALID, &mechanism, keys[j], 32, signature, len);
			signature[len - 1] ^= 1;
		}
		ck_assert_uint_eq(env_card_commands(), before);
	}
	env_stop();
}
END_TEST

START_TEST(a_long_digest_counts_with_its_first_bits)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_BYTE signature[256];
	CK_ULONG len;

	env_start_logged_in();
	key = env_find(env.session, CKO_PUBLIC_KEY, ENV_P256);
	len = sign(&ecdsa, env.key, 48, signature);
	expect(CKR_OK, &ecdsa, key, 48, signature, len);
	expect(CKR_OK, &ecdsa, key, 32, signature, len);
	memset(signature, 0, len); /* r and s have to be numbers from 1 to the order - 1 */
	expect(CKR_SIGNATURE_INVALID, &ecdsa, key, 32, signature, len);
	memset(signature, 0xFF, len);
	expect(CKR_SIGNATURE_INVALID, &ecdsa, key, 32, signature, len);
	expect(CKR_DATA_LEN_RANGE, &ecdsa, key, 0, signature, len);
	env_stop();
}
END_TEST

static CK_OBJECT_HANDLE start_edwards(const char *curve, CK_OBJECT_HANDLE *ret_private)
{
	const struct fake_key key = { .type = CRD_KEY_EDWARDS, .curve = curve, .usage = CRD_USE_SIGN };
	size_t index;

	env_card();
	index = fake_add_key(&key);
	ck_assert_uint_eq(C_Initialize(NULL), CKR_OK);
	ck_assert_uint_eq(C_GetFunctionList(&env.f), CKR_OK);
	env.session = env_session(0);
	env_login();
	*ret_private = env_find(env.session, CKO_PRIVATE_KEY, (enum env_key)(index + 1));
	return env_find(env.session, CKO_PUBLIC_KEY, (enum env_key)(index + 1));
}

static void check_edwards(const char *curve, CK_ULONG expected_len)
{
	CK_MECHANISM eddsa = { CKM_EDDSA, NULL, 0 };
	CK_OBJECT_HANDLE private = 0;
	CK_OBJECT_HANDLE keys[3];
	CK_BYTE signature[256];
	struct copy copy;
	CK_ULONG len;

	keys[0] = start_edwards(curve, &private);
	keys[1] = created(keys[0]);
	copy_template(keys[0], &copy);
	copy.templ[3].pValue = copy.second + 2; /* the string alone, as PKCS#11 3.1 wants it */
	copy.templ[3].ulValueLen -= 2;
	env_ok(create(&copy, &keys[2]));
	len = sign(&eddsa, private, MESSAGE_LEN, signature);
	ck_assert_uint_eq(len, expected_len);
	for (size_t i = 0; i < ENV_COUNT(keys); i++) {
		expect(CKR_OK, &eddsa, keys[i], MESSAGE_LEN, signature, len);
		expect(CKR_SIGNATURE_INVALID, &eddsa, keys[i], MESSAGE_LEN - 1, signature, len);
		expect(CKR_SIGNATURE_LEN_RANGE, &eddsa, keys[i], MESSAGE_LEN, signature, len - 1);
		signature[3] ^= 1;
		expect(CKR_SIGNATURE_INVALID, &eddsa, keys[i], MESSAGE_LEN, signature, len);
		signature[3] ^= 1;
	}
	env_stop();
}

START_TEST(eddsa_is_verified)
{
	check_edwards("ED25519", 64);
	check_edwards("ED448", 114);
}
END_TEST

START_TEST(only_the_pure_forms_of_eddsa_are_there)
{
	struct cki_eddsa_params params = { CK_FALSE, 0, NULL };
	CK_MECHANISM eddsa = { CKM_EDDSA, &params, sizeof(params) };
	CK_BYTE signature[256];
	CK_OBJECT_HANDLE private = 0;
	CK_OBJECT_HANDLE public = start_edwards("ED25519", &private);

	/* with a parameter it is Ed25519ctx or Ed25519ph, whatever stands in it */
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &eddsa, private));
	params.phFlag = CK_TRUE;
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &eddsa, private));
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_VerifyInit(env.session, &eddsa, public));
	env_stop();
	public = start_edwards("ED448", &private);
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &eddsa, private));
	params = (struct cki_eddsa_params){ CK_FALSE, 5, message };
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &eddsa, private));
	eddsa.ulParameterLen--;
	env_rv(CKR_MECHANISM_PARAM_INVALID, env.f->C_SignInit(env.session, &eddsa, private));
	params.ulContextDataLen = 0;
	eddsa = (CK_MECHANISM){ CKM_EDDSA, &params, sizeof(params) };
	expect(CKR_OK, &eddsa, public, MESSAGE_LEN, signature, sign(&eddsa, private, MESSAGE_LEN, signature));
	env_stop();
}
END_TEST

/* ---- keys of a session ------------------------------------------------------------------------------ */

START_TEST(an_rsa_key_of_a_session_encrypts_wraps_and_verifies)
{
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	CK_BYTE out[256];
	CK_BYTE back[256];
	CK_ULONG len = sizeof(out);
	CK_OBJECT_HANDLE private;
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	private = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	key = created(env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA));
	ck_assert_uint_eq(env_number(key, CKA_MODULUS_BITS), 2048);
	ck_assert(!env_flag(key, CKA_TOKEN) && !env_flag(key, CKA_PRIVATE) && !env_flag(key, CKA_LOCAL));
	ck_assert(env_flag(key, CKA_VERIFY) && env_flag(key, CKA_ENCRYPT) && env_flag(key, CKA_WRAP));
	env_ok(env.f->C_EncryptInit(env.session, &pkcs1, key));
	env_ok(env.f->C_Encrypt(env.session, message, 20, out, &len));
	env_ok(env.f->C_DecryptInit(env.session, &pkcs1, private));
	env_ok(env.f->C_Decrypt(env.session, out, len, back, &len));
	ck_assert_uint_eq(len, 20);
	ck_assert_mem_eq(back, message, 20);
	len = sign(&pkcs1, private, 20, out);
	expect(CKR_OK, &pkcs1, key, 20, out, len);
	env_ok(C_VerifyRecoverInit(env.session, &pkcs1, key));
	len = sizeof(back);
	env_ok(C_VerifyRecover(env.session, out, sizeof(out), back, &len));
	ck_assert_uint_eq(len, 20);
	ck_assert_mem_eq(back, message, 20);
	len = sizeof(out);
	env_ok(env.f->C_WrapKey(env.session, &pkcs1, key, env_generate(16, false, true), out, &len));
	ck_assert_uint_eq(len, 256);
	env_ok(env.f->C_DestroyObject(env.session, key));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_VerifyInit(env.session, &pkcs1, key));
	env_stop();
}
END_TEST

START_TEST(a_public_key_stays_as_it_was_made)
{
	CK_ATTRIBUTE name = { CKA_LABEL, message, 4 };
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 };
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_MECHANISM ecdh = { CKM_ECDH1_DERIVE, NULL, 0 };
	CK_OBJECT_HANDLE made = 0;
	CK_OBJECT_HANDLE copied;
	struct copy copy;

	env_start_logged_in();
	copy_template(env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA), &copy);
	copy.templ[copy.count++] = (CK_ATTRIBUTE){ CKA_ENCRYPT, &no, sizeof(no) };
	env_ok(create(&copy, &made));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_EncryptInit(env.session, &pkcs1, made));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, env.f->C_VerifyInit(env.session, &ecdsa, made));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_SetAttributeValue(env.session, made, &name, 1));
	env_rv(CKR_ACTION_PROHIBITED, env.f->C_CopyObject(env.session, made, &name, 1, &copied));
	made = created(env_find(env.session, CKO_PUBLIC_KEY, ENV_P256));
	ck_assert_int_ne((int)env.f->C_DeriveKey(env.session, &ecdh, made, NULL, 0, &copied), CKR_OK);
	env_rv(CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
	       env.f->C_WrapKey(env.session, &pkcs1, made, env_generate(16, false, true), NULL, &copy.count));
	env_stop();
}
END_TEST

START_TEST(templates_of_public_keys_are_checked)
{
	static CK_BYTE even[256] = { 0x80 };
	static CK_BYTE short_number[127] = { 0x80 };
	static const struct {
		enum env_key key;
		CK_ATTRIBUTE more;
		CK_RV expected;
	} wrong[] = {
		{ ENV_RSA, { CKA_EC_POINT, message, 5 }, CKR_TEMPLATE_INCONSISTENT },
		{ ENV_RSA, { CKA_VALUE, message, 5 }, CKR_TEMPLATE_INCONSISTENT },
		{ ENV_RSA, { CKA_MODULUS_BITS, &rsa_type, sizeof(rsa_type) }, CKR_TEMPLATE_INCONSISTENT },
		{ ENV_RSA, { CKA_SENSITIVE, &no, 1 }, CKR_TEMPLATE_INCONSISTENT },
		{ ENV_RSA, { CKA_MODIFIABLE, &yes, 1 }, CKR_TEMPLATE_INCONSISTENT },
		{ ENV_RSA, { CKA_LOCAL, &yes, 1 }, CKR_ATTRIBUTE_READ_ONLY },
		{ ENV_RSA, { CKA_TRUSTED, &yes, 1 }, CKR_ATTRIBUTE_READ_ONLY },
		{ ENV_RSA, { CKA_TOKEN, &yes, 1 }, CKR_SESSION_READ_ONLY },
		{ ENV_RSA, { CKA_VERIFY, message, 1 }, CKR_ATTRIBUTE_VALUE_INVALID },
		{ ENV_RSA, { 0x7fffffff, &yes, 1 }, CKR_ATTRIBUTE_TYPE_INVALID },
		{ ENV_RSA, { CKA_MODULUS, even, sizeof(even) }, CKR_TEMPLATE_INCONSISTENT },
		{ ENV_P256, { CKA_PUBLIC_EXPONENT, message, 5 }, CKR_TEMPLATE_INCONSISTENT },
	};
	CK_OBJECT_HANDLE made = 4711;
	struct copy copy;

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(wrong); i++) {
		copy_template(env_find(env.session, CKO_PUBLIC_KEY, wrong[i].key), &copy);
		copy.templ[copy.count++] = wrong[i].more;
		env_rv(wrong[i].expected, create(&copy, &made));
	}
	for (CK_ULONG i = 1; i < 4; i++) {
		copy_template(env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA), &copy);
		copy.templ[i] = copy.templ[--copy.count];
		env_rv(CKR_TEMPLATE_INCOMPLETE, create(&copy, &made));
	}
	copy_template(env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA), &copy);
	copy.templ[2].pValue = short_number;
	copy.templ[2].ulValueLen = sizeof(short_number);
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, create(&copy, &made));
	copy.templ[2].ulValueLen = 0;
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, create(&copy, &made));
	copy_template(env_find(env.session, CKO_PUBLIC_KEY, ENV_P256), &copy);
	copy.second[20] ^= 1;
	env_rv(CKR_ATTRIBUTE_VALUE_INVALID, create(&copy, &made));
	copy.templ[2].ulValueLen = 1;
	env_rv(CKR_CURVE_NOT_SUPPORTED, create(&copy, &made));
	ck_assert_uint_eq(made, 4711);
	/* a number that is no modulus fails where it is used */
	copy_template(env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA), &copy);
	copy.templ[2].pValue = even;
	env_ok(create(&copy, &made));
	expect(CKR_DATA_LEN_RANGE, &(CK_MECHANISM){ CKM_RSA_PKCS, NULL, 0 }, made, 20, even, sizeof(even));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, ecdsa_is_verified_with_each_hash);
	tcase_add_test(tc, a_long_digest_counts_with_its_first_bits);
	tcase_add_test(tc, eddsa_is_verified);
	tcase_add_test(tc, only_the_pure_forms_of_eddsa_are_there);
	tcase_add_test(tc, an_rsa_key_of_a_session_encrypts_wraps_and_verifies);
	tcase_add_test(tc, a_public_key_stays_as_it_was_made);
	tcase_add_test(tc, templates_of_public_keys_are_checked);
}

TEST_MAIN("pkcs11/public", add)
