/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this minidriver adds to the interface of cardmod.h. Nothing here changes CARD_DATA: all of it is reached
 * through names, as the specification provides ("any minidriver may define custom properties").
 *
 * 1. Two key derivation functions for CardDeriveKey, in the same parameter-list form as CNG's.
 * 2. Further names of hashes and of session-key algorithms.
 * 3. Properties of containers and of the card.
 * 4. A table of operations with session keys, which the official interface lacks: there, a derived key can only
 *    encrypt PINs and key pairs for the card.
 */
#ifndef MDP_MINIDRIVER_CARDMOD_EXT_H
#define MDP_MINIDRIVER_CARDMOD_EXT_H

#include "minidriver/cardmod.h"

/* ---- key derivation --------------------------------------------------------------------------------- */

/*
 * ANSI X9.63 (SEC 1, 3.6.1): H(Z || 00000001 || SharedInfo) || H(Z || 00000002 || SharedInfo) || ...
 * KDF_HASH_ALGORITHM required; KDF_GENERIC_PARAMETER = SharedInfo, optional; KDF_KEYBITLENGTH optional (one hash
 * length).
 */
#define CARD_EXT_KDF_X963 u"X963_KDF"
/*
 * The trailing bytes of Z, big-endian: what PKCS#11 means by CKD_NULL. KDF_KEYBITLENGTH optional (all of Z).
 */
#define CARD_EXT_KDF_RAW_SECRET_BE u"RAW_SECRET_BE"

/* ---- names ------------------------------------------------------------------------------------------ */

#define CARD_EXT_SHA224_ALGORITHM u"SHA224"
#define CARD_EXT_SHA3_224_ALGORITHM u"SHA3_224"
#define CARD_EXT_SHA3_256_ALGORITHM u"SHA3_256"
#define CARD_EXT_SHA3_384_ALGORITHM u"SHA3_384"
#define CARD_EXT_SHA3_512_ALGORITHM u"SHA3_512"

#define CARD_EXT_DES_ALGORITHM u"DES"       /* CNG's name; likewise the next four */
#define CARD_EXT_RC2_ALGORITHM u"RC2"
#define CARD_EXT_RC4_ALGORITHM u"RC4"
#define CARD_EXT_XTS_AES_ALGORITHM u"XTS-AES" /* both keys, one behind the other */
#define CARD_EXT_CHACHA20_ALGORITHM u"CHACHA20_POLY1305"
#define CARD_EXT_GENERIC_SECRET_ALGORITHM u"GENERIC_SECRET"

/* ---- properties of a container (CardGetContainerProperty, dwFlags 0) -------------------------------- */

#define CCP_EXT_KEY_ID u"MDP Key Id"                           /* bytes; the same id stands at certificates */
#define CCP_EXT_KEY_LABEL u"MDP Key Label"                     /* UTF-8, without NUL */
#define CCP_EXT_KEY_USAGE u"MDP Key Usage"                     /* DWORD, CARD_EXT_USE_* */
#define CCP_EXT_ALWAYS_AUTHENTICATE u"MDP Always Authenticate" /* BOOL: the PIN before each use */
#define CCP_EXT_GENERATED_ON_CARD u"MDP Generated On Card"     /* BOOL */
#define CCP_EXT_EC_PARAMETERS u"MDP EC Parameters"             /* DER ECParameters; no bytes for an RSA key */

#define CARD_EXT_USE_SIGN 0x01u
#define CARD_EXT_USE_SIGN_RECOVER 0x02u
#define CARD_EXT_USE_DECRYPT 0x04u
#define CARD_EXT_USE_UNWRAP 0x08u
#define CARD_EXT_USE_DERIVE 0x10u
#define CARD_EXT_USE_NON_REPUDIATION 0x20u

/* ---- properties of the card (CardGetProperty; dwFlags 0 where nothing is said) ---------------------- */

#define CP_EXT_LABEL u"MDP Label"               /* UTF-8, without NUL; likewise the next three */
#define CP_EXT_MANUFACTURER u"MDP Manufacturer"
#define CP_EXT_MODEL u"MDP Model"
#define CP_EXT_SERIAL u"MDP Serial"
#define CP_EXT_LOGIN_REQUIRED u"MDP Login Required" /* BOOL */
/* BOOL TRUE, or SCARD_W_REMOVED_CARD, SCARD_E_UNKNOWN_READER; no card command */
#define CP_EXT_CARD_PRESENT u"MDP Card Present"
#define CP_EXT_PIN_DETAILS u"MDP PIN Details"       /* CARD_EXT_PIN_DETAILS; dwFlags: PIN_ID */
#define CP_EXT_CERTIFICATE_COUNT u"MDP Certificate Count" /* DWORD */
#define CP_EXT_CERTIFICATE u"MDP Certificate"       /* CARD_EXT_CERTIFICATE; dwFlags: 0 .. count - 1 */
#define CP_EXT_SESSION_KEYS u"MDP Session Keys"     /* a pointer to CARD_EXT_SESSION_KEYS; served without a card, too */

