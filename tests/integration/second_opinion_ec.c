/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/integration/second_opinion.h"

#define OID(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }

const struct ec_curve ec_curves[EC_CURVES] = {
	{ "prime256v1", OID("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), 32 },
	{ "secp384r1", OID("\x06\x05\x2b\x81\x04\x00\x22"), 48 },
};

static void group_free(EC_GROUP **group)
{
	EC_GROUP_free(*group);
}

static void point_free(EC_POINT **point)
{
	EC_POINT_free(*point);
}

static void number_free(BIGNUM **number)
{
	BN_clear_free(*number);
}

static void key_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static EC_GROUP *group_of(size_t curve)
{
	return EC_GROUP_new_by_curve_name(OBJ_sn2nid(ec_curves[curve].name));
}

void ec_private(uint64_t seed, size_t curve, uint8_t ret_d[EC_NUMBER_ROOM])
{
	struct draw draw = draw_from(seed, CKM_EC_KEY_PAIR_GEN, curve);

	draw_bytes(&draw, ret_d, ec_curves[curve].field_len);
	/* Below the order of each curve here, and its length is the field's. */
	ret_d[0] = (uint8_t)(0x40 | (ret_d[0] & 0x3f));
}

size_t ec_public(size_t curve, const uint8_t *d, uint8_t ret_point[EC_POINT_ROOM])
{
	AUTO(group_free) EC_GROUP *group = group_of(curve);
	AUTO(point_free) EC_POINT *point = EC_POINT_new(group);
	AUTO(number_free) BIGNUM *number = BN_bin2bn(d, (int)ec_curves[curve].field_len, NULL);

	if (EC_POINT_mul(group, point, number, NULL, NULL, NULL) != 1)
		return 0;
	return EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_point, EC_POINT_ROOM, NULL);
}

static EVP_PKEY *key_of(size_t curve, const uint8_t *d)
{
	uint8_t point[EC_POINT_ROOM];
	const size_t point_len = ec_public(curve, d, point);
	AUTO(number_free) BIGNUM *number = BN_bin2bn(d, (int)ec_curves[curve].field_len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, ec_curves[curve].name, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

bool ec_write_pem(size_t curve, const uint8_t *d, const char *path)
{
	AUTO(key_free) EVP_PKEY *key = key_of(curve, d);
	BIO *file = BIO_new_file(path, "w");
	const bool good = key != NULL && file != NULL &&
			  PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;

	BIO_free(file);
	return good;
}

bool ec_agree(size_t curve, const uint8_t *d, struct span point, uint8_t ret_z[EC_NUMBER_ROOM])
{
	AUTO(group_free) EC_GROUP *group = group_of(curve);
	AUTO(point_free) EC_POINT *peer = EC_POINT_new(group);
	AUTO(point_free) EC_POINT *shared = EC_POINT_new(group);
	AUTO(number_free) BIGNUM *number = BN_bin2bn(d, (int)ec_curves[curve].field_len, NULL);
	AUTO(number_free) BIGNUM *x = BN_new();

	return EC_POINT_oct2point(group, peer, point.data, point.len, NULL) == 1 &&
	       EC_POINT_mul(group, shared, NULL, peer, number, NULL) == 1 &&
	       EC_POINT_get_affine_coordinates(group, shared, x, NULL, NULL) == 1 &&
	       BN_bn2binpad(x, ret_z, (int)ec_curves[curve].field_len) > 0;
}
