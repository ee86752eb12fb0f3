/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/wipe.h"
#include "minidriver/drv.h"
#include "minidriver/error.h"
#include "minidriver/wide.h"

#define FIRST_FURTHER_PIN 3u

static void assign(struct drv *drv, PIN_ID id, size_t pin)
{
	if (id < DRV_PINS && drv->pins[id] == CRD_NO_INDEX)
		drv->pins[id] = pin;
}

/* The first PIN that logs a user in is ROLE_USER, the first that administers ROLE_ADMIN; the rest follow from 3 on. */
void drv_pins_assign(struct drv *drv)
{
	const size_t count = drv->card != NULL ? drv->ops->pin_count(drv->card) : 0;
	PIN_ID further = FIRST_FURTHER_PIN;

	for (size_t i = 0; i < DRV_PINS; i++)
		drv->pins[i] = CRD_NO_INDEX;
	for (size_t i = 0; i < count; i++) {
		const PIN_ID role = drv->ops->pin(drv->card, i)->so ? ROLE_ADMIN : ROLE_USER;

		if (drv->pins[role] == CRD_NO_INDEX)
			assign(drv, role, i);
		else
			assign(drv, further++, i);
	}
}

PIN_ID drv_pin_id(const struct drv *drv, size_t pin)
{
	for (PIN_ID id = ROLE_USER; pin != CRD_NO_INDEX && id < DRV_PINS; id++) {
		if (drv->pins[id] == pin)
			return id;
	}
	return ROLE_EVERYONE;
}

/* What the card says of its PIN, in the types of the table. */
static DWORD verify(struct drv *drv, PIN_ID id, struct span value, PDWORD ret_attempts)
{
	int tries = -1;
	card_err err;

	LOCKED(&drv->lock);
	err = drv->ops->pin_verify(drv->card, drv->pins[id], value, &tries);
	wipe_stack();
	if (err == CE_OK)
		drv->authenticated |= CREATE_PIN_SET(id);
	if (ret_attempts != NULL && (err == CE_OK || err == CE_PIN_WRONG))
		*ret_attempts = tries >= 0 ? (DWORD)tries : CARD_EXT_NOT_KNOWN;
	if (ret_attempts != NULL && err == CE_PIN_BLOCKED)
		*ret_attempts = 0;
	return error_from_card(err);
}

static DWORD authenticate(PCARD_DATA card_data, PIN_ID id, struct span value, PDWORD ret_attempts)
{
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (id >= DRV_PINS || drv->pins[id] == CRD_NO_INDEX || (value.data == NULL && value.len != 0))
		return SCARD_E_INVALID_PARAMETER;
	return verify(drv, id, value, ret_attempts);
}

/*
 * By name there is only the user: the administrator of Windows' model answers a challenge, which no card of ours
 * does.
 */
static DWORD user_by_name(LPCWSTR name)
{
	if (name != NULL && wide_equal(name, wszCARD_USER_USER))
		return ERROR_SUCCESS;
	if (name != NULL && wide_equal(name, wszCARD_USER_ADMIN))
		return SCARD_E_UNSUPPORTED_FEATURE;
	return SCARD_E_INVALID_PARAMETER;
}

DWORD drv_authenticate_pin(PCARD_DATA card_data, LPCWSTR user, PBYTE pin, DWORD pin_len, PDWORD ret_attempts)
{
	const DWORD err = user_by_name(user);

	return err != ERROR_SUCCESS ? err : authenticate(card_data, ROLE_USER, span_of(pin, pin_len), ret_attempts);
}

DWORD drv_authenticate_ex(PCARD_DATA card_data, PIN_ID id, DWORD flags, PBYTE pin, DWORD pin_len, PBYTE *ret_session,
			  PDWORD ret_session_len, PDWORD ret_attempts)
{
	const DWORD session = CARD_AUTHENTICATE_GENERATE_SESSION_PIN | CARD_AUTHENTICATE_SESSION_PIN;

	(void)ret_session;
	(void)ret_session_len;
	if ((flags & ~(session | CARD_PIN_SILENT_CONTEXT)) != 0)
		return SCARD_E_INVALID_PARAMETER;
	if ((flags & session) != 0)
		return SCARD_E_UNSUPPORTED_FEATURE;
	/* no PIN means the reader's pad, and that asks the user, which a silent context forbids */
	if (pin_len == 0 && (flags & CARD_PIN_SILENT_CONTEXT) != 0)
		return SCARD_E_INVALID_PARAMETER;
	return authenticate(card_data, id, span_of(pin, pin_len), ret_attempts);
}

static DWORD forget(struct drv *drv)
{
	card_err err;

	LOCKED(&drv->lock);
	err = drv->ops->logout(drv->card);
	if (err == CE_OK)
		drv->authenticated = PIN_SET_NONE;
	return error_from_card(err);
}

DWORD drv_deauthenticate(PCARD_DATA card_data, LPCWSTR user, DWORD flags)
{
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (flags != 0)
		return SCARD_E_INVALID_PARAMETER;
	err = user_by_name(user);
	return err != ERROR_SUCCESS ? err : forget(drv);
}

/* A card forgets all its PINs or none, so any set is all of them. */
DWORD drv_deauthenticate_ex(PCARD_DATA card_data, PIN_SET pins, DWORD flags)
{
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (flags != 0 || pins == PIN_SET_NONE)
		return SCARD_E_INVALID_PARAMETER;
	return forget(drv);
}
