/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What hSCardCtx and hScard of CARD_DATA are here: checked numbers for an opened card system and a connected card.
 * The host side enters them before CardAcquireContext and takes them out after CardDeleteContext; the driver side
 * looks them up. This, and nothing else, is shared by the two sides beside the table of CARD_DATA.
 */
#ifndef MDP_MINIDRIVER_CARD_REGISTRY_H
#define MDP_MINIDRIVER_CARD_REGISTRY_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/handle_table.h"
#include "card/card.h"

struct registered_card {
	const struct card_ops *ops;
	struct card *card;
};

/* Enter a system. Returns 0 for want of memory. */
handle_t card_registry_add_system(struct card_system *system) MUST_USE;

/* Enter a card that was connected through a system. Returns 0 if the system is not known, or for want of memory. */
handle_t card_registry_add_card(handle_t system, const struct card_ops *ops, struct card *card) MUST_USE;

/* The card behind a pair of numbers. False for any pair that does not belong together or is not alive. */
bool card_registry_find(handle_t system, handle_t card, struct registered_card *ret_card) MUST_USE;

/* Take a system or a card out; 0 and unknown numbers are ignored. */
void card_registry_remove(handle_t handle);

#endif
