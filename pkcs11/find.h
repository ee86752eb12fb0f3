/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C_FindObjects*: the result is settled at C_FindObjectsInit, but for objects that go before they are told. No card
 * command, but for the first look at certificates by what stands in them.
 */
#ifndef MDP_PKCS11_FIND_H
#define MDP_PKCS11_FIND_H

#include "pkcs11/pkcs11_compat.h"

struct session;

/*
 * A class or an attribute nobody has finds nothing. Errors: CKR_OPERATION_ACTIVE, CKR_ATTRIBUTE_VALUE_INVALID,
 * CKR_HOST_MEMORY.
 */
CK_RV cki_find_init(struct session *session, const CK_ATTRIBUTE *templ, CK_ULONG count);
/* Errors: CKR_OPERATION_NOT_INITIALIZED. */
CK_RV cki_find_next(struct session *session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *ret_count);
/* Errors: CKR_OPERATION_NOT_INITIALIZED. */
CK_RV cki_find_final(struct session *session);

#endif
