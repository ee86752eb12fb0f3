/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OpenSSL's opinion: its own KDF where it has one for the case, else its hash, MAC or cipher, with the few lines
 * between them written here from the specification and not from ours.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/integration/second_opinion.h"

#define ROOM RESULT_ROOM
#define PARAMS_MAX 12u
#define MD_ROOM 64u

/* ---- OpenSSL in one call each -------------------------------------------------------------------------------- */

/* Parameters of a KDF or MAC as they are collected. */
struct params {
	OSSL_PARAM rows[PARAMS_MAX];
	size_t count;
};

static void *writable(const void *data)
{
	return (void *)(uintptr_t)data;
}

static void text(struct params *p, const char *key, const char *value)
{
	if (p->count < PARAMS_MAX - 1)
		p->rows[p->count++] = OSSL_PARAM_construct_utf8_string(key, writable(value), 0);
}

static void octets(struct params *p, const char *key, struct span value)
{
	if (value.len > 0 && p->count < PARAMS_MAX - 1)
		p->rows[p->count++] = OSSL_PARAM_construct_octet_string(key, writable(value.data), value.len);
}

static void integer(struct params *p, const char *key, int *value)
{
	if (p->count < PARAMS_MAX - 1)
		p->rows[p->count++] = OSSL_PARAM_construct_int(key, value);
}

static bool kdf(const char *name, struct params *p, uint8_t *out, size_t len)
{
	EVP_KDF *algorithm = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = algorithm != NULL ? EVP_KDF_CTX_new(algorithm) : NULL;
	bool good;

	p->rows[p->count] = OSSL_PARAM_construct_end();
	good = ctx != NULL && EVP_KDF_derive(ctx, out, len, p->rows) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(algorithm);
	return good;
}

/* Hash of up to three pieces; returns the length, 0 if OpenSSL has no such hash. */
static size_t hash(const char *name, const struct span pieces[3], uint8_t *out, size_t xof_len)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned len = 0;
	bool good = md != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1;

	for (size_t i = 0; good && i < 3; i++)
		good = EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len) == 1;
	if (good && xof_len > 0)
		len = EVP_DigestFinalXOF(ctx, out, xof_len) == 1 ? (unsigned)xof_len : 0;
	else if (good)
		good = EVP_DigestFinal_ex(ctx, out, &len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return good ? len : 0;
}

/* A MAC as SP 800-108 names it. */
struct prf {
	const char *mac;    /* HMAC, CMAC */
	const char *hash;   /* HMAC's */
	const char *cipher; /* CMAC's */
	size_t len;
};

