/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_hash.h"
#include "minidriver/kdf.h"
#include "minidriver/wide.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define KEY_MAX 512u

static uint8_t z[66];
static size_t z_len;
static struct harness_base agreement; /* on P-256: its Z can be an AES key, too */
static struct harness_base key;

static void set_up(void)
{
	harness_open();
	agreement = HARNESS_INDEX(harness_agree(0));
	z_len = fake_own_z(0, z);
	key = HARNESS_KEY(harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(z, z_len)));
}

static void both_give(LPCWSTR kdf, struct harness_list *list, struct span expected)
{
	harness_gives(agreement, kdf, list, expected);
	harness_gives(key, kdf, list, expected);
}

static void both_refuse(LPCWSTR kdf, struct harness_list *list)
{
	ck_assert_code(harness_refuses(agreement, kdf, list), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_refuses(key, kdf, list), SCARD_E_INVALID_PARAMETER);
}

/* ---- the function by its definition ----------------------------------------------------------------- */

static uint8_t joined[4096];
static size_t joined_len;

static void join(const void *bytes, size_t len)
{
	ck_assert_uint_le(joined_len + len, sizeof(joined));
	if (len != 0)
		memcpy(joined + joined_len, bytes, len);
	joined_len += len;
}

/* PRF(Z, joined); hash NULL: AES-CMAC. */
static size_t prf(const struct hash *hash, uint8_t ret_result[64])
{
	OSSL_PARAM cipher[] = { OSSL_PARAM_construct_utf8_string("cipher", (char *)(uintptr_t) "AES-256-CBC", 0),
				OSSL_PARAM_END };
	size_t len = 0;

	ck_assert_ptr_nonnull(EVP_Q_mac(ossl_context(), hash != NULL ? "HMAC" : "CMAC", NULL,
					hash != NULL ? hash->ossl : NULL, hash != NULL ? NULL : cipher, z, z_len, joined,
					joined_len, ret_result, 64, &len));
	return len;
}

struct field {
	ULONG type;
	struct span bytes;
};

struct form {
	const struct hash *hash;
	CARD_EXT_KDF_COUNTER counter;
	struct span iv;
	struct field fields[4];
	size_t field_count;
};

static void join_counter(CARD_EXT_KDF_COUNTER counter, uint64_t number)
{
	for (DWORD i = 0; i < counter.cbWidth; i++) {
		const DWORD shift = counter.fLittleEndian ? i : counter.cbWidth - 1 - i;
		const uint8_t byte = (uint8_t)(number >> 8 * shift);

		join(&byte, 1);
	}
}

static void join_fields(const struct form *form, uint64_t number, struct span chain)
{
	joined_len = 0;
	for (size_t i = 0; i < form->field_count; i++) {
		const struct field *field = &form->fields[i];

		if (field->type == CARD_EXT_KDF_FIELD_COUNTER)
			join_counter(form->counter, number);
		else if (field->type == CARD_EXT_KDF_FIELD_CHAIN)
			join(chain.data, chain.len);
		else
			join(field->bytes.data, field->bytes.len);
	}
}

static void join_fixed(const struct form *form)
{
	joined_len = 0;
	for (size_t i = 0; i < form->field_count; i++)
		join(form->fields[i].bytes.data, form->fields[i].bytes.len);
}

static void by_definition(LPCWSTR kdf, const struct form *form, uint8_t ret_key[KEY_MAX], size_t len)
{
	const bool pipeline = wide_equal(kdf, CARD_EXT_KDF_SP800_108_PIPELINE);
	uint8_t result[64];
	uint8_t a[64];
	struct span chain = form->iv;

	for (size_t at = 0, i = 1, prf_len = 0; at < len; at += prf_len, i++) {
		if (pipeline) {
			if (i == 1) {
				join_fixed(form);
			} else {
				joined_len = 0;
				join(a, prf_len);
			}
			chain = span_of(a, prf(form->hash, a));
		}
		join_fields(form, i, chain);
		prf_len = prf(form->hash, result);
		if (!pipeline)
			chain = span_of(result, prf_len);
		memcpy(ret_key + at, result, len - at < prf_len ? len - at : prf_len);
	}
}