#define CARD_EXT_NOT_KNOWN 0xFFFFFFFFu

typedef struct _CARD_EXT_PIN_DETAILS {
	DWORD cbMinLength;
	DWORD cbMaxLength;
	DWORD cMaxAttempts;       /* CARD_EXT_NOT_KNOWN: not known */
	DWORD cAttemptsRemaining; /* as last seen; CARD_EXT_NOT_KNOWN: not known */
	BOOL fAdministrator;      /* unblocks or administers; does not log a user in */
	BOOL fInitialized;
	char szLabel[128]; /* UTF-8 with NUL */
} CARD_EXT_PIN_DETAILS, *PCARD_EXT_PIN_DETAILS;

#define CARD_EXT_ID_MAX 255u

typedef struct _CARD_EXT_CERTIFICATE {
	BOOL fAuthority;
	DWORD dwContainer; /* whose key the certificate is for; CARD_EXT_NOT_KNOWN: no key of this card */
	char szFile[12];   /* where it stands in directory mscp */
	DWORD cbId;
	BYTE rgbId[CARD_EXT_ID_MAX + 1];
	char szLabel[128]; /* UTF-8 with NUL */
} CARD_EXT_CERTIFICATE, *PCARD_EXT_CERTIFICATE;

/* ---- operations with session keys ------------------------------------------------------------------- */

#define CARD_EXT_SESSION_KEYS_VERSION 1u

typedef struct _CARD_EXT_KEY_INFO {
	LPCWSTR pwszAlgId; /* static */
	SIZE_T cbKey;
	SIZE_T cbBlock; /* 0: not a cipher's key */
} CARD_EXT_KEY_INFO, *PCARD_EXT_KEY_INFO;

/*
 * Modes. What pbIV is, and which keys have the mode:
 *   block ciphers: ECB none; CBC, CBC_PAD, CTS (CS1 of SP 800-38A's addendum) one block
 *   AES: CFB1, CFB8, CFB128, OFB one block; CTR the first counter block, of which the last cCounterBits (1 to 128) count;
 *     GCM 1 to 128 bytes, tag 4, 8, 12 to 16; CCM 7 to 13 bytes, tag 4, 6 .. 16, cbData known; KW (RFC 3394) 8 bytes,
 *     KWP (RFC 5649) 4 bytes, KW_PKCS7 (PKCS #7 padding to 8 bytes, then RFC 3394) 8 bytes, none meaning the RFC's
 *   XTS-AES: XTS, the tweak of 16 bytes; a data unit of 16 bytes to 16 MiB
 *   RC4: RC4, none
 *   CHACHA20_POLY1305: CHACHA20, a little-endian counter of cCounterBits (32 or 64) and the nonce, 16 bytes together;
 *     CHACHA20_POLY1305, 12 bytes, tag 16
 * RC2's modes take cEffectiveBits, 1 to 1024.
 */
#define CARD_EXT_MODE_KEY 0u /* as the key's properties ChainingMode and IV say; no padding; pbIV with tags only */
#define CARD_EXT_MODE_ECB 1u
#define CARD_EXT_MODE_CBC 2u
#define CARD_EXT_MODE_CBC_PAD 3u /* PKCS #7 padding */
#define CARD_EXT_MODE_CTS 4u
#define CARD_EXT_MODE_CTR 5u
#define CARD_EXT_MODE_OFB 6u
#define CARD_EXT_MODE_CFB1 7u
#define CARD_EXT_MODE_CFB8 8u
#define CARD_EXT_MODE_CFB128 9u
#define CARD_EXT_MODE_GCM 10u
#define CARD_EXT_MODE_CCM 11u
#define CARD_EXT_MODE_XTS 12u
#define CARD_EXT_MODE_KW 13u
#define CARD_EXT_MODE_KWP 14u
#define CARD_EXT_MODE_KW_PKCS7 15u
#define CARD_EXT_MODE_RC4 16u
#define CARD_EXT_MODE_CHACHA20 17u
#define CARD_EXT_MODE_CHACHA20_POLY1305 18u

/* Members that a mode has no use for are not looked at, but cbIV, which must be 0 then. */
typedef struct _CARD_EXT_CIPHER_INFO {
	DWORD dwMode;
	BOOL fEncrypt;
	const BYTE *pbIV;
	SIZE_T cbIV;
	const BYTE *pbAuthData; /* authenticated and not encrypted; any length */
	SIZE_T cbAuthData;
	SIZE_T cbTag;
	SIZE_T cbData; /* CCM: bytes of plain text in all */
	DWORD cCounterBits;
	DWORD cEffectiveBits;
} CARD_EXT_CIPHER_INFO, *PCARD_EXT_CIPHER_INFO;

/* An encryption or decryption under way; used by one thread at a time. */
typedef struct _CARD_EXT_CIPHER CARD_EXT_CIPHER, *PCARD_EXT_CIPHER;

