/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_SP800_108_*: every form of the input against rounds of OpenSSL's HMAC and CMAC, the usual forms against OpenSSL's
 * KBKDF, each member of the parameters, and several keys at a time.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
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

static uint8_t base_bytes[32];
static CK_BYTE label[] = "label";
static CK_BYTE context[] = "context";
static CK_BYTE zero[1];
static CK_BYTE iv[40];

/* ---- a parameter of either structure ---------------------------------------------------------------- */

struct kbkdf {
	CKI_SP800_108_COUNTER_FORMAT counter;
	CKI_SP800_108_DKM_LENGTH_FORMAT length;
	CKI_PRF_DATA_PARAM data[40];
	CKI_DERIVED_KEY more[70];
	CKI_SP800_108_KDF_PARAMS plain;
	CKI_SP800_108_FEEDBACK_KDF_PARAMS feedback;
	struct env_derivation d;
};

static CKI_PRF_DATA_PARAM bytes_of(CK_BYTE *bytes, CK_ULONG len)
{
	return (CKI_PRF_DATA_PARAM){ CK_SP800_108_BYTE_ARRAY, bytes, len };
}

static CKI_PRF_DATA_PARAM counter_of(struct kbkdf *k, CK_ULONG type)
{
	return (CKI_PRF_DATA_PARAM){ type, &k->counter, sizeof(k->counter) };
}

static CKI_PRF_DATA_PARAM length_of(struct kbkdf *k)
{
	return (CKI_PRF_DATA_PARAM){ CK_SP800_108_DKM_LENGTH, &k->length, sizeof(k->length) };
}

static CKI_PRF_DATA_PARAM variable_of(struct kbkdf *k)
{
	if (k->d.mechanism == CKM_SP800_108_COUNTER_KDF)
		return counter_of(k, CK_SP800_108_ITERATION_VARIABLE);
	return (CKI_PRF_DATA_PARAM){ CK_SP800_108_ITERATION_VARIABLE, NULL, 0 };
}

static void set_counts(struct kbkdf *k, CK_ULONG data_count, CK_ULONG more_count)
{
	k->plain.ulNumberOfDataParams = k->feedback.ulNumberOfDataParams = data_count;
	k->plain.ulAdditionalDerivedKeys = k->feedback.ulAdditionalDerivedKeys = more_count;
	k->plain.pAdditionalDerivedKeys = k->feedback.pAdditionalDerivedKeys = more_count != 0 ? k->more : NULL;
}

static void set_prf(struct kbkdf *k, CK_MECHANISM_TYPE prf)
{
	k->plain.prfType = k->feedback.prfType = prf;
}

/* The usual form: variable || label || 00 || context || length of 32 bits. */
static void usual(struct kbkdf *k, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE base)
{
	memset(k, 0, sizeof(*k));
	k->counter.ulWidthInBits = 32;
	k->length = (CKI_SP800_108_DKM_LENGTH_FORMAT){ CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, 32 };
	k->d = (struct env_derivation){ .mechanism = mechanism, .base = base };
	if (mechanism == CKM_SP800_108_FEEDBACK_KDF) {
		k->d.param = &k->feedback;
		k->d.param_len = sizeof(k->feedback);
	} else {
		k->d.param = &k->plain;
		k->d.param_len = sizeof(k->plain);
	}
	k->plain.pDataParams = k->feedback.pDataParams = k->data;
	k->data[0] = variable_of(k);
	k->data[1] = bytes_of(label, sizeof(label) - 1);
	k->data[2] = bytes_of(zero, 1);
	k->data[3] = bytes_of(context, sizeof(context) - 1);
	k->data[4] = length_of(k);
	set_counts(k, 5, 0);
	set_prf(k, CKM_SHA256_HMAC);
}

/* ---- the other side --------------------------------------------------------------------------------- */

static const struct prf {
	CK_MECHANISM_TYPE mechanism;
	const char *mac;
	const char *name; /* of the digest or cipher */
	size_t len;
} prfs[] = {
	{ CKM_SHA_1_HMAC, "HMAC", "SHA1", 20 },
	{ CKM_SHA224_HMAC, "HMAC", "SHA2-224", 28 },
	{ CKM_SHA256_HMAC, "HMAC", "SHA2-256", 32 },
	{ CKM_SHA384_HMAC, "HMAC", "SHA2-384", 48 },
	{ CKM_SHA512_HMAC, "HMAC", "SHA2-512", 64 },
	{ CKM_SHA512_224_HMAC, "HMAC", "SHA2-512/224", 28 },
	{ CKM_SHA512_256_HMAC, "HMAC", "SHA2-512/256", 32 },
	{ CKM_SHA3_224_HMAC, "HMAC", "SHA3-224", 28 },
	{ CKM_SHA3_256_HMAC, "HMAC", "SHA3-256", 32 },
	{ CKM_SHA3_384_HMAC, "HMAC", "SHA3-384", 48 },
	{ CKM_SHA3_512_HMAC, "HMAC", "SHA3-512", 64 },
	{ CKM_AES_CMAC, "CMAC", "AES-256-CBC", 16 },
};
#define SHA256 (&prfs[2])
#define CMAC (&prfs[ENV_COUNT(prfs) - 1])

