/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_MessageSign* and C_MessageVerify*; and C_SessionCancel, which ends what its flags name and nothing else. */
#include "config.h"

#include <string.h>

#include "tests/fake/fake_card.h"
#include "tests/unit/cki_env.h"

#define MAC_MAX 64u

static CK_BYTE key_bytes[16] = "sixteen bytes...";
static CK_BYTE text[40] = "a text that comes whole or in two parts";
static CK_MECHANISM hmac = { CKM_SHA256_HMAC, NULL, 0 };
static CK_MECHANISM cmac = { CKM_AES_CMAC, NULL, 0 };
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
static CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };

static CK_FUNCTION_LIST_3_2 *f3(void)
{
	CK_VERSION version = { 3, 2 };
	CK_INTERFACE *interface = NULL;

	env_ok(C_GetInterface(NULL, &version, &interface, 0));
	return interface->pFunctionList;
}

static CK_OBJECT_HANDLE generic;
static CK_OBJECT_HANDLE aes;
static CK_OBJECT_HANDLE recovering;
static CK_OBJECT_HANDLE recovering_public;

#define RECOVERING ((enum env_key)7)

/* With a key whose signatures give their data back. */
static void begin(void)
{
	static const struct fake_key recovers = {
		.type = CRD_KEY_RSA, .usage = CRD_USE_SIGN_RECOVER, .no_certificate = true
	};

	env_card();
	ck_assert_uint_eq(fake_add_key(&recovers), RECOVERING - 1);
	env_begin();
	env_login();
	generic = env_import(CKK_GENERIC_SECRET, key_bytes, sizeof(key_bytes));
	aes = env_import(CKK_AES, key_bytes, sizeof(key_bytes));
	recovering = env_find(env.session, CKO_PRIVATE_KEY, RECOVERING);
	recovering_public = env_find(env.session, CKO_PUBLIC_KEY, RECOVERING);
}

static CK_ULONG plain_mac(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_BYTE mac[static MAC_MAX])
{
	CK_ULONG len = MAC_MAX;

	env_ok(env.f->C_SignInit(env.session, mechanism, key));
	env_ok(env.f->C_Sign(env.session, text, sizeof(text), mac, &len));
	return len;
}

static void signs_and_verifies(CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	CK_BYTE expected[MAC_MAX];
	CK_BYTE mac[MAC_MAX];
	CK_ULONG expected_len = plain_mac(mechanism, key, expected);
	CK_ULONG len;

	env_ok(f3()->C_MessageSignInit(env.session, mechanism, key));
	env_ok(f3()->C_MessageVerifyInit(env.session, mechanism, key));
	for (int round = 0; round < 3; round++) {
		len = sizeof(mac);
		env_ok(f3()->C_SignMessage(env.session, NULL, 0, text, sizeof(text), mac, &len));
		ck_assert_uint_eq(len, expected_len);
		ck_assert_mem_eq(mac, expected, len);
		env_ok(f3()->C_VerifyMessage(env.session, NULL, 0, text, sizeof(text), mac, len));
		env_ok(f3()->C_SignMessageBegin(env.session, NULL, 0));
		env_ok(f3()->C_SignMessageNext(env.session, NULL, 0, text, 7, NULL, NULL));
		env_ok(f3()->C_SignMessageNext(env.session, NULL, 0, text + 7, sizeof(text) - 7, mac, &len));
		ck_assert_mem_eq(mac, expected, len);
		env_ok(f3()->C_VerifyMessageBegin(env.session, NULL, 0));
		env_ok(f3()->C_VerifyMessageNext(env.session, NULL, 0, text, 21, NULL, 0));
		env_ok(f3()->C_VerifyMessageNext(env.session, NULL, 0, text + 21, sizeof(text) - 21, mac, len));
	}
	env_ok(f3()->C_MessageSignFinal(env.session));
	env_ok(f3()->C_MessageVerifyFinal(env.session));
}

START_TEST(one_init_serves_many_messages)
{
	CK_ULONG short_len = 10;
	CK_MECHANISM general = { CKM_SHA256_HMAC_GENERAL, &short_len, sizeof(short_len) };

	begin();
	signs_and_verifies(&hmac, generic);
	signs_and_verifies(&cmac, aes);
	signs_and_verifies(&general, generic);
	env_stop();
}
END_TEST

