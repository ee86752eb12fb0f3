/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/generate.h"

#include "pkcs11/derive_capi.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/pbkdf2.h"
#include "pkcs11/pkcs11-vendor.h"
#include "pkcs11/secret_key.h"
#include "pkcs11/session.h"
#include "pkcs11/token.h"

/* A type with one length need not be told it (PKCS#11 3.0 2.18.2); no other has a default. */
static CK_RV choose_len(struct secret_key_draft *draft)
{
	if (draft->value_len == 0 && draft->type->lengths[1] == 0)
		draft->value_len = draft->type->lengths[0];
	if (draft->value_len == 0)
		return CKR_TEMPLATE_INCOMPLETE;
	return draft->value_len <= MD_KEY_LEN_MAX ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static CK_RV make_random(struct session *session, const CK_MECHANISM *mechanism, const struct secret_key_draft *draft,
			 struct md_key **ret_key)
{
	struct token *token = cki_session_token(session);

	if (mechanism->ulParameterLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return cki_token_error(token, CKI_CALL_KEY,
			       md_key_generate(cki_token_card(token), draft->type->alg, draft->value_len, ret_key));
}

CK_RV cki_generate_key(struct session *session, const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *templ,
		       CK_ULONG count, CK_OBJECT_HANDLE *ret_handle)
{
	const struct mech *mech = cki_mech_find(mechanism->mechanism, CKF_GENERATE);
	struct secret_key_request wanted = {
		.session = session,
		.use = TEMPLATE_GENERATE,
		.templ = templ,
		.count = count,
		.history = SECRET_KEY_GENERATED,
		.mechanism = mechanism->mechanism,
	};
	AUTO_DRAFT draft = { .object = NULL };
	struct md_key *key = NULL;
	CK_RV rv;

	if (mech == NULL)
		return CKR_MECHANISM_INVALID;
	if (mech->type == CKM_MINIDRIVER_CAPI_DERIVE)
		return cki_capi_generate(&wanted, mechanism, ret_handle);
	wanted.type = mech->generates;
	rv = cki_secret_key_begin(&wanted, &draft);
	if (rv == CKR_OK)
		rv = choose_len(&draft);
	if (rv == CKR_OK)
		rv = mechanism->mechanism == CKM_PKCS5_PBKD2
			     ? cki_pbkdf2(session, mechanism, draft.type->alg, draft.value_len, &key)
			     : make_random(session, mechanism, &draft, &key);
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(session, &draft, key, ret_handle);
}
