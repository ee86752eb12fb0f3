/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/log.h"

#include <errno.h>
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

atomic_int log_shown;

static int level_from_environment(void)
{
	/* secure_getenv: the module may live in a set-uid program or an agent. */
	const char *text = secure_getenv("MINIDRIVER_PKCS11_DEBUG");

	if (text == NULL)
		return LOG_LEVEL_ERROR;
	for (size_t i = LOG_LEVEL_ERROR; i < ARRAY_COUNT(level_names); i++)
		if (strcasecmp(text, level_names[i]) == 0)
			return (int)i;
	if (text[0] >= '1' && text[0] <= '4' && text[1] == '\0')
		return text[0] - '0';
	return LOG_LEVEL_DEBUG;
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
	const int saved_errno = errno;
	char line[LOG_LINE_SIZE];
	va_list arguments;

	if (atomic_load_explicit(&log_shown, memory_order_relaxed) == 0)
		atomic_store_explicit(&log_shown, level_from_environment(), memory_order_relaxed);
	if ((int)level > atomic_load_explicit(&log_shown, memory_order_relaxed))
		return;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, "minidriver-pkcs11: %s: %s: %s\n", level_names[level], area, line);
	errno = saved_errno;
}
