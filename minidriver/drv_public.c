/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers are OpenSSL's (BN, EC_GROUP): contexts of its EVP_PKEY would ask the process' default ENGINE, which may
 * well be us.
 */
#include "config.h"

#include "minidriver/drv_public.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

#include "base/ossl.h"
#include "base/quiet.h"
#include "base/wipe.h"
#include "minidriver/curve.h"
#include "minidriver/curve_win.h"
#include "minidriver/drv.h"
#include "minidriver/drv_rsa.h"

#define MODULUS_MIN 64u
#define MODULUS_MAX 2048u

static void bn_free(BIGNUM **number)
{
	BN_clear_free(*number);
}
static void bn_context_free(BN_CTX **context)
{
	BN_CTX_free(*context);
}
static void point_free(EC_POINT **point)
{
	EC_POINT_clear_free(*point);
}

/* ---- RSA -------------------------------------------------------------------------------------------- */

/* block ^ exponent mod modulus, in place */
static DWORD raise(struct span n, struct span e, struct secret *block)
{
	AUTO(bn_free) BIGNUM *modulus = BN_bin2bn(n.data, (int)n.len, NULL);
	AUTO(bn_free) BIGNUM *exponent = BN_bin2bn(e.data, (int)e.len, NULL);
	AUTO(bn_free) BIGNUM *number = BN_bin2bn(block->data, (int)block->len, NULL);
	AUTO(bn_context_free) BN_CTX *context = BN_CTX_secure_new_ex(ossl_context());

	if (modulus == NULL || exponent == NULL || number == NULL || context == NULL)
		return SCARD_E_NO_MEMORY;
	if (!BN_is_odd(modulus) || !BN_is_odd(exponent) || BN_is_one(exponent))
		return SCARD_E_INVALID_PARAMETER;
	if (BN_cmp(number, modulus) >= 0)
		return SCARD_E_INVALID_VALUE;
	if (BN_mod_exp(number, number, exponent, modulus, context) != 1 ||
	    BN_bn2binpad(number, block->data, (int)block->len) != (int)block->len)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

DWORD rsa_public(struct span modulus, struct span exponent, struct secret *block)
{
	OSSL_QUIET();
	if (modulus.data == NULL || exponent.data == NULL || modulus.len < MODULUS_MIN || modulus.len > MODULUS_MAX ||
	    modulus.data[0] == 0 || exponent.len == 0 || exponent.len > modulus.len || block->len != modulus.len)
		return SCARD_E_INVALID_PARAMETER;
	return raise(modulus, exponent, block);
}

/* Pad and encrypt; wrapped NULL asks for the length. */
static DWORD encrypt(const CARD_EXT_RSA_WRAP_INFO *info, const struct rsa_padding *padding, struct span value,
		     PBYTE wrapped)
{
	AUTO_SECRET block = SECRET_INIT;
	DWORD err = rsa_pad(padding, value, info->cbModulus, &block);

	if (err == ERROR_SUCCESS)
		err = rsa_public(span_of(info->pbModulus, info->cbModulus),
				 span_of(info->pbPublicExponent, info->cbPublicExponent), &block);
	wipe_stack();
	if (err == ERROR_SUCCESS)
		memcpy(wrapped, block.data, block.len);
	return err;
}

/* Read the padding and see to the room; *ret_done: there is nothing more to do. */
static DWORD encrypt_begin(const CARD_EXT_RSA_WRAP_INFO *info, const BYTE *out, PSIZE_T inout_len,
			   struct rsa_padding *ret_padding)
{
	const SIZE_T room = inout_len != NULL ? *inout_len : 0;
	DWORD err;

	if (info == NULL || inout_len == NULL || info->pbModulus == NULL || info->cbModulus < MODULUS_MIN ||
	    info->cbModulus > MODULUS_MAX)
		return SCARD_E_INVALID_PARAMETER;
	err = rsa_padding_read(info->dwPadding, info->pPaddingInfo, ret_padding);
	if (err != ERROR_SUCCESS)
		return err;
	*inout_len = info->cbModulus;
	return out != NULL && room < info->cbModulus ? ERROR_INSUFFICIENT_BUFFER : ERROR_SUCCESS;
}

DWORD drv_key_wrap_rsa(PCARD_DATA card_data, const CARD_EXT_RSA_WRAP_INFO *info, CARD_KEY_HANDLE handle, PBYTE wrapped,
		       PSIZE_T inout_len)
{
	AUTO_SESSION_KEY *key = NULL;
	struct rsa_padding padding;
	DWORD err;

	OSSL_QUIET();
	if (info == NULL || info->dwPadding == CARD_PADDING_NONE)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err == ERROR_SUCCESS)
		err = encrypt_begin(info, wrapped, inout_len, &padding);
	if (err != ERROR_SUCCESS || wrapped == NULL)
		return err;
	err = encrypt(info, &padding, secret_span(&key->value), wrapped);
	return err == SCARD_E_INVALID_VALUE ? SCARD_E_INVALID_PARAMETER : err;
}

