/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Templates as values (CKA_DERIVE_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_WRAP_TEMPLATE): what is taken, how it is read, and
 * what it does to the keys that a key makes or wraps.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/nested.h"
#include "pkcs11/template.h"
#include "tests/unit/cki_env.h"

static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_ULONG sixteen = 16;
static CK_ULONG thirty_two = 32;

#define CLASS { CKA_CLASS, &secret_class, sizeof(secret_class) }
#define TYPE(type) { CKA_KEY_TYPE, &(type), sizeof(type) }
#define LEN(len) { CKA_VALUE_LEN, &(len), sizeof(len) }
#define FLAG(attribute, flag) { attribute, &(flag), sizeof(flag) }
#define NESTED(type, array) { type, array, sizeof(array) }

static const uint8_t bytes[32] = "a key of just thirty-two bytes..";
static CK_MECHANISM sha256 = { CKM_SHA256_KEY_DERIVATION, NULL, 0 };
static CK_MECHANISM kw = { CKM_AES_KEY_WRAP, NULL, 0 };

/* A key of the session's with one more attribute. */
static CK_RV create(CK_KEY_TYPE type, const CK_ATTRIBUTE *more, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(type), { CKA_VALUE, (void *)(uintptr_t)bytes, sizeof(bytes) }, *more };

	return env.f->C_CreateObject(env.session, templ, ENV_COUNT(templ), key);
}

static CK_OBJECT_HANDLE create_ok(CK_KEY_TYPE type, CK_ATTRIBUTE_TYPE which, CK_ATTRIBUTE *inner, size_t count)
{
	const CK_ATTRIBUTE more = { which, inner, count * sizeof(*inner) };
	CK_OBJECT_HANDLE key = 0;

	env_ok(create(type, &more, &key));
	return key;
}

static void refuse(CK_RV expected, CK_ATTRIBUTE more)
{
	CK_OBJECT_HANDLE key = 77;

	env_rv(expected, create(generic, &more, &key));
	ck_assert_uint_eq(key, 77);
}

/* ---- what is taken ---------------------------------------------------------------------------------- */

static const CK_ATTRIBUTE_TYPE kinds[] = { CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE };

START_TEST(a_template_may_be_a_value)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes), TYPE(aes) };
	CK_ATTRIBUTE templ[] = {
		CLASS, TYPE(generic), NESTED(CKA_WRAP_TEMPLATE, inner), NESTED(CKA_UNWRAP_TEMPLATE, inner),
		NESTED(CKA_DERIVE_TEMPLATE, inner),
	};
	CK_OBJECT_HANDLE base;
	CK_OBJECT_HANDLE key = 0;

	env_start_logged_in();
	base = env_import(generic, bytes, sizeof(bytes));
	env_ok(env.f->C_DeriveKey(env.session, &sha256, base, templ, ENV_COUNT(templ), &key));
	for (size_t i = 0; i < ENV_COUNT(kinds); i++) {
		CK_ATTRIBUTE attribute = { kinds[i], NULL, 0 };

		(void)create_ok(aes, kinds[i], inner, ENV_COUNT(inner));
		env_ok(env.f->C_GetAttributeValue(env.session, key, &attribute, 1));
		ck_assert_uint_eq(attribute.ulValueLen, sizeof(inner));
		/* a key without one has none */
		env_rv(CKR_ATTRIBUTE_TYPE_INVALID, env.f->C_GetAttributeValue(env.session, base, &attribute, 1));
		env_rv(CKR_ATTRIBUTE_TYPE_INVALID, env.f->C_GetAttributeValue(env.session, env.key, &attribute, 1));
	}
	env_stop();
}
END_TEST

START_TEST(an_unwrapped_key_may_have_templates_too)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE templ[] = { CLASS, TYPE(generic), NESTED(CKA_DERIVE_TEMPLATE, inner) };
	CK_BYTE wrapped[40];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key = 0;
	CK_OBJECT_HANDLE derived = 0;

	env_start_logged_in();
	kek = env_import(aes, bytes, sizeof(bytes));
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, env_import(generic, bytes, 32), wrapped, &len));
	env_ok(env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, templ, ENV_COUNT(templ), &key));
	env_ok(env.f->C_DeriveKey(env.session, &sha256, key, NULL, 0, &derived));
	ck_assert(env_flag(derived, CKA_SENSITIVE));
	env_stop();
}
END_TEST

