/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/store.h"

#include "base/handle_table.h"
#include "pkcs11/module.h"
#include "pkcs11/object.h"
#include "pkcs11/session.h"
#include "pkcs11/token.h"

static CK_RV add_locked(struct module *module, struct object *object, CK_OBJECT_HANDLE *ret_handle)
{
	CK_OBJECT_HANDLE handle = handle_table_add(module->objects, object);

	if (handle == CK_INVALID_HANDLE)
		return CKR_HOST_MEMORY;
	*ret_handle = handle;
	return CKR_OK;
}

/* Take the handles of the first `count` back; the references are the caller's again. */
static void undo(struct module *module, const struct store_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *object = handle_table_remove(module->objects, entries[i].handle);

		(void)object;
	}
}

CK_RV cki_store_commit_all(struct session *session, struct store_entry *entries, size_t count)
{
	struct module *module = cki_session_module(session);
	struct token *token = cki_session_token(session);

	for (size_t i = 0; i < count; i++)
		cki_object_seal(entries[i].object, cki_session_handle(session));
	LOCKED(&module->state);
	if (cki_token_gone_locked(token))
		return CKR_DEVICE_REMOVED;
	if (cki_session_closed_locked(session))
		return CKR_SESSION_CLOSED;
	for (size_t i = 0; i < count; i++)
		if (cki_object_private(entries[i].object) && !cki_token_logged_in_locked(token))
			return CKR_USER_NOT_LOGGED_IN;
	for (size_t i = 0; i < count; i++) {
		CK_RV rv = add_locked(module, entries[i].object, &entries[i].handle);

		if (rv != CKR_OK) {
			undo(module, entries, i);
			return rv;
		}
	}
	for (size_t i = 0; i < count; i++) {
		cki_object_set_handle(entries[i].object, entries[i].handle);
		cki_object_enter_ring(entries[i].object, cki_session_objects(session));
	}
	return CKR_OK;
}

CK_RV cki_store_commit(struct session *session, struct object *object, CK_OBJECT_HANDLE *ret_handle)
{
	struct store_entry entry = { .object = object };
	CK_RV rv = cki_store_commit_all(session, &entry, 1);

	if (rv == CKR_OK)
		*ret_handle = entry.handle;
	return rv;
}

CK_RV cki_store_commit_token(struct module *module, struct object *object)
{
	CK_OBJECT_HANDLE handle;

	cki_object_seal(object, CK_INVALID_HANDLE);
	LOCKED(&module->state);
	return add_locked(module, object, &handle);
}

static bool visible(struct session *session, const struct object *object)
{
	return !cki_object_private(object) || cki_token_logged_in(cki_session_token(session));
}

struct object *cki_store_find(struct session *session, CK_OBJECT_HANDLE handle)
{
	AUTO_OBJECT *object = handle_table_get(cki_session_module(session)->objects, handle);

	if (object == NULL || cki_object_token(object) != cki_session_token(session))
		return NULL;
	return STEAL(object);
}

struct object *cki_store_find_visible(struct session *session, CK_OBJECT_HANDLE handle)
{
	AUTO_OBJECT *object = cki_store_find(session, handle);

	if (object == NULL || !visible(session, object))
		return NULL;
	return STEAL(object);
}

CK_RV cki_store_find_key(struct session *session, CK_OBJECT_HANDLE handle, CK_RV invalid, struct object **ret_key)
{
	AUTO_OBJECT *object = cki_store_find(session, handle);

	if (object == NULL)
		return invalid;
	if (!visible(session, object))
		return CKR_USER_NOT_LOGGED_IN;
	*ret_key = STEAL(object);
	return CKR_OK;
}

static CK_OBJECT_HANDLE next_of_all(struct module *module, CK_OBJECT_HANDLE after, void **ret_object)
{
	LOCKED(&module->state);
	return handle_table_next(module->objects, after, ret_object);
}

