/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pkcs11.h of p11-kit, and what it lacks of PKCS#11 3.0 to 3.2. p11-kit 0.24 speaks 2.40, later ones 3.0 and
 * more: everything here is guarded, so that theirs is used where they have it.
 */
#ifndef MDP_PKCS11_PKCS11_COMPAT_H
#define MDP_PKCS11_PKCS11_COMPAT_H

#include <p11-kit/pkcs11.h>

/* Names of members that p11-kit 0.24 leaves behind as macros. */
#undef params
#undef hash_alg
#undef s_len
#undef source_data
#undef source_data_len
#undef counter_bits
#undef iv_ptr
#undef iv_len
#undef iv_bits
#undef aad_ptr
#undef aad_len
#undef tag_bits
#undef shared_data_len
#undef shared_data
#undef public_data_len
#undef public_data
#undef string_data
#undef string_data_len
#undef data_params
#undef min_key_size
#undef max_key_size

/* The functions of 2.40 in the order of CK_FUNCTION_LIST. */
#define CKI_FUNCTIONS_2_40(X) X(C_Initialize) X(C_Finalize) X(C_GetInfo) CKI_FUNCTIONS_AFTER_INFO(X)
#define CKI_FUNCTIONS_AFTER_INFO(X)                                                                            \
	X(C_GetFunctionList) X(C_GetSlotList) X(C_GetSlotInfo)                                                 \
	X(C_GetTokenInfo) X(C_GetMechanismList) X(C_GetMechanismInfo) X(C_InitToken) X(C_InitPIN) X(C_SetPIN)  \
	X(C_OpenSession) X(C_CloseSession) X(C_CloseAllSessions) X(C_GetSessionInfo) X(C_GetOperationState)    \
	X(C_SetOperationState) X(C_Login) X(C_Logout) X(C_CreateObject) X(C_CopyObject) X(C_DestroyObject)     \
	X(C_GetObjectSize) X(C_GetAttributeValue) X(C_SetAttributeValue) X(C_FindObjectsInit) X(C_FindObjects) \
	X(C_FindObjectsFinal) X(C_EncryptInit) X(C_Encrypt) X(C_EncryptUpdate) X(C_EncryptFinal)               \
	X(C_DecryptInit) X(C_Decrypt) X(C_DecryptUpdate) X(C_DecryptFinal) X(C_DigestInit) X(C_Digest)         \
	X(C_DigestUpdate) X(C_DigestKey) X(C_DigestFinal) X(C_SignInit) X(C_Sign) X(C_SignUpdate)              \
	X(C_SignFinal) X(C_SignRecoverInit) X(C_SignRecover) X(C_VerifyInit) X(C_Verify) X(C_VerifyUpdate)     \
	X(C_VerifyFinal) X(C_VerifyRecoverInit) X(C_VerifyRecover) X(C_DigestEncryptUpdate)                    \
	X(C_DecryptDigestUpdate) X(C_SignEncryptUpdate) X(C_DecryptVerifyUpdate) X(C_GenerateKey)              \
	X(C_GenerateKeyPair) X(C_WrapKey) X(C_UnwrapKey) X(C_DeriveKey) X(C_SeedRandom) X(C_GenerateRandom)    \
	X(C_GetFunctionStatus) X(C_CancelFunction) X(C_WaitForSlotEvent)

/* What CK_FUNCTION_LIST_3_0 has after them. */
#define CKI_FUNCTIONS_3_0(X)                                                                                   \
	X(C_GetInterfaceList) X(C_GetInterface) X(C_LoginUser) X(C_SessionCancel) X(C_MessageEncryptInit)      \
	X(C_EncryptMessage) X(C_EncryptMessageBegin) X(C_EncryptMessageNext) X(C_MessageEncryptFinal)          \
	X(C_MessageDecryptInit) X(C_DecryptMessage) X(C_DecryptMessageBegin) X(C_DecryptMessageNext)           \
	X(C_MessageDecryptFinal) X(C_MessageSignInit) X(C_SignMessage) X(C_SignMessageBegin)                   \
	X(C_SignMessageNext) X(C_MessageSignFinal) X(C_MessageVerifyInit) X(C_VerifyMessage)                   \
	X(C_VerifyMessageBegin) X(C_VerifyMessageNext) X(C_MessageVerifyFinal)

