/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CryptoAPI as far as session keys go: providers, hashes, keys derived from hashes, encryption, key blobs. Names,
 * numbers and structures are those of Windows' wincrypt.h; doc/cryptoapi.md says what differs.
 *
 * Differences from Windows in the types: text of the W functions is char16_t (u"..."), text of the A functions UTF-8.
 *
 * Common to all functions: TRUE, or FALSE with a code in GetLastError(), which belongs to the thread; a success leaves
 * that code alone. What is written is written on success only, except lengths on ERROR_MORE_DATA. A handle is a number,
 * never a pointer; a stale one, one of another kind and 0 are ERROR_INVALID_PARAMETER, and a key or hash of another
 * provider handle is NTE_BAD_KEY or NTE_BAD_HASH. Common to all also: NTE_NO_MEMORY, NTE_FAIL (OpenSSL refuses). Any
 * thread may call any function; calls with one key, or one hash, wait for each other.
 */
#ifndef MDP_MINIDRIVER_WINCRYPT_H
#define MDP_MINIDRIVER_WINCRYPT_H

#include "minidriver/cng.h"
#include "minidriver/winerror.h"
#include "minidriver/wintypes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef ULONG_PTR HCRYPTPROV;
typedef ULONG_PTR HCRYPTKEY;
typedef ULONG_PTR HCRYPTHASH;

/* ---- numbers of algorithms -------------------------------------------------------------------------- */

#define GET_ALG_CLASS(x) ((x) & (7u << 13))
#define GET_ALG_TYPE(x) ((x) & (15u << 9))
#define GET_ALG_SID(x) ((x) & 511u)

#define ALG_CLASS_ANY 0u
#define ALG_CLASS_SIGNATURE (1u << 13)
#define ALG_CLASS_MSG_ENCRYPT (2u << 13)
#define ALG_CLASS_DATA_ENCRYPT (3u << 13)
#define ALG_CLASS_HASH (4u << 13)
#define ALG_CLASS_KEY_EXCHANGE (5u << 13)
#define ALG_TYPE_ANY 0u
#define ALG_TYPE_RSA (2u << 9)
#define ALG_TYPE_BLOCK (3u << 9)
#define ALG_TYPE_STREAM (4u << 9)

#define CALG_MD2 ((ALG_ID)0x8001)
#define CALG_MD4 ((ALG_ID)0x8002)
#define CALG_SHA CALG_SHA1
#define CALG_MAC ((ALG_ID)0x8005)
#define CALG_HMAC ((ALG_ID)0x8009)
#define CALG_DES ((ALG_ID)0x6601)
#define CALG_RC2 ((ALG_ID)0x6602)
#define CALG_3DES ((ALG_ID)0x6603)
#define CALG_3DES_112 ((ALG_ID)0x6609)
#define CALG_RC5 ((ALG_ID)0x660D)
#define CALG_AES_128 ((ALG_ID)0x660E)
#define CALG_AES_192 ((ALG_ID)0x660F)
#define CALG_AES_256 ((ALG_ID)0x6610)
#define CALG_AES ((ALG_ID)0x6611)
#define CALG_RC4 ((ALG_ID)0x6801)
#define CALG_SCHANNEL_MAC_KEY ((ALG_ID)0x4C03)
#define CALG_SCHANNEL_ENC_KEY ((ALG_ID)0x4C07)

/* ---- providers -------------------------------------------------------------------------------------- */

#define PROV_RSA_FULL 1u
#define PROV_RSA_AES 24u

#define MS_DEF_PROV_A "Microsoft Base Cryptographic Provider v1.0"
#define MS_DEF_PROV_W u"Microsoft Base Cryptographic Provider v1.0"
#define MS_ENHANCED_PROV_A "Microsoft Enhanced Cryptographic Provider v1.0"
#define MS_ENHANCED_PROV_W u"Microsoft Enhanced Cryptographic Provider v1.0"
#define MS_STRONG_PROV_A "Microsoft Strong Cryptographic Provider"
#define MS_STRONG_PROV_W u"Microsoft Strong Cryptographic Provider"
#define MS_ENH_RSA_AES_PROV_A "Microsoft Enhanced RSA and AES Cryptographic Provider"
#define MS_ENH_RSA_AES_PROV_W u"Microsoft Enhanced RSA and AES Cryptographic Provider"
#define MS_ENH_RSA_AES_PROV_XP_A "Microsoft Enhanced RSA and AES Cryptographic Provider (Prototype)"
#define MS_ENH_RSA_AES_PROV_XP_W u"Microsoft Enhanced RSA and AES Cryptographic Provider (Prototype)"
#define MS_SCARD_PROV_A "Microsoft Base Smart Card Crypto Provider"
#define MS_SCARD_PROV_W u"Microsoft Base Smart Card Crypto Provider"

