/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects that have a handle. A handle is an index and a generation: one that was destroyed is refused
 * from then on. Look-ups return counted references, so that an object found cannot vanish while it is used.
 */
#ifndef MDP_PKCS11_STORE_H
#define MDP_PKCS11_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "pkcs11/pkcs11_compat.h"

struct module;
struct object;
struct session;
struct token;

/*
 * Commit a filled object as one of the session's: it has a handle from here on. On success the caller's reference
 * is the store's; on failure it stays the caller's. Errors: CKR_SESSION_CLOSED (meanwhile), CKR_DEVICE_REMOVED
 * (meanwhile), CKR_USER_NOT_LOGGED_IN (a private object, logged out meanwhile), CKR_HOST_MEMORY.
 */
CK_RV cki_store_commit(struct session *session, struct object *object, CK_OBJECT_HANDLE *ret_handle) MUST_USE;
/* The same for several: all of them or none. The handles are written, and are of use on success only. */
struct store_entry {
	struct object *object;
	CK_OBJECT_HANDLE handle;
};
CK_RV cki_store_commit_all(struct session *session, struct store_entry *entries, size_t count) MUST_USE;
/* Commit an object of the card. Errors: CKR_HOST_MEMORY. */
CK_RV cki_store_commit_token(struct module *module, struct object *object) MUST_USE;

/* The object that the session sees under a handle, private ones included; NULL if there is none. */
struct object *cki_store_find(struct session *session, CK_OBJECT_HANDLE handle) MUST_USE;
/* The same for the first use of a handle by anything but a key operation: private objects do not show before login. */
struct object *cki_store_find_visible(struct session *session, CK_OBJECT_HANDLE handle) MUST_USE;
/*
 * The key that an operation names. Errors: `invalid` for no such object, CKR_USER_NOT_LOGGED_IN for a private one
 * before login.
 */
CK_RV cki_store_find_key(struct session *session, CK_OBJECT_HANDLE handle, CK_RV invalid,
			 struct object **ret_key) MUST_USE;
/* The next handle after `after` that the session sees, with the object held; 0 at the end. */
CK_OBJECT_HANDLE cki_store_next(struct session *session, CK_OBJECT_HANDLE after, struct object **ret_object) MUST_USE;

/* Take the handle away; the object dies with its last user. */
void cki_store_remove(struct module *module, CK_OBJECT_HANDLE handle);
/* The objects that a session made. */
void cki_store_remove_owned(struct session *session);
/* Everything of a token. */
void cki_store_remove_token(struct module *module, const struct token *token);
/*
 * C_Logout: private session objects die, private objects of the card get new handles (PKCS#11 3.0 5.6: C_Logout).
 * epoch: another number at each logout of the token, not 0.
 */
void cki_store_forget_private(struct module *module, const struct token *token, unsigned long epoch);

#endif
