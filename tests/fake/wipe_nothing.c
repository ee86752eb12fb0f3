/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/wipe.c with the wiping taken out: what a test of the wiping must notice.
 */
#include "config.h"

#include "base/wipe.h"

void wipe(void *data, size_t len)
{
	(void)data;
	(void)len;
}

void wipe_stack(void)
{
}

void wipe_stack_key(void)
{
}

void wipe_stack_shallow(void)
{
}
