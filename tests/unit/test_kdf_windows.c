/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers that Windows' CNG gave (tests/vectors/cng-ecdh-windows.vec), asked of CARD_DATA with the same key in the
 * card.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "minidriver/wide.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define LINE_MAX_LEN 512u
#define FIELD_MAX 128u

/* One entry of the file. */
struct vector {
	char kdf[16];
	char hash[16];
	bool keyed;      /* hmac-key stands there, */
	size_t key_len;  /* empty: the secret itself */
	uint8_t key[FIELD_MAX];
	uint8_t prepend[FIELD_MAX];
	size_t prepend_len;
	uint8_t append[FIELD_MAX];
	size_t append_len;
	char label[64];
	DWORD protocol;
	uint8_t okm[FIELD_MAX];
	size_t okm_len;
};

static char private_hex[LINE_MAX_LEN];
static uint8_t point[1 + 2 * 66] = { 0x04 };
static BYTE agreement;
static unsigned checked;

static WCHAR wide_text[16];
static LPCWSTR widen(const char *text)
{
	memset(wide_text, 0, sizeof(wide_text));
	for (size_t i = 0; text[i] != '\0' && i + 1 < ARRAY_COUNT(wide_text); i++)
		wide_text[i] = (WCHAR)(unsigned char)text[i];
	return wide_text;
}

static void check_vector(const struct vector *v)
{
	static const uint8_t zeros[64];
	const bool hmac = strcmp(v->kdf, "HMAC") == 0;
	const bool tls = strcmp(v->kdf, "TLS_PRF") == 0;
	struct harness_list list = { .desc = { .cBuffers = 0 } };
	const DWORD flags = hmac && v->key_len == 0 ? KDF_USE_SECRET_AS_HMAC_KEY_FLAG : 0;
	WCHAR hash[16];

	if (!tls) {
		memcpy(hash, widen(v->hash), sizeof(hash));
		harness_param(&list, KDF_HASH_ALGORITHM, hash, wide_size(hash));
	}
	if (v->prepend_len != 0)
		harness_param(&list, KDF_SECRET_PREPEND, v->prepend, v->prepend_len);
	if (v->append_len != 0)
		harness_param(&list, KDF_SECRET_APPEND, v->append, v->append_len);
	if (hmac && v->key_len != 0)
		harness_param(&list, KDF_HMAC_KEY, v->key, v->key_len);
	if (tls) {
		harness_param(&list, KDF_TLS_PRF_LABEL, v->label, strlen(v->label));
		harness_param(&list, KDF_TLS_PRF_SEED, zeros, sizeof(zeros));
		harness_dword(&list, KDF_TLS_PRF_PROTOCOL, &v->protocol);
	}
	harness_derive_gives(widen(v->kdf), flags, &list, agreement, span_of(v->okm, v->okm_len));
	checked++;
}

static void put_key_in_card(void)
{
	const struct fake_key key = { .type = CRD_KEY_EC, .curve = "secp521r1", .private_hex = private_hex,
				      .usage = CRD_USE_DERIVE, .no_pin = true };

	fake_reset();
	(void)fake_add_key(&key);
	harness_open_described();
	ck_assert(span_equal(fake_point(0), span_of(point, sizeof(point))));
	agreement = harness_agree(0);
}

/* One `name = value` line. */
static void take_line(struct vector *v, const char *name, const char *value)
{
	if (strcmp(name, "d") == 0) {
		(void)snprintf(private_hex, sizeof(private_hex), "%s", value);
	} else if (strcmp(name, "x") == 0) {
		ck_assert_uint_eq(harness_hex(value, point + 1, 66), 66);
	} else if (strcmp(name, "y") == 0) {
		ck_assert_uint_eq(harness_hex(value, point + 67, 66), 66);
		put_key_in_card();
	} else if (strcmp(name, "kdf") == 0) {
		memset(v, 0, sizeof(*v));
		(void)snprintf(v->kdf, sizeof(v->kdf), "%s", value);
	} else if (strcmp(name, "hash") == 0) {
		(void)snprintf(v->hash, sizeof(v->hash), "%s", value);
	} else if (strcmp(name, "hmac-key") == 0) {
		v->key_len = harness_hex(value, v->key, sizeof(v->key));
	} else if (strcmp(name, "prepend") == 0) {
		v->prepend_len = harness_hex(value, v->prepend, sizeof(v->prepend));
	} else if (strcmp(name, "append") == 0) {
		v->append_len = harness_hex(value, v->append, sizeof(v->append));
	} else if (strcmp(name, "label") == 0) {
		ck_assert_int_eq(sscanf(value, "\"%63[^\"]\"", v->label), 1);
	} else if (strcmp(name, "protocol") == 0) {
		v->protocol = (DWORD)strtoul(value, NULL, 16);
	} else if (strcmp(name, "seed") == 0) {
		ck_assert_str_eq(value, "64 zero bytes");
	} else if (strcmp(name, "okm") == 0) {
		v->okm_len = harness_hex(value, v->okm, sizeof(v->okm));
		check_vector(v);
	} else {
		ck_abort_msg("unknown line: %s", name);
	}
}

START_TEST(windows_answers_are_ours)
{
	FILE *file = fopen(TEST_SRCDIR "/tests/vectors/cng-ecdh-windows.vec", "r");
	struct vector vector = { .kdf = "" };
	char line[LINE_MAX_LEN];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char name[32];
		char value[LINE_MAX_LEN] = "";

		if (line[0] == '#' || sscanf(line, "%31[^ ] =", name) != 1 || strchr(line, '=') == NULL)
			continue;
		(void)sscanf(strchr(line, '=') + 1, " %511[^\n]", value);
		take_line(&vector, name, value);
	}
	(void)fclose(file);
	ck_assert_uint_eq(checked, 7);
	harness_close();
}
END_TEST

/* Wine's Windows-run test: P-256, RAW_SECRET is Z little-endian, and HASH with SHA-1 of Z big-endian. */
START_TEST(truncate_is_hash_input_reversed)
{
	uint8_t z[66];
	uint8_t digest[64];
	uint8_t reversed[66];
	size_t len;

	harness_open();
	for (BYTE container = 0; container < 3; container++) {
		const BYTE index = harness_agree(container);
		const size_t z_len = fake_own_z(container, z);

		for (size_t i = 0; i < z_len; i++)
			reversed[i] = z[z_len - 1 - i];
		harness_derive_gives(BCRYPT_KDF_RAW_SECRET, 0, NULL, index, span_of(reversed, z_len));
		len = harness_digest("SHA1", span_of(z, z_len), digest);
		harness_derive_gives(BCRYPT_KDF_HASH, 0, NULL, index, span_of(digest, len));
	}
	harness_close();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, windows_answers_are_ours);
	tcase_add_test(tc, truncate_is_hash_input_reversed);
}

TEST_MAIN("minidriver/kdf against Windows", add)
