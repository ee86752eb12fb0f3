/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"
#include "minidriver/kdf_prf.h"

#define ROUNDS_MAX 255u /* RFC 5869, 2.3: the number of a round is one octet */

/*
 * BCRYPT_KDF_HKDF: RFC 5869, both steps; CARD_EXT_KDF_HKDF_EXPAND: the second, Z being the pseudorandom key. On HMAC
 * and not on OpenSSL's HKDF, whose info ends at 2048 bytes (OpenSSL 3.0) or 32768.
 */
static DWORD check_hkdf(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	if (kdf_given(params, KDF_HKDF_SALT) && kdf_given(params, CARD_EXT_KDF_SALT_KEY))
		return SCARD_E_INVALID_PARAMETER;
	return kdf_prf_check(params->hash);
}

static DWORD check_expand(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	return kdf_prf_check(params->hash);
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return params->hash->len;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return ROUNDS_MAX * params->hash->len;
}

/* T(n) = HMAC-Hash(PRK, T(n - 1) | info | n) */
static bool feed_round(struct kdf_prf *prf, void *context, uint32_t number, struct span last)
{
	const struct kdf_request *request = context;
	const uint8_t octet = (uint8_t)number;

	return kdf_prf_start(prf) && kdf_prf_feed(prf, last) &&
	       kdf_prf_feed(prf, kdf_param(request->params, KDF_HKDF_INFO)) &&
	       kdf_prf_feed(prf, span_of(&octet, sizeof(octet)));
}

static DWORD expand(const struct kdf_request *request, struct kdf_prf *prf, struct span prk)
{
	struct kdf_request copy = *request;
	const DWORD err = kdf_prf_key(prf, request->params->hash, prk);

	return err != ERROR_SUCCESS ? err : kdf_prf_expand(prf, feed_round, &copy, request);
}

/* PRK = HMAC-Hash(salt, IKM); a salt that is not given is the same as an empty one. */
static DWORD extract(const struct kdf_request *request, struct kdf_prf *prf, struct secret *ret_prk)
{
	const bool key = kdf_given(request->params, CARD_EXT_KDF_SALT_KEY);
	const DWORD err = kdf_prf_key(prf, request->params->hash,
				      kdf_param(request->params, key ? CARD_EXT_KDF_SALT_KEY : KDF_HKDF_SALT));

	if (err != ERROR_SUCCESS)
		return err;
	if (!secret_alloc(ret_prk, prf->len))
		return SCARD_E_NO_MEMORY;
	return kdf_prf_start(prf) && kdf_prf_feed(prf, request->z) && kdf_prf_finish(prf, ret_prk->data)
		       ? ERROR_SUCCESS
		       : SCARD_E_UNEXPECTED;
}

static DWORD derive_hkdf(const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;
	AUTO_SECRET prk = SECRET_INIT;
	const DWORD err = extract(request, &prf, &prk);

	return err != ERROR_SUCCESS ? err : expand(request, &prf, secret_span(&prk));
}

static DWORD derive_expand(const struct kdf_request *request)
{
	AUTO(kdf_prf_end) struct kdf_prf prf = KDF_PRF_INIT;

	return expand(request, &prf, request->z);
}

const struct kdf_ops kdf_hkdf = {
	.name = BCRYPT_KDF_HKDF,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_HKDF_SALT) | KDF_BIT(CARD_EXT_KDF_SALT_KEY) | KDF_BIT(KDF_HKDF_INFO) |
		    KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check_hkdf,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive_hkdf,
};

const struct kdf_ops kdf_hkdf_expand = {
	.name = CARD_EXT_KDF_HKDF_EXPAND,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_HKDF_INFO) | KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check_expand,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive_expand,
};