CK_OBJECT_HANDLE cki_store_next(struct session *session, CK_OBJECT_HANDLE after, struct object **ret_object)
{
	struct module *module = cki_session_module(session);
	void *value = NULL;

	for (CK_OBJECT_HANDLE at = next_of_all(module, after, &value); at != CK_INVALID_HANDLE;
	     at = next_of_all(module, at, &value)) {
		AUTO_OBJECT *object = value;

		if (cki_object_token(object) == cki_session_token(session) && visible(session, object)) {
			*ret_object = STEAL(object);
			return at;
		}
	}
	return CK_INVALID_HANDLE;
}

/* The table's reference is the caller's, who lets go of it without the lock. NULL: the handle is stale. */
static struct object *take_out(struct module *module, CK_OBJECT_HANDLE handle)
{
	struct object *object;

	LOCKED(&module->state);
	object = handle_table_remove(module->objects, handle);
	if (object != NULL)
		cki_object_leave_ring(object);
	return object;
}

void cki_store_remove(struct module *module, CK_OBJECT_HANDLE handle)
{
	cki_object_release(take_out(module, handle));
}

/* Remove what `wanted` says yes to. */
static void remove_if(struct module *module, bool (*wanted)(const struct object *object, const void *what),
		      const void *what)
{
	void *value = NULL;

	for (CK_OBJECT_HANDLE at = next_of_all(module, CK_INVALID_HANDLE, &value); at != CK_INVALID_HANDLE;
	     at = next_of_all(module, at, &value)) {
		AUTO_OBJECT *object = value;

		if (wanted(object, what))
			cki_store_remove(module, at);
	}
}

static struct object *take_owned(struct session *session)
{
	struct module *module = cki_session_module(session);

	LOCKED(&module->state);
	return handle_table_remove(module->objects, cki_object_ring_pop(cki_session_objects(session)));
}

void cki_store_remove_owned(struct session *session)
{
	for (struct object *object = take_owned(session); object != NULL; object = take_owned(session))
		cki_object_release(object);
}

static bool is_of_token(const struct object *object, const void *what)
{
	return cki_object_token(object) == (const struct token *)what;
}

void cki_store_remove_token(struct module *module, const struct token *token)
{
	remove_if(module, is_of_token, token);
}

static bool is_private_session_object(const struct object *object, const void *what)
{
	return is_of_token(object, what) && cki_object_private(object) && cki_object_owner(object) != CK_INVALID_HANDLE;
}

/*
 * Another handle for an object of a token, unless the token goes: its objects are looked for after it has been marked,
 * and one that were between two handles then would be found by nobody. `object` is held by the caller, too.
 */
static void renew_handle(struct module *module, const struct token *token, struct object *object, CK_OBJECT_HANDLE old)
{
	LOCKED(&module->state);
	if (handle_table_remove(module->objects, old) == NULL)
		return;
	if (cki_token_gone_locked(token) || handle_table_add(module->objects, object) == CK_INVALID_HANDLE)
		cki_object_release(object); /* the table's reference */
}

/* The epoch tells objects that have their new handle already when they are met again under it. */
static void renew_private_handles(struct module *module, const struct token *token, unsigned long epoch)
{
	void *value = NULL;

	for (CK_OBJECT_HANDLE at = next_of_all(module, CK_INVALID_HANDLE, &value); at != CK_INVALID_HANDLE;
	     at = next_of_all(module, at, &value)) {
		AUTO_OBJECT *object = value;

		if (is_of_token(object, token) && cki_object_owner(object) == CK_INVALID_HANDLE &&
		    cki_object_private(object) && cki_object_renew(object, epoch))
			renew_handle(module, token, object, at);
	}
}

void cki_store_forget_private(struct module *module, const struct token *token, unsigned long epoch)
{
	remove_if(module, is_private_session_object, token);
	renew_private_handles(module, token, epoch);
}
