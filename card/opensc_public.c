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

/* Take a public key for the entry if it is of the right kind; it is freed otherwise. */
static bool public_key_use(struct card *card, struct key_entry *key, struct sc_pkcs15_pubkey *found)
{
	const unsigned long algorithm = opensc_public_key_algorithm(found);

	if (key->info.type == CRD_KEY_RSA && algorithm == SC_ALGORITHM_RSA) {
		use_rsa(&key->info, &found->u.rsa);
	} else if (key->info.type == CRD_KEY_EC && algorithm == SC_ALGORITHM_EC) {
		use_ec(card, &key->info, &found->u.ec);
	} else {
		sc_pkcs15_free_pubkey(found);
		return false;
	}
	key->public_key = found;
	return true;
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
	log_info("card", "a key without its public half: %s", key->label);
}
