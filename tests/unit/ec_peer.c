/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/ec_peer.h"

#include <check.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"

#define POINT_MAX 133u /* P-521 */

struct ec_peer {
	EVP_PKEY *key;
	char curve[16];
	uint8_t point[POINT_MAX];
	size_t point_len;
};

/* X25519, X448: OpenSSL has a type of key for each. */
static bool is_montgomery(const char *curve)
{
	return curve[0] == 'X';
}

struct ec_peer *ec_peer_new(const char *curve)
{
	struct ec_peer *peer = calloc(1, sizeof(*peer));

	ck_assert_ptr_nonnull(peer);
	ck_assert_uint_lt(strlen(curve), sizeof(peer->curve));
	memcpy(peer->curve, curve, strlen(curve) + 1);
	peer->key = is_montgomery(curve) ? EVP_PKEY_Q_keygen(ossl_context(), NULL, curve)
					 : EVP_PKEY_Q_keygen(ossl_context(), NULL, "EC", curve);
	ck_assert_ptr_nonnull(peer->key);
	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(peer->key, OSSL_PKEY_PARAM_PUB_KEY, peer->point,
							 sizeof(peer->point), &peer->point_len),
			 1);
	return peer;
}

void ec_peer_free(struct ec_peer *peer)
{
	if (peer == NULL)
		return;
	EVP_PKEY_free(peer->key);
	free(peer);
}

struct span ec_peer_point(const struct ec_peer *peer)
{
	return span_of(peer->point, peer->point_len);
}

static EVP_PKEY *public_string(const char *curve, struct span point)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(ossl_context(), curve, NULL, point.data, point.len);

	ck_assert_ptr_nonnull(key);
	return key;
}

static EVP_PKEY *public_key(const char *curve, struct span point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(ossl_context(), "EC", NULL);
	OSSL_PARAM *parameters;
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0), 1);
	ck_assert_int_eq(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len), 1);
	parameters = OSSL_PARAM_BLD_to_param(build);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

void ec_peer_agree(const struct ec_peer *peer, struct span point, struct secret *ret_z)
{
	EVP_PKEY *other = is_montgomery(peer->curve) ? public_string(peer->curve, point)
						     : public_key(peer->curve, point);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(ossl_context(), peer->key, NULL);
	size_t len = 0;

	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, other), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, NULL, &len), 1);
	ck_assert(secret_alloc(ret_z, len));
	ck_assert_int_eq(EVP_PKEY_derive(ctx, ret_z->data, &len), 1);
	ck_assert_uint_eq(len, ret_z->len);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
}

bool ec_peer_verifies_message(const char *curve, struct span point, struct span message, struct span signature)
{
	EVP_PKEY *key = public_string(curve, point);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int result;

	ck_assert_int_eq(EVP_DigestVerifyInit_ex(ctx, NULL, NULL, ossl_context(), NULL, key, NULL), 1);
	result = EVP_DigestVerify(ctx, signature.data, signature.len, message.data, message.len);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return result == 1;
}

/* r || s as the DER that OpenSSL verifies. */
static int signature_der(struct span signature, uint8_t **ret_der)
{
	const int half = (int)(signature.len / 2);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len;

	ck_assert_int_eq(ECDSA_SIG_set0(sig, BN_bin2bn(signature.data, half, NULL),
					BN_bin2bn(signature.data + half, half, NULL)),
			 1);
	len = i2d_ECDSA_SIG(sig, ret_der);
	ck_assert_int_gt(len, 0);
	ECDSA_SIG_free(sig);
	return len;
}

bool ec_peer_verifies(const char *curve, struct span point, struct span digest, struct span signature)
{
	EVP_PKEY *key = public_key(curve, point);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(ossl_context(), key, NULL);
	uint8_t *der = NULL;
	const int len = signature_der(signature, &der);
	int result;

	ck_assert_int_eq(EVP_PKEY_verify_init(ctx), 1);
	result = EVP_PKEY_verify(ctx, der, (size_t)len, digest.data, digest.len);
	OPENSSL_free(der);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return result == 1;
}
