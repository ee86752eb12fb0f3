/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/cardmod_ext.h"
#include "minidriver/kdf.h"

/* CARD_EXT_KDF_JOIN: prepends || Z || appends, unhashed (PKCS #11, concatenation of keys and data). */
static size_t plus(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	return plus(plus(kdf_params_len(params, KDF_SECRET_PREPEND), z_len),
		    kdf_params_len(params, KDF_SECRET_APPEND));
}

/* Where the next bytes go. */
struct place {
	uint8_t *at;
	size_t left;
};

static bool put(void *context, struct span bytes)
{
	struct place *place = context;
	const size_t len = bytes.len < place->left ? bytes.len : place->left;

	if (len != 0)
		memcpy(place->at, bytes.data, len);
	place->at += len;
	place->left -= len;
	return true;
}

static DWORD derive(const struct kdf_request *request)
{
	struct place place = { .at = request->out, .left = request->out_len };

	if (!kdf_params_feed(request->params, KDF_SECRET_PREPEND, put, &place) || !put(&place, request->z) ||
	    !kdf_params_feed(request->params, KDF_SECRET_APPEND, put, &place))
		return SCARD_E_UNEXPECTED;
	return place.left == 0 ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

const struct kdf_ops kdf_join = {
	.name = CARD_EXT_KDF_JOIN,
	.optional = KDF_BIT(KDF_SECRET_PREPEND) | KDF_BIT(KDF_SECRET_APPEND),
	.natural_len = natural_len,
	.derive = derive,
};
