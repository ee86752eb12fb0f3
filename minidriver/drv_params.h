/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A parameter list as its caller wrote it (NCryptBufferDesc), turned into checked values. Nothing behind this point
 * looks at the list's lengths or names again.
 */
#ifndef MDP_MINIDRIVER_DRV_PARAMS_H
#define MDP_MINIDRIVER_DRV_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/cardmod.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_hash.h"

/* A BufferType as a small number: CNG's as they are, ours behind them. */
#define KDF_PARAMS_CNG 0x15u /* KDF_HASH_ALGORITHM .. KDF_HKDF_INFO */
#define KDF_PARAMS_EXT 8u    /* CARD_EXT_KDF_IV .. CARD_EXT_KDF_FIELD_KEY */
#define KDF_PARAMS (KDF_PARAMS_CNG + KDF_PARAMS_EXT)
#define KDF_INDEX(type) ((type) < KDF_PARAMS_CNG ? (type) : (type) - CARD_EXT_KDF_IV + KDF_PARAMS_CNG)
#define KDF_BIT(type) (UINT32_C(1) << KDF_INDEX(type))
/* Further secrets, which join Z whatever the KDF. */
#define KDF_FURTHER_SECRETS (KDF_BIT(KDF_SECRET_HANDLE) | KDF_BIT(CARD_EXT_KDF_SESSION_KEY))
/* What may stand in a list any number of times. */
#define KDF_REPEATED \
	(KDF_BIT(KDF_SECRET_PREPEND) | KDF_BIT(KDF_SECRET_APPEND) | KDF_BIT(CARD_EXT_KDF_FIELD_BYTES) | \
	 KDF_BIT(CARD_EXT_KDF_FIELD_KEY) | KDF_FURTHER_SECRETS)
/* How many CARD_EXT_KDF_FIELD_KEY there may be. */
#define KDF_FIELD_KEYS_MAX 32u

struct kdf_params {
	uint32_t given;               /* KDF_BIT of each parameter that was in the list */
	const struct hash *hash;      /* NULL: not given */
	DWORD protocol;               /* of TLS; 0: not given */
	size_t out_len;               /* KDF_KEYBITLENGTH in bytes; 0: not given */
	uint64_t iterations;          /* KDF_ITERATION_COUNT; 0: not given */
	uint64_t bit_offset;          /* CARD_EXT_KDF_BIT_OFFSET */
	CARD_EXT_KDF_COUNTER counter; /* CARD_EXT_KDF_FIELD_COUNTER */
	CARD_KEY_HANDLE salt_key;     /* CARD_EXT_KDF_SALT_KEY; its bytes are put into `bytes` before a KDF sees this */
	struct span bytes[KDF_PARAMS]; /* of those that were given and may stand in the list once, by KDF_INDEX; borrowed */
	const struct secret *field_keys; /* of CARD_EXT_KDF_FIELD_KEY, in list order; NULL: not looked up yet */
	size_t field_key_count;
	const NCryptBufferDesc *list; /* borrowed: what is repeated is taken from it in order; NULL: no list */
};

/*
 * Check a list (NULL: no parameter). ulVersion is not looked at.
 * Errors: SCARD_E_INVALID_PARAMETER (unknown type, one that may stand there once twice, NULL bytes with a length, a
 * name that is unknown or has no NUL, a number, handle or structure of another size, a key length that is not whole
 * bytes, no iteration, a counter's width that is none, too many CARD_EXT_KDF_FIELD_KEY).
 */
DWORD kdf_params_read(const NCryptBufferDesc *list, struct kdf_params *ret_params) MUST_USE;

static inline bool kdf_given(const struct kdf_params *params, ULONG type)
{
	return (params->given & KDF_BIT(type)) != 0;
}
/* The bytes of a parameter that may stand in the list once; empty where it does not. */
static inline struct span kdf_param(const struct kdf_params *params, ULONG type)
{
	return kdf_given(params, type) ? params->bytes[KDF_INDEX(type)] : SPAN_EMPTY;
}
/* How many bytes all parameters of a type have together. */
size_t kdf_params_len(const struct kdf_params *params, ULONG type) MUST_USE;

/* Feed all parameters of a type that may be repeated to a function, in list order; stops at the first failure. */
typedef bool (*kdf_feed_fn)(void *context, struct span bytes);
bool kdf_params_feed(const struct kdf_params *params, ULONG type, kdf_feed_fn feed, void *context) MUST_USE;
/*
 * The same with the parameters that stand for CARD_EXT_KDF_FIELD, whatever their type; an empty one is fed, too. Of a
 * CARD_EXT_KDF_FIELD_KEY the key is fed, and nothing before it has been looked up.
 */
typedef bool (*kdf_field_fn)(void *context, ULONG type, struct span bytes);
bool kdf_params_feed_fields(const struct kdf_params *params, kdf_field_fn feed, void *context) MUST_USE;

#endif