static void fill(const struct form *form, struct harness_list *list)
{
	if (form->hash != NULL)
		harness_name(list, form->hash->name);
	for (size_t i = 0; i < form->field_count; i++) {
		const struct field *field = &form->fields[i];
		const bool counter = field->type == CARD_EXT_KDF_FIELD_COUNTER;

		harness_param(list, field->type, counter ? (const void *)&form->counter : field->bytes.data,
			      counter ? sizeof(form->counter) : field->bytes.len);
	}
	if (form->iv.len != 0)
		harness_param(list, CARD_EXT_KDF_IV, form->iv.data, form->iv.len);
}

static void check_form(LPCWSTR kdf, const struct form *form, size_t len)
{
	const DWORD bits = (DWORD)(8 * len);
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t expected[KEY_MAX];

	harness_dword(&list, KDF_KEYBITLENGTH, &bits);
	fill(form, &list);
	by_definition(kdf, form, expected, len);
	both_give(kdf, &list, span_of(expected, len));
}

#define BYTES(text) { CARD_EXT_KDF_FIELD_BYTES, { (const uint8_t *)(text), sizeof(text) - 1 } }
#define COUNTER { CARD_EXT_KDF_FIELD_COUNTER, { NULL, 0 } }
#define CHAIN { CARD_EXT_KDF_FIELD_CHAIN, { NULL, 0 } }

/* ---- fields in any order ---------------------------------------------------------------------------- */

static const struct {
	struct field fields[4];
	size_t count;
} orders[] = {
	{ { COUNTER }, 1 },
	{ { COUNTER, BYTES("fixed input") }, 2 },
	{ { BYTES("fixed input"), COUNTER }, 2 },
	{ { BYTES("before"), COUNTER, BYTES("after") }, 3 },
	{ { BYTES("a"), BYTES(""), COUNTER, BYTES("bb") }, 4 },
	{ { CHAIN }, 1 },
	{ { CHAIN, BYTES("fixed input") }, 2 },
	{ { BYTES("fixed input"), CHAIN }, 2 },
	{ { CHAIN, COUNTER, BYTES("fixed input") }, 3 },
	{ { COUNTER, CHAIN, BYTES("fixed input") }, 3 },
	{ { BYTES("a"), CHAIN, BYTES("b"), COUNTER }, 4 },
	{ { COUNTER, BYTES("a"), BYTES("b"), CHAIN }, 4 },
};

static bool has(size_t order, ULONG type)
{
	for (size_t i = 0; i < orders[order].count; i++) {
		if (orders[order].fields[i].type == type)
			return true;
	}
	return false;
}

static struct form form_of(size_t order)
{
	struct form form = { .hash = hash_of(HASH_SHA256), .counter = { .cbWidth = 4 },
			     .field_count = orders[order].count };

	memcpy(form.fields, orders[order].fields, sizeof(form.fields));
	return form;
}

START_TEST(the_fields_are_fed_in_list_order)
{
	static const size_t lens[] = { 1, 32, 33, 64, 100, 300 };

	for (size_t order = 0; order < ARRAY_COUNT(orders); order++) {
		struct form form = form_of(order);

		for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
			if (!has(order, CARD_EXT_KDF_FIELD_CHAIN)) {
				check_form(CARD_EXT_KDF_SP800_108_COUNTER, &form, lens[i]);
				continue;
			}
			form.iv = SPAN_EMPTY;
			check_form(CARD_EXT_KDF_SP800_108_PIPELINE, &form, lens[i]);
			check_form(CARD_EXT_KDF_SP800_108_FEEDBACK, &form, lens[i]);
			form.iv = span_of("an initial value of any length", 30);
			check_form(CARD_EXT_KDF_SP800_108_FEEDBACK, &form, lens[i]);
		}
	}
}
END_TEST

START_TEST(a_counter_has_one_to_eight_bytes_of_either_order)
{
	for (DWORD width = 1; width <= 8; width++) {
		for (BOOL little = 0; little <= 1; little++) {
			struct form counter = form_of(3);
			struct form chain = form_of(8);

			counter.counter = (CARD_EXT_KDF_COUNTER){ .cbWidth = width, .fLittleEndian = little };
			chain.counter = counter.counter;
			check_form(CARD_EXT_KDF_SP800_108_COUNTER, &counter, 100);
			check_form(CARD_EXT_KDF_SP800_108_FEEDBACK, &chain, 100);
			check_form(CARD_EXT_KDF_SP800_108_PIPELINE, &chain, 100);
		}
	}
}
END_TEST

