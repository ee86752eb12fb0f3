/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What tests of CryptoAPI share: providers by the name of their kind, numbers by the names vectors have them under,
 * keys of hash values, and the fake card behind the card provider.
 */
#ifndef MDP_TESTS_CAPI_SCENE_H
#define MDP_TESTS_CAPI_SCENE_H

#include <check.h>
#include <stddef.h>

#include "base/span.h"
#include "minidriver/wincrypt.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/test.h"

/* A call that must succeed, and one that must fail with a code; both say which call it was. */
#define capi_good(call) ck_assert_msg((call) != FALSE, #call ": %08x", (unsigned)GetLastError())
#define capi_bad(call, code)                                                                                     \
	do {                                                                                                      \
		SetLastError(0xDEADBEEFu);                                                                        \
		ck_assert_msg((call) == FALSE, #call " succeeded");                                               \
		ck_assert_msg(GetLastError() == (code), #call ": %08x instead of " #code, (unsigned)GetLastError()); \
	} while (0)

/* "base", "strong", "enhanced", "aes": a context without a container. */
HCRYPTPROV capi_open(const char *kind);
void capi_close(HCRYPTPROV provider);
/* CALG_*, CRYPT_MODE_* and flags by name; 0 for the name "0". */
DWORD capi_number(const char *name);

/* A hash of these data. */
HCRYPTHASH capi_hash(HCRYPTPROV provider, ALG_ID alg, struct span data);
/* A key of the hash of these data; flags with the length. */
HCRYPTKEY capi_derive(HCRYPTPROV provider, ALG_ID alg, DWORD flags);
/* A key with these bytes, exportable. */
HCRYPTKEY capi_import(HCRYPTPROV provider, ALG_ID alg, struct span value);
/* The bytes of an exportable key; returns how many. */
size_t capi_export(HCRYPTKEY key, BYTE *buffer, size_t room);
/* A parameter that is a DWORD. */
DWORD capi_key_number(HCRYPTKEY key, DWORD param);

/* Check fixtures: no handle is left at the end. */
void capi_setup(void);
void capi_teardown(void);
/* The same with the usual fake card, whose reader is called so. */
#define CAPI_READER "Fake Reader 00"
void capi_card_setup(void);

#endif
