/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/compiler.h"
#include "pkcs11/attrs.h"
#include "pkcs11/template.h"
#include "tests/unit/test.h"



static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;
static CK_BBOOL neither = 2;
static CK_ULONG number = 16;

static CK_RV read_one(enum template_use use, CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG len)
{
	AUTO_ATTRS attrs = ATTRS_INIT;
	CK_ATTRIBUTE attribute = { type, value, len };

	return cki_template_read(use, &attribute, 1, &attrs);
}

START_TEST(an_empty_template_is_read)
{
	AUTO_ATTRS attrs = ATTRS_INIT;

	ck_assert_uint_eq(cki_template_read(TEMPLATE_DERIVE, NULL, 0, &attrs), CKR_OK);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 0);
}
END_TEST

START_TEST(an_unknown_attribute_is_refused)
{
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, 0x7777, &yes, sizeof(yes)), CKR_ATTRIBUTE_TYPE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_VENDOR_DEFINED | 1, &yes, sizeof(yes)),
			  CKR_ATTRIBUTE_TYPE_INVALID);
}
END_TEST

START_TEST(values_have_the_length_of_their_type)
{
	CK_BYTE date[9] = { 0 };

	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ENCRYPT, &yes, sizeof(yes)), CKR_OK);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ENCRYPT, &yes, 0), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ENCRYPT, &number, sizeof(number)), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ENCRYPT, NULL, sizeof(yes)), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ENCRYPT, &neither, sizeof(neither)),
			  CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_VALUE_LEN, &number, sizeof(number)), CKR_OK);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_VALUE_LEN, &number, 4), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_VALUE_LEN, NULL, sizeof(number)), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_LABEL, NULL, 0), CKR_OK);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_LABEL, NULL, 5), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_LABEL, date, CK_UNAVAILABLE_INFORMATION),
			  CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ID, date, CKI_ATTRIBUTE_MAX + 1), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_START_DATE, date, 8), CKR_OK);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_START_DATE, date, 9), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ALLOWED_MECHANISMS, &number, sizeof(number)), CKR_OK);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_ALLOWED_MECHANISMS, &number, 7), CKR_ATTRIBUTE_VALUE_INVALID);
	ck_assert_uint_eq(read_one(TEMPLATE_CREATE, CKA_VALUE, NULL, 0), CKR_ATTRIBUTE_VALUE_INVALID);
}
END_TEST

START_TEST(the_longest_value_is_copied_whole)
{
	static CK_BYTE longest[CKI_ATTRIBUTE_MAX];
	AUTO_ATTRS attrs = ATTRS_INIT;
	CK_ATTRIBUTE attribute = { CKA_LABEL, longest, sizeof(longest) };
	struct span label = SPAN_EMPTY;

	memset(longest, 7, sizeof(longest));
	ck_assert_uint_eq(cki_template_read(TEMPLATE_DERIVE, &attribute, 1, &attrs), CKR_OK);
	ck_assert(cki_attrs_get(&attrs, CKA_LABEL, &label));
	ck_assert(span_equal(label, span_of(longest, sizeof(longest))));
}
END_TEST

START_TEST(attributes_of_other_classes_are_inconsistent)
{
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_MODULUS, &number, 8), CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(read_one(TEMPLATE_UNWRAP, CKA_EC_POINT, &number, 8), CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, CKA_VALUE, &number, 8), CKR_TEMPLATE_INCONSISTENT);
	ck_assert_uint_eq(read_one(TEMPLATE_CREATE, CKA_VALUE_LEN, &number, 8), CKR_TEMPLATE_INCONSISTENT);
}
END_TEST

START_TEST(what_callers_never_set_is_read_only)
{
	static const CK_ATTRIBUTE_TYPE types[] = {
		CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_KEY_GEN_MECHANISM, CKA_UNIQUE_ID,
	};

	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		ck_assert_uint_eq(read_one(TEMPLATE_DERIVE, types[i], &yes, sizeof(yes)), CKR_ATTRIBUTE_READ_ONLY);
	ck_assert_uint_eq(read_one(TEMPLATE_CHANGE, CKA_CLASS, &number, sizeof(number)), CKR_ATTRIBUTE_READ_ONLY);
	ck_assert_uint_eq(read_one(TEMPLATE_CHANGE, CKA_VALUE, &number, sizeof(number)), CKR_ATTRIBUTE_READ_ONLY);
	ck_assert_uint_eq(read_one(TEMPLATE_COPY, CKA_KEY_TYPE, &number, sizeof(number)), CKR_ATTRIBUTE_READ_ONLY);
	ck_assert_uint_eq(read_one(TEMPLATE_COPY, CKA_PRIVATE, &no, sizeof(no)), CKR_OK);
}
END_TEST

