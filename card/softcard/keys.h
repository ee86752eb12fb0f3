/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of the software card: which kinds there are, and what a private key does. A key rests as the DER of
 * its PKCS#8 structure in a struct secret; it is a key of OpenSSL only while it is used. ossl_acquire() comes
 * before everything here but the tables.
 */
#ifndef MDP_CARD_SOFTCARD_KEYS_H
#define MDP_CARD_SOFTCARD_KEYS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

enum key_family {
	KEY_FAMILY_RSA,
	KEY_FAMILY_EC,         /* a curve of the short Weierstrass form: ECDSA and ECDH */
	KEY_FAMILY_MONTGOMERY, /* RFC 7748: agrees only */
	KEY_FAMILY_EDWARDS,    /* RFC 8032: signs only */
};

/* A kind of asymmetric key. */
struct key_kind {
	enum key_family family;
	uint8_t id;         /* PIV's algorithm identifier (SP 800-78-4, table 6-2; 16 from SP 800-78-5); 0: PIV has none */
	const char *name;   /* what softcard-tool calls it */
	const char *alias;  /* another name it takes, or NULL */
	const char *group;  /* OpenSSL's name of the curve; NULL for RSA */
	unsigned bits;      /* of the modulus or of the field */
	size_t unit_len;    /* bytes of the modulus or of a field element */
};

extern const struct key_kind key_kinds[];
extern const size_t key_kind_count;

/* The kind with this identifier of PIV's, or this name; NULL if there is none. */
const struct key_kind *key_kind_by_id(uint8_t id) MUST_USE;
const struct key_kind *key_kind_by_name(const char *name) MUST_USE;

/* The kind of a key of OpenSSL; NULL if the card has no such kind. */
const struct key_kind *key_kind_of(const EVP_PKEY *pkey) MUST_USE;

/* Make a key, as PKCS#8. Returns false if OpenSSL refuses. */
bool key_generate(const struct key_kind *kind, struct secret *ret_pkcs8) MUST_USE;

/* Write a private key as PKCS#8. Returns false if OpenSSL refuses. */
bool key_pack(const EVP_PKEY *pkey, struct secret *ret_pkcs8) MUST_USE;

/* The key of OpenSSL that PKCS#8 bytes hold, owned by the caller; NULL if they are none. */
EVP_PKEY *key_unpack(struct span pkcs8) MUST_USE;

/* Free a key, for AUTO(). */
void key_free(EVP_PKEY **pkey);

/*
 * Append the public key as the value of a public key template 7F49: 81 modulus, 82 exponent; or 86 point
 * (SP 800-73-4 part 2, table 22). Returns false if OpenSSL refuses.
 */
bool key_put_public(EVP_PKEY *pkey, struct secret *out) MUST_USE;

/* What came of using a private key. */
enum key_result {
	KEY_OK,
	KEY_BAD_INPUT, /* length, range, or a point that is not on the curve */
	KEY_FAILED,    /* OpenSSL refuses */
};

/* The RSA private operation without padding; the input is as long as the modulus. Nothing is written on failure. */
enum key_result key_rsa_raw(EVP_PKEY *pkey, struct span input, struct secret *ret_output) MUST_USE;

/*
 * RSASSA-PKCS1-v1_5 on what stands for DigestInfo, 1 byte up to 40 % of the modulus (OpenPGP card 3.4, 7.2.10).
 * Nothing is written on failure.
 */
enum key_result key_rsa_sign(EVP_PKEY *pkey, struct span input, struct secret *ret_signature) MUST_USE;

/* RSAES-PKCS1-v1_5: the message, which may be empty. A wrong padding is KEY_BAD_INPUT. Nothing is written on failure. */
enum key_result key_rsa_decrypt(EVP_PKEY *pkey, struct span input, struct secret *ret_message) MUST_USE;

/*
 * ECDSA on a hash of 1 byte up to the length of a field element; the signature is DER. Nothing is written on
 * failure.
 */
enum key_result key_ecdsa_sign(EVP_PKEY *pkey, struct span hash, struct secret *ret_signature) MUST_USE;

/* The same signature as r || s, each as long as a field element. */
enum key_result key_ecdsa_sign_plain(EVP_PKEY *pkey, struct span hash, struct secret *ret_signature) MUST_USE;

/* EdDSA on a message of any length (RFC 8032, PureEdDSA). Nothing is written on failure. */
enum key_result key_eddsa_sign(EVP_PKEY *pkey, struct span message, struct secret *ret_signature) MUST_USE;

/*
 * The shared secret with a peer's public key, as long as a field element: for an uncompressed point the
 * x-coordinate; for a Montgomery curve, whose public key is a u-coordinate, the string of RFC 7748, 6.1. A point
 * of small order is KEY_BAD_INPUT. Nothing is written on failure.
 */
enum key_result key_ecdh(EVP_PKEY *pkey, struct span point, struct secret *ret_z) MUST_USE;

#endif
