/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CARD_SECURE_KEY_INJECTION_NO_CARD_MODE: a context on a machine without a card, where requests for a card are encrypted
 * with a session key. The functions that the mode has work on keys; all others answer SCARD_E_UNSUPPORTED_FEATURE.
 */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

#define NO_CARD CARD_SECURE_KEY_INJECTION_NO_CARD_MODE

static CARD_DATA data;
static CARD_KEY_HANDLE key;
static const BYTE key_bytes[16] = "sixteen of them.";

static CARD_KEY_HANDLE import(PCARD_DATA into)
{
	const BCRYPT_KEY_DATA_BLOB_HEADER header = { BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1,
						     sizeof(key_bytes) };
	BYTE blob[sizeof(header) + sizeof(key_bytes)];
	CARD_KEY_HANDLE handle = 0;

	memcpy(blob, &header, sizeof(header));
	memcpy(blob + sizeof(header), key_bytes, sizeof(key_bytes));
	ck_assert_code(into->pfnMDImportSessionKey(into, BCRYPT_KEY_DATA_BLOB, CARD_AES_ALGORITHM, &handle, blob,
						   sizeof(blob)),
		       ERROR_SUCCESS);
	return handle;
}

static void open_without_card(void)
{
	harness_open();
	data = harness_unacquired();
	data.pbAtr = NULL;
	data.cbAtr = 0;
	data.pwszCardName = NULL;
	data.hScard = 0;
	data.hSCardCtx = 0;
	ck_assert_code(CardAcquireContext(&data, NO_CARD), ERROR_SUCCESS);
	key = import(&data);
}

static void close_without_card(void)
{
	ck_assert_code(data.pfnCardDeleteContext(&data), ERROR_SUCCESS);
	harness_close();
}

static DWORD request(BYTE ret_request[64])
{
	const CARD_AUTHENTICATE asked = { .dwVersion = CARD_SECURE_FUNCTION_VERSION, .PinId = ROLE_USER,
					  .cbPinData = (DWORD)strlen(FAKE_PIN) };

	memcpy(ret_request, &asked, sizeof(asked));
	memcpy(ret_request + sizeof(asked), FAKE_PIN, strlen(FAKE_PIN));
	return (DWORD)(sizeof(asked) + strlen(FAKE_PIN));
}