static size_t mac(const struct prf *prf, struct span key, struct span message, uint8_t out[MD_ROOM])
{
	EVP_MAC *algorithm = EVP_MAC_fetch(NULL, prf->mac, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(algorithm);
	struct params p = { .count = 0 };
	size_t len = 0;
	bool good;

	text(&p, prf->hash != NULL ? OSSL_MAC_PARAM_DIGEST : OSSL_MAC_PARAM_CIPHER,
	     prf->hash != NULL ? prf->hash : prf->cipher);
	p.rows[p.count] = OSSL_PARAM_construct_end();
	good = EVP_MAC_init(ctx, key.data, key.len, p.rows) == 1 &&
	       EVP_MAC_update(ctx, message.data, message.len) == 1 && EVP_MAC_final(ctx, out, &len, MD_ROOM) == 1;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(algorithm);
	return good ? len : 0;
}

/* A key and its length by the rules every mechanism shares: leading bytes, or all that `usual` says. */
static bool give(const struct derive_case *c, struct span from, size_t usual, struct derive_result *ret_result)
{
	const size_t len = c->len != 0 ? c->len : usual;

	return len <= from.len && derive_result_add(ret_result, span_of(from.data, len));
}

static enum opinion_kind given(bool good, enum opinion_kind kind)
{
	ERR_clear_error();
	return good ? kind : OPINION_NONE;
}

/* ---- families ------------------------------------------------------------------------------------------------ */

static struct span raw_point(struct span point)
{
	const size_t head = point.len > 2 && point.data[1] == point.len - 2 ? 2 : 0;
	const size_t long_head = point.len > 3 && point.data[1] == 0x81 && point.data[2] == point.len - 3 ? 3 : head;

	return span_of(point.data + long_head, point.len - long_head);
}

static enum opinion_kind ecdh(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct p11_ckd *row = p11_ckd_find(c->number);
	const size_t curve = span_equal(c->curve, ec_curves[0].params) ? 0 : 1;
	const size_t field_len = ec_curves[curve].field_len;
	uint8_t z[EC_NUMBER_ROOM];
	uint8_t out[ROOM];
	const size_t len = c->len != 0 ? c->len : row->hash_len;
	struct params p = { .count = 0 };

	if (!ec_agree(curve, c->base.data, raw_point(c->point), z))
		return OPINION_NONE;
	if (row->openssl == NULL) { /* PKCS#11: "truncating removes bytes from the leading end" */
		const size_t z_len = c->len != 0 ? c->len : field_len;

		return given(derive_result_add(ret_result, span_of(z + field_len - z_len, z_len)), OPINION_PARTS);
	}
	text(&p, OSSL_KDF_PARAM_DIGEST, row->openssl);
	octets(&p, OSSL_KDF_PARAM_KEY, span_of(z, field_len));
	octets(&p, OSSL_KDF_PARAM_INFO, c->data);
	return given(kdf(row->concat ? "SSKDF" : "X963KDF", &p, out, len) &&
			     derive_result_add(ret_result, span_of(out, len)),
		     OPINION_KDF);
}

static enum opinion_kind hashed(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct span pieces[3] = { c->base, SPAN_EMPTY, SPAN_EMPTY };
	const bool xof = strncmp(c->m->hash, "SHAKE", 5) == 0;
	uint8_t out[ROOM];
	const size_t len = hash(c->m->hash, pieces, out, xof ? c->len : 0);

	return given(len > 0 && give(c, span_of(out, len), len, ret_result), OPINION_PARTS);
}

static enum opinion_kind encrypted(const struct derive_case *c, const char *mode, struct derive_result *ret_result)
{
	static const struct {
		CK_KEY_TYPE type;
		const char *name;
	} rows[] = {
		{ CKK_AES, "AES" }, { CKK_CAMELLIA, "CAMELLIA" }, { CKK_ARIA, "ARIA" },
	};
	char name[32] = "";
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[ROOM];
	int len = 0;
	bool good;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].type == c->base_type)
			(void)snprintf(name, sizeof(name), "%s-%zu-%s", rows[i].name, 8 * c->base.len, mode);
	if (c->base_type == CKK_SEED || c->base_type == CKK_DES)
		(void)snprintf(name, sizeof(name), "%s-%s", c->base_type == CKK_DES ? "DES" : "SEED", mode);
	if (c->base_type == CKK_DES3)
		(void)snprintf(name, sizeof(name), strcmp(mode, "ECB") == 0 ? "DES-EDE3" : "DES-EDE3-CBC");
	cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	good = cipher != NULL && EVP_EncryptInit_ex2(ctx, cipher, c->base.data, c->salt.data, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	       EVP_EncryptUpdate(ctx, out, &len, c->data.data, (int)c->data.len) == 1;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return given(good && give(c, span_of(out, (size_t)len), c->data.len, ret_result), OPINION_PARTS);
}

static size_t put(struct span from, uint8_t *out)
{
	if (from.len > 0)
		memcpy(out, from.data, from.len);
	return from.len;
}

static size_t join(struct span a, struct span b, uint8_t *out)
{
	const size_t len = put(a, out);

	return len + put(b, out + len);
}

