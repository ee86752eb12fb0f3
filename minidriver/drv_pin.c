/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/wipe.h"
#include "minidriver/cardmod_ext.h"
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

static const struct card_pin_info *pin_of(const struct drv *drv, PIN_ID id)
{
	return id < DRV_PINS && drv->pins[id] != CRD_NO_INDEX ? drv->ops->pin(drv->card, drv->pins[id]) : NULL;
}

/* ---- what is told of PINs --------------------------------------------------------------------------- */

/* Whether each key under a PIN wants it before every use; false if there is none. */
static bool asked_for_always(const struct drv *drv, PIN_ID id)
{
	bool any = false;

	for (size_t i = 0; i < drv_container_count(drv); i++) {
		const struct card_key_info *key = drv->ops->key(drv->card, i);

		if (key->pin != drv->pins[id])
			continue;
		if (!key->always_authenticate)
			return false;
		any = true;
	}
	return any;
}

static SECRET_PURPOSE purpose_of(const struct drv *drv, PIN_ID id, const struct card_pin_info *pin)
{
	if (pin->unblocks_only)
		return UnblockOnlyPin;
	if (pin->so)
		return AdministratorPin;
	if (id == ROLE_USER)
		return PrimaryCardPin;
	return asked_for_always(drv, id) ? DigitalSignaturePin : AuthenticationPin;
}

static PIN_CACHE_POLICY_TYPE policy_of(const struct drv *drv, PIN_ID id)
{
	if (asked_for_always(drv, id))
		return PinCacheAlwaysPrompt;
	return drv->ops->info(drv->card)->pin_caching ? PinCacheNormal : PinCacheNone;
}

DWORD drv_pin_info(const struct drv *drv, PIN_ID id, PIN_INFO *ret_info)
{
	const struct card_pin_info *pin = pin_of(drv, id);
	PIN_ID unblocker;

	if (pin == NULL)
		return SCARD_E_INVALID_PARAMETER;
	unblocker = drv_pin_id(drv, pin->unblocked_by);
	*ret_info = (PIN_INFO){
		.dwVersion = PIN_INFO_CURRENT_VERSION,
		.PinType = drv->ops->info(drv->card)->pad ? ExternalPinType : AlphaNumericPinType,
		.PinPurpose = purpose_of(drv, id, pin),
		.dwChangePermission = CREATE_PIN_SET(id),
		.dwUnblockPermission = unblocker != ROLE_EVERYONE ? CREATE_PIN_SET(unblocker) : PIN_SET_NONE,
		.PinCachePolicy = { .dwVersion = PIN_CACHE_POLICY_CURRENT_VERSION,
				    .PinCachePolicyType = policy_of(drv, id) },
	};
	return ERROR_SUCCESS;
}

static card_err note_status(struct drv *drv, PIN_ID id)
{
	bool verified = false;
	const card_err err = drv->ops->pin_status(drv->card, drv->pins[id], &verified);

	if (err == CE_NOT_SUPPORTED)
		return CE_OK;
	if (err != CE_OK)
		return err;
	drv->authenticated &= ~CREATE_PIN_SET(id);
	drv->authenticated |= verified ? CREATE_PIN_SET(id) : PIN_SET_NONE;
	return CE_OK;
}

DWORD drv_pins_authenticated(struct drv *drv, PIN_SET *ret_set)
{
	card_err err = CE_OK;

	LOCKED(&drv->lock);
	for (PIN_ID id = ROLE_USER; err == CE_OK && id < DRV_PINS; id++) {
		if (drv->pins[id] != CRD_NO_INDEX)
			err = note_status(drv, id);
	}
	if (err == CE_OK)
		*ret_set = drv->authenticated;
	return error_from_card(err);
}

/* ---- verification ----------------------------------------------------------------------------------- */

/* How many tries are left, told with success and with a refusal. */
static void tell_attempts(card_err err, int tries, PDWORD ret_attempts)
{
	if (ret_attempts != NULL && (err == CE_OK || err == CE_PIN_WRONG))
		*ret_attempts = tries >= 0 ? (DWORD)tries : CARD_EXT_NOT_KNOWN;
	if (ret_attempts != NULL && err == CE_PIN_BLOCKED)
		*ret_attempts = 0;
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
	tell_attempts(err, tries, ret_attempts);
	return error_from_card(err);
}

static bool bytes_good(struct span bytes)
{
	return bytes.data != NULL || bytes.len == 0;
}

