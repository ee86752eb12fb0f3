/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A padding of md.h in the words of the table: a type and the structure that belongs to it. */
#ifndef MDP_MINIDRIVER_HOST_RSA_H
#define MDP_MINIDRIVER_HOST_RSA_H

#include "base/compiler.h"
#include "minidriver/cardmod_ext.h"
#include "minidriver/md.h"

struct host_padding {
	DWORD type;
	void *info; /* NULL, or points into this structure: it stays where it is */
	CARD_EXT_OAEP_PADDING_INFO oaep;
};

/* Errors: MD_E_INVALID_PARAMETER (no such padding or hash; members of OAEP with another padding). */
md_err host_padding_pack(const struct md_rsa_params *params, struct host_padding *ret_padding) MUST_USE;

#endif
