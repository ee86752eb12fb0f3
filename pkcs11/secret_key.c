/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/secret_key.h"

#include <stdatomic.h>
#include <string.h>
#include <stdlib.h>

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

CK_RV cki_secret_key_check_place(struct session *session, const struct attrs *attrs)
{
	if ((cki_attrs_true(attrs) & (CKI_ATTR_BIT(TOKEN) | CKI_ATTR_BIT(PRIVATE) | CKI_ATTR_BIT(TRUSTED))) == 0)
		return CKR_OK;
	if (cki_attrs_bool(attrs, CKA_TOKEN, false))
		return cki_session_writes(session) ? CKR_TEMPLATE_INCONSISTENT : CKR_SESSION_READ_ONLY;
	if (cki_attrs_bool(attrs, CKA_PRIVATE, false) && !cki_token_logged_in(cki_session_token(session)))
		return CKR_USER_NOT_LOGGED_IN;
	/* Only the security officer makes a key trusted (PKCS#11 3.0 4.8). */
	if (cki_attrs_bool(attrs, CKA_TRUSTED, false))
		return CKR_ATTRIBUTE_READ_ONLY;
	return CKR_OK;
}

/* The type where the template says none; CK_UNAVAILABLE_INFORMATION: it must. */
static CK_KEY_TYPE implied_type(const struct secret_key_request *request)
{
	if (request->use == TEMPLATE_GENERATE)
		return request->type;
	if (request->use != TEMPLATE_DERIVE)
		return CK_UNAVAILABLE_INFORMATION;
	return request->type != 0 ? request->type : CKK_GENERIC_SECRET;
}

/* Whether the mechanism makes keys of one type only. */
static bool type_is_fixed(const struct secret_key_request *request)
{
	if (request->use == TEMPLATE_GENERATE)
		return request->type != CK_UNAVAILABLE_INFORMATION;
	return request->use == TEMPLATE_DERIVE && request->type != 0;
}

static CK_RV choose_type(const struct secret_key_request *request, struct attrs *attrs,
			 const struct key_type **ret_type)
{
	const CK_KEY_TYPE implied = implied_type(request);
	const CK_KEY_TYPE wanted = cki_attrs_ulong(attrs, CKA_KEY_TYPE, implied);
	const struct key_type *type = cki_key_type_find(wanted);

	if (!cki_attrs_has(attrs, CKA_CLASS) && request->use == TEMPLATE_CREATE)
		return CKR_TEMPLATE_INCOMPLETE;
	if (cki_attrs_ulong(attrs, CKA_CLASS, CKO_SECRET_KEY) != CKO_SECRET_KEY)
		return CKR_TEMPLATE_INCONSISTENT;
	if (wanted == CK_UNAVAILABLE_INFORMATION)
		return CKR_TEMPLATE_INCOMPLETE;
	if (type == NULL)
		return CKR_TEMPLATE_INCONSISTENT;
	if (type_is_fixed(request) && wanted != implied)
		return CKR_TEMPLATE_INCONSISTENT;
	cki_attrs_default_ulong(attrs, CKA_CLASS, CKO_SECRET_KEY);
	cki_attrs_default_ulong(attrs, CKA_KEY_TYPE, type->type);
	*ret_type = type;
	return CKR_OK;
}

static CK_RV choose_len(const struct attrs *attrs, const struct key_type *type, size_t *ret_len)
{
	const bool said = cki_attrs_has(attrs, CKA_VALUE_LEN);
	const CK_ULONG len = said ? cki_attrs_ulong(attrs, CKA_VALUE_LEN, 0) : 0;

	if (said && !cki_key_type_takes(type, len))
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
	case TEMPLATE_GENERATE:
	case TEMPLATE_MATCH:
	default:
		return CKA_CLASS;
	}
}

static CK_RV apply_template(struct object *parent, CK_ATTRIBUTE_TYPE type, struct attrs *attrs)
{
	AUTO_ATTRS wanted = ATTRS_INIT;
	CK_RV rv = cki_object_template(parent, type, &wanted);
	struct attrs_entry entry;
	size_t at = 0;

	while (rv == CKR_OK && cki_attrs_next(&wanted, &at, &entry))
		if (!cki_attrs_add(attrs, entry.type, entry.value))
			rv = CKR_TEMPLATE_INCONSISTENT;
	return rv;
}