/* No cryptography is in these: said here in plain bytes. */
static enum opinion_kind plain(const struct derive_case *c, struct derive_result *ret_result)
{
	uint8_t out[ROOM];
	size_t len;

	switch (c->m->mechanism) {
	case CKM_CONCATENATE_BASE_AND_KEY: len = join(c->base, c->second, out); break;
	case CKM_CONCATENATE_BASE_AND_DATA: len = join(c->base, c->data, out); break;
	case CKM_CONCATENATE_DATA_AND_BASE: len = join(c->data, c->base, out); break;
	case CKM_XOR_BASE_AND_DATA:
		len = c->base.len < c->data.len ? c->base.len : c->data.len;
		for (size_t i = 0; i < len; i++)
			out[i] = c->base.data[i] ^ c->data.data[i];
		break;
	default: return OPINION_NONE;
	}
	return given(give(c, span_of(out, len), len, ret_result), OPINION_PARTS);
}

/* PKCS#11: bits are numbered from the leading one of the first byte; behind the last comes the first. */
static enum opinion_kind bits(const struct derive_case *c, struct derive_result *ret_result)
{
	uint8_t out[ROOM] = { 0 };

	for (size_t i = 0; i < 8 * c->len; i++) {
		const size_t from = (c->number + i) % (8 * c->base.len);

		if ((c->base.data[from / 8] & (0x80u >> (from % 8))) != 0)
			out[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	}
	return given(derive_result_add(ret_result, span_of(out, c->len)), OPINION_PARTS);
}

static enum opinion_kind hkdf(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct p11_hash *row = p11_hash_find(c->hash);
	int mode = c->extract && c->expand ? EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND :
		   c->extract		   ? EVP_KDF_HKDF_MODE_EXTRACT_ONLY :
					     EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	uint8_t out[ROOM];
	struct params p = { .count = 0 };

	text(&p, OSSL_KDF_PARAM_DIGEST, row->openssl);
	octets(&p, OSSL_KDF_PARAM_KEY, c->base);
	octets(&p, OSSL_KDF_PARAM_SALT, c->salt_is_key ? c->second : c->salt);
	octets(&p, OSSL_KDF_PARAM_INFO, c->data);
	integer(&p, OSSL_KDF_PARAM_MODE, &mode);
	return given(kdf("HKDF", &p, out, c->expand ? c->len : row->len) &&
			     derive_result_add(ret_result, span_of(out, c->len)),
		     OPINION_KDF);
}

/* ---- SP 800-108 ---------------------------------------------------------------------------------------------- */

static struct prf prf_of(const struct derive_case *c)
{
	const struct p11_hash *row = p11_hash_find(c->hash);

