/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/wrap.h"

#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/secret_key.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/wrap_scheme.h"

/* What differs between the two directions: the attribute that allows it, which half of a pair, and the codes. */
struct direction {
	CK_FLAGS use;
	CK_ATTRIBUTE_TYPE permission;
	CK_OBJECT_CLASS card_class;
	CK_RV handle_invalid;
	CK_RV type_inconsistent;
};

static const struct direction wrapping = {
	CKF_WRAP, CKA_WRAP, CKO_PUBLIC_KEY, CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
};
static const struct direction unwrapping = {
	CKF_UNWRAP, CKA_UNWRAP, CKO_PRIVATE_KEY, CKR_UNWRAPPING_KEY_HANDLE_INVALID,
	CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
};

static bool takes(const struct mech *mech, const struct direction *direction, struct object *kek)
{
	struct md_key *key = cki_object_key(kek);

	if (mech->card_keys == 0)
		return key != NULL && cki_mech_takes(mech, md_key_alg(key));
	/* a public key of a session has no container, which an agreement reads its curve from */
	if (mech->wrap == &cki_wrap_ecdh_aes && cki_object_index(kek) == MD_NO_INDEX)
		return false;
	return key == NULL && cki_object_class(kek) == direction->card_class && cki_mech_takes_card_key(mech, kek);
}

/*
 * A card says of its elliptic-curve keys that they agree, not that they wrap; a wrapping that is an agreement is
 * allowed to those.
 */
static bool permits(const struct mech *mech, const struct direction *direction, struct object *kek)
{
	if (cki_object_bool(kek, direction->permission, mech->card_keys == 0))
		return true;
	return mech->wrap == &cki_wrap_ecdh_aes && cki_object_bool(kek, CKA_DERIVE, false);
}

static CK_RV find_kek(struct session *session, const struct direction *direction, CK_OBJECT_HANDLE handle,
		      struct wrap_call *call, struct object **ret_kek)
{
	AUTO_OBJECT *kek = NULL;
	CK_RV rv;

	call->mech = cki_mech_find_offered(cki_session_token(session), call->mechanism->mechanism, direction->use);
	if (call->mech == NULL || (call->authenticated && !call->mech->wrap->authenticates))
		return CKR_MECHANISM_INVALID;
	rv = cki_store_find_key(session, handle, direction->handle_invalid, &kek);
	if (rv != CKR_OK)
		return rv;
	if (!takes(call->mech, direction, kek))
		return direction->type_inconsistent;
	if (!permits(call->mech, direction, kek) || !cki_object_allows(kek, call->mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	call->kek = kek;
	rv = call->mech->wrap->check(call);
	if (rv == CKR_OK)
		*ret_kek = STEAL(kek);
	return rv;
}

/* What is wrong with the mechanism or the wrapping key comes before whatever else is. */
static CK_RV first_error(const struct wrap_call *call, CK_RV rv)
{
	CK_RV before = rv != CKR_OK && call->mech->wrap->probe != NULL ? call->mech->wrap->probe(call) : CKR_OK;

	return before != CKR_OK ? before : rv;
}

CK_RV cki_unwrap_key(struct session *session, const struct unwrap_request *request, CK_OBJECT_HANDLE *ret_handle)
{
	struct wrap_call call = {
		.mechanism = request->mechanism,
		.authenticated = request->authenticated,
		.associated = request->associated,
	};
	AUTO_OBJECT *kek = NULL;
	AUTO_DRAFT draft = { .object = NULL };
	struct secret_key_request wanted = {
		.session = session,
		.use = TEMPLATE_UNWRAP,
		.templ = request->templ,
		.count = request->count,
	};
	struct md_key *key = NULL;
	CK_RV rv = find_kek(session, &unwrapping, request->unwrapping, &call, &kek);

	if (rv != CKR_OK)
		return rv;
	wanted.parent = kek;
	rv = cki_secret_key_begin(&wanted, &draft);
	if (rv == CKR_OK)
		rv = call.mech->wrap->unwrap(&call, request->wrapped, &draft, &key);
	return rv != CKR_OK ? first_error(&call, rv) : cki_secret_key_commit(session, &draft, key, ret_handle);
}

/* What does not match is no key for this wrapping key (PKCS#11 3.2 5.18.3). */
static CK_RV check_wrap_template(struct object *kek, struct object *key)
{
	AUTO_ATTRS wanted = ATTRS_INIT;
	CK_RV rv = cki_object_template(kek, CKA_WRAP_TEMPLATE, &wanted);

	if (rv != CKR_OK)
		return rv;
	return cki_object_matches_attrs(key, &wanted) ? CKR_OK : CKR_KEY_HANDLE_INVALID;
}

static CK_RV find_wrapped(struct session *session, struct object *kek, CK_OBJECT_HANDLE handle, struct object **ret_key)
{
	AUTO_OBJECT *key = NULL;
	CK_RV rv = cki_store_find_key(session, handle, CKR_KEY_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	if (cki_object_class(key) != CKO_SECRET_KEY && cki_object_class(key) != CKO_PRIVATE_KEY)
		return CKR_KEY_HANDLE_INVALID;
	if (!cki_object_bool(key, CKA_EXTRACTABLE, false))
		return CKR_KEY_UNEXTRACTABLE;
	if (cki_object_key(key) == NULL)
		return CKR_KEY_NOT_WRAPPABLE;
	if (cki_object_bool(key, CKA_WRAP_WITH_TRUSTED, false) && !cki_object_bool(kek, CKA_TRUSTED, false))
		return CKR_KEY_NOT_WRAPPABLE;
	rv = cki_object_may_have_templates(kek) ? check_wrap_template(kek, key) : CKR_OK;
	if (rv == CKR_OK)
		*ret_key = STEAL(key);
	return rv;
}

CK_RV cki_wrap_key(struct session *session, const struct wrap_request *request, CK_BYTE *buffer, CK_ULONG *inout_len)
{
	struct wrap_call call = {
		.mechanism = request->mechanism,
		.wraps = true,
		.authenticated = request->authenticated,
		.associated = request->associated,
	};
	AUTO_OBJECT *kek = NULL;
	AUTO_OBJECT *key = NULL;
	size_t len = *inout_len;
	CK_RV rv = find_kek(session, &wrapping, request->wrapping, &call, &kek);

	if (rv != CKR_OK)
		return rv;
	rv = find_wrapped(session, kek, request->key, &key);
	if (rv == CKR_OK)
		rv = call.mech->wrap->wrap(&call, cki_object_key(key), buffer, &len);
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*inout_len = len;
	return first_error(&call, rv);
}
