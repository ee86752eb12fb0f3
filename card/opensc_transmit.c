/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libopensc leaves of a secret behind, and how we take it away.
 *
 * Its PC/SC reader writes each command and each answer as text into memory from malloc(), for a log that is
 * usually off, and frees that memory as it is (reader-pcsc.c, log.c of OpenSC 0.23 to 0.26): the PIN and Z stay
 * readable on the heap. So each reader gets our transmit function in front of its own. While a secret is under
 * way, that function fills malloc()'s cache of pieces of the sizes that will be asked for, lets libopensc take
 * its pieces from there and give them back, and then takes them all and overwrites them.
 *
 * The GNU C library keeps such a cache for each thread, of at most 7 pieces of a size, for sizes up to 1032
 * bytes: texts of up to 180 bytes, thus PINs and Z of every curve. Longer ones (the block of an RSA decryption)
 * are found again nearly always, not surely.
 */
#include "config.h"

#include <libopensc/log.h>
#include <stdlib.h>

#include "card/opensc_internal.h"

/* The size libopensc asks for, for the text of len bytes. */
#define TEXT_SIZE(len) ((len) * 5 + 128)

/* As many as the cache holds: to take them and give them back fills it, whatever was in it. */
#define PIECES 7u

/* Pieces of the same size serve texts that differ by less than this. */
#define TEXT_STEP 3u

/* What may stand around a secret in an answer: tags, lengths and the two status bytes. */
#define ANSWER_LEAST 2u
#define ANSWER_MOST 16u

static void text_pieces_wipe(size_t len)
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

/* For a command of sent bytes and every answer that a secret of that length may come in. */
static void texts_wipe(size_t sent, size_t secret_len)
{
	for (size_t len = secret_len + ANSWER_LEAST; len <= secret_len + ANSWER_MOST; len += TEXT_STEP)
		text_pieces_wipe(len);
	text_pieces_wipe(sent);
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

/* The slot that a reader's table of operations is part of. */
static struct reader_slot *slot_of(const sc_reader_t *reader)
{
	return (struct reader_slot *)((uintptr_t)reader->ops - offsetof(struct reader_slot, ops));
}

/* An answer ends with two status bytes, which resplen does not count. */
static int transmit(sc_reader_t *reader, sc_apdu_t *apdu)
{
	const struct reader_slot *slot = slot_of(reader);
	const size_t sent = bytes_around(apdu, reader->active_protocol) + apdu->lc;
	int r;

	if (!slot->secret)
		return slot->own_ops->transmit(reader, apdu);
	texts_wipe(sent, slot->secret_len);
	r = slot->own_ops->transmit(reader, apdu);
	texts_wipe(sent, slot->secret_len);
	text_pieces_wipe(apdu->resplen + 2);
	return r;
}

void transmit_install(struct reader_slot *slot)
{
	slot->own_ops = slot->reader->ops;
	slot->ops = *slot->own_ops;
	slot->ops.transmit = transmit;
	slot->reader->ops = &slot->ops;
}

/* libopensc keeps a PIN out of its log in the same way, but not at its highest levels; here it is at every level. */
struct card *secret_call_begin(struct card *card, size_t answer_len)
{
	struct card_system *system = card->system;
	LOCKED(&system->lock);

	card->slot->secret = true;
	card->slot->secret_len = answer_len;
	if (system->secret_calls++ == 0) {
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
	if (--system->secret_calls == 0)
		system->ctx->debug = system->debug;
}
