/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a certificate's attributes stands in its DER.
 */
#ifndef MDP_PKCS11_CERTIFICATE_H
#define MDP_PKCS11_CERTIFICATE_H

#include "base/span.h"
#include "pkcs11/attrs.h"

/*
 * Set CKA_VALUE, CKA_SUBJECT, CKA_ISSUER and CKA_SERIAL_NUMBER (DER each). Of bytes that are no certificate only
 * CKA_VALUE is known,
 * the others are empty.
 */
void cki_certificate_attrs(struct span der, struct attrs *attrs);

#endif