CK_RV cki_secret_key_apply_parent(struct object *parent, enum template_use use, struct attrs *attrs)
{
	CK_ATTRIBUTE_TYPE type = template_of_parent(use);
	CK_RV rv = CKR_OK;

	if (parent != NULL && type != CKA_CLASS && cki_object_may_have_templates(parent))
		rv = apply_template(parent, type, attrs);
	return rv == CKR_OK && attrs->failed ? CKR_HOST_MEMORY : rv;
}

CK_RV cki_secret_key_check_bare(struct object *parent)
{
	AUTO_ATTRS wanted = ATTRS_INIT;
	CK_RV rv = parent != NULL ? cki_object_template(parent, CKA_DERIVE_TEMPLATE, &wanted) : CKR_OK;

	return rv == CKR_OK && cki_attrs_count(&wanted) != 0 ? CKR_TEMPLATE_INCONSISTENT : rv;
}

/* Each base key has its say. */
static CK_RV apply_parents(const struct secret_key_request *request, struct attrs *attrs)
{
	CK_RV rv = cki_secret_key_apply_parent(request->parent, request->use, attrs);

	for (size_t i = 0; rv == CKR_OK && i < request->other_count; i++)
		rv = cki_secret_key_apply_parent(request->others[i], request->use, attrs);
	return rv;
}

/* How many of the base keys have an attribute with this value. */
static size_t count_parents(const struct secret_key_request *request, CK_ATTRIBUTE_TYPE type, bool value)
{
	size_t count = cki_object_bool(request->parent, type, false) == value;

	for (size_t i = 0; i < request->other_count; i++)
		count += cki_object_bool(request->others[i], type, false) == value;
	return count;
}

/* A key that has a base key's bytes cannot be freer than it, whatever its template says. */
static CK_RV force(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
	if (cki_attrs_bool(attrs, type, value) != value)
		return CKR_TEMPLATE_INCONSISTENT;
	cki_attrs_set_bool(attrs, type, value);
	return CKR_OK;
}

/* What the template leaves open is as it is with the base key. */
static void follow(struct attrs *attrs, const struct secret_key_request *request)
{
	cki_attrs_default_bool(attrs, CKA_SENSITIVE, cki_object_bool(request->parent, CKA_SENSITIVE, true));
	cki_attrs_default_bool(attrs, CKA_EXTRACTABLE, cki_object_bool(request->parent, CKA_EXTRACTABLE, false));
}

/* Sensitive if any base key is; unextractable likewise. */
static CK_RV force_strict(struct attrs *attrs, const struct secret_key_request *request)
{
	CK_RV rv = CKR_OK;

	if (count_parents(request, CKA_SENSITIVE, true) != 0)
		rv = force(attrs, CKA_SENSITIVE, true);
	if (rv == CKR_OK && count_parents(request, CKA_EXTRACTABLE, false) != 0)
		rv = force(attrs, CKA_EXTRACTABLE, false);
	return rv;
}

static CK_RV force_same(struct attrs *attrs, const struct secret_key_request *request)
{
	CK_RV rv = force(attrs, CKA_SENSITIVE, cki_object_bool(request->parent, CKA_SENSITIVE, true));

	return rv != CKR_OK ? rv : force(attrs, CKA_EXTRACTABLE,
					 cki_object_bool(request->parent, CKA_EXTRACTABLE, false));
}

/* CKA_SENSITIVE and CKA_EXTRACTABLE as far as the base keys have a say in them. */
static CK_RV inherit(struct attrs *attrs, const struct secret_key_request *request)
{
	switch (request->history) {
	case SECRET_KEY_LIKE_BASE:
		follow(attrs, request);
		break;
	case SECRET_KEY_PART:
		return force_strict(attrs, request);
	case SECRET_KEY_BOUND:
		follow(attrs, request);
		return force_strict(attrs, request);
	case SECRET_KEY_SAME:
		return force_same(attrs, request);
	case SECRET_KEY_OUTSIDE:
	case SECRET_KEY_DERIVED:
	case SECRET_KEY_GENERATED:
		break;
	}
	return CKR_OK;
}

/*
 * CKA_ALWAYS_SENSITIVE or CKA_NEVER_EXTRACTABLE: whether the key keeps it. now: whether it is sensitive or
 * unextractable itself.
 */
