/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/pbkdf2.h"

#include <string.h>

#include "base/peek.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/session.h"
#include "pkcs11/token.h"

static enum md_hash find_hash(CK_ULONG prf)
{
	static const struct {
		CK_ULONG prf;
		enum md_hash hash;
	} prfs[] = {
		{ CKP_PKCS5_PBKD2_HMAC_SHA1, MD_HASH_SHA1 },
		{ CKP_PKCS5_PBKD2_HMAC_SHA224, MD_HASH_SHA224 },
		{ CKP_PKCS5_PBKD2_HMAC_SHA256, MD_HASH_SHA256 },
		{ CKP_PKCS5_PBKD2_HMAC_SHA384, MD_HASH_SHA384 },
		{ CKP_PKCS5_PBKD2_HMAC_SHA512, MD_HASH_SHA512 },
		{ CKP_PKCS5_PBKD2_HMAC_SHA512_224, MD_HASH_SHA512_224 },
		{ CKP_PKCS5_PBKD2_HMAC_SHA512_256, MD_HASH_SHA512_256 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(prfs); i++)
		if (prfs[i].prf == prf && md_hash_available(prfs[i].hash))
			return prfs[i].hash;
	return MD_HASH_NONE;
}

/*
 * PKCS#11 2.20 made the length of the password a pointer by mistake, and programs written to it are about; 2.40 named
 * the corrected structure CK_PKCS5_PBKD2_PARAMS2 and left the mechanism, so that only the value itself tells.
 */
static CK_RV read_password(const CKI_PKCS5_PBKD2_PARAMS2 *params, struct span *ret_password)
{
	CK_ULONG len = params->ulPasswordLen;

	if (len > CKI_PASSWORD_MAX && !peek_ulong((uintptr_t)params->ulPasswordLen, &len))
		return CKR_MECHANISM_PARAM_INVALID;
	if (len > CKI_PASSWORD_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	return cki_derive_bytes(params->pPassword, len, ret_password);
}

static CK_RV read_params(const CK_MECHANISM *mechanism, struct md_kdf_plan *plan, struct span *ret_password)
{
	CKI_PKCS5_PBKD2_PARAMS2 params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv != CKR_OK)
		return rv;
	plan->hash = find_hash(params.prf);
	plan->iterations = params.iterations;
	if (params.saltSource != CKZ_SALT_SPECIFIED || plan->hash == MD_HASH_NONE || params.ulPrfDataLen != 0 ||
	    params.iterations == 0 || params.iterations > UINT32_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	rv = cki_derive_bytes(params.pSaltSourceData, params.ulSaltSourceDataLen, &plan->salt);
	return rv != CKR_OK ? rv : read_password(&params, ret_password);
}

CK_RV cki_pbkdf2(struct session *session, const CK_MECHANISM *mechanism, enum md_key_alg alg, size_t key_len,
		 struct md_key **ret_key)
{
	struct token *token = cki_session_token(session);
	struct md_kdf_plan plan = { .kdf = MD_KDF_PBKDF2, .alg = alg, .key_len = key_len };
	struct span password = SPAN_EMPTY;
	CK_RV rv = read_params(mechanism, &plan, &password);

	if (rv != CKR_OK)
		return rv;
	return cki_token_error(token, CKI_CALL_DERIVE,
			       md_password_derive(cki_token_card(token), password, &plan, ret_key));
}
