/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever bytes a card is sent, it answers with a status word, and its file stays a card.
 *
 * An input is a byte that says which card it is for (bit 2: one with the OpenPGP application; else PIV) and what was
 * done before (bit 0: PIN verified, for OpenPGP both uses of PW1; bit 1: card management key proven, PW3 verified), then
 * commands, each after two bytes with its length. As a fuzzer:
 *
 *     ./configure CC=clang CFLAGS='-g -O1 -fsanitize=fuzzer-no-link' --enable-sanitizers=address,undefined
 *     make tests/fuzz/fuzz_apdu_libfuzzer && tests/fuzz/fuzz_apdu_libfuzzer CORPUS-FOLDER
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ossl.h"
#include "card/softcard/buffer.h"
#include "card/softcard/keys.h"
#include "card/softcard/personalise.h"
#include "card/softcard/softcard.h"
#include "card/softcard/tlv.h"
#include "tests/fuzz/fuzz.h"

#define WITH_PIN 1u
#define WITH_ADMIN 2u
#define WITH_OPENPGP 4u
#define INS_GENERATE 0x47u
#define BLOCK_LEN 8

static struct target {
	char path[256];
	struct secret pristine; /* the card's file as it was made */
	struct stat restored;
} targets[STATE_APPLET_COUNT];
static struct target *target; /* of the present input */
static uint8_t answer[APDU_ANSWER_MAX];

/* In a fuzz target an unmet expectation is a finding. */
static void must(bool condition, const char *what)
{
	if (condition)
		return;
	(void)fprintf(stderr, "fuzz_apdu: %s\n", what);
	abort();
}

static void put_key(struct state *state, uint8_t reference, const char *kind)
{
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	struct personalise_key key = { .reference = reference, .subject = "fuzz" };

	must(key_generate(key_kind_by_name(kind), &pkcs8), "no key");
	pkey = key_unpack(secret_span(&pkcs8));
	key.pkey = pkey;
	must(personalise_put_key(state, &key) == PERSONALISE_OK, "no key on the card");
}

static void read_back(struct target *made)
{
	FILE *file = fopen(made->path, "re");
	struct secret *pristine = &made->pristine;
	struct stat seen;

	must(file != NULL && fstat(fileno(file), &seen) == 0 && secret_alloc(pristine, (size_t)seen.st_size) &&
		     fread(pristine->data, 1, pristine->len, file) == pristine->len,
	     "the card's file cannot be read");
	(void)fclose(file);
}

static void remove_files_of(struct target *made)
{
	static const char *const endings[] = { "", ".lock", ".count" };
	char name[sizeof(made->path) + 8];

	for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
		(void)snprintf(name, sizeof(name), "%.*s%s", (int)sizeof(made->path), made->path, endings[i]);
		(void)unlink(name);
	}
	*strrchr(made->path, '/') = '\0';
	(void)rmdir(made->path);
	secret_clear(&made->pristine);
}

static void remove_files(void)
{
	for (size_t i = 0; i < ARRAY_COUNT(targets); i++)
		remove_files_of(&targets[i]);
}

static void put_keys(struct state *state)
{
	if (state->applet == STATE_OPENPGP) {
		put_key(state, 0xB6, "Ed25519");
		put_key(state, 0xB8, "X25519");
		put_key(state, 0xA4, "RSA:2048");
		return;
	}
	put_key(state, 0x9A, "EC:P-256");
	put_key(state, 0x9C, "RSA:2048");
	put_key(state, 0x9D, "EC:P-384");
	put_key(state, 0x9E, "EC:P-256");
	put_key(state, 0x82, "EC:P-256");
}

static void make_card(enum state_applet applet)
{
	const struct personalise_card card = {
		.applet = applet,
		.pin = span_of("123456", 6),
		.puk = span_of("12345678", 8),
		.pin_tries = STATE_TRIES_MAX,
		.puk_tries = STATE_TRIES_MAX,
		.admin_algorithm = PERSONALISE_ADMIN_ALGORITHM,
		.admin_key = personalise_admin_key,
	};
	/* Files are written at each PIN: in memory, if there is a place. */
	char directory[] = "/dev/shm/fuzz-apdu-XXXXXX";
	char elsewhere[] = "/tmp/fuzz-apdu-XXXXXX";
	struct state *state = NULL;
	const char *made = mkdtemp(directory);

	if (made == NULL)
		made = mkdtemp(elsewhere);
	must(made != NULL, "no folder");
	(void)snprintf(targets[applet].path, sizeof(targets[applet].path), "%s/card", made);
	must(personalise_new(&card, &state) == PERSONALISE_OK, "no card");
	put_keys(state);
	must(store_create(targets[applet].path, &state, true) == STORE_OK, "no card file");
	read_back(&targets[applet]);
}

static void make_cards(void)
{
	must(ossl_acquire(), "no OpenSSL");
	make_card(STATE_PIV);
	make_card(STATE_OPENPGP);
	must(atexit(remove_files) == 0, "no atexit");
}

