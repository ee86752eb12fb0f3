/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/removed.h"

void cki_removed_add_locked(struct removed *removed, CK_SESSION_HANDLE handle)
{
	CK_SESSION_HANDLE *place = &removed->handles[removed->next];

	removed->next = (removed->next + 1) % REMOVED_MAX;
	if (*place == CK_INVALID_HANDLE)
		(void)atomic_fetch_add(&removed->count, 1);
	*place = handle;
}

bool cki_removed_take_locked(struct removed *removed, CK_SESSION_HANDLE handle)
{
	for (size_t i = 0; handle != CK_INVALID_HANDLE && i < REMOVED_MAX; i++) {
		if (removed->handles[i] != handle)
			continue;
		removed->handles[i] = CK_INVALID_HANDLE;
		(void)atomic_fetch_sub(&removed->count, 1);
		return true;
	}
	return false;
}
