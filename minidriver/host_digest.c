/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "minidriver/error.h"
#include "minidriver/host.h"

static const CARD_EXT_SESSION_KEYS *table_of(const struct md_digest *digest)
{
	return digest->card->session_keys;
}

void md_digest_free(struct md_digest *digest)
{
	if (digest == NULL)
		return;
	table_of(digest)->pfnDigestDestroy(digest->digest);
	host_card_release_memory(digest->card);
	free(digest);
}

/* Takes the driver's digest over, on failure as well. */
static md_err make(struct md_card *card, PCARD_EXT_DIGEST inner, struct md_digest **ret_digest)
{
	struct md_digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL) {
		card->session_keys->pfnDigestDestroy(inner);
		return MD_E_NO_MEMORY;
	}
	host_card_hold_memory(card);
	digest->card = card;
	digest->digest = inner;
	digest->len = card->session_keys->pfnDigestLen(inner);
	*ret_digest = digest;
	return MD_OK;
}

md_err md_digest_begin(struct md_card *card, enum md_hash hash, struct md_digest **ret_digest)
{
	PCARD_EXT_DIGEST inner = NULL;
	DWORD err;

	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	err = card->session_keys->pfnDigestBegin(host_hash_name(hash), &inner);
	return err == ERROR_SUCCESS ? make(card, inner, ret_digest) : error_to_md(err);
}

size_t md_digest_len(const struct md_digest *digest)
{
	return digest->len;
}

md_err md_digest_update(struct md_digest *digest, struct span data)
{
	return error_to_md(table_of(digest)->pfnDigestUpdate(digest->digest, data.data, data.len));
}

md_err md_digest_key(struct md_digest *digest, struct md_key *key)
{
	/* a store knows its own keys only: a key of another card is a foreign handle */
	if (key->card != digest->card)
		return MD_E_INVALID_HANDLE;
	return error_to_md(table_of(digest)->pfnDigestKey(digest->digest, &key->card->data, key->handle));
}

md_err md_digest_finish(struct md_digest *digest, struct span last, uint8_t *out)
{
	return error_to_md(table_of(digest)->pfnDigestFinish(digest->digest, last.data, last.len, out));
}

md_err md_digest_restart(struct md_digest *digest)
{
	if (atomic_load(&digest->card->closed))
		return MD_E_INVALID_HANDLE;
	return error_to_md(table_of(digest)->pfnDigestRestart(digest->digest));
}

md_err md_digest_copy(const struct md_digest *digest, struct md_digest **ret_digest)
{
	PCARD_EXT_DIGEST inner = NULL;
	const DWORD err = table_of(digest)->pfnDigestCopy(digest->digest, &inner);

	return err == ERROR_SUCCESS ? make(digest->card, inner, ret_digest) : error_to_md(err);
}
