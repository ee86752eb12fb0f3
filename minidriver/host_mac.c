/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "minidriver/error.h"
#include "minidriver/host.h"

static const DWORD kinds[] = {
	[MD_MAC_HMAC] = CARD_EXT_MAC_HMAC,
	[MD_MAC_CMAC] = CARD_EXT_MAC_CMAC,
	[MD_MAC_GMAC] = CARD_EXT_MAC_GMAC,
	[MD_MAC_TLS_FINISHED] = CARD_EXT_MAC_TLS_FINISHED,
};
_Static_assert(ARRAY_COUNT(kinds) == MD_MAC_COUNT, "a number for each kind");
_Static_assert(MD_MAC_IV_MAX == CARD_EXT_MAC_IV_MAX && MD_MAC_TLS_MAX == CARD_EXT_MAC_TLS_MAX, "the same limits");

void md_mac_free(struct md_mac *mac)
{
	if (mac == NULL)
		return;
	mac->key->card->session_keys->pfnMacDestroy(mac->mac);
	md_key_release(mac->key);
	free(mac);
}

md_err md_mac_begin(struct md_key *key, const struct md_mac_params *params, struct md_mac **ret_mac)
{
	const CARD_EXT_SESSION_KEYS *table = key->card->session_keys;
	CARD_EXT_MAC_INFO info = { .pbIV = params->iv.data, .cbIV = params->iv.len, .pbLabel = params->label.data,
				   .cbLabel = params->label.len, .cbMac = params->len };
	struct md_mac *mac;
	DWORD err;

	if ((unsigned)params->kind >= MD_MAC_COUNT || (unsigned)params->hash >= MD_HASH_COUNT)
		return MD_E_INVALID_PARAMETER;
	info.dwMac = kinds[params->kind];
	info.pwszHash = host_hash_name(params->hash);
	mac = malloc(sizeof(*mac));
	if (mac == NULL)
		return MD_E_NO_MEMORY;
	*mac = (struct md_mac){ .key = NULL };
	err = table->pfnMacBegin(&key->card->data, key->handle, &info, &mac->mac);
	if (err != ERROR_SUCCESS) {
		free(mac);
		return error_to_md(err);
	}
	mac->key = md_key_hold(key);
	mac->len = table->pfnMacLen(mac->mac);
	*ret_mac = mac;
	return MD_OK;
}

size_t md_mac_len(const struct md_mac *mac)
{
	return mac->len;
}

md_err md_mac_update(struct md_mac *mac, struct span data)
{
	return error_to_md(mac->key->card->session_keys->pfnMacUpdate(mac->mac, data.data, data.len));
}

md_err md_mac_finish(struct md_mac *mac, struct span last, uint8_t *out)
{
	return error_to_md(mac->key->card->session_keys->pfnMacFinish(mac->mac, last.data, last.len, out));
}

md_err md_mac_verify(struct md_mac *mac, struct span last, struct span expected)
{
	AUTO_SECRET right = SECRET_INIT;
	md_err err;

	if (expected.len != mac->len)
		return MD_E_INVALID_PARAMETER;
	if (!secret_alloc(&right, mac->len))
		return MD_E_NO_MEMORY;
	err = md_mac_finish(mac, last, right.data);
	if (err != MD_OK)
		return err;
	return secret_equal(secret_span(&right), expected) ? MD_OK : MD_E_INVALID_VALUE;
}
