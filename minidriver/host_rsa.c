/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/host_rsa.h"

#include <string.h>

#include "base/secret.h"
#include "minidriver/error.h"
#include "minidriver/host.h"
#include "minidriver/host_kdf.h"

static md_err pack_oaep(const struct md_rsa_params *params, struct host_padding *padding)
{
	/* the interface's pbLabel is not const, though nothing writes there */
	padding->oaep = (CARD_EXT_OAEP_PADDING_INFO){
		.Oaep = { .pszAlgId = host_hash_name(params->hash),
			  .pbLabel = (PBYTE)(uintptr_t)params->label.data,
			  .cbLabel = (ULONG)params->label.len },
		.pszMgfAlgId = host_hash_name(params->mgf),
	};
	padding->type = params->hash == params->mgf ? CARD_PADDING_OAEP : CARD_EXT_PADDING_OAEP_MGF1;
	padding->info = &padding->oaep;
	if (padding->oaep.Oaep.pszAlgId == NULL || padding->oaep.pszMgfAlgId == NULL || params->label.len > INT16_MAX)
		return MD_E_INVALID_PARAMETER;
	return MD_OK;
}

md_err host_padding_pack(const struct md_rsa_params *params, struct host_padding *ret_padding)
{
	*ret_padding = (struct host_padding){ .info = NULL };
	if (params->padding == MD_RSA_OAEP)
		return pack_oaep(params, ret_padding);
	if ((unsigned)params->padding >= MD_RSA_PADDING_COUNT || params->hash != MD_HASH_NONE ||
	    params->mgf != MD_HASH_NONE || params->label.len != 0)
		return MD_E_INVALID_PARAMETER;
	ret_padding->type = params->padding == MD_RSA_PKCS1 ? CARD_PADDING_PKCS1 : CARD_PADDING_NONE;
	return MD_OK;
}

static md_err pack_pss(const struct md_sign_params *params, struct host_sign_padding *padding)
{
	padding->pss = (CARD_EXT_PSS_PADDING_INFO){
		.Pss = { .pszAlgId = host_hash_name(params->hash), .cbSalt = (ULONG)params->salt_len },
		.pszMgfAlgId = host_hash_name(params->mgf),
	};
	padding->type = params->hash == params->mgf ? CARD_PADDING_PSS : CARD_EXT_PADDING_PSS_MGF1;
	padding->info = &padding->pss;
	return padding->pss.Pss.pszAlgId != NULL && padding->pss.pszMgfAlgId != NULL && params->salt_len <= INT16_MAX
		       ? MD_OK
		       : MD_E_INVALID_PARAMETER;
}

md_err host_sign_padding_pack(const struct md_sign_params *params, struct host_sign_padding *ret_padding)
{
	*ret_padding = (struct host_sign_padding){ .info = NULL };
	switch (params->scheme) {
	case MD_SIGN_RSA_PSS:
		return pack_pss(params, ret_padding);
	case MD_SIGN_RSA_PKCS1:
		/* a NULL name: the data is padded as it is */
		ret_padding->pkcs1.pszAlgId = host_hash_name(params->hash);
		ret_padding->type = CARD_PADDING_PKCS1;
		ret_padding->info = &ret_padding->pkcs1;
		return MD_OK;
	case MD_SIGN_RSA_RAW:
		ret_padding->type = CARD_PADDING_NONE;
		return MD_OK;
	case MD_SIGN_ECDSA:
	case MD_SIGN_EDDSA:
	case MD_SIGN_COUNT:
	default:
		return MD_E_INVALID_PARAMETER;
	}
}

md_err host_pad_left(struct span data, size_t len, struct secret *ret_block)
{
	if (data.len > len)
		return MD_E_INVALID_PARAMETER;
	if (!secret_alloc(ret_block, len))
		return MD_E_NO_MEMORY;
	if (data.len != 0)
		memcpy(ret_block->data + len - data.len, data.data, data.len);
	return MD_OK;
}

