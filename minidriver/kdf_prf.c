/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/kdf_prf.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ossl_fetch.h"
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

/* ---- AES-CMAC ------------------------------------------------------------------------------------------ */

static DWORD key_cmac(struct kdf_prf *prf, struct span key)
{
	const struct key_alg *aes = key_alg_by_name(CARD_AES_ALGORITHM);
	EVP_MAC *mac = ossl_mac("CMAC");
	const OSSL_PARAM params[] = {
		kdf_name(OSSL_MAC_PARAM_CIPHER, key_alg_cipher(aes, key.len, KEY_CIPHER_CBC)),
		OSSL_PARAM_END,
	};

	prf->keyed = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	if (prf->keyed == NULL)
		return SCARD_E_NO_MEMORY;
	return EVP_MAC_init(prf->keyed, key.data, key.len, params) == 1 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

/* A copy, because OpenSSL before 3.0.3 does not begin anew with the key it has. */
static bool start_cmac(struct kdf_prf *prf)
{
	EVP_MAC_CTX_free(prf->fed);
	prf->fed = EVP_MAC_CTX_dup(prf->keyed);
	return prf->fed != NULL;
}

/* ---- both ---------------------------------------------------------------------------------------------- */

static void drop_cmac(struct kdf_prf *prf)
{
	EVP_MAC_CTX_free(prf->keyed);
	EVP_MAC_CTX_free(prf->fed);
	prf->keyed = NULL;
	prf->fed = NULL;
}

DWORD kdf_prf_key(struct kdf_prf *prf, const struct hash *hash, struct span key)
{
	drop_cmac(prf);
	if (kdf_prf_check(hash) != ERROR_SUCCESS || !kdf_prf_takes(hash, key.len))
		return SCARD_E_INVALID_PARAMETER;
	prf->hash = hash;
	prf->len = kdf_prf_len(hash);
	return hash != NULL ? hmac_key(&prf->hmac, hash, key) : key_cmac(prf, key);
}

bool kdf_prf_prepare(struct kdf_prf *prf)
{
	return prf->hash == NULL || hmac_prepare(&prf->hmac);
}

void kdf_prf_end(struct kdf_prf *prf)
{
	drop_cmac(prf);
	hmac_end(&prf->hmac);
	*prf = (struct kdf_prf)KDF_PRF_INIT;
}

bool kdf_prf_start(struct kdf_prf *prf)
{
	if (prf->hash == NULL)
		return start_cmac(prf);
	hmac_forget(&prf->hmac);
	return true;
}

bool kdf_prf_feed(void *context, struct span bytes)
{
	struct kdf_prf *prf = context;

	if (prf->hash != NULL)
		return hmac_feed(&prf->hmac, bytes);
	return bytes.len == 0 || EVP_MAC_update(prf->fed, bytes.data, bytes.len) == 1;
}

bool kdf_prf_finish(struct kdf_prf *prf, uint8_t *ret_result)
{
	size_t len = 0;

	if (prf->hash != NULL)
		return hmac_finish(&prf->hmac, ret_result);
	return EVP_MAC_final(prf->fed, ret_result, &len, prf->len) == 1 && len == prf->len;
}

DWORD kdf_prf_expand(struct kdf_prf *prf, kdf_prf_round_fn feed, void *context, const struct kdf_request *request)
{
	AUTO_SECRET rest = SECRET_INIT;
	const size_t rest_len = request->out_len % prf->len;
	const size_t whole_len = request->out_len - rest_len;
	struct span last = SPAN_EMPTY;
	uint32_t number = 1;

	if ((rest_len != 0 && !secret_alloc(&rest, prf->len)) || (request->out_len > prf->len && !kdf_prf_prepare(prf)))
		return SCARD_E_NO_MEMORY;
	for (size_t at = 0; at < request->out_len; at += prf->len) {
		uint8_t *result = at < whole_len ? request->out + at : rest.data;

		if (!feed(prf, context, number++, last) || !kdf_prf_finish(prf, result))
			return SCARD_E_UNEXPECTED;
		last = span_of(result, prf->len);
	}
	if (rest_len != 0)
		memcpy(request->out + whole_len, rest.data, rest_len);
	return ERROR_SUCCESS;
}
