/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_WaitForSlotEvent, and what of the list of slots may change when. */
#include "config.h"

#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

#define NO_SLOT 99u
#define WAITERS 8u
#define SETTLE_MS 10000u

struct waiter {
	pthread_t thread;
	CK_SLOT_ID slot;
	CK_RV rv;
};

static void *wait_for_event(void *argument)
{
	struct waiter *waiter = argument;

	waiter->slot = NO_SLOT;
	waiter->rv = env.f->C_WaitForSlotEvent(0, &waiter->slot, NULL);
	return NULL;
}

static void begin_to_wait(struct waiter *waiters, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&waiters[i].thread, NULL, wait_for_event, &waiters[i]), 0);
	while (fake_inside(FAKE_WATCH_WAIT) != count)
		(void)usleep(1000);
}

static void end_to_wait(struct waiter *waiter)
{
	ck_assert_int_eq(pthread_join(waiter->thread, NULL), 0);
}

static unsigned threads(void)
{
	DIR *folder = opendir("/proc/self/task");
	unsigned count = 0;

	ck_assert_ptr_nonnull(folder);
	for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		count += entry->d_name[0] != '.';
	(void)closedir(folder);
	return count;
}

static void *wait_for_post(void *post)
{
	while (sem_wait(post) != 0)
		;
	return NULL;
}

/* Without the caller's own further ones. ThreadSanitizer makes one for itself with the first that is made. */
static unsigned threads_at_first(void)
{
	pthread_t first;
	unsigned count;
	sem_t post;

	ck_assert_int_eq(sem_init(&post, 0, 0), 0);
	ck_assert_int_eq(pthread_create(&first, NULL, wait_for_post, &post), 0);
	count = threads() - 1;
	ck_assert_int_eq(sem_post(&post), 0);
	ck_assert_int_eq(pthread_join(first, NULL), 0);
	ck_assert_int_eq(sem_destroy(&post), 0);
	return count;
}

/* A thread that was joined may be listed for a moment still. */
static unsigned threads_settled(unsigned expected)
{
	for (unsigned i = 0; i < SETTLE_MS && threads() != expected; i++)
		(void)usleep(1000);
	return threads();
}

static CK_RV no_event(CK_SLOT_ID *slot)
{
	return env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, slot, NULL);
}

START_TEST(a_wait_ends_with_the_slot_whose_card_was_taken_out)
{
	struct waiter waiter;

	env_start();
	begin_to_wait(&waiter, 1);
	env_take_card();
	end_to_wait(&waiter);
	env_ok(waiter.rv);
	ck_assert_uint_eq(waiter.slot, env.slot);
	begin_to_wait(&waiter, 1);
	env_put_card();
	end_to_wait(&waiter);
	env_ok(waiter.rv);
	ck_assert_uint_eq(waiter.slot, env.slot);
	env_stop();
}
END_TEST

START_TEST(an_event_before_the_wait_is_told_at_once)
{
	struct waiter waiter;

	env_start();
	env_take_card();
	(void)wait_for_event(&waiter);
	env_ok(waiter.rv);
	ck_assert_uint_eq(waiter.slot, env.slot);
	env_stop();
}
END_TEST

START_TEST(finalize_ends_all_waits)
{
	struct waiter waiters[WAITERS];

	env_start();
	begin_to_wait(waiters, WAITERS);
	env_ok(env.f->C_Finalize(NULL));
	for (unsigned i = 0; i < WAITERS; i++) {
		end_to_wait(&waiters[i]);
		env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, waiters[i].rv);
		ck_assert_uint_eq(waiters[i].slot, NO_SLOT);
	}
	env_ok(env.f->C_Initialize(NULL));
	env_rv(CKR_NO_EVENT, no_event(&env.slot));
	env_stop();
}
END_TEST

