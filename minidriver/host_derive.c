/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "minidriver/error.h"
#include "minidriver/host.h"
#include "minidriver/wide.h"

#define BITS_IN_BYTE 8u
#define PARAMS_MAX 4u

_Static_assert(MD_KEY_LEN_MAX == UINT32_MAX / BITS_IN_BYTE, "dwKeyLen counts bits");

static const struct {
	LPCWSTR name;
	size_t len; /* bytes of the result */
} hashes[] = {
	[MD_HASH_NONE] = { NULL, 0 },
	[MD_HASH_MD5] = { BCRYPT_MD5_ALGORITHM, 16 },
	[MD_HASH_SHA1] = { BCRYPT_SHA1_ALGORITHM, 20 },
	[MD_HASH_SHA224] = { CARD_EXT_SHA224_ALGORITHM, 28 },
	[MD_HASH_SHA256] = { BCRYPT_SHA256_ALGORITHM, 32 },
	[MD_HASH_SHA384] = { BCRYPT_SHA384_ALGORITHM, 48 },
	[MD_HASH_SHA512] = { BCRYPT_SHA512_ALGORITHM, 64 },
	[MD_HASH_SHA3_224] = { CARD_EXT_SHA3_224_ALGORITHM, 28 },
	[MD_HASH_SHA3_256] = { CARD_EXT_SHA3_256_ALGORITHM, 32 },
	[MD_HASH_SHA3_384] = { CARD_EXT_SHA3_384_ALGORITHM, 48 },
	[MD_HASH_SHA3_512] = { CARD_EXT_SHA3_512_ALGORITHM, 64 },
	[MD_HASH_SHA512_224] = { CARD_EXT_SHA512_224_ALGORITHM, 28 },
	[MD_HASH_SHA512_256] = { CARD_EXT_SHA512_256_ALGORITHM, 32 },
	[MD_HASH_BLAKE2B_512] = { CARD_EXT_BLAKE2B_512_ALGORITHM, 64 },
};
_Static_assert(ARRAY_COUNT(hashes) == MD_HASH_COUNT, "a row for each hash");

LPCWSTR host_hash_name(enum md_hash hash)
{
	return (unsigned)hash < MD_HASH_COUNT ? hashes[hash].name : NULL;
}

/* A derivation of md.h in the table's words. */
static const struct kdf_row {
	LPCWSTR name;
	bool hashes;          /* takes a hash */
	ULONG info;           /* which parameter the shared data become */
	ULONG empty_count;    /* further parameters that must be there and are empty, */
	ULONG empty[2];       /* namely these */
} kdfs[] = {
	[MD_KDF_RAW] = { .name = CARD_EXT_KDF_RAW_SECRET_BE },
	[MD_KDF_X963] = { .name = CARD_EXT_KDF_X963, .hashes = true, .info = KDF_GENERIC_PARAMETER },
	[MD_KDF_CONCAT] = { .name = BCRYPT_KDF_SP80056A_CONCAT,
			    .hashes = true,
			    .info = KDF_ALGORITHMID,
			    .empty_count = 2,
			    .empty = { KDF_PARTYUINFO, KDF_PARTYVINFO } },
};
_Static_assert(ARRAY_COUNT(kdfs) == MD_KDF_COUNT, "a row for each KDF");

static const struct kdf_row *find_kdf(const struct md_kdf_plan *plan)
{
	const struct kdf_row *row = (unsigned)plan->kdf < MD_KDF_COUNT ? &kdfs[plan->kdf] : NULL;

	if (row == NULL || (unsigned)plan->hash >= MD_HASH_COUNT || row->hashes != (plan->hash != MD_HASH_NONE))
		return NULL;
	return row;
}

size_t md_kdf_max_len(const struct md_kdf_plan *plan, size_t secret_len)
{
	const struct kdf_row *row = find_kdf(plan);
	size_t max;

	if (row == NULL)
		return 0;
	if (!row->hashes)
		return secret_len;
	return __builtin_mul_overflow((size_t)UINT32_MAX, hashes[plan->hash].len, &max) ? SIZE_MAX : max;
}

/* A parameter list under construction. */
struct list {
	NCryptBufferDesc desc;
	NCryptBuffer buffers[PARAMS_MAX];
};

/* The interface's pvBuffer is not const, though nothing writes there. */
static void list_add(struct list *list, ULONG type, struct span bytes)
{
	list->buffers[list->desc.cBuffers++] = (NCryptBuffer){ .cbBuffer = (ULONG)bytes.len, .BufferType = type,
							       .pvBuffer = (PVOID)(uintptr_t)bytes.data };
}

static void pack_list(const struct md_kdf_plan *plan, const struct kdf_row *row, struct list *list)
{
	list->desc = (NCryptBufferDesc){ .ulVersion = BCRYPTBUFFER_VERSION, .pBuffers = list->buffers };
	if (!row->hashes)
		return;
	list_add(list, KDF_HASH_ALGORITHM, span_of(hashes[plan->hash].name, wide_size(hashes[plan->hash].name)));
	list_add(list, row->info, plan->info);
	for (ULONG i = 0; i < row->empty_count; i++)
		list_add(list, row->empty[i], SPAN_EMPTY);
}

static md_err check_plan(const struct md_kdf_plan *plan, const struct kdf_row *row)
{
	if (row == NULL || plan->key_len == 0 || plan->key_len > MD_KEY_LEN_MAX || plan->info.len > UINT32_MAX)
		return MD_E_INVALID_PARAMETER;
	if (!row->hashes && plan->info.len != 0)
		return MD_E_INVALID_PARAMETER;
	return host_key_alg_name(plan->alg) != NULL ? MD_OK : MD_E_INVALID_PARAMETER;
}

md_err md_derive(struct md_agreement *agreement, const struct md_kdf_plan *plan, struct md_key **ret_key)
{
	struct md_card *card = agreement->card;
	const struct kdf_row *row = find_kdf(plan);
	CARD_DERIVE_KEY info = { .dwVersion = CARD_DERIVE_KEY_CURRENT_VERSION, .dwFlags = CARD_RETURN_KEY_HANDLE };
	struct list list;
	md_err err = check_plan(plan, row);

	if (err != MD_OK)
		return err;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	pack_list(plan, row, &list);
	info.pwszKDF = row->name;
	info.bSecretAgreementIndex = agreement->index;
	info.pParameterList = &list.desc;
	info.pwszAlgId = host_key_alg_name(plan->alg);
	info.dwKeyLen = (DWORD)(plan->key_len * BITS_IN_BYTE);
	err = error_to_md(card->data.pfnCardDeriveKey(&card->data, &info));
	return err != MD_OK ? err : host_key_make(card, info.hKey, plan->alg, ret_key);
}
