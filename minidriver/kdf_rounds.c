/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/secret.h"
#include "minidriver/kdf.h"

/*
 * The loop that ANSI X9.63 and SP 800-56A share. OpenSSL has both as KDFs, but those take a digest by its name, and so
 * none whose length has to be told.
 */
static bool one_round(const struct ossl_digest_context *context, const struct kdf_rounds *rounds, uint32_t number,
		      uint8_t *ret_result)
{
	const uint8_t counter[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
				    (uint8_t)number };

	return hash_start(context, rounds->hash) && ossl_digest_feed(context, rounds->before) &&
	       ossl_digest_feed(context, span_of(counter, sizeof(counter))) &&
	       ossl_digest_feed(context, rounds->behind) && ossl_digest_feed(context, rounds->info) &&
	       ossl_digest_finish(context, ret_result, rounds->hash->len);
}

DWORD kdf_run_rounds(const struct kdf_rounds *rounds, const struct kdf_request *request)
{
	AUTO(ossl_digest_end) struct ossl_digest_context context = { .inside = NULL };
	AUTO_SECRET rest = SECRET_INIT;
	const size_t rest_len = request->out_len % rounds->hash->len;
	const size_t whole_len = request->out_len - rest_len;
	uint32_t number = 0;

	if (!hash_begin(&context, rounds->hash) || (rest_len != 0 && !secret_alloc(&rest, rounds->hash->len)))
		return SCARD_E_NO_MEMORY;
	for (size_t at = 0; at < request->out_len; at += rounds->hash->len) {
		uint8_t *result = at < whole_len ? request->out + at : rest.data;

		if (!one_round(&context, rounds, ++number, result))
			return SCARD_E_UNEXPECTED;
	}
	if (rest_len != 0)
		memcpy(request->out + whole_len, rest.data, rest_len);
	return ERROR_SUCCESS;
}
