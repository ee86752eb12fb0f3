/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_cipher.h"

#include <stdlib.h>
#include <string.h>

#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "base/wipe.h"
#include "minidriver/drv_cipher_mode.h"

#define GATHER_FIRST 256u /* bytes; the room doubles from there on */

static void cipher_free(PCARD_EXT_CIPHER cipher)
{
	ossl_cipher_end(&cipher->context);
	secret_clear(&cipher->aad);
	secret_clear(&cipher->gathered);
	wipe(cipher, sizeof(*cipher));
	free(cipher);
}

/* ---- ciphers at rest -------------------------------------------------------------------------------- */

struct wanted {
	const struct cipher_mode *mode;
	const CARD_EXT_CIPHER_INFO *info;
};

/* What the key schedule in the context is good for. */
static bool fits(const struct key_rest *rest, const void *wanted)
{
	const CARD_EXT_CIPHER *cipher = (const CARD_EXT_CIPHER *)rest;
	const struct cipher_mode *mode = ((const struct wanted *)wanted)->mode;
	const CARD_EXT_CIPHER_INFO *info = ((const struct wanted *)wanted)->info;

	return cipher->mode == mode && cipher->encrypt == (info->fEncrypt != FALSE) &&
	       cipher->effective_bits == info->cEffectiveBits &&
	       (mode->tags == 0 || (cipher->iv_len == info->cbIV && cipher->tag_len == info->cbTag));
}

static void free_rest(struct key_rest *rest)
{
	cipher_free((PCARD_EXT_CIPHER)rest);
}

static const struct key_rest_kind cipher_rest = { .fits = fits, .free = free_rest };

void drv_cipher_destroy(PCARD_EXT_CIPHER cipher)
{
	AUTO_SESSION_KEY *key = NULL;

	if (cipher == NULL)
		return;
	key = STEAL(cipher->key);
	if (atomic_load(&key->revoked)) {
		cipher_free(cipher);
		return;
	}
	secret_clear(&cipher->aad);
	secret_clear(&cipher->gathered);
	if (cipher->has_pended)
		wipe(cipher->pending, sizeof(cipher->pending));
	session_key_rest(key, &cipher->rest);
}

static void free_cleanup(PCARD_EXT_CIPHER *cipher)
{
	if (*cipher != NULL)
		cipher_free(*cipher);
}

/* ---- begin ------------------------------------------------------------------------------------------ */

/* What a context must know before its key. */
static bool prepare(PCARD_EXT_CIPHER cipher)
{
	const struct ossl_cipher_context *context = &cipher->context;

	if (cipher->effective_bits != 0 && !ossl_cipher_set_effective_bits(context, cipher->effective_bits))
		return false;
	return cipher->mode->cipher != KEY_CIPHER_CCM || (ossl_cipher_set_iv_len(context, cipher->iv_len) &&
							  ossl_cipher_set_tag_len(context, cipher->tag_len));
}

static bool set_key(PCARD_EXT_CIPHER cipher, const struct session_key *key)
{
	const bool good = ossl_cipher_set(&cipher->context, cipher->encrypt, secret_span(&key->value), SPAN_EMPTY);

	wipe_stack_key();
	return good;
}

