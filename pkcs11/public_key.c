/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/public_key.h"

#include "pkcs11/object.h"
#include "pkcs11/secret_key.h"
#include "pkcs11/session.h"
#include "pkcs11/store.h"
#include "pkcs11/template.h"

static const struct {
	CK_KEY_TYPE type;
	enum md_public_type md;
} types[] = {
	{ CKK_RSA, MD_PUBLIC_RSA },
	{ CKK_EC, MD_PUBLIC_EC },
	{ CKK_EC_EDWARDS, MD_PUBLIC_EDWARDS },
	{ CKK_EC_MONTGOMERY, MD_PUBLIC_MONTGOMERY },
};

enum md_public_type cki_public_type(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i].type == type)
			return types[i].md;
	return (enum md_public_type)0;
}

void cki_public_clear(struct public_key *public)
{
	cki_attrs_clear(&public->attrs);
}

static struct span get(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	struct span value = SPAN_EMPTY;

	return cki_attrs_get(attrs, type, &value) ? value : SPAN_EMPTY;
}

/* Big integers may come with zeros in front. */
static struct span get_number(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	struct span number = get(attrs, type);

	while (number.len > 0 && number.data[0] == 0)
		number = span_of(number.data + 1, number.len - 1);
	return number;
}

static const CK_ATTRIBUTE_TYPE parts[] = { CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS, CKA_EC_POINT };

CK_RV cki_public_read(struct object *object, struct public_key *ret_public)
{
	struct md_public *key = &ret_public->key;
	struct attrs *attrs = &ret_public->attrs;

	cki_object_copy_some(object, parts, ARRAY_COUNT(parts), attrs);
	if (attrs->failed)
		return CKR_HOST_MEMORY;
	*key = (struct md_public){
		.type = cki_public_type(cki_object_key_type(object)),
		.rsa = { .modulus = get_number(attrs, CKA_MODULUS), .exponent = get_number(attrs, CKA_PUBLIC_EXPONENT) },
		.ec_params = get(attrs, CKA_EC_PARAMS),
		.ec_point = get(attrs, CKA_EC_POINT),
	};
	if (key->type == MD_PUBLIC_RSA)
		return key->rsa.modulus.len != 0 && key->rsa.exponent.len != 0 ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
	return key->ec_params.len != 0 && key->ec_point.len != 0 ? CKR_OK : CKR_KEY_TYPE_INCONSISTENT;
}

size_t cki_object_bits(struct object *key)
{
	AUTO_PUBLIC public = PUBLIC_INIT;

	if (cki_public_read(key, &public) != CKR_OK)
		return 0;
	switch (public.key.type) {
	case MD_PUBLIC_RSA:
		return public.key.rsa.modulus.len * 8 - (size_t)__builtin_clz(public.key.rsa.modulus.data[0]) +
		       8 * (sizeof(unsigned) - 1);
	case MD_PUBLIC_EDWARDS:
		return md_public_signature_len(&public.key) > 64 ? 448 : 255;
	case MD_PUBLIC_EC:
	case MD_PUBLIC_MONTGOMERY:
	default:
		return 0;
	}
}

/* ---- those of a session ----------------------------------------------------------------------------- */

static const struct object_kind public_kind = { .late_count = 0 };

#define MODULUS_BITS_MIN 1024u
#define MODULUS_BITS_MAX 16384u

/* What a key of the type consists of, and nothing of another type's. */
static CK_RV check_parts(const struct attrs *attrs, enum md_public_type type)
{
	const bool rsa = type == MD_PUBLIC_RSA;

	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		const bool there = cki_attrs_has(attrs, parts[i]);
		const bool wanted = rsa == (parts[i] == CKA_MODULUS || parts[i] == CKA_PUBLIC_EXPONENT);

		if (there != wanted)
			return wanted ? CKR_TEMPLATE_INCOMPLETE : CKR_TEMPLATE_INCONSISTENT;
	}
	return CKR_OK;
}

static CK_RV check_template(struct session *session, const struct attrs *attrs)
{
	const enum md_public_type type =
		cki_public_type(cki_attrs_ulong(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));

	if (!cki_attrs_has(attrs, CKA_KEY_TYPE))
		return CKR_TEMPLATE_INCOMPLETE;
	/* keys of RFC 7748 do nothing that public keys do here */
	if (type == 0 || type == MD_PUBLIC_MONTGOMERY || cki_attrs_bool(attrs, CKA_MODIFIABLE, false) ||
	    cki_attrs_bool(attrs, CKA_COPYABLE, false))
		return CKR_TEMPLATE_INCONSISTENT;
	if (check_parts(attrs, type) != CKR_OK)
		return check_parts(attrs, type);
	return cki_secret_key_check_place(session, attrs);
}

