/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the minidriver interface borrows from CNG (bcrypt.h and ncrypt.h on Windows): parameter lists, names of
 * key derivation functions and hashes, key blobs, padding structures.
 */
#ifndef MDP_MINIDRIVER_CNG_H
#define MDP_MINIDRIVER_CNG_H

#include "minidriver/wintypes.h"

/* ---- parameter lists -------------------------------------------------------------------------------- */

/* One parameter: what it is (BufferType) and its bytes. */
typedef struct _NCryptBuffer {
	ULONG cbBuffer; /* bytes at pvBuffer; for a name they include its terminating NUL */
	ULONG BufferType;
	PVOID pvBuffer; /* may be NULL only when cbBuffer is 0 */
} NCryptBuffer, BCryptBuffer, *PNCryptBuffer;

/* A list of parameters; ulVersion is not looked at, as on Windows. */
typedef struct _NCryptBufferDesc {
	ULONG ulVersion;
	ULONG cBuffers;
	PNCryptBuffer pBuffers;
} NCryptBufferDesc, BCryptBufferDesc, *PNCryptBufferDesc;

#define BCRYPTBUFFER_VERSION 0

/*
 * BufferType. Value encodings: names are UTF-16 with NUL, PROTOCOL and KEYBITLENGTH a DWORD, ITERATION_COUNT 64 bits,
 * SECRET_HANDLE a handle of the caller's (pfnCspGetDHAgreement makes an index of it), the others bytes.
 */
#define KDF_HASH_ALGORITHM 0x00
#define KDF_SECRET_PREPEND 0x01 /* any number of times, in list order */
#define KDF_SECRET_APPEND 0x02  /* any number of times, in list order */
#define KDF_HMAC_KEY 0x03
#define KDF_TLS_PRF_LABEL 0x04
#define KDF_TLS_PRF_SEED 0x05
#define KDF_SECRET_HANDLE 0x06 /* any number of times, in list order */
#define KDF_TLS_PRF_PROTOCOL 0x07
#define KDF_ALGORITHMID 0x08
#define KDF_PARTYUINFO 0x09
#define KDF_PARTYVINFO 0x0A
#define KDF_SUPPPUBINFO 0x0B
#define KDF_SUPPPRIVINFO 0x0C
#define KDF_LABEL 0x0D
#define KDF_CONTEXT 0x0E
#define KDF_SALT 0x0F
#define KDF_ITERATION_COUNT 0x10
#define KDF_GENERIC_PARAMETER 0x11
#define KDF_KEYBITLENGTH 0x12
#define KDF_HKDF_SALT 0x13
#define KDF_HKDF_INFO 0x14

/* CARD_DERIVE_KEY.dwFlags and BCryptDeriveKey: the agreed secret itself is the key of the HMAC KDF. */
#define KDF_USE_SECRET_AS_HMAC_KEY_FLAG 0x1
/* CARD_DERIVE_KEY.dwFlags and BCryptDeriveKeyCapi: CAPI_KDF expands the hash also where it is long enough. */
#define BCRYPT_CAPI_AES_FLAG 0x10

#define TLS1_PROTOCOL_VERSION 0x0301
#define TLS1_1_PROTOCOL_VERSION 0x0302
#define TLS1_2_PROTOCOL_VERSION 0x0303

/* ---- names ------------------------------------------------------------------------------------------ */

#define BCRYPT_KDF_HASH u"HASH"
#define BCRYPT_KDF_HMAC u"HMAC"
#define BCRYPT_KDF_TLS_PRF u"TLS_PRF"
#define BCRYPT_KDF_SP80056A_CONCAT u"SP800_56A_CONCAT"
#define BCRYPT_KDF_RAW_SECRET u"TRUNCATE"
#define BCRYPT_KDF_HKDF u"HKDF"
/* Windows names these as algorithms of BCryptKeyDerivation; here they are names of KDFs as well. */
#define BCRYPT_SP800108_CTR_HMAC_ALGORITHM u"SP800_108_CTR_HMAC"
#define BCRYPT_PBKDF2_ALGORITHM u"PBKDF2"
#define BCRYPT_CAPI_KDF_ALGORITHM u"CAPI_KDF"

#define BCRYPT_MD2_ALGORITHM u"MD2" /* where OpenSSL has it; likewise MD4 */
#define BCRYPT_MD4_ALGORITHM u"MD4"
#define BCRYPT_MD5_ALGORITHM u"MD5"
#define BCRYPT_SHA1_ALGORITHM u"SHA1"
#define BCRYPT_SHA256_ALGORITHM u"SHA256"
#define BCRYPT_SHA384_ALGORITHM u"SHA384"
#define BCRYPT_SHA512_ALGORITHM u"SHA512"
#define BCRYPT_SHA3_256_ALGORITHM u"SHA3-256"
#define BCRYPT_SHA3_384_ALGORITHM u"SHA3-384"
#define BCRYPT_SHA3_512_ALGORITHM u"SHA3-512"
#define BCRYPT_SHAKE128_ALGORITHM u"SHAKE128"
#define BCRYPT_SHAKE256_ALGORITHM u"SHAKE256"

