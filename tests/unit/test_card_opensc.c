/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* card.h over the real libopensc, its PIV driver, and our software card in this process. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "base/wipe.h"
#include "card/card.h"
#include "tests/unit/ec_peer.h"
#include "tests/unit/freed_memory.h"
#include "tests/unit/memory_scan.h"
#include "tests/unit/softcard_fixture.h"
#include "tests/unit/test.h"

#define PIN "84719263" /* long enough for the scan of memory */
#define PUK "12345678"
#define STATE_MAX 65536u

/* What a PIV card's directory makes of the four slots, in the order OpenSC lists them. */
enum { KEY_9A, KEY_9C, KEY_9D, KEY_9E, KEY_COUNT };

static const char options[] = "--pin " PIN " --puk " PUK " --key 9a:EC:secp384r1 --key 9c:RSA:2048 "
			      "--key 9d:EC:prime256v1 --key 9e:EC:secp384r1";
static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };
static struct softcard_fixture fixture;
static const struct card_ops *ops;
static struct card_system *card_system;
static struct card *card;

static struct span text(const char *value)
{
	return span_of(value, strlen(value));
}

static void setup_card(const char *with)
{
	size_t count = 0;

	softcard_fixture_make(&fixture, with);
	ops = card_default_ops();
	ck_assert_int_eq(ops->system_open(&params, &card_system), CE_OK);
	ck_assert_int_eq(ops->readers_refresh(card_system, &count), CE_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
}

static void setup(void)
{
	setup_card(options);
}

static void teardown(void)
{
	ops->disconnect(card);
	ops->system_close(card_system);
	card = NULL;
	card_system = NULL;
	softcard_fixture_end(&fixture);
}

/* Another card than the usual one. */
static void exchange_card(const char *with)
{
	teardown();
	setup_card(with);
}

static card_err login(void)
{
	return ops->pin_verify(card, 0, text(PIN), NULL);
}

static struct card_reader_info reader_now(void)
{
	struct card_reader_info info;

	ck_assert_int_eq(ops->reader_info(card_system, 0, &info), CE_OK);
	return info;
}

/* --- what is on the card -------------------------------------------------------------------------------------- */

START_TEST(the_card_says_who_it_is)
{
	const struct card_info *info = ops->info(card);

	ck_assert_str_ne(info->label, "");
	ck_assert_str_ne(info->manufacturer, "");
	ck_assert_str_ne(info->model, "");
	ck_assert_uint_eq(strlen(info->serial), 32);
	ck_assert_uint_gt(info->atr_len, 1);
	ck_assert(info->login_required);
}
END_TEST

START_TEST(keys_are_listed_with_type_size_usage_and_pin)
{
	static const struct {
		enum card_key_type type;
		size_t bits;
		unsigned uses;
		bool pin, always;
	} expected[KEY_COUNT] = {
		[KEY_9A] = { CRD_KEY_EC, 384, CRD_USE_SIGN, true, false },
		[KEY_9C] = { CRD_KEY_RSA, 2048, CRD_USE_SIGN | CRD_USE_NON_REPUDIATION, true, true },
		[KEY_9D] = { CRD_KEY_EC, 256, CRD_USE_DERIVE, true, false },
		[KEY_9E] = { CRD_KEY_EC, 384, 0, false, false },
	};

	ck_assert_uint_eq(ops->key_count(card), KEY_COUNT);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct card_key_info *key = ops->key(card, i);

		ck_assert_ptr_nonnull(key);
		ck_assert_int_eq(key->type, expected[i].type);
		ck_assert_uint_eq(key->bits, expected[i].bits);
		ck_assert_uint_eq(key->usage & expected[i].uses, expected[i].uses);
		ck_assert_int_eq(key->pin != CRD_NO_INDEX, expected[i].pin);
		ck_assert_int_eq(key->always_authenticate, expected[i].always);
		ck_assert(key->generated_on_card);
		ck_assert_uint_eq(key->id.len, 1);
		ck_assert_uint_eq(key->id.data[0], i + 1);
		ck_assert_str_ne(key->label, "");
	}
	ck_assert_ptr_null(ops->key(card, KEY_COUNT));
	ck_assert_ptr_null(ops->key(card, CRD_NO_INDEX));
}
END_TEST

START_TEST(public_halves_are_in_one_form)
{
	static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
	static const uint8_t p384[] = { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 };
	const struct card_key_info *key = ops->key(card, KEY_9D);

	ck_assert(span_equal(key->ec_params, span_of(p256, sizeof(p256))));
	ck_assert_uint_eq(key->ec_point.len, 65);
	ck_assert_uint_eq(key->ec_point.data[0], 0x04);
	ck_assert_uint_eq(key->modulus.len, 0);
	key = ops->key(card, KEY_9A);
	ck_assert(span_equal(key->ec_params, span_of(p384, sizeof(p384))));
	ck_assert_uint_eq(key->ec_point.len, 97);
	key = ops->key(card, KEY_9C);
	ck_assert_uint_eq(key->modulus.len, 256);
	ck_assert_uint_ge(key->modulus.data[0], 0x80);
	ck_assert(span_equal(key->public_exponent, span_of("\x01\x00\x01", 3)));
	ck_assert_uint_eq(key->ec_point.len, 0);
	ck_assert_uint_eq(key->ec_params.len, 0);
}
END_TEST

