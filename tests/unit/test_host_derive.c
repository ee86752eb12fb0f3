/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/md.h"
#include "tests/fake/fake_card.h"
#include "tests/unit/test.h"

static struct md *md;
static struct md_card *card;

static void set_up(void)
{
	const struct md_options options = { .app_name = "test" };

	fake_reset();
	fake_personalise();
	ck_assert_int_eq(md_open(&options, &md), MD_OK);
	ck_assert_int_eq(md_card_acquire(md, 0, &card), MD_OK);
}

static void tear_down(void)
{
	md_card_release(card);
	md_close(md);
	fake_clear();
}

START_TEST(a_card_is_acquired_and_shown)
{
	const struct md_container *c = md_container(card, 0);

	ck_assert_str_eq(md_card_info(card)->label, "Fake Card");
	ck_assert_uint_eq(md_container_count(card), 5);
	ck_assert_int_eq(c->type, MD_PUBLIC_EC);
	ck_assert_uint_eq(c->bits, 256);
	ck_assert(span_equal(c->ec_point, fake_point(0)));
	ck_assert_uint_eq(md_pin_count(card), 2);
	ck_assert_uint_eq(c->pin, 0);
}
END_TEST

START_TEST(a_session_key_is_derived)
{
	const struct md_kdf_plan plan = { .kdf = MD_KDF_X963, .hash = MD_HASH_SHA256, .alg = MD_KEY_AES, .key_len = 16 };
	struct md_agreement *agreement = NULL;
	struct md_key *key = NULL;
	struct md_point peer;
	uint8_t bytes[16];

	ck_assert_int_eq(md_pin_verify(card, 0, span_of(FAKE_PIN, 6)), MD_OK);
	ck_assert_int_eq(md_point_decode(md_container(card, 0)->ec_params, fake_point(4), &peer), MD_OK);
	ck_assert_int_eq(md_agree(card, 0, &peer, &agreement), MD_OK);
	ck_assert_int_eq(md_derive(agreement, &plan, &key), MD_OK);
	md_agreement_destroy(agreement);
	ck_assert_uint_eq(md_key_len(key), 16);
	ck_assert_int_eq(md_key_read(key, bytes, sizeof(bytes)), MD_OK);
	md_key_release(key);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_card_is_acquired_and_shown);
	tcase_add_test(tc, a_session_key_is_derived);
}

TEST_MAIN("minidriver/host_derive", add)
