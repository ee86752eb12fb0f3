/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contexts and connections of the PC/SC provider, behind handles that are never pointers. Whoever gets one holds
 * it until it lets go of it, also if another thread releases it meanwhile. A process that was forked off finds
 * none of its parent's handles.
 */
#ifndef MDP_CARD_SOFTCARD_PCSC_HANDLES_H
#define MDP_CARD_SOFTCARD_PCSC_HANDLES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "card/softcard/pcsc_readers.h"
#include "card/softcard/softcard.h"

struct pcsc_context {
	atomic_uint users;
	int process; /* that made it */
	struct reader_list readers;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	unsigned waiting;        /* threads in GetStatusChange; under mutex */
	unsigned long cancelled; /* how many times; under mutex */
};

struct pcsc_connection {
	atomic_uint users;
	int process;
	long context;          /* the handle it belongs to */
	struct reader *reader;
	pthread_mutex_t mutex; /* one command at a time; guards what follows */
	struct softcard *card; /* NULL: connected to the reader alone */
	unsigned long share;
	unsigned transactions; /* begun and not ended */
	int users_fd;          /* CARD.users, locked: shared or exclusively */
};

/* Make one. *ret is its handle. Returns NULL for want of memory or handles. One reference is the caller's. */
struct pcsc_context *pcsc_context_new(long *ret) MUST_USE;
struct pcsc_connection *pcsc_connection_new(long context, struct reader *reader) MUST_USE;

/*
 * Publish a connection: from now on its handle finds it. Returns 0 for want of handles; the caller keeps its
 * reference.
 */
long pcsc_connection_publish(struct pcsc_connection *connection) MUST_USE;

/* Find, held; NULL if the handle is stale, or another process's, or never was one. */
struct pcsc_context *pcsc_context_get(long handle) MUST_USE;
struct pcsc_connection *pcsc_connection_get(long handle) MUST_USE;

/* The handle finds nothing from now on; what it found, held. A context takes its connections with it. */
struct pcsc_context *pcsc_context_remove(long handle) MUST_USE;
struct pcsc_connection *pcsc_connection_remove(long handle) MUST_USE;

/* Let go, for AUTO(); the last one frees. *thing may be NULL. */
void pcsc_context_put(struct pcsc_context **context);
void pcsc_connection_put(struct pcsc_connection **connection);

#endif
