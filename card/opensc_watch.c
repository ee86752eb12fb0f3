/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for readers and cards. libopensc's own sc_wait_for_event() walks its list of readers while it waits, has one
 * connection for all who wait and closes it under them when it is cancelled; so each wait here has a connection of its
 * own to the card service, through the library that libopensc uses.
 */
#include "config.h"

#include <dlfcn.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "card/opensc_internal.h"
#include "card/softcard/pcsc.h"

#define AREA "card"
#define PCSC_LIBRARY "libpcsclite.so.1"
#define READERS_MAX 64u
/* A reader that comes between the look at the list and the wait is found then. */
#define LOOK_AGAIN_MS 3000u
/* How often a service that does not run is asked for, and readers of another kind than PC/SC's are looked at. */
#define POLL_MS 250u

/* What we call of the card service's library. */
struct pcsc_library {
	void *handle;
	__typeof__(&SCardEstablishContext) establish;
	__typeof__(&SCardReleaseContext) release;
	__typeof__(&SCardListReaders) list;
	__typeof__(&SCardGetStatusChange) status_change;
	__typeof__(&SCardCancel) cancel;
};

struct card_watch {
	struct card_system *system;
	struct card_watch *next; /* under system->lock */
	bool connected;          /* the same: that context is there to be cancelled */
	long context;
	sem_t wake;              /* posted to cancel a sleep */
	struct pcsc_library pcsc; /* without a handle: readers of another kind, or none that can be asked */
	char *names;             /* as the service lists them; NULL: not asked yet */
	unsigned long names_len;
	struct pcsc_reader_state states[READERS_MAX + 1];
	size_t count;
};

/* ---- the library --------------------------------------------------------------------------------------- */

static const char *library_name(sc_context_t *ctx)
{
	const scconf_block *block = sc_get_conf_block(ctx, "reader_driver", "pcsc", 1);

	return block != NULL ? scconf_get_str(block, "provider_library", PCSC_LIBRARY) : PCSC_LIBRARY;
}

static void library_close(struct pcsc_library *library)
{
	if (library->handle != NULL)
		(void)dlclose(library->handle);
	*library = (struct pcsc_library){ .handle = NULL };
}

static void library_open(sc_context_t *ctx, struct pcsc_library *library)
{
	if (ctx->reader_driver == NULL || strcmp(ctx->reader_driver->short_name, "pcsc") != 0)
		return;
	library->handle = dlopen(library_name(ctx), RTLD_LAZY | RTLD_LOCAL);
	if (library->handle == NULL)
		return;
	library->establish = (__typeof__(library->establish))dlsym(library->handle, "SCardEstablishContext");
	library->release = (__typeof__(library->release))dlsym(library->handle, "SCardReleaseContext");
	library->list = (__typeof__(library->list))dlsym(library->handle, "SCardListReaders");
	library->status_change = (__typeof__(library->status_change))dlsym(library->handle, "SCardGetStatusChange");
	library->cancel = (__typeof__(library->cancel))dlsym(library->handle, "SCardCancel");
	if (library->establish == NULL || library->release == NULL || library->list == NULL ||
	    library->status_change == NULL || library->cancel == NULL)
		library_close(library);
}

static void library_cleanup(struct pcsc_library *library)
{
	library_close(library);
}

static const char *service_trouble(long result)
{
	switch (result) {
	case PCSC_OK:
		return NULL;
	case PCSC_NO_SERVICE:
	case PCSC_STOPPED:
		return "the card service pcscd does not run, or its socket cannot be reached";
	case PCSC_REFUSED:
		return "the card service pcscd refuses this user: ask polkit's rules for org.debian.pcsc-lite.access_pcsc";
	default:
		return "the card service pcscd does not work";
	}
}

void service_explain_locked(struct card_system *system)
{
	AUTO(library_cleanup) struct pcsc_library library = { .handle = NULL };
	const char *trouble;
	long context = 0;
	long result;

	if (!log_shows(LOG_LEVEL_INFO))
		return;
	library_open(system->ctx, &library);
	if (library.handle == NULL)
		return;
	result = library.establish(PCSC_SCOPE_USER, NULL, NULL, &context);
	if (result == PCSC_OK)
		(void)library.release(context);
	trouble = service_trouble(result);
	/* once, not at each look */
	if (trouble != NULL && trouble != system->trouble)
		log_info("slot", "there are no readers: %s (PC/SC: 0x%lx)", trouble, (unsigned long)result);
	system->trouble = trouble;
}

/* ---- one wait's connection ------------------------------------------------------------------------------- */

static void forget_readers(struct card_watch *watch)
{
	free(watch->names);
	watch->names = NULL;
	watch->names_len = 0;
	watch->count = 0;
}

static void disconnect(struct card_watch *watch)
{
	bool connected;

	{
		LOCKED(&watch->system->lock);
		connected = watch->connected;
		watch->connected = false;
	}
	if (connected)
		(void)watch->pcsc.release(watch->context);
	forget_readers(watch);
}

