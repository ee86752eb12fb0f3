/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/wrap.h"

#include "pkcs11/cipher_params.h"
#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/secret_key.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"

/* What differs between the two directions: the attribute that allows it, and the codes. */
struct direction {
	CK_FLAGS use;
	CK_ATTRIBUTE_TYPE permission;
	CK_RV handle_invalid;
	CK_RV type_inconsistent;
};

static const struct direction wrapping = {
	CKF_WRAP, CKA_WRAP, CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
};
static const struct direction unwrapping = {
	CKF_UNWRAP, CKA_UNWRAP, CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
};

static CK_RV find_kek(struct session *session, const struct direction *direction, const CK_MECHANISM *mechanism,
		      CK_OBJECT_HANDLE handle, struct object **ret_kek)
{
	const struct mech *mech = cki_mech_find(mechanism->mechanism, direction->use);
	AUTO_OBJECT *kek = NULL;
	CK_RV rv;

	if (mech == NULL)
		return CKR_MECHANISM_INVALID;
	rv = cki_store_find_key(session, handle, direction->handle_invalid, &kek);
	if (rv != CKR_OK)
		return rv;
	if (cki_object_key(kek) == NULL || !cki_mech_takes(mech, md_key_alg(cki_object_key(kek))))
		return direction->type_inconsistent;
	if (!cki_object_permits(kek, direction->permission, mech->type))
		return CKR_KEY_FUNCTION_NOT_PERMITTED;
	*ret_kek = STEAL(kek);
	return CKR_OK;
}

static CK_RV read_params(const CK_MECHANISM *mechanism, struct cipher_params *ret_params)
{
	return cki_cipher_params(cki_mech_find(mechanism->mechanism, CKF_WRAP | CKF_UNWRAP), mechanism, ret_params);
}

/*
 * RFC 3394 2: 8 bytes more than the key, two blocks of 8 at least; RFC 5649 3: 8 to 15 bytes more; PKCS #7 padding: 9 to
 * 16. A length in the template that cannot be meant is found before anything is deciphered.
 */
static CK_RV check_len(enum md_cipher_mode mode, size_t wrapped_len, size_t value_len)
{
	const size_t least = mode == MD_CIPHER_KW_PKCS7 ? 9 : 8;
	const size_t spread = mode == MD_CIPHER_KW ? 0 : 7;

	if (wrapped_len % 8 != 0 || wrapped_len < (mode == MD_CIPHER_KWP ? 16u : 24u))
		return CKR_WRAPPED_KEY_LEN_RANGE;
	if (value_len == 0 || (value_len <= wrapped_len - least && value_len + spread >= wrapped_len - least))
		return CKR_OK;
	return CKR_TEMPLATE_INCONSISTENT;
}

CK_RV cki_unwrap_key(struct session *session, const struct unwrap_request *request, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_OBJECT *kek = NULL;
	AUTO_DRAFT draft = { .object = NULL };
	struct secret_key_request wanted = {
		.session = session,
		.use = TEMPLATE_UNWRAP,
		.templ = request->templ,
		.count = request->count,
	};
	struct cipher_params params;
	struct md_key *key = NULL;
	CK_RV rv = find_kek(session, &unwrapping, request->mechanism, request->unwrapping, &kek);

	if (rv == CKR_OK)
		rv = read_params(request->mechanism, &params);
	if (rv != CKR_OK)
		return rv;
	wanted.parent = kek;
	rv = cki_secret_key_begin(&wanted, &draft);
	if (rv == CKR_OK)
		rv = check_len(params.md.mode, request->wrapped.len, draft.value_len);
	if (rv == CKR_OK)
		rv = cki_error(CKI_CALL_UNWRAP, md_key_unwrap(cki_object_key(kek), &params.md, request->wrapped,
							      draft.type->alg, draft.value_len, &key));
	if (rv != CKR_OK)
		return rv;
	return cki_secret_key_commit(session, &draft, key, ret_handle);
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
	*ret_key = STEAL(key);
	return CKR_OK;
}

CK_RV cki_wrap_key(struct session *session, const struct wrap_request *request, CK_BYTE *buffer, CK_ULONG *inout_len)
{
	AUTO_OBJECT *kek = NULL;
	AUTO_OBJECT *key = NULL;
	struct cipher_params params;
	size_t len = *inout_len;
	CK_RV rv = find_kek(session, &wrapping, request->mechanism, request->wrapping, &kek);

	if (rv == CKR_OK)
		rv = read_params(request->mechanism, &params);
	if (rv == CKR_OK)
		rv = find_wrapped(session, kek, request->key, &key);
	if (rv != CKR_OK)
		return rv;
	rv = cki_error(CKI_CALL_WRAP, md_key_wrap(cki_object_key(kek), &params.md, cki_object_key(key), buffer, &len));
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*inout_len = len;
	return rv;
}
