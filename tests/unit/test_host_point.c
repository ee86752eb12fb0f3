/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/err.h>
#include <string.h>

#include "minidriver/curve_win.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static struct md_point point;

static md_err decode(size_t container, struct span encoded)
{
	memset(&point, 0, sizeof(point));
	return md_point_decode(md_container(host_card, container)->ec_params, encoded, &point);
}

/* A point of a container in DER: an OCTET STRING around it, after `len` bytes of it were kept. */
static struct span der(struct span inner, uint8_t *room)
{
	size_t header = 2;

	room[0] = 0x04;
	if (inner.len >= 128) {
		room[1] = 0x81;
		header = 3;
	}
	room[header - 1] = (uint8_t)inner.len;
	memcpy(room + header, inner.data, inner.len);
	return span_of(room, header + inner.len);
}

static struct span compressed(struct span raw, uint8_t *room)
{
	const size_t field = (raw.len - 1) / 2;

	room[0] = (uint8_t)(2 | (raw.data[raw.len - 1] & 1));
	memcpy(room + 1, raw.data + 1, field);
	return span_of(room, 1 + field);
}

START_TEST(all_four_forms_are_one_point)
{
	for (size_t container = 0; container < 3; container++) {
		const struct span raw = fake_point(container);
		uint8_t short_room[160];
		uint8_t room[160];
		const struct span forms[] = { raw, der(raw, room), compressed(raw, short_room) };
		uint8_t last[160];

		for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
			ck_assert_md(decode(container, forms[i]), MD_OK);
			ck_assert(span_equal(span_of(point.bytes, point.len), raw));
		}
		ck_assert_md(decode(container, der(forms[2], last)), MD_OK);
		ck_assert(span_equal(span_of(point.bytes, point.len), raw));
	}
}
END_TEST

START_TEST(every_cut_or_lengthened_encoding_is_refused)
{
	for (size_t container = 0; container < 3; container++) {
		const struct span raw = fake_point(container);
		const size_t field = (raw.len - 1) / 2;
		uint8_t room[200] = { 0 };
		struct span wrapped = der(raw, room);

		for (size_t len = 0; len < raw.len; len++) {
			if (len != 1 + field)
				ck_assert_md(decode(container, span_of(raw.data, len)), MD_E_INVALID_PARAMETER);
		}
		for (size_t len = 0; len <= wrapped.len + 8; len++) {
			if (len != wrapped.len && len != raw.len && len != 1 + field)
				ck_assert_md(decode(container, span_of(room, len)), MD_E_INVALID_PARAMETER);
		}
		ck_assert_uint_eq(point.len, 0);
	}
}
END_TEST

