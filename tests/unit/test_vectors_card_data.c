/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Windows answers to NCryptDeriveKey, asked of CARD_DATA: the agreement by pfnCardConstructDHAgreement, the key by
 * pfnCardDeriveKey, in both versions of CARD_DERIVE_KEY, and its size by CARD_BUFFER_SIZE_ONLY.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "minidriver/host.h"
#include "tests/unit/test.h"
#include "tests/unit/vector_scene.h"
#include "tests/unit/vectors.h"

#define FIELD_MAX 66u
#define TLS_SEED_LEN 64u
#define BUFFERS 5u

static const struct {
	const char *name;
	const char *curve;
	ULONG magic;
	size_t field_len;
} files[] = {
	{ "cng-ecdh-windows.vec", "P-521", BCRYPT_ECDH_PUBLIC_P521_MAGIC, 66 },
	{ "cng-ecdh-p256-windows.vec", "P-256", BCRYPT_ECDH_PUBLIC_P256_MAGIC, 32 },
};

struct scene {
	struct vector_scene card;
	CARD_DATA *data;
	BYTE agreement;
};

/* The first record is the key, and the point that it agrees with. */
static void scene_open(struct scene *scene, size_t file, const struct vectors *v)
{
	const size_t len = files[file].field_len;
	struct {
		BCRYPT_ECCKEY_BLOB header;
		BYTE coordinates[2u * FIELD_MAX];
	} blob = { .header = { .dwMagic = files[file].magic, .cbKey = (ULONG)len } };
	CARD_DH_AGREEMENT_INFO info = {
		.dwVersion = CARD_DH_AGREEMENT_INFO_VERSION,
		.dwPublicKey = (DWORD)(sizeof(blob.header) + 2u * len),
		.pbPublicKey = (PBYTE)&blob,
	};

	vector_scene_open(&scene->card, files[file].curve, vectors_text(v, 0, "d"));
	scene->data = &scene->card.card->data;
	memcpy(blob.coordinates, vectors_bytes(v, 0, "x").data, len);
	memcpy(blob.coordinates + len, vectors_bytes(v, 0, "y").data, len);
	ck_assert_uint_eq(scene->data->pfnCardConstructDHAgreement(scene->data, &info), ERROR_SUCCESS);
	scene->agreement = info.bSecretAgreementIndex;
}

static void scene_close(struct scene *scene)
{
	ck_assert_uint_eq(scene->data->pfnCardDestroyDHAgreement(scene->data, scene->agreement, 0), ERROR_SUCCESS);
	vector_scene_close(&scene->card);
}

/* ---- a record as a parameter list ------------------------------------------------------------------------- */

struct question {
	LPCWSTR kdf;
	DWORD flags;
	BCryptBuffer buffers[BUFFERS];
	NCryptBufferDesc list;
	WCHAR hash[16];
	BYTE label[64];
	BYTE seed[TLS_SEED_LEN];
	DWORD protocol;
};

static void add_buffer(struct question *q, ULONG type, void *data, size_t len)
{
	ck_assert_uint_lt(q->list.cBuffers, BUFFERS);
	q->buffers[q->list.cBuffers++] = (BCryptBuffer){ .cbBuffer = (ULONG)len, .BufferType = type, .pvBuffer = data };
	q->list.pBuffers = q->buffers;
}

static void add_bytes(struct question *q, ULONG type, struct span bytes)
{
	union {
		const void *from;
		void *to;
	} pointer = { .from = bytes.data };

	if (bytes.len > 0)
		add_buffer(q, type, pointer.to, bytes.len);
}

static void add_hash(struct question *q, const char *name)
{
	size_t len = strlen(name) + 1u;

	ck_assert_uint_le(len, ARRAY_COUNT(q->hash));
	for (size_t i = 0; i < len; i++)
		q->hash[i] = (WCHAR)name[i];
	add_buffer(q, KDF_HASH_ALGORITHM, q->hash, len * sizeof(WCHAR));
}

