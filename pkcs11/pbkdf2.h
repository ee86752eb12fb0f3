/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CKM_PKCS5_PBKD2: a session key from a password (PKCS#11 3.2 6.37.4). */
#ifndef MDP_PKCS11_PBKDF2_H
#define MDP_PKCS11_PBKDF2_H

#include <stddef.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

struct session;

/* No password has more bytes. */
#define CKI_PASSWORD_MAX 65535u

/*
 * CK_PKCS5_PBKD2_PARAMS2, or CK_PKCS5_PBKD2_PARAMS, where ulPasswordLen is a pointer: a number up to CKI_PASSWORD_MAX
 * is a length, and one that a CK_ULONG can be read at is a pointer. The key has one reference, the caller's. Errors:
 * CKR_MECHANISM_PARAM_INVALID (size, salt source, iterations 0 or over 2^32 - 1, PRF, its data, pointers, length of
 * the password), CKR_ATTRIBUTE_VALUE_INVALID (key_len), CKR_DEVICE_REMOVED, CKR_HOST_MEMORY.
 */
CK_RV cki_pbkdf2(struct session *session, const CK_MECHANISM *mechanism, enum md_key_alg alg, size_t key_len,
		 struct md_key **ret_key);

#endif