START_TEST(the_callers_bytes_are_copied)
{
	CK_BBOOL flag = CK_TRUE;
	CK_BYTE label[] = "before";
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, flag), { CKA_LABEL, label, 6 } };
	CK_BYTE text[8] = { 0 };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE derived = 0;

	env_start_logged_in();
	key = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, ENV_COUNT(inner));
	flag = CK_FALSE;
	memset(label, 'x', sizeof(label));
	memset(inner, 0xee, sizeof(inner));
	env_ok(env.f->C_DeriveKey(env.session, &sha256, key, NULL, 0, &derived));
	ck_assert(env_flag(derived, CKA_SENSITIVE));
	ck_assert_uint_eq(env_attribute(derived, CKA_LABEL, text, sizeof(text)), 6);
	ck_assert_mem_eq(text, "before", 6);
	env_stop();
}
END_TEST

/* One level is all there is. */
START_TEST(templates_inside_are_not_taken)
{
	CK_ATTRIBUTE innermost[] = { FLAG(CKA_SENSITIVE, yes) };

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(kinds); i++) {
		for (size_t j = 0; j < ENV_COUNT(kinds); j++) {
			CK_ATTRIBUTE inner[] = { NESTED(kinds[j], innermost) };

			refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE)NESTED(kinds[i], inner));
		}
	}
	env_stop();
}
END_TEST

/* One that holds itself. */
START_TEST(a_template_that_holds_itself_is_refused)
{
	CK_ATTRIBUTE self[1];

	env_start_logged_in();
	self[0] = (CK_ATTRIBUTE)NESTED(CKA_DERIVE_TEMPLATE, self);
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, self[0]);
	env_stop();
}
END_TEST

START_TEST(lengths_and_pointers_inside_are_checked)
{
	CK_BBOOL neither = 2;
	CK_BYTE *long_label = calloc(1, CKI_ATTRIBUTE_MAX);
	CK_ATTRIBUTE good[] = { FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE wrong[] = {
		{ CKA_SENSITIVE, NULL, 1 },
		{ CKA_SENSITIVE, &yes, 0 },
		{ CKA_SENSITIVE, &yes, CK_UNAVAILABLE_INFORMATION },
		FLAG(CKA_SENSITIVE, neither),
		{ CKA_VALUE_LEN, &sixteen, 4 },
		{ CKA_LABEL, NULL, 3 },
		{ CKA_LABEL, long_label, CKI_ATTRIBUTE_MAX },
		{ 0x7777, &yes, 1 },
		{ CKA_VALUE, &sixteen, sizeof(sixteen) },
		{ CKA_MODULUS_BITS, &sixteen, 4 },
	};

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(kinds); i++) {
		for (size_t j = 0; j < ENV_COUNT(wrong); j++)
			refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ kinds[i], &wrong[j], sizeof(wrong[j]) });
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ kinds[i], good, sizeof(good) - 1 });
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ kinds[i], good, 1 });
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ kinds[i], NULL, sizeof(good) });
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ kinds[i], good, CK_UNAVAILABLE_INFORMATION });
		(void)create_ok(generic, kinds[i], good, 1);
		(void)create_ok(generic, kinds[i], NULL, 0);
	}
	free(long_label);
	env_stop();
}
END_TEST

START_TEST(many_attributes_fit_and_more_do_not)
{
	CK_ATTRIBUTE many[CKI_NESTED_MAX + 1];

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(many); i++)
		many[i] = (CK_ATTRIBUTE)FLAG(CKA_SENSITIVE, yes);
	refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE)NESTED(CKA_DERIVE_TEMPLATE, many));
	/* said so often it is said once */
	(void)create_ok(generic, CKA_DERIVE_TEMPLATE, many, CKI_NESTED_MAX);
	many[7].pValue = &no;
	refuse(CKR_ATTRIBUTE_VALUE_INVALID,
	       (CK_ATTRIBUTE){ CKA_DERIVE_TEMPLATE, many, CKI_NESTED_MAX * sizeof(many[0]) });
	env_stop();
}
END_TEST

