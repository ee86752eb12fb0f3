/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "card/softcard/state.h"
#include "tests/unit/test.h"

static struct state *sample(void)
{
	struct state *state = state_new();

	ck_assert_ptr_nonnull(state);
	memset(state->guid, 0x5A, sizeof(state->guid));
	ck_assert(secret_set(&state->pin.value, span_of("123456\xFF\xFF", 8)));
	ck_assert(secret_set(&state->puk.value, span_of("12345678", 8)));
	state->pin.tries = 2;
	state->pin.limit = 3;
	state->puk.tries = 0;
	state->puk.limit = 15;
	state->admin_algorithm = 0x08;
	ck_assert(secret_set(&state->admin_key, span_of("0123456789abcdef", 16)));
	ck_assert(secret_set(&state->keys[state_key_index(STATE_PIV, 0x9D)], span_of("key", 3)));
	ck_assert(secret_set(&state->objects[state_object_index(STATE_PIV, 0x7E)], span_of("object", 6)));
	return state;
}

START_TEST(packed_state_is_unpacked_the_same)
{
	AUTO(state_free) struct state *state = sample();
	AUTO(state_free) struct state *again = NULL;
	AUTO_SECRET der = SECRET_INIT;

	ck_assert(state_pack(state, &der));
	again = state_unpack(secret_span(&der));
	ck_assert_ptr_nonnull(again);
	ck_assert_mem_eq(again->guid, state->guid, sizeof(state->guid));
	ck_assert_uint_eq(again->pin.tries, 2);
	ck_assert_uint_eq(again->puk.limit, 15);
	ck_assert(span_equal(secret_span(&again->admin_key), secret_span(&state->admin_key)));
	ck_assert(span_equal(secret_span(&again->keys[state_key_index(STATE_PIV, 0x9D)]), span_of("key", 3)));
	ck_assert(span_equal(secret_span(&again->objects[0]), span_of("object", 6)));
	ck_assert_ptr_null(again->keys[state_key_index(STATE_PIV, 0x9A)].data);
}
END_TEST

static struct state *openpgp_sample(bool with_reset_code)
{
	struct state *state = state_new();

	ck_assert_ptr_nonnull(state);
	state->applet = STATE_OPENPGP;
	memset(state->guid, 0x5A, sizeof(state->guid));
	ck_assert(secret_set(&state->pin.value, span_of("a password", 10)));
	ck_assert(secret_set(&state->puk.value, span_of("an other password", 17)));
	if (with_reset_code)
		ck_assert(secret_set(&state->reset_code.value, span_of("a code of some length", 21)));
	state->pin.limit = state->puk.limit = state->reset_code.limit = 3;
	state->reset_code.tries = 2;
	ck_assert(secret_set(&state->keys[state_key_index(STATE_OPENPGP, 0xB8)], span_of("key", 3)));
	ck_assert(secret_set(&state->objects[state_object_index(STATE_OPENPGP, 0x7F2101)], span_of("object", 6)));
	return state;
}

START_TEST(an_openpgp_state_is_unpacked_the_same)
{
	AUTO(state_free) struct state *state = openpgp_sample(_i != 0);
	AUTO(state_free) struct state *again = NULL;
	AUTO_SECRET der = SECRET_INIT;

	ck_assert(state_pack(state, &der));
	again = state_unpack(secret_span(&der));
	ck_assert_ptr_nonnull(again);
	ck_assert_int_eq(again->applet, STATE_OPENPGP);
	ck_assert(span_equal(secret_span(&again->pin.value), span_of("a password", 10)));
	ck_assert(span_equal(secret_span(&again->puk.value), secret_span(&state->puk.value)));
	ck_assert(span_equal(secret_span(&again->reset_code.value), secret_span(&state->reset_code.value)));
	ck_assert_uint_eq(again->reset_code.tries, _i != 0 ? 2 : 0);
	ck_assert(span_equal(secret_span(&again->keys[state_key_index(STATE_OPENPGP, 0xB8)]), span_of("key", 3)));
	ck_assert(span_equal(secret_span(&again->objects[state_object_index(STATE_OPENPGP, 0x7F2101)]),
			     span_of("object", 6)));
	for (size_t len = 0; len < der.len; len++)
		ck_assert_ptr_null(state_unpack(span_of(der.data, len)));
}
END_TEST

/* A card file that an earlier version of this program made is a PIV card, and a PIV card's is one that it reads. */
START_TEST(the_file_of_a_piv_card_says_nothing_of_applications)
{
	AUTO(state_free) struct state *state = sample();
	AUTO_SECRET der = SECRET_INIT;
	const uint8_t *end;

	ck_assert(state_pack(state, &der));
	end = der.data + der.len;
	ck_assert_mem_eq(end - 6, "object", 6); /* the last of the last field of version 1 */
}
END_TEST

START_TEST(what_an_openpgp_card_cannot_be_is_refused)
{
	AUTO(state_free) struct state *state = openpgp_sample(true);
	AUTO_SECRET der = SECRET_INIT;

	ck_assert(secret_set(&state->pin.value, span_of("short", 5)));
	ck_assert(state_pack(state, &der));
	ck_assert_ptr_null(state_unpack(secret_span(&der)));
	ck_assert(secret_set(&state->pin.value, span_of("123456", 6)));
	ck_assert(secret_set(&state->admin_key, span_of("0123456789abcdef", 16)));
	ck_assert(state_pack(state, &der));
	ck_assert_ptr_null(state_unpack(secret_span(&der)));
	secret_clear(&state->admin_key);
	ck_assert(secret_alloc(&state->puk.value, STATE_PASSWORD_MAX + 1));
	ck_assert(state_pack(state, &der));
	ck_assert_ptr_null(state_unpack(secret_span(&der)));
	ck_assert(secret_set(&state->puk.value, span_of("12345678", 8)));
	state->applet = STATE_PIV; /* with a resetting code */
	ck_assert(secret_set(&state->pin.value, span_of("12345678", 8)));
	ck_assert(secret_set(&state->admin_key, span_of("0123456789abcdef", 16)));
	state->admin_algorithm = 0x08;
	ck_assert(state_pack(state, &der));
	ck_assert_ptr_null(state_unpack(secret_span(&der)));
}
END_TEST

