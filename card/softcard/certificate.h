/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Certificates for the keys of a software card: self-signed ones, and such as are given. ossl_acquire() comes
 * before.
 */
#ifndef MDP_CARD_SOFTCARD_CERTIFICATE_H
#define MDP_CARD_SOFTCARD_CERTIFICATE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"

struct certificate_request {
	EVP_PKEY *pkey;      /* borrowed; signs, too */
	uint8_t reference;   /* the key's slot: decides about the key usage and is in the common name */
	const char *subject; /* what the common name begins with */
	const char *email;   /* subjectAltName, for mail; NULL: none */
};

/*
 * Make a self-signed certificate, as DER: common name "subject slot", keyUsage as the slot asks for (9C
 * digitalSignature and nonRepudiation, 9D and retired keyAgreement or keyEncipherment, others digitalSignature),
 * valid from yesterday to 2099. Returns false if OpenSSL refuses (a subject of more than 56 bytes, for one).
 */
bool certificate_self_signed(const struct certificate_request *request, struct secret *ret_der) MUST_USE;

/* Read a certificate, PEM or DER, to DER. Returns false if the bytes are none. */
bool certificate_read(struct span bytes, struct secret *ret_der) MUST_USE;

/* Whether a certificate (DER) is for this key. */
bool certificate_matches(struct span der, EVP_PKEY *pkey) MUST_USE;

/* Read a private key, PEM (not encrypted) or DER; owned by the caller, NULL if the bytes are none. */
EVP_PKEY *certificate_read_key(struct span bytes) MUST_USE;

/* Append the PEM of a certificate (DER). Returns false for want of memory. */
bool certificate_to_pem(struct span der, struct secret *out) MUST_USE;

/* Append a line that says whose certificate it is. Returns false if it is none. */
bool certificate_subject(struct span der, struct secret *out) MUST_USE;

#endif
