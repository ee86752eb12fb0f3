/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/openpgp_algorithms.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ossl.h"
#include "card/softcard/buffer.h"
#include "card/softcard/openpgp.h"
#include "card/softcard/tlv.h"

/* Algorithms of public keys (RFC 4880, 9.1; RFC 6637, 5; 22 from the drafts that became RFC 9580). */
#define ALGORITHM_RSA 0x01u
#define ALGORITHM_ECDH 0x12u
#define ALGORITHM_ECDSA 0x13u
#define ALGORITHM_EDDSA 0x16u
#define RSA_EXPONENT_BITS 32u
#define RSA_IMPORT_STANDARD 0x00u
#define EC_IMPORT_WITH_PUBLIC 0xFFu

/* Object identifiers as DER content. */
static const struct {
	const char *group;
	uint8_t len;
	uint8_t oid[10];
	uint8_t kdf_hash;   /* of an ECDH key: RFC 6637, 12.2.1 */
	uint8_t kdf_cipher;
} curves[] = {
	{ "prime256v1", 8, { 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07 }, 8, 7 },
	{ "secp384r1", 5, { 0x2B, 0x81, 0x04, 0x00, 0x22 }, 9, 8 },
	{ "secp521r1", 5, { 0x2B, 0x81, 0x04, 0x00, 0x23 }, 10, 9 },
	{ "X25519", 10, { 0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01 }, 8, 7 },
	{ "ED25519", 9, { 0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01 }, 0, 0 },
};

static size_t curve_of(const struct key_kind *kind)
{
	size_t i = 0;

	while (i < ARRAY_COUNT(curves) && strcmp(curves[i].group, kind->group) != 0)
		i++;
	return i;
}

/* What a key of this family and reference does; 0 if it cannot be. */
static uint8_t algorithm_of(uint8_t reference, enum key_family family)
{
	const bool agrees = reference == OPENPGP_KEY_DECIPHER;

	switch (family) {
	case KEY_FAMILY_RSA:
		return ALGORITHM_RSA;
	case KEY_FAMILY_EC:
		return agrees ? ALGORITHM_ECDH : ALGORITHM_ECDSA;
	case KEY_FAMILY_MONTGOMERY:
		return agrees ? ALGORITHM_ECDH : 0;
	case KEY_FAMILY_EDWARDS:
		return agrees ? 0 : ALGORITHM_EDDSA;
	}
	return 0;
}

bool openpgp_put_attributes(uint8_t reference, const struct key_kind *kind, struct secret *out)
{
	const uint8_t algorithm = algorithm_of(reference, kind->family);
	const uint8_t rsa[] = { algorithm, (uint8_t)(kind->bits >> 8), (uint8_t)kind->bits, 0, RSA_EXPONENT_BITS,
				RSA_IMPORT_STANDARD };
	const size_t before = out->len;
	size_t curve;

	if (algorithm == 0)
		return false;
	if (kind->family == KEY_FAMILY_RSA)
		return buffer_add(out, span_of(rsa, sizeof(rsa)));
	curve = curve_of(kind);
	if (curve == ARRAY_COUNT(curves) || !buffer_add_byte(out, algorithm))
		return false;
	if (buffer_add(out, span_of(curves[curve].oid, curves[curve].len)))
		return true;
	secret_truncate(out, before);
	return false;
}

/* The length of RSA's exponent and the format of an import are the host's business: they say nothing of the kind. */
static bool attributes_mean(struct span given, struct span own)
{
	if (given.data[0] == ALGORITHM_RSA)
		return own.data[0] == ALGORITHM_RSA && (given.len == 5 || given.len == 6) &&
		       memcmp(given.data, own.data, 3) == 0;
	if (given.len == own.len + 1 && given.data[own.len] == EC_IMPORT_WITH_PUBLIC)
		given.len--;
	return span_equal(given, own);
}

