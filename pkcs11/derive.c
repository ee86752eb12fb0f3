/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/derive.h"

#include <string.h>

#include "pkcs11/derive_map.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"

static CK_RV find_base(const struct derive_scheme *scheme, struct derive_call *call, CK_OBJECT_HANDLE handle,
		       struct object **ret_base)
{
	CK_OBJECT_CLASS wanted = scheme->card_key ? CKO_PRIVATE_KEY : CKO_SECRET_KEY;
	AUTO_OBJECT *base = NULL;
	CK_RV rv = cki_store_find_key(call->session, handle, CKR_KEY_HANDLE_INVALID, &base);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_class(base) != wanted)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (scheme->takes != NULL && !scheme->takes(call, cki_object_key_type(base)))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_bool(base, CKA_DERIVE, false) || !cki_object_allows(base, call->mechanism->mechanism))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_base = STEAL(base);
	return CKR_OK;
}

CK_RV cki_derive_key(struct session *session, const struct derive_request *request, CK_OBJECT_HANDLE *ret_handle)
{
	const struct derive_scheme *scheme = cki_derive_map_scheme(request->mechanism->mechanism);
	struct derive_call call = {
		.session = session,
		.mechanism = request->mechanism,
		.templ = request->templ,
		.count = request->count,
	};
	AUTO_OBJECT *base = NULL;
	CK_RV rv;

	if (scheme == NULL || cki_mech_find(request->mechanism->mechanism, CKF_DERIVE) == NULL)
		return CKR_MECHANISM_INVALID;
	if (ret_handle == NULL && !scheme->no_handle)
		return CKR_ARGUMENTS_BAD;
	rv = find_base(scheme, &call, request->base, &base);
	if (rv != CKR_OK)
		return rv;
	call.base = base;
	return scheme->run(&call, ret_handle);
}

CK_RV cki_derive_param(const CK_MECHANISM *mechanism, void *ret_params, size_t size)
{
	if (mechanism->pParameter == NULL || mechanism->ulParameterLen != size)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(ret_params, mechanism->pParameter, size);
	return CKR_OK;
}

CK_RV cki_derive_begin(const struct derive_call *call, enum secret_key_history history,
		       struct secret_key_draft *ret_draft)
{
	const struct secret_key_request wanted = {
		.session = call->session,
		.use = TEMPLATE_DERIVE,
		.templ = call->templ,
		.count = call->count,
		.parent = call->base,
		.history = history,
	};

	return cki_secret_key_begin(&wanted, ret_draft);
}

CK_RV cki_derive_choose_len(const struct derive_len *len, const struct secret_key_draft *draft,
			    struct md_kdf_plan *plan)
{
	size_t most = md_kdf_max_len(plan, len->secret_len);

	if (most > MD_KEY_LEN_MAX)
		most = MD_KEY_LEN_MAX;
	plan->alg = draft->type->alg;
	plan->key_len = draft->value_len != 0 ? draft->value_len : cki_key_type_recommend(draft->type, len->usual, most);
	return plan->key_len == 0 || plan->key_len > most ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_OK;
}

CK_RV cki_derive_one(const struct derive_call *call, const struct derive_one *one, CK_OBJECT_HANDLE *ret_handle)
{
	struct md_key *base = cki_object_key(call->base);
	const struct derive_len len = { .secret_len = md_key_len(base), .usual = one->usual };
	AUTO_DRAFT draft = { .object = NULL };
	struct md_key *key = NULL;
	CK_RV rv = cki_derive_begin(call, one->history, &draft);

	if (rv == CKR_OK)
		rv = cki_derive_choose_len(&len, &draft, one->plan);
	if (rv == CKR_OK)
		rv = cki_error(CKI_CALL_DERIVE, md_key_derive(base, one->plan, &key));
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(call->session, &draft, key, ret_handle);
}
