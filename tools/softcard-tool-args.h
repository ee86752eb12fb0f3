/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of softcard-tool: commands and their options as tables, arguments in any order, and the help
 * that is made from the same tables.
 */
#ifndef MDP_TOOLS_SOFTCARD_TOOL_ARGS_H
#define MDP_TOOLS_SOFTCARD_TOOL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define ARGUMENT_VALUES_MAX 32u

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

/* An option of a command; the last row of a table has no name. */
struct option_row {
	const char *name;  /* with its dashes */
	const char *value; /* what it takes, for the help; NULL: nothing */
	const char *help;
};

struct argument_value {
	const char *option; /* as in its row; NULL: an argument by itself */
	const char *value;  /* "" for an option that takes nothing */
};

struct arguments {
	struct argument_value values[ARGUMENT_VALUES_MAX];
	size_t count;
};

struct command_row {
	const char *name;
	const char *operands; /* what it takes by itself, for the help */
	size_t operands_least;
	size_t operands_most;
	const struct option_row *options;
	const char *help; /* one line */
	int (*run)(const struct arguments *arguments);
};

/* Read what follows the command's name. Returns false, having said why, if it does not fit the command's tables. */
bool arguments_read(const struct command_row *command, int argc, char **argv, struct arguments *ret) MUST_USE;

/* The nth value of an option, or (option NULL) the nth argument by itself; NULL if there are fewer. */
const char *arguments_get(const struct arguments *arguments, const char *option, size_t nth) MUST_USE;

/* A number from low to high that an option gives; `otherwise` if it is not given. Returns false, having said why. */
bool arguments_number(const struct arguments *arguments, const char *option, unsigned low, unsigned high,
		      unsigned *inout_number) MUST_USE;

/* Print a command's help to standard output. */
void command_help(const struct command_row *command);

/* Say on standard error what went wrong; returns the exit code that is meant. */
int failed(const char *format, ...) PRINTF_LIKE(1, 2);
int misused(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
