/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "base/log.h"
#include "card/opensc_internal.h"
#include "card/text.h"

void reader_note_locked(struct reader_slot *slot)
{
	const unsigned long flags = slot->reader->flags;
	const bool present = (flags & SC_READER_CARD_PRESENT) != 0;
	const bool attached = (flags & SC_READER_REMOVED) == 0;

	if ((flags & SC_READER_CARD_CHANGED) != 0 || present != slot->present || attached != slot->attached)
		slot->event++;
	slot->present = present;
	slot->attached = attached;
	/* libopensc forgets the mark at its next look, which may be one of its own: it is taken once, here. */
	slot->reader->flags = flags & ~(unsigned long)SC_READER_CARD_CHANGED;
}

/* Whether a card is there. A card service that was started again knows nothing of us: the readers are listed anew. */
static int detect_presence(sc_reader_t *reader)
{
	int r = sc_detect_card_presence(reader);

	if (r != SC_ERROR_NO_READERS_FOUND && r != SC_ERROR_UNKNOWN)
		return r;
	(void)sc_ctx_detect_readers(reader->ctx);
	return (reader->flags & SC_READER_REMOVED) == 0 ? sc_detect_card_presence(reader) : 0;
}

void reader_look_locked(struct reader_slot *slot)
{
	int r;

	if (slot->busy)
		return;
	/* A mark that libopensc left in between would be gone after the look. */
	reader_note_locked(slot);
	if ((slot->reader->flags & SC_READER_REMOVED) != 0) {
		slot->reader->flags &= ~(unsigned long)SC_READER_CARD_PRESENT;
	} else {
		r = detect_presence(slot->reader);
		if (r <= 0)
			slot->reader->flags &= ~(unsigned long)SC_READER_CARD_PRESENT;
		if (r < 0)
			(void)opensc_failed("look at a reader", r);
	}
	reader_note_locked(slot);
}

struct reader_slot *reader_slot_locked(struct card_system *system, size_t reader)
{
	return reader < system->slot_count ? system->slots[reader] : NULL;
}

void readers_free(struct card_system *system)
{
	for (size_t i = 0; i < system->slot_count; i++)
		free(system->slots[i]);
	free(system->slots);
	system->slots = NULL;
	system->slot_count = 0;
}

static bool slot_add_locked(struct card_system *system, sc_reader_t *reader)
{
	struct reader_slot **more = realloc(system->slots, (system->slot_count + 1) * sizeof(*more));
	struct reader_slot *slot;

	if (more == NULL)
		return false;
	system->slots = more;
	slot = calloc(1, sizeof(*slot));
	if (slot == NULL)
		return false;
	slot->reader = reader;
	transmit_install(slot);
	reader_note_locked(slot);
	system->slots[system->slot_count++] = slot;
	return true;
}

/* libopensc appends to its list and never takes out, so a reader's place in it is its index for good. */
card_err op_readers_refresh(struct card_system *system, size_t *ret_count)
{
	OPENSC_CALL();
	LOCKED(&system->lock);
	int r;

	if (ret_count == NULL)
		return CE_INVALID_ARGUMENT;
	r = sc_ctx_detect_readers(system->ctx);
	if (r < 0 && opensc_failed("list the readers", r) == CE_NO_MEMORY)
		return CE_NO_MEMORY;
	if (r < 0)
		service_explain_locked(system);
	for (size_t i = 0; i < system->slot_count; i++)
		if (!system->slots[i]->busy)
			reader_note_locked(system->slots[i]);
	while (system->slot_count < sc_ctx_get_reader_count(system->ctx)) {
		sc_reader_t *reader = sc_ctx_get_reader(system->ctx, (unsigned)system->slot_count);

		if (reader == NULL || !slot_add_locked(system, reader))
			return CE_NO_MEMORY;
	}
	*ret_count = system->slot_count;
	return CE_OK;
}

card_err op_reader_info(struct card_system *system, size_t reader, struct card_reader_info *ret_info)
{
	OPENSC_CALL();
	LOCKED(&system->lock);
	struct reader_slot *slot = reader_slot_locked(system, reader);

	if (ret_info == NULL)
		return CE_INVALID_ARGUMENT;
	if (slot == NULL)
		return CE_NO_READER;
	reader_look_locked(slot);
	*ret_info = (struct card_reader_info){
		.attached = slot->attached,
		.card_present = slot->attached && slot->present,
		.removable = true,
		.pinpad = (slot->reader->capabilities & SC_READER_CAP_PIN_PAD) != 0,
		.event = slot->event,
	};
	text_copy(ret_info->name, sizeof(ret_info->name), slot->reader->name, SIZE_MAX);
	return CE_OK;
}
