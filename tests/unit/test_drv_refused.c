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
	for (int access = -1; access <= AdminReadWriteAc + 1; access++) {
		const bool known = access > InvalidAc && access <= AdminReadWriteAc;

		ck_assert_code(c->pfnCardCreateFile(c, "mscp", "new", 10, (CARD_FILE_ACCESS_CONDITION)access),
			       known ? REFUSED : WRONG);
	}
	for (int access = -1; access <= AdminCreateDeleteDirAc + 1; access++) {
		const bool known = access > InvalidDirAc && access <= AdminCreateDeleteDirAc;

		ck_assert_code(c->pfnCardCreateDirectory(c, "new", (CARD_DIRECTORY_ACCESS_CONDITION)access),
			       known ? REFUSED : WRONG);
	}
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

START_TEST(what_is_refused_writes_nothing_and_asks_the_card_nothing)
{
	PCARD_DATA c = harness_card;
	CARD_KEY_HANDLE key = 7;
	PBYTE out = bytes;
	DWORD len = 7;

	ck_assert_code(c->pfnCardGetChallenge(c, &out, &len), REFUSED);
	ck_assert_code(c->pfnCardGetChallengeEx(c, ROLE_ADMIN, &out, &len, 0), REFUSED);
	ck_assert_code(c->pfnCardAuthenticateChallenge(c, bytes, 8, &len), REFUSED);
	ck_assert_code(c->pfnCardGetSharedKeyHandle(c, bytes, 8, &out, &len, &key), REFUSED);
	ck_assert_ptr_eq(out, bytes);
	ck_assert_uint_eq(len, 7);
	ck_assert_uint_eq(key, 7);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

/* ---- every function of the table, with no context --------------------------------------------------- */

static DWORD number = 7;
static PBYTE pointer;

/* With arguments that are good but for the context. */
static DWORD call_nth(PCARD_DATA t, PCARD_DATA c, size_t nth)
{
	CARD_CAPABILITIES capabilities = { .dwVersion = 1 };
	CARD_FREE_SPACE_INFO space = { .dwVersion = 1 };
	CARD_KEY_SIZES sizes = { .dwVersion = 1 };
	CARD_FILE_INFO file = { .dwVersion = 1 };
	CONTAINER_INFO info = { .dwVersion = 1 };
	CARD_SIGNING_INFO signing = { .dwVersion = 1, .dwKeySpec = AT_ECDSA_P256, .pbData = bytes, .cbData = 16 };
	CARD_RSA_DECRYPT_INFO decrypt = { .dwVersion = 1, .dwKeySpec = AT_KEYEXCHANGE, .pbData = bytes, .cbData = 16 };
	CARD_DH_AGREEMENT_INFO agreement = { .dwVersion = 2, .pbPublicKey = bytes, .dwPublicKey = 16 };
	CARD_DERIVE_KEY derive = { .dwVersion = 1, .pwszKDF = BCRYPT_KDF_HASH };

	switch (nth) {
	case 0: return t->pfnCardDeleteContext(c);
	case 1: return t->pfnCardQueryCapabilities(c, &capabilities);
	case 2: return t->pfnCardDeleteContainer(c, 0, 0);
	case 3: return t->pfnCardCreateContainer(c, 0, CARD_CREATE_CONTAINER_KEY_GEN, AT_SIGNATURE, 2048, NULL);
	case 4: return t->pfnCardGetContainerInfo(c, 0, 0, &info);
	case 5: return t->pfnCardAuthenticatePin(c, wszCARD_USER_USER, bytes, 6, &number);
	case 6: return t->pfnCardGetChallenge(c, &pointer, &number);
	case 7: return t->pfnCardAuthenticateChallenge(c, bytes, 8, &number);
	case 8: return t->pfnCardUnblockPin(c, wszCARD_USER_USER, bytes, 8, bytes, 6, 0, 1);
	case 9: return t->pfnCardChangeAuthenticator(c, wszCARD_USER_USER, bytes, 6, bytes, 6, 0, 1, &number);
	case 10: return t->pfnCardDeauthenticate(c, wszCARD_USER_USER, 0);
	case 11: return t->pfnCardCreateDirectory(c, "new", UserCreateDeleteDirAc);
	case 12: return t->pfnCardDeleteDirectory(c, "mscp");
	case 13: return t->pfnCardCreateFile(c, "mscp", "new", 1, EveryoneReadUserWriteAc);
	case 14: return t->pfnCardReadFile(c, NULL, "cardid", 0, &pointer, &number);
	case 15: return t->pfnCardWriteFile(c, "mscp", "cmapfile", 0, bytes, 16);
	case 16: return t->pfnCardDeleteFile(c, "mscp", "cmapfile", 0);
	case 17: return t->pfnCardEnumFiles(c, NULL, (LPSTR *)&pointer, &number, 0);
	case 18: return t->pfnCardGetFileInfo(c, NULL, "cardid", &file);
	case 19: return t->pfnCardQueryFreeSpace(c, 0, &space);
	case 20: return t->pfnCardQueryKeySizes(c, AT_SIGNATURE, 0, &sizes);
	case 21: return t->pfnCardSignData(c, &signing);
	case 22: return t->pfnCardRSADecrypt(c, &decrypt);
	case 23: return t->pfnCardConstructDHAgreement(c, &agreement);
	case 24: return t->pfnCardDeriveKey(c, &derive);
	case 25: return t->pfnCardDestroyDHAgreement(c, 0, 0);
	case 26: return t->pfnCardGetChallengeEx(c, ROLE_ADMIN, &pointer, &number, 0);
	case 27: return t->pfnCardAuthenticateEx(c, ROLE_USER, 0, bytes, 6, NULL, NULL, &number);
	case 28: return t->pfnCardChangeAuthenticatorEx(c, 1, ROLE_USER, bytes, 6, ROLE_USER, bytes, 6, 0, &number);
	case 29: return t->pfnCardDeauthenticateEx(c, CREATE_PIN_SET(ROLE_USER), 0);
	case 30: return t->pfnCardGetContainerProperty(c, 0, CCP_PIN_IDENTIFIER, bytes, 4, &number, 0);
	case 31: return t->pfnCardSetContainerProperty(c, 0, CCP_PIN_IDENTIFIER, bytes, 4, 0);
	case 32: return t->pfnCardGetProperty(c, CP_CARD_GUID, bytes, 16, &number, 0);
	case 33: return t->pfnCardSetProperty(c, CP_PARENT_WINDOW, bytes, 8, 0);
	case 34: return t->pfnMDImportSessionKey(c, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, (PCARD_KEY_HANDLE)&pointer,
						 bytes, 16);
	case 35: return t->pfnMDEncryptData(c, 1, CSF_AUTHENTICATE, bytes, 16, 0, (PCARD_ENCRYPTED_DATA *)&pointer, &number);
	case 36: return t->pfnCardImportSessionKey(c, 3, NULL, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM,
						   (PCARD_KEY_HANDLE)&pointer, bytes, 16, CARD_PADDING_PKCS1);
	case 37: return t->pfnCardGetSharedKeyHandle(c, NULL, 0, NULL, NULL, (PCARD_KEY_HANDLE)&pointer);
	case 38: return t->pfnCardGetAlgorithmProperty(c, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, bytes, 4, &number, 0);
	case 39: return t->pfnCardGetKeyProperty(c, 1, CKP_BLOCK_LENGTH, bytes, 4, &number, 0);
	case 40: return t->pfnCardSetKeyProperty(c, 1, CKP_INITIALIZATION_VECTOR, bytes, 16, 0);
	case 41: return t->pfnCardDestroyKey(c, 1);
	case 42: return t->pfnCardProcessEncryptedData(c, 1, CSF_AUTHENTICATE, NULL, 0, NULL, 0, &number, 0);
	default: return t->pfnCardCreateContainerEx(c, 0, CARD_CREATE_CONTAINER_KEY_GEN, AT_SIGNATURE, 2048, NULL, ROLE_USER);
	}
}

#define FUNCTIONS 44

/* The functions of a session key look for it first, and such a structure has none. */
static DWORD code_without_context(size_t nth)
{
	return nth >= 39 && nth <= 41 ? SCARD_E_INVALID_HANDLE : WRONG;
}

START_TEST(no_function_takes_a_structure_without_a_context)
{
	CARD_DATA empty = harness_unacquired();
	const CARD_DATA before = empty;

	ck_assert_code(call_nth(harness_card, &empty, (size_t)_i), code_without_context((size_t)_i));
	ck_assert_code(call_nth(harness_card, NULL, (size_t)_i), WRONG);
	ck_assert_mem_eq(&empty, &before, sizeof(empty));
	ck_assert_ptr_null(pointer);
	ck_assert_uint_eq(number, 7);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, harness_open, harness_close);
	tcase_add_test(tc, a_read_only_card_makes_and_deletes_no_container);
	tcase_add_test(tc, no_card_here_answers_a_challenge);
	tcase_add_test(tc, a_read_only_card_writes_no_file);
	tcase_add_test(tc, no_key_is_shared_beforehand);
	tcase_add_test(tc, what_is_refused_writes_nothing_and_asks_the_card_nothing);
	tcase_add_loop_test(tc, no_function_takes_a_structure_without_a_context, 0, FUNCTIONS);
}

TEST_MAIN("minidriver/drv_refused", add)
