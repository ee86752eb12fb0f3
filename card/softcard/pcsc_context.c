/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PC/SC: contexts, lists of readers, and waiting for their state to change. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "card/softcard/pcsc.h"
#include "card/softcard/pcsc_handles.h"
#include "card/softcard/pcsc_output.h"

#define LOOK_AGAIN_MS 100u /* how often the card files are looked at while somebody waits */
#define EVENT_SHIFT 16u
#define STATES_MAX (READERS_MAX + 16u)

static const char groups_text[] = "Software cards\0";

long SCardEstablishContext(unsigned long scope, const void *reserved1 UNUSED, const void *reserved2 UNUSED,
			   long *ret_context)
{
	AUTO(pcsc_context_put) struct pcsc_context *context = NULL;

	if (ret_context == NULL)
		return PCSC_INVALID_PARAMETER;
	*ret_context = 0;
	if (scope > PCSC_SCOPE_GLOBAL)
		return PCSC_INVALID_VALUE;
	context = pcsc_context_new(ret_context);
	return context != NULL ? PCSC_OK : PCSC_NO_MEMORY;
}

static void cancel(struct pcsc_context *context)
{
	(void)pthread_mutex_lock(&context->mutex);
	context->cancelled++;
	(void)pthread_cond_broadcast(&context->changed);
	(void)pthread_mutex_unlock(&context->mutex);
}

long SCardReleaseContext(long context)
{
	AUTO(pcsc_context_put) struct pcsc_context *removed = pcsc_context_remove(context);

	if (removed == NULL)
		return PCSC_INVALID_HANDLE;
	cancel(removed);
	return PCSC_OK;
}

long SCardIsValidContext(long context)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);

	return found != NULL ? PCSC_OK : PCSC_INVALID_HANDLE;
}

long SCardCancel(long context)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);

	if (found == NULL)
		return PCSC_INVALID_HANDLE;
	cancel(found);
	return PCSC_OK;
}

long SCardListReaders(long context, const char *groups UNUSED, char *names, unsigned long *names_len)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);
	AUTO_SECRET list = SECRET_INIT;

	if (names_len == NULL)
		return PCSC_INVALID_PARAMETER;
	if (found == NULL)
		return PCSC_INVALID_HANDLE;
	if (found->readers.count == 0)
		return PCSC_NO_READERS;
	for (size_t i = 0; i < found->readers.count; i++) {
		const char *name = reader_name(found->readers.readers[i]);

		if (!buffer_add(&list, span_of(name, strlen(name) + 1)))
			return PCSC_NO_MEMORY;
	}
	if (!buffer_add_byte(&list, 0))
		return PCSC_NO_MEMORY;
	return pcsc_give(secret_span(&list), names, names_len);
}

long SCardListReaderGroups(long context, char *groups, unsigned long *groups_len)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);

	if (groups_len == NULL)
		return PCSC_INVALID_PARAMETER;
	if (found == NULL)
		return PCSC_INVALID_HANDLE;
	return pcsc_give(span_of(groups_text, sizeof(groups_text)), groups, groups_len);
}

long SCardFreeMemory(long context, const void *memory)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);

	if (found == NULL)
		return PCSC_INVALID_HANDLE;
	pcsc_give_back(memory);
	return PCSC_OK;
}

/* The pseudo reader tells how many readers there are; ours never come or go. */
static bool look_for_readers(const struct pcsc_context *context, struct pcsc_reader_state *state)
{
	const unsigned long known = state->current >> EVENT_SHIFT;
	const bool changed = known != 0 && known != context->readers.count;

	state->event = context->readers.count << EVENT_SHIFT | (changed ? (unsigned long)PCSC_STATE_CHANGED : 0);
	state->atr_len = 0;
	return changed;
}

/* Whether what is now differs from what the caller knows. The number of events counts only if the caller gave one. */
static bool differs(unsigned long now, unsigned long known)
{
	const unsigned long kinds = PCSC_STATE_UNKNOWN | PCSC_STATE_EMPTY | PCSC_STATE_PRESENT | PCSC_STATE_MUTE;

	if ((now & kinds) != (known & kinds))
		return true;
	return known >> EVENT_SHIFT != 0 && known >> EVENT_SHIFT != now >> EVENT_SHIFT;
}