/* CryptAcquireContext.dwFlags */
#define CRYPT_VERIFYCONTEXT 0xF0000000u
#define CRYPT_NEWKEYSET 0x00000008u
#define CRYPT_DELETEKEYSET 0x00000010u
#define CRYPT_MACHINE_KEYSET 0x00000020u
#define CRYPT_SILENT 0x00000040u
#define CRYPT_DEFAULT_CONTAINER_OPTIONAL 0x00000080u

/* CryptGetProvParam and CryptSetProvParam.dwParam */
#define PP_CLIENT_HWND 1u
#define PP_ENUMALGS 1u
#define PP_ENUMCONTAINERS 2u
#define PP_IMPTYPE 3u
#define PP_NAME 4u
#define PP_VERSION 5u
#define PP_CONTAINER 6u
#define PP_PROVTYPE 16u
#define PP_ENUMALGS_EX 22u
#define PP_KEYEXCHANGE_PIN 32u
#define PP_SIGNATURE_PIN 33u
#define PP_UNIQUE_CONTAINER 36u
#define PP_KEYSPEC 39u
#define PP_SMARTCARD_READER 43u

#define CRYPT_FIRST 1u
#define CRYPT_NEXT 2u
#define CRYPT_IMPL_HARDWARE 1u
#define CRYPT_IMPL_SOFTWARE 2u
#define CRYPT_IMPL_MIXED 3u

/* PP_ENUMALGS */
typedef struct _PROV_ENUMALGS {
	ALG_ID aiAlgid;
	DWORD dwBitLen;
	DWORD dwNameLen; /* with NUL */
	CHAR szName[20];
} PROV_ENUMALGS;

/* PP_ENUMALGS_EX */
typedef struct _PROV_ENUMALGS_EX {
	ALG_ID aiAlgid;
	DWORD dwDefaultLen;
	DWORD dwMinLen;
	DWORD dwMaxLen;
	DWORD dwProtocols; /* 0 */
	DWORD dwNameLen;
	CHAR szName[20];
	DWORD dwLongNameLen;
	CHAR szLongName[40];
} PROV_ENUMALGS_EX;

#define AT_KEYEXCHANGE 1u
#define AT_SIGNATURE 2u

/* ---- keys and hashes -------------------------------------------------------------------------------- */

/* CryptDeriveKey, CryptGenKey and CryptImportKey.dwFlags; the key's length in bits stands in the upper 16 bits */
#define CRYPT_EXPORTABLE 0x00000001u
#define CRYPT_USER_PROTECTED 0x00000002u
#define CRYPT_CREATE_SALT 0x00000004u
#define CRYPT_UPDATE_KEY 0x00000008u
#define CRYPT_NO_SALT 0x00000010u
#define CRYPT_OAEP 0x00000040u
#define CRYPT_IPSEC_HMAC_KEY 0x00000100u
#define CRYPT_SERVER 0x00000400u
/* CryptExportKey.dwFlags */
#define CRYPT_SSL2_FALLBACK 0x00000002u
#define CRYPT_DESTROYKEY 0x00000004u
/* CryptHashData.dwFlags */
#define CRYPT_USERDATA 1u

/* CryptGetHashParam and CryptSetHashParam.dwParam */
#define HP_ALGID 0x0001u
#define HP_HASHVAL 0x0002u
#define HP_HASHSIZE 0x0004u

/* CryptGetKeyParam and CryptSetKeyParam.dwParam */
#define KP_IV 1u
#define KP_SALT 2u
#define KP_PADDING 3u
#define KP_MODE 4u
#define KP_MODE_BITS 5u
#define KP_PERMISSIONS 6u
#define KP_ALGID 7u
#define KP_BLOCKLEN 8u
#define KP_KEYLEN 9u
#define KP_SALT_EX 10u
#define KP_EFFECTIVE_KEYLEN 19u

