/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "minidriver/drv_container.h"
#include "minidriver/drv_identity.h"
#include "minidriver/drv_roots.h"
#include "minidriver/error.h"
#include "base/quiet.h"

/* A file's bytes: owned, or borrowed from the card. */
struct content {
	struct span bytes;
	uint8_t *owned;
};

static void content_clear(struct content *content)
{
	free(content->owned);
}

static uint8_t *content_alloc(struct content *content, size_t len)
{
	content->owned = calloc(1, len != 0 ? len : 1);
	content->bytes = span_of(content->owned, content->owned != NULL ? len : 0);
	return content->owned;
}

/* ---- contents --------------------------------------------------------------------------------------- */

static DWORD make_cardid(struct drv *drv, size_t number, struct content *content)
{
	uint8_t *bytes = content_alloc(content, DRV_GUID_LEN);

	(void)number;
	if (bytes == NULL)
		return SCARD_E_NO_MEMORY;
	return drv_guid(drv, bytes) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

static DWORD make_cardcf(struct drv *drv, size_t number, struct content *content)
{
	CARD_CACHE_FILE_FORMAT cache;
	DWORD err;

	(void)number;
	if (content_alloc(content, sizeof(cache)) == NULL)
		return SCARD_E_NO_MEMORY;
	err = drv_cache_file(drv, &cache);
	if (err == ERROR_SUCCESS)
		memcpy(content->owned, &cache, sizeof(cache));
	return err;
}

static DWORD make_cardapps(struct drv *drv, size_t number, struct content *content)
{
	static const char applications[8] = szBASE_CSP_DIR;

	(void)drv;
	(void)number;
	content->bytes = span_of(applications, sizeof(applications));
	return ERROR_SUCCESS;
}

/* A caller that names no container means the first that has a certificate, else the first. */
static size_t default_container(const struct drv *drv)
{
	const size_t certs = drv->ops->cert_count(drv->card);
	size_t first = drv_container_count(drv);

	for (size_t i = 0; i < certs; i++) {
		const size_t key = drv->ops->cert(drv->card, i)->key;

		first = key < first ? key : first;
	}
	return first < drv_container_count(drv) ? first : 0;
}

static bool make_record(const struct drv *drv, size_t index, CONTAINER_MAP_RECORD *record)
{
	const struct card_key_info *key = drv->ops->key(drv->card, index);

	*record = (CONTAINER_MAP_RECORD){ .bFlags = CONTAINER_MAP_VALID_CONTAINER };
	if (index == default_container(drv))
		record->bFlags |= CONTAINER_MAP_DEFAULT_CONTAINER;
	if (drv_key_signs(key))
		record->wSigKeySizeBits = (WORD)key->bits;
	if (drv_key_exchanges(key))
		record->wKeyExchangeKeySizeBits = (WORD)key->bits;
	return drv_container_name(drv, index, record->wszGuid);
}

static DWORD make_cmapfile(struct drv *drv, size_t number, struct content *content)
{
	const size_t count = drv_container_count(drv);

	(void)number;
	if (content_alloc(content, count * sizeof(CONTAINER_MAP_RECORD)) == NULL)
		return SCARD_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		CONTAINER_MAP_RECORD record;

		if (!make_record(drv, i, &record))
			return SCARD_E_UNEXPECTED;
		memcpy(content->owned + i * sizeof(record), &record, sizeof(record));
	}
	return ERROR_SUCCESS;
}

/*
 * WDD: a file that cannot be read is SCARD_E_COMM_DATA_LOST; that the card is gone, or a PIN is missing, stays
 * visible.
 */
static DWORD read_error(card_err err)
{
	switch (err) {
	case CE_NOT_FOUND:
		return SCARD_E_FILE_NOT_FOUND;
	case CE_DATA_INVALID:
	case CE_CARD:
	case CE_NOT_SUPPORTED:
		return SCARD_E_COMM_DATA_LOST;
	default:
		return error_from_card(err);
	}
}

DWORD drv_certificate_read(struct drv *drv, size_t cert, struct span *ret_der)
{
	LOCKED(&drv->lock);
	return read_error(drv->ops->cert_read(drv->card, cert, ret_der));
}

static DWORD make_certificate(struct drv *drv, size_t number, struct content *content)
{
	return drv_certificate_read(drv, number, &content->bytes);
}

static DWORD make_data(struct drv *drv, size_t number, struct content *content)
{
	LOCKED(&drv->lock);
	return read_error(drv->ops->data_read(drv->card, number, &content->bytes));
}

static DWORD make_roots(struct drv *drv, size_t number, struct content *content)
{
	size_t len = 0;
	const DWORD err = drv_roots_make(drv, &content->owned, &len);

	(void)number;
	content->bytes = span_of(content->owned, len);
	return err;
}

/* ---- names ------------------------------------------------------------------------------------------ */

/* Whether a certificate is its container's first; only that one has the container's file. */
static bool first_of_container(const struct drv *drv, size_t cert)
{
	const size_t key = drv->ops->cert(drv->card, cert)->key;

	if (key >= drv_container_count(drv))
		return false;
	for (size_t i = 0; i < cert; i++) {
		if (drv->ops->cert(drv->card, i)->key == key)
			return false;
	}
	return true;
}

