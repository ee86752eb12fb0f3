/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public half of a card's key: found where it costs no command, else read; brought to one form. */
#include "config.h"

#include "base/log.h"
#include "card/opensc_internal.h"

#define TAG_OCTET_STRING 0x04u
#define POINT_UNCOMPRESSED 0x04u

/* Big-endian without leading zeros. */
static struct span integer_span(const uint8_t *data, size_t len)
{
	if (data == NULL)
		return SPAN_EMPTY;
	while (len > 0 && data[0] == 0) {
		data++;
		len--;
	}
	return span_of(data, len);
}

/* SEC 1 2.3.3: 04 || X || Y. Some drivers leave the point in its OCTET STRING; any other form counts as not given. */
static struct span point_span(const uint8_t *data, size_t len, size_t bits)
{
	const size_t whole = 1 + 2 * ((bits + 7) / 8);

	if (data == NULL || bits == 0)
		return SPAN_EMPTY;
	if (len == whole + 2 && whole < 0x80 && data[0] == TAG_OCTET_STRING && data[1] == whole)
		return point_span(data + 2, whole, bits);
	if (len == whole + 3 && whole >= 0x80 && data[0] == TAG_OCTET_STRING && data[1] == 0x81 && data[2] == whole)
		return point_span(data + 3, whole, bits);
	if (len != whole || data[0] != POINT_UNCOMPRESSED)
		return SPAN_EMPTY;
	return span_of(data, len);
}

static void use_rsa(struct card_key_info *info, const struct sc_pkcs15_pubkey_rsa *rsa)
{
	info->modulus = integer_span(rsa->modulus.data, rsa->modulus.len);
	info->public_exponent = integer_span(rsa->exponent.data, rsa->exponent.len);
	if (info->bits == 0 && info->modulus.len > 0)
		info->bits = info->modulus.len * 8 - (size_t)__builtin_clz(info->modulus.data[0]) + 24;
}

static void use_ec(struct card *card, struct card_key_info *info, struct sc_pkcs15_pubkey_ec *ec)
{
	const int r = sc_pkcs15_fix_ec_parameters(card->system->ctx, &ec->params);

	if (r < 0)
		log_debug("card", "a key on a curve libopensc has no name for: %s", sc_strerror(r));
	if (ec->params.field_length != 0)
		info->bits = ec->params.field_length;
	if (ec->params.der.value != NULL)
		info->ec_params = span_of(ec->params.der.value, ec->params.der.len);
	info->ec_point = point_span(ec->ecpointQ.value, ec->ecpointQ.len, info->bits);
}

/* The curves of RFC 7748 and RFC 8032, with the OIDs of RFC 8410. */
static const struct string_curve {
	enum card_key_type type;
	uint16_t bits;
	uint8_t point_len; /* bytes of a public key */
	uint8_t params[5];
} string_curves[] = {
	{ CRD_KEY_MONTGOMERY, 255, 32, { 0x06, 0x03, 0x2B, 0x65, 0x6E } },
	{ CRD_KEY_EDWARDS, 255, 32, { 0x06, 0x03, 0x2B, 0x65, 0x70 } },
	{ CRD_KEY_MONTGOMERY, 448, 56, { 0x06, 0x03, 0x2B, 0x65, 0x6F } },
	{ CRD_KEY_EDWARDS, 448, 57, { 0x06, 0x03, 0x2B, 0x65, 0x71 } },
};

/*
 * libopensc 0.23 has one algorithm for both curves of a kind and keeps no parameters: which it is, the length of the
 * public key says.
 */
static bool use_string(struct card_key_info *info, const struct sc_pkcs15_u8 *key)
{
	for (size_t i = 0; i < ARRAY_COUNT(string_curves); i++) {
		const struct string_curve *curve = &string_curves[i];

		if (curve->type != info->type || curve->point_len != key->len || key->value == NULL)
			continue;
		info->bits = curve->bits;
		info->ec_params = span_of(curve->params, sizeof(curve->params));
		info->ec_point = span_of(key->value, key->len);
		return true;
	}
	return false;
}

