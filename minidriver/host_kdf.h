/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A derivation of md.h in the words of CARD_DERIVE_KEY: the name of the KDF and its parameter list.
 */
#ifndef MDP_MINIDRIVER_HOST_KDF_H
#define MDP_MINIDRIVER_HOST_KDF_H

#include <stdint.h>

#include "base/compiler.h"
#include "minidriver/cardmod.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/md.h"

/* A plan, packed. The list points into the plan and into this structure: it stays where it is. */
struct host_kdf {
	LPCWSTR name;
	DWORD flags; /* of dwFlags */
	NCryptBufferDesc desc;
	NCryptBuffer buffers[MD_FIELDS_MAX + 4];
	CARD_EXT_KDF_COUNTER counter;
	CARD_KEY_HANDLE salt_key;
	CARD_KEY_HANDLE field_keys[MD_FIELDS_MAX]; /* by field */
	CARD_KEY_HANDLE second;
	DWORD protocol;
	uint64_t iterations;
	uint64_t bit_offset;
};

/*
 * Errors: MD_E_INVALID_PARAMETER (no such derivation or hash, a member that it does not read or lacks, bytes longer
 * than a ULONG says).
 */
md_err host_kdf_pack(const struct md_kdf_plan *plan, struct host_kdf *ret_kdf) MUST_USE;

/* The name of a hash; NULL: none. */
LPCWSTR host_hash_name(enum md_hash hash);

#endif
