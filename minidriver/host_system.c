/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ossl.h"
#include "minidriver/error.h"
#include "minidriver/host.h"
#include "base/quiet.h"

void host_md_release(struct md *md)
{
	if (md == NULL || atomic_fetch_sub(&md->refs, 1) != 1)
		return;
	lock_destroy(&md->lock);
	free(md);
}

static void close_system(struct md *md)
{
	card_registry_remove(md->system_handle);
	md->system_handle = 0;
	md->ops->system_close(md->system);
	md->system = NULL;
	ossl_release();
}

static struct md *md_new(void)
{
	struct md *md = calloc(1, sizeof(*md));

	if (md == NULL)
		return NULL;
	if (!lock_init(&md->lock)) {
		free(md);
		return NULL;
	}
	atomic_init(&md->refs, 1);
	md->ops = card_default_ops();
	return md;
}

static md_err open_system(struct md *md, const struct md_options *options)
{
	const struct card_system_params params = { .app_name = options->app_name,
						   .no_os_threads = options->no_os_threads };
	card_err err;

	if (!ossl_acquire())
		return MD_E_NO_MEMORY;
	err = md->ops->system_open(&params, &md->system);
	if (err != CE_OK) {
		ossl_release();
		return error_to_md(error_from_card(err));
	}
	md->system_handle = card_registry_add_system(md->system);
	if (md->system_handle == 0) {
		close_system(md);
		return MD_E_NO_MEMORY;
	}
	return MD_OK;
}

md_err md_open(const struct md_options *options, struct md **ret_md)
{
	struct md *md;
	md_err err;

	if (options == NULL || options->app_name == NULL || ret_md == NULL)
		return MD_E_INVALID_PARAMETER;
	md = md_new();
	if (md == NULL)
		return MD_E_NO_MEMORY;
	err = open_system(md, options);
	if (err != MD_OK) {
		host_md_release(md);
		return err;
	}
	*ret_md = md;
	return MD_OK;
}

/* Take one card off the list, its memory held for the caller; NULL at the end. */
static struct md_card *pop_card(struct md *md)
{
	struct md_card *card;

	LOCKED(&md->lock);
	card = md->cards;
	if (card == NULL)
		return NULL;
	md->cards = card->next;
	card->next = NULL;
	host_card_hold_memory(card);
	return card;
}

void md_close(struct md *md)
{
	if (md == NULL)
		return;
	for (struct md_card *card = pop_card(md); card != NULL; card = pop_card(md)) {
		host_card_close(card);
		host_card_release_memory(card);
	}
	close_system(md);
	host_md_release(md);
}

bool md_config_bool(struct md *md, const char *name, bool fallback)
{
	LOCKED(&md->lock);
	return md->ops->config_bool(md->system, name, fallback);
}

md_err md_readers_refresh(struct md *md, size_t *ret_count)
{
	LOCKED(&md->lock);
	return error_to_md(error_from_card(md->ops->readers_refresh(md->system, ret_count)));
}

md_err md_reader_info(struct md *md, size_t reader, struct md_reader *ret_reader)
{
	struct card_reader_info info;
	card_err err;

	LOCKED(&md->lock);
	err = md->ops->reader_info(md->system, reader, &info);
	if (err != CE_OK)
		return error_to_md(error_from_card(err));
	*ret_reader = (struct md_reader){ .attached = info.attached, .card_present = info.card_present,
					  .removable = info.removable, .pinpad = info.pinpad, .event = info.event };
	(void)snprintf(ret_reader->name, sizeof(ret_reader->name), "%s", info.name);
	return MD_OK;
}

struct md_watch {
	const struct card_ops *ops;
	struct card_watch *watch;
};

md_err md_watch_open(struct md *md, struct md_watch **ret_watch)
{
	struct md_watch *watch = calloc(1, sizeof(*watch));
	card_err err;

	if (watch == NULL)
		return MD_E_NO_MEMORY;
	watch->ops = md->ops;
	err = md->ops->watch_open(md->system, &watch->watch);
	if (err != CE_OK) {
		free(watch);
		return error_to_md(error_from_card(err));
	}
	*ret_watch = watch;
	return MD_OK;
}

bool md_watch_wait(struct md_watch *watch)
{
	return watch->ops->watch_wait(watch->watch);
}

void md_watch_close(struct md_watch *watch)
{
	if (watch == NULL)
		return;
	watch->ops->watch_close(watch->watch);
	free(watch);
}

void md_watches_cancel(struct md *md)
{
	md->ops->watches_cancel(md->system);
}

md_err md_random(uint8_t *buffer, size_t len)
{
	OSSL_QUIET();
	if (len == 0)
		return MD_OK;
	return RAND_bytes_ex(ossl_context(), buffer, len, 0) == 1 ? MD_OK : MD_E_UNEXPECTED;
}
