/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/softcard_test.h"

#include <check.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ossl.h"
#include "card/softcard/buffer.h"
#include "card/softcard/certificate.h"
#include "card/softcard/keys.h"
#include "card/softcard/tlv.h"
#include "tests/unit/softcard_crypt.h"

#define PIECE_MAX 255u

static EVP_PKEY *read_key(const char *bits)
{
	EVP_PKEY *pkey;
	uint8_t pem[8192];
	char path[1024];
	FILE *file;
	size_t len;

	(void)snprintf(path, sizeof(path), TEST_SRCDIR "/tests/unit/softcard-rsa%s.pem", bits);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(pem, 1, sizeof(pem), file);
	(void)fclose(file);
	pkey = certificate_read_key(span_of(pem, len));
	ck_assert_ptr_nonnull(pkey);
	return pkey;
}

EVP_PKEY *fixture_key(const char *kind)
{
	AUTO_SECRET pkcs8 = SECRET_INIT;
	EVP_PKEY *pkey;

	if (strncmp(kind, "RSA:", 4) == 0)
		return read_key(kind + 4);
	ck_assert(key_generate(key_kind_by_name(kind), &pkcs8));
	pkey = key_unpack(secret_span(&pkcs8));
	ck_assert_ptr_nonnull(pkey);
	return pkey;
}

static void put_key(struct state *state, uint8_t reference, const char *kind)
{
	AUTO(key_free) EVP_PKEY *pkey = fixture_key(kind);
	const struct personalise_key key = { .reference = reference, .pkey = pkey, .subject = "test" };

	ck_assert_int_eq(personalise_put_key(state, &key), PERSONALISE_OK);
}

static void make_card(const char *path, const char *const *keys, const struct personalise_card *card)
{
	struct state *state = NULL;

	ck_assert_int_eq(personalise_new(card, &state), PERSONALISE_OK);
	for (; *keys != NULL; keys++)
		put_key(state, (uint8_t)strtoul(*keys, NULL, 16), strchr(*keys, ':') + 1);
	ck_assert_int_eq(store_create(path, &state, true), STORE_OK);
	ck_assert_ptr_null(state);
}

void fixture_make_card(const char *path, const char *const *keys, uint8_t algorithm, struct span admin_key)
{
	const struct personalise_card card = {
		.pin = span_of(FIXTURE_PIN, strlen(FIXTURE_PIN)),
		.puk = span_of(FIXTURE_PUK, strlen(FIXTURE_PUK)),
		.pin_tries = 3,
		.puk_tries = 3,
		.admin_algorithm = algorithm,
		.admin_key = admin_key,
	};

	make_card(path, keys, &card);
}

/* A directory for a card file. */
static struct fixture *begin(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const char *temporary = getenv("TMPDIR");

	ck_assert_ptr_nonnull(fixture);
	ck_assert(ossl_acquire());
	(void)snprintf(fixture->directory, sizeof(fixture->directory), "%s/softcard-XXXXXX",
		       temporary != NULL ? temporary : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(fixture->directory));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/card", fixture->directory);
	return fixture;
}

static struct fixture *power_up(struct fixture *fixture)
{
	ck_assert_int_eq(softcard_open(fixture->path, &fixture->card), STORE_OK);
	return fixture;
}

struct fixture *fixture_new_admin(const char *const *keys, uint8_t algorithm, struct span admin_key)
{
	struct fixture *fixture = begin();

	fixture_make_card(fixture->path, keys, algorithm, admin_key);
	return power_up(fixture);
}

struct fixture *fixture_new_openpgp(const char *const *keys)
{
	const struct personalise_card card = {
		.applet = STATE_OPENPGP,
		.pin = span_of(FIXTURE_PIN, strlen(FIXTURE_PIN)),
		.puk = span_of(FIXTURE_PUK, strlen(FIXTURE_PUK)),
		.pin_tries = 3,
		.puk_tries = 3,
	};
	struct fixture *fixture = begin();

	make_card(fixture->path, keys, &card);
	return power_up(fixture);
}

struct fixture *fixture_new(const char *const *keys)
{
	return fixture_new_admin(keys, PERSONALISE_ADMIN_ALGORITHM, personalise_admin_key);
}

static void remove_files(const char *directory)
{
	DIR *stream = opendir(directory);
	const struct dirent *entry;
	char path[FIXTURE_PATH_MAX + 300];

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.')
			ck_assert_int_eq(unlink(path), 0);
	}
	(void)closedir(stream);
	ck_assert_int_eq(rmdir(directory), 0);
}

