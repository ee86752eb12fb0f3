/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other side of an agreement with a card's EC key, computed with OpenSSL in the private context (which must
 * be acquired). Curves by their names: "P-256", "X25519". A failure of OpenSSL fails the running test.
 */
#ifndef MDP_TESTS_EC_PEER_H
#define MDP_TESTS_EC_PEER_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

struct ec_peer;

/* A fresh key pair. Free it with ec_peer_free(), which takes NULL too. */
struct ec_peer *ec_peer_new(const char *curve);
void ec_peer_free(struct ec_peer *peer);

/* Its public point, 04 || X || Y or u-coordinate; lives as long as the peer. */
struct span ec_peer_point(const struct ec_peer *peer);

/* The shared secret with a card's public point in the same form. */
void ec_peer_agree(const struct ec_peer *peer, struct span point, struct secret *ret_z);

/* Whether r || s is a signature of digest by the key of a public point. */
bool ec_peer_verifies(const char *curve, struct span point, struct span digest, struct span signature) MUST_USE;

/* Whether a signature of a message is that of "ED25519" or "ED448" by a public key. */
bool ec_peer_verifies_message(const char *curve, struct span point, struct span message, struct span signature)
	MUST_USE;

#endif