static void compute_prf(const struct prf *prf, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, prf->mac, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(prf == CMAC ? OSSL_MAC_PARAM_CIPHER : OSSL_MAC_PARAM_DIGEST,
						 (char *)(uintptr_t)prf->name, 0),
		OSSL_PARAM_END,
	};
	size_t got = 0;

	ck_assert_int_eq(EVP_MAC_init(ctx, base_bytes, sizeof(base_bytes), params), 1);
	ck_assert_int_eq(EVP_MAC_update(ctx, in, len), 1);
	ck_assert_int_eq(EVP_MAC_final(ctx, out, &got, 64), 1);
	ck_assert_uint_eq(got, prf->len);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

static size_t put_number(uint8_t *at, uint64_t number, CK_ULONG bits, bool little_endian)
{
	for (size_t i = 0; i < bits / 8; i++, number >>= 8)
		at[little_endian ? i : bits / 8 - 1 - i] = (uint8_t)number;
	return bits / 8;
}

/* The input of a round; round 0: what double pipeline mode begins with. */
static size_t make_input(const struct kbkdf *k, uint32_t round, const uint8_t *chain, size_t chain_len,
			 uint64_t dkm_bits, uint8_t *in)
{
	size_t at = 0;

	for (size_t i = 0; i < k->plain.ulNumberOfDataParams; i++) {
		const CKI_PRF_DATA_PARAM *p = &k->data[i];
		const bool variable = p->type == CK_SP800_108_ITERATION_VARIABLE;

		if (p->type == CK_SP800_108_BYTE_ARRAY) {
			if (p->ulValueLen != 0)
				memcpy(in + at, p->pValue, p->ulValueLen);
			at += p->ulValueLen;
		} else if (p->type == CK_SP800_108_DKM_LENGTH) {
			at += put_number(in + at, dkm_bits, k->length.ulWidthInBits, k->length.bLittleEndian);
		} else if (round != 0 && variable && p->pValue == NULL) {
			if (chain_len != 0)
				memcpy(in + at, chain, chain_len);
			at += chain_len;
		} else if (round != 0) {
			at += put_number(in + at, round, k->counter.ulWidthInBits, k->counter.bLittleEndian);
		}
	}
	return at;
}

static void compute(const struct kbkdf *k, const struct prf *prf, uint64_t dkm_bits, uint8_t *out, size_t len)
{
	uint8_t in[1000];
	uint8_t segment[64] = { 0 };
	uint8_t a[64];
	size_t in_len;
	uint32_t round = 0;

	for (size_t at = 0; at < len; at += prf->len) {
		const uint8_t *chain = segment;
		size_t chain_len = prf->len;

		round++;
		if (k->d.mechanism == CKM_SP800_108_FEEDBACK_KDF && round == 1) {
			chain = k->feedback.pIV;
			chain_len = k->feedback.ulIVLen;
		}
		if (k->d.mechanism == CKM_SP800_108_DOUBLE_PIPELINE_KDF) {
			if (round == 1)
				in_len = make_input(k, 0, NULL, 0, dkm_bits, in);
			else
				memcpy(in, a, in_len = prf->len);
			compute_prf(prf, in, in_len, a);
			chain = a;
		}
		in_len = make_input(k, round, chain, chain_len, dkm_bits, in);
		compute_prf(prf, in, in_len, segment);
		memcpy(out + at, segment, len - at < prf->len ? len - at : prf->len);
	}
}

static CK_OBJECT_HANDLE base_of(const struct prf *prf)
{
	for (size_t i = 0; i < sizeof(base_bytes); i++)
		base_bytes[i] = (uint8_t)(7 * i + 3);
	return env_import(prf == CMAC ? CKK_AES : CKK_GENERIC_SECRET, base_bytes, sizeof(base_bytes));
}

static const CK_MECHANISM_TYPE mechanisms[] = {
	CKM_SP800_108_COUNTER_KDF, CKM_SP800_108_FEEDBACK_KDF, CKM_SP800_108_DOUBLE_PIPELINE_KDF,
};

/* One key of this length, as computed. */
static void expect_one(struct kbkdf *k, const struct prf *prf, CK_ULONG len)
{
	const bool segments = k->length.dkmLengthMethod == CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS;
	CK_ULONG value_len = len;
	CK_ATTRIBUTE templ[] = { LEN(value_len) };
	CK_OBJECT_HANDLE key;
	uint8_t out[1200];

	k->d.templ = templ;
	k->d.count = 1;
	compute(k, prf, 8 * (segments ? (len + prf->len - 1) / prf->len * prf->len : len), out, len);
	key = env_derived(&k->d);
	env_expect_value(key, out, len);
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_GENERIC_SECRET);
	env_ok(env.f->C_DestroyObject(env.session, key));
}

