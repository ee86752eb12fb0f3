/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/kdf_capi.h"

#include <string.h>

#include "base/secret.h"
#include "base/wipe.h"
#include "minidriver/drv_digest.h"
#include "minidriver/kdf.h"

#define PAD_LEN 64u

static const uint8_t pads[2] = { 0x36, 0x5C };

static void digest_cleanup(PCARD_EXT_DIGEST *digest)
{
	drv_digest_destroy(*digest);
}

static DWORD hash_bytes(const struct hash *hash, struct span bytes, uint8_t *ret_value)
{
	AUTO(digest_cleanup) PCARD_EXT_DIGEST digest = NULL;
	const DWORD err = drv_digest_begin(hash->name, &digest);

	return err != ERROR_SUCCESS ? err : drv_digest_finish(digest, bytes.data, bytes.len, ret_value);
}

/* H(pad XOR value) into *ret_value. */
static DWORD half(const struct kdf_capi *request, uint8_t pad, struct secret *block, uint8_t *ret_value)
{
	memset(block->data, pad, block->len);
	for (size_t i = 0; i < request->value.len; i++)
		block->data[i] ^= request->value.data[i];
	return hash_bytes(request->hash, secret_span(block), ret_value);
}

static DWORD expand(const struct kdf_capi *request)
{
	AUTO_SECRET block = SECRET_INIT;
	AUTO_SECRET halves = SECRET_INIT;
	const size_t len = request->hash->len;
	DWORD err = ERROR_SUCCESS;

	if (!secret_alloc(&block, PAD_LEN) || !secret_alloc(&halves, 2 * len))
		return SCARD_E_NO_MEMORY;
	for (size_t i = 0; err == ERROR_SUCCESS && i < ARRAY_COUNT(pads); i++)
		err = half(request, pads[i], &block, halves.data + i * len);
	wipe_stack();
	if (err == ERROR_SUCCESS)
		memcpy(request->out, halves.data, request->out_len);
	return err;
}

DWORD kdf_capi_from_value(const struct kdf_capi *request)
{
	if (request->value.len != request->hash->len || request->value.len > PAD_LEN ||
	    request->out_len > 2 * request->hash->len)
		return SCARD_E_INVALID_PARAMETER;
	if (request->expand || request->out_len > request->value.len)
		return expand(request);
	if (request->out_len != 0)
		memcpy(request->out, request->value.data, request->out_len);
	return ERROR_SUCCESS;
}

/* ---- the row ---------------------------------------------------------------------------------------- */

/*
 * BCRYPT_CAPI_KDF_ALGORITHM: what BCryptDeriveKeyCapi gives of the hash of Z. Whatever the key is for: its parity is
 * set by the store.
 */
static DWORD check(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	return params->hash->len <= PAD_LEN ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return params->hash->len;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return 2 * params->hash->len;
}

static DWORD derive(const struct kdf_request *request)
{
	const struct hash *hash = request->params->hash;
	AUTO_SECRET value = SECRET_INIT;
	DWORD err;

	if (!secret_alloc(&value, hash->len))
		return SCARD_E_NO_MEMORY;
	err = hash_bytes(hash, request->z, value.data);
	if (err != ERROR_SUCCESS)
		return err;
	return kdf_capi_from_value(&(struct kdf_capi){ .hash = hash,
						       .value = secret_span(&value),
						       .expand = (request->flags & BCRYPT_CAPI_AES_FLAG) != 0,
						       .out = request->out,
						       .out_len = request->out_len });
}

const struct kdf_ops kdf_capi = {
	.name = BCRYPT_CAPI_KDF_ALGORITHM,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_KEYBITLENGTH),
	.flags = BCRYPT_CAPI_AES_FLAG,
	.any_length = true,
	.check = check,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive,
};
