/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * By what a caller knows a card and its containers again: the card's identifier, the containers' names, and the numbers
 * that are others as soon as something on the card is. All of them are computed from what is on the card: the same card
 * has the same ones in every process.
 */
#ifndef MDP_MINIDRIVER_DRV_IDENTITY_H
#define MDP_MINIDRIVER_DRV_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "minidriver/drv.h"

#define DRV_GUID_LEN 16u

/* The card's identifier (file cardid): the same for the same card always. False if OpenSSL fails. */
bool drv_guid(const struct drv *drv, BYTE ret_guid[DRV_GUID_LEN]) MUST_USE;

/*
 * A container's name, a GUID in braces: it is the key's, by the card and the key's id, whatever other keys there are
 * and wherever it stands among them. False if OpenSSL fails.
 */
bool drv_container_name(const struct drv *drv, size_t container, WCHAR ret_name[MAX_CONTAINER_NAME_LEN + 1]) MUST_USE;

/*
 * The file cardcf. Its numbers are digests: of the descriptions of the PINs, of the keys with their public keys, and of
 * the certificates, which are read for it. One that cannot be read counts as such. Takes the driver's lock.
 * Errors: SCARD_E_UNEXPECTED, SCARD_E_NO_MEMORY, and of a card that is gone or busy.
 */
DWORD drv_cache_file(struct drv *drv, CARD_CACHE_FILE_FORMAT *ret_file) MUST_USE;

#endif
