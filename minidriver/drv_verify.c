/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signatures are verified by OpenSSL's numbers: contexts of its EVP_PKEY for RSA and EC would ask the process' default
 * ENGINE, which may well be us.
 */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "base/ossl.h"
#include "base/quiet.h"
#include "minidriver/curve_win.h"
#include "minidriver/drv_public.h"
#include "minidriver/drv_sign_padding.h"

/* ---- RSA -------------------------------------------------------------------------------------------- */

static size_t bits_of(struct span modulus)
{
	return modulus.len == 0 || modulus.data[0] == 0
		       ? 0
		       : modulus.len * 8 - (size_t)__builtin_clz(modulus.data[0]) + 8 * (sizeof(unsigned) - 1);
}

/* The block that a signature was made of. */
static DWORD open_rsa(const CARD_EXT_VERIFY_INFO *info, struct secret *block)
{
	const struct span modulus = span_of(info->pbModulus, info->cbModulus);

	if (info->cbSignature != modulus.len)
		return SCARD_E_INVALID_PARAMETER;
	if (!secret_set(block, span_of(info->pbSignature, info->cbSignature)))
		return SCARD_E_NO_MEMORY;
	return rsa_public(modulus, span_of(info->pbPublicExponent, info->cbPublicExponent), block);
}

static DWORD verify_rsa(const CARD_EXT_VERIFY_INFO *info)
{
	AUTO_SECRET block = SECRET_INIT;
	struct sign_padding padding;
	DWORD err = sign_padding_of_info(info->dwPaddingType, info->pPaddingInfo, &padding);

	if (err == ERROR_SUCCESS)
		err = open_rsa(info, &block);
	if (err != ERROR_SUCCESS)
		return err;
	return sign_padding_check(&padding, span_of(info->pbData, info->cbData),
				  bits_of(span_of(info->pbModulus, info->cbModulus)), secret_span(&block));
}

DWORD drv_verify_recover(const CARD_EXT_VERIFY_INFO *info, PBYTE recovered, PSIZE_T inout_len)
{
	AUTO_SECRET block = SECRET_INIT;
	struct sign_padding padding;
	struct span content;
	DWORD err;

	OSSL_QUIET();
	if (info == NULL || recovered == NULL || inout_len == NULL || info->pbModulus == NULL ||
	    info->pbSignature == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = sign_padding_of_info(info->dwPaddingType, info->pPaddingInfo, &padding);
	if (err == ERROR_SUCCESS)
		err = open_rsa(info, &block);
	if (err == ERROR_SUCCESS)
		err = sign_padding_recover(&padding, secret_span(&block), &content);
	if (err != ERROR_SUCCESS)
		return err;
	if (*inout_len < content.len) {
		*inout_len = content.len;
		return ERROR_INSUFFICIENT_BUFFER;
	}
	if (content.len != 0)
		memcpy(recovered, content.data, content.len);
	*inout_len = content.len;
	return ERROR_SUCCESS;
}

/* ---- ECDSA (FIPS 186-5, 6.4.2) ---------------------------------------------------------------------- */

struct ecdsa {
	EC_GROUP *group;
	EC_POINT *q; /* the public key */
	EC_POINT *point; /* u1 * G + u2 * Q */
	BN_CTX *context;
	BIGNUM *r;
	BIGNUM *s;
	BIGNUM *e;
	BIGNUM *x;
};

static void ecdsa_end(struct ecdsa *ecdsa)
{
	BN_free(ecdsa->x);
	BN_free(ecdsa->e);
	BN_free(ecdsa->s);
	BN_free(ecdsa->r);
	BN_CTX_free(ecdsa->context);
	EC_POINT_free(ecdsa->point);
	EC_POINT_free(ecdsa->q);
	EC_GROUP_free(ecdsa->group);
}

/* The digest as a number: of a longer one the leftmost bits, as many as the order has. */
static BIGNUM *digest_number(struct span digest, const BIGNUM *order)
{
	const size_t bits = (size_t)BN_num_bits(order);
	const size_t len = digest.len < (bits + 7) / 8 ? digest.len : (bits + 7) / 8;
	BIGNUM *number = BN_bin2bn(digest.data, (int)len, NULL);

	if (number != NULL && 8 * len > bits && BN_rshift(number, number, (int)(8 * len - bits)) != 1) {
		BN_free(number);
		return NULL;
	}
	return number;
}

static DWORD ecdsa_begin(const CARD_EXT_VERIFY_INFO *info, const struct curve *curve,
			 const uint8_t point[CURVE_POINT_MAX], struct ecdsa *ecdsa)
{
	const size_t half = info->cbSignature / 2;

	ecdsa->group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, curve->nid);
	ecdsa->context = BN_CTX_new_ex(ossl_context());
	if (ecdsa->group == NULL || ecdsa->context == NULL)
		return SCARD_E_NO_MEMORY;
	ecdsa->q = EC_POINT_new(ecdsa->group);
	ecdsa->point = EC_POINT_new(ecdsa->group);
	ecdsa->r = BN_bin2bn(info->pbSignature, (int)half, NULL);
	ecdsa->s = BN_bin2bn(info->pbSignature + half, (int)half, NULL);
	ecdsa->e = digest_number(span_of(info->pbData, info->cbData), EC_GROUP_get0_order(ecdsa->group));
	ecdsa->x = BN_new();
	if (ecdsa->q == NULL || ecdsa->point == NULL || ecdsa->r == NULL || ecdsa->s == NULL || ecdsa->e == NULL ||
	    ecdsa->x == NULL)
		return SCARD_E_NO_MEMORY;
	return EC_POINT_oct2point(ecdsa->group, ecdsa->q, point, curve->point_len, ecdsa->context) == 1
		       ? ERROR_SUCCESS
		       : SCARD_E_INVALID_PARAMETER;
}