DWORD drv_encrypt_rsa(const CARD_EXT_RSA_WRAP_INFO *info, const BYTE *data, SIZE_T len, PBYTE encrypted,
		      PSIZE_T inout_len)
{
	struct rsa_padding padding;
	DWORD err;

	OSSL_QUIET();
	if (data == NULL && len != 0)
		return SCARD_E_INVALID_PARAMETER;
	err = encrypt_begin(info, encrypted, inout_len, &padding);
	return err != ERROR_SUCCESS || encrypted == NULL ? err
							 : encrypt(info, &padding, span_of(data, len), encrypted);
}

/* ---- an agreement with a key pair of our own -------------------------------------------------------- */

struct pair {
	EC_GROUP *group;
	BN_CTX *context;
	BIGNUM *d;
	EC_POINT *q;      /* its public point */
	EC_POINT *shared; /* d times the peer's */
	BIGNUM *x;
};

static void pair_end(struct pair *pair)
{
	BN_clear_free(pair->x);
	EC_POINT_clear_free(pair->shared);
	EC_POINT_clear_free(pair->q);
	BN_clear_free(pair->d);
	BN_CTX_free(pair->context);
	EC_GROUP_free(pair->group);
}

static DWORD pair_begin(const struct curve *curve, struct pair *pair)
{
	pair->group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, curve->nid);
	pair->context = BN_CTX_secure_new_ex(ossl_context());
	pair->d = BN_secure_new();
	pair->x = BN_secure_new();
	pair->q = pair->group != NULL ? EC_POINT_new(pair->group) : NULL;
	pair->shared = pair->group != NULL ? EC_POINT_new(pair->group) : NULL;
	return pair->context != NULL && pair->d != NULL && pair->x != NULL && pair->q != NULL && pair->shared != NULL
		       ? ERROR_SUCCESS
		       : SCARD_E_NO_MEMORY;
}

/* d at random from 1 to the order - 1 (FIPS 186-5, A.2.2) */
static bool make_d(struct pair *pair)
{
	const BIGNUM *order = EC_GROUP_get0_order(pair->group);

	do {
		if (order == NULL || BN_priv_rand_range_ex(pair->d, order, 0, pair->context) != 1)
			return false;
	} while (BN_is_zero(pair->d));
	BN_set_flags(pair->d, BN_FLG_CONSTTIME);
	return true;
}

static DWORD pair_agree(struct pair *pair, const struct curve *curve, const uint8_t peer_point[CURVE_POINT_MAX],
			struct secret *ret_z)
{
	AUTO(point_free) EC_POINT *peer = EC_POINT_new(pair->group);
	const size_t len = 1 + 2 * curve->field_len;

