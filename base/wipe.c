/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/wipe.h"

#include <string.h>

#include "base/compiler.h"

void wipe(void *data, size_t len)
{
	if (len != 0)
		explicit_bzero(data, len);
}

/* Beyond this glibc goes over to an instruction whose start alone takes longer than so many bytes do otherwise. */
#define AT_ONCE 2048u

_Static_assert(WIPE_STACK_SIZE % AT_ONCE == 0 && WIPE_STACK_SHALLOW_SIZE % AT_ONCE == 0, "whole pieces");

static inline void wipe_pieces(unsigned char *data, size_t len)
{
	for (size_t at = 0; at < len; at += AT_ONCE)
		explicit_bzero(data + at, AT_ONCE);
}

NO_INLINE void wipe_stack(void)
{
	unsigned char below[WIPE_STACK_SIZE];

	wipe_pieces(below, sizeof(below));
}

NO_INLINE void wipe_stack_key(void)
{
	unsigned char below[WIPE_STACK_KEY_SIZE];

	explicit_bzero(below, sizeof(below));
}

NO_INLINE void wipe_stack_shallow(void)
{
	unsigned char below[WIPE_STACK_SHALLOW_SIZE];

	wipe_pieces(below, sizeof(below));
}
