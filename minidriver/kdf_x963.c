/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

/* CARD_EXT_KDF_X963: H(Z || 00000001 || SharedInfo) || ... (ANSI X9.63, 5.6.3; SEC 1, 3.6.1). */
static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return params->hash->len;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return kdf_counter_max(params->hash);
}

static DWORD derive(const struct kdf_request *request)
{
	return kdf_run_rounds(&(struct kdf_rounds){ .hash = request->params->hash,
						    .before = request->z,
						    .info = kdf_param(request->params, KDF_GENERIC_PARAMETER) },
			      request);
}

const struct kdf_ops kdf_x963 = {
	.name = CARD_EXT_KDF_X963,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_GENERIC_PARAMETER) | KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive,
};
