/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/session.h"

#include <limits.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/handle_table.h"
#include "base/lock.h"
#include "pkcs11/module.h"
#include "pkcs11/object.h"
#include "pkcs11/slot.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

/* Halves of a counter. */
#define REFERENCE (1ul << (sizeof(unsigned long) * CHAR_BIT / 2))
#define USERS_MASK (REFERENCE - 1)

struct operation {
	struct cki_resting is; /* no state: none is under way */
	bool logged_out;       /* it was ended by that, and nobody has been told */
};

struct session {
	atomic_ulong counts; /* of those who use the operations or wait to, and REFERENCE times of other holders */
	sem_t turn;          /* for those who wait */
	struct module *module;
	struct token *token; /* held */
	CK_SESSION_HANDLE handle;
	CK_FLAGS flags;
	atomic_bool closed;  /* written under module->state */
	bool by_mutex;       /* an application's functions: lock, and not turn, lets one in at a time */
	struct lock lock;
	struct operation operations[CKI_OPERATION_COUNT];
	atomic_uint under_way; /* of these; written by whoever uses them, read by whoever closes the session */
	struct cki_resting at_rest[CKI_OPERATION_COUNT]; /* ended, and kept for the next of their kind */
	struct object_link objects; /* under module->state */
};

static void session_release_cleanup(struct session **session)
{
	cki_session_release(*session);
}

static struct session *session_new(struct module *module, struct token *token, CK_FLAGS flags)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session == NULL || !lock_init(&session->lock)) {
		free(session);
		return NULL;
	}
	atomic_init(&session->counts, REFERENCE);
	(void)sem_init(&session->turn, 0, 0);
	session->by_mutex = lock_functions_used();
	atomic_init(&session->closed, false);
	session->module = module;
	session->token = cki_token_hold(token);
	session->flags = flags;
	cki_object_ring_init(&session->objects);
	return session;
}

CK_RV cki_session_open(struct module *module, CK_SLOT_ID slot_id, CK_FLAGS flags, CK_SESSION_HANDLE *ret_handle)
{
	AUTO(session_release_cleanup) struct session *session = NULL;
	AUTO(cki_token_release_cleanup) struct token *token = NULL;
	struct slot *slot = cki_slot_find(module, slot_id);
	CK_RV rv;

	if (slot == NULL)
		return CKR_SLOT_ID_INVALID;
	if ((flags & CKF_SERIAL_SESSION) == 0)
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	if ((flags & CKF_ASYNC_SESSION) != 0)
		return CKR_SESSION_ASYNC_NOT_SUPPORTED;
	rv = cki_slot_token(slot, &token);
	if (rv != CKR_OK)
		return rv;
	session = session_new(module, token, flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION));
	if (session == NULL)
		return CKR_HOST_MEMORY;
	LOCKED(&module->state);
	if (cki_token_gone_locked(token))
		return CKR_TOKEN_NOT_PRESENT;
	if (cki_token_so_logged_in_locked(token) && !cki_session_writes(session))
		return CKR_SESSION_READ_WRITE_SO_EXISTS;
	session->handle = handle_table_add(module->sessions, session);
	if (session->handle == CK_INVALID_HANDLE)
		return CKR_HOST_MEMORY;
	cki_token_count_locked(token, cki_session_writes(session), true);
	*ret_handle = session->handle;
	session = NULL;
	return CKR_OK;
}

/* Returns whether this call closed it; *ret_last: it was its token's last one. */
static bool mark_closed(struct session *session, bool *ret_last)
{
	LOCKED(&session->module->state);
	if (session->closed)
		return false;
	session->closed = true;
	if (cki_token_gone_locked(session->token) && atomic_load(&session->under_way) != 0)
		cki_removed_add_locked(&session->module->removed, session->handle);
	*ret_last = cki_token_count_locked(session->token, cki_session_writes(session), false) == 0;
	return true;
}

CK_RV cki_session_close(struct session *session)
{
	struct module *module = session->module;
	bool last = false;

	if (!mark_closed(session, &last))
		return CKR_SESSION_HANDLE_INVALID;
	cki_session_release(handle_table_remove(module->sessions, session->handle));
	cki_store_remove_owned(session);
	if (last && (cki_token_logged_in(session->token) || cki_token_so_logged_in(session->token)))
		(void)cki_token_logout(session->token);
	return CKR_OK;
}

void cki_session_close_all(struct module *module, struct token *token)
{
	void *value = NULL;

	for (CK_SESSION_HANDLE at = handle_table_next(module->sessions, CK_INVALID_HANDLE,
						      &value); at != CK_INVALID_HANDLE;
	     at = handle_table_next(module->sessions, at, &value)) {
		AUTO(session_release_cleanup) struct session *session = value;

		if (session->token == token)
			(void)cki_session_close(session);
	}
}

