/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the card refuses, does not do, or cannot do because it has gone; each call that asks it. And PINs and users.
 */
#include "config.h"

#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_return.h"

#define PROGRAM "test_cki_return_card"

static CK_UTF8CHAR pin[] = FAKE_PIN;
static CK_UTF8CHAR puk[] = FAKE_PUK;
static CK_UTF8CHAR bad_pin[] = "654321";
static CK_UTF8CHAR long_pin[300];
static CK_BYTE text[32] = "thirty-two bytes of plain text..";
static CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
static CK_MECHANISM ecdsa_hash = { CKM_ECDSA_SHA256, NULL, 0 };
static CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };
static CK_ECDH1_DERIVE_PARAMS kem_params = { .kdf = CKD_NULL };
static CK_MECHANISM kem = { CKM_ECDH1_DERIVE, &kem_params, sizeof(kem_params) };
static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_ATTRIBUTE templ[] = {
	{ CKA_CLASS, &secret_class, sizeof(secret_class) },
	{ CKA_KEY_TYPE, &aes, sizeof(aes) },
};
static CK_SESSION_HANDLE writing;
static CK_OBJECT_HANDLE rsa_private;
static CK_OBJECT_HANDLE recovering;
static CK_BYTE point[65];
static CK_BYTE encrypted[256];

#define RECOVERING ((enum env_key)7)

static const struct fake_key recovers = {
	.type = CRD_KEY_RSA, .usage = CRD_USE_SIGN_RECOVER, .no_certificate = true
};

static void start(void)
{
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG len = sizeof(point);

	env_config("use_pin_caching", false);
	memset(long_pin, '1', sizeof(long_pin));
	env_card();
	(void)fake_add_key(&recovers);
	env_begin();
	env_login();
	return_len = sizeof(return_out);
	writing = env_session(CKF_RW_SESSION);
	rsa_private = env_find(env.session, CKO_PRIVATE_KEY, ENV_RSA);
	recovering = env_find(env.session, CKO_PRIVATE_KEY, RECOVERING);
	env_ok(C_EncapsulateKey(env.session, &kem, env_find(env.session, CKO_PUBLIC_KEY, ENV_P256), templ, 2, point,
	       &len,
				&key));
	env_ok(C_EncryptInit(env.session, &rsa, env_find(env.session, CKO_PUBLIC_KEY, ENV_RSA)));
	len = sizeof(encrypted);
	env_ok(C_Encrypt(env.session, text, 16, encrypted, &len));
}

static CK_RV sign(void)
{
	env_ok(C_SignInit(env.session, &ecdsa, env.key));
	return C_Sign(env.session, text, 32, return_out, &return_len);
}

static CK_RV sign_final(void)
{
	env_ok(C_SignInit(env.session, &ecdsa_hash, env.key));
	env_ok(C_SignUpdate(env.session, text, 32));
	return C_SignFinal(env.session, return_out, &return_len);
}

static CK_RV sign_recover(void)
{
	env_ok(C_SignRecoverInit(env.session, &rsa, recovering));
	return C_SignRecover(env.session, text, 32, return_out, &return_len);
}

static CK_RV decrypt(void)
{
	env_ok(C_DecryptInit(env.session, &rsa, rsa_private));
	return C_Decrypt(env.session, encrypted, sizeof(encrypted), return_out, &return_len);
}

static CK_RV unwrap(void)
{
	return C_UnwrapKey(env.session, &rsa, rsa_private, encrypted, sizeof(encrypted), templ, 2, &return_handle);
}

static CK_RV derive(void)
{
	CK_ECDH1_DERIVE_PARAMS params = { .kdf = CKD_NULL, .pPublicData = point, .ulPublicDataLen = sizeof(point) };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };

	return C_DeriveKey(env.session, &mechanism, env.key, templ, 2, &return_handle);
}

static CK_RV decapsulate(void)
{
	return C_DecapsulateKey(env.session, &kem, env.key, templ, 2, point, sizeof(point), &return_handle);
}

