/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/token_objects.h"

#include <stdio.h>

#include "minidriver/md.h"
#include "pkcs11/attrs.h"
#include "pkcs11/certificate.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/module.h"
#include "pkcs11/object.h"
#include "pkcs11/slot.h"
#include "pkcs11/spki.h"
#include "pkcs11/store.h"
#include "pkcs11/token.h"

static CK_RV load_certificate(struct token *token, size_t index, struct attrs *attrs)
{
	struct span der = SPAN_EMPTY;
	CK_RV rv = cki_token_error(token, CKI_CALL_GENERAL, md_certificate_read(cki_token_card(token), index, &der));

	if (rv != CKR_OK)
		return rv;
	cki_certificate_attrs(der, attrs);
	return attrs->failed ? CKR_HOST_MEMORY : CKR_OK;
}

static const CK_ATTRIBUTE_TYPE certificate_late[] = {
	CKA_VALUE,	CKA_SUBJECT,  CKA_ISSUER,      CKA_SERIAL_NUMBER, CKA_PUBLIC_KEY_INFO,
	CKA_START_DATE, CKA_END_DATE, CKA_CHECK_VALUE,
};

static const struct object_kind certificate_kind = {
	.late = certificate_late,
	.late_count = ARRAY_COUNT(certificate_late),
	.load = load_certificate,
};

static CK_RV load_data(struct token *token, size_t index, struct attrs *attrs)
{
	struct span bytes = SPAN_EMPTY;
	CK_RV rv = cki_token_error(token, CKI_CALL_GENERAL, md_data_read(cki_token_card(token), index, &bytes));

	if (rv != CKR_OK)
		return rv;
	cki_attrs_set(attrs, CKA_VALUE, bytes);
	return attrs->failed ? CKR_HOST_MEMORY : CKR_OK;
}

static const CK_ATTRIBUTE_TYPE data_late[] = { CKA_VALUE };

static const struct object_kind data_kind = {
	.late = data_late,
	.late_count = ARRAY_COUNT(data_late),
	.load = load_data,
};

static const struct object_kind plain_kind = { .late_count = 0 };

static void set_common(struct attrs *attrs, const struct token *token, CK_OBJECT_CLASS class, size_t index)
{
	char unique[192];

	(void)snprintf(unique, sizeof(unique), "%s-%lu-%zu", md_card_info(cki_token_card(token))->serial,
		       (unsigned long)class, index);
	cki_attrs_set_ulong(attrs, CKA_CLASS, class);
	cki_attrs_set_text(attrs, CKA_UNIQUE_ID, unique);
	cki_attrs_set_bool(attrs, CKA_TOKEN, true);
	cki_attrs_set_bool(attrs, CKA_PRIVATE, false);
	cki_attrs_set_bool(attrs, CKA_MODIFIABLE, false);
	cki_attrs_set_bool(attrs, CKA_COPYABLE, false);
	cki_attrs_set_bool(attrs, CKA_DESTROYABLE, false);
}

/* What a card's key is in PKCS#11, and what can be done with keys of its type. */
static const struct card_key_type {
	enum md_public_type type;
	CK_KEY_TYPE key_type;
	CK_MECHANISM_TYPE generated_by;
	unsigned usages; /* enum md_usage */
} card_key_types[] = {
	{ MD_PUBLIC_RSA, CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN,
	  MD_USE_SIGN | MD_USE_NON_REPUDIATION | MD_USE_SIGN_RECOVER | MD_USE_DECRYPT | MD_USE_UNWRAP },
	{ MD_PUBLIC_EC, CKK_EC, CKM_EC_KEY_PAIR_GEN, MD_USE_SIGN | MD_USE_NON_REPUDIATION | MD_USE_DERIVE },
	{ MD_PUBLIC_MONTGOMERY, CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, MD_USE_DERIVE },
	{ MD_PUBLIC_EDWARDS, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, MD_USE_SIGN | MD_USE_NON_REPUDIATION },
};

static const struct card_key_type *type_of(const struct md_container *container)
{
	size_t i = 0;

	while (i < ARRAY_COUNT(card_key_types) - 1 && card_key_types[i].type != container->type)
		i++;
	return &card_key_types[i];
}

/*
 * PKCS#11 3.0 2.3.3: CKA_EC_POINT is the DER of an OCTET STRING that holds the point. For the curves of RFC 7748 and
 * RFC 8032 the texts since 3.1 want the string alone; those who read it (OpenSC's tools, GnuTLS) want it as for others.
 */
