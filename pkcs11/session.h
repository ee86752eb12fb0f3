/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: of one token, with one operation of each kind under way at most. An operation brings the
 * function that frees it, so that whoever ends the session ends them all.
 */
#ifndef MDP_PKCS11_SESSION_H
#define MDP_PKCS11_SESSION_H

#include <stdbool.h>

#include "base/compiler.h"
#include "pkcs11/pkcs11_compat.h"

struct module;
struct object;
struct object_link;
struct session;
struct slot;
struct token;

enum cki_operation {
	CKI_OPERATION_FIND = 0,
	CKI_OPERATION_ENCRYPT,
	CKI_OPERATION_DECRYPT,
	CKI_OPERATION_SIGN,
	CKI_OPERATION_SIGN_RECOVER,
	CKI_OPERATION_VERIFY,
	CKI_OPERATION_VERIFY_RECOVER,
	CKI_OPERATION_VERIFY_SIGNATURE,
	CKI_OPERATION_DIGEST,
	CKI_OPERATION_MESSAGE_ENCRYPT,
	CKI_OPERATION_MESSAGE_DECRYPT,
	CKI_OPERATION_MESSAGE_SIGN,
	CKI_OPERATION_MESSAGE_VERIFY,
	CKI_OPERATION_COUNT
};

struct cki_resting {
	void *state;
	void (*end)(void *state);
	bool (*rest)(void *state); /* NULL: never rests */
	struct object *key;        /* as in cki_session_begin_with(); NULL: none */
};

/*
 * C_OpenSession. Errors: CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT,
 * CKR_SESSION_READ_WRITE_SO_EXISTS (a read-only one while the security officer is logged in),
 * CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_ERROR, CKR_HOST_MEMORY.
 */
CK_RV cki_session_open(struct module *module, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ret_handle);
/*
 * C_CloseSession: its handle is invalid at once, its objects die, its operations with the last call inside them;
 * after a token's last session nobody is logged in there. Errors: CKR_SESSION_HANDLE_INVALID (meanwhile).
 */
CK_RV cki_session_close(struct session *session);
/* C_CloseAllSessions for a token. */
void cki_session_close_all(struct module *module, struct token *token);
/*
 * C_Logout: also what sessions of the token do with private keys ends, and the keys with it. Errors:
 * CKR_USER_NOT_LOGGED_IN.
 */
CK_RV cki_session_logout(struct session *session);
/* C_GetSessionInfo. No card command, no look at the reader. */
CK_RV cki_session_info(struct session *session, CK_SESSION_INFO *ret_info);

/* The session of a handle, held; NULL if it is stale. */
struct session *cki_session_find(struct module *module, CK_SESSION_HANDLE handle) MUST_USE;
void cki_session_hold_value(void *session);
/* NULL is allowed. */
void cki_session_release(struct session *session);

/*
 * The same, and between these two no other thread uses the session's operations: one that wants to waits. It is held
 * until cki_session_end_use().
 */
struct session *cki_session_find_to_use(struct module *module, CK_SESSION_HANDLE handle) MUST_USE;
void cki_session_end_use(struct session *session);

/*
 * What every C_*Init does before it begins: a mechanism of NULL ends what is under way. Returns whether there is
 * something to begin; else *ret_rv is the answer: CKR_OK (ended), CKR_OPERATION_NOT_INITIALIZED (nothing to end),
 * CKR_OPERATION_ACTIVE.
 */
bool cki_session_to_begin(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
			  CK_RV *ret_rv) MUST_USE;
/*
 * Begin an operation whose state the session owns from now on. Errors: CKR_OPERATION_ACTIVE, and then the state
 * stays the caller's.
 */
CK_RV cki_session_begin(struct session *session, enum cki_operation kind, void *state,
			void (*end)(void *state)) MUST_USE;
/* The same for an operation with a key that the state holds: logging out ends it if the key is private. */
CK_RV cki_session_begin_with(struct session *session, enum cki_operation kind, void *state, void (*end)(void *state),
			     struct object *key) MUST_USE;
/*
 * The same for a state that can be used again: at its end rest() says whether it is empty and ready for another
 * operation, and then it stays with the session until cki_session_wake().
 */
CK_RV cki_session_begin_resting(struct session *session, enum cki_operation kind,
				const struct cki_resting *resting) MUST_USE;
/* What rests, which is the caller's then; NULL: nothing. */
void *cki_session_wake(struct session *session, enum cki_operation kind) MUST_USE;
/* The state of the operation under way; NULL: none. */
void *cki_session_operation(struct session *session, enum cki_operation kind);
/*
 * What to answer where there is none: CKR_USER_NOT_LOGGED_IN, once, if logging out ended it, else
 * CKR_OPERATION_NOT_INITIALIZED.
 */
CK_RV cki_session_no_operation(struct session *session, enum cki_operation kind);
/* End it; nothing happens if there is none. */
void cki_session_end(struct session *session, enum cki_operation kind);
/* C_SessionCancel: the operations that the flags (CKF_FIND_OBJECTS, CKF_ENCRYPT ...) name. */
void cki_session_cancel(struct session *session, CK_FLAGS flags);

/* The ring of its objects (object.h), under module->state. */
struct object_link *cki_session_objects(struct session *session);
struct module *cki_session_module(const struct session *session);
struct token *cki_session_token(const struct session *session);
CK_SESSION_HANDLE cki_session_handle(const struct session *session);
bool cki_session_writes(const struct session *session);
/*
 * Whether it may still be used: another thread may have ended it since its handle was looked up. Errors:
 * CKR_SESSION_CLOSED, CKR_DEVICE_REMOVED (with its card).
 */
CK_RV cki_session_alive(const struct session *session);
/*
 * What to answer an operation whose session is not there: CKR_DEVICE_REMOVED, once, if the session went with its card while
 * one was under way, else CKR_SESSION_HANDLE_INVALID.
 */
CK_RV cki_session_missing(struct module *module, CK_SESSION_HANDLE handle);
/* With module->state locked. */
bool cki_session_closed_locked(const struct session *session);

#endif