	if (row != NULL)
		return (struct prf){ "HMAC", row->openssl, NULL, row->len };
	if (c->hash == CKM_DES3_CMAC)
		return (struct prf){ "CMAC", NULL, "DES-EDE3-CBC", 8 };
	if (c->base.len == 32)
		return (struct prf){ "CMAC", NULL, "AES-256-CBC", 16 };
	return (struct prf){ "CMAC", NULL, c->base.len == 16 ? "AES-128-CBC" : "AES-192-CBC", 16 };
}

/* counter of 32 bits, label, 00, context, L of 32 bits; and OpenSSL's IV is as long as the PRF or not there. */
static bool as_openssl_has_it(const struct derive_case *c)
{
	const size_t first = c->m->mechanism == CKM_SP800_108_COUNTER_KDF ? 0 : 1;

	return c->label.len > 0 && c->field_count == first + 5 && c->more_count == 0 &&
	       (c->salt.len == 0 || c->salt.len == prf_of(c).len);
}

static bool own_kbkdf(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct prf prf = prf_of(c);
	const bool feedback = c->m->mechanism == CKM_SP800_108_FEEDBACK_KDF;
	uint8_t out[ROOM];
	struct params p = { .count = 0 };

	text(&p, OSSL_KDF_PARAM_MODE, feedback ? "FEEDBACK" : "COUNTER");
	text(&p, OSSL_KDF_PARAM_MAC, prf.mac);
	text(&p, prf.hash != NULL ? OSSL_KDF_PARAM_DIGEST : OSSL_KDF_PARAM_CIPHER,
	     prf.hash != NULL ? prf.hash : prf.cipher);
	octets(&p, OSSL_KDF_PARAM_KEY, c->base);
	octets(&p, OSSL_KDF_PARAM_SALT, c->label);
	octets(&p, OSSL_KDF_PARAM_INFO, c->data);
	octets(&p, OSSL_KDF_PARAM_SEED, c->salt);
	return kdf("KBKDF", &p, out, c->len) && derive_result_add(ret_result, span_of(out, c->len));
}

static size_t put_number(uint8_t *at, uint64_t number, const struct derive_field *field)
{
	const size_t len = field->bits / 8;

	for (size_t i = 0; i < len; i++)
		at[field->little_endian ? i : len - 1 - i] = (uint8_t)(number >> (8 * i));
	return len;
}

/* What one round's PRF reads. */
struct round_input {
	uint64_t number;      /* i, from 1 */
	struct span previous; /* K(i-1) or A(i) */
	uint64_t bits;        /* L */
};

static size_t put_fields(const struct derive_case *c, const struct round_input *round, uint8_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < c->field_count; i++) {
		const struct derive_field *field = &c->fields[i];

		if (field->type == P11_FIELD_BYTES || field->type == P11_FIELD_KEY) {
			len += put(field->bytes, out + len);
		} else if (field->type == P11_FIELD_LENGTH) {
			len += put_number(out + len, round->bits, field);
		} else if (field->type == P11_FIELD_COUNTER || c->m->mechanism == CKM_SP800_108_COUNTER_KDF) {
			len += put_number(out + len, round->number, field);
		} else {
			len += put(round->previous, out + len);
		}
	}
	return len;
}

static size_t rounded_up(size_t len, size_t step)
{
	return (len + step - 1) / step * step;
}

/* L in bits: of the keys, or of the segments of PRF output that they take (PKCS#11 3.1, 6.42.5). */
static uint64_t length_of_all(const struct derive_case *c, size_t prf_len)
{
	bool segments = false;
	uint64_t len;

	for (size_t i = 0; i < c->field_count; i++)
		segments = segments || (c->fields[i].type == P11_FIELD_LENGTH &&
					c->fields[i].method == P11_LENGTH_OF_SEGMENTS);
	len = segments ? rounded_up(c->len, prf_len) : c->len;
	for (size_t i = 0; i < c->more_count; i++)
		len += segments ? rounded_up(c->more[i], prf_len) : c->more[i];
	return 8 * len;
}

/* A(i) of the double pipeline: A(0) is all fields but those that change, A(i) = PRF(A(i-1)) (SP 800-108r1, 4.3). */
static size_t first_a(const struct derive_case *c, uint64_t bits, uint8_t *out)
{
	struct derive_case fixed = *c;

	fixed.field_count = 0;
	for (size_t i = 0; i < c->field_count; i++)
		if (c->fields[i].type != P11_FIELD_ITERATION && c->fields[i].type != P11_FIELD_COUNTER)
			fixed.fields[fixed.field_count++] = c->fields[i];
	return put_fields(&fixed, &(struct round_input){ .bits = bits }, out);
}

static bool kbkdf_stream(const struct derive_case *c, uint8_t *out, size_t len)
{
	const struct prf prf = prf_of(c);
	const bool pipeline = c->m->mechanism == CKM_SP800_108_DOUBLE_PIPELINE_KDF;
	struct round_input round = { 0, c->salt, length_of_all(c, prf.len) };
	uint8_t a[ROOM];
	uint8_t input[ROOM];
	size_t a_len = pipeline ? first_a(c, round.bits, a) : 0;
	bool good = true;

	for (size_t at = 0; good && at < len; at += prf.len) {
		uint8_t k[MD_ROOM];

		round.number++;
		if (pipeline) {
			a_len = mac(&prf, c->base, span_of(a, a_len), k);
			memcpy(a, k, a_len);
			round.previous = span_of(a, a_len);
		}
		good = mac(&prf, c->base, span_of(input, put_fields(c, &round, input)), k) == prf.len;
		memcpy(out + at, k, prf.len);
		if (!pipeline)
			round.previous = span_of(out + at, prf.len);
	}
	return good;
}

