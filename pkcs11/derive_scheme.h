/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A family of derivation mechanisms: what its base keys are, and how a call is carried out. Each family is a file
 * derive_*.c; which mechanism belongs to which is said in derive_map.c.
 */
#ifndef MDP_PKCS11_DERIVE_SCHEME_H
#define MDP_PKCS11_DERIVE_SCHEME_H

#include <stdbool.h>

#include "minidriver/md.h"
#include "pkcs11/derive.h"
#include "pkcs11/derive_map.h"
#include "pkcs11/object.h"
#include "pkcs11/secret_key.h"

/* One C_DeriveKey, its base key looked up: it is of the scheme's kind, derives, and allows the mechanism. */
struct derive_call {
	struct session *session;
	const CK_MECHANISM *mechanism;
	const CK_ATTRIBUTE *templ;
	CK_ULONG count;
	struct object *base; /* borrowed */
};

struct derive_scheme {
	bool card_key;   /* the base key is a private key of the card; else a secret key of the session */
	bool no_handle;  /* what is derived goes where the parameter says, so phKey may be NULL */
	bool data_base;  /* a data object will do for the base key; takes is not asked */
	/* Whether a base key of this type will do; NULL: any. */
	bool (*takes)(const struct derive_call *call, CK_KEY_TYPE type);
	/* Everything else. ret_handle is NULL only with no_handle. */
	CK_RV (*run)(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle);
};

extern const struct derive_scheme cki_derive_capi;
extern const struct derive_scheme cki_derive_ecdh;
extern const struct derive_scheme cki_derive_encrypt;
extern const struct derive_scheme cki_derive_hash;
extern const struct derive_scheme cki_derive_hkdf;
extern const struct derive_scheme cki_derive_simple;
extern const struct derive_scheme cki_derive_sp800_108;
extern const struct derive_scheme cki_derive_tls_kdf;
extern const struct derive_scheme cki_derive_tls_keys;
extern const struct derive_scheme cki_derive_tls_master;
extern const struct derive_scheme cki_derive_tls_prf;

/*
 * The parameter structure of a mechanism, copied, because a caller's may stand at any address. Errors:
 * CKR_MECHANISM_PARAM_INVALID (NULL, another length).
 */
CK_RV cki_derive_param(const CK_MECHANISM *mechanism, void *ret_params, size_t size);

/*
 * Bytes that a parameter points to. Errors: CKR_MECHANISM_PARAM_INVALID (NULL with a length, longer than the interface
 * below can name).
 */
CK_RV cki_derive_bytes(const void *data, CK_ULONG len, struct span *ret_bytes);
/*
 * A secret key that a parameter names, held: it must derive and allow the mechanism, as the base key must. Errors:
 * CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED.
 */
CK_RV cki_derive_find_key(const struct derive_call *call, CK_OBJECT_HANDLE handle, struct object **ret_key);

/* What a call's template asks for, as begun with cki_secret_key_begin. */
CK_RV cki_derive_begin(const struct derive_call *call, enum secret_key_history history,
		       struct secret_key_draft *ret_draft);

/*
 * Settle the length of the key: CKA_VALUE_LEN as asked, else the type's own, else `usual`; never more than the plan
 * gives from a secret of secret_len bytes. Sets plan->alg and plan->key_len. Errors: CKR_TEMPLATE_INCOMPLETE (nothing
 * says a length), too_long.
 */
struct derive_len {
	size_t secret_len;
	size_t usual;   /* of a key type of any length; 0: it must be asked for */
	CK_RV too_long; /* 0: CKR_ATTRIBUTE_VALUE_INVALID */
};
CK_RV cki_derive_choose_len(const struct derive_len *len, const struct secret_key_draft *draft,
			    struct md_kdf_plan *plan);

/*
 * The usual way of a family with one result: begin by the template, settle the length, derive from the base session
 * key, commit. plan says everything but alg and key_len; usual and too_long are of cki_derive_choose_len. Errors: the
 * template's, the length's, the derivation's.
 */
struct derive_one {
	struct md_kdf_plan *plan;
	size_t usual;
	CK_RV too_long;
	enum secret_key_history history;
	struct object *const *others; /* further base keys */
	size_t other_count;
	bool data;                    /* the result is a data object */
	CK_KEY_TYPE type;             /* the only one the result can have; 0: the template says */
};
/* Its beginning alone: plan, usual and too_long are not looked at. */
CK_RV cki_derive_begin_one(const struct derive_call *call, const struct derive_one *one,
			   struct secret_key_draft *ret_draft);
CK_RV cki_derive_one(const struct derive_call *call, const struct derive_one *one, CK_OBJECT_HANDLE *ret_handle);

/* A part of a session key, as another one. The new key has one reference, the caller's. */
struct derive_piece {
	size_t at;
	size_t len;
	enum md_key_alg alg;
};
CK_RV cki_derive_cut(struct md_key *from, const struct derive_piece *piece, struct md_key **ret_key);

/*
 * What the parameters of CKM_ECDH1_DERIVE and a template ask of the key of a container: the KDF and the length. The
 * public data are copied to *ret_params unchecked. Errors: CKR_MECHANISM_PARAM_INVALID, CKR_ATTRIBUTE_VALUE_INVALID.
 */
CK_RV cki_ecdh_plan(const CK_MECHANISM *mechanism, const struct md_container *container,
		    const struct secret_key_draft *draft, struct md_kdf_plan *ret_plan,
		    CK_ECDH1_DERIVE_PARAMS *ret_params);
/*
 * The card's key `base` agrees with a point and the secret goes through a plan; one card operation. And the other side
 * of that: a key pair made for this once agrees with the card's public key, without the card.
 */
CK_RV cki_agree_and_derive(struct object *base, const struct md_point *peer, const struct md_kdf_plan *plan,
			   struct md_key **ret_key);
CK_RV cki_ephemeral_agree(struct object *to, struct md_point *ret_public, struct md_key **ret_secret);

#endif
