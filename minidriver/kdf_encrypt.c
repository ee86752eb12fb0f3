/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

#define CHUNK_MAX ((size_t)1 << 30) /* EVP takes an int */

/*
 * CARD_EXT_KDF_ENCRYPT_DATA: KDF_GENERIC_PARAMETER encrypted with Z, a session key of a block cipher; in CBC mode where
 * there is an initial value, else in ECB mode (PKCS #11, derivation by encrypting data).
 */
static const char *cipher_name(const struct kdf_request *request)
{
	const bool cbc = kdf_given(request->params, CARD_EXT_KDF_IV);

	const struct key_alg *alg = request->alg;

	if (alg == NULL || alg->block <= 1 || alg->effective_bits || (alg->legacy && !ossl_legacy()))
		return NULL;
	return key_alg_cipher(alg, request->z.len, cbc ? KEY_CIPHER_CBC : KEY_CIPHER_ECB);
}

static DWORD check_base(const struct kdf_request *request)
{
	const struct span data = kdf_param(request->params, KDF_GENERIC_PARAMETER);
	const struct span iv = kdf_param(request->params, CARD_EXT_KDF_IV);

	if (cipher_name(request) == NULL || data.len % request->alg->block != 0)
		return SCARD_E_INVALID_PARAMETER;
	if (kdf_given(request->params, CARD_EXT_KDF_IV) && iv.len != request->alg->block)
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return kdf_param(params, KDF_GENERIC_PARAMETER).len;
}

static void context_free(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

static bool encrypt(EVP_CIPHER_CTX *context, const uint8_t *data, const struct kdf_request *request)
{
	for (size_t at = 0; at < request->out_len;) {
		const size_t left = request->out_len - at;
		const size_t chunk = left < CHUNK_MAX ? left : CHUNK_MAX;
		int written = 0;

		if (EVP_EncryptUpdate(context, request->out + at, &written, data + at, (int)chunk) != 1 ||
		    (size_t)written != chunk)
			return false;
		at += chunk;
	}
	return true;
}

static DWORD derive(const struct kdf_request *request)
{
	AUTO(context_free) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const uint8_t *iv = kdf_param(request->params, CARD_EXT_KDF_IV).data;
	EVP_CIPHER *cipher;

	OSSL_QUIET();
	cipher = ossl_cipher(cipher_name(request));
	if (cipher == NULL || context == NULL)
		return SCARD_E_NO_MEMORY;
	if (EVP_EncryptInit_ex2(context, cipher, request->z.data, iv, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
	    !encrypt(context, kdf_param(request->params, KDF_GENERIC_PARAMETER).data, request))
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

const struct kdf_ops kdf_encrypt = {
	.name = CARD_EXT_KDF_ENCRYPT_DATA,
	.required = KDF_BIT(KDF_GENERIC_PARAMETER),
	.optional = KDF_BIT(CARD_EXT_KDF_IV),
	.check_base = check_base,
	.natural_len = natural_len,
	.derive = derive,
};
