/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/capi.h"

#define BITS_IN_BYTE 8u
#define EFFECTIVE_MOST 1024u /* RFC 2268, 2 */
#define EFFECTIVE_OF_BASE 40u

/* ---- reading ---------------------------------------------------------------------------------------- */

static DWORD answer_number(const struct capi_answer *answer, size_t number)
{
	const DWORD value = (DWORD)number;

	return capi_answer(answer, span_of(&value, sizeof(value)));
}

static size_t rsa_bits(const struct capi_key *key)
{
	return key->rsa.modulus.len * BITS_IN_BYTE;
}

static DWORD answer_rsa(const struct capi_key *key, DWORD param, const struct capi_answer *answer)
{
	switch (param) {
	case KP_ALGID:
		return answer_number(answer, key->rsa.id);
	case KP_BLOCKLEN:
	case KP_KEYLEN:
		return answer_number(answer, rsa_bits(key));
	case KP_PERMISSIONS:
		return answer_number(answer, key->permissions);
	default:
		return NTE_BAD_TYPE;
	}
}

static DWORD answer_param(const struct capi_key *key, DWORD param, const struct capi_answer *answer)
{
	switch (param) {
	case KP_IV:
		return capi_answer(answer, span_of(key->iv, key->alg->block));
	case KP_SALT:
		return capi_answer(answer, span_of(key->salt, key->salt_untold ? 0 : key->salt_len));
	case KP_PADDING:
		return answer_number(answer, PKCS5_PADDING);
	case KP_MODE:
		return answer_number(answer, key->mode);
	case KP_MODE_BITS:
		return answer_number(answer, key->mode_bits);
	case KP_PERMISSIONS:
		return answer_number(answer, key->permissions);
	case KP_ALGID:
		return answer_number(answer, key->alg->id);
	case KP_BLOCKLEN:
		return answer_number(answer, key->alg->block * BITS_IN_BYTE);
	case KP_KEYLEN:
		return answer_number(answer, key->len * BITS_IN_BYTE);
	case KP_EFFECTIVE_KEYLEN:
		return answer_number(answer, capi_key_effective_bits(key));
	default:
		return NTE_BAD_TYPE;
	}
}

static DWORD get_param(HCRYPTKEY handle, DWORD param, const struct capi_answer *answer, DWORD flags)
{
	AUTO_KEY *key = NULL;
	const DWORD err = capi_find_key(handle, &key);

	if (err != ERROR_SUCCESS)
		return err;
	if (answer->inout_len == NULL)
		return ERROR_INVALID_PARAMETER;
	if (flags != 0)
		return NTE_BAD_FLAGS;
	LOCKED(&key->object.lock);
	return key->alg != NULL ? answer_param(key, param, answer) : answer_rsa(key, param, answer);
}

EXPORT BOOL WINAPI CryptGetKeyParam(HCRYPTKEY hKey, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags)
{
	return capi_result(
		get_param(hKey, dwParam, &(struct capi_answer){ .data = pbData, .inout_len = pdwDataLen }, dwFlags));
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static DWORD read_number(const BYTE *bytes)
{
	DWORD number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

/* What was not exportable does not become it, and what was remains it (Wine's tests, run on Windows). */
static DWORD take_permissions(struct capi_key *key, DWORD permissions)
{
	const DWORD export = key->permissions & CRYPT_EXPORT;

	if ((permissions & CRYPT_EXPORT) != 0 && export == 0)
		return NTE_BAD_DATA;
	key->permissions = permissions | export;
	return ERROR_SUCCESS;
}

/* Base makes it 40 whatever was asked for, and says that it was wrong to ask (Wine's tests, run on Windows). */
static DWORD take_effective_bits(struct capi_key *key, DWORD bits)
{
	const bool base = key->object.provider->csp->kind == CAPI_BASE;

	if (key->alg->id != CALG_RC2)
		return NTE_BAD_TYPE;
	if (bits == 0 || bits > EFFECTIVE_MOST)
		return NTE_BAD_DATA;
	key->effective_bits = base ? EFFECTIVE_OF_BASE : bits;
	capi_key_restart(key);
	return base && bits != EFFECTIVE_OF_BASE ? NTE_BAD_DATA : ERROR_SUCCESS;
}

/* Other providers than Base and Strong go on to say that the key has none (Wine's tests, run on Windows). */
static DWORD take_salt(struct capi_key *key, const BYTE *salt)
{
	const enum capi_kind_of_provider kind = key->object.provider->csp->kind;
	DWORD err;

	if (!key->alg->salted)
		return NTE_BAD_KEY;
	err = capi_key_set_salt(key, span_of(salt, CAPI_SALT_LEN));
	if (err == ERROR_SUCCESS)
		key->salt_untold = kind != CAPI_BASE && kind != CAPI_STRONG;
	return err;
}

/* Documented for all keys: one whose cipher knows no salt has it, and is what it was. */
static DWORD take_salt_ex(struct capi_key *key, const BYTE *bytes)
{
	CRYPT_INTEGER_BLOB blob;

	memcpy(&blob, bytes, sizeof(blob));
	if (blob.cbData > CAPI_SALT_MAX)
		return NTE_BAD_DATA;
	if (blob.pbData == NULL && blob.cbData != 0)
		return ERROR_INVALID_PARAMETER;
	return key->alg->salted ? capi_key_set_salt(key, span_of(blob.pbData, blob.cbData)) : ERROR_SUCCESS;
}

static void take_iv(struct capi_key *key, const BYTE *iv)
{
	memcpy(key->iv, iv, key->alg->block);
	capi_key_restart(key);
}

static DWORD take_param(struct capi_key *key, DWORD param, const BYTE *bytes)
{
	switch (param) {
	case KP_IV:
		take_iv(key, bytes);
		return ERROR_SUCCESS;
	case KP_SALT:
		return take_salt(key, bytes);
	case KP_SALT_EX:
		return take_salt_ex(key, bytes);
	case KP_PADDING:
		return read_number(bytes) == PKCS5_PADDING ? ERROR_SUCCESS : NTE_BAD_DATA;
	case KP_MODE:
		key->mode = read_number(bytes);
		return ERROR_SUCCESS;
	case KP_MODE_BITS:
		key->mode_bits = read_number(bytes);
		return ERROR_SUCCESS;
	case KP_PERMISSIONS:
		return take_permissions(key, read_number(bytes));
	case KP_EFFECTIVE_KEYLEN:
		return take_effective_bits(key, read_number(bytes));
	default:
		return NTE_BAD_TYPE;
	}
}

static DWORD set_param(HCRYPTKEY handle, DWORD param, const BYTE *bytes, DWORD flags)
{
	AUTO_KEY *key = NULL;
	const DWORD err = capi_find_key(handle, &key);

	if (err != ERROR_SUCCESS)
		return err;
	if (bytes == NULL)
		return ERROR_INVALID_PARAMETER;
	if (flags != 0)
		return NTE_BAD_FLAGS;
	LOCKED(&key->object.lock);
	if (key->alg != NULL)
		return take_param(key, param, bytes);
	return param == KP_PERMISSIONS ? take_permissions(key, read_number(bytes)) : NTE_BAD_TYPE;
}

EXPORT BOOL WINAPI CryptSetKeyParam(HCRYPTKEY hKey, DWORD dwParam, const BYTE *pbData, DWORD dwFlags)
{
	return capi_result(set_param(hKey, dwParam, pbData, dwFlags));
}
