/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PIV card application of NIST SP 800-73-4: what a powered card knows until it loses power, and the table of
 * commands. The rows of the table are in piv_data.c, piv_pin.c, piv_auth.c, piv_admin.c and piv_key.c.
 */
#ifndef MDP_CARD_SOFTCARD_PIV_H
#define MDP_CARD_SOFTCARD_PIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "card/softcard/apdu.h"
#include "card/softcard/store.h"

/* Key references (SP 800-73-4 part 1, table 4b). */
#define PIV_REFERENCE_PIN 0x80u
#define PIV_REFERENCE_PUK 0x81u
#define PIV_KEY_AUTHENTICATION 0x9Au
#define PIV_KEY_ADMIN 0x9Bu
#define PIV_KEY_SIGNATURE 0x9Cu
#define PIV_KEY_MANAGEMENT 0x9Du
#define PIV_KEY_CARD_AUTHENTICATION 0x9Eu
#define PIV_KEY_RETIRED_FIRST 0x82u
#define PIV_KEY_RETIRED_LAST 0x95u

/* Which application commands go to. */
enum piv_selected {
	PIV_SELECTED = 0, /* the default selected application (SP 800-73-4 part 1, 2.2) */
	PIV_OTHER_SELECTED,
};

/* What the card management key's holder was asked. */
enum piv_admin_step {
	PIV_ADMIN_IDLE = 0,
	PIV_ADMIN_CHALLENGE, /* to encrypt `nonce` */
	PIV_ADMIN_WITNESS,   /* to decrypt to `nonce` */
};

/* All zero is the state after power-up. */
struct piv {
	struct store *store; /* borrowed; locked while a command runs */
	enum piv_selected selected;
	bool pin_verified;
	bool pin_fresh; /* verified, and no private key was used since */
	bool admin;     /* the card management key was proven */
	enum piv_admin_step admin_step;
	struct secret nonce;
};

/* Forget everything but the store, wiped: what loss of power or a reset does. */
void piv_reset(struct piv *piv);

/* The application behind the engine: struct apdu_application's functions; self is a struct piv. */
unsigned piv_may_chain(void *self, uint8_t ins);
unsigned piv_run(void *self, const struct apdu *apdu, struct secret *answer);

#endif
