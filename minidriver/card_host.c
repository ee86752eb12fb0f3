/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/card_host.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/ossl.h"
#include "minidriver/card_registry.h"
#include "minidriver/cardmod.h"
#include "minidriver/error.h"

struct host_system {
	struct host_system *next;
	const struct card_ops *ops;
	struct card_system *system;
	handle_t handle;
	size_t cards;
};

struct host_connection {
	struct host_connection *next;
	struct host_system *system;
	struct card *card;
	handle_t handle;
};

/* Opening and connecting is rare: one mutex for all of it, also while a card is being asked. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct host_system *systems;
static struct host_connection *connections;

static void unlock(pthread_mutex_t **locked)
{
	(void)pthread_mutex_unlock(*locked);
}
static pthread_mutex_t *lock(void)
{
	(void)pthread_mutex_lock(&mutex);
	return &mutex;
}
#define HOST_LOCKED() AUTO(unlock) UNUSED pthread_mutex_t *locked_here_ = lock()

/* ---- systems ---------------------------------------------------------------------------------------- */

static struct host_system **find_system_locked(SCARDCONTEXT handle)
{
	struct host_system **at = &systems;

	while (*at != NULL && (handle == 0 || (*at)->handle != handle))
		at = &(*at)->next;
	return at;
}

static void end_system(struct host_system *system)
{
	card_registry_remove(system->handle);
	system->ops->system_close(system->system);
	ossl_release();
	free(system);
}

static DWORD begin_system(LPCSTR application, struct host_system *system)
{
	const struct card_system_params params = { .app_name = application };
	const card_err err = system->ops->system_open(&params, &system->system);

	if (err != CE_OK)
		return error_from_card(err);
	system->handle = card_registry_add_system(system->system);
	if (system->handle != 0)
		return ERROR_SUCCESS;
	system->ops->system_close(system->system);
	return SCARD_E_NO_MEMORY;
}

static DWORD open_system(LPCSTR application, struct host_system **ret_system)
{
	struct host_system *system = calloc(1, sizeof(*system));
	DWORD err;

	if (system == NULL || !ossl_acquire()) {
		free(system);
		return SCARD_E_NO_MEMORY;
	}
	system->ops = card_default_ops();
	err = begin_system(application, system);
	if (err != ERROR_SUCCESS) {
		ossl_release();
		free(system);
		return err;
	}
	*ret_system = system;
	return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI CardHostOpen(LPCSTR pszApplication, SCARDCONTEXT *phContext)
{
	struct host_system *system = NULL;
	DWORD err;

	if (pszApplication == NULL || phContext == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = open_system(pszApplication, &system);
	if (err != ERROR_SUCCESS)
		return err;
	HOST_LOCKED();
	system->next = systems;
	systems = system;
	*phContext = system->handle;
	return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI CardHostClose(SCARDCONTEXT hContext)
{
	struct host_system **at;
	struct host_system *system;

	HOST_LOCKED();
	at = find_system_locked(hContext);
	system = *at;
	if (system == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (system->cards != 0)
		return SCARD_E_SHARING_VIOLATION;
	*at = system->next;
	end_system(system);
	return ERROR_SUCCESS;
}

/* ---- readers ---------------------------------------------------------------------------------------- */

static DWORD read_reader_locked(struct host_system *system, size_t index, struct card_reader_info *ret_info)
{
	size_t count = 0;
	card_err err = system->ops->readers_refresh(system->system, &count);

	if (err == CE_OK && index >= count)
		err = CE_NO_READER;
	if (err == CE_OK)
		err = system->ops->reader_info(system->system, index, ret_info);
	return error_from_card(err);
}

static DWORD give_name(const char *name, LPSTR buffer, PDWORD inout_size)
{
	const DWORD room = *inout_size;
	const size_t size = strlen(name) + 1;

	*inout_size = (DWORD)size;
	if (buffer == NULL)
		return ERROR_SUCCESS;
	if (size > room)
		return ERROR_INSUFFICIENT_BUFFER;
	memcpy(buffer, name, size);
	return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI CardHostReader(SCARDCONTEXT hContext, DWORD dwIndex, LPSTR pszName, PDWORD pcbName,
				   BOOL *pfCardPresent)
{
	struct card_reader_info info;
	struct host_system *system;
	DWORD err;

	HOST_LOCKED();
	system = *find_system_locked(hContext);
	if (system == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (pcbName == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = read_reader_locked(system, dwIndex, &info);
	if (err == ERROR_SUCCESS)
		err = give_name(info.attached ? info.name : "", pszName, pcbName);
	if (err == ERROR_SUCCESS && pfCardPresent != NULL)
		*pfCardPresent = info.attached && info.card_present;
	return err;
}

static DWORD find_reader_locked(struct host_system *system, LPCSTR name, size_t *ret_index)
{
	struct card_reader_info info;
	DWORD err = ERROR_SUCCESS;

	for (size_t i = 0; err == ERROR_SUCCESS; i++) {
		err = read_reader_locked(system, i, &info);
		if (err == ERROR_SUCCESS && info.attached && strcmp(info.name, name) == 0) {
			*ret_index = i;
			return ERROR_SUCCESS;
		}
	}
	return err;
}

/* ---- cards ------------------------------------------------------------------------------------------ */

static DWORD connect_locked(struct host_connection *connection, LPCSTR reader)
{
	struct host_system *system = connection->system;
	size_t index = 0;
	DWORD err = find_reader_locked(system, reader, &index);

	if (err == ERROR_SUCCESS)
		err = error_from_card(system->ops->connect(system->system, index, &connection->card));
	if (err != ERROR_SUCCESS)
		return err;
	connection->handle = card_registry_add_card(system->handle, system->ops, connection->card);
	if (connection->handle != 0)
		return ERROR_SUCCESS;
	system->ops->disconnect(connection->card);
	return SCARD_E_NO_MEMORY;
}

static void give_atr(const struct host_connection *connection, PBYTE atr, PDWORD ret_len)
{
	const struct card_info *info = connection->system->ops->info(connection->card);

	memcpy(atr, info->atr, info->atr_len);
	*ret_len = (DWORD)info->atr_len;
}

EXPORT DWORD WINAPI CardHostConnect(SCARDCONTEXT hContext, LPCSTR pszReader, SCARDHANDLE *phCard, PBYTE pbAtr,
				    PDWORD pcbAtr)
{
	struct host_connection *connection;
	struct host_system *system;
	DWORD err;

	HOST_LOCKED();
	system = *find_system_locked(hContext);
	if (system == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (pszReader == NULL || phCard == NULL || pbAtr == NULL || pcbAtr == NULL)
		return SCARD_E_INVALID_PARAMETER;
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL)
		return SCARD_E_NO_MEMORY;
	connection->system = system;
	err = connect_locked(connection, pszReader);
	if (err != ERROR_SUCCESS) {
		free(connection);
		return err;
	}
	connection->next = connections;
	connections = connection;
	system->cards++;
	give_atr(connection, pbAtr, pcbAtr);
	*phCard = connection->handle;
	return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI CardHostDisconnect(SCARDHANDLE hCard)
{
	struct host_connection **at = &connections;
	struct host_connection *connection;

	HOST_LOCKED();
	while (*at != NULL && (hCard == 0 || (*at)->handle != hCard))
		at = &(*at)->next;
	connection = *at;
	if (connection == NULL)
		return SCARD_E_INVALID_HANDLE;
	*at = connection->next;
	card_registry_remove(connection->handle);
	connection->system->ops->disconnect(connection->card);
	connection->system->cards--;
	free(connection);
	return ERROR_SUCCESS;
}
