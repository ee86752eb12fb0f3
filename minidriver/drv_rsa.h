/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decryption by an RSA key of the card, whose padding is taken off here.
 */
#ifndef MDP_MINIDRIVER_DRV_RSA_H
#define MDP_MINIDRIVER_DRV_RSA_H

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/drv.h"
#include "minidriver/drv_hash.h"

/* How the data is padded (RFC 8017, 7). */
struct rsa_padding {
	DWORD type; /* CARD_PADDING_NONE, _PKCS1 or _OAEP */
	const struct hash *hash; /* OAEP */
	const struct hash *mgf;
	struct span label; /* borrowed */
};

/*
 * Read what a caller says of the padding; info is the structure that belongs to the type. Errors:
 * SCARD_E_INVALID_PARAMETER (no such type or hash, NULL), SCARD_E_UNSUPPORTED_FEATURE (CARD_PADDING_PSS).
 */
DWORD rsa_padding_read(DWORD type, const void *info, struct rsa_padding *ret_padding) MUST_USE;

/* A block of the modulus' length around data. Errors: SCARD_E_INVALID_PARAMETER (too long), SCARD_E_NO_MEMORY. */
DWORD rsa_pad(const struct rsa_padding *padding, struct span data, size_t modulus_len,
	      struct secret *ret_block) MUST_USE;

/*
 * Decrypt: input is big-endian and as long as the modulus. Without padding the result is a block of that length, else
 * what was padded. Errors: SCARD_E_NO_KEY_CONTAINER, SCARD_E_INVALID_PARAMETER (no RSA key, no key-exchange key,
 * length), SCARD_E_INVALID_VALUE (the padding is wrong), SCARD_E_UNSUPPORTED_FEATURE (the card cannot), the card's.
 */
DWORD rsa_decrypt(struct drv *drv, BYTE container, const struct rsa_padding *padding, struct span input,
		  struct secret *ret_data) MUST_USE;

#endif
