/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "card/softcard/keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "base/ossl.h"
#include "card/softcard/tlv.h"

#define TAG_MODULUS 0x81u
#define TAG_EXPONENT 0x82u
#define TAG_POINT 0x86u
#define NAME_MAX_LEN 64u
#define POINT_UNCOMPRESSED 0x04u
#define PUBLIC_MAX 1024u /* bytes: more than the modulus of the largest RSA key and any point */

#define RSA(number, size) \
	.family = KEY_FAMILY_RSA, .id = (number), .name = "RSA:" #size, .bits = (size), .unit_len = (size) / 8
#define EC(number, curve, size) \
	.family = KEY_FAMILY_EC, .id = (number), .name = "EC:" curve, .group = (curve), .bits = (size), \
	.unit_len = ((size) + 7) / 8
#define CURVE25519(of, shown, curve) .family = (of), .name = (shown), .group = (curve), .bits = 255, .unit_len = 32

const struct key_kind key_kinds[] = {
	{ RSA(0x07, 2048) },
	{ RSA(0x05, 3072) },
	{ RSA(0x16, 4096) },
	{ EC(0x11, "prime256v1", 256), .alias = "EC:P-256" },
	{ EC(0x14, "secp384r1", 384), .alias = "EC:P-384" },
	{ EC(0, "secp521r1", 521), .alias = "EC:P-521" },
	{ CURVE25519(KEY_FAMILY_MONTGOMERY, "X25519", "X25519") },
	{ CURVE25519(KEY_FAMILY_EDWARDS, "Ed25519", "ED25519") },
};
const size_t key_kind_count = ARRAY_COUNT(key_kinds);

static void pkey_ctx_free(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void info_free(PKCS8_PRIV_KEY_INFO **info)
{
	PKCS8_PRIV_KEY_INFO_free(*info);
}

void key_free(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

const struct key_kind *key_kind_by_id(uint8_t id)
{
	for (size_t i = 0; i < ARRAY_COUNT(key_kinds); i++)
		if (id != 0 && key_kinds[i].id == id)
			return &key_kinds[i];
	return NULL;
}

const struct key_kind *key_kind_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(key_kinds); i++)
		if (strcasecmp(key_kinds[i].name, name) == 0 ||
		    (key_kinds[i].alias != NULL && strcasecmp(key_kinds[i].alias, name) == 0))
			return &key_kinds[i];
	return NULL;
}

static bool is_kind(const EVP_PKEY *pkey, const struct key_kind *kind)
{
	char group[NAME_MAX_LEN];
	size_t len;

	if (kind->family == KEY_FAMILY_RSA)
		return EVP_PKEY_is_a(pkey, "RSA") && (unsigned)EVP_PKEY_get_bits(pkey) == kind->bits;
	if (kind->family != KEY_FAMILY_EC)
		return EVP_PKEY_is_a(pkey, kind->group) == 1;
	if (!EVP_PKEY_is_a(pkey, "EC"))
		return false;
	return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), &len) == 1 &&
	       strcasecmp(group, kind->group) == 0;
}

const struct key_kind *key_kind_of(const EVP_PKEY *pkey)
{
	for (size_t i = 0; i < ARRAY_COUNT(key_kinds); i++)
		if (is_kind(pkey, &key_kinds[i]))
			return &key_kinds[i];
	return NULL;
}

bool key_pack(const EVP_PKEY *pkey, struct secret *ret_pkcs8)
{
	AUTO(info_free) PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	unsigned char *der = NULL;
	bool done;
	int len;

	if (info == NULL)
		return false;
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (len <= 0)
		return false;
	done = secret_set(ret_pkcs8, span_of(der, (size_t)len));
	OPENSSL_clear_free(der, (size_t)len);
	return done;
}

EVP_PKEY *key_unpack(struct span pkcs8)
{
	const unsigned char *at = pkcs8.data;
	AUTO(info_free) PKCS8_PRIV_KEY_INFO *info = NULL;

	if (pkcs8.len > INT32_MAX)
		return NULL;
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8.len);
	if (info == NULL || at != pkcs8.data + pkcs8.len)
		return NULL;
	return EVP_PKCS82PKEY_ex(info, ossl_context(), NULL);
}

/*
 * A context for a kind of key, found by its object identifier: for the short names ("EC") OpenSSL 3.0 asks the
 * process' default engine first, whatever the library context, and that engine may be one that has loaded us.
 */