START_TEST(data_objects_are_listed_and_read_once)
{
	static const uint8_t chuid[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x07, 0x02, 0x30, 0x00 };
	size_t found = 0;

	ck_assert_uint_gt(ops->data_count(card), 5);
	for (size_t i = 0; i < ops->data_count(card); i++) {
		const struct card_data_info *info = ops->data(card, i);
		struct span bytes = SPAN_EMPTY;
		struct span again = SPAN_EMPTY;
		unsigned long before;

		ck_assert_str_ne(info->label, "");
		ck_assert_uint_gt(info->oid.len, 0);
		if (info->is_private)
			continue;
		ck_assert_int_eq(ops->data_read(card, i, &bytes), CE_OK);
		before = softcard_fixture_commands(&fixture);
		ck_assert_int_eq(ops->data_read(card, i, &again), CE_OK);
		ck_assert_uint_eq(softcard_fixture_commands(&fixture), before);
		ck_assert_ptr_eq(bytes.data, again.data);
		if (!span_equal(info->oid, span_of(chuid, sizeof(chuid))))
			continue;
		found++;
		ck_assert_str_eq(info->label, "Card Holder Unique Identifier");
		ck_assert_uint_gt(bytes.len, 30);
		ck_assert_uint_eq(bytes.data[0], 0x53);
	}
	ck_assert_uint_eq(found, 1);
	ck_assert_ptr_null(ops->data(card, ops->data_count(card)));
	ck_assert_int_eq(ops->data_read(card, ops->data_count(card), &(struct span){ 0 }), CE_NOT_FOUND);
}
END_TEST

START_TEST(private_data_wants_the_pin_and_what_is_not_there_is_empty)
{
	size_t private_ones = 0;

	for (size_t i = 0; i < ops->data_count(card); i++) {
		struct span bytes = SPAN_EMPTY;

		if (!ops->data(card, i)->is_private)
			continue;
		private_ones++;
		ck_assert_int_eq(login(), CE_OK);
		ck_assert_int_eq(ops->data_read(card, i, &bytes), CE_OK);
		ck_assert_uint_eq(bytes.len, 0); /* the software card has none of them */
	}
	ck_assert_uint_gt(private_ones, 0);
}
END_TEST

START_TEST(the_tries_of_a_pin_are_asked_for_once)
{
	unsigned long before;

	ck_assert_int_eq(ops->pin(card, 0)->tries_left, -1);
	ck_assert_int_eq(ops->pin_ask(card, 0), CE_OK);
	ck_assert_int_gt(ops->pin(card, 0)->tries_left, 0);
	before = softcard_fixture_commands(&fixture);
	ck_assert_int_eq(ops->pin_ask(card, 0), CE_OK);
	ck_assert_uint_eq(softcard_fixture_commands(&fixture), before);
	ck_assert_int_eq(ops->pin_ask(card, ops->pin_count(card)), CE_NOT_FOUND);
}
END_TEST

/* The public key in a certificate, as SubjectPublicKeyInfo's BIT STRING. */
static struct span cert_key_bits(X509 *cert)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(cert);

	return span_of(bits->data, (size_t)bits->length);
}

START_TEST(certificates_belong_to_their_keys_and_are_read_once)
{
	unsigned long commands;

	ck_assert_uint_eq(ops->cert_count(card), KEY_COUNT);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct card_cert_info *info = ops->cert(card, i);
		struct span der, again;
		const uint8_t *at;
		X509 *cert;

		ck_assert_ptr_nonnull(info);
		ck_assert_uint_eq(info->key, i);
		ck_assert(span_equal(info->id, ops->key(card, i)->id));
		commands = softcard_fixture_commands(&fixture);
		ck_assert_int_eq(ops->cert_read(card, i, &der), CE_OK); /* the PIV driver has read it already */
		ck_assert_int_eq(ops->cert_read(card, i, &again), CE_OK);
		ck_assert_uint_eq(softcard_fixture_commands(&fixture), commands);
		ck_assert_ptr_eq(der.data, again.data);
		ck_assert_uint_eq(der.len, again.len);
		at = der.data;
		cert = d2i_X509(NULL, &at, (long)der.len);
		ck_assert_ptr_nonnull(cert);
		ck_assert_ptr_eq(at, der.data + der.len);
		if (ops->key(card, i)->type == CRD_KEY_EC)
			ck_assert(span_equal(cert_key_bits(cert), ops->key(card, i)->ec_point));
		X509_free(cert);
	}
	ck_assert_ptr_null(ops->cert(card, KEY_COUNT));
	ck_assert_int_eq(ops->cert_read(card, KEY_COUNT, &(struct span){ 0 }), CE_NOT_FOUND);
}
END_TEST

