/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * softcard-tool: serve, insert, remove. serve() waits for vpcd, for commands on standard input and for commands on
 * a socket beside the card, CARD.control, which insert and remove send theirs to.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "card/softcard/softcard.h"
#include "card/softcard/vpcd.h"
#include "tools/softcard-tool-commands.h"

#define FD_NONE (-1)
#define LINE_MAX_LEN 64u
#define TRY_AGAIN_MS 100
#define ABSENT_MS 1000 /* how long a card stays out at least, so that pcscd notices: it looks 2.5 times a second */
#define CONTROL_SECONDS 20 /* how long insert and remove wait for serve() */
#define LISTENER_SECONDS 2 /* how long serve() waits for what insert and remove have to say */
#define DONE_TEXT "done\n"

static const struct option_row no_options[] = { { NULL, NULL, NULL } };

struct server {
	const char *path; /* of the card */
	const char *host;
	const char *port;
	bool wanted; /* the card shall be in the reader */
	bool ended;
	struct softcard *card; /* both or neither: the card is in the reader */
	struct vpcd *vpcd;
	bool said_in; /* that pcscd has noticed */
	struct timespec taken_out;
	int listener; /* CARD.control */
	int signals;
	int input;  /* standard input, until its end */
	int waiter; /* the insert command that waits until the card is in */
	char line[LINE_MAX_LEN];
	size_t line_len;
};

static void close_fd(int *fd)
{
	if (*fd != FD_NONE)
		(void)close(*fd);
	*fd = FD_NONE;
}

static void say(const char *text)
{
	(void)printf("%s\n", text);
	(void)fflush(stdout);
}

/*
 * The address of CARD.control. A socket's name has room for 107 bytes only: a longer one is reached through the
 * directory, which *ret_directory keeps open.
 */
static bool control_address(const char *card, struct sockaddr_un *address, int *ret_directory)
{
	char path[PATH_MAX];
	char directory[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s.control", card);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len < 0 || (size_t)len >= sizeof(path))
		return false;
	if ((size_t)len < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, (size_t)len + 1);
		return true;
	}
	memcpy(directory, path, (size_t)len + 1);
	*ret_directory = open(dirname(directory), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_directory == FD_NONE)
		return false;
	len = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s", *ret_directory,
		       basename(path));
	return len > 0 && (size_t)len < sizeof(address->sun_path);
}

static int control_connect(const char *card)
{
	struct sockaddr_un address;
	AUTO(close_fd) int directory = FD_NONE;
	int fd;

	if (!control_address(card, &address, &directory))
		return FD_NONE;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != FD_NONE && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		close_fd(&fd);
	return fd;
}

/* Listen at CARD.control. Returns FD_NONE, having said why, if another serve() does. */
static int control_listen(const char *card)
{
	struct sockaddr_un address;
	AUTO(close_fd) int directory = FD_NONE;
	AUTO(close_fd) int other = control_connect(card);
	int fd;

	if (other != FD_NONE) {
		(void)failed("%s: is being served already", card);
		return FD_NONE;
	}
	if (!control_address(card, &address, &directory)) {
		(void)failed("%s: the name is too long", card);
		return FD_NONE;
	}
	(void)unlink(address.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == FD_NONE || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 4) != 0) {
		(void)failed("%s: %s", address.sun_path, strerror(errno));
		close_fd(&fd);
	}
	return fd;
}

static void control_unlink(const char *card)
{
	struct sockaddr_un address;
	AUTO(close_fd) int directory = FD_NONE;

	if (control_address(card, &address, &directory))
		(void)unlink(address.sun_path);
}

static void answer_waiter(struct server *server, const char *text)
{
	if (server->waiter != FD_NONE)
		(void)send(server->waiter, text, strlen(text), MSG_NOSIGNAL);
	close_fd(&server->waiter);
}

static void take_out(struct server *server)
{
	vpcd_close(&server->vpcd);
	softcard_close(&server->card);
	if (server->said_in) {
		say("removed");
		(void)clock_gettime(CLOCK_MONOTONIC, &server->taken_out);
	}
	server->said_in = false;
}

