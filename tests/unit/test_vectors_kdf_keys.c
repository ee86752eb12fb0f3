/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers of the KDFs that start from a key: HKDF, SP 800-108, PBKDF2. Z is a session key with the record's
 * bytes. Each record goes through CARD_EXT_SESSION_KEYS, in all forms of CARD_DERIVE_KEY, and through md.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "minidriver/drv_hash.h"
#include "tests/fake/drv_harness.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"
#include "tests/unit/vector_scene.h"
#include "tests/unit/vectors.h"

/* A record: what it derives from, and what must come out. The lists borrow from it. */
struct known {
	struct span z;
	struct span okm;
	size_t len;  /* of okm, or what cannot be had */
	bool valid;
	LPCWSTR kdf;
	DWORD bits;
	CARD_EXT_KDF_COUNTER counter;
	uint64_t iterations;
	struct harness_list list;
	struct md_kdf_field fields[5];
	struct md_kdf_plan plan;
};

typedef void (*read_fn)(struct vectors *v, size_t i, struct known *ret_known);

static const enum hash_id hash_ids[MD_HASH_COUNT] = {
	[MD_HASH_SHA1] = HASH_SHA1,     [MD_HASH_SHA224] = HASH_SHA224, [MD_HASH_SHA256] = HASH_SHA256,
	[MD_HASH_SHA384] = HASH_SHA384, [MD_HASH_SHA512] = HASH_SHA512,
};

static void begin(struct vectors *v, size_t i, struct known *known)
{
	*known = (struct known){ .z = vectors_bytes(v, i, "z"), .okm = vectors_bytes(v, i, "okm"), .valid = true };
	known->len = known->okm.len;
	if (vectors_has(v, i, "len"))
		known->len = (size_t)strtoul(vectors_text(v, i, "len"), NULL, 10);
	if (vectors_has(v, i, "valid"))
		known->valid = vectors_is(v, i, "valid", "true");
	known->bits = (DWORD)(8 * known->len);
	known->plan.key_len = known->len;
	known->plan.fields = known->fields;
}

static void add_hash(struct known *known, const char *name)
{
	known->plan.hash = vector_hash(name);
	harness_name(&known->list, hash_of(hash_ids[known->plan.hash])->name);
}

static void add_bytes(struct known *known, ULONG type, struct span bytes)
{
	harness_param(&known->list, type, bytes.data, bytes.len);
}

/* ---- HKDF ------------------------------------------------------------------------------------------- */

static void read_hkdf(struct vectors *v, size_t i, struct known *known)
{
	const bool extract = vectors_is(v, i, "mode", "extract");
	const bool expand = vectors_is(v, i, "mode", "expand");

	begin(v, i, known);
	known->kdf = extract ? BCRYPT_KDF_HMAC : expand ? CARD_EXT_KDF_HKDF_EXPAND : BCRYPT_KDF_HKDF;
	known->plan.kdf = extract ? MD_KDF_HKDF_EXTRACT : expand ? MD_KDF_HKDF_EXPAND : MD_KDF_HKDF;
	known->plan.salt = vectors_bytes(v, i, "salt");
	known->plan.info = vectors_bytes(v, i, "info");
	add_hash(known, vectors_text(v, i, "hash"));
	if (extract)
		add_bytes(known, KDF_HMAC_KEY, known->plan.salt);
	else
		harness_dword(&known->list, KDF_KEYBITLENGTH, &known->bits);
	if (!extract && !expand)
		add_bytes(known, KDF_HKDF_SALT, known->plan.salt);
	if (!extract)
		add_bytes(known, KDF_HKDF_INFO, known->plan.info);
}

/* ---- SP 800-108 ------------------------------------------------------------------------------------- */

static void add_field(struct known *known, struct md_kdf_field field)
{
	static const ULONG types[] = { [MD_FIELD_BYTES] = CARD_EXT_KDF_FIELD_BYTES,
				       [MD_FIELD_COUNTER] = CARD_EXT_KDF_FIELD_COUNTER,
				       [MD_FIELD_CHAIN] = CARD_EXT_KDF_FIELD_CHAIN };

	known->fields[known->plan.field_count++] = field;
	if (field.type == MD_FIELD_COUNTER) {
		known->counter.cbWidth = (DWORD)field.width;
		field.bytes = span_of(&known->counter, sizeof(known->counter));
	}
	add_bytes(known, types[field.type], field.bytes);
}

static struct md_kdf_field counter_of(struct vectors *v, size_t i)
{
	return (struct md_kdf_field){ .type = MD_FIELD_COUNTER,
				      .width = strtoul(vectors_text(v, i, "bits"), NULL, 10) / 8 };
}