static EVP_PKEY_CTX *context_new(const struct key_kind *kind)
{
	static const char *const names[] = {
		[KEY_FAMILY_RSA] = "1.2.840.113549.1.1.1",
		[KEY_FAMILY_EC] = "1.2.840.10045.2.1",
		[KEY_FAMILY_MONTGOMERY] = "1.3.101.110",
		[KEY_FAMILY_EDWARDS] = "1.3.101.112",
	};

	return EVP_PKEY_CTX_new_from_name(ossl_context(), names[kind->family], NULL);
}

static bool set_size(EVP_PKEY_CTX *ctx, const struct key_kind *kind)
{
	if (kind->family == KEY_FAMILY_RSA)
		return EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)kind->bits) == 1;
	return kind->family != KEY_FAMILY_EC || EVP_PKEY_CTX_set_group_name(ctx, kind->group) == 1;
}

bool key_generate(const struct key_kind *kind, struct secret *ret_pkcs8)
{
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *ctx = context_new(kind);

	return ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 && set_size(ctx, kind) &&
	       EVP_PKEY_generate(ctx, &pkey) == 1 && key_pack(pkey, ret_pkcs8);
}

static bool put_number(EVP_PKEY *pkey, const char *name, uint32_t tag, struct secret *out)
{
	uint8_t bytes[PUBLIC_MAX];
	BIGNUM *number = NULL;
	int len = -1;

	if (EVP_PKEY_get_bn_param(pkey, name, &number) == 1 && (size_t)BN_num_bytes(number) <= sizeof(bytes))
		len = BN_bn2bin(number, bytes);
	BN_free(number);
	return len > 0 && tlv_put(out, tag, span_of(bytes, (size_t)len));
}

static bool put_point(EVP_PKEY *pkey, const struct key_kind *kind, struct secret *out)
{
	uint8_t point[PUBLIC_MAX];
	size_t len;

	if (EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1 ||
	    EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof(point), &len) != 1)
		return false;
	return len == 1 + 2 * kind->unit_len && tlv_put(out, TAG_POINT, span_of(point, len));
}

static bool put_string(EVP_PKEY *pkey, const struct key_kind *kind, struct secret *out)
{
	uint8_t string[PUBLIC_MAX];
	size_t len = sizeof(string);

	return EVP_PKEY_get_raw_public_key(pkey, string, &len) == 1 && len == kind->unit_len &&
	       tlv_put(out, TAG_POINT, span_of(string, len));
}

bool key_put_public(EVP_PKEY *pkey, struct secret *out)
{
	const struct key_kind *kind = key_kind_of(pkey);

	if (kind == NULL)
		return false;
	if (kind->family == KEY_FAMILY_EC)
		return put_point(pkey, kind, out);
	if (kind->family != KEY_FAMILY_RSA)
		return put_string(pkey, kind, out);
	return put_number(pkey, OSSL_PKEY_PARAM_RSA_N, TAG_MODULUS, out) &&
	       put_number(pkey, OSSL_PKEY_PARAM_RSA_E, TAG_EXPONENT, out);
}

static EVP_PKEY_CTX *use(EVP_PKEY *pkey)
{
	return EVP_PKEY_CTX_new_from_pkey(ossl_context(), pkey, NULL);
}

/* The number must be less than the modulus (PKCS#1, 5.1.2); that is the caller's fault, not OpenSSL's. */
static bool below_modulus(const EVP_PKEY *pkey, struct span input)
{
	BIGNUM *modulus = NULL;
	BIGNUM *number = BN_bin2bn(input.data, (int)input.len, NULL);
	const bool below = number != NULL &&
			   EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
			   BN_cmp(number, modulus) < 0;

	BN_clear_free(number);
	BN_free(modulus);
	return below;
}

enum key_result key_rsa_raw(EVP_PKEY *pkey, struct span input, struct secret *ret_output)
{
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *ctx = NULL;
	AUTO_SECRET output = SECRET_INIT;
	size_t len = (size_t)EVP_PKEY_get_size(pkey);

	if (input.len != len || !below_modulus(pkey, input))
		return KEY_BAD_INPUT;
	ctx = use(pkey);
	if (ctx == NULL || !secret_alloc(&output, len) || EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1 ||
	    EVP_PKEY_decrypt(ctx, output.data, &len, input.data, input.len) != 1 || len != output.len)
		return KEY_FAILED;
	secret_move(ret_output, &output);
	return KEY_OK;
}