START_TEST(one_of_several_waits_is_told_of_an_event)
{
	struct waiter waiters[WAITERS];
	unsigned told = 0;

	env_start();
	begin_to_wait(waiters, WAITERS);
	env_take_card();
	while (fake_inside(FAKE_WATCH_WAIT) != WAITERS - 1)
		(void)usleep(1000);
	env_ok(env.f->C_Finalize(NULL));
	for (unsigned i = 0; i < WAITERS; i++) {
		end_to_wait(&waiters[i]);
		if (waiters[i].rv == CKR_OK)
			told++;
		else
			env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, waiters[i].rv);
	}
	ck_assert_uint_eq(told, 1);
	fake_clear();
}
END_TEST

START_TEST(while_one_thread_waits_another_works_with_the_card)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BYTE digest[32] = { 1 };
	CK_BYTE signature[64];
	CK_ULONG len = sizeof(signature);
	CK_ULONG count = 0;
	CK_SLOT_INFO info;
	struct waiter waiter;

	env_start();
	begin_to_wait(&waiter, 1);
	env_login();
	env_ok(env.f->C_SignInit(env.session, &ecdsa, env.key));
	env_ok(env.f->C_Sign(env.session, digest, sizeof(digest), signature, &len));
	env_ok(env.f->C_GetSlotList(CK_FALSE, NULL, &count));
	env_ok(env.f->C_GetSlotInfo(env.slot, &info));
	env_ok(env.f->C_CloseSession(env.session));
	env.session = env_session(0);
	ck_assert_uint_eq(fake_inside(FAKE_WATCH_WAIT), 1);
	env_ok(env.f->C_Finalize(NULL));
	end_to_wait(&waiter);
	fake_clear();
}
END_TEST

START_TEST(no_thread_is_made)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS | CKF_OS_LOCKING_OK };
	struct waiter waiter;
	unsigned before;

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	before = threads_at_first();
	env_ok(env.f->C_Initialize(&args));
	env.session = env_session(0);
	env_login();
	begin_to_wait(&waiter, 1);
	ck_assert_uint_eq(threads_settled(before + 1), before + 1);
	env_ok(env.f->C_Finalize(NULL));
	end_to_wait(&waiter);
	ck_assert_uint_eq(threads_settled(before), before);
	fake_clear();
}
END_TEST

START_TEST(a_wait_without_memory_says_so)
{
	CK_SLOT_ID slot = NO_SLOT;

	env_start();
	fake_fail(FAKE_WATCH_OPEN, CE_NO_MEMORY, 1);
	env_rv(CKR_HOST_MEMORY, env.f->C_WaitForSlotEvent(0, &slot, NULL));
	fake_fail(FAKE_READERS_REFRESH, CE_NO_MEMORY, 1);
	env_rv(CKR_HOST_MEMORY, env.f->C_WaitForSlotEvent(0, &slot, NULL));
	fake_fail(FAKE_READERS_REFRESH, CE_NO_MEMORY, 1);
	env_rv(CKR_HOST_MEMORY, no_event(&slot));
	ck_assert_uint_eq(slot, NO_SLOT);
	env_stop();
}
END_TEST

START_TEST(what_is_there_at_first_is_no_event)
{
	CK_SLOT_ID slot = NO_SLOT;

	env_card();
	(void)fake_add_reader("Fake Reader 01", false);
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env_rv(CKR_NO_EVENT, no_event(&slot));
	fake_insert_card(1);
	env_ok(no_event(&slot));
	ck_assert_uint_eq(slot, 1);
	env_stop();
}
END_TEST

START_TEST(a_card_that_was_out_for_a_moment_is_one_event)
{
	CK_SLOT_ID slot = NO_SLOT;

	env_start();
	env_rv(CKR_NO_EVENT, no_event(&slot));
	env_take_card();
	env_put_card();
	env_ok(no_event(&slot));
	env_rv(CKR_NO_EVENT, no_event(&slot));
	env_stop();
}
END_TEST

START_TEST(events_of_two_slots_are_told_one_after_the_other)
{
	CK_SLOT_ID slots[2] = { NO_SLOT, NO_SLOT };

	env_card();
	(void)fake_add_reader("Fake Reader 01", true);
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	env_rv(CKR_NO_EVENT, no_event(slots));
	fake_remove_card(0);
	fake_unplug(1);
	env_ok(no_event(&slots[0]));
	env_ok(no_event(&slots[1]));
	ck_assert_uint_eq(slots[0] + slots[1], 1);
	env_rv(CKR_NO_EVENT, no_event(slots));
	env_stop();
}
END_TEST