START_TEST(a_length_asked_for_ends_no_message)
{
	CK_BYTE mac[MAC_MAX];
	CK_ULONG len = 0;

	begin();
	env_ok(f3()->C_MessageSignInit(env.session, &hmac, generic));
	env_ok(f3()->C_SignMessage(env.session, NULL, 0, text, sizeof(text), NULL, &len));
	ck_assert_uint_eq(len, 32);
	len = 31;
	env_rv(CKR_BUFFER_TOO_SMALL, f3()->C_SignMessage(env.session, NULL, 0, text, sizeof(text), mac, &len));
	env_ok(f3()->C_SignMessageBegin(env.session, NULL, 0));
	env_ok(f3()->C_SignMessageNext(env.session, NULL, 0, text, 5, NULL, &len));
	len = 1;
	env_rv(CKR_BUFFER_TOO_SMALL, f3()->C_SignMessageNext(env.session, NULL, 0, text, 5, mac, &len));
	ck_assert_uint_eq(len, 32);
	env_ok(f3()->C_SignMessageNext(env.session, NULL, 0, text, sizeof(text), mac, &len));
	env_ok(f3()->C_MessageVerifyInit(env.session, &hmac, generic));
	env_ok(f3()->C_VerifyMessage(env.session, NULL, 0, text, sizeof(text), mac, len));
	env_stop();
}
END_TEST

START_TEST(a_wrong_mac_ends_its_message_and_not_the_process)
{
	CK_BYTE mac[MAC_MAX];
	CK_ULONG len;

	begin();
	len = plain_mac(&hmac, generic, mac);
	env_ok(f3()->C_MessageVerifyInit(env.session, &hmac, generic));
	mac[0] ^= 1;
	env_rv(CKR_SIGNATURE_INVALID, f3()->C_VerifyMessage(env.session, NULL, 0, text, sizeof(text), mac, len));
	env_rv(CKR_SIGNATURE_LEN_RANGE, f3()->C_VerifyMessage(env.session, NULL, 0, text, sizeof(text), mac, len - 1));
	env_ok(f3()->C_VerifyMessageBegin(env.session, NULL, 0));
	env_rv(CKR_SIGNATURE_INVALID, f3()->C_VerifyMessageNext(env.session, NULL, 0, text, sizeof(text), mac, len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_VerifyMessageNext(env.session, NULL, 0, text, 1, NULL, 0));
	mac[0] ^= 1;
	env_ok(f3()->C_VerifyMessage(env.session, NULL, 0, text, sizeof(text), mac, len));
	env_stop();
}
END_TEST

START_TEST(calls_out_of_their_order_are_refused)
{
	CK_BYTE mac[MAC_MAX];
	CK_ULONG len = sizeof(mac);

	begin();
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_SignMessage(env.session, NULL, 0, text, 1, mac, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_SignMessageBegin(env.session, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_MessageSignFinal(env.session));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_MessageSignInit(env.session, NULL, 0));
	env_ok(f3()->C_MessageSignInit(env.session, &hmac, generic));
	env_rv(CKR_OPERATION_ACTIVE, f3()->C_MessageSignInit(env.session, &hmac, generic));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_SignMessageNext(env.session, NULL, 0, text, 1, NULL, NULL));
	env_rv(CKR_MECHANISM_PARAM_INVALID, f3()->C_SignMessage(env.session, text, 1, text, 1, mac, &len));
	env_rv(CKR_MECHANISM_PARAM_INVALID, f3()->C_SignMessageBegin(env.session, text, 4));
	env_rv(CKR_ARGUMENTS_BAD, f3()->C_SignMessage(env.session, NULL, 0, NULL, 1, mac, &len));
	env_rv(CKR_ARGUMENTS_BAD, f3()->C_SignMessage(env.session, NULL, 0, text, 1, mac, NULL));
	env_rv(CKR_ARGUMENTS_BAD, f3()->C_SignMessageNext(env.session, NULL, 0, text, 1, mac, NULL));
	env_ok(f3()->C_SignMessageBegin(env.session, NULL, 0));
	env_rv(CKR_OPERATION_ACTIVE, f3()->C_SignMessageBegin(env.session, NULL, 0));
	env_rv(CKR_OPERATION_ACTIVE, f3()->C_SignMessage(env.session, NULL, 0, text, 1, mac, &len));
	env_rv(CKR_OPERATION_ACTIVE, f3()->C_MessageSignFinal(env.session));
	env_ok(f3()->C_MessageSignInit(env.session, NULL, 0));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_MessageSignFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(keys_and_mechanisms_that_do_not_fit_are_refused)
{
	CK_ULONG long_len = 1000;
	CK_MECHANISM general = { CKM_SHA256_HMAC_GENERAL, &long_len, sizeof(long_len) };
	CK_MECHANISM without = { CKM_SHA256_HMAC_GENERAL, NULL, 0 };
	CK_BYTE iv[12] = { 0 };
	CK_MECHANISM gmac = { CKM_AES_GMAC, iv, sizeof(iv) };
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE may_not = { CKA_SIGN, &no, sizeof(no) };

	begin();
	env_rv(CKR_MECHANISM_INVALID, f3()->C_MessageSignInit(env.session, &sha256, generic));
	/* a nonce for all messages would be none */
	env_rv(CKR_MECHANISM_INVALID, f3()->C_MessageSignInit(env.session, &gmac, aes));
	env_rv(CKR_MECHANISM_INVALID, f3()->C_MessageSignInit(env.session, &ecdsa, env.key));
	env_rv(CKR_KEY_HANDLE_INVALID, f3()->C_MessageSignInit(env.session, &hmac, 0));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, f3()->C_MessageSignInit(env.session, &hmac, aes));
	env_rv(CKR_KEY_TYPE_INCONSISTENT, f3()->C_MessageSignInit(env.session, &hmac, env.key));
	env_rv(CKR_MECHANISM_PARAM_INVALID, f3()->C_MessageSignInit(env.session, &general, generic));
	env_rv(CKR_MECHANISM_PARAM_INVALID, f3()->C_MessageSignInit(env.session, &without, generic));
	general.ulParameterLen = 3;
	env_rv(CKR_MECHANISM_PARAM_INVALID, f3()->C_MessageSignInit(env.session, &general, generic));
	env_ok(env.f->C_SetAttributeValue(env.session, generic, &may_not, 1));
	env_rv(CKR_KEY_FUNCTION_NOT_PERMITTED, f3()->C_MessageSignInit(env.session, &hmac, generic));
	env_ok(f3()->C_MessageVerifyInit(env.session, &hmac, generic));
	env_stop();
}
END_TEST

