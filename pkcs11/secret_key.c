/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/secret_key.h"

#include <stdatomic.h>
#include <stdio.h>

#include "pkcs11/error.h"
#include "pkcs11/module.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

static const struct object_kind session_key_kind = { .late_count = 0 };

void cki_secret_key_drop(struct secret_key_draft *draft)
{
	cki_object_release(draft->object);
	draft->object = NULL;
}

/* What a template may not say of a session key, whatever it says else. */
static CK_RV check_place(struct session *session, const struct attrs *attrs)
{
	if (cki_attrs_bool(attrs, CKA_TOKEN, false))
		return cki_session_writes(session) ? CKR_TEMPLATE_INCONSISTENT : CKR_SESSION_READ_ONLY;
	if (cki_attrs_bool(attrs, CKA_PRIVATE, false) && !cki_token_logged_in(cki_session_token(session)))
		return CKR_USER_NOT_LOGGED_IN;
	/* Only the security officer makes a key trusted (PKCS#11 3.0 4.8). */
	if (cki_attrs_bool(attrs, CKA_TRUSTED, false))
		return CKR_ATTRIBUTE_READ_ONLY;
	return CKR_OK;
}

static CK_RV choose_type(enum template_use use, struct attrs *attrs, const struct key_type **ret_type)
{
	bool derives = use == TEMPLATE_DERIVE;
	const struct key_type *type;

	if (cki_attrs_get(attrs, CKA_CLASS) == NULL && use == TEMPLATE_CREATE)
		return CKR_TEMPLATE_INCOMPLETE;
	if (cki_attrs_ulong(attrs, CKA_CLASS, CKO_SECRET_KEY) != CKO_SECRET_KEY)
		return CKR_TEMPLATE_INCONSISTENT;
	if (cki_attrs_get(attrs, CKA_KEY_TYPE) == NULL && !derives)
		return CKR_TEMPLATE_INCOMPLETE;
	type = cki_key_type_find(cki_attrs_ulong(attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET));
	if (type == NULL)
		return CKR_TEMPLATE_INCONSISTENT;
	cki_attrs_set_ulong(attrs, CKA_CLASS, CKO_SECRET_KEY);
	cki_attrs_set_ulong(attrs, CKA_KEY_TYPE, type->type);
	*ret_type = type;
	return CKR_OK;
}

static CK_RV choose_len(const struct attrs *attrs, const struct key_type *type, size_t *ret_len)
{
	CK_ULONG len = cki_attrs_ulong(attrs, CKA_VALUE_LEN, 0);

	if (cki_attrs_get(attrs, CKA_VALUE_LEN) != NULL && !cki_key_type_takes(type, len))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	*ret_len = len;
	return CKR_OK;
}

/*
 * CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE: a derived key keeps what its base key was and what it is itself
 * (PKCS#11 3.0 2.3.9); a key that was unwrapped or created has been outside.
 */
static void set_history(struct attrs *attrs, const struct secret_key_request *request)
{
	bool derived = request->history == SECRET_KEY_DERIVED;

	cki_attrs_set_bool(attrs, CKA_ALWAYS_SENSITIVE,
			   derived && cki_object_bool(request->parent, CKA_ALWAYS_SENSITIVE, false) &&
				   cki_attrs_bool(attrs, CKA_SENSITIVE, false));
	cki_attrs_set_bool(attrs, CKA_NEVER_EXTRACTABLE,
			   derived && cki_object_bool(request->parent, CKA_NEVER_EXTRACTABLE, false) &&
				   !cki_attrs_bool(attrs, CKA_EXTRACTABLE, true));
	cki_attrs_set_bool(attrs, CKA_LOCAL, false);
	cki_attrs_set_ulong(attrs, CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION);
}

static void set_unique_id(struct attrs *attrs)
{
	static atomic_ulong count;
	char text[40];

	(void)snprintf(text, sizeof(text), "session-key-%lu", atomic_fetch_add(&count, 1) + 1);
	cki_attrs_set_text(attrs, CKA_UNIQUE_ID, text);
}

static const CK_ATTRIBUTE_TYPE true_by_default[] = {
	CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE,
	CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE,
};

static const CK_ATTRIBUTE_TYPE empty_by_default[] = { CKA_LABEL, CKA_ID, CKA_START_DATE, CKA_END_DATE };

static void set_defaults(struct attrs *attrs, const struct secret_key_request *request)
{
	bool sensitive = cki_session_module(request->session)->sensitive_default;
	bool is_private = request->parent != NULL ? cki_object_private(request->parent)
						  : cki_token_logged_in(cki_session_token(request->session));

	for (size_t i = 0; i < ARRAY_COUNT(true_by_default); i++)
		cki_attrs_default_bool(attrs, true_by_default[i], true);
	for (size_t i = 0; i < ARRAY_COUNT(empty_by_default); i++)
		cki_attrs_default_empty(attrs, empty_by_default[i]);
	cki_attrs_default_bool(attrs, CKA_PRIVATE, is_private);
	cki_attrs_default_bool(attrs, CKA_SENSITIVE, sensitive);
	cki_attrs_default_bool(attrs, CKA_EXTRACTABLE, !sensitive);
	cki_attrs_default_bool(attrs, CKA_TRUSTED, false);
	cki_attrs_default_bool(attrs, CKA_WRAP_WITH_TRUSTED, false);
	cki_attrs_set_bool(attrs, CKA_TOKEN, false);
	set_history(attrs, request);
	set_unique_id(attrs);
}

