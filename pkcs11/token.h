/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card that is in a slot, from when it is first needed until it is taken out. Sessions and objects hold
 * their token; once the card has gone, the token is `gone` for good, and a card put in later is another token.
 */
#ifndef MDP_PKCS11_TOKEN_H
#define MDP_PKCS11_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/md.h"
#include "pkcs11/error.h"
#include "pkcs11/pkcs11_compat.h"

struct module;
struct slot;
struct token;

/*
 * Acquire the card of a slot and make its objects. event: the reader's, from before. Errors: CKR_TOKEN_NOT_PRESENT,
 * CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_ERROR, CKR_HOST_MEMORY.
 */
CK_RV cki_token_open(struct slot *slot, unsigned long event, struct token **ret_token) MUST_USE;
struct token *cki_token_hold(struct token *token);
/* NULL is allowed. */
void cki_token_release(struct token *token);
void cki_token_release_cleanup(struct token **token);

struct slot *cki_token_slot(const struct token *token);
struct md_card *cki_token_card(const struct token *token);
/* The reader's event when the card was acquired. */
unsigned long cki_token_event(const struct token *token);
/* The PIN of C_Login(CKU_USER): MD_NO_INDEX for a card without one. */
size_t cki_token_user_pin(const struct token *token);
/* Whether a key needs its own PIN before each use: the card says so, or it is under another PIN than the user's. */
bool cki_token_key_asks_always(const struct token *token, const struct md_container *container);
/* Whether there is a key of one of the types (bits 1 << enum md_public_type). */
bool cki_token_has_key(const struct token *token, unsigned any_type);

/* C_GetTokenInfo. No card command. */
CK_RV cki_token_info(struct token *token, CK_TOKEN_INFO *ret_info);

/* A PIN as a caller gives it; data NULL: the reader asks for it. */
struct given_pin {
	const CK_UTF8CHAR *data;
	CK_ULONG len;
};

/*
 * C_Login(CKU_USER) and, so, C_Login(CKU_SO). Errors: CKR_USER_ALREADY_LOGGED_IN, CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
 * CKR_USER_TYPE_INVALID (no PIN on the card is the security officer's, nor a PUK), CKR_SESSION_READ_ONLY_EXISTS,
 * CKR_USER_PIN_NOT_INITIALIZED, CKR_ARGUMENTS_BAD (no PIN, and no pad), CKR_PIN_LEN_RANGE, CKR_PIN_INCORRECT,
 * CKR_PIN_LOCKED, CKR_FUNCTION_CANCELED, the card's.
 */
CK_RV cki_token_login(struct token *token, bool so, const struct given_pin *pin);
/*
 * To be called when a use of a private key begins: whether it is the first since the user gave the PIN of this very key
 * to C_Login, which is as good as giving it for this use (OpenSSH gives it no second time). PKCS#11 3.0 4.9, "Use".
 */
bool cki_token_use_login(struct token *token, size_t container);
/* Verify a key's PIN for one use of the key (CKU_CONTEXT_SPECIFIC); errors as cki_token_login. */
CK_RV cki_token_verify_for_key(struct token *token, size_t container, const CK_UTF8CHAR *pin, CK_ULONG pin_len);
/*
 * C_SetPIN: of who is logged in, else the user's. Errors: CKR_USER_PIN_NOT_INITIALIZED, CKR_ARGUMENTS_BAD (no PIN, and
 * no pad), CKR_PIN_LEN_RANGE, CKR_PIN_INVALID, CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_FUNCTION_CANCELED, the card's.
 */
CK_RV cki_token_set_pin(struct token *token, const struct given_pin *old_pin, const struct given_pin *new_pin);
/*
 * C_InitPIN: the user's PIN is set and unblocked by the security officer's, who is logged out if the card refuses that
 * one. Errors: CKR_USER_NOT_LOGGED_IN, and as cki_token_set_pin.
 */
CK_RV cki_token_init_pin(struct token *token, const struct given_pin *pin);
/* Whether a name is that of the user's PIN, or for so of the security officer's: its label on the card. */
bool cki_token_pin_is_named(struct token *token, bool so, const struct given_pin *name);
/* C_Logout. Errors: CKR_USER_NOT_LOGGED_IN. */
CK_RV cki_token_logout(struct token *token);
/* The user. */
bool cki_token_logged_in(struct token *token);
/* The security officer. */
bool cki_token_so_logged_in(struct token *token);

/* The card is gone: its sessions are closed, its objects and its session keys die. */
void cki_token_lose(struct token *token);
/* Translate an error of the card; a card that was taken out is lost. */
CK_RV cki_token_error(struct token *token, enum cki_call call, md_err err);
/*
 * The same for the use of a key. A card that says that the PIN has not been given is believed (another program may have
 * reset it): nobody is logged in then, unless the key asks for its PIN at each use anyway.
 */
CK_RV cki_token_key_error(struct token *token, enum cki_call call, size_t container, md_err err);

/* With module->state locked. */
bool cki_token_gone_locked(const struct token *token);
bool cki_token_logged_in_locked(const struct token *token);
bool cki_token_so_logged_in_locked(const struct token *token);
/* One session more or less; returns how many there are then. */
size_t cki_token_count_locked(struct token *token, bool writes, bool more);

#endif