/* PKCS#1 v2.2, 9.2 and 7.2.1: 00 type padding 00 message; the padding has 8 bytes at least. */
#define BLOCK_OVERHEAD 11u
#define BLOCK_SIGNATURE 0x01u
#define BLOCK_MESSAGE 0x02u
#define SIGN_SHARE 40u /* per cent of the modulus */

enum key_result key_rsa_sign(EVP_PKEY *pkey, struct span input, struct secret *ret_signature)
{
	const size_t len = (size_t)EVP_PKEY_get_size(pkey);
	AUTO_SECRET block = SECRET_INIT;

	if (!EVP_PKEY_is_a(pkey, "RSA") || input.len == 0 || input.len * 100 > len * SIGN_SHARE)
		return KEY_BAD_INPUT;
	if (!secret_alloc(&block, len))
		return KEY_FAILED;
	memset(block.data, 0xFF, len);
	block.data[0] = 0;
	block.data[1] = BLOCK_SIGNATURE;
	block.data[len - input.len - 1] = 0;
	memcpy(block.data + len - input.len, input.data, input.len);
	return key_rsa_raw(pkey, secret_span(&block), ret_signature);
}

enum key_result key_rsa_decrypt(EVP_PKEY *pkey, struct span input, struct secret *ret_message)
{
	AUTO_SECRET block = SECRET_INIT;
	enum key_result result = EVP_PKEY_is_a(pkey, "RSA") ? key_rsa_raw(pkey, input, &block) : KEY_BAD_INPUT;
	size_t at = 2;

	if (result != KEY_OK)
		return result;
	while (at < block.len && block.data[at] != 0)
		at++;
	if (block.data[0] != 0 || block.data[1] != BLOCK_MESSAGE || at + 1 < BLOCK_OVERHEAD || at == block.len)
		return KEY_BAD_INPUT;
	return secret_set(ret_message, span_of(block.data + at + 1, block.len - at - 1)) ? KEY_OK : KEY_FAILED;
}

enum key_result key_ecdsa_sign(EVP_PKEY *pkey, struct span hash, struct secret *ret_signature)
{
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *ctx = NULL;
	AUTO_SECRET signature = SECRET_INIT;
	const struct key_kind *kind = key_kind_of(pkey);
	size_t len = 0;

	if (kind == NULL || kind->family != KEY_FAMILY_EC || hash.len == 0 || hash.len > kind->unit_len)
		return KEY_BAD_INPUT;
	ctx = use(pkey);
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_sign(ctx, NULL, &len, hash.data, hash.len) != 1 ||
	    !secret_alloc(&signature, len) || EVP_PKEY_sign(ctx, signature.data, &len, hash.data, hash.len) != 1)
		return KEY_FAILED;
	secret_truncate(&signature, len);
	secret_move(ret_signature, &signature);
	return KEY_OK;
}

static void ecdsa_sig_free(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}

enum key_result key_ecdsa_sign_plain(EVP_PKEY *pkey, struct span hash, struct secret *ret_signature)
{
	AUTO(ecdsa_sig_free) ECDSA_SIG *signature = NULL;
	AUTO_SECRET der = SECRET_INIT;
	AUTO_SECRET plain = SECRET_INIT;
	const unsigned char *at;
	int len;
	const enum key_result result = key_ecdsa_sign(pkey, hash, &der);

	if (result != KEY_OK)
		return result;
	at = der.data;
	signature = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
	len = (int)key_kind_of(pkey)->unit_len;
	if (signature == NULL || !secret_alloc(&plain, 2 * (size_t)len) ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(signature), plain.data, len) != len ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(signature), plain.data + len, len) != len)
		return KEY_FAILED;
	secret_move(ret_signature, &plain);
	return KEY_OK;
}

