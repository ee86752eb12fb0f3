/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

/* CardAcquireContext on what harness_unacquired() gives, after one change. */
static DWORD acquire(CARD_DATA *data, DWORD flags)
{
	const DWORD err = CardAcquireContext(data, flags);

	if (err == ERROR_SUCCESS)
		ck_assert_code(data->pfnCardDeleteContext(data), ERROR_SUCCESS);
	else
		ck_assert_ptr_null(data->pvVendorSpecific);
	return err;
}

START_TEST(versions_four_to_seven_are_served_and_newer_ones_become_seven)
{
	for (DWORD version = 0; version <= 9; version++) {
		CARD_DATA data = harness_unacquired();

		data.dwVersion = version;
		ck_assert_code(acquire(&data, 0), version < 4 ? ERROR_REVISION_MISMATCH : ERROR_SUCCESS);
		if (version >= 4)
			ck_assert_uint_eq(data.dwVersion, version < 7 ? version : 7);
	}
}
END_TEST

START_TEST(what_the_caller_set_is_checked)
{
	CARD_DATA data = harness_unacquired();

	ck_assert_code(CardAcquireContext(NULL, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(acquire(&data, 2), SCARD_E_INVALID_PARAMETER);
	data = harness_unacquired(), data.hScard = 0;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_HANDLE);
	data = harness_unacquired(), data.hSCardCtx = 0;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_HANDLE);
	data = harness_unacquired(), data.pbAtr = NULL;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_PARAMETER);
	data = harness_unacquired(), data.pwszCardName = NULL;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_PARAMETER);
	data = harness_unacquired(), data.pfnCspAlloc = NULL;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_PARAMETER);
	data = harness_unacquired(), data.pfnCspReAlloc = NULL;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_PARAMETER);
	data = harness_unacquired(), data.pfnCspFree = NULL;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(an_atr_has_two_to_thirty_four_bytes_and_begins_with_no_00_or_ff)
{
	BYTE atr[40] = { 0x3B };
	static const BYTE bad[] = { 0x00, 0xFF };

	for (DWORD len = 0; len <= 40; len++) {
		CARD_DATA data = harness_unacquired();

		data.pbAtr = atr;
		data.cbAtr = len;
		ck_assert_code(acquire(&data, 0), len >= 2 && len <= 0x22 ? ERROR_SUCCESS : SCARD_E_INVALID_PARAMETER);
	}
	for (size_t i = 0; i < sizeof(bad); i++) {
		CARD_DATA data = harness_unacquired();

		atr[0] = bad[i];
		data.pbAtr = atr;
		ck_assert_code(acquire(&data, 0), SCARD_E_UNKNOWN_CARD);
	}
}
END_TEST

START_TEST(handles_that_were_not_given_out_are_refused)
{
	CARD_DATA data = harness_unacquired();

	data.hScard++;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_HANDLE);
	data = harness_unacquired(), data.hSCardCtx++;
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_HANDLE);
	data = harness_unacquired(), data.hScard = data.hSCardCtx; /* a system's, not a card's */
	ck_assert_code(acquire(&data, 0), SCARD_E_INVALID_HANDLE);
}
END_TEST

/* Version n has room for the members up to that version only. */
START_TEST(nothing_is_written_behind_the_callers_version)
{
	static const size_t sizes[] = {
		[4] = offsetof(CARD_DATA, pfnCardDeriveKey),
		[5] = offsetof(CARD_DATA, pfnCardGetChallengeEx),
		[6] = offsetof(CARD_DATA, pfnCspUnpadData),
		[7] = sizeof(CARD_DATA),
	};
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	for (DWORD version = 4; version <= 7; version++) {
		PCARD_DATA data = (PCARD_DATA)(void *)(pages + page - sizes[version]);
		CARD_DATA values = harness_unacquired();

		values.dwVersion = version;
		memcpy((void *)data, &values, sizes[version]);
		ck_assert_code(acquire(data, 0), ERROR_SUCCESS);
	}
	(void)munmap(pages, 2 * page);
}
END_TEST

