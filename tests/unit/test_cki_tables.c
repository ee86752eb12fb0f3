/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of pkcs11/: derivations, errors, mechanisms, key types; and that doc/ says the same. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/ossl.h"
#include "pkcs11/derive_map.h"
#include "pkcs11/derive_scheme.h"
#include "pkcs11/error.h"
#include "pkcs11/key_type.h"
#include "pkcs11/mech_table.h"
#include "pkcs11/text.h"
#include "tests/unit/test.h"

static char page[64 * 1024];

static void read_page(const char *name)
{
	char path[512];
	FILE *file;
	size_t len;

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/doc/%s", TEST_SRCDIR, name), (int)sizeof(path));
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(page, 1, sizeof(page) - 1, file);
	fclose(file);
	ck_assert_uint_gt(len, 0);
	page[len] = '\0';
}

/* How many lines of the page begin so. */
static size_t lines_that_begin(const char *beginning)
{
	size_t count = 0;

	for (const char *line = page; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		line += *line == '\n';
		count += strncmp(line, beginning, strlen(beginning)) == 0;
	}
	return count;
}

static const char *const kdf_names[] = {
	[MD_KDF_RAW] = "MD_KDF_RAW",
	[MD_KDF_X963] = "MD_KDF_X963",
	[MD_KDF_CONCAT] = "MD_KDF_CONCAT",
	[MD_KDF_HASH] = "MD_KDF_HASH",
	[MD_KDF_XOF] = "MD_KDF_XOF",
	[MD_KDF_HKDF] = "MD_KDF_HKDF",
	[MD_KDF_HKDF_EXTRACT] = "MD_KDF_HKDF_EXTRACT",
	[MD_KDF_HKDF_EXPAND] = "MD_KDF_HKDF_EXPAND",
	[MD_KDF_SP800_108_COUNTER] = "MD_KDF_SP800_108_COUNTER",
	[MD_KDF_SP800_108_FEEDBACK] = "MD_KDF_SP800_108_FEEDBACK",
	[MD_KDF_SP800_108_PIPELINE] = "MD_KDF_SP800_108_PIPELINE",
	[MD_KDF_TLS_PRF] = "MD_KDF_TLS_PRF",
	[MD_KDF_JOIN] = "MD_KDF_JOIN",
	[MD_KDF_XOR] = "MD_KDF_XOR",
	[MD_KDF_EXTRACT] = "MD_KDF_EXTRACT",
	[MD_KDF_ENCRYPT] = "MD_KDF_ENCRYPT",
	[MD_KDF_PBKDF2] = "MD_KDF_PBKDF2",
	[MD_KDF_CAPI] = "MD_KDF_CAPI",
};
_Static_assert(ARRAY_COUNT(kdf_names) == MD_KDF_COUNT, "a name for each derivation");

/* How a derivation travels: "`NAME`: PARAMETER = member, ..."; two ways are two such texts. */
static void describe_carriers(enum md_kdf kdf, char *text, size_t room)
{
	struct md_kdf_carrier carrier;
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; md_kdf_carrier(i, &carrier); i++) {
		if (carrier.kdf != kdf)
			continue;
		at += (size_t)snprintf(text + at, room - at, "%s`%s`: %s", at != 0 ? "; or " : "", carrier.name,
				       carrier.parameters[0] != '\0' ? carrier.parameters : "none");
		ck_assert_uint_lt(at, room);
	}
}

/* What reaches the card: a key of the card agrees, and nothing else does. */
static const char *card_text(const struct derive_row *row)
{
	return row->scheme != NULL && row->scheme->card_key ? "one ECDH" : "nothing";
}

