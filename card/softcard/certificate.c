/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/certificate.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "card/softcard/buffer.h"

#define SERIAL_LEN 8u
#define SUBJECT_MAX 56u /* bytes: X.520 allows 64 in a common name, and the slot follows */
#define TEXT_MAX 320u
#define NOT_AFTER "20991231235959Z"
#define A_DAY (24L * 60 * 60)

static void x509_free(X509 **x509)
{
	X509_free(*x509);
}

static void bio_free(BIO **bio)
{
	(void)BIO_free(*bio);
}

static void md_free(EVP_MD **md)
{
	EVP_MD_free(*md);
}

static const char *key_usage(const struct certificate_request *request)
{
	switch (request->use) {
	case CERTIFICATE_MANAGEMENT:
		return EVP_PKEY_is_a(request->pkey, "RSA") ? "critical,keyEncipherment" : "critical,keyAgreement";
	case CERTIFICATE_SIGNATURE:
		return "critical,digitalSignature,nonRepudiation";
	case CERTIFICATE_AUTHENTICATION:
		break;
	}
	return "critical,digitalSignature";
}

static bool add_extension(X509 *x509, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool added;

	X509V3_set_ctx(&ctx, x509, x509, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	added = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static bool add_mail(X509 *x509, const char *email)
{
	char value[TEXT_MAX];

	if (email == NULL)
		return true;
	/* The extension's little language gives commas a meaning; no mail address of ours has one. */
	if (strlen(email) + sizeof("email:") > sizeof(value) || strpbrk(email, ",\n") != NULL)
		return false;
	(void)snprintf(value, sizeof(value), "email:%s", email);
	return add_extension(x509, NID_subject_alt_name, value) &&
	       add_extension(x509, NID_ext_key_usage, "emailProtection,clientAuth");
}

static bool set_serial(X509 *x509)
{
	uint8_t bytes[SERIAL_LEN];
	BIGNUM *number;
	bool set;

	if (RAND_bytes_ex(ossl_context(), bytes, sizeof(bytes), 0) != 1)
		return false;
	bytes[0] = (uint8_t)((bytes[0] & 0x3Fu) | 0x40u); /* positive, and always of the same length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	set = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != NULL;
	BN_free(number);
	return set;
}

static bool set_names(X509 *x509, const struct certificate_request *request)
{
	X509_NAME *name = X509_get_subject_name(x509);
	char text[TEXT_MAX];

	if (strlen(request->subject) > SUBJECT_MAX)
		return false;
	(void)snprintf(text, sizeof(text), "%s %s", request->subject, request->slot);
	for (char *at = text + strlen(request->subject); *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x509, name) == 1;
}

static bool pack(X509 *x509, struct secret *ret_der)
{
	unsigned char *der = NULL;
	const int len = i2d_X509(x509, &der);
	const bool done = len > 0 && secret_set(ret_der, span_of(der, (size_t)len));

	OPENSSL_free(der);
	return done;
}

/* The hash of a signature as strong as the key; NULL for EdDSA, which has its own (RFC 8410, 3). */
static const char *hash_name(const EVP_PKEY *pkey)
{
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return NULL;
	switch (EVP_PKEY_get_bits(pkey)) {
	case 384:
		return "SHA384";
	case 521:
		return "SHA512";
	default:
		return "SHA256";
	}
}

bool certificate_self_signed(const struct certificate_request *request, struct secret *ret_der)
{
	AUTO(x509_free) X509 *x509 = X509_new_ex(ossl_context(), NULL);
	const char *hash = hash_name(request->pkey);
	AUTO(md_free) EVP_MD *md = hash != NULL ? EVP_MD_fetch(ossl_context(), hash, NULL) : NULL;

	return x509 != NULL && (md != NULL || hash == NULL) &&
	       X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
	       set_names(x509, request) && X509_gmtime_adj(X509_getm_notBefore(x509), -A_DAY) != NULL &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), NOT_AFTER) == 1 &&
	       X509_set_pubkey(x509, request->pkey) == 1 &&
	       add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x509, NID_key_usage, key_usage(request)) &&
	       add_extension(x509, NID_subject_key_identifier, "hash") && add_mail(x509, request->email) &&
	       X509_sign(x509, request->pkey, md) > 0 && pack(x509, ret_der);
}

static X509 *from_der(struct span der)
{
	const unsigned char *at = der.data;
	AUTO(x509_free) X509 *x509 = X509_new_ex(ossl_context(), NULL);

	if (x509 == NULL || der.len == 0 || der.len > INT32_MAX || d2i_X509(&x509, &at, (long)der.len) == NULL)
		return NULL;
	return at == der.data + der.len ? STEAL(x509) : NULL;
}

static BIO *bio_of(struct span bytes)
{
	return bytes.len > INT32_MAX ? NULL : BIO_new_mem_buf(bytes.data, (int)bytes.len);
}

bool certificate_read(struct span bytes, struct secret *ret_der)
{
	AUTO(x509_free) X509 *x509 = from_der(bytes);
	AUTO(bio_free) BIO *bio = bio_of(bytes);

	if (x509 == NULL && bio != NULL)
		x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	return x509 != NULL && pack(x509, ret_der);
}

bool certificate_matches(struct span der, EVP_PKEY *pkey)
{
	AUTO(x509_free) X509 *x509 = from_der(der);

	return x509 != NULL && X509_check_private_key(x509, pkey) == 1;
}

/* An encrypted key is refused rather than asked about. */
static int no_passphrase(char *buffer UNUSED, int size UNUSED, int writing UNUSED, void *user UNUSED)
{
	return -1;
}

EVP_PKEY *certificate_read_key(struct span bytes)
{
	const unsigned char *at = bytes.data;
	AUTO(bio_free) BIO *bio = bio_of(bytes);
	EVP_PKEY *pkey;

	if (bio == NULL)
		return NULL;
	pkey = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, NULL, ossl_context(), NULL);
	return pkey != NULL ? pkey : d2i_AutoPrivateKey_ex(NULL, &at, (long)bytes.len, ossl_context(), NULL);
}

static bool add_memory(BIO *bio, struct secret *out)
{
	char *text = NULL;
	const long len = BIO_get_mem_data(bio, &text);

	return len > 0 && buffer_add(out, span_of(text, (size_t)len));
}

bool certificate_to_pem(struct span der, struct secret *out)
{
	AUTO(bio_free) BIO *bio = BIO_new(BIO_s_mem());
	AUTO(x509_free) X509 *x509 = from_der(der);

	return bio != NULL && x509 != NULL && PEM_write_bio_X509(bio, x509) == 1 && add_memory(bio, out);
}

bool certificate_subject(struct span der, struct secret *out)
{
	AUTO(bio_free) BIO *bio = BIO_new(BIO_s_mem());
	AUTO(x509_free) X509 *x509 = from_der(der);

	return bio != NULL && x509 != NULL &&
	       X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0, XN_FLAG_ONELINE) > 0 && add_memory(bio, out);
}