static DWORD make_context(PCARD_EXT_CIPHER cipher, const struct session_key *key)
{
	const struct ossl_cipher *ossl = ossl_cipher(session_key_cipher(key, cipher->mode->cipher));

	if (ossl == NULL || !ossl_cipher_begin(&cipher->context, ossl))
		return SCARD_E_NO_MEMORY;
	return prepare(cipher) && set_key(cipher, key) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD make(struct session_key *key, const struct cipher_mode *mode, const CARD_EXT_CIPHER_INFO *info,
		  PCARD_EXT_CIPHER *ret_cipher)
{
	/* by malloc(): glibc's calloc() passes by the thread's own free blocks */
	AUTO(free_cleanup) PCARD_EXT_CIPHER cipher = malloc(sizeof(*cipher));
	DWORD err = ERROR_SUCCESS;

	OSSL_QUIET_IF(mode->complains, err);
	if (cipher == NULL)
		return SCARD_E_NO_MEMORY;
	*cipher = (CARD_EXT_CIPHER){
		.rest.kind = &cipher_rest,
		.mode = mode,
		.encrypt = info->fEncrypt != FALSE,
		.effective_bits = info->cEffectiveBits,
		.block = key->alg->block,
		.iv_len = info->cbIV,
		.tag_len = info->cbTag,
	};
	err = make_context(cipher, key);
	if (err == ERROR_SUCCESS)
		*ret_cipher = STEAL(cipher);
	return err;
}

static void take_iv(PCARD_EXT_CIPHER cipher, const CARD_EXT_CIPHER_INFO *info)
{
	const struct cipher_mode *mode = cipher->mode;
	const BYTE *iv = info->cbIV != 0 ? info->pbIV : mode->iv_default;

	cipher->iv_len = info->cbIV != 0 || iv == NULL ? info->cbIV : mode->iv_len;
	if (cipher->iv_len != 0)
		memcpy(cipher->iv, iv, cipher->iv_len);
}

/* The key becomes the cipher's on success. */
static DWORD begin_with(struct session_key *key, const CARD_EXT_CIPHER_INFO *caller_info, PCARD_EXT_CIPHER *ret_cipher)
{
	AUTO(free_cleanup) PCARD_EXT_CIPHER cipher = NULL;
	const struct cipher_mode *mode = NULL;
	CARD_EXT_CIPHER_INFO info = *caller_info;
	BYTE key_iv[KEY_ALG_BLOCK_MAX];
	DWORD err;

	if (!key->alg->effective_bits)
		info.cEffectiveBits = 0;
	err = cipher_mode_find(key, &info, key_iv, &mode);
	if (err != ERROR_SUCCESS)
		return err;
	cipher = (PCARD_EXT_CIPHER)session_key_wake(key, &cipher_rest, &(struct wanted){ mode, &info });
	if (cipher == NULL)
		err = make(key, mode, &info, &cipher);
	if (err != ERROR_SUCCESS)
		return err;
	if (mode->tags != 0 && info.cbAuthData != 0 &&
	    !secret_set(&cipher->aad, span_of(info.pbAuthData, info.cbAuthData)))
		return SCARD_E_NO_MEMORY;
	take_iv(cipher, &info);
	cipher->counter_bits = info.cCounterBits;
	cipher->data_len = info.cbData;
	cipher->state = CIPHER_BEGUN;
	cipher->pending_len = 0;
	cipher->has_pended = false;
	cipher->gathered_len = 0;
	cipher->key = key;
	*ret_cipher = STEAL(cipher);
	return ERROR_SUCCESS;
}

DWORD drv_cipher_begin_with(struct session_key *key, const CARD_EXT_CIPHER_INFO *info, PCARD_EXT_CIPHER *ret_cipher)
{
	const DWORD err = begin_with(key, info, ret_cipher);

	if (err == ERROR_SUCCESS)
		session_key_hold(key);
	return err;
}

DWORD drv_cipher_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_CIPHER_INFO *info,
		       PCARD_EXT_CIPHER *ret_cipher)
{
	AUTO_SESSION_KEY *key = NULL;
	DWORD err;

	if (info == NULL || ret_cipher == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err == ERROR_SUCCESS)
		err = begin_with(key, info, ret_cipher);
	if (err == ERROR_SUCCESS)
		(void)STEAL(key);
	return err;
}

SIZE_T drv_cipher_zero_padding(const CARD_EXT_CIPHER *cipher)
{
	return cipher->mode->ops == &cipher_block_ops && !cipher->mode->padded ? cipher->block : 1;
}

/* ---- what the modes share --------------------------------------------------------------------------- */

