/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_roots.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/drv_file.h"
#include "minidriver/quiet.h"

bool drv_has_roots(const struct drv *drv)
{
	const size_t count = drv->ops->cert_count(drv->card);

	for (size_t i = 0; i < count; i++) {
		if (drv->ops->cert(drv->card, i)->authority)
			return true;
	}
	return false;
}

static void pkcs7_free(PKCS7 **pkcs7)
{
	PKCS7_free(*pkcs7);
}
static void x509_free(X509 **x509)
{
	X509_free(*x509);
}

static DWORD add_certificate(PKCS7 *pkcs7, struct span der)
{
	AUTO(x509_free) X509 *x509 = X509_new_ex(ossl_context(), NULL);
	const unsigned char *at = der.data;

	if (x509 == NULL)
		return SCARD_E_NO_MEMORY;
	if (der.len > INT32_MAX || d2i_X509(&x509, &at, (long)der.len) == NULL)
		return SCARD_E_COMM_DATA_LOST;
	return PKCS7_add_certificate(pkcs7, x509) == 1 ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

static DWORD add_all(struct drv *drv, PKCS7 *pkcs7)
{
	const size_t count = drv->ops->cert_count(drv->card);

	for (size_t i = 0; i < count; i++) {
		struct span der;
		DWORD err;

		if (!drv->ops->cert(drv->card, i)->authority)
			continue;
		err = drv_certificate_read(drv, i, &der);
		if (err == ERROR_SUCCESS)
			err = add_certificate(pkcs7, der);
		if (err != ERROR_SUCCESS)
			return err;
	}
	return ERROR_SUCCESS;
}

/* A copy in plain memory, so that nobody else has to know whose it was. */
static DWORD encode(const PKCS7 *pkcs7, uint8_t **ret_der, size_t *ret_len)
{
	const int len = i2d_PKCS7(pkcs7, NULL);
	uint8_t *der = len > 0 ? malloc((size_t)len) : NULL;
	unsigned char *at = der;

	if (der == NULL)
		return SCARD_E_NO_MEMORY;
	(void)i2d_PKCS7(pkcs7, &at);
	*ret_der = der;
	*ret_len = (size_t)len;
	return ERROR_SUCCESS;
}

DWORD drv_roots_make(struct drv *drv, uint8_t **ret_der, size_t *ret_len)
{
	AUTO(pkcs7_free) PKCS7 *pkcs7 = NULL;
	DWORD err;

	OSSL_QUIET();
	if (!drv_has_roots(drv))
		return SCARD_E_FILE_NOT_FOUND;
	pkcs7 = PKCS7_new_ex(ossl_context(), NULL);
	if (pkcs7 == NULL || PKCS7_set_type(pkcs7, NID_pkcs7_signed) != 1 ||
	    PKCS7_content_new(pkcs7, NID_pkcs7_data) != 1)
		return SCARD_E_NO_MEMORY;
	err = add_all(drv, pkcs7);
	return err != ERROR_SUCCESS ? err : encode(pkcs7, ret_der, ret_len);
}
