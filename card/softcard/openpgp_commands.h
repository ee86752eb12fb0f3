/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the OpenPGP application, for its table; and what their files lend each other. */
#ifndef MDP_CARD_SOFTCARD_OPENPGP_COMMANDS_H
#define MDP_CARD_SOFTCARD_OPENPGP_COMMANDS_H

#include "card/softcard/openpgp.h"

/* Each runs one command, adds its answer's data to `answer`, and returns the status word (section 7.2). */
typedef unsigned (*openpgp_command_fn)(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);

unsigned openpgp_select(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_select_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_get_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_get_next_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_get_challenge(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_put_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_verify(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_change_reference_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_reset_retry_counter(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_manage_environment(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_perform_operation(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_internal_authenticate(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);
unsigned openpgp_generate_key(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer);

/* PW1 counts as not verified. */
void openpgp_forget_pw1(struct openpgp *openpgp);

#endif
