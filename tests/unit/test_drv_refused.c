/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define REFUSED SCARD_E_UNSUPPORTED_FEATURE
#define WRONG SCARD_E_INVALID_PARAMETER

static BYTE bytes[16];

START_TEST(a_read_only_card_makes_and_deletes_no_container)
{
	PCARD_DATA c = harness_card;

	ck_assert_code(c->pfnCardDeleteContainer(c, 0, 0), REFUSED);
	ck_assert_code(c->pfnCardDeleteContainer(c, 0, 1), WRONG);
	ck_assert_code(c->pfnCardDeleteContainer(c, 99, 0), SCARD_E_NO_KEY_CONTAINER);
	ck_assert_code(c->pfnCardCreateContainer(c, 9, CARD_CREATE_CONTAINER_KEY_GEN, AT_SIGNATURE, 2048, NULL),
		       REFUSED);
	ck_assert_code(c->pfnCardCreateContainer(c, 9, CARD_CREATE_CONTAINER_KEY_IMPORT, AT_SIGNATURE, 16, NULL),
		       WRONG);
	ck_assert_code(c->pfnCardCreateContainer(c, 9, 7, AT_SIGNATURE, 2048, NULL), WRONG);
	ck_assert_code(c->pfnCardCreateContainer(c, 9, CARD_CREATE_CONTAINER_KEY_GEN, 0, 2048, NULL), WRONG);
	ck_assert_code(
		c->pfnCardCreateContainerEx(c, 9, CARD_CREATE_CONTAINER_KEY_GEN, AT_ECDHE_P521, 521, NULL, ROLE_USER),
		REFUSED);
	ck_assert_code(c->pfnCardCreateContainerEx(c, 9, CARD_CREATE_CONTAINER_KEY_GEN, AT_ECDHE_P521, 521, NULL, 99),
		       WRONG);
	ck_assert_code(c->pfnCardSetContainerProperty(c, 0, CCP_PIN_IDENTIFIER, bytes, 4, 0), REFUSED);
	ck_assert_code(c->pfnCardSetContainerProperty(c, 0, NULL, bytes, 4, 0), WRONG);
	ck_assert_code(c->pfnCardSetContainerProperty(c, 99, CCP_PIN_IDENTIFIER, bytes, 4, 0),
		       SCARD_E_NO_KEY_CONTAINER);
}
END_TEST

START_TEST(no_card_here_answers_a_challenge)
{
	PCARD_DATA c = harness_card;
	PBYTE out = NULL;
	DWORD len = 0;

	ck_assert_code(c->pfnCardGetChallenge(c, &out, &len), REFUSED);
	ck_assert_code(c->pfnCardGetChallenge(c, NULL, &len), WRONG);
	ck_assert_code(c->pfnCardGetChallengeEx(c, ROLE_ADMIN, &out, &len, 0), REFUSED);
	ck_assert_code(c->pfnCardGetChallengeEx(c, ROLE_ADMIN, &out, &len, 1), WRONG);
	ck_assert_code(c->pfnCardAuthenticateChallenge(c, bytes, 8, &len), REFUSED);
	ck_assert_code(c->pfnCardAuthenticateChallenge(c, NULL, 8, &len), WRONG);
}
END_TEST

START_TEST(a_read_only_card_writes_no_file)
{
	PCARD_DATA c = harness_card;

	ck_assert_code(c->pfnCardCreateDirectory(c, "new", UserCreateDeleteDirAc), REFUSED);
	ck_assert_code(c->pfnCardCreateDirectory(c, NULL, UserCreateDeleteDirAc), WRONG);
	ck_assert_code(c->pfnCardDeleteDirectory(c, "mscp"), REFUSED);
	ck_assert_code(c->pfnCardDeleteDirectory(c, NULL), WRONG);
	ck_assert_code(c->pfnCardCreateFile(c, "mscp", "new", 10, EveryoneReadUserWriteAc), REFUSED);
	ck_assert_code(c->pfnCardCreateFile(c, "mscp", NULL, 10, EveryoneReadUserWriteAc), WRONG);
	ck_assert_code(c->pfnCardWriteFile(c, "mscp", "cmapfile", 0, bytes, sizeof(bytes)), REFUSED);
	ck_assert_code(c->pfnCardWriteFile(c, "mscp", "cmapfile", 0, NULL, sizeof(bytes)), WRONG);
	ck_assert_code(c->pfnCardWriteFile(c, "mscp", "cmapfile", 1, bytes, sizeof(bytes)), WRONG);
	ck_assert_code(c->pfnCardDeleteFile(c, "mscp", "cmapfile", 0), REFUSED);
	ck_assert_code(c->pfnCardDeleteFile(c, "mscp", NULL, 0), WRONG);
}
END_TEST

START_TEST(no_key_is_shared_beforehand)
{
	PCARD_DATA c = harness_card;
	PBYTE answer = NULL;
	CARD_KEY_HANDLE other = 0;
	DWORD len = 0;

	ck_assert_code(c->pfnCardGetSharedKeyHandle(c, NULL, 0, &answer, &len, &other), REFUSED);
	ck_assert_code(c->pfnCardGetSharedKeyHandle(c, NULL, 0, &answer, &len, NULL), WRONG);
}
END_TEST

START_TEST(no_context_is_a_wrong_parameter)
{
	CARD_DATA empty = { 0 };

	ck_assert_code(harness_card->pfnCardDeleteFile(NULL, NULL, "x", 0), WRONG);
	ck_assert_code(harness_card->pfnCardDeleteFile(&empty, NULL, "x", 0), WRONG);
	ck_assert_code(harness_card->pfnCardDeleteContainer(&empty, 0, 0), WRONG);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, a_read_only_card_makes_and_deletes_no_container);
	tcase_add_test(tc, no_card_here_answers_a_challenge);
	tcase_add_test(tc, a_read_only_card_writes_no_file);
	tcase_add_test(tc, no_key_is_shared_beforehand);
	tcase_add_test(tc, no_context_is_a_wrong_parameter);
}

TEST_MAIN("minidriver/drv_refused", add)