START_TEST(each_derivation_is_found_by_its_names_and_stands_in_the_page)
{
	const struct derive_row *row;
	char carriers[700];
	char line[1000];
	size_t i;

	ck_assert(ossl_acquire());
	read_page("derive-mapping.md");
	for (i = 0; (row = cki_derive_map_row(i)) != NULL; i++) {
		const bool there = row->hash == MD_HASH_NONE || md_hash_available(row->hash);

		ck_assert_ptr_eq(cki_derive_map_find(row->mechanism, row->ckd), there ? row : NULL);
		ck_assert_ptr_eq(cki_derive_map_scheme(row->mechanism), row->scheme);
		ck_assert_uint_lt(row->kdf, ARRAY_COUNT(kdf_names));
		if (row->usual_len != 0)
			ck_assert_uint_eq(md_hash_len(row->hash), row->usual_len);
		describe_carriers(row->kdf, carriers, sizeof(carriers));
		snprintf(line, sizeof(line), "| %s | %s | %s | %s | %s | %s | %s |\n", row->mechanism_name,
			 row->ckd_name, kdf_names[row->kdf], row->hash_text, row->usual_text, carriers, card_text(row));
		ck_assert_msg(lines_that_begin(line) == 1, "the page lacks %s", line);
	}
	ck_assert_uint_eq(lines_that_begin("| CKM_") - lines_that_begin("| CKM_AES_KEY_WRAP"), i);
	ossl_release();
}
END_TEST

/* The second table of the page: how each derivation travels. */
START_TEST(each_carrier_stands_in_the_page)
{
	struct md_kdf_carrier carrier;
	char line[400];
	size_t i;

	read_page("derive-mapping.md");
	for (i = 0; md_kdf_carrier(i, &carrier); i++) {
		snprintf(line, sizeof(line), "| %s | `%s` | %s | %s |\n", kdf_names[carrier.kdf], carrier.name,
			 carrier.windows ? "CNG's" : "ours", carrier.parameters[0] != '\0' ? carrier.parameters : "none");
		ck_assert_msg(lines_that_begin(line) == 1, "the page lacks %s", line);
	}
	ck_assert_uint_eq(lines_that_begin("| MD_KDF_"), i + MD_KDF_COUNT);
}
END_TEST

START_TEST(what_has_no_row_is_not_derived)
{
	static const CK_ULONG unknown[] = {
		0, CKD_SHA1_KDF_ASN1, CKD_SHA1_KDF_CONCATENATE, CKD_CPDIVERSIFY_KDF, 0x99, ~0ul,
	};

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		ck_assert_ptr_null(cki_derive_map_find(CKM_ECDH1_DERIVE, unknown[i]));
	ck_assert_ptr_null(cki_derive_map_find(CKM_ECMQV_DERIVE, CKD_NULL));
}
END_TEST

static const struct {
	md_err err;
	const char *name;
} errors[] = {
#define X(name, value, text) { name, #name },
	MD_ERROR_LIST(X)
#undef X
};

START_TEST(each_error_has_a_return_value_for_each_call)
{
	for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
		for (enum cki_call call = 0; call < CKI_CALL_COUNT; call++) {
			CK_RV rv = cki_error(call, errors[i].err);

			ck_assert_int_eq(rv == CKR_OK, errors[i].err == MD_OK);
			ck_assert_str_ne(cki_rv_name(rv), "CKR_?");
			/* The general error is what is left for errors nobody has named, and for our own mistakes. */
			ck_assert(rv != CKR_GENERAL_ERROR || errors[i].err == MD_E_REVISION_MISMATCH);
		}
	}
	ck_assert_uint_eq(cki_error(CKI_CALL_GENERAL, (md_err)0x7654), CKR_GENERAL_ERROR);
}
END_TEST

