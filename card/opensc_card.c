/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "card/opensc_internal.h"
#include "card/text.h"

struct card *card_call_begin(struct card *card)
{
	{
		LOCKED(&card->system->lock);
		card->slot->busy = true;
	}
	card->outer = ossl_enter();
	return card;
}

void card_call_end(struct card **card)
{
	struct card *used = *card;

	ossl_leave(used->outer);
	LOCKED(&used->system->lock);
	used->slot->busy = false;
	reader_note_locked(used->slot);
}

/* Whether another card may be in the reader than the one we know. Only inside the bracket: the slot is ours then. */
static bool card_moved(const struct card *card)
{
	const struct reader_slot *slot = card->slot;
	const sc_reader_t *reader = slot->reader;

	return slot->event != card->event || (reader->flags & SC_READER_CARD_CHANGED) != 0 ||
	       reader->atr.len != card->sc->atr.len ||
	       memcmp(reader->atr.value, card->sc->atr.value, reader->atr.len) != 0;
}

/* For those above a card that is not there was taken out: they had it connected. */
card_err card_failed(struct card *card, const char *what, int r)
{
	const card_err err = opensc_failed(what, r);

	if (err != CE_CARD_REMOVED && err != CE_NO_CARD && err != CE_NO_READER)
		return err;
	card->slot->reader->flags &= ~(unsigned long)SC_READER_CARD_PRESENT;
	return err == CE_NO_READER ? err : CE_CARD_REMOVED;
}

/*
 * The count of locks is looked at, not only what sc_lock() returns: see opensc_compat.h. In sc_lock() the driver
 * selects its application again if another program has selected a different one or reset the card.
 */
card_err card_hold(struct card *card)
{
	const int before = card->sc->lock_count;
	const int r = sc_lock(card->sc);
	const bool locked = card->sc->lock_count > before;
	card_err err = r < 0 ? card_failed(card, "lock the card", r) : CE_OK;

	if (err == CE_OK && !locked) {
		log_debug("card", "the driver could not select its application again");
		err = CE_CARD;
	}
	if (err == CE_OK && card_moved(card))
		err = CE_CARD_REMOVED;
	if (err != CE_OK && locked)
		(void)sc_unlock(card->sc);
	return err;
}

void card_release(struct card *card)
{
	int r;

	if (card->sc->lock_count < 1)
		return;
	r = sc_unlock(card->sc);
	if (r < 0)
		(void)card_failed(card, "unlock the card", r);
}

/* --- connect ------------------------------------------------------------------------------------------------------ */

/* Errors of card_ops.connect: what else libopensc may say there means that the card cannot be used. */
static card_err connect_error(card_err err)
{
	switch (err) {
	case CE_OK:
	case CE_NO_MEMORY:
	case CE_NO_READER:
	case CE_NO_CARD:
	case CE_UNKNOWN_CARD:
	case CE_SHARING:
	case CE_TRANSMIT:
	case CE_NOT_SUPPORTED:
		return err;
	case CE_CARD_REMOVED:
		return CE_NO_CARD;
	default:
		return CE_CARD;
	}
}

/* Take the reader for a card to be connected. */
static card_err slot_take(struct card_system *system, size_t reader, struct card *card)
{
	LOCKED(&system->lock);
	struct reader_slot *slot = reader_slot_locked(system, reader);

	if (slot == NULL)
		return CE_NO_READER;
	if (slot->connected)
		return CE_SHARING;
	reader_look_locked(slot);
	if (!slot->attached)
		return CE_NO_READER;
	if (!slot->present)
		return CE_NO_CARD;
	slot->connected = true;
	card->system = system;
	card->slot = slot;
	card->event = slot->event;
	return CE_OK;
}

static void slot_give_back(struct card *card)
{
	LOCKED(&card->system->lock);
	card->slot->connected = false;
}

/*
 * Disconnecting makes libopensc forget that a card is there; it would take the same card for another one at the
 * next look. What moved in the meantime it finds by pcscd's own count of events.
 */
static void presence_restore(struct reader_slot *slot)
{
	if (slot->present)
		slot->reader->flags |= SC_READER_CARD_PRESENT;
}

/* The structures must be laid out as our headers say, or what follows would read and write elsewhere. */
static card_err layout_check(const struct card *card)
{
	if (card->p15->magic == SC_PKCS15_CARD_MAGIC && card->p15->card == card->sc &&
	    card->sc->ctx == card->system->ctx && card->sc->reader == card->slot->reader)
		return CE_OK;
	log_error("card", "libopensc's structures are not laid out as its headers say: refused; build this module again");
	return CE_NOT_SUPPORTED;
}

static void info_fill(struct card *card)
{
	const sc_pkcs15_tokeninfo_t *token = card->p15->tokeninfo;
	struct card_info *info = &card->info;

	text_copy(info->label, sizeof(info->label), token->label, SIZE_MAX);
	text_copy(info->manufacturer, sizeof(info->manufacturer), token->manufacturer_id, SIZE_MAX);
	text_copy(info->model, sizeof(info->model), card->sc->name, SIZE_MAX);
	text_copy(info->serial, sizeof(info->serial), token->serial_number, SIZE_MAX);
	info->atr_len = card->sc->atr.len < sizeof(info->atr) ? card->sc->atr.len : sizeof(info->atr);
	memcpy(info->atr, card->sc->atr.value, info->atr_len);
	info->hardware = (struct card_version){ card->sc->version.hw_major, card->sc->version.hw_minor };
	info->firmware = (struct card_version){ card->sc->version.fw_major, card->sc->version.fw_minor };
	info->has_rng = (card->sc->caps & SC_CARD_CAP_RNG) != 0;
	info->pad = card_has_pad(card);
	info->pin_caching = card->p15->opts.use_pin_cache != 0;
}

