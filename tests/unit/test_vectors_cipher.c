/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers for ciphers through PKCS#11: each record is imported as a key and run in both directions, at once, at
 * once in place, and in pieces of several sizes. tests/vectors and scripts/make-vectors say where the records come
 * from.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkcs11/cipher_params.h"
#include "tests/unit/cki_env.h"
#include "tests/unit/vectors.h"

#define ROOM 2048u

/* A mechanism of a record and how its parameter is made. */
static const struct kind {
	const char *name;
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type;
	enum cki_param param;
} kinds[] = {
	{ "AES_ECB", CKM_AES_ECB, CKK_AES, CKI_PARAM_IV },
	{ "AES_CBC", CKM_AES_CBC, CKK_AES, CKI_PARAM_IV },
	{ "AES_CBC_PAD", CKM_AES_CBC_PAD, CKK_AES, CKI_PARAM_IV },
	{ "AES_OFB", CKM_AES_OFB, CKK_AES, CKI_PARAM_IV },
	{ "AES_CFB1", CKM_AES_CFB1, CKK_AES, CKI_PARAM_IV },
	{ "AES_CFB8", CKM_AES_CFB8, CKK_AES, CKI_PARAM_IV },
	{ "AES_CFB128", CKM_AES_CFB128, CKK_AES, CKI_PARAM_IV },
	{ "AES_CTS", CKM_AES_CTS, CKK_AES, CKI_PARAM_IV },
	{ "AES_CTR", CKM_AES_CTR, CKK_AES, CKI_PARAM_CTR },
	{ "AES_GCM", CKM_AES_GCM, CKK_AES, CKI_PARAM_GCM },
	{ "AES_CCM", CKM_AES_CCM, CKK_AES, CKI_PARAM_CCM },
	{ "AES_XTS", CKM_AES_XTS, CKK_AES_XTS, CKI_PARAM_IV },
	{ "AES_KEY_WRAP", CKM_AES_KEY_WRAP, CKK_AES, CKI_PARAM_IV },
	{ "AES_KEY_WRAP_KWP", CKM_AES_KEY_WRAP_KWP, CKK_AES, CKI_PARAM_IV },
	{ "DES3_ECB", CKM_DES3_ECB, CKK_DES3, CKI_PARAM_IV },
	{ "DES3_CBC", CKM_DES3_CBC, CKK_DES3, CKI_PARAM_IV },
	{ "CHACHA20", CKM_CHACHA20, CKK_CHACHA20, CKI_PARAM_CHACHA20 },
	{ "CHACHA20_POLY1305", CKM_CHACHA20_POLY1305, CKK_CHACHA20, CKI_PARAM_CHACHA20_POLY1305 },
	{ "DES_ECB", CKM_DES_ECB, CKK_DES, CKI_PARAM_IV },
	{ "DES_CBC", CKM_DES_CBC, CKK_DES, CKI_PARAM_IV },
	{ "RC2_ECB", CKM_RC2_ECB, CKK_RC2, CKI_PARAM_RC2 },
	{ "RC2_CBC", CKM_RC2_CBC, CKK_RC2, CKI_PARAM_RC2_CBC },
	{ "RC4", CKM_RC4, CKK_RC4, CKI_PARAM_IV },
};

/* A record, ready to be used. */
struct record {
	const struct kind *kind;
	CK_OBJECT_HANDLE key;
	struct span iv;
	struct span aad;
	struct span pt;
	struct span ct;
	size_t tag_len;
	CK_ULONG bits;
	bool refused;      /* what is decrypted is not authentic */
	bool wrong_length; /* of what is encrypted or decrypted */
	bool encrypt_only;
	bool decrypt_only;
	CK_MECHANISM mechanism;
	union {
		struct cki_ctr_params ctr;
		struct cki_gcm_params gcm;
		struct cki_ccm_params ccm;
		struct cki_chacha20_params chacha20;
		struct cki_chacha20_poly1305_params poly1305;
		struct cki_rc2_cbc_params rc2_cbc;
	} params;
};

static struct {
	size_t encrypted;
	size_t decrypted;
	size_t refused;
	size_t runs;
} counts;

static CK_BYTE *bytes_of(struct span span)
{
	return (CK_BYTE *)(uintptr_t)span.data;
}

static void parameter(struct record *r, void *structure, size_t len)
{
	r->mechanism.pParameter = structure;
	r->mechanism.ulParameterLen = len;
}

