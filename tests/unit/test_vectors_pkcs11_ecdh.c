/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers of ECDH and of the KDFs behind it, through PKCS#11 from end to end: a card in memory with the private
 * key of the record, C_DeriveKey with CKM_ECDH1_DERIVE, CKA_VALUE. Where a source has Z and no keys, a card whose
 * private number is 1 agrees with the point whose x-coordinate is Z, if some curve has one.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/fake/fake_card.h"
#include "tests/p11/derive_case.h"
#include "tests/unit/cki_env.h"
#include "tests/unit/test.h"
#include "tests/unit/vector_scene.h"
#include "tests/unit/vectors.h"

/* What an answer says. */
enum outcome {
	GIVES,       /* this key */
	GIVES_OTHER, /* another key than this one */
	REFUSES      /* the point is not on the curve */
};

struct answer {
	const char *curve;
	const char *d;
	struct span point;
	CK_ULONG kdf;
	struct span info;
	struct span key;
	enum outcome outcome;
};

/* ---- one answer ------------------------------------------------------------------------------------------- */

static void start(const char *curve, const char *d)
{
	vector_card(curve, d);
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env.slot = 0;
	env.session = env_session(0);
}

/* DER OCTET STRING of fewer than 256 bytes. */
static struct span octet_string(struct span point, uint8_t room[VECTOR_POINT_ROOM + 3])
{
	size_t len = 0;

	room[len++] = 0x04;
	if (point.len > 127)
		room[len++] = 0x81;
	room[len++] = (uint8_t)point.len;
	memcpy(room + len, point.data, point.len);
	return span_of(room, len + point.len);
}

static CK_RV derive(const struct answer *a, CK_MECHANISM_TYPE mechanism, struct span point,
		    struct derive_result *ret_result)
{
	const struct derive_session session = { .f = env.f, .session = env.session, .token_ec = true };
	const struct derive_case c = {
		.m = derive_mechanism_find(mechanism),
		.base_type = CKK_EC,
		.class = CKO_SECRET_KEY,
		.type = CKK_GENERIC_SECRET,
		.len = a->key.len,
		.number = a->kdf,
		.data = a->info,
		.point = point,
	};

	return derive_case_run(&session, &c, ret_result);
}

/* By both mechanisms and with both forms of the point, on a fresh card. What the first call said. */
static CK_RV try_answer(const struct answer *a, struct derive_result *ret_result)
{
	uint8_t room[VECTOR_POINT_ROOM + 3];
	struct derive_result again;
	CK_RV rv;

	start(a->curve, a->d);
	rv = derive(a, CKM_ECDH1_DERIVE, a->point, ret_result);
	ck_assert_uint_eq(derive(a, CKM_ECDH1_COFACTOR_DERIVE, octet_string(a->point, room), &again), rv);
	if (rv == CKR_OK)
		ck_assert(span_equal(derive_result_part(ret_result, 0), derive_result_part(&again, 0)));
	env_ok(env.f->C_Finalize(NULL));
	fake_clear();
	return rv;
}

static void check(const struct answer *a, const char *file, size_t line)
{
	struct derive_result result;
	const CK_RV rv = try_answer(a, &result);

	if (a->outcome == REFUSES) {
		ck_assert_msg(rv == CKR_MECHANISM_PARAM_INVALID, "%s:%zu: 0x%lx", file, line, rv);
		return;
	}
	ck_assert_msg(rv == CKR_OK, "%s:%zu: %s: 0x%lx", file, line, result.call != NULL ? result.call : "", rv);
	ck_assert_msg(span_equal(derive_result_part(&result, 0), a->key) == (a->outcome == GIVES), "%s:%zu", file,
		      line);
}

/* ---- files with keys -------------------------------------------------------------------------------------- */

static CK_ULONG concat_kdf(const char *hash)
{
	static const CK_ULONG kdfs[MD_HASH_COUNT] = {
		[MD_HASH_SHA1] = CKD_SHA1_KDF_SP800,     [MD_HASH_SHA224] = CKD_SHA224_KDF_SP800,
		[MD_HASH_SHA256] = CKD_SHA256_KDF_SP800, [MD_HASH_SHA384] = CKD_SHA384_KDF_SP800,
		[MD_HASH_SHA512] = CKD_SHA512_KDF_SP800,
	};

	return kdfs[vector_hash(hash)];
}

