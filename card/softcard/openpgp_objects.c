/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/openpgp_objects.h"

#include "card/softcard/apdu.h"
#include "card/softcard/buffer.h"
#include "card/softcard/openpgp.h"
#include "card/softcard/openpgp_algorithms.h"
#include "card/softcard/tlv.h"

#define HIGH(number) ((uint8_t)((number) >> 8))
#define LOW(number) ((uint8_t)(number))
#define APDU_DATA_MAX 0x2400u /* bytes of a command's and of an answer's data: a certificate, and what is around it */

static const uint8_t aid_head[] = {
	0xD2, 0x76, 0x00, 0x01, 0x24, 0x01, /* application */
	0x03, 0x04,                         /* version */
	0xFF, 0xFE,                         /* manufacturer: serial numbers are drawn at random */
};

#define SERIAL_LEN 4u
static const uint8_t aid_tail[] = { 0x00, 0x00 };

/* Category 00: card service data, capabilities (command chaining, extended length), no life cycle, 9000 (6.). */
static const uint8_t historical_bytes[] = { 0x00, 0x31, 0xF5, 0x73, 0xC0, 0x01, 0xC0, 0x00, 0x90, 0x00 };

/* Random numbers, changeable PW1 status, private objects, changeable attributes; no secure messaging; MSE (4.4.3.7). */
static const uint8_t capabilities[] = {
	0x5C, 0x00, HIGH(OPENPGP_CHALLENGE_MAX), LOW(OPENPGP_CHALLENGE_MAX),
	HIGH(OPENPGP_CERTIFICATE_MAX), LOW(OPENPGP_CERTIFICATE_MAX), HIGH(OPENPGP_PRIVATE_MAX), LOW(OPENPGP_PRIVATE_MAX),
	0x00, 0x01,
};

static const uint8_t length_information[] = {
	0x02, 0x02, HIGH(APDU_DATA_MAX), LOW(APDU_DATA_MAX), 0x02, 0x02, HIGH(APDU_DATA_MAX), LOW(APDU_DATA_MAX),
};

static const uint8_t features[] = { 0x81, 0x01, 0x00 }; /* no button, no display, no keypad (4.1.3.2) */

static const uint8_t references[OPENPGP_KEY_COUNT] = {
	OPENPGP_KEY_SIGNATURE, OPENPGP_KEY_DECIPHER, OPENPGP_KEY_AUTHENTICATION,
};

unsigned openpgp_key_number(uint8_t reference)
{
	unsigned number = 0;

	while (number < OPENPGP_KEY_COUNT - 1 && references[number] != reference)
		number++;
	return number;
}

uint32_t openpgp_certificate_tag(uint8_t reference)
{
	return OPENPGP_KEPT_CERTIFICATE | (OPENPGP_KEY_COUNT - 1 - openpgp_key_number(reference));
}

struct secret *openpgp_object(struct state *state, uint32_t tag)
{
	return &state->objects[state_object_index(STATE_OPENPGP, tag)];
}

bool openpgp_build_aid(const uint8_t guid[STATE_GUID_LEN], struct secret *out)
{
	return buffer_add(out, span_of(aid_head, sizeof(aid_head))) && buffer_add(out, span_of(guid, SERIAL_LEN)) &&
	       buffer_add(out, span_of(aid_tail, sizeof(aid_tail)));
}

/* Append a kept object as a TLV. */
static bool put_kept(struct state *state, uint32_t tag, struct secret *out)
{
	return tlv_put(out, tag, secret_span(openpgp_object(state, tag)));
}

/* Which of the passwords are how long at most, and how often each may be tried still (4.4.3.10). */
static bool build_pw_status(struct state *state, struct secret *out)
{
	const struct secret *kept = openpgp_object(state, OPENPGP_TAG_PW_STATUS);
	const bool has_code = state->reset_code.value.data != NULL;
	const uint8_t rest[] = {
		STATE_PASSWORD_MAX, STATE_PASSWORD_MAX, STATE_PASSWORD_MAX,
		(uint8_t)state->pin.tries, has_code ? (uint8_t)state->reset_code.tries : 0, (uint8_t)state->puk.tries,
	};

	return buffer_add_byte(out, kept->len != 0 ? kept->data[0] : 0) && buffer_add(out, span_of(rest, sizeof(rest)));
}