START_TEST(logging_out_ends_the_messages_of_a_private_key)
{
	CK_BYTE mac[MAC_MAX];
	CK_ULONG len = sizeof(mac);

	begin();
	env_ok(f3()->C_MessageSignInit(env.session, &hmac, generic));
	env_ok(f3()->C_SignMessageBegin(env.session, NULL, 0));
	env_ok(env.f->C_Logout(env.session));
	env_rv(CKR_USER_NOT_LOGGED_IN, f3()->C_SignMessageNext(env.session, NULL, 0, text, 1, mac, &len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_MessageSignFinal(env.session));
	env_stop();
}
END_TEST

START_TEST(the_mechanism_tells_of_messages)
{
	const CK_FLAGS flags = CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE;
	CK_MECHANISM_INFO info;

	begin();
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_SHA256_HMAC, &info));
	ck_assert_uint_eq(info.flags & flags, flags);
	env_ok(env.f->C_GetMechanismInfo(env.slot, CKM_AES_GMAC, &info));
	ck_assert_uint_eq(info.flags & flags, 0);
	env_stop();
}
END_TEST

/* ---- C_SessionCancel ------------------------------------------------------------------------------------- */

static CK_BYTE out[256];
static CK_ULONG out_len;
static CK_MECHANISM gcm = { CKM_AES_GCM, NULL, 0 };
static CK_MECHANISM rsa = { CKM_RSA_PKCS, NULL, 0 };

static CK_RV init_find(void)
{
	return env.f->C_FindObjectsInit(env.session, NULL, 0);
}
static CK_RV init_encrypt(void)
{
	return env.f->C_EncryptInit(env.session, &ecb, aes);
}
static CK_RV init_decrypt(void)
{
	return env.f->C_DecryptInit(env.session, &ecb, aes);
}
static CK_RV init_sign(void)
{
	return env.f->C_SignInit(env.session, &hmac, generic);
}
static CK_RV init_verify(void)
{
	return env.f->C_VerifyInit(env.session, &hmac, generic);
}
static CK_RV init_verify_signature(void)
{
	return f3()->C_VerifySignatureInit(env.session, &hmac, generic, out, 32);
}
static CK_RV init_sign_recover(void)
{
	return C_SignRecoverInit(env.session, &rsa, recovering);
}
static CK_RV init_verify_recover(void)
{
	return C_VerifyRecoverInit(env.session, &rsa, recovering_public);
}
static CK_RV init_digest(void)
{
	return env.f->C_DigestInit(env.session, &sha256);
}
static CK_RV init_message_encrypt(void)
{
	return f3()->C_MessageEncryptInit(env.session, &gcm, aes);
}
static CK_RV init_message_decrypt(void)
{
	return f3()->C_MessageDecryptInit(env.session, &gcm, aes);
}
static CK_RV init_message_sign(void)
{
	return f3()->C_MessageSignInit(env.session, &hmac, generic);
}
static CK_RV init_message_verify(void)
{
	return f3()->C_MessageVerifyInit(env.session, &hmac, generic);
}

