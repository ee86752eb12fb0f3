/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <limits.h>
#include <openssl/core_names.h>

#include "minidriver/kdf.h"
#include "minidriver/kdf_prf.h"

/* What BCryptKeyDerivation takes when no number is given (sdk-api, BCryptKeyDerivation, PBKDF2). */
#define DEFAULT_ITERATIONS 10000u

/*
 * BCRYPT_PBKDF2_ALGORITHM: PBKDF2 of RFC 8018, 5.2, with HMAC; Z is the password. OpenSSL counts iterations in 64 bits,
 * so each number but 0 is possible, and lengths in an int: password, salt and result end at 2^31 - 1 bytes.
 */
static struct span salt(const struct kdf_params *params)
{
	return kdf_param(params, kdf_given(params, KDF_SALT) ? KDF_SALT : KDF_GENERIC_PARAMETER);
}

/* CNG's generic parameter is the salt here. */
static DWORD check(const struct kdf_params *params, DWORD flags)
{
	(void)flags;
	if ((kdf_given(params, KDF_SALT) && kdf_given(params, KDF_GENERIC_PARAMETER)) || salt(params).len > INT_MAX)
		return SCARD_E_INVALID_PARAMETER;
	return kdf_prf_check(params->hash);
}

static size_t natural_len(const struct kdf_params *params, size_t z_len)
{
	(void)z_len;
	return params->hash->len;
}

static size_t max_len(const struct kdf_params *params, size_t z_len)
{
	return kdf_prf_takes(params->hash, z_len) ? INT_MAX : 0;
}

static DWORD derive(const struct kdf_request *request)
{
	uint64_t iterations = request->params->iterations != 0 ? request->params->iterations : DEFAULT_ITERATIONS;
	int pkcs5 = 1; /* RFC 8018 alone: without the least lengths and iterations of SP 800-132 */
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &pkcs5),
		kdf_name(OSSL_KDF_PARAM_DIGEST, request->params->hash->ossl),
		kdf_octets(OSSL_KDF_PARAM_PASSWORD, request->z),
		kdf_octets(OSSL_KDF_PARAM_SALT, salt(request->params)),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
		OSSL_PARAM_END,
	};

	return kdf_ossl("PBKDF2", params, request);
}

const struct kdf_ops kdf_pbkdf2 = {
	.name = BCRYPT_PBKDF2_ALGORITHM,
	.required = KDF_BIT(KDF_HASH_ALGORITHM),
	.optional = KDF_BIT(KDF_SALT) | KDF_BIT(KDF_GENERIC_PARAMETER) | KDF_BIT(KDF_ITERATION_COUNT) |
		    KDF_BIT(KDF_KEYBITLENGTH),
	.any_length = true,
	.check = check,
	.natural_len = natural_len,
	.max_len = max_len,
	.derive = derive,
};
