/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets of attributes, and the numbers that attributes have. */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "pkcs11/attrs.h"
#include "pkcs11/template.h"
#include "tests/unit/test.h"

#define UNKNOWN 0x1000u /* types from here on have no number */

/* ---- numbers ---------------------------------------------------------------------------------------- */

START_TEST(each_attribute_has_a_number_and_a_place_of_its_own)
{
	bool taken[CKI_ATTR_PLACES] = { false };

	for (unsigned number = 0; number < CKI_ATTR_COUNT; number++) {
		const CK_ATTRIBUTE_TYPE type = cki_attr_types[number];

		ck_assert_uint_eq(cki_attr_number(type), number);
		ck_assert(!taken[CKI_ATTR_PLACE(type)]);
		taken[CKI_ATTR_PLACE(type)] = true;
	}
}
END_TEST

START_TEST(other_types_have_no_number)
{
	for (CK_ATTRIBUTE_TYPE type = UNKNOWN; type < 0x20000; type++)
		ck_assert_uint_eq(cki_attr_number(type), CKI_ATTR_OTHER);
	for (unsigned number = 0; number < CKI_ATTR_COUNT; number++)
		ck_assert_uint_eq(cki_attr_number(cki_attr_types[number] | CKA_VENDOR_DEFINED), CKI_ATTR_OTHER);
	/* the upper half of a type counts, too */
	if (sizeof(CK_ATTRIBUTE_TYPE) > 4)
		ck_assert_uint_eq(cki_attr_number((CK_ATTRIBUTE_TYPE)((uint64_t)CKA_WRAP | UINT64_C(1) << 32)),
				  CKI_ATTR_OTHER);
}
END_TEST

START_TEST(each_attribute_has_a_rule_for_keys)
{
	for (unsigned number = 0; number < CKI_ATTR_COUNT; number++) {
		const CK_ATTRIBUTE one = { cki_attr_types[number], NULL, 1 };
		AUTO_ATTRS attrs = ATTRS_INIT;

		ck_assert_uint_ne(cki_template_read(TEMPLATE_DERIVE, &one, 1, &attrs), CKR_ATTRIBUTE_TYPE_INVALID);
		ck_assert_uint_ne(cki_template_read_data(TEMPLATE_DERIVE, &one, 1, &attrs), CKR_ATTRIBUTE_TYPE_INVALID);
		ck_assert_uint_ne(cki_template_read_public(TEMPLATE_CREATE, &one, 1, &attrs),
				  CKR_ATTRIBUTE_TYPE_INVALID);
	}
}
END_TEST

/* ---- sets ------------------------------------------------------------------------------------------- */

static void expect(const struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const void *bytes, size_t len)
{
	struct span value = SPAN_EMPTY;

	ck_assert(cki_attrs_has(attrs, type));
	ck_assert(cki_attrs_get(attrs, type, &value));
	ck_assert(span_equal(value, span_of(bytes, len)));
}

START_TEST(a_new_set_has_nothing)
{
	struct attrs attrs;
	struct attrs_entry entry;
	struct span value;
	size_t at = 0;

	memset(&attrs, 0xa5, sizeof(attrs));
	cki_attrs_init(&attrs);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 0);
	ck_assert(!cki_attrs_next(&attrs, &at, &entry));
	for (unsigned number = 0; number < CKI_ATTR_COUNT; number++) {
		ck_assert(!cki_attrs_has(&attrs, cki_attr_types[number]));
		ck_assert(!cki_attrs_get(&attrs, cki_attr_types[number], &value));
	}
	ck_assert(!cki_attrs_has(&attrs, UNKNOWN));
	ck_assert(cki_attrs_bool(&attrs, CKA_WRAP, true));
	ck_assert(!cki_attrs_bool(&attrs, CKA_WRAP, false));
	cki_attrs_clear(&attrs);
}
END_TEST