CK_RV cki_secret_key_begin(const struct secret_key_request *request, struct secret_key_draft *ret_draft)
{
	struct session *session = request->session;
	AUTO_OBJECT *object = cki_object_new(&session_key_kind, cki_session_token(session), MD_NO_INDEX);
	struct secret_key_draft draft = { .object = NULL };
	struct attrs *attrs;
	CK_RV rv;

	if (object == NULL)
		return CKR_HOST_MEMORY;
	attrs = cki_object_attrs(object);
	rv = cki_template_read(request->use, request->templ, request->count, attrs);
	if (rv == CKR_OK)
		rv = choose_type(request->use, attrs, &draft.type);
	if (rv == CKR_OK)
		rv = choose_len(attrs, draft.type, &draft.value_len);
	if (rv == CKR_OK)
		rv = check_place(session, attrs);
	if (rv != CKR_OK)
		return rv;
	set_defaults(attrs, request);
	if (attrs->failed)
		return CKR_HOST_MEMORY;
	draft.object = STEAL(object);
	*ret_draft = draft;
	return CKR_OK;
}

CK_RV cki_secret_key_commit(struct session *session, struct secret_key_draft *draft, struct md_key *key,
			    CK_OBJECT_HANDLE *ret_handle)
{
	struct attrs *attrs = cki_object_attrs(draft->object);
	CK_OBJECT_HANDLE handle;
	CK_RV rv;

	cki_object_give_key(draft->object, key);
	cki_attrs_set_ulong(attrs, CKA_VALUE_LEN, md_key_len(key));
	if (attrs->failed)
		return CKR_HOST_MEMORY;
	rv = cki_store_commit(session, draft->object, &handle);
	if (rv != CKR_OK)
		return rv;
	draft->object = NULL;
	*ret_handle = handle;
	return CKR_OK;
}

CK_RV cki_secret_key_create(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count,
			    CK_OBJECT_HANDLE *ret_handle)
{
	const struct secret_key_request request = {
		.session = session,
		.use = TEMPLATE_CREATE,
		.templ = templ,
		.count = count,
	};
	const CK_ATTRIBUTE *value = cki_template_value(templ, count);
	struct token *token = cki_session_token(session);
	AUTO_DRAFT draft = { .object = NULL };
	struct md_key *key = NULL;
	CK_RV rv = cki_secret_key_begin(&request, &draft);

	if (rv != CKR_OK)
		return rv;
	if (value == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (!cki_key_type_takes(draft.type, value->ulValueLen))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = cki_token_error(token, CKI_CALL_KEY,
			     md_key_import(cki_token_card(token), draft.type->alg,
					   span_of(value->pValue, value->ulValueLen), &key));
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(session, &draft, key, ret_handle);
}

/* Attributes that go one way only (PKCS#11 3.0 4.8, 4.10): once they have this value they keep it. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	bool final;
} one_way[] = {
	{ CKA_SENSITIVE, true },
	{ CKA_EXTRACTABLE, false },
	{ CKA_WRAP_WITH_TRUSTED, true },
	{ CKA_COPYABLE, false },
};

static CK_RV read_changes(struct session *session, struct object *object, const struct secret_key_request *request,
			  struct attrs *changes)
{
	CK_RV rv = cki_template_read(request->use, request->templ, request->count, changes);

	if (rv == CKR_OK)
		rv = check_place(session, changes);
	for (size_t i = 0; rv == CKR_OK && i < ARRAY_COUNT(one_way); i++) {
		bool now = cki_object_bool(object, one_way[i].type, one_way[i].final);

		if (now == one_way[i].final && cki_attrs_bool(changes, one_way[i].type, now) != now)
			rv = CKR_ATTRIBUTE_READ_ONLY;
	}
	return rv;
}

CK_RV cki_secret_key_copy(struct session *session, struct object *from, const CK_ATTRIBUTE *templ, CK_ULONG count,
			  CK_OBJECT_HANDLE *ret_handle)
{
	const struct secret_key_request request = { .session = session, .use = TEMPLATE_COPY, .templ = templ,
						    .count = count };
	AUTO_DRAFT draft = { .object = NULL };
	AUTO_ATTRS changes = ATTRS_INIT;
	CK_RV rv;

	if (cki_object_key(from) == NULL || !cki_object_bool(from, CKA_COPYABLE, false))
		return CKR_ACTION_PROHIBITED;
	rv = read_changes(session, from, &request, &changes);
	if (rv != CKR_OK)
		return rv;
	draft.object = cki_object_new(&session_key_kind, cki_session_token(session), MD_NO_INDEX);
	if (draft.object == NULL)
		return CKR_HOST_MEMORY;
	cki_object_copy_attrs(from, cki_object_attrs(draft.object));
	cki_attrs_merge(cki_object_attrs(draft.object), &changes);
	set_unique_id(cki_object_attrs(draft.object));
	return cki_secret_key_commit(session, &draft, md_key_hold(cki_object_key(from)), ret_handle);
}

CK_RV cki_secret_key_change(struct session *session, struct object *object, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	const struct secret_key_request request = { .session = session, .use = TEMPLATE_CHANGE, .templ = templ,
						    .count = count };
	AUTO_ATTRS changes = ATTRS_INIT;
	CK_RV rv;

	if (cki_object_owner(object) == CK_INVALID_HANDLE && !cki_session_writes(session))
		return CKR_SESSION_READ_ONLY;
	if (cki_object_key(object) == NULL || !cki_object_bool(object, CKA_MODIFIABLE, false))
		return CKR_ACTION_PROHIBITED;
	rv = read_changes(session, object, &request, &changes);
	return rv != CKR_OK ? rv : cki_object_change(object, &changes);
}
