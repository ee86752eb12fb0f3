/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One line to standard error for each thing a user or a developer should know. Off unless the environment
 * variable MINIDRIVER_PKCS11_DEBUG names a level (error, warn, info, debug; or 1..4), or areas with a level each
 * ("warn,slot=info,card=debug"; the rest stays at error); errors that would otherwise be silent (a refused libopensc,
 * for one) are logged at level error and always shown. Areas: card (libopensc), cki (PKCS#11's
 * calls), slot (readers, cards and why they cannot be used), lock, softcard.
 * There is no format for bytes of a secret, and there will be none.
 */
#ifndef MDP_BASE_LOG_H
#define MDP_BASE_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/compiler.h"

enum log_level {
	LOG_LEVEL_ERROR = 1,
	LOG_LEVEL_WARN = 2,
	LOG_LEVEL_INFO = 3,
	LOG_LEVEL_DEBUG = 4,
};

/* Write "minidriver-pkcs11: area: text" if the level is shown. errno is kept. */
void log_write(enum log_level level, const char *area, const char *format, ...) PRINTF_LIKE(3, 4);

/* The highest level that the environment asks for; 0: it has not been asked yet. log_write()'s own. */
extern atomic_int log_shown;

/* Whether the level may be shown: what is not costs a look, and its arguments are not worked out. */
static inline bool log_shows(enum log_level level)
{
	const int shown = atomic_load_explicit(&log_shown, memory_order_relaxed);

	return shown == 0 || (int)level <= shown;
}
#define log_at(level, area, ...) (log_shows(level) ? log_write(level, area, __VA_ARGS__) : (void)0)

#define log_error(area, ...) log_at(LOG_LEVEL_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...) log_at(LOG_LEVEL_WARN, area, __VA_ARGS__)
#define log_info(area, ...) log_at(LOG_LEVEL_INFO, area, __VA_ARGS__)
#define log_debug(area, ...) log_at(LOG_LEVEL_DEBUG, area, __VA_ARGS__)

#endif