START_TEST(the_page_of_errors_says_what_the_table_says)
{
	char line[200];
	size_t special = 0;

	read_page("errors.md");
	for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
		CK_RV general = cki_error(CKI_CALL_GENERAL, errors[i].err);

		snprintf(line, sizeof(line), "| %s | ", errors[i].name);
		ck_assert_msg(lines_that_begin(line) == 1, "the page lacks %s", line);
		for (enum cki_call call = 1; call < CKI_CALL_COUNT; call++) {
			CK_RV rv = cki_error(call, errors[i].err);

			snprintf(line, sizeof(line), "| %s | %s | %s |\n", cki_call_name(call), errors[i].name,
				 cki_rv_name(rv));
			ck_assert_msg(lines_that_begin(line) == (rv != general), "%s", line);
			special += rv != general;
		}
	}
	for (enum cki_call call = 1; call < CKI_CALL_COUNT; call++) {
		snprintf(line, sizeof(line), "| %s | MD_", cki_call_name(call));
		special -= lines_that_begin(line);
	}
	ck_assert_uint_eq(special, 0);
}
END_TEST

START_TEST(general_rows_of_the_page_carry_their_value)
{
	char line[200];
	char wanted[64];

	read_page("errors.md");
	for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
		const char *at;
		const char *end;

		snprintf(line, sizeof(line), "\n| %s | ", errors[i].name);
		at = strstr(page, line);
		ck_assert_ptr_nonnull(at);
		end = strchr(at + 1, '\n');
		snprintf(wanted, sizeof(wanted), "| %s |", cki_rv_name(cki_error(CKI_CALL_GENERAL, errors[i].err)));
		ck_assert_int_eq(strncmp(end - strlen(wanted), wanted, strlen(wanted)), 0);
	}
}
END_TEST

START_TEST(key_types_know_their_lengths)
{
	const struct key_type *aes = cki_key_type_find(CKK_AES);
	const struct key_type *generic = cki_key_type_find(CKK_GENERIC_SECRET);
	const struct key_type *des3 = cki_key_type_find(CKK_DES3);
	const struct key_type *rc2 = cki_key_type_find(CKK_RC2);
	const struct key_type *xts = cki_key_type_find(CKK_AES_XTS);

	ck_assert(cki_key_type_takes(aes, 16) && cki_key_type_takes(aes, 24) && cki_key_type_takes(aes, 32));
	ck_assert(!cki_key_type_takes(aes, 0) && !cki_key_type_takes(aes, 17) && !cki_key_type_takes(aes, 64));
	ck_assert(cki_key_type_takes(generic, 1) && cki_key_type_takes(generic,
								       1000) && !cki_key_type_takes(generic, 0));
	ck_assert(cki_key_type_takes(des3, 24) && !cki_key_type_takes(des3, 0) && !cki_key_type_takes(des3, 16));
	ck_assert_uint_eq(cki_key_type_recommend(aes, 48, 66), 32);
	ck_assert_uint_eq(cki_key_type_recommend(aes, 48, 31), 24);
	ck_assert_uint_eq(cki_key_type_recommend(aes, 48, 16), 16);
	ck_assert_uint_eq(cki_key_type_recommend(aes, 48, 15), 0);
	ck_assert_uint_eq(cki_key_type_recommend(des3, 48, 32), 24);
	ck_assert_uint_eq(cki_key_type_recommend(generic, 48, 66), 48);
	ck_assert_uint_eq(cki_key_type_recommend(generic, 48, 32), 32);
	ck_assert(cki_key_type_takes(rc2, 128) && !cki_key_type_takes(rc2, 129) && !cki_key_type_takes(rc2, 0));
	ck_assert(cki_key_type_takes(xts, 32) && cki_key_type_takes(xts, 64) && !cki_key_type_takes(xts, 48));
	ck_assert_uint_eq(cki_key_type_recommend(rc2, 48, 1000), 48);
	ck_assert_uint_eq(cki_key_type_recommend(rc2, 200, 1000), 128);
	ck_assert_uint_eq(cki_key_type_recommend(xts, 48, 63), 32);
	ck_assert_ptr_null(cki_key_type_find(CKK_RSA));
	ck_assert_ptr_null(cki_key_type_find(CKK_CAMELLIA));
}
END_TEST

