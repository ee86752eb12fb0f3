/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/template.h"

#include <string.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "minidriver/md.h"
#include "pkcs11/nested.h"

enum shape {
	SHAPE_BYTES = 0,
	SHAPE_BOOL,
	SHAPE_ULONG,
	SHAPE_DATE,
	SHAPE_MECHANISMS,
	SHAPE_SECRET, /* bytes that are not copied */
	SHAPE_CHECK,  /* a key check value, or nothing */
	SHAPE_TEMPLATE,
	SHAPE_VALUE,  /* the same, and there may be none */
};

struct rule {
	CK_ATTRIBUTE_TYPE type;
	enum shape shape;
	unsigned uses;  /* enum template_use */
	CK_RV refusal;  /* in a call that makes a key but may not say this */
};

#define MAKES (TEMPLATE_CREATE | TEMPLATE_DERIVE | TEMPLATE_UNWRAP | TEMPLATE_GENERATE)
#define ALL (MAKES | TEMPLATE_COPY | TEMPLATE_CHANGE)

/* Tables of rules are by number; where an attribute does not belong to a class, its place is empty. */
#define RULE(name, ...) [CKI_ATTR_##name] = { CKA_##name, __VA_ARGS__ }

static const struct rule rules[CKI_ATTR_COUNT] = {
	RULE(CLASS, SHAPE_ULONG, MAKES, CKR_OK),
	RULE(TOKEN, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(PRIVATE, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(LABEL, SHAPE_BYTES, ALL, CKR_OK),
	RULE(UNIQUE_ID, SHAPE_BYTES, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(APPLICATION, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(OBJECT_ID, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(VALUE, SHAPE_SECRET, TEMPLATE_CREATE, CKR_TEMPLATE_INCONSISTENT),
	RULE(CHECK_VALUE, SHAPE_CHECK, ALL, CKR_OK),
	RULE(CERTIFICATE_TYPE, SHAPE_ULONG, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(ISSUER, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(SERIAL_NUMBER, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(TRUSTED, SHAPE_BOOL, MAKES, CKR_OK),
	RULE(KEY_TYPE, SHAPE_ULONG, MAKES, CKR_OK),
	RULE(SUBJECT, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(ID, SHAPE_BYTES, ALL, CKR_OK),
	RULE(SENSITIVE, SHAPE_BOOL, ALL, CKR_OK),
	RULE(ENCRYPT, SHAPE_BOOL, ALL, CKR_OK),
	RULE(DECRYPT, SHAPE_BOOL, ALL, CKR_OK),
	RULE(WRAP, SHAPE_BOOL, ALL, CKR_OK),
	RULE(UNWRAP, SHAPE_BOOL, ALL, CKR_OK),
	RULE(SIGN, SHAPE_BOOL, ALL, CKR_OK),
	RULE(SIGN_RECOVER, SHAPE_BOOL, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(VERIFY, SHAPE_BOOL, ALL, CKR_OK),
	RULE(VERIFY_RECOVER, SHAPE_BOOL, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(DERIVE, SHAPE_BOOL, ALL, CKR_OK),
	RULE(START_DATE, SHAPE_DATE, ALL, CKR_OK),
	RULE(END_DATE, SHAPE_DATE, ALL, CKR_OK),
	RULE(MODULUS, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(MODULUS_BITS, SHAPE_ULONG, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(PUBLIC_EXPONENT, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(VALUE_LEN, SHAPE_ULONG, MAKES & ~(unsigned)TEMPLATE_CREATE, CKR_TEMPLATE_INCONSISTENT),
	RULE(EXTRACTABLE, SHAPE_BOOL, ALL, CKR_OK),
	RULE(LOCAL, SHAPE_BOOL, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(NEVER_EXTRACTABLE, SHAPE_BOOL, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(ALWAYS_SENSITIVE, SHAPE_BOOL, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(KEY_GEN_MECHANISM, SHAPE_ULONG, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(MODIFIABLE, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(COPYABLE, SHAPE_BOOL, ALL, CKR_OK),
	RULE(DESTROYABLE, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(EC_PARAMS, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(EC_POINT, SHAPE_BYTES, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(ALWAYS_AUTHENTICATE, SHAPE_BOOL, 0, CKR_TEMPLATE_INCONSISTENT),
	RULE(WRAP_WITH_TRUSTED, SHAPE_BOOL, ALL, CKR_OK),
	RULE(WRAP_TEMPLATE, SHAPE_TEMPLATE, MAKES, CKR_OK),
	RULE(UNWRAP_TEMPLATE, SHAPE_TEMPLATE, MAKES, CKR_OK),
	RULE(DERIVE_TEMPLATE, SHAPE_TEMPLATE, MAKES, CKR_OK),
	RULE(ALLOWED_MECHANISMS, SHAPE_MECHANISMS, MAKES, CKR_OK),
};

/* Data objects (PKCS#11 3.0 4.5); CKA_VALUE_LEN is the derivation's, the object has none. */
static const struct rule data_rules[CKI_ATTR_COUNT] = {
	RULE(CLASS, SHAPE_ULONG, MAKES, CKR_OK),
	RULE(TOKEN, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(PRIVATE, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(LABEL, SHAPE_BYTES, ALL, CKR_OK),
	RULE(UNIQUE_ID, SHAPE_BYTES, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(APPLICATION, SHAPE_BYTES, ALL, CKR_OK),
	RULE(VALUE, SHAPE_VALUE, TEMPLATE_CREATE, CKR_TEMPLATE_INCONSISTENT),
	RULE(OBJECT_ID, SHAPE_BYTES, ALL, CKR_OK),
	RULE(VALUE_LEN, SHAPE_ULONG, TEMPLATE_DERIVE, CKR_TEMPLATE_INCONSISTENT),
	RULE(MODIFIABLE, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
	RULE(COPYABLE, SHAPE_BOOL, ALL, CKR_OK),
	RULE(DESTROYABLE, SHAPE_BOOL, MAKES | TEMPLATE_COPY, CKR_OK),
};

/* Public keys (PKCS#11 3.0 4.8 and those of the types): what a modulus is long follows from it. */
static const struct rule public_rules[CKI_ATTR_COUNT] = {
	RULE(CLASS, SHAPE_ULONG, TEMPLATE_CREATE, CKR_OK),
	RULE(TOKEN, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(PRIVATE, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(LABEL, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(UNIQUE_ID, SHAPE_BYTES, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(TRUSTED, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(KEY_TYPE, SHAPE_ULONG, TEMPLATE_CREATE, CKR_OK),
	RULE(SUBJECT, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(ID, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(ENCRYPT, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(WRAP, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(VERIFY, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(VERIFY_RECOVER, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(DERIVE, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(START_DATE, SHAPE_DATE, TEMPLATE_CREATE, CKR_OK),
	RULE(END_DATE, SHAPE_DATE, TEMPLATE_CREATE, CKR_OK),
	RULE(MODULUS, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(PUBLIC_EXPONENT, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(LOCAL, SHAPE_BOOL, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(KEY_GEN_MECHANISM, SHAPE_ULONG, 0, CKR_ATTRIBUTE_READ_ONLY),
	RULE(MODIFIABLE, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(COPYABLE, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(DESTROYABLE, SHAPE_BOOL, TEMPLATE_CREATE, CKR_OK),
	RULE(EC_PARAMS, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(EC_POINT, SHAPE_BYTES, TEMPLATE_CREATE, CKR_OK),
	RULE(ALLOWED_MECHANISMS, SHAPE_MECHANISMS, TEMPLATE_CREATE, CKR_OK),
};

static const struct rule *find_rule(const struct rule *from, CK_ATTRIBUTE_TYPE type)
{
	const enum cki_attr number = cki_attr_number(type);

	return number != CKI_ATTR_OTHER && from[number].type == type ? &from[number] : NULL;
}

static const struct rule *find_key_rule(CK_ATTRIBUTE_TYPE type)
{
	return find_rule(rules, type);
}

/* An attribute that only keys of another class have is known, and does not belong here. */
static const struct rule *or_of_keys(const struct rule *rule, CK_ATTRIBUTE_TYPE type)
{
	static const struct rule of_keys = { .refusal = CKR_TEMPLATE_INCONSISTENT };

	if (rule != NULL)
		return rule;
	return find_key_rule(type) != NULL ? &of_keys : NULL;
}

static const struct rule *find_data_rule(CK_ATTRIBUTE_TYPE type)
{
	return or_of_keys(find_rule(data_rules, type), type);
}

static const struct rule *find_public_rule(CK_ATTRIBUTE_TYPE type)
{
	return or_of_keys(find_rule(public_rules, type), type);
}

static CK_RV check_use(const struct rule *rule, enum template_use use)
{
	if ((rule->uses & use) != 0)
		return CKR_OK;
	if (use == TEMPLATE_MATCH)
		return rule->shape != SHAPE_SECRET ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
	return (use & MAKES) != 0 ? rule->refusal : CKR_ATTRIBUTE_READ_ONLY;
}

static bool length_fits(enum shape shape, CK_ULONG len)
{
	switch (shape) {
	case SHAPE_BOOL:
		return len == sizeof(CK_BBOOL);
	case SHAPE_ULONG:
		return len == sizeof(CK_ULONG);
	case SHAPE_DATE:
		return len == 0 || len == sizeof(CK_DATE);
	case SHAPE_MECHANISMS:
		return len % sizeof(CK_MECHANISM_TYPE) == 0 && len <= CKI_ATTRIBUTE_MAX;
	case SHAPE_SECRET:
		return len != 0 && len <= CKI_ATTRIBUTE_MAX;
	case SHAPE_CHECK:
		return len == 0 || len == MD_CHECK_VALUE_LEN;
	case SHAPE_TEMPLATE:
	case SHAPE_BYTES:
	case SHAPE_VALUE:
		break;
	}
	return len <= CKI_ATTRIBUTE_MAX;
}

static CK_RV check_value(const struct rule *rule, const CK_ATTRIBUTE *attribute)
{
	if (!length_fits(rule->shape, attribute->ulValueLen))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (attribute->pValue == NULL && attribute->ulValueLen != 0)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (rule->shape == SHAPE_BOOL && *(const CK_BBOOL *)attribute->pValue > CK_TRUE)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}

/* The same thing said twice is one thing; two values for one attribute are a contradiction (PKCS#11 3.0 4.1.1). */
static CK_RV keep(CK_ATTRIBUTE_TYPE type, struct span value, struct attrs *attrs)
{
	if (!cki_attrs_add(attrs, type, value))
		return CKR_TEMPLATE_INCONSISTENT;
	return attrs->failed ? CKR_HOST_MEMORY : CKR_OK;
}

static CK_RV keep_template(const CK_ATTRIBUTE *attribute, struct attrs *attrs)
{
	AUTO_SECRET packed = SECRET_INIT;
	CK_RV rv = cki_nested_pack(attribute, &packed);

	return rv != CKR_OK ? rv : keep(attribute->type, secret_span(&packed), attrs);
}

static CK_RV take(const struct rule *rule, const CK_ATTRIBUTE *attribute, struct attrs *attrs)
{
	if (rule->shape == SHAPE_SECRET || rule->shape == SHAPE_VALUE)
		return CKR_OK;
	if (rule->shape == SHAPE_TEMPLATE)
		return keep_template(attribute, attrs);
	return keep(rule->type, span_of(attribute->pValue, attribute->ulValueLen), attrs);
}

/* How the attributes of a class are found. */
typedef const struct rule *rule_finder(CK_ATTRIBUTE_TYPE type);

static CK_RV read_all(rule_finder *find, enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count,
		      struct attrs *attrs)
{
	for (CK_ULONG i = 0; i < count; i++) {
		const struct rule *rule = find(templ[i].type);
		CK_RV rv = rule != NULL ? check_use(rule, use) : CKR_ATTRIBUTE_TYPE_INVALID;

		if (rv == CKR_OK)
			rv = check_value(rule, &templ[i]);
		if (rv == CKR_OK)
			rv = take(rule, &templ[i], attrs);
		if (rv != CKR_OK)
			return rv;
	}
	return CKR_OK;
}

CK_RV cki_template_read(enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *attrs)
{
	return read_all(find_key_rule, use, templ, count, attrs);
}

CK_RV cki_template_read_data(enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *attrs)
{
	return read_all(find_data_rule, use, templ, count, attrs);
}

CK_RV cki_template_read_public(enum template_use use, const CK_ATTRIBUTE *templ, CK_ULONG count, struct attrs *attrs)
{
	return read_all(find_public_rule, use, templ, count, attrs);
}

bool cki_template_says(const CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_CLASS class)
{
	for (CK_ULONG i = 0; i < count; i++)
		if (templ[i].type == CKA_CLASS)
			return templ[i].pValue != NULL && templ[i].ulValueLen == sizeof(class) &&
			       memcmp(templ[i].pValue, &class, sizeof(class)) == 0;
	return false;
}

const CK_ATTRIBUTE *cki_template_value(const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	for (CK_ULONG i = 0; i < count; i++)
		if (templ[i].type == CKA_VALUE)
			return &templ[i];
	return NULL;
}

CK_RV cki_template_check_pointers(const CK_ATTRIBUTE *templ, CK_ULONG count)
{
	for (CK_ULONG i = 0; i < count; i++)
		if (templ[i].pValue == NULL && templ[i].ulValueLen != 0)
			return CKR_ATTRIBUTE_VALUE_INVALID;
	return CKR_OK;
}
