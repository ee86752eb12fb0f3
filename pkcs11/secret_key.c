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

/* The attribute of the parent that says what keys made so have; none: CKA_CLASS, which is no template. */
static CK_ATTRIBUTE_TYPE template_of_parent(enum template_use use)
{
	switch (use) {
	case TEMPLATE_DERIVE:
		return CKA_DERIVE_TEMPLATE;
	case TEMPLATE_UNWRAP:
		return CKA_UNWRAP_TEMPLATE;
	case TEMPLATE_CREATE:
	case TEMPLATE_COPY:
	case TEMPLATE_CHANGE:
	case TEMPLATE_MATCH:
	default:
		return CKA_CLASS;
	}
}

CK_RV cki_secret_key_apply_parent(struct object *parent, enum template_use use, struct attrs *attrs)
{
	CK_ATTRIBUTE_TYPE type = template_of_parent(use);
	AUTO_ATTRS wanted = ATTRS_INIT;
	CK_RV rv = parent != NULL && type != CKA_CLASS ? cki_object_template(parent, type, &wanted) : CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < wanted.count; i++) {
		struct span value = span_of(wanted.items[i].data, wanted.items[i].len);
		const struct attr *own = cki_attrs_get(attrs, wanted.items[i].type);

		if (own == NULL)
			cki_attrs_set(attrs, wanted.items[i].type, value);
		else if (!span_equal(span_of(own->data, own->len), value))
			rv = CKR_TEMPLATE_INCONSISTENT;
	}
	return rv == CKR_OK && attrs->failed ? CKR_HOST_MEMORY : rv;
}

/* The two attributes that a base key can hand down, the value that is the stricter one, and how each is remembered. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	CK_ATTRIBUTE_TYPE memory;
	bool strict;
} guards[] = {
	{ CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, true },
	{ CKA_EXTRACTABLE, CKA_NEVER_EXTRACTABLE, false },
};

/* What the history says of CKA_SENSITIVE and CKA_EXTRACTABLE, against what the template says. */
static CK_RV inherit(struct attrs *attrs, const struct secret_key_request *request)
{
	if (request->history != SECRET_KEY_BOUND && request->history != SECRET_KEY_SAME)
		return CKR_OK;
	for (size_t i = 0; i < ARRAY_COUNT(guards); i++) {
		bool strict = guards[i].strict;
		bool base = cki_object_bool(request->parent, guards[i].type, strict);
		bool own = cki_attrs_bool(attrs, guards[i].type, base);

		if (own != base && (request->history == SECRET_KEY_SAME || base == strict))
			return CKR_TEMPLATE_INCONSISTENT;
		cki_attrs_set_bool(attrs, guards[i].type, own);
	}
	return CKR_OK;
}

/*
 * CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE: a derived key keeps what its base key was and what it is itself
 * (PKCS#11 3.0 2.3.9); a key that was unwrapped or created has been outside.
 */
static void set_history(struct attrs *attrs, const struct secret_key_request *request)
{
	for (size_t i = 0; i < ARRAY_COUNT(guards); i++) {
		bool strict = guards[i].strict;
		bool always = request->history != SECRET_KEY_OUTSIDE &&
			      cki_object_bool(request->parent, guards[i].memory, false);

		if (request->history == SECRET_KEY_DERIVED)
			always = always && cki_attrs_bool(attrs, guards[i].type, !strict) == strict;
		cki_attrs_set_bool(attrs, guards[i].memory, always);
	}
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

	for (size_t i = 0; i < request->withheld_count; i++)
		cki_attrs_default_bool(attrs, request->withheld[i], false);
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
		rv = cki_secret_key_apply_parent(request->parent, request->use, attrs);
	if (rv == CKR_OK)
		rv = choose_type(request->use, attrs, &draft.type);
	if (rv == CKR_OK)
		rv = choose_len(attrs, draft.type, &draft.value_len);
	if (rv == CKR_OK)
		rv = check_place(session, attrs);
	if (rv == CKR_OK)
		rv = inherit(attrs, request);
	if (rv != CKR_OK)
		return rv;
	set_defaults(attrs, request);
	if (attrs->failed)
		return CKR_HOST_MEMORY;
	draft.object = STEAL(object);
	*ret_draft = draft;
	return CKR_OK;
}

CK_RV cki_secret_key_twin(const struct secret_key_draft *draft, struct secret_key_draft *ret_draft)
{
	struct token *token = cki_object_token(draft->object);
	AUTO_OBJECT *object = cki_object_new(&session_key_kind, token, MD_NO_INDEX);

	if (object == NULL)
		return CKR_HOST_MEMORY;
	cki_object_copy_attrs(draft->object, cki_object_attrs(object));
	set_unique_id(cki_object_attrs(object));
	if (cki_object_attrs(object)->failed)
		return CKR_HOST_MEMORY;
	*ret_draft = (struct secret_key_draft){ .type = draft->type, .value_len = draft->value_len };
	ret_draft->object = STEAL(object);
	return CKR_OK;
}

/* What a template says of the check value is none, or is right (PKCS#11 3.2 4.11). */
static CK_RV check_check_value(const struct attrs *attrs, struct md_key *key)
{
	const struct attr *said = cki_attrs_get(attrs, CKA_CHECK_VALUE);
	uint8_t value[MD_CHECK_VALUE_LEN];
	CK_RV rv;

	if (said == NULL || said->len == 0)
		return CKR_OK;
	rv = cki_error(CKI_CALL_KEY, md_key_check_value(key, value));
	if (rv != CKR_OK)
		return rv;
	return span_equal(span_of(said->data, said->len), span_of(value, sizeof(value))) ? CKR_OK
											 : CKR_ATTRIBUTE_VALUE_INVALID;
}

CK_RV cki_secret_key_fill(struct secret_key_draft *draft, struct md_key *key)
{
	struct attrs *attrs = cki_object_attrs(draft->object);

	cki_object_give_key(draft->object, key);
	cki_attrs_set_ulong(attrs, CKA_VALUE_LEN, md_key_len(key));
	return attrs->failed ? CKR_HOST_MEMORY : check_check_value(attrs, key);
}

CK_RV cki_secret_key_commit_all(struct session *session, struct secret_key_draft *drafts, size_t count,
				CK_OBJECT_HANDLE *ret_handles)
{
	struct object *objects[SECRET_KEYS_MAX] = { NULL };
	CK_OBJECT_HANDLE handles[SECRET_KEYS_MAX];
	size_t present = 0;
	CK_RV rv;

	for (size_t i = 0; i < count; i++)
		if (drafts[i].object != NULL)
			objects[present++] = drafts[i].object;
	rv = cki_store_commit_all(session, objects, present, handles);
	if (rv != CKR_OK)
		return rv;
	present = 0;
	for (size_t i = 0; i < count; i++) {
		ret_handles[i] = drafts[i].object != NULL ? handles[present++] : CK_INVALID_HANDLE;
		drafts[i].object = NULL;
	}
	return CKR_OK;
}

CK_RV cki_secret_key_commit(struct session *session, struct secret_key_draft *draft, struct md_key *key,
			    CK_OBJECT_HANDLE *ret_handle)
{
	CK_RV rv = cki_secret_key_fill(draft, key);

	return rv != CKR_OK ? rv : cki_secret_key_commit_all(session, draft, 1, ret_handle);
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
	return rv != CKR_OK ? rv : check_check_value(changes, cki_object_key(object));
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
