/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the process still hold a secret after its end of life?
 *
 *     residue MODULE PIN PLAN [bytes]
 *
 * drives a module through every way in which a session key can end (C_DestroyObject, C_Logout, C_CloseSession,
 * C_Finalize) and searches all writable memory of its own process after each for the secrets that PLAN names.
 * The card must be in another process. PLAN is written by residue_plan.py; secrets stand in it masked, so that the
 * search does not find its own pattern.
 *
 * With `bytes`, secrets that libopensc has written as text are not looked for: a sanitizer's allocator keeps freed
 * memory where card/opensc_transmit.c cannot reach it.
 *
 * Prints one line for each finding and each step, then "N passed, N failed".
 */
#include "config.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/wipe.h"
#include "pkcs11/pkcs11_compat.h"
#include "tests/unit/memory_scan.h"

#define SECRETS_MAX 8
#define FIELD_MAX 512
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
	struct bytes masked_secrets[SECRETS_MAX];
	size_t secret_count;
};

struct run {
	CK_FUNCTION_LIST *p11;
	CK_SLOT_ID slot;
	const char *pin;
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

static bool begin(struct run *run, CK_SESSION_HANDLE *ret_session)
{
	return fine(run, run->p11->C_OpenSession(run->slot, CKF_SERIAL_SESSION, NULL, NULL, ret_session), "C_OpenSession") &&
	       fine(run, run->p11->C_Login(*ret_session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)run->pin, strlen(run->pin)),
		    "C_Login");
}

static bool find_key(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_key)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, run->plan.id.data, run->plan.id.len },
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

	return find_key(run, session, &key) &&
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

	return fine(run, run->p11->C_UnwrapKey(session, &unwrap, kek, run->plan.wrapped.data, run->plan.wrapped.len, template,
					       ARRAY_COUNT(template), ret_key), "C_UnwrapKey") &&
	       fine(run, run->p11->C_DecryptInit(session, &cbc, *ret_key), "C_DecryptInit") &&
	       fine(run, run->p11->C_Decrypt(session, run->plan.ciphertext.data, run->plan.ciphertext.len, text, &len),
		    "C_Decrypt") &&
	       fine(run, len == run->plan.message.len && memcmp(text, run->plan.message.data, len) == 0
				 ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID, "the message");
}

/* The raw secret, a key-encryption key by each kind of KDF, and a content key: all of the plan's secrets. */
static bool make_keys(struct run *run, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE ret_keys[4])
{
	return derive(run, session, CKD_NULL, &ret_keys[0]) && derive(run, session, CKD_SHA256_KDF, &ret_keys[1]) &&
	       derive(run, session, CKD_SHA256_KDF_SP800, &ret_keys[2]) &&
	       read_message(run, session, ret_keys[1], &ret_keys[3]);
}

static void steps(struct run *run)
{
	CK_OBJECT_HANDLE keys[4] = { 0 };
	CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
	size_t pieces;

	expect_clean(run, "nothing has happened");
	if (!begin(run, &session) || !make_keys(run, session, keys))
		return;
	(void)count_findings(run, &pieces);
	verdict(run, pieces == run->piece_count, "the search finds every key that is alive");
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		if (!fine(run, run->p11->C_DestroyObject(session, keys[i]), "C_DestroyObject"))
			return;
	expect_clean(run, "C_DestroyObject");

	if (!make_keys(run, session, keys) || !fine(run, run->p11->C_Logout(session), "C_Logout"))
		return;
	expect_clean(run, "C_Logout");

	if (!fine(run, run->p11->C_CloseSession(session), "C_CloseSession") || !begin(run, &session) ||
	    !make_keys(run, session, keys) || !fine(run, run->p11->C_CloseSession(session), "C_CloseSession"))
		return;
	expect_clean(run, "C_CloseSession");

	if (!begin(run, &session) || !make_keys(run, session, keys) || !fine(run, run->p11->C_Finalize(NULL), "C_Finalize"))
		return;
	expect_clean(run, "C_Finalize");
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
	return fine(run, get(&run->p11), "C_GetFunctionList") && fine(run, run->p11->C_Initialize(NULL), "C_Initialize") &&
	       fine(run, run->p11->C_GetSlotList(CK_TRUE, &run->slot, &count), "C_GetSlotList") &&
	       fine(run, count == 1 ? CKR_OK : CKR_TOKEN_NOT_PRESENT, "one token");
}

int main(int argc, char **argv)
{
	static struct run run;

	const bool bytes_only = argc == 5 && strcmp(argv[4], "bytes") == 0;

	if (argc != (bytes_only ? 5 : 4) || !plan_read(argv[3], &run.plan)) {
		fprintf(stderr, "usage: residue MODULE PIN PLAN [bytes]\n");
		return 2;
	}
	run.pin = argv[2];
	cut_pieces(&run, !bytes_only);
	if (load(&run, argv[1]))
		steps(&run);
	printf("%u passed, %u failed\n", run.passed, run.failed);
	return run.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