void fixture_free(struct fixture *fixture)
{
	softcard_close(&fixture->card);
	remove_files(fixture->directory);
	free(fixture);
	ossl_release();
}

void fixture_import(struct fixture *fixture, uint8_t reference, const char *kind)
{
	AUTO(store_close) struct store *store = NULL;

	ck_assert_int_eq(store_open(fixture->path, &store), STORE_OK);
	ck_assert_int_eq(store_lock(store), STORE_OK);
	put_key(store_state(store), reference, kind);
	ck_assert_int_eq(store_commit(store), STORE_OK);
	softcard_reset(fixture->card);
}

unsigned fixture_send(struct fixture *fixture, struct span command)
{
	size_t len = 0;

	ck_assert_int_eq(softcard_transmit(fixture->card, command, fixture->answer, &len), STORE_OK);
	ck_assert_uint_ge(len, 2);
	fixture->data = span_of(fixture->answer, len - 2);
	return (unsigned)fixture->answer[len - 2] << 8 | fixture->answer[len - 1];
}

void fixture_read_hex(const char *hex, struct secret *ret_bytes)
{
	const size_t len = strlen(hex) / 2;

	ck_assert_uint_eq(strlen(hex) % 2, 0);
	ck_assert(secret_alloc(ret_bytes, len));
	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
		ret_bytes->data[i] = (uint8_t)byte;
	}
}

unsigned fixture_hex(struct fixture *fixture, const char *hex)
{
	AUTO_SECRET command = SECRET_INIT;

	fixture_read_hex(hex, &command);
	return fixture_send(fixture, secret_span(&command));
}

static unsigned send_piece(struct fixture *fixture, const char *header, struct span piece, bool last)
{
	AUTO_SECRET command = SECRET_INIT;

	fixture_read_hex(header, &command);
	if (!last)
		command.data[0] |= 0x10;
	ck_assert(buffer_add_byte(&command, (uint8_t)piece.len));
	ck_assert(buffer_add(&command, piece));
	ck_assert(!last || buffer_add_byte(&command, 0));
	return fixture_send(fixture, secret_span(&command));
}

unsigned fixture_chain(struct fixture *fixture, const char *header, struct span data, struct secret *ret_answer)
{
	unsigned sw;

	for (; data.len > PIECE_MAX; data = span_of(data.data + PIECE_MAX, data.len - PIECE_MAX)) {
		sw = send_piece(fixture, header, span_of(data.data, PIECE_MAX), false);
		if (sw != SW_OK)
			return sw;
	}
	sw = send_piece(fixture, header, data, true);
	secret_clear(ret_answer);
	ck_assert(buffer_add(ret_answer, fixture->data));
	while ((sw & 0xFF00u) == SW_MORE) {
		sw = fixture_hex(fixture, "00C0000000");
		ck_assert(buffer_add(ret_answer, fixture->data));
	}
	return sw;
}

void fixture_admin(struct fixture *fixture)
{
	AUTO_SECRET answer = SECRET_INIT;
	AUTO_SECRET command = SECRET_INIT;
	struct span witness;

	ck_assert_uint_eq(fixture_hex(fixture, "0087039B047C02810000"), SW_OK);
	ck_assert(tlv_only(fixture->data, 0x7C, &witness) && tlv_only(witness, 0x81, &witness));
	crypt_block("DES-EDE3-ECB", true, personalise_admin_key, witness, &answer);
	fixture_read_hex("0087039B0C7C0A8208", &command);
	ck_assert(buffer_add(&command, secret_span(&answer)));
	ck_assert_uint_eq(fixture_send(fixture, secret_span(&command)), SW_OK);
}

EVP_PKEY *fixture_public_key(const struct fixture *fixture, uint8_t reference)
{
	AUTO(store_close) struct store *store = NULL;
	const unsigned char *at;
	struct span der;
	EVP_PKEY *pkey;
	X509 *x509;

	ck_assert_int_eq(store_open(fixture->path, &store), STORE_OK);
	ck_assert(personalise_certificate(store_state(store), reference, &der));
	at = der.data;
	x509 = d2i_X509(NULL, &at, (long)der.len);
	ck_assert_ptr_nonnull(x509);
	pkey = X509_get_pubkey(x509);
	X509_free(x509);
	ck_assert_ptr_nonnull(pkey);
	return pkey;
}

unsigned fixture_pin_tries(const struct fixture *fixture)
{
	AUTO(store_close) struct store *store = NULL;

	ck_assert_int_eq(store_open(fixture->path, &store), STORE_OK);
	return store_state(store)->pin.tries;
}