static CK_RV login(void)
{
	(void)C_Logout(env.session);
	return C_Login(env.session, CKU_USER, pin, strlen(FAKE_PIN));
}

static CK_RV login_user(void)
{
	(void)C_Logout(env.session);
	return C_LoginUser(env.session, CKU_USER, pin, strlen(FAKE_PIN), NULL, 0);
}

static CK_RV set_pin(void)
{
	return C_SetPIN(writing, pin, strlen(FAKE_PIN), bad_pin, 6);
}

static CK_RV read_certificate(void)
{
	CK_ATTRIBUTE value = { CKA_VALUE, return_out, sizeof(return_out) };

	return C_GetAttributeValue(env.session, env_find(env.session, CKO_CERTIFICATE, ENV_P384), &value, 1);
}

static const struct asking {
	const char *name;
	CK_RV (*call)(void);
	enum fake_op op;
} asking[] = {
	{ "C_Sign", sign, FAKE_SIGN_RAW },
	{ "C_SignFinal", sign_final, FAKE_SIGN_RAW },
	{ "C_SignRecover", sign_recover, FAKE_SIGN_RAW },
	{ "C_Decrypt", decrypt, FAKE_RSA_DECRYPT },
	{ "C_UnwrapKey", unwrap, FAKE_RSA_DECRYPT },
	{ "C_DeriveKey", derive, FAKE_ECDH },
	{ "C_DecapsulateKey", decapsulate, FAKE_ECDH },
	{ "C_Login", login, FAKE_PIN_VERIFY },
	{ "C_LoginUser", login_user, FAKE_PIN_VERIFY },
	{ "C_SetPIN", set_pin, FAKE_PIN_CHANGE },
	{ "C_GetAttributeValue", read_certificate, FAKE_CERT_READ },
};

#define REFUSE_OVER(name, code, call) (return_refused_and_over(name, #code, code, call))

/* Each in a world of its own: a card that has gone has ended everything. */
START_TEST(a_card_that_fails)
{
	for (size_t i = 0; i < ENV_COUNT(asking); i++) {
		start();
		return_prepare();
		fake_fail(asking[i].op, CE_CARD, 1);
		REFUSE_OVER(asking[i].name, CKR_DEVICE_ERROR, asking[i].call());
		/* and nothing is lost: the same again is done */
		return_len = sizeof(return_out);
		if (asking[i].call != read_certificate)
			env_ok(asking[i].call());
		if (i + 1 < ENV_COUNT(asking))
			env_stop();
	}
	return_stop(PROGRAM, "a_card_that_fails");
}
END_TEST

START_TEST(a_card_that_has_gone)
{
	for (size_t i = 0; i < ENV_COUNT(asking); i++) {
		start();
		return_prepare();
		fake_fail(asking[i].op, CE_CARD_REMOVED, 1);
		REFUSE_OVER(asking[i].name, CKR_DEVICE_REMOVED, asking[i].call());
		if (i + 1 < ENV_COUNT(asking))
			env_stop();
	}
	return_stop(PROGRAM, "a_card_that_has_gone");
}
END_TEST

START_TEST(a_user_who_is_no_longer_logged_in)
{
	static const size_t asks_a_key = 7;

	for (size_t i = 0; i < asks_a_key; i++) {
		start();
		return_prepare();
		fake_fail(asking[i].op, CE_NOT_AUTHENTICATED, 1);
		REFUSE_OVER(asking[i].name, CKR_USER_NOT_LOGGED_IN, asking[i].call());
		if (i + 1 < asks_a_key)
			env_stop();
	}
	return_stop(PROGRAM, "a_user_who_is_no_longer_logged_in");
}
END_TEST

