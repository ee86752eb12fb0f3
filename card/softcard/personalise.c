/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/personalise.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <strings.h>

#include "base/ossl.h"
#include "card/softcard/certificate.h"
#include "card/softcard/personalise_applet.h"

static const struct personalise_applet *const applets[STATE_APPLET_COUNT] = {
	[STATE_PIV] = &personalise_piv,
	[STATE_OPENPGP] = &personalise_openpgp,
};

static const char *const result_texts[] = {
	[PERSONALISE_OK] = "all is well",
	[PERSONALISE_BAD_PIN] = "a PIN has 6 to 8 digits, on an OpenPGP card 6 to 64 bytes",
	[PERSONALISE_BAD_PUK] = "a PUK has 6 to 8 characters, the PW3 of an OpenPGP card 8 to 64 bytes",
	[PERSONALISE_BAD_TRIES] = "there are 1 to 15 tries",
	[PERSONALISE_BAD_ADMIN_KEY] = "the card management key has a length that its algorithm has not",
	[PERSONALISE_BAD_KEY] = "the key is of a kind that the card, or this slot, has not",
	[PERSONALISE_BAD_CERTIFICATE] = "the certificate cannot be made, is not this key's, or is too long",
	[PERSONALISE_FAILED] = "OpenSSL refuses, or there is no memory",
};

const char *personalise_result_text(enum personalise_result result)
{
	return (size_t)result < ARRAY_COUNT(result_texts) ? result_texts[result] : "?";
}

static bool random_bytes(uint8_t *bytes, size_t len)
{
	return RAND_bytes_ex(ossl_context(), bytes, len, 0) == 1;
}

/* RFC 9562, 5.4: a random identifier. */
static bool draw_guid(uint8_t guid[STATE_GUID_LEN])
{
	if (!random_bytes(guid, STATE_GUID_LEN))
		return false;
	guid[6] = (uint8_t)((guid[6] & 0x0Fu) | 0x40u);
	guid[8] = (uint8_t)((guid[8] & 0x3Fu) | 0x80u);
	return true;
}

enum personalise_result personalise_set_pin(struct state *state, struct span pin)
{
	const enum personalise_result result = applets[state->applet]->set_pin(&state->pin.value, pin);

	if (result == PERSONALISE_OK)
		state->pin.tries = state->pin.limit;
	return result;
}

enum personalise_result personalise_set_puk(struct state *state, struct span puk)
{
	const enum personalise_result result = applets[state->applet]->set_puk(&state->puk.value, puk);

	if (result == PERSONALISE_OK)
		state->puk.tries = state->puk.limit;
	return result;
}

static bool is_limit(unsigned tries)
{
	return tries >= 1 && tries <= STATE_TRIES_MAX;
}

enum personalise_result personalise_new(const struct personalise_card *card, struct state **ret_state)
{
	AUTO(state_free) struct state *state = state_new();
	enum personalise_result result;

	if (state == NULL)
		return PERSONALISE_FAILED;
	if (!is_limit(card->pin_tries) || !is_limit(card->puk_tries))
		return PERSONALISE_BAD_TRIES;
	state->applet = card->applet;
	state->pin.limit = card->pin_tries;
	state->puk.limit = card->puk_tries;
	result = personalise_set_pin(state, card->pin);
	if (result == PERSONALISE_OK)
		result = personalise_set_puk(state, card->puk);
	if (result == PERSONALISE_OK && !draw_guid(state->guid))
		result = PERSONALISE_FAILED;
	if (result == PERSONALISE_OK)
		result = applets[state->applet]->fill(state, card);
	if (result == PERSONALISE_OK)
		*ret_state = STEAL(state);
	return result;
}

/* The certificate that goes with a key; empty for one that has none and cannot sign one. */
static enum personalise_result certificate_for(enum state_applet applet, const struct personalise_key *key,
					       struct secret *ret_der)
{
	char slot[PERSONALISE_SLOT_MAX];
	const struct certificate_request request = {
		.pkey = key->pkey,
		.use = applets[applet]->use(key->reference),
		.slot = slot,
		.subject = key->subject,
		.email = key->email,
	};

	personalise_slot_name(applet, key->reference, slot);
	if (key->certificate.len != 0) {
		if (!certificate_matches(key->certificate, key->pkey))
			return PERSONALISE_BAD_CERTIFICATE;
		return secret_set(ret_der, key->certificate) ? PERSONALISE_OK : PERSONALISE_FAILED;
	}
	if (key_kind_of(key->pkey)->family == KEY_FAMILY_MONTGOMERY)
		return PERSONALISE_OK;
	return certificate_self_signed(&request, ret_der) ? PERSONALISE_OK : PERSONALISE_BAD_CERTIFICATE;
}

enum personalise_result personalise_put_key(struct state *state, const struct personalise_key *key)
{
	const struct personalise_applet *applet = applets[state->applet];
	const size_t index = state_key_index(state->applet, key->reference);
	const struct key_kind *kind = key_kind_of(key->pkey);
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO_SECRET der = SECRET_INIT;
	enum personalise_result result;

	if (kind == NULL || index == STATE_NONE || !applet->may_hold(key->reference, kind))
		return PERSONALISE_BAD_KEY;
	result = certificate_for(state->applet, key, &der);
	if (result != PERSONALISE_OK)
		return result;
	if (der.len > applet->certificate_max)
		return PERSONALISE_BAD_CERTIFICATE;
	if (!key_pack(key->pkey, &pkcs8))
		return PERSONALISE_FAILED;
	secret_move(&state->keys[index], &pkcs8);
	return applet->keep(state, key, secret_span(&der));
}

bool personalise_certificate(const struct state *state, uint8_t reference, struct span *ret_der)
{
	if (state_key_index(state->applet, reference) == STATE_NONE)
		return false;
	return applets[state->applet]->certificate(state, reference, ret_der);
}

void personalise_slot_name(enum state_applet applet, uint8_t reference, char ret_name[PERSONALISE_SLOT_MAX])
{
	const char *name = applets[applet]->slot_name(reference);

	if (name != NULL)
		(void)snprintf(ret_name, PERSONALISE_SLOT_MAX, "%s", name);
	else
		(void)snprintf(ret_name, PERSONALISE_SLOT_MAX, "%02x", (unsigned)reference);
}

bool personalise_slot(enum state_applet applet, const char *name, uint8_t *ret_reference)
{
	for (size_t i = 0; i < state_key_count(applet); i++) {
		char own[PERSONALISE_SLOT_MAX];

		personalise_slot_name(applet, state_key_reference(applet, i), own);
		if (strcasecmp(own, name) == 0) {
			*ret_reference = state_key_reference(applet, i);
			return true;
		}
	}
	return false;
}
