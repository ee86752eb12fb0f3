/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.19, random number generation functions. */
#include "config.h"

#include "minidriver/md.h"
#include "pkcs11/error.h"
#include "pkcs11/gate.h"
#include "pkcs11/pkcs11_compat.h"

/* The generator is OpenSSL's, which needs no seed of callers. */
CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE *seed, CK_ULONG seed_len)
{
	SESSION_CALL(session, CKI_RUN(seed, seed_len), CKR_RANDOM_SEED_NOT_SUPPORTED);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE *random, CK_ULONG random_len)
{
	SESSION_CALL(session, CKI_RUN(random, random_len), cki_error(CKI_CALL_GENERAL, md_random(random, random_len)));
}
