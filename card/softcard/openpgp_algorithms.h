/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kinds of keys the OpenPGP application takes for what, and how its algorithm attributes name them. */
#ifndef MDP_CARD_SOFTCARD_OPENPGP_ALGORITHMS_H
#define MDP_CARD_SOFTCARD_OPENPGP_ALGORITHMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "card/softcard/keys.h"

/*
 * Append the attributes of a kind for a key reference (4.4.3.9): RSA's lengths, or algorithm and object identifier
 * of the curve. Returns false, nothing added, if the key cannot be of that kind, or for want of memory.
 */
bool openpgp_put_attributes(uint8_t reference, const struct key_kind *kind, struct secret *out) MUST_USE;

/* The kind that attributes mean for a key reference; NULL if they are of no kind it can have. */
const struct key_kind *openpgp_kind(uint8_t reference, struct span attributes) MUST_USE;

/*
 * The fingerprint that OpenPGP software knows a public key by (RFC 4880, 12.2; RFC 6637, 9; RFC 9580, 5.5.5 for the
 * curves of RFC 7748 and 8032): SHA-1 of its version 4 packet, with the time of its making, in seconds since 1970.
 * Returns false if OpenSSL refuses.
 */
#define OPENPGP_FINGERPRINT_LEN 20u
bool openpgp_fingerprint(uint8_t reference, EVP_PKEY *pkey, uint32_t made,
			 uint8_t ret_fingerprint[OPENPGP_FINGERPRINT_LEN]) MUST_USE;

#endif