/* 73, discretionary data objects. */
static bool build_discretionary(struct state *state, struct secret *out)
{
	AUTO_SECRET inner = SECRET_INIT;
	AUTO_SECRET status = SECRET_INIT;

	if (!tlv_put(&inner, 0xC0, span_of(capabilities, sizeof(capabilities))))
		return false;
	for (unsigned i = 0; i < OPENPGP_KEY_COUNT; i++)
		if (!put_kept(state, OPENPGP_TAG_ATTRIBUTES + i, &inner))
			return false;
	return build_pw_status(state, &status) && tlv_put(&inner, OPENPGP_TAG_PW_STATUS, secret_span(&status)) &&
	       put_kept(state, OPENPGP_TAG_FINGERPRINTS, &inner) &&
	       put_kept(state, OPENPGP_TAG_CA_FINGERPRINTS, &inner) && put_kept(state, OPENPGP_TAG_TIMES, &inner) &&
	       tlv_put(out, 0x73, secret_span(&inner));
}

static bool build_application(struct state *state, struct secret *out)
{
	AUTO_SECRET inner = SECRET_INIT;
	AUTO_SECRET aid = SECRET_INIT;

	return openpgp_build_aid(state->guid, &aid) && tlv_put(&inner, 0x4F, secret_span(&aid)) &&
	       tlv_put(&inner, 0x5F52, span_of(historical_bytes, sizeof(historical_bytes))) &&
	       tlv_put(&inner, 0x7F66, span_of(length_information, sizeof(length_information))) &&
	       tlv_put(&inner, 0x7F74, span_of(features, sizeof(features))) && build_discretionary(state, &inner) &&
	       tlv_put(out, 0x6E, secret_span(&inner));
}

static bool build_cardholder(struct state *state, struct secret *out)
{
	AUTO_SECRET inner = SECRET_INIT;

	return put_kept(state, OPENPGP_TAG_NAME, &inner) && put_kept(state, OPENPGP_TAG_LANGUAGE, &inner) &&
	       put_kept(state, OPENPGP_TAG_SEX, &inner) && tlv_put(out, 0x65, secret_span(&inner));
}

static bool build_security(struct state *state, struct secret *out)
{
	AUTO_SECRET inner = SECRET_INIT;

	return put_kept(state, OPENPGP_TAG_COUNTER, &inner) && tlv_put(out, 0x7A, secret_span(&inner));
}

/* FA: every kind of key that each place can hold (4.4.3.11). */
static bool build_algorithms(struct state *state UNUSED, struct secret *out)
{
	AUTO_SECRET inner = SECRET_INIT;

	for (unsigned i = 0; i < OPENPGP_KEY_COUNT; i++) {
		for (size_t kind = 0; kind < key_kind_count; kind++) {
			AUTO_SECRET attributes = SECRET_INIT;

			if (openpgp_put_attributes(references[i], &key_kinds[kind], &attributes) &&
			    !tlv_put(&inner, OPENPGP_TAG_ATTRIBUTES + i, secret_span(&attributes)))
				return false;
		}
	}
	return tlv_put(out, 0xFA, secret_span(&inner));
}

static bool build_aid(struct state *state, struct secret *out)
{
	return openpgp_build_aid(state->guid, out);
}

static bool build_historical_bytes(struct state *state UNUSED, struct secret *out)
{
	return buffer_add(out, span_of(historical_bytes, sizeof(historical_bytes)));
}

static bool build_capabilities(struct state *state UNUSED, struct secret *out)
{
	return buffer_add(out, span_of(capabilities, sizeof(capabilities)));
}

static bool build_length_information(struct state *state UNUSED, struct secret *out)
{
	return buffer_add(out, span_of(length_information, sizeof(length_information)));
}

static bool build_features(struct state *state UNUSED, struct secret *out)
{
	return buffer_add(out, span_of(features, sizeof(features)));
}

static const struct {
	uint32_t tag;
	bool (*build)(struct state *state, struct secret *out);
} built[] = {
	{ 0x4F, build_aid },
	{ 0x65, build_cardholder },
	{ 0x6E, build_application },
	{ 0x7A, build_security },
	{ 0xC0, build_capabilities },
	{ OPENPGP_TAG_PW_STATUS, build_pw_status },
	{ 0xFA, build_algorithms },
	{ 0x5F52, build_historical_bytes },
	{ 0x7F66, build_length_information },
	{ 0x7F74, build_features },
};

unsigned openpgp_build(struct state *state, uint32_t tag, uint8_t certificate, struct secret *out)
{
	size_t index;

	for (size_t i = 0; i < ARRAY_COUNT(built); i++)
		if (built[i].tag == tag)
			return built[i].build(state, out) ? SW_OK : SW_MEMORY_FAILURE;
	if (tag == OPENPGP_TAG_CERTIFICATE)
		tag = OPENPGP_KEPT_CERTIFICATE | certificate;
	index = state_object_index(STATE_OPENPGP, tag);
	if (index == STATE_NONE)
		return SW_NO_REFERENCE;
	return buffer_add(out, secret_span(&state->objects[index])) ? SW_OK : SW_MEMORY_FAILURE;
}