/* ---- values ----------------------------------------------------------------------------------------- */

START_TEST(every_mode_gives_the_rounds_of_every_prf)
{
	static const CK_ULONG lens[] = { 1, 16, 20, 32, 64, 65, 1000 };
	struct kbkdf k;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(prfs); i++) {
		for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
			usual(&k, mechanisms[m], base_of(&prfs[i]));
			set_prf(&k, prfs[i].mechanism);
			for (size_t j = 0; j < ENV_COUNT(lens); j++)
				expect_one(&k, &prfs[i], lens[j]);
		}
	}
	env_stop();
}
END_TEST

static void kbkdf_of_openssl(const struct prf *prf, const char *mode, uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, (char *)(uintptr_t)mode, 0),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MAC, (char *)(uintptr_t)prf->mac, 0),
		OSSL_PARAM_construct_utf8_string(prf == CMAC ? OSSL_KDF_PARAM_CIPHER : OSSL_KDF_PARAM_DIGEST,
						 (char *)(uintptr_t)prf->name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, base_bytes, sizeof(base_bytes)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, label, sizeof(label) - 1),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, context, sizeof(context) - 1),
		OSSL_PARAM_END,
	};

	ck_assert_int_eq(EVP_KDF_derive(ctx, out, len, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

START_TEST(the_usual_forms_are_openssls)
{
	static const struct prf *const some[] = { SHA256, CMAC };
	CK_ULONG len = 100;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	uint8_t out[100];
	struct kbkdf k;

	env_start();
	for (size_t i = 0; i < ENV_COUNT(some); i++) {
		usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(some[i]));
		set_prf(&k, some[i]->mechanism);
		k.d.templ = templ;
		k.d.count = 1;
		kbkdf_of_openssl(some[i], "counter", out, sizeof(out));
		env_expect_value(env_derived(&k.d), out, sizeof(out));
		/* OpenSSL's feedback mode has a counter. */
		usual(&k, CKM_SP800_108_FEEDBACK_KDF, k.d.base);
		set_prf(&k, some[i]->mechanism);
		k.d.templ = templ;
		k.d.count = 1;
		memmove(&k.data[2], &k.data[1], 4 * sizeof(k.data[0]));
		k.data[1] = counter_of(&k, CK_SP800_108_COUNTER);
		set_counts(&k, 6, 0);
		kbkdf_of_openssl(some[i], "feedback", out, sizeof(out));
		env_expect_value(env_derived(&k.d), out, sizeof(out));
	}
	env_stop();
}
END_TEST

START_TEST(counters_and_lengths_have_any_width_and_either_order_of_bytes)
{
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		usual(&k, mechanisms[m], base_of(SHA256));
		if (mechanisms[m] != CKM_SP800_108_COUNTER_KDF) {
			k.data[5] = counter_of(&k, CK_SP800_108_COUNTER);
			set_counts(&k, 6, 0);
		}
		for (CK_ULONG bits = 8; bits <= 64; bits += 8) {
			for (CK_BBOOL little = CK_FALSE; little <= CK_TRUE; little++) {
				k.counter = (CKI_SP800_108_COUNTER_FORMAT){ little, bits };
				k.length.bLittleEndian = !little;
				k.length.ulWidthInBits = 72 - bits;
				expect_one(&k, SHA256, bits == 64 ? 31 : 100);
			}
		}
	}
	env_stop();
}
END_TEST

START_TEST(fields_stand_in_any_order_and_bytes_any_number_of_times)
{
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		for (size_t at = 0; at < 5; at++) {
			CKI_PRF_DATA_PARAM variable;

			usual(&k, mechanisms[m], base_of(SHA256));
			variable = k.data[0];
			memmove(&k.data[0], &k.data[1], at * sizeof(k.data[0]));
			k.data[at] = variable;
			expect_one(&k, SHA256, 70);
		}
		/* SCP03's: label || 00 || length || i || context. */
		k.data[0] = bytes_of(label, 5);
		k.data[1] = bytes_of(zero, 1);
		k.data[2] = length_of(&k);
		k.data[3] = variable_of(&k);
		k.data[4] = bytes_of(context, 7);
		expect_one(&k, SHA256, 70);
		/* The variable alone. */
		k.data[0] = variable_of(&k);
		set_counts(&k, 1, 0);
		expect_one(&k, SHA256, 70);
		for (size_t i = 1; i < 32; i++)
			k.data[i] = bytes_of(label, 1 + i % 5);
		set_counts(&k, 32, 0);
		expect_one(&k, SHA256, 70);
		k.data[32] = bytes_of(label, 1);
		set_counts(&k, 33, 0);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	}
	env_stop();
}
END_TEST

