/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "card/opensc_internal.h"

#define PIV_DRIVER "PIV-II"
#define PIV_PIN_MIN 6u             /* SP 800-73-4 part 2, 2.4.3; libopensc's own is 4 */
#define TRIES_USUAL 3
#define PIV_APPLICATION_PIN 0x80u
#define ISO_VERIFY 0x20u
#define P1_FORGET 0xFFu

/*
 * Drivers whose PIN is digits by the card's own standard (PIV: SP 800-73-4 part 2, 2.4.3). What a PKCS #15
 * directory says of a PIN's characters does not decide: cards that call theirs "ascii-numeric" take letters.
 */
static const char *const digit_drivers[] = {
	PIV_DRIVER,
};

static bool digits_only(const struct card *card, const struct pin_entry *pin)
{
	const struct sc_pkcs15_auth_info *auth = pin->object->data;

	if (pin->info.so || auth->attrs.pin.type != SC_PKCS15_PIN_TYPE_ASCII_NUMERIC)
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(digit_drivers); i++)
		if (strcmp(card->sc->driver->short_name, digit_drivers[i]) == 0)
			return true;
	return false;
}

static bool all_digits(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
	return true;
}

bool card_has_pad(const struct card *card)
{
	return (card->slot->reader->capabilities & SC_READER_CAP_PIN_PAD) != 0 ||
	       (card->sc->caps & SC_CARD_CAP_PROTECTED_AUTHENTICATION_PATH) != 0;
}

/* What must not cost a try. */
static card_err value_check(const struct card *card, const struct pin_entry *pin, struct span value)
{
	if (value.len == 0)
		return card_has_pad(card) ? CE_OK : CE_PIN_LENGTH;
	if (value.len < pin->info.min_len || value.len > pin->info.max_len)
		return CE_PIN_LENGTH;
	return digits_only(card, pin) && !all_digits(value) ? CE_PIN_LENGTH : CE_OK;
}

/* A new value, which the card may hold against a stricter rule than the one by which it is told. */
static card_err new_value_check(const struct card *card, const struct pin_entry *pin, struct span value)
{
	card_err err = value_check(card, pin, value);

	if (err == CE_OK && value.len != 0 && digits_only(card, pin) && value.len < PIV_PIN_MIN)
		err = CE_PIN_LENGTH;
	return err;
}

static struct sc_pkcs15_auth_info *auth_of(const struct pin_entry *pin)
{
	return pin->object->data;
}

void pin_learn_max(struct pin_entry *pin, int at_least)
{
	const struct sc_pkcs15_auth_info *auth = pin->object->data;

	if (auth->max_tries > 0 || at_least < 0)
		return;
	if (pin->info.tries_max < TRIES_USUAL)
		pin->info.tries_max = TRIES_USUAL;
	if (at_least > pin->info.tries_max)
		pin->info.tries_max = at_least;
}

/*
 * What became of a PIN that the card was asked for; tries: what it told of those left, negative: nothing. A last wrong
 * try blocks the PIN, whether the card says so with this answer or with the next.
 */
static card_err note_result(struct card *card, struct pin_entry *pin, card_err err, int tries)
{
	switch (err) {
	case CE_OK:
		pin->info.tries_left = tries >= 0 ? tries : pin->info.tries_max;
		card->verified = true;
		return CE_OK;
	case CE_PIN_WRONG:
		pin->info.tries_left = tries >= 0 ? tries : -1;
		pin_learn_max(pin, tries >= 0 ? tries + 1 : -1);
		return pin->info.tries_left == 0 ? CE_PIN_BLOCKED : CE_PIN_WRONG;
	case CE_PIN_BLOCKED:
		pin->info.tries_left = 0;
		return CE_PIN_BLOCKED;
	default:
		return err;
	}
}

static card_err verify_held(struct card *card, struct pin_entry *pin, struct span value)
{
	const int r = sc_pkcs15_verify_pin(card->p15, pin->object, value.len != 0 ? value.data : NULL, value.len);

	wipe_stack();
	return note_result(card, pin, r < 0 ? card_failed(card, "verify a PIN", r) : CE_OK, auth_of(pin)->tries_left);
}

