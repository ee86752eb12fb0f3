/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "card/opensc_internal.h"
#include "card/text.h"

/* A card that claims more than this of one kind lies. */
#define OBJECTS_MAX 1024

void object_list_free(struct object_list *list)
{
	free(list->objects);
}

card_err object_list_make(struct card *card, unsigned type, struct object_list *list)
{
	int count = sc_pkcs15_get_objects(card->p15, type, NULL, 0);

	*list = (struct object_list){ 0 };
	if (count < 0)
		(void)card_failed(card, "list the objects", count);
	if (count <= 0)
		return CE_OK;
	if (count > OBJECTS_MAX)
		count = OBJECTS_MAX;
	list->objects = calloc((size_t)count, sizeof(struct sc_pkcs15_object *));
	if (list->objects == NULL)
		return CE_NO_MEMORY;
	count = sc_pkcs15_get_objects(card->p15, type, list->objects, (size_t)count);
	list->count = count > 0 ? (size_t)count : 0;
	return CE_OK;
}

static struct span id_span(const struct sc_pkcs15_id *id)
{
	return span_of(id->value, id->len <= SC_PKCS15_MAX_ID_SIZE ? id->len : SC_PKCS15_MAX_ID_SIZE);
}

void label_copy(char (*to)[SC_PKCS15_MAX_LABEL_SIZE + 1], const struct sc_pkcs15_object *object)
{
	text_copy(*to, sizeof(*to), object->label, sizeof(object->label));
}

/* --- PINs --------------------------------------------------------------------------------------------------------- */

static size_t pin_index_of(const struct card *card, const struct sc_pkcs15_object *object)
{
	for (size_t i = 0; i < card->pin_count; i++)
		if (card->pins[i].object == object)
			return i;
	return CRD_NO_INDEX;
}

/* The PIN that an object names as its guardian. */
static size_t pin_index_for(struct card *card, const struct sc_pkcs15_object *object)
{
	struct sc_pkcs15_object *pin = NULL;

	if (object->auth_id.len == 0 || sc_pkcs15_find_pin_by_auth_id(card->p15, &object->auth_id, &pin) < 0)
		return CRD_NO_INDEX;
	return pin_index_of(card, pin);
}

/* Drivers refuse it where the card would count it as a try; that is no error to those above. */
static card_err pin_ask_tries(struct card *card, struct pin_entry *pin)
{
	const struct sc_pkcs15_auth_info *auth = pin->object->data;
	const int r = sc_pkcs15_get_pin_info(card->p15, pin->object);
	const card_err err = r < 0 ? card_failed(card, "ask for the tries left of a PIN", r) : CE_OK;

	if (err == CE_CARD_REMOVED || err == CE_NO_READER)
		return err;
	pin->asked = true;
	pin->info.tries_max = auth->max_tries > 0 ? auth->max_tries : pin->info.tries_max;
	pin->info.tries_left = auth->tries_left >= 0 ? auth->tries_left : -1;
	pin_learn_max(pin, pin->info.tries_left);
	return CE_OK;
}

card_err op_pin_ask(struct card *card, size_t pin)
{
	WITH_CARD(card);
	struct pin_entry *entry;
	card_err err;

	if (pin >= card->pin_count)
		return CE_NOT_FOUND;
	entry = &card->pins[pin];
	if (entry->asked || entry->info.tries_left >= 0 || entry->info.so || !entry->info.initialized)
		return CE_OK;
	err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = pin_ask_tries(card, entry);
	card_release(card);
	return err;
}

