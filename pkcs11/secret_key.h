/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of session keys: begin with a template, fill with a key, commit. Until the commit there is no
 * handle; on every failure the detached object and its key are gone. A data object of the session is made the same way:
 * its value is in the store of session keys, and everybody may read it.
 */
#ifndef MDP_PKCS11_SECRET_KEY_H
#define MDP_PKCS11_SECRET_KEY_H

#include <stddef.h>

#include "minidriver/md.h"
#include "pkcs11/key_type.h"
#include "pkcs11/object.h"
#include "pkcs11/template.h"

struct session;

/*
 * What a new key has of the key it comes from: CKA_SENSITIVE, CKA_EXTRACTABLE, and CKA_ALWAYS_SENSITIVE and
 * CKA_NEVER_EXTRACTABLE, which remember them.
 */
enum secret_key_history {
	SECRET_KEY_OUTSIDE = 0, /* it has been outside: unwrapped, created */
	SECRET_KEY_DERIVED,     /* remembers what its base key does, and what it is itself (PKCS#11 3.0 2.3.9) */
	/* Remembers the same, and is what its base key is where the template says nothing (PKCS#11 3.2 6.42.7). */
	SECRET_KEY_LIKE_BASE,
	/*
	 * Has bytes of its base keys: as sensitive and as unextractable as any of them, and remembers what they all do
	 * (PKCS#11 3.2 6.43.3 to 6.43.7).
	 */
	SECRET_KEY_PART,
	/*
	 * As strict as its base key or stricter, what its base key is where the template says nothing, and remembers
	 * what that does (PKCS#11 3.2 6.40.8).
	 */
	SECRET_KEY_BOUND,
	SECRET_KEY_SAME,        /* is and remembers just what its base key is and does (PKCS#11 3.2 6.40.6) */
	SECRET_KEY_GENERATED,   /* has never been anything else than it is (PKCS#11 3.0 5.18.1) */
};

struct secret_key_request {
	struct session *session;
	enum template_use use;
	const CK_ATTRIBUTE *templ;
	CK_ULONG count;
	enum secret_key_history history;
	struct object *parent; /* the base key or the unwrapping key; NULL for TEMPLATE_CREATE and _GENERATE */
	struct object *const *others; /* further base keys */
	size_t other_count;
	const CK_ATTRIBUTE_TYPE *withheld; /* uses that are not allowed unless the template says so */
	size_t withheld_count;
	bool data;                    /* a data object, no key */
	CK_MECHANISM_TYPE mechanism;  /* TEMPLATE_GENERATE: CKA_KEY_GEN_MECHANISM */
	/*
	 * What the mechanism makes. TEMPLATE_GENERATE: CK_UNAVAILABLE_INFORMATION is any; TEMPLATE_DERIVE: 0 is any, and a
	 * generic secret where the template says none.
	 */
	CK_KEY_TYPE type;
};

struct secret_key_draft {
	struct object *object;       /* detached, owned */
	const struct key_type *type; /* of a data object: CKK_GENERIC_SECRET */
	size_t value_len;            /* CKA_VALUE_LEN as asked for; 0: not said */
};

void cki_secret_key_drop(struct secret_key_draft *draft);
#define AUTO_DRAFT AUTO(cki_secret_key_drop) struct secret_key_draft

/*
 * Read a template and make the detached object that follows from it. CKA_TOKEN absent: a session object. Usage
 * absent: allowed. Errors: as cki_template_read; CKR_TEMPLATE_INCOMPLETE (no key type where none can be assumed),
 * CKR_TEMPLATE_INCONSISTENT (another class, a key type that session keys cannot have or the mechanism does not make,
 * CKA_TOKEN, CKA_SENSITIVE or CKA_EXTRACTABLE against the base keys, anything against the parent's template),
 * CKR_SESSION_READ_ONLY (CKA_TOKEN in a read-only session), CKR_ATTRIBUTE_VALUE_INVALID (CKA_VALUE_LEN not possible
 * for the type), CKR_USER_NOT_LOGGED_IN (CKA_PRIVATE), CKR_HOST_MEMORY.
 */