START_TEST(pins_are_listed_with_their_bounds_and_the_puk_unblocks_the_pin)
{
	const struct card_pin_info *pin = ops->pin(card, 0);
	const struct card_pin_info *puk = ops->pin(card, 1);

	ck_assert_uint_eq(ops->pin_count(card), 2);
	ck_assert_ptr_null(ops->pin(card, 2));
	ck_assert_uint_eq(ops->key(card, KEY_9D)->pin, 0);
	ck_assert_uint_ge(pin->min_len, 4);
	ck_assert_uint_eq(pin->max_len, 8);
	ck_assert(!pin->so && pin->initialized);
	ck_assert_int_eq(ops->pin_ask(card, 0), CE_OK);
	ck_assert_int_eq(pin->tries_left, 3);
	ck_assert_uint_eq(pin->unblocked_by, 1);
	ck_assert(puk->so);
	ck_assert_uint_eq(puk->unblocked_by, CRD_NO_INDEX);
}
END_TEST

/* --- PIN -------------------------------------------------------------------------------------------------------- */

START_TEST(a_pin_of_the_wrong_form_costs_no_try_and_no_command)
{
	static const char *const values[] = { "", "123", "123456789", "12345a", "12 456" };
	const unsigned long commands = softcard_fixture_commands(&fixture);
	int tries = 77;

	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		ck_assert_int_eq(ops->pin_verify(card, 0, text(values[i]), &tries), CE_PIN_LENGTH);
	ck_assert_int_eq(ops->pin_verify(card, 0, SPAN_EMPTY, &tries), CE_PIN_LENGTH);
	ck_assert_int_eq(ops->pin_verify(card, 9, text(PIN), &tries), CE_NOT_FOUND);
	ck_assert_int_eq(tries, 77);
	ck_assert_uint_eq(softcard_fixture_commands(&fixture), commands);
	ck_assert_int_eq(login(), CE_OK);
}
END_TEST

START_TEST(a_wrong_pin_costs_one_try_and_the_last_one_blocks)
{
	int tries = 77;

	ck_assert_int_eq(ops->pin_verify(card, 0, text("654321"), &tries), CE_PIN_WRONG);
	ck_assert_int_eq(tries, 2);
	ck_assert_int_eq(ops->pin(card, 0)->tries_left, 2);
	ck_assert_int_eq(login(), CE_OK);
	for (int left = 2; left > 0; left--) {
		ck_assert_int_eq(ops->pin_verify(card, 0, text("654321"), &tries), CE_PIN_WRONG);
		ck_assert_int_eq(tries, left);
	}
	ck_assert_int_eq(ops->pin_verify(card, 0, text("654321"), &tries), CE_PIN_BLOCKED);
	ck_assert_int_eq(tries, 1);
	ck_assert_int_eq(ops->pin(card, 0)->tries_left, 0);
	ck_assert_int_eq(login(), CE_PIN_BLOCKED);
}
END_TEST

/* Whether key 9d agrees, which only a verified PIN lets it. */
static card_err agrees(void)
{
	struct ec_peer *peer = ec_peer_new("P-256");
	AUTO_SECRET z = SECRET_INIT;
	const card_err err = ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z);

	ec_peer_free(peer);
	return err;
}

/* OpenSC 0.23's driver for PIV has no way to log out; 0.26's has. */
START_TEST(logout_ends_the_verification_also_where_libopensc_cannot)
{
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(agrees(), CE_OK);
	ck_assert_int_eq(ops->logout(card), CE_OK);
	ck_assert_int_eq(ops->check(card), CE_OK);
	ck_assert_int_eq(agrees(), CE_NOT_AUTHENTICATED);
}
END_TEST

START_TEST(a_reset_ends_the_verification_and_the_card_goes_on)
{
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->reset(card), CE_OK);
	ck_assert_int_eq(ops->check(card), CE_OK);
	ck_assert_int_eq(agrees(), CE_NOT_AUTHENTICATED);
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(agrees(), CE_OK);
}
END_TEST

START_TEST(the_card_tells_whether_a_pin_is_verified)
{
	bool verified = true;

	ck_assert_int_eq(ops->pin_status(card, 0, &verified), CE_OK);
	ck_assert(!verified);
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->pin_status(card, 0, &verified), CE_OK);
	ck_assert(verified);
	ck_assert_int_eq(ops->pin_status(card, 1, &verified), CE_NOT_SUPPORTED); /* the PUK */
	ck_assert_int_eq(ops->pin_status(card, 9, &verified), CE_NOT_FOUND);
	ck_assert_int_eq(ops->pin(card, 0)->tries_max, 3);
}
END_TEST

