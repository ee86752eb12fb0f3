/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ossl_cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>

#include "base/ossl.h"
#include "base/ossl_dispatch.h"

#define FINAL_MAX 16u /* what authenticated encryption may ask for at its end, and leaves alone */

void ossl_cipher_free(struct ossl_cipher *cipher)
{
	if (cipher == NULL)
		return;
	EVP_CIPHER_free(cipher->evp);
	free(cipher);
}

static void free_cleanup(struct ossl_cipher **cipher)
{
	ossl_cipher_free(*cipher);
}

#define FUNCTION(dispatch, id) ((OSSL_FUNC_##id##_fn *)ossl_dispatch_function(dispatch, ID_##id))
#define ID_cipher_newctx OSSL_FUNC_CIPHER_NEWCTX
#define ID_cipher_freectx OSSL_FUNC_CIPHER_FREECTX
#define ID_cipher_encrypt_init OSSL_FUNC_CIPHER_ENCRYPT_INIT
#define ID_cipher_decrypt_init OSSL_FUNC_CIPHER_DECRYPT_INIT
#define ID_cipher_cipher OSSL_FUNC_CIPHER_CIPHER
#define ID_cipher_update OSSL_FUNC_CIPHER_UPDATE
#define ID_cipher_final OSSL_FUNC_CIPHER_FINAL
#define ID_cipher_get_ctx_params OSSL_FUNC_CIPHER_GET_CTX_PARAMS
#define ID_cipher_set_ctx_params OSSL_FUNC_CIPHER_SET_CTX_PARAMS

static bool take_functions(struct ossl_cipher *cipher, const OSSL_DISPATCH *dispatch)
{
	cipher->new_context = FUNCTION(dispatch, cipher_newctx);
	cipher->free_context = FUNCTION(dispatch, cipher_freectx);
	cipher->encrypt_init = FUNCTION(dispatch, cipher_encrypt_init);
	cipher->decrypt_init = FUNCTION(dispatch, cipher_decrypt_init);
	cipher->whole = FUNCTION(dispatch, cipher_cipher);
	cipher->update = FUNCTION(dispatch, cipher_update);
	cipher->final = FUNCTION(dispatch, cipher_final);
	cipher->get_params = FUNCTION(dispatch, cipher_get_ctx_params);
	cipher->set_params = FUNCTION(dispatch, cipher_set_ctx_params);
	return cipher->new_context != NULL && cipher->free_context != NULL && cipher->encrypt_init != NULL &&
	       cipher->decrypt_init != NULL && cipher->whole != NULL && cipher->update != NULL && cipher->final != NULL &&
	       cipher->get_params != NULL && cipher->set_params != NULL;
}

struct ossl_cipher *ossl_cipher_new(const char *name)
{
	AUTO(free_cleanup) struct ossl_cipher *cipher = calloc(1, sizeof(*cipher));
	const OSSL_DISPATCH *dispatch;
	const OSSL_PROVIDER *provider;

	if (cipher == NULL)
		return NULL;
	cipher->evp = EVP_CIPHER_fetch(ossl_context(), name, NULL);
	if (cipher->evp == NULL)
		return NULL;
	provider = EVP_CIPHER_get0_provider(cipher->evp);
	cipher->provider = OSSL_PROVIDER_get0_provider_ctx(provider);
	dispatch = ossl_dispatch(provider, OSSL_OP_CIPHER, name);
	return dispatch != NULL && take_functions(cipher, dispatch) ? STEAL(cipher) : NULL;
}

bool ossl_cipher_finish(const struct ossl_cipher_context *context)
{
	uint8_t nothing[FINAL_MAX];
	size_t written = 0;

	return context->cipher->final(context->inside, nothing, &written, sizeof(nothing)) == 1 && written == 0;
}

/* ---- parameters ---------------------------------------------------------------------------------------- */

static OSSL_PARAM bytes_param(const char *name, const uint8_t *bytes, size_t len)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)bytes, len);
}

static bool get_bytes(const struct ossl_cipher_context *context, const char *name, uint8_t *ret_bytes, size_t len)
{
	OSSL_PARAM params[] = { bytes_param(name, ret_bytes, len), OSSL_PARAM_END };

	return context->cipher->get_params(context->inside, params) == 1;
}

static bool set(const struct ossl_cipher_context *context, OSSL_PARAM param)
{
	const OSSL_PARAM params[] = { param, OSSL_PARAM_END };

	return context->cipher->set_params(context->inside, params) == 1;
}

bool ossl_cipher_get_tag(const struct ossl_cipher_context *context, uint8_t *ret_tag, size_t len)
{
	return get_bytes(context, OSSL_CIPHER_PARAM_AEAD_TAG, ret_tag, len);
}

bool ossl_cipher_expect_tag(const struct ossl_cipher_context *context, struct span tag)
{
	return set(context, bytes_param(OSSL_CIPHER_PARAM_AEAD_TAG, tag.data, tag.len));
}

bool ossl_cipher_set_tag_len(const struct ossl_cipher_context *context, size_t len)
{
	return set(context, bytes_param(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, len));
}

bool ossl_cipher_set_iv_len(const struct ossl_cipher_context *context, size_t len)
{
	return set(context, OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, &len));
}

bool ossl_cipher_set_effective_bits(const struct ossl_cipher_context *context, size_t bits)
{
	return set(context, OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_RC2_KEYBITS, &bits));
}

bool ossl_cipher_get_iv(const struct ossl_cipher_context *context, uint8_t *ret_iv, size_t len)
{
	return get_bytes(context, OSSL_CIPHER_PARAM_UPDATED_IV, ret_iv, len);
}
