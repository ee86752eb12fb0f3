/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests of the driver side share: the fake card behind CARD_DATA without the host side, memory of the caller's
 * that is counted and fails on request, agreements, parameter lists, and Z as OpenSSL computes it.
 */
#ifndef MDP_TESTS_FAKE_DRV_HARNESS_H
#define MDP_TESTS_FAKE_DRV_HARNESS_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "minidriver/cardmod.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"
#include "tests/fake/fake_card.h"

#define ck_assert_code(got, expected) ck_assert_uint_eq((DWORD)(got), (DWORD)(expected))

/* ---- the context ------------------------------------------------------------------------------------ */

/* The usual card, connected and registered, its context acquired (version 7), the PIN given. Check fixtures. */
void harness_open(void);
/* The same with an empty card that the test has already described after fake_reset(). */
void harness_open_described(void);
/* End it; nothing of the caller's memory and no session key may be left. */
void harness_close(void);
/* The acquired context. */
extern PCARD_DATA harness_card;
/* What a caller sets before CardAcquireContext; the card is connected, no context acquired. */
CARD_DATA harness_unacquired(void);
void harness_login(void);

/* ---- the caller's memory ---------------------------------------------------------------------------- */

size_t harness_alive(void);             /* blocks not freed */
unsigned harness_allocs(void);          /* calls of pfnCspAlloc so far */
void harness_fail_alloc(unsigned nth);  /* the nth call from now (1: the next) gives NULL */
void harness_free(void *block);         /* pfnCspFree */

/* ---- agreements ------------------------------------------------------------------------------------- */

#define HARNESS_BLOB_MAX 140u

/* The blob for a point 04 || X || Y on the curve of a container. Returns its length. */
size_t harness_blob(BYTE container, struct span point, BYTE ret_blob[HARNESS_BLOB_MAX]);
/* Agree a container's key with a point; the code is returned. */
DWORD harness_construct(BYTE container, struct span point, BYTE *ret_index);
/* Agree a container's key with its own public key; must succeed. */
BYTE harness_agree(BYTE container);
/* ---- derivation ------------------------------------------------------------------------------------- */

struct harness_list {
	NCryptBufferDesc desc;
	NCryptBuffer buffers[16];
};

void harness_param(struct harness_list *list, ULONG type, const void *data, size_t len);
void harness_name(struct harness_list *list, LPCWSTR hash);
void harness_dword(struct harness_list *list, ULONG type, const DWORD *value);

/* CardDeriveKey, version 1; the bytes are copied out and freed. *ret_len may be written on failure. */
DWORD harness_derive(LPCWSTR kdf, DWORD flags, struct harness_list *list, BYTE index, uint8_t *ret_key,
		     size_t *ret_len);
/* The same, and the bytes must be these. */
void harness_derive_gives(LPCWSTR kdf, DWORD flags, struct harness_list *list, BYTE index, struct span expected);

/* The BufferType of a small number (KDF_INDEX). */
ULONG harness_type(ULONG number);
/* A value that a parameter takes. A hash is one that a KDF takes, which takes XOFs or does not. */
void harness_value(ULONG type, bool xof, struct harness_list *list);
/* A list that a KDF takes: what it requires, and where it wants one of several, the first of them. */
void harness_fill(const struct kdf_ops *ops, struct harness_list *list);

/* What a derivation starts from. */
struct harness_base {
	BYTE agreement;
	bool is_key; /* pfnKeyDerive; else CardDeriveKey */
	CARD_KEY_HANDLE key;
};
DWORD harness_derive_from(const struct harness_base *base, CARD_DERIVE_KEY *info);
/*
 * Derive in every version, as bytes and as a key, and ask for the length: these bytes, everywhere. Or: this code, and
 * nothing written.
 */
void harness_each_way_gives(const struct harness_base *base, LPCWSTR kdf, struct harness_list *list,
			    struct span expected);
void harness_each_way_refused(const struct harness_base *base, LPCWSTR kdf, struct harness_list *list, DWORD code);

/* ---- small things ----------------------------------------------------------------------------------- */

/* Bytes of hexadecimal text. Returns how many. */
size_t harness_hex(const char *text, uint8_t *ret_bytes, size_t room);
/* The extension table. */
const CARD_EXT_SESSION_KEYS *harness_keys(void);
/* A session key of bytes, imported. */
CARD_KEY_HANDLE harness_import(LPCWSTR alg, struct span value);
/* A digest by OpenSSL. Returns its length. */
size_t harness_digest(const char *name, struct span data, uint8_t ret_digest[64]);

#endif
