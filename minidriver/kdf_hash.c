/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/kdf.h"
#include "minidriver/kdf_prf.h"

/*
 * BCRYPT_KDF_HASH: H(prepend || Z || append), and BCRYPT_KDF_HMAC: the same under HMAC with KDF_HMAC_KEY, the bytes of
 * CARD_EXT_KDF_SALT_KEY, or Z itself as the key. Without a hash name it is SHA-1 (sdk-api, BCryptDeriveKey).
 */
static const struct hash *hash_or_default(const struct kdf_params *params)
{
	return params->hash != NULL ? params->hash : hash_of(HASH_SHA1);
}

static size_t hash_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return hash_or_default(params)->len;
}

/* prepend || Z || append into something that takes bytes */
static bool feed_all(const struct kdf_request *request, kdf_feed_fn feed, void *context)
{
	return kdf_params_feed(request->params, KDF_SECRET_PREPEND, feed, context) && feed(context, request->z) &&
	       kdf_params_feed(request->params, KDF_SECRET_APPEND, feed, context);
}

static bool feed_digest(void *context, struct span bytes)
{
	return ossl_digest_feed(context, bytes);
}

static DWORD derive_hash(const struct kdf_request *request)
{
	AUTO(ossl_digest_end) struct ossl_digest_context context = { .inside = NULL };

	if (!hash_begin(&context, hash_or_default(request->params)))
		return SCARD_E_NO_MEMORY;
	if (!feed_all(request, feed_digest, &context) ||
	    !ossl_digest_finish(&context, request->out, request->out_len))
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

static DWORD check_hmac(const struct kdf_params *params, DWORD flags)
{
	const unsigned keys = (unsigned)kdf_given(params, KDF_HMAC_KEY) +
			      (unsigned)kdf_given(params, CARD_EXT_KDF_SALT_KEY) +
			      ((flags & KDF_USE_SECRET_AS_HMAC_KEY_FLAG) != 0 ? 1u : 0u);

	/* exactly one of them says what the key is */
	return keys == 1 ? kdf_prf_check(params->hash) : SCARD_E_INVALID_PARAMETER;
}

static struct span key_of(const struct kdf_request *request)
{
	if ((request->flags & KDF_USE_SECRET_AS_HMAC_KEY_FLAG) != 0)
		return request->z;
	return kdf_param(request->params,
			 kdf_given(request->params, CARD_EXT_KDF_SALT_KEY) ? CARD_EXT_KDF_SALT_KEY : KDF_HMAC_KEY);
}

static DWORD derive_hmac(const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
	const DWORD err = kdf_prf_key(&prf, hash_or_default(request->params), key_of(request));

	if (err != ERROR_SUCCESS)
		return err;
	if (request->out_len != prf.len || !kdf_prf_start(&prf) || !feed_all(request, kdf_prf_feed, &prf) ||
	    !kdf_prf_finish(&prf, request->out))
		return SCARD_E_UNEXPECTED;
	return ERROR_SUCCESS;
}

const struct kdf_ops kdf_hash = {
	.name = BCRYPT_KDF_HASH,
	.optional = KDF_BIT(KDF_HASH_ALGORITHM) | KDF_BIT(KDF_SECRET_PREPEND) | KDF_BIT(KDF_SECRET_APPEND),
	.natural_len = hash_len,
	.derive = derive_hash,
};

const struct kdf_ops kdf_hmac = {
	.name = BCRYPT_KDF_HMAC,
	.optional = KDF_BIT(KDF_HASH_ALGORITHM) | KDF_BIT(KDF_SECRET_PREPEND) | KDF_BIT(KDF_SECRET_APPEND) |
		    KDF_BIT(KDF_HMAC_KEY) | KDF_BIT(CARD_EXT_KDF_SALT_KEY),
	.flags = KDF_USE_SECRET_AS_HMAC_KEY_FLAG,
	.check = check_hmac,
	.natural_len = hash_len,
	.derive = derive_hmac,
};
