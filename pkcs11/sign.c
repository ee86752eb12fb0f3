/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/sign.h"

#include "pkcs11/crypt.h"
#include "pkcs11/object.h"
#include "pkcs11/session.h"
#include "pkcs11/signing.h"
#include "pkcs11/token.h"

static CK_RV check_login(struct session *session, const struct signing *signing)
{
	CK_RV rv = cki_signing_login(session, signing);

	return rv == CKR_OK && signing->asks && !signing->authenticated ? CKR_USER_NOT_LOGGED_IN : rv;
}

/* What is left to do: data is all there is for C_Sign, nothing for C_SignFinal. */
static CK_RV finish(struct session *session, struct signing *signing, struct span data, CK_BYTE *signature, size_t len)
{
	CK_RV rv = check_login(session, signing);

	return rv == CKR_OK ? signing->engine->sign(signing, data, signature, len) : rv;
}

static CK_RV answer(struct session *session, enum cki_operation kind, struct span data, CK_BYTE *signature,
		    CK_ULONG *inout_len)
{
	struct signing *signing = cki_session_operation(session, kind);
	size_t needed = 0;
	/* The length first: a buffer too small must not cost a PIN or a card command. */
	CK_RV rv = signing->engine->len(signing, data, &needed);

	if (rv == CKR_OK && (signature == NULL || *inout_len < needed)) {
		*inout_len = needed;
		return signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	if (rv == CKR_OK)
		rv = finish(session, signing, data, signature, needed);
	cki_session_end(session, kind);
	if (rv == CKR_OK)
		*inout_len = needed;
	return rv;
}

CK_RV cki_sign_once(struct session *session, enum cki_operation kind, struct span data, CK_BYTE *signature,
		    CK_ULONG *inout_len)
{
	struct signing *signing = cki_session_operation(session, kind);

	if (signing == NULL)
		return cki_session_no_operation(session, kind);
	return signing->in_parts ? CKR_OPERATION_ACTIVE : answer(session, kind, data, signature, inout_len);
}

CK_RV cki_sign_final(struct session *session, CK_BYTE *signature, CK_ULONG *inout_len)
{
	CK_RV rv = cki_signing_takes_parts(session, CKI_OPERATION_SIGN);

	return rv == CKR_OK ? answer(session, CKI_OPERATION_SIGN, SPAN_EMPTY, signature, inout_len) : rv;
}

CK_RV cki_sign_authenticate(struct session *session, const CK_UTF8CHAR *pin, CK_ULONG pin_len)
{
	struct signing *signing = cki_session_operation(session, CKI_OPERATION_SIGN);
	CK_RV rv;

	if (signing == NULL || !signing->asks)
		signing = cki_session_operation(session, CKI_OPERATION_SIGN_RECOVER);
	if (signing == NULL || !signing->asks)
		return cki_crypt_authenticate(session, pin, pin_len);
	rv = cki_token_verify_for_key(cki_object_token(signing->key), cki_object_index(signing->key), pin, pin_len);
	signing->authenticated = rv == CKR_OK;
	return rv;
}