DWORD cipher_run(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out)
{
	bool good;

	if (in.len == 0)
		return ERROR_SUCCESS;
	good = cipher->mode->tags != 0 ? ossl_cipher_update(&cipher->context, in, out)
				       : ossl_cipher_run(&cipher->context, in, out);
	return good ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

DWORD cipher_run_limited(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out)
{
	if (in.len > cipher->left)
		return ERROR_ARITHMETIC_OVERFLOW;
	cipher->left -= in.len;
	return cipher_run(cipher, in, out);
}

size_t cipher_padding_of(struct span block)
{
	const unsigned count = block.data[block.len - 1];
	unsigned wrong = (unsigned)(count == 0) | (unsigned)(count > block.len);

	for (size_t i = 0; i < block.len; i++) {
		const unsigned inside = (unsigned)(i < count);

		wrong |= inside & (unsigned)(block.data[block.len - 1 - i] != count);
	}
	return wrong != 0 ? 0 : count;
}

/* Go to the beginning of a message. */
static DWORD start(PCARD_EXT_CIPHER cipher)
{
	bool good;

	cipher->left = cipher_mode_limit(cipher);
	if (cipher->mode->rekeyed)
		return set_key(cipher, cipher->key) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
	if (cipher->iv_len == 0 || cipher->mode->keeps_iv)
		return ERROR_SUCCESS;
	good = ossl_cipher_set(&cipher->context, cipher->encrypt, SPAN_EMPTY, span_of(cipher->iv, cipher->iv_len));
	return good ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD usable(const CARD_EXT_CIPHER *cipher)
{
	if (cipher->state == CIPHER_FINISHED)
		return SCARD_E_INVALID_PARAMETER;
	return atomic_load(&cipher->key->revoked) ? SCARD_E_INVALID_HANDLE : ERROR_SUCCESS;
}

/* Bytes that there are, also when there are none: no offset is ever added to NULL. */
static struct span given(const BYTE *input, size_t len)
{
	static const BYTE nothing[1];

	return span_of(input != NULL ? input : nothing, len);
}

static bool overlap(struct span in, const BYTE *out, size_t len)
{
	const uintptr_t in_at = (uintptr_t)in.data;
	const uintptr_t out_at = (uintptr_t)out;

	return in_at < out_at + len && out_at < in_at + in.len;
}

/* ---- a whole message -------------------------------------------------------------------------------- */

/* With input that output does not overtake: the same memory is right, a shifted one is copied first. */
static DWORD once_safely(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *inout_len)
{
	AUTO_SECRET copy = SECRET_INIT;
	DWORD err;

	if (in.data != out && overlap(in, out, *inout_len)) {
		if (!secret_set(&copy, in))
			return SCARD_E_NO_MEMORY;
		in = secret_span(&copy);
	}
	err = start(cipher);
	return err != ERROR_SUCCESS ? err : cipher->mode->ops->once(cipher, in, out, inout_len);
}

/* By way of memory of our own: whether the caller's is large enough is only known afterwards. */
static DWORD once_aside(PCARD_EXT_CIPHER cipher, struct span in, size_t most, BYTE *out, PSIZE_T inout_len)
{
	AUTO_SECRET result = SECRET_INIT;
	size_t len = most;
	DWORD err;

	if (!secret_alloc(&result, most))
		return SCARD_E_NO_MEMORY;
	err = once_safely(cipher, in, result.data, &len);
	if (err != ERROR_SUCCESS)
		return err;
	if (len > *inout_len)
		err = ERROR_INSUFFICIENT_BUFFER;
	else if (len != 0)
		memcpy(out, result.data, len);
	*inout_len = len;
	return err;
}

static DWORD once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, PSIZE_T inout_len)
{
	const size_t room = *inout_len;
	size_t most = 0;
	DWORD err = cipher->mode->ops->once_len(cipher, in.len, &most);

	if (err != ERROR_SUCCESS)
		return err;
	if (room < most && out != NULL && cipher_goes(cipher, cipher->mode->inexact))
		return once_aside(cipher, in, most, out, inout_len);
	*inout_len = most;
	if (out == NULL || room < most)
		return ERROR_INSUFFICIENT_BUFFER;
	return once_safely(cipher, in, out, inout_len);
}

DWORD drv_cipher_once(PCARD_EXT_CIPHER cipher, const BYTE *input, SIZE_T input_len, PBYTE output, PSIZE_T inout_len)
{
	DWORD err = ERROR_SUCCESS;

	if (cipher == NULL || inout_len == NULL || (input == NULL && input_len != 0) || cipher->state != CIPHER_BEGUN)
		return SCARD_E_INVALID_PARAMETER;
	OSSL_QUIET_IF(cipher->mode->complains, err);
	err = usable(cipher);
	if (err != ERROR_SUCCESS)
		return err;
	err = once(cipher, given(input, input_len), output, inout_len);
	if (err != ERROR_INSUFFICIENT_BUFFER)
		cipher->state = CIPHER_FINISHED;
	return err == ERROR_INSUFFICIENT_BUFFER && output == NULL ? ERROR_SUCCESS : err;
}

/* CBC keeps the last block that came out, until it begins anew. */
static bool forget(PCARD_EXT_CIPHER cipher)
{
	static const BYTE zero[KEY_ALG_BLOCK_MAX];

	return cipher->iv_len == 0 ||
	       ossl_cipher_set(&cipher->context, cipher->encrypt, SPAN_EMPTY, span_of(zero, cipher->iv_len));
}

DWORD drv_cipher_make_secret(struct session_key *key, struct span iv, struct span data, PBYTE out)
{
	const CARD_EXT_CIPHER_INFO info = { .dwMode = iv.len != 0 ? CARD_EXT_MODE_CBC : CARD_EXT_MODE_ECB,
					    .fEncrypt = TRUE, .pbIV = iv.data, .cbIV = iv.len };
	PCARD_EXT_CIPHER cipher = NULL;
	SIZE_T len = data.len;
	DWORD err = drv_cipher_begin_with(key, &info, &cipher);

	if (err != ERROR_SUCCESS)
		return err;
	err = drv_cipher_once(cipher, data.data, data.len, out, &len);
	if (forget(cipher)) {
		drv_cipher_destroy(cipher);
		return err;
	}
	session_key_release(STEAL(cipher->key));
	cipher_free(cipher);
	return SCARD_E_UNEXPECTED;
}

/* ---- a message in parts ----------------------------------------------------------------------------- */

static bool gathers(const CARD_EXT_CIPHER *cipher)
{
	return cipher_goes(cipher, cipher->mode->gathers);
}

/* As much as the mode can ever use. */
static uint64_t gather_limit(const CARD_EXT_CIPHER *cipher)
{
	const uint64_t most = cipher->mode->cipher == KEY_CIPHER_CCM ? cipher->data_len : cipher->mode->limit;

	return most + CIPHER_TAG_MAX;
}

static DWORD gather(PCARD_EXT_CIPHER cipher, struct span in)
{
	const size_t total = cipher->gathered_len + in.len;
	size_t room = cipher->gathered.len != 0 ? cipher->gathered.len : GATHER_FIRST;

	if (total < in.len || total > gather_limit(cipher))
		return SCARD_E_INVALID_PARAMETER;
	if (total > cipher->gathered.len) {
		AUTO_SECRET larger = SECRET_INIT;

		while (room < total)
			room = room > SIZE_MAX / 2 ? total : 2 * room;
		if (!secret_alloc(&larger, room))
			return SCARD_E_NO_MEMORY;
		if (cipher->gathered_len != 0)
			memcpy(larger.data, cipher->gathered.data, cipher->gathered_len);
		secret_move(&cipher->gathered, &larger);
	}
	if (in.len != 0)
		memcpy(cipher->gathered.data + cipher->gathered_len, in.data, in.len);
	cipher->gathered_len = total;
	return ERROR_SUCCESS;
}

SIZE_T drv_cipher_update_len(const CARD_EXT_CIPHER *cipher, SIZE_T input_len)
{
	return gathers(cipher) ? 0 : cipher->mode->ops->update_len(cipher, input_len);
}

/*
 * Straight through only when output begins where input does and nothing is pending; else the tail that is kept, or the
 * bytes pending, would be overwritten before they are read.
 */
static DWORD update_safely(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t len)
{
	AUTO_SECRET copy = SECRET_INIT;

	if (len != 0 && overlap(in, out, len) && (in.data != out || cipher->pending_len != 0)) {
		if (!secret_set(&copy, in))
			return SCARD_E_NO_MEMORY;
		in = secret_span(&copy);
	}
	return cipher->mode->ops->update(cipher, in, out, len);
}

static DWORD running(PCARD_EXT_CIPHER cipher)
{
	DWORD err = usable(cipher);

	if (err != ERROR_SUCCESS || cipher->state == CIPHER_RUNNING)
		return err;
	if (!gathers(cipher))
		err = start(cipher);
	if (err == ERROR_SUCCESS && !gathers(cipher) && cipher->mode->tags != 0)
		err = cipher_run(cipher, secret_span(&cipher->aad), NULL);
	if (err == ERROR_SUCCESS)
		cipher->state = CIPHER_RUNNING;
	return err;
}

DWORD drv_cipher_update(PCARD_EXT_CIPHER cipher, const BYTE *input, SIZE_T input_len, PBYTE output, PSIZE_T ret_len)
{
	size_t len;
	DWORD err = ERROR_SUCCESS;

	if (cipher == NULL || ret_len == NULL || (input == NULL && input_len != 0))
		return SCARD_E_INVALID_PARAMETER;
	OSSL_QUIET_IF(cipher->mode->complains, err);
	err = running(cipher);
	if (err != ERROR_SUCCESS)
		return err;
	len = drv_cipher_update_len(cipher, input_len);
	if (len != 0 && output == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = gathers(cipher) ? gather(cipher, given(input, input_len))
			      : update_safely(cipher, given(input, input_len), output, len);
	if (err == ERROR_SUCCESS)
		*ret_len = len;
	return err;
}

SIZE_T drv_cipher_finish_len(const CARD_EXT_CIPHER *cipher)
{
	size_t most = 0;

	if (!gathers(cipher))
		return cipher->mode->ops->finish_len(cipher);
	return cipher->mode->ops->once_len(cipher, cipher->gathered_len, &most) == ERROR_SUCCESS ? most : 0;
}

static DWORD finish_gathered(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len)
{
	size_t most = 0;
	DWORD err = cipher->mode->ops->once_len(cipher, cipher->gathered_len, &most);

	if (err == ERROR_SUCCESS)
		err = once_safely(cipher, given(cipher->gathered.data, cipher->gathered_len), out, &most);
	if (err == ERROR_SUCCESS)
		*ret_len = most;
	return err;
}

DWORD drv_cipher_finish(PCARD_EXT_CIPHER cipher, PBYTE output, PSIZE_T ret_len)
{
	DWORD err = ERROR_SUCCESS;

	if (cipher == NULL || ret_len == NULL || (output == NULL && drv_cipher_finish_len(cipher) != 0))
		return SCARD_E_INVALID_PARAMETER;
	OSSL_QUIET_IF(cipher->mode->complains, err);
	err = running(cipher);
	if (err != ERROR_SUCCESS)
		return err;
	cipher->state = CIPHER_FINISHED;
	if (gathers(cipher))
		return finish_gathered(cipher, output, ret_len);
	return cipher->mode->ops->finish(cipher, output, ret_len);
}
