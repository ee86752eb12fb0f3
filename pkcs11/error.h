/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last of the three error tables: what the minidriver reports, and while what was being done, becomes a
 * return value of PKCS#11. doc/errors.md prints the same table; a test compares them.
 */
#ifndef MDP_PKCS11_ERROR_H
#define MDP_PKCS11_ERROR_H

#include "minidriver/md_error.h"
#include "pkcs11/pkcs11_compat.h"

/* What was being done: the name in doc/errors.md, and the enumerator. */
#define CKI_CALL_LIST(X)                          \
	X(CKI_CALL_GENERAL, "general")            \
	X(CKI_CALL_TOKEN, "token")                \
	X(CKI_CALL_LOGIN, "login")                \
	X(CKI_CALL_POINT, "point")                \
	X(CKI_CALL_AGREE, "agree")                \
	X(CKI_CALL_DERIVE, "derive")              \
	X(CKI_CALL_SIGN, "sign")                  \
	X(CKI_CALL_WRAP, "wrap")                  \
	X(CKI_CALL_UNWRAP, "unwrap")              \
	X(CKI_CALL_CIPHER, "cipher")              \
	X(CKI_CALL_ENCRYPT, "encrypt")            \
	X(CKI_CALL_DECRYPT, "decrypt")            \
	X(CKI_CALL_KEY, "key")                    \
	X(CKI_CALL_MAC, "mac")                    \
	X(CKI_CALL_VERIFY, "verify")              \
	X(CKI_CALL_PUBLIC, "public")              \
	X(CKI_CALL_DIGEST, "digest")              \
	X(CKI_CALL_MESSAGE, "message")

enum cki_call {
#define X(name, text) name,
	CKI_CALL_LIST(X)
#undef X
	CKI_CALL_COUNT
};

/* The return value for an error; defined for every pair, and CKR_OK for MD_OK alone. Logs what it translates. */
CK_RV cki_error(enum cki_call call, md_err err);

/* "agree". */
const char *cki_call_name(enum cki_call call);
/* "CKR_OK", for the log; "CKR_?" for a value this module never returns. */
const char *cki_rv_name(CK_RV rv);

#endif
