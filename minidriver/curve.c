/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/curve.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

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

static void pkey_free(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}
static void pkey_ctx_free(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

/* RFC 7748, 4.1 and 4.2; RFC 8032, 5.1 and 5.2; the OIDs are those of RFC 8410. */
static const struct curve string_curves[] = {
	{ .form = CURVE_MONTGOMERY, .nid = NID_X25519, .bits = 255, .field_len = 32, .point_len = 32 },
	{ .form = CURVE_MONTGOMERY, .nid = NID_X448, .bits = 448, .field_len = 56, .point_len = 56 },
	{ .form = CURVE_EDWARDS, .nid = NID_ED25519, .bits = 255, .field_len = 32, .point_len = 32 },
	{ .form = CURVE_EDWARDS, .nid = NID_ED448, .bits = 448, .field_len = 57, .point_len = 57 },
};

static bool find_string_curve(int nid, struct curve *ret_curve)
{
	for (size_t i = 0; i < ARRAY_COUNT(string_curves); i++) {
		if (string_curves[i].nid == nid) {
			*ret_curve = string_curves[i];
			return true;
		}
	}
	return false;
}

enum curve_result curve_from_params(struct span params, struct curve *ret_curve)
{
	const unsigned char *at = params.data;
	AUTO(object_free) ASN1_OBJECT *object = NULL;
	AUTO(group_free) EC_GROUP *group = NULL;
	const BIGNUM *cofactor;
	size_t field_len;
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
	if (find_string_curve(nid, ret_curve))
		return CURVE_OK;
	group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, nid);
	if (group == NULL || EC_GROUP_get_field_type(group) != NID_X9_62_prime_field)
		return CURVE_UNKNOWN;
	cofactor = EC_GROUP_get0_cofactor(group);
	bits = EC_GROUP_get_degree(group);
	if (cofactor == NULL || !BN_is_one(cofactor) || bits <= 0 || (size_t)bits > CURVE_FIELD_MAX * 8)
		return CURVE_UNKNOWN;
	field_len = ((size_t)bits + 7) / 8;
	*ret_curve = (struct curve){
		.form = CURVE_WEIERSTRASS,
		.nid = nid,
		.bits = (size_t)bits,
		.field_len = field_len,
		.point_len = 1 + 2 * field_len,
	};
	return CURVE_OK;
}

static bool form_is_known(const struct curve *curve, struct span point)
{
	if (point.len == 1 + 2 * curve->field_len)
		return point.data[0] == POINT_UNCOMPRESSED;
	return point.len == 1 + curve->field_len &&
	       (point.data[0] == POINT_COMPRESSED_EVEN || point.data[0] == POINT_COMPRESSED_ODD);
}

/*
 * Any private key makes a secret of zeros of a point of small order, because they all are multiples of the cofactor
 * (RFC 7748, 5), and OpenSSL refuses to hand it out; so a private key that everybody knows tells such points.
 */
static bool has_small_order(const struct curve *curve, EVP_PKEY *peer)
{
	uint8_t known[CURVE_FIELD_MAX];
	uint8_t unused[CURVE_FIELD_MAX];
	AUTO(pkey_free) EVP_PKEY *own = NULL;
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *ctx = NULL;
	size_t len = sizeof(unused);

	memset(known, 0x40, sizeof(known));
	own = EVP_PKEY_new_raw_private_key_ex(ossl_context(), OBJ_nid2sn(curve->nid), NULL, known, curve->field_len);
	if (own != NULL)
		ctx = EVP_PKEY_CTX_new_from_pkey(ossl_context(), own, NULL);
	return ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
	       EVP_PKEY_derive(ctx, unused, &len) != 1;
}

static enum curve_result read_u_coordinate(const struct curve *curve, struct span u, uint8_t ret_point[CURVE_POINT_MAX])
{
	AUTO(pkey_free) EVP_PKEY *peer = NULL;

	if (u.len != curve->point_len)
		return CURVE_BAD_POINT;
	peer = EVP_PKEY_new_raw_public_key_ex(ossl_context(), OBJ_nid2sn(curve->nid), NULL, u.data, u.len);
	if (peer == NULL)
		return CURVE_NO_MEMORY;
	if (has_small_order(curve, peer))
		return CURVE_BAD_POINT;
	memcpy(ret_point, u.data, u.len);
	return CURVE_OK;
}

enum curve_result curve_point_read(const struct curve *curve, struct span point, uint8_t ret_point[CURVE_POINT_MAX])
{
	AUTO(group_free) EC_GROUP *group = NULL;
	AUTO(point_free) EC_POINT *decoded = NULL;
	const size_t len = curve->point_len;

	OSSL_QUIET();
	if (curve->form == CURVE_EDWARDS)
		return CURVE_UNKNOWN;
	if (curve->form == CURVE_MONTGOMERY)
		return read_u_coordinate(curve, point, ret_point);
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
