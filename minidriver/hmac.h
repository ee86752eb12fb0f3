/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HMAC (FIPS 198-1), built on OpenSSL's hashes: for short messages its own HMAC costs many times what the hash does.
 * One is given its key once, and computes any number of results with it, each of which begins by itself with what is
 * fed first.
 *
 *     AUTO(hmac_end) struct hmac hmac = HMAC_INIT;
 */
#ifndef MDP_MINIDRIVER_HMAC_H
#define MDP_MINIDRIVER_HMAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ossl_digest.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/drv_hash.h"
#include "minidriver/winerror.h"
#include "minidriver/wintypes.h"

enum hmac_pad {
	HMAC_INNER = 0,
	HMAC_OUTER,
	HMAC_PADS
};

struct hmac {
	const struct ossl_digest *digest;
	size_t len;         /* bytes of a result */
	struct secret pads; /* K0 ^ ipad, K0 ^ opad, room for a hash */
	struct ossl_digest_context keyed[HMAC_PADS]; /* fed with the one and the other; empty before hmac_prepare() */
	struct ossl_digest_context fed;              /* what is being computed */
	bool under_way;
};

#define HMAC_INIT { NULL, 0, SECRET_INIT, { { NULL, NULL }, { NULL, NULL } }, { NULL, NULL }, false }

/*
 * Take a key of any length and a hash that has one length; instead of what hmac had before. What is computed with the
 * key leaves something of it on the stack (base/wipe.h), until hmac_prepare() was called.
 * Errors: SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (OpenSSL).
 */
DWORD hmac_key(struct hmac *hmac, const struct hash *hash, struct span key) MUST_USE;
/*
 * Take the blocks with the key into the hash once and for all: for more than one result with the key. What was fed and
 * not finished is dropped. False for want of memory, or when OpenSSL fails.
 */
bool hmac_prepare(struct hmac *hmac) MUST_USE;
/* Free everything; the key is wiped. */
void hmac_end(struct hmac *hmac);

/* Drop what was fed and not finished. */
void hmac_forget(struct hmac *hmac);
/* False when OpenSSL fails. */
bool hmac_feed(struct hmac *hmac, struct span bytes) MUST_USE;
/* hmac->len bytes, which may be among what was fed. False when OpenSSL fails. */
bool hmac_finish(struct hmac *hmac, uint8_t *ret_result) MUST_USE;

#endif
