/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/piv.h"

#include "card/softcard/piv_commands.h"
#include "card/softcard/piv_objects.h"

#define INS_SELECT 0xA4u
#define SELECT_BY_NAME 0x04u
#define AID_SHORTEST 9u /* bytes: without the version */

struct command {
	uint8_t ins;
	bool chains;  /* may come in a chain (part 2, table 2) */
	bool general; /* of the card, not of the application: works whatever is selected */
	piv_command_fn run;
};

static const struct command commands[] = {
	{ .ins = 0x20, .chains = false, .run = piv_verify },
	{ .ins = 0x24, .chains = false, .run = piv_change_reference_data },
	{ .ins = 0x2C, .chains = false, .run = piv_reset_retry_counter },
	{ .ins = 0x47, .chains = true, .run = piv_generate_key },
	{ .ins = 0x87, .chains = true, .run = piv_general_authenticate },
	{ .ins = INS_SELECT, .chains = false, .general = true, .run = piv_select },
	{ .ins = 0xCB, .chains = false, .run = piv_get_data },
	{ .ins = 0xDB, .chains = true, .run = piv_put_data },
};

/* The other application on the card: an issuer security domain (GlobalPlatform 2.2, H.1.3), which does nothing. */
static const uint8_t other_aid[] = { 0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00 };

static const struct command *command_of(const struct piv *piv, uint8_t ins)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (commands[i].ins == ins && (commands[i].general || piv->selected == PIV_SELECTED))
			return &commands[i];
	return NULL;
}

unsigned piv_may_chain(void *self, uint8_t ins)
{
	const struct command *command = command_of(self, ins);

	if (command == NULL)
		return SW_WRONG_INS;
	return command->chains ? SW_OK : SW_NO_CHAINING;
}

static void forget_status(struct piv *piv)
{
	piv->pin_verified = false;
	piv->pin_fresh = false;
	piv_admin_forget(piv);
}

void piv_reset(struct piv *piv)
{
	forget_status(piv);
	piv->selected = PIV_SELECTED;
}

unsigned piv_run(void *self, const struct apdu *apdu, struct secret *answer)
{
	struct piv *piv = self;
	const struct command *command = command_of(piv, apdu->ins);
	unsigned sw;

	if (command == NULL)
		return SW_WRONG_INS;
	/* Somebody else may have blocked the PIN since; then what it allowed here is over, too. */
	if (store_state(piv->store)->pin.tries == 0) {
		piv->pin_verified = false;
		piv->pin_fresh = false;
	}
	sw = command->run(piv, apdu, answer);
	if (sw == SW_MEMORY_FAILURE || sw == SW_INTERNAL)
		store_revert(piv->store);
	return sw;
}

static bool begins(struct span whole, struct span part)
{
	return part.len <= whole.len && span_equal(span_of(whole.data, part.len), part);
}

/* SP 800-73-4 part 2, 3.1.1. */
unsigned piv_select(struct piv *piv, const struct apdu *apdu, struct secret *answer)
{
	if (apdu->p1 != SELECT_BY_NAME || apdu->p2 != 0)
		return SW_WRONG_P1_P2;
	if (apdu->data.len == 0)
		return SW_WRONG_LENGTH;
	if (apdu->data.len >= AID_SHORTEST && begins(piv_aid, apdu->data)) {
		/* "the setting of all security status indicators ... shall be unchanged" if it was selected already. */
		piv->selected = PIV_SELECTED;
		return piv_build_property_template(answer) ? SW_OK : SW_MEMORY_FAILURE;
	}
	if (span_equal(apdu->data, span_of(other_aid, sizeof(other_aid)))) {
		forget_status(piv);
		piv->selected = PIV_OTHER_SELECTED;
		return SW_OK;
	}
	/* An application that is not on the card: the present one stays, and so does its security status. */
	return SW_NOT_FOUND;
}