/* What derived keys cannot be told they cannot be made to have; what is compared may be anything that can be seen. */
START_TEST(each_kind_has_the_rules_of_its_call)
{
	CK_ATTRIBUTE unset[] = {
		FLAG(CKA_LOCAL, yes), FLAG(CKA_ALWAYS_SENSITIVE, yes), FLAG(CKA_NEVER_EXTRACTABLE, yes),
		{ CKA_MODULUS_BITS, &sixteen, sizeof(sixteen) },
	};

	env_start_logged_in();
	for (size_t i = 0; i < ENV_COUNT(unset); i++) {
		(void)create_ok(aes, CKA_WRAP_TEMPLATE, &unset[i], 1);
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ CKA_DERIVE_TEMPLATE, &unset[i], sizeof(unset[i]) });
		refuse(CKR_ATTRIBUTE_VALUE_INVALID, (CK_ATTRIBUTE){ CKA_UNWRAP_TEMPLATE, &unset[i], sizeof(unset[i]) });
	}
	env_stop();
}
END_TEST

START_TEST(templates_stay_as_they_are)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE change[] = { NESTED(CKA_DERIVE_TEMPLATE, inner) };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 77;

	env_start_logged_in();
	key = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 1);
	inner[0].pValue = &no;
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_SetAttributeValue(env.session, key, change, 1));
	env_rv(CKR_ATTRIBUTE_READ_ONLY, env.f->C_CopyObject(env.session, key, change, 1, &copy));
	ck_assert_uint_eq(copy, 77);
	env_stop();
}
END_TEST

START_TEST(a_copy_has_the_templates_too)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes) };
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE copy = 0;
	CK_OBJECT_HANDLE derived = 0;

	env_start_logged_in();
	key = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 1);
	env_ok(env.f->C_CopyObject(env.session, key, NULL, 0, &copy));
	env_ok(env.f->C_DestroyObject(env.session, key));
	env_ok(env.f->C_DeriveKey(env.session, &sha256, copy, NULL, 0, &derived));
	ck_assert(env_flag(derived, CKA_SENSITIVE));
	env_stop();
}
END_TEST

/* ---- reading (PKCS#11 3.2 5.7.5) -------------------------------------------------------------------- */

static CK_BYTE text[] = "label of seventeen";

static CK_OBJECT_HANDLE make_readable(void)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes), { CKA_LABEL, text, 17 }, TYPE(aes), { CKA_ID, NULL, 0 } };

	return create_ok(generic, CKA_DERIVE_TEMPLATE, inner, ENV_COUNT(inner));
}

static CK_RV get(CK_OBJECT_HANDLE key, CK_ATTRIBUTE *attribute)
{
	return env.f->C_GetAttributeValue(env.session, key, attribute, 1);
}

