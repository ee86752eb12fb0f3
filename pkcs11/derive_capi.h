/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CKM_MINIDRIVER_CAPI_DERIVE in C_GenerateKey: the key of the hash of the data that the parameter names.
 */
#ifndef MDP_PKCS11_DERIVE_CAPI_H
#define MDP_PKCS11_DERIVE_CAPI_H

#include "pkcs11/secret_key.h"

/*
 * request->type is not looked at: the parameter says it. Errors: CKR_MECHANISM_PARAM_INVALID, the template's,
 * CKR_TEMPLATE_INCONSISTENT (another type or length than the parameter's), the card's.
 */
CK_RV cki_capi_generate(const struct secret_key_request *request, const CK_MECHANISM *mechanism,
			CK_OBJECT_HANDLE *ret_handle);

#endif
