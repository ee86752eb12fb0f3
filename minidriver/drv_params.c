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
	FORM_ITERATIONS,
	FORM_OFFSET,
	FORM_COUNTER,
	FORM_EMPTY,
	FORM_SECRET,   /* a handle, any number of times */
	FORM_SALT_KEY,
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
	[KDF_ITERATION_COUNT] = FORM_ITERATIONS,
	[KDF_GENERIC_PARAMETER] = FORM_BYTES,
	[KDF_KEYBITLENGTH] = FORM_OUT_BITS,
	[KDF_HKDF_SALT] = FORM_BYTES,
	[KDF_HKDF_INFO] = FORM_BYTES,
	[KDF_INDEX(CARD_EXT_KDF_IV)] = FORM_BYTES,
	[KDF_INDEX(CARD_EXT_KDF_FIELD_BYTES)] = FORM_REPEATED,
	[KDF_INDEX(CARD_EXT_KDF_FIELD_COUNTER)] = FORM_COUNTER,
	[KDF_INDEX(CARD_EXT_KDF_FIELD_CHAIN)] = FORM_EMPTY,
	[KDF_INDEX(CARD_EXT_KDF_SESSION_KEY)] = FORM_SECRET,
	[KDF_INDEX(CARD_EXT_KDF_SALT_KEY)] = FORM_SALT_KEY,
	[KDF_INDEX(CARD_EXT_KDF_BIT_OFFSET)] = FORM_OFFSET,
	[KDF_INDEX(CARD_EXT_KDF_FIELD_KEY)] = FORM_SECRET,
};
_Static_assert(ARRAY_COUNT(forms) == KDF_PARAMS, "a row for each buffer type");

/* A value that has exactly its size; the bytes need not be aligned. */
static DWORD read_exactly(struct span bytes, void *ret_value, size_t size)
{
	if (bytes.len != size)
		return SCARD_E_INVALID_PARAMETER;
	memcpy(ret_value, bytes.data, size);
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
	const DWORD err = read_exactly(bytes, &bits, sizeof(bits));

	if (err != ERROR_SUCCESS)
		return err;
	if (bits == 0 || bits % BITS_IN_BYTE != 0)
		return SCARD_E_INVALID_PARAMETER;
	params->out_len = bits / BITS_IN_BYTE;
	return ERROR_SUCCESS;
}

static DWORD read_iterations(struct span bytes, struct kdf_params *params)
{
	const DWORD err = read_exactly(bytes, &params->iterations, sizeof(params->iterations));

	return err == ERROR_SUCCESS && params->iterations == 0 ? SCARD_E_INVALID_PARAMETER : err;
}

static DWORD read_counter(struct span bytes, struct kdf_params *params)
{
	const DWORD err = read_exactly(bytes, &params->counter, sizeof(params->counter));

	if (err != ERROR_SUCCESS)
		return err;
	return params->counter.cbWidth != 0 && params->counter.cbWidth <= sizeof(uint64_t) ? ERROR_SUCCESS
											  : SCARD_E_INVALID_PARAMETER;
}

static DWORD read_value(enum form form, struct span bytes, struct kdf_params *params)
{
	switch (form) {
	case FORM_HASH:
		return read_hash(bytes, params);
	case FORM_PROTOCOL:
		return read_exactly(bytes, &params->protocol, sizeof(params->protocol));
	case FORM_OUT_BITS:
		return read_out_bits(bytes, params);
	case FORM_ITERATIONS:
		return read_iterations(bytes, params);
	case FORM_OFFSET:
		return read_exactly(bytes, &params->bit_offset, sizeof(params->bit_offset));
	case FORM_COUNTER:
		return read_counter(bytes, params);
	case FORM_SALT_KEY:
		return read_exactly(bytes, &params->salt_key, sizeof(params->salt_key));
	case FORM_SECRET:
		return bytes.len == sizeof(ULONG_PTR) ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
	case FORM_EMPTY:
		return bytes.len == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
	case FORM_REPEATED:
	case FORM_BYTES:
		return ERROR_SUCCESS;
	case FORM_NONE:
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

static bool type_known(ULONG type)
{
	return type < KDF_PARAMS_CNG || (type >= CARD_EXT_KDF_IV && type - CARD_EXT_KDF_IV < KDF_PARAMS_EXT);
}

static DWORD read_one(const NCryptBuffer *buffer, struct kdf_params *params)
{
	const struct span bytes = span_of(buffer->pvBuffer, buffer->cbBuffer);
	const ULONG type = buffer->BufferType;

	if (!type_known(type) || (bytes.data == NULL && bytes.len != 0))
		return SCARD_E_INVALID_PARAMETER;
	if ((KDF_BIT(type) & ~KDF_REPEATED & params->given) != 0)
		return SCARD_E_INVALID_PARAMETER;
	if (type == CARD_EXT_KDF_FIELD_KEY && ++params->field_key_count > KDF_FIELD_KEYS_MAX)
		return SCARD_E_INVALID_PARAMETER;
	params->given |= KDF_BIT(type);
	params->bytes[KDF_INDEX(type)] = bytes;
	return read_value(forms[KDF_INDEX(type)], bytes, params);
}

/* Each member but `bytes`, which counts only where it is given, and is long. */
static void empty(const NCryptBufferDesc *list, struct kdf_params *ret_params)
{
	ret_params->given = 0;
	ret_params->hash = NULL;
	ret_params->protocol = 0;
	ret_params->out_len = 0;
	ret_params->iterations = 0;
	ret_params->bit_offset = 0;
	ret_params->counter = (CARD_EXT_KDF_COUNTER){ .cbWidth = 0 };
	ret_params->salt_key = 0;
	ret_params->field_keys = NULL;
	ret_params->field_key_count = 0;
	ret_params->list = list;
}

DWORD kdf_params_read(const NCryptBufferDesc *list, struct kdf_params *ret_params)
{
	empty(list, ret_params);
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

static bool is_field(ULONG type)
{
	return type == CARD_EXT_KDF_FIELD_BYTES || type == CARD_EXT_KDF_FIELD_COUNTER ||
	       type == CARD_EXT_KDF_FIELD_CHAIN || type == CARD_EXT_KDF_FIELD_KEY;
}

bool kdf_params_feed_fields(const struct kdf_params *params, kdf_field_fn feed, void *context)
{
	const ULONG count = params->list != NULL ? params->list->cBuffers : 0;
	size_t keys = 0;

	for (ULONG i = 0; i < count; i++) {
		const NCryptBuffer *buffer = &params->list->pBuffers[i];
		struct span bytes = span_of(buffer->pvBuffer, buffer->cbBuffer);

		if (!is_field(buffer->BufferType))
			continue;
		if (buffer->BufferType == CARD_EXT_KDF_FIELD_KEY)
			bytes = params->field_keys != NULL ? secret_span(&params->field_keys[keys++]) : SPAN_EMPTY;
		if (!feed(context, buffer->BufferType, bytes))
			return false;
	}
	return true;
}

static bool add_len(void *context, struct span bytes)
{
	return !__builtin_add_overflow(*(size_t *)context, bytes.len, (size_t *)context);
}

size_t kdf_params_len(const struct kdf_params *params, ULONG type)
{
	size_t len = 0;

	return kdf_params_feed(params, type, add_len, &len) ? len : SIZE_MAX;
}
