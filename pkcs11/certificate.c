/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/certificate.h"

#include <limits.h>
#include <openssl/x509.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/ossl.h"

static void x509_cleanup(X509 **x509)
{
	X509_free(*x509);
}

static void der_cleanup(unsigned char **der)
{
	OPENSSL_free(*der);
}

static void set_name(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const X509_NAME *name)
{
	const unsigned char *der = NULL;
	size_t len = 0;

	if (X509_NAME_get0_der(name, &der, &len) == 1)
		cki_attrs_set(attrs, type, span_of(der, len));
}

static void set_serial(struct attrs *attrs, const ASN1_INTEGER *serial)
{
	AUTO(der_cleanup) unsigned char *der = NULL;
	int len = i2d_ASN1_INTEGER(serial, &der);

	if (len > 0)
		cki_attrs_set(attrs, CKA_SERIAL_NUMBER, span_of(der, (size_t)len));
}

void cki_certificate_attrs(struct span der, struct attrs *attrs)
{
	AUTO(x509_cleanup) X509 *x509 = X509_new_ex(ossl_context(), NULL);
	const unsigned char *at = der.data;

	cki_attrs_set(attrs, CKA_VALUE, der);
	cki_attrs_set(attrs, CKA_SUBJECT, SPAN_EMPTY);
	cki_attrs_set(attrs, CKA_ISSUER, SPAN_EMPTY);
	cki_attrs_set(attrs, CKA_SERIAL_NUMBER, SPAN_EMPTY);
	if (x509 == NULL || der.len > LONG_MAX || d2i_X509(&x509, &at, (long)der.len) == NULL) {
		log_info("cki", "a certificate of %zu bytes is not readable", der.len);
		return;
	}
	set_name(attrs, CKA_SUBJECT, X509_get_subject_name(x509));
	set_name(attrs, CKA_ISSUER, X509_get_issuer_name(x509));
	set_serial(attrs, X509_get0_serialNumber(x509));
}