static PCARD_ENCRYPTED_DATA encrypted(void)
{
	PCARD_ENCRYPTED_DATA made = NULL;
	BYTE asked[64];
	DWORD count = 0;

	ck_assert_code(data.pfnMDEncryptData(&data, key, CSF_AUTHENTICATE, asked, request(asked), CARD_BLOCK_PADDING, &made,
					     &count),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(count, 1);
	return made;
}

static void free_data(PCARD_ENCRYPTED_DATA made)
{
	harness_free(made->pbEncryptedData);
	harness_free(made);
}

/* ---- what the mode is for --------------------------------------------------------------------------- */

START_TEST(a_request_that_was_encrypted_without_a_card_is_carried_out_where_one_is)
{
	PCARD_ENCRYPTED_DATA made = encrypted();
	CARD_AUTHENTICATE_RESPONSE response;
	DWORD len = 0;

	ck_assert_code(harness_card->pfnCardDeauthenticateEx(harness_card, CREATE_PIN_SET(ROLE_USER), 0), ERROR_SUCCESS);
	ck_assert(!fake_logged_in());
	ck_assert_code(harness_card->pfnCardProcessEncryptedData(harness_card, import(harness_card), CSF_AUTHENTICATE, made, 1,
								 (PBYTE)&response, sizeof(response), &len,
								 CARD_BLOCK_PADDING),
		       ERROR_SUCCESS);
	ck_assert(fake_logged_in());
	free_data(made);
}
END_TEST

START_TEST(keys_have_their_properties)
{
	BYTE iv[16] = "sixteen bytes iv";
	BYTE got[64];
	DWORD block = 0;
	DWORD len = 0;

	ck_assert_code(data.pfnCardSetKeyProperty(&data, key, CKP_INITIALIZATION_VECTOR, iv, sizeof(iv), 0), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardGetKeyProperty(&data, key, CKP_INITIALIZATION_VECTOR, got, sizeof(got), &len, 0),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(iv));
	ck_assert_mem_eq(got, iv, sizeof(iv));
	ck_assert_code(data.pfnCardGetAlgorithmProperty(&data, CARD_AES_ALGORITHM, CKP_BLOCK_LENGTH, (PBYTE)&block,
							sizeof(block), &len, 0),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(block, 16);
}
END_TEST

START_TEST(a_destroyed_key_is_gone)
{
	PCARD_ENCRYPTED_DATA made = NULL;
	BYTE asked[64];
	DWORD count = 7;

	ck_assert_code(data.pfnCardDestroyKey(&data, key), ERROR_SUCCESS);
	ck_assert_code(data.pfnCardDestroyKey(&data, key), SCARD_E_INVALID_HANDLE);
	ck_assert_code(data.pfnMDEncryptData(&data, key, CSF_AUTHENTICATE, asked, request(asked), CARD_BLOCK_PADDING, &made,
					     &count),
		       SCARD_E_INVALID_HANDLE);
	ck_assert_ptr_null(made);
	ck_assert_uint_eq(count, 7);
}
END_TEST

START_TEST(a_key_of_the_mode_is_none_of_a_card_and_the_other_way_around)
{
	BYTE got[64];
	DWORD len = 0;

	ck_assert_code(harness_card->pfnCardGetKeyProperty(harness_card, key, CKP_BLOCK_LENGTH, got, sizeof(got), &len, 0),
		       SCARD_E_INVALID_HANDLE);
	ck_assert_code(harness_card->pfnCardDestroyKey(harness_card, key), SCARD_E_INVALID_HANDLE);
	ck_assert_code(data.pfnCardDestroyKey(&data, import(harness_card)), SCARD_E_INVALID_HANDLE);
}
END_TEST

START_TEST(no_key_is_shared_with_a_card_that_is_not_there)
{
	CARD_KEY_HANDLE handle = 7;

	ck_assert_code(data.pfnCardGetSharedKeyHandle(&data, NULL, 0, NULL, NULL, &handle), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_code(data.pfnCardGetSharedKeyHandle(&data, NULL, 0, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(handle, 7);
}
END_TEST

/*
 * CardProcessEncryptedData is one of the mode's functions: it reads the request, and finds that there is nobody to carry it
 * out. A request that is not what the key encrypted is a wrong request here too.
 */
START_TEST(processing_reads_the_request_and_finds_no_card)
{
	PCARD_ENCRYPTED_DATA made = encrypted();
	CARD_AUTHENTICATE_RESPONSE response;
	DWORD len = 0;

	ck_assert_code(data.pfnCardProcessEncryptedData(&data, key, CSF_AUTHENTICATE, NULL, 0, NULL, 0, &len,
							CARD_BUFFER_SIZE_ONLY),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(data.pfnCardProcessEncryptedData(&data, key, CSF_AUTHENTICATE, made, 1, NULL, 0, &len,
							CARD_BUFFER_SIZE_ONLY),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(response));
	ck_assert_code(data.pfnCardProcessEncryptedData(&data, key, CSF_AUTHENTICATE, made, 1, (PBYTE)&response,
							sizeof(response), &len, CARD_BLOCK_PADDING),
		       SCARD_E_UNSUPPORTED_FEATURE);
	made->pbEncryptedData[0] ^= 1;
	ck_assert_code(data.pfnCardProcessEncryptedData(&data, key, CSF_AUTHENTICATE, made, 1, (PBYTE)&response,
							sizeof(response), &len, CARD_BLOCK_PADDING),
		       SCARD_E_INVALID_VALUE);
	ck_assert_code(data.pfnCardProcessEncryptedData(&data, key + 1, CSF_AUTHENTICATE, made, 1, NULL, 0, NULL, 0),
		       SCARD_E_INVALID_HANDLE);
	free_data(made);
}
END_TEST

/* ---- everything else -------------------------------------------------------------------------------- */

static BYTE bytes[64];
static DWORD number;

static DWORD query_capabilities(void)
{
	CARD_CAPABILITIES info = { .dwVersion = 1 };

	return data.pfnCardQueryCapabilities(&data, &info);
}
static DWORD delete_container(void)
{
	return data.pfnCardDeleteContainer(&data, 0, 0);
}
static DWORD create_container(void)
{
	return data.pfnCardCreateContainer(&data, 0, CARD_CREATE_CONTAINER_KEY_GEN, AT_KEYEXCHANGE, 2048, NULL);
}
static DWORD create_container_ex(void)
{
	return data.pfnCardCreateContainerEx(&data, 0, CARD_CREATE_CONTAINER_KEY_GEN, AT_KEYEXCHANGE, 2048, NULL, ROLE_USER);
}
static DWORD get_container_info(void)
{
	CONTAINER_INFO info = { .dwVersion = 1 };

	return data.pfnCardGetContainerInfo(&data, 0, 0, &info);
}
static DWORD authenticate_pin(void)
{
	return data.pfnCardAuthenticatePin(&data, (LPWSTR)(uintptr_t)wszCARD_USER_USER, bytes, 6, NULL);
}
static DWORD authenticate_ex(void)
{
	return data.pfnCardAuthenticateEx(&data, ROLE_USER, 0, bytes, 6, NULL, NULL, NULL);
}
static DWORD deauthenticate_ex(void)
{
	return data.pfnCardDeauthenticateEx(&data, CREATE_PIN_SET(ROLE_USER), 0);
}
static DWORD get_challenge(void)
{
	PBYTE challenge = NULL;

	return data.pfnCardGetChallenge(&data, &challenge, &number);
}
static DWORD read_file(void)
{
	PBYTE file = NULL;

	return data.pfnCardReadFile(&data, NULL, (LPSTR)(uintptr_t)"cardid", 0, &file, &number);
}
static DWORD query_free_space(void)
{
	CARD_FREE_SPACE_INFO info = { .dwVersion = 1 };

	return data.pfnCardQueryFreeSpace(&data, 0, &info);
}
static DWORD query_key_sizes(void)
{
	CARD_KEY_SIZES sizes = { .dwVersion = 1 };

	return data.pfnCardQueryKeySizes(&data, AT_SIGNATURE, 0, &sizes);
}
static DWORD sign_data(void)
{
	CARD_SIGNING_INFO info = { .dwVersion = 1, .pbData = bytes, .cbData = 32, .dwKeySpec = AT_SIGNATURE };

	return data.pfnCardSignData(&data, &info);
}
static DWORD rsa_decrypt(void)
{
	CARD_RSA_DECRYPT_INFO info = { .dwVersion = 1, .pbData = bytes, .cbData = sizeof(bytes), .dwKeySpec = AT_KEYEXCHANGE };

	return data.pfnCardRSADecrypt(&data, &info);
}
static DWORD construct_agreement(void)
{
	CARD_DH_AGREEMENT_INFO info = { .dwVersion = 2, .dwPublicKey = sizeof(bytes), .pbPublicKey = bytes };

	return data.pfnCardConstructDHAgreement(&data, &info);
}
static DWORD derive_key(void)
{
	CARD_DERIVE_KEY info = { .dwVersion = 1, .pwszKDF = BCRYPT_KDF_HASH };

	return data.pfnCardDeriveKey(&data, &info);
}
static DWORD get_container_property(void)
{
	return data.pfnCardGetContainerProperty(&data, 0, CCP_PIN_IDENTIFIER, bytes, sizeof(bytes), &number, 0);
}
static DWORD get_property(void)
{
	return data.pfnCardGetProperty(&data, CP_CARD_GUID, bytes, sizeof(bytes), &number, 0);
}
static DWORD set_property(void)
{
	return data.pfnCardSetProperty(&data, CP_PARENT_WINDOW, bytes, sizeof(void *), 0);
}
static DWORD import_for_container(void)
{
	CARD_KEY_HANDLE handle = 0;

	return data.pfnCardImportSessionKey(&data, 3, NULL, CARD_EXT_RAW_KEY_BLOB, CARD_AES_ALGORITHM, &handle, bytes,
					    sizeof(bytes), CARD_PADDING_PKCS1);
}

static DWORD (*const others[])(void) = {
	query_capabilities, delete_container, create_container, create_container_ex, get_container_info,
	authenticate_pin, authenticate_ex, deauthenticate_ex, get_challenge, read_file, query_free_space, query_key_sizes,
	sign_data, rsa_decrypt, construct_agreement, derive_key, get_container_property, get_property, set_property,
	import_for_container,
};

START_TEST(a_function_that_the_mode_does_not_have_says_so)
{
	ck_assert_code(others[_i](), SCARD_E_UNSUPPORTED_FEATURE);
	ck_assert_uint_eq(fake_commands(), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, open_without_card, close_without_card);
	tcase_add_test(tc, a_request_that_was_encrypted_without_a_card_is_carried_out_where_one_is);
	tcase_add_test(tc, keys_have_their_properties);
	tcase_add_test(tc, a_destroyed_key_is_gone);
	tcase_add_test(tc, a_key_of_the_mode_is_none_of_a_card_and_the_other_way_around);
	tcase_add_test(tc, no_key_is_shared_with_a_card_that_is_not_there);
	tcase_add_test(tc, processing_reads_the_request_and_finds_no_card);
	tcase_add_loop_test(tc, a_function_that_the_mode_does_not_have_says_so, 0, (int)(sizeof(others) / sizeof(others[0])));
}

TEST_MAIN("minidriver/drv_no_card", add)
