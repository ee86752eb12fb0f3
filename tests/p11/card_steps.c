/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 *     card_steps MODULE PIN SLOT SIGN DECRYPT DERIVE LIFE...
 *
 * A client's work with a card, one or more lives from C_Initialize to C_Finalize in one process, each of them `sign`
 * (to the first signature, then loops of operations, C_Logout), `leave` (the same to the first signature, and
 * C_Finalize without a C_Logout) or `list` (all objects and what NSS reads of them). SLOT counts those with a token
 * from 0; SIGN, DECRYPT and DERIVE are the keys' CKA_ID in hexadecimal, or `-`. Where a key is CKA_ALWAYS_AUTHENTICATE,
 * the PIN is given for each operation, too.
 *
 * After each step comes a line `number of the life, tabulator, step, tabulator, times, tabulator, nanoseconds`; then a
 * line is awaited: whoever reads counts the card's commands in between.
 */
#include "config.h"

#include <openssl/bn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/p11/names.h"
#include "tests/p11/p11_module.h"

#define SLOTS_MAX 64u
#define OBJECTS_MAX 128u
#define VALUE_MAX 16384u
#define ID_MAX 16u
#define HASH_LEN 32u
#define SIGNATURES 100u
#define DECRYPTIONS 100u
#define DERIVATIONS 50u

struct id {
	CK_BYTE bytes[ID_MAX];
	CK_ULONG len; /* 0: no such key */
};

static CK_FUNCTION_LIST *f;
static const char *pin;
static struct id sign_id, decrypt_id, derive_id;

static CK_ULONG slot_number;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static bool always_authenticate;
static CK_MECHANISM_TYPE mechanism;
static CK_BYTE value[VALUE_MAX];
static CK_BYTE ciphertext[VALUE_MAX];
static CK_ULONG ciphertext_len;
static CK_BYTE point[VALUE_MAX];
static CK_ULONG point_len;

static bool fine(CK_RV rv, const char *call)
{
	char room[P11_NAME_ROOM];

	if (rv != CKR_OK)
		(void)fprintf(stderr, "%s: %s\n", call, p11_rv_name(rv, room));
	return rv == CKR_OK;
}

/* ---- from C_Initialize to C_Finalize ----------------------------------------------------------------------------- */

static bool step_initialize(void)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };

	return fine(f->C_Initialize(&args), "C_Initialize");
}

