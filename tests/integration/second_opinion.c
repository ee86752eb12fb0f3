/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The same derivations through any module, for test-second-opinion.sh, which runs this once for each module and lets
 * second_opinion.py compare what came out.
 *
 *     second_opinion keys SEED FOLDER               the run's EC keys as FOLDER/prime256v1.pem, FOLDER/secp384r1.pem
 *     second_opinion openssl SEED CASES             OpenSSL's opinion on every mechanism
 *     second_opinion card SEED CASES MODULE PIN     what a module derives; its EC keys are those of `keys`
 *     second_opinion token SEED CASES MODULE PIN    the same; EC keys are made with C_CreateObject
 *     second_opinion nss SEED CASES MODULE TEXT     the same; TEXT is for NSS' C_Initialize
 *     second_opinion nss2 SEED CASES MODULE TEXT    the same, and a password's length is a number (p11_pbkdf2_params)
 *     second_opinion pbkdf2 MODULE TEXT             whether NSS takes it so: older ones die of it
 *
 * A line that says what the module is: `library NAME VERSION`; for each mechanism that it lists `mechanism NAME` or its
 * number; and for each case, tab-separated: `case`, mechanism, number, the case in words, who (`module`, `kdf` or
 * `parts`), and the results in hexadecimal with colons between them, or `CKR 0x... C_Function`. Each mechanism has
 * CASES cases; one with many variants has half as many more.
 */
#include "config.h"

#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/integration/second_opinion.h"
#include "tests/p11/p11_module.h"

/* What NSS calls by a number of its own until it speaks PKCS#11 3.2 (pkcs11n.h). */
#define CKM_NSS (0x80000000UL | 0x4e534350UL)
static const struct {
	CK_MECHANISM_TYPE standard;
	CK_MECHANISM_TYPE vendor;
} aliases[] = {
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, CKM_NSS + 25 },
	{ CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, CKM_NSS + 26 },
};

static void print_head(const struct derive_case *c, size_t number, const char *who)
{
	char description[DESCRIPTION_ROOM];

	describe_case(c, description);
	printf("case\t%s\t%zu\t%s\t%s\t", c->m->name, number, description, who);
}

static void print_result(const struct derive_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		const struct span part = derive_result_part(result, i);

		if (i > 0)
			(void)putchar(':');
		for (size_t k = 0; k < part.len; k++)
			printf("%02x", part.data[k]);
	}
	(void)putchar('\n');
}

/* ---- OpenSSL --------------------------------------------------------------------------------------------------- */

static void openssl_mechanism(uint64_t seed, size_t cases, const struct derive_mechanism *m)
{
	for (size_t i = 0; i < draw_count(m, cases); i++) {
		struct drawn_case drawn;
		struct derive_result result;
		enum opinion_kind kind;

		draw_case(seed, m, i, &drawn);
		kind = openssl_opinion(&drawn.c, &result);
		if (kind == OPINION_NONE)
			continue;
		print_head(&drawn.c, i, kind == OPINION_KDF ? "kdf" : "parts");
		print_result(&result);
	}
}

static int openssl(uint64_t seed, size_t cases)
{
	/* Single DES and SEED are in the legacy provider; where it is missing, OpenSSL has no opinion on them. */
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy");
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");

	for (size_t i = 0; derive_mechanism_at(i) != NULL; i++)
		openssl_mechanism(seed, cases, derive_mechanism_at(i));
	(void)OSSL_PROVIDER_unload(legacy);
	(void)OSSL_PROVIDER_unload(usual);
	return EXIT_SUCCESS;
}

/* ---- a module -------------------------------------------------------------------------------------------------- */

struct module_run {
	uint64_t seed;
	size_t cases;
	bool both_password_forms;
	struct derive_session session;
};

static void run_cases(struct module_run *run, const struct derive_mechanism *m, CK_MECHANISM_TYPE mechanism)
{
	struct derive_mechanism under_its_name = *m;

	under_its_name.mechanism = mechanism;
	for (size_t i = 0; i < draw_count(m, run->cases); i++) {
		struct drawn_case drawn;
		struct derive_result result;
		CK_RV rv;

		draw_case(run->seed, m, i, &drawn);
		drawn.c.m = &under_its_name;
		if (run->both_password_forms)
			run->session.password_len_is_number = i % 2 == 0;
		rv = derive_case_run(&run->session, &drawn.c, &result);
		print_head(&drawn.c, i, "module");
		if (rv == CKR_OK)
			print_result(&result);
		else
			printf("CKR 0x%lx %s\n", rv, result.call != NULL ? result.call : "?");
	}
}

