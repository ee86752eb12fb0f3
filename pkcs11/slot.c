/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/slot.h"

#include <stdlib.h>

#include "pkcs11/error.h"
#include "pkcs11/module.h"
#include "pkcs11/text.h"
#include "pkcs11/token.h"

struct slot {
	struct module *module;
	CK_SLOT_ID id;
	struct lock lock;          /* card commands */
	/* under module->state */
	struct token *token;       /* held; NULL until it is needed */
	unsigned long seen_event;  /* what C_WaitForSlotEvent has told, or what was there at first */
	bool seen_present;
};

static void slot_free(struct slot *slot)
{
	if (slot == NULL)
		return;
	lock_destroy(&slot->lock);
	free(slot);
}

static void slot_free_cleanup(struct slot **slot)
{
	slot_free(*slot);
}

static bool slots_seen(struct module *module)
{
	LOCKED(&module->state);
	return module->slots_seen;
}

static CK_RV add_slot(struct module *module, CK_SLOT_ID id)
{
	AUTO(slot_free_cleanup) struct slot *slot = calloc(1, sizeof(*slot));
	struct md_reader reader = { .event = 0 };
	struct slot **slots;

	if (slot == NULL || !lock_init(&slot->lock))
		return CKR_HOST_MEMORY;
	slot->module = module;
	slot->id = id;
	/* A reader that comes later than the first look is news itself. */
	if (!slots_seen(module) && md_reader_info(module->md, id, &reader) == MD_OK) {
		slot->seen_event = reader.event;
		slot->seen_present = reader.card_present;
	}
	LOCKED(&module->state);
	if (module->slot_count != id)
		return CKR_OK;
	slots = reallocarray(module->slots, module->slot_count + 1, sizeof(*slots));
	if (slots == NULL)
		return CKR_HOST_MEMORY;
	module->slots = slots;
	module->slots[module->slot_count++] = STEAL(slot);
	return CKR_OK;
}

static size_t slot_count(struct module *module)
{
	LOCKED(&module->state);
	return module->slot_count;
}

CK_RV cki_slots_refresh(struct module *module)
{
	size_t readers = 0;
	CK_RV rv = cki_error(CKI_CALL_GENERAL, md_readers_refresh(module->md, &readers));

	for (size_t count = slot_count(module); rv == CKR_OK && count < readers; count++)
		rv = add_slot(module, count);
	if (rv == CKR_OK) {
		LOCKED(&module->state);
		module->slots_seen = true;
	}
	return rv;
}

struct slot *cki_slot_find(struct module *module, CK_SLOT_ID id)
{
	/* A caller may name a slot it knows from elsewhere before it asks for the list. */
	if (!slots_seen(module) && cki_slots_refresh(module) != CKR_OK)
		return NULL;
	LOCKED(&module->state);
	return id < module->slot_count ? module->slots[id] : NULL;
}

struct token *cki_slot_known_token(struct slot *slot)
{
	LOCKED(&slot->module->state);
	return slot->token != NULL ? cki_token_hold(slot->token) : NULL;
}

/* Look at the reader without a card command; a token whose card is not the one in it any more is lost. */
static CK_RV look(struct slot *slot, struct md_reader *ret_reader)
{
	AUTO(cki_token_release_cleanup) struct token *token = cki_slot_known_token(slot);
	md_err err = md_reader_info(slot->module->md, slot->id, ret_reader);

	if (err != MD_OK)
		*ret_reader = (struct md_reader){ .attached = false };
	if (token != NULL && (!ret_reader->card_present || ret_reader->event != cki_token_event(token)))
		cki_token_lose(token);
	return cki_error(CKI_CALL_GENERAL, err);
}

static bool token_present(struct slot *slot)
{
	struct md_reader reader;

	return look(slot, &reader) == CKR_OK && reader.card_present;
}

/*
 * PKCS#11 3.0 5.5, C_GetSlotList: the set of slots is looked up when a caller asks how many there are, and stays as it
 * was for who asks for them then, whatever C_WaitForSlotEvent found in between.
 */
static size_t listed_count(struct module *module, bool look_up)
{
	LOCKED(&module->state);
	if (look_up) {
		module->listed_count = module->slot_count;
		module->slots_listed = true;
	}
	return module->listed_count;
}

static bool slots_listed(struct module *module)
{
	LOCKED(&module->state);
	return module->slots_listed;
}

