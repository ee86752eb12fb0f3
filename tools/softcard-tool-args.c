/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tools/softcard-tool-args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "softcard-tool"
#define HELP_COLUMN 30

PRINTF_LIKE(1, 0) static void say(const char *format, va_list arguments)
{
	(void)fprintf(stderr, PROGRAM ": ");
	(void)vfprintf(stderr, format, arguments);
	(void)fputc('\n', stderr);
}

int failed(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

int misused(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

static bool add(struct arguments *arguments, const char *option, const char *value)
{
	if (arguments->count == ARGUMENT_VALUES_MAX) {
		(void)misused("there are too many arguments");
		return false;
	}
	arguments->values[arguments->count++] = (struct argument_value){ .option = option, .value = value };
	return true;
}

/* The row of "--name" or "--name=value"; *ret_inline is the value after the equals sign, or NULL. */
static const struct option_row *find_option(const struct command_row *command, const char *text,
					    const char **ret_inline)
{
	const size_t len = strcspn(text, "=");

	*ret_inline = text[len] == '=' ? text + len + 1 : NULL;
	for (const struct option_row *row = command->options; row->name != NULL; row++)
		if (strlen(row->name) == len && strncmp(row->name, text, len) == 0)
			return row;
	return NULL;
}

/* Read one option; returns how many words it took, 0 having said what is wrong. */
static int read_option(const struct command_row *command, int argc, char **argv, struct arguments *arguments)
{
	const char *given;
	const struct option_row *row = find_option(command, argv[0], &given);

	if (row == NULL) {
		(void)misused("%s: there is no option %s", command->name, argv[0]);
		return 0;
	}
	if (row->value == NULL && given != NULL) {
		(void)misused("%s: %s takes no value", command->name, row->name);
		return 0;
	}
	if (row->value == NULL || given != NULL)
		return add(arguments, row->name, given != NULL ? given : "") ? 1 : 0;
	if (argc < 2) {
		(void)misused("%s: %s needs %s", command->name, row->name, row->value);
		return 0;
	}
	return add(arguments, row->name, argv[1]) ? 2 : 0;
}

bool arguments_read(const struct command_row *command, int argc, char **argv, struct arguments *ret)
{
	bool only_operands = false;
	size_t operands = 0;

	*ret = (struct arguments){ .count = 0 };
	for (int i = 0; i < argc;) {
		int taken = 1;

		if (!only_operands && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
			taken = read_option(command, argc - i, argv + i, ret);
		} else {
			operands++;
			taken = add(ret, NULL, argv[i]) ? 1 : 0;
		}
		if (taken == 0)
			return false;
		i += taken;
	}
	if (operands >= command->operands_least && operands <= command->operands_most)
		return true;
	(void)misused("%s takes %s", command->name, command->operands);
	return false;
}

static bool same_option(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const char *arguments_get(const struct arguments *arguments, const char *option, size_t nth)
{
	for (size_t i = 0; i < arguments->count; i++)
		if (same_option(arguments->values[i].option, option) && nth-- == 0)
			return arguments->values[i].value;
	return NULL;
}

bool arguments_number(const struct arguments *arguments, const char *option, unsigned low, unsigned high,
		      unsigned *inout_number)
{
	const char *text = arguments_get(arguments, option, 0);
	char *end = NULL;
	unsigned long number;

	if (text == NULL)
		return true;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number < low || number > high) {
		(void)misused("%s takes a number from %u to %u", option, low, high);
		return false;
	}
	*inout_number = (unsigned)number;
	return true;
}

void command_help(const struct command_row *command)
{
	(void)printf("usage: " PROGRAM " %s %s%s\n%s\n", command->name, command->operands,
		     command->options->name != NULL ? " [options]" : "", command->help);
	if (command->options->name != NULL)
		(void)printf("\noptions:\n");
	for (const struct option_row *row = command->options; row->name != NULL; row++) {
		const int width = printf("  %s%s%s", row->name, row->value != NULL ? " " : "",
					 row->value != NULL ? row->value : "");

		(void)printf("%*s%s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", row->help);
	}
}
