/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/mech_table.h"

#include <stdatomic.h>

#include "base/compiler.h"
#include "pkcs11/object.h"
#include "pkcs11/pkcs11-vendor.h"
#include "pkcs11/public_key.h"
#include "pkcs11/token.h"
#include "pkcs11/wrap_scheme.h"

#define EC_FLAGS (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
#define AGREE_FLAGS (CKF_DERIVE | CKF_ENCAPSULATE | CKF_DECAPSULATE)
#define CIPHER_FLAGS (CKF_ENCRYPT | CKF_DECRYPT)
#define WRAP_FLAGS (CKF_WRAP | CKF_UNWRAP)
#define SIGN_FLAGS (CKF_SIGN | CKF_VERIFY)
#define RECOVER_FLAGS (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
/* What takes a private key, and what takes a public one. */
#define PRIVATE_FLAGS (CKF_SIGN | CKF_SIGN_RECOVER | CKF_DECRYPT | CKF_UNWRAP | CKF_DERIVE | CKF_DECAPSULATE)
#define PUBLIC_FLAGS (CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_ENCRYPT | CKF_WRAP | CKF_ENCAPSULATE)
#define MESSAGE_FLAGS (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE)
#define RSA_KEYS (1u << MD_PUBLIC_RSA)
#define EC_KEYS (1u << MD_PUBLIC_EC)
#define MONTGOMERY_KEYS (1u << MD_PUBLIC_MONTGOMERY)
#define EDWARDS_KEYS (1u << MD_PUBLIC_EDWARDS)
#define AES (1u << MD_KEY_AES)
#define AES_XTS (1u << MD_KEY_AES_XTS)
#define BITS(bytes) (8 * (CK_ULONG)(bytes))
#define DES3 (1u << MD_KEY_DES3 | 1u << MD_KEY_DES2)
#define DES (1u << MD_KEY_DES)
#define RC2 (1u << MD_KEY_RC2)
#define RC4 (1u << MD_KEY_RC4)
#define CHACHA20 (1u << MD_KEY_CHACHA20)
#define GENERIC (1u << MD_KEY_GENERIC)
#define MAC_FLAGS (CKF_SIGN | CKF_VERIFY)
#define MESSAGE_MAC_FLAGS (MAC_FLAGS | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE)

/*
 * CKM_AES_KEY_WRAP_PAD is RFC 5649, as CKM_AES_KEY_WRAP_KWP is: doc/mechanisms.md says
 * why.
 */
