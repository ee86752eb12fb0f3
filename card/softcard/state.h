/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a software card remembers without power: which application it has, its identity, its PINs with their
 * counters, the card management key, private keys and data objects.
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
#define STATE_PIN_LEN 8u       /* PIV: bytes of a PIN or PUK, padded with FF (SP 800-73-4 part 2, 2.4.3) */
#define STATE_PASSWORD_MAX 64u /* OpenPGP: bytes of a password at most; the specification allows up to 127 */
#define STATE_PW1_MIN 6u       /* OpenPGP card 3.4, 4.3.1 */
#define STATE_PW3_MIN 8u       /* the same for a resetting code */
#define STATE_TRIES_MAX 15u    /* what fits into 63Cx */
#define STATE_KEY_COUNT 24u    /* places: PIV takes all, 9A, 9C, 9D, 9E, 82 to 95; OpenPGP B6, B8, A4 */
#define STATE_OBJECT_COUNT 37u /* places: PIV takes all, 7E, 7F61, 5FC101 to 5FC123; OpenPGP: openpgp_objects.h */
#define STATE_OBJECT_MAX 0x8000u /* bytes of one object */

/* Which application a card has; the numbers are those in the file. */
enum state_applet {
	STATE_PIV = 0,
	STATE_OPENPGP = 1,
	STATE_APPLET_COUNT
};

/* For an index that the application has no place for, or a reference or tag it does not know. */
#define STATE_NONE SIZE_MAX

struct state_pin {
	struct secret value; /* PIV: STATE_PIN_LEN bytes; OpenPGP: as it is typed */
	unsigned tries;      /* left */
	unsigned limit;      /* to begin with, 1 to STATE_TRIES_MAX */
};

struct state {
	enum state_applet applet;
	uint8_t guid[STATE_GUID_LEN];
	struct state_pin pin;        /* OpenPGP: PW1 */
	struct state_pin puk;        /* OpenPGP: PW3 */
	struct state_pin reset_code; /* OpenPGP alone; no data in it: there is none */
	uint8_t admin_algorithm;     /* PIV alone: 03, 08, 0A or 0C */
	struct secret admin_key;
	struct secret keys[STATE_KEY_COUNT];       /* PKCS#8, by state_key_index(); no data: no key */
	struct secret objects[STATE_OBJECT_COUNT]; /* by state_object_index(); no data: not there */
};

/* A state of a PIV card with nothing in it, owned by the caller; NULL for want of memory. */
struct state *state_new(void) MUST_USE;

/* Wipe and free; for AUTO(). *state may be NULL. */
void state_free(struct state **state);

/* Where an application keeps a key reference's key or a tag's object; STATE_NONE if it has no such place. */
size_t state_key_index(enum state_applet applet, uint8_t reference) MUST_USE;
size_t state_object_index(enum state_applet applet, uint32_t tag) MUST_USE;

/* How many places an application uses, from the first on. */
size_t state_key_count(enum state_applet applet) MUST_USE;
size_t state_object_count(enum state_applet applet) MUST_USE;

/* The other way; index is below the count. */
uint8_t state_key_reference(enum state_applet applet, size_t index) MUST_USE;
uint32_t state_object_tag(enum state_applet applet, size_t index) MUST_USE;

/* Bytes of a card management key with this algorithm; 0 if there is no such algorithm (SP 800-78-4, table 6-2). */
size_t state_admin_key_len(uint8_t algorithm) MUST_USE;

/*
 * Write a state as DER, read it again. Reading returns NULL if the bytes are not, to their end, a state of the
 * version this program knows, with every part in its bounds.
 */
bool state_pack(const struct state *state, struct secret *ret_der) MUST_USE;
struct state *state_unpack(struct span der) MUST_USE;

#endif
