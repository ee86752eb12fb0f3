/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the pre-master secret to the master secret of TLS 1.0 to 1.2, by the randoms or by the session hash (PKCS#11 3.2
 * 6.40.4, 6.40.5; RFC 5246 8.1; RFC 7627 4). The RSA forms tell the version that the pre-master secret begins with.
 */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "pkcs11/derive_tls.h"
#include "pkcs11/error.h"

/* The parameter, checked. */
struct master {
	struct tls_seed randoms;
	struct span seed;     /* the randoms, or the session hash, which is the caller's */
	const char *label;
	enum md_hash hash;
	CK_VERSION *version;  /* NULL: not wanted */
};

/* ---- parameters ------------------------------------------------------------------------------------- */

static CK_RV read_randoms(const CKI_SSL3_RANDOM_DATA *randoms, struct master *ret_master)
{
	ret_master->seed = span_of(ret_master->randoms.bytes, sizeof(ret_master->randoms.bytes));
	ret_master->label = "master secret";
	return cki_tls_seed(randoms, TLS_CLIENT_FIRST, &ret_master->randoms);
}

static CK_RV read_tls10(const CK_MECHANISM *mechanism, struct master *ret_master)
{
	CKI_SSL3_MASTER_KEY_DERIVE_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv != CKR_OK)
		return rv;
	ret_master->hash = MD_HASH_NONE;
	ret_master->version = params.pVersion;
	return read_randoms(&params.RandomInfo, ret_master);
}

static CK_RV read_tls12(const CK_MECHANISM *mechanism, struct master *ret_master)
{
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = cki_tls_hash(params.prfHashMechanism, &ret_master->hash);
	if (rv != CKR_OK)
		return rv;
	ret_master->version = params.pVersion;
	return read_randoms(&params.RandomInfo, ret_master);
}

/* The session hash is one result of the PRF's hash (RFC 7627 3). */
static CK_RV read_extended(const CK_MECHANISM *mechanism, struct master *ret_master)
{
	CKI_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = cki_tls_hash(params.prfHashMechanism, &ret_master->hash);
	if (rv != CKR_OK)
		return rv;
	if (params.pSessionHash == NULL || params.ulSessionHashLen != md_hash_len(ret_master->hash))
		return CKR_MECHANISM_PARAM_INVALID;
	ret_master->seed = span_of(params.pSessionHash, params.ulSessionHashLen);
	ret_master->label = "extended master secret";
	ret_master->version = params.pVersion;
	return CKR_OK;
}

static const struct form {
	CK_MECHANISM_TYPE mechanism;
	bool agreed; /* the pre-master secret was agreed on: any length, no version in it */
	bool tls12;
	CK_RV (*read)(const CK_MECHANISM *mechanism, struct master *ret_master);
} forms[] = {
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, false, true, read_extended },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, true, true, read_extended },
	{ CKM_TLS_MASTER_KEY_DERIVE, false, false, read_tls10 },
	{ CKM_TLS_MASTER_KEY_DERIVE_DH, true, false, read_tls10 },
	{ CKM_TLS12_MASTER_KEY_DERIVE, false, true, read_tls12 },
	{ CKM_TLS12_MASTER_KEY_DERIVE_DH, true, true, read_tls12 },
};

static const struct form *find_form(CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i < ARRAY_COUNT(forms); i++)
		if (forms[i].mechanism == mechanism)
			return &forms[i];
	return NULL;
}

static CK_RV read_params(const struct form *form, const struct derive_call *call, struct master *ret_master)
{
	CK_RV rv = form->read(call->mechanism, ret_master);

	if (rv != CKR_OK)
		return rv;
	if (form->agreed)
		return ret_master->version == NULL ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
	return md_key_len(cki_object_key(call->base)) == TLS_MASTER_LEN ? CKR_OK : CKR_KEY_SIZE_RANGE;
}

/* ---- the template ----------------------------------------------------------------------------------- */

/* What a master secret of TLS 1.2 is for (PKCS#11 3.2 6.40.4). */
static const CK_MECHANISM_TYPE uses_of_master[] = {
	CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_SAFE_DERIVE, CKM_TLS_KDF, CKM_TLS_MAC, CKM_TLS12_KDF, CKM_TLS12_MAC,
};

static bool is_use_of_master(const uint8_t *bytes)
{
	for (size_t i = 0; i < ARRAY_COUNT(uses_of_master); i++)
		if (memcmp(&uses_of_master[i], bytes, sizeof(uses_of_master[i])) == 0)
			return true;
	return false;
}

/* A template may name fewer of them, as one does who wants CKM_TLS12_KEY_SAFE_DERIVE to be the only way. */
static CK_RV limit_uses(struct attrs *attrs)
{
	struct span given;

	if (!cki_attrs_get(attrs, CKA_ALLOWED_MECHANISMS, &given)) {
		cki_attrs_set(attrs, CKA_ALLOWED_MECHANISMS, span_of(uses_of_master, sizeof(uses_of_master)));
		return attrs->failed ? CKR_HOST_MEMORY : CKR_OK;
	}
	for (size_t at = 0; at < given.len; at += sizeof(CK_MECHANISM_TYPE))
		if (!is_use_of_master(given.data + at))
			return CKR_TEMPLATE_INCONSISTENT;
	return CKR_OK;
}

static CK_RV check_draft(const struct form *form, const struct secret_key_draft *draft)
{
	if (draft->type->type != CKK_GENERIC_SECRET)
		return CKR_TEMPLATE_INCONSISTENT;
	if (draft->value_len != 0 && draft->value_len != TLS_MASTER_LEN)
		return CKR_TEMPLATE_INCONSISTENT;
	return form->tls12 ? limit_uses(cki_object_attrs(draft->object)) : CKR_OK;
}

/* ---- the derivation --------------------------------------------------------------------------------- */

static CK_RV derive(struct md_key *base, const struct master *master, struct md_key **ret_key)
{
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_TLS_PRF,
		.hash = master->hash,
		.label = span_of(master->label, strlen(master->label)),
		.info = master->seed,
		.alg = MD_KEY_GENERIC,
		.key_len = TLS_MASTER_LEN,
	};

	return cki_error(CKI_CALL_DERIVE, md_key_derive(base, &plan, ret_key));
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	const struct form *form = find_form(call->mechanism->mechanism);
	struct md_key *base = cki_object_key(call->base);
	AUTO_DRAFT draft = { .object = NULL };
	AUTO_MD_KEY *key = NULL;
	struct master master;
	CK_VERSION version;
	CK_RV rv = form != NULL ? read_params(form, call, &master) : CKR_MECHANISM_INVALID;

	if (rv == CKR_OK)
		rv = cki_derive_begin(call, SECRET_KEY_DERIVED, &draft);
	if (rv == CKR_OK)
		rv = check_draft(form, &draft);
	if (rv == CKR_OK && master.version != NULL)
		rv = cki_tls_read(base, 0, sizeof(version), (uint8_t *)&version);
	if (rv == CKR_OK)
		rv = derive(base, &master, &key);
	if (rv == CKR_OK)
		rv = cki_secret_key_commit(call->session, &draft, STEAL(key), ret_handle);
	if (rv == CKR_OK && master.version != NULL)
		*master.version = version;
	return rv;
}

const struct derive_scheme cki_derive_tls_master = { .takes = cki_tls_takes, .run = run };
