/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The OpenPGP application, version 3.4 ("Functional Specification of the OpenPGP application on ISO Smart Card
 * Operating Systems"): what a powered card knows until it loses power, and the table of commands. The rows of the
 * table are in openpgp_data.c, openpgp_put.c, openpgp_pin.c and openpgp_key.c.
 *
 * Not there, and not announced: key import by command (softcard-tool puts keys on a card), secure messaging,
 * termination and activation, AES, buttons.
 */
#ifndef MDP_CARD_SOFTCARD_OPENPGP_H
#define MDP_CARD_SOFTCARD_OPENPGP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "card/softcard/apdu.h"
#include "card/softcard/store.h"

/* References of passwords (4.3) and, by the tags of their control reference templates, of keys (7.2.14). */
#define OPENPGP_PW1_SIGN 0x81u
#define OPENPGP_PW1_OTHER 0x82u
#define OPENPGP_PW3 0x83u
#define OPENPGP_KEY_SIGNATURE 0xB6u
#define OPENPGP_KEY_DECIPHER 0xB8u
#define OPENPGP_KEY_AUTHENTICATION 0xA4u

/* All zero is the state after power-up. */
struct openpgp {
	struct store *store; /* borrowed; locked while a command runs */
	bool pw1_sign;       /* PW1 was verified for signatures */
	bool pw1_other;      /* PW1 was verified for everything else */
	bool pw3;
	bool swapped_decipher; /* DECIPHER uses the authentication key (7.2.18) */
	bool swapped_authenticate; /* INTERNAL AUTHENTICATE uses the decryption key */
	uint8_t certificate;   /* which of the certificates 7F21 means (7.2.5) */
};

/* Forget everything but the store: what loss of power or a reset does. */
void openpgp_reset(struct openpgp *openpgp);

/* The application behind the engine: struct apdu_application's functions; self is a struct openpgp. */
unsigned openpgp_may_chain(void *self, uint8_t ins);
unsigned openpgp_run(void *self, const struct apdu *apdu, struct secret *answer);

#endif
