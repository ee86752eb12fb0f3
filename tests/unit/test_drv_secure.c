/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MDEncryptData and CardProcessEncryptedData. */
#include "config.h"

#include <string.h>

#include "tests/fake/drv_harness.h"
#include "tests/unit/test.h"

static BYTE key_bytes[24] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12, 13, 14, 15, 16, 17 };
static CARD_KEY_HANDLE key;

static void set_up(void)
{
	harness_open();
	key = harness_import(CARD_AES_ALGORITHM, span_of(key_bytes, 16));
	fake_reset_counts();
}

/* A request to authenticate with a PIN. Returns its length. */
static DWORD ask_pin(const char *pin, BYTE ret_request[64])
{
	const CARD_AUTHENTICATE request = { .dwVersion = CARD_SECURE_FUNCTION_VERSION,
					    .PinId = ROLE_USER,
					    .cbPinData = (DWORD)strlen(pin) };

	memcpy(ret_request, &request, sizeof(request));
	memcpy(ret_request + sizeof(request), pin, strlen(pin));
	return (DWORD)(sizeof(request) + strlen(pin));
}

static DWORD encrypt(CARD_KEY_HANDLE with, LPCWSTR function, BYTE *request, DWORD len, PCARD_ENCRYPTED_DATA *ret_data)
{
	DWORD count = 0;
	const DWORD err = harness_card->pfnMDEncryptData(harness_card, with, function, request, len,
							 CARD_BLOCK_PADDING, ret_data, &count);

	ck_assert_uint_eq(count, err == ERROR_SUCCESS);
	return err;
}

static void free_data(PCARD_ENCRYPTED_DATA data)
{
	harness_free(data->pbEncryptedData);
	harness_free(data);
}

/* Encrypt a request for a PIN and have it carried out. */
static DWORD authenticate(CARD_KEY_HANDLE with, const char *pin, CARD_AUTHENTICATE_RESPONSE *response)
{
	PCARD_ENCRYPTED_DATA data = NULL;
	BYTE request[64];
	DWORD len = 0;
	DWORD err;

	ck_assert_code(encrypt(with, CSF_AUTHENTICATE, request, ask_pin(pin, request), &data), ERROR_SUCCESS);
	ck_assert_ptr_null(memmem(data->pbEncryptedData, data->cbEncryptedData, pin, strlen(pin)));
	err = harness_card->pfnCardProcessEncryptedData(harness_card, with, CSF_AUTHENTICATE, data, 1, (PBYTE)response,
							sizeof(*response), &len, CARD_BLOCK_PADDING);
	ck_assert_uint_eq(len, sizeof(*response));
	free_data(data);
	return err;
}

START_TEST(a_pin_travels_encrypted_and_is_verified)
{
	CARD_AUTHENTICATE_RESPONSE response;

	ck_assert_code(harness_card->pfnCardDeauthenticateEx(harness_card, CREATE_PIN_SET(ROLE_USER), 0),
		       ERROR_SUCCESS);
	ck_assert_code(authenticate(key, "999999", &response), SCARD_W_WRONG_CHV);
	ck_assert_uint_eq(response.dwVersion, 7);
	ck_assert_uint_eq(response.cAttemptsRemaining, 2);
	ck_assert(!fake_logged_in());
	ck_assert_code(authenticate(key, FAKE_PIN, &response), ERROR_SUCCESS);
	ck_assert_uint_eq(response.cAttemptsRemaining, 3);
	ck_assert_uint_eq(response.cbSessionPin, 0);
	ck_assert(fake_logged_in());
	ck_assert_code(authenticate(harness_import(CARD_3DES_ALGORITHM, span_of(key_bytes, 24)), FAKE_PIN, &response),
		       ERROR_SUCCESS);
}
END_TEST

START_TEST(the_keys_iv_and_mode_are_the_ciphers)
{
	PCARD_ENCRYPTED_DATA first = NULL;
	PCARD_ENCRYPTED_DATA second = NULL;
	BYTE iv[16] = { 1 };
	BYTE request[64];
	const DWORD len = ask_pin(FAKE_PIN, request);

	ck_assert_code(encrypt(key, CSF_AUTHENTICATE, request, len, &first), ERROR_SUCCESS);
	ck_assert_uint_eq(first->cbEncryptedData, 32);
	ck_assert_code(harness_card->pfnCardSetKeyProperty(harness_card, key, CKP_INITIALIZATION_VECTOR, iv, 16, 0),
		       ERROR_SUCCESS);
	ck_assert_code(encrypt(key, CSF_AUTHENTICATE, request, len, &second), ERROR_SUCCESS);
	ck_assert_mem_ne(first->pbEncryptedData, second->pbEncryptedData, 16);
	free_data(first);
	free_data(second);
}
END_TEST

