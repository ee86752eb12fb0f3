/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/mech_table.h"

#include "base/compiler.h"
#include "pkcs11/object.h"
#include "pkcs11/token.h"
#include "pkcs11/wrap_scheme.h"

#define EC_FLAGS (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
#define AGREE_FLAGS (CKF_DERIVE | CKF_ENCAPSULATE | CKF_DECAPSULATE)
#define CIPHER_FLAGS (CKF_ENCRYPT | CKF_DECRYPT)
#define WRAP_FLAGS (CKF_WRAP | CKF_UNWRAP)
#define RSA_KEYS (1u << MD_PUBLIC_RSA)
#define EC_KEYS (1u << MD_PUBLIC_EC)
#define MONTGOMERY_KEYS (1u << MD_PUBLIC_MONTGOMERY)
#define EDWARDS_KEYS (1u << MD_PUBLIC_EDWARDS)
#define AES (1u << MD_KEY_AES)
#define DES3 (1u << MD_KEY_DES3 | 1u << MD_KEY_DES2)

/*
 * CKM_AES_KEY_WRAP_PAD (0x210a) has no row: programs differ over whether it is RFC 5649 or PKCS#7 padding, and
 * PKCS#11 3.0 gave each its own number. CKM_AES_KEY_WRAP_KWP is RFC 5649.
 */
static const struct mech mechs[] = {
#define ON_CARD(name, keys, low, high, what) \
	.type = name, .card_keys = keys, .min = low, .max = high, .flags = CKF_HW | (what)
#define CIPHER(name, keys, low, high, how, iv) \
	{ .type = name, .algs = keys, .min = low, .max = high, .flags = CIPHER_FLAGS, .mode = how, .iv_len = iv }
#define WRAP(name, iv) \
	{ .type = name, .algs = AES, .min = 16, .max = 32, .flags = WRAP_FLAGS, .wrap = &cki_wrap_aes, .iv_len = iv, \
	  .iv_optional = true }
/* From session keys of any type; a hash that comes and goes with OpenSSL's version takes its mechanism along. */
#define DERIVE(name, needed) { .type = name, .flags = CKF_DERIVE, .hash = needed }
	{ ON_CARD(CKM_RSA_PKCS, RSA_KEYS, 1024, 4096, CKF_SIGN | WRAP_FLAGS), .sign = MD_SIGN_RSA_PKCS1,
	  .wrap = &cki_wrap_rsa },
	{ ON_CARD(CKM_RSA_PKCS_OAEP, RSA_KEYS, 1024, 4096, WRAP_FLAGS), .wrap = &cki_wrap_rsa },
	{ ON_CARD(CKM_RSA_AES_KEY_WRAP, RSA_KEYS, 1024, 4096, WRAP_FLAGS), .wrap = &cki_wrap_rsa_aes },
	CIPHER(CKM_DES3_ECB, DES3, 16, 24, MD_CIPHER_ECB, 0),
	CIPHER(CKM_DES3_CBC, DES3, 16, 24, MD_CIPHER_CBC, 8),
	CIPHER(CKM_DES3_CBC_PAD, DES3, 16, 24, MD_CIPHER_CBC_PAD, 8),
	{ ON_CARD(CKM_ECDSA, EC_KEYS, 224, 521, EC_FLAGS | CKF_SIGN), .sign = MD_SIGN_ECDSA },
	{ ON_CARD(CKM_ECDH1_DERIVE, EC_KEYS | MONTGOMERY_KEYS, 224, 521, EC_FLAGS | CKF_EC_COMPRESS | AGREE_FLAGS) },
	{ ON_CARD(CKM_ECDH1_COFACTOR_DERIVE, EC_KEYS | MONTGOMERY_KEYS, 224, 521,
		  EC_FLAGS | CKF_EC_COMPRESS | AGREE_FLAGS) },
	{ ON_CARD(CKM_ECDH_AES_KEY_WRAP, EC_KEYS | MONTGOMERY_KEYS, 224, 521, EC_FLAGS | WRAP_FLAGS),
	  .wrap = &cki_wrap_ecdh_aes },
	{ ON_CARD(CKM_EDDSA, EDWARDS_KEYS, 255, 448, CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_SIGN), .sign = MD_SIGN_EDDSA },
	CIPHER(CKM_AES_ECB, AES, 16, 32, MD_CIPHER_ECB, 0),
	CIPHER(CKM_AES_CBC, AES, 16, 32, MD_CIPHER_CBC, 16),
	CIPHER(CKM_AES_CBC_PAD, AES, 16, 32, MD_CIPHER_CBC_PAD, 16),
	DERIVE(CKM_MD5_KEY_DERIVATION, MD_HASH_MD5),
	DERIVE(CKM_SHA1_KEY_DERIVATION, MD_HASH_SHA1),
	DERIVE(CKM_SHA224_KEY_DERIVATION, MD_HASH_SHA224),
	DERIVE(CKM_SHA256_KEY_DERIVATION, MD_HASH_SHA256),
	DERIVE(CKM_SHA384_KEY_DERIVATION, MD_HASH_SHA384),
	DERIVE(CKM_SHA512_KEY_DERIVATION, MD_HASH_SHA512),
	DERIVE(CKM_SHA512_224_KEY_DERIVATION, MD_HASH_SHA512_224),
	DERIVE(CKM_SHA512_256_KEY_DERIVATION, MD_HASH_SHA512_256),
	DERIVE(CKM_SHA3_224_KEY_DERIVATION, MD_HASH_SHA3_224),
	DERIVE(CKM_SHA3_256_KEY_DERIVATION, MD_HASH_SHA3_256),
	DERIVE(CKM_SHA3_384_KEY_DERIVATION, MD_HASH_SHA3_384),
	DERIVE(CKM_SHA3_512_KEY_DERIVATION, MD_HASH_SHA3_512),
	DERIVE(CKM_BLAKE2B_160_KEY_DERIVE, MD_HASH_BLAKE2B_160),
	DERIVE(CKM_BLAKE2B_256_KEY_DERIVE, MD_HASH_BLAKE2B_256),
	DERIVE(CKM_BLAKE2B_384_KEY_DERIVE, MD_HASH_BLAKE2B_384),
	DERIVE(CKM_BLAKE2B_512_KEY_DERIVE, MD_HASH_BLAKE2B_512),
	WRAP(CKM_AES_KEY_WRAP, 8),
	WRAP(CKM_AES_KEY_WRAP_KWP, 4),
#undef ON_CARD
#undef CIPHER
#undef DERIVE
#undef WRAP
};

