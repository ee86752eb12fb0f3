/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The readers of the PC/SC provider: which the configuration file names, and what is in them. A reader lives as
 * long as the library: the number of its events is the same for all contexts. All of this may be called by
 * several threads.
 */
#ifndef MDP_CARD_SOFTCARD_PCSC_READERS_H
#define MDP_CARD_SOFTCARD_PCSC_READERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "card/softcard/state.h"

#define READERS_MAX 16u

struct reader;

struct reader_list {
	struct reader *readers[READERS_MAX];
	size_t count;
};

/*
 * Read the configuration file that OPENSC_CONF names. No file, or none of our readers in it, is an empty list.
 * Returns false for want of memory.
 */
bool readers_configured(struct reader_list *ret_list) MUST_USE;

/* The reader of this name; NULL if the list has none. */
struct reader *readers_find(const struct reader_list *list, const char *name) MUST_USE;

const char *reader_name(const struct reader *reader);
const char *reader_card_path(const struct reader *reader);

/* A reader as it is now: PCSC_STATE_* without CHANGED, and the number of insertions and removals above 16 bits. */
unsigned long reader_state(struct reader *reader) MUST_USE;

/* Forget all readers; no list may be used after that. */
void readers_forget(void);

#endif