START_TEST(a_pin_is_changed_and_so_is_the_puk)
{
	int tries = 77;

	ck_assert_int_eq(ops->pin_change(card, 0, text("111111"), text("654321"), &tries), CE_PIN_WRONG);
	ck_assert_int_eq(tries, 2);
	ck_assert_int_eq(ops->pin_change(card, 0, text(PIN), text("654321"), &tries), CE_OK);
	ck_assert_int_eq(ops->pin(card, 0)->tries_left, 3);
	ck_assert_int_eq(login(), CE_PIN_WRONG);
	ck_assert_int_eq(ops->pin_verify(card, 0, text("654321"), NULL), CE_OK);
	ck_assert_int_eq(ops->pin_change(card, 1, text("11111111"), text("87654321"), &tries), CE_PIN_WRONG);
	ck_assert_int_eq(tries, 2);
	ck_assert_int_eq(ops->pin(card, 1)->tries_left, 2);
	ck_assert_int_eq(ops->pin(card, 1)->tries_max, 3);
	ck_assert_int_eq(ops->pin_change(card, 1, text(PUK), text("87654321"), &tries), CE_OK);
	ck_assert_int_eq(ops->pin_unblock(card, 0, text("87654321"), text(PIN), NULL), CE_OK);
	ck_assert_int_eq(login(), CE_OK);
}
END_TEST

START_TEST(the_puk_unblocks_the_pin)
{
	int tries = 77;

	for (int i = 0; i < 3; i++)
		(void)ops->pin_verify(card, 0, text("111111"), NULL);
	ck_assert_int_eq(login(), CE_PIN_BLOCKED);
	ck_assert_int_eq(ops->pin_change(card, 0, text(PIN), text("654321"), &tries), CE_PIN_BLOCKED);
	ck_assert_int_eq(ops->pin_unblock(card, 0, text("11111111"), text("654321"), &tries), CE_PIN_WRONG);
	ck_assert_int_eq(tries, 2);
	ck_assert_int_eq(ops->pin(card, 0)->tries_left, 0);
	ck_assert_int_eq(ops->pin(card, 1)->tries_left, 2);
	ck_assert_int_eq(ops->pin_unblock(card, 0, text(PUK), text("654321"), &tries), CE_OK);
	ck_assert_int_eq(ops->pin(card, 0)->tries_left, 3);
	ck_assert_int_eq(ops->pin_verify(card, 0, text("654321"), NULL), CE_OK);
	for (int i = 0; i < 3; i++)
		(void)ops->pin_unblock(card, 0, text("11111111"), text("654321"), NULL);
	ck_assert_int_eq(ops->pin_unblock(card, 0, text(PUK), text("654321"), NULL), CE_PIN_BLOCKED);
	ck_assert_int_eq(ops->pin(card, 1)->tries_left, 0);
}
END_TEST

START_TEST(a_new_pin_the_card_cannot_take_costs_no_command)
{
	static const char *const values[] = { "", "12345", "123456789", "12345a", "abcdef" };
	const unsigned long commands = softcard_fixture_commands(&fixture);

	for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
		ck_assert_int_eq(ops->pin_change(card, 0, text(PIN), text(values[i]), NULL), CE_PIN_LENGTH);
		ck_assert_int_eq(ops->pin_unblock(card, 0, text(PUK), text(values[i]), NULL), CE_PIN_LENGTH);
	}
	ck_assert_int_eq(ops->pin_change(card, 0, text("123"), text("654321"), NULL), CE_PIN_LENGTH);
	ck_assert_int_eq(ops->pin_change(card, 0, SPAN_EMPTY, SPAN_EMPTY, NULL), CE_PIN_LENGTH);
	ck_assert_int_eq(ops->pin_unblock(card, 0, text("1234567890"), text("654321"), NULL), CE_PIN_LENGTH);
	ck_assert_int_eq(ops->pin_unblock(card, 1, text(PUK), text("654321"), NULL), CE_NOT_SUPPORTED);
	ck_assert_int_eq(ops->pin_verify(card, 1, text(PUK), NULL), CE_NOT_SUPPORTED);
	ck_assert_int_eq(ops->pin_change(card, 9, text(PIN), text("654321"), NULL), CE_NOT_FOUND);
	ck_assert_int_eq(ops->pin_unblock(card, 9, text(PUK), text("654321"), NULL), CE_NOT_FOUND);
	ck_assert_uint_eq(softcard_fixture_commands(&fixture), commands);
}
END_TEST

/* --- ECDH ------------------------------------------------------------------------------------------------------- */

/* One agreement against a fresh peer, compared with what the peer computes. */
static void agree_with(size_t key, const char *curve)
{
	const struct card_key_info *info = ops->key(card, key);
	struct ec_peer *peer = ec_peer_new(curve);
	AUTO_SECRET expected = SECRET_INIT;
	AUTO_SECRET z = SECRET_INIT;

	ec_peer_agree(peer, info->ec_point, &expected);
	ck_assert_int_eq(ops->ecdh(card, key, ec_peer_point(peer), &z), CE_OK);
	ck_assert_uint_eq(z.len, (info->bits + 7) / 8);
	ck_assert(secret_equal(secret_span(&z), secret_span(&expected)));
	ec_peer_free(peer);
}