static CK_ULONG x963_kdf(const char *hash)
{
	static const CK_ULONG kdfs[MD_HASH_COUNT] = {
		[MD_HASH_SHA1] = CKD_SHA1_KDF,     [MD_HASH_SHA224] = CKD_SHA224_KDF, [MD_HASH_SHA256] = CKD_SHA256_KDF,
		[MD_HASH_SHA384] = CKD_SHA384_KDF, [MD_HASH_SHA512] = CKD_SHA512_KDF,
	};

	return kdfs[vector_hash(hash)];
}

static enum outcome outcome_of(const struct vectors *v, size_t i)
{
	if (!vectors_has(v, i, "expect") || vectors_is(v, i, "expect", "accept"))
		return GIVES;
	return vectors_is(v, i, "expect", "refuse-peer") ? REFUSES : GIVES_OTHER;
}

static void check_record(const char *file, struct vectors *v, size_t i)
{
	uint8_t point[VECTOR_POINT_ROOM];
	const size_t len = vector_point(vectors_bytes(v, i, "x"), vectors_bytes(v, i, "y"), point);
	const bool has_kdf = vectors_has(v, i, "okm");
	const struct answer a = {
		.curve = vectors_text(v, i, "curve"),
		.d = vectors_text(v, i, "d"),
		.point = span_of(point, len),
		.kdf = has_kdf ? concat_kdf(vectors_text(v, i, "hash")) : CKD_NULL,
		.info = has_kdf ? vectors_bytes(v, i, "info") : SPAN_EMPTY,
		.key = vectors_bytes(v, i, has_kdf ? "okm" : "z"),
		.outcome = outcome_of(v, i),
	};

	check(&a, file, vectors_line(v, i));
}

static const char *const files[] = {
	"ecc-cdh-nist.vec", "static-unified-zz-nist.vec", "static-unified-concat-nist.vec",
};

START_TEST(each_agreement_comes_out_of_cryptoki)
{
	AUTO_VECTORS *v = vectors_load(files[_i]);

	for (size_t i = 0; i < vectors_count(v); i++)
		check_record(files[_i], v, i);
	printf("ECDH, %s through PKCS#11: %zu records\n", files[_i], vectors_count(v));
}
END_TEST

/* ---- files with Z ----------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *kdf;
	CK_ULONG (*number)(const char *hash);
} kdf_files[] = {
	{ "x963-nist.vec", "X9.63", x963_kdf },
	{ "x963-openssl.vec", "X9.63", x963_kdf },
	{ "single-step-openssl.vec", "one-step", concat_kdf },
};

/* Whether some curve has a point with x = z; if so, the key has come out right. */
static bool carried(size_t file, struct vectors *v, size_t i)
{
	static const uint8_t even[] = { 0 };
	uint8_t point[VECTOR_POINT_ROOM];
	struct answer a = {
		.d = "01",
		.kdf = kdf_files[file].number(vectors_text(v, i, "hash")),
		.info = vectors_bytes(v, i, "info"),
		.key = vectors_bytes(v, i, "okm"),
	};

	for (size_t k = 0; vector_carrier(k) != NULL; k++) {
		struct derive_result result;

		if (vector_carrier(k)->field_len != vectors_bytes(v, i, "z").len)
			continue;
		a.curve = vector_carrier(k)->name;
		a.point = span_of(point, vector_point_compressed(vectors_bytes(v, i, "z"), span_of(even, 1), point));
		if (try_answer(&a, &result) == CKR_MECHANISM_PARAM_INVALID)
			continue;
		check(&a, kdf_files[file].name, vectors_line(v, i));
		return true;
	}
	return false;
}

START_TEST(each_kdf_that_a_curve_can_carry_comes_out_of_cryptoki)
{
	AUTO_VECTORS *v = vectors_load(kdf_files[_i].name);
	size_t count = 0;

	for (size_t i = 0; i < vectors_count(v); i++)
		count += carried((size_t)_i, v, i) ? 1u : 0u;
	ck_assert_uint_ge(count, vectors_count(v) / 3u);
	printf("ECDH and %s, %s through PKCS#11: %zu of %zu records\n", kdf_files[_i].kdf, kdf_files[_i].name, count,
	       vectors_count(v));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_agreement_comes_out_of_cryptoki, 0, ARRAY_COUNT(files));
	tcase_add_loop_test(tc, each_kdf_that_a_curve_can_carry_comes_out_of_cryptoki, 0, ARRAY_COUNT(kdf_files));
}

TEST_MAIN("vectors/pkcs11_ecdh", add)