/* 0 < number < order */
static bool in_range(const BIGNUM *number, const BIGNUM *order)
{
	return !BN_is_zero(number) && BN_cmp(number, order) < 0;
}

static DWORD ecdsa_check(struct ecdsa *ecdsa)
{
	const BIGNUM *order = EC_GROUP_get0_order(ecdsa->group);

	if (!in_range(ecdsa->r, order) || !in_range(ecdsa->s, order))
		return SCARD_E_INVALID_VALUE;
	/* s becomes 1 / s, e becomes u1, s becomes u2 */
	if (BN_mod_inverse(ecdsa->s, ecdsa->s, order, ecdsa->context) == NULL ||
	    BN_mod_mul(ecdsa->e, ecdsa->e, ecdsa->s, order, ecdsa->context) != 1 ||
	    BN_mod_mul(ecdsa->s, ecdsa->r, ecdsa->s, order, ecdsa->context) != 1 ||
	    EC_POINT_mul(ecdsa->group, ecdsa->point, ecdsa->e, ecdsa->q, ecdsa->s, ecdsa->context) != 1)
		return SCARD_E_UNEXPECTED;
	if (EC_POINT_is_at_infinity(ecdsa->group, ecdsa->point) == 1)
		return SCARD_E_INVALID_VALUE;
	if (EC_POINT_get_affine_coordinates(ecdsa->group, ecdsa->point, ecdsa->x, NULL, ecdsa->context) != 1 ||
	    BN_nnmod(ecdsa->x, ecdsa->x, order, ecdsa->context) != 1)
		return SCARD_E_UNEXPECTED;
	return BN_cmp(ecdsa->x, ecdsa->r) == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_VALUE;
}

static DWORD verify_ecdsa(const CARD_EXT_VERIFY_INFO *info, const struct curve *curve)
{
	AUTO(ecdsa_end) struct ecdsa ecdsa = { .group = NULL };
	uint8_t point[CURVE_POINT_MAX];
	DWORD err = curve_error(curve_point_read(curve, span_of(info->pbPoint, info->cbPoint), point));

	if (err == ERROR_SUCCESS && info->cbData == 0)
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = ecdsa_begin(info, curve, point, &ecdsa);
	return err != ERROR_SUCCESS ? err : ecdsa_check(&ecdsa);
}

/* ---- EdDSA (RFC 8032): engines have no keys of these curves ----------------------------------------- */

static DWORD verify_eddsa(const CARD_EXT_VERIFY_INFO *info, const struct curve *curve)
{
	static const uint8_t nothing;
	EVP_PKEY *key = info->cbPoint == curve->point_len
				? EVP_PKEY_new_raw_public_key_ex(ossl_context(), OBJ_nid2sn(curve->nid), NULL,
								 info->pbPoint, info->cbPoint)
				: NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	DWORD err = SCARD_E_INVALID_PARAMETER;

	if (key != NULL && context != NULL &&
	    EVP_DigestVerifyInit_ex(context, NULL, NULL, ossl_context(), NULL, key, NULL) == 1)
		err = EVP_DigestVerify(context, info->pbSignature, info->cbSignature,
				       info->cbData != 0 ? info->pbData : &nothing, info->cbData) == 1
			      ? ERROR_SUCCESS
			      : SCARD_E_INVALID_VALUE;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return err;
}

static DWORD verify_on_curve(const CARD_EXT_VERIFY_INFO *info)
{
	struct curve curve;
	const DWORD err = curve_error(curve_from_params(span_of(info->pbParameters, info->cbParameters), &curve));

	if (err != ERROR_SUCCESS)
		return err;
	if (curve.form == CURVE_MONTGOMERY)
		return SCARD_E_UNSUPPORTED_FEATURE;
	if (info->cbSignature != 2 * curve.field_len)
		return SCARD_E_INVALID_PARAMETER;
	return curve.form == CURVE_EDWARDS ? verify_eddsa(info, &curve) : verify_ecdsa(info, &curve);
}

DWORD drv_verify(const CARD_EXT_VERIFY_INFO *info)
{
	OSSL_QUIET();
	if (info == NULL || info->pbSignature == NULL || (info->pbData == NULL && info->cbData != 0))
		return SCARD_E_INVALID_PARAMETER;
	if (info->pbModulus != NULL)
		return verify_rsa(info);
	return info->pbParameters != NULL && info->pbPoint != NULL ? verify_on_curve(info) : SCARD_E_INVALID_PARAMETER;
}
