/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an issuer does: make a card, put keys and certificates on it, set its PIN and PUK. ossl_acquire() comes
 * before.
 */
#ifndef MDP_CARD_SOFTCARD_PERSONALISE_H
#define MDP_CARD_SOFTCARD_PERSONALISE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "card/softcard/state.h"

enum personalise_result {
	PERSONALISE_OK,
	PERSONALISE_BAD_PIN,         /* not 6 to 8 digits; OpenPGP: not STATE_PW1_MIN to STATE_PASSWORD_MAX bytes */
	PERSONALISE_BAD_PUK,         /* not 6 to 8 bytes; OpenPGP: not STATE_PW3_MIN to STATE_PASSWORD_MAX bytes */
	PERSONALISE_BAD_TRIES,       /* not 1 to STATE_TRIES_MAX */
	PERSONALISE_BAD_ADMIN_KEY,   /* of a length that its algorithm has not */
	PERSONALISE_BAD_KEY,         /* of a kind the card has not, or not in that slot */
	PERSONALISE_BAD_CERTIFICATE, /* not one, not for this key, or too long */
	PERSONALISE_FAILED,          /* OpenSSL refuses, or want of memory */
};

/* A sentence without a full stop for a result. */
const char *personalise_result_text(enum personalise_result result) MUST_USE;

/* The card management key that a card has unless another is asked for; many a card is delivered with it. */
#define PERSONALISE_ADMIN_ALGORITHM 0x03u
extern const struct span personalise_admin_key;

struct personalise_card {
	enum state_applet applet;
	struct span pin; /* without padding; OpenPGP: PW1 */
	struct span puk; /* OpenPGP: PW3 */
	unsigned pin_tries;
	unsigned puk_tries;
	uint8_t admin_algorithm; /* PIV alone */
	struct span admin_key;   /* likewise */
};

/* Make a card without keys, with a new GUID. *ret_state is owned by the caller, unchanged on failure. */
enum personalise_result personalise_new(const struct personalise_card *card, struct state **ret_state) MUST_USE;

struct personalise_key {
	uint8_t reference;       /* one that state_key_index() knows */
	EVP_PKEY *pkey;          /* borrowed */
	struct span certificate; /* DER; empty: one is made, unless the key cannot sign it */
	const char *subject;     /* for the one that is made */
	const char *email;       /* likewise; may be NULL */
};

/* Put a key and its certificate on the card, and right what the card says of its keys. */
enum personalise_result personalise_put_key(struct state *state, const struct personalise_key *key) MUST_USE;

/* Set the PIN or the PUK anew, with all its tries. The state is unchanged on failure. */
enum personalise_result personalise_set_pin(struct state *state, struct span pin) MUST_USE;
enum personalise_result personalise_set_puk(struct state *state, struct span puk) MUST_USE;

/* A slot's name, as in softcard-tool's command line: "9d", "dec". */
#define PERSONALISE_SLOT_MAX 8u
void personalise_slot_name(enum state_applet applet, uint8_t reference, char ret_name[PERSONALISE_SLOT_MAX]);

/* The key reference that a slot's name means, in either case of letters. Returns false if there is no such slot. */
bool personalise_slot(enum state_applet applet, const char *name, uint8_t *ret_reference) MUST_USE;

/* The certificate of a key, DER; false if there is none. Borrowed from the state. */
bool personalise_certificate(const struct state *state, uint8_t reference, struct span *ret_der) MUST_USE;

#endif
