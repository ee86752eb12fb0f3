/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the comparison share (second_opinion.c says what it is): random cases, which depend on the seed,
 * the mechanism and their number alone; the EC keys of a run; and OpenSSL's opinion.
 */
#ifndef MDP_TESTS_SECOND_OPINION_H
#define MDP_TESTS_SECOND_OPINION_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/p11/derive_case.h"

/* ---- numbers drawn from a seed ---- */

struct draw {
	uint64_t state;
};
struct draw draw_from(uint64_t seed, uint64_t what, uint64_t number);
uint64_t draw_number(struct draw *draw);
/* From `least` to `most`, both included. */
size_t draw_between(struct draw *draw, size_t least, size_t most);
bool draw_one_in(struct draw *draw, size_t n);
void draw_bytes(struct draw *draw, uint8_t *ret_bytes, size_t len);

/* ---- cases ---- */

#define POOL_ROOM 2048u
struct drawn_case {
	struct derive_case c;
	uint8_t pool[POOL_ROOM]; /* what its spans point to */
	size_t used;
};
void draw_case(uint64_t seed, const struct derive_mechanism *m, size_t number, struct drawn_case *ret_case);
/* How many cases a mechanism gets when the others get n: one with many variants, each of them enough. */
size_t draw_count(const struct derive_mechanism *m, size_t n);

/* "base=32 len=16 kdf=CKD_SHA256_KDF": everything but random bytes. */
#define DESCRIPTION_ROOM 512u
void describe_case(const struct derive_case *c, char ret_text[DESCRIPTION_ROOM]);

/* ---- the EC keys of a run ---- */

#define EC_CURVES 2u
#define EC_POINT_ROOM 133u
#define EC_NUMBER_ROOM 66u
struct ec_curve {
	const char *name;    /* OpenSSL's */
	struct span params;  /* CKA_EC_PARAMS */
	size_t field_len;
};
extern const struct ec_curve ec_curves[EC_CURVES];
/* The private number of the key on a curve. */
void ec_private(uint64_t seed, size_t curve, uint8_t ret_d[EC_NUMBER_ROOM]);
/* 04 || X || Y of a private number; returns its length. */
size_t ec_public(size_t curve, const uint8_t *d, uint8_t ret_point[EC_POINT_ROOM]);
bool ec_write_pem(size_t curve, const uint8_t *d, const char *path);
/* The x-coordinate of d times a point (04 || X || Y). */
bool ec_agree(size_t curve, const uint8_t *d, struct span point, uint8_t ret_z[EC_NUMBER_ROOM]);

/* ---- OpenSSL ---- */

enum opinion_kind {
	OPINION_NONE, /* it has nothing for this case */
	OPINION_KDF,  /* a KDF of its own */
	OPINION_PARTS /* its hash, MAC or cipher, put together here as the specification says */
};
enum opinion_kind openssl_opinion(const struct derive_case *c, struct derive_result *ret_result);

/* Names of hashes and MACs by PKCS#11's numbers; NULL: none. */
struct p11_hash {
	CK_MECHANISM_TYPE hash;
	CK_MECHANISM_TYPE hmac;
	const char *openssl;
	const char *name;
	size_t len;
};
const struct p11_hash *p11_hash_find(CK_MECHANISM_TYPE hash_or_hmac);
const struct p11_hash *p11_hash_at(size_t i);

/* The kdf of an ECDH mechanism. */
struct p11_ckd {
	CK_ULONG ckd;
	const char *name;
	const char *openssl; /* hash; NULL: none */
	bool concat;         /* SP 800-56A's, else X9.63's */
	size_t hash_len;
};
const struct p11_ckd *p11_ckd_find(CK_ULONG ckd);
const struct p11_ckd *p11_ckd_at(size_t i);

/* The prf of CKM_PKCS5_PBKD2. */
struct p11_pbkdf2_prf {
	CK_ULONG prf;
	const char *openssl;
};
const struct p11_pbkdf2_prf *p11_pbkdf2_prf_at(size_t i);

/* What CryptDeriveKey makes: its algorithms with the lengths that they may have, and its hashes. */
struct capi_cipher {
	CK_ULONG alg_id;
	CK_KEY_TYPE type;
	CK_ULONG least; /* bits that may be asked for, in steps of 8 */
	CK_ULONG most;
	size_t len;     /* bytes of the usual key */
	bool expanded;  /* from MD5 and SHA-1 always */
};
const struct capi_cipher *capi_cipher_find(CK_ULONG alg_id);
const struct capi_cipher *capi_cipher_at(size_t i);
const struct p11_hash *capi_hash_find(CK_MECHANISM_TYPE hash);
const struct p11_hash *capi_hash_at(size_t i);

#endif
