/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/derive_map.h"

#include <limits.h>
#include <stdatomic.h>

#include "base/compiler.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/pkcs11-vendor.h"

#define ECDH(m, text, d, k, h, len) \
	{ .mechanism = m, .ckd = d, .mechanism_name = text, .ckd_name = #d, .scheme = &cki_derive_ecdh, .kdf = k, \
	  .hash = MD_HASH_##h, .hash_text = #h, .usual_len = len, .usual_text = len != 0 ? #len : "Z" }
#define ECDH_ROWS(m, text) \
	ECDH(m, text, CKD_NULL, MD_KDF_RAW, NONE, 0), \
	ECDH(m, text, CKD_SHA1_KDF, MD_KDF_X963, SHA1, 20), \
	ECDH(m, text, CKD_SHA224_KDF, MD_KDF_X963, SHA224, 28), \
	ECDH(m, text, CKD_SHA256_KDF, MD_KDF_X963, SHA256, 32), \
	ECDH(m, text, CKD_SHA384_KDF, MD_KDF_X963, SHA384, 48), \
	ECDH(m, text, CKD_SHA512_KDF, MD_KDF_X963, SHA512, 64), \
	ECDH(m, text, CKD_SHA3_224_KDF, MD_KDF_X963, SHA3_224, 28), \
	ECDH(m, text, CKD_SHA3_256_KDF, MD_KDF_X963, SHA3_256, 32), \
	ECDH(m, text, CKD_SHA3_384_KDF, MD_KDF_X963, SHA3_384, 48), \
	ECDH(m, text, CKD_SHA3_512_KDF, MD_KDF_X963, SHA3_512, 64), \
	ECDH(m, text, CKD_SHA1_KDF_SP800, MD_KDF_CONCAT, SHA1, 20), \
	ECDH(m, text, CKD_SHA224_KDF_SP800, MD_KDF_CONCAT, SHA224, 28), \
	ECDH(m, text, CKD_SHA256_KDF_SP800, MD_KDF_CONCAT, SHA256, 32), \
	ECDH(m, text, CKD_SHA384_KDF_SP800, MD_KDF_CONCAT, SHA384, 48), \
	ECDH(m, text, CKD_SHA512_KDF_SP800, MD_KDF_CONCAT, SHA512, 64), \
	ECDH(m, text, CKD_SHA3_224_KDF_SP800, MD_KDF_CONCAT, SHA3_224, 28), \
	ECDH(m, text, CKD_SHA3_256_KDF_SP800, MD_KDF_CONCAT, SHA3_256, 32), \
	ECDH(m, text, CKD_SHA3_384_KDF_SP800, MD_KDF_CONCAT, SHA3_384, 48), \
	ECDH(m, text, CKD_SHA3_512_KDF_SP800, MD_KDF_CONCAT, SHA3_512, 64), \
	ECDH(m, text, CKD_BLAKE2B_160_KDF, MD_KDF_X963, BLAKE2B_160, 20), \
	ECDH(m, text, CKD_BLAKE2B_256_KDF, MD_KDF_X963, BLAKE2B_256, 32), \
	ECDH(m, text, CKD_BLAKE2B_384_KDF, MD_KDF_X963, BLAKE2B_384, 48), \
	ECDH(m, text, CKD_BLAKE2B_512_KDF, MD_KDF_X963, BLAKE2B_512, 64)

/* A mechanism without variants: hash and length as the page prints them. */
#define FROM_KEY(m, name, family, k, h, text, usual) \
	{ .mechanism = m, .ckd = CKI_NO_VARIANT, .mechanism_name = name, .ckd_name = "-", .scheme = &(family), \
	  .kdf = k, .hash = MD_HASH_##h, .hash_text = text, .usual_text = usual }
#define HASH(m, h, len) FROM_KEY(m, #m, cki_derive_hash, MD_KDF_HASH, h, #h, #len)
#define XOF(m, h) FROM_KEY(m, #m, cki_derive_hash, MD_KDF_XOF, h, #h, "must be said")
#define SIMPLE(m, k, usual) FROM_KEY(m, #m, cki_derive_simple, k, NONE, "NONE", usual)
#define ENCRYPT(m) FROM_KEY(m, #m, cki_derive_encrypt, MD_KDF_ENCRYPT, NONE, "NONE", "the data")
#define SP800_108(m, k) FROM_KEY(m, #m, cki_derive_sp800_108, k, NONE, "by the PRF", "must be said")

/* Of HKDF the steps are the variant. */
#define HKDF_STEPS(m, name, steps, text, k) \
	{ .mechanism = m, .ckd = steps, .mechanism_name = name, .ckd_name = text, .scheme = &cki_derive_hkdf, \
	  .kdf = k, .hash_text = "by the parameter", .usual_text = "one hash" }
#define HKDF(m, name) \
	HKDF_STEPS(m, name, CKI_HKDF_EXTRACT, "extract", MD_KDF_HKDF_EXTRACT), \
	HKDF_STEPS(m, name, CKI_HKDF_EXPAND, "expand", MD_KDF_HKDF_EXPAND), \
	HKDF_STEPS(m, name, CKI_HKDF_EXTRACT | CKI_HKDF_EXPAND, "extract, expand", MD_KDF_HKDF)

#define TLS(m, family, text, usual) FROM_KEY(m, #m, family, MD_KDF_TLS_PRF, NONE, text, usual)

/* The curves of cards have cofactor 1, and then the two ECDH mechanisms are one. */
static const struct derive_row rows[] = {
	ECDH_ROWS(CKM_ECDH1_DERIVE, "CKM_ECDH1_DERIVE"),
	ECDH_ROWS(CKM_ECDH1_COFACTOR_DERIVE, "CKM_ECDH1_COFACTOR_DERIVE"),
	HASH(CKM_MD5_KEY_DERIVATION, MD5, 16),
	HASH(CKM_SHA1_KEY_DERIVATION, SHA1, 20),
	HASH(CKM_SHA224_KEY_DERIVATION, SHA224, 28),
	HASH(CKM_SHA256_KEY_DERIVATION, SHA256, 32),
	HASH(CKM_SHA384_KEY_DERIVATION, SHA384, 48),
	HASH(CKM_SHA512_KEY_DERIVATION, SHA512, 64),
	HASH(CKM_SHA512_224_KEY_DERIVATION, SHA512_224, 28),
	HASH(CKM_SHA512_256_KEY_DERIVATION, SHA512_256, 32),
	HASH(CKM_SHA3_224_KEY_DERIVATION, SHA3_224, 28),
	HASH(CKM_SHA3_256_KEY_DERIVATION, SHA3_256, 32),
	HASH(CKM_SHA3_384_KEY_DERIVATION, SHA3_384, 48),
	HASH(CKM_SHA3_512_KEY_DERIVATION, SHA3_512, 64),
	HASH(CKM_BLAKE2B_160_KEY_DERIVE, BLAKE2B_160, 20),
	HASH(CKM_BLAKE2B_256_KEY_DERIVE, BLAKE2B_256, 32),
	HASH(CKM_BLAKE2B_384_KEY_DERIVE, BLAKE2B_384, 48),
	HASH(CKM_BLAKE2B_512_KEY_DERIVE, BLAKE2B_512, 64),
	TLS(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, cki_derive_tls_master, "parameter", "48"),
	TLS(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, cki_derive_tls_master, "parameter", "48"),
	TLS(CKM_TLS_MASTER_KEY_DERIVE, cki_derive_tls_master, "NONE", "48"),
	TLS(CKM_TLS_KEY_AND_MAC_DERIVE, cki_derive_tls_keys, "NONE", "parameter"),
	TLS(CKM_TLS_MASTER_KEY_DERIVE_DH, cki_derive_tls_master, "NONE", "48"),
	TLS(CKM_TLS_PRF, cki_derive_tls_prf, "NONE", "no key"),
	TLS(CKM_TLS12_KDF, cki_derive_tls_kdf, "parameter", "template"),
	TLS(CKM_TLS12_MASTER_KEY_DERIVE, cki_derive_tls_master, "parameter", "48"),
	TLS(CKM_TLS12_KEY_AND_MAC_DERIVE, cki_derive_tls_keys, "parameter", "parameter"),
	TLS(CKM_TLS12_MASTER_KEY_DERIVE_DH, cki_derive_tls_master, "parameter", "48"),
	TLS(CKM_TLS12_KEY_SAFE_DERIVE, cki_derive_tls_keys, "parameter", "parameter"),
	TLS(CKM_TLS_KDF, cki_derive_tls_kdf, "parameter", "template"),
	XOF(CKM_SHAKE_128_KEY_DERIVATION, SHAKE128),
	XOF(CKM_SHAKE_256_KEY_DERIVATION, SHAKE256),
	HKDF(CKM_HKDF_DERIVE, "CKM_HKDF_DERIVE"),
	HKDF(CKM_HKDF_DATA, "CKM_HKDF_DATA"),
	SP800_108(CKM_SP800_108_COUNTER_KDF, MD_KDF_SP800_108_COUNTER),
	SP800_108(CKM_SP800_108_FEEDBACK_KDF, MD_KDF_SP800_108_FEEDBACK),
	SP800_108(CKM_SP800_108_DOUBLE_PIPELINE_KDF, MD_KDF_SP800_108_PIPELINE),
	SIMPLE(CKM_CONCATENATE_BASE_AND_KEY, MD_KDF_JOIN, "both keys"),
	SIMPLE(CKM_CONCATENATE_BASE_AND_DATA, MD_KDF_JOIN, "key and data"),
	SIMPLE(CKM_CONCATENATE_DATA_AND_BASE, MD_KDF_JOIN, "key and data"),
	SIMPLE(CKM_XOR_BASE_AND_DATA, MD_KDF_XOR, "the shorter"),
	SIMPLE(CKM_EXTRACT_KEY_FROM_KEY, MD_KDF_EXTRACT, "must be said"),
	ENCRYPT(CKM_DES3_ECB_ENCRYPT_DATA),
	ENCRYPT(CKM_DES3_CBC_ENCRYPT_DATA),
	ENCRYPT(CKM_AES_ECB_ENCRYPT_DATA),
	ENCRYPT(CKM_AES_CBC_ENCRYPT_DATA),
	{ .mechanism = CKM_PKCS5_PBKD2, .ckd = CKI_NO_VARIANT, .mechanism_name = "CKM_PKCS5_PBKD2", .ckd_name = "-",
	  .kdf = MD_KDF_PBKDF2, .hash_text = "by the PRF", .usual_text = "must be said" },
	FROM_KEY(CKM_MINIDRIVER_CAPI_DERIVE, "CKM_MINIDRIVER_CAPI_DERIVE", cki_derive_capi, MD_KDF_CAPI, NONE,
		 "by the parameter", "no generic secrets"),
};

/* A hash that comes and goes with OpenSSL's version takes its rows along. */
static bool offered(const struct derive_row *row)
{
	return row->hash == MD_HASH_NONE || md_hash_available(row->hash);
}

/* Where a mechanism's rows were found to begin; any thread may read and write, and a wrong one is noticed. */
#define HINTS 32u
static atomic_uchar hints[HINTS];
_Static_assert(ARRAY_COUNT(rows) <= UCHAR_MAX + 1u, "each row has a number in a hint");

static size_t first_row(CK_MECHANISM_TYPE mechanism)
{
	atomic_uchar *hint = &hints[mechanism % HINTS];
	size_t i = atomic_load_explicit(hint, memory_order_relaxed);

	if (rows[i].mechanism == mechanism)
		return i;
	for (i = 0; i < ARRAY_COUNT(rows) && rows[i].mechanism != mechanism;)
		i++;
	if (i < ARRAY_COUNT(rows))
		atomic_store_explicit(hint, (unsigned char)i, memory_order_relaxed);
	return i;
}

const struct derive_row *cki_derive_map_find(CK_MECHANISM_TYPE mechanism, CK_ULONG ckd)
{
	for (size_t i = first_row(mechanism); i < ARRAY_COUNT(rows); i++)
		if (rows[i].mechanism == mechanism && rows[i].ckd == ckd)
			return offered(&rows[i]) ? &rows[i] : NULL;
	return NULL;
}

const struct derive_scheme *cki_derive_map_scheme(CK_MECHANISM_TYPE mechanism)
{
	const size_t i = first_row(mechanism);

	return i < ARRAY_COUNT(rows) ? rows[i].scheme : NULL;
}

const struct derive_row *cki_derive_map_row(size_t i)
{
	return i < ARRAY_COUNT(rows) ? &rows[i] : NULL;
}
