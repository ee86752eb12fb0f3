/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data objects of the OpenPGP application (section 4.4): what is built, and what is kept in the state. */
#ifndef MDP_CARD_SOFTCARD_OPENPGP_OBJECTS_H
#define MDP_CARD_SOFTCARD_OPENPGP_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "card/softcard/state.h"

#define OPENPGP_AID_SHORTEST 6u /* bytes of the AID that name the application; its version and number follow */

/* Tags of what is kept; of the lists by key, entry i is of the key with openpgp_key_number() i. */
#define OPENPGP_TAG_NAME 0x5Bu
#define OPENPGP_TAG_LOGIN 0x5Eu
#define OPENPGP_TAG_COUNTER 0x93u          /* signatures made; 3 bytes */
#define OPENPGP_TAG_ATTRIBUTES 0xC1u       /* and C2, C3 */
#define OPENPGP_TAG_PW_STATUS 0xC4u        /* kept: the first byte alone, 01 if PW1 is good for several signatures */
#define OPENPGP_TAG_FINGERPRINTS 0xC5u     /* 3 times 20 bytes */
#define OPENPGP_TAG_CA_FINGERPRINTS 0xC6u  /* likewise */
#define OPENPGP_TAG_TIMES 0xCDu            /* 3 times 4 bytes */
#define OPENPGP_TAG_PRIVATE 0x0101u        /* to 0104 */
#define OPENPGP_TAG_LANGUAGE 0x5F2Du
#define OPENPGP_TAG_SEX 0x5F35u
#define OPENPGP_TAG_URL 0x5F50u
#define OPENPGP_TAG_CERTIFICATE 0x7F21u
#define OPENPGP_KEPT_CERTIFICATE 0x7F2100u /* | which: authentication 0, decryption 1, signature 2 (7.2.5) */

#define OPENPGP_KEY_COUNT 3u
#define OPENPGP_TIME_LEN 4u
#define OPENPGP_COUNTER_LEN 3u
#define OPENPGP_CHALLENGE_MAX 0x0400u
#define OPENPGP_PRIVATE_MAX 0x0400u
#define OPENPGP_CERTIFICATE_MAX 0x2000u

/* Position of a key in the lists: signature 0, decryption 1, authentication 2. */
unsigned openpgp_key_number(uint8_t reference) MUST_USE;

/* The tag by which a key's certificate is kept. */
uint32_t openpgp_certificate_tag(uint8_t reference) MUST_USE;

/* Where an object is kept; the tag is one that state_object_index() knows. */
struct secret *openpgp_object(struct state *state, uint32_t tag) MUST_USE;

/* Application identifier: version 3.4, a manufacturer's number from those for random serial numbers (4.2.1). */
bool openpgp_build_aid(const uint8_t guid[STATE_GUID_LEN], struct secret *out) MUST_USE;

/*
 * Append what GET DATA answers for a tag. `certificate` says which one 7F21 means. An object that is known and
 * empty adds nothing. Returns SW_OK, SW_NO_REFERENCE, SW_MEMORY_FAILURE.
 */
unsigned openpgp_build(struct state *state, uint32_t tag, uint8_t certificate, struct secret *out) MUST_USE;

#endif