static void tell_tries(const struct pin_entry *pin, card_err err, int *ret_tries_left)
{
	if (ret_tries_left != NULL && (err == CE_OK || err == CE_PIN_WRONG))
		*ret_tries_left = pin->info.tries_left;
}

card_err op_pin_verify(struct card *card, size_t pin, struct span value, int *ret_tries_left)
{
	WITH_CARD(card);
	SECRET_CALL(card, 0);
	struct pin_entry *entry;
	card_err err;

	if (pin >= card->pin_count)
		return CE_NOT_FOUND;
	entry = &card->pins[pin];
	err = entry->info.unblocks_only ? CE_NOT_SUPPORTED : value_check(card, entry, value);
	if (err == CE_OK)
		err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = verify_held(card, entry, value);
	card_release(card);
	tell_tries(entry, err, ret_tries_left);
	return err;
}

/* --- new values --------------------------------------------------------------------------------------------------- */

static card_err change_held(struct card *card, struct pin_entry *pin, struct span old_value, struct span new_value)
{
	const int r = sc_pkcs15_change_pin(card->p15, pin->object, old_value.len != 0 ? old_value.data : NULL,
					   old_value.len, new_value.len != 0 ? new_value.data : NULL, new_value.len);

	wipe_stack();
	return note_result(card, pin, r < 0 ? card_failed(card, "change a PIN", r) : CE_OK, auth_of(pin)->tries_left);
}

card_err op_pin_change(struct card *card, size_t pin, struct span old_value, struct span new_value,
		       int *ret_tries_left)
{
	WITH_CARD(card);
	SECRET_CALL(card, 0);
	struct pin_entry *entry;
	card_err err;

	if (pin >= card->pin_count)
		return CE_NOT_FOUND;
	entry = &card->pins[pin];
	err = value_check(card, entry, old_value);
	if (err == CE_OK)
		err = new_value_check(card, entry, new_value);
	if (err == CE_OK)
		err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = change_held(card, entry, old_value, new_value);
	card_release(card);
	tell_tries(entry, err, ret_tries_left);
	return err;
}

/*
 * With a PUK: libopensc tells the tries it has left in the place of the PIN's. With a PIN of the security officer,
 * which has just been verified, the card wants nothing but the new value.
 */
static card_err unblock_by(struct card *card, struct pin_entry *pin, struct span puk, struct span new_value)
{
	struct sc_pkcs15_auth_info *auth = auth_of(pin);
	struct pin_entry *authority = &card->pins[pin->info.unblocked_by];
	const int tries = auth->tries_left;
	int told;
	int r;

	if (authority->info.unblocks_only)
		r = sc_pkcs15_unblock_pin(card->p15, pin->object, puk.len != 0 ? puk.data : NULL, puk.len,
					  new_value.len != 0 ? new_value.data : NULL, new_value.len);
	else
		r = sc_reset_retry_counter(card->sc, SC_AC_CHV, auth->attrs.pin.reference, NULL, 0, new_value.data,
					   new_value.len);
	wipe_stack();
	told = authority->info.unblocks_only ? auth->tries_left : authority->info.tries_left;
	auth->tries_left = r < 0 ? tries : pin->info.tries_max;
	return note_result(card, authority, r < 0 ? card_failed(card, "unblock a PIN", r) : CE_OK, told);
}

static card_err unblock_held(struct card *card, struct pin_entry *pin, struct span puk, struct span new_value)
{
	struct pin_entry *authority = &card->pins[pin->info.unblocked_by];
	card_err err = authority->info.unblocks_only ? CE_OK : verify_held(card, authority, puk);

	if (err == CE_OK)
		err = unblock_by(card, pin, puk, new_value);
	if (err == CE_OK)
		pin->info.tries_left = pin->info.tries_max;
	return err;
}

