/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/fail_malloc.h"

#include <stdatomic.h>

/* The linker makes these of malloc and so on (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *block);

static _Thread_local unsigned fail_in;
static _Thread_local bool hit;
static atomic_size_t alive;

void fail_malloc_next(unsigned nth)
{
	fail_in = nth;
	hit = false;
}

bool fail_malloc_hit(void)
{
	return hit;
}

size_t fail_malloc_alive(void)
{
	return atomic_load(&alive);
}

static bool fails(void)
{
	if (fail_in == 0 || --fail_in != 0)
		return false;
	hit = true;
	return true;
}

static void *counted(void *block)
{
	if (block != NULL)
		atomic_fetch_add(&alive, 1);
	return block;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
	if (fails())
		return NULL;
	return block == NULL ? counted(__real_realloc(block, size)) : __real_realloc(block, size);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
	if (fails())
		return NULL;
	return block == NULL ? counted(__real_reallocarray(block, count, size)) : __real_reallocarray(block, count, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *block)
{
	if (block != NULL)
		atomic_fetch_sub(&alive, 1);
	__real_free(block);
}