CK_RV cki_secret_key_begin(const struct secret_key_request *request, struct secret_key_draft *ret_draft);
/*
 * CKA_DERIVE_TEMPLATE or CKA_UNWRAP_TEMPLATE of a parent (NULL: none): what the new key does not say it gets, and what
 * it says otherwise is a contradiction (PKCS#11 3.2 5.18.4, 5.18.5). Part of begin. Errors: CKR_TEMPLATE_INCONSISTENT,
 * CKR_HOST_MEMORY.
 */
CK_RV cki_secret_key_apply_parent(struct object *parent, enum template_use use, struct attrs *attrs);
/*
 * Bytes in a caller's hands cannot have what a base key's CKA_DERIVE_TEMPLATE says of keys. Errors:
 * CKR_TEMPLATE_INCONSISTENT (it says something), CKR_HOST_MEMORY.
 */
CK_RV cki_secret_key_check_bare(struct object *parent);
/* Another detached object with the attributes of a draft, and an identity of its own. Errors: CKR_HOST_MEMORY. */
CK_RV cki_secret_key_twin(const struct secret_key_draft *draft, struct secret_key_draft *ret_draft);
/*
 * Fill and commit; the key's reference is taken, on failure too. *ret_handle is written last, on success only.
 * Errors: CKR_ATTRIBUTE_VALUE_INVALID (CKA_CHECK_VALUE is not this key's), as cki_store_commit.
 */
CK_RV cki_secret_key_commit(struct session *session, struct secret_key_draft *draft, struct md_key *key,
			    CK_OBJECT_HANDLE *ret_handle);

/*
 * Fill and commit several: all of them, or none. keys[i] is for drafts[i]; their references are taken, on failure too.
 * A draft without an object has no key, and gets CK_INVALID_HANDLE. ret_handles[i] is written on success only. Errors:
 * as cki_secret_key_commit.
 */
CK_RV cki_secret_key_commit_all(struct session *session, struct secret_key_draft *drafts, struct md_key **keys,
				size_t count, CK_OBJECT_HANDLE *ret_handles);

/*
 * What a template may not say of an object of the session, whatever it says else. Errors: CKR_SESSION_READ_ONLY,
 * CKR_TEMPLATE_INCONSISTENT (CKA_TOKEN), CKR_USER_NOT_LOGGED_IN (CKA_PRIVATE), CKR_ATTRIBUTE_READ_ONLY (CKA_TRUSTED).
 */
CK_RV cki_secret_key_check_place(struct session *session, const struct attrs *attrs);
/* CKA_UNIQUE_ID of an object of the session. */
void cki_secret_key_set_unique_id(struct attrs *attrs);

/*
 * C_CreateObject: secret keys and data objects of the session only. Errors: as begin; CKR_TEMPLATE_INCOMPLETE
 * (CKA_CLASS, CKA_KEY_TYPE, a key's CKA_VALUE).
 */
CK_RV cki_secret_key_create(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count,
			    CK_OBJECT_HANDLE *ret_handle);
/*
 * C_CopyObject of a session key or data object. Errors: CKR_ACTION_PROHIBITED (CKA_COPYABLE false, or an object of the
 * card, or a public key), as begin.
 */
CK_RV cki_secret_key_copy(struct session *session, struct object *from, const CK_ATTRIBUTE *templ, CK_ULONG count,
			  CK_OBJECT_HANDLE *ret_handle);
/*
 * C_SetAttributeValue. Errors: CKR_ACTION_PROHIBITED (CKA_MODIFIABLE false, or an object of the card, or a public key),
 * CKR_ATTRIBUTE_READ_ONLY, as begin.
 */
CK_RV cki_secret_key_change(struct session *session, struct object *object, const CK_ATTRIBUTE *templ, CK_ULONG count);

#endif
