/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/derive_map.h"

#include "base/compiler.h"

#define ROW(m, text, d, k, h, len) \
	{ .mechanism = m, .ckd = d, .mechanism_name = text, .ckd_name = #d, .kdf = k, .hash = h, .usual_len = len }
#define ROWS(m, text)                                                                   \
	ROW(m, text, CKD_NULL, MD_KDF_RAW, MD_HASH_NONE, 0),                            \
	ROW(m, text, CKD_SHA1_KDF, MD_KDF_X963, MD_HASH_SHA1, 20),                      \
	ROW(m, text, CKD_SHA224_KDF, MD_KDF_X963, MD_HASH_SHA224, 28),                  \
	ROW(m, text, CKD_SHA256_KDF, MD_KDF_X963, MD_HASH_SHA256, 32),                  \
	ROW(m, text, CKD_SHA384_KDF, MD_KDF_X963, MD_HASH_SHA384, 48),                  \
	ROW(m, text, CKD_SHA512_KDF, MD_KDF_X963, MD_HASH_SHA512, 64),                  \
	ROW(m, text, CKD_SHA3_224_KDF, MD_KDF_X963, MD_HASH_SHA3_224, 28),              \
	ROW(m, text, CKD_SHA3_256_KDF, MD_KDF_X963, MD_HASH_SHA3_256, 32),              \
	ROW(m, text, CKD_SHA3_384_KDF, MD_KDF_X963, MD_HASH_SHA3_384, 48),              \
	ROW(m, text, CKD_SHA3_512_KDF, MD_KDF_X963, MD_HASH_SHA3_512, 64),              \
	ROW(m, text, CKD_SHA1_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA1, 20),              \
	ROW(m, text, CKD_SHA224_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA224, 28),          \
	ROW(m, text, CKD_SHA256_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA256, 32),          \
	ROW(m, text, CKD_SHA384_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA384, 48),          \
	ROW(m, text, CKD_SHA512_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA512, 64),          \
	ROW(m, text, CKD_SHA3_224_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA3_224, 28),      \
	ROW(m, text, CKD_SHA3_256_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA3_256, 32),      \
	ROW(m, text, CKD_SHA3_384_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA3_384, 48),      \
	ROW(m, text, CKD_SHA3_512_KDF_SP800, MD_KDF_CONCAT, MD_HASH_SHA3_512, 64)

/* The curves of cards have cofactor 1, and then the two mechanisms are one. */
static const struct derive_row rows[] = {
	ROWS(CKM_ECDH1_DERIVE, "CKM_ECDH1_DERIVE"),
	ROWS(CKM_ECDH1_COFACTOR_DERIVE, "CKM_ECDH1_COFACTOR_DERIVE"),
};

const struct derive_row *cki_derive_map_find(CK_MECHANISM_TYPE mechanism, CK_ULONG ckd)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].mechanism == mechanism && rows[i].ckd == ckd)
			return &rows[i];
	return NULL;
}

const struct derive_row *cki_derive_map_row(size_t i)
{
	return i < ARRAY_COUNT(rows) ? &rows[i] : NULL;
}
