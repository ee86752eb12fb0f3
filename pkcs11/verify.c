/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/verify.h"

#include <stdlib.h>
#include <string.h>

#include "pkcs11/session.h"
#include "pkcs11/signing.h"

/* What is left to do: data is all there is for a call at once, nothing for the end of parts. */
static CK_RV finish(struct session *session, enum cki_operation kind, struct span data, struct span signature)
{
	struct signing *signing = cki_session_operation(session, kind);
	CK_RV rv = cki_signing_login(session, signing);

	if (rv == CKR_OK)
		rv = signing->engine->verify(signing, data, signature);
	cki_session_end(session, kind);
	return rv;
}

CK_RV cki_verify_once(struct session *session, struct span data, struct span signature)
{
	struct signing *signing = cki_session_operation(session, CKI_OPERATION_VERIFY);

	if (signing == NULL)
		return cki_session_no_operation(session, CKI_OPERATION_VERIFY);
	return signing->in_parts ? CKR_OPERATION_ACTIVE : finish(session, CKI_OPERATION_VERIFY, data, signature);
}

CK_RV cki_verify_final(struct session *session, struct span signature)
{
	CK_RV rv = cki_signing_takes_parts(session, CKI_OPERATION_VERIFY);

	return rv == CKR_OK ? finish(session, CKI_OPERATION_VERIFY, SPAN_EMPTY, signature) : rv;
}

/* ---- the signature comes first ---------------------------------------------------------------------- */

static CK_RV remember(struct signing *signing, struct span signature)
{
	if (signature.len == 0)
		return CKR_OK;
	signing->signature = malloc(signature.len);
	if (signing->signature == NULL)
		return CKR_HOST_MEMORY;
	memcpy(signing->signature, signature.data, signature.len);
	signing->signature_len = signature.len;
	return CKR_OK;
}

CK_RV cki_verify_signature_init(struct session *session, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
				struct span signature)
{
	const enum cki_operation kind = CKI_OPERATION_VERIFY_SIGNATURE;
	CK_RV rv = cki_signing_init(session, kind, mechanism, key);

	if (rv != CKR_OK || mechanism == NULL)
		return rv;
	rv = remember(cki_session_operation(session, kind), signature);
	if (rv != CKR_OK)
		cki_session_end(session, kind);
	return rv;
}

static CK_RV finish_remembered(struct session *session, struct span data)
{
	const struct signing *signing = cki_session_operation(session, CKI_OPERATION_VERIFY_SIGNATURE);

	return finish(session, CKI_OPERATION_VERIFY_SIGNATURE, data,
		      span_of(signing->signature, signing->signature_len));
}

CK_RV cki_verify_signature_once(struct session *session, struct span data)
{
	const struct signing *signing = cki_session_operation(session, CKI_OPERATION_VERIFY_SIGNATURE);

	if (signing == NULL)
		return cki_session_no_operation(session, CKI_OPERATION_VERIFY_SIGNATURE);
	return signing->in_parts ? CKR_OPERATION_ACTIVE : finish_remembered(session, data);
}

CK_RV cki_verify_signature_final(struct session *session)
{
	CK_RV rv = cki_signing_takes_parts(session, CKI_OPERATION_VERIFY_SIGNATURE);

	return rv == CKR_OK ? finish_remembered(session, SPAN_EMPTY) : rv;
}
