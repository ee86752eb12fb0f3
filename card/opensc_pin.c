/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "card/opensc_internal.h"

/*
 * Drivers whose PIN is digits by the card's own standard (PIV: SP 800-73-4 part 2, 2.4.3). What a PKCS #15
 * directory says of a PIN's characters does not decide: cards that call theirs "ascii-numeric" take letters.
 */
static const char *const digit_drivers[] = {
	"PIV-II",
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

/* Whether the reader, or the card's driver by other means, can take the PIN without us. */
static bool has_pad(const struct card *card)
{
	return (card->slot->reader->capabilities & SC_READER_CAP_PIN_PAD) != 0 ||
	       (card->sc->caps & SC_CARD_CAP_PROTECTED_AUTHENTICATION_PATH) != 0;
}

/* What must not cost a try. */
static card_err value_check(const struct card *card, const struct pin_entry *pin, struct span value)
{
	if (value.len == 0)
		return has_pad(card) ? CE_OK : CE_PIN_LENGTH;
	if (value.len < pin->info.min_len || value.len > pin->info.max_len)
		return CE_PIN_LENGTH;
	return digits_only(card, pin) && !all_digits(value) ? CE_PIN_LENGTH : CE_OK;
}

/* A last wrong try blocks the PIN, whether the card says so with this answer or with the next. */
static card_err verify_held(struct card *card, struct pin_entry *pin, struct span value)
{
	const struct sc_pkcs15_auth_info *auth = pin->object->data;
	card_err err;
	int r;

	r = sc_pkcs15_verify_pin(card->p15, pin->object, value.len != 0 ? value.data : NULL, value.len);
	wipe_stack();
	err = r < 0 ? card_failed(card, "verify a PIN", r) : CE_OK;
	switch (err) {
	case CE_OK:
		pin->info.tries_left = auth->tries_left >= 0 ? auth->tries_left : pin->info.tries_max;
		card->verified = true;
		return CE_OK;
	case CE_PIN_WRONG:
		pin->info.tries_left = auth->tries_left >= 0 ? auth->tries_left : -1;
		return pin->info.tries_left == 0 ? CE_PIN_BLOCKED : CE_PIN_WRONG;
	case CE_PIN_BLOCKED:
		pin->info.tries_left = 0;
		return CE_PIN_BLOCKED;
	default:
		return err;
	}
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
	err = value_check(card, entry, value);
	if (err == CE_OK)
		err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = verify_held(card, entry, value);
	card_release(card);
	if (ret_tries_left != NULL && (err == CE_OK || err == CE_PIN_WRONG))
		*ret_tries_left = entry->info.tries_left;
	return err;
}

card_err op_logout(struct card *card)
{
	WITH_CARD(card);
	card_err err = card_hold(card);
	int r;

	if (err != CE_OK)
		return err;
	r = sc_logout(card->sc);
	err = r < 0 ? card_failed(card, "log out", r) : CE_OK;
	if (err == CE_OK)
		card->verified = false;
	card_release(card);
	return err;
}
