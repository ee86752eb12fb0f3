/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modes and ciphers that give a byte for each byte: CTR, OFB, CFB, RC4, ChaCha20. */
#include "config.h"

#include "minidriver/drv_cipher_mode.h"

static DWORD once_len(const CARD_EXT_CIPHER *cipher UNUSED, size_t in_len, size_t *ret_most)
{
	*ret_most = in_len;
	return ERROR_SUCCESS;
}

static DWORD once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	*ret_len = in.len;
	return cipher_run_limited(cipher, in, out);
}

static size_t update_len(const CARD_EXT_CIPHER *cipher UNUSED, size_t in_len)
{
	return in_len;
}

static DWORD update(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t len UNUSED)
{
	return cipher_run_limited(cipher, in, out);
}

static size_t finish_len(const CARD_EXT_CIPHER *cipher UNUSED)
{
	return 0;
}

static DWORD finish(PCARD_EXT_CIPHER cipher UNUSED, BYTE *out UNUSED, size_t *ret_len)
{
	*ret_len = 0;
	return ERROR_SUCCESS;
}

const struct cipher_ops cipher_stream_ops = {
	.once_len = once_len,
	.once = once,
	.update_len = update_len,
	.update = update,
	.finish_len = finish_len,
	.finish = finish,
};
