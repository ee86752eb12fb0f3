/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Windows calls our curves: magics of key blobs and key specifications.
 */
#ifndef MDP_MINIDRIVER_CURVE_WIN_H
#define MDP_MINIDRIVER_CURVE_WIN_H

#include "base/compiler.h"
#include "minidriver/cardmod.h"
#include "minidriver/curve.h"

/* dwMagic of an ECDH or ECDSA public key; the generic one for curves that are not NIST's. */
ULONG curve_ecdh_magic(const struct curve *curve);
ULONG curve_ecdsa_magic(const struct curve *curve);
/* The key specification for signing (AT_ECDSA_*); AT_SIGNATURE for curves that have none. */
DWORD curve_sign_spec(const struct curve *curve);

/* The return code for what curve.h answers. */
DWORD curve_error(enum curve_result result) MUST_USE;

#endif
