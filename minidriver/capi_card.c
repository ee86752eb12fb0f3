/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/capi.h"
#include "minidriver/wide.h"

#define PREFIX "\\\\.\\"

/* A container's name, taken apart. */
struct place {
	const char *reader; /* reader_len bytes; NULL: any */
	size_t reader_len;
	const char *container; /* empty: the first one that can exchange keys */
	bool verify;           /* no container at all */
};

static struct place read_place(const char *name, bool verify)
{
	struct place place = { .container = name, .verify = verify };

	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0)
		return place;
	place.reader = name + sizeof(PREFIX) - 1;
	place.reader_len = strcspn(place.reader, "\\");
	place.container = place.reader + place.reader_len;
	if (place.container[0] == '\\')
		place.container++;
	return place;
}

/* ---- containers of a card --------------------------------------------------------------------------- */

/* The name in the card's map of containers. */
static char *map_name(struct md_card *card, size_t index)
{
	AUTO(host_bytes_clear) struct host_bytes map = { NULL, 0 };
	CONTAINER_MAP_RECORD record;
	char name[4 * (MAX_CONTAINER_NAME_LEN + 1)];

	if (host_file(card, szBASE_CSP_DIR, szCONTAINER_MAP_FILE, &map) != MD_OK || index >= map.len / sizeof(record))
		return NULL;
	memcpy(&record, map.data + index * sizeof(record), sizeof(record));
	record.wszGuid[MAX_CONTAINER_NAME_LEN] = 0;
	return wide_to_utf8(record.wszGuid, name, sizeof(name)) ? strdup(name) : NULL;
}

static void text_free(char **text)
{
	free(*text);
}

static bool is_named(struct md_card *card, size_t index, const char *name)
{
	AUTO(text_free) char *map = map_name(card, index);

	return (map != NULL && strcmp(map, name) == 0) || strcmp(md_container(card, index)->label, name) == 0;
}

static bool exchanges(const struct md_container *container)
{
	return container->type == MD_PUBLIC_RSA && (container->usage & (MD_USE_DECRYPT | MD_USE_UNWRAP)) != 0;
}

static size_t find_container(struct md_card *card, const char *name)
{
	const size_t count = md_container_count(card);

	for (size_t i = 0; i < count; i++) {
		if (name[0] == '\0' ? exchanges(md_container(card, i)) : is_named(card, i, name))
			return i;
	}
	return name[0] == '\0' && count != 0 ? 0 : MD_NO_INDEX;
}

char *capi_card_container_name(struct capi_provider *provider, size_t index)
{
	if (provider->card == NULL || index >= md_container_count(provider->card))
		return NULL;
	return map_name(provider->card, index);
}

/* ---- opening ---------------------------------------------------------------------------------------- */

/* Take the card in a reader, if it has the container. */
static DWORD try_card(struct capi_provider *provider, size_t reader, const struct md_reader *info,
		      const struct place *place)
{
	struct md_card *card = NULL;
	const md_err err = md_card_acquire(provider->md, reader, &card);
	size_t index = MD_NO_INDEX;

	if (err != MD_OK)
		return (DWORD)err;
	if (!place->verify)
		index = find_container(card, place->container);
	if (!place->verify && index == MD_NO_INDEX) {
		md_card_release(card);
		return NTE_BAD_KEYSET;
	}
	provider->reader = strdup(info->name);
	if (provider->reader == NULL) {
		md_card_release(card);
		return NTE_NO_MEMORY;
	}
	provider->card = card;
	provider->data = &card->data;
	provider->keys = card->session_keys;
	provider->index = index;
	return ERROR_SUCCESS;
}

static bool is_meant(const struct md_reader *info, const struct place *place)
{
	if (!info->attached)
		return false;
	return place->reader == NULL || (strlen(info->name) == place->reader_len &&
					 memcmp(info->name, place->reader, place->reader_len) == 0);
}

/* Reader after reader; what the last card that was asked said is the answer if none will do. */
static DWORD search(struct capi_provider *provider, const struct place *place)
{
	DWORD result = place->reader != NULL ? SCARD_E_UNKNOWN_READER : SCARD_E_NO_SMARTCARD;
	size_t count = 0;
	const md_err err = md_readers_refresh(provider->md, &count);

	if (err != MD_OK)
		return (DWORD)err;
	for (size_t i = 0; i < count; i++) {
		struct md_reader info;

		if (md_reader_info(provider->md, i, &info) != MD_OK || !is_meant(&info, place))
			continue;
		if (!info.card_present) {
			result = result == SCARD_E_UNKNOWN_READER ? SCARD_E_NO_SMARTCARD : result;
			continue;
		}
		result = try_card(provider, i, &info, place);
		if (result == ERROR_SUCCESS)
			break;
	}
	return result;
}

DWORD capi_card_open(struct capi_provider *provider, const char *container, bool verify)
{
	const struct md_options options = { .app_name = PACKAGE_NAME };
	const struct place place = read_place(container, verify);
	const md_err err = md_open(&options, &provider->md);

	if (err != MD_OK)
		return (DWORD)err;
	/* with no reader named, a container that is not used says nothing of which card is meant */
	if (verify && place.reader == NULL)
		return NTE_BAD_FLAGS;
	return search(provider, &place);
}

void capi_card_close(struct capi_provider *provider)
{
	md_card_release(provider->card);
	md_close(provider->md);
	free(provider->reader);
}

/* ---- PINs ------------------------------------------------------------------------------------------- */

DWORD capi_card_pin(struct capi_provider *provider, size_t *ret_pin)
{
	const struct md_container *container =
		provider->card != NULL ? md_container(provider->card, provider->index) : NULL;

	if (container == NULL || container->pin == MD_NO_INDEX)
		return NTE_NO_KEY;
	*ret_pin = container->pin;
	return ERROR_SUCCESS;
}

static bool has_pad(struct capi_provider *provider)
{
	struct md_reader info;
	size_t count = 0;

	if (md_readers_refresh(provider->md, &count) != MD_OK)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (md_reader_info(provider->md, i, &info) == MD_OK && info.attached &&
		    strcmp(info.name, provider->reader) == 0)
			return info.pinpad;
	}
	return false;
}

DWORD capi_card_ask_pin(struct capi_provider *provider)
{
	size_t pin = MD_NO_INDEX;
	const DWORD err = capi_card_pin(provider, &pin);

	if (err != ERROR_SUCCESS)
		return SCARD_W_CARD_NOT_AUTHENTICATED;
	if (provider->silent)
		return NTE_SILENT_CONTEXT;
	if (!has_pad(provider))
		return SCARD_W_CARD_NOT_AUTHENTICATED;
	return (DWORD)md_pin_verify(provider->card, pin, SPAN_EMPTY);
}
