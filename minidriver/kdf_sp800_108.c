/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"
#include "minidriver/kdf_prf.h"

#define BITS_IN_BYTE 8u

/*
 * NIST SP 800-108. BCRYPT_SP800108_CTR_HMAC_ALGORITHM has CNG's one form of counter mode (5.1), ours have an input of
 * any form, in counter mode, feedback mode (5.2) and double pipeline mode (5.3).
 */

/* A counter of one octet can count 255 rounds; none may count more than 2^32 - 1 (SP 800-108, 5). */
static size_t rounds_max(const struct kdf_params *params)
{
	if (!kdf_given(params, CARD_EXT_KDF_FIELD_COUNTER) || params->counter.cbWidth >= sizeof(uint32_t))
		return UINT32_MAX;
	return ((size_t)1 << BITS_IN_BYTE * params->counter.cbWidth) - 1;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return kdf_prf_len(params->hash);
}

/* None from a Z that is no key of the PRF. */
static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	size_t max;

	if (!kdf_prf_takes(params->hash, z_len))
		return 0;
	return __builtin_mul_overflow(rounds_max(params), kdf_prf_len(params->hash), &max) ? SIZE_MAX : max;
}

static DWORD check(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	return kdf_prf_check(params->hash);
}

/* ---- CNG's form ------------------------------------------------------------------------------------- */

/* Label and context, or the same already joined. */
static DWORD check_ctr_hmac(const struct kdf_params *params, DWORD flags)
{
	const bool label = kdf_given(params, KDF_LABEL);
	const bool context = kdf_given(params, KDF_CONTEXT);

	(void)flags;
	if (label != context || label == kdf_given(params, KDF_GENERIC_PARAMETER))
		return SCARD_E_INVALID_PARAMETER;
	return kdf_prf_check(params->hash);
}

/* L is a number of bits in 32 of them. */
static size_t max_ctr_hmac(const struct kdf_params *params, size_t z_len)
{
	const size_t max = max_len(params, z_len);

	return max < UINT32_MAX / BITS_IN_BYTE ? max : UINT32_MAX / BITS_IN_BYTE;
}

static bool feed_be32(struct kdf_prf *prf, size_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
				  (uint8_t)number };

	return kdf_prf_feed(prf, span_of(bytes, sizeof(bytes)));
}

static bool feed_label_and_context(struct kdf_prf *prf, const struct kdf_params *params)
{
	static const uint8_t zero;

	if (kdf_given(params, KDF_GENERIC_PARAMETER))
		return kdf_prf_feed(prf, kdf_param(params, KDF_GENERIC_PARAMETER));
	return kdf_prf_feed(prf, kdf_param(params, KDF_LABEL)) && kdf_prf_feed(prf, span_of(&zero, sizeof(zero))) &&
	       kdf_prf_feed(prf, kdf_param(params, KDF_CONTEXT));
}

/* [i] || Label || 00 || Context || [L] */
static bool feed_ctr_hmac(struct kdf_prf *prf, void *context, uint32_t number, struct span last)
{
	const struct kdf_request *request = context;

	(void)last;
	return kdf_prf_start(prf) && feed_be32(prf, number) && feed_label_and_context(prf, request->params) &&
	       feed_be32(prf, BITS_IN_BYTE * request->out_len);
}

static DWORD derive_ctr_hmac(const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
	struct kdf_request copy = *request;
	const DWORD err = kdf_prf_key(&prf, request->params->hash, request->z);

	return err != ERROR_SUCCESS ? err : kdf_prf_expand(&prf, feed_ctr_hmac, &copy, request);
}

const struct kdf_ops kdf_sp800_108_ctr_hmac = {
	.name = BCRYPT_SP800108_CTR_HMAC_ALGORITHM,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_LABEL) | KDF_BIT(KDF_CONTEXT) | KDF_BIT(KDF_GENERIC_PARAMETER) |
		    KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check_ctr_hmac,
	.natural_len = natural_len,
	.max_len = max_ctr_hmac,
	.derive = derive_ctr_hmac,
};

/* ---- an input of any form --------------------------------------------------------------------------- */

/* What the fields of a round are. */
struct round {
	const struct kdf_params *params;
	struct kdf_prf *prf;
	uint32_t number;
	struct span chain;
};

static bool feed_counter(const struct round *round)
{
	const CARD_EXT_KDF_COUNTER *counter = &round->params->counter;
	uint8_t bytes[sizeof(uint64_t)] = { 0 };
	uint64_t rest = round->number;

	for (DWORD i = 0; i < counter->cbWidth; i++, rest >>= BITS_IN_BYTE)
		bytes[counter->fLittleEndian ? i : counter->cbWidth - 1 - i] = (uint8_t)rest;
	return kdf_prf_feed(round->prf, span_of(bytes, counter->cbWidth));
}