static const struct kind {
	CK_FLAGS flag;
	CK_RV (*init)(void);
} kinds[] = {
	{ CKF_FIND_OBJECTS, init_find },
	{ CKF_ENCRYPT, init_encrypt },
	{ CKF_DECRYPT, init_decrypt },
	{ CKF_SIGN, init_sign },
	{ CKF_VERIFY, init_verify },
	{ CKF_VERIFY, init_verify_signature },
	{ CKF_SIGN_RECOVER, init_sign_recover },
	{ CKF_VERIFY_RECOVER, init_verify_recover },
	{ CKF_DIGEST, init_digest },
	{ CKF_MESSAGE_ENCRYPT, init_message_encrypt },
	{ CKF_MESSAGE_DECRYPT, init_message_decrypt },
	{ CKF_MESSAGE_SIGN, init_message_sign },
	{ CKF_MESSAGE_VERIFY, init_message_verify },
};

START_TEST(cancelling_ends_what_the_flags_name)
{
	CK_FLAGS all = 0;

	begin();
	for (size_t i = 0; i < ENV_COUNT(kinds); i++) {
		env_ok(kinds[i].init());
		all |= kinds[i].flag;
		env_rv(CKR_OPERATION_ACTIVE, kinds[i].init());
		env_ok(f3()->C_SessionCancel(env.session, ~kinds[i].flag));
		env_rv(CKR_OPERATION_ACTIVE, kinds[i].init());
		env_ok(f3()->C_SessionCancel(env.session, kinds[i].flag));
		env_ok(kinds[i].init());
	}
	/* the rounds have ended each other's */
	for (size_t i = 0; i + 1 < ENV_COUNT(kinds); i++)
		env_ok(kinds[i].init());
	env_ok(f3()->C_SessionCancel(env.session, 0));
	for (size_t i = 0; i < ENV_COUNT(kinds); i++)
		env_rv(CKR_OPERATION_ACTIVE, kinds[i].init());
	env_ok(f3()->C_SessionCancel(env.session, all));
	for (size_t i = 0; i < ENV_COUNT(kinds); i++)
		env_ok(kinds[i].init());
	env_stop();
}
END_TEST

START_TEST(cancelling_nothing_and_unknown_flags_succeed)
{
	begin();
	env_ok(f3()->C_SessionCancel(env.session, ~(CK_FLAGS)0));
	env_ok(f3()->C_SessionCancel(env.session, CKF_GENERATE | CKF_DERIVE));
	env_rv(CKR_SESSION_HANDLE_INVALID, f3()->C_SessionCancel(0, 0));
	env_stop();
}
END_TEST

START_TEST(an_operation_that_has_taken_data_can_be_cancelled)
{
	begin();
	env_ok(init_sign());
	env_ok(env.f->C_SignUpdate(env.session, text, sizeof(text)));
	env_ok(init_message_sign());
	env_ok(f3()->C_SignMessageBegin(env.session, NULL, 0));
	env_ok(f3()->C_SessionCancel(env.session, CKF_SIGN | CKF_MESSAGE_SIGN));
	out_len = sizeof(out);
	env_rv(CKR_OPERATION_NOT_INITIALIZED, env.f->C_SignFinal(env.session, out, &out_len));
	env_rv(CKR_OPERATION_NOT_INITIALIZED, f3()->C_SignMessageNext(env.session, NULL, 0, text, 1, NULL, NULL));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, one_init_serves_many_messages);
	tcase_add_test(tc, a_length_asked_for_ends_no_message);
	tcase_add_test(tc, a_wrong_mac_ends_its_message_and_not_the_process);
	tcase_add_test(tc, calls_out_of_their_order_are_refused);
	tcase_add_test(tc, keys_and_mechanisms_that_do_not_fit_are_refused);
	tcase_add_test(tc, logging_out_ends_the_messages_of_a_private_key);
	tcase_add_test(tc, the_mechanism_tells_of_messages);
	tcase_add_test(tc, cancelling_ends_what_the_flags_name);
	tcase_add_test(tc, cancelling_nothing_and_unknown_flags_succeed);
	tcase_add_test(tc, an_operation_that_has_taken_data_can_be_cancelled);
}

TEST_MAIN("pkcs11/message_sign", add)
