/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/rsa_params.h"

#include <string.h>

#include "base/compiler.h"
#include "pkcs11/hash_name.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/public_key.h"

/* ---- encryption ------------------------------------------------------------------------------------- */

static const struct {
	CK_RSA_PKCS_MGF_TYPE mgf;
	enum md_hash hash;
} mgfs[] = {
	{ CKG_MGF1_SHA1, MD_HASH_SHA1 },         { CKG_MGF1_SHA224, MD_HASH_SHA224 },
	{ CKG_MGF1_SHA256, MD_HASH_SHA256 },     { CKG_MGF1_SHA384, MD_HASH_SHA384 },
	{ CKG_MGF1_SHA512, MD_HASH_SHA512 },     { CKG_MGF1_SHA3_224, MD_HASH_SHA3_224 },
	{ CKG_MGF1_SHA3_256, MD_HASH_SHA3_256 }, { CKG_MGF1_SHA3_384, MD_HASH_SHA3_384 },
	{ CKG_MGF1_SHA3_512, MD_HASH_SHA3_512 },
};

static enum md_hash hash_of_mgf(CK_RSA_PKCS_MGF_TYPE mgf)
{
	for (size_t i = 0; i < ARRAY_COUNT(mgfs); i++)
		if (mgfs[i].mgf == mgf)
			return mgfs[i].hash;
	return MD_HASH_NONE;
}

CK_RV cki_oaep_read(const void *structure, size_t len, struct md_rsa_params *ret_params)
{
	CK_RSA_PKCS_OAEP_PARAMS params;

	if (structure == NULL || len != sizeof(params))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&params, structure, sizeof(params));
	/* without a label some callers say of no source that it was specified, and some of none that it was not */
	if (params.source != CKZ_DATA_SPECIFIED && (params.source != 0 || params.ulSourceDataLen != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	if (params.pSourceData == NULL && params.ulSourceDataLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_params = (struct md_rsa_params){
		.padding = MD_RSA_OAEP,
		.hash = cki_hash_of_digest(params.hashAlg),
		.mgf = hash_of_mgf(params.mgf),
		.label = span_of(params.pSourceData, params.ulSourceDataLen),
	};
	if (ret_params->hash == MD_HASH_NONE || ret_params->mgf == MD_HASH_NONE)
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

CK_RV cki_rsa_params(const CK_MECHANISM *mechanism, struct md_rsa_params *ret_params)
{
	if (mechanism->mechanism == CKM_RSA_PKCS_OAEP)
		return cki_oaep_read(mechanism->pParameter, mechanism->ulParameterLen, ret_params);
	*ret_params = (struct md_rsa_params){
		.padding = mechanism->mechanism == CKM_RSA_X_509 ? MD_RSA_NONE : MD_RSA_PKCS1,
	};
	return mechanism->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* ---- signatures ------------------------------------------------------------------------------------- */

/* RFC 8017, 9.1.1: hash, salt and two bytes fit into a bit less than the modulus has. */
static bool salt_fits(struct object *key, const struct md_sign_params *params)
{
	const size_t bits = cki_object_bits(key);
	const size_t room = bits != 0 ? (bits - 1 + 7) / 8 : 0;
	const size_t taken = md_hash_len(params->hash) + 2;

	return room >= taken && params->salt_len <= room - taken;
}

static CK_RV read_pss(const struct mech *mech, const CK_MECHANISM *mechanism, struct object *key,
		      struct md_sign_params *ret_params)
{
	CK_RSA_PKCS_PSS_PARAMS params;

	if (mechanism->pParameter == NULL || mechanism->ulParameterLen != sizeof(params))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&params, mechanism->pParameter, sizeof(params));
	ret_params->hash = cki_hash_of_digest(params.hashAlg);
	ret_params->mgf = hash_of_mgf(params.mgf);
	ret_params->salt_len = params.sLen;
	if (ret_params->hash == MD_HASH_NONE || ret_params->mgf == MD_HASH_NONE ||
	    (mech->hash != MD_HASH_NONE && mech->hash != ret_params->hash) || !salt_fits(key, ret_params))
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

/*
 * PKCS#11 3.0 table 47: on Ed25519 a parameter means Ed25519ctx or Ed25519ph, and Ed448 has it always. Cards sign by
 * neither of the two, nor in a context.
 */
static CK_RV check_eddsa(const CK_MECHANISM *mechanism, struct object *key)
{
	struct cki_eddsa_params params;

	if (mechanism->ulParameterLen == 0)
		return CKR_OK;
	if (mechanism->pParameter == NULL || mechanism->ulParameterLen != sizeof(params))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&params, mechanism->pParameter, sizeof(params));
	return cki_object_bits(key) == 448 && params.phFlag == CK_FALSE && params.ulContextDataLen == 0
		       ? CKR_OK
		       : CKR_MECHANISM_PARAM_INVALID;
}

CK_RV cki_sign_params(const struct mech *mech, const CK_MECHANISM *mechanism, struct object *key,
		      struct md_sign_params *ret_params)
{
	*ret_params = (struct md_sign_params){ .scheme = mech->sign, .hash = mech->hash };
	if (mech->sign == MD_SIGN_RSA_PSS)
		return read_pss(mech, mechanism, key, ret_params);
	if (mech->sign == MD_SIGN_EDDSA)
		return check_eddsa(mechanism, key);
	return mechanism->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}
