/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.12, message digesting functions. */
#include "config.h"

#include "pkcs11/digest.h"
#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"

CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism)
{
	OPERATION_CALL(session, true, cki_digest_init(gate.session, mechanism));
}

CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *digest, CK_ULONG *digest_len)
{
	OPERATION_CALL(session, CKI_RUN(data, data_len) && digest_len != NULL,
		       cki_digest_once(gate.session, span_of(data, data_len), digest, digest_len));
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len)
{
	OPERATION_CALL(session, CKI_RUN(part, part_len), cki_digest_update(gate.session, span_of(part, part_len)));
}

CK_RV C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	OPERATION_CALL(session, true, cki_digest_key(gate.session, key));
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE *digest, CK_ULONG *digest_len)
{
	OPERATION_CALL(session, digest_len != NULL, cki_digest_final(gate.session, digest, digest_len));
}
