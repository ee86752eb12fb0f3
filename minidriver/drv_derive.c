/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "base/quiet.h"
#include "base/wipe.h"
#include "minidriver/drv.h"
#include "minidriver/drv_secret.h"
#include "minidriver/kdf.h"

#define BITS_IN_BYTE 8u
#define KDF_FLAGS ((DWORD)(KDF_USE_SECRET_AS_HMAC_KEY_FLAG | BCRYPT_CAPI_AES_FLAG))
#define KNOWN_FLAGS (KDF_FLAGS | CARD_RETURN_KEY_HANDLE | CARD_BUFFER_SIZE_ONLY)

/* One derivation, between its checks and its end. */
struct derivation {
	const struct kdf_ops *ops;
	struct kdf_params *params; /* borrowed */
	DWORD kdf_flags;
	struct drv_base base;
	struct session_key *key;   /* held; NULL: the base is agreed or empty */
	struct key_owner *owner;   /* whose the new key will be; borrowed */
	const struct key_alg *alg; /* NULL: bytes are wanted, not a key */
	size_t asked_len;          /* dwKeyLen in bytes; 0: none */
	size_t out_len;            /* of the KDF */
	size_t len;                /* of what the caller gets: the leading bytes */
};

static void derivation_end(struct derivation *d)
{
	drv_base_clear(&d->base);
	session_key_release(d->key);
}

