/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An object: its attributes, the token it is of, and for a session key the counted reference on the key.
 *
 * A new object is detached: it has no handle and nobody else sees it. It is filled, and only then
 * committed to the store (store.h); what fails before leaves nothing behind.
 */
#ifndef MDP_PKCS11_OBJECT_H
#define MDP_PKCS11_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "minidriver/md.h"
#include "pkcs11/attrs.h"
#include "pkcs11/pkcs11_compat.h"

struct object;
struct token;

/* What differs from one kind of object to the next. */
struct object_kind {
	/* Attributes that are only known after load(). */
	const CK_ATTRIBUTE_TYPE *late;
	size_t late_count;
	/* Fetch them into attrs; called at most once with success, with the object locked. */
	CK_RV (*load)(struct token *token, size_t index, struct attrs *attrs);
};

/*
 * A detached object with no attributes; it holds the token. index: of the container or certificate. NULL for want
 * of memory.
 */
struct object *cki_object_new(const struct object_kind *kind, struct token *token, size_t index) MUST_USE;
struct object *cki_object_hold(struct object *object);
void cki_object_hold_value(void *object);
/* NULL is allowed. The last reference frees it and lets go of its key. */
void cki_object_release(struct object *object);
void cki_object_release_cleanup(struct object **object);
#define AUTO_OBJECT AUTO(cki_object_release_cleanup) struct object

/* Filling, while the object is detached. The key's reference becomes the object's. */
struct attrs *cki_object_attrs(struct object *object);
void cki_object_give_key(struct object *object, struct md_key *key);
/*
 * Commit's part: what never changes afterwards is noted. owner: the session it dies with, 0 for an object of the
 * card.
 */
void cki_object_seal(struct object *object, CK_SESSION_HANDLE owner);

/*
 * The ring of a session's objects, which begins in the session; under module->state. An object that is in none is a
 * ring of its own.
 */
struct object_link {
	struct object_link *before;
	struct object_link *after;
};
void cki_object_ring_init(struct object_link *ring);
void cki_object_enter_ring(struct object *object, struct object_link *ring);
void cki_object_leave_ring(struct object *object);
/* Let the first in a ring leave it; its handle, or CK_INVALID_HANDLE: the ring is empty. */
CK_OBJECT_HANDLE cki_object_ring_pop(struct object_link *ring);
/* The handle that an object has in a ring. */
void cki_object_set_handle(struct object *object, CK_OBJECT_HANDLE handle);

/* Whether this is the first time for this epoch (store.h, logout). */
bool cki_object_renew(struct object *object, unsigned long epoch);

/* What never changes. */
struct token *cki_object_token(const struct object *object);
size_t cki_object_index(const struct object *object);
/* The session key, or a data object's value; borrowed. NULL: none. */
struct md_key *cki_object_key(const struct object *object);
CK_OBJECT_CLASS cki_object_class(const struct object *object);
CK_KEY_TYPE cki_object_key_type(const struct object *object);
bool cki_object_private(const struct object *object);
CK_SESSION_HANDLE cki_object_owner(const struct object *object);

/* A boolean attribute as it is now. */
bool cki_object_bool(struct object *object, CK_ATTRIBUTE_TYPE type, bool fallback);
/* Whether CKA_ALLOWED_MECHANISMS is absent or names the mechanism. */
bool cki_object_allows(struct object *object, CK_MECHANISM_TYPE mechanism);
/* Both at once: whether the attribute for this use is not false, and the mechanism is allowed. */
bool cki_object_permits(struct object *object, CK_ATTRIBUTE_TYPE use, CK_MECHANISM_TYPE mechanism);
/* A copy of all attributes as they are now. */
void cki_object_copy_attrs(struct object *object, struct attrs *to);
/* The same of some of them, where they are there. */
void cki_object_copy_some(struct object *object, const CK_ATTRIBUTE_TYPE *types, size_t count, struct attrs *to);
/*
 * Whether an object that is so now may be changed so. It is asked with the object locked: nobody changes it between the
 * answer and the change.
 */
typedef CK_RV object_rule(const struct attrs *now, const struct attrs *changes);
/* Change attributes: all of them or none. Errors: CKR_HOST_MEMORY, the rule's. */
CK_RV cki_object_change(struct object *object, const struct attrs *changes, object_rule *rule);
/* All attributes as they are now, changed so; the object stays as it is. Errors: as cki_object_change. */
CK_RV cki_object_copy_changed(struct object *object, const struct attrs *changes, object_rule *rule, struct attrs *to);

/*
 * One attribute by the rules of C_GetAttributeValue (PKCS#11 3.0 5.7.5): ulValueLen becomes the length, or
 * CK_UNAVAILABLE_INFORMATION with CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL, or the
 * card's error for what has to be read from it.
 */
CK_RV cki_object_read(struct object *object, CK_ATTRIBUTE *attribute);
/* Whether the object has each of the attributes with just this value; a value that may not be read never matches. */
bool cki_object_matches(struct object *object, const CK_ATTRIBUTE *templ, CK_ULONG count);
/* The same for a set. */
bool cki_object_matches_attrs(struct object *object, const struct attrs *wanted);
/* False: it surely has no templates as attributes. */
bool cki_object_may_have_templates(const struct object *object);
/* What is in a template that the object has as an attribute; nothing if it has none. Errors: CKR_HOST_MEMORY. */
CK_RV cki_object_template(struct object *object, CK_ATTRIBUTE_TYPE type, struct attrs *to);
/* Bytes that the attributes take. */
size_t cki_object_size(struct object *object);

#endif
