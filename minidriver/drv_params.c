/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdbool.h>

#include "minidriver/drv_params.h"

#define BITS_IN_BYTE 8u

enum form {
	FORM_NONE = 0, /* no such type */
	FORM_HASH,
	FORM_REPEATED, /* bytes, any number of times */
	FORM_BYTES,
	FORM_PROTOCOL,
	FORM_OUT_BITS,
	FORM_SECRET,
};

static const enum form forms[] = {
	[KDF_HASH_ALGORITHM] = FORM_HASH,
	[KDF_SECRET_PREPEND] = FORM_REPEATED,
	[KDF_SECRET_APPEND] = FORM_REPEATED,
	[KDF_HMAC_KEY] = FORM_BYTES,
	[KDF_TLS_PRF_LABEL] = FORM_BYTES,
	[KDF_TLS_PRF_SEED] = FORM_BYTES,
	[KDF_SECRET_HANDLE] = FORM_SECRET,
	[KDF_TLS_PRF_PROTOCOL] = FORM_PROTOCOL,
	[KDF_ALGORITHMID] = FORM_BYTES,
	[KDF_PARTYUINFO] = FORM_BYTES,
	[KDF_PARTYVINFO] = FORM_BYTES,
	[KDF_SUPPPUBINFO] = FORM_BYTES,
	[KDF_SUPPPRIVINFO] = FORM_BYTES,
	[KDF_LABEL] = FORM_BYTES,
	[KDF_CONTEXT] = FORM_BYTES,
	[KDF_SALT] = FORM_BYTES,
	[KDF_ITERATION_COUNT] = FORM_BYTES,
	[KDF_GENERIC_PARAMETER] = FORM_BYTES,
	[KDF_KEYBITLENGTH] = FORM_OUT_BITS,
	[KDF_HKDF_SALT] = FORM_BYTES,
	[KDF_HKDF_INFO] = FORM_BYTES,
};
_Static_assert(ARRAY_COUNT(forms) == KDF_PARAMS, "a row for each buffer type");

static DWORD read_dword(struct span bytes, DWORD *ret_value)
{
	if (bytes.len != sizeof(*ret_value))
		return SCARD_E_INVALID_PARAMETER;
	memcpy(ret_value, bytes.data, sizeof(*ret_value));
	return ERROR_SUCCESS;
}

static DWORD read_hash(struct span bytes, struct kdf_params *params)
{
	params->hash = hash_by_name(bytes);
	return params->hash != NULL ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static DWORD read_out_bits(struct span bytes, struct kdf_params *params)
{
	DWORD bits = 0;
	const DWORD err = read_dword(bytes, &bits);

	if (err != ERROR_SUCCESS)
		return err;
	if (bits == 0 || bits % BITS_IN_BYTE != 0)
		return SCARD_E_INVALID_PARAMETER;
	params->out_len = bits / BITS_IN_BYTE;
	return ERROR_SUCCESS;
}

static DWORD read_one(const NCryptBuffer *buffer, struct kdf_params *params)
{
	const struct span bytes = span_of(buffer->pvBuffer, buffer->cbBuffer);
	const ULONG type = buffer->BufferType;

	if (type >= KDF_PARAMS || (bytes.data == NULL && bytes.len != 0))
		return SCARD_E_INVALID_PARAMETER;
	if (forms[type] != FORM_REPEATED && (params->given & KDF_BIT(type)) != 0)
		return SCARD_E_INVALID_PARAMETER;
	params->given |= KDF_BIT(type);
	params->bytes[type] = bytes;
	switch (forms[type]) {
	case FORM_HASH:
		return read_hash(bytes, params);
	case FORM_PROTOCOL:
		return read_dword(bytes, &params->protocol);
	case FORM_OUT_BITS:
		return read_out_bits(bytes, params);
	case FORM_REPEATED:
	case FORM_BYTES:
		return ERROR_SUCCESS;
	case FORM_SECRET:
		/* how a second secret enters a KDF is published nowhere */
		return SCARD_E_UNSUPPORTED_FEATURE;
	case FORM_NONE:
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

DWORD kdf_params_read(const NCryptBufferDesc *list, struct kdf_params *ret_params)
{
	*ret_params = (struct kdf_params){ .list = list };
	if (list == NULL)
		return ERROR_SUCCESS;
	if (list->pBuffers == NULL && list->cBuffers != 0)
		return SCARD_E_INVALID_PARAMETER;
	for (ULONG i = 0; i < list->cBuffers; i++) {
		const DWORD err = read_one(&list->pBuffers[i], ret_params);

		if (err != ERROR_SUCCESS)
			return err;
	}
	return ERROR_SUCCESS;
}

bool kdf_params_feed(const struct kdf_params *params, ULONG type, kdf_feed_fn feed, void *context)
{
	if ((params->given & KDF_BIT(type)) == 0)
		return true;
	for (ULONG i = 0; i < params->list->cBuffers; i++) {
		const NCryptBuffer *buffer = &params->list->pBuffers[i];

		if (buffer->BufferType == type && buffer->cbBuffer != 0 &&
		    !feed(context, span_of(buffer->pvBuffer, buffer->cbBuffer)))
			return false;
	}
	return true;
}
