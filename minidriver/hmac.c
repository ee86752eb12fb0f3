/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/hmac.h"

#include <string.h>

#include "base/ossl_fetch.h"
#include "base/wipe.h"

#define IPAD UINT64_C(0x3636363636363636)
#define OPAD UINT64_C(0x5C5C5C5C5C5C5C5C)

static struct span pad_of(const struct hmac *hmac, enum hmac_pad pad)
{
	const size_t block = hmac->digest->block;

	return span_of(hmac->pads.data + (pad == HMAC_OUTER ? block : 0), block);
}

static uint8_t *room_of(const struct hmac *hmac)
{
	return hmac->pads.data + HMAC_PADS * hmac->digest->block;
}

static void drop_keyed(struct hmac *hmac)
{
	ossl_digest_end(&hmac->keyed[HMAC_INNER]);
	ossl_digest_end(&hmac->keyed[HMAC_OUTER]);
}

void hmac_end(struct hmac *hmac)
{
	drop_keyed(hmac);
	ossl_digest_end(&hmac->fed);
	secret_clear(&hmac->pads);
	*hmac = (struct hmac)HMAC_INIT;
}

/* ---- the key ---------------------------------------------------------------------------------------- */

/* An empty state for what is being computed: the one that is there, or a new one. */
static bool start_fed(struct hmac *hmac)
{
	return (hmac->fed.inside != NULL || ossl_digest_begin(&hmac->fed, hmac->digest)) &&
	       ossl_digest_start(&hmac->fed);
}

/* The state of another hash cannot be used again. */
static void set_digest(struct hmac *hmac, const struct ossl_digest *digest, size_t len)
{
	if (hmac->digest != digest)
		ossl_digest_end(&hmac->fed);
	drop_keyed(hmac);
	hmac->digest = digest;
	hmac->len = len;
	hmac->under_way = false;
}

/* K0 (FIPS 198-1, 4): the key, or its hash where it is longer than a block; with zeros behind it. */
static bool take_key(struct hmac *hmac, struct span key)
{
	if (key.len > hmac->digest->block)
		return start_fed(hmac) && ossl_digest_feed(&hmac->fed, key) &&
		       ossl_digest_finish(&hmac->fed, hmac->pads.data, hmac->len);
	if (key.len != 0)
		memcpy(hmac->pads.data, key.data, key.len);
	return true;
}

/* Eight bytes at once, which each hash's block is a multiple of: the compiler cannot know that the blocks are apart. */
static void make_pads(uint8_t *inner, size_t block)
{
	for (size_t i = 0; i < block; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, inner + i, sizeof(word));
		word ^= IPAD;
		memcpy(inner + i, &word, sizeof(word));
		word ^= IPAD ^ OPAD;
		memcpy(inner + block + i, &word, sizeof(word));
	}
}

/* Zeroed; what the key before had is as good. */
static bool make_room(struct secret *pads, size_t len)
{
	if (pads->len != len)
		return secret_alloc(pads, len);
	memset(pads->data, 0, len);
	return true;
}

DWORD hmac_key(struct hmac *hmac, const struct hash *hash, struct span key)
{
	const struct ossl_digest *digest = ossl_digest(hash->ossl);

	if (digest == NULL)
		return SCARD_E_NO_MEMORY;
	if (digest->block < hash->len || digest->block % sizeof(uint64_t) != 0)
		return SCARD_E_UNEXPECTED;
	set_digest(hmac, digest, hash->len);
	if (!make_room(&hmac->pads, HMAC_PADS * digest->block + hash->len))
		return SCARD_E_NO_MEMORY;
	if (!take_key(hmac, key))
		return SCARD_E_UNEXPECTED;
	make_pads(hmac->pads.data, digest->block);
	return ERROR_SUCCESS;
}

static bool prepare(struct hmac *hmac, enum hmac_pad pad)
{
	struct ossl_digest_context *keyed = &hmac->keyed[pad];

	return ossl_digest_begin(keyed, hmac->digest) && ossl_digest_start(keyed) &&
	       ossl_digest_feed(keyed, pad_of(hmac, pad));
}

bool hmac_prepare(struct hmac *hmac)
{
	hmac_forget(hmac);
	drop_keyed(hmac);
	if (prepare(hmac, HMAC_INNER) && prepare(hmac, HMAC_OUTER))
		return true;
	drop_keyed(hmac);
	return false;
}

/* ---- a result --------------------------------------------------------------------------------------- */

/* The state after a block with the key. */
static bool start(struct hmac *hmac, enum hmac_pad pad)
{
	const struct ossl_digest_context *keyed = &hmac->keyed[pad];

	if (keyed->inside == NULL)
		return start_fed(hmac) && ossl_digest_feed(&hmac->fed, pad_of(hmac, pad));
	ossl_digest_end(&hmac->fed);
	return ossl_digest_copy(keyed, &hmac->fed);
}

void hmac_forget(struct hmac *hmac)
{
	/* what the inner hash gave is of the data, too */
	if (hmac->pads.data != NULL)
		wipe(room_of(hmac), hmac->len);
	ossl_digest_end(&hmac->fed);
	hmac->under_way = false;
}

bool hmac_feed(struct hmac *hmac, struct span bytes)
{
	if (!hmac->under_way)
		hmac->under_way = start(hmac, HMAC_INNER);
	return hmac->under_way && ossl_digest_feed(&hmac->fed, bytes);
}

bool hmac_finish(struct hmac *hmac, uint8_t *ret_result)
{
	uint8_t *inner = room_of(hmac);
	const bool fed = hmac_feed(hmac, SPAN_EMPTY) && ossl_digest_finish(&hmac->fed, inner, hmac->len);

	hmac->under_way = false;
	return fed && start(hmac, HMAC_OUTER) && ossl_digest_feed(&hmac->fed, span_of(inner, hmac->len)) &&
	       ossl_digest_finish(&hmac->fed, ret_result, hmac->len);
}
