/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The paddings of RSA signatures (RFC 8017, 9): put around data before the card's raw operation, and compared with
 * what a public key makes of a signature.
 */
#ifndef MDP_MINIDRIVER_DRV_SIGN_PADDING_H
#define MDP_MINIDRIVER_DRV_SIGN_PADDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_hash.h"

struct digest_info; /* a hash as PKCS #1 v1.5 names it in a signature */

struct sign_padding {
	DWORD type; /* CARD_PADDING_NONE, _PKCS1 or _PSS */
	const struct digest_info *digest_info; /* PKCS1 */
	bool with_oid; /* PKCS1: the DigestInfo stands around the hash value */
	const struct hash *hash; /* PSS, as the next two */
	const struct hash *mgf;
	size_t salt_len;
};

/*
 * What CARD_SIGNING_INFO says of the padding; info is the structure that belongs to the type. Errors:
 * SCARD_E_INVALID_PARAMETER (no such type or hash, NULL).
 */
DWORD sign_padding_of_info(DWORD type, const void *info, struct sign_padding *ret_padding) MUST_USE;
/* The same where only a hash is named: PKCS #1 v1.5. 0: the data is what it is. Errors: SCARD_E_INVALID_PARAMETER. */
DWORD sign_padding_of_alg(ALG_ID alg, bool with_oid, struct sign_padding *ret_padding) MUST_USE;

/*
 * The block for a modulus of so many bits around data. Errors: SCARD_E_INVALID_PARAMETER (the data is too long, or not
 * of the hash's length; a salt too long for the modulus), SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (OpenSSL).
 */
DWORD sign_pad(const struct sign_padding *padding, struct span data, size_t bits, struct secret *ret_block) MUST_USE;
/*
 * Whether a block, of the modulus' length, is one around this data. Errors: as sign_pad; SCARD_E_INVALID_VALUE (it is
 * not).
 */
DWORD sign_padding_check(const struct sign_padding *padding, struct span data, size_t bits, struct span block) MUST_USE;
/*
 * What a block is around: all of it without padding, the content of PKCS #1 v1.5's. Errors: SCARD_E_INVALID_VALUE (it is
 * none), SCARD_E_INVALID_PARAMETER (a padding that hides it).
 */
DWORD sign_padding_recover(const struct sign_padding *padding, struct span block, struct span *ret_content) MUST_USE;

#endif