static void read_sp800_108(struct vectors *v, size_t i, struct known *known)
{
	const bool counter = vectors_is(v, i, "mode", "counter");
	const bool feedback = vectors_is(v, i, "mode", "feedback");

	begin(v, i, known);
	known->kdf = counter ? CARD_EXT_KDF_SP800_108_COUNTER
			     : feedback ? CARD_EXT_KDF_SP800_108_FEEDBACK : CARD_EXT_KDF_SP800_108_PIPELINE;
	known->plan.kdf = counter ? MD_KDF_SP800_108_COUNTER
				  : feedback ? MD_KDF_SP800_108_FEEDBACK : MD_KDF_SP800_108_PIPELINE;
	known->plan.salt = vectors_bytes(v, i, "iv");
	if (!vectors_is(v, i, "prf", "AES-CMAC"))
		add_hash(known, vectors_text(v, i, "prf"));
	harness_dword(&known->list, KDF_KEYBITLENGTH, &known->bits);
	if (feedback)
		add_bytes(known, CARD_EXT_KDF_IV, known->plan.salt);
	if (!counter)
		add_field(known, (struct md_kdf_field){ .type = MD_FIELD_CHAIN });
	add_field(known, (struct md_kdf_field){ .bytes = vectors_bytes(v, i, "before") });
	add_field(known, counter_of(v, i));
	add_field(known, (struct md_kdf_field){ .bytes = vectors_bytes(v, i, "after") });
}

/* The same in CNG's form; md.h finds it by its five fields. False: it cannot be had. */
static bool read_ctr_hmac(struct vectors *v, size_t i, struct known *known)
{
	static const uint8_t zero;
	struct span after;

	if (!vectors_is(v, i, "mode", "counter") || vectors_is(v, i, "prf", "AES-CMAC"))
		return false;
	begin(v, i, known);
	after = vectors_bytes(v, i, "after");
	known->kdf = BCRYPT_SP800108_CTR_HMAC_ALGORITHM;
	known->plan.kdf = MD_KDF_SP800_108_COUNTER;
	add_hash(known, vectors_text(v, i, "prf"));
	add_bytes(known, KDF_LABEL, vectors_bytes(v, i, "label"));
	add_bytes(known, KDF_CONTEXT, vectors_bytes(v, i, "context"));
	harness_dword(&known->list, KDF_KEYBITLENGTH, &known->bits);
	known->plan.field_count = 5;
	known->fields[0] = counter_of(v, i);
	known->fields[1].bytes = vectors_bytes(v, i, "label");
	known->fields[2].bytes = span_of(&zero, 1);
	known->fields[3].bytes = vectors_bytes(v, i, "context");
	known->fields[4].bytes = span_of(after.data + after.len - 4, 4);
	return true;
}

/* ---- PBKDF2 ----------------------------------------------------------------------------------------- */

static void read_pbkdf2(struct vectors *v, size_t i, struct known *known)
{
	begin(v, i, known);
	known->kdf = BCRYPT_PBKDF2_ALGORITHM;
	known->plan.kdf = MD_KDF_PBKDF2;
	known->plan.salt = vectors_bytes(v, i, "salt");
	known->plan.iterations = strtoull(vectors_text(v, i, "iterations"), NULL, 10);
	known->iterations = known->plan.iterations;
	add_hash(known, vectors_text(v, i, "hash"));
	add_bytes(known, KDF_SALT, known->plan.salt);
	harness_param(&known->list, KDF_ITERATION_COUNT, &known->iterations, sizeof(known->iterations));
	harness_dword(&known->list, KDF_KEYBITLENGTH, &known->bits);
}

static const struct {
	const char *name;
	read_fn read;
} files[] = {
	{ "hkdf-rfc5869.vec", read_hkdf },
	{ "hkdf-openssl.vec", read_hkdf },
	{ "hkdf-wycheproof.vec", read_hkdf },
	{ "sp800-108-counter-nist.vec", read_sp800_108 },
	{ "sp800-108-botan.vec", read_sp800_108 },
	{ "pbkdf2-rfc.vec", read_pbkdf2 },
	{ "pbkdf2-openssl.vec", read_pbkdf2 },
	{ "pbkdf2-botan.vec", read_pbkdf2 },
};

#define BOTAN_FILE "sp800-108-botan.vec"

/* ---- CARD_EXT_SESSION_KEYS -------------------------------------------------------------------------- */

