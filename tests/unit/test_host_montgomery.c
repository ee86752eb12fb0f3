/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* md.h with keys of RFC 7748 and RFC 8032: how they are listed, the forms of a peer's key, agreement and signature. */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

enum { X25519, X448, ED25519, CURVES };

static const struct {
	enum card_key_type type;
	const char *curve;
	enum md_public_type public_type;
	size_t bits;
	size_t width;
	uint8_t params[5];
} curves[CURVES] = {
	[X25519] = { CRD_KEY_MONTGOMERY, "X25519", MD_PUBLIC_MONTGOMERY, 255, 32, { 6, 3, 0x2B, 0x65, 0x6E } },
	[X448] = { CRD_KEY_MONTGOMERY, "X448", MD_PUBLIC_MONTGOMERY, 448, 56, { 6, 3, 0x2B, 0x65, 0x6F } },
	[ED25519] = { CRD_KEY_EDWARDS, "ED25519", MD_PUBLIC_EDWARDS, 255, 32, { 6, 3, 0x2B, 0x65, 0x70 } },
};

static struct md_point point;
static const struct md_sign_params ecdsa = { .scheme = MD_SIGN_ECDSA };
static const struct md_sign_params eddsa = { .scheme = MD_SIGN_EDDSA };

static void open_keys(void)
{
	fake_reset();
	for (size_t i = 0; i < CURVES; i++) {
		const struct fake_key key = {
			.type = curves[i].type,
			.curve = curves[i].curve,
			.usage = curves[i].type == CRD_KEY_MONTGOMERY ? CRD_USE_DERIVE : CRD_USE_SIGN,
			.no_pin = true,
		};

		ck_assert_uint_eq(fake_add_key(&key), i);
	}
	host_open_described();
}

static md_err decode(size_t container, struct span encoded)
{
	memset(&point, 0, sizeof(point));
	return md_point_decode(md_container(host_card, container)->ec_params, encoded, &point);
}

START_TEST(containers_say_which_curve_and_give_the_public_key_as_a_string)
{
	const struct md_container *c = md_container(host_card, (size_t)_i);

	ck_assert_int_eq(c->type, curves[_i].public_type);
	ck_assert_uint_eq(c->bits, curves[_i].bits);
	ck_assert(span_equal(c->ec_params, span_of(curves[_i].params, 5)));
	ck_assert(span_equal(c->ec_point, fake_point((size_t)_i)));
	ck_assert_uint_eq(c->modulus.len, 0);
}
END_TEST

START_TEST(a_u_coordinate_is_read_raw_and_in_either_string)
{
	const size_t width = curves[_i].width;
	const struct span raw = fake_point((size_t)_i);
	uint8_t octets[64] = { 0x04, (uint8_t)width };
	uint8_t bits[64] = { 0x03, (uint8_t)(width + 1), 0x00 };
	const struct span forms[] = { raw, span_of(octets, 2 + width), span_of(bits, 3 + width) };

	memcpy(octets + 2, raw.data, width);
	memcpy(bits + 3, raw.data, width);
	for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
		ck_assert_md(decode((size_t)_i, forms[i]), MD_OK);
		ck_assert(span_equal(span_of(point.bytes, point.len), raw));
	}
	bits[2] = 1; /* a bit not used */
	ck_assert_md(decode((size_t)_i, forms[2]), MD_E_INVALID_PARAMETER);
	octets[0] = 0x30;
	ck_assert_md(decode((size_t)_i, forms[1]), MD_E_INVALID_PARAMETER);
}
END_TEST

/* RFC 7748, 5: X25519 masks the topmost bit of a u-coordinate. */
START_TEST(the_unused_bit_of_x25519_is_no_error)
{
	uint8_t u[32];

	memcpy(u, fake_point(X25519).data, 32);
	u[31] |= 0x80;
	ck_assert_md(decode(X25519, span_of(u, 32)), MD_OK);
	ck_assert(span_equal(span_of(point.bytes, point.len), span_of(u, 32)));
}
END_TEST

