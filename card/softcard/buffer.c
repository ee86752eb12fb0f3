/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/buffer.h"

#include <string.h>

#define FIRST_ROOM 256u

/* Move to a place with room for at least `room` bytes, of which the present ones count. */
static bool make_room(struct secret *buffer, size_t room)
{
	AUTO_SECRET larger = SECRET_INIT;
	const size_t len = buffer->len;

	if (buffer->room >= room && buffer->data != NULL)
		return true;
	if (room < FIRST_ROOM)
		room = FIRST_ROOM;
	if (room < 2 * buffer->room)
		room = 2 * buffer->room;
	if (!secret_alloc(&larger, room))
		return false;
	if (len != 0)
		memcpy(larger.data, buffer->data, len);
	larger.len = len;
	secret_move(buffer, &larger);
	return true;
}

bool buffer_add(struct secret *buffer, struct span bytes)
{
	if (bytes.len > SIZE_MAX / 4 - buffer->len || !make_room(buffer, buffer->len + bytes.len))
		return false;
	if (bytes.len != 0)
		memcpy(buffer->data + buffer->len, bytes.data, bytes.len);
	buffer->len += bytes.len;
	return true;
}

bool buffer_add_byte(struct secret *buffer, uint8_t byte)
{
	return buffer_add(buffer, span_of(&byte, 1));
}
