/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the house asks of the compiler (gcc or clang), under names that say why.
 */
#ifndef MDP_BASE_COMPILER_H
#define MDP_BASE_COMPILER_H

#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define NO_INLINE __attribute__((noinline))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#define UNUSED __attribute__((unused))
#define EXPORT __attribute__((visibility("default")))

/* The one idiom for cleanup: `AUTO(widget_free) struct widget *w = NULL;` calls widget_free(&w) where w dies. */
#define AUTO(cleanup_function) __attribute__((cleanup(cleanup_function)))

/* Give an owned pointer away on the success line: the variable is NULL afterwards, so its cleanup does nothing. */
#define STEAL(pointer)                              \
	__extension__({                             \
		__typeof__(pointer) stolen_ = (pointer); \
		(pointer) = NULL;                   \
		stolen_;                            \
	})

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
