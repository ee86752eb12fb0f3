/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/wipe.h"

/*
 * By malloc(): glibc's calloc() passes by the thread's own free blocks. And apart from its callers, for the compiler
 * makes calloc() of malloc() and memset().
 */
static NO_INLINE bool take_room(struct secret *secret, size_t len)
{
	const size_t room = len != 0 ? len : 1;

	secret_clear(secret);
	secret->data = malloc(room);
	if (secret->data == NULL)
		return false;
	secret->len = len;
	secret->room = room;
	return true;
}

bool secret_alloc(struct secret *secret, size_t len)
{
	if (!take_room(secret, len))
		return false;
	memset(secret->data, 0, secret->room);
	return true;
}

bool secret_set(struct secret *secret, struct span bytes)
{
	if (!take_room(secret, bytes.len))
		return false;
	if (bytes.len != 0)
		memcpy(secret->data, bytes.data, bytes.len);
	return true;
}

static size_t page_size(void)
{
	const long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (size_t)size : 4096;
}

/* Not in a core file, not in a child: where the kernel is too old for one of these, it is still locked. */
static bool lock_page(void *page, size_t size)
{
	if (mlock(page, size) != 0)
		return false;
	(void)madvise(page, size, MADV_DONTDUMP);
	(void)madvise(page, size, MADV_WIPEONFORK);
	return true;
}

bool secret_set_locked(struct secret *secret, struct span bytes)
{
	const size_t size = page_size();
	void *page;

	secret_clear(secret);
	if (bytes.len > size)
		return false;
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return false;
	if (!lock_page(page, size)) {
		(void)munmap(page, size);
		return false;
	}
	if (bytes.len != 0)
		memcpy(page, bytes.data, bytes.len);
	*secret = (struct secret){ .data = page, .len = bytes.len, .room = size, .locked = true };
	return true;
}

void secret_truncate(struct secret *secret, size_t len)
{
	if (len >= secret->len)
		return;
	wipe(secret->data + len, secret->len - len);
	secret->len = len;
}

void secret_move(struct secret *to, struct secret *from)
{
	secret_clear(to);
	*to = *from;
	*from = (struct secret)SECRET_INIT;
}

void secret_wipe(struct secret *secret)
{
	wipe(secret->data, secret->room);
	if (secret->locked)
		(void)munmap(secret->data, secret->room);
	else
		free(secret->data);
	*secret = (struct secret)SECRET_INIT;
}

void secret_reverse(struct secret *secret)
{
	for (size_t i = 0; i < secret->len / 2; i++) {
		const uint8_t kept = secret->data[i];

		secret->data[i] = secret->data[secret->len - 1 - i];
		secret->data[secret->len - 1 - i] = kept;
	}
}

bool secret_equal(struct span a, struct span b)
{
	unsigned char difference = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		difference |= (unsigned char)(a.data[i] ^ b.data[i]);
	return difference == 0;
}
