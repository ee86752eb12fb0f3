/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "card/softcard/personalise_applet.h"
#include "card/softcard/piv_commands.h"
#include "card/softcard/piv_objects.h"

#define PIN_SHORTEST 6u
#define PADDING 0xFF

static const uint8_t well_known_key[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
};
const struct span personalise_admin_key = { well_known_key, sizeof(well_known_key) };

static bool pad(struct span text, struct secret *ret_padded)
{
	if (!secret_alloc(ret_padded, STATE_PIN_LEN))
		return false;
	memset(ret_padded->data, PADDING, STATE_PIN_LEN);
	if (text.len != 0)
		memcpy(ret_padded->data, text.data, text.len);
	return true;
}

static struct secret *object_of(struct state *state, uint32_t tag)
{
	return &state->objects[state_object_index(STATE_PIV, tag)];
}

/*
 * OpenSC looks for as many retired certificates, from the first on, as the history says: it counts the places up
 * to the last that is taken.
 */
static bool renew_history(struct state *state)
{
	AUTO_SECRET history = SECRET_INIT;
	unsigned count = 0;

	for (unsigned i = PIV_KEY_RETIRED_FIRST; i <= PIV_KEY_RETIRED_LAST; i++)
		if (state->keys[state_key_index(STATE_PIV, (uint8_t)i)].data != NULL)
			count = i - PIV_KEY_RETIRED_FIRST + 1;
	if (!piv_build_history(count, &history))
		return false;
	secret_move(object_of(state, PIV_TAG_HISTORY), &history);
	return true;
}

static enum personalise_result set_pin(struct secret *value, struct span pin)
{
	AUTO_SECRET padded = SECRET_INIT;

	if (pin.len > STATE_PIN_LEN)
		return PERSONALISE_BAD_PIN;
	if (!pad(pin, &padded))
		return PERSONALISE_FAILED;
	if (!piv_pin_is_formed(secret_span(&padded)))
		return PERSONALISE_BAD_PIN;
	secret_move(value, &padded);
	return PERSONALISE_OK;
}

static enum personalise_result set_puk(struct secret *value, struct span puk)
{
	AUTO_SECRET padded = SECRET_INIT;

	if (puk.len < PIN_SHORTEST || puk.len > STATE_PIN_LEN)
		return PERSONALISE_BAD_PUK;
	if (!pad(puk, &padded))
		return PERSONALISE_FAILED;
	secret_move(value, &padded);
	return PERSONALISE_OK;
}

static enum personalise_result fill(struct state *state, const struct personalise_card *card)
{
	if (card->admin_key.len == 0 || state_admin_key_len(card->admin_algorithm) != card->admin_key.len)
		return PERSONALISE_BAD_ADMIN_KEY;
	state->admin_algorithm = card->admin_algorithm;
	return secret_set(&state->admin_key, card->admin_key) &&
			       piv_build_chuid(state->guid, object_of(state, PIV_TAG_CHUID)) &&
			       piv_build_ccc(state->guid, object_of(state, PIV_TAG_CCC)) &&
			       piv_build_discovery(object_of(state, PIV_TAG_DISCOVERY)) && renew_history(state)
		       ? PERSONALISE_OK
		       : PERSONALISE_FAILED;
}

static bool may_hold(uint8_t reference UNUSED, const struct key_kind *kind)
{
	return kind->id != 0;
}

static enum certificate_use use_of(uint8_t reference)
{
	if (reference == PIV_KEY_SIGNATURE)
		return CERTIFICATE_SIGNATURE;
	if (reference == PIV_KEY_AUTHENTICATION || reference == PIV_KEY_CARD_AUTHENTICATION)
		return CERTIFICATE_AUTHENTICATION;
	return CERTIFICATE_MANAGEMENT;
}

static const char *slot_name(uint8_t reference UNUSED)
{
	return NULL;
}

static enum personalise_result keep(struct state *state, const struct personalise_key *key, struct span certificate)
{
	AUTO_SECRET object = SECRET_INIT;

	if (!piv_build_certificate(certificate, &object))
		return PERSONALISE_FAILED;
	secret_move(object_of(state, piv_certificate_tag(key->reference)), &object);
	return renew_history(state) ? PERSONALISE_OK : PERSONALISE_FAILED;
}

static bool certificate_of(const struct state *state, uint8_t reference, struct span *ret_der)
{
	const struct secret *object = &state->objects[state_object_index(STATE_PIV, piv_certificate_tag(reference))];

	return object->data != NULL && piv_read_certificate(secret_span(object), ret_der);
}

const struct personalise_applet personalise_piv = {
	.certificate_max = STATE_OBJECT_MAX - 64u, /* so that its object fits */
	.set_pin = set_pin,
	.set_puk = set_puk,
	.fill = fill,
	.may_hold = may_hold,
	.use = use_of,
	.slot_name = slot_name,
	.keep = keep,
	.certificate = certificate_of,
};