START_TEST(every_other_length_is_refused)
{
	const size_t width = curves[_i].width;
	uint8_t room[160];

	memset(room, 0x04, sizeof(room));
	for (size_t len = 0; len < sizeof(room); len++)
		if (len != width)
			ck_assert_md(decode((size_t)_i, span_of(room, len)), MD_E_INVALID_PARAMETER);
	room[1] = (uint8_t)width;
	for (size_t len = 0; len < sizeof(room); len++)
		if (len != width && len != width + 2)
			ck_assert_md(decode((size_t)_i, span_of(room, len)), MD_E_INVALID_PARAMETER);
	room[0] = 0x03;
	room[1] = (uint8_t)(width + 1);
	room[2] = 0;
	for (size_t len = 0; len < sizeof(room); len++)
		if (len != width && len != width + 3)
			ck_assert_md(decode((size_t)_i, span_of(room, len)), MD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(points_of_small_order_are_none)
{
	uint8_t u[56] = { 0 };

	ck_assert_md(decode(X25519, span_of(u, 32)), MD_E_INVALID_PARAMETER);
	ck_assert_md(decode(X448, span_of(u, 56)), MD_E_INVALID_PARAMETER);
	u[0] = 1;
	ck_assert_md(decode(X25519, span_of(u, 32)), MD_E_INVALID_PARAMETER);
	ck_assert_md(decode(X448, span_of(u, 56)), MD_E_INVALID_PARAMETER);
	u[0] = 9;
	ck_assert_md(decode(X25519, span_of(u, 32)), MD_OK);
}
END_TEST

START_TEST(the_secret_is_what_the_other_side_has)
{
	struct md_agreement *agreement = host_agree((size_t)_i, fake_point((size_t)_i));
	struct md_kdf_plan plan = { .kdf = MD_KDF_RAW, .alg = MD_KEY_GENERIC, .key_len = curves[_i].width };
	struct md_key *key = NULL;
	uint8_t z[66];

	ck_assert_uint_eq(md_agreement_secret_len(agreement), curves[_i].width);
	ck_assert_uint_eq(fake_own_z((size_t)_i, z), curves[_i].width);
	ck_assert_md(md_derive(agreement, &plan, &key), MD_OK);
	host_key_is(key, span_of(z, curves[_i].width));
	md_key_release(key);
	/* a shorter key is what is left when bytes are taken from the leading end (PKCS#11 3.0, 2.3.9) */
	plan.key_len = 16;
	ck_assert_md(md_derive(agreement, &plan, &key), MD_OK);
	host_key_is(key, span_of(z + curves[_i].width - 16, 16));
	md_key_release(key);
	md_agreement_destroy(agreement);
}
END_TEST

START_TEST(keys_that_only_sign_agree_with_nothing_and_the_other_way_round)
{
	struct md_agreement *agreement = NULL;
	uint8_t signature[64];
	size_t len = sizeof(signature);

	ck_assert_md(decode(ED25519, fake_point(X25519)), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(decode(X25519, fake_point(X25519)), MD_OK);
	ck_assert_md(md_agree(host_card, ED25519, &point, &agreement), MD_E_NO_KEY_CONTAINER);
	ck_assert_md(md_agree(host_card, X448, &point, &agreement), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_sign(host_card, X25519, &eddsa, span_of("m", 1), signature, &len),
		     MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(md_sign(host_card, ED25519, &ecdsa, span_of("m", 1), signature, &len),
		     MD_E_UNSUPPORTED_FEATURE);
}
END_TEST

START_TEST(an_ed25519_signature_verifies)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[64];
	size_t len = 0;

	ck_assert_md(md_sign(host_card, ED25519, &eddsa, span_of("message", 7), NULL, &len), MD_OK);
	ck_assert_uint_eq(len, 64);
	len = 63;
	ck_assert_md(md_sign(host_card, ED25519, &eddsa, span_of("message", 7), signature, &len),
		     MD_E_INSUFFICIENT_BUFFER);
	ck_assert_md(md_sign(host_card, ED25519, &eddsa, span_of("message", 7), signature, &len), MD_OK);
	ck_assert_int_eq(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, fake_pkey(ED25519)), 1);
	ck_assert_int_eq(EVP_DigestVerify(ctx, signature, len, (const uint8_t *)"message", 7), 1);
	EVP_MD_CTX_free(ctx);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, open_keys, host_close);
	tcase_add_loop_test(tc, containers_say_which_curve_and_give_the_public_key_as_a_string, 0, CURVES);
	tcase_add_loop_test(tc, a_u_coordinate_is_read_raw_and_in_either_string, X25519, X448 + 1);
	tcase_add_test(tc, the_unused_bit_of_x25519_is_no_error);
	tcase_add_loop_test(tc, every_other_length_is_refused, X25519, X448 + 1);
	tcase_add_test(tc, points_of_small_order_are_none);
	tcase_add_loop_test(tc, the_secret_is_what_the_other_side_has, X25519, X448 + 1);
	tcase_add_test(tc, keys_that_only_sign_agree_with_nothing_and_the_other_way_round);
	tcase_add_test(tc, an_ed25519_signature_verifies);
}

TEST_MAIN("minidriver/host_montgomery", add)
