/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The smart card minidriver interface, version 7, as a C header of our own: structures, constants, function
 * pointer types and CARD_DATA with its table in ABI order. Written from the published facts of the interface
 * ("Smart Card Minidriver Specification" 7.07; Windows driver documentation, "Smart Card Minidrivers").
 *
 * Differences from Windows: text is char16_t; input strings are pointers to const; handles of the card service
 * (hSCardCtx, hScard) are numbers given out by this library's own host side, not by winscard.
 *
 * Common to all functions: they return ERROR_SUCCESS or a code of winerror.h. What the minidriver gives out by
 * pointer it has allocated with pfnCspAlloc, and the caller frees it with pfnCspFree. Output is written on
 * success only, except lengths on ERROR_INSUFFICIENT_BUFFER and counts of PIN tries on SCARD_W_WRONG_CHV.
 * dwVersion 0 in a structure counts as 1, except in CARD_DATA.
 */
#ifndef MDP_MINIDRIVER_CARDMOD_H
#define MDP_MINIDRIVER_CARDMOD_H

#include "minidriver/cng.h"
#include "minidriver/winerror.h"
#include "minidriver/wintypes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _CARD_DATA CARD_DATA, *PCARD_DATA;

/* ---- versions of CARD_DATA, and CardAcquireContext -------------------------------------------------- */

#define CARD_DATA_VERSION_FOUR 4u
#define CARD_DATA_VERSION_FIVE 5u
#define CARD_DATA_VERSION_SIX 6u
#define CARD_DATA_VERSION_SEVEN 7u
#define CARD_DATA_CURRENT_VERSION CARD_DATA_VERSION_SEVEN

/* CardAcquireContext.dwFlags: no card; the functions of session keys only. ATR empty, both handles 0. */
#define CARD_SECURE_KEY_INJECTION_NO_CARD_MODE 0x1u

#define CARD_ATR_MAX 0x22u

/* ---- users and PINs --------------------------------------------------------------------------------- */

#define wszCARD_USER_EVERYONE u"anonymous"
#define wszCARD_USER_USER u"user"
#define wszCARD_USER_ADMIN u"admin"

typedef DWORD PIN_ID, *PPIN_ID;
typedef DWORD PIN_SET, *PPIN_SET; /* bit n is PIN n */

#define ROLE_EVERYONE 0u
#define ROLE_USER 1u
#define ROLE_ADMIN 2u
#define MAX_PINS 8u
#define PIN_SET_NONE 0x00u
#define PIN_SET_ALL_ROLES 0xFFu
#define CREATE_PIN_SET(pin) ((PIN_SET)1 << (pin))
#define IS_PIN_SET(set, pin) (((set) & CREATE_PIN_SET(pin)) != 0)

/* CardAuthenticateEx.dwFlags */
#define CARD_AUTHENTICATE_GENERATE_SESSION_PIN 0x10000000u
#define CARD_AUTHENTICATE_SESSION_PIN 0x20000000u
#define CARD_PIN_SILENT_CONTEXT 0x00000040u

/* CardUnblockPin.dwFlags, CardChangeAuthenticator.dwFlags */
#define CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE 0x01u
#define CARD_AUTHENTICATE_PIN_PIN 0x02u

/* CardChangeAuthenticatorEx.dwFlags */
#define PIN_CHANGE_FLAG_UNBLOCK 0x01u
#define PIN_CHANGE_FLAG_CHANGEPIN 0x02u

typedef enum {
	AlphaNumericPinType = 0,
	ExternalPinType,
	ChallengeResponsePinType,
	EmptyPinType,
} SECRET_TYPE;

typedef enum {
	AuthenticationPin = 0,
	DigitalSignaturePin,
	EncryptionPin,
	NonRepudiationPin,
	AdministratorPin,
	PrimaryCardPin,
	UnblockOnlyPin,
} SECRET_PURPOSE;

typedef enum {
	PinCacheNormal = 0,
	PinCacheTimed,
	PinCacheNone,
	PinCacheAlwaysPrompt,
} PIN_CACHE_POLICY_TYPE;

#define PIN_CACHE_POLICY_CURRENT_VERSION 6u
#define PIN_INFO_CURRENT_VERSION 6u

typedef struct _PIN_CACHE_POLICY {
	DWORD dwVersion;
	PIN_CACHE_POLICY_TYPE PinCachePolicyType;
	DWORD dwPinCachePolicyInfo;
} PIN_CACHE_POLICY, *PPIN_CACHE_POLICY;

typedef struct _PIN_INFO {
	DWORD dwVersion;
	SECRET_TYPE PinType;
	SECRET_PURPOSE PinPurpose;
	PIN_SET dwChangePermission;
	PIN_SET dwUnblockPermission;
	PIN_CACHE_POLICY PinCachePolicy;
	DWORD dwFlags;
} PIN_INFO, *PPIN_INFO;

#define CARD_PIN_STRENGTH_PLAINTEXT 0x1u
#define CARD_PIN_STRENGTH_SESSION_PIN 0x2u

