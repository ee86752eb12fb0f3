/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "card/softcard/buffer.h"
#include "card/softcard/certificate.h"
#include "card/softcard/keys.h"
#include "card/softcard/personalise.h"
#include "card/softcard/piv_objects.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_test.h"
#include "tests/unit/test.h"

static struct state *state;

static struct personalise_card usual(void)
{
	return (struct personalise_card){
		.pin = span_of("123456", 6),
		.puk = span_of("12345678", 8),
		.pin_tries = 3,
		.puk_tries = 3,
		.admin_algorithm = PERSONALISE_ADMIN_ALGORITHM,
		.admin_key = personalise_admin_key,
	};
}

static void setup(void)
{
	const struct personalise_card card = usual();

	ck_assert(ossl_acquire());
	ck_assert_int_eq(personalise_new(&card, &state), PERSONALISE_OK);
}

static void teardown(void)
{
	state_free(&state);
	ossl_release();
}

static X509 *certificate_of(uint8_t reference)
{
	const unsigned char *at;
	struct span der;
	X509 *x509;

	ck_assert(personalise_certificate(state, reference, &der));
	at = der.data;
	x509 = d2i_X509(NULL, &at, (long)der.len);
	ck_assert_ptr_nonnull(x509);
	return x509;
}

static const struct {
	uint8_t reference;
	const char *kind;
	uint32_t usage;
} usages[] = {
	{ 0x9A, "EC:P-256", KU_DIGITAL_SIGNATURE },
	{ 0x9C, "EC:P-384", KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION },
	{ 0x9D, "EC:P-256", KU_KEY_AGREEMENT },
	{ 0x9D, "RSA:2048", KU_KEY_ENCIPHERMENT },
	{ 0x9E, "EC:P-256", KU_DIGITAL_SIGNATURE },
	{ 0x82, "EC:P-256", KU_KEY_AGREEMENT },
	{ 0x95, "RSA:2048", KU_KEY_ENCIPHERMENT },
};

START_TEST(a_certificate_that_is_made_fits_its_slot)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key(usages[_i].kind);
	const struct personalise_key key = { .reference = usages[_i].reference, .pkey = pkey, .subject = "Somebody" };
	char name[64] = "";
	char expected[64];
	X509 *x509;

	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	x509 = certificate_of(usages[_i].reference);
	ck_assert_uint_eq(X509_get_key_usage(x509), usages[_i].usage);
	ck_assert_int_eq(X509_verify(x509, pkey), 1);
	ck_assert_int_eq(X509_cmp_current_time(X509_get0_notBefore(x509)), -1);
	ck_assert_int_eq(X509_cmp_current_time(X509_get0_notAfter(x509)), 1);
	(void)snprintf(expected, sizeof(expected), "Somebody %02X", (unsigned)usages[_i].reference);
	ck_assert_int_gt(X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, name, sizeof(name)), 0);
	ck_assert_str_eq(name, expected);
	X509_free(x509);
}
END_TEST

START_TEST(a_mail_address_is_in_the_certificate)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	const struct personalise_key key = {
		.reference = 0x9D, .pkey = pkey, .subject = "Somebody", .email = "somebody@example.org",
	};
	X509 *x509;

	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	x509 = certificate_of(0x9D);
	ck_assert_int_eq(X509_check_email(x509, "somebody@example.org", 0, 0), 1);
	X509_free(x509);
}
END_TEST

START_TEST(names_that_do_not_fit_are_refused)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	struct personalise_key key = { .reference = 0x9D, .pkey = pkey, .subject = "Somebody", .email = "a@b,URI:c" };
	struct span der;

	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_CERTIFICATE);
	key.email = NULL;
	key.subject = "a name of fifty-seven bytes, which is one more than it may b";
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_CERTIFICATE);
	ck_assert(!personalise_certificate(state, 0x9D, &der));
	ck_assert_ptr_null(state->keys[state_key_index(STATE_PIV, 0x9D)].data);
}
END_TEST