CK_RV cki_slots_list(struct module *module, bool with_token, CK_SLOT_ID *slots, CK_ULONG *inout_count)
{
	const bool look_up = slots == NULL || !slots_listed(module);
	CK_RV rv = look_up ? cki_slots_refresh(module) : CKR_OK;
	size_t all = listed_count(module, look_up);
	CK_ULONG count = 0;

	if (rv != CKR_OK)
		return rv;
	for (CK_SLOT_ID id = 0; id < all; id++) {
		if (with_token && !token_present(cki_slot_find(module, id)))
			continue;
		if (slots != NULL && count < *inout_count)
			slots[count] = id;
		count++;
	}
	if (slots != NULL && count > *inout_count)
		rv = CKR_BUFFER_TOO_SMALL;
	*inout_count = count;
	return rv;
}

static bool event_seen(struct slot *slot)
{
	struct md_reader reader;
	bool news;

	(void)look(slot, &reader);
	LOCKED(&slot->module->state);
	news = slot->seen_event != reader.event || slot->seen_present != reader.card_present;
	slot->seen_event = reader.event;
	slot->seen_present = reader.card_present;
	return news;
}

CK_RV cki_slots_next_event(struct module *module, CK_SLOT_ID *ret_slot)
{
	CK_RV rv = cki_slots_refresh(module);
	size_t all = slot_count(module);

	if (rv != CKR_OK)
		return rv;
	for (CK_SLOT_ID id = 0; id < all; id++) {
		if (event_seen(cki_slot_find(module, id))) {
			*ret_slot = id;
			return CKR_OK;
		}
	}
	return CKR_NO_EVENT;
}

static void close_watch(struct md_watch **watch)
{
	md_watch_close(*watch);
}

CK_RV cki_slots_wait(struct module *module, CK_SLOT_ID *ret_slot)
{
	AUTO(close_watch) struct md_watch *watch = NULL;
	CK_RV rv = cki_error(CKI_CALL_GENERAL, md_watch_open(module->md, &watch));

	if (rv != CKR_OK)
		return rv;
	for (rv = CKR_NO_EVENT; rv == CKR_NO_EVENT;) {
		if (!md_watch_wait(watch))
			return CKR_CRYPTOKI_NOT_INITIALIZED;
		rv = cki_slots_next_event(module, ret_slot);
	}
	return rv;
}

void cki_slots_close(struct module *module)
{
	for (size_t i = 0; i < module->slot_count; i++) {
		AUTO(cki_token_release_cleanup) struct token *token = cki_slot_known_token(module->slots[i]);

		if (token != NULL)
			cki_token_lose(token);
	}
	for (size_t i = 0; i < module->slot_count; i++)
		slot_free(module->slots[i]);
	free(module->slots);
	module->slots = NULL;
	module->slot_count = 0;
}

CK_SLOT_ID cki_slot_id(const struct slot *slot)
{
	return slot->id;
}

struct module *cki_slot_module(const struct slot *slot)
{
	return slot->module;
}

struct lock *cki_slot_lock(struct slot *slot)
{
	return &slot->lock;
}

CK_RV cki_slot_info(struct slot *slot, CK_SLOT_INFO *ret_info)
{
	CK_SLOT_INFO info = { .flags = CKF_HW_SLOT | CKF_REMOVABLE_DEVICE };
	struct md_reader reader;
	CK_RV rv = look(slot, &reader);

	if (rv != CKR_OK)
		return rv;
	cki_text_pad(info.slotDescription, sizeof(info.slotDescription), reader.name);
	cki_text_pad(info.manufacturerID, sizeof(info.manufacturerID), "");
	if (reader.card_present)
		info.flags |= CKF_TOKEN_PRESENT;
	*ret_info = info;
	return CKR_OK;
}

static CK_RV acquire(struct slot *slot, struct token **ret_token)
{
	AUTO(cki_token_release_cleanup) struct token *token = NULL;
	struct md_reader reader;
	CK_RV rv = look(slot, &reader);

	if (rv != CKR_OK || !reader.card_present)
		return CKR_TOKEN_NOT_PRESENT;
	rv = cki_token_open(slot, reader.event, &token);
	if (rv != CKR_OK)
		return rv;
	LOCKED(&slot->module->state);
	slot->token = cki_token_hold(token);
	*ret_token = STEAL(token);
	return CKR_OK;
}

CK_RV cki_slot_token(struct slot *slot, struct token **ret_token)
{
	struct md_reader reader;
	struct token *token;

	(void)look(slot, &reader);
	token = cki_slot_known_token(slot);
	if (token == NULL) {
		LOCKED(&slot->lock);
		token = cki_slot_known_token(slot);
		if (token == NULL)
			return acquire(slot, ret_token);
	}
	*ret_token = token;
	return CKR_OK;
}

void cki_slot_forget_token(struct slot *slot, const struct token *token)
{
	struct token *forgotten = NULL;

	{
		LOCKED(&slot->module->state);
		if (slot->token == token)
			forgotten = STEAL(slot->token);
	}
	cki_token_release(forgotten);
}