START_TEST(saying_a_thing_twice_is_saying_it_once)
{
	AUTO_ATTRS attrs = ATTRS_INIT;
	CK_ATTRIBUTE twice[] = { { CKA_WRAP, &yes, sizeof(yes) }, { CKA_WRAP, &yes, sizeof(yes) } };

	ck_assert_uint_eq(cki_template_read(TEMPLATE_DERIVE, twice, 2, &attrs), CKR_OK);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 1);
	twice[1].pValue = &no;
	ck_assert_uint_eq(cki_template_read(TEMPLATE_DERIVE, twice, 2, &attrs), CKR_TEMPLATE_INCONSISTENT);
}
END_TEST

START_TEST(a_question_checks_its_pointers)
{
	CK_ATTRIBUTE question[] = { { CKA_LABEL, NULL, 0 }, { 0x7777, &yes, 1 } };

	ck_assert_uint_eq(cki_template_check_pointers(question, 2), CKR_OK);
	question[1].pValue = NULL;
	ck_assert_uint_eq(cki_template_check_pointers(question, 2), CKR_ATTRIBUTE_VALUE_INVALID);
}
END_TEST

static size_t len_of(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type)
{
	struct span value = SPAN_EMPTY;

	return cki_attrs_get(attrs, type, &value) ? value.len : SIZE_MAX;
}

START_TEST(attributes_are_set_replaced_merged_and_defaulted)
{
	AUTO_ATTRS attrs = ATTRS_INIT;
	AUTO_ATTRS other = ATTRS_INIT;

	cki_attrs_set_text(&attrs, CKA_LABEL, "one");
	cki_attrs_set_text(&attrs, CKA_LABEL, "three");
	ck_assert_uint_eq(cki_attrs_count(&attrs), 1);
	ck_assert_uint_eq(len_of(&attrs, CKA_LABEL), 5);
	cki_attrs_default_bool(&attrs, CKA_WRAP, true);
	cki_attrs_default_bool(&attrs, CKA_WRAP, false);
	ck_assert(cki_attrs_bool(&attrs, CKA_WRAP, false));
	cki_attrs_default_empty(&attrs, CKI_ATTR_BIT(LABEL));
	ck_assert_uint_eq(len_of(&attrs, CKA_LABEL), 5);
	for (CK_ATTRIBUTE_TYPE type = 0x1000; type < 0x1100; type++)
		cki_attrs_set_ulong(&other, type, type);
	cki_attrs_merge(&attrs, &other);
	ck_assert(!attrs.failed);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 2 + 0x100);
	ck_assert_uint_eq(cki_attrs_ulong(&attrs, 0x10ff, 0), 0x10ff);
	ck_assert_uint_eq(cki_attrs_ulong(&attrs, CKA_LABEL, 9), 9);
	ck_assert(cki_attrs_bool(&attrs, CKA_LABEL, true));
	ck_assert(!cki_attrs_has(&attrs, 0x5555));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_empty_template_is_read);
	tcase_add_test(tc, an_unknown_attribute_is_refused);
	tcase_add_test(tc, values_have_the_length_of_their_type);
	tcase_add_test(tc, the_longest_value_is_copied_whole);
	tcase_add_test(tc, attributes_of_other_classes_are_inconsistent);
	tcase_add_test(tc, what_callers_never_set_is_read_only);
	tcase_add_test(tc, saying_a_thing_twice_is_saying_it_once);
	tcase_add_test(tc, a_question_checks_its_pointers);
	tcase_add_test(tc, attributes_are_set_replaced_merged_and_defaulted);
}

TEST_MAIN("pkcs11/template", add)