static bool computable(const struct mech *mech)
{
	return mech->hash == MD_HASH_NONE || md_hash_available(mech->hash);
}

const struct mech *cki_mech_find(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	for (size_t i = 0; i < ARRAY_COUNT(mechs); i++)
		if (mechs[i].type == type && (mechs[i].flags & use) != 0)
			return computable(&mechs[i]) ? &mechs[i] : NULL;
	return NULL;
}

CK_RV cki_mech_iv(const struct mech *mech, const CK_MECHANISM *mechanism, struct span *ret_iv)
{
	CK_ULONG len = mechanism->ulParameterLen;

	if (len == 0 && (mech->iv_optional || mech->iv_len == 0)) {
		*ret_iv = SPAN_EMPTY;
		return CKR_OK;
	}
	if (mechanism->pParameter == NULL || len != mech->iv_len)
		return CKR_MECHANISM_PARAM_INVALID;
	*ret_iv = span_of(mechanism->pParameter, len);
	return CKR_OK;
}

bool cki_mech_takes_card_key(const struct mech *mech, struct object *key)
{
	const struct md_container *container =
		md_container(cki_token_card(cki_object_token(key)), cki_object_index(key));

	return (mech->card_keys & 1u << container->type) != 0;
}

bool cki_mech_takes(const struct mech *mech, enum md_key_alg alg)
{
	return (mech->algs & 1u << alg) != 0;
}

size_t cki_mech_of_key(enum md_public_type type, CK_FLAGS uses, CK_MECHANISM_TYPE *mechanisms, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(mechs) && count < room; i++)
		if ((mechs[i].card_keys & 1u << type) != 0 && (mechs[i].flags & uses) != 0)
			mechanisms[count++] = mechs[i].type;
	return count;
}

/* A card without RSA keys does no RSA. */
static bool offered(const struct token *token, const struct mech *mech)
{
	return computable(mech) && (mech->card_keys == 0 || cki_token_has_key(token, mech->card_keys));
}

CK_RV cki_mech_list(const struct token *token, CK_MECHANISM_TYPE *mechanisms, CK_ULONG *inout_count)
{
	CK_ULONG room = *inout_count;
	CK_ULONG count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(mechs); i++) {
		if (!offered(token, &mechs[i]))
			continue;
		if (mechanisms != NULL && count < room)
			mechanisms[count] = mechs[i].type;
		count++;
	}
	*inout_count = count;
	return mechanisms != NULL && count > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV cki_mech_info(const struct token *token, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *ret_info)
{
	const struct mech *mech = cki_mech_find(type, ~(CK_FLAGS)0);

	if (mech == NULL || !offered(token, mech))
		return CKR_MECHANISM_INVALID;
	*ret_info = (CK_MECHANISM_INFO){ .ulMinKeySize = mech->min, .ulMaxKeySize = mech->max, .flags = mech->flags };
	return CKR_OK;
}
