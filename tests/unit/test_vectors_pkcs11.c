/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answers of KDFs that start from a secret key, through PKCS#11 from end to end: C_CreateObject of the base key,
 * C_DeriveKey or C_GenerateKey, CKA_VALUE. Each KDF is a list of files and a way to read a record as a call; a record
 * that no call can say (a base key of no bytes) is counted apart. One line for each KDF says how many there were.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/p11/derive_case.h"
#include "tests/unit/cki_env.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors.h"

/* ---- from a record to a call ------------------------------------------------------------------------------ */

/* A record, and room for what is no value of it. */
struct record {
	struct vectors *v;
	size_t i;
	struct derive_case c;
	bool refused; /* there is no key of that length */
};

static struct span value(const struct record *r, const char *key)
{
	return vectors_has(r->v, r->i, key) ? vectors_bytes(r->v, r->i, key) : SPAN_EMPTY;
}

static bool is(const struct record *r, const char *key, const char *text)
{
	return vectors_has(r->v, r->i, key) && vectors_is(r->v, r->i, key, text);
}

static CK_ULONG number(const struct record *r, const char *key)
{
	return strtoul(vectors_text(r->v, r->i, key), NULL, 10);
}

/* What the files call hashes. */
static const struct {
	const char *name;
	CK_MECHANISM_TYPE hash;
	CK_MECHANISM_TYPE hmac;
	CK_ULONG pbkdf2;
	CK_MECHANISM_TYPE derivation;
	size_t len;
} hashes[] = {
	{ "MD5", 0, 0, 0, CKM_MD5_KEY_DERIVATION, 16 },
	{ "SHA1", CKM_SHA_1, CKM_SHA_1_HMAC, 1, CKM_SHA1_KEY_DERIVATION, 20 },
	{ "SHA224", CKM_SHA224, CKM_SHA224_HMAC, 3, CKM_SHA224_KEY_DERIVATION, 28 },
	{ "SHA256", CKM_SHA256, CKM_SHA256_HMAC, 4, CKM_SHA256_KEY_DERIVATION, 32 },
	{ "SHA384", CKM_SHA384, CKM_SHA384_HMAC, 5, CKM_SHA384_KEY_DERIVATION, 48 },
	{ "SHA512", CKM_SHA512, CKM_SHA512_HMAC, 6, CKM_SHA512_KEY_DERIVATION, 64 },
	{ "SHA512-224", 0, 0, 7, CKM_SHA512_224_KEY_DERIVATION, 28 },
	{ "SHA512-256", 0, 0, 8, CKM_SHA512_256_KEY_DERIVATION, 32 },
	{ "SHA3-224", 0, 0, 0, CKM_SHA3_224_KEY_DERIVATION, 28 },
	{ "SHA3-256", 0, 0, 0, CKM_SHA3_256_KEY_DERIVATION, 32 },
	{ "SHA3-384", 0, 0, 0, CKM_SHA3_384_KEY_DERIVATION, 48 },
	{ "SHA3-512", 0, 0, 0, CKM_SHA3_512_KEY_DERIVATION, 64 },
	{ "SHAKE128", 0, 0, 0, CKM_SHAKE_128_KEY_DERIVATION, 0 },
	{ "SHAKE256", 0, 0, 0, CKM_SHAKE_256_KEY_DERIVATION, 0 },
	{ "BLAKE2B-160", 0, 0, 0, CKM_BLAKE2B_160_KEY_DERIVE, 20 },
	{ "BLAKE2B-256", 0, 0, 0, CKM_BLAKE2B_256_KEY_DERIVE, 32 },
	{ "BLAKE2B-384", 0, 0, 0, CKM_BLAKE2B_384_KEY_DERIVE, 48 },
	{ "BLAKE2B-512", 0, 0, 0, CKM_BLAKE2B_512_KEY_DERIVE, 64 },
};

static size_t hash_row(const char *name)
{
	for (size_t h = 0; h < ARRAY_COUNT(hashes); h++)
		if (strcmp(hashes[h].name, name) == 0)
			return h;
	ck_abort_msg("no hash is called %s", name);
	return 0;
}

static size_t hash_of(const struct record *r, const char *key)
{
	return hash_row(vectors_text(r->v, r->i, key));
}

/* A mechanism that is not offered is none that a record can call. */
static bool use(struct record *r, CK_MECHANISM_TYPE mechanism)
{
	CK_MECHANISM_INFO info;

	r->c.m = derive_mechanism_find(mechanism);
	ck_assert_ptr_nonnull(r->c.m);
	return env.f->C_GetMechanismInfo(env.slot, mechanism, &info) == CKR_OK;
}

