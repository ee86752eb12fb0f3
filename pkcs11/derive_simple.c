/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The miscellaneous simple key derivations (PKCS#11 3.2 6.43): a session key joined with another or with data, XORed
 * with data, or some of its bits. What comes out has the base key's bytes, and so its restrictions.
 */
#include "config.h"

#include <string.h>

#include "pkcs11/derive_scheme.h"

#define BITS_IN_BYTE 8u

static CK_RV run_key(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	const size_t base_len = md_key_len(cki_object_key(call->base));
	AUTO_OBJECT *other = NULL;
	CK_OBJECT_HANDLE handle;
	struct md_kdf_plan plan = { .kdf = MD_KDF_JOIN };
	CK_RV rv = cki_derive_param(call->mechanism, &handle, sizeof(handle));

	if (rv == CKR_OK)
		rv = cki_derive_find_key(call, handle, &other);
	if (rv != CKR_OK)
		return rv;
	plan.second = cki_object_key(other);
	return cki_derive_one(call,
			      &(struct derive_one){ .plan = &plan,
						    .usual = base_len + md_key_len(plan.second),
						    .history = SECRET_KEY_PART,
						    .others = &other,
						    .other_count = 1 },
			      ret_handle);
}

/* The three mechanisms with CK_KEY_DERIVATION_STRING_DATA: where the data goes in. */
static struct span *data_of(struct md_kdf_plan *plan, CK_MECHANISM_TYPE mechanism)
{
	if (mechanism == CKM_XOR_BASE_AND_DATA)
		return &plan->info;
	return mechanism == CKM_CONCATENATE_BASE_AND_DATA ? &plan->append : &plan->prepend;
}

static CK_RV run_data(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	const CK_MECHANISM_TYPE mechanism = call->mechanism->mechanism;
	const size_t base_len = md_key_len(cki_object_key(call->base));
	struct md_kdf_plan plan = { .kdf = cki_derive_map_find(mechanism, CKI_NO_VARIANT)->kdf };
	CK_KEY_DERIVATION_STRING_DATA params;
	CK_RV rv = cki_derive_param(call->mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = cki_derive_bytes(params.pData, params.ulLen, data_of(&plan, mechanism));
	if (rv == CKR_OK && plan.kdf == MD_KDF_XOR && plan.info.len == 0)
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK)
		return rv;
	return cki_derive_one(call,
			      &(struct derive_one){ .plan = &plan,
						    .usual = md_kdf_max_len(&plan, base_len),
						    .history = SECRET_KEY_PART },
			      ret_handle);
}

static CK_RV run_bits(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	const size_t base_len = md_key_len(cki_object_key(call->base));
	struct md_kdf_plan plan = { .kdf = MD_KDF_EXTRACT };
	CK_ULONG first; /* CK_EXTRACT_PARAMS */
	CK_RV rv = cki_derive_param(call->mechanism, &first, sizeof(first));

	if (rv == CKR_OK && first >= BITS_IN_BYTE * base_len)
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv != CKR_OK)
		return rv;
	plan.bit_offset = first;
	return cki_derive_one(call, &(struct derive_one){ .plan = &plan, .history = SECRET_KEY_PART }, ret_handle);
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	switch (call->mechanism->mechanism) {
	case CKM_CONCATENATE_BASE_AND_KEY:
		return run_key(call, ret_handle);
	case CKM_EXTRACT_KEY_FROM_KEY:
		return run_bits(call, ret_handle);
	default:
		return run_data(call, ret_handle);
	}
}

const struct derive_scheme cki_derive_simple = { .run = run };
