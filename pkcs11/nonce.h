/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The generator functions for nonces (PKCS#11 3.0 2.13.1, CKG_*): a nonce is made of the caller's and of what the
 * module puts into the bits that are not fixed, such that none comes twice.
 */
#ifndef MDP_PKCS11_NONCE_H
#define MDP_PKCS11_NONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

#define NONCE_MAX 128u /* bytes: as many as any mode takes */

struct nonce_rule {
	CK_ULONG generator;  /* CKG_ */
	CK_ULONG fixed_bits; /* the most significant ones, which are the caller's */
	CK_ULONG len;        /* bytes in all */
};

/* What a message-based encryption remembers from one message to the next; all zero: nothing yet. */
struct nonce_history {
	struct nonce_rule rule; /* of the first nonce that was generated */
	CK_BYTE first[NONCE_MAX];
	uint64_t count;
};

/*
 * Make the next nonce of a wrapping or encryption with `key` out of the caller's; CKG_NO_GENERATE leaves it as it is.
 * CKG_GENERATE_COUNTER and CKG_GENERATE_COUNTER_XOR count from zero in `history`, or where that is NULL through all
 * that is done with the key; in a history with one of them the rule must stay the same, and for
 * CKG_GENERATE_COUNTER_XOR the caller's nonce. CKG_GENERATE_RANDOM gives no more nonces of one key than leave a
 * chance of 2^-32 that two are the same (SP 800-38D 8.3). CKG_GENERATE is random where 96 bits are to be made, and
 * else counts all that is done with the key. Errors: CKR_MECHANISM_PARAM_INVALID (no such generator, nothing to
 * generate, too few random bits, a rule that changed), CKR_DATA_LEN_RANGE (there are no more nonces).
 */
CK_RV cki_nonce_next(struct md_key *key, const struct nonce_rule *rule, struct nonce_history *history,
		     CK_BYTE *inout_nonce);

#endif
