/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/signing.h"

#include <stdlib.h>

#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

static bool signing_empty(void *state)
{
	struct signing *signing = state;

	md_mac_free(STEAL(signing->mac));
	md_digest_free(STEAL(signing->digest));
	cki_object_release(STEAL(signing->key));
	free(STEAL(signing->signature));
	return true;
}

static void signing_free(void *state)
{
	struct signing *signing = state;

	if (signing == NULL)
		return;
	(void)signing_empty(signing);
	free(signing);
}

static void signing_cleanup(struct signing **signing)
{
	signing_free(*signing);
}

/* One that rests with the session, or a new one. */
static struct signing *signing_new(struct session *session, enum cki_operation kind)
{
	struct signing *signing = cki_session_wake(session, kind);

	if (signing == NULL)
		signing = malloc(sizeof(*signing));
	if (signing != NULL)
		*signing = (struct signing){ .key = NULL };
	return signing;
}

/* What each kind of operation asks of a mechanism and of a key. */
static const struct use {
	CK_FLAGS flag;
	CK_ATTRIBUTE_TYPE permission;
	bool public; /* a public key does it, where the key is not a session key */
} uses[CKI_OPERATION_COUNT] = {
	[CKI_OPERATION_SIGN] = { CKF_SIGN, CKA_SIGN, false },
	[CKI_OPERATION_SIGN_RECOVER] = { CKF_SIGN_RECOVER, CKA_SIGN_RECOVER, false },
	[CKI_OPERATION_VERIFY] = { CKF_VERIFY, CKA_VERIFY, true },
	[CKI_OPERATION_VERIFY_RECOVER] = { CKF_VERIFY_RECOVER, CKA_VERIFY_RECOVER, true },
	[CKI_OPERATION_VERIFY_SIGNATURE] = { CKF_VERIFY, CKA_VERIFY, true },
};

static const struct sign_engine *engine_of(const struct mech *mech, bool public)
{
	if (mech->card_keys == 0)
		return &cki_sign_mac;
	if (public)
		return mech->hash != MD_HASH_NONE ? &cki_verify_public_hash : &cki_verify_public_once;
	return mech->hash != MD_HASH_NONE ? &cki_sign_card_hash : &cki_sign_card_once;
}

static CK_RV find_key(struct session *session, enum cki_operation kind, struct signing *signing,
		      CK_OBJECT_HANDLE handle)
{
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &signing->key);

	if (rv == CKR_OK)
		rv = signing->engine->takes(signing->mech, signing->key);
	if (rv != CKR_OK)
		return rv;
	/* Session keys have the attributes; what a card's key lacks it may not do. */
	if (!cki_object_bool(signing->key, uses[kind].permission, false) || !cki_object_allows(signing->key, signing->mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	return CKR_OK;
}

static CK_RV start(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		   CK_OBJECT_HANDLE key)
{
	AUTO(signing_cleanup) struct signing *signing = signing_new(session, kind);
	CK_RV rv;

	if (signing == NULL)
		return CKR_HOST_MEMORY;
	signing->mech = cki_mech_find_offered(cki_session_token(session), mechanism->mechanism, uses[kind].flag);
	if (signing->mech == NULL)
		return CKR_MECHANISM_INVALID;
	signing->engine = engine_of(signing->mech, uses[kind].public);
	rv = find_key(session, kind, signing, key);
	if (rv == CKR_OK)
		rv = signing->engine->begin(signing, mechanism);
	if (rv == CKR_OK)
		rv = cki_session_begin_resting(session, kind,
					       &(struct cki_resting){ .state = signing, .end = signing_free,
								      .rest = signing_empty, .key = signing->key });
	if (rv == CKR_OK)
		signing = NULL;
	return rv;
}

CK_RV cki_signing_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		       CK_OBJECT_HANDLE key)
{
	CK_RV rv;

	return cki_session_to_begin(session, kind, mechanism, &rv) ? start(session, kind, mechanism, key) : rv;
}

CK_RV cki_signing_login(struct session *session, const struct signing *signing)
{
	if (cki_object_private(signing->key) && !cki_token_logged_in(cki_session_token(session)))
		return CKR_USER_NOT_LOGGED_IN;
	return CKR_OK;
}

CK_RV cki_signing_takes_parts(struct session *session, enum cki_operation kind)
{
	struct signing *signing = cki_session_operation(session, kind);
	CK_RV rv;

	if (signing == NULL)
		return cki_session_no_operation(session, kind);
	rv = signing->engine->update != NULL ? cki_signing_login(session, signing) : CKR_FUNCTION_NOT_SUPPORTED;
	if (rv != CKR_OK)
		cki_session_end(session, kind);
	return rv;
}

CK_RV cki_signing_update(struct session *session, enum cki_operation kind, struct span part)
{
	struct signing *signing = cki_session_operation(session, kind);
	CK_RV rv = cki_signing_takes_parts(session, kind);

	if (rv != CKR_OK)
		return rv;
	signing->in_parts = true;
	rv = signing->engine->update(signing, part);
	if (rv != CKR_OK)
		cki_session_end(session, kind);
	return rv;
}
