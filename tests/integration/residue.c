/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the process still hold a secret after its end of life?
 *
 *     residue MODULE PIN PLAN [bytes]
 *
 * makes session keys in every way there is (ECDH, HKDF, TLS, PBKDF2, unwrapped by a session key and by the card's RSA
 * key), begins operations with them, drives a module through every way in which a session key can end
 * (C_DestroyObject, C_Logout, C_CloseSession, C_Finalize, the card taken out) and searches all writable memory of its own
 * process after each for the secrets that PLAN names, and for the PIN. The card must be in another process;
 * RESIDUE_REMOVE in the environment is the command that takes it out. PLAN is written by
 * residue_plan.py; secrets stand in it masked, so that the search does not find its own pattern.
 *
 * With `bytes`, secrets that libopensc has written as text are not looked for, nor is the PIN, which it copies: a
 * sanitizer's allocator keeps freed memory where card/opensc_transmit.c cannot reach it.
 *
 * Prints one line for each finding and each step, then "N passed, N failed".
 */
#include "config.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/compiler.h"
#include "base/wipe.h"
#include "pkcs11/pkcs11_compat.h"
#include "tests/unit/memory_scan.h"

#define SECRETS_MAX 8
#define FIELD_MAX 512
#define PIN_LEAST 8u /* bytes: a shorter one may be in memory by chance */
#define MASK 0xA5u /* as in residue_plan.py */
#define PIECE 16u  /* freed memory loses its first bytes to the allocator: look for every 16 bytes of a secret */
#define PIECES_MAX (SECRETS_MAX * 4)
#define TEXT_PIECE 6u /* the same as text, which a log breaks into lines */
#define TEXTS_MAX (PIECES_MAX * 2)

struct bytes {
	uint8_t data[FIELD_MAX];
	size_t len;
};

/* What PLAN says. */
struct plan {
	struct bytes id;         /* CKA_ID of the card's key */
	struct bytes peer;       /* 04 || X || Y */
	struct bytes shared;     /* shared data of the KDF */
	struct bytes wrapped;    /* a content key, wrapped with the key-encryption key */
	struct bytes iv;
	struct bytes ciphertext; /* one message under the content key */
	struct bytes message;    /* what it says */
	struct bytes by_rsa;     /* a key for the card's RSA key, PKCS #1 v1.5 */
	struct bytes password;   /* of PBKDF2, masked; the salt is iv */
	struct bytes randoms;    /* TLS: client's, server's */
	struct bytes masked_secrets[SECRETS_MAX];
	size_t secret_count;
};

struct run {
	CK_FUNCTION_LIST *p11;
	CK_SLOT_ID slot;
	struct bytes masked_pin;
	struct memory_scan *pin; /* NULL: too short to look for, or not to be looked for */
	struct plan plan;
	struct memory_scan *pieces[PIECES_MAX];
	size_t piece_count;
	struct memory_scan *texts[TEXTS_MAX];
	size_t text_count;
	unsigned passed;
	unsigned failed;
};

/* ---- the plan ------------------------------------------------------------------------------------------ */

static bool bytes_from_hex(const char *hex, struct bytes *ret_bytes)
{
	ret_bytes->len = 0;
	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		unsigned value;

		if (ret_bytes->len == FIELD_MAX || sscanf(hex, "%2x", &value) != 1)
			return false;
		ret_bytes->data[ret_bytes->len++] = (uint8_t)value;
	}
	return true;
}

static struct bytes *plan_field(struct plan *plan, const char *name)
{
	static const struct {
		const char *name;
		size_t offset;
	} fields[] = {
		{ "id", offsetof(struct plan, id) },
		{ "peer", offsetof(struct plan, peer) },
		{ "shared", offsetof(struct plan, shared) },
		{ "wrapped", offsetof(struct plan, wrapped) },
		{ "iv", offsetof(struct plan, iv) },
		{ "ciphertext", offsetof(struct plan, ciphertext) },
		{ "message", offsetof(struct plan, message) },
		{ "by-rsa", offsetof(struct plan, by_rsa) },
		{ "password", offsetof(struct plan, password) },
		{ "randoms", offsetof(struct plan, randoms) },
	};

	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return (struct bytes *)(void *)((char *)plan + fields[i].offset);
	if (strncmp(name, "secret:", 7) != 0 || plan->secret_count == SECRETS_MAX)
		return NULL;
	return &plan->masked_secrets[plan->secret_count++];
}

