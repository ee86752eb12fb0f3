/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "minidriver/error.h"
#include "minidriver/host.h"

static md_err read_details(struct md_card *card, PIN_ID id, CARD_EXT_PIN_DETAILS *ret_details)
{
	const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_PIN_DETAILS, .flags = id };

	return host_property_fixed(card, &query, ret_details, sizeof(*ret_details));
}

static md_err add_pin(struct md_card *card, PIN_ID id)
{
	const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_CARD_PIN_INFO, .flags = id };
	struct host_pin *pin = &card->pins[card->pin_count];
	CARD_EXT_PIN_DETAILS details;
	md_err err = read_details(card, id, &details);

	if (err == MD_OK)
		err = host_property_fixed(card, &query, &pin->info, sizeof(pin->info));
	if (err != MD_OK)
		return err;
	pin->id = id;
	(void)snprintf(pin->label, sizeof(pin->label), "%s", details.szLabel);
	card->pin_count++;
	return MD_OK;
}

md_err host_read_pins(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_CARD_LIST_PINS };
	PIN_SET set = PIN_SET_NONE;
	md_err err = host_property_fixed(card, &query, &set, sizeof(set));

	for (PIN_ID id = ROLE_USER; err == MD_OK && id < ARRAY_COUNT(card->pins); id++) {
		if (IS_PIN_SET(set, id))
			err = add_pin(card, id);
	}
	return err;
}

size_t md_pin_count(struct md_card *card)
{
	return card->pin_count;
}

static int known_count(DWORD count)
{
	return count != CARD_EXT_NOT_KNOWN ? (int)count : -1;
}

md_err md_pin_ask(struct md_card *card, size_t pin)
{
	DWORD attempts;

	if (pin >= card->pin_count)
		return MD_E_INVALID_PARAMETER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	return host_property_fixed(card,
				   &(struct host_query){ .container = HOST_NO_CONTAINER,
							 .name = CP_EXT_PIN_ATTEMPTS,
							 .flags = card->pins[pin].id },
				   &attempts, sizeof(attempts));
}

/* The first PIN of a set; MD_NO_INDEX: none. */
static size_t first_of(const struct md_card *card, PIN_SET set)
{
	for (size_t i = 0; i < card->pin_count; i++) {
		if (IS_PIN_SET(set, card->pins[i].id))
			return i;
	}
	return MD_NO_INDEX;
}

static bool unblocks_only(const struct host_pin *pin)
{
	return pin->info.PinPurpose == UnblockOnlyPin;
}

md_err md_pin_info(struct md_card *card, size_t pin, struct md_pin *ret_pin)
{
	CARD_EXT_PIN_DETAILS details;
	const PIN_INFO *info;
	md_err err;

	if (pin >= card->pin_count)
		return MD_E_INVALID_PARAMETER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	err = read_details(card, card->pins[pin].id, &details);
	if (err != MD_OK)
		return err;
	info = &card->pins[pin].info;
	*ret_pin = (struct md_pin){
		.label = card->pins[pin].label,
		.min_len = details.cbMinLength,
		.max_len = details.cbMaxLength,
		.so = details.fAdministrator != FALSE,
		.unblocks_only = unblocks_only(&card->pins[pin]),
		.pad = info->PinType == ExternalPinType,
		.unblocked_by = first_of(card, info->dwUnblockPermission),
		.initialized = details.fInitialized != FALSE,
		.tries_max = known_count(details.cMaxAttempts),
		.tries_left = known_count(details.cAttemptsRemaining),
	};
	return MD_OK;
}

/* ---- what is kept ----------------------------------------------------------------------------------- */

/* The user's word (opensc.conf, ours before OpenSC's), but never against a card that wants to be asked each time. */
static bool may_keep(struct md_card *card, const struct host_pin *pin)
{
	const PIN_CACHE_POLICY_TYPE policy = pin->info.PinCachePolicy.PinCachePolicyType;

	if (policy == PinCacheAlwaysPrompt)
		return false;
	return md_config_bool(card->md, "use_pin_caching", policy == PinCacheNormal);
}

/* Where the system locks no more memory, nothing is kept: then the user is asked more often, and that is all. */
static bool keep(struct md_card *card, struct secret *place, struct span value)
{
	LOCKED(&card->pins_lock);
	if (secret_set_locked(place, value))
		return true;
	log_info("md", "no memory could be locked for a PIN: it is not kept");
	return false;
}

static void forget(struct md_card *card, struct secret *place)
{
	LOCKED(&card->pins_lock);
	secret_clear(place);
}

/* A copy, for the lock is not held while the card is asked. False: nothing is kept. */
static bool recall(struct md_card *card, const struct secret *place, struct secret *ret_copy)
{
	LOCKED(&card->pins_lock);
	return place->data != NULL && secret_set(ret_copy, secret_span(place));
}

