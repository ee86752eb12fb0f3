/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parameters of the mechanisms that encrypt: from the caller's structures, which need not be aligned, to md.h's. The
 * structures stand here under names of ours, because p11-kit's versions have some of them and not others.
 */
#ifndef MDP_PKCS11_CIPHER_PARAMS_H
#define MDP_PKCS11_CIPHER_PARAMS_H

#include "minidriver/md.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/pkcs11_compat.h"

struct cki_ctr_params { /* CK_AES_CTR_PARAMS */
	CK_ULONG counter_bits_count;
	CK_BYTE block[16];
};

struct cki_gcm_params { /* CK_GCM_PARAMS */
	CK_BYTE *iv;
	CK_ULONG iv_size;
	CK_ULONG iv_bits_ignored; /* ulIvBits: PKCS#11 3.0 2.13.5 says not to use it */
	CK_BYTE *aad;
	CK_ULONG aad_size;
	CK_ULONG tag_bits_count;
};

struct cki_gcm_short_params { /* the same in headers of 2.40 that left ulIvBits out */
	CK_BYTE *iv;
	CK_ULONG iv_size;
	CK_BYTE *aad;
	CK_ULONG aad_size;
	CK_ULONG tag_bits_count;
};

struct cki_ccm_params { /* CK_CCM_PARAMS */
	CK_ULONG data_size; /* plain text, without the MAC */
	CK_BYTE *nonce;
	CK_ULONG nonce_size;
	CK_BYTE *aad;
	CK_ULONG aad_size;
	CK_ULONG mac_size;
};

struct cki_chacha20_params { /* CK_CHACHA20_PARAMS */
	CK_BYTE *counter; /* little-endian, as RFC 8439 has it in the cipher's state */
	CK_ULONG counter_bits_count;
	CK_BYTE *nonce;
	CK_ULONG nonce_bits;
};

struct cki_chacha20_poly1305_params { /* CK_SALSA20_CHACHA20_POLY1305_PARAMS */
	CK_BYTE *nonce;
	CK_ULONG nonce_size; /* PKCS#11 says bits, NSS means bytes: 96 and 12 are both taken */
	CK_BYTE *aad;
	CK_ULONG aad_size;
};

struct cki_rc2_cbc_params { /* CK_RC2_CBC_PARAMS */
	CK_ULONG effective_bits;
	CK_BYTE iv[8];
};

/* What a parameter was read into; its spans point into it or at the caller's memory, and it may not be moved. */
struct cipher_params {
	struct md_cipher_params md;
	CK_BYTE iv[16];
};

/*
 * Read the parameter of an encrypting or wrapping mechanism; md.encrypt is left to the caller. What is wrong for the
 * key or the mode md_cipher_begin finds. Errors: CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV cki_cipher_params(const struct mech *mech, const CK_MECHANISM *mechanism, struct cipher_params *ret_params);

#endif