#define PKCS5_PADDING 1u

#define CRYPT_MODE_CBC 1u
#define CRYPT_MODE_ECB 2u
#define CRYPT_MODE_OFB 3u
#define CRYPT_MODE_CFB 4u
#define CRYPT_MODE_CTS 5u

/* KP_PERMISSIONS */
#define CRYPT_ENCRYPT 0x0001u
#define CRYPT_DECRYPT 0x0002u
#define CRYPT_EXPORT 0x0004u
#define CRYPT_READ 0x0008u
#define CRYPT_WRITE 0x0010u
#define CRYPT_MAC 0x0020u

/* KP_SALT_EX */
typedef struct _CRYPTOAPI_BLOB {
	DWORD cbData;
	BYTE *pbData;
} CRYPT_INTEGER_BLOB, *PCRYPT_INTEGER_BLOB, CRYPT_DATA_BLOB, *PCRYPT_DATA_BLOB;

/* ---- key blobs -------------------------------------------------------------------------------------- */

#define SIMPLEBLOB 0x1
#define PRIVATEKEYBLOB 0x7
#define PLAINTEXTKEYBLOB 0x8
#define OPAQUEKEYBLOB 0x9

/*
 * What each blob begins with. PLAINTEXTKEYBLOB: a DWORD, the key's length in bytes, and the key follow. SIMPLEBLOB: the
 * ALG_ID of the key that encrypted it (CALG_RSA_KEYX) and the encrypted key, little-endian. PUBLICKEYBLOB: an RSAPUBKEY
 * and the modulus, little-endian.
 */
typedef struct _PUBLICKEYSTRUC {
	BYTE bType;
	BYTE bVersion; /* CUR_BLOB_VERSION */
	WORD reserved; /* 0 */
	ALG_ID aiKeyAlg;
} BLOBHEADER, PUBLICKEYSTRUC;

typedef struct _RSAPUBKEY {
	DWORD magic; /* RSA1_MAGIC */
	DWORD bitlen;
	DWORD pubexp;
} RSAPUBKEY;

MDP_STATIC_ASSERT(sizeof(BLOBHEADER) == 8, "blob header");
MDP_STATIC_ASSERT(sizeof(RSAPUBKEY) == 12, "RSA public key in a blob");

/* ---- errors ----------------------------------------------------------------------------------------- */

/* The code of the calling thread's last failure; 0 before the first. */
DWORD WINAPI GetLastError(void);
void WINAPI SetLastError(DWORD dwErrCode);

/* ---- functions: providers --------------------------------------------------------------------------- */

/*
 * Open a provider, by name and type; pszProvider NULL or empty: the type's usual one (Strong, RSA and AES).
 *
 * Software providers: pszContainer NULL or empty is the default container, which is there from the beginning. Others
 * are made with CRYPT_NEWKEYSET, ended with CRYPT_DELETEKEYSET, live as long as the process, and hold no key pairs.
 * CRYPT_VERIFYCONTEXT: no container.
 *
 * MS_SCARD_PROV: pszContainer is L"\\.\READER\CONTAINER" (as C text: "\\\\.\\READER\\CONTAINER"), "\\\\.\\READER\\" or
 * "\\\\.\\READER" for the card's first container, "CONTAINER" on whichever card has it, NULL for the first card's first
 * container. A container's name is that in the card's map of containers, or its key's label. CRYPT_VERIFYCONTEXT: no
 * container; a reader may be named. CRYPT_SILENT: no PIN is asked for, also not at the reader's pad.
 *
 * Errors: ERROR_INVALID_PARAMETER (phProv NULL), NTE_BAD_PROV_TYPE (0, 1000 or more), NTE_PROV_TYPE_NOT_DEF (no such
 * type), NTE_KEYSET_NOT_DEF (no such name), NTE_PROV_TYPE_NO_MATCH (of another type), NTE_BAD_FLAGS (unknown flags; a
 * container with CRYPT_VERIFYCONTEXT), NTE_BAD_KEYSET (no such container), NTE_EXISTS (CRYPT_NEWKEYSET),
 * NTE_BAD_KEYSET_PARAM (text that is none, or too long), SCARD_E_NO_SMARTCARD, SCARD_E_UNKNOWN_READER,
 * SCARD_E_UNSUPPORTED_FEATURE (new containers on cards), the card's.
 */
