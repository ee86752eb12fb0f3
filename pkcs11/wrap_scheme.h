/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A family of wrapping mechanisms; each is a file wrap_*.c, and mech_table.c says which mechanism belongs to which.
 * What is the same for all (the keys' attributes, the template, the new object) is in wrap.c.
 */
#ifndef MDP_PKCS11_WRAP_SCHEME_H
#define MDP_PKCS11_WRAP_SCHEME_H

#include "base/span.h"
#include "minidriver/md.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/secret_key.h"

/* One C_WrapKey or C_UnwrapKey, its wrapping key looked up: it is of the mechanism's kind and allows this use. */
struct wrap_call {
	const CK_MECHANISM *mechanism;
	const struct mech *mech;
	bool wraps;         /* and does not unwrap */
	struct object *kek; /* borrowed: a session key, or a public (wrapping) or private (unwrapping) key of the card */
	bool authenticated; /* C_WrapKeyAuthenticated, C_UnwrapKeyAuthenticated */
	struct span associated; /* their data */
};

struct wrap_scheme {
	/* What is wrong with the mechanism's parameter. Errors: CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*check)(const struct wrap_call *call);
	/*
	 * What else is wrong with it or with the wrapping key, where finding it out takes half of what wrapping takes; NULL:
	 * nothing. wrap() and unwrap() succeed only where this does, which is asked only if something failed. Errors:
	 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT.
	 */
	CK_RV (*probe)(const struct wrap_call *call);
	/* *inout_len as in md_key_wrap. NULL: only unwraps. Errors: CKR_KEY_SIZE_RANGE, CKR_BUFFER_TOO_SMALL. */
	CK_RV (*wrap)(const struct wrap_call *call, struct md_key *key, uint8_t *buffer, size_t *inout_len);
	/*
	 * The draft says which algorithm and length the key is to have. Errors: CKR_WRAPPED_KEY_LEN_RANGE,
	 * CKR_WRAPPED_KEY_INVALID, CKR_TEMPLATE_INCOMPLETE (nothing says how long the key is), the card's.
	 */
	CK_RV (*unwrap)(const struct wrap_call *call, struct span wrapped, const struct secret_key_draft *draft,
			struct md_key **ret_key);
	bool authenticates; /* has C_WrapKeyAuthenticated and C_UnwrapKeyAuthenticated as well */
};

extern const struct wrap_scheme cki_wrap_cipher;   /* CKM_AES_KEY_WRAP and its three with padding, AES, triple DES */
extern const struct wrap_scheme cki_wrap_aead;     /* CKM_AES_GCM, CKM_AES_CCM, CKM_CHACHA20_POLY1305 */
extern const struct wrap_scheme cki_wrap_rsa;      /* CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP */
extern const struct wrap_scheme cki_wrap_rsa_aes;  /* CKM_RSA_AES_KEY_WRAP */
extern const struct wrap_scheme cki_wrap_ecdh_aes; /* CKM_ECDH_AES_KEY_WRAP */

/* ---- shared by the schemes -------------------------------------------------------------------------- */

/*
 * Whether a session key can encrypt or decrypt so at all. Errors: CKR_MECHANISM_PARAM_INVALID,
 * CKR_KEY_TYPE_INCONSISTENT.
 */
CK_RV cki_wrap_probe(const struct wrap_call *call, const struct md_cipher_params *params);

/* RSA with a public key, or the card's private one. */
CK_RV cki_rsa_wrap(struct object *kek, const struct md_rsa_params *params, struct md_key *key, uint8_t *buffer,
		   size_t *inout_len);
struct rsa_unwrap {
	const struct md_rsa_params *params;
	struct span wrapped;
	enum md_key_alg alg;
	size_t len; /* 0: as long as it comes */
};
CK_RV cki_rsa_unwrap(struct object *kek, const struct rsa_unwrap *unwrap, struct md_key **ret_key);
/* Bytes of a block for the card's key. */
size_t cki_rsa_block(struct object *kek);

/* RFC 5649 under an AES key, which is the second half of the two-step mechanisms. */
CK_RV cki_kwp_wrap(struct md_key *aes, struct md_key *key, uint8_t *buffer, size_t *inout_len);
CK_RV cki_kwp_unwrap(struct md_key *aes, struct span wrapped, const struct secret_key_draft *draft,
		     struct md_key **ret_key);
/* How long a key is when it is wrapped so. */
size_t cki_kwp_len(size_t key_len);

static inline void cki_md_key_cleanup(struct md_key **key)
{
	md_key_release(*key);
}
#define AUTO_MD_KEY AUTO(cki_md_key_cleanup) struct md_key

#endif