START_TEST(feedback_begins_with_the_initial_value)
{
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_FEEDBACK_KDF, base_of(SHA256));
	memset(iv, 0x49, sizeof(iv));
	k.feedback.pIV = iv;
	for (k.feedback.ulIVLen = 0; k.feedback.ulIVLen <= sizeof(iv); k.feedback.ulIVLen++)
		expect_one(&k, SHA256, 70);
	k.feedback.pIV = NULL;
	k.feedback.ulIVLen = 1;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	k.feedback.pIV = iv;
	k.feedback.ulIVLen = ~0ul;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	env_stop();
}
END_TEST

START_TEST(the_length_may_be_that_of_the_segments)
{
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		usual(&k, mechanisms[m], base_of(SHA256));
		k.length.dkmLengthMethod = CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS;
		expect_one(&k, SHA256, 1);
		expect_one(&k, SHA256, 32);
		expect_one(&k, SHA256, 33);
	}
	env_stop();
}
END_TEST

static CKI_PRF_DATA_PARAM key_of(CK_OBJECT_HANDLE *handle)
{
	return (CKI_PRF_DATA_PARAM){ CK_SP800_108_KEY_HANDLE, handle, sizeof(*handle) };
}

/* The bytes of a key are what an array of the same bytes is. */
START_TEST(keys_may_stand_among_the_fields)
{
	CK_ULONG len = 100;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_OBJECT_HANDLE other[2];
	uint8_t out[100];
	struct kbkdf k;

	env_start();
	for (size_t i = 0; i < 2; i++)
		for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
			const struct prf *prf = i == 0 ? SHA256 : CMAC;

			usual(&k, mechanisms[m], base_of(prf));
			set_prf(&k, prf->mechanism);
			compute(&k, prf, 800, out, sizeof(out));
			other[0] = env_import(CKK_GENERIC_SECRET, label, sizeof(label) - 1);
			other[1] = env_import(CKK_SHA256_HMAC, context, sizeof(context) - 1);
			k.data[1] = key_of(&other[0]);
			k.data[3] = key_of(&other[1]);
			k.d.templ = templ;
			k.d.count = 1;
			env_expect_value(env_derived(&k.d), out, sizeof(out));
			/* The same key any number of times, and the base key itself. */
			for (size_t j = 1; j < 32; j++)
				k.data[j] = key_of(j % 2 == 0 ? &other[0] : &k.d.base);
			set_counts(&k, 32, 0);
			(void)env_derived(&k.d);
		}
	env_stop();
}
END_TEST

START_TEST(a_key_among_the_fields_must_derive)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_ATTRIBUTE no_derive = FLAG(CKA_DERIVE, no);
	CK_OBJECT_HANDLE other = 0;
	struct kbkdf k;

	env_start_logged_in();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	k.d.templ = templ;
	k.d.count = 1;
	k.data[1] = key_of(&other);
	env_refuse(CKR_KEY_HANDLE_INVALID, &k.d);
	other = ~0ul;
	env_refuse(CKR_KEY_HANDLE_INVALID, &k.d);
	other = env.key;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &k.d);
	other = env_import(CKK_GENERIC_SECRET, label, 5);
	(void)env_derived(&k.d);
	k.data[1].ulValueLen--;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	k.data[1] = (CKI_PRF_DATA_PARAM){ CK_SP800_108_KEY_HANDLE, NULL, sizeof(other) };
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	k.data[1] = key_of(&other);
	env_ok(env.f->C_SetAttributeValue(env.session, other, &no_derive, 1));
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &k.d);
	env_ok(env.f->C_DestroyObject(env.session, other));
	env_refuse(CKR_KEY_HANDLE_INVALID, &k.d);
	env_stop();
}
END_TEST

/* ---- what is refused -------------------------------------------------------------------------------- */

static void refuse_with(struct kbkdf *k, size_t i, CKI_PRF_DATA_PARAM param)
{
	const CKI_PRF_DATA_PARAM before = k->data[i];

	k->data[i] = param;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k->d);
	k->data[i] = before;
}

START_TEST(every_member_of_the_parameter_is_checked)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		size_t size;

		usual(&k, mechanisms[m], base_of(SHA256));
		k.d.templ = templ;
		k.d.count = 1;
		size = k.d.param_len;
		(void)env_derived(&k.d);
		for (k.d.param_len = 0; k.d.param_len <= size + 1; k.d.param_len++)
			if (k.d.param_len != size)
				env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.d.param_len = size;
		set_prf(&k, CKM_SHA256);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_prf(&k, CKM_MD5_HMAC);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_prf(&k, CKM_DES3_CMAC);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_prf(&k, ~0ul);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_prf(&k, CKM_SHA256_HMAC);
		set_counts(&k, 0, 0);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_counts(&k, ~0ul, 0);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_counts(&k, 5, 0);
		k.plain.pDataParams = k.feedback.pDataParams = NULL;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.plain.pDataParams = k.feedback.pDataParams = k.data;
		k.d.param = NULL;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	}
	env_stop();
}
END_TEST

