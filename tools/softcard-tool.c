/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes, personalises, inspects and serves software cards. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ossl.h"
#include "card/softcard/personalise.h"
#include "tools/softcard-tool-commands.h"

#define FILE_MAX (1024u * 1024u)

static const struct command_row *const commands[] = {
	&command_new,
	&command_key,
	&command_import,
	&command_pin,
	&command_env,
	&command_cert,
	&command_info,
	&command_count,
	&command_serve,
	&command_insert,
	&command_remove,
};

struct store *card_of(const struct arguments *arguments)
{
	const char *path = arguments_get(arguments, NULL, 0);
	AUTO(store_close) struct store *store = NULL;
	enum store_result result = store_open(path, &store);

	if (result == STORE_OK)
		result = store_lock(store);
	if (result == STORE_OK)
		return STEAL(store);
	(void)failed("%s: %s", path, store_result_text(result));
	return NULL;
}

bool slot_of(enum state_applet applet, const char *text, uint8_t *ret_reference)
{
	if (personalise_slot(applet, text, ret_reference))
		return true;
	(void)misused("%s: a slot is %s", text,
		      applet == STATE_PIV ? "9a, 9c, 9d, 9e, or 82 to 95" : "sig, dec or aut");
	return false;
}

static bool read_stream(FILE *stream, struct secret *ret_bytes)
{
	struct stat stat;

	if (fstat(fileno(stream), &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size > (off_t)FILE_MAX)
		return false;
	if (!secret_alloc(ret_bytes, (size_t)stat.st_size))
		return false;
	/* No buffer of the stream's own: it would keep a copy of a private key. */
	(void)setvbuf(stream, NULL, _IONBF, 0);
	return fread(ret_bytes->data, 1, ret_bytes->len, stream) == ret_bytes->len;
}

bool file_read(const char *path, struct secret *ret_bytes)
{
	FILE *stream = fopen(path, "re");
	bool done;

	if (stream == NULL) {
		(void)failed("%s: %s", path, strerror(errno));
		return false;
	}
	done = read_stream(stream, ret_bytes);
	(void)fclose(stream);
	if (!done)
		(void)failed("%s: cannot be read, or is longer than %u bytes", path, FILE_MAX);
	return done;
}

static void print_help(void)
{
	(void)printf("usage: softcard-tool COMMAND CARD ...\n"
		     "Makes, personalises, inspects and serves software cards; CARD is the file that is the card.\n"
		     "\ncommands (each knows --help):\n");
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		(void)printf("  %-8s %s\n", commands[i]->name, commands[i]->help);
	(void)printf("\noptions:\n"
		     "  --help    print this help\n"
		     "  --version print the version\n");
}

static const struct command_row *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int run(const struct command_row *command, int argc, char **argv)
{
	struct arguments arguments;
	int code;

	if (asks_for_help(argc, argv)) {
		command_help(command);
		return EXIT_DONE;
	}
	if (!arguments_read(command, argc, argv, &arguments))
		return EXIT_USAGE;
	if (!ossl_acquire())
		return failed("OpenSSL cannot be used");
	code = command->run(&arguments);
	ossl_release();
	return code;
}

int main(int argc, char **argv)
{
	const struct command_row *command;
	int code;

	if (argc < 2)
		return misused("what is to be done? (softcard-tool --help)");
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("softcard-tool (%s) %s\n", PACKAGE_NAME, PACKAGE_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return EXIT_DONE;
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return misused("%s: there is no such command (softcard-tool --help)", argv[1]);
	code = run(command, argc - 2, argv + 2);
	if (fflush(stdout) != 0)
		return failed("cannot write: %s", strerror(errno));
	return code;
}