/*
 * The table. None of these sends a card command or waits for one. A handle of another context, or one that was
 * destroyed, is SCARD_E_INVALID_HANDLE; so is a cipher whose key was destroyed. pCardData only says whose the key is:
 * it may be a context that was deleted already, and every key is refused then.
 */
typedef struct _CARD_EXT_SESSION_KEYS {
	DWORD dwVersion;
	/* Algorithm and lengths of a key. */
	DWORD(WINAPI *pfnKeyInfo)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, PCARD_EXT_KEY_INFO pInfo);
	/* The bytes of a key. ERROR_INSUFFICIENT_BUFFER with *pcbKey set when cbBuffer is too small. */
	DWORD(WINAPI *pfnKeyExport)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, PBYTE pbBuffer, SIZE_T cbBuffer,
				    PSIZE_T pcbKey);
	/*
	 * Wrap a key: encrypt its bytes, in ECB and CBC with zero bytes behind them up to whole blocks. fEncrypt and cbData
	 * are not looked at. pbWrapped NULL asks for the length; *pcbWrapped is the room before, the length after, also on
	 * ERROR_INSUFFICIENT_BUFFER. Other codes as for pfnCipherBegin and pfnCipherOnce.
	 */
	DWORD(WINAPI *pfnKeyWrap)(PCARD_DATA pCardData, CARD_KEY_HANDLE hWrappingKey, const CARD_EXT_CIPHER_INFO *pWrap,
				  CARD_KEY_HANDLE hKey, PBYTE pbWrapped, PSIZE_T pcbWrapped);
	/*
	 * Unwrap a key into the store. pKey names its algorithm, and its length if not 0 (cbBlock is not read): the length
	 * that comes out, or in ECB and CBC as much less as wrapping adds. Other codes as for pfnCipherBegin and
	 * pfnCipherOnce.
	 */
	DWORD(WINAPI *pfnKeyUnwrap)(PCARD_DATA pCardData, CARD_KEY_HANDLE hWrappingKey,
				    const CARD_EXT_CIPHER_INFO *pWrap, const BYTE *pbWrapped, SIZE_T cbWrapped,
				    const CARD_EXT_KEY_INFO *pKey, PCARD_KEY_HANDLE phKey);
	/*
	 * Begin. What pInfo points to is copied. SCARD_E_UNSUPPORTED_FEATURE: the key has no such mode, or OpenSSL's legacy
	 * provider is not there for it; SCARD_E_INVALID_PARAMETER: mode, lengths, bits.
	 */
	DWORD(WINAPI *pfnCipherBegin)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, const CARD_EXT_CIPHER_INFO *pInfo,
				      PCARD_EXT_CIPHER *ppCipher);
	/*
	 * The whole message at once, instead of updates and a finish. pbOutput may be pbInput. pbOutput NULL asks for the
	 * most that can come out; *pcbOutput is the room before, the length after, also on ERROR_INSUFFICIENT_BUFFER. After
	 * these two the cipher is as it began, else it is finished. Authenticated data that is not authentic is
	 * STATUS_AUTH_TAG_MISMATCH, and what was written is wiped. SCARD_E_INVALID_PARAMETER: a length that the mode does
	 * not have; SCARD_E_INVALID_VALUE: padding, or a wrapping's check; ERROR_ARITHMETIC_OVERFLOW: more than the counter
	 * can count.
	 */
	DWORD(WINAPI *pfnCipherOnce)(PCARD_EXT_CIPHER pCipher, const BYTE *pbInput, SIZE_T cbInput, PBYTE pbOutput,
				     PSIZE_T pcbOutput);
	/* How many bytes an update with cbInput bytes gives now, exactly. */
	SIZE_T(WINAPI *pfnCipherUpdateLen)(const CARD_EXT_CIPHER *pCipher, SIZE_T cbInput);
	/*
	 * Feed input; pbOutput has room for pfnCipherUpdateLen(cbInput) and may be pbInput. Decryption of authenticated data,
	 * and modes that work on a whole message, give everything at the finish. Codes as for pfnCipherOnce.
	 */
	DWORD(WINAPI *pfnCipherUpdate)(PCARD_EXT_CIPHER pCipher, const BYTE *pbInput, SIZE_T cbInput, PBYTE pbOutput,
				       PSIZE_T pcbOutput);
	/* The most bytes that a finish can give now. */
	SIZE_T(WINAPI *pfnCipherFinishLen)(const CARD_EXT_CIPHER *pCipher);
	/* End; pbOutput has room for pfnCipherFinishLen(). Codes as for pfnCipherOnce. */
	DWORD(WINAPI *pfnCipherFinish)(PCARD_EXT_CIPHER pCipher, PBYTE pbOutput, PSIZE_T pcbOutput);
	/* Wipe and free; NULL is allowed. May come after the context was deleted. */
	void(WINAPI *pfnCipherDestroy)(PCARD_EXT_CIPHER pCipher);
} CARD_EXT_SESSION_KEYS, *PCARD_EXT_SESSION_KEYS;

#endif
