/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mechanisms that stand for a hash in the parameters of others. */
#ifndef MDP_PKCS11_HASH_NAME_H
#define MDP_PKCS11_HASH_NAME_H

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

/* CKM_SHA256 and the like; MD_HASH_NONE: no hash, or one that OpenSSL cannot compute. */
enum md_hash cki_hash_of_digest(CK_MECHANISM_TYPE mechanism);
/* CKM_SHA256_HMAC and the like, MD5's excepted: no derivation is defined with it. MD_HASH_NONE: the same. */
enum md_hash cki_hash_of_hmac(CK_MECHANISM_TYPE mechanism);

#endif