static void set_ec_point(struct attrs *attrs, struct span point)
{
	uint8_t der[3 + MD_POINT_MAX];
	size_t head = 0;

	if (point.len == 0 || point.len > MD_POINT_MAX)
		return;
	der[head++] = 0x04;
	if (point.len > 0x7f)
		der[head++] = 0x81;
	der[head++] = (uint8_t)point.len;
	memcpy(der + head, point.data, point.len);
	cki_attrs_set(attrs, CKA_EC_POINT, span_of(der, head + point.len));
}

static void set_ec(struct attrs *attrs, const struct md_container *container)
{
	cki_attrs_set(attrs, CKA_EC_PARAMS, container->ec_params);
	set_ec_point(attrs, container->ec_point);
}

static void set_rsa(struct attrs *attrs, const struct md_container *container)
{
	/* A private key's too: OpenSC's tools and those who learnt from them ask it for its length. */
	cki_attrs_set_ulong(attrs, CKA_MODULUS_BITS, container->bits);
	cki_attrs_set(attrs, CKA_MODULUS, container->modulus);
	cki_attrs_set(attrs, CKA_PUBLIC_EXPONENT, container->public_exponent);
}

static void set_key(struct attrs *attrs, const struct md_container *container)
{
	const struct card_key_type *type = type_of(container);

	cki_attrs_set_ulong(attrs, CKA_KEY_TYPE, type->key_type);
	cki_attrs_set(attrs, CKA_ID, container->id);
	cki_attrs_set(attrs, CKA_SUBJECT, SPAN_EMPTY);
	cki_attrs_set(attrs, CKA_START_DATE, SPAN_EMPTY);
	cki_attrs_set(attrs, CKA_END_DATE, SPAN_EMPTY);
	cki_attrs_set_bool(attrs, CKA_LOCAL, container->generated_on_card);
	cki_attrs_set_ulong(attrs, CKA_KEY_GEN_MECHANISM,
			    container->generated_on_card ? type->generated_by : CK_UNAVAILABLE_INFORMATION);
	if (container->type == MD_PUBLIC_RSA)
		set_rsa(attrs, container);
	else
		set_ec(attrs, container);
	cki_spki_set(attrs, container);
}

/* What a key of this type can be used for, of what the card says: drivers set bits that make no sense for the type. */
static bool may(const struct md_container *container, unsigned usage)
{
	return (container->usage & usage & type_of(container)->usages) != 0;
}

static void set_private_usage(struct attrs *attrs, const struct md_container *container)
{
	cki_attrs_set_bool(attrs, CKA_SIGN, may(container, MD_USE_SIGN | MD_USE_NON_REPUDIATION));
	cki_attrs_set_bool(attrs, CKA_SIGN_RECOVER, may(container, MD_USE_SIGN_RECOVER));
	cki_attrs_set_bool(attrs, CKA_DECRYPT, may(container, MD_USE_DECRYPT));
	cki_attrs_set_bool(attrs, CKA_UNWRAP, may(container, MD_USE_UNWRAP));
	cki_attrs_set_bool(attrs, CKA_DERIVE, may(container, MD_USE_DERIVE));
	cki_attrs_set_bool(attrs, CKA_DECAPSULATE, may(container, MD_USE_DERIVE));
	cki_attrs_set_bool(attrs, CKA_OPENSC_NON_REPUDIATION, may(container, MD_USE_NON_REPUDIATION));
}

static void set_public_usage(struct attrs *attrs, const struct md_container *container)
{
	cki_attrs_set_bool(attrs, CKA_VERIFY, may(container, MD_USE_SIGN | MD_USE_NON_REPUDIATION));
	cki_attrs_set_bool(attrs, CKA_VERIFY_RECOVER, may(container, MD_USE_SIGN_RECOVER));
	cki_attrs_set_bool(attrs, CKA_ENCRYPT, may(container, MD_USE_DECRYPT));
	cki_attrs_set_bool(attrs, CKA_WRAP, may(container, MD_USE_UNWRAP));
	cki_attrs_set_bool(attrs, CKA_DERIVE, may(container, MD_USE_DERIVE));
	cki_attrs_set_bool(attrs, CKA_ENCAPSULATE, may(container, MD_USE_DERIVE));
	cki_attrs_set_bool(attrs, CKA_TRUSTED, false);
}

