/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "base/wipe.h"
#include "minidriver/curve_win.h"
#include "minidriver/drv.h"
#include "minidriver/error.h"
#include "minidriver/wide.h"

#define KNOWN_SIGN_FLAGS (CARD_PADDING_INFO_PRESENT | CARD_BUFFER_SIZE_ONLY)
#define PKCS1_OVERHEAD 11u   /* RFC 8017, 9.2: 00 01 FF.. 00 with 8 FF at least */
#define DIGEST_INFO_MAX 19u

/* A hash as a signature's caller can name it, and the DER in front of its value (RFC 8017, 9.2, note 1). */
struct digest_info {
	LPCWSTR name;
	ALG_ID alg;      /* 0: it has none */
	size_t hash_len; /* 0: any */
	size_t prefix_len;
	BYTE prefix[DIGEST_INFO_MAX];
};

/* The last byte of NIST's OID 2.16.840.1.101.3.4.2.x; how long all of it is, and the value. */
#define NIST_PREFIX(total, last, len) \
	{ 0x30, total, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last, 0x05, 0x00, \
	  0x04, len }

static const struct digest_info digest_infos[] = {
	{ BCRYPT_MD5_ALGORITHM, CALG_MD5, 16, 18,
	  { 0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86,
	    0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10 } },
	{ BCRYPT_SHA1_ALGORITHM, CALG_SHA1, 20, 15,
	  { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02,
	    0x1a, 0x05, 0x00, 0x04, 0x14 } },
	{ BCRYPT_SHA256_ALGORITHM, CALG_SHA_256, 32, 19, NIST_PREFIX(0x31, 0x01, 0x20) },
	{ BCRYPT_SHA384_ALGORITHM, CALG_SHA_384, 48, 19, NIST_PREFIX(0x41, 0x02, 0x30) },
	{ BCRYPT_SHA512_ALGORITHM, CALG_SHA_512, 64, 19, NIST_PREFIX(0x51, 0x03, 0x40) },
	{ CARD_EXT_SHA224_ALGORITHM, 0, 28, 19, NIST_PREFIX(0x2d, 0x04, 0x1c) },
	{ CARD_EXT_SHA3_224_ALGORITHM, 0, 28, 19, NIST_PREFIX(0x2d, 0x07, 0x1c) },
	{ BCRYPT_SHA3_256_ALGORITHM, 0, 32, 19, NIST_PREFIX(0x31, 0x08, 0x20) },
	{ BCRYPT_SHA3_384_ALGORITHM, 0, 48, 19, NIST_PREFIX(0x41, 0x09, 0x30) },
	{ BCRYPT_SHA3_512_ALGORITHM, 0, 64, 19, NIST_PREFIX(0x51, 0x0a, 0x40) },
	{ NULL, CALG_SSL3_SHAMD5, 36, 0, { 0 } },
};

/* No name and no number: the data is the whole of what is padded. */
static const struct digest_info no_digest_info = { .hash_len = 0 };

static DWORD digest_info_by_name(LPCWSTR name, const struct digest_info **ret_info)
{
	*ret_info = &no_digest_info;
	if (name == NULL)
		return ERROR_SUCCESS;
	for (size_t i = 0; i < ARRAY_COUNT(digest_infos); i++) {
		*ret_info = &digest_infos[i];
		if (digest_infos[i].name != NULL && wide_equal(name, digest_infos[i].name))
			return ERROR_SUCCESS;
	}
	return SCARD_E_INVALID_PARAMETER;
}

static DWORD digest_info_by_alg(ALG_ID alg, const struct digest_info **ret_info)
{
	*ret_info = &no_digest_info;
	if (alg == 0)
		return ERROR_SUCCESS;
	for (size_t i = 0; i < ARRAY_COUNT(digest_infos); i++) {
		*ret_info = &digest_infos[i];
		if (digest_infos[i].alg == alg)
			return ERROR_SUCCESS;
	}
	return SCARD_E_INVALID_PARAMETER;
}

/* How an RSA signature is to be padded: not at all, or block type 1 around prefix and data. */
struct padding {
	bool none;
	const struct digest_info *digest_info;
};