const struct key_kind *openpgp_kind(uint8_t reference, struct span attributes)
{
	if (attributes.len == 0)
		return NULL;
	for (size_t i = 0; i < key_kind_count; i++) {
		AUTO_SECRET own = SECRET_INIT;

		if (openpgp_put_attributes(reference, &key_kinds[i], &own) &&
		    attributes_mean(attributes, secret_span(&own)))
			return &key_kinds[i];
	}
	return NULL;
}

/* A number with its length in bits before it (RFC 4880, 3.2). */
static bool put_number(struct secret *out, struct span number)
{
	size_t bits;

	while (number.len > 0 && number.data[0] == 0)
		number = span_of(number.data + 1, number.len - 1);
	bits = number.len == 0 ? 0 : number.len * 8 - (size_t)(__builtin_clz(number.data[0]) - 24);
	return buffer_add_byte(out, (uint8_t)(bits >> 8)) && buffer_add_byte(out, (uint8_t)bits) &&
	       buffer_add(out, number);
}

static bool put_rsa(struct span public_key, struct secret *out)
{
	struct span modulus;
	struct span exponent;

	return tlv_find(public_key, 0x81, &modulus) && tlv_find(public_key, 0x82, &exponent) &&
	       put_number(out, modulus) && put_number(out, exponent);
}

static bool put_curve(uint8_t algorithm, const struct key_kind *kind, struct span public_key, struct secret *out)
{
	const size_t curve = curve_of(kind);
	AUTO_SECRET point = SECRET_INIT;
	struct span value;

	if (curve == ARRAY_COUNT(curves) || !tlv_find(public_key, 0x86, &value) ||
	    !buffer_add_byte(out, curves[curve].len) ||
	    !buffer_add(out, span_of(curves[curve].oid, curves[curve].len)))
		return false;
	/* A string that is no SEC 1 point is marked by 40. */
	if ((kind->family != KEY_FAMILY_EC && !buffer_add_byte(&point, 0x40)) || !buffer_add(&point, value) ||
	    !put_number(out, secret_span(&point)))
		return false;
	if (algorithm != ALGORITHM_ECDH)
		return true;
	return buffer_add(out, span_of("\x03\x01", 2)) && buffer_add_byte(out, curves[curve].kdf_hash) &&
	       buffer_add_byte(out, curves[curve].kdf_cipher);
}

static bool put_packet(uint8_t reference, EVP_PKEY *pkey, uint32_t made, struct secret *out)
{
	const struct key_kind *kind = key_kind_of(pkey);
	const uint8_t algorithm = kind != NULL ? algorithm_of(reference, kind->family) : 0;
	const uint8_t head[] = { 0x04, (uint8_t)(made >> 24), (uint8_t)(made >> 16), (uint8_t)(made >> 8),
				 (uint8_t)made, algorithm };
	AUTO_SECRET public_key = SECRET_INIT;

	if (algorithm == 0 || !key_put_public(pkey, &public_key) || !buffer_add(out, span_of(head, sizeof(head))))
		return false;
	return algorithm == ALGORITHM_RSA ? put_rsa(secret_span(&public_key), out)
					  : put_curve(algorithm, kind, secret_span(&public_key), out);
}

bool openpgp_fingerprint(uint8_t reference, EVP_PKEY *pkey, uint32_t made,
			 uint8_t ret_fingerprint[OPENPGP_FINGERPRINT_LEN])
{
	AUTO_SECRET packet = SECRET_INIT;
	AUTO_SECRET whole = SECRET_INIT;
	size_t len = 0;

	return put_packet(reference, pkey, made, &packet) && buffer_add_byte(&whole, 0x99) &&
	       buffer_add_byte(&whole, (uint8_t)(packet.len >> 8)) && buffer_add_byte(&whole, (uint8_t)packet.len) &&
	       buffer_add(&whole, secret_span(&packet)) &&
	       EVP_Q_digest(ossl_context(), "SHA1", NULL, whole.data, whole.len, ret_fingerprint, &len) == 1 &&
	       len == OPENPGP_FINGERPRINT_LEN;
}
