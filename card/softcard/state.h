/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a software card remembers without power: its identity, PIN and PUK with their counters, the card
 * management key, private keys and data objects.
 */
#ifndef MDP_CARD_SOFTCARD_STATE_H
#define MDP_CARD_SOFTCARD_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

#define STATE_GUID_LEN 16u
#define STATE_PIN_LEN 8u       /* bytes of a PIN or PUK, padded with FF (SP 800-73-4 part 2, 2.4.3) */
#define STATE_TRIES_MAX 15u    /* what fits into 63Cx */
#define STATE_KEY_COUNT 24u    /* 9A, 9C, 9D, 9E, 82 to 95 */
#define STATE_OBJECT_COUNT 37u /* 7E, 7F61, 5FC101 to 5FC123 */
#define STATE_OBJECT_MAX 0x8000u /* bytes of one object */

struct state_pin {
	struct secret value; /* STATE_PIN_LEN bytes */
	unsigned tries;      /* left */
	unsigned limit;      /* to begin with, 1 to STATE_TRIES_MAX */
};

struct state {
	uint8_t guid[STATE_GUID_LEN];
	struct state_pin pin;
	struct state_pin puk;
	uint8_t admin_algorithm; /* 03, 08, 0A or 0C */
	struct secret admin_key;
	struct secret keys[STATE_KEY_COUNT];       /* PKCS#8, by state_key_index(); no data: no key */
	struct secret objects[STATE_OBJECT_COUNT]; /* by state_object_index(); no data: not there */
};

/* A state with nothing in it, owned by the caller; NULL for want of memory. */
struct state *state_new(void) MUST_USE;

/* Wipe and free; for AUTO(). *state may be NULL. */
void state_free(struct state **state);

/* Where a key reference or an object's tag is kept; SIZE_MAX if the card has no such place. */
size_t state_key_index(uint8_t reference) MUST_USE;
size_t state_object_index(uint32_t tag) MUST_USE;

/* The other way; index is below STATE_KEY_COUNT, STATE_OBJECT_COUNT. */
uint8_t state_key_reference(size_t index) MUST_USE;
uint32_t state_object_tag(size_t index) MUST_USE;

/* Bytes of a card management key with this algorithm; 0 if there is no such algorithm (SP 800-78-4, table 6-2). */
size_t state_admin_key_len(uint8_t algorithm) MUST_USE;

/*
 * Write a state as DER, read it again. Reading returns NULL if the bytes are not, to their end, a state of the
 * version this program knows, with every part in its bounds.
 */
bool state_pack(const struct state *state, struct secret *ret_der) MUST_USE;
struct state *state_unpack(struct span der) MUST_USE;

#endif
