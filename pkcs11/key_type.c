/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pkcs11/key_type.h"

#include "base/compiler.h"

static const struct key_type key_types[] = {
	{ .type = CKK_GENERIC_SECRET, .alg = MD_KEY_GENERIC },
	{ .type = CKK_DES, .alg = MD_KEY_DES, .lengths = { 8 } },
	{ .type = CKK_DES2, .alg = MD_KEY_DES2, .lengths = { 16 } },
	{ .type = CKK_DES3, .alg = MD_KEY_DES3, .lengths = { 24 } },
	{ .type = CKK_RC2, .alg = MD_KEY_RC2, .most = 128 },
	{ .type = CKK_RC4, .alg = MD_KEY_RC4, .most = 256 },
	{ .type = CKK_AES, .alg = MD_KEY_AES, .lengths = { 32, 24, 16 } },
	{ .type = CKK_CHACHA20, .alg = MD_KEY_CHACHA20, .lengths = { 32 } },
	{ .type = CKK_AES_XTS, .alg = MD_KEY_AES_XTS, .lengths = { 64, 32 } },
	{ .type = CKK_MD5_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA_1_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA256_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA384_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA512_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA224_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA3_224_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA3_256_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA3_384_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA3_512_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA512_224_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_SHA512_256_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_BLAKE2B_512_HMAC, .alg = MD_KEY_GENERIC },
	{ .type = CKK_HKDF, .alg = MD_KEY_GENERIC },
};

const struct key_type *cki_key_type_find(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < ARRAY_COUNT(key_types); i++)
		if (key_types[i].type == type)
			return &key_types[i];
	return NULL;
}

CK_KEY_TYPE cki_key_type_of(enum md_key_alg alg)
{
	for (size_t i = 0; i < ARRAY_COUNT(key_types); i++)
		if (key_types[i].alg == alg)
			return key_types[i].type;
	return CKK_GENERIC_SECRET;
}

bool cki_key_type_takes(const struct key_type *type, size_t len)
{
	if (type->lengths[0] == 0)
		return len != 0 && (type->most == 0 || len <= type->most);
	for (size_t i = 0; i < ARRAY_COUNT(type->lengths); i++)
		if (type->lengths[i] == len && len != 0)
			return true;
	return false;
}

size_t cki_key_type_recommend(const struct key_type *type, size_t usual, size_t most)
{
	if (type->most != 0 && type->most < most)
		most = type->most;
	if (type->lengths[0] == 0)
		return usual < most ? usual : most;
	for (size_t i = 0; i < ARRAY_COUNT(type->lengths); i++)
		if (type->lengths[i] != 0 && type->lengths[i] <= most)
			return type->lengths[i];
	return 0;
}