START_TEST(every_field_is_checked)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		usual(&k, mechanisms[m], base_of(SHA256));
		k.d.templ = templ;
		k.d.count = 1;
		refuse_with(&k, 1, bytes_of(NULL, 5));
		refuse_with(&k, 1, bytes_of(label, 0));
		refuse_with(&k, 1, bytes_of(label, ~0ul));
		refuse_with(&k, 1, variable_of(&k)); /* twice */
		refuse_with(&k, 1, length_of(&k));
		refuse_with(&k, 0, bytes_of(label, 5)); /* not at all */
		refuse_with(&k, 1, (CKI_PRF_DATA_PARAM){ 0, label, 5 });
		refuse_with(&k, 1, (CKI_PRF_DATA_PARAM){ 6, label, 5 });
		refuse_with(&k, 1, (CKI_PRF_DATA_PARAM){ ~0ul, label, 5 });
		refuse_with(&k, 4, (CKI_PRF_DATA_PARAM){ CK_SP800_108_DKM_LENGTH, NULL, sizeof(k.length) });
		refuse_with(&k, 4, (CKI_PRF_DATA_PARAM){ CK_SP800_108_DKM_LENGTH, &k.length, sizeof(k.length) - 1 });
		refuse_with(&k, 4, (CKI_PRF_DATA_PARAM){ CK_SP800_108_DKM_LENGTH, NULL, 0 });
	}
	env_stop();
}
END_TEST

START_TEST(formats_that_are_none_are_refused)
{
	static const CK_ULONG widths[] = { 0, 1, 7, 9, 31, 33, 65, 72, ~0ul };
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		usual(&k, mechanisms[m], base_of(SHA256));
		k.d.templ = templ;
		k.d.count = 1;
		if (mechanisms[m] != CKM_SP800_108_COUNTER_KDF) {
			k.data[5] = counter_of(&k, CK_SP800_108_COUNTER);
			set_counts(&k, 6, 0);
		}
		for (size_t i = 0; i < ENV_COUNT(widths); i++) {
			k.counter.ulWidthInBits = widths[i];
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
			k.counter.ulWidthInBits = 32;
			k.length.ulWidthInBits = widths[i];
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
			k.length.ulWidthInBits = 32;
		}
		k.counter.bLittleEndian = 2;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.counter.bLittleEndian = CK_FALSE;
		k.length.bLittleEndian = 2;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.length.bLittleEndian = CK_FALSE;
		for (k.length.dkmLengthMethod = 0; k.length.dkmLengthMethod < 4; k.length.dkmLengthMethod += 3)
			env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.length.dkmLengthMethod = ~0ul;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	}
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.42.3 to 6.42.5: the counter is counter mode's variable, and one among the others' fields. */
START_TEST(each_mode_has_its_own_variable)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	k.d.templ = templ;
	k.d.count = 1;
	refuse_with(&k, 1, counter_of(&k, CK_SP800_108_COUNTER));
	refuse_with(&k, 0, (CKI_PRF_DATA_PARAM){ CK_SP800_108_ITERATION_VARIABLE, NULL, 0 });
	refuse_with(&k, 0, (CKI_PRF_DATA_PARAM){ CK_SP800_108_ITERATION_VARIABLE, &k.counter, 1 });
	for (size_t m = 1; m < ENV_COUNT(mechanisms); m++) {
		usual(&k, mechanisms[m], k.d.base);
		k.d.templ = templ;
		k.d.count = 1;
		refuse_with(&k, 0, counter_of(&k, CK_SP800_108_ITERATION_VARIABLE));
		refuse_with(&k, 0, counter_of(&k, CK_SP800_108_COUNTER));
		k.data[5] = k.data[6] = counter_of(&k, CK_SP800_108_COUNTER);
		set_counts(&k, 6, 0);
		(void)env_derived(&k.d);
		set_counts(&k, 7, 0);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	}
	env_stop();
}
END_TEST

START_TEST(counters_do_not_wrap_and_lengths_fit)
{
	CK_ULONG len;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	k.d.templ = templ;
	k.d.count = 1;
	k.counter.ulWidthInBits = 8;
	len = 255 * 32;
	(void)env_derived(&k.d);
	len++;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &k.d);
	len = ~0ul;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &k.d);
	k.counter.ulWidthInBits = 16;
	len = 255 * 32 + 1;
	(void)env_derived(&k.d);
	k.length.ulWidthInBits = 8;
	len = 31;
	(void)env_derived(&k.d);
	k.length.dkmLengthMethod = CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	len = 32;
	k.length.dkmLengthMethod = CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS;
	env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	env_stop();
}
END_TEST

