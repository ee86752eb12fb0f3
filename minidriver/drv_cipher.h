/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cipher functions of the extension table; cardmod_ext.h describes them. No lock is held while anything is
 * computed.
 */
#ifndef MDP_MINIDRIVER_DRV_CIPHER_H
#define MDP_MINIDRIVER_DRV_CIPHER_H

#include "base/compiler.h"
#include "base/span.h"
#include "minidriver/cardmod_ext.h"

struct session_key;

DWORD drv_cipher_begin(PCARD_DATA card_data, CARD_KEY_HANDLE handle, const CARD_EXT_CIPHER_INFO *info,
		       PCARD_EXT_CIPHER *ret_cipher);
DWORD drv_cipher_once(PCARD_EXT_CIPHER cipher, const BYTE *input, SIZE_T input_len, PBYTE output, PSIZE_T inout_len);
SIZE_T drv_cipher_update_len(const CARD_EXT_CIPHER *cipher, SIZE_T input_len);
DWORD drv_cipher_update(PCARD_EXT_CIPHER cipher, const BYTE *input, SIZE_T input_len, PBYTE output, PSIZE_T ret_len);
SIZE_T drv_cipher_finish_len(const CARD_EXT_CIPHER *cipher);
DWORD drv_cipher_finish(PCARD_EXT_CIPHER cipher, PBYTE output, PSIZE_T ret_len);
void drv_cipher_destroy(PCARD_EXT_CIPHER cipher);

/* The same as drv_cipher_begin for a key that was found already; the cipher holds it. */
DWORD drv_cipher_begin_with(struct session_key *key, const CARD_EXT_CIPHER_INFO *info,
			    PCARD_EXT_CIPHER *ret_cipher) MUST_USE;
/*
 * A secret made of data: the whole of it, in whole blocks, enciphered with a key that was found already, in CBC mode or,
 * without an iv, in ECB mode. out has room for as many bytes. Nothing of it stays in what rests with the key.
 */
DWORD drv_cipher_make_secret(struct session_key *key, struct span iv, struct span data, PBYTE out) MUST_USE;
/*
 * Whole blocks that wrapping fills up with zero bytes: their length in bytes; 1: the mode takes any length, or pads by
 * itself, or refuses.
 */
SIZE_T drv_cipher_zero_padding(const CARD_EXT_CIPHER *cipher);

#endif
