/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_*_KEY_DERIVATION: the hash of a session key (PKCS#11 3.0 2.20.5 for MD5, and the like for the others). Without a
 * length and a type with a length of its own the key is one hash long; of a SHAKE, whose result has any length, the
 * template must say one (2.32.2).
 */
#include "config.h"

#include "pkcs11/derive_scheme.h"

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	const struct derive_row *row = cki_derive_map_find(call->mechanism->mechanism, CKI_NO_VARIANT);
	struct md_kdf_plan plan;

	if (row == NULL)
		return CKR_MECHANISM_INVALID;
	if (call->mechanism->ulParameterLen != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	plan = (struct md_kdf_plan){ .kdf = row->kdf, .hash = row->hash };
	return cki_derive_one(call,
			      &(struct derive_one){ .plan = &plan,
						    .usual = row->kdf == MD_KDF_XOF ? 0 : md_hash_len(row->hash),
						    .history = SECRET_KEY_DERIVED },
			      ret_handle);
}

const struct derive_scheme cki_derive_hash = { .run = run };
