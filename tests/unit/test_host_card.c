/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const struct md_sign_params ecdsa = { .scheme = MD_SIGN_ECDSA };

START_TEST(a_card_is_shown_as_it_is)
{
	const struct md_card_info *info = md_card_info(host_card);

	ck_assert_str_eq(info->label, "Fake Card");
	ck_assert_str_eq(info->manufacturer, "Nobody");
	ck_assert_str_eq(info->model, "fake");
	ck_assert_str_eq(info->serial, "00112233");
	ck_assert(info->login_required);
	ck_assert_uint_eq(md_container_count(host_card), 5);
	ck_assert_ptr_null(md_container(host_card, 5));
	ck_assert_ptr_null(md_container(host_card, MD_NO_INDEX));
}
END_TEST

START_TEST(containers_are_what_the_card_says)
{
	const struct card_ops *ops = card_default_ops();

	for (size_t i = 0; i < md_container_count(host_card); i++) {
		const struct card_key_info *key = ops->key(NULL, i);
		const struct md_container *c = md_container(host_card, i);

		ck_assert_int_eq((int)c->type, (int)key->type);
		ck_assert_uint_eq(c->bits, key->bits);
		ck_assert_uint_eq(c->usage, key->usage);
		ck_assert(span_equal(c->id, key->id));
		ck_assert_str_eq(c->label, key->label);
		ck_assert_uint_eq(c->pin, 0);
		ck_assert_int_eq(c->always_authenticate, key->always_authenticate);
		ck_assert_int_eq(c->generated_on_card, key->generated_on_card);
		ck_assert(span_equal(c->ec_params, key->ec_params));
		ck_assert(span_equal(c->ec_point, key->ec_point));
		ck_assert(span_equal(c->modulus, key->modulus));
		ck_assert(span_equal(c->public_exponent, key->public_exponent));
	}
}
END_TEST

START_TEST(a_key_without_public_half_or_pin_is_shown_without)
{
	host_close();
	fake_reset();
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC,
					       .curve = "prime256v1",
					       .usage = CRD_USE_DERIVE,
					       .no_public = true,
					       .no_pin = true,
					       .no_certificate = true });
	(void)fake_add_key(
		&(struct fake_key){ .type = CRD_KEY_RSA, .usage = CRD_USE_SIGN, .no_public = true, .no_pin = true });
	host_open_described();
	ck_assert_uint_eq(md_container(host_card, 0)->ec_point.len, 0);
	ck_assert_uint_eq(md_container(host_card, 0)->bits, 256);
	ck_assert_int_eq(md_container(host_card, 0)->type, MD_PUBLIC_EC);
	ck_assert_uint_eq(md_container(host_card, 0)->pin, MD_NO_INDEX);
	ck_assert_uint_eq(md_container(host_card, 1)->modulus.len, 0);
	ck_assert_int_eq(md_container(host_card, 1)->type, MD_PUBLIC_RSA);
	ck_assert_uint_eq(md_container(host_card, 1)->bits, 2048);
	ck_assert_uint_eq(md_pin_count(host_card), 0);
	md_agreement_destroy(host_agree(0, fake_point(0)));
}
END_TEST

/* Curves without a name on Windows, and one that no agreement can be made on here. */
START_TEST(other_curves_work_as_far_as_they_can)
{
	host_close();
	fake_reset();
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC,
					       .curve = "brainpoolP320r1",
					       .usage = CRD_USE_DERIVE | CRD_USE_SIGN,
					       .no_pin = true,
					       .no_certificate = true });
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC,
					       .curve = "sect283r1",
					       .usage = CRD_USE_DERIVE,
					       .no_pin = true,
					       .no_certificate = true });
	host_open_described();
	md_agreement_destroy(host_agree(0, fake_point(0)));
	ck_assert(span_equal(md_container(host_card, 0)->ec_point, fake_point(0)));
	{
		uint8_t signature[80];
		size_t len = sizeof(signature);

		ck_assert_md(md_sign(host_card, 0, &ecdsa, span_of("0123456789abcdef0123456789abcdef", 32),
				     signature, &len),
			     MD_OK);
		ck_assert_uint_eq(len, 80);
	}
	ck_assert_uint_eq(md_container(host_card, 1)->ec_point.len, 0);
	{
		struct md_point point;

		ck_assert_md(md_point_decode(md_container(host_card, 1)->ec_params, fake_point(1), &point),
			     MD_E_UNSUPPORTED_FEATURE);
	}
}
END_TEST