static bool look_at_reader(struct reader *reader, struct pcsc_reader_state *state)
{
	const unsigned long now = reader_state(reader);
	const bool changed = differs(now, state->current);

	state->event = now | (changed ? (unsigned long)PCSC_STATE_CHANGED : 0);
	state->atr_len = 0;
	if ((now & PCSC_STATE_PRESENT) != 0 && (now & PCSC_STATE_MUTE) == 0) {
		memcpy(state->atr, softcard_atr.data, softcard_atr.len);
		state->atr_len = softcard_atr.len;
	}
	return changed;
}

/* Look at all once. Returns how many changed. */
static size_t look(const struct pcsc_context *context, struct pcsc_reader_state *states, size_t count)
{
	size_t changed = 0;

	for (size_t i = 0; i < count; i++) {
		struct pcsc_reader_state *state = &states[i];

		if ((state->current & PCSC_STATE_IGNORE) != 0)
			state->event = PCSC_STATE_IGNORE;
		else if (strcasecmp(state->name, PCSC_PNP) == 0)
			changed += look_for_readers(context, state);
		else
			changed += look_at_reader(readers_find(&context->readers, state->name), state);
	}
	return changed;
}

static long check_states(const struct pcsc_context *context, const struct pcsc_reader_state *states, size_t count)
{
	if (count > STATES_MAX || (states == NULL && count != 0))
		return PCSC_INVALID_PARAMETER;
	for (size_t i = 0; i < count; i++) {
		if (states[i].name == NULL)
			return PCSC_INVALID_VALUE;
		if ((states[i].current & PCSC_STATE_IGNORE) == 0 && strcasecmp(states[i].name, PCSC_PNP) != 0 &&
		    readers_find(&context->readers, states[i].name) == NULL)
			return PCSC_UNKNOWN_READER;
	}
	return PCSC_OK;
}

static struct timespec after(struct timespec from, unsigned long ms)
{
	from.tv_sec += (time_t)(ms / 1000);
	from.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (from.tv_nsec >= 1000000000L) {
		from.tv_sec++;
		from.tv_nsec -= 1000000000L;
	}
	return from;
}

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static struct timespec clock_now(void)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

/* Wait a little, at most until the end. Returns false if the context was cancelled since `cancelled` was read. */
static bool wait_a_little(struct pcsc_context *context, const struct timespec *end, unsigned long cancelled)
{
	struct timespec until = after(clock_now(), LOOK_AGAIN_MS);
	bool go_on;

	if (end != NULL && is_before(*end, until))
		until = *end;
	(void)pthread_mutex_lock(&context->mutex);
	while (context->cancelled == cancelled &&
	       pthread_cond_timedwait(&context->changed, &context->mutex, &until) != ETIMEDOUT)
		continue;
	go_on = context->cancelled == cancelled;
	(void)pthread_mutex_unlock(&context->mutex);
	return go_on;
}

static unsigned long count_cancels(struct pcsc_context *context)
{
	unsigned long cancelled;

	(void)pthread_mutex_lock(&context->mutex);
	cancelled = context->cancelled;
	(void)pthread_mutex_unlock(&context->mutex);
	return cancelled;
}

long SCardGetStatusChange(long context, unsigned long timeout, struct pcsc_reader_state *states, unsigned long count)
{
	AUTO(pcsc_context_put) struct pcsc_context *found = pcsc_context_get(context);
	const bool for_ever = (timeout & PCSC_INFINITE) == PCSC_INFINITE;
	const struct timespec end = after(clock_now(), for_ever ? 0 : timeout);
	unsigned long cancelled;
	long result;

	if (found == NULL)
		return PCSC_INVALID_HANDLE;
	result = check_states(found, states, count);
	if (result != PCSC_OK || count == 0)
		return result;
	cancelled = count_cancels(found);
	while (look(found, states, count) == 0) {
		if (!for_ever && !is_before(clock_now(), end))
			return PCSC_TIMEOUT;
		if (!wait_a_little(found, for_ever ? NULL : &end, cancelled))
			return PCSC_CANCELLED;
	}
	return PCSC_OK;
}
