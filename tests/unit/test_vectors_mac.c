/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Published answers of MACs and digests through C_Sign*, C_Verify* and C_Digest*, in one part and in several. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tests/unit/cki_env.h"
#include "tests/unit/vectors.h"

#define TAG_MAX 128u

/* The mechanisms of a hash, by its name in the files. */
static const struct {
	const char *name;
	CK_MECHANISM_TYPE digest;
	CK_MECHANISM_TYPE hmac;
	CK_MECHANISM_TYPE general;
	CK_KEY_TYPE key;
} hashes[] = {
#define HASH(text, name) { text, CKM_##name, CKM_##name##_HMAC, CKM_##name##_HMAC_GENERAL, CKK_##name##_HMAC }
	HASH("MD5", MD5), HASH("SHA1", SHA_1), HASH("SHA224", SHA224), HASH("SHA256", SHA256), HASH("SHA384", SHA384),
	HASH("SHA512", SHA512), HASH("SHA512-224", SHA512_224), HASH("SHA512-256", SHA512_256),
	HASH("SHA3-224", SHA3_224), HASH("SHA3-256", SHA3_256), HASH("SHA3-384", SHA3_384),
	HASH("SHA3-512", SHA3_512), HASH("BLAKE2B-512", BLAKE2B_512),
#undef HASH
};

/* BLAKE2b of lengths that only newer versions of OpenSSL can be told. */
static const struct {
	const char *name;
	CK_MECHANISM_TYPE digest;
} short_hashes[] = {
	{ "BLAKE2B-160", CKM_BLAKE2B_160 },
	{ "BLAKE2B-256", CKM_BLAKE2B_256 },
	{ "BLAKE2B-384", CKM_BLAKE2B_384 },
};

static size_t hash_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(hashes); i++)
		if (strcmp(hashes[i].name, name) == 0)
			return i;
	ck_abort_msg("no hash is called %s", name);
	return 0;
}

/* One answer: what is asked, and what comes out. */
struct answer {
	CK_MECHANISM *mechanism;
	CK_OBJECT_HANDLE key;
	struct span data;
	struct span tag;
};

/* Spans are const; PKCS#11's pointers are not, though nothing writes there. */
static CK_BYTE *bytes_of(struct span span)
{
	return (CK_BYTE *)(uintptr_t)span.data;
}

static void feed(CK_RV (*update)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG), struct span data, size_t step)
{
	for (size_t at = 0; at < data.len; at += step)
		env_ok(update(env.session, bytes_of(data) + at, data.len - at < step ? data.len - at : step));
}

static void check_sign(const struct answer *a, size_t step)
{
	CK_BYTE tag[TAG_MAX];
	CK_ULONG len = sizeof(tag);

	env_ok(env.f->C_SignInit(env.session, a->mechanism, a->key));
	if (step == 0) {
		env_ok(env.f->C_Sign(env.session, bytes_of(a->data), a->data.len, tag, &len));
	} else {
		feed(env.f->C_SignUpdate, a->data, step);
		env_ok(env.f->C_SignFinal(env.session, tag, &len));
	}
	ck_assert_uint_eq(len, a->tag.len);
	ck_assert_mem_eq(tag, a->tag.data, len);
}

static void check_verify(const struct answer *a, size_t step, bool right)
{
	CK_RV expected = right ? CKR_OK : CKR_SIGNATURE_INVALID;
	CK_BYTE tag[TAG_MAX];

	memcpy(tag, a->tag.data, a->tag.len);
	tag[a->tag.len - 1] ^= right ? 0 : 0x80;
	env_ok(env.f->C_VerifyInit(env.session, a->mechanism, a->key));
	if (step == 0) {
		env_rv(expected, env.f->C_Verify(env.session, bytes_of(a->data), a->data.len, tag, a->tag.len));
		return;
	}
	feed(env.f->C_VerifyUpdate, a->data, step);
	env_rv(expected, env.f->C_VerifyFinal(env.session, tag, a->tag.len));
}

static void check(const struct answer *a)
{
	static const size_t steps[] = { 0, 1, 7, 64, 1000 };

	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		/* byte by byte where that is soon done */
		if (steps[i] == 1 && a->data.len > 500)
			continue;
		check_sign(a, steps[i]);
		check_verify(a, steps[i], true);
		check_verify(a, steps[i], false);
	}
}

