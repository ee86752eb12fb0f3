/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/x509.h>

#include "tests/fake/host_harness.h"
#include "tests/unit/test.h"

START_TEST(certificates_are_described_and_tied_to_containers)
{
	ck_assert_uint_eq(md_certificate_count(host_card), 6);
	for (size_t i = 0; i < 5; i++) {
		const struct md_certificate *c = md_certificate(host_card, i);

		ck_assert_uint_eq(c->container, i);
		ck_assert(!c->authority);
		ck_assert(span_equal(c->id, md_container(host_card, i)->id));
		ck_assert_str_eq(c->label, md_container(host_card, i)->label);
	}
	ck_assert(md_certificate(host_card, 5)->authority);
	ck_assert_uint_eq(md_certificate(host_card, 5)->container, MD_NO_INDEX);
	ck_assert_ptr_null(md_certificate(host_card, 6));
}
END_TEST

START_TEST(a_certificate_is_read_once)
{
	for (size_t i = 0; i < md_certificate_count(host_card); i++) {
		struct span first = SPAN_EMPTY;
		struct span second = SPAN_EMPTY;
		const unsigned char *at;
		X509 *x509;

		ck_assert_md(md_certificate_read(host_card, i, &first), MD_OK);
		ck_assert_md(md_certificate_read(host_card, i, &second), MD_OK);
		ck_assert_ptr_eq(first.data, second.data);
		at = first.data;
		x509 = d2i_X509(NULL, &at, (long)first.len);
		ck_assert_ptr_nonnull(x509);
		ck_assert_ptr_eq(at, first.data + first.len);
		X509_free(x509);
	}
	ck_assert_uint_eq(fake_calls(FAKE_CERT_READ), 6);
}
END_TEST

START_TEST(acquiring_reads_no_certificate)
{
	struct md_card *again = NULL;

	ck_assert_md(md_card_acquire(host_md, 0, &again), MD_OK);
	ck_assert_uint_eq(fake_commands(), 0);
	md_card_release(again);
}
END_TEST

START_TEST(a_certificate_that_cannot_be_read_can_be_read_later)
{
	struct span der = SPAN_EMPTY;

	ck_assert_md(md_certificate_read(host_card, 6, &der), MD_E_FILE_NOT_FOUND);
	fake_fail(FAKE_CERT_READ, CE_DATA_INVALID, 1);
	ck_assert_md(md_certificate_read(host_card, 0, &der), MD_E_COMM_DATA_LOST);
	fake_fail(FAKE_CERT_READ, CE_NOT_FOUND, 1);
	ck_assert_md(md_certificate_read(host_card, 0, &der), MD_E_FILE_NOT_FOUND);
	ck_assert_ptr_null(der.data);
	ck_assert_md(md_certificate_read(host_card, 0, &der), MD_OK);
	fake_remove_card(0);
	ck_assert_md(md_certificate_read(host_card, 0, &der), MD_OK);
	ck_assert_md(md_certificate_read(host_card, 1, &der), MD_W_REMOVED_CARD);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, host_open, host_close);
	tcase_add_test(tc, certificates_are_described_and_tied_to_containers);
	tcase_add_test(tc, a_certificate_is_read_once);
	tcase_add_test(tc, acquiring_reads_no_certificate);
	tcase_add_test(tc, a_certificate_that_cannot_be_read_can_be_read_later);
}

TEST_MAIN("minidriver/host_certificate", add)