START_TEST(ecdh_gives_what_the_other_side_computes)
{
	ck_assert_int_eq(login(), CE_OK);
	for (int i = 0; i < 20; i++)
		agree_with(KEY_9D, "P-256");
}
END_TEST

/* About one value in 256 begins with a zero byte. */
START_TEST(ecdh_keeps_leading_zeros)
{
	const struct card_key_info *info = ops->key(card, KEY_9D);
	AUTO_SECRET z = SECRET_INIT;
	AUTO_SECRET expected = SECRET_INIT;
	struct ec_peer *peer = NULL;

	ck_assert_int_eq(login(), CE_OK);
	do {
		ec_peer_free(peer);
		peer = ec_peer_new("P-256");
		ec_peer_agree(peer, info->ec_point, &expected);
	} while (expected.data[0] != 0);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_OK);
	ck_assert_uint_eq(z.len, 32);
	ck_assert(secret_equal(secret_span(&z), secret_span(&expected)));
	ec_peer_free(peer);
}
END_TEST

START_TEST(ecdh_without_the_pin_is_refused)
{
	struct ec_peer *peer = ec_peer_new("P-256");
	AUTO_SECRET z = SECRET_INIT;

	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_NOT_AUTHENTICATED);
	ck_assert_ptr_null(z.data);
	ec_peer_free(peer);
}
END_TEST

START_TEST(ecdh_with_the_wrong_key_or_point_costs_no_command)
{
	const unsigned long commands = softcard_fixture_commands(&fixture);
	struct ec_peer *peer = ec_peer_new("P-256");
	struct ec_peer *large = ec_peer_new("P-384");
	const struct span point = ec_peer_point(peer);
	AUTO_SECRET z = SECRET_INIT;

	ck_assert_int_eq(ops->ecdh(card, KEY_COUNT, point, &z), CE_NOT_FOUND);
	ck_assert_int_eq(ops->ecdh(card, CRD_NO_INDEX, point, &z), CE_NOT_FOUND);
	ck_assert_int_eq(ops->ecdh(card, KEY_9C, point, &z), CE_NOT_SUPPORTED);
	ck_assert_int_eq(ops->ecdh(card, KEY_9A, ec_peer_point(large), &z), CE_NOT_ALLOWED);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, SPAN_EMPTY, &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, span_of(point.data, point.len - 1), &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, span_of(point.data + 1, point.len - 1), &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(large), &z), CE_DATA_INVALID);
	ck_assert_ptr_null(z.data);
	ck_assert_uint_eq(softcard_fixture_commands(&fixture), commands);
	ec_peer_free(peer);
	ec_peer_free(large);
}
END_TEST

/* The card is not ours to count on while it is held: what begin() costs is counted with what follows. */
START_TEST(ecdh_costs_one_command_and_the_drivers_look_at_its_application)
{
	unsigned long alone, held;

	ck_assert_int_eq(login(), CE_OK);
	softcard_fixture_reset_commands(&fixture);
	agree_with(KEY_9D, "P-256");
	alone = softcard_fixture_commands(&fixture);
	softcard_fixture_reset_commands(&fixture);
	ck_assert_int_eq(ops->begin(card), CE_OK);
	for (int i = 0; i < 10; i++)
		agree_with(KEY_9D, "P-256");
	ops->end(card);
	held = softcard_fixture_commands(&fixture);
	printf("card commands on a logged-in PIV card: %lu for one ecdh, %lu for ten while the card is held\n", alone,
	       held);
	ck_assert_uint_eq(alone, 2);
	ck_assert_uint_eq(held, 1 + 10);
}
END_TEST

static size_t read_state(uint8_t *state)
{
	FILE *file = fopen(fixture.card, "rbe");
	size_t len;

	ck_assert_ptr_nonnull(file);
	len = fread(state, 1, STATE_MAX, file);
	(void)fclose(file);
	ck_assert_uint_gt(len, 0);
	ck_assert_uint_lt(len, STATE_MAX);
	return len;
}

START_TEST(fifty_agreements_leave_the_card_as_it_was)
{
	static uint8_t before[STATE_MAX], after[STATE_MAX];
	size_t before_len;

	ck_assert_int_eq(login(), CE_OK);
	before_len = read_state(before);
	for (int i = 0; i < 50; i++)
		agree_with(KEY_9D, "P-256");
	ck_assert_uint_eq(read_state(after), before_len);
	ck_assert_mem_eq(before, after, before_len);
}
END_TEST

/* --- signatures and decryption ---------------------------------------------------------------------------------- */

