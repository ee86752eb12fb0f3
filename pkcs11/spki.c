/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/spki.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TAG_INTEGER 0x02u
#define TAG_BIT_STRING 0x03u
#define TAG_SEQUENCE 0x30u
#define HEAD_MAX 6u /* of a tag, a length's length and four bytes of length */

/* RFC 3279 2.3.1 rsaEncryption with its NULL, RFC 5480 2.1.1 id-ecPublicKey. */
static const uint8_t rsa_encryption[] = {
	0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
};
static const uint8_t ec_public_key[] = { 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01 };

/* DER that grows to the front: what is inside is there before the head that counts it. */
struct der {
	uint8_t *bytes; /* owned */
	size_t room;
	size_t at;      /* where it begins; the end is the end of the room */
};

static void der_cleanup(struct der *der)
{
	free(der->bytes);
}

static void put(struct der *der, struct span bytes)
{
	der->at -= bytes.len;
	if (bytes.len != 0)
		memcpy(der->bytes + der->at, bytes.data, bytes.len);
}

static void put_byte(struct der *der, unsigned byte)
{
	der->bytes[--der->at] = (uint8_t)byte;
}

/* The head of all that was put in front of `end`, the place where that began to be put. */
static void put_head(struct der *der, unsigned tag, size_t end)
{
	size_t len = end - der->at;
	unsigned more = 0;

	if (len < 0x80) {
		put_byte(der, (unsigned)len);
	} else {
		for (; len != 0; len >>= 8, more++)
			put_byte(der, (unsigned)(len & 0xFF));
		put_byte(der, 0x80u | more);
	}
	put_byte(der, tag);
}

static void put_integer(struct der *der, struct span big_endian)
{
	const size_t end = der->at;

	put(der, big_endian);
	if (big_endian.data[0] >= 0x80)
		put_byte(der, 0);
	put_head(der, TAG_INTEGER, end);
}

static void put_key(struct der *der, const struct md_container *container)
{
	const size_t end = der->at;

	if (container->type == MD_PUBLIC_RSA) {
		put_integer(der, container->public_exponent);
		put_integer(der, container->modulus);
		put_head(der, TAG_SEQUENCE, end);
	} else {
		put(der, container->ec_point);
	}
	put_byte(der, 0); /* no bits of the last byte are unused */
	put_head(der, TAG_BIT_STRING, end);
}

static void put_algorithm(struct der *der, const struct md_container *container)
{
	const size_t end = der->at;

	if (container->type == MD_PUBLIC_RSA) {
		put(der, span_of(rsa_encryption, sizeof(rsa_encryption)));
	} else {
		/* the parameters of a curve of RFC 8410 are the algorithm itself */
		put(der, container->ec_params);
		if (container->type == MD_PUBLIC_EC)
			put(der, span_of(ec_public_key, sizeof(ec_public_key)));
	}
	put_head(der, TAG_SEQUENCE, end);
}

static bool is_given(const struct md_container *container)
{
	if (container->type == MD_PUBLIC_RSA)
		return container->modulus.len != 0 && container->public_exponent.len != 0;
	return container->ec_point.len != 0 && container->ec_params.len != 0;
}

void cki_spki_set(struct attrs *attrs, const struct md_container *container)
{
	AUTO(der_cleanup) struct der der = { .room = container->modulus.len + container->public_exponent.len +
						     container->ec_point.len + container->ec_params.len +
						     sizeof(rsa_encryption) + 8 * HEAD_MAX };

	if (!is_given(container)) {
		cki_attrs_set(attrs, CKA_PUBLIC_KEY_INFO, SPAN_EMPTY);
		return;
	}
	der.bytes = malloc(der.room);
	if (der.bytes == NULL) {
		attrs->failed = true;
		return;
	}
	der.at = der.room;
	put_key(&der, container);
	put_algorithm(&der, container);
	put_head(&der, TAG_SEQUENCE, der.room);
	cki_attrs_set(attrs, CKA_PUBLIC_KEY_INFO, span_of(der.bytes + der.at, der.room - der.at));
}
