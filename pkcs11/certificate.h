/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a certificate's attributes stands in its DER.
 */
#ifndef MDP_PKCS11_CERTIFICATE_H
#define MDP_PKCS11_CERTIFICATE_H

#include "base/span.h"
#include "pkcs11/attrs.h"

/*
 * Set CKA_VALUE, CKA_SUBJECT, CKA_ISSUER, CKA_SERIAL_NUMBER and CKA_PUBLIC_KEY_INFO (DER each), CKA_START_DATE,
 * CKA_END_DATE and CKA_CHECK_VALUE. Of bytes that are no certificate only CKA_VALUE and CKA_CHECK_VALUE are known, the
 * others are empty (PKCS#11 3.0 4.6.3).
 */
void cki_certificate_attrs(struct span der, struct attrs *attrs);

#endif
