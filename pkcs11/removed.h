/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions that went with their card while an operation was under way in them. The handle of such a session is stale,
 * as that of any whose card was taken out (PKCS#11 3.0 5.1.2), but the application that goes on with its operation is
 * to hear why it ended: CKR_DEVICE_REMOVED, once.
 */
#ifndef MDP_PKCS11_REMOVED_H
#define MDP_PKCS11_REMOVED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "pkcs11/pkcs11_compat.h"

#define REMOVED_MAX 256u /* of more, the oldest are forgotten */

/* All zero: none. */
struct removed {
	CK_SESSION_HANDLE handles[REMOVED_MAX]; /* CK_INVALID_HANDLE: free; under module->state */
	size_t next;                            /* under module->state */
	atomic_size_t count;                    /* written under module->state */
};

/* With module->state locked. */
void cki_removed_add_locked(struct removed *removed, CK_SESSION_HANDLE handle);
/* Whether a handle is one of them; it is not again. With module->state locked. */
bool cki_removed_take_locked(struct removed *removed, CK_SESSION_HANDLE handle) MUST_USE;

/* Whether there are any, which may change at once. No lock. */
static inline bool cki_removed_any(const struct removed *removed)
{
	return atomic_load_explicit(&removed->count, memory_order_acquire) != 0;
}

#endif
