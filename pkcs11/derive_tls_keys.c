/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the master secret to the key block of TLS 1.0 to 1.2: two keys for MACs, two for the cipher, two initial values
 * (PKCS#11 3.2 6.40.6, 6.40.7; RFC 5246 6.3). The block is a session key that is no object; the keys are cut from it,
 * and of its bytes only the initial values are ever read.
 */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "base/secret.h"
#include "pkcs11/derive_tls.h"
#include "pkcs11/error.h"
#include "pkcs11/store.h"

/* No cipher of TLS has a longer initial value; what follows it in the block stays inside. */
#define IV_MAX 16u

/* In the block's order. */
enum {
	CLIENT_MAC = 0,
	SERVER_MAC,
	CLIENT_KEY,
	SERVER_KEY,
	KEYS
};

/* The parameter, checked; lengths in bytes. */
struct material {
	size_t mac_len;
	size_t key_len;
	size_t iv_len;
	struct tls_seed seed;
	enum md_hash hash;
	CKI_SSL3_KEY_MAT_OUT *out; /* the caller's; may stand at any address */
	CKI_SSL3_KEY_MAT_OUT result;
};

/* ---- parameters ------------------------------------------------------------------------------------- */

static CK_RV read_len(CK_ULONG bits, size_t *ret_len)
{
	if (bits % 8 != 0 || bits / 8 > MD_KEY_LEN_MAX / 8)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_len = bits / 8;
	return CKR_OK;
}

static CK_RV read_lengths(const CKI_SSL3_KEY_MAT_PARAMS *params, bool wants_iv, struct material *ret_material)
{
	CK_RV rv = read_len(params->ulMacSizeInBits, &ret_material->mac_len);

	if (rv == CKR_OK)
		rv = read_len(params->ulKeySizeInBits, &ret_material->key_len);
	if (rv == CKR_OK)
		rv = read_len(wants_iv ? params->ulIVSizeInBits : 0, &ret_material->iv_len);
	if (rv != CKR_OK)
		return rv;
	/* Without a key before them, initial values would be bytes of keys that another call derives. */
	if (ret_material->mac_len + ret_material->key_len == 0 || ret_material->iv_len > IV_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

static CK_RV read_out(CKI_SSL3_KEY_MAT_OUT *out, struct material *ret_material)
{
	if (out == NULL)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&ret_material->result, out, sizeof(ret_material->result));
	if (ret_material->iv_len != 0 &&
	    (ret_material->result.pIVClient == NULL || ret_material->result.pIVServer == NULL))
		return CKR_MECHANISM_PARAM_INVALID;
	ret_material->out = out;
	return CKR_OK;
}

/* What the two structures have in common. Export suites (40-bit keys) are of SSL 3.0 and TLS 1.0, and not offered. */
static CK_RV read_common(const CKI_SSL3_KEY_MAT_PARAMS *params, bool wants_iv, struct material *ret_material)
{
	CK_RV rv = read_lengths(params, wants_iv, ret_material);

	if (rv == CKR_OK && params->bIsExport != CK_FALSE)
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		rv = cki_tls_seed(&params->RandomInfo, TLS_SERVER_FIRST, &ret_material->seed);
	return rv != CKR_OK ? rv : read_out(params->pReturnedKeyMaterial, ret_material);
}

static CK_RV read_tls10(const CK_MECHANISM *mechanism, struct material *ret_material)
{
	CKI_SSL3_KEY_MAT_PARAMS params;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	ret_material->hash = MD_HASH_NONE;
	return rv != CKR_OK ? rv : read_common(&params, true, ret_material);
}

static CK_RV read_tls12(const CK_MECHANISM *mechanism, struct material *ret_material)
{
	CKI_TLS12_KEY_MAT_PARAMS params;
	CKI_SSL3_KEY_MAT_PARAMS common;
	CK_RV rv = cki_derive_param(mechanism, &params, sizeof(params));

	if (rv == CKR_OK)
		rv = cki_tls_hash(params.prfHashMechanism, &ret_material->hash);
	if (rv != CKR_OK)
		return rv;
	common = (CKI_SSL3_KEY_MAT_PARAMS){
		.ulMacSizeInBits = params.ulMacSizeInBits,
		.ulKeySizeInBits = params.ulKeySizeInBits,
		.ulIVSizeInBits = params.ulIVSizeInBits,
		.bIsExport = params.bIsExport,
		.RandomInfo = params.RandomInfo,
		.pReturnedKeyMaterial = params.pReturnedKeyMaterial,
	};
	return read_common(&common, mechanism->mechanism != CKM_TLS12_KEY_SAFE_DERIVE, ret_material);
}

static bool is_tls12(const struct derive_call *call)
{
	return call->mechanism->mechanism != CKM_TLS_KEY_AND_MAC_DERIVE;
}

static CK_RV read_params(const struct derive_call *call, struct material *ret_material)
{
	CK_RV rv = is_tls12(call) ? read_tls12(call->mechanism, ret_material)
				  : read_tls10(call->mechanism, ret_material);

	if (rv != CKR_OK)
		return rv;
	return md_key_len(cki_object_key(call->base)) == TLS_MASTER_LEN ? CKR_OK : CKR_KEY_SIZE_RANGE;
}

/* ---- what the keys are ------------------------------------------------------------------------------ */

/* What a key for MACs is for, and what a key for the cipher is for where its template says nothing. */
static const struct use {
	CK_ATTRIBUTE_TYPE type;
	bool mac;
} uses[] = {
	{ CKA_ENCRYPT, false }, { CKA_DECRYPT, false }, { CKA_SIGN, true }, { CKA_VERIFY, true },
	{ CKA_WRAP, false }, { CKA_UNWRAP, false },
};
static const CK_ATTRIBUTE_TYPE not_of_cipher[] = { CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP };

/* Of the template, what says something of the keys for the cipher alone. */
static const CK_ATTRIBUTE_TYPE of_cipher_only[] = {
	CKA_ALLOWED_MECHANISMS, CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE,
};

static CK_RV begin_cipher_key(const struct derive_call *call, const struct material *material,
			      struct secret_key_draft *ret_draft)
{
	const struct secret_key_request request = {
		.session = call->session,
		.use = TEMPLATE_DERIVE,
		.templ = call->templ,
		.count = call->count,
		.history = SECRET_KEY_SAME,
		.parent = call->base,
		.withheld = not_of_cipher,
		.withheld_count = ARRAY_COUNT(not_of_cipher),
	};
	AUTO_DRAFT draft = { .object = NULL };
	CK_RV rv = cki_secret_key_begin(&request, &draft);

	if (rv != CKR_OK)
		return rv;
	if (material->key_len != 0 && (!cki_key_type_takes(draft.type, material->key_len) ||
				       (draft.value_len != 0 && draft.value_len != material->key_len)))
		return CKR_TEMPLATE_INCONSISTENT;
	*ret_draft = draft;
	draft.object = NULL;
	return CKR_OK;
}

/*
 * Generic secrets that sign and verify, whatever the template says (PKCS#11 3.2 6.40.6); before TLS 1.2 they derive, too
 * (6.39.6). The base key's CKA_DERIVE_TEMPLATE must let them be that.
 */
static CK_RV begin_mac_key(const struct derive_call *call, const struct secret_key_draft *cipher, size_t len,
			   struct secret_key_draft *ret_draft)
{
	CK_RV rv = cki_secret_key_twin(cipher, ret_draft);
	struct attrs *attrs;

	if (rv != CKR_OK)
		return rv;
	attrs = cki_object_attrs(ret_draft->object);
	ret_draft->type = cki_key_type_find(CKK_GENERIC_SECRET);
	cki_attrs_set_ulong(attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
	cki_attrs_set_ulong(attrs, CKA_VALUE_LEN, len);
	for (size_t i = 0; i < ARRAY_COUNT(uses); i++)
		cki_attrs_set_bool(attrs, uses[i].type, uses[i].mac);
	cki_attrs_set_bool(attrs, CKA_DERIVE, !is_tls12(call));
	for (size_t i = 0; i < ARRAY_COUNT(of_cipher_only); i++)
		cki_attrs_remove(attrs, of_cipher_only[i]);
	return attrs->failed ? CKR_HOST_MEMORY : cki_secret_key_apply_parent(call->base, TEMPLATE_DERIVE, attrs);
}

static void drop_all(struct secret_key_draft (*drafts)[KEYS])
{
	for (size_t i = 0; i < KEYS; i++)
		cki_secret_key_drop(&(*drafts)[i]);
}

/* Drafts of the keys that have a length; the others stay without an object. */
static CK_RV begin(const struct derive_call *call, const struct material *material,
		   struct secret_key_draft *ret_drafts)
{
	AUTO_DRAFT cipher = { .object = NULL };
	CK_RV rv = begin_cipher_key(call, material, &cipher);

	for (size_t i = CLIENT_MAC; rv == CKR_OK && material->mac_len != 0 && i <= SERVER_MAC; i++)
		rv = begin_mac_key(call, &cipher, material->mac_len, &ret_drafts[i]);
	for (size_t i = CLIENT_KEY; rv == CKR_OK && material->key_len != 0 && i <= SERVER_KEY; i++)
		rv = cki_secret_key_twin(&cipher, &ret_drafts[i]);
	return rv;
}

/* ---- the derivation --------------------------------------------------------------------------------- */

static CK_RV derive_block(struct md_key *base, const struct material *material, struct md_key **ret_block)
{
	static const char label[] = "key expansion";
	const struct md_kdf_plan plan = {
		.kdf = MD_KDF_TLS_PRF,
		.hash = material->hash,
		.label = span_of(label, sizeof(label) - 1),
		.info = span_of(material->seed.bytes, sizeof(material->seed.bytes)),
		.alg = MD_KEY_GENERIC,
		.key_len = 2 * (material->mac_len + material->key_len + material->iv_len),
	};

	return cki_error(CKI_CALL_DERIVE, md_key_derive(base, &plan, ret_block));
}

static void release_all(struct md_key *(*keys)[KEYS])
{
	for (size_t i = 0; i < KEYS; i++)
		md_key_release((*keys)[i]);
}

static CK_RV cut_keys(struct md_key *block, const struct material *material, const struct secret_key_draft *drafts,
		      struct md_key **ret_keys)
{
	size_t at = 0;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < KEYS; i++) {
		struct derive_piece piece = { .at = at, .len = i <= SERVER_MAC ? material->mac_len : material->key_len };

		if (drafts[i].object == NULL)
			continue;
		piece.alg = drafts[i].type->alg;
		rv = cki_derive_cut(block, &piece, &ret_keys[i]);
		at += piece.len;
	}
	return rv;
}

/* The caller's structure and buffers: on success only, and then nothing can fail any more. */
static void give(struct material *material, const CK_OBJECT_HANDLE *handles, const uint8_t *ivs)
{
	CKI_SSL3_KEY_MAT_OUT *result = &material->result;

	result->hClientMacSecret = handles[CLIENT_MAC];
	result->hServerMacSecret = handles[SERVER_MAC];
	result->hClientKey = handles[CLIENT_KEY];
	result->hServerKey = handles[SERVER_KEY];
	memcpy(material->out, result, sizeof(*result));
	if (material->iv_len == 0)
		return;
	memcpy(result->pIVClient, ivs, material->iv_len);
	memcpy(result->pIVServer, ivs + material->iv_len, material->iv_len);
}

static CK_RV run(const struct derive_call *call, CK_OBJECT_HANDLE *ret_handle)
{
	AUTO(drop_all) struct secret_key_draft drafts[KEYS] = { { .object = NULL } };
	AUTO(release_all) struct md_key *keys[KEYS] = { NULL };
	CK_OBJECT_HANDLE handles[KEYS];
	AUTO_MD_KEY *block = NULL;
	struct material material;
	uint8_t ivs[2 * IV_MAX];
	CK_RV rv = read_params(call, &material);

	(void)ret_handle;
	if (rv == CKR_OK)
		rv = begin(call, &material, drafts);
	if (rv == CKR_OK)
		rv = derive_block(cki_object_key(call->base), &material, &block);
	if (rv == CKR_OK)
		rv = cut_keys(block, &material, drafts, keys);
	if (rv == CKR_OK)
		rv = cki_tls_read(block, 2 * (material.mac_len + material.key_len), 2 * material.iv_len, ivs);
	if (rv == CKR_OK)
		rv = cki_secret_key_commit_all(call->session, drafts, keys, KEYS, handles);
	if (rv == CKR_OK)
		give(&material, handles, ivs);
	return rv;
}

const struct derive_scheme cki_derive_tls_keys = { .no_handle = true, .takes = cki_tls_takes, .run = run };
