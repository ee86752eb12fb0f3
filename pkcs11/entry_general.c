/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PKCS#11 3.0 5.4, general purpose functions (those about versions and lists are in interface.c). */
#include "config.h"

#include "base/log.h"
#include "pkcs11/error.h"
#include "pkcs11/module.h"
#include "pkcs11/pkcs11_compat.h"

/* These two make and end what the gate looks at, so they trace for themselves. */
CK_RV C_Initialize(void *args)
{
	CK_RV rv = cki_module_initialize(args);

	log_debug("cki", "%s: %s", __func__, cki_rv_name(rv));
	return rv;
}

CK_RV C_Finalize(void *reserved)
{
	CK_RV rv = reserved == NULL ? cki_module_finalize() : CKR_ARGUMENTS_BAD;

	log_debug("cki", "%s: %s", __func__, cki_rv_name(rv));
	return rv;
}
