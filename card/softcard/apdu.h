/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Command APDUs: reading one, short or extended, and the engine that puts command chains together and hands
 * long answers out in pieces (ISO/IEC 7816-4, 5.1 and 5.3; SP 800-73-4 part 2, 2.2). What the commands mean is
 * the business of the application behind it.
 */
#ifndef MDP_CARD_SOFTCARD_APDU_H
#define MDP_CARD_SOFTCARD_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

/* Status words (ISO/IEC 7816-4, 5.1.3; SP 800-73-4 part 2, table 5). */
enum sw {
	SW_OK = 0x9000,
	SW_MORE = 0x6100,                /* | how many bytes, 0 for 256 or more */
	SW_TRIES_LEFT = 0x63C0,          /* | how many tries */
	SW_MEMORY_FAILURE = 0x6581,
	SW_WRONG_LENGTH = 0x6700,
	SW_NO_LOGICAL_CHANNEL = 0x6881,
	SW_NO_SECURE_MESSAGING = 0x6882,
	SW_NO_CHAINING = 0x6884,
	SW_SECURITY_STATUS = 0x6982,
	SW_BLOCKED = 0x6983,
	SW_CONDITIONS = 0x6985,
	SW_WRONG_DATA = 0x6A80,
	SW_NOT_SUPPORTED = 0x6A81,
	SW_NOT_FOUND = 0x6A82,
	SW_NO_MEMORY = 0x6A84,
	SW_WRONG_P1_P2 = 0x6A86,
	SW_NO_REFERENCE = 0x6A88,
	SW_WRONG_INS = 0x6D00,
	SW_WRONG_CLA = 0x6E00,
	SW_INTERNAL = 0x6F00,
};

#define APDU_COMMAND_MAX (4u + 3u + 0xFFFFu + 2u) /* bytes of the longest command */
#define APDU_ANSWER_MAX (0x10000u + 2u)           /* bytes of the longest answer, status word included */
#define APDU_CHAIN_MAX 0x10000u                   /* bytes of data that a chain of commands may bring */

struct apdu {
	uint8_t cla;
	uint8_t ins;
	uint8_t p1;
	uint8_t p2;
	struct span data; /* borrowed */
	size_t le;        /* how many bytes are expected at most; 0: none */
};

/* Read a command APDU. Returns false if its length agrees with no case of ISO/IEC 7816-3, 12.1.3. */
bool apdu_parse(struct span command, struct apdu *ret_apdu) MUST_USE;

/*
 * The application: may_chain() says SW_OK if commands with this INS may come in a chain, or the status word that
 * refuses them; run() runs one whole command, adds its answer's data to `answer` and returns the status word.
 */
struct apdu_application {
	void *self;
	unsigned (*may_chain)(void *self, uint8_t ins);
	unsigned (*run)(void *self, const struct apdu *apdu, struct secret *answer);
};

/* What survives from one command to the next. All zero is the state after power-up. */
struct apdu_engine {
	struct secret chain; /* data of the commands of a chain so far */
	bool chaining;
	uint8_t ins; /* header that every command of the chain must repeat */
	uint8_t p1;
	uint8_t p2;
	struct secret pending; /* an answer of which a part was handed out */
	size_t pending_at;
};

/* Forget the chain and the pending answer, wiped. */
void apdu_engine_reset(struct apdu_engine *engine);

/*
 * Take one command, write the answer (data, then the two bytes of the status word) to `answer`, which has
 * room for at least APDU_ANSWER_MAX bytes. Returns the answer's length in bytes, at least 2.
 */
size_t apdu_engine_transmit(struct apdu_engine *engine, const struct apdu_application *application,
			    struct span command, uint8_t *answer) MUST_USE;

#endif
