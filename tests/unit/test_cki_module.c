/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C_Initialize and C_Finalize, the interfaces, forks, foreign mutexes; and what every entry point does first. */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cki_env.h"

static void *list_of(CK_BYTE major, CK_BYTE minor)
{
	CK_INTERFACE *interface = NULL;
	CK_VERSION version = { major, minor };

	env_ok(C_GetInterface(NULL, &version, &interface, 0));
	return interface->pFunctionList;
}

static CK_FUNCTION_LIST_3_0 *list_3_0(void)
{
	return list_of(3, 0);
}

START_TEST(the_default_interface_is_the_highest)
{
	CK_INTERFACE *interface = NULL;
	CK_UTF8CHAR name[] = "PKCS 11";
	CK_VERSION version = { 2, 40 };

	env_ok(C_GetInterface(NULL, NULL, &interface, 0));
	ck_assert_str_eq(interface->pInterfaceName, "PKCS 11");
	ck_assert_uint_eq(((CK_VERSION *)interface->pFunctionList)->major, 3);
	ck_assert_uint_eq(((CK_VERSION *)interface->pFunctionList)->minor, 2);
	env_ok(C_GetInterface(name, &version, &interface, 0));
	ck_assert_uint_eq(((CK_VERSION *)interface->pFunctionList)->major, 2);
	ck_assert_uint_eq(((CK_VERSION *)interface->pFunctionList)->minor, 40);
	ck_assert_uint_eq(interface->flags & CKF_INTERFACE_FORK_SAFE, 0);
}
END_TEST

START_TEST(unknown_interfaces_fail)
{
	CK_INTERFACE *interface = NULL;
	CK_UTF8CHAR nss[] = "Vendor NSS FIPS Interface";
	CK_UTF8CHAR name[] = "PKCS 11";
	CK_VERSION future = { 3, 9 };

	env_rv(CKR_ARGUMENTS_BAD, C_GetInterface(nss, NULL, &interface, 0));
	env_rv(CKR_ARGUMENTS_BAD, C_GetInterface(name, &future, &interface, 0));
	env_rv(CKR_ARGUMENTS_BAD, C_GetInterface(name, NULL, &interface, CKF_INTERFACE_FORK_SAFE));
	env_rv(CKR_ARGUMENTS_BAD, C_GetInterface(name, NULL, NULL, 0));
	ck_assert_ptr_null(interface);
	env_rv(CKR_ARGUMENTS_BAD, C_GetFunctionList(NULL));
}
END_TEST

START_TEST(the_interface_list_follows_the_two_call_convention)
{
	CK_INTERFACE interfaces[3];
	CK_ULONG count = 0;

	env_rv(CKR_ARGUMENTS_BAD, C_GetInterfaceList(interfaces, NULL));
	env_ok(C_GetInterfaceList(NULL, &count));
	ck_assert_uint_eq(count, 3);
	count = 1;
	env_rv(CKR_BUFFER_TOO_SMALL, C_GetInterfaceList(interfaces, &count));
	ck_assert_uint_eq(count, 3);
	env_ok(C_GetInterfaceList(interfaces, &count));
	ck_assert_str_eq(interfaces[2].pInterfaceName, "PKCS 11");
}
END_TEST

START_TEST(each_list_has_every_function)
{
	CK_FUNCTION_LIST_3_0 *list = list_3_0();
	CK_FUNCTION_LIST_3_2 *newest = list_of(3, 2);
	CK_FUNCTION_LIST *old = NULL;

	env_ok(C_GetFunctionList(&old));
#define THERE(name) ck_assert_msg(old->name != NULL && list->name != NULL, #name);
	CKI_FUNCTIONS_2_40(THERE)
#undef THERE
#define THERE(name) ck_assert_msg(list->name != NULL && newest->name == list->name, #name);
	CKI_FUNCTIONS_3_0(THERE)
#undef THERE
#define THERE(name) ck_assert_msg(newest->name != NULL, #name);
	CKI_FUNCTIONS_3_2(THERE)
#undef THERE
}
END_TEST

static char page[64 * 1024];

static const char *read_source(const char *name, char *into)
{
	char path[512];
	FILE *file;
	size_t len;

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/%s", TEST_SRCDIR, name), (int)sizeof(path));
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(into, 1, sizeof(page) - 1, file);
	(void)fclose(file);
	into[len] = '\0';
	return into;
}

static unsigned occurrences(const char *text, const char *what)
{
	unsigned count = 0;

	for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
		count++;
	return count;
}

