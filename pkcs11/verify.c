/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/verify.h"

#include "pkcs11/session.h"
#include "pkcs11/signing.h"

/* What is left to do: data is all there is for C_Verify, nothing for C_VerifyFinal. */
static CK_RV finish(struct session *session, struct span data, struct span signature)
{
	struct signing *signing = cki_session_operation(session, CKI_OPERATION_VERIFY);
	CK_RV rv = cki_signing_login(session, signing);

	if (rv == CKR_OK)
		rv = signing->engine->verify(signing, data, signature);
	cki_session_end(session, CKI_OPERATION_VERIFY);
	return rv;
}

CK_RV cki_verify_once(struct session *session, struct span data, struct span signature)
{
	struct signing *signing = cki_session_operation(session, CKI_OPERATION_VERIFY);

	if (signing == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	return signing->in_parts ? CKR_OPERATION_ACTIVE : finish(session, data, signature);
}

CK_RV cki_verify_final(struct session *session, struct span signature)
{
	CK_RV rv = cki_signing_takes_parts(session, CKI_OPERATION_VERIFY);

	return rv == CKR_OK ? finish(session, SPAN_EMPTY, signature) : rv;
}
