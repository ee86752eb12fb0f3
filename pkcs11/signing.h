/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What C_Sign* and C_Verify* share: an operation under way, and the engine that does its work. The engine follows
 * from the mechanism's row: the card's private key or a public key (of data in one part, or of a hash that is computed
 * here), or a MAC with a session key. Another kind of key is another engine: sign.c and verify.c keep the rules of the functions,
 * an engine knows its mechanisms.
 */
#ifndef MDP_PKCS11_SIGNING_H
#define MDP_PKCS11_SIGNING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"
#include "pkcs11/session.h"

struct mech;
struct object;
struct signing;

struct sign_engine {
	/*
	 * The types of keys, beyond what is asked of every key. Errors: CKR_KEY_TYPE_INCONSISTENT,
	 * CKR_KEY_SIZE_RANGE.
	 */
	CK_RV (*takes)(const struct mech *mech, const struct object *key);
	/* Begin with a key that may be used; the mechanism's parameter is read. Errors: CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*begin)(struct signing *signing, const CK_MECHANISM *mechanism);
	/* Bytes of the signature; data: all of them for a mechanism of one part, else none. No card command. */
	CK_RV (*len)(const struct signing *signing, struct span data, size_t *ret_len);
	/* Take a part of the data. NULL: they come in one part. */
	CK_RV (*update)(struct signing *signing, struct span part);
	/*
	 * The signature, of as many bytes as len() has told; data: the last, which may be all or none. NULL: such a key
	 * only verifies.
	 */
	CK_RV (*sign)(struct signing *signing, struct span data, CK_BYTE *signature, size_t len);
	/*
	 * Whether it is the signature; data likewise. NULL: such a key only signs. Errors: CKR_SIGNATURE_LEN_RANGE,
	 * CKR_SIGNATURE_INVALID.
	 */
	CK_RV (*verify)(struct signing *signing, struct span data, struct span signature);
};

extern const struct sign_engine cki_sign_card_once;
extern const struct sign_engine cki_sign_card_hash;
extern const struct sign_engine cki_sign_mac;
/* Public keys, which only verify. */
extern const struct sign_engine cki_verify_public_once;
extern const struct sign_engine cki_verify_public_hash;

struct signing {
	const struct sign_engine *engine;
	const struct mech *mech;
	struct object *key;       /* held */
	struct md_sign_params params; /* not cki_sign_mac */
	bool in_parts;            /* a part was given */
	bool asks;                /* the key wants its PIN for this signature */
	bool authenticated;
	struct md_mac *mac;       /* cki_sign_mac */
	struct md_digest *digest; /* cki_sign_card_hash, cki_verify_public_hash */
	CK_BYTE *signature;       /* C_VerifySignatureInit's, owned */
	size_t signature_len;
};

/*
 * C_SignInit, C_VerifyInit, C_SignRecoverInit, C_VerifyRecoverInit and the first half of C_VerifySignatureInit; kind is
 * theirs. A mechanism of NULL ends the operation. Errors:
 * CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED (nothing to end), CKR_MECHANISM_INVALID,
 * CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE,
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_MECHANISM_PARAM_INVALID, CKR_HOST_MEMORY.
 */
CK_RV cki_signing_init(struct session *session, enum cki_operation kind, const CK_MECHANISM *mechanism,
		       CK_OBJECT_HANDLE key);
/*
 * Whether a part of the data can be given now; if not, the operation has ended. Errors: CKR_OPERATION_NOT_INITIALIZED,
 * CKR_FUNCTION_NOT_SUPPORTED (a mechanism of one part), CKR_USER_NOT_LOGGED_IN.
 */
CK_RV cki_signing_takes_parts(struct session *session, enum cki_operation kind);
/*
 * C_SignUpdate, C_VerifyUpdate and C_VerifySignatureUpdate. Errors: as cki_signing_takes_parts, the engine's; each
 * ends the operation.
 */
CK_RV cki_signing_update(struct session *session, enum cki_operation kind, struct span part);
/* The key may still be used. Errors: CKR_USER_NOT_LOGGED_IN. */
CK_RV cki_signing_login(struct session *session, const struct signing *signing);

#endif