/* Uses that the type of the key has and the template does not deny. */
static const struct {
	CK_ATTRIBUTE_TYPE use;
	bool rsa_only;
} uses[] = {
	{ CKA_VERIFY, false }, { CKA_VERIFY_RECOVER, true }, { CKA_ENCRYPT, true }, { CKA_WRAP, true },
};

static void set_defaults(struct attrs *attrs)
{
	const uint64_t no = CKI_ATTR_BIT(TOKEN) | CKI_ATTR_BIT(PRIVATE) | CKI_ATTR_BIT(TRUSTED) | CKI_ATTR_BIT(DERIVE) |
			    CKI_ATTR_BIT(MODIFIABLE) | CKI_ATTR_BIT(COPYABLE) | CKI_ATTR_BIT(LOCAL);
	const uint64_t empty = CKI_ATTR_BIT(LABEL) | CKI_ATTR_BIT(ID) | CKI_ATTR_BIT(SUBJECT) |
			       CKI_ATTR_BIT(START_DATE) | CKI_ATTR_BIT(END_DATE);
	const bool rsa = cki_attrs_has(attrs, CKA_MODULUS);

	for (size_t i = 0; i < ARRAY_COUNT(uses); i++) {
		cki_attrs_default_bool(attrs, uses[i].use, rsa || !uses[i].rsa_only);
		if (!rsa && uses[i].rsa_only)
			cki_attrs_set_bool(attrs, uses[i].use, false);
	}
	cki_attrs_default_bools(attrs, no, false);
	cki_attrs_default_empty(attrs, empty);
	cki_attrs_default_bool(attrs, CKA_DESTROYABLE, true);
	cki_attrs_set_ulong(attrs, CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION);
	cki_secret_key_set_unique_id(attrs);
}

/* Whether it is a key at all; OpenSSL looks closer when it is used. */
static CK_RV check_key(struct object *object)
{
	AUTO_PUBLIC public = PUBLIC_INIT;
	struct md_point point;
	const size_t bits = cki_object_bits(object);
	CK_RV rv = cki_public_read(object, &public);

	if (rv != CKR_OK)
		return rv == CKR_HOST_MEMORY ? rv : CKR_ATTRIBUTE_VALUE_INVALID;
	if (public.key.type == MD_PUBLIC_RSA)
		return bits >= MODULUS_BITS_MIN && bits <= MODULUS_BITS_MAX &&
				       public.key.rsa.exponent.len <= public.key.rsa.modulus.len
			       ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
	if (md_public_signature_len(&public.key) == 0)
		return CKR_CURVE_NOT_SUPPORTED;
	if (public.key.type == MD_PUBLIC_EC && md_point_decode(public.key.ec_params, public.key.ec_point, &point) != MD_OK)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

CK_RV cki_public_create(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count,
			CK_OBJECT_HANDLE *ret_handle)
{
	AUTO_OBJECT *object = cki_object_new(&public_kind, cki_session_token(session), MD_NO_INDEX);
	struct attrs *attrs;
	CK_OBJECT_HANDLE handle;
	CK_RV rv;

	if (object == NULL)
		return CKR_HOST_MEMORY;
	attrs = cki_object_attrs(object);
	rv = cki_template_read_public(TEMPLATE_CREATE, templ, count, attrs);
	if (rv == CKR_OK)
		rv = check_template(session, attrs);
	if (rv != CKR_OK)
		return rv;
	set_defaults(attrs);
	if (attrs->failed)
		return CKR_HOST_MEMORY;
	cki_object_seal(object, CK_INVALID_HANDLE);
	rv = check_key(object);
	if (rv != CKR_OK)
		return rv;
	if (cki_object_key_type(object) == CKK_RSA)
		cki_attrs_set_ulong(attrs, CKA_MODULUS_BITS, cki_object_bits(object));
	rv = attrs->failed ? CKR_HOST_MEMORY : cki_store_commit(session, object, &handle);
	if (rv != CKR_OK)
		return rv;
	object = NULL;
	*ret_handle = handle;
	return CKR_OK;
}