START_TEST(each_hash_and_aes_cmac_is_a_prf)
{
	for (unsigned id = HASH_MD5; id <= HASH_SHA512_256 + 1; id++) {
		struct form counter = form_of(1);
		struct form chain = form_of(8);

		counter.hash = id <= HASH_SHA512_256 ? hash_of((enum hash_id)id) : NULL;
		chain.hash = counter.hash;
		for (size_t len = 1; len <= 300; len += 23) {
			check_form(CARD_EXT_KDF_SP800_108_COUNTER, &counter, len);
			check_form(CARD_EXT_KDF_SP800_108_FEEDBACK, &chain, len);
			check_form(CARD_EXT_KDF_SP800_108_PIPELINE, &chain, len);
		}
	}
}
END_TEST

START_TEST(each_length_up_to_three_results_is_a_beginning_of_the_longest)
{
	struct form form = form_of(8);

	form.hash = NULL;
	for (size_t len = 1; len <= 48; len++) {
		check_form(CARD_EXT_KDF_SP800_108_FEEDBACK, &form, len);
		check_form(CARD_EXT_KDF_SP800_108_PIPELINE, &form, len);
	}
}
END_TEST

START_TEST(without_a_length_it_is_one_result)
{
	for (unsigned mac = 0; mac <= 1; mac++) {
		struct harness_list counter = { .desc = { .cBuffers = 0 } };
		struct harness_list chain = { .desc = { .cBuffers = 0 } };
		struct form form = form_of(1);
		uint8_t expected[KEY_MAX];

		form.hash = mac != 0 ? NULL : hash_of(HASH_SHA1);
		fill(&form, &counter);
		by_definition(CARD_EXT_KDF_SP800_108_COUNTER, &form, expected, mac != 0 ? 16 : 20);
		both_give(CARD_EXT_KDF_SP800_108_COUNTER, &counter, span_of(expected, mac != 0 ? 16 : 20));
		form.fields[0] = (struct field)CHAIN;
		fill(&form, &chain);
		by_definition(CARD_EXT_KDF_SP800_108_PIPELINE, &form, expected, mac != 0 ? 16 : 20);
		both_give(CARD_EXT_KDF_SP800_108_PIPELINE, &chain, span_of(expected, mac != 0 ? 16 : 20));
	}
}
END_TEST

