/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <time.h>

#include "card/softcard/buffer.h"
#include "card/softcard/openpgp.h"
#include "card/softcard/openpgp_algorithms.h"
#include "card/softcard/openpgp_objects.h"
#include "card/softcard/personalise_applet.h"

static bool is_length(struct span password, size_t least)
{
	return password.len >= least && password.len <= STATE_PASSWORD_MAX;
}

static enum personalise_result set_pin(struct secret *value, struct span pin)
{
	if (!is_length(pin, STATE_PW1_MIN))
		return PERSONALISE_BAD_PIN;
	return secret_set(value, pin) ? PERSONALISE_OK : PERSONALISE_FAILED;
}

static enum personalise_result set_puk(struct secret *value, struct span puk)
{
	if (!is_length(puk, STATE_PW3_MIN))
		return PERSONALISE_BAD_PUK;
	return secret_set(value, puk) ? PERSONALISE_OK : PERSONALISE_FAILED;
}

/* A list of so many zeros. */
static bool put_zeros(struct state *state, uint32_t tag, size_t len)
{
	struct secret *object = openpgp_object(state, tag);

	if (!secret_alloc(object, len))
		return false;
	memset(object->data, 0, len);
	return true;
}

static bool put(struct state *state, uint32_t tag, struct span value)
{
	return secret_set(openpgp_object(state, tag), value);
}

static bool put_attributes(struct state *state, uint8_t reference, const struct key_kind *kind)
{
	AUTO_SECRET attributes = SECRET_INIT;

	if (!openpgp_put_attributes(reference, kind, &attributes))
		return false;
	secret_move(openpgp_object(state, OPENPGP_TAG_ATTRIBUTES + openpgp_key_number(reference)), &attributes);
	return true;
}

/* PW1 is good for several signatures; a card in a shop mostly begins with one alone, which PUT DATA C4 sets. */
static enum personalise_result fill(struct state *state, const struct personalise_card *card UNUSED)
{
	const struct key_kind *usual = key_kind_by_name("RSA:2048");

	for (size_t i = 0; i < state_key_count(STATE_OPENPGP); i++)
		if (!put_attributes(state, state_key_reference(STATE_OPENPGP, i), usual))
			return PERSONALISE_FAILED;
	return put_zeros(state, OPENPGP_TAG_COUNTER, OPENPGP_COUNTER_LEN) &&
			       put_zeros(state, OPENPGP_TAG_FINGERPRINTS, OPENPGP_KEY_COUNT * OPENPGP_FINGERPRINT_LEN) &&
			       put_zeros(state, OPENPGP_TAG_CA_FINGERPRINTS,
					 OPENPGP_KEY_COUNT * OPENPGP_FINGERPRINT_LEN) &&
			       put_zeros(state, OPENPGP_TAG_TIMES, OPENPGP_KEY_COUNT * OPENPGP_TIME_LEN) &&
			       put(state, OPENPGP_TAG_PW_STATUS, span_of("\x01", 1)) &&
			       put(state, OPENPGP_TAG_LANGUAGE, span_of("en", 2)) &&
			       put(state, OPENPGP_TAG_SEX, span_of("9", 1))
		       ? PERSONALISE_OK
		       : PERSONALISE_FAILED;
}

static bool may_hold(uint8_t reference, const struct key_kind *kind)
{
	AUTO_SECRET attributes = SECRET_INIT;

	return openpgp_put_attributes(reference, kind, &attributes);
}

static enum certificate_use use_of(uint8_t reference)
{
	if (reference == OPENPGP_KEY_SIGNATURE)
		return CERTIFICATE_SIGNATURE;
	return reference == OPENPGP_KEY_DECIPHER ? CERTIFICATE_MANAGEMENT : CERTIFICATE_AUTHENTICATION;
}

static const char *slot_name(uint8_t reference)
{
	static const char *const names[OPENPGP_KEY_COUNT] = { "sig", "dec", "aut" };

	return names[openpgp_key_number(reference)];
}

/* Fingerprint and time, as the OpenPGP program does that makes a key on a card: without them a key counts as none. */
static bool put_fingerprint(struct state *state, const struct personalise_key *key)
{
	const size_t number = openpgp_key_number(key->reference);
	struct secret *fingerprints = openpgp_object(state, OPENPGP_TAG_FINGERPRINTS);
	struct secret *times = openpgp_object(state, OPENPGP_TAG_TIMES);
	const uint32_t now = (uint32_t)time(NULL);
	const uint8_t made[OPENPGP_TIME_LEN] = { (uint8_t)(now >> 24), (uint8_t)(now >> 16), (uint8_t)(now >> 8),
						 (uint8_t)now };

	if (fingerprints->len != OPENPGP_KEY_COUNT * OPENPGP_FINGERPRINT_LEN ||
	    times->len != OPENPGP_KEY_COUNT * OPENPGP_TIME_LEN)
		return false;
	memcpy(times->data + number * OPENPGP_TIME_LEN, made, sizeof(made));
	return openpgp_fingerprint(key->reference, key->pkey, now,
				   fingerprints->data + number * OPENPGP_FINGERPRINT_LEN);
}

static enum personalise_result keep(struct state *state, const struct personalise_key *key, struct span certificate)
{
	struct secret *object = openpgp_object(state, openpgp_certificate_tag(key->reference));

	secret_clear(object);
	if ((certificate.len != 0 && !secret_set(object, certificate)) || !put_fingerprint(state, key) ||
	    !put_attributes(state, key->reference, key_kind_of(key->pkey)))
		return PERSONALISE_FAILED;
	return PERSONALISE_OK;
}

static bool certificate_of(const struct state *state, uint8_t reference, struct span *ret_der)
{
	const struct secret *object =
		&state->objects[state_object_index(STATE_OPENPGP, openpgp_certificate_tag(reference))];

	*ret_der = secret_span(object);
	return object->data != NULL;
}

const struct personalise_applet personalise_openpgp = {
	.certificate_max = OPENPGP_CERTIFICATE_MAX,
	.set_pin = set_pin,
	.set_puk = set_puk,
	.fill = fill,
	.may_hold = may_hold,
	.use = use_of,
	.slot_name = slot_name,
	.keep = keep,
	.certificate = certificate_of,
};
