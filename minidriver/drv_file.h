/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The card file system of the minidriver model, made up of what is on the card: nothing is written.
 */
#ifndef MDP_MINIDRIVER_DRV_FILE_H
#define MDP_MINIDRIVER_DRV_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "minidriver/drv.h"

#define DRV_FILE_NAME_MAX 12u /* with NUL; the model's names have 8 characters at most */

/*
 * The file that holds a certificate: kxcNN or kscNN for the first of a container, xcrNN for others. Where the key both
 * signs and agrees it is kxcNN, and the same bytes are in kscNN.
 */
void drv_certificate_file(const struct drv *drv, size_t cert, char ret_name[DRV_FILE_NAME_MAX]);

/* The file that holds a data object: datNN. */
void drv_data_file(size_t data, char ret_name[DRV_FILE_NAME_MAX]);

/*
 * Read a certificate; the bytes are the card's. Takes the driver's lock. Errors: those of a file that cannot be read.
 */
DWORD drv_certificate_read(struct drv *drv, size_t cert, struct span *ret_der) MUST_USE;

/* Room on the card: none. */
void drv_free_space(const struct drv *drv, PCARD_FREE_SPACE_INFO ret_info);

#endif
