/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The MAC functions of the extension table; cardmod_ext.h describes them. No lock is held while anything is computed.
 *
 * Making OpenSSL ready with a key costs more than the MAC of a short message. So a MAC that ends stays with its key,
 * keyed and without data, and the next one of the same kind and hash takes it from there; it is freed with the key.
 */
#ifndef MDP_MINIDRIVER_DRV_MAC_H
#define MDP_MINIDRIVER_DRV_MAC_H

#include "minidriver/cardmod_ext.h"

DWORD drv_mac_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_MAC_INFO *info,
		    PCARD_EXT_MAC *ret_mac);
SIZE_T drv_mac_len(const CARD_EXT_MAC *mac);
DWORD drv_mac_update(PCARD_EXT_MAC mac, const BYTE *data, SIZE_T data_len);
DWORD drv_mac_finish(PCARD_EXT_MAC mac, const BYTE *data, SIZE_T data_len, PBYTE out);
void drv_mac_destroy(PCARD_EXT_MAC mac);

#endif
