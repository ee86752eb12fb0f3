/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "base/wipe.h"
#include "minidriver/drv_hash.h"
#include "minidriver/drv_key_store.h"
#include "minidriver/wide.h"

#define CHUNK_MAX ((size_t)1 << 30) /* EVP takes an int */
#define GMAC_LEN 16u
#define MAC_MAX 64u /* bytes of the longest HMAC */
#define LABEL_MAX 1024u

struct mac_ops;

/* A MAC as it was asked for. */
struct request {
	const struct mac_ops *ops;
	const struct hash *hash; /* NULL: none */
	struct span iv;
	struct span label;
	size_t len; /* 0: all there is */
};

struct mac_ops {
	bool takes_hash;
	bool needs_hash;
	bool takes_iv;
	bool takes_label;
	/* How many bytes there are for a key; 0: not such a MAC's key. */
	size_t (*max_len)(const struct session_key *key, const struct hash *hash);
	DWORD (*start)(PCARD_EXT_MAC mac, const struct request *request);
	DWORD (*update)(PCARD_EXT_MAC mac, struct span data);
	/* max_len bytes, or for MACs of any length as many as were asked for. */
	DWORD (*finish)(PCARD_EXT_MAC mac, uint8_t *out);
	/* Forget the data and be ready for others under the same key. NULL: that cannot be done. */
	DWORD (*restart)(PCARD_EXT_MAC mac);
};

struct _CARD_EXT_MAC {
	struct session_key *key; /* held; NULL while it waits with its key */
	const struct mac_ops *ops;
	const struct hash *hash;
	EVP_MAC_CTX *mac;       /* HMAC, CMAC */
	EVP_CIPHER_CTX *cipher; /* GMAC */
	struct secret text;     /* TLS: label and data so far */
	bool has_ossl;
	bool finished;
	bool fresh; /* no data since the start or the restart */
	size_t max_len;
	size_t len;
};

/* ---- HMAC and CMAC ---------------------------------------------------------------------------------- */

static OSSL_PARAM name_param(const char *key, const char *value)
{
	/* OSSL_PARAM wants a pointer that is not const, though nothing writes there */
	return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)value, 0);
}

static void mac_context_free(EVP_MAC_CTX **context)
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
	wipe_stack();
	if (good != 1)
		return SCARD_E_UNEXPECTED;
	*ret_context = STEAL(context);
	return ERROR_SUCCESS;
}

static DWORD keyed_hmac(const struct hash *hash, struct span key, EVP_MAC_CTX **ret_context)
{
	return keyed_context("HMAC", name_param(OSSL_MAC_PARAM_DIGEST, hash->ossl), key, ret_context);
}

static size_t hmac_max_len(const struct session_key *key, const struct hash *hash)
{
	return key->alg->any_length ? hash->len : 0;
}

static DWORD hmac_start(PCARD_EXT_MAC mac, const struct request *request)
{
	return keyed_hmac(request->hash, secret_span(&mac->key->value), &mac->mac);
}

static size_t cmac_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	return key_alg_cipher(key->alg, key->value.len, KEY_CIPHER_CBC) != NULL ? key->alg->block : 0;
}

static DWORD cmac_start(PCARD_EXT_MAC mac, const struct request *request)
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

