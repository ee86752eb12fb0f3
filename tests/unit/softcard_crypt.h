/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other side of a card, for tests: OpenSSL in its default context, apart from what the card computes with. */
#ifndef MDP_TESTS_SOFTCARD_CRYPT_H
#define MDP_TESTS_SOFTCARD_CRYPT_H

#include <openssl/types.h>
#include <stdbool.h>

#include "base/secret.h"

/* One block through a cipher such as "AES-128-ECB"; failing fails the test. */
void crypt_block(const char *cipher, bool encrypt, struct span key, struct span block, struct secret *ret_block);

/* A fresh key on a curve, and its public key as an uncompressed point. */
EVP_PKEY *crypt_ec_key(const char *group, struct secret *ret_point);

/* The public point of a fresh key that nobody needs. */
void crypt_ec_point(const char *group, struct secret *ret_point);

/* The shared secret of a private and a public key. */
void crypt_agree(EVP_PKEY *private_key, EVP_PKEY *public_key, struct secret *ret_z);

/* Whether an ECDSA signature (DER) on a hash is the key's. */
bool crypt_verify(EVP_PKEY *public_key, struct span hash, struct span signature);

/* The RSA public operation without padding. */
void crypt_rsa_public(EVP_PKEY *public_key, struct span input, struct secret *ret_output);

#endif
