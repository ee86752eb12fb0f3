/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"
#include "minidriver/kdf_prf.h"
#include "minidriver/tls_prf.h"

#define TLS_SEED_LEN 64u   /* client and server random */
#define TLS_MASTER_LEN 48u /* RFC 5246, 8.1 */

/*
 * BCRYPT_KDF_TLS_PRF gives the master secret PRF(Z, label, seed)[0..47] of a handshake; CARD_EXT_KDF_TLS_PRF has no
 * bounds.
 */
static bool is_tls12(const struct kdf_params *params)
{
	return params->protocol == TLS1_2_PROTOCOL_VERSION;
}

static bool protocol_known(const struct kdf_params *params)
{
	return !kdf_given(params, KDF_TLS_PRF_PROTOCOL) || params->protocol == 0 ||
	       params->protocol == TLS1_PROTOCOL_VERSION || params->protocol == TLS1_1_PROTOCOL_VERSION ||
	       is_tls12(params);
}

static DWORD check_handshake(const struct kdf_params *params, DWORD flags)
{
	const struct hash *hash = params->hash;

	(void)flags;
	if (kdf_param(params, KDF_TLS_PRF_SEED).len != TLS_SEED_LEN || !protocol_known(params))
		return SCARD_E_INVALID_PARAMETER;
	if (hash != NULL && !(is_tls12(params) && (hash->id == HASH_SHA256 || hash->id == HASH_SHA384)))
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static DWORD check_any(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	if (!protocol_known(params) || (params->hash != NULL && !is_tls12(params)))
		return SCARD_E_INVALID_PARAMETER;
	return kdf_prf_check(params->hash);
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	(void)z_len;
	return TLS_MASTER_LEN;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	return kdf_prf_takes(params->hash != NULL ? params->hash : hash_of(HASH_SHA256), z_len) ? SIZE_MAX : 0;
}

static DWORD derive(const struct kdf_request *request)
{
	const struct kdf_params *params = request->params;
	struct tls_prf prf = {
		.secret = request->z,
		.label = kdf_param(params, KDF_TLS_PRF_LABEL),
		.seed = kdf_param(params, KDF_TLS_PRF_SEED),
	};

	if (is_tls12(params))
		prf.hash = params->hash != NULL ? params->hash : hash_of(HASH_SHA256);
	return tls_prf(&prf, request->out, request->out_len);
}

const struct kdf_ops kdf_tls_prf = {
	.name = BCRYPT_KDF_TLS_PRF,
	.required = KDF_BIT(KDF_TLS_PRF_LABEL) | KDF_BIT(KDF_TLS_PRF_SEED),
	.optional = KDF_BIT(KDF_TLS_PRF_PROTOCOL) | KDF_BIT(KDF_HASH_ALGORITHM),
	.check = check_handshake,
	.natural_len = natural_len,
	.derive = derive,
};

const struct kdf_ops kdf_tls_prf_ex = {
	.name = CARD_EXT_KDF_TLS_PRF,
	.optional = KDF_BIT(KDF_TLS_PRF_LABEL) | KDF_BIT(KDF_TLS_PRF_SEED) | KDF_BIT(KDF_TLS_PRF_PROTOCOL) |
		    KDF_BIT(KDF_HASH_ALGORITHM) | KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check_any,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive,
};
