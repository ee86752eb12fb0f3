/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XTS needs the whole message, which is one data unit. */
#include "config.h"

#include "minidriver/drv_cipher_mode.h"

static DWORD xts_once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	*ret_most = in_len;
	return in_len >= cipher->block && in_len <= cipher->mode->limit ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static DWORD xts_once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	*ret_len = in.len;
	return cipher_run(cipher, in, out);
}

const struct cipher_ops cipher_xts_ops = { .once_len = xts_once_len, .once = xts_once };