static bool was_out_long_enough(const struct server *server)
{
	struct timespec now = { 0, 0 };
	long long ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (long long)(now.tv_sec - server->taken_out.tv_sec) * 1000 +
	     (now.tv_nsec - server->taken_out.tv_nsec) / 1000000;
	return (server->taken_out.tv_sec == 0 && server->taken_out.tv_nsec == 0) || ms >= ABSENT_MS;
}

/* Put the card in, if it is not and shall be; vpcd may not be there yet, then the next round tries again. */
static void put_in(struct server *server)
{
	enum store_result result;

	if (!server->wanted || server->vpcd != NULL || !was_out_long_enough(server))
		return;
	result = softcard_open(server->path, &server->card);
	if (result != STORE_OK) {
		(void)failed("%s: %s", server->path, store_result_text(result));
		server->wanted = false;
		answer_waiter(server, store_result_text(result));
		return;
	}
	if (vpcd_connect(server->host, server->port, &server->vpcd) != VPCD_OK)
		softcard_close(&server->card);
}

static void notice(struct server *server)
{
	if (server->said_in || server->vpcd == NULL || !vpcd_is_noticed(server->vpcd))
		return;
	server->said_in = true;
	say("inserted");
	answer_waiter(server, DONE_TEXT);
}

/* Obey one command. Returns what to tell whoever gave it; NULL if that comes when the card is in. */
static const char *obey(struct server *server, const char *command)
{
	if (strcmp(command, "insert") == 0) {
		server->wanted = true;
		put_in(server);
		return server->said_in ? DONE_TEXT : NULL;
	}
	if (strcmp(command, "remove") == 0) {
		server->wanted = false;
		take_out(server);
		return DONE_TEXT;
	}
	if (strcmp(command, "quit") == 0) {
		server->ended = true;
		return DONE_TEXT;
	}
	return "there is no such command";
}

static void serve_vpcd(struct server *server)
{
	const enum vpcd_result result = vpcd_serve(server->vpcd, server->card);

	if (result == VPCD_OK)
		return;
	take_out(server);
	/* pcscd ended: the card goes in again when there is one. A card that cannot be read stays out. */
	if (result != VPCD_GONE)
		server->wanted = false;
	if (result == VPCD_CARD)
		(void)failed("%s: cannot be read any more", server->path);
}

/* Take what came on standard input apart into lines. */
static void serve_input(struct server *server)
{
	char *end;
	const ssize_t len =
		read(server->input, server->line + server->line_len, sizeof(server->line) - 1 - server->line_len);

	if (len <= 0) {
		server->input = FD_NONE;
		return;
	}
	server->line_len += (size_t)len;
	server->line[server->line_len] = '\0';
	while ((end = strchr(server->line, '\n')) != NULL) {
		const char *said;

		*end = '\0';
		said = obey(server, server->line);
		if (said != NULL && strcmp(said, DONE_TEXT) != 0)
			(void)failed("%s: %s", server->line, said);
		server->line_len -= (size_t)(end + 1 - server->line);
		memmove(server->line, end + 1, server->line_len + 1);
	}
	if (server->line_len == sizeof(server->line) - 1)
		server->line_len = 0;
}