START_TEST(any_number_of_byte_fields_is_taken)
{
	struct harness_list many = { .desc = { .cBuffers = 0 } };
	struct harness_list one = { .desc = { .cBuffers = 0 } };
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 2 };
	uint8_t expected[64];
	uint8_t numbers[38];

	harness_name(&many, BCRYPT_SHA256_ALGORITHM);
	harness_param(&many, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	for (size_t i = 0; i < sizeof(numbers); i++) {
		numbers[i] = (uint8_t)i;
		harness_param(&many, CARD_EXT_KDF_FIELD_BYTES, &numbers[i], 1);
	}
	harness_name(&one, BCRYPT_SHA256_ALGORITHM);
	harness_param(&one, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	harness_param(&one, CARD_EXT_KDF_FIELD_BYTES, numbers, sizeof(numbers));
	joined_len = 0;
	join("\0\1", 2);
	join(numbers, sizeof(numbers));
	ck_assert_uint_eq(prf(hash_of(HASH_SHA256), expected), 32);
	both_give(CARD_EXT_KDF_SP800_108_COUNTER, &many, span_of(expected, 32));
	both_give(CARD_EXT_KDF_SP800_108_COUNTER, &one, span_of(expected, 32));
}
END_TEST

/* ---- a second opinion ------------------------------------------------------------------------------- */

struct kbkdf {
	const char *mode;
	const struct hash *hash; /* NULL: AES-CMAC */
	struct span secret;
	struct span label;
	struct span context;
	struct span seed;
};

static OSSL_PARAM octets(const char *name, struct span bytes)
{
	static uint8_t nothing;

	return OSSL_PARAM_construct_octet_string(name, bytes.len != 0 ? (void *)(uintptr_t)bytes.data : &nothing,
						 bytes.len);
}

static OSSL_PARAM text_of(const char *name, const char *text)
{
	return OSSL_PARAM_construct_utf8_string(name, (char *)(uintptr_t)text, 0);
}

/* [chain] || counter of 32 bits || label || 00 || context || L */
static void openssl_kbkdf(const struct kbkdf *kbkdf, uint8_t *ret_key, size_t len)
{
	static const char *const ciphers[] = { [16] = "AES-128-CBC", [24] = "AES-192-CBC", [32] = "AES-256-CBC" };
	OSSL_PARAM params[] = {
		text_of("mac", kbkdf->hash != NULL ? "HMAC" : "CMAC"),
		kbkdf->hash != NULL ? text_of("digest", kbkdf->hash->ossl)
				    : text_of("cipher", ciphers[kbkdf->secret.len]),
		text_of("mode", kbkdf->mode),
		octets("key", kbkdf->secret),
		octets("salt", kbkdf->label),
		octets("info", kbkdf->context),
		octets("seed", kbkdf->seed),
		OSSL_PARAM_END,
	};
	EVP_KDF *kdf = EVP_KDF_fetch(ossl_context(), "KBKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);

	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(EVP_KDF_derive(context, ret_key, len, params), 1);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

/* OpenSSL's input as fields. */
static void fill_kbkdf(const struct kbkdf *kbkdf, const DWORD *bits, const uint8_t be_bits[4], struct harness_list *list)
{
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 4 };

	if (kbkdf->hash != NULL)
		harness_name(list, kbkdf->hash->name);
	if (strcmp(kbkdf->mode, "feedback") == 0) {
		harness_param(list, CARD_EXT_KDF_FIELD_CHAIN, NULL, 0);
		harness_param(list, CARD_EXT_KDF_IV, kbkdf->seed.data, kbkdf->seed.len);
	}
	harness_param(list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	harness_param(list, CARD_EXT_KDF_FIELD_BYTES, kbkdf->label.data, kbkdf->label.len);
	harness_param(list, CARD_EXT_KDF_FIELD_BYTES, "", 1);
	harness_param(list, CARD_EXT_KDF_FIELD_BYTES, kbkdf->context.data, kbkdf->context.len);
	harness_param(list, CARD_EXT_KDF_FIELD_BYTES, be_bits, 4);
	harness_dword(list, KDF_KEYBITLENGTH, bits);
}

static void check_kbkdf(struct harness_base base, const struct kbkdf *kbkdf, size_t len)
{
	const DWORD bits = (DWORD)(8 * len);
	const uint8_t be_bits[] = { 0, 0, (uint8_t)(bits >> 8), (uint8_t)bits };
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	uint8_t expected[KEY_MAX];
	const bool feedback = strcmp(kbkdf->mode, "feedback") == 0;

	fill_kbkdf(kbkdf, &bits, be_bits, &list);
	openssl_kbkdf(kbkdf, expected, len);
	harness_gives(base, feedback ? CARD_EXT_KDF_SP800_108_FEEDBACK : CARD_EXT_KDF_SP800_108_COUNTER, &list,
		      span_of(expected, len));
}

/* The text's leading bytes are the IV: OpenSSL wants none or one as long as a result. */
static const uint8_t text[64] = { 0x11, 0x22, 0x33 };

START_TEST(openssl_gives_the_same_in_counter_and_feedback_mode)
{
	for (unsigned id = HASH_SHA1; id <= HASH_SHA512_256 + 1; id++) {
		const struct hash *hash = id <= HASH_SHA512_256 ? hash_of((enum hash_id)id) : NULL;
		struct kbkdf kbkdf = { .hash = hash, .secret = span_of(z, z_len), .label = span_of("label", 5),
				       .context = span_of("context", 7) };

		for (size_t len = 1; len <= 200; len += 33) {
			kbkdf.mode = "counter";
			kbkdf.seed = SPAN_EMPTY;
			check_kbkdf(key, &kbkdf, len);
			kbkdf.mode = "feedback";
			check_kbkdf(agreement, &kbkdf, len);
			kbkdf.seed = span_of(text, hash != NULL ? hash->len : 16);
			check_kbkdf(key, &kbkdf, len);
		}
	}
}
END_TEST

START_TEST(aes_cmac_takes_keys_of_the_three_lengths_and_no_others)
{
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 1 };

	for (size_t len = 1; len <= 64; len++) {
		const CARD_KEY_HANDLE other = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(text, len));
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		const struct kbkdf kbkdf = { "counter", NULL, span_of(text, len), SPAN_EMPTY, SPAN_EMPTY, SPAN_EMPTY };

		if (len == 16 || len == 24 || len == 32) {
			check_kbkdf(HARNESS_KEY(other), &kbkdf, 40);
			continue;
		}
		harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
		ck_assert_code(harness_refuses(HARNESS_KEY(other), CARD_EXT_KDF_SP800_108_COUNTER, &list),
			       SCARD_E_INVALID_PARAMETER);
		harness_name(&list, BCRYPT_SHA1_ALGORITHM);
		ck_assert_uint_eq(harness_size(HARNESS_KEY(other), CARD_EXT_KDF_SP800_108_COUNTER, &list), 20);
	}
}
END_TEST

START_TEST(aes_cmac_takes_no_empty_secret_and_none_of_a_larger_curve)
{
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 1 };
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	ck_assert_code(harness_refuses(HARNESS_KEY(0), CARD_EXT_KDF_SP800_108_COUNTER, &list),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_refuses(HARNESS_INDEX(harness_agree(1)), CARD_EXT_KDF_SP800_108_COUNTER, &list),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_refuses(HARNESS_INDEX(harness_agree(2)), CARD_EXT_KDF_SP800_108_COUNTER, &list),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(harness_size(agreement, CARD_EXT_KDF_SP800_108_COUNTER, &list), 16);
}
END_TEST

/* ---- CNG's form ------------------------------------------------------------------------------------- */

START_TEST(ctr_hmac_is_openssls_counter_mode)
{
	for (unsigned id = HASH_SHA1; id <= HASH_SHA512_256; id++) {
		const struct hash *hash = hash_of((enum hash_id)id);

		for (size_t len = 1; len <= 200; len += 33) {
			const DWORD bits = (DWORD)(8 * len);
			struct harness_list list = { .desc = { .cBuffers = 0 } };
			uint8_t expected[KEY_MAX];

			openssl_kbkdf(&(struct kbkdf){ "counter", hash, span_of(z, z_len), span_of("label", 5),
						       span_of("context", 7), SPAN_EMPTY },
				      expected, len);
			harness_name(&list, hash->name);
			harness_param(&list, KDF_LABEL, "label", 5);
			harness_param(&list, KDF_CONTEXT, "context", 7);
			harness_dword(&list, KDF_KEYBITLENGTH, &bits);
			both_give(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &list, span_of(expected, len));
		}
	}
}
END_TEST

START_TEST(ctr_hmac_takes_label_and_context_apart_or_joined)
{
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	struct harness_list generic = { .desc = { .cBuffers = 0 } };
	struct harness_list empty = { .desc = { .cBuffers = 0 } };
	uint8_t expected[32];

	openssl_kbkdf(&(struct kbkdf){ "counter", hash_of(HASH_SHA256), span_of(z, z_len), span_of("label", 5),
				       span_of("context", 7), SPAN_EMPTY },
		      expected, 32);
	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	both_refuse(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &list);
	harness_param(&list, KDF_CONTEXT, "context", 7);
	both_refuse(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &list);
	harness_param(&list, KDF_LABEL, "label", 5);
	both_give(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &list, span_of(expected, 32));
	harness_param(&list, KDF_GENERIC_PARAMETER, "label\0context", 13);
	both_refuse(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &list);

	harness_param(&generic, KDF_GENERIC_PARAMETER, "label\0context", 13);
	both_refuse(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &generic);
	harness_name(&generic, BCRYPT_SHA256_ALGORITHM);
	both_give(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &generic, span_of(expected, 32));
	harness_param(&generic, KDF_LABEL, NULL, 0);
	both_refuse(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &generic);

	openssl_kbkdf(&(struct kbkdf){ "counter", hash_of(HASH_SHA256), span_of(z, z_len), SPAN_EMPTY, SPAN_EMPTY,
				       SPAN_EMPTY },
		      expected, 32);
	harness_name(&empty, BCRYPT_SHA256_ALGORITHM);
	harness_param(&empty, KDF_LABEL, NULL, 0);
	harness_param(&empty, KDF_CONTEXT, NULL, 0);
	both_give(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &empty, span_of(expected, 32));
}
END_TEST

START_TEST(ctr_hmac_counts_the_whole_result_where_the_key_takes_its_beginning)
{
	static const DWORD bits = 512;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = BCRYPT_SP800108_CTR_HMAC_ALGORITHM, .pwszAlgId = CARD_AES_ALGORITHM,
				 .dwKeyLen = 128, .pParameterList = &list.desc };
	uint8_t expected[64];
	uint8_t got[16];
	size_t len;

	harness_name(&list, BCRYPT_SHA256_ALGORITHM);
	harness_param(&list, KDF_LABEL, "label", 5);
	harness_param(&list, KDF_CONTEXT, "context", 7);
	for (unsigned given = 0; given <= 1; given++) {
		if (given != 0)
			harness_dword(&list, KDF_KEYBITLENGTH, &bits);
		openssl_kbkdf(&(struct kbkdf){ "counter", hash_of(HASH_SHA256), span_of(z, z_len), span_of("label", 5),
					       span_of("context", 7), SPAN_EMPTY },
			      expected, given != 0 ? 64 : 16);
		ck_assert_code(harness_keys()->pfnKeyDerive(harness_card, key.key, &info), ERROR_SUCCESS);
		ck_assert_code(harness_keys()->pfnKeyExport(harness_card, info.hKey, got, sizeof(got), &len),
			       ERROR_SUCCESS);
		ck_assert_uint_eq(len, 16);
		ck_assert_mem_eq(got, expected, 16);
	}
}
END_TEST

