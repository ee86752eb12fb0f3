/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parameters of authenticated encryption where the module may choose the nonce: those of messages (PKCS#11 3.0 5.9)
 * and of wrapping (3.2 6.13). As in cipher_params.h the structures stand here under names of ours.
 */
#ifndef MDP_PKCS11_AEAD_PARAMS_H
#define MDP_PKCS11_AEAD_PARAMS_H

#include "pkcs11/cipher_params.h"
#include "pkcs11/nonce.h"

struct cki_gcm_message_params { /* CK_GCM_MESSAGE_PARAMS */
	CK_BYTE *iv;
	CK_ULONG iv_size; /* bytes: what examples of the specification multiply by 8 is an iv of that many */
	CK_ULONG iv_fixed_bits;
	CK_ULONG iv_generator;
	CK_BYTE *tag;
	CK_ULONG tag_bits_count;
};

struct cki_ccm_message_params { /* CK_CCM_MESSAGE_PARAMS */
	CK_ULONG data_size; /* plain text, without the MAC */
	CK_BYTE *nonce;
	CK_ULONG nonce_size;
	CK_ULONG nonce_fixed_bits;
	CK_ULONG nonce_generator;
	CK_BYTE *mac;
	CK_ULONG mac_size;
};

struct cki_chacha20_poly1305_message_params { /* CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS */
	CK_BYTE *nonce;
	CK_ULONG nonce_size; /* 96 and 12 are both taken, as in cipher_params.h */
	CK_BYTE *tag;
};

struct cki_gcm_wrap_params { /* CK_GCM_WRAP_PARAMS */
	CK_BYTE *iv;
	CK_ULONG iv_size;
	CK_ULONG iv_fixed_bits;
	CK_ULONG iv_generator;
	CK_BYTE *aad;
	CK_ULONG aad_size;
	CK_ULONG tag_bits_count;
};

struct cki_ccm_wrap_params { /* CK_CCM_WRAP_PARAMS */
	CK_ULONG data_size_ignored; /* 3.2 6.13.5: tokens shall */
	CK_BYTE *nonce;
	CK_ULONG nonce_size;
	CK_ULONG nonce_fixed_bits;
	CK_ULONG nonce_generator;
	CK_BYTE *aad;
	CK_ULONG aad_size;
	CK_ULONG mac_size;
};

/* What a parameter was read into. Everything it points to is the caller's. */
struct aead_params {
	struct md_cipher_params md; /* encrypt is left to the caller; aad too, where the parameter has none */
	struct nonce_rule rule;
	CK_BYTE *nonce;             /* rule.len bytes, into which a generated one goes; md.iv is the same */
	CK_BYTE *tag;               /* md.tag_len bytes; NULL in parameters of C_WrapKey and C_UnwrapKey */
};

/*
 * The structure that messages and the authenticated wraps have. What is wrong for the key or the mode md_cipher_begin
 * finds. Errors: CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV cki_message_params(const struct mech *mech, const void *parameter, CK_ULONG len, struct aead_params *ret_params);
/*
 * Whether a parameter of C_MessageEncryptInit or C_MessageDecryptInit is one: that structure, which says nothing yet,
 * or none.
 */
bool cki_message_param_fits(const struct mech *mech, const CK_MECHANISM *mechanism);
/*
 * C_WrapKey's and C_UnwrapKey's: the structure of 3.2, or that of encryption, which they had before. Errors:
 * CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV cki_wrap_params(const struct mech *mech, const CK_MECHANISM *mechanism, struct aead_params *ret_params);

#endif
