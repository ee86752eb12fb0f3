/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions by which a provider of OpenSSL implements an algorithm, as it gives them to OpenSSL's own EVP
 * (provider-base(7), OSSL_PROVIDER_query_operation(3)). ossl_cipher.h and ossl_digest.h are made of them.
 */
#ifndef MDP_BASE_OSSL_DISPATCH_H
#define MDP_BASE_OSSL_DISPATCH_H

#include <openssl/core.h>
#include <openssl/types.h>

#include "base/compiler.h"

/*
 * The table of an algorithm of an operation (OSSL_OP_CIPHER ...), by any of its names, whatever their case; NULL: the
 * provider has none. It lives as long as the provider.
 */
const OSSL_DISPATCH *ossl_dispatch(const OSSL_PROVIDER *provider, int operation, const char *name) MUST_USE;

/* Function `id` (OSSL_FUNC_CIPHER_NEWCTX ...) of a table; NULL: the algorithm has none. */
typedef void ossl_function(void);
ossl_function *ossl_dispatch_function(const OSSL_DISPATCH *dispatch, int id) MUST_USE;

#endif
