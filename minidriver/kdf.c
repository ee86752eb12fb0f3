/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/kdf.h"

#include <openssl/kdf.h>

#include "base/ossl_fetch.h"
#include "minidriver/wide.h"

static const struct kdf_ops *const rows[] = {
	&kdf_hash,
	&kdf_hmac,
	&kdf_tls_prf,
	&kdf_concat,
	&kdf_truncate,
	&kdf_hkdf,
	&kdf_x963,
	&kdf_raw_be,
	&kdf_hkdf_expand,
	&kdf_sp800_108_ctr_hmac,
	&kdf_sp800_108_counter,
	&kdf_sp800_108_feedback,
	&kdf_sp800_108_pipeline,
	&kdf_pbkdf2,
	&kdf_tls_prf_ex,
	&kdf_join,
	&kdf_xor,
	&kdf_extract,
	&kdf_encrypt,
	&kdf_xof,
	&kdf_capi,
};

const struct kdf_ops *kdf_row(size_t index)
{
	return index < ARRAY_COUNT(rows) ? rows[index] : NULL;
}

const struct kdf_ops *kdf_by_name(LPCWSTR name)
{
	/* what the host side names is the very string of the row, where the linker has merged what is the same */
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (name == rows[i]->name)
			return rows[i];
	}
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (wide_equal(name, rows[i]->name))
			return rows[i];
	}
	return NULL;
}

DWORD kdf_check(const struct kdf_ops *ops, const struct kdf_params *params, DWORD flags)
{
	const uint32_t known = ops->required | ops->optional | KDF_FURTHER_SECRETS;

	if ((ops->required & ~params->given) != 0 || (params->given & ~known) != 0)
		return SCARD_E_INVALID_PARAMETER;
	if ((flags & ~ops->flags) != 0 || (params->hash != NULL && params->hash->xof != ops->xof))
		return SCARD_E_INVALID_PARAMETER;
	return ops->check != NULL ? ops->check(params, flags) : ERROR_SUCCESS;
}

static void context_free(EVP_KDF_CTX **context)
{
	EVP_KDF_CTX_free(*context);
}

DWORD kdf_ossl(const char *name, const OSSL_PARAM *params, const struct kdf_request *request)
{
	AUTO(context_free) EVP_KDF_CTX *context = NULL;
	EVP_KDF *kdf;

	kdf = ossl_kdf(name);
	context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	if (context == NULL)
		return SCARD_E_NO_MEMORY;
	return EVP_KDF_derive(context, request->out, request->out_len, params) == 1 ? ERROR_SUCCESS
										    : SCARD_E_UNEXPECTED;
}

size_t kdf_counter_max(const struct hash *hash)
{
	size_t max;

	return __builtin_mul_overflow((size_t)UINT32_MAX, hash->len, &max) ? SIZE_MAX : max;
}

OSSL_PARAM kdf_octets(const char *key, struct span bytes)
{
	static uint8_t nothing;

	return OSSL_PARAM_construct_octet_string(key, bytes.len != 0 ? (void *)(uintptr_t)bytes.data : &nothing,
						 bytes.len);
}

OSSL_PARAM kdf_name(const char *key, const char *value)
{
	return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)value, 0);
}