static enum opinion_kind kbkdf(const struct derive_case *c, struct derive_result *ret_result)
{
	const size_t prf_len = prf_of(c).len;
	uint8_t out[ROOM];
	size_t len = rounded_up(c->len, prf_len);
	size_t at = rounded_up(c->len, prf_len);
	bool good;

	if (c->m->mechanism != CKM_SP800_108_DOUBLE_PIPELINE_KDF && as_openssl_has_it(c))
		return given(own_kbkdf(c, ret_result), OPINION_KDF);
	for (size_t i = 0; i < c->more_count; i++)
		len += rounded_up(c->more[i], prf_len);
	good = len <= sizeof(out) - MD_ROOM && kbkdf_stream(c, out, len) &&
	       derive_result_add(ret_result, span_of(out, c->len));
	for (size_t i = 0; good && i < c->more_count; i++) {
		good = derive_result_add(ret_result, span_of(out + at, c->more[i]));
		at += rounded_up(c->more[i], prf_len);
	}
	return given(good, OPINION_PARTS);
}

/* ---- TLS ----------------------------------------------------------------------------------------------------- */

/* PRF(base, label || a || b) of TLS 1.2 with a hash, of TLS 1.0 with MD5-SHA1. */
struct tls_input {
	const char *label;
	struct span a;
	struct span b;
	struct span c;
};

static bool tls_prf(const struct derive_case *c, const struct tls_input *input, uint8_t *out, size_t len)
{
	const struct p11_hash *row = p11_hash_find(c->hash);
	uint8_t seed[ROOM];
	size_t seed_len = strlen(input->label);
	struct params p = { .count = 0 };

	memcpy(seed, input->label, seed_len);
	seed_len += join(input->a, input->b, seed + seed_len);
	seed_len += join(input->c, SPAN_EMPTY, seed + seed_len);
	text(&p, OSSL_KDF_PARAM_DIGEST, row != NULL ? row->openssl : "MD5-SHA1");
	octets(&p, OSSL_KDF_PARAM_SECRET, c->base);
	octets(&p, OSSL_KDF_PARAM_SEED, span_of(seed, seed_len));
	return kdf("TLS1-PRF", &p, out, len);
}

/* SSL 3.0 (RFC 6101, 6.1 and 6.2.2): MD5(secret || SHA('A' || secret || a || b)) || MD5(... 'BB' ...) ... */
static bool ssl3(const struct derive_case *c, const struct tls_input *input, uint8_t *out, size_t len)
{
	uint8_t randoms[64];
	const struct span both = span_of(randoms, join(input->a, input->b, randoms));
	bool good = true;

	for (size_t i = 0; good && 16 * i < len; i++) {
		uint8_t letters[26];
		uint8_t sha[MD_ROOM];
		size_t sha_len;

		memset(letters, (int)('A' + i), i + 1);
		sha_len = hash("SHA1", (const struct span[3]){ span_of(letters, i + 1), c->base, both }, sha, 0);
		good = hash("MD5", (const struct span[3]){ c->base, span_of(sha, sha_len), SPAN_EMPTY },
			    out + 16 * i, 0) == 16;
	}
	return good;
}

static bool is_ssl3(const struct derive_case *c)
{
	return c->m->hash != NULL && strcmp(c->m->hash, "SSL3") == 0;
}

static enum opinion_kind tls_kind(const struct derive_case *c)
{
	return is_ssl3(c) ? OPINION_PARTS : OPINION_KDF;
}

