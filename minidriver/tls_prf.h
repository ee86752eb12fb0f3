/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PRF of TLS 1.0 and 1.1 (RFC 2246, 5: MD5 and SHA-1 over the halves of the secret, which share the middle byte of
 * an odd length) and of TLS 1.2 (RFC 5246, 5). OpenSSL's TLS1-PRF is not used: it takes 1024 bytes of label and seed.
 */
#ifndef MDP_MINIDRIVER_TLS_PRF_H
#define MDP_MINIDRIVER_TLS_PRF_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/drv_hash.h"

struct tls_prf {
	const struct hash *hash; /* NULL: TLS 1.0 and 1.1 */
	struct span secret;
	struct span label;
	struct span seed;
};

/*
 * Fill out with out_len bytes. Errors: SCARD_E_INVALID_PARAMETER (a hash that HMAC cannot be computed with),
 * SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (OpenSSL).
 */
DWORD tls_prf(const struct tls_prf *prf, uint8_t *out, size_t out_len) MUST_USE;

#endif