static void set_verified(struct md_card *card, struct host_pin *pin, bool verified)
{
	LOCKED(&card->pins_lock);
	pin->verified = verified;
}

void host_pins_clear(struct md_card *card)
{
	LOCKED(&card->pins_lock);
	for (size_t i = 0; i < card->pin_count; i++) {
		secret_clear(&card->pins[i].kept);
		secret_clear(&card->pins[i].once);
		card->pins[i].verified = false;
	}
}

/* ---- verification ----------------------------------------------------------------------------------- */

static md_err check(struct md_card *card, size_t pin, struct span value)
{
	if (pin >= card->pin_count || value.len > UINT32_MAX)
		return MD_E_INVALID_PARAMETER;
	return atomic_load(&card->closed) ? MD_E_INVALID_HANDLE : MD_OK;
}

static md_err authenticate(struct md_card *card, struct host_pin *pin, struct span value)
{
	AUTO_SECRET copy = SECRET_INIT;
	DWORD attempts = 0;
	md_err err;

	/* the table takes bytes it may write to */
	if (!secret_set(&copy, value))
		return MD_E_NO_MEMORY;
	err = error_to_md(card->data.pfnCardAuthenticateEx(&card->data, pin->id, 0, copy.len != 0 ? copy.data : NULL,
							   (DWORD)copy.len, NULL, NULL, &attempts));
	set_verified(card, pin, err == MD_OK);
	return err;
}

/* One that cannot be verified is kept for the one command that will take it, and only its length is looked at now. */
static md_err keep_for_unblocking(struct md_card *card, size_t pin, struct span value)
{
	struct md_pin info = { .min_len = 0 };
	const md_err err = md_pin_info(card, pin, &info);

	if (err != MD_OK)
		return err;
	if (value.len == 0)
		return info.pad ? MD_OK : MD_E_INVALID_PARAMETER;
	if (value.len < info.min_len || value.len > info.max_len)
		return MD_E_INVALID_PARAMETER;
	if (info.tries_left == 0)
		return MD_W_CHV_BLOCKED;
	return keep(card, &card->pins[pin].kept, value) ? MD_OK : MD_E_NO_MEMORY;
}

md_err md_pin_verify(struct md_card *card, size_t pin, struct span value)
{
	md_err err = check(card, pin, value);
	struct host_pin *p;

	if (err != MD_OK)
		return err;
	p = &card->pins[pin];
	if (unblocks_only(p))
		return keep_for_unblocking(card, pin, value);
	err = authenticate(card, p, value);
	/* the security officer's is needed again by the command that unblocks */
	if (err == MD_OK && value.len != 0 && (p->info.PinPurpose == AdministratorPin || may_keep(card, p)))
		(void)keep(card, &p->kept, value);
	return err;
}

md_err md_pin_verify_once(struct md_card *card, size_t pin, struct span value)
{
	md_err err = check(card, pin, value);

	if (err != MD_OK)
		return err;
	if (unblocks_only(&card->pins[pin]))
		return MD_E_UNSUPPORTED_FEATURE;
	forget(card, &card->pins[pin].once);
	err = authenticate(card, &card->pins[pin], value);
	if (err == MD_OK && value.len != 0)
		(void)keep(card, &card->pins[pin].once, value);
	return err;
}

/* How often a card may have forgotten a PIN that it has just taken: others may be busy with it. */
#define ROUNDS_MAX 3u

static bool give_again(struct md_card *card, struct host_pin *pin, struct secret *place)
{
	AUTO_SECRET value = SECRET_INIT;
	md_err err;

	if (!recall(card, place, &value))
		return false;
	err = authenticate(card, pin, secret_span(&value));
	if (err == MD_W_WRONG_CHV || err == MD_W_CHV_BLOCKED) {
		log_info("md", "the card refuses the PIN that it took before: it is not tried again");
		forget(card, &pin->kept);
		forget(card, &pin->once);
	}
	return err == MD_OK;
}

bool host_pin_again(struct md_card *card, size_t container, DWORD err, unsigned *inout_round)
{
	const struct md_container *key = md_container(card, container);
	struct host_pin *pin = key != NULL && key->pin < card->pin_count ? &card->pins[key->pin] : NULL;
	bool again = false;

	if (pin == NULL)
		return false;
	if (err == SCARD_W_CARD_NOT_AUTHENTICATED && ++*inout_round < ROUNDS_MAX) {
		/* what was given for this one use; else the login's, which is not enough for a key that asks always */
		again = give_again(card, pin, &pin->once) ||
			(!key->always_authenticate && give_again(card, pin, &pin->kept));
	}
	if (again)
		return true;
	forget(card, &pin->once);
	if (err == SCARD_W_CARD_NOT_AUTHENTICATED && !key->always_authenticate)
		forget(card, &pin->kept);
	return false;
}

