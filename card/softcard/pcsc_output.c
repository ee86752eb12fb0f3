/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/pcsc_output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "card/softcard/pcsc.h"

static long give_fresh(struct span bytes, void *to)
{
	void *memory;

	if (to == NULL)
		return PCSC_INVALID_PARAMETER;
	memory = malloc(bytes.len != 0 ? bytes.len : 1);
	if (memory == NULL)
		return PCSC_NO_MEMORY;
	if (bytes.len != 0)
		memcpy(memory, bytes.data, bytes.len);
	/* `to` is declared a pointer to bytes and is one to a pointer here; it need not be aligned for the compiler. */
	memcpy(to, &memory, sizeof(memory));
	return PCSC_OK;
}

long pcsc_give(struct span bytes, void *to, unsigned long *len)
{
	unsigned long room;
	long result = PCSC_OK;

	if (len == NULL)
		return PCSC_OK;
	room = *len;
	*len = bytes.len;
	if (room == PCSC_ALLOCATE)
		result = give_fresh(bytes, to);
	else if (to != NULL && room < bytes.len)
		result = PCSC_INSUFFICIENT_BUFFER;
	else if (to != NULL && bytes.len != 0)
		memcpy(to, bytes.data, bytes.len);
	return result;
}

void pcsc_give_back(const void *memory)
{
	free((void *)(uintptr_t)memory);
}