static bool public_key_fits(struct card *card, struct card_key_info *info, struct sc_pkcs15_pubkey *found)
{
	const unsigned long algorithm = opensc_public_key_algorithm(found);

	switch (info->type) {
	case CRD_KEY_RSA:
		if (algorithm == SC_ALGORITHM_RSA)
			use_rsa(info, &found->u.rsa);
		return algorithm == SC_ALGORITHM_RSA;
	case CRD_KEY_EC:
		if (algorithm == SC_ALGORITHM_EC)
			use_ec(card, info, &found->u.ec);
		return algorithm == SC_ALGORITHM_EC;
	case CRD_KEY_MONTGOMERY:
		return algorithm == SC_ALGORITHM_XEDDSA && use_string(info, opensc_public_string(found));
	case CRD_KEY_EDWARDS:
		return algorithm == SC_ALGORITHM_EDDSA && use_string(info, opensc_public_string(found));
	}
	return false;
}

/* Take a public key for the entry if it is of the right kind; it is freed otherwise. */
static bool public_key_use(struct card *card, struct key_entry *key, struct sc_pkcs15_pubkey *found)
{
	if (!public_key_fits(card, &key->info, found)) {
		sc_pkcs15_free_pubkey(found);
		return false;
	}
	key->public_key = found;
	return true;
}

/* Of a key without its public half: the curve by the field's length, which libopensc rounds up to bytes. */
static void guess_curve(struct card_key_info *info)
{
	for (size_t i = 0; i < ARRAY_COUNT(string_curves); i++) {
		const struct string_curve *curve = &string_curves[i];

		if (curve->type == info->type && (info->bits + 7) / 8 == (curve->bits + 7u) / 8) {
			info->bits = curve->bits;
			info->ec_params = span_of(curve->params, sizeof(curve->params));
		}
	}
}

/* Whether sc_pkcs15_read_pubkey() will answer from memory. */
static bool public_key_is_here(const struct sc_pkcs15_object *object)
{
	const struct sc_pkcs15_pubkey_info *info = object->data;

	return info->direct.spki.len != 0 || info->direct.raw.len != 0 || object->content.len != 0;
}

static bool from_public_object(struct card *card, struct key_entry *key, const struct sc_pkcs15_object *object)
{
	struct sc_pkcs15_pubkey *found = NULL;
	const int r = sc_pkcs15_read_pubkey(card->p15, object, &found);

	if (r < 0 || found == NULL) {
		(void)opensc_failed("read a public key", r);
		return false;
	}
	return public_key_use(card, key, found);
}

static struct cert_entry *cert_for(struct card *card, const struct key_entry *key)
{
	for (size_t i = 0; i < card->cert_count; i++)
		if (span_equal(card->certs[i].info.id, key->info.id))
			return &card->certs[i];
	return NULL;
}

static bool from_cert(struct card *card, struct key_entry *key, struct cert_entry *cert)
{
	struct sc_pkcs15_pubkey *found = NULL;
	struct sc_pkcs15_der der;
	int r;

	if (cert_load(card, cert) != CE_OK)
		return false;
	der = (struct sc_pkcs15_der){ .value = cert->der, .len = cert->der_len };
	r = sc_pkcs15_pubkey_from_cert(card->system->ctx, &der, &found);
	if (r < 0 || found == NULL) {
		(void)opensc_failed("take the public key from a certificate", r);
		return false;
	}
	return public_key_use(card, key, found);
}

void public_key_find(struct card *card, struct key_entry *key)
{
	const struct sc_pkcs15_prkey_info *info = key->object->data;
	struct cert_entry *cert = cert_for(card, key);
	struct sc_pkcs15_object *object = NULL;

	if (sc_pkcs15_find_pubkey_by_id(card->p15, &info->id, &object) < 0 || object->data == NULL)
		object = NULL;
	if (object != NULL && public_key_is_here(object) && from_public_object(card, key, object))
		return;
	if (cert != NULL && cert_is_here(cert) && from_cert(card, key, cert))
		return;
	if (object != NULL && !public_key_is_here(object) && from_public_object(card, key, object))
		return;
	if (cert != NULL && !cert_is_here(cert) && from_cert(card, key, cert))
		return;
	guess_curve(&key->info);
	log_info("card", "a key without its public half: %s", key->label);
}
