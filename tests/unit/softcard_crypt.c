/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/softcard_crypt.h"

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define POINT_MAX 200u

void crypt_block(const char *cipher, bool encrypt, struct span key, struct span block, struct secret *ret_block)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	ck_assert(secret_alloc(ret_block, block.len));
	ck_assert_int_eq(EVP_CipherInit_ex(ctx, EVP_get_cipherbyname(cipher), NULL, key.data, NULL, encrypt), 1);
	ck_assert_int_eq(EVP_CIPHER_CTX_set_padding(ctx, 0), 1);
	ck_assert_int_eq(EVP_CipherUpdate(ctx, ret_block->data, &len, block.data, (int)block.len), 1);
	ck_assert_uint_eq((size_t)len, block.len);
	EVP_CIPHER_CTX_free(ctx);
}

EVP_PKEY *crypt_ec_key(const char *group, struct secret *ret_point)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);
	size_t len = 0;

	ck_assert_ptr_nonnull(pkey);
	ck_assert(secret_alloc(ret_point, POINT_MAX));
	ck_assert_int_eq(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, ret_point->data,
							 ret_point->len, &len), 1);
	secret_truncate(ret_point, len);
	return pkey;
}

void crypt_ec_point(const char *group, struct secret *ret_point)
{
	EVP_PKEY_free(crypt_ec_key(group, ret_point));
}

void crypt_agree(EVP_PKEY *private_key, EVP_PKEY *public_key, struct secret *ret_z)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(private_key, NULL);
	size_t len = POINT_MAX;

	ck_assert(secret_alloc(ret_z, len));
	ck_assert_int_eq(EVP_PKEY_derive_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_derive_set_peer(ctx, public_key), 1);
	ck_assert_int_eq(EVP_PKEY_derive(ctx, ret_z->data, &len), 1);
	secret_truncate(ret_z, len);
	EVP_PKEY_CTX_free(ctx);
}

bool crypt_verify(EVP_PKEY *public_key, struct span hash, struct span signature)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(public_key, NULL);
	bool good;

	ck_assert_int_eq(EVP_PKEY_verify_init(ctx), 1);
	good = EVP_PKEY_verify(ctx, signature.data, signature.len, hash.data, hash.len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

void crypt_rsa_public(EVP_PKEY *public_key, struct span input, struct secret *ret_output)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(public_key, NULL);
	size_t len = (size_t)EVP_PKEY_get_size(public_key);

	ck_assert(secret_alloc(ret_output, len));
	ck_assert_int_eq(EVP_PKEY_encrypt_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_encrypt(ctx, ret_output->data, &len, input.data, input.len), 1);
	EVP_PKEY_CTX_free(ctx);
}