/* HASH and HMAC: what stands before and after Z; an empty HMAC key means Z itself. */
static void ask_hash(struct question *q, const struct vectors *v, size_t i)
{
	q->kdf = BCRYPT_KDF_HASH;
	add_hash(q, vectors_text(v, i, "hash"));
	add_bytes(q, KDF_SECRET_PREPEND, vectors_bytes(v, i, "prepend"));
	add_bytes(q, KDF_SECRET_APPEND, vectors_bytes(v, i, "append"));
	if (!vectors_is(v, i, "kdf", "HMAC"))
		return;
	q->kdf = BCRYPT_KDF_HMAC;
	add_bytes(q, KDF_HMAC_KEY, vectors_bytes(v, i, "hmac-key"));
	if (vectors_bytes(v, i, "hmac-key").len == 0)
		q->flags = KDF_USE_SECRET_AS_HMAC_KEY_FLAG;
}

/* TLS_PRF: the label in quotes; the seed is zero. */
static void ask_tls(struct question *q, const struct vectors *v, size_t i)
{
	const char *label = vectors_text(v, i, "label");
	const size_t len = strlen(label);

	q->kdf = BCRYPT_KDF_TLS_PRF;
	ck_assert(len >= 2 && len - 2u <= sizeof(q->label) && label[0] == '"' && label[len - 1u] == '"');
	memcpy(q->label, label + 1, len - 2u);
	add_buffer(q, KDF_TLS_PRF_LABEL, q->label, len - 2u);
	ck_assert_str_eq(vectors_text(v, i, "seed"), "64 zero bytes");
	add_buffer(q, KDF_TLS_PRF_SEED, q->seed, sizeof(q->seed));
	q->protocol = (DWORD)strtoul(vectors_text(v, i, "protocol"), NULL, 0);
	add_buffer(q, KDF_TLS_PRF_PROTOCOL, &q->protocol, sizeof(q->protocol));
}

static void ask(struct question *q, const struct vectors *v, size_t i)
{
	*q = (struct question){ .flags = 0 };
	if (vectors_is(v, i, "kdf", "TLS_PRF"))
		ask_tls(q, v, i);
	else if (vectors_is(v, i, "kdf", "TRUNCATE"))
		q->kdf = BCRYPT_KDF_RAW_SECRET;
	else
		ask_hash(q, v, i);
}

/* ---- the answers ------------------------------------------------------------------------------------------- */

static void check_answer(struct scene *scene, const struct vectors *v, size_t i, DWORD version)
{
	const struct span okm = vectors_bytes(v, i, "okm");
	struct question q;
	CARD_DERIVE_KEY info;

	ask(&q, v, i);
	info = (CARD_DERIVE_KEY){
		.dwVersion = version,
		.dwFlags = q.flags | CARD_BUFFER_SIZE_ONLY,
		.pwszKDF = q.kdf,
		.bSecretAgreementIndex = scene->agreement,
		.pParameterList = &q.list,
	};
	ck_assert_uint_eq(scene->data->pfnCardDeriveKey(scene->data, &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbDerivedKey, okm.len);
	ck_assert_ptr_null(info.pbDerivedKey);
	info.dwFlags = q.flags;
	ck_assert_uint_eq(scene->data->pfnCardDeriveKey(scene->data, &info), ERROR_SUCCESS);
	ck_assert_msg(span_equal(span_of(info.pbDerivedKey, info.cbDerivedKey), okm), "line %zu", vectors_line(v, i));
	scene->data->pfnCspFree(info.pbDerivedKey);
}

START_TEST(each_kdf_answers_as_windows_does)
{
	for (size_t file = 0; file < ARRAY_COUNT(files); file++) {
		AUTO_VECTORS *v = vectors_load(files[file].name);
		struct scene scene;

		scene_open(&scene, file, v);
		for (size_t i = 1; i < vectors_count(v); i++)
			check_answer(&scene, v, i, (DWORD)_i);
		scene_close(&scene);
		printf("%s, CARD_DERIVE_KEY version %d: %zu records\n", files[file].name, _i, vectors_count(v) - 1u);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, each_kdf_answers_as_windows_does, CARD_DERIVE_KEY_VERSION,
			    CARD_DERIVE_KEY_VERSION_TWO + 1);
}

TEST_MAIN("vectors/card_data", add)
