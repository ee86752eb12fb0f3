/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a card as DER, by OpenSSL's ASN.1 templates. */
#include "config.h"

#include <openssl/asn1t.h>
#include <openssl/crypto.h>
#include <string.h>

#include "card/softcard/state.h"

#define STATE_VERSION 1
#define MAGIC "minidriver-pkcs11 software card"

/*
 * SoftwareCard ::= SEQUENCE { magic UTF8String, version INTEGER, guid OCTET STRING, pin Pin, puk Pin,
 *                             admin Tagged, keys SEQUENCE OF Tagged, objects SEQUENCE OF Tagged,
 *                             applet [0] INTEGER DEFAULT 0, resetCode [1] Pin OPTIONAL }
 * Pin          ::= SEQUENCE { value OCTET STRING, tries INTEGER, limit INTEGER }
 * Tagged       ::= SEQUENCE { tag INTEGER, value OCTET STRING }
 *
 * A PIV card has neither of the last two, so that its file is what it was before there was another application;
 * an OpenPGP card has no card management key: admin is { 0, "" }.
 */
typedef struct der_pin_st {
	ASN1_OCTET_STRING *value;
	int32_t tries;
	int32_t limit;
} DER_PIN;

typedef struct der_tagged_st {
	int32_t tag;
	ASN1_OCTET_STRING *value;
} DER_TAGGED;

DEFINE_STACK_OF(DER_TAGGED)

typedef struct der_card_st {
	ASN1_UTF8STRING *magic;
	int32_t version;
	ASN1_OCTET_STRING *guid;
	DER_PIN *pin;
	DER_PIN *puk;
	DER_TAGGED *admin;
	STACK_OF(DER_TAGGED) *keys;
	STACK_OF(DER_TAGGED) *objects;
	int32_t applet;
	DER_PIN *reset_code;
} DER_CARD;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
ASN1_SEQUENCE(DER_PIN) = {
	ASN1_SIMPLE(DER_PIN, value, ASN1_OCTET_STRING),
	ASN1_EMBED(DER_PIN, tries, INT32),
	ASN1_EMBED(DER_PIN, limit, INT32),
} static_ASN1_SEQUENCE_END(DER_PIN)

