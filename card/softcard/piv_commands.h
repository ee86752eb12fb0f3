/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the PIV card application, for its table; and what their files lend each other. */
#ifndef MDP_CARD_SOFTCARD_PIV_COMMANDS_H
#define MDP_CARD_SOFTCARD_PIV_COMMANDS_H

#include "card/softcard/piv.h"

/* Each runs one command, adds its answer's data to `answer`, and returns the status word (part 2, section 3). */
typedef unsigned (*piv_command_fn)(struct piv *piv, const struct apdu *apdu, struct secret *answer);

unsigned piv_select(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_get_data(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_put_data(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_verify(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_change_reference_data(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_reset_retry_counter(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_general_authenticate(struct piv *piv, const struct apdu *apdu, struct secret *answer);
unsigned piv_generate_key(struct piv *piv, const struct apdu *apdu, struct secret *answer);

/* The objects of a dynamic authentication template 7C (part 2, table 7). */
struct piv_template {
	bool has[6]; /* by the tag's distance from 80: witness, challenge, response, -, -, exponentiation */
	struct span value[6];
};

#define PIV_WITNESS 0u
#define PIV_CHALLENGE 1u
#define PIV_RESPONSE 2u
#define PIV_EXPONENTIATION 5u
#define PIV_TEMPLATE 0x7Cu
#define PIV_TEMPLATE_TAG(part) (0x80u + (part))

/* GENERAL AUTHENTICATE with the card management key. */
unsigned piv_admin_authenticate(struct piv *piv, uint8_t algorithm, const struct piv_template *template,
				struct secret *answer);

/* Append 7C { 80 + part: value }. */
unsigned piv_put_template(struct secret *answer, unsigned part, struct span value);

/* The card management key's holder is no longer known, and what was asked is forgotten. */
void piv_admin_forget(struct piv *piv);

/* Whether a PIN is 6 to 8 digits, padded with FF to STATE_PIN_LEN bytes (part 2, 2.4.3). */
bool piv_pin_is_formed(struct span pin);

#endif