static void set_allowed_mechanisms(struct attrs *attrs, const struct md_container *container)
{
	CK_MECHANISM_TYPE allowed[64];
	CK_FLAGS uses = (may(container, MD_USE_SIGN | MD_USE_NON_REPUDIATION) ? CKF_SIGN : 0) |
			(may(container, MD_USE_SIGN_RECOVER) ? CKF_SIGN_RECOVER : 0) |
			(may(container, MD_USE_DECRYPT) ? CKF_DECRYPT : 0) |
			(may(container, MD_USE_DERIVE) ? CKF_DERIVE | CKF_UNWRAP : 0) |
			(may(container, MD_USE_UNWRAP) ? CKF_UNWRAP : 0);
	size_t count = cki_mech_of_key(container, uses, allowed, ARRAY_COUNT(allowed));

	cki_attrs_set(attrs, CKA_ALLOWED_MECHANISMS, span_of(allowed, count * sizeof(allowed[0])));
}

static void fill_private(struct attrs *attrs, const struct token *token, size_t index)
{
	const struct md_container *container = md_container(cki_token_card(token), index);

	set_common(attrs, token, CKO_PRIVATE_KEY, index);
	set_key(attrs, container);
	cki_attrs_set_text(attrs, CKA_LABEL, container->label);
	set_private_usage(attrs, container);
	set_allowed_mechanisms(attrs, container);
	/* A key that needs no PIN is anybody's. */
	cki_attrs_set_bool(attrs, CKA_PRIVATE, container->pin != MD_NO_INDEX);
	cki_attrs_set_bool(attrs, CKA_SENSITIVE, true);
	cki_attrs_set_bool(attrs, CKA_ALWAYS_SENSITIVE, container->generated_on_card);
	cki_attrs_set_bool(attrs, CKA_EXTRACTABLE, false);
	cki_attrs_set_bool(attrs, CKA_NEVER_EXTRACTABLE, container->generated_on_card);
	cki_attrs_set_bool(attrs, CKA_WRAP_WITH_TRUSTED, false);
	cki_attrs_set_bool(attrs, CKA_ALWAYS_AUTHENTICATE, cki_token_key_asks_always(token, container));
}

static void fill_public(struct attrs *attrs, const struct token *token, size_t index)
{
	const struct md_container *container = md_container(cki_token_card(token), index);

	set_common(attrs, token, CKO_PUBLIC_KEY, index);
	set_key(attrs, container);
	cki_attrs_set_text(attrs, CKA_LABEL, container->public_label);
	set_public_usage(attrs, container);
}

static void fill_certificate(struct attrs *attrs, const struct token *token, size_t index)
{
	const struct md_certificate *certificate = md_certificate(cki_token_card(token), index);
	CK_ULONG category = certificate->authority ? CK_CERTIFICATE_CATEGORY_AUTHORITY
			    : certificate->container != MD_NO_INDEX ? CK_CERTIFICATE_CATEGORY_TOKEN_USER
								    : CK_CERTIFICATE_CATEGORY_UNSPECIFIED;

	set_common(attrs, token, CKO_CERTIFICATE, index);
	cki_attrs_set_ulong(attrs, CKA_CERTIFICATE_TYPE, CKC_X_509);
	cki_attrs_set_ulong(attrs, CKA_CERTIFICATE_CATEGORY, category);
	cki_attrs_set_bool(attrs, CKA_PRIVATE, certificate->is_private);
	cki_attrs_set_bool(attrs, CKA_TRUSTED, false);
	cki_attrs_set(attrs, CKA_ID, certificate->id);
	cki_attrs_set_text(attrs, CKA_LABEL, certificate->label);
	cki_attrs_set(attrs, CKA_URL, SPAN_EMPTY);
	cki_attrs_set(attrs, CKA_HASH_OF_SUBJECT_PUBLIC_KEY, SPAN_EMPTY);
	cki_attrs_set(attrs, CKA_HASH_OF_ISSUER_PUBLIC_KEY, SPAN_EMPTY);
	cki_attrs_set_ulong(attrs, CKA_NAME_HASH_ALGORITHM, CKM_SHA_1);
	cki_attrs_set_ulong(attrs, CKA_JAVA_MIDP_SECURITY_DOMAIN, CK_SECURITY_DOMAIN_UNSPECIFIED);
}

