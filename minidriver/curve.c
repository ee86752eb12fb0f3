/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/curve.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

#include "base/ossl.h"
#include "base/quiet.h"

enum {
	POINT_COMPRESSED_EVEN = 2,
	POINT_COMPRESSED_ODD = 3,
	POINT_UNCOMPRESSED = 4,
};

static void group_free(EC_GROUP **group)
{
	EC_GROUP_free(*group);
}
static void point_free(EC_POINT **point)
{
	EC_POINT_free(*point);
}
static void object_free(ASN1_OBJECT **object)
{
	ASN1_OBJECT_free(*object);
}

enum curve_result curve_from_params(struct span params, struct curve *ret_curve)
{
	const unsigned char *at = params.data;
	AUTO(object_free) ASN1_OBJECT *object = NULL;
	AUTO(group_free) EC_GROUP *group = NULL;
	const BIGNUM *cofactor;
	int nid;
	int bits;

	OSSL_QUIET();
	if (params.len == 0 || params.len > INT16_MAX)
		return CURVE_UNKNOWN;
	object = d2i_ASN1_OBJECT(NULL, &at, (long)params.len);
	if (object == NULL || at != params.data + params.len)
		return CURVE_UNKNOWN;
	nid = OBJ_obj2nid(object);
	if (nid == NID_undef)
		return CURVE_UNKNOWN;
	group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, nid);
	if (group == NULL || EC_GROUP_get_field_type(group) != NID_X9_62_prime_field)
		return CURVE_UNKNOWN;
	cofactor = EC_GROUP_get0_cofactor(group);
	bits = EC_GROUP_get_degree(group);
	if (cofactor == NULL || !BN_is_one(cofactor) || bits <= 0 || (size_t)bits > CURVE_FIELD_MAX * 8)
		return CURVE_UNKNOWN;
	*ret_curve = (struct curve){ .nid = nid, .bits = (size_t)bits, .field_len = ((size_t)bits + 7) / 8 };
	return CURVE_OK;
}

static bool form_is_known(const struct curve *curve, struct span point)
{
	if (point.len == 1 + 2 * curve->field_len)
		return point.data[0] == POINT_UNCOMPRESSED;
	return point.len == 1 + curve->field_len &&
	       (point.data[0] == POINT_COMPRESSED_EVEN || point.data[0] == POINT_COMPRESSED_ODD);
}

enum curve_result curve_point_read(const struct curve *curve, struct span point, uint8_t ret_point[CURVE_POINT_MAX])
{
	AUTO(group_free) EC_GROUP *group = NULL;
	AUTO(point_free) EC_POINT *decoded = NULL;
	const size_t len = 1 + 2 * curve->field_len;

	OSSL_QUIET();
	if (!form_is_known(curve, point))
		return CURVE_BAD_POINT;
	group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, curve->nid);
	if (group == NULL)
		return CURVE_UNKNOWN;
	decoded = EC_POINT_new(group);
	if (decoded == NULL)
		return CURVE_NO_MEMORY;
	if (EC_POINT_oct2point(group, decoded, point.data, point.len, NULL) != 1 ||
	    EC_POINT_is_at_infinity(group, decoded) || EC_POINT_is_on_curve(group, decoded, NULL) != 1)
		return CURVE_BAD_POINT;
	if (EC_POINT_point2oct(group, decoded, POINT_CONVERSION_UNCOMPRESSED, ret_point, len, NULL) != len)
		return CURVE_NO_MEMORY;
	return CURVE_OK;
}
