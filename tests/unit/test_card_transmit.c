/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A reader that leaves its commands and answers as text in freed memory, as libopensc's does. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "card/opensc_internal.h"
#include "tests/unit/freed_memory.h"
#include "tests/unit/memory_scan.h"
#include "tests/unit/test.h"

#define LONGEST 1024u
#define PART 10u  /* of the bytes that a scan looks for, somewhere in the middle */

static uint8_t command[LONGEST];
static uint8_t answer[LONGEST];
static unsigned transmitted;

/* libopensc's way: 5 characters of room a byte and 128 more; freed as it is. */
static void leave_text(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len * 5 + 128);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + 3 * i, 4, "%02X ", bytes[i]);
	free(text);
}

/* T=1, case 4 short: five bytes of header before the data, Le after it. The answer's status bytes follow it. */
static int leaky_transmit(sc_reader_t *reader, sc_apdu_t *apdu)
{
	uint8_t whole[LONGEST + 16] = { 0 };

	(void)reader;
	transmitted++;
	memcpy(whole + 5, apdu->data, apdu->lc);
	leave_text(whole, apdu->lc + 6);
	memcpy(whole, answer, apdu->resplen);
	leave_text(whole, apdu->resplen + 2);
	wipe(whole, sizeof(whole));
	apdu->sw1 = 0x90;
	return SC_SUCCESS;
}

static const struct sc_reader_operations leaky_ops = { .transmit = leaky_transmit };

/* How many parts of command and answer are left as text after one transmission. */
static size_t left_behind(bool secret, size_t command_len, size_t answer_len)
{
	struct sc_reader reader = { .ops = &leaky_ops, .active_protocol = SC_PROTO_T1 };
	struct reader_slot slot = { .reader = &reader, .secret = secret, .secret_len = answer_len - 4 };
	struct sc_apdu apdu = { .cse = SC_APDU_CASE_4_SHORT, .data = command, .lc = command_len,
				.datalen = command_len, .resplen = answer_len };
	struct memory_scan *scans[2];
	size_t left = 0;

	ck_assert_int_eq(getrandom(command, command_len, 0), command_len);
	ck_assert_int_eq(getrandom(answer, answer_len, 0), answer_len);
	scans[0] = memory_scan_new_text(command + (command_len - PART) / 2, PART);
	scans[1] = memory_scan_new_text(answer + (answer_len - PART) / 2, PART);
	transmit_install(&slot);
	ck_assert_ptr_ne(reader.ops, &leaky_ops);
	ck_assert_int_eq(reader.ops->transmit(&reader, &apdu), SC_SUCCESS);
	wipe_stack();
	for (size_t i = 0; i < ARRAY_COUNT(scans); i++) {
		left += memory_scan_count(scans[i], NULL, 0);
		memory_scan_free(scans[i]);
	}
	return left;
}

START_TEST(each_command_passes_through_once)
{
	transmitted = 0;
	(void)left_behind(false, 16, 16);
	(void)left_behind(true, 16, 16);
	ck_assert_uint_eq(transmitted, 2);
}
END_TEST

/* Up to what malloc() keeps in its cache: 6 bytes of a command are not data. */
static const size_t lengths[] = { 13, 16, 17, 32, 36, 38, 54, 70, 72, 102, 133, 174 };

START_TEST(no_text_of_a_secret_is_left)
{
	for (size_t i = 0; i < ARRAY_COUNT(lengths) && freed_memory_comes_back(); i++)
		for (size_t j = 0; j < ARRAY_COUNT(lengths); j++)
			ck_assert_msg(left_behind(true, lengths[i], lengths[j]) == 0, "%zu bytes, answered by %zu",
				      lengths[i], lengths[j]);
}
END_TEST

/* The test would see it: without a secret under way, nothing is wiped. */
START_TEST(text_without_a_secret_is_left_alone)
{
	if (freed_memory_comes_back())
		ck_assert_uint_gt(left_behind(false, 32, 102), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_command_passes_through_once);
	tcase_add_test(tc, no_text_of_a_secret_is_left);
	tcase_add_test(tc, text_without_a_secret_is_left_alone);
}

TEST_MAIN("card/transmit", add)
