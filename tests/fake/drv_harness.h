/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests of the driver side share: the fake card behind CARD_DATA without the host side, memory of the caller's
 * that is counted and fails on request, agreements, parameter lists, and Z as OpenSSL computes it.
 */
#ifndef MDP_TESTS_FAKE_DRV_HARNESS_H
#define MDP_TESTS_FAKE_DRV_HARNESS_H

#include <check.h>
#include <stdbool.h>
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
	NCryptBuffer buffers[40];
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

/* A derivation from an agreement (CardDeriveKey) or from a session key (pfnKeyDerive; key 0: Z is empty). */
struct harness_base {
	bool from_key;
	BYTE index;
	CARD_KEY_HANDLE key;
};
#define HARNESS_INDEX(number) ((struct harness_base){ .index = (number) })
#define HARNESS_KEY(handle) ((struct harness_base){ .from_key = true, .key = (handle) })

/* CardDeriveKey or pfnKeyDerive; the index is put in. */
DWORD harness_derive_from(struct harness_base base, CARD_DERIVE_KEY *info);
/*
 * The derivation gives these bytes in all its forms: their length (CARD_BUFFER_SIZE_ONLY) in each version, the bytes
 * (versions 1 and 2), and a key of them (version 2, GENERIC_SECRET).
 */
void harness_gives(struct harness_base base, LPCWSTR kdf, struct harness_list *list, struct span expected);
/* The code, which is the same in all forms (HARNESS_FORMS); nothing was written. */
#define HARNESS_FORMS 8u
DWORD harness_refuses(struct harness_base base, LPCWSTR kdf, struct harness_list *list);
/* How many bytes there would be; 0 where it is refused, always as a wrong parameter. */
size_t harness_size(struct harness_base base, LPCWSTR kdf, struct harness_list *list);

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
