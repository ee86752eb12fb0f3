/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mechanism parameters of RSA, and of EdDSA, as md.h has them. */
#ifndef MDP_PKCS11_RSA_PARAMS_H
#define MDP_PKCS11_RSA_PARAMS_H

#include <stddef.h>

#include "minidriver/md.h"
#include "pkcs11/pkcs11_compat.h"

struct mech;
struct object;

/* CK_RSA_PKCS_OAEP_PARAMS; what they point to is borrowed. Errors: CKR_MECHANISM_PARAM_INVALID. */
CK_RV cki_oaep_read(const void *params, size_t len, struct md_rsa_params *ret_params);
/*
 * The padding of a mechanism that encrypts with RSA: CKM_RSA_PKCS, CKM_RSA_X_509 (no parameter), CKM_RSA_PKCS_OAEP.
 * Errors: CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV cki_rsa_params(const CK_MECHANISM *mechanism, struct md_rsa_params *ret_params);
/*
 * How a mechanism signs with this key, private or public: CK_RSA_PKCS_PSS_PARAMS with the mechanism's own hash and a salt
 * that fits (PKCS#11 3.0 2.1.9), CK_EDDSA_PARAMS (2.3.14), else no parameter. Errors: CKR_MECHANISM_PARAM_INVALID.
 */
CK_RV cki_sign_params(const struct mech *mech, const CK_MECHANISM *mechanism, struct object *key,
		      struct md_sign_params *ret_params);

#endif
