/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/error.h"
#include "minidriver/host.h"
#include "minidriver/host_rsa.h"

md_err md_key_wrap_rsa(struct md_key *key, const struct md_rsa_public *to, const struct md_rsa_params *params,
		       uint8_t *buffer, size_t *inout_len)
{
	struct md_card *card = key->card;
	struct host_padding padding;
	CARD_EXT_RSA_WRAP_INFO info;
	const md_err err = host_padding_pack(params, &padding);

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
	return error_to_md(
		card->session_keys->pfnKeyWrapRsa(&card->data, &info, key->handle, buffer, inout_len));
}

md_err md_agree_ephemeral(struct md_card *card, struct span ec_params, const struct md_point *peer,
			  struct md_point *ret_public, struct md_key **ret_secret)
{
	const CARD_EXT_POINT_INFO info = { .pbParameters = ec_params.data,
					   .cbParameters = ec_params.len,
					   .pbPoint = peer->bytes,
					   .cbPoint = peer->len };
	struct md_point point = { .len = sizeof(point.bytes) };
	CARD_KEY_HANDLE handle = 0;
	md_err err;

	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	err = error_to_md(card->session_keys->pfnAgreeEphemeral(&card->data, &info, point.bytes, &point.len, &handle));
	if (err == MD_OK)
		err = host_key_make(card, handle, MD_KEY_GENERIC, ret_secret);
	if (err == MD_OK)
		*ret_public = point;
	return err;
}
