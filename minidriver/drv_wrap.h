/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wrapping functions of the extension table; cardmod_ext.h describes them.
 */
#ifndef MDP_MINIDRIVER_DRV_WRAP_H
#define MDP_MINIDRIVER_DRV_WRAP_H

#include "minidriver/cardmod_ext.h"

DWORD drv_key_wrap(PCARD_DATA card_data, CARD_KEY_HANDLE wrapping_handle, const CARD_EXT_CIPHER_INFO *info,
		   CARD_KEY_HANDLE handle, PBYTE wrapped, PSIZE_T inout_len);
DWORD drv_key_unwrap(PCARD_DATA card_data, CARD_KEY_HANDLE wrapping_handle, const CARD_EXT_CIPHER_INFO *info,
		     const BYTE *wrapped, SIZE_T wrapped_len, const CARD_EXT_KEY_INFO *wish,
		     PCARD_KEY_HANDLE ret_handle);

#endif