static const struct mech mechs[] = {
#define ON_CARD(name, keys, low, high, what) \
	.type = name, .card_keys = keys, .min = low, .max = high, .flags = CKF_HW | (what)
#define CIPHER(name, keys, low, high, how) \
	.type = name, .algs = keys, .min = low, .max = high, .flags = CIPHER_FLAGS, .mode = MD_CIPHER_##how
#define AES_CIPHER(name, how) CIPHER(name, AES, 16, 32, how)
#define WRAP(name, how, iv)                                                                                     \
	{ .type = name, .algs = AES, .min = 16, .max = 32, .flags = CIPHER_FLAGS | WRAP_FLAGS,                  \
	  .mode = MD_CIPHER_##how, .wrap = &cki_wrap_cipher, .iv_len = iv, .iv_optional = true }
/* What encrypts and wraps as well, without a tag; with one, and then messages too. */
#define CIPHER_WRAP(name, keys, low, high, how)                                                                 \
	.type = name, .algs = keys, .min = low, .max = high, .flags = CIPHER_FLAGS | WRAP_FLAGS,                \
	.mode = MD_CIPHER_##how, .wrap = &cki_wrap_cipher
#define AEAD(name, keys, low, high, how)                                                                        \
	{ .type = name, .algs = keys, .min = low, .max = high,                                                  \
	  .flags = CIPHER_FLAGS | WRAP_FLAGS | MESSAGE_FLAGS, .mode = MD_CIPHER_##how, .wrap = &cki_wrap_aead,  \
	  .param = CKI_PARAM_##how }
#define DIGEST(name, of) { .type = name, .flags = CKF_DIGEST, .hash = of }
#define MAC(name, keys, low, high, how) \
	.type = name, .algs = keys, .min = low, .max = high, .flags = MAC_FLAGS, .mac = how
/* What needs nothing for each message. */
#define MESSAGE_MAC(name, keys, low, high, how) \
	.type = name, .algs = keys, .min = low, .max = high, .flags = MESSAGE_MAC_FLAGS, .mac = how
#define HMAC(name, of) \
	{ MESSAGE_MAC(CKM_##name##_HMAC, GENERIC, 1, MD_KEY_LEN_MAX, MD_MAC_HMAC), .hash = of, \
	  .hmac_key = CKK_##name##_HMAC }, \
	{ MESSAGE_MAC(CKM_##name##_HMAC_GENERAL, GENERIC, 1, MD_KEY_LEN_MAX, MD_MAC_HMAC), .hash = of, \
	  .hmac_key = CKK_##name##_HMAC, .general = true }
#define CMAC(name, keys, low, high) \
	{ MESSAGE_MAC(name, keys, low, high, MD_MAC_CMAC) }, \
	{ MESSAGE_MAC(name##_GENERAL, keys, low, high, MD_MAC_CMAC), .general = true }
#define TLS_MAC(name) \
	{ MAC(name, GENERIC, 1, MD_KEY_LEN_MAX, MD_MAC_TLS_FINISHED), .hmac_key = CKK_GENERIC_SECRET }
#define RSA_HASH(name, of) \
	{ ON_CARD(name, RSA_KEYS, 1024, 4096, SIGN_FLAGS), .sign = MD_SIGN_RSA_PKCS1, .hash = of }
#define RSA_PSS(name, of) \
	{ ON_CARD(name, RSA_KEYS, 1024, 4096, SIGN_FLAGS), .sign = MD_SIGN_RSA_PSS, .padding = MD_PAD_PSS, .hash = of }
#define EC_HASH(name, of) \
	{ ON_CARD(name, EC_KEYS, 224, 521, EC_FLAGS | SIGN_FLAGS), .sign = MD_SIGN_ECDSA, .hash = of }
/* From session keys of any type; a hash that comes and goes with OpenSSL's version takes its mechanism along. */
#define DERIVE(name, needed) { .type = name, .flags = CKF_DERIVE, .hash = needed }
#define DERIVE_SIZED(name, low, high) { .type = name, .min = low, .max = high, .flags = CKF_DERIVE }
#define GENERATE(name, makes, low, high) \
	{ .type = name, .flags = CKF_GENERATE, .generates = makes, .min = low, .max = high }
	{ ON_CARD(CKM_RSA_PKCS, RSA_KEYS, 1024, 4096, SIGN_FLAGS | RECOVER_FLAGS | CIPHER_FLAGS | WRAP_FLAGS),
	  .sign = MD_SIGN_RSA_PKCS1, .wrap = &cki_wrap_rsa },
	{ ON_CARD(CKM_RSA_X_509, RSA_KEYS, 1024, 4096, SIGN_FLAGS | RECOVER_FLAGS | CIPHER_FLAGS),
	  .sign = MD_SIGN_RSA_RAW, .padding = MD_PAD_NONE },
	{ ON_CARD(CKM_RSA_PKCS_OAEP, RSA_KEYS, 1024, 4096, CIPHER_FLAGS | WRAP_FLAGS), .padding = MD_PAD_OAEP,
	  .wrap = &cki_wrap_rsa },
	RSA_PSS(CKM_RSA_PKCS_PSS, MD_HASH_NONE),
	{ CIPHER(CKM_RC2_ECB, RC2, 1, 1024, ECB), .param = CKI_PARAM_RC2, .legacy = true },
	{ CIPHER(CKM_RC2_CBC, RC2, 1, 1024, CBC), .param = CKI_PARAM_RC2_CBC, .legacy = true },
	{ CIPHER(CKM_RC2_CBC_PAD, RC2, 1, 1024, CBC_PAD), .param = CKI_PARAM_RC2_CBC, .legacy = true },
	{ CIPHER(CKM_RC4, RC4, 8, 2048, RC4), .legacy = true },
	{ CIPHER(CKM_DES_ECB, DES, 8, 8, ECB), .legacy = true },
	{ CIPHER(CKM_DES_CBC, DES, 8, 8, CBC), .iv_len = 8, .legacy = true },
	{ CIPHER(CKM_DES_CBC_PAD, DES, 8, 8, CBC_PAD), .iv_len = 8, .legacy = true },
	{ CIPHER_WRAP(CKM_DES3_ECB, DES3, 16, 24, ECB) },
	{ CIPHER_WRAP(CKM_DES3_CBC, DES3, 16, 24, CBC), .iv_len = 8 },
	{ CIPHER_WRAP(CKM_DES3_CBC_PAD, DES3, 16, 24, CBC_PAD), .iv_len = 8 },
	DERIVE(CKM_MD5_KEY_DERIVATION, MD_HASH_MD5),
	DERIVE(CKM_SHA1_KEY_DERIVATION, MD_HASH_SHA1),
	DERIVE(CKM_SHA224_KEY_DERIVATION, MD_HASH_SHA224),
	DERIVE(CKM_SHA256_KEY_DERIVATION, MD_HASH_SHA256),
	DERIVE(CKM_SHA384_KEY_DERIVATION, MD_HASH_SHA384),
	DERIVE(CKM_SHA512_KEY_DERIVATION, MD_HASH_SHA512),
	DERIVE(CKM_SHA512_224_KEY_DERIVATION, MD_HASH_SHA512_224),
	DERIVE(CKM_SHA512_256_KEY_DERIVATION, MD_HASH_SHA512_256),
	DERIVE(CKM_SHA3_224_KEY_DERIVATION, MD_HASH_SHA3_224),
	DERIVE(CKM_SHA3_256_KEY_DERIVATION, MD_HASH_SHA3_256),
	DERIVE(CKM_SHA3_384_KEY_DERIVATION, MD_HASH_SHA3_384),
	DERIVE(CKM_SHA3_512_KEY_DERIVATION, MD_HASH_SHA3_512),
	DERIVE(CKM_BLAKE2B_160_KEY_DERIVE, MD_HASH_BLAKE2B_160),
	DERIVE(CKM_BLAKE2B_256_KEY_DERIVE, MD_HASH_BLAKE2B_256),
	DERIVE(CKM_BLAKE2B_384_KEY_DERIVE, MD_HASH_BLAKE2B_384),
	DERIVE(CKM_BLAKE2B_512_KEY_DERIVE, MD_HASH_BLAKE2B_512),
	{ ON_CARD(CKM_ECDSA, EC_KEYS, 224, 521, EC_FLAGS | SIGN_FLAGS), .sign = MD_SIGN_ECDSA },
	{ ON_CARD(CKM_ECDH1_DERIVE, EC_KEYS | MONTGOMERY_KEYS, 224, 521, EC_FLAGS | CKF_EC_COMPRESS | AGREE_FLAGS) },
	{ ON_CARD(CKM_ECDH1_COFACTOR_DERIVE, EC_KEYS | MONTGOMERY_KEYS, 224, 521,
	  EC_FLAGS | CKF_EC_COMPRESS | AGREE_FLAGS) },
	{ ON_CARD(CKM_EDDSA, EDWARDS_KEYS, 255, 448, CKF_EC_F_P | CKF_EC_NAMEDCURVE | SIGN_FLAGS),
	  .sign = MD_SIGN_EDDSA },
	{ ON_CARD(CKM_ECDH_AES_KEY_WRAP, EC_KEYS | MONTGOMERY_KEYS, 224, 521, EC_FLAGS | WRAP_FLAGS),
	  .wrap = &cki_wrap_ecdh_aes },
	{ ON_CARD(CKM_RSA_AES_KEY_WRAP, RSA_KEYS, 1024, 4096, WRAP_FLAGS), .padding = MD_PAD_OAEP,
	  .wrap = &cki_wrap_rsa_aes },
	{ CIPHER(CKM_AES_XTS, AES_XTS, 32, 64, XTS), .iv_len = 16 },
	{ CIPHER_WRAP(CKM_AES_ECB, AES, 16, 32, ECB) },
	{ CIPHER_WRAP(CKM_AES_CBC, AES, 16, 32, CBC), .iv_len = 16 },
	{ CIPHER_WRAP(CKM_AES_CBC_PAD, AES, 16, 32, CBC_PAD), .iv_len = 16 },
	{ CIPHER_WRAP(CKM_AES_CTR, AES, 16, 32, CTR), .param = CKI_PARAM_CTR },
	AEAD(CKM_AES_GCM, AES, 16, 32, GCM),
	AEAD(CKM_AES_CCM, AES, 16, 32, CCM),
	{ AES_CIPHER(CKM_AES_CTS, CTS), .iv_len = 16 },
	{ CIPHER(CKM_CHACHA20, CHACHA20, 256, 256, CHACHA20), .param = CKI_PARAM_CHACHA20 },
	{ AES_CIPHER(CKM_AES_OFB, OFB), .iv_len = 16 },
	{ AES_CIPHER(CKM_AES_CFB8, CFB8), .iv_len = 16 },
	{ AES_CIPHER(CKM_AES_CFB128, CFB128), .iv_len = 16 },
	{ AES_CIPHER(CKM_AES_CFB1, CFB1), .iv_len = 16 },
	WRAP(CKM_AES_KEY_WRAP, KW, 8),
	WRAP(CKM_AES_KEY_WRAP_PAD, KWP, 4),
	WRAP(CKM_AES_KEY_WRAP_KWP, KWP, 4),
	WRAP(CKM_AES_KEY_WRAP_PKCS7, KW_PKCS7, 8),
	AEAD(CKM_CHACHA20_POLY1305, CHACHA20, 256, 256, CHACHA20_POLY1305),
	DERIVE_SIZED(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, 48, 48),
	DERIVE_SIZED(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, 48, 48),
	DERIVE_SIZED(CKM_TLS_MASTER_KEY_DERIVE, 48, 48),
	DERIVE_SIZED(CKM_TLS_KEY_AND_MAC_DERIVE, 48, 48),
	DERIVE_SIZED(CKM_TLS_MASTER_KEY_DERIVE_DH, 48, 48),
	DERIVE(CKM_TLS_PRF, MD_HASH_NONE),
	DERIVE(CKM_TLS12_KDF, MD_HASH_NONE),
	DERIVE_SIZED(CKM_TLS12_MASTER_KEY_DERIVE, 48, 48),
	DERIVE_SIZED(CKM_TLS12_KEY_AND_MAC_DERIVE, 48, 48),
	DERIVE_SIZED(CKM_TLS12_MASTER_KEY_DERIVE_DH, 48, 48),
	DERIVE_SIZED(CKM_TLS12_KEY_SAFE_DERIVE, 48, 48),
	DERIVE(CKM_TLS_KDF, MD_HASH_NONE),
	DERIVE(CKM_SHAKE_128_KEY_DERIVATION, MD_HASH_SHAKE128),
	DERIVE(CKM_SHAKE_256_KEY_DERIVATION, MD_HASH_SHAKE256),
	DERIVE(CKM_CONCATENATE_BASE_AND_KEY, MD_HASH_NONE),
	DERIVE(CKM_CONCATENATE_BASE_AND_DATA, MD_HASH_NONE),
	DERIVE(CKM_CONCATENATE_DATA_AND_BASE, MD_HASH_NONE),
	DERIVE(CKM_XOR_BASE_AND_DATA, MD_HASH_NONE),
	DERIVE(CKM_EXTRACT_KEY_FROM_KEY, MD_HASH_NONE),
	DERIVE(CKM_SP800_108_COUNTER_KDF, MD_HASH_NONE),
	DERIVE(CKM_SP800_108_FEEDBACK_KDF, MD_HASH_NONE),
	DERIVE(CKM_SP800_108_DOUBLE_PIPELINE_KDF, MD_HASH_NONE),
	DERIVE(CKM_DES3_ECB_ENCRYPT_DATA, MD_HASH_NONE),
	DERIVE(CKM_DES3_CBC_ENCRYPT_DATA, MD_HASH_NONE),
	DERIVE(CKM_AES_ECB_ENCRYPT_DATA, MD_HASH_NONE),
	DERIVE(CKM_AES_CBC_ENCRYPT_DATA, MD_HASH_NONE),
	DERIVE(CKM_HKDF_DERIVE, MD_HASH_NONE),
	DERIVE(CKM_HKDF_DATA, MD_HASH_NONE),
	GENERATE(CKM_RC2_KEY_GEN, CKK_RC2, BITS(1), BITS(128)),
	GENERATE(CKM_RC4_KEY_GEN, CKK_RC4, BITS(1), BITS(256)),
	GENERATE(CKM_DES_KEY_GEN, CKK_DES, 0, 0),
	GENERATE(CKM_DES2_KEY_GEN, CKK_DES2, 0, 0),
	GENERATE(CKM_DES3_KEY_GEN, CKK_DES3, 0, 0),
	GENERATE(CKM_AES_XTS_KEY_GEN, CKK_AES_XTS, 32, 64),
	GENERATE(CKM_AES_KEY_GEN, CKK_AES, 16, 32),
	GENERATE(CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 32, 32),
	GENERATE(CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, BITS(1), BITS(MD_KEY_LEN_MAX)),
	GENERATE(CKM_HKDF_KEY_GEN, CKK_HKDF, BITS(1), BITS(MD_KEY_LEN_MAX)),
	GENERATE(CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC, 1, MD_KEY_LEN_MAX),
	GENERATE(CKM_PKCS5_PBKD2, CK_UNAVAILABLE_INFORMATION, 0, 0),
	{ .type = CKM_MINIDRIVER_CAPI_DERIVE, .flags = CKF_DERIVE | CKF_GENERATE,
	  .generates = CK_UNAVAILABLE_INFORMATION },
	/* digests */
	DIGEST(CKM_MD5, MD_HASH_MD5),
	DIGEST(CKM_SHA_1, MD_HASH_SHA1),
	DIGEST(CKM_SHA224, MD_HASH_SHA224),
	DIGEST(CKM_SHA256, MD_HASH_SHA256),
	DIGEST(CKM_SHA384, MD_HASH_SHA384),
	DIGEST(CKM_SHA512, MD_HASH_SHA512),
	DIGEST(CKM_SHA512_224, MD_HASH_SHA512_224),
	DIGEST(CKM_SHA512_256, MD_HASH_SHA512_256),
	DIGEST(CKM_SHA3_224, MD_HASH_SHA3_224),
	DIGEST(CKM_SHA3_256, MD_HASH_SHA3_256),
	DIGEST(CKM_SHA3_384, MD_HASH_SHA3_384),
	DIGEST(CKM_SHA3_512, MD_HASH_SHA3_512),
	DIGEST(CKM_BLAKE2B_160, MD_HASH_BLAKE2B_160),
	DIGEST(CKM_BLAKE2B_256, MD_HASH_BLAKE2B_256),
	DIGEST(CKM_BLAKE2B_384, MD_HASH_BLAKE2B_384),
	DIGEST(CKM_BLAKE2B_512, MD_HASH_BLAKE2B_512),
	/* MACs with session keys; OpenSSL's HMAC cannot be told a length of BLAKE2b's, so that has one row */
	HMAC(MD5, MD_HASH_MD5),
	HMAC(SHA_1, MD_HASH_SHA1),
	HMAC(SHA224, MD_HASH_SHA224),
	HMAC(SHA256, MD_HASH_SHA256),
	HMAC(SHA384, MD_HASH_SHA384),
	HMAC(SHA512, MD_HASH_SHA512),
	HMAC(SHA512_224, MD_HASH_SHA512_224),
	HMAC(SHA512_256, MD_HASH_SHA512_256),
	HMAC(SHA3_224, MD_HASH_SHA3_224),
	HMAC(SHA3_256, MD_HASH_SHA3_256),
	HMAC(SHA3_384, MD_HASH_SHA3_384),
	HMAC(SHA3_512, MD_HASH_SHA3_512),
	HMAC(BLAKE2B_512, MD_HASH_BLAKE2B_512),
	CMAC(CKM_AES_CMAC, AES, 16, 32),
	CMAC(CKM_DES3_CMAC, DES3, 16, 24),
	{ MAC(CKM_AES_GMAC, AES, 16, 32, MD_MAC_GMAC) },
	TLS_MAC(CKM_TLS12_MAC),
	TLS_MAC(CKM_TLS_MAC),
	/* signatures by card keys with the hash computed here */
	RSA_HASH(CKM_MD5_RSA_PKCS, MD_HASH_MD5),
	RSA_HASH(CKM_SHA1_RSA_PKCS, MD_HASH_SHA1),
	RSA_HASH(CKM_SHA224_RSA_PKCS, MD_HASH_SHA224),
	RSA_HASH(CKM_SHA256_RSA_PKCS, MD_HASH_SHA256),
	RSA_HASH(CKM_SHA384_RSA_PKCS, MD_HASH_SHA384),
	RSA_HASH(CKM_SHA512_RSA_PKCS, MD_HASH_SHA512),
	RSA_HASH(CKM_SHA3_224_RSA_PKCS, MD_HASH_SHA3_224),
	RSA_HASH(CKM_SHA3_256_RSA_PKCS, MD_HASH_SHA3_256),
	RSA_HASH(CKM_SHA3_384_RSA_PKCS, MD_HASH_SHA3_384),
	RSA_HASH(CKM_SHA3_512_RSA_PKCS, MD_HASH_SHA3_512),
	RSA_PSS(CKM_SHA1_RSA_PKCS_PSS, MD_HASH_SHA1),
	RSA_PSS(CKM_SHA224_RSA_PKCS_PSS, MD_HASH_SHA224),
	RSA_PSS(CKM_SHA256_RSA_PKCS_PSS, MD_HASH_SHA256),
	RSA_PSS(CKM_SHA384_RSA_PKCS_PSS, MD_HASH_SHA384),
	RSA_PSS(CKM_SHA512_RSA_PKCS_PSS, MD_HASH_SHA512),
	RSA_PSS(CKM_SHA3_224_RSA_PKCS_PSS, MD_HASH_SHA3_224),
	RSA_PSS(CKM_SHA3_256_RSA_PKCS_PSS, MD_HASH_SHA3_256),
	RSA_PSS(CKM_SHA3_384_RSA_PKCS_PSS, MD_HASH_SHA3_384),
	RSA_PSS(CKM_SHA3_512_RSA_PKCS_PSS, MD_HASH_SHA3_512),
	EC_HASH(CKM_ECDSA_SHA1, MD_HASH_SHA1),
	EC_HASH(CKM_ECDSA_SHA224, MD_HASH_SHA224),
	EC_HASH(CKM_ECDSA_SHA256, MD_HASH_SHA256),
	EC_HASH(CKM_ECDSA_SHA384, MD_HASH_SHA384),
	EC_HASH(CKM_ECDSA_SHA512, MD_HASH_SHA512),
	EC_HASH(CKM_ECDSA_SHA3_224, MD_HASH_SHA3_224),
	EC_HASH(CKM_ECDSA_SHA3_256, MD_HASH_SHA3_256),
	EC_HASH(CKM_ECDSA_SHA3_384, MD_HASH_SHA3_384),
	EC_HASH(CKM_ECDSA_SHA3_512, MD_HASH_SHA3_512),
#undef ON_CARD
#undef CIPHER
#undef AES_CIPHER
#undef DERIVE
#undef DERIVE_SIZED
#undef GENERATE
#undef WRAP
#undef CIPHER_WRAP
#undef AEAD
#undef DIGEST
#undef MAC
#undef HMAC
#undef CMAC
#undef TLS_MAC
#undef RSA_HASH
#undef RSA_PSS
#undef EC_HASH
};

static atomic_bool legacy_allowed;

void cki_mech_allow_legacy(bool allowed)
{
	atomic_store(&legacy_allowed, allowed);
}

/* Whether OpenSSL can compute it, and may. */
static bool there(const struct mech *mech)
{
	if (mech->legacy)
		return atomic_load_explicit(&legacy_allowed, memory_order_relaxed);
	return mech->hash == MD_HASH_NONE || md_hash_available(mech->hash);
}

const struct mech *cki_mech_row(size_t index)
{
	return index < ARRAY_COUNT(mechs) ? &mechs[index] : NULL;
}

static const struct mech *find(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	for (size_t i = 0; i < ARRAY_COUNT(mechs); i++)
		if (mechs[i].type == type && (mechs[i].flags & use) != 0)
			return &mechs[i];
	return NULL;
}

/* What was found before, so that the table is not walked for every operation. */
#define RECENT_COUNT 64u
static _Atomic(const struct mech *) recent[RECENT_COUNT];

static _Atomic(const struct mech *) *recent_place(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	return &recent[(type ^ type >> 6 ^ use >> 8) % RECENT_COUNT];
}

const struct mech *cki_mech_find(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	_Atomic(const struct mech *) *place = recent_place(type, use);
	const struct mech *known = atomic_load_explicit(place, memory_order_relaxed);

	/* hashes do not go, but the legacy provider does */
	if (known != NULL && known->type == type && (known->flags & use) != 0 && !known->legacy)
		return known;
	known = find(type, use);
	if (known == NULL || !there(known))
		return NULL;
	atomic_store_explicit(place, known, memory_order_relaxed);
	return known;
}

CK_RV cki_mech_iv(const struct mech *mech, const CK_MECHANISM *mechanism, struct span *ret_iv)
{
	CK_ULONG len = mechanism->ulParameterLen;

	if (len == 0 && (mech->iv_optional || mech->iv_len == 0)) {
		*ret_iv = SPAN_EMPTY;
		return CKR_OK;
	}
	if (mechanism->pParameter == NULL || len != mech->iv_len)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_iv = span_of(mechanism->pParameter, len);
	return CKR_OK;
}

bool cki_mech_takes_card_key(const struct mech *mech, const struct object *key)
{
	return (mech->card_keys & 1u << cki_public_type(cki_object_key_type(key))) != 0;
}

bool cki_mech_takes(const struct mech *mech, enum md_key_alg alg)
{
	return (mech->algs & 1u << alg) != 0;
}

static bool has_padding(const struct mech *mech, const struct md_container *key)
{
	return key->type != MD_PUBLIC_RSA || (key->paddings & mech->padding) == mech->padding;
}

size_t cki_mech_of_key(const struct md_container *key, CK_FLAGS uses, CK_MECHANISM_TYPE *mechanisms, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(mechs) && count < room; i++)
		if ((mechs[i].card_keys & 1u << key->type) != 0 && (mechs[i].flags & uses) != 0 &&
		    has_padding(&mechs[i], key))
			mechanisms[count++] = mechs[i].type;
	return count;
}

/* What the card lets its keys be used for; drivers set bits that make no sense for the type. */
static CK_FLAGS uses_of(const struct md_container *key)
{
	static const struct {
		unsigned usage;
		CK_FLAGS flags;
	} uses[] = {
		{ MD_USE_SIGN | MD_USE_NON_REPUDIATION, CKF_SIGN },
		{ MD_USE_SIGN_RECOVER, CKF_SIGN_RECOVER },
		{ MD_USE_DECRYPT, CKF_DECRYPT },
		{ MD_USE_UNWRAP, CKF_UNWRAP },
		/* and its public key likewise: sessions have no public keys that agree */
		{ MD_USE_DERIVE, CKF_DERIVE | CKF_DECAPSULATE | CKF_UNWRAP | CKF_ENCAPSULATE | CKF_WRAP },
	};
	const unsigned senseless =
		key->type == MD_PUBLIC_RSA ? MD_USE_DERIVE : MD_USE_SIGN_RECOVER | MD_USE_DECRYPT | MD_USE_UNWRAP;
	CK_FLAGS flags = 0;

	for (size_t i = 0; i < ARRAY_COUNT(uses); i++)
		if ((key->usage & ~senseless & uses[i].usage) != 0)
			flags |= uses[i].flags;
	return flags;
}

/*
 * A card without RSA keys does no RSA. Where it has some, what their usage allows is the card's, and what public keys do
 * is OpenSSL's.
 */
static CK_FLAGS flags_on(const struct token *token, const struct mech *mech)
{
	struct md_card *card = cki_token_card(token);
	CK_FLAGS done = 0;

	if (!there(mech) || mech->card_keys == 0)
		return there(mech) ? mech->flags : 0;
	for (size_t i = 0; i < md_container_count(card); i++) {
		const struct md_container *key = md_container(card, i);

		if ((mech->card_keys & 1u << key->type) == 0)
			continue;
		done |= key->type == MD_PUBLIC_RSA ? PUBLIC_FLAGS : CKF_VERIFY;
		if (has_padding(mech, key))
			done |= uses_of(key);
	}
	done &= mech->flags;
	if ((done & PRIVATE_FLAGS) == 0)
		return done != 0 ? (mech->flags & ~(PRIVATE_FLAGS | CKF_HW)) : 0;
	return (mech->flags & ~(PRIVATE_FLAGS | PUBLIC_FLAGS)) | done;
}

static bool offered(const struct token *token, const struct mech *mech)
{
	return flags_on(token, mech) != 0;
}

const struct mech *cki_mech_find_offered(const struct token *token, CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	const struct mech *mech = cki_mech_find(type, use);

	if (mech == NULL || mech->card_keys == 0)
		return mech;
	return (flags_on(token, mech) & use) != 0 ? mech : NULL;
}

/* Writes them where mechanisms is not NULL. */
static CK_ULONG list_offered(const struct token *token, CK_MECHANISM_TYPE *mechanisms)
{
	CK_ULONG count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(mechs); i++) {
		if (!offered(token, &mechs[i]))
			continue;
		if (mechanisms != NULL)
			mechanisms[count] = mechs[i].type;
		count++;
	}
	return count;
}

CK_RV cki_mech_list(const struct token *token, CK_MECHANISM_TYPE *mechanisms, CK_ULONG *inout_count)
{
	const CK_ULONG room = *inout_count;

	*inout_count = list_offered(token, NULL);
	if (mechanisms == NULL)
		return CKR_OK;
	if (*inout_count > room)
		return CKR_BUFFER_TOO_SMALL;
	(void)list_offered(token, mechanisms);
	return CKR_OK;
}

CK_RV cki_mech_info(const struct token *token, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret_info)
{
	const struct mech *mech = cki_mech_find(type, ~(CK_FLAGS)0);

	CK_FLAGS flags = mech != NULL ? flags_on(token, mech) : 0;

	if (flags == 0)
		return CKR_MECHANISM_INVALID;
	*ret_info = (CK_MECHANISM_INFO){ .ulMinKeySize = mech->min, .ulMaxKeySize = mech->max, .flags = flags };
	return CKR_OK;
}