/* What CK_FUNCTION_LIST_3_2 has after them. */
#define CKI_FUNCTIONS_3_2(X)                                                                                   \
	X(C_EncapsulateKey) X(C_DecapsulateKey) X(C_VerifySignatureInit) X(C_VerifySignature)                  \
	X(C_VerifySignatureUpdate) X(C_VerifySignatureFinal) X(C_GetSessionValidationFlags)                    \
	X(C_AsyncComplete) X(C_AsyncGetID) X(C_AsyncJoin) X(C_WrapKeyAuthenticated)                            \
	X(C_UnwrapKeyAuthenticated)

#ifndef CKF_INTERFACE_FORK_SAFE
#define CKF_INTERFACE_FORK_SAFE 0x00000001UL
#define CKF_END_OF_MESSAGE 0x00000001UL

typedef struct ck_interface {
	char *pInterfaceName;
	void *pFunctionList;
	CK_FLAGS flags;
} CK_INTERFACE;
typedef CK_INTERFACE *CK_INTERFACE_PTR;
typedef CK_INTERFACE_PTR *CK_INTERFACE_PTR_PTR;

#define CKI_DECLARE(name, ...)                    \
	typedef CK_RV (*CK_##name)(__VA_ARGS__); \
	CK_RV name(__VA_ARGS__)

CKI_DECLARE(C_GetInterfaceList, CK_INTERFACE *interfaces, CK_ULONG *count);
CKI_DECLARE(C_GetInterface, CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface_, CK_FLAGS flags);
CKI_DECLARE(C_LoginUser, CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_len,
	    CK_UTF8CHAR *name, CK_ULONG name_len);
CKI_DECLARE(C_SessionCancel, CK_SESSION_HANDLE session, CK_FLAGS flags);
CKI_DECLARE(C_MessageEncryptInit, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CKI_DECLARE(C_EncryptMessage, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
	    CK_ULONG aad_size, CK_BYTE *plain, CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len);
CKI_DECLARE(C_EncryptMessageBegin, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
	    CK_ULONG aad_size);
CKI_DECLARE(C_EncryptMessageNext, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *plain,
	    CK_ULONG plain_len, CK_BYTE *cipher, CK_ULONG *cipher_len, CK_FLAGS flags);
CKI_DECLARE(C_MessageEncryptFinal, CK_SESSION_HANDLE session);
CKI_DECLARE(C_MessageDecryptInit, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CKI_DECLARE(C_DecryptMessage, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
	    CK_ULONG aad_size, CK_BYTE *cipher, CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len);
CKI_DECLARE(C_DecryptMessageBegin, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *aad,
	    CK_ULONG aad_size);
CKI_DECLARE(C_DecryptMessageNext, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *cipher,
	    CK_ULONG cipher_len, CK_BYTE *plain, CK_ULONG *plain_len, CK_FLAGS flags);
CKI_DECLARE(C_MessageDecryptFinal, CK_SESSION_HANDLE session);
CKI_DECLARE(C_MessageSignInit, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CKI_DECLARE(C_SignMessage, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
	    CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len);
CKI_DECLARE(C_SignMessageBegin, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len);
CKI_DECLARE(C_SignMessageNext, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
	    CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *signature_len);
CKI_DECLARE(C_MessageSignFinal, CK_SESSION_HANDLE session);
CKI_DECLARE(C_MessageVerifyInit, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CKI_DECLARE(C_VerifyMessage, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
	    CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len);
CKI_DECLARE(C_VerifyMessageBegin, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len);
CKI_DECLARE(C_VerifyMessageNext, CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_len, CK_BYTE *data,
	    CK_ULONG data_len, CK_BYTE *signature, CK_ULONG signature_len);
CKI_DECLARE(C_MessageVerifyFinal, CK_SESSION_HANDLE session);

#define CKI_MEMBER(name) CK_##name name;
typedef struct ck_function_list_3_0 {
	CK_VERSION version;
	CKI_FUNCTIONS_2_40(CKI_MEMBER)
	CKI_FUNCTIONS_3_0(CKI_MEMBER)
} CK_FUNCTION_LIST_3_0;
typedef CK_FUNCTION_LIST_3_0 *CK_FUNCTION_LIST_3_0_PTR;
#undef CKI_MEMBER
#undef CKI_DECLARE
#endif

#ifndef CKF_ENCAPSULATE
#define CKF_ENCAPSULATE 0x10000000UL
#define CKF_DECAPSULATE 0x20000000UL
#define CKA_ENCAPSULATE 0x633UL
#define CKA_DECAPSULATE 0x634UL
#define CKS_LAST_VALIDATION_OK 1UL

typedef CK_ULONG CK_SESSION_VALIDATION_FLAGS_TYPE;
typedef struct CK_ASYNC_DATA {
	CK_ULONG ulVersion;
	CK_BYTE *pValue;
	CK_ULONG ulValue;
	CK_OBJECT_HANDLE hObject;
	CK_OBJECT_HANDLE hAdditionalObject;
} CK_ASYNC_DATA;

#define CKI_DECLARE(name, ...)                    \
	typedef CK_RV (*CK_##name)(__VA_ARGS__); \
	CK_RV name(__VA_ARGS__)

CKI_DECLARE(C_EncapsulateKey, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE public_key,
	    CK_ATTRIBUTE *templ, CK_ULONG count, CK_BYTE *ciphertext, CK_ULONG *ciphertext_len, CK_OBJECT_HANDLE *key);
CKI_DECLARE(C_DecapsulateKey, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE private_key,
	    CK_ATTRIBUTE *templ, CK_ULONG count, CK_BYTE *ciphertext, CK_ULONG ciphertext_len, CK_OBJECT_HANDLE *key);
CKI_DECLARE(C_VerifySignatureInit, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
	    CK_BYTE *signature, CK_ULONG signature_len);
CKI_DECLARE(C_VerifySignature, CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len);
CKI_DECLARE(C_VerifySignatureUpdate, CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len);
CKI_DECLARE(C_VerifySignatureFinal, CK_SESSION_HANDLE session);
CKI_DECLARE(C_GetSessionValidationFlags, CK_SESSION_HANDLE session, CK_SESSION_VALIDATION_FLAGS_TYPE type,
	    CK_FLAGS *flags);
CKI_DECLARE(C_AsyncComplete, CK_SESSION_HANDLE session, CK_UTF8CHAR *function, CK_ASYNC_DATA *result);
CKI_DECLARE(C_AsyncGetID, CK_SESSION_HANDLE session, CK_UTF8CHAR *function, CK_ULONG *id);
CKI_DECLARE(C_AsyncJoin, CK_SESSION_HANDLE session, CK_UTF8CHAR *function, CK_ULONG id, CK_BYTE *data,
	    CK_ULONG data_len);
CKI_DECLARE(C_WrapKeyAuthenticated, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping,
	    CK_OBJECT_HANDLE key, CK_BYTE *associated, CK_ULONG associated_len, CK_BYTE *wrapped,
	    CK_ULONG *wrapped_len);
CKI_DECLARE(C_UnwrapKeyAuthenticated, CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping,
	    CK_BYTE *wrapped, CK_ULONG wrapped_len, CK_ATTRIBUTE *templ, CK_ULONG count, CK_BYTE *associated,
	    CK_ULONG associated_len, CK_OBJECT_HANDLE *key);

#define CKI_MEMBER(name) CK_##name name;
typedef struct CK_FUNCTION_LIST_3_2 {
	CK_VERSION version;
	CKI_FUNCTIONS_2_40(CKI_MEMBER)
	CKI_FUNCTIONS_3_0(CKI_MEMBER)
	CKI_FUNCTIONS_3_2(CKI_MEMBER)
} CK_FUNCTION_LIST_3_2;
#undef CKI_MEMBER
#undef CKI_DECLARE
#endif

#ifndef CKF_FIND_OBJECTS
#define CKF_FIND_OBJECTS (1UL << 6)
#endif
#ifndef CKF_MESSAGE_ENCRYPT
#define CKF_MESSAGE_ENCRYPT (1UL << 1)
#define CKF_MESSAGE_DECRYPT (1UL << 2)
#define CKF_MESSAGE_SIGN (1UL << 3)
#define CKF_MESSAGE_VERIFY (1UL << 4)
#define CKF_MULTI_MESSAGE (1UL << 5)
#endif

/* Objects and attributes */
#ifndef CKO_PROFILE
#define CKO_PROFILE 9UL
#endif
#ifndef CKP_BASELINE_PROVIDER
#define CKP_INVALID_ID 0UL
#define CKP_BASELINE_PROVIDER 1UL
#define CKP_EXTENDED_PROVIDER 2UL
#define CKP_AUTHENTICATION_TOKEN 3UL
#define CKP_PUBLIC_CERTIFICATES_TOKEN 4UL
#endif
#ifndef CKP_HKDF_TLS_TOKEN
#define CKP_COMPLETE_PROVIDER 5UL
#define CKP_HKDF_TLS_TOKEN 6UL
#endif
#ifndef CK_SECURITY_DOMAIN_UNSPECIFIED
#define CK_SECURITY_DOMAIN_UNSPECIFIED 0UL
#endif
#ifndef CKA_UNIQUE_ID
#define CKA_UNIQUE_ID 4UL
#endif
/* OpenSC's pkcs11-opensc.h; pkcs11-tool shows it */
#ifndef CKA_OPENSC_NON_REPUDIATION
#define CKA_OPENSC_NON_REPUDIATION (CKA_VENDOR_DEFINED | 0x4F534301UL)
#endif
#ifndef CKA_PROFILE_ID
#define CKA_PROFILE_ID 0x601UL
#endif
#ifndef CK_CERTIFICATE_CATEGORY_UNSPECIFIED
#define CK_CERTIFICATE_CATEGORY_UNSPECIFIED 0UL
#define CK_CERTIFICATE_CATEGORY_TOKEN_USER 1UL
#define CK_CERTIFICATE_CATEGORY_AUTHORITY 2UL
#define CK_CERTIFICATE_CATEGORY_OTHER_ENTITY 3UL
#endif

/* Key types */
#ifndef CKK_EC_EDWARDS
#define CKK_EC_EDWARDS 0x40UL
#endif
#ifndef CKK_EC_MONTGOMERY
#define CKK_EC_MONTGOMERY 0x41UL
#endif
#ifndef CKK_SHA3_224_HMAC
#define CKK_SHA3_224_HMAC 0x36UL
#define CKK_SHA3_256_HMAC 0x37UL
#define CKK_SHA3_384_HMAC 0x38UL
#define CKK_SHA3_512_HMAC 0x39UL
#endif
#ifndef CKK_CHACHA20
#define CKK_CHACHA20 0x33UL
#endif
#ifndef CKK_AES_XTS
#define CKK_AES_XTS 0x35UL
#endif
#ifndef CKK_HKDF
#define CKK_HKDF 0x42UL
#endif
#ifndef CKK_BLAKE2B_160_HMAC
#define CKK_BLAKE2B_160_HMAC 0x3aUL
#define CKK_BLAKE2B_256_HMAC 0x3bUL
#define CKK_BLAKE2B_384_HMAC 0x3cUL
#define CKK_BLAKE2B_512_HMAC 0x3dUL
#endif
#ifndef CKK_SHA512_224_HMAC
#define CKK_SHA512_224_HMAC 0x43UL
#define CKK_SHA512_256_HMAC 0x44UL
#define CKK_SHA512_T_HMAC 0x45UL
#endif

/* Key derivation functions of the ECDH mechanisms */
#ifndef CKD_SHA3_224_KDF
#define CKD_SHA3_224_KDF 0x0aUL
#define CKD_SHA3_256_KDF 0x0bUL
#define CKD_SHA3_384_KDF 0x0cUL
#define CKD_SHA3_512_KDF 0x0dUL
#endif
#ifndef CKD_SHA1_KDF_SP800
#define CKD_SHA1_KDF_SP800 0x0eUL
#define CKD_SHA224_KDF_SP800 0x0fUL
#define CKD_SHA256_KDF_SP800 0x10UL
#define CKD_SHA384_KDF_SP800 0x11UL
#define CKD_SHA512_KDF_SP800 0x12UL
#define CKD_SHA3_224_KDF_SP800 0x13UL
#define CKD_SHA3_256_KDF_SP800 0x14UL
#define CKD_SHA3_384_KDF_SP800 0x15UL
#define CKD_SHA3_512_KDF_SP800 0x16UL
#endif
#ifndef CKD_BLAKE2B_160_KDF
#define CKD_BLAKE2B_160_KDF 0x17UL
#define CKD_BLAKE2B_256_KDF 0x18UL
#define CKD_BLAKE2B_384_KDF 0x19UL
#define CKD_BLAKE2B_512_KDF 0x1aUL
#endif

/* Mechanisms */
#ifndef CKM_AES_XTS
#define CKM_AES_XTS 0x1071UL
#endif
#ifndef CKM_AES_XTS_KEY_GEN
#define CKM_AES_XTS_KEY_GEN 0x1072UL
#endif
#ifndef CKM_CHACHA20_KEY_GEN
#define CKM_CHACHA20_KEY_GEN 0x1225UL
#endif
#ifndef CKM_CHACHA20
#define CKM_CHACHA20 0x1226UL
#endif
#ifndef CKM_CHACHA20_POLY1305
#define CKM_CHACHA20_POLY1305 0x4021UL
#endif
#ifndef CKM_EC_EDWARDS_KEY_PAIR_GEN
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#endif
#ifndef CKM_EC_MONTGOMERY_KEY_PAIR_GEN
#define CKM_EC_MONTGOMERY_KEY_PAIR_GEN 0x1056UL
#endif
#ifndef CKM_EDDSA
#define CKM_EDDSA 0x1057UL
#endif
#ifndef CKM_SHA3_256_RSA_PKCS_PSS
#define CKM_SHA3_256_RSA_PKCS_PSS 0x63UL
#define CKM_SHA3_384_RSA_PKCS_PSS 0x64UL
#define CKM_SHA3_512_RSA_PKCS_PSS 0x65UL
#define CKM_SHA3_224_RSA_PKCS_PSS 0x67UL
#endif
#ifndef CKM_SHA3_256_RSA_PKCS
#define CKM_SHA3_256_RSA_PKCS 0x60UL
#define CKM_SHA3_384_RSA_PKCS 0x61UL
#define CKM_SHA3_512_RSA_PKCS 0x62UL
#endif
#ifndef CKM_SHA3_224_RSA_PKCS
#define CKM_SHA3_224_RSA_PKCS 0x66UL
#endif
#ifndef CKM_SHA3_256
#define CKM_SHA3_256 0x2b0UL
#define CKM_SHA3_256_HMAC 0x2b1UL
#define CKM_SHA3_256_HMAC_GENERAL 0x2b2UL
#define CKM_SHA3_224 0x2b5UL
#define CKM_SHA3_224_HMAC 0x2b6UL
#define CKM_SHA3_224_HMAC_GENERAL 0x2b7UL
#define CKM_SHA3_384 0x2c0UL
#define CKM_SHA3_384_HMAC 0x2c1UL
#define CKM_SHA3_384_HMAC_GENERAL 0x2c2UL
#define CKM_SHA3_512 0x2d0UL
#define CKM_SHA3_512_HMAC 0x2d1UL
#define CKM_SHA3_512_HMAC_GENERAL 0x2d2UL
#endif
#ifndef CKM_ECDSA_SHA3_224
#define CKM_ECDSA_SHA3_224 0x1047UL
#define CKM_ECDSA_SHA3_256 0x1048UL
#define CKM_ECDSA_SHA3_384 0x1049UL
#define CKM_ECDSA_SHA3_512 0x104aUL
#endif
#ifndef CKM_BLAKE2B_160
#define CKM_BLAKE2B_160 0x400cUL
#define CKM_BLAKE2B_256 0x4011UL
#define CKM_BLAKE2B_384 0x4016UL
#define CKM_BLAKE2B_512 0x401bUL
#define CKM_BLAKE2B_512_HMAC 0x401cUL
#define CKM_BLAKE2B_512_HMAC_GENERAL 0x401dUL
#endif
#ifndef CKM_AES_KEY_WRAP_KWP
#define CKM_AES_KEY_WRAP_KWP 0x210bUL
#endif
#ifndef CKM_AES_KEY_WRAP_PKCS7
#define CKM_AES_KEY_WRAP_PKCS7 0x210cUL
#endif
#ifndef CKM_SHA3_256_KEY_DERIVATION
#define CKM_SHA3_256_KEY_DERIVATION 0x397UL
#define CKM_SHA3_224_KEY_DERIVATION 0x398UL
#define CKM_SHA3_384_KEY_DERIVATION 0x399UL
#define CKM_SHA3_512_KEY_DERIVATION 0x39aUL
#endif
#ifndef CKG_MGF1_SHA3_224
#define CKG_MGF1_SHA3_224 0x6UL
#define CKG_MGF1_SHA3_256 0x7UL
#define CKG_MGF1_SHA3_384 0x8UL
#define CKG_MGF1_SHA3_512 0x9UL
#endif
#ifndef CKM_SHA512_224_KEY_DERIVATION
#define CKM_SHA512_224_KEY_DERIVATION 0x4bUL
#endif
#ifndef CKM_SHA512_256_KEY_DERIVATION
#define CKM_SHA512_256_KEY_DERIVATION 0x4fUL
#endif
#ifndef CKM_BLAKE2B_160_KEY_DERIVE
#define CKM_BLAKE2B_160_KEY_DERIVE 0x400fUL
#define CKM_BLAKE2B_256_KEY_DERIVE 0x4014UL
#define CKM_BLAKE2B_384_KEY_DERIVE 0x4019UL
#define CKM_BLAKE2B_512_KEY_DERIVE 0x401eUL
#endif
#ifndef CKM_SHAKE_128_KEY_DERIVATION
#define CKM_SHAKE_128_KEY_DERIVATION 0x39bUL
#define CKM_SHAKE_256_KEY_DERIVATION 0x39cUL
#endif
#ifndef CKM_SP800_108_COUNTER_KDF
#define CKM_SP800_108_COUNTER_KDF 0x3acUL
#define CKM_SP800_108_FEEDBACK_KDF 0x3adUL
#define CKM_SP800_108_DOUBLE_PIPELINE_KDF 0x3aeUL
#endif
#ifndef CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE
#define CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE 0x56UL
#define CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH 0x57UL
#endif
#ifndef CKM_HKDF_DERIVE
#define CKM_HKDF_DERIVE 0x402aUL
#define CKM_HKDF_DATA 0x402bUL
#define CKM_HKDF_KEY_GEN 0x402cUL
#endif
#ifndef CKM_SHA3_256_KEY_GEN
#define CKM_SHA3_256_KEY_GEN 0x2b3UL
#define CKM_SHA3_224_KEY_GEN 0x2b8UL
#define CKM_SHA3_384_KEY_GEN 0x2c3UL
#define CKM_SHA3_512_KEY_GEN 0x2d3UL
#endif
#ifndef CKM_SHA_1_KEY_GEN
#define CKM_SHA_1_KEY_GEN 0x4003UL
#define CKM_SHA224_KEY_GEN 0x4004UL
#define CKM_SHA256_KEY_GEN 0x4005UL
#define CKM_SHA384_KEY_GEN 0x4006UL
#define CKM_SHA512_KEY_GEN 0x4007UL
#define CKM_SHA512_224_KEY_GEN 0x4008UL
#define CKM_SHA512_256_KEY_GEN 0x4009UL
#endif

/*
 * The parameters of HKDF, of SP 800-108 and of PBKDF2 (PKCS#11 3.2 6.62.2, 6.42.2, 6.37.3). The names are ours, CKI_
 * for CK_, because nothing tells whether p11-kit's header has the types.
 */
#ifndef CKF_HKDF_SALT_NULL
#define CKF_HKDF_SALT_NULL 0x1UL
#define CKF_HKDF_SALT_DATA 0x2UL
#define CKF_HKDF_SALT_KEY 0x4UL
#endif
typedef struct cki_hkdf_params {
	CK_BBOOL bExtract;
	CK_BBOOL bExpand;
	CK_MECHANISM_TYPE prfHashMechanism;
	CK_ULONG ulSaltType;
	CK_BYTE *pSalt;
	CK_ULONG ulSaltLen;
	CK_OBJECT_HANDLE hSaltKey;
	CK_BYTE *pInfo;
	CK_ULONG ulInfoLen;
} CKI_HKDF_PARAMS;

#ifndef CK_SP800_108_ITERATION_VARIABLE
#define CK_SP800_108_ITERATION_VARIABLE 0x1UL
#define CK_SP800_108_DKM_LENGTH 0x3UL
#define CK_SP800_108_BYTE_ARRAY 0x4UL
#endif
#ifndef CK_SP800_108_COUNTER
#define CK_SP800_108_COUNTER 0x2UL
#endif
#ifndef CK_SP800_108_KEY_HANDLE
#define CK_SP800_108_KEY_HANDLE 0x5UL
#endif
#ifndef CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS
#define CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS 0x1UL
#define CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS 0x2UL
#endif
typedef struct cki_prf_data_param {
	CK_ULONG type;
	void *pValue;
	CK_ULONG ulValueLen;
} CKI_PRF_DATA_PARAM;
typedef struct cki_sp800_108_counter_format {
	CK_BBOOL bLittleEndian;
	CK_ULONG ulWidthInBits;
} CKI_SP800_108_COUNTER_FORMAT;
typedef struct cki_sp800_108_dkm_length_format {
	CK_ULONG dkmLengthMethod;
	CK_BBOOL bLittleEndian;
	CK_ULONG ulWidthInBits;
} CKI_SP800_108_DKM_LENGTH_FORMAT;
typedef struct cki_derived_key {
	CK_ATTRIBUTE *pTemplate;
	CK_ULONG ulAttributeCount;
	CK_OBJECT_HANDLE *phKey;
} CKI_DERIVED_KEY;
typedef struct cki_sp800_108_kdf_params {
	CK_MECHANISM_TYPE prfType;
	CK_ULONG ulNumberOfDataParams;
	CKI_PRF_DATA_PARAM *pDataParams;
	CK_ULONG ulAdditionalDerivedKeys;
	CKI_DERIVED_KEY *pAdditionalDerivedKeys;
} CKI_SP800_108_KDF_PARAMS;
typedef struct cki_sp800_108_feedback_kdf_params {
	CK_MECHANISM_TYPE prfType;
	CK_ULONG ulNumberOfDataParams;
	CKI_PRF_DATA_PARAM *pDataParams;
	CK_ULONG ulIVLen;
	CK_BYTE *pIV;
	CK_ULONG ulAdditionalDerivedKeys;
	CKI_DERIVED_KEY *pAdditionalDerivedKeys;
} CKI_SP800_108_FEEDBACK_KDF_PARAMS;

#ifndef CKZ_SALT_SPECIFIED
#define CKZ_SALT_SPECIFIED 0x1UL
#endif
#ifndef CKP_PKCS5_PBKD2_HMAC_SHA1
#define CKP_PKCS5_PBKD2_HMAC_SHA1 0x1UL
#define CKP_PKCS5_PBKD2_HMAC_GOSTR3411 0x2UL
#define CKP_PKCS5_PBKD2_HMAC_SHA224 0x3UL
#define CKP_PKCS5_PBKD2_HMAC_SHA256 0x4UL
#define CKP_PKCS5_PBKD2_HMAC_SHA384 0x5UL
#define CKP_PKCS5_PBKD2_HMAC_SHA512 0x6UL
#define CKP_PKCS5_PBKD2_HMAC_SHA512_224 0x7UL
#define CKP_PKCS5_PBKD2_HMAC_SHA512_256 0x8UL
#endif
/* CK_PKCS5_PBKD2_PARAMS is the same with a CK_ULONG *ulPasswordLen. */
typedef struct cki_pkcs5_pbkd2_params2 {
	CK_ULONG saltSource;
	void *pSaltSourceData;
	CK_ULONG ulSaltSourceDataLen;
	CK_ULONG iterations;
	CK_ULONG prf;
	void *pPrfData;
	CK_ULONG ulPrfDataLen;
	CK_UTF8CHAR *pPassword;
	CK_ULONG ulPasswordLen;
} CKI_PKCS5_PBKD2_PARAMS2;

/*
 * The parameters of the TLS mechanisms (PKCS#11 3.2 6.39.2, 6.40.2). The names are ours, CKI_ for CK_, because nothing
 * tells whether p11-kit's header has the types.
 */
typedef struct cki_ssl3_random_data {
	CK_BYTE *pClientRandom;
	CK_ULONG ulClientRandomLen;
	CK_BYTE *pServerRandom;
	CK_ULONG ulServerRandomLen;
} CKI_SSL3_RANDOM_DATA;

typedef struct cki_ssl3_master_key_derive_params {
	CKI_SSL3_RANDOM_DATA RandomInfo;
	CK_VERSION *pVersion;
} CKI_SSL3_MASTER_KEY_DERIVE_PARAMS;

typedef struct cki_tls12_master_key_derive_params {
	CKI_SSL3_RANDOM_DATA RandomInfo;
	CK_VERSION *pVersion;
	CK_MECHANISM_TYPE prfHashMechanism;
} CKI_TLS12_MASTER_KEY_DERIVE_PARAMS;

typedef struct cki_tls12_extended_master_key_derive_params {
	CK_MECHANISM_TYPE prfHashMechanism;
	CK_BYTE *pSessionHash;
	CK_ULONG ulSessionHashLen;
	CK_VERSION *pVersion;
} CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS;

typedef struct cki_ssl3_key_mat_out {
	CK_OBJECT_HANDLE hClientMacSecret;
	CK_OBJECT_HANDLE hServerMacSecret;
	CK_OBJECT_HANDLE hClientKey;
	CK_OBJECT_HANDLE hServerKey;
	CK_BYTE *pIVClient;
	CK_BYTE *pIVServer;
} CKI_SSL3_KEY_MAT_OUT;

typedef struct cki_ssl3_key_mat_params {
	CK_ULONG ulMacSizeInBits;
	CK_ULONG ulKeySizeInBits;
	CK_ULONG ulIVSizeInBits;
	CK_BBOOL bIsExport;
	CKI_SSL3_RANDOM_DATA RandomInfo;
	CKI_SSL3_KEY_MAT_OUT *pReturnedKeyMaterial;
} CKI_SSL3_KEY_MAT_PARAMS;

typedef struct cki_tls12_key_mat_params {
	CK_ULONG ulMacSizeInBits;
	CK_ULONG ulKeySizeInBits;
	CK_ULONG ulIVSizeInBits;
	CK_BBOOL bIsExport;
	CKI_SSL3_RANDOM_DATA RandomInfo;
	CKI_SSL3_KEY_MAT_OUT *pReturnedKeyMaterial;
	CK_MECHANISM_TYPE prfHashMechanism;
} CKI_TLS12_KEY_MAT_PARAMS;

typedef struct cki_tls_kdf_params {
	CK_MECHANISM_TYPE prfMechanism;
	CK_BYTE *pLabel;
	CK_ULONG ulLabelLength;
	CKI_SSL3_RANDOM_DATA RandomInfo;
	CK_BYTE *pContextData;
	CK_ULONG ulContextDataLength;
} CKI_TLS_KDF_PARAMS;

typedef struct cki_tls_prf_params {
	CK_BYTE *pSeed;
	CK_ULONG ulSeedLen;
	CK_BYTE *pLabel;
	CK_ULONG ulLabelLen;
	CK_BYTE *pOutput;
	CK_ULONG *pulOutputLen;
} CKI_TLS_PRF_PARAMS;
/* Parameters that only some versions of p11-kit's header know, under names of our own; members as the standard has them. */
struct cki_rsa_aes_key_wrap_params { /* CK_RSA_AES_KEY_WRAP_PARAMS */
	CK_ULONG ulAESKeyBits;
	CK_RSA_PKCS_OAEP_PARAMS *pOAEPParams;
};
struct cki_eddsa_params { /* CK_EDDSA_PARAMS */
	CK_BBOOL phFlag;
	CK_ULONG ulContextDataLen;
	CK_BYTE *pContextData;
};
struct cki_ecdh_aes_key_wrap_params { /* CK_ECDH_AES_KEY_WRAP_PARAMS */
	CK_ULONG ulAESKeyBits;
	CK_ULONG kdf;
	CK_ULONG ulSharedDataLen;
	CK_BYTE *pSharedData;
};

/* Generator functions of nonces */
#ifndef CKG_NO_GENERATE
#define CKG_NO_GENERATE 0x0UL
#define CKG_GENERATE 0x1UL
#define CKG_GENERATE_COUNTER 0x2UL
#define CKG_GENERATE_RANDOM 0x3UL
#define CKG_GENERATE_COUNTER_XOR 0x4UL
#endif

/* Return values */
#ifndef CKR_AEAD_DECRYPT_FAILED
#define CKR_AEAD_DECRYPT_FAILED 0x42UL
#endif
#ifndef CKR_TOKEN_RESOURCE_EXCEEDED
#define CKR_TOKEN_RESOURCE_EXCEEDED 0x201UL
#endif
#ifndef CKR_OPERATION_CANCEL_FAILED
#define CKR_OPERATION_CANCEL_FAILED 0x202UL
#endif
#ifndef CKR_KEY_EXHAUSTED
#define CKR_KEY_EXHAUSTED 0x203UL
#endif
#ifndef CKR_SESSION_ASYNC_NOT_SUPPORTED
#define CKR_SESSION_ASYNC_NOT_SUPPORTED 0x205UL
#endif

/* Flags of sessions */
#ifndef CKF_ASYNC_SESSION
#define CKF_ASYNC_SESSION 0x8UL
#endif

#endif
