/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "minidriver/error.h"
#include "minidriver/host.h"

/* ---- lives ------------------------------------------------------------------------------------------ */

void host_card_hold_memory(struct md_card *card)
{
	atomic_fetch_add(&card->refs, 1);
}

void host_card_release_memory(struct md_card *card)
{
	if (atomic_fetch_sub(&card->refs, 1) != 1)
		return;
	host_containers_free(card);
	host_certificates_free(card);
	host_data_free(card);
	lock_destroy(&card->files_lock);
	lock_destroy(&card->pins_lock);
	host_md_release(card->md);
	free(card);
}

void host_card_close(struct md_card *card)
{
	if (atomic_exchange(&card->closed, true))
		return;
	host_pins_clear(card);
	if (card->has_context)
		(void)card->data.pfnCardDeleteContext(&card->data);
	card_registry_remove(card->card_handle);
	card->ops->disconnect(card->card);
	card->card = NULL;
}

static void unlink_card(struct md_card *card)
{
	struct md *md = card->md;

	LOCKED(&md->lock);
	for (struct md_card **at = &md->cards; *at != NULL; at = &(*at)->next) {
		if (*at != card)
			continue;
		*at = card->next;
		return;
	}
}

struct md_card *md_card_hold(struct md_card *card)
{
	atomic_fetch_add(&card->users, 1);
	return card;
}

void md_card_release(struct md_card *card)
{
	if (card == NULL || atomic_fetch_sub(&card->users, 1) != 1)
		return;
	unlink_card(card);
	host_card_close(card);
	host_card_release_memory(card);
}

static void card_release_cleanup(struct md_card **card)
{
	md_card_release(*card);
}

/* ---- acquiring -------------------------------------------------------------------------------------- */

static struct md_card *card_new(struct md *md)
{
	struct md_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return NULL;
	if (!lock_init(&card->files_lock)) {
		free(card);
		return NULL;
	}
	if (!lock_init(&card->pins_lock)) {
		lock_destroy(&card->files_lock);
		free(card);
		return NULL;
	}
	atomic_init(&card->users, 1);
	atomic_init(&card->refs, 1);
	atomic_init(&card->closed, true); /* until there is something to close */
	atomic_fetch_add(&md->refs, 1);
	card->md = md;
	card->ops = md->ops;
	return card;
}

static md_err connect_card(struct md *md, size_t reader, struct md_card *card)
{
	card_err err;

	LOCKED(&md->lock);
	err = md->ops->connect(md->system, reader, &card->card);
	if (err != CE_OK)
		return error_to_md(error_from_card(err));
	atomic_store(&card->closed, false);
	card->next = md->cards;
	md->cards = card;
	return MD_OK;
}

/* The table wants an ATR and a name; a card that told none gets the shortest ATR there is. */
static void set_identity(struct md_card *card)
{
	const struct card_info *info = card->ops->info(card->card);
	size_t len = info->atr_len < sizeof(card->atr) ? info->atr_len : sizeof(card->atr);

	memcpy(card->atr, info->atr, len);
	if (len < 2) {
		card->atr[0] = HOST_ATR_NONE;
		card->atr[1] = 0;
		len = 2;
	}
	card->data.pbAtr = card->atr;
	card->data.cbAtr = (DWORD)len;
	for (size_t i = 0; i + 1 < ARRAY_COUNT(card->name) && info->model[i] != '\0'; i++)
		card->name[i] = (WCHAR)(unsigned char)info->model[i];
	card->data.pwszCardName = card->name;
}

static md_err acquire_context(struct md_card *card)
{
	DWORD err;

	card->card_handle = card_registry_add_card(card->md->system_handle, card->ops, card->card);
	if (card->card_handle == 0)
		return MD_E_NO_MEMORY;
	set_identity(card);
	card->data.dwVersion = CARD_DATA_CURRENT_VERSION;
	card->data.pfnCspAlloc = host_alloc;
	card->data.pfnCspReAlloc = host_realloc;
	card->data.pfnCspFree = host_free;
	card->data.hSCardCtx = card->md->system_handle;
	card->data.hScard = card->card_handle;
	err = CardAcquireContext(&card->data, 0);
	card->has_context = err == ERROR_SUCCESS;
	return error_to_md(err);
}