void drv_certificate_file(const struct drv *drv, size_t cert, char ret_name[DRV_FILE_NAME_MAX])
{
	const char *prefix = "xcr";
	size_t number = cert;

	if (first_of_container(drv, cert)) {
		number = drv->ops->cert(drv->card, cert)->key;
		prefix = drv_key_exchanges(drv->ops->key(drv->card, number)) ? szUSER_KEYEXCHANGE_CERT_PREFIX
									     : szUSER_SIGNATURE_CERT_PREFIX;
	}
	(void)snprintf(ret_name, DRV_FILE_NAME_MAX, "%s%02u", prefix, (unsigned)(number % 100000u));
}

/*
 * An EC key that signs and agrees has its certificate under both names: a caller looks under the one of the key that it
 * opened.
 */
static bool second_file(const struct drv *drv, size_t cert, char ret_name[DRV_FILE_NAME_MAX])
{
	const struct card_key_info *key;
	size_t container;

	if (!first_of_container(drv, cert))
		return false;
	container = drv->ops->cert(drv->card, cert)->key;
	key = drv->ops->key(drv->card, container);
	if (!drv_key_signs(key) || !drv_key_exchanges(key))
		return false;
	(void)snprintf(ret_name, DRV_FILE_NAME_MAX, "%s%02u", szUSER_SIGNATURE_CERT_PREFIX, (unsigned)container);
	return true;
}

void drv_data_file(size_t data, char ret_name[DRV_FILE_NAME_MAX])
{
	(void)snprintf(ret_name, DRV_FILE_NAME_MAX, "dat%02u", (unsigned)(data % 100000u));
}

struct file {
	bool in_mscp;
	const char *name;
	DWORD (*make)(struct drv *drv, size_t number, struct content *content);
	size_t number;
	CARD_FILE_ACCESS_CONDITION access;
};

static const struct file fixed_files[] = {
	{ false, szCARD_IDENTIFIER_FILE, make_cardid, 0, EveryoneReadAdminWriteAc },
	{ false, szCACHE_FILE, make_cardcf, 0, EveryoneReadUserWriteAc },
	{ false, szCARD_APPLICATION_FILE, make_cardapps, 0, EveryoneReadAdminWriteAc },
	{ true, szCONTAINER_MAP_FILE, make_cmapfile, 0, EveryoneReadUserWriteAc },
	{ true, szROOT_STORE_FILE, make_roots, 0, EveryoneReadUserWriteAc },
};

static CARD_FILE_ACCESS_CONDITION access_of(bool is_private)
{
	return is_private ? UserReadWriteAc : EveryoneReadUserWriteAc;
}

static DWORD find_certificate(const struct drv *drv, const char *name, struct file *ret_file)
{
	const size_t count = drv->ops->cert_count(drv->card);

	for (size_t i = 0; i < count; i++) {
		char own[DRV_FILE_NAME_MAX];

		drv_certificate_file(drv, i, own);
		if (strcasecmp(own, name) != 0 && (!second_file(drv, i, own) || strcasecmp(own, name) != 0))
			continue;
		*ret_file = (struct file){ .make = make_certificate,
					   .number = i,
					   .access = access_of(drv->ops->cert(drv->card, i)->is_private) };
		return ERROR_SUCCESS;
	}
	return SCARD_E_FILE_NOT_FOUND;
}

static DWORD find_data(const struct drv *drv, const char *name, struct file *ret_file)
{
	const size_t count = drv->ops->data_count(drv->card);

	for (size_t i = 0; i < count; i++) {
		char own[DRV_FILE_NAME_MAX];

		drv_data_file(i, own);
		if (strcasecmp(own, name) != 0)
			continue;
		*ret_file = (struct file){ .make = make_data,
					   .number = i,
					   .access = access_of(drv->ops->data(drv->card, i)->is_private) };
		return ERROR_SUCCESS;
	}
	return SCARD_E_FILE_NOT_FOUND;
}

static DWORD find_directory(LPCSTR directory, bool *ret_in_mscp)
{
	*ret_in_mscp = directory != NULL && directory[0] != '\0';
	return *ret_in_mscp && strcasecmp(directory, szBASE_CSP_DIR) != 0 ? SCARD_E_DIR_NOT_FOUND : ERROR_SUCCESS;
}

static DWORD find_file(const struct drv *drv, LPCSTR directory, LPCSTR name, struct file *ret_file)
{
	bool in_mscp;
	const DWORD err = find_directory(directory, &in_mscp);

	if (err != ERROR_SUCCESS)
		return err;
	for (size_t i = 0; i < ARRAY_COUNT(fixed_files); i++) {
		if (fixed_files[i].in_mscp != in_mscp || strcasecmp(fixed_files[i].name, name) != 0)
			continue;
		*ret_file = fixed_files[i];
		return ERROR_SUCCESS;
	}
	if (!in_mscp)
		return SCARD_E_FILE_NOT_FOUND;
	return find_certificate(drv, name, ret_file) == ERROR_SUCCESS ? ERROR_SUCCESS : find_data(drv, name, ret_file);
}

