/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/nonce.h"

#include <string.h>

#include "pkcs11/error.h"

#define RANDOM_SAFE_BITS 96u   /* SP 800-38D 8.2.2: what a random field has at least */
#define COLLISION_BITS 32u     /* SP 800-38D 8: -log2 of the chance that two nonces are the same */

/* Which of the bits of a byte are generated; `above` bytes stand behind it. */
static CK_BYTE mask_of(size_t above, size_t bits)
{
	if (8 * above >= bits)
		return 0;
	return bits - 8 * above >= 8 ? 0xFF : (CK_BYTE)((1u << (bits - 8 * above)) - 1);
}

static CK_BYTE byte_of(uint64_t count, size_t above)
{
	return above < sizeof(count) ? (CK_BYTE)(count >> (8 * above)) : 0;
}

static uint64_t power_of_two(size_t exponent)
{
	return exponent < 64 ? UINT64_C(1) << exponent : UINT64_MAX;
}

static CK_RV put_count(const struct nonce_rule *rule, size_t bits, uint64_t count, CK_BYTE *nonce)
{
	const bool exclusive = rule->generator == CKG_GENERATE_COUNTER_XOR;

	if (count >= power_of_two(bits))
		return CKR_DATA_LEN_RANGE;
	for (size_t above = 0; above < rule->len; above++) {
		CK_BYTE *at = &nonce[rule->len - 1 - above];
		const CK_BYTE mask = mask_of(above, bits);
		const CK_BYTE kept = exclusive ? *at : *at & (CK_BYTE)~mask;

		*at = kept ^ (byte_of(count, above) & mask);
	}
	return CKR_OK;
}

/* So many pairs among q nonces that q^2 / 2^bits stays below 2^-32. */
static CK_RV put_random(const struct nonce_rule *rule, size_t bits, uint64_t count, CK_BYTE *nonce)
{
	CK_BYTE random[NONCE_MAX];
	CK_RV rv;

	if (bits < COLLISION_BITS)
		return CKR_MECHANISM_PARAM_INVALID;
	if (count >= power_of_two((bits - COLLISION_BITS) / 2))
		return CKR_DATA_LEN_RANGE;
	rv = cki_error(CKI_CALL_GENERAL, md_random(random, rule->len));
	for (size_t above = 0; rv == CKR_OK && above < rule->len; above++) {
		CK_BYTE *at = &nonce[rule->len - 1 - above];
		const CK_BYTE mask = mask_of(above, bits);

		*at = (*at & (CK_BYTE)~mask) | (random[above] & mask);
	}
	return rv;
}

static bool is_counted(const struct nonce_rule *rule)
{
	return rule->generator == CKG_GENERATE_COUNTER || rule->generator == CKG_GENERATE_COUNTER_XOR;
}

/*
 * The first nonce that is generated settles the rule. Where none is counted the next one may have another: what
 * CKG_GENERATE and CKG_GENERATE_RANDOM give differs all the same. A counter beside them would give their nonces again.
 */
static CK_RV keep_rule(struct nonce_history *history, const struct nonce_rule *rule, const CK_BYTE *nonce)
{
	const struct nonce_rule *settled = &history->rule;

	if (settled->len == 0) {
		history->rule = *rule;
		memcpy(history->first, nonce, rule->len);
	}
	if (!is_counted(settled) && !is_counted(rule))
		return CKR_OK;
	if (rule->generator != settled->generator || rule->fixed_bits != settled->fixed_bits ||
	    rule->len != settled->len)
		return CKR_MECHANISM_PARAM_INVALID;
	/* PKCS#11 3.0 2.13.2 has callers pass the same nonce each time; another one could repeat an old result. */
	if (rule->generator == CKG_GENERATE_COUNTER_XOR && memcmp(history->first, nonce, rule->len) != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

CK_RV cki_nonce_next(struct md_key *key, const struct nonce_rule *rule, struct nonce_history *history,
		     CK_BYTE *inout_nonce)
{
	uint64_t count;
	size_t bits;
	CK_RV rv = CKR_OK;

	if (rule->generator == CKG_NO_GENERATE)
		return CKR_OK;
	if (rule->generator > CKG_GENERATE_COUNTER_XOR || rule->len > NONCE_MAX || rule->fixed_bits >= 8 * rule->len)
		return CKR_MECHANISM_PARAM_INVALID;
	bits = 8 * rule->len - rule->fixed_bits;
	if (history != NULL)
		rv = keep_rule(history, rule, inout_nonce);
	if (rv != CKR_OK)
		return rv;
	count = history != NULL && is_counted(rule) ? history->count++ : md_key_number(key);
	if (rule->generator == CKG_GENERATE_RANDOM || (rule->generator == CKG_GENERATE && bits >= RANDOM_SAFE_BITS))
		return put_random(rule, bits, count, inout_nonce);
	return put_count(rule, bits, count, inout_nonce);
}
