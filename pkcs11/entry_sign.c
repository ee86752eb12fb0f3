/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.13, signing functions. */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/sign.h"
#include "pkcs11/signing.h"

CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_signing_init(gate.session, CKI_OPERATION_SIGN, mechanism, key));
}

CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && signature_len != NULL,
		       cki_sign_once(gate.session, CKI_OPERATION_SIGN, span_of(data, data_len), signature,
				     signature_len));
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len),
		       cki_signing_update(gate.session, CKI_OPERATION_SIGN, span_of(part, part_len)));
}

CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG *signature_len)
{
	OPERATION_CALL(session, signature_len != NULL, cki_sign_final(gate.session, signature, signature_len));
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_signing_init(gate.session, CKI_OPERATION_SIGN_RECOVER, mechanism, key));
}

CK_RV C_SignRecover(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
		    CK_ULONG *signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && signature_len != NULL,
		       cki_sign_once(gate.session, CKI_OPERATION_SIGN_RECOVER, span_of(data, data_len), signature,
				     signature_len));
}
