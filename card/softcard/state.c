/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/state.h"

#include <stdlib.h>

#define OBJECT_FIRST 0x5FC101u
#define OBJECT_LAST 0x5FC123u
#define OBJECT_DISCOVERY 0x7Eu
#define OBJECT_BIOMETRIC_GROUP 0x7F61u
#define OBJECTS_BEFORE 2u /* places before those of 5FC101 and on */
#define RETIRED_FIRST 0x82u
#define RETIRED_LAST 0x95u

static const uint8_t main_keys[] = { 0x9A, 0x9C, 0x9D, 0x9E };

static const struct {
	uint8_t algorithm;
	uint8_t len;
} admin_keys[] = {
	{ .algorithm = 0x03, .len = 24 },
	{ .algorithm = 0x08, .len = 16 },
	{ .algorithm = 0x0A, .len = 24 },
	{ .algorithm = 0x0C, .len = 32 },
};

_Static_assert(ARRAY_COUNT(main_keys) + RETIRED_LAST - RETIRED_FIRST + 1 == STATE_KEY_COUNT, "a place for each key");
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
	secret_clear(&s->admin_key);
	for (size_t i = 0; i < STATE_KEY_COUNT; i++)
		secret_clear(&s->keys[i]);
	for (size_t i = 0; i < STATE_OBJECT_COUNT; i++)
		secret_clear(&s->objects[i]);
	free(s);
	*state = NULL;
}

size_t state_key_index(uint8_t reference)
{
	for (size_t i = 0; i < ARRAY_COUNT(main_keys); i++)
		if (main_keys[i] == reference)
			return i;
	if (reference < RETIRED_FIRST || reference > RETIRED_LAST)
		return SIZE_MAX;
	return ARRAY_COUNT(main_keys) + reference - RETIRED_FIRST;
}

uint8_t state_key_reference(size_t index)
{
	if (index < ARRAY_COUNT(main_keys))
		return main_keys[index];
	return (uint8_t)(RETIRED_FIRST + index - ARRAY_COUNT(main_keys));
}

size_t state_object_index(uint32_t tag)
{
	if (tag == OBJECT_DISCOVERY)
		return 0;
	if (tag == OBJECT_BIOMETRIC_GROUP)
		return 1;
	if (tag < OBJECT_FIRST || tag > OBJECT_LAST)
		return SIZE_MAX;
	return OBJECTS_BEFORE + tag - OBJECT_FIRST;
}

uint32_t state_object_tag(size_t index)
{
	if (index < OBJECTS_BEFORE)
		return index == 0 ? OBJECT_DISCOVERY : OBJECT_BIOMETRIC_GROUP;
	return (uint32_t)(OBJECT_FIRST + index - OBJECTS_BEFORE);
}

size_t state_admin_key_len(uint8_t algorithm)
{
	for (size_t i = 0; i < ARRAY_COUNT(admin_keys); i++)
		if (admin_keys[i].algorithm == algorithm)
			return admin_keys[i].len;
	return 0;
}
