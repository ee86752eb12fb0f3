/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Key derivation functions: one row each, one primitive to a file. CardDeriveKey finds a row by name, checks the
 * parameters against it, settles the length, and calls `derive`; a further KDF is a file and a line in kdf.c.
 */
#ifndef MDP_MINIDRIVER_KDF_H
#define MDP_MINIDRIVER_KDF_H

#include <openssl/params.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/cardmod.h"
#include "minidriver/drv_key_store.h"
#include "minidriver/drv_params.h"

struct kdf_request {
	const struct kdf_params *params;
	DWORD flags;   /* the row's flags that are set */
	struct span z; /* agreed: big-endian, of the field's width; further secrets joined behind it */
	struct session_key *key; /* whose value Z is, held by the caller; NULL: it is agreed, joined or empty */
	uint8_t *out;
	size_t out_len;
};

struct kdf_ops {
	LPCWSTR name;
	uint32_t required; /* KDF_BIT of parameters that must be given */
	uint32_t optional; /* KDF_BIT of parameters that may be given */
	DWORD flags;       /* bits of CARD_DERIVE_KEY.dwFlags it understands */
	bool xof;          /* takes extendable-output functions, and nothing else, as its hash */
	bool any_length;   /* gives as many bytes as are asked for, up to max_len */
	/* What the row cannot say; NULL: nothing. Errors: SCARD_E_INVALID_PARAMETER. */
	DWORD (*check)(const struct kdf_params *params, DWORD flags);
	/* What only a look at the base secret tells; NULL: nothing. No output yet. Errors: SCARD_E_INVALID_PARAMETER. */
	DWORD (*check_base)(const struct kdf_request *request);
	/* Bytes it gives when no length is asked for. */
	size_t (*natural_len)(const struct kdf_params *params, size_t z_len);
	/* The most bytes it can give. NULL: natural_len. */
	size_t (*max_len)(const struct kdf_params *params, size_t z_len);
	/* Compute out_len bytes; the caller keeps OpenSSL's queue of errors clean (base/quiet.h). Errors: SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (OpenSSL). */
	DWORD (*derive)(const struct kdf_request *request);
};

extern const struct kdf_ops kdf_hash;
extern const struct kdf_ops kdf_hmac;
extern const struct kdf_ops kdf_tls_prf;
extern const struct kdf_ops kdf_concat;
extern const struct kdf_ops kdf_truncate;
extern const struct kdf_ops kdf_hkdf;
extern const struct kdf_ops kdf_x963;
extern const struct kdf_ops kdf_raw_be;
extern const struct kdf_ops kdf_hkdf_expand;
extern const struct kdf_ops kdf_sp800_108_ctr_hmac;
extern const struct kdf_ops kdf_sp800_108_counter;
extern const struct kdf_ops kdf_sp800_108_feedback;
extern const struct kdf_ops kdf_sp800_108_pipeline;
extern const struct kdf_ops kdf_pbkdf2;
extern const struct kdf_ops kdf_tls_prf_ex;
extern const struct kdf_ops kdf_join;
extern const struct kdf_ops kdf_xor;
extern const struct kdf_ops kdf_extract;
extern const struct kdf_ops kdf_encrypt;
extern const struct kdf_ops kdf_xof;
extern const struct kdf_ops kdf_capi;

/* The row of a name; NULL: none. */
const struct kdf_ops *kdf_by_name(LPCWSTR name) MUST_USE;

/* Row `index` of the table; NULL past its end. */
const struct kdf_ops *kdf_row(size_t index) MUST_USE;

/* The parameters and flags against a row. Errors: SCARD_E_INVALID_PARAMETER. */
DWORD kdf_check(const struct kdf_ops *ops, const struct kdf_params *params, DWORD flags) MUST_USE;

/* Run one of OpenSSL's KDFs. Errors: SCARD_E_UNEXPECTED. */
DWORD kdf_ossl(const char *name, const OSSL_PARAM *params, const struct kdf_request *request) MUST_USE;

/*
 * One-step derivation with a counter of 32 bits, big-endian, from 1: H(before || counter || behind || info) || ...
 * Errors: SCARD_E_NO_MEMORY, SCARD_E_UNEXPECTED (OpenSSL).
 */
struct kdf_rounds {
	const struct hash *hash;
	struct span before;
	struct span behind;
	struct span info;
};
DWORD kdf_run_rounds(const struct kdf_rounds *rounds, const struct kdf_request *request) MUST_USE;

/* (2^32 - 1) results of a hash, as one-step KDFs with a 32-bit counter can give, cut at what a size_t holds. */
size_t kdf_counter_max(const struct hash *hash);

/* An octet string for an OSSL_PARAM, which wants a pointer that is not const and not NULL. */
OSSL_PARAM kdf_octets(const char *key, struct span bytes);
/* A name likewise. */
OSSL_PARAM kdf_name(const char *key, const char *value);

#endif
