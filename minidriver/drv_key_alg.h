/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The algorithms a session key can be for: names (pwszAlgId), lengths, and the ciphers OpenSSL has for them.
 */
#ifndef MDP_MINIDRIVER_DRV_KEY_ALG_H
#define MDP_MINIDRIVER_DRV_KEY_ALG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/wintypes.h"

#define KEY_ALG_BLOCK_MAX 16u

enum key_cipher {
	KEY_CIPHER_ECB = 0,
	KEY_CIPHER_CBC,
	KEY_CIPHER_CFB1,
	KEY_CIPHER_CFB8,
	KEY_CIPHER_CFB128,
	KEY_CIPHER_OFB,
	KEY_CIPHER_CTR,
	KEY_CIPHER_GCM,
	KEY_CIPHER_CCM,
	KEY_CIPHER_XTS,
	KEY_CIPHER_KW,
	KEY_CIPHER_KWP,
	KEY_CIPHER_RC4,
	KEY_CIPHER_CHACHA20,
	KEY_CIPHER_CHACHA20_POLY1305,
	KEY_CIPHER_COUNT
};

/* Lengths a key of the algorithm can have, and OpenSSL's names of its ciphers; NULL where there is none. */
struct key_alg_size {
	size_t len;
	size_t most; /* 0: exactly len; else any from len to this */
	const char *ciphers[KEY_CIPHER_COUNT];
};

#define KEY_ALG_SIZES 3u

struct key_alg {
	LPCWSTR name;
	bool any_length;   /* 1 byte or more; sizes is empty then */
	bool odd_parity;   /* each byte of a key gets odd parity (FIPS 46-3) */
	bool windows;      /* among the names the official interface has */
	bool effective_bits; /* its ciphers want to know how strong (RFC 2268) */
	bool legacy;       /* its ciphers are in OpenSSL's legacy provider */
	size_t block;      /* bytes; 1: a stream; 0: not a cipher */
	enum key_cipher chaining; /* ChainingMode of a new key */
	struct key_alg_size sizes[KEY_ALG_SIZES];
};

/* The algorithm of a name; NULL: none. name may be NULL. */
const struct key_alg *key_alg_by_name(LPCWSTR name) MUST_USE;
/* Row `index` of the table; NULL past its end. */
const struct key_alg *key_alg_row(size_t index) MUST_USE;
/* Whether a key may be len bytes long. */
bool key_alg_takes(const struct key_alg *alg, size_t len) MUST_USE;
/* The only length there is, 0 where there is a choice. */
size_t key_alg_only_len(const struct key_alg *alg) MUST_USE;
/* OpenSSL's names of the ciphers for a key of len bytes, KEY_CIPHER_COUNT of them; NULL: there are none. */
const char *const *key_alg_ciphers(const struct key_alg *alg, size_t len) MUST_USE;
/* One of them; NULL: none. */
const char *key_alg_cipher(const struct key_alg *alg, size_t len, enum key_cipher cipher) MUST_USE;
/* Set odd parity where the algorithm wants it. */
void key_alg_set_parity(const struct key_alg *alg, struct secret *value);

/*
 * CNG's name of a chaining mode; N/A for those that are no mode of a block cipher, NULL for those CNG has not. CNG's
 * CFB works on single bytes unless it is told otherwise, so it is CFB8.
 */
LPCWSTR key_cipher_chaining(enum key_cipher cipher) MUST_USE;
/* The mode by CNG's name that a key of len bytes has; KEY_CIPHER_COUNT: none. */
enum key_cipher key_alg_chaining(const struct key_alg *alg, size_t len, struct span name) MUST_USE;

#endif
