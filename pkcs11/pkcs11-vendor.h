/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the module minidriver-pkcs11 has beyond PKCS#11. Include a pkcs11.h of your own choice first; installed as
 * <minidriver/pkcs11-vendor.h>. Numbers and structures here do not change their meaning.
 */
#ifndef MDP_PKCS11_VENDOR_H
#define MDP_PKCS11_VENDOR_H

/*
 * Keys as Windows' CryptDeriveKey makes them of a hash: the hash's leading bytes, or, for AES and three-key 3DES from
 * MD5 and SHA-1, those of H(h XOR 36..) || H(h XOR 5C..), which no mechanism of the standard gives.
 *
 * C_DeriveKey: the bytes of the base key, a secret key of any type, are hashed; pData must be absent. C_GenerateKey:
 * pData, which may be empty, is hashed.
 *
 * The template may name the key type that the algorithm has (CKK_RC2, CKK_RC4, CKK_DES, CKK_DES2, CKK_DES3, CKK_AES)
 * and the key's length, and no others. A salt stands behind the key and is part of its value and its length; it can be
 * read as CKA_MINIDRIVER_SALT. CKM_RC2_* want the key's effective bits: they are its bits without salt.
 */
#define CKM_MINIDRIVER_CAPI_DERIVE (CKM_VENDOR_DEFINED | 0x4D440001UL)

typedef struct CK_MINIDRIVER_CAPI_DERIVE_PARAMS {
	CK_MECHANISM_TYPE hash; /* CKM_MD5, CKM_SHA_1, CKM_SHA256, CKM_SHA384, CKM_SHA512 */
	CK_ULONG algId;         /* CK_MINIDRIVER_CAPI_RC2, ...; the numbers are CryptoAPI's ALG_ID */
	CK_ULONG flags;         /* the key's bits from bit 16 on, 0: the usual length; CK_MINIDRIVER_CAPI_..SALT */
	CK_BYTE *pData;
	CK_ULONG ulDataLen;
} CK_MINIDRIVER_CAPI_DERIVE_PARAMS;

#define CK_MINIDRIVER_CAPI_DES 0x6601UL     /* 56 bits, which stand in 8 bytes */
#define CK_MINIDRIVER_CAPI_RC2 0x6602UL     /* 40 to 128, usually 128 */
#define CK_MINIDRIVER_CAPI_3DES 0x6603UL    /* 168 */
#define CK_MINIDRIVER_CAPI_3DES_112 0x6609UL /* 112 */
#define CK_MINIDRIVER_CAPI_AES_128 0x660EUL
#define CK_MINIDRIVER_CAPI_AES_192 0x660FUL
#define CK_MINIDRIVER_CAPI_AES_256 0x6610UL
#define CK_MINIDRIVER_CAPI_RC4 0x6801UL     /* 40 to 128, usually 128 */

/* RC2, RC4: salt from the hash up to 16 bytes with the key; no salt where 40 bits have 11 zero bytes. */
#define CK_MINIDRIVER_CAPI_CREATE_SALT 0x00000004UL
#define CK_MINIDRIVER_CAPI_NO_SALT 0x00000010UL

/* Bytes: the salt of a key of CKM_MINIDRIVER_CAPI_DERIVE; empty: none. Read only, and readable of sensitive keys. */
#define CKA_MINIDRIVER_SALT (CKA_VENDOR_DEFINED | 0x4D440001UL)

#endif