START_TEST(lengths_that_are_not_der_are_refused)
{
	const struct span raw = fake_point(0);
	uint8_t room[200];

	room[0] = 0x04, room[1] = 0x81, room[2] = 65; /* the short form would do */
	memcpy(room + 3, raw.data, 65);
	ck_assert_md(decode(0, span_of(room, 68)), MD_E_INVALID_PARAMETER);
	room[1] = 0x82, room[2] = 0, room[3] = 65;
	memcpy(room + 4, raw.data, 65);
	ck_assert_md(decode(0, span_of(room, 69)), MD_E_INVALID_PARAMETER);
	room[1] = 0x80;
	memcpy(room + 2, raw.data, 65);
	ck_assert_md(decode(0, span_of(room, 67)), MD_E_INVALID_PARAMETER);
	room[0] = 0x03, room[1] = 65; /* a BIT STRING is none */
	ck_assert_md(decode(0, span_of(room, 67)), MD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(what_is_not_on_the_curve_is_refused)
{
	uint8_t room[CURVE_POINT_MAX];
	const struct span raw = fake_point(0);

	memcpy(room, raw.data, raw.len);
	room[64] ^= 1;
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	memset(room + 1, 0, 64);
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	memset(room + 1, 0xFF, 64);
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	room[0] = 0x00;
	ck_assert_md(decode(0, span_of(room, 1)), MD_E_INVALID_PARAMETER); /* infinity */
	memcpy(room, raw.data, raw.len);
	room[0] = (uint8_t)(0x06 | (room[64] & 1)); /* hybrid */
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	room[0] = 0x05;
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	ck_assert_md(decode(1, raw), MD_E_INVALID_PARAMETER);
	memset(room, 0xFF, sizeof(room)), room[0] = 0x02; /* x beyond the field */
	ck_assert_md(decode(0, span_of(room, 33)), MD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(an_x_without_a_y_is_refused)
{
	unsigned without = 0;

	for (uint8_t x = 1; x < 30; x++) {
		uint8_t room[33] = { 0x02 };

		room[32] = x;
		if (decode(0, span_of(room, 33)) != MD_OK)
			without++;
	}
	ck_assert_uint_gt(without, 0);
	ck_assert_uint_lt(without, 29);
}
END_TEST

START_TEST(curves_that_are_none_are_not_supported)
{
	static const uint8_t garbage[] = { 0x06, 0x03, 0x2A, 0x03, 0x04 };
	static const uint8_t not_oid[] = { 0x05, 0x00 };
	static const uint8_t sect163k1[] = { 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x01 };
	static const uint8_t p256_and_more[] = { 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x00 };
	const struct span params[] = { SPAN_EMPTY,
				       span_of(garbage, sizeof(garbage)),
				       span_of(not_oid, sizeof(not_oid)),
				       span_of(sect163k1, sizeof(sect163k1)),
				       span_of(p256_and_more, sizeof(p256_and_more)),
				       span_of(p256_and_more, 9),
				       span_of(p256_and_more, 1) };

	for (size_t i = 0; i < ARRAY_COUNT(params); i++)
		ck_assert_md(md_point_decode(params[i], fake_point(0), &point), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(md_point_decode(span_of(p256_and_more, 10), fake_point(0), &point), MD_OK);
}
END_TEST

START_TEST(windows_names_of_curves_are_right)
{
	static const struct {
		const char *curve;
		ULONG ecdh;
		ULONG ecdsa;
		DWORD spec;
	} names[] = {
		{ "ECK1", 0x314B4345, 0x31534345, AT_ECDSA_P256 },
		{ "ECK3", 0x334B4345, 0x33534345, AT_ECDSA_P384 },
		{ "ECK5", 0x354B4345, 0x35534345, AT_ECDSA_P521 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct curve curve;

		ck_assert_int_eq(curve_from_params(md_container(host_card, i)->ec_params, &curve), CURVE_OK);
		ck_assert_uint_eq(curve_ecdh_magic(&curve), names[i].ecdh);
		ck_assert_uint_eq(curve_ecdsa_magic(&curve), names[i].ecdsa);
		ck_assert_uint_eq(curve_sign_spec(&curve), names[i].spec);
	}
	ck_assert_uint_eq(curve_error(CURVE_OK), ERROR_SUCCESS);
	ck_assert_uint_eq(curve_error(CURVE_BAD_POINT), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(curve_error(CURVE_UNKNOWN), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_uint_eq(curve_error(CURVE_NO_MEMORY), SCARD_E_NO_MEMORY);
}
END_TEST

START_TEST(openssls_queue_of_errors_stays_as_it_was)
{
	uint8_t room[65] = { 0x04 };

	ERR_clear_error();
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ERR_raise(ERR_LIB_USER, 77);
	ck_assert_md(decode(0, span_of(room, 65)), MD_E_INVALID_PARAMETER);
	ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()), 77);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, all_four_forms_are_one_point);
	tcase_add_test(tc, every_cut_or_lengthened_encoding_is_refused);
	tcase_add_test(tc, lengths_that_are_not_der_are_refused);
	tcase_add_test(tc, what_is_not_on_the_curve_is_refused);
	tcase_add_test(tc, an_x_without_a_y_is_refused);
	tcase_add_test(tc, curves_that_are_none_are_not_supported);
	tcase_add_test(tc, windows_names_of_curves_are_right);
	tcase_add_test(tc, openssls_queue_of_errors_stays_as_it_was);
}

TEST_MAIN("minidriver/host_point", add)
