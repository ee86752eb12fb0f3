/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <string.h>

#include "minidriver/wide.h"
#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static PBYTE data;
static DWORD len;

static DWORD read_file(LPCSTR directory, LPCSTR name)
{
	data = NULL;
	len = 0;
	return harness_card->pfnCardReadFile(harness_card, directory, name, 0, &data, &len);
}

START_TEST(the_root_has_its_three_files)
{
	BYTE guid[16];
	DWORD guid_len = 0;

	ck_assert_code(read_file(NULL, "cardid"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 16);
	ck_assert_code(harness_card->pfnCardGetProperty(harness_card, CP_CARD_GUID, guid, sizeof(guid), &guid_len, 0),
		       ERROR_SUCCESS);
	ck_assert_mem_eq(data, guid, 16);
	harness_free(data);
	ck_assert_code(read_file("", "cardcf"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 6);
	ck_assert_uint_eq(data[0], 1);
	harness_free(data);
	ck_assert_code(read_file(NULL, "cardapps"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(data, "mscp\0\0\0\0", 8);
	harness_free(data);
}
END_TEST

START_TEST(names_are_found_in_either_case_and_in_their_directory_only)
{
	ck_assert_code(read_file("MSCP", "CMapFile"), ERROR_SUCCESS);
	harness_free(data);
	ck_assert_code(read_file(NULL, "cmapfile"), SCARD_E_FILE_NOT_FOUND);
	ck_assert_code(read_file("mscp", "cardid"), SCARD_E_FILE_NOT_FOUND);
	ck_assert_code(read_file("mscp", "kxc99"), SCARD_E_FILE_NOT_FOUND);
	ck_assert_code(read_file("mscp", "ksc01"), SCARD_E_FILE_NOT_FOUND); /* container 1 agrees only: kxc01 */
	ck_assert_code(read_file("mscp", "kxc04"), SCARD_E_FILE_NOT_FOUND); /* and 4 signs only: ksc04 */
	ck_assert_code(read_file("mscp\\kxc00", "kxc00"), SCARD_E_DIR_NOT_FOUND);
	ck_assert_code(read_file("mscp", ""), SCARD_E_FILE_NOT_FOUND);
	ck_assert_code(read_file("elsewhere", "cardid"), SCARD_E_DIR_NOT_FOUND);
	ck_assert_ptr_null(data);
}
END_TEST

/* ---- names of containers ---------------------------------------------------------------------------- */

/* The map of the card that was described. */
static size_t map_of(CONTAINER_MAP_RECORD records[8])
{
	ck_assert_code(read_file("mscp", "cmapfile"), ERROR_SUCCESS);
	ck_assert_uint_le(len, 8 * sizeof(records[0]));
	memcpy(records, data, len);
	harness_free(data);
	return len / sizeof(records[0]);
}

static void add_signer(const char *id, bool no_certificate)
{
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_EC,
					       .curve = "prime256v1",
					       .usage = CRD_USE_SIGN,
					       .id = id,
					       .no_pin = true,
					       .no_certificate = no_certificate });
}

static void begin_another_card(void)
{
	harness_close();
	fake_reset();
}

START_TEST(a_container_keeps_its_name_wherever_its_key_stands)
{
	CONTAINER_MAP_RECORD before[8];
	CONTAINER_MAP_RECORD after[8];

	begin_another_card();
	add_signer("one", false);
	add_signer("two", false);
	harness_open_described();
	ck_assert_uint_eq(map_of(before), 2);
	begin_another_card();
	add_signer("new", false);
	add_signer("two", false);
	add_signer("one", false);
	harness_open_described();
	ck_assert_uint_eq(map_of(after), 3);
	ck_assert(wide_equal(after[1].wszGuid, before[1].wszGuid));
	ck_assert(wide_equal(after[2].wszGuid, before[0].wszGuid));
	ck_assert(!wide_equal(after[0].wszGuid, before[0].wszGuid));
}
END_TEST

START_TEST(keys_of_one_id_have_two_names)
{
	CONTAINER_MAP_RECORD records[8];

	begin_another_card();
	add_signer("one", false);
	add_signer("one", false);
	harness_open_described();
	ck_assert_uint_eq(map_of(records), 2);
	ck_assert(!wide_equal(records[0].wszGuid, records[1].wszGuid));
}
END_TEST

START_TEST(a_name_is_a_guid_in_braces)
{
	static const char form[] = "{xxxxxxxx-xxxx-8xxx-vxxx-xxxxxxxxxxxx}"; /* RFC 9562, 5.8 */
	CONTAINER_MAP_RECORD records[8];
	const size_t count = map_of(records);

	for (size_t i = 0; i < count; i++) {
		for (size_t at = 0; at < sizeof(form); at++) {
			const char c = (char)records[i].wszGuid[at];

			if (form[at] == 'x')
				ck_assert_ptr_nonnull(strchr("0123456789abcdef", c));
			else if (form[at] == 'v')
				ck_assert_ptr_nonnull(strchr("89ab", c));
			else
				ck_assert_int_eq(c, form[at]);
		}
	}
}
END_TEST

START_TEST(the_default_container_is_the_first_with_a_certificate_else_the_first)
{
	CONTAINER_MAP_RECORD records[8];

	begin_another_card();
	add_signer("one", true);
	add_signer("two", false);
	add_signer("three", false);
	harness_open_described();
	ck_assert_uint_eq(map_of(records), 3);
	ck_assert_uint_eq(records[0].bFlags, 1);
	ck_assert_uint_eq(records[1].bFlags, 3);
	ck_assert_uint_eq(records[2].bFlags, 1);
	begin_another_card();
	add_signer("one", true);
	add_signer("two", true);
	harness_open_described();
	ck_assert_uint_eq(map_of(records), 2);
	ck_assert_uint_eq(records[0].bFlags, 3);
	ck_assert_uint_eq(records[1].bFlags, 1);
}
END_TEST

/* ---- what tells a caller that its copies are old ---------------------------------------------------- */

static CARD_CACHE_FILE_FORMAT cache_file(void)
{
	CARD_CACHE_FILE_FORMAT cache;

	ck_assert_code(read_file(NULL, "cardcf"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(cache));
	memcpy(&cache, data, sizeof(cache));
	harness_free(data);
	ck_assert_uint_eq(cache.bVersion, CARD_CACHE_FILE_CURRENT_VERSION);
	return cache;
}

START_TEST(an_unchanged_card_is_as_fresh_in_each_context)
{
	CARD_CACHE_FILE_FORMAT before;
	CARD_CACHE_FILE_FORMAT after;
	unsigned commands;

	before = cache_file();
	commands = fake_commands();
	ck_assert_code(harness_card->pfnCardDeleteContext(harness_card), ERROR_SUCCESS);
	*harness_card = harness_unacquired();
	ck_assert_code(CardAcquireContext(harness_card, 0), ERROR_SUCCESS);
	after = cache_file();
	ck_assert_mem_eq(&after, &before, sizeof(after));
	ck_assert_uint_le(fake_commands() - commands, 6); /* the card in memory counts each question for a certificate */
}
END_TEST

/* Random keys: the same description is another key and another certificate. */
START_TEST(another_key_and_another_certificate_are_told)
{
	CARD_CACHE_FILE_FORMAT before;
	CARD_CACHE_FILE_FORMAT after;

	begin_another_card();
	add_signer("one", false);
	harness_open_described();
	before = cache_file();
	begin_another_card();
	add_signer("one", false);
	harness_open_described();
	after = cache_file();
	ck_assert_uint_ne(after.wContainersFreshness, before.wContainersFreshness);
	ck_assert_uint_ne(after.wFilesFreshness, before.wFilesFreshness);
	ck_assert_uint_eq(after.bPinsFreshness, before.bPinsFreshness);
}
END_TEST

START_TEST(another_pin_is_told)
{
	CARD_CACHE_FILE_FORMAT before;
	CARD_CACHE_FILE_FORMAT after;

	begin_another_card();
	(void)fake_add_pin("PIN", "1111", 3, false);
	harness_open_described();
	before = cache_file();
	begin_another_card();
	(void)fake_add_pin("PIN", "1111", 3, false);
	(void)fake_add_pin("PUK", "2222", 3, true);
	harness_open_described();
	after = cache_file();
	ck_assert_uint_ne(after.bPinsFreshness, before.bPinsFreshness);
	ck_assert_uint_eq(after.wContainersFreshness, before.wContainersFreshness);
	ck_assert_uint_eq(after.wFilesFreshness, before.wFilesFreshness);
}
END_TEST

START_TEST(a_certificate_that_becomes_readable_is_told_and_a_card_that_is_gone_is_gone)
{
	CARD_CACHE_FILE_FORMAT before;
	CARD_CACHE_FILE_FORMAT after;

	fake_fail(FAKE_CERT_READ, CE_NOT_AUTHENTICATED, 2);
	before = cache_file();
	after = cache_file();
	ck_assert_uint_ne(after.wFilesFreshness, before.wFilesFreshness);
	ck_assert_uint_eq(after.wContainersFreshness, before.wContainersFreshness);
	fake_fail(FAKE_CERT_READ, CE_CARD_REMOVED, 2);
	ck_assert_code(read_file(NULL, "cardcf"), SCARD_W_REMOVED_CARD);
	ck_assert_ptr_null(data);
}
END_TEST

/* ---- the caller's cache ----------------------------------------------------------------------------- */

static unsigned cache_calls;

static DWORD cache_add(PVOID context, LPWSTR tag, DWORD flags, PBYTE bytes, DWORD size)
{
	(void)context, (void)tag, (void)flags, (void)bytes, (void)size;
	cache_calls++;
	return ERROR_SUCCESS;
}

static DWORD cache_look_up(PVOID context, LPWSTR tag, DWORD flags, PBYTE *bytes, PDWORD size)
{
	(void)context, (void)tag, (void)flags, (void)bytes, (void)size;
	cache_calls++;
	return SCARD_E_FILE_NOT_FOUND;
}

static DWORD cache_delete(PVOID context, LPWSTR tag, DWORD flags)
{
	(void)context, (void)tag, (void)flags;
	cache_calls++;
	return ERROR_SUCCESS;
}

/*
 * Windows driver documentation: the cache is for files that the minidriver alone uses, and there are none; what was read
 * stays with the connected card. The callbacks may be missing (as in all other tests here).
 */
START_TEST(nothing_is_put_into_the_callers_cache)
{
	static const char *const names[] = { "cmapfile", "kxc00", "ksc04", "xcr05", "msroots" };

	harness_card->pfnCspCacheAddFile = cache_add;
	harness_card->pfnCspCacheLookupFile = cache_look_up;
	harness_card->pfnCspCacheDeleteFile = cache_delete;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		ck_assert_code(read_file("mscp", names[i]), ERROR_SUCCESS);
		harness_free(data);
	}
	(void)cache_file();
	ck_assert_uint_eq(cache_calls, 0);
}
END_TEST

START_TEST(the_map_has_86_bytes_for_each_container)
{
	CONTAINER_MAP_RECORD records[5];

	ck_assert_code(read_file("mscp", "cmapfile"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 5 * 86);
	memcpy(records, data, len);
	harness_free(data);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_uint_eq(records[i].bFlags, i == 0 ? 3 : 1);
		ck_assert_uint_eq(records[i].bReserved, 0);
		ck_assert_uint_eq(wide_len(records[i].wszGuid), 38);
		for (size_t j = 0; j < i; j++)
			ck_assert(!wide_equal(records[i].wszGuid, records[j].wszGuid));
	}
	ck_assert_uint_eq(records[0].wSigKeySizeBits, 256);
	ck_assert_uint_eq(records[0].wKeyExchangeKeySizeBits, 256);
	ck_assert_uint_eq(records[1].wSigKeySizeBits, 0);
	ck_assert_uint_eq(records[1].wKeyExchangeKeySizeBits, 384);
	ck_assert_uint_eq(records[2].wKeyExchangeKeySizeBits, 521);
	ck_assert_uint_eq(records[3].wKeyExchangeKeySizeBits, 2048);
	ck_assert_uint_eq(records[4].wSigKeySizeBits, 256);
	ck_assert_uint_eq(records[4].wKeyExchangeKeySizeBits, 0);
}
END_TEST

START_TEST(certificates_are_der)
{
	static const char *const names[] = { "kxc00", "ksc00", "kxc01", "kxc02", "kxc03", "ksc04", "xcr05" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		CARD_FILE_INFO info = { .dwVersion = 1 };
		const unsigned char *at;
		X509 *x509;

		ck_assert_code(read_file("mscp", names[i]), ERROR_SUCCESS);
		at = data;
		x509 = d2i_X509(NULL, &at, (long)len);
		ck_assert_ptr_nonnull(x509);
		ck_assert_ptr_eq(at, data + len);
		X509_free(x509);
		ck_assert_code(harness_card->pfnCardGetFileInfo(harness_card, "mscp", names[i], &info), ERROR_SUCCESS);
		ck_assert_uint_eq(info.cbFileSize, len);
		ck_assert_int_eq(info.AccessCondition, EveryoneReadUserWriteAc);
		harness_free(data);
	}
}
END_TEST

START_TEST(access_conditions_are_those_of_the_model)
{
	static const struct {
		LPCSTR directory;
		LPCSTR name;
		CARD_FILE_ACCESS_CONDITION access;
	} files[] = {
		{ NULL, "cardid", EveryoneReadAdminWriteAc },     { NULL, "cardcf", EveryoneReadUserWriteAc },
		{ NULL, "cardapps", EveryoneReadAdminWriteAc },   { "mscp", "cmapfile", EveryoneReadUserWriteAc },
		{ "mscp", "msroots", EveryoneReadUserWriteAc },   { "mscp", "kxc03", EveryoneReadUserWriteAc },
	};

	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		CARD_FILE_INFO info = { .dwVersion = CARD_FILE_INFO_CURRENT_VERSION };

		ck_assert_code(harness_card->pfnCardGetFileInfo(harness_card, files[i].directory, files[i].name, &info),
			       ERROR_SUCCESS);
		ck_assert_int_eq(info.AccessCondition, files[i].access);
		ck_assert_code(read_file(files[i].directory, files[i].name), ERROR_SUCCESS);
		ck_assert_uint_eq(info.cbFileSize, len);
		harness_free(data);
	}
}
END_TEST

START_TEST(roots_are_a_pkcs7_of_the_authorities)
{
	const unsigned char *at;
	PKCS7 *pkcs7;

	ck_assert_code(read_file("mscp", "msroots"), ERROR_SUCCESS);
	at = data;
	pkcs7 = d2i_PKCS7(NULL, &at, (long)len);
	ck_assert_ptr_nonnull(pkcs7);
	ck_assert(PKCS7_type_is_signed(pkcs7));
	ck_assert_int_eq(sk_X509_num(pkcs7->d.sign->cert), 1);
	PKCS7_free(pkcs7);
	harness_free(data);
}
END_TEST

static void list(LPCSTR directory, char *ret_text)
{
	LPSTR names = NULL;
	DWORD size = 0;

	ck_assert_code(harness_card->pfnCardEnumFiles(harness_card, directory, &names, &size, 0), ERROR_SUCCESS);
	ck_assert_uint_ge(size, 2);
	ck_assert(names[size - 1] == '\0' && names[size - 2] == '\0');
	ret_text[0] = '\0';
	for (const char *name = names; *name != '\0'; name += strlen(name) + 1) {
		strcat(ret_text, name);
		strcat(ret_text, " ");
	}
	harness_free(names);
}

START_TEST(files_are_listed)
{
	char text[256];
	LPSTR names = NULL;
	DWORD size = 0;

	list(NULL, text);
	ck_assert_str_eq(text, "cardid cardcf cardapps ");
	list("mscp", text);
	ck_assert_str_eq(text, "cmapfile msroots kxc00 ksc00 kxc01 kxc02 kxc03 ksc04 xcr05 ");
	ck_assert_code(harness_card->pfnCardEnumFiles(harness_card, "x", &names, &size, 0), SCARD_E_DIR_NOT_FOUND);
	ck_assert_code(harness_card->pfnCardEnumFiles(harness_card, NULL, NULL, &size, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardEnumFiles(harness_card, NULL, &names, NULL, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnCardEnumFiles(harness_card, NULL, &names, &size, 1), SCARD_E_INVALID_PARAMETER);
	harness_fail_alloc(1);
	ck_assert_code(harness_card->pfnCardEnumFiles(harness_card, NULL, &names, &size, 0), SCARD_E_NO_MEMORY);
	ck_assert_ptr_null(names);
}
END_TEST

START_TEST(an_empty_card_has_an_empty_map_and_no_roots)
{
	char text[64];

	harness_close();
	fake_reset();
	harness_open_described();
	ck_assert_code(read_file("mscp", "cmapfile"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 0);
	harness_free(data);
	ck_assert_code(read_file("mscp", "msroots"), SCARD_E_FILE_NOT_FOUND);
	list("mscp", text);
	ck_assert_str_eq(text, "cmapfile ");
}
END_TEST

START_TEST(a_second_certificate_of_a_key_has_a_file_of_its_own)
{
	char text[256];

	harness_close();
	fake_reset();
	(void)fake_add_key(&(struct fake_key){ .type = CRD_KEY_RSA, .usage = CRD_USE_SIGN, .no_pin = true });
	(void)fake_add_second_certificate(0);
	harness_open_described();
	list("mscp", text);
	ck_assert_str_eq(text, "cmapfile ksc00 xcr01 ");
}
END_TEST

START_TEST(data_objects_are_files_and_private_ones_want_the_pin)
{
	CARD_FILE_INFO info = { .dwVersion = 1 };
	char text[64];

	harness_close();
	fake_reset();
	(void)fake_add_pin("PIN", FAKE_PIN, 3, false);
	(void)fake_add_data(&(struct fake_data){ .label = "open", .application = "a", .bytes = span_of("bytes", 5) });
	(void)fake_add_data(&(struct fake_data){ .label = "closed", .application = "a", .is_private = true });
	harness_open_described();
	list("mscp", text);
	ck_assert_str_eq(text, "cmapfile dat00 dat01 ");
	ck_assert_code(read_file("mscp", "DAT00"), ERROR_SUCCESS);
	ck_assert_uint_eq(len, 5);
	ck_assert_mem_eq(data, "bytes", 5);
	harness_free(data);
	ck_assert_code(harness_card->pfnCardGetFileInfo(harness_card, "mscp", "dat00", &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbFileSize, 5);
	ck_assert_int_eq(info.AccessCondition, EveryoneReadUserWriteAc);
	ck_assert_code(read_file("mscp", "dat01"), SCARD_W_CARD_NOT_AUTHENTICATED);
	ck_assert_code(read_file("mscp", "dat02"), SCARD_E_FILE_NOT_FOUND);
	ck_assert_code(read_file(NULL, "dat00"), SCARD_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(what_cannot_be_read_is_lost_but_a_card_that_is_gone_is_gone)
{
	static const struct {
		card_err from;
		DWORD to;
	} errors[] = {
		{ CE_NOT_FOUND, SCARD_E_FILE_NOT_FOUND },   { CE_DATA_INVALID, SCARD_E_COMM_DATA_LOST },
		{ CE_CARD, SCARD_E_COMM_DATA_LOST },        { CE_NOT_SUPPORTED, SCARD_E_COMM_DATA_LOST },
		{ CE_CARD_REMOVED, SCARD_W_REMOVED_CARD },  { CE_NOT_AUTHENTICATED, SCARD_W_CARD_NOT_AUTHENTICATED },
		{ CE_NO_MEMORY, SCARD_E_NO_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
		fake_fail(FAKE_CERT_READ, errors[i].from, 1);
		ck_assert_code(read_file("mscp", "kxc00"), errors[i].to);
		fake_fail(FAKE_CERT_READ, errors[i].from, 1);
		ck_assert_code(read_file("mscp", "msroots"), errors[i].to);
	}
}
END_TEST

START_TEST(arguments_are_checked)
{
	CARD_FILE_INFO info = { .dwVersion = 2 };
	CARD_FREE_SPACE_INFO space = { .dwVersion = 0 };
	PCARD_DATA c = harness_card;

	ck_assert_code(read_file(NULL, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardReadFile(c, NULL, "cardid", 1, &data, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardReadFile(c, NULL, "cardid", 0, NULL, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardReadFile(c, NULL, "cardid", 0, &data, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetFileInfo(c, NULL, "cardid", &info), ERROR_REVISION_MISMATCH);
	ck_assert_code(c->pfnCardGetFileInfo(c, NULL, "cardid", NULL), SCARD_E_INVALID_PARAMETER);
	info.dwVersion = 0;
	ck_assert_code(c->pfnCardGetFileInfo(c, NULL, NULL, &info), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardGetFileInfo(c, NULL, "cardid", &info), ERROR_SUCCESS);
	ck_assert_uint_eq(info.cbFileSize, 16);
	ck_assert_code(c->pfnCardQueryFreeSpace(c, 0, &space), ERROR_SUCCESS);
	ck_assert_uint_eq(space.dwVersion, 1);
	ck_assert_code(c->pfnCardQueryFreeSpace(c, 1, &space), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnCardQueryFreeSpace(c, 0, NULL), SCARD_E_INVALID_PARAMETER);
	space.dwVersion = 2;
	ck_assert_code(c->pfnCardQueryFreeSpace(c, 0, &space), ERROR_REVISION_MISMATCH);
	harness_fail_alloc(1);
	ck_assert_code(read_file("mscp", "kxc00"), SCARD_E_NO_MEMORY);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, the_root_has_its_three_files);
	tcase_add_test(tc, names_are_found_in_either_case_and_in_their_directory_only);
	tcase_add_test(tc, a_container_keeps_its_name_wherever_its_key_stands);
	tcase_add_test(tc, keys_of_one_id_have_two_names);
	tcase_add_test(tc, a_name_is_a_guid_in_braces);
	tcase_add_test(tc, the_default_container_is_the_first_with_a_certificate_else_the_first);
	tcase_add_test(tc, an_unchanged_card_is_as_fresh_in_each_context);
	tcase_add_test(tc, another_key_and_another_certificate_are_told);
	tcase_add_test(tc, another_pin_is_told);
	tcase_add_test(tc, a_certificate_that_becomes_readable_is_told_and_a_card_that_is_gone_is_gone);
	tcase_add_test(tc, nothing_is_put_into_the_callers_cache);
	tcase_add_test(tc, access_conditions_are_those_of_the_model);
	tcase_add_test(tc, the_map_has_86_bytes_for_each_container);
	tcase_add_test(tc, certificates_are_der);
	tcase_add_test(tc, roots_are_a_pkcs7_of_the_authorities);
	tcase_add_test(tc, files_are_listed);
	tcase_add_test(tc, an_empty_card_has_an_empty_map_and_no_roots);
	tcase_add_test(tc, a_second_certificate_of_a_key_has_a_file_of_its_own);
	tcase_add_test(tc, data_objects_are_files_and_private_ones_want_the_pin);
	tcase_add_test(tc, what_cannot_be_read_is_lost_but_a_card_that_is_gone_is_gone);
	tcase_add_test(tc, arguments_are_checked);
}

TEST_MAIN("minidriver/drv_file", add)
