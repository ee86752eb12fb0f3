/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_wrap.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ossl_fetch.h"
#include "base/wipe.h"
#include "minidriver/drv_key_store.h"
#include "base/quiet.h"

#define SEMIBLOCK 8u /* RFC 3394 and RFC 5649 count in 64 bits */
#define DATA_MAX ((size_t)INT_MAX - 4 * SEMIBLOCK) /* EVP takes an int */

/* A kind of wrapping. */
struct wrap {
	DWORD number;
	enum key_cipher cipher;
	size_t iv_len;
	size_t data_min;    /* bytes of data to be wrapped */
	size_t data_unit;   /* of which it must be a multiple */
	size_t wrapped_min; /* bytes of wrapped data, always whole semiblocks */
};

static const struct wrap wraps[] = {
	{ .number = CARD_EXT_WRAP_AES_KW, .cipher = KEY_CIPHER_KW, .iv_len = 8, .data_min = 16, .data_unit = 8,
	  .wrapped_min = 24 },
	{ .number = CARD_EXT_WRAP_AES_KWP, .cipher = KEY_CIPHER_KWP, .iv_len = 4, .data_min = 1, .data_unit = 1,
	  .wrapped_min = 16 },
};

/* One wrapping under way: its kind, its key, its cipher. */
struct job {
	const struct wrap *wrap;
	struct session_key *key; /* held */
	const char *cipher;
	const BYTE *iv; /* NULL: the RFC's */
};

static void job_end(struct job *job)
{
	session_key_release(job->key);
}

static const struct wrap *find(DWORD number)
{
	for (size_t i = 0; i < ARRAY_COUNT(wraps); i++) {
		if (wraps[i].number == number)
			return &wraps[i];
	}
	return NULL;
}

static DWORD job_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_WRAP_INFO *info, struct job *job)
{
	DWORD err;

	job->wrap = info != NULL ? find(info->dwWrap) : NULL;
	if (job->wrap == NULL || (info->cbIV != 0 && (info->pbIV == NULL || info->cbIV != job->wrap->iv_len)))
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &job->key);
	if (err != ERROR_SUCCESS)
		return err;
	job->iv = info->cbIV != 0 ? info->pbIV : NULL;
	job->cipher = key_alg_cipher(job->key->alg, job->key->value.len, job->wrap->cipher);
	return job->cipher != NULL ? ERROR_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
}

static void context_free(EVP_CIPHER_CTX **context)
{
	EVP_CIPHER_CTX_free(*context);
}

/* Run it; output has room for input and two semiblocks more. A refusal by the cipher is a failed integrity check. */
static DWORD job_run(const struct job *job, bool encrypt, struct span input, struct secret *output)
{
	AUTO(context_free) EVP_CIPHER_CTX *context = NULL;
	EVP_CIPHER *cipher;
	int len = 0;
	int good;

	cipher = ossl_cipher(job->cipher);
	context = EVP_CIPHER_CTX_new();
	if (cipher == NULL || context == NULL || !secret_alloc(output, input.len + 2 * SEMIBLOCK))
		return SCARD_E_NO_MEMORY;
	EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex2(context, cipher, job->key->value.data, job->iv, encrypt ? 1 : 0, NULL) != 1)
		return SCARD_E_UNEXPECTED;
	good = EVP_CipherUpdate(context, output->data, &len, input.data, (int)input.len);
	wipe_stack();
	if (good != 1 || len <= 0 || (size_t)len > output->len)
		return encrypt ? SCARD_E_UNEXPECTED : SCARD_E_INVALID_VALUE;
	secret_truncate(output, (size_t)len);
	return ERROR_SUCCESS;
}

/* RFC 3394 adds a semiblock; RFC 5649 rounds up first. */
static size_t wrapped_len(size_t data_len)
{
	return (data_len + SEMIBLOCK - 1) / SEMIBLOCK * SEMIBLOCK + SEMIBLOCK;
}

static DWORD wrap_value(const struct job *job, struct span value, PBYTE wrapped, PSIZE_T inout_len)
{
	AUTO_SECRET output = SECRET_INIT;
	const size_t room = *inout_len;
	const size_t needed = wrapped_len(value.len);
	DWORD err;

	if (value.len < job->wrap->data_min || value.len % job->wrap->data_unit != 0 || value.len > DATA_MAX)
		return SCARD_E_INVALID_PARAMETER;
	*inout_len = needed;
	if (wrapped == NULL)
		return ERROR_SUCCESS;
	if (room < needed)
		return ERROR_INSUFFICIENT_BUFFER;
	err = job_run(job, true, value, &output);
	if (err == ERROR_SUCCESS && output.len != needed)
		err = SCARD_E_UNEXPECTED;
	if (err == ERROR_SUCCESS)
		memcpy(wrapped, output.data, needed);
	return err;
}

DWORD drv_key_wrap(PCARD_DATA card_data, CARD_KEY_HANDLE wrapping_handle, const CARD_EXT_WRAP_INFO *info,
		   CARD_KEY_HANDLE handle, PBYTE wrapped, PSIZE_T inout_len)
{
	AUTO(job_end) struct job job = { .key = NULL };
	AUTO_SESSION_KEY *key = NULL;
	DWORD err;

	OSSL_QUIET();
	if (inout_len == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = job_begin(card_data, wrapping_handle, info, &job);
	if (err == ERROR_SUCCESS)
		err = key_store_find(card_data, handle, &key);
	return err != ERROR_SUCCESS ? err : wrap_value(&job, secret_span(&key->value), wrapped, inout_len);
}

static DWORD unwrap_value(const struct job *job, struct span wrapped, struct secret *ret_value)
{
	if (wrapped.data == NULL || wrapped.len < job->wrap->wrapped_min || wrapped.len % SEMIBLOCK != 0 ||
	    wrapped.len > DATA_MAX)
		return SCARD_E_INVALID_PARAMETER;
	return job_run(job, false, wrapped, ret_value);
}

DWORD drv_key_unwrap(PCARD_DATA card_data, CARD_KEY_HANDLE wrapping_handle, const CARD_EXT_WRAP_INFO *info,
		     const BYTE *wrapped, SIZE_T len, const CARD_EXT_KEY_INFO *wish, PCARD_KEY_HANDLE ret_handle)
{
	AUTO(job_end) struct job job = { .key = NULL };
	AUTO_SECRET value = SECRET_INIT;
	const struct key_alg *alg;
	DWORD err;

	OSSL_QUIET();
	if (wish == NULL || ret_handle == NULL)
		return SCARD_E_INVALID_PARAMETER;
	alg = key_alg_by_name(wish->pwszAlgId);
	if (alg == NULL || (wish->cbKey != 0 && !key_alg_takes(alg, wish->cbKey)))
		return SCARD_E_INVALID_PARAMETER;
	err = job_begin(card_data, wrapping_handle, info, &job);
	if (err == ERROR_SUCCESS)
		err = unwrap_value(&job, span_of(wrapped, len), &value);
	if (err != ERROR_SUCCESS)
		return err;
	if (wish->cbKey != 0 && wish->cbKey != value.len)
		return SCARD_E_INVALID_PARAMETER;
	return key_store_add(job.key->owner, alg, &value, ret_handle);
}