START_TEST(a_template_is_read_in_three_calls)
{
	CK_ATTRIBUTE inner[4];
	CK_ATTRIBUTE attribute = { CKA_DERIVE_TEMPLATE, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_BBOOL flag = 7;
	CK_BYTE label[20];
	CK_KEY_TYPE type = 0;
	CK_BYTE id[1];

	env_start_logged_in();
	key = make_readable();
	env_ok(get(key, &attribute));
	ck_assert_uint_eq(attribute.ulValueLen, sizeof(inner));
	/* types are written, whatever they were; lengths where there are no pointers */
	memset(inner, 0, sizeof(inner));
	attribute.pValue = inner;
	env_ok(get(key, &attribute));
	ck_assert_uint_eq(attribute.ulValueLen, sizeof(inner));
	ck_assert_uint_eq(inner[0].type, CKA_SENSITIVE);
	ck_assert_uint_eq(inner[0].ulValueLen, 1);
	ck_assert_uint_eq(inner[1].type, CKA_LABEL);
	ck_assert_uint_eq(inner[1].ulValueLen, 17);
	ck_assert_uint_eq(inner[2].type, CKA_KEY_TYPE);
	ck_assert_uint_eq(inner[2].ulValueLen, sizeof(type));
	ck_assert_uint_eq(inner[3].type, CKA_ID);
	ck_assert_uint_eq(inner[3].ulValueLen, 0);
	inner[0].pValue = &flag;
	inner[1] = (CK_ATTRIBUTE){ 0x1234, label, sizeof(label) };
	inner[2].pValue = &type;
	inner[3].pValue = id;
	env_ok(get(key, &attribute));
	ck_assert_uint_eq(flag, CK_TRUE);
	ck_assert_uint_eq(inner[1].type, CKA_LABEL);
	ck_assert_uint_eq(inner[1].ulValueLen, 17);
	ck_assert_mem_eq(label, text, 17);
	ck_assert_uint_eq(type, CKK_AES);
	env_stop();
}
END_TEST

START_TEST(too_little_room_is_said_where_it_is)
{
	CK_ATTRIBUTE inner[4] = { 0 };
	CK_ATTRIBUTE attribute = { CKA_DERIVE_TEMPLATE, inner, sizeof(inner) - 1 };
	CK_OBJECT_HANDLE key;
	CK_BYTE label[16];
	CK_KEY_TYPE type = 0;

	env_start_logged_in();
	key = make_readable();
	env_rv(CKR_BUFFER_TOO_SMALL, get(key, &attribute));
	ck_assert_uint_eq(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(inner[0].type, 0);
	attribute.ulValueLen = sizeof(inner) + 5;
	memset(label, 0xee, sizeof(label));
	inner[1] = (CK_ATTRIBUTE){ CKA_LABEL, label, sizeof(label) };
	inner[2] = (CK_ATTRIBUTE){ CKA_KEY_TYPE, &type, sizeof(type) };
	env_rv(CKR_BUFFER_TOO_SMALL, get(key, &attribute));
	ck_assert_uint_eq(attribute.ulValueLen, sizeof(inner));
	ck_assert_uint_eq(inner[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	ck_assert_uint_eq(label[0], 0xee);
	/* the others are answered */
	ck_assert_uint_eq(inner[0].ulValueLen, 1);
	ck_assert_uint_eq(inner[2].ulValueLen, sizeof(type));
	ck_assert_uint_eq(type, CKK_AES);
	env_stop();
}
END_TEST

START_TEST(arrays_may_stand_at_any_address)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes), TYPE(aes) };
	CK_BYTE odd[sizeof(inner) + 1];
	const CK_ATTRIBUTE more = { CKA_UNWRAP_TEMPLATE, odd + 1, sizeof(inner) };
	CK_ATTRIBUTE attribute = { CKA_UNWRAP_TEMPLATE, odd + 1, sizeof(inner) };
	CK_OBJECT_HANDLE key = 0;

	memcpy(odd + 1, inner, sizeof(inner));
	env_start_logged_in();
	env_ok(create(generic, &more, &key));
	memset(odd, 0, sizeof(odd));
	env_ok(get(key, &attribute));
	memcpy(inner, odd + 1, sizeof(inner));
	ck_assert_uint_eq(inner[1].type, CKA_KEY_TYPE);
	ck_assert_uint_eq(inner[1].ulValueLen, sizeof(aes));
	env_stop();
}
END_TEST

START_TEST(an_empty_template_is_one)
{
	CK_ATTRIBUTE inner = { 0x55, NULL, 5 };
	CK_ATTRIBUTE attribute = { CKA_DERIVE_TEMPLATE, &inner, sizeof(inner) };
	CK_OBJECT_HANDLE key;

	env_start_logged_in();
	key = create_ok(generic, CKA_DERIVE_TEMPLATE, NULL, 0);
	env_ok(get(key, &attribute));
	ck_assert_uint_eq(attribute.ulValueLen, 0);
	ck_assert_uint_eq(inner.type, 0x55);
	ck_assert_uint_eq(inner.ulValueLen, 5);
	env_stop();
}
END_TEST

static CK_ULONG found_by(CK_ATTRIBUTE *wanted)
{
	CK_OBJECT_HANDLE found[8];
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(env.session, wanted, 1));
	env_ok(env.f->C_FindObjects(env.session, found, ENV_COUNT(found), &count));
	env_ok(env.f->C_FindObjectsFinal(env.session));
	return count;
}

