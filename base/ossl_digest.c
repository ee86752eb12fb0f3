/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/ossl_digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>

#include "base/ossl.h"
#include "base/ossl_dispatch.h"

void ossl_digest_free(struct ossl_digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_free(digest->evp);
	free(digest);
}

static void free_cleanup(struct ossl_digest **digest)
{
	ossl_digest_free(*digest);
}

#define FUNCTION(dispatch, id) ((OSSL_FUNC_##id##_fn *)ossl_dispatch_function(dispatch, ID_##id))
#define ID_digest_newctx OSSL_FUNC_DIGEST_NEWCTX
#define ID_digest_freectx OSSL_FUNC_DIGEST_FREECTX
#define ID_digest_dupctx OSSL_FUNC_DIGEST_DUPCTX
#define ID_digest_init OSSL_FUNC_DIGEST_INIT
#define ID_digest_update OSSL_FUNC_DIGEST_UPDATE
#define ID_digest_final OSSL_FUNC_DIGEST_FINAL
#define ID_digest_set_ctx_params OSSL_FUNC_DIGEST_SET_CTX_PARAMS

static bool take_functions(struct ossl_digest *digest, const OSSL_DISPATCH *dispatch)
{
	digest->new_context = FUNCTION(dispatch, digest_newctx);
	digest->free_context = FUNCTION(dispatch, digest_freectx);
	digest->copy_context = FUNCTION(dispatch, digest_dupctx);
	digest->init = FUNCTION(dispatch, digest_init);
	digest->update = FUNCTION(dispatch, digest_update);
	digest->final = FUNCTION(dispatch, digest_final);
	digest->set_params = FUNCTION(dispatch, digest_set_ctx_params);
	return digest->new_context != NULL && digest->free_context != NULL && digest->copy_context != NULL &&
	       digest->init != NULL && digest->update != NULL && digest->final != NULL;
}

static bool takes_len(const EVP_MD *evp)
{
	const OSSL_PARAM *settable = EVP_MD_settable_ctx_params(evp);

	return settable != NULL && OSSL_PARAM_locate_const(settable, OSSL_DIGEST_PARAM_SIZE) != NULL;
}

struct ossl_digest *ossl_digest_new(const char *name)
{
	AUTO(free_cleanup) struct ossl_digest *digest = calloc(1, sizeof(*digest));
	const OSSL_DISPATCH *dispatch;
	const OSSL_PROVIDER *provider;

	if (digest == NULL)
		return NULL;
	digest->evp = EVP_MD_fetch(ossl_context(), name, NULL);
	if (digest->evp == NULL)
		return NULL;
	provider = EVP_MD_get0_provider(digest->evp);
	digest->provider = OSSL_PROVIDER_get0_provider_ctx(provider);
	digest->block = (size_t)EVP_MD_get_block_size(digest->evp);
	digest->takes_len = takes_len(digest->evp);
	dispatch = ossl_dispatch(provider, OSSL_OP_DIGEST, name);
	return dispatch != NULL && take_functions(digest, dispatch) ? STEAL(digest) : NULL;
}

bool ossl_digest_start_sized(const struct ossl_digest_context *context, size_t len)
{
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_size_t(OSSL_DIGEST_PARAM_SIZE, &len), OSSL_PARAM_END };

	return context->digest->init(context->inside, params) == 1;
}
