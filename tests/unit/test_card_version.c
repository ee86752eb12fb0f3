/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program's own sc_get_version() stands before the library's: a libopensc of another version, as seen by us. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "card/card.h"
#include "card/opensc_compat.h"
#include "tests/unit/test.h"

static const char *version = OPENSC_VERSION;

const char *sc_get_version(void)
{
	return version;
}

static void setup(void)
{
	ck_assert_int_eq(setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1), 0);
}

static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };

/* What is written to standard error while system_open() runs. */
static card_err open_and_read_log(char *text, size_t room)
{
	struct card_system *system = NULL;
	FILE *file = tmpfile();
	const int kept = dup(STDERR_FILENO);
	size_t len;
	card_err err;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(kept, 0);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
	err = card_default_ops()->system_open(&params, &system);
	ck_assert_int_ge(dup2(kept, STDERR_FILENO), 0);
	(void)close(kept);
	rewind(file);
	len = fread(text, 1, room - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	ck_assert_int_eq(err == CE_OK, system != NULL);
	card_default_ops()->system_close(system);
	return err;
}

START_TEST(a_libopensc_of_another_version_is_refused_and_the_log_says_so)
{
	static const char *const others[] = { "", "0", "0.22.0", OPENSC_VERSION "-rc1", "9.9.9" };
	char text[1024];

	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		version = others[i];
		ck_assert_int_eq(open_and_read_log(text, sizeof(text)), CE_NOT_SUPPORTED);
		ck_assert_ptr_nonnull(strstr(text, others[i]));
		ck_assert_ptr_nonnull(strstr(text, OPENSC_VERSION));
	}
	version = NULL;
	ck_assert_int_eq(open_and_read_log(text, sizeof(text)), CE_NOT_SUPPORTED);
}
END_TEST

START_TEST(the_version_built_for_is_taken_without_a_word)
{
	char text[1024];

	version = OPENSC_VERSION;
	ck_assert_int_eq(open_and_read_log(text, sizeof(text)), CE_OK);
	ck_assert_str_eq(text, "");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_libopensc_of_another_version_is_refused_and_the_log_says_so);
	tcase_add_test(tc, the_version_built_for_is_taken_without_a_word);
}

TEST_MAIN("card/version", add)
