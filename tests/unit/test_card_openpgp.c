/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* card.h over the real libopensc, its OpenPGP driver, and our software card in this process. */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/ossl.h"
#include "card/card.h"
#include "tests/unit/ec_peer.h"
#include "tests/unit/freed_memory.h"
#include "tests/unit/memory_scan.h"
#include "tests/unit/softcard_fixture.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

#define PIN "a PW1 may have letters"
#define PUK "12345678" /* PW3 */
#define RSA_LEN 256u

/* In the order OpenSC lists the keys, and the PINs. */
enum { KEY_SIG, KEY_DEC, KEY_AUT, KEY_COUNT };
enum { PIN_OTHER, PIN_SIGN, PIN_ADMIN, PIN_COUNT };

static const struct card_system_params params = { .app_name = "minidriver-pkcs11" };
static const uint8_t x25519[] = { 0x06, 0x03, 0x2B, 0x65, 0x6E };
static const uint8_t ed25519[] = { 0x06, 0x03, 0x2B, 0x65, 0x70 };
static struct softcard_fixture fixture;
static const struct card_ops *ops;
static struct card_system *card_system;
static struct card *card;

/* libopensc 0.23 forgets its copy of the public key of an Edwards or Montgomery curve at each connection. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:sc_pkcs15_encode_pubkey_as_spki";
}

static void connect_card(void)
{
	size_t count = 0;

	ops = card_default_ops();
	ck_assert_int_eq(ops->system_open(&params, &card_system), CE_OK);
	ck_assert_int_eq(ops->readers_refresh(card_system, &count), CE_OK);
	ck_assert_int_eq(ops->connect(card_system, 0, &card), CE_OK);
}

static void setup_card(const char *keys)
{
	char options[256];

	(void)snprintf(options, sizeof(options), "--applet openpgp --pin '%s' --puk %s %s", PIN, PUK, keys);
	softcard_fixture_make(&fixture, options);
	connect_card();
}

static void setup(void)
{
	setup_card("--key sig:Ed25519 --key dec:X25519 --key aut:EC:secp521r1");
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
static void exchange_card(const char *keys)
{
	teardown();
	setup_card(keys);
}

static void login(size_t pin)
{
	ck_assert_int_eq(ops->pin_verify(card, pin, span_of(PIN, strlen(PIN)), NULL), CE_OK);
}

START_TEST(keys_of_rfc_7748_and_rfc_8032_are_listed)
{
	const struct card_key_info *key;

	ck_assert_uint_eq(ops->key_count(card), KEY_COUNT);
	key = ops->key(card, KEY_SIG);
	ck_assert_int_eq(key->type, CRD_KEY_EDWARDS);
	ck_assert_uint_eq(key->bits, 255);
	ck_assert_uint_eq(key->usage & (CRD_USE_SIGN | CRD_USE_DERIVE), CRD_USE_SIGN);
	ck_assert(span_equal(key->ec_params, span_of(ed25519, sizeof(ed25519))));
	ck_assert_uint_eq(key->ec_point.len, 32);
	ck_assert_uint_eq(key->pin, PIN_SIGN);
	key = ops->key(card, KEY_DEC);
	ck_assert_int_eq(key->type, CRD_KEY_MONTGOMERY);
	ck_assert_uint_eq(key->bits, 255);
	ck_assert_uint_eq(key->usage, CRD_USE_DERIVE);
	ck_assert(span_equal(key->ec_params, span_of(x25519, sizeof(x25519))));
	ck_assert_uint_eq(key->ec_point.len, 32);
	ck_assert_uint_eq(key->pin, PIN_OTHER);
	ck_assert_uint_eq(key->modulus.len, 0);
	key = ops->key(card, KEY_AUT);
	ck_assert_int_eq(key->type, CRD_KEY_EC);
	ck_assert_uint_eq(key->bits, 521);
	ck_assert_uint_eq(key->ec_point.len, 133);
}
END_TEST

START_TEST(certificates_are_those_of_the_keys_that_can_sign_them)
{
	struct span der;

	ck_assert_uint_eq(ops->cert_count(card), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct card_cert_info *cert = ops->cert(card, i);
		const unsigned char *at;
		const ASN1_BIT_STRING *bits;
		X509 *x509;

		ck_assert_int_eq(ops->cert_read(card, i, &der), CE_OK);
		at = der.data;
		x509 = d2i_X509(NULL, &at, (long)der.len);
		ck_assert_ptr_nonnull(x509);
		bits = X509_get0_pubkey_bitstr(x509);
		ck_assert_uint_ne(cert->key, CRD_NO_INDEX);
		ck_assert_uint_ne(cert->key, KEY_DEC);
		ck_assert(span_equal(span_of(bits->data, (size_t)bits->length), ops->key(card, cert->key)->ec_point));
		X509_free(x509);
	}
}
END_TEST

START_TEST(pins_are_two_uses_of_pw1_and_pw3_for_the_officer)
{
	ck_assert_uint_eq(ops->pin_count(card), PIN_COUNT);
	ck_assert(!ops->pin(card, PIN_OTHER)->so && !ops->pin(card, PIN_SIGN)->so && ops->pin(card, PIN_ADMIN)->so);
	ck_assert_uint_eq(ops->pin(card, PIN_OTHER)->min_len, 6);
	ck_assert_uint_eq(ops->pin(card, PIN_OTHER)->max_len, 64);
	ck_assert_uint_eq(ops->pin(card, PIN_ADMIN)->min_len, 8);
	ck_assert_int_eq(ops->pin_ask(card, PIN_SIGN), CE_OK);
	ck_assert_int_eq(ops->pin(card, PIN_SIGN)->tries_left, 3);
}
END_TEST

START_TEST(x25519_gives_what_the_other_side_computes)
{
	struct ec_peer *peer = ec_peer_new("X25519");
	AUTO_SECRET z = SECRET_INIT;
	AUTO_SECRET expected = SECRET_INIT;

	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, ec_peer_point(peer), &z), CE_NOT_AUTHENTICATED);
	login(PIN_OTHER);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(ops->ecdh(card, KEY_DEC, ec_peer_point(peer), &z), CE_OK);
		ck_assert_uint_eq(z.len, 32);
		ec_peer_agree(peer, ops->key(card, KEY_DEC)->ec_point, &expected);
		ck_assert(secret_equal(secret_span(&z), secret_span(&expected)));
	}
	ec_peer_free(peer);
}
END_TEST

/* PKCS #8 around the 32 bytes of a private key (RFC 8410, 7). */
static const uint8_t pkcs8_head[] = { 0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
				      0x03, 0x2B, 0x65, 0x6E, 0x04, 0x22, 0x04, 0x20 };

