/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PRF of TLS on its own: keying material exporters (CKM_TLS_KDF, PKCS#11 3.2 6.40.8, RFC 5705 4), and bytes for the
 * caller (CKM_TLS_PRF, PKCS#11 2.20 12.32.3).
 */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "pkcs11/derive_tls.h"
#include "pkcs11/error.h"

/* ---- CKM_TLS_KDF ------------------------------------------------------------------------------------ */

#define CONTEXT_MAX 65535u

/* A context of no bytes is one, and something else than no context (RFC 5705 4). */
static bool has_context(const CKI_TLS_KDF_PARAMS *params)
{
	return params->pContextData != NULL;
}

static CK_RV check_kdf(const CKI_TLS_KDF_PARAMS *params)
{
	if (params->pLabel == NULL || params->ulLabelLength == 0 || params->ulLabelLength > CKI_ATTRIBUTE_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	if (params->ulContextDataLength > CONTEXT_MAX || (!has_context(params) && params->ulContextDataLength != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

/* client_random || server_random [ || the context's length in two bytes || the context ] */
static CK_RV make_seed(const CKI_TLS_KDF_PARAMS *params, struct secret *ret_seed)
{
	const size_t len = params->ulContextDataLength;
	struct tls_seed randoms;
	uint8_t *at;
	CK_RV rv = cki_tls_seed(&params->RandomInfo, TLS_CLIENT_FIRST, &randoms);

	if (rv != CKR_OK)
		return rv;
	if (!secret_alloc(ret_seed, sizeof(randoms.bytes) + (has_context(params) ? 2 + len : 0)))
		return CKR_HOST_MEMORY;
	memcpy(ret_seed->data, randoms.bytes, sizeof(randoms.bytes));
	if (!has_context(params))
		return CKR_OK;
	at = ret_seed->data + sizeof(randoms.bytes);
	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
	memcpy(at + 2, params->pContextData, len);
	return CKR_OK;
}

static CK_RV run_kdf(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_SECRET seed = SECRET_INIT;
	CKI_TLS_KDF_PARAMS params;
	enum md_hash hash = MD_HASH_NONE;
	struct md_kdf_plan plan;
	CK_RV rv = cki_derive_param(call->mechanism, &params, sizeof(params));

	if (rv == CKR_OK && params.prfMechanism != CKM_TLS_PRF)
		rv = cki_tls_hash(params.prfMechanism, &hash);
	if (rv == CKR_OK)
		rv = check_kdf(&params);
	if (rv == CKR_OK)
		rv = make_seed(&params, &seed);
	if (rv != CKR_OK)
		return rv;
	plan = (struct md_kdf_plan){
		.kdf = MD_KDF_TLS_PRF,
		.hash = hash,
		.label = span_of(params.pLabel, params.ulLabelLength),
		.info = secret_span(&seed),
	};
	return cki_derive_one(call, &(struct derive_one){ .plan = &plan, .history = SECRET_KEY_BOUND }, ret_handle);
}

const struct derive_scheme cki_derive_tls_kdf = { .takes = cki_tls_takes, .run = run_kdf };

/* ---- CKM_TLS_PRF ------------------------------------------------------------------------------------ */

/* Where the bytes go. */
struct output {
	CK_BYTE *bytes;
	CK_ULONG *len_at; /* may stand at any address */
	CK_ULONG len;
};

static CK_RV check_prf(const CKI_TLS_PRF_PARAMS *params, struct output *ret_output)
{
	if ((params->pSeed == NULL && params->ulSeedLen != 0) || (params->pLabel == NULL && params->ulLabelLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	if (params->ulSeedLen > CKI_ATTRIBUTE_MAX || params->ulLabelLen > CKI_ATTRIBUTE_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	if (params->pOutput == NULL || params->pulOutputLen == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	ret_output->bytes = params->pOutput;
	ret_output->len_at = params->pulOutputLen;
	memcpy(&ret_output->len, params->pulOutputLen, sizeof(ret_output->len));
	return ret_output->len == 0 || ret_output->len > MD_KEY_LEN_MAX ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
}

/* Read aside first, because on failure there is no output. */
static CK_RV give(struct md_key *result, const struct output *output)
{
	AUTO_SECRET bytes = SECRET_INIT;
	CK_RV rv;

	if (!secret_alloc(&bytes, output->len))
		return CKR_HOST_MEMORY;
	rv = cki_error(CKI_CALL_KEY, md_key_read(result, bytes.data, bytes.len));
	if (rv == CKR_OK)
		memcpy(output->bytes, bytes.data, bytes.len);
	return rv;
}

static CK_RV run_prf(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_MD_KEY *result = NULL;
	CKI_TLS_PRF_PARAMS params;
	struct output output;
	struct md_kdf_plan plan;
	CK_RV rv = cki_derive_param(call->mechanism, &params, sizeof(params));

	(void)ret_handle;
	if (rv == CKR_OK)
		rv = check_prf(&params, &output);
	if (rv == CKR_OK)
		rv = cki_secret_key_check_bare(call->base);
	if (rv != CKR_OK)
		return rv;
	plan = (struct md_kdf_plan){
		.kdf = MD_KDF_TLS_PRF,
		.label = span_of(params.pLabel, params.ulLabelLen),
		.info = span_of(params.pSeed, params.ulSeedLen),
		.alg = MD_KEY_GENERIC,
		.key_len = output.len,
	};
	rv = cki_error(CKI_CALL_DERIVE, md_key_derive(cki_object_key(call->base), &plan, &result));
	return rv != CKR_OK ? rv : give(result, &output);
}

const struct derive_scheme cki_derive_tls_prf = { .no_handle = true, .takes = cki_tls_takes, .run = run_prf };
