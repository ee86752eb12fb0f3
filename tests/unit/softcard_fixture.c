/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/softcard_fixture.h"

#include <check.h>
#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX 4096
#define DEPTH 16

static void set_variable(const char *name, const char *value)
{
	ck_assert_int_eq(setenv(name, value, 1), 0);
}

bool softcard_fixture_run(const struct softcard_fixture *fixture, char *output, size_t room, const char *command)
{
	const char *build = getenv("TOP_BUILDDIR");
	char tool[OUTPUT_MAX];
	char unused[256];
	size_t len = 0;
	FILE *pipe;

	(void)snprintf(tool, sizeof(tool), "%s/softcard-tool", build != NULL ? build : ".");
	set_variable("TOOL", tool);
	set_variable("CARD", fixture->card);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	if (output != NULL && room > 0) {
		len = fread(output, 1, room - 1, pipe);
		output[len] = '\0';
	}
	while (fread(unused, 1, sizeof(unused), pipe) > 0)
		continue;
	return pclose(pipe) == 0;
}

void softcard_fixture_make(struct softcard_fixture *fixture, const char *options)
{
	char command[OUTPUT_MAX];
	char conf[OUTPUT_MAX];

	(void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/softcard_XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
	(void)snprintf(fixture->card, sizeof(fixture->card), "%s/card", fixture->dir);
	(void)snprintf(fixture->away, sizeof(fixture->away), "%s/away", fixture->dir);
	(void)snprintf(command, sizeof(command), "\"$TOOL\" new \"$CARD\" %s", options);
	ck_assert_msg(softcard_fixture_run(fixture, NULL, 0, command), "softcard-tool new failed: %s", options);
	ck_assert_msg(softcard_fixture_run(fixture, conf, sizeof(conf),
					   "variables=$(\"$TOOL\" env \"$CARD\") && eval \"$variables\" && "
					   "printf %s \"$OPENSC_CONF\""),
		      "softcard-tool env failed");
	ck_assert_str_ne(conf, "");
	set_variable("OPENSC_CONF", conf);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

void softcard_fixture_end(struct softcard_fixture *fixture)
{
	if (fixture->dir[0] == '\0')
		return;
	(void)nftw(fixture->dir, remove_entry, DEPTH, FTW_DEPTH | FTW_PHYS);
	(void)unsetenv("OPENSC_CONF");
	*fixture = (struct softcard_fixture){ .dir = "" };
}

void softcard_fixture_take_out(const struct softcard_fixture *fixture)
{
	ck_assert_int_eq(rename(fixture->card, fixture->away), 0);
}

void softcard_fixture_put_in(const struct softcard_fixture *fixture)
{
	ck_assert_int_eq(rename(fixture->away, fixture->card), 0);
}

unsigned long softcard_fixture_commands(const struct softcard_fixture *fixture)
{
	char output[OUTPUT_MAX];
	const char *at = output;

	ck_assert(softcard_fixture_run(fixture, output, sizeof(output), "\"$TOOL\" count \"$CARD\""));
	while (*at != '\0' && !isdigit((unsigned char)*at))
		at++;
	ck_assert_msg(*at != '\0', "no number in: %s", output);
	return strtoul(at, NULL, 10);
}

void softcard_fixture_reset_commands(const struct softcard_fixture *fixture)
{
	ck_assert(softcard_fixture_run(fixture, NULL, 0, "\"$TOOL\" count --reset \"$CARD\""));
}
