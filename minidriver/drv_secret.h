/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a derivation starts from: an agreed secret or a session key, and behind it the further secrets that the
 * parameter list names (KDF_SECRET_HANDLE, CARD_EXT_KDF_SESSION_KEY).
 */
#ifndef MDP_MINIDRIVER_DRV_SECRET_H
#define MDP_MINIDRIVER_DRV_SECRET_H

#include "base/compiler.h"
#include "base/secret.h"
#include "minidriver/cardmod.h"
#include "minidriver/drv_key_alg.h"
#include "minidriver/drv_params.h"

struct drv_base {
	struct span z;             /* the value of a session key, which the caller holds; or the bytes of `own` */
	struct secret own;         /* agreed, joined or empty */
	const struct key_alg *alg; /* of the session key that z is; NULL: agreed, joined or empty */
	struct secret salt;        /* the bytes of CARD_EXT_KDF_SALT_KEY */
	struct secret *field_keys; /* owned: those of each CARD_EXT_KDF_FIELD_KEY, in list order; NULL: none */
	size_t field_key_count;
};

#define DRV_BASE_INIT { .z = SPAN_EMPTY, .own = SECRET_INIT, .salt = SECRET_INIT }

void drv_base_clear(struct drv_base *base);

/*
 * Join the further secrets to base->z, in list order, and put the salt key's bytes and the field keys' where the KDFs
 * look for them (params then points into base). A KDF_SECRET_HANDLE is the caller's: pfnCspGetDHAgreement says which
 * agreement of this context it is, and that agreement lives on (v7 specification, pfnCspGetDHAgreement). Errors:
 * SCARD_E_INVALID_PARAMETER (no callback, no such agreement), SCARD_E_INVALID_HANDLE (no such session key),
 * SCARD_E_NO_MEMORY, the callback's own.
 */
DWORD drv_base_join(PCARD_DATA card_data, struct kdf_params *params, struct drv_base *base) MUST_USE;

#endif
