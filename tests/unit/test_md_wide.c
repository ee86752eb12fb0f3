/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "minidriver/card_registry.h"
#include "minidriver/wide.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

START_TEST(texts_are_equal_to_their_nul)
{
	ck_assert(wide_equal(u"", u""));
	ck_assert(wide_equal(u"AES", u"AES"));
	ck_assert(!wide_equal(u"AES", u"AE"));
	ck_assert(!wide_equal(u"AE", u"AES"));
	ck_assert(!wide_equal(u"aes", u"AES"));
	ck_assert_uint_eq(wide_len(u""), 0);
	ck_assert_uint_eq(wide_len(u"AES"), 3);
	ck_assert_uint_eq(wide_size(u"AES"), 8);
}
END_TEST

START_TEST(no_more_is_read_of_a_text_than_the_name_has)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	LPWSTR text;

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	text = (LPWSTR)(void *)(pages + page - 4 * sizeof(WCHAR));
	memcpy(text, u"AESX", 4 * sizeof(WCHAR)); /* no NUL before the end of the page */
	ck_assert(!wide_equal(text, u"AES"));
	ck_assert(!wide_is(span_of(text, 4 * sizeof(WCHAR)), u"AESX"));
	(void)munmap(pages, 2 * page);
}
END_TEST

START_TEST(a_registered_card_is_found_by_its_own_pair_only)
{
	struct card_system *systems[2] = { (struct card_system *)&systems[0], (struct card_system *)&systems[1] };
	struct card *card = (struct card *)(void *)&systems[1];
	const handle_t first = card_registry_add_system(systems[0]);
	const handle_t second = card_registry_add_system(systems[1]);
	const handle_t handle = card_registry_add_card(first, card_default_ops(), card);
	struct registered_card found;

	ck_assert_uint_ne(handle, 0);
	ck_assert_uint_eq(card_registry_add_card(0, card_default_ops(), card), 0);
	ck_assert_uint_eq(card_registry_add_card(handle, card_default_ops(), card), 0);
	ck_assert(card_registry_find(first, handle, &found));
	ck_assert_ptr_eq(found.card, card);
	ck_assert(!card_registry_find(second, handle, &found));
	ck_assert(!card_registry_find(first, first, &found));
	ck_assert(!card_registry_find(0, handle, &found));
	card_registry_remove(first);
	ck_assert(!card_registry_find(first, handle, &found));
	card_registry_remove(first);
	card_registry_remove(handle);
	card_registry_remove(second);
	ck_assert(!card_registry_find(second, handle, &found));
	card_registry_remove(second);
	card_registry_remove(0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, texts_are_equal_to_their_nul);
	tcase_add_test(tc, no_more_is_read_of_a_text_than_the_name_has);
	tcase_add_test(tc, a_registered_card_is_found_by_its_own_pair_only);
}

TEST_MAIN("minidriver/wide and card_registry", add)