static void check_hmac(const struct vectors *v, size_t i, struct answer *a)
{
	size_t hash = hash_named(vectors_text(v, i, "hash"));
	struct span key = vectors_bytes(v, i, "key");
	CK_MECHANISM mechanism = { hashes[hash].hmac, NULL, 0 };
	CK_ULONG len = a->tag.len / 2;
	CK_MECHANISM general = { hashes[hash].general, &len, sizeof(len) };

	a->mechanism = &mechanism;
	a->key = env_import(i % 2 == 0 ? hashes[hash].key : CKK_GENERIC_SECRET, key.data, key.len);
	check(a);
	a->mechanism = &general;
	a->tag.len = len;
	check(a);
}

static void check_cmac(const struct vectors *v, size_t i, struct answer *a)
{
	struct span key = vectors_bytes(v, i, "key");
	bool des = a->tag.len == 8;
	CK_MECHANISM mechanism = { des ? CKM_DES3_CMAC : CKM_AES_CMAC, NULL, 0 };
	CK_ULONG len = 4;
	CK_MECHANISM general = { des ? CKM_DES3_CMAC_GENERAL : CKM_AES_CMAC_GENERAL, &len, sizeof(len) };

	a->mechanism = &mechanism;
	a->key = env_import(!des ? CKK_AES : key.len == 24 ? CKK_DES3 : CKK_DES2, key.data, key.len);
	check(a);
	a->mechanism = &general;
	a->tag.len = len;
	check(a);
}

static void check_gmac(const struct vectors *v, size_t i, struct answer *a)
{
	struct span key = vectors_bytes(v, i, "key");
	struct span iv = vectors_bytes(v, i, "iv");
	CK_GCM_PARAMS params = { .pIv = bytes_of(iv), .ulIvLen = iv.len, .ulIvBits = 8 * iv.len,
				 .ulTagBits = 8 * a->tag.len };
	CK_MECHANISM mechanism = { CKM_AES_GMAC, &params, sizeof(params) };
	CK_MECHANISM with_iv = { CKM_AES_GMAC, bytes_of(iv), iv.len };

	a->mechanism = &mechanism;
	a->key = env_import(CKK_AES, key.data, key.len);
	check(a);
	if (iv.len != 12 || a->tag.len != 16)
		return;
	a->mechanism = &with_iv;
	check(a);
}

static void check_file(const char *name, size_t most)
{
	AUTO_VECTORS *v = vectors_load(name);

	env_start();
	ck_assert_uint_ge(vectors_in_file(v), most);
	for (size_t i = 0; i < vectors_count(v); i++) {
		struct answer a = { .data = vectors_bytes(v, i, "data"), .tag = vectors_bytes(v, i, "tag") };

		if (vectors_is(v, i, "mac", "HMAC"))
			check_hmac(v, i, &a);
		else if (vectors_is(v, i, "mac", "CMAC"))
			check_cmac(v, i, &a);
		else
			check_gmac(v, i, &a);
		env_ok(env.f->C_DestroyObject(env.session, a.key));
	}
	printf("%s: %zu answers\n", name, vectors_count(v));
	env_stop();
}

START_TEST(hmac_gives_what_the_rfcs_say)
{
	check_file("hmac-rfc.vec", 38);
}
END_TEST

START_TEST(hmac_gives_what_another_implementation_computes)
{
	check_file("hmac-computed.vec", 18);
}
END_TEST

START_TEST(macs_give_what_openssls_tests_say)
{
	check_file("mac-openssl.vec", 41);
}
END_TEST

START_TEST(cmac_gives_what_nist_says)
{
	check_file("cmac-nist.vec", 20);
}
END_TEST

START_TEST(gmac_gives_what_nist_says)
{
	check_file("gmac-nist.vec", 300);
}
END_TEST

struct tls_mac_params {
	CK_MECHANISM_TYPE prf_hash;
	CK_ULONG mac_len;
	CK_ULONG side;
};

START_TEST(the_macs_of_tls_give_its_prf)
{
	AUTO_VECTORS *v = vectors_load("tls-finished.vec");

	env_start();
	ck_assert_uint_ge(vectors_in_file(v), 200);
	for (size_t i = 0; i < vectors_count(v); i++) {
		const char *hash = vectors_text(v, i, "hash");
		struct span key = vectors_bytes(v, i, "key");
		struct answer a = { .data = vectors_bytes(v, i, "data"), .tag = vectors_bytes(v, i, "tag") };
		struct tls_mac_params params = {
			.prf_hash = *hash != '\0' ? hashes[hash_named(hash)].digest : CKM_TLS_PRF,
			.mac_len = a.tag.len,
			.side = vectors_is(v, i, "side", "1") ? 1 : 2,
		};
		CK_MECHANISM mechanism = { i % 2 == 0 ? CKM_TLS_MAC : CKM_TLS12_MAC, &params, sizeof(params) };

		a.mechanism = &mechanism;
		a.key = env_import(CKK_GENERIC_SECRET, key.data, key.len);
		check(&a);
		env_ok(env.f->C_DestroyObject(env.session, a.key));
	}
	printf("tls-finished.vec: %zu answers\n", vectors_count(v));
	env_stop();
}
END_TEST

