/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/pcsc_handles.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/handle_table.h"
#include "base/ossl.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct handle_table *contexts;
static struct handle_table *connections;

static void hold_context(void *value)
{
	struct pcsc_context *context = value;

	(void)atomic_fetch_add(&context->users, 1);
}

static void hold_connection(void *value)
{
	struct pcsc_connection *connection = value;

	(void)atomic_fetch_add(&connection->users, 1);
}

static void make_tables(void)
{
	contexts = handle_table_new(hold_context);
	connections = handle_table_new(hold_connection);
}

static bool ready(void)
{
	return pthread_once(&once, make_tables) == 0 && contexts != NULL && connections != NULL;
}

/* The library is unloaded. OpenSSL may be gone already, so only what is ours and empty is freed. */
__attribute__((destructor)) static void unload(void)
{
	if (contexts != NULL && handle_table_count(contexts) == 0 && handle_table_count(connections) == 0) {
		handle_table_free(contexts);
		handle_table_free(connections);
		readers_forget();
	}
}

void pcsc_context_put(struct pcsc_context **context)
{
	struct pcsc_context *c = *context;

	if (c == NULL || atomic_fetch_sub(&c->users, 1) != 1)
		return;
	(void)pthread_cond_destroy(&c->changed);
	(void)pthread_mutex_destroy(&c->mutex);
	free(c);
	ossl_release();
}

void pcsc_connection_put(struct pcsc_connection **connection)
{
	struct pcsc_connection *c = *connection;

	if (c == NULL || atomic_fetch_sub(&c->users, 1) != 1)
		return;
	softcard_close(&c->card);
	if (c->users_fd >= 0)
		(void)close(c->users_fd);
	(void)pthread_mutex_destroy(&c->mutex);
	free(c);
	ossl_release();
}

static bool make_waiting(struct pcsc_context *context)
{
	pthread_condattr_t attributes;
	bool made;

	if (pthread_condattr_init(&attributes) != 0)
		return false;
	made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
	       pthread_cond_init(&context->changed, &attributes) == 0;
	(void)pthread_condattr_destroy(&attributes);
	return made && pthread_mutex_init(&context->mutex, NULL) == 0;
}

struct pcsc_context *pcsc_context_new(long *ret)
{
	AUTO(pcsc_context_put) struct pcsc_context *context = NULL;
	struct pcsc_context *fresh;
	handle_t handle;

	if (!ready() || !ossl_acquire())
		return NULL;
	fresh = calloc(1, sizeof(*fresh));
	if (fresh == NULL || !make_waiting(fresh)) {
		free(fresh);
		ossl_release();
		return NULL;
	}
	fresh->users = 1;
	fresh->process = getpid();
	context = fresh;
	if (!readers_configured(&context->readers))
		return NULL;
	hold_context(context);
	handle = handle_table_add(contexts, context);
	if (handle == 0) {
		(void)atomic_fetch_sub(&context->users, 1);
		return NULL;
	}
	*ret = (long)handle;
	return STEAL(context);
}

struct pcsc_connection *pcsc_connection_new(long context, struct reader *reader)
{
	struct pcsc_connection *connection;

	if (!ready() || !ossl_acquire())
		return NULL;
	connection = calloc(1, sizeof(*connection));
	if (connection == NULL || pthread_mutex_init(&connection->mutex, NULL) != 0) {
		free(connection);
		ossl_release();
		return NULL;
	}
	connection->users = 1;
	connection->process = getpid();
	connection->context = context;
	connection->reader = reader;
	connection->users_fd = -1;
	return connection;
}

long pcsc_connection_publish(struct pcsc_connection *connection)
{
	handle_t handle;

	hold_connection(connection);
	handle = handle_table_add(connections, connection);
	if (handle == 0)
		(void)atomic_fetch_sub(&connection->users, 1);
	return (long)handle;
}

struct pcsc_context *pcsc_context_get(long handle)
{
	AUTO(pcsc_context_put) struct pcsc_context *context = NULL;

	if (!ready())
		return NULL;
	context = handle_table_get(contexts, (handle_t)handle);
	return context != NULL && context->process == getpid() ? STEAL(context) : NULL;
}

struct pcsc_connection *pcsc_connection_get(long handle)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = NULL;

	if (!ready())
		return NULL;
	connection = handle_table_get(connections, (handle_t)handle);
	return connection != NULL && connection->process == getpid() ? STEAL(connection) : NULL;
}

static void remove_connections(long context)
{
	void *value = NULL;
	handle_t handle = 0;

	while ((handle = handle_table_next(connections, handle, &value)) != 0) {
		AUTO(pcsc_connection_put) struct pcsc_connection *connection = value;
		AUTO(pcsc_connection_put) struct pcsc_connection *removed = NULL;

		if (connection->context == context)
			removed = handle_table_remove(connections, handle);
	}
}

struct pcsc_context *pcsc_context_remove(long handle)
{
	AUTO(pcsc_context_put) struct pcsc_context *context = pcsc_context_get(handle);

	if (context == NULL)
		return NULL;
	remove_connections(handle);
	return handle_table_remove(contexts, (handle_t)handle);
}

struct pcsc_connection *pcsc_connection_remove(long handle)
{
	AUTO(pcsc_connection_put) struct pcsc_connection *connection = pcsc_connection_get(handle);

	if (connection == NULL)
		return NULL;
	return handle_table_remove(connections, (handle_t)handle);
}
