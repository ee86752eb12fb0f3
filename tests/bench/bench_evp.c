/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations with OpenSSL alone. Contexts are made and keyed once; what is repeated is what each message needs. */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

struct state {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *context;
	EVP_CIPHER *wrap;
	EVP_CIPHER *decrypt;
	EVP_CIPHER_CTX *other; /* wraps and decrypts for a chain */
	EVP_MAC_CTX *mac;
	EVP_MD *md;
	EVP_MD_CTX *digest;
	EVP_KDF_CTX *kdf;
	bool tagged;
};

static void end(struct bench_worker *w)
{
	struct state *s = w->state;

	EVP_CIPHER_CTX_free(s->context);
	EVP_CIPHER_CTX_free(s->other);
	EVP_CIPHER_free(s->cipher);
	EVP_CIPHER_free(s->wrap);
	EVP_CIPHER_free(s->decrypt);
	EVP_MAC_CTX_free(s->mac);
	EVP_MD_CTX_free(s->digest);
	EVP_MD_free(s->md);
	EVP_KDF_CTX_free(s->kdf);
	free(s);
}

/* ---- ciphers ------------------------------------------------------------------------------------------- */

static bool run_encrypt(struct bench_worker *w)
{
	struct state *s = w->state;
	int len;
	int last;

	if (EVP_EncryptInit_ex2(s->context, NULL, NULL, bench_iv, NULL) != 1 ||
	    EVP_EncryptUpdate(s->context, w->out, &len, w->in, (int)w->in_len) != 1 ||
	    EVP_EncryptFinal_ex(s->context, w->out + len, &last) != 1)
		return false;
	return !s->tagged ||
	       EVP_CIPHER_CTX_ctrl(s->context, EVP_CTRL_AEAD_GET_TAG, BENCH_TAG_LEN, w->out + len + last) == 1;
}

static bool run_decrypt(struct bench_worker *w)
{
	struct state *s = w->state;
	const size_t data_len = w->in_len - (s->tagged ? BENCH_TAG_LEN : 0);
	int len;
	int last;

	if (EVP_DecryptInit_ex2(s->context, NULL, NULL, bench_iv, NULL) != 1 ||
	    (s->tagged &&
	     EVP_CIPHER_CTX_ctrl(s->context, EVP_CTRL_AEAD_SET_TAG, BENCH_TAG_LEN, w->in + data_len) != 1))
		return false;
	return EVP_DecryptUpdate(s->context, w->out, &len, w->in, (int)data_len) == 1 &&
	       EVP_DecryptFinal_ex(s->context, w->out + len, &last) == 1;
}

