/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that may not be there: for a caller's number of which nothing says whether it is a pointer. */
#ifndef MDP_BASE_PEEK_H
#define MDP_BASE_PEEK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/*
 * Read the unsigned long at an address. False, and *ret_value as it was, where there is none: the address is not
 * aligned, or nothing can be read there. Another thread may take the memory away meanwhile.
 */
bool peek_ulong(uintptr_t address, unsigned long *ret_value) MUST_USE;

#endif