static DWORD authenticate(PCARD_DATA card_data, PIN_ID id, struct span value, PDWORD ret_attempts)
{
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (pin_of(drv, id) == NULL || !bytes_good(value))
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

/* ---- new values ------------------------------------------------------------------------------------- */

struct new_pin {
	PIN_ID authenticating;
	PIN_ID target;
	struct span authentication;
	struct span value;
	bool unblock;
};

/* The card may count the PIN as verified afterwards, or not: it is asked when somebody wants to know. */
static DWORD set_value(struct drv *drv, const struct new_pin *request, PDWORD ret_attempts)
{
	int tries = -1;
	card_err err;

	LOCKED(&drv->lock);
	if (request->unblock)
		err = drv->ops->pin_unblock(drv->card, drv->pins[request->target], request->authentication,
					    request->value, &tries);
	else
		err = drv->ops->pin_change(drv->card, drv->pins[request->target], request->authentication,
					   request->value, &tries);
	wipe_stack();
	drv->authenticated &= ~CREATE_PIN_SET(request->target);
	tell_attempts(err, tries, ret_attempts);
	return error_from_card(err);
}

/* A PIN is changed by itself and unblocked by the one that the card names for it. */
static bool permitted(const struct drv *drv, const struct new_pin *request)
{
	const struct card_pin_info *target = pin_of(drv, request->target);

	if (target == NULL)
		return false;
	if (!request->unblock)
		return request->authenticating == request->target;
	return request->authenticating < DRV_PINS && target->unblocked_by != CRD_NO_INDEX &&
	       drv->pins[request->authenticating] == target->unblocked_by;
}

static DWORD change(PCARD_DATA card_data, const struct new_pin *request, DWORD retries, PDWORD ret_attempts)
{
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	/* Windows driver documentation: cRetryCount is 0 for a card that cannot set it */
	if (retries != 0 || !bytes_good(request->authentication) || !bytes_good(request->value))
		return SCARD_E_INVALID_PARAMETER;
	return permitted(drv, request) ? set_value(drv, request, ret_attempts) : SCARD_E_INVALID_PARAMETER;
}

/* dwFlags of the functions by name: a PIN is presented; 0 is what callers from before the flag give. */
static DWORD presented(DWORD flags)
{
	if (flags == 0 || flags == CARD_AUTHENTICATE_PIN_PIN)
		return ERROR_SUCCESS;
	return flags == CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE ? SCARD_E_UNSUPPORTED_FEATURE
								 : SCARD_E_INVALID_PARAMETER;
}

/* The functions by name, which are about the user's PIN. */
static DWORD change_by_name(PCARD_DATA card_data, LPCWSTR user, DWORD flags, struct new_pin *request)
{
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err == ERROR_SUCCESS)
		err = presented(flags);
	if (err == ERROR_SUCCESS)
		err = user_by_name(user);
	if (err != ERROR_SUCCESS)
		return err;
	request->target = ROLE_USER;
	request->authenticating = ROLE_USER;
	if (!request->unblock || pin_of(drv, ROLE_USER) == NULL)
		return ERROR_SUCCESS;
	request->authenticating = drv_pin_id(drv, pin_of(drv, ROLE_USER)->unblocked_by);
	return request->authenticating != ROLE_EVERYONE ? ERROR_SUCCESS : SCARD_E_UNSUPPORTED_FEATURE;
}

DWORD drv_unblock_pin(PCARD_DATA card_data, LPCWSTR user, PBYTE authentication, DWORD authentication_len, PBYTE new_pin,
		      DWORD new_pin_len, DWORD retries, DWORD flags)
{
	struct new_pin request = { .authentication = span_of(authentication, authentication_len),
				   .value = span_of(new_pin, new_pin_len),
				   .unblock = true };
	const DWORD err = change_by_name(card_data, user, flags, &request);

	return err != ERROR_SUCCESS ? err : change(card_data, &request, retries, NULL);
}

DWORD drv_change_authenticator(PCARD_DATA card_data, LPCWSTR user, PBYTE current, DWORD current_len, PBYTE new_pin,
			       DWORD new_pin_len, DWORD retries, DWORD flags, PDWORD ret_attempts)
{
	struct new_pin request = { .authentication = span_of(current, current_len),
				   .value = span_of(new_pin, new_pin_len) };
	const DWORD err = change_by_name(card_data, user, flags, &request);

	return err != ERROR_SUCCESS ? err : change(card_data, &request, retries, ret_attempts);
}

DWORD drv_change_authenticator_ex(PCARD_DATA card_data, DWORD flags, PIN_ID authenticating, PBYTE authentication,
				  DWORD authentication_len, PIN_ID target, PBYTE new_pin, DWORD new_pin_len,
				  DWORD retries, PDWORD ret_attempts)
{
	const DWORD what = flags & ~CARD_PIN_SILENT_CONTEXT;
	const struct new_pin request = { .authenticating = authenticating,
					 .target = target,
					 .authentication = span_of(authentication, authentication_len),
					 .value = span_of(new_pin, new_pin_len),
					 .unblock = what == PIN_CHANGE_FLAG_UNBLOCK };

	if (what != PIN_CHANGE_FLAG_UNBLOCK && what != PIN_CHANGE_FLAG_CHANGEPIN)
		return SCARD_E_INVALID_PARAMETER;
	if ((authentication_len == 0 || new_pin_len == 0) && (flags & CARD_PIN_SILENT_CONTEXT) != 0)
		return SCARD_E_INVALID_PARAMETER;
	return change(card_data, &request, retries, ret_attempts);
}

/* ---- forgetting ------------------------------------------------------------------------------------- */

static DWORD forget(struct drv *drv, bool by_reset)
{
	card_err err;

	LOCKED(&drv->lock);
	err = by_reset ? drv->ops->reset(drv->card) : drv->ops->logout(drv->card);
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
	return err != ERROR_SUCCESS ? err : forget(drv, false);
}

/* A card forgets all its PINs or none, so any set is all of them. */
DWORD drv_deauthenticate_ex(PCARD_DATA card_data, PIN_SET pins, DWORD flags)
{
	struct drv *drv;
	const DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if ((flags & ~CARD_EXT_DEAUTHENTICATE_BY_RESET) != 0 || pins == PIN_SET_NONE)
		return SCARD_E_INVALID_PARAMETER;
	return forget(drv, flags != 0);
}