/* ---- lengths ---------------------------------------------------------------------------------------- */

static size_t size_with(LPCWSTR kdf, const struct hash *hash, DWORD width, DWORD bits)
{
	const CARD_EXT_KDF_COUNTER counter = { .cbWidth = width };
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	if (hash != NULL)
		harness_name(&list, hash->name);
	if (width != 0)
		harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	if (!wide_equal(kdf, CARD_EXT_KDF_SP800_108_COUNTER))
		harness_param(&list, CARD_EXT_KDF_FIELD_CHAIN, NULL, 0);
	harness_dword(&list, KDF_KEYBITLENGTH, &bits);
	return harness_size(key, kdf, &list);
}

static const LPCWSTR modes[] = { CARD_EXT_KDF_SP800_108_COUNTER, CARD_EXT_KDF_SP800_108_FEEDBACK,
				 CARD_EXT_KDF_SP800_108_PIPELINE };

START_TEST(the_rounds_must_not_outrun_the_counter)
{
	static const size_t rounds[] = { [1] = 0xFF, [2] = 0xFFFF, [3] = 0xFFFFFF };
	static const DWORD longest = 0xFFFFFFF8;

	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		for (DWORD width = 1; width <= 2; width++) {
			const DWORD most = (DWORD)(rounds[width] * 64);

			ck_assert_uint_eq(size_with(modes[i], hash_of(HASH_SHA512), width, 8 * most), most);
			ck_assert_uint_eq(size_with(modes[i], hash_of(HASH_SHA512), width, 8 * (most + 1)), 0);
		}
		for (DWORD width = 1; width <= 3; width++) {
			const DWORD most = (DWORD)(rounds[width] * 16);

			ck_assert_uint_eq(size_with(modes[i], NULL, width, 8 * most), most);
			ck_assert_uint_eq(size_with(modes[i], NULL, width, 8 * (most + 1)), 0);
		}
		for (DWORD width = 4; width <= 8; width++)
			ck_assert_uint_eq(size_with(modes[i], NULL, width, longest), longest / 8);
	}
	ck_assert_uint_eq(size_with(modes[1], NULL, 0, longest), longest / 8);
	ck_assert_uint_eq(size_with(modes[2], NULL, 0, longest), longest / 8);
}
END_TEST

