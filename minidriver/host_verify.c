/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"
#include "minidriver/curve_win.h"
#include "minidriver/error.h"
#include "minidriver/host.h"
#include "minidriver/host_rsa.h"

#define DER_OCTET_STRING 0x04u

md_err md_public_encrypt(struct md_card *card, const struct md_rsa_public *to, const struct md_rsa_data *data,
			 uint8_t *buffer, size_t *inout_len)
{
	AUTO_SECRET block = SECRET_INIT;
	struct host_padding padding;
	CARD_EXT_RSA_WRAP_INFO info;
	struct span bytes = data->bytes;
	md_err err = host_padding_pack(data->params, &padding);

	if (err == MD_OK && atomic_load(&card->closed))
		err = MD_E_INVALID_HANDLE;
	if (err == MD_OK && data->params->padding == MD_RSA_NONE) {
		err = host_pad_left(bytes, to->modulus.len, &block);
		bytes = secret_span(&block);
	}
	if (err != MD_OK)
		return err;
	info = (CARD_EXT_RSA_WRAP_INFO){
		.pbModulus = to->modulus.data,
		.cbModulus = to->modulus.len,
		.pbPublicExponent = to->exponent.data,
		.cbPublicExponent = to->exponent.len,
		.dwPadding = padding.type,
		.pPaddingInfo = padding.info,
	};
	return error_to_md(card->session_keys->pfnEncryptRsa(&info, bytes.data, bytes.len, buffer, inout_len));
}

size_t md_public_signature_len(const struct md_public *key)
{
	struct curve curve;

	if (key->type == MD_PUBLIC_RSA)
		return key->rsa.modulus.len;
	if (key->type == MD_PUBLIC_MONTGOMERY || curve_from_params(key->ec_params, &curve) != CURVE_OK)
		return 0;
	return 2 * curve.field_len;
}

/* The string of RFC 8032, raw or in a DER OCTET STRING, which has another length. */
static md_err pack_edwards(const struct md_public *key, CARD_EXT_VERIFY_INFO *info)
{
	struct span point = key->ec_point;
	struct curve curve;
	const md_err err = error_to_md(curve_error(curve_from_params(key->ec_params, &curve)));

	if (err == MD_OK && point.len == curve.point_len + 2 && point.data[0] == DER_OCTET_STRING &&
	    point.data[1] == curve.point_len)
		point = span_of(point.data + 2, point.len - 2);
	info->pbPoint = point.data;
	info->cbPoint = point.len;
	return err;
}

static md_err pack_ec(const struct md_public *key, struct md_point *point, CARD_EXT_VERIFY_INFO *info)
{
	const md_err err = md_point_decode(key->ec_params, key->ec_point, point);

	info->pbPoint = point->bytes;
	info->cbPoint = point->len;
	return err;
}

static md_err pack_rsa(const struct md_public *key, const struct md_sign_params *params,
		       struct host_sign_padding *padding, CARD_EXT_VERIFY_INFO *info)
{
	const md_err err = host_sign_padding_pack(params, padding);

	info->pbModulus = key->rsa.modulus.data;
	info->cbModulus = key->rsa.modulus.len;
	info->pbPublicExponent = key->rsa.exponent.data;
	info->cbPublicExponent = key->rsa.exponent.len;
	info->dwPaddingType = padding->type;
	info->pPaddingInfo = padding->info;
	return err;
}

/* What the structure points to. */
struct packed {
	struct md_point point;
	struct host_sign_padding padding;
	struct secret block;
};

static void packed_end(struct packed *packed)
{
	secret_clear(&packed->block);
}

static md_err pack_key(const struct md_public *key, const struct md_sign_params *params, struct packed *packed,
		       CARD_EXT_VERIFY_INFO *info)
{
	info->pbParameters = key->ec_params.data;
	info->cbParameters = key->ec_params.len;
	switch (key->type) {
	case MD_PUBLIC_RSA:
		if (params->scheme == MD_SIGN_ECDSA || params->scheme == MD_SIGN_EDDSA)
			return MD_E_UNSUPPORTED_FEATURE;
		return pack_rsa(key, params, &packed->padding, info);
	case MD_PUBLIC_EC:
		return params->scheme == MD_SIGN_ECDSA ? pack_ec(key, &packed->point, info)
						       : MD_E_UNSUPPORTED_FEATURE;
	case MD_PUBLIC_EDWARDS:
		return params->scheme == MD_SIGN_EDDSA ? pack_edwards(key, info) : MD_E_UNSUPPORTED_FEATURE;
	case MD_PUBLIC_MONTGOMERY:
	default:
		return MD_E_UNSUPPORTED_FEATURE;
	}
}

static md_err pack(struct md_card *card, const struct md_public *key, const struct md_signed *what,
		   struct packed *packed, CARD_EXT_VERIFY_INFO *info)
{
	md_err err = atomic_load(&card->closed) ? MD_E_INVALID_HANDLE : pack_key(key, what->params, packed, info);

	if (err == MD_OK && what->signature.len != md_public_signature_len(key))
		err = MD_E_INVALID_PARAMETER;
	info->pbSignature = what->signature.data;
	info->cbSignature = what->signature.len;
	return err;
}

md_err md_public_verify(struct md_card *card, const struct md_public *key, const struct md_signed *what)
{
	AUTO(packed_end) struct packed packed = { .block = SECRET_INIT };
	CARD_EXT_VERIFY_INFO info = { .pbModulus = NULL };
	struct span data = what->data;
	md_err err = pack(card, key, what, &packed, &info);

	if (err == MD_OK && what->params->scheme == MD_SIGN_RSA_RAW) {
		err = host_pad_left(data, key->rsa.modulus.len, &packed.block);
		data = secret_span(&packed.block);
	}
	if (err != MD_OK)
		return err;
	info.pbData = data.data;
	info.cbData = data.len;
	return error_to_md(card->session_keys->pfnVerify(&info));
}

md_err md_public_recover(struct md_card *card, const struct md_public *key, const struct md_signed *what,
			 uint8_t *buffer, size_t *inout_len)
{
	AUTO(packed_end) struct packed packed = { .block = SECRET_INIT };
	CARD_EXT_VERIFY_INFO info = { .pbModulus = NULL };
	const md_err err = key->type == MD_PUBLIC_RSA ? pack(card, key, what, &packed, &info)
						      : MD_E_UNSUPPORTED_FEATURE;
	size_t room = *inout_len;

	if (err != MD_OK)
		return err;
	*inout_len = key->rsa.modulus.len;
	if (buffer == NULL)
		return MD_OK;
	*inout_len = room;
	return error_to_md(card->session_keys->pfnVerifyRecover(&info, buffer, inout_len));
}
