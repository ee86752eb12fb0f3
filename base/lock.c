/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/lock.h"

#include <stddef.h>

#include "base/log.h"

static struct lock_functions foreign_functions;

void lock_use_functions(const struct lock_functions *functions)
{
	foreign_functions = functions != NULL ? *functions : (struct lock_functions){ 0 };
}

bool lock_functions_used(void)
{
	return foreign_functions.create != NULL;
}

bool lock_init(struct lock *lock)
{
	lock->foreign = NULL;
	lock->made = false;
	/* what pthread_mutex_init() does where no attributes are given, without the call: each object has a lock */
	/*
	 * The kind that tries for a moment before it sleeps, for most are held for a few instructions only; as pthread_mutex_init()
	 * would make it, without the call, for each object has a lock.
	 */
	lock->native = (pthread_mutex_t)PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
	if (foreign_functions.create != NULL &&
	    (foreign_functions.create(&lock->foreign) != 0 || lock->foreign == NULL))
		return false;
	lock->made = true;
	return true;
}

void lock_destroy(struct lock *lock)
{
	if (!lock->made)
		return;
	if (lock->foreign != NULL)
		(void)foreign_functions.destroy(lock->foreign);
	else
		(void)pthread_mutex_destroy(&lock->native);
	lock->foreign = NULL;
	lock->made = false;
}

void lock_acquire(struct lock *lock)
{
	if (lock->foreign != NULL ? foreign_functions.lock(lock->foreign) != 0
				  : pthread_mutex_lock(&lock->native) != 0)
		log_error("lock", "a mutex could not be locked");
}

void lock_release(struct lock *lock)
{
	if (lock->foreign != NULL ? foreign_functions.unlock(lock->foreign) != 0
				  : pthread_mutex_unlock(&lock->native) != 0)
		log_error("lock", "a mutex could not be unlocked");
}