START_TEST(keys_are_found_by_their_templates)
{
	CK_BBOOL flag = CK_TRUE;
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, flag), { CKA_LABEL, text, 17 }, TYPE(aes), { CKA_ID, NULL, 0 } };
	CK_ATTRIBUTE wanted = NESTED(CKA_DERIVE_TEMPLATE, inner);

	env_start_logged_in();
	(void)make_readable();
	(void)create_ok(generic, CKA_DERIVE_TEMPLATE, NULL, 0);
	ck_assert_uint_eq(found_by(&wanted), 1);
	flag = CK_FALSE;
	ck_assert_uint_eq(found_by(&wanted), 0);
	inner[0].pValue = NULL;
	ck_assert_uint_eq(found_by(&wanted), 0);
	wanted.ulValueLen = 0;
	ck_assert_uint_eq(found_by(&wanted), 1);
	wanted.ulValueLen = 5;
	ck_assert_uint_eq(found_by(&wanted), 0);
	env_stop();
}
END_TEST

/* ---- what they do ----------------------------------------------------------------------------------- */

static CK_RV derive(CK_OBJECT_HANDLE base, CK_ATTRIBUTE *templ, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	return env.f->C_DeriveKey(env.session, &sha256, base, templ, count, key);
}

/* PKCS#11 3.2 5.18.5: what it says is added to the attributes of each derived key. */
START_TEST(a_derive_template_adds_to_derived_keys)
{
	CK_MECHANISM_TYPE ecb[] = { CKM_AES_ECB };
	CK_ATTRIBUTE inner[] = {
		FLAG(CKA_SENSITIVE, yes), FLAG(CKA_EXTRACTABLE, no), TYPE(aes), LEN(sixteen), FLAG(CKA_DECRYPT, no),
		NESTED(CKA_ALLOWED_MECHANISMS, ecb),
	};
	CK_MECHANISM cbc = { CKM_AES_CBC, (void *)(uintptr_t)bytes, 16 };
	CK_MECHANISM allowed = { CKM_AES_ECB, NULL, 0 };
	CK_OBJECT_HANDLE key = 0;

	env_start_logged_in();
	env_ok(derive(create_ok(generic, CKA_DERIVE_TEMPLATE, inner, ENV_COUNT(inner)), NULL, 0, &key));
	ck_assert(env_flag(key, CKA_SENSITIVE) && !env_flag(key, CKA_EXTRACTABLE) && !env_flag(key, CKA_DECRYPT));
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_AES);
	ck_assert_uint_eq(env_number(key, CKA_VALUE_LEN), 16);
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_EncryptInit(env.session, &cbc, key));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, env.f->C_DecryptInit(env.session, &allowed, key));
	env_ok(env.f->C_EncryptInit(env.session, &allowed, key));
	env_stop();
}
END_TEST

/* 5.18.5: a conflict is CKR_TEMPLATE_INCONSISTENT. */
START_TEST(what_contradicts_a_derive_template_is_refused)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes), TYPE(aes), LEN(sixteen) };
	CK_ATTRIBUTE same[] = { FLAG(CKA_SENSITIVE, yes), TYPE(aes), LEN(sixteen), { CKA_LABEL, text, 3 } };
	CK_ATTRIBUTE others[] = { FLAG(CKA_SENSITIVE, no), TYPE(generic), LEN(thirty_two) };
	CK_OBJECT_HANDLE base;
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	base = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, ENV_COUNT(inner));
	for (size_t i = 0; i < ENV_COUNT(others); i++) {
		env_rv(CKR_TEMPLATE_INCONSISTENT, derive(base, &others[i], 1, &key));
		ck_assert_uint_eq(key, 77);
	}
	env_ok(derive(base, same, ENV_COUNT(same), &key));
	env_stop();
}
END_TEST

