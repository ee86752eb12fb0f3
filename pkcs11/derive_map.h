/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From PKCS#11's names for a derivation to the minidriver's: (mechanism, kdf) is a row. What has no row is
 * refused; nothing falls back to the raw secret. doc/derive-mapping.md prints the table; a test compares them.
 */
#ifndef MDP_PKCS11_DERIVE_MAP_H
#define MDP_PKCS11_DERIVE_MAP_H

#include <stddef.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

struct derive_row {
	CK_MECHANISM_TYPE mechanism;
	CK_ULONG ckd;
	const char *mechanism_name;
	const char *ckd_name;
	enum md_kdf kdf;
	enum md_hash hash;
	size_t usual_len; /* length of a generic secret whose template says none; 0: all of Z */
};

/* NULL: no such derivation. */
const struct derive_row *cki_derive_map_find(CK_MECHANISM_TYPE mechanism, CK_ULONG ckd);
/* The i-th row; NULL after the last. */
const struct derive_row *cki_derive_map_row(size_t i);

#endif