static void md_ctx_free(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

enum key_result key_eddsa_sign(EVP_PKEY *pkey, struct span message, struct secret *ret_signature)
{
	AUTO(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	AUTO_SECRET signature = SECRET_INIT;
	const struct key_kind *kind = key_kind_of(pkey);
	size_t len;

	if (kind == NULL || kind->family != KEY_FAMILY_EDWARDS)
		return KEY_BAD_INPUT;
	len = 2 * kind->unit_len;
	if (ctx == NULL || !secret_alloc(&signature, len) ||
	    EVP_DigestSignInit_ex(ctx, NULL, NULL, ossl_context(), NULL, pkey, NULL) != 1 ||
	    EVP_DigestSign(ctx, signature.data, &len, message.data, message.len) != 1 || len != signature.len)
		return KEY_FAILED;
	secret_move(ret_signature, &signature);
	return KEY_OK;
}

static void group_free(EC_GROUP **group)
{
	EC_GROUP_free(*group);
}

static void point_free(EC_POINT **point)
{
	EC_POINT_clear_free(*point);
}

static void number_free(BIGNUM **number)
{
	BN_clear_free(*number);
}

/*
 * The x-coordinate of d times the peer's point, which has been read and so is on the curve; of the field's full
 * width.
 */
static bool multiply(const EC_GROUP *group, const EC_POINT *peer, const BIGNUM *d, struct secret *x)
{
	AUTO(point_free) EC_POINT *product = EC_POINT_new(group);
	AUTO(number_free) BIGNUM *number = BN_secure_new();

	return product != NULL && number != NULL && EC_POINT_mul(group, product, NULL, peer, d, NULL) == 1 &&
	       EC_POINT_get_affine_coordinates(group, product, number, NULL, NULL) == 1 &&
	       BN_bn2binpad(number, x->data, (int)x->len) == (int)x->len;
}

/*
 * The curve's arithmetic itself, and not EVP_PKEY_derive(): that would ask the process' default engine (as in
 * context_new(), but for a key there is no way round), which stands in the way of programs that reach this card
 * through an engine of their own.
 */
static enum key_result ecdh_weierstrass(EVP_PKEY *pkey, const struct key_kind *kind, struct span point,
					struct secret *z)
{
	AUTO(group_free) EC_GROUP *group = NULL;
	AUTO(point_free) EC_POINT *peer = NULL;
	AUTO(number_free) BIGNUM *d = NULL;

	if (point.len != 1 + 2 * kind->unit_len || point.data[0] != POINT_UNCOMPRESSED)
		return KEY_BAD_INPUT;
	group = EC_GROUP_new_by_curve_name_ex(ossl_context(), NULL, OBJ_sn2nid(kind->group));
	if (group != NULL)
		peer = EC_POINT_new(group);
	if (peer == NULL)
		return KEY_FAILED;
	if (EC_POINT_oct2point(group, peer, point.data, point.len, NULL) != 1) /* looks whether it is on the curve */
		return KEY_BAD_INPUT;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) != 1 || !multiply(group, peer, d, z))
		return KEY_FAILED;
	return KEY_OK;
}

/* OpenSSL refuses to hand out a secret of zeros, which is what a point of small order gives (RFC 7748, 6.1). */
static enum key_result ecdh_montgomery(EVP_PKEY *pkey, const struct key_kind *kind, struct span u, struct secret *z)
{
	AUTO(key_free) EVP_PKEY *peer = NULL;
	AUTO(pkey_ctx_free) EVP_PKEY_CTX *ctx = use(pkey);
	size_t len = z->len;

	if (u.len != kind->unit_len)
		return KEY_BAD_INPUT;
	peer = EVP_PKEY_new_raw_public_key_ex(ossl_context(), kind->group, NULL, u.data, u.len);
	if (ctx == NULL || peer == NULL || EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, peer) != 1)
		return KEY_FAILED;
	return EVP_PKEY_derive(ctx, z->data, &len) == 1 && len == z->len ? KEY_OK : KEY_BAD_INPUT;
}

enum key_result key_ecdh(EVP_PKEY *pkey, struct span point, struct secret *ret_z)
{
	AUTO_SECRET z = SECRET_INIT;
	const struct key_kind *kind = key_kind_of(pkey);
	enum key_result result;

	if (kind == NULL || (kind->family != KEY_FAMILY_EC && kind->family != KEY_FAMILY_MONTGOMERY))
		return KEY_BAD_INPUT;
	if (!secret_alloc(&z, kind->unit_len))
		return KEY_FAILED;
	result = kind->family == KEY_FAMILY_EC ? ecdh_weierstrass(pkey, kind, point, &z)
					       : ecdh_montgomery(pkey, kind, point, &z);
	if (result == KEY_OK)
		secret_move(ret_z, &z);
	return result;
}
