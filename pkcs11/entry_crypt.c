/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.8 and 5.10, encryption and decryption functions. */
#include "config.h"

#include "pkcs11/crypt.h"
#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"

CK_RV C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_crypt_init(gate.session, CKI_OPERATION_ENCRYPT, mechanism, key));
}

CK_RV C_Encrypt(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(in, in_len) && out_len != NULL,
		       cki_crypt_once(gate.session, CKI_OPERATION_ENCRYPT, span_of(in, in_len), out, out_len));
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(in, in_len) && out_len != NULL,
		       cki_crypt_update(gate.session, CKI_OPERATION_ENCRYPT, span_of(in, in_len), out, out_len));
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *out_len)
{
	OPERATION_CALL(session, out_len != NULL, cki_crypt_final(gate.session, CKI_OPERATION_ENCRYPT, out, out_len));
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_crypt_init(gate.session, CKI_OPERATION_DECRYPT, mechanism, key));
}

CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(in, in_len) && out_len != NULL,
		       cki_crypt_once(gate.session, CKI_OPERATION_DECRYPT, span_of(in, in_len), out, out_len));
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_len, CK_BYTE *out, CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(in, in_len) && out_len != NULL,
		       cki_crypt_update(gate.session, CKI_OPERATION_DECRYPT, span_of(in, in_len), out, out_len));
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *out_len)
{
	OPERATION_CALL(session, out_len != NULL, cki_crypt_final(gate.session, CKI_OPERATION_DECRYPT, out, out_len));
}
