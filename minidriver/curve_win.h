/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Windows calls our curves: magics of key blobs and key specifications, and how a blob holds a public key.
 *
 * CNG's blob holds X and Y, cbKey bytes each, big-endian. Its curve25519 is a generic curve whose blob holds the
 * u-coordinate as X in the byte order of RFC 7748, the least significant byte first, and zeros as Y; X448, which CNG has
 * not, is held here in the same way, and so is the packed point of an Edwards curve.
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

/* Bytes behind the header of a key blob: two coordinates. */
#define CURVE_BLOB_MAX (2u * CURVE_FIELD_MAX)

/* A public key, point_len bytes, as the coordinates of a blob, 2 * field_len bytes. */
void curve_point_to_blob(const struct curve *curve, const uint8_t *point, uint8_t *ret_coordinates);

/* The other way. Returns false if Y is not zero where there is no Y. */
bool curve_point_of_blob(const struct curve *curve, const uint8_t *coordinates, uint8_t *ret_point) MUST_USE;

/* The return code for what curve.h answers. */
DWORD curve_error(enum curve_result result) MUST_USE;

#endif
