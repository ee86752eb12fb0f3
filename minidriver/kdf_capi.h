/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CryptoAPI's way from a hash value to a key, which CryptDeriveKey and the KDF CAPI_KDF share.
 */
#ifndef MDP_MINIDRIVER_KDF_CAPI_H
#define MDP_MINIDRIVER_KDF_CAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/drv_hash.h"

struct kdf_capi {
	const struct hash *hash;
	struct span value; /* hash->len bytes */
	bool expand;       /* also where the value is long enough */
	uint8_t *out;
	size_t out_len;
};

/*
 * The value's leading bytes; or, if it is shorter than out_len or expand is set, those of H(B1) || H(B2), where B1 is
 * 64 times 36 and B2 64 times 5C, the value XORed over the beginning of each (sdk-api, CryptDeriveKey, remarks; the
 * block is 64 bytes long whatever the hash). Errors: SCARD_E_INVALID_PARAMETER (out_len is more than two hashes),
 * SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED.
 */
DWORD kdf_capi_from_value(const struct kdf_capi *request) MUST_USE;

#endif
