/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/digest_state.h"

#include <stdint.h>
#include <string.h>

/* Before the data: who wrote it and in which form, the mechanism, whether a part was given. */
static const uint8_t magic[8] = { 'M', 'D', 'P', 'd', 'g', 's', 't', '1' };

struct header {
	uint8_t magic[sizeof(magic)];
	uint8_t type[8]; /* big-endian */
	uint8_t in_parts;
};

static bool make_room(struct cki_transcript *transcript, size_t needed)
{
	AUTO_SECRET larger = SECRET_INIT;
	size_t room = transcript->bytes.len * 2;

	if (transcript->bytes.data != NULL && needed <= transcript->bytes.len)
		return true;
	if (room < 512)
		room = 512;
	if (!secret_alloc(&larger, room < needed ? needed : room))
		return false;
	if (transcript->len != 0)
		memcpy(larger.data, transcript->bytes.data, transcript->len);
	secret_move(&transcript->bytes, &larger);
	return true;
}

bool cki_transcript_add(struct cki_transcript *transcript, struct span part)
{
	if (transcript->lost || part.len == 0)
		return true;
	if (part.len > CKI_DIGEST_STATE_MAX - transcript->len) {
		cki_transcript_lose(transcript);
		return true;
	}
	if (!make_room(transcript, transcript->len + part.len))
		return false;
	memcpy(transcript->bytes.data + transcript->len, part.data, part.len);
	transcript->len += part.len;
	return true;
}

void cki_transcript_lose(struct cki_transcript *transcript)
{
	cki_transcript_restart(transcript);
	transcript->lost = true;
}

void cki_transcript_restart(struct cki_transcript *transcript)
{
	secret_clear(&transcript->bytes);
	transcript->len = 0;
	transcript->lost = false;
}

CK_RV cki_digest_state_write(const struct cki_digest_state *saved, CK_BYTE *state, CK_ULONG *inout_len)
{
	struct header header = { .in_parts = saved->in_parts };
	const CK_ULONG needed = sizeof(header) + saved->data.len;

	if (state == NULL || *inout_len < needed) {
		*inout_len = needed;
		return state == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
	}
	memcpy(header.magic, magic, sizeof(magic));
	for (size_t i = 0; i < sizeof(header.type); i++)
		header.type[i] = (uint8_t)((uint64_t)saved->type >> (56 - 8 * i));
	memcpy(state, &header, sizeof(header));
	if (saved->data.len != 0)
		memcpy(state + sizeof(header), saved->data.data, saved->data.len);
	*inout_len = needed;
	return CKR_OK;
}

bool cki_digest_state_read(struct span state, struct cki_digest_state *ret_saved)
{
	struct header header;
	uint64_t type = 0;

	if (state.len < sizeof(header) || state.len - sizeof(header) > CKI_DIGEST_STATE_MAX)
		return false;
	memcpy(&header, state.data, sizeof(header));
	if (memcmp(header.magic, magic, sizeof(magic)) != 0 || header.in_parts > 1 ||
	    (header.in_parts == 0 && state.len != sizeof(header)))
		return false;
	for (size_t i = 0; i < sizeof(header.type); i++)
		type = type << 8 | header.type[i];
	*ret_saved = (struct cki_digest_state){
		.type = (CK_MECHANISM_TYPE)type,
		.in_parts = header.in_parts != 0,
		.data = span_of(state.data + sizeof(header), state.len - sizeof(header)),
	};
	return true;
}
