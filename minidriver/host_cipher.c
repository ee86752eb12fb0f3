/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/error.h"
#include "minidriver/host.h"

static const DWORD modes[] = {
	[MD_CIPHER_ECB] = CARD_EXT_MODE_ECB,
	[MD_CIPHER_CBC] = CARD_EXT_MODE_CBC,
	[MD_CIPHER_CBC_PAD] = CARD_EXT_MODE_CBC_PAD,
	[MD_CIPHER_CTS] = CARD_EXT_MODE_CTS,
	[MD_CIPHER_CTR] = CARD_EXT_MODE_CTR,
	[MD_CIPHER_OFB] = CARD_EXT_MODE_OFB,
	[MD_CIPHER_CFB1] = CARD_EXT_MODE_CFB1,
	[MD_CIPHER_CFB8] = CARD_EXT_MODE_CFB8,
	[MD_CIPHER_CFB128] = CARD_EXT_MODE_CFB128,
	[MD_CIPHER_GCM] = CARD_EXT_MODE_GCM,
	[MD_CIPHER_CCM] = CARD_EXT_MODE_CCM,
	[MD_CIPHER_XTS] = CARD_EXT_MODE_XTS,
	[MD_CIPHER_KW] = CARD_EXT_MODE_KW,
	[MD_CIPHER_KWP] = CARD_EXT_MODE_KWP,
	[MD_CIPHER_KW_PKCS7] = CARD_EXT_MODE_KW_PKCS7,
	[MD_CIPHER_RC4] = CARD_EXT_MODE_RC4,
	[MD_CIPHER_CHACHA20] = CARD_EXT_MODE_CHACHA20,
	[MD_CIPHER_CHACHA20_POLY1305] = CARD_EXT_MODE_CHACHA20_POLY1305,
};
_Static_assert(ARRAY_COUNT(modes) == MD_CIPHER_COUNT, "a number for each mode");

md_err host_pack_cipher(const struct md_cipher_params *params, CARD_EXT_CIPHER_INFO *ret_info)
{
	if ((unsigned)params->mode >= MD_CIPHER_COUNT)
		return MD_E_INVALID_PARAMETER;
	*ret_info = (CARD_EXT_CIPHER_INFO){
		.dwMode = modes[params->mode],
		.fEncrypt = params->encrypt ? TRUE : FALSE,
		.pbIV = params->iv.data,
		.cbIV = params->iv.len,
		.pbAuthData = params->aad.data,
		.cbAuthData = params->aad.len,
		.cbTag = params->tag_len,
		.cbData = params->data_len,
		.cCounterBits = params->counter_bits,
		.cEffectiveBits = params->effective_bits,
	};
	return MD_OK;
}

static const CARD_EXT_SESSION_KEYS *table_of(const struct md_cipher *cipher)
{
	return cipher->key->card->session_keys;
}

void md_cipher_end(struct md_cipher *cipher)
{
	if (cipher->key == NULL)
		return;
	table_of(cipher)->pfnCipherDestroy(cipher->inside);
	md_key_release(cipher->key);
	*cipher = (struct md_cipher){ NULL, NULL };
}

md_err md_cipher_begin(struct md_key *key, const struct md_cipher_params *params, struct md_cipher *ret_cipher)
{
	struct md_card *card = key->card;
	PCARD_EXT_CIPHER cipher = NULL;
	CARD_EXT_CIPHER_INFO info;
	md_err err = host_pack_cipher(params, &info);

	if (err == MD_OK)
		err = error_to_md(card->session_keys->pfnCipherBegin(&card->data, key->handle, &info, &cipher));
	if (err != MD_OK)
		return err;
	*ret_cipher = (struct md_cipher){ .key = md_key_hold(key), .inside = cipher };
	return MD_OK;
}

md_err md_cipher_once(struct md_cipher *cipher, struct span in, uint8_t *out, size_t *inout_len)
{
	return error_to_md(table_of(cipher)->pfnCipherOnce(cipher->inside, in.data, in.len, out, inout_len));
}

size_t md_cipher_update_len(const struct md_cipher *cipher, size_t in_len)
{
	return table_of(cipher)->pfnCipherUpdateLen(cipher->inside, in_len);
}

size_t md_cipher_finish_len(const struct md_cipher *cipher)
{
	return table_of(cipher)->pfnCipherFinishLen(cipher->inside);
}

md_err md_cipher_update(struct md_cipher *cipher, struct span in, uint8_t *out, size_t *ret_len)
{
	return error_to_md(table_of(cipher)->pfnCipherUpdate(cipher->inside, in.data, in.len, out, ret_len));
}

md_err md_cipher_finish(struct md_cipher *cipher, uint8_t *out, size_t *ret_len)
{
	return error_to_md(table_of(cipher)->pfnCipherFinish(cipher->inside, out, ret_len));
}
