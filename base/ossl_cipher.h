/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenSSL's ciphers, called where its provider implements them and not through EVP: EVP asks for lengths by name around
 * each step, and for a short message that takes several times as long as the cipher.
 *
 * What EVP would check is the caller's to know: a context is given its key before data, lengths suit the cipher. Each
 * function returns false where OpenSSL fails, and then there may be something in its queue of errors (quiet.h).
 */
#ifndef MDP_BASE_OSSL_CIPHER_H
#define MDP_BASE_OSSL_CIPHER_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"

/* A cipher with its mode (provider-cipher(7)). */
struct ossl_cipher {
	EVP_CIPHER *evp; /* owned: it keeps the provider, and so the functions */
	void *provider;  /* the provider's own context */
	OSSL_FUNC_cipher_newctx_fn *new_context;
	OSSL_FUNC_cipher_freectx_fn *free_context;
	OSSL_FUNC_cipher_encrypt_init_fn *encrypt_init;
	OSSL_FUNC_cipher_decrypt_init_fn *decrypt_init;
	OSSL_FUNC_cipher_cipher_fn *whole; /* without buffers or padding */
	OSSL_FUNC_cipher_update_fn *update;
	OSSL_FUNC_cipher_final_fn *final;
	OSSL_FUNC_cipher_get_ctx_params_fn *get_params;
	OSSL_FUNC_cipher_set_ctx_params_fn *set_params;
};

/* ossl_fetch.h's: find one in the private context, and free it. NULL: OpenSSL has none of this name. */
struct ossl_cipher *ossl_cipher_new(const char *name) MUST_USE;
void ossl_cipher_free(struct ossl_cipher *cipher);

/* A key and what was done with it, owned. All zero: none. */
struct ossl_cipher_context {
	const struct ossl_cipher *cipher; /* borrowed: it lives until the last ossl_release() */
	void *inside;
};

/* False for want of memory. */
static inline bool ossl_cipher_begin(struct ossl_cipher_context *context, const struct ossl_cipher *cipher)
{
	*context = (struct ossl_cipher_context){ .cipher = cipher, .inside = cipher->new_context(cipher->provider) };
	return context->inside != NULL;
}

/* Its memory is wiped. All zero is allowed, and what it is afterwards. */
static inline void ossl_cipher_end(struct ossl_cipher_context *context)
{
	if (context->inside != NULL)
		context->cipher->free_context(context->inside);
	*context = (struct ossl_cipher_context){ .inside = NULL };
}

/*
 * Set a key, or an iv, or both, an empty one staying what it was, and go to the beginning of a message in this direction.
 * The empty iv begins anew with the last one that was given.
 */
static inline bool ossl_cipher_set(const struct ossl_cipher_context *context, bool encrypt, struct span key, struct span iv)
{
	const uint8_t *const key_data = key.len != 0 ? key.data : NULL;
	const uint8_t *const iv_data = iv.len != 0 ? iv.data : NULL;

	return (encrypt ? context->cipher->encrypt_init : context->cipher->decrypt_init)(
		       context->inside, key_data, key.len, iv_data, iv.len, NULL) == 1;
}

/* As many bytes as there are: whole blocks of a block cipher, any number for others. `out` may be where `in` is. */
static inline bool ossl_cipher_run(const struct ossl_cipher_context *context, struct span in, uint8_t *out)
{
	size_t written = 0;

	return context->cipher->whole(context->inside, out, &written, in.len, in.data, in.len) == 1 && written == in.len;
}

/* The same of authenticated encryption; out NULL: authenticated data. */
static inline bool ossl_cipher_update(const struct ossl_cipher_context *context, struct span in, uint8_t *out)
{
	size_t written = 0;

	return context->cipher->update(context->inside, out, &written, in.len, in.data, in.len) == 1;
}

/* What CCM is told before its authenticated data: how long its data will be. */
static inline bool ossl_cipher_set_data_len(const struct ossl_cipher_context *context, size_t len)
{
	size_t written = 0;

	return context->cipher->update(context->inside, NULL, &written, len, NULL, len) == 1;
}

/* The end of authenticated encryption: false, too, for a tag that is not right. */
bool ossl_cipher_finish(const struct ossl_cipher_context *context) MUST_USE;

/* Tags of authenticated encryption: that which came out, and that which must come out. */
bool ossl_cipher_get_tag(const struct ossl_cipher_context *context, uint8_t *ret_tag, size_t len) MUST_USE;
bool ossl_cipher_expect_tag(const struct ossl_cipher_context *context, struct span tag) MUST_USE;

/* What a cipher is told before its key: the length of its tag (CCM) or its iv, how many bits count (RC2). */
bool ossl_cipher_set_tag_len(const struct ossl_cipher_context *context, size_t len) MUST_USE;
bool ossl_cipher_set_iv_len(const struct ossl_cipher_context *context, size_t len) MUST_USE;
bool ossl_cipher_set_effective_bits(const struct ossl_cipher_context *context, size_t bits) MUST_USE;
/* The iv with which the next block would be chained. */
bool ossl_cipher_get_iv(const struct ossl_cipher_context *context, uint8_t *ret_iv, size_t len) MUST_USE;

#endif
