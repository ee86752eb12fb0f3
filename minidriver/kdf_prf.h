/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pseudorandom functions that KDFs are made of: HMAC, and AES-CMAC. One is given its key once, and computes any
 * number of results with it: kdf_prf_start(), kdf_prf_feed() as often as wanted, kdf_prf_finish().
 *
 *     AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
 */
#ifndef MDP_MINIDRIVER_KDF_PRF_H
#define MDP_MINIDRIVER_KDF_PRF_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/drv_hash.h"
#include "minidriver/hmac.h"
#include "minidriver/kdf.h"

#define KDF_CMAC_LEN 16u

struct kdf_prf {
	EVP_MAC_CTX *keyed;      /* CMAC: owned; fed with nothing but the key */
	EVP_MAC_CTX *fed;        /* CMAC: owned; the result that is being computed */
	struct hmac hmac;        /* HMAC */
	const struct hash *hash; /* HMAC */
	size_t len;              /* bytes of a result */
};

#define KDF_PRF_INIT { NULL, NULL, HMAC_INIT, NULL, 0 }

/*
 * Whether HMAC can be computed with a hash (NULL: AES-CMAC, which can). OpenSSL's HMAC has no way to shorten BLAKE2b.
 * Errors: SCARD_E_INVALID_PARAMETER.
 */
DWORD kdf_prf_check(const struct hash *hash) MUST_USE;
/* Whether a key may be key_len bytes long: for HMAC what OpenSSL takes, for AES-CMAC an AES key. */
bool kdf_prf_takes(const struct hash *hash, size_t key_len) MUST_USE;
/* Bytes of a result with a hash (NULL: AES-CMAC). */
size_t kdf_prf_len(const struct hash *hash);

/*
 * HMAC with a hash, or AES-CMAC if that is NULL, and a key, which may be empty for HMAC; instead of what prf had before.
 * The caller keeps OpenSSL's queue of errors clean (base/quiet.h) and wipes the stack.
 * Errors: SCARD_E_INVALID_PARAMETER (kdf_prf_check, kdf_prf_takes), SCARD_E_NO_MEMORY,
 * SCARD_E_UNEXPECTED (OpenSSL).
 */
DWORD kdf_prf_key(struct kdf_prf *prf, const struct hash *hash, struct span key) MUST_USE;
/* What makes more than one result with a key cheaper. False for want of memory, or when OpenSSL fails. */
bool kdf_prf_prepare(struct kdf_prf *prf) MUST_USE;
/* Free the contexts; their keys are wiped. */
void kdf_prf_end(struct kdf_prf *prf);

/* Each: false when OpenSSL fails. A result that was started and not finished is dropped by the next start. */
bool kdf_prf_start(struct kdf_prf *prf) MUST_USE;
/* A kdf_feed_fn: context is the struct kdf_prf. */
bool kdf_prf_feed(void *context, struct span bytes) MUST_USE;
/* ret_result has room for prf->len bytes, and may be among what was fed. */
bool kdf_prf_finish(struct kdf_prf *prf, uint8_t *ret_result) MUST_USE;

/*
 * Results one behind the other, until request->out is full; of the last one its leading bytes. `feed` starts and feeds
 * each: number counts from 1, last is the result before (empty for the first).
 * Errors: SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (feed failed, OpenSSL).
 */
typedef bool (*kdf_prf_round_fn)(struct kdf_prf *prf, void *context, uint32_t number, struct span last);
DWORD kdf_prf_expand(struct kdf_prf *prf, kdf_prf_round_fn feed, void *context,
		     const struct kdf_request *request) MUST_USE;

#endif