static bool plan_read(const char *path, struct plan *plan)
{
	FILE *file = fopen(path, "r");
	char name[40];
	char hex[2 * FIELD_MAX + 1];
	bool fine = file != NULL;

	while (fine && fscanf(file, "%39s %1024s", name, hex) == 2) {
		struct bytes *field = plan_field(plan, name);

		fine = field != NULL && bytes_from_hex(hex, field);
	}
	if (file != NULL)
		(void)fclose(file);
	return fine && plan->secret_count > 0;
}

/* ---- steps --------------------------------------------------------------------------------------------- */

static void verdict(struct run *run, bool good, const char *what)
{
	printf("%s: %s\n", good ? "ok" : "FAILED", what);
	*(good ? &run->passed : &run->failed) += 1;
}

static bool fine(struct run *run, CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return true;
	printf("FAILED: %s: 0x%lx\n", what, rv);
	run->failed++;
	return false;
}

/* Cut the plan's secrets into pieces to look for; each is unmasked only while the scanner takes it. */
static void cut_pieces(struct run *run, bool texts)
{
	uint8_t piece[PIECE];

	for (size_t i = 0; i < run->plan.secret_count; i++) {
		const struct bytes *masked = &run->plan.masked_secrets[i];

		for (size_t at = 0; at + PIECE <= masked->len && run->piece_count < PIECES_MAX; at += PIECE) {
			for (size_t k = 0; k < PIECE; k++)
				piece[k] = masked->data[at + k] ^ MASK;
			run->pieces[run->piece_count++] = memory_scan_new(piece, sizeof(piece));
			for (size_t k = 0; texts && k < PIECE; k += PIECE / 2)
				run->texts[run->text_count++] = memory_scan_new_text(piece + k, TEXT_PIECE);
		}
	}
	wipe(piece, sizeof(piece));
	wipe_stack();
}

/* How often pieces of the plan's secrets are in memory now, as bytes or as text; and how many pieces are, as bytes. */
static size_t count_findings(struct run *run, size_t *ret_pieces)
{
	size_t found = 0;

	*ret_pieces = 0;
	for (size_t i = 0; i < run->piece_count; i++) {
		const size_t here = memory_scan_count(run->pieces[i], NULL, 0);

		found += here;
		*ret_pieces += here != 0;
	}
	for (size_t i = 0; i < run->text_count; i++)
		found += memory_scan_count(run->texts[i], NULL, 0);
	return found;
}

static void expect_clean(struct run *run, const char *after)
{
	char what[96];
	size_t pieces;
	const size_t found = count_findings(run, &pieces);

	(void)snprintf(what, sizeof(what), "%zu findings of %zu pieces after %s", found, pieces, after);
	verdict(run, found == 0, what);
}

/* Take the PIN from where the system has put it, so that the module's copies are the only ones. */
static bool take_pin(struct run *run, char *pin, bool look)
{
	const size_t len = strlen(pin);

	if (len > sizeof(run->masked_pin.data))
		return false;
	if (look && len >= PIN_LEAST)
		run->pin = memory_scan_new(pin, len);
	for (size_t i = 0; i < len; i++)
		run->masked_pin.data[i] = (uint8_t)pin[i] ^ MASK;
	run->masked_pin.len = len;
	wipe(pin, len);
	return true;
}

static CK_RV login(struct run *run, CK_SESSION_HANDLE session)
{
	CK_UTF8CHAR pin[FIELD_MAX];
	CK_RV rv;

	for (size_t i = 0; i < run->masked_pin.len; i++)
		pin[i] = run->masked_pin.data[i] ^ MASK;
	rv = run->p11->C_Login(session, CKU_USER, pin, run->masked_pin.len);
	wipe(pin, sizeof(pin));
	return rv;
}

/* While somebody is logged in it is kept, at most once; otherwise nowhere. */
static void expect_pin(struct run *run, size_t copies, const char *when)
{
	char what[96];
	size_t found;

	if (run->pin == NULL)
		return;
	found = memory_scan_count(run->pin, NULL, 0);
	(void)snprintf(what, sizeof(what), "the PIN is in memory %zu times %s", found, when);
	verdict(run, found == copies, what);
}

static bool begin(struct run *run, CK_SESSION_HANDLE *ret_session)
{
	return fine(run, run->p11->C_OpenSession(run->slot, CKF_SERIAL_SESSION, NULL, NULL, ret_session),
		    "C_OpenSession") &&
	       fine(run, login(run, *ret_session), "C_Login");
}