START_TEST(without_padding_the_request_is_whole_blocks)
{
	PCARD_ENCRYPTED_DATA data = NULL;
	BYTE request[64];
	DWORD count = 0;

	ck_assert_code(harness_card->pfnMDEncryptData(harness_card, key, CSF_AUTHENTICATE, request,
						      ask_pin(FAKE_PIN, request), 0, &data, &count),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(harness_card->pfnMDEncryptData(harness_card, key, CSF_AUTHENTICATE, request,
						      ask_pin("1234567890123456", request), 0, &data, &count),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(data->cbEncryptedData, 32);
	free_data(data);
}
END_TEST

START_TEST(a_pin_is_changed_and_no_key_pair_is_taken)
{
	const CARD_CHANGE_AUTHENTICATOR head = {
		.dwVersion = 7, .dwFlags = PIN_CHANGE_FLAG_CHANGEPIN, .dwAuthenticatingPinId = ROLE_USER,
		.cbAuthenticatingPinData = 6, .dwTargetPinId = ROLE_USER, .cbTargetData = 6,
	};
	BYTE change[sizeof(head) + 12];
	CARD_IMPORT_KEYPAIR import = { .dwVersion = 7, .bContainerIndex = 9, .PinId = ROLE_USER,
				       .dwKeySpec = AT_KEYEXCHANGE, .dwKeySize = 2048 };
	CARD_CHANGE_AUTHENTICATOR_RESPONSE response = { 0 };
	PCARD_ENCRYPTED_DATA data = NULL;
	DWORD len = 0;

	memcpy(change, &head, sizeof(head));
	memcpy(change + sizeof(head), "123456654321", 12);
	ck_assert_code(encrypt(key, CSF_CHANGE_AUTHENTICATOR, change, sizeof(change), &data), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardProcessEncryptedData(harness_card, key, CSF_CHANGE_AUTHENTICATOR, data, 1,
								 (PBYTE)&response, sizeof(response), &len,
								 CARD_BLOCK_PADDING),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(response));
	ck_assert_uint_eq(response.cAttemptsRemaining, 3);
	ck_assert(fake_pin_is(0, "654321"));
	free_data(data);
	ck_assert_code(encrypt(key, CSF_IMPORT_KEYPAIR, (BYTE *)&import, sizeof(import), &data), ERROR_SUCCESS);
	ck_assert_code(harness_card->pfnCardProcessEncryptedData(harness_card, key, CSF_IMPORT_KEYPAIR, data, 1, NULL,
								 0, NULL, CARD_BLOCK_PADDING),
		       SCARD_E_UNSUPPORTED_FEATURE);
	free_data(data);
	ck_assert_uint_eq(fake_commands(), 1); /* the change */
}
END_TEST

START_TEST(encryption_checks_its_request)
{
	PCARD_DATA c = harness_card;
	PCARD_ENCRYPTED_DATA out = NULL;
	DWORD count = 0;
	BYTE request[64];
	const DWORD len = ask_pin(FAKE_PIN, request);
	const CARD_KEY_HANDLE generic = harness_import(CARD_EXT_GENERIC_SECRET_ALGORITHM, span_of(key_bytes, 16));

#define ENCRYPT(k, f, in, n, flags) c->pfnMDEncryptData(c, k, f, in, n, flags, &out, &count)
	ck_assert_code(ENCRYPT(key, u"Something Else", request, len, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(ENCRYPT(key, NULL, request, len, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(ENCRYPT(key, CSF_AUTHENTICATE, NULL, len, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(ENCRYPT(key, CSF_AUTHENTICATE, request, len, 1), SCARD_E_INVALID_PARAMETER);
	for (DWORD short_len = 0; short_len < len; short_len++)
		ck_assert_code(ENCRYPT(key, CSF_AUTHENTICATE, request, short_len, CARD_BLOCK_PADDING),
			       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(ENCRYPT(generic + 1, CSF_AUTHENTICATE, request, len, CARD_BLOCK_PADDING), SCARD_E_INVALID_HANDLE);
	ck_assert_code(ENCRYPT(generic, CSF_AUTHENTICATE, request, len, CARD_BLOCK_PADDING),
		       SCARD_E_UNSUPPORTED_FEATURE);
	request[0] = 6;
	ck_assert_code(ENCRYPT(key, CSF_AUTHENTICATE, request, len, CARD_BLOCK_PADDING), SCARD_E_INVALID_PARAMETER);
	request[0] = 7;
	ck_assert_code(c->pfnMDEncryptData(c, key, CSF_AUTHENTICATE, request, len, 0, NULL, &count),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_code(c->pfnMDEncryptData(c, key, CSF_AUTHENTICATE, request, len, 0, &out, NULL),
		       SCARD_E_INVALID_PARAMETER);
	for (unsigned nth = 1; nth <= 2; nth++) {
		harness_fail_alloc(nth);
		ck_assert_code(ENCRYPT(key, CSF_AUTHENTICATE, request, len, CARD_BLOCK_PADDING), SCARD_E_NO_MEMORY);
		ck_assert_uint_eq(harness_alive(), 0);
	}
	ck_assert_ptr_null(out);
#undef ENCRYPT
}
END_TEST

START_TEST(processing_checks_its_request_and_spends_no_try)
{
	PCARD_DATA c = harness_card;
	CARD_AUTHENTICATE_RESPONSE response;
	PCARD_ENCRYPTED_DATA data = NULL;
	CARD_ENCRYPTED_DATA none = { .cbEncryptedData = 16 };
	BYTE request[64];
	DWORD len = 0;

#define PROCESS(k, f, d, n, out, room, flags) \
	c->pfnCardProcessEncryptedData(c, k, f, d, n, (PBYTE)(out), room, &len, flags)
	ck_assert_code(encrypt(key, CSF_AUTHENTICATE, request, ask_pin(FAKE_PIN, request), &data), ERROR_SUCCESS);
	ck_assert_code(PROCESS(key, u"x", data, 1, NULL, 0, CARD_BLOCK_PADDING), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, NULL, 1, NULL, 0, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 0, NULL, 0, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, &none, 1, NULL, 0, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 1, NULL, 8, 0), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 1, NULL, 0, 1), SCARD_E_INVALID_PARAMETER);
	ck_assert_code(PROCESS(0, CSF_AUTHENTICATE, data, 1, NULL, 0, CARD_BLOCK_PADDING), SCARD_E_INVALID_HANDLE);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 1, &response, 4, CARD_BLOCK_PADDING),
		       ERROR_INSUFFICIENT_BUFFER);
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 1, NULL, 0, CARD_BUFFER_SIZE_ONLY), ERROR_SUCCESS);
	ck_assert_uint_eq(len, sizeof(response));
	/* encrypted for another function, or cut, or with another key */
	ck_assert_code(PROCESS(key, CSF_CHANGE_AUTHENTICATOR, data, 1, NULL, 0, CARD_BLOCK_PADDING),
		       SCARD_E_INVALID_VALUE);
	data->pbEncryptedData[data->cbEncryptedData - 17] ^= 0x40;
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 1, NULL, 0, CARD_BLOCK_PADDING), SCARD_E_INVALID_VALUE);
	data->cbEncryptedData--;
	ck_assert_code(PROCESS(key, CSF_AUTHENTICATE, data, 1, NULL, 0, CARD_BLOCK_PADDING),
		       SCARD_E_INVALID_PARAMETER);
	ck_assert_uint_eq(fake_commands(), 0);
	free_data(data);
#undef PROCESS
}
END_TEST

/*
 * CBC: a changed bit of the last block but one changes that of the last, and makes the PIN's middle unreadable, which
 * is no reason to refuse it.
 */
START_TEST(padding_that_is_wrong_in_any_byte_spends_no_try)
{
	const struct {
		DWORD at;
		BYTE change;
	} wrong[] = { { 6, 1 }, { 7, 0x40 }, { 14, 1 }, { 15, 0x0a }, { 15, 0x0b }, { 15, 0x80 }, { 15, 0x1b } };
	PCARD_ENCRYPTED_DATA data = NULL;
	BYTE request[64];

	/* 22 bytes of PIN, the last 6 in the last block with 10 of padding */
	ck_assert_code(encrypt(key, CSF_AUTHENTICATE, request, ask_pin("0123456789012345678901", request), &data),
		       ERROR_SUCCESS);
	ck_assert_uint_eq(data->cbEncryptedData, 48);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		data->pbEncryptedData[16 + wrong[i].at] ^= wrong[i].change;
		ck_assert_code(harness_card->pfnCardProcessEncryptedData(harness_card, key, CSF_AUTHENTICATE, data, 1,
									 NULL, 0, NULL, CARD_BLOCK_PADDING),
			       SCARD_E_INVALID_VALUE);
		data->pbEncryptedData[16 + wrong[i].at] ^= wrong[i].change;
	}
	ck_assert_uint_eq(fake_commands(), 0);
	free_data(data);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, harness_close);
	tcase_add_test(tc, a_pin_travels_encrypted_and_is_verified);
	tcase_add_test(tc, the_keys_iv_and_mode_are_the_ciphers);
	tcase_add_test(tc, without_padding_the_request_is_whole_blocks);
	tcase_add_test(tc, a_pin_is_changed_and_no_key_pair_is_taken);
	tcase_add_test(tc, encryption_checks_its_request);
	tcase_add_test(tc, processing_checks_its_request_and_spends_no_try);
	tcase_add_test(tc, padding_that_is_wrong_in_any_byte_spends_no_try);
}

TEST_MAIN("minidriver/drv_secure", add)
