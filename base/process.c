/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/process.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* A page for itself: its number is 0 until it is known, and in a child. NULL: there is no such memory, or not yet. */
static _Atomic(atomic_long *) page;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static atomic_long *make_page(void)
{
	atomic_long *none = NULL;
	void *made = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (made == MAP_FAILED)
		return NULL;
	if (madvise(made, page_size(), MADV_WIPEONFORK) == 0 &&
	    atomic_compare_exchange_strong(&page, &none, (atomic_long *)made))
		return made;
	(void)munmap(made, page_size());
	return none;
}

/* So that a module that is loaded and unloaded again and again leaves nothing behind. */
static __attribute__((destructor)) void free_page(void)
{
	atomic_long *made = atomic_exchange(&page, NULL);

	if (made != NULL)
		(void)munmap(made, page_size());
}

static long ask(void)
{
	static atomic_bool refused;
	atomic_long *known = atomic_load(&page);
	const long id = (long)getpid();

	if (known == NULL && !atomic_load(&refused)) {
		known = make_page();
		atomic_store(&refused, known == NULL);
	}
	if (known != NULL)
		atomic_store(known, id);
	return id;
}

long process_id(void)
{
	atomic_long *known = atomic_load_explicit(&page, memory_order_acquire);
	const long id = known != NULL ? atomic_load_explicit(known, memory_order_relaxed) : 0;

	return id != 0 ? id : ask();
}
