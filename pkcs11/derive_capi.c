/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CKM_MINIDRIVER_CAPI_DERIVE (pkcs11-vendor.h): keys as CryptDeriveKey makes them, of a session key or of data. */
#include "config.h"

#include "pkcs11/derive_capi.h"

#include <string.h>

#include "pkcs11/attrs.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/hash_name.h"
#include "pkcs11/pkcs11-vendor.h"
#include "pkcs11/session.h"
#include "pkcs11/token.h"

#define FLAGS_MAX UINT32_MAX

/* A parameter, read. */
struct capi_params {
	struct md_capi capi;
	struct md_capi_shape shape;
	struct span data;
};

static CK_RV read_params(const CK_MECHANISM *mechanism, struct capi_params *ret_params)
{
	CK_MINIDRIVER_CAPI_DERIVE_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = cki_derive_bytes(params.pData, params.ulDataLen, &ret_params->data);
	if (rv != CKR_OK)
		return rv;
	if (params.algId > UINT32_MAX || params.flags > FLAGS_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	ret_params->capi = (struct md_capi){ .hash = cki_hash_of_digest(params.hash),
					     .alg_id = (uint32_t)params.algId,
					     .flags = (uint32_t)params.flags };
	return md_capi_shape(&ret_params->capi, &ret_params->shape) == MD_OK ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* The key is as long as the parameter says; a template may say the same. */
static CK_RV check_len(const struct secret_key_draft *draft, const struct capi_params *params)
{
	return draft->value_len == 0 || draft->value_len == params->shape.key_len ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
}

static CK_RV commit(struct session *session, struct secret_key_draft *draft, struct md_key *key, struct span salt,
		    CK_OBJECT_HANDLE *ret_handle)
{
	cki_attrs_set(cki_object_attrs(draft->object), CKA_MINIDRIVER_SALT, salt);
	return cki_secret_key_commit(session, draft, key, ret_handle);
}

/* ---- C_DeriveKey ------------------------------------------------------------------------------------ */

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_DRAFT draft = { .object = NULL };
	uint8_t salt[MD_CAPI_SALT_MAX];
	struct capi_params params;
	struct md_key *key = NULL;
	CK_RV rv = read_params(call->mechanism, &params);

	if (rv != CKR_OK)
		return rv;
	/* the base key is what is hashed */
	if (params.data.len != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	rv = cki_derive_begin_one(call,
				  &(struct derive_one){ .history = SECRET_KEY_DERIVED,
							.type = cki_key_type_of(params.shape.alg) },
				  &draft);
	if (rv == CKR_OK)
		rv = check_len(&draft, &params);
	if (rv == CKR_OK)
		rv = cki_error(CKI_CALL_DERIVE, md_capi_derive(cki_object_key(call->base), &params.capi, &key, salt));
	if (rv != CKR_OK)
		return rv;
	return commit(call->session, &draft, key, span_of(salt, params.shape.salt_len), ret_handle);
}

const struct derive_scheme cki_derive_capi = { .run = run };

/* ---- C_GenerateKey ---------------------------------------------------------------------------------- */

CK_RV cki_capi_generate(const struct secret_key_request *request, const CK_MECHANISM *mechanism,
			CK_OBJECT_HANDLE *ret_handle)
{
	struct token *token = cki_session_token(request->session);
	struct secret_key_request wanted = *request;
	AUTO_DRAFT draft = { .object = NULL };
	uint8_t salt[MD_CAPI_SALT_MAX];
	struct capi_params params;
	struct md_key *key = NULL;
	CK_RV rv = read_params(mechanism, &params);

	if (rv != CKR_OK)
		return rv;
	wanted.type = cki_key_type_of(params.shape.alg);
	rv = cki_secret_key_begin(&wanted, &draft);
	if (rv == CKR_OK)
		rv = check_len(&draft, &params);
	if (rv == CKR_OK)
		rv = cki_token_error(token, CKI_CALL_KEY,
				     md_capi_derive_data(cki_token_card(token), params.data, &params.capi, &key, salt));
	if (rv != CKR_OK)
		return rv;
	return commit(request->session, &draft, key, span_of(salt, params.shape.salt_len), ret_handle);
}