START_TEST(the_page_of_functions_has_each_once_and_says_which_are_not_offered)
{
	static char refusals[64 * 1024];
	static const char *const names[] = {
#define NAME(name) #name,
		CKI_FUNCTIONS_2_40(NAME) CKI_FUNCTIONS_3_0(NAME) CKI_FUNCTIONS_3_2(NAME)
#undef NAME
	};
	char row[64];
	char definition[64];

	(void)read_source("doc/functions.md", page);
	(void)read_source("pkcs11/entry_unsupported.c", refusals);
	for (size_t i = 0; i < ENV_COUNT(names); i++) {
		(void)snprintf(row, sizeof(row), "\n| `%s` | ", names[i]);
		ck_assert_msg(occurrences(page, row) == 1, "%s", names[i]);
		(void)snprintf(row, sizeof(row), "\n| `%s` | not offered |", names[i]);
		(void)snprintf(definition, sizeof(definition), "\nCK_RV %s(", names[i]);
		ck_assert_msg(occurrences(page, row) == occurrences(refusals, definition), "%s", names[i]);
	}
	ck_assert_uint_eq(occurrences(page, "\n| `C_"), ENV_COUNT(names));
}
END_TEST

START_TEST(get_info_speaks_the_version_of_its_list)
{
	CK_INFO info;

	env_start();
	env_ok(env.f->C_GetInfo(&info));
	ck_assert_uint_eq(info.cryptokiVersion.major, 2);
	ck_assert_uint_eq(info.cryptokiVersion.minor, 40);
	ck_assert_mem_eq(info.manufacturerID, "minidriver-pkcs11               ", 32);
	env_ok(list_3_0()->C_GetInfo(&info));
	ck_assert_uint_eq(info.cryptokiVersion.major, 3);
	ck_assert_uint_eq(info.cryptokiVersion.minor, 0);
	env_ok(((CK_FUNCTION_LIST_3_2 *)list_of(3, 2))->C_GetInfo(&info));
	ck_assert_uint_eq(info.cryptokiVersion.minor, 2);
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GetInfo(NULL));
	env_stop();
}
END_TEST

START_TEST(initialize_sends_nothing_to_the_card)
{
	env_card();
	env_ok(C_GetFunctionList(&env.f));
	env_ok(env.f->C_Initialize(NULL));
	ck_assert_uint_eq(env_card_commands(), 0);
	env_rv(CKR_CRYPTOKI_ALREADY_INITIALIZED, env.f->C_Initialize(NULL));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Finalize(&env));
	env_ok(env.f->C_Finalize(NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_Finalize(NULL));
	env_ok(env.f->C_Initialize(NULL));
	env_ok(env.f->C_Finalize(NULL));
}
END_TEST

static int mutexes;
static int locks;

static CK_RV create(void **mutex)
{
	static int made;

	mutexes++;
	*mutex = &made;
	return CKR_OK;
}

static CK_RV destroy(void *mutex)
{
	(void)mutex;
	mutexes--;
	return CKR_OK;
}

static CK_RV take(void *mutex)
{
	(void)mutex;
	locks++;
	return CKR_OK;
}

static CK_RV give(void *mutex)
{
	(void)mutex;
	locks--;
	return CKR_OK;
}

static CK_RV refuse(void **mutex)
{
	(void)mutex;
	return CKR_HOST_MEMORY;
}

static pthread_barrier_t together;

/* Mutexes that work, and that make C_Initialize take its time. */
static CK_RV real_create_slowly(void **mutex)
{
	pthread_mutex_t *made = malloc(sizeof(*made));

	(void)usleep(20000);
	ck_assert_ptr_nonnull(made);
	ck_assert_int_eq(pthread_mutex_init(made, NULL), 0);
	*mutex = made;
	return CKR_OK;
}

static CK_RV real_destroy(void *mutex)
{
	ck_assert_int_eq(pthread_mutex_destroy(mutex), 0);
	free(mutex);
	return CKR_OK;
}

static CK_RV real_take(void *mutex)
{
	return pthread_mutex_lock(mutex) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}

static CK_RV real_give(void *mutex)
{
	return pthread_mutex_unlock(mutex) == 0 ? CKR_OK : CKR_MUTEX_NOT_LOCKED;
}

/* What C_Initialize said, while another thread calls it too; the module must be there in either case. */
static void *initialize_together(void *argument)
{
	CK_C_INITIALIZE_ARGS args = { real_create_slowly, real_destroy, real_take, real_give, 0, NULL };
	CK_RV *ret_rv = argument;
	CK_ULONG count = 0;

	(void)pthread_barrier_wait(&together);
	*ret_rv = env.f->C_Initialize(&args);
	if (env.f->C_GetSlotList(CK_FALSE, NULL, &count) != CKR_OK)
		*ret_rv = CKR_CRYPTOKI_NOT_INITIALIZED;
	return NULL;
}

