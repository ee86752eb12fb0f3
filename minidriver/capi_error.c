/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "minidriver/capi.h"

static _Thread_local DWORD last_error;

EXPORT DWORD WINAPI GetLastError(void)
{
	return last_error;
}

EXPORT void WINAPI SetLastError(DWORD dwErrCode)
{
	last_error = dwErrCode;
}

BOOL capi_result(DWORD err)
{
	if (err == ERROR_SUCCESS)
		return TRUE;
	SetLastError(err);
	return FALSE;
}

/* What is not here goes through as it is, as the codes of cards do on Windows. */
DWORD capi_error(DWORD err)
{
	switch (err) {
	case SCARD_E_NO_MEMORY:
		return NTE_NO_MEMORY;
	case SCARD_E_INVALID_PARAMETER:
	case SCARD_E_INVALID_VALUE:
		return NTE_BAD_DATA;
	case SCARD_E_INVALID_HANDLE:
		return NTE_BAD_KEY;
	case SCARD_E_NO_KEY_CONTAINER:
		return NTE_BAD_KEYSET;
	case SCARD_E_UNEXPECTED:
		return NTE_FAIL;
	default:
		return err;
	}
}

DWORD capi_answer(const struct capi_answer *answer, struct span bytes)
{
	const DWORD room = *answer->inout_len;

	*answer->inout_len = (DWORD)bytes.len;
	if (answer->data == NULL)
		return ERROR_SUCCESS;
	if (bytes.len > room)
		return ERROR_MORE_DATA;
	if (bytes.len != 0)
		memcpy(answer->data, bytes.data, bytes.len);
	return ERROR_SUCCESS;
}
