/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this minidriver adds to the interface of cardmod.h. Nothing here changes CARD_DATA: all of it is reached
 * through names, as the specification provides ("any minidriver may define custom properties").
 *
 * 1. Key derivation functions for CardDeriveKey, and parameters for them, in the same parameter-list form as CNG's.
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
/*
 * HKDF-Expand (RFC 5869, 2.3), Z being the pseudorandom key. KDF_HASH_ALGORITHM required; KDF_HKDF_INFO,
 * KDF_KEYBITLENGTH optional (one hash length). HKDF-Extract is CNG's HMAC with the salt as KDF_HMAC_KEY.
 */
#define CARD_EXT_KDF_HKDF_EXPAND u"HKDF_EXPAND"
/*
 * NIST SP 800-108 with an input of any form: the PRF takes the FIELD parameters joined in list order.
 * KDF_HASH_ALGORITHM: HMAC with it; absent: AES-CMAC, and Z is an AES key. In counter mode one FIELD_COUNTER required,
 * no FIELD_CHAIN; in the others one FIELD_CHAIN required, FIELD_COUNTER optional. CARD_EXT_KDF_IV: K(0) of feedback
 * mode, optional (empty). KDF_KEYBITLENGTH optional (one result of the PRF).
 */
#define CARD_EXT_KDF_SP800_108_COUNTER u"SP800_108_COUNTER"
#define CARD_EXT_KDF_SP800_108_FEEDBACK u"SP800_108_FEEDBACK"
#define CARD_EXT_KDF_SP800_108_PIPELINE u"SP800_108_DOUBLE_PIPELINE"
/*
 * The PRF of TLS with a seed and a result of any length (CNG's TLS_PRF: 64 and 48 bytes). KDF_TLS_PRF_LABEL,
 * KDF_TLS_PRF_SEED, KDF_KEYBITLENGTH (48 bytes), KDF_TLS_PRF_PROTOCOL (TLS 1.0) optional; KDF_HASH_ALGORITHM with TLS
 * 1.2 only (SHA-256).
 */
#define CARD_EXT_KDF_TLS_PRF u"TLS_PRF_EX"
/* KDF_SECRET_PREPENDs || Z || KDF_SECRET_APPENDs, each in list order; the leading bytes where fewer are wanted. */
#define CARD_EXT_KDF_JOIN u"JOIN"
/* Z XOR KDF_GENERIC_PARAMETER (required), as long as the shorter of the two; the leading bytes. */
#define CARD_EXT_KDF_XOR u"XOR"
/*
 * Bits of Z from CARD_EXT_KDF_BIT_OFFSET (required, below Z's bits) on, the most significant bit of the first byte
 * being bit 0, around Z's end to its beginning.
 */
#define CARD_EXT_KDF_EXTRACT_BITS u"EXTRACT_BITS"
/*
 * KDF_GENERIC_PARAMETER (required, whole blocks) encrypted with Z, a session key of a block cipher: in ECB mode, or in
 * CBC mode from CARD_EXT_KDF_IV (one block). The leading bytes.
 */
#define CARD_EXT_KDF_ENCRYPT_DATA u"ENCRYPT_DATA"
/* SHAKE128(Z) or SHAKE256(Z), as KDF_HASH_ALGORITHM (required) says; KDF_KEYBITLENGTH optional (32, 64 bytes). */
#define CARD_EXT_KDF_XOF u"XOF"

/*
 * Our BufferTypes.
 */
#define CARD_EXT_KDF_IV 0x4D440000u           /* bytes: an initial value */
#define CARD_EXT_KDF_FIELD_BYTES 0x4D440001u  /* bytes; any number of times */
#define CARD_EXT_KDF_FIELD_COUNTER 0x4D440002u /* CARD_EXT_KDF_COUNTER: the number of the round, from 1 */
#define CARD_EXT_KDF_FIELD_CHAIN 0x4D440003u  /* empty: K(i - 1) in feedback mode, A(i) in double pipeline mode */
#define CARD_EXT_KDF_SESSION_KEY 0x4D440004u  /* CARD_KEY_HANDLE: joins Z as KDF_SECRET_HANDLE does; any number of times */
#define CARD_EXT_KDF_SALT_KEY 0x4D440005u     /* CARD_KEY_HANDLE: its bytes instead of KDF_HKDF_SALT or KDF_HMAC_KEY */
#define CARD_EXT_KDF_BIT_OFFSET 0x4D440006u   /* 64 bits */
#define CARD_EXT_KDF_FIELD_KEY 0x4D440007u    /* CARD_KEY_HANDLE: its bytes; 32 times at most */

