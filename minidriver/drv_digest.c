/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/drv_digest.h"

#include <stdlib.h>

#include "base/ossl.h"
#include "base/quiet.h"
#include "base/wipe.h"
#include "minidriver/drv_hash.h"
#include "minidriver/drv_key_store.h"

struct _CARD_EXT_DIGEST {
	const struct hash *hash;
	struct ossl_digest_context context;
	bool has_ossl;
	bool finished;
	bool fresh; /* nothing went in since the start or the restart */
	bool keyed; /* bytes of a key went in */
};

void drv_digest_destroy(PCARD_EXT_DIGEST digest)
{
	if (digest == NULL)
		return;
	ossl_digest_end(&digest->context);
	if (digest->has_ossl)
		ossl_release();
	free(digest);
}

static void destroy_cleanup(PCARD_EXT_DIGEST *digest)
{
	drv_digest_destroy(*digest);
}

static PCARD_EXT_DIGEST make(const struct hash *hash)
{
	AUTO(destroy_cleanup) PCARD_EXT_DIGEST digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return NULL;
	digest->hash = hash;
	digest->has_ossl = ossl_acquire();
	return digest->has_ossl ? STEAL(digest) : NULL;
}

DWORD drv_digest_begin(LPCWSTR hash_name, PCARD_EXT_DIGEST *ret_digest)
{
	AUTO(destroy_cleanup) PCARD_EXT_DIGEST digest = NULL;
	const struct hash *hash = hash_named(hash_name);

	OSSL_QUIET();
	if (hash == NULL || hash->xof || ret_digest == NULL)
		return SCARD_E_INVALID_PARAMETER;
	digest = make(hash);
	if (digest == NULL || !hash_begin(&digest->context, hash))
		return SCARD_E_NO_MEMORY;
	digest->fresh = true;
	*ret_digest = STEAL(digest);
	return ERROR_SUCCESS;
}

SIZE_T drv_digest_len(const CARD_EXT_DIGEST *digest)
{
	return digest->hash->len;
}

DWORD drv_digest_update(PCARD_EXT_DIGEST digest, const BYTE *data, SIZE_T data_len)
{
	if (digest == NULL || digest->finished || (data == NULL && data_len != 0))
		return SCARD_E_INVALID_PARAMETER;
	digest->fresh = false;
	return ossl_digest_feed(&digest->context, span_of(data, data_len)) ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

DWORD drv_digest_key(PCARD_EXT_DIGEST digest, PCARD_DATA card_data, CARD_KEY_HANDLE handle)
{
	AUTO_SESSION_KEY *key = NULL;
	DWORD err = key_store_find(card_data, handle, &key);

	if (err != ERROR_SUCCESS)
		return err;
	if (digest != NULL)
		digest->keyed = true;
	err = drv_digest_update(digest, key->value.data, key->value.len);
	wipe_stack_shallow();
	return err;
}

DWORD drv_digest_finish(PCARD_EXT_DIGEST digest, const BYTE *data, SIZE_T data_len, PBYTE out)
{
	bool good;

	if (digest == NULL || digest->finished || (data == NULL && data_len != 0) || out == NULL)
		return SCARD_E_INVALID_PARAMETER;
	digest->finished = true;
	good = ossl_digest_feed(&digest->context, span_of(data, data_len)) &&
	       ossl_digest_finish(&digest->context, out, digest->hash->len);
	/* now, so that nothing of the data waits for the next use */
	digest->fresh = good && !digest->keyed && hash_start(&digest->context, digest->hash);
	return good ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

DWORD drv_digest_restart(PCARD_EXT_DIGEST digest)
{
	if (digest == NULL || digest->keyed)
		return SCARD_E_INVALID_PARAMETER;
	digest->fresh = digest->fresh || hash_start(&digest->context, digest->hash);
	digest->finished = !digest->fresh;
	return digest->fresh ? ERROR_SUCCESS : SCARD_E_UNEXPECTED;
}

DWORD drv_digest_copy(const CARD_EXT_DIGEST *digest, PCARD_EXT_DIGEST *ret_digest)
{
	AUTO(destroy_cleanup) PCARD_EXT_DIGEST copy = NULL;

	OSSL_QUIET();
	if (digest == NULL || digest->finished || ret_digest == NULL)
		return SCARD_E_INVALID_PARAMETER;
	copy = make(digest->hash);
	if (copy == NULL || !ossl_digest_copy(&digest->context, &copy->context))
		return SCARD_E_NO_MEMORY;
	copy->keyed = digest->keyed;
	*ret_digest = STEAL(copy);
	return ERROR_SUCCESS;
}