/* ---- containers and key specifications -------------------------------------------------------------- */

#define AT_KEYEXCHANGE 1u
#define AT_SIGNATURE 2u
#define AT_ECDSA_P256 3u
#define AT_ECDSA_P384 4u
#define AT_ECDSA_P521 5u
#define AT_ECDHE_P256 6u
#define AT_ECDHE_P384 7u
#define AT_ECDHE_P521 8u

#define MAX_CONTAINER_NAME_LEN 39u
#define CONTAINER_MAP_VALID_CONTAINER 1u
#define CONTAINER_MAP_DEFAULT_CONTAINER 2u

/* One record of mscp\cmapfile; the place in the file is the container's index. Little-endian. */
typedef struct _CONTAINER_MAP_RECORD {
	WCHAR wszGuid[MAX_CONTAINER_NAME_LEN + 1];
	BYTE bFlags;
	BYTE bReserved;
	WORD wSigKeySizeBits;
	WORD wKeyExchangeKeySizeBits;
} CONTAINER_MAP_RECORD, *PCONTAINER_MAP_RECORD;

#define CONTAINER_INFO_CURRENT_VERSION 1u

/*
 * The public keys of a container: RSA as PUBLICKEYBLOB, elliptic curves as BCRYPT_ECCKEY_BLOB (Sig: ECDSA, KeyEx:
 * ECDH).
 */
typedef struct _CONTAINER_INFO {
	DWORD dwVersion;
	DWORD dwReserved;
	DWORD cbSigPublicKey;
	PBYTE pbSigPublicKey;
	DWORD cbKeyExPublicKey;
	PBYTE pbKeyExPublicKey;
} CONTAINER_INFO, *PCONTAINER_INFO;

#define CARD_CREATE_CONTAINER_KEY_GEN 1u
#define CARD_CREATE_CONTAINER_KEY_IMPORT 2u

#define CCP_CONTAINER_INFO u"Container Info"
#define CCP_PIN_IDENTIFIER u"PIN Identifier"
#define CCP_ASSOCIATED_ECDH_KEY u"Associated ECDH Key"

/* ---- files ------------------------------------------------------------------------------------------ */

#define szCARD_IDENTIFIER_FILE "cardid"
#define szCACHE_FILE "cardcf"
#define szCARD_APPLICATION_FILE "cardapps"
#define szBASE_CSP_DIR "mscp"
#define szCONTAINER_MAP_FILE "cmapfile"
#define szROOT_STORE_FILE "msroots"
#define szUSER_SIGNATURE_CERT_PREFIX "ksc"
#define szUSER_KEYEXCHANGE_CERT_PREFIX "kxc"

typedef enum {
	InvalidAc = 0,
	EveryoneReadUserWriteAc,
	UserWriteExecuteAc,
	EveryoneReadAdminWriteAc,
	UnknownAc,
	UserReadWriteAc,
	AdminReadWriteAc,
} CARD_FILE_ACCESS_CONDITION;

typedef enum {
	InvalidDirAc = 0,
	UserCreateDeleteDirAc,
	AdminCreateDeleteDirAc,
} CARD_DIRECTORY_ACCESS_CONDITION;

#define CARD_CACHE_FILE_CURRENT_VERSION 1u

/* The file cardcf. */
typedef struct _CARD_CACHE_FILE_FORMAT {
	BYTE bVersion;
	BYTE bPinsFreshness;
	WORD wContainersFreshness;
	WORD wFilesFreshness;
} CARD_CACHE_FILE_FORMAT;

#define CARD_FILE_INFO_CURRENT_VERSION 1u

typedef struct _CARD_FILE_INFO {
	DWORD dwVersion;
	DWORD cbFileSize;
	CARD_FILE_ACCESS_CONDITION AccessCondition;
} CARD_FILE_INFO, *PCARD_FILE_INFO;

#define CARD_FREE_SPACE_INFO_CURRENT_VERSION 1u

typedef struct _CARD_FREE_SPACE_INFO {
	DWORD dwVersion;
	DWORD dwBytesAvailable;
	DWORD dwKeyContainersAvailable;
	DWORD dwMaxKeyContainers;
} CARD_FREE_SPACE_INFO, *PCARD_FREE_SPACE_INFO;

/* ---- capabilities ----------------------------------------------------------------------------------- */

#define CARD_CAPABILITIES_CURRENT_VERSION 1u

typedef struct _CARD_CAPABILITIES {
	DWORD dwVersion;
	BOOL fCertificateCompression; /* the card's side sees to compression; the caller need not */
	BOOL fKeyGen;
} CARD_CAPABILITIES, *PCARD_CAPABILITIES;

#define CARD_KEY_SIZES_CURRENT_VERSION 1u

typedef struct _CARD_KEY_SIZES {
	DWORD dwVersion;
	DWORD dwMinimumBitlen;
	DWORD dwDefaultBitlen;
	DWORD dwMaximumBitlen;
	DWORD dwIncrementalBitlen;
} CARD_KEY_SIZES, *PCARD_KEY_SIZES;

