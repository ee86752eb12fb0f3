/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/derive.h"

#include <string.h>

#include "base/lock.h"
#include "pkcs11/derive_map.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/secret_key.h"
#include "pkcs11/session.h"
#include "pkcs11/slot.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

static void agreement_cleanup(struct md_agreement **agreement)
{
	md_agreement_destroy(*agreement);
}

static CK_RV find_base(struct session *session, const struct derive_request *request, struct object **ret_base)
{
	AUTO_OBJECT *base = NULL;
	CK_RV rv = cki_store_find_key(session, request->base, CKR_KEY_HANDLE_INVALID, &base);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_class(base) != CKO_PRIVATE_KEY || cki_object_key_type(base) != CKK_EC)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_bool(base, CKA_DERIVE, false) || !cki_object_allows(base, request->mechanism->mechanism))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_base = STEAL(base);
	return CKR_OK;
}

/* A caller's structure, which may stand at any address, checked as far as its own members tell (PKCS#11 3.0 2.3.9). */
static CK_RV read_params(const CK_MECHANISM *mechanism, CK_ECDH1_DERIVE_PARAMS *ret_params,
			 const struct derive_row **ret_row)
{
	CK_ECDH1_DERIVE_PARAMS params;
	const struct derive_row *row;

	if (mechanism->pParameter == NULL || mechanism->ulParameterLen != sizeof(params))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&params, mechanism->pParameter, sizeof(params));
	row = cki_derive_map_find(mechanism->mechanism, params.kdf);
	if (row == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	if (params.ulSharedDataLen != 0 && (params.pSharedData == NULL || row->kdf == MD_KDF_RAW))
		return CKR_MECHANISM_PARAM_INVALID;
	if (params.pPublicData == NULL || params.ulPublicDataLen == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_params = params;
	*ret_row = row;
	return CKR_OK;
}

/* The length of the key: as asked, or what is natural; never more than the derivation gives and a session key can have. */
static CK_RV choose_len(const struct derive_row *row, const struct secret_key_draft *draft, size_t secret_len,
			struct md_kdf_plan *plan)
{
	size_t most = md_kdf_max_len(plan, secret_len);
	size_t usual = row->usual_len != 0 ? row->usual_len : secret_len;

	if (most > MD_KEY_LEN_MAX)
		most = MD_KEY_LEN_MAX;
	plan->key_len = draft->value_len != 0 ? draft->value_len : cki_key_type_recommend(draft->type, usual, most);
	return plan->key_len == 0 || plan->key_len > most ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_OK;
}

/* The card's part, and nothing else of the card. */
static CK_RV agree(struct token *token, size_t container, const struct md_point *peer,
		   struct md_agreement **ret_agreement)
{
	LOCKED(cki_slot_lock(cki_token_slot(token)));

	return cki_token_key_error(token, CKI_CALL_AGREE, container,
				   md_agree(cki_token_card(token), container, peer, ret_agreement));
}

static CK_RV agree_and_derive(struct object *base, const struct md_point *peer, const struct md_kdf_plan *plan,
			      struct md_key **ret_key)
{
	AUTO(agreement_cleanup) struct md_agreement *agreement = NULL;
	CK_RV rv = agree(cki_object_token(base), cki_object_index(base), peer, &agreement);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_DERIVE, md_derive(agreement, plan, ret_key));
}

/*
 * What the parameters, the template and the base key ask for together; the last things that can be wrong before the
 * card.
 */
static CK_RV make_plan(const struct md_container *container, const struct derive_request *request,
		       const struct secret_key_draft *draft, struct md_kdf_plan *ret_plan, struct md_point *ret_peer)
{
	const struct derive_row *row = NULL;
	CK_ECDH1_DERIVE_PARAMS params;
	CK_RV rv = read_params(request->mechanism, &params, &row);
	struct span peer;

	if (rv != CKR_OK)
		return rv;
	*ret_plan = (struct md_kdf_plan){
		.kdf = row->kdf,
		.hash = row->hash,
		.info = span_of(params.pSharedData, params.ulSharedDataLen),
		.alg = draft->type->alg,
	};
	rv = choose_len(row, draft, (container->bits + 7) / 8, ret_plan);
	if (rv != CKR_OK)
		return rv;
	peer = span_of(params.pPublicData, params.ulPublicDataLen);
	return cki_error(CKI_CALL_POINT, md_point_decode(container->ec_params, peer, ret_peer));
}

static CK_RV derive_from(struct session *session, struct object *base, const struct derive_request *request,
			 CK_OBJECT_HANDLE *ret_handle)
{
	const struct secret_key_request wanted = {
		.session = session,
		.use = TEMPLATE_DERIVE,
		.templ = request->templ,
		.count = request->count,
		.parent = base,
	};
	struct md_card *card = cki_token_card(cki_object_token(base));
	AUTO_DRAFT draft = { .object = NULL };
	struct md_kdf_plan plan;
	struct md_point peer;
	struct md_key *key = NULL;
	CK_RV rv = cki_secret_key_begin(&wanted, &draft);

	if (rv == CKR_OK)
		rv = make_plan(md_container(card, cki_object_index(base)), request, &draft, &plan, &peer);
	if (rv == CKR_OK)
		rv = agree_and_derive(base, &peer, &plan, &key);
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(session, &draft, key, ret_handle);
}

CK_RV cki_derive_key(struct session *session, const struct derive_request *request, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_OBJECT *base = NULL;
	CK_RV rv;

	if (cki_mech_find(request->mechanism->mechanism, CKF_DERIVE) == NULL)
		return CKR_MECHANISM_INVALID;
	rv = find_base(session, request, &base);
	return rv == CKR_OK ? derive_from(session, base, request, ret_handle) : rv;
}
