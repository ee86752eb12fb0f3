/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* softcard-tool: new, key, import, pin. */
#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "card/softcard/certificate.h"
#include "card/softcard/keys.h"
#include "card/softcard/personalise.h"
#include "tools/softcard-tool-commands.h"

#define ADMIN_KEY_MAX 32u

#define OPTION_SUBJECT \
	{ "--subject", "NAME", "common name of the certificates that are made; the slot is added to it" }
#define OPTION_EMAIL { "--email", "ADDRESS", "mail address in the certificates that are made" }

static const struct {
	const char *name;
	uint8_t algorithm;
} admin_algorithms[] = {
	{ .name = "3des", .algorithm = 0x03 },
	{ .name = "aes128", .algorithm = 0x08 },
	{ .name = "aes192", .algorithm = 0x0A },
	{ .name = "aes256", .algorithm = 0x0C },
};

static struct span text_span(const char *text)
{
	return span_of(text, strlen(text));
}

static int personalise_failed(enum personalise_result result)
{
	return failed("%s", personalise_result_text(result));
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

static bool read_hex(const char *text, struct secret *ret_bytes)
{
	const size_t len = strlen(text) / 2;

	if (strlen(text) % 2 != 0 || len > ADMIN_KEY_MAX || !secret_alloc(ret_bytes, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		const int high = hex_digit(text[2 * i]);
		const int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret_bytes->data[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The card management key that was asked for; *key_bytes holds it. */
static bool read_admin(const struct arguments *arguments, struct personalise_card *card, struct secret *key_bytes)
{
	const char *algorithm = arguments_get(arguments, "--admin-algorithm", 0);
	const char *key = arguments_get(arguments, "--admin-key", 0);

	card->admin_algorithm = PERSONALISE_ADMIN_ALGORITHM;
	card->admin_key = personalise_admin_key;
	for (size_t i = 0; algorithm != NULL && i < ARRAY_COUNT(admin_algorithms); i++) {
		if (strcasecmp(admin_algorithms[i].name, algorithm) == 0) {
			card->admin_algorithm = admin_algorithms[i].algorithm;
			algorithm = NULL;
		}
	}
	if (algorithm != NULL) {
		(void)misused("--admin-algorithm takes 3des, aes128, aes192 or aes256");
		return false;
	}
	if (key == NULL)
		return true;
	if (!read_hex(key, key_bytes)) {
		(void)misused("--admin-key takes hexadecimal digits, at most %u bytes", ADMIN_KEY_MAX);
		return false;
	}
	card->admin_key = secret_span(key_bytes);
	return true;
}

/* "9d:EC:prime256v1", "dec:X25519" */
static bool read_key_wish(enum state_applet applet, const char *text, uint8_t *ret_reference,
			  const struct key_kind **ret_kind)
{
	const size_t len = strcspn(text, ":");
	char slot[PERSONALISE_SLOT_MAX] = "";

	if (text[len] == ':' && len < sizeof(slot)) {
		memcpy(slot, text, len);
		*ret_kind = key_kind_by_name(text + len + 1);
		if (*ret_kind != NULL)
			return slot_of(applet, slot, ret_reference);
	}
	(void)misused("%s: a key is SLOT:TYPE, the type RSA:2048, RSA:3072, RSA:4096, EC:prime256v1, EC:secp384r1, "
		      "EC:secp521r1, X25519 or Ed25519",
		      text);
	return false;
}

static const char *subject_of(const struct state *state, const struct arguments *arguments)
{
	const char *subject = arguments_get(arguments, "--subject", 0);

	if (subject != NULL)
		return subject;
	return state->applet == STATE_PIV ? "PIV software card" : "OpenPGP software card";
}

static int put_new_key(struct state *state, const char *wish, const struct arguments *arguments)
{
	AUTO_SECRET pkcs8 = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	struct personalise_key key = {
		.subject = subject_of(state, arguments),
		.email = arguments_get(arguments, "--email", 0),
	};
	const struct key_kind *kind;
	enum personalise_result result;

	if (!read_key_wish(state->applet, wish, &key.reference, &kind))
		return EXIT_USAGE;
	if (!key_generate(kind, &pkcs8))
		return failed("%s: OpenSSL makes no such key", wish);
	pkey = key_unpack(secret_span(&pkcs8));
	if (pkey == NULL)
		return failed("%s: OpenSSL makes no such key", wish);
	key.pkey = pkey;
	result = personalise_put_key(state, &key);
	if (result == PERSONALISE_BAD_KEY)
		return misused("%s: %s", wish, personalise_result_text(result));
	return result == PERSONALISE_OK ? EXIT_DONE : personalise_failed(result);
}

static bool read_applet(const struct arguments *arguments, enum state_applet *ret_applet)
{
	const char *name = arguments_get(arguments, "--applet", 0);

	if (name == NULL || strcasecmp(name, "piv") == 0 || strcasecmp(name, "openpgp") == 0) {
		*ret_applet = name != NULL && strcasecmp(name, "openpgp") == 0 ? STATE_OPENPGP : STATE_PIV;
		return true;
	}
	(void)misused("--applet takes piv or openpgp");
	return false;
}

static int make_state(const struct arguments *arguments, struct state **ret_state)
{
	const char *pin = arguments_get(arguments, "--pin", 0);
	const char *puk = arguments_get(arguments, "--puk", 0);
	struct personalise_card card = {
		.pin = text_span(pin != NULL ? pin : "123456"),
		.puk = text_span(puk != NULL ? puk : "12345678"),
		.pin_tries = 3,
		.puk_tries = 3,
	};
	AUTO_SECRET admin_key = SECRET_INIT;
	enum personalise_result result;

	if (!arguments_number(arguments, "--pin-tries", 1, STATE_TRIES_MAX, &card.pin_tries) ||
	    !arguments_number(arguments, "--puk-tries", 1, STATE_TRIES_MAX, &card.puk_tries) ||
	    !read_applet(arguments, &card.applet) || !read_admin(arguments, &card, &admin_key))
		return EXIT_USAGE;
	result = personalise_new(&card, ret_state);
	return result == PERSONALISE_OK ? EXIT_DONE : personalise_failed(result);
}

static int run_new(const struct arguments *arguments)
{
	const char *path = arguments_get(arguments, NULL, 0);
	const bool force = arguments_get(arguments, "--force", 0) != NULL;
	AUTO(state_free) struct state *state = NULL;
	enum store_result result;
	const char *wish;
	int code = make_state(arguments, &state);

	for (size_t i = 0; code == EXIT_DONE && (wish = arguments_get(arguments, "--key", i)) != NULL; i++)
		code = put_new_key(state, wish, arguments);
	if (code != EXIT_DONE)
		return code;
	result = store_create(path, &state, force);
	return result == STORE_OK ? EXIT_DONE : failed("%s: %s", path, store_result_text(result));
}

const struct command_row command_new = {
	.name = "new",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Make a card.",
	.options = (const struct option_row[]){
		{ "--applet", "NAME", "piv (usual) or openpgp" },
		{ "--pin", "PIN", "6 to 8 digits; 123456 unless given; of OpenPGP PW1, 6 to 64 characters" },
		{ "--puk", "PUK", "6 to 8 characters; 12345678 unless given; of OpenPGP PW3, 8 to 64" },
		{ "--pin-tries", "NUMBER", "wrong PINs in a row until it is blocked, 1 to 15; 3 unless given" },
		{ "--puk-tries", "NUMBER", "the same for the PUK" },
		{ "--key", "SLOT:TYPE", "a key and a certificate: 9d:EC:prime256v1, OpenPGP dec:X25519; may be repeated" },
		OPTION_SUBJECT,
		OPTION_EMAIL,
		{ "--admin-algorithm", "NAME", "of the card management key: 3des (usual), aes128, aes192, aes256" },
		{ "--admin-key", "HEX", "the card management key; 01..08 three times unless given" },
		{ "--force", NULL, "replace a card that is there" },
		{ NULL, NULL, NULL },
	},
	.run = run_new,
};

static int commit(struct store *store)
{
	const enum store_result result = store_commit(store);

	return result == STORE_OK ? EXIT_DONE : failed("%s", store_result_text(result));
}

static int run_key(const struct arguments *arguments)
{
	AUTO(store_close) struct store *store = card_of(arguments);
	const char *wish;
	int code = EXIT_DONE;

	if (store == NULL)
		return EXIT_FAILED;
	for (size_t i = 1; code == EXIT_DONE && (wish = arguments_get(arguments, NULL, i)) != NULL; i++)
		code = put_new_key(store_state(store), wish, arguments);
	return code == EXIT_DONE ? commit(store) : code;
}

const struct command_row command_key = {
	.name = "key",
	.operands = "CARD SLOT:TYPE...",
	.operands_least = 2,
	.operands_most = ARGUMENT_VALUES_MAX,
	.help = "Make keys and self-signed certificates on a card; what was in their slots is gone.",
	.options = (const struct option_row[]){ OPTION_SUBJECT, OPTION_EMAIL, { NULL, NULL, NULL } },
	.run = run_key,
};

static int read_certificate(const char *path, struct secret *ret_der)
{
	AUTO_SECRET bytes = SECRET_INIT;

	if (path == NULL)
		return EXIT_DONE;
	if (!file_read(path, &bytes))
		return EXIT_FAILED;
	return certificate_read(secret_span(&bytes), ret_der) ? EXIT_DONE : failed("%s: is no certificate", path);
}

static int import(const struct arguments *arguments, struct personalise_key *key)
{
	AUTO(store_close) struct store *store = card_of(arguments);
	enum personalise_result result;

	if (store == NULL)
		return EXIT_FAILED;
	if (!slot_of(store_state(store)->applet, arguments_get(arguments, NULL, 1), &key->reference))
		return EXIT_USAGE;
	key->subject = subject_of(store_state(store), arguments);
	result = personalise_put_key(store_state(store), key);
	return result == PERSONALISE_OK ? commit(store) : personalise_failed(result);
}

static int run_import(const struct arguments *arguments)
{
	const char *key_file = arguments_get(arguments, "--key", 0);
	struct personalise_key key = { .email = arguments_get(arguments, "--email", 0) };
	AUTO_SECRET key_bytes = SECRET_INIT;
	AUTO_SECRET der = SECRET_INIT;
	AUTO(key_free) EVP_PKEY *pkey = NULL;

	if (key_file == NULL)
		return misused("import needs --key");
	if (!file_read(key_file, &key_bytes) ||
	    read_certificate(arguments_get(arguments, "--cert", 0), &der) != EXIT_DONE)
		return EXIT_FAILED;
	pkey = certificate_read_key(secret_span(&key_bytes));
	if (pkey == NULL)
		return failed("%s: is no private key, or an encrypted one", key_file);
	key.pkey = pkey;
	key.certificate = secret_span(&der);
	return import(arguments, &key);
}

const struct command_row command_import = {
	.name = "import",
	.operands = "CARD SLOT",
	.operands_least = 2,
	.operands_most = 2,
	.help = "Put a private key on a card, with its certificate or one that is made.",
	.options = (const struct option_row[]){
		{ "--key", "FILE", "the private key, PEM or DER, not encrypted" },
		{ "--cert", "FILE", "its certificate, PEM or DER; a self-signed one is made unless given" },
		OPTION_SUBJECT,
		OPTION_EMAIL,
		{ NULL, NULL, NULL },
	},
	.run = run_import,
};

static int run_pin(const struct arguments *arguments)
{
	AUTO(store_close) struct store *store = NULL;
	const char *pin = arguments_get(arguments, "--set", 0);
	const char *puk = arguments_get(arguments, "--set-puk", 0);
	const bool unblock = arguments_get(arguments, "--unblock", 0) != NULL;
	enum personalise_result result = PERSONALISE_OK;
	struct state *state;

	if (pin == NULL && puk == NULL && !unblock)
		return misused("pin needs --set, --set-puk or --unblock");
	store = card_of(arguments);
	if (store == NULL)
		return EXIT_FAILED;
	state = store_state(store);
	if (unblock) {
		state->pin.tries = state->pin.limit;
		state->puk.tries = state->puk.limit;
	}
	if (pin != NULL)
		result = personalise_set_pin(state, text_span(pin));
	if (result == PERSONALISE_OK && puk != NULL)
		result = personalise_set_puk(state, text_span(puk));
	return result == PERSONALISE_OK ? commit(store) : personalise_failed(result);
}

const struct command_row command_pin = {
	.name = "pin",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Set the PIN or the PUK of a card as its issuer, without knowing the present one.",
	.options = (const struct option_row[]){
		{ "--set", "PIN", "a new PIN, with all its tries" },
		{ "--set-puk", "PUK", "a new PUK, with all its tries" },
		{ "--unblock", NULL, "give PIN and PUK all their tries again" },
		{ NULL, NULL, NULL },
	},
	.run = run_pin,
};
