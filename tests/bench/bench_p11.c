/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations through a PKCS#11 module. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

/* CK_HKDF_PARAMS and CKM_HKDF_DERIVE of PKCS#11 3.0, which not every header has. */
struct hkdf_params {
	CK_BBOOL extract;
	CK_BBOOL expand;
	CK_MECHANISM_TYPE prf;
	CK_ULONG salt_type;
	CK_BYTE *salt;
	CK_ULONG salt_len;
	CK_OBJECT_HANDLE salt_key;
	CK_BYTE *info;
	CK_ULONG info_len;
};
#define HKDF_DERIVE 0x402aUL
#define HKDF_SALT_DATA 2UL

union parameter {
	CK_GCM_PARAMS gcm;
	struct hkdf_params hkdf;
	CK_AES_CBC_ENCRYPT_DATA_PARAMS encrypt_data;
};

struct state {
	CK_FUNCTION_LIST *f;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_OBJECT_HANDLE data_key; /* what a chain wraps */
	CK_MECHANISM mechanism;
	union parameter parameter;
};

static CK_BYTE *bytes_of(const uint8_t *bytes)
{
	return (CK_BYTE *)(uintptr_t)bytes;
}

static CK_MECHANISM cbc(void)
{
	return (CK_MECHANISM){ CKM_AES_CBC, bytes_of(bench_iv), sizeof(bench_iv) };
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

CK_OBJECT_HANDLE bench_p11_key(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_KEY_TYPE type)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_BBOOL yes = CK_TRUE;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE attributes[] = {
		{ CKA_CLASS, &class, sizeof(class) },   { CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &no, sizeof(no) },         { CKA_PRIVATE, &no, sizeof(no) },
		{ CKA_SENSITIVE, &no, sizeof(no) },     { CKA_EXTRACTABLE, &yes, sizeof(yes) },
		{ CKA_ENCRYPT, &yes, sizeof(yes) },     { CKA_DECRYPT, &yes, sizeof(yes) },
		{ CKA_SIGN, &yes, sizeof(yes) },        { CKA_DERIVE, &yes, sizeof(yes) },
		{ CKA_WRAP, &yes, sizeof(yes) },        { CKA_UNWRAP, &yes, sizeof(yes) },
		{ CKA_VALUE, bytes_of(bench_key), sizeof(bench_key) },
	};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;

	return f->C_CreateObject(session, attributes, ARRAY_COUNT(attributes), &key) == CKR_OK ? key
											      : CK_INVALID_HANDLE;
}

static CK_KEY_TYPE key_type_of(const struct bench_operation *operation)
{
	switch (operation->mechanism) {
	case CKM_SHA256_HMAC:
	case CKM_SHA256_KEY_DERIVATION:
	case HKDF_DERIVE:
		return CKK_GENERIC_SECRET;
	default:
		return CKK_AES;
	}
}

static CK_RV derive(struct state *s, CK_KEY_TYPE type, CK_OBJECT_HANDLE *ret_key)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ULONG len = BENCH_KEY_LEN;
	CK_BBOOL yes = CK_TRUE;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE attributes[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &no, sizeof(no) },       { CKA_PRIVATE, &no, sizeof(no) },
		{ CKA_DECRYPT, &yes, sizeof(yes) },   { CKA_WRAP, &yes, sizeof(yes) },
		{ CKA_VALUE_LEN, &len, sizeof(len) },
	};

	return s->f->C_DeriveKey(s->session, &s->mechanism, s->key, attributes, ARRAY_COUNT(attributes), ret_key);
}

/* ---- once ---------------------------------------------------------------------------------------------- */

static bool run_encrypt(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_ULONG len = BENCH_ROOM;

	return s->f->C_EncryptInit(s->session, &s->mechanism, s->key) == CKR_OK &&
	       s->f->C_Encrypt(s->session, w->in, w->in_len, w->out, &len) == CKR_OK;
}

static bool run_decrypt(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_ULONG len = BENCH_ROOM;

	return s->f->C_DecryptInit(s->session, &s->mechanism, s->key) == CKR_OK &&
	       s->f->C_Decrypt(s->session, w->in, w->in_len, w->out, &len) == CKR_OK;
}

static bool run_sign(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_ULONG len = BENCH_ROOM;

	return s->f->C_SignInit(s->session, &s->mechanism, s->key) == CKR_OK &&
	       s->f->C_Sign(s->session, w->in, w->in_len, w->out, &len) == CKR_OK;
}

static bool run_digest(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_ULONG len = BENCH_ROOM;

	return s->f->C_DigestInit(s->session, &s->mechanism) == CKR_OK &&
	       s->f->C_Digest(s->session, w->in, w->in_len, w->out, &len) == CKR_OK;
}

static bool run_derive(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_OBJECT_HANDLE key;

	return derive(s, CKK_GENERIC_SECRET, &key) == CKR_OK && s->f->C_DestroyObject(s->session, key) == CKR_OK;
}

static bool wrap_and_decrypt(struct bench_worker *w, CK_OBJECT_HANDLE key)
{
	struct state *s = w->state;
	CK_MECHANISM wrap = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_MECHANISM decrypt = cbc();
	CK_BYTE wrapped[BENCH_WRAPPED_LEN];
	CK_ULONG len = sizeof(wrapped);

	if (s->f->C_WrapKey(s->session, &wrap, key, s->data_key, wrapped, &len) != CKR_OK)
		return false;
	len = BENCH_ROOM;
	return s->f->C_DecryptInit(s->session, &decrypt, key) == CKR_OK &&
	       s->f->C_Decrypt(s->session, w->in, w->in_len, w->out, &len) == CKR_OK;
}