static bool remembers(const struct secret_key_request *request, CK_ATTRIBUTE_TYPE type, bool now)
{
	switch (request->history) {
	case SECRET_KEY_OUTSIDE:
		break;
	case SECRET_KEY_DERIVED:
		return now && cki_object_bool(request->parent, type, false);
	case SECRET_KEY_LIKE_BASE:
		return now && count_parents(request, type, true) != 0;
	case SECRET_KEY_PART:
	case SECRET_KEY_BOUND:
	case SECRET_KEY_SAME:
		return count_parents(request, type, false) == 0;
	case SECRET_KEY_GENERATED:
		return now;
	}
	return false;
}

static void set_history(struct attrs *attrs, const struct secret_key_request *request)
{
	const bool generated = request->history == SECRET_KEY_GENERATED;
	const bool sensitive = (cki_attrs_true(attrs) & CKI_ATTR_BIT(SENSITIVE)) != 0;
	const bool extractable = (cki_attrs_true(attrs) & CKI_ATTR_BIT(EXTRACTABLE)) != 0;

	cki_attrs_set_bools(attrs, CKI_ATTR_BIT(ALWAYS_SENSITIVE),
			    remembers(request, CKA_ALWAYS_SENSITIVE, sensitive));
	cki_attrs_set_bools(attrs, CKI_ATTR_BIT(NEVER_EXTRACTABLE),
			    remembers(request, CKA_NEVER_EXTRACTABLE, !extractable));
	cki_attrs_set_bools(attrs, CKI_ATTR_BIT(LOCAL), generated);
	cki_attrs_set_ulong(attrs, CKA_KEY_GEN_MECHANISM,
			    generated ? request->mechanism : CK_UNAVAILABLE_INFORMATION);
}

/* "session-key-" and a number. By hand, because snprintf() takes as long as all the other attributes together. */
void cki_secret_key_set_unique_id(struct attrs *attrs)
{
	static const char head[] = "session-key-";
	static atomic_ulong count;
	char text[sizeof(head) + 3 * sizeof(unsigned long)];
	char *at = text + sizeof(text);

	for (unsigned long number = atomic_fetch_add(&count, 1) + 1; number != 0; number /= 10)
		*--at = (char)('0' + number % 10);
	at -= sizeof(head) - 1;
	memcpy(at, head, sizeof(head) - 1);
	cki_attrs_set(attrs, CKA_UNIQUE_ID, span_of(at, (size_t)(text + sizeof(text) - at)));
}

#define TRUE_BY_DEFAULT (CKI_ATTR_BIT(MODIFIABLE) | CKI_ATTR_BIT(COPYABLE) | CKI_ATTR_BIT(DESTROYABLE))
#define ALLOWED_BY_DEFAULT                                                                                     \
	(CKI_ATTR_BIT(ENCRYPT) | CKI_ATTR_BIT(DECRYPT) | CKI_ATTR_BIT(SIGN) | CKI_ATTR_BIT(VERIFY) | \
	 CKI_ATTR_BIT(WRAP) | CKI_ATTR_BIT(UNWRAP) | CKI_ATTR_BIT(DERIVE))
#define FALSE_BY_DEFAULT (CKI_ATTR_BIT(TRUSTED) | CKI_ATTR_BIT(WRAP_WITH_TRUSTED))
#define EMPTY_BY_DEFAULT (CKI_ATTR_BIT(ID) | CKI_ATTR_BIT(START_DATE) | CKI_ATTR_BIT(END_DATE))

/* What keys and data objects share. */
static void set_common_defaults(struct attrs *attrs, const struct secret_key_request *request)
{
	bool is_private = request->parent != NULL ? cki_object_private(request->parent)
						  : cki_token_logged_in(cki_session_token(request->session));

	cki_attrs_default_bools(attrs, TRUE_BY_DEFAULT, true);
	cki_attrs_default_empty(attrs, CKI_ATTR_BIT(LABEL));
	cki_attrs_default_bools(attrs, CKI_ATTR_BIT(PRIVATE), is_private);
	cki_attrs_set_bools(attrs, CKI_ATTR_BIT(TOKEN), false);
	cki_secret_key_set_unique_id(attrs);
}