static void make_parameter(struct record *r)
{
	r->mechanism.mechanism = r->kind->type;
	switch (r->kind->param) {
	case CKI_PARAM_CTR:
		r->params.ctr.counter_bits_count = 128;
		memcpy(r->params.ctr.block, r->iv.data, sizeof(r->params.ctr.block));
		parameter(r, &r->params.ctr, sizeof(r->params.ctr));
		break;
	case CKI_PARAM_GCM:
		r->params.gcm = (struct cki_gcm_params){ .iv = bytes_of(r->iv), .iv_size = r->iv.len,
							 .iv_bits_ignored = 8 * r->iv.len, .aad = bytes_of(r->aad),
							 .aad_size = r->aad.len, .tag_bits_count = 8 * r->tag_len };
		parameter(r, &r->params.gcm, sizeof(r->params.gcm));
		break;
	case CKI_PARAM_CCM:
		r->params.ccm = (struct cki_ccm_params){ .data_size = r->ct.len - r->tag_len, .nonce = bytes_of(r->iv),
							 .nonce_size = r->iv.len, .aad = bytes_of(r->aad),
							 .aad_size = r->aad.len, .mac_size = r->tag_len };
		parameter(r, &r->params.ccm, sizeof(r->params.ccm));
		break;
	case CKI_PARAM_CHACHA20:
		r->params.chacha20 = (struct cki_chacha20_params){ .counter = bytes_of(r->iv), .counter_bits_count = 32,
								   .nonce = bytes_of(r->iv) + 4, .nonce_bits = 96 };
		parameter(r, &r->params.chacha20, sizeof(r->params.chacha20));
		break;
	case CKI_PARAM_CHACHA20_POLY1305:
		r->params.poly1305 = (struct cki_chacha20_poly1305_params){
			.nonce = bytes_of(r->iv), .nonce_size = 12, .aad = bytes_of(r->aad), .aad_size = r->aad.len
		};
		parameter(r, &r->params.poly1305, sizeof(r->params.poly1305));
		break;
	case CKI_PARAM_RC2:
		parameter(r, &r->bits, sizeof(r->bits));
		break;
	case CKI_PARAM_RC2_CBC:
		r->params.rc2_cbc.effective_bits = r->bits;
		memcpy(r->params.rc2_cbc.iv, r->iv.data, sizeof(r->params.rc2_cbc.iv));
		parameter(r, &r->params.rc2_cbc, sizeof(r->params.rc2_cbc));
		break;
	case CKI_PARAM_IV:
	case CKI_PARAM_COUNT:
	default:
		parameter(r, bytes_of(r->iv), r->iv.len);
	}
}

static const struct kind *kind_of(const struct vectors *file, size_t at)
{
	for (size_t i = 0; i < ENV_COUNT(kinds); i++)
		if (vectors_is(file, at, "mech", kinds[i].name))
			return &kinds[i];
	ck_abort_msg("line %zu: a mechanism nobody knows", vectors_line(file, at));
	return NULL;
}

static struct span optional(const struct vectors *file, size_t at, const char *name)
{
	return vectors_has(file, at, name) ? vectors_bytes(file, at, name) : SPAN_EMPTY;
}

static CK_ULONG number(const struct vectors *file, size_t at, const char *name)
{
	return vectors_has(file, at, name) ? strtoul(vectors_text(file, at, name), NULL, 10) : 0;
}

static void read_record(const struct vectors *file, size_t at, struct record *r)
{
	const struct span key = vectors_bytes(file, at, "key");

	*r = (struct record){
		.kind = kind_of(file, at),
		.iv = optional(file, at, "iv"),
		.aad = optional(file, at, "aad"),
		.pt = vectors_bytes(file, at, "pt"),
		.ct = vectors_bytes(file, at, "ct"),
		.tag_len = number(file, at, "tag"),
		.bits = number(file, at, "bits"),
		.refused = vectors_is(file, at, "expect", "refuse"),
		.wrong_length = vectors_is(file, at, "expect", "length"),
		.encrypt_only = vectors_is(file, at, "only", "encrypt"),
		.decrypt_only = vectors_is(file, at, "only", "decrypt"),
	};
	ck_assert_uint_le(r->ct.len, ROOM - 64);
	/* triple DES with two keys that are the same is no DES2 key: it has 24 bytes here */
	r->key = env_import(r->kind->key_type, key.data, key.len);
	make_parameter(r);
}

typedef CK_RV (*init_fn)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
typedef CK_RV (*data_fn)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
typedef CK_RV (*final_fn)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *);

/* One direction of a record. */
struct way {
	init_fn init;
	data_fn once;
	data_fn update;
	final_fn final;
	struct span in;
	struct span out;
	CK_RV expected;
};