static DWORD callers_callback(PCARD_DATA card_data, PVOID agreement, BYTE *index, DWORD flags)
{
	(void)card_data;
	(void)agreement;
	(void)index;
	(void)flags;
	return SCARD_E_UNEXPECTED;
}

static DWORD callers_unpad(PCARD_RSA_DECRYPT_INFO info, PDWORD len, PBYTE *data)
{
	(void)info;
	(void)len;
	(void)data;
	return SCARD_E_UNEXPECTED;
}

START_TEST(the_callers_callbacks_stay)
{
	CARD_DATA data = harness_unacquired();

	data.pfnCspGetDHAgreement = callers_callback;
	data.pfnCspUnpadData = callers_unpad;
	ck_assert_code(acquire(&data, 0), ERROR_SUCCESS);
	ck_assert(data.pfnCspGetDHAgreement == callers_callback);
	ck_assert(data.pfnCspUnpadData == callers_unpad);
}
END_TEST

START_TEST(every_function_of_version_seven_is_there)
{
	const CARD_DATA *t = harness_card;
	const uint8_t *at = (const uint8_t *)&t->pfnCardDeleteContext;
	const uint8_t *end = (const uint8_t *)(t + 1);

	for (; at < end; at += sizeof(void *)) {
		const size_t offset = (size_t)(at - (const uint8_t *)t);
		void *function;

		if (offset == offsetof(CARD_DATA, pvUnused3) || offset == offsetof(CARD_DATA, pvUnused4) ||
		    offset == offsetof(CARD_DATA, pfnCspGetDHAgreement) ||
		    offset == offsetof(CARD_DATA, pfnCspUnpadData))
			continue;
		memcpy(&function, at, sizeof(function));
		ck_assert_msg(function != NULL, "no function at offset %zu", offset);
	}
}
END_TEST

/* The members of a version, and where the table of the version before ends. */
static const struct {
	size_t begin;
	size_t end;
} members[] = {
	[4] = { offsetof(CARD_DATA, pfnCardDeleteContext), offsetof(CARD_DATA, pfnCardDeriveKey) },
	[5] = { offsetof(CARD_DATA, pfnCardDeriveKey), offsetof(CARD_DATA, pfnCardGetChallengeEx) },
	[6] = { offsetof(CARD_DATA, pfnCardGetChallengeEx), offsetof(CARD_DATA, pfnCspUnpadData) },
	[7] = { offsetof(CARD_DATA, pfnCspUnpadData), sizeof(CARD_DATA) },
};

static bool not_ours(size_t offset)
{
	return offset == offsetof(CARD_DATA, pvUnused3) || offset == offsetof(CARD_DATA, pvUnused4) ||
	       offset == offsetof(CARD_DATA, pfnCspGetDHAgreement) || offset == offsetof(CARD_DATA, pfnCspUnpadData);
}

/* How many functions of a version are there. */
static unsigned functions_of(const CARD_DATA *data, DWORD version)
{
	unsigned count = 0;

	for (size_t at = members[version].begin; at < members[version].end; at += sizeof(void *)) {
		void *function;

		memcpy(&function, (const uint8_t *)data + at, sizeof(function));
		count += function != NULL && !not_ours(at) ? 1 : 0;
	}
	return count;
}

START_TEST(each_version_has_its_functions_and_none_of_the_next)
{
	static const unsigned counts[] = { [4] = 24, [5] = 2, [6] = 8, [7] = 10 };

	for (DWORD version = 4; version <= 7; version++) {
		CARD_DATA data = harness_unacquired();

		data.dwVersion = version;
		ck_assert_code(CardAcquireContext(&data, 0), ERROR_SUCCESS);
		for (DWORD i = 4; i <= 7; i++)
			ck_assert_uint_eq(functions_of(&data, i), i <= version ? counts[i] : 0);
		ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
	}
}
END_TEST

