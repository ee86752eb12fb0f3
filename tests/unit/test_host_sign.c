/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/ossl.h"
#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

static const uint8_t digest[64] = { 1, 2, 3, 4, 5 };
static const struct md_sign_params ecdsa = { .scheme = MD_SIGN_ECDSA };
static const struct md_sign_params pkcs1 = { .scheme = MD_SIGN_RSA_PKCS1 };
static const struct md_sign_params unknown = { .scheme = MD_SIGN_COUNT };

static bool rsa_verifies(struct span data, struct span signature)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(ossl_context(), fake_pkey(3), NULL);
	uint8_t recovered[256];
	size_t len = sizeof(recovered);
	bool good;

	ck_assert_int_eq(EVP_PKEY_verify_recover_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
	good = EVP_PKEY_verify_recover(context, recovered, &len, signature.data, signature.len) == 1 &&
	       span_equal(span_of(recovered, len), data);
	EVP_PKEY_CTX_free(context);
	return good;
}

START_TEST(rsa_signatures_come_big_endian_and_verify)
{
	uint8_t signature[256];
	size_t len = 0;

	ck_assert_md(md_sign(host_card, 3, &pkcs1, span_of(digest, 51), NULL, &len), MD_OK);
	ck_assert_uint_eq(len, 256);
	len = 255;
	ck_assert_md(md_sign(host_card, 3, &pkcs1, span_of(digest, 51), signature, &len),
		     MD_E_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(len, 256);
	ck_assert_uint_eq(fake_commands(), 0);
	ck_assert_md(md_sign(host_card, 3, &pkcs1, span_of(digest, 51), signature, &len), MD_OK);
	ck_assert(rsa_verifies(span_of(digest, 51), span_of(signature, len)));
	ck_assert(!rsa_verifies(span_of(digest, 50), span_of(signature, len)));
	ck_assert_uint_eq(fake_commands(), 1);
}
END_TEST

START_TEST(ecdsa_signatures_verify)
{
	uint8_t signature[64];
	size_t len = sizeof(signature);

	ck_assert_md(md_sign(host_card, 0, &ecdsa, span_of(digest, 32), signature, &len), MD_OK);
	ck_assert_uint_eq(len, 64);
	ck_assert(fake_ecdsa_verifies(0, span_of(digest, 32), span_of(signature, len)));
	ck_assert(!fake_ecdsa_verifies(4, span_of(digest, 32), span_of(signature, len)));
}
END_TEST

START_TEST(an_always_authenticate_key_wants_the_pin_each_time)
{
	uint8_t signature[64];
	size_t len = sizeof(signature);

	ck_assert_md(md_sign(host_card, 4, &ecdsa, span_of(digest, 32), signature, &len), MD_OK);
	ck_assert_md(md_sign(host_card, 4, &ecdsa, span_of(digest, 32), signature, &len),
		     MD_W_CARD_NOT_AUTHENTICATED);
	host_login();
	ck_assert_md(md_sign(host_card, 4, &ecdsa, span_of(digest, 32), signature, &len), MD_OK);
}
END_TEST

START_TEST(errors_are_told)
{
	static const uint8_t much[300];
	uint8_t signature[256];
	size_t len = sizeof(signature);

	ck_assert_md(md_sign(host_card, 9, &ecdsa, span_of(digest, 32), signature, &len), MD_E_NO_KEY_CONTAINER);
	ck_assert_md(md_sign(host_card, 0, &pkcs1, span_of(digest, 32), signature, &len),
		     MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(md_sign(host_card, 3, &ecdsa, span_of(digest, 32), signature, &len),
		     MD_E_UNSUPPORTED_FEATURE);
	ck_assert_md(md_sign(host_card, 3, &unknown, span_of(digest, 32), signature, &len),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_sign(host_card, 3, &pkcs1, span_of(much, 246), signature, &len),
		     MD_E_INVALID_PARAMETER);
	ck_assert_md(md_sign(host_card, 0, &ecdsa, SPAN_EMPTY, signature, &len), MD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(fake_commands(), 0);
	len = sizeof(signature);
	ck_assert_md(md_sign(host_card, 1, &ecdsa, span_of(digest, 32), signature, &len),
		     MD_W_SECURITY_VIOLATION);
	fake_remove_card(0);
	len = sizeof(signature);
	ck_assert_md(md_sign(host_card, 0, &ecdsa, span_of(digest, 32), signature, &len), MD_W_REMOVED_CARD);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, rsa_signatures_come_big_endian_and_verify);
	tcase_add_test(tc, ecdsa_signatures_verify);
	tcase_add_test(tc, an_always_authenticate_key_wants_the_pin_each_time);
	tcase_add_test(tc, errors_are_told);
}

TEST_MAIN("minidriver/host_sign", add)