static bool hkdf_of_class(struct record *r, CK_MECHANISM_TYPE mechanism, CK_OBJECT_CLASS class)
{
	r->c.class = class;
	r->c.hash = hashes[hash_of(r, "hash")].hash;
	r->c.extract = !is(r, "mode", "expand");
	r->c.expand = !is(r, "mode", "extract");
	r->c.salt = value(r, "salt");
	r->c.data = value(r, "info");
	r->refused = is(r, "valid", "false");
	if (r->refused)
		r->c.len = number(r, "len");
	return use(r, mechanism);
}

static bool hkdf(struct record *r)
{
	return hkdf_of_class(r, CKM_HKDF_DERIVE, CKO_SECRET_KEY);
}

static bool hkdf_data(struct record *r)
{
	return hkdf_of_class(r, CKM_HKDF_DATA, CKO_DATA);
}

/* The salt as a key. */
static bool hkdf_salt_key(struct record *r)
{
	r->c.second = value(r, "salt");
	r->c.salt_is_key = true;
	return r->c.second.len > 0 && hkdf(r) && r->c.extract;
}

static void add_field(struct derive_case *c, struct derive_field field)
{
	ck_assert_uint_lt(c->field_count, FIELDS_MAX);
	c->fields[c->field_count++] = field;
}

static void add_bytes(struct derive_case *c, struct span bytes)
{
	if (bytes.len > 0)
		add_field(c, (struct derive_field){ .type = P11_FIELD_BYTES, .bytes = bytes });
}

static bool kbkdf_begin(struct record *r, CK_MECHANISM_TYPE mechanism)
{
	const bool counter_mode = mechanism == CKM_SP800_108_COUNTER_KDF;
	const bool cmac = is(r, "prf", "AES-CMAC");

	r->c.hash = cmac ? CKM_AES_CMAC : hashes[hash_of(r, "prf")].hmac;
	r->c.base_type = cmac ? CKK_AES : CKK_GENERIC_SECRET;
	r->c.salt = value(r, "iv");
	if (!counter_mode)
		add_field(&r->c, (struct derive_field){ .type = P11_FIELD_ITERATION });
	return use(r, mechanism);
}

static void kbkdf_counter(struct record *r)
{
	const bool counter_mode = r->c.m->mechanism == CKM_SP800_108_COUNTER_KDF;

	add_field(&r->c, (struct derive_field){ .type = counter_mode ? P11_FIELD_ITERATION : P11_FIELD_COUNTER,
						.bits = number(r, "bits") });
}

static bool kbkdf(struct record *r, CK_MECHANISM_TYPE mechanism)
{
	const bool good = kbkdf_begin(r, mechanism);

	add_bytes(&r->c, value(r, "before"));
	kbkdf_counter(r);
	add_bytes(&r->c, value(r, "after"));
	return good;
}

static bool counter(struct record *r)
{
	return is(r, "mode", "counter") && kbkdf(r, CKM_SP800_108_COUNTER_KDF);
}

static bool feedback(struct record *r)
{
	return is(r, "mode", "feedback") && kbkdf(r, CKM_SP800_108_FEEDBACK_KDF);
}

static bool pipeline(struct record *r)
{
	return is(r, "mode", "pipeline") && kbkdf(r, CKM_SP800_108_DOUBLE_PIPELINE_KDF);
}

/* Two keys: the first has one segment, the second the rest; the fixed input says no length. */
static bool counter_two_keys(struct record *r)
{
	const size_t segment = is(r, "prf", "AES-CMAC") ? 16 : hashes[hash_of(r, "prf")].len;

	if (!counter(r) || vectors_has(r->v, r->i, "label") || r->c.len <= segment)
		return false;
	r->c.more[0] = r->c.len - segment;
	r->c.more_count = 1;
	r->c.len = segment;
	return true;
}

/* The same input with its parts as fields, the length among them. */
static bool with_length_field(struct record *r)
{
	static const uint8_t zero[] = { 0 };
	const CK_MECHANISM_TYPE mechanism = is(r, "mode", "counter")	? CKM_SP800_108_COUNTER_KDF :
					    is(r, "mode", "feedback") ? CKM_SP800_108_FEEDBACK_KDF :
									  CKM_SP800_108_DOUBLE_PIPELINE_KDF;

	if (!kbkdf_begin(r, mechanism))
		return false;
	kbkdf_counter(r);
	add_bytes(&r->c, value(r, "label"));
	add_bytes(&r->c, span_of(zero, sizeof(zero)));
	add_bytes(&r->c, value(r, "context"));
	add_field(&r->c, (struct derive_field){ .type = P11_FIELD_LENGTH, .bits = 32, .method = P11_LENGTH_OF_KEYS });
	return true;
}

