/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that runs out when a test says so. A program that is linked with fail_malloc.c and $(fail_malloc_ldflags)
 * has every malloc, calloc, realloc, reallocarray, aligned_alloc and free of its own objects, which are all of the
 * product's, counted, and one of them failed. Shared libraries (OpenSSL) keep their memory.
 *
 *     for (unsigned nth = 1; fail_malloc_next(nth), call(), fail_malloc_hit(); nth++)
 *         ...
 */
#ifndef MDP_TESTS_FAIL_MALLOC_H
#define MDP_TESTS_FAIL_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The nth allocation of this thread from now on (1: the next) gives NULL, once; 0: none does. */
void fail_malloc_next(unsigned nth);
/* Whether it has. */
bool fail_malloc_hit(void);
/* Blocks that were allocated and not freed, of all threads. */
size_t fail_malloc_alive(void);

#endif