static enum opinion_kind tls_master(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct tls_input input = { "master secret", c->client, c->server, SPAN_EMPTY };
	const struct tls_input extended = { "extended master secret", c->data, SPAN_EMPTY, SPAN_EMPTY };
	uint8_t out[64];
	bool good;

	if (is_ssl3(c))
		good = ssl3(c, &input, out, 48);
	else
		good = tls_prf(c, c->m->family == FAMILY_TLS_EXTENDED ? &extended : &input, out, 48);
	good = good && derive_result_add(ret_result, span_of(out, 48));
	if (good && !c->m->dh)
		good = derive_result_add(ret_result, span_of(c->base.data, 2));
	return given(good, tls_kind(c));
}

static enum opinion_kind tls_keys(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct tls_input input = { "key expansion", c->server, c->client, SPAN_EMPTY };
	const size_t sizes[] = { c->mac_bits / 8, c->mac_bits / 8, c->key_bits / 8,
				 c->key_bits / 8, c->iv_bits / 8,  c->iv_bits / 8 };
	uint8_t out[ROOM];
	size_t len = 0;
	bool good;

	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++)
		len += sizes[i];
	good = is_ssl3(c) ? ssl3(c, &input, out, len) : tls_prf(c, &input, out, len);
	len = 0;
	for (size_t i = 0; good && i < ARRAY_COUNT(sizes); i++) {
		if (sizes[i] > 0)
			good = derive_result_add(ret_result, span_of(out + len, sizes[i]));
		len += sizes[i];
	}
	return given(good, tls_kind(c));
}

static enum opinion_kind tls_bytes(const struct derive_case *c, struct derive_result *ret_result)
{
	const uint8_t context_len[2] = { (uint8_t)(c->data.len >> 8), (uint8_t)c->data.len };
	struct tls_input input = { "", c->label, c->client, c->server };
	uint8_t seed[ROOM];
	uint8_t out[ROOM];

	if (c->m->family == FAMILY_TLS_PRF) {
		input.b = c->data;
		input.c = SPAN_EMPTY;
	} else if (c->data.len > 0) { /* RFC 5705 4: the length goes in front of a context */
		size_t len = join(c->client, c->server, seed);

		len += join(span_of(context_len, 2), c->data, seed + len);
		input.b = span_of(seed, len);
		input.c = SPAN_EMPTY;
	}
	return given(tls_prf(c, &input, out, c->len) && derive_result_add(ret_result, span_of(out, c->len)),
		     OPINION_KDF);
}

/* ---- PBKDF2 -------------------------------------------------------------------------------------------------- */

static enum opinion_kind pbkdf2(const struct derive_case *c, struct derive_result *ret_result)
{
	const char *name = NULL;
	int iterations = (int)c->iterations;
	int no_lower_limits = 1;
	uint8_t out[ROOM];
	struct params p = { .count = 0 };

	for (size_t i = 0; p11_pbkdf2_prf_at(i) != NULL; i++)
		if (p11_pbkdf2_prf_at(i)->prf == c->number)
			name = p11_pbkdf2_prf_at(i)->openssl;
	text(&p, OSSL_KDF_PARAM_DIGEST, name);
	octets(&p, OSSL_KDF_PARAM_PASSWORD, c->base);
	octets(&p, OSSL_KDF_PARAM_SALT, c->salt);
	integer(&p, OSSL_KDF_PARAM_ITER, &iterations);
	integer(&p, OSSL_KDF_PARAM_PKCS5, &no_lower_limits);
	return given(kdf("PBKDF2", &p, out, c->len) && derive_result_add(ret_result, span_of(out, c->len)),
		     OPINION_KDF);
}

/* ---- CryptDeriveKey ------------------------------------------------------------------------------------------ */