#define DENY(function, code, ...) \
	(return_prepare(), return_refused_and_over(#function, #code, code, function(__VA_ARGS__)))

START_TEST(pins_and_users)
{
	start();
	DENY(C_Login, CKR_USER_ALREADY_LOGGED_IN, env.session, CKU_USER, pin, 6);
	DENY(C_LoginUser, CKR_USER_ALREADY_LOGGED_IN, env.session, CKU_USER, pin, 6, NULL, 0);
	DENY(C_Login, CKR_OPERATION_NOT_INITIALIZED, env.session, CKU_CONTEXT_SPECIFIC, pin, 6);
	DENY(C_LoginUser, CKR_OPERATION_NOT_INITIALIZED, env.session, CKU_CONTEXT_SPECIFIC, pin, 6, NULL, 0);
	DENY(C_InitPIN, CKR_USER_NOT_LOGGED_IN, writing, pin, 6);
	DENY(C_SetPIN, CKR_SESSION_READ_ONLY, env.session, pin, 6, bad_pin, 6);
	DENY(C_SetPIN, CKR_PIN_INCORRECT, writing, bad_pin, 6, pin, 6);
	DENY(C_SetPIN, CKR_PIN_LEN_RANGE, writing, pin, 6, long_pin, sizeof(long_pin));
	fake_fail(FAKE_PIN_CHANGE, CE_DATA_INVALID, 1);
	DENY(C_SetPIN, CKR_PIN_INVALID, writing, pin, 6, bad_pin, 6);
	fake_fail(FAKE_PIN_CHANGE, CE_CANCELLED, 1);
	DENY(C_SetPIN, CKR_FUNCTION_CANCELED, writing, pin, 6, bad_pin, 6);
	env_ok(C_Logout(env.session));
	DENY(C_Logout, CKR_USER_NOT_LOGGED_IN, env.session);
	DENY(C_Login, CKR_USER_TYPE_INVALID, env.session, 99, pin, 6);
	DENY(C_LoginUser, CKR_USER_TYPE_INVALID, env.session, 99, pin, 6, NULL, 0);
	DENY(C_Login, CKR_SESSION_READ_ONLY_EXISTS, writing, CKU_SO, puk, 8);
	DENY(C_LoginUser, CKR_SESSION_READ_ONLY_EXISTS, writing, CKU_SO, puk, 8, NULL, 0);
	fake_fail(FAKE_PIN_VERIFY, CE_CANCELLED, 1);
	DENY(C_Login, CKR_FUNCTION_CANCELED, env.session, CKU_USER, pin, 6);
	fake_fail(FAKE_PIN_VERIFY, CE_TIMEOUT, 1);
	DENY(C_LoginUser, CKR_FUNCTION_CANCELED, env.session, CKU_USER, pin, 6, NULL, 0);
	DENY(C_Login, CKR_PIN_INCORRECT, env.session, CKU_USER, bad_pin, 6);
	/* all tries again */
	env_ok(login());
	env_ok(C_Logout(env.session));
	DENY(C_LoginUser, CKR_PIN_INCORRECT, env.session, CKU_USER, bad_pin, 6, NULL, 0);
	for (int i = 0; i < 2; i++)
		(void)C_Login(env.session, CKU_USER, bad_pin, 6);
	DENY(C_Login, CKR_PIN_LOCKED, env.session, CKU_USER, pin, 6);
	DENY(C_LoginUser, CKR_PIN_LOCKED, env.session, CKU_USER, pin, 6, NULL, 0);
	DENY(C_SetPIN, CKR_PIN_LOCKED, writing, pin, 6, bad_pin, 6);
	return_stop(PROGRAM, "pins_and_users");
}
END_TEST

START_TEST(the_security_officer)
{
	start();
	env_ok(C_Logout(env.session));
	env_ok(C_CloseSession(env.session));
	env.session = writing;
	env_ok(C_Login(writing, CKU_SO, puk, 8));
	DENY(C_OpenSession, CKR_SESSION_READ_WRITE_SO_EXISTS, env.slot, CKF_SERIAL_SESSION, NULL, NULL, &return_handle);
	DENY(C_Login, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, writing, CKU_USER, pin, 6);
	DENY(C_LoginUser, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, writing, CKU_USER, pin, 6, NULL, 0);
	DENY(C_InitPIN, CKR_PIN_LEN_RANGE, writing, long_pin, sizeof(long_pin));
	fake_fail(FAKE_PIN_UNBLOCK, CE_DATA_INVALID, 1);
	DENY(C_InitPIN, CKR_PIN_INVALID, writing, bad_pin, 6);
	fake_fail(FAKE_PIN_UNBLOCK, CE_CANCELLED, 1);
	DENY(C_InitPIN, CKR_FUNCTION_CANCELED, writing, bad_pin, 6);
	fake_fail(FAKE_PIN_UNBLOCK, CE_CARD, 1);
	DENY(C_InitPIN, CKR_DEVICE_ERROR, writing, bad_pin, 6);
	fake_fail(FAKE_PIN_UNBLOCK, CE_CARD_REMOVED, 1);
	DENY(C_InitPIN, CKR_DEVICE_REMOVED, writing, bad_pin, 6);
	return_stop(PROGRAM, "the_security_officer");
}
END_TEST

static CK_RV none_opened(card_err err)
{
	CK_TOKEN_INFO info;

	fake_fail(FAKE_CONNECT, err, 1);
	return C_GetTokenInfo(0, &info);
}

START_TEST(a_card_that_cannot_be_used)
{
	CK_MECHANISM_INFO info;
	CK_ULONG count = 0;

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	env_ok(C_Initialize(NULL));
	return_prepare();
	return_refused_and_over("C_GetTokenInfo", "CKR_TOKEN_NOT_RECOGNIZED", CKR_TOKEN_NOT_RECOGNIZED,
				none_opened(CE_UNKNOWN_CARD));
	return_refused_and_over("C_GetTokenInfo", "CKR_DEVICE_ERROR", CKR_DEVICE_ERROR, none_opened(CE_CARD));
	fake_fail(FAKE_CONNECT, CE_UNKNOWN_CARD, 1);
	DENY(C_GetMechanismList, CKR_TOKEN_NOT_RECOGNIZED, 0, NULL, &count);
	fake_fail(FAKE_CONNECT, CE_CARD, 1);
	DENY(C_GetMechanismList, CKR_DEVICE_ERROR, 0, NULL, &count);
	fake_fail(FAKE_CONNECT, CE_UNKNOWN_CARD, 1);
	DENY(C_GetMechanismInfo, CKR_TOKEN_NOT_RECOGNIZED, 0, CKM_ECDSA, &info);
	fake_fail(FAKE_CONNECT, CE_CARD, 1);
	DENY(C_GetMechanismInfo, CKR_DEVICE_ERROR, 0, CKM_ECDSA, &info);
	fake_fail(FAKE_CONNECT, CE_UNKNOWN_CARD, 1);
	DENY(C_OpenSession, CKR_TOKEN_NOT_RECOGNIZED, 0, CKF_SERIAL_SESSION, NULL, NULL, &return_handle);
	fake_fail(FAKE_CONNECT, CE_CARD, 1);
	DENY(C_OpenSession, CKR_DEVICE_ERROR, 0, CKF_SERIAL_SESSION, NULL, NULL, &return_handle);
	return_stop(PROGRAM, "a_card_that_cannot_be_used");
}
END_TEST

START_TEST(a_card_without_a_pin)
{
	fake_reset();
	env_begin();
	DENY(C_Login, CKR_USER_PIN_NOT_INITIALIZED, env.session, CKU_USER, pin, 6);
	DENY(C_LoginUser, CKR_USER_PIN_NOT_INITIALIZED, env.session, CKU_USER, pin, 6, NULL, 0);
	return_stop(PROGRAM, "a_card_without_a_pin");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_card_that_fails);
	tcase_add_test(tc, a_card_that_has_gone);
	tcase_add_test(tc, a_user_who_is_no_longer_logged_in);
	tcase_add_test(tc, pins_and_users);
	tcase_add_test(tc, the_security_officer);
	tcase_add_test(tc, a_card_that_cannot_be_used);
	tcase_add_test(tc, a_card_without_a_pin);
}

TEST_MAIN("pkcs11/return/card", add)
