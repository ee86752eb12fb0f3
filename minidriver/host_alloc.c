/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "minidriver/host.h"

/* The length stands in front of each block, so that freeing can wipe: any of them may have held a secret. */
struct header {
	alignas(max_align_t) size_t size;
};

LPVOID host_alloc(SIZE_T size)
{
	struct header *header;

	if (size > SIZE_MAX - sizeof(*header))
		return NULL;
	header = malloc(sizeof(*header) + size);
	if (header == NULL)
		return NULL;
	header->size = size;
	return header + 1;
}

void host_free(LPVOID address)
{
	struct header *header = address;

	if (header == NULL)
		return;
	header--;
	wipe(address, header->size);
	free(header);
}

LPVOID host_realloc(LPVOID address, SIZE_T size)
{
	LPVOID moved = host_alloc(size);
	size_t old;

	if (address == NULL || moved == NULL)
		return moved;
	old = ((struct header *)address)[-1].size;
	memcpy(moved, address, old < size ? old : size);
	host_free(address);
	return moved;
}

void host_bytes_clear(struct host_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct host_bytes){ NULL, 0 };
}

bool host_bytes_alloc(struct host_bytes *bytes, size_t len)
{
	host_bytes_clear(bytes);
	bytes->data = calloc(1, len + 1);
	bytes->len = bytes->data != NULL ? len : 0;
	return bytes->data != NULL;
}

bool host_bytes_set(struct host_bytes *bytes, struct span from)
{
	if (!host_bytes_alloc(bytes, from.len))
		return false;
	if (from.len != 0)
		memcpy(bytes->data, from.data, from.len);
	return true;
}