static bool find_key(struct run *run, CK_SESSION_HANDLE session, CK_KEY_TYPE type, CK_OBJECT_HANDLE *ret_key)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
	};
	CK_ULONG count = 0;

	return fine(run, run->p11->C_FindObjectsInit(session, template, ARRAY_COUNT(template)), "C_FindObjectsInit") &&
	       fine(run, run->p11->C_FindObjects(session, ret_key, 1, &count), "C_FindObjects") &&
	       fine(run, run->p11->C_FindObjectsFinal(session), "C_FindObjectsFinal") &&
	       fine(run, count == 1 ? CKR_OK : CKR_KEY_HANDLE_INVALID, "find the card's key");
}

static bool derive(struct run *run, CK_SESSION_HANDLE session, CK_ULONG kdf, CK_OBJECT_HANDLE *ret_key)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = kdf == CKD_NULL ? CKK_GENERIC_SECRET : CKK_AES;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
	};
	CK_ECDH1_DERIVE_PARAMS params = {
		.kdf = kdf,
		.ulSharedDataLen = kdf == CKD_NULL ? 0 : run->plan.shared.len,
		.pSharedData = kdf == CKD_NULL ? NULL : run->plan.shared.data,
		.ulPublicDataLen = run->plan.peer.len,
		.pPublicData = run->plan.peer.data,
	};
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;

	return find_key(run, session, CKK_EC, &key) &&
	       fine(run, run->p11->C_DeriveKey(session, &mechanism, key, template, ARRAY_COUNT(template), ret_key),
		    "C_DeriveKey");
}

/* Unwrap the content key and read the message with it: the key passes through the cipher's own state. */
static bool read_message(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE *ret_key)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
	};
	CK_MECHANISM unwrap = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_MECHANISM cbc = { CKM_AES_CBC_PAD, run->plan.iv.data, run->plan.iv.len };
	CK_BYTE text[FIELD_MAX];
	CK_ULONG len = sizeof(text);

	return fine(run, run->p11->C_UnwrapKey(session, &unwrap, kek, run->plan.wrapped.data, run->plan.wrapped.len,
					       template,
					       ARRAY_COUNT(template), ret_key), "C_UnwrapKey") &&
	       fine(run, run->p11->C_DecryptInit(session, &cbc, *ret_key), "C_DecryptInit") &&
	       fine(run, run->p11->C_Decrypt(session, run->plan.ciphertext.data, run->plan.ciphertext.len, text, &len),
		    "C_Decrypt") &&
	       fine(run, len == run->plan.message.len && memcmp(text, run->plan.message.data, len) == 0
				 ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID, "the message");
}

#define KEY_TEMPLATE(type, length)                                                            \
	{ CKA_CLASS, &(CK_OBJECT_CLASS){ CKO_SECRET_KEY }, sizeof(CK_OBJECT_CLASS) },         \
	{ CKA_KEY_TYPE, &(CK_KEY_TYPE){ type }, sizeof(CK_KEY_TYPE) },                        \
	{ CKA_PRIVATE, &(CK_BBOOL){ CK_TRUE }, sizeof(CK_BBOOL) },                            \
	{ CKA_VALUE_LEN, &(CK_ULONG){ length }, sizeof(CK_ULONG) }

static bool derive_hkdf(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE z, CK_OBJECT_HANDLE *ret_key)
{
	CK_ATTRIBUTE template[] = { KEY_TEMPLATE(CKK_AES, 32) };
	CKI_HKDF_PARAMS params = {
		.bExtract = CK_TRUE, .bExpand = CK_TRUE, .prfHashMechanism = CKM_SHA256, .ulSaltType = CKF_HKDF_SALT_NULL,
		.pInfo = run->plan.shared.data, .ulInfoLen = run->plan.shared.len,
	};
	CK_MECHANISM mechanism = { CKM_HKDF_DERIVE, &params, sizeof(params) };

	return fine(run, run->p11->C_DeriveKey(session, &mechanism, z, template, ARRAY_COUNT(template), ret_key),
		    "CKM_HKDF_DERIVE");
}

static bool derive_tls(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE z, CK_OBJECT_HANDLE *ret_key)
{
	CK_ATTRIBUTE template[] = { KEY_TEMPLATE(CKK_GENERIC_SECRET, 48) };
	CK_BYTE *randoms = run->plan.randoms.data;
	CKI_TLS12_MASTER_KEY_DERIVE_PARAMS params = {
		.RandomInfo = { randoms, 32, randoms + 32, 32 }, .prfHashMechanism = CKM_SHA256,
	};
	CK_MECHANISM mechanism = { CKM_TLS12_MASTER_KEY_DERIVE_DH, &params, sizeof(params) };

	return fine(run, run->p11->C_DeriveKey(session, &mechanism, z, template, ARRAY_COUNT(template), ret_key),
		    "CKM_TLS12_MASTER_KEY_DERIVE_DH");
}