static DWORD read_padding(const CARD_SIGNING_INFO *info, DWORD version, struct padding *ret_padding)
{
	const BCRYPT_PKCS1_PADDING_INFO *pkcs1;

	*ret_padding = (struct padding){ .digest_info = &no_digest_info };
	if ((info->dwSigningFlags & CARD_PADDING_INFO_PRESENT) == 0)
		return digest_info_by_alg(info->aiHashAlg, &ret_padding->digest_info);
	if (version < CARD_SIGNING_INFO_CURRENT_VERSION)
		return SCARD_E_INVALID_PARAMETER;
	switch (info->dwPaddingType) {
	case CARD_PADDING_NONE:
		ret_padding->none = true;
		return ERROR_SUCCESS;
	case CARD_PADDING_PKCS1:
		pkcs1 = info->pPaddingInfo;
		return pkcs1 != NULL ? digest_info_by_name(pkcs1->pszAlgId, &ret_padding->digest_info)
				     : SCARD_E_INVALID_PARAMETER;
	case CARD_PADDING_PSS:
		return SCARD_E_UNSUPPORTED_FEATURE;
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

/* The block that the raw RSA operation takes, big-endian. */
static DWORD pad(const struct padding *padding, struct span data, struct secret *block)
{
	const struct digest_info *info = padding->digest_info;
	size_t at;

	if (padding->none) {
		if (data.len != block->len)
			return SCARD_E_INVALID_PARAMETER;
		memcpy(block->data, data.data, data.len);
		return ERROR_SUCCESS;
	}
	if ((info->hash_len != 0 && data.len != info->hash_len) ||
	    block->len < PKCS1_OVERHEAD + info->prefix_len || data.len > block->len - PKCS1_OVERHEAD - info->prefix_len)
		return SCARD_E_INVALID_PARAMETER;
	at = block->len - data.len - info->prefix_len;
	memset(block->data, 0xFF, at);
	block->data[0] = 0x00;
	block->data[1] = 0x01;
	block->data[at - 1] = 0x00;
	memcpy(block->data + at, info->prefix, info->prefix_len);
	if (data.len != 0)
		memcpy(block->data + at + info->prefix_len, data.data, data.len);
	return ERROR_SUCCESS;
}

/* One signature: what goes to the card, and how long the answer is. */
struct signing {
	struct secret input;
	size_t signature_len;
};

static void signing_end(struct signing *signing)
{
	secret_clear(&signing->input);
}

/* Only the length of a signature is asked for; there need be no data yet. */
static bool size_only(const CARD_SIGNING_INFO *info)
{
	return (info->dwSigningFlags & CARD_BUFFER_SIZE_ONLY) != 0;
}

static DWORD prepare_rsa(const CARD_SIGNING_INFO *info, DWORD version, const struct card_key_info *key,
			 struct signing *s)
{
	struct padding padding;
	DWORD err;

	if (info->dwKeySpec != AT_SIGNATURE && info->dwKeySpec != AT_KEYEXCHANGE)
		return SCARD_E_INVALID_PARAMETER;
	s->signature_len = (key->bits + 7) / 8;
	err = read_padding(info, version, &padding);
	if (err != ERROR_SUCCESS || size_only(info))
		return err;
	if (!secret_alloc(&s->input, s->signature_len))
		return SCARD_E_NO_MEMORY;
	return pad(&padding, span_of(info->pbData, info->cbData), &s->input);
}

static DWORD prepare_ec(const CARD_SIGNING_INFO *info, const struct card_key_info *key, struct signing *s)
{
	struct curve curve;
	size_t len;
	const DWORD err = curve_error(curve_from_params(key->ec_params, &curve));

	if (err != ERROR_SUCCESS)
		return err;
	if (info->dwKeySpec != curve_sign_spec(&curve))
		return SCARD_E_INVALID_PARAMETER;
	if (curve.form == CURVE_MONTGOMERY)
		return SCARD_E_UNSUPPORTED_FEATURE;
	s->signature_len = 2 * curve.field_len;
	if (size_only(info))
		return ERROR_SUCCESS;
	/* RFC 8032: the message itself is signed, whatever its length */
	if (curve.form == CURVE_EDWARDS)
		return secret_set(&s->input, span_of(info->pbData, info->cbData)) ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
	/*
	 * FIPS 186-4, 6.4: the leftmost bits of a digest that is longer than the order; a longer one is cut at bytes
	 * only
	 */
	if (info->cbData > curve.field_len && curve.bits % 8 != 0)
		return SCARD_E_INVALID_PARAMETER;
	len = info->cbData < curve.field_len ? info->cbData : curve.field_len;
	return secret_set(&s->input, span_of(info->pbData, len)) ? ERROR_SUCCESS : SCARD_E_NO_MEMORY;
}

static DWORD sign_on_card(struct drv *drv, BYTE container, struct span input, struct secret *signature)
{
	size_t len = 0;
	card_err err;

	LOCKED(&drv->lock);
	err = drv->ops->sign_raw(drv->card, container, input, signature->data, signature->len, &len);
	wipe_stack();
	if (err == CE_NOT_FOUND)
		return SCARD_E_NO_KEY_CONTAINER;
	if (err == CE_OK && len != signature->len)
		return SCARD_E_UNEXPECTED;
	return error_from_card(err);
}

static DWORD sign(PCARD_DATA card_data, struct drv *drv, const struct signing *s, PCARD_SIGNING_INFO info)
{
	AUTO_SECRET signature = SECRET_INIT;
	const struct card_key_info *key = drv->ops->key(drv->card, info->bContainerIndex);
	DWORD err;

	if (size_only(info)) {
		info->cbSignedData = (DWORD)s->signature_len;
		return ERROR_SUCCESS;
	}
	if (!secret_alloc(&signature, s->signature_len))
		return SCARD_E_NO_MEMORY;
	err = sign_on_card(drv, info->bContainerIndex, secret_span(&s->input), &signature);
	if (err != ERROR_SUCCESS)
		return err;
	if (key->type == CRD_KEY_RSA)
		secret_reverse(&signature);
	return drv_give(card_data, secret_span(&signature), &info->pbSignedData, &info->cbSignedData);
}

static bool request_good(const CARD_SIGNING_INFO *info)
{
	if ((info->dwSigningFlags & ~KNOWN_SIGN_FLAGS) != 0)
		return false;
	return info->cbData != 0 ? info->pbData != NULL : size_only(info);
}

DWORD drv_sign_data(PCARD_DATA card_data, PCARD_SIGNING_INFO info)
{
	AUTO(signing_end) struct signing s = { .input = SECRET_INIT };
	const struct card_key_info *key;
	struct drv *drv;
	DWORD version;
	DWORD err = drv_enter_versioned(card_data, &(struct drv_structure){ info, CARD_SIGNING_INFO_CURRENT_VERSION },
					&drv, &version);

	if (err == ERROR_SUCCESS && !request_good(info))
		err = SCARD_E_INVALID_PARAMETER;
	if (err == ERROR_SUCCESS)
		err = drv_container(drv, info->bContainerIndex, &key);
	if (err != ERROR_SUCCESS)
		return err;
	err = key->type == CRD_KEY_RSA ? prepare_rsa(info, version, key, &s) : prepare_ec(info, key, &s);
	return err != ERROR_SUCCESS ? err : sign(card_data, drv, &s, info);
}
