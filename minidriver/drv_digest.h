/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digest functions of the extension table; cardmod_ext.h describes them. They are here and not above because a
 * digest can take the bytes of a key, which do not leave the driver side.
 */
#ifndef MDP_MINIDRIVER_DRV_DIGEST_H
#define MDP_MINIDRIVER_DRV_DIGEST_H

#include "minidriver/cardmod_ext.h"

DWORD drv_digest_begin(LPCWSTR hash_name, PCARD_EXT_DIGEST *ret_digest);
SIZE_T drv_digest_len(const CARD_EXT_DIGEST *digest);
DWORD drv_digest_update(PCARD_EXT_DIGEST digest, const BYTE *data, SIZE_T data_len);
DWORD drv_digest_key(PCARD_EXT_DIGEST digest, PCARD_DATA card_data, CARD_KEY_HANDLE handle);
DWORD drv_digest_finish(PCARD_EXT_DIGEST digest, const BYTE *data, SIZE_T data_len, PBYTE out);
DWORD drv_digest_restart(PCARD_EXT_DIGEST digest);
DWORD drv_digest_copy(const CARD_EXT_DIGEST *digest, PCARD_EXT_DIGEST *ret_digest);
void drv_digest_destroy(PCARD_EXT_DIGEST digest);

#endif