START_TEST(an_ec_signature_is_r_and_s_of_full_width_and_verifies)
{
	const struct card_key_info *info = ops->key(card, KEY_9A);
	uint8_t digest[48];
	uint8_t signature[96];
	size_t len = 0;

	memset(digest, 0x5a, sizeof(digest));
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->sign_raw(card, KEY_9A, span_of(digest, 48), signature, 95, &len), CE_BUFFER);
	ck_assert_int_eq(ops->sign_raw(card, KEY_9A, SPAN_EMPTY, signature, 96, &len), CE_DATA_INVALID);
	ck_assert_uint_eq(len, 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(ops->sign_raw(card, KEY_9A, span_of(digest, 48), signature, 96, &len), CE_OK);
		ck_assert_uint_eq(len, 96);
		ck_assert(ec_peer_verifies("P-384", info->ec_point, span_of(digest, 48), span_of(signature, len)));
	}
	digest[0] ^= 1;
	ck_assert(!ec_peer_verifies("P-384", info->ec_point, span_of(digest, 48), span_of(signature, len)));
}
END_TEST

/* A block of the modulus' length to the power of the public exponent. */
static void rsa_public(const struct card_key_info *key, struct span from, uint8_t *to)
{
	BN_CTX *ctx = BN_CTX_new_ex(ossl_context());
	BIGNUM *n = BN_bin2bn(key->modulus.data, (int)key->modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(key->public_exponent.data, (int)key->public_exponent.len, NULL);
	BIGNUM *m = BN_bin2bn(from.data, (int)from.len, NULL);

	ck_assert(BN_mod_exp(m, m, e, n, ctx) == 1);
	ck_assert_int_eq(BN_bn2binpad(m, to, (int)key->modulus.len), (int)key->modulus.len);
	BN_free(n);
	BN_free(e);
	BN_free(m);
	BN_CTX_free(ctx);
}

START_TEST(a_raw_rsa_signature_is_the_private_operation_and_asks_the_pin_each_time)
{
	const struct card_key_info *key = ops->key(card, KEY_9C);
	uint8_t block[256];
	uint8_t signature[256];
	uint8_t back[256];
	size_t len = 0;

	memset(block, 0x33, sizeof(block));
	block[0] = 0;
	block[1] = 1;
	ck_assert_int_eq(ops->sign_raw(card, KEY_9C, span_of(block, 255), signature, 256, &len), CE_DATA_INVALID);
	ck_assert_int_eq(ops->sign_raw(card, KEY_9C, span_of(block, 256), signature, 255, &len), CE_BUFFER);
	ck_assert_int_eq(ops->sign_raw(card, KEY_9C, span_of(block, 256), signature, 256, &len), CE_NOT_AUTHENTICATED);
	ck_assert_int_eq(ops->begin(card), CE_OK);
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->sign_raw(card, KEY_9C, span_of(block, 256), signature, 256, &len), CE_OK);
	ck_assert_int_eq(ops->sign_raw(card, KEY_9C, span_of(block, 256), back, 256, &len), CE_NOT_AUTHENTICATED);
	ops->end(card);
	ck_assert_uint_eq(len, 256);
	rsa_public(key, span_of(signature, 256), back);
	ck_assert_mem_eq(back, block, 256);
}
END_TEST

START_TEST(raw_rsa_decryption_undoes_the_public_operation)
{
	uint8_t block[256];
	uint8_t input[256];
	AUTO_SECRET out = SECRET_INIT;

	exchange_card("--pin " PIN " --key 9d:RSA:2048");
	ck_assert_uint_eq(ops->key_count(card), 1);
	memset(block, 0x44, sizeof(block));
	block[0] = 0;
	rsa_public(ops->key(card, 0), span_of(block, 256), input);
	ck_assert_int_eq(ops->rsa_decrypt_raw(card, 0, span_of(input, 256), &out), CE_NOT_AUTHENTICATED);
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->rsa_decrypt_raw(card, 0, span_of(input, 255), &out), CE_DATA_INVALID);
	ck_assert_int_eq(ops->rsa_decrypt_raw(card, 1, span_of(input, 256), &out), CE_NOT_FOUND);
	ck_assert_ptr_null(out.data);
	ck_assert_int_eq(ops->rsa_decrypt_raw(card, 0, span_of(input, 256), &out), CE_OK);
	ck_assert(secret_equal(secret_span(&out), span_of(block, 256)));
}
END_TEST

/* --- the reader --------------------------------------------------------------------------------------------------- */

START_TEST(looking_at_the_reader_and_at_the_card_sends_no_command)
{
	const unsigned long commands = softcard_fixture_commands(&fixture);
	const struct card_reader_info first = reader_now();
	size_t count = 0;

	ck_assert(first.attached && first.card_present && first.removable && !first.pinpad);
	ck_assert_str_ne(first.name, "");
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(ops->readers_refresh(card_system, &count), CE_OK);
		ck_assert_uint_eq(count, 1);
		ck_assert_uint_eq(reader_now().event, first.event);
		ck_assert_int_eq(ops->check(card), CE_OK);
	}
	ck_assert_uint_eq(softcard_fixture_commands(&fixture), commands);
}
END_TEST

