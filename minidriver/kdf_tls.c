/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/core_names.h>

#include "minidriver/kdf.h"

#define TLS_SEED_LEN 64u   /* client and server random */
#define TLS_MASTER_LEN 48u /* RFC 5246, 8.1 */
#define TLS_LABEL_MAX 960u /* OpenSSL takes 1024 bytes of label and seed */

/*
 * BCRYPT_KDF_TLS_PRF: the master secret PRF(Z, label, seed)[0..47] of TLS 1.0 and 1.1 (RFC 2246, 5: MD5 and SHA-1 over
 * the halves of Z, which share the middle byte of an odd length) or of TLS 1.2 (RFC 5246, 5).
 */
static bool is_tls12(const struct kdf_params *params)
{
	return params->protocol == TLS1_2_PROTOCOL_VERSION;
}

static bool protocol_known(DWORD protocol)
{
	return protocol == 0 || protocol == TLS1_PROTOCOL_VERSION || protocol == TLS1_1_PROTOCOL_VERSION ||
	       protocol == TLS1_2_PROTOCOL_VERSION;
}

static bool hash_good(const struct kdf_params *params)
{
	if (params->hash == NULL)
		return true;
	return is_tls12(params) && (params->hash->id == HASH_SHA256 || params->hash->id == HASH_SHA384);
}

static DWORD check(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	if (params->bytes[KDF_TLS_PRF_SEED].len != TLS_SEED_LEN || params->bytes[KDF_TLS_PRF_LABEL].len > TLS_LABEL_MAX)
		return SCARD_E_INVALID_PARAMETER;
	if (!protocol_known(params->protocol) || !hash_good(params))
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	(void)z_len;
	return TLS_MASTER_LEN;
}

static const char *prf_digest(const struct kdf_params *params)
{
	if (!is_tls12(params))
		return "MD5-SHA1";
	return params->hash != NULL ? params->hash->ossl : hash_of(HASH_SHA256)->ossl;
}

static DWORD derive(const struct kdf_request *request)
{
	/* the PRF hashes label || seed; OpenSSL joins several seeds in order */
	const OSSL_PARAM params[] = {
		kdf_name(OSSL_KDF_PARAM_DIGEST, prf_digest(request->params)),
		kdf_octets(OSSL_KDF_PARAM_SECRET, request->z),
		kdf_octets(OSSL_KDF_PARAM_SEED, request->params->bytes[KDF_TLS_PRF_LABEL]),
		kdf_octets(OSSL_KDF_PARAM_SEED, request->params->bytes[KDF_TLS_PRF_SEED]),
		OSSL_PARAM_END,
	};

	return kdf_ossl("TLS1-PRF", params, request);
}

const struct kdf_ops kdf_tls_prf = {
	.name = BCRYPT_KDF_TLS_PRF,
	.required = KDF_BIT(KDF_TLS_PRF_LABEL) | KDF_BIT(KDF_TLS_PRF_SEED),
	.optional = KDF_BIT(KDF_TLS_PRF_PROTOCOL) | KDF_BIT(KDF_HASH_ALGORITHM),
	.check = check,
	.natural_len = natural_len,
	.derive = derive,
};
