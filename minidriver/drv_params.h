/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A parameter list as its caller wrote it (NCryptBufferDesc), turned into checked values. Nothing behind this point
 * looks at the list's lengths or names again.
 */
#ifndef MDP_MINIDRIVER_DRV_PARAMS_H
#define MDP_MINIDRIVER_DRV_PARAMS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/cardmod.h"
#include "minidriver/drv_hash.h"

#define KDF_PARAMS 0x15u /* KDF_HASH_ALGORITHM .. KDF_HKDF_INFO */
#define KDF_BIT(type) (UINT32_C(1) << (type))

struct kdf_params {
	uint32_t given;               /* KDF_BIT of each parameter that was in the list */
	const struct hash *hash;      /* NULL: not given */
	DWORD protocol;               /* of TLS; 0: not given */
	size_t out_len;               /* KDF_KEYBITLENGTH in bytes; 0: not given */
	struct span bytes[KDF_PARAMS]; /* the others that may stand in the list once, borrowed */
	const NCryptBufferDesc *list; /* borrowed: PREPEND and APPEND are taken from it in order; NULL: no list */
};

/*
 * Check a list (NULL: no parameter). ulVersion is not looked at.
 * Errors: SCARD_E_INVALID_PARAMETER (unknown type, one that may stand there once twice, NULL bytes with a length, a
 * name that is unknown or has no NUL, a DWORD that has not four bytes, a key length that is not whole bytes),
 * SCARD_E_UNSUPPORTED_FEATURE (KDF_SECRET_HANDLE).
 */
DWORD kdf_params_read(const NCryptBufferDesc *list, struct kdf_params *ret_params) MUST_USE;

/* Feed all parameters of a type (PREPEND or APPEND) to a function, in list order; stops at the first failure. */
typedef bool (*kdf_feed_fn)(void *context, struct span bytes);
bool kdf_params_feed(const struct kdf_params *params, ULONG type, kdf_feed_fn feed, void *context) MUST_USE;

#endif