START_TEST(unaligned_parameters_are_read)
{
	CK_ULONG len = 40;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	uint8_t params_space[sizeof(CKI_SP800_108_KDF_PARAMS) + 1];
	uint8_t data_space[5 * sizeof(CKI_PRF_DATA_PARAM) + 1];
	uint8_t counter_space[sizeof(CKI_SP800_108_COUNTER_FORMAT) + 1];
	uint8_t out[40];
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	compute(&k, SHA256, 320, out, sizeof(out));
	k.d.templ = templ;
	k.d.count = 1;
	memcpy(counter_space + 1, &k.counter, sizeof(k.counter));
	k.data[0].pValue = counter_space + 1;
	memcpy(data_space + 1, k.data, 5 * sizeof(k.data[0]));
	memset(k.data, 0xff, sizeof(k.data));
	k.plain.pDataParams = (CKI_PRF_DATA_PARAM *)(uintptr_t)(data_space + 1);
	memcpy(params_space + 1, &k.plain, sizeof(k.plain));
	k.d.param = params_space + 1;
	env_expect_value(env_derived(&k.d), out, sizeof(out));
	env_stop();
}
END_TEST

START_TEST(base_keys_are_any_secret_keys_and_aes_keys_for_cmac)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len) };
	CK_ATTRIBUTE no_derive = FLAG(CKA_DERIVE, no);
	struct kbkdf k;

	env_start_logged_in();
	usual(&k, CKM_SP800_108_COUNTER_KDF, env_import(CKK_SHA256_HMAC, "1", 1));
	k.d.templ = templ;
	k.d.count = 1;
	(void)env_derived(&k.d);
	k.d.base = env_import(CKK_AES, base_bytes, 16);
	(void)env_derived(&k.d);
	set_prf(&k, CKM_AES_CMAC);
	(void)env_derived(&k.d);
	env_ok(env.f->C_SetAttributeValue(env.session, k.d.base, &no_derive, 1));
	env_refuse(CKR_KEY_FUNCTION_NOT_PERMITTED, &k.d);
	k.d.base = env_import(CKK_GENERIC_SECRET, base_bytes, 16);
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &k.d);
	k.d.base = env.key;
	env_refuse(CKR_KEY_TYPE_INCONSISTENT, &k.d);
	k.d.base = 0;
	env_refuse(CKR_KEY_HANDLE_INVALID, &k.d);
	env_stop();
}
END_TEST

/* The length may be derived from: it is not guessed. */
START_TEST(a_length_is_said_by_the_template_or_by_the_type)
{
	CK_ATTRIBUTE templ[] = { TYPE(generic) };
	uint8_t out[32];
	uint8_t got[24];
	CK_OBJECT_HANDLE key;
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	k.d.templ = templ;
	env_refuse(CKR_TEMPLATE_INCOMPLETE, &k.d);
	k.d.count = 1;
	env_refuse(CKR_TEMPLATE_INCOMPLETE, &k.d);
	templ[0] = (CK_ATTRIBUTE)TYPE(aes);
	compute(&k, SHA256, 256, out, sizeof(out));
	env_expect_value(env_derived(&k.d), out, sizeof(out));
	templ[0] = (CK_ATTRIBUTE)TYPE(des3);
	compute(&k, SHA256, 192, out, 24);
	key = env_derived(&k.d);
	ck_assert_uint_eq(env_attribute(key, CKA_VALUE, got, sizeof(got)), 24);
	for (size_t i = 0; i < sizeof(got); i++) {
		ck_assert_int_eq(__builtin_parity(got[i]), 1);
		ck_assert_uint_eq(got[i] & 0xfe, out[i] & 0xfe);
	}
	env_stop();
}
END_TEST

/* PKCS#11 3.2 6.42.7 */
START_TEST(what_the_template_does_not_say_is_as_in_the_base_key)
{
	static const struct {
		bool sensitive;
		bool extractable;
		const char *silent;
		const char *open;
		const char *closed;
	} rows[] = {
		{ false, true, "sEan", "sEan", "Sean" },
		{ true, true, "SEAn", "sEan", "SeAn" },
		{ false, false, "seaN", "sEan", "SeaN" },
		{ true, false, "SeAN", "sEan", "SeAN" },
	};
	CK_ULONG len = 32;
	CK_ATTRIBUTE open[] = { LEN(len), FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	CK_ATTRIBUTE closed[] = { LEN(len), FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		for (size_t i = 0; i < ENV_COUNT(rows); i++) {
			usual(&k, mechanisms[m], env_generate(32, rows[i].sensitive, rows[i].extractable));
			k.d.templ = open;
			k.d.count = 1;
			env_expect_flags(env_derived(&k.d), rows[i].silent);
			if (rows[i].sensitive)
				env_expect_hidden(env_derived(&k.d));
			k.d.count = 3;
			env_expect_flags(env_derived(&k.d), rows[i].open);
			k.d.templ = closed;
			env_expect_flags(env_derived(&k.d), rows[i].closed);
		}
	}
	env_stop();
}
END_TEST

/* The base key alone says what is missing; any of the keys says what is remembered. */
START_TEST(keys_among_the_fields_are_remembered_too)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE templ[] = { LEN(len), FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no) };
	CK_OBJECT_HANDLE other;
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, env_generate(32, false, true));
	other = env_generate(32, true, false);
	k.data[1] = key_of(&other);
	k.d.templ = templ;
	k.d.count = 1;
	env_expect_flags(env_derived(&k.d), "sEan");
	k.d.count = 3;
	env_expect_flags(env_derived(&k.d), "SeAN");
	env_stop();
}
END_TEST

