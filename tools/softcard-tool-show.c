/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* softcard-tool: env, cert, info, count. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card/softcard/certificate.h"
#include "card/softcard/keys.h"
#include "card/softcard/personalise.h"
#include "tools/softcard-tool-commands.h"

#define PROVIDER_FILE "softcard-pcsc.so"
#define READER_USUAL "Software Card 00"

static const struct option_row no_options[] = { { NULL, NULL, NULL } };

static void free_text(char **text)
{
	free(*text);
}

static void close_file(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

/* directory/name if there is such a file; owned by the caller. */
static char *find_in(const char *directory, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return NULL;
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/*
 * The provider library: what --provider or the environment says; else what lies in .libs beside this program (it
 * runs in the tree it was built in); else what was installed.
 */
static char *provider_of(const struct arguments *arguments)
{
	const char *given = arguments_get(arguments, "--provider", 0);
	char program[PATH_MAX];
	const char *directory;
	char *found = NULL;
	ssize_t len;

	if (given == NULL)
		given = getenv("SOFTCARD_PROVIDER");
	if (given != NULL)
		return strdup(given);
	len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (len > 0) {
		program[len] = '\0';
		directory = dirname(program);
		found = find_in(directory, ".libs/" PROVIDER_FILE);
		/* libtool may keep the program itself in .libs, too */
		if (found == NULL)
			found = find_in(directory, PROVIDER_FILE);
	}
	if (found != NULL)
		return found;
	return strdup(PKGLIBDIR "/" PROVIDER_FILE);
}

/* Whether a text can stand between quotation marks in OpenSC's configuration file. */
static bool can_be_configured(const char *text)
{
	return text != NULL && text[0] != '\0' && strpbrk(text, "\"\\\n\r") == NULL;
}

static bool write_configuration(const char *file, const char *provider, const char *reader, const char *card)
{
	AUTO(close_file) FILE *out = fopen(file, "we");

	if (out == NULL)
		return false;
	(void)fprintf(out,
		      "# OpenSC with the software card %s\n"
		      "app default {\n"
		      "\treader_driver pcsc {\n"
		      "\t\tprovider_library = \"%s\";\n"
		      "\t}\n"
		      "\tframework pkcs15 {\n"
		      "\t\tuse_file_caching = no;\n"
		      "\t}\n"
		      "}\n"
		      "app softcard {\n"
		      "\treader \"%s\" {\n"
		      "\t\tcard = \"%s\";\n"
		      "\t}\n"
		      "}\n",
		      card, provider, reader, card);
	return fflush(out) == 0 && ferror(out) == 0;
}

/* Print a text as one word of the shell. */
static void print_quoted(const char *text)
{
	(void)putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			(void)printf("'\\''");
		else
			(void)putchar(*text);
	}
	(void)putchar('\'');
}

static int run_env(const struct arguments *arguments)
{
	const char *reader = arguments_get(arguments, "--reader", 0);
	AUTO(free_text) char *card = realpath(arguments_get(arguments, NULL, 0), NULL);
	AUTO(free_text) char *provider = provider_of(arguments);
	AUTO(free_text) char *file = NULL;

	if (reader == NULL)
		reader = READER_USUAL;
	if (card == NULL)
		return failed("%s: %s", arguments_get(arguments, NULL, 0), strerror(errno));
	if (provider == NULL || asprintf(&file, "%s.conf", card) < 0)
		return failed("out of memory");
	if (!can_be_configured(card) || !can_be_configured(provider) || !can_be_configured(reader))
		return failed("OpenSC's configuration file has no way to say a name with a quotation mark, backslash "
			      "or line end");
	if (!write_configuration(file, provider, reader, card))
		return failed("%s: %s", file, strerror(errno));
	(void)printf("OPENSC_CONF=");
	print_quoted(file);
	(void)printf("; export OPENSC_CONF;\n");
	return EXIT_DONE;
}

const struct command_row command_env = {
	.name = "env",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Write CARD.conf for OpenSC, and print what a shell evaluates to make programs use it.",
	.options = (const struct option_row[]){
		{ "--reader", "NAME", "name of the reader; \"" READER_USUAL "\" unless given" },
		{ "--provider", "FILE", "the PC/SC provider library; found by itself unless given" },
		{ NULL, NULL, NULL },
	},
	.run = run_env,
};

static int run_cert(const struct arguments *arguments)
{
	const char *slot = arguments_get(arguments, NULL, 1);
	AUTO(store_close) struct store *store = NULL;
	AUTO_SECRET pem = SECRET_INIT;
	struct span der;
	uint8_t reference;

	store = card_of(arguments);
	if (store == NULL)
		return EXIT_FAILED;
	if (!slot_of(store_state(store)->applet, slot, &reference))
		return EXIT_USAGE;
	if (!personalise_certificate(store_state(store), reference, &der))
		return failed("there is no certificate in slot %s", slot);
	if (!certificate_to_pem(der, &pem))
		return failed("what is in slot %s is no certificate", slot);
	return fwrite(pem.data, 1, pem.len, stdout) == pem.len ? EXIT_DONE : failed("cannot write");
}

const struct command_row command_cert = {
	.name = "cert",
	.operands = "CARD SLOT",
	.operands_least = 2,
	.operands_most = 2,
	.help = "Print the certificate of a key as PEM.",
	.options = no_options,
	.run = run_cert,
};

static void print_pin(const char *name, const struct state_pin *pin)
{
	(void)printf("%s: %u of %u tries left%s\n", name, pin->tries, pin->limit, pin->tries == 0 ? ", blocked" : "");
}

static void print_admin_key(uint8_t algorithm)
{
	static const char *const names[] = {
		[0x03] = "3DES", [0x08] = "AES-128", [0x0A] = "AES-192", [0x0C] = "AES-256"
	};

	(void)printf("card management key: %s\n",
		     algorithm < ARRAY_COUNT(names) && names[algorithm] != NULL ? names[algorithm] : "?");
}

static const char *key_text(bool has_key, const struct key_kind *kind)
{
	if (!has_key)
		return "no key";
	return kind != NULL ? kind->name : "damaged key";
}

static void print_key(const struct state *state, size_t index)
{
	const uint8_t reference = state_key_reference(state->applet, index);
	char slot[PERSONALISE_SLOT_MAX];
	const struct secret *pkcs8 = &state->keys[index];
	AUTO(key_free) EVP_PKEY *pkey = NULL;
	AUTO_SECRET subject = SECRET_INIT;
	const struct key_kind *kind = NULL;
	const bool has_key = pkcs8->data != NULL;
	struct span der;
	const bool has_certificate =
		personalise_certificate(state, reference, &der) && certificate_subject(der, &subject);

	if (!has_key && !has_certificate)
		return;
	if (has_key)
		pkey = key_unpack(secret_span(pkcs8));
	if (pkey != NULL)
		kind = key_kind_of(pkey);
	personalise_slot_name(state->applet, reference, slot);
	(void)printf("slot %s: %s, certificate: ", slot, key_text(has_key, kind));
	if (has_certificate)
		(void)printf("%.*s\n", (int)subject.len, (const char *)subject.data);
	else
		(void)printf("none\n");
}

static int run_info(const struct arguments *arguments)
{
	AUTO(store_close) struct store *store = card_of(arguments);
	const struct state *state;

	if (store == NULL)
		return EXIT_FAILED;
	state = store_state(store);
	(void)printf("GUID: ");
	for (size_t i = 0; i < STATE_GUID_LEN; i++)
		(void)printf("%02x", (unsigned)state->guid[i]);
	(void)printf("\n");
	if (state->applet == STATE_PIV) {
		print_pin("PIN", &state->pin);
		print_pin("PUK", &state->puk);
		print_admin_key(state->admin_algorithm);
	} else {
		(void)printf("applet: OpenPGP\n");
		print_pin("PW1", &state->pin);
		print_pin("PW3", &state->puk);
		if (state->reset_code.value.data != NULL)
			print_pin("resetting code", &state->reset_code);
	}
	for (size_t i = 0; i < state_key_count(state->applet); i++)
		print_key(state, i);
	return EXIT_DONE;
}

const struct command_row command_info = {
	.name = "info",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Say what is on a card.",
	.options = no_options,
	.run = run_info,
};

static int run_count(const struct arguments *arguments)
{
	AUTO(store_close) struct store *store = card_of(arguments);
	struct store_count count;

	if (store == NULL)
		return EXIT_FAILED;
	count = store_count_get(store);
	if (arguments_get(arguments, "--reset", 0) != NULL)
		return store_count_reset(store) ? EXIT_DONE : failed("cannot write the count");
	(void)printf("commands %" PRIu64 " bytes %" PRIu64 "\n", count.commands, count.bytes);
	return EXIT_DONE;
}

const struct command_row command_count = {
	.name = "count",
	.operands = "CARD",
	.operands_least = 1,
	.operands_most = 1,
	.help = "Print how many commands, and bytes of commands and answers, the card has seen.",
	.options = (const struct option_row[]){
		{ "--reset", NULL, "begin to count anew, and print nothing" },
		{ NULL, NULL, NULL },
	},
	.run = run_count,
};
