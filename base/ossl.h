/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenSSL of our own. Everything we compute with OpenSSL runs in one private library context: no openssl.cnf
 * is read, no provider the application configured is asked (one of them may well be us), and nothing we do
 * changes the application's OpenSSL.
 */
#ifndef MDP_BASE_OSSL_H
#define MDP_BASE_OSSL_H

#include <openssl/types.h>
#include <stdbool.h>

#include "base/compiler.h"

/*
 * Count one more user of the private context; the first makes it and loads the default provider into it.
 * Returns false if OpenSSL refuses.
 */
bool ossl_acquire(void) MUST_USE;

/* Count one user less; the last one frees the context and what ossl_fetch.h keeps. Nothing of it may be in use then. */
void ossl_release(void);

/*
 * Count one more user of OpenSSL's legacy provider (DES, RC2, RC4); the first loads it into the private context. Until
 * somebody asks, and after the last one's release, nobody gets a cipher of it. Includes ossl_acquire().
 * Returns false if it is not installed, or OpenSSL refuses.
 */
bool ossl_legacy_acquire(void) MUST_USE;
/* Count one user less, of both. Only after an ossl_legacy_acquire() that succeeded. */
void ossl_legacy_release(void);
/* Whether the legacy provider is there now. No lock. */
bool ossl_legacy(void);

/* The private context; NULL when nobody has acquired it. */
OSSL_LIB_CTX *ossl_context(void);

/*
 * Make the private context the calling thread's default for code that cannot be handed one (libopensc), until
 * ossl_leave() with what this returned.
 */
OSSL_LIB_CTX *ossl_enter(void) MUST_USE;
void ossl_leave(OSSL_LIB_CTX *before);

#endif
