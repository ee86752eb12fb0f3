/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/wipe.h"
#include "minidriver/curve.h"
#include "minidriver/drv.h"
#include "minidriver/curve_win.h"
#include "minidriver/error.h"

/* The other party's key: a blob, checked against the curve of the container's key. */
static DWORD read_peer(const CARD_DH_AGREEMENT_INFO *info, const struct curve *curve,
		       uint8_t ret_point[CURVE_POINT_MAX])
{
	const size_t len = 2 * curve->field_len;
	BCRYPT_ECCKEY_BLOB header;
	uint8_t coordinates[CURVE_BLOB_MAX];
	uint8_t encoded[CURVE_POINT_MAX];

	if (info->pbPublicKey == NULL || info->dwPublicKey != sizeof(header) + len)
		return SCARD_E_INVALID_PARAMETER;
	memcpy(&header, info->pbPublicKey, sizeof(header));
	if (header.cbKey != curve->field_len || header.dwMagic != curve_ecdh_magic(curve))
		return SCARD_E_INVALID_PARAMETER;
	memcpy(coordinates, info->pbPublicKey + sizeof(header), len);
	if (!curve_point_of_blob(curve, coordinates, encoded))
		return SCARD_E_INVALID_PARAMETER;
	return curve_error(curve_point_read(curve, span_of(encoded, curve->point_len), ret_point));
}

/*
 * A place for one more agreement, searched from behind the last one given, so that an index that was destroyed rests.
 */
static DWORD reserve(struct drv *drv, size_t *ret_place)
{
	LOCKED(&drv->agreement_lock);
	for (size_t i = 0; i < DRV_AGREEMENTS; i++) {
		const size_t place = (drv->agreement_next + i) % DRV_AGREEMENTS;

		if (drv->agreements[place].state != DRV_AGREEMENT_FREE)
			continue;
		drv->agreements[place].state = DRV_AGREEMENT_RESERVED;
		drv->agreement_next = place + 1;
		*ret_place = place;
		return ERROR_SUCCESS;
	}
	return SCARD_E_NO_MEMORY;
}

static void settle(struct drv *drv, size_t place, struct secret *z, bool ready)
{
	LOCKED(&drv->agreement_lock);
	drv->agreements[place].state = ready ? DRV_AGREEMENT_READY : DRV_AGREEMENT_FREE;
	if (ready)
		secret_move(&drv->agreements[place].z, z);
}

static DWORD agree_on_card(struct drv *drv, BYTE container, struct span peer, struct secret *ret_z)
{
	card_err err;

	LOCKED(&drv->lock);
	err = drv->ops->ecdh(drv->card, container, peer, ret_z);
	wipe_stack();
	return err == CE_NOT_FOUND ? SCARD_E_NO_KEY_CONTAINER : error_from_card(err);
}

static DWORD construct(struct drv *drv, PCARD_DH_AGREEMENT_INFO info, const struct curve *curve)
{
	AUTO_SECRET z = SECRET_INIT;
	uint8_t point[CURVE_POINT_MAX];
	size_t place;
	DWORD err = read_peer(info, curve, point);

	if (err == ERROR_SUCCESS)
		err = reserve(drv, &place);
	if (err != ERROR_SUCCESS)
		return err;
	err = agree_on_card(drv, info->bContainerIndex, span_of(point, curve->point_len), &z);
	if (err == ERROR_SUCCESS && z.len != curve->field_len)
		err = SCARD_E_UNEXPECTED;
	settle(drv, place, &z, err == ERROR_SUCCESS);
	if (err == ERROR_SUCCESS)
		info->bSecretAgreementIndex = (BYTE)place;
	return err;
}

DWORD drv_construct_dh_agreement(PCARD_DATA card_data, PCARD_DH_AGREEMENT_INFO info)
{
	const struct card_key_info *key;
	struct curve curve;
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (info == NULL)
		return SCARD_E_INVALID_PARAMETER;
	if (info->dwVersion != CARD_DH_AGREEMENT_INFO_VERSION)
		return ERROR_REVISION_MISMATCH;
	if (info->dwFlags != 0)
		return SCARD_E_INVALID_PARAMETER;
	err = drv_container(drv, info->bContainerIndex, &key);
	if (err != ERROR_SUCCESS)
		return err;
	/* an RSA container has no key that could agree, and neither has one whose key only signs */
	if (key->type != CRD_KEY_EC && key->type != CRD_KEY_MONTGOMERY)
		return SCARD_E_NO_KEY_CONTAINER;
	err = curve_error(curve_from_params(key->ec_params, &curve));
	return err != ERROR_SUCCESS ? err : construct(drv, info, &curve);
}

DWORD drv_destroy_dh_agreement(PCARD_DATA card_data, BYTE index, DWORD flags)
{
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (flags != 0)
		return SCARD_E_INVALID_PARAMETER;
	LOCKED(&drv->agreement_lock);
	if (drv->agreements[index].state != DRV_AGREEMENT_READY)
		return SCARD_E_INVALID_PARAMETER;
	secret_clear(&drv->agreements[index].z);
	drv->agreements[index].state = DRV_AGREEMENT_FREE;
	return ERROR_SUCCESS;
}

DWORD drv_agreement_secret(struct drv *drv, BYTE index, struct secret *ret_z)
{
	LOCKED(&drv->agreement_lock);
	if (drv->agreements[index].state != DRV_AGREEMENT_READY)
		return SCARD_E_INVALID_PARAMETER;
	return secret_set(ret_z, secret_span(&drv->agreements[index].z)) ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

void drv_agreements_clear(struct drv *drv)
{
	for (size_t i = 0; i < DRV_AGREEMENTS; i++)
		secret_clear(&drv->agreements[i].z);
}
