/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "minidriver/host.h"

void host_data_free(struct md_card *card)
{
	for (size_t i = 0; i < card->data_count; i++)
		host_bytes_clear(&card->data_objects[i].bytes);
	free(card->data_objects);
	card->data_objects = NULL;
	card->data_count = 0;
}

static md_err read_data(struct md_card *card, size_t index)
{
	struct host_data *d = &card->data_objects[index];
	const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_DATA, .flags = (DWORD)index };
	const md_err err = host_property_fixed(card, &query, &d->info, sizeof(d->info));

	if (err != MD_OK)
		return err;
	if (d->info.cbOid > sizeof(d->info.rgbOid))
		return MD_E_UNEXPECTED;
	d->info.szLabel[sizeof(d->info.szLabel) - 1] = '\0';
	d->info.szApplication[sizeof(d->info.szApplication) - 1] = '\0';
	d->info.szFile[sizeof(d->info.szFile) - 1] = '\0';
	d->view = (struct md_data){
		.label = d->info.szLabel,
		.application = d->info.szApplication,
		.oid = span_of(d->info.rgbOid, d->info.cbOid),
		.is_private = d->info.fPrivate != FALSE,
	};
	return MD_OK;
}

md_err host_read_data(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_DATA_COUNT };
	DWORD count = 0;
	md_err err = host_property_fixed(card, &query, &count, sizeof(count));

	if (err != MD_OK)
		return err;
	card->data_objects = calloc(count != 0 ? count : 1, sizeof(*card->data_objects));
	if (card->data_objects == NULL)
		return MD_E_NO_MEMORY;
	card->data_count = count;
	for (size_t i = 0; i < count && err == MD_OK; i++)
		err = read_data(card, i);
	return err;
}

size_t md_data_count(struct md_card *card)
{
	return card->data_count;
}

const struct md_data *md_data(struct md_card *card, size_t data)
{
	return data < card->data_count ? &card->data_objects[data].view : NULL;
}

md_err md_data_read(struct md_card *card, size_t data, struct span *ret_bytes)
{
	struct host_data *d;

	if (data >= card->data_count)
		return MD_E_FILE_NOT_FOUND;
	d = &card->data_objects[data];
	return host_file_once(card, d->info.szFile, &d->bytes, ret_bytes);
}
