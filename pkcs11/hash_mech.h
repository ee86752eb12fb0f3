/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hashes that parameters of mechanisms name by a mechanism: by the digest, or by HMAC with it.
 */
#ifndef MDP_PKCS11_HASH_MECH_H
#define MDP_PKCS11_HASH_MECH_H

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

/* CKM_SHA256 and its like. MD_HASH_NONE: no hash, or one that the OpenSSL found at run time cannot compute. */
enum md_hash cki_hash_of_digest(CK_MECHANISM_TYPE digest);
/* CKM_SHA256_HMAC and its like. MD_HASH_NONE: the same. */
enum md_hash cki_hash_of_hmac(CK_MECHANISM_TYPE hmac);

#endif