START_TEST(the_last_round_of_a_counter_of_one_byte_can_be_had)
{
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 1 };
	static const DWORD bits = 8 * 255 * 16;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	static uint8_t whole[255 * 16];
	size_t len;

	harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
	harness_dword(&list, KDF_KEYBITLENGTH, &bits);
	ck_assert_code(harness_derive(CARD_EXT_KDF_SP800_108_COUNTER, 0, &list, agreement.index, whole, &len),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(whole));
	for (unsigned i = 1; i <= 255; i++) {
		const uint8_t number = (uint8_t)i;
		uint8_t result[64];

		joined_len = 0;
		join(&number, 1);
		ck_assert_uint_eq(prf(NULL, result), 16);
		ck_assert_mem_eq(whole + (size_t)(i - 1) * 16, result, 16);
	}
}
END_TEST

/* No list can ask for that many bytes: KDF_KEYBITLENGTH counts bits. */
START_TEST(the_most_is_two_to_the_32_less_one_rounds)
{
	struct kdf_params params = { .given = KDF_BIT(CARD_EXT_KDF_FIELD_COUNTER), .counter = { .cbWidth = 8 } };

	ck_assert_uint_eq(kdf_sp800_108_counter.max_len(&params, 16), (size_t)0xFFFFFFFF * 16);
	params.hash = hash_of(HASH_SHA1);
	ck_assert_uint_eq(kdf_sp800_108_feedback.max_len(&params, 16), (size_t)0xFFFFFFFF * 20);
	params.counter.cbWidth = 4;
	ck_assert_uint_eq(kdf_sp800_108_pipeline.max_len(&params, 16), (size_t)0xFFFFFFFF * 20);
	/* CNG's form has the number of bits in its input */
	ck_assert_uint_eq(kdf_sp800_108_ctr_hmac.max_len(&params, 16), 0xFFFFFFFF / 8);
}
END_TEST

