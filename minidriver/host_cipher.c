/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "minidriver/error.h"
#include "minidriver/host.h"

static const DWORD modes[] = {
	[MD_CIPHER_ECB] = CARD_EXT_MODE_ECB,
	[MD_CIPHER_CBC] = CARD_EXT_MODE_CBC,
	[MD_CIPHER_CBC_PAD] = CARD_EXT_MODE_CBC_PAD,
};
_Static_assert(ARRAY_COUNT(modes) == MD_CIPHER_COUNT, "a number for each mode");

void md_cipher_free(struct md_cipher *cipher)
{
	if (cipher == NULL)
		return;
	cipher->key->card->session_keys->pfnCipherDestroy(cipher->cipher);
	md_key_release(cipher->key);
	free(cipher);
}

static DWORD begin(struct md_key *key, const struct md_cipher_params *params, struct md_cipher *cipher)
{
	const CARD_EXT_CIPHER_INFO info = { .dwMode = modes[params->mode], .fEncrypt = params->encrypt ? TRUE : FALSE,
					    .pbIV = params->iv.data, .cbIV = params->iv.len };
	const CARD_EXT_SESSION_KEYS *table = key->card->session_keys;
	CARD_EXT_KEY_INFO key_info;
	DWORD err = table->pfnKeyInfo(&key->card->data, key->handle, &key_info);

	if (err == ERROR_SUCCESS)
		err = table->pfnCipherBegin(&key->card->data, key->handle, &info, &cipher->cipher);
	if (err != ERROR_SUCCESS)
		return err;
	cipher->block = key_info.cbBlock;
	return ERROR_SUCCESS;
}

md_err md_cipher_begin(struct md_key *key, const struct md_cipher_params *params, struct md_cipher **ret_cipher)
{
	struct md_cipher *cipher;
	DWORD err;

	if ((unsigned)params->mode >= MD_CIPHER_COUNT)
		return MD_E_INVALID_PARAMETER;
	cipher = calloc(1, sizeof(*cipher));
	if (cipher == NULL)
		return MD_E_NO_MEMORY;
	cipher->key = md_key_hold(key);
	cipher->mode = params->mode;
	cipher->encrypt = params->encrypt;
	err = begin(key, params, cipher);
	if (err != ERROR_SUCCESS) {
		md_cipher_free(cipher);
		return error_to_md(err);
	}
	*ret_cipher = cipher;
	return MD_OK;
}

size_t md_cipher_block(const struct md_cipher *cipher)
{
	return cipher->block;
}

size_t md_cipher_update_len(const struct md_cipher *cipher, size_t in_len)
{
	return cipher->key->card->session_keys->pfnCipherUpdateLen(cipher->cipher, in_len);
}

size_t md_cipher_finish_len(const struct md_cipher *cipher)
{
	if (cipher->mode != MD_CIPHER_CBC_PAD)
		return 0;
	return cipher->encrypt ? cipher->block : cipher->block - 1;
}

md_err md_cipher_update(struct md_cipher *cipher, struct span in, uint8_t *out, size_t *ret_len)
{
	return error_to_md(
		cipher->key->card->session_keys->pfnCipherUpdate(cipher->cipher, in.data, in.len, out, ret_len));
}

md_err md_cipher_finish(struct md_cipher *cipher, uint8_t *out, size_t *ret_len)
{
	return error_to_md(cipher->key->card->session_keys->pfnCipherFinish(cipher->cipher, out, ret_len));
}
