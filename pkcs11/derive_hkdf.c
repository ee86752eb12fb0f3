/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_HKDF_DERIVE and CKM_HKDF_DATA: RFC 5869 with a session key (PKCS#11 3.2 6.62), one of its steps or both. Base
 * keys and salts are of any length, as in the RFC; a data object as the base must be one hash long and needs a salt.
 */
#include "config.h"

#include "pkcs11/derive_scheme.h"
#include "pkcs11/hash_name.h"

/* One derivation, its parameters checked. */
struct hkdf {
	struct md_kdf_plan plan;
	struct object *salt_key; /* held */
};

static void hkdf_end(struct hkdf *hkdf)
{
	cki_object_release(hkdf->salt_key);
}

/* The salt is of the extraction, and not looked at without it. */
static CK_RV read_salt(const struct derive_call *call, const CKI_HKDF_PARAMS *params, struct hkdf *hkdf)
{
	CK_RV rv;

	switch (params->ulSaltType) {
	case CKF_HKDF_SALT_NULL:
		return CKR_OK;
	case CKF_HKDF_SALT_DATA:
		return cki_derive_bytes(params->pSalt, params->ulSaltLen, &hkdf->plan.salt);
	case CKF_HKDF_SALT_KEY:
		rv = cki_derive_find_key(call, params->hSaltKey, &hkdf->salt_key);
		if (rv == CKR_OK)
			hkdf->plan.salt_key = cki_object_key(hkdf->salt_key);
		return rv;
	default:
		return CKR_MECHANISM_PARAM_INVALID;
	}
}

static CK_RV find_kdf(const struct derive_call *call, const CKI_HKDF_PARAMS *params, enum md_kdf *ret_kdf)
{
	const CK_ULONG steps = (params->bExtract ? CKI_HKDF_EXTRACT : 0) | (params->bExpand ? CKI_HKDF_EXPAND : 0);
	const struct derive_row *row = cki_derive_map_find(call->mechanism->mechanism, steps);

	if (row == NULL || params->bExtract > CK_TRUE || params->bExpand > CK_TRUE)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_kdf = row->kdf;
	return CKR_OK;
}

static CK_RV read_params(const struct derive_call *call, struct hkdf *hkdf)
{
	CKI_HKDF_PARAMS params;
	CK_RV rv = cki_derive_param(call->mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = find_kdf(call, &params, &hkdf->plan.kdf);
	if (rv != CKR_OK)
		return rv;
	hkdf->plan.hash = cki_hash_of_digest(params.prfHashMechanism);
	if (hkdf->plan.hash == MD_HASH_NONE || hkdf->plan.hash == MD_HASH_MD5)
		return CKR_MECHANISM_PARAM_INVALID;
	if (params.bExpand)
		rv = cki_derive_bytes(params.pInfo, params.ulInfoLen, &hkdf->plan.info);
	if (rv == CKR_OK && params.bExtract)
		rv = read_salt(call, &params, hkdf);
	return rv;
}

/* What the standard asks of data instead of a base key: there is a secret in the salt, or there is none at all. */
static CK_RV check_data(const struct derive_call *call, const struct hkdf *hkdf)
{
	if (cki_object_class(call->base) != CKO_DATA)
		return CKR_OK;
	if (hkdf->plan.salt.len == 0 && hkdf->plan.salt_key == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	if (md_key_len(cki_object_key(call->base)) != md_hash_len(hkdf->plan.hash))
		return CKR_KEY_SIZE_RANGE;
	return CKR_OK;
}

static bool takes(const struct derive_call *call, CK_KEY_TYPE type)
{
	(void)call;
	return type == CKK_HKDF || type == CKK_GENERIC_SECRET;
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO(hkdf_end) struct hkdf hkdf = { .salt_key = NULL };
	CK_RV rv = read_params(call, &hkdf);

	if (rv == CKR_OK)
		rv = check_data(call, &hkdf);
	if (rv != CKR_OK)
		return rv;
	return cki_derive_one(call,
			      &(struct derive_one){ .plan = &hkdf.plan,
						    .usual = md_hash_len(hkdf.plan.hash),
						    .history = SECRET_KEY_DERIVED,
						    .data = call->mechanism->mechanism == CKM_HKDF_DATA },
			      ret_handle);
}

const struct derive_scheme cki_derive_hkdf = { .data_base = true, .takes = takes, .run = run };
