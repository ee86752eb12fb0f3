/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether malloc() gives out again what was freed just before. It does not under a sanitizer or valgrind, and
 * then a library's freed memory cannot be wiped by asking for it.
 */
#ifndef MDP_TESTS_FREED_MEMORY_H
#define MDP_TESTS_FREED_MEMORY_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool freed_memory_comes_back(void)
{
	const char *sanitizers = getenv("TEST_SANITIZERS");
	const char *preload = getenv("LD_PRELOAD");

	if (sanitizers != NULL && strcmp(sanitizers, "no") != 0)
		return false;
	return preload == NULL || strstr(preload, "vgpreload") == NULL;
}

#endif
