/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_secret.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/drv.h"

void drv_base_clear(struct drv_base *base)
{
	secret_clear(&base->own);
	secret_clear(&base->salt);
	for (size_t i = 0; i < base->field_key_count; i++)
		secret_clear(&base->field_keys[i]);
	free(base->field_keys);
	*base = (struct drv_base)DRV_BASE_INIT;
}

/* z || more */
static DWORD append(struct drv_base *base, struct span more)
{
	AUTO_SECRET joined = SECRET_INIT;
	const struct span z = base->z;

	if (!secret_alloc(&joined, z.len + more.len))
		return SCARD_E_NO_MEMORY;
	if (z.len != 0)
		memcpy(joined.data, z.data, z.len);
	if (more.len != 0)
		memcpy(joined.data + z.len, more.data, more.len);
	secret_move(&base->own, &joined);
	base->z = secret_span(&base->own);
	/* what is joined is no key of that algorithm any more */
	base->alg = NULL;
	return ERROR_SUCCESS;
}

/* The callback runs without a lock of ours: it may well call us. */
static DWORD append_agreement(PCARD_DATA card_data, ULONG_PTR handle, struct drv_base *base)
{
	AUTO_SECRET more = SECRET_INIT;
	BYTE index = 0;
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	/* the member came with version 5 */
	if (card_data->dwVersion < CARD_DATA_VERSION_FIVE || card_data->pfnCspGetDHAgreement == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = card_data->pfnCspGetDHAgreement(card_data, (PVOID)handle, &index, 0);
	if (err == ERROR_SUCCESS)
		err = drv_agreement_secret(drv, index, &more);
	return err != ERROR_SUCCESS ? err : append(base, secret_span(&more));
}

static DWORD append_key(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct drv_base *base)
{
	AUTO_SESSION_KEY *key = NULL;
	const DWORD err = key_store_find(card_data, handle, &key);

	return err != ERROR_SUCCESS ? err : append(base, secret_span(&key->value));
}

static DWORD append_further(PCARD_DATA card_data, const NCryptBuffer *buffer, struct drv_base *base)
{
	ULONG_PTR handle;

	if (buffer->BufferType != KDF_SECRET_HANDLE && buffer->BufferType != CARD_EXT_KDF_SESSION_KEY)
		return ERROR_SUCCESS;
	memcpy(&handle, buffer->pvBuffer, sizeof(handle));
	if (buffer->BufferType == KDF_SECRET_HANDLE)
		return append_agreement(card_data, handle, base);
	return append_key(card_data, handle, base);
}

static DWORD take_key(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct secret *ret_value)
{
	AUTO_SESSION_KEY *key = NULL;
	const DWORD err = key_store_find(card_data, handle, &key);

	if (err != ERROR_SUCCESS)
		return err;
	return secret_set(ret_value, secret_span(&key->value)) ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

static DWORD take_salt(PCARD_DATA card_data, struct kdf_params *params, struct secret *ret_salt)
{
	const DWORD err = take_key(card_data, params->salt_key, ret_salt);

	if (err == ERROR_SUCCESS)
		params->bytes[KDF_INDEX(CARD_EXT_KDF_SALT_KEY)] = secret_span(ret_salt);
	return err;
}

static DWORD take_field_keys(PCARD_DATA card_data, struct kdf_params *params, struct drv_base *base)
{
	DWORD err = ERROR_SUCCESS;
	size_t count = 0;

	base->field_keys = calloc(params->field_key_count, sizeof(*base->field_keys));
	if (base->field_keys == NULL)
		return SCARD_E_NO_MEMORY;
	base->field_key_count = params->field_key_count;
	for (ULONG i = 0; err == ERROR_SUCCESS && i < params->list->cBuffers; i++) {
		const NCryptBuffer *buffer = &params->list->pBuffers[i];
		CARD_KEY_HANDLE handle;

		if (buffer->BufferType != CARD_EXT_KDF_FIELD_KEY)
			continue;
		memcpy(&handle, buffer->pvBuffer, sizeof(handle));
		err = take_key(card_data, handle, &base->field_keys[count++]);
	}
	params->field_keys = base->field_keys;
	return err;
}

DWORD drv_base_join(PCARD_DATA card_data, struct kdf_params *params, struct drv_base *base)
{
	DWORD err = ERROR_SUCCESS;

	if (kdf_given(params, CARD_EXT_KDF_SALT_KEY))
		err = take_salt(card_data, params, &base->salt);
	if (err == ERROR_SUCCESS && params->field_key_count != 0)
		err = take_field_keys(card_data, params, base);
	for (ULONG i = 0; err == ERROR_SUCCESS && params->list != NULL && i < params->list->cBuffers; i++)
		err = append_further(card_data, &params->list->pBuffers[i], base);
	return err;
}
