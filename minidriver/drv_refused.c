/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_refused.h"

#include "minidriver/drv.h"

/* The common answer: a wrong argument first, then what the card cannot do. */
static DWORD refuse(PCARD_DATA card_data, bool arguments_good)
{
	struct drv *drv;
	const DWORD err = drv_enter(card_data, &drv);

	if (err != ERROR_SUCCESS || !arguments_good)
		return SCARD_E_INVALID_PARAMETER;
	return SCARD_E_UNSUPPORTED_FEATURE;
}

static bool bytes_good(const BYTE *data, DWORD len)
{
	return data != NULL || len == 0;
}

/* The same for the functions that name a container. */
static DWORD refuse_container(PCARD_DATA card_data, BYTE index, bool arguments_good)
{
	const struct card_key_info *key;
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (!arguments_good)
		return SCARD_E_INVALID_PARAMETER;
	err = drv_container(drv, index, &key);
	return err != ERROR_SUCCESS ? err : SCARD_E_UNSUPPORTED_FEATURE;
}

DWORD drv_delete_container(PCARD_DATA card_data, BYTE index, DWORD reserved)
{
	return refuse_container(card_data, index, reserved == 0);
}

DWORD drv_create_container(PCARD_DATA card_data, BYTE index, DWORD flags, DWORD key_spec, DWORD key_size, PBYTE key)
{
	return drv_create_container_ex(card_data, index, flags, key_spec, key_size, key, ROLE_USER);
}

DWORD drv_create_container_ex(PCARD_DATA card_data, BYTE index, DWORD flags, DWORD key_spec, DWORD key_size, PBYTE key,
			      PIN_ID pin)
{
	const bool generate = flags == CARD_CREATE_CONTAINER_KEY_GEN;
	const bool import = flags == CARD_CREATE_CONTAINER_KEY_IMPORT && key != NULL && key_size != 0;

	(void)index;
	return refuse(card_data, (generate || import) && key_spec >= AT_KEYEXCHANGE && key_spec <= AT_ECDHE_P521 &&
					 pin < DRV_PINS);
}

DWORD drv_get_challenge(PCARD_DATA card_data, PBYTE *ret_challenge, PDWORD ret_len)
{
	return refuse(card_data, ret_challenge != NULL && ret_len != NULL);
}

DWORD drv_get_challenge_ex(PCARD_DATA card_data, PIN_ID pin, PBYTE *ret_challenge, PDWORD ret_len, DWORD flags)
{
	return refuse(card_data, pin < DRV_PINS && ret_challenge != NULL && ret_len != NULL && flags == 0);
}

DWORD drv_authenticate_challenge(PCARD_DATA card_data, PBYTE response, DWORD len, PDWORD ret_attempts)
{
	(void)ret_attempts;
	return refuse(card_data, response != NULL && len != 0);
}

DWORD drv_create_directory(PCARD_DATA card_data, LPCSTR directory, CARD_DIRECTORY_ACCESS_CONDITION access)
{
	return refuse(card_data, directory != NULL && access > InvalidDirAc && access <= AdminCreateDeleteDirAc);
}

DWORD drv_delete_directory(PCARD_DATA card_data, LPCSTR directory)
{
	return refuse(card_data, directory != NULL);
}

DWORD drv_create_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD size,
		      CARD_FILE_ACCESS_CONDITION access)
{
	(void)directory;
	(void)size;
	return refuse(card_data, file != NULL && access > InvalidAc && access <= AdminReadWriteAc);
}

DWORD drv_write_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD flags, PBYTE data, DWORD len)
{
	(void)directory;
	return refuse(card_data, file != NULL && flags == 0 && bytes_good(data, len));
}

DWORD drv_delete_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR file, DWORD flags)
{
	(void)directory;
	return refuse(card_data, file != NULL && flags == 0);
}

DWORD drv_set_container_property(PCARD_DATA card_data, BYTE index, LPCWSTR name, PBYTE data, DWORD len, DWORD flags)
{
	return refuse_container(card_data, index, name != NULL && flags == 0 && bytes_good(data, len));
}

DWORD drv_get_shared_key_handle(PCARD_DATA card_data, PBYTE input, DWORD input_len, PBYTE *ret_output, PDWORD ret_len,
				PCARD_KEY_HANDLE ret_handle)
{
	(void)ret_output;
	(void)ret_len;
	return refuse(card_data, ret_handle != NULL && bytes_good(input, input_len));
}
