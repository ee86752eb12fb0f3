/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simple derivations, those that encrypt data, and SHAKE: values, lengths, and what is inherited, one by one. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "tests/unit/cki_env.h"

static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE des3 = CKK_DES3;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }

static const uint8_t key_bytes[] = { 0x01, 0x23, 0x45, 0x67 };
static const uint8_t more_bytes[] = { 0x89, 0xab, 0xcd, 0xef };

/* Any of the mechanisms, with a parameter that is good for a base key of 4 bytes or more. */
struct any {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_DERIVATION_STRING_DATA data;
	CK_OBJECT_HANDLE other;
	CK_ULONG first;
};

static struct env_derivation with(struct any *any, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE base)
{
	struct env_derivation d = { .mechanism = mechanism, .base = base, .param = &any->data,
				    .param_len = sizeof(any->data) };

	*any = (struct any){
		.mechanism = mechanism,
		.data = { (CK_BYTE *)(uintptr_t)more_bytes, sizeof(more_bytes) },
	};
	if (mechanism == CKM_CONCATENATE_BASE_AND_KEY) {
		any->other = env_import(CKK_GENERIC_SECRET, more_bytes, sizeof(more_bytes));
		d.param = &any->other;
		d.param_len = sizeof(any->other);
	}
	if (mechanism == CKM_EXTRACT_KEY_FROM_KEY) {
		d.param = &any->first;
		d.param_len = sizeof(any->first);
	}
	return d;
}

static CK_OBJECT_HANDLE short_key(void)
{
	return env_import(CKK_GENERIC_SECRET, key_bytes, sizeof(key_bytes));
}

/* The examples of PKCS#11 3.2 6.43.3 to 6.43.6. */
static const struct {
	CK_MECHANISM_TYPE mechanism;
	uint8_t value[8];
	size_t len;
} examples[] = {
	{ CKM_CONCATENATE_BASE_AND_KEY, { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef }, 8 },
	{ CKM_CONCATENATE_BASE_AND_DATA, { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef }, 8 },
	{ CKM_CONCATENATE_DATA_AND_BASE, { 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67 }, 8 },
	{ CKM_XOR_BASE_AND_DATA, { 0x88, 0x88, 0x88, 0x88 }, 4 },
};

START_TEST(each_mechanism_gives_the_standards_example)
{
	struct env_derivation d;
	CK_OBJECT_HANDLE key;
	struct any any;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(examples); i++) {
		d = with(&any, examples[i].mechanism, short_key());
		key = env_derived(&d);
		env_expect_value(key, examples[i].value, examples[i].len);
		ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	}
	env_stop();
}
END_TEST

START_TEST(bits_are_taken_from_an_offset_on_and_around_the_end)
{
	static const uint8_t base[] = { 0x32, 0x9f, 0x84, 0xa9 };
	static const uint8_t example[] = { 0x95, 0x26 };
	CK_ULONG len = 2;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	struct env_derivation d;
	struct any any;

	env_start();
	d = with(&any, CKM_EXTRACT_KEY_FROM_KEY, env_import(CKK_GENERIC_SECRET, base, sizeof(base)));
	d.templ = templ;
	d.count = 1;
	any.first = 21;
	env_expect_value(env_derived(&d), example, sizeof(example));
	any.first = 0;
	env_expect_value(env_derived(&d), base, 2);
	any.first = 16;
	env_expect_value(env_derived(&d), base + 2, 2);
	any.first = 24;
	env_expect_value(env_derived(&d), (uint8_t[]){ 0xa9, 0x32 }, 2);
	len = 4;
	env_expect_value(env_derived(&d), (uint8_t[]){ 0xa9, 0x32, 0x9f, 0x84 }, 4);
	any.first = 31;
	(void)env_derived(&d);
	any.first = 32;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	any.first = ~0ul;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	env_stop();
}
END_TEST

START_TEST(a_length_cuts_the_trailing_bytes_off_and_never_adds_any)
{
	CK_ULONG len;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	struct env_derivation d;
	struct any any;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(examples); i++) {
		d = with(&any, examples[i].mechanism, short_key());
		d.templ = templ;
		for (d.count = 1; d.count <= 2; d.count++) {
			for (len = 1; len <= examples[i].len; len++)
				env_expect_value(env_derived(&d), examples[i].value, len);
			env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
			len = ~0ul;
			env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
			len = 0;
			env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
		}
	}
	d = with(&any, CKM_EXTRACT_KEY_FROM_KEY, short_key());
	d.templ = templ;
	d.count = 1;
	len = 5;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	env_stop();
}
END_TEST

