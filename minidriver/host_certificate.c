/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "minidriver/host.h"

void host_certificates_free(struct md_card *card)
{
	for (size_t i = 0; i < card->certificate_count; i++)
		host_bytes_clear(&card->certificates[i].der);
	free(card->certificates);
	card->certificates = NULL;
	card->certificate_count = 0;
}

static md_err read_certificate(struct md_card *card, size_t index)
{
	struct host_certificate *c = &card->certificates[index];
	const struct host_query query = { .container = HOST_NO_CONTAINER,
					  .name = CP_EXT_CERTIFICATE,
					  .flags = (DWORD)index };
	const md_err err = host_property_fixed(card, &query, &c->info, sizeof(c->info));

	if (err != MD_OK)
		return err;
	if (c->info.cbId > sizeof(c->info.rgbId))
		return MD_E_UNEXPECTED;
	c->info.szLabel[sizeof(c->info.szLabel) - 1] = '\0';
	c->info.szFile[sizeof(c->info.szFile) - 1] = '\0';
	c->view = (struct md_certificate){
		.id = span_of(c->info.rgbId, c->info.cbId),
		.label = c->info.szLabel,
		.authority = c->info.fAuthority != FALSE,
		.is_private = c->info.fPrivate != FALSE,
		.container = c->info.dwContainer < card->container_count ? c->info.dwContainer : MD_NO_INDEX,
	};
	return MD_OK;
}

md_err host_read_certificates(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_CERTIFICATE_COUNT };
	DWORD count = 0;
	md_err err = host_property_fixed(card, &query, &count, sizeof(count));

	if (err != MD_OK)
		return err;
	card->certificates = calloc(count != 0 ? count : 1, sizeof(*card->certificates));
	if (card->certificates == NULL)
		return MD_E_NO_MEMORY;
	card->certificate_count = count;
	for (size_t i = 0; i < count && err == MD_OK; i++)
		err = read_certificate(card, i);
	return err;
}

size_t md_certificate_count(struct md_card *card)
{
	return card->certificate_count;
}

const struct md_certificate *md_certificate(struct md_card *card, size_t certificate)
{
	return certificate < card->certificate_count ? &card->certificates[certificate].view : NULL;
}

md_err md_certificate_read(struct md_card *card, size_t certificate, struct span *ret_der)
{
	struct host_certificate *c;

	if (certificate >= card->certificate_count)
		return MD_E_FILE_NOT_FOUND;
	c = &card->certificates[certificate];
	return host_file_once(card, c->info.szFile, &c->der, ret_der);
}