	if (peer == NULL || !secret_alloc(ret_z, curve->field_len))
		return SCARD_E_NO_MEMORY;
	if (!make_d(pair) || EC_POINT_oct2point(pair->group, peer, peer_point, len, pair->context) != 1 ||
	    EC_POINT_mul(pair->group, pair->q, pair->d, NULL, NULL, pair->context) != 1 ||
	    EC_POINT_mul(pair->group, pair->shared, NULL, peer, pair->d, pair->context) != 1 ||
	    EC_POINT_get_affine_coordinates(pair->group, pair->shared, pair->x, NULL, pair->context) != 1 ||
	    BN_bn2binpad(pair->x, ret_z->data, (int)ret_z->len) != (int)ret_z->len)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

static DWORD agree(const struct curve *curve, const uint8_t peer[CURVE_POINT_MAX], PBYTE public_point,
		   struct secret *ret_z)
{
	AUTO(pair_end) struct pair pair = { .group = NULL };
	const size_t len = 1 + 2 * curve->field_len;
	DWORD err = pair_begin(curve, &pair);

	if (err == ERROR_SUCCESS)
		err = pair_agree(&pair, curve, peer, ret_z);
	if (err == ERROR_SUCCESS && EC_POINT_point2oct(pair.group, pair.q, POINT_CONVERSION_UNCOMPRESSED, public_point,
						       len, pair.context) != len)
		err = SCARD_E_UNEXPECTED;
	wipe_stack();
	return err;
}

static void pkey_free(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}
static void pkey_ctx_free(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

/* RFC 7748, 6. These keys have no numbers to compute with outside of EVP_PKEY; engines have none of them. */
static DWORD agree_montgomery(const struct curve *curve, const uint8_t peer_point[CURVE_POINT_MAX],
			      PBYTE public_point, struct secret *ret_z)
{
	const char *name = OBJ_nid2sn(curve->nid);
	AUTO(pkey_free) EVP_PKEY *own = EVP_PKEY_Q_keygen(ossl_context(), NULL, name);
	AUTO(pkey_free) EVP_PKEY *peer =
		EVP_PKEY_new_raw_public_key_ex(ossl_context(), name, NULL, peer_point, curve->point_len);
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *context = NULL;
	size_t public_len = curve->point_len;
	size_t len = curve->field_len;

	if (own == NULL || peer == NULL || !secret_alloc(ret_z, len))
		return SCARD_E_NO_MEMORY;
	context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), own, NULL);
	if (context == NULL || EVP_PKEY_derive_init(context) != 1 || EVP_PKEY_derive_set_peer(context, peer) != 1 ||
	    EVP_PKEY_derive(context, ret_z->data, &len) != 1 || len != ret_z->len ||
	    EVP_PKEY_get_raw_public_key(own, public_point, &public_len) != 1)
		return SCARD_E_UNEXPECTED;
	wipe_stack();
	return ERROR_SUCCESS;
}

DWORD drv_agree_ephemeral(PCARD_DATA card_data, const CARD_EXT_POINT_INFO *peer, PBYTE public_point, PSIZE_T inout_len,
			  PCARD_KEY_HANDLE ret_handle)
{
	const struct key_alg *generic = key_alg_by_name(CARD_EXT_GENERIC_SECRET_ALGORITHM);
	uint8_t point[CURVE_POINT_MAX];
	AUTO_SECRET z = SECRET_INIT;
	struct curve curve;
	struct drv *drv;
	SIZE_T room;
	DWORD err = drv_enter(card_data, &drv);

	OSSL_QUIET();
	if (err != ERROR_SUCCESS)
		return err;
	if (peer == NULL || public_point == NULL || inout_len == NULL || ret_handle == NULL ||
	    peer->pbParameters == NULL || peer->pbPoint == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = curve_error(curve_from_params(span_of(peer->pbParameters, peer->cbParameters), &curve));
	if (err == ERROR_SUCCESS)
		err = curve_error(curve_point_read(&curve, span_of(peer->pbPoint, peer->cbPoint), point));
	if (err != ERROR_SUCCESS)
		return err;
	room = *inout_len;
	*inout_len = curve.point_len;
	if (room < *inout_len)
		return ERROR_INSUFFICIENT_BUFFER;
	err = curve.form == CURVE_MONTGOMERY ? agree_montgomery(&curve, point, public_point, &z)
					     : agree(&curve, point, public_point, &z);
	return err != ERROR_SUCCESS ? err : key_store_add(drv->keys, generic, &z, ret_handle);
}