ASN1_SEQUENCE(DER_TAGGED) = {
	ASN1_EMBED(DER_TAGGED, tag, INT32),
	ASN1_SIMPLE(DER_TAGGED, value, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END(DER_TAGGED)

ASN1_SEQUENCE(DER_CARD) = {
	ASN1_SIMPLE(DER_CARD, magic, ASN1_UTF8STRING),
	ASN1_EMBED(DER_CARD, version, INT32),
	ASN1_SIMPLE(DER_CARD, guid, ASN1_OCTET_STRING),
	ASN1_SIMPLE(DER_CARD, pin, DER_PIN),
	ASN1_SIMPLE(DER_CARD, puk, DER_PIN),
	ASN1_SIMPLE(DER_CARD, admin, DER_TAGGED),
	ASN1_SEQUENCE_OF(DER_CARD, keys, DER_TAGGED),
	ASN1_SEQUENCE_OF(DER_CARD, objects, DER_TAGGED),
	ASN1_EXP_OPT_EMBED(DER_CARD, applet, ZINT32, 0),
	ASN1_EXP_OPT(DER_CARD, reset_code, DER_PIN, 1),
} static_ASN1_SEQUENCE_END(DER_CARD)
#pragma GCC diagnostic pop

static struct span octets(const ASN1_STRING *string)
{
	return span_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

/* OpenSSL frees its strings as they are; ours hold secrets. */
static void wipe_octets(ASN1_STRING *string)
{
	if (string != NULL && string->data != NULL)
		OPENSSL_cleanse(string->data, (size_t)string->length);
}

static void wipe_list(STACK_OF(DER_TAGGED) *list)
{
	for (int i = 0; i < sk_DER_TAGGED_num(list); i++)
		wipe_octets(sk_DER_TAGGED_value(list, i)->value);
}

static void card_free(DER_CARD **card)
{
	DER_CARD *c = *card;

	if (c == NULL)
		return;
	if (c->pin != NULL)
		wipe_octets(c->pin->value);
	if (c->puk != NULL)
		wipe_octets(c->puk->value);
	if (c->reset_code != NULL)
		wipe_octets(c->reset_code->value);
	if (c->admin != NULL)
		wipe_octets(c->admin->value);
	wipe_list(c->keys);
	wipe_list(c->objects);
	ASN1_item_free((ASN1_VALUE *)c, ASN1_ITEM_rptr(DER_CARD));
}

static bool set_octets(ASN1_STRING *string, struct span bytes)
{
	return bytes.len <= INT32_MAX && ASN1_STRING_set(string, bytes.data, (int)bytes.len) == 1;
}

static bool set_pin(DER_PIN *to, const struct state_pin *from)
{
	to->tries = (int32_t)from->tries;
	to->limit = (int32_t)from->limit;
	return set_octets(to->value, secret_span(&from->value));
}

static bool set_tagged(DER_TAGGED *to, uint32_t tag, struct span value)
{
	to->tag = (int32_t)tag;
	return set_octets(to->value, value);
}

static bool push_tagged(STACK_OF(DER_TAGGED) *list, uint32_t tag, struct span value)
{
	DER_TAGGED *entry = (DER_TAGGED *)ASN1_item_new(ASN1_ITEM_rptr(DER_TAGGED));

	if (entry != NULL && set_tagged(entry, tag, value) && sk_DER_TAGGED_push(list, entry) > 0)
		return true;
	ASN1_item_free((ASN1_VALUE *)entry, ASN1_ITEM_rptr(DER_TAGGED));
	return false;
}

static bool add_reset_code(DER_CARD *card, const struct state_pin *reset_code)
{
	if (reset_code->value.data == NULL)
		return true;
	card->reset_code = (DER_PIN *)ASN1_item_new(ASN1_ITEM_rptr(DER_PIN));
	return card->reset_code != NULL && set_pin(card->reset_code, reset_code);
}

static bool fill(DER_CARD *card, const struct state *state)
{
	card->version = STATE_VERSION;
	card->applet = (int32_t)state->applet;
	if (!set_octets(card->magic, span_of(MAGIC, strlen(MAGIC))) ||
	    !set_octets(card->guid, span_of(state->guid, sizeof(state->guid))) || !set_pin(card->pin, &state->pin) ||
	    !set_pin(card->puk, &state->puk) ||
	    !set_tagged(card->admin, state->admin_algorithm, secret_span(&state->admin_key)) ||
	    !add_reset_code(card, &state->reset_code))
		return false;
	for (size_t i = 0; i < state_key_count(state->applet); i++)
		if (state->keys[i].data != NULL && !push_tagged(card->keys, state_key_reference(state->applet, i),
								secret_span(&state->keys[i])))
			return false;
	for (size_t i = 0; i < state_object_count(state->applet); i++)
		if (state->objects[i].data != NULL &&
		    !push_tagged(card->objects, state_object_tag(state->applet, i), secret_span(&state->objects[i])))
			return false;
	return true;
}

bool state_pack(const struct state *state, struct secret *ret_der)
{
	AUTO(card_free) DER_CARD *card = (DER_CARD *)ASN1_item_new(ASN1_ITEM_rptr(DER_CARD));
	unsigned char *der = NULL;
	bool done;
	int len;

	if (card == NULL || !fill(card, state))
		return false;
	len = ASN1_item_i2d((const ASN1_VALUE *)card, &der, ASN1_ITEM_rptr(DER_CARD));
	if (len <= 0)
		return false;
	done = secret_set(ret_der, span_of(der, (size_t)len));
	OPENSSL_clear_free(der, (size_t)len);
	return done;
}

/* How long a PIN may be, in bytes. */
struct bounds {
	int low;
	int high;
};

static bool get_pin(struct state_pin *to, const DER_PIN *from, struct bounds bounds)
{
	const int len = ASN1_STRING_length(from->value);

	if (from->limit < 1 || from->limit > (int32_t)STATE_TRIES_MAX || from->tries < 0 || from->tries > from->limit ||
	    len < bounds.low || len > bounds.high)
		return false;
	to->tries = (unsigned)from->tries;
	to->limit = (unsigned)from->limit;
	return secret_set(&to->value, octets(from->value));
}

static bool get_admin(struct state *state, const DER_TAGGED *admin)
{
	const struct span key = octets(admin->value);

	if (state->applet != STATE_PIV)
		return admin->tag == 0 && key.len == 0;
	if (admin->tag < 0 || admin->tag > UINT8_MAX || key.len == 0 ||
	    state_admin_key_len((uint8_t)admin->tag) != key.len)
		return false;
	state->admin_algorithm = (uint8_t)admin->tag;
	return secret_set(&state->admin_key, key);
}

static bool get_pins(struct state *state, const DER_CARD *card)
{
	static const struct bounds padded = { .low = STATE_PIN_LEN, .high = STATE_PIN_LEN };
	static const struct bounds pw1 = { .low = STATE_PW1_MIN, .high = STATE_PASSWORD_MAX };
	static const struct bounds pw3 = { .low = STATE_PW3_MIN, .high = STATE_PASSWORD_MAX };

	if (state->applet == STATE_PIV)
		return card->reset_code == NULL && get_pin(&state->pin, card->pin, padded) &&
		       get_pin(&state->puk, card->puk, padded);
	return get_pin(&state->pin, card->pin, pw1) && get_pin(&state->puk, card->puk, pw3) &&
	       (card->reset_code == NULL || get_pin(&state->reset_code, card->reset_code, pw3));
}

static bool get_key(struct state *state, const DER_TAGGED *entry)
{
	const size_t index = entry->tag < 0 || entry->tag > UINT8_MAX
				     ? STATE_NONE
				     : state_key_index(state->applet, (uint8_t)entry->tag);

	return index != STATE_NONE && state->keys[index].data == NULL && ASN1_STRING_length(entry->value) > 0 &&
	       secret_set(&state->keys[index], octets(entry->value));
}

static bool get_object(struct state *state, const DER_TAGGED *entry)
{
	const size_t index =
		entry->tag < 0 ? STATE_NONE : state_object_index(state->applet, (uint32_t)entry->tag);
	const struct span value = octets(entry->value);

	return index != STATE_NONE && state->objects[index].data == NULL && value.len > 0 &&
	       value.len <= STATE_OBJECT_MAX && secret_set(&state->objects[index], value);
}

static bool take(struct state *state, const DER_CARD *card)
{
	if (!span_equal(octets(card->magic), span_of(MAGIC, strlen(MAGIC))) || card->version != STATE_VERSION ||
	    ASN1_STRING_length(card->guid) != (int)sizeof(state->guid) || card->applet < 0 ||
	    card->applet >= STATE_APPLET_COUNT)
		return false;
	memcpy(state->guid, octets(card->guid).data, sizeof(state->guid));
	state->applet = (enum state_applet)card->applet;
	if (!get_pins(state, card) || !get_admin(state, card->admin))
		return false;
	for (int i = 0; i < sk_DER_TAGGED_num(card->keys); i++)
		if (!get_key(state, sk_DER_TAGGED_value(card->keys, i)))
			return false;
	for (int i = 0; i < sk_DER_TAGGED_num(card->objects); i++)
		if (!get_object(state, sk_DER_TAGGED_value(card->objects, i)))
			return false;
	return true;
}

struct state *state_unpack(struct span der)
{
	const unsigned char *at = der.data;
	AUTO(card_free) DER_CARD *card = NULL;
	AUTO(state_free) struct state *state = NULL;

	if (der.len == 0 || der.len > INT32_MAX)
		return NULL;
	card = (DER_CARD *)ASN1_item_d2i(NULL, &at, (long)der.len, ASN1_ITEM_rptr(DER_CARD));
	state = state_new();
	if (card == NULL || at != der.data + der.len || state == NULL || !take(state, card))
		return NULL;
	return STEAL(state);
}