static bool pbkdf2(struct record *r)
{
	r->c.number = hashes[hash_of(r, "hash")].pbkdf2;
	r->c.salt = value(r, "salt");
	r->c.iterations = number(r, "iterations");
	return use(r, CKM_PKCS5_PBKD2);
}

static bool hash(struct record *r)
{
	return use(r, hashes[hash_of(r, "hash")].derivation);
}

/* Without a length: as long as the hash is. */
static bool hash_usual_len(struct record *r)
{
	const bool whole = hashes[hash_of(r, "hash")].len == r->c.len;

	r->c.len = 0;
	return whole && hash(r);
}

static bool encrypt(struct record *r)
{
	const bool aes = is(r, "cipher", "AES");
	const bool cbc = is(r, "mode", "CBC");

	r->c.base_type = aes ? CKK_AES : CKK_DES3;
	r->c.data = value(r, "info");
	r->c.salt = value(r, "iv");
	if (aes)
		return use(r, cbc ? CKM_AES_CBC_ENCRYPT_DATA : CKM_AES_ECB_ENCRYPT_DATA);
	return use(r, cbc ? CKM_DES3_CBC_ENCRYPT_DATA : CKM_DES3_ECB_ENCRYPT_DATA);
}

static bool simple(struct record *r)
{
	r->c.data = value(r, is(r, "kdf", "XOR") ? "info" : vectors_has(r->v, r->i, "append") ? "append" : "prepend");
	r->c.second = value(r, "second");
	if (is(r, "kdf", "XOR"))
		return use(r, CKM_XOR_BASE_AND_DATA);
	if (is(r, "kdf", "EXTRACT_BITS")) {
		r->c.number = number(r, "offset");
		return use(r, CKM_EXTRACT_KEY_FROM_KEY);
	}
	if (r->c.second.len > 0)
		return use(r, CKM_CONCATENATE_BASE_AND_KEY);
	if (vectors_has(r->v, r->i, "append"))
		return use(r, CKM_CONCATENATE_BASE_AND_DATA);
	return use(r, CKM_CONCATENATE_DATA_AND_BASE);
}

/* ---- TLS -------------------------------------------------------------------------------------------------- */

#define RANDOM_LEN 32u

static bool label_is(const struct record *r, const char *text)
{
	return span_equal(value(r, "label"), span_of(text, strlen(text)));
}

static bool tls12(const struct record *r)
{
	return is(r, "protocol", "0303");
}

/* The two random numbers in the seed. */
static bool cut_seed(const struct record *r, struct span *ret_first, struct span *ret_second)
{
	const struct span seed = value(r, "seed");

	if (seed.len != 2 * RANDOM_LEN)
		return false;
	*ret_first = span_of(seed.data, RANDOM_LEN);
	*ret_second = span_of(seed.data + RANDOM_LEN, RANDOM_LEN);
	return true;
}

static void tls_hash(struct record *r)
{
	r->c.hash = tls12(r) ? hashes[hash_of(r, "hash")].hash : CKM_TLS_PRF;
}

static bool tls_prf(struct record *r)
{
	r->c.label = value(r, "label");
	r->c.data = value(r, "seed");
	return !tls12(r) && use(r, CKM_TLS_PRF);
}

static bool tls_kdf(struct record *r)
{
	r->c.label = value(r, "label");
	tls_hash(r);
	return cut_seed(r, &r->c.client, &r->c.server) && use(r, tls12(r) ? CKM_TLS12_KDF : CKM_TLS_KDF);
}

static bool tls_master(struct record *r)
{
	r->c.len = 0;
	tls_hash(r);
	return label_is(r, "master secret") && cut_seed(r, &r->c.client, &r->c.server) &&
	       use(r, tls12(r) ? CKM_TLS12_MASTER_KEY_DERIVE_DH : CKM_TLS_MASTER_KEY_DERIVE_DH);
}

/* The key block as two AES keys and two initial values, and what is left of it as MAC keys. */
static bool tls_keys(struct record *r)
{
	const CK_ULONG block = r->c.len;

	tls_hash(r);
	if (!label_is(r, "key expansion") || !cut_seed(r, &r->c.server, &r->c.client) || block % 2 != 0 || block < 66)
		return false;
	r->c.type = CKK_AES;
	r->c.len = 0;
	r->c.key_bits = 128;
	r->c.iv_bits = 128;
	r->c.mac_bits = 8 * (block / 2 - 32);
	return use(r, tls12(r) ? CKM_TLS12_KEY_AND_MAC_DERIVE : CKM_TLS_KEY_AND_MAC_DERIVE);
}

/* ---- running ---------------------------------------------------------------------------------------------- */

#define FILES_MAX 3u