static void pin_fill(struct pin_entry *pin, struct sc_pkcs15_object *object)
{
	const struct sc_pkcs15_auth_info *auth = object->data;
	const struct sc_pkcs15_pin_attributes *attributes = &auth->attrs.pin;

	pin->object = object;
	label_copy(&pin->label, object);
	pin->info = (struct card_pin_info){
		.label = pin->label,
		.min_len = attributes->min_length,
		.max_len = attributes->max_length != 0 ? attributes->max_length : SC_MAX_PIN_SIZE,
		.local = (attributes->flags & SC_PKCS15_PIN_FLAG_LOCAL) != 0,
		.so = (attributes->flags & (SC_PKCS15_PIN_FLAG_SO_PIN | SC_PKCS15_PIN_FLAG_UNBLOCKING_PIN)) != 0,
		.unblocks_only = (attributes->flags & SC_PKCS15_PIN_FLAG_UNBLOCKING_PIN) != 0,
		.initialized = (attributes->flags & SC_PKCS15_PIN_FLAG_INITIALIZED) != 0,
		.unblocked_by = CRD_NO_INDEX,
	};
	pin->info.tries_max = auth->max_tries > 0 ? auth->max_tries : -1;
	pin->info.tries_left = auth->tries_left >= 0 ? auth->tries_left : -1;
	pin_learn_max(pin, pin->info.tries_left);
}

