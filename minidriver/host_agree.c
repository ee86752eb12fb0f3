/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/curve_win.h"
#include "minidriver/error.h"
#include "minidriver/host.h"

/* A peer's key as the table takes it. */
struct peer_blob {
	BCRYPT_ECCKEY_BLOB header;
	BYTE coordinates[CURVE_BLOB_MAX];
};

static md_err pack_peer(const struct md_container *container, const struct md_point *peer, struct peer_blob *ret_blob,
			size_t *ret_len)
{
	struct curve curve;
	const md_err err = error_to_md(curve_error(curve_from_params(container->ec_params, &curve)));

	if (err != MD_OK)
		return err;
	if (peer->len != curve.point_len)
		return MD_E_INVALID_PARAMETER;
	ret_blob->header = (BCRYPT_ECCKEY_BLOB){ .dwMagic = curve_ecdh_magic(&curve), .cbKey = (ULONG)curve.field_len };
	curve_point_to_blob(&curve, peer->bytes, ret_blob->coordinates);
	*ret_len = sizeof(ret_blob->header) + 2 * curve.field_len;
	return MD_OK;
}

static md_err construct(struct md_card *card, size_t container, struct peer_blob *blob, size_t len, BYTE *ret_index)
{
	CARD_DH_AGREEMENT_INFO info = {
		.dwVersion = CARD_DH_AGREEMENT_INFO_VERSION,
		.bContainerIndex = (BYTE)container,
		.dwPublicKey = (DWORD)len,
		.pbPublicKey = (PBYTE)blob,
	};
	unsigned round = 0;
	DWORD err;

	do
		err = card->data.pfnCardConstructDHAgreement(&card->data, &info);
	while (host_pin_again(card, container, err, &round));
	if (err == ERROR_SUCCESS)
		*ret_index = info.bSecretAgreementIndex;
	return error_to_md(err);
}

md_err md_agree(struct md_card *card, size_t container, const struct md_point *peer,
		struct md_agreement **ret_agreement)
{
	const struct md_container *key = md_container(card, container);
	struct md_agreement *agreement;
	struct peer_blob blob;
	size_t len;
	md_err err;

	if (key == NULL || (key->type != MD_PUBLIC_EC && key->type != MD_PUBLIC_MONTGOMERY))
		return MD_E_NO_KEY_CONTAINER;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	err = pack_peer(key, peer, &blob, &len);
	if (err != MD_OK)
		return err;
	agreement = calloc(1, sizeof(*agreement));
	if (agreement == NULL)
		return MD_E_NO_MEMORY;
	err = construct(card, container, &blob, len, &agreement->index);
	if (err != MD_OK) {
		free(agreement);
		return err;
	}
	host_card_hold_memory(card);
	agreement->card = card;
	agreement->secret_len = blob.header.cbKey;
	*ret_agreement = agreement;
	return MD_OK;
}

void md_agreement_destroy(struct md_agreement *agreement)
{
	if (agreement == NULL)
		return;
	if (!atomic_load(&agreement->card->closed))
		(void)agreement->card->data.pfnCardDestroyDHAgreement(&agreement->card->data, agreement->index, 0);
	host_card_release_memory(agreement->card);
	free(agreement);
}

size_t md_agreement_secret_len(const struct md_agreement *agreement)
{
	return agreement->secret_len;
}
