/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"
#include "minidriver/kdf.h"

/*
 * BCRYPT_KDF_SP80056A_CONCAT: H(00000001 || Z || OtherInfo) || H(00000002 || Z || OtherInfo) || ... with
 * OtherInfo = AlgorithmID || PartyUInfo || PartyVInfo || SuppPubInfo || SuppPrivInfo, each taken as it is
 * (NIST SP 800-56A, 5.8.1). Without a hash name it is the hash of the curve's size: 256, 384 or 512 bits.
 */
static const ULONG other_info[] = { KDF_ALGORITHMID, KDF_PARTYUINFO, KDF_PARTYVINFO, KDF_SUPPPUBINFO,
				    KDF_SUPPPRIVINFO };

#define P256_LEN 32u
#define P384_LEN 48u

static const struct hash *hash_or_default(const struct kdf_params *params, size_t z_len)
{
	if (params->hash != NULL)
		return params->hash;
	if (z_len <= P256_LEN)
		return hash_of(HASH_SHA256);
	return hash_of(z_len <= P384_LEN ? HASH_SHA384 : HASH_SHA512);
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	return hash_or_default(params, z_len)->len;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	return kdf_counter_max(hash_or_default(params, z_len));
}

/* Joined in a struct secret, because SuppPrivInfo is one. */
static DWORD join(const struct kdf_params *params, struct secret *ret_info)
{
	size_t len = 0;
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_COUNT(other_info); i++)
		len += kdf_param(params, other_info[i]).len;
	if (!secret_alloc(ret_info, len))
		return SCARD_E_NO_MEMORY;
	for (size_t i = 0; i < ARRAY_COUNT(other_info); i++) {
		const struct span part = kdf_param(params, other_info[i]);

		if (part.len != 0)
			memcpy(ret_info->data + at, part.data, part.len);
		at += part.len;
	}
	return ERROR_SUCCESS;
}

static DWORD derive(const struct kdf_request *request)
{
	AUTO_SECRET info = SECRET_INIT;
	const DWORD err = join(request->params, &info);

	if (err != ERROR_SUCCESS)
		return err;
	return kdf_run_rounds(&(struct kdf_rounds){ .hash = hash_or_default(request->params, request->z.len),
						    .behind = request->z,
						    .info = secret_span(&info) },
			      request);
}

const struct kdf_ops kdf_concat = {
	.name = BCRYPT_KDF_SP80056A_CONCAT,
	.required = KDF_BIT(KDF_ALGORITHMID) | KDF_BIT(KDF_PARTYUINFO) | KDF_BIT(KDF_PARTYVINFO),
	.optional = KDF_BIT(KDF_SUPPPUBINFO) | KDF_BIT(KDF_SUPPPRIVINFO) | KDF_BIT(KDF_HASH_ALGORITHM) |
		    KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive,
};
