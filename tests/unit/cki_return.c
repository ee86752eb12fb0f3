/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/cki_return.h"

#include <stdio.h>
#include <string.h>

#define FILL 0xa5
#define UNTOUCHED 0x77ul
#define ROOM 1024u

CK_BYTE return_out[512];
CK_ULONG return_len;
CK_OBJECT_HANDLE return_handle;

static CK_SESSION_HANDLE watcher;
static CK_ULONG objects;
static CK_ULONG len_before;

static struct {
	const char *function;
	const char *code;
} provoked[ROOM];
static size_t provoked_count;

/* ---- calls ------------------------------------------------------------------------------------------ */

static CK_ULONG count_objects(void)
{
	CK_OBJECT_HANDLE found[256];
	CK_ULONG count = 0;

	env_ok(env.f->C_FindObjectsInit(watcher, NULL, 0));
	env_ok(env.f->C_FindObjects(watcher, found, ENV_COUNT(found), &count));
	env_ok(env.f->C_FindObjectsFinal(watcher));
	return count;
}

void return_watch(void)
{
	watcher = env_session(0);
	return_len = sizeof(return_out);
}

void return_start(void)
{
	env_start_logged_in();
	return_watch();
}

void return_prepare(void)
{
	CK_SESSION_INFO info;

	memset(return_out, FILL, sizeof(return_out));
	return_handle = UNTOUCHED;
	len_before = return_len;
	objects = env.f->C_GetSessionInfo(watcher, &info) == CKR_OK ? count_objects() : 0;
}

/* What turned out not to be authentic has been wiped where it stood. */
static void check_nothing_written(const char *function, const char *code)
{
	const bool wiped = strcmp(code, "CKR_AEAD_DECRYPT_FAILED") == 0;

	for (size_t i = 0; i < sizeof(return_out); i++)
		ck_assert_msg(return_out[i] == FILL || (wiped && return_out[i] == 0), "%s: %s has written", function,
			      code);
	ck_assert_msg(return_handle == UNTOUCHED, "%s: %s has given a handle", function, code);
}

void return_refused_and_over(const char *function, const char *code, CK_RV expected, CK_RV rv)
{
	ck_assert_msg(rv == expected, "%s: 0x%lx instead of %s", function, rv, code);
	check_nothing_written(function, code);
	ck_assert_uint_lt(provoked_count, ROOM);
	provoked[provoked_count].function = function;
	provoked[provoked_count++].code = code;
}

void return_refused(const char *function, const char *code, CK_RV expected, CK_RV rv)
{
	CK_SESSION_INFO info;

	return_refused_and_over(function, code, expected, rv);
	if (expected == CKR_BUFFER_TOO_SMALL)
		ck_assert_msg(return_len > len_before, "%s does not say the length", function);
	else
		ck_assert_msg(return_len == len_before, "%s: %s has written a length", function, code);
	return_len = sizeof(return_out);
	ck_assert_msg(count_objects() == objects, "%s: %s has changed the objects", function, code);
	env_ok(env.f->C_GetSessionInfo(env.session, &info));
}

/* ---- the list --------------------------------------------------------------------------------------- */

static char page[128 * 1024];

static struct {
	char *functions;
	char *code;
	char *witness;
} rows[ROOM];
static size_t rows_count;

static void read_line(char *line)
{
	char *code = strchr(line, '\t');
	char *witness = code != NULL ? strchr(code + 1, '\t') : NULL;

	if (line[0] == '#' || line[0] == '\0')
		return;
	ck_assert_msg(witness != NULL && rows_count < ROOM, "%s", line);
	*code = *witness = '\0';
	rows[rows_count].functions = line;
	rows[rows_count].code = code + 1;
	rows[rows_count++].witness = witness + 1;
}

void return_read(void)
{
	FILE *file = fopen(TEST_SRCDIR "/tests/unit/return_values.tsv", "r");
	char *rest = NULL;
	size_t len;

	ck_assert_ptr_nonnull(file);
	len = fread(page, 1, sizeof(page) - 1, file);
	fclose(file);
	ck_assert_uint_lt(len, sizeof(page) - 1);
	page[len] = '\0';
	rows_count = 0;
	for (char *line = strtok_r(page, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		read_line(line);
}

const char *return_next(const char *list, char code[static 64])
{
	size_t len;

	list += strspn(list, " ");
	len = strcspn(list, " ");
	if (len == 0)
		return NULL;
	ck_assert_uint_lt(len, 64);
	memcpy(code, list, len);
	code[len] = '\0';
	return list + len;
}

static bool has(const char *list, const char *word)
{
	char next[64];

	while ((list = return_next(list, next)) != NULL) {
		if (strcmp(next, word) == 0)
			return true;
	}
	return false;
}

static const char *find_row(const char *function, const char *code)
{
	for (size_t i = 0; i < rows_count; i++) {
		if (strcmp(rows[i].code, code) == 0 && has(rows[i].functions, function))
			return rows[i].witness;
	}
	return NULL;
}

const char *return_lists(const char *function)
{
	return find_row(function, "lists");
}

const char *return_row(const char *function, const char *code)
{
	const char *own = find_row(function, code);

	return own != NULL ? own : find_row("*", code);
}

size_t return_functions(const char *names[], size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < rows_count; i++) {
		if (strcmp(rows[i].code, "lists") != 0)
			continue;
		ck_assert_uint_lt(count, room);
		names[count++] = rows[i].functions;
	}
	return count;
}

static bool was_provoked(const char *function, const char *code)
{
	for (size_t i = 0; i < provoked_count; i++) {
		if (strcmp(provoked[i].function, function) == 0 && strcmp(provoked[i].code, code) == 0)
			return true;
	}
	return false;
}

void return_stop(const char *program, const char *test)
{
	char witness[160];
	char function[64];

	snprintf(witness, sizeof(witness), "`%s: %s`", program, test);
	return_read();
	for (size_t i = 0; i < rows_count; i++) {
		const char *functions = rows[i].functions;

		if (strcmp(rows[i].witness, witness) != 0 || functions[0] == '*')
			continue;
		while ((functions = return_next(functions, function)) != NULL)
			ck_assert_msg(was_provoked(function, rows[i].code), "%s does not provoke %s of %s", test,
				      rows[i].code, function);
	}
	for (size_t i = 0; i < provoked_count; i++)
		ck_assert_msg(return_lists(provoked[i].function) != NULL &&
				      has(return_lists(provoked[i].function), provoked[i].code),
			      "%s is not listed for %s", provoked[i].code, provoked[i].function);
	env_stop();
}
