/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The software card: a card file as a thing that is powered, reset, and sent commands. This is what the two
 * ways in, the PC/SC provider and vpcd's client, have in common.
 */
#ifndef MDP_CARD_SOFTCARD_SOFTCARD_H
#define MDP_CARD_SOFTCARD_SOFTCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "card/softcard/apdu.h"
#include "card/softcard/state.h"
#include "card/softcard/store.h"

/*
 * T=1; command chaining and extended length in the card capabilities; then a name, which is the card's whichever
 * application it has. No driver of OpenSC claims it, so that the card is recognised by its application.
 */
extern const struct span softcard_atr;

struct softcard; /* one powered card; not for two threads at once */

/*
 * Open a card file and power the card up. What the card remembers only while it has power (the selected
 * application, a verified PIN) is this one's alone. ossl_acquire() comes before. *ret_card is owned by the
 * caller, NULL on failure. Errors: those of store_open().
 */
enum store_result softcard_open(const char *path, struct softcard **ret_card) MUST_USE;

/* Power down, wipe and free; for AUTO(). *card may be NULL. */
void softcard_close(struct softcard **card);

/* What a reset or a loss of power does: everything but the file is forgotten. */
void softcard_reset(struct softcard *card);

/* Whether the file is there and is still the card that was opened. Nothing is counted. */
bool softcard_is_present(struct softcard *card) MUST_USE;

/*
 * Keep all others away from the card until softcard_end(); wait for them first. Nests. Errors: those of
 * store_lock(); STORE_ABSENT also if the file is another card by now.
 */
enum store_result softcard_begin(struct softcard *card) MUST_USE;
void softcard_end(struct softcard *card);

/*
 * Send one command; the answer goes to `answer`, which has room for APDU_ANSWER_MAX bytes, and its length to
 * *ret_len. The command and the answer are counted. Errors: those of softcard_begin(); no answer then.
 */
enum store_result softcard_transmit(struct softcard *card, struct span command, uint8_t *answer,
				    size_t *ret_len) MUST_USE;

#endif