START_TEST(bits_need_a_length_or_a_type_that_has_one)
{
	CK_ATTRIBUTE templ[] = { TYPE(generic) };
	struct env_derivation d;
	struct any any;
	uint8_t base[40];

	env_start();
	memset(base, 0x42, sizeof(base));
	d = with(&any, CKM_EXTRACT_KEY_FROM_KEY, env_import(CKK_GENERIC_SECRET, base, sizeof(base)));
	d.templ = templ;
	env_refuse(CKR_TEMPLATE_INCOMPLETE, &d);
	d.count = 1;
	env_refuse(CKR_TEMPLATE_INCOMPLETE, &d);
	templ[0] = (CK_ATTRIBUTE)TYPE(aes);
	env_expect_value(env_derived(&d), base, 32);
	templ[0] = (CK_ATTRIBUTE)TYPE(des3);
	ck_assert_uint_eq(env_number(env_derived(&d), CKA_VALUE_LEN), 24);
	env_stop();
}
END_TEST

START_TEST(des_keys_get_their_parity_and_too_few_bytes_make_none)
{
	static const CK_MECHANISM_TYPE mechanisms[] = {
		CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_CONCATENATE_BASE_AND_KEY,
	};
	CK_ATTRIBUTE templ[] = { TYPE(des3) };
	uint8_t base[20] = { 0 };
	uint8_t got[24];
	struct env_derivation d;
	struct any any;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++) {
		d = with(&any, mechanisms[i], env_import(CKK_GENERIC_SECRET, base, sizeof(base)));
		d.templ = templ;
		d.count = 1;
		ck_assert_uint_eq(env_attribute(env_derived(&d), CKA_VALUE, got, sizeof(got)), sizeof(got));
		for (size_t j = 0; j < sizeof(got); j++)
			ck_assert_int_eq(__builtin_parity(got[j]), 1);
		d.base = env_import(CKK_GENERIC_SECRET, base, sizeof(base) - 1);
		env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &d);
	}
	env_stop();
}
END_TEST

START_TEST(xor_is_as_long_as_the_shorter)
{
	static uint8_t data[100];
	struct env_derivation d;
	struct any any;

	env_start();
	d = with(&any, CKM_XOR_BASE_AND_DATA, short_key());
	any.data = (CK_KEY_DERIVATION_STRING_DATA){ data, 1 };
	env_expect_value(env_derived(&d), key_bytes, 1);
	any.data.ulLen = sizeof(data);
	env_expect_value(env_derived(&d), key_bytes, sizeof(key_bytes));
	any.data.ulLen = 0;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	env_stop();
}
END_TEST

START_TEST(joining_nothing_is_the_base_key)
{
	struct env_derivation d;
	struct any any;

	env_start();
	d = with(&any, CKM_CONCATENATE_BASE_AND_DATA, short_key());
	any.data = (CK_KEY_DERIVATION_STRING_DATA){ NULL, 0 };
	env_expect_value(env_derived(&d), key_bytes, sizeof(key_bytes));
	d.mechanism = CKM_CONCATENATE_DATA_AND_BASE;
	env_expect_value(env_derived(&d), key_bytes, sizeof(key_bytes));
	env_stop();
}
END_TEST

START_TEST(every_member_of_the_parameters_is_checked)
{
	static const CK_MECHANISM_TYPE mechanisms[] = {
		CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_XOR_BASE_AND_DATA,
		CKM_CONCATENATE_BASE_AND_KEY, CKM_EXTRACT_KEY_FROM_KEY,
	};
	struct env_derivation d;
	struct any any;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++) {
		size_t size;

		d = with(&any, mechanisms[i], short_key());
		size = d.param_len;
		for (d.param_len = 0; d.param_len <= size + 1; d.param_len++)
			if (d.param_len != size)
				env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		d.param_len = size;
		if (d.param == &any.data) {
			any.data.pData = NULL;
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
			any.data = (CK_KEY_DERIVATION_STRING_DATA){ (CK_BYTE *)(uintptr_t)more_bytes, ~0ul };
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		}
		d.param = NULL;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	}
	env_stop();
}
END_TEST