/* The key of an input, and what is wrong before the card is asked. */
static md_err check_input(struct md_card *card, const struct md_rsa_input *input)
{
	const struct md_container *key = md_container(card, input->container);

	if (key == NULL)
		return MD_E_NO_KEY_CONTAINER;
	if (key->type != MD_PUBLIC_RSA)
		return MD_E_UNSUPPORTED_FEATURE;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	return input->bytes.len == (key->bits + 7) / 8 ? MD_OK : MD_E_INVALID_PARAMETER;
}

static md_err decrypt(struct md_card *card, const struct md_rsa_input *input, struct host_padding *padding,
		      struct secret *data)
{
	CARD_RSA_DECRYPT_INFO info = {
		.dwVersion = CARD_RSA_KEY_DECRYPT_INFO_CURRENT_VERSION,
		.bContainerIndex = (BYTE)input->container,
		.dwKeySpec = AT_KEYEXCHANGE,
		.pbData = data->data,
		.cbData = (DWORD)data->len,
		.pPaddingInfo = padding->info,
		.dwPaddingType = padding->type,
	};
	unsigned round = 0;
	DWORD code;
	md_err err;

	do
		code = card->data.pfnCardRSADecrypt(&card->data, &info);
	while (host_pin_again(card, input->container, code, &round));
	err = error_to_md(code);
	if (err == MD_OK && info.cbData > data->len)
		return MD_E_UNEXPECTED;
	if (err == MD_OK)
		secret_truncate(data, info.cbData);
	return err;
}

md_err md_rsa_decrypt(struct md_card *card, const struct md_rsa_input *input, uint8_t *buffer, size_t *ret_len)
{
	AUTO_SECRET data = SECRET_INIT;
	struct host_padding padding;
	md_err err = check_input(card, input);

	if (err == MD_OK)
		err = host_padding_pack(input->params, &padding);
	if (err != MD_OK)
		return err;
	if (!secret_set(&data, input->bytes))
		return MD_E_NO_MEMORY;
	/* Windows has RSA's numbers little-endian; above, they are big-endian */
	secret_reverse(&data);
	err = decrypt(card, input, &padding, &data);
	if (err != MD_OK)
		return err;
	secret_reverse(&data);
	if (data.len != 0)
		memcpy(buffer, data.data, data.len);
	*ret_len = data.len;
	return MD_OK;
}

static md_err import(struct md_card *card, const struct md_rsa_input *input, const struct host_padding *padding,
		     LPCWSTR name, CARD_KEY_HANDLE *ret_handle)
{
	unsigned round = 0;
	DWORD err;

	do
		err = card->data.pfnCardImportSessionKey(&card->data, (BYTE)input->container, padding->info,
							 CARD_EXT_RAW_KEY_BLOB, name, ret_handle,
							 (PBYTE)(uintptr_t)input->bytes.data, (DWORD)input->bytes.len,
							 padding->type);
	while (host_pin_again(card, input->container, err, &round));
	return error_to_md(err);
}

md_err md_key_unwrap_rsa(struct md_card *card, const struct md_rsa_input *input, enum md_key_alg alg, size_t key_len,
			 struct md_key **ret_key)
{
	const LPCWSTR name = host_key_alg_name(alg);
	struct host_padding padding;
	struct md_key *key = NULL;
	CARD_KEY_HANDLE handle = 0;
	md_err err = check_input(card, input);

	if (err == MD_OK)
		err = host_padding_pack(input->params, &padding);
	if (err == MD_OK && name == NULL)
		err = MD_E_INVALID_PARAMETER;
	if (err == MD_OK)
		err = import(card, input, &padding, name, &handle);
	if (err == MD_OK)
		err = host_key_make(card, handle, alg, &key);
	if (err != MD_OK)
		return err;
	if (key_len != 0 && md_key_len(key) != key_len) {
		md_key_release(key);
		return MD_E_INVALID_VALUE;
	}
	*ret_key = key;
	return MD_OK;
}
