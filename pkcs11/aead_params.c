/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/aead_params.h"

#include <string.h>

#include "base/compiler.h"

#define POLY1305_NONCE 12u
#define POLY1305_TAG 16u
#define TAG_MAX 16u

/* What the structures have in common, under one name. */
struct parts {
	CK_BYTE *nonce;
	CK_ULONG nonce_len;
	CK_ULONG fixed_bits;
	CK_ULONG generator;
	CK_BYTE *aad;
	CK_ULONG aad_len;
	CK_BYTE *tag;
	CK_ULONG tag_len;
	CK_ULONG data_len;
};

static CK_RV take(const struct mech *mech, const struct parts *parts, struct aead_params *ret_params)
{
	if (parts->nonce == NULL || parts->nonce_len > NONCE_MAX || parts->tag_len > TAG_MAX ||
	    (parts->aad == NULL && parts->aad_len != 0))
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_params = (struct aead_params){
		.md = { .mode = mech->mode,
			.iv = span_of(parts->nonce, parts->nonce_len),
			.aad = span_of(parts->aad, parts->aad_len),
			.tag_len = parts->tag_len,
			.data_len = parts->data_len },
		.rule = { .generator = parts->generator, .fixed_bits = parts->fixed_bits, .len = parts->nonce_len },
		.nonce = parts->nonce,
		.tag = parts->tag,
	};
	return CKR_OK;
}

/* ---- messages and authenticated wraps --------------------------------------------------------------- */

static CK_RV read_gcm(const struct mech *mech, const void *parameter, struct aead_params *ret_params)
{
	struct cki_gcm_message_params given;

	memcpy(&given, parameter, sizeof(given));
	if (given.tag_bits_count % 8 != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return take(mech, &(struct parts){ .nonce = given.iv, .nonce_len = given.iv_size,
					   .fixed_bits = given.iv_fixed_bits, .generator = given.iv_generator,
					   .tag = given.tag, .tag_len = given.tag_bits_count / 8 }, ret_params);
}

static CK_RV read_ccm(const struct mech *mech, const void *parameter, struct aead_params *ret_params)
{
	struct cki_ccm_message_params given;

	memcpy(&given, parameter, sizeof(given));
	return take(mech, &(struct parts){ .nonce = given.nonce, .nonce_len = given.nonce_size,
					   .fixed_bits = given.nonce_fixed_bits, .generator = given.nonce_generator,
					   .tag = given.mac, .tag_len = given.mac_size, .data_len = given.data_size },
		    ret_params);
}

static CK_RV read_chacha20_poly1305(const struct mech *mech, const void *parameter, struct aead_params *ret_params)
{
	struct cki_chacha20_poly1305_message_params given;

	memcpy(&given, parameter, sizeof(given));
	if (given.nonce_size != POLY1305_NONCE && given.nonce_size != 8 * POLY1305_NONCE)
		return CKR_MECHANISM_PARAM_INVALID;
	return take(mech, &(struct parts){ .nonce = given.nonce, .nonce_len = POLY1305_NONCE,
					   .generator = CKG_NO_GENERATE, .tag = given.tag, .tag_len = POLY1305_TAG },
		    ret_params);
}

static const struct kind {
	CK_RV (*read)(const struct mech *mech, const void *parameter, struct aead_params *ret_params);
	size_t len;
} kinds[CKI_PARAM_COUNT] = {
	[CKI_PARAM_GCM] = { read_gcm, sizeof(struct cki_gcm_message_params) },
	[CKI_PARAM_CCM] = { read_ccm, sizeof(struct cki_ccm_message_params) },
	[CKI_PARAM_CHACHA20_POLY1305] = { read_chacha20_poly1305,
					  sizeof(struct cki_chacha20_poly1305_message_params) },
};

CK_RV cki_message_params(const struct mech *mech, const void *parameter, CK_ULONG len, struct aead_params *ret_params)
{
	const struct kind *kind = &kinds[mech->param];
	CK_RV rv;

	if (kind->read == NULL || parameter == NULL || len != kind->len)
		return CKR_MECHANISM_PARAM_INVALID;
	rv = kind->read(mech, parameter, ret_params);
	return rv == CKR_OK && ret_params->tag == NULL ? CKR_MECHANISM_PARAM_INVALID : rv;
}

bool cki_message_param_fits(const struct mech *mech, const CK_MECHANISM *mechanism)
{
	if (mechanism->ulParameterLen == 0)
		return true;
	return mechanism->pParameter != NULL && mechanism->ulParameterLen == kinds[mech->param].len;
}

/* ---- C_WrapKey, C_UnwrapKey ------------------------------------------------------------------------- */

static CK_RV read_gcm_wrap(const struct mech *mech, const void *parameter, struct aead_params *ret_params)
{
	struct cki_gcm_wrap_params given;

	memcpy(&given, parameter, sizeof(given));
	if (given.tag_bits_count % 8 != 0)
		return CKR_MECHANISM_PARAM_INVALID;
	return take(mech, &(struct parts){ .nonce = given.iv, .nonce_len = given.iv_size,
					   .fixed_bits = given.iv_fixed_bits, .generator = given.iv_generator,
					   .aad = given.aad, .aad_len = given.aad_size,
					   .tag_len = given.tag_bits_count / 8 }, ret_params);
}

static CK_RV read_ccm_wrap(const struct mech *mech, const void *parameter, struct aead_params *ret_params)
{
	struct cki_ccm_wrap_params given;

	memcpy(&given, parameter, sizeof(given));
	return take(mech, &(struct parts){ .nonce = given.nonce, .nonce_len = given.nonce_size,
					   .fixed_bits = given.nonce_fixed_bits, .generator = given.nonce_generator,
					   .aad = given.aad, .aad_len = given.aad_size, .tag_len = given.mac_size },
		    ret_params);
}

static const struct kind wrap_kinds[CKI_PARAM_COUNT] = {
	[CKI_PARAM_GCM] = { read_gcm_wrap, sizeof(struct cki_gcm_wrap_params) },
	[CKI_PARAM_CCM] = { read_ccm_wrap, sizeof(struct cki_ccm_wrap_params) },
};

CK_RV cki_wrap_params(const struct mech *mech, const CK_MECHANISM *mechanism, struct aead_params *ret_params)
{
	const struct kind *kind = &wrap_kinds[mech->param];
	struct cipher_params encryption;
	CK_RV rv;

	if (kind->read != NULL && mechanism->pParameter != NULL && mechanism->ulParameterLen == kind->len)
		return kind->read(mech, mechanism->pParameter, ret_params);
	rv = cki_cipher_params(mech, mechanism, &encryption);
	if (rv != CKR_OK || encryption.md.tag_len > TAG_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	/* these kinds leave the nonce where the caller has it, not in `encryption` */
	*ret_params = (struct aead_params){ .md = encryption.md, .rule = { .generator = CKG_NO_GENERATE } };
	return CKR_OK;
}
