/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modes that need the whole message: XTS, whose data unit is one, and AES key wrapping. */
#include "config.h"

#include <string.h>

#include "minidriver/drv_cipher_mode.h"

/* ---- XTS -------------------------------------------------------------------------------------------- */

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

/* ---- key wrapping ----------------------------------------------------------------------------------- */

#define SEMIBLOCK 8u /* RFC 3394 and RFC 5649 count in 64 bits */

/* Data as the cipher takes it: RFC 5649 fills up by itself, PKCS #7 always adds something. */
static size_t filled_len(const CARD_EXT_CIPHER *cipher, size_t len)
{
	const size_t more = cipher->mode->padded ? SEMIBLOCK : SEMIBLOCK - 1;

	return (len + more) / SEMIBLOCK * SEMIBLOCK;
}

static DWORD wrap_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const bool any = cipher->mode->padded || cipher->mode->cipher == KEY_CIPHER_KWP;
	const size_t filled = filled_len(cipher, in_len);

	if ((!any && in_len % SEMIBLOCK != 0) || in_len == 0 ||
	    (cipher->mode->cipher == KEY_CIPHER_KW && filled < 2 * SEMIBLOCK))
		return SCARD_E_INVALID_PARAMETER;
	*ret_most = filled + SEMIBLOCK;
	return ERROR_SUCCESS;
}

static DWORD unwrap_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	const size_t least = (cipher->mode->cipher == KEY_CIPHER_KWP ? 2 : 3) * SEMIBLOCK;

	if (in_len % SEMIBLOCK != 0 || in_len < least)
		return SCARD_E_INVALID_PARAMETER;
	*ret_most = in_len - SEMIBLOCK - (cipher->mode->padded ? 1 : 0);
	return ERROR_SUCCESS;
}

static DWORD wrap_once_len(const CARD_EXT_CIPHER *cipher, size_t in_len, size_t *ret_most)
{
	if (in_len > cipher->mode->limit)
		return SCARD_E_INVALID_PARAMETER;
	return cipher->encrypt ? wrap_len(cipher, in_len, ret_most) : unwrap_len(cipher, in_len, ret_most);
}

/* A refusal by the cipher is a failed integrity check. */
static DWORD wrap_run(PCARD_EXT_CIPHER cipher, struct span in, struct secret *output)
{
	int len = 0;

	if (!secret_alloc(output, in.len + 2 * SEMIBLOCK))
		return SCARD_E_NO_MEMORY;
	if (EVP_CipherUpdate(cipher->context, output->data, &len, in.data, (int)in.len) != 1 || len <= 0 ||
	    (size_t)len > output->len)
		return cipher->encrypt ? SCARD_E_UNEXPECTED : SCARD_E_INVALID_VALUE;
	secret_truncate(output, (size_t)len);
	return ERROR_SUCCESS;
}

static DWORD wrap_filled(PCARD_EXT_CIPHER cipher, struct span in, struct secret *output)
{
	AUTO_SECRET filled = SECRET_INIT;
	const size_t padding = filled_len(cipher, in.len) - in.len;

	if (!secret_alloc(&filled, in.len + padding))
		return SCARD_E_NO_MEMORY;
	memcpy(filled.data, in.data, in.len);
	memset(filled.data + in.len, (int)padding, padding);
	return wrap_run(cipher, secret_span(&filled), output);
}

/* RFC 3394's check has passed: what the padding tells is no oracle. */
static DWORD take_off_padding(struct secret *output)
{
	const size_t padding = cipher_padding_of(span_of(output->data + output->len - SEMIBLOCK, SEMIBLOCK));

	if (padding == 0)
		return SCARD_E_INVALID_VALUE;
	secret_truncate(output, output->len - padding);
	return ERROR_SUCCESS;
}

static DWORD wrap_once(PCARD_EXT_CIPHER cipher, struct span in, BYTE *out, size_t *ret_len)
{
	AUTO_SECRET output = SECRET_INIT;
	const bool fill = cipher->mode->padded && cipher->encrypt;
	DWORD err = fill ? wrap_filled(cipher, in, &output) : wrap_run(cipher, in, &output);

	if (err == ERROR_SUCCESS && cipher->mode->padded && !cipher->encrypt)
		err = take_off_padding(&output);
	if (err == ERROR_SUCCESS && output.len > *ret_len)
		err = SCARD_E_UNEXPECTED;
	if (err != ERROR_SUCCESS)
		return err;
	memcpy(out, output.data, output.len);
	*ret_len = output.len;
	return ERROR_SUCCESS;
}

const struct cipher_ops cipher_wrap_ops = { .once_len = wrap_once_len, .once = wrap_once };