static void set_timeout(int fd, time_t seconds)
{
	const struct timeval timeout = { .tv_sec = seconds };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

static void serve_control(struct server *server)
{
	AUTO(close_fd) int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	char command[LINE_MAX_LEN];
	const char *said;
	ssize_t len;

	if (fd == FD_NONE)
		return;
	set_timeout(fd, LISTENER_SECONDS);
	len = recv(fd, command, sizeof(command) - 1, 0);
	if (len <= 0)
		return;
	command[len] = '\0';
	command[strcspn(command, "\n")] = '\0';
	said = obey(server, command);
	if (said != NULL) {
		(void)send(fd, said, strlen(said), MSG_NOSIGNAL);
		return;
	}
	answer_waiter(server, "another insert came");
	server->waiter = fd;
	fd = FD_NONE;
}

/* One round: wait for something to do, at most until vpcd is to be tried again, and do it. */
static void serve_once(struct server *server)
{
	enum { SIGNALS, LISTENER, INPUT, VPCD, COUNT };
	struct pollfd polled[COUNT] = {
		[SIGNALS] = { .fd = server->signals, .events = POLLIN },
		[LISTENER] = { .fd = server->listener, .events = POLLIN },
		[INPUT] = { .fd = server->input, .events = POLLIN },
		[VPCD] = { .fd = server->vpcd != NULL ? vpcd_fd(server->vpcd) : FD_NONE, .events = POLLIN },
	};
	const bool trying = server->wanted && server->vpcd == NULL;

	if (poll(polled, COUNT, trying ? TRY_AGAIN_MS : -1) < 0)
		return;
	if (polled[SIGNALS].revents != 0)
		server->ended = true;
	if (polled[VPCD].revents != 0)
		serve_vpcd(server);
	if (polled[LISTENER].revents != 0)
		serve_control(server);
	if (polled[INPUT].revents != 0)
		serve_input(server);
	notice(server);
	put_in(server);
}

static int catch_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return FD_NONE;
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int serve(struct server *server)
{
	AUTO(close_fd) int signals = catch_signals();
	AUTO(close_fd) int listener = FD_NONE;

	if (signals == FD_NONE)
		return failed("%s", strerror(errno));
	listener = control_listen(server->path);
	if (listener == FD_NONE)
		return EXIT_FAILED;
	server->signals = signals;
	server->listener = listener;
	say("serving");
	put_in(server);
	if (server->wanted && server->vpcd == NULL)
		say("waiting for vpcd");
	while (!server->ended)
		serve_once(server);
	take_out(server);
	answer_waiter(server, "the server ended");
	control_unlink(server->path);
	return EXIT_DONE;
}

static int run_serve(const struct arguments *arguments)
{
	const char *host = arguments_get(arguments, "--host", 0);
	const char *port = arguments_get(arguments, "--port", 0);
	struct server server = {
		.path = arguments_get(arguments, NULL, 0),
		.host = host != NULL ? host : "127.0.0.1",
		.port = port != NULL ? port : VPCD_PORT,
		.wanted = arguments_get(arguments, "--absent", 0) == NULL,
		.input = STDIN_FILENO,
		.waiter = FD_NONE,
	};
	unsigned number = 0;
	struct store *store = card_of(arguments);

	if (store == NULL)
		return EXIT_FAILED;
	store_close(&store);
	if (!arguments_number(arguments, "--port", 1, 65535, &number))
		return EXIT_USAGE;
	return serve(&server);
}

const struct command_row command_serve = {
	.name = "serve",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Put a card into vpcd's reader, and obey insert, remove and quit on standard input.",
	.options = (const struct option_row[]){
		{ "--host", "NAME", "where vpcd listens; 127.0.0.1 unless given" },
		{ "--port", "NUMBER", "its port; " VPCD_PORT " unless given" },
		{ "--absent", NULL, "begin with the card out of the reader" },
		{ NULL, NULL, NULL },
	},
	.run = run_serve,
};

/* Have the server of a card do something, and wait until it has. */
static int tell(const struct arguments *arguments, const char *command)
{
	const char *path = arguments_get(arguments, NULL, 0);
	AUTO(close_fd) int fd = control_connect(path);
	char said[LINE_MAX_LEN * 2];
	ssize_t len;

	if (fd == FD_NONE)
		return failed("%s: is not being served", path);
	set_timeout(fd, CONTROL_SECONDS);
	if (send(fd, command, strlen(command), MSG_NOSIGNAL) != (ssize_t)strlen(command))
		return failed("%s: %s", path, strerror(errno));
	len = recv(fd, said, sizeof(said) - 1, 0);
	if (len <= 0)
		return failed("%s: the server does not answer", path);
	said[len] = '\0';
	return strcmp(said, DONE_TEXT) == 0 ? EXIT_DONE : failed("%s: %s", path, said);
}

static int run_insert(const struct arguments *arguments)
{
	return tell(arguments, "insert");
}

static int run_remove(const struct arguments *arguments)
{
	return tell(arguments, "remove");
}

const struct command_row command_insert = {
	.name = "insert",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Have the server of a card put it into the reader, and wait until it is in.",
	.options = no_options,
	.run = run_insert,
};

const struct command_row command_remove = {
	.name = "remove",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Have the server of a card take it out of the reader.",
	.options = no_options,
	.run = run_remove,
};
