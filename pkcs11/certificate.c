/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/certificate.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#include "base/compiler.h"
#include "base/log.h"
#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/quiet.h"

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

/* The day in UTC; a year of another length than four digits has no CK_DATE. */
static void set_date(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const ASN1_TIME *time)
{
	struct tm tm = { .tm_year = 0 };
	char text[sizeof(CK_DATE) + 1];

	if (ASN1_TIME_to_tm(time, &tm) != 1 || tm.tm_year < -900 || tm.tm_year > 8099 ||
	    strftime(text, sizeof(text), "%Y%m%d", &tm) != sizeof(CK_DATE))
		return;
	cki_attrs_set(attrs, type, span_of(text, sizeof(CK_DATE)));
}

static void set_public_key(struct attrs *attrs, const X509 *x509)
{
	AUTO(der_cleanup) unsigned char *der = NULL;
	const int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);

	if (len > 0)
		cki_attrs_set(attrs, CKA_PUBLIC_KEY_INFO, span_of(der, (size_t)len));
}

/* The first three bytes of the SHA-1 of the value. */
static void set_check_value(struct attrs *attrs, struct span der)
{
	const EVP_MD *md = ossl_md("SHA1");
	unsigned char hash[EVP_MAX_MD_SIZE];

	if (md != NULL && EVP_Digest(der.data, der.len, hash, NULL, md, NULL) == 1)
		cki_attrs_set(attrs, CKA_CHECK_VALUE, span_of(hash, 3));
}

void cki_certificate_attrs(struct span der, struct attrs *attrs)
{
	static const CK_ATTRIBUTE_TYPE inside[] = { CKA_SUBJECT,	 CKA_ISSUER,	 CKA_SERIAL_NUMBER,
						    CKA_PUBLIC_KEY_INFO, CKA_START_DATE, CKA_END_DATE };
	OSSL_QUIET();
	AUTO(x509_cleanup) X509 *x509 = X509_new_ex(ossl_context(), NULL);
	const unsigned char *at = der.data;

	cki_attrs_set(attrs, CKA_VALUE, der);
	set_check_value(attrs, der);
	for (size_t i = 0; i < ARRAY_COUNT(inside); i++)
		cki_attrs_set(attrs, inside[i], SPAN_EMPTY);
	if (x509 == NULL || der.len > LONG_MAX || d2i_X509(&x509, &at, (long)der.len) == NULL) {
		log_info("cki", "a certificate of %zu bytes is not readable", der.len);
		return;
	}
	set_name(attrs, CKA_SUBJECT, X509_get_subject_name(x509));
	set_name(attrs, CKA_ISSUER, X509_get_issuer_name(x509));
	set_serial(attrs, X509_get0_serialNumber(x509));
	set_public_key(attrs, x509);
	set_date(attrs, CKA_START_DATE, X509_get0_notBefore(x509));
	set_date(attrs, CKA_END_DATE, X509_get0_notAfter(x509));
}