START_TEST(of_two_threads_that_initialize_one_does_and_both_may_go_on)
{
	pthread_t threads[2];
	CK_RV rvs[2];

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	ck_assert_int_eq(pthread_barrier_init(&together, NULL, 2), 0);
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < 2; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, initialize_together, &rvs[i]), 0);
		for (size_t i = 0; i < 2; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		env_ok(rvs[0] == CKR_OK ? rvs[0] : rvs[1]);
		env_rv(CKR_CRYPTOKI_ALREADY_INITIALIZED, rvs[0] == CKR_OK ? rvs[1] : rvs[0]);
		env_ok(env.f->C_Finalize(NULL));
	}
	(void)pthread_barrier_destroy(&together);
}
END_TEST

START_TEST(arguments_of_initialize_are_checked)
{
	CK_C_INITIALIZE_ARGS args = { .pReserved = &args };

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Initialize(&args));
	args = (CK_C_INITIALIZE_ARGS){ .CreateMutex = create, .LockMutex = take };
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_Initialize(&args));
	args = (CK_C_INITIALIZE_ARGS){ refuse, destroy, take, give, 0, NULL };
	env_rv(CKR_CANT_LOCK, env.f->C_Initialize(&args));
	args = (CK_C_INITIALIZE_ARGS){ .flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS };
	env_ok(env.f->C_Initialize(&args));
	env_ok(env.f->C_Finalize(NULL));
}
END_TEST

/* PKCS#11 3.0 5.4, C_Initialize: either all four functions or none. */
START_TEST(all_mutex_functions_or_none)
{
	const CK_FLAGS flags[] = { 0, CKF_OS_LOCKING_OK, CKF_LIBRARY_CANT_CREATE_OS_THREADS,
				   CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS };

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	for (unsigned given = 0; given < 16; given++) {
		for (size_t i = 0; i < ENV_COUNT(flags); i++) {
			CK_C_INITIALIZE_ARGS args = {
				(given & 1) != 0 ? create : NULL, (given & 2) != 0 ? destroy : NULL,
				(given & 4) != 0 ? take : NULL, (given & 8) != 0 ? give : NULL, flags[i], NULL,
			};
			const bool good = given == 0 || given == 15;

			env_rv(good ? CKR_OK : CKR_ARGUMENTS_BAD, env.f->C_Initialize(&args));
			if (good)
				env_ok(env.f->C_Finalize(NULL));
		}
	}
	ck_assert_int_eq(mutexes, 0);
}
END_TEST

static int creations_left;

static CK_RV create_some(void **mutex)
{
	return creations_left-- > 0 ? create(mutex) : CKR_GENERAL_ERROR;
}

START_TEST(a_mutex_that_cannot_be_made_ends_initialize_and_leaves_nothing)
{
	CK_C_INITIALIZE_ARGS args = { create_some, destroy, take, give, 0, NULL };
	CK_RV rv = CKR_CANT_LOCK;
	int some = 0;

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	for (; some < 100; some++) {
		creations_left = some;
		rv = env.f->C_Initialize(&args);
		if (rv == CKR_OK)
			break;
		ck_assert(rv == CKR_CANT_LOCK || rv == CKR_HOST_MEMORY);
		ck_assert_int_eq(mutexes, 0);
		env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_Finalize(NULL));
	}
	env_ok(rv);
	ck_assert_int_gt(some, 1);
	env_ok(env.f->C_Finalize(NULL));
	ck_assert_int_eq(mutexes, 0);
}
END_TEST

START_TEST(an_applications_mutexes_are_used_and_given_back)
{
	CK_C_INITIALIZE_ARGS args = { create, destroy, take, give, 0, NULL };

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	mutexes = 0;
	env_ok(env.f->C_Initialize(&args));
	ck_assert_int_gt(mutexes, 0);
	(void)env_session(0);
	ck_assert_int_eq(locks, 0);
	env_ok(env.f->C_Finalize(NULL));
	ck_assert_int_eq(mutexes, 0);
	ck_assert_int_eq(locks, 0);
	/* with both allowed, the operating system's */
	args.flags = CKF_OS_LOCKING_OK;
	env_ok(env.f->C_Initialize(&args));
	ck_assert_int_eq(mutexes, 0);
	env_ok(env.f->C_Finalize(NULL));
}
END_TEST

