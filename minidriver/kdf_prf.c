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

/* ---- HMAC (FIPS 198-1, 4) ------------------------------------------------------------------------------ */

#define IPAD 0x36u
#define OPAD 0x5Cu

static bool digest_once(const struct kdf_prf *prf, struct span bytes, uint8_t *ret_result)
{
	unsigned len = 0;

	return hash_begin(prf->digest, prf->hash) && EVP_DigestUpdate(prf->digest, bytes.data, bytes.len) == 1 &&
	       EVP_DigestFinal_ex(prf->digest, ret_result, &len) == 1 && len == prf->len;
}

static DWORD key_hmac(struct kdf_prf *prf, struct span key)
{
	const EVP_MD *md = ossl_md(prf->hash->ossl);
	uint8_t *inner;
	uint8_t *outer;

	if (prf->digest == NULL)
		prf->digest = EVP_MD_CTX_new();
	if (md == NULL || prf->digest == NULL)
		return SCARD_E_NO_MEMORY;
	prf->block = (size_t)EVP_MD_get_block_size(md);
	if (prf->block < prf->len)
		return SCARD_E_UNEXPECTED;
	if (!secret_alloc(&prf->pads, 2 * prf->block + prf->len))
		return SCARD_E_NO_MEMORY;
	inner = prf->pads.data;
	outer = inner + prf->block;
	if (key.len > prf->block) {
		if (!digest_once(prf, key, inner))
			return SCARD_E_UNEXPECTED;
	} else if (key.len != 0) {
		memcpy(inner, key.data, key.len);
	}
	for (size_t i = 0; i < prf->block; i++) {
		outer[i] = inner[i] ^ OPAD;
		inner[i] ^= IPAD;
	}
	return ERROR_SUCCESS;
}

static bool start_hmac(const struct kdf_prf *prf)
{
	return hash_begin(prf->digest, prf->hash) &&
	       EVP_DigestUpdate(prf->digest, prf->pads.data, prf->block) == 1;
}

static bool finish_hmac(const struct kdf_prf *prf, uint8_t *ret_result)
{
	uint8_t *inner = prf->pads.data + 2 * prf->block;
	unsigned len = 0;

	return EVP_DigestFinal_ex(prf->digest, inner, &len) == 1 && len == prf->len &&
	       digest_once(prf, span_of(prf->pads.data + prf->block, prf->block + prf->len), ret_result);
}

/* ---- both ---------------------------------------------------------------------------------------------- */

/* A digest's context is good for the next key. */
static void drop_mac(struct kdf_prf *prf)
{
	EVP_MAC_CTX_free(prf->keyed);
	EVP_MAC_CTX_free(prf->fed);
	prf->keyed = NULL;
	prf->fed = NULL;
}

DWORD kdf_prf_key(struct kdf_prf *prf, const struct hash *hash, struct span key)
{
	DWORD err = SCARD_E_INVALID_PARAMETER;

	OSSL_QUIET_ON(err);
	drop_mac(prf);
	if (kdf_prf_check(hash) != ERROR_SUCCESS || !kdf_prf_takes(hash, key.len))
		return err;
	prf->hash = hash;
	prf->len = kdf_prf_len(hash);
	err = hash != NULL ? key_hmac(prf, key) : key_cmac(prf, key);
	return err;
}

void kdf_prf_end(struct kdf_prf *prf)
{
	drop_mac(prf);
	EVP_MD_CTX_free(prf->digest);
	secret_clear(&prf->pads);
	*prf = (struct kdf_prf)KDF_PRF_INIT;
}

bool kdf_prf_start(struct kdf_prf *prf)
{
	return prf->hash != NULL ? start_hmac(prf) : start_cmac(prf);
}

bool kdf_prf_feed(void *context, struct span bytes)
{
	const struct kdf_prf *prf = context;

	if (bytes.len == 0)
		return true;
	return (prf->hash != NULL ? EVP_DigestUpdate(prf->digest, bytes.data, bytes.len)
				  : EVP_MAC_update(prf->fed, bytes.data, bytes.len)) == 1;
}

bool kdf_prf_finish(struct kdf_prf *prf, uint8_t *ret_result)
{
	size_t len = 0;

	if (prf->hash != NULL)
		return finish_hmac(prf, ret_result);
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
