/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/token.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"
#include "pkcs11/module.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/store.h"
#include "pkcs11/text.h"
#include "pkcs11/token_objects.h"

struct token {
	atomic_ulong references;
	struct slot *slot;
	struct md_card *card; /* held */
	unsigned long event;
	size_t user_pin;
	size_t so_pin;
	/* under module->state */
	bool gone;
	atomic_bool logged_in; /* the user; written under the module's state, read by every operation without */
	atomic_bool so_logged_in; /* likewise */
	atomic_bool login_unused; /* no use of a key has begun since the user's PIN was given */
	size_t sessions;
	size_t writing_sessions;
	unsigned long logouts;
};

static struct module *module_of(const struct token *token)
{
	return cki_slot_module(token->slot);
}

/* The PIN that the keys for derivation are under, else that of any key, else the card's first that is for users. */
static size_t choose_user_pin(struct md_card *card)
{
	size_t of_a_key = MD_NO_INDEX;
	struct md_pin pin;

	for (size_t i = 0; i < md_container_count(card); i++) {
		const struct md_container *container = md_container(card, i);

		if (container->pin == MD_NO_INDEX)
			continue;
		if ((container->usage & MD_USE_DERIVE) != 0)
			return container->pin;
		if (of_a_key == MD_NO_INDEX)
			of_a_key = container->pin;
	}
	if (of_a_key != MD_NO_INDEX)
		return of_a_key;
	for (size_t i = 0; i < md_pin_count(card); i++)
		if (md_pin_info(card, i, &pin) == MD_OK && !pin.so)
			return i;
	return MD_NO_INDEX;
}

/* The one that unblocks the user's PIN, else the card's first that is not for users. */
static size_t choose_so_pin(struct md_card *card, size_t user_pin)
{
	struct md_pin pin;

	if (user_pin != MD_NO_INDEX && md_pin_info(card, user_pin, &pin) == MD_OK && pin.unblocked_by != MD_NO_INDEX)
		return pin.unblocked_by;
	for (size_t i = 0; i < md_pin_count(card); i++)
		if (md_pin_info(card, i, &pin) == MD_OK && pin.so)
			return i;
	return MD_NO_INDEX;
}

CK_RV cki_token_open(struct slot *slot, unsigned long event, struct token **ret_token)
{
	AUTO(cki_token_release_cleanup) struct token *token = calloc(1, sizeof(*token));
	CK_RV rv;

	if (token == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&token->references, 1);
	token->slot = slot;
	token->event = event;
	rv = cki_error(CKI_CALL_TOKEN, md_card_acquire(module_of(token)->md, cki_slot_id(slot), &token->card));
	if (rv != CKR_OK)
		return rv;
	token->user_pin = choose_user_pin(token->card);
	token->so_pin = choose_so_pin(token->card, token->user_pin);
	rv = cki_token_objects_make(token);
	if (rv != CKR_OK) {
		cki_store_remove_token(module_of(token), token);
		return rv;
	}
	*ret_token = STEAL(token);
	return CKR_OK;
}

struct token *cki_token_hold(struct token *token)
{
	(void)atomic_fetch_add(&token->references, 1);
	return token;
}

void cki_token_release(struct token *token)
{
	if (token == NULL || atomic_fetch_sub(&token->references, 1) != 1)
		return;
	md_card_release(token->card);
	free(token);
}

void cki_token_release_cleanup(struct token **token)
{
	cki_token_release(*token);
}

struct slot *cki_token_slot(const struct token *token)
{
	return token->slot;
}

struct md_card *cki_token_card(const struct token *token)
{
	return token->card;
}

unsigned long cki_token_event(const struct token *token)
{
	return token->event;
}

size_t cki_token_user_pin(const struct token *token)
{
	return token->user_pin;
}

bool cki_token_key_asks_always(const struct token *token, const struct md_container *container)
{
	return container->always_authenticate ||
	       (container->pin != MD_NO_INDEX && container->pin != token->user_pin);
}

bool cki_token_has_key(const struct token *token, unsigned any_type)
{
	for (size_t i = 0; i < md_container_count(token->card); i++)
		if ((1u << md_container(token->card, i)->type & any_type) != 0)
			return true;
	return false;
}

