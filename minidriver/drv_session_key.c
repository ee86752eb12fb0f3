/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv.h"
#include "minidriver/drv_cipher.h"
#include "minidriver/drv_digest.h"
#include "minidriver/drv_mac.h"
#include "minidriver/drv_public.h"
#include "minidriver/drv_wrap.h"
#include "minidriver/wide.h"

/* ---- destruction --------------------------------------------------------------------------------------- */

DWORD drv_destroy_key(PCARD_DATA card_data, CARD_KEY_HANDLE handle)
{
	return key_store_remove(card_data, handle);
}

/* ---- properties ------------------------------------------------------------------------------------- */

enum key_property {
	KEY_PROPERTY_NONE = 0,
	KEY_PROPERTY_MODE,
	KEY_PROPERTY_IV,
	KEY_PROPERTY_BLOCK,
};

static const struct {
	LPCWSTR name;
	enum key_property property;
} key_properties[] = {
	{ CKP_CHAINING_MODE, KEY_PROPERTY_MODE },
	{ CKP_INITIALIZATION_VECTOR, KEY_PROPERTY_IV },
	{ CKP_BLOCK_LENGTH, KEY_PROPERTY_BLOCK },
};

static enum key_property key_property_by_name(LPCWSTR name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_COUNT(key_properties); i++) {
		if (wide_equal(name, key_properties[i].name))
			return key_properties[i].property;
	}
	return KEY_PROPERTY_NONE;
}

static struct span mode_name(enum key_cipher chaining)
{
	const LPCWSTR name = key_cipher_chaining(chaining);

	return span_of(name, wide_size(name));
}

