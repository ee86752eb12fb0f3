/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Session keys and public keys, which may be anybody's: a key is encrypted to an RSA key, or a secret comes from an
 * agreement with a key pair that is made for this once. (Functions of the extension table, cardmod_ext.h.)
 */
#ifndef MDP_MINIDRIVER_DRV_PUBLIC_H
#define MDP_MINIDRIVER_DRV_PUBLIC_H

#include "minidriver/cardmod_ext.h"

DWORD drv_key_wrap_rsa(PCARD_DATA card_data, const CARD_EXT_RSA_WRAP_INFO *info, CARD_KEY_HANDLE handle, PBYTE wrapped,
		       PSIZE_T inout_len);
DWORD drv_agree_ephemeral(PCARD_DATA card_data, const CARD_EXT_POINT_INFO *peer, PBYTE public_point,
			  PSIZE_T inout_len, PCARD_KEY_HANDLE ret_handle);

#endif
