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

/* What the key of a certificate is for. */
enum certificate_use {
	CERTIFICATE_AUTHENTICATION, /* digitalSignature */
	CERTIFICATE_SIGNATURE,      /* digitalSignature and nonRepudiation */
	CERTIFICATE_MANAGEMENT,     /* keyAgreement, or keyEncipherment for RSA */
};

struct certificate_request {
	EVP_PKEY *pkey;           /* borrowed; signs, too */
	enum certificate_use use;
	const char *slot;         /* the key's slot, at most 4 bytes: in the common name */
	const char *subject;      /* what the common name begins with */
	const char *email;        /* subjectAltName, for mail; NULL: none */
};

/*
 * Make a self-signed certificate, as DER: common name "subject SLOT", keyUsage as the use asks for, valid from
 * yesterday to 2099. Returns false if OpenSSL refuses (a subject of more than 56 bytes, for one; a key that cannot
 * sign, for another).
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