static void set_key_defaults(struct attrs *attrs, const struct secret_key_request *request)
{
	bool sensitive = cki_session_module(request->session)->sensitive_default;

	set_common_defaults(attrs, request);
	for (size_t i = 0; i < request->withheld_count; i++)
		cki_attrs_default_bool(attrs, request->withheld[i], false);
	cki_attrs_default_bools(attrs, ALLOWED_BY_DEFAULT, true);
	cki_attrs_default_bools(attrs, FALSE_BY_DEFAULT, false);
	cki_attrs_default_empty(attrs, EMPTY_BY_DEFAULT);
	cki_attrs_default_bools(attrs, CKI_ATTR_BIT(SENSITIVE), sensitive);
	cki_attrs_default_bools(attrs, CKI_ATTR_BIT(EXTRACTABLE), !sensitive);
	set_history(attrs, request);
}

static CK_RV begin_key(const struct secret_key_request *request, struct attrs *attrs, struct secret_key_draft *draft)
{
	CK_RV rv = cki_template_read(request->use, request->templ, request->count, attrs);

	if (rv == CKR_OK)
		rv = apply_parents(request, attrs);
	if (rv == CKR_OK)
		rv = choose_type(request, attrs, &draft->type);
	if (rv == CKR_OK)
		rv = choose_len(attrs, draft->type, &draft->value_len);
	if (rv == CKR_OK)
		rv = cki_secret_key_check_place(request->session, attrs);
	if (rv == CKR_OK)
		rv = inherit(attrs, request);
	if (rv == CKR_OK)
		set_key_defaults(attrs, request);
	return rv;
}

static CK_RV begin_data(const struct secret_key_request *request, struct attrs *attrs, struct secret_key_draft *draft)
{
	CK_RV rv = cki_template_read_data(request->use, request->templ, request->count, attrs);

	if (rv == CKR_OK)
		rv = cki_secret_key_check_bare(request->parent);
	if (rv != CKR_OK)
		return rv;
	if (cki_attrs_ulong(attrs, CKA_CLASS, CKO_DATA) != CKO_DATA)
		return CKR_TEMPLATE_INCONSISTENT;
	draft->type = cki_key_type_find(CKK_GENERIC_SECRET);
	rv = choose_len(attrs, draft->type, &draft->value_len);
	if (rv == CKR_OK)
		rv = cki_secret_key_check_place(request->session, attrs);
	if (rv != CKR_OK)
		return rv;
	cki_attrs_remove(attrs, CKA_VALUE_LEN);
	cki_attrs_set_ulong(attrs, CKA_CLASS, CKO_DATA);
	cki_attrs_default_empty(attrs, CKI_ATTR_BIT(APPLICATION) | CKI_ATTR_BIT(OBJECT_ID));
	set_common_defaults(attrs, request);
	return CKR_OK;
}

CK_RV cki_secret_key_begin(const struct secret_key_request *request, struct secret_key_draft *ret_draft)
{
	AUTO_OBJECT *object = cki_object_new(&session_key_kind, cki_session_token(request->session), MD_NO_INDEX);
	struct secret_key_draft draft = { .object = NULL };
	struct attrs *attrs;
	CK_RV rv;

	if (object == NULL)
		return CKR_HOST_MEMORY;
	attrs = cki_object_attrs(object);
	rv = request->data ? begin_data(request, attrs, &draft) : begin_key(request, attrs, &draft);
	if (rv != CKR_OK)
		return rv;
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
	cki_secret_key_set_unique_id(cki_object_attrs(object));
	if (cki_object_attrs(object)->failed)
		return CKR_HOST_MEMORY;
	*ret_draft = (struct secret_key_draft){ .type = draft->type, .value_len = draft->value_len };
	ret_draft->object = STEAL(object);
	return CKR_OK;
}