START_TEST(a_card_taken_out_is_noticed_and_stays_gone_when_it_comes_back)
{
	const unsigned long event = reader_now().event;
	struct card_reader_info info;
	struct ec_peer *peer;
	AUTO_SECRET z = SECRET_INIT;

	ck_assert_int_eq(login(), CE_OK);
	softcard_fixture_take_out(&fixture);
	ck_assert_int_eq(ops->check(card), CE_CARD_REMOVED);
	info = reader_now();
	ck_assert(info.attached && !info.card_present);
	ck_assert_uint_ne(info.event, event);
	peer = ec_peer_new("P-256");
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_CARD_REMOVED);
	ck_assert_int_eq(ops->begin(card), CE_CARD_REMOVED);
	softcard_fixture_put_in(&fixture);
	ck_assert(reader_now().card_present);
	ck_assert_uint_ne(reader_now().event, info.event);
	ck_assert_int_eq(ops->check(card), CE_CARD_REMOVED);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_CARD_REMOVED);
	ck_assert_int_eq(ops->pin_verify(card, 0, text(PIN), NULL), CE_CARD_REMOVED);
	ck_assert_ptr_null(z.data);
	ops->disconnect(card);
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
	ck_assert_int_eq(ops->check(card), CE_OK);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_NOT_AUTHENTICATED);
	ck_assert_int_eq(login(), CE_OK);
	agree_with(KEY_9D, "P-256");
	ec_peer_free(peer);
}
END_TEST

START_TEST(a_removal_that_an_operation_meets_first_is_one_too)
{
	struct ec_peer *peer = ec_peer_new("P-256");
	const unsigned long event = reader_now().event;
	AUTO_SECRET z = SECRET_INIT;

	ck_assert_int_eq(login(), CE_OK);
	softcard_fixture_take_out(&fixture);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_CARD_REMOVED);
	softcard_fixture_put_in(&fixture);
	ck_assert_int_eq(ops->check(card), CE_CARD_REMOVED);
	ck_assert_uint_ne(reader_now().event, event);
	ec_peer_free(peer);
}
END_TEST

START_TEST(disconnecting_and_connecting_again_is_no_event)
{
	const unsigned long event = reader_now().event;

	for (int i = 0; i < 3; i++) {
		ops->disconnect(card);
		card = NULL;
		ck_assert_uint_eq(reader_now().event, event);
		ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
		ck_assert_uint_eq(reader_now().event, event);
	}
}
END_TEST

START_TEST(a_reader_holds_one_connected_card)
{
	struct card *second = NULL;

	ck_assert_int_eq(ops->connect(card_system, 0, &second), CE_SHARING);
	ck_assert_ptr_null(second);
	ck_assert_int_eq(ops->check(card), CE_OK);
}
END_TEST

START_TEST(a_reader_without_a_card_gives_no_card)
{
	ops->disconnect(card);
	card = NULL;
	softcard_fixture_take_out(&fixture);
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_NO_CARD);
	ck_assert_int_eq(ops->connect(card_system, 1, &card), CE_NO_READER);
	ck_assert_ptr_null(card);
	softcard_fixture_put_in(&fixture);
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
}
END_TEST

START_TEST(begin_nests_and_an_end_too_many_does_no_harm)
{
	ops->end(card);
	ck_assert_int_eq(ops->begin(card), CE_OK);
	ck_assert_int_eq(ops->begin(card), CE_OK);
	ops->end(card);
	ck_assert_int_eq(login(), CE_OK);
	ops->end(card);
	ops->end(card);
	agree_with(KEY_9D, "P-256");
	ck_assert_int_eq(ops->begin(card), CE_OK); /* left to disconnect */
}
END_TEST

START_TEST(the_applications_openssl_context_is_back_after_each_call)
{
	OSSL_LIB_CTX *mine = OSSL_LIB_CTX_new();
	OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(mine);
	struct span der;

	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->check(card), CE_OK);
	ck_assert_int_eq(ops->cert_read(card, 0, &der), CE_OK);
	agree_with(KEY_9D, "P-256");
	ops->disconnect(card);
	card = NULL;
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
	ck_assert_ptr_eq(OSSL_LIB_CTX_set0_default(before), mine);
	OSSL_LIB_CTX_free(mine);
}
END_TEST

/* --- what is left in memory ----------------------------------------------------------------------------------- */

static size_t count_and_free(struct memory_scan *scan)
{
	const size_t count = memory_scan_count(scan, NULL, 0);

	memory_scan_free(scan);
	return count;
}

/* Z is taken from the card itself, so that no other computation in this process has made it. */
START_TEST(no_z_is_left_in_memory_after_it_is_cleared)
{
	struct ec_peer *peer = ec_peer_new("P-256");
	AUTO_SECRET z = SECRET_INIT;
	struct memory_scan *scan;

	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_OK);
	scan = memory_scan_new(z.data, z.len);
	ck_assert_uint_eq(memory_scan_count(scan, &(struct span){ z.data, z.len }, 1), 0);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 1);
	secret_clear(&z);
	ck_assert_uint_eq(count_and_free(scan), 0);
	ec_peer_free(peer);
}
END_TEST

