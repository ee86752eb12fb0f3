/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A mechanism is a row: what C_GetMechanismInfo says of it, which keys it takes, and which operation of md.h it is.
 * What has no row is CKR_MECHANISM_INVALID.
 */
#ifndef MDP_PKCS11_MECH_TABLE_H
#define MDP_PKCS11_MECH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

struct object;
struct token;
struct wrap_scheme;

/* What the parameter of an encrypting or wrapping mechanism is; pkcs11/cipher_params.h reads it. */
enum cki_param {
	CKI_PARAM_IV = 0, /* iv_len bytes, or nothing */
	CKI_PARAM_CTR,
	CKI_PARAM_GCM,
	CKI_PARAM_CCM,
	CKI_PARAM_CHACHA20,
	CKI_PARAM_CHACHA20_POLY1305,
	CKI_PARAM_RC2,
	CKI_PARAM_RC2_CBC,
	CKI_PARAM_COUNT
};

struct mech {
	CK_MECHANISM_TYPE type;
	CK_ULONG min;         /* key size, in the unit that PKCS#11 has for the mechanism */
	CK_ULONG max;
	CK_FLAGS flags;
	unsigned card_keys;   /* card keys it takes: bits 1 << enum md_public_type; 0: works with session keys */
	enum md_hash hash;    /* which it computes with; MD_HASH_NONE: none, or the parameter says */
	unsigned algs;        /* session keys it takes: bits 1 << enum md_key_alg */
	enum cki_param param;
	size_t iv_len;        /* what the parameter is: bytes of an initial value; 0: none */
	bool iv_optional;
	bool legacy;          /* offered only after cki_mech_allow_legacy(true) */
	enum md_cipher_mode mode; /* for CKF_ENCRYPT, CKF_DECRYPT, and CKF_WRAP and CKF_UNWRAP by session keys */
	const struct wrap_scheme *wrap; /* for CKF_WRAP and CKF_UNWRAP */
	enum md_sign sign;        /* for CKF_SIGN and CKF_VERIFY with card keys */
	unsigned padding;         /* bits of enum md_padding that an RSA key of the card must have for it; 0: none */
	enum md_mac_kind mac;     /* for CKF_SIGN and CKF_VERIFY with session keys */
	bool general;             /* the parameter is the MAC's length */
	CK_KEY_TYPE hmac_key;     /* for HMAC and the MAC of TLS: the type of key it takes besides generic secrets */
	CK_KEY_TYPE generates;    /* for CKF_GENERATE; CK_UNAVAILABLE_INFORMATION: the template says */
};

/* Whether mechanisms of OpenSSL's legacy provider are there: module.c says so when it starts and when it ends. */
void cki_mech_allow_legacy(bool allowed);

/* Row `index` of the table, offered or not; NULL past its end. */
const struct mech *cki_mech_row(size_t index);
/* The row of a mechanism that can do `use` (one CKF_ flag); NULL: none. */
const struct mech *cki_mech_find(CK_MECHANISM_TYPE type, CK_FLAGS use);
/* The same among those that C_GetMechanismInfo shows for the token with this use. */
const struct mech *cki_mech_find_offered(const struct token *token, CK_MECHANISM_TYPE type, CK_FLAGS use);
/* The initial value from the parameter of a CKI_PARAM_IV. Errors: CKR_MECHANISM_PARAM_INVALID. */
CK_RV cki_mech_iv(const struct mech *mech, const CK_MECHANISM *mechanism, struct span *ret_iv);
/* Does it take this key of a card (an object of either half)? */
bool cki_mech_takes_card_key(const struct mech *mech, const struct object *key);
/* Does it take a session key of this algorithm? */
bool cki_mech_takes(const struct mech *mech, enum md_key_alg alg);

/* The mechanisms that can do one of the uses with a card's private key; returns how many were written. */
size_t cki_mech_of_key(const struct md_container *key, CK_FLAGS uses, CK_MECHANISM_TYPE *mechanisms, size_t room);

/* C_GetMechanismList: those of the token. Errors: CKR_BUFFER_TOO_SMALL (*inout_count is what is needed). */
CK_RV cki_mech_list(const struct token *token, CK_MECHANISM_TYPE *mechanisms, CK_ULONG *inout_count);
/* C_GetMechanismInfo. Errors: CKR_MECHANISM_INVALID. */
CK_RV cki_mech_info(const struct token *token, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret_info);

#endif
