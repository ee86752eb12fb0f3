/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/memory_scan.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/wipe.h"
#include "tests/unit/test.h"

#define SECRET_LEN 32u

static uint8_t in_static_data[64];

/* A scan for fresh random bytes; the bytes themselves are left in `ret` only. */
static struct memory_scan *scan_for_random(uint8_t ret[SECRET_LEN])
{
	ck_assert_int_eq(getrandom(ret, SECRET_LEN, 0), SECRET_LEN);
	return memory_scan_new(ret, SECRET_LEN);
}

/* memcpy() would leave the bytes in vector registers, which the dynamic linker may spill to the stack later. */
static void copy_by_bytes(uint8_t *to, const uint8_t from[SECRET_LEN])
{
	volatile uint8_t *at = to;

	for (size_t i = 0; i < SECRET_LEN; i++)
		at[i] = from[i];
}

START_TEST(the_scan_does_not_find_itself)
{
	uint8_t secret[SECRET_LEN];
	struct memory_scan *scan = scan_for_random(secret);

	wipe(secret, sizeof(secret));
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 0);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 0);
	memory_scan_free(scan);
}
END_TEST

START_TEST(copies_on_the_stack_the_heap_and_in_static_data_are_found)
{
	uint8_t secret[SECRET_LEN];
	struct memory_scan *scan = scan_for_random(secret);
	uint8_t *heap = malloc(100);

	ck_assert_ptr_nonnull(heap);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 1);
	copy_by_bytes(heap + 7, secret);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 2);
	copy_by_bytes(in_static_data + 3, secret);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 3);
	wipe(secret, sizeof(secret));
	wipe(in_static_data, sizeof(in_static_data));
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 1);
	wipe(heap, 100);
	free(heap);
	memory_scan_free(scan);
}
END_TEST

START_TEST(a_copy_across_two_windows_is_found_once)
{
	const size_t len = 1024u * 1024u;
	uint8_t secret[SECRET_LEN];
	struct memory_scan *scan = scan_for_random(secret);
	uint8_t *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(map, MAP_FAILED);
	for (size_t at = 256u * 1024u - 40; at < 256u * 1024u + 40; at += 8 * test_step(3)) {
		copy_by_bytes(map + at, secret);
		ck_assert_uint_eq(memory_scan_count(scan, &(struct span){ secret, sizeof(secret) }, 1), 1);
		wipe(map + at, sizeof(secret));
	}
	(void)munmap(map, len);
	memory_scan_free(scan);
}
END_TEST

START_TEST(own_buffers_are_excepted_and_nothing_else)
{
	uint8_t secret[SECRET_LEN];
	uint8_t copy[SECRET_LEN];
	struct memory_scan *scan = scan_for_random(secret);
	const struct span both[] = { { secret, sizeof(secret) }, { copy, sizeof(copy) } };

	copy_by_bytes(copy, secret);
	ck_assert_uint_eq(memory_scan_count(scan, both, 0), 2);
	ck_assert_uint_eq(memory_scan_count(scan, both, 1), 1);
	ck_assert_uint_eq(memory_scan_count(scan, both, 2), 0);
	memory_scan_free(scan);
}
END_TEST

START_TEST(bytes_written_as_text_are_found_as_text)
{
	uint8_t secret[SECRET_LEN];
	char written[3 * 8 + 1];
	struct memory_scan *scan = scan_for_random(secret);
	struct memory_scan *text = memory_scan_new_text(secret, 8);

	ck_assert_uint_eq(memory_scan_count(text, NULL, 0), 0);
	for (size_t i = 0; i < 8; i++)
		(void)snprintf(written + 3 * i, 4, "%02X ", secret[i]);
	ck_assert_uint_eq(memory_scan_count(text, NULL, 0), 1);
	wipe(written, sizeof(written));
	ck_assert_uint_eq(memory_scan_count(text, NULL, 0), 0);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 1);
	memory_scan_free(text);
	memory_scan_free(scan);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_scan_does_not_find_itself);
	tcase_add_test(tc, copies_on_the_stack_the_heap_and_in_static_data_are_found);
	tcase_add_test(tc, a_copy_across_two_windows_is_found_once);
	tcase_add_test(tc, bytes_written_as_text_are_found_as_text);
	tcase_add_test(tc, own_buffers_are_excepted_and_nothing_else);
}

TEST_MAIN("tests/memory_scan", add)
