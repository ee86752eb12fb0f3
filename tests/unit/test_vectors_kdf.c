/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers of KDFs, which give Z and no keys. Each record goes through the row of the KDF with a parameter list
 * as CardDeriveKey's callers write it; and, where some curve has a point whose x-coordinate is that Z, through md.h
 * as well: a card whose private number is 1 agrees with that point on it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"
#include "tests/unit/test.h"
#include "tests/unit/vector_scene.h"
#include "tests/unit/vectors.h"

/* How a file's records are to be read. */
struct kdf_file {
	const char *name;
	LPCWSTR kdf;
	ULONG info_type; /* the buffer that carries the shared data */
	enum md_kdf md_kdf;
};

static const struct kdf_file files[] = {
	{ "x963-nist.vec", CARD_EXT_KDF_X963, KDF_GENERIC_PARAMETER, MD_KDF_X963 },
	{ "x963-openssl.vec", CARD_EXT_KDF_X963, KDF_GENERIC_PARAMETER, MD_KDF_X963 },
	{ "single-step-openssl.vec", BCRYPT_KDF_SP80056A_CONCAT, KDF_ALGORITHMID, MD_KDF_CONCAT },
};

static const enum hash_id hash_ids[MD_HASH_COUNT] = {
	[MD_HASH_SHA1] = HASH_SHA1,     [MD_HASH_SHA224] = HASH_SHA224, [MD_HASH_SHA256] = HASH_SHA256,
	[MD_HASH_SHA384] = HASH_SHA384, [MD_HASH_SHA512] = HASH_SHA512,
};

static BCryptBuffer buffer_of(ULONG type, const void *data, size_t len)
{
	union {
		const void *from;
		void *to;
	} pointer = { .from = data };

	return (BCryptBuffer){ .cbBuffer = (ULONG)len, .BufferType = type, .pvBuffer = pointer.to };
}

static size_t wide_len(LPCWSTR text)
{
	size_t len = 0;

	while (text[len] != 0)
		len++;
	return (len + 1u) * sizeof(WCHAR);
}

/* ---- the row ---------------------------------------------------------------------------------------------- */

static void check_row(const struct kdf_file *file, struct vectors *v, size_t i)
{
	const struct kdf_ops *ops = kdf_by_name(file->kdf);
	const LPCWSTR hash = hash_of(hash_ids[vector_hash(vectors_text(v, i, "hash"))])->name;
	const struct span info = vectors_bytes(v, i, "info");
	const struct span okm = vectors_bytes(v, i, "okm");
	BCryptBuffer buffers[] = {
		buffer_of(KDF_HASH_ALGORITHM, hash, wide_len(hash)),
		buffer_of(file->info_type, info.data, info.len),
		buffer_of(KDF_PARTYUINFO, "", 0),
		buffer_of(KDF_PARTYVINFO, "", 0),
	};
	const bool concat = file->info_type == KDF_ALGORITHMID;
	const NCryptBufferDesc list = { .cBuffers = concat ? 4 : 2, .pBuffers = buffers };
	AUTO_SECRET got = SECRET_INIT;
	struct kdf_request request = { .z = vectors_bytes(v, i, "z"), .out_len = okm.len };
	struct kdf_params params;

	ck_assert_ptr_nonnull(ops);
	ck_assert(secret_alloc(&got, okm.len));
	ck_assert_uint_eq(kdf_params_read(&list, &params), ERROR_SUCCESS);
	ck_assert_uint_eq(kdf_check(ops, &params, 0), ERROR_SUCCESS);
	request.params = &params;
	request.out = got.data;
	ck_assert_uint_eq(ops->derive(&request), ERROR_SUCCESS);
	ck_assert_msg(span_equal(secret_span(&got), okm), "%s:%zu", file->name, vectors_line(v, i));
}

/* ---- md.h ------------------------------------------------------------------------------------------------- */

/* Whether this curve has a point with x = z; if so, the key of the record has come out right. */
static bool carried_by(const char *curve, const struct kdf_file *file, struct vectors *v, size_t i)
{
	static const uint8_t even[] = { 0 };
	const struct span okm = vectors_bytes(v, i, "okm");
	const struct md_kdf_plan plan = {
		.kdf = file->md_kdf,
		.hash = vector_hash(vectors_text(v, i, "hash")),
		.info = vectors_bytes(v, i, "info"),
		.alg = MD_KEY_GENERIC,
		.key_len = okm.len,
	};
	uint8_t point[VECTOR_POINT_ROOM];
	const size_t len = vector_point_compressed(vectors_bytes(v, i, "z"), span_of(even, sizeof(even)), point);
	AUTO_SECRET got = SECRET_INIT;
	AUTO_SCENE scene;
	md_err err;

	vector_scene_open(&scene, curve, "01");
	err = vector_scene_key(&scene, span_of(point, len), &plan, &got);
	if (err == MD_E_INVALID_PARAMETER)
		return false;
	ck_assert_msg(err == MD_OK, "%s:%zu: %s", file->name, vectors_line(v, i), md_err_name(err));
	ck_assert_msg(span_equal(secret_span(&got), okm), "%s:%zu", file->name, vectors_line(v, i));
	return true;
}

static bool carried(const struct kdf_file *file, struct vectors *v, size_t i)
{
	for (size_t c = 0; vector_carrier(c) != NULL; c++) {
		if (vector_carrier(c)->field_len == vectors_bytes(v, i, "z").len &&
		    carried_by(vector_carrier(c)->name, file, v, i))
			return true;
	}
	return false;
}

START_TEST(each_record_comes_out_of_the_row)
{
	AUTO_VECTORS *v = vectors_load(files[_i].name);

	for (size_t i = 0; i < vectors_count(v); i++)
		check_row(&files[_i], v, i);
	printf("%s through the KDF's row: %zu records\n", files[_i].name, vectors_count(v));
}
END_TEST

START_TEST(each_record_that_a_curve_can_carry_comes_out_of_md)
{
	AUTO_VECTORS *v = vectors_load(files[_i].name);
	size_t count = 0;

	for (size_t i = 0; i < vectors_count(v); i++)
		count += carried(&files[_i], v, i) ? 1u : 0u;
	ck_assert_uint_ge(count, vectors_count(v) / 3u);
	printf("%s through md.h: %zu of %zu records\n", files[_i].name, count, vectors_count(v));
}
END_TEST

/* The private context is kept over all records: making it costs more than most of them. */
static void keep_context(void)
{
	ck_assert(ossl_acquire());
}

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, keep_context, ossl_release);
	tcase_add_loop_test(tc, each_record_comes_out_of_the_row, 0, ARRAY_COUNT(files));
	tcase_add_loop_test(tc, each_record_that_a_curve_can_carry_comes_out_of_md, 0, ARRAY_COUNT(files));
}

TEST_MAIN("vectors/kdf", add)