card_err op_pin_unblock(struct card *card, size_t pin, struct span authority, struct span new_value,
			int *ret_tries_left)
{
	WITH_CARD(card);
	SECRET_CALL(card, 0);
	struct pin_entry *by;
	card_err err;

	if (pin >= card->pin_count)
		return CE_NOT_FOUND;
	if (card->pins[pin].info.unblocked_by == CRD_NO_INDEX)
		return CE_NOT_SUPPORTED;
	by = &card->pins[card->pins[pin].info.unblocked_by];
	err = value_check(card, by, authority);
	if (err == CE_OK)
		err = new_value_check(card, &card->pins[pin], new_value);
	if (err == CE_OK && !by->info.unblocks_only && new_value.len == 0)
		err = CE_NOT_SUPPORTED; /* no reader's pad asks for a value that goes alone */
	if (err == CE_OK)
		err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = unblock_held(card, &card->pins[pin], authority, new_value);
	card_release(card);
	tell_tries(by, err, ret_tries_left);
	return err;
}

/* --- what the card knows ------------------------------------------------------------------------------------------ */

static card_err status_held(struct card *card, struct pin_entry *pin, bool *ret_verified)
{
	struct sc_pkcs15_auth_info *auth = auth_of(pin);
	const int r = sc_pkcs15_get_pin_info(card->p15, pin->object);

	if (r < 0)
		return card_failed(card, "ask for the state of a PIN", r);
	pin->info.tries_left = auth->tries_left >= 0 ? auth->tries_left : pin->info.tries_left;
	pin_learn_max(pin, pin->info.tries_left);
	if (auth->logged_in == SC_PIN_STATE_UNKNOWN)
		return CE_NOT_SUPPORTED;
	*ret_verified = auth->logged_in == SC_PIN_STATE_LOGGED_IN;
	return CE_OK;
}

card_err op_pin_status(struct card *card, size_t pin, bool *ret_verified)
{
	WITH_CARD(card);
	card_err err;

	if (pin >= card->pin_count)
		return CE_NOT_FOUND;
	if (card->pins[pin].info.unblocks_only)
		return CE_NOT_SUPPORTED;
	err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = status_held(card, &card->pins[pin], ret_verified);
	card_release(card);
	return err;
}

/* --- forgetting --------------------------------------------------------------------------------------------------- */

/* SP 800-73-4 part 2, 3.2.1: P1 FF makes the card forget the PIN. Older cards do not know it, and say so. */
static card_err piv_logout(struct card *card)
{
	struct sc_apdu apdu;
	int r;

	sc_format_apdu(card->sc, &apdu, SC_APDU_CASE_1, ISO_VERIFY, P1_FORGET, PIV_APPLICATION_PIN);
	r = sc_transmit_apdu(card->sc, &apdu);
	if (r < 0)
		return card_failed(card, "log out", r);
	return sc_check_sw(card->sc, apdu.sw1, apdu.sw2) < 0 ? CE_NOT_SUPPORTED : CE_OK;
}

card_err card_logout(struct card *card)
{
	const int r = sc_logout(card->sc);
	card_err err = r < 0 ? card_failed(card, "log out", r) : CE_OK;

	/* OpenSC 0.23's driver for PIV has no logout */
	if (err == CE_NOT_SUPPORTED && strcmp(card->sc->driver->short_name, PIV_DRIVER) == 0)
		err = piv_logout(card);
	if (err == CE_OK)
		card->verified = false;
	return err;
}

card_err op_logout(struct card *card)
{
	WITH_CARD(card);
	card_err err = card_hold(card);

	if (err != CE_OK)
		return err;
	err = card_logout(card);
	card_release(card);
	return err;
}

/* Not while another program is in the middle of something: the card service waits for its end here. */
card_err op_reset(struct card *card)
{
	WITH_CARD(card);
	card_err err = card_hold(card);
	int r;

	if (err != CE_OK)
		return err;
	r = sc_reset(card->sc, 0);
	err = r < 0 ? card_failed(card, "reset the card", r) : CE_OK;
	if (err == CE_OK)
		card->verified = false;
	card_release(card);
	return err;
}