/* ---- card properties -------------------------------------------------------------------------------- */

#define CP_CARD_FREE_SPACE u"Free Space"
#define CP_CARD_CAPABILITIES u"Capabilities"
#define CP_CARD_KEYSIZES u"Key Sizes"
#define CP_CARD_READ_ONLY u"Read Only Mode"
#define CP_CARD_CACHE_MODE u"Cache Mode"
#define CP_SUPPORTS_WIN_X509_ENROLLMENT u"Supports Windows x.509 Enrollment"
#define CP_CARD_GUID u"Card Identifier"
#define CP_CARD_SERIAL_NO u"Card Serial Number"
#define CP_CARD_PIN_INFO u"PIN Information"
#define CP_CARD_LIST_PINS u"PIN List"
#define CP_CARD_AUTHENTICATED_STATE u"Authenticated State"
#define CP_CARD_PIN_STRENGTH_VERIFY u"PIN Strength Verify"
#define CP_CARD_PIN_STRENGTH_CHANGE u"PIN Strength Change"
#define CP_CARD_PIN_STRENGTH_UNBLOCK u"PIN Strength Unblock"
#define CP_PARENT_WINDOW u"Parent Window"
#define CP_PIN_CONTEXT_STRING u"PIN Context String"
#define CP_KEY_IMPORT_SUPPORT u"Key Import Support"
#define CP_ENUM_ALGORITHMS u"Algorithms"
#define CP_PADDING_SCHEMES u"Padding Schemes"
#define CP_CHAINING_MODES u"Chaining Modes"

#define CP_CACHE_MODE_GLOBAL_CACHE 1u
#define CP_CACHE_MODE_SESSION_ONLY 2u
#define CP_CACHE_MODE_NO_CACHE 3u

#define CARD_KEY_IMPORT_PLAIN_TEXT 0x1u
#define CARD_KEY_IMPORT_RSA_KEYEST 0x2u
#define CARD_KEY_IMPORT_ECC_KEYEST 0x4u
#define CARD_KEY_IMPORT_SHARED_SYMMETRIC 0x8u

#define CARD_CIPHER_OPERATION 0x1u
#define CARD_ASYMMETRIC_OPERATION 0x2u

/* ---- signing and RSA -------------------------------------------------------------------------------- */

#define CARD_PADDING_NONE 0x1u
#define CARD_PADDING_PKCS1 0x2u
#define CARD_PADDING_PSS 0x4u
#define CARD_PADDING_OAEP 0x8u

#define CRYPT_NOHASHOID 0x1u /* wincrypt.h: dwSigningFlags, no DigestInfo around the hash value */
#define CARD_PADDING_INFO_PRESENT 0x40000000u
#define CARD_BUFFER_SIZE_ONLY 0x20000000u
#define CARD_BLOCK_PADDING 0x80000000u

#define CARD_SIGNING_INFO_BASIC_VERSION 1u
#define CARD_SIGNING_INFO_CURRENT_VERSION 2u

typedef struct _CARD_SIGNING_INFO {
	DWORD dwVersion;
	BYTE bContainerIndex;
	DWORD dwKeySpec;
	DWORD dwSigningFlags;
	ALG_ID aiHashAlg;
	PBYTE pbData;
	DWORD cbData;
	PBYTE pbSignedData; /* out; RSA little-endian, ECDSA r || s big-endian */
	DWORD cbSignedData; /* out */
	/* version 2 */
	LPVOID pPaddingInfo;
	DWORD dwPaddingType;
} CARD_SIGNING_INFO, *PCARD_SIGNING_INFO;

#define CARD_RSA_KEY_DECRYPT_INFO_VERSION_ONE 1u
#define CARD_RSA_KEY_DECRYPT_INFO_VERSION_TWO 2u
#define CARD_RSA_KEY_DECRYPT_INFO_CURRENT_VERSION CARD_RSA_KEY_DECRYPT_INFO_VERSION_TWO

typedef struct _CARD_RSA_DECRYPT_INFO {
	DWORD dwVersion;
	BYTE bContainerIndex;
	DWORD dwKeySpec;
	PBYTE pbData; /* in and out, little-endian */
	DWORD cbData;
	/* version 2 */
	LPVOID pPaddingInfo;
	DWORD dwPaddingType;
} CARD_RSA_DECRYPT_INFO, *PCARD_RSA_DECRYPT_INFO;

/* ---- agreement and derivation ----------------------------------------------------------------------- */

#define CARD_DH_AGREEMENT_INFO_VERSION 2u

/* Only version 2 is accepted. */
typedef struct _CARD_DH_AGREEMENT_INFO {
	DWORD dwVersion;
	BYTE bContainerIndex;
	DWORD dwFlags;     /* 0 */
	DWORD dwPublicKey; /* bytes at pbPublicKey */
	PBYTE pbPublicKey; /* BCRYPT_ECCKEY_BLOB || X || Y of the other party */
	PBYTE pbReserved;
	DWORD cbReserved;
	BYTE bSecretAgreementIndex; /* out */
} CARD_DH_AGREEMENT_INFO, *PCARD_DH_AGREEMENT_INFO;

