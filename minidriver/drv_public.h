/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Public keys, which may be anybody's: a session key or data is encrypted to an RSA key, a signature is verified, a
 * secret comes from an agreement with a key pair that is made for this once. (Functions of the extension table, cardmod_ext.h.)
 */
#ifndef MDP_MINIDRIVER_DRV_PUBLIC_H
#define MDP_MINIDRIVER_DRV_PUBLIC_H

#include "base/compiler.h"
#include "base/secret.h"
#include "base/span.h"
#include "minidriver/cardmod_ext.h"

/*
 * The RSA public operation on a block of the modulus' length, in place. Errors: SCARD_E_INVALID_PARAMETER (the public key
 * is none, length), SCARD_E_INVALID_VALUE (no smaller number than the modulus), SCARD_E_NO_MEMORY.
 */
DWORD rsa_public(struct span modulus, struct span exponent, struct secret *block) MUST_USE;

DWORD drv_encrypt_rsa(const CARD_EXT_RSA_WRAP_INFO *info, const BYTE *data, SIZE_T len, PBYTE encrypted,
		      PSIZE_T inout_len);
DWORD drv_verify(const CARD_EXT_VERIFY_INFO *info);
DWORD drv_verify_recover(const CARD_EXT_VERIFY_INFO *info, PBYTE recovered, PSIZE_T inout_len);
DWORD drv_key_wrap_rsa(PCARD_DATA card_data, const CARD_EXT_RSA_WRAP_INFO *info, CARD_KEY_HANDLE handle, PBYTE wrapped,
		       PSIZE_T inout_len);
DWORD drv_agree_ephemeral(PCARD_DATA card_data, const CARD_EXT_POINT_INFO *peer, PBYTE public_point,
			  PSIZE_T inout_len, PCARD_KEY_HANDLE ret_handle);

#endif