static CK_ULONG listed(bool with_token, CK_SLOT_ID *slots, CK_ULONG room)
{
	env_ok(env.f->C_GetSlotList(with_token, slots, &room));
	return room;
}

START_TEST(only_a_question_for_the_number_makes_the_list_longer)
{
	CK_SLOT_ID slots[4];
	CK_SLOT_INFO info;
	CK_SLOT_ID slot = NO_SLOT;

	env_start();
	ck_assert_uint_eq(listed(false, NULL, 0), 1);
	(void)fake_add_reader("Fake Reader 01", true);
	ck_assert_uint_eq(listed(false, slots, 4), 1);
	/* the event names a slot that can be asked about, but that is not in the list yet */
	env_ok(no_event(&slot));
	ck_assert_uint_eq(slot, 1);
	env_ok(env.f->C_GetSlotInfo(slot, &info));
	ck_assert_uint_eq(listed(false, slots, 4), 1);
	ck_assert_uint_eq(listed(false, NULL, 0), 2);
	ck_assert_uint_eq(listed(false, slots, 4), 2);
	ck_assert_uint_eq(slots[1], 1);
	env_stop();
}
END_TEST

START_TEST(a_list_of_none_stays_empty_until_it_is_asked_for)
{
	CK_SLOT_ID slots[4];

	fake_reset();
	fake_no_readers();
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	ck_assert_uint_eq(listed(false, NULL, 0), 0);
	(void)fake_add_reader("Fake Reader 00", true);
	ck_assert_uint_eq(listed(false, slots, 4), 0);
	ck_assert_uint_eq(listed(false, NULL, 0), 1);
	env_stop();
}
END_TEST

START_TEST(the_slot_of_a_reader_that_is_gone_stays_and_means_the_same)
{
	CK_SLOT_ID slots[4];
	CK_SLOT_INFO info;
	CK_SLOT_INFO before;

	env_start();
	(void)fake_add_reader("Fake Reader 01", true);
	ck_assert_uint_eq(listed(true, NULL, 0), 2);
	env_ok(env.f->C_GetSlotInfo(0, &before));
	fake_unplug(0);
	ck_assert_uint_eq(listed(false, NULL, 0), 2);
	ck_assert_uint_eq(listed(true, NULL, 0), 1);
	ck_assert_uint_eq(listed(true, slots, 4), 1);
	ck_assert_uint_eq(slots[0], 1);
	env_ok(env.f->C_GetSlotInfo(0, &info));
	ck_assert_mem_eq(info.slotDescription, before.slotDescription, sizeof(info.slotDescription));
	ck_assert_uint_eq(info.flags & CKF_TOKEN_PRESENT, 0);
	fake_plug(0);
	fake_insert_card(0);
	env_ok(env.f->C_GetSlotInfo(0, &info));
	ck_assert_uint_eq(info.flags & CKF_TOKEN_PRESENT, CKF_TOKEN_PRESENT);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_wait_ends_with_the_slot_whose_card_was_taken_out);
	tcase_add_test(tc, an_event_before_the_wait_is_told_at_once);
	tcase_add_test(tc, finalize_ends_all_waits);
	tcase_add_test(tc, one_of_several_waits_is_told_of_an_event);
	tcase_add_test(tc, while_one_thread_waits_another_works_with_the_card);
	tcase_add_test(tc, no_thread_is_made);
	tcase_add_test(tc, a_wait_without_memory_says_so);
	tcase_add_test(tc, what_is_there_at_first_is_no_event);
	tcase_add_test(tc, a_card_that_was_out_for_a_moment_is_one_event);
	tcase_add_test(tc, events_of_two_slots_are_told_one_after_the_other);
	tcase_add_test(tc, only_a_question_for_the_number_makes_the_list_longer);
	tcase_add_test(tc, a_list_of_none_stays_empty_until_it_is_asked_for);
	tcase_add_test(tc, the_slot_of_a_reader_that_is_gone_stays_and_means_the_same);
}

TEST_MAIN("pkcs11/events", add)
