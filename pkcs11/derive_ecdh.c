/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_ECDH1_DERIVE and CKM_ECDH1_COFACTOR_DERIVE: a card's key agrees with a peer's point, and the secret goes through
 * a KDF (PKCS#11 3.0 2.3.9). A key of CKK_EC_MONTGOMERY agrees as RFC 7748 says; its cofactor is in every private key
 * (RFC 7748, 5), so that both mechanisms are one. Everything a caller can get wrong is found before the card is asked,
 * and the card is asked once.
 */
#include "config.h"

#include <string.h>

#include "base/lock.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"

static void agreement_cleanup(struct md_agreement **agreement)
{
	md_agreement_destroy(*agreement);
}

/* A caller's structure, checked as far as its KDF and shared data tell (PKCS#11 3.0 2.3.9). */
static CK_RV read_params(const CK_MECHANISM *mechanism, CK_ECDH1_DERIVE_PARAMS *ret_params,
			 const struct derive_row **ret_row)
{
	const struct derive_row *row;
	CK_RV rv = cki_derive_param(mechanism, ret_params, sizeof(*ret_params));

	if (rv != CKR_OK)
		return rv;
	row = cki_derive_map_find(mechanism->mechanism, ret_params->kdf);
	if (row == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	if (ret_params->ulSharedDataLen != 0 && (ret_params->pSharedData == NULL || row->kdf == MD_KDF_RAW))
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_row = row;
	return CKR_OK;
}

CK_RV cki_ecdh_plan(const CK_MECHANISM *mechanism, const struct md_container *container,
		    const struct secret_key_draft *draft, struct md_kdf_plan *ret_plan,
		    CK_ECDH1_DERIVE_PARAMS *ret_params)
{
	const struct derive_row *row = NULL;
	struct derive_len len = { .secret_len = (container->bits + 7) / 8, .too_long = CKR_ATTRIBUTE_VALUE_INVALID };
	CK_RV rv = read_params(mechanism, ret_params, &row);

	if (rv != CKR_OK)
		return rv;
	*ret_plan = (struct md_kdf_plan){
		.kdf = row->kdf,
		.hash = row->hash,
		.info = span_of(ret_params->pSharedData, ret_params->ulSharedDataLen),
	};
	len.usual = row->usual_len != 0 ? row->usual_len : len.secret_len;
	return cki_derive_choose_len(&len, draft, ret_plan);
}

/* The card's part, and nothing else of the card. */
static CK_RV agree(struct token *token, size_t container, const struct md_point *peer,
		   struct md_agreement **ret_agreement)
{
	LOCKED(cki_slot_lock(cki_token_slot(token)));

	return cki_token_key_error(token, CKI_CALL_AGREE, container,
				   md_agree(cki_token_card(token), container, peer, ret_agreement));
}

CK_RV cki_agree_and_derive(struct object *base, const struct md_point *peer, const struct md_kdf_plan *plan,
			   struct md_key **ret_key)
{
	AUTO(agreement_cleanup) struct md_agreement *agreement = NULL;
	CK_RV rv = agree(cki_object_token(base), cki_object_index(base), peer, &agreement);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_DERIVE, md_derive(agreement, plan, ret_key));
}

CK_RV cki_ephemeral_agree(struct object *to, struct md_point *ret_public, struct md_key **ret_secret)
{
	struct md_card *card = cki_token_card(cki_object_token(to));
	const struct md_container *container = md_container(card, cki_object_index(to));
	struct md_point peer;
	CK_RV rv = cki_error(CKI_CALL_POINT, md_point_decode(container->ec_params, container->ec_point, &peer));

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_AGREE,
			 md_agree_ephemeral(card, container->ec_params, &peer, ret_public, ret_secret));
}

/* The last things that can be wrong before the card. */
static CK_RV make_plan(const struct md_container *container, const struct derive_call *call,
		       const struct secret_key_draft *draft, struct md_kdf_plan *ret_plan, struct md_point *ret_peer)
{
	CK_ECDH1_DERIVE_PARAMS params;
	CK_RV rv = cki_ecdh_plan(call->mechanism, container, draft, ret_plan, &params);

	if (rv != CKR_OK)
		return rv;
	if (params.pPublicData == NULL || params.ulPublicDataLen == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return cki_error(CKI_CALL_POINT,
			 md_point_decode(container->ec_params, span_of(params.pPublicData, params.ulPublicDataLen),
					 ret_peer));
}

static bool takes(const struct derive_call *call, CK_KEY_TYPE type)
{
	(void)call;
	return type == CKK_EC || type == CKK_EC_MONTGOMERY;
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	struct object *base = call->base;
	struct md_card *card = cki_token_card(cki_object_token(base));
	AUTO_DRAFT draft = { .object = NULL };
	struct md_kdf_plan plan;
	struct md_point peer;
	struct md_key *key = NULL;
	CK_RV rv = cki_derive_begin(call, SECRET_KEY_DERIVED, &draft);

	if (rv == CKR_OK)
		rv = make_plan(md_container(card, cki_object_index(base)), call, &draft, &plan, &peer);
	if (rv == CKR_OK)
		rv = cki_agree_and_derive(base, &peer, &plan, &key);
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(call->session, &draft, key, ret_handle);
}

const struct derive_scheme cki_derive_ecdh = { .card_key = true, .takes = takes, .run = run };
