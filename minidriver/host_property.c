/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/error.h"
#include "minidriver/host.h"

static DWORD ask(struct md_card *card, const struct host_query *query, struct host_bytes *room, PDWORD ret_len)
{
	if (query->container == HOST_NO_CONTAINER)
		return card->data.pfnCardGetProperty(&card->data, query->name, room->data, (DWORD)room->len, ret_len,
						     query->flags);
	return card->data.pfnCardGetContainerProperty(&card->data, (BYTE)query->container, query->name, room->data,
						      (DWORD)room->len, ret_len, query->flags);
}

md_err host_property(struct md_card *card, const struct host_query *query, struct host_bytes *ret_bytes)
{
	AUTO(host_bytes_clear) struct host_bytes bytes = { NULL, 0 };
	DWORD len = 0;
	DWORD err = ask(card, query, &bytes, &len);

	if (err == ERROR_INSUFFICIENT_BUFFER) {
		if (!host_bytes_alloc(&bytes, len))
			return MD_E_NO_MEMORY;
		err = ask(card, query, &bytes, &len);
	} else if (err == ERROR_SUCCESS && !host_bytes_alloc(&bytes, 0)) {
		return MD_E_NO_MEMORY;
	}
	if (err != ERROR_SUCCESS)
		return error_to_md(err);
	host_bytes_clear(ret_bytes);
	*ret_bytes = bytes;
	bytes = (struct host_bytes){ NULL, 0 };
	return MD_OK;
}

md_err host_property_fixed(struct md_card *card, const struct host_query *query, void *ret_value, size_t size)
{
	struct host_bytes room = { ret_value, size };
	DWORD len = 0;
	const DWORD err = ask(card, query, &room, &len);

	if (err != ERROR_SUCCESS)
		return error_to_md(err);
	return len == size ? MD_OK : MD_E_UNEXPECTED;
}

md_err host_file(struct md_card *card, LPCSTR directory, LPCSTR name, struct host_bytes *ret_bytes)
{
	PBYTE data = NULL;
	DWORD len = 0;
	const DWORD err = card->data.pfnCardReadFile(&card->data, directory, name, 0, &data, &len);
	bool copied;

	if (err != ERROR_SUCCESS)
		return error_to_md(err);
	copied = host_bytes_set(ret_bytes, span_of(data, len));
	card->data.pfnCspFree(data);
	return copied ? MD_OK : MD_E_NO_MEMORY;
}

md_err host_file_once(struct md_card *card, LPCSTR name, struct host_bytes *kept, struct span *ret_bytes)
{
	md_err err = MD_OK;

	LOCKED(&card->files_lock);
	if (kept->data == NULL && atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	if (kept->data == NULL)
		err = host_file(card, szBASE_CSP_DIR, name, kept);
	if (err == MD_OK)
		*ret_bytes = host_bytes_span(kept);
	return err;
}
