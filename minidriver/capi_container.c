/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "minidriver/capi.h"

/*
 * A container of Windows holds key pairs, and here key pairs are on cards. What is left is the name, which programs
 * create, open and delete before they do anything else.
 */
struct container {
	struct container *next;
	char name[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct container *containers;
static bool default_gone; /* the container without a name */

static void unlock(pthread_mutex_t **locked)
{
	(void)pthread_mutex_unlock(*locked);
}
static pthread_mutex_t *lock(void)
{
	(void)pthread_mutex_lock(&mutex);
	return &mutex;
}
#define CONTAINERS_LOCKED() AUTO(unlock) UNUSED pthread_mutex_t *locked_here_ = lock()

static struct container **find_locked(const char *name)
{
	struct container **at = &containers;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static bool exists_locked(const char *name)
{
	return name[0] == '\0' ? !default_gone : *find_locked(name) != NULL;
}

DWORD capi_container_open(const char *name)
{
	CONTAINERS_LOCKED();
	return exists_locked(name) ? ERROR_SUCCESS : NTE_BAD_KEYSET;
}

DWORD capi_container_create(const char *name)
{
	const size_t size = strlen(name) + 1;
	struct container *container;

	CONTAINERS_LOCKED();
	if (exists_locked(name))
		return NTE_EXISTS;
	if (name[0] == '\0') {
		default_gone = false;
		return ERROR_SUCCESS;
	}
	container = malloc(sizeof(*container) + size);
	if (container == NULL)
		return NTE_NO_MEMORY;
	memcpy(container->name, name, size);
	container->next = containers;
	containers = container;
	return ERROR_SUCCESS;
}

DWORD capi_container_delete(const char *name)
{
	struct container **at;
	struct container *container;

	CONTAINERS_LOCKED();
	if (!exists_locked(name))
		return NTE_BAD_KEYSET;
	if (name[0] == '\0') {
		default_gone = true;
		return ERROR_SUCCESS;
	}
	at = find_locked(name);
	container = *at;
	*at = container->next;
	free(container);
	return ERROR_SUCCESS;
}

char *capi_container_name(size_t index)
{
	const struct container *container;

	CONTAINERS_LOCKED();
	container = containers;
	for (; container != NULL && index != 0; index--)
		container = container->next;
	return container != NULL ? strdup(container->name) : NULL;
}
