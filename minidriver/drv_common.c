/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/drv.h"

DWORD drv_enter(PCARD_DATA card_data, struct drv **ret_drv)
{
	if (card_data == NULL || card_data->pvVendorSpecific == NULL)
		return SCARD_E_INVALID_PARAMETER;
	*ret_drv = card_data->pvVendorSpecific;
	return ERROR_SUCCESS;
}

DWORD drv_enter_card(PCARD_DATA card_data, struct drv **ret_drv)
{
	struct drv *drv;
	const DWORD err = drv_enter(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (drv->no_card)
		return SCARD_E_UNSUPPORTED_FEATURE;
	*ret_drv = drv;
	return ERROR_SUCCESS;
}

DWORD drv_enter_versioned(PCARD_DATA card_data, const struct drv_structure *structure, struct drv **ret_drv,
			  DWORD *ret_version)
{
	const DWORD err = drv_enter_card(card_data, ret_drv);
	DWORD version;

	if (err != ERROR_SUCCESS)
		return err;
	if (structure->begin == NULL)
		return SCARD_E_INVALID_PARAMETER;
	memcpy(&version, structure->begin, sizeof(version));
	return drv_version(version, structure->newest, ret_version);
}

DWORD drv_version(DWORD version, DWORD newest, DWORD *ret_version)
{
	/* Windows driver documentation: a dwVersion of 0 is to be treated as 1 */
	const DWORD read = version == 0 ? 1 : version;

	if (read > newest)
		return ERROR_REVISION_MISMATCH;
	*ret_version = read;
	return ERROR_SUCCESS;
}

size_t drv_container_count(const struct drv *drv)
{
	const size_t count = drv->ops->key_count(drv->card);

	return count < DRV_CONTAINERS ? count : DRV_CONTAINERS;
}

DWORD drv_container(const struct drv *drv, BYTE index, const struct card_key_info **ret_key)
{
	const struct card_key_info *key = index < drv_container_count(drv) ? drv->ops->key(drv->card, index) : NULL;

	if (key == NULL)
		return SCARD_E_NO_KEY_CONTAINER;
	*ret_key = key;
	return ERROR_SUCCESS;
}

DWORD drv_give(PCARD_DATA card_data, struct span bytes, PBYTE *ret_data, PDWORD ret_len)
{
	PBYTE copy;

	if (bytes.len > UINT32_MAX)
		return SCARD_E_UNEXPECTED;
	copy = card_data->pfnCspAlloc(bytes.len != 0 ? bytes.len : 1);
	if (copy == NULL)
		return SCARD_E_NO_MEMORY;
	if (bytes.len != 0)
		memcpy(copy, bytes.data, bytes.len);
	*ret_data = copy;
	*ret_len = (DWORD)bytes.len;
	return ERROR_SUCCESS;
}

DWORD drv_answer(const struct drv_answer *answer, struct span bytes)
{
	if (answer->ret_len == NULL || (answer->data == NULL && answer->room != 0))
		return SCARD_E_INVALID_PARAMETER;
	if (bytes.len > UINT32_MAX)
		return SCARD_E_UNEXPECTED;
	*answer->ret_len = (DWORD)bytes.len;
	if (bytes.len > answer->room)
		return ERROR_INSUFFICIENT_BUFFER;
	if (bytes.len != 0)
		memcpy(answer->data, bytes.data, bytes.len);
	return ERROR_SUCCESS;
}
