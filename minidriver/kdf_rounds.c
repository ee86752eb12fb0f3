/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>

#include "base/secret.h"
#include "minidriver/kdf.h"

/*
 * The loop that ANSI X9.63 and SP 800-56A share. OpenSSL has both as KDFs, but those take a digest by its name, and so
 * none whose length has to be told.
 */
static void context_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

static bool feed(EVP_MD_CTX *context, struct span bytes)
{
	return bytes.len == 0 || EVP_DigestUpdate(context, bytes.data, bytes.len) == 1;
}

static bool one_round(EVP_MD_CTX *context, const struct kdf_rounds *rounds, uint32_t number, uint8_t *ret_block)
{
	const uint8_t counter[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
				    (uint8_t)number };
	unsigned len = 0;

	return hash_begin(context, rounds->hash) && feed(context, rounds->before) &&
	       feed(context, span_of(counter, sizeof(counter))) && feed(context, rounds->behind) &&
	       feed(context, rounds->info) && EVP_DigestFinal_ex(context, ret_block, &len) == 1 &&
	       len == rounds->hash->len;
}

DWORD kdf_run_rounds(const struct kdf_rounds *rounds, const struct kdf_request *request)
{
	AUTO(context_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	AUTO_SECRET block = SECRET_INIT;
	uint32_t number = 0;

	if (context == NULL || !secret_alloc(&block, EVP_MAX_MD_SIZE))
		return SCARD_E_NO_MEMORY;
	for (size_t at = 0; at < request->out_len; at += rounds->hash->len) {
		const size_t left = request->out_len - at;

		if (!one_round(context, rounds, ++number, block.data))
			return SCARD_E_UNEXPECTED;
		memcpy(request->out + at, block.data, left < rounds->hash->len ? left : rounds->hash->len);
	}
	return ERROR_SUCCESS;
}
