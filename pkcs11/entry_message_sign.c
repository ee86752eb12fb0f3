/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.14 and 5.16, message-based signing and verifying functions. */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/message_sign.h"
#include "pkcs11/pkcs11_compat.h"

#define PARAM &(struct message_param){ parameter, parameter_len }
#define OUT(data, len) &(struct message_out){ data, len }
#define PART(end) &(struct message_part){ PARAM, span_of(data, data_len), end }

CK_RV C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_message_sign_init(gate.session, CKI_OPERATION_MESSAGE_SIGN, mechanism, key));
}

CK_RV C_SignMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
		    CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && signature_len != NULL,
		       cki_message_sign(gate.session, PART(false), OUT(signature, signature_len)));
}

CK_RV C_SignMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len)
{
	OPERATION_CALL(session, true, cki_message_sign_begin(gate.session, CKI_OPERATION_MESSAGE_SIGN, PARAM));
}

/* No place for a length: there is more to come. */
CK_RV C_SignMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
			CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && (signature_len != NULL || signature == NULL),
		       signature_len == NULL
			       ? cki_message_sign_part(gate.session, CKI_OPERATION_MESSAGE_SIGN, PART(false))
			       : cki_message_sign(gate.session, PART(true), OUT(signature, signature_len)));
}

CK_RV C_MessageSignFinal(CK_SESSION_HANDLE session)
{
	OPERATION_CALL(session, true, cki_message_sign_final(gate.session, CKI_OPERATION_MESSAGE_SIGN));
}

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_message_sign_init(gate.session, CKI_OPERATION_MESSAGE_VERIFY, mechanism, key));
}

CK_RV C_VerifyMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
		      CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && CKI_RUN(signature, signature_len),
		       cki_message_verify(gate.session, PART(false), span_of(signature, signature_len)));
}

CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len)
{
	OPERATION_CALL(session, true, cki_message_sign_begin(gate.session, CKI_OPERATION_MESSAGE_VERIFY, PARAM));
}

/* No signature: there is more to come. */
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
			  CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && CKI_RUN(signature, signature_len),
		       signature == NULL
			       ? cki_message_sign_part(gate.session, CKI_OPERATION_MESSAGE_VERIFY, PART(false))
			       : cki_message_verify(gate.session, PART(true), span_of(signature, signature_len)));
}

CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE session)
{
	OPERATION_CALL(session, true, cki_message_sign_final(gate.session, CKI_OPERATION_MESSAGE_VERIFY));
}
