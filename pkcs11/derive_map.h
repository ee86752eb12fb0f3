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

struct derive_scheme;

/* Where a mechanism has no variants. */
#define CKI_NO_VARIANT (~(CK_ULONG)0)

/* The variants of the HKDF mechanisms: which of its steps, added up. */
#define CKI_HKDF_EXTRACT 1ul
#define CKI_HKDF_EXPAND 2ul

struct derive_row {
	CK_MECHANISM_TYPE mechanism;
	CK_ULONG ckd;            /* the variant: a kdf of the ECDH mechanisms, CKI_HKDF_; else CKI_NO_VARIANT */
	const char *mechanism_name;
	const char *ckd_name;    /* "-" for CKI_NO_VARIANT */
	const struct derive_scheme *scheme; /* NULL: not by C_DeriveKey, but by C_GenerateKey */
	enum md_kdf kdf;
	enum md_hash hash;       /* MD_HASH_NONE: none, or the parameter names it */
	const char *hash_text;   /* what the page says of it */
	const char *usual_text;  /* what the page says of the length of a generic secret whose template says none */
	size_t usual_len;        /* ECDH: that length; 0: all of Z */
};

/* NULL: no such derivation, or one whose hash the OpenSSL found at run time cannot compute. */
const struct derive_row *cki_derive_map_find(CK_MECHANISM_TYPE mechanism, CK_ULONG ckd);
/* The family of a mechanism; NULL: it derives nothing. */
const struct derive_scheme *cki_derive_map_scheme(CK_MECHANISM_TYPE mechanism);
/* The i-th row; NULL after the last. */
const struct derive_row *cki_derive_map_row(size_t i);

#endif
