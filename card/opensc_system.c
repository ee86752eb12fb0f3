/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "card/opensc_internal.h"

/* libopensc's mutexes are ours, so that an application's mutex functions reach down to it. */
static int mutex_create(void **ret_mutex)
{
	struct lock *lock = calloc(1, sizeof(*lock));

	if (lock == NULL)
		return SC_ERROR_OUT_OF_MEMORY;
	if (!lock_init(lock)) {
		free(lock);
		return SC_ERROR_INTERNAL;
	}
	*ret_mutex = lock;
	return SC_SUCCESS;
}

static int mutex_lock(void *mutex)
{
	lock_acquire(mutex);
	return SC_SUCCESS;
}

static int mutex_unlock(void *mutex)
{
	lock_release(mutex);
	return SC_SUCCESS;
}

static int mutex_destroy(void *mutex)
{
	lock_destroy(mutex);
	free(mutex);
	return SC_SUCCESS;
}

/* Not const: libopensc keeps a pointer without it, and only reads. */
static sc_thread_context_t thread_functions = {
	.ver = 0,
	.create_mutex = mutex_create,
	.lock_mutex = mutex_lock,
	.unlock_mutex = mutex_unlock,
	.destroy_mutex = mutex_destroy,
};

static bool library_is_ours(void)
{
	const char *found = sc_get_version();

	if (found != NULL && strcmp(found, OPENSC_VERSION) == 0)
		return true;
	log_error("card", "libopensc is version %s, this module is built for %s: refused; build it again",
		  found != NULL ? found : "?", OPENSC_VERSION);
	return false;
}

/*
 * No pop-ups: a driver's dialogue means a fork in somebody else's process. libopensc makes no threads of its own
 * (desktop notifications would, but they need sc_notify_init(), which is never called here), so that
 * no_os_threads asks nothing more.
 */
static card_err context_make(const struct card_system_params *params, sc_context_t **ret_ctx)
{
	const sc_context_param_t with = {
		.ver = 0,
		.app_name = params->app_name,
		.flags = SC_CTX_FLAG_DISABLE_POPUPS,
		.thread_ctx = &thread_functions,
	};
	const int r = sc_context_create(ret_ctx, &with);

	if (r < 0)
		log_error("card", "libopensc does not start: %s", sc_strerror(r));
	return opensc_error(r);
}

static void system_free(struct card_system **system)
{
	if (*system == NULL)
		return;
	if ((*system)->ctx != NULL)
		(void)sc_release_context((*system)->ctx);
	readers_free(*system);
	lock_destroy(&(*system)->lock);
	free(*system);
}

/* Every switch there is, with a row in doc/configuration.md, as `scripts/check borders` knows. */
static const char *const options[] = {
	"legacy_ciphers",
	"sensitive_session_keys",
	"unblock_by_set_pin",
	"use_pin_caching",
};

static bool known_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(options); i++)
		if (strcmp(options[i], name) == 0)
			return true;
	return false;
}

/* A switch with a slip in its name does nothing, and nobody would notice. */
static void config_warn(const scconf_context *conf, const scconf_block *app)
{
	scconf_block **blocks = scconf_find_blocks(conf, app, "minidriver", NULL);

	for (size_t i = 0; blocks != NULL && blocks[i] != NULL; i++)
		for (const scconf_item *item = blocks[i]->items; item != NULL; item = item->next)
			if (item->type == SCCONF_ITEM_TYPE_VALUE && !known_option(item->key))
				log_warn("config", "opensc.conf: there is no option %s in a block minidriver", item->key);
	free(blocks);
}

static void config_check(const sc_context_t *ctx)
{
	for (size_t i = 0; ctx->conf != NULL && ctx->conf_blocks[i] != NULL; i++)
		config_warn(ctx->conf, ctx->conf_blocks[i]);
}

static card_err system_make(const struct card_system_params *params, struct card_system **ret_system)
{
	OPENSC_CALL();
	AUTO(system_free) struct card_system *system = calloc(1, sizeof(*system));
	card_err err;

	if (system == NULL || !lock_init(&system->lock))
		return CE_NO_MEMORY;
	err = context_make(params, &system->ctx);
	if (err != CE_OK)
		return err;
	config_check(system->ctx);
	*ret_system = STEAL(system);
	return CE_OK;
}

card_err op_system_open(const struct card_system_params *params, struct card_system **ret_system)
{
	card_err err;

	if (params == NULL || params->app_name == NULL || ret_system == NULL)
		return CE_INVALID_ARGUMENT;
	if (!library_is_ours())
		return CE_NOT_SUPPORTED;
	if (!ossl_acquire())
		return CE_NO_MEMORY;
	err = system_make(params, ret_system);
	if (err != CE_OK)
		ossl_release();
	return err;
}

static void system_unmake(struct card_system *system)
{
	OPENSC_CALL();

	system_free(&system);
}

void op_system_close(struct card_system *system)
{
	if (system == NULL)
		return;
	system_unmake(system);
	ossl_release();
}

/* The switch in the blocks `minidriver` of one application's block: -1 if it is not there. */
static int config_in_block(const scconf_context *conf, const scconf_block *app, const char *name)
{
	scconf_block **blocks = scconf_find_blocks(conf, app, "minidriver", NULL);
	int value = -1;

	for (size_t i = 0; blocks != NULL && blocks[i] != NULL && value < 0; i++)
		if (scconf_find_list(blocks[i], name) != NULL)
			value = scconf_get_bool(blocks[i], name, 0) != 0;
	free(blocks);
	return value;
}

/* conf_blocks: the application's block first, then app default. */
bool op_config_bool(struct card_system *system, const char *name, bool fallback)
{
	OPENSC_CALL();

	if (system == NULL || name == NULL || system->ctx->conf == NULL)
		return fallback;
	for (size_t i = 0; system->ctx->conf_blocks[i] != NULL; i++) {
		const int value = config_in_block(system->ctx->conf, system->ctx->conf_blocks[i], name);

		if (value >= 0)
			return value != 0;
	}
	return fallback;
}
