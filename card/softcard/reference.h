/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference data with a counter of tries, as both applications have it; and what store_commit() says, as status word. */
#ifndef MDP_CARD_SOFTCARD_REFERENCE_H
#define MDP_CARD_SOFTCARD_REFERENCE_H

#include "base/compiler.h"
#include "base/span.h"
#include "card/softcard/apdu.h"
#include "card/softcard/store.h"

/*
 * Compare, at the price of a try; a right value brings all tries back, which is for the caller to commit. The try
 * is gone from the file before the comparison begins: whoever ends the process in between has still lost it.
 * Returns SW_OK, SW_BLOCKED, SW_TRIES_LEFT | tries, SW_MEMORY_FAILURE.
 */
unsigned reference_try(struct store *store, struct state_pin *pin, struct span value) MUST_USE;

/* The status word for a question how many tries are left: SW_BLOCKED or SW_TRIES_LEFT | tries. */
unsigned reference_status(const struct state_pin *pin) MUST_USE;

/* store_commit(): SW_OK or SW_MEMORY_FAILURE. */
unsigned reference_commit(struct store *store) MUST_USE;

#endif
