/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What C_GetInfo says; the version of Cryptoki depends on which list of functions it is asked through.
 */
#ifndef MDP_PKCS11_INFO_H
#define MDP_PKCS11_INFO_H

#include "pkcs11/pkcs11_compat.h"

CK_RV cki_info(CK_VERSION cryptoki, CK_INFO *ret_info);

#endif