/* ---- why a card cannot be used, in words for its user ---- */

static const char *reason_of(const struct card *card, int r)
{
	switch (r) {
	case SC_ERROR_READER_LOCKED:
		return "another program has the card for itself";
	case SC_ERROR_CARD_UNRESPONSIVE:
		return "the card does not answer: it is the wrong way round, dirty or broken";
	case SC_ERROR_CARD_NOT_PRESENT:
	case SC_ERROR_CARD_REMOVED:
		return "the card was taken out";
	case SC_ERROR_NO_READERS_FOUND:
	case SC_ERROR_READER_DETACHED:
		return "the reader was unplugged, or the card service stopped";
	case SC_ERROR_INVALID_CARD:
		return "no driver of OpenSC that opensc.conf allows knows this card";
	case SC_ERROR_OUT_OF_MEMORY:
		return "there is not enough memory";
	default:
		return card->sc == NULL ? "the card cannot be connected"
					: "its driver knows the card, but finds no application on it that it can read";
	}
}

static void tell_why(const struct card *card, int r)
{
	char atr[SC_MAX_ATR_SIZE * 3 + 1] = "";

	if (!log_shows(LOG_LEVEL_INFO))
		return;
	(void)sc_bin_to_hex(card->slot->reader->atr.value, card->slot->reader->atr.len, atr, sizeof(atr), ' ');
	log_info("slot", "the card in %s cannot be used: %s (libopensc: %s; driver: %s; ATR: %s)",
		 card->slot->reader->name, reason_of(card, r), sc_strerror(r),
		 card->sc != NULL && card->sc->driver != NULL ? card->sc->driver->short_name : "none", atr);
}

static void tell_of_activation(const struct card *card)
{
	for (size_t i = 0; i < card->pin_count; i++)
		if (!card->pins[i].info.initialized)
			log_info("slot", "the card in %s: \"%s\" is not set yet, its issuer's program must activate it",
				 card->slot->reader->name, card->pins[i].info.label);
}

/* Read what is on the card, in one transaction. */
static card_err card_read(struct card *card)
{
	card_err err = card_hold(card);
	int r;

	if (err != CE_OK)
		return err;
	r = sc_pkcs15_bind(card->sc, NULL, &card->p15);
	if (r < 0)
		tell_why(card, r);
	err = r < 0 ? card_failed(card, "read the card", r) : layout_check(card);
	if (err == CE_OK) {
		info_fill(card);
		/* No PIN stays in libopensc's memory: where one may be kept, the layer above keeps it, locked. */
		card->p15->opts.use_pin_cache = 0;
		err = objects_gather(card);
	}
	if (err == CE_OK)
		tell_of_activation(card);
	card_release(card);
	return err;
}

static card_err card_attach(struct card *card)
{
	WITH_CARD(card);
	const int r = sc_connect_card(card->slot->reader, &card->sc);

	if (r < 0) {
		tell_why(card, r);
		presence_restore(card->slot);
		return card_failed(card, "connect the card", r);
	}
	return card_read(card);
}

/* The card forgets a PIN it had from us, if it can: another program would find it open otherwise. */
static void card_forget_pins(struct card *card)
{
	if (!card->verified || card_hold(card) != CE_OK)
		return;
	if (card_logout(card) == CE_NOT_SUPPORTED)
		(void)sc_reset(card->sc, 0);
	card_release(card);
}

static void card_detach(struct card *card)
{
	WITH_CARD(card);

	for (; card->held > 0; card->held--)
		card_release(card);
	card_forget_pins(card);
	objects_free(card);
	if (card->p15 != NULL)
		(void)sc_pkcs15_unbind(card->p15);
	if (card->sc != NULL) {
		const bool present = (card->slot->reader->flags & SC_READER_CARD_PRESENT) != 0;

		(void)sc_disconnect_card(card->sc);
		if (present)
			presence_restore(card->slot);
	}
}

static void card_free(struct card **card)
{
	if (*card == NULL)
		return;
	if ((*card)->slot != NULL) {
		card_detach(*card);
		slot_give_back(*card);
	}
	free(*card);
}

card_err op_connect(struct card_system *system, size_t reader, struct card **ret_card)
{
	AUTO(card_free) struct card *card = calloc(1, sizeof(*card));
	card_err err;

	if (card == NULL)
		return CE_NO_MEMORY;
	{
		OPENSC_CALL();
		err = slot_take(system, reader, card);
	}
	if (err == CE_OK)
		err = connect_error(card_attach(card));
	if (err == CE_OK)
		*ret_card = STEAL(card);
	return err;
}

void op_disconnect(struct card *card)
{
	card_free(&card);
}

/* --- a card that is connected ----------------------------------------------------------------------------------- */

card_err op_check(struct card *card)
{
	OPENSC_CALL();
	LOCKED(&card->system->lock);

	reader_look_locked(card->slot);
	if (!card->slot->attached)
		return CE_NO_READER;
	return card->slot->present && card->slot->event == card->event ? CE_OK : CE_CARD_REMOVED;
}

card_err op_begin(struct card *card)
{
	WITH_CARD(card);
	const card_err err = card_hold(card);

	if (err == CE_OK)
		card->held++;
	return err;
}

void op_end(struct card *card)
{
	WITH_CARD(card);

	if (card->held == 0)
		return;
	card->held--;
	card_release(card);
}

const struct card_info *op_info(struct card *card)
{
	return &card->info;
}