static const struct derive_mechanism *known_as(CK_MECHANISM_TYPE mechanism)
{
	for (size_t i = 0; i < ARRAY_COUNT(aliases); i++)
		if (aliases[i].vendor == mechanism)
			return derive_mechanism_find(aliases[i].standard);
	return derive_mechanism_find(mechanism);
}

static void run_mechanism(CK_MECHANISM_TYPE mechanism, void *context)
{
	struct module_run *run = context;
	const struct derive_mechanism *m = known_as(mechanism);

	if (m == NULL) {
		printf("mechanism\t0x%lx\n", mechanism);
		return;
	}
	printf("mechanism\t%s\n", m->name);
	run_cases(run, m, mechanism);
}

static void run_generation(CK_MECHANISM_TYPE mechanism, void *context)
{
	if (mechanism == CKM_PKCS5_PBKD2)
		run_mechanism(mechanism, context);
}

static void print_library(const struct p11_module *m)
{
	CK_INFO info;
	int len = sizeof(info.libraryDescription);

	if (m->f->C_GetInfo(&info) != CKR_OK)
		return;
	while (len > 0 && info.libraryDescription[len - 1] == ' ')
		len--;
	printf("library\t%.*s\t%u.%u\n", len, info.libraryDescription, info.libraryVersion.major,
	       info.libraryVersion.minor);
}

static int module(struct module_run *run, const struct p11_config *config)
{
	AUTO_P11 m = { .library = NULL };

	if (!p11_module_open(config, &m))
		return EXIT_FAILURE;
	run->session.f = m.f;
	run->session.session = m.session;
	print_library(&m);
	if (!p11_mechanisms(&m, CKF_DERIVE, run_mechanism, run) ||
	    !p11_mechanisms(&m, CKF_GENERATE, run_generation, run))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

/* The first case of PBKDF2, with the password's length as a number. */
static int number_form(const struct p11_config *config)
{
	AUTO_P11 m = { .library = NULL };
	struct drawn_case drawn;
	struct derive_result result;
	struct derive_session session = { .password_len_is_number = true };

	if (!p11_module_open(config, &m))
		return EXIT_FAILURE;
	session.f = m.f;
	session.session = m.session;
	draw_case(0, derive_mechanism_find(CKM_PKCS5_PBKD2), 0, &drawn);
	return derive_case_run(&session, &drawn.c, &result) == CKR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the keys -------------------------------------------------------------------------------------------------- */

static int keys(uint64_t seed, const char *folder)
{
	for (size_t i = 0; i < EC_CURVES; i++) {
		uint8_t d[EC_NUMBER_ROOM];
		char path[512];

		ec_private(seed, i, d);
		(void)snprintf(path, sizeof(path), "%s/%s.pem", folder, ec_curves[i].name);
		if (!ec_write_pem(i, d, path))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int usage(void)
{
	(void)fputs("usage: second_opinion keys SEED FOLDER\n"
		    "       second_opinion openssl SEED CASES\n"
		    "       second_opinion card|token|nss|nss2 SEED CASES MODULE PIN-OR-TEXT\n"
		    "       second_opinion pbkdf2 MODULE TEXT\n",
		    stderr);
	return EXIT_FAILURE;
}

/* card, token, nss or nss2 */
static int module_of_kind(const char *kind, struct module_run *run, char **path_and_text)
{
	const bool nss = strncmp(kind, "nss", 3) == 0;
	const struct p11_config config = {
		.path = path_and_text[0],
		.pin = nss ? NULL : path_and_text[1],
		.parameters = nss ? path_and_text[1] : NULL,
	};

	run->session.token_ec = run->both_password_forms = strcmp(kind, "card") == 0;
	run->session.password_len_is_number = strcmp(kind, "nss2") == 0;
	return nss || run->session.token_ec || strcmp(kind, "token") == 0 ? module(run, &config) : usage();
}

int main(int argc, char **argv)
{
	struct module_run run = { .cases = 0 };

	/* A module that ends the process leaves what came before. */
	(void)setvbuf(stdout, NULL, _IOLBF, 1 << 16);
	if (argc == 4 && strcmp(argv[1], "pbkdf2") == 0)
		return number_form(&(struct p11_config){ .path = argv[2], .parameters = argv[3] });
	if (argc < 4)
		return usage();
	run.seed = strtoull(argv[2], NULL, 0);
	run.cases = strtoul(argv[3], NULL, 0);
	if (argc == 4 && strcmp(argv[1], "keys") == 0)
		return keys(run.seed, argv[3]);
	if (argc == 4 && strcmp(argv[1], "openssl") == 0)
		return openssl(run.seed, run.cases);
	return argc == 6 ? module_of_kind(argv[1], &run, argv + 4) : usage();
}
