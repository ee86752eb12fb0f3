/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/softcard.h"

#include <stdlib.h>
#include <string.h>

#include "base/quiet.h"
#include "card/softcard/openpgp.h"
#include "card/softcard/piv.h"

static const uint8_t atr[] = {
	0x3B, 0x8D, 0x81, 0x31, 0xFE, 0x45,            /* 13 historical bytes; T=1, IFSC 254, usual times */
	0x80, 0x73, 0x80, 0x01, 0xC0,                  /* selection by name; chaining, extended length */
	0x67, 'S', 'o', 'f', 't', 'P', 'I', 'V', 0x32, /* check byte: all but the first have exclusive or 0 */
};

const struct span softcard_atr = { atr, sizeof(atr) };

struct softcard {
	struct store *store;
	struct piv piv;         /* which of the two is used, the file says */
	struct openpgp openpgp;
	struct apdu_engine engine;
	uint8_t guid[STATE_GUID_LEN];
};

enum store_result softcard_open(const char *path, struct softcard **ret_card)
{
	AUTO(softcard_close) struct softcard *card = calloc(1, sizeof(*card));
	enum store_result result;

	*ret_card = NULL;
	if (card == NULL)
		return STORE_NO_MEMORY;
	result = store_open(path, &card->store);
	if (result != STORE_OK)
		return result;
	card->piv.store = card->store;
	card->openpgp.store = card->store;
	memcpy(card->guid, store_state(card->store)->guid, sizeof(card->guid));
	*ret_card = STEAL(card);
	return STORE_OK;
}

void softcard_close(struct softcard **card)
{
	if (*card == NULL)
		return;
	softcard_reset(*card);
	store_close(&(*card)->store);
	free(*card);
	*card = NULL;
}

void softcard_reset(struct softcard *card)
{
	apdu_engine_reset(&card->engine);
	piv_reset(&card->piv);
	openpgp_reset(&card->openpgp);
}

bool softcard_is_present(struct softcard *card)
{
	uint8_t guid[STATE_GUID_LEN];

	return store_identify(card->store, guid) == STORE_OK && memcmp(guid, card->guid, sizeof(guid)) == 0;
}

enum store_result softcard_begin(struct softcard *card)
{
	const enum store_result result = store_lock(card->store);

	if (result != STORE_OK)
		return result;
	if (memcmp(store_state(card->store)->guid, card->guid, sizeof(card->guid)) == 0)
		return STORE_OK;
	store_unlock(card->store);
	return STORE_ABSENT;
}

void softcard_end(struct softcard *card)
{
	store_unlock(card->store);
}

enum store_result softcard_transmit(struct softcard *card, struct span command, uint8_t *answer, size_t *ret_len)
{
	const struct apdu_application piv = { .self = &card->piv, .may_chain = piv_may_chain, .run = piv_run };
	const struct apdu_application openpgp = {
		.self = &card->openpgp,
		.may_chain = openpgp_may_chain,
		.run = openpgp_run,
	};
	const enum store_result result = softcard_begin(card);
	const struct apdu_application *application;

	OSSL_QUIET(); /* the card may be in somebody else's process */
	if (result != STORE_OK)
		return result;
	application = store_state(card->store)->applet == STATE_OPENPGP ? &openpgp : &piv;
	*ret_len = apdu_engine_transmit(&card->engine, application, command, answer);
	store_count_add(card->store, command.len + *ret_len);
	softcard_end(card);
	return STORE_OK;
}