static bool generate_pbkdf2(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_key)
{
	CK_ATTRIBUTE template[] = { KEY_TEMPLATE(CKK_AES, 32) };
	struct bytes password = { .len = run->plan.password.len };
	CKI_PKCS5_PBKD2_PARAMS2 params = {
		.saltSource = CKZ_SALT_SPECIFIED, .pSaltSourceData = run->plan.iv.data,
		.ulSaltSourceDataLen = run->plan.iv.len, .iterations = 1000, .prf = CKP_PKCS5_PBKD2_HMAC_SHA256,
		.pPassword = password.data, .ulPasswordLen = password.len,
	};
	CK_MECHANISM mechanism = { CKM_PKCS5_PBKD2, &params, sizeof(params) };
	CK_RV rv;

	for (size_t i = 0; i < password.len; i++)
		password.data[i] = run->plan.password.data[i] ^ MASK;
	rv = run->p11->C_GenerateKey(session, &mechanism, template, ARRAY_COUNT(template), ret_key);
	wipe(&password, sizeof(password));
	return fine(run, rv, "CKM_PKCS5_PBKD2");
}

static bool unwrap_rsa(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_key)
{
	CK_ATTRIBUTE template[] = { KEY_TEMPLATE(CKK_AES, 32) };
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;

	return find_key(run, session, CKK_RSA, &key) &&
	       fine(run, run->p11->C_UnwrapKey(session, &mechanism, key, run->plan.by_rsa.data, run->plan.by_rsa.len,
					       template,
					       ARRAY_COUNT(template), ret_key), "C_UnwrapKey by RSA");
}

#define KEYS 8u

/* The raw secret, and keys of each origin: all of the plan's secrets. */
static bool make_keys(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE ret_keys[KEYS])
{
	return derive(run, session, CKD_NULL, &ret_keys[0]) && derive(run, session, CKD_SHA256_KDF, &ret_keys[1]) &&
	       derive(run, session, CKD_SHA256_KDF_SP800, &ret_keys[2]) &&
	       read_message(run, session, ret_keys[1], &ret_keys[3]) &&
	       derive_hkdf(run, session, ret_keys[0], &ret_keys[4]) && derive_tls(run, session, ret_keys[0],
										  &ret_keys[5]) &&
	       generate_pbkdf2(run, session, &ret_keys[6]) && unwrap_rsa(run, session, &ret_keys[7]);
}

/* Whole operations, which leave their contexts with the keys for the next ones, and others that stay under way. */
static bool use_keys(struct run *run, CK_SESSION_HANDLE session, const CK_OBJECT_HANDLE keys[KEYS])
{
	CK_MECHANISM cbc = { CKM_AES_CBC_PAD, run->plan.iv.data, run->plan.iv.len };
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_MECHANISM cmac = { CKM_AES_CMAC, NULL, 0 };
	CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
	CK_BYTE out[FIELD_MAX];

	for (size_t i = 0; i < KEYS; i++) {
		const bool aes = i != 0 && i != 5;
		CK_ULONG len = sizeof(out);

		if (aes && (!fine(run, run->p11->C_EncryptInit(session, &cbc, keys[i]), "C_EncryptInit") ||
			    !fine(run, run->p11->C_Encrypt(session, run->plan.shared.data, 40, out, &len),
				  "C_Encrypt")))
			return false;
		len = sizeof(out);
		/* a master secret of TLS allows derivations only */
		if (i != 5 && (!fine(run, run->p11->C_SignInit(session, aes ? &cmac : &hmac, keys[i]), "C_SignInit") ||
			       !fine(run, run->p11->C_Sign(session, run->plan.shared.data, 40, out, &len), "C_Sign")))
			return false;
	}
	return fine(run, run->p11->C_EncryptInit(session, &cbc, keys[4]), "C_EncryptInit") &&
	       fine(run, run->p11->C_DecryptInit(session, &ecb, keys[7]), "C_DecryptInit") &&
	       fine(run, run->p11->C_SignInit(session, &hmac, keys[0]), "C_SignInit") &&
	       fine(run, run->p11->C_VerifyInit(session, &cmac, keys[6]), "C_VerifyInit");
}