/* A session key: an opaque number, never a pointer; 0 is none. */
typedef ULONG_PTR CARD_KEY_HANDLE, *PCARD_KEY_HANDLE;

#define CARD_DERIVE_KEY_VERSION 1u
#define CARD_DERIVE_KEY_VERSION_TWO 2u
#define CARD_DERIVE_KEY_CURRENT_VERSION CARD_DERIVE_KEY_VERSION_TWO

#define CARD_RETURN_KEY_HANDLE 0x01000000u

typedef struct _CARD_DERIVE_KEY {
	DWORD dwVersion;
	DWORD dwFlags;
	LPCWSTR pwszKDF;
	BYTE bSecretAgreementIndex;
	PVOID pParameterList; /* NCryptBufferDesc, may be NULL */
	PBYTE pbDerivedKey;   /* out */
	DWORD cbDerivedKey;   /* out */
	/* version 2; a caller of version 1 has no room for these */
	LPCWSTR pwszAlgId; /* of the session key: CARD_AES, ... */
	DWORD dwKeyLen;    /* bits of the session key */
	CARD_KEY_HANDLE hKey; /* out */
} CARD_DERIVE_KEY, *PCARD_DERIVE_KEY;

/* ---- session keys ----------------------------------------------------------------------------------- */

#define CARD_3DES_112_ALGORITHM u"3DES_112"
#define CARD_3DES_ALGORITHM u"3DES"
#define CARD_AES_ALGORITHM u"AES"

#define CKP_CHAINING_MODE u"ChainingMode"
#define CKP_INITIALIZATION_VECTOR u"IV"
#define CKP_BLOCK_LENGTH u"BlockLength"
#define CARD_CHAIN_MODE_CBC BCRYPT_CHAIN_MODE_CBC

#define CSF_IMPORT_KEYPAIR u"Import Key Pair"
#define CSF_CHANGE_AUTHENTICATOR u"Change Authenticator"
#define CSF_AUTHENTICATE u"Authenticate"

typedef struct _CARD_ENCRYPTED_DATA {
	PBYTE pbEncryptedData;
	DWORD cbEncryptedData;
} CARD_ENCRYPTED_DATA, *PCARD_ENCRYPTED_DATA;

/*
 * What is encrypted for the card with a session key (MDEncryptData) and what the card answers
 * (CardProcessEncryptedData). dwVersion is 7 in each; the bytes follow the structure.
 */
#define CARD_SECURE_FUNCTION_VERSION 7u

typedef struct _CARD_IMPORT_KEYPAIR {
	DWORD dwVersion;
	BYTE bContainerIndex;
	PIN_ID PinId;
	DWORD dwKeySpec;
	DWORD dwKeySize;
	DWORD cbInput;
	BYTE pbInput[];
} CARD_IMPORT_KEYPAIR, *PCARD_IMPORT_KEYPAIR;

typedef struct _CARD_CHANGE_AUTHENTICATOR {
	DWORD dwVersion;
	DWORD dwFlags;
	PIN_ID dwAuthenticatingPinId;
	DWORD cbAuthenticatingPinData;
	PIN_ID dwTargetPinId;
	DWORD cbTargetData;
	DWORD cRetryCount;
	BYTE pbData[]; /* the authenticating PIN, then the new one */
} CARD_CHANGE_AUTHENTICATOR, *PCARD_CHANGE_AUTHENTICATOR;

typedef struct _CARD_CHANGE_AUTHENTICATOR_RESPONSE {
	DWORD dwVersion;
	DWORD cAttemptsRemaining;
} CARD_CHANGE_AUTHENTICATOR_RESPONSE, *PCARD_CHANGE_AUTHENTICATOR_RESPONSE;

typedef struct _CARD_AUTHENTICATE {
	DWORD dwVersion;
	DWORD dwFlags;
	PIN_ID PinId;
	DWORD cbPinData;
	BYTE pbPinData[];
} CARD_AUTHENTICATE, *PCARD_AUTHENTICATE;

typedef struct _CARD_AUTHENTICATE_RESPONSE {
	DWORD dwVersion;
	DWORD cbSessionPin;
	DWORD cAttemptsRemaining;
	BYTE pbSessionPin[];
} CARD_AUTHENTICATE_RESPONSE, *PCARD_AUTHENTICATE_RESPONSE;

/* ---- function pointer types: the caller's callbacks ------------------------------------------------- */

typedef LPVOID(WINAPI *PFN_CSP_ALLOC)(SIZE_T Size);
typedef LPVOID(WINAPI *PFN_CSP_REALLOC)(LPVOID Address, SIZE_T Size);
typedef void(WINAPI *PFN_CSP_FREE)(LPVOID Address);
typedef DWORD(WINAPI *PFN_CSP_CACHE_ADD_FILE)(PVOID pvCacheContext, LPWSTR wszTag, DWORD dwFlags, PBYTE pbData,
					      DWORD cbData);