/* What stands for the four FIELD parameters in tables. */
#define CARD_EXT_KDF_FIELD CARD_EXT_KDF_FIELD_BYTES

typedef struct _CARD_EXT_KDF_COUNTER {
	DWORD cbWidth; /* 1 to 8 bytes; the rounds must not outrun it */
	BOOL fLittleEndian;
} CARD_EXT_KDF_COUNTER, *PCARD_EXT_KDF_COUNTER;

/* ---- names ------------------------------------------------------------------------------------------ */

#define CARD_EXT_SHA224_ALGORITHM u"SHA224"
#define CARD_EXT_SHA512_224_ALGORITHM u"SHA512-224"
#define CARD_EXT_SHA512_256_ALGORITHM u"SHA512-256"
#define CARD_EXT_SHA3_224_ALGORITHM u"SHA3-224"
#define CARD_EXT_BLAKE2B_160_ALGORITHM u"BLAKE2B-160" /* the first three where OpenSSL has them (3.2) */
#define CARD_EXT_BLAKE2B_256_ALGORITHM u"BLAKE2B-256"
#define CARD_EXT_BLAKE2B_384_ALGORITHM u"BLAKE2B-384"
#define CARD_EXT_BLAKE2B_512_ALGORITHM u"BLAKE2B-512"

#define CARD_EXT_DES_ALGORITHM u"DES"       /* CNG's name; likewise the next four */
#define CARD_EXT_RC2_ALGORITHM u"RC2"
#define CARD_EXT_RC4_ALGORITHM u"RC4"
#define CARD_EXT_XTS_AES_ALGORITHM u"XTS-AES" /* both keys, one behind the other */
#define CARD_EXT_CHACHA20_ALGORITHM u"CHACHA20_POLY1305"
#define CARD_EXT_GENERIC_SECRET_ALGORITHM u"GENERIC_SECRET"

/* ---- RSA -------------------------------------------------------------------------------------------- */

/*
 * A padding type of ours, wherever CARD_PADDING_OAEP may stand: OAEP whose mask generation function takes a hash of
 * its own (RFC 8017, A.2.1).
 */
#define CARD_EXT_PADDING_OAEP_MGF1 0x00010000u

typedef struct _CARD_EXT_OAEP_PADDING_INFO {
	BCRYPT_OAEP_PADDING_INFO Oaep;
	LPCWSTR pszMgfAlgId;
} CARD_EXT_OAEP_PADDING_INFO;

/* Likewise a padding type of ours wherever CARD_PADDING_PSS may stand (RFC 8017, A.2.3). */
#define CARD_EXT_PADDING_PSS_MGF1 0x00020000u

typedef struct _CARD_EXT_PSS_PADDING_INFO {
	BCRYPT_PSS_PADDING_INFO Pss;
	LPCWSTR pszMgfAlgId;
} CARD_EXT_PSS_PADDING_INFO;

/* A blob type for CardImportSessionKey: what is encrypted is the key, without a header. */
#define CARD_EXT_RAW_KEY_BLOB u"RawKeyBlob"

/* ---- properties of a container (CardGetContainerProperty, dwFlags 0) -------------------------------- */

#define CCP_EXT_KEY_ID u"MDP Key Id"                           /* bytes; the same id stands at certificates */
#define CCP_EXT_KEY_LABEL u"MDP Key Label"                     /* UTF-8, without NUL */
#define CCP_EXT_PUBLIC_LABEL u"MDP Public Key Label"           /* the same, of the public half */
#define CCP_EXT_KEY_USAGE u"MDP Key Usage"                     /* DWORD, CARD_EXT_USE_* */
#define CCP_EXT_ALWAYS_AUTHENTICATE u"MDP Always Authenticate" /* BOOL: the PIN before each use */
#define CCP_EXT_GENERATED_ON_CARD u"MDP Generated On Card"     /* BOOL */
#define CCP_EXT_PADDINGS u"MDP Paddings"                       /* DWORD, CARD_PADDING_*; 0 for a key that is not RSA */
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
/* DWORD, as cAttemptsRemaining; dwFlags: PIN_ID. The card is asked for it if it has not been yet */
#define CP_EXT_PIN_ATTEMPTS u"MDP PIN Attempts"
#define CP_EXT_CERTIFICATE_COUNT u"MDP Certificate Count" /* DWORD */
#define CP_EXT_CERTIFICATE u"MDP Certificate"       /* CARD_EXT_CERTIFICATE; dwFlags: 0 .. count - 1 */
#define CP_EXT_DATA_COUNT u"MDP Data Count"         /* DWORD */
#define CP_EXT_DATA u"MDP Data"                     /* CARD_EXT_DATA; dwFlags: 0 .. count - 1 */
#define CP_EXT_VERSIONS u"MDP Versions"             /* CARD_EXT_VERSIONS */
#define CP_EXT_SESSION_KEYS u"MDP Session Keys"     /* a pointer to CARD_EXT_SESSION_KEYS; served without a card, too */