/* What is still under way keeps its key: it is ended before the key is destroyed. */
static bool end_operations(struct run *run, CK_SESSION_HANDLE session)
{
	return fine(run, run->p11->C_EncryptInit(session, NULL, 0), "end C_EncryptInit") &&
	       fine(run, run->p11->C_DecryptInit(session, NULL, 0), "end C_DecryptInit") &&
	       fine(run, run->p11->C_SignInit(session, NULL, 0), "end C_SignInit") &&
	       fine(run, run->p11->C_VerifyInit(session, NULL, 0), "end C_VerifyInit");
}

static bool live(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE ret_keys[KEYS])
{
	return make_keys(run, session, ret_keys) && use_keys(run, session, ret_keys);
}

/* Out it goes, and until the module has noticed. */
static bool take_card(struct run *run)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	const char *command = getenv("RESIDUE_REMOVE");
	CK_SLOT_INFO info = { .flags = CKF_TOKEN_PRESENT };

	if (command == NULL || system(command) != 0) {
		verdict(run, false, "RESIDUE_REMOVE takes the card out");
		return false;
	}
	for (unsigned tries = 0; tries < 100 && (info.flags & CKF_TOKEN_PRESENT) != 0; tries++) {
		(void)nanosleep(&moment, NULL);
		if (!fine(run, run->p11->C_GetSlotInfo(run->slot, &info), "C_GetSlotInfo"))
			return false;
	}
	verdict(run, (info.flags & CKF_TOKEN_PRESENT) == 0, "the module notices that the card is out");
	return true;
}

static void steps(struct run *run)
{
	CK_OBJECT_HANDLE keys[KEYS] = { 0 };
	CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
	size_t pieces;

	expect_clean(run, "nothing has happened");
	expect_pin(run, 0, "before C_Login");
	if (!begin(run, &session))
		return;
	expect_pin(run, 1, "after C_Login");
	if (!live(run, session, keys))
		return;
	(void)count_findings(run, &pieces);
	verdict(run, pieces == run->piece_count, "the search finds every key that is alive");
	if (!end_operations(run, session))
		return;
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		if (!fine(run, run->p11->C_DestroyObject(session, keys[i]), "C_DestroyObject"))
			return;
	expect_clean(run, "C_DestroyObject");

	if (!live(run, session, keys) || !fine(run, run->p11->C_Logout(session), "C_Logout"))
		return;
	expect_clean(run, "C_Logout");
	expect_pin(run, 0, "after C_Logout");

	if (!fine(run, run->p11->C_CloseSession(session), "C_CloseSession") || !begin(run, &session) ||
	    !live(run, session, keys) || !fine(run, run->p11->C_CloseSession(session), "C_CloseSession"))
		return;
	expect_clean(run, "C_CloseSession");
	expect_pin(run, 0, "after C_CloseSession");

	if (!begin(run, &session) || !live(run, session, keys) || !fine(run, run->p11->C_Finalize(NULL), "C_Finalize"))
		return;
	expect_clean(run, "C_Finalize");
	expect_pin(run, 0, "after C_Finalize");

	if (!fine(run, run->p11->C_Initialize(NULL), "C_Initialize") || !begin(run, &session) ||
	    !live(run, session, keys) || !take_card(run))
		return;
	expect_clean(run, "the card was taken out");
	expect_pin(run, 0, "after the card was taken out");
	(void)fine(run, run->p11->C_Finalize(NULL), "C_Finalize");
}

static bool load(struct run *run, const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = NULL;
	CK_ULONG count = 1;

	if (library != NULL)
		*(void **)(void *)&get = dlsym(library, "C_GetFunctionList");
	if (get == NULL) {
		printf("FAILED: %s: %s\n", path, dlerror());
		run->failed++;
		return false;
	}
	return fine(run, get(&run->p11), "C_GetFunctionList") && fine(run, run->p11->C_Initialize(NULL),
								      "C_Initialize") &&
	       fine(run, run->p11->C_GetSlotList(CK_TRUE, &run->slot, &count), "C_GetSlotList") &&
	       fine(run, count == 1 ? CKR_OK : CKR_TOKEN_NOT_PRESENT, "one token");
}

int main(int argc, char **argv)
{
	static struct run run;

	const bool bytes_only = argc == 5 && strcmp(argv[4], "bytes") == 0;

	if (argc != (bytes_only ? 5 : 4) || !plan_read(argv[3], &run.plan) || !take_pin(&run, argv[2], !bytes_only)) {
		fprintf(stderr, "usage: residue MODULE PIN PLAN [bytes]\n");
		return 2;
	}
	cut_pieces(&run, !bytes_only);
	if (load(&run, argv[1]))
		steps(&run);
	printf("%u passed, %u failed\n", run.passed, run.failed);
	return run.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
