/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0600
#define FILE_MAX (2u * 1024u * 1024u) /* bytes of a state file; the largest possible is smaller */
#define COUNT_FORMAT "%020" PRIu64 " %020" PRIu64 "\n"
#define COUNT_LEN 42
#define FD_NONE (-1)

struct store {
	char *path;
	int lock_fd;
	int count_fd;
	unsigned held; /* how many times store_lock() */
	struct stat seen; /* which file `state` was read from */
	struct state *state;
};

static const char *const result_texts[] = {
	[STORE_OK] = "all is well",
	[STORE_ABSENT] = "there is no such card",
	[STORE_CORRUPT] = "the file is not a software card, is damaged, or is of another version",
	[STORE_EXISTS] = "the file exists already",
	[STORE_IO] = "the file cannot be read or written",
	[STORE_NO_MEMORY] = "out of memory",
};

const char *store_result_text(enum store_result result)
{
	return (size_t)result < ARRAY_COUNT(result_texts) ? result_texts[result] : "?";
}

static void close_fd(int *fd)
{
	const int saved_errno = errno;

	if (*fd != FD_NONE)
		(void)close(*fd);
	*fd = FD_NONE;
	errno = saved_errno;
}

static void free_text(char **text)
{
	free(*text);
}

/* path with an ending, owned by the caller. */
static char *beside(const char *path, const char *ending)
{
	char *name = NULL;

	return asprintf(&name, "%s%s", path, ending) >= 0 ? name : NULL;
}

static int open_beside(const char *path, const char *ending)
{
	AUTO(free_text) char *name = beside(path, ending);

	if (name == NULL)
		return FD_NONE;
	return open(name, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
}

static enum store_result result_of_errno(void)
{
	if (errno == ENOMEM)
		return STORE_NO_MEMORY;
	return errno == ENOENT || errno == ENOTDIR ? STORE_ABSENT : STORE_IO;
}

static bool write_all(int fd, struct span bytes)
{
	while (bytes.len != 0) {
		const ssize_t done = write(fd, bytes.data, bytes.len);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0)
			bytes = span_of(bytes.data + done, bytes.len - (size_t)done);
	}
	return true;
}

static bool read_all(int fd, struct secret *bytes)
{
	size_t at = 0;

	while (at < bytes->len) {
		const ssize_t done = read(fd, bytes->data + at, bytes->len - at);

		if (done == 0)
			break;
		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0)
			at += (size_t)done;
	}
	secret_truncate(bytes, at);
	return true;
}

/* Read the state file; *ret_seen says which file it was. */
static enum store_result load(const char *path, struct state **ret_state, struct stat *ret_seen)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_SECRET bytes = SECRET_INIT;
	struct stat seen;
	struct state *state;

	if (fd == FD_NONE || fstat(fd, &seen) != 0)
		return result_of_errno();
	if (!S_ISREG(seen.st_mode) || seen.st_size > (off_t)FILE_MAX)
		return STORE_CORRUPT;
	if (!secret_alloc(&bytes, (size_t)seen.st_size))
		return STORE_NO_MEMORY;
	if (!read_all(fd, &bytes))
		return STORE_IO;
	state = state_unpack(secret_span(&bytes));
	if (state == NULL)
		return STORE_CORRUPT;
	*ret_state = state;
	*ret_seen = seen;
	return STORE_OK;
}

static bool sync_directory(const char *path)
{
	AUTO(free_text) char *copy = strdup(path);
	AUTO(close_fd) int fd = FD_NONE;

	if (copy == NULL)
		return false;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Some file systems cannot sync a directory (EINVAL); they have nothing to sync. */
	return fd != FD_NONE && (fsync(fd) == 0 || errno == EINVAL);
}

/* Write the file's successor and put it in the file's place. */
static bool replace_file(const char *path, struct span bytes, struct stat *ret_seen)
{
	AUTO(free_text) char *successor = beside(path, ".new");
	AUTO(close_fd) int fd = FD_NONE;

	if (successor == NULL)
		return false;
	(void)unlink(successor);
	fd = open(successor, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd == FD_NONE)
		return false;
	if (fchmod(fd, FILE_MODE) != 0 || !write_all(fd, bytes) || fsync(fd) != 0 || rename(successor, path) != 0) {
		(void)unlink(successor);
		return false;
	}
	/* After the rename: it changes the time of the last change of status. */
	return fstat(fd, ret_seen) == 0 && sync_directory(path);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static enum store_result refresh(struct store *store)
{
	struct stat now;
	struct state *state = NULL;
	enum store_result result;

	if (stat(store->path, &now) != 0)
		return result_of_errno();
	if (store->state != NULL && same_file(&now, &store->seen))
		return STORE_OK;
	result = load(store->path, &state, &now);
	if (result != STORE_OK)
		return result;
	state_free(&store->state);
	store->state = state;
	store->seen = now;
	return STORE_OK;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	close_fd(&s->lock_fd);
	close_fd(&s->count_fd);
	state_free(&s->state);
	free(s->path);
	free(s);
	*store = NULL;
}

static struct store *store_new(const char *path)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->lock_fd = FD_NONE;
	store->count_fd = FD_NONE;
	/* The real name: a link to the card stays a link when the card is replaced. */
	store->path = realpath(path, NULL);
	return store;
}

