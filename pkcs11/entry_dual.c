/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.17, dual-function cryptographic functions. */
#include "config.h"

#include "pkcs11/dual.h"
#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"

CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out,
			    CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len) && out_len != NULL,
		       cki_dual_encrypt(gate.session, CKI_OPERATION_DIGEST, span_of(part, part_len), out, out_len));
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out,
			    CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len) && out_len != NULL,
		       cki_dual_decrypt(gate.session, CKI_OPERATION_DIGEST, span_of(part, part_len), out, out_len));
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out,
			  CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len) && out_len != NULL,
		       cki_dual_encrypt(gate.session, CKI_OPERATION_SIGN, span_of(part, part_len), out, out_len));
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *out,
			    CK_ULONG *out_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len) && out_len != NULL,
		       cki_dual_decrypt(gate.session, CKI_OPERATION_VERIFY, span_of(part, part_len), out, out_len));
}
