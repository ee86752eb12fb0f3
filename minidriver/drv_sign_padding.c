/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenSSL 3 calls its mask generation function deprecated and offers none in its place. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "config.h"

#include "minidriver/drv_sign_padding.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "base/quiet.h"
#include "minidriver/wide.h"

#define PKCS1_OVERHEAD 11u /* RFC 8017, 9.2: 00 01 FF.. 00 with 8 FF at least */
#define DIGEST_INFO_MAX 19u
#define PSS_TRAILER 0xBCu
#define HASH_MAX 64u

/* ---- what callers say ------------------------------------------------------------------------------- */

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
	{ CARD_EXT_SHA512_224_ALGORITHM, 0, 28, 19, NIST_PREFIX(0x2d, 0x05, 0x1c) },
	{ CARD_EXT_SHA512_256_ALGORITHM, 0, 32, 19, NIST_PREFIX(0x31, 0x06, 0x20) },
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

static DWORD read_pkcs1(const BCRYPT_PKCS1_PADDING_INFO *info, struct sign_padding *padding)
{
	padding->with_oid = true;
	return info != NULL ? digest_info_by_name(info->pszAlgId, &padding->digest_info) : SCARD_E_INVALID_PARAMETER;
}

static bool hash_masks(const struct hash *hash)
{
	return hash != NULL && !hash->xof && !hash->sized;
}

static DWORD read_pss(const BCRYPT_PSS_PADDING_INFO *info, LPCWSTR mgf, struct sign_padding *padding)
{
	padding->type = CARD_PADDING_PSS;
	padding->hash = hash_named(info->pszAlgId);
	padding->mgf = hash_named(mgf);
	padding->salt_len = info->cbSalt;
	return hash_masks(padding->hash) && hash_masks(padding->mgf) ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER;
}

DWORD sign_padding_of_info(DWORD type, const void *info, struct sign_padding *ret_padding)
{
	const BCRYPT_PSS_PADDING_INFO *pss = info;
	const CARD_EXT_PSS_PADDING_INFO *with_mgf = info;

	*ret_padding = (struct sign_padding){ .type = type, .digest_info = &no_digest_info };
	switch (type) {
	case CARD_PADDING_NONE:
		return ERROR_SUCCESS;
	case CARD_PADDING_PKCS1:
		return read_pkcs1(info, ret_padding);
	case CARD_PADDING_PSS:
		return pss != NULL ? read_pss(pss, pss->pszAlgId, ret_padding) : SCARD_E_INVALID_PARAMETER;
	case CARD_EXT_PADDING_PSS_MGF1:
		return with_mgf != NULL ? read_pss(&with_mgf->Pss, with_mgf->pszMgfAlgId, ret_padding)
					: SCARD_E_INVALID_PARAMETER;
	default:
		return SCARD_E_INVALID_PARAMETER;
	}
}

DWORD sign_padding_of_alg(ALG_ID alg, bool with_oid, struct sign_padding *ret_padding)
{
	*ret_padding = (struct sign_padding){ .type = CARD_PADDING_PKCS1, .with_oid = with_oid };
	return digest_info_by_alg(alg, &ret_padding->digest_info);
}

/* ---- PKCS #1 v1.5 ----------------------------------------------------------------------------------- */

static DWORD pad_pkcs1(const struct sign_padding *padding, struct span data, struct secret *block)
{
	const struct digest_info *info = padding->digest_info;
	const size_t prefix_len = padding->with_oid ? info->prefix_len : 0;
	size_t at;

	if ((info->hash_len != 0 && data.len != info->hash_len) || block->len < PKCS1_OVERHEAD + prefix_len ||
	    data.len > block->len - PKCS1_OVERHEAD - prefix_len)
		return SCARD_E_INVALID_PARAMETER;
	at = block->len - data.len - prefix_len;
	memset(block->data, 0xFF, at);
	block->data[0] = 0x00;
	block->data[1] = 0x01;
	block->data[at - 1] = 0x00;
	memcpy(block->data + at, info->prefix, prefix_len);
	if (data.len != 0)
		memcpy(block->data + at + prefix_len, data.data, data.len);
	return ERROR_SUCCESS;
}

static DWORD recover_pkcs1(struct span block, struct span *ret_content)
{
	size_t at = 2;

	while (at < block.len && block.data[at] == 0xFF)
		at++;
	if (block.len < PKCS1_OVERHEAD || block.data[0] != 0 || block.data[1] != 0x01 || at + 1 < PKCS1_OVERHEAD ||
	    at == block.len || block.data[at] != 0)
		return SCARD_E_INVALID_VALUE;
	*ret_content = span_of(block.data + at + 1, block.len - at - 1);
	return ERROR_SUCCESS;
}

/* ---- PSS (RFC 8017, 9.1) ---------------------------------------------------------------------------- */

/* Where the parts of an encoded message are: masked || H || BC, of as many bytes as a bit less than the modulus has. */
struct pss {
	size_t em_len;
	size_t hash_len;
	size_t masked_len;
	uint8_t top; /* the bits of the first byte that count */
};

static bool pss_measure(const struct sign_padding *padding, size_t bits, struct pss *ret_pss)
{
	struct pss pss = { .em_len = (bits - 1 + 7) / 8, .hash_len = padding->hash->len };

	if (pss.em_len < pss.hash_len + 2 || padding->salt_len > pss.em_len - pss.hash_len - 2)
		return false;
	pss.masked_len = pss.em_len - pss.hash_len - 1;
	pss.top = (uint8_t)(0xFFu >> (8 * pss.em_len - (bits - 1)));
	*ret_pss = pss;
	return true;
}

