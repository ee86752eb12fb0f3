/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

#define BITS_IN_BYTE 8u

/*
 * CARD_EXT_KDF_EXTRACT_BITS: bits of Z from an offset on, around its end (PKCS #11, extraction of one key from
 * another).
 */
static size_t whole(const struct kdf_params *params, size_t z_len)
{
	(void)params;
	return z_len;
}

static DWORD check_base(const struct kdf_request *request)
{
	return request->params->bit_offset / BITS_IN_BYTE < request->z.len ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

/* The byte that begins at a bit. */
static uint8_t byte_at(struct span z, size_t byte, unsigned bit)
{
	const unsigned pair = (unsigned)z.data[byte % z.len] << BITS_IN_BYTE | z.data[(byte + 1) % z.len];

	return (uint8_t)(pair >> (BITS_IN_BYTE - bit));
}

static DWORD derive(const struct kdf_request *request)
{
	const size_t first = (size_t)(request->params->bit_offset / BITS_IN_BYTE);
	const unsigned bit = (unsigned)(request->params->bit_offset % BITS_IN_BYTE);

	for (size_t i = 0; i < request->out_len; i++)
		request->out[i] = byte_at(request->z, first + i, bit);
	return ERROR_SUCCESS;
}

const struct kdf_ops kdf_extract = {
	.name = CARD_EXT_KDF_EXTRACT_BITS,
	.required = KDF_BIT(CARD_EXT_KDF_BIT_OFFSET),
	.check_base = check_base,
	.natural_len = whole,
	.derive = derive,
};