START_TEST(booleans_are_bits)
{
	const CK_BBOOL no = CK_FALSE;
	const CK_BBOOL yes = CK_TRUE;
	AUTO_ATTRS attrs = ATTRS_INIT;

	for (unsigned number = 0; number < CKI_ATTR_BOOLEAN_COUNT; number++) {
		const CK_ATTRIBUTE_TYPE type = cki_attr_types[number];

		cki_attrs_set_bool(&attrs, type, true);
		expect(&attrs, type, &yes, sizeof(yes));
		ck_assert(cki_attrs_bool(&attrs, type, false));
		cki_attrs_set(&attrs, type, span_of(&no, sizeof(no)));
		expect(&attrs, type, &no, sizeof(no));
		ck_assert(!cki_attrs_bool(&attrs, type, true));
	}
	ck_assert_uint_eq(attrs.count, 0);
	ck_assert_uint_eq(cki_attrs_booleans(&attrs), CKI_ATTR_BOOLEAN_BITS);
	ck_assert_uint_eq(cki_attrs_true(&attrs), 0);
	ck_assert_uint_eq(cki_attrs_count(&attrs), CKI_ATTR_BOOLEAN_COUNT);
}
END_TEST

/* No template lets one through. */
START_TEST(a_boolean_with_other_bytes_is_none)
{
	static const uint8_t odd[2] = { 2, 1 };
	const struct span values[] = { span_of(odd, 1), span_of(odd, 2), span_of(odd + 1, 0) };
	const CK_BBOOL yes = CK_TRUE;

	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		AUTO_ATTRS attrs = ATTRS_INIT;

		cki_attrs_set_bool(&attrs, CKA_SIGN, true);
		cki_attrs_set(&attrs, CKA_SIGN, values[i]);
		ck_assert(attrs.failed);
		expect(&attrs, CKA_SIGN, &yes, sizeof(yes));
		ck_assert_uint_eq(cki_attrs_count(&attrs), 1);
	}
}
END_TEST

START_TEST(a_value_becomes_empty_and_a_value_again)
{
	AUTO_ATTRS attrs = ATTRS_INIT;

	cki_attrs_default_empty(&attrs, CKI_ATTR_BIT(LABEL) | CKI_ATTR_BIT(ID));
	expect(&attrs, CKA_ID, NULL, 0);
	cki_attrs_set_text(&attrs, CKA_LABEL, "a label");
	cki_attrs_default_empty(&attrs, CKI_ATTR_BIT(LABEL));
	expect(&attrs, CKA_LABEL, "a label", 7);
	cki_attrs_set_text(&attrs, CKA_LABEL, "");
	expect(&attrs, CKA_LABEL, NULL, 0);
	ck_assert_uint_eq(attrs.count, 0);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 2);
	cki_attrs_set(&attrs, UNKNOWN, SPAN_EMPTY);
	expect(&attrs, UNKNOWN, NULL, 0);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 3);
}
END_TEST

START_TEST(values_of_all_lengths_are_kept)
{
	uint8_t bytes[2 * ATTR_SMALL];
	AUTO_ATTRS attrs = ATTRS_INIT;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		cki_attrs_set(&attrs, CKA_ID, span_of(bytes, len));
		expect(&attrs, CKA_ID, bytes, len);
		cki_attrs_set(&attrs, UNKNOWN + len, span_of(bytes, len));
	}
	for (size_t len = 0; len <= sizeof(bytes); len++)
		expect(&attrs, UNKNOWN + len, bytes, len);
}
END_TEST

START_TEST(a_set_may_be_given_its_own_value)
{
	static const char text[] = "a text that needs memory of its own";
	AUTO_ATTRS attrs = ATTRS_INIT;
	struct span value = SPAN_EMPTY;

	cki_attrs_set_text(&attrs, CKA_LABEL, text);
	ck_assert(cki_attrs_get(&attrs, CKA_LABEL, &value));
	cki_attrs_set(&attrs, CKA_LABEL, value);
	expect(&attrs, CKA_LABEL, text, sizeof(text) - 1);
	ck_assert(cki_attrs_get(&attrs, CKA_LABEL, &value));
	cki_attrs_set(&attrs, CKA_ID, value);
	expect(&attrs, CKA_ID, text, sizeof(text) - 1);
}
END_TEST