/* H = Hash(00 * 8 || Hash(M) || salt) */
static bool pss_hash(const struct sign_padding *padding, struct span digest, struct span salt, uint8_t ret_h[HASH_MAX])
{
	static const uint8_t zeros[8];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const bool good = context != NULL && EVP_DigestInit_ex2(context, ossl_md(padding->hash->ossl), NULL) == 1 &&
			  EVP_DigestUpdate(context, zeros, sizeof(zeros)) == 1 &&
			  EVP_DigestUpdate(context, digest.data, digest.len) == 1 &&
			  EVP_DigestUpdate(context, salt.data, salt.len) == 1 &&
			  EVP_DigestFinal_ex(context, ret_h, NULL) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static bool pss_mask(const struct sign_padding *padding, const struct pss *pss, uint8_t *data, const uint8_t *h)
{
	AUTO_SECRET mask = SECRET_INIT;

	if (!secret_alloc(&mask, pss->masked_len) ||
	    PKCS1_MGF1(mask.data, (long)mask.len, h, (long)pss->hash_len, ossl_md(padding->mgf->ossl)) != 0)
		return false;
	for (size_t i = 0; i < mask.len; i++)
		data[i] ^= mask.data[i];
	data[0] &= pss->top;
	return true;
}

static DWORD pad_pss(const struct sign_padding *padding, struct span digest, size_t bits, struct secret *block)
{
	uint8_t *em;
	uint8_t *salt;
	uint8_t *h;
	struct pss pss;

	if (digest.len != padding->hash->len || !pss_measure(padding, bits, &pss))
		return SCARD_E_INVALID_PARAMETER;
	em = block->data + block->len - pss.em_len;
	h = em + pss.masked_len;
	salt = h - padding->salt_len;
	if (padding->salt_len != 0 && RAND_bytes_ex(ossl_context(), salt, padding->salt_len, 0) != 1)
		return SCARD_E_UNEXPECTED;
	salt[-1] = 0x01;
	if (!pss_hash(padding, digest, span_of(salt, padding->salt_len), h) || !pss_mask(padding, &pss, em, h))
		return SCARD_E_UNEXPECTED;
	h[pss.hash_len] = PSS_TRAILER;
	return ERROR_SUCCESS;
}

/* DB = 00 .. 00 01 salt */
static bool pss_db_good(const struct secret *db, size_t salt_len)
{
	const size_t one = db->len - salt_len - 1;
	unsigned wrong = db->data[one] ^ 0x01u;

	for (size_t i = 0; i < one; i++)
		wrong |= db->data[i];
	return wrong == 0;
}

static DWORD check_pss(const struct sign_padding *padding, struct span digest, size_t bits, struct span block)
{
	AUTO_SECRET db = SECRET_INIT;
	uint8_t expected[HASH_MAX];
	const uint8_t *em;
	struct pss pss;

	if (digest.len != padding->hash->len || !pss_measure(padding, bits, &pss))
		return SCARD_E_INVALID_PARAMETER;
	em = block.data + block.len - pss.em_len;
	if ((block.len > pss.em_len && block.data[0] != 0) || em[pss.em_len - 1] != PSS_TRAILER ||
	    (em[0] & ~(unsigned)pss.top) != 0)
		return SCARD_E_INVALID_VALUE;
	if (!secret_set(&db, span_of(em, pss.masked_len)) || !pss_mask(padding, &pss, db.data, em + pss.masked_len))
		return SCARD_E_NO_MEMORY;
	if (!pss_db_good(&db, padding->salt_len))
		return SCARD_E_INVALID_VALUE;
	if (!pss_hash(padding, digest, span_of(db.data + db.len - padding->salt_len, padding->salt_len), expected))
		return SCARD_E_UNEXPECTED;
	return memcmp(expected, em + pss.masked_len, pss.hash_len) == 0 ? ERROR_SUCCESS : SCARD_E_INVALID_VALUE;
}

/* ---- all -------------------------------------------------------------------------------------------- */

DWORD sign_pad(const struct sign_padding *padding, struct span data, size_t bits, struct secret *ret_block)
{
	OSSL_QUIET();
	if (bits == 0)
		return SCARD_E_INVALID_PARAMETER;
	if (!secret_alloc(ret_block, (bits + 7) / 8))
		return SCARD_E_NO_MEMORY;
	if (padding->type == CARD_PADDING_PSS)
		return pad_pss(padding, data, bits, ret_block);
	if (padding->type == CARD_PADDING_PKCS1)
		return pad_pkcs1(padding, data, ret_block);
	if (data.len != ret_block->len)
		return SCARD_E_INVALID_PARAMETER;
	memcpy(ret_block->data, data.data, data.len);
	return ERROR_SUCCESS;
}

DWORD sign_padding_check(const struct sign_padding *padding, struct span data, size_t bits, struct span block)
{
	AUTO_SECRET expected = SECRET_INIT;
	DWORD err;

	OSSL_QUIET();
	if (bits == 0 || block.len != (bits + 7) / 8)
		return SCARD_E_INVALID_PARAMETER;
	if (padding->type == CARD_PADDING_PSS)
		return check_pss(padding, data, bits, block);
	err = sign_pad(padding, data, bits, &expected);
	if (err != ERROR_SUCCESS)
		return err;
	return span_equal(secret_span(&expected), block) ? ERROR_SUCCESS : SCARD_E_INVALID_VALUE;
}

DWORD sign_padding_recover(const struct sign_padding *padding, struct span block, struct span *ret_content)
{
	if (padding->type == CARD_PADDING_PKCS1)
		return recover_pkcs1(block, ret_content);
	if (padding->type != CARD_PADDING_NONE)
		return SCARD_E_INVALID_PARAMETER;
	*ret_content = block;
	return ERROR_SUCCESS;
}