/* Windows documentation, CryptDeriveKey, remarks. */
static void expand(const struct p11_hash *row, const uint8_t *value, uint8_t *out)
{
	static const uint8_t pads[] = { 0x36, 0x5C };

	for (size_t half = 0; half < 2; half++) {
		uint8_t block[64];

		memset(block, pads[half], sizeof(block));
		for (size_t i = 0; i < row->len; i++)
			block[i] ^= value[i];
		(void)hash(row->openssl, (struct span[3]){ span_of(block, sizeof(block)) }, out + half * row->len, 0);
	}
}

/* The bytes from the hash, with a salt up to 16; or the salt of 40 bits, which is zero. */
static enum opinion_kind capi(const struct derive_case *c, struct derive_result *ret_result)
{
	const struct capi_cipher *cipher = capi_cipher_find(c->number);
	const struct p11_hash *row = capi_hash_find(c->hash);
	const bool salted = cipher->least == 40;
	size_t len = c->key_bits != 0 ? c->key_bits / 8 : cipher->len;
	uint8_t value[MD_ROOM];
	uint8_t out[ROOM] = { 0 };

	if (hash(row->openssl, (struct span[3]){ c->base }, value, 0) != row->len)
		return OPINION_NONE;
	if (cipher->expanded && row->len <= 20)
		expand(row, value, out);
	else
		memcpy(out, value, row->len);
	if (salted && c->salt_flag == P11_CAPI_CREATE_SALT) {
		len = 16;
	} else if (salted && len == 5 && c->salt_flag != P11_CAPI_NO_SALT) {
		memset(out + len, 0, 11);
		len += 11;
	}
	return given(derive_result_add(ret_result, span_of(out, len)), OPINION_PARTS);
}

static enum opinion_kind opinion(const struct derive_case *c, struct derive_result *ret_result)
{
	switch (c->m->family) {
	case FAMILY_ECDH: return ecdh(c, ret_result);
	case FAMILY_HASH: return hashed(c, ret_result);
	case FAMILY_DATA: return c->m->block != 0 ? encrypted(c, "ECB", ret_result) : plain(c, ret_result);
	case FAMILY_CBC: return encrypted(c, "CBC", ret_result);
	case FAMILY_SECOND_KEY: return plain(c, ret_result);
	case FAMILY_BITS: return bits(c, ret_result);
	case FAMILY_HKDF: return hkdf(c, ret_result);
	case FAMILY_KBKDF: return kbkdf(c, ret_result);
	case FAMILY_TLS_MASTER:
	case FAMILY_TLS_EXTENDED: return tls_master(c, ret_result);
	case FAMILY_TLS_KEYS: return tls_keys(c, ret_result);
	case FAMILY_TLS_PRF:
	case FAMILY_TLS_KDF: return tls_bytes(c, ret_result);
	case FAMILY_PBKDF2: return pbkdf2(c, ret_result);
	case FAMILY_CAPI: return capi(c, ret_result);
	}
	return OPINION_NONE;
}

/* A DES key of PKCS#11 has odd parity in each byte (3.1 6.14, 6.15): the last bit follows from the others. */
static void set_parity(struct derive_result *result)
{
	for (size_t i = 0; i < result->parts[0].len; i++) {
		uint8_t *byte = &result->bytes[result->parts[0].at + i];
		unsigned ones = 0;

		for (unsigned bit = 1; bit < 8; bit++)
			ones += (*byte >> bit) & 1u;
		*byte = (uint8_t)((*byte & 0xfe) | (ones % 2 == 0 ? 1u : 0u));
	}
}

enum opinion_kind openssl_opinion(const struct derive_case *c, struct derive_result *ret_result)
{
	enum opinion_kind kind;

	ret_result->count = 0;
	ret_result->call = NULL;
	kind = opinion(c, ret_result);
	if (kind != OPINION_NONE && c->class == CKO_SECRET_KEY &&
	    (c->type == CKK_DES || c->type == CKK_DES2 || c->type == CKK_DES3))
		set_parity(ret_result);
	return kind;
}