START_TEST(each_cut_is_refused)
{
	AUTO(state_free) struct state *state = sample();
	AUTO_SECRET der = SECRET_INIT;

	ck_assert(state_pack(state, &der));
	for (size_t len = 0; len < der.len; len++)
		ck_assert_ptr_null(state_unpack(span_of(der.data, len)));
}
END_TEST

START_TEST(what_follows_is_refused)
{
	AUTO(state_free) struct state *state = sample();
	AUTO_SECRET der = SECRET_INIT;
	uint8_t longer[2048];

	ck_assert(state_pack(state, &der));
	ck_assert_uint_lt(der.len, sizeof(longer));
	memcpy(longer, der.data, der.len);
	longer[der.len] = 0;
	ck_assert_ptr_null(state_unpack(span_of(longer, der.len + 1)));
}
END_TEST

/* Bytes that were changed by hand are refused, or mean something that is in bounds; they never crash. */
START_TEST(each_changed_byte_is_refused_or_in_bounds)
{
	AUTO(state_free) struct state *state = sample();
	AUTO_SECRET der = SECRET_INIT;

	ck_assert(state_pack(state, &der));
	for (size_t at = 0; at < der.len; at++) {
		for (unsigned change = 1; change < 256; change <<= 1) {
			AUTO(state_free) struct state *other = NULL;

			der.data[at] ^= (uint8_t)change;
			other = state_unpack(secret_span(&der));
			der.data[at] ^= (uint8_t)change;
			if (other == NULL)
				continue;
			ck_assert_uint_le(other->pin.tries, other->pin.limit);
			ck_assert_uint_le(other->pin.limit, STATE_TRIES_MAX);
			ck_assert_uint_eq(other->pin.value.len, STATE_PIN_LEN);
			ck_assert_uint_eq(other->admin_key.len, state_admin_key_len(other->admin_algorithm));
		}
	}
}
END_TEST

static void break_tries(struct state *state)
{
	state->pin.tries = 4;
}
static void break_limit(struct state *state)
{
	state->puk.limit = 16;
}
static void break_pin(struct state *state)
{
	secret_truncate(&state->pin.value, 7);
}
static void break_admin(struct state *state)
{
	state->admin_algorithm = 0x0C;
}
static void break_object(struct state *state)
{
	ck_assert(secret_alloc(&state->objects[3], STATE_OBJECT_MAX + 1));
}

static void (*const breakers[])(struct state *state) = { break_tries, break_limit, break_pin, break_admin,
							 break_object };

START_TEST(parts_out_of_bounds_are_refused)
{
	AUTO(state_free) struct state *state = sample();
	AUTO_SECRET der = SECRET_INIT;

	breakers[_i](state);
	ck_assert(state_pack(state, &der));
	ck_assert_ptr_null(state_unpack(secret_span(&der)));
}
END_TEST

START_TEST(places_go_both_ways)
{
	for (enum state_applet applet = STATE_PIV; applet < STATE_APPLET_COUNT; applet++) {
		ck_assert_uint_le(state_key_count(applet), STATE_KEY_COUNT);
		ck_assert_uint_le(state_object_count(applet), STATE_OBJECT_COUNT);
		for (size_t i = 0; i < state_key_count(applet); i++)
			ck_assert_uint_eq(state_key_index(applet, state_key_reference(applet, i)), i);
		for (size_t i = 0; i < state_object_count(applet); i++)
			ck_assert_uint_eq(state_object_index(applet, state_object_tag(applet, i)), i);
	}
	for (size_t i = 0; i < STATE_KEY_COUNT; i++)
		ck_assert_uint_eq(state_key_index(STATE_PIV, state_key_reference(STATE_PIV, i)), i);
	for (size_t i = 0; i < STATE_OBJECT_COUNT; i++)
		ck_assert_uint_eq(state_object_index(STATE_PIV, state_object_tag(STATE_PIV, i)), i);
	ck_assert_uint_eq(state_key_index(STATE_PIV, 0x9B), SIZE_MAX);
	ck_assert_uint_eq(state_key_index(STATE_PIV, 0x81), SIZE_MAX);
	ck_assert_uint_eq(state_key_index(STATE_PIV, 0x96), SIZE_MAX);
	ck_assert_uint_eq(state_object_index(STATE_PIV, 0x5FC100), SIZE_MAX);
	ck_assert_uint_eq(state_object_index(STATE_PIV, 0x5FC124), SIZE_MAX);
	ck_assert_uint_eq(state_admin_key_len(0x07), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, packed_state_is_unpacked_the_same);
	tcase_add_loop_test(tc, an_openpgp_state_is_unpacked_the_same, 0, 2);
	tcase_add_test(tc, the_file_of_a_piv_card_says_nothing_of_applications);
	tcase_add_test(tc, what_an_openpgp_card_cannot_be_is_refused);
	tcase_add_test(tc, each_cut_is_refused);
	tcase_add_test(tc, what_follows_is_refused);
	tcase_add_test(tc, each_changed_byte_is_refused_or_in_bounds);
	tcase_add_loop_test(tc, parts_out_of_bounds_are_refused, 0, (int)ARRAY_COUNT(breakers));
	tcase_add_test(tc, places_go_both_ways);
}

TEST_MAIN("card/softcard/state", add)
