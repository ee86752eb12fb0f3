/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/personalise.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/ossl.h"
#include "card/softcard/certificate.h"
#include "card/softcard/keys.h"
#include "card/softcard/piv_commands.h"
#include "card/softcard/piv_objects.h"

#define PIN_SHORTEST 6u
#define PADDING 0xFF
#define CERTIFICATE_MAX (STATE_OBJECT_MAX - 64u) /* bytes, so that its object fits */

static const uint8_t well_known_key[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01, 0x02, 0x03, 0x04,
	0x05, 0x06, 0x07, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
};
const struct span personalise_admin_key = { well_known_key, sizeof(well_known_key) };

static const char *const result_texts[] = {
	[PERSONALISE_OK] = "all is well",
	[PERSONALISE_BAD_PIN] = "a PIN has 6 to 8 digits",
	[PERSONALISE_BAD_PUK] = "a PUK has 6 to 8 characters",
	[PERSONALISE_BAD_TRIES] = "there are 1 to 15 tries",
	[PERSONALISE_BAD_ADMIN_KEY] = "the card management key has a length that its algorithm has not",
	[PERSONALISE_BAD_KEY] = "the key is of a kind that the card has not",
	[PERSONALISE_BAD_CERTIFICATE] = "the certificate cannot be made, is not this key's, or is too long",
	[PERSONALISE_FAILED] = "OpenSSL refuses, or there is no memory",
};

const char *personalise_result_text(enum personalise_result result)
{
	return (size_t)result < ARRAY_COUNT(result_texts) ? result_texts[result] : "?";
}

static bool pad(struct span text, struct secret *ret_padded)
{
	if (!secret_alloc(ret_padded, STATE_PIN_LEN))
		return false;
	memset(ret_padded->data, PADDING, STATE_PIN_LEN);
	if (text.len != 0)
		memcpy(ret_padded->data, text.data, text.len);
	return true;
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

static struct secret *object_of(struct state *state, uint32_t tag)
{
	return &state->objects[state_object_index(tag)];
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
		if (state->keys[state_key_index((uint8_t)i)].data != NULL)
			count = i - PIV_KEY_RETIRED_FIRST + 1;
	if (!piv_build_history(count, &history))
		return false;
	secret_move(object_of(state, PIV_TAG_HISTORY), &history);
	return true;
}

enum personalise_result personalise_set_pin(struct state *state, struct span pin)
{
	AUTO_SECRET padded = SECRET_INIT;

	if (pin.len > STATE_PIN_LEN)
		return PERSONALISE_BAD_PIN;
	if (!pad(pin, &padded))
		return PERSONALISE_FAILED;
	if (!piv_pin_is_formed(secret_span(&padded)))
		return PERSONALISE_BAD_PIN;
	secret_move(&state->pin.value, &padded);
	state->pin.tries = state->pin.limit;
	return PERSONALISE_OK;
}

enum personalise_result personalise_set_puk(struct state *state, struct span puk)
{
	AUTO_SECRET padded = SECRET_INIT;

	if (puk.len < PIN_SHORTEST || puk.len > STATE_PIN_LEN)
		return PERSONALISE_BAD_PUK;
	if (!pad(puk, &padded))
		return PERSONALISE_FAILED;
	secret_move(&state->puk.value, &padded);
	state->puk.tries = state->puk.limit;
	return PERSONALISE_OK;
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
	if (card->admin_key.len == 0 || state_admin_key_len(card->admin_algorithm) != card->admin_key.len)
		return PERSONALISE_BAD_ADMIN_KEY;
	state->pin.limit = card->pin_tries;
	state->puk.limit = card->puk_tries;
	state->admin_algorithm = card->admin_algorithm;
	result = personalise_set_pin(state, card->pin);
	if (result == PERSONALISE_OK)
		result = personalise_set_puk(state, card->puk);
	if (result != PERSONALISE_OK)
		return result;
	if (!secret_set(&state->admin_key, card->admin_key) || !draw_guid(state->guid) ||
	    !piv_build_chuid(state->guid, object_of(state, PIV_TAG_CHUID)) ||
	    !piv_build_ccc(state->guid, object_of(state, PIV_TAG_CCC)) ||
	    !piv_build_discovery(object_of(state, PIV_TAG_DISCOVERY)) || !renew_history(state))
		return PERSONALISE_FAILED;
	*ret_state = STEAL(state);
	return PERSONALISE_OK;
}

static enum personalise_result certificate_for(const struct personalise_key *key, struct secret *ret_object)
{
	const struct certificate_request request = {
		.pkey = key->pkey,
		.reference = key->reference,
		.subject = key->subject,
		.email = key->email,
	};
	AUTO_SECRET made = SECRET_INIT;
	struct span der = key->certificate;

	if (der.len == 0) {
		if (!certificate_self_signed(&request, &made))
			return PERSONALISE_BAD_CERTIFICATE;
		der = secret_span(&made);
	}
	if (der.len > CERTIFICATE_MAX || !certificate_matches(der, key->pkey))
		return PERSONALISE_BAD_CERTIFICATE;
	return piv_build_certificate(der, ret_object) ? PERSONALISE_OK : PERSONALISE_FAILED;
}

enum personalise_result personalise_put_key(struct state *state, const struct personalise_key *key)
{
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO_SECRET object = SECRET_INIT;
	enum personalise_result result;

	if (key_kind_of(key->pkey) == NULL || state_key_index(key->reference) == SIZE_MAX)
		return PERSONALISE_BAD_KEY;
	result = certificate_for(key, &object);
	if (result != PERSONALISE_OK)
		return result;
	if (!key_pack(key->pkey, &pkcs8))
		return PERSONALISE_FAILED;
	secret_move(&state->keys[state_key_index(key->reference)], &pkcs8);
	secret_move(object_of(state, piv_certificate_tag(key->reference)), &object);
	return renew_history(state) ? PERSONALISE_OK : PERSONALISE_FAILED;
}

bool personalise_certificate(const struct state *state, uint8_t reference, struct span *ret_der)
{
	const uint32_t tag = piv_certificate_tag(reference);
	const struct secret *object;

	if (tag == 0)
		return false;
	object = &state->objects[state_object_index(tag)];
	return object->data != NULL && piv_read_certificate(secret_span(object), ret_der);
}