#define CARD_EXT_NOT_KNOWN 0xFFFFFFFFu

/*
 * CardDeauthenticateEx.dwFlags: reset the card. A host does so when the function without it answers
 * SCARD_E_UNSUPPORTED_FEATURE, as Windows' does by SCardReconnect, for which there is no other place here.
 */
#define CARD_EXT_DEAUTHENTICATE_BY_RESET 0x80000000u

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
	BOOL fPrivate; /* can be read after a PIN only */
	DWORD dwContainer; /* whose key the certificate is for; CARD_EXT_NOT_KNOWN: no key of this card */
	char szFile[12];   /* where it stands in directory mscp */
	DWORD cbId;
	BYTE rgbId[CARD_EXT_ID_MAX + 1];
	char szLabel[128]; /* UTF-8 with NUL */
} CARD_EXT_CERTIFICATE, *PCARD_EXT_CERTIFICATE;

/* A data object of the card; its bytes are a file. */
typedef struct _CARD_EXT_DATA {
	BOOL fPrivate;     /* can be read after a PIN only */
	char szFile[12];   /* where it stands in directory mscp */
	DWORD cbOid;
	BYTE rgbOid[CARD_EXT_ID_MAX + 1]; /* contents octets of an OBJECT IDENTIFIER */
	char szLabel[256];       /* UTF-8 with NUL */
	char szApplication[256]; /* the same */
} CARD_EXT_DATA, *PCARD_EXT_DATA;

/* Of the card's hardware and software; 0.0: not known. */
typedef struct _CARD_EXT_VERSIONS {
	BYTE bHardwareMajor;
	BYTE bHardwareMinor;
	BYTE bFirmwareMajor;
	BYTE bFirmwareMinor;
} CARD_EXT_VERSIONS, *PCARD_EXT_VERSIONS;

/* ---- operations with session keys ------------------------------------------------------------------- */

#define CARD_EXT_SESSION_KEYS_VERSION 1u

typedef struct _CARD_EXT_KEY_INFO {
	LPCWSTR pwszAlgId; /* static */
	SIZE_T cbKey;
	SIZE_T cbBlock; /* 0: not a cipher's key */
} CARD_EXT_KEY_INFO, *PCARD_EXT_KEY_INFO;

/* An RSA public key of anybody's, big-endian, and how a key is padded for it. */
typedef struct _CARD_EXT_RSA_WRAP_INFO {
	const BYTE *pbModulus;
	SIZE_T cbModulus;
	const BYTE *pbPublicExponent;
	SIZE_T cbPublicExponent;
	/* CARD_PADDING_PKCS1, CARD_PADDING_OAEP, CARD_EXT_PADDING_OAEP_MGF1; of data also CARD_PADDING_NONE */
	DWORD dwPadding;
	const void *pPaddingInfo;
} CARD_EXT_RSA_WRAP_INFO, *PCARD_EXT_RSA_WRAP_INFO;

/* A signature and the public key, anybody's, that is to verify it. */
typedef struct _CARD_EXT_VERIFY_INFO {
	const BYTE *pbModulus; /* RSA, big-endian, as the next; NULL: a key on a curve */
	SIZE_T cbModulus;
	const BYTE *pbPublicExponent;
	SIZE_T cbPublicExponent;
	const BYTE *pbParameters; /* DER ECParameters */
	SIZE_T cbParameters;
	const BYTE *pbPoint; /* 04 || X || Y, or the string of RFC 8032 */
	SIZE_T cbPoint;
	DWORD dwPaddingType; /* RSA: as in CARD_SIGNING_INFO with CARD_PADDING_INFO_PRESENT */
	const void *pPaddingInfo;
	const BYTE *pbData; /* a digest; Edwards curves: the message */
	SIZE_T cbData;
	const BYTE *pbSignature; /* RSA: big-endian; ECDSA: r || s; EdDSA: that of RFC 8032 */
	SIZE_T cbSignature;
} CARD_EXT_VERIFY_INFO, *PCARD_EXT_VERIFY_INFO;

