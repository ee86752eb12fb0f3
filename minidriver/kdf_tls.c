/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "base/secret.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

#define TLS_SEED_LEN 64u   /* client and server random */
#define TLS_MASTER_LEN 48u /* RFC 5246, 8.1 */

/*
 * The PRF of TLS 1.0 and 1.1 (RFC 2246, 5: MD5 and SHA-1 over the halves of Z, which share the middle byte of an odd
 * length) or of TLS 1.2 (RFC 5246, 5). BCRYPT_KDF_TLS_PRF gives the master secret PRF(Z, label, seed)[0..47] of a
 * handshake; CARD_EXT_KDF_TLS_PRF has no bounds. OpenSSL's TLS1-PRF is not used: it takes 1024 bytes of label and seed.
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
	if (!protocol_known(params) || (params->hash != NULL && (!is_tls12(params) || params->hash->sized)))
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	(void)z_len;
	return TLS_MASTER_LEN;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	(void)z_len;
	return SIZE_MAX;
}

/* ---- P_hash ----------------------------------------------------------------------------------------- */

static void context_free(EVP_MAC_CTX **context)
{
	EVP_MAC_CTX_free(*context);
}

static DWORD hmac_new(const struct hash *hash, struct span key, EVP_MAC_CTX **ret_context)
{
	static const uint8_t nothing;
	const OSSL_PARAM params[] = { kdf_name(OSSL_MAC_PARAM_DIGEST, hash->ossl), OSSL_PARAM_END };
	EVP_MAC *mac = ossl_mac("HMAC");

	*ret_context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	if (*ret_context == NULL)
		return SCARD_E_NO_MEMORY;
	return EVP_MAC_init(*ret_context, key.len != 0 ? key.data : &nothing, key.len, params) == 1 ? ERROR_SUCCESS
												   : SCARD_E_UNEXPECTED;
}

static bool feed(EVP_MAC_CTX *context, struct span bytes)
{
	return bytes.len == 0 || EVP_MAC_update(context, bytes.data, bytes.len) == 1;
}

/* HMAC(a || label || seed, the latter two where the request is given); the key stays. */
static bool hmac(EVP_MAC_CTX *context, struct span a, const struct kdf_params *params, struct secret *ret_mac)
{
	size_t len = 0;

	if (!feed(context, a))
		return false;
	if (params != NULL && (!feed(context, kdf_param(params, KDF_TLS_PRF_LABEL)) ||
			       !feed(context, kdf_param(params, KDF_TLS_PRF_SEED))))
		return false;
	return EVP_MAC_final(context, ret_mac->data, &len, ret_mac->len) == 1 && len == ret_mac->len &&
	       EVP_MAC_init(context, NULL, 0, NULL) == 1;
}

/* P_hash(key, label || seed), XORed into the output. */
static DWORD add_p_hash(const struct hash *hash, struct span key, const struct kdf_request *request)
{
	AUTO(context_free) EVP_MAC_CTX *context = NULL;
	AUTO_SECRET a = SECRET_INIT;
	AUTO_SECRET block = SECRET_INIT;
	const DWORD err = hmac_new(hash, key, &context);

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(&a, hash->len) || !secret_alloc(&block, hash->len))
		return SCARD_E_NO_MEMORY;
	if (!hmac(context, SPAN_EMPTY, request->params, &a))
		return SCARD_E_UNEXPECTED;
	for (size_t at = 0; at < request->out_len; at += hash->len) {
		if (!hmac(context, secret_span(&a), request->params, &block) ||
		    !hmac(context, secret_span(&a), NULL, &a))
			return SCARD_E_UNEXPECTED;
		for (size_t i = 0; i < hash->len && at + i < request->out_len; i++)
			request->out[at + i] ^= block.data[i];
	}
	return ERROR_SUCCESS;
}

static DWORD derive(const struct kdf_request *request)
{
	const struct span z = request->z;
	const size_t half = z.len / 2 + z.len % 2;
	DWORD err;

	OSSL_QUIET();
	memset(request->out, 0, request->out_len);
	if (is_tls12(request->params)) {
		const struct hash *hash = request->params->hash;

		return add_p_hash(hash != NULL ? hash : hash_of(HASH_SHA256), z, request);
	}
	err = add_p_hash(hash_of(HASH_MD5), span_of(z.data, half), request);
	if (err != ERROR_SUCCESS)
		return err;
	return add_p_hash(hash_of(HASH_SHA1), span_of(z.data + (z.len - half), half), request);
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