START_TEST(a_mechanism_is_found_for_what_it_can_do_only)
{
	ck_assert_ptr_nonnull(cki_mech_find(CKM_AES_CBC, CKF_ENCRYPT));
	ck_assert_ptr_nonnull(cki_mech_find(CKM_AES_KEY_WRAP, CKF_UNWRAP));
	ck_assert_ptr_nonnull(cki_mech_find(CKM_AES_KEY_WRAP_PAD, CKF_UNWRAP));
	ck_assert_ptr_null(cki_mech_find(CKM_AES_OFB, CKF_UNWRAP));
	ck_assert_ptr_null(cki_mech_find(CKM_ECDSA, CKF_DERIVE));
	ck_assert_ptr_null(cki_mech_find(0x12345, ~0ul));
}
END_TEST

START_TEST(an_initial_value_has_its_length)
{
	CK_BYTE iv[17] = { 0 };
	struct span got = SPAN_EMPTY;
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, 16 };
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_MECHANISM wrap = { CKM_AES_KEY_WRAP, NULL, 0 };
	const struct mech *row = cki_mech_find(CKM_AES_CBC, CKF_DECRYPT);

	ck_assert_uint_eq(cki_mech_iv(row, &cbc, &got), CKR_OK);
	ck_assert_uint_eq(got.len, 16);
	for (cbc.ulParameterLen = 0; cbc.ulParameterLen <= 17; cbc.ulParameterLen++)
		if (cbc.ulParameterLen != 16)
			ck_assert_uint_eq(cki_mech_iv(row, &cbc, &got), CKR_MECHANISM_PARAM_INVALID);
	cbc = (CK_MECHANISM){ CKM_AES_CBC, NULL, 16 };
	ck_assert_uint_eq(cki_mech_iv(row, &cbc, &got), CKR_MECHANISM_PARAM_INVALID);
	row = cki_mech_find(CKM_AES_ECB, CKF_DECRYPT);
	ck_assert_uint_eq(cki_mech_iv(row, &ecb, &got), CKR_OK);
	ck_assert_uint_eq(got.len, 0);
	ecb = (CK_MECHANISM){ CKM_AES_ECB, iv, 16 };
	ck_assert_uint_eq(cki_mech_iv(row, &ecb, &got), CKR_MECHANISM_PARAM_INVALID);
	row = cki_mech_find(CKM_AES_KEY_WRAP, CKF_WRAP);
	ck_assert_uint_eq(cki_mech_iv(row, &wrap, &got), CKR_OK);
	ck_assert_uint_eq(got.len, 0);
	wrap = (CK_MECHANISM){ CKM_AES_KEY_WRAP, iv, 8 };
	ck_assert_uint_eq(cki_mech_iv(row, &wrap, &got), CKR_OK);
	ck_assert_uint_eq(got.len, 8);
	wrap.ulParameterLen = 4;
	ck_assert_uint_eq(cki_mech_iv(row, &wrap, &got), CKR_MECHANISM_PARAM_INVALID);
}
END_TEST

START_TEST(legacy_mechanisms_are_there_only_while_they_are_allowed)
{
	size_t legacy = 0;

	for (size_t i = 0; cki_mech_row(i) != NULL; i++) {
		const struct mech *row = cki_mech_row(i);

		if (row->hash == MD_HASH_NONE)
			ck_assert_int_eq(cki_mech_find(row->type, row->flags & ~(CK_FLAGS)CKF_HW) == row, !row->legacy);
		legacy += row->legacy;
	}
	ck_assert_uint_eq(legacy, 7);
	cki_mech_allow_legacy(true);
	ck_assert_ptr_nonnull(cki_mech_find(CKM_RC4, CKF_ENCRYPT));
	cki_mech_allow_legacy(false);
	ck_assert_ptr_null(cki_mech_find(CKM_RC4, CKF_ENCRYPT));
}
END_TEST