BOOL WINAPI CryptAcquireContextA(HCRYPTPROV *phProv, LPCSTR pszContainer, LPCSTR pszProvider, DWORD dwProvType,
				 DWORD dwFlags);
BOOL WINAPI CryptAcquireContextW(HCRYPTPROV *phProv, LPCWSTR pszContainer, LPCWSTR pszProvider, DWORD dwProvType,
				 DWORD dwFlags);
/* One more reference on the handle. Errors: ERROR_INVALID_PARAMETER (pdwReserved, dwFlags). */
BOOL WINAPI CryptContextAddRef(HCRYPTPROV hProv, DWORD *pdwReserved, DWORD dwFlags);
/*
 * One less; the last one ends the provider's keys and hashes, whose handles are stale from then on. Errors:
 * NTE_BAD_FLAGS (dwFlags not 0: the reference is given back all the same).
 */
BOOL WINAPI CryptReleaseContext(HCRYPTPROV hProv, DWORD dwFlags);
/*
 * pbData NULL asks for the length. Text is UTF-8. Errors: ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS (PP_ENUM*),
 * NTE_BAD_TYPE, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER (pdwDataLen NULL).
 */
BOOL WINAPI CryptGetProvParam(HCRYPTPROV hProv, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);
/*
 * PP_KEYEXCHANGE_PIN, PP_SIGNATURE_PIN: the PIN that the container's key wants, text with NUL, is given to the card at
 * once; NULL makes the card forget it. PP_CLIENT_HWND: nothing. Errors: NTE_BAD_TYPE, NTE_BAD_FLAGS, NTE_NO_KEY (no
 * card or no container, or its key wants no PIN), SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED, the card's.
 */
BOOL WINAPI CryptSetProvParam(HCRYPTPROV hProv, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);
/* Random bytes from OpenSSL. Errors: ERROR_INVALID_PARAMETER (NULL with a length). */
BOOL WINAPI CryptGenRandom(HCRYPTPROV hProv, DWORD dwLen, BYTE *pbBuffer);
/*
 * The RSA key of the card's container: AT_KEYEXCHANGE one that decrypts, AT_SIGNATURE one that signs. Errors:
 * ERROR_INVALID_PARAMETER (phUserKey NULL), NTE_NO_KEY.
 */
BOOL WINAPI CryptGetUserKey(HCRYPTPROV hProv, DWORD dwKeySpec, HCRYPTKEY *phUserKey);

/* ---- functions: hashes ------------------------------------------------------------------------------ */

/*
 * MD2 (where OpenSSL has it), MD4 (where its legacy provider is installed), MD5, SHA-1; SHA-256, SHA-384, SHA-512 with
 * the RSA-AES and the card provider. Errors: NTE_BAD_ALGID, NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER (phHash NULL, hKey).
 */
BOOL WINAPI CryptCreateHash(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTKEY hKey, DWORD dwFlags, HCRYPTHASH *phHash);
/* dwFlags: 0 or CRYPT_USERDATA. Errors: NTE_BAD_FLAGS, NTE_BAD_HASH_STATE (finished), ERROR_INVALID_PARAMETER. */
BOOL WINAPI CryptHashData(HCRYPTHASH hHash, const BYTE *pbData, DWORD dwDataLen, DWORD dwFlags);
/*
 * HP_ALGID, HP_HASHSIZE, HP_HASHVAL; the last finishes the hash. pbData NULL asks for the length. Errors: NTE_BAD_TYPE,
 * NTE_BAD_FLAGS, ERROR_MORE_DATA, ERROR_INVALID_PARAMETER (pdwDataLen NULL).
 */
BOOL WINAPI CryptGetHashParam(HCRYPTHASH hHash, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);
/*
 * HP_HASHVAL: as many bytes as the hash has are its value from now on, and it is finished. Errors: NTE_BAD_TYPE,
 * NTE_BAD_FLAGS, ERROR_INVALID_PARAMETER (pbData NULL).
 */
BOOL WINAPI CryptSetHashParam(HCRYPTHASH hHash, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);
/* A copy, with everything hashed so far. Errors: ERROR_INVALID_PARAMETER (pdwReserved, dwFlags, phHash NULL). */
BOOL WINAPI CryptDuplicateHash(HCRYPTHASH hHash, DWORD *pdwReserved, DWORD dwFlags, HCRYPTHASH *phHash);
BOOL WINAPI CryptDestroyHash(HCRYPTHASH hHash);

