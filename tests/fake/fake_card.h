/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A card in memory: card_ops with real keys, for unit tests. A test describes a world of readers and cards, and gets
 * every call counted and, on request, failed or slowed down.
 *
 *     fake_reset();                          // one reader, an empty card, no PIN
 *     fake_personalise();                    // or: the usual card (below)
 *     fake_fail(FAKE_ECDH, CE_CARD, 2);      // the second ecdh from now fails
 *
 * The usual card, in reader 0: PIN index 0 "123456" (3 tries), index 1 the PUK "12345678"; keys, each with a
 * self-signed certificate of the same index:
 *   0  P-256   derive and sign      id 01
 *   1  P-384   derive               id 02
 *   2  P-521   derive               id 03
 *   3  RSA     sign, decrypt        id 04
 *   4  P-256   sign, always authenticate, id 05
 * and certificate 5: an authority's, of no key. fake_add_key() adds others, among them keys of RFC 7748 and RFC 8032.
 *
 * What is set up stays until the next fake_reset(). Numbers of keys and PINs are those of card.h and of md.h.
 */
#ifndef MDP_TESTS_FAKE_FAKE_CARD_H
#define MDP_TESTS_FAKE_FAKE_CARD_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "card/card.h"

#define FAKE_PIN "123456"
#define FAKE_PUK "12345678"

enum fake_op {
	FAKE_SYSTEM_OPEN = 0,
	FAKE_READERS_REFRESH,
	FAKE_READER_INFO,
	FAKE_WATCH_OPEN,
	FAKE_WATCH_WAIT,
	FAKE_CONNECT,
	FAKE_DISCONNECT,
	FAKE_CHECK,
	FAKE_CERT_READ,
	FAKE_DATA_READ,
	FAKE_BEGIN,
	FAKE_PIN_ASK,
	FAKE_PIN_VERIFY,
	FAKE_PIN_CHANGE,
	FAKE_PIN_UNBLOCK,
	FAKE_PIN_STATUS,
	FAKE_LOGOUT,
	FAKE_CARD_RESET,
	FAKE_ECDH,
	FAKE_SIGN_RAW,
	FAKE_RSA_DECRYPT,
	FAKE_OP_COUNT
};

struct fake_key {
	enum card_key_type type;
	const char *curve;        /* not RSA: OpenSSL's name; "X25519", "X448", "ED25519", "ED448" */
	const char *private_hex;  /* the private key; NULL: a random one, but RSA keys are then all the same one */
	const char *modulus_hex;  /* of an RSA key with private_hex, its exponent; the public one is 010001 */
	unsigned usage;           /* enum card_key_usage */
	const char *id;           /* the bytes of a string; NULL: one byte, the key's number + 1 */
	const char *label;        /* NULL: "key" */
	const char *public_label; /* NULL: as label */
	bool no_pin;              /* else PIN 0 */
	bool always_authenticate;
	bool no_public;           /* the card does not give the public key */
	bool no_certificate;
	bool pads;                /* RSA: PKCS #1 v1.5's padding is all the card says it can */
};

/* ---- the world -------------------------------------------------------------------------------------- */

void fake_reset(void);
void fake_personalise(void);
/* Free everything; for tests that look for leaks. fake_reset() begins anew. */
void fake_clear(void);
/* Readers: fake_reset() makes one, with the card in it. */
size_t fake_add_reader(const char *name, bool card_present);
void fake_remove_card(size_t reader);
void fake_insert_card(size_t reader); /* another event than before: connections to the old one are refused */
void fake_unplug(size_t reader);
void fake_plug(size_t reader); /* without a card */
void fake_no_readers(void);
/* Add to the card (the same in all readers); returns the number. Before md_card_acquire. */
size_t fake_add_key(const struct fake_key *key);
size_t fake_add_authority(void);
/* One more certificate of a key. */
size_t fake_add_second_certificate(size_t key);
/* A data object; oid: contents octets, may be empty. A private one cannot be read before PIN 0. */
struct fake_data {
	const char *label;
	const char *application;
	struct span oid;
	struct span bytes;
	bool is_private;
};
size_t fake_add_data(const struct fake_data *data);
/* A certificate that cannot be read before PIN 0. */
void fake_make_certificate_private(size_t cert);
size_t fake_add_pin(const char *label, const char *value, int tries, bool so);
/* Let a PIN be unblocked by another one, which is a PUK (it only unblocks) or not. */
void fake_set_unblocked_by(size_t pin, size_t by, bool unblocks_only);
/* The reader has a pad; its user enters this value for every PIN it asks for. NULL: no pad. */
void fake_set_pad(const char *value);
/* What libopensc's configuration says of keeping PINs; true at first. */
void fake_set_pin_caching(bool allowed);
/* What another program does: it resets the card, or logs out; or gives a PIN another value. */
void fake_forget_pins(void);
void fake_set_pin(size_t pin, const char *value);
bool fake_pin_is(size_t pin, const char *value);
int fake_tries(size_t pin);
/* Whether the card counts a PIN as verified. */
bool fake_verified(size_t pin);
void fake_set_config(const char *name, bool value); /* one switch */
/* The key pair behind a number, borrowed. */
EVP_PKEY *fake_pkey(size_t key);
/* The public point 04 || X || Y of a key, or its u-coordinate, borrowed. */
struct span fake_point(size_t key);
/* Z of a key with its own public key, as OpenSSL computes it. Returns its length. */
size_t fake_own_z(size_t key, uint8_t ret_z[66]);
/* Whether r || s is a signature of an EC key over a digest. */
bool fake_ecdsa_verifies(size_t key, struct span digest, struct span signature);
bool fake_logged_in(void);

/* ---- counting, failing, slowing --------------------------------------------------------------------- */

unsigned fake_calls(enum fake_op op);
/* Calls that would have been commands to the card: cert_read, data_read, pin_*, logout, reset, ecdh, sign_raw, rsa_decrypt_raw. */
unsigned fake_commands(void);
void fake_reset_counts(void);
/* The `nth` call of an operation from now (1: the next) fails with err, once. */
void fake_fail(enum fake_op op, card_err err, unsigned nth);
/* Every call of an operation takes that long; 0: none. */
void fake_slow(enum fake_op op, unsigned milliseconds);
/* Every call of an operation waits until it is let go, half a minute at most. */
void fake_hold(enum fake_op op, bool held);
/* How many calls are inside an operation at this moment. */
unsigned fake_inside(enum fake_op op);

#endif
