/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/secret.h"
#include "minidriver/error.h"
#include "minidriver/host.h"
#include "minidriver/host_kdf.h"

#define BITS_IN_BYTE 8u

_Static_assert(MD_KEY_LEN_MAX == UINT32_MAX / BITS_IN_BYTE, "dwKeyLen counts bits");

/* A derivation as the table takes it. The structure points into the packed plan. */
struct derivation {
	struct host_kdf kdf;
	CARD_DERIVE_KEY info;
};

static bool foreign(const struct md_key *key, const struct md_card *card)
{
	return key != NULL && key->card != card;
}

static md_err pack(struct md_card *card, const struct md_kdf_plan *plan, struct derivation *d)
{
	const LPCWSTR alg = host_key_alg_name(plan->alg);
	md_err err;

	if (alg == NULL || plan->key_len == 0 || plan->key_len > MD_KEY_LEN_MAX)
		return MD_E_INVALID_PARAMETER;
	/* a store knows its own keys only: a key of another card is a foreign handle */
	if (foreign(plan->salt_key, card) || foreign(plan->second, card))
		return MD_E_INVALID_HANDLE;
	for (size_t i = 0; i < plan->field_count && i < MD_FIELDS_MAX; i++)
		if (plan->fields[i].type == MD_FIELD_KEY && foreign(plan->fields[i].key, card))
			return MD_E_INVALID_HANDLE;
	err = host_kdf_pack(plan, &d->kdf);
	if (err != MD_OK)
		return err;
	d->info = (CARD_DERIVE_KEY){
		.dwVersion = CARD_DERIVE_KEY_CURRENT_VERSION,
		.dwFlags = CARD_RETURN_KEY_HANDLE | d->kdf.flags,
		.pwszKDF = d->kdf.name,
		.pParameterList = &d->kdf.desc,
		.pwszAlgId = alg,
		.dwKeyLen = (DWORD)(plan->key_len * BITS_IN_BYTE),
	};
	return MD_OK;
}

md_err md_derive(struct md_agreement *agreement, const struct md_kdf_plan *plan, struct md_key **ret_key)
{
	struct md_card *card = agreement->card;
	struct derivation d;
	md_err err = pack(card, plan, &d);

	if (err != MD_OK)
		return err;
	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	d.info.bSecretAgreementIndex = agreement->index;
	err = error_to_md(card->data.pfnCardDeriveKey(&card->data, &d.info));
	return err != MD_OK ? err : host_key_make_sized(card, d.info.hKey, plan->alg, plan->key_len, ret_key);
}

static md_err derive_from(struct md_card *card, CARD_KEY_HANDLE base, const struct md_kdf_plan *plan,
			  struct md_key **ret_key)
{
	struct derivation d;
	md_err err = pack(card, plan, &d);

	if (err == MD_OK)
		err = error_to_md(card->session_keys->pfnKeyDerive(&card->data, base, &d.info));
	return err != MD_OK ? err : host_key_make_sized(card, d.info.hKey, plan->alg, plan->key_len, ret_key);
}

md_err md_key_derive(struct md_key *base, const struct md_kdf_plan *plan, struct md_key **ret_key)
{
	return derive_from(base->card, base->handle, plan, ret_key);
}

static void key_cleanup(struct md_key **key)
{
	md_key_release(*key);
}

md_err md_password_derive(struct md_card *card, struct span password, const struct md_kdf_plan *plan,
			  struct md_key **ret_key)
{
	AUTO(key_cleanup) struct md_key *base = NULL;
	md_err err;

	if (atomic_load(&card->closed))
		return MD_E_INVALID_HANDLE;
	/* a session key has a byte at least */
	if (password.len == 0)
		return derive_from(card, 0, plan, ret_key);
	err = md_key_import(card, MD_KEY_GENERIC, password, &base);
	return err != MD_OK ? err : md_key_derive(base, plan, ret_key);
}

md_err md_key_generate(struct md_card *card, enum md_key_alg alg, size_t key_len, struct md_key **ret_key)
{
	AUTO_SECRET value = SECRET_INIT;
	md_err err;

	if (key_len == 0 || key_len > MD_KEY_LEN_MAX)
		return MD_E_INVALID_PARAMETER;
	if (!secret_alloc(&value, key_len))
		return MD_E_NO_MEMORY;
	err = md_random(value.data, value.len);
	return err != MD_OK ? err : md_key_import(card, alg, secret_span(&value), ret_key);
}
