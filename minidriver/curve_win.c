/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/curve_win.h"

#include <openssl/obj_mac.h>
#include <string.h>

#define POINT_UNCOMPRESSED 0x04u

struct curve_row {
	int nid;
	ULONG ecdh_magic;
	ULONG ecdsa_magic;
	DWORD sign_spec;
};

static const struct curve_row rows[] = {
	{ NID_X9_62_prime256v1, BCRYPT_ECDH_PUBLIC_P256_MAGIC, BCRYPT_ECDSA_PUBLIC_P256_MAGIC, AT_ECDSA_P256 },
	{ NID_secp384r1, BCRYPT_ECDH_PUBLIC_P384_MAGIC, BCRYPT_ECDSA_PUBLIC_P384_MAGIC, AT_ECDSA_P384 },
	{ NID_secp521r1, BCRYPT_ECDH_PUBLIC_P521_MAGIC, BCRYPT_ECDSA_PUBLIC_P521_MAGIC, AT_ECDSA_P521 },
};

static const struct curve_row generic = {
	.ecdh_magic = BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC,
	.ecdsa_magic = BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC,
	.sign_spec = AT_SIGNATURE,
};

static const struct curve_row *find_row(const struct curve *curve)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].nid == curve->nid)
			return &rows[i];
	}
	return &generic;
}

ULONG curve_ecdh_magic(const struct curve *curve)
{
	return find_row(curve)->ecdh_magic;
}

ULONG curve_ecdsa_magic(const struct curve *curve)
{
	return find_row(curve)->ecdsa_magic;
}

DWORD curve_sign_spec(const struct curve *curve)
{
	return find_row(curve)->sign_spec;
}

void curve_point_to_blob(const struct curve *curve, const uint8_t *point, uint8_t *ret_coordinates)
{
	if (curve->form == CURVE_WEIERSTRASS) {
		memcpy(ret_coordinates, point + 1, 2 * curve->field_len);
		return;
	}
	memcpy(ret_coordinates, point, curve->field_len);
	memset(ret_coordinates + curve->field_len, 0, curve->field_len);
}

bool curve_point_of_blob(const struct curve *curve, const uint8_t *coordinates, uint8_t *ret_point)
{
	uint8_t any = 0;

	if (curve->form == CURVE_WEIERSTRASS) {
		ret_point[0] = POINT_UNCOMPRESSED;
		memcpy(ret_point + 1, coordinates, 2 * curve->field_len);
		return true;
	}
	for (size_t i = 0; i < curve->field_len; i++)
		any |= coordinates[curve->field_len + i];
	memcpy(ret_point, coordinates, curve->field_len);
	return any == 0;
}

DWORD curve_error(enum curve_result result)
{
	switch (result) {
	case CURVE_OK:
		return ERROR_SUCCESS;
	case CURVE_BAD_POINT:
		return SCARD_E_INVALID_PARAMETER;
	case CURVE_NO_MEMORY:
		return SCARD_E_NO_MEMORY;
	case CURVE_UNKNOWN:
	default:
		return SCARD_E_UNSUPPORTED_FEATURE;
	}
}