START_TEST(pins_are_verified_and_counted)
{
	struct md_pin pin;

	ck_assert_uint_eq(md_pin_count(host_card), 2);
	ck_assert_md(md_pin_info(host_card, 0, &pin), MD_OK);
	ck_assert_str_eq(pin.label, "PIN");
	ck_assert(!pin.so && pin.initialized);
	ck_assert_uint_eq(pin.min_len, 4);
	ck_assert_uint_eq(pin.max_len, 12);
	ck_assert_int_eq(pin.tries_max, 3);
	ck_assert_int_eq(pin.tries_left, 3);
	ck_assert_md(md_pin_verify(host_card, 0, span_of("111111", 6)), MD_W_WRONG_CHV);
	ck_assert_md(md_pin_info(host_card, 0, &pin), MD_OK);
	ck_assert_int_eq(pin.tries_left, 2);
	ck_assert_md(md_pin_verify(host_card, 0, span_of("1", 1)), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_pin_verify(host_card, 2, span_of(FAKE_PIN, 6)), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_pin_verify(host_card, MD_NO_INDEX, span_of(FAKE_PIN, 6)), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_pin_verify(host_card, 0, SPAN_EMPTY), MD_E_INVALID_PARAMETER); /* no pad */
	ck_assert_md(md_pin_info(host_card, 2, &pin), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_pin_info(host_card, 1, &pin), MD_OK);
	ck_assert(pin.so);
	ck_assert_md(md_pin_verify(host_card, 0, span_of("111111", 6)), MD_W_WRONG_CHV);
	ck_assert_md(md_pin_verify(host_card, 0, span_of("111111", 6)), MD_W_CHV_BLOCKED);
	ck_assert_md(md_pin_info(host_card, 0, &pin), MD_OK);
	ck_assert_int_eq(pin.tries_left, 0);
}
END_TEST

START_TEST(logout_forgets_the_pin)
{
	ck_assert(fake_logged_in());
	ck_assert_md(md_pin_logout(host_card), MD_OK);
	ck_assert(!fake_logged_in());
	fake_fail(FAKE_LOGOUT, CE_NOT_SUPPORTED, 1);
	fake_fail(FAKE_CARD_RESET, CE_NOT_SUPPORTED, 1);
	ck_assert_md(md_pin_logout(host_card), MD_E_UNSUPPORTED_FEATURE);
}
END_TEST

