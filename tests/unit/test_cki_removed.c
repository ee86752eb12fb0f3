/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/removed.h"
#include "tests/unit/test.h"

START_TEST(a_handle_is_told_once)
{
	struct removed removed = { .next = 0 };

	ck_assert(!cki_removed_any(&removed));
	ck_assert(!cki_removed_take_locked(&removed, 7));
	cki_removed_add_locked(&removed, 7);
	cki_removed_add_locked(&removed, 8);
	ck_assert(cki_removed_any(&removed));
	ck_assert(cki_removed_take_locked(&removed, 7));
	ck_assert(!cki_removed_take_locked(&removed, 7));
	ck_assert(cki_removed_take_locked(&removed, 8));
	ck_assert(!cki_removed_any(&removed));
}
END_TEST

START_TEST(no_handle_is_never_one_of_them)
{
	struct removed removed = { .next = 0 };

	cki_removed_add_locked(&removed, 7);
	ck_assert(!cki_removed_take_locked(&removed, CK_INVALID_HANDLE));
}
END_TEST

START_TEST(of_more_than_there_is_room_for_the_oldest_are_forgotten)
{
	struct removed removed = { .next = 0 };

	for (CK_SESSION_HANDLE handle = 1; handle <= REMOVED_MAX + 2; handle++)
		cki_removed_add_locked(&removed, handle);
	ck_assert(!cki_removed_take_locked(&removed, 1));
	ck_assert(!cki_removed_take_locked(&removed, 2));
	for (CK_SESSION_HANDLE handle = 3; handle <= REMOVED_MAX + 2; handle++)
		ck_assert(cki_removed_take_locked(&removed, handle));
	ck_assert(!cki_removed_any(&removed));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_handle_is_told_once);
	tcase_add_test(tc, no_handle_is_never_one_of_them);
	tcase_add_test(tc, of_more_than_there_is_room_for_the_oldest_are_forgotten);
}

TEST_MAIN("pkcs11/removed", add)
