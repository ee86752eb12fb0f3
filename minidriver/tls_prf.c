/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/tls_prf.h"

#include <string.h>

#include "base/secret.h"
#include "minidriver/kdf_prf.h"

static bool feed_label_and_seed(struct kdf_prf *hmac, const struct tls_prf *prf)
{
	return kdf_prf_feed(hmac, prf->label) && kdf_prf_feed(hmac, prf->seed);
}

/* A(1), and the A after another. */
static bool first_a(struct kdf_prf *hmac, const struct tls_prf *prf, struct secret *ret_a)
{
	return kdf_prf_start(hmac) && feed_label_and_seed(hmac, prf) && kdf_prf_finish(hmac, ret_a->data);
}
static bool next_a(struct kdf_prf *hmac, struct secret *a)
{
	return kdf_prf_start(hmac) && kdf_prf_feed(hmac, secret_span(a)) && kdf_prf_finish(hmac, a->data);
}

static bool block_of(struct kdf_prf *hmac, struct span a, const struct tls_prf *prf, struct secret *ret_block)
{
	return kdf_prf_start(hmac) && kdf_prf_feed(hmac, a) && feed_label_and_seed(hmac, prf) &&
	       kdf_prf_finish(hmac, ret_block->data);
}

/* P_hash(key, label || seed), XORed into the output. */
static DWORD add_p_hash(const struct hash *hash, struct span key, const struct tls_prf *prf, uint8_t *out,
			size_t out_len)
{
	AUTO(kdf_prf_end) struct kdf_prf hmac = KDF_PRF_INIT;
	AUTO_SECRET a = SECRET_INIT;
	AUTO_SECRET block = SECRET_INIT;
	const DWORD err = kdf_prf_key(&hmac, hash, key);

	if (err != ERROR_SUCCESS)
		return err;
	if (!kdf_prf_prepare(&hmac) || !secret_alloc(&a, hmac.len) || !secret_alloc(&block, hmac.len))
		return SCARD_E_NO_MEMORY;
	if (!first_a(&hmac, prf, &a))
		return SCARD_E_UNEXPECTED;
	for (size_t at = 0; at < out_len; at += hmac.len) {
		if (!block_of(&hmac, secret_span(&a), prf, &block) || !next_a(&hmac, &a))
			return SCARD_E_UNEXPECTED;
		for (size_t i = 0; i < hmac.len && at + i < out_len; i++)
			out[at + i] ^= block.data[i];
	}
	return ERROR_SUCCESS;
}

DWORD tls_prf(const struct tls_prf *prf, uint8_t *out, size_t out_len)
{
	const struct span secret = prf->secret;
	const size_t half = secret.len / 2 + secret.len % 2;
	DWORD err;

	memset(out, 0, out_len);
	if (prf->hash != NULL)
		return add_p_hash(prf->hash, secret, prf, out, out_len);
	err = add_p_hash(hash_of(HASH_MD5), span_of(secret.data, half), prf, out, out_len);
	if (err != ERROR_SUCCESS)
		return err;
	return add_p_hash(hash_of(HASH_SHA1), span_of(secret.data + (secret.len - half), half), prf, out, out_len);
}
