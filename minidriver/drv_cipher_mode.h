/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a mode of operation is to drv_cipher.c: a row that says what the parameters must be, and the functions that do
 * the work. Blocks are gathered here and not in OpenSSL, whose own buffering cannot work in place: with bytes left over
 * from the last call, its output would overtake the input.
 */
#ifndef MDP_MINIDRIVER_DRV_CIPHER_MODE_H
#define MDP_MINIDRIVER_DRV_CIPHER_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ossl_cipher.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_key_store.h"

#define CIPHER_IV_MAX 128u /* what OpenSSL takes for GCM */
#define CIPHER_TAG_MAX 16u
#define CIPHER_HELD_MAX (2u * KEY_ALG_BLOCK_MAX)
/* What modes are given at most that OpenSSL counts with an int, with room for what a mode adds. */
#define CIPHER_CALL_MAX ((size_t)1 << 30)

/*
 * The work. `in` and `out` may be the same memory, but do not overlap otherwise. Lengths were checked by once_len;
 * out has the room that the length functions tell.
 */
struct cipher_ops {
	/* What comes out of a whole message, at most. Errors: SCARD_E_INVALID_PARAMETER (no such message). */
	DWORD (*once_len)(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most);
	/* A whole message; the cipher was started. */
	DWORD (*once)(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len);
	/* The parts of a message, for modes that do not gather; NULL for those that always do. */
	size_t (*update_len)(const CARD_EXT_CIPHER *cipher, size_t in_len);
	DWORD (*update)(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t len);
	size_t (*finish_len)(const CARD_EXT_CIPHER *cipher);
	DWORD (*finish)(PCARD_EXT_CIPHER cipher, BYTE *out, size_t *ret_len);
};

enum cipher_direction { /* bits */
	CIPHER_NEVER = 0,
	CIPHER_ENCRYPTS = 1u << 0,
	CIPHER_DECRYPTS = 1u << 1,
	CIPHER_ALWAYS = CIPHER_ENCRYPTS | CIPHER_DECRYPTS,
};

/* A mode's row. */
struct cipher_mode {
	enum key_cipher cipher;
	const struct cipher_ops *ops;
	size_t iv_len;      /* exactly; 0: none; CIPHER_IV_BLOCK: a block */
	size_t iv_most;     /* if not 0: any length from iv_len to this */
	const BYTE *iv_default; /* iv_len bytes for when none is given; NULL: one must be */
	uint32_t tags;      /* bits 1 << length that a tag may have */
	unsigned gathers;   /* enum cipher_direction: nothing comes out before the end */
	unsigned inexact;   /* enum cipher_direction: only the end tells the length */
	bool counts_end;    /* the last cCounterBits of iv are a counter, big-endian, one for each block */
	bool counts_begin;  /* the first cCounterBits are, little-endian, one for each 64 bytes */
	bool padded;        /* PKCS #7 */
	bool keeps_iv;      /* it is for our own steps: the context takes none */
	bool complains;     /* OpenSSL may say in its queue of errors what is wrong with a key or with data */
	bool rekeyed;       /* there is no iv to begin anew with: the key is set again */
	uint64_t limit;     /* bytes; 0: none */
};
#define CIPHER_IV_BLOCK SIZE_MAX

enum cipher_state {
	CIPHER_BEGUN = 0, /* nothing was fed */
	CIPHER_RUNNING,
	CIPHER_FINISHED,
};

struct _CARD_EXT_CIPHER {
	struct key_rest rest;
	struct session_key *key; /* held; NULL while the cipher rests with it */
	const struct cipher_mode *mode;
	struct ossl_cipher_context context;
	bool encrypt;
	enum cipher_state state;
	DWORD effective_bits;
	DWORD counter_bits;
	size_t block;
	size_t iv_len;
	size_t tag_len;
	size_t data_len;
	uint64_t left; /* bytes that may still come */
	struct secret aad;
	struct secret gathered; /* of which gathered_len count */
	size_t gathered_len;
	size_t pending_len;
	bool has_pended; /* something is or was pending */
	BYTE pending[CIPHER_HELD_MAX]; /* wiped with the cipher */
	BYTE iv[CIPHER_IV_MAX];
};

extern const struct cipher_ops cipher_block_ops;
extern const struct cipher_ops cipher_cts_ops;
extern const struct cipher_ops cipher_stream_ops;
extern const struct cipher_ops cipher_aead_ops;
extern const struct cipher_ops cipher_ccm_ops;
extern const struct cipher_ops cipher_xts_ops;
extern const struct cipher_ops cipher_wrap_ops;

/*
 * The row of info's mode for the key, whose own mode and iv are put into *inout_info for CARD_EXT_MODE_KEY, and whether
 * everything in it is right. Errors: SCARD_E_INVALID_PARAMETER, SCARD_E_UNSUPPORTED_FEATURE (the key has no such mode),
 * SCARD_W_SECURITY_VIOLATION (both halves of an XTS key are the same).
 */
DWORD cipher_mode_find(struct session_key *key, CARD_EXT_CIPHER_INFO *inout_info, BYTE key_iv[KEY_ALG_BLOCK_MAX],
		       const struct cipher_mode **ret_mode) MUST_USE;
/* How many bytes the mode lets through from this iv on. */
uint64_t cipher_mode_limit(const CARD_EXT_CIPHER *cipher);

/* What the cipher's direction is among a row's bits. */
static inline bool cipher_goes(const CARD_EXT_CIPHER *cipher, unsigned directions)
{
	return (directions & (cipher->encrypt ? CIPHER_ENCRYPTS : CIPHER_DECRYPTS)) != 0;
}

/* Bytes through the cipher: whole blocks of a block cipher, or any number. out NULL: authenticated data. */
DWORD cipher_run(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out) MUST_USE;
/* The same, as far as the counter counts. Errors: also ERROR_ARITHMETIC_OVERFLOW, and then nothing was written. */
DWORD cipher_run_limited(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out) MUST_USE;
/* How many bytes of padding end a block, looked at in constant time; 0: none that is right (PKCS #7). */
size_t cipher_padding_of(struct span block) MUST_USE;

#endif
