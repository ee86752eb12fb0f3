/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The benchmark (doc/performance.md): what is measured, and the two ways to do it, through a PKCS#11 module and with
 * OpenSSL's EVP alone.
 */
#ifndef MDP_TESTS_BENCH_H
#define MDP_TESTS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "tests/p11/p11_module.h"

#define BENCH_SIZE_MAX ((size_t)1 << 20)
#define BENCH_ROOM (BENCH_SIZE_MAX + 64u) /* data and a tag */
#define BENCH_KEY_LEN 32u
#define BENCH_TAG_LEN 16u
#define BENCH_WRAPPED_LEN 40u

enum bench_work {
	BENCH_ENCRYPT = 0, /* C_EncryptInit, C_Encrypt */
	BENCH_DECRYPT,     /* C_DecryptInit, C_Decrypt */
	BENCH_SIGN,        /* C_SignInit, C_Sign */
	BENCH_DIGEST,      /* C_DigestInit, C_Digest */
	BENCH_DERIVE,      /* C_DeriveKey to 32 bytes, C_DestroyObject */
	BENCH_CHAIN,       /* the same to an AES key, which wraps a key and decrypts `size` bytes (CBC) */
	BENCH_CREATE,      /* C_CreateObject, C_DestroyObject */
	BENCH_READ,        /* C_GetAttributeValue of one attribute */
};

struct bench_operation {
	const char *name;
	enum bench_work work;
	CK_MECHANISM_TYPE mechanism; /* for BENCH_CHAIN the derivation's */
	const char *evp;             /* OpenSSL's name of the cipher or hash; NULL: EVP has nothing like it */
	size_t size;                 /* bytes of data */
};

/* One thread's operation, ready to be repeated. */
struct bench_worker {
	const struct bench_operation *operation;
	bool (*run)(struct bench_worker *worker); /* once; false: it failed */
	void (*end)(struct bench_worker *worker);
	void *state; /* of whoever made it */
	uint8_t *in;
	uint8_t *out;
	size_t in_len;
};

/* Buffers. False for want of memory. */
bool bench_worker_init(struct bench_worker *worker, const struct bench_operation *operation) MUST_USE;
/* Ends it; one that was never begun (all zero) is allowed. */
void bench_worker_end(struct bench_worker *worker);

/* With a session of its own. False: the module does not do it. */
bool bench_p11_begin(const struct p11_module *module, const struct bench_operation *operation,
		     struct bench_worker *ret_worker) MUST_USE;
/* What an attribute of a live key costs, or its use. */
bool bench_p11_use(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) MUST_USE;
/* A session key of 32 bytes that may be used for everything; CK_INVALID_HANDLE: refused. */
CK_OBJECT_HANDLE bench_p11_key(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_KEY_TYPE type);

/* With contexts that keep their keys, as a careful program would: nothing is faster. False: EVP has nothing like it. */
bool bench_evp_begin(const struct bench_operation *operation, struct bench_worker *ret_worker) MUST_USE;

/* Many live keys of one module: times and memory, printed. */
bool bench_keys(const struct p11_config *config, size_t count) MUST_USE;

/* Seconds of a clock that only goes forward. */
double bench_now(void);

/* What keys and data are made of; no secret. */
extern const uint8_t bench_key[BENCH_KEY_LEN];
extern const uint8_t bench_iv[16];

#endif