/* A point of anybody's, on a named curve. */
typedef struct _CARD_EXT_POINT_INFO {
	const BYTE *pbParameters; /* DER ECParameters */
	SIZE_T cbParameters;
	const BYTE *pbPoint; /* 04 || X || Y */
	SIZE_T cbPoint;
} CARD_EXT_POINT_INFO, *PCARD_EXT_POINT_INFO;

/*
 * Modes. What pbIV is, and which keys have the mode:
 *   block ciphers: ECB none; CBC, CBC_PAD, CTS (CS1 of SP 800-38A's addendum) one block
 *   AES: CFB1, CFB8, CFB128, OFB one block; CTR the first counter block, of which the last cCounterBits (1 to 128)
 *     count;
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

#define CARD_EXT_MAC_HMAC 1u         /* pwszHash */
#define CARD_EXT_MAC_CMAC 2u         /* a block cipher's key */
#define CARD_EXT_MAC_GMAC 3u         /* an AES key; pbIV */
#define CARD_EXT_MAC_TLS_FINISHED 4u /* PRF(key, label || data); pwszHash, or NULL for TLS 1.0's; pbLabel, cbMac */

#define CARD_EXT_MAC_IV_MAX 128u
#define CARD_EXT_MAC_TLS_MAX 0xFFFFu

typedef struct _CARD_EXT_MAC_INFO {
	DWORD dwMac;
	LPCWSTR pwszHash;
	const BYTE *pbIV; /* 1 .. CARD_EXT_MAC_IV_MAX bytes */
	SIZE_T cbIV;
	const BYTE *pbLabel;
	SIZE_T cbLabel;
	SIZE_T cbMac; /* the MAC's first bytes; 0: all of them */
} CARD_EXT_MAC_INFO, *PCARD_EXT_MAC_INFO;

/* A MAC and a digest under way; each is used by one thread at a time. */
typedef struct _CARD_EXT_MAC CARD_EXT_MAC, *PCARD_EXT_MAC;
typedef struct _CARD_EXT_DIGEST CARD_EXT_DIGEST, *PCARD_EXT_DIGEST;

/*
 * The table. None of these sends a card command or waits for one. A handle of another context, or one that was
 * destroyed, is SCARD_E_INVALID_HANDLE; so is a cipher or MAC whose key was destroyed. pCardData only says whose the
 * key is: it may be a context that was deleted already, and every key is refused then.
 */