static DWORD answer_key_property(struct session_key *key, enum key_property property, const struct drv_answer *answer)
{
	const DWORD block = (DWORD)key->alg->block;
	enum key_cipher chaining;
	BYTE iv[KEY_ALG_BLOCK_MAX];

	spin_acquire(&key->properties_spin);
	chaining = key->chaining;
	memcpy(iv, key->iv, sizeof(iv));
	spin_release(&key->properties_spin);
	switch (property) {
	case KEY_PROPERTY_MODE:
		return drv_answer(answer, mode_name(chaining));
	case KEY_PROPERTY_IV:
		/* a stream has no block, and so none that is one block long */
		return block > 1 ? drv_answer(answer, span_of(iv, block)) : SCARD_E_INVALID_PARAMETER;
	case KEY_PROPERTY_BLOCK:
		return drv_answer(answer, span_of(&block, sizeof(block)));
	case KEY_PROPERTY_NONE:
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

DWORD drv_get_key_property(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR name, PBYTE data, DWORD room,
			   PDWORD ret_len, DWORD flags)
{
	AUTO_SESSION_KEY *key = NULL;
	const enum key_property property = key_property_by_name(name);
	DWORD err;

	if (property == KEY_PROPERTY_NONE || flags != 0)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err != ERROR_SUCCESS)
		return err;
	/* a key without a cipher has neither mode nor IV nor block */
	if (key->alg->block == 0)
		return SCARD_E_INVALID_PARAMETER;
	return answer_key_property(key, property,
				   &(struct drv_answer){ .data = data, .room = room, .ret_len = ret_len });
}

static DWORD take_key_property(struct session_key *key, enum key_property property, struct span bytes)
{
	const enum key_cipher chaining = property == KEY_PROPERTY_MODE
						 ? key_alg_chaining(key->alg, key->value.len, bytes)
						 : KEY_CIPHER_COUNT;
	const bool is_iv = property == KEY_PROPERTY_IV && bytes.len == key->alg->block && bytes.len > 1;

	if (chaining == KEY_CIPHER_COUNT && !is_iv)
		return SCARD_E_INVALID_PARAMETER; /* the block length is read only */
	spin_acquire(&key->properties_spin);
	if (is_iv)
		memcpy(key->iv, bytes.data, bytes.len);
	else
		key->chaining = chaining;
	spin_release(&key->properties_spin);
	return ERROR_SUCCESS;
}

DWORD drv_set_key_property(PCARD_DATA card_data, CARD_KEY_HANDLE handle, LPCWSTR name, PBYTE data, DWORD len,
			   DWORD flags)
{
	AUTO_SESSION_KEY *key = NULL;
	const enum key_property property = key_property_by_name(name);
	DWORD err;

	if (property == KEY_PROPERTY_NONE || flags != 0 || data == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err != ERROR_SUCCESS)
		return err;
	return key->alg->block != 0 ? take_key_property(key, property, span_of(data, len)) : SCARD_E_INVALID_PARAMETER;
}

DWORD drv_get_algorithm_property(PCARD_DATA card_data, LPCWSTR alg_name, LPCWSTR name, PBYTE data, DWORD room,
				 PDWORD ret_len, DWORD flags)
{
	const struct drv_answer answer = { .data = data, .room = room, .ret_len = ret_len };
	const struct key_alg *alg = key_alg_by_name(alg_name);
	DWORD block;
	struct drv *drv;
	const DWORD err = drv_enter(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (alg == NULL || alg->block == 0 || flags != 0)
		return SCARD_E_INVALID_PARAMETER;
	block = (DWORD)alg->block;
	switch (key_property_by_name(name)) {
	case KEY_PROPERTY_BLOCK:
		return drv_answer(&answer, span_of(&block, sizeof(block)));
	case KEY_PROPERTY_MODE:
		return drv_answer(&answer, mode_name(alg->chaining)); /* what a new key begins with */
	case KEY_PROPERTY_IV:
	case KEY_PROPERTY_NONE:
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

/* ---- the extension table ---------------------------------------------------------------------------- */

static DWORD key_info(PCARD_DATA card_data, CARD_KEY_HANDLE handle, PCARD_EXT_KEY_INFO info)
{
	AUTO_SESSION_KEY *key = NULL;
	DWORD err;

	if (info == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err == ERROR_SUCCESS)
		*info = (CARD_EXT_KEY_INFO){ .pwszAlgId = key->alg->name,
					     .cbKey = key->value.len,
					     .cbBlock = key->alg->block };
	return err;
}

static DWORD key_export(PCARD_DATA card_data, CARD_KEY_HANDLE handle, PBYTE buffer, SIZE_T room, PSIZE_T ret_len)
{
	AUTO_SESSION_KEY *key = NULL;
	DWORD err;

	if (ret_len == NULL || (buffer == NULL && room != 0))
		return SCARD_E_INVALID_PARAMETER;
	err = key_store_find(card_data, handle, &key);
	if (err != ERROR_SUCCESS)
		return err;
	*ret_len = key->value.len;
	if (room < key->value.len)
		return ERROR_INSUFFICIENT_BUFFER;
	memcpy(buffer, key->value.data, key->value.len);
	return ERROR_SUCCESS;
}

static const CARD_EXT_SESSION_KEYS session_keys = {
	.dwVersion = CARD_EXT_SESSION_KEYS_VERSION,
	.pfnKeyInfo = key_info,
	.pfnKeyExport = key_export,
	.pfnKeyDerive = drv_key_derive,
	.pfnKeyWrap = drv_key_wrap,
	.pfnKeyUnwrap = drv_key_unwrap,
	.pfnKeyWrapRsa = drv_key_wrap_rsa,
	.pfnEncryptRsa = drv_encrypt_rsa,
	.pfnVerify = drv_verify,
	.pfnVerifyRecover = drv_verify_recover,
	.pfnAgreeEphemeral = drv_agree_ephemeral,
	.pfnCipherBegin = drv_cipher_begin,
	.pfnCipherOnce = drv_cipher_once,
	.pfnCipherUpdateLen = drv_cipher_update_len,
	.pfnCipherUpdate = drv_cipher_update,
	.pfnCipherFinishLen = drv_cipher_finish_len,
	.pfnCipherFinish = drv_cipher_finish,
	.pfnCipherDestroy = drv_cipher_destroy,
	.pfnMacBegin = drv_mac_begin,
	.pfnMacLen = drv_mac_len,
	.pfnMacUpdate = drv_mac_update,
	.pfnMacFinish = drv_mac_finish,
	.pfnMacDestroy = drv_mac_destroy,
	.pfnDigestBegin = drv_digest_begin,
	.pfnDigestLen = drv_digest_len,
	.pfnDigestUpdate = drv_digest_update,
	.pfnDigestKey = drv_digest_key,
	.pfnDigestFinish = drv_digest_finish,
	.pfnDigestRestart = drv_digest_restart,
	.pfnDigestCopy = drv_digest_copy,
	.pfnDigestDestroy = drv_digest_destroy,
};

const CARD_EXT_SESSION_KEYS *drv_session_key_table(void)
{
	return &session_keys;
}