START_TEST(a_given_certificate_has_to_be_the_keys)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	AUTO(key_free) EVP_PKEY *other = fixture_key("EC:P-256");
	const struct certificate_request request = { .pkey = pkey, .slot = "9a", .subject = "given" };
	AUTO_SECRET der = SECRET_INIT;
	struct personalise_key key = { .reference = 0x9D, .pkey = other };
	struct span kept;

	ck_assert(certificate_self_signed(&request, &der));
	key.certificate = secret_span(&der);
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_CERTIFICATE);
	key.pkey = pkey;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	ck_assert(personalise_certificate(state, 0x9D, &kept));
	ck_assert(span_equal(kept, secret_span(&der)));
	key.certificate = span_of(der.data, der.len - 1);
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_CERTIFICATE);
}
END_TEST

START_TEST(certificates_and_keys_are_read_as_pem_and_der)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	AUTO(key_free) EVP_PKEY *again = NULL;
	const struct certificate_request request = { .pkey = pkey, .slot = "9a", .subject = "given" };
	AUTO_SECRET der = SECRET_INIT;
	AUTO_SECRET pem = SECRET_INIT;
	AUTO_SECRET read = SECRET_INIT;
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO_SECRET subject = SECRET_INIT;

	ck_assert(certificate_self_signed(&request, &der));
	ck_assert(certificate_to_pem(secret_span(&der), &pem));
	ck_assert(certificate_read(secret_span(&pem), &read));
	ck_assert(span_equal(secret_span(&read), secret_span(&der)));
	ck_assert(certificate_read(secret_span(&der), &read));
	ck_assert(!certificate_read(span_of("nothing", 7), &read));
	ck_assert(!certificate_read(SPAN_EMPTY, &read));
	ck_assert(certificate_subject(secret_span(&der), &subject));
	ck_assert(span_equal(secret_span(&subject), span_of("CN = given 9A", 13)));
	ck_assert(key_pack(pkey, &pkcs8));
	again = certificate_read_key(secret_span(&pkcs8));
	ck_assert_ptr_nonnull(again);
	ck_assert_int_eq(EVP_PKEY_eq(again, pkey), 1);
	ck_assert_ptr_null(certificate_read_key(span_of("nothing", 7)));
}
END_TEST

START_TEST(a_piv_card_takes_no_keys_that_piv_has_not)
{
	static const char *const kinds[] = { "X25519", "Ed25519", "EC:P-521" };

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		AUTO(key_free) EVP_PKEY *pkey = fixture_key(kinds[i]);
		const struct personalise_key key = { .reference = 0x9D, .pkey = pkey, .subject = "x" };

		ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_KEY);
	}
}
END_TEST

static unsigned history_count(void)
{
	const struct secret *object = &state->objects[state_object_index(STATE_PIV, PIV_TAG_HISTORY)];
	struct span content;
	struct span count;

	ck_assert(tlv_only(secret_span(object), 0x53, &content) && tlv_find(content, 0xC1, &count));
	ck_assert_uint_eq(count.len, 1);
	return count.data[0];
}

START_TEST(the_key_history_reaches_to_the_last_retired_key)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key("EC:P-256");
	struct personalise_key key = { .pkey = pkey, .subject = "x" };

	ck_assert_uint_eq(history_count(), 0);
	key.reference = 0x9D;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	ck_assert_uint_eq(history_count(), 0);
	key.reference = 0x84;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	ck_assert_uint_eq(history_count(), 3);
	key.reference = 0x95;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
	ck_assert_uint_eq(history_count(), 20);
}
END_TEST

START_TEST(each_key_has_a_certificate_object_of_its_own)
{
	for (size_t i = 0; i < STATE_KEY_COUNT; i++) {
		const uint32_t tag = piv_certificate_tag(state_key_reference(STATE_PIV, i));

		ck_assert_uint_ne(state_object_index(STATE_PIV, tag), SIZE_MAX);
		for (size_t other = 0; other < i; other++)
			ck_assert_uint_ne(tag, piv_certificate_tag(state_key_reference(STATE_PIV, other)));
	}
	ck_assert_uint_eq(piv_certificate_tag(0x9B), 0);
}
END_TEST