/* ---- functions: keys -------------------------------------------------------------------------------- */

/*
 * Make a key of a hash, which is finished by that. The same data give the same key as on Windows: the leading bytes of
 * the hash value; for AES and 3DES from MD2, MD4, MD5 and SHA-1 those of H(h XOR 36..) || H(h XOR 5C..).
 *
 * Length in bits, in the upper half of dwFlags; 0: the usual one. Base: RC2, RC4 40 to 56 (40), DES 56. Strong,
 * Enhanced: RC2, RC4 40 to 128 (128), DES 56, 3DES_112 112, 3DES 168. RSA-AES, card: also AES. DES lengths may count
 * parity.
 *
 * CRYPT_EXPORTABLE; CRYPT_CREATE_SALT, CRYPT_NO_SALT for RC2 and RC4; CRYPT_UPDATE_KEY and CRYPT_SERVER change nothing
 * (they are for other providers); CRYPT_USER_PROTECTED is NTE_SILENT_CONTEXT in a silent context, else changes nothing.
 *
 * Errors: ERROR_INVALID_PARAMETER (phKey NULL), NTE_BAD_HASH (of another provider handle), NTE_BAD_ALGID, NTE_BAD_FLAGS
 * (unknown; a length of DES that is none), NTE_BAD_DATA (a length of the others), NTE_SILENT_CONTEXT.
 */
BOOL WINAPI CryptDeriveKey(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTHASH hBaseData, DWORD dwFlags, HCRYPTKEY *phKey);
/* A random key. Algorithms, dwFlags and errors as for CryptDeriveKey; a salt is random, too. */
BOOL WINAPI CryptGenKey(HCRYPTPROV hProv, ALG_ID Algid, DWORD dwFlags, HCRYPTKEY *phKey);
/* A copy, in the state the key is in. Errors: ERROR_INVALID_PARAMETER (pdwReserved, dwFlags, phKey NULL). */
BOOL WINAPI CryptDuplicateKey(HCRYPTKEY hKey, DWORD *pdwReserved, DWORD dwFlags, HCRYPTKEY *phKey);
BOOL WINAPI CryptDestroyKey(HCRYPTKEY hKey);
/*
 * KP_IV, KP_SALT, KP_PADDING, KP_MODE, KP_MODE_BITS, KP_PERMISSIONS, KP_ALGID, KP_BLOCKLEN and KP_KEYLEN and
 * KP_EFFECTIVE_KEYLEN in bits. pbData NULL asks for the length. Errors: NTE_BAD_TYPE, NTE_BAD_FLAGS, ERROR_MORE_DATA,
 * ERROR_INVALID_PARAMETER (pdwDataLen NULL).
 */
BOOL WINAPI CryptGetKeyParam(HCRYPTKEY hKey, DWORD dwParam, BYTE *pbData, DWORD *pdwDataLen, DWORD dwFlags);
/*
 * KP_IV (one block), KP_SALT (11 bytes), KP_SALT_EX (CRYPT_INTEGER_BLOB, 0 to 24 bytes), KP_PADDING (PKCS5_PADDING),
 * KP_MODE, KP_MODE_BITS, KP_PERMISSIONS, KP_EFFECTIVE_KEYLEN (RC2: 1 to 1024; Base: 40). Errors: NTE_BAD_TYPE,
 * NTE_BAD_FLAGS, NTE_BAD_DATA (the value), NTE_BAD_KEY (KP_SALT with a cipher that knows no salt; KP_SALT_EX changes
 * nothing there), ERROR_INVALID_PARAMETER (NULL).
 */
BOOL WINAPI CryptSetKeyParam(HCRYPTKEY hKey, DWORD dwParam, const BYTE *pbData, DWORD dwFlags);

/* ---- functions: encryption -------------------------------------------------------------------------- */