static DWORD open_file(struct drv *drv, LPCSTR directory, LPCSTR name, struct file *ret_file,
		       struct content *ret_content)
{
	const DWORD err = find_file(drv, directory, name, ret_file);

	OSSL_QUIET();
	return err != ERROR_SUCCESS ? err : ret_file->make(drv, ret_file->number, ret_content);
}

/* ---- the functions of the table --------------------------------------------------------------------- */

DWORD drv_read_file(PCARD_DATA card_data, LPCSTR directory, LPCSTR name, DWORD flags, PBYTE *ret_data, PDWORD ret_len)
{
	AUTO(content_clear) struct content content = { .bytes = SPAN_EMPTY };
	struct file file;
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (name == NULL || flags != 0 || ret_data == NULL || ret_len == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = open_file(drv, directory, name, &file, &content);
	return err != ERROR_SUCCESS ? err : drv_give(card_data, content.bytes, ret_data, ret_len);
}

DWORD drv_get_file_info(PCARD_DATA card_data, LPCSTR directory, LPCSTR name, PCARD_FILE_INFO info)
{
	AUTO(content_clear) struct content content = { .bytes = SPAN_EMPTY };
	struct file file;
	struct drv *drv;
	DWORD version;
	DWORD err = drv_enter_versioned(card_data, &(struct drv_structure){ info, CARD_FILE_INFO_CURRENT_VERSION },
					&drv, &version);

	if (err == ERROR_SUCCESS && name == NULL)
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = open_file(drv, directory, name, &file, &content);
	if (err != ERROR_SUCCESS)
		return err;
	info->cbFileSize = (DWORD)content.bytes.len;
	info->AccessCondition = file.access;
	return ERROR_SUCCESS;
}

static size_t put_name(char *list, size_t at, const char *name)
{
	const size_t size = strlen(name) + 1;

	memcpy(list + at, name, size);
	return at + size;
}

/* All names of a directory, each with its NUL, and one NUL more. */
static DWORD list_names(const struct drv *drv, bool in_mscp, struct content *content)
{
	const size_t certs = in_mscp ? drv->ops->cert_count(drv->card) : 0;
	const size_t data = in_mscp ? drv->ops->data_count(drv->card) : 0;
	const size_t names = ARRAY_COUNT(fixed_files) + 2 * certs + data;
	char *list = (char *)content_alloc(content, names * DRV_FILE_NAME_MAX + 1);
	char name[DRV_FILE_NAME_MAX];
	size_t at = 0;

	if (list == NULL)
		return SCARD_E_NO_MEMORY;
	for (size_t i = 0; i < ARRAY_COUNT(fixed_files); i++) {
		if (fixed_files[i].in_mscp == in_mscp && (fixed_files[i].make != make_roots || drv_has_roots(drv)))
			at = put_name(list, at, fixed_files[i].name);
	}
	for (size_t i = 0; i < certs; i++) {
		drv_certificate_file(drv, i, name);
		at = put_name(list, at, name);
		if (second_file(drv, i, name))
			at = put_name(list, at, name);
	}
	for (size_t i = 0; i < data; i++) {
		drv_data_file(i, name);
		at = put_name(list, at, name);
	}
	content->bytes.len = at + 1;
	return ERROR_SUCCESS;
}

DWORD drv_enum_files(PCARD_DATA card_data, LPCSTR directory, LPSTR *ret_names, LPDWORD ret_size, DWORD flags)
{
	AUTO(content_clear) struct content content = { .bytes = SPAN_EMPTY };
	PBYTE names = NULL;
	struct drv *drv;
	bool in_mscp;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (ret_names == NULL || ret_size == NULL || flags != 0)
		return SCARD_E_INVALID_PARAMETER;
	err = find_directory(directory, &in_mscp);
	if (err == ERROR_SUCCESS)
		err = list_names(drv, in_mscp, &content);
	if (err == ERROR_SUCCESS)
		err = drv_give(card_data, content.bytes, &names, ret_size);
	if (err == ERROR_SUCCESS)
		*ret_names = (LPSTR)names;
	return err;
}

void drv_free_space(const struct drv *drv, PCARD_FREE_SPACE_INFO ret_info)
{
	*ret_info = (CARD_FREE_SPACE_INFO){ .dwVersion = CARD_FREE_SPACE_INFO_CURRENT_VERSION,
					    .dwMaxKeyContainers = (DWORD)drv_container_count(drv) };
}

DWORD drv_query_free_space(PCARD_DATA card_data, DWORD flags, PCARD_FREE_SPACE_INFO info)
{
	struct drv *drv;
	DWORD version;
	const DWORD err = drv_enter_versioned(
		card_data, &(struct drv_structure){ info, CARD_FREE_SPACE_INFO_CURRENT_VERSION }, &drv, &version);

	if (err != ERROR_SUCCESS)
		return err;
	if (flags != 0)
		return SCARD_E_INVALID_PARAMETER;
	drv_free_space(drv, info);
	return ERROR_SUCCESS;
}