static bool feed_field(void *context, ULONG type, struct span bytes)
{
	const struct round *round = context;

	if (type == CARD_EXT_KDF_FIELD_COUNTER)
		return feed_counter(round);
	return kdf_prf_feed(round->prf, type == CARD_EXT_KDF_FIELD_CHAIN ? round->chain : bytes);
}

static bool feed_fields(struct round *round)
{
	return kdf_prf_start(round->prf) && kdf_params_feed_fields(round->params, feed_field, round);
}

/* Counter mode, and feedback mode: the chain is what the round before gave, K(0) being the IV. */
static bool feed_round(struct kdf_prf *prf, void *context, uint32_t number, struct span last)
{
	const struct kdf_params *params = context;
	struct round round = { .params = params, .prf = prf, .number = number, .chain = last };

	if (number == 1)
		round.chain = kdf_param(params, CARD_EXT_KDF_IV);
	return feed_fields(&round);
}

static DWORD derive_fields(const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
	struct kdf_params params = *request->params;
	const DWORD err = kdf_prf_key(&prf, params.hash, request->z);

	return err != ERROR_SUCCESS ? err : kdf_prf_expand(&prf, feed_round, &params, request);
}

struct pipeline {
	const struct kdf_params *params;
	struct secret a; /* A(i) */
};

static bool feed_constant(void *context, ULONG type, struct span bytes)
{
	if (type == CARD_EXT_KDF_FIELD_COUNTER || type == CARD_EXT_KDF_FIELD_CHAIN)
		return true;
	return kdf_prf_feed(context, bytes);
}

/* A(0) is what of the input is the same in each round; A(i) = PRF(A(i - 1)). */
static bool next_a(struct kdf_prf *prf, struct pipeline *pipeline, uint32_t number)
{
	const bool fed = kdf_prf_start(prf) &&
			 (number == 1 ? kdf_params_feed_fields(pipeline->params, feed_constant, prf)
				      : kdf_prf_feed(prf, secret_span(&pipeline->a)));

	return fed && kdf_prf_finish(prf, pipeline->a.data);
}

static bool feed_pipeline(struct kdf_prf *prf, void *context, uint32_t number, struct span last)
{
	struct pipeline *pipeline = context;
	struct round round = { .params = pipeline->params, .prf = prf, .number = number };

	(void)last;
	if (!next_a(prf, pipeline, number))
		return false;
	round.chain = secret_span(&pipeline->a);
	return feed_fields(&round);
}

static void pipeline_end(struct pipeline *pipeline)
{
	secret_clear(&pipeline->a);
}

static DWORD derive_pipeline(const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
	AUTO(pipeline_end) struct pipeline pipeline = { .params = request->params, .a = SECRET_INIT };
	const DWORD err = kdf_prf_key(&prf, request->params->hash, request->z);

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(&pipeline.a, prf.len))
		return SCARD_E_NO_MEMORY;
	return kdf_prf_expand(&prf, feed_pipeline, &pipeline, request);
}

/* What is the same in each round. */
#define CONSTANT_FIELDS (KDF_BIT(CARD_EXT_KDF_FIELD_BYTES) | KDF_BIT(CARD_EXT_KDF_FIELD_KEY))

const struct kdf_ops kdf_sp800_108_counter = {
	.name = CARD_EXT_KDF_SP800_108_COUNTER,
	.required = KDF_BIT(CARD_EXT_KDF_FIELD_COUNTER),
	.optional = KDF_BIT(KDF_HASH_ALGORITHM) | CONSTANT_FIELDS | KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive_fields,
};

const struct kdf_ops kdf_sp800_108_feedback = {
	.name = CARD_EXT_KDF_SP800_108_FEEDBACK,
	.required = KDF_BIT(CARD_EXT_KDF_FIELD_CHAIN),
	.optional = KDF_BIT(KDF_HASH_ALGORITHM) | KDF_BIT(CARD_EXT_KDF_IV) | CONSTANT_FIELDS |
		    KDF_BIT(CARD_EXT_KDF_FIELD_COUNTER) | KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive_fields,
};

const struct kdf_ops kdf_sp800_108_pipeline = {
	.name = CARD_EXT_KDF_SP800_108_PIPELINE,
	.required = KDF_BIT(CARD_EXT_KDF_FIELD_CHAIN),
	.optional = KDF_BIT(KDF_HASH_ALGORITHM) | CONSTANT_FIELDS |
		    KDF_BIT(CARD_EXT_KDF_FIELD_COUNTER) | KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive_pipeline,
};
