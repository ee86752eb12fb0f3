/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A mutex. Usually the operating system's; an application that forbids that hands PKCS#11 its own mutex
 * functions in C_Initialize, and then every lock of ours is one of those.
 *
 * Lock order in the whole product: slot (pkcs11) -> driver (minidriver) -> card.
 */
#ifndef MDP_BASE_LOCK_H
#define MDP_BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "base/compiler.h"

/* Mutex functions of an application; each returns 0 for success. */
struct lock_functions {
	unsigned long (*create)(void **ret_mutex);
	unsigned long (*destroy)(void *mutex);
	unsigned long (*lock)(void *mutex);
	unsigned long (*unlock)(void *mutex);
};

struct lock {
	pthread_mutex_t native;
	void *foreign; /* the application's mutex, or NULL where native is used */
	bool made;
};

/*
 * Use an application's mutex functions for every lock_init() that follows; NULL means the operating system's.
 * The functions are copied. Only C_Initialize and C_Finalize call this, when no lock of ours is alive.
 */
void lock_use_functions(const struct lock_functions *functions);

/* Whether they are an application's. */
bool lock_functions_used(void);

/* Make a lock. Returns false if the system or the application refuses one. */
bool lock_init(struct lock *lock) MUST_USE;

/* Unmake a lock that nobody holds; one that was never made (all zero) is left alone. */
void lock_destroy(struct lock *lock);

void lock_acquire(struct lock *lock);
void lock_release(struct lock *lock);

/* `LOCKED(&thing->lock);` holds the lock until the end of the enclosing block. */
static inline void lock_release_cleanup(struct lock **lock)
{
	lock_release(*lock);
}
static inline struct lock *lock_acquired(struct lock *lock)
{
	lock_acquire(lock);
	return lock;
}
#define LOCKED(lock_pointer) \
	AUTO(lock_release_cleanup) UNUSED struct lock *locked_here_ = lock_acquired(lock_pointer)

#endif
