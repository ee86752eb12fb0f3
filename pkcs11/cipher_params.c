/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/cipher_params.h"

#include <limits.h>
#include <string.h>

#include "base/compiler.h"

/* A run of bytes that is there, or is empty. */
static bool run_of(const CK_BYTE *bytes, CK_ULONG len, struct span *ret_run)
{
	*ret_run = span_of(bytes, len);
	return bytes != NULL || len == 0;
}

static CK_RV read_iv(const struct mech *mech, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	return cki_mech_iv(mech, mechanism, &params->md.iv);
}

static CK_RV read_ctr(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	struct cki_ctr_params given;

	memcpy(&given, mechanism->pParameter, sizeof(given));
	if (given.counter_bits_count > UINT_MAX)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(params->iv, given.block, sizeof(given.block));
	params->md.iv = span_of(params->iv, sizeof(given.block));
	params->md.counter_bits = (unsigned)given.counter_bits_count;
	return CKR_OK;
}

static CK_RV read_gcm(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	struct cki_gcm_params given;
	struct cki_gcm_short_params brief;

	if (mechanism->ulParameterLen == sizeof(brief)) {
		memcpy(&brief, mechanism->pParameter, sizeof(brief));
		given = (struct cki_gcm_params){ .iv = brief.iv, .iv_size = brief.iv_size, .aad = brief.aad,
						 .aad_size = brief.aad_size, .tag_bits_count = brief.tag_bits_count };
	} else {
		memcpy(&given, mechanism->pParameter, sizeof(given));
	}
	if (given.tag_bits_count % 8 != 0 || !run_of(given.iv, given.iv_size, &params->md.iv) ||
	    !run_of(given.aad, given.aad_size, &params->md.aad))
		return CKR_MECHANISM_PARAM_INVALID;
	params->md.tag_len = given.tag_bits_count / 8;
	return CKR_OK;
}

static CK_RV read_ccm(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	struct cki_ccm_params given;

	memcpy(&given, mechanism->pParameter, sizeof(given));
	if (!run_of(given.nonce, given.nonce_size, &params->md.iv) ||
	    !run_of(given.aad, given.aad_size, &params->md.aad))
		return CKR_MECHANISM_PARAM_INVALID;
	params->md.tag_len = given.mac_size;
	params->md.data_len = given.data_size;
	return CKR_OK;
}

/*
 * PKCS#11 3.0 2.60: 64 bits of nonce leave 64 for the counter, which may be given with 32; 96 leave 32. What OpenSSL
 * wants is the two, one behind the other.
 */
static CK_RV read_chacha20(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	struct cki_chacha20_params given;
	size_t nonce_len;

	memcpy(&given, mechanism->pParameter, sizeof(given));
	if (given.counter == NULL || given.nonce == NULL || (given.nonce_bits != 64 && given.nonce_bits != 96) ||
	    (given.counter_bits_count != 32 && (given.counter_bits_count != 64 || given.nonce_bits != 64)))
		return CKR_MECHANISM_PARAM_INVALID;
	nonce_len = given.nonce_bits / 8;
	memset(params->iv, 0, sizeof(params->iv));
	memcpy(params->iv, given.counter, given.counter_bits_count / 8);
	memcpy(params->iv + sizeof(params->iv) - nonce_len, given.nonce, nonce_len);
	params->md.iv = span_of(params->iv, sizeof(params->iv));
	params->md.counter_bits = (unsigned)(128 - given.nonce_bits);
	return CKR_OK;
}

static CK_RV read_chacha20_poly1305(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism,
				    struct cipher_params *params)
{
	struct cki_chacha20_poly1305_params given;

	memcpy(&given, mechanism->pParameter, sizeof(given));
	if (given.nonce == NULL || (given.nonce_size != 12 && given.nonce_size != 96) ||
	    !run_of(given.aad, given.aad_size, &params->md.aad))
		return CKR_MECHANISM_PARAM_INVALID;
	params->md.iv = span_of(given.nonce, 12);
	params->md.tag_len = 16;
	return CKR_OK;
}

static CK_RV set_effective_bits(CK_ULONG bits, struct cipher_params *params)
{
	if (bits == 0 || bits > 1024)
		return CKR_MECHANISM_PARAM_INVALID;
	params->md.effective_bits = (unsigned)bits;
	return CKR_OK;
}

static CK_RV read_rc2(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	CK_ULONG bits;

	memcpy(&bits, mechanism->pParameter, sizeof(bits));
	return set_effective_bits(bits, params);
}

static CK_RV read_rc2_cbc(const struct mech *mech UNUSED, const CK_MECHANISM *mechanism, struct cipher_params *params)
{
	struct cki_rc2_cbc_params given;

	memcpy(&given, mechanism->pParameter, sizeof(given));
	memcpy(params->iv, given.iv, sizeof(given.iv));
	params->md.iv = span_of(params->iv, sizeof(given.iv));
	return set_effective_bits(given.effective_bits, params);
}

/* How each kind is read; its structure's length, and another it may have; {0}: not a structure. */
static const struct {
	CK_RV (*read)(const struct mech *mech, const CK_MECHANISM *mechanism, struct cipher_params *params);
	size_t lengths[2];
} kinds[] = {
	[CKI_PARAM_IV] = { read_iv, { 0, 0 } },
	[CKI_PARAM_CTR] = { read_ctr, { sizeof(struct cki_ctr_params), 0 } },
	[CKI_PARAM_GCM] = { read_gcm, { sizeof(struct cki_gcm_params), sizeof(struct cki_gcm_short_params) } },
	[CKI_PARAM_CCM] = { read_ccm, { sizeof(struct cki_ccm_params), 0 } },
	[CKI_PARAM_CHACHA20] = { read_chacha20, { sizeof(struct cki_chacha20_params), 0 } },
	[CKI_PARAM_CHACHA20_POLY1305] = { read_chacha20_poly1305, { sizeof(struct cki_chacha20_poly1305_params), 0 } },
	[CKI_PARAM_RC2] = { read_rc2, { sizeof(CK_ULONG), 0 } },
	[CKI_PARAM_RC2_CBC] = { read_rc2_cbc, { sizeof(struct cki_rc2_cbc_params), 0 } },
};
_Static_assert(ARRAY_COUNT(kinds) == CKI_PARAM_COUNT, "a reader for each kind");

CK_RV cki_cipher_params(const struct mech *mech, const CK_MECHANISM *mechanism, struct cipher_params *ret_params)
{
	const size_t *lengths = kinds[mech->param].lengths;
	const CK_ULONG len = mechanism->ulParameterLen;

	if (lengths[0] != 0 &&
	    (mechanism->pParameter == NULL || len == 0 || (len != lengths[0] && len != lengths[1])))
		return CKR_MECHANISM_PARAM_INVALID;
	ret_params->md = (struct md_cipher_params){ .mode = mech->mode };
	return kinds[mech->param].read(mech, mechanism, ret_params);
}
