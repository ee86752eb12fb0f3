/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lock for a handful of instructions, at half the price of a mutex. Under it nobody waits, calls out or allocates;
 * everything else takes a struct lock. All zero: free. Nothing to unmake.
 */
#ifndef MDP_BASE_SPIN_H
#define MDP_BASE_SPIN_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/compiler.h"

struct spin {
	atomic_bool busy;
};

#define SPIN_TRIES 100u /* then its holder, who may not be running, is let run */

static inline bool spin_try(struct spin *spin)
{
	return !atomic_exchange_explicit(&spin->busy, true, memory_order_acquire);
}

static NO_INLINE UNUSED void spin_wait(struct spin *spin)
{
	for (unsigned tries = 1; !spin_try(spin); tries++) {
		if (tries % SPIN_TRIES == 0)
			(void)sched_yield();
	}
}

static inline void spin_acquire(struct spin *spin)
{
	if (__builtin_expect(!spin_try(spin), 0))
		spin_wait(spin);
}

static inline void spin_release(struct spin *spin)
{
	atomic_store_explicit(&spin->busy, false, memory_order_release);
}

#endif