/* What a template says of the check value is none, or is right (PKCS#11 3.2 4.11). */
static CK_RV check_check_value(const struct attrs *attrs, struct md_key *key)
{
	struct span said = SPAN_EMPTY;
	uint8_t value[MD_CHECK_VALUE_LEN];
	CK_RV rv;

	if (!cki_attrs_get(attrs, CKA_CHECK_VALUE, &said) || said.len == 0)
		return CKR_OK;
	rv = cki_error(CKI_CALL_KEY, md_key_check_value(key, value));
	if (rv != CKR_OK)
		return rv;
	return span_equal(said, span_of(value, sizeof(value))) ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* The key's reference is taken, on failure too. An object without a key is a data object without bytes. */
static CK_RV fill(struct secret_key_draft *draft, struct md_key *key)
{
	struct attrs *attrs = cki_object_attrs(draft->object);

	cki_object_give_key(draft->object, key);
	if (cki_attrs_ulong(attrs, CKA_CLASS, CKO_SECRET_KEY) == CKO_SECRET_KEY)
		cki_attrs_set_ulong(attrs, CKA_VALUE_LEN, md_key_len(key));
	return attrs->failed ? CKR_HOST_MEMORY : check_check_value(attrs, key);
}

static CK_RV fill_all(struct secret_key_draft *drafts, struct md_key **keys, size_t count)
{
	CK_RV result = CKR_OK;

	for (size_t i = 0; i < count; i++) {
		CK_RV rv = drafts[i].object != NULL ? fill(&drafts[i], STEAL(keys[i])) : CKR_OK;

		if (result == CKR_OK)
			result = rv;
	}
	return result;
}

static void entries_cleanup(struct store_entry **entries)
{
	free(*entries);
}

CK_RV cki_secret_key_commit_all(struct session *session, struct secret_key_draft *drafts, struct md_key **keys,
				size_t count, CK_OBJECT_HANDLE *ret_handles)
{
	AUTO(entries_cleanup) struct store_entry *entries = calloc(count, sizeof(*entries));
	size_t present = 0;
	CK_RV rv = fill_all(drafts, keys, count);

	if (rv == CKR_OK && entries == NULL)
		rv = CKR_HOST_MEMORY;
	if (rv != CKR_OK)
		return rv;
	for (size_t i = 0; i < count; i++)
		if (drafts[i].object != NULL)
			entries[present++].object = drafts[i].object;
	rv = cki_store_commit_all(session, entries, present);
	if (rv != CKR_OK)
		return rv;
	present = 0;
	for (size_t i = 0; i < count; i++) {
		ret_handles[i] = drafts[i].object != NULL ? entries[present++].handle : CK_INVALID_HANDLE;
		drafts[i].object = NULL;
	}
	return CKR_OK;
}

CK_RV cki_secret_key_commit(struct session *session, struct secret_key_draft *draft, struct md_key *key,
			    CK_OBJECT_HANDLE *ret_handle)
{
	CK_OBJECT_HANDLE handle;
	CK_RV rv = fill(draft, key);

	if (rv == CKR_OK)
		rv = cki_store_commit(session, draft->object, &handle);
	if (rv != CKR_OK)
		return rv;
	draft->object = NULL;
	*ret_handle = handle;
	return CKR_OK;
}

static CK_RV import(struct token *token, enum md_key_alg alg, const CK_ATTRIBUTE *value, struct md_key **ret_key)
{
	return cki_token_error(token, CKI_CALL_KEY, md_key_import(cki_token_card(token), alg,
								  span_of(value->pValue, value->ulValueLen), ret_key));
}

static CK_RV create_key(struct session *session, const struct secret_key_request *request, const CK_ATTRIBUTE *value,
			CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_DRAFT draft = { .object = NULL };
	struct md_key *key = NULL;
	CK_RV rv = cki_secret_key_begin(request, &draft);

	if (rv != CKR_OK)
		return rv;
	if (value == NULL)
		return CKR_TEMPLATE_INCOMPLETE;
	if (!cki_key_type_takes(draft.type, value->ulValueLen))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	rv = import(cki_session_token(session), draft.type->alg, value, &key);
	return rv != CKR_OK ? rv : cki_secret_key_commit(session, &draft, key, ret_handle);
}

/* A session key has a byte at least: a value without bytes is an attribute like the others. */
static CK_RV create_data(struct session *session, const struct secret_key_request *request, const CK_ATTRIBUTE *value,
			 CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_DRAFT draft = { .object = NULL };
	struct md_key *key = NULL;
	CK_RV rv = cki_secret_key_begin(request, &draft);

	if (rv != CKR_OK)
		return rv;
	if (value != NULL && value->ulValueLen != 0)
		rv = import(cki_session_token(session), MD_KEY_GENERIC, value, &key);
	else
		cki_attrs_default_empty(cki_object_attrs(draft.object), CKI_ATTR_BIT(VALUE));
	return rv != CKR_OK ? rv : cki_secret_key_commit(session, &draft, key, ret_handle);
}

CK_RV cki_secret_key_create(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count,
			    CK_OBJECT_HANDLE *ret_handle)
{
	const struct secret_key_request request = {
		.session = session,
		.use = TEMPLATE_CREATE,
		.templ = templ,
		.count = count,
		.data = cki_template_says(templ, count, CKO_DATA),
	};
	const CK_ATTRIBUTE *value = cki_template_value(templ, count);

	return request.data ? create_data(session, &request, value, ret_handle)
			    : create_key(session, &request, value, ret_handle);
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

static CK_RV check_one_way(const struct attrs *now, const struct attrs *changes)
{
	for (size_t i = 0; i < ARRAY_COUNT(one_way); i++) {
		const bool final = one_way[i].final;

		if (cki_attrs_bool(now, one_way[i].type, final) == final &&
		    cki_attrs_bool(changes, one_way[i].type, final) != final)
			return CKR_ATTRIBUTE_READ_ONLY;
	}
	return CKR_OK;
}

static CK_RV may_copy(const struct attrs *now, const struct attrs *changes)
{
	return cki_attrs_bool(now, CKA_COPYABLE, false) ? check_one_way(now, changes) : CKR_ACTION_PROHIBITED;
}

static CK_RV may_change(const struct attrs *now, const struct attrs *changes)
{
	return cki_attrs_bool(now, CKA_MODIFIABLE, false) ? check_one_way(now, changes) : CKR_ACTION_PROHIBITED;
}

static CK_RV read_changes(struct session *session, struct object *object, const struct secret_key_request *request,
			  struct attrs *changes)
{
	CK_RV rv = cki_object_class(object) == CKO_DATA
			   ? cki_template_read_data(request->use, request->templ, request->count, changes)
			   : cki_template_read(request->use, request->templ, request->count, changes);

	if (rv == CKR_OK)
		rv = cki_secret_key_check_place(session, changes);
	return rv != CKR_OK ? rv : check_check_value(changes, cki_object_key(object));
}

CK_RV cki_secret_key_copy(struct session *session, struct object *from, const CK_ATTRIBUTE *templ, CK_ULONG count,
			  CK_OBJECT_HANDLE *ret_handle)
{
	const struct secret_key_request request = { .session = session, .use = TEMPLATE_COPY, .templ = templ,
						    .count = count };
	AUTO_DRAFT draft = { .object = NULL };
	AUTO_ATTRS changes = ATTRS_INIT;
	struct md_key *key = NULL;
	CK_RV rv;

	if (cki_object_owner(from) == CK_INVALID_HANDLE || cki_object_class(from) == CKO_PUBLIC_KEY)
		return CKR_ACTION_PROHIBITED;
	rv = read_changes(session, from, &request, &changes);
	if (rv != CKR_OK)
		return rv;
	draft.object = cki_object_new(&session_key_kind, cki_session_token(session), MD_NO_INDEX);
	if (draft.object == NULL)
		return CKR_HOST_MEMORY;
	rv = cki_object_copy_changed(from, &changes, may_copy, cki_object_attrs(draft.object));
	if (rv != CKR_OK)
		return rv;
	cki_secret_key_set_unique_id(cki_object_attrs(draft.object));
	if (cki_object_key(from) != NULL)
		key = md_key_hold(cki_object_key(from));
	return cki_secret_key_commit(session, &draft, key, ret_handle);
}

CK_RV cki_secret_key_change(struct session *session, struct object *object, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	const struct secret_key_request request = { .session = session, .use = TEMPLATE_CHANGE, .templ = templ,
						    .count = count };
	AUTO_ATTRS changes = ATTRS_INIT;
	CK_RV rv;

	if (cki_object_owner(object) == CK_INVALID_HANDLE && !cki_session_writes(session))
		return CKR_SESSION_READ_ONLY;
	if (cki_object_owner(object) == CK_INVALID_HANDLE || cki_object_class(object) == CKO_PUBLIC_KEY)
		return CKR_ACTION_PROHIBITED;
	rv = read_changes(session, object, &request, &changes);
	return rv != CKR_OK ? rv : cki_object_change(object, &changes, may_change);
}
