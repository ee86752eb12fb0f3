/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

#include "base/ossl.h"
#include "base/ossl_fetch.h"
#include "tests/unit/test.h"

START_TEST(the_context_is_private_and_counted)
{
	ck_assert_ptr_null(ossl_context());
	ck_assert(ossl_acquire());
	ck_assert(ossl_acquire());
	ck_assert_ptr_nonnull(ossl_context());
	ossl_release();
	ck_assert_ptr_nonnull(ossl_context());
	ossl_release();
	ck_assert_ptr_null(ossl_context());
	ck_assert(ossl_acquire());
	ossl_release();
}
END_TEST

START_TEST(enter_changes_the_thread_default_and_leave_puts_it_back)
{
	OSSL_LIB_CTX *before;

	ck_assert(ossl_acquire());
	before = ossl_enter();
	ck_assert_ptr_ne(before, ossl_context());
	ck_assert_ptr_eq(OSSL_LIB_CTX_set0_default(NULL), ossl_context());
	ossl_leave(before);
	ck_assert_ptr_eq(OSSL_LIB_CTX_set0_default(NULL), before);
	ossl_release();
}
END_TEST

START_TEST(what_was_fetched_is_kept_and_given_again)
{
	ck_assert_ptr_null(ossl_md("SHA2-256"));
	ck_assert(ossl_acquire());
	ck_assert_ptr_nonnull(ossl_md("SHA2-256"));
	ck_assert_ptr_eq(ossl_md("SHA2-256"), ossl_md("SHA2-256"));
	ck_assert_ptr_ne(ossl_md("SHA2-256"), ossl_md("SHA2-384"));
	ck_assert_ptr_nonnull(ossl_mac("HMAC"));
	ck_assert_ptr_nonnull(ossl_kdf("HKDF"));
	ck_assert_ptr_nonnull(ossl_cipher("AES-128-CBC"));
	ck_assert_ptr_null(ossl_cipher("no such cipher"));
	ck_assert_ptr_null(ossl_mac("AES-128-CBC"));
	ossl_release();
	ck_assert_ptr_null(ossl_md("SHA2-256"));
}
END_TEST

START_TEST(the_legacy_provider_is_there_while_somebody_wants_it)
{
	ck_assert(!ossl_legacy());
	ck_assert(ossl_acquire());
	ck_assert_ptr_null(ossl_cipher("RC4"));
	ossl_release();
	ck_assert(ossl_legacy_acquire());
	ck_assert(ossl_legacy_acquire());
	ck_assert(ossl_legacy());
	ck_assert_ptr_nonnull(ossl_cipher("RC4"));
	ossl_legacy_release();
	ck_assert(ossl_legacy());
	ossl_legacy_release();
	ck_assert(!ossl_legacy());
	ck_assert_ptr_null(ossl_context());
}
END_TEST

/* An openssl.cnf that would break every fetch: the private context must not see it. */
START_TEST(openssl_cnf_is_not_read)
{
	char path[] = "/tmp/test_ossl_XXXXXX";
	const int fd = mkstemp(path);
	EVP_MD *md;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "openssl_conf = init\n[init]\nalg_section = evp\nproviders = prov\n"
				     "[evp]\ndefault_properties = provider=none\n[prov]\n"), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(setenv("OPENSSL_CONF", path, 1), 0);
	ck_assert(ossl_acquire());
	md = EVP_MD_fetch(ossl_context(), "SHA2-256", NULL);
	ck_assert_ptr_nonnull(md);
	EVP_MD_free(md);
	ossl_release();
	(void)unlink(path);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_context_is_private_and_counted);
	tcase_add_test(tc, enter_changes_the_thread_default_and_leave_puts_it_back);
	tcase_add_test(tc, what_was_fetched_is_kept_and_given_again);
	tcase_add_test(tc, the_legacy_provider_is_there_while_somebody_wants_it);
	tcase_add_test(tc, openssl_cnf_is_not_read);
}

TEST_MAIN("base/ossl", add)
