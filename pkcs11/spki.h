/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKA_PUBLIC_KEY_INFO: the public half of a card's key as a SubjectPublicKeyInfo.
 */
#ifndef MDP_PKCS11_SPKI_H
#define MDP_PKCS11_SPKI_H

#include "minidriver/md.h"
#include "pkcs11/attrs.h"

/*
 * Set CKA_PUBLIC_KEY_INFO: DER of RFC 5280's SubjectPublicKeyInfo with the algorithms of RFC 3279 2.3.1, RFC 5480 2.1
 * and RFC 8410 3; empty where the card does not give the public key.
 */
void cki_spki_set(struct attrs *attrs, const struct md_container *container);

#endif
