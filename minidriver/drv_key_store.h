/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session-key store: one for the process, whatever the number of contexts. A key is counted, belongs to the
 * context that made it, and its bytes live in a struct secret that nobody outside the driver side sees.
 *
 * A look-up takes no lock of the store. A key that was found is held by whoever found it and outlives its removal from
 * the store; `revoked` says that it was removed.
 */
#ifndef MDP_MINIDRIVER_DRV_KEY_STORE_H
#define MDP_MINIDRIVER_DRV_KEY_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "base/spin.h"
#include "minidriver/cardmod.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/drv_key_alg.h"

#define KEY_STORE_RESTING 4u /* more are made than kept only while more than so many operations use one key at once */

/*
 * An operation at rest: it was used, and is kept with its key because its key schedule need not be made again. The
 * first member of what rests, which says by its kind what it is.
 */
struct key_rest;
struct key_rest_kind {
	/* Whether what rests suits what is wanted now. */
	bool (*fits)(const struct key_rest *rest, const void *wanted);
	/* Wipe and free. */
	void (*free)(struct key_rest *rest);
};
struct key_rest {
	const struct key_rest_kind *kind;
};

/* A context, as its keys know it: counted, so that it outlives the context; and with it OpenSSL (base/ossl.h). */
struct key_owner;

struct session_key {
	atomic_uint refs;
	atomic_bool revoked;
	struct key_owner *owner; /* held */
	const struct key_alg *alg;
	struct secret value;
	const char *const *ciphers;   /* of alg, for a key of this length */
	struct spin properties_spin;
	enum key_cipher chaining;     /* ChainingMode, under properties_spin */
	BYTE iv[KEY_ALG_BLOCK_MAX];   /* IV, under properties_spin */
	/* Owned. A place is emptied and filled by exchange alone: operations side by side never wait for each other. */
	_Atomic(struct key_rest *) resting[KEY_STORE_RESTING];
};

/* Begin the keys of a context; opens the store for the first. NULL for want of memory, or of OpenSSL. */
struct key_owner *key_store_open(PCARD_DATA card_data) MUST_USE;
/* End the keys of a context: each is revoked and taken out. The last one closes the store. NULL is allowed. */
void key_store_close(struct key_owner *owner);

/*
 * Put a key in. `value` is taken over (and is empty afterwards) on success; the bytes get their parity. The length must
 * suit the algorithm. Errors: SCARD_E_INVALID_PARAMETER (length), SCARD_E_INVALID_HANDLE (the owner has ended),
 * SCARD_E_NO_MEMORY.
 */
DWORD key_store_add(struct key_owner *owner, const struct key_alg *alg, struct secret *value,
		    PCARD_KEY_HANDLE ret_handle) MUST_USE;
/* Look a key up; the caller holds it and calls session_key_release. Errors: SCARD_E_INVALID_HANDLE. */
DWORD key_store_find(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct session_key **ret_key) MUST_USE;
/* Revoke a key and take it out. Errors: SCARD_E_INVALID_HANDLE. */
DWORD key_store_remove(PCARD_DATA card_data, CARD_KEY_HANDLE handle) MUST_USE;
/* Keys in the store, of all contexts. */
size_t key_store_count(void);

/* What rests with the key, is of this kind and suits what is wanted; it is the caller's then. NULL: nothing. */
struct key_rest *session_key_wake(struct session_key *key, const struct key_rest_kind *kind,
				  const void *wanted) MUST_USE;
/* Leave one with the key, which takes it over: in a free place, or instead of another. */
void session_key_rest(struct session_key *key, struct key_rest *rest);

/* OpenSSL's name of the key's cipher; NULL: it has no such one. */
static inline const char *session_key_cipher(const struct session_key *key, enum key_cipher cipher)
{
	return key->ciphers != NULL ? key->ciphers[cipher] : NULL;
}

void session_key_hold(struct session_key *key);
/* One holder less; the last one wipes. NULL is allowed. */
void session_key_release(struct session_key *key);
static inline void session_key_release_cleanup(struct session_key **key)
{
	session_key_release(*key);
}
#define AUTO_SESSION_KEY AUTO(session_key_release_cleanup) struct session_key

#endif
