/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "base/ossl.h"
#include "minidriver/card_registry.h"
#include "minidriver/drv.h"

#define ATR_MIN 2u

static void drv_free(struct drv **owned)
{
	struct drv *drv = *owned;

	if (drv == NULL)
		return;
	key_store_close(drv->keys);
	drv_agreements_clear(drv);
	lock_destroy(&drv->agreement_lock);
	lock_destroy(&drv->lock);
	free(drv);
	ossl_release();
}

/* What must be there in every mode. */
static DWORD check_callbacks(const CARD_DATA *card_data)
{
	if (card_data->pfnCspAlloc == NULL || card_data->pfnCspReAlloc == NULL || card_data->pfnCspFree == NULL)
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static DWORD check_card(const CARD_DATA *card_data, struct registered_card *ret_card)
{
	if (card_data->hSCardCtx == 0 || card_data->hScard == 0)
		return SCARD_E_INVALID_HANDLE;
	if (card_data->pbAtr == NULL || card_data->pwszCardName == NULL || card_data->cbAtr < ATR_MIN ||
	    card_data->cbAtr > CARD_ATR_MAX)
		return SCARD_E_INVALID_PARAMETER;
	if (card_data->pbAtr[0] == 0x00 || card_data->pbAtr[0] == 0xFF)
		return SCARD_E_UNKNOWN_CARD;
	if (!card_registry_find(card_data->hSCardCtx, card_data->hScard, ret_card))
		return SCARD_E_INVALID_HANDLE;
	return ERROR_SUCCESS;
}

/* In no-card mode nothing of a card may be given. */
static DWORD check_no_card(const CARD_DATA *card_data)
{
	if (card_data->hSCardCtx != 0 || card_data->hScard != 0 || card_data->cbAtr != 0)
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static struct drv *drv_new(PCARD_DATA card_data)
{
	AUTO(drv_free) struct drv *drv = NULL;

	if (!ossl_acquire())
		return NULL;
	drv = calloc(1, sizeof(*drv));
	if (drv == NULL) {
		ossl_release();
		return NULL;
	}
	if (!lock_init(&drv->lock) || !lock_init(&drv->agreement_lock))
		return NULL;
	drv->keys = key_store_open(card_data);
	return drv->keys != NULL ? STEAL(drv) : NULL;
}

static DWORD delete_context(PCARD_DATA card_data)
{
	AUTO(drv_free) struct drv *drv = NULL;
	const DWORD err = drv_enter(card_data, &drv);

	if (err == ERROR_SUCCESS)
		card_data->pvVendorSpecific = NULL;
	return err;
}

EXPORT DWORD WINAPI CardAcquireContext(PCARD_DATA pCardData, DWORD dwFlags)
{
	struct registered_card registered = { NULL, NULL };
	struct drv *drv;
	DWORD version;
	DWORD err;

	if (pCardData == NULL || (dwFlags & ~CARD_SECURE_KEY_INJECTION_NO_CARD_MODE) != 0)
		return SCARD_E_INVALID_PARAMETER;
	if (pCardData->dwVersion < CARD_DATA_VERSION_FOUR)
		return ERROR_REVISION_MISMATCH;
	version = pCardData->dwVersion < CARD_DATA_CURRENT_VERSION ? pCardData->dwVersion : CARD_DATA_CURRENT_VERSION;
	err = dwFlags == 0 ? check_card(pCardData, &registered) : check_no_card(pCardData);
	if (err == ERROR_SUCCESS)
		err = check_callbacks(pCardData);
	if (err != ERROR_SUCCESS)
		return err;
	drv = drv_new(pCardData);
	if (drv == NULL)
		return SCARD_E_NO_MEMORY;
	drv->no_card = dwFlags != 0;
	drv->ops = registered.ops;
	drv->card = registered.card;
	drv_pins_assign(drv);
	pCardData->dwVersion = version;
	pCardData->pvVendorSpecific = drv;
	drv_table_fill(pCardData, version);
	pCardData->pfnCardDeleteContext = delete_context;
	return ERROR_SUCCESS;
}