/* ---- wrong lists ------------------------------------------------------------------------------------ */

static void add_type(struct harness_list *list, ULONG type)
{
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 4 };

	switch (type) {
	case KDF_HASH_ALGORITHM:
		harness_name(list, BCRYPT_SHA256_ALGORITHM);
		return;
	case CARD_EXT_KDF_FIELD_COUNTER:
		harness_param(list, type, &counter, sizeof(counter));
		return;
	case CARD_EXT_KDF_FIELD_CHAIN:
		harness_param(list, type, NULL, 0);
		return;
	default:
		harness_param(list, type, "bytes", 5);
		return;
	}
}

#define H KDF_HASH_ALGORITHM
#define CTR CARD_EXT_KDF_FIELD_COUNTER
#define CHN CARD_EXT_KDF_FIELD_CHAIN
#define BYT CARD_EXT_KDF_FIELD_BYTES
#define NONE 0xFFFFFFFFu

START_TEST(each_mode_has_its_fields)
{
	static const struct {
		LPCWSTR kdf;
		ULONG types[5];
		bool good;
	} cases[] = {
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, CTR, NONE }, true },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, BYT, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, CTR, CTR, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, CTR, CHN, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, CTR, CARD_EXT_KDF_IV, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, CTR, KDF_LABEL, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_COUNTER, { H, H, CTR, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_FEEDBACK, { H, CHN, NONE }, true },
		{ CARD_EXT_KDF_SP800_108_FEEDBACK, { H, CHN, CTR, CARD_EXT_KDF_IV, NONE }, true },
		{ CARD_EXT_KDF_SP800_108_FEEDBACK, { H, CTR, BYT, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_FEEDBACK, { H, CHN, CHN, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_FEEDBACK, { CHN, CARD_EXT_KDF_IV, CARD_EXT_KDF_IV, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_PIPELINE, { H, CHN, NONE }, true },
		{ CARD_EXT_KDF_SP800_108_PIPELINE, { H, CTR, BYT, NONE }, false },
		{ CARD_EXT_KDF_SP800_108_PIPELINE, { H, CHN, CARD_EXT_KDF_IV, NONE }, false },
		{ BCRYPT_SP800108_CTR_HMAC_ALGORITHM, { H, KDF_LABEL, KDF_CONTEXT, NONE }, true },
		{ BCRYPT_SP800108_CTR_HMAC_ALGORITHM, { KDF_LABEL, KDF_CONTEXT, NONE }, false },
		{ BCRYPT_SP800108_CTR_HMAC_ALGORITHM, { H, KDF_LABEL, KDF_CONTEXT, BYT, NONE }, false },
		{ BCRYPT_SP800108_CTR_HMAC_ALGORITHM, { H, KDF_LABEL, KDF_CONTEXT, CTR, NONE }, false },
		{ BCRYPT_SP800108_CTR_HMAC_ALGORITHM, { H, KDF_LABEL, KDF_LABEL, KDF_CONTEXT, NONE }, false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };

		for (size_t j = 0; cases[i].types[j] != NONE; j++)
			add_type(&list, cases[i].types[j]);
		ck_assert_msg((harness_size(key, cases[i].kdf, &list) == 32) == cases[i].good, "case %zu", i);
		if (!cases[i].good)
			both_refuse(cases[i].kdf, &list);
	}
}
END_TEST

START_TEST(a_counter_of_no_or_nine_bytes_and_one_cut_short_are_refused)
{
	static const CARD_EXT_KDF_COUNTER counters[] = { { .cbWidth = 0 }, { .cbWidth = 9 }, { .cbWidth = 0x80000001 } };
	static const CARD_EXT_KDF_COUNTER good = { .cbWidth = 4 };
	struct harness_list list = { .desc = { .cBuffers = 0 } };

	for (size_t i = 0; i < ARRAY_COUNT(counters); i++) {
		struct harness_list bad = { .desc = { .cBuffers = 0 } };

		harness_param(&bad, CARD_EXT_KDF_FIELD_COUNTER, &counters[i], sizeof(counters[i]));
		both_refuse(CARD_EXT_KDF_SP800_108_COUNTER, &bad);
	}
	harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &good, sizeof(good) - 1);
	both_refuse(CARD_EXT_KDF_SP800_108_COUNTER, &list);
}
END_TEST