/* ---- several keys ----------------------------------------------------------------------------------- */

/* The standard's example (6.42.6), and a DES key: 48, 16 and 24 bytes, each from a segment of its own. */
START_TEST(each_key_begins_with_a_segment_of_its_own)
{
	CK_ULONG first_len = 48;
	CK_ULONG second_len = 16;
	CK_ATTRIBUTE first[] = { LEN(first_len) };
	CK_ATTRIBUTE second[] = { LEN(second_len), TYPE(aes) };
	CK_ATTRIBUTE third[] = { TYPE(des3) };
	CK_OBJECT_HANDLE handles[2];
	CK_OBJECT_HANDLE key;
	uint8_t out[128];
	uint8_t got[24];
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		for (CK_ULONG method = 1; method <= 2; method++) {
			usual(&k, mechanisms[m], base_of(SHA256));
			k.length.dkmLengthMethod = method;
			k.d.templ = first;
			k.d.count = 1;
			k.more[0] = (CKI_DERIVED_KEY){ second, 2, &handles[0] };
			k.more[1] = (CKI_DERIVED_KEY){ third, 1, &handles[1] };
			set_counts(&k, 5, 2);
			compute(&k, SHA256, 8 * (method == 1 ? 48 + 16 + 24 : 64 + 32 + 32), out, sizeof(out));
			key = env_derived(&k.d);
			env_expect_value(key, out, 48);
			env_expect_value(handles[0], out + 64, 16);
			ck_assert_uint_eq(env_number(handles[0], CKA_KEY_TYPE), CKK_AES);
			ck_assert_uint_eq(env_attribute(handles[1], CKA_VALUE, got, sizeof(got)), 24);
			for (size_t i = 0; i < sizeof(got); i++)
				ck_assert_uint_eq(got[i] & 0xfe, out[96 + i] & 0xfe);
			ck_assert_uint_ne(key, handles[0]);
			ck_assert_uint_ne(handles[0], handles[1]);
		}
	}
	/* The base keys and what was derived, and nothing that all of it was cut from. */
	ck_assert_uint_eq(env_count(CKO_SECRET_KEY), ENV_COUNT(mechanisms) * 2 * (1 + 3));
	env_stop();
}
END_TEST

START_TEST(additional_keys_follow_the_same_rules)
{
	CK_ULONG len = 32;
	CK_ATTRIBUTE silent[] = { LEN(len) };
	CK_ATTRIBUTE open[] = { LEN(len), FLAG(CKA_SENSITIVE, no), FLAG(CKA_EXTRACTABLE, yes) };
	CK_OBJECT_HANDLE handles[2];
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, env_generate(32, true, false));
	k.d.templ = silent;
	k.d.count = 1;
	k.more[0] = (CKI_DERIVED_KEY){ silent, 1, &handles[0] };
	k.more[1] = (CKI_DERIVED_KEY){ open, 3, &handles[1] };
	set_counts(&k, 5, 2);
	env_expect_flags(env_derived(&k.d), "SeAN");
	env_expect_flags(handles[0], "SeAN");
	env_expect_hidden(handles[0]);
	env_expect_flags(handles[1], "sEan");
	env_stop();
}
END_TEST

START_TEST(a_wrong_template_names_itself_and_leaves_no_key)
{
	CK_ULONG len = 32;
	CK_ULONG wrong_len = 17;
	CK_ATTRIBUTE good[] = { LEN(len) };
	CK_ATTRIBUTE wrong[] = { LEN(wrong_len), TYPE(aes) };
	CK_ATTRIBUTE incomplete[] = { TYPE(generic) };
	CK_ATTRIBUTE to_token[] = { LEN(len), FLAG(CKA_TOKEN, yes) };
	CK_OBJECT_HANDLE handles[3] = { 71, 72, 73 };
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	k.d.templ = good;
	k.d.count = 1;
	for (size_t i = 0; i < 3; i++)
		k.more[i] = (CKI_DERIVED_KEY){ good, 1, &handles[i] };
	k.more[1] = (CKI_DERIVED_KEY){ wrong, 2, &handles[1] };
	set_counts(&k, 5, 3);
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &k.d);
	ck_assert_uint_eq(handles[0], 71);
	ck_assert_uint_eq(handles[1], CK_INVALID_HANDLE);
	ck_assert_uint_eq(handles[2], 73);
	handles[1] = 72;
	k.more[1] = (CKI_DERIVED_KEY){ incomplete, 1, &handles[1] };
	env_refuse(CKR_TEMPLATE_INCOMPLETE, &k.d);
	ck_assert_uint_eq(handles[1], CK_INVALID_HANDLE);
	k.more[1] = (CKI_DERIVED_KEY){ to_token, 2, &handles[1] };
	env_refuse(CKR_SESSION_READ_ONLY, &k.d);
	handles[1] = 72;
	k.more[1] = (CKI_DERIVED_KEY){ NULL, 0, &handles[1] };
	env_refuse(CKR_TEMPLATE_INCOMPLETE, &k.d);
	ck_assert_uint_eq(handles[1], CK_INVALID_HANDLE);
	/* The first key's own template is none of theirs. */
	handles[1] = 72;
	k.more[1] = (CKI_DERIVED_KEY){ good, 1, &handles[1] };
	k.d.templ = wrong;
	k.d.count = 2;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &k.d);
	ck_assert_uint_eq(handles[0], 71);
	ck_assert_uint_eq(handles[1], 72);
	ck_assert_uint_eq(handles[2], 73);
	env_stop();
}
END_TEST

