/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/wipe.h"
#include "minidriver/curve_win.h"
#include "minidriver/drv.h"
#include "minidriver/drv_sign_padding.h"
#include "minidriver/error.h"

#define KNOWN_SIGN_FLAGS (CRYPT_NOHASHOID | CARD_PADDING_INFO_PRESENT | CARD_BUFFER_SIZE_ONLY)

/* One signature: what goes to the card, and how long the answer is. */
struct signing {
	struct secret input;
	size_t signature_len;
};

static void signing_end(struct signing *signing)
{
	secret_clear(&signing->input);
}

/* Only the length of a signature is asked for; there need be no data yet. */
static bool size_only(const CARD_SIGNING_INFO *info)
{
	return (info->dwSigningFlags & CARD_BUFFER_SIZE_ONLY) != 0;
}

/* How an RSA signature is to be padded: version 2 says it, or the hash does. */
static DWORD read_padding(const CARD_SIGNING_INFO *info, DWORD version, struct sign_padding *ret_padding)
{
	if ((info->dwSigningFlags & CARD_PADDING_INFO_PRESENT) == 0)
		return sign_padding_of_alg(info->aiHashAlg, (info->dwSigningFlags & CRYPT_NOHASHOID) == 0,
					   ret_padding);
	if (version < CARD_SIGNING_INFO_CURRENT_VERSION)
		return SCARD_E_INVALID_PARAMETER;
	return sign_padding_of_info(info->dwPaddingType, info->pPaddingInfo, ret_padding);
}

static DWORD prepare_rsa(const CARD_SIGNING_INFO *info, DWORD version, const struct card_key_info *key,
			 struct signing *s)
{
	struct sign_padding padding;
	DWORD err;

	if (info->dwKeySpec != AT_SIGNATURE && info->dwKeySpec != AT_KEYEXCHANGE)
		return SCARD_E_INVALID_PARAMETER;
	s->signature_len = (key->bits + 7) / 8;
	err = read_padding(info, version, &padding);
	/* a block without padding may be one of PKCS #1 v1.5, which every card makes */
	if (err == ERROR_SUCCESS && padding.type == CARD_PADDING_PSS && (key->paddings & CRD_PAD_PSS) == 0)
		err = SCARD_E_UNSUPPORTED_FEATURE;
	if (err != ERROR_SUCCESS || size_only(info))
		return err;
	return sign_pad(&padding, span_of(info->pbData, info->cbData), key->bits, &s->input);
}

static DWORD prepare_ec(const CARD_SIGNING_INFO *info, const struct card_key_info *key, struct signing *s)
{
	struct curve curve;
	size_t len;
	const DWORD err = curve_error(curve_from_params(key->ec_params, &curve));

	if (err != ERROR_SUCCESS)
		return err;
	if (info->dwKeySpec != curve_sign_spec(&curve))
		return SCARD_E_INVALID_PARAMETER;
	if (curve.form == CURVE_MONTGOMERY)
		return SCARD_E_UNSUPPORTED_FEATURE;
	s->signature_len = 2 * curve.field_len;
	if (size_only(info))
		return ERROR_SUCCESS;
	/* RFC 8032: the message itself is signed, whatever its length */
	if (curve.form == CURVE_EDWARDS)
		return secret_set(&s->input, span_of(info->pbData, info->cbData)) ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
	/*
	 * FIPS 186-4, 6.4: the leftmost bits of a digest that is longer than the order; a longer one is cut at bytes
	 * only
	 */
	if (info->cbData > curve.field_len && curve.bits % 8 != 0)
		return SCARD_E_INVALID_PARAMETER;
	len = info->cbData < curve.field_len ? info->cbData : curve.field_len;
	return secret_set(&s->input, span_of(info->pbData, len)) ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

static DWORD sign_on_card(struct drv *drv, BYTE container, struct span input, struct secret *signature)
{
	size_t len = 0;
	card_err err;

	LOCKED(&drv->lock);
	err = drv->ops->sign_raw(drv->card, container, input, signature->data, signature->len, &len);
	wipe_stack();
	if (err == CE_NOT_FOUND)
		return SCARD_E_NO_KEY_CONTAINER;
	if (err == CE_OK && len != signature->len)
		return SCARD_E_UNEXPECTED;
	return error_from_card(err);
}

static DWORD sign(PCARD_DATA card_data, struct drv *drv, const struct signing *s, PCARD_SIGNING_INFO info)
{
	AUTO_SECRET signature = SECRET_INIT;
	const struct card_key_info *key = drv->ops->key(drv->card, info->bContainerIndex);
	DWORD err;

	if (size_only(info)) {
		info->cbSignedData = (DWORD)s->signature_len;
		return ERROR_SUCCESS;
	}
	if (!secret_alloc(&signature, s->signature_len))
		return SCARD_E_NO_MEMORY;
	err = sign_on_card(drv, info->bContainerIndex, secret_span(&s->input), &signature);
	if (err != ERROR_SUCCESS)
		return err;
	if (key->type == CRD_KEY_RSA)
		secret_reverse(&signature);
	return drv_give(card_data, secret_span(&signature), &info->pbSignedData, &info->cbSignedData);
}

static bool request_good(const CARD_SIGNING_INFO *info)
{
	if ((info->dwSigningFlags & ~KNOWN_SIGN_FLAGS) != 0)
		return false;
	return info->cbData != 0 ? info->pbData != NULL : size_only(info);
}

DWORD drv_sign_data(PCARD_DATA card_data, PCARD_SIGNING_INFO info)
{
	AUTO(signing_end) struct signing s = { .input = SECRET_INIT };
	const struct card_key_info *key;
	struct drv *drv;
	DWORD version;
	DWORD err = drv_enter_versioned(card_data, &(struct drv_structure){ info, CARD_SIGNING_INFO_CURRENT_VERSION },
					&drv, &version);

	if (err == ERROR_SUCCESS && !request_good(info))
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = drv_container(drv, info->bContainerIndex, &key);
	if (err != ERROR_SUCCESS)
		return err;
	err = key->type == CRD_KEY_RSA ? prepare_rsa(info, version, key, &s) : prepare_ec(info, key, &s);
	return err != ERROR_SUCCESS ? err : sign(card_data, drv, &s, info);
}