static bool connect_service(struct card_watch *watch)
{
	if (watch->connected)
		return true;
	if (watch->pcsc.handle == NULL ||
	    watch->pcsc.establish(PCSC_SCOPE_USER, NULL, NULL, &watch->context) != PCSC_OK)
		return false;
	LOCKED(&watch->system->lock);
	watch->connected = true;
	return true;
}

static bool cancelled(struct card_watch *watch)
{
	LOCKED(&watch->system->lock);
	return watch->system->watches_cancelled;
}

/* Sleep, unless cancelled. */
static void sleep_a_while(struct card_watch *watch)
{
	struct timespec until = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)POLL_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	(void)sem_clockwait(&watch->wake, CLOCK_MONOTONIC, &until);
}

/* The names of the readers, owned by the caller; one empty name if there are none. NULL: the service does not answer. */
static char *list_readers(struct card_watch *watch, unsigned long *ret_len)
{
	unsigned long len = 0;
	long result = watch->pcsc.list(watch->context, NULL, NULL, &len);
	char *names;

	if (result == PCSC_NO_READERS)
		len = 0;
	else if (result != PCSC_OK)
		return NULL;
	/* room for an end of our own, whatever comes */
	names = calloc(len + 2, 1);
	if (names == NULL)
		return NULL;
	if (len != 0 && watch->pcsc.list(watch->context, NULL, names, &len) != PCSC_OK) {
		free(names);
		return NULL;
	}
	*ret_len = len;
	return names;
}

/* Watch other readers than before; what is in them is unknown until the service tells. */
static void set_readers(struct card_watch *watch, char *names, unsigned long len)
{
	forget_readers(watch);
	watch->names = names;
	watch->names_len = len;
	for (const char *name = names; *name != '\0' && watch->count < READERS_MAX; name += strlen(name) + 1)
		watch->states[watch->count++] =
			(struct pcsc_reader_state){ .name = name, .current = PCSC_STATE_UNAWARE };
	watch->states[watch->count++] = (struct pcsc_reader_state){ .name = PCSC_PNP, .current = PCSC_STATE_UNAWARE };
}

static void remember_states(struct card_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		watch->states[i].current = watch->states[i].event & ~(unsigned long)PCSC_STATE_CHANGED;
}

/* Returns false if the service does not answer as it should. */
static bool wait_for_change(struct card_watch *watch, unsigned long timeout)
{
	const long result = watch->pcsc.status_change(watch->context, timeout, watch->states, watch->count);

	if (result == PCSC_OK)
		remember_states(watch);
	return result == PCSC_OK || result == PCSC_TIMEOUT || result == PCSC_CANCELLED;
}

/* Ask the service. Returns false if it does not answer. */
static bool ask(struct card_watch *watch)
{
	unsigned long len = 0;
	char *names = list_readers(watch, &len);

	if (names == NULL)
		return false;
	if (watch->names != NULL && len == watch->names_len && memcmp(names, watch->names, len) == 0) {
		free(names);
		return wait_for_change(watch, LOOK_AGAIN_MS);
	}
	set_readers(watch, names, len);
	return wait_for_change(watch, 0);
}

/* ---- the table's functions --------------------------------------------------------------------------------- */

card_err op_watch_open(struct card_system *system, struct card_watch **ret_watch)
{
	OPENSC_CALL();
	struct card_watch *watch;

	if (system == NULL || ret_watch == NULL)
		return CE_INVALID_ARGUMENT;
	watch = calloc(1, sizeof(*watch));
	if (watch == NULL)
		return CE_NO_MEMORY;
	watch->system = system;
	(void)sem_init(&watch->wake, 0, 0);
	LOCKED(&system->lock);
	library_open(system->ctx, &watch->pcsc);
	watch->next = system->watches;
	system->watches = watch;
	*ret_watch = watch;
	return CE_OK;
}

bool op_watch_wait(struct card_watch *watch)
{
	if (cancelled(watch))
		return false;
	if (!connect_service(watch)) {
		sleep_a_while(watch);
	} else if (!ask(watch)) {
		log_debug(AREA, "the card service does not answer: it is asked again from time to time");
		disconnect(watch);
		sleep_a_while(watch);
	}
	return !cancelled(watch);
}

void op_watch_close(struct card_watch *watch)
{
	if (watch == NULL)
		return;
	disconnect(watch);
	{
		LOCKED(&watch->system->lock);
		struct card_watch **at = &watch->system->watches;

		while (*at != watch)
			at = &(*at)->next;
		*at = watch->next;
	}
	library_close(&watch->pcsc);
	(void)sem_destroy(&watch->wake);
	free(watch);
}

/* The service forgets a cancellation that comes before the wait, so that the caller repeats this. */
void op_watches_cancel(struct card_system *system)
{
	LOCKED(&system->lock);

	system->watches_cancelled = true;
	for (struct card_watch *watch = system->watches; watch != NULL; watch = watch->next) {
		(void)sem_post(&watch->wake);
		if (watch->connected)
			(void)watch->pcsc.cancel(watch->context);
	}
}
