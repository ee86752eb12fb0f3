/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/openpgp.h"

#include "card/softcard/openpgp_commands.h"
#include "card/softcard/openpgp_objects.h"
#include "card/softcard/tlv.h"

#define SELECT_BY_NAME 0x04u
#define TAG_FCI 0x6Fu
#define TAG_DF_NAME 0x84u

struct command {
	uint8_t ins;
	bool chains; /* may come in a chain (section 7.1) */
	openpgp_command_fn run;
};

static const struct command commands[] = {
	{ .ins = 0x20, .chains = false, .run = openpgp_verify },
	{ .ins = 0x22, .chains = false, .run = openpgp_manage_environment },
	{ .ins = 0x24, .chains = false, .run = openpgp_change_reference_data },
	{ .ins = 0x2A, .chains = true, .run = openpgp_perform_operation },
	{ .ins = 0x2C, .chains = false, .run = openpgp_reset_retry_counter },
	{ .ins = 0x47, .chains = false, .run = openpgp_generate_key },
	{ .ins = 0x84, .chains = false, .run = openpgp_get_challenge },
	{ .ins = 0x88, .chains = true, .run = openpgp_internal_authenticate },
	{ .ins = 0xA4, .chains = false, .run = openpgp_select },
	{ .ins = 0xA5, .chains = false, .run = openpgp_select_data },
	{ .ins = 0xCA, .chains = false, .run = openpgp_get_data },
	{ .ins = 0xCC, .chains = false, .run = openpgp_get_next_data },
	{ .ins = 0xDA, .chains = true, .run = openpgp_put_data },
};

static const struct command *command_of(uint8_t ins)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (commands[i].ins == ins)
			return &commands[i];
	return NULL;
}

unsigned openpgp_may_chain(void *self UNUSED, uint8_t ins)
{
	const struct command *command = command_of(ins);

	if (command == NULL)
		return SW_WRONG_INS;
	return command->chains ? SW_OK : SW_NO_CHAINING;
}

void openpgp_forget_pw1(struct openpgp *openpgp)
{
	openpgp->pw1_sign = false;
	openpgp->pw1_other = false;
}

void openpgp_reset(struct openpgp *openpgp)
{
	*openpgp = (struct openpgp){ .store = openpgp->store };
}

unsigned openpgp_run(void *self, const struct apdu *apdu, struct secret *answer)
{
	struct openpgp *openpgp = self;
	const struct command *command = command_of(apdu->ins);
	const struct state *state = store_state(openpgp->store);
	unsigned sw;

	if (command == NULL)
		return SW_WRONG_INS;
	/* Somebody else may have blocked a password since; then what it allowed here is over, too. */
	if (state->pin.tries == 0)
		openpgp_forget_pw1(openpgp);
	if (state->puk.tries == 0)
		openpgp->pw3 = false;
	sw = command->run(openpgp, apdu, answer);
	if (sw == SW_MEMORY_FAILURE || sw == SW_INTERNAL)
		store_revert(openpgp->store);
	return sw;
}

/* 7.2.1. The application is found by the first bytes of its name; selecting it, also again, forgets what was verified. */
unsigned openpgp_select(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer)
{
	AUTO_SECRET inner = SECRET_INIT;
	AUTO_SECRET aid = SECRET_INIT;

	if (apdu->p1 != SELECT_BY_NAME || (apdu->p2 != 0 && apdu->p2 != 0x0C))
		return SW_WRONG_P1_P2;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	if (!openpgp_build_aid(store_state(openpgp->store)->guid, &aid))
		return SW_MEMORY_FAILURE;
	if (apdu->data.len < OPENPGP_AID_SHORTEST || apdu->data.len > aid.len ||
	    !span_equal(apdu->data, span_of(aid.data, apdu->data.len)))
		return SW_NOT_FOUND;
	openpgp_reset(openpgp);
	if (apdu->p2 != 0)
		return SW_OK;
	return tlv_put(&inner, TAG_DF_NAME, secret_span(&aid)) && tlv_put(answer, TAG_FCI, secret_span(&inner))
		       ? SW_OK
		       : SW_MEMORY_FAILURE;
}
