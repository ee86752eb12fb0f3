/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/ossl_fetch.h"
#include "minidriver/kdf.h"
#include "base/quiet.h"

/*
 * BCRYPT_KDF_HASH: H(prepend || Z || append), and BCRYPT_KDF_HMAC: the same under HMAC with KDF_HMAC_KEY or with Z
 * itself as the key. Without a hash name it is SHA-1 (sdk-api, BCryptDeriveKey).
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

static void md_context_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}
static void mac_context_free(EVP_MAC_CTX **context)
{
	EVP_MAC_CTX_free(*context);
}

static bool feed_md(void *context, struct span bytes)
{
	return EVP_DigestUpdate(context, bytes.data, bytes.len) == 1;
}

static DWORD derive_hash(const struct kdf_request *request)
{
	AUTO(md_context_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned len = 0;

	OSSL_QUIET();
	if (context == NULL)
		return SCARD_E_NO_MEMORY;
	if (!hash_begin(context, hash_or_default(request->params)) || !feed_all(request, feed_md, context) ||
	    EVP_DigestFinal_ex(context, request->out, &len) != 1)
		return SCARD_E_UNEXPECTED;
	return len == request->out_len ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD check_hmac(const struct kdf_params *params, DWORD flags)
{
	const bool key = (params->given & KDF_BIT(KDF_HMAC_KEY)) != 0;
	const bool secret = (flags & KDF_USE_SECRET_AS_HMAC_KEY_FLAG) != 0;

	/* exactly one of them says what the key is */
	return key != secret ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static bool feed_mac(void *context, struct span bytes)
{
	return EVP_MAC_update(context, bytes.data, bytes.len) == 1;
}

static bool start_mac(EVP_MAC_CTX *context, const struct kdf_request *request)
{
	static const uint8_t nothing;
	const bool secret = (request->flags & KDF_USE_SECRET_AS_HMAC_KEY_FLAG) != 0;
	const struct span key = secret ? request->z : request->params->bytes[KDF_HMAC_KEY];
	const OSSL_PARAM params[] = { kdf_name(OSSL_MAC_PARAM_DIGEST, hash_or_default(request->params)->ossl),
				      OSSL_PARAM_END };

	return EVP_MAC_init(context, key.len != 0 ? key.data : &nothing, key.len, params) == 1;
}

static DWORD derive_hmac(const struct kdf_request *request)
{
	AUTO(mac_context_free) EVP_MAC_CTX *context = NULL;
	EVP_MAC *mac;
	size_t len = 0;

	OSSL_QUIET();
	mac = ossl_mac("HMAC");
	context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	if (context == NULL)
		return SCARD_E_NO_MEMORY;
	if (!start_mac(context, request) || !feed_all(request, feed_mac, context) ||
	    EVP_MAC_final(context, request->out, &len, request->out_len) != 1)
		return SCARD_E_UNEXPECTED;
	return len == request->out_len ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
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
		    KDF_BIT(KDF_HMAC_KEY),
	.flags = KDF_USE_SECRET_AS_HMAC_KEY_FLAG,
	.check = check_hmac,
	.natural_len = hash_len,
	.derive = derive_hmac,
};