START_TEST(a_derive_template_that_no_key_can_have_lets_none_be_derived)
{
	CK_ATTRIBUTE token[] = { FLAG(CKA_TOKEN, yes) };
	CK_ATTRIBUTE trusted[] = { FLAG(CKA_TRUSTED, yes) };
	CK_ATTRIBUTE class[] = { { CKA_CLASS, &private_class, sizeof(private_class) } };
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	env.session = env_session(CKF_RW_SESSION);
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(create_ok(generic, CKA_DERIVE_TEMPLATE, token, 1), NULL, 0, &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, derive(create_ok(generic, CKA_DERIVE_TEMPLATE, class, 1), NULL, 0, &key));
	env_rv(CKR_ATTRIBUTE_READ_ONLY, derive(create_ok(generic, CKA_DERIVE_TEMPLATE, trusted, 1), NULL, 0, &key));
	ck_assert_uint_eq(key, 77);
	env_stop();
}
END_TEST

/* A key that is read by the caller is none that the template can be put on. */
START_TEST(the_tls_prf_gives_nothing_past_a_derive_template)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes) };
	CK_BYTE out[12] = { 0 };
	CK_ULONG len = sizeof(out);
	CKI_TLS_PRF_PARAMS params = { text, 17, text, 17, out, &len };
	CK_MECHANISM prf = { CKM_TLS_PRF, &params, sizeof(params) };
	CK_OBJECT_HANDLE base;

	env_start_logged_in();
	base = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 1);
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_DeriveKey(env.session, &prf, base, NULL, 0, NULL));
	ck_assert_uint_eq(out[0], 0);
	base = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 0);
	env_ok(env.f->C_DeriveKey(env.session, &prf, base, NULL, 0, NULL));
	env_stop();
}
END_TEST

/* Nor does a data object. */
START_TEST(no_data_object_is_derived_past_a_derive_template)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes) };
	CKI_HKDF_PARAMS params = {
		.bExtract = CK_TRUE, .prfHashMechanism = CKM_SHA256, .ulSaltType = CKF_HKDF_SALT_NULL,
	};
	CK_MECHANISM mechanism = { CKM_HKDF_DATA, &params, sizeof(params) };
	CK_OBJECT_HANDLE strict;
	CK_OBJECT_HANDLE lax;
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	strict = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 1);
	lax = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 0);
	env_rv(CKR_TEMPLATE_INCONSISTENT,
	       env.f->C_DeriveKey(env.session, &mechanism, strict, NULL, 0, &key));
	ck_assert_uint_eq(key, 77);
	env_ok(env.f->C_DeriveKey(env.session, &mechanism, lax, NULL, 0, &key));
	env_stop();
}
END_TEST

/* Of two base keys each has its template. */
START_TEST(a_second_base_keys_template_counts_too)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_MODIFIABLE, no) };
	CK_ATTRIBUTE against[] = { FLAG(CKA_MODIFIABLE, yes) };
	CK_OBJECT_HANDLE second = 0;
	CK_MECHANISM join = { CKM_CONCATENATE_BASE_AND_KEY, &second, sizeof(second) };
	CK_OBJECT_HANDLE base;
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	base = env_import(generic, bytes, sizeof(bytes));
	second = create_ok(generic, CKA_DERIVE_TEMPLATE, inner, 1);
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_DeriveKey(env.session, &join, base, against, 1, &key));
	ck_assert_uint_eq(key, 77);
	env_ok(env.f->C_DeriveKey(env.session, &join, base, NULL, 0, &key));
	ck_assert(!env_flag(key, CKA_MODIFIABLE));
	env_stop();
}
END_TEST

START_TEST(a_generated_key_may_have_templates_too)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes) };
	CK_ATTRIBUTE templ[] = { LEN(sixteen), NESTED(CKA_DERIVE_TEMPLATE, inner), { CKA_CHECK_VALUE, NULL, 0 } };
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_BYTE value[4];
	CK_OBJECT_HANDLE key = 0;
	CK_OBJECT_HANDLE derived = 0;

	env_start_logged_in();
	env_ok(env.f->C_GenerateKey(env.session, &generate, templ, ENV_COUNT(templ), &key));
	env_ok(derive(key, NULL, 0, &derived));
	ck_assert(env_flag(derived, CKA_SENSITIVE));
	ck_assert_uint_eq(env_attribute(key, CKA_CHECK_VALUE, value, sizeof(value)), 0);
	ck_assert_uint_eq(env_attribute(derived, CKA_CHECK_VALUE, value, sizeof(value)), 3);
	env_stop();
}
END_TEST

