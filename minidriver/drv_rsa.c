/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenSSL 3 calls its functions for paddings alone deprecated and offers nothing in their place. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "config.h"

#include "minidriver/drv_rsa.h"

#include <openssl/rsa.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "base/wipe.h"
#include "minidriver/error.h"

/* ---- padding ---------------------------------------------------------------------------------------- */

static DWORD read_oaep(const BCRYPT_OAEP_PADDING_INFO *info, LPCWSTR mgf, struct rsa_padding *padding)
{
	padding->type = CARD_PADDING_OAEP;
	padding->hash = hash_named(info->pszAlgId);
	padding->mgf = hash_named(mgf);
	padding->label = span_of(info->pbLabel, info->cbLabel);
	if (padding->hash == NULL || padding->mgf == NULL || padding->hash->xof || padding->mgf->xof ||
	    padding->hash->sized || padding->mgf->sized || (info->pbLabel == NULL && info->cbLabel != 0))
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

DWORD rsa_padding_read(DWORD type, const void *info, struct rsa_padding *ret_padding)
{
	const BCRYPT_OAEP_PADDING_INFO *oaep = info;
	const CARD_EXT_OAEP_PADDING_INFO *with_mgf = info;

	*ret_padding = (struct rsa_padding){ .type = type };
	switch (type) {
	case CARD_PADDING_NONE:
	case CARD_PADDING_PKCS1:
		return ERROR_SUCCESS;
	case CARD_PADDING_OAEP:
		return oaep != NULL ? read_oaep(oaep, oaep->pszAlgId, ret_padding) : SCARD_E_INVALID_PARAMETER;
	case CARD_EXT_PADDING_OAEP_MGF1:
		return with_mgf != NULL ? read_oaep(&with_mgf->Oaep, with_mgf->pszMgfAlgId, ret_padding)
					: SCARD_E_INVALID_PARAMETER;
	case CARD_PADDING_PSS:
		return SCARD_E_UNSUPPORTED_FEATURE;
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

/* OpenSSL looks at the whole block whatever is in it, so that the time says nothing of where a padding is wrong. */
static int take_off(const struct rsa_padding *padding, const struct secret *block, struct secret *data)
{
	const int len = (int)block->len;

	if (padding->type == CARD_PADDING_PKCS1)
		return RSA_padding_check_PKCS1_type_2(data->data, len, block->data + 1, len - 1, len);
	return RSA_padding_check_PKCS1_OAEP_mgf1(data->data, len, block->data + 1, len - 1, len, padding->label.data,
						 (int)padding->label.len, ossl_md(padding->hash->ossl),
						 ossl_md(padding->mgf->ossl));
}

static int put_on(const struct rsa_padding *padding, struct span data, struct secret *block)
{
	const int len = (int)block->len;

	if (padding->type == CARD_PADDING_PKCS1)
		return RSA_padding_add_PKCS1_type_2(block->data, len, data.data, (int)data.len);
	return RSA_padding_add_PKCS1_OAEP_mgf1(block->data, len, data.data, (int)data.len, padding->label.data,
					       (int)padding->label.len, ossl_md(padding->hash->ossl),
					       ossl_md(padding->mgf->ossl));
}

DWORD rsa_pad(const struct rsa_padding *padding, struct span data, size_t modulus_len, struct secret *ret_block)
{
	OSSL_LIB_CTX *before;
	int good;

	OSSL_QUIET();
	if (data.len > modulus_len || padding->label.len > INT16_MAX)
		return SCARD_E_INVALID_PARAMETER;
	if (!secret_alloc(ret_block, modulus_len))
		return SCARD_E_NO_MEMORY;
	if (padding->type == CARD_PADDING_NONE) {
		if (data.len != modulus_len)
			return SCARD_E_INVALID_PARAMETER;
		memcpy(ret_block->data, data.data, data.len);
		return ERROR_SUCCESS;
	}
	/* the random bytes come from the thread's default context */
	before = ossl_enter();
	good = put_on(padding, data, ret_block);
	ossl_leave(before);
	wipe_stack();
	return good == 1 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static DWORD unpad(const struct rsa_padding *padding, struct secret *block, struct secret *ret_data)
{
	AUTO_SECRET data = SECRET_INIT;
	int len;

	OSSL_QUIET();
	if (padding->type == CARD_PADDING_NONE) {
		secret_move(ret_data, block);
		return ERROR_SUCCESS;
	}
	if (padding->label.len > INT16_MAX)
		return SCARD_E_INVALID_PARAMETER;
	if (!secret_alloc(&data, block->len))
		return SCARD_E_NO_MEMORY;
	len = take_off(padding, block, &data);
	wipe_stack();
	/* both forms begin with 00 */
	if (len < 0 || block->data[0] != 0)
		return SCARD_E_INVALID_VALUE;
	secret_truncate(&data, (size_t)len);
	secret_move(ret_data, &data);
	return ERROR_SUCCESS;
}

/* ---- the card --------------------------------------------------------------------------------------- */

static DWORD decrypt_on_card(struct drv *drv, BYTE container, const struct rsa_padding *padding, struct span input,
			     struct secret *ret_data)
{
	AUTO_SECRET block = SECRET_INIT;
	card_err err;

	{
		LOCKED(&drv->lock);
		err = drv->ops->rsa_decrypt_raw(drv->card, container, input, &block);
		wipe_stack();
	}
	if (err == CE_NOT_FOUND)
		return SCARD_E_NO_KEY_CONTAINER;
	if (err == CE_OK && block.len != input.len)
		return SCARD_E_UNEXPECTED;
	return err != CE_OK ? error_from_card(err) : unpad(padding, &block, ret_data);
}

DWORD rsa_decrypt(struct drv *drv, BYTE container, const struct rsa_padding *padding, struct span input,
		  struct secret *ret_data)
{
	const struct card_key_info *key;
	const DWORD err = drv_container(drv, container, &key);

	if (err != ERROR_SUCCESS)
		return err;
	if (key->type != CRD_KEY_RSA || input.len == 0 || input.len != (key->bits + 7) / 8)
		return SCARD_E_INVALID_PARAMETER;
	/* without padding the card's own is put on again, for those who will take it off */
	if (padding->type == CARD_PADDING_OAEP && (key->paddings & CRD_PAD_OAEP) == 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	return decrypt_on_card(drv, container, padding, input, ret_data);
}

/*
 * The interface's own: in place, little-endian both ways. With a padding the result is shorter, and cbData says how
 * long.
 */
DWORD drv_rsa_decrypt(PCARD_DATA card_data, PCARD_RSA_DECRYPT_INFO info)
{
	struct rsa_padding padding = { .type = CARD_PADDING_NONE };
	AUTO_SECRET input = SECRET_INIT;
	AUTO_SECRET data = SECRET_INIT;
	struct drv *drv;
	DWORD version;
	DWORD err = drv_enter_versioned(
		card_data, &(struct drv_structure){ info, CARD_RSA_KEY_DECRYPT_INFO_CURRENT_VERSION }, &drv, &version);

	if (err == ERROR_SUCCESS && (info->dwKeySpec != AT_KEYEXCHANGE || info->pbData == NULL))
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS && version == CARD_RSA_KEY_DECRYPT_INFO_VERSION_TWO)
		err = rsa_padding_read(info->dwPaddingType, info->pPaddingInfo, &padding);
	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_set(&input, span_of(info->pbData, info->cbData)))
		return SCARD_E_NO_MEMORY;
	secret_reverse(&input);
	err = rsa_decrypt(drv, info->bContainerIndex, &padding, secret_span(&input), &data);
	if (err != ERROR_SUCCESS)
		return err;
	secret_reverse(&data);
	if (data.len != 0)
		memcpy(info->pbData, data.data, data.len);
	info->cbData = (DWORD)data.len;
	return ERROR_SUCCESS;
}