static bool run_chain(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_OBJECT_HANDLE key;
	bool good;

	if (derive(s, CKK_AES, &key) != CKR_OK)
		return false;
	good = wrap_and_decrypt(w, key);
	return s->f->C_DestroyObject(s->session, key) == CKR_OK && good;
}

static bool run_create(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_OBJECT_HANDLE key = bench_p11_key(s->f, s->session, CKK_AES);

	return key != CK_INVALID_HANDLE && s->f->C_DestroyObject(s->session, key) == CKR_OK;
}

static bool run_read(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_KEY_TYPE type;
	CK_ATTRIBUTE attribute = { CKA_KEY_TYPE, &type, sizeof(type) };

	return s->f->C_GetAttributeValue(s->session, s->key, &attribute, 1) == CKR_OK;
}

bool bench_p11_use(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = cbc();
	CK_BYTE block[16];
	CK_ULONG len = sizeof(block);

	return f->C_EncryptInit(session, &mechanism, key) == CKR_OK &&
	       f->C_Encrypt(session, bytes_of(bench_iv), sizeof(bench_iv), block, &len) == CKR_OK;
}

/* ---- begin and end ------------------------------------------------------------------------------------- */

static void set_parameter(struct state *s)
{
	static CK_BYTE data[BENCH_KEY_LEN];

	switch (s->mechanism.mechanism) {
	case CKM_AES_CBC:
		s->mechanism = cbc();
		return;
	case CKM_AES_GCM:
		s->parameter.gcm = (CK_GCM_PARAMS){ .pIv = bytes_of(bench_iv), .ulIvLen = 12, .ulIvBits = 96,
						    .ulTagBits = 8 * BENCH_TAG_LEN };
		s->mechanism.pParameter = &s->parameter.gcm;
		s->mechanism.ulParameterLen = sizeof(s->parameter.gcm);
		return;
	case HKDF_DERIVE:
		s->parameter.hkdf = (struct hkdf_params){ .extract = CK_TRUE, .expand = CK_TRUE, .prf = CKM_SHA256,
							  .salt_type = HKDF_SALT_DATA, .salt = bytes_of(bench_iv),
							  .salt_len = sizeof(bench_iv), .info = bytes_of(bench_iv),
							  .info_len = sizeof(bench_iv) };
		s->mechanism.pParameter = &s->parameter.hkdf;
		s->mechanism.ulParameterLen = sizeof(s->parameter.hkdf);
		return;
	case CKM_AES_CBC_ENCRYPT_DATA:
		s->parameter.encrypt_data = (CK_AES_CBC_ENCRYPT_DATA_PARAMS){ .pData = data, .length = sizeof(data) };
		s->mechanism.pParameter = &s->parameter.encrypt_data;
		s->mechanism.ulParameterLen = sizeof(s->parameter.encrypt_data);
		return;
	default:
		return;
	}
}

static void end(struct bench_worker *w)
{
	struct state *s = w->state;

	if (s->session != CK_INVALID_HANDLE)
		(void)s->f->C_CloseSession(s->session);
	free(s);
}

static bool (*const runs[])(struct bench_worker *worker) = {
	[BENCH_ENCRYPT] = run_encrypt, [BENCH_DECRYPT] = run_decrypt, [BENCH_SIGN] = run_sign,
	[BENCH_DIGEST] = run_digest,   [BENCH_DERIVE] = run_derive,   [BENCH_CHAIN] = run_chain,
	[BENCH_CREATE] = run_create,   [BENCH_READ] = run_read,
};

/* What is decrypted must have been encrypted. */
static bool fill(struct bench_worker *w)
{
	struct state *s = w->state;
	CK_ULONG len = BENCH_ROOM;

	if (w->operation->work != BENCH_DECRYPT)
		return true;
	if (s->f->C_EncryptInit(s->session, &s->mechanism, s->key) != CKR_OK ||
	    s->f->C_Encrypt(s->session, w->in, w->in_len, w->out, &len) != CKR_OK)
		return false;
	memcpy(w->in, w->out, len);
	w->in_len = len;
	return true;
}

static bool prepare(const struct p11_module *module, struct bench_worker *w)
{
	struct state *s = w->state;

	s->f = module->f;
	if (s->f->C_OpenSession(module->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s->session) != CKR_OK)
		return false;
	s->mechanism = (CK_MECHANISM){ .mechanism = w->operation->mechanism };
	set_parameter(s);
	s->key = bench_p11_key(s->f, s->session, key_type_of(w->operation));
	s->data_key = bench_p11_key(s->f, s->session, CKK_AES);
	return s->key != CK_INVALID_HANDLE && s->data_key != CK_INVALID_HANDLE && fill(w) && w->run(w);
}

bool bench_p11_begin(const struct p11_module *module, const struct bench_operation *operation,
		     struct bench_worker *ret_worker)
{
	struct bench_worker w;

	if (!bench_worker_init(&w, operation))
		return false;
	w.run = runs[operation->work];
	w.state = calloc(1, sizeof(struct state));
	w.end = w.state != NULL ? end : NULL;
	if (w.state == NULL || !prepare(module, &w)) {
		bench_worker_end(&w);
		return false;
	}
	*ret_worker = w;
	return true;
}
