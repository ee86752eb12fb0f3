/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the software card's tests share: a card file in a directory of its own, the card powered up, and commands
 * as they are written in books. Everything that goes wrong in here fails the test.
 */
#ifndef MDP_TESTS_SOFTCARD_TEST_H
#define MDP_TESTS_SOFTCARD_TEST_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "card/softcard/personalise.h"
#include "card/softcard/softcard.h"

#define FIXTURE_PATH_MAX 256
#define FIXTURE_PIN "123456"
#define FIXTURE_PUK "12345678"
#define FIXTURE_SELECT "00A4040009A0000003080000100000"
#define FIXTURE_SELECT_OTHER "00A4040008A000000151000000"
#define FIXTURE_VERIFY "0020008008313233343536FFFF"
#define FIXTURE_VERIFY_WRONG "0020008008393939393939FFFF"

struct fixture {
	char directory[FIXTURE_PATH_MAX];
	char path[FIXTURE_PATH_MAX + 16]; /* of the card file */
	struct softcard *card;
	uint8_t answer[APDU_ANSWER_MAX];
	struct span data; /* of the last answer, without the status word */
};

/* Make a directory and a card in it with keys such as "9d:EC:prime256v1" up to a NULL, and power it up. */
struct fixture *fixture_new(const char *const *keys);

/* The same with another card management key. */
struct fixture *fixture_new_admin(const char *const *keys, uint8_t algorithm, struct span admin_key);

/* The same for a card with the OpenPGP application; keys such as "b8:X25519". */
struct fixture *fixture_new_openpgp(const char *const *keys);

/* Power down, remove the files, free. */
void fixture_free(struct fixture *fixture);

/* Make a card file at a path, with the keys. */
void fixture_make_card(const char *path, const char *const *keys, uint8_t algorithm, struct span admin_key);

/*
 * A key of a kind such as "RSA:2048", owned by the caller: one of RSA is always the same, for making one takes
 * long. ossl_acquire() comes before.
 */
EVP_PKEY *fixture_key(const char *kind);

/* Put such a key on the card (which is powered up anew). */
void fixture_import(struct fixture *fixture, uint8_t reference, const char *kind);

/* Send one command; returns the status word. */
unsigned fixture_send(struct fixture *fixture, struct span command);
unsigned fixture_hex(struct fixture *fixture, const char *hex);

/*
 * Send data under a header (four bytes in hex) as a chain of commands of up to 255 bytes, gather the answer by GET
 * RESPONSE.
 */
unsigned fixture_chain(struct fixture *fixture, const char *header, struct span data, struct secret *ret_answer);

/* Prove the card management key (which has to be the usual one) to the card. */
void fixture_admin(struct fixture *fixture);

/* Bytes of hexadecimal digits. */
void fixture_read_hex(const char *hex, struct secret *ret_bytes);

/* The public key of a slot's certificate; owned by the caller. */
EVP_PKEY *fixture_public_key(const struct fixture *fixture, uint8_t reference);

/* The tries that the file says are left. */
unsigned fixture_pin_tries(const struct fixture *fixture);

#endif