enum store_result store_open(const char *path, struct store **ret_store)
{
	AUTO(store_close) struct store *store = store_new(path);
	enum store_result result;

	*ret_store = NULL;
	if (store == NULL)
		return STORE_NO_MEMORY;
	if (store->path == NULL)
		return result_of_errno();
	store->lock_fd = open_beside(store->path, ".lock");
	if (store->lock_fd == FD_NONE)
		return STORE_IO;
	result = refresh(store);
	if (result != STORE_OK)
		return result;
	*ret_store = STEAL(store);
	return STORE_OK;
}

enum store_result store_identify(struct store *store, uint8_t ret_guid[STATE_GUID_LEN])
{
	const enum store_result result = refresh(store);

	if (result == STORE_OK)
		memcpy(ret_guid, store->state->guid, STATE_GUID_LEN);
	return result;
}

enum store_result store_look(const char *path, struct store_view *view)
{
	AUTO(state_free) struct state *state = NULL;
	struct stat now;

	if (stat(path, &now) != 0) {
		*view = (struct store_view){ .result = result_of_errno() };
		return view->result;
	}
	if (same_file(&now, &view->seen))
		return view->result;
	view->result = load(path, &state, &now);
	view->seen = now;
	if (view->result == STORE_OK)
		memcpy(view->guid, state->guid, STATE_GUID_LEN);
	return view->result;
}

static bool flock_wait(int fd)
{
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return false;
	return true;
}

enum store_result store_create(const char *path, struct state **state, bool replace)
{
	AUTO(close_fd) int lock_fd = open_beside(path, ".lock");
	AUTO_SECRET der = SECRET_INIT;
	struct stat seen;

	if (lock_fd == FD_NONE || !flock_wait(lock_fd))
		return STORE_IO;
	if (!replace && lstat(path, &seen) == 0)
		return STORE_EXISTS;
	if (!state_pack(*state, &der))
		return STORE_NO_MEMORY;
	if (!replace_file(path, secret_span(&der), &seen))
		return STORE_IO;
	state_free(state);
	return STORE_OK;
}

enum store_result store_lock(struct store *store)
{
	enum store_result result;

	if (store->held == 0 && !flock_wait(store->lock_fd))
		return STORE_IO;
	store->held++;
	result = refresh(store);
	if (result != STORE_OK)
		store_unlock(store);
	return result;
}

void store_unlock(struct store *store)
{
	if (store->held != 0 && --store->held == 0)
		(void)flock(store->lock_fd, LOCK_UN);
}

bool store_is_locked(const struct store *store)
{
	return store->held != 0;
}

struct state *store_state(struct store *store)
{
	return store->state;
}

enum store_result store_commit(struct store *store)
{
	AUTO_SECRET der = SECRET_INIT;

	if (!state_pack(store->state, &der)) {
		store_revert(store);
		return STORE_NO_MEMORY;
	}
	if (!replace_file(store->path, secret_span(&der), &store->seen)) {
		store_revert(store);
		return STORE_IO;
	}
	return STORE_OK;
}

void store_revert(struct store *store)
{
	store->seen = (struct stat){ 0 };
}

static int count_file(struct store *store)
{
	if (store->count_fd == FD_NONE)
		store->count_fd = open_beside(store->path, ".count");
	return store->count_fd;
}

struct store_count store_count_get(struct store *store)
{
	struct store_count count = { 0, 0 };
	char text[COUNT_LEN + 1] = "";

	if (count_file(store) == FD_NONE || pread(store->count_fd, text, COUNT_LEN, 0) != COUNT_LEN)
		return count;
	if (sscanf(text, "%" SCNu64 " %" SCNu64, &count.commands, &count.bytes) != 2)
		return (struct store_count){ 0, 0 };
	return count;
}

static bool count_set(struct store *store, struct store_count count)
{
	char text[COUNT_LEN + 1];

	(void)snprintf(text, sizeof(text), COUNT_FORMAT, count.commands, count.bytes);
	return count_file(store) != FD_NONE && pwrite(store->count_fd, text, COUNT_LEN, 0) == COUNT_LEN;
}

void store_count_add(struct store *store, size_t bytes)
{
	struct store_count count = store_count_get(store);

	count.commands++;
	count.bytes += bytes;
	(void)count_set(store, count);
}

bool store_count_reset(struct store *store)
{
	return count_set(store, (struct store_count){ 0, 0 });
}
