/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions of the table that a read-only card refuses: they check their arguments and answer
 * SCARD_E_UNSUPPORTED_FEATURE (Windows driver documentation, developer guidelines, "Read-only cards").
 */
#ifndef MDP_MINIDRIVER_DRV_REFUSED_H
#define MDP_MINIDRIVER_DRV_REFUSED_H

#include "minidriver/cardmod.h"

DWORD drv_delete_container(PCARD_DATA card_data, BYTE index, DWORD reserved);
DWORD drv_create_container(PCARD_DATA card_data, BYTE index, DWORD flags, DWORD key_spec, DWORD key_size, PBYTE key);
DWORD drv_create_container_ex(PCARD_DATA card_data, BYTE index, DWORD flags, DWORD key_spec, DWORD key_size, PBYTE key,
			      PIN_ID pin);
DWORD drv_get_challenge(PCARD_DATA card_data, PBYTE *ret_challenge, PDWORD ret_len);
DWORD drv_get_challenge_ex(PCARD_DATA card_data, PIN_ID pin, PBYTE *ret_challenge, PDWORD ret_len, DWORD flags);
DWORD drv_authenticate_challenge(PCARD_DATA card_data, PBYTE response, DWORD len, PDWORD ret_attempts);
DWORD drv_create_directory(PCARD_DATA card_data, LPCSTR directory, CARD_DIRECTORY_ACCESS_CONDITION access);
DWORD drv_delete_directory(PCARD_DATA card_data, LPCSTR directory);
DWORD drv_create_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD size,
		      CARD_FILE_ACCESS_CONDITION access);
DWORD drv_write_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD flags, PBYTE data, DWORD len);
DWORD drv_delete_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD flags);
DWORD drv_set_container_property(PCARD_DATA card_data, BYTE index, LPCWSTR name, PBYTE data, DWORD len, DWORD flags);
DWORD drv_get_shared_key_handle(PCARD_DATA card_data, PBYTE input, DWORD input_len, PBYTE *ret_output, PDWORD ret_len,
				PCARD_KEY_HANDLE ret_handle);

#endif