START_TEST(readers_keep_their_places)
{
	struct md_reader reader;
	size_t count = 0;

	ck_assert_uint_eq(fake_add_reader("Fake Reader 01", false), 1);
	ck_assert_md(md_readers_refresh(host_md, &count), MD_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_md(md_reader_info(host_md, 0, &reader), MD_OK);
	ck_assert_str_eq(reader.name, "Fake Reader 00");
	ck_assert(reader.attached && reader.card_present && reader.removable && !reader.pinpad);
	ck_assert_md(md_reader_info(host_md, 1, &reader), MD_OK);
	ck_assert(reader.attached && !reader.card_present);
	ck_assert_md(md_reader_info(host_md, 2, &reader), MD_E_UNKNOWN_READER);
	fake_fail(FAKE_READERS_REFRESH, CE_NO_MEMORY, 1);
	ck_assert_md(md_readers_refresh(host_md, &count), MD_E_NO_MEMORY);
}
END_TEST

START_TEST(a_card_that_is_changed_is_not_the_same_card)
{
	struct md_reader before;
	struct md_reader after;

	ck_assert_md(md_card_check(host_card), MD_OK);
	ck_assert_md(md_reader_info(host_md, 0, &before), MD_OK);
	fake_remove_card(0);
	ck_assert_md(md_card_check(host_card), MD_W_REMOVED_CARD);
	fake_insert_card(0);
	ck_assert_md(md_card_check(host_card), MD_W_REMOVED_CARD);
	ck_assert_md(md_reader_info(host_md, 0, &after), MD_OK);
	ck_assert_uint_ne(before.event, after.event);
	fake_unplug(0);
	ck_assert_md(md_card_check(host_card), MD_E_UNKNOWN_READER);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

START_TEST(a_card_that_cannot_be_acquired_says_why_and_leaves_nothing)
{
	static const struct {
		card_err from;
		md_err to;
	} errors[] = {
		{ CE_UNKNOWN_CARD, MD_E_UNKNOWN_CARD },
		{ CE_SHARING, MD_E_SHARING_VIOLATION },
		{ CE_TRANSMIT, MD_E_COMM_ERROR },
		{ CE_NO_MEMORY, MD_E_NO_MEMORY },
	};
	struct md_card *card = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
		fake_fail(FAKE_CONNECT, errors[i].from, 1);
		ck_assert_md(md_card_acquire(host_md, 0, &card), errors[i].to);
	}
	ck_assert_md(md_card_acquire(host_md, 7, &card), MD_E_UNKNOWN_READER);
	fake_remove_card(0);
	ck_assert_md(md_card_acquire(host_md, 0, &card), MD_E_NO_SMARTCARD);
	ck_assert_ptr_null(card);
	ck_assert_uint_eq(fake_calls(FAKE_DISCONNECT), 0);
}
END_TEST

START_TEST(the_last_reference_lets_the_card_go)
{
	struct md_card *again = NULL;

	ck_assert_md(md_card_acquire(host_md, 0, &again), MD_OK);
	ck_assert_ptr_eq(md_card_hold(again), again);
	md_card_release(again);
	ck_assert_uint_eq(fake_calls(FAKE_DISCONNECT), 0);
	ck_assert_md(md_card_check(again), MD_OK);
	md_card_release(again);
	ck_assert_uint_eq(fake_calls(FAKE_DISCONNECT), 1);
	md_card_release(NULL);
}
END_TEST

START_TEST(closing_ends_cards_that_are_still_held)
{
	struct md_agreement *agreement = host_agree(0, fake_point(0));
	const struct md_kdf_plan plan = { .kdf = MD_KDF_RAW, .alg = MD_KEY_AES, .key_len = 16 };
	const uint8_t bytes[16] = { 0 };
	struct md_key *key = host_import(MD_KEY_AES, span_of(bytes, 16));
	struct md_key *other = NULL;
	uint8_t buffer[16];
	struct span der;
	struct md_pin pin;
	size_t len = 0;

	md_close(host_md);
	host_md = NULL;
	ck_assert_uint_eq(fake_calls(FAKE_DISCONNECT), 1);
	ck_assert_md(md_card_check(host_card), MD_E_INVALID_HANDLE);
	ck_assert_md(md_derive(agreement, &plan, &other), MD_E_INVALID_HANDLE);
	ck_assert_md(md_key_read(key, buffer, sizeof(buffer)), MD_E_INVALID_HANDLE);
	ck_assert_md(md_key_import(host_card, MD_KEY_AES, span_of(bytes, 16), &other), MD_E_INVALID_HANDLE);
	ck_assert_md(md_pin_verify(host_card, 0, span_of(FAKE_PIN, 6)), MD_E_INVALID_HANDLE);
	ck_assert_md(md_pin_logout(host_card), MD_E_INVALID_HANDLE);
	ck_assert_md(md_pin_info(host_card, 0, &pin), MD_E_INVALID_HANDLE);
	ck_assert_md(md_certificate_read(host_card, 0, &der), MD_E_INVALID_HANDLE);
	ck_assert_md(md_sign(host_card, 0, &ecdsa, span_of(bytes, 16), buffer, &len), MD_E_INVALID_HANDLE);
	ck_assert_str_eq(md_card_info(host_card)->label, "Fake Card");
	md_agreement_destroy(agreement);
	md_key_release(key);
}
END_TEST

START_TEST(opening_can_fail)
{
	const struct md_options options = { .app_name = "test" };
	const struct md_options nameless = { .app_name = NULL };
	struct md *md = NULL;

	ck_assert_md(md_open(NULL, &md), MD_E_INVALID_PARAMETER);
	ck_assert_md(md_open(&nameless, &md), MD_E_INVALID_PARAMETER);
	fake_fail(FAKE_SYSTEM_OPEN, CE_NOT_SUPPORTED, 1);
	ck_assert_md(md_open(&options, &md), MD_E_UNSUPPORTED_FEATURE);
	ck_assert_ptr_null(md);
	md_close(NULL);
}
END_TEST

START_TEST(switches_come_from_the_configuration)
{
	fake_set_config("sensitive_by_default", true);
	ck_assert(md_config_bool(host_md, "sensitive_by_default", false));
	ck_assert(!md_config_bool(host_md, "another", false));
	ck_assert(md_config_bool(host_md, "another", true));
}
END_TEST

START_TEST(random_bytes_differ)
{
	uint8_t a[32] = { 0 };
	uint8_t b[32] = { 0 };

	ck_assert_md(md_random(a, sizeof(a)), MD_OK);
	ck_assert_md(md_random(b, sizeof(b)), MD_OK);
	ck_assert_mem_ne(a, b, sizeof(a));
	ck_assert_md(md_random(NULL, 0), MD_OK);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, a_card_is_shown_as_it_is);
	tcase_add_test(tc, containers_are_what_the_card_says);
	tcase_add_test(tc, a_key_without_public_half_or_pin_is_shown_without);
	tcase_add_test(tc, other_curves_work_as_far_as_they_can);
	tcase_add_test(tc, pins_are_verified_and_counted);
	tcase_add_test(tc, logout_forgets_the_pin);
	tcase_add_test(tc, readers_keep_their_places);
	tcase_add_test(tc, a_card_that_is_changed_is_not_the_same_card);
	tcase_add_test(tc, a_card_that_cannot_be_acquired_says_why_and_leaves_nothing);
	tcase_add_test(tc, the_last_reference_lets_the_card_go);
	tcase_add_test(tc, closing_ends_cards_that_are_still_held);
	tcase_add_test(tc, opening_can_fail);
	tcase_add_test(tc, switches_come_from_the_configuration);
	tcase_add_test(tc, random_bytes_differ);
}

TEST_MAIN("minidriver/host_card", add)
