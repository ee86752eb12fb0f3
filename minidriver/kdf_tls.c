/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"
#include "minidriver/kdf_prf.h"

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

/* ---- P_hash ----------------------------------------------------------------------------------------- */

static bool feed_label_and_seed(struct kdf_prf *prf, const struct kdf_params *params)
{
	return kdf_prf_feed(prf, kdf_param(params, KDF_TLS_PRF_LABEL)) &&
	       kdf_prf_feed(prf, kdf_param(params, KDF_TLS_PRF_SEED));
}

/* A(1), and the A after another. */
static bool first_a(struct kdf_prf *prf, const struct kdf_params *params, struct secret *ret_a)
{
	return kdf_prf_start(prf) && feed_label_and_seed(prf, params) && kdf_prf_finish(prf, ret_a->data);
}
static bool next_a(struct kdf_prf *prf, struct secret *a)
{
	return kdf_prf_start(prf) && kdf_prf_feed(prf, secret_span(a)) && kdf_prf_finish(prf, a->data);
}

static bool block_of(struct kdf_prf *prf, struct span a, const struct kdf_params *params, struct secret *ret_block)
{
	return kdf_prf_start(prf) && kdf_prf_feed(prf, a) && feed_label_and_seed(prf, params) &&
	       kdf_prf_finish(prf, ret_block->data);
}

/* P_hash(key, label || seed), XORed into the output. */
static DWORD add_p_hash(const struct hash *hash, struct span key, const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
	AUTO_SECRET a = SECRET_INIT;
	AUTO_SECRET block = SECRET_INIT;
	const DWORD err = kdf_prf_key(&prf, hash, key);

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(&a, prf.len) || !secret_alloc(&block, prf.len))
		return SCARD_E_NO_MEMORY;
	if (!first_a(&prf, request->params, &a))
		return SCARD_E_UNEXPECTED;
	for (size_t at = 0; at < request->out_len; at += prf.len) {
		if (!block_of(&prf, secret_span(&a), request->params, &block) || !next_a(&prf, &a))
			return SCARD_E_UNEXPECTED;
		for (size_t i = 0; i < prf.len && at + i < request->out_len; i++)
			request->out[at + i] ^= block.data[i];
	}
	return ERROR_SUCCESS;
}

static DWORD derive(const struct kdf_request *request)
{
	const struct span z = request->z;
	const size_t half = z.len / 2 + z.len % 2;
	DWORD err;

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