START_TEST(a_compressed_certificate_is_not_taken_for_one)
{
	AUTO_SECRET object = SECRET_INIT;
	struct span certificate;

	ck_assert(buffer_add(&object, span_of("\x53\x06\x70\x01\x30\x71\x01\x01", 8)));
	ck_assert(!piv_read_certificate(secret_span(&object), &certificate));
	object.data[7] = 0;
	ck_assert(piv_read_certificate(secret_span(&object), &certificate));
}
END_TEST

START_TEST(what_a_card_cannot_be_is_refused)
{
	AUTO(state_free) struct state *none = NULL;
	struct personalise_card card = usual();

	card.pin = span_of("12345", 5);
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_PIN);
	card.pin = span_of("123456789", 9);
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_PIN);
	card.pin = span_of("12345a", 6);
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_PIN);
	card = usual();
	card.puk = span_of("12345", 5);
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_PUK);
	card = usual();
	card.pin_tries = 0;
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_TRIES);
	card = usual();
	card.puk_tries = 16;
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_TRIES);
	card = usual();
	card.admin_algorithm = 0x08;
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_ADMIN_KEY);
	card.admin_key = SPAN_EMPTY;
	card.admin_algorithm = 0x77;
	ck_assert_int_eq(personalise_new(&card, &none), PERSONALISE_BAD_ADMIN_KEY);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(a_key_of_no_kind_or_place_is_refused)
{
	AUTO(key_free) EVP_PKEY *good = fixture_key("EC:P-256");
	AUTO(key_free) EVP_PKEY *bad = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp521r1");
	struct personalise_key key = { .reference = 0x9D, .pkey = bad, .subject = "x" };

	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_KEY);
	key.pkey = good;
	key.reference = 0x9B;
	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_BAD_KEY);
}
END_TEST

START_TEST(a_new_pin_has_all_its_tries)
{
	state->pin.tries = 0;
	state->puk.tries = 0;
	ck_assert_int_eq(personalise_set_pin(state, span_of("1234", 4)), PERSONALISE_BAD_PIN);
	ck_assert_uint_eq(state->pin.tries, 0);
	ck_assert_int_eq(personalise_set_pin(state, span_of("7654321", 7)), PERSONALISE_OK);
	ck_assert_uint_eq(state->pin.tries, 3);
	ck_assert(span_equal(secret_span(&state->pin.value), span_of("7654321\xFF", 8)));
	ck_assert_int_eq(personalise_set_puk(state, span_of("abcdef", 6)), PERSONALISE_OK);
	ck_assert_uint_eq(state->puk.tries, 3);
}
END_TEST

START_TEST(each_result_has_a_text)
{
	for (int i = PERSONALISE_OK; i <= PERSONALISE_FAILED; i++)
		ck_assert_uint_gt(strlen(personalise_result_text((enum personalise_result)i)), 1);
	ck_assert_str_eq(personalise_result_text((enum personalise_result)99), "?");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_certificate_that_is_made_fits_its_slot, 0, (int)ARRAY_COUNT(usages));
	tcase_add_test(tc, a_mail_address_is_in_the_certificate);
	tcase_add_test(tc, names_that_do_not_fit_are_refused);
	tcase_add_test(tc, a_given_certificate_has_to_be_the_keys);
	tcase_add_test(tc, certificates_and_keys_are_read_as_pem_and_der);
	tcase_add_test(tc, a_piv_card_takes_no_keys_that_piv_has_not);
	tcase_add_test(tc, the_key_history_reaches_to_the_last_retired_key);
	tcase_add_test(tc, each_key_has_a_certificate_object_of_its_own);
	tcase_add_test(tc, a_compressed_certificate_is_not_taken_for_one);
	tcase_add_test(tc, what_a_card_cannot_be_is_refused);
	tcase_add_test(tc, a_key_of_no_kind_or_place_is_refused);
	tcase_add_test(tc, a_new_pin_has_all_its_tries);
	tcase_add_test(tc, each_result_has_a_text);
}

TEST_MAIN("card/softcard/personalise", add)