static md_err read_text(struct md_card *card, LPCWSTR name, char *ret_text, size_t room)
{
	AUTO(host_bytes_clear) struct host_bytes bytes = { NULL, 0 };
	const md_err err =
		host_property(card, &(struct host_query){ .container = HOST_NO_CONTAINER, .name = name }, &bytes);

	if (err == MD_OK)
		(void)snprintf(ret_text, room, "%s", (const char *)bytes.data);
	return err;
}

static md_err read_versions(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_VERSIONS };
	CARD_EXT_VERSIONS versions;
	const md_err err = host_property_fixed(card, &query, &versions, sizeof(versions));

	if (err == MD_OK) {
		card->info.hardware = (struct md_version){ versions.bHardwareMajor, versions.bHardwareMinor };
		card->info.firmware = (struct md_version){ versions.bFirmwareMajor, versions.bFirmwareMinor };
	}
	return err;
}

static md_err read_info(struct md_card *card)
{
	static const struct host_query login = { .container = HOST_NO_CONTAINER, .name = CP_EXT_LOGIN_REQUIRED };
	struct md_card_info *info = &card->info;
	BOOL required = FALSE;
	md_err err = read_text(card, CP_EXT_LABEL, info->label, sizeof(info->label));

	if (err == MD_OK)
		err = read_text(card, CP_EXT_MANUFACTURER, info->manufacturer, sizeof(info->manufacturer));
	if (err == MD_OK)
		err = read_text(card, CP_EXT_MODEL, info->model, sizeof(info->model));
	if (err == MD_OK)
		err = read_text(card, CP_EXT_SERIAL, info->serial, sizeof(info->serial));
	if (err == MD_OK)
		err = read_versions(card);
	if (err == MD_OK)
		err = host_property_fixed(card, &login, &required, sizeof(required));
	info->login_required = required != FALSE;
	return err;
}

static md_err read_session_keys(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_SESSION_KEYS };
	const md_err err = host_property_fixed(card, &query, &card->session_keys, sizeof(card->session_keys));

	if (err != MD_OK)
		return err;
	return card->session_keys->dwVersion >= CARD_EXT_SESSION_KEYS_VERSION ? MD_OK : MD_E_REVISION_MISMATCH;
}

static md_err read_card(struct md_card *card)
{
	md_err err = read_session_keys(card);

	if (err == MD_OK)
		err = read_info(card);
	if (err == MD_OK)
		err = host_read_pins(card);
	if (err == MD_OK)
		err = host_read_containers(card);
	if (err == MD_OK)
		err = host_read_certificates(card);
	if (err == MD_OK)
		err = host_read_data(card);
	return err;
}

md_err md_card_acquire(struct md *md, size_t reader, struct md_card **ret_card)
{
	AUTO(card_release_cleanup) struct md_card *card = card_new(md);
	md_err err;

	if (card == NULL)
		return MD_E_NO_MEMORY;
	err = connect_card(md, reader, card);
	if (err == MD_OK)
		err = acquire_context(card);
	if (err == MD_OK)
		err = read_card(card);
	if (err == MD_OK)
		*ret_card = STEAL(card);
	return err;
}

md_err md_card_check(struct md_card *card)
{
	static const struct host_query query = { .container = HOST_NO_CONTAINER, .name = CP_EXT_CARD_PRESENT };
	BOOL present = FALSE;

	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	return host_property_fixed(card, &query, &present, sizeof(present));
}

const struct md_card_info *md_card_info(struct md_card *card)
{
	return &card->info;
}