START_TEST(the_other_key_must_be_a_secret_key_that_derives)
{
	CK_ATTRIBUTE no_derive = FLAG(CKA_DERIVE, no);
	struct env_derivation d;
	struct any any;

	env_start_logged_in();
	d = with(&any, CKM_CONCATENATE_BASE_AND_KEY, short_key());
	env_ok(env.f->C_SetAttributeValue(env.session, any.other, &no_derive, 1));
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &d);
	env_ok(env.f->C_DestroyObject(env.session, any.other));
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	any.other = 0;
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	any.other = env.key;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	any.other = d.base;
	env_expect_value(env_derived(&d), (uint8_t[]){ 0x01, 0x23, 0x45, 0x67, 0x01, 0x23, 0x45, 0x67 }, 8);
	env_ok(env.f->C_SetAttributeValue(env.session, d.base, &no_derive, 1));
	any.other = short_key();
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &d);
	d.base = env.key;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	env_stop();
}
END_TEST

/* What a base key with these flags makes of a new key, for templates that say nothing, open and closed. */
static const struct {
	bool sensitive;
	bool extractable;
	const char *silent;
	const char *open; /* NULL: refused */
	const char *closed;
} inherited[] = {
	{ false, true, "sEan", "sEan", "Sean" },
	{ true, true, "SEAn", NULL, "SeAn" },
	{ false, false, "seaN", NULL, "SeaN" },
	{ true, false, "SeAN", NULL, "SeAN" },
};

