/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_RSA_PKCS and CKM_RSA_PKCS_OAEP (PKCS#11 3.0 2.1.6, 2.1.8): a session key encrypted to an RSA key of the card. The
 * card decrypts it straight into the store.
 */
#include "config.h"

#include <string.h>

#include "base/lock.h"
#include "pkcs11/error.h"
#include "pkcs11/hash_name.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"
#include "pkcs11/wrap_scheme.h"

static const struct {
	CK_RSA_PKCS_MGF_TYPE mgf;
	enum md_hash hash;
} mgfs[] = {
	{ CKG_MGF1_SHA1, MD_HASH_SHA1 },         { CKG_MGF1_SHA224, MD_HASH_SHA224 },
	{ CKG_MGF1_SHA256, MD_HASH_SHA256 },     { CKG_MGF1_SHA384, MD_HASH_SHA384 },
	{ CKG_MGF1_SHA512, MD_HASH_SHA512 },     { CKG_MGF1_SHA3_224, MD_HASH_SHA3_224 },
	{ CKG_MGF1_SHA3_256, MD_HASH_SHA3_256 }, { CKG_MGF1_SHA3_384, MD_HASH_SHA3_384 },
	{ CKG_MGF1_SHA3_512, MD_HASH_SHA3_512 },
};

static enum md_hash hash_of_mgf(CK_RSA_PKCS_MGF_TYPE mgf)
{
	for (size_t i = 0; i < ARRAY_COUNT(mgfs); i++)
		if (mgfs[i].mgf == mgf)
			return mgfs[i].hash;
	return MD_HASH_NONE;
}

CK_RV cki_oaep_read(const void *structure, size_t len, struct md_rsa_params *ret_params)
{
	CK_RSA_PKCS_OAEP_PARAMS params;

	if (structure == NULL || len != sizeof(params))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&params, structure, sizeof(params));
	/* without a label some callers say of no source that it was specified, and some of none that it was not */
	if (params.source != CKZ_DATA_SPECIFIED && (params.source != 0 || params.ulSourceDataLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	if (params.pSourceData == NULL && params.ulSourceDataLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_params = (struct md_rsa_params){
		.padding = MD_RSA_OAEP,
		.hash = cki_hash_of_digest(params.hashAlg),
		.mgf = hash_of_mgf(params.mgf),
		.label = span_of(params.pSourceData, params.ulSourceDataLen),
	};
	if (ret_params->hash == MD_HASH_NONE || ret_params->mgf == MD_HASH_NONE)
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

static CK_RV read_params(const struct wrap_call *call, struct md_rsa_params *ret_params)
{
	const CK_MECHANISM *mechanism = call->mechanism;

	if (mechanism->mechanism == CKM_RSA_PKCS_OAEP)
		return cki_oaep_read(mechanism->pParameter, mechanism->ulParameterLen, ret_params);
	*ret_params = (struct md_rsa_params){ .padding = MD_RSA_PKCS1 };
	return mechanism->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static const struct md_container *container_of(struct object *kek)
{
	return md_container(cki_token_card(cki_object_token(kek)), cki_object_index(kek));
}

size_t cki_rsa_block(struct object *kek)
{
	return (container_of(kek)->bits + 7) / 8;
}

CK_RV cki_rsa_wrap(struct object *kek, const struct md_rsa_params *params, struct md_key *key, uint8_t *buffer,
		   size_t *inout_len)
{
	const struct md_container *container = container_of(kek);
	const struct md_rsa_public to = { .modulus = container->modulus, .exponent = container->public_exponent };

	return cki_error(CKI_CALL_WRAP, md_key_wrap_rsa(key, &to, params, buffer, inout_len));
}

CK_RV cki_rsa_unwrap(struct object *kek, const struct rsa_unwrap *unwrap, struct md_key **ret_key)
{
	struct token *token = cki_object_token(kek);
	const struct md_rsa_input input = {
		.container = cki_object_index(kek),
		.params = unwrap->params,
		.bytes = unwrap->wrapped,
	};

	if (unwrap->wrapped.len != cki_rsa_block(kek))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	LOCKED(cki_slot_lock(cki_token_slot(token)));
	return cki_token_key_error(
		token, CKI_CALL_UNWRAP, input.container,
		md_key_unwrap_rsa(cki_token_card(token), &input, unwrap->alg, unwrap->len, ret_key));
}

static CK_RV check(const struct wrap_call *call)
{
	struct md_rsa_params params;

	return read_params(call, &params);
}

static CK_RV wrap(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	struct md_rsa_params params;
	CK_RV rv = read_params(call, &params);

	return rv != CKR_OK ? rv : cki_rsa_wrap(call->kek, &params, key, buffer, inout_len);
}

static CK_RV unwrap(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
		    struct md_key **ret_key)
{
	struct md_rsa_params params;
	struct rsa_unwrap job = {
		.params = &params, .wrapped = wrapped, .alg = draft->type->alg, .len = draft->value_len
	};
	CK_RV rv = read_params(call, &params);

	return rv != CKR_OK ? rv : cki_rsa_unwrap(call->kek, &job, ret_key);
}

const struct wrap_scheme cki_wrap_rsa = { .check = check, .wrap = wrap, .unwrap = unwrap };
