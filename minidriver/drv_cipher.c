/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_cipher.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/wipe.h"
#include "minidriver/drv_key_store.h"
#include "base/quiet.h"

#define CHUNK_MAX ((size_t)1 << 30) /* EVP takes an int */

/*
 * Blocks are gathered here and not in OpenSSL, whose own buffering cannot work in place: with bytes left over from the
 * last call, its output would overtake the input.
 */
struct _CARD_EXT_CIPHER {
	struct session_key *key; /* held */
	EVP_CIPHER_CTX *context;
	bool has_ossl;
	bool encrypt;
	bool padded;
	bool finished;
	size_t block;
	struct secret pending; /* block bytes, of which pending_len count */
	size_t pending_len;
};

void drv_cipher_destroy(PCARD_EXT_CIPHER cipher)
{
	if (cipher == NULL)
		return;
	EVP_CIPHER_CTX_free(cipher->context);
	secret_clear(&cipher->pending);
	session_key_release(cipher->key);
	if (cipher->has_ossl)
		ossl_release();
	free(cipher);
}

static void destroy_cleanup(PCARD_EXT_CIPHER *cipher)
{
	drv_cipher_destroy(*cipher);
}

/* ---- begin ------------------------------------------------------------------------------------------ */

/* Mode and IV, settled. */
struct mode {
	enum key_cipher cipher;
	bool padded;
	BYTE iv[KEY_ALG_BLOCK_MAX];
};

static void mode_of_key(struct session_key *key, struct mode *ret_mode)
{
	LOCKED(&key->properties_lock);
	*ret_mode = (struct mode){ .cipher = key->ecb ? KEY_CIPHER_ECB : KEY_CIPHER_CBC };
	memcpy(ret_mode->iv, key->iv, sizeof(ret_mode->iv));
}

static DWORD read_mode(struct session_key *key, const CARD_EXT_CIPHER_INFO *info, struct mode *ret_mode)
{
	const bool cbc = info->dwMode == CARD_EXT_MODE_CBC || info->dwMode == CARD_EXT_MODE_CBC_PAD;

	if (info->dwMode > CARD_EXT_MODE_CBC_PAD || info->cbIV != (cbc ? key->alg->block : 0) ||
	    (cbc && info->pbIV == NULL))
		return SCARD_E_INVALID_PARAMETER;
	if (info->dwMode == CARD_EXT_MODE_KEY) {
		mode_of_key(key, ret_mode);
		return ERROR_SUCCESS;
	}
	*ret_mode = (struct mode){ .cipher = cbc ? KEY_CIPHER_CBC : KEY_CIPHER_ECB,
				   .padded = info->dwMode == CARD_EXT_MODE_CBC_PAD };
	if (cbc)
		memcpy(ret_mode->iv, info->pbIV, info->cbIV);
	return ERROR_SUCCESS;
}

