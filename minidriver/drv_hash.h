/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hashes by their CNG names: looked up once, where a parameter list is read.
 */
#ifndef MDP_MINIDRIVER_DRV_HASH_H
#define MDP_MINIDRIVER_DRV_HASH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/ossl_digest.h"
#include "base/span.h"
#include "minidriver/wintypes.h"

enum hash_id {
	HASH_MD5 = 0,
	HASH_SHA1,
	HASH_SHA224,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
	HASH_SHA3_224,
	HASH_SHA3_256,
	HASH_SHA3_384,
	HASH_SHA3_512,
	HASH_SHA512_224,
	HASH_SHA512_256,
	HASH_BLAKE2B_160,
	HASH_BLAKE2B_256,
	HASH_BLAKE2B_384,
	HASH_BLAKE2B_512,
	HASH_SHAKE128,
	HASH_SHAKE256,
	HASH_MD2,
	HASH_MD4,
	HASH_COUNT
};

struct hash {
	enum hash_id id;
	LPCWSTR name;
	const char *ossl; /* OpenSSL's name */
	size_t len;       /* bytes of the result; of an XOF: twice its strength */
	bool sized;       /* OpenSSL has to be told len */
	bool xof;
	bool legacy;      /* in OpenSSL's legacy provider */
};

/* The hash of an id. */
const struct hash *hash_of(enum hash_id id) MUST_USE;
/*
 * The hash whose name, with its NUL, stands in bytes; NULL: none, or one that the OpenSSL found at run time cannot
 * compute.
 */
const struct hash *hash_by_name(struct span bytes) MUST_USE;
/* The same for a name that ends with its NUL; NULL for NULL. */
const struct hash *hash_named(LPCWSTR name) MUST_USE;
/* Whether the OpenSSL found at run time can compute it. */
bool hash_available(const struct hash *hash) MUST_USE;
/*
 * Make a digest of len bytes, of a hash that is no XOF, and begin; *context is all zero before, and the caller's to end
 * whatever this returns. False: OpenSSL cannot, or no memory is left.
 */
bool hash_begin(struct ossl_digest_context *context, const struct hash *hash) MUST_USE;
/* Forget what went into one that was made so, and begin anew. False: OpenSSL cannot. */
bool hash_start(const struct ossl_digest_context *context, const struct hash *hash) MUST_USE;

#endif
