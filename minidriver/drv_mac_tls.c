/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verify_data of the "finished" messages of TLS: PRF(key, label, data). */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>

#include "minidriver/drv_mac_ops.h"

static size_t tls_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	return key->alg->any_length ? CARD_EXT_MAC_TLS_MAX : 0;
}

/* The PRF reads label and data twice, so they are kept until the end. */
static DWORD tls_update(PCARD_EXT_MAC mac, struct span data)
{
	struct secret *text = &mac->text;
	size_t needed;

	if (__builtin_add_overflow(text->len, data.len, &needed))
		return SCARD_E_NO_MEMORY;
	if (needed > text->room) {
		AUTO_SECRET larger = SECRET_INIT;

		if (!secret_alloc(&larger, needed < SIZE_MAX / 2 ? 2 * needed : needed))
			return SCARD_E_NO_MEMORY;
		secret_truncate(&larger, text->len);
		if (text->len != 0)
			memcpy(larger.data, text->data, text->len);
		secret_move(text, &larger);
	}
	if (data.len != 0)
		memcpy(text->data + text->len, data.data, data.len);
	text->len = needed;
	return ERROR_SUCCESS;
}

static DWORD tls_start(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	return tls_update(mac, request->label);
}

/* HMAC of one run of bytes and perhaps another, under the key that the context has. */
static bool hmac_of(EVP_MAC_CTX *hmac, struct span one, struct span two, struct secret *result)
{
	size_t len = 0;

	return EVP_MAC_init(hmac, NULL, 0, NULL) == 1 && EVP_MAC_update(hmac, one.data, one.len) == 1 &&
	       (two.len == 0 || EVP_MAC_update(hmac, two.data, two.len) == 1) &&
	       EVP_MAC_final(hmac, result->data, &len, result->len) == 1 && len == result->len;
}

/*
 * P_hash of RFC 5246, 5 (the same in RFC 2246, 5): A(i) = HMAC(A(i - 1)), A(0) the seed; HMAC(A(1) || seed) ||
 * HMAC(A(2) || seed) ..., xored into out.
 */
static DWORD p_hash(const struct hash *hash, struct span key, struct span seed, uint8_t *out, size_t len)
{
	AUTO(mac_context_free) EVP_MAC_CTX *hmac = NULL;
	AUTO_SECRET a = SECRET_INIT;
	AUTO_SECRET block = SECRET_INIT;
	const DWORD err = mac_keyed_hmac(hash, key, &hmac);

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(&a, hash->len) || !secret_alloc(&block, hash->len))
		return SCARD_E_NO_MEMORY;
	if (!hmac_of(hmac, seed, SPAN_EMPTY, &a))
		return SCARD_E_UNEXPECTED;
	for (size_t done = 0; done < len; done += hash->len) {
		if (!hmac_of(hmac, secret_span(&a), seed, &block) ||
		    !hmac_of(hmac, secret_span(&a), SPAN_EMPTY, &a))
			return SCARD_E_UNEXPECTED;
		for (size_t i = 0; i < hash->len && done + i < len; i++)
			out[done + i] ^= block.data[i];
	}
	return ERROR_SUCCESS;
}

static DWORD tls_finish(PCARD_EXT_MAC mac, uint8_t *out)
{
	const struct span key = secret_span(&mac->key->value);
	const struct span seed = secret_span(&mac->text);
	const size_t half = key.len - key.len / 2; /* an odd length shares its middle byte */
	DWORD err;

	memset(out, 0, mac->len);
	if (mac->hash != NULL)
		return p_hash(mac->hash, key, seed, out, mac->len);
	err = p_hash(hash_of(HASH_MD5), span_of(key.data, half), seed, out, mac->len);
	if (err == ERROR_SUCCESS)
		err = p_hash(hash_of(HASH_SHA1), span_of(key.data + key.len - half, half), seed, out, mac->len);
	return err;
}

const struct mac_ops mac_tls = {
	.takes_hash = true,
	.takes_label = true,
	.any_len = true,
	.max_len = tls_max_len,
	.start = tls_start,
	.update = tls_update,
	.finish = tls_finish,
};