typedef DWORD(WINAPI *PFN_CSP_CACHE_LOOKUP_FILE)(PVOID pvCacheContext, LPWSTR wszTag, DWORD dwFlags, PBYTE *ppbData,
						 PDWORD pcbData);
typedef DWORD(WINAPI *PFN_CSP_CACHE_DELETE_FILE)(PVOID pvCacheContext, LPWSTR wszTag, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CSP_PAD_DATA)(PCARD_SIGNING_INFO pSigningInfo, DWORD cbMaxWidth, PDWORD pcbPaddedBuffer,
					PBYTE *ppbPaddedBuffer);
typedef DWORD(WINAPI *PFN_CSP_GET_DH_AGREEMENT)(PCARD_DATA pCardData, PVOID hSecretAgreement,
						BYTE *pbSecretAgreementIndex, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CSP_UNPAD_DATA)(PCARD_RSA_DECRYPT_INFO pRSADecryptInfo, PDWORD pcbUnpaddedData,
					  PBYTE *ppbUnpaddedData);

/* ---- function pointer types: the minidriver --------------------------------------------------------- */

typedef DWORD(WINAPI *PFN_CARD_ACQUIRE_CONTEXT)(PCARD_DATA pCardData, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_DELETE_CONTEXT)(PCARD_DATA pCardData);
typedef DWORD(WINAPI *PFN_CARD_QUERY_CAPABILITIES)(PCARD_DATA pCardData, PCARD_CAPABILITIES pCardCapabilities);
typedef DWORD(WINAPI *PFN_CARD_DELETE_CONTAINER)(PCARD_DATA pCardData, BYTE bContainerIndex, DWORD dwReserved);
typedef DWORD(WINAPI *PFN_CARD_CREATE_CONTAINER)(PCARD_DATA pCardData, BYTE bContainerIndex, DWORD dwFlags,
						 DWORD dwKeySpec, DWORD dwKeySize, PBYTE pbKeyData);
typedef DWORD(WINAPI *PFN_CARD_GET_CONTAINER_INFO)(PCARD_DATA pCardData, BYTE bContainerIndex, DWORD dwFlags,
						   PCONTAINER_INFO pContainerInfo);
typedef DWORD(WINAPI *PFN_CARD_AUTHENTICATE_PIN)(PCARD_DATA pCardData, LPCWSTR pwszUserId, PBYTE pbPin, DWORD cbPin,
						 PDWORD pcAttemptsRemaining);
typedef DWORD(WINAPI *PFN_CARD_GET_CHALLENGE)(PCARD_DATA pCardData, PBYTE *ppbChallengeData, PDWORD pcbChallengeData);
typedef DWORD(WINAPI *PFN_CARD_AUTHENTICATE_CHALLENGE)(PCARD_DATA pCardData, PBYTE pbResponseData,
						       DWORD cbResponseData, PDWORD pcAttemptsRemaining);
typedef DWORD(WINAPI *PFN_CARD_UNBLOCK_PIN)(PCARD_DATA pCardData, LPCWSTR pwszUserId, PBYTE pbAuthenticationData,
					    DWORD cbAuthenticationData, PBYTE pbNewPinData, DWORD cbNewPinData,
					    DWORD cRetryCount, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_CHANGE_AUTHENTICATOR)(PCARD_DATA pCardData, LPCWSTR pwszUserId,
						     PBYTE pbCurrentAuthenticator, DWORD cbCurrentAuthenticator,
						     PBYTE pbNewAuthenticator, DWORD cbNewAuthenticator,
						     DWORD cRetryCount, DWORD dwFlags, PDWORD pcAttemptsRemaining);
typedef DWORD(WINAPI *PFN_CARD_DEAUTHENTICATE)(PCARD_DATA pCardData, LPCWSTR pwszUserId, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_CREATE_DIRECTORY)(PCARD_DATA pCardData, LPCSTR pszDirectoryName,
						 CARD_DIRECTORY_ACCESS_CONDITION AccessCondition);
typedef DWORD(WINAPI *PFN_CARD_DELETE_DIRECTORY)(PCARD_DATA pCardData, LPCSTR pszDirectoryName);
typedef DWORD(WINAPI *PFN_CARD_CREATE_FILE)(PCARD_DATA pCardData, LPCSTR pszDirectoryName, LPCSTR pszFileName,
					    DWORD cbInitialCreationSize, CARD_FILE_ACCESS_CONDITION AccessCondition);
typedef DWORD(WINAPI *PFN_CARD_READ_FILE)(PCARD_DATA pCardData, LPCSTR pszDirectoryName, LPCSTR pszFileName,
					  DWORD dwFlags, PBYTE *ppbData, PDWORD pcbData);
