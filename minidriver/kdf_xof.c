/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>

#include "base/ossl_fetch.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

/* CARD_EXT_KDF_XOF: SHAKE128(Z) or SHAKE256(Z) (FIPS 202, 6.2); of itself as long as twice the function's strength. */
static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return params->hash->len;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	(void)z_len;
	return SIZE_MAX;
}

static void context_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

static DWORD derive(const struct kdf_request *request)
{
	AUTO(context_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	const EVP_MD *md = ossl_md(request->params->hash->ossl);

	if (context == NULL || md == NULL)
		return SCARD_E_NO_MEMORY;
	if (EVP_DigestInit_ex2(context, md, NULL) != 1 ||
	    EVP_DigestUpdate(context, request->z.data, request->z.len) != 1 ||
	    EVP_DigestFinalXOF(context, request->out, request->out_len) != 1)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

const struct kdf_ops kdf_xof = {
	.name = CARD_EXT_KDF_XOF,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_KEYBITLENGTH),
	.xof = true,
	.any_length = true,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive,
};
