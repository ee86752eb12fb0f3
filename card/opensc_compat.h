/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one place for what differs between the versions of libopensc that card/ is built with: 0.23 (Debian 12)
 * to 0.26 (Debian 13). Every other file of card/ includes libopensc's headers through this one.
 *
 * What differs in what we use:
 * - sc_context.conf_blocks has room for 3 blocks in 0.23, for 4 since 0.24 (one for the program's path comes
 *   first there); both end with NULL, so the array is walked to its NULL and never indexed.
 * - sc_pkcs15_pubkey.algorithm is int in 0.23, unsigned long later: opensc_public_key_algorithm().
 * - the public key of an Edwards or Montgomery curve is sc_pkcs15_pubkey.u.eddsa in 0.23, u.ec.ecpointQ later:
 *   opensc_public_string(). The length of the field of such a private key is 256 in 0.23, 255 later.
 * - sc_algorithm_info.flags is unsigned int in 0.23, unsigned long later: it is read into unsigned long.
 * - sc_lock() of 0.23 can report success although the driver could not select its application again, and the
 *   card is not locked then; 0.26 reports success and keeps the lock. card_hold() looks at the count of locks.
 * - sc_unlock() of 0.23 without a lock keeps the card's mutex for ever: it is called only for a lock we counted.
 * - sc_pkcs15_derive(), sc_pkcs15_decipher(), sc_pkcs15_compute_signature(), sc_pkcs15_verify_pin(), the list of
 *   readers and the numbers in errors.h are the same.
 */
#ifndef MDP_CARD_OPENSC_COMPAT_H
#define MDP_CARD_OPENSC_COMPAT_H

#include <libopensc/errors.h>
#include <libopensc/opensc.h>
#include <libopensc/pkcs15.h>
#include <scconf/scconf.h>

/* SC_ALGORITHM_RSA, SC_ALGORITHM_EC, ... of a public key. */
static inline unsigned long opensc_public_key_algorithm(const struct sc_pkcs15_pubkey *key)
{
	return (unsigned long)key->algorithm;
}

/* The public key of an Edwards or Montgomery curve: RFC 8032's or RFC 7748's string. */
static inline const struct sc_pkcs15_u8 *opensc_public_string(const struct sc_pkcs15_pubkey *key)
{
#ifdef HAVE_STRUCT_SC_PKCS15_PUBKEY_U_EDDSA
	return &key->u.eddsa.pubkey;
#else
	return &key->u.ec.ecpointQ;
#endif
}

#endif
