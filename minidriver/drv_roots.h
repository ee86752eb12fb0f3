/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file msroots: the certificates of authorities on the card, as a PKCS #7 of certificates only (RFC 2315, 9).
 */
#ifndef MDP_MINIDRIVER_DRV_ROOTS_H
#define MDP_MINIDRIVER_DRV_ROOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "minidriver/drv.h"

/* Whether there is an authority's certificate on the card. */
bool drv_has_roots(const struct drv *drv) MUST_USE;

/*
 * The DER of it; the caller frees it with free(). Reads the certificates from the card, each under the driver's lock.
 * Errors: SCARD_E_FILE_NOT_FOUND (none), SCARD_E_COMM_DATA_LOST (a certificate that is none), SCARD_E_NO_MEMORY, the
 * card's.
 */
DWORD drv_roots_make(struct drv *drv, uint8_t **ret_der, size_t *ret_len) MUST_USE;

#endif