static void expect_inherited(struct env_derivation *d, size_t row)
{
	static CK_ULONG len = 4;
	CK_ATTRIBUTE templ[] = { LEN(len), FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	CK_OBJECT_HANDLE key;

	d->templ = templ;
	d->count = 1;
	key = env_derived(d);
	env_expect_flags(key, inherited[row].silent);
	if (inherited[row].sensitive || !inherited[row].extractable)
		env_expect_hidden(key);
	d->count = 3;
	if (inherited[row].open != NULL)
		env_expect_flags(env_derived(d), inherited[row].open);
	else
		env_refuse(CKR_TEMPLATE_INCONSISTENT, d);
	templ[1] = (CK_ATTRIBUTE)FLAG(CKA_SENSITIVE, yes);
	templ[2] = (CK_ATTRIBUTE)FLAG(CKA_EXTRACTABLE, no);
	env_expect_flags(env_derived(d), inherited[row].closed);
	d->count = 0;
}

START_TEST(what_has_a_base_keys_bytes_is_as_restricted_as_it)
{
	static const CK_MECHANISM_TYPE mechanisms[] = {
		CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_XOR_BASE_AND_DATA,
		CKM_EXTRACT_KEY_FROM_KEY,
	};
	struct env_derivation d;
	struct any any;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(mechanisms); i++) {
		for (size_t row = 0; row < ENV_COUNT(inherited); row++) {
			d = with(&any, mechanisms[i],
				 env_generate(16, inherited[row].sensitive, inherited[row].extractable));
			expect_inherited(&d, row);
		}
	}
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.43.3: restricted by either, remembering what both have been. */
START_TEST(two_keys_joined_are_as_restricted_as_the_more_restricted_one)
{
	static const struct {
		bool sensitive[2];
		bool extractable[2];
		const char *flags;
	} rows[] = {
		{ { true, true }, { false, false }, "SeAN" }, { { true, false }, { false, true }, "Sean" },
		{ { false, true }, { true, false }, "Sean" }, { { false, false }, { true, true }, "sEan" },
		{ { true, true }, { true, true }, "SEAn" },   { { true, true }, { true, false }, "SeAn" },
		{ { false, false }, { true, false }, "sean" }, { { false, true }, { true, true }, "SEan" },
	};
	CK_ATTRIBUTE open[] = { FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	struct env_derivation d;
	struct any any;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(rows); i++) {
		d = with(&any, CKM_CONCATENATE_BASE_AND_KEY,
			 env_generate(8, rows[i].sensitive[0], rows[i].extractable[0]));
		any.other = env_generate(8, rows[i].sensitive[1], rows[i].extractable[1]);
		env_expect_flags(env_derived(&d), rows[i].flags);
		d.templ = open;
		d.count = 2;
		if (strncmp(rows[i].flags, "sE", 2) == 0)
			env_expect_flags(env_derived(&d), rows[i].flags);
		else
			env_refuse(CKR_TEMPLATE_INCONSISTENT, &d);
	}
	env_stop();
}
END_TEST

START_TEST(a_history_that_is_not_clean_stays_so)
{
	CK_ATTRIBUTE closed[] = { FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	struct env_derivation d;
	struct any any;

	env_start();
	d = with(&any, CKM_CONCATENATE_BASE_AND_DATA, short_key());
	env_ok(env.f->C_SetAttributeValue(env.session, d.base, closed, 2));
	env_expect_flags(d.base, "Sean");
	env_expect_flags(env_derived(&d), "Sean");
	env_stop();
}
END_TEST

/* ---- data encrypted --------------------------------------------------------------------------------- */

static void encrypt(const char *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *data, size_t len,
		    uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, cipher, NULL);
	int written = 0;

	ck_assert_int_eq(EVP_EncryptInit_ex2(ctx, fetched, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	ck_assert_int_eq(EVP_EncryptUpdate(ctx, out, &written, data, (int)len), 1);
	ck_assert_int_eq(written, (int)len);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(fetched);
}

static const struct {
	CK_MECHANISM_TYPE ecb;
	CK_MECHANISM_TYPE cbc;
	CK_KEY_TYPE type;
	size_t key_len;
	const char *ecb_name;
	const char *cbc_name;
	size_t block;
} ciphers[] = {
	{ CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA, CKK_AES, 16, "AES-128-ECB", "AES-128-CBC", 16 },
	{ CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA, CKK_AES, 24, "AES-192-ECB", "AES-192-CBC", 16 },
	{ CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA, CKK_AES, 32, "AES-256-ECB", "AES-256-CBC", 16 },
	{ CKM_DES3_ECB_ENCRYPT_DATA, CKM_DES3_CBC_ENCRYPT_DATA, CKK_DES3, 24, "DES-EDE3-ECB", "DES-EDE3-CBC", 8 },
	{ CKM_DES3_ECB_ENCRYPT_DATA, CKM_DES3_CBC_ENCRYPT_DATA, CKK_DES2, 16, "DES-EDE-ECB", "DES-EDE-CBC", 8 },
};

/* A CBC parameter of either size. */
union cbc {
	CK_AES_CBC_ENCRYPT_DATA_PARAMS aes;
	CK_DES_CBC_ENCRYPT_DATA_PARAMS des;
};

static size_t fill_cbc(union cbc *cbc, size_t block, CK_BYTE *data, CK_ULONG len)
{
	if (block == 16) {
		cbc->aes.pData = data;
		cbc->aes.length = len;
		memset(cbc->aes.iv, 0x1f, sizeof(cbc->aes.iv));
		return sizeof(cbc->aes);
	}
	cbc->des.pData = data;
	cbc->des.length = len;
	memset(cbc->des.iv, 0x1f, sizeof(cbc->des.iv));
	return sizeof(cbc->des);
}

START_TEST(data_encrypted_is_what_openssl_encrypts)
{
	CK_BYTE data[96];
	CK_BYTE iv[16];
	CK_BYTE key[32];
	CK_BYTE out[96];

	env_start();
	memset(data, 0xd0, sizeof(data));
	memset(iv, 0x1f, sizeof(iv));
	memset(key, 0x51, sizeof(key)); /* of odd parity */
	for (size_t i = 0; i < ENV_COUNT(ciphers); i++) {
		CK_KEY_DERIVATION_STRING_DATA ecb = { data, sizeof(data) };
		union cbc cbc;
		struct env_derivation d = {
			.mechanism = ciphers[i].ecb,
			.param = &ecb,
			.param_len = sizeof(ecb),
			.base = env_import(ciphers[i].type, key, ciphers[i].key_len),
		};

		encrypt(ciphers[i].ecb_name, key, NULL, data, sizeof(data), out);
		env_expect_value(env_derived(&d), out, sizeof(out));
		d.mechanism = ciphers[i].cbc;
		d.param = &cbc;
		d.param_len = fill_cbc(&cbc, ciphers[i].block, data, sizeof(data));
		encrypt(ciphers[i].cbc_name, key, iv, data, sizeof(data), out);
		env_expect_value(env_derived(&d), out, sizeof(out));
	}
	env_stop();
}
END_TEST

START_TEST(data_must_be_whole_blocks_and_enough_of_them)
{
	CK_BYTE data[48] = { 0 };
	CK_ULONG len = 48;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };

	env_start();
	for (size_t i = 0; i < ENV_COUNT(ciphers); i++) {
		CK_KEY_DERIVATION_STRING_DATA ecb = { data, 0 };
		struct env_derivation d = {
			.mechanism = ciphers[i].ecb,
			.param = &ecb,
			.param_len = sizeof(ecb),
			.base = env_import(ciphers[i].type, data, ciphers[i].key_len),
		};

		for (ecb.ulLen = 0; ecb.ulLen <= sizeof(data); ecb.ulLen++) {
			if (ecb.ulLen % ciphers[i].block != 0 || ecb.ulLen == 0)
				env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
			else
				ck_assert_uint_eq(env_number(env_derived(&d), CKA_VALUE_LEN), ecb.ulLen);
		}
		d.templ = templ;
		d.count = 2;
		ecb.ulLen = 48;
		(void)env_derived(&d);
		ecb.ulLen = 48 - ciphers[i].block;
		env_refuse(CKR_DATA_LEN_RANGE, &d);
		templ[1] = (CK_ATTRIBUTE)TYPE(des3);
		ecb.ulLen = ciphers[i].block;
		d.templ = &templ[1];
		d.count = 1;
		env_refuse(CKR_DATA_LEN_RANGE, &d);
		templ[1] = (CK_ATTRIBUTE)TYPE(generic);
	}
	env_stop();
}
END_TEST

START_TEST(parameters_of_encryption_are_checked)
{
	CK_BYTE data[32] = { 0 };

	env_start();
	for (size_t i = 0; i < ENV_COUNT(ciphers); i++) {
		CK_KEY_DERIVATION_STRING_DATA ecb = { NULL, 16 };
		union cbc cbc;
		const size_t size = fill_cbc(&cbc, ciphers[i].block, data, 16);
		struct env_derivation d = {
			.mechanism = ciphers[i].ecb,
			.param = &ecb,
			.param_len = sizeof(ecb),
			.base = env_import(ciphers[i].type, data, ciphers[i].key_len),
		};

		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		d.mechanism = ciphers[i].cbc;
		d.param = &cbc;
		for (d.param_len = 0; d.param_len <= size + 1; d.param_len++)
			if (d.param_len != size)
				env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		d.param_len = fill_cbc(&cbc, ciphers[i].block, NULL, 16);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		d.param_len = fill_cbc(&cbc, ciphers[i].block, data, ~0ul);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		d.param_len = fill_cbc(&cbc, ciphers[i].block, data, 15);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		d.param = NULL;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
	}
	env_stop();
}
END_TEST

START_TEST(data_is_encrypted_with_keys_of_that_cipher_only)
{
	CK_BYTE data[32] = { 0 };
	CK_KEY_DERIVATION_STRING_DATA ecb = { data, 16 };
	struct env_derivation d = { .param = &ecb, .param_len = sizeof(ecb) };

	env_start();
	d.base = env_import(CKK_AES, data, 16);
	d.mechanism = CKM_DES3_ECB_ENCRYPT_DATA;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = env_import(CKK_DES, data, 8);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.mechanism = CKM_AES_ECB_ENCRYPT_DATA;
	d.base = env_import(CKK_DES3, data, 24);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = env_import(CKK_GENERIC_SECRET, data, 16);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &d);
	d.base = 0;
	env_refuse(CKR_KEY_HANDLE_INVALID, &d);
	env_stop();
}
END_TEST

/* As of the hashes (PKCS#11 3.0 2.15.3): the template says, the history is the base key's. */
START_TEST(encryption_and_shake_leave_sensitivity_to_the_template)
{
	CK_BYTE data[32] = { 0 };
	CK_KEY_DERIVATION_STRING_DATA ecb = { data, 32 };
	CK_ULONG aes_len = 16;
	CK_ATTRIBUTE key_templ[] = { LEN(aes_len), FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE templ[] = { LEN(aes_len), FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	struct env_derivation d = { .mechanism = CKM_AES_ECB_ENCRYPT_DATA, .param = &ecb, .param_len = sizeof(ecb) };

	env_start();
	env_ok(env.f->C_GenerateKey(env.session, &generate, key_templ, ENV_COUNT(key_templ), &d.base));
	for (size_t i = 0; i < 2; i++) {
		d.templ = templ;
		d.count = 3;
		env_expect_flags(env_derived(&d), "sEan");
		d.templ = key_templ;
		env_expect_flags(env_derived(&d), "SeAN");
		d = (struct env_derivation){ .mechanism = CKM_SHAKE_256_KEY_DERIVATION, .base = d.base };
	}
	env_stop();
}
END_TEST

/* ---- SHAKE ------------------------------------------------------------------------------------------ */

START_TEST(shake_gives_any_length_that_is_said)
{
	static const struct {
		CK_MECHANISM_TYPE mechanism;
		const char *name;
	} shakes[] = {
		{ CKM_SHAKE_128_KEY_DERIVATION, "SHAKE-128" }, { CKM_SHAKE_256_KEY_DERIVATION, "SHAKE-256" },
	};
	static const CK_ULONG lens[] = { 1, 32, 64, 4000 };
	CK_ULONG len;
	CK_ATTRIBUTE templ[] = { LEN(len), TYPE(generic) };
	uint8_t out[4000];

	env_start();
	for (size_t i = 0; i < ENV_COUNT(shakes); i++) {
		EVP_MD *md = EVP_MD_fetch(NULL, shakes[i].name, NULL);
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		struct env_derivation d = { .mechanism = shakes[i].mechanism, .base = short_key(), .templ = templ };

		ck_assert_int_eq(EVP_DigestInit_ex2(ctx, md, NULL), 1);
		ck_assert_int_eq(EVP_DigestUpdate(ctx, key_bytes, sizeof(key_bytes)), 1);
		ck_assert_int_eq(EVP_DigestFinalXOF(ctx, out, sizeof(out)), 1);
		env_refuse(CKR_TEMPLATE_INCOMPLETE, &d);
		for (d.count = 1; d.count <= 2; d.count++) {
			for (size_t j = 0; j < ENV_COUNT(lens); j++) {
				len = lens[j];
				env_expect_value(env_derived(&d), out, len);
			}
		}
		d.templ = &templ[1];
		d.count = 1;
		env_refuse(CKR_TEMPLATE_INCOMPLETE, &d);
		templ[1] = (CK_ATTRIBUTE)TYPE(aes);
		env_expect_value(env_derived(&d), out, 32);
		templ[1] = (CK_ATTRIBUTE)TYPE(generic);
		d.param = out;
		d.param_len = 4;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &d);
		EVP_MD_CTX_free(ctx);
		EVP_MD_free(md);
	}
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_mechanism_gives_the_standards_example);
	tcase_add_test(tc, bits_are_taken_from_an_offset_on_and_around_the_end);
	tcase_add_test(tc, a_length_cuts_the_trailing_bytes_off_and_never_adds_any);
	tcase_add_test(tc, bits_need_a_length_or_a_type_that_has_one);
	tcase_add_test(tc, des_keys_get_their_parity_and_too_few_bytes_make_none);
	tcase_add_test(tc, xor_is_as_long_as_the_shorter);
	tcase_add_test(tc, joining_nothing_is_the_base_key);
	tcase_add_test(tc, every_member_of_the_parameters_is_checked);
	tcase_add_test(tc, the_other_key_must_be_a_secret_key_that_derives);
	tcase_add_test(tc, what_has_a_base_keys_bytes_is_as_restricted_as_it);
	tcase_add_test(tc, two_keys_joined_are_as_restricted_as_the_more_restricted_one);
	tcase_add_test(tc, a_history_that_is_not_clean_stays_so);
	tcase_add_test(tc, data_encrypted_is_what_openssl_encrypts);
	tcase_add_test(tc, data_must_be_whole_blocks_and_enough_of_them);
	tcase_add_test(tc, parameters_of_encryption_are_checked);
	tcase_add_test(tc, data_is_encrypted_with_keys_of_that_cipher_only);
	tcase_add_test(tc, encryption_and_shake_leave_sensitivity_to_the_template);
	tcase_add_test(tc, shake_gives_any_length_that_is_said);
}

TEST_MAIN("pkcs11/derive_simple", add)