static void check_digest(CK_MECHANISM *mechanism, struct span data, struct span expected, size_t step)
{
	CK_BYTE digest[TAG_MAX];
	CK_ULONG len = sizeof(digest);

	env_ok(env.f->C_DigestInit(env.session, mechanism));
	if (step == 0) {
		env_ok(env.f->C_Digest(env.session, bytes_of(data), data.len, digest, &len));
	} else {
		feed(env.f->C_DigestUpdate, data, step);
		env_ok(env.f->C_DigestFinal(env.session, digest, &len));
	}
	ck_assert_uint_eq(len, expected.len);
	ck_assert_mem_eq(digest, expected.data, len);
}

/* The same with a middle part that is a key. */
static void check_digest_of_key(CK_MECHANISM *mechanism, struct span data, struct span expected)
{
	size_t from = data.len / 3;
	size_t len = data.len - 2 * from;
	CK_OBJECT_HANDLE key = env_import(CKK_GENERIC_SECRET, data.data + from, len);
	CK_BYTE digest[TAG_MAX];
	CK_ULONG digest_len = sizeof(digest);

	env_ok(env.f->C_DigestInit(env.session, mechanism));
	env_ok(env.f->C_DigestUpdate(env.session, bytes_of(data), from));
	env_ok(env.f->C_DigestKey(env.session, key));
	env_ok(env.f->C_DigestUpdate(env.session, bytes_of(data) + from + len, data.len - from - len));
	env_ok(env.f->C_DigestFinal(env.session, digest, &digest_len));
	ck_assert_uint_eq(digest_len, expected.len);
	ck_assert_mem_eq(digest, expected.data, digest_len);
	env_ok(env.f->C_DestroyObject(env.session, key));
}

/* Whether it is a digest that this OpenSSL cannot compute, and that is not offered then. */
static bool not_offered(const char *name, CK_MECHANISM *mechanism)
{
	CK_MECHANISM_INFO info;

	for (size_t i = 0; i < ARRAY_COUNT(short_hashes); i++) {
		if (strcmp(name, short_hashes[i].name) != 0)
			continue;
		mechanism->mechanism = short_hashes[i].digest;
		if (env.f->C_GetMechanismInfo(env.slot, mechanism->mechanism, &info) == CKR_OK)
			return false;
		env_rv(CKR_MECHANISM_INVALID, env.f->C_DigestInit(env.session, mechanism));
		return true;
	}
	mechanism->mechanism = hashes[hash_named(name)].digest;
	return false;
}

START_TEST(digests_give_what_nist_says)
{
	AUTO_VECTORS *v = vectors_load("digest-nist.vec");
	size_t left_out = 0;

	env_start();
	ck_assert_uint_ge(vectors_in_file(v), 230);
	for (size_t i = 0; i < vectors_count(v); i++) {
		CK_MECHANISM mechanism = { 0, NULL, 0 };
		struct span data = vectors_bytes(v, i, "data");
		struct span digest = vectors_bytes(v, i, "digest");

		if (not_offered(vectors_text(v, i, "hash"), &mechanism)) {
			left_out++;
			continue;
		}
		check_digest(&mechanism, data, digest, 0);
		check_digest(&mechanism, data, digest, 13);
		check_digest(&mechanism, data, digest, 128);
		if (data.len != 0)
			check_digest_of_key(&mechanism, data, digest);
	}
	printf("digest-nist.vec: %zu answers, %zu of them of hashes that this OpenSSL does not have\n", vectors_count(v),
	       left_out);
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, hmac_gives_what_the_rfcs_say);
	tcase_add_test(tc, hmac_gives_what_another_implementation_computes);
	tcase_add_test(tc, macs_give_what_openssls_tests_say);
	tcase_add_test(tc, cmac_gives_what_nist_says);
	tcase_add_test(tc, gmac_gives_what_nist_says);
	tcase_add_test(tc, the_macs_of_tls_give_its_prf);
	tcase_add_test(tc, digests_give_what_nist_says);
}

TEST_MAIN("vectors/mac", add)