START_TEST(the_array_of_keys_is_checked)
{
	CK_ULONG len = 16;
	CK_ATTRIBUTE good[] = { LEN(len) };
	CK_OBJECT_HANDLE handles[70];
	struct kbkdf k;

	env_start();
	for (size_t m = 0; m < ENV_COUNT(mechanisms); m++) {
		usual(&k, mechanisms[m], base_of(SHA256));
		k.d.templ = good;
		k.d.count = 1;
		for (size_t i = 0; i < 65; i++)
			k.more[i] = (CKI_DERIVED_KEY){ good, 1, &handles[i] };
		set_counts(&k, 5, 64);
		(void)env_derived(&k.d);
		set_counts(&k, 5, 65);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_counts(&k, 5, ~0ul);
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		set_counts(&k, 5, 2);
		k.more[1].phKey = NULL;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.more[1] = (CKI_DERIVED_KEY){ NULL, 1, &handles[1] };
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
		k.plain.pAdditionalDerivedKeys = k.feedback.pAdditionalDerivedKeys = NULL;
		env_refuse(CKR_MECHANISM_PARAM_INVALID, &k.d);
	}
	env_stop();
}
END_TEST

/* A counter of 8 bits counts 255 segments, whoever's they are. */
START_TEST(several_keys_share_the_rounds_there_are)
{
	CK_ULONG first_len = 254 * 32 - 31;
	CK_ULONG second_len = 32;
	CK_ATTRIBUTE first[] = { LEN(first_len) };
	CK_ATTRIBUTE second[] = { LEN(second_len) };
	CK_OBJECT_HANDLE handle = 71;
	struct kbkdf k;

	env_start();
	usual(&k, CKM_SP800_108_COUNTER_KDF, base_of(SHA256));
	k.counter.ulWidthInBits = 8;
	k.d.templ = first;
	k.d.count = 1;
	k.more[0] = (CKI_DERIVED_KEY){ second, 1, &handle };
	set_counts(&k, 5, 1);
	(void)env_derived(&k.d);
	ck_assert_uint_ne(handle, 71);
	second_len = 33;
	handle = 71;
	env_refuse(CKR_ATTRIBUTE_VALUE_INVALID, &k.d);
	ck_assert_uint_eq(handle, 71);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_mode_gives_the_rounds_of_every_prf);
	tcase_add_test(tc, the_usual_forms_are_openssls);
	tcase_add_test(tc, counters_and_lengths_have_any_width_and_either_order_of_bytes);
	tcase_add_test(tc, fields_stand_in_any_order_and_bytes_any_number_of_times);
	tcase_add_test(tc, feedback_begins_with_the_initial_value);
	tcase_add_test(tc, the_length_may_be_that_of_the_segments);
	tcase_add_test(tc, keys_may_stand_among_the_fields);
	tcase_add_test(tc, a_key_among_the_fields_must_derive);
	tcase_add_test(tc, every_member_of_the_parameter_is_checked);
	tcase_add_test(tc, every_field_is_checked);
	tcase_add_test(tc, formats_that_are_none_are_refused);
	tcase_add_test(tc, each_mode_has_its_own_variable);
	tcase_add_test(tc, counters_do_not_wrap_and_lengths_fit);
	tcase_add_test(tc, unaligned_parameters_are_read);
	tcase_add_test(tc, base_keys_are_any_secret_keys_and_aes_keys_for_cmac);
	tcase_add_test(tc, a_length_is_said_by_the_template_or_by_the_type);
	tcase_add_test(tc, what_the_template_does_not_say_is_as_in_the_base_key);
	tcase_add_test(tc, keys_among_the_fields_are_remembered_too);
	tcase_add_test(tc, each_key_begins_with_a_segment_of_its_own);
	tcase_add_test(tc, additional_keys_follow_the_same_rules);
	tcase_add_test(tc, a_wrong_template_names_itself_and_leaves_no_key);
	tcase_add_test(tc, the_array_of_keys_is_checked);
	tcase_add_test(tc, several_keys_share_the_rounds_there_are);
}

TEST_MAIN("pkcs11/derive_sp800_108", add)