struct kdf {
	const char *name;
	const char *files[FILES_MAX];
	/* Whether PKCS#11 can say the record; then what it says is in r->c. */
	bool (*read)(struct record *r);
};

static const struct kdf kdfs[] = {
	{ "HKDF", { "hkdf-rfc5869.vec", "hkdf-openssl.vec", "hkdf-wycheproof.vec" }, hkdf },
	{ "HKDF, the salt a key", { "hkdf-rfc5869.vec", "hkdf-openssl.vec", "hkdf-wycheproof.vec" }, hkdf_salt_key },
	{ "HKDF to a data object", { "hkdf-rfc5869.vec", "hkdf-openssl.vec", "hkdf-wycheproof.vec" }, hkdf_data },
	{ "SP 800-108 counter", { "sp800-108-counter-nist.vec", "sp800-108-botan.vec" }, counter },
	{ "SP 800-108 counter, two keys", { "sp800-108-counter-nist.vec" }, counter_two_keys },
	{ "SP 800-108 feedback", { "sp800-108-botan.vec" }, feedback },
	{ "SP 800-108 double pipeline", { "sp800-108-botan.vec" }, pipeline },
	{ "SP 800-108, all modes, length as a field", { "sp800-108-botan.vec" }, with_length_field },
	{ "PBKDF2", { "pbkdf2-rfc.vec", "pbkdf2-openssl.vec", "pbkdf2-botan.vec" }, pbkdf2 },
	{ "hash of a key", { "hash-nist.vec", "blake2b-rfc7693.vec" }, hash },
	{ "hash of a key, without a length", { "hash-nist.vec", "blake2b-rfc7693.vec" }, hash_usual_len },
	{ "SHAKE of a key", { "shake-nist.vec" }, hash },
	{ "encrypted data", { "encrypt-nist.vec" }, encrypt },
	{ "join, XOR, extract", { "pkcs11-examples.vec" }, simple },
	{ "TLS 1.0 PRF", { "tls-prf-openssl.vec" }, tls_prf },
	{ "TLS KDF", { "tls-prf-openssl.vec" }, tls_kdf },
	{ "TLS master secret", { "tls-prf-openssl.vec" }, tls_master },
	{ "TLS key block", { "tls-prf-openssl.vec" }, tls_keys },
};

/* All parts one after the other: that is how they stand in the answer. */
static struct span joined(const struct derive_result *result)
{
	const struct span last = derive_result_part(result, result->count - 1);

	return span_of(result->bytes, (size_t)(last.data - result->bytes) + last.len);
}


static void check(const struct record *r, bool number_form)
{
	const struct derive_session session = { .f = env.f,
						.session = env.session,
						.password_len_is_number = number_form };
	struct derive_result result;
	const CK_RV rv = derive_case_run(&session, &r->c, &result);
	const size_t line = vectors_line(r->v, r->i);

	if (r->refused) {
		ck_assert_msg(rv == CKR_ATTRIBUTE_VALUE_INVALID, "line %zu: 0x%lx", line, rv);
		return;
	}
	ck_assert_msg(rv == CKR_OK, "line %zu: %s: 0x%lx", line, result.call != NULL ? result.call : "", rv);
	ck_assert_msg(span_equal(joined(&result), vectors_bytes(r->v, r->i, "okm")), "line %zu", line);
}

static bool run(const struct kdf *kdf, struct vectors *v, size_t i)
{
	struct record r = { .v = v, .i = i };

	r.c.class = CKO_SECRET_KEY;
	r.c.type = r.c.base_type = CKK_GENERIC_SECRET;
	r.c.base = vectors_bytes(v, i, "z");
	r.c.len = vectors_bytes(v, i, "okm").len;
	if (!kdf->read(&r) || (r.c.base.len == 0 && r.c.m->family != FAMILY_PBKDF2))
		return false;
	check(&r, false);
	if (r.c.m->family == FAMILY_PBKDF2)
		check(&r, true);
	return true;
}

START_TEST(each_record_comes_out_of_cryptoki)
{
	const struct kdf *kdf = &kdfs[_i];
	size_t count = 0;
	size_t total = 0;

	env_start();
	for (size_t file = 0; file < FILES_MAX && kdf->files[file] != NULL; file++) {
		AUTO_VECTORS *v = vectors_load(kdf->files[file]);

		total += vectors_count(v);
		for (size_t i = 0; i < vectors_count(v); i++)
			count += run(kdf, v, i) ? 1u : 0u;
	}
	env_stop();
	ck_assert_uint_gt(count, 0);
	printf("%s through PKCS#11: %zu records of %zu\n", kdf->name, count, total);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_record_comes_out_of_cryptoki, 0, ARRAY_COUNT(kdfs));
}

TEST_MAIN("vectors/pkcs11", add)
