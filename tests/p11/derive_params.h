/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parameter structures and numbers of derivation mechanisms as a caller of PKCS#11 writes them, of our own under names
 * of our own: a test that took the module's header (pkcs11_compat.h) would believe whatever is wrong in it.
 * Source: PKCS#11 3.1, 6.13 to 6.62; PKCS#11 3.2 for the numbers marked so.
 */
#ifndef MDP_TESTS_P11_DERIVE_PARAMS_H
#define MDP_TESTS_P11_DERIVE_PARAMS_H

#include "pkcs11/pkcs11_compat.h"

struct p11_hkdf_params {
	CK_BBOOL extract;
	CK_BBOOL expand;
	CK_MECHANISM_TYPE hash;
	CK_ULONG salt_type;
	CK_BYTE *salt;
	CK_ULONG salt_len;
	CK_OBJECT_HANDLE salt_key;
	CK_BYTE *info;
	CK_ULONG info_len;
};
enum p11_salt_type { P11_SALT_NULL = 1, P11_SALT_DATA = 2, P11_SALT_KEY = 4 };

/* pkcs11-vendor.h of this module */
struct p11_capi_params {
	CK_MECHANISM_TYPE hash;
	CK_ULONG alg_id;
	CK_ULONG flags; /* bits << 16 */
	CK_BYTE *data;
	CK_ULONG data_len;
};
#define P11_MECHANISM_CAPI (CKM_VENDOR_DEFINED | 0x4D440001ul)
enum p11_capi_flag { P11_CAPI_CREATE_SALT = 4, P11_CAPI_NO_SALT = 16 };

enum p11_field_type {
	P11_FIELD_ITERATION = 1, /* counter mode: the counter; else what the round before gave */
	P11_FIELD_COUNTER = 2,   /* feedback and double pipeline */
	P11_FIELD_LENGTH = 3,
	P11_FIELD_BYTES = 4,
	P11_FIELD_KEY = 5,       /* 3.2: a key's value */
};
enum p11_length_method { P11_LENGTH_OF_KEYS = 1, P11_LENGTH_OF_SEGMENTS = 2 };

struct p11_counter_format {
	CK_BBOOL little_endian;
	CK_ULONG bits;
};

struct p11_length_format {
	CK_ULONG method;
	CK_BBOOL little_endian;
	CK_ULONG bits;
};

struct p11_prf_data {
	CK_ULONG type;
	void *value;
	CK_ULONG len;
};

struct p11_derived_key {
	CK_ATTRIBUTE *templ;
	CK_ULONG count;
	CK_OBJECT_HANDLE *key;
};

struct p11_kbkdf_params {
	CK_MECHANISM_TYPE prf;
	CK_ULONG field_count;
	struct p11_prf_data *fields;
	CK_ULONG more_count;
	struct p11_derived_key *more;
};

struct p11_kbkdf_feedback_params {
	CK_MECHANISM_TYPE prf;
	CK_ULONG field_count;
	struct p11_prf_data *fields;
	CK_ULONG iv_len;
	CK_BYTE *iv;
	CK_ULONG more_count;
	struct p11_derived_key *more;
};

struct p11_string_data {
	CK_BYTE *data;
	CK_ULONG len;
};

struct p11_aes_cbc_data {
	CK_BYTE iv[16];
	CK_BYTE *data;
	CK_ULONG len;
};

struct p11_des_cbc_data {
	CK_BYTE iv[8];
	CK_BYTE *data;
	CK_ULONG len;
};

struct p11_tls_randoms {
	CK_BYTE *client;
	CK_ULONG client_len;
	CK_BYTE *server;
	CK_ULONG server_len;
};

struct p11_tls12_master_params { /* the older mechanisms' structure ends before the hash */
	struct p11_tls_randoms randoms;
	CK_VERSION *version;
	CK_MECHANISM_TYPE hash;
};
#define P11_TLS_MASTER_PARAMS_LEN offsetof(struct p11_tls12_master_params, hash)

struct p11_tls_key_material {
	CK_OBJECT_HANDLE client_mac;
	CK_OBJECT_HANDLE server_mac;
	CK_OBJECT_HANDLE client_key;
	CK_OBJECT_HANDLE server_key;
	CK_BYTE *client_iv;
	CK_BYTE *server_iv;
};

struct p11_tls12_key_params { /* the older mechanisms' structure ends before the hash */
	CK_ULONG mac_bits;
	CK_ULONG key_bits;
	CK_ULONG iv_bits;
	CK_BBOOL export;
	struct p11_tls_randoms randoms;
	struct p11_tls_key_material *ret_material;
	CK_MECHANISM_TYPE hash;
};
#define P11_TLS_KEY_PARAMS_LEN offsetof(struct p11_tls12_key_params, hash)

struct p11_tls_prf_params {
	CK_BYTE *seed;
	CK_ULONG seed_len;
	CK_BYTE *label;
	CK_ULONG label_len;
	CK_BYTE *ret_output;
	CK_ULONG *ret_output_len;
};

struct p11_tls_kdf_params {
	CK_MECHANISM_TYPE hash; /* CKM_TLS_PRF: TLS 1.0's */
	CK_BYTE *label;
	CK_ULONG label_len;
	struct p11_tls_randoms randoms;
	CK_BYTE *context;
	CK_ULONG context_len;
};

struct p11_tls_extended_params {
	CK_MECHANISM_TYPE hash;
	CK_BYTE *session_hash;
	CK_ULONG session_hash_len;
	CK_VERSION *version;
};

struct p11_pbkdf2_params { /* of 2.40 errata 1 and before: the length behind a pointer */
	CK_ULONG salt_source;
	void *salt;
	CK_ULONG salt_len;
	CK_ULONG iterations;
	CK_ULONG prf;
	void *prf_data;
	CK_ULONG prf_data_len;
	CK_UTF8CHAR *password;
	union {
		CK_ULONG *pointer;
		CK_ULONG number; /* CK_PKCS5_PBKD2_PARAMS2 */
	} password_len;
};
#define P11_SALT_SPECIFIED 1UL

#ifndef CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE /* 3.2 */
#define CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE 0x56UL
#define CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH 0x57UL
#endif
#ifndef CKM_SHAKE_128_KEY_DERIVATION
#define CKM_SHAKE_128_KEY_DERIVATION 0x39bUL
#define CKM_SHAKE_256_KEY_DERIVATION 0x39cUL
#endif
#ifndef CKM_SHA3_256_HMAC
#define CKM_SHA3_256_HMAC 0x2b1UL
#define CKM_SHA3_224_HMAC 0x2b6UL
#define CKM_SHA3_384_HMAC 0x2c1UL
#define CKM_SHA3_512_HMAC 0x2d1UL
#endif
#ifndef CKM_SHA3_256
#define CKM_SHA3_256 0x2b0UL
#define CKM_SHA3_224 0x2b5UL
#define CKM_SHA3_384 0x2c0UL
#define CKM_SHA3_512 0x2d0UL
#endif

#endif
