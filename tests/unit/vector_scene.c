/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/vector_scene.h"

#include <check.h>
#include <string.h>

#include "tests/fake/fake_card.h"

/* OpenSSL's name of a curve that the answers call by NIST's. */
static const char *openssl_name(const char *curve)
{
	static const struct {
		const char *nist;
		const char *openssl;
	} rows[] = {
		{ "P-192", "prime192v1" }, { "P-224", "secp224r1" }, { "P-256", "prime256v1" },
		{ "P-384", "secp384r1" },  { "P-521", "secp521r1" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (strcmp(rows[i].nist, curve) == 0)
			return rows[i].openssl;
	}
	return curve;
}

void vector_card(const char *curve, const char *d)
{
	const struct fake_key key = {
		.type = CRD_KEY_EC,
		.curve = openssl_name(curve),
		.private_hex = d,
		.usage = CRD_USE_DERIVE,
		.no_pin = true,
		.no_certificate = true,
	};

	fake_reset();
	ck_assert_uint_eq(fake_add_key(&key), 0);
}

void vector_scene_open(struct vector_scene *scene, const char *curve, const char *d)
{
	const struct md_options options = { .app_name = "test" };

	*scene = (struct vector_scene){ NULL, NULL };
	vector_card(curve, d);
	ck_assert_int_eq(md_open(&options, &scene->md), MD_OK);
	ck_assert_int_eq(md_card_acquire(scene->md, 0, &scene->card), MD_OK);
}

void vector_scene_close(struct vector_scene *scene)
{
	md_card_release(scene->card);
	md_close(scene->md);
	fake_clear();
}

md_err vector_scene_agree(struct vector_scene *scene, struct span point, struct md_agreement **ret_agreement)
{
	struct md_point peer;
	const md_err err = md_point_decode(md_container(scene->card, 0)->ec_params, point, &peer);

	return err == MD_OK ? md_agree(scene->card, 0, &peer, ret_agreement) : err;
}

md_err vector_scene_derive(struct md_agreement *agreement, const struct md_kdf_plan *plan, struct secret *ret_key)
{
	struct md_key *key = NULL;
	const md_err err = md_derive(agreement, plan, &key);

	if (err != MD_OK)
		return err;
	ck_assert_uint_eq(md_key_len(key), plan->key_len);
	ck_assert(secret_alloc(ret_key, md_key_len(key)));
	ck_assert_int_eq(md_key_read(key, ret_key->data, ret_key->len), MD_OK);
	md_key_release(key);
	return MD_OK;
}

md_err vector_scene_key(struct vector_scene *scene, struct span point, const struct md_kdf_plan *plan,
			struct secret *ret_key)
{
	struct md_agreement *agreement = NULL;
	md_err err = vector_scene_agree(scene, point, &agreement);

	if (err != MD_OK)
		return err;
	err = vector_scene_derive(agreement, plan, ret_key);
	md_agreement_destroy(agreement);
	return err;
}

size_t vector_point(struct span x, struct span y, uint8_t ret_point[VECTOR_POINT_ROOM])
{
	ck_assert_uint_le(1u + x.len + y.len, VECTOR_POINT_ROOM);
	ret_point[0] = 0x04;
	memcpy(ret_point + 1, x.data, x.len);
	memcpy(ret_point + 1 + x.len, y.data, y.len);
	return 1u + x.len + y.len;
}

size_t vector_point_compressed(struct span x, struct span y, uint8_t ret_point[VECTOR_POINT_ROOM])
{
	ck_assert_uint_le(1u + x.len, VECTOR_POINT_ROOM);
	ret_point[0] = (uint8_t)(0x02 | (y.data[y.len - 1u] & 1));
	memcpy(ret_point + 1, x.data, x.len);
	return 1u + x.len;
}

const struct vector_carrier *vector_carrier(size_t i)
{
	static const struct vector_carrier carriers[] = {
		{ 14, "secp112r1" }, { 16, "secp128r1" }, { 24, "prime192v1" },
		{ 24, "prime192v2" }, { 24, "prime192v3" }, { 66, "secp521r1" },
	};

	return i < ARRAY_COUNT(carriers) ? &carriers[i] : NULL;
}

enum md_hash vector_hash(const char *name)
{
	static const struct {
		const char *name;
		enum md_hash hash;
	} rows[] = {
		{ "SHA1", MD_HASH_SHA1 },     { "SHA224", MD_HASH_SHA224 }, { "SHA256", MD_HASH_SHA256 },
		{ "SHA384", MD_HASH_SHA384 }, { "SHA512", MD_HASH_SHA512 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].hash;
	}
	ck_abort_msg("no hash is called %s", name);
	return MD_HASH_NONE;
}
