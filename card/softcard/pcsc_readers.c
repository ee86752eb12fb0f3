/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/pcsc_readers.h"

#include <pthread.h>
#include <scconf/scconf.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "card/softcard/pcsc.h"
#include "card/softcard/store.h"

#define AREA "softcard/reader"
#define EVENT_SHIFT 16u
#define EVENT_MASK 0xFFFFu

struct reader {
	char *name;
	char *path;
	struct store_view view;
	enum store_result before;
	uint8_t guid_before[STATE_GUID_LEN];
	unsigned long events;
	struct reader *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct reader *known;

static void context_free(scconf_context **context)
{
	if (*context != NULL)
		scconf_free(*context);
}

static void blocks_free(scconf_block ***blocks)
{
	free(*blocks);
}

static void reader_free(struct reader **reader)
{
	if (*reader == NULL)
		return;
	free((*reader)->name);
	free((*reader)->path);
	free(*reader);
}

static struct reader *reader_new(const char *name, const char *path)
{
	AUTO(reader_free) struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->name = strdup(name);
	reader->path = strdup(path);
	reader->before = STORE_ABSENT;
	if (reader->name == NULL || reader->path == NULL)
		return NULL;
	return STEAL(reader);
}

static struct reader *know_locked(const char *name, const char *path)
{
	struct reader *reader;

	for (reader = known; reader != NULL; reader = reader->next)
		if (strcmp(reader->name, name) == 0 && strcmp(reader->path, path) == 0)
			return reader;
	reader = reader_new(name, path);
	if (reader == NULL)
		return NULL;
	reader->next = known;
	known = reader;
	return reader;
}

static bool add_reader(struct reader_list *list, const scconf_block *block)
{
	const char *name = block->name != NULL ? block->name->data : NULL;
	const char *path = scconf_get_str(block, "card", NULL);
	struct reader *reader;

	if (name == NULL || name[0] == '\0' || path == NULL || path[0] == '\0' || list->count == READERS_MAX ||
	    readers_find(list, name) != NULL) {
		log_error(AREA, "a reader without a name or a card, one too many, or one twice, is left out");
		return true;
	}
	(void)pthread_mutex_lock(&mutex);
	reader = know_locked(name, path);
	(void)pthread_mutex_unlock(&mutex);
	if (reader == NULL)
		return false;
	list->readers[list->count++] = reader;
	return true;
}

static bool add_app(struct reader_list *list, scconf_context *context, scconf_block *app)
{
	AUTO(blocks_free) scconf_block **blocks = scconf_find_blocks(context, app, "reader", NULL);

	for (size_t i = 0; blocks != NULL && blocks[i] != NULL; i++)
		if (!add_reader(list, blocks[i]))
			return false;
	return true;
}

bool readers_configured(struct reader_list *ret_list)
{
	const char *file = secure_getenv("OPENSC_CONF");
	AUTO(context_free) scconf_context *context = NULL;
	AUTO(blocks_free) scconf_block **apps = NULL;

	*ret_list = (struct reader_list){ .count = 0 };
	if (file == NULL)
		return true;
	context = scconf_new(file);
	if (context == NULL)
		return false;
	if (scconf_parse(context) <= 0) {
		log_error(AREA, "%s cannot be read: %s", file, context->errmsg != NULL ? context->errmsg : "?");
		return true;
	}
	apps = scconf_find_blocks(context, NULL, "app", "softcard");
	for (size_t i = 0; apps != NULL && apps[i] != NULL; i++)
		if (!add_app(ret_list, context, apps[i]))
			return false;
	return true;
}

struct reader *readers_find(const struct reader_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->readers[i]->name, name) == 0)
			return list->readers[i];
	return NULL;
}

const char *reader_name(const struct reader *reader)
{
	return reader->name;
}

const char *reader_card_path(const struct reader *reader)
{
	return reader->path;
}

/* Another card than the one before counts as a removal and an insertion. */
static void count_events_locked(struct reader *reader, enum store_result now)
{
	const bool was_in = reader->before != STORE_ABSENT;
	const bool is_in = now != STORE_ABSENT;
	const bool other = now != reader->before || memcmp(reader->guid_before, reader->view.guid, STATE_GUID_LEN) != 0;

	if (was_in && is_in && other)
		reader->events += 2;
	if (was_in != is_in)
		reader->events++;
	reader->before = now;
	memcpy(reader->guid_before, reader->view.guid, STATE_GUID_LEN);
}

unsigned long reader_state(struct reader *reader)
{
	enum store_result now;
	unsigned long state;

	(void)pthread_mutex_lock(&mutex);
	now = store_look(reader->path, &reader->view);
	count_events_locked(reader, now);
	state = (reader->events & EVENT_MASK) << EVENT_SHIFT;
	(void)pthread_mutex_unlock(&mutex);
	if (now == STORE_ABSENT)
		return state | PCSC_STATE_EMPTY;
	return state | PCSC_STATE_PRESENT | (now == STORE_OK ? 0 : (unsigned long)PCSC_STATE_MUTE);
}

void readers_forget(void)
{
	(void)pthread_mutex_lock(&mutex);
	while (known != NULL) {
		AUTO(reader_free) struct reader *reader = known;

		known = reader->next;
	}
	(void)pthread_mutex_unlock(&mutex);
}
