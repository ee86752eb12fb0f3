/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PUT DATA (7.2.8). */
#include "config.h"

#include <string.h>

#include "card/softcard/openpgp_algorithms.h"
#include "card/softcard/openpgp_commands.h"
#include "card/softcard/openpgp_objects.h"
#include "card/softcard/reference.h"

#define TAG_RESET_CODE 0xD3u

/* What may be put, by whom, and how long it may be. An entry of a list has the list's tag and its place there. */
struct put_row {
	uint32_t tag;
	uint32_t kept;
	uint16_t len_min;
	uint16_t len_max;
	uint8_t place; /* of an entry, from 0 */
	bool entry;    /* its length is len_min */
	bool by_pw1;   /* and not by PW3 */
};

#define SIMPLE(number, low, high) { .tag = (number), .kept = (number), .len_min = (low), .len_max = (high) }
#define ENTRY(number, list, size, at) \
	{ .tag = (number), .kept = (list), .len_min = (size), .len_max = (size), .place = (at), .entry = true }

static const struct put_row rows[] = {
	SIMPLE(OPENPGP_TAG_NAME, 0, 39),
	SIMPLE(OPENPGP_TAG_LOGIN, 0, OPENPGP_PRIVATE_MAX),
	SIMPLE(OPENPGP_TAG_ATTRIBUTES, 1, 12),
	SIMPLE(OPENPGP_TAG_ATTRIBUTES + 1, 1, 12),
	SIMPLE(OPENPGP_TAG_ATTRIBUTES + 2, 1, 12),
	SIMPLE(OPENPGP_TAG_PW_STATUS, 1, 4),
	ENTRY(0xC7, OPENPGP_TAG_FINGERPRINTS, OPENPGP_FINGERPRINT_LEN, 0),
	ENTRY(0xC8, OPENPGP_TAG_FINGERPRINTS, OPENPGP_FINGERPRINT_LEN, 1),
	ENTRY(0xC9, OPENPGP_TAG_FINGERPRINTS, OPENPGP_FINGERPRINT_LEN, 2),
	ENTRY(0xCA, OPENPGP_TAG_CA_FINGERPRINTS, OPENPGP_FINGERPRINT_LEN, 0),
	ENTRY(0xCB, OPENPGP_TAG_CA_FINGERPRINTS, OPENPGP_FINGERPRINT_LEN, 1),
	ENTRY(0xCC, OPENPGP_TAG_CA_FINGERPRINTS, OPENPGP_FINGERPRINT_LEN, 2),
	ENTRY(0xCE, OPENPGP_TAG_TIMES, OPENPGP_TIME_LEN, 0),
	ENTRY(0xCF, OPENPGP_TAG_TIMES, OPENPGP_TIME_LEN, 1),
	ENTRY(0xD0, OPENPGP_TAG_TIMES, OPENPGP_TIME_LEN, 2),
	SIMPLE(TAG_RESET_CODE, 0, STATE_PASSWORD_MAX),
	{ .tag = 0x0101, .kept = 0x0101, .len_max = OPENPGP_PRIVATE_MAX, .by_pw1 = true },
	SIMPLE(0x0102, 0, OPENPGP_PRIVATE_MAX),
	{ .tag = 0x0103, .kept = 0x0103, .len_max = OPENPGP_PRIVATE_MAX, .by_pw1 = true },
	SIMPLE(0x0104, 0, OPENPGP_PRIVATE_MAX),
	SIMPLE(OPENPGP_TAG_LANGUAGE, 0, 8),
	SIMPLE(OPENPGP_TAG_SEX, 1, 1),
	SIMPLE(OPENPGP_TAG_URL, 0, OPENPGP_PRIVATE_MAX),
	SIMPLE(OPENPGP_TAG_CERTIFICATE, 0, OPENPGP_CERTIFICATE_MAX),
};

static const struct put_row *row_of(uint32_t tag)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].tag == tag)
			return &rows[i];
	return NULL;
}

