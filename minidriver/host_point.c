/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/curve_win.h"
#include "minidriver/error.h"
#include "minidriver/md.h"

#define DER_BIT_STRING 0x03u
#define DER_OCTET_STRING 0x04u
#define DER_LONG_FORM 0x80u

_Static_assert(MD_POINT_MAX == CURVE_POINT_MAX, "the largest point");

/* Whether bytes are a point themselves: their length says so, since a DER wrapping of any form has another one. */
static bool is_raw(const struct curve *curve, struct span encoded)
{
	if (curve->form != CURVE_WEIERSTRASS)
		return encoded.len == curve->point_len;
	return encoded.len == 1 + 2 * curve->field_len || encoded.len == 1 + curve->field_len;
}

/* What is inside a DER string that fills `encoded` to its end (X.690, 8.1.3); no point has 256 bytes. */
static md_err unwrap(struct span encoded, uint8_t tag, struct span *ret_inner)
{
	size_t header = 2;
	size_t len;

	if (encoded.len < header || encoded.data[0] != tag)
		return MD_E_INVALID_PARAMETER;
	len = encoded.data[1];
	if (len == (DER_LONG_FORM | 1u)) {
		header = 3;
		len = encoded.len >= header ? encoded.data[2] : 0;
		/* DER: the short form where it can be used */
		if (len < DER_LONG_FORM)
			return MD_E_INVALID_PARAMETER;
	} else if (len >= DER_LONG_FORM) {
		return MD_E_INVALID_PARAMETER;
	}
	if (encoded.len - header != len)
		return MD_E_INVALID_PARAMETER;
	*ret_inner = span_of(encoded.data + header, len);
	return MD_OK;
}

/*
 * A u-coordinate is also written as the BIT STRING it is in a SubjectPublicKeyInfo (RFC 8410, 4): texts of PKCS#11 3.0
 * leave open which DER they mean.
 */
static md_err unwrap_point(const struct curve *curve, struct span encoded, struct span *ret_inner)
{
	struct span bits;

	if (curve->form == CURVE_WEIERSTRASS || encoded.len == 0 || encoded.data[0] != DER_BIT_STRING)
		return unwrap(encoded, DER_OCTET_STRING, ret_inner);
	if (unwrap(encoded, DER_BIT_STRING, &bits) != MD_OK || bits.len == 0 || bits.data[0] != 0)
		return MD_E_INVALID_PARAMETER;
	*ret_inner = span_of(bits.data + 1, bits.len - 1);
	return MD_OK;
}

md_err md_point_decode(struct span params, struct span encoded, struct md_point *ret_point)
{
	struct md_point point;
	struct curve curve;
	struct span inner = encoded;
	md_err err = error_to_md(curve_error(curve_from_params(params, &curve)));

	if (err != MD_OK)
		return err;
	if (!is_raw(&curve, encoded))
		err = unwrap_point(&curve, encoded, &inner);
	if (err == MD_OK)
		err = error_to_md(curve_error(curve_point_read(&curve, inner, point.bytes)));
	if (err != MD_OK)
		return err;
	point.len = curve.point_len;
	*ret_point = point;
	return MD_OK;
}
