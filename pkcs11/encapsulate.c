/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/encapsulate.h"

#include <string.h>

#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"
#include "pkcs11/wrap_scheme.h"

/* What differs between the two directions. */
struct direction {
	CK_FLAGS use;
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE_TYPE permission;
};

static const struct direction encapsulates = { CKF_ENCAPSULATE, CKO_PUBLIC_KEY, CKA_ENCAPSULATE };
static const struct direction decapsulates = { CKF_DECAPSULATE, CKO_PRIVATE_KEY, CKA_DECAPSULATE };

static CK_RV find_base(const struct direction *direction, struct derive_call *call, CK_OBJECT_HANDLE handle,
		       struct object **ret_base)
{
	CK_MECHANISM_TYPE mechanism = call->mechanism->mechanism;
	AUTO_OBJECT *base = NULL;
	CK_RV rv;

	if (cki_mech_find(mechanism, direction->use) == NULL)
		return CKR_MECHANISM_INVALID;
	rv = cki_store_find_key(call->session, handle, CKR_KEY_HANDLE_INVALID, &base);
	if (rv != CKR_OK)
		return rv;
	if (cki_object_class(base) != direction->class ||
	    !cki_derive_map_scheme(mechanism)->takes(call, cki_object_key_type(base)))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (!cki_object_bool(base, direction->permission, false) || !cki_object_allows(base, mechanism))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_base = STEAL(base);
	return CKR_OK;
}

static const struct md_container *container_of(struct object *base)
{
	return md_container(cki_token_card(cki_object_token(base)), cki_object_index(base));
}

/* "must be set to NULL and 0": whose point it is follows from the call (PKCS#11 3.2, ECDH). */
static CK_RV make_plan(const struct derive_call *call, const struct secret_key_draft *draft,
		       struct md_kdf_plan *ret_plan)
{
	CK_ECDH1_DERIVE_PARAMS params;
	CK_RV rv = cki_ecdh_plan(call->mechanism, container_of(call->base), draft, ret_plan, &params);

	if (rv != CKR_OK)
		return rv;
	return params.pPublicData != NULL || params.ulPublicDataLen != 0 ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
}

static CK_RV make_secret(const struct derive_call *call, const struct md_kdf_plan *plan, CK_BYTE *ciphertext,
			 struct md_key **ret_key)
{
	AUTO_MD_KEY *secret = NULL;
	struct md_key *key = NULL;
	struct md_point own;
	CK_RV rv = cki_ephemeral_agree(call->base, &own, &secret);

	if (rv == CKR_OK)
		rv = cki_error(CKI_CALL_DERIVE, md_key_derive(secret, plan, &key));
	if (rv != CKR_OK)
		return rv;
	memcpy(ciphertext, own.bytes, own.len);
	*ret_key = key;
	return CKR_OK;
}

static CK_RV encapsulate(const struct derive_call *call, const struct encapsulation *encapsulation,
			 CK_OBJECT_HANDLE *ret_handle)
{
	const CK_ULONG needed = container_of(call->base)->ec_point.len;
	const CK_ULONG room = *encapsulation->inout_len;
	AUTO_DRAFT draft = { .object = NULL };
	struct md_kdf_plan plan;
	struct md_key *key = NULL;
	CK_RV rv = cki_derive_begin(call, SECRET_KEY_DERIVED, &draft);

	if (rv == CKR_OK)
		rv = make_plan(call, &draft, &plan);
	if (rv != CKR_OK)
		return rv;
	*encapsulation->inout_len = needed;
	if (encapsulation->ciphertext == NULL || room < needed)
		return encapsulation->ciphertext == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	rv = make_secret(call, &plan, encapsulation->ciphertext, &key);
	return rv != CKR_OK ? rv : cki_secret_key_commit(call->session, &draft, key, ret_handle);
}

CK_RV cki_encapsulate_key(struct session *session, const struct derive_request *request,
			  const struct encapsulation *encapsulation, CK_OBJECT_HANDLE *ret_handle)
{
	struct derive_call call = {
		.session = session, .mechanism = request->mechanism, .templ = request->templ, .count = request->count
	};
	AUTO_OBJECT *base = NULL;
	CK_RV rv = find_base(&encapsulates, &call, request->base, &base);

	call.base = base;
	return rv != CKR_OK ? rv : encapsulate(&call, encapsulation, ret_handle);
}

static CK_RV decapsulate(const struct derive_call *call, struct span ciphertext, CK_OBJECT_HANDLE *ret_handle)
{
	const struct md_container *container = container_of(call->base);
	AUTO_DRAFT draft = { .object = NULL };
	struct md_kdf_plan plan;
	struct md_point peer;
	struct md_key *key = NULL;
	CK_RV rv = cki_derive_begin(call, SECRET_KEY_DERIVED, &draft);

	if (rv == CKR_OK)
		rv = make_plan(call, &draft, &plan);
	if (rv != CKR_OK)
		return rv;
	if (ciphertext.len != container->ec_point.len)
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (md_point_decode(container->ec_params, ciphertext, &peer) != MD_OK)
		return CKR_WRAPPED_KEY_INVALID;
	rv = cki_agree_and_derive(call->base, &peer, &plan, &key);
	return rv != CKR_OK ? rv : cki_secret_key_commit(call->session, &draft, key, ret_handle);
}

CK_RV cki_decapsulate_key(struct session *session, const struct derive_request *request, struct span ciphertext,
			  CK_OBJECT_HANDLE *ret_handle)
{
	struct derive_call call = {
		.session = session, .mechanism = request->mechanism, .templ = request->templ, .count = request->count
	};
	AUTO_OBJECT *base = NULL;
	CK_RV rv = find_base(&decapsulates, &call, request->base, &base);

	call.base = base;
	return rv != CKR_OK ? rv : decapsulate(&call, ciphertext, ret_handle);
}
