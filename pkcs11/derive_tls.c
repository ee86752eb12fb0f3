/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/derive_tls.h"

#include <string.h>

#include "pkcs11/error.h"
#include "pkcs11/hash_name.h"

static bool is_random(const CK_BYTE *data, CK_ULONG len)
{
	return data != NULL && len == TLS_RANDOM_LEN;
}

CK_RV cki_tls_seed(const CKI_SSL3_RANDOM_DATA *randoms, enum tls_order order, struct tls_seed *ret_seed)
{
	size_t client = order == TLS_CLIENT_FIRST ? 0 : TLS_RANDOM_LEN;

	if (!is_random(randoms->pClientRandom, randoms->ulClientRandomLen) ||
	    !is_random(randoms->pServerRandom, randoms->ulServerRandomLen))
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(ret_seed->bytes + client, randoms->pClientRandom, TLS_RANDOM_LEN);
	memcpy(ret_seed->bytes + TLS_RANDOM_LEN - client, randoms->pServerRandom, TLS_RANDOM_LEN);
	return CKR_OK;
}

CK_RV cki_tls_hash(CK_MECHANISM_TYPE mechanism, enum md_hash *ret_hash)
{
	const struct md_kdf_plan plan = { .kdf = MD_KDF_TLS_PRF, .hash = cki_hash_of_digest(mechanism) };

	if (plan.hash == MD_HASH_NONE || md_kdf_max_len(&plan, TLS_MASTER_LEN) == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_hash = plan.hash;
	return CKR_OK;
}

bool cki_tls_takes(const struct derive_call *call, CK_KEY_TYPE type)
{
	(void)call;
	return type == CKK_GENERIC_SECRET;
}

CK_RV cki_tls_read(struct md_key *from, size_t at, size_t len, uint8_t *ret_bytes)
{
	AUTO_MD_KEY *piece = NULL;
	CK_RV rv;

	if (len == 0)
		return CKR_OK;
	rv = cki_derive_cut(from, &(struct derive_piece){ .at = at, .len = len, .alg = MD_KEY_GENERIC }, &piece);
	return rv != CKR_OK ? rv : cki_error(CKI_CALL_KEY, md_key_read(piece, ret_bytes, len));
}
