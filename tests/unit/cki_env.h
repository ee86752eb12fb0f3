/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of pkcs11/ share: the module over the card in memory, ready to be called, and the other side of
 * each computation done with OpenSSL alone.
 */
#ifndef MDP_TESTS_CKI_ENV_H
#define MDP_TESTS_CKI_ENV_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"
#include "tests/unit/test.h"

#define ENV_PIN "123456"

/* What is on the card in memory; the CKA_ID of each key and of its certificate is one byte. */
enum env_key {
	ENV_P256 = 1,    /* derives and signs, has a certificate */
	ENV_P384 = 2,    /* derives only */
	ENV_P521 = 3,    /* derives only */
	ENV_RSA = 4,     /* signs */
	ENV_ALWAYS = 5,  /* P-256, signs, asks for its PIN each time */
	ENV_SIGNER = 6,  /* P-256, may not derive */
};

struct env {
	CK_FUNCTION_LIST *f;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session; /* read-only */
	CK_OBJECT_HANDLE key;      /* ENV_P256, private; after env_login() */
};
extern struct env env;

/* The card in its reader, the module not initialised. */
void env_card(void);
/* The card as the test has described it, C_Initialize, slot 0, a session. */
void env_begin(void);
/* Both. */
void env_start(void);
/* The same as env_start() and logged in. */
void env_start_logged_in(void);
void env_login(void);
void env_stop(void);
void env_take_card(void);
void env_put_card(void);
/* Operations that the card has been asked for: ECDH and signatures; and everything that would be a command. */
unsigned long env_card_operations(void);
unsigned long env_card_commands(void);
/* A switch in the configuration, before env_start(). */
void env_config(const char *name, bool value);

CK_OBJECT_HANDLE env_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, enum env_key id);
CK_SESSION_HANDLE env_session(CK_FLAGS flags);

/* An attribute of an object, into a buffer; returns its length. Fails the test if it cannot be read. */
size_t env_attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *buffer, size_t room);
bool env_flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
CK_ULONG env_number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

/* The other side of an agreement. */
struct env_peer {
	EVP_PKEY *key;
	uint8_t point[133];      /* 04 || X || Y */
	size_t point_len;
	uint8_t compressed[67];
	size_t compressed_len;
	uint8_t z[66];           /* with the card's key */
	size_t z_len;
};
void env_peer_make(struct env_peer *peer, enum env_key card_key, const char *curve);
void env_peer_free(struct env_peer *peer);
/* Z only. */
void env_peer_agree(struct env_peer *peer, const uint8_t *card_point, size_t card_point_len, const char *curve);

/* OpenSSL's name of a hash; NULL for those it has not or that no KDF of ECDH uses. */
const char *env_digest(enum md_hash hash);
/* KDFs by OpenSSL: name X963KDF or SSKDF. */
void env_kdf(const char *name, const char *hash, const struct env_peer *peer, const void *info, size_t info_len,
	     uint8_t *out, size_t out_len);

/* The PRF of TLS 1.2 by OpenSSL, or of TLS 1.0 with the hash MD5-SHA1. */
struct env_prf {
	const char *hash;
	const void *secret;
	size_t secret_len;
	const char *label;
	const void *seed;
	size_t seed_len;
};
void env_tls_prf(const struct env_prf *prf, uint8_t *out, size_t out_len);

/* Derive with (kdf, info) from ENV_P256 or env.key and the point; the template as given. */
CK_RV env_derive(const struct env_peer *peer, CK_ULONG kdf, const void *info, size_t info_len, CK_ATTRIBUTE *templ,
		 CK_ULONG count, CK_OBJECT_HANDLE *key);
/* A session key of these bytes. */
CK_OBJECT_HANDLE env_import(CK_KEY_TYPE type, const void *value, size_t len);

/* A generic session key of random bytes, which has never been anything else than this. */
CK_OBJECT_HANDLE env_generate(CK_ULONG len, bool sensitive, bool extractable);
/* C_DeriveKey with a parameter of these bytes. */
struct env_derivation {
	CK_MECHANISM_TYPE mechanism;
	const void *param;
	size_t param_len;
	CK_OBJECT_HANDLE base;
	CK_ATTRIBUTE *templ;
	CK_ULONG count;
};
CK_RV env_derive_key(const struct env_derivation *derivation, CK_OBJECT_HANDLE *key);
/* The same with success. */
CK_OBJECT_HANDLE env_derived(const struct env_derivation *derivation);
/* The same refused with this code: no handle, no object and no card command. */
void env_refuse(CK_RV expected, const struct env_derivation *derivation);
/* CKA_VALUE, and a key's CKA_VALUE_LEN. */
void env_expect_value(CK_OBJECT_HANDLE object, const void *value, size_t len);
/* CKA_VALUE is not given. */
void env_expect_hidden(CK_OBJECT_HANDLE key);
/* CKA_SENSITIVE, _EXTRACTABLE, _ALWAYS_SENSITIVE and _NEVER_EXTRACTABLE: "sean", a capital for each that is set. */
void env_expect_flags(CK_OBJECT_HANDLE key, const char *flags);
/* How many objects of a class the session sees. */
CK_ULONG env_count(CK_OBJECT_CLASS class);

#define ENV_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define env_rv(expected, call) ck_assert_uint_eq((call), (expected))
#define env_ok(call) env_rv(CKR_OK, call)

#endif
