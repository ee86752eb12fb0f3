/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.9 and 5.11, message-based encryption and decryption functions. */
#include "config.h"

#include "pkcs11/gate.h"
#include "pkcs11/message.h"
#include "pkcs11/pkcs11_compat.h"

#define PARAM &(struct message_param){ parameter, parameter_len }
#define OUT(data, len) &(struct message_out){ data, len }

CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_message_init(gate.session, CKI_OPERATION_MESSAGE_ENCRYPT, mechanism, key));
}

CK_RV C_EncryptMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
		       CK_ULONG aad_size, CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher,
		       CK_ULONG *cipher_len)
{
	const struct span in[2] = { span_of(aad, aad_size), span_of(plain, plain_len) };

	OPERATION_CALL(session, CKI_RUN(aad, aad_size) && CKI_RUN(plain, plain_len) && cipher_len != NULL,
		       cki_message_once(gate.session, CKI_OPERATION_MESSAGE_ENCRYPT, PARAM, in,
					OUT(cipher, cipher_len)));
}

CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
			    CK_ULONG aad_size)
{
	OPERATION_CALL(session, CKI_RUN(aad, aad_size),
		       cki_message_begin(gate.session, CKI_OPERATION_MESSAGE_ENCRYPT, PARAM, span_of(aad, aad_size)));
}

CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *plain,
			   CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len, CK_FLAGS flags)
{
	const struct message_part part = { PARAM, span_of(plain, plain_len), (flags & CKF_END_OF_MESSAGE) != 0 };

	OPERATION_CALL(session, CKI_RUN(plain, plain_len) && cipher_len != NULL,
		       cki_message_next(gate.session, CKI_OPERATION_MESSAGE_ENCRYPT, &part, OUT(cipher, cipher_len)));
}

CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE session)
{
	OPERATION_CALL(session, true, cki_message_final(gate.session, CKI_OPERATION_MESSAGE_ENCRYPT));
}

CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_message_init(gate.session, CKI_OPERATION_MESSAGE_DECRYPT, mechanism, key));
}

CK_RV C_DecryptMessage(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
		       CK_ULONG aad_size, CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain,
		       CK_ULONG *plain_len)
{
	const struct span in[2] = { span_of(aad, aad_size), span_of(cipher, cipher_len) };

	OPERATION_CALL(session, CKI_RUN(aad, aad_size) && CKI_RUN(cipher, cipher_len) && plain_len != NULL,
		       cki_message_once(gate.session, CKI_OPERATION_MESSAGE_DECRYPT, PARAM, in, OUT(plain, plain_len)));
}

CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
			    CK_ULONG aad_size)
{
	OPERATION_CALL(session, CKI_RUN(aad, aad_size),
		       cki_message_begin(gate.session, CKI_OPERATION_MESSAGE_DECRYPT, PARAM, span_of(aad, aad_size)));
}

CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *cipher,
			   CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len, CK_FLAGS flags)
{
	const struct message_part part = { PARAM, span_of(cipher, cipher_len), (flags & CKF_END_OF_MESSAGE) != 0 };

	OPERATION_CALL(session, CKI_RUN(cipher, cipher_len) && plain_len != NULL,
		       cki_message_next(gate.session, CKI_OPERATION_MESSAGE_DECRYPT, &part, OUT(plain, plain_len)));
}

CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE session)
{
	OPERATION_CALL(session, true, cki_message_final(gate.session, CKI_OPERATION_MESSAGE_DECRYPT));
}