/* All four keys of a block are derived keys. */
START_TEST(the_keys_of_a_tls_block_obey_a_derive_template)
{
	static CK_BYTE randoms[32];
	CK_ATTRIBUTE for_all[] = { FLAG(CKA_MODIFIABLE, no), { CKA_LABEL, text, 5 } };
	CK_ATTRIBUTE for_ciphers[] = { TYPE(aes) };
	CK_ATTRIBUTE no_macs[] = { FLAG(CKA_SIGN, no) };
	CK_ATTRIBUTE templ[] = { TYPE(aes) };
	CKI_SSL3_KEY_MAT_OUT out = { 0 };
	CKI_TLS12_KEY_MAT_PARAMS params = { 160, 128, 0, CK_FALSE, { randoms, 32, randoms, 32 }, &out, CKM_SHA256 };
	CK_MECHANISM mechanism = { CKM_TLS12_KEY_AND_MAC_DERIVE, &params, sizeof(params) };
	static const uint8_t master[48] = { 1, 2, 3 };
	CK_ATTRIBUTE base_templ[] = {
		CLASS, TYPE(generic), { CKA_VALUE, (void *)(uintptr_t)master, sizeof(master) },
		NESTED(CKA_DERIVE_TEMPLATE, for_all),
	};
	CK_OBJECT_HANDLE base = 0;

	env_start_logged_in();
	env_ok(env.f->C_CreateObject(env.session, base_templ, 4, &base));
	env_ok(env.f->C_DeriveKey(env.session, &mechanism, base, templ, 1, NULL));
	for (size_t i = 0; i < 4; i++)
		ck_assert(!env_flag((&out.hClientMacSecret)[i], CKA_MODIFIABLE));
	base_templ[3] = (CK_ATTRIBUTE)NESTED(CKA_DERIVE_TEMPLATE, no_macs);
	env_ok(env.f->C_CreateObject(env.session, base_templ, 4, &base));
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_DeriveKey(env.session, &mechanism, base, templ, 1, NULL));
	base_templ[3] = (CK_ATTRIBUTE)NESTED(CKA_DERIVE_TEMPLATE, for_ciphers);
	env_ok(env.f->C_CreateObject(env.session, base_templ, 4, &base));
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_DeriveKey(env.session, &mechanism, base, templ, 1, NULL));
	/* without keys for MACs nothing is against it */
	params.ulMacSizeInBits = 0;
	env_ok(env.f->C_DeriveKey(env.session, &mechanism, base, NULL, 0, NULL));
	ck_assert_uint_eq(env_number(out.hClientKey, CKA_KEY_TYPE), CKK_AES);
	env_stop();
}
END_TEST

/* 5.18.4: the same for keys that are unwrapped. */
START_TEST(an_unwrap_template_adds_to_unwrapped_keys_and_is_not_contradicted)
{
	CK_ATTRIBUTE inner[] = { FLAG(CKA_SENSITIVE, yes), TYPE(aes) };
	CK_ATTRIBUTE nothing[] = { CLASS };
	CK_ATTRIBUTE against[] = { CLASS, FLAG(CKA_SENSITIVE, no) };
	CK_ATTRIBUTE other_type[] = { CLASS, TYPE(generic) };
	CK_BYTE wrapped[40];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE key = 77;

	env_start_logged_in();
	kek = create_ok(aes, CKA_UNWRAP_TEMPLATE, inner, ENV_COUNT(inner));
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, env_import(aes, bytes, 32), wrapped, &len));
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, against, 2, &key));
	env_rv(CKR_TEMPLATE_INCONSISTENT, env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, other_type, 2, &key));
	ck_assert_uint_eq(key, 77);
	env_ok(env.f->C_UnwrapKey(env.session, &kw, kek, wrapped, len, nothing, 1, &key));
	ck_assert(env_flag(key, CKA_SENSITIVE));
	ck_assert_uint_eq(env_number(key, CKA_KEY_TYPE), CKK_AES);
	/* what is unwrapped is not what is derived */
	env_ok(derive(kek, NULL, 0, &key));
	ck_assert(!env_flag(key, CKA_SENSITIVE));
	env_stop();
}
END_TEST

