/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ossl.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_cipher.h"
#include "minidriver/kdf.h"

/*
 * CARD_EXT_KDF_ENCRYPT_DATA: KDF_GENERIC_PARAMETER encrypted with Z, a session key of a block cipher; in CBC mode where
 * there is an initial value, else in ECB mode (PKCS #11, derivation by encrypting data).
 */
static const char *cipher_name(const struct kdf_request *request)
{
	const bool cbc = kdf_given(request->params, CARD_EXT_KDF_IV);
	const struct key_alg *alg = request->key != NULL ? request->key->alg : NULL;

	if (alg == NULL || alg->block <= 1 || alg->effective_bits || (alg->legacy && !ossl_legacy()))
		return NULL;
	return key_alg_cipher(alg, request->z.len, cbc ? KEY_CIPHER_CBC : KEY_CIPHER_ECB);
}

static DWORD check_base(const struct kdf_request *request)
{
	const struct span data = kdf_param(request->params, KDF_GENERIC_PARAMETER);
	const struct span iv = kdf_param(request->params, CARD_EXT_KDF_IV);

	if (cipher_name(request) == NULL || data.len % request->key->alg->block != 0)
		return SCARD_E_INVALID_PARAMETER;
	if (kdf_given(request->params, CARD_EXT_KDF_IV) && iv.len != request->key->alg->block)
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return kdf_param(params, KDF_GENERIC_PARAMETER).len;
}

static DWORD derive(const struct kdf_request *request)
{
	const struct span data = kdf_param(request->params, KDF_GENERIC_PARAMETER);
	const struct span iv = kdf_param(request->params, CARD_EXT_KDF_IV);

	if (data.len != request->out_len)
		return SCARD_E_UNEXPECTED;
	return drv_cipher_make_secret(request->key, iv, data, request->out);
}

const struct kdf_ops kdf_encrypt = {
	.name = CARD_EXT_KDF_ENCRYPT_DATA,
	.required = KDF_BIT(KDF_GENERIC_PARAMETER),
	.optional = KDF_BIT(CARD_EXT_KDF_IV),
	.check_base = check_base,
	.natural_len = natural_len,
	.derive = derive,
};
