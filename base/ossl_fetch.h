/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Algorithms of the private library context, fetched once: looking one up by name in OpenSSL's providers costs more
 * than a small encryption. What is found stays until the last ossl_release().
 *
 * Each result is borrowed. A name is a string that lives as long as the program. NULL: OpenSSL has no such algorithm, no
 * memory is left, or nobody has acquired the context. Any thread at any time between ossl_acquire() and ossl_release();
 * no lock is taken for what was found before.
 */
#ifndef MDP_BASE_OSSL_FETCH_H
#define MDP_BASE_OSSL_FETCH_H

#include <openssl/types.h>

#include "base/compiler.h"

struct ossl_cipher;
struct ossl_digest;

const struct ossl_cipher *ossl_cipher(const char *name) MUST_USE; /* ossl_cipher.h */
const struct ossl_digest *ossl_digest(const char *name) MUST_USE; /* ossl_digest.h */
EVP_MD *ossl_md(const char *name) MUST_USE;
EVP_MAC *ossl_mac(const char *name) MUST_USE;
EVP_KDF *ossl_kdf(const char *name) MUST_USE;

/* ossl_release()'s part: free what was fetched, while the context is still there and nobody asks any more. */
void ossl_fetch_end(void);

#endif