/* 5.18.3: a mismatch is CKR_KEY_HANDLE_INVALID. */
START_TEST(a_wrap_template_is_matched_by_what_is_wrapped)
{
	CK_ATTRIBUTE inner[] = { TYPE(aes), FLAG(CKA_SENSITIVE, yes), LEN(thirty_two) };
	CK_ATTRIBUTE not_there[] = { { CKA_MODULUS_BITS, &sixteen, sizeof(sixteen) } };
	const CK_ATTRIBUTE sensitive = FLAG(CKA_SENSITIVE, yes);
	CK_BYTE wrapped[40];
	CK_ULONG len = sizeof(wrapped);
	CK_OBJECT_HANDLE kek;
	CK_OBJECT_HANDLE good = 0;
	CK_OBJECT_HANDLE other_type = 0;

	env_start_logged_in();
	kek = create_ok(aes, CKA_WRAP_TEMPLATE, inner, ENV_COUNT(inner));
	env_ok(create(aes, &sensitive, &good));
	env_ok(create(generic, &sensitive, &other_type));
	memset(wrapped, 0xee, sizeof(wrapped));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_WrapKey(env.session, &kw, kek, other_type, wrapped, &len));
	env_rv(CKR_KEY_HANDLE_INVALID,
	       env.f->C_WrapKey(env.session, &kw, kek, env_import(aes, bytes, 32), wrapped, &len));
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_WrapKey(env.session, &kw, kek, other_type, NULL, &len));
	ck_assert_uint_eq(wrapped[0], 0xee);
	ck_assert_uint_eq(len, sizeof(wrapped));
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, good, wrapped, &len));
	kek = create_ok(aes, CKA_WRAP_TEMPLATE, not_there, 1);
	env_rv(CKR_KEY_HANDLE_INVALID, env.f->C_WrapKey(env.session, &kw, kek, good, wrapped, &len));
	kek = create_ok(aes, CKA_WRAP_TEMPLATE, NULL, 0);
	env_ok(env.f->C_WrapKey(env.session, &kw, kek, good, wrapped, &len));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_template_may_be_a_value);
	tcase_add_test(tc, an_unwrapped_key_may_have_templates_too);
	tcase_add_test(tc, the_callers_bytes_are_copied);
	tcase_add_test(tc, templates_inside_are_not_taken);
	tcase_add_test(tc, a_template_that_holds_itself_is_refused);
	tcase_add_test(tc, lengths_and_pointers_inside_are_checked);
	tcase_add_test(tc, many_attributes_fit_and_more_do_not);
	tcase_add_test(tc, each_kind_has_the_rules_of_its_call);
	tcase_add_test(tc, templates_stay_as_they_are);
	tcase_add_test(tc, a_copy_has_the_templates_too);
	tcase_add_test(tc, a_template_is_read_in_three_calls);
	tcase_add_test(tc, too_little_room_is_said_where_it_is);
	tcase_add_test(tc, arrays_may_stand_at_any_address);
	tcase_add_test(tc, an_empty_template_is_one);
	tcase_add_test(tc, keys_are_found_by_their_templates);
	tcase_add_test(tc, a_derive_template_adds_to_derived_keys);
	tcase_add_test(tc, what_contradicts_a_derive_template_is_refused);
	tcase_add_test(tc, a_derive_template_that_no_key_can_have_lets_none_be_derived);
	tcase_add_test(tc, the_tls_prf_gives_nothing_past_a_derive_template);
	tcase_add_test(tc, no_data_object_is_derived_past_a_derive_template);
	tcase_add_test(tc, a_second_base_keys_template_counts_too);
	tcase_add_test(tc, a_generated_key_may_have_templates_too);
	tcase_add_test(tc, the_keys_of_a_tls_block_obey_a_derive_template);
	tcase_add_test(tc, an_unwrap_template_adds_to_unwrapped_keys_and_is_not_contradicted);
	tcase_add_test(tc, a_wrap_template_is_matched_by_what_is_wrapped);
}

TEST_MAIN("pkcs11/nested", add)
