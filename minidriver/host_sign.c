/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/secret.h"
#include "minidriver/curve_win.h"
#include "minidriver/error.h"
#include "minidriver/host.h"
#include "minidriver/host_rsa.h"

static md_err ec_spec(const struct md_container *key, DWORD *ret_spec)
{
	struct curve curve;
	const md_err err = error_to_md(curve_error(curve_from_params(key->ec_params, &curve)));

	if (err == MD_OK)
		*ret_spec = curve_sign_spec(&curve);
	return err;
}

static bool is_rsa(enum md_sign scheme)
{
	return scheme == MD_SIGN_RSA_PKCS1 || scheme == MD_SIGN_RSA_RAW || scheme == MD_SIGN_RSA_PSS;
}

static md_err pack_rsa(const struct md_container *key, const struct md_sign_params *params,
		       struct host_sign_padding *padding, CARD_SIGNING_INFO *info)
{
	const md_err err = host_sign_padding_pack(params, padding);

	if (key->type != MD_PUBLIC_RSA)
		return MD_E_UNSUPPORTED_FEATURE;
	info->dwKeySpec = AT_SIGNATURE;
	info->dwSigningFlags |= CARD_PADDING_INFO_PRESENT;
	info->dwPaddingType = padding->type;
	/* the interface's pPaddingInfo is not const, though nothing writes there */
	info->pPaddingInfo = (LPVOID)(uintptr_t)padding->info;
	return err;
}

static md_err pack_info(const struct md_container *key, const struct md_sign_params *params,
			struct host_sign_padding *padding, CARD_SIGNING_INFO *info)
{
	if (is_rsa(params->scheme))
		return pack_rsa(key, params, padding, info);
	switch (params->scheme) {
	case MD_SIGN_ECDSA:
		return key->type == MD_PUBLIC_EC ? ec_spec(key, &info->dwKeySpec) : MD_E_UNSUPPORTED_FEATURE;
	case MD_SIGN_EDDSA:
		return key->type == MD_PUBLIC_EDWARDS ? ec_spec(key, &info->dwKeySpec) : MD_E_UNSUPPORTED_FEATURE;
	case MD_SIGN_RSA_PKCS1:
	case MD_SIGN_RSA_RAW:
	case MD_SIGN_RSA_PSS:
	case MD_SIGN_COUNT:
	default:
		return MD_E_INVALID_PARAMETER;
	}
}

/* A block without padding has the modulus' length and is a smaller number. */
static md_err pack_data(const struct md_container *key, enum md_sign scheme, struct span data, struct secret *block)
{
	md_err err;

	if (scheme != MD_SIGN_RSA_RAW)
		return secret_set(block, data) ? MD_OK : MD_E_NO_MEMORY;
	err = host_pad_left(data, (key->bits + 7) / 8, block);
	if (err == MD_OK && key->modulus.len == block->len &&
	    memcmp(block->data, key->modulus.data, block->len) >= 0)
		err = MD_E_INVALID_VALUE;
	return err;
}

/* Windows has RSA signatures little-endian; above, they are big-endian. */
static void unpack_signature(enum md_sign scheme, const CARD_SIGNING_INFO *info, uint8_t *signature)
{
	if (!is_rsa(scheme)) {
		memcpy(signature, info->pbSignedData, info->cbSignedData);
		return;
	}
	for (size_t i = 0; i < info->cbSignedData; i++)
		signature[i] = info->pbSignedData[info->cbSignedData - 1 - i];
}

static md_err sign(struct md_card *card, enum md_sign scheme, CARD_SIGNING_INFO *info, uint8_t *signature)
{
	const DWORD expected = info->cbSignedData;
	unsigned round = 0;
	DWORD err;

	do
		err = card->data.pfnCardSignData(&card->data, info);
	while (host_pin_again(card, info->bContainerIndex, err, &round));
	if (err != ERROR_SUCCESS)
		return error_to_md(err);
	if (info->cbSignedData == expected)
		unpack_signature(scheme, info, signature);
	card->data.pfnCspFree(info->pbSignedData);
	return info->cbSignedData == expected ? MD_OK : MD_E_UNEXPECTED;
}

md_err md_sign(struct md_card *card, size_t container, const struct md_sign_params *params, struct span data,
	       uint8_t *signature, size_t *inout_len)
{
	const struct md_container *key = md_container(card, container);
	CARD_SIGNING_INFO info = { .dwVersion = CARD_SIGNING_INFO_CURRENT_VERSION, .bContainerIndex = (BYTE)container,
				   .dwSigningFlags = CARD_BUFFER_SIZE_ONLY };
	AUTO_SECRET block = SECRET_INIT;
	struct host_sign_padding padding;
	const size_t room = *inout_len;
	md_err err;

	if (key == NULL)
		return MD_E_NO_KEY_CONTAINER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	if (data.len > UINT32_MAX)
		return MD_E_INVALID_PARAMETER;
	err = pack_info(key, params, &padding, &info);
	if (err != MD_OK)
		return err;
	err = pack_data(key, params->scheme, data, &block);
	if (err != MD_OK)
		return err;
	info.pbData = block.data;
	info.cbData = (DWORD)block.len;
	err = error_to_md(card->data.pfnCardSignData(&card->data, &info));
	if (err != MD_OK)
		return err;
	*inout_len = info.cbSignedData;
	if (signature == NULL)
		return MD_OK;
	if (room < info.cbSignedData)
		return MD_E_INSUFFICIENT_BUFFER;
	info.dwSigningFlags &= ~CARD_BUFFER_SIZE_ONLY;
	return sign(card, params->scheme, &info, signature);
}
