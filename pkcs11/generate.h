/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_GenerateKey: session keys of random bytes, and of passwords. Takes no card command. */
#ifndef MDP_PKCS11_GENERATE_H
#define MDP_PKCS11_GENERATE_H

#include "pkcs11/pkcs11_compat.h"

struct session;

/*
 * *ret_handle is written on success only. Errors: CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
 * CKR_TEMPLATE_INCOMPLETE (CKA_VALUE_LEN of a type of several lengths; CKA_KEY_TYPE where the mechanism makes any), the
 * template's, CKR_DEVICE_REMOVED, CKR_HOST_MEMORY.
 */
CK_RV cki_generate_key(struct session *session, const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *templ,
		       CK_ULONG count, CK_OBJECT_HANDLE *ret_handle);

#endif
