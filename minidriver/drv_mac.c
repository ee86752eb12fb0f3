/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_mac.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/quiet.h"
#include "minidriver/drv_mac_ops.h"

#define MAC_MAX 64u /* bytes of the longest HMAC */
#define LABEL_MAX 1024u

static const struct mac_ops *const kinds[] = {
	[CARD_EXT_MAC_HMAC] = &mac_hmac,
	[CARD_EXT_MAC_CMAC] = &mac_cmac,
	[CARD_EXT_MAC_GMAC] = &mac_gmac,
	[CARD_EXT_MAC_TLS_FINISHED] = &mac_tls,
};

/* ---- life ------------------------------------------------------------------------------------------- */

static void mac_free(PCARD_EXT_MAC mac)
{
	if (mac == NULL)
		return;
	hmac_end(&mac->hmac);
	EVP_MAC_CTX_free(mac->cmac);
	ossl_cipher_end(&mac->cipher);
	secret_clear(&mac->text);
	session_key_release(mac->key);
	free(mac);
}

static void free_cleanup(PCARD_EXT_MAC *mac)
{
	mac_free(*mac);
}

/* After one that was not finished. */
static bool restart(PCARD_EXT_MAC mac)
{
	OSSL_QUIET();
	return mac->ops->restart != NULL && mac->ops->restart(mac) == ERROR_SUCCESS;
}

void drv_mac_destroy(PCARD_EXT_MAC mac)
{
	AUTO_SESSION_KEY *key = NULL;

	if (mac == NULL)
		return;
	if (atomic_load(&mac->key->revoked) || (!mac->fresh && !restart(mac))) {
		mac_free(mac);
		return;
	}
	key = STEAL(mac->key);
	session_key_rest(key, &mac->rest);
}

static bool fits(const struct key_rest *rest, const void *wanted)
{
	const CARD_EXT_MAC *mac = (const CARD_EXT_MAC *)rest;
	const struct mac_request *request = wanted;

	return mac->ops == request->ops && mac->hash == request->hash;
}

static void free_rest(struct key_rest *rest)
{
	mac_free((PCARD_EXT_MAC)rest);
}

static const struct key_rest_kind mac_rest = { .fits = fits, .free = free_rest };

/* What an earlier MAC has left with the key, which it does not hold yet; NULL: nothing. */
static PCARD_EXT_MAC wake(struct session_key *key, const struct mac_request *request)
{
	PCARD_EXT_MAC mac;

	if (request->ops->restart == NULL)
		return NULL;
	mac = (PCARD_EXT_MAC)session_key_wake(key, &mac_rest, request);
	if (mac == NULL)
		return NULL;
	mac->finished = false;
	return mac;
}

static DWORD make(struct session_key *key, const struct mac_request *request, PCARD_EXT_MAC *ret_mac)
{
	AUTO(free_cleanup) PCARD_EXT_MAC mac = calloc(1, sizeof(*mac));
	DWORD err;

	OSSL_QUIET();
	if (mac == NULL)
		return SCARD_E_NO_MEMORY;
	mac->rest.kind = &mac_rest;
	session_key_hold(key);
	mac->key = key;
	mac->ops = request->ops;
	mac->hash = request->hash;
	mac->fresh = request->ops->restart != NULL;
	err = mac->ops->start(mac, request);
	if (err == ERROR_SUCCESS)
		*ret_mac = STEAL(mac);
	return err;
}

/* ---- the functions of the table --------------------------------------------------------------------- */

/* A run of bytes that belongs to the kind of MAC, or is empty. */
static bool run_good(bool takes, const BYTE *data, SIZE_T len, SIZE_T most)
{
	return takes ? data != NULL && len != 0 && len <= most : len == 0;
}

static DWORD read_info(const CARD_EXT_MAC_INFO *info, struct mac_request *ret_request)
{
	const struct mac_ops *ops = info->dwMac < ARRAY_COUNT(kinds) ? kinds[info->dwMac] : NULL;
	const struct hash *hash = hash_named(info->pwszHash);

	if (ops == NULL || !run_good(ops->takes_iv, info->pbIV, info->cbIV, CARD_EXT_MAC_IV_MAX) ||
	    !run_good(ops->takes_label, info->pbLabel, info->cbLabel, LABEL_MAX))
		return SCARD_E_INVALID_PARAMETER;
	if ((info->pwszHash != NULL && (hash == NULL || !ops->takes_hash)) || (ops->needs_hash && hash == NULL))
		return SCARD_E_INVALID_PARAMETER;
	/* HMAC is not there for hashes whose length is a parameter */
	if (hash != NULL && (hash->xof || hash->sized))
		return SCARD_E_INVALID_PARAMETER;
	*ret_request = (struct mac_request){ .ops = ops, .hash = hash, .iv = span_of(info->pbIV, info->cbIV),
					 .label = span_of(info->pbLabel, info->cbLabel), .len = info->cbMac };
	return ERROR_SUCCESS;
}