/*
 * Encrypt in place; pieces before the last one (Final FALSE) are whole blocks, the last one gets PKCS #5 padding, and
 * then the key is as it began. hHash, or 0: a hash that the plain text is added to. pbData NULL asks for the length.
 * *pdwDataLen: bytes to encrypt, then bytes encrypted; dwBufLen: room.
 *
 * Errors: NTE_BAD_FLAGS, NTE_BAD_KEY (RSA; an RC2 key longer than the provider makes), NTE_BAD_ALGID (the mode: OFB,
 * CTS), NTE_BAD_DATA (not whole blocks), NTE_BAD_LEN (longer than a DWORD can say), ERROR_MORE_DATA (dwBufLen;
 * *pdwDataLen is what is needed), NTE_BAD_HASH, NTE_BAD_HASH_STATE, ERROR_INVALID_PARAMETER (NULL).
 */
BOOL WINAPI CryptEncrypt(HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen,
			 DWORD dwBufLen);
/*
 * The other way round. Errors: as CryptEncrypt; NTE_BAD_DATA also for the padding (the data is as it was, the key as it
 * began), NTE_BAD_LEN for a last piece without data.
 */
BOOL WINAPI CryptDecrypt(HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL Final, DWORD dwFlags, BYTE *pbData, DWORD *pdwDataLen);

/* ---- functions: blobs ------------------------------------------------------------------------------- */

/*
 * PLAINTEXTKEYBLOB (hExpKey 0), SIMPLEBLOB (hExpKey: an RSA key; CRYPT_OAEP), PUBLICKEYBLOB of an RSA key (hExpKey 0).
 * pbData NULL asks for the length. Errors: NTE_BAD_KEY_STATE (not CRYPT_EXPORTABLE), NTE_BAD_TYPE, NTE_BAD_FLAGS,
 * NTE_NO_KEY (SIMPLEBLOB without an RSA key), NTE_BAD_KEY (a key that has no such blob; hExpKey), NTE_BAD_DATA (the key
 * is too long for the RSA key), ERROR_MORE_DATA, ERROR_INVALID_PARAMETER (pdwDataLen NULL).
 */
BOOL WINAPI CryptExportKey(HCRYPTKEY hKey, HCRYPTKEY hExpKey, DWORD dwBlobType, DWORD dwFlags, BYTE *pbData,
			   DWORD *pdwDataLen);
/*
 * PLAINTEXTKEYBLOB and PUBLICKEYBLOB (hPubKey 0), SIMPLEBLOB (hPubKey: what CryptGetUserKey gave, or 0, which is the
 * container's own key; the card decrypts). dwFlags: CRYPT_EXPORTABLE, CRYPT_NO_SALT, CRYPT_OAEP. Errors: NTE_BAD_DATA
 * (the blob, or what was in it), NTE_BAD_VER, NTE_BAD_TYPE, NTE_BAD_FLAGS (also DES keys of another length),
 * NTE_BAD_ALGID, NTE_BAD_KEY (hPubKey), NTE_NO_KEY (SIMPLEBLOB and no key of a card), NTE_SILENT_CONTEXT (the card
 * wants its PIN), SCARD_W_CARD_NOT_AUTHENTICATED (likewise, not silent, and the reader has no pad), the card's,
 * ERROR_INVALID_PARAMETER (NULL, no data).
 */
BOOL WINAPI CryptImportKey(HCRYPTPROV hProv, const BYTE *pbData, DWORD dwDataLen, HCRYPTKEY hPubKey, DWORD dwFlags,
			   HCRYPTKEY *phKey);

#ifdef UNICODE
#define CryptAcquireContext CryptAcquireContextW
#define MS_DEF_PROV MS_DEF_PROV_W
#define MS_ENHANCED_PROV MS_ENHANCED_PROV_W
#define MS_STRONG_PROV MS_STRONG_PROV_W
#define MS_ENH_RSA_AES_PROV MS_ENH_RSA_AES_PROV_W
#define MS_ENH_RSA_AES_PROV_XP MS_ENH_RSA_AES_PROV_XP_W
#define MS_SCARD_PROV MS_SCARD_PROV_W
#else
#define CryptAcquireContext CryptAcquireContextA
#define MS_DEF_PROV MS_DEF_PROV_A
#define MS_ENHANCED_PROV MS_ENHANCED_PROV_A
#define MS_STRONG_PROV MS_STRONG_PROV_A
#define MS_ENH_RSA_AES_PROV MS_ENH_RSA_AES_PROV_A
#define MS_ENH_RSA_AES_PROV_XP MS_ENH_RSA_AES_PROV_XP_A
#define MS_SCARD_PROV MS_SCARD_PROV_A
#endif

#ifdef __cplusplus
}
#endif

#endif
