/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/kdf_prf.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "base/secret.h"
#include "minidriver/drv_key_alg.h"

DWORD kdf_prf_check(const struct hash *hash)
{
	return hash != NULL && (hash->sized || hash->xof) ? SCARD_E_INVALID_PARAMETER : ERROR_SUCCESS;
}

bool kdf_prf_takes(const struct hash *hash, size_t key_len)
{
	if (hash == NULL)
		return key_alg_takes(key_alg_by_name(CARD_AES_ALGORITHM), key_len);
	return key_len <= INT_MAX;
}

size_t kdf_prf_len(const struct hash *hash)
{
	return hash != NULL ? hash->len : KDF_CMAC_LEN;
}

/* The name of what is inside: HMAC's hash, or CMAC's cipher by the length of its key. */
static OSSL_PARAM inside(const struct hash *hash, size_t key_len)
{
	const struct key_alg *aes = key_alg_by_name(CARD_AES_ALGORITHM);

	if (hash != NULL)
		return kdf_name(OSSL_MAC_PARAM_DIGEST, hash->ossl);
	return kdf_name(OSSL_MAC_PARAM_CIPHER, key_alg_cipher(aes, key_len, KEY_CIPHER_CBC));
}

DWORD kdf_prf_key(struct kdf_prf *prf, const struct hash *hash, struct span key)
{
	static const uint8_t nothing;
	EVP_MAC *mac;

	OSSL_QUIET();
	kdf_prf_end(prf);
	if (kdf_prf_check(hash) != ERROR_SUCCESS || !kdf_prf_takes(hash, key.len))
		return SCARD_E_INVALID_PARAMETER;
	mac = ossl_mac(hash != NULL ? "HMAC" : "CMAC");
	prf->keyed = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	if (prf->keyed == NULL)
		return SCARD_E_NO_MEMORY;
	const OSSL_PARAM params[] = { inside(hash, key.len), OSSL_PARAM_END };

	prf->len = kdf_prf_len(hash);
	return EVP_MAC_init(prf->keyed, key.len != 0 ? key.data : &nothing, key.len, params) == 1 ? ERROR_SUCCESS
												 : SCARD_E_UNEXPECTED;
}

void kdf_prf_end(struct kdf_prf *prf)
{
	EVP_MAC_CTX_free(prf->keyed);
	EVP_MAC_CTX_free(prf->fed);
	*prf = (struct kdf_prf)KDF_PRF_INIT;
}

/* A copy, because OpenSSL before 3.0.3 does not begin anew with the key it has. */
bool kdf_prf_start(struct kdf_prf *prf)
{
	OSSL_QUIET();
	EVP_MAC_CTX_free(prf->fed);
	prf->fed = EVP_MAC_CTX_dup(prf->keyed);
	return prf->fed != NULL;
}

bool kdf_prf_feed(void *context, struct span bytes)
{
	const struct kdf_prf *prf = context;

	OSSL_QUIET();
	return bytes.len == 0 || EVP_MAC_update(prf->fed, bytes.data, bytes.len) == 1;
}

bool kdf_prf_finish(struct kdf_prf *prf, uint8_t *ret_result)
{
	size_t len = 0;

	OSSL_QUIET();
	return EVP_MAC_final(prf->fed, ret_result, &len, prf->len) == 1 && len == prf->len;
}

DWORD kdf_prf_expand(struct kdf_prf *prf, kdf_prf_round_fn feed, void *context, const struct kdf_request *request)
{
	AUTO_SECRET result = SECRET_INIT;
	struct span last = SPAN_EMPTY;
	uint32_t number = 1;

	if (!secret_alloc(&result, prf->len))
		return SCARD_E_NO_MEMORY;
	for (size_t at = 0; at < request->out_len; at += prf->len) {
		const size_t left = request->out_len - at;

		if (!feed(prf, context, number++, last) || !kdf_prf_finish(prf, result.data))
			return SCARD_E_UNEXPECTED;
		last = secret_span(&result);
		memcpy(request->out + at, result.data, left < prf->len ? left : prf->len);
	}
	return ERROR_SUCCESS;
}