static CK_STATE state_of(const struct session *session)
{
	const bool writes = cki_session_writes(session);

	if (cki_token_so_logged_in(session->token))
		return CKS_RW_SO_FUNCTIONS;
	if (cki_token_logged_in(session->token))
		return writes ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
	return writes ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

CK_RV cki_session_info(struct session *session, CK_SESSION_INFO *ret_info)
{
	*ret_info = (CK_SESSION_INFO){
		.slotID = cki_slot_id(cki_token_slot(session->token)),
		.state = state_of(session),
		.flags = session->flags,
	};
	return CKR_OK;
}

struct session *cki_session_find(struct module *module, CK_SESSION_HANDLE handle)
{
	return handle_table_get(module->sessions, handle);
}

void cki_session_hold_value(void *value)
{
	struct session *session = value;

	(void)atomic_fetch_add(&session->counts, REFERENCE);
}

static void end_state(struct cki_resting *operation)
{
	void *state = STEAL(operation->state);

	if (state != NULL)
		operation->end(state);
}

static void session_free(struct session *session)
{
	for (enum cki_operation kind = 0; kind < CKI_OPERATION_COUNT; kind++) {
		cki_session_end(session, kind);
		end_state(&session->at_rest[kind]);
	}
	lock_destroy(&session->lock);
	(void)sem_destroy(&session->turn);
	cki_token_release(session->token);
	free(session);
}

void cki_session_release(struct session *session)
{
	if (session != NULL && atomic_fetch_sub(&session->counts, REFERENCE) == REFERENCE)
		session_free(session);
}

/*
 * One counter both keeps the session alive and says whether its operations are free, so that a call that need not wait
 * counts in and out and does nothing else.
 */
static bool count_user(void *value)
{
	struct session *session = value;

	return (atomic_fetch_add(&session->counts, 1) & USERS_MASK) != 0;
}

static void take_turn(struct session *session, bool wait)
{
	if (session->by_mutex)
		lock_acquire(&session->lock);
	else if (wait)
		while (sem_wait(&session->turn) != 0)
			; /* a signal came */
}

struct session *cki_session_find_to_use(struct module *module, CK_SESSION_HANDLE handle)
{
	bool wait = false;
	struct session *session = handle_table_take(module->sessions, handle, count_user, &wait);

	if (session != NULL)
		take_turn(session, wait);
	return session;
}

void cki_session_end_use(struct session *session)
{
	const bool by_mutex = session->by_mutex;
	unsigned long before;

	if (by_mutex)
		lock_release(&session->lock);
	before = atomic_fetch_sub(&session->counts, 1);
	if (before == 1)
		session_free(session);
	else if (!by_mutex && (before & USERS_MASK) > 1)
		(void)sem_post(&session->turn);
}

bool cki_session_to_begin(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
			  CK_RV *ret_rv)
{
	const bool active = session->operations[kind].is.state != NULL;

	if (mechanism != NULL) {
		*ret_rv = CKR_OPERATION_ACTIVE;
		return !active;
	}
	cki_session_end(session, kind);
	*ret_rv = active ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
	return false;
}

/* No other thread writes the count meanwhile. */
static void count_under_way(struct session *session, unsigned more)
{
	const unsigned before = atomic_load_explicit(&session->under_way, memory_order_relaxed);

	atomic_store_explicit(&session->under_way, before + more, memory_order_release);
}

static void begin_operation(struct session *session, enum cki_operation kind, const struct cki_resting *is)
{
	session->operations[kind] = (struct operation){ .is = *is };
	count_under_way(session, 1);
}

CK_RV cki_session_begin(struct session *session, enum cki_operation kind, void *state, void (*end)(void *state))
{
	return cki_session_begin_with(session, kind, state, end, NULL);
}

CK_RV cki_session_begin_with(struct session *session, enum cki_operation kind, void *state, void (*end)(void *state),
			     struct object *key)
{
	if (session->operations[kind].is.state != NULL)
		return CKR_OPERATION_ACTIVE;
	begin_operation(session, kind, &(struct cki_resting){ .state = state, .end = end, .key = key });
	return CKR_OK;
}

CK_RV cki_session_begin_resting(struct session *session, enum cki_operation kind, const struct cki_resting *resting)
{
	if (session->operations[kind].is.state != NULL)
		return CKR_OPERATION_ACTIVE;
	begin_operation(session, kind, resting);
	return CKR_OK;
}

void *cki_session_wake(struct session *session, enum cki_operation kind)
{
	return STEAL(session->at_rest[kind].state);
}

void *cki_session_operation(struct session *session, enum cki_operation kind)
{
	return session->operations[kind].is.state;
}

void cki_session_end(struct session *session, enum cki_operation kind)
{
	struct cki_resting operation = session->operations[kind].is;

	session->operations[kind] = (struct operation){ .logged_out = false };
	if (operation.state == NULL)
		return;
	count_under_way(session, -1u);
	if (operation.rest == NULL || !operation.rest(operation.state)) {
		operation.end(operation.state);
		return;
	}
	end_state(&session->at_rest[kind]);
	session->at_rest[kind] = operation;
}

CK_RV cki_session_no_operation(struct session *session, enum cki_operation kind)
{
	struct operation *operation = &session->operations[kind];

	if (operation->is.state != NULL || !operation->logged_out)
		return CKR_OPERATION_NOT_INITIALIZED;
	operation->logged_out = false;
	return CKR_USER_NOT_LOGGED_IN;
}

static void forget_private(struct session *session)
{
	take_turn(session, count_user(session));
	for (enum cki_operation kind = 0; kind < CKI_OPERATION_COUNT; kind++) {
		const struct object *key = session->operations[kind].is.key;

		if (key == NULL || !cki_object_private(key))
			continue;
		cki_session_end(session, kind);
		session->operations[kind].logged_out = true;
	}
	cki_session_end_use(session);
}

CK_RV cki_session_logout(struct session *session)
{
	struct module *module = session->module;
	CK_RV rv = cki_token_logout(session->token);
	void *value = NULL;

	if (rv != CKR_OK)
		return rv;
	/* No lock is held here: a session may be in a call that waits for the card. */
	for (CK_SESSION_HANDLE at = handle_table_next(module->sessions, CK_INVALID_HANDLE,
						      &value); at != CK_INVALID_HANDLE;
	     at = handle_table_next(module->sessions, at, &value)) {
		AUTO(session_release_cleanup) struct session *other = value;

		if (other->token == session->token)
			forget_private(other);
	}
	return CKR_OK;
}

void cki_session_cancel(struct session *session, CK_FLAGS flags)
{
	static const CK_FLAGS flag_of[CKI_OPERATION_COUNT] = {
		[CKI_OPERATION_FIND] = CKF_FIND_OBJECTS,
		[CKI_OPERATION_ENCRYPT] = CKF_ENCRYPT,
		[CKI_OPERATION_DECRYPT] = CKF_DECRYPT,
		[CKI_OPERATION_SIGN] = CKF_SIGN,
		[CKI_OPERATION_SIGN_RECOVER] = CKF_SIGN_RECOVER,
		[CKI_OPERATION_VERIFY] = CKF_VERIFY,
		[CKI_OPERATION_VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
		[CKI_OPERATION_VERIFY_SIGNATURE] = CKF_VERIFY,
		[CKI_OPERATION_DIGEST] = CKF_DIGEST,
		[CKI_OPERATION_MESSAGE_ENCRYPT] = CKF_MESSAGE_ENCRYPT,
		[CKI_OPERATION_MESSAGE_DECRYPT] = CKF_MESSAGE_DECRYPT,
		[CKI_OPERATION_MESSAGE_SIGN] = CKF_MESSAGE_SIGN,
		[CKI_OPERATION_MESSAGE_VERIFY] = CKF_MESSAGE_VERIFY,
	};

	for (enum cki_operation kind = 0; kind < CKI_OPERATION_COUNT; kind++)
		if ((flags & flag_of[kind]) != 0)
			cki_session_end(session, kind);
}

struct object_link *cki_session_objects(struct session *session)
{
	return &session->objects;
}

struct module *cki_session_module(const struct session *session)
{
	return session->module;
}

struct token *cki_session_token(const struct session *session)
{
	return session->token;
}

CK_SESSION_HANDLE cki_session_handle(const struct session *session)
{
	return session->handle;
}

bool cki_session_writes(const struct session *session)
{
	return (session->flags & CKF_RW_SESSION) != 0;
}

CK_RV cki_session_alive(const struct session *session)
{
	if (!atomic_load(&session->closed))
		return CKR_OK;
	LOCKED(&session->module->state);
	return cki_token_gone_locked(session->token) ? CKR_DEVICE_REMOVED : CKR_SESSION_CLOSED;
}

CK_RV cki_session_missing(struct module *module, CK_SESSION_HANDLE handle)
{
	if (!cki_removed_any(&module->removed))
		return CKR_SESSION_HANDLE_INVALID;
	LOCKED(&module->state);
	return cki_removed_take_locked(&module->removed, handle) ? CKR_DEVICE_REMOVED : CKR_SESSION_HANDLE_INVALID;
}

bool cki_session_closed_locked(const struct session *session)
{
	return session->closed;
}
