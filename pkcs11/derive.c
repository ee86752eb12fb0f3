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

/* A key of the session's that derives and allows the mechanism. */
static CK_RV check_permission(const struct derive_call *call, struct object *key)
{
	if (!cki_object_bool(key, CKA_DERIVE, false) || !cki_object_allows(key, call->mechanism->mechanism))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return CKR_OK;
}

static CK_RV check_base(const struct derive_scheme *scheme, const struct derive_call *call, struct object *base)
{
	CK_OBJECT_CLASS wanted = scheme->card_key ? CKO_PRIVATE_KEY : CKO_SECRET_KEY;

	/* Data has no CKA_DERIVE. */
	if (scheme->data_base && cki_object_class(base) == CKO_DATA && cki_object_key(base) != NULL)
		return CKR_OK;
	if (cki_object_class(base) != wanted)
		return CKR_KEY_TYPE_INCONSISTENT;
	if (scheme->takes != NULL && !scheme->takes(call, cki_object_key_type(base)))
		return CKR_KEY_TYPE_INCONSISTENT;
	return check_permission(call, base);
}

static CK_RV find_base(const struct derive_scheme *scheme, const struct derive_call *call, CK_OBJECT_HANDLE handle,
		       struct object **ret_base)
{
	AUTO_OBJECT *base = NULL;
	CK_RV rv = cki_store_find_key(call->session, handle, CKR_KEY_HANDLE_INVALID, &base);

	if (rv == CKR_OK)
		rv = check_base(scheme, call, base);
	if (rv == CKR_OK)
		*ret_base = STEAL(base);
	return rv;
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

CK_RV cki_derive_bytes(const void *data, CK_ULONG len, struct span *ret_bytes)
{
	if ((data == NULL && len != 0) || len > UINT32_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_bytes = len != 0 ? span_of(data, len) : SPAN_EMPTY;
	return CKR_OK;
}

CK_RV cki_derive_find_key(const struct derive_call *call, CK_OBJECT_HANDLE handle, struct object **ret_key)
{
	AUTO_OBJECT *key = NULL;
	CK_RV rv = cki_store_find_key(call->session, handle, CKR_KEY_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_class(key) != CKO_SECRET_KEY)
		return CKR_KEY_TYPE_INCONSISTENT;
	rv = check_permission(call, key);
	if (rv == CKR_OK)
		*ret_key = STEAL(key);
	return rv;
}

CK_RV cki_derive_begin_one(const struct derive_call *call, const struct derive_one *one,
			   struct secret_key_draft *ret_draft)
{
	const struct secret_key_request wanted = {
		.session = call->session,
		.use = TEMPLATE_DERIVE,
		.templ = call->templ,
		.count = call->count,
		.parent = call->base,
		.history = one->history,
		.others = one->others,
		.other_count = one->other_count,
		.data = one->data,
		.type = one->type,
	};

	return cki_secret_key_begin(&wanted, ret_draft);
}

CK_RV cki_derive_begin(const struct derive_call *call, enum secret_key_history history,
		       struct secret_key_draft *ret_draft)
{
	return cki_derive_begin_one(call, &(struct derive_one){ .history = history }, ret_draft);
}

CK_RV cki_derive_choose_len(const struct derive_len *len, const struct secret_key_draft *draft,
			    struct md_kdf_plan *plan)
{
	size_t most = md_kdf_max_len(plan, len->secret_len);

	if (most > MD_KEY_LEN_MAX)
		most = MD_KEY_LEN_MAX;
	if (draft->value_len == 0 && len->usual == 0 && draft->type->lengths[0] == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	plan->alg = draft->type->alg;
	plan->key_len = draft->value_len != 0 ? draft->value_len
					      : cki_key_type_recommend(draft->type, len->usual, most);
	if (plan->key_len == 0 || plan->key_len > most)
		return len->too_long != CKR_OK ? len->too_long : CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

CK_RV cki_derive_one(const struct derive_call *call, const struct derive_one *one, CK_OBJECT_HANDLE *ret_handle)
{
	struct md_key *base = cki_object_key(call->base);
	const struct derive_len len = { .secret_len = md_key_len(base), .usual = one->usual,
					.too_long = one->too_long };
	AUTO_DRAFT draft = { .object = NULL };
	struct md_key *key = NULL;
	CK_RV rv = cki_derive_begin_one(call, one, &draft);

	if (rv == CKR_OK)
		rv = cki_derive_choose_len(&len, &draft, one->plan);
	if (rv == CKR_OK)
		rv = cki_error(CKI_CALL_DERIVE, md_key_derive(base, one->plan, &key));
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(call->session, &draft, key, ret_handle);
}

CK_RV cki_derive_cut(struct md_key *from, const struct derive_piece *piece, struct md_key **ret_key)
{
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_EXTRACT,
		.bit_offset = piece->at * 8,
		.alg = piece->alg,
		.key_len = piece->len,
	};

	return cki_error(CKI_CALL_DERIVE, md_key_derive(from, &plan, ret_key));
}