typedef DWORD(WINAPI *PFN_CARD_WRITE_FILE)(PCARD_DATA pCardData, LPCSTR pszDirectoryName, LPCSTR pszFileName,
					   DWORD dwFlags, PBYTE pbData, DWORD cbData);
typedef DWORD(WINAPI *PFN_CARD_DELETE_FILE)(PCARD_DATA pCardData, LPCSTR pszDirectoryName, LPCSTR pszFileName,
					    DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_ENUM_FILES)(PCARD_DATA pCardData, LPCSTR pszDirectoryName, LPSTR *pmszFileNames,
					   LPDWORD pdwcbFileName, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_GET_FILE_INFO)(PCARD_DATA pCardData, LPCSTR pszDirectoryName, LPCSTR pszFileName,
					      PCARD_FILE_INFO pCardFileInfo);
typedef DWORD(WINAPI *PFN_CARD_QUERY_FREE_SPACE)(PCARD_DATA pCardData, DWORD dwFlags,
						 PCARD_FREE_SPACE_INFO pCardFreeSpaceInfo);
typedef DWORD(WINAPI *PFN_CARD_QUERY_KEY_SIZES)(PCARD_DATA pCardData, DWORD dwKeySpec, DWORD dwFlags,
						PCARD_KEY_SIZES pKeySizes);
typedef DWORD(WINAPI *PFN_CARD_SIGN_DATA)(PCARD_DATA pCardData, PCARD_SIGNING_INFO pInfo);
typedef DWORD(WINAPI *PFN_CARD_RSA_DECRYPT)(PCARD_DATA pCardData, PCARD_RSA_DECRYPT_INFO pInfo);
typedef DWORD(WINAPI *PFN_CARD_CONSTRUCT_DH_AGREEMENT)(PCARD_DATA pCardData, PCARD_DH_AGREEMENT_INFO pAgreementInfo);
/* version 5 */
typedef DWORD(WINAPI *PFN_CARD_DERIVE_KEY)(PCARD_DATA pCardData, PCARD_DERIVE_KEY pAgreementInfo);
typedef DWORD(WINAPI *PFN_CARD_DESTROY_DH_AGREEMENT)(PCARD_DATA pCardData, BYTE bSecretAgreementIndex, DWORD dwFlags);
/* version 6 */
typedef DWORD(WINAPI *PFN_CARD_GET_CHALLENGE_EX)(PCARD_DATA pCardData, PIN_ID PinId, PBYTE *ppbChallengeData,
						 PDWORD pcbChallengeData, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_AUTHENTICATE_EX)(PCARD_DATA pCardData, PIN_ID PinId, DWORD dwFlags, PBYTE pbPinData,
						DWORD cbPinData, PBYTE *ppbSessionPin, PDWORD pcbSessionPin,
						PDWORD pcAttemptsRemaining);
typedef DWORD(WINAPI *PFN_CARD_CHANGE_AUTHENTICATOR_EX)(PCARD_DATA pCardData, DWORD dwFlags,
							PIN_ID dwAuthenticatingPinId, PBYTE pbAuthenticatingPinData,
							DWORD cbAuthenticatingPinData, PIN_ID dwTargetPinId,
							PBYTE pbTargetData, DWORD cbTargetData, DWORD cRetryCount,
							PDWORD pcAttemptsRemaining);
typedef DWORD(WINAPI *PFN_CARD_DEAUTHENTICATE_EX)(PCARD_DATA pCardData, PIN_SET PinId, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_GET_CONTAINER_PROPERTY)(PCARD_DATA pCardData, BYTE bContainerIndex, LPCWSTR wszProperty,
						       PBYTE pbData, DWORD cbData, PDWORD pdwDataLen, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_SET_CONTAINER_PROPERTY)(PCARD_DATA pCardData, BYTE bContainerIndex, LPCWSTR wszProperty,
						       PBYTE pbData, DWORD cbDataLen, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_GET_PROPERTY)(PCARD_DATA pCardData, LPCWSTR wszProperty, PBYTE pbData, DWORD cbData,
					     PDWORD pdwDataLen, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_SET_PROPERTY)(PCARD_DATA pCardData, LPCWSTR wszProperty, PBYTE pbData, DWORD cbDataLen,
					     DWORD dwFlags);
/* version 7 */
typedef DWORD(WINAPI *PFN_MD_IMPORT_SESSION_KEY)(PCARD_DATA pCardData, LPCWSTR pwszBlobType, LPCWSTR pwszAlgId,
						 PCARD_KEY_HANDLE phKey, PBYTE pbInput, DWORD cbInput);
typedef DWORD(WINAPI *PFN_MD_ENCRYPT_DATA)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, LPCWSTR pwszSecureFunction,
					   PBYTE pbInput, DWORD cbInput, DWORD dwFlags,
					   PCARD_ENCRYPTED_DATA *ppEncryptedData, PDWORD pcEncryptedData);
