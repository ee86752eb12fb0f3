/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A card's files: CARD, the state, replaced as a whole; CARD.lock, held (flock) by whoever talks to the card;
 * CARD.count, how many commands and bytes it received. What store_commit() has said yes to survives kill -9 and
 * a loss of power; readers see the state before or after it, never a mixture.
 */
#ifndef MDP_CARD_SOFTCARD_STORE_H
#define MDP_CARD_SOFTCARD_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "card/softcard/state.h"

enum store_result {
	STORE_OK,
	STORE_ABSENT,    /* there is no such file */
	STORE_CORRUPT,   /* there is one, and it is not a card of a version this program knows */
	STORE_EXISTS,    /* there is one already */
	STORE_IO,        /* the system refuses; errno says why */
	STORE_NO_MEMORY,
};

/* A sentence without a full stop for a result. */
const char *store_result_text(enum store_result result) MUST_USE;

struct store; /* one user's view of a card's files; not for two threads at once */

struct store_count {
	uint64_t commands;
	uint64_t bytes; /* of commands and of answers */
};

/* Open a card's files. *ret_store is owned by the caller, NULL on failure. Errors: all but STORE_EXISTS. */
enum store_result store_open(const char *path, struct store **ret_store) MUST_USE;

/*
 * Make a card's files, which belong to the caller until store_close(); a card that is there already is
 * replaced only if `replace` says so. Errors: STORE_EXISTS, STORE_IO, STORE_NO_MEMORY.
 */
enum store_result store_create(const char *path, struct state **state, bool replace) MUST_USE;

/*
 * Which card is there now, without waiting for whoever holds it: its GUID. Errors: STORE_ABSENT, STORE_CORRUPT,
 * STORE_IO, STORE_NO_MEMORY.
 */
enum store_result store_identify(struct store *store, uint8_t ret_guid[STATE_GUID_LEN]) MUST_USE;

/* What was seen at a path; all zero before the first look. */
struct store_view {
	struct stat seen;
	enum store_result result;
	uint8_t guid[STATE_GUID_LEN]; /* if the result is STORE_OK */
};

/* The same for a path that need not be open; the file is read only if it changed since the last look. */
enum store_result store_look(const char *path, struct store_view *view);

/* Unlock, wipe and free; for AUTO(). *store may be NULL. */
void store_close(struct store **store);

/*
 * Hold the card against all others, in this process and in others; wait for it. Then the state is what the file
 * says. Nests: as many store_unlock() as store_lock(). Errors: STORE_ABSENT, STORE_CORRUPT, STORE_IO,
 * STORE_NO_MEMORY; the lock is not held then.
 */
enum store_result store_lock(struct store *store) MUST_USE;
void store_unlock(struct store *store);
bool store_is_locked(const struct store *store) MUST_USE;

/* The state, for the holder of the lock to read and to change; borrowed until store_unlock(). */
struct state *store_state(struct store *store) MUST_USE;

/*
 * Make the state as it is now the file's, for good. The lock is held. On failure the state is read again from
 * the file at the next command. Errors: STORE_IO, STORE_NO_MEMORY.
 */
enum store_result store_commit(struct store *store) MUST_USE;

/* Read the state from the file again at the next command: it was changed and shall not be kept. */
void store_revert(struct store *store);

/* Count; read the count; begin anew. The lock is held. A count that cannot be written is not counted. */
void store_count_add(struct store *store, size_t bytes);
struct store_count store_count_get(struct store *store) MUST_USE;
bool store_count_reset(struct store *store) MUST_USE;

#endif