static DWORD gmac_start(PCARD_EXT_MAC mac, const struct request *request)
{
	EVP_CIPHER *gcm = ossl_cipher(gcm_name(mac->key));
	int good;

	mac->cipher = EVP_CIPHER_CTX_new();
	if (gcm == NULL || mac->cipher == NULL)
		return SCARD_E_NO_MEMORY;
	good = EVP_EncryptInit_ex2(mac->cipher, gcm, NULL, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(mac->cipher, EVP_CTRL_AEAD_SET_IVLEN, (int)request->iv.len, NULL) == 1 &&
	       EVP_EncryptInit_ex2(mac->cipher, NULL, mac->key->value.data, request->iv.data, NULL) == 1;
	wipe_stack();
	return good ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD gmac_update(PCARD_EXT_MAC mac, struct span data)
{
	for (size_t done = 0; done < data.len;) {
		const size_t left = data.len - done;
		const size_t chunk = left < CHUNK_MAX ? left : CHUNK_MAX;
		int written;

		if (EVP_EncryptUpdate(mac->cipher, NULL, &written, data.data + done, (int)chunk) != 1)
			return SCARD_E_UNEXPECTED;
		done += chunk;
	}
	return ERROR_SUCCESS;
}

static DWORD gmac_finish(PCARD_EXT_MAC mac, uint8_t *out)
{
	uint8_t nothing[GMAC_LEN];
	int written;

	if (EVP_EncryptFinal_ex(mac->cipher, nothing, &written) != 1 ||
	    EVP_CIPHER_CTX_ctrl(mac->cipher, EVP_CTRL_AEAD_GET_TAG, (int)GMAC_LEN, out) != 1)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

/* ---- the "finished" message of TLS ------------------------------------------------------------------ */

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

static DWORD tls_start(PCARD_EXT_MAC mac, const struct request *request)
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
	const DWORD err = keyed_hmac(hash, key, &hmac);

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

static const struct mac_ops kinds[] = {
	[CARD_EXT_MAC_HMAC] = { .takes_hash = true, .needs_hash = true, .max_len = hmac_max_len, .start = hmac_start,
				.update = mac_update, .finish = mac_finish, .restart = mac_restart },
	[CARD_EXT_MAC_CMAC] = { .max_len = cmac_max_len, .start = cmac_start, .update = mac_update,
				.finish = mac_finish, .restart = mac_restart },
	[CARD_EXT_MAC_GMAC] = { .takes_iv = true, .max_len = gmac_max_len, .start = gmac_start, .update = gmac_update,
				.finish = gmac_finish },
	[CARD_EXT_MAC_TLS_FINISHED] = { .takes_hash = true, .takes_label = true, .max_len = tls_max_len,
					.start = tls_start, .update = tls_update, .finish = tls_finish },
};

/* ---- life ------------------------------------------------------------------------------------------- */

static void mac_free(PCARD_EXT_MAC mac)
{
	if (mac == NULL)
		return;
	EVP_MAC_CTX_free(mac->mac);
	EVP_CIPHER_CTX_free(mac->cipher);
	secret_clear(&mac->text);
	session_key_release(mac->key);
	if (mac->has_ossl)
		ossl_release();
	free(mac);
}

static void free_cleanup(PCARD_EXT_MAC *mac)
{
	mac_free(*mac);
}

void drv_mac_free_idle(PCARD_EXT_MAC mac)
{
	mac_free(mac);
}

/* After one that was not finished. */
static bool restart(PCARD_EXT_MAC mac)
{
	OSSL_QUIET();
	return mac->ops->restart != NULL && mac->ops->restart(mac) == ERROR_SUCCESS;
}

/* Leave one with its key: in a free place, or instead of the one in the last place. */
static void keep_idle(struct session_key *key, PCARD_EXT_MAC mac)
{
	const size_t last = KEY_STORE_IDLE_MACS - 1;

	for (size_t i = 0; i < last; i++) {
		PCARD_EXT_MAC none = NULL;

		if (atomic_compare_exchange_strong(&key->idle_macs[i], &none, mac))
			return;
	}
	mac_free(atomic_exchange(&key->idle_macs[last], mac));
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
	keep_idle(key, mac);
}

static bool is_wanted(const CARD_EXT_MAC *mac, const struct request *request)
{
	return mac->ops == request->ops && mac->hash == request->hash;
}

/* What an earlier MAC has left with the key, if it is of the kind that is wanted now; NULL: nothing. */
static PCARD_EXT_MAC take_idle(struct session_key *key, const struct request *request)
{
	for (size_t i = 0; request->ops->restart != NULL && i < KEY_STORE_IDLE_MACS; i++) {
		PCARD_EXT_MAC mac;

		if (atomic_load(&key->idle_macs[i]) == NULL)
			continue;
		mac = atomic_exchange(&key->idle_macs[i], NULL);
		if (mac != NULL && is_wanted(mac, request)) {
			mac->finished = false;
			session_key_hold(key);
			mac->key = key;
			return mac;
		}
		if (mac != NULL)
			keep_idle(key, mac);
	}
	return NULL;
}

static DWORD make(struct session_key *key, const struct request *request, PCARD_EXT_MAC *ret_mac)
{
	AUTO(free_cleanup) PCARD_EXT_MAC mac = calloc(1, sizeof(*mac));
	DWORD err;

	OSSL_QUIET();
	if (mac == NULL)
		return SCARD_E_NO_MEMORY;
	mac->has_ossl = ossl_acquire();
	if (!mac->has_ossl)
		return SCARD_E_NO_MEMORY;
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

static DWORD read_info(const CARD_EXT_MAC_INFO *info, struct request *ret_request)
{
	const struct mac_ops *ops = info->dwMac < ARRAY_COUNT(kinds) ? &kinds[info->dwMac] : NULL;
	const struct hash *hash = hash_named(info->pwszHash);

	if (ops == NULL || ops->start == NULL || !run_good(ops->takes_iv, info->pbIV, info->cbIV, CARD_EXT_MAC_IV_MAX) ||
	    !run_good(ops->takes_label, info->pbLabel, info->cbLabel, LABEL_MAX))
		return SCARD_E_INVALID_PARAMETER;
	if ((info->pwszHash != NULL && (hash == NULL || !ops->takes_hash)) || (ops->needs_hash && hash == NULL))
		return SCARD_E_INVALID_PARAMETER;
	/* OpenSSL's HMAC knows its hash by name alone */
	if (hash != NULL && (hash->xof || hash->sized))
		return SCARD_E_INVALID_PARAMETER;
	*ret_request = (struct request){ .ops = ops, .hash = hash, .iv = span_of(info->pbIV, info->cbIV),
					 .label = span_of(info->pbLabel, info->cbLabel), .len = info->cbMac };
	return ERROR_SUCCESS;
}

/* How long the MAC is to be. */
static DWORD settle_len(const struct session_key *key, const struct request *request, size_t *ret_max, size_t *ret_len)
{
	const size_t max = request->ops->max_len(key, request->hash);

	if (max == 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	if (request->len > max || (request->len == 0 && request->ops->takes_label))
		return SCARD_E_INVALID_PARAMETER;
	*ret_max = max;
	*ret_len = request->len != 0 ? request->len : max;
	return ERROR_SUCCESS;
}

DWORD drv_mac_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_MAC_INFO *info, PCARD_EXT_MAC *ret_mac)
{
	AUTO_SESSION_KEY *key = NULL;
	struct request request;
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
	mac = take_idle(key, &request);
	if (mac == NULL)
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
		err = mac->len == mac->max_len || mac->ops->takes_label ? mac->ops->finish(mac, out)
									 : finish_cut(mac, out);
	/* now rather than later, so that nothing of the data waits with the key */
	mac->fresh = mac->ops->restart != NULL && mac->ops->restart(mac) == ERROR_SUCCESS;
	return err;
}

DWORD drv_mac_finish(PCARD_EXT_MAC mac, const BYTE *data, SIZE_T data_len, PBYTE out)
{
	DWORD err;

	OSSL_QUIET();
	if (mac == NULL || (data == NULL && data_len != 0) || out == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = usable(mac);
	if (err != ERROR_SUCCESS)
		return err;
	mac->finished = true;
	return finish(mac, span_of(data, data_len), out);
}
