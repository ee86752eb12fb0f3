/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* md_point_decode, md_agree and md_derive against known answers of ECDH: NIST's ECC CDH primitive, and its static unified
 * model with and without a KDF, right and wrong records. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/test.h"
#include "tests/unit/vector_scene.h"
#include "tests/unit/vectors.h"

#define DER_OCTET_STRING 0x04
#define DER_LONG_LENGTH 0x81

typedef size_t (*point_form)(struct span x, struct span y, uint8_t ret_point[VECTOR_POINT_ROOM]);

static size_t point_in_der(struct span x, struct span y, uint8_t ret_point[VECTOR_POINT_ROOM])
{
	uint8_t raw[VECTOR_POINT_ROOM];
	const size_t len = vector_point(x, y, raw);
	size_t at = 0;

	ret_point[at++] = DER_OCTET_STRING;
	if (len > 127)
		ret_point[at++] = DER_LONG_LENGTH;
	ret_point[at++] = (uint8_t)len;
	ck_assert_uint_le(at + len, VECTOR_POINT_ROOM);
	memcpy(ret_point + at, raw, len);
	return at + len;
}

static const point_form forms[] = { vector_point, vector_point_compressed, point_in_der };

/* What a plan makes of a record's key and point. */
static md_err key_of(struct vectors *v, size_t i, point_form form, const struct md_kdf_plan *plan, struct secret *ret_key)
{
	uint8_t point[VECTOR_POINT_ROOM];
	const size_t len = form(vectors_bytes(v, i, "x"), vectors_bytes(v, i, "y"), point);
	AUTO_SCENE scene;
	md_err err;

	vector_scene_open(&scene, vectors_text(v, i, "curve"), vectors_text(v, i, "d"));
	err = vector_scene_key(&scene, span_of(point, len), plan, ret_key);
	ck_assert_uint_eq(fake_calls(FAKE_ECDH), err == MD_OK ? 1 : 0);
	return err;
}

static struct md_kdf_plan raw_plan(struct span z)
{
	return (struct md_kdf_plan){ .kdf = MD_KDF_RAW, .alg = MD_KEY_GENERIC, .key_len = z.len };
}

/* The record's z, or not, as `expect` says. */
static void check_z(struct vectors *v, size_t i, point_form form)
{
	const struct span z = vectors_bytes(v, i, "z");
	const struct md_kdf_plan plan = raw_plan(z);
	AUTO_SECRET got = SECRET_INIT;
	const md_err err = key_of(v, i, form, &plan, &got);

	if (vectors_is(v, i, "expect", "refuse-peer")) {
		ck_assert_msg(err == MD_E_INVALID_PARAMETER, "line %zu: %s", vectors_line(v, i), md_err_name(err));
		return;
	}
	ck_assert_msg(err == MD_OK, "line %zu: %s", vectors_line(v, i), md_err_name(err));
	ck_assert_msg(span_equal(secret_span(&got), z) != vectors_is(v, i, "expect", "other-z"), "line %zu",
		      vectors_line(v, i));
}

START_TEST(the_primitive_gives_what_nist_says_for_each_form_of_the_point)
{
	AUTO_VECTORS *v = vectors_load("ecc-cdh-nist.vec");

	for (size_t i = 0; i < vectors_count(v); i++)
		check_z(v, i, forms[_i]);
	printf("ECC CDH primitive, point form %d: %zu records\n", _i, vectors_count(v));
}
END_TEST

START_TEST(z_is_right_and_bad_points_are_refused_before_the_card)
{
	AUTO_VECTORS *v = vectors_load("static-unified-zz-nist.vec");

	for (size_t i = 0; i < vectors_count(v); i++)
		check_z(v, i, vector_point);
	printf("static unified model, Z alone: %zu records\n", vectors_count(v));
}
END_TEST

/* The record's okm, or not, as `expect` says. */
static void check_concat(struct vectors *v, size_t i)
{
	const struct span okm = vectors_bytes(v, i, "okm");
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_CONCAT,
		.hash = vector_hash(vectors_text(v, i, "hash")),
		.info = vectors_bytes(v, i, "info"),
		.alg = MD_KEY_GENERIC,
		.key_len = okm.len,
	};
	const bool right = vectors_is(v, i, "expect", "accept");
	AUTO_SECRET got = SECRET_INIT;
	const md_err err = key_of(v, i, vector_point, &plan, &got);

	if (vectors_is(v, i, "expect", "refuse-peer")) {
		ck_assert_msg(err == MD_E_INVALID_PARAMETER, "line %zu: %s", vectors_line(v, i), md_err_name(err));
		return;
	}
	ck_assert_msg(err == MD_OK, "line %zu: %s", vectors_line(v, i), md_err_name(err));
	ck_assert_msg(span_equal(secret_span(&got), okm) == right, "line %zu", vectors_line(v, i));
}

START_TEST(the_concatenation_kdf_gives_what_nist_says)
{
	AUTO_VECTORS *v = vectors_load("static-unified-concat-nist.vec");

	for (size_t i = 0; i < vectors_count(v); i++) {
		check_z(v, i, vector_point);
		check_concat(v, i);
	}
	printf("static unified model, concatenation KDF: %zu records\n", vectors_count(v));
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
	tcase_add_loop_test(tc, the_primitive_gives_what_nist_says_for_each_form_of_the_point, 0, ARRAY_COUNT(forms));
	tcase_add_test(tc, z_is_right_and_bad_points_are_refused_before_the_card);
	tcase_add_test(tc, the_concatenation_kdf_gives_what_nist_says);
}

TEST_MAIN("vectors/agree", add)
