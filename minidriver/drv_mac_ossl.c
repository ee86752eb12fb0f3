/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/ossl_fetch.h"
#include "base/wipe.h"
#include "minidriver/drv_mac_ops.h"
#include "minidriver/wide.h"

#define GMAC_LEN 16u

/* ---- HMAC and CMAC ---------------------------------------------------------------------------------- */

static OSSL_PARAM name_param(const char *key, const char *value)
{
	/* OSSL_PARAM wants a pointer that is not const, though nothing writes there */
	return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)value, 0);
}

void mac_context_free(EVP_MAC_CTX **context)
{
	EVP_MAC_CTX_free(*context);
}

static DWORD keyed_context(const char *name, OSSL_PARAM param, struct span key, EVP_MAC_CTX **ret_context)
{
	AUTO(mac_context_free) EVP_MAC_CTX *context = NULL;
	const OSSL_PARAM params[] = { param, OSSL_PARAM_construct_end() };
	EVP_MAC *evp = ossl_mac(name);
	int good;

	context = evp != NULL ? EVP_MAC_CTX_new(evp) : NULL;
	if (context == NULL)
		return SCARD_E_NO_MEMORY;
	good = EVP_MAC_init(context, key.data, key.len, params);
	wipe_stack_shallow();
	if (good != 1)
		return SCARD_E_UNEXPECTED;
	*ret_context = STEAL(context);
	return ERROR_SUCCESS;
}

DWORD mac_keyed_hmac(const struct hash *hash, struct span key, EVP_MAC_CTX **ret_context)
{
	return keyed_context("HMAC", name_param(OSSL_MAC_PARAM_DIGEST, hash->ossl), key, ret_context);
}

static size_t hmac_max_len(const struct session_key *key, const struct hash *hash)
{
	return key->alg->any_length ? hash->len : 0;
}

static DWORD hmac_start(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	return mac_keyed_hmac(request->hash, secret_span(&mac->key->value), &mac->mac);
}

static size_t cmac_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	const char *cipher = key_alg_cipher(key->alg, key->value.len, KEY_CIPHER_CBC);

	return cipher != NULL && !key->alg->legacy ? key->alg->block : 0;
}

static DWORD cmac_start(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	const struct session_key *key = mac->key;
	const char *cipher = key_alg_cipher(key->alg, key->value.len, KEY_CIPHER_CBC);

	(void)request;
	return keyed_context("CMAC", name_param(OSSL_MAC_PARAM_CIPHER, cipher), secret_span(&key->value), &mac->mac);
}

static DWORD mac_update(PCARD_EXT_MAC mac, struct span data)
{
	return EVP_MAC_update(mac->mac, data.data, data.len) == 1 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD mac_finish(PCARD_EXT_MAC mac, uint8_t *out)
{
	size_t len = 0;

	if (EVP_MAC_final(mac->mac, out, &len, mac->max_len) != 1 || len != mac->max_len)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

static DWORD mac_restart(PCARD_EXT_MAC mac)
{
	return EVP_MAC_init(mac->mac, NULL, 0, NULL) == 1 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

const struct mac_ops mac_hmac = {
	.takes_hash = true,
	.needs_hash = true,
	.max_len = hmac_max_len,
	.start = hmac_start,
	.update = mac_update,
	.finish = mac_finish,
	.restart = mac_restart,
};

const struct mac_ops mac_cmac = {
	.max_len = cmac_max_len,
	.start = cmac_start,
	.update = mac_update,
	.finish = mac_finish,
	.restart = mac_restart,
};

/* ---- GMAC: GCM that encrypts nothing ---------------------------------------------------------------- */

static const char *gcm_name(const struct session_key *key)
{
	static const struct {
		size_t len;
		const char *name;
	} names[] = { { 16, "AES-128-GCM" }, { 24, "AES-192-GCM" }, { 32, "AES-256-GCM" } };

	for (size_t i = 0; i < ARRAY_COUNT(names) && wide_equal(key->alg->name, CARD_AES_ALGORITHM); i++) {
		if (names[i].len == key->value.len)
			return names[i].name;
	}
	return NULL;
}

static size_t gmac_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	return gcm_name(key) != NULL ? GMAC_LEN : 0;
}

static DWORD gmac_start(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	const struct ossl_cipher *gcm = ossl_cipher(gcm_name(mac->key));
	bool good;

	if (gcm == NULL || !ossl_cipher_begin(&mac->cipher, gcm))
		return SCARD_E_NO_MEMORY;
	good = ossl_cipher_set(&mac->cipher, true, secret_span(&mac->key->value), request->iv);
	wipe_stack_shallow();
	return good ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD gmac_update(PCARD_EXT_MAC mac, struct span data)
{
	return ossl_cipher_update(&mac->cipher, data, NULL) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD gmac_finish(PCARD_EXT_MAC mac, uint8_t *out)
{
	return ossl_cipher_finish(&mac->cipher) && ossl_cipher_get_tag(&mac->cipher, out, GMAC_LEN) ? ERROR_SUCCESS
												    : SCARD_E_UNEXPECTED;
}

const struct mac_ops mac_gmac = {
	.takes_iv = true,
	.max_len = gmac_max_len,
	.start = gmac_start,
	.update = gmac_update,
	.finish = gmac_finish,
};