static DWORD start(PCARD_EXT_CIPHER cipher, const struct mode *mode)
{
	const struct session_key *key = cipher->key;
	const char *name = key_alg_cipher(key->alg, key->value.len, mode->cipher);
	EVP_CIPHER *evp;
	int good;

	evp = ossl_cipher(name);
	cipher->context = EVP_CIPHER_CTX_new();
	if (evp == NULL || cipher->context == NULL || !secret_alloc(&cipher->pending, cipher->block))
		return SCARD_E_NO_MEMORY;
	good = EVP_CipherInit_ex2(cipher->context, evp, key->value.data, mode->iv, cipher->encrypt ? 1 : 0, NULL);
	wipe_stack();
	if (good != 1 || EVP_CIPHER_CTX_set_padding(cipher->context, 0) != 1)
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

static DWORD make(struct session_key *key, const CARD_EXT_CIPHER_INFO *info, PCARD_EXT_CIPHER *ret_cipher)
{
	AUTO(destroy_cleanup) PCARD_EXT_CIPHER cipher = NULL;
	struct mode mode;
	DWORD err = read_mode(key, info, &mode);

	if (err != ERROR_SUCCESS)
		return err;
	cipher = calloc(1, sizeof(*cipher));
	if (cipher == NULL)
		return SCARD_E_NO_MEMORY;
	cipher->has_ossl = ossl_acquire();
	if (!cipher->has_ossl)
		return SCARD_E_NO_MEMORY;
	session_key_hold(key);
	cipher->key = key;
	cipher->block = key->alg->block;
	cipher->encrypt = info->fEncrypt != FALSE;
	cipher->padded = mode.padded;
	err = start(cipher, &mode);
	if (err == ERROR_SUCCESS)
		*ret_cipher = STEAL(cipher);
	return err;
}

DWORD drv_cipher_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_CIPHER_INFO *info,
		       PCARD_EXT_CIPHER *ret_cipher)
{
	AUTO_SESSION_KEY *key = NULL;
	DWORD err;

	OSSL_QUIET();
	if (info == NULL || ret_cipher == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err != ERROR_SUCCESS)
		return err;
	if (key->alg->block == 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	return make(key, info, ret_cipher);
}

/* ---- update ----------------------------------------------------------------------------------------- */

SIZE_T drv_cipher_update_len(const CARD_EXT_CIPHER *cipher, SIZE_T input_len)
{
	/*
	 * pending_len + input_len may not fit; whole blocks of each and the sum of the rests do, or the input cannot
	 * exist
	 */
	const size_t rest = cipher->pending_len + input_len % cipher->block;
	const size_t whole = input_len - input_len % cipher->block;
	const size_t held = cipher->padded && !cipher->encrypt ? 1 : 0;

	if (whole + rest == 0)
		return 0;
	if (rest >= held)
		return whole + (rest - held) / cipher->block * cipher->block;
	return whole - cipher->block;
}

/* Whole blocks through OpenSSL; output may be the input. */
static DWORD run(PCARD_EXT_CIPHER cipher, struct span input, PBYTE output)
{
	size_t done = 0;

	while (done < input.len) {
		const size_t left = input.len - done;
		const size_t chunk = left < CHUNK_MAX ? left : CHUNK_MAX;
		int written = 0;

		if (EVP_CipherUpdate(cipher->context, output + done, &written, input.data + done, (int)chunk) != 1 ||
		    (size_t)written != chunk)
			return SCARD_E_UNEXPECTED;
		done += chunk;
	}
	return ERROR_SUCCESS;
}

static void keep(PCARD_EXT_CIPHER cipher, struct span input)
{
	if (input.len != 0)
		memcpy(cipher->pending.data + cipher->pending_len, input.data, input.len);
	cipher->pending_len += input.len;
}

/*
 * len bytes of output: what is pending, completed, comes first. Input and output do not overlap unless nothing is
 * pending.
 */
static DWORD flow(PCARD_EXT_CIPHER cipher, struct span input, PBYTE output, size_t len)
{
	const size_t pending = cipher->pending_len;
	const size_t fill = pending != 0 ? cipher->block - pending : 0;
	const size_t first = pending != 0 ? cipher->block : 0;
	DWORD err = ERROR_SUCCESS;

	if (pending != 0) {
		keep(cipher, span_of(input.data, fill));
		err = run(cipher, secret_span(&cipher->pending), output);
		cipher->pending_len = 0;
	}
	if (err == ERROR_SUCCESS)
		err = run(cipher, span_of(input.data + fill, len - first), output + first);
	if (err == ERROR_SUCCESS)
		keep(cipher, span_of(input.data + fill + (len - first), input.len - fill - (len - first)));
	return err;
}

static bool overlap(struct span input, const BYTE *output, size_t len)
{
	const uintptr_t in = (uintptr_t)input.data;
	const uintptr_t out = (uintptr_t)output;

	return in < out + len && out < in + input.len;
}

/*
 * Straight through only when whole blocks begin at the very first byte of both; else the tail that is kept, or the
 * bytes pending, would be overwritten before they are read.
 */
static DWORD flow_safely(PCARD_EXT_CIPHER cipher, struct span input, PBYTE output, size_t len)
{
	AUTO_SECRET copy = SECRET_INIT;

	if (!overlap(input, output, len) || (cipher->pending_len == 0 && input.data == output))
		return flow(cipher, input, output, len);
	if (!secret_set(&copy, input))
		return SCARD_E_NO_MEMORY;
	return flow(cipher, secret_span(&copy), output, len);
}

static DWORD usable(const CARD_EXT_CIPHER *cipher)
{
	if (cipher->finished)
		return SCARD_E_INVALID_PARAMETER;
	return atomic_load(&cipher->key->revoked) ? SCARD_E_INVALID_HANDLE : ERROR_SUCCESS;
}

DWORD drv_cipher_update(PCARD_EXT_CIPHER cipher, const BYTE *input, SIZE_T input_len, PBYTE output, PSIZE_T ret_len)
{
	size_t len;
	DWORD err;

	OSSL_QUIET();
	if (cipher == NULL || ret_len == NULL || (input == NULL && input_len != 0))
		return SCARD_E_INVALID_PARAMETER;
	err = usable(cipher);
	if (err != ERROR_SUCCESS)
		return err;
	len = drv_cipher_update_len(cipher, input_len);
	if (len != 0 && output == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if (len == 0)
		keep(cipher, span_of(input, input_len));
	else
		err = flow_safely(cipher, span_of(input, input_len), output, len);
	if (err == ERROR_SUCCESS)
		*ret_len = len;
	return err;
}

/* ---- finish ----------------------------------------------------------------------------------------- */

static DWORD finish_padded_encryption(PCARD_EXT_CIPHER cipher, PBYTE output, PSIZE_T ret_len)
{
	const size_t padding = cipher->block - cipher->pending_len;
	DWORD err;

	memset(cipher->pending.data + cipher->pending_len, (int)padding, padding);
	err = run(cipher, secret_span(&cipher->pending), output);
	if (err == ERROR_SUCCESS)
		*ret_len = cipher->block;
	return err;
}

/* How many bytes of padding end a block, looked at in constant time; 0: none that is right. */
static size_t padding_of(struct span block)
{
	const unsigned count = block.data[block.len - 1];
	unsigned wrong = (unsigned)(count == 0) | (unsigned)(count > block.len);

	for (size_t i = 0; i < block.len; i++) {
		const unsigned inside = (unsigned)(i < count);

		wrong |= inside & (unsigned)(block.data[block.len - 1 - i] != count);
	}
	return wrong != 0 ? 0 : count;
}

static DWORD finish_padded_decryption(PCARD_EXT_CIPHER cipher, PBYTE output, PSIZE_T ret_len)
{
	AUTO_SECRET plain = SECRET_INIT;
	size_t padding;
	DWORD err;

	if (cipher->pending_len != cipher->block)
		return SCARD_E_INVALID_PARAMETER;
	if (!secret_alloc(&plain, cipher->block))
		return SCARD_E_NO_MEMORY;
	err = run(cipher, secret_span(&cipher->pending), plain.data);
	if (err != ERROR_SUCCESS)
		return err;
	padding = padding_of(secret_span(&plain));
	if (padding == 0)
		return SCARD_E_INVALID_VALUE;
	memcpy(output, plain.data, cipher->block - padding);
	*ret_len = cipher->block - padding;
	return ERROR_SUCCESS;
}

DWORD drv_cipher_finish(PCARD_EXT_CIPHER cipher, PBYTE output, PSIZE_T ret_len)
{
	DWORD err;

	OSSL_QUIET();
	if (cipher == NULL || ret_len == NULL || (cipher->padded && output == NULL))
		return SCARD_E_INVALID_PARAMETER;
	err = usable(cipher);
	if (err != ERROR_SUCCESS)
		return err;
	cipher->finished = true;
	if (cipher->padded)
		return cipher->encrypt ? finish_padded_encryption(cipher, output, ret_len)
				       : finish_padded_decryption(cipher, output, ret_len);
	if (cipher->pending_len != 0)
		return SCARD_E_INVALID_PARAMETER;
	*ret_len = 0;
	return ERROR_SUCCESS;
}