static bool step_tokens(void)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG count = SLOTS_MAX;

	if (!fine(f->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList") || count <= slot_number)
		return false;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_SLOT_INFO slot_info;
		CK_TOKEN_INFO info;

		if (!fine(f->C_GetSlotInfo(slots[i], &slot_info), "C_GetSlotInfo") ||
		    !fine(f->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo"))
			return false;
	}
	slot = slots[slot_number];
	return true;
}

static bool step_session(void)
{
	return fine(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
}

static bool login(CK_USER_TYPE user)
{
	return fine(f->C_Login(session, user, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin)), "C_Login");
}

static bool step_login(void)
{
	return login(CKU_USER);
}

static bool step_logout(void)
{
	return fine(f->C_Logout(session), "C_Logout");
}

static bool step_close(void)
{
	return fine(f->C_CloseSession(session), "C_CloseSession");
}

static bool step_finalize(void)
{
	return fine(f->C_Finalize(NULL), "C_Finalize");
}

/* ---- objects ----------------------------------------------------------------------------------------------------- */

static CK_ULONG find(CK_ATTRIBUTE *templ, CK_ULONG templ_count, CK_OBJECT_HANDLE *objects, CK_ULONG room)
{
	CK_ULONG count = 0;

	if (!fine(f->C_FindObjectsInit(session, templ, templ_count), "C_FindObjectsInit"))
		return 0;
	if (!fine(f->C_FindObjects(session, objects, room, &count), "C_FindObjects"))
		count = 0;
	(void)fine(f->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	return count;
}

static bool read_one(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_BYTE *to, CK_ULONG *len)
{
	CK_ATTRIBUTE attribute = { type, to, *len };

	if (f->C_GetAttributeValue(session, object, &attribute, 1) != CKR_OK)
		return false;
	*len = attribute.ulValueLen;
	return true;
}

/* Each attribute by a call of its own: for its length, then for its value, as most clients do. */
static void read_attributes(CK_OBJECT_HANDLE object, const CK_ATTRIBUTE_TYPE *types, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CK_ATTRIBUTE attribute = { types[i], NULL, 0 };
		CK_ULONG len = sizeof(value);

		if (f->C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK)
			(void)read_one(object, types[i], value, &len);
	}
}

/* What pkcs11-tool -O shows of any object. */
static const CK_ATTRIBUTE_TYPE shown[] = { CKA_CLASS,	CKA_LABEL,  CKA_ID,	  CKA_TOKEN,	 CKA_PRIVATE,
					   CKA_KEY_TYPE, CKA_MODULUS, CKA_EC_PARAMS, CKA_EC_POINT, CKA_VALUE,
					   CKA_SUBJECT, CKA_SERIAL_NUMBER };

static bool step_list(void)
{
	static CK_OBJECT_HANDLE objects[OBJECTS_MAX];
	const CK_ULONG count = find(NULL, 0, objects, OBJECTS_MAX);

	for (CK_ULONG i = 0; i < count; i++)
		read_attributes(objects[i], shown, ARRAY_COUNT(shown));
	return count != 0;
}

/* What NSS asks when it makes its lists of certificates and keys. */
static bool step_list_nss(void)
{
	static const CK_ATTRIBUTE_TYPE wanted[] = { CKA_CERTIFICATE_TYPE, CKA_ID,      CKA_VALUE, CKA_ISSUER,
						    CKA_SERIAL_NUMBER,	  CKA_SUBJECT, CKA_LABEL, CKA_KEY_TYPE };
	static const CK_OBJECT_CLASS classes[] = { CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY };
	static CK_OBJECT_HANDLE objects[OBJECTS_MAX];
	CK_ULONG all = 0;

	for (size_t i = 0; i < ARRAY_COUNT(classes); i++) {
		CK_OBJECT_CLASS class = classes[i];
		CK_BBOOL yes = CK_TRUE;
		CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_TOKEN, &yes, sizeof(yes) } };
		const CK_ULONG count = find(templ, ARRAY_COUNT(templ), objects, OBJECTS_MAX);

		for (CK_ULONG j = 0; j < count; j++)
			read_attributes(objects[j], wanted, ARRAY_COUNT(wanted));
		all += count;
	}
	return all != 0;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE find_key(CK_OBJECT_CLASS class, struct id *id)
{
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, id->bytes, id->len } };
	CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;

	if (find(templ, ARRAY_COUNT(templ), &found, 1) != 1)
		(void)fprintf(stderr, "no such key\n");
	return found;
}

static bool use_key(struct id *id)
{
	CK_BBOOL always = CK_FALSE;
	CK_ULONG len = sizeof(always);

	key = find_key(CKO_PRIVATE_KEY, id);
	always_authenticate = read_one(key, CKA_ALWAYS_AUTHENTICATE, &always, &len) && always != CK_FALSE;
	return key != CK_INVALID_HANDLE;
}

/* Between an operation's beginning and its end. */
static bool authenticate(void)
{
	return !always_authenticate || login(CKU_CONTEXT_SPECIFIC);
}

static bool step_find_key(void)
{
	CK_KEY_TYPE type = 0;
	CK_ULONG len = sizeof(type);

	if (!use_key(&sign_id) || !read_one(key, CKA_KEY_TYPE, (CK_BYTE *)&type, &len))
		return false;
	mechanism = type == CKK_RSA ? CKM_RSA_PKCS : CKM_ECDSA;
	return true;
}

static bool sign_once(void)
{
	CK_MECHANISM m = { mechanism, NULL, 0 };
	CK_BYTE hash[HASH_LEN] = { 1, 2, 3 };
	CK_ULONG len = sizeof(value);

	return fine(f->C_SignInit(session, &m, key), "C_SignInit") && authenticate() &&
	       fine(f->C_Sign(session, hash, sizeof(hash), value, &len), "C_Sign");
}