START_TEST(a_shake_and_a_shortened_blake2b_are_no_hash_for_hmac)
{
	static const LPCWSTR hashes[] = { BCRYPT_SHAKE128_ALGORITHM, BCRYPT_SHAKE256_ALGORITHM,
					  CARD_EXT_BLAKE2B_256_ALGORITHM };
	static const CARD_EXT_KDF_COUNTER counter = { .cbWidth = 4 };

	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++) {
		struct harness_list list = { .desc = { .cBuffers = 0 } };
		struct harness_list cng = { .desc = { .cBuffers = 0 } };

		harness_name(&list, hashes[i]);
		harness_param(&list, CARD_EXT_KDF_FIELD_COUNTER, &counter, sizeof(counter));
		both_refuse(CARD_EXT_KDF_SP800_108_COUNTER, &list);
		harness_name(&cng, hashes[i]);
		harness_param(&cng, KDF_LABEL, NULL, 0);
		harness_param(&cng, KDF_CONTEXT, NULL, 0);
		both_refuse(BCRYPT_SP800108_CTR_HMAC_ALGORITHM, &cng);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, the_fields_are_fed_in_list_order);
	tcase_add_test(tc, a_counter_has_one_to_eight_bytes_of_either_order);
	tcase_add_test(tc, each_hash_and_aes_cmac_is_a_prf);
	tcase_add_test(tc, each_length_up_to_three_results_is_a_beginning_of_the_longest);
	tcase_add_test(tc, without_a_length_it_is_one_result);
	tcase_add_test(tc, any_number_of_byte_fields_is_taken);
	tcase_add_test(tc, openssl_gives_the_same_in_counter_and_feedback_mode);
	tcase_add_test(tc, aes_cmac_takes_keys_of_the_three_lengths_and_no_others);
	tcase_add_test(tc, aes_cmac_takes_no_empty_secret_and_none_of_a_larger_curve);
	tcase_add_test(tc, ctr_hmac_is_openssls_counter_mode);
	tcase_add_test(tc, ctr_hmac_takes_label_and_context_apart_or_joined);
	tcase_add_test(tc, ctr_hmac_counts_the_whole_result_where_the_key_takes_its_beginning);
	tcase_add_test(tc, the_rounds_must_not_outrun_the_counter);
	tcase_add_test(tc, the_last_round_of_a_counter_of_one_byte_can_be_had);
	tcase_add_test(tc, the_most_is_two_to_the_32_less_one_rounds);
	tcase_add_test(tc, each_mode_has_its_fields);
	tcase_add_test(tc, a_counter_of_no_or_nine_bytes_and_one_cut_short_are_refused);
	tcase_add_test(tc, a_shake_and_a_shortened_blake2b_are_no_hash_for_hmac);
}

TEST_MAIN("minidriver/kdf_sp800_108", add)