typedef DWORD(WINAPI *PFN_CARD_IMPORT_SESSION_KEY)(PCARD_DATA pCardData, BYTE bContainerIndex, LPVOID pPaddingInfo,
						   LPCWSTR pwszBlobType, LPCWSTR pwszAlgId, PCARD_KEY_HANDLE phKey,
						   PBYTE pbInput, DWORD cbInput, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_GET_SHARED_KEY_HANDLE)(PCARD_DATA pCardData, PBYTE pbInput, DWORD cbInput,
						      PBYTE *ppbOutput, PDWORD pcbOutput, PCARD_KEY_HANDLE phKey);
typedef DWORD(WINAPI *PFN_CARD_GET_ALGORITHM_PROPERTY)(PCARD_DATA pCardData, LPCWSTR pwszAlgId, LPCWSTR pwszProperty,
						       PBYTE pbData, DWORD cbData, PDWORD pdwDataLen, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_GET_KEY_PROPERTY)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, LPCWSTR pwszProperty,
						 PBYTE pbData, DWORD cbData, PDWORD pdwDataLen, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_SET_KEY_PROPERTY)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey, LPCWSTR pwszProperty,
						 PBYTE pbInput, DWORD cbInput, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_DESTROY_KEY)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey);
typedef DWORD(WINAPI *PFN_CARD_PROCESS_ENCRYPTED_DATA)(PCARD_DATA pCardData, CARD_KEY_HANDLE hKey,
						       LPCWSTR pwszSecureFunction, PCARD_ENCRYPTED_DATA pEncryptedData,
						       DWORD cEncryptedData, PBYTE pbOutput, DWORD cbOutput,
						       PDWORD pdwOutputLen, DWORD dwFlags);
typedef DWORD(WINAPI *PFN_CARD_CREATE_CONTAINER_EX)(PCARD_DATA pCardData, BYTE bContainerIndex, DWORD dwFlags,
						    DWORD dwKeySpec, DWORD dwKeySize, PBYTE pbKeyData, PIN_ID PinId);

/* ---- CARD_DATA -------------------------------------------------------------------------------------- */

/*
 * A context. The caller zeroes it, sets dwVersion (4..7) and the members up to hScard, and calls
 * CardAcquireContext. A caller of version n needs room for the members up to that version only.
 */
struct _CARD_DATA {
	/* set by the caller */
	DWORD dwVersion; /* in: what the caller understands; out: what is served */
	PBYTE pbAtr;
	DWORD cbAtr;
	LPWSTR pwszCardName;
	PFN_CSP_ALLOC pfnCspAlloc;
	PFN_CSP_REALLOC pfnCspReAlloc;
	PFN_CSP_FREE pfnCspFree;
	PFN_CSP_CACHE_ADD_FILE pfnCspCacheAddFile;
	PFN_CSP_CACHE_LOOKUP_FILE pfnCspCacheLookupFile;
	PFN_CSP_CACHE_DELETE_FILE pfnCspCacheDeleteFile;
	PVOID pvCacheContext;
	PFN_CSP_PAD_DATA pfnCspPadData;
	SCARDCONTEXT hSCardCtx;
	SCARDHANDLE hScard;
	/* the minidriver's own */
	PVOID pvVendorSpecific;
	/* filled by the minidriver: version 4 */
	PFN_CARD_DELETE_CONTEXT pfnCardDeleteContext;
	PFN_CARD_QUERY_CAPABILITIES pfnCardQueryCapabilities;
	PFN_CARD_DELETE_CONTAINER pfnCardDeleteContainer;
	PFN_CARD_CREATE_CONTAINER pfnCardCreateContainer;
	PFN_CARD_GET_CONTAINER_INFO pfnCardGetContainerInfo;
	PFN_CARD_AUTHENTICATE_PIN pfnCardAuthenticatePin;
	PFN_CARD_GET_CHALLENGE pfnCardGetChallenge;
	PFN_CARD_AUTHENTICATE_CHALLENGE pfnCardAuthenticateChallenge;
	PFN_CARD_UNBLOCK_PIN pfnCardUnblockPin;
	PFN_CARD_CHANGE_AUTHENTICATOR pfnCardChangeAuthenticator;
	PFN_CARD_DEAUTHENTICATE pfnCardDeauthenticate;
	PFN_CARD_CREATE_DIRECTORY pfnCardCreateDirectory;
	PFN_CARD_DELETE_DIRECTORY pfnCardDeleteDirectory;
	LPVOID pvUnused3;
	LPVOID pvUnused4;
	PFN_CARD_CREATE_FILE pfnCardCreateFile;
	PFN_CARD_READ_FILE pfnCardReadFile;
	PFN_CARD_WRITE_FILE pfnCardWriteFile;
	PFN_CARD_DELETE_FILE pfnCardDeleteFile;
	PFN_CARD_ENUM_FILES pfnCardEnumFiles;
	PFN_CARD_GET_FILE_INFO pfnCardGetFileInfo;
	PFN_CARD_QUERY_FREE_SPACE pfnCardQueryFreeSpace;
	PFN_CARD_QUERY_KEY_SIZES pfnCardQueryKeySizes;
	PFN_CARD_SIGN_DATA pfnCardSignData;
	PFN_CARD_RSA_DECRYPT pfnCardRSADecrypt;
	PFN_CARD_CONSTRUCT_DH_AGREEMENT pfnCardConstructDHAgreement;
	/* version 5 */
	PFN_CARD_DERIVE_KEY pfnCardDeriveKey;
	PFN_CARD_DESTROY_DH_AGREEMENT pfnCardDestroyDHAgreement;
	PFN_CSP_GET_DH_AGREEMENT pfnCspGetDHAgreement; /* the caller's */
	/* version 6 */
	PFN_CARD_GET_CHALLENGE_EX pfnCardGetChallengeEx;
	PFN_CARD_AUTHENTICATE_EX pfnCardAuthenticateEx;
	PFN_CARD_CHANGE_AUTHENTICATOR_EX pfnCardChangeAuthenticatorEx;
	PFN_CARD_DEAUTHENTICATE_EX pfnCardDeauthenticateEx;
	PFN_CARD_GET_CONTAINER_PROPERTY pfnCardGetContainerProperty;
	PFN_CARD_SET_CONTAINER_PROPERTY pfnCardSetContainerProperty;
	PFN_CARD_GET_PROPERTY pfnCardGetProperty;
	PFN_CARD_SET_PROPERTY pfnCardSetProperty;
	/* version 7 */
	PFN_CSP_UNPAD_DATA pfnCspUnpadData; /* the caller's */
	PFN_MD_IMPORT_SESSION_KEY pfnMDImportSessionKey;
	PFN_MD_ENCRYPT_DATA pfnMDEncryptData;
	PFN_CARD_IMPORT_SESSION_KEY pfnCardImportSessionKey;
	PFN_CARD_GET_SHARED_KEY_HANDLE pfnCardGetSharedKeyHandle;
	PFN_CARD_GET_ALGORITHM_PROPERTY pfnCardGetAlgorithmProperty;
	PFN_CARD_GET_KEY_PROPERTY pfnCardGetKeyProperty;
	PFN_CARD_SET_KEY_PROPERTY pfnCardSetKeyProperty;
	PFN_CARD_DESTROY_KEY pfnCardDestroyKey;
	PFN_CARD_PROCESS_ENCRYPTED_DATA pfnCardProcessEncryptedData;
	PFN_CARD_CREATE_CONTAINER_EX pfnCardCreateContainerEx;
};