static CK_RV in_child(void)
{
	CK_SESSION_INFO info;

	if (env.f->C_GetSessionInfo(env.session, &info) != CKR_CRYPTOKI_NOT_INITIALIZED)
		return 1;
	if (env.f->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
		return 2;
	if (env.f->C_Initialize(NULL) != CKR_OK)
		return 3;
	if (env.f->C_GetSessionInfo(env.session, &info) != CKR_SESSION_HANDLE_INVALID)
		return 4;
	if (env.f->C_OpenSession(env.slot, CKF_SERIAL_SESSION, NULL, NULL, &env.session) != CKR_OK)
		return 5;
	return env.f->C_Finalize(NULL) == CKR_OK ? 0 : 6;
}

START_TEST(a_child_is_not_initialised_and_may_initialise)
{
	CK_SESSION_INFO info;
	int status = -1;
	pid_t child;

	env_start();
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit((int)in_child());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	env_ok(env.f->C_GetSessionInfo(env.session, &info));
	env_stop();
}
END_TEST

/* Every function that takes a session, asked with nothing but a session. */
static void ask_all(CK_SESSION_HANDLE s, CK_RV expected)
{
	CK_FUNCTION_LIST_3_0 *f = list_3_0();

	env_rv(expected, f->C_CloseSession(s));
	env_rv(expected, f->C_GetSessionInfo(s, NULL));
	env_rv(expected, f->C_GetOperationState(s, NULL, NULL));
	env_rv(expected, f->C_SetOperationState(s, NULL, 0, 0, 0));
	env_rv(expected, f->C_Login(s, CKU_USER, NULL, 0));
	env_rv(expected, f->C_Logout(s));
	env_rv(expected, f->C_InitPIN(s, NULL, 0));
	env_rv(expected, f->C_SetPIN(s, NULL, 0, NULL, 0));
	env_rv(expected, f->C_CreateObject(s, NULL, 0, NULL));
	env_rv(expected, f->C_CopyObject(s, 0, NULL, 0, NULL));
	env_rv(expected, f->C_DestroyObject(s, 0));
	env_rv(expected, f->C_GetObjectSize(s, 0, NULL));
	env_rv(expected, f->C_GetAttributeValue(s, 0, NULL, 1));
	env_rv(expected, f->C_SetAttributeValue(s, 0, NULL, 1));
	env_rv(expected, f->C_FindObjectsInit(s, NULL, 1));
	env_rv(expected, f->C_FindObjects(s, NULL, 1, NULL));
	env_rv(expected, f->C_FindObjectsFinal(s));
	env_rv(expected, f->C_EncryptInit(s, NULL, 0));
	env_rv(expected, f->C_Encrypt(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_EncryptUpdate(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_EncryptFinal(s, NULL, NULL));
	env_rv(expected, f->C_DecryptInit(s, NULL, 0));
	env_rv(expected, f->C_Decrypt(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_DecryptUpdate(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_DecryptFinal(s, NULL, NULL));
	env_rv(expected, f->C_DigestInit(s, NULL));
	env_rv(expected, f->C_Digest(s, NULL, 0, NULL, NULL));
	env_rv(expected, f->C_DigestUpdate(s, NULL, 0));
	env_rv(expected, f->C_DigestKey(s, 0));
	env_rv(expected, f->C_DigestFinal(s, NULL, NULL));
	env_rv(expected, f->C_SignInit(s, NULL, 0));
	env_rv(expected, f->C_Sign(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_SignUpdate(s, NULL, 1));
	env_rv(expected, f->C_SignFinal(s, NULL, NULL));
	env_rv(expected, f->C_VerifyInit(s, NULL, 0));
	env_rv(expected, f->C_Verify(s, NULL, 1, NULL, 1));
	env_rv(expected, f->C_VerifyUpdate(s, NULL, 1));
	env_rv(expected, f->C_VerifyFinal(s, NULL, 1));
	env_rv(expected, f->C_DigestEncryptUpdate(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_DecryptDigestUpdate(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_SignEncryptUpdate(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_DecryptVerifyUpdate(s, NULL, 1, NULL, NULL));
	env_rv(expected, f->C_GenerateKey(s, NULL, NULL, 0, NULL));
	env_rv(expected, f->C_GenerateKeyPair(s, NULL, NULL, 0, NULL, 0, NULL, NULL));
	env_rv(expected, f->C_WrapKey(s, NULL, 0, 0, NULL, NULL));
	env_rv(expected, f->C_UnwrapKey(s, NULL, 0, NULL, 0, NULL, 0, NULL));
	env_rv(expected, f->C_DeriveKey(s, NULL, 0, NULL, 0, NULL));
	env_rv(expected, f->C_SeedRandom(s, NULL, 1));
	env_rv(expected, f->C_GenerateRandom(s, NULL, 1));
	env_rv(expected, f->C_GetFunctionStatus(s));
	env_rv(expected, f->C_CancelFunction(s));
	env_rv(expected, f->C_LoginUser(s, CKU_USER, NULL, 0, NULL, 0));
	env_rv(expected, f->C_SessionCancel(s, 0));
	env_rv(expected, f->C_MessageEncryptInit(s, NULL, 0));
	env_rv(expected, f->C_MessageVerifyFinal(s));
}

START_TEST(every_call_asks_whether_the_module_is_initialised)
{
	CK_ULONG count = 0;
	CK_SLOT_ID slot;

	env_card();
	env_ok(C_GetFunctionList(&env.f));
	ask_all(1, CKR_CRYPTOKI_NOT_INITIALIZED);
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_GetInfo(NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_GetSlotList(CK_FALSE, NULL, &count));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_GetSlotInfo(0, NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_GetTokenInfo(0, NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_GetMechanismList(0, NULL, NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_GetMechanismInfo(0, 0, NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_InitToken(0, NULL, 0, NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, NULL));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_CloseAllSessions(0));
	env_rv(CKR_CRYPTOKI_NOT_INITIALIZED, env.f->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL));
}
END_TEST

START_TEST(every_call_asks_for_its_session)
{
	env_start();
	ask_all(0, CKR_SESSION_HANDLE_INVALID);
	ask_all(~0ul, CKR_SESSION_HANDLE_INVALID);
	env_ok(env.f->C_CloseSession(env.session));
	ask_all(env.session, CKR_SESSION_HANDLE_INVALID);
	env_stop();
}
END_TEST

START_TEST(functions_not_offered_say_so)
{
	CK_FUNCTION_LIST_3_0 *f = list_3_0();

	env_start();
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, f->C_InitToken(env.slot, NULL, 0, NULL));
	env_rv(CKR_FUNCTION_NOT_PARALLEL, f->C_GetFunctionStatus(env.session));
	env_rv(CKR_FUNCTION_NOT_PARALLEL, f->C_CancelFunction(env.session));
	env_rv(CKR_FUNCTION_NOT_SUPPORTED, C_AsyncComplete(env.session, NULL, NULL));
	env_rv(CKR_SESSION_HANDLE_INVALID, C_AsyncJoin(env.session + 1, NULL, 0, NULL, 0));
	env_stop();
}
END_TEST

START_TEST(random_bytes_differ_and_seeds_are_not_wanted)
{
	CK_BYTE one[32] = { 0 };
	CK_BYTE two[32] = { 0 };

	env_start();
	env_ok(env.f->C_GenerateRandom(env.session, one, sizeof(one)));
	env_ok(env.f->C_GenerateRandom(env.session, two, sizeof(two)));
	ck_assert_mem_ne(one, two, sizeof(one));
	env_ok(env.f->C_GenerateRandom(env.session, NULL, 0));
	env_rv(CKR_ARGUMENTS_BAD, env.f->C_GenerateRandom(env.session, NULL, 1));
	env_rv(CKR_RANDOM_SEED_NOT_SUPPORTED, env.f->C_SeedRandom(env.session, one, sizeof(one)));
	env_stop();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_default_interface_is_the_highest);
	tcase_add_test(tc, unknown_interfaces_fail);
	tcase_add_test(tc, the_interface_list_follows_the_two_call_convention);
	tcase_add_test(tc, each_list_has_every_function);
	tcase_add_test(tc, the_page_of_functions_has_each_once_and_says_which_are_not_offered);
	tcase_add_test(tc, get_info_speaks_the_version_of_its_list);
	tcase_add_test(tc, initialize_sends_nothing_to_the_card);
	tcase_add_test(tc, of_two_threads_that_initialize_one_does_and_both_may_go_on);
	tcase_add_test(tc, arguments_of_initialize_are_checked);
	tcase_add_test(tc, all_mutex_functions_or_none);
	tcase_add_test(tc, a_mutex_that_cannot_be_made_ends_initialize_and_leaves_nothing);
	tcase_add_test(tc, an_applications_mutexes_are_used_and_given_back);
	tcase_add_test(tc, a_child_is_not_initialised_and_may_initialise);
	tcase_add_test(tc, every_call_asks_whether_the_module_is_initialised);
	tcase_add_test(tc, every_call_asks_for_its_session);
	tcase_add_test(tc, functions_not_offered_say_so);
	tcase_add_test(tc, random_bytes_differ_and_seeds_are_not_wanted);
}

TEST_MAIN("pkcs11/module", add)