/* A card whose decryption key is given. */
static void import_key(struct span scalar)
{
	char path[128];
	FILE *file;

	teardown();
	softcard_fixture_make(&fixture, "--applet openpgp --pin '" PIN "'");
	(void)snprintf(path, sizeof(path), "%s/key.der", fixture.dir);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(pkcs8_head, 1, sizeof(pkcs8_head), file), sizeof(pkcs8_head));
	ck_assert_uint_eq(fwrite(scalar.data, 1, scalar.len, file), 32);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert(softcard_fixture_run(&fixture, NULL, 0, "\"$TOOL\" import \"$CARD\" dec --key \"${CARD%/*}/key.der\""));
	connect_card();
}

START_TEST(x25519_is_that_of_rfc_7748)
{
	AUTO_VECTORS *v = vectors_load("x25519-rfc7748.vec");

	for (size_t i = 0; i < vectors_count(v); i++) {
		AUTO_SECRET z = SECRET_INIT;

		import_key(vectors_bytes(v, i, "d"));
		login(PIN_OTHER);
		ck_assert_int_eq(ops->ecdh(card, 0, vectors_bytes(v, i, "u"), &z), CE_OK);
		ck_assert(secret_equal(secret_span(&z), vectors_bytes(v, i, "z")));
	}
	ck_assert_uint_ge(vectors_count(v), 3);
}
END_TEST

START_TEST(peers_of_the_wrong_length_cost_no_command_and_those_of_small_order_give_nothing)
{
	const uint8_t zeros[33] = { 0 };
	const uint8_t one[32] = { 1 };
	AUTO_SECRET z = SECRET_INIT;
	unsigned long commands;

	login(PIN_OTHER);
	commands = softcard_fixture_commands(&fixture);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, SPAN_EMPTY, &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, span_of(zeros, 31), &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, span_of(zeros, 33), &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_SIG, span_of(one, 32), &z), CE_NOT_SUPPORTED);
	ck_assert_uint_eq(softcard_fixture_commands(&fixture), commands);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, span_of(zeros, 32), &z), CE_DATA_INVALID);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, span_of(one, 32), &z), CE_DATA_INVALID);
	ck_assert_ptr_null(z.data);
}
END_TEST