/* The key the caller wants made: version 2 only; version 1 has no member that says so. */
static DWORD read_key_wish(const CARD_DERIVE_KEY *info, DWORD version, struct derivation *d)
{
	if ((info->dwFlags & CARD_RETURN_KEY_HANDLE) == 0)
		return ERROR_SUCCESS;
	if (version < CARD_DERIVE_KEY_VERSION_TWO || info->dwKeyLen % BITS_IN_BYTE != 0)
		return SCARD_E_INVALID_PARAMETER;
	d->alg = key_alg_by_name(info->pwszAlgId);
	d->asked_len = info->dwKeyLen / BITS_IN_BYTE;
	return d->alg != NULL ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

static DWORD read_info(const CARD_DERIVE_KEY *info, struct derivation *d)
{
	DWORD version = 0;
	DWORD err = drv_version(info->dwVersion, CARD_DERIVE_KEY_CURRENT_VERSION, &version);

	if (err != ERROR_SUCCESS)
		return err;
	if (info->pwszKDF == NULL || (info->dwFlags & ~KNOWN_FLAGS) != 0)
		return SCARD_E_INVALID_PARAMETER;
	d->ops = kdf_by_name(info->pwszKDF);
	if (d->ops == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = read_key_wish(info, version, d);
	if (err == ERROR_SUCCESS)
		err = kdf_params_read(info->pParameterList, d->params);
	if (err != ERROR_SUCCESS)
		return err;
	d->kdf_flags = info->dwFlags & KDF_FLAGS;
	return kdf_check(d->ops, d->params, d->kdf_flags);
}

static struct kdf_request request_of(const struct derivation *d)
{
	return (struct kdf_request){ .params = d->params,
				     .flags = d->kdf_flags,
				     .z = d->base.z,
				     .key = d->base.alg != NULL ? d->key : NULL };
}

static DWORD check_base(const struct derivation *d)
{
	const struct kdf_request request = request_of(d);

	return d->ops->check_base != NULL ? d->ops->check_base(&request) : ERROR_SUCCESS;
}

/* KDF_KEYBITLENGTH first; then the key's own length, for a KDF that gives any; else what the KDF gives of itself. */
static DWORD settle_length(struct derivation *d)
{
	const size_t natural = d->ops->natural_len(d->params, d->base.z.len);
	const size_t max = d->ops->max_len != NULL ? d->ops->max_len(d->params, d->base.z.len) : natural;

	if (d->alg != NULL && d->asked_len == 0)
		d->asked_len = key_alg_only_len(d->alg);
	d->out_len = natural;
	if (d->params->out_len != 0)
		d->out_len = d->params->out_len;
	else if (d->ops->any_length && d->asked_len != 0)
		d->out_len = d->asked_len;
	d->len = d->asked_len != 0 ? d->asked_len : d->out_len;
	if (d->out_len > max || d->len > d->out_len || d->len == 0 || d->out_len > UINT32_MAX)
		return SCARD_E_INVALID_PARAMETER;
	if (d->alg != NULL && !key_alg_takes(d->alg, d->len))
		return SCARD_E_INVALID_PARAMETER;
	return ERROR_SUCCESS;
}

static DWORD compute(const struct derivation *d, struct secret *ret_okm)
{
	struct kdf_request request = request_of(d);
	DWORD err = SCARD_E_NO_MEMORY;

	OSSL_QUIET_ON(err);
	if (!secret_alloc(ret_okm, d->out_len))
		return SCARD_E_NO_MEMORY;
	request.out = ret_okm->data;
	request.out_len = ret_okm->len;
	err = d->ops->derive(&request);
	wipe_stack_shallow();
	secret_truncate(ret_okm, d->len);
	return err;
}

static DWORD give_key(const struct derivation *d, struct secret *okm, PCARD_DERIVE_KEY info)
{
	CARD_KEY_HANDLE handle = 0;
	const DWORD err = key_store_add(d->owner, d->alg, okm, &handle);

	if (err != ERROR_SUCCESS)
		return err;
	info->hKey = handle;
	info->pbDerivedKey = NULL;
	info->cbDerivedKey = 0;
	return ERROR_SUCCESS;
}

/* From the base secret on: what is the same for an agreed secret and for a session key. */
static DWORD derive(PCARD_DATA card_data, struct derivation *d, PCARD_DERIVE_KEY info)
{
	AUTO_SECRET okm = SECRET_INIT;
	DWORD err = drv_base_join(card_data, d->params, &d->base);

	if (err == ERROR_SUCCESS)
		err = check_base(d);
	if (err == ERROR_SUCCESS)
		err = settle_length(d);
	if (err != ERROR_SUCCESS)
		return err;
	if ((info->dwFlags & CARD_BUFFER_SIZE_ONLY) != 0) {
		info->cbDerivedKey = (DWORD)d->len;
		return ERROR_SUCCESS;
	}
	err = compute(d, &okm);
	if (err != ERROR_SUCCESS)
		return err;
	if (d->alg != NULL)
		return give_key(d, &okm, info);
	return drv_give(card_data, secret_span(&okm), &info->pbDerivedKey, &info->cbDerivedKey);
}

DWORD drv_derive_key(PCARD_DATA card_data, PCARD_DERIVE_KEY info)
{
	struct kdf_params params;
	AUTO(derivation_end) struct derivation d = { .params = &params, .base = DRV_BASE_INIT };
	struct drv *drv;
	DWORD err = drv_enter_card(card_data, &drv);

	if (err != ERROR_SUCCESS)
		return err;
	if (info == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = read_info(info, &d);
	if (err == ERROR_SUCCESS)
		err = drv_agreement_secret(drv, info->bSecretAgreementIndex, &d.base.own);
	if (err != ERROR_SUCCESS)
		return err;
	d.base.z = secret_span(&d.base.own);
	d.owner = drv->keys;
	return derive(card_data, &d, info);
}

/* The key itself says whose the new one will be; without a key the context does. */
static DWORD take_key(PCARD_DATA card_data, CARD_KEY_HANDLE handle, struct derivation *d)
{
	struct drv *drv;
	DWORD err;

	if (handle == 0) {
		err = drv_enter(card_data, &drv);
		if (err != ERROR_SUCCESS)
			return err;
		d->owner = drv->keys;
		if (!secret_alloc(&d->base.own, 0))
			return SCARD_E_NO_MEMORY;
		d->base.z = secret_span(&d->base.own);
		return ERROR_SUCCESS;
	}
	err = key_store_find(card_data, handle, &d->key);
	if (err != ERROR_SUCCESS)
		return err;
	d->owner = d->key->owner;
	d->base.alg = d->key->alg;
	/* the key is held, and its value does not change */
	d->base.z = secret_span(&d->key->value);
	return ERROR_SUCCESS;
}

DWORD drv_key_derive(PCARD_DATA card_data, CARD_KEY_HANDLE handle, PCARD_DERIVE_KEY info)
{
	struct kdf_params params;
	AUTO(derivation_end) struct derivation d = { .params = &params, .base = DRV_BASE_INIT };
	DWORD err;

	if (info == NULL)
		return SCARD_E_INVALID_PARAMETER;
	err = read_info(info, &d);
	if (err == ERROR_SUCCESS)
		err = take_key(card_data, handle, &d);
	return err != ERROR_SUCCESS ? err : derive(card_data, &d, info);
}