/* ---- new values ------------------------------------------------------------------------------------- */

struct new_pin {
	DWORD flags;
	size_t authenticating;
	size_t target;
	struct span authentication;
	struct span value;
};

static md_err change(struct md_card *card, const struct new_pin *request)
{
	AUTO_SECRET authentication = SECRET_INIT;
	AUTO_SECRET value = SECRET_INIT;
	DWORD attempts = 0;

	if (!secret_set(&authentication, request->authentication) || !secret_set(&value, request->value))
		return MD_E_NO_MEMORY;
	return error_to_md(card->data.pfnCardChangeAuthenticatorEx(
		&card->data, request->flags, card->pins[request->authenticating].id,
		authentication.len != 0 ? authentication.data : NULL, (DWORD)authentication.len,
		card->pins[request->target].id, value.len != 0 ? value.data : NULL, (DWORD)value.len, 0, &attempts));
}

/* What was known of a PIN before it got another value. */
struct before {
	bool kept;
	bool verified;
	bool any_verified; /* this or another one */
};

static struct before take_old(struct md_card *card, struct host_pin *pin)
{
	struct before before = { .any_verified = false };

	LOCKED(&card->pins_lock);
	before.kept = pin->kept.data != NULL;
	before.verified = pin->verified;
	for (size_t i = 0; i < card->pin_count; i++)
		before.any_verified = before.any_verified || card->pins[i].verified;
	secret_clear(&pin->kept);
	return before;
}

/* Some cards count a PIN as verified once it was changed, others do not: it is as before afterwards. */
static void restore(struct md_card *card, size_t pin, struct span value)
{
	const struct before before = take_old(card, &card->pins[pin]);
	md_err err = MD_OK;

	if (unblocks_only(&card->pins[pin]) ? before.kept && value.len != 0 : before.verified && value.len != 0)
		err = md_pin_verify(card, pin, value);
	else if (!before.any_verified)
		err = md_pin_logout(card);
	if (err != MD_OK)
		log_info("md", "after a PIN was changed: %s", md_err_name(err));
}

md_err md_pin_change(struct md_card *card, size_t pin, struct span old_value, struct span new_value)
{
	md_err err = check(card, pin, old_value);

	if (err == MD_OK)
		err = check(card, pin, new_value);
	if (err == MD_OK)
		err = change(card, &(struct new_pin){ .flags = PIN_CHANGE_FLAG_CHANGEPIN, .authenticating = pin,
						      .target = pin, .authentication = old_value,
						      .value = new_value });
	if (err == MD_OK)
		restore(card, pin, new_value);
	return err;
}

md_err md_pin_unblock(struct md_card *card, size_t pin, struct span authority, struct span new_value)
{
	AUTO_SECRET kept = SECRET_INIT;
	md_err err = check(card, pin, new_value);
	size_t by;

	if (err == MD_OK)
		err = check(card, pin, authority);
	if (err != MD_OK)
		return err;
	by = first_of(card, card->pins[pin].info.dwUnblockPermission);
	if (by == MD_NO_INDEX)
		return MD_E_UNSUPPORTED_FEATURE;
	if (authority.len == 0 && recall(card, &card->pins[by].kept, &kept))
		authority = secret_span(&kept);
	if (authority.len == 0 && card->pins[by].info.PinType != ExternalPinType)
		return MD_W_CARD_NOT_AUTHENTICATED;
	err = change(card, &(struct new_pin){ .flags = PIN_CHANGE_FLAG_UNBLOCK, .authenticating = by, .target = pin,
					      .authentication = authority, .value = new_value });
	if (err == MD_W_WRONG_CHV || err == MD_W_CHV_BLOCKED)
		forget(card, &card->pins[by].kept);
	if (err == MD_OK)
		forget(card, &card->pins[pin].kept);
	return err;
}

/* ---- forgetting ------------------------------------------------------------------------------------- */

md_err md_pin_logout(struct md_card *card)
{
	DWORD err;

	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	host_pins_clear(card);
	err = card->data.pfnCardDeauthenticateEx(&card->data, PIN_SET_ALL_ROLES, 0);
	/* Windows' host resets a card that has no command for it */
	if (err == SCARD_E_UNSUPPORTED_FEATURE)
		err = card->data.pfnCardDeauthenticateEx(&card->data, PIN_SET_ALL_ROLES,
							 CARD_EXT_DEAUTHENTICATE_BY_RESET);
	return error_to_md(err);
}
