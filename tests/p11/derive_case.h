/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One derivation as a caller of PKCS#11 asks for it, and its way through any module: base keys by C_CreateObject,
 * C_DeriveKey or C_GenerateKey, CKA_VALUE of what came out. The known answers (tests/unit/test_vectors_pkcs11*.c) and
 * the comparison with other modules (tests/integration/second_opinion*.c) fill it in, each its own way.
 */
#ifndef MDP_TESTS_P11_DERIVE_CASE_H
#define MDP_TESTS_P11_DERIVE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "tests/p11/derive_params.h"

/* Mechanisms with one kind of parameter. */
enum derive_family {
	FAMILY_ECDH,
	FAMILY_HASH,        /* no parameter */
	FAMILY_DATA,        /* CK_KEY_DERIVATION_STRING_DATA: joined, combined or encrypted in ECB */
	FAMILY_CBC,         /* data encrypted in CBC */
	FAMILY_SECOND_KEY,  /* the handle of another key */
	FAMILY_BITS,        /* CK_EXTRACT_PARAMS */
	FAMILY_HKDF,
	FAMILY_KBKDF,
	FAMILY_TLS_MASTER,
	FAMILY_TLS_EXTENDED,
	FAMILY_TLS_KEYS,
	FAMILY_TLS_PRF,
	FAMILY_TLS_KDF,
	FAMILY_PBKDF2,      /* C_GenerateKey */
	FAMILY_CAPI,        /* CryptDeriveKey */
};

struct derive_mechanism {
	CK_MECHANISM_TYPE mechanism;
	const char *name;
	enum derive_family family;
	const char *hash;  /* OpenSSL's name, where the mechanism says it */
	size_t block;      /* of the cipher, bytes */
	bool dh;           /* TLS master secrets: of a premaster secret without a version */
	bool tls12;        /* its structure ends with a hash */
};

/* All that this file knows; NULL: none. */
const struct derive_mechanism *derive_mechanism_find(CK_MECHANISM_TYPE mechanism);
const struct derive_mechanism *derive_mechanism_at(size_t i);

#define FIELDS_MAX 8u
#define MORE_MAX 4u
#define PARTS_MAX 8u
#define RESULT_ROOM 16384u

/* One field of SP 800-108's input. */
struct derive_field {
	enum p11_field_type type;
	CK_ULONG bits;           /* counter, length */
	bool little_endian;
	enum p11_length_method method;
	struct span bytes;       /* a key's too */
};

/* What a mechanism does not use stays zero. Spans are borrowed. */
struct derive_case {
	const struct derive_mechanism *m;
	CK_KEY_TYPE base_type;
	struct span base;        /* the key's bytes; of an EC key its private number; PBKDF2: the password */
	struct span curve;       /* EC: CKA_EC_PARAMS; none: the token's only private key */
	CK_OBJECT_CLASS class;   /* of what comes out: a secret key, or data (CKM_HKDF_DATA) */
	CK_KEY_TYPE type;
	CK_ULONG len;            /* CKA_VALUE_LEN; 0: not in the template */
	CK_ULONG number;         /* ECDH: the kdf; EXTRACT: the first bit; PBKDF2: the prf; CAPI: ALG_ID */
	CK_MECHANISM_TYPE hash;  /* HKDF's and TLS' hash, SP 800-108's PRF */
	struct span data;        /* ECDH: shared data; HKDF: info; TLS: context, seed or session hash; else the data */
	struct span salt;        /* HKDF, PBKDF2; IV of feedback and of CBC */
	struct span label;
	struct span point;
	struct span second;      /* another key: the second of two, HKDF's salt key */
	bool salt_is_key;
	struct span client, server; /* TLS' random numbers */
	bool extract, expand;
	CK_ULONG iterations;
	CK_ULONG mac_bits, key_bits, iv_bits; /* TLS; CAPI: the key's bits, or 0 */
	enum p11_capi_flag salt_flag;
	struct derive_field fields[FIELDS_MAX];
	size_t field_count;
	CK_ULONG more[MORE_MAX]; /* lengths of the keys besides the first */
	size_t more_count;
};

/* Keys, initial values, versions: in the order in which the mechanism's structure names them, the derived key first. */
struct derive_result {
	uint8_t bytes[RESULT_ROOM];
	struct {
		size_t at;
		size_t len;
	} parts[PARTS_MAX];
	size_t count;
	const char *call; /* the function that said no */
};

struct span derive_result_part(const struct derive_result *result, size_t i);
/* False: there is no more room. */
bool derive_result_add(struct derive_result *result, struct span part);

/* A module's functions and a session, in which EC keys are the token's or, where it has none on the curve, made. */
struct derive_session {
	CK_FUNCTION_LIST *f;
	CK_SESSION_HANDLE session;
	bool token_ec;
	bool password_len_is_number; /* CK_PKCS5_PBKD2_PARAMS2, else CK_PKCS5_PBKD2_PARAMS: nothing tells them apart */
};

/* Run it; objects made on the way are gone afterwards. Returns what the module said, with the call in *ret_result. */
CK_RV derive_case_run(const struct derive_session *s, const struct derive_case *c, struct derive_result *ret_result);

#endif