static const struct {
	const char *type;
	const char *curve;
} nist[] = { { "EC:prime256v1", "P-256" }, { "EC:secp384r1", "P-384" }, { "EC:secp521r1", "P-521" } };

START_TEST(ecdh_on_nist_curves_gives_what_the_other_side_computes)
{
	struct ec_peer *peer;
	char keys[64];
	AUTO_SECRET z = SECRET_INIT;
	AUTO_SECRET expected = SECRET_INIT;

	(void)snprintf(keys, sizeof(keys), "--key dec:%s", nist[_i].type);
	exchange_card(keys);
	peer = ec_peer_new(nist[_i].curve);
	login(PIN_OTHER);
	ck_assert_uint_eq(ops->key(card, 0)->usage, CRD_USE_DERIVE);
	ck_assert_int_eq(ops->ecdh(card, 0, ec_peer_point(peer), &z), CE_OK);
	ec_peer_agree(peer, ops->key(card, 0)->ec_point, &expected);
	ck_assert(secret_equal(secret_span(&z), secret_span(&expected)));
	ec_peer_free(peer);
}
END_TEST

START_TEST(ecdsa_by_the_signature_and_the_authentication_key_verifies)
{
	char keys[64];
	uint8_t digest[32];
	uint8_t signature[132];
	size_t len = 0;

	(void)snprintf(keys, sizeof(keys), "--key sig:%s --key aut:%s", nist[_i].type, nist[_i].type);
	exchange_card(keys);
	memset(digest, 0x5A, sizeof(digest));
	login(PIN_SIGN);
	login(PIN_OTHER);
	ck_assert_uint_eq(ops->key_count(card), 2);
	for (size_t key = 0; key < 2; key++) {
		const struct span point = ops->key(card, key)->ec_point;

		ck_assert_int_eq(ops->sign_raw(card, key, span_of(digest, 32), signature, sizeof(signature), &len), CE_OK);
		ck_assert(ec_peer_verifies(nist[_i].curve, point, span_of(digest, 32), span_of(signature, len)));
	}
}
END_TEST

START_TEST(ed25519_by_the_signature_and_the_authentication_key_verifies)
{
	static const uint8_t message[] = "what is signed is the message itself, of any length";
	uint8_t signature[64];
	size_t len = 0;

	exchange_card("--key sig:Ed25519 --key aut:Ed25519");
	ck_assert_int_eq(ops->sign_raw(card, 0, span_of(message, sizeof(message)), signature, 64, &len),
			 CE_NOT_AUTHENTICATED);
	login(PIN_SIGN);
	login(PIN_OTHER);
	for (size_t key = 0; key < 2; key++) {
		ck_assert_int_eq(ops->sign_raw(card, key, span_of(message, sizeof(message)), signature, 63, &len), CE_BUFFER);
		ck_assert_int_eq(ops->sign_raw(card, key, span_of(message, sizeof(message)), signature, 64, &len), CE_OK);
		ck_assert_uint_eq(len, 64);
		ck_assert(ec_peer_verifies_message("ED25519", ops->key(card, key)->ec_point,
						   span_of(message, sizeof(message)), span_of(signature, len)));
	}
}
END_TEST

