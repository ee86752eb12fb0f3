/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

/*
 * The two KDFs that hash nothing. BCRYPT_KDF_RAW_SECRET, L"TRUNCATE", gives Z little-endian, as Windows does (sdk-api,
 * BCryptDeriveKey, remarks). CARD_EXT_KDF_RAW_SECRET_BE gives the trailing bytes of Z big-endian.
 */
static size_t whole(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	return z_len;
}

static DWORD derive_little_endian(const struct kdf_request *request)
{
	for (size_t i = 0; i < request->out_len; i++)
		request->out[i] = request->z.data[request->z.len - 1 - i];
	return ERROR_SUCCESS;
}

static DWORD derive_big_endian(const struct kdf_request *request)
{
	memcpy(request->out, request->z.data + (request->z.len - request->out_len), request->out_len);
	return ERROR_SUCCESS;
}

const struct kdf_ops kdf_truncate = {
	.name = BCRYPT_KDF_RAW_SECRET,
	.natural_len = whole,
	.derive = derive_little_endian,
};

const struct kdf_ops kdf_raw_be = {
	.name = CARD_EXT_KDF_RAW_SECRET_BE,
	.optional = KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.natural_len = whole,
	.derive = derive_big_endian,
};