#define BCRYPT_CHAIN_MODE_CBC u"ChainingModeCBC"
#define BCRYPT_CHAIN_MODE_ECB u"ChainingModeECB"
#define BCRYPT_CHAIN_MODE_CFB u"ChainingModeCFB"
#define BCRYPT_CHAIN_MODE_CCM u"ChainingModeCCM"
#define BCRYPT_CHAIN_MODE_GCM u"ChainingModeGCM"
#define BCRYPT_CHAIN_MODE_NA u"ChainingModeN/A"

/* ---- key blobs -------------------------------------------------------------------------------------- */

/* Header of an elliptic-curve key; X and Y follow, big-endian, cbKey bytes each. */
typedef struct _BCRYPT_ECCKEY_BLOB {
	ULONG dwMagic;
	ULONG cbKey;
} BCRYPT_ECCKEY_BLOB, *PBCRYPT_ECCKEY_BLOB;

#define BCRYPT_ECDH_PUBLIC_P256_MAGIC 0x314B4345u /* "ECK1" */
#define BCRYPT_ECDH_PUBLIC_P384_MAGIC 0x334B4345u /* "ECK3" */
#define BCRYPT_ECDH_PUBLIC_P521_MAGIC 0x354B4345u /* "ECK5" */
#define BCRYPT_ECDH_PUBLIC_GENERIC_MAGIC 0x504B4345u /* "ECKP": the curve is known otherwise */
#define BCRYPT_ECDSA_PUBLIC_P256_MAGIC 0x31534345u /* "ECS1" */
#define BCRYPT_ECDSA_PUBLIC_P384_MAGIC 0x33534345u /* "ECS3" */
#define BCRYPT_ECDSA_PUBLIC_P521_MAGIC 0x35534345u /* "ECS5" */
#define BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC 0x50444345u /* "ECDP" */

/* Header of a symmetric key; cbKeyData bytes follow. */
typedef struct _BCRYPT_KEY_DATA_BLOB_HEADER {
	ULONG dwMagic;
	ULONG dwVersion;
	ULONG cbKeyData;
} BCRYPT_KEY_DATA_BLOB_HEADER, *PBCRYPT_KEY_DATA_BLOB_HEADER;

#define BCRYPT_KEY_DATA_BLOB u"KeyDataBlob"
#define BCRYPT_KEY_DATA_BLOB_MAGIC 0x4D42444Bu /* "KDBM" */
#define BCRYPT_KEY_DATA_BLOB_VERSION1 1u

/* CryptoAPI's PUBLICKEYBLOB: this header, then the modulus, little-endian, bitlen / 8 bytes. */
typedef struct _RSA_PUBLICKEYBLOB {
	BYTE bType;    /* PUBLICKEYBLOB */
	BYTE bVersion; /* CUR_BLOB_VERSION */
	WORD reserved;
	ALG_ID aiKeyAlg;
	DWORD magic; /* RSA1_MAGIC */
	DWORD bitlen;
	DWORD pubexp;
} RSA_PUBLICKEYBLOB;

#define PUBLICKEYBLOB 0x06
#define CUR_BLOB_VERSION 0x02
#define RSA1_MAGIC 0x31415352u
#define CALG_RSA_SIGN ((ALG_ID)0x2400)
#define CALG_RSA_KEYX ((ALG_ID)0xA400)
#define CALG_MD5 ((ALG_ID)0x8003)
#define CALG_SHA1 ((ALG_ID)0x8004)
#define CALG_SSL3_SHAMD5 ((ALG_ID)0x8008) /* 36 bytes, no algorithm identifier around them */
#define CALG_SHA_256 ((ALG_ID)0x800C)
#define CALG_SHA_384 ((ALG_ID)0x800D)
#define CALG_SHA_512 ((ALG_ID)0x800E)

/* pPaddingInfo for PKCS #1 v1.5 signatures; a NULL pszAlgId means: no DigestInfo around the data. */
typedef struct _BCRYPT_PKCS1_PADDING_INFO {
	LPCWSTR pszAlgId;
} BCRYPT_PKCS1_PADDING_INFO;

/* pPaddingInfo for OAEP; the mask generation function takes the same hash. */
typedef struct _BCRYPT_OAEP_PADDING_INFO {
	LPCWSTR pszAlgId;
	PBYTE pbLabel;
	ULONG cbLabel;
} BCRYPT_OAEP_PADDING_INFO;

/* pPaddingInfo for PSS; the mask generation function takes the same hash. */
typedef struct _BCRYPT_PSS_PADDING_INFO {
	LPCWSTR pszAlgId;
	ULONG cbSalt;
} BCRYPT_PSS_PADDING_INFO;

MDP_STATIC_ASSERT(sizeof(BCRYPT_ECCKEY_BLOB) == 8, "ECC blob header");
MDP_STATIC_ASSERT(sizeof(BCRYPT_KEY_DATA_BLOB_HEADER) == 12, "key data blob header");
MDP_STATIC_ASSERT(sizeof(RSA_PUBLICKEYBLOB) == 20, "PUBLICKEYSTRUC and RSAPUBKEY");
#if UINTPTR_MAX == UINT64_MAX
MDP_STATIC_ASSERT(sizeof(NCryptBuffer) == 16 && sizeof(NCryptBufferDesc) == 16, "parameter list on 64 bits");
#endif

#endif
