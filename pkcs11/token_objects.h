/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects of a card: private and public keys from its key containers, its certificates, and the profiles
 * of PKCS#11 3.0 that this module keeps. Made once; only a certificate's DER is read later, at its first use.
 */
#ifndef MDP_PKCS11_TOKEN_OBJECTS_H
#define MDP_PKCS11_TOKEN_OBJECTS_H

#include "base/compiler.h"
#include "pkcs11/pkcs11_compat.h"

struct token;

/* Make and commit them all. Errors: CKR_HOST_MEMORY, and then some may be committed. */
CK_RV cki_token_objects_make(struct token *token) MUST_USE;

#endif