static CK_ULONG encrypt_to(CK_OBJECT_HANDLE public_key)
{
	static CK_BYTE modulus[VALUE_MAX];
	static CK_BYTE exponent[VALUE_MAX];
	CK_ULONG modulus_len = sizeof(modulus);
	CK_ULONG exponent_len = sizeof(exponent);
	CK_BYTE block[VALUE_MAX];
	BIGNUM *n, *e, *c;
	BN_CTX *ctx;
	bool good;

	if (!read_one(public_key, CKA_MODULUS, modulus, &modulus_len) ||
	    !read_one(public_key, CKA_PUBLIC_EXPONENT, exponent, &exponent_len) || modulus_len < 2 * HASH_LEN)
		return 0;
	memset(block, 0xA5, modulus_len);
	block[0] = 0;
	block[1] = 2;
	block[modulus_len - HASH_LEN - 1] = 0;
	n = BN_bin2bn(modulus, (int)modulus_len, NULL);
	e = BN_bin2bn(exponent, (int)exponent_len, NULL);
	c = BN_bin2bn(block, (int)modulus_len, NULL);
	ctx = BN_CTX_new();
	good = n != NULL && e != NULL && c != NULL && ctx != NULL && BN_mod_exp(c, c, e, n, ctx) == 1 &&
	       BN_bn2binpad(c, ciphertext, (int)modulus_len) > 0;
	BN_free(n);
	BN_free(e);
	BN_free(c);
	BN_CTX_free(ctx);
	return good ? modulus_len : 0;
}

/* By OpenSSL: opensc-pkcs11 does not encrypt with public keys. */
static bool step_prepare_decrypt(void)
{
	ciphertext_len = encrypt_to(find_key(CKO_PUBLIC_KEY, &decrypt_id));
	return ciphertext_len != 0 && use_key(&decrypt_id);
}

static bool decrypt_once(void)
{
	CK_MECHANISM m = { CKM_RSA_PKCS, NULL, 0 };
	CK_ULONG len = sizeof(value);

	return fine(f->C_DecryptInit(session, &m, key), "C_DecryptInit") && authenticate() &&
	       fine(f->C_Decrypt(session, ciphertext, ciphertext_len, value, &len), "C_Decrypt") && len == HASH_LEN &&
	       value[0] == 0xA5;
}

/* The card's own public point serves as the other side's. */
static bool step_prepare_derive(void)
{
	const CK_OBJECT_HANDLE public_key = find_key(CKO_PUBLIC_KEY, &derive_id);

	point_len = sizeof(point);
	return use_key(&derive_id) && read_one(public_key, CKA_EC_POINT, point, &point_len) && point_len > 2;
}

static bool derive_once(void)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_BBOOL no = CK_FALSE;
	CK_BBOOL yes = CK_TRUE;
	CK_ULONG len = HASH_LEN;
	CK_ATTRIBUTE templ[] = { { CKA_CLASS, &class, sizeof(class) },	{ CKA_KEY_TYPE, &type, sizeof(type) },
				 { CKA_TOKEN, &no, sizeof(no) },	{ CKA_SENSITIVE, &no, sizeof(no) },
				 { CKA_EXTRACTABLE, &yes, sizeof(yes) }, { CKA_VALUE_LEN, &len, sizeof(len) } };
	/* without the OCTET STRING around it; the lengths of points on the usual curves take one byte */
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL, .ulPublicDataLen = point_len - 2, .pPublicData = point + 2 };
	CK_MECHANISM m = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_OBJECT_HANDLE derived;

	return authenticate() &&
	       fine(f->C_DeriveKey(session, &m, key, templ, ARRAY_COUNT(templ), &derived), "C_DeriveKey") &&
	       fine(f->C_DestroyObject(session, derived), "C_DestroyObject");
}

/* ---- lives ------------------------------------------------------------------------------------------------------- */

struct step {
	const char *name;
	bool (*run)(void);
	unsigned times;        /* 0: once */
	const struct id *with; /* a key without which the step is left out; NULL: none */
};

#define TO_FIRST_SIGNATURE \
	{ .name = "C_Initialize", .run = step_initialize }, { .name = "slots and tokens", .run = step_tokens }, \
	{ .name = "C_OpenSession", .run = step_session }, { .name = "C_Login", .run = step_login }, \
	{ .name = "find the key", .run = step_find_key }, { .name = "first signature", .run = sign_once }