/*
 * CKA_OBJECT_ID: the standard's texts say DER; the programs that read and look for it (OpenSC's) have the contents
 * octets alone.
 */
static void fill_data(struct attrs *attrs, const struct token *token, size_t index)
{
	const struct md_data *data = md_data(cki_token_card(token), index);

	set_common(attrs, token, CKO_DATA, index);
	cki_attrs_set_bool(attrs, CKA_PRIVATE, data->is_private);
	cki_attrs_set_text(attrs, CKA_LABEL, data->label);
	cki_attrs_set_text(attrs, CKA_APPLICATION, data->application);
	cki_attrs_set(attrs, CKA_OBJECT_ID, data->oid);
}

static CK_RV make(struct token *token, const struct object_kind *kind, size_t index,
		  void (*fill)(struct attrs *attrs, const struct token *token, size_t index))
{
	AUTO_OBJECT *object = cki_object_new(kind, token, index);
	CK_RV rv;

	if (object == NULL)
		return CKR_HOST_MEMORY;
	fill(cki_object_attrs(object), token, index);
	if (cki_object_attrs(object)->failed)
		return CKR_HOST_MEMORY;
	rv = cki_store_commit_token(cki_slot_module(cki_token_slot(token)), object);
	if (rv == CKR_OK)
		object = NULL;
	return rv;
}

static bool has_public_part(const struct md_container *container)
{
	return container->type == MD_PUBLIC_RSA ? container->modulus.len != 0 : container->ec_point.len != 0;
}

/* ---- profiles ------------------------------------------------------------------------------------------ */

static bool always(struct md_card *card)
{
	(void)card;
	return true;
}

/* PKCS#11 Profiles 3.1 5.4: private and public keys, which sign after a login. */
static bool has_signing_pair(struct md_card *card)
{
	for (size_t i = 0; i < md_container_count(card); i++) {
		const struct md_container *container = md_container(card, i);

		if (has_public_part(container) && may(container, MD_USE_SIGN | MD_USE_NON_REPUDIATION))
			return true;
	}
	return false;
}

/*
 * PKCS#11 Profiles 3.1 5.5: each certificate is seen without a login, and so is the public key for it if the card has
 * the private one.
 */
static bool certificates_are_public(struct md_card *card)
{
	for (size_t i = 0; i < md_certificate_count(card); i++) {
		const struct md_certificate *certificate = md_certificate(card, i);

		if (certificate->is_private)
			return false;
		if (certificate->container != MD_NO_INDEX && !has_public_part(md_container(card, certificate->container)))
			return false;
	}
	return true;
}

/* doc/objects.md: why each is claimed. */
static const struct profile {
	CK_ULONG id;
	bool (*is_met)(struct md_card *card);
} profiles[] = {
	{ CKP_BASELINE_PROVIDER, always },
	{ CKP_EXTENDED_PROVIDER, always },
	{ CKP_AUTHENTICATION_TOKEN, has_signing_pair },
	{ CKP_PUBLIC_CERTIFICATES_TOKEN, certificates_are_public },
	{ CKP_HKDF_TLS_TOKEN, always },
};

static void fill_profile(struct attrs *attrs, const struct token *token, size_t index)
{
	set_common(attrs, token, CKO_PROFILE, index);
	cki_attrs_set_ulong(attrs, CKA_PROFILE_ID, profiles[index].id);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

CK_RV cki_token_objects_make(struct token *token)
{
	struct md_card *card = cki_token_card(token);
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < ARRAY_COUNT(profiles); i++)
		if (profiles[i].is_met(card))
			rv = make(token, &plain_kind, i, fill_profile);
	for (size_t i = 0; rv == CKR_OK && i < md_certificate_count(card); i++)
		rv = make(token, &certificate_kind, i, fill_certificate);
	for (size_t i = 0; rv == CKR_OK && i < md_container_count(card); i++)
		if (has_public_part(md_container(card, i)))
			rv = make(token, &plain_kind, i, fill_public);
	for (size_t i = 0; rv == CKR_OK && i < md_container_count(card); i++)
		rv = make(token, &plain_kind, i, fill_private);
	for (size_t i = 0; rv == CKR_OK && i < md_data_count(card); i++)
		rv = make(token, &data_kind, i, fill_data);
	return rv;
}
