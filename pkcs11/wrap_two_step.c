/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mechanisms that wrap a key under an AES key made for this once, and that AES key for a key of the card:
 * CKM_RSA_AES_KEY_WRAP (PKCS#11 3.0 2.1.20: RSA-OAEP || RFC 5649) and CKM_ECDH_AES_KEY_WRAP (2.3.11: the public point
 * of an agreement || RFC 5649 under what its KDF gives).
 */
#include "config.h"

#include <string.h>

#include "base/lock.h"
#include "pkcs11/derive_map.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/rsa_params.h"
#include "pkcs11/token.h"
#include "pkcs11/wrap_scheme.h"

static CK_RV read_aes_len(CK_ULONG bits, size_t *ret_len)
{
	if (bits != 128 && bits != 192 && bits != 256)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_len = bits / 8;
	return CKR_OK;
}

/* The length of first || second is known before either is made. */
static CK_RV check_room(size_t first, struct md_key *key, const uint8_t *buffer, size_t *inout_len)
{
	const size_t room = *inout_len;

	*inout_len = first + cki_kwp_len(md_key_len(key));
	return buffer != NULL && room < *inout_len ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static CK_RV wrap_second(struct md_key *aes, struct md_key *key, uint8_t *buffer, size_t first, size_t len)
{
	size_t second = len - first;

	return cki_kwp_wrap(aes, key, buffer + first, &second);
}

/* ---- RSA -------------------------------------------------------------------------------------------- */

struct rsa_aes {
	size_t aes_len;
	struct md_rsa_params oaep;
};

static CK_RV read_rsa_aes(const struct wrap_call *call, struct rsa_aes *ret_params)
{
	struct cki_rsa_aes_key_wrap_params params;
	CK_RV rv = cki_derive_param(call->mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = read_aes_len(params.ulAESKeyBits, &ret_params->aes_len);
	if (rv == CKR_OK)
		rv = cki_oaep_read(params.pOAEPParams, params.pOAEPParams != NULL ? sizeof(CK_RSA_PKCS_OAEP_PARAMS) : 0,
				   &ret_params->oaep);
	return rv;
}

static CK_RV check_rsa_aes(const struct wrap_call *call)
{
	struct rsa_aes params;

	return read_rsa_aes(call, &params);
}

static CK_RV wrap_rsa_aes(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	AUTO_MD_KEY *aes = NULL;
	struct md_card *card = cki_token_card(cki_object_token(call->kek));
	size_t first = cki_rsa_block(call->kek);
	const size_t block = first;
	struct rsa_aes params;
	CK_RV rv = read_rsa_aes(call, &params);

	if (rv == CKR_OK)
		rv = check_room(block, key, buffer, inout_len);
	if (rv != CKR_OK || buffer == NULL)
		return rv;
	rv = cki_error(CKI_CALL_KEY, md_key_generate(card, MD_KEY_AES, params.aes_len, &aes));
	if (rv == CKR_OK)
		rv = cki_rsa_wrap(call->kek, &params.oaep, aes, buffer, &first);
	return rv != CKR_OK ? rv : wrap_second(aes, key, buffer, block, *inout_len);
}

static CK_RV unwrap_rsa_aes(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
			    struct md_key **ret_key)
{
	AUTO_MD_KEY *aes = NULL;
	const size_t block = cki_rsa_block(call->kek);
	struct rsa_aes params;
	struct rsa_unwrap first = { .params = &params.oaep, .alg = MD_KEY_AES };
	CK_RV rv = read_rsa_aes(call, &params);

	if (rv != CKR_OK)
		return rv;
	if (wrapped.len <= block)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	first.wrapped = span_of(wrapped.data, block);
	first.len = params.aes_len;
	rv = cki_rsa_unwrap(call->kek, &first, &aes);
	if (rv != CKR_OK)
		return rv;
	return cki_kwp_unwrap(aes, span_of(wrapped.data + block, wrapped.len - block), draft, ret_key);
}

const struct wrap_scheme cki_wrap_rsa_aes = {
	.check = check_rsa_aes, .wrap = wrap_rsa_aes, .unwrap = unwrap_rsa_aes
};

/* ---- ECDH ------------------------------------------------------------------------------------------- */

static CK_RV read_ecdh_aes(const struct wrap_call *call, struct md_kdf_plan *ret_plan)
{
	struct cki_ecdh_aes_key_wrap_params params;
	const struct derive_row *row;
	CK_RV rv = cki_derive_param(call->mechanism, &params, sizeof(params));

	if (rv != CKR_OK)
		return rv;
	row = cki_derive_map_find(CKM_ECDH1_DERIVE, params.kdf);
	if (row == NULL || (params.ulSharedDataLen != 0 && (params.pSharedData == NULL || row->kdf == MD_KDF_RAW)))
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_plan = (struct md_kdf_plan){ .kdf = row->kdf,
					  .hash = row->hash,
					  .info = span_of(params.pSharedData, params.ulSharedDataLen),
					  .alg = MD_KEY_AES };
	return read_aes_len(params.ulAESKeyBits, &ret_plan->key_len);
}

static const struct md_container *container_of(struct object *kek)
{
	return md_container(cki_token_card(cki_object_token(kek)), cki_object_index(kek));
}

static size_t point_len(const struct md_container *container)
{
	const size_t width = (container->bits + 7) / 8;

	return container->type == MD_PUBLIC_MONTGOMERY ? width : 1 + 2 * width;
}

static CK_RV check_ecdh_aes(const struct wrap_call *call)
{
	const struct md_container *container = container_of(call->kek);
	struct md_kdf_plan plan;
	CK_RV rv = read_ecdh_aes(call, &plan);

	/* CKD_NULL gives no more than the secret has */
	if (rv == CKR_OK && md_kdf_max_len(&plan, (container->bits + 7) / 8) < plan.key_len)
		rv = CKR_MECHANISM_PARAM_INVALID;
	return rv;
}

static CK_RV wrap_ecdh_aes(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len)
{
	const struct md_container *container = container_of(call->kek);
	const size_t first = point_len(container);
	AUTO_MD_KEY *secret = NULL;
	AUTO_MD_KEY *aes = NULL;
	struct md_point own;
	struct md_kdf_plan plan;
	CK_RV rv = read_ecdh_aes(call, &plan);

	if (rv == CKR_OK)
		rv = check_room(first, key, buffer, inout_len);
	if (rv != CKR_OK || buffer == NULL)
		return rv;
	rv = cki_ephemeral_agree(call->kek, &own, &secret);
	if (rv == CKR_OK)
		rv = cki_error(CKI_CALL_DERIVE, md_key_derive(secret, &plan, &aes));
	if (rv != CKR_OK)
		return rv;
	memcpy(buffer, own.bytes, first);
	return wrap_second(aes, key, buffer, first, *inout_len);
}

static CK_RV unwrap_ecdh_aes(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
			     struct md_key **ret_key)
{
	const struct md_container *container = container_of(call->kek);
	const size_t first = point_len(container);
	AUTO_MD_KEY *aes = NULL;
	struct md_point peer;
	struct md_kdf_plan plan;
	CK_RV rv = read_ecdh_aes(call, &plan);

	if (rv != CKR_OK)
		return rv;
	if (wrapped.len <= first)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (md_point_decode(container->ec_params, span_of(wrapped.data, first), &peer) != MD_OK)
		return CKR_WRAPPED_KEY_INVALID;
	rv = cki_agree_and_derive(call->kek, &peer, &plan, &aes);
	if (rv != CKR_OK)
		return rv;
	return cki_kwp_unwrap(aes, span_of(wrapped.data + first, wrapped.len - first), draft, ret_key);
}

const struct wrap_scheme cki_wrap_ecdh_aes = {
	.check = check_ecdh_aes, .wrap = wrap_ecdh_aes, .unwrap = unwrap_ecdh_aes
};
