/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine of session keys: message authentication codes. No card command, no lock of a slot. */
#include "config.h"

#include <string.h>

#include "pkcs11/error.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/object.h"
#include "pkcs11/signing.h"

/* PKCS#11 3.0 6.40.4 (TLS MAC): a "finished" message has 12 bytes, or more where TLS 1.2 has agreed on more. */
#define TLS_MAC_LEN 12u
/* PKCS#11 2.40 and 3.0 2.13.5: GMAC's parameter is an IV of 12 bytes; 3.1 made it CK_GCM_PARAMS. */
#define GMAC_IV_LEN 12u
#define BITS_IN_BYTE 8u

/* CK_TLS_MAC_PARAMS of PKCS#11 2.40, 2.39.2, which p11-kit does not have. */
struct tls_mac_params {
	CK_MECHANISM_TYPE prf_hash;
	CK_ULONG mac_len;
	CK_ULONG side;
};
enum tls_side {
	TLS_SERVER = 1,
	TLS_CLIENT = 2,
};

/* HMAC and the MAC of TLS name their keys' types; a block cipher's key says by its kind what it is for. */
static bool type_fits(const struct mech *mech, const struct object *key)
{
	CK_KEY_TYPE type = cki_object_key_type(key);

	if (!cki_mech_takes(mech, md_key_alg(cki_object_key(key))))
		return false;
	if (mech->mac != MD_MAC_HMAC && mech->mac != MD_MAC_TLS_FINISHED)
		return true;
	return type == CKK_GENERIC_SECRET || type == mech->hmac_key;
}

static CK_RV takes(const struct mech *mech, const struct object *key)
{
	size_t key_len;

	if (cki_object_key(key) == NULL || !type_fits(mech, key))
		return CKR_KEY_TYPE_INCONSISTENT;
	key_len = md_key_len(cki_object_key(key));
	return key_len < mech->min || key_len > mech->max ? CKR_KEY_SIZE_RANGE : CKR_OK;
}

/* The parameter, which need not be aligned, into a structure of just its size. */
static bool read_params(const CK_MECHANISM *mechanism, void *params, size_t size)
{
	if (mechanism->pParameter == NULL || mechanism->ulParameterLen != size)
		return false;
	memcpy(params, mechanism->pParameter, size);
	return true;
}

static CK_RV read_general(const CK_MECHANISM *mechanism, struct md_mac_params *params)
{
	CK_ULONG len;

	if (!read_params(mechanism, &len, sizeof(len)) || len == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	params->len = len;
	return CKR_OK;
}

/* SP 800-38D, 5.2.1.2 */
static bool tag_good(CK_ULONG bits)
{
	return bits == 32 || bits == 64 || (bits >= 96 && bits <= 128 && bits % BITS_IN_BYTE == 0);
}

static CK_RV read_gmac(const CK_MECHANISM *mechanism, struct md_mac_params *params)
{
	CK_GCM_PARAMS gcm;

	if (mechanism->pParameter != NULL && mechanism->ulParameterLen == GMAC_IV_LEN) {
		params->iv = span_of(mechanism->pParameter, GMAC_IV_LEN);
		return CKR_OK;
	}
	/* What is authenticated comes with C_Sign; a second place for it could only be misread. */
	if (!read_params(mechanism, &gcm, sizeof(gcm)) || gcm.ulAADLen != 0 || gcm.pIv == NULL || gcm.ulIvLen == 0 ||
	    !tag_good(gcm.ulTagBits))
		return CKR_MECHANISM_PARAM_INVALID;
	params->iv = span_of(gcm.pIv, gcm.ulIvLen);
	params->len = gcm.ulTagBits / BITS_IN_BYTE;
	return CKR_OK;
}

static struct span label_of(CK_ULONG side)
{
	static const char server[] = "server finished";
	static const char client[] = "client finished";

	return side == TLS_SERVER ? span_of(server, sizeof(server) - 1) : span_of(client, sizeof(client) - 1);
}

static CK_RV read_tls(const CK_MECHANISM *mechanism, struct md_mac_params *params)
{
	struct tls_mac_params tls;
	const struct mech *hash;

	if (!read_params(mechanism, &tls, sizeof(tls)) || (tls.side != TLS_SERVER && tls.side != TLS_CLIENT))
		return CKR_MECHANISM_PARAM_INVALID;
	params->label = label_of(tls.side);
	params->len = tls.mac_len;
	if (tls.prf_hash == CKM_TLS_PRF)
		return tls.mac_len == TLS_MAC_LEN ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
	hash = cki_mech_find(tls.prf_hash, CKF_DIGEST);
	if (hash == NULL || tls.mac_len < TLS_MAC_LEN)
		return CKR_MECHANISM_PARAM_INVALID;
	params->hash = hash->hash;
	return CKR_OK;
}

static CK_RV read_mechanism(const struct mech *mech, const CK_MECHANISM *mechanism, struct md_mac_params *params)
{
	struct span none;

	*params = (struct md_mac_params){ .kind = mech->mac, .hash = mech->hash };
	if (mech->general)
		return read_general(mechanism, params);
	switch (mech->mac) {
	case MD_MAC_GMAC:
		return read_gmac(mechanism, params);
	case MD_MAC_TLS_FINISHED:
		return read_tls(mechanism, params);
	case MD_MAC_HMAC:
	case MD_MAC_CMAC:
	case MD_MAC_COUNT:
	default:
		return cki_mech_iv(mech, mechanism, &none);
	}
}

static CK_RV begin(struct signing *signing, const CK_MECHANISM *mechanism)
{
	struct md_mac_params params;
	CK_RV rv = read_mechanism(signing->mech, mechanism, &params);

	if (rv != CKR_OK)
		return rv;
	return cki_error(CKI_CALL_MAC, md_mac_begin(cki_object_key(signing->key), &params, &signing->mac));
}

static CK_RV len(const struct signing *signing, UNUSED struct span data, size_t *ret_len)
{
	*ret_len = md_mac_len(signing->mac);
	return CKR_OK;
}

static CK_RV update(struct signing *signing, struct span part)
{
	return cki_error(CKI_CALL_MAC, md_mac_update(signing->mac, part));
}

static CK_RV sign(struct signing *signing, struct span data, CK_BYTE *signature,
		  UNUSED size_t signature_len)
{
	return cki_error(CKI_CALL_MAC, md_mac_finish(signing->mac, data, signature));
}

static CK_RV verify(struct signing *signing, struct span data, struct span signature)
{
	return cki_error(CKI_CALL_VERIFY, md_mac_verify(signing->mac, data, signature));
}

const struct sign_engine cki_sign_mac = {
	.takes = takes,
	.begin = begin,
	.len = len,
	.update = update,
	.sign = sign,
	.verify = verify,
};
