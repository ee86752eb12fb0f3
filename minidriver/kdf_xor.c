/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

/* CARD_EXT_KDF_XOR: Z XOR KDF_GENERIC_PARAMETER, as long as the shorter (PKCS #11, XOR of a key and data). */
static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	const size_t data_len = kdf_param(params, KDF_GENERIC_PARAMETER).len;

	return data_len < z_len ? data_len : z_len;
}

static DWORD derive(const struct kdf_request *request)
{
	const struct span data = kdf_param(request->params, KDF_GENERIC_PARAMETER);

	for (size_t i = 0; i < request->out_len; i++)
		request->out[i] = request->z.data[i] ^ data.data[i];
	return ERROR_SUCCESS;
}

const struct kdf_ops kdf_xor = {
	.name = CARD_EXT_KDF_XOR,
	.required = KDF_BIT(KDF_GENERIC_PARAMETER),
	.natural_len = natural_len,
	.derive = derive,
};
