/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libopensc leaves of a secret behind, and how we take it away.
 *
 * Its PC/SC reader writes each command and each answer as text into memory from malloc(), for a log that is
 * usually off, and frees that memory as it is (reader-pcsc.c, log.c of OpenSC 0.23 to 0.26): the PIN and Z stay
 * readable on the heap. So each reader gets our transmit function in front of its own. While a secret is under
 * way it asks malloc() for pieces of the size just freed, right after they were, and overwrites them.
 */
#include "config.h"

#include <libopensc/log.h>
#include <stdlib.h>

#include "card/opensc_internal.h"

/* The size libopensc asks for, for the text of len bytes. */
#define TEXT_SIZE(len) ((len) * 5 + 128)

/* malloc() gives the piece freed last first; the others are for a full cache and for pieces that were joined. */
#define PIECES 12u

static void freed_text_wipe(size_t len)
{
	void *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = malloc(TEXT_SIZE(len));
		if (pieces[i] != NULL)
			wipe(pieces[i], TEXT_SIZE(len));
	}
	for (size_t i = PIECES; i > 0; i--)
		free(pieces[i - 1]);
}

/* The slot that a reader's table of operations is part of. */
static struct reader_slot *slot_of(const sc_reader_t *reader)
{
	return (struct reader_slot *)((uintptr_t)reader->ops - offsetof(struct reader_slot, ops));
}

/* How many bytes stand around a command's data, by its ISO 7816-4 case: header, Lc and Le as libopensc codes them. */
static size_t bytes_around(const sc_apdu_t *apdu, unsigned protocol)
{
	static const uint8_t in_short[] = { 0, 4, 5, 5, 6 };
	static const uint8_t in_extended[] = { 0, 4, 7, 7, 9 };
	static const uint8_t in_t0[] = { 0, 5, 5, 5, 5 };
	const size_t which = (size_t)apdu->cse & SC_APDU_SHORT_MASK;

	if (which >= sizeof(in_short))
		return 0;
	if (protocol == SC_PROTO_T0)
		return in_t0[which];
	return (apdu->cse & SC_APDU_EXT) != 0 ? in_extended[which] : in_short[which];
}

/* An answer ends with two status bytes, which resplen does not count. */
static int transmit(sc_reader_t *reader, sc_apdu_t *apdu)
{
	const struct reader_slot *slot = slot_of(reader);
	const size_t sent = bytes_around(apdu, reader->active_protocol) + apdu->lc;
	const int r = slot->own_ops->transmit(reader, apdu);

	if (slot->secret) {
		freed_text_wipe(apdu->resplen + 2);
		freed_text_wipe(sent);
	}
	return r;
}

void transmit_install(struct reader_slot *slot)
{
	slot->own_ops = slot->reader->ops;
	slot->ops = *slot->own_ops;
	slot->ops.transmit = transmit;
	slot->reader->ops = &slot->ops;
}

/* libopensc keeps a PIN out of its log in the same way, unless it was told to log even that. */
struct card *secret_call_begin(struct card *card)
{
	struct card_system *system = card->system;
	LOCKED(&system->lock);

	card->slot->secret = true;
	if (system->secret_calls++ == 0 && system->ctx->debug < SC_LOG_DEBUG_PIN) {
		system->debug = system->ctx->debug;
		system->ctx->debug = 0;
	}
	return card;
}

void secret_call_end(struct card **card)
{
	struct card_system *system = (*card)->system;
	LOCKED(&system->lock);

	(*card)->slot->secret = false;
	if (--system->secret_calls == 0 && system->ctx->debug < SC_LOG_DEBUG_PIN)
		system->ctx->debug = system->debug;
}
