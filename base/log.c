/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOG_LINE_SIZE 512

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

#define AREAS_MAX 16u
#define AREA_SIZE 16u

atomic_int log_shown;

/* What the environment asks for: a level for all areas, and others for some. */
static struct {
	pthread_once_t once;
	int level;
	struct {
		char name[AREA_SIZE];
		int level;
	} areas[AREAS_MAX];
	size_t area_count;
} asked = { .once = PTHREAD_ONCE_INIT };

static int level_of(const char *text, size_t len)
{
	for (size_t i = LOG_LEVEL_ERROR; i < ARRAY_COUNT(level_names); i++)
		if (strlen(level_names[i]) == len && strncasecmp(text, level_names[i], len) == 0)
			return (int)i;
	if (len == 1 && text[0] >= '1' && text[0] <= '4')
		return text[0] - '0';
	return LOG_LEVEL_DEBUG;
}

/* One of `level` and `area=level`. */
static void take_word(const char *word, size_t len)
{
	const char *equals = memchr(word, '=', len);
	const size_t name_len = equals != NULL ? (size_t)(equals - word) : 0;

	if (equals == NULL) {
		asked.level = level_of(word, len);
	} else if (name_len < AREA_SIZE && asked.area_count < AREAS_MAX) {
		memcpy(asked.areas[asked.area_count].name, word, name_len);
		asked.areas[asked.area_count++].level = level_of(equals + 1, len - name_len - 1);
	}
}

static void ask_environment(void)
{
	/* secure_getenv: the module may live in a set-uid program or an agent. */
	const char *text = secure_getenv("MINIDRIVER_PKCS11_DEBUG");
	int highest;

	asked.level = LOG_LEVEL_ERROR;
	while (text != NULL && *text != '\0') {
		const size_t len = strcspn(text, ",");

		if (len != 0)
			take_word(text, len);
		text += len + (text[len] == ',' ? 1 : 0);
	}
	highest = asked.level;
	for (size_t i = 0; i < asked.area_count; i++)
		if (asked.areas[i].level > highest)
			highest = asked.areas[i].level;
	atomic_store_explicit(&log_shown, highest, memory_order_relaxed);
}

/* An area's name is asked for as a whole, or up to its first slash. */
static int level_for(const char *area)
{
	for (size_t i = 0; i < asked.area_count; i++) {
		const size_t len = strlen(asked.areas[i].name);

		if (strncmp(area, asked.areas[i].name, len) == 0 && (area[len] == '\0' || area[len] == '/'))
			return asked.areas[i].level;
	}
	return asked.level;
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
	const int saved_errno = errno;
	char line[LOG_LINE_SIZE];
	va_list arguments;

	(void)pthread_once(&asked.once, ask_environment);
	if ((int)level > level_for(area))
		return;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, "minidriver-pkcs11: %s: %s: %s\n", level_names[level], area, line);
	errno = saved_errno;
}
