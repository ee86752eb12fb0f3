/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two ways a session key comes into the store from outside: in the clear, and encrypted to a key of the card. */
#include "config.h"

#include <string.h>

#include "minidriver/drv.h"
#include "minidriver/drv_rsa.h"
#include "minidriver/wide.h"

/* BCRYPT_KEY_DATA_BLOB: a header and exactly as many bytes as it says. */
static DWORD read_blob(struct span blob, struct secret *ret_value)
{
	BCRYPT_KEY_DATA_BLOB_HEADER header;

	if (blob.data == NULL || blob.len < sizeof(header))
		return SCARD_E_INVALID_PARAMETER;
	memcpy(&header, blob.data, sizeof(header));
	if (header.dwMagic != BCRYPT_KEY_DATA_BLOB_MAGIC || header.dwVersion != BCRYPT_KEY_DATA_BLOB_VERSION1 ||
	    header.cbKeyData != blob.len - sizeof(header))
		return SCARD_E_INVALID_PARAMETER;
	return secret_set(ret_value, span_of(blob.data + sizeof(header), header.cbKeyData)) ? ERROR_SUCCESS
											      : SCARD_E_NO_MEMORY;
}

DWORD drv_import_session_key(PCARD_DATA card_data, LPCWSTR blob_type, LPCWSTR alg_name, PCARD_KEY_HANDLE ret_handle,
			     PBYTE input, DWORD input_len)
{
	AUTO_SECRET value = SECRET_INIT;
	const struct key_alg *alg = key_alg_by_name(alg_name);
	struct drv *drv;
	DWORD err = drv_enter(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (blob_type == NULL || ret_handle == NULL || !wide_equal(blob_type, BCRYPT_KEY_DATA_BLOB) || alg == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = read_blob(span_of(input, input_len), &value);
	return err != ERROR_SUCCESS ? err : key_store_add(drv->keys, alg, &value, ret_handle);
}

/* What came out of the card; a blob that is none there is data that somebody encrypted, not a caller's mistake. */
static DWORD open_blob(LPCWSTR blob_type, struct secret *data, struct secret *ret_value)
{
	if (wide_equal(blob_type, BCRYPT_KEY_DATA_BLOB)) {
		const DWORD err = read_blob(secret_span(data), ret_value);

		return err == SCARD_E_INVALID_PARAMETER ? SCARD_E_INVALID_VALUE : err;
	}
	secret_move(ret_value, data);
	return ERROR_SUCCESS;
}

/*
 * CardImportSessionKey: dwFlags names the padding (CARD_PADDING_PKCS1, CARD_PADDING_OAEP, CARD_EXT_PADDING_OAEP_MGF1),
 * pPaddingInfo is its structure, pbInput is big-endian as encryption functions give it. The key goes into the store
 * and nowhere else.
 */
DWORD drv_card_import_session_key(PCARD_DATA card_data, BYTE index, LPVOID padding_info, LPCWSTR blob_type,
				  LPCWSTR alg_name, PCARD_KEY_HANDLE ret_handle, PBYTE input, DWORD input_len,
				  DWORD flags)
{
	const struct key_alg *alg = key_alg_by_name(alg_name);
	AUTO_SECRET data = SECRET_INIT;
	AUTO_SECRET value = SECRET_INIT;
	struct rsa_padding padding;
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (blob_type == NULL || alg == NULL || ret_handle == NULL || input == NULL || flags == CARD_PADDING_NONE ||
	    (!wide_equal(blob_type, BCRYPT_KEY_DATA_BLOB) && !wide_equal(blob_type, CARD_EXT_RAW_KEY_BLOB)))
		return SCARD_E_INVALID_PARAMETER;
	err = rsa_padding_read(flags, padding_info, &padding);
	if (err == ERROR_SUCCESS)
		err = rsa_decrypt(drv, index, &padding, span_of(input, input_len), &data);
	if (err == ERROR_SUCCESS)
		err = open_blob(blob_type, &data, &value);
	if (err == ERROR_SUCCESS && !key_alg_takes(alg, value.len))
		err = SCARD_E_INVALID_VALUE;
	return err != ERROR_SUCCESS ? err : key_store_add(drv->keys, alg, &value, ret_handle);
}