START_TEST(what_is_refused_leaves_the_structure_as_it_was)
{
	CARD_DATA before = harness_unacquired();
	CARD_DATA data;

	before.hScard++;
	data = before;
	ck_assert_code(CardAcquireContext(&data, 0), SCARD_E_INVALID_HANDLE);
	ck_assert_mem_eq(&data, &before, sizeof(data));
	before = harness_unacquired(), before.dwVersion = 3;
	data = before;
	ck_assert_code(CardAcquireContext(&data, 0), ERROR_REVISION_MISMATCH);
	ck_assert_mem_eq(&data, &before, sizeof(data));
}
END_TEST

/* Each version's own part through a caller that knows no more: read, sign with what the version has. */
START_TEST(a_caller_of_version_four_reads_logs_in_and_signs)
{
	CARD_SIGNING_INFO info = { .dwVersion = CARD_SIGNING_INFO_BASIC_VERSION, .dwKeySpec = AT_ECDSA_P256,
				   .aiHashAlg = CALG_SHA_256, .cbData = 32 };
	CARD_DATA data = harness_unacquired();
	BYTE digest[32] = { 1 };
	BYTE pin[] = FAKE_PIN;
	PBYTE map = NULL;
	DWORD len = 0;

	data.dwVersion = 4;
	info.pbData = digest;
	ck_assert_code(CardAcquireContext(&data, 0), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardReadFile(&data, szBASE_CSP_DIR, szCONTAINER_MAP_FILE, 0, &map, &len), ERROR_SUCCESS);
	harness_free(map);
	ck_assert_code(data.pfnCardAuthenticatePin(&data, wszCARD_USER_USER, pin, sizeof(pin) - 1, NULL), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardSignData(&data, &info), ERROR_SUCCESS);
	ck_assert(fake_ecdsa_verifies(0, span_of(digest, 32), span_of(info.pbSignedData, info.cbSignedData)));
	harness_free(info.pbSignedData);
	ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
}
END_TEST

