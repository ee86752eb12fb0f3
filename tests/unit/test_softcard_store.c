/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card/softcard/store.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

static const char *const no_keys[] = { NULL };
static struct fixture *fixture;

static void setup(void)
{
	fixture = fixture_new(no_keys);
}

static void teardown(void)
{
	fixture_free(fixture);
}

static struct store *open_store(void)
{
	struct store *store = NULL;

	ck_assert_int_eq(store_open(fixture->path, &store), STORE_OK);
	return store;
}

/*
 * Wait for a process of a test. It says by its exit status alone how it went: ck_assert in it would write into the
 * record that Check keeps of this one.
 */
static void expect_right(pid_t child)
{
	int status = -1;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(the_file_is_for_its_owner_alone)
{
	struct stat seen;

	ck_assert_int_eq(stat(fixture->path, &seen), 0);
	ck_assert_uint_eq(seen.st_mode & 0777, 0600);
}
END_TEST

START_TEST(what_is_no_card_is_refused)
{
	struct store *store = NULL;

	ck_assert_int_eq(store_open("/nonexistent/card", &store), STORE_ABSENT);
	ck_assert_int_eq(store_open(fixture->directory, &store), STORE_CORRUPT);
	write_file(fixture->path, "this is no card");
	ck_assert_int_eq(store_open(fixture->path, &store), STORE_CORRUPT);
	write_file(fixture->path, "");
	ck_assert_int_eq(store_open(fixture->path, &store), STORE_CORRUPT);
	ck_assert_ptr_null(store);
}
END_TEST

START_TEST(a_damaged_card_is_refused_until_it_is_mended)
{
	AUTO(store_close) struct store *store = open_store();
	char kept[FIXTURE_PATH_MAX + 32];

	(void)snprintf(kept, sizeof(kept), "%s.kept", fixture->path);
	ck_assert_int_eq(rename(fixture->path, kept), 0);
	ck_assert_int_eq(store_lock(store), STORE_ABSENT);
	write_file(fixture->path, "damage");
	ck_assert_int_eq(store_lock(store), STORE_CORRUPT);
	ck_assert(!store_is_locked(store));
	ck_assert_int_eq(rename(kept, fixture->path), 0);
	ck_assert_int_eq(store_lock(store), STORE_OK);
}
END_TEST

START_TEST(create_replaces_only_if_told)
{
	AUTO(state_free) struct state *state = NULL;
	const struct personalise_card card = {
		.pin = span_of(FIXTURE_PIN, 6), .puk = span_of(FIXTURE_PUK, 8), .pin_tries = 3, .puk_tries = 3,
		.admin_algorithm = PERSONALISE_ADMIN_ALGORITHM, .admin_key = personalise_admin_key,
	};

	ck_assert_int_eq(personalise_new(&card, &state), PERSONALISE_OK);
	ck_assert_int_eq(store_create(fixture->path, &state, false), STORE_EXISTS);
	ck_assert_ptr_nonnull(state);
	ck_assert_int_eq(store_create("/nonexistent/card", &state, false), STORE_IO);
	ck_assert_int_eq(store_create(fixture->path, &state, true), STORE_OK);
	ck_assert_ptr_null(state);
}
END_TEST

START_TEST(a_commit_is_seen_by_others_and_an_abandoned_change_is_not)
{
	AUTO(store_close) struct store *one = open_store();
	AUTO(store_close) struct store *two = open_store();

	ck_assert_int_eq(store_lock(one), STORE_OK);
	store_state(one)->pin.tries = 1;
	ck_assert_int_eq(store_commit(one), STORE_OK);
	store_state(one)->pin.tries = 2;
	store_revert(one);
	store_unlock(one);
	ck_assert_int_eq(store_lock(two), STORE_OK);
	ck_assert_uint_eq(store_state(two)->pin.tries, 1);
	store_unlock(two);
	ck_assert_int_eq(store_lock(one), STORE_OK);
	ck_assert_uint_eq(store_state(one)->pin.tries, 1);
}
END_TEST

START_TEST(a_leftover_of_a_killed_writer_is_no_obstacle)
{
	AUTO(store_close) struct store *store = open_store();
	char successor[FIXTURE_PATH_MAX + 32];

	(void)snprintf(successor, sizeof(successor), "%s.new", fixture->path);
	write_file(successor, "half a card");
	ck_assert_int_eq(store_lock(store), STORE_OK);
	store_state(store)->pin.tries = 2;
	ck_assert_int_eq(store_commit(store), STORE_OK);
	ck_assert_int_ne(access(successor, F_OK), 0);
	ck_assert_uint_eq(fixture_pin_tries(fixture), 2);
}
END_TEST

START_TEST(a_link_to_a_card_stays_a_link)
{
	AUTO(store_close) struct store *store = NULL;
	char name[FIXTURE_PATH_MAX + 32];
	struct stat seen;

	(void)snprintf(name, sizeof(name), "%s.link", fixture->path);
	ck_assert_int_eq(symlink(fixture->path, name), 0);
	ck_assert_int_eq(store_open(name, &store), STORE_OK);
	ck_assert_int_eq(store_lock(store), STORE_OK);
	store_state(store)->pin.tries = 1;
	ck_assert_int_eq(store_commit(store), STORE_OK);
	ck_assert_int_eq(lstat(name, &seen), 0);
	ck_assert(S_ISLNK(seen.st_mode));
	ck_assert_uint_eq(fixture_pin_tries(fixture), 1);
}
END_TEST

/* Another process' way to the lock: whoever has it wrote first, or the lock does not hold. */
static int has_the_lock_second(int say)
{
	AUTO(store_close) struct store *two = NULL;

	if (store_open(fixture->path, &two) != STORE_OK || store_lock(two) != STORE_OK)
		return 1;
	return store_state(two)->pin.tries == 1 && write(say, "x", 1) == 1 ? 0 : 2;
}

START_TEST(the_lock_nests_and_keeps_others_out)
{
	AUTO(store_close) struct store *one = open_store();
	int pipe_fds[2];
	char byte = 0;
	pid_t child;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	ck_assert_int_eq(store_lock(one), STORE_OK);
	ck_assert_int_eq(store_lock(one), STORE_OK);
	store_unlock(one);
	child = fork();
	if (child == 0)
		_exit(has_the_lock_second(pipe_fds[1]));
	(void)usleep(100000);
	store_state(one)->pin.tries = 1;
	ck_assert_int_eq(store_commit(one), STORE_OK);
	store_unlock(one);
	ck_assert_int_eq(read(pipe_fds[0], &byte, 1), 1);
	expect_right(child);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}
END_TEST

START_TEST(a_count_is_everybodys)
{
	AUTO(store_close) struct store *one = open_store();
	AUTO(store_close) struct store *two = open_store();

	ck_assert_int_eq(store_lock(one), STORE_OK);
	store_count_add(one, 10);
	store_unlock(one);
	ck_assert_int_eq(store_lock(two), STORE_OK);
	store_count_add(two, 5);
	ck_assert_uint_eq(store_count_get(two).commands, 2);
	ck_assert_uint_eq(store_count_get(two).bytes, 15);
	ck_assert(store_count_reset(two));
	store_unlock(two);
	ck_assert_int_eq(store_lock(one), STORE_OK);
	ck_assert_uint_eq(store_count_get(one).commands, 0);
}
END_TEST

static int sends_commands(int count)
{
	AUTO(softcard_close) struct softcard *card = NULL;
	size_t len;

	if (softcard_open(fixture->path, &card) != STORE_OK)
		return 1;
	for (int n = 0; n < count; n++)
		if (softcard_transmit(card, span_of("\0\xA4\4", 3), fixture->answer, &len) != STORE_OK)
			return 2;
	return 0;
}

/* Four processes, each of which counts a hundred commands: none is lost. */
START_TEST(counting_does_not_race)
{
	enum { PROCESSES = 4, COMMANDS = 100 };
	AUTO(store_close) struct store *store = open_store();
	pid_t children[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(sends_commands(COMMANDS));
	}
	for (int i = 0; i < PROCESSES; i++)
		expect_right(children[i]);
	ck_assert_int_eq(store_lock(store), STORE_OK);
	ck_assert_uint_eq(store_count_get(store).commands, PROCESSES * COMMANDS);
	ck_assert_uint_eq(store_count_get(store).bytes, PROCESSES * COMMANDS * 5);
}
END_TEST

/* A process that says each wrong PIN it got an answer for, until it is killed at some moment. */
static void try_until_killed(int say, struct span verify)
{
	size_t len = 0;

	while (softcard_transmit(fixture->card, verify, fixture->answer, &len) == STORE_OK && len == 2) {
		const unsigned sw = (unsigned)fixture->answer[0] << 8 | fixture->answer[1];
		const unsigned char tries = sw == SW_BLOCKED ? 0 : (unsigned char)(sw & 0xFu);

		if (write(say, &tries, 1) != 1)
			break;
	}
	_exit(1);
}

START_TEST(kill_9_gives_no_try_back)
{
	AUTO_SECRET verify = SECRET_INIT;
	unsigned char told = 3;
	unsigned char last = 3;
	int pipe_fds[2];
	int status = 0;
	pid_t child;

	fixture_read_hex(FIXTURE_VERIFY_WRONG, &verify);
	ck_assert_int_eq(pipe(pipe_fds), 0);
	child = fork();
	if (child == 0)
		try_until_killed(pipe_fds[1], secret_span(&verify));
	(void)close(pipe_fds[1]);
	/* Another moment in each round of the loop. */
	(void)usleep((useconds_t)(200 * _i));
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	while (read(pipe_fds[0], &told, 1) == 1)
		last = told;
	(void)close(pipe_fds[0]);
	/* Readable, whole, and no more tries than were said to be left. */
	ck_assert_uint_le(fixture_pin_tries(fixture), last);
}
END_TEST

START_TEST(look_tells_cards_apart)
{
	struct store_view view = { .result = STORE_OK };
	uint8_t before[STATE_GUID_LEN];

	ck_assert_int_eq(store_look(fixture->path, &view), STORE_OK);
	memcpy(before, view.guid, sizeof(before));
	ck_assert_int_eq(store_look(fixture->path, &view), STORE_OK);
	ck_assert_mem_eq(before, view.guid, sizeof(before));
	fixture_make_card(fixture->path, no_keys, PERSONALISE_ADMIN_ALGORITHM, personalise_admin_key);
	ck_assert_int_eq(store_look(fixture->path, &view), STORE_OK);
	ck_assert_mem_ne(before, view.guid, sizeof(before));
	write_file(fixture->path, "damage");
	ck_assert_int_eq(store_look(fixture->path, &view), STORE_CORRUPT);
	ck_assert_int_eq(unlink(fixture->path), 0);
	ck_assert_int_eq(store_look(fixture->path, &view), STORE_ABSENT);
}
END_TEST

START_TEST(each_result_has_a_text)
{
	for (int i = STORE_OK; i <= STORE_NO_MEMORY; i++)
		ck_assert_uint_gt(strlen(store_result_text((enum store_result)i)), 1);
	ck_assert_str_eq(store_result_text((enum store_result)99), "?");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_file_is_for_its_owner_alone);
	tcase_add_test(tc, what_is_no_card_is_refused);
	tcase_add_test(tc, a_damaged_card_is_refused_until_it_is_mended);
	tcase_add_test(tc, create_replaces_only_if_told);
	tcase_add_test(tc, a_commit_is_seen_by_others_and_an_abandoned_change_is_not);
	tcase_add_test(tc, a_leftover_of_a_killed_writer_is_no_obstacle);
	tcase_add_test(tc, a_link_to_a_card_stays_a_link);
	tcase_add_test(tc, the_lock_nests_and_keeps_others_out);
	tcase_add_test(tc, a_count_is_everybodys);
	tcase_add_test(tc, counting_does_not_race);
	tcase_add_loop_test(tc, kill_9_gives_no_try_back, 0, 20);
	tcase_add_test(tc, look_tells_cards_apart);
	tcase_add_test(tc, each_result_has_a_text);
}

TEST_MAIN("card/softcard/store", add)
