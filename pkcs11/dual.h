/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions that continue two operations at once (PKCS#11 3.0 5.17): encryption or decryption, and a digest,
 * signature or verification of the plain text, which gets nothing when no output is produced.
 */
#ifndef MDP_PKCS11_DUAL_H
#define MDP_PKCS11_DUAL_H

#include "base/span.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"

/*
 * with: CKI_OPERATION_DIGEST or CKI_OPERATION_SIGN. Errors: CKR_OPERATION_NOT_INITIALIZED (either), as
 * cki_crypt_update and as the other operation's update; each ends the operation that it is of.
 */
CK_RV cki_dual_encrypt(struct session *session, enum cki_operation with, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len);
/* with: CKI_OPERATION_DIGEST or CKI_OPERATION_VERIFY. */
CK_RV cki_dual_decrypt(struct session *session, enum cki_operation with, struct span in, CK_BYTE *out,
		       CK_ULONG *inout_len);

#endif