/* An object without content is no longer there. */
static unsigned keep(struct secret *object, struct span content)
{
	if (content.len == 0)
		secret_clear(object);
	else if (!secret_set(object, content))
		return SW_MEMORY_FAILURE;
	return SW_OK;
}

static void put_entry(struct state *state, const struct put_row *row, struct span content)
{
	struct secret *list = openpgp_object(state, row->kept);

	if (list->len >= ((size_t)row->place + 1) * row->len_min)
		memcpy(list->data + (size_t)row->place * row->len_min, content.data, content.len);
}

static void clear_entry(struct secret *list, size_t place, size_t len)
{
	if (list->len >= (place + 1) * len)
		memset(list->data + place * len, 0, len);
}

/* A key of another kind than the attributes say cannot stay (4.4.3.9). */
static unsigned put_attributes(struct state *state, uint32_t tag, struct span content)
{
	static const uint8_t references[OPENPGP_KEY_COUNT] = {
		OPENPGP_KEY_SIGNATURE, OPENPGP_KEY_DECIPHER, OPENPGP_KEY_AUTHENTICATION,
	};
	const unsigned number = (unsigned)(tag - OPENPGP_TAG_ATTRIBUTES);
	const struct secret *old = openpgp_object(state, tag);
	const struct key_kind *kind = openpgp_kind(references[number], content);

	if (kind == NULL)
		return SW_WRONG_DATA;
	if (kind != openpgp_kind(references[number], secret_span(old))) {
		secret_clear(&state->keys[state_key_index(STATE_OPENPGP, references[number])]);
		clear_entry(openpgp_object(state, OPENPGP_TAG_FINGERPRINTS), number, OPENPGP_FINGERPRINT_LEN);
		clear_entry(openpgp_object(state, OPENPGP_TAG_TIMES), number, OPENPGP_TIME_LEN);
	}
	return keep(openpgp_object(state, tag), content);
}

static unsigned put_reset_code(struct state *state, struct span code)
{
	if (code.len != 0 && code.len < STATE_PW3_MIN)
		return SW_WRONG_DATA;
	state->reset_code.limit = state->pin.limit;
	state->reset_code.tries = state->reset_code.limit;
	return keep(&state->reset_code.value, code);
}

static unsigned put(struct openpgp *openpgp, const struct put_row *row, struct span content)
{
	struct state *state = store_state(openpgp->store);

	if (row->entry) {
		put_entry(state, row, content);
		return SW_OK;
	}
	switch (row->tag) {
	case OPENPGP_TAG_ATTRIBUTES:
	case OPENPGP_TAG_ATTRIBUTES + 1:
	case OPENPGP_TAG_ATTRIBUTES + 2:
		return put_attributes(state, row->tag, content);
	case OPENPGP_TAG_PW_STATUS:
		if (content.data[0] > 1)
			return SW_WRONG_DATA;
		return keep(openpgp_object(state, row->tag), span_of(content.data, 1));
	case TAG_RESET_CODE:
		return put_reset_code(state, content);
	case OPENPGP_TAG_CERTIFICATE:
		return keep(openpgp_object(state, OPENPGP_KEPT_CERTIFICATE | openpgp->certificate), content);
	default:
		return keep(openpgp_object(state, row->kept), content);
	}
}

unsigned openpgp_put_data(struct openpgp *openpgp, const struct apdu *apdu, struct secret *answer UNUSED)
{
	const struct put_row *row = row_of((uint32_t)apdu->p1 << 8 | apdu->p2);
	unsigned sw;

	if (row == NULL)
		return SW_NO_REFERENCE;
	if (row->by_pw1 ? !openpgp->pw1_other : !openpgp->pw3)
		return SW_SECURITY_STATUS;
	if (apdu->data.len < row->len_min || apdu->data.len > row->len_max)
		return SW_WRONG_LENGTH;
	sw = put(openpgp, row, apdu->data);
	return sw == SW_OK ? reference_commit(openpgp->store) : sw;
}
