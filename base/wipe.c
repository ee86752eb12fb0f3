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

NO_INLINE void wipe_stack(void)
{
	unsigned char below[WIPE_STACK_SIZE];

	explicit_bzero(below, sizeof(below));
}

NO_INLINE void wipe_stack_key(void)
{
	unsigned char below[WIPE_STACK_KEY_SIZE];

	explicit_bzero(below, sizeof(below));
}

NO_INLINE void wipe_stack_shallow(void)
{
	unsigned char below[WIPE_STACK_SHALLOW_SIZE];

	explicit_bzero(below, sizeof(below));
}