/* Begin each input with the card as it was made; its file is written only if an input changed it. */
static void restore_card(void)
{
	struct stat *restored = &target->restored;
	struct store_view view = { .result = STORE_OK };
	struct stat seen;
	FILE *file;

	must(store_look(target->path, &view) == STORE_OK, "the file is no card any more");
	must(stat(target->path, &seen) == 0, "there is no file any more");
	if (seen.st_ino == restored->st_ino && seen.st_mtim.tv_sec == restored->st_mtim.tv_sec &&
	    seen.st_mtim.tv_nsec == restored->st_mtim.tv_nsec)
		return;
	file = fopen(target->path, "we");
	must(file != NULL && fwrite(target->pristine.data, 1, target->pristine.len, file) == target->pristine.len &&
		     fclose(file) == 0 && stat(target->path, restored) == 0,
	     "the card's file cannot be written");
}

static unsigned send_command(struct softcard *card, struct span command)
{
	size_t len = 0;
	unsigned sw;

	must(softcard_transmit(card, command, answer, &len) == STORE_OK, "no answer");
	must(len >= 2 && len <= sizeof(answer), "an answer without a status word");
	sw = (unsigned)answer[len - 2] << 8 | answer[len - 1];
	must(sw == SW_OK || (sw & 0xFF00u) == SW_MORE || (sw >= 0x6300 && sw <= 0x6F00), "no status word");
	/* Data come with success alone. */
	must(len == 2 || sw == SW_OK || (sw & 0xFF00u) == SW_MORE, "data with a refusal");
	return sw;
}

static void prove_admin(struct softcard *card)
{
	static const uint8_t ask[] = { 0x00, 0x87, 0x03, 0x9B, 0x04, 0x7C, 0x02, 0x81, 0x00, 0x00 };
	uint8_t proof[9 + BLOCK_LEN] = { 0x00, 0x87, 0x03, 0x9B, 0x0C, 0x7C, 0x0A, 0x82, 0x08 };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	must(send_command(card, span_of(ask, sizeof(ask))) == SW_OK, "no challenge");
	must(EVP_EncryptInit_ex(ctx, EVP_des_ede3_ecb(), NULL, personalise_admin_key.data, NULL) == 1 &&
		     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		     EVP_EncryptUpdate(ctx, proof + 9, &len, answer + 4, BLOCK_LEN) == 1,
	     "no cipher");
	EVP_CIPHER_CTX_free(ctx);
	must(send_command(card, span_of(proof, sizeof(proof))) == SW_OK, "not believed");
}

static void prepare_openpgp(struct softcard *card, uint8_t how)
{
	static const uint8_t pw1[] = { 0x00, 0x20, 0x00, 0x81, 0x06, '1', '2', '3', '4', '5', '6' };
	static const uint8_t pw1_other[] = { 0x00, 0x20, 0x00, 0x82, 0x06, '1', '2', '3', '4', '5', '6' };
	static const uint8_t pw3[] = { 0x00, 0x20, 0x00, 0x83, 0x08, '1', '2', '3', '4', '5', '6', '7', '8' };

	if ((how & WITH_PIN) != 0)
		must(send_command(card, span_of(pw1, sizeof(pw1))) == SW_OK &&
			     send_command(card, span_of(pw1_other, sizeof(pw1_other))) == SW_OK,
		     "PW1 is not PW1");
	if ((how & WITH_ADMIN) != 0)
		must(send_command(card, span_of(pw3, sizeof(pw3))) == SW_OK, "PW3 is not PW3");
}

static void prepare_piv(struct softcard *card, uint8_t how)
{
	static const uint8_t verify[] = { 0x00, 0x20, 0x00, 0x80, 0x08, '1', '2', '3', '4', '5', '6', 0xFF, 0xFF };

	if ((how & WITH_PIN) != 0)
		must(send_command(card, span_of(verify, sizeof(verify))) == SW_OK, "the PIN is not the PIN");
	if ((how & WITH_ADMIN) != 0)
		prove_admin(card);
}

/* Making RSA keys takes seconds, and finds nothing. */
static bool is_slow(struct span command)
{
	if (command.len < 3 || command.data[1] != INS_GENERATE)
		return false;
	if (target == &targets[STATE_OPENPGP])
		return command.data[2] == 0x80;
	for (size_t i = 2; i + 2 < command.len; i++)
		if (command.data[i] == 0x80 && command.data[i + 1] == 1 && command.data[i + 2] != 0x11 &&
		    command.data[i + 2] != 0x14)
			return true;
	return false;
}

static void send_commands(struct softcard *card, struct span rest)
{
	while (rest.len > 2) {
		size_t len = (size_t)rest.data[0] << 8 | rest.data[1];

		rest = span_of(rest.data + 2, rest.len - 2);
		if (len > rest.len)
			len = rest.len;
		if (!is_slow(span_of(rest.data, len)))
			(void)send_command(card, span_of(rest.data, len));
		rest = span_of(rest.data + len, rest.len - len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(softcard_close) struct softcard *card = NULL;

	if (targets[0].path[0] == '\0')
		make_cards();
	if (size < 1)
		return 0;
	target = &targets[(data[0] & WITH_OPENPGP) != 0 ? STATE_OPENPGP : STATE_PIV];
	restore_card();
	must(softcard_open(target->path, &card) == STORE_OK, "the card cannot be opened");
	if (target == &targets[STATE_OPENPGP])
		prepare_openpgp(card, data[0]);
	else
		prepare_piv(card, data[0]);
	send_commands(card, span_of(data + 1, size - 1));
	return 0;
}