/* PKCS#11 3.0 3.2, CK_TOKEN_INFO flags. */
struct count_flags {
	CK_FLAGS locked;
	CK_FLAGS final_try;
	CK_FLAGS count_low;
};

static CK_FLAGS pin_flags(const struct md_pin *pin, const struct count_flags *flags)
{
	CK_FLAGS set = 0;

	if (pin->tries_left == 0)
		return flags->locked;
	if (pin->tries_left == 1)
		set |= flags->final_try;
	if (pin->tries_left > 0 && pin->tries_left < pin->tries_max)
		set |= flags->count_low;
	return set;
}

static void tell_pins(struct token *token, CK_TOKEN_INFO *info)
{
	static const struct count_flags user = { CKF_USER_PIN_LOCKED, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_COUNT_LOW };
	static const struct count_flags so = { CKF_SO_PIN_LOCKED, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_COUNT_LOW };
	struct md_pin pin = { .min_len = 0 };

	if (token->user_pin != MD_NO_INDEX && md_pin_info(token->card, token->user_pin, &pin) == MD_OK) {
		info->flags |= pin_flags(&pin, &user);
		info->flags |= pin.initialized ? CKF_USER_PIN_INITIALIZED : 0;
		info->flags |= pin.pad ? CKF_PROTECTED_AUTHENTICATION_PATH : 0;
	}
	info->ulMinPinLen = pin.min_len;
	info->ulMaxPinLen = pin.max_len;
	if (token->so_pin != MD_NO_INDEX && md_pin_info(token->card, token->so_pin, &pin) == MD_OK)
		info->flags |= pin_flags(&pin, &so);
}

/*
 * Have the card tell how many tries are left; one that does not has no flags about them. False: the card is not there
 * any more.
 */
static bool ask_tries(struct token *token)
{
	LOCKED(cki_slot_lock(token->slot));
	md_err err;

	if (token->user_pin == MD_NO_INDEX)
		return true;
	err = md_pin_ask(token->card, token->user_pin);
	return cki_token_error(token, CKI_CALL_GENERAL, err) != CKR_DEVICE_REMOVED;
}

CK_RV cki_token_info(struct token *token, CK_TOKEN_INFO *ret_info)
{
	const struct md_card_info *card = md_card_info(token->card);
	CK_TOKEN_INFO info = {
		.flags = CKF_TOKEN_INITIALIZED | CKF_RNG,
		.ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
	};

	if (!ask_tries(token))
		return CKR_TOKEN_NOT_PRESENT;
	cki_text_pad(info.label, sizeof(info.label), card->label);
	cki_text_pad(info.manufacturerID, sizeof(info.manufacturerID), card->manufacturer);
	cki_text_pad(info.model, sizeof(info.model), card->model);
	cki_text_pad_tail(info.serialNumber, sizeof(info.serialNumber), card->serial);
	cki_text_pad(info.utcTime, sizeof(info.utcTime), "");
	info.hardwareVersion = (CK_VERSION){ card->hardware.major, card->hardware.minor };
	info.firmwareVersion = (CK_VERSION){ card->firmware.major, card->firmware.minor };
	if (card->login_required)
		info.flags |= CKF_LOGIN_REQUIRED;
	tell_pins(token, &info);
	LOCKED(&module_of(token)->state);
	info.ulSessionCount = token->sessions;
	info.ulRwSessionCount = token->writing_sessions;
	*ret_info = info;
	return CKR_OK;
}

/* ---- PINs; all with the slot locked ------------------------------------------------------------------ */

/* What is known of a PIN, and what is wrong with what a caller gives for it before anybody is asked. */
static CK_RV check_pin(struct token *token, size_t index, const struct given_pin *given, struct md_pin *ret_pin)
{
	CK_RV rv;

	if (index == MD_NO_INDEX)
		return CKR_USER_PIN_NOT_INITIALIZED;
	rv = cki_error(CKI_CALL_LOGIN, md_pin_info(token->card, index, ret_pin));
	if (rv != CKR_OK)
		return rv;
	if (given->data == NULL && (given->len != 0 || !ret_pin->pad))
		return CKR_ARGUMENTS_BAD;
	/* An empty PIN is not the wish to use the pad. */
	return given->data != NULL && given->len == 0 ? CKR_PIN_LEN_RANGE : CKR_OK;
}

