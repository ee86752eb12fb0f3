/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_wrap.h"

#include <string.h>

#include "base/secret.h"
#include "minidriver/drv_cipher.h"
#include "minidriver/drv_key_store.h"

static void cipher_cleanup(PCARD_EXT_CIPHER *cipher)
{
	drv_cipher_destroy(*cipher);
}
#define AUTO_CIPHER AUTO(cipher_cleanup) PCARD_EXT_CIPHER

/* The wrapping key's cipher; its key is held by whoever called. */
static DWORD begin(struct session_key *wrapping, const CARD_EXT_CIPHER_INFO *info, bool encrypt, size_t data_len,
		   PCARD_EXT_CIPHER *ret_cipher)
{
	CARD_EXT_CIPHER_INFO own;

	if (info == NULL)
		return SCARD_E_INVALID_PARAMETER;
	own = *info;
	own.fEncrypt = encrypt ? TRUE : FALSE;
	own.cbData = data_len;
	return drv_cipher_begin_with(wrapping, &own, ret_cipher);
}

/* ---- wrapping --------------------------------------------------------------------------------------- */

static DWORD wrap_filled(PCARD_EXT_CIPHER cipher, struct span value, PBYTE wrapped, PSIZE_T inout_len)
{
	AUTO_SECRET filled = SECRET_INIT;
	const size_t unit = drv_cipher_zero_padding(cipher);

	if (value.len % unit == 0)
		return drv_cipher_once(cipher, value.data, value.len, wrapped, inout_len);
	if (!secret_alloc(&filled, (value.len + unit - 1) / unit * unit))
		return SCARD_E_NO_MEMORY;
	memcpy(filled.data, value.data, value.len);
	return drv_cipher_once(cipher, filled.data, filled.len, wrapped, inout_len);
}

DWORD drv_key_wrap(PCARD_DATA card_data, CARD_KEY_HANDLE wrapping_handle, const CARD_EXT_CIPHER_INFO *info,
		   CARD_KEY_HANDLE handle, PBYTE wrapped, PSIZE_T inout_len)
{
	AUTO_SESSION_KEY *wrapping = NULL;
	AUTO_SESSION_KEY *key = NULL;
	AUTO_CIPHER cipher = NULL;
	DWORD err;

	if (inout_len == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, wrapping_handle, &wrapping);
	if (err == ERROR_SUCCESS)
		err = key_store_find(card_data, handle, &key);
	if (err == ERROR_SUCCESS)
		err = begin(wrapping, info, true, key->value.len, &cipher);
	return err != ERROR_SUCCESS ? err : wrap_filled(cipher, secret_span(&key->value), wrapped, inout_len);
}

/* ---- unwrapping ------------------------------------------------------------------------------------- */

static DWORD decipher(PCARD_EXT_CIPHER cipher, struct span wrapped, struct secret *ret_value)
{
	SIZE_T len = 0;
	DWORD err = drv_cipher_once(cipher, wrapped.data, wrapped.len, NULL, &len);

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(ret_value, len))
		return SCARD_E_NO_MEMORY;
	err = drv_cipher_once(cipher, wrapped.data, wrapped.len, ret_value->data, &len);
	if (err == ERROR_SUCCESS)
		secret_truncate(ret_value, len);
	return err;
}

/* What the caller wishes must be all there is, but for the zero bytes that wrapping adds. */
static DWORD cut(struct secret *value, size_t wished, size_t unit)
{
	if (wished == 0 || wished == value->len)
		return ERROR_SUCCESS;
	if (wished > value->len || value->len - wished >= unit)
		return SCARD_E_INVALID_PARAMETER;
	secret_truncate(value, wished);
	return ERROR_SUCCESS;
}

DWORD drv_key_unwrap(PCARD_DATA card_data, CARD_KEY_HANDLE wrapping_handle, const CARD_EXT_CIPHER_INFO *info,
		     const BYTE *wrapped, SIZE_T len, const CARD_EXT_KEY_INFO *wish, PCARD_KEY_HANDLE ret_handle)
{
	AUTO_SESSION_KEY *wrapping = NULL;
	AUTO_CIPHER cipher = NULL;
	AUTO_SECRET value = SECRET_INIT;
	const struct key_alg *alg;
	DWORD err;

	if (wish == NULL || ret_handle == NULL || wrapped == NULL || info == NULL)
		return SCARD_E_INVALID_PARAMETER;
	alg = key_alg_by_name(wish->pwszAlgId);
	if (alg == NULL || (wish->cbKey != 0 && !key_alg_takes(alg, wish->cbKey)))
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, wrapping_handle, &wrapping);
	if (err == ERROR_SUCCESS)
		err = begin(wrapping, info, false, len > info->cbTag ? len - info->cbTag : 0, &cipher);
	if (err == ERROR_SUCCESS)
		err = decipher(cipher, span_of(wrapped, len), &value);
	if (err == ERROR_SUCCESS)
		err = cut(&value, wish->cbKey, drv_cipher_zero_padding(cipher));
	return err != ERROR_SUCCESS ? err : key_store_add(wrapping->owner, alg, &value, ret_handle);
}
