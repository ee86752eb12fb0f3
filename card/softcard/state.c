/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/state.h"

#include <stdlib.h>

#define OBJECT_FIRST 0x5FC101u
#define OBJECT_LAST 0x5FC123u
#define OBJECT_DISCOVERY 0x7Eu
#define OBJECT_BIOMETRIC_GROUP 0x7F61u
#define OBJECTS_BEFORE 2u /* places before those of 5FC101 and on */

static const uint8_t piv_keys[] = {
	0x9A, 0x9C, 0x9D, 0x9E, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
	0x8A, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95,
};

static const uint8_t openpgp_keys[] = { 0xB6, 0xB8, 0xA4 };

/* What can be put into the tables, as the tags it is put by; where that is more than one, by the first of them. */
static const uint32_t openpgp_objects[] = {
	0x5B, 0x5E, 0x93, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xCD, 0x0101, 0x0102, 0x0103, 0x0104,
	0x5F2D, 0x5F35, 0x5F50, 0x7F2100, 0x7F2101, 0x7F2102,
};

static const struct {
	uint8_t algorithm;
	uint8_t len;
} admin_keys[] = {
	{ .algorithm = 0x03, .len = 24 },
	{ .algorithm = 0x08, .len = 16 },
	{ .algorithm = 0x0A, .len = 24 },
	{ .algorithm = 0x0C, .len = 32 },
};

static const struct {
	const uint8_t *references;
	size_t count;
} keys[STATE_APPLET_COUNT] = {
	[STATE_PIV] = { piv_keys, ARRAY_COUNT(piv_keys) },
	[STATE_OPENPGP] = { openpgp_keys, ARRAY_COUNT(openpgp_keys) },
};

_Static_assert(ARRAY_COUNT(piv_keys) == STATE_KEY_COUNT && ARRAY_COUNT(openpgp_keys) <= STATE_KEY_COUNT,
	       "a place for each key");
_Static_assert(ARRAY_COUNT(openpgp_objects) <= STATE_OBJECT_COUNT, "a place for each object");
_Static_assert(OBJECTS_BEFORE + OBJECT_LAST - OBJECT_FIRST + 1 == STATE_OBJECT_COUNT, "a place for each object");

struct state *state_new(void)
{
	return calloc(1, sizeof(struct state));
}

void state_free(struct state **state)
{
	struct state *s = *state;

	if (s == NULL)
		return;
	secret_clear(&s->pin.value);
	secret_clear(&s->puk.value);
	secret_clear(&s->reset_code.value);
	secret_clear(&s->admin_key);
	for (size_t i = 0; i < STATE_KEY_COUNT; i++)
		secret_clear(&s->keys[i]);
	for (size_t i = 0; i < STATE_OBJECT_COUNT; i++)
		secret_clear(&s->objects[i]);
	free(s);
	*state = NULL;
}

size_t state_key_count(enum state_applet applet)
{
	return keys[applet].count;
}

size_t state_key_index(enum state_applet applet, uint8_t reference)
{
	for (size_t i = 0; i < keys[applet].count; i++)
		if (keys[applet].references[i] == reference)
			return i;
	return STATE_NONE;
}

uint8_t state_key_reference(enum state_applet applet, size_t index)
{
	return keys[applet].references[index];
}

size_t state_object_count(enum state_applet applet)
{
	return applet == STATE_PIV ? STATE_OBJECT_COUNT : ARRAY_COUNT(openpgp_objects);
}

static size_t piv_object_index(uint32_t tag)
{
	if (tag == OBJECT_DISCOVERY)
		return 0;
	if (tag == OBJECT_BIOMETRIC_GROUP)
		return 1;
	if (tag < OBJECT_FIRST || tag > OBJECT_LAST)
		return STATE_NONE;
	return OBJECTS_BEFORE + tag - OBJECT_FIRST;
}

static uint32_t piv_object_tag(size_t index)
{
	if (index < OBJECTS_BEFORE)
		return index == 0 ? OBJECT_DISCOVERY : OBJECT_BIOMETRIC_GROUP;
	return (uint32_t)(OBJECT_FIRST + index - OBJECTS_BEFORE);
}

size_t state_object_index(enum state_applet applet, uint32_t tag)
{
	if (applet == STATE_PIV)
		return piv_object_index(tag);
	for (size_t i = 0; i < ARRAY_COUNT(openpgp_objects); i++)
		if (openpgp_objects[i] == tag)
			return i;
	return STATE_NONE;
}

uint32_t state_object_tag(enum state_applet applet, size_t index)
{
	return applet == STATE_PIV ? piv_object_tag(index) : openpgp_objects[index];
}

size_t state_admin_key_len(uint8_t algorithm)
{
	for (size_t i = 0; i < ARRAY_COUNT(admin_keys); i++)
		if (admin_keys[i].algorithm == algorithm)
			return admin_keys[i].len;
	return 0;
}
