/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verify_data of the "finished" messages of TLS: PRF(key, label, data). */
#include "config.h"

#include <string.h>

#include "base/wipe.h"
#include "minidriver/drv_mac_ops.h"
#include "minidriver/tls_prf.h"

static size_t tls_max_len(const struct session_key *key, const struct hash *hash)
{
	(void)hash;
	return key->alg->any_length ? CARD_EXT_MAC_TLS_MAX : 0;
}

/* The PRF reads label and data twice, so they are kept until the end. */
static DWORD tls_update(PCARD_EXT_MAC mac, struct span data)
{
	struct secret *text = &mac->text;
	size_t needed;

	if (__builtin_add_overflow(text->len, data.len, &needed))
		return SCARD_E_NO_MEMORY;
	if (needed > text->room) {
		AUTO_SECRET larger = SECRET_INIT;

		if (!secret_alloc(&larger, needed < SIZE_MAX / 2 ? 2 * needed : needed))
			return SCARD_E_NO_MEMORY;
		secret_truncate(&larger, text->len);
		if (text->len != 0)
			memcpy(larger.data, text->data, text->len);
		secret_move(text, &larger);
	}
	if (data.len != 0)
		memcpy(text->data + text->len, data.data, data.len);
	text->len = needed;
	return ERROR_SUCCESS;
}

static DWORD tls_start(PCARD_EXT_MAC mac, const struct mac_request *request)
{
	return tls_update(mac, request->label);
}

/* What was kept is label || data, which the PRF joins anyway. */
static DWORD tls_finish(PCARD_EXT_MAC mac, uint8_t *out)
{
	const struct tls_prf prf = {
		.hash = mac->hash, .secret = secret_span(&mac->key->value), .seed = secret_span(&mac->text)
	};
	const DWORD err = tls_prf(&prf, out, mac->len);

	wipe_stack_shallow();
	return err;
}

const struct mac_ops mac_tls = {
	.takes_hash = true,
	.takes_label = true,
	.any_len = true,
	.max_len = tls_max_len,
	.start = tls_start,
	.update = tls_update,
	.finish = tls_finish,
};