static void check_driver(struct known *known)
{
	const CARD_KEY_HANDLE handle =
		known->z.len != 0 ? harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, known->z) : 0;

	if (known->valid)
		harness_gives(HARNESS_KEY(handle), known->kdf, &known->list, known->okm);
	else
		ck_assert_code(harness_refuses(HARNESS_KEY(handle), known->kdf, &known->list),
			       SCARD_E_INVALID_PARAMETER);
	if (handle != 0)
		ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, handle), ERROR_SUCCESS);
}

START_TEST(each_record_comes_out_of_the_session_keys_table)
{
	AUTO_VECTORS *v = vectors_load(files[_i].name);
	struct known known;

	harness_open();
	for (size_t i = 0; i < vectors_count(v); i++) {
		files[_i].read(v, i, &known);
		check_driver(&known);
	}
	printf("%s through CARD_EXT_SESSION_KEYS: %zu records\n", files[_i].name, vectors_count(v));
	harness_close();
}
END_TEST

START_TEST(the_records_with_a_label_come_out_of_cngs_form)
{
	AUTO_VECTORS *v = vectors_load(BOTAN_FILE);
	struct known known;
	size_t count = 0;

	harness_open();
	for (size_t i = 0; i < vectors_count(v); i++) {
		if (read_ctr_hmac(v, i, &known)) {
			check_driver(&known);
			count++;
		}
	}
	if (vectors_count(v) == vectors_in_file(v))
		ck_assert_uint_eq(count, 120);
	printf("%s through SP800_108_CTR_HMAC: %zu records\n", BOTAN_FILE, count);
	harness_close();
}
END_TEST

/* ---- md.h ------------------------------------------------------------------------------------------- */

static void check_derived(struct md_key *key, const struct known *known)
{
	uint8_t *bytes = malloc(known->len);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(md_key_len(key), known->len);
	ck_assert_md(md_key_read(key, bytes, known->len), MD_OK);
	ck_assert_mem_eq(bytes, known->okm.data, known->len);
	free(bytes);
	md_key_release(key);
}

static void check_derive(struct md_key *base, const struct known *known)
{
	const md_err expected = known->valid ? MD_OK : MD_E_INVALID_PARAMETER;
	struct md_key *key = NULL;

	ck_assert_uint_eq(md_kdf_max_len(&known->plan, known->z.len) >= known->len, known->valid);
	if (base != NULL)
		ck_assert_md(md_key_derive(base, &known->plan, &key), expected);
	else
		ck_assert_md(md_password_derive(host_card, known->z, &known->plan, &key), expected);
	if (known->valid)
		check_derived(key, known);
}

/* From a key (which has a byte at least), from a password, and with a salt that is a key. */
static void check_host(struct known *known)
{
	struct md_key *base = known->z.len != 0 ? host_import(MD_KEY_GENERIC, known->z) : NULL;
	const bool hkdf = known->plan.kdf == MD_KDF_HKDF || known->plan.kdf == MD_KDF_HKDF_EXTRACT;

	check_derive(NULL, known);
	if (base != NULL)
		check_derive(base, known);
	if (hkdf && known->plan.salt.len != 0) {
		known->plan.salt_key = host_import(MD_KEY_GENERIC, known->plan.salt);
		known->plan.salt = SPAN_EMPTY;
		check_derive(base, known);
		md_key_release(known->plan.salt_key);
	}
	md_key_release(base);
}

START_TEST(each_record_comes_out_of_md)
{
	AUTO_VECTORS *v = vectors_load(files[_i].name);
	struct known known;

	host_open();
	for (size_t i = 0; i < vectors_count(v); i++) {
		files[_i].read(v, i, &known);
		check_host(&known);
	}
	printf("%s through md.h: %zu records\n", files[_i].name, vectors_count(v));
	host_close();
}
END_TEST

START_TEST(the_records_with_a_label_come_out_of_md)
{
	AUTO_VECTORS *v = vectors_load(BOTAN_FILE);
	struct known known;
	size_t count = 0;

	host_open();
	for (size_t i = 0; i < vectors_count(v); i++) {
		if (read_ctr_hmac(v, i, &known)) {
			check_host(&known);
			count++;
		}
	}
	printf("%s through md.h, label and context apart: %zu records\n", BOTAN_FILE, count);
	host_close();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_record_comes_out_of_the_session_keys_table, 0, ARRAY_COUNT(files));
	tcase_add_test(tc, the_records_with_a_label_come_out_of_cngs_form);
	/* which come out of the same table in the end */
	for (size_t i = 0; i < ARRAY_COUNT(files); i += test_step(4))
		tcase_add_loop_test(tc, each_record_comes_out_of_md, (int)i, (int)i + 1);
	tcase_add_test(tc, the_records_with_a_label_come_out_of_md);
}

TEST_MAIN("vectors/kdf_keys", add)