START_TEST(a_context_ends_without_its_card)
{
	CARD_DATA data = harness_unacquired();

	ck_assert_code(CardAcquireContext(&data, 0), ERROR_SUCCESS);
	fake_unplug(0);
	ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
	ck_assert_ptr_null(data.pvVendorSpecific);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

START_TEST(no_function_works_on_a_context_that_has_ended)
{
	CARD_DATA data = harness_unacquired();
	PBYTE bytes = NULL;
	DWORD len = 0;

	ck_assert_code(CardAcquireContext(&data, 0), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardReadFile(&data, NULL, szCARD_IDENTIFIER_FILE, 0, &bytes, &len),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(data.pfnCardDeauthenticateEx(&data, PIN_SET_ALL_ROLES, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(data.pfnCardDestroyKey(&data, 1), SCARD_E_INVALID_HANDLE);
	ck_assert_ptr_null(bytes);
}
END_TEST

static CARD_DATA no_card(void)
{
	CARD_DATA data = harness_unacquired();

	data.pbAtr = NULL;
	data.cbAtr = 0;
	data.pwszCardName = NULL;
	data.hScard = 0;
	data.hSCardCtx = 0;
	return data;
}

START_TEST(without_a_card_nothing_of_a_card_may_be_given)
{
	CARD_DATA data = no_card();

	ck_assert_code(acquire(&data, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE), ERROR_SUCCESS);
	data = no_card(), data.hScard = 1;
	ck_assert_code(acquire(&data, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE), SCARD_E_INVALID_PARAMETER);
	data = no_card(), data.hSCardCtx = 1;
	ck_assert_code(acquire(&data, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE), SCARD_E_INVALID_PARAMETER);
	data = no_card(), data.cbAtr = 5;
	ck_assert_code(acquire(&data, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE), SCARD_E_INVALID_PARAMETER);
	data = no_card(), data.pfnCspFree = NULL;
	ck_assert_code(acquire(&data, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE), SCARD_E_INVALID_PARAMETER);
}
END_TEST

START_TEST(without_a_card_session_keys_work_and_nothing_else)
{
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, 1, 16 };
	CARD_CAPABILITIES capabilities = { .dwVersion = 1 };
	CARD_DH_AGREEMENT_INFO agreement = { .dwVersion = 2 };
	CARD_DERIVE_KEY derive = { .dwVersion = 1, .pwszKDF = BCRYPT_KDF_HASH };
	BYTE blob[sizeof(header) + 16] = { 0 };
	CARD_DATA data = no_card();
	const CARD_EXT_SESSION_KEYS *table = NULL;
	CARD_KEY_HANDLE handle = 0;
	BYTE buffer[64];
	DWORD len = 0;

	memcpy(blob, &header, sizeof(header));
	ck_assert_code(CardAcquireContext(&data, CARD_SECURE_KEY_INJECTION_NO_CARD_MODE), ERROR_SUCCESS);
	ck_assert_code(data.pfnMDImportSessionKey(&data, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &handle, blob,
						  sizeof(blob)),
		       ERROR_SUCCESS);
	ck_assert_code(data.pfnCardGetKeyProperty(&data, handle, CKP_BLOCK_LENGTH, buffer, sizeof(buffer), &len, 0),
		       ERROR_SUCCESS);
	ck_assert_code(data.pfnCardGetAlgorithmProperty(&data, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, buffer,
							sizeof(buffer), &len, 0),
		       ERROR_SUCCESS);
	ck_assert_code(data.pfnCardGetProperty(&data, CP_EXT_SESSION_KEYS, (PBYTE)&table, sizeof(table), &len, 0),
		       ERROR_SUCCESS);
	ck_assert_ptr_nonnull(table);
	ck_assert_code(data.pfnCardDestroyKey(&data, handle), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardGetProperty(&data, CP_CARD_GUID, buffer, sizeof(buffer), &len, 0),
		       SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(data.pfnCardQueryCapabilities(&data, &capabilities), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(data.pfnCardConstructDHAgreement(&data, &agreement), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(data.pfnCardDeriveKey(&data, &derive), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
}
END_TEST

START_TEST(a_context_is_deleted_once)
{
	CARD_DATA data = harness_unacquired();

	ck_assert_code(CardAcquireContext(&data, 0), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardDeleteContext(&data), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(data.pfnCardDeleteContext(NULL), SCARD_E_INVALID_PARAMETER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, versions_four_to_seven_are_served_and_newer_ones_become_seven);
	tcase_add_test(tc, what_the_caller_set_is_checked);
	tcase_add_test(tc, an_atr_has_two_to_thirty_four_bytes_and_begins_with_no_00_or_ff);
	tcase_add_test(tc, handles_that_were_not_given_out_are_refused);
	tcase_add_test(tc, nothing_is_written_behind_the_callers_version);
	tcase_add_test(tc, the_callers_callbacks_stay);
	tcase_add_test(tc, every_function_of_version_seven_is_there);
	tcase_add_test(tc, each_version_has_its_functions_and_none_of_the_next);
	tcase_add_test(tc, what_is_refused_leaves_the_structure_as_it_was);
	tcase_add_test(tc, a_caller_of_version_four_reads_logs_in_and_signs);
	tcase_add_test(tc, a_context_ends_without_its_card);
	tcase_add_test(tc, no_function_works_on_a_context_that_has_ended);
	tcase_add_test(tc, without_a_card_nothing_of_a_card_may_be_given);
	tcase_add_test(tc, without_a_card_session_keys_work_and_nothing_else);
	tcase_add_test(tc, a_context_is_deleted_once);
}

TEST_MAIN("minidriver/drv_acquire", add)