/* How long the MAC is to be. */
static DWORD settle_len(const struct session_key *key, const struct mac_request *request, size_t *ret_max, size_t *ret_len)
{
	const size_t max = request->ops->max_len(key, request->hash);

	if (max == 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	if (request->len > max || (request->len == 0 && request->ops->any_len))
		return SCARD_E_INVALID_PARAMETER;
	*ret_max = max;
	*ret_len = request->len != 0 ? request->len : max;
	return ERROR_SUCCESS;
}

DWORD drv_mac_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_MAC_INFO *info, PCARD_EXT_MAC *ret_mac)
{
	AUTO_SESSION_KEY *key = NULL;
	struct mac_request request;
	PCARD_EXT_MAC mac;
	size_t max_len;
	size_t len;
	DWORD err;

	if (info == NULL || ret_mac == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = read_info(info, &request);
	if (err == ERROR_SUCCESS)
		err = key_store_find(card_data, handle, &key);
	if (err == ERROR_SUCCESS)
		err = settle_len(key, &request, &max_len, &len);
	if (err != ERROR_SUCCESS)
		return err;
	mac = wake(key, &request);
	if (mac != NULL)
		mac->key = STEAL(key);
	else
		err = make(key, &request, &mac);
	if (err != ERROR_SUCCESS)
		return err;
	mac->max_len = max_len;
	mac->len = len;
	*ret_mac = mac;
	return ERROR_SUCCESS;
}

SIZE_T drv_mac_len(const CARD_EXT_MAC *mac)
{
	return mac->len;
}

static DWORD usable(const CARD_EXT_MAC *mac)
{
	if (mac->finished)
		return SCARD_E_INVALID_PARAMETER;
	return atomic_load(&mac->key->revoked) ? SCARD_E_INVALID_HANDLE : ERROR_SUCCESS;
}

DWORD drv_mac_update(PCARD_EXT_MAC mac, const BYTE *data, SIZE_T data_len)
{
	DWORD err;

	OSSL_QUIET();
	if (mac == NULL || (data == NULL && data_len != 0))
		return SCARD_E_INVALID_PARAMETER;
	err = usable(mac);
	if (err != ERROR_SUCCESS || data_len == 0)
		return err;
	mac->fresh = false;
	return mac->ops->update(mac, span_of(data, data_len));
}

/* The first bytes of a MAC that is longer; the others are nobody's business. */
static DWORD finish_cut(PCARD_EXT_MAC mac, PBYTE out)
{
	AUTO_SECRET whole = SECRET_INIT;
	DWORD err;

	if (!secret_alloc(&whole, MAC_MAX))
		return SCARD_E_NO_MEMORY;
	err = mac->ops->finish(mac, whole.data);
	if (err == ERROR_SUCCESS)
		memcpy(out, whole.data, mac->len);
	return err;
}

static DWORD finish(PCARD_EXT_MAC mac, struct span last, PBYTE out)
{
	DWORD err = last.len != 0 ? mac->ops->update(mac, last) : ERROR_SUCCESS;

	if (err == ERROR_SUCCESS)
		err = mac->len == mac->max_len || mac->ops->any_len ? mac->ops->finish(mac, out)
									 : finish_cut(mac, out);
	/* now rather than later, so that nothing of the data waits with the key */
	mac->fresh = mac->ops->restart != NULL && mac->ops->restart(mac) == ERROR_SUCCESS;
	return err;
}

DWORD drv_mac_finish(PCARD_EXT_MAC mac, const BYTE *data, SIZE_T data_len, PBYTE out)
{
	DWORD err = ERROR_SUCCESS;

	OSSL_QUIET_ON(err);
	if (mac == NULL || (data == NULL && data_len != 0) || out == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = usable(mac);
	if (err != ERROR_SUCCESS)
		return err;
	mac->finished = true;
	err = finish(mac, span_of(data, data_len), out);
	return err;
}