/*
 * The one entry into the minidriver: check what the caller set, agree on a version, fill the table.
 * Errors: SCARD_E_INVALID_PARAMETER (NULL, flags, ATR length, allocation functions), SCARD_E_INVALID_HANDLE,
 * ERROR_REVISION_MISMATCH (below 4), SCARD_E_UNKNOWN_CARD (an ATR that is none), SCARD_E_NO_MEMORY.
 */
DWORD WINAPI CardAcquireContext(PCARD_DATA pCardData, DWORD dwFlags);

#ifdef __cplusplus
}
#endif

MDP_STATIC_ASSERT(sizeof(CONTAINER_MAP_RECORD) == 86, "record of cmapfile");
MDP_STATIC_ASSERT(sizeof(CARD_CACHE_FILE_FORMAT) == 6, "file cardcf");
#if UINTPTR_MAX == UINT64_MAX
MDP_STATIC_ASSERT(offsetof(CARD_DERIVE_KEY, pwszAlgId) == 48, "CARD_DERIVE_KEY version 1 has 48 bytes");
MDP_STATIC_ASSERT(offsetof(CARD_DERIVE_KEY, dwKeyLen) == 56, "CARD_DERIVE_KEY");
MDP_STATIC_ASSERT(offsetof(CARD_DERIVE_KEY, hKey) == 64, "CARD_DERIVE_KEY");
MDP_STATIC_ASSERT(sizeof(CARD_DERIVE_KEY) == 72, "CARD_DERIVE_KEY version 2");
MDP_STATIC_ASSERT(offsetof(CARD_DH_AGREEMENT_INFO, bSecretAgreementIndex) == 36, "CARD_DH_AGREEMENT_INFO");
MDP_STATIC_ASSERT(sizeof(CARD_DH_AGREEMENT_INFO) == 40, "CARD_DH_AGREEMENT_INFO");
MDP_STATIC_ASSERT(sizeof(PIN_INFO) == 36, "PIN_INFO");
MDP_STATIC_ASSERT(offsetof(CARD_DATA, pfnCardDeriveKey) == 8 * 41, "version 4 ends with pfnCardConstructDHAgreement");
MDP_STATIC_ASSERT(offsetof(CARD_DATA, pfnCardGetProperty) == 400, "CARD_DATA");
MDP_STATIC_ASSERT(sizeof(CARD_DATA) == 8 * 63, "CARD_DATA version 7");
#endif

#endif
