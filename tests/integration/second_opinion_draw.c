/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random cases, and what is said of them. Only what the specifications allow is drawn: refusals are for other tests.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/integration/second_opinion.h"

/* ---- numbers (SplitMix64: G. Steele, D. Lea, C. Flood, 2014) ------------------------------------------------- */

uint64_t draw_number(struct draw *draw)
{
	uint64_t z = draw->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct draw draw_from(uint64_t seed, uint64_t what, uint64_t number)
{
	struct draw draw = { seed };

	draw.state = draw_number(&draw) ^ what;
	draw.state = draw_number(&draw) ^ number;
	return draw;
}

size_t draw_between(struct draw *draw, size_t least, size_t most)
{
	return least + (size_t)(draw_number(draw) % (most - least + 1));
}

bool draw_one_in(struct draw *draw, size_t n)
{
	return draw_number(draw) % n == 0;
}

void draw_bytes(struct draw *draw, uint8_t *ret_bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ret_bytes[i] = (uint8_t)(draw_number(draw) >> 56);
}

/* ---- pieces of a case ---------------------------------------------------------------------------------------- */

/* A case that is being drawn. */
struct drawing {
	struct draw draw;
	struct drawn_case *to;
	size_t number;
};

static struct span bytes(struct drawing *d, size_t len)
{
	uint8_t *at = d->to->pool + d->to->used;

	if (len > POOL_ROOM - d->to->used)
		len = POOL_ROOM - d->to->used;
	draw_bytes(&d->draw, at, len);
	d->to->used += len;
	return span_of(at, len);
}

static struct span some_bytes(struct drawing *d, size_t least, size_t most)
{
	return bytes(d, draw_between(&d->draw, least, most));
}

static void generic_base(struct drawing *d, size_t least, size_t most)
{
	d->to->c.base_type = CKK_GENERIC_SECRET;
	d->to->c.base = some_bytes(d, least, most);
}

/* A generic secret of up to `most` bytes or, where it is long enough, an AES key. */
static void result_key(struct drawing *d, size_t most)
{
	struct derive_case *c = &d->to->c;

	c->type = CKK_GENERIC_SECRET;
	c->len = draw_between(&d->draw, 1, most);
	if (most >= 32 && draw_one_in(&d->draw, 4)) {
		c->type = CKK_AES;
		c->len = draw_between(&d->draw, 2, 4) * 8;
	} else if (most >= 24 && draw_one_in(&d->draw, 10)) {
		c->type = CKK_DES3;
		c->len = 24;
	}
}

/* The same, or no length at all where the mechanism has one of its own. */
static void result_key_or_usual(struct drawing *d, size_t most)
{
	result_key(d, most);
	if (draw_one_in(&d->draw, 5)) {
		d->to->c.type = CKK_GENERIC_SECRET;
		d->to->c.len = 0;
	}
}

static const struct p11_hash *some_hash(struct drawing *d)
{
	size_t count = 0;

	while (p11_hash_at(count) != NULL)
		count++;
	return p11_hash_at(draw_between(&d->draw, 0, count - 1));
}

/* ---- families ------------------------------------------------------------------------------------------------ */

/* DER: OCTET STRING of fewer than 256 bytes, or the bytes as they are. */
static struct span wrapped_or_not(struct drawing *d, struct span point)
{
	uint8_t *at = d->to->pool + d->to->used;
	size_t len = 0;

	if (draw_one_in(&d->draw, 2))
		return point;
	at[len++] = 0x04;
	if (point.len > 127)
		at[len++] = 0x81;
	at[len++] = (uint8_t)point.len;
	memcpy(at + len, point.data, point.len);
	d->to->used += len + point.len;
	return span_of(at, len + point.len);
}

static void draw_ecdh(struct drawing *d, uint64_t seed)
{
	struct derive_case *c = &d->to->c;
	const size_t curve = draw_between(&d->draw, 0, EC_CURVES - 1);
	const size_t field_len = ec_curves[curve].field_len;
	uint8_t own[EC_NUMBER_ROOM];
	uint8_t peer[EC_NUMBER_ROOM];
	uint8_t point[EC_POINT_ROOM];
	size_t count = 0;
	size_t point_len;

	while (p11_ckd_at(count) != NULL)
		count++;
	/* Many tokens have only CKD_NULL: it gets more cases than its share. */
	c->number = d->number % (count + 6) < count ? p11_ckd_at(d->number % (count + 6))->ckd : CKD_NULL;
	c->base_type = CKK_EC;
	c->curve = ec_curves[curve].params;
	ec_private(seed, curve, own);
	memcpy(d->to->pool + d->to->used, own, field_len);
	c->base = span_of(d->to->pool + d->to->used, field_len);
	d->to->used += field_len;
	ec_private(draw_number(&d->draw), curve, peer);
	point_len = ec_public(curve, peer, point);
	memcpy(d->to->pool + d->to->used, point, point_len);
	c->point = span_of(d->to->pool + d->to->used, point_len);
	d->to->used += point_len;
	c->point = wrapped_or_not(d, c->point);
	if (c->number != CKD_NULL && !draw_one_in(&d->draw, 4))
		c->data = some_bytes(d, 1, 60);
	result_key_or_usual(d, c->number == CKD_NULL ? field_len : 200);
}

static size_t hash_len(const char *name)
{
	static const struct {
		const char *name;
		size_t len;
	} rows[] = {
		{ "MD5", 16 },         { "SHA1", 20 },        { "SHA224", 28 },      { "SHA256", 32 },
		{ "SHA384", 48 },      { "SHA512", 64 },      { "SHA512-224", 28 },  { "SHA512-256", 32 },
		{ "SHA3-224", 28 },    { "SHA3-256", 32 },    { "SHA3-384", 48 },    { "SHA3-512", 64 },
		{ "BLAKE2B-160", 20 }, { "BLAKE2B-256", 32 }, { "BLAKE2B-384", 48 }, { "BLAKE2B-512", 64 },
		{ "SHAKE128", 300 },   { "SHAKE256", 300 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].len;
	return 16;
}

static void draw_hash(struct drawing *d)
{
	const char *name = d->to->c.m->hash;

	generic_base(d, 1, 200);
	if (strncmp(name, "SHAKE", 5) == 0)
		result_key(d, hash_len(name));
	else
		result_key_or_usual(d, hash_len(name));
}

static CK_KEY_TYPE cipher_key(CK_MECHANISM_TYPE mechanism)
{
	static const struct {
		CK_MECHANISM_TYPE ecb;
		CK_KEY_TYPE type;
	} rows[] = {
		{ CKM_DES_ECB_ENCRYPT_DATA, CKK_DES },   { CKM_DES3_ECB_ENCRYPT_DATA, CKK_DES3 },
		{ CKM_AES_ECB_ENCRYPT_DATA, CKK_AES },   { CKM_CAMELLIA_ECB_ENCRYPT_DATA, CKK_CAMELLIA },
		{ CKM_ARIA_ECB_ENCRYPT_DATA, CKK_ARIA }, { CKM_SEED_ECB_ENCRYPT_DATA, CKK_SEED },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].ecb == mechanism || rows[i].ecb + 1 == mechanism)
			return rows[i].type;
	return CKK_GENERIC_SECRET;
}

/* Odd parity in each byte (FIPS 46-3), which a module may insist on. */
static struct span des_key(struct drawing *d, size_t len)
{
	const struct span key = bytes(d, len);
	uint8_t *at = d->to->pool + d->to->used - len;

	for (size_t i = 0; i < len; i++) {
		unsigned ones = 0;

		for (unsigned bit = 1; bit < 8; bit++)
			ones += (at[i] >> bit) & 1u;
		at[i] = (uint8_t)((at[i] & 0xfe) | (ones % 2 == 0 ? 1u : 0u));
	}
	return key;
}

static void draw_encryption(struct drawing *d)
{
	struct derive_case *c = &d->to->c;
	const size_t blocks = draw_between(&d->draw, 1, 6);

	c->base_type = cipher_key(c->m->mechanism);
	if (c->base_type == CKK_DES)
		c->base = des_key(d, 8);
	else if (c->base_type == CKK_DES3)
		c->base = des_key(d, 24);
	else if (c->base_type == CKK_SEED)
		c->base = bytes(d, 16);
	else
		c->base = bytes(d, 8 * draw_between(&d->draw, 2, 4));
	c->data = bytes(d, blocks * c->m->block);
	if (c->m->family == FAMILY_CBC)
		c->salt = bytes(d, c->m->block);
	result_key_or_usual(d, c->data.len);
}

static void draw_data(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	if (c->m->block != 0) {
		draw_encryption(d);
		return;
	}
	generic_base(d, 1, 100);
	c->data = some_bytes(d, 1, 100);
	if (c->m->mechanism == CKM_XOR_BASE_AND_DATA)
		result_key_or_usual(d, c->base.len < c->data.len ? c->base.len : c->data.len);
	else
		result_key_or_usual(d, c->base.len + c->data.len);
}

static void draw_bits(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	generic_base(d, 1, 64);
	c->number = draw_between(&d->draw, 0, 8 * c->base.len - 1);
	result_key(d, c->base.len);
}

static void draw_second(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	generic_base(d, 1, 100);
	c->second = some_bytes(d, 1, 100);
	result_key_or_usual(d, c->base.len + c->second.len);
}

static void draw_hkdf(struct drawing *d)
{
	struct derive_case *c = &d->to->c;
	const struct p11_hash *hash = some_hash(d);
	const size_t steps = draw_between(&d->draw, 0, 3);

	c->hash = hash->hash;
	c->extract = steps != 0;
	c->expand = steps != 1;
	/* RFC 5869 2.3 expands from "at least HashLen octets". */
	generic_base(d, c->extract ? 1 : hash->len, 100);
	if (c->extract && draw_one_in(&d->draw, 3)) {
		c->salt_is_key = true;
		c->second = some_bytes(d, 1, 100);
	} else if (c->extract && !draw_one_in(&d->draw, 3)) {
		c->salt = some_bytes(d, 1, 100);
	}
	if (c->expand && !draw_one_in(&d->draw, 4))
		c->data = some_bytes(d, 1, 100);
	result_key(d, c->expand ? 300 : hash->len);
	if (!c->expand && c->type == CKK_GENERIC_SECRET && draw_one_in(&d->draw, 2))
		c->len = hash->len;
	if (c->m->mechanism == CKM_HKDF_DATA) {
		c->class = CKO_DATA;
		c->type = CKK_GENERIC_SECRET;
	}
}

static void field(struct drawing *d, struct derive_field what)
{
	struct derive_case *c = &d->to->c;

	if (c->field_count < FIELDS_MAX)
		c->fields[c->field_count++] = what;
}

static void field_bytes(struct drawing *d, struct span what)
{
	field(d, (struct derive_field){ .type = P11_FIELD_BYTES, .bytes = what });
}

static void field_counter(struct drawing *d, CK_ULONG bits, bool little_endian)
{
	const bool counter_mode = d->to->c.m->mechanism == CKM_SP800_108_COUNTER_KDF;

	field(d, (struct derive_field){ .type = counter_mode ? P11_FIELD_ITERATION : P11_FIELD_COUNTER,
					.bits = bits,
					.little_endian = little_endian });
}

/* counter, label, 00, context, [L]: what SP 800-108 recommends, and OpenSSL's KBKDF has. */
static void fields_as_recommended(struct drawing *d)
{
	static const uint8_t zero[] = { 0 };
	struct derive_case *c = &d->to->c;

	field_counter(d, 32, false);
	c->label = some_bytes(d, 1, 40);
	field_bytes(d, c->label);
	field_bytes(d, span_of(zero, sizeof(zero)));
	c->data = some_bytes(d, 1, 40);
	field_bytes(d, c->data);
	field(d, (struct derive_field){ .type = P11_FIELD_LENGTH, .bits = 32, .method = P11_LENGTH_OF_KEYS });
}

static void fields_in_any_order(struct drawing *d)
{
	const bool counter_mode = d->to->c.m->mechanism == CKM_SP800_108_COUNTER_KDF;

	if (draw_one_in(&d->draw, 2))
		field_bytes(d, some_bytes(d, 1, 40));
	if (counter_mode || draw_one_in(&d->draw, 2))
		field_counter(d, 8 * draw_between(&d->draw, 1, 4), draw_one_in(&d->draw, 3));
	if (!draw_one_in(&d->draw, 4))
		field_bytes(d, some_bytes(d, 1, 40));
	if (draw_one_in(&d->draw, 2))
		field(d, (struct derive_field){ .type = P11_FIELD_LENGTH,
						.bits = 8 * draw_between(&d->draw, 2, 8),
						.little_endian = draw_one_in(&d->draw, 3),
						.method = draw_one_in(&d->draw, 2) ? P11_LENGTH_OF_KEYS
										   : P11_LENGTH_OF_SEGMENTS });
	if (draw_one_in(&d->draw, 3))
		field_bytes(d, some_bytes(d, 1, 20));
	if (draw_one_in(&d->draw, 8))
		field(d, (struct derive_field){ .type = P11_FIELD_KEY, .bytes = some_bytes(d, 1, 40) });
}

static void draw_prf(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	if (draw_one_in(&d->draw, 5)) {
		c->hash = CKM_AES_CMAC;
		c->base_type = CKK_AES;
		c->base = bytes(d, 8 * draw_between(&d->draw, 2, 4));
		return;
	}
	if (draw_one_in(&d->draw, 12)) {
		c->hash = CKM_DES3_CMAC;
		c->base_type = CKK_DES3;
		c->base = des_key(d, 24);
		return;
	}
	c->hash = some_hash(d)->hmac;
	generic_base(d, 1, 150);
}

static size_t prf_len(CK_MECHANISM_TYPE prf)
{
	const struct p11_hash *row = p11_hash_find(prf);

	if (row != NULL)
		return row->len;
	return prf == CKM_DES3_CMAC ? 8 : 16;
}

static void draw_kbkdf(struct drawing *d)
{
	struct derive_case *c = &d->to->c;
	const bool recommended = d->number % 3 == 0;

	draw_prf(d);
	if (c->m->mechanism != CKM_SP800_108_COUNTER_KDF)
		field(d, (struct derive_field){ .type = P11_FIELD_ITERATION });
	if (c->m->mechanism == CKM_SP800_108_FEEDBACK_KDF && !draw_one_in(&d->draw, 4))
		c->salt = bytes(d, recommended ? prf_len(c->hash) : draw_between(&d->draw, 1, 70));
	if (recommended)
		fields_as_recommended(d);
	else
		fields_in_any_order(d);
	result_key(d, 300);
	c->more_count = recommended || !draw_one_in(&d->draw, 3) ? 0 : draw_between(&d->draw, 1, 3);
	for (size_t i = 0; i < c->more_count; i++)
		c->more[i] = draw_between(&d->draw, 1, 100);
}

static void draw_randoms(struct drawing *d)
{
	d->to->c.client = bytes(d, 32);
	d->to->c.server = bytes(d, 32);
}

static void draw_tls_hash(struct drawing *d)
{
	static const CK_MECHANISM_TYPE hashes[] = { CKM_SHA256, CKM_SHA384, CKM_SHA512, CKM_SHA224 };

	if (d->to->c.m->tls12)
		d->to->c.hash = hashes[draw_between(&d->draw, 0, ARRAY_COUNT(hashes) - 1)];
}

static void draw_premaster(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	if (c->m->dh) {
		generic_base(d, 1, 130);
	} else {
		uint8_t *at = d->to->pool + d->to->used;

		generic_base(d, 48, 48);
		at[0] = 3;
		at[1] = (uint8_t)(c->m->tls12 ? 3 : draw_between(&d->draw, 0, 2));
	}
	c->type = CKK_GENERIC_SECRET;
}

static void draw_tls_master(struct drawing *d)
{
	draw_premaster(d);
	draw_randoms(d);
	draw_tls_hash(d);
}

static void draw_tls_extended(struct drawing *d)
{
	draw_premaster(d);
	draw_tls_hash(d);
	d->to->c.data = bytes(d, p11_hash_find(d->to->c.hash)->len);
}

static bool is_ssl3(const struct derive_mechanism *m)
{
	return m->hash != NULL && strcmp(m->hash, "SSL3") == 0;
}

static void draw_tls_keys(struct drawing *d)
{
	static const CK_ULONG mac_bits[] = { 0, 128, 160, 256, 384 };
	static const CK_ULONG iv_bits[] = { 0, 32, 64, 128 };
	struct derive_case *c = &d->to->c;

	generic_base(d, 48, 48);
	draw_randoms(d);
	draw_tls_hash(d);
	c->type = draw_one_in(&d->draw, 2) ? CKK_AES : CKK_GENERIC_SECRET;
	c->key_bits = 64 * draw_between(&d->draw, 2, 4);
	c->len = c->key_bits / 8;
	/* SSL 3.0 has the MACs of MD5 and SHA-1 only. */
	c->mac_bits = mac_bits[draw_between(&d->draw, 0, is_ssl3(c->m) ? 2 : ARRAY_COUNT(mac_bits) - 1)];
	c->iv_bits = iv_bits[draw_between(&d->draw, 0, ARRAY_COUNT(iv_bits) - 1)];
	if (c->m->mechanism == CKM_TLS12_KEY_SAFE_DERIVE)
		c->iv_bits = 0;
}

static void draw_tls_prf(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	generic_base(d, 1, 130);
	c->data = some_bytes(d, 1, 130);
	c->label = some_bytes(d, 1, 40);
	c->type = CKK_GENERIC_SECRET;
	c->len = draw_between(&d->draw, 1, 300);
}

static void draw_tls_kdf(struct drawing *d)
{
	struct derive_case *c = &d->to->c;

	draw_tls_prf(d);
	draw_randoms(d);
	c->data = draw_one_in(&d->draw, 3) ? SPAN_EMPTY : some_bytes(d, 1, 100);
	draw_tls_hash(d);
	if (!c->m->tls12)
		c->hash = CKM_TLS_PRF;
	result_key(d, 300);
}

static void draw_pbkdf2(struct drawing *d)
{
	struct derive_case *c = &d->to->c;
	size_t count = 0;

	while (p11_pbkdf2_prf_at(count) != NULL)
		count++;
	c->number = p11_pbkdf2_prf_at(d->number % count)->prf;
	c->base = some_bytes(d, 1, 150);
	c->salt = some_bytes(d, 1, 60);
	c->iterations = draw_between(&d->draw, 1, 60);
	result_key(d, 200);
}

/* Each cipher with each hash in turn. */
static void draw_capi(struct drawing *d)
{
	struct derive_case *c = &d->to->c;
	const struct capi_cipher *cipher;
	size_t ciphers = 0;
	size_t hashes = 0;

	while (capi_cipher_at(ciphers) != NULL)
		ciphers++;
	while (capi_hash_at(hashes) != NULL)
		hashes++;
	cipher = capi_cipher_at(d->number % ciphers);
	generic_base(d, 1, 200);
	c->hash = capi_hash_at(d->number / ciphers % hashes)->hash;
	c->number = cipher->alg_id;
	c->type = cipher->type;
	if (!draw_one_in(&d->draw, 3))
		c->key_bits = 8 * draw_between(&d->draw, cipher->least / 8, cipher->most / 8);
	if (draw_one_in(&d->draw, 4))
		c->key_bits = cipher->least;
	if (draw_one_in(&d->draw, 3))
		c->salt_flag = draw_one_in(&d->draw, 2) ? P11_CAPI_CREATE_SALT : P11_CAPI_NO_SALT;
}

void draw_case(uint64_t seed, const struct derive_mechanism *m, size_t number, struct drawn_case *ret_case)
{
	struct drawing d = { draw_from(seed, m->mechanism, number), ret_case, number };

	memset(ret_case, 0, sizeof(*ret_case));
	ret_case->c.m = m;
	ret_case->c.class = CKO_SECRET_KEY;
	switch (m->family) {
	case FAMILY_ECDH: draw_ecdh(&d, seed); break;
	case FAMILY_HASH: draw_hash(&d); break;
	case FAMILY_DATA: draw_data(&d); break;
	case FAMILY_CBC: draw_encryption(&d); break;
	case FAMILY_SECOND_KEY: draw_second(&d); break;
	case FAMILY_BITS: draw_bits(&d); break;
	case FAMILY_HKDF: draw_hkdf(&d); break;
	case FAMILY_KBKDF: draw_kbkdf(&d); break;
	case FAMILY_TLS_MASTER: draw_tls_master(&d); break;
	case FAMILY_TLS_EXTENDED: draw_tls_extended(&d); break;
	case FAMILY_TLS_KEYS: draw_tls_keys(&d); break;
	case FAMILY_TLS_PRF: draw_tls_prf(&d); break;
	case FAMILY_TLS_KDF: draw_tls_kdf(&d); break;
	case FAMILY_PBKDF2: draw_pbkdf2(&d); break;
	case FAMILY_CAPI: draw_capi(&d); break;
	}
}

size_t draw_count(const struct derive_mechanism *m, size_t n)
{
	return m->family == FAMILY_ECDH || m->family == FAMILY_HKDF || m->family == FAMILY_KBKDF ? n + n / 2 : n;
}

/* ---- descriptions -------------------------------------------------------------------------------------------- */

struct text {
	char *at;
	size_t len;
};

static void PRINTF_LIKE(2, 3) say(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->at + text->len, DESCRIPTION_ROOM - text->len, format, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len < DESCRIPTION_ROOM - text->len ? (size_t)len : 0;
}

static void say_len(struct text *text, const char *name, struct span span)
{
	if (span.len > 0)
		say(text, " %s=%zu", name, span.len);
}

static const char *type_name(CK_KEY_TYPE type)
{
	static const struct {
		CK_KEY_TYPE type;
		const char *name;
	} rows[] = {
		{ CKK_GENERIC_SECRET, "generic" }, { CKK_AES, "AES" },   { CKK_DES, "DES" },
		{ CKK_DES3, "DES3" },              { CKK_EC, "EC" },     { CKK_CAMELLIA, "CAMELLIA" },
		{ CKK_ARIA, "ARIA" },              { CKK_SEED, "SEED" },   { CKK_RC2, "RC2" },
		{ CKK_RC4, "RC4" },                { CKK_DES2, "DES2" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].type == type)
			return rows[i].name;
	return "?";
}

static void say_hash(struct text *text, CK_MECHANISM_TYPE hash)
{
	const struct p11_hash *row = p11_hash_find(hash);

	if (row != NULL)
		say(text, " hash=%s", row->name);
	else if (hash == CKM_AES_CMAC || hash == CKM_DES3_CMAC)
		say(text, " hash=%s", hash == CKM_AES_CMAC ? "AES_CMAC" : "DES3_CMAC");
}

static void say_fields(struct text *text, const struct derive_case *c)
{
	static const char letters[] = { 0, 'I', 'C', 'L', 'B', 'K' };

	say(text, " fields=");
	for (size_t i = 0; i < c->field_count; i++) {
		const struct derive_field *f = &c->fields[i];

		say(text, "%s%c%zu%s%s", i > 0 ? "," : "", letters[f->type],
		    f->bytes.len > 0 ? f->bytes.len : (size_t)f->bits, f->little_endian ? "le" : "",
		    f->type == P11_FIELD_LENGTH && f->method == P11_LENGTH_OF_SEGMENTS ? "seg" : "");
	}
	for (size_t i = 0; i < c->more_count; i++)
		say(text, "%s%lu", i > 0 ? "," : " more=", c->more[i]);
}

void describe_case(const struct derive_case *c, char ret_text[DESCRIPTION_ROOM])
{
	struct text text = { ret_text, 0 };

	say(&text, "base=%s:%zu", c->m->family == FAMILY_PBKDF2 ? "password" : type_name(c->base_type), c->base.len);
	say(&text, " key=%s", c->class == CKO_DATA ? "data" : type_name(c->type));
	if (c->len != 0)
		say(&text, " len=%lu", c->len);
	if (c->m->family == FAMILY_ECDH)
		say(&text, " kdf=%s point=%s", p11_ckd_find(c->number)->name,
		    c->point.len == 1 + 2 * c->base.len ? "raw" : "DER");
	if (c->m->family == FAMILY_BITS)
		say(&text, " bit=%lu", c->number);
	if (c->m->family == FAMILY_PBKDF2)
		say(&text, " prf=%lu iterations=%lu", c->number, c->iterations);
	if (c->m->family == FAMILY_HKDF)
		say(&text, " steps=%s%s", c->extract ? "extract" : "", c->expand ? "expand" : "");
	if (c->m->family == FAMILY_CAPI)
		say(&text, " alg=0x%lx from=%s keybits=%lu salt=%d", c->number, capi_hash_find(c->hash)->name,
		    c->key_bits, (int)c->salt_flag);
	else
		say_hash(&text, c->hash);
	say_len(&text, "data", c->data);
	say_len(&text, "salt", c->salt);
	say_len(&text, "second", c->second);
	say_len(&text, "label", c->label);
	if (c->m->family == FAMILY_KBKDF)
		say_fields(&text, c);
	if (c->m->family == FAMILY_TLS_KEYS)
		say(&text, " mac=%lu keybits=%lu iv=%lu", c->mac_bits, c->key_bits, c->iv_bits);
}
