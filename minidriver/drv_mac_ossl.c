/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/ossl_fetch.h"
#include "base/wipe.h"
#include "minidriver/drv_mac_ops.h"

#define GMAC_LEN 16u

/* ---- HMAC ------------------------------------------------------------------------------------------- */

static size_t hmac_max_len(const struct session_key *key, const struct hash *hash)
{
	return key->alg->any_length ? hash->len : 0;
}

static DWORD start_hmac(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	DWORD err = hmac_key(&mac->hmac, request->hash, secret_span(&mac->key->value));

	if (err == ERROR_SUCCESS && !hmac_prepare(&mac->hmac))
		err = SCARD_E_NO_MEMORY;
	wipe_stack_shallow();
	return err;
}

static DWORD update_hmac(PCARD_EXT_MAC mac, struct span data)
{
	return hmac_feed(&mac->hmac, data) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD finish_hmac(PCARD_EXT_MAC mac, uint8_t *out)
{
	return hmac_finish(&mac->hmac, out) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD restart_hmac(PCARD_EXT_MAC mac)
{
	hmac_forget(&mac->hmac);
	return ERROR_SUCCESS;
}

const struct mac_ops mac_hmac = {
	.takes_hash = true,
	.needs_hash = true,
	.max_len = hmac_max_len,
	.start = start_hmac,
	.update = update_hmac,
	.finish = finish_hmac,
	.restart = restart_hmac,
};

/* ---- CMAC ------------------------------------------------------------------------------------------- */

static size_t cmac_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	const char *cipher = session_key_cipher(key, KEY_CIPHER_CBC);

	return cipher != NULL && !key->alg->legacy ? key->alg->block : 0;
}

static DWORD start_cmac(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	const struct session_key *key = mac->key;
	const char *cipher = session_key_cipher(key, KEY_CIPHER_CBC);
	/* OSSL_PARAM wants a pointer that is not const, though nothing writes there */
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)(uintptr_t)cipher, 0),
				      OSSL_PARAM_END };
	EVP_MAC *evp = ossl_mac("CMAC");
	int good;

	(void)request;
	mac->cmac = evp != NULL ? EVP_MAC_CTX_new(evp) : NULL;
	if (mac->cmac == NULL)
		return SCARD_E_NO_MEMORY;
	good = EVP_MAC_init(mac->cmac, key->value.data, key->value.len, params);
	wipe_stack_shallow();
	return good == 1 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD update_cmac(PCARD_EXT_MAC mac, struct span data)
{
	return EVP_MAC_update(mac->cmac, data.data, data.len) == 1 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD finish_cmac(PCARD_EXT_MAC mac, uint8_t *out)
{
	size_t len = 0;

	if (EVP_MAC_final(mac->cmac, out, &len, mac->max_len) != 1 || len != mac->max_len)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

static DWORD restart_cmac(PCARD_EXT_MAC mac)
{
	return EVP_MAC_init(mac->cmac, NULL, 0, NULL) == 1 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

const struct mac_ops mac_cmac = {
	.max_len = cmac_max_len,
	.start = start_cmac,
	.update = update_cmac,
	.finish = finish_cmac,
	.restart = restart_cmac,
};

/* ---- GMAC: GCM that encrypts nothing ---------------------------------------------------------------- */

static size_t gmac_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	return session_key_cipher(key, KEY_CIPHER_GCM) != NULL ? GMAC_LEN : 0;
}

static DWORD start_gmac(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	const struct ossl_cipher *gcm = ossl_cipher(session_key_cipher(mac->key, KEY_CIPHER_GCM));
	bool good;

	if (gcm == NULL || !ossl_cipher_begin(&mac->cipher, gcm))
		return SCARD_E_NO_MEMORY;
	good = ossl_cipher_set(&mac->cipher, true, secret_span(&mac->key->value), request->iv);
	wipe_stack_key();
	return good ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD update_gmac(PCARD_EXT_MAC mac, struct span data)
{
	return ossl_cipher_update(&mac->cipher, data, NULL) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD finish_gmac(PCARD_EXT_MAC mac, uint8_t *out)
{
	return ossl_cipher_finish(&mac->cipher) && ossl_cipher_get_tag(&mac->cipher, out, GMAC_LEN) ? ERROR_SUCCESS
												    : SCARD_E_UNEXPECTED;
}

const struct mac_ops mac_gmac = {
	.takes_iv = true,
	.max_len = gmac_max_len,
	.start = start_gmac,
	.update = update_gmac,
	.finish = finish_gmac,
};
