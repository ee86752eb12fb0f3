/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Elliptic curves as both sides of CARD_DATA need them: which curve DER ECParameters name, and whether a point
 * is one of it. Curves over prime fields with cofactor 1 that OpenSSL knows by name, and those of RFC 7748 and
 * RFC 8032, whose public keys are strings of bytes, the least significant first.
 */
#ifndef MDP_MINIDRIVER_CURVE_H
#define MDP_MINIDRIVER_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"

#define CURVE_FIELD_MAX 66u /* P-521, in bytes */
#define CURVE_POINT_MAX (1u + 2u * CURVE_FIELD_MAX)

enum curve_form {
	CURVE_WEIERSTRASS = 0, /* SEC 1: points are 04 || X || Y */
	CURVE_MONTGOMERY,      /* RFC 7748: a public key is a u-coordinate; keys agree only */
	CURVE_EDWARDS,         /* RFC 8032: a public key is a point, packed; keys sign only */
};

struct curve {
	enum curve_form form;
	int nid;          /* OpenSSL's number */
	size_t bits;      /* of the field */
	size_t field_len; /* bytes of a coordinate; EDWARDS: of a packed point */
	size_t point_len; /* bytes of a public key */
};

enum curve_result {
	CURVE_OK = 0,
	CURVE_UNKNOWN,   /* not a named curve, or none we can compute with */
	CURVE_BAD_POINT, /* malformed, not on the curve, infinity, or of small order */
	CURVE_NO_MEMORY,
};

/* Which curve DER ECParameters (a named curve's OID) mean. Errors: CURVE_UNKNOWN, CURVE_NO_MEMORY. */
enum curve_result curve_from_params(struct span params, struct curve *ret_curve) MUST_USE;

/*
 * Read a point in one of SEC 1's forms (2.3.4: 04 || X || Y, or 02/03 || X), check that it is on the curve and not
 * infinity, and write 04 || X || Y; or a u-coordinate, check that its order is not small (every u-coordinate is one of
 * the curve or of its twist, and X25519 and X448 are made for both: RFC 7748, 6), and write it as it is. point_len bytes.
 * Errors: CURVE_BAD_POINT, CURVE_UNKNOWN (also an EDWARDS curve: nothing agrees there), CURVE_NO_MEMORY.
 */
enum curve_result curve_point_read(const struct curve *curve, struct span point,
				   uint8_t ret_point[CURVE_POINT_MAX]) MUST_USE;

#endif
