/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/dual.h"

#include <stdint.h>

#include "base/secret.h"
#include "pkcs11/crypt.h"
#include "pkcs11/digest.h"
#include "pkcs11/signing.h"

/* Both are under way, and the one that takes the plain text takes it in parts. */
static CK_RV ready(struct session *session, enum cki_operation crypt, enum cki_operation with)
{
	if (cki_session_operation(session, crypt) == NULL)
		return cki_session_no_operation(session, crypt);
	if (cki_session_operation(session, with) == NULL)
		return cki_session_no_operation(session, with);
	return with == CKI_OPERATION_DIGEST ? CKR_OK : cki_signing_takes_parts(session, with);
}

static CK_RV feed(struct session *session, enum cki_operation with, struct span plain)
{
	return with == CKI_OPERATION_DIGEST ? cki_digest_update(session, plain)
					    : cki_signing_update(session, with, plain);
}

static bool overlap(struct span in, const CK_BYTE *out, CK_ULONG room)
{
	uintptr_t from = (uintptr_t)in.data;
	uintptr_t to = (uintptr_t)out;

	return out != NULL && from < to + room && to < from + in.len;
}

CK_RV cki_dual_encrypt(struct session *session, enum cki_operation with, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len)
{
	AUTO_SECRET kept = SECRET_INIT;
	struct span plain = in;
	CK_RV rv = ready(session, CKI_OPERATION_ENCRYPT, with);

	if (rv != CKR_OK)
		return rv;
	/* Encryption comes first, because it may want more room; it may write where it reads. */
	if (overlap(in, out, *inout_len)) {
		if (!secret_set(&kept, in))
			return CKR_HOST_MEMORY;
		plain = secret_span(&kept);
	}
	rv = cki_crypt_update(session, CKI_OPERATION_ENCRYPT, in, out, inout_len);
	return rv == CKR_OK && out != NULL ? feed(session, with, plain) : rv;
}

CK_RV cki_dual_decrypt(struct session *session, enum cki_operation with, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len)
{
	CK_RV rv = ready(session, CKI_OPERATION_DECRYPT, with);

	if (rv == CKR_OK)
		rv = cki_crypt_update(session, CKI_OPERATION_DECRYPT, in, out, inout_len);
	return rv == CKR_OK && out != NULL ? feed(session, with, span_of(out, *inout_len)) : rv;
}
