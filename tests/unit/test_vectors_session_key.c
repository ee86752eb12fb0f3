/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers of KDFs that start from any secret: each record's Z becomes a session key, and pfnKeyDerive derives
 * from it, in every version, as bytes and as a key.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

static const struct {
	const char *name;
	bool all; /* with every OpenSSL */
} files[] = {
	{ "tls-prf-openssl.vec", true },
	{ "shake-nist.vec", true },
	{ "blake2b-rfc7693.vec", false },
	{ "pkcs11-examples.vec", true },
};

/* ---- a record as a parameter list ------------------------------------------------------------------- */

#define NAME_MAX_LEN 32u

struct question {
	WCHAR kdf[NAME_MAX_LEN];
	WCHAR hash[NAME_MAX_LEN];
	const struct kdf_ops *ops;
	DWORD protocol;
	DWORD bits;
	uint64_t offset;
	CARD_KEY_HANDLE second;
	struct harness_list list;
};

static void widen(const char *text, WCHAR ret_name[NAME_MAX_LEN])
{
	const size_t size = strlen(text) + 1;

	ck_assert_uint_le(size, NAME_MAX_LEN);
	for (size_t i = 0; i < size; i++)
		ret_name[i] = (WCHAR)text[i];
}

static void add_bytes(struct question *q, struct vectors *v, size_t i, const char *key, ULONG type)
{
	if (vectors_has(v, i, key))
		harness_param(&q->list, type, vectors_bytes(v, i, key).data, vectors_bytes(v, i, key).len);
}

static CARD_KEY_HANDLE import(struct span value)
{
	return harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, value);
}

static void add_numbers(struct question *q, struct vectors *v, size_t i)
{
	if (vectors_has(v, i, "protocol")) {
		q->protocol = (DWORD)strtoul(vectors_text(v, i, "protocol"), NULL, 16);
		harness_dword(&q->list, KDF_TLS_PRF_PROTOCOL, &q->protocol);
	}
	if (vectors_has(v, i, "offset")) {
		q->offset = strtoul(vectors_text(v, i, "offset"), NULL, 10);
		harness_param(&q->list, CARD_EXT_KDF_BIT_OFFSET, &q->offset, sizeof(q->offset));
	}
	if (vectors_has(v, i, "second")) {
		q->second = import(vectors_bytes(v, i, "second"));
		harness_param(&q->list, CARD_EXT_KDF_SESSION_KEY, &q->second, sizeof(q->second));
	}
	if ((q->ops->optional & KDF_BIT(KDF_KEYBITLENGTH)) != 0) {
		q->bits = (DWORD)(8 * vectors_bytes(v, i, "okm").len);
		harness_dword(&q->list, KDF_KEYBITLENGTH, &q->bits);
	}
}

static void ask(struct question *q, struct vectors *v, size_t i)
{
	memset(q, 0, sizeof(*q));
	widen(vectors_text(v, i, "kdf"), q->kdf);
	q->ops = kdf_by_name(q->kdf);
	ck_assert_ptr_nonnull(q->ops);
	if (vectors_has(v, i, "hash")) {
		widen(vectors_text(v, i, "hash"), q->hash);
		harness_name(&q->list, q->hash);
	}
	add_bytes(q, v, i, "prepend", KDF_SECRET_PREPEND);
	add_bytes(q, v, i, "append", KDF_SECRET_APPEND);
	add_bytes(q, v, i, "info", KDF_GENERIC_PARAMETER);
	add_bytes(q, v, i, "label", KDF_TLS_PRF_LABEL);
	add_bytes(q, v, i, "seed", KDF_TLS_PRF_SEED);
	add_numbers(q, v, i);
}

/* ---- the answers ------------------------------------------------------------------------------------ */

/* A key of as many bytes as the record has, where the KDF gives more. */
static void check_leading(const struct harness_base *base, struct question *q, struct span okm)
{
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_VERSION_TWO, .dwFlags = CARD_RETURN_KEY_HANDLE,
				 .pwszKDF = q->kdf, .pParameterList = &q->list.desc,
				 .pwszAlgId = CARD_EXT_GENERIC_SECRET_ALGORITHM, .dwKeyLen = (DWORD)(8 * okm.len) };
	uint8_t key[64];
	SIZE_T len = 0;

	ck_assert_code(harness_derive_from(*base, &info), ERROR_SUCCESS);
	ck_assert_code(harness_keys()->pfnKeyExport(harness_card, info.hKey, key, sizeof(key), &len), ERROR_SUCCESS);
	ck_assert(span_equal(span_of(key, len), okm));
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, info.hKey), ERROR_SUCCESS);
}

static bool available(struct vectors *v, size_t i)
{
	WCHAR name[NAME_MAX_LEN];

	if (!vectors_has(v, i, "hash"))
		return true;
	widen(vectors_text(v, i, "hash"), name);
	return hash_by_name(span_of(name, 2 * (strlen(vectors_text(v, i, "hash")) + 1))) != NULL;
}

static bool check_record(struct vectors *v, size_t i)
{
	const struct span z = vectors_bytes(v, i, "z");
	const struct span okm = vectors_bytes(v, i, "okm");
	const struct harness_base base = { .from_key = true, .key = z.len != 0 ? import(z) : 0 };
	struct question q;

	if (!available(v, i))
		return false;
	ask(&q, v, i);
	if (q.ops == &kdf_extract)
		check_leading(&base, &q, okm);
	else
		harness_gives(base, q.kdf, &q.list, okm);
	return true;
}

START_TEST(each_record_comes_out_of_a_session_key)
{
	AUTO_VECTORS *v = vectors_load(files[_i].name);
	size_t count = 0;

	for (size_t i = 0; i < vectors_count(v); i++)
		count += check_record(v, i) ? 1u : 0u;
	if (vectors_count(v) == vectors_in_file(v))
		ck_assert_uint_gt(count, 0);
	if (files[_i].all)
		ck_assert_uint_eq(count, vectors_count(v));
	printf("%s through session keys: %zu of %zu records\n", files[_i].name, count, vectors_count(v));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_loop_test(tc, each_record_comes_out_of_a_session_key, 0, ARRAY_COUNT(files));
}

TEST_MAIN("vectors/session_key", add)
