/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A software card in a folder of its own, made with the softcard-tool of the build tree, for tests that need a
 * whole card below them. OPENSC_CONF is set for it, so that libopensc (and programs started) see this card and
 * nothing else; one such card at a time. A failure of the tool fails the running test.
 *
 *     static struct softcard_fixture card;
 *     static void setup(void) { softcard_fixture_make(&card, "--pin 123456 --key 9d:EC:prime256v1"); }
 *     static void teardown(void) { softcard_fixture_end(&card); }
 */
#ifndef MDP_TESTS_SOFTCARD_FIXTURE_H
#define MDP_TESTS_SOFTCARD_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct softcard_fixture {
	char dir[64];
	char card[96];  /* the card's state file */
	char away[104]; /* where it is while the card is out */
};

/* Make a card: options are those of `softcard-tool new CARD`, as words of the shell. Sets OPENSC_CONF. */
void softcard_fixture_make(struct softcard_fixture *fixture, const char *options);

/* Remove the card, its folder and OPENSC_CONF. */
void softcard_fixture_end(struct softcard_fixture *fixture);

/* Take the card out of its reader, and put it in again. */
void softcard_fixture_take_out(const struct softcard_fixture *fixture);
void softcard_fixture_put_in(const struct softcard_fixture *fixture);

/* How many commands the card has had since the last reset of that count. */
unsigned long softcard_fixture_commands(const struct softcard_fixture *fixture);
void softcard_fixture_reset_commands(const struct softcard_fixture *fixture);

/*
 * Run a shell command; `$TOOL` is the softcard-tool, `$CARD` the card. Its standard output goes to output (room
 * bytes, NUL-terminated; may be NULL). Returns whether it ended with 0.
 */
bool softcard_fixture_run(const struct softcard_fixture *fixture, char *output, size_t room, const char *command)
	MUST_USE;

#endif
