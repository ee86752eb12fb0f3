/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data objects: their names are gathered with all the rest, their bytes are read when they are asked for. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "card/opensc_internal.h"
#include "card/text.h"

/* The most contents octets of an OBJECT IDENTIFIER of libopensc's: five for each of its numbers. */
#define OID_MAX ((size_t)SC_MAX_OBJECT_ID_OCTETS * 5)

/* One number in base 128, the highest bits first (X.690, 8.19.2). Returns where the next one goes. */
static size_t oid_put(uint8_t *oid, size_t at, unsigned number)
{
	unsigned shift = 28;

	while (shift > 0 && number >> shift == 0)
		shift -= 7;
	for (; shift > 0; shift -= 7)
		oid[at++] = (uint8_t)(0x80u | (number >> shift & 0x7Fu));
	oid[at++] = (uint8_t)(number & 0x7Fu);
	return at;
}

/* The contents octets; 0: none is named, or what is named is none. The first two numbers share one (X.690, 8.19.4). */
static size_t oid_encode(const struct sc_object_id *from, uint8_t oid[OID_MAX])
{
	size_t at;

	if (from->value[0] < 0 || from->value[0] > 2 || from->value[1] < 0 ||
	    (from->value[0] < 2 && from->value[1] > 39))
		return 0;
	at = oid_put(oid, 0, (unsigned)from->value[0] * 40u + (unsigned)from->value[1]);
	for (size_t i = 2; i < SC_MAX_OBJECT_ID_OCTETS && from->value[i] >= 0; i++)
		at = oid_put(oid, at, (unsigned)from->value[i]);
	return at;
}

static card_err data_fill(struct card *card, struct data_entry *data, const struct sc_pkcs15_object *object)
{
	const struct sc_pkcs15_data_info *from = object->data;
	uint8_t oid[OID_MAX];
	const size_t oid_len = oid_encode(&from->app_oid, oid);

	data->object = object;
	label_copy(&data->label, object);
	text_copy(data->application, sizeof(data->application), from->app_label, sizeof(from->app_label));
	data->oid = malloc(oid_len != 0 ? oid_len : 1);
	if (data->oid == NULL)
		return CE_NO_MEMORY;
	memcpy(data->oid, oid, oid_len);
	data->info = (struct card_data_info){
		.label = data->label,
		.application = data->application,
		.oid = span_of(data->oid, oid_len),
		.is_private = (object->flags & SC_PKCS15_CO_FLAG_PRIVATE) != 0,
	};
	if (data->info.is_private)
		card->info.login_required = true;
	return CE_OK;
}

card_err data_gather(struct card *card)
{
	AUTO(object_list_free) struct object_list list;
	card_err err = object_list_make(card, SC_PKCS15_TYPE_DATA_OBJECT, &list);

	if (err != CE_OK || list.count == 0)
		return err;
	card->data = calloc(list.count, sizeof(*card->data));
	if (card->data == NULL)
		return CE_NO_MEMORY;
	for (size_t i = 0; err == CE_OK && i < list.count; i++)
		if (list.objects[i]->data != NULL)
			err = data_fill(card, &card->data[card->data_count++], list.objects[i]);
	return err;
}

void data_free(struct card *card)
{
	for (size_t i = 0; i < card->data_count; i++) {
		free(card->data[i].oid);
		free(card->data[i].bytes);
	}
	free(card->data);
	card->data = NULL;
	card->data_count = 0;
}

size_t op_data_count(struct card *card)
{
	return card->data_count;
}

const struct card_data_info *op_data(struct card *card, size_t data)
{
	return data < card->data_count ? &card->data[data].info : NULL;
}

static void read_free(struct sc_pkcs15_data **read)
{
	sc_pkcs15_free_data_object(*read);
}

static card_err data_keep(struct data_entry *data, const struct sc_pkcs15_data *read)
{
	const size_t len = read != NULL && read->data != NULL ? read->data_len : 0;

	data->bytes = malloc(len != 0 ? len : 1);
	if (data->bytes == NULL)
		return CE_NO_MEMORY;
	if (len != 0)
		memcpy(data->bytes, read->data, len);
	data->len = len;
	return CE_OK;
}

/* With the card held. */
static card_err data_load(struct card *card, struct data_entry *data)
{
	AUTO(read_free) struct sc_pkcs15_data *read = NULL;
	const int r = sc_pkcs15_read_data_object(card->p15, data->object->data, data->info.is_private, &read);

	/* Drivers list what their kind of card may have, and learn here that this one has it not. */
	if (r == SC_ERROR_FILE_NOT_FOUND || r == SC_ERROR_OBJECT_NOT_FOUND || r == SC_ERROR_DATA_OBJECT_NOT_FOUND ||
	    r == SC_ERROR_FILE_END_REACHED)
		return data_keep(data, NULL);
	return r < 0 ? card_failed(card, "read a data object", r) : data_keep(data, read);
}

static card_err data_fetch(struct card *card, struct data_entry *data)
{
	WITH_CARD(card);
	card_err err = card_hold(card);

	if (err != CE_OK)
		return err;
	err = data_load(card, data);
	card_release(card);
	return err;
}

card_err op_data_read(struct card *card, size_t data, struct span *ret_bytes)
{
	struct data_entry *entry;
	card_err err = CE_OK;

	if (data >= card->data_count)
		return CE_NOT_FOUND;
	entry = &card->data[data];
	if (entry->bytes == NULL)
		err = data_fetch(card, entry);
	if (err == CE_OK)
		*ret_bytes = span_of(entry->bytes, entry->len);
	return err;
}
