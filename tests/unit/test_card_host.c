/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* card_host.h: how a program names a card to CardAcquireContext. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "minidriver/card_host.h"
#include "minidriver/cardmod.h"
#include "tests/unit/capi_scene.h"

static SCARDCONTEXT host;

static void set_up(void)
{
	fake_reset();
	fake_personalise();
	ck_assert_uint_eq(CardHostOpen("test", &host), ERROR_SUCCESS);
}

static void tear_down(void)
{
	ck_assert_uint_eq(CardHostClose(host), ERROR_SUCCESS);
	fake_clear();
}

static SCARDHANDLE connected(const char *reader, BYTE *atr, DWORD *atr_len)
{
	SCARDHANDLE card = 0;

	ck_assert_uint_eq(CardHostConnect(host, reader, &card, atr, atr_len), ERROR_SUCCESS);
	return card;
}

static LPVOID WINAPI alloc(SIZE_T size)
{
	return malloc(size);
}
static LPVOID WINAPI re_alloc(LPVOID block, SIZE_T size)
{
	return realloc(block, size);
}
static void WINAPI give_back(LPVOID block)
{
	free(block);
}

START_TEST(a_connected_card_is_acquired)
{
	BYTE atr[CARD_ATR_MAX];
	DWORD atr_len = sizeof(atr);
	const SCARDHANDLE card = connected(CAPI_READER, atr, &atr_len);
	CARD_DATA data = { .dwVersion = CARD_DATA_CURRENT_VERSION,
			   .pbAtr = atr,
			   .cbAtr = atr_len,
			   .pwszCardName = (LPWSTR)(uintptr_t)u"card",
			   .pfnCspAlloc = alloc,
			   .pfnCspReAlloc = re_alloc,
			   .pfnCspFree = give_back,
			   .hSCardCtx = host,
			   .hScard = card };
	CARD_FREE_SPACE_INFO space = { .dwVersion = CARD_FREE_SPACE_INFO_CURRENT_VERSION };

	ck_assert_uint_gt(atr_len, 0);
	ck_assert_uint_eq(CardAcquireContext(&data, 0), ERROR_SUCCESS);
	ck_assert_uint_eq(data.pfnCardQueryFreeSpace(&data, 0, &space), ERROR_SUCCESS);
	ck_assert_uint_eq(CardHostClose(host), SCARD_E_SHARING_VIOLATION);
	ck_assert_uint_eq(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
	ck_assert_uint_eq(CardHostDisconnect(card), ERROR_SUCCESS);
}
END_TEST

START_TEST(readers_are_listed_with_what_is_in_them)
{
	char name[64];
	DWORD size = 0;
	BOOL present = FALSE;

	(void)fake_add_reader("Second Reader", false);
	(void)fake_add_reader("Third Reader", true);
	fake_unplug(2);
	ck_assert_uint_eq(CardHostReader(host, 0, NULL, &size, &present), ERROR_SUCCESS);
	ck_assert_uint_eq(size, sizeof(CAPI_READER));
	ck_assert_int_eq(present, TRUE);
	size--;
	ck_assert_uint_eq(CardHostReader(host, 0, name, &size, NULL), ERROR_INSUFFICIENT_BUFFER);
	ck_assert_uint_eq(size, sizeof(CAPI_READER));
	ck_assert_uint_eq(CardHostReader(host, 0, name, &size, NULL), ERROR_SUCCESS);
	ck_assert_str_eq(name, CAPI_READER);
	size = sizeof(name);
	ck_assert_uint_eq(CardHostReader(host, 1, name, &size, &present), ERROR_SUCCESS);
	ck_assert_str_eq(name, "Second Reader");
	ck_assert_int_eq(present, FALSE);
	size = sizeof(name);
	ck_assert_uint_eq(CardHostReader(host, 2, name, &size, &present), ERROR_SUCCESS);
	ck_assert_str_eq(name, "");
	ck_assert_int_eq(present, FALSE);
	ck_assert_uint_eq(CardHostReader(host, 3, name, &size, &present), SCARD_E_UNKNOWN_READER);
}
END_TEST

START_TEST(pointers_and_handles_are_checked)
{
	static const SCARDHANDLE never[] = { 0, 42, (SCARDHANDLE)-1 };
	BYTE atr[CARD_ATR_MAX];
	DWORD len = sizeof(atr);
	SCARDHANDLE card = 0;
	SCARDCONTEXT other = 0;

	ck_assert_uint_eq(CardHostOpen(NULL, &other), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(CardHostOpen("test", NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(CardHostReader(host, 0, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(CardHostConnect(host, NULL, &card, atr, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(CardHostConnect(host, CAPI_READER, NULL, atr, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(CardHostConnect(host, CAPI_READER, &card, NULL, &len), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(CardHostConnect(host, CAPI_READER, &card, atr, NULL), SCARD_E_INVALID_PARAMETER);
	for (size_t i = 0; i < ARRAY_COUNT(never); i++) {
		ck_assert_uint_eq(CardHostReader(never[i], 0, NULL, &len, NULL), SCARD_E_INVALID_HANDLE);
		ck_assert_uint_eq(CardHostConnect(never[i], CAPI_READER, &card, atr, &len), SCARD_E_INVALID_HANDLE);
		ck_assert_uint_eq(CardHostDisconnect(never[i]), SCARD_E_INVALID_HANDLE);
		ck_assert_uint_eq(CardHostClose(never[i]), SCARD_E_INVALID_HANDLE);
	}
	card = connected(CAPI_READER, atr, &len);
	ck_assert_uint_eq(CardHostClose(card), SCARD_E_INVALID_HANDLE);
	ck_assert_uint_eq(CardHostDisconnect(host), SCARD_E_INVALID_HANDLE);
	ck_assert_uint_eq(CardHostDisconnect(card), ERROR_SUCCESS);
	ck_assert_uint_eq(CardHostDisconnect(card), SCARD_E_INVALID_HANDLE);
}
END_TEST

START_TEST(what_is_not_there_cannot_be_connected)
{
	BYTE atr[CARD_ATR_MAX];
	DWORD len = sizeof(atr);
	SCARDHANDLE card = 42;

	ck_assert_uint_eq(CardHostConnect(host, "No Reader", &card, atr, &len), SCARD_E_UNKNOWN_READER);
	fake_remove_card(0);
	ck_assert_uint_eq(CardHostConnect(host, CAPI_READER, &card, atr, &len), SCARD_E_NO_SMARTCARD);
	fake_unplug(0);
	ck_assert_uint_eq(CardHostConnect(host, CAPI_READER, &card, atr, &len), SCARD_E_UNKNOWN_READER);
	ck_assert_uint_eq(card, 42);
}
END_TEST

START_TEST(systems_are_opened_more_than_once)
{
	SCARDCONTEXT other = 0;

	fake_fail(FAKE_SYSTEM_OPEN, CE_NO_SERVICE, 1);
	ck_assert_uint_eq(CardHostOpen("other", &other), SCARD_E_NO_SERVICE);
	ck_assert_uint_eq(CardHostOpen("other", &other), ERROR_SUCCESS);
	ck_assert_uint_ne(other, host);
	ck_assert_uint_eq(CardHostClose(other), ERROR_SUCCESS);
	ck_assert_uint_eq(CardHostClose(other), SCARD_E_INVALID_HANDLE);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_connected_card_is_acquired);
	tcase_add_test(tc, readers_are_listed_with_what_is_in_them);
	tcase_add_test(tc, pointers_and_handles_are_checked);
	tcase_add_test(tc, what_is_not_there_cannot_be_connected);
	tcase_add_test(tc, systems_are_opened_more_than_once);
}

TEST_MAIN("minidriver/card_host", add)