/* A block of the modulus' length to the power of the public exponent. */
static void rsa_public(const struct card_key_info *key, const uint8_t *from, uint8_t *to)
{
	BN_CTX *ctx = BN_CTX_new_ex(ossl_context());
	BIGNUM *n = BN_bin2bn(key->modulus.data, (int)key->modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(key->public_exponent.data, (int)key->public_exponent.len, NULL);
	BIGNUM *m = BN_bin2bn(from, RSA_LEN, NULL);

	ck_assert(BN_mod_exp(m, m, e, n, ctx) == 1);
	ck_assert_int_eq(BN_bn2binpad(m, to, RSA_LEN), RSA_LEN);
	BN_free(n);
	BN_free(e);
	BN_free(m);
	BN_CTX_free(ctx);
}

/* PKCS #1 v1.5: 00 type FF..FF 00 content of len bytes. */
static void fill_block(uint8_t block[RSA_LEN], uint8_t type, size_t len)
{
	memset(block, 0xFF, RSA_LEN);
	block[0] = 0;
	block[1] = type;
	block[RSA_LEN - len - 1] = 0;
	memset(block + RSA_LEN - len, 0x44, len);
}

START_TEST(an_rsa_signature_comes_of_what_the_padding_holds)
{
	uint8_t block[RSA_LEN];
	uint8_t signature[RSA_LEN];
	uint8_t back[RSA_LEN];
	size_t len = 0;

	exchange_card("--key sig:RSA:2048 --key aut:RSA:2048");
	login(PIN_SIGN);
	login(PIN_OTHER);
	fill_block(block, 1, 51);
	for (size_t key = 0; key < 2; key++) {
		ck_assert_uint_eq(ops->key(card, key)->bits, 2048);
		ck_assert_int_eq(ops->sign_raw(card, key, span_of(block, RSA_LEN), signature, RSA_LEN, &len), CE_OK);
		ck_assert_uint_eq(len, RSA_LEN);
		rsa_public(ops->key(card, key), signature, back);
		ck_assert_mem_eq(back, block, RSA_LEN);
	}
	block[1] = 2;
	ck_assert_int_eq(ops->sign_raw(card, 0, span_of(block, RSA_LEN), signature, RSA_LEN, &len), CE_NOT_SUPPORTED);
	memset(block + 1, 0x77, RSA_LEN - 1);
	ck_assert_int_eq(ops->sign_raw(card, 0, span_of(block, RSA_LEN), signature, RSA_LEN, &len), CE_NOT_SUPPORTED);
}
END_TEST

START_TEST(rsa_decryption_gives_the_message_in_a_block_again)
{
	uint8_t block[RSA_LEN];
	uint8_t input[RSA_LEN];
	AUTO_SECRET out = SECRET_INIT;

	exchange_card("--key dec:RSA:2048 --key aut:RSA:2048");
	login(PIN_OTHER);
	for (size_t key = 0; key < 2; key++) {
		fill_block(block, 2, 48);
		block[2] = 0x01; /* what the padding is made of is lost */
		rsa_public(ops->key(card, key), block, input);
		ck_assert_int_eq(ops->rsa_decrypt_raw(card, key, span_of(input, RSA_LEN), &out), CE_OK);
		block[2] = 0xFF;
		ck_assert(span_equal(secret_span(&out), span_of(block, RSA_LEN)));
	}
	fill_block(block, 1, 48);
	rsa_public(ops->key(card, 0), block, input);
	ck_assert_int_ne(ops->rsa_decrypt_raw(card, 0, span_of(input, RSA_LEN), &out), CE_OK);
}
END_TEST

START_TEST(logout_ends_what_the_pin_allowed)
{
	struct ec_peer *peer = ec_peer_new("X25519");
	AUTO_SECRET z = SECRET_INIT;

	login(PIN_OTHER);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, ec_peer_point(peer), &z), CE_OK);
	ck_assert_int_eq(ops->logout(card), CE_OK);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, ec_peer_point(peer), &z), CE_NOT_AUTHENTICATED);
	ec_peer_free(peer);
}
END_TEST

static struct span text(const char *value)
{
	return span_of(value, strlen(value));
}

/* PW1 has two references and one value; PW3 is the security officer's, whom the card verifies. */
START_TEST(pw3_unblocks_pw1)
{
	const size_t admin = ops->pin(card, PIN_OTHER)->unblocked_by;
	int tries = 77;

	ck_assert_uint_ne(admin, CRD_NO_INDEX);
	ck_assert(ops->pin(card, admin)->so);
	ck_assert(!ops->pin(card, admin)->unblocks_only);
	ck_assert_int_eq(ops->pin(card, admin)->tries_left, 3);
	for (int i = 0; i < 3; i++)
		(void)ops->pin_verify(card, PIN_OTHER, text("111111"), NULL);
	ck_assert_int_eq(ops->pin_verify(card, PIN_OTHER, text(PIN), NULL), CE_PIN_BLOCKED);
	ck_assert_int_eq(ops->pin_unblock(card, PIN_OTHER, text("99999999"), text("654321"), &tries), CE_PIN_WRONG);
	ck_assert_int_eq(tries, 2);
	ck_assert_int_eq(ops->pin_unblock(card, PIN_OTHER, text(PUK), text("654321"), &tries), CE_OK);
	ck_assert_int_eq(ops->pin(card, PIN_OTHER)->tries_left, 3);
	ck_assert_int_eq(ops->pin_verify(card, PIN_OTHER, text("654321"), NULL), CE_OK);
	ck_assert_int_eq(ops->pin_verify(card, admin, text(PUK), NULL), CE_OK);
}
END_TEST

