/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A padding of md.h in the words of the table: a type and the structure that belongs to it. */
#ifndef MDP_MINIDRIVER_HOST_RSA_H
#define MDP_MINIDRIVER_HOST_RSA_H

#include "base/compiler.h"
#include "base/secret.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/md.h"

/* A padding of signatures likewise: info points into this structure, which stays where it is. */
struct host_sign_padding {
	DWORD type;
	const void *info; /* NULL: none belongs to the type */
	BCRYPT_PKCS1_PADDING_INFO pkcs1;
	CARD_EXT_PSS_PADDING_INFO pss;
};
/* Errors: MD_E_INVALID_PARAMETER (no RSA scheme, no such hash). */
md_err host_sign_padding_pack(const struct md_sign_params *params, struct host_sign_padding *ret_padding) MUST_USE;
/* Zeros in front of data up to len bytes. Errors: MD_E_INVALID_PARAMETER (it is longer), MD_E_NO_MEMORY. */
md_err host_pad_left(struct span data, size_t len, struct secret *ret_block) MUST_USE;

struct host_padding {
	DWORD type;
	void *info; /* NULL, or points into this structure: it stays where it is */
	CARD_EXT_OAEP_PADDING_INFO oaep;
};

/* Errors: MD_E_INVALID_PARAMETER (no such padding or hash; members of OAEP with another padding). */
md_err host_padding_pack(const struct md_rsa_params *params, struct host_padding *ret_padding) MUST_USE;

#endif