static bool keyed(struct state *s, bool encrypt)
{
	return EVP_CipherInit_ex2(s->context, s->cipher, bench_key, bench_iv, encrypt ? 1 : 0, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(s->context, 0) == 1;
}

static bool begin_cipher(struct bench_worker *w)
{
	struct state *s = w->state;

	s->cipher = EVP_CIPHER_fetch(NULL, w->operation->evp, NULL);
	s->context = EVP_CIPHER_CTX_new();
	if (s->cipher == NULL || s->context == NULL || !keyed(s, true))
		return false;
	s->tagged = (EVP_CIPHER_get_flags(s->cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
	w->run = run_encrypt;
	if (w->operation->work == BENCH_ENCRYPT)
		return true;
	if (!run_encrypt(w))
		return false;
	w->in_len += s->tagged ? BENCH_TAG_LEN : 0;
	memcpy(w->in, w->out, w->in_len);
	w->run = run_decrypt;
	return keyed(s, false);
}

/* ---- MACs and digests ---------------------------------------------------------------------------------- */

static bool run_sign(struct bench_worker *w)
{
	struct state *s = w->state;
	size_t len;

	return EVP_MAC_init(s->mac, NULL, 0, NULL) == 1 && EVP_MAC_update(s->mac, w->in, w->in_len) == 1 &&
	       EVP_MAC_final(s->mac, w->out, &len, BENCH_ROOM) == 1;
}

static OSSL_PARAM name_param(const char *key, const char *name)
{
	return OSSL_PARAM_construct_utf8_string(key, (char *)(uintptr_t)name, 0);
}

static bool begin_sign(struct bench_worker *w)
{
	struct state *s = w->state;
	const OSSL_PARAM params[] = { name_param(OSSL_MAC_PARAM_DIGEST, w->operation->evp), OSSL_PARAM_END };
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	s->mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
	EVP_MAC_free(hmac);
	w->run = run_sign;
	return s->mac != NULL && EVP_MAC_init(s->mac, bench_key, sizeof(bench_key), params) == 1;
}

static bool run_digest(struct bench_worker *w)
{
	struct state *s = w->state;
	unsigned len;

	return EVP_DigestInit_ex2(s->digest, s->md, NULL) == 1 &&
	       EVP_DigestUpdate(s->digest, w->in, w->in_len) == 1 && EVP_DigestFinal_ex(s->digest, w->out, &len) == 1;
}

static bool begin_digest(struct bench_worker *w)
{
	struct state *s = w->state;

	s->md = EVP_MD_fetch(NULL, w->operation->evp, NULL);
	s->digest = EVP_MD_CTX_new();
	w->run = run_digest;
	return s->md != NULL && s->digest != NULL;
}

/* ---- derivation ---------------------------------------------------------------------------------------- */

static OSSL_PARAM bytes_param(const char *key, const uint8_t *bytes, size_t len)
{
	return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)bytes, len);
}

static bool derive_hkdf(struct state *s, uint8_t key[BENCH_KEY_LEN])
{
	const OSSL_PARAM params[] = {
		name_param(OSSL_KDF_PARAM_DIGEST, "SHA256"),
		bytes_param(OSSL_KDF_PARAM_KEY, bench_key, sizeof(bench_key)),
		bytes_param(OSSL_KDF_PARAM_SALT, bench_iv, sizeof(bench_iv)),
		bytes_param(OSSL_KDF_PARAM_INFO, bench_iv, sizeof(bench_iv)),
		OSSL_PARAM_END,
	};

	EVP_KDF_CTX_reset(s->kdf);
	return EVP_KDF_derive(s->kdf, key, BENCH_KEY_LEN, params) == 1;
}

static bool derive_hash(struct state *s, uint8_t key[BENCH_KEY_LEN])
{
	unsigned len;

	return EVP_DigestInit_ex2(s->digest, s->md, NULL) == 1 &&
	       EVP_DigestUpdate(s->digest, bench_key, sizeof(bench_key)) == 1 &&
	       EVP_DigestFinal_ex(s->digest, key, &len) == 1;
}

static bool derive_cipher(struct state *s, uint8_t key[BENCH_KEY_LEN])
{
	static const uint8_t data[BENCH_KEY_LEN];
	int len;

	return EVP_EncryptInit_ex2(s->context, NULL, NULL, bench_iv, NULL) == 1 &&
	       EVP_EncryptUpdate(s->context, key, &len, data, sizeof(data)) == 1;
}

static bool derive(struct state *s, uint8_t key[BENCH_KEY_LEN])
{
	if (s->kdf != NULL)
		return derive_hkdf(s, key);
	return s->md != NULL ? derive_hash(s, key) : derive_cipher(s, key);
}

static bool run_derive(struct bench_worker *w)
{
	return derive(w->state, w->out);
}

static bool run_chain(struct bench_worker *w)
{
	struct state *s = w->state;
	uint8_t key[BENCH_KEY_LEN];
	uint8_t wrapped[BENCH_WRAPPED_LEN + 8];
	int len;

	if (!derive(s, key) || EVP_EncryptInit_ex2(s->other, s->wrap, key, NULL, NULL) != 1 ||
	    EVP_EncryptUpdate(s->other, wrapped, &len, bench_key, sizeof(bench_key)) != 1)
		return false;
	return EVP_DecryptInit_ex2(s->other, s->decrypt, key, bench_iv, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(s->other, 0) == 1 &&
	       EVP_DecryptUpdate(s->other, w->out, &len, w->in, (int)w->in_len) == 1;
}

static bool begin_chain(struct bench_worker *w)
{
	struct state *s = w->state;

	s->wrap = EVP_CIPHER_fetch(NULL, "AES-256-WRAP", NULL);
	s->decrypt = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	s->other = EVP_CIPHER_CTX_new();
	if (s->wrap == NULL || s->decrypt == NULL || s->other == NULL)
		return false;
	EVP_CIPHER_CTX_set_flags(s->other, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	w->run = run_chain;
	return true;
}

static bool begin_derive(struct bench_worker *w)
{
	struct state *s = w->state;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, w->operation->evp, NULL);
	bool good = true;

	s->kdf = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	EVP_KDF_free(kdf);
	if (s->kdf == NULL)
		good = begin_digest(w) || begin_cipher(w);
	w->run = run_derive;
	return good && (w->operation->work == BENCH_DERIVE || begin_chain(w));
}

/* ---- begin --------------------------------------------------------------------------------------------- */

static bool begin(struct bench_worker *w)
{
	switch (w->operation->work) {
	case BENCH_ENCRYPT:
	case BENCH_DECRYPT:
		return begin_cipher(w);
	case BENCH_SIGN:
		return begin_sign(w);
	case BENCH_DIGEST:
		return begin_digest(w);
	case BENCH_DERIVE:
	case BENCH_CHAIN:
		return begin_derive(w);
	case BENCH_CREATE:
	case BENCH_READ:
	default:
		return false;
	}
}

bool bench_evp_begin(const struct bench_operation *operation, struct bench_worker *ret_worker)
{
	struct bench_worker w;

	if (operation->evp == NULL || !bench_worker_init(&w, operation))
		return false;
	w.state = calloc(1, sizeof(struct state));
	w.end = w.state != NULL ? end : NULL;
	if (w.state == NULL || !begin(&w) || !w.run(&w)) {
		bench_worker_end(&w);
		return false;
	}
	*ret_worker = w;
	return true;
}
