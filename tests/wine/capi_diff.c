/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random uses of CryptoAPI's session keys, the same wherever this is compiled: for Linux against libminidriver, for
 * Windows (run by Wine) against the system's own. `capi_diff SEED COUNT` prints a line for each case: its number, its
 * kind, what was asked, and the results, each NAME=VALUE. A failure is ! and its code. test-wine-capi.sh compares.
 *
 * What is drawn depends on seed, case and step only, never on a result: one difference does not bring others with it.
 */
#ifdef _WIN32
#include <windows.h>
#include <wincrypt.h>
#else
#include "config.h"

#include <minidriver/wincrypt.h>
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((DWORD)(sizeof(array) / sizeof((array)[0])))
#define ROOM 512u

/* ---- drawing ---------------------------------------------------------------------------------------- */

static uint64_t seed;
static uint64_t state;
static DWORD number_of_case;

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) */
static uint64_t next_number(void)
{
	uint64_t z = state += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

/* The steps of a case: what is asked of a key one after the other. */
enum step {
	STEP_CASE = 0,
	STEP_ASK,
	STEP_EXPORT,
	STEP_IMPORT,
	STEP_DAMAGE,
	STEP_WHOLE,
	STEP_PIECES,
	STEP_COPIES,
	STEP_GARBAGE,
	STEP_ROOM,
	STEP_END,
	STEP_SET, /* and more of them */
};
static const char *const step_names[] = { "",	  "ask",    "export", "import",	 "damage", "whole",
					  "pieces", "copies", "garbage", "room", "end",	   "set" };

static void begin_step(DWORD step)
{
	if (step != STEP_CASE)
		printf("\t/%s", step_names[step < STEP_SET ? step : STEP_SET]);
	state = seed << 40 | (uint64_t)number_of_case << 8 | step;
	state = next_number();
}

static DWORD draw(DWORD below)
{
	return (DWORD)(next_number() >> 33) % below;
}

/* Once in so many times. */
static BOOL seldom(DWORD times)
{
	return draw(times) == 0;
}

static DWORD pick(const DWORD *from, DWORD count)
{
	return from[draw(count)];
}
#define PICK(array) pick(array, COUNT(array))

static void draw_bytes(BYTE *bytes, DWORD len)
{
	for (DWORD i = 0; i < len; i++)
		bytes[i] = (BYTE)draw(256);
}

/* ---- saying ----------------------------------------------------------------------------------------- */

static void say_number(const char *name, DWORD number)
{
	printf("\t%s=%x", name, (unsigned)number);
}

static void say_bytes(const char *name, const BYTE *bytes, DWORD len)
{
	printf("\t%s=[", name);
	for (DWORD i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf("]");
}

/* Whether a call went well; said if it did not. */
static BOOL went_well(const char *name, BOOL ok)
{
	if (!ok)
		printf("\t%s=!%08x", name, (unsigned)GetLastError());
	return ok;
}

/* The same, said either way. */
static BOOL say_result(const char *name, BOOL ok)
{
	if (went_well(name, ok))
		printf("\t%s=ok", name);
	return ok;
}

/* ---- providers -------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	const char *name;
	DWORD type;
} providers[] = {
	{ "base", MS_DEF_PROV_A, PROV_RSA_FULL },
	{ "strong", MS_STRONG_PROV_A, PROV_RSA_FULL },
	{ "enhanced", MS_ENHANCED_PROV_A, PROV_RSA_FULL },
	{ "aes", MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES },
};

static HCRYPTPROV handles[COUNT(providers)];

static BOOL open_providers(void)
{
	for (DWORD i = 0; i < COUNT(providers); i++) {
		if (!CryptAcquireContextA(&handles[i], NULL, providers[i].name, providers[i].type, CRYPT_VERIFYCONTEXT))
			return FALSE;
	}
	return TRUE;
}

/* More often the one with most algorithms. */
static HCRYPTPROV draw_provider(void)
{
	const DWORD drawn = draw(COUNT(providers) + 2);
	const DWORD index = drawn < COUNT(providers) ? drawn : COUNT(providers) - 1;

	printf("\tprov=%s", providers[index].word);
	return handles[index];
}

/* ---- hashes ----------------------------------------------------------------------------------------- */

static const DWORD hash_algs[] = { CALG_MD5, CALG_SHA1, CALG_MD4, CALG_SHA_256, CALG_SHA_384, CALG_SHA_512, CALG_MD5,
				   CALG_SHA1, CALG_MD4, CALG_SHA1, CALG_SHA_256, CALG_SHA_512 };
/* Not those of ciphers: Wine makes hashes of them, and dies. */
static const DWORD other_algs[] = { CALG_MD2, CALG_MD2, CALG_MD2, 0x800Bu, 0x80FFu, 0 };

static DWORD draw_hash_alg(void)
{
	const BOOL other = seldom(20);
	const DWORD usual = PICK(hash_algs);
	const DWORD unusual = PICK(other_algs);

	return other ? unusual : usual;
}

/* A hash of some data, in two pieces. */
static BOOL make_hash(HCRYPTPROV provider, HCRYPTHASH *ret_hash)
{
	const DWORD id = draw_hash_alg();
	BYTE data[200];
	const DWORD len = draw(sizeof(data) + 1);
	const DWORD first = draw(len + 1);
	HCRYPTHASH hash = 0;

	draw_bytes(data, len);
	say_number("hash", id);
	say_bytes("data", data, len);
	if (!say_result("CreateHash", CryptCreateHash(provider, id, 0, 0, &hash)))
		return FALSE;
	(void)say_result("HashData", CryptHashData(hash, data, first, 0) && CryptHashData(hash, data + first, len - first, 0));
	*ret_hash = hash;
	return TRUE;
}

static void say_hash_param(HCRYPTHASH hash, const char *name, DWORD param, DWORD room, DWORD flags)
{
	BYTE value[64] = { 0 };
	DWORD len = room;

	if (!went_well(name, CryptGetHashParam(hash, param, value, &len, flags))) {
		say_number("len", len);
		return;
	}
	say_bytes(name, value, len);
}

static void say_hash(HCRYPTHASH hash)
{
	DWORD len = 7;

	say_hash_param(hash, "HP_ALGID", HP_ALGID, 64, 0);
	say_hash_param(hash, "HP_HASHSIZE", HP_HASHSIZE, 64, 0);
	say_hash_param(hash, "HP_HASHVAL", HP_HASHVAL, 64, 0);
	(void)say_result("HP_HASHVAL.ask", CryptGetHashParam(hash, HP_HASHVAL, NULL, &len, 0));
	say_number("len", len);
}

/* ---- keys: parameters ------------------------------------------------------------------------------- */

struct param {
	const char *name;
	DWORD number;
};
static const struct param params[] = {
	{ "KP_IV", KP_IV },
	{ "KP_SALT", KP_SALT },
	{ "KP_PADDING", KP_PADDING },
	{ "KP_MODE", KP_MODE },
	{ "KP_MODE_BITS", KP_MODE_BITS },
	{ "KP_PERMISSIONS", KP_PERMISSIONS },
	{ "KP_ALGID", KP_ALGID },
	{ "KP_BLOCKLEN", KP_BLOCKLEN },
	{ "KP_KEYLEN", KP_KEYLEN },
	{ "KP_EFFECTIVE_KEYLEN", KP_EFFECTIVE_KEYLEN },
};

/* bytes_too: not of what is random. */
static void say_key(HCRYPTKEY key, BOOL bytes_too)
{
	for (DWORD i = 0; i < COUNT(params); i++) {
		BYTE value[64] = { 0 };
		DWORD len = sizeof(value);

		if (!went_well(params[i].name, CryptGetKeyParam(key, params[i].number, value, &len, 0)))
			continue;
		if (bytes_too || params[i].number != KP_SALT)
			say_bytes(params[i].name, value, len);
		else
			say_number(params[i].name, len);
	}
}

/* Questions that are no good. */
static void ask_wrongly(HCRYPTKEY key)
{
	static const DWORD numbers[] = { KP_IV, KP_MODE, KP_SALT_EX, 0, 77, KP_KEYLEN, KP_SALT };
	const DWORD number = PICK(numbers);
	const DWORD flags = seldom(3) ? 1 + draw(4) : 0;
	BYTE value[64];
	DWORD len = draw(9);

	say_number("get", number);
	say_number("flags", flags);
	say_number("room", len);
	(void)say_result("GetKeyParam", CryptGetKeyParam(key, number, value, &len, flags));
	say_number("len", len);
	len = 3;
	(void)say_result("GetKeyParam.ask", CryptGetKeyParam(key, number, NULL, &len, 0));
	say_number("len", len);
}

static void set_number(HCRYPTKEY key, DWORD param, DWORD value, DWORD flags)
{
	say_number("value", value);
	(void)say_result("SetKeyParam", CryptSetKeyParam(key, param, (const BYTE *)&value, flags));
}

static void set_salt_ex(HCRYPTKEY key, DWORD flags)
{
	BYTE bytes[32];
	CRYPT_INTEGER_BLOB blob = { .cbData = draw(28), .pbData = bytes };

	draw_bytes(bytes, sizeof(bytes));
	say_bytes("value", bytes, blob.cbData);
	(void)say_result("SetKeyParam", CryptSetKeyParam(key, KP_SALT_EX, (const BYTE *)&blob, flags));
}

static void set_bytes(HCRYPTKEY key, DWORD param, DWORD flags)
{
	BYTE bytes[32];

	draw_bytes(bytes, sizeof(bytes));
	say_bytes("value", bytes, sizeof(bytes));
	(void)say_result("SetKeyParam", CryptSetKeyParam(key, param, bytes, flags));
}

static void set_param(HCRYPTKEY key)
{
	static const DWORD numbers[] = { KP_IV,   KP_IV,   KP_SALT, KP_SALT_EX, KP_MODE, KP_MODE, KP_MODE,
					 KP_PADDING, KP_MODE_BITS, KP_PERMISSIONS, KP_EFFECTIVE_KEYLEN,
					 KP_EFFECTIVE_KEYLEN, KP_ALGID, KP_KEYLEN, 77, 0 };
	static const DWORD modes[] = { CRYPT_MODE_CBC, CRYPT_MODE_ECB, CRYPT_MODE_CFB, CRYPT_MODE_ECB, CRYPT_MODE_CFB,
				       CRYPT_MODE_OFB, CRYPT_MODE_CTS, 0, 6 };
	static const DWORD strengths[] = { 40, 0, 1, 56, 64, 128, 1024, 1025, 41, 63 };
	const DWORD number = PICK(numbers);
	const DWORD flags = seldom(12) ? 1 : 0;

	say_number("set", number);
	say_number("flags", flags);
	if (number == KP_SALT_EX)
		set_salt_ex(key, flags);
	else if (number == KP_IV || number == KP_SALT)
		set_bytes(key, number, flags);
	else if (number == KP_MODE)
		set_number(key, number, PICK(modes), flags);
	else if (number == KP_EFFECTIVE_KEYLEN)
		set_number(key, number, PICK(strengths), flags);
	else if (number == KP_PADDING)
		set_number(key, number, draw(4), flags);
	else
		set_number(key, number, draw(64), flags);
}

/* ---- keys: data ------------------------------------------------------------------------------------- */

struct message {
	BYTE bytes[ROOM];
	DWORD len;
};

static void draw_message(struct message *message, DWORD longest)
{
	message->len = draw(longest + 1);
	draw_bytes(message->bytes, message->len);
}

static BOOL crypt(HCRYPTKEY key, BOOL encrypt, BOOL final, struct message *message)
{
	const char *name = encrypt ? "Encrypt" : "Decrypt";
	const BOOL ok = encrypt ? CryptEncrypt(key, 0, final, 0, message->bytes, &message->len, ROOM)
				: CryptDecrypt(key, 0, final, 0, message->bytes, &message->len);

	if (!went_well(name, ok))
		return FALSE;
	say_bytes(name, message->bytes, message->len);
	return TRUE;
}

/* There and back. */
static void crypt_whole(HCRYPTKEY key)
{
	struct message message;

	draw_message(&message, 70);
	say_bytes("text", message.bytes, message.len);
	if (crypt(key, TRUE, TRUE, &message))
		(void)crypt(key, FALSE, TRUE, &message);
}

#define PIECES 3

/* Pieces but the last are seldom broken blocks, which end the message where it is. */
static void crypt_pieces(HCRYPTKEY key)
{
	struct message pieces[PIECES];
	DWORD done = 0;

	for (DWORD i = 0; i < PIECES; i++) {
		draw_message(&pieces[i], 60);
		if (i + 1 < PIECES && !seldom(8))
			pieces[i].len &= ~15u;
		say_bytes("piece", pieces[i].bytes, pieces[i].len);
	}
	while (done < PIECES && crypt(key, TRUE, done + 1 == PIECES, &pieces[done]))
		done++;
	for (DWORD i = 0; done == PIECES && i < PIECES; i++)
		(void)crypt(key, FALSE, i + 1 == PIECES, &pieces[i]);
}

/* A copy in the middle of a message goes on as the key itself does. */
static void crypt_copies(HCRYPTKEY key)
{
	struct message first;
	struct message end;
	struct message copied;
	HCRYPTKEY copy = 0;

	draw_message(&first, 60);
	first.len &= ~15u;
	draw_message(&end, 60);
	copied = end;
	say_bytes("text", first.bytes, first.len);
	say_bytes("text", end.bytes, end.len);
	(void)crypt(key, TRUE, FALSE, &first);
	if (!say_result("DuplicateKey", CryptDuplicateKey(key, NULL, 0, &copy)))
		return;
	(void)crypt(key, TRUE, TRUE, &end);
	say_key(copy, TRUE);
	(void)crypt(copy, TRUE, TRUE, &copied);
	(void)say_result("DestroyKey", CryptDestroyKey(copy));
}

/*
 * What is no cipher text; in a copy, because what a failure leaves is nobody's promise. Not nothing at all: Wine looks
 * for the padding before it, and dies.
 */
static void decrypt_garbage(HCRYPTKEY key)
{
	struct message garbage;
	const BOOL final = !seldom(3);
	HCRYPTKEY copy = 0;

	draw_message(&garbage, 64);
	if (!seldom(3))
		garbage.len &= ~15u;
	if (garbage.len == 0) {
		garbage.len = 16;
		draw_bytes(garbage.bytes, garbage.len);
	}
	say_number("final", (DWORD)final);
	say_bytes("text", garbage.bytes, garbage.len);
	if (!say_result("DuplicateKey", CryptDuplicateKey(key, NULL, 0, &copy)))
		return;
	(void)crypt(copy, FALSE, final, &garbage);
	(void)CryptDestroyKey(copy);
}

/* How much room it would want, and too little of it. */
static void ask_room(HCRYPTKEY key)
{
	BYTE data[128] = { 0 };
	const DWORD len = draw(65);
	const DWORD room = len + draw(20);
	const BOOL final = !seldom(3);
	const DWORD flags = seldom(6) ? 1 + draw(3) : 0;
	DWORD needed = len;

	say_number("final", (DWORD)final);
	say_number("flags", flags);
	say_number("text", len);
	say_number("room", room);
	(void)say_result("Encrypt.ask", CryptEncrypt(key, 0, final, 0, NULL, &needed, 0));
	say_number("len", needed);
	needed = len;
	if (!went_well("Encrypt", CryptEncrypt(key, 0, final, flags, data, &needed, room)))
		say_number("len", needed);
	else
		say_bytes("Encrypt", data, needed);
}

/* ---- keys: blobs ------------------------------------------------------------------------------------ */

static BOOL export_plain(HCRYPTKEY key, struct message *blob)
{
	blob->len = ROOM;
	if (!went_well("ExportKey", CryptExportKey(key, 0, PLAINTEXTKEYBLOB, 0, blob->bytes, &blob->len)))
		return FALSE;
	say_bytes("ExportKey", blob->bytes, blob->len);
	return TRUE;
}

/* Other kinds, flags and rooms. */
static void export_otherwise(HCRYPTKEY key)
{
	static const DWORD types[] = { PLAINTEXTKEYBLOB, SIMPLEBLOB, PUBLICKEYBLOB, PRIVATEKEYBLOB, OPAQUEKEYBLOB, 0, 99 };
	const DWORD type = PICK(types);
	const DWORD flags = seldom(3) ? PICK(types) : 0;
	BYTE blob[ROOM];
	DWORD len = draw(60);

	say_number("type", type);
	say_number("flags", flags);
	say_number("room", len);
	(void)say_result("ExportKey", CryptExportKey(key, 0, type, flags, blob, &len));
	say_number("len", len);
	len = 5;
	(void)say_result("ExportKey.ask", CryptExportKey(key, 0, type, 0, NULL, &len));
	say_number("len", len);
}

static void import_blob(HCRYPTPROV provider, const struct message *blob, DWORD flags)
{
	struct message again;
	HCRYPTKEY key = 0;

	say_number("flags", flags);
	say_bytes("blob", blob->bytes, blob->len);
	if (!say_result("ImportKey", CryptImportKey(provider, blob->bytes, blob->len, 0, flags, &key)))
		return;
	say_key(key, TRUE);
	crypt_whole(key);
	(void)export_plain(key, &again);
	(void)CryptDestroyKey(key);
}

static DWORD draw_import_flags(void)
{
	static const DWORD flags[] = { 0, CRYPT_EXPORTABLE, CRYPT_NO_SALT, CRYPT_EXPORTABLE | CRYPT_NO_SALT };
	static const DWORD others[] = { CRYPT_CREATE_SALT, CRYPT_UPDATE_KEY, 0x800u, 0x280000u, 0x40000u };
	const DWORD other = seldom(8) ? PICK(others) : 0;

	return PICK(flags) | other;
}

/* One byte of the header or the length, or the blob's end. */
static void damage(struct message *blob)
{
	static const DWORD places[] = { 0, 1, 2, 4, 5, 8, 9 };
	const DWORD place = PICK(places);
	const DWORD kind = draw(4);

	if (kind == 0)
		blob->len = draw(blob->len) + 1;
	else if (kind == 1)
		blob->len += 1 + draw(8);
	else
		blob->bytes[place] ^= (BYTE)(1 + draw(20));
}

/* ---- the kinds of cases ----------------------------------------------------------------------------- */

static const DWORD key_algs[] = { CALG_DES, CALG_3DES_112, CALG_3DES, CALG_RC2, CALG_RC4, CALG_AES_128, CALG_AES_192,
				  CALG_AES_256, CALG_RC2, CALG_RC4 };
static const DWORD no_key_algs[] = { CALG_AES, CALG_RC5, CALG_SHA1, CALG_HMAC, CALG_MAC, 0, 0x6604u,
				     0x660Cu, 0x6800u, 0xFFFFFFFFu, CALG_SCHANNEL_MAC_KEY, CALG_SCHANNEL_ENC_KEY };

static DWORD draw_key_alg(void)
{
	const BOOL other = seldom(8);
	const DWORD usual = PICK(key_algs);
	const DWORD unusual = PICK(no_key_algs);

	return other ? unusual : usual;
}

static DWORD draw_key_flags(void)
{
	static const DWORD lengths[] = { 0, 0, 0, 0, 40, 40, 56, 64, 128, 112, 168,
					 192, 48, 256, 80, 41, 8, 32, 127, 129, 136, 1 };
	static const DWORD flags[] = { 0, 0, 0, CRYPT_CREATE_SALT, CRYPT_NO_SALT, CRYPT_CREATE_SALT, CRYPT_NO_SALT,
				       CRYPT_CREATE_SALT | CRYPT_NO_SALT, CRYPT_UPDATE_KEY, CRYPT_SERVER, CRYPT_USER_PROTECTED };
	const DWORD exportable = seldom(8) ? 0 : CRYPT_EXPORTABLE;
	const DWORD unknown = seldom(20) ? 1u << (5 + draw(10)) : 0;

	return PICK(lengths) << 16 | PICK(flags) | exportable | unknown;
}

static void use_key(HCRYPTKEY key)
{
	begin_step(STEP_WHOLE);
	crypt_whole(key);
	begin_step(STEP_PIECES);
	crypt_pieces(key);
	begin_step(STEP_COPIES);
	crypt_copies(key);
	begin_step(STEP_GARBAGE);
	decrypt_garbage(key);
	begin_step(STEP_ROOM);
	ask_room(key);
}

static void set_params(HCRYPTKEY key, DWORD count)
{
	for (DWORD i = 0; i < count; i++) {
		begin_step(STEP_SET + i);
		set_param(key);
		say_key(key, TRUE);
	}
}

static void import_again(HCRYPTPROV provider, HCRYPTKEY key)
{
	struct message blob = { .len = 0 };

	if (!export_plain(key, &blob))
		return;
	import_blob(provider, &blob, draw_import_flags());
	begin_step(STEP_DAMAGE);
	damage(&blob);
	import_blob(provider, &blob, CRYPT_EXPORTABLE);
}

static void use_derived(HCRYPTPROV provider, HCRYPTHASH hash, DWORD sets)
{
	const DWORD id = seldom(50) ? CALG_RSA_SIGN : draw_key_alg();
	const DWORD flags = draw_key_flags();
	HCRYPTKEY key = 0;

	say_number("alg", id);
	say_number("flags", flags);
	if (!say_result("DeriveKey", CryptDeriveKey(provider, id, hash, flags, &key)))
		return;
	say_key(key, TRUE);
	(void)say_result("HashData.late", CryptHashData(hash, (const BYTE *)"x", 1, 0));
	begin_step(STEP_ASK);
	ask_wrongly(key);
	begin_step(STEP_EXPORT);
	export_otherwise(key);
	begin_step(STEP_IMPORT);
	import_again(provider, key);
	set_params(key, sets);
	use_key(key);
	begin_step(STEP_END);
	(void)say_result("DestroyKey", CryptDestroyKey(key));
}

static void derive_case(void)
{
	const DWORD sets = draw(4);
	HCRYPTPROV provider = draw_provider();
	HCRYPTHASH hash = 0;

	if (!make_hash(provider, &hash))
		return;
	use_derived(provider, hash, sets);
	begin_step(STEP_END);
	say_hash(hash);
	(void)say_result("DestroyHash", CryptDestroyHash(hash));
}

/* By its properties: the bytes are random. What is encrypted comes back. */
static void generate_case(void)
{
	HCRYPTPROV provider = draw_provider();
	const DWORD id = draw_key_alg();
	const DWORD flags = draw_key_flags();
	BYTE text[ROOM] = "what is encrypted comes back";
	DWORD len = 28;
	HCRYPTKEY key = 0;

	say_number("alg", id);
	say_number("flags", flags);
	if (!say_result("GenKey", CryptGenKey(provider, id, flags, &key)))
		return;
	say_key(key, FALSE);
	begin_step(STEP_EXPORT);
	export_otherwise(key);
	begin_step(STEP_WHOLE);
	(void)say_result("Encrypt", CryptEncrypt(key, 0, TRUE, 0, text, &len, ROOM));
	say_number("len", len);
	(void)say_result("Decrypt", CryptDecrypt(key, 0, TRUE, 0, text, &len));
	say_bytes("text", text, len);
	(void)say_result("DestroyKey", CryptDestroyKey(key));
}

/* A blob of our own making. */
static void import_case(void)
{
	static const DWORD lengths[] = { 5, 5, 7, 8, 16, 16, 24, 32, 21, 14, 15, 17, 4, 1, 0, 10, 13, 128, 129 };
	static const BYTE types[] = { SIMPLEBLOB, PUBLICKEYBLOB, PRIVATEKEYBLOB, OPAQUEKEYBLOB, 0 };
	HCRYPTPROV provider = draw_provider();
	const DWORD len = PICK(lengths);
	BLOBHEADER header = { .bType = PLAINTEXTKEYBLOB, .bVersion = CUR_BLOB_VERSION, .aiKeyAlg = draw_key_alg() };
	struct message blob = { .len = 0 };
	const DWORD type = draw(COUNT(types));

	if (seldom(10))
		header.bType = types[type];
	memcpy(blob.bytes, &header, sizeof(header));
	memcpy(blob.bytes + sizeof(header), &len, sizeof(len));
	draw_bytes(blob.bytes + sizeof(header) + sizeof(len), len);
	blob.len = (DWORD)(sizeof(header) + sizeof(len)) + len;
	if (seldom(6))
		damage(&blob);
	import_blob(provider, &blob, draw_import_flags());
}

/* What a hash takes in which state. */
static void use_hash(HCRYPTHASH hash)
{
	static const DWORD numbers[] = { HP_ALGID, HP_HASHVAL, HP_HASHSIZE, HP_HASHVAL, 0, 3, 99 };
	BYTE bytes[64];
	HCRYPTHASH copy = 0;
	const DWORD number = PICK(numbers);
	const DWORD flags = seldom(6) ? 1 + draw(3) : 0;

	draw_bytes(bytes, sizeof(bytes));
	say_number("param", number);
	say_number("flags", flags);
	switch (draw(4)) {
	case 0:
		(void)say_result("HashData", CryptHashData(hash, bytes, draw(64), flags));
		break;
	case 1:
		say_hash_param(hash, "GetHashParam", number, draw(65), flags);
		break;
	case 2:
		say_bytes("value", bytes, sizeof(bytes));
		(void)say_result("SetHashParam", CryptSetHashParam(hash, number, bytes, flags));
		break;
	default:
		if (!say_result("DuplicateHash", CryptDuplicateHash(hash, NULL, 0, &copy)))
			break;
		say_hash(copy);
		(void)say_result("DestroyHash", CryptDestroyHash(copy));
	}
}

static void hash_case(void)
{
	HCRYPTPROV provider = draw_provider();
	HCRYPTHASH hash = 0;

	if (!make_hash(provider, &hash))
		return;
	for (DWORD i = 0; i < 5; i++)
		use_hash(hash);
	say_hash(hash);
	(void)say_result("DestroyHash", CryptDestroyHash(hash));
}

/* Encryption and a hash of the plain text at once. */
static void hashed_case(void)
{
	HCRYPTPROV provider = draw_provider();
	const BOOL finished = seldom(4);
	const DWORD id = PICK(key_algs);
	HCRYPTHASH hash = 0;
	HCRYPTHASH beside = 0;
	HCRYPTKEY key = 0;
	struct message message;

	draw_message(&message, 60);
	say_bytes("text", message.bytes, message.len);
	say_number("finished", (DWORD)finished);
	say_number("alg", id);
	if (!make_hash(provider, &hash) ||
	    !say_result("DeriveKey", CryptDeriveKey(provider, id, hash, 0, &key)) ||
	    !say_result("CreateHash", CryptCreateHash(provider, CALG_SHA1, 0, 0, &beside)))
		return;
	if (finished)
		say_hash(beside);
	if (went_well("Encrypt", CryptEncrypt(key, beside, TRUE, 0, message.bytes, &message.len, ROOM))) {
		say_bytes("Encrypt", message.bytes, message.len);
		if (went_well("Decrypt", CryptDecrypt(key, beside, TRUE, 0, message.bytes, &message.len)))
			say_bytes("Decrypt", message.bytes, message.len);
	}
	say_hash(beside);
	(void)CryptDestroyHash(beside);
	(void)CryptDestroyHash(hash);
	(void)CryptDestroyKey(key);
}

/* Which provider a name and a type are. */
static void acquire_case(void)
{
	static const char *const names[] = { NULL, NULL, MS_DEF_PROV_A, MS_STRONG_PROV_A, MS_ENHANCED_PROV_A,
					     MS_ENH_RSA_AES_PROV_A, "No Such Provider" };
	static const DWORD types[] = { PROV_RSA_FULL, PROV_RSA_AES, PROV_RSA_FULL, PROV_RSA_AES, 0, 999, 1000, 77 };
	const DWORD name = draw(COUNT(names));
	const DWORD type = PICK(types);
	HCRYPTPROV provider = 0;
	BYTE text[200];
	DWORD len = sizeof(text);

	printf("\tname=%s", names[name] != NULL ? names[name] : "");
	say_number("type", type);
	if (!say_result("AcquireContext", CryptAcquireContextA(&provider, NULL, names[name], type, CRYPT_VERIFYCONTEXT)))
		return;
	if (went_well("PP_NAME", CryptGetProvParam(provider, PP_NAME, text, &len, 0)))
		printf("\tPP_NAME=%.*s", (int)len - 1, (const char *)text);
	len = sizeof(text);
	if (went_well("PP_PROVTYPE", CryptGetProvParam(provider, PP_PROVTYPE, text, &len, 0)))
		say_bytes("PP_PROVTYPE", text, len);
	(void)say_result("ReleaseContext", CryptReleaseContext(provider, 0));
}

/* Handles that are none, and pointers that are missing. */
static void handle_case(void)
{
	HCRYPTPROV provider = draw_provider();
	HCRYPTHASH hash = 0;
	HCRYPTKEY key = 0;
	BYTE data[32] = { 0 };
	DWORD len = 4;

	switch (draw(8)) {
	case 0:
		(void)say_result("DeriveKey.hash0", CryptDeriveKey(provider, CALG_RC4, 0, 0, &key));
		break;
	case 1:
		(void)say_result("DeriveKey.prov0", CryptDeriveKey(0, CALG_RC4, 0, 0, &key));
		break;
	case 2:
		(void)say_result("CreateHash.flags", CryptCreateHash(provider, CALG_SHA1, 0, 1, &hash));
		break;
	case 3:
		(void)say_result("CreateHash.null", CryptCreateHash(provider, CALG_SHA1, 0, 0, NULL));
		break;
	case 4:
		(void)say_result("GenKey.null", CryptGenKey(provider, CALG_RC4, 0, NULL));
		break;
	case 5:
		(void)say_result("Encrypt.key0", CryptEncrypt(0, 0, TRUE, 0, data, &len, sizeof(data)));
		break;
	case 6:
		(void)say_result("HashData.hash0", CryptHashData(0, data, len, 0));
		break;
	default:
		(void)say_result("DestroyKey.0", CryptDestroyKey(0));
		(void)say_result("DestroyHash.0", CryptDestroyHash(0));
	}
}

/* ---- all of them ------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	DWORD share;
	void (*run)(void);
} kinds[] = {
	{ "derive", 60, derive_case }, { "import", 15, import_case },   { "generate", 9, generate_case },
	{ "hash", 8, hash_case },      { "hashed", 5, hashed_case },    { "acquire", 2, acquire_case },
	{ "handle", 1, handle_case },
};

static void run_case(void)
{
	DWORD at = draw(100);
	DWORD kind = 0;

	while (at >= kinds[kind].share)
		at -= kinds[kind++].share;
	printf("%u\t%s", (unsigned)number_of_case, kinds[kind].name);
	kinds[kind].run();
	printf("\n");
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	DWORD count;

	if (argc != 3) {
		fprintf(stderr, "capi_diff SEED COUNT\n");
		return 2;
	}
	seed = strtoul(argv[1], NULL, 10);
	count = (DWORD)strtoul(argv[2], NULL, 10);
	if (!open_providers()) {
		fprintf(stderr, "a provider cannot be opened: %08x\n", (unsigned)GetLastError());
		return 1;
	}
	for (number_of_case = 0; number_of_case < count; number_of_case++) {
		begin_step(STEP_CASE);
		run_case();
	}
	printf("end\n");
	return 0;
}