START_TEST(for_each_use_a_mechanism_has_one_row)
{
	for (size_t i = 0; cki_mech_row(i) != NULL; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct mech *one = cki_mech_row(i);
			const struct mech *other = cki_mech_row(j);

			ck_assert(one->type != other->type || (one->flags & other->flags & ~(CK_FLAGS)CKF_HW) == 0);
		}
	}
}
END_TEST

/* "encrypt, wrap": what the page says of a row's flags. */
static void uses_of(const struct mech *row, char *text, size_t room)
{
	static const struct {
		CK_FLAGS flag;
		const char *name;
	} uses[] = { { CKF_ENCRYPT, "encrypt" }, { CKF_DECRYPT, "decrypt" }, { CKF_SIGN, "sign" },
		     { CKF_WRAP, "wrap" },       { CKF_UNWRAP, "unwrap" },   { CKF_DERIVE, "derive" } };
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_COUNT(uses); i++)
		if ((row->flags & uses[i].flag) != 0)
			at += (size_t)snprintf(text + at, room - at, "%s%s", at != 0 ? ", " : "", uses[i].name);
}

START_TEST(the_page_of_mechanisms_says_what_the_table_says)
{
	size_t count = 0;

	read_page("mechanisms.md");
	for (size_t i = 0; cki_mech_row(i) != NULL; i++) {
		const struct mech *row = cki_mech_row(i);
		char uses[80];
		char line[200];
		const char *at;

		if ((row->flags & (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP)) == 0)
			continue;
		uses_of(row, uses, sizeof(uses));
		snprintf(line, sizeof(line), "| 0x%lx | %lu..%lu%s | %s |", row->type, row->min, row->max,
			 row->legacy ? " (legacy)" : "", uses);
		at = strstr(page, line);
		ck_assert_msg(at != NULL, "the page lacks %s", line);
		ck_assert_msg(strstr(at + 1, line) == NULL, "the page has twice %s", line);
		count++;
	}
	ck_assert_uint_eq(lines_that_begin("| CKM_"), count);
}
END_TEST

START_TEST(text_is_padded_and_cut_between_characters)
{
	CK_UTF8CHAR field[4];

	cki_text_pad(field, sizeof(field), "ab");
	ck_assert_mem_eq(field, "ab  ", 4);
	cki_text_pad(field, sizeof(field), "");
	ck_assert_mem_eq(field, "    ", 4);
	cki_text_pad(field, sizeof(field), "abcdef");
	ck_assert_mem_eq(field, "abcd", 4);
	cki_text_pad(field, sizeof(field), "abc\xc3\xa4");
	ck_assert_mem_eq(field, "abc ", 4);
	cki_text_pad(field, sizeof(field), "ab\xc3\xa4");
	ck_assert_mem_eq(field, "ab\xc3\xa4", 4);
	cki_text_pad_tail(field, sizeof(field), "0123456789");
	ck_assert_mem_eq(field, "6789", 4);
	cki_text_pad_tail(field, sizeof(field), "01");
	ck_assert_mem_eq(field, "01  ", 4);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_derivation_is_found_by_its_names_and_stands_in_the_page);
	tcase_add_test(tc, each_carrier_stands_in_the_page);
	tcase_add_test(tc, what_has_no_row_is_not_derived);
	tcase_add_test(tc, each_error_has_a_return_value_for_each_call);
	tcase_add_test(tc, the_page_of_errors_says_what_the_table_says);
	tcase_add_test(tc, general_rows_of_the_page_carry_their_value);
	tcase_add_test(tc, key_types_know_their_lengths);
	tcase_add_test(tc, a_mechanism_is_found_for_what_it_can_do_only);
	tcase_add_test(tc, an_initial_value_has_its_length);
	tcase_add_test(tc, legacy_mechanisms_are_there_only_while_they_are_allowed);
	tcase_add_test(tc, for_each_use_a_mechanism_has_one_row);
	tcase_add_test(tc, the_page_of_mechanisms_says_what_the_table_says);
	tcase_add_test(tc, text_is_padded_and_cut_between_characters);
}

TEST_MAIN("pkcs11/tables", add)
