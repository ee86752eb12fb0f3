/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.15, functions for verifying signatures and MACs. */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/signing.h"
#include "pkcs11/verify.h"

CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_signing_init(gate.session, CKI_OPERATION_VERIFY, mechanism, key));
}

CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && CKI_RUN(signature, signature_len),
		       cki_verify_once(gate.session, span_of(data, data_len), span_of(signature, signature_len)));
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len),
		       cki_signing_update(gate.session, CKI_OPERATION_VERIFY, span_of(part, part_len)));
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_len)
{
	OPERATION_CALL(session, CKI_RUN(signature, signature_len),
		       cki_verify_final(gate.session, span_of(signature, signature_len)));
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_signing_init(gate.session, CKI_OPERATION_VERIFY_RECOVER, mechanism, key));
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_len, CK_BYTE *data,
		      CK_ULONG *data_len)
{
	OPERATION_CALL(session, CKI_RUN(signature, signature_len) && data_len != NULL,
		       cki_verify_recover(gate.session, span_of(signature, signature_len), data, data_len));
}

/* ---- 3.2 -------------------------------------------------------------------------------------------- */

CK_RV C_VerifySignatureInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
			    CK_BYTE *signature, CK_ULONG signature_len)
{
	OPERATION_CALL(session, CKI_RUN(signature, signature_len),
		       cki_verify_signature_init(gate.session, mechanism, key, span_of(signature, signature_len)));
}

CK_RV C_VerifySignature(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len),
		       cki_verify_signature_once(gate.session, span_of(data, data_len)));
}

CK_RV C_VerifySignatureUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len),
		       cki_signing_update(gate.session, CKI_OPERATION_VERIFY_SIGNATURE, span_of(part, part_len)));
}

CK_RV C_VerifySignatureFinal(CK_SESSION_HANDLE session)
{
	OPERATION_CALL(session, true, cki_verify_signature_final(gate.session));
}