static struct span pin_span(const struct given_pin *pin)
{
	return span_of(pin->data, pin->len);
}

static CK_RV verify(struct token *token, size_t index, const struct given_pin *pin,
		    md_err (*how)(struct md_card *card, size_t pin, struct span value))
{
	struct md_pin info;
	CK_RV rv = check_pin(token, index, pin, &info);

	if (rv != CKR_OK)
		return rv;
	if (!info.initialized)
		return CKR_USER_PIN_NOT_INITIALIZED;
	return cki_token_error(token, CKI_CALL_LOGIN, how(token->card, index, pin_span(pin)));
}

static void set_logged_in(struct token *token, bool logged_in)
{
	LOCKED(&module_of(token)->state);
	token->logged_in = logged_in && !token->gone;
}

/* PKCS#11 3.0 5.6.8: no session may be read-only then. */
static CK_RV set_so_logged_in(struct token *token, bool logged_in)
{
	LOCKED(&module_of(token)->state);
	if (logged_in && token->sessions != token->writing_sessions)
		return CKR_SESSION_READ_ONLY_EXISTS;
	token->so_logged_in = logged_in && !token->gone;
	return CKR_OK;
}

static CK_RV may_so_log_in(struct token *token)
{
	if (token->so_pin == MD_NO_INDEX)
		return CKR_USER_TYPE_INVALID;
	LOCKED(&module_of(token)->state);
	return token->sessions != token->writing_sessions ? CKR_SESSION_READ_ONLY_EXISTS : CKR_OK;
}

static CK_RV login_so(struct token *token, const struct given_pin *pin)
{
	CK_RV rv = may_so_log_in(token);

	if (rv == CKR_OK)
		rv = verify(token, token->so_pin, pin, md_pin_verify);
	if (rv != CKR_OK)
		return rv;
	rv = set_so_logged_in(token, true);
	if (rv != CKR_OK)
		(void)cki_error(CKI_CALL_LOGIN, md_pin_logout(token->card));
	return rv;
}

CK_RV cki_token_login(struct token *token, bool so, const struct given_pin *pin)
{
	LOCKED(cki_slot_lock(token->slot));
	CK_RV rv;

	if (so ? cki_token_so_logged_in(token) : cki_token_logged_in(token))
		return CKR_USER_ALREADY_LOGGED_IN;
	if (so ? cki_token_logged_in(token) : cki_token_so_logged_in(token))
		return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	if (so)
		return login_so(token, pin);
	rv = verify(token, token->user_pin, pin, md_pin_verify);
	if (rv == CKR_OK) {
		set_logged_in(token, true);
		atomic_store(&token->login_unused, true);
	}
	return rv;
}

bool cki_token_use_login(struct token *token, size_t container)
{
	return atomic_exchange(&token->login_unused, false) && cki_token_logged_in(token) &&
	       md_container(token->card, container)->pin == token->user_pin;
}

CK_RV cki_token_verify_for_key(struct token *token, size_t container, const CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	LOCKED(cki_slot_lock(token->slot));

	return verify(token, md_container(token->card, container)->pin, &(struct given_pin){ pin, pin_len },
		      md_pin_verify_once);
}

/*
 * Only where the user asked for it in opensc.conf: programs that know no other way to unblock a PIN give the PUK as the
 * old one (pkcs11-tool --unlock-pin), but so might a user who has forgotten that the PIN is blocked.
 */
static bool unblocks(struct token *token, const struct md_pin *pin)
{
	return pin->tries_left == 0 && pin->unblocked_by != MD_NO_INDEX && !cki_token_logged_in(token) &&
	       !cki_token_so_logged_in(token) && md_config_bool(module_of(token)->md, "unblock_by_set_pin", false);
}