static card_err pins_gather(struct card *card)
{
	AUTO(object_list_free) struct object_list list;
	card_err err = object_list_make(card, SC_PKCS15_TYPE_AUTH_PIN, &list);

	if (err != CE_OK || list.count == 0)
		return err;
	card->pins = calloc(list.count, sizeof(*card->pins));
	if (card->pins == NULL)
		return CE_NO_MEMORY;
	for (size_t i = 0; i < list.count; i++) {
		const struct sc_pkcs15_auth_info *auth = list.objects[i]->data;

		if (auth != NULL && auth->auth_type == SC_PKCS15_PIN_AUTH_TYPE_PIN)
			pin_fill(&card->pins[card->pin_count++], list.objects[i]);
	}
	for (size_t i = 0; i < card->pin_count; i++) {
		const size_t by = pin_index_for(card, card->pins[i].object);

		if (by != CRD_NO_INDEX && by != i && card->pins[by].info.so)
			card->pins[i].info.unblocked_by = by;
	}
	return CE_OK;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

struct usage_row {
	unsigned from;
	unsigned to;
};

static const struct usage_row usage_rows[] = {
	{ SC_PKCS15_PRKEY_USAGE_DECRYPT, CRD_USE_DECRYPT },
	{ SC_PKCS15_PRKEY_USAGE_SIGN, CRD_USE_SIGN },
	{ SC_PKCS15_PRKEY_USAGE_SIGNRECOVER, CRD_USE_SIGN_RECOVER },
	{ SC_PKCS15_PRKEY_USAGE_UNWRAP, CRD_USE_UNWRAP },
	{ SC_PKCS15_PRKEY_USAGE_DERIVE, CRD_USE_DERIVE },
	{ SC_PKCS15_PRKEY_USAGE_NONREPUDIATION, CRD_USE_NON_REPUDIATION },
};

static unsigned usage_of(unsigned from)
{
	unsigned usage = 0;

	for (size_t i = 0; i < ARRAY_COUNT(usage_rows); i++)
		if ((from & usage_rows[i].from) != 0)
			usage |= usage_rows[i].to;
	return usage;
}

/*
 * libopensc's type of a private key and ours; XEDDSA is its name for keys of RFC 7748, though they agree and do not
 * sign.
 */
static const struct {
	unsigned from;
	enum card_key_type to;
} key_types[] = {
	{ SC_PKCS15_TYPE_PRKEY_RSA, CRD_KEY_RSA },
	{ SC_PKCS15_TYPE_PRKEY_EC, CRD_KEY_EC },
	{ SC_PKCS15_TYPE_PRKEY_EDDSA, CRD_KEY_EDWARDS },
	{ SC_PKCS15_TYPE_PRKEY_XEDDSA, CRD_KEY_MONTGOMERY },
};

/* 0: none of ours. */
static unsigned key_type_of(const struct sc_pkcs15_object *object)
{
	for (size_t i = 0; i < ARRAY_COUNT(key_types); i++)
		if (key_types[i].from == object->type)
			return key_types[i].to;
	return 0;
}

/* Native: the card computes with it. Others are keys stored on a card for software, which libopensc does not use. */
static bool key_wanted(const struct sc_pkcs15_object *object)
{
	const struct sc_pkcs15_prkey_info *key = object->data;

	return key != NULL && key->native != 0 && key->id.len != 0 && key_type_of(object) != 0;
}

/* The public half's own label; the key's, where the card has no object for it or one without a label. */
static void public_label_copy(struct card *card, struct key_entry *key)
{
	const struct sc_pkcs15_prkey_info *from = key->object->data;
	struct sc_pkcs15_object *object = NULL;

	if (sc_pkcs15_find_pubkey_by_id(card->p15, &from->id, &object) >= 0)
		label_copy(&key->public_label, object);
	if (key->public_label[0] == '\0')
		memcpy(key->public_label, key->label, sizeof(key->public_label));
}

static unsigned paddings_of(const struct card *card, const struct sc_pkcs15_prkey_info *key)
{
	return key_computes_raw_rsa(card, key) ? CRD_PAD_NONE | CRD_PAD_PKCS1 | CRD_PAD_PSS | CRD_PAD_OAEP
					       : CRD_PAD_PKCS1;
}

static void key_fill(struct card *card, struct key_entry *key, const struct sc_pkcs15_object *object)
{
	const struct sc_pkcs15_prkey_info *from = object->data;
	const enum card_key_type type = (enum card_key_type)key_type_of(object);

	key->object = object;
	label_copy(&key->label, object);
	public_label_copy(card, key);
	key->info = (struct card_key_info){
		.type = type,
		.bits = type == CRD_KEY_RSA ? from->modulus_length : from->field_length,
		.usage = usage_of(from->usage),
		.id = id_span(&from->id),
		.label = key->label,
		.public_label = key->public_label,
		.pin = pin_index_for(card, object),
		.always_authenticate = object->user_consent != 0,
		.paddings = type == CRD_KEY_RSA ? paddings_of(card, from) : 0,
		.generated_on_card = (from->access_flags & SC_PKCS15_PRKEY_ACCESS_LOCAL) != 0,
	};
	public_key_find(card, key);
	if (key->info.pin != CRD_NO_INDEX)
		card->info.login_required = true;
}

static card_err keys_gather(struct card *card)
{
	AUTO(object_list_free) struct object_list list;
	card_err err = object_list_make(card, SC_PKCS15_TYPE_PRKEY, &list);

	if (err != CE_OK || list.count == 0)
		return err;
	card->keys = calloc(list.count, sizeof(*card->keys));
	if (card->keys == NULL)
		return CE_NO_MEMORY;
	for (size_t i = 0; i < list.count; i++)
		if (key_wanted(list.objects[i]))
			key_fill(card, &card->keys[card->key_count++], list.objects[i]);
	return CE_OK;
}

/* --- certificates ------------------------------------------------------------------------------------------------- */

static size_t key_index_for(const struct card *card, struct span id)
{
	for (size_t i = 0; i < card->key_count; i++)
		if (span_equal(card->keys[i].info.id, id))
			return i;
	return CRD_NO_INDEX;
}

static void cert_fill(struct card *card, struct cert_entry *cert, const struct sc_pkcs15_object *object)
{
	const struct sc_pkcs15_cert_info *from = object->data;

	cert->object = object;
	label_copy(&cert->label, object);
	cert->info = (struct card_cert_info){
		.id = id_span(&from->id),
		.label = cert->label,
		.authority = from->authority != 0,
		.is_private = (object->flags & SC_PKCS15_CO_FLAG_PRIVATE) != 0,
		.key = CRD_NO_INDEX,
	};
	if (cert->info.is_private)
		card->info.login_required = true;
}

static card_err certs_gather(struct card *card)
{
	AUTO(object_list_free) struct object_list list;
	card_err err = object_list_make(card, SC_PKCS15_TYPE_CERT_X509, &list);

	if (err != CE_OK || list.count == 0)
		return err;
	card->certs = calloc(list.count, sizeof(*card->certs));
	if (card->certs == NULL)
		return CE_NO_MEMORY;
	for (size_t i = 0; i < list.count; i++)
		if (list.objects[i]->data != NULL)
			cert_fill(card, &card->certs[card->cert_count++], list.objects[i]);
	return CE_OK;
}

static card_err cert_keep(struct cert_entry *cert, const struct sc_pkcs15_cert *read)
{
	if (read->data.len == 0)
		return CE_DATA_INVALID;
	cert->der = malloc(read->data.len);
	if (cert->der == NULL)
		return CE_NO_MEMORY;
	memcpy(cert->der, read->data.value, read->data.len);
	cert->der_len = read->data.len;
	return CE_OK;
}

card_err cert_load(struct card *card, struct cert_entry *cert)
{
	const bool is_private = (cert->object->flags & SC_PKCS15_CO_FLAG_PRIVATE) != 0;
	struct sc_pkcs15_cert *read = NULL;
	card_err err;
	int r;

	if (cert->der != NULL)
		return CE_OK;
	r = sc_pkcs15_read_certificate(card->p15, cert->object->data, is_private, &read);
	if (r < 0)
		return card_failed(card, "read a certificate", r);
	err = cert_keep(cert, read);
	sc_pkcs15_free_certificate(read);
	return err;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

/* Certificates before keys: a key's public half may come from one. PINs before keys: a key names its PIN. */
card_err objects_gather(struct card *card)
{
	card_err err = pins_gather(card);

	if (err == CE_OK)
		err = certs_gather(card);
	if (err == CE_OK)
		err = keys_gather(card);
	if (err == CE_OK)
		err = data_gather(card);
	for (size_t i = 0; err == CE_OK && i < card->cert_count; i++)
		card->certs[i].info.key = key_index_for(card, card->certs[i].info.id);
	return err;
}

void objects_free(struct card *card)
{
	for (size_t i = 0; i < card->key_count; i++)
		sc_pkcs15_free_pubkey(card->keys[i].public_key);
	for (size_t i = 0; i < card->cert_count; i++)
		free(card->certs[i].der);
	data_free(card);
	free(card->keys);
	free(card->certs);
	free(card->pins);
	card->keys = NULL;
	card->certs = NULL;
	card->pins = NULL;
	card->key_count = card->cert_count = card->pin_count = 0;
}

size_t op_key_count(struct card *card)
{
	return card->key_count;
}

const struct card_key_info *op_key(struct card *card, size_t key)
{
	return key < card->key_count ? &card->keys[key].info : NULL;
}

size_t op_cert_count(struct card *card)
{
	return card->cert_count;
}

const struct card_cert_info *op_cert(struct card *card, size_t cert)
{
	return cert < card->cert_count ? &card->certs[cert].info : NULL;
}

size_t op_pin_count(struct card *card)
{
	return card->pin_count;
}

const struct card_pin_info *op_pin(struct card *card, size_t pin)
{
	return pin < card->pin_count ? &card->pins[pin].info : NULL;
}

bool cert_is_here(const struct cert_entry *cert)
{
	const struct sc_pkcs15_cert_info *info = cert->object->data;

	return cert->der != NULL || info->value.len != 0;
}

/* A certificate that the driver has read already costs no command, not even a lock's. */
static card_err cert_fetch(struct card *card, struct cert_entry *cert)
{
	WITH_CARD(card);
	card_err err;

	if (cert_is_here(cert))
		return cert_load(card, cert);
	err = card_hold(card);
	if (err != CE_OK)
		return err;
	err = cert_load(card, cert);
	card_release(card);
	return err;
}

card_err op_cert_read(struct card *card, size_t cert, struct span *ret_der)
{
	struct cert_entry *entry;
	card_err err = CE_OK;

	if (cert >= card->cert_count)
		return CE_NOT_FOUND;
	entry = &card->certs[cert];
	if (entry->der == NULL)
		err = cert_fetch(card, entry);
	if (err == CE_OK)
		*ret_der = span_of(entry->der, entry->der_len);
	return err;
}