/* libopensc writes answers as text, 16 bytes a line; any 8 bytes of Z in one line are enough to tell. */
START_TEST(no_z_is_left_in_memory_as_text)
{
	struct ec_peer *peer;
	AUTO_SECRET z = SECRET_INIT;
	struct memory_scan *scans[4];

	if (!freed_memory_comes_back())
		return;
	peer = ec_peer_new("P-256");
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_int_eq(ops->ecdh(card, KEY_9D, ec_peer_point(peer), &z), CE_OK);
	for (size_t i = 0; i < ARRAY_COUNT(scans); i++)
		scans[i] = memory_scan_new_text(z.data + 6 * i, 8);
	secret_clear(&z);
	for (size_t i = 0; i < ARRAY_COUNT(scans); i++)
		ck_assert_uint_eq(count_and_free(scans[i]), 0);
	ec_peer_free(peer);
}
END_TEST

/*
 * The card is in this process and knows its PIN: what counts is that a verification adds nothing. (libopensc
 * would keep the PIN of a card without a key that asks for it each time.)
 */
START_TEST(a_verification_leaves_no_pin_in_memory)
{
	struct memory_scan *scan;
	size_t before;

	if (!freed_memory_comes_back())
		return;
	exchange_card("--pin " PIN " --key 9d:EC:prime256v1");
	scan = memory_scan_new(PIN, strlen(PIN));
	wipe_stack(); /* of what made the card */
	before = memory_scan_count(scan, NULL, 0);
	ck_assert_int_eq(login(), CE_OK);
	ck_assert_uint_le(count_and_free(scan), before);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_card_says_who_it_is);
	tcase_add_test(tc, keys_are_listed_with_type_size_usage_and_pin);
	tcase_add_test(tc, public_halves_are_in_one_form);
	tcase_add_test(tc, certificates_belong_to_their_keys_and_are_read_once);
	tcase_add_test(tc, data_objects_are_listed_and_read_once);
	tcase_add_test(tc, private_data_wants_the_pin_and_what_is_not_there_is_empty);
	tcase_add_test(tc, the_tries_of_a_pin_are_asked_for_once);
	tcase_add_test(tc, pins_are_listed_with_their_bounds_and_the_puk_unblocks_the_pin);
	tcase_add_test(tc, a_pin_of_the_wrong_form_costs_no_try_and_no_command);
	tcase_add_test(tc, a_wrong_pin_costs_one_try_and_the_last_one_blocks);
	tcase_add_test(tc, logout_ends_the_verification_also_where_libopensc_cannot);
	tcase_add_test(tc, a_reset_ends_the_verification_and_the_card_goes_on);
	tcase_add_test(tc, the_card_tells_whether_a_pin_is_verified);
	tcase_add_test(tc, a_pin_is_changed_and_so_is_the_puk);
	tcase_add_test(tc, the_puk_unblocks_the_pin);
	tcase_add_test(tc, a_new_pin_the_card_cannot_take_costs_no_command);
	tcase_add_test(tc, ecdh_gives_what_the_other_side_computes);
	tcase_add_test(tc, ecdh_keeps_leading_zeros);
	tcase_add_test(tc, ecdh_without_the_pin_is_refused);
	tcase_add_test(tc, ecdh_with_the_wrong_key_or_point_costs_no_command);
	tcase_add_test(tc, ecdh_costs_one_command_and_the_drivers_look_at_its_application);
	tcase_add_test(tc, fifty_agreements_leave_the_card_as_it_was);
	tcase_add_test(tc, an_ec_signature_is_r_and_s_of_full_width_and_verifies);
	tcase_add_test(tc, a_raw_rsa_signature_is_the_private_operation_and_asks_the_pin_each_time);
	tcase_add_test(tc, raw_rsa_decryption_undoes_the_public_operation);
	tcase_add_test(tc, looking_at_the_reader_and_at_the_card_sends_no_command);
	tcase_add_test(tc, a_card_taken_out_is_noticed_and_stays_gone_when_it_comes_back);
	tcase_add_test(tc, a_removal_that_an_operation_meets_first_is_one_too);
	tcase_add_test(tc, disconnecting_and_connecting_again_is_no_event);
	tcase_add_test(tc, a_reader_holds_one_connected_card);
	tcase_add_test(tc, a_reader_without_a_card_gives_no_card);
	tcase_add_test(tc, begin_nests_and_an_end_too_many_does_no_harm);
	tcase_add_test(tc, the_applications_openssl_context_is_back_after_each_call);
	tcase_add_test(tc, no_z_is_left_in_memory_after_it_is_cleared);
	tcase_add_test(tc, no_z_is_left_in_memory_as_text);
	tcase_add_test(tc, a_verification_leaves_no_pin_in_memory);
}

TEST_MAIN("card/opensc", add)
