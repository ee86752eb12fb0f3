/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every function says first: that the module is not initialised, that the session is none, that a pointer is
 * missing; and that return_values.tsv speaks of each function and each code.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/cki_return.h"

#define PROGRAM "test_cki_return_calls"

/* Each function with a session, called with nothing but it; and what a good session then answers. */
#define CALLS(X)                                                                                                    \
	X(C_InitPIN, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                               \
	X(C_SetPIN, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, 1))                                                       \
	X(C_CloseSession, CKR_OK, (s))                                                                              \
	X(C_GetSessionInfo, CKR_ARGUMENTS_BAD, (s, NULL))                                                           \
	X(C_SessionCancel, CKR_OK, (s, 0))                                                                          \
	X(C_GetOperationState, CKR_ARGUMENTS_BAD, (s, NULL, NULL))                                                  \
	X(C_SetOperationState, CKR_ARGUMENTS_BAD, (s, NULL, 1, 0, 0))                                               \
	X(C_Login, CKR_ARGUMENTS_BAD, (s, CKU_USER, NULL, 1))                                                       \
	X(C_LoginUser, CKR_ARGUMENTS_BAD, (s, CKU_USER, NULL, 1, NULL, 1))                                          \
	X(C_Logout, CKR_OK, (s))                                                                                    \
	X(C_GetSessionValidationFlags, CKR_ARGUMENTS_BAD, (s, CKS_LAST_VALIDATION_OK, NULL))                        \
	X(C_CreateObject, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL))                                                    \
	X(C_CopyObject, CKR_ARGUMENTS_BAD, (s, 1, NULL, 1, NULL))                                                   \
	X(C_DestroyObject, CKR_OBJECT_HANDLE_INVALID, (s, 0))                                                       \
	X(C_GetObjectSize, CKR_ARGUMENTS_BAD, (s, 1, NULL))                                                         \
	X(C_GetAttributeValue, CKR_ARGUMENTS_BAD, (s, 1, NULL, 1))                                                  \
	X(C_SetAttributeValue, CKR_ARGUMENTS_BAD, (s, 1, NULL, 1))                                                  \
	X(C_FindObjectsInit, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                       \
	X(C_FindObjects, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL))                                                     \
	X(C_FindObjectsFinal, CKR_OPERATION_NOT_INITIALIZED, (s))                                                   \
	X(C_EncryptInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                               \
	X(C_Encrypt, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                                   \
	X(C_EncryptUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                             \
	X(C_EncryptFinal, CKR_ARGUMENTS_BAD, (s, NULL, NULL))                                                       \
	X(C_MessageEncryptInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                        \
	X(C_EncryptMessage, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1, NULL, NULL))                          \
	X(C_EncryptMessageBegin, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0, NULL, 0))                              \
	X(C_EncryptMessageNext, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, NULL, 0))                            \
	X(C_MessageEncryptFinal, CKR_OPERATION_NOT_INITIALIZED, (s))                                                \
	X(C_DecryptInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                               \
	X(C_Decrypt, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                                   \
	X(C_DecryptUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                             \
	X(C_DecryptFinal, CKR_ARGUMENTS_BAD, (s, NULL, NULL))                                                       \
	X(C_MessageDecryptInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                        \
	X(C_DecryptMessage, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1, NULL, NULL))                          \
	X(C_DecryptMessageBegin, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1))                                          \
	X(C_DecryptMessageNext, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, NULL, 0))                            \
	X(C_MessageDecryptFinal, CKR_OPERATION_NOT_INITIALIZED, (s))                                                \
	X(C_DigestInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL))                                                   \
	X(C_Digest, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                                    \
	X(C_DigestUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                          \
	X(C_DigestKey, CKR_OPERATION_NOT_INITIALIZED, (s, 0))                                                       \
	X(C_DigestFinal, CKR_ARGUMENTS_BAD, (s, NULL, NULL))                                                        \
	X(C_SignInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                                  \
	X(C_Sign, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                                      \
	X(C_SignUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                            \
	X(C_SignFinal, CKR_ARGUMENTS_BAD, (s, NULL, NULL))                                                          \
	X(C_SignRecoverInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                           \
	X(C_SignRecover, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                               \
	X(C_MessageSignInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                           \
	X(C_SignMessage, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, NULL))                                      \
	X(C_SignMessageBegin, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                          \
	X(C_SignMessageNext, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, NULL))                                  \
	X(C_MessageSignFinal, CKR_OPERATION_NOT_INITIALIZED, (s))                                                   \
	X(C_VerifyInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                                \
	X(C_Verify, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, 1))                                                       \
	X(C_VerifyUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                          \
	X(C_VerifyFinal, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                           \
	X(C_VerifyRecoverInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                         \
	X(C_VerifyRecover, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                             \
	X(C_VerifySignatureInit, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1))                                          \
	X(C_VerifySignature, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                       \
	X(C_VerifySignatureUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                 \
	X(C_VerifySignatureFinal, CKR_OPERATION_NOT_INITIALIZED, (s))                                               \
	X(C_MessageVerifyInit, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                         \
	X(C_VerifyMessage, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1))                                       \
	X(C_VerifyMessageBegin, CKR_OPERATION_NOT_INITIALIZED, (s, NULL, 0))                                        \
	X(C_VerifyMessageNext, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1))                                   \
	X(C_MessageVerifyFinal, CKR_OPERATION_NOT_INITIALIZED, (s))                                                 \
	X(C_DigestEncryptUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                       \
	X(C_DecryptDigestUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                       \
	X(C_SignEncryptUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                         \
	X(C_DecryptVerifyUpdate, CKR_ARGUMENTS_BAD, (s, NULL, 1, NULL, NULL))                                       \
	X(C_GenerateKey, CKR_ARGUMENTS_BAD, (s, NULL, NULL, 1, NULL))                                               \
	X(C_GenerateKeyPair, CKR_FUNCTION_NOT_SUPPORTED, (s, NULL, NULL, 1, NULL, 1, NULL, NULL))                   \
	X(C_WrapKey, CKR_ARGUMENTS_BAD, (s, NULL, 0, 0, NULL, NULL))                                                \
	X(C_UnwrapKey, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1, NULL))                                     \
	X(C_DeriveKey, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL))                                              \
	X(C_WrapKeyAuthenticated, CKR_ARGUMENTS_BAD, (s, NULL, 0, 0, NULL, 1, NULL, NULL))                          \
	X(C_UnwrapKeyAuthenticated, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1, NULL, 1, NULL))               \
	X(C_EncapsulateKey, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, NULL, NULL))                             \
	X(C_DecapsulateKey, CKR_ARGUMENTS_BAD, (s, NULL, 0, NULL, 1, NULL, 1, NULL))                                \
	X(C_SeedRandom, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                            \
	X(C_GenerateRandom, CKR_ARGUMENTS_BAD, (s, NULL, 1))                                                        \
	X(C_GetFunctionStatus, CKR_FUNCTION_NOT_PARALLEL, (s))                                                      \
	X(C_CancelFunction, CKR_FUNCTION_NOT_PARALLEL, (s))                                                         \
	X(C_AsyncComplete, CKR_FUNCTION_NOT_SUPPORTED, (s, NULL, NULL))                                             \
	X(C_AsyncGetID, CKR_FUNCTION_NOT_SUPPORTED, (s, NULL, NULL))                                                \
	X(C_AsyncJoin, CKR_FUNCTION_NOT_SUPPORTED, (s, NULL, 0, NULL, 0))

#define FUNCTION(name, code, arguments)              \
	static CK_RV call_##name(CK_SESSION_HANDLE s) \
	{                                            \
		return name arguments;               \
	}
CALLS(FUNCTION)

#define ROW(name, code, arguments) { #name, call_##name, code, #code },
static const struct call {
	const char *name;
	CK_RV (*call)(CK_SESSION_HANDLE s);
	CK_RV answer; /* in a session */
	const char *answer_name;
} calls[] = { CALLS(ROW) };

#define REFUSE_DEAD(function, code, ...) \
	(return_prepare(), return_refused_and_over(#function, #code, code, function(__VA_ARGS__)))

START_TEST(every_function_asks_for_the_module)
{
	CK_ULONG count = 0;
	CK_SLOT_ID slot;

	return_start();
	env_ok(C_Finalize(NULL));
	for (size_t i = 0; i < ENV_COUNT(calls); i++) {
		/* whose codes are those of another */
		if (strcmp(calls[i].name, "C_AsyncComplete") == 0) {
			env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, calls[i].call(1));
			continue;
		}
		return_prepare();
		return_refused_and_over(calls[i].name, "CKR_CRYPTOKI_NOT_INITIALIZED", CKR_CRYPTOKI_NOT_INITIALIZED,
					calls[i].call(1));
	}
	REFUSE_DEAD(C_Finalize, CKR_CRYPTOKI_NOT_INITIALIZED, NULL);
	REFUSE_DEAD(C_GetInfo, CKR_CRYPTOKI_NOT_INITIALIZED, NULL);
	REFUSE_DEAD(C_GetSlotList, CKR_CRYPTOKI_NOT_INITIALIZED, CK_FALSE, NULL, &count);
	REFUSE_DEAD(C_GetSlotInfo, CKR_CRYPTOKI_NOT_INITIALIZED, 0, NULL);
	REFUSE_DEAD(C_GetTokenInfo, CKR_CRYPTOKI_NOT_INITIALIZED, 0, NULL);
	REFUSE_DEAD(C_WaitForSlotEvent, CKR_CRYPTOKI_NOT_INITIALIZED, CKF_DONT_BLOCK, &slot, NULL);
	REFUSE_DEAD(C_GetMechanismList, CKR_CRYPTOKI_NOT_INITIALIZED, 0, NULL, NULL);
	REFUSE_DEAD(C_GetMechanismInfo, CKR_CRYPTOKI_NOT_INITIALIZED, 0, 0, NULL);
	REFUSE_DEAD(C_InitToken, CKR_CRYPTOKI_NOT_INITIALIZED, 0, NULL, 0, NULL);
	REFUSE_DEAD(C_OpenSession, CKR_CRYPTOKI_NOT_INITIALIZED, 0, CKF_SERIAL_SESSION, NULL, NULL, &return_handle);
	REFUSE_DEAD(C_CloseAllSessions, CKR_CRYPTOKI_NOT_INITIALIZED, 0);
	env_ok(C_Initialize(NULL));
	return_stop(PROGRAM, "every_function_asks_for_the_module");
}
END_TEST

START_TEST(every_function_asks_for_its_session)
{
	CK_SESSION_HANDLE none[] = { CK_INVALID_HANDLE, ~0ul, 0, 0 };

	return_start();
	none[2] = env_session(0);
	env_ok(C_CloseSession(none[2]));
	none[3] = env.session + 0x1000;
	for (size_t i = 0; i < ENV_COUNT(calls); i++) {
		/* the standard forgets it for this one */
		const bool listed = strcmp(calls[i].name, "C_SessionCancel") != 0 &&
				    strcmp(calls[i].name, "C_AsyncComplete") != 0;

		for (size_t j = 0; j < ENV_COUNT(none); j++) {
			if (listed)
				REFUSE_AS(calls[i].name, CKR_SESSION_HANDLE_INVALID, calls[i].call(none[j]));
			else
				env_rv(CKR_SESSION_HANDLE_INVALID, calls[i].call(none[j]));
		}
	}
	return_stop(PROGRAM, "every_function_asks_for_its_session");
}
END_TEST

START_TEST(every_function_asks_for_its_pointers)
{
	return_start();
	for (size_t i = 0; i < ENV_COUNT(calls); i++) {
		if (calls[i].answer == CKR_ARGUMENTS_BAD && strcmp(calls[i].name, "C_GetSessionValidationFlags") != 0)
			REFUSE_AS(calls[i].name, CKR_ARGUMENTS_BAD, calls[i].call(env.session));
		else if (calls[i].answer == CKR_OPERATION_NOT_INITIALIZED ||
			 calls[i].answer == CKR_FUNCTION_NOT_PARALLEL)
			env_rv(calls[i].answer, calls[i].call(env.session));
	}
	REFUSE(C_Finalize, CKR_ARGUMENTS_BAD, &return_len);
	REFUSE(C_GetInfo, CKR_ARGUMENTS_BAD, NULL);
	REFUSE(C_GetFunctionList, CKR_ARGUMENTS_BAD, NULL);
	REFUSE(C_GetInterfaceList, CKR_ARGUMENTS_BAD, NULL, NULL);
	REFUSE(C_GetInterface, CKR_ARGUMENTS_BAD, NULL, NULL, NULL, 0);
	REFUSE(C_GetSlotList, CKR_ARGUMENTS_BAD, CK_FALSE, NULL, NULL);
	REFUSE(C_GetSlotInfo, CKR_ARGUMENTS_BAD, env.slot, NULL);
	REFUSE(C_GetTokenInfo, CKR_ARGUMENTS_BAD, env.slot, NULL);
	REFUSE(C_WaitForSlotEvent, CKR_ARGUMENTS_BAD, CKF_DONT_BLOCK, NULL, NULL);
	REFUSE(C_GetMechanismList, CKR_ARGUMENTS_BAD, env.slot, NULL, NULL);
	REFUSE(C_GetMechanismInfo, CKR_ARGUMENTS_BAD, env.slot, CKM_AES_ECB, NULL);
	REFUSE(C_OpenSession, CKR_ARGUMENTS_BAD, env.slot, CKF_SERIAL_SESSION, NULL, NULL, NULL);
	REFUSE(C_DecryptMessageBegin, CKR_ARGUMENTS_BAD, env.session, NULL, 0, NULL, 1);
	return_stop(PROGRAM, "every_function_asks_for_its_pointers");
}
END_TEST

START_TEST(slots_that_are_none_and_readers_without_a_card)
{
	static const CK_SLOT_ID none[] = { 4711, ~0ul };
	CK_SLOT_INFO slot;
	CK_TOKEN_INFO token;
	CK_MECHANISM_INFO mechanism;
	CK_BYTE *const list = return_out;

	return_start();
	for (size_t i = 0; i < ENV_COUNT(none); i++) {
		REFUSE(C_GetSlotInfo, CKR_SLOT_ID_INVALID, none[i], &slot);
		REFUSE(C_GetTokenInfo, CKR_SLOT_ID_INVALID, none[i], &token);
		REFUSE(C_GetMechanismList, CKR_SLOT_ID_INVALID, none[i], (CK_MECHANISM_TYPE *)(void *)list,
		       &return_len);
		REFUSE(C_GetMechanismInfo, CKR_SLOT_ID_INVALID, none[i], CKM_AES_ECB, &mechanism);
		REFUSE(C_OpenSession, CKR_SLOT_ID_INVALID, none[i], CKF_SERIAL_SESSION, NULL, NULL, &return_handle);
		REFUSE(C_CloseAllSessions, CKR_SLOT_ID_INVALID, none[i]);
	}
	REFUSE(C_GetMechanismInfo, CKR_MECHANISM_INVALID, env.slot, CKM_RC4, &mechanism);
	return_len = 1;
	REFUSE(C_GetMechanismList, CKR_BUFFER_TOO_SMALL, env.slot, (CK_MECHANISM_TYPE *)(void *)list, &return_len);
	return_len = 0;
	REFUSE(C_GetSlotList, CKR_BUFFER_TOO_SMALL, CK_FALSE, (CK_SLOT_ID *)(void *)list, &return_len);
	return_len = 2;
	REFUSE(C_GetInterfaceList, CKR_BUFFER_TOO_SMALL, (CK_INTERFACE *)(void *)list, &return_len);
	REFUSE(C_OpenSession, CKR_SESSION_PARALLEL_NOT_SUPPORTED, env.slot, 0, NULL, NULL, &return_handle);
	REFUSE(C_OpenSession, CKR_SESSION_ASYNC_NOT_SUPPORTED, env.slot, CKF_SERIAL_SESSION | CKF_ASYNC_SESSION, NULL,
	       NULL, &return_handle);
	REFUSE(C_Initialize, CKR_CRYPTOKI_ALREADY_INITIALIZED, NULL);
	REFUSE(C_SeedRandom, CKR_RANDOM_SEED_NOT_SUPPORTED, env.session, return_out, 1);
	REFUSE(C_GetFunctionStatus, CKR_FUNCTION_NOT_PARALLEL, env.session);
	REFUSE(C_CancelFunction, CKR_FUNCTION_NOT_PARALLEL, env.session);
	env_take_card();
	REFUSE_DEAD(C_GetTokenInfo, CKR_TOKEN_NOT_PRESENT, env.slot, &token);
	REFUSE_DEAD(C_GetMechanismList, CKR_TOKEN_NOT_PRESENT, env.slot, NULL, &return_len);
	REFUSE_DEAD(C_GetMechanismInfo, CKR_TOKEN_NOT_PRESENT, env.slot, CKM_AES_ECB, &mechanism);
	REFUSE_DEAD(C_OpenSession, CKR_TOKEN_NOT_PRESENT, env.slot, CKF_SERIAL_SESSION, NULL, NULL, &return_handle);
	return_stop(PROGRAM, "slots_that_are_none_and_readers_without_a_card");
}
END_TEST

/* ---- the list --------------------------------------------------------------------------------------- */

static void has_test_or_reason(const char *function, const char *code)
{
	const char *row = return_row(function, code);

	ck_assert_msg(row != NULL, "%s of %s has neither a test nor a reason", code, function);
	ck_assert_uint_gt(strlen(row), 8);
}

START_TEST(each_listed_code_has_a_test_or_a_reason)
{
#define NAME(name) #name,
	static const char *const names[] = { CKI_FUNCTIONS_2_40(NAME) CKI_FUNCTIONS_3_0(NAME) CKI_FUNCTIONS_3_2(NAME) };
	const char *listed[128];
	char code[64];

	return_read();
	ck_assert_uint_eq(return_functions(listed, ENV_COUNT(listed)), ENV_COUNT(names));
	for (size_t i = 0; i < ENV_COUNT(names); i++) {
		const char *list = return_lists(names[i]);

		ck_assert_msg(list != NULL, "%s is not in the list", names[i]);
		while ((list = return_next(list, code)) != NULL)
			has_test_or_reason(names[i], code);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_function_asks_for_the_module);
	tcase_add_test(tc, every_function_asks_for_its_session);
	tcase_add_test(tc, every_function_asks_for_its_pointers);
	tcase_add_test(tc, slots_that_are_none_and_readers_without_a_card);
	tcase_add_test(tc, each_listed_code_has_a_test_or_a_reason);
}

TEST_MAIN("pkcs11/return/calls", add)