START_TEST(pw1_and_pw3_are_changed)
{
	const size_t admin = ops->pin(card, PIN_OTHER)->unblocked_by;
	int tries = 77;

	ck_assert_int_eq(ops->pin_change(card, PIN_OTHER, text("111111"), text("654321"), &tries), CE_PIN_WRONG);
	ck_assert_int_eq(tries, 2);
	ck_assert_int_eq(ops->pin_change(card, PIN_OTHER, text(PIN), text("654321"), &tries), CE_OK);
	ck_assert_int_eq(ops->pin_verify(card, PIN_SIGN, text("654321"), NULL), CE_OK);
	ck_assert_int_eq(ops->pin_change(card, admin, text(PUK), text("87654321"), &tries), CE_OK);
	ck_assert_int_eq(ops->pin_verify(card, admin, text("87654321"), NULL), CE_OK);
	ck_assert_int_eq(ops->pin_change(card, PIN_OTHER, text("654321"), text("123"), NULL), CE_PIN_LENGTH);
	ck_assert_int_eq(ops->pin_change(card, PIN_OTHER, text("654321"), text("ABCdef1"), NULL), CE_OK);
}
END_TEST

/* Z is taken from the card itself; this driver has it in the answer without anything around it. */
START_TEST(no_z_is_left_in_memory_after_it_is_cleared)
{
	struct ec_peer *peer = ec_peer_new("X25519");
	AUTO_SECRET z = SECRET_INIT;
	struct memory_scan *scan;
	struct memory_scan *as_text = NULL;
	const bool comes_back = freed_memory_comes_back();

	login(PIN_OTHER);
	ck_assert_int_eq(ops->ecdh(card, KEY_DEC, ec_peer_point(peer), &z), CE_OK);
	scan = memory_scan_new(z.data, z.len);
	as_text = memory_scan_new_text(z.data, 8);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 1);
	secret_clear(&z);
	ck_assert_uint_eq(memory_scan_count(scan, NULL, 0), 0);
	ck_assert(!comes_back || memory_scan_count(as_text, NULL, 0) == 0);
	memory_scan_free(scan);
	memory_scan_free(as_text);
	ec_peer_free(peer);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keys_of_rfc_7748_and_rfc_8032_are_listed);
	tcase_add_test(tc, certificates_are_those_of_the_keys_that_can_sign_them);
	tcase_add_test(tc, pins_are_two_uses_of_pw1_and_pw3_for_the_officer);
	tcase_add_test(tc, x25519_gives_what_the_other_side_computes);
	tcase_add_test(tc, x25519_is_that_of_rfc_7748);
	tcase_add_test(tc, peers_of_the_wrong_length_cost_no_command_and_those_of_small_order_give_nothing);
	tcase_add_loop_test(tc, ecdh_on_nist_curves_gives_what_the_other_side_computes, 0, ARRAY_COUNT(nist));
	tcase_add_loop_test(tc, ecdsa_by_the_signature_and_the_authentication_key_verifies, 0, ARRAY_COUNT(nist));
	tcase_add_test(tc, ed25519_by_the_signature_and_the_authentication_key_verifies);
	tcase_add_test(tc, an_rsa_signature_comes_of_what_the_padding_holds);
	tcase_add_test(tc, rsa_decryption_gives_the_message_in_a_block_again);
	tcase_add_test(tc, logout_ends_what_the_pin_allowed);
	tcase_add_test(tc, pw3_unblocks_pw1);
	tcase_add_test(tc, pw1_and_pw3_are_changed);
	tcase_add_test(tc, no_z_is_left_in_memory_after_it_is_cleared);
}

TEST_MAIN("card/openpgp", add)