START_TEST(adding_sets_or_compares)
{
	const CK_BBOOL yes = CK_TRUE;
	const CK_BBOOL no = CK_FALSE;
	AUTO_ATTRS attrs = ATTRS_INIT;

	ck_assert(cki_attrs_add(&attrs, CKA_WRAP, span_of(&yes, sizeof(yes))));
	ck_assert(cki_attrs_add(&attrs, CKA_WRAP, span_of(&yes, sizeof(yes))));
	ck_assert(!cki_attrs_add(&attrs, CKA_WRAP, span_of(&no, sizeof(no))));
	ck_assert(cki_attrs_add(&attrs, CKA_LABEL, SPAN_EMPTY));
	ck_assert(!cki_attrs_add(&attrs, CKA_LABEL, span_of("x", 1)));
	ck_assert(cki_attrs_add(&attrs, CKA_ID, span_of("x", 1)));
	ck_assert(!cki_attrs_add(&attrs, CKA_ID, SPAN_EMPTY));
	expect(&attrs, CKA_WRAP, &yes, sizeof(yes));
	expect(&attrs, CKA_LABEL, NULL, 0);
	expect(&attrs, CKA_ID, "x", 1);
}
END_TEST

START_TEST(defaults_leave_what_is_there)
{
	AUTO_ATTRS attrs = ATTRS_INIT;

	cki_attrs_set_bool(&attrs, CKA_SIGN, false);
	cki_attrs_default_bools(&attrs, CKI_ATTR_BIT(SIGN) | CKI_ATTR_BIT(VERIFY), true);
	ck_assert(!cki_attrs_bool(&attrs, CKA_SIGN, true));
	ck_assert(cki_attrs_bool(&attrs, CKA_VERIFY, false));
	cki_attrs_default_bools(&attrs, CKI_ATTR_BIT(VERIFY) | CKI_ATTR_BIT(WRAP), false);
	ck_assert(cki_attrs_bool(&attrs, CKA_VERIFY, false));
	ck_assert(!cki_attrs_bool(&attrs, CKA_WRAP, true));
	ck_assert_uint_eq(cki_attrs_count(&attrs), 3);
	cki_attrs_default_ulong(&attrs, CKA_KEY_TYPE, 5);
	cki_attrs_default_ulong(&attrs, CKA_KEY_TYPE, 6);
	ck_assert_uint_eq(cki_attrs_ulong(&attrs, CKA_KEY_TYPE, 0), 5);
}
END_TEST

START_TEST(some_booleans_are_set_at_once)
{
	AUTO_ATTRS attrs = ATTRS_INIT;

	cki_attrs_set_bools(&attrs, CKI_ATTR_BIT(SIGN) | CKI_ATTR_BIT(VERIFY), true);
	cki_attrs_set_bools(&attrs, CKI_ATTR_BIT(VERIFY) | CKI_ATTR_BIT(WRAP), false);
	ck_assert(cki_attrs_bool(&attrs, CKA_SIGN, false));
	ck_assert(!cki_attrs_bool(&attrs, CKA_VERIFY, true));
	ck_assert(!cki_attrs_bool(&attrs, CKA_WRAP, true));
	ck_assert_uint_eq(cki_attrs_count(&attrs), 3);
}
END_TEST

/* All that has a number, and as many without one. */
static void fill(struct attrs *attrs)
{
	for (unsigned number = 0; number < CKI_ATTR_COUNT; number++) {
		if (number < CKI_ATTR_BOOLEAN_COUNT)
			cki_attrs_set_bool(attrs, cki_attr_types[number], number % 2 == 0);
		else if (number % 3 == 0)
			cki_attrs_set(attrs, cki_attr_types[number], SPAN_EMPTY);
		else
			cki_attrs_set_ulong(attrs, cki_attr_types[number], number);
		cki_attrs_set_ulong(attrs, UNKNOWN + number, number);
	}
}

static size_t count_entries(const struct attrs *attrs)
{
	struct attrs_entry entry;
	size_t count = 0;
	size_t at = 0;

	while (cki_attrs_next(attrs, &at, &entry)) {
		expect(attrs, entry.type, entry.value.data, entry.value.len);
		count++;
	}
	return count;
}