static const struct step sign_steps[] = {
	TO_FIRST_SIGNATURE,
	{ "signatures", sign_once, SIGNATURES, NULL },
	{ "find the RSA key", step_prepare_decrypt, 0, &decrypt_id },
	{ "RSA decryptions", decrypt_once, DECRYPTIONS, &decrypt_id },
	{ "find the EC key", step_prepare_derive, 0, &derive_id },
	{ "ECDH derivations", derive_once, DERIVATIONS, &derive_id },
	{ .name = "C_Logout", .run = step_logout },
	{ .name = "C_CloseSession", .run = step_close },
	{ .name = "C_Finalize", .run = step_finalize },
};

static const struct step leave_steps[] = {
	TO_FIRST_SIGNATURE,
	{ .name = "C_Finalize, logged in", .run = step_finalize },
};

static const struct step list_steps[] = {
	{ .name = "C_Initialize", .run = step_initialize },
	{ .name = "slots and tokens", .run = step_tokens },
	{ .name = "C_OpenSession", .run = step_session },
	{ .name = "list", .run = step_list },
	{ .name = "list as NSS", .run = step_list_nss },
	{ .name = "list again", .run = step_list },
	{ .name = "C_CloseSession", .run = step_close },
	{ .name = "C_Finalize", .run = step_finalize },
};

static const struct life {
	const char *name;
	const struct step *steps;
	size_t count;
} lives[] = {
	{ "leave", leave_steps, ARRAY_COUNT(leave_steps) },
	{ "list", list_steps, ARRAY_COUNT(list_steps) },
	{ "sign", sign_steps, ARRAY_COUNT(sign_steps) },
};

static long long nanoseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000000ll + t.tv_nsec;
}

static bool run_step(int number, const struct step *step)
{
	const unsigned times = step->times != 0 ? step->times : 1;
	const long long begun = nanoseconds();
	char line[8];

	for (unsigned i = 0; i < times; i++)
		if (!step->run()) {
			(void)fprintf(stderr, "step failed: %s\n", step->name);
			return false;
		}
	(void)printf("%d\t%s\t%u\t%lld\n", number, step->name, times, nanoseconds() - begun);
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

static bool live(int number, const char *name)
{
	const struct life *life = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(lives); i++)
		if (strcmp(lives[i].name, name) == 0)
			life = &lives[i];
	if (life == NULL) {
		(void)fprintf(stderr, "no such life: %s\n", name);
		return false;
	}
	for (size_t i = 0; i < life->count; i++) {
		const struct step *step = &life->steps[i];

		if ((step->with == NULL || step->with->len != 0) && !run_step(number, step))
			return false;
	}
	return true;
}

/* `-`, or two hexadecimal digits a byte */
static bool read_id(const char *text, struct id *ret_id)
{
	unsigned byte;

	*ret_id = (struct id){ .len = 0 };
	if (strcmp(text, "-") == 0)
		return true;
	for (; text[0] != '\0'; text += 2) {
		if (ret_id->len == ID_MAX || sscanf(text, "%2x", &byte) != 1 || text[1] == '\0')
			return false;
		ret_id->bytes[ret_id->len++] = (CK_BYTE)byte;
	}
	return ret_id->len != 0;
}

int main(int argc, char *argv[])
{
	struct p11_config config = { .path = NULL };
	struct p11_module module;
	bool good = true;

	if (argc < 8 || !read_id(argv[4], &sign_id) || !read_id(argv[5], &decrypt_id) ||
	    !read_id(argv[6], &derive_id)) {
		(void)fprintf(stderr, "usage: card_steps MODULE PIN SLOT SIGN DECRYPT DERIVE LIFE...\n");
		return 2;
	}
	config.path = argv[1];
	pin = argv[2];
	slot_number = strtoul(argv[3], NULL, 10);
	if (!p11_module_load_only(&config, &module))
		return 1;
	f = module.f;
	for (int i = 7; good && i < argc; i++)
		good = live(i - 7, argv[i]);
	if (!good)
		(void)f->C_Finalize(NULL);
	module.f = NULL; /* each life has finalised it */
	p11_module_close(&module);
	return good ? 0 : 1;
}