/* step 0: at once; 1: at once in place; else in parts of so many bytes, each in place where it can be. */
static CK_RV run(struct record *r, const struct way *way, size_t step, CK_BYTE out[ROOM], CK_ULONG *ret_len)
{
	CK_ULONG room = ROOM;
	size_t at = 0;
	CK_RV rv;

	counts.runs++;
	env_ok(way->init(env.session, &r->mechanism, r->key));
	if (step == 0) {
		*ret_len = way->expected != CKR_OK ? ROOM : way->out.len;
		return way->once(env.session, bytes_of(way->in), way->in.len, out, ret_len);
	}
	if (step == 1) {
		if (way->in.len != 0)
			memcpy(out, way->in.data, way->in.len);
		*ret_len = ROOM;
		return way->once(env.session, out, way->in.len, out, ret_len);
	}
	for (size_t from = 0; from < way->in.len; from += step) {
		const size_t part = way->in.len - from < step ? way->in.len - from : step;

		room = ROOM - at;
		memcpy(out + at, way->in.data + from, part);
		rv = way->update(env.session, out + at, part, out + at, &room);
		if (rv != CKR_OK)
			return rv;
		at += room;
	}
	room = ROOM - at;
	rv = way->final(env.session, out + at, &room);
	*ret_len = at + room;
	return rv;
}

static void check_way(struct record *r, const struct way *way, const char *what)
{
	static const size_t steps[] = { 0, 1, 3, 7, 16, 33, 1000 };
	CK_BYTE out[ROOM];
	CK_ULONG len;
	CK_RV rv;

	for (size_t i = 0; i < ENV_COUNT(steps); i++) {
		memset(out, 0xEE, sizeof(out));
		rv = run(r, way, steps[i], out, &len);
		ck_assert_msg(rv == way->expected, "%s, step %zu: 0x%lx", what, steps[i], rv);
		if (rv != CKR_OK)
			continue;
		ck_assert_msg(len == way->out.len, "%s, step %zu: %lu bytes", what, steps[i], len);
		ck_assert_msg(len == 0 || memcmp(out, way->out.data, len) == 0, "%s, step %zu: wrong bytes", what,
			      steps[i]);
	}
}

static void check_ways(struct record *r, const char *what)
{
	const struct way encrypting = {
		env.f->C_EncryptInit, env.f->C_Encrypt, env.f->C_EncryptUpdate, env.f->C_EncryptFinal,
		r->pt, r->ct, r->wrong_length ? CKR_DATA_LEN_RANGE : CKR_OK,
	};
	const struct way decrypting = {
		env.f->C_DecryptInit, env.f->C_Decrypt, env.f->C_DecryptUpdate, env.f->C_DecryptFinal, r->ct, r->pt,
		r->wrong_length ? CKR_ENCRYPTED_DATA_LEN_RANGE : r->refused ? CKR_ENCRYPTED_DATA_INVALID : CKR_OK,
	};

	if (!r->decrypt_only)
		check_way(r, &encrypting, what);
	if (!r->encrypt_only)
		check_way(r, &decrypting, what);
}

static void check_record(const char *name, const struct vectors *file, size_t at)
{
	char what[128];
	struct record r;

	read_record(file, at, &r);
	snprintf(what, sizeof(what), "%s:%zu %s", name, vectors_line(file, at), r.kind->name);
	check_ways(&r, what);
	if (r.kind->type == CKM_AES_KEY_WRAP_KWP) {
		/* doc/mechanisms.md: the same under its older name */
		r.mechanism.mechanism = CKM_AES_KEY_WRAP_PAD;
		check_ways(&r, what);
	}
	counts.encrypted += !r.decrypt_only && !r.wrong_length;
	counts.decrypted += !r.encrypt_only && !r.wrong_length && !r.refused;
	counts.refused += r.refused || r.wrong_length;
	env_ok(env.f->C_DestroyObject(env.session, r.key));
}

static void check_file(const char *name)
{
	AUTO_VECTORS *file = vectors_load(name);

	memset(&counts, 0, sizeof(counts));
	env_start_logged_in();
	for (size_t at = 0; at < vectors_count(file); at++)
		check_record(name, file, at);
	env_stop();
	printf("%s: %zu encrypted, %zu decrypted, %zu refused, %zu runs\n", name, counts.encrypted, counts.decrypted,
	       counts.refused, counts.runs);
	fflush(stdout);
	ck_assert_uint_eq(counts.decrypted + counts.refused, vectors_count(file));
}

static const char *const files[] = {
	"aes-modes-nist.vec", "aes-ctr-cts.vec", "gcm-nist.vec",  "ccm-nist.vec",
	"xts-nist.vec",       "key-wrap-nist.vec", "des3-nist.vec", "chacha20.vec",
	"ciphers-wycheproof.vec", "key-wrap-wycheproof.vec",
};

START_TEST(every_record_comes_out_right_in_both_directions_at_once_and_in_parts)
{
	check_file(files[_i]);
}
END_TEST

START_TEST(legacy_records_do_so_when_they_are_asked_for)
{
	env_config("legacy_ciphers", true);
	check_file("legacy-ciphers.vec");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, every_record_comes_out_right_in_both_directions_at_once_and_in_parts, 0,
			    (int)ENV_COUNT(files));
	tcase_add_test(tc, legacy_records_do_so_when_they_are_asked_for);
}

TEST_MAIN("vectors/cipher", add)
