/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenSSL's hashes, called where its provider implements them and not through EVP, whose layers take as long as a short
 * message. Each function returns false where OpenSSL fails. Where it could not allocate (begin, copy), or was given a
 * length, there may be something in its queue of errors then (quiet.h); feeding and finishing put nothing there.
 */
#ifndef MDP_BASE_OSSL_DIGEST_H
#define MDP_BASE_OSSL_DIGEST_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"

/* A hash (provider-digest(7)). */
struct ossl_digest {
	EVP_MD *evp;    /* owned: it keeps the provider, and so the functions */
	void *provider; /* the provider's own context */
	size_t block;   /* bytes */
	bool takes_len; /* obeys a length that is asked for: OpenSSL before 3.2 does not for BLAKE2b, nor refuses it */
	OSSL_FUNC_digest_newctx_fn *new_context;
	OSSL_FUNC_digest_freectx_fn *free_context;
	OSSL_FUNC_digest_dupctx_fn *copy_context;
	OSSL_FUNC_digest_init_fn *init;
	OSSL_FUNC_digest_update_fn *update;
	OSSL_FUNC_digest_final_fn *final;
	OSSL_FUNC_digest_set_ctx_params_fn *set_params; /* NULL: it has no parameters */
};

/* ossl_fetch.h's: find one in the private context, and free it. NULL: OpenSSL has none of this name. */
struct ossl_digest *ossl_digest_new(const char *name) MUST_USE;
void ossl_digest_free(struct ossl_digest *digest);

/* What was fed so far, owned. All zero: none. */
struct ossl_digest_context {
	const struct ossl_digest *digest; /* borrowed: it lives until the last ossl_release() */
	void *inside;
};

/* Make one that is to be started. False for want of memory. */
static inline bool ossl_digest_begin(struct ossl_digest_context *context, const struct ossl_digest *digest)
{
	*context = (struct ossl_digest_context){ .digest = digest, .inside = digest->new_context(digest->provider) };
	return context->inside != NULL;
}

/* Another that was fed the same; *ret_copy is overwritten. False for want of memory. */
static inline bool ossl_digest_copy(const struct ossl_digest_context *context, struct ossl_digest_context *ret_copy)
{
	*ret_copy = (struct ossl_digest_context){ .digest = context->digest,
						  .inside = context->digest->copy_context(context->inside) };
	return ret_copy->inside != NULL;
}

/* Its memory is wiped. All zero is allowed, and what it is afterwards. */
static inline void ossl_digest_end(struct ossl_digest_context *context)
{
	if (context->inside != NULL)
		context->digest->free_context(context->inside);
	*context = (struct ossl_digest_context){ .inside = NULL };
}

/* Forget what was fed, and begin. */
static inline bool ossl_digest_start(const struct ossl_digest_context *context)
{
	return context->digest->init(context->inside, NULL) == 1;
}
/* The same for a result of len bytes, with a hash that obeys (takes_len). */
bool ossl_digest_start_sized(const struct ossl_digest_context *context, size_t len) MUST_USE;

static inline bool ossl_digest_feed(const struct ossl_digest_context *context, struct span bytes)
{
	return bytes.len == 0 || context->digest->update(context->inside, bytes.data, bytes.len) == 1;
}

/* Exactly len bytes. */
static inline bool ossl_digest_finish(const struct ossl_digest_context *context, uint8_t *ret_result, size_t len)
{
	size_t written = 0;

	return context->digest->final(context->inside, ret_result, &written, len) == 1 && written == len;
}

#endif