CK_RV cki_token_set_pin(struct token *token, const struct given_pin *old_pin, const struct given_pin *new_pin)
{
	LOCKED(cki_slot_lock(token->slot));
	const size_t index = cki_token_so_logged_in(token) ? token->so_pin : token->user_pin;
	struct md_pin info;
	CK_RV rv = check_pin(token, index, old_pin, &info);

	if (rv == CKR_OK)
		rv = check_pin(token, index, new_pin, &info);
	if (rv == CKR_OK && (old_pin->data == NULL) != (new_pin->data == NULL))
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK)
		return rv;
	if (unblocks(token, &info))
		return cki_token_error(token, CKI_CALL_LOGIN,
				       md_pin_unblock(token->card, index, pin_span(old_pin), pin_span(new_pin)));
	return cki_token_error(token, CKI_CALL_LOGIN,
			       md_pin_change(token->card, index, pin_span(old_pin), pin_span(new_pin)));
}

CK_RV cki_token_init_pin(struct token *token, const struct given_pin *pin)
{
	LOCKED(cki_slot_lock(token->slot));
	struct md_pin info;
	CK_RV rv;

	if (!cki_token_so_logged_in(token))
		return CKR_USER_NOT_LOGGED_IN;
	rv = check_pin(token, token->user_pin, pin, &info);
	if (rv == CKR_OK)
		rv = cki_token_error(token, CKI_CALL_LOGIN,
				     md_pin_unblock(token->card, token->user_pin, SPAN_EMPTY, pin_span(pin)));
	if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED)
		(void)set_so_logged_in(token, false);
	return rv;
}

bool cki_token_pin_is_named(struct token *token, bool so, const struct given_pin *name)
{
	const size_t index = so ? token->so_pin : token->user_pin;
	struct md_pin pin;

	return index != MD_NO_INDEX && md_pin_info(token->card, index, &pin) == MD_OK &&
	       span_equal(span_of(pin.label, strlen(pin.label)), pin_span(name));
}

/* Nobody is logged in any more, whatever the card did about it. */
static bool forget_login(struct token *token)
{
	struct module *module = module_of(token);
	unsigned long epoch;
	bool was;

	{
		LOCKED(&module->state);
		was = token->logged_in || token->so_logged_in;
		token->logged_in = false;
		token->so_logged_in = false;
		epoch = ++token->logouts;
	}
	if (was)
		cki_store_forget_private(module, token, epoch);
	return was;
}

CK_RV cki_token_logout(struct token *token)
{
	LOCKED(cki_slot_lock(token->slot));
	md_err err;

	if (!forget_login(token))
		return CKR_USER_NOT_LOGGED_IN;
	err = md_pin_logout(token->card);
	/* A card that cannot be made to forget is still logged out for our caller. */
	if (err != MD_OK)
		log_info("cki", "logout: %s", md_err_name(err));
	return CKR_OK;
}

bool cki_token_logged_in(struct token *token)
{
	return atomic_load(&token->logged_in);
}

bool cki_token_so_logged_in(struct token *token)
{
	return atomic_load(&token->so_logged_in);
}

void cki_token_lose(struct token *token)
{
	struct module *module = module_of(token);

	{
		LOCKED(&module->state);
		if (token->gone)
			return;
		token->gone = true;
		token->logged_in = false;
		token->so_logged_in = false;
	}
	cki_slot_forget_token(token->slot, token);
	cki_session_close_all(module, token);
	cki_store_remove_token(module, token);
}

CK_RV cki_token_error(struct token *token, enum cki_call call, md_err err)
{
	CK_RV rv = cki_error(call, err);

	if (rv == CKR_DEVICE_REMOVED)
		cki_token_lose(token);
	return rv;
}

CK_RV cki_token_key_error(struct token *token, enum cki_call call, size_t container, md_err err)
{
	atomic_store(&token->login_unused, false);
	if (err == MD_W_CARD_NOT_AUTHENTICATED && !cki_token_key_asks_always(token, md_container(token->card,
												 container)))
		set_logged_in(token, false);
	return cki_token_error(token, call, err);
}

bool cki_token_gone_locked(const struct token *token)
{
	return token->gone;
}

bool cki_token_logged_in_locked(const struct token *token)
{
	return token->logged_in;
}

bool cki_token_so_logged_in_locked(const struct token *token)
{
	return token->so_logged_in;
}

size_t cki_token_count_locked(struct token *token, bool writes, bool more)
{
	size_t one = more ? 1 : (size_t)-1;

	token->sessions += one;
	if (writes)
		token->writing_sessions += one;
	return token->sessions;
}