typedef struct _CARD_EXT_SESSION_KEYS {
	DWORD dwVersion;
	/* Algorithm and lengths of a key. */
	DWORD(WINAPI *pfnKeyInfo)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, PCARD_EXT_KEY_INFO pInfo);
	/* The bytes of a key. ERROR_INSUFFICIENT_BUFFER with *pcbKey set when cbBuffer is too small. */
	DWORD(WINAPI *pfnKeyExport)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, PBYTE pbBuffer, SIZE_T cbBuffer,
				    PSIZE_T pcbKey);
	/*
	 * CardDeriveKey with a session key instead of an agreed secret: its bytes are Z. bSecretAgreementIndex is not
	 * read; hKey 0: Z is empty. Errors: as CardDeriveKey's.
	 */
	DWORD(WINAPI *pfnKeyDerive)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, PCARD_DERIVE_KEY pInfo);
	/*
	 * Wrap a key: encrypt its bytes, in ECB and CBC with zero bytes behind them up to whole blocks. fEncrypt and
	 * cbData are not looked at. pbWrapped NULL asks for the length; *pcbWrapped is the room before, the length
	 * after, also on ERROR_INSUFFICIENT_BUFFER. Other codes as for pfnCipherBegin and pfnCipherOnce.
	 */
	DWORD(WINAPI *pfnKeyWrap)(PCARD_DATA pCardData, CARD_KEY_HANDLE hWrappingKey, const CARD_EXT_CIPHER_INFO *pWrap,
				  CARD_KEY_HANDLE hKey, PBYTE pbWrapped, PSIZE_T pcbWrapped);
	/*
	 * Unwrap a key into the store. pKey names its algorithm, and its length if not 0 (cbBlock is not read): the
	 * length that comes out, or in ECB and CBC as much less as wrapping adds. Other codes as for pfnCipherBegin and
	 * pfnCipherOnce.
	 */
	DWORD(WINAPI *pfnKeyUnwrap)(PCARD_DATA pCardData, CARD_KEY_HANDLE hWrappingKey,
				    const CARD_EXT_CIPHER_INFO *pWrap, const BYTE *pbWrapped, SIZE_T cbWrapped,
				    const CARD_EXT_KEY_INFO *pKey, PCARD_KEY_HANDLE phKey);
	/*
	 * Encrypt a key to an RSA public key; pbWrapped and *pcbWrapped as for pfnKeyWrap. SCARD_E_INVALID_PARAMETER:
	 * the key is too long for the modulus, the public key is none.
	 */
	DWORD(WINAPI *pfnKeyWrapRsa)(PCARD_DATA pCardData, const CARD_EXT_RSA_WRAP_INFO *pWrap, CARD_KEY_HANDLE hKey,
				     PBYTE pbWrapped, PSIZE_T pcbWrapped);
	/*
	 * Encrypt data to an RSA public key; pbEncrypted and *pcbEncrypted as for pfnKeyWrap. Without padding the data
	 * is a block of the modulus' length. SCARD_E_INVALID_PARAMETER: length; SCARD_E_INVALID_VALUE: a block that is
	 * no smaller number than the modulus.
	 */
	DWORD(WINAPI *pfnEncryptRsa)(const CARD_EXT_RSA_WRAP_INFO *pInfo, const BYTE *pbData, SIZE_T cbData,
				     PBYTE pbEncrypted, PSIZE_T pcbEncrypted);
	/*
	 * Verify. SCARD_E_INVALID_VALUE: it is not the signature; SCARD_E_INVALID_PARAMETER: the public key is none, the
	 * padding, a length of the data that cannot have been signed so; SCARD_E_UNSUPPORTED_FEATURE: curve.
	 */
	DWORD(WINAPI *pfnVerify)(const CARD_EXT_VERIFY_INFO *pInfo);
	/*
	 * What an RSA signature without padding, or with PKCS #1 v1.5's and no hash, was made of; pbData and cbData of
	 * pInfo are not read. pbRecovered has room for the modulus. SCARD_E_INVALID_VALUE: it is no signature.
	 */
	DWORD(WINAPI *pfnVerifyRecover)(const CARD_EXT_VERIFY_INFO *pInfo, PBYTE pbRecovered, PSIZE_T pcbRecovered);
	/*
	 * Agree a key pair made for this once with a point: the secret Z comes into the store as a GENERIC_SECRET, the
	 * pair's public point is written to pbPublic (*pcbPublic: room, then length), its private key is forgotten.
	 * SCARD_E_INVALID_PARAMETER: point; SCARD_E_UNSUPPORTED_FEATURE: curve; ERROR_INSUFFICIENT_BUFFER.
	 */
	DWORD(WINAPI *pfnAgreeEphemeral)(PCARD_DATA pCardData, const CARD_EXT_POINT_INFO *pPeer, PBYTE pbPublic,
					 PSIZE_T pcbPublic, PCARD_KEY_HANDLE phSecret);
	/*
	 * Begin. What pInfo points to is copied. SCARD_E_UNSUPPORTED_FEATURE: the key has no such mode, or OpenSSL's
	 * legacy provider is not there for it; SCARD_E_INVALID_PARAMETER: mode, lengths, bits.
	 */
	DWORD(WINAPI *pfnCipherBegin)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, const CARD_EXT_CIPHER_INFO *pInfo,
				      PCARD_EXT_CIPHER *ppCipher);
	/*
	 * The whole message at once, instead of updates and a finish. pbOutput may be pbInput. pbOutput NULL asks for
	 * the most that can come out; *pcbOutput is the room before, the length after, also on
	 * ERROR_INSUFFICIENT_BUFFER. After these two the cipher is as it began, else it is finished. Authenticated data
	 * that is not authentic is STATUS_AUTH_TAG_MISMATCH, and what was written is wiped. SCARD_E_INVALID_PARAMETER:
	 * a length that the mode does not have; SCARD_E_INVALID_VALUE: padding, or a wrapping's check;
	 * ERROR_ARITHMETIC_OVERFLOW: more than the counter can count.
	 */
	DWORD(WINAPI *pfnCipherOnce)(PCARD_EXT_CIPHER pCipher, const BYTE *pbInput, SIZE_T cbInput, PBYTE pbOutput,
				     PSIZE_T pcbOutput);
	/* How many bytes an update with cbInput bytes gives now, exactly. */
	SIZE_T(WINAPI *pfnCipherUpdateLen)(const CARD_EXT_CIPHER *pCipher, SIZE_T cbInput);
	/*
	 * Feed input; pbOutput has room for pfnCipherUpdateLen(cbInput) and may be pbInput. Decryption of authenticated
	 * data, and modes that work on a whole message, give everything at the finish. Codes as for pfnCipherOnce.
	 */
	DWORD(WINAPI *pfnCipherUpdate)(PCARD_EXT_CIPHER pCipher, const BYTE *pbInput, SIZE_T cbInput, PBYTE pbOutput,
				       PSIZE_T pcbOutput);
	/* The most bytes that a finish can give now. */
	SIZE_T(WINAPI *pfnCipherFinishLen)(const CARD_EXT_CIPHER *pCipher);
	/* End; pbOutput has room for pfnCipherFinishLen(). Codes as for pfnCipherOnce. */
	DWORD(WINAPI *pfnCipherFinish)(PCARD_EXT_CIPHER pCipher, PBYTE pbOutput, PSIZE_T pcbOutput);
	/* Wipe and free; NULL is allowed. May come after the context was deleted. */
	void(WINAPI *pfnCipherDestroy)(PCARD_EXT_CIPHER pCipher);
	/*
	 * Begin a MAC; pInfo is read here only. SCARD_E_UNSUPPORTED_FEATURE: not such a MAC's key;
	 * SCARD_E_INVALID_PARAMETER: anything in pInfo.
	 */
	DWORD(WINAPI *pfnMacBegin)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, const CARD_EXT_MAC_INFO *pInfo,
				   PCARD_EXT_MAC *ppMac);
	/* Bytes that the MAC will have. */
	SIZE_T(WINAPI *pfnMacLen)(const CARD_EXT_MAC *pMac);
	DWORD(WINAPI *pfnMacUpdate)(PCARD_EXT_MAC pMac, const BYTE *pbData, SIZE_T cbData);
	/* End with the last data, which may be none: pfnMacLen bytes, which may stand where the data stood. */
	DWORD(WINAPI *pfnMacFinish)(PCARD_EXT_MAC pMac, const BYTE *pbData, SIZE_T cbData, PBYTE pbMac);
	/* Let go; NULL is allowed. May come after the context was deleted. */
	void(WINAPI *pfnMacDestroy)(PCARD_EXT_MAC pMac);
	/* Begin a digest. SCARD_E_INVALID_PARAMETER: no such name, or not in this OpenSSL. */
	DWORD(WINAPI *pfnDigestBegin)(LPCWSTR pwszHash, PCARD_EXT_DIGEST *ppDigest);
	SIZE_T(WINAPI *pfnDigestLen)(const CARD_EXT_DIGEST *pDigest);
	DWORD(WINAPI *pfnDigestUpdate)(PCARD_EXT_DIGEST pDigest, const BYTE *pbData, SIZE_T cbData);
	/* The bytes of a key as data. */
	DWORD(WINAPI *pfnDigestKey)(PCARD_EXT_DIGEST pDigest, PCARD_DATA pCardData, CARD_KEY_HANDLE hKey);
	/* End with the last data, which may be none: pfnDigestLen bytes, which may stand where the data stood. */
	DWORD(WINAPI *pfnDigestFinish)(PCARD_EXT_DIGEST pDigest, const BYTE *pbData, SIZE_T cbData, PBYTE pbDigest);
	/* Forget the data and be ready for others. SCARD_E_INVALID_PARAMETER: a key went in, and must not stay. */
	DWORD(WINAPI *pfnDigestRestart)(PCARD_EXT_DIGEST pDigest);
	/* A second one that stands where the first does. */
	DWORD(WINAPI *pfnDigestCopy)(const CARD_EXT_DIGEST *pDigest, PCARD_EXT_DIGEST *ppDigest);
	/* Wipe and free; NULL is allowed. */
	void(WINAPI *pfnDigestDestroy)(PCARD_EXT_DIGEST pDigest);
} CARD_EXT_SESSION_KEYS, *PCARD_EXT_SESSION_KEYS;

#endif
