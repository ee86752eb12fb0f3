/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/peek.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIGNAL_SET_LEN sizeof(uint64_t) /* the kernel's, whatever the C library's is */

/*
 * The kernel reads the set before it looks at what to do with it, which is nothing here: EFAULT says that the set
 * cannot be read, EINVAL that it can. Nothing else is changed, and no sandbox forbids this call.
 */
static bool readable(uintptr_t address)
{
	const int before = errno;
	bool faults;

	faults = syscall(SYS_rt_sigprocmask, ~0, address, NULL, SIGNAL_SET_LEN) == -1 && errno == EFAULT;
	errno = before;
	return !faults;
}

bool peek_ulong(uintptr_t address, unsigned long *ret_value)
{
	if (address == 0 || address % sizeof(*ret_value) != 0)
		return false;
	/* The whole set is in one page then, and so is the number. */
	if (!readable(address - address % SIGNAL_SET_LEN))
		return false;
	memcpy(ret_value, (const void *)address, sizeof(*ret_value));
	return true;
}