START_TEST(each_attribute_is_met_once)
{
	AUTO_ATTRS attrs = ATTRS_INIT;
	AUTO_ATTRS copy = ATTRS_INIT;

	fill(&attrs);
	ck_assert(!attrs.failed);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 2 * CKI_ATTR_COUNT);
	ck_assert_uint_eq(count_entries(&attrs), 2 * CKI_ATTR_COUNT);
	cki_attrs_merge(&copy, &attrs);
	cki_attrs_merge(&copy, &attrs);
	ck_assert_uint_eq(count_entries(&copy), 2 * CKI_ATTR_COUNT);
	ck_assert_uint_eq(copy.there, attrs.there);
	ck_assert_uint_eq(copy.apart, attrs.apart);
	ck_assert_uint_eq(copy.truth, attrs.truth);
}
END_TEST

START_TEST(what_is_removed_is_gone_and_the_rest_stays)
{
	AUTO_ATTRS attrs = ATTRS_INIT;
	size_t left = 2 * CKI_ATTR_COUNT;

	fill(&attrs);
	for (unsigned number = 0; number < CKI_ATTR_COUNT; number++) {
		cki_attrs_remove(&attrs, cki_attr_types[number]);
		ck_assert(!cki_attrs_has(&attrs, cki_attr_types[number]));
		ck_assert_uint_eq(count_entries(&attrs), --left);
		cki_attrs_remove(&attrs, UNKNOWN + number);
		cki_attrs_remove(&attrs, UNKNOWN + number);
		ck_assert(!cki_attrs_has(&attrs, UNKNOWN + number));
		ck_assert_uint_eq(cki_attrs_count(&attrs), --left);
	}
}
END_TEST

START_TEST(sets_are_moved_by_assignment)
{
	AUTO_ATTRS attrs = ATTRS_INIT;

	for (unsigned i = 0; i <= 2 * ATTRS_FIRST; i++) {
		struct attrs moved = attrs;

		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_eq(cki_attrs_ulong(&moved, UNKNOWN + j, 0), j);
		cki_attrs_set_ulong(&moved, UNKNOWN + i, i);
		attrs = moved;
	}
	ck_assert_uint_eq(cki_attrs_count(&attrs), 2 * ATTRS_FIRST + 1);
}
END_TEST

START_TEST(a_type_that_is_too_large_is_not_kept)
{
	AUTO_ATTRS attrs = ATTRS_INIT;

	if (sizeof(CK_ATTRIBUTE_TYPE) <= 4)
		return;
	cki_attrs_set_ulong(&attrs, (CK_ATTRIBUTE_TYPE)(UINT64_C(1) << 32), 1);
	ck_assert(attrs.failed);
	attrs.failed = false;
	cki_attrs_set(&attrs, (CK_ATTRIBUTE_TYPE)(UINT64_C(1) << 32), SPAN_EMPTY);
	ck_assert(attrs.failed);
	ck_assert_uint_eq(cki_attrs_count(&attrs), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_attribute_has_a_number_and_a_place_of_its_own);
	tcase_add_test(tc, other_types_have_no_number);
	tcase_add_test(tc, each_attribute_has_a_rule_for_keys);
	tcase_add_test(tc, a_new_set_has_nothing);
	tcase_add_test(tc, booleans_are_bits);
	tcase_add_test(tc, a_boolean_with_other_bytes_is_none);
	tcase_add_test(tc, a_value_becomes_empty_and_a_value_again);
	tcase_add_test(tc, values_of_all_lengths_are_kept);
	tcase_add_test(tc, a_set_may_be_given_its_own_value);
	tcase_add_test(tc, adding_sets_or_compares);
	tcase_add_test(tc, defaults_leave_what_is_there);
	tcase_add_test(tc, some_booleans_are_set_at_once);
	tcase_add_test(tc, each_attribute_is_met_once);
	tcase_add_test(tc, what_is_removed_is_gone_and_the_rest_stays);
	tcase_add_test(tc, sets_are_moved_by_assignment);
	tcase_add_test(tc, a_type_that_is_too_large_is_not_kept);
}

TEST_MAIN("pkcs11/attrs", add)
